"""What a document is made of: headings, paragraphs, lists, boxes, tables, pictures; no file format knows more than this.

Text is plain, with ``**bold**`` as its only markup. Headings and captions carry no numbers: each writer numbers them in
the manner of its language (一、（一）1.; 1, 1.1, 1.1.1; 表 1, 图 1; Table 1, Figure 1). The same document gives the same
bytes: nothing here holds a date or a path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from edusim.report.style import Chart

#: What a coloured cell or word says; a writer shows it by colour *and* sign, never by colour alone.
Tone = Literal["", "meets", "fails", "open", "gain", "loss", "quiet"]
#: How the values of a column are written: ``number`` with ``digits`` decimals, ``percent`` as 0-100 of a share 0-1,
#: ``interval`` an Interval as its mean with the 95% interval behind it.
Kind = Literal["text", "number", "percent", "interval", "percent_interval"]
#: The four boxes of the first page: what to do, what not to, what nobody knows, which data to collect.
Box = Literal["do", "dont", "unknown", "collect", "plain"]


@dataclass(frozen=True)
class Cell:
    """A value with what it means: ``Cell(Interval(...), tone="meets")``; ``bold`` for a total or a heading inside a table.

    For the workbook only: ``formula`` wins over the formula of the column (written alike), ``digits`` over its digits.
    """

    value: str | float | int | Interval | None
    tone: Tone = ""
    bold: bool = False
    note: str = ""
    formula: str = ""
    digits: int | None = None


Value = str | float | int | Interval | Cell | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    key
        Name for programs, unique in the table; lower case with underscores.
    head
        Words a reader sees; the unit goes to ``unit``.
    unit
        Written behind the head in brackets; empty for none.
    kind, digits, signed
        How numbers are written; ``signed`` writes a plus sign.
    weight
        Width in comparison with the other columns.
    formula
        For the workbook only: an Excel formula over other columns of the row, keys in braces, for example
        ``IF({high}<={limit},"meets","open")``. The value of the cell is what the formula gives with the values at hand.
        Of an interval ``{cv}`` is the mean, ``{cv.low}`` and ``{cv.high}`` its ends; ``{prices:factor}`` is a whole column
        of another table; a name that :attr:`Table.named` gives stands without braces.
    """

    key: str
    head: str
    unit: str = ""
    kind: Kind = "text"
    digits: int = 2
    signed: bool = False
    weight: float = 1.0
    formula: str = ""


@dataclass(frozen=True)
class Plot:
    """For the workbook only: a chart of Excel's own over columns of a table, so that it follows the cells.

    Parameters
    ----------
    kind
        ``line``, or ``stack``: bars one upon the other.
    x
        Key of the column along the axis.
    series
        Keys of the columns drawn; of an interval the mean, with its ends as thin lines in ``line``.
    colours
        RRGGBB of each series.
    axis
        Words at the upright axis, with the unit.
    """

    kind: Literal["line", "stack"]
    x: str
    series: tuple[str, ...]
    colours: tuple[str, ...]
    axis: str


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (chapter), 2 or 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``lead`` is the sentence a chapter opens with, ``note`` is small print."""

    text: str
    style: Literal["body", "lead", "note"] = "body"


@dataclass(frozen=True)
class Bullets:
    """A list; each item one sentence or two."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Callout:
    """A box with a title and its sentences; the first page is four of them."""

    title: str
    items: tuple[str, ...]
    kind: Box = "plain"


@dataclass(frozen=True)
class Table:
    """A table with its caption.

    Parameters
    ----------
    key
        Name for programs, unique in the document: the name of the Excel table and of the anchor.
    caption
        What it shows, in one line; ``note`` below says how to read it and whence it comes.
    columns, rows
        As many values a row as there are columns.
    wide
        Wants a page turned on its side, where a writer has pages.
    only_workbook
        Long tables (every school and year) that go to the workbook alone.
    short
        Name of its sheet in the workbook; empty: taken from the caption.
    named
        For the workbook only: key of a column whose cells a reader may change and formulas name; the names stand in the
        column ``name`` (``limit_cv_primary``).
    plot
        For the workbook only: a chart over its columns.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: str = ""
    wide: bool = False
    only_workbook: bool = False
    short: str = ""
    named: str = ""
    plot: Plot | None = None

    def __post_init__(self) -> None:
        keys = [column.key for column in self.columns]
        if len(set(keys)) != len(keys):
            raise ValueError(f"table {self.key}: a key stands twice in {keys}")
        wrong = [row for row in self.rows if len(row) != len(keys)]
        if wrong:
            raise ValueError(f"table {self.key}: {len(wrong[0])} values in a row of {len(keys)} columns")


@dataclass(frozen=True)
class Picture:
    """A chart with its caption; ``alt`` says in a sentence what it shows, for those who cannot see it.

    ``draw`` returns the chart in its ``for_report`` variant (without title and footer); it is called when a file is written.
    """

    key: str
    caption: str
    alt: str
    draw: Callable[[], Chart]


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a new page, where a writer has pages."""


Block = Heading | Paragraph | Bullets | Callout | Table | Picture | PageBreak


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Parameters
    ----------
    title, subtitle
        The head of the first page.
    lang
        ``zh`` or ``en``.
    blocks
        In reading order.
    status
        What every page says of itself (no forecast, where its limits are written), one string a line.
    facts
        What identifies the run, label -> value, in order: versions, seed, hash; printed at the end and kept as properties.
    """

    title: str
    subtitle: str
    lang: str
    blocks: tuple[Block, ...]
    status: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [block.key for block in self.blocks if isinstance(block, Table | Picture)]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"keys that stand twice: {twice}")

    @property
    def tables(self) -> list[Table]:
        """Every table, those for the workbook alone too."""
        return [block for block in self.blocks if isinstance(block, Table)]

    @property
    def pictures(self) -> list[Picture]:
        """Every picture."""
        return [block for block in self.blocks if isinstance(block, Picture)]


_BOLD = re.compile(r"\*\*(.+?)\*\*")


def spans(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text as (words, whether bold)."""
    at = 0
    for found in _BOLD.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[1], True
        at = found.end()
    if at < len(text):
        yield text[at:], False


def plain(text: str) -> str:
    """Return a text without its markup."""
    return "".join(words for words, _ in spans(text))


def cell(value: Value) -> Cell:
    """Return a value as a cell."""
    return value if isinstance(value, Cell) else Cell(value)


def written(value: Value, column: Column) -> str:
    """Return how a value is written in a column; nothing is written as a dash.

    An interval reads ``0.42 (0.39, 0.45)``: the mean, then the 95% interval; without an interval the mean alone.
    """
    from edusim.report.style import number

    inner = cell(value).value
    scale = 100.0 if column.kind in ("percent", "percent_interval") else 1.0

    def shown(one: float) -> str:
        return number(one * scale, column.digits, signed=column.signed)

    if inner is None:
        return "–"
    if isinstance(inner, str):
        return inner
    if isinstance(inner, Interval):
        if not inner.known:
            return shown(inner.mean)
        return f"{shown(inner.mean)} ({shown(inner.low)}, {shown(inner.high)})"
    return shown(float(inner)) if column.kind != "text" else str(inner)


def numbered(blocks: Sequence[Block]) -> Iterator[tuple[Block, tuple[int, ...]]]:
    """Yield each block with its number: of a heading its place by level, of a table or picture its count, else ().

    Tables for the workbook alone have none.
    """
    places = [0, 0, 0]
    counts = {Table: 0, Picture: 0}
    for block in blocks:
        if isinstance(block, Heading):
            places[block.level - 1] += 1
            places[block.level :] = [0] * (3 - block.level)
            yield block, tuple(places[: block.level])
        elif isinstance(block, Table | Picture) and not (isinstance(block, Table) and block.only_workbook):
            counts[type(block)] += 1
            yield block, (counts[type(block)],)
        else:
            yield block, ()


def alt_of(chart: Any) -> str:
    """Return the sentence for those who cannot see a chart: its title and what it says."""
    return " ".join(part for part in (chart.title, chart.takeaway) if part)
