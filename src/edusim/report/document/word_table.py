"""A table as Word keeps it: how wide its columns are, how small its text, whether its page must be turned, its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from edusim.language import text
from edusim.report.document.blocks import Cell, Column, Table, Tone, cell, written
from edusim.report.document.manner import COLOURS, SIGNS
from edusim.report.document.word_parts import TABLE_SIZES, Page, room
from edusim.report.document.word_text import ems, lines, paragraph, pieces, run, safe
from edusim.report.summaries import Interval

#: Points beside the words of a cell, both sides together.
_PADDING = 7.4
#: Words longer than this may break (a fingerprint); widths in characters.
_LONGEST = 16.0
#: A column of words wants no more than this before it takes a second line, in characters.
_WANTED = 14.0
#: What a column of words may keep where room is short: that with which the table is lowest is taken; in characters.
_MODEST = (9.0, 7.0, 5.5, 4.5, 0.0)
#: How much wider bold Latin letters are.
_BOLD = 1.08
#: The longest name, and what no column takes more than, in characters.
_NAME, _LONG = 6.5, 54.0
#: Cells from which a table whose rows take several lines is set smaller; a size too small to be chosen for ease.
_MANY, _TINY = 80, 8.0
#: A table so much lower is much lower.
_LOWER = 0.8
_PAGES: tuple[Page, ...] = ("upright", "turned")
#: Points of rows that are kept with the head of a table.
_COMPANY = 80.0
#: From how many columns with the same unit on it goes to the caption.
_SHARED = 3
#: Tables up to this share of a page are not broken over two; up to the second they are short.
_WHOLE, _SHORT = 0.5, 0.4


@dataclass(frozen=True)
class Layout:
    """How a table stands on its page: name of the style, size and line in points, widths of its columns, the page."""

    style: str
    size: float
    line: float
    widths: tuple[float, ...]
    page: Page


class _Shown(NamedTuple):
    words: str
    tone: Tone
    bold: bool
    mark: str
    is_number: bool

    @property
    def stretch(self) -> float:
        """How much wider the words are than in plain letters; Han characters are as wide in bold."""
        return _BOLD if self.bold and any(c.isascii() and c.isalpha() for c in self.words) else 1.0


def head_of(column: Column, lang: str) -> str:
    """Return the words over a column, with the unit."""
    if not column.unit:
        return column.head
    return text("document.head_unit", lang, head=column.head, unit=column.unit)


def _sign(words: str, tone: Tone) -> str:
    # Words say it themselves; a number needs the sign, because print in grey has no colours.
    return SIGNS.get(tone, "") if not any(c.isalpha() for c in words) else ""


def _note_mark(number: int, lang: str) -> str:
    if lang == "zh":
        return chr(0x2460 + number) if number < 20 else f"({number + 1})"
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[number % 26] * (number // 26 + 1)


def _filled(
    widths: Sequence[float], targets: Sequence[Sequence[float]], weights: Sequence[float], width: float
) -> tuple[float, ...]:
    # What is left goes to columns below the first target, then to those below the next, then to all.
    given = list(widths)
    for target in (*targets, [width] * len(given)):
        spare = width - sum(given)
        eager = [weight if top > now else 0.0 for weight, top, now in zip(weights, target, given, strict=True)]
        share = [spare * one / (sum(eager) or 1.0) for one in eager]
        given = [now + min(more, max(top - now, 0.0)) for now, more, top in zip(given, share, target, strict=True)]
    return tuple(given)


class Written:
    """A table in words: what stands in each cell, and the small print that explains its signs and marks."""

    def __init__(self, table: Table, lang: str) -> None:
        self.table, self.lang = table, lang
        units = [column.unit for column in table.columns if column.unit]
        #: A unit that many columns share stands in the caption, as in public documents, and not in every head.
        self.unit = units[0] if len(units) > _SHARED and len(set(units)) == 1 else ""
        self.heads = [column.head if self.unit else head_of(column, lang) for column in table.columns]
        self.notes: list[tuple[str, str]] = []
        self.tones: set[Tone] = set()
        self.rows = [
            [self._cell(cell(value), column) for value, column in zip(row, table.columns, strict=True)] for row in table.rows
        ]
        #: Rows that are a heading inside the table: bold words in front, nothing behind.
        self.headings = {
            at
            for at, row in enumerate(table.rows)
            if len(row) > 1 and cell(row[0]).bold and all(cell(value).value is None for value in row[1:])
        }

    def _cell(self, one: Cell, column: Column) -> _Shown:
        words = written(one, column)
        is_number = column.kind != "text" and not isinstance(one.value, str)
        if isinstance(one.value, Interval):
            words = words.replace(", ", ",\u00a0")  # an interval stays on one line; it may stand under its mean
        sign = _sign(words, one.tone)
        if sign:
            self.tones.add(one.tone)
            words = f"{sign}\u00a0{words}"
        mark = ""
        if one.note:
            known = [note for _, note in self.notes]
            if one.note not in known:
                self.notes.append((_note_mark(len(known), self.lang), one.note))
            mark = next(m for m, note in self.notes if note == one.note)
        return _Shown(words, one.tone, one.bold, mark, is_number)

    @property
    def signs(self) -> str:
        """What the signs in the cells say, as one line; empty without signs."""
        used = [tone for tone in SIGNS if tone in self.tones]
        between = text("document.sign_separator", self.lang)
        said = between.join(f"{SIGNS[tone]} {text(f'document.tone.{tone}', self.lang)}" for tone in used)
        return text("document.signs", self.lang, signs=said) if said else ""

    @property
    def caption(self) -> str:
        """The caption, with the unit that all columns share."""
        if not self.unit:
            return self.table.caption
        return text("document.caption_unit", self.lang, caption=self.table.caption, unit=self.unit)

    # -- widths ---------------------------------------------------------------------------------------

    def _least(self, at: int) -> float:
        # Characters that must stand on one line: a number with its interval's ends, a word, four Han characters.
        column = self.table.columns[at]
        inside = [row[at] for number, row in enumerate(self.rows) if number not in self.headings]
        longest = max((ems(piece) * shown.stretch for shown in inside for piece in pieces(shown.words)), default=1.0)
        longest = max(longest, *(ems(piece) for piece in pieces(self.heads[at])), 0.0)
        few = max((min(ems(shown.words), 4.0) for shown in inside), default=1.0)
        return min(max(longest, few, min(ems(column.head), 3.0)), _LONGEST)

    def _natural(self, at: int) -> float:
        inside = [row[at] for number, row in enumerate(self.rows) if number not in self.headings]
        return max((ems(shown.words) * shown.stretch for shown in inside), default=1.0)

    def _wanted(self, at: int) -> float:
        # Characters with which a number with its interval stands on one line, words on one or a few, a head on two.
        most = self._natural(at)
        if self.table.columns[at].kind == "text":
            most = min(most, _WANTED)
        return max(most, self._headed(at))

    def _headed(self, at: int) -> float:
        # Characters with which a head stands on two lines.
        whole = ems(self.heads[at])
        return min(whole, max(4.5, whole / 2 + 0.5))

    def widths(self, size: float, width: float) -> tuple[tuple[float, ...], bool] | None:
        """Return the widths of the columns in points, together ``width``, and whether each has what it wants.

        None when not even the numbers fit. A column wants its numbers and intervals on one line, its words on a few. What is left
        goes to columns whose words still break, then to all, by the weights of the columns (by what they want, where all weigh
        the same). Where room is short, no number breaks; intervals stand under their means in as few columns as can be.
        """
        columns = self.table.columns
        n = range(len(columns))
        given = [self._least(at) * size + _PADDING for at in n]
        if sum(given) > width:
            return None
        wanted = [max(self._wanted(at) * size + _PADDING, given[at]) for at in n]
        weights = [max(column.weight, 1e-6) for column in columns]
        if max(weights) == min(weights):
            weights = wanted
        words = {at for at in n if columns[at].kind == "text"}
        heads = [self._headed(at) * size + _PADDING for at in n]
        most = [min(max(self._natural(at), ems(self.heads[at])), _LONG) * size + _PADDING for at in n]
        if sum(wanted) <= width:
            return _filled(wanted, [most], weights, width), True
        targets = [heads, [most[at] if at in words else 0.0 for at in n]]
        tried = [_filled(given, targets, weights, width)]
        for modest in _MODEST:
            start = list(given)
            for at in words:  # a name keeps its line, a sentence takes more of them
                kept = self._natural(at) if self._natural(at) <= _NAME else modest
                start[at] = min(wanted[at], max(given[at], kept * size + _PADDING))
            # Intervals beside each other either all stand on one line or all under their means.
            whole = [wanted[at] if at not in words else one for at, one in enumerate(start)]
            tried += [_filled(one, targets, weights, width) for one in (whole, start) if sum(one) <= width]
        return min(tried, key=lambda widths: self.height(Layout("Table", size, 1.4 * size, widths, "upright"))), False

    def layout(self, *, page: Page | None = None, small: bool = False) -> Layout:
        """Return the largest text with which no interval breaks, else no number; a wide table turns its page where that helps.

        Parameters
        ----------
        page
            Fixes the page; None lets the table choose: upright when it stands well there, which for one that asked for a page on
            its side means no more than two lines a row, or three when it is short.
        small
            Not the largest of the sizes.
        """
        for one in (page,) if page else _PAGES:
            width = room(one)[0]
            # An upright page takes the smallest size only where turning it is not to be had.
            sizes = (TABLE_SIZES if page or one == "turned" else TABLE_SIZES[:2])[small:]
            tried = [(size, self.widths(size[1], width)) for size in sizes]
            found = [(*size, *fitting) for size, fitting in tried if fitting is not None]
            if page is None and one == "upright" and self.table.wide:
                found = [fit for fit in found if self._stands(Layout(*fit[:4], one))]
            if not found:
                continue
            # Smaller letters are worth it where they leave every interval whole, or make the table much lower.
            best = found[0]
            for fit in found[1:]:
                lower = self.height(Layout(*fit[:4], one)) < _LOWER * self.height(Layout(*best[:4], one))
                if fit[1] > _TINY and not best[4] and (fit[4] or lower):
                    best = fit
            if best[4] and best[0] == "Table" and len(self.rows) * len(self.heads) > _MANY and not self._is_low(best[3], best[1], 1):
                best = next((fit for fit in found[1:] if fit[1] > _TINY), best)
            return Layout(*best[:4], one)
        style, size, line = TABLE_SIZES[-1]
        least = [self._least(at) * size + _PADDING for at in range(len(self.heads))]
        width = room(page or "turned")[0]
        return Layout(style, size, line, tuple(each * width / sum(least) for each in least), page or "turned")

    def _stands(self, layout: Layout) -> bool:
        # Whether a wide table stands well on an upright page: turning one page leaves two others half empty.
        is_short = self.height(layout) <= _SHORT * room(layout.page)[1]
        return self._is_low(layout.widths, layout.size, 3 if is_short else 2)

    def _is_low(self, widths: Sequence[float], size: float, most: int) -> bool:
        # Whether no row has more than so many lines.
        return all(
            lines(shown.words, widths[at] - _PADDING, size, shown.stretch) <= most
            for number, row in enumerate(self.rows)
            if number not in self.headings
            for at, shown in enumerate(row)
        )

    def _head(self, at: int, layout: Layout) -> str:
        # A unit that does not stand beside its words goes under them whole.
        column, words = self.table.columns[at], self.heads[at]
        if self.unit or not column.unit or ems(words) * layout.size <= layout.widths[at] - _PADDING:
            return words
        whole = text("document.head_unit", self.lang, head="", unit=column.unit).strip()
        return f"{column.head}\n{whole}"

    def _heights(self, layout: Layout) -> list[float]:
        # Of the head, then of each row; points.
        def of(words: Sequence[tuple[str, float]]) -> float:
            most = max(lines(one, layout.widths[at] - _PADDING, layout.size, wider) for at, (one, wider) in enumerate(words))
            return most * layout.line + 2.5

        bodies = [of([(s.words, s.stretch) for s in row]) if at not in self.headings else layout.line + 2.5 for at, row in enumerate(self.rows)]
        return [of([(self._head(at, layout), 1.0) for at in range(len(self.heads))]), *bodies]

    def height(self, layout: Layout) -> float:
        """Return about how high the table is, without caption and notes; points."""
        return sum(self._heights(layout))

    # -- rows -----------------------------------------------------------------------------------------

    def _side(self, at: int) -> str:
        if self.table.columns[at].kind != "text":
            return "right"
        inside = [row[at] for number, row in enumerate(self.rows) if number not in self.headings]
        if inside and all(shown.is_number for shown in inside):
            return "right"
        short = at > 0 and all(ems(shown.words) <= 6 for shown in inside)
        return "center" if short else "left"

    def xml(self, layout: Layout) -> str:
        """Return the table: head repeated on every page, rows whole, short tables not broken over two pages."""
        table, lang = self.table, self.lang
        grid = [round(width * 20) for width in layout.widths]
        sides = [self._side(at) for at in range(len(grid))]
        heights = self._heights(layout)
        whole = sum(heights) <= _WHOLE * room(layout.page)[1]
        last = len(self.rows) - 1

        def cell_xml(at: int, style: str, words: str, keep: bool, span: int = 1) -> str:
            wide = f'<w:tcW w:w="{sum(grid[at : at + span])}" w:type="dxa"/>' + (f'<w:gridSpan w:val="{span}"/>' if span > 1 else "")
            side = "left" if span > 1 else sides[at]
            extra = ("<w:keepNext/>" if keep else "") + f'<w:jc w:val="{side}"/>'
            return f'<w:tc><w:tcPr>{wide}<w:vAlign w:val="center"/></w:tcPr>{paragraph(style, words, extra)}</w:tc>'

        heads = "".join(
            cell_xml(at, f"{layout.style}Head", run(self._head(at, layout), lang=lang), bool(self.rows))
            for at in range(len(grid))
        )
        made = [f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{heads}</w:tr>"]
        for number, row in enumerate(self.rows):
            # What follows the table (its note) is kept by the last row; the first rows keep the head company.
            first = number < 2 and sum(heights[: number + 2]) < _COMPANY
            # A row without words in front belongs to the row above it.
            together = number < last and number > 0 and not self.rows[number + 1][0].words
            keep = whole or first or together or number >= last - 1 or number in self.headings
            keep = keep and (number < last or bool(self.small_print()))
            if number in self.headings:
                inner = cell_xml(0, layout.style, self._words(row[0], bold=True), keep, len(grid))
            else:
                inner = "".join(cell_xml(at, layout.style, self._words(shown), keep) for at, shown in enumerate(row))
            made.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{inner}</w:tr>")
        columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in grid)
        about = f'<w:tblCaption w:val="{safe(table.caption)}"/>' if table.caption else ""
        about += f'<w:tblDescription w:val="{safe(table.note)[:250]}"/>' if table.note else ""
        return (
            f'<w:tbl><w:tblPr><w:tblStyle w:val="EdusimTable"/><w:tblW w:w="{sum(grid)}" w:type="dxa"/><w:jc w:val="center"/>'
            '<w:tblLayout w:type="fixed"/><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
            f'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>{about}</w:tblPr><w:tblGrid>{columns}</w:tblGrid>'
            f"{''.join(made)}</w:tbl>"
        )

    def _words(self, shown: _Shown, *, bold: bool = False) -> str:
        colour = COLOURS.get(shown.tone, "") if shown.tone else ""
        made = run(shown.words, lang=self.lang, bold=(shown.bold or bold) or None, colour=colour)
        return made + (run(shown.mark, lang=self.lang, raised=True) if shown.mark else "")

    def small_print(self) -> list[str]:
        """Return the lines under the table: how to read it, what its marks and its signs say."""
        lead = text("document.note", self.lang)
        note = self.table.note
        if note and not note.lower().startswith(lead.strip("：. ").lower()):
            note = lead + note
        marked = [f"{mark} {said}" for mark, said in self.notes]
        return [one for one in (note, *marked, self.signs) if one]
