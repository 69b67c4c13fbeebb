"""The opening of a Word file: how large its text may be so that everything down to the last box stands on one page.

Lines have fixed heights, so the height of the opening can be reckoned before it is written. The first of :data:`FITS` with
which it fits is taken: the page of a public document as long as it holds the opening, then narrower margins, then smaller
text, never below what still prints well.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from edusim.report.document import word_parts as parts
from edusim.report.document.blocks import Block, Bullets, Callout, Document, Heading, PageBreak, Paragraph, Table
from edusim.report.document.word_table import Written
from edusim.report.document.word_text import ems, lines

#: Lines wrap a little earlier than reckoned, and a page that is full to the last point is none.
_SPARE = 0.985
#: Letters of Arial are wider than those of Times.
_ARIAL = 1.13


@dataclass(frozen=True)
class Fit:
    """Sizes of text in boxes and of the sentences before them, points; ``spread`` is the height of a line in sizes.

    ``close`` opens with narrower margins, without the lines on the status that the foot of the page has too.
    """

    box: float
    words: float
    spread: float
    close: bool = False

    def line(self, size: float, lang: str) -> float:
        """Return the height of a line, in half points; Latin letters need less room than Han characters."""
        return round(2 * size * (self.spread if lang == "zh" else 0.92 * self.spread)) / 2

    @property
    def page(self) -> parts.Page:
        """The page of the opening."""
        return "close" if self.close else "upright"

    @property
    def between(self) -> float:
        """Space after an item of a box, points."""
        return max(0.0, round(4 * (self.spread - 1.3) * 10) / 4)

    @property
    def gap(self) -> float:
        """Space between boxes, points."""
        return 3.0 if self.close else 6.0


FITS = (
    Fit(12, 12, 1.7), Fit(12, 12, 1.55), Fit(11, 12, 1.6), Fit(10.5, 11, 1.5), Fit(10.5, 10.5, 1.42),
    Fit(10.5, 10.5, 1.42, close=True), Fit(10, 10.5, 1.4, close=True), Fit(9.5, 10, 1.36, close=True), Fit(9, 9.5, 1.34, close=True),
    Fit(9, 9, 1.28, close=True), Fit(8.5, 8.5, 1.26, close=True), Fit(8, 8, 1.25, close=True),
)  # fmt: skip


def opening(blocks: Sequence[Block]) -> int:
    """Return how many blocks belong to the opening: those down to the last of its boxes; 0 when it has none.

    Boxes belong together that are no more than two blocks apart, before any page ends.
    """
    end = next((at for at, block in enumerate(blocks) if isinstance(block, PageBreak)), len(blocks))
    last = 0
    for at in range(end):
        if isinstance(blocks[at], Callout):
            if last and at + 1 - last > 3:
                break
            last = at + 1
    return last


def title_size(title: str, lang: str, close: bool = False) -> float:
    """Return the size of a title: a long one is made a little smaller when it stands on one line then."""
    largest = parts.TEXTS[lang].title[0] - (4 if close else 0)
    width = parts.room("close" if close else "upright")[0]
    needed = ems(title) * (1.0 if lang == "zh" else _ARIAL)
    return next((size for size in (largest, largest - 2, largest - 4) if needed * size <= width), largest - 2)


def fit(document: Document, blocks: Sequence[Block], tables: Mapping[int, Written]) -> Fit:
    """Return the largest text with which the opening stands on the first page; the smallest when none does.

    Parameters
    ----------
    blocks
        Those of the opening.
    tables
        Its tables in words, by identity.
    """
    # Small Latin text reads as large as Han text half a point above it.
    fits = FITS if document.lang == "zh" else FITS[2:]
    if not blocks:
        return FITS[2]
    return next((one for one in fits if height(document, blocks, tables, one) <= parts.room(one.page)[1] * _SPARE), fits[-1])


def height(document: Document, blocks: Sequence[Block], tables: Mapping[int, Written], how: Fit) -> float:
    """Return about how high the head of the document and these blocks are; points."""
    return sum(_heights(document, blocks, tables, how))


def _heights(document: Document, blocks: Sequence[Block], tables: Mapping[int, Written], how: Fit) -> Iterator[float]:
    lang, look = document.lang, parts.TEXTS[document.lang]
    width = parts.room(how.page)[0]
    size = title_size(document.title, lang, how.close)
    rows = math.ceil(ems(document.title) * (1.0 if lang == "zh" else _ARIAL) * size / width)
    yield rows * parts.title_line(size, lang) + 4
    if document.subtitle:
        points, line = parts.subtitle(lang, how.close)
        yield lines(document.subtitle, width, points) * line + 4
    if not how.close:
        yield sum(13.0 * lines(one, width, 9) for one in document.status) + 8
    for block in blocks:
        if isinstance(block, Heading):
            points, line, above = look.heads[block.level - 1]
            above, below = (2.0, 1.0) if how.close else (above, 4.0)
            yield lines(block.text, width - 3 * points, points) * (line - (4 if how.close else 0)) + above + below
        elif isinstance(block, Paragraph):
            if block.style == "note":
                yield lines(block.text, width, 8.5 if how.close else 9) * (11 if how.close else 13) + 9
            else:
                indent = "　" * look.indent
                yield lines(indent + block.text, width, how.words) * how.line(how.words, lang) + (2 if how.close else 6)
        elif isinstance(block, Bullets):
            yield sum(lines(one, width - 60, how.words) * how.line(how.words, lang) + look.after / 2 for one in block.items)
        elif isinstance(block, Callout):
            line = how.line(how.box, lang)
            inner = width - parts.BOX_PADDING - (how.box if len(block.items) > 1 else 0)
            yield line + 4 + 2 + 6 + how.gap
            yield sum(lines(one, inner, how.box) * line + how.between for one in block.items)
        elif isinstance(block, Table):
            table = tables[id(block)]
            yield table.height(table.layout(page=how.page, small=how.close)) + (0 if not block.caption else 19 if how.close else 27)
            small = table.small_print()
            if how.close and small:
                yield lines(" ".join(small), width, 8.5) * 11 + 5
            else:
                yield sum(lines(one, width, 9) * 13 for one in small) + 9
