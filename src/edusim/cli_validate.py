"""``edusim validate``: the patterns and the negative controls, in a table, as JSON, or in a folder."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edusim.cli_options import MAX_DRAWS, MAX_SEED, MAX_WORKERS, Parser, common_options, new_parser, parse, usage, whole
from edusim.cli_output import Progress, check_folder, print_json, save
from edusim.language import text as worded

if TYPE_CHECKING:
    from edusim.scenario import Scenario
    from edusim.validate.running import Validation

DOES = (
    "用十项典型事实（P1–P14）和四个反向对照（C1–C4）检验模型：区间由文献定在先，哪些数定值时已看过某项事实，见说明。",
    "Hold the model against ten stylised facts (P1 to P14) and four negative controls (C1 to C4): bands come from the "
    "literature and were set first; notes say which numbers were set with a fact in view.",
)
STATUS = (
    "退出码：0 反向对照全部成立；1 有对照不成立；2 用法或配置有误。\n"
    "模式未达到不算失败：那是关于模型的发现，要留在眼前，不是程序的故障；对照不成立则是程序错了。",
    "exit status: 0 when all negative controls hold, 1 when one does not, 2 usage or configuration.\n"
    "A pattern that is missed fails nothing: it is a finding about the model, to be kept in sight, and no fault of the\n"
    "program; a control that does not hold is one.",
)


def _parser(lang: str) -> Parser:
    from edusim.validate.running import COUNTIES, DRAWS

    parser, objects, options, say = new_parser("validate", DOES, lang)
    parser.epilog = say(*STATUS)
    objects.add_argument(
        "scenario", nargs="?", default=None,
        help=say("情景：随附的名称或 YAML 文件；默认为 county 原样（157 所学校，约两分钟；-S region.n_pupils=35000 更快）",
                 "scenario: a shipped name or a YAML file; if left out, county as it is shipped (157 schools, about two "
                 "minutes; -S region.n_pupils=35000 is quicker)"),
    )  # fmt: skip
    add = options.add_argument
    add("--only", metavar="P9,C1", default=None, help=say("只检验这些，逗号分隔", "only these, with commas"))
    add("--draws", metavar="N", type=whole("--draws", 1, MAX_DRAWS), default=DRAWS,
        help=say(f"成对抽样次数，默认 {DRAWS}", f"paired draws; {DRAWS} if left out"))  # fmt: skip
    add("--counties", metavar="N", type=whole("--counties", 1, MAX_DRAWS), default=COUNTIES,
        help=say(f"P2 所用的生成县个数，默认 {COUNTIES}", f"counties drawn for P2; {COUNTIES} if left out"))  # fmt: skip
    add("--fresh", action="store_true",
        help=say("每次抽样另生成一个县，而不只是换一批人：区间属于模型，不属于某一个县",
                 "each draw is another county, not only other people: the interval is the model's, not one county's"))  # fmt: skip
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数，默认本机核数；结果逐位相同", "processes; all cores if left out; the result has the same bits"))  # fmt: skip
    add("--seed", metavar="N", type=whole("--seed", 0, MAX_SEED), default=0, help=say("种子，默认 0", "seed; 0 if left out"))
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改一个取值，可多次使用", "change a value; may be given several times"))  # fmt: skip
    add("--out", metavar="FOLDER", default=None,
        help=say("写出 CSV、说明页与图；默认不写", "write CSV, page and figures; nothing is written if left out"))  # fmt: skip
    add("--force", action="store_true", help=say("替换已有的结果文件夹", "replace a result that is there already"))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只显示计划，不运行、不写文件", "show the plan only; run and write nothing"))
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def _scenario(options: argparse.Namespace) -> Scenario | None:
    from edusim import scenario

    changes: dict[str, object] = dict(scenario.settings(options.settings))
    found = scenario.load(options.scenario)
    return found.with_(changes) if changes else found


def validate(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim validate ...`` and return the exit status: 0 when the controls hold, 1 when one does not.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "validate", arguments)
    from edusim.validate import running

    only = None if options.only is None else [name for name in options.only.replace("，", ",").split(",") if name.strip()]
    if only == []:
        usage("CLI-VALUE", "--only 为空", "--only names nothing", ("例如 --only P9,C1", "for example --only P9,C1"))
    keys = running.chosen(only)
    county = running.county_to_check(_scenario(options))
    folder = None if options.out is None else Path(options.out)
    if folder is not None:
        if not options.out.strip() or "\0" in options.out:
            usage("CLI-VALUE", "--out 须是文件夹名", "--out must be the name of a folder")
        check_folder(folder, options.force)
    if options.dry_run:
        return _plan(county, keys, folder, options, lang)
    progress = Progress(options.quiet)
    try:
        result = running.carry_out(
            county, only=only, draws=options.draws, counties=options.counties, seed=options.seed,
            fresh=options.fresh, workers=options.workers or _cores(), progress=progress,
        )  # fmt: skip
        if folder is not None:
            save(result, folder, progress, lang)
    finally:
        progress.stop()
    _tell(result, folder, options.json, lang)
    return 0 if result.controls_hold else 1


def _plan(county: Scenario, keys: Sequence[str], folder: Path | None, options: argparse.Namespace, lang: str) -> int:
    """Tell what would be checked; nothing is run or written."""
    from edusim.validate import checks, controls

    in_draws = any(key in checks.CHECKS or key in controls.TRIALS for key in keys)
    plan = {
        "only": list(keys), "scenario": county.name_zh if lang == "zh" else county.name_en, "years": f"{county.base_year + 1}-{county.last_year}",
        "draws": options.draws if in_draws else 0, "counties": options.counties if "P2" in keys else 0, "pupils": county.region_spec.n_pupils or None,
        "seed": options.seed, "workers": options.workers or _cores(), "out": None if folder is None else str(folder),
    }  # fmt: skip
    if options.json:
        print_json({"ok": True, "dry_run": True, "plan": plan})
        return 0
    sys.stdout.write(worded("main.plan_only_nothing_was", lang))
    for key, value in plan.items():
        if value is not None:
            sys.stdout.write(f"  {worded(f'validate.plan.{key}', lang)}: {', '.join(value) if isinstance(value, list) else value}\n")
    return 0


def _cores() -> int:
    import os

    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not every system tells
        return os.cpu_count() or 1


def _tell(result: Validation, folder: Path | None, as_json: bool, lang: str) -> None:
    if as_json:
        frame = result.frame
        keys = list(dict.fromkeys(frame["pattern"]))
        print_json({
            "ok": result.controls_hold, "controls_hold": result.controls_hold,
            "verdicts": {key: result.verdict(key) for key in keys}, "draws": result.draws, "counties": result.counties,
            "fresh": result.fresh, "seed": result.seed, "hash": result.scenario.hash, "rows": frame.to_dict("records"), "values": result.values,
            "folder": None if folder is None else str(folder),
        })  # fmt: skip
        return
    sys.stdout.write(result.table(lang) + "\n")
    if folder is not None:
        sys.stdout.write(f"{worded('validate.folder', lang)}: {folder}\n")
