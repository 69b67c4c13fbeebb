"""Write the roster template: a guide, empty sheets to fill in, and an example beside them.

Generated from the same list of columns that reading uses, so that the two cannot differ. Tells and decides
nothing: no study's key counts it.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from edusim.errors import language
from edusim.language import text
from edusim.region.roster_columns import SHEETS, WORDS, RosterColumn, RosterSheet, word_in
from edusim.region.roster_example import ROWS
from edusim.region.roster_report import column_name, how_filled, sheet_name
from edusim.region.roster_sheets import BAND, GREY, INK, NAVY, PALE, SLATE, WHITE, Tools, save, text_width

#: Rows prepared with text format and lines; lists and ranges reach further, to ``_LAST``.
_PREPARED = {"schools": 300, "teachers": 300, "groups": 60, "neighbourhoods": 60}
_FIRST, _LAST = 3, 5000
#: Names of the lists that grow with the sheets they come from.
SCHOOL_IDS, GROUP_IDS = "school_ids", "group_ids"
#: Topic of the columns of the schools sheet: topic -> its first column. Other sheets are one topic each.
_TOPICS = {
    "id": "identity", "group": "group", "pupils": "pupils", "x_km": "place", "buildings_m2": "goods", "teachers": "staff", "turnover": "results",
    "quota_candidates": "quota",
}  # fmt: skip
#: Light colours of the second row of heads, by topic in turn.
_TINTS = ("FFEAF1F7", "FFEEF3EA", "FFFBF3E2", "FFF1EDF6", "FFE8F3F2", "FFF7EDEA", "FFF0F0EC", "FFEAF0FB")


def template(path: str | Path, lang: str = "zh", *, example: bool = False) -> Path:
    """Write the roster template.

    Every sheet to be filled in has a row of heads in the reader's language and one in the other, comments that
    say what a column means and what an empty cell leads to, lists to choose from, ranges with hints, and codes
    formatted as text (so that leading zeros stay). A guide stands before them, a filled example behind.

    Parameters
    ----------
    path
        File to write; ``.xlsx`` is added when missing.
    lang
        ``zh`` or ``en``: language of sheet names, first row of heads, lists and notes.
    example
        Also fill the schools sheet with the fictional county of the example.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DataError
        When the file cannot be written.
    """
    target = Path(path)
    if target.suffix.lower() != ".xlsx":
        target = target.with_name(target.name + ".xlsx")
    lang = language(lang)
    tools = Tools(lang)
    book = tools.openpyxl.Workbook()
    book.properties.creator = book.properties.lastModifiedBy = "edusim"
    _guide(book.active, tools)
    for sheet in SHEETS.values():
        made = book.create_sheet(sheet_name(sheet.key, lang))
        _sheet(made, sheet, tools)
        if example and sheet.key == "schools":
            _rows(made, sheet, tools, _FIRST)
    _example(book.create_sheet(text("roster.sheet.example", lang)), tools)
    for name, kind in ((SCHOOL_IDS, "schools"), (GROUP_IDS, "groups")):
        column = f"'{sheet_name(kind, lang)}'!$A${_FIRST}"
        every = f"{column}:$A${_LAST}"
        grows = f"{column}:INDEX({every},MAX(1,COUNTA({every})))"
        book.defined_names[name] = tools.names.DefinedName(name, attr_text=grows)
    save(book, target)
    return target


# ---- data sheets ---------------------------------------------------------------------------------------


def topic_of(kind: str) -> dict[str, str]:
    """Return the topic of every column of a sheet."""
    if kind != "schools":
        return dict.fromkeys(SHEETS[kind].columns, kind)
    found, topic = {}, ""
    for key in SHEETS[kind].columns:
        topic = _TOPICS.get(key, topic)
        found[key] = topic
    return found


def unit_of(column: RosterColumn, lang: str) -> str:
    """Return the unit of a column in ``lang``; empty when it has none, or (a calendar year) when it says nothing."""
    if column.key == "year_formed":
        return ""
    return text(f"roster.unit.{column.unit}", lang) if column.unit else ""


def head(column: RosterColumn, lang: str) -> str:
    """Return a column's head: name, unit in brackets, ＊ when required."""
    unit = unit_of(column, lang)
    name = column.zh if lang == "zh" else column.en.replace("_", " ")  # read alike, and lines break better
    if unit:
        name += f"\n（{unit}）" if lang == "zh" else f"\n({unit})"
    return name + ("＊" if column.required and lang == "zh" else " *" if column.required else "")


def _heads(sheet: Any, declared: RosterSheet, tools: Tools, row: int) -> None:
    """Write the two rows of heads."""
    lang, styles = tools.lang, tools.styles
    other = "en" if lang == "zh" else "zh"
    topics = topic_of(declared.key)
    order = list(dict.fromkeys(topics.values()))
    dark, light = tools.font(bold=True, color=WHITE), tools.font(size=9, italic=other == "en", color=GREY)
    middle = tools.wrap("center", "center")
    thick = styles.Side(style="medium", color=WHITE)
    before = ""
    for position, column in enumerate(declared.columns.values(), start=1):
        first, second = sheet.cell(row, position, head(column, lang)), sheet.cell(row + 1, position, head(column, other))
        first.font, first.fill = dark, tools.fill(NAVY if column.required else SLATE)
        second.font, second.fill = light, tools.fill(_TINTS[order.index(topics[column.key]) % len(_TINTS)])
        first.alignment = second.alignment = middle
        first.border = second.border = tools.box
        if topics[column.key] != before and position > 1:
            first.border = styles.Border(left=thick)
        before = topics[column.key]
    sheet.row_dimensions[row].height, sheet.row_dimensions[row + 1].height = 46, 36


def _sheet(sheet: Any, declared: RosterSheet, tools: Tools) -> None:
    lang = tools.lang
    _heads(sheet, declared, tools, 1)
    plain_font = tools.font()
    for position, column in enumerate(declared.columns.values(), start=1):
        letter = tools.letter(position)
        sheet.cell(1, position).comment = tools.comment(explained(column, declared.key, lang))
        sheet.column_dimensions[letter].width = _width(column, lang)
        as_text = column.kind in ("code", "reference", "references", "text")
        if as_text:
            sheet.column_dimensions[letter].number_format = "@"
        first = sheet.cell(_FIRST, position)
        first.border, first.font = tools.box, plain_font
        if as_text:
            first.number_format = "@"
        for row in range(_FIRST + 1, _FIRST + _PREPARED[declared.key]):
            sheet.cell(row, position)._style = copy.copy(first._style)  # far quicker than style by style
        rule = _rule(column, declared.key, tools)
        if rule is not None:
            rule.add(f"{letter}{_FIRST}:{letter}{_LAST}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = f"C{_FIRST}"
    sheet.sheet_properties.tabColor = NAVY if declared.key == "schools" else SLATE
    _print(sheet, "1:2", wide=3 if len(declared.columns) > 20 else 1)
    sheet.print_title_cols = "A:B"


def _print(sheet: Any, rows: str, *, wide: int = 1) -> None:
    """Set a sheet up for printing: A4 across, heads on every page, name and page at the foot."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = wide, 0
    if rows:
        sheet.print_title_rows = rows
    sheet.page_margins.left = sheet.page_margins.right = sheet.page_margins.top = 0.4
    sheet.page_margins.bottom, sheet.page_margins.footer = 0.75, 0.3
    sheet.oddFooter.left.text, sheet.oddFooter.right.text = "&A", "&P / &N"


def _width(column: RosterColumn, lang: str) -> float:
    words = max((text_width(word_in(column.words, c, lang)) for c in WORDS[column.words]), default=0) if column.words else 0
    # The unit stands on a line of its own, and a long English name breaks between its words.
    chinese = max(text_width(part) for part in head(column, "zh").split("\n"))
    english = max(text_width(part) for part in head(column, "en").split())
    both = max(min(chinese, 22), english) + 3
    least = {"text": 22, "references": 26, "code": 14, "reference": 14}.get(column.kind, 10)
    return float(min(max(least, words + 4, both), 30))


def explained(column: RosterColumn, kind: str, lang: str) -> str:
    """Return what a column's comment says: names, meaning, unit, words, range, what happens when empty, source."""
    lines = [f"{column.zh}  {column.en}", (column.meaning_zh or column.zh) if lang == "zh" else column.meaning_en]
    if unit_of(column, lang):
        lines.append(text("roster.head.unit", lang, unit=unit_of(column, lang)))
    if column.words:
        words = " / ".join(word_in(column.words, c, lang) for c in WORDS[column.words])
        lines.append(text("roster.head.words", lang, words=words))
    if column.low is not None and column.high is not None:
        lines.append(text("roster.head.range", lang, low=_number(column.low), high=_number(column.high)))
    if column.kind == "share":
        lines.append(text("roster.head.percent", lang))
    if column.required:
        lines.append(text("roster.head.required", lang))
    else:
        lines.append(text("roster.head.empty", lang, how=how_filled(kind, column.key, lang)))
    lines.append(text("roster.head.source", lang, source=text(f"roster.source.{topic_of(kind)[column.key]}", lang)))
    return "\n".join(lines)


def _number(value: float) -> str:
    if 1900 <= value <= 2200:
        return f"{value:.0f}"  # a calendar year
    return f"{value:,.0f}" if value == int(value) else f"{value:g}"


def _rule(column: RosterColumn, kind: str, tools: Tools) -> Any:
    """Return the list or range of a column, with the hint shown when a cell is selected."""
    lang, make = tools.lang, tools.validation.DataValidation
    unknown = "" if column.required else text("roster.prompt.unknown", lang)
    if column.words:
        words = ",".join(word_in(column.words, c, lang) for c in WORDS[column.words])
        rule, hint = make(type="list", formula1=f'"{words}"', allow_blank=True), text("roster.prompt.choose", lang)
    elif column.kind == "reference":
        rule, hint = make(type="list", formula1=SCHOOL_IDS, allow_blank=True), text("roster.prompt.school", lang)
    elif kind == "schools" and column.key in ("group", "member_group"):
        # A help only: groups need not stand in a sheet of their own.
        rule, hint = make(type="list", formula1=GROUP_IDS, allow_blank=True), text("roster.prompt.group", lang)
        rule.showErrorMessage = False
        rule.showInputMessage, rule.promptTitle, rule.prompt = True, _short(column, lang), hint
        return rule
    elif column.kind in ("integer", "number", "share") and column.low is not None and column.high is not None:
        unit = unit_of(column, lang)
        whole = column.kind == "integer"
        rule = make(
            type="whole" if whole else "decimal", operator="between", formula1=f"{column.low:.12g}",
            formula2=f"{column.high:.12g}", allow_blank=True,
        )  # fmt: skip
        hint = text(
            "roster.prompt.whole" if whole else "roster.prompt.number", lang,
            low=_number(column.low), high=_number(column.high), unit=(" " if lang == "en" else "") + unit,
        )  # fmt: skip
    else:
        return None
    rule.showInputMessage, rule.promptTitle = True, _short(column, lang)
    meaning = (column.meaning_zh if lang == "zh" else column.meaning_en) or ""
    rule.prompt = "\n".join(filter(None, (meaning, hint, unknown)))[:250]
    rule.showErrorMessage, rule.errorTitle = True, _short(column, lang)
    rule.error = text("roster.prompt.wrong", lang, what=hint)[:220]
    if column.kind == "reference":
        rule.errorStyle = "warning"
    return rule


def _short(column: RosterColumn, lang: str) -> str:
    return (column.zh if lang == "zh" else column.en)[:32]


# ---- example -------------------------------------------------------------------------------------------


def _rows(sheet: Any, declared: RosterSheet, tools: Tools, top: int) -> int:
    """Write the example's rows of a sheet from row ``top`` on; return the row after them."""
    rows = ROWS[declared.key]
    for row, given in enumerate(rows, start=top):
        for position, column in enumerate(declared.columns.values(), start=1):
            cell = sheet.cell(row, position)
            cell.border, cell.font = tools.box, tools.font()
            if column.kind in ("code", "reference", "references", "text"):
                cell.number_format = "@"
            if column.key in given:
                value = given[column.key]
                cell.value = word_in(column.words, str(value), tools.lang) if column.kind == "word" else value
    return top + len(rows)


def _example(sheet: Any, tools: Tools) -> None:
    lang = tools.lang
    sheet.cell(1, 1, text("roster.example.title", lang)).font = tools.font(size=13, bold=True, color=NAVY)
    sheet.cell(2, 1, text("roster.example.note", lang)).font = tools.font(size=10, color=GREY)
    row = 4
    for declared in SHEETS.values():
        sheet.cell(row, 1, sheet_name(declared.key, lang)).font = tools.font(size=12, bold=True, color=SLATE)
        _heads(sheet, declared, tools, row + 1)
        row = _rows(sheet, declared, tools, row + 3) + 1
    for position, column in enumerate(SHEETS["schools"].columns.values(), start=1):
        sheet.column_dimensions[tools.letter(position)].width = _width(column, lang)
    sheet.freeze_panes = "C4"
    sheet.sheet_properties.tabColor = "FF9AA5AF"
    sheet.sheet_view.showGridLines = False
    _print(sheet, "", wide=3)


# ---- guide ---------------------------------------------------------------------------------------------


def _guide(sheet: Any, tools: Tools) -> None:
    lang = tools.lang
    sheet.title = text("roster.sheet.guide", lang)
    sheet.sheet_view.showGridLines = False
    for letter, width in (("A", 16), ("B", 20), ("C", 50), ("D", 58)):
        sheet.column_dimensions[letter].width = width
    row = 1

    def line(words: str, *, size: float = 11, bold: bool = False, color: str = INK, fill: str = "", indent: int = 0) -> None:
        nonlocal row
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
        cell = sheet.cell(row, 1, words)
        cell.font = tools.font(size=size, bold=bold, color=color)
        cell.alignment = tools.styles.Alignment(wrap_text=True, vertical="center", indent=indent)
        if fill:
            for column in range(1, 5):
                sheet.cell(row, column).fill = tools.fill(fill)
        lines = 1 + int((text_width(words) * size / 11) / 138)
        sheet.row_dimensions[row].height = (6 + 16 * lines) * max(1.0, size / 13)
        row += 1

    def section(key: str) -> None:
        nonlocal row
        sheet.row_dimensions[row].height = 8
        row += 1
        line(text(key, lang), size=12, bold=True, color=NAVY, fill=BAND, indent=1)

    line(text("roster.guide.title", lang), size=18, bold=True, color=WHITE, fill=NAVY, indent=1)
    line(text("roster.guide.lead", lang), color=NAVY, indent=1)
    section("roster.guide.steps")
    for number in range(1, 6):
        line(f"{number}.  " + text(f"roster.guide.step{number}", lang), indent=1)
    section("roster.guide.colours")
    for key, color in (("required", NAVY), ("optional", SLATE)):
        for column in range(2, 5):
            sheet.cell(row, column).alignment = tools.wrap(vertical="center")
        swatch = sheet.cell(row, 1, "＊" if key == "required" else "")
        swatch.fill, swatch.font, swatch.alignment = tools.fill(color), tools.font(bold=True, color=WHITE), tools.wrap("center", "center")
        sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=4)
        sheet.cell(row, 2, text(f"roster.guide.{key}", lang)).font = tools.font()
        sheet.row_dimensions[row].height = 20
        row += 1
    section("roster.guide.rules")
    for number in range(1, 4):
        line("·  " + text(f"roster.guide.rule{number}", lang), indent=1)
    section("roster.guide.needed")
    for declared in SHEETS.values():
        needed = [column_name(declared.key, c.key, lang) for c in declared.columns.values() if c.required]
        line(f"{sheet_name(declared.key, lang)}：" + text("roster.comma", lang).join(needed) if lang == "zh"
             else f"{sheet_name(declared.key, lang)}: " + ", ".join(needed), indent=1)  # fmt: skip
    section("roster.guide.columns")
    _sources(sheet, tools, row)
    _print(sheet, "")
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "portrait", 1
    sheet.sheet_properties.tabColor = "FFD98200"


def _sources(sheet: Any, tools: Tools, row: int) -> None:
    """Write the table of where each number is found, from row ``row`` on."""
    lang = tools.lang
    for position, key in enumerate(("sheet", "topic", "columns", "source"), start=1):
        cell = sheet.cell(row, position, text(f"roster.guide.head.{key}", lang))
        cell.font, cell.fill, cell.border = tools.font(bold=True, color=WHITE), tools.fill(SLATE), tools.box
        cell.alignment = tools.wrap("center", "center")
    for declared in SHEETS.values():
        by_topic: dict[str, list[str]] = {}
        for key, topic in topic_of(declared.key).items():
            if not (key.startswith("pupils_g") and key[-1] not in "1"):
                shown = column_name(declared.key, key, lang) if key != "pupils_g1" else _grades(lang)
                by_topic.setdefault(topic, []).append(shown)
        for topic, names in by_topic.items():
            row += 1
            cells = (
                sheet_name(declared.key, lang), text(f"roster.topic.{topic}", lang), text("roster.comma", lang).join(names),
                text(f"roster.source.{topic}", lang),
            )  # fmt: skip
            for position, words in enumerate(cells, start=1):
                cell = sheet.cell(row, position, words)
                cell.font, cell.border, cell.alignment = tools.font(size=10), tools.box, tools.wrap(vertical="center")
                cell.fill = tools.fill(PALE if position < 3 else WHITE)
            lines = max(1 + int(text_width(cells[2]) / 50), 1 + int(text_width(cells[3]) / 58), 1 + int(text_width(cells[1]) / 19))
            sheet.row_dimensions[row].height = 6 + 15 * lines


def _grades(lang: str) -> str:
    first, last = (column_name("schools", f"pupils_g{g}", lang) for g in (1, 9))
    return f"{first} – {last}"
