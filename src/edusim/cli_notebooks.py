"""``edusim notebooks``: the notebooks of ``notebooks/`` as ``.ipynb``, in the reader's language."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from edusim.cli_options import Parser, common_options, new_parser, parse, usage
from edusim.cli_output import Progress, print_json
from edusim.errors import RunError
from edusim.language import text


def _parser(lang: str) -> Parser:
    parser, positionals, options, say = new_parser("notebooks", (text("notebook.does", "zh"), text("notebook.does", "en")), lang)

    def help_of(key: str) -> str:
        return say(text(f"notebook.help.{key}", "zh"), text(f"notebook.help.{key}", "en"))

    positionals.add_argument("folder", nargs="?", metavar="FOLDER", help=help_of("folder"))
    positionals.add_argument("names", nargs="*", metavar="NAME", help=help_of("names"))
    add = options.add_argument
    add("--run", action="store_true", help=help_of("run"))
    add("--force", action="store_true", help=help_of("force"))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=help_of("dry"))
    add("-q", "--quiet", action="store_true", help=help_of("quiet"))
    common_options(add, say)
    return parser


def notebooks(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim notebooks ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "notebooks", arguments)
    from edusim.notebook import building

    if options.folder is None:
        return _list(options, lang)
    if not options.folder.strip() or "\0" in options.folder:
        usage("CLI-VALUE", "文件夹名为空", "the name of the folder is empty")
    chosen = {file.stem: file for file in (building.find(name) for name in options.names)} or building.named()
    building.require("jupytext", "nbformat", *(("nbclient", "ipykernel") if options.run else ()))
    folder = Path(options.folder)
    targets = {stem: folder / f"{stem}.ipynb" for stem in chosen}
    _refuse(folder, targets.values(), options.force)
    if not options.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
        progress = Progress(options.quiet)
        try:
            for done, (stem, file) in enumerate(chosen.items()):
                if options.run:
                    progress(done, len(chosen), stem)
                _write(file, targets[stem], lang, options.run)
            if options.run:
                progress(len(chosen), len(chosen))
        finally:
            progress.stop()
    if options.json:
        print_json({"ok": True, **({"dry_run": True} if options.dry_run else {}), "files": [str(path) for path in targets.values()]})
        return 0
    said = [text("reporting.would" if options.dry_run else "reporting.written", lang), *(f"  {path}" for path in targets.values())]
    sys.stdout.write("\n".join([*said, text("notebook.next", lang, folder=folder)]) + "\n")
    return 0


def _write(source: Path, target: Path, lang: str, run: bool) -> None:
    from edusim.notebook import building, running

    book = building.read(source, lang)
    if run:
        running.run(book, target.parent, lang)
    building.write(book, target)


def _refuse(folder: Path, targets: Iterable[Path], force: bool) -> None:
    where = folder if os.path.lexists(folder) and not folder.is_dir() else None
    if where is None and not force:
        where = next((path for path in targets if os.path.lexists(path)), None)
    if where is not None:
        raise RunError(
            "RUN-EXISTS", "此处已有文件", "a file is there already", where=str(where),
            mend_zh="请换一个文件夹，或加 --force 替换", mend_en="choose another folder, or add --force to replace it",
        )  # fmt: skip


def _list(options: argparse.Namespace, lang: str) -> int:
    from edusim.notebook import building

    found = {stem: building.heading(file, lang) for stem, file in building.named().items()}
    if options.json:
        print_json({"ok": True, "notebooks": found})
        return 0
    lines = [f"  {stem:<24}{title}" for stem, title in found.items()]
    sys.stdout.write("\n".join([*lines, text("notebook.next_write", lang)]) + "\n")
    return 0


__all__ = ["notebooks"]
