"""``edusim report``: charts and documents of anything finished.

What was written and the sentences of the first page go to standard output, progress to standard error.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from edusim.cli_options import MAX_WORKERS, Parser, common_options, needed, new_parser, parse, usage, whole
from edusim.cli_output import Progress, print_json, whisper
from edusim.language import text

if TYPE_CHECKING:
    from edusim.reporting import Written


def _parser(lang: str) -> Parser:
    does = (text("reporting.does", "zh"), text("reporting.does", "en"))
    parser, positionals, options, say = new_parser("report", does, lang)

    def help_of(key: str) -> str:
        return say(text(f"reporting.help.{key}", "zh"), text(f"reporting.help.{key}", "en"))

    add = options.add_argument
    positionals.add_argument("folder", nargs="?", metavar="FOLDER", help=help_of("folder"))
    add("--to", metavar="A,B", default=None, help=help_of("to"))
    add("--charts", metavar="A,B", default="png", help=help_of("charts"))
    add("--for-report", dest="for_report", action="store_true", help=help_of("for_report"))
    add("--out", metavar="FOLDER", default=None, help=help_of("out"))
    add("--with", dest="attach", metavar="FOLDER", action="append", default=[], help=help_of("with"))
    add("--design", metavar="HOW", default=None, help=help_of("design"))
    add("--ends", metavar="YEAR", type=whole("--ends", 1900, 2300), default=None, help=help_of("ends"))
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None, help=help_of("workers"))
    add("--force", action="store_true", help=help_of("force"))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=help_of("dry"))
    add("-q", "--quiet", action="store_true", help=help_of("quiet"))
    common_options(add, say)
    return parser


def _words(given: str, option: str) -> list[str]:
    """Return words with commas as a list; nothing for ``none``."""
    found = [word.strip() for word in re.split("[,，、;；]", given) if word.strip()]
    if not found:
        usage("CLI-VALUE", f"{option} 为空", f"{option} is empty", (f"例如 {option} none", f"for example {option} none"))
    return [] if found == ["none"] else found


def report(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim report ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "report", arguments)
    options.folder = needed(options.folder, "report", "结果文件夹", "the folder of a result")
    for given, option in ((options.out, "--out"), *((one, "--with") for one in options.attach)):
        if given is not None and (not given.strip() or "\0" in given):
            usage("CLI-VALUE", f"{option} 须是文件夹名", f"{option} must be the name of a folder")
    from edusim import interrupts, reporting
    from edusim.report.document.formats import USUAL

    to = USUAL if options.to is None else _words(options.to, "--to")
    charts = _words(options.charts, "--charts")
    if not to and not charts:
        usage("CLI-VALUE", "--to 与 --charts 都为 none，没有要写的", "--to and --charts are both none: there is nothing to write")
    bar = Progress(options.quiet)
    try:
        written = reporting.write_report(
            options.folder, to, lang, options.out, charts=charts, for_report=options.for_report, attach=options.attach, design=options.design,
            ends=options.ends, force=options.force, dry_run=options.dry_run, workers=options.workers or _cores(), progress=bar,
        )  # fmt: skip
    except KeyboardInterrupt:
        interrupts.answered()
        whisper(text("reporting.interrupted", lang))
        return 130
    finally:
        bar.stop()
    _tell(written, options, lang)
    return 0


def _cores() -> int:
    from edusim.study import engines

    return engines.available()


def _tell(written: Written, options: argparse.Namespace, lang: str) -> None:
    for note in written.notes:
        whisper(note)
    if options.json:
        print_json({"ok": True, **({"dry_run": True} if options.dry_run else {}), **written.as_dict()})
        return
    lines: list[str] = []
    for title, sentences in written.headlines:
        lines += [title, *(f"  {one.replace('**', '')}" for one in sentences), ""]
    lines.append(text("reporting.would" if options.dry_run else "reporting.written", lang))
    charts: dict[Path, int] = {}
    for file in written.files:
        if file.parent.name.startswith("charts."):
            charts[file.parent] = charts.get(file.parent, 0) + 1
        else:
            lines.append(f"  {file}")
    lines += [f"  {text('reporting.charts', lang, folder=folder, n=n)}" for folder, n in charts.items()]
    sys.stdout.write("\n".join(lines) + "\n")


__all__ = ["report"]
