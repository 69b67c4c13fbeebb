"""Give a checked roster back as a workbook: every finding listed, its cell coloured and commented, empty cells shown.

The roster itself is never changed. The copy keeps what openpyxl can keep (values, formulas, formats, lists,
comments, protection, macros) and says what it may lack. Where a checked copy is checked again, the marks of the
former check are taken away first. Tells and decides nothing: no study's key counts it.
"""

from __future__ import annotations

import copy
import datetime
import os
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edusim.errors import DataError, language
from edusim.language import text
from edusim.region.roster_cells import DAMAGE, MERGED, decode, letters, read, records
from edusim.region.roster_columns import SHEETS, names_of, plain, sheet_of
from edusim.region.roster_report import CellError, CheckReport, Empty, Notice, sheet_name
from edusim.region.roster_sheets import (
    FILLS,
    FRAMES,
    GREY,
    INK,
    NAVY,
    PALE,
    SIGNS,
    SLATE,
    TEXTS,
    WHITE,
    Tools,
    fit,
    put_text,
    safe,
    save,
    text_width,
)

ENDING = ".checked"
#: A workbook with more cells than this (in bytes of its sheets, or merged) is checked, but no copy is made.
MAX_COPIED_BYTES, MAX_MERGED_CELLS = 60_000_000, 200_000
#: What a check wrote, and nobody has saved since: openpyxl keeps this name, Excel and others put in their own.
_BY = "edusim check"
_PLACE = re.compile(r"(.+)!([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?", re.DOTALL)
_LINE_PLACE = re.compile(r"(.+):(\d{1,7}):(\d{1,5})", re.DOTALL)
_OUR_LINE = re.compile(rf"^[{re.escape(''.join(SIGNS.values()))}] .*\[(?:DATA-[A-Z-]+|○)\]$")
_LEVELS = ("errors", "warnings", "normalised")
_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?")
#: Parts of a workbook that openpyxl does not carry over whole: name of the part -> what to call it.
_LOST = {
    "xl/media/": "pictures", "xl/charts/": "charts", "xl/chartsheets/": "charts", "xl/ctrlProps/": "controls", "xl/activeX/": "controls",
    "xl/pivotTables/": "pivots", "xl/slicers/": "pivots", "xl/threadedComments/": "threads", "xl/diagrams/": "pictures",
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One line of the list: what was found, where, and how to mend it."""

    level: str
    code: str
    sheet: str
    first: str
    last: str
    row: int
    column: int
    what: str
    mend: str
    near: str
    read_as: str | float | None = None

    @property
    def cell(self) -> str:
        """The cell or range; empty when the finding has no cell."""
        return self.first if self.last in ("", self.first) else f"{self.first}:{self.last}"

    def remark(self, lang: str) -> str:
        """Return what the comment on the cell says; its last words mark it as ours."""
        parts = [self.what]
        if self.level == "errors":
            parts.append(text("roster.remark.mend", lang, mend=self.mend) if self.mend else "")
            if self.near and self.near not in self.mend:
                parts.append(text("roster.remark.near", lang, near=self.near))
        one_line = re.sub(r"[\r\n]+", " ", ("；" if lang == "zh" else "; ").join(filter(None, parts)))
        return f"{SIGNS[self.level]} {one_line} [{self.code}]"


def checked_path(source: str | Path) -> Path:
    """Return where the checked copy of a roster goes when no place is named.

    ``roster.xlsx`` becomes ``roster.checked.xlsx`` beside it, a CSV file likewise, a folder in itself; the number after
    ``checked`` grows past files that are not an untouched copy of ours (a person may be mending in one).
    """
    source = Path(source)
    folder = source if source.is_dir() else source.parent
    stem = source.resolve().name if source.is_dir() else source.stem
    found = re.fullmatch(rf"(.+?){re.escape(ENDING)}(\d*)", stem)
    stem, number = (found[1], int(found[2] or 1) + 1) if found else (stem, 1)
    ending = ".xlsm" if source.suffix.lower() == ".xlsm" else ".xlsx"
    while True:
        target = folder / f"{stem}{ENDING}{'' if number == 1 else number}{ending}"
        if not os.path.lexists(target) or is_ours(target):
            return target
        number += 1


def is_ours(path: str | Path) -> bool:
    """Return whether a file is a checked copy that nobody has saved since it was written."""
    try:
        with zipfile.ZipFile(path) as archive:
            core = archive.read("docProps/core.xml")
    except (OSError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError):
        return False
    return f"lastModifiedBy>{_BY}<".encode() in core


def marked(path: str | Path, report: CheckReport, out: str | Path, lang: str = "zh") -> Path:
    """Write a copy of a checked roster with every finding listed, and its cell coloured and commented.

    Parameters
    ----------
    path
        The workbook, CSV file or folder that was checked.
    report
        What the check found.
    out
        File to write; the checked roster itself is never changed.
    lang
        Language of comments and lists.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DataError
        When the source cannot be read, or the copy would replace it or another file, or cannot be written.
    """
    source, target, lang = Path(path), Path(out), language(lang)
    if target.resolve() == source.resolve():
        raise DataError(
            "DATA-UNWRITABLE", "不会改动被检查的文件", "the checked file is never changed", where=str(target),
            mend_zh="请给出另一个文件名", mend_en="name another file",
        )  # fmt: skip
    if target.exists() and not is_ours(target):
        raise DataError(
            "DATA-UNWRITABLE", "此处已有别的文件", "another file is there already", where=str(target),
            mend_zh="请给出另一个文件名", mend_en="name another file",
        )  # fmt: skip
    is_book = source.suffix.lower() in (".xlsx", ".xlsm")
    wanted = ".xlsm" if source.suffix.lower() == ".xlsm" else ".xlsx"
    if target.suffix.lower() != wanted:
        raise DataError(
            "DATA-UNWRITABLE", f"检查结果须是 {wanted} 文件", f"the checked copy must be an {wanted} file", where=str(target),
            mend_zh=f"请用以 {wanted} 结尾的文件名", mend_en=f"name a file that ends in {wanted}",
        )  # fmt: skip
    tools = Tools(lang)
    notes: list[str] = []
    if is_book:
        try:
            _refuse_huge(source)
            book = _opened(source, notes, tools)
        except DAMAGE as problem:
            read(source)  # the usual messages for files that are missing, damaged or no workbooks
            raise _not_copied(source, problem) from None
        sheets = {sheet.title: sheet for sheet in book.worksheets}
    else:
        book, sheets = _copied(source, {s.title for s in read(source).sheets.values()}, tools)
    _Marking(book, sheets, report, tools, notes).run()
    book.properties.lastModifiedBy = _BY
    try:
        save(book, target)
    except DAMAGE as problem:  # something openpyxl carried over that it cannot write
        raise _not_copied(source, problem) from None
    return target


# ---- the copy ------------------------------------------------------------------------------------------


def _not_copied(source: Path, problem: BaseException) -> DataError:
    name = type(problem).__name__
    return DataError(
        "DATA-NOT-COPIED", f"无法复制这个工作簿（{name}）", f"the workbook cannot be copied ({name})", where=source.name,
        mend_zh="检查结果仍有效；请用 Excel 打开原文件并另存后再试",
        mend_en="what was found still holds; open the file in Excel, save it again and try once more",
    )  # fmt: skip


def _refuse_huge(source: Path) -> None:
    """Refuse a workbook whose copy would fill the memory: openpyxl holds every cell, and each one of a merged range."""
    with zipfile.ZipFile(source) as archive:
        sheets = [item for item in archive.infolist() if item.filename.startswith("xl/worksheets/") and item.filename.endswith(".xml")]
        detail = ""
        if sum(item.file_size for item in sheets) > MAX_COPIED_BYTES:
            detail = f"{sum(item.file_size for item in sheets) / 1e6:.0f} MB"
        else:
            for item in sheets:
                areas = (_area(m.group(1).decode("ascii", "replace")) for m in MERGED.finditer(archive.read(item)))
                if sum(areas) > MAX_MERGED_CELLS:
                    detail = f"> {MAX_MERGED_CELLS:,}"
    if detail:
        what = ("工作表", "sheets") if detail.endswith("MB") else ("合并单元格", "merged cells")
        raise DataError(
            "DATA-ENORMOUS", f"工作簿太大，无法标明各处（{what[0]} {detail}）", f"the workbook is too large to be marked ({what[1]} {detail})",
            where=source.name,
            mend_zh="检查结果仍有效；请删除无关内容后再试", mend_en="what was found still holds; delete what does not belong and try again",
        )  # fmt: skip


def _area(place: str) -> int:
    found = _PLACE.fullmatch(f"x!{place}")
    if found is None or found[4] is None:
        return 1
    return (_column(found[4]) - _column(found[2]) + 1) * (int(found[5]) - int(found[3]) + 1)


def _column(letter: str) -> int:
    number = 0
    for sign in letter:
        number = number * 26 + ord(sign) - 64
    return number


def _opened(source: Path, notes: list[str], tools: Tools) -> Any:
    """Return the workbook with the marks of a former check taken away; ``notes`` gets what it may lack."""
    lang = tools.lang
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        book = tools.openpyxl.load_workbook(source, keep_vba=source.suffix.lower() == ".xlsm", rich_text=True)
    lost = {}
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
    for part, kind in _LOST.items():
        if any(name.startswith(part) for name in names):
            lost[kind] = True
    if any(re.fullmatch(r"xl/drawings/drawing\d+\.xml", name) for name in names) and "charts" not in lost:
        lost["pictures"] = True
    if any("extension" in str(w.message) for w in said):
        lost["extensions"] = True
    if lost:
        what = text("roster.comma", lang).join(text(f"roster.note.lost.{kind}", lang) for kind in lost)
        notes.append(text("roster.note.lost", lang, what=what))
    for sheet in list(book.worksheets):
        if str(sheet.cell(1, 1).value) in _our_titles():
            book.remove(sheet)
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if cell.has_style and cell.fill.fill_type and cell.fill.fgColor.rgb in _OURS:
                    cell.fill, cell.border = tools.styles.PatternFill(), tools.box
                    cell.font = tools.recoloured(cell.font, INK)
                if cell.comment is not None:
                    kept = [line for line in cell.comment.text.split("\n") if not _OUR_LINE.match(line)]
                    if len(kept) < cell.comment.text.count("\n") + 1:
                        old = "\n".join(kept).strip()
                        cell.comment = tools.comment(old) if old else None
                    else:
                        fit(cell.comment)
    return book


_OURS = frozenset(FILLS.values())


def _our_titles() -> set[str]:
    return {text(key, lang) for key in ("roster.result.title", "roster.empty.title") for lang in ("zh", "en")}


def _copied(source: Path, titles: set[str], tools: Tools) -> tuple[Any, dict[str, Any]]:
    """Return a new workbook that holds the CSV files as they are, each line in the row of its number, and its sheets by file."""
    sheets: dict[str, Any] = {}
    book = tools.openpyxl.Workbook()
    book.remove(book.active)
    files = [source] if source.is_file() else []
    folder = source if source.is_dir() else source.parent
    files += [p for p in sorted(folder.iterdir()) if p.name in titles and p not in files and p.is_file()]
    for file in files:
        if file.name not in titles:
            continue
        sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", "_", file.stem)[:31])
        sheets[file.name] = sheet
        lines = records(decode(file.read_bytes(), file.name))
        _text_cells(sheet, lines, sheet_of(file.stem) or "schools", tools)
    return book, sheets


def _text_cells(sheet: Any, lines: list[tuple[int, list[str]]], kind: str, tools: Tools) -> None:
    names = names_of(SHEETS[kind])
    heads = next((row for _, row in lines if any(c.strip() for c in row)), [])
    kinds = [SHEETS[kind].columns[names[plain(h)]].kind if plain(h) in names else "" for h in heads]
    for number, row in lines:
        for position, value in enumerate(row, start=1):
            if value == "":
                continue
            cell = sheet.cell(number, position)
            numeric = position <= len(kinds) and kinds[position - 1] in ("integer", "number", "share")
            if numeric and _PLAIN_NUMBER.fullmatch(value):
                cell.value = float(value) if "." in value else int(value)
            else:
                cell.number_format = "@"
                put_text(cell, value)
    first = lines[0][0] if lines else 1
    for position, name in enumerate(heads, start=1):
        cell = sheet.cell(first, position)
        cell.font, cell.fill, cell.alignment = tools.font(bold=True, color=WHITE), tools.fill(SLATE), tools.wrap("center", "center")
        sheet.column_dimensions[tools.letter(position)].width = min(max(10, text_width(name) + 3), 28)
    sheet.freeze_panes = sheet.cell(first + 1, min(3, len(heads) + 1))
    sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage = "landscape", True
    sheet.page_setup.fitToHeight = 0


# ---- marking -------------------------------------------------------------------------------------------


def is_worth_marking(report: CheckReport) -> bool:
    """Return whether a check found anything that has a place in the roster: a fault, a notice, or an empty cell."""
    return bool(report.empty) or any(_place(i.where)[1] for level in _LEVELS for i in getattr(report, level))


def findings(report: CheckReport, lang: str) -> list[Finding]:
    """Return everything found as lines of a list, faults first."""
    found = []
    for level in _LEVELS:
        for item in getattr(report, level):
            sheet, first, last, row, column = _place(item.where)
            what, mend, near = _words(item, level, lang)
            read_as = item.read_as if isinstance(item, Notice) else None
            found.append(Finding(level, item.code, sheet, first, last, row, column, what, mend, near, read_as))
    return found


def _words(item: DataError | Notice, level: str, lang: str) -> tuple[str, str, str]:
    zh = lang == "zh"
    if isinstance(item, Notice):
        near = "" if item.read_as is None else f"{item.read_as:g}" if isinstance(item.read_as, float) else item.read_as
        mend = text("roster.result.look" if level == "warnings" else "roster.result.read_as", lang)
        return (item.zh if zh else item.en), mend, str(near)
    what, mend = (item.zh, item.mend_zh) if zh else (item.en, item.mend_en)
    if isinstance(item, CellError):
        what = item.bare[0 if zh else 1]
        return what, mend, item.near[0 if zh else 1]
    return what, mend, ""


def _place(where: str) -> tuple[str, str, str, int, int]:
    """Return sheet, first and last cell, row and column (from 1) of a place; zeros when it has no cell."""
    found = _PLACE.fullmatch(where)
    if found is not None:
        sheet, letter, row, last_letter, last_row = found.groups()
        return sheet, f"{letter}{row}", f"{last_letter}{last_row}" if last_letter else "", int(row), _column(letter)
    found = _LINE_PLACE.fullmatch(where)
    if found is not None:
        row, column = int(found[2]), int(found[3])
        return found[1], f"{letters(column - 1)}{row}", "", row, column
    return where, "", "", 0, 0


class _Marking:
    """Marks one workbook."""

    def __init__(
        self, book: Any, sheets: dict[str, Any], report: CheckReport, tools: Tools, notes: list[str]
    ) -> None:
        self.book, self.sheets, self.report, self.tools, self.notes = book, sheets, report, tools, notes
        self.lang = tools.lang
        self.findings = findings(report, self.lang)

    def run(self) -> None:
        """Mark cells, then put the two lists in front."""
        self._empty_cells()
        for level in reversed(_LEVELS):  # where a cell has several, the gravest colour stays
            for finding in self.findings:
                if finding.level == level:
                    self._mark(finding)
        self._remarks()
        if any(self._has_formulas(s) for s in self.sheets.values()):
            self.notes.append(text("roster.note.formulas", self.lang))
            self.book.calculation.fullCalcOnLoad = True
        result = self.book.create_sheet(self._free(text("roster.sheet.result", self.lang)), 0)
        if self.report.empty:
            self.drawn_title = self._free(text("roster.sheet.empty", self.lang))
            self._write_empty(self.book.create_sheet(self.drawn_title, 1))
        self._write_result(result)
        self.book.active = 0
        for sheet in self.book.worksheets:
            sheet.sheet_view.tabSelected = sheet is result

    def _free(self, title: str) -> str:
        taken = {s.lower() for s in self.book.sheetnames}
        while title.lower() in taken:
            title = f"_{title}"
        return title

    @staticmethod
    def _has_formulas(sheet: Any) -> bool:
        return any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)

    # ------------------------------------------------------------ cells

    def _cells(self, finding: Finding) -> Iterator[Any]:
        sheet = self.sheets.get(finding.sheet)
        if sheet is None or not finding.first:
            return
        if finding.last:
            for row in sheet[f"{finding.first}:{finding.last}"]:
                yield from row
        else:
            yield sheet[finding.first]

    def _mark(self, finding: Finding) -> None:
        tools = self.tools
        for cell in self._cells(finding):
            cell.fill = tools.fill(FILLS[finding.level])
            cell.font = tools.recoloured(cell.font, TEXTS[finding.level])
            cell.border = tools.frame(FRAMES[finding.level], TEXTS[finding.level])
        sheet = self.sheets.get(finding.sheet)
        if sheet is None or not finding.first:
            return
        if finding.read_as is not None:
            self._mend(sheet[finding.first], finding.read_as)
        if finding.code == "DATA-DATE":
            self._undate(sheet[finding.first])
        if sheet.sheet_state != "visible":
            sheet.sheet_state = "visible"
            self.notes.append(text("roster.note.hidden", self.lang, sheet=finding.sheet))
        sheet.row_dimensions[finding.row].hidden = False
        letter = letters(finding.column - 1)
        if letter in sheet.column_dimensions:
            sheet.column_dimensions[letter].hidden = False

    def _mend(self, cell: Any, value: str | float) -> None:
        """Show what a cell was read as; a formula stays."""
        if cell.data_type == "f" or isinstance(cell, self.tools.cell.MergedCell):
            return
        if isinstance(value, str):
            cell.number_format = "@"
            put_text(cell, value)
        else:
            if cell.number_format == "@":
                cell.number_format = "General"
            cell.value = int(value) if value == int(value) else value
            if 0 < abs(value) < 1 and cell.number_format == "General":
                cell.number_format = "0.####"

    @staticmethod
    def _undate(cell: Any) -> None:
        """Keep a date as text in a plain cell: a number typed over it would else become a date again."""
        if isinstance(cell.value, datetime.date | datetime.time):
            put_text(cell, cell.value.isoformat().removesuffix("T00:00:00"))
            cell.number_format = "General"

    def _remarks(self) -> None:
        """Write one comment a cell, after what stood there before."""
        by_cell: dict[tuple[str, str], list[str]] = {}
        for finding in self.findings:
            sheet = self.sheets.get(finding.sheet)
            if sheet is not None and finding.first:
                at = (finding.sheet, self._anchor(sheet, finding.first))
                by_cell.setdefault(at, []).append(finding.remark(self.lang))
        for column in self.report.empty:
            row = self.report.header_rows.get(column.title)
            if column.letter and row is not None and column.title in self.sheets:
                words = text("roster.remark.empty", self.lang, n=column.count, how=column.how(self.lang))
                by_cell.setdefault((column.title, f"{column.letter}{row}"), []).append(f"{SIGNS['empty']} {words} [○]")
        for (title, place), lines in by_cell.items():
            cell = self.sheets[title][place]
            before = [cell.comment.text.strip()] if cell.comment is not None and cell.comment.text.strip() else []
            cell.comment = self.tools.comment(safe("\n".join([*before, *dict.fromkeys(lines)]))[:8000])

    @staticmethod
    def _anchor(sheet: Any, place: str) -> str:
        """Return the first cell of the merged range that a cell lies in, else the cell."""
        for area in sheet.merged_cells.ranges:
            if place in area:
                return f"{letters(area.min_col - 1)}{area.min_row}"
        return place

    def _empty_cells(self) -> None:
        hatch = self.tools.hatch()
        for column in self.report.empty:
            sheet = self.sheets.get(column.title)
            if sheet is None or not column.letter:
                continue
            position = _column(column.letter)
            styled: dict[tuple[int, ...], Any] = {}  # base style -> style with the hatching: far quicker than a fill a cell
            for first, last in column.runs:
                for row in range(first, last + 1):
                    cell = sheet.cell(row, position)
                    if isinstance(cell, self.tools.cell.MergedCell):
                        continue
                    base = tuple(cell._style or ())  # a cell that is made here has none yet
                    if base in styled:
                        cell._style = copy.copy(styled[base])
                    else:
                        cell.fill = hatch
                        styled[base] = cell._style

    # ------------------------------------------------------------ the list

    def _head(self, sheet: Any, row: int, names: tuple[str, ...]) -> None:
        tools = self.tools
        for position, name in enumerate(names, start=1):
            cell = sheet.cell(row, position, name)
            cell.font, cell.fill = tools.font(bold=True, color=WHITE), tools.fill(NAVY)
            cell.alignment, cell.border = tools.wrap("center", "center"), tools.box
        sheet.row_dimensions[row].height = 24

    def _write_result(self, sheet: Any) -> None:
        tools, lang, report = self.tools, self.lang, self.report
        sheet.sheet_view.showGridLines = False
        sheet.sheet_properties.tabColor = TEXTS["errors"] if report.errors else "FF1E8449"
        for letter, width in zip("ABCDEFGHI", (15, 25, 14, 13, 7, 22, 56, 50, 26), strict=True):
            sheet.column_dimensions[letter].width = width
        self._line(sheet, 1, text("roster.result.title", lang), size=17, bold=True, color=NAVY)
        state = text("roster.result.fine", lang) if report.ok else text("roster.result.wrong", lang, n=len(report.errors))
        verdict = sheet.cell(1, 7, state)
        verdict.font = tools.font(size=14, bold=True, color="FF1E7B3C" if report.ok else TEXTS["errors"])
        verdict.alignment = tools.styles.Alignment(vertical="center")
        source = text("roster.result.source", lang, source=report.source)
        self._line(sheet, 2, f"{source}  {text('roster.result.jump', lang)}", color=GREY)
        row = self._legend(sheet, 3)
        for note in dict.fromkeys(self.notes):
            self._line(sheet, row, "※ " + note, color=GREY)
            row += 1
        keys = ("level", "code", "sheet", "cell", "row", "column", "what", "mend", "near")
        self._head(sheet, row, tuple(text(f"roster.result.{k}", lang) for k in keys))
        top = row
        for finding in self.findings:
            row += 1
            self._finding(sheet, row, finding)
        if not self.findings:
            row += 1
            sheet.cell(row, 1, text("roster.result.none", lang)).font = tools.font(color=GREY)
        sheet.auto_filter.ref = f"A{top}:I{max(row, top + 1)}"
        sheet.freeze_panes = f"A{top + 1}"
        self._print(sheet, top)

    def _line(self, sheet: Any, row: int, words: str, *, size: float = 11, bold: bool = False, color: str = INK) -> None:
        sheet.cell(row, 1, safe(words)).font = self.tools.font(size=size, bold=bold, color=color)
        sheet.row_dimensions[row].height = size * 1.7

    def _legend(self, sheet: Any, row: int) -> int:
        """Write the legend with the counts; return the row after it."""
        tools, lang = self.tools, self.lang
        counts = {level: len(getattr(self.report, level)) for level in _LEVELS}
        counts["empty"] = sum(e.count for e in self.report.empty)
        for level, count in counts.items():
            first = sheet.cell(row, 1, f"{SIGNS[level]} {text(f'roster.level.{level}', lang)}")
            first.fill = tools.hatch() if level == "empty" else tools.fill(FILLS[level])
            first.font, first.border = tools.font(bold=True, color=TEXTS[level]), tools.box
            second = sheet.cell(row, 2, count)
            second.font, second.border, second.number_format = tools.font(bold=True), tools.box, "#,##0"
            second.alignment = tools.styles.Alignment(horizontal="center")
            words = text(f"roster.legend.{level}", lang, sheet=getattr(self, "drawn_title", ""))
            if level == "empty" and not count:
                words = words.partition("，见" if lang == "zh" else ", see")[0]
            third = sheet.cell(row, 3, words)
            third.font = tools.font()
            if level == "empty" and count:
                third.hyperlink = _link(tools, third, self.drawn_title, "A1")
            sheet.row_dimensions[row].height = 18
            row += 1
        return row

    def _finding(self, sheet: Any, row: int, finding: Finding) -> None:
        tools, lang = self.tools, self.lang
        there = self.sheets.get(finding.sheet)
        title = finding.sheet if there is None else there.title
        cells = (
            f"{SIGNS[finding.level]} {text(f'roster.one.{finding.level}', lang)}", finding.code, title, finding.cell, finding.row or None,
            self._column_name(finding), finding.what, finding.mend, finding.near,
        )  # fmt: skip
        for position, value in enumerate(cells, start=1):
            cell = sheet.cell(row, position)
            if isinstance(value, str):
                put_text(cell, value)
            else:
                cell.value = value
            cell.font, cell.border, cell.alignment = tools.font(size=10), tools.box, tools.wrap(vertical="center")
        level = sheet.cell(row, 1)
        level.fill, level.font = tools.fill(FILLS[finding.level]), tools.font(size=10, bold=True, color=TEXTS[finding.level])
        sheet.cell(row, 2).font = tools.font(size=9, color=GREY)
        sheet.cell(row, 4).alignment = sheet.cell(row, 5).alignment = tools.wrap("center", "center")
        sheet.cell(row, 9).font = tools.font(size=10, bold=True)
        if there is not None and finding.first:
            at = sheet.cell(row, 4)
            at.hyperlink = _link(tools, at, title, finding.first)
            at.font = tools.styles.Font(name=at.font.name, size=10, color="FF0B5CAD", underline="single")
        lines = max(1 + text_width(finding.what) // 60, 1 + text_width(finding.mend) // 54, 1 + text_width(finding.near) // 26)
        sheet.row_dimensions[row].height = 5 + 14 * lines

    def _column_name(self, finding: Finding) -> str:
        """Return the head above a cell, as it stands in the roster; nothing for cells of the head itself."""
        sheet, row = self.sheets.get(finding.sheet), self.report.header_rows.get(finding.sheet)
        if sheet is None or row is None or not finding.column:
            return ""
        value = sheet.cell(row, finding.column).value
        return "" if value is None else re.sub(r"\s*\n\s*", "", str(value)).rstrip(" *＊")

    # ------------------------------------------------------------ what will be drawn

    def _write_empty(self, sheet: Any) -> None:
        lang = self.lang
        sheet.sheet_view.showGridLines = False
        sheet.sheet_properties.tabColor = "FF9AA5AF"
        for letter, width in zip("ABCDEFGH", (14, 26, 11, 9, 9, 14, 48, 84), strict=True):
            sheet.column_dimensions[letter].width = width
        self._line(sheet, 1, text("roster.empty.title", lang), size=15, bold=True, color=NAVY)
        self._line(sheet, 2, text("roster.empty.lead", lang), color=GREY)
        self._line(sheet, 3, text("roster.empty.always", lang), color=GREY)
        names = [text(f"roster.result.{k}", lang) for k in ("sheet", "column")]
        names += [text(f"roster.empty.{k}", lang) for k in ("count", "of", "share", "kind", "where", "how")]
        self._head(sheet, 5, tuple(names))
        row = 5
        for column in self.report.empty:
            row += 1
            self._empty_row(sheet, row, column)
        sheet.auto_filter.ref = f"A5:H{row}"
        sheet.freeze_panes = "A6"
        self._print(sheet, 5)

    def _empty_row(self, sheet: Any, row: int, column: Empty) -> None:
        tools, lang = self.tools, self.lang
        there = self.sheets.get(column.title)
        way = text("roster.empty.rule" if column.by_rule else "roster.empty.drawn", lang)
        cells = (
            sheet_name(column.kind, lang) if there is None else there.title, column.name(lang), column.count, column.of,
            column.count / column.of, f"{SIGNS['empty']} {way}", column.places or text("roster.no_column", lang), column.how(lang),
        )  # fmt: skip
        for position, value in enumerate(cells, start=1):
            cell = sheet.cell(row, position, value)
            cell.font, cell.border, cell.alignment = tools.font(size=10), tools.box, tools.wrap(vertical="center")
            if row % 2:
                cell.fill = tools.fill(PALE)
        sheet.cell(row, 5).number_format = "0.0%"
        if there is not None and column.letter:
            at = sheet.cell(row, 7)
            at.hyperlink = _link(tools, at, there.title, f"{column.letter}{column.runs[0][0]}")
            at.font = tools.styles.Font(name=at.font.name, size=10, color="FF0B5CAD", underline="single")
        for position in (3, 4, 5):
            sheet.cell(row, position).alignment = tools.wrap("center", "center")
        lines = max(1 + text_width(column.how(lang)) // 94, 1 + text_width(cells[6]) // 56)
        sheet.row_dimensions[row].height = 5 + 14 * lines

    @staticmethod
    def _print(sheet: Any, top: int) -> None:
        sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = 0.4
        sheet.page_margins.bottom, sheet.page_margins.footer = 0.75, 0.3
        sheet.print_title_rows = f"{top}:{top}"
        sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def _link(tools: Tools, cell: Any, title: str, place: str) -> Any:
    """Return a link to a cell of the same workbook."""
    hyperlink: Any = tools.hyperlink
    quoted = title.replace("'", "''")
    return hyperlink(ref=cell.coordinate, location=f"'{quoted}'!{place}", display=str(cell.value or ""))
