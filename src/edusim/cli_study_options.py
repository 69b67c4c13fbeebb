"""The words of ``edusim study``: its verbs, their options and the help that teaches them, in two languages."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence

from edusim import cli_help
from edusim.cli_options import MAX_WORKERS, Parser, common_options, needed, new_parser, one_of, parse, usage, whole
from edusim.language import text as worded

ENGINES = ("local", "dask")
#: Verb -> what it does, (Chinese, English).
VERBS: dict[str, tuple[str, str]] = {
    "plan": ("推演多少次、多久、占多少磁盘；试跑几次计时，不存", "how many runs, how long, how much disk; stores nothing"),
    "run": ("运行；再次运行即续跑，已有的不重做", "run it; running again resumes: what is stored is not run again"),
    "submit": ("写出 Slurm 阵列作业并提交；--dry-run 只写不交", "write a Slurm array job and submit it; --dry-run writes only"),
    "status": ("已完成、失败、待做各多少；不需要运行中的程序", "how many are done, failed, left; needs no running program"),
    "retry": ("把失败的、隔离的标为待做，然后再 run 或 submit", "mark what failed or was quarantined as left; then run or submit"),
    "query": ("用 SQL 查结果：runs、years、effects、design、attempts", "ask the results in SQL: runs, years, effects, design, attempts"),
    "verify": ("核对文件，并重跑一部分，逐字节比较", "check the files and run a sample again, comparing bytes"),
    "map": ("画两个杠杆的结果图（中英文，PNG、SVG）", "draw maps of two levers (both languages, PNG and SVG)"),
}
#: What a study's file holds, shown by ``edusim study --help``.
FILE = """schema_version: 1
kind: sweep                        # {kind}
name: {{zh: 经费与轮岗, en: Funding and rotation}}
scenario: county                   # {scenario}
policies: [co_build, fusion]
baseline: status_quo               # {baseline}
levers:                            # {levers}
  finance.fund_yuan_year: {{values: [0, 50000000, 100000000]}}
  rotation.share:         {{values: [0, 0.05, 0.1, 0.15]}}
uncertainties:                     # {uncertainties}
  leadership.diffusion: {{range: [0.05, 0.3]}}
seeds: {{root: 1, replicates: 2}}
outcomes:
  gap: {{measure: learning.core_member_gap, at: last, want: min}}
design: {{method: grid, futures: {{method: lhs, n: 4}}}}
store: {{path: out/my-study}}"""
_NOTES = {
    "kind": ("compare、sweep、discover、sensitivity 或 optimise", "compare, sweep, discover, sensitivity or optimise"),
    "scenario": ("随附的名称或文件", "a shipped name or a file"),
    "baseline": ("对照：每种未来各推演一次", "run once at every future, without levers"),
    "levers": ("主管部门能定的", "what the authority sets"),
    "uncertainties": ("谁也定不了的", "what nobody controls"),
}


def study_help(lang: str) -> str:
    """Return the text of ``edusim study --help``."""
    side, width = 0 if lang == "zh" else 1, cli_help.room()
    lines = [
        worded("study.usage_edusim_study_command", lang),
        "",
        *cli_help.wrapped(worded("study.a_study_crosses_levers", lang), width),
        "",
        worded("study.commands", lang),
        *(cli_help.paragraph(does[side], width, 10, f"  {verb}") for verb, does in VERBS.items()),
        "",
        worded("study.in_this_order", lang),
        *(f"  edusim {cli_help.LESSONS[f'study {verb}'].examples[0].line}" for verb in VERBS),
        "",
        worded("study.a_study_file_study", lang),
        *("  " + line for line in FILE.format(**{key: note[side] for key, note in _NOTES.items()}).splitlines()),
        "",
        *cli_help.wrapped(worded("study.exit_status_done_runs", lang), width),
    ]  # fmt: skip
    return "\n".join(lines)


def shard(text: str) -> tuple[int, int]:
    """Return (i, n) of ``i/n``, i from 0 to n - 1, as Slurm's arrays count.

    Raises
    ------
    ConfigError
        ``STUDY-SHARD``.
    """
    found = re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text.strip())
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 0 <= number < of:
        usage("STUDY-SHARD", f"--shard 须是 i/n，i 从 0 到 n-1，得到 {text[:40]!r}", f"--shard is i/n with i from 0 to n-1, got {text[:40]!r}",
              ("例如 --shard 0/50 至 --shard 49/50", "for example --shard 0/50 to --shard 49/50"))  # fmt: skip
    return number, of


def _sample(text: str) -> int | None:
    if text == "all":
        return None
    return whole("--sample", 1, 10_000_000)(text)


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name or not value:
        usage("CLI-VALUE", f"--at 须是 杠杆=取值，得到 {text[:40]!r}", f"--at is LEVER=VALUE, got {text[:40]!r}")
    return name, value


def _parser(verb: str, lang: str) -> Parser:
    parser, positionals, options, say = new_parser(f"study {verb}", VERBS[verb], lang)
    add: Callable[..., object] = options.add_argument
    if verb in ("plan", "run", "submit"):
        positionals.add_argument("place", nargs="?", metavar="FILE", help=say("研究文件（YAML）", "study file (YAML)"))
    elif verb in ("status", "retry"):
        positionals.add_argument("place", nargs="?", metavar="FILE|DIR", help=say("研究文件，或存放结果的文件夹", "study file, or the folder of its store"))
    else:
        positionals.add_argument("place", nargs="?", metavar="DIR", help=say("存放结果的文件夹，或研究文件", "folder of the store, or the study file"))
    if verb == "query":
        positionals.add_argument("sql", nargs="?", metavar="SQL", help=say("一条 SQL 查询", "one query in SQL"))
        add("--out", metavar="FILE", default=None,
            help=say("写入文件（.csv、.parquet、.xlsx），不打印", "write to a file (.csv, .parquet, .xlsx) in place of printing"))  # fmt: skip
        add("--rows", metavar="N", type=whole("--rows", 1, 1_000_000), default=40,
            help=say("最多打印几行，默认 40", "most rows printed; 40 if left out"))  # fmt: skip
    if verb in ("plan", "run", "verify"):
        add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
            help=say("进程数，默认研究文件所写，再默认本机核数；结果逐位相同",
                     "processes; else as the file says, else all cores; the result has the same bits"))  # fmt: skip
    if verb == "run":
        add("--engine", metavar="HOW", type=one_of("--engine", ENGINES), default=None,
            help=say("local（本机进程）或 dask；默认研究文件所写", "local (processes here) or dask; as the file says if left out"))  # fmt: skip
        add("--shard", metavar="I/N", type=shard, default=None,
            help=say("只做 N 份中的第 I 份，I 从 0 起（集群阵列用）", "only part I of N, I from 0 (for arrays on a cluster)"))  # fmt: skip
        add("--fresh", action="store_true",
            help=say("把原有的结果移到一旁，从头开始", "move the old store aside and begin anew"))  # fmt: skip
    if verb in ("plan", "run", "submit", "retry", "status"):
        add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
            help=say("改研究文件的一个取值，如 seeds.replicates=4，可多次使用",
                     "change a value of the study file, for example seeds.replicates=4; may be given several times"))  # fmt: skip
    if verb in ("run", "retry"):
        what = ("只显示计划，什么也不存", "show the plan only, store nothing") if verb == "run" else ("只数一数，不改", "count only, change nothing")
        add("-n", "--dry-run", dest="dry_run", action="store_true", help=say(*what))
    if verb in ("run", "verify"):
        add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    if verb == "submit":
        add("--slurm", action="store_true", help=say("用 Slurm 阵列（目前只有这一种，可省略）", "as a Slurm array (the only way so far; may be left out)"))
        add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只写脚本，不提交", "write the script, submit nothing"))
        add("--shards", metavar="N", type=whole("--shards", 1, 100_000), default=None,
            help=say("分成几份；默认研究文件所写", "number of parts; as the file says if left out"))  # fmt: skip
    if verb == "status":
        add("--watch", action="store_true", help=say("每隔几秒刷新，直到全部完成", "refresh every few seconds until all is done"))
    if verb == "verify":
        add("--sample", metavar="N", type=_sample, default=5,
            help=say("重跑几次推演：整数或 all，默认 5", "runs to run again: a number, or all; 5 if left out"))  # fmt: skip
    if verb == "map":
        add("--x", metavar="LEVER", default=None, help=say("横轴的杠杆；默认第一个", "lever along x; the first if left out"))
        add("--y", metavar="LEVER", default=None, help=say("纵轴的杠杆；默认第二个", "lever along y; the second if left out"))
        add("--outcome", metavar="NAME", action="append", default=None,
            help=say("画哪个结果，可多次使用；默认全部", "outcome to draw; may be given several times; all if left out"))  # fmt: skip
        add("--at", metavar="LEVER=VALUE", type=_pair, action="append", default=[],
            help=say("其他杠杆固定在此取值；其余取平均", "another lever held at this value; the rest are averaged over"))  # fmt: skip
        add("--levels", action="store_true", help=say("画水平，不画与对照之差", "draw levels, not differences from the baseline"))
        add("--out", metavar="FOLDER", default=None, help=say("图放在哪里；默认 DIR/maps", "folder of the pictures; DIR/maps if left out"))
    common_options(add, say)
    return parser


def read_study_options(verb: str, arguments: Sequence[str], lang: str) -> argparse.Namespace:
    """Return the options of ``edusim study VERB ...``.

    Raises
    ------
    ConfigError
        ``CLI-OPTION``, ``CLI-VALUE`` or ``STUDY-SHARD``, with the nearest valid word.
    """
    options = parse(_parser(verb, lang), f"study {verb}", arguments)
    if verb in ("plan", "run", "submit"):
        needed(options.place, f"study {verb}", "研究文件", "the study file")
    needed(options.place, f"study {verb}", "研究文件或结果文件夹", "the study file or the folder of its store")
    if verb == "query":
        needed(options.sql, "study query", "一条 SQL", "a query in SQL")
    return options
