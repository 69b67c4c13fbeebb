"""Which kinds of file a document can be written as, and what writes each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from edusim.errors import ConfigError, RunError, did_you_mean
from edusim.report.document.blocks import Block, Document, Picture

#: Ending of a file -> module of this package that writes it.
WRITERS = {"docx": "word", "html": "web", "xlsx": "workbook", "pdf": "typeset"}
FORMATS = tuple(WRITERS)
#: Endings of documents that are not written.
LIKE = (".doc", ".xls", ".htm", ".odt", ".ods", ".rtf", ".md", ".ppt", ".pptx")
#: What is written if nothing is said: what needs no extra.
USUAL = ("docx", "html", "xlsx")
#: What a figure says that has nothing to draw.
NOTHING_TO_DRAW = ("FIG-EMPTY", "FIG-NO-MEASURE")


def chosen(formats: Sequence[str]) -> tuple[str, ...]:
    """Return formats in lower case, each once, in the order of :data:`FORMATS`.

    Raises
    ------
    ConfigError
        ``REPORT-FORMAT`` for one that is not there, with the nearest.
    """
    given = formats.split(",") if isinstance(formats, str) else formats
    asked = [str(one).strip().lower().lstrip(".") for one in given]
    for one in asked:
        if one not in FORMATS:
            zh, en = did_you_mean(one, FORMATS)
            raise ConfigError("REPORT-FORMAT", f"不能写成 {one[:40]!r}", f"no report can be written as {one[:40]!r}", where="--to", mend_zh=zh, mend_en=en)
    return tuple(one for one in FORMATS if one in asked)


def ready(formats: Sequence[str]) -> None:
    """Make sure that what the formats need is installed, before anything is written.

    Raises
    ------
    ConfigError, RunError
        ``REPORT-FORMAT``, ``REPORT-NO-TYPST``.
    """
    for one in chosen(formats):
        check = getattr(_writer(one), "require", None)
        if check is not None:
            check()


def drawn(document: Document) -> Document:
    """Return a document whose pictures are drawn, once for all files; a picture that the run holds nothing for is left out."""
    found: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Picture):
            try:
                chart = block.draw()
            except RunError as problem:
                if problem.code not in NOTHING_TO_DRAW:
                    raise
                continue
            block = replace(block, draw=lambda chart=chart: chart)  # type: ignore[misc]
        found.append(block)
    return replace(document, blocks=tuple(found))


def write(document: Document, path: Path) -> Path:
    """Write a document as the ending of its path says, whole or not at all.

    Raises
    ------
    ConfigError, RunError
        ``REPORT-FORMAT``, ``REPORT-FILE``, ``REPORT-NO-TYPST``.
    """
    (kind,) = chosen([path.suffix])
    found: Path = _writer(kind).write(document, path)
    return found


def is_document(path: Path) -> bool:
    """Return whether the ending of a path is that of a document.

    Raises
    ------
    ConfigError
        ``REPORT-FORMAT`` for a document that is not written: nobody calls a folder ``report.doc``.
    """
    if path.suffix.lower() in LIKE:
        chosen([path.suffix])
    return path.suffix.lower().lstrip(".") in FORMATS


def _writer(kind: str) -> Any:
    return import_module(f"edusim.report.document.{WRITERS[kind]}")


__all__ = ["FORMATS", "USUAL", "chosen", "drawn", "is_document", "ready", "write"]
