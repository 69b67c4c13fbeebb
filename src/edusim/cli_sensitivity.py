"""``edusim sensitivity``: run what is missing of a sensitivity study, grow it until it has settled, and say what outcomes depend on.

The summary goes to standard output, progress and the steps of the way to standard error.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import interrupts
from edusim.cli_options import MAX_WORKERS, Parser, common_options, needed_place, new_parser, parse, usage, whole
from edusim.cli_output import Progress, check_folder, next_steps, print_json, save, whisper
from edusim.cli_study import show_plan
from edusim.language import text as worded

if TYPE_CHECKING:
    from edusim.study.sensitivity.result import Sensitivity

INTERRUPTED = 130


def _parser(lang: str) -> Parser:
    does = (
        "什么左右结果：补齐一项敏感性研究的推演（可停可续），需要时加倍到区间够窄、次序稳定为止，再把每个结果的变动分给各个因素、"
        "各因素之间的交互和人员与抽签的偶然，都带区间。给出结果文件夹时只作分析。",
        "What outcomes depend on: makes the runs of a sensitivity study that are missing (stop and resume at any time), doubles the points until "
        "intervals are narrow and ranks stable where the file asks for it, and splits what varies in each outcome over inputs, their "
        "interactions and the luck of the draw, with intervals. Given the folder of a store it only analyses.",
    )
    parser, positionals, options, say = new_parser("sensitivity", does, lang)
    add = options.add_argument
    positionals.add_argument("place", nargs="?", metavar="FILE|DIR", help=say("研究文件（kind: sensitivity），或存放结果的文件夹",
                                                                              "study file (kind: sensitivity), or the folder of its store"))  # fmt: skip
    add("--out", metavar="FOLDER", default=None,
        help=say("写到哪里；默认存放结果的文件夹下的 sensitivity", "folder of the result; sensitivity in the store's folder if left out"))  # fmt: skip
    add("--outcome", metavar="A,B", default=None, help=say("只看这些结果，逗号分隔；默认全部", "only these outcomes, with commas; all if left out"))
    add("--partial", action="store_true",
        help=say("推演未齐、或失败过多也分析，只用完好的各组点；不再推演",
                 "analyse although runs are missing or many have failed, using the blocks of points that are whole; runs nothing"))  # fmt: skip
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数；结果逐位相同", "processes; the result has the same bits"))  # fmt: skip
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改研究文件的一个取值，如 design.n=256，可多次使用",
                 "change a value of the study file, for example design.n=256; may be given several times"))  # fmt: skip
    add("-n", "--dry-run", dest="dry_run", action="store_true",
        help=say("只显示计划：多少次、多久、多大", "show the plan only: how many runs, how long, how much disk"))  # fmt: skip
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def sensitivity(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim sensitivity ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "sensitivity", arguments)
    options.place = needed_place(options.place, "sensitivity")
    outcomes = [name.strip() for name in (options.outcome or "").replace("，", ",").split(",") if name.strip()]
    if options.outcome is not None and not outcomes:
        usage("CLI-VALUE", "--outcome 为空", "--outcome names no outcome", ("例如 --outcome gap,weak_half", "for example --outcome gap,weak_half"))
    if options.out is not None and (not options.out.strip() or "\0" in options.out):
        usage("CLI-VALUE", "--out 须是文件夹名", "--out must be the name of a folder")
    return _carry_out(options, outcomes, lang)


def _carry_out(options: argparse.Namespace, outcomes: list[str], lang: str) -> int:
    from edusim import scenario
    from edusim.study import engines
    from edusim.study.sensitivity import growing

    changes = scenario.settings(options.settings) or None
    if options.out is not None:
        check_folder(Path(options.out), True)
    if options.dry_run:
        return show_plan(options, lang, "sensitivity")
    progress = Progress(options.quiet)
    try:
        found = growing.of_study(
            options.place, changes, outcomes=outcomes, workers=options.workers or engines.available(), partial=options.partial, progress=progress,
            tell=lambda zh, en: progress.note(zh if lang == "zh" else en),
        )  # fmt: skip
        folder = Path(options.out) if options.out else found.folder
        if options.out is None and folder.exists():
            check_folder(folder, True)
        save(found, folder, progress)
    except KeyboardInterrupt:
        interrupts.answered()
        progress.stop()
        whisper(worded("sensitivity.edusim_interrupted_acknowledged_runs", lang))  # fmt: skip
        return INTERRUPTED
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": True, "folder": str(folder), **_told(found, lang)})
    else:
        _say(found, folder, lang)
    return 0


def _told(found: Sensitivity, lang: str) -> dict[str, Any]:
    """Return what ``--json`` prints: the manifest, the texts and the frames."""
    frames = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in found.frames.items()}
    return {"manifest": found.manifest, "paragraphs": {name: found.paragraph(name, lang) for name in found.outcomes}, **frames}


def _say(found: Sensitivity, folder: Path, lang: str) -> None:
    write = sys.stdout.write
    for name in found.outcomes:
        write(found.paragraph(name, lang).strip() + "\n\n")
    for policy, outcome in found.dead:
        write(
            worded("sensitivity.does_not_vary_under", lang, outcome=outcome, policy=policy)
        )  # fmt: skip
    for policy, (lost, blocks) in found.lost.items():
        if lost:
            write(
                worded("sensitivity.of_blocks_of_points", lang, policy=policy, blocks=blocks, lost=lost)
            )  # fmt: skip
    if found.left:
        write(worded("sensitivity.runs_are_still_to", lang, left=found.left))
    if found.stopped == "max_runs":
        write(worded("sensitivity.it_had_not_settled", lang))
    write(f"{worded('sensitivity.in_full', lang)}: {folder / f'page.{lang}.md'}\n")
    write(f"{worded('sensitivity.figures_and_tables', lang)}: {folder}\n" + next_steps([f"report {folder}"], lang))
