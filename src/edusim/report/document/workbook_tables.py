"""Tables of a workbook: real Excel tables with filters, formulas that follow the cells, charts over their columns.

An interval takes three columns: mean, low end, high end. A formula is written with Excel's structured references and with
the value that it gives, for viewers that do not calculate. One that asks for what the workbook lacks leaves its value alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference, Series
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableColumn, TableFormula, TableStyleInfo

from edusim.errors import RunError
from edusim.language import text
from edusim.report.document import workbook_cells as cells
from edusim.report.document.blocks import Cell, Column, Document, Table, Tone, cell, plain, written
from edusim.report.language import label
from edusim.report.summaries import FAILS, MEETS, OPEN, Interval
from edusim.report.tables import width_of

#: Rows a sheet of Excel holds.
MOST_ROWS = 1_048_576
_PLACE = re.compile(r"\{(?:([a-z0-9_]+):)?([a-z][a-z0-9_]*)(?:\.(low|high))?\}")
_NAME = re.compile(r"(?<![\w.])([A-Za-z_\\][\w.]*)(?!\w*\()")
_PARTS = ("", "low", "high")


@dataclass(frozen=True)
class Field:
    """One column of an Excel table: of an interval the mean (part ``""``), its ``low`` or its ``high`` end."""

    column: Column
    place: int
    part: str
    head: str


@dataclass
class Plan:
    """A table as it will stand in the workbook: its name, its columns, and its cells once it is placed."""

    table: Table
    name: str
    fields: tuple[Field, ...]
    sheet: str = ""
    at: str = ""


@dataclass
class Book:
    """What is known while a workbook is made: plans by key of the table, names, values that formulas give."""

    lang: str
    plans: Mapping[str, Plan]
    names: frozenset[str]
    held: dict[str, dict[str, str | float]] = field(default_factory=dict)
    alts: dict[str, list[str]] = field(default_factory=dict)


def is_interval(column: Column) -> bool:
    """Return whether a column holds intervals."""
    return column.kind in ("interval", "percent_interval")


def fields_of(table: Table, lang: str) -> tuple[Field, ...]:
    """Return the columns of an Excel table, heads with units, no head twice."""
    found: list[Field] = []
    taken: set[str] = set()
    for place, column in enumerate(table.columns):
        for part in _PARTS if is_interval(column) else ("",):
            words = plain(column.head)
            if is_interval(column):
                own = "share" if column.kind == "percent_interval" else "mean"
                words = text(f"sheet.head.{part or own}", lang, head=words)
            words = cells.with_unit(words, column, lang)
            # Brackets, the number sign and the apostrophe have a meaning of their own in references.
            for sign, instead in (("[", "("), ("]", ")"), ("#", "№"), ("'", "’"), ("@", "＠"), ("{", "("), ("}", ")")):
                words = words.replace(sign, instead)
            words = re.sub(r"\s+", " ", cells.clean(words)).strip()[:250] or column.key
            head, n = words, 1
            while head.casefold() in taken:
                n += 1
                head = f"{words} {n}"
            taken.add(head.casefold())
            found.append(Field(column, place, part, head))
    return tuple(found)


def table_name(key: str, taken: Iterable[str]) -> str:
    """Return a name that Excel takes for a table: no place of a cell, no sign it does not know, not taken yet."""
    name = re.sub(r"[^0-9A-Za-z_.]", "_", key)
    if not name or not (name[0].isalpha() or name[0] == "_") or re.fullmatch(r"(?i)[a-z]{1,3}\d+|r\d*(c\d*)?|c\d*", name):
        name = f"t_{name}"
    known = {one.casefold() for one in taken}
    found, n = name, 1
    while found.casefold() in known:
        n += 1
        found = f"{name}_{n}"
    return found


def book_of(document: Document) -> Book:
    """Return what a workbook of the document will hold: names of tables, heads of columns, names of cells."""
    plans: dict[str, Plan] = {}
    names = {str(cell(row[_index(table, "name")]).value) for table in document.tables if table.named for row in table.rows}
    for table in document.tables:
        name = table_name(table.key, [plan.name for plan in plans.values()] + sorted(names))
        plans[table.key] = Plan(table, name, fields_of(table, document.lang))
    return Book(document.lang, plans, frozenset(names))


def _index(table: Table, key: str) -> int:
    return next((i for i, column in enumerate(table.columns) if column.key == key), -1)


def formula_of(formula: str, plan: Plan, book: Book) -> str | None:
    """Return a formula with structured references; None when the workbook lacks a table or a name it asks for.

    Raises
    ------
    ValueError
        When it names a column that its table does not have (a mistake of ours).
    """
    bare = _PLACE.sub("", re.sub(r'"[^"]*"', "", formula))
    if any(name not in book.names and name.upper() not in ("TRUE", "FALSE") for name in _NAME.findall(bare)):
        return None
    if any(key and key not in book.plans for key, _, _ in _PLACE.findall(formula)):
        return None

    def reference(found: re.Match[str]) -> str:
        other, key, part = found[1], found[2], found[3] or ""
        own = book.plans[other] if other else plan
        head = next((one.head for one in own.fields if one.column.key == key and one.part == part), None)
        if head is None:
            raise ValueError(f"table {plan.table.key}: {found[0]} names no column")
        return f"{own.name}[[{head}]]" if other else f"{own.name}[[#This Row],[{head}]]"

    return _PLACE.sub(reference, formula)


def widths_of(plan: Plan) -> list[float]:
    """Return the width of each column in characters: as wide as its cells, heads in up to four lines."""
    found = []
    for one in plan.fields:
        shown = [_shown(cell(row[one.place]), one) for row in plan.table.rows[:3000]]
        longest = max((width_of(part) for words in shown for part in words.split("\n")), default=0)
        most = 60.0 if one.column.weight >= 2 else 34.0
        inside = min(most, 1.08 * longest + 3.5) if one.column.kind == "text" else min(24.0, longest + 3.0)
        words = max((width_of(part) for part in one.head.split(" ")), default=0) if one.head.isascii() else 0
        head = max(min(words + 3.0, 18.0), min(width_of(one.head), max(11.0, width_of(one.head) / 3.2)) + 3.0)
        found.append(max(7.0, inside, min(head, 30.0)))
    return found


def _shown(value: Cell, one: Field) -> str:
    held = _value(value, one)
    if held is None:
        return ""
    if isinstance(held, str):
        return plain(held)
    if one.column.kind == "text":
        return str(value.value)
    digits = one.column.digits if value.digits is None else value.digits
    as_number = replace(one.column, kind="percent" if cells.in_percent(one.column) else "number", digits=digits)
    return written(held, as_number) + ("% " if cells.in_percent(one.column) else "") + ("   " if value.tone and not one.part else "")


def _value(value: Cell, one: Field) -> str | float | int | None:
    """Return what a field of the row holds: a text, a number, or nothing."""
    inner = value.value
    if isinstance(inner, Interval):
        number: float = {"": inner.mean, "low": inner.low, "high": inner.high}[one.part]
    elif inner is None or one.part:
        return None
    elif isinstance(inner, str):
        return inner
    elif isinstance(inner, bool) or one.column.kind == "text":
        return inner if math.isfinite(inner) else None
    else:
        number = float(inner)
    return number * cells.scale_of(one.column) if math.isfinite(number) else None


def put_table(sheet: Any, plan: Plan, book: Book, top: int, widths: Sequence[float]) -> int:
    """Write a table with its header in row ``top`` from column A on; return the row below it.

    Raises
    ------
    RunError
        ``REPORT-ROWS`` when the table has more rows than a sheet of Excel.
    """
    table, lang = plan.table, book.lang
    last = top + max(1, len(table.rows))
    if last > MOST_ROWS:
        raise RunError(
            "REPORT-ROWS", f"表 {table.key} 有 {len(table.rows)} 行，超过 Excel 工作表的 {MOST_ROWS} 行",
            f"table {table.key} has {len(table.rows)} rows, more than the {MOST_ROWS} of an Excel sheet",
            mend_zh="请减少学校、方案或年份", mend_en="take fewer schools, policies or years",
        )  # fmt: skip
    end = get_column_letter(len(plan.fields))
    plan.sheet, plan.at = sheet.title, f"A{top}:{end}{last}"
    _put_heads(sheet, plan, lang, top, widths)
    held = book.held.setdefault(sheet.title, {})
    words = word_tones(table, lang)
    verdict = next((i for i in words if table.columns[i].formula), None)
    looks: dict[tuple[Any, ...], Any] = {}
    names = _index(table, "name")
    above: Any = None
    for step, row in enumerate(table.rows, start=1):
        own = [cell(value) for value in row]
        if table.columns[0].kind == "text" and own[0].value in ("", None) and above is not None:
            own[0] = Cell(above, "quiet")  # said once on paper; who sorts or filters needs it in every row
        above = own[0].value
        shown_lines = 1
        for place, one in enumerate(plan.fields, start=1):
            value = own[one.place]
            spot = sheet.cell(top + step, place)
            inner = _value(value, one)
            tone: Tone = "" if one.part else value.tone
            if one.place in words or (verdict is not None and _follows(table, one.place, verdict)):
                tone = ""  # a rule colours it
            is_input = bool(table.named) and one.column.key == table.named
            formula = (value.formula or one.column.formula) if not one.part else ""
            live = formula_of(formula, plan, book) if formula else None
            if live is not None:
                spot.value = f"={live}"
                if inner is not None:
                    held[spot.coordinate] = inner
            elif isinstance(inner, str):
                cells.put_text(spot, inner)
                shown_lines = max(shown_lines, cells.lines_of(inner, widths[place - 1] - 2.5))
            elif inner is not None:
                spot.value = inner
            look = (one.column, value.digits, tone, value.bold, is_input and live is None, isinstance(inner, str), spot.quotePrefix)
            if look in looks:
                spot._style = looks[look]
            else:
                _dress(spot, one.column, value, tone, lang, is_input=is_input and live is None, is_text=isinstance(inner, str))
                looks[look] = spot._style
            if value.note and not one.part:
                _note(spot, value.note)
            if is_input and names >= 0:
                name = str(own[names].value)
                where = "'" + sheet.title.replace("'", "''") + f"'!${get_column_letter(place)}${top + step}"
                sheet.parent.defined_names[name] = DefinedName(name, attr_text=where)
        if shown_lines > 1:
            sheet.row_dimensions[top + step].height = cells.LINE * shown_lines + 2
    if not table.rows:
        cells.put_text(sheet.cell(top + 1, 1), text("sheet.empty", lang))
    _colour_words(sheet, plan, words, verdict, top, last)
    _declare(sheet, plan, book)
    return last + 1


def _put_heads(sheet: Any, plan: Plan, lang: str, top: int, widths: Sequence[float]) -> None:
    most = 1
    for place, one in enumerate(plan.fields, start=1):
        head = sheet.cell(top, place)
        head.value, head.data_type = one.head, "s"
        head.font, head.fill, head.border = cells.font(lang, bold=True, colour="FFFFFF"), cells.fill(cells.ACCENT), cells.AROUND
        at_left = one.column.kind == "text"
        head.alignment = Alignment(
            wrap_text=True, vertical="center", horizontal="left" if at_left else "right", indent=int(at_left)
        )
        most = max(most, cells.lines_of(one.head, widths[place - 1] - 3.5))  # the button takes its place
    sheet.row_dimensions[top].height = cells.LINE * most + 5


def _dress(spot: Any, column: Column, value: Cell, tone: Tone, lang: str, *, is_input: bool, is_text: bool) -> None:
    paint, ink = cells.TONES.get(tone, ("", cells.INK))
    spot.font = cells.font(lang, bold=value.bold, colour=ink)
    spot.border = cells.BELOW
    if paint:
        spot.fill = cells.fill(paint)
    elif is_input:
        spot.fill = cells.fill(cells.INPUT)
    digits = column.digits if value.digits is None else value.digits
    spot.number_format = cells.number_format(column, digits, tone)
    at_left = column.kind == "text"
    spot.alignment = cells.wrapped(indent=1) if is_text and at_left else Alignment(
        vertical="top", horizontal="left" if at_left else "right", indent=1 if at_left else 0, wrap_text=is_text
    )


def _note(spot: Any, words: str) -> None:
    from openpyxl.comments import Comment

    spot.comment = Comment(cells.clean(plain(words)), "edusim", height=90, width=260)


def word_tones(table: Table, lang: str) -> dict[int, dict[str, Tone]]:
    """Return columns whose words have a tone each, place -> word -> tone, the verdicts of the catalogue among them.

    A column is among them when all of its toned cells hold words, and no word has two tones.
    """
    verdicts: dict[str, Tone] = {
        label("verdict", MEETS, lang): "meets", label("verdict", FAILS, lang): "fails", label("verdict", OPEN, lang): "open",
    }  # fmt: skip
    found: dict[int, dict[str, Tone]] = {}
    for place in range(len(table.columns)):
        tones: dict[str, Tone] = {}
        whole = [cell(row[place]) for row in table.rows]
        toned = [one for one in whole if one.tone and one.tone != "quiet"]
        if not toned or any(not isinstance(one.value, str) for one in toned) or len({one.value for one in toned}) > 8:
            continue
        plainly = {one.value for one in whole if not one.tone}
        if all(tones.setdefault(str(one.value), one.tone) == one.tone for one in toned) and not plainly & tones.keys():
            if table.columns[place].formula and tones.keys() & verdicts.keys():
                tones = {**verdicts, **tones}
            found[place] = tones
    return found


def _follows(table: Table, place: int, verdict: int) -> bool:
    """Return whether every toned cell of a column has the tone of its row's verdict: then it follows the formula."""
    if place == verdict:
        return False
    pairs = [(cell(row[place]).tone, cell(row[verdict]).tone) for row in table.rows]
    toned = [(own, other) for own, other in pairs if own]
    return bool(toned) and all(own == other for own, other in toned) and len(toned) == len(pairs)


def _colour_words(
    sheet: Any, plan: Plan, words: Mapping[int, Mapping[str, Tone]], verdict: int | None, top: int, last: int
) -> None:
    table = plan.table
    for place, one in enumerate(plan.fields, start=1):
        column = get_column_letter(place)
        cells_of = f"{column}{top + 1}:{column}{last}"
        if one.place in words:
            for word, tone in words[one.place].items():
                paint, ink = cells.TONES[tone]
                quoted = '"' + word.replace('"', '""') + '"'
                sheet.conditional_formatting.add(
                    cells_of, CellIsRule(operator="equal", formula=[quoted], font=_ink(ink), fill=_rule_fill(paint))
                )
        elif verdict is not None and not one.part and _follows(table, one.place, verdict):
            at = next(i for i, other in enumerate(plan.fields, start=1) if other.place == verdict)
            for word, tone in words[verdict].items():
                paint, ink = cells.TONES[tone]
                quoted = word.replace('"', '""')
                rule = f'${get_column_letter(at)}{top + 1}="{quoted}"'
                sheet.conditional_formatting.add(cells_of, FormulaRule(formula=[rule], font=_ink(ink), fill=_rule_fill(paint)))


def _ink(colour: str) -> Any:
    from openpyxl.styles import Font

    return Font(color=f"FF{colour}", bold=True)


def _rule_fill(colour: str) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill(bgColor=f"FF{colour}", fill_type="solid") if colour else None


def _declare(sheet: Any, plan: Plan, book: Book) -> None:
    made = ExcelTable(displayName=plan.name, ref=plan.at)
    made.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    made._initialise_columns()
    for one, declared in zip(plan.fields, made.tableColumns, strict=True):
        assert isinstance(declared, TableColumn)
        declared.name = one.head
        live = formula_of(one.column.formula, plan, book) if one.column.formula and not one.part else None
        if live is not None:
            declared.calculatedColumnFormula = TableFormula(attr_text=live)
    sheet.add_table(made)


def put_plot(sheet: Any, plan: Plan, book: Book, top: int, left: int) -> None:
    """Draw a table's chart with Excel's own means, its upper left corner in the given row and column."""
    table, plot = plan.table, plan.table.plot
    assert plot is not None
    first = int(re.sub(r"\D", "", plan.at.split(":")[0]))
    rows = (first + 1, first + len(table.rows))
    chart: Any = LineChart() if plot.kind == "line" else BarChart()
    columns = {(one.column.key, one.part): place for place, one in enumerate(plan.fields, start=1)}
    extra: list[int] = []
    for key, colour in zip(plot.series, plot.colours, strict=True):
        for part in _PARTS if plot.kind == "line" else ("",):
            if (key, part) not in columns:
                continue
            values = Reference(sheet, min_col=columns[key, part], min_row=rows[0], max_row=rows[1])
            column = next(one.column for one in plan.fields if one.column.key == key)
            series = Series(values, title=plain(column.head))
            if plot.kind == "line":
                series.smooth = False
                series.marker.symbol = "none" if part else "circle"
                series.marker.size = None if part else 5
                series.marker.graphicalProperties = GraphicalProperties(solidFill=colour)
                series.marker.graphicalProperties.line.solidFill = colour
                series.graphicalProperties.line.width = 6350 if part else 25400
                series.graphicalProperties.line.dashStyle = "sysDash" if part else None
                series.graphicalProperties.line.solidFill = colour
            else:
                series.graphicalProperties.solidFill = colour
            if part:
                extra.append(len(chart.series))
            chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=columns[plot.x, ""], min_row=rows[0], max_row=rows[1]))
    if plot.kind == "stack":
        chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 60
    _axes(chart, plot.axis, extra)
    chart.width, chart.height = 25, 11.5
    sheet.add_chart(chart, f"{get_column_letter(left)}{top}")
    book.alts.setdefault(sheet.title, []).insert(0, plain(table.caption))


def _axes(chart: Any, upright: str, extra: Sequence[int]) -> None:
    from openpyxl.chart.legend import LegendEntry

    chart.title = None
    chart.y_axis.title = upright
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=None)
    chart.y_axis.majorGridlines.spPr.line.solidFill = "E4E8EC"
    chart.legend.position = "b"
    chart.legend.legendEntry = [LegendEntry(idx=place, delete=True) for place in extra]
    chart.layout = Layout(manualLayout=ManualLayout(xMode="edge", yMode="edge", x=0.09, y=0.05, w=0.88, h=0.74))
