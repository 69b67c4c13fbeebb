"""``edusim discover``: run what is missing of a study of many futures, and say what must hold for each mode to win.

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
from edusim.cli_study import show_plan
from edusim.language import text as worded

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery

INTERRUPTED = 130


def _parser(lang: str) -> Parser:
    does = (
        "什么必须成立，一种模式才会胜出：补齐多种未来的推演（可停可续），再看每种模式在多少未来里最好、胜过多少、胜负在哪里转换、"
        "有多少取决于没有研究测过的假定。给出结果文件夹时只作分析。",
        "What must hold for a mode to win: makes the runs that are missing (stop and resume at any time), then says in how many futures each mode "
        "is best, by how much, where the winner changes, and how much rests on assumptions that no study has measured. Given the folder of a "
        "store it only analyses.",
    )
    parser, positionals, options, say = new_parser("discover", does, lang)
    add = options.add_argument
    positionals.add_argument("place", nargs="?", metavar="FILE|DIR", help=say("研究文件（kind: discover），或存放结果的文件夹",
                                                                              "study file (kind: discover), or the folder of its store"))  # fmt: skip
    add("--out", metavar="FOLDER", default=None,
        help=say("写到哪里；默认存放结果的文件夹下的 discover", "folder of the result; discover in the store's folder if left out"))  # fmt: skip
    add("--outcome", metavar="A,B", default=None, help=say("只看这些结果，逗号分隔；默认全部", "only these outcomes, with commas; all if left out"))
    add("--partial", action="store_true",
        help=say("推演未齐也分析，只用已齐的未来；不再推演",
                 "analyse although runs are missing, using the futures that are complete; runs nothing"))  # fmt: skip
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数；结果逐位相同", "processes; the result has the same bits"))  # fmt: skip
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改研究文件的一个取值，如 design.futures.n=200，可多次使用",
                 "change a value of the study file, for example design.futures.n=200; may be given several times"))  # fmt: skip
    add("-n", "--dry-run", dest="dry_run", action="store_true",
        help=say("只显示计划：多少次、多久、多大", "show the plan only: how many runs, how long, how much disk"))  # fmt: skip
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def discover(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim discover ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "discover", arguments)
    options.place = needed_place(options.place, "discover")
    outcomes = [name for name in (options.outcome or "").replace("，", ",").split(",") if name.strip()]
    if options.outcome is not None and not outcomes:
        usage("CLI-VALUE", "--outcome 为空", "--outcome names no outcome", ("例如 --outcome gap,weak_half", "for example --outcome gap,weak_half"))
    return _carry_out(options, [name.strip() for name in outcomes], lang)


def _carry_out(options: argparse.Namespace, outcomes: list[str], lang: str) -> int:
    from edusim import discover as room
    from edusim import scenario
    from edusim.study import open_study

    changes = scenario.settings(options.settings) or None
    if options.dry_run:
        return show_plan(options, lang, "discover")
    opened = open_study(options.place, changes)
    folder = Path(options.out) if options.out else opened.path / "discover"
    if options.out is not None and (not options.out.strip() or "\0" in options.out):
        usage("CLI-VALUE", "--out 须是文件夹名", "--out must be the name of a folder")
    if options.out is not None or folder.exists():
        check_folder(folder, True)
    progress = Progress(options.quiet)
    try:
        found = room.discover(options.place, changes, outcomes=outcomes, workers=options.workers, partial=options.partial, progress=progress)
        save(found, folder, progress)
    except KeyboardInterrupt:
        interrupts.answered()
        whisper(worded("discover.edusim_interrupted_acknowledged_runs", lang))  # fmt: skip
        return INTERRUPTED
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": True, "folder": str(folder), **_told(found, lang)})
    else:
        _say(found, folder, lang)
    return 0


def _told(found: Discovery, lang: str) -> dict[str, Any]:
    """Return what ``--json`` prints: the manifest, the paragraph and the tables."""
    tables = {name: frame.astype(object).where(frame.notna(), None).to_dict("records") for name, frame in found.tables.items() if name != "scores"}
    return {"manifest": found.manifest, "paragraph": found.paragraph(lang), **tables}


def _say(found: Discovery, folder: Path, lang: str) -> None:
    sys.stdout.write(found.table(lang) + "\n")
    if found.futures.failed:
        n = found.futures.failed
        sys.stdout.write(worded("discover.runs_gave_no_result", lang, n=n))
    sys.stdout.write(f"{worded('discover.in_full', lang)}: {folder / f'paragraph.{lang}.md'}\n")
    sys.stdout.write(f"{worded('discover.figures_and_tables', lang)}: {folder}\n" + next_steps([f"report {folder}"], lang))
