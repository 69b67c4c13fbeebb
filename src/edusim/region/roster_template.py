"""Write the roster template, and give a checked workbook back with its wrong cells marked.

The template is generated from the same list of columns that reading uses, so the two cannot differ. It
holds a small fictional county as an example, to be written over.
"""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

from edusim.errors import DataError, language
from edusim.region.roster_cells import read
from edusim.region.roster_columns import SHEETS, WORDS, RosterColumn, RosterSheet, word_in
from edusim.region.roster_report import CheckReport

_ROWS_WITH_LISTS = 2000
_REQUIRED, _OPTIONAL, _WRONG = "FFDDEBF7", "FFF2F2F2", "FFFFC7CE"

#: The fictional county of the template. Every name, number and place is made up. Empty cells show that
#: not everything has to be known.
_SCHOOLS: tuple[dict[str, Any], ...] = (
    {"id": "0101", "name": "青溪县实验小学", "stage": "primary", "zone": "urban", "private": "no", "group": "青溪小学教共体", "group_role": "core",
         "pupils": 1320, "seats": 1350, "x_km": 0.4, "y_km": 0.6, "buildings_m2": 6300, "sports_m2": 7400, "equipment_yuan": 4300000, "rooms": 34,
         "teachers": 74, "teachers_above_degree": 73, "teachers_backbone": 18, "teachers_pe_art_music": 13, "teachers_senior": 9},
    {"id": "0102", "name": "青溪县城南小学", "stage": "primary", "zone": "urban", "private": "no", "group_role": "none", "pupils": 980, "seats": 1080,
         "x_km": -0.8, "y_km": -0.9, "buildings_m2": 4700, "sports_m2": 6800, "equipment_yuan": 2700000, "rooms": 25, "teachers": 55},
    {"id": "0103", "name": "石桥镇中心小学", "stage": "primary", "zone": "town", "private": "no", "group": "青溪小学教共体", "group_role": "member",
         "pupils": 540, "seats": 720, "x_km": 9.5, "y_km": 3.2, "buildings_m2": 3500, "sports_m2": 6100, "equipment_yuan": 1350000, "rooms": 16,
         "teachers": 33, "teachers_above_degree": 32, "teachers_backbone": 4},
    {"id": "0104", "name": "云岭小学", "stage": "primary", "zone": "mountain", "private": "no", "boarding": "yes", "allowance_class": "a",
         "group": "青溪小学教共体", "group_role": "member", "pupils": 126, "seats": 240, "x_km": 22.0, "y_km": 11.5, "teachers": 12},
    {"id": "0201", "name": "青溪县第一初级中学", "stage": "junior", "zone": "urban", "private": "no", "group": "青溪初中教共体", "group_role": "core",
         "pupils": 1180, "pupils_g7": 390, "pupils_g8": 400, "pupils_g9": 390, "seats": 1200, "x_km": 0.9, "y_km": -0.3, "buildings_m2": 7200,
         "sports_m2": 11500, "equipment_yuan": 4100000, "rooms": 32, "teachers": 92, "teachers_above_degree": 91, "teachers_backbone": 21,
         "teachers_pe_art_music": 12, "teachers_senior": 25, "quota_places": 96, "quota_unfilled_share": 0},
    {"id": "0202", "name": "石桥镇初级中学", "stage": "junior", "zone": "town", "private": "no", "boarding": "yes", "group": "青溪初中教共体",
         "group_role": "member", "pupils": 420, "seats": 600, "x_km": 9.1, "y_km": 2.8, "teachers": 36, "teachers_backbone": 3, "quota_places": 35,
         "quota_unfilled_share": 0.2},
    {"id": "0301", "name": "云岭九年一贯制学校", "stage": "nine_year", "zone": "mountain", "private": "no", "boarding": "yes",
         "allowance_class": "a", "group": "青溪初中教共体", "group_role": "member", "pupils_g1": 22, "pupils_g2": 24, "pupils_g3": 20, "pupils_g4": 25,
         "pupils_g5": 27, "pupils_g6": 26, "pupils_g7": 38, "pupils_g8": 41, "pupils_g9": 40, "seats": 405, "x_km": 19.5, "y_km": 14.0, "teachers": 27},
    {"id": "0401", "name": "青溪新星学校", "stage": "nine_year", "zone": "urban", "private": "yes", "fee_yuan_year": 18000, "group_role": "none",
         "pupils": 410, "seats": 450, "x_km": 2.1, "y_km": 1.4, "teachers": 34},
)  # fmt: skip


def _excel() -> dict[str, Any]:
    parts = ("styles", "comments", "worksheet.datavalidation", "utils")
    return {p.rpartition(".")[2]: importlib.import_module(f"openpyxl.{p}") for p in parts}


def template(path: str | Path, lang: str = "zh") -> Path:
    """Write the roster template: an ``.xlsx`` that passes the check as it is.

    Every sheet has a header row in the reader's language and one in the other, comments that say what a
    column means, drop-down lists, codes formatted as text (so that leading zeros stay), and in the
    schools sheet a small fictional county to be written over.

    Parameters
    ----------
    path
        File to write; ``.xlsx`` is added when missing.
    lang
        ``zh`` or ``en``: language of sheet names, first header row, lists and notes.

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
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.Workbook()
    guide = book.active
    _guide(guide, lang)
    for sheet in SHEETS.values():
        _sheet(book.create_sheet(sheet.zh if lang == "zh" else sheet.en), sheet, lang)
    book.active = 1
    _save(book, target)
    return target


def _save(book: Any, target: Path) -> None:
    try:
        book.save(target)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise DataError(
            "DATA-UNWRITABLE", f"无法写入文件（{reason}）", f"the file cannot be written ({reason})", where=str(target),
            mend_zh="文件可能正在 Excel 中打开", mend_en="it may be open in Excel",
        ) from None  # fmt: skip


def _guide(sheet: Any, lang: str) -> None:
    zh = lang == "zh"
    sheet.title = "填表说明" if zh else "_guide"
    lines = (
        ("名册填写说明", "How to fill in the roster"),
        ("“学校”表每校（校区）一行；其余各表可以不填。表中是虚构的县，请直接覆盖。",
         "One row a school (campus) in the sheet schools; the other sheets may stay empty. The county shown is fictional: write over it."),
        ("蓝色列名必填；其余不知道时留空：空格将按参照分布抽取，并在结果中标明。",
         "Blue headers are required. Leave a cell empty when it is not known: it is drawn from a reference distribution and marked in the results."),
        ("不要合并单元格；编号列是文本格式，前导零不会丢失。", "Do not merge cells; code columns are text, so that leading zeros stay."),
        ("列名以下划线开头的列和“备注”列不读取。", "Columns whose header begins with an underscore, and notes, are not read."),
        ("学校名称只用于本机的对照表，结果中用“学校001”这样的代号。",
         "School names are used in a local key file only; results say School 001 and so on."),
    )  # fmt: skip
    styles = _excel()["styles"]
    for row, (chinese, english) in enumerate(lines, start=1):
        cell = sheet.cell(row, 1, chinese if zh else english)
        cell.alignment = styles.Alignment(wrap_text=True, vertical="top")
    sheet.cell(1, 1).font = styles.Font(bold=True, size=14)
    sheet.column_dimensions["A"].width = 90


def _sheet(sheet: Any, declared: RosterSheet, lang: str) -> None:
    tools = _excel()
    styles, comments = tools["styles"], tools["comments"]
    other = "en" if lang == "zh" else "zh"
    for position, column in enumerate(declared.columns.values(), start=1):
        letter = tools["utils"].get_column_letter(position)
        for row, language_of_row in ((1, lang), (2, other)):
            cell = sheet.cell(row, position, column.zh if language_of_row == "zh" else column.en)
            cell.font = styles.Font(bold=row == 1, color="FF000000" if row == 1 else "FF808080")
            cell.fill = styles.PatternFill("solid", start_color=_REQUIRED if column.required else _OPTIONAL)
            cell.alignment = styles.Alignment(wrap_text=True, vertical="center")
        note = comments.Comment(_meaning(column, lang), "edusim")
        note.width, note.height = 260, 110
        sheet.cell(1, position).comment = note
        sheet.column_dimensions[letter].width = 12 if column.kind in ("integer", "number", "share", "word") else 20
        if column.kind in ("code", "reference", "references", "text"):
            sheet.column_dimensions[letter].number_format = "@"
            for row in range(3, 3 + _text_rows(declared)):
                sheet.cell(row, position).number_format = "@"
        rule = _validation(column, lang, tools["datavalidation"])
        if rule is not None:
            rule.add(f"{letter}3:{letter}{_ROWS_WITH_LISTS}")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "C3"
    if declared.key == "schools":
        for row, school in enumerate(_SCHOOLS, start=3):
            for position, column in enumerate(declared.columns.values(), start=1):
                if column.key in school:
                    value = school[column.key]
                    sheet.cell(row, position).value = (
                        word_in(column.words, str(value), lang) if column.kind == "word" else value
                    )


def _text_rows(declared: RosterSheet) -> int:
    return 300 if declared.key in ("schools", "teachers") else 60


def _meaning(column: RosterColumn, lang: str) -> str:
    zh = lang == "zh"
    lines = [f"{column.zh}  {column.en}", (column.meaning_zh or column.zh) if zh else column.meaning_en]
    if column.unit:
        lines.append(("单位：" if zh else "unit: ") + column.unit)
    if column.words:
        lines.append(
            ("可填：" if zh else "one of: ") + " / ".join(word_in(column.words, c, lang) for c in WORDS[column.words])
        )
    if column.low is not None or column.high is not None:
        low = "" if column.low is None else f"{column.low:g}"
        high = "" if column.high is None else f"{column.high:g}"
        lines.append(("范围：" if zh else "range: ") + f"{low} - {high}")
    lines.append(("必填" if zh else "required") if column.required else ("可留空" if zh else "may be empty"))
    return "\n".join(lines)


def _validation(column: RosterColumn, lang: str, module: Any) -> Any:
    if column.words:
        words = ",".join(word_in(column.words, c, lang) for c in WORDS[column.words])
        rule = module.DataValidation(type="list", formula1=f'"{words}"', allow_blank=True)
    elif column.kind in ("integer", "number", "share") and column.low is not None and column.high is not None:
        rule = module.DataValidation(
            type="whole" if column.kind == "integer" else "decimal", operator="between",
            formula1=f"{column.low:g}", formula2=f"{column.high:g}", allow_blank=True,
        )  # fmt: skip
    else:
        return None
    rule.errorTitle = column.zh if lang == "zh" else column.en
    rule.error = _meaning(column, lang)[:250]
    rule.showErrorMessage = True
    return rule


def marked(path: str | Path, report: CheckReport, out: str | Path, lang: str = "zh") -> Path:
    """Write a copy of a checked workbook with every wrong cell coloured, commented and listed.

    Parameters
    ----------
    path
        The workbook that was checked.
    report
        What the check found.
    out
        File to write; the checked workbook itself is never changed.
    lang
        Language of comments and list.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    DataError
        When the source is no readable workbook, or the copy would replace it or cannot be written.
    """
    source, target = Path(path), Path(out)
    if target.resolve() == source.resolve():
        raise DataError(
            "DATA-UNWRITABLE", "不会改动被检查的文件", "the checked file is never changed", where=str(target),
            mend_zh="请给出另一个文件名", mend_en="name another file",
        )  # fmt: skip
    # Reading it first gives the usual messages for files that are missing, damaged or no workbooks.
    read(source)
    if source.suffix.lower() not in (".xlsx", ".xlsm"):
        raise DataError(
            "DATA-NOT-EXCEL", "只能标记 Excel 工作簿", "only an Excel workbook can be marked", where=source.name
        )
    openpyxl: Any = importlib.import_module("openpyxl")
    tools = _excel()
    styles, comments = tools["styles"], tools["comments"]
    book = openpyxl.load_workbook(source)
    title = "检查结果" if language(lang) == "zh" else "check result"
    while title in book.sheetnames:
        title = f"_{title}"
    found = book.create_sheet(title, 0)
    found.append(["位置 where", "问题 what", "代码 code"])
    for fault in report.errors:
        found.append([fault.where, fault.message(lang), fault.code])
        place = re.fullmatch(r"(.+)!([A-Z]{1,3}\d+)(?::[A-Z]{1,3}\d+)?", fault.where)
        if place is None or place.group(1) not in book.sheetnames:
            continue
        cell = book[place.group(1)][place.group(2)]
        cell.fill = styles.PatternFill("solid", start_color=_WRONG)
        earlier = f"{cell.comment.text}\n" if cell.comment is not None and cell.row > 2 else ""
        cell.comment = comments.Comment(earlier + fault.message(lang), "edusim")
    for letter, width in (("A", 24), ("B", 90), ("C", 26)):
        found.column_dimensions[letter].width = width
    book.active = 0
    _save(book, target)
    return target
