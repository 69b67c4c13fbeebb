"""How wide the columns of a table must be, how small its letters, and whether its page is turned; for pages of a fixed size.

Widths are estimated from the characters, so that nothing is measured twice: Han characters take the size of the letters,
others a little more than half of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from edusim.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Heading,
    PageBreak,
    Paragraph,
    Table,
    cell,
    plain,
    written,
)
from edusim.report.document.manner import SIGNS, clean
from edusim.report.document.word_table import Written
from edusim.report.summaries import Interval

#: Points: the width of the text on an upright and on a turned A4 page.
UPRIGHT, TURNED = 476.0, 745.0
#: Size of the letters in points, from few columns to many; a table that wants a turned page stays upright from ``LEGIBLE`` on.
SIZES: Sequence[tuple[int, float]] = ((5, 9.0), (8, 8.2), (10, 7.6), (99, 7.0))
LEGIBLE, SMALLEST = 7.0, 5.5
#: A unit of a column no wider than this, in sizes of its letters, stays on one line.
TOGETHER = 6.5
#: Points by which words keep away from numbers before them.
APART = 9.0
#: Rows up to which intervals stand below their means rather than on a turned page.
FEW = 12
#: Characters of text between two turned pages that turn with them, rather than take a page of their own.
BETWEEN = 900
_NARROW = frozenset(" .,:;()'|!ijlI[]")
#: A line may be broken at a space, behind a hyphen and around every Han character.
_BREAKS = re.compile(r"\s+|(?<=-)|(?<=[\u2e80-\uffff])|(?=[\u2e80-\uffff])")


@dataclass(frozen=True)
class Fit:
    """How a table stands on its page.

    Attributes
    ----------
    size, pad
        Letters, and the space beside the words of a cell on either side, in points.
    stacked
        Whether intervals stand below their means, in the whole table.
    widths
        Of each column, in points.
    needed
        Least width of the table in points.
    """

    size: float
    pad: float
    stacked: bool
    widths: tuple[float, ...]
    needed: float


def fit(table: Table, lang: str, room: float) -> Fit:
    """Return how a table stands in ``room`` points: letters a little smaller if need be, then intervals below their means."""
    size = next(points for most, points in SIZES if len(table.columns) <= most)
    apart = [
        APART if at and column.kind == "text" and table.columns[at - 1].kind != "text" else 0.0
        for at, column in enumerate(table.columns)
    ]
    headings = Written(table, lang).headings
    rows = [row for at, row in enumerate(table.rows) if at not in headings]

    def smaller(least: float, stacked: bool, roomy: bool) -> tuple[float, float, list[float]]:
        ems = [_needed(at, column, rows, lang, stacked, roomy) for at, column in enumerate(table.columns)]
        points, pad = size, 4.0
        while True:
            needs = [width * points + 2 * pad + gap for width, gap in zip(ems, apart, strict=True)]
            if sum(needs) <= room or points <= least:
                return points, pad, needs
            points, pad = points - 0.2, max(2.0, pad - 0.4)

    for least, stacked, roomy in ((0.88 * size, False, True), (0.88 * size, True, True), (SMALLEST, True, False)):
        points, pad, needs = smaller(least, stacked, roomy)
        if sum(needs) <= room:
            break
    most = [max(needs[at], _whole(at, c, rows) * points + 2 * pad + apart[at]) for at, c in enumerate(table.columns)]
    return Fit(points, pad, stacked, tuple(shared([c.weight for c in table.columns], needs, most, room)), sum(needs))


def turned(table: Table, lang: str) -> bool:
    """Return whether a table takes a turned page: it asks for one and would not stay legible upright, or fits no other way."""
    upright = fit(table, lang, UPRIGHT)
    if upright.needed > UPRIGHT:
        return True
    return table.wide and (upright.size < LEGIBLE or (upright.stacked and len(table.rows) > FEW))


def turned_blocks(blocks: Sequence[Block], lang: str) -> frozenset[int]:
    """Return the places of the blocks that stand on turned pages.

    Tables that take one; headings right before them; and the little text between two of them.
    """
    places = {
        at for at, block in enumerate(blocks) if isinstance(block, Table) and not block.only_workbook and turned(block, lang)
    }  # fmt: skip
    for at in sorted(places):
        before = at - 1
        while before >= 0 and isinstance(blocks[before], Heading):
            places.add(before)
            before -= 1
    order = sorted(places)
    for here, there in pairwise(order):
        between = blocks[here + 1 : there]
        texts = all(isinstance(block, Heading | Paragraph | Bullets | Callout | PageBreak) for block in between)
        if texts and sum(map(len, _texts(between))) <= BETWEEN:
            places.update(range(here + 1, there))
    return frozenset(places)


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            yield block.text
        elif isinstance(block, Bullets | Callout):
            yield from block.items


def ems(words: str) -> float:
    """Return about how wide a text is, in sizes of its letters."""
    return sum(0.3 if c in _NARROW else 1.0 if c in "%mMW" or unicodedata.east_asian_width(c) in "WFA" else 0.58 for c in words)


def longest(words: str) -> float:
    """Return how wide the widest piece is that cannot be broken: a word, or one Han character."""
    return max((ems(piece) for piece in _BREAKS.split(words)), default=0.0)


def _needed(at: int, column: Column, rows: Sequence[Sequence[object]], lang: str, stacked: bool, roomy: bool) -> float:
    """Return the least width of a column in sizes of its letters, so that no number and no word leaves its cell.

    With ``stacked`` an interval stands below its mean; with ``roomy`` words have no more than two lines where that is possible.
    """
    head = clean(plain(column.head))
    # English heads may be hyphenated; a short Chinese head stays on one line where four characters fit.
    least = min(longest(head), 5.5) * 1.06 if lang == "en" else min(4.0, ems(head)) * 1.03
    unit = ems(clean(plain(column.unit))) + (2.0 if lang == "zh" else 0.8) if column.unit else 0.0
    if unit <= TOGETHER + 2.0:
        least = max(least, unit)
    for row in rows:
        one = cell(row[at])  # type: ignore[arg-type]
        words = clean(plain(written(one, column)))
        sign = 1.35 if one.tone in SIGNS else 0.0
        if isinstance(one.value, Interval) and " (" in words:
            mean, _, limits = words.partition(" (")
            above, below = sign + ems(mean) * 1.06, ems(f"({limits}") * 0.96
            least = max(least, above, below) if stacked else max(least, above + 0.35 + below)
        elif isinstance(one.value, str):
            whole, short = ems(words), longest(words)
            if whole <= 4.5 or (roomy and whole <= 9.2):
                short = whole
            elif roomy:
                short = max(short, min(0.6 * whole, 12.0))
            least = max(least, sign + min(short, 12.0) * 1.06)
        else:
            least = max(least, sign + ems(words) * 1.06)
    return least + 0.2


def _whole(at: int, column: Column, rows: Sequence[Sequence[object]]) -> float:
    """Return the width of a column in sizes of its letters in which nothing is broken over two lines."""
    most = ems(clean(plain(column.head))) / 2  # heads may take two lines
    for row in rows:
        one = cell(row[at])  # type: ignore[arg-type]
        most = max(most, ems(clean(plain(written(one, column)))) + (1.35 if one.tone in SIGNS else 0.0))
    return 1.06 * most + 0.2


def shared(weights: Sequence[float], needs: Sequence[float], most: Sequence[float], room: float) -> list[float]:
    """Return the width of each column: its share of the room by weight, at least what it needs.

    What columns have beyond ``most``, in which all of their words stand on one line, goes to those that want more.
    """
    fixed: dict[int, float] = {}
    while True:
        left = room - sum(fixed.values())
        free = [at for at in range(len(weights)) if at not in fixed]
        total = sum(weights[at] for at in free) or 1.0
        share = {at: left * weights[at] / total for at in free}
        tight = {at: needs[at] for at in free if share[at] < needs[at]}
        if not tight or len(tight) == len(free):
            break
        fixed |= tight
    widths = [fixed[at] if at in fixed else share[at] for at in range(len(weights))]
    spare = [max(0.0, width - most[at]) for at, width in enumerate(widths)]
    wanted = [max(0.0, most[at] - width) for at, width in enumerate(widths)]
    given = min(sum(spare), sum(wanted))
    if given <= 0.0:
        return widths
    return [
        width - spare[at] * given / sum(spare) + wanted[at] * given / sum(wanted) for at, width in enumerate(widths)
    ]  # fmt: skip
