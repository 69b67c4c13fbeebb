"""From ``notebooks/NN_name.py`` to a notebook in one language; the convention stands in ``notebooks/README.md``."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edusim.errors import ConfigError, RunError, did_you_mean, nearest

#: Tag of the cell that sets the language, of a cell whose code is folded away, of a cell that shows a chart.
LANGUAGE, HIDDEN, FIGURE = "language", "hide-code", "figure"
KERNEL = {"name": "python3", "display_name": "Python 3", "language": "python"}


def sources() -> Path:
    """Return the folder of the shipped notebooks: inside the package, or the checkout's ``notebooks``."""
    packed = Path(__file__).parents[1] / "_notebooks"
    return packed if packed.is_dir() else Path(__file__).parents[3] / "notebooks"


def named() -> dict[str, Path]:
    """Return the shipped notebooks, name -> file, in order."""
    return {file.stem: file for file in sorted(sources().glob("[0-9][0-9]_*.py"))}


def find(name: str) -> Path:
    """Return the file of a notebook by its name, its number, or its file's name.

    Raises
    ------
    ConfigError
        ``CLI-VALUE`` with the nearest name.
    """
    there = named()
    wanted = name.removesuffix(".py").removesuffix(".ipynb")
    for stem, file in there.items():
        if wanted in (stem, stem[:2], stem[3:]) or wanted == stem[:2].lstrip("0"):
            return file
    near = nearest(wanted, [*there, *(stem[3:] for stem in there)])
    mend = did_you_mean(wanted, there) if near is None else (f"您是否想写 {near}？", f"did you mean {near}?")
    raise ConfigError("CLI-VALUE", f"没有笔记本 {name[:60]}", f"there is no notebook {name[:60]}", mend_zh=mend[0], mend_en=mend[1])


def require(*modules: str) -> None:
    """Make sure that the extra ``notebook`` is installed.

    Raises
    ------
    RunError
        ``RUN-NO-NOTEBOOK``.
    """
    from importlib.util import find_spec

    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise RunError(
            "RUN-NO-NOTEBOOK", f"没有安装附加包 notebook（缺 {'、'.join(missing)}）", f"the extra notebook is not installed ({', '.join(missing)} missing)",
            mend_zh="请运行 pip install 'edusim-groups[notebook]'（在源代码目录中：make extras）",
            mend_en="run pip install 'edusim-groups[notebook]' (in a checkout: make extras)",
        )  # fmt: skip


def read(source: str | os.PathLike[str], lang: str) -> Any:
    """Return a notebook (of nbformat) in one language, not run.

    Parameters
    ----------
    source
        Its ``.py`` file.
    lang
        ``zh`` or ``en``: text cells of the other language are left out, the first cell of code sets this one.

    Raises
    ------
    ValueError
        When the file does not keep to the convention (a mistake of the notebook's writer).
    """
    require("jupytext", "nbformat")
    import jupytext

    path = Path(source)
    book = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    book.cells = [cell for cell in book.cells if cell.metadata.get("lang", lang) == lang]
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    if not code or LANGUAGE not in _tags(code[0]) or not re.fullmatch(r'lang = "(zh|en)"', code[0].source.strip()):
        raise ValueError(f"{path.name}: the first cell of code is tagged `{LANGUAGE}` and reads lang = \"en\"")
    code[0].source = f'lang = "{lang}"'
    everywhere = HIDDEN in _tags(code[0])
    for place, cell in enumerate(book.cells, 1):
        cell.id = f"{path.stem[:40]}-{place}".replace("_", "-")  # not a random one: the same source gives the same bytes
        if cell.cell_type == "code" and (everywhere or HIDDEN in _tags(cell)):
            cell.metadata["jupyter"] = {"source_hidden": True}
            cell.metadata["tags"] = sorted({*_tags(cell), HIDDEN})
    book.metadata = type(book.metadata)(kernelspec=KERNEL, language_info={"name": "python"}, title=title_of(book, path.name))
    return book


def title_of(book: Any, name: str = "") -> str:
    """Return the title of a notebook: its first heading.

    Raises
    ------
    ValueError
        When it has none.
    """
    for cell in book.cells:
        found = re.search(r"^# (.+)$", cell.source, re.MULTILINE) if cell.cell_type == "markdown" else None
        if found:
            return str(found[1].strip())
    raise ValueError(f"{name}: a notebook has a title in each language, `# Title` in a text cell")


def heading(source: Path, lang: str) -> str:
    """Return a notebook's title in one language, read from its source without any library; empty when it has none."""
    kind = ""
    for line in source.read_text(encoding="utf-8").splitlines():
        if line.startswith("# %%"):
            said = re.search(r'lang="(\w+)"', line)
            kind = (said[1] if said else lang) if "[markdown]" in line else ""
        elif kind == lang and line.startswith("# # "):
            return line[4:].strip()
    return ""


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", ()))


def write(book: Any, path: Path) -> Path:
    """Write a notebook as ``.ipynb``, whole or not at all."""
    nbformat: Any = importlib.import_module("nbformat")
    part = path.with_name(f".{path.name}.part-{os.getpid()}")
    try:
        part.write_text(nbformat.writes(book, version=4) + "\n", encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def complaints(book: Any) -> list[str]:
    """Return what is wrong with a notebook that has been run, one sentence each; nothing when it is as it should be.

    A cell tagged ``figure`` must hold a picture with a sentence for those who cannot see it; no cell may have failed or have printed
    on standard error.
    """
    found = []
    for place, cell in enumerate(book.cells, 1):
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            if output.output_type == "error":
                found.append(f"cell {place} failed: {output.ename}: {output.evalue}")
            if output.output_type == "stream" and output.name == "stderr":
                found.append(f"cell {place} printed on standard error: {output.text[:200]}")
        if FIGURE in _tags(cell) and not _pictures(cell.outputs):
            found.append(f"cell {place} is tagged {FIGURE} and holds no picture that says what it shows")
    return found


def _pictures(outputs: Sequence[Any]) -> list[Any]:
    return [one for one in outputs if "image/png" in one.get("data", {}) and one.get("metadata", {}).get("image/png", {}).get("alt")]
