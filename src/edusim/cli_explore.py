"""``edusim explore``: run a grid of levers beforehand and write one page that shows what moving them would do.

Runs are those of a study: stored, made on several processes, resumed after an interrupt. The page goes to a file, what was done
to standard output, progress to standard error.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import interrupts
from edusim.cli_options import (
    MAX_DRAWS,
    MAX_WORKERS,
    MAX_YEARS,
    Parser,
    common_options,
    needed,
    new_parser,
    parse,
    usage,
    whole,
)
from edusim.cli_output import Progress, print_json, whisper
from edusim.errors import ConfigError, RunError
from edusim.language import text as worded

if TYPE_CHECKING:
    from edusim.study import OpenStudy
    from edusim.study.planning import Plan

INTERRUPTED = 130


def _parser(lang: str) -> Parser:
    does = (
        "把杠杆的各种组合先推演好，写成一个网页：双击打开，不用联网，拖动滑块即见差距、成绩、经费、官方指标怎样变、有多大把握。"
        "给出情景时用内置网格（模式 × 交流比例 × 专项经费 × 20 次抽样）；给出研究文件时补齐其推演；给出结果文件夹时只写网页。",
        "Runs all settings of some levers beforehand and writes one web page: a double click opens it, no network is needed, and moving a lever shows "
        "what becomes of the gap, learning, money and the official indicators, and how sure that is. A scenario gets the built-in grid (modes x rotation "
        "x fund x 20 draws), a study file has its missing runs made, the folder of a finished study becomes a page at once.",
    )
    parser, positionals, options, say = new_parser("explore", does, lang)
    add = options.add_argument
    positionals.add_argument("place", nargs="?", metavar="SCENARIO|FILE|DIR",
        help=say("情景（随附的名称或文件；有 --roster 时默认 county）、研究文件，或研究的结果文件夹",
                 "scenario (a shipped name or a file; county with --roster), study file, or folder of a finished study"))  # fmt: skip
    add("--static", action="store_true", help=say("写成一个网页（目前只有这一种，可省略）", "write one web page (the only way so far; may be left out)"))
    add("--out", metavar="FILE", default=None, help=say("网页写到哪里；默认 out/explore-名称.html", "where the page goes; out/explore-NAME.html if left out"))
    add("--draws", metavar="N", type=whole("--draws", 1, MAX_DRAWS), default=None,
        help=say("每种组合抽样几次；默认 20，研究文件按其所写", "draws of a setting; 20 if left out, a study file's own"))  # fmt: skip
    add("--roster", metavar="FILE", default=None,
        help=say("用这份花名册（Excel 或 CSV）代替合成的县", "use this roster (Excel or CSV) in place of the synthetic county"))  # fmt: skip
    add("--mapping", metavar="NAME", default=None, help=say("花名册的列名对照：随附的名称或文件", "mapping of the roster's headers: a shipped name or a file"))
    add("--years", metavar="N", type=whole("--years", 1, MAX_YEARS), default=None, help=say("推演年数，默认按情景", "years; the scenario's if left out"))
    add("--partial", action="store_true", help=say("推演未齐也写网页，不再推演", "write the page although runs are missing; run nothing"))
    add("--force", action="store_true", help=say("替换不是本命令写出的同名文件", "replace a file of that name that this command did not write"))
    add("-n", "--dry-run", dest="dry_run", action="store_true",
        help=say("只显示将做什么、约需多久，不运行、不写文件", "show what would be done and how long it takes; run and write nothing"))  # fmt: skip
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数，默认本机核数；结果逐位相同", "processes; all cores if left out; the result has the same bits"))  # fmt: skip
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改情景或研究文件的一个取值，可多次使用", "change a value of the scenario or of the study file; may be given several times"))  # fmt: skip
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def explore(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim explore ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "explore", arguments)
    if options.place is None and options.roster is not None:
        place = "county"
    else:
        place = needed(options.place, "explore", "情景、研究文件或结果文件夹", "a scenario, a study file or the folder of a store")
    for given, option in ((options.out, "--out"), (options.roster, "--roster"), (options.mapping, "--mapping")):
        if given is not None and (not given.strip() or "\0" in given):
            usage("CLI-VALUE", f"{option} 为空", f"{option} is empty")
    if options.mapping is not None and options.roster is None:
        usage("CLI-OPTION", "--mapping 须与 --roster 同用", "--mapping is used together with --roster")
    from edusim import explore as room
    from edusim import scenario

    # What works below, in other processes too, speaks the language that was asked for.
    before = os.environ.get("EDUSIM_LANG")
    os.environ["EDUSIM_LANG"] = lang
    try:
        opened = room.open_place(place, scenario.settings(options.settings), scenario_changes=_changes(options), draws=options.draws)
        page = _page(options, place)
        if options.dry_run:
            return _plan(opened, page, options, lang)
        return _carry_out(opened, page, os.path.isdir(place) or options.partial, options, lang)
    finally:
        if before is None:
            del os.environ["EDUSIM_LANG"]
        else:
            os.environ["EDUSIM_LANG"] = before


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the options change of a scenario: its roster, its years."""
    found: dict[str, Any] = {}
    if options.roster is not None:
        if not os.path.exists(options.roster):
            raise ConfigError("CFG-NO-FILE", f"找不到花名册 {options.roster[:120]}", f"there is no roster {options.roster[:120]}", where="--roster")
        region = {"kind": "roster", "path": os.path.abspath(options.roster)}
        if options.mapping is not None:
            is_file = options.mapping.endswith((".yaml", ".yml"))
            region["mapping"] = os.path.abspath(options.mapping) if is_file else options.mapping
        found["region"] = region
    if options.years is not None:
        found["years"] = options.years
    return found


def _page(options: argparse.Namespace, place: str) -> Path:
    """Return where the page goes; refuse a place where it cannot, before any work is done."""
    from edusim.explore import is_ours

    if options.out is not None:
        page = Path(options.out)
        if page.suffix.lower() not in (".html", ".htm"):
            usage("CLI-VALUE", f"--out 须是 .html 文件，得到 {page.name[:80]!r}", f"--out is an .html file, got {page.name[:80]!r}")
    else:
        name = re.sub(r"[^\w-]+", "-", Path(options.roster or place.rstrip("/\\")).stem) or "county"
        page = Path("out") / f"explore-{name}.html"
    if os.path.lexists(page) and not (page.is_file() and (options.force or is_ours(page))):
        raise RunError(
            "RUN-EXISTS", "此处已有别的文件", "another file is there already", where=str(page),
            mend_zh="请换一个 --out，或加 --force 替换", mend_en="choose another --out, or add --force to replace it",
        )  # fmt: skip
    return page


def _grid(told: Mapping[str, Any], lang: str) -> str:
    """Return the grid in a line: modes and values of levers."""
    from edusim.explore.page import money
    from edusim.language import has
    from edusim.report.language import policy_name

    comma = "、" if lang == "zh" else ", "
    sides = [comma.join(policy_name(str(p), lang) for p in told["policies"] if p != told["baseline"])]
    per = worded("explore.grid_per_pupils", lang)
    for factor in told["levers"]:
        path = str(factor["name"])
        name = worded(f"explore.lever.{path}", lang) if has(f"explore.lever.{path}") else path
        if path == "finance.fund_yuan_year":
            shown = [money(float(v), lang) if v else "0" for v in factor["values"]]
            name += per
        elif path.endswith("share"):
            shown = [f"{100 * v:.4g}%" for v in factor["values"]]
        else:
            shown = [f"{v:g}" if isinstance(v, float) else str(v) for v in factor["values"]]
        sides.append(f"{name} {comma.join(shown) or '...'}")
    return " × ".join(sides)


def _plan(opened: OpenStudy, page: Path, options: argparse.Namespace, lang: str) -> int:
    """Tell what would be run, how long it takes and how large the page will be."""
    from dataclasses import asdict

    from edusim.explore.page import size_of

    only_store = opened._study is None
    told = opened.store.study if only_store else opened.study.plain()
    plan: Plan | None = None
    if not only_store:
        if not options.json and not options.quiet:
            whisper(worded("explore.timing", lang))
        plan = opened.plan(options.workers)
    years = 1 + opened.study.scenario.years if plan else 1 + int(told["scenario"]["resolved"].get("years", 5))
    if plan:
        settings, runs = 1 + plan.points * plan.policies, plan.futures * plan.draws
    else:
        status = opened.status()
        settings, runs = max(1, status.total // max(1, int(told["seeds"]["replicates"]))), int(told["seeds"]["replicates"])
    size = size_of(settings, years, runs, told["keep"])
    if options.json:
        print_json({
            "ok": True, "dry_run": True, "store": str(opened.path), "page": str(page), "page_bytes": size,
            "plan": None if plan is None else asdict(plan) | {"why": plan.why and plan.why.as_dict()},
        })  # fmt: skip
        return 0
    rows = [("county", str(told["name_zh"] if lang == "zh" else told["name_en"])), ("grid", _grid(told, lang))]
    if plan:
        rows.append(("runs", worded("explore.plan.runs_value", lang, left=plan.left, stored=plan.stored)))
        rows.append(("time", worded("explore.plan.time_value", lang, time=_time(plan.seconds_total, lang), workers=plan.workers)))
    rows += [("size", f"{size / 1000:.0f} kB"), ("store", str(opened.path)), ("page", str(page))]
    sys.stdout.write(worded("explore.plan", lang))
    colon = "：" if lang == "zh" else ": "
    sys.stdout.writelines(f"  {worded(f'explore.plan.{key}', lang)}{colon}{value}\n" for key, value in rows)
    if plan and plan.why is not None:
        sys.stdout.write("  " + worded("explore.plan.refused", lang, tried=plan.tried, n=plan.refused, why=plan.why.message(lang)) + "\n")
    return 0


def _time(seconds: float, lang: str) -> str:
    if seconds < 90:
        return worded("explore.seconds", lang, n=seconds)
    return worded("explore.minutes", lang, n=seconds / 60) if seconds < 5400 else worded("explore.hours", lang, n=seconds / 3600)


def _carry_out(opened: OpenStudy, page: Path, as_it_is: bool, options: argparse.Namespace, lang: str) -> int:
    from edusim import explore as room

    progress = Progress(options.quiet)
    try:
        if as_it_is:
            _refuse_unfinished(opened, options.partial)
        else:
            _say_size(opened, progress, lang)
            summary = opened.run(options.workers, progress)
            if summary.interrupted:
                raise KeyboardInterrupt
        written = room.write(opened, page, lang)
    except KeyboardInterrupt:
        interrupts.answered()
        whisper(worded("explore.interrupted", lang))
        return INTERRUPTED
    finally:
        progress.stop()
    status = opened.status()
    told = opened.store.study
    size = written.stat().st_size
    if options.json:
        print_json({"ok": True, "page": str(written), "bytes": size, "store": str(opened.path), "runs": status.done, "wrong": status.wrong})
        return 0
    replicates = int(told["seeds"]["replicates"])
    sys.stdout.write(worded("explore.written", lang, path=written, size=f"{size / 1000:.0f}") + "\n")
    sys.stdout.write(worded("explore.grid_of", lang, grid=_grid(told, lang), runs=replicates) + "\n")
    sys.stdout.write(worded("explore.stored_in", lang, path=opened.path) + "\n")
    if status.wrong:
        whisper(worded("explore.failed", lang, n=status.wrong))
    if not as_it_is and replicates < 100:
        sys.stdout.write(worded("explore.more_draws", lang, n=max(20, 4 * replicates)) + "\n")
    return 0


def _say_size(opened: OpenStudy, progress: Progress, lang: str) -> None:
    """Say how many runs are to be made, where any are."""
    from edusim.study import design

    total = design.size(opened.study)[-1]
    stored = opened.status().done if (opened.path / "manifest.json").is_file() else 0
    if total > stored:
        progress.note(worded("explore.running", lang, n=total - stored, stored=stored))


def _refuse_unfinished(opened: OpenStudy, partial: bool) -> None:
    status = opened.status()
    if status.left and not partial:
        raise ConfigError(
            "EXPLORE-UNFINISHED", f"研究还有 {status.left:,} 次推演没有做", f"{status.left:,} runs of the study are still to be made", where=str(opened.path),
            mend_zh="请给出研究文件以补齐，或加 --partial 只用已有的", mend_en="name the study file to have them made, or add --partial to use what is there",
        )  # fmt: skip


__all__ = ["explore"]
