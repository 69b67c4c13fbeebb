"""Cells of a workbook: text that stays text, numbers that stay numbers, and how both look.

A value that begins with ``=``, ``+``, ``-`` or ``@`` is written as text with Excel's own mark for it, so that no name of a
school can become a formula. A tone is a colour and a sign or a word, never a colour alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side

from edusim.language import text
from edusim.report.document.blocks import Column, Tone, plain, spans
from edusim.report.document.manner import COLOURS, SIGNS
from edusim.report.document.manner import clean as printable
from edusim.report.tables import width_of as width_of

INK, QUIET, RULE, ACCENT, INPUT = "1F2933", "66707C", "CBD2D9", "1F4E79", "FFF9DB"
_FILLS: Mapping[Tone, str] = {"meets": "E3F4EC", "fails": "FBE9E7", "open": "FFF4D6", "gain": "E5F0F8", "loss": "FCEBDD", "quiet": ""}
#: Fill and ink of each tone, RRGGBB.
TONES: Mapping[Tone, tuple[str, str]] = {tone: (paint, COLOURS[tone].lstrip("#")) for tone, paint in _FILLS.items()}
#: Excel holds no more characters in a cell.
MOST_CHARACTERS = 32_767
FONTS = {"zh": "等线", "en": "Calibri"}
_THIN = Side(style="thin", color=RULE)
BELOW = Border(bottom=_THIN)
AROUND = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
#: Points a line of text takes at 11 points.
LINE = 15.0


def font(lang: str, *, size: float = 11, bold: bool = False, colour: str = INK, italic: bool = False) -> Font:
    """Return a font of the house for a workbook in ``lang``."""
    return Font(name=FONTS[lang], size=size, bold=bold, color=f"FF{colour}", italic=italic)


def fill(colour: str) -> PatternFill:
    """Return a plain fill."""
    return PatternFill("solid", start_color=f"FF{colour}", end_color=f"FF{colour}")


def wrapped(*, middle: bool = False, indent: int = 0) -> Alignment:
    """Return an alignment that breaks lines."""
    return Alignment(wrap_text=True, vertical="center" if middle else "top", horizontal="left", indent=indent)


def clean(words: str) -> str:
    """Return a text that a cell can hold: no control characters, not too long."""
    words = printable(words)
    return words if len(words) <= MOST_CHARACTERS else words[: MOST_CHARACTERS - 1] + "…"


def put_text(cell: Any, words: str, *, lang: str = "", size: float = 11, colour: str = INK) -> None:
    """Write a text that can never become a formula; ``**bold**`` becomes bold where ``lang`` is given."""
    words = clean(words)
    if lang and "**" in words:
        face = {"rFont": FONTS[lang], "sz": size, "color": f"FF{colour}"}
        pieces = [TextBlock(InlineFont(**face, b=True) if bold else InlineFont(**face), part) for part, bold in spans(words)]
        cell.value = CellRichText(*pieces)
        cell.data_type = "s"
        return
    words = plain(words)
    cell.value = words
    cell.data_type = "s"  # openpyxl takes what begins with "=" for a formula, and #N/A for an error
    if words[:1] in ("=", "+", "-", "@"):
        cell.quotePrefix = True


def lines_of(words: str, width: float) -> int:
    """Return how many lines a text takes in ``width`` characters of a cell; lines break early, so that some room is lost."""
    shares = [width_of(plain(part)) / max(1.0, width) for part in words.split("\n")]
    return sum(1 if share <= 1.0 else math.ceil(1.06 * share) for share in shares)


def number_format(column: Column, digits: int, tone: Tone = "") -> str:
    """Return Excel's format for the numbers of a column: thousands, decimals, a true minus, a sign for its tone."""
    behind = f'" {SIGNS[tone]}"' if tone in SIGNS else ""
    if column.kind == "text":
        return f'General{behind};"−"General{behind};General{behind};@{behind}' if behind else "General"
    decimals = "." + "0" * digits if digits else ""
    body = (f"0{decimals}%" if in_percent(column) else f"#,##0{decimals}") + behind
    plus = "+" if column.signed else ""
    return f'{plus}{body};"−"{body};{body};@{behind}' if behind else f'{plus}{body};"−"{body};{body}'


def in_percent(column: Column) -> bool:
    """Return whether a share is shown with Excel's percent format; a difference in points is a plain number."""
    return column.kind in ("percent", "percent_interval") and column.unit in ("", "%", "％")


def with_unit(words: str, column: Column, lang: str) -> str:
    """Return the head of a column with its unit in brackets; shares say per cent."""
    unit = column.unit or ("%" if in_percent(column) else "")
    return text("sheet.head.unit", lang, head=words, unit=unit) if unit else words


def head_of(column: Column, lang: str) -> str:
    """Return the head of a column that is written as words, with its unit."""
    return with_unit(plain(column.head), column, lang)


def scale_of(column: Column) -> float:
    """Return what a value is multiplied by when it is written: 100 for points."""
    return 100.0 if column.kind in ("percent", "percent_interval") and not in_percent(column) else 1.0


def sheet_title(words: str, taken: Sequence[str]) -> str:
    r"""Return a name that Excel takes for a sheet: at most 31 characters, none of ``[]:*?/\``, not taken yet."""
    whole = re.sub(r"\s+", " ", re.sub(r"[\[\]:*?/\\]", " ", clean(plain(words)))).strip(" '")
    name = whole[:31].rstrip(" '") or "Sheet"
    if whole[31:] and whole[30:32].isascii() and whole[30:32].isalnum() and " " in name[12:]:
        name = name.rsplit(" ", 1)[0].rstrip(" ,;'")  # no word cut in two
    known = {one.casefold() for one in taken} | {"history"}  # Excel keeps this name for itself
    found, n = name, 1
    while found.casefold() in known:
        n += 1
        found = f"{name[: 30 - len(str(n))].rstrip()} {n}"
    return found
