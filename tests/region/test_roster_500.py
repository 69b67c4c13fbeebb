"""A roster of 500 schools with a mistake of every kind: each found, placed, coloured, commented and listed; nothing else."""

from __future__ import annotations

import shutil
import sys
import time
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from edusim import cli
from edusim.errors import DataError, DataErrors
from edusim.region import roster
from edusim.region.roster_columns import SHEETS, code_of
from edusim.region.roster_marking import checked_path, findings, is_ours, marked
from edusim.region.roster_relations import GRADES_OF
from edusim.region.roster_report import CheckReport, how_filled
from edusim.region.roster_sheets import FILLS, SIGNS
from edusim.region.roster_template import GROUP_IDS, SCHOOL_IDS, template

sys.path.insert(0, str(Path(__file__).parent))
import roster_mistakes as planted
from roster_mistakes import COLUMNS, FIRST, MISTAKES, TITLES

SHEET_OF = {"zh": ("检查结果", "将要抽取的数据"), "en": ("check result", "what will be drawn")}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return planted.write(tmp_path_factory.mktemp("county") / "roster.xlsx")


@pytest.fixture(scope="module")
def report(county: Path) -> CheckReport:
    return roster.check(county)


@pytest.fixture(scope="module")
def copies(county: Path, report: CheckReport) -> dict[str, Any]:
    before = county.read_bytes()
    made = {}
    for lang in ("zh", "en"):
        out = marked(county, report, county.with_name(f"{lang}.xlsx"), lang)
        made[lang] = openpyxl.load_workbook(out)
    assert county.read_bytes() == before
    return made


def test_the_kinds_of_mistake_are_many_and_different() -> None:
    assert len(MISTAKES) >= 30 and len({m.what for m in MISTAKES}) == len(MISTAKES)
    assert len({m.code for m in MISTAKES}) >= 25 and {m.level for m in MISTAKES} == {"errors", "warnings", "normalised"}


def test_every_planted_mistake_is_found_at_its_cell_and_level_and_nothing_else(report: CheckReport) -> None:
    found = Counter((level, i.code, i.where) for level in ("errors", "warnings", "normalised") for i in getattr(report, level))
    assert found == Counter((m.level, m.code, m.where) for m in MISTAKES)


@pytest.mark.slow
@pytest.mark.parametrize("mistake", MISTAKES, ids=[m.what for m in MISTAKES])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_mistake_is_coloured_commented_listed_and_given_its_nearest_value(
    copies: dict[str, Any], mistake: planted.Mistake, lang: str
) -> None:
    book = copies[lang]
    title, _, place = mistake.where.partition("!")
    cell = book[title][place.partition(":")[0]]
    assert cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb == FILLS[mistake.level]
    assert cell.border.left.style == {"errors": "medium", "warnings": "mediumDashed", "normalised": "hair"}[mistake.level]
    sign = SIGNS[mistake.level]
    assert f"{sign} " in cell.comment.text and f"[{mistake.code}]" in cell.comment.text
    rows = [
        [c.value for c in row] + [row[3].hyperlink.location]
        for row in book[SHEET_OF[lang][0]].iter_rows(min_row=8)
        if row[1].value == mistake.code and row[2].value == title and row[3].value == place
    ]
    assert len(rows) == 1
    level, _, _, _, number, column, what, mend, near, link = rows[0]
    assert level.startswith(sign) and what and mend and number == cell.row
    assert link == f"'{title}'!{place.partition(':')[0]}"
    if mistake.key and not mistake.told_at:
        assert column.startswith(SHEETS[mistake.kind].columns[mistake.key].zh)  # the head as it stands in the file
    assert (near or "") == mistake.near[0 if lang == "zh" else 1]
    assert any("一" <= c <= "鿿" for c in what) if lang == "zh" else what.isascii() or "“" not in what
    if mistake.read_as is not None:
        assert cell.value == mistake.read_as, "the copy shows what was read"


@pytest.mark.slow
def test_no_other_cell_is_marked(copies: dict[str, Any]) -> None:
    wrong = {(m.where.partition("!")[0], m.where.partition("!")[2].partition(":")[0]) for m in MISTAKES}
    wrong.add(("学校", "AV104"))  # the second of the merged cells
    colours = {FILLS[level] for level in ("errors", "warnings", "normalised")}
    for title in TITLES.values():
        for row in copies["zh"][title].iter_rows():
            for cell in row:
                if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in colours:
                    assert (title, cell.coordinate) in wrong


def expected_empty(county: Path) -> dict[tuple[str, str], set[str]]:
    """Reckon from the file alone which cells are empty and will be filled."""
    book = openpyxl.load_workbook(county)
    found: dict[tuple[str, str], set[str]] = {}

    def add(kind: str, key: str, number: int) -> None:
        at = COLUMNS[kind].index(key) + 1
        cell = book[TITLES[kind]].cell(number, at)
        if cell.value is None:
            found.setdefault((kind, key), set()).add(cell.coordinate)

    listed = {f"0330{i:03d}" for i in planted.TEACHERS_OF}
    for i, row in enumerate(book["学校"].iter_rows(min_row=FIRST, max_row=FIRST + planted.N - 1, values_only=True)):
        given = dict(zip(COLUMNS["schools"], row, strict=False))
        stage = code_of("stage", str(given["stage"]))
        for g in GRADES_OF.get(stage or "", ()):
            add("schools", f"pupils_g{g + 1}", FIRST + i)
        for key in ("private", "boarding", "allowance_class", "seats", "buildings_m2", "sports_m2", "equipment_yuan", "rooms",
                    "operating_yuan_pupil", "x_km", "y_km"):  # fmt: skip
            add("schools", key, FIRST + i)
        if str(given["id"]) not in listed:
            for key in ("teachers", "teachers_above_degree", "teachers_backbone", "teachers_pe_art_music", "teachers_senior"):
                add("schools", key, FIRST + i)
        if stage in ("junior", "nine_year"):
            for key in ("z_score", "quota_places", "quota_floor_gap", "quota_unfilled_share"):
                add("schools", key, FIRST + i)
    for number in range(FIRST, FIRST + len(planted.county()["teachers"])):
        for key in ("subject", "age", "experience", "title", "backbone", "substitute", "pay_yuan_year", "years_at_post"):
            add("teachers", key, number)
    return found


@pytest.mark.slow
def test_empty_cells_are_shown_as_drawn_and_counted_not_called_wrong(
    county: Path, report: CheckReport, copies: dict[str, Any]
) -> None:
    expected = expected_empty(county)
    assert {(e.kind, e.key): e.count for e in report.empty} == {k: len(v) for k, v in expected.items()}
    hatched = {
        (title, cell.coordinate)
        for title in TITLES.values() for row in copies["zh"][title].iter_rows() for cell in row
        if cell.fill.fill_type == "lightUp"
    }  # fmt: skip
    warned = {tuple(m.where.split("!")) for m in MISTAKES}
    assert hatched == {(TITLES[kind], place) for (kind, _), cells in expected.items() for place in cells} - warned
    for lang, (result, drawn) in SHEET_OF.items():
        rows = list(copies[lang][drawn].iter_rows(min_row=6, values_only=True))
        counted = {(r[0], r[1]): r[2] for r in rows}
        names = {(TITLES[k], SHEETS[k].columns[c].zh if lang == "zh" else c): len(v) for (k, c), v in expected.items()}
        assert counted == names and all(r[7] for r in rows)
        total = copies[lang][result]["B6"].value
        assert total == sum(map(len, expected.values())) and copies[lang][result]["A6"].value.startswith("○")
        assert [copies[lang][result][f"B{r}"].value for r in (3, 4, 5)] == [
            sum(m.level == level for m in MISTAKES) for level in ("errors", "warnings", "normalised")
        ]
    head = copies["zh"]["学校"].cell(1, COLUMNS["schools"].index("sports_m2") + 1)
    assert "○" in head.comment.text and "体育运动场馆面积" in head.comment.text, "the head's own comment is kept"


@pytest.mark.slow
def test_lists_formats_and_hidden_names_are_kept(copies: dict[str, Any]) -> None:
    book = copies["zh"]
    assert {SCHOOL_IDS, GROUP_IDS} <= set(book.defined_names)
    assert len(book["学校"].data_validations.dataValidation) > 30
    assert book["学校"].freeze_panes == "C3" and book["学校"]["A5"].number_format == "@"
    assert book.sheetnames[:2] == list(SHEET_OF["zh"]) and book["检查结果"].auto_filter.ref.startswith("A7:I")
    comment = book["学校"]["A15"].comment.text
    assert "330012" in comment and book["学校"]["A15"].value == "0330012" and book["学校"]["A15"].number_format == "@"


@pytest.mark.slow
def test_the_good_county_has_no_finding_at_all(tmp_path: Path) -> None:
    found = roster.check(planted.write(tmp_path / "good.xlsx", ()))
    assert found.ok and not found.warnings and not found.normalised, found.text("en")
    assert sum(found.imputed.values()) > 0


@pytest.mark.slow
def test_mending_every_cell_as_told_leaves_nothing_wrong(county: Path, report: CheckReport, tmp_path: Path) -> None:
    """The checked copy is what people go on working in: mended there and checked again, its marks are gone."""
    first = checked_path(shutil.copy(county, tmp_path / "roster.xlsx"))
    marked(tmp_path / "roster.xlsx", report, first)
    assert first.name == "roster.checked.xlsx" and is_ours(first)
    book = openpyxl.load_workbook(first)
    right = planted.county()
    for m in MISTAKES:
        sheet = book[TITLES[m.kind]]
        if m.row == -2:
            sheet[m.cell].value = None
        elif m.code == "DATA-MERGED":
            sheet.unmerge_cells(m.told_at)
        elif m.level != "normalised":
            value = right[m.kind][m.row].get(m.key)
            words = SHEETS[m.kind].columns[m.key].words
            sheet[m.cell].value = planted.word_in(words, value, "zh") if words and value else value
    book.properties.lastModifiedBy = "县教育局"
    book.save(first)
    again = roster.check(first)
    assert again.ok and not again.warnings and not again.normalised, again.text("zh")
    assert not is_ours(first) and checked_path(tmp_path / "roster.xlsx").name == "roster.checked2.xlsx"
    second = marked(first, again, checked_path(first), "en")
    assert second.name == "roster.checked2.xlsx"
    book = openpyxl.load_workbook(second)
    assert book.sheetnames[:2] == list(SHEET_OF["en"]) and "检查结果" not in book.sheetnames
    for title in TITLES.values():
        for row in book[title].iter_rows():
            for cell in row:
                assert cell.fill.fgColor.rgb not in (FILLS["errors"], FILLS["warnings"], FILLS["normalised"])
                assert cell.comment is None or "DATA-" not in cell.comment.text
    assert book["check result"]["G1"].value.startswith("✓")
    with pytest.raises(DataError):
        marked(tmp_path / "roster.xlsx", report, first)  # somebody's work is in it


def test_errors_survive_being_handed_between_processes(report: CheckReport) -> None:
    import pickle

    again = pickle.loads(pickle.dumps(DataErrors(report.errors))).errors
    assert [(e.message("zh"), e.as_dict()) for e in again] == [(e.message("zh"), e.as_dict()) for e in report.errors]
    assert all({"column", "near_zh", "near_en"} <= e.as_dict().keys() for e in again if e.code != "DATA-MERGED")


@pytest.mark.slow
def test_checking_and_marking_500_schools_is_quick(county: Path, report: CheckReport, tmp_path: Path) -> None:
    start = time.process_time()
    roster.check(county)
    assert time.process_time() - start < 1.5  # about 0.3 s alone on a machine
    start = time.process_time()
    marked(county, report, tmp_path / "x.xlsx")
    assert time.process_time() - start < 4  # about 0.6 s


# ---- codes ---------------------------------------------------------------------------------------------


def ids(folder: Path, codes: list[Any], *, as_text: bool = False) -> CheckReport:
    if as_text:
        rows = "".join(f"{c},九年一贯制,城区\n" for c in codes)
        (folder / "schools.csv").write_text(f"学校编号,学段,城乡类型\n{rows}", encoding="utf-8")
        return roster.check(folder / "schools.csv")
    book = openpyxl.Workbook()
    book.active.title = "学校"
    for row in (["学校编号", "学段", "城乡类型"], *([c, "九年一贯制", "城区"] for c in codes)):
        book.active.append(row)
    book.save(folder / "r.xlsx")
    return roster.check(folder / "r.xlsx")


def told(report: CheckReport) -> list[tuple[str, str]]:
    return [(i.code, i.where.rpartition("!")[2]) for i in (*report.errors, *report.warnings, *report.normalised)]


def test_lost_zeros_are_given_back_where_there_is_no_doubt_and_asked_about_where_there_is(tmp_path: Path) -> None:
    lost, unclear = "DATA-LEADING-ZERO", "DATA-ZEROS-UNCLEAR"
    assert told(ids(tmp_path, ["0101", "0102", 103, 104.0, "105"])) == [(lost, "A4"), (lost, "A5"), (lost, "A6")]
    assert told(ids(tmp_path, ["0101", "0102", 103, 103])) == [("DATA-DUPLICATE-ID", "A5"), (lost, "A4"), (lost, "A5")]
    found = ids(tmp_path, ["0101", "0102", 101])
    assert told(found) == [(unclear, "A4")]
    assert "0101" in found.errors[0].zh and "学校!A2" in found.errors[0].zh and "or 101?" in found.errors[0].en
    assert told(ids(tmp_path, ["0101", "0102", "33010", 103])) == [(unclear, "A5")], "others differ in length"
    assert told(ids(tmp_path, ["0101", "0102", "33010", "103"])) == [], "typed as text, it is meant"
    assert told(ids(tmp_path, [101, 102, 1103])) == [], "nothing tells that zeros were there"
    assert [c for c, _ in told(ids(tmp_path, ["0101", "0102", "103"], as_text=True))] == [lost]


def test_long_codes_kept_as_numbers_are_refused_and_odd_lengths_pointed_at(tmp_path: Path) -> None:
    for lost in (1.23457e17, 123456789012345678, "1.23457E+11", "１.2E+17"):
        assert told(ids(tmp_path, ["a", lost])) == [("DATA-DIGITS-LOST", "A3")], lost
    assert told(ids(tmp_path, ["a", 123456789012345, "1E5", "3e5b"])) == []
    long = [f"33{i:08d}" for i in range(30)]
    assert told(ids(tmp_path, [*long, "33000009"])) == [("DATA-CODE-LENGTH", "A32")]
    assert told(ids(tmp_path, [*long[:5], "33000009"])) == [], "too few to tell"


def test_places_in_degrees_and_half_places_are_pointed_at(tmp_path: Path) -> None:
    head = "id,stage,zone,x_km,y_km\n"
    rows = [f"s{i},nine_year,town,{119.8 + i / 100},{29.4 + i / 100}\n" for i in range(4)]
    (tmp_path / "schools.csv").write_text(head + "".join(rows), encoding="utf-8")
    assert [w.code for w in roster.check(tmp_path / "schools.csv").warnings] == ["DATA-DEGREES"]
    (tmp_path / "schools.csv").write_text(head + "a,nine_year,town,3,\nb,nine_year,town,,oops\n", encoding="utf-8")
    found = roster.check(tmp_path / "schools.csv")
    assert [(w.code, w.where) for w in found.warnings] == [("DATA-HALF-PLACE", "schools.csv:2:4")]
    assert {(e.key, e.count, e.places) for e in found.empty if e.key in ("x_km", "y_km")} == {("x_km", 1, "D3"), ("y_km", 1, "E2")}


def test_a_school_far_off_is_told_in_a_small_county_and_yuan_from_ten_thousands(tmp_path: Path) -> None:
    rows = ["id,stage,zone,pupils,equipment_yuan,x_km,y_km"]
    for i in range(8):
        zone, worth, place = "市区" if i < 3 else "rural", 430 if i == 5 else 900000, "117.28,31.86" if i == 4 else f"{i},2"
        rows.append(f"s{i},nine_year,{zone},400,{worth},{place}")
    (tmp_path / "schools.csv").write_text("\n".join(rows), encoding="utf-8")
    found = roster.check(tmp_path / "schools.csv")
    assert not found.errors
    assert [(one.code, one.where) for one in found.warnings] == [("DATA-TEN-THOUSAND", "schools.csv:7:5"), ("DATA-FAR", "schools.csv:6:6")]


def test_one_mistake_is_told_once(tmp_path: Path) -> None:
    """A refused role, core or school has consequences elsewhere: they are not told as further mistakes."""
    text = "id,stage,zone,group,group_role,teachers\na,nine_year,town,East,chief,2\nb,nine_year,town,East,member,\n"
    (tmp_path / "schools.csv").write_text(text, encoding="utf-8")
    assert [e.code for e in roster.check(tmp_path).errors] == ["DATA-WORD"]
    (tmp_path / "schools.csv").write_text(text.replace("chief", "member"), encoding="utf-8")
    (tmp_path / "groups.csv").write_text("id,core\nEast,aa\n", encoding="utf-8")
    (tmp_path / "teachers.csv").write_text("id,school\n1,a\n2,aaa\n", encoding="utf-8")
    assert [e.code for e in roster.check(tmp_path).errors] == ["DATA-UNKNOWN-SCHOOL"] * 2


def test_a_table_with_heads_of_its_own_and_a_folder_are_marked_too(tmp_path: Path) -> None:
    folder = tmp_path / "县"
    folder.mkdir()
    (folder / "schools.csv").write_text("编码,类,地,人数\n1,小学,城区,90\n2,初中,城区,约80\n", encoding="utf-8")
    mapping = {"schools": {"columns": {"编码": "id", "类": "stage", "地": "zone", "人数": "pupils"}}}
    found = roster.check(folder, mapping)
    target = checked_path(folder)
    assert target == folder / "县.checked.xlsx"
    book = openpyxl.load_workbook(marked(folder, found, target))
    assert book["schools"]["D3"].fill.fgColor.rgb == FILLS["errors"] and "80" in book["schools"]["D3"].comment.text
    assert [c.value for c in book["检查结果"][8]][3:6] == ["D3", 3, "人数"]


# ---- template ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("templates")
    return {lang: folder / f"模板-{lang}.xlsx" for lang in ("zh", "en")}


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_an_untouched_template_is_told_kindly_that_no_school_is_in_it(templates: dict[str, Path], lang: str) -> None:
    path = template(templates[lang].with_suffix(""), lang)
    assert path == templates[lang]
    found = roster.check(path)
    assert [e.code for e in found.errors] == ["DATA-EMPTY-SHEET"] and not found.warnings and not found.normalised
    assert ("还没有学校" in found.text("zh")) and ("no school yet" in found.text("en"))
    book = openpyxl.load_workbook(path)
    for kind, sheet in SHEETS.items():
        made = book[sheet.zh if lang == "zh" else sheet.en]
        assert made.max_row < 400 and all(c.value is None for row in made.iter_rows(min_row=3) for c in row)
        assert made.freeze_panes == "C3" and made["A3"].number_format == "@" and made.print_title_rows == "$1:$2"
        rules = {str(r.sqref).partition("3")[0]: r for r in made.data_validations.dataValidation}
        for position, column in enumerate(sheet.columns.values(), start=1):
            said = made.cell(1, position).comment.text
            assert column.zh in said and (column.required or how_filled(kind, column.key, lang) in said)
            assert made.column_dimensions[made.cell(1, position).column_letter].width >= 10
            rule = rules.get(made.cell(1, position).column_letter)
            assert (rule is not None) == (column.kind not in ("code", "text", "references") or column.key in ("group", "member_group"))
            if rule is not None and rule.type == "list":
                assert len(rule.formula1) <= 255 and rule.showInputMessage and len(rule.prompt) <= 255
                assert (rule.formula1 == SCHOOL_IDS) == (column.kind == "reference")
    names = dict(book.defined_names)
    assert (("'学校'!" if lang == "zh" else "'schools'!") in names[SCHOOL_IDS].attr_text) and "COUNTA" in names[SCHOOL_IDS].attr_text


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_example_is_read_by_nobody_and_can_be_tried(tmp_path: Path, lang: str) -> None:
    path = template(tmp_path / "e.xlsx", lang, example=True)
    found = roster.check(path)
    assert found.ok and not found.normalised and not found.warnings and found.rows == {"schools": 8}
    shown = openpyxl.load_workbook(path)["示例" if lang == "zh" else "example"]
    assert "青溪" in str([c.value for c in shown["B"]])
    region = roster.from_roster(path)
    assert region.n_schools == 8


# ---- other files ---------------------------------------------------------------------------------------


def small(folder: Path, name: str = "r.xlsx") -> Any:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "学校"
    for row in (["学校编号", "学段", "城乡类型", "在校学生数", "学位数"], ["a1", "九年一贯制", "城区", -4, 900], ["a2", "小学", "镇区", "=200+5", "１２０"]):
        sheet.append(row)
    return book, sheet, folder / name


def test_what_a_workbook_holds_besides_is_kept_or_said(tmp_path: Path) -> None:
    from openpyxl.chart import BarChart
    from openpyxl.comments import Comment

    book, sheet, path = small(tmp_path)
    sheet["D2"].comment = Comment("教务处：待核", "王")
    sheet.protection.sheet = True
    sheet.sheet_state = "hidden"
    sheet.row_dimensions[2].hidden = True
    other = book.create_sheet("附表")
    other["A1"] = 1
    other.add_chart(BarChart(), "C3")
    book.save(path)
    found = roster.check(path)
    out = marked(path, found, tmp_path / "out.xlsx", "zh")
    made = openpyxl.load_workbook(out)
    said = "\n".join(str(c.value) for c in made["检查结果"]["A"])
    assert "图表" in said and "公式已保留" in said and "原为隐藏" in said
    assert made["学校"]["D2"].comment.text.startswith("教务处：待核\n✗ ") and made["学校"].protection.sheet
    assert made["学校"].sheet_state == "visible" and not made["学校"].row_dimensions[2].hidden
    assert made["学校"]["D3"].value == "=200+5" and made["学校"]["E3"].value == 120
    assert [f.code for f in findings(found, "zh") if f.level == "errors"] == ["DATA-FORMULA", "DATA-RANGE"]


def test_macros_are_kept(tmp_path: Path) -> None:
    book, _, path = small(tmp_path)
    book.save(path)
    with_macros = tmp_path / "m.xlsm"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(with_macros, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "[Content_Types].xml":
                data = data.replace(kind, b"application/vnd.ms-excel.sheet.macroEnabled.main+xml").replace(
                    b"<Default", b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/><Default', 1
                )
            new.writestr(name, data)
        new.writestr("xl/vbaProject.bin", b"macros")
    target = checked_path(with_macros)
    assert target.name == "m.checked.xlsm"
    marked(with_macros, roster.check(with_macros), target)
    with zipfile.ZipFile(target) as made:
        assert made.read("xl/vbaProject.bin") == b"macros"
    with pytest.raises(DataError):
        marked(with_macros, roster.check(with_macros), tmp_path / "m.xlsx")


def test_a_csv_comes_back_as_a_workbook_with_its_text_and_marks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDUSIM_LANG", "zh")
    (tmp_path / "schools.csv").write_text(
        "学校编号,学校名称,学段,城乡类型,在校学生数\n001,=甲,九年一贯制,城区,-3\n2,乙,小雪,城区,８０\n", encoding="gb18030"
    )
    (tmp_path / "teachers.csv").write_text("id,school,age\nt1,001,999\n", encoding="utf-8")
    assert cli.main(["check", str(tmp_path / "schools.csv"), "--json"]) == 3
    import json

    told = json.loads(capsys.readouterr().out)
    path = tmp_path / "schools.checked.xlsx"
    assert told["file"] == str(path) and told["errors"][0]["near_zh"]
    assert any(e["key"] == "age" or e["key"] == "seats" for e in told["empty"])
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["检查结果", "将要抽取的数据", "schools", "teachers"]
    sheet = book["schools"]
    assert sheet["A2"].value == "001" and sheet["B2"].value == "=甲" and sheet["B2"].data_type == "s"
    assert sheet["E2"].value == -3 and sheet["E2"].fill.fgColor.rgb == FILLS["errors"]
    assert sheet["A3"].value == "002" and sheet["E3"].value == 80 and "小学" in sheet["C3"].comment.text
    assert book["teachers"]["C2"].fill.fgColor.rgb == FILLS["errors"]
    assert cli.main(["check", str(tmp_path / "schools.csv"), "-n"]) == 3 and len(list(tmp_path.iterdir())) == 3
    capsys.readouterr()


def test_the_command_names_its_file_and_never_replaces_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book, _, path = small(tmp_path)
    book.save(path)
    before = path.read_bytes()
    assert cli.main(["check", str(path), "--lang", "zh"]) == 3
    assert "r.checked.xlsx" in capsys.readouterr().out
    assert cli.main(["check", str(path), "--out", str(path)]) == 1
    assert "RUN-EXISTS" in capsys.readouterr().err and path.read_bytes() == before
    assert cli.main(["check", str(path), "--out", str(tmp_path / "here.xlsx")]) == 3
    assert cli.main(["check", str(path), "--out", str(tmp_path / "here.xlsx")]) == 3  # its own former output
    assert cli.main(["check", str(path), "--out", str(tmp_path / "none" / "here.xlsx")]) == 1
    assert cli.main(["check", str(path), "--out", str(tmp_path / "here.csv")]) == 3
    assert "DATA-UNWRITABLE" in capsys.readouterr().err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["here.xlsx", "r.checked.xlsx", "r.xlsx"]


def test_a_workbook_too_large_to_copy_is_checked_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book, sheet, path = small(tmp_path)
    sheet.merge_cells("G1:H9")
    book.save(path)
    monkeypatch.setattr("edusim.region.roster_marking.MAX_MERGED_CELLS", 17)
    assert cli.main(["check", str(path), "--lang", "zh"]) == 3
    told = capsys.readouterr()
    assert "DATA-MERGED" in told.out and "DATA-ENORMOUS" in told.err and list(tmp_path.iterdir()) == [path]
    monkeypatch.setattr("edusim.region.roster_marking.MAX_COPIED_BYTES", 17)
    with pytest.raises(DataError) as caught:
        marked(path, roster.check(path), tmp_path / "out.xlsx")
    assert caught.value.code == "DATA-ENORMOUS"


@pytest.mark.slow
def test_a_very_large_and_wide_roster_is_marked_in_a_moment(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("学校")
    sheet.append(["学校编号", "学段", "城乡类型", "在校学生数"] + [f"_备{i}" for i in range(196)])
    for i in range(500):
        sheet.append([f"{i:05d}", "九年一贯制", "镇区", "约90" if i % 50 == 0 else 90] + [i] * 196)
    book.save(tmp_path / "wide.xlsx")
    start = time.process_time()
    found = roster.check(tmp_path / "wide.xlsx")
    assert len(found.errors) == 10
    marked(tmp_path / "wide.xlsx", found, tmp_path / "out.xlsx")
    assert time.process_time() - start < 30


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_office_opens_template_and_checked_copy(
    tmp_path: Path, county: Path, report: CheckReport, lang: str
) -> None:
    import office

    office.require_office()
    pdf = office.to_pdf(template(tmp_path / "template.xlsx", lang), tmp_path)
    words = office.squeezed("".join(office.words_of(pdf)))
    for column in SHEETS["schools"].columns.values():
        assert office.squeezed(column.zh) in words and office.squeezed(column.en.replace("_", " ")) in words
    copy = marked(county, report, tmp_path / "checked.xlsx", lang)
    words = office.squeezed("".join(office.words_of(office.to_pdf(copy, tmp_path))))
    for mistake in MISTAKES:
        assert mistake.code in words
    # A list that grows: what the name stands for is counted by the office itself.
    book = openpyxl.load_workbook(copy)
    book[TITLES["groups"]]["K1"] = f"=COUNTA({SCHOOL_IDS})"
    book[TITLES["groups"]]["L1"] = f"=INDEX({SCHOOL_IDS},500)"
    book.save(tmp_path / "counted.xlsx")
    back = office.convert(tmp_path / "counted.xlsx", tmp_path / "back", "xlsx")
    values = openpyxl.load_workbook(back, data_only=True)[TITLES["groups"]]
    assert (values["K1"].value, values["L1"].value) == (planted.N, "0330499")
