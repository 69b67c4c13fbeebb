"""``edusim optimise``: search for the best plans under a budget, and say what they are.

The summary goes to standard output, progress to standard error.
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
from edusim.language import text as worded

if TYPE_CHECKING:
    from edusim.optimise.best import Best
    from edusim.study.study_file import Study

INTERRUPTED = 130


def _parser(lang: str) -> Parser:
    does = (
        "在预算和官方界限之内找最好的方案：逐代搜索政策的取值（可停可续，杀掉也可续，结果逐位相同），再用新的抽样复评前沿，"
        "说出每个方案是什么、做到什么、有多可靠。给出结果文件夹时只讲结果。",
        "Searches for the best plans under a budget and official limits: generation by generation over the levers of a policy (stop, kill, resume at any time, "
        "the same bits), scores the front again on fresh draws, and says what each plan is, what it does, and how sure that is. Given the folder of a store "
        "it only tells.",
    )
    parser, positionals, options, say = new_parser("optimise", does, lang)
    add = options.add_argument
    positionals.add_argument("place", nargs="?", metavar="FILE|DIR", help=say("研究文件（kind: optimise），或存放结果的文件夹",
                                                                              "study file (kind: optimise), or the folder of its store"))  # fmt: skip
    add("--out", metavar="FOLDER", default=None,
        help=say("写到哪里；默认存放结果的文件夹下的 optimise", "folder of the result; optimise in the store's folder if left out"))  # fmt: skip
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只说要做多少次推演，不运行", "say how many runs there are at most, run nothing"))
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数；结果逐位相同", "processes; the result has the same bits"))  # fmt: skip
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改研究文件的一个取值，如 search.generations=40，可多次使用",
                 "change a value of the study file, for example search.generations=40; may be given several times"))  # fmt: skip
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def optimise(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim optimise ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "optimise", arguments)
    options.place = needed_place(options.place, "optimise")
    return _carry_out(options, lang)


def _carry_out(options: argparse.Namespace, lang: str) -> int:
    from edusim import optimise as room
    from edusim import scenario

    changes = scenario.settings(options.settings) or None
    study, _ = room.study_of(options.place, changes)
    if options.dry_run:
        return _plan(study, options, lang)
    folder = Path(options.out) if options.out else Path(study.store) / "optimise"
    if options.out is not None and (not options.out.strip() or "\0" in options.out):
        usage("CLI-VALUE", "--out 须是文件夹名", "--out must be the name of a folder")
    if options.out is not None or folder.exists():
        check_folder(folder, True)
    progress = Progress(options.quiet)
    try:
        found = room.optimise(options.place, changes, workers=options.workers, progress=progress)
        save(found, folder, progress)
    except KeyboardInterrupt:
        interrupts.answered()
        whisper(worded("optimise.edusim_interrupted_acknowledged_runs", lang))  # fmt: skip
        return INTERRUPTED
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": True, "folder": str(folder), **_told(found, lang)})
    else:
        _say(found, folder, lang)
    return 0


def _plan(study: Study, options: argparse.Namespace, lang: str) -> int:
    from edusim.optimise.best import most_runs

    assert study.goal is not None
    search, fresh = most_runs(study)
    how = study.goal.search
    if options.json:
        plan: dict[str, Any] = {"plans": how.population * how.generations, "runs_search": search, "runs_fresh": fresh, "runs": search + fresh}
        print_json({"ok": True, "dry_run": True, "plan": plan})
        return 0
    lines = [
        worded("optimise.plan_only_nothing_was", lang),
        f"  {worded('optimise.plans', lang)}: {how.population} x {how.generations}",
        f"  {worded('optimise.runs_of_the_search', lang)}: {search:,}",
        f"  {worded('optimise.runs_of_the_second', lang)}: {fresh:,}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _told(found: Best, lang: str) -> dict[str, Any]:
    """Return what ``--json`` prints: the manifest, the paragraph and the tables."""
    tables = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in found.tables.items()}
    return {"manifest": found.manifest, "paragraph": found.paragraph(lang), **tables}


def _say(found: Best, folder: Path, lang: str) -> None:
    sys.stdout.write(found.table(lang) + "\n\n")
    sys.stdout.write(f"{worded('optimise.in_full', lang)}: {folder / f'paragraph.{lang}.md'}\n")
    sys.stdout.write(f"{worded('optimise.figures_and_tables', lang)}: {folder}\n" + next_steps([f"report {folder}"], lang))
