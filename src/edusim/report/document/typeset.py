"""A document as PDF, set by typst: an optional extra that needs no office program and no network.

Texts go to the typesetter as data, never as markup: nothing a name or a sentence holds can be taken for a command. Fonts
are the bundled ones on every machine and no clock is read, so the same document gives the same bytes. The file is tagged
(PDF/UA-1): headings, lists, tables with their heads and pictures with their words can be walked along by ear.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from edusim.errors import RunError
from edusim.language import text
from edusim.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    cell,
    plain,
    spans,
    written,
)
from edusim.report.document.columns import APART, TOGETHER, TURNED, UPRIGHT, ems, fit, turned_blocks
from edusim.report.document.files import write_file
from edusim.report.document.manner import BOX_COLOURS, BOX_SIGNS, COLOURS, SIGNS, clean
from edusim.report.document.pictures import svg_of
from edusim.report.document.word_table import Written
from edusim.report.fonts import FAMILY, bundled
from edusim.report.summaries import Interval

#: Points: the height of a picture that leaves room for its caption.
TALLEST = 590.0
#: Points: a table up to this height stands on one page.
UNBROKEN = 270.0
_HAN = re.compile(r"[\u2e80-\u9fff]")
_STRAIGHT = str.maketrans("“”‘’", "\"\"''")
Pieces = list[tuple[str, bool]]


def require(where: str = "") -> Any:
    """Return typst, which the optional extra ``pdf`` installs.

    Raises
    ------
    RunError
        ``REPORT-NO-TYPST``.
    """
    try:
        return importlib.import_module("typst")
    except ImportError:
        raise RunError(
            "REPORT-NO-TYPST", "写 PDF 需要的 typst 没有安装", "typst, which writes PDF, is not installed", where=where,
            mend_zh='请运行 pip install "edusim-groups[pdf]"', mend_en='run pip install "edusim-groups[pdf]"',
        ) from None  # fmt: skip


def write(document: Document, path: Path) -> Path:
    """Write a document as PDF; the same document gives the same bytes.

    Raises
    ------
    RunError
        ``REPORT-NO-TYPST`` when the optional extra ``pdf`` is not installed, ``REPORT-FILE`` when the file cannot be
        written, ``REPORT-PDF`` when the typesetter refuses it.
    """
    return write_file(path, _set(require(str(path)), sources(document), path))


def _set(typst: Any, files: dict[str, bytes], path: Path) -> bytes:
    """Return the PDF: tagged to PDF/UA-1 and in the bundled fonts alone wherever these hold every character.

    A rare character (a name may have one) is looked for in the fonts of the machine; where these lack it too, the page shows
    a box and the file is tagged without claiming the standard.
    """
    folders = sorted({str(font.parent) for font in bundled()})
    said = ""
    for bundled_alone, standards in ((True, ["ua-1"]), (False, ["ua-1"]), (True, [])):
        try:
            made: bytes = typst.compile(
                files, format="pdf", font_paths=folders, ignore_system_fonts=bundled_alone, pdf_standards=standards
            )  # fmt: skip
            return made
        except typst.TypstError as problem:
            said = str(problem).splitlines()[0]
    raise RunError(
        "REPORT-PDF", f"排版没有成功（{said}）", f"the document could not be typeset ({said})", where=str(path),
        mend_zh="请改用 docx 或 html，并把这条消息告知我们", mend_en="use docx or html instead, and tell us of this message",
    )  # fmt: skip


def sources(document: Document) -> dict[str, bytes]:
    """Return the files that the typesetter reads: the layout, the document as data, its pictures."""
    pictures: dict[str, bytes] = {}
    layout = Path(__file__).with_name("paper.typ").read_bytes()
    told = json.dumps(_told(document, pictures), ensure_ascii=False, sort_keys=True)
    return {"main.typ": layout, "document.json": told.encode("utf-8"), **pictures}


def rich(words: str) -> Pieces:
    """Return the pieces of a text as (words, whether bold)."""
    return [(_narrow(piece), bold) for piece, bold in spans(clean(words))]


def _narrow(words: str) -> str:
    # The bundled font draws curly quotes as wide as a Han character: text without one takes straight ones.
    return words if _HAN.search(words) else words.translate(_STRAIGHT)


def _line(words: str) -> str:
    return " ".join(_narrow(clean(plain(words))).split())


def _told(document: Document, pictures: dict[str, bytes]) -> dict[str, Any]:
    lang = document.lang
    blocks = [block for block in document.blocks if not (isinstance(block, Table) and block.only_workbook)]
    first = next((at for at, block in enumerate(blocks) if isinstance(block, PageBreak)), 0)
    chapters = sum(isinstance(block, Heading) and block.level == 1 for block in blocks[first:])
    before, after = text("web.page_n", lang).split("#")
    return {
        "lang": lang,
        "title": _line(document.title) or FAMILY,
        "subtitle": rich(document.subtitle),
        "description": _line(document.subtitle),
        "author": "edusim",
        "keywords": [f"{_line(label)}: {_line(value)}" for label, value in document.facts.items()],
        "status": text("web.between", lang).join(_line(line).rstrip("。. ") for line in document.status),
        "page": [before, after],
        "table": text("document.table", lang),
        "figure": text("document.figure", lang),
        "contents": text("document.contents", lang) if first and chapters > 2 else "",
        "run": text("document.facts", lang),
        "facts": [[_line(label), _line(value)] for label, value in document.facts.items()],
        "first": _blocks(blocks[:first], lang, pictures),
        "parts": _parts(blocks[first:], lang, pictures),
    }


def _parts(blocks: Sequence[Block], lang: str, pictures: dict[str, bytes]) -> list[dict[str, Any]]:
    """Return runs of blocks that stand on upright or on turned pages."""
    turned = turned_blocks(blocks, lang)
    pages = [(at in turned, block) for at, block in enumerate(blocks)]
    return [
        {"wide": wide, "blocks": _blocks([block for _, block in group], lang, pictures, wide=wide)}
        for wide, group in groupby(pages, key=lambda one: one[0])
    ]


def _blocks(blocks: Sequence[Block], lang: str, pictures: dict[str, bytes], *, wide: bool = False) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for boxes, group in groupby(blocks, key=lambda one: isinstance(one, Callout)):
        if boxes:
            found.append({"kind": "cards", "cards": [_card(block) for block in group if isinstance(block, Callout)]})
        else:
            found += [_block(block, lang, pictures, wide) for block in group]
    return found


def _card(block: Callout) -> dict[str, Any]:
    return {
        "title": rich(block.title), "items": [rich(item) for item in block.items],
        "sign": BOX_SIGNS[block.kind], "colour": BOX_COLOURS[block.kind],
    }  # fmt: skip


def _block(block: Block, lang: str, pictures: dict[str, bytes], wide: bool) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "level": block.level, "text": rich(block.text)}
        case Paragraph():
            return {"kind": "paragraph", "style": block.style, "text": rich(block.text)}
        case Bullets():
            return {"kind": "bullets", "ordered": block.ordered, "items": [rich(item) for item in block.items]}
        case Table():
            return _table(block, lang, wide)
        case Picture():
            return _picture(block, pictures)
        case PageBreak():
            return {"kind": "break"}
        case _:
            raise TypeError(f"no such block: {type(block).__name__}")


def _picture(block: Picture, pictures: dict[str, bytes]) -> dict[str, Any]:
    chart = block.draw()
    name = f"picture-{len(pictures) + 1}.svg"
    pictures[name] = svg_of(chart, "p").encode("utf-8")
    width, height = (float(inches) for inches in chart.get_size_inches())
    return {
        "kind": "picture", "file": name, "caption": rich(block.caption), "alt": _line(block.alt or block.caption) or block.key,
        "width": round(min(UPRIGHT, TALLEST * width / height), 2),
    }  # fmt: skip


# -- tables -------------------------------------------------------------------------------------------


def _table(block: Table, lang: str, wide: bool) -> dict[str, Any]:
    told = Written(block, lang)
    fitted = fit(block, lang, TURNED if wide else UPRIGHT)
    rows = [
        [_value(cell(value), column, shown.mark) for value, column, shown in zip(row, block.columns, seen, strict=True)]
        for row, seen in zip(block.rows, told.rows, strict=True)
    ]
    columns = [
        {
            "head": rich(column.head), "unit": rich(column.unit), "number": column.kind != "text",
            "brackets": ["（", "）"] if lang == "zh" else ["(", ")"], "together": ems(plain(column.unit)) <= TOGETHER,
            "width": round(width, 2),
        }
        for column, width in zip(block.columns, fitted.widths, strict=True)
    ]  # fmt: skip
    return {
        "kind": "table", "caption": rich(block.caption), "notes": [rich(line) for line in told.small_print()],
        "columns": columns, "rows": rows, "parts": sorted(told.headings),
        "size": round(fitted.size, 2), "pad": round(fitted.pad, 2), "apart": APART, "stacked": fitted.stacked,
        "whole": len(rows) * (fitted.size * 1.16 * (2 if fitted.stacked else 1) + 4) < UNBROKEN,
    }  # fmt: skip


def _value(one: Cell, column: Column, mark: str) -> dict[str, Any]:
    words = clean(written(one, column))
    told: dict[str, Any] = {
        "text": rich(words), "sign": SIGNS.get(one.tone, ""), "colour": COLOURS[one.tone],
        "bold": one.bold or one.tone in SIGNS, "mark": mark,
    }  # fmt: skip
    if isinstance(one.value, Interval) and " (" in words:
        mean, _, limits = words.partition(" (")
        told |= {"mean": mean, "range": f"({limits}"}
    elif not isinstance(one.value, str):
        told |= {"text": [(words, False)]}
    return told
