"""The Excel workbook of a document: one page, contents, chapters with live tables, figures.

The first sheet prints on one page of A4. Short tables stand in their chapter's sheet, long ones in a sheet each with a
frozen header. Verdicts are formulas: who changes a limit sees them change. Every formula holds its value too, for viewers
that do not calculate; Excel and LibreOffice calculate when the file is opened.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties

from edusim.language import text
from edusim.report.document import workbook_cells as cells
from edusim.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    Tone,
    cell,
    numbered,
    plain,
    written,
)
from edusim.report.document.files import DAY, packed_alike, write_file
from edusim.report.document.manner import BOX_COLOURS, BOX_SIGNS, SIGNS, heading_mark
from edusim.report.document.pictures import png_of
from edusim.report.document.workbook_tables import Book, book_of, put_plot, put_table, widths_of

#: A table with more rows has a sheet to itself.
LONG = 40
#: Characters that running text is wide, at least and at most.
TEXT_WIDTH, WIDEST_TEXT = 100.0, 150.0
#: A chart stands beside a table no wider than this, else below it.
BESIDE = 110.0
#: Width of the sheet of figures in characters; the largest picture in pixels; how much larger it is printed, per cent.
FIGURE_WIDTH, FIGURE_SIZE, FIGURE_SCALE = 88.0, (730.0, 400.0), 110
#: Wider sheets are printed on A3.
A4_WIDTH = 230.0
_A4, _A3 = 9, 8
#: Fills of the boxes of the first page.
BOXES: Mapping[str, str] = {"do": "E3F4EC", "dont": "FBE9E7", "unknown": "FFF4D6", "collect": "E5F0F8", "plain": "F3F6F9"}
#: Columns that the first page is laid out on, and their width.
GRID, GRID_WIDTH = 24, 4.1
_FORMULA = re.compile(r'<c r="([A-Z]+\d+)"((?: s="\d+")?)><f>(.*?)</f><v ?(?:/>|></v>)</c>', re.DOTALL)
_DESCR = re.compile(r'(<xdr:cNvPr|<cNvPr|<[a-z0-9]+:cNvPr)((?: (?:id|name)="[^"]*")*)(?: descr="[^"]*")?')


@dataclass
class _Chapter:
    """Blocks that stand in one sheet."""

    title: str
    blocks: list[tuple[Block, str]] = field(default_factory=list)


@dataclass
class _Line:
    """A line of the contents: sheet, place, what stands there, how to read it."""

    sheet: str
    at: str
    words: str
    note: str = ""
    is_chapter: bool = False


def write(document: Document, path: Path) -> Path:
    """Write a document as an Excel workbook, whole or not at all; the same document gives the same bytes.

    Parameters
    ----------
    document
        What to write; tables for the workbook alone are written too.
    path
        File to write, by custom ``.xlsx``.

    Raises
    ------
    RunError
        ``REPORT-FILE`` when the file cannot be written (no right, disk full, open in Excel), ``REPORT-ROWS`` when a table
        has more rows than a sheet holds.
    """
    return write_file(Path(path), packed_alike(_whole(document)))


def _whole(document: Document) -> bytes:
    book, made = book_of(document), Workbook()
    made.remove(made.active)
    opening, chapters, long = _parts(document)
    first = made.create_sheet(cells.sheet_title(text("sheet.one_page", document.lang), []))
    contents = made.create_sheet(cells.sheet_title(text("sheet.contents", document.lang), made.sheetnames))
    lines: list[_Line] = []
    pictures: list[tuple[Picture, str]] = []
    titles = {id(chapter): cells.sheet_title(chapter.title, [*made.sheetnames]) for chapter in chapters}
    figures = ""
    if document.pictures:
        figures = cells.sheet_title(text("sheet.figures", document.lang), made.sheetnames)
    homes: dict[str, str] = {}
    for chapter in chapters:
        sheet = made.create_sheet(cells.sheet_title(chapter.title, made.sheetnames))
        titles[id(chapter)] = sheet.title
        homes |= {block.key: sheet.title for block, _ in chapter.blocks if isinstance(block, Table) and block.key not in long}
        for block, label in chapter.blocks:
            if isinstance(block, Table) and block.key in long:
                made.create_sheet(_long_title(block, label, made.sheetnames))
                homes[block.key] = made.sheetnames[-1]
    for table in document.tables:
        if table.key not in homes:
            made.create_sheet(_long_title(table, long[table.key], made.sheetnames))
            homes[table.key] = made.sheetnames[-1]
    if figures:
        made.create_sheet(figures)
    page = _Page(document, book, contents.title, figures, homes)
    for chapter in chapters:
        sheet = made[titles[id(chapter)]]
        lines.append(_Line(sheet.title, "A1", chapter.title, is_chapter=True))
        lines += page.chapter(sheet, chapter)
        for block, label in chapter.blocks:
            if isinstance(block, Table) and block.key in long:
                lines.append(page.long(made[homes[block.key]], block, label))
    opened = {block.key for block, _ in opening.blocks if isinstance(block, Table)}
    lines += [page.long(made[homes[table.key]], table, long[table.key]) for table in document.tables if table.key in opened]
    annexed = [table for table in document.tables if table.only_workbook and table.key not in opened]
    for number, table in enumerate(annexed):
        if not number:
            lines.append(_Line("", "", text("sheet.annex", document.lang), is_chapter=True))
        lines.append(page.long(made[homes[table.key]], table, long[table.key]))
    pictures = [(block, label) for block, label in _labelled(document) if isinstance(block, Picture)]
    if figures:
        lines.append(_Line(figures, "A1", text("sheet.figures", document.lang), is_chapter=True))
        lines += page.figures(made[figures], pictures)
    page.first(first, opening)
    page.contents(contents, lines)
    _properties(made, document)
    packed = BytesIO()
    made.save(packed)
    return _finished(packed.getvalue(), made.sheetnames, book)


def _long_title(table: Table, label: str, taken: Sequence[str]) -> str:
    words = table.short or re.split(r"[，。：；（(,:;.]", plain(table.caption))[0]
    return cells.sheet_title(f"{label} {words}".strip(), taken)


def _labelled(document: Document) -> list[tuple[Block, str]]:
    """Return every block with its label: number of a heading, ``表 1``, ``图 1``, ``附表 1``; else nothing."""
    found: list[tuple[Block, str]] = []
    annex = 0
    for block, number in numbered(document.blocks):
        label = ""
        if isinstance(block, Table) and block.only_workbook:
            annex += 1
            label = text("sheet.annex_number", document.lang, n=annex)
        elif isinstance(block, Table | Picture):
            kind = "table" if isinstance(block, Table) else "figure"
            label = text(f"sheet.{kind}_number", document.lang, n=number[0])
        elif isinstance(block, Heading):
            label = heading_mark(number, document.lang)
        found.append((block, label))
    return found


def _parts(document: Document) -> tuple[_Chapter, list[_Chapter], dict[str, str]]:
    """Return the first page, the chapters, and the tables that have a sheet to themselves with their labels.

    The first page is what stands before the first page break or the second chapter, when there is a box in it; else what
    stands before the first chapter.
    """
    labelled = _labelled(document)
    long = {
        block.key: label for block, label in labelled
        if isinstance(block, Table) and (block.only_workbook or len(block.rows) > LONG)
    }  # fmt: skip
    cut, heads = len(labelled), 0
    for place, (block, _) in enumerate(labelled):
        heads += isinstance(block, Heading) and block.level == 1
        if isinstance(block, PageBreak) or heads > 1:
            cut = place
            break
    if not any(isinstance(block, Callout) for block, _ in labelled[:cut]):
        firsts = (place for place, (block, _) in enumerate(labelled) if isinstance(block, Heading) and block.level == 1)
        cut = next(firsts, len(labelled))
    opening = _Chapter("", labelled[:cut])
    long |= {block.key: label for block, label in labelled[:cut] if isinstance(block, Table)}
    chapters: list[_Chapter] = []
    for block, label in labelled[cut:]:
        if isinstance(block, Heading) and block.level == 1:
            chapters.append(_Chapter(_headed(block, label, document.lang)))
        elif isinstance(block, PageBreak) or (isinstance(block, Table) and block.only_workbook):
            continue
        else:
            if not chapters:
                chapters.append(_Chapter(text("sheet.more", document.lang)))
            chapters[-1].blocks.append((block, label))
    return opening, chapters, long


def _headed(heading: Heading, mark: str, lang: str) -> str:
    return f"{mark}{'' if lang == 'zh' and heading.level < 3 else ' '}{plain(heading.text)}"


@dataclass
class _Page:
    """Writes sheets: what they share is the document, the book, and where things stand."""

    document: Document
    book: Book
    contents_title: str
    figures_title: str
    homes: Mapping[str, str]

    @property
    def lang(self) -> str:
        return self.document.lang

    def say(self, key: str, **values: Any) -> str:
        return text(f"sheet.{key}", self.lang, **values)

    # -- pieces ---------------------------------------------------------------------------------------

    def line(
        self, sheet: Any, row: int, words: str, span: tuple[int, int], width: float, *, size: float = 11, bold: bool = False,
        colour: str = cells.INK, paint: str = "", pad: float = 0.0,
    ) -> None:  # fmt: skip
        """Write running text over merged columns, the row as high as it needs."""
        spot = sheet.cell(row, span[0])
        cells.put_text(spot, words, lang=self.lang, size=size, colour=colour)
        spot.font = cells.font(self.lang, size=size, bold=bold, colour=colour)
        spot.alignment = cells.wrapped(middle=bool(pad), indent=1 if paint else 0)
        if span[1] > span[0]:
            sheet.merge_cells(start_row=row, end_row=row, start_column=span[0], end_column=span[1])
        if paint:
            for column in range(span[0], span[1] + 1):
                sheet.cell(row, column).fill = cells.fill(paint)
        share = size / 11.0
        lines = cells.lines_of(words, width / share)
        sheet.row_dimensions[row].height = min(409.0, round(lines * cells.LINE * share + 3.0 + pad, 2))

    def link(self, sheet: Any, row: int, column: int, words: str, target: str, at: str = "A1") -> None:
        """Write a link to a place in another sheet."""
        spot = sheet.cell(row, column)
        cells.put_text(spot, words)
        where = target.replace("'", "''")
        spot.hyperlink = Hyperlink(ref=spot.coordinate, location=f"'{where}'!{at}")
        spot.font = cells.font(self.lang, colour="0B4F82")
        spot.alignment = cells.wrapped()

    def text_block(self, sheet: Any, row: int, block: Block, label: str, span: tuple[int, int], width: float) -> int:
        """Write a block that is no table; return the next row."""
        if isinstance(block, Heading):
            size = {1: 15.0, 2: 13.0, 3: 11.5}[block.level]
            self.line(sheet, row, _headed(block, label, self.lang), span, width, size=size, bold=True, colour=cells.ACCENT, pad=4)
            return row + 1
        if isinstance(block, Paragraph):
            note = block.style == "note"
            self.line(
                sheet, row, block.text, span, width, size=9.5 if note else 11, bold=block.style == "lead",
                colour=cells.QUIET if note else cells.INK,
            )  # fmt: skip
            return row + 1
        if isinstance(block, Bullets):
            for number, item in enumerate(block.items, start=1):
                mark = f"{number}. " if block.ordered else "• "
                self.line(sheet, row, mark + item, span, width)
                row += 1
            return row
        if isinstance(block, Callout):
            head, body = BOX_COLOURS[block.kind].lstrip("#"), BOXES[block.kind]
            title = f"{BOX_SIGNS[block.kind]}  {plain(block.title)}"
            self.line(sheet, row, title, span, width, size=12, bold=True, colour="FFFFFF", paint=head, pad=4)
            row += 1
            for item in block.items:
                self.line(sheet, row, "• " + item, span, width - 2, paint=body, pad=3)
                row += 1
            return row
        if isinstance(block, Picture):
            words = self.say("see_figure", label=label, caption=plain(block.caption), sheet=self.figures_title)
            self.link(sheet, row, span[0], words, self.figures_title)
            sheet.merge_cells(start_row=row, end_row=row, start_column=span[0], end_column=span[1])
            return row + 1
        return row

    def caption(self, sheet: Any, row: int, table: Table, label: str, span: tuple[int, int], width: float) -> int:
        """Write label, caption and note of a table; return the next row."""
        self.line(sheet, row, f"{label}  {table.caption}", span, width, size=12, bold=True, colour=cells.ACCENT, pad=4)
        notes = [table.note] if table.note else []
        if any(column.kind in ("interval", "percent_interval") for column in table.columns):
            notes.append(self.say("interval_note"))
        if table.named:
            notes.append(self.say("input_note"))
        elif any(column.formula for column in table.columns):
            notes.append(self.say("formula_note"))
        joined = self.say("joined").join(notes)
        if joined:
            row += 1
            self.line(sheet, row, joined, span, width, size=9.5, colour=cells.QUIET)
        return row + 1

    # -- sheets ---------------------------------------------------------------------------------------

    def chapter(self, sheet: Any, chapter: _Chapter) -> list[_Line]:
        """Write a chapter: its text, its short tables one below the other."""
        tables = [b for b, _ in chapter.blocks if isinstance(b, Table) and self.homes[b.key] == sheet.title]
        plans = [self.book.plans[table.key] for table in tables]
        widths = _joint([widths_of(plan) for plan in plans])
        span, width = _text_span(sheet, widths)
        self.line(sheet, 1, chapter.title, span, width, size=16, bold=True, colour=cells.ACCENT, pad=6)
        self.link(sheet, 2, 1, self.say("back"), self.contents_title)
        row, found = 4, []
        for block, label in chapter.blocks:
            if not isinstance(block, Table):
                row = self.text_block(sheet, row, block, label, span, width)
                continue
            home = self.homes[block.key]
            if home != sheet.title:
                self.link(sheet, row, 1, self.say("see_table", label=label, caption=plain(block.caption), sheet=home), home)
                sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=span[1])
                row += 2
                continue
            found.append(_Line(sheet.title, f"A{row + 1}", f"{label}  {plain(block.caption)}", plain(block.note)))
            row = self.caption(sheet, row + 1, block, label, span, width)
            plan = self.book.plans[block.key]
            row = put_table(sheet, plan, self.book, row, widths) + 1
            if block.plot is not None:
                put_plot(sheet, plan, self.book, row, 1)
                row += 25
        self.print_set_up(sheet, total=sum(widths) if widths else width)
        return found

    def long(self, sheet: Any, table: Table, label: str) -> _Line:
        """Write a table in a sheet of its own, the header frozen and repeated on every page."""
        plan = self.book.plans[table.key]
        widths = widths_of(plan)
        span, width = _text_span(sheet, widths)
        row = self.caption(sheet, 1, table, label, span, width)
        self.link(sheet, row, 1, self.say("back"), self.contents_title)
        top = row + 1
        below = put_table(sheet, plan, self.book, top, widths)
        beside = sum(widths) <= BESIDE
        if table.plot is not None:
            put_plot(sheet, plan, self.book, *((top, len(plan.fields) + 2) if beside else (below + 1, 1)))
        keys = 1 if len(plan.fields) > 4 else 0
        sheet.freeze_panes = f"{get_column_letter(keys + 1)}{top + 1}"
        sheet.print_title_rows = f"{top}:{top}"
        self.print_set_up(sheet, total=sum(widths) + (120 if table.plot is not None and beside else 0))
        return _Line(sheet.title, "A1", f"{label}  {plain(table.caption)}", plain(table.note))

    def figures(self, sheet: Any, pictures: Sequence[tuple[Picture, str]]) -> list[_Line]:
        """Write every picture with its caption and, for those who cannot see it, its words."""
        sheet.column_dimensions["A"].width = FIGURE_WIDTH
        self.line(sheet, 1, self.say("figures"), (1, 1), FIGURE_WIDTH - 2, size=16, bold=True, colour=cells.ACCENT, pad=6)
        self.link(sheet, 2, 1, self.say("back"), self.contents_title)
        row, found = 4, []
        for number, (picture, label) in enumerate(pictures):
            if number:
                sheet.row_breaks.append(Break(id=row - 1))
            found.append(_Line(sheet.title, f"A{row}", f"{label}  {plain(picture.caption)}"))
            self.line(sheet, row, f"{label}  {picture.caption}", (1, 1), FIGURE_WIDTH - 2, size=12, bold=True, colour=cells.ACCENT, pad=4)
            self.line(sheet, row + 1, picture.alt, (1, 1), FIGURE_WIDTH - 2, size=9.5, colour=cells.QUIET)
            image = Image(BytesIO(png_of(picture.draw())))
            share = min(FIGURE_SIZE[0] / image.width, FIGURE_SIZE[1] / image.height)
            image.width, image.height = round(image.width * share), round(image.height * share)
            sheet.add_image(image, f"A{row + 2}")
            self.book.alts.setdefault(sheet.title, []).append(plain(picture.alt or picture.caption))
            # A row stands for the picture's height, whatever height the program gives its rows.
            sheet.row_dimensions[row + 2].height = min(409.0, image.height * 0.75 + 6)
            sheet.row_dimensions[row + 3].height = max(12.0, image.height * 0.75 + 18 - 409.0)
            row += 5
        self.print_set_up(sheet, total=FIGURE_WIDTH)
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=False)  # what is fitted heeds no page breaks
        sheet.page_setup.scale = FIGURE_SCALE
        return found

    def first(self, sheet: Any, opening: _Chapter) -> None:
        """Write the first page, which prints on one page of A4."""
        for column in range(1, GRID + 1):
            sheet.column_dimensions[get_column_letter(column)].width = GRID_WIDTH
        span, width = (1, GRID), GRID * GRID_WIDTH - 1
        self.line(sheet, 1, self.document.title, span, width, size=18, bold=True, colour=cells.ACCENT, pad=8)
        row = 2
        for words in (self.document.subtitle, *self.document.status):
            if words:
                colour = cells.INK if words == self.document.subtitle else cells.QUIET
                self.line(sheet, row, words, span, width, size=11 if colour == cells.INK else 9.5, colour=colour)
                row += 1
        row += 1
        for block, label in opening.blocks:
            if isinstance(block, Table):
                row = self.laid_out(sheet, row, block, label)
            elif isinstance(block, Heading) and block.level == 1:
                continue  # the sheet says it
            else:
                row = self.text_block(sheet, row, block, label, span, width)
                if isinstance(block, Callout):
                    sheet.row_dimensions[row].height = 7
                    row += 1
        self.link(sheet, row, 1, self.say("to_contents"), self.contents_title)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=GRID)
        self.print_set_up(sheet, total=GRID * GRID_WIDTH, one_page=True)

    def laid_out(self, sheet: Any, row: int, table: Table, label: str) -> int:
        """Write a table as words on the grid of the first page, with a link to its numbers; return the row below it."""
        width = GRID * GRID_WIDTH - 1
        self.line(sheet, row, f"{label}  {table.caption}", (1, GRID), width, bold=True, colour=cells.ACCENT, pad=3)
        row += 1
        heads = [cells.head_of(column, self.lang) for column in table.columns]
        rows = [[cell(value) for value in values] for values in table.rows]
        shown = [
            [written(one, column) + (f" {SIGNS[one.tone]}" if one.tone in SIGNS else "") for one, column in zip(own, table.columns, strict=True)]
            for own in rows
        ]
        spans = _shares([_room(head, [words[place] for words in shown]) for place, head in enumerate(heads)], GRID)
        self._strip(sheet, row, heads, table, spans, [""] * len(heads), head=True)
        for own, words in zip(rows, shown, strict=True):
            row += 1
            self._strip(sheet, row, words, table, spans, [one.tone for one in own], bold=[one.bold for one in own])
        row += 1
        if table.note:
            self.line(sheet, row, table.note, (1, GRID), width, size=9, colour=cells.QUIET)
            row += 1
        home = self.homes[table.key]
        self.link(sheet, row, 1, self.say("numbers_in", sheet=home), home)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=GRID)
        return row + 2

    def _strip(
        self, sheet: Any, row: int, words: Sequence[str], table: Table, spans: Sequence[int], tones: Sequence[Tone],
        *, head: bool = False, bold: Sequence[bool] = (),
    ) -> None:  # fmt: skip
        at, most = 1, 1
        for place, (content, span, column) in enumerate(zip(words, spans, table.columns, strict=True)):
            paint, ink = cells.TONES.get(tones[place], ("", cells.INK))
            spot = sheet.cell(row, at)
            cells.put_text(spot, content)
            spot.font = cells.font(self.lang, size=9, bold=head or (bool(bold) and bold[place]), colour="FFFFFF" if head else ink)
            side = "right" if column.kind != "text" else "left" if at == 1 else "center"
            spot.alignment = Alignment(wrap_text=True, vertical="center", horizontal=side)
            for one in range(at, at + span):
                sheet.cell(row, one).border = cells.BELOW
                if head or paint:
                    sheet.cell(row, one).fill = cells.fill(cells.ACCENT if head else paint)
            if span > 1:
                sheet.merge_cells(start_row=row, end_row=row, start_column=at, end_column=at + span - 1)
            most = max(most, cells.lines_of(content, (span * GRID_WIDTH - 0.8) * 11 / 9))
            at += span
        sheet.row_dimensions[row].height = 12.5 * most + 4

    def contents(self, sheet: Any, lines: Sequence[_Line]) -> None:
        """Write the contents: a link to every table and figure, how to read it, how the workbook works, what made it."""
        for letter, width in zip("ABC", (34, 62, 76), strict=True):
            sheet.column_dimensions[letter].width = width
        self.line(sheet, 1, self.say("contents"), (1, 3), 170, size=16, bold=True, colour=cells.ACCENT, pad=6)
        row = 2
        for words in self.say("how").split("\n"):
            self.line(sheet, row, words, (1, 3), 168, size=10, colour=cells.QUIET)
            row += 1
        row = self._signs(sheet, row) + 1
        for column, key in enumerate(("head_sheet", "head_holds", "head_reading"), start=1):
            spot = sheet.cell(row, column)
            cells.put_text(spot, self.say(key))
            spot.font, spot.fill = cells.font(self.lang, bold=True, colour="FFFFFF"), cells.fill(cells.ACCENT)
        sheet.print_title_rows = f"{row}:{row}"
        row += 1
        for line in lines:
            if line.sheet:
                self.link(sheet, row, 1, line.sheet, line.sheet, line.at)
            cells.put_text(sheet.cell(row, 2), line.words)
            cells.put_text(sheet.cell(row, 3), line.note)
            for column in (2, 3):
                spot = sheet.cell(row, column)
                spot.font = cells.font(self.lang, size=11 if column == 2 else 9.5, bold=line.is_chapter, colour=cells.INK if column == 2 else cells.QUIET)
                spot.alignment = cells.wrapped()
            for column in (1, 2, 3):
                sheet.cell(row, column).border = cells.BELOW
                if line.is_chapter:
                    sheet.cell(row, column).fill = cells.fill("F3F6F9")
            high = max(cells.lines_of(line.sheet, 32), cells.lines_of(line.words, 60), 0.88 * cells.lines_of(line.note, 90))
            sheet.row_dimensions[row].height = high * cells.LINE + 3
            row += 1
        row += 1
        if self.document.facts:
            self.line(sheet, row, self.say("made_of"), (1, 3), 168, size=12, bold=True, colour=cells.ACCENT, pad=4)
            row += 1
        for name, words in self.document.facts.items():
            for column, content in ((1, name), (2, words)):
                spot = sheet.cell(row, column)
                cells.put_text(spot, str(content))
                spot.font, spot.alignment = cells.font(self.lang, size=9.5, colour=cells.QUIET), cells.wrapped()
            sheet.merge_cells(start_row=row, end_row=row, start_column=2, end_column=3)
            lines_here = max(cells.lines_of(str(words), 150), cells.lines_of(name, 36))
            sheet.row_dimensions[row].height = 14.0 * lines_here
            row += 1
        self.print_set_up(sheet, total=172)

    def _signs(self, sheet: Any, row: int) -> int:
        for tone, sign in SIGNS.items():
            paint, ink = cells.TONES[tone]
            spot = sheet.cell(row, 1)
            cells.put_text(spot, f"{sign}  {self.say(f'tone.{tone}')}")
            spot.fill, spot.font = cells.fill(paint), cells.font(self.lang, bold=True, colour=ink)
            cells.put_text(sheet.cell(row, 2), self.say(f"tone.{tone}.means"))
            sheet.cell(row, 2).font = cells.font(self.lang, size=10, colour=cells.QUIET)
            row += 1
        return row

    def print_set_up(self, sheet: Any, *, total: float, one_page: bool = False) -> None:
        """Set paper, footer and view of a sheet."""
        sheet.sheet_view.showGridLines = False
        sheet.sheet_view.zoomScale = 100
        sheet.page_setup.orientation = "portrait" if one_page else "landscape"
        sheet.page_setup.paperSize = _A3 if total > A4_WIDTH else _A4
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 1 if one_page else 0
        margins = sheet.page_margins
        margins.left = margins.right = 0.5
        margins.top, margins.bottom, margins.header, margins.footer = 0.55, 0.7, 0.3, 0.3
        sheet.print_options.horizontalCentered = True
        status = self.document.status[0] if self.document.status else ""
        foot = sheet.oddFooter
        for part, words in ((foot.left, _in_footer(status)), (foot.right, self.say("page"))):
            part.text, part.size, part.font = words, 8, f"{cells.FONTS[self.lang]},Regular"


def _in_footer(words: str) -> str:
    # An ampersand begins a code; a footer holds 255 characters in all.
    return plain(words)[:150].replace("&", "&&")


def _room(head: str, words: Sequence[str]) -> float:
    """Return the room a column of the first page wants: no word of its head broken, its cells in two lines at most."""
    longest = max(cells.width_of(word) for word in head.split(" ")) if head.isascii() else min(cells.width_of(head), 12)
    return 2.0 + max(longest, 0.75 * max((cells.width_of(one) for one in words), default=0))


def _shares(weights: Sequence[float], whole: int) -> list[int]:
    """Return whole numbers in proportion to weights that add up to ``whole``, two at least where that goes, else one."""
    found = [2 if 2 * len(weights) <= whole else 1] * len(weights)
    while sum(found) < whole:
        place = max(range(len(found)), key=lambda one: weights[one] / found[one])
        found[place] += 1
    return found


def _joint(widths: Sequence[Sequence[float]]) -> list[float]:
    """Return widths of columns that tables one below the other share."""
    most = max((len(one) for one in widths), default=0)
    return [max(one[place] for one in widths if len(one) > place) for place in range(most)]


def _text_span(sheet: Any, widths: Sequence[float]) -> tuple[tuple[int, int], float]:
    """Set the widths of a sheet's columns; return the columns that running text is written over, and their width."""
    total, last = 0.0, 0
    while total < TEXT_WIDTH or (last < len(widths) and total + widths[last] <= WIDEST_TEXT):
        total += widths[last] if last < len(widths) else 13.0
        last += 1
    for place in range(max(last, len(widths))):
        sheet.column_dimensions[get_column_letter(place + 1)].width = round(widths[place] if place < len(widths) else 13.0, 1)
    return (1, last), total


def _properties(made: Workbook, document: Document) -> None:
    day = datetime.datetime(*DAY)
    own = made.properties
    own.title, own.creator, own.lastModifiedBy = cells.clean(plain(document.title)), "edusim", "edusim"
    own.subject, own.language = cells.clean(plain(document.subtitle)), "zh-CN" if document.lang == "zh" else "en"
    own.description = cells.clean(" ".join(plain(line) for line in document.status))
    own.created = own.modified = day
    for name, words in document.facts.items():
        made.custom_doc_props.append(StringProperty(name=cells.clean(plain(name)), value=cells.clean(plain(str(words)))))
    made.calculation = CalcProperties(fullCalcOnLoad=True, calcId=191029)
    made.active = 0


def _finished(data: bytes, sheets: Sequence[str], book: Book) -> bytes:
    """Return the workbook with the values of its formulas, words for its pictures, and no clock."""
    out = BytesIO()
    day = datetime.datetime(*DAY).strftime("%Y-%m-%dT%H:%M:%SZ")
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = set(old.namelist())
        drawings = _drawings(old, sheets, names)
        for name in old.namelist():
            part = old.read(name)
            sheet = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if sheet and (held := book.held.get(sheets[int(sheet[1]) - 1])):
                part = _with_values(part.decode("utf-8"), held).encode("utf-8")
            elif name in drawings and (alts := book.alts.get(drawings[name])):
                part = _with_words(part.decode("utf-8"), alts).encode("utf-8")
            elif name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + day.encode(), part)
            new.writestr(name, part)
    return out.getvalue()


def _drawings(old: zipfile.ZipFile, sheets: Sequence[str], names: set[str]) -> dict[str, str]:
    found = {}
    for number, title in enumerate(sheets, start=1):
        relations = f"xl/worksheets/_rels/sheet{number}.xml.rels"
        if relations in names:
            target = re.search(r'Target="/?([^"]*drawings/drawing\d+\.xml)"', old.read(relations).decode("utf-8"))
            if target:
                found[target[1].lstrip("/")] = title
    return found


def _with_values(xml: str, held: Mapping[str, str | float]) -> str:
    def filled(found: re.Match[str]) -> str:
        place, style, formula = found[1], found[2], found[3]
        value = held.get(place)
        if value is None:
            return found[0]
        if isinstance(value, str):
            return f'<c r="{place}"{style} t="str"><f>{formula}</f><v>{escape(cells.clean(value))}</v></c>'
        return f'<c r="{place}"{style}><f>{formula}</f><v>{float(value)!r}</v></c>'

    return _FORMULA.sub(filled, xml)


def _with_words(xml: str, alts: Sequence[str]) -> str:
    left = iter(alts)

    def told(found: re.Match[str]) -> str:
        words = next(left, "")
        return f"{found[1]}{found[2]} descr={quoteattr(words, {chr(10): ' '})}"

    return _DESCR.sub(told, xml)
