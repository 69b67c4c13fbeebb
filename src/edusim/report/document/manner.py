"""How headings and captions are numbered and verdicts marked in each language, whatever the file.

Chinese headings read 一、 （一） 1. as in public documents, English ones 1, 1.1, 1.1.1; a table is 表 1 or Table 1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from edusim.language import text
from edusim.report.document.blocks import Box, Tone
from edusim.report.style import GOOD, INK, LIMIT, QUIET, TAKEAWAY

_DIGITS = "〇一二三四五六七八九"
#: What a colour says is said by a sign too, so that print in grey and readers who see no red lose nothing.
SIGNS: Mapping[Tone, str] = {"meets": "✓", "fails": "×", "open": "○", "gain": "▲", "loss": "▼"}
#: Red stands for official limits and verdicts against them alone; a loss has its own colour.
COLOURS: Mapping[Tone, str] = {
    "": INK, "meets": GOOD, "fails": LIMIT, "open": "#7A5200", "gain": TAKEAWAY, "loss": "#8A4210", "quiet": QUIET,
}  # fmt: skip
BOX_SIGNS: Mapping[Box, str] = {"do": "✓", "dont": "×", "unknown": "？", "collect": "＋", "plain": ""}
BOX_COLOURS: Mapping[Box, str] = {"do": GOOD, "dont": LIMIT, "unknown": "#7A5200", "collect": TAKEAWAY, "plain": QUIET}


def chinese(n: int) -> str:
    """Return a number from 1 to 99 in Chinese: 一, 十, 十二, 二十, 四十五."""
    tens, ones = divmod(n, 10)
    lead = "" if tens == 0 else "十" if tens == 1 else f"{_DIGITS[tens]}十"
    return lead + (_DIGITS[ones] if ones or not tens else "")


def heading_mark(place: Sequence[int], lang: str) -> str:
    """Return what stands before a heading: ``一、``, ``（一）``, ``1.``; ``1``, ``1.1``, ``1.1.1``."""
    if lang != "zh":
        return ".".join(str(n) for n in place)
    if len(place) == 1:
        return f"{chinese(place[0])}、"
    return f"（{chinese(place[1])}）" if len(place) == 2 else f"{place[2]}."


def caption_mark(kind: Literal["table", "figure"], place: Sequence[int], lang: str) -> str:
    """Return ``表 1``, ``图 1``, ``Table 1`` or ``Figure 1``."""
    return f"{text(f'document.{kind}', lang)} {place[0]}"


def said(tone: Tone, words: str, lang: str) -> str:
    """Return what a tone says in words, for those who hear the page; empty where the words say it already."""
    if tone not in SIGNS:
        return ""
    meaning = text(f"document.tone.{tone}", lang)
    return "" if meaning.lower() in words.lower() else meaning


#: Characters that neither XML nor a typesetter takes.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")


def clean(words: str) -> str:
    """Return a text without characters that no file format holds, its lines ended alike."""
    return _UNPRINTABLE.sub("", words.replace("\r\n", "\n").replace("\r", "\n"))
