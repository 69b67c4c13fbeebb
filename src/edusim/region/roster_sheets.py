"""What the roster's template and the checked workbook share: openpyxl's parts, colours, fonts, writing a file whole."""

from __future__ import annotations

import importlib
import os
import re
from pathlib import Path
from typing import Any

from edusim.errors import DataError

#: Heads: required, optional, the other language; their text; lines; a stripe of the guide.
NAVY, SLATE, PALE, WHITE, GREY, LINE, BAND = (
    "FF12395B", "FF5B7C9D", "FFF3F6F9", "FFFFFFFF", "FF6B7680", "FFC9D3DC", "FFEAF1F7",
)  # fmt: skip
INK = "FF1F2A33"
#: Fill and text of each level in the checked workbook, and the sign that stands beside the colour.
FILLS = {"errors": "FFF9CFCB", "warnings": "FFFFE9B8", "normalised": "FFD3E5F7", "empty": "FFBFC6CC"}
TEXTS = {"errors": "FF9C1C14", "warnings": "FF7A5200", "normalised": "FF0B4F87", "empty": "FF4D565E"}
SIGNS = {"errors": "✗", "warnings": "!", "normalised": "≈", "empty": "○"}
#: Line around a cell of each level: the second sign beside the colour.
FRAMES = {"errors": "medium", "warnings": "mediumDashed", "normalised": "hair"}
AUTHOR = "edusim"
_FONTS = {"zh": "等线", "en": "Calibri"}


class Tools:
    """The parts of openpyxl that are used, loaded when a workbook is written."""

    def __init__(self, lang: str) -> None:
        self.openpyxl: Any = importlib.import_module("openpyxl")
        self.styles: Any = importlib.import_module("openpyxl.styles")
        self.comments: Any = importlib.import_module("openpyxl.comments")
        self.cell: Any = importlib.import_module("openpyxl.cell.cell")
        self.validation: Any = importlib.import_module("openpyxl.worksheet.datavalidation")
        self.hyperlink: Any = importlib.import_module("openpyxl.worksheet.hyperlink").Hyperlink
        self.names: Any = importlib.import_module("openpyxl.workbook.defined_name")
        self.letter: Any = importlib.import_module("openpyxl.utils").get_column_letter
        self.lang = lang
        side = self.styles.Side(style="thin", color=LINE)
        self.box = self.styles.Border(left=side, right=side, top=side, bottom=side)

    def font(self, *, size: float = 11, bold: bool = False, italic: bool = False, color: str = INK) -> Any:
        """Return a font of the reader's language."""
        return self.styles.Font(name=_FONTS[self.lang], size=size, bold=bold, italic=italic, color=color)

    def recoloured(self, font: Any, color: str) -> Any:
        """Return a font in another colour."""
        return self.styles.Font(
            name=font.name, size=font.size, bold=font.bold, italic=font.italic, underline=font.underline,
            strike=font.strike, color=color,
        )  # fmt: skip

    def frame(self, style: str, color: str) -> Any:
        """Return a line around a cell."""
        side = self.styles.Side(style=style, color=color)
        return self.styles.Border(left=side, right=side, top=side, bottom=side)

    def fill(self, color: str) -> Any:
        """Return a plain fill."""
        return self.styles.PatternFill("solid", start_color=color)

    def hatch(self) -> Any:
        """Return the hatching of cells that will be drawn."""
        return self.styles.PatternFill("lightUp", start_color=FILLS["empty"], end_color=WHITE)

    def wrap(self, horizontal: str = "left", vertical: str = "top") -> Any:
        """Return an alignment that breaks lines."""
        return self.styles.Alignment(wrap_text=True, horizontal=horizontal, vertical=vertical)

    def comment(self, text: str) -> Any:
        """Return a comment that is as large as its text needs."""
        made = self.comments.Comment(text, AUTHOR)
        fit(made)
        return made


def fit(comment: Any) -> None:
    """Make a comment as large as its text needs."""
    lines = sum(1 + int(text_width(line) / 38) for line in str(comment.text).split("\n"))
    comment.width, comment.height = 300, min(28 + 18 * lines, 420)


def text_width(text: str) -> int:
    """Return the width of a text in Latin characters: a Chinese one counts two."""
    return sum(2 if ord(c) > 0x2E7F else 1 for c in text)


def safe(text: str) -> str:
    """Return a text without signs that a workbook cannot hold."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "�", text)


def put_text(cell: Any, value: str) -> None:
    """Write a text as text, also when it begins like a formula."""
    cell.value = safe(value)[:32_000]
    cell.data_type = "s"


def save(book: Any, target: Path) -> None:
    """Write a workbook whole or not at all: beside its place first, then there.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    beside = target.with_name(f".{target.stem}-{os.getpid()}{target.suffix}")
    try:
        book.save(beside)
        beside.replace(target)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise DataError(
            "DATA-UNWRITABLE", f"无法写入文件（{reason}）", f"the file cannot be written ({reason})", where=str(target),
            mend_zh="文件可能正在 Excel 中打开", mend_en="it may be open in Excel",
        ) from None  # fmt: skip
    finally:
        if os.path.lexists(beside):
            beside.unlink()
