"""Text as Word keeps it: runs, paragraphs, fields; how wide it will be; as strings of WordprocessingML.

Sizes are points. Widths are estimates for a Han font whose characters are as wide as high and for Times New Roman; they
choose sizes and column widths, nothing is placed by them.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from html import escape

from edusim.report.document.blocks import plain, spans
from edusim.report.document.manner import clean

NAMESPACES: Mapping[str, str] = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "pic": "http://schemas.openxmlformats.org/drawingml/2006/picture",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
#: Signs that Chinese and Latin fonts share: between Chinese characters they are Chinese and take a whole place.
_SHARED = re.compile("([“”‘’—…·]+)")
#: Widths in Times New Roman, in sizes of the font; what is not named is 0.5.
_NARROW: Mapping[str, float] = {
    **dict.fromkeys(" .,;:'!|/\\ijlt\u00a0", 0.28), **dict.fromkeys("()[]-rfIs", 0.36), **dict.fromkeys("acezJ", 0.44),
    **dict.fromkeys("+−=<>±×", 0.56), **dict.fromkeys("ABCDEFGHKLNOPQRSTUVXYZ", 0.68), **dict.fromkeys("mwMW%@", 0.83),
}  # fmt: skip


def safe(text: str) -> str:
    """Return a text as it stands in XML, between tags or in an attribute."""
    return escape(clean(text), quote=True)


@lru_cache(maxsize=65536)
def ems(text: str) -> float:
    """Return the width of a text on one line, in sizes of its font."""
    return sum(
        1.0 if unicodedata.east_asian_width(c) in "WF" or c in "“”‘’—…·▲▼○✓" else _NARROW.get(c, 0.5) for c in plain(text)
    )


def pieces(text: str) -> Iterator[str]:
    """Yield what a line is not broken inside of: a Han character, a word, a number."""
    for word in plain(text).split(" "):
        yield from re.findall(r"[\u2e80-\uffef]|[^\u2e80-\uffef]+", word)


def is_ragged(text: str) -> bool:
    """Return whether filled lines would be torn apart by a long name or path that does not break."""
    return any(ems(piece) > 8 for piece in pieces(text))


def lines(text: str, width: float, size: float, spare: float = 1.03) -> int:
    """Return on how many lines a text will stand in a column ``width`` points wide; with ``spare`` rather too many than too few."""
    room = max(width / size, 1.0)
    return sum(max(1, math.ceil(ems(part) * spare / room - 1e-9)) for part in text.split("\n"))


def run(
    text: str, *, lang: str, bold: bool | None = None, colour: str = "", raised: bool = False, size: float = 0.0
) -> str:
    """Return the runs of a text; ``bold`` None leaves the style as it is, **marked** words are bold then."""
    made = []
    for words, marked in spans(text):
        look = "<w:b/><w:bCs/>" if marked or bold else ""
        look += f'<w:color w:val="{colour.lstrip("#")}"/>' if colour else ""
        look += f'<w:sz w:val="{round(size * 2)}"/><w:szCs w:val="{round(size * 2)}"/>' if size else ""
        look += '<w:vertAlign w:val="superscript"/>' if raised else ""
        for part in _SHARED.split(words) if lang == "zh" else [words]:
            if part:
                hint = '<w:rFonts w:hint="eastAsia"/>' if lang == "zh" and _SHARED.fullmatch(part) else ""
                inner = "<w:br/>".join(f'<w:t xml:space="preserve">{safe(line)}</w:t>' for line in part.split("\n"))
                made.append(f"<w:r>{_look(hint + look)}{inner}</w:r>")
    return "".join(made)


def _look(inner: str) -> str:
    return f"<w:rPr>{inner}</w:rPr>" if inner else ""


def paragraph(style: str, content: str, extra: str = "") -> str:
    """Return a paragraph; ``extra`` are further properties, in the order the standard asks for."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{extra}</w:pPr>{content}</w:p>'


def field(instruction: str, shown: str) -> str:
    """Return a field with the result it shows until it is counted again."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {safe(instruction)} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f"<w:r><w:t>{safe(shown)}</w:t></w:r>"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def bookmark(number: int, name: str, content: str) -> str:
    """Return content that a link can lead to."""
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/>{content}<w:bookmarkEnd w:id="{number}"/>'
