"""The Excel workbook: real tables, live formulas that give the values held, text that stays text, the same bytes twice."""

from __future__ import annotations

import math
import re
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake
import numpy as np
import openpyxl
import pandas as pd
import pytest

import office
from edusim.errors import RunError
from edusim.measures.official import CV_LIMITS, INDICATORS, LIMITS
from edusim.report.county.annex import annex, nine_year_limit
from edusim.report.county.facts import Facts
from edusim.report.document import workbook, workbook_tables
from edusim.report.document.blocks import (
    Bullets,
    Callout,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Plot,
    Table,
)
from edusim.report.document.workbook import write
from edusim.report.document.workbook_cells import number_format, sheet_title
from edusim.report.document.workbook_tables import table_name
from edusim.report.figures import trajectories
from edusim.report.style import Words
from edusim.report.summaries import Interval

YEARS = range(2025, 2029)
POLICIES = ("status_quo", "fusion")
UNSAFE = ("=1+1", "+cmd|' /C calc'!A0", "-5", "@SUM(A1)", "#N/A", "=HYPERLINK(\"http://x\")", "a\x07b", "x" * 40_000)


def table(lang: str = "en") -> Table:
    """A table with every kind of column; its verdict is a formula."""
    words = [Words(lang, {}).label("verdict", key) for key in ("meets", "fails", "open")]
    judged = 'IF({{cv.high}}<={{limit}},"{}",IF({{cv.low}}>{{limit}},"{}","{}"))'.format(*words)
    rows = (
        ("A", Cell(Interval(0.40, 0.35, 0.45, 20), "meets"), Cell(0.5, formula="limit_x"), Cell(words[0], "meets"), 0.25,
         Interval(0.9, 0.7, 1.0, 20), 0.031, 1234.5),
        ("", Cell(Interval(0.60, 0.55, 0.65, 20), "fails"), Cell(0.5, formula="limit_x"), Cell(words[1], "fails"), 0.5,
         None, -0.02, None),
        ("B", Cell(Interval(0.50, 0.45, 0.55, 20), "open"), Cell(0.5, formula="limit_x"), Cell(words[2], "open"), 1.0,
         Interval(0.5, math.nan, math.nan, 1), 0.0, -3.0),
    )  # fmt: skip
    columns = (
        Column("who", "Who"), Column("cv", "CV", kind="interval", digits=3), Column("limit", "Limit", kind="number"),
        Column("verdict", "Verdict", formula=judged), Column("share", "Share", kind="percent", digits=1),
        Column("kept", "Kept", kind="percent_interval", digits=0), Column("points", "Points", "points", "percent", 1, signed=True),
        Column("yuan", "Money", "10k yuan", "number", 0),
    )  # fmt: skip
    return Table("cv1", "Coefficients", columns, rows, note="How to read it.")


def limits() -> Table:
    columns = (Column("what", "What"), Column("value", "Limit", kind="number"), Column("name", "Name"))
    rows = (("CV", 0.5, "limit_x"), ("Twice", Cell(1.0, formula="2*limit_x"), "limit_y"))
    return Table("limits_x", "Limits", columns, rows, named="value", only_workbook=True)


def document(lang: str = "en", *more: Any) -> Document:
    long = Table("long", "A long one: with a caption [that] is longer than a name of a sheet may be", (Column("n", "N", kind="number", digits=0),
                 Column("twice", "Twice", kind="number", digits=0, formula="2*{n}")), tuple((n, 2 * n) for n in range(60)))  # fmt: skip
    unsafe = Table("unsafe", "Text", (Column("t", "=Head [x]"), Column("u", "=head (x)")), tuple((one, 1) for one in UNSAFE))
    drawn = Picture("gap", "Gap", "Four lines that fall.", lambda: trajectories(fake.measures(), lang=lang, for_report=True))
    blocks = (
        Heading("One page"), Paragraph("The **leading** sentence.", "lead"), Table("first", "First", (Column("a", "A"),), (("x",), ("y",))),
        Callout("Do", ("One **thing**.", "Another."), "do"), Callout("Do not", ("That.",), "dont"), PageBreak(),
        Heading("Indicators/limits: all?"), Paragraph("Text."), table(lang), drawn, Heading("Text"), Heading("Part", 2),
        Bullets(("one", "two"), ordered=True), unsafe, long, limits(), *more,
    )  # fmt: skip
    return Document("Report", "Of a county", lang, blocks, ("No forecast & no proof", "See limits"), {"Seed": "7", "=Hash": "=abc"})


def opened(path: Path, **how: Any) -> Any:
    return openpyxl.load_workbook(path, **how)


def tables_of(book: Any) -> dict[str, tuple[Any, Any]]:
    return {name: (sheet, sheet.tables[name]) for sheet in book for name in sheet.tables}


def body(sheet: Any, ref: str) -> list[list[Any]]:
    return [list(row) for row in sheet[ref]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(document(), tmp_path_factory.mktemp("book") / "a.xlsx")


def test_the_same_document_gives_the_same_bytes_without_a_clock(made: Path, tmp_path: Path) -> None:
    again = write(document(), tmp_path / "deep" / "b.xlsx")
    assert again.read_bytes() == made.read_bytes()
    with zipfile.ZipFile(made) as packed:
        assert {entry.date_time[0] for entry in packed.infolist()} == {2025}
        assert b"2025-09-01T00:00:00Z</dcterms:modified>" in packed.read("docProps/core.xml")


def test_sheets_stand_in_order_with_names_that_excel_takes(made: Path) -> None:
    names = opened(made).sheetnames
    assert names[:2] == ["One page", "Contents"] and names[-1] == "Figures"
    assert names[2] == "2 Indicators limits all"
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)
    assert any(name.startswith("Table 4 A long one") for name in names)


def test_tables_are_real_tables_with_filters_and_names_of_their_keys(made: Path) -> None:
    book = opened(made)
    found = tables_of(book)
    assert set(found) == {"t_cv1", "limits_x", "long", "unsafe", "first"}  # CV1 is the name of a cell
    for name, (sheet, one) in found.items():
        heads = [cell.value for cell in sheet[one.ref][0]]
        assert heads == [column.name for column in one.tableColumns], name
        assert len({head.casefold() for head in heads}) == len(heads)
        assert one.autoFilter.ref == one.ref and one.tableStyleInfo.showRowStripes
    sheet = found["long"][0]
    assert sheet.freeze_panes == "A5" and sheet.print_title_rows == "$4:$4"


def test_numbers_are_numbers_with_formats_and_intervals_take_three_columns(made: Path) -> None:
    sheet, one = tables_of(opened(made))["t_cv1"]
    heads, first, second, third = body(sheet, one.ref)
    assert [cell.value for cell in heads] == [
        "Who", "CV, mean", "CV, 95% low", "CV, 95% high", "Limit", "Verdict", "Share (%)", "Kept (%)", "Kept, 95% low (%)",
        "Kept, 95% high (%)", "Points (points)", "Money (10k yuan)",
    ]  # fmt: skip
    assert [cell.value for cell in first[1:4]] == [0.40, 0.35, 0.45]
    assert first[6].value == 0.25 and first[6].number_format == '0.0%;"−"0.0%;0.0%'
    assert first[10].value == pytest.approx(3.1) and first[10].number_format == '+#,##0.0;"−"#,##0.0;#,##0.0'
    assert first[11].value == 1234.5 and first[11].number_format == '#,##0;"−"#,##0;#,##0'
    assert [cell.value for cell in second[7:10]] == [None, None, None] and second[11].value is None
    assert [cell.value for cell in third[7:10]] == [0.5, None, None]
    assert second[0].value == "A"  # the group is named in every row


def test_verdicts_are_formulas_over_named_cells_and_hold_their_values(made: Path) -> None:
    book, held = opened(made), opened(made, data_only=True)
    sheet, one = tables_of(book)["t_cv1"]
    rows, values = body(sheet, one.ref)[1:], body(held[sheet.title], one.ref)[1:]
    assert rows[0][4].value == "=limit_x" and [row[4].value for row in values] == [0.5] * 3
    assert rows[0][5].value.startswith('=IF(t_cv1[[#This Row],[CV, 95% high]]<=t_cv1[[#This Row],[Limit]],"meets"')
    assert [row[5].value for row in values] == ["meets", "fails", "open"]
    assert one.tableColumns[5].calculatedColumnFormula.attr_text == rows[0][5].value[1:]
    assert book.calculation.fullCalcOnLoad
    where = book.defined_names["limit_x"].attr_text
    name, place = where.replace("'", "").replace("$", "").split("!")
    assert book[name][place].value == 0.5 and book[name][place].fill.start_color.rgb == "FFFFF9DB"
    twice = book.defined_names["limit_y"].attr_text.replace("'", "").replace("$", "").split("!")
    assert book[twice[0]][twice[1]].value == "=2*limit_x" and held[twice[0]][twice[1]].value == 1.0


def test_tones_are_rules_over_words_and_follow_the_verdict(made: Path) -> None:
    sheet, one = tables_of(opened(made))["t_cv1"]
    rules = [(str(where.sqref), rule) for where in sheet.conditional_formatting for rule in where.rules]
    words = {rule.formula[0] for _, rule in rules if rule.type == "cellIs"}
    assert words == {'"meets"', '"fails"', '"open"'}
    first = body(sheet, one.ref)[1]
    assert {where[0] for where, rule in rules if rule.type == "expression"} == {first[1].column_letter}
    assert first[1].fill.fill_type is None  # a rule colours it, so that it follows a changed limit


def test_a_tone_without_a_verdict_is_a_colour_and_a_sign(tmp_path: Path) -> None:
    columns = (Column("a", "A"), Column("gap", "Gap", kind="interval", signed=True))
    one = Table("t", "T", columns, (("x", Cell(Interval(0.1, 0.05, 0.15, 9), "gain")), ("y", Cell(Interval(-0.1, -0.2, 0.0, 9), "loss"))))
    path = write(Document("D", "", "en", (Heading("H"), one)), tmp_path / "a.xlsx")
    sheet, found = tables_of(opened(path))["t"]
    rows = body(sheet, found.ref)[1:]
    assert "▲" in rows[0][1].number_format and "▼" in rows[1][1].number_format
    assert rows[0][1].fill.fill_type == "solid" and rows[0][2].fill.fill_type is None


def test_no_text_becomes_a_formula(made: Path) -> None:
    book = opened(made)
    sheet, one = tables_of(book)["unsafe"]
    rows = body(sheet, one.ref)[1:]
    assert [row[0].value for row in rows[:6]] == list(UNSAFE[:6])
    assert {row[0].data_type for row in rows} == {"s"}
    assert all(row[0].quotePrefix for row in rows[:4])
    assert rows[6][0].value == "ab" and len(rows[7][0].value) == 32_767
    assert [cell.value for cell in sheet[one.ref][0]] == ["=Head (x)", "=head (x) 2"]
    asked = {cell.value for page in book for row in page.iter_rows() for cell in row if cell.data_type == "f"}
    assert not [formula for formula in asked if "HYPERLINK" in formula or "1+1" in formula or "abc" in formula]


def test_a_formula_that_asks_for_what_is_not_there_leaves_its_value(tmp_path: Path) -> None:
    columns = (Column("a", "A", kind="number", formula="2*limit_none"), Column("b", "B", kind="number", formula="SUM({other:x})"))
    path = write(Document("D", "", "en", (Heading("H"), Table("t", "T", columns, ((4.0, 5.0),)))), tmp_path / "a.xlsx")
    sheet, one = tables_of(opened(path))["t"]
    assert [cell.value for cell in body(sheet, one.ref)[1]] == [4.0, 5.0]
    wrong = Table("t", "T", (Column("a", "A", kind="number", formula="2*{nothing}"),), ((4.0,),))
    with pytest.raises(ValueError, match="names no column"):
        write(Document("D", "", "en", (Heading("H"), wrong)), tmp_path / "b.xlsx")


def test_the_first_page_prints_on_one_page_and_others_repeat_their_heads(made: Path) -> None:
    book = opened(made)
    first = book["One page"]
    assert (first.page_setup.fitToWidth, first.page_setup.fitToHeight, first.page_setup.orientation) == (1, 1, "portrait")
    said = [str(cell.value) for row in first.iter_rows() for cell in row if cell.value]
    assert said[:4] == ["Report", "Of a county", "No forecast & no proof", "See limits"]
    assert any("One thing." in words for words in said) and any("Do not" in words for words in said)
    for sheet in book:
        assert sheet.oddFooter.left.text == "No forecast && no proof" and "&P" in sheet.oddFooter.right.text
        assert sheet.page_setup.orientation == ("portrait" if sheet is first else "landscape")


def test_contents_link_to_every_sheet_and_say_how_to_read_it(made: Path) -> None:
    book = opened(made)
    sheet = book["Contents"]
    links = {cell.hyperlink.location for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert {re.sub(r"^'|'!.*$", "", one).replace("''", "'") for one in links} == set(book.sheetnames) - {"One page", "Contents"}
    said = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert "How to read it." in said and "Seed" in said and "=abc" in said


def test_pictures_carry_words_and_properties_name_the_run(made: Path) -> None:
    book = opened(made)
    assert len(book["Figures"]._images) == 1
    with zipfile.ZipFile(made) as packed:
        drawings = [packed.read(name).decode() for name in packed.namelist() if "drawings/drawing" in name and name.endswith(".xml")]
    assert any('descr="Four lines that fall."' in one for one in drawings)
    assert (book.properties.title, book.properties.creator) == ("Report", "edusim")
    assert {one.name: one.value for one in book.custom_doc_props.props}["Seed"] == "7"


def test_a_chart_of_excels_own_stands_over_its_table(tmp_path: Path) -> None:
    columns = (Column("year", "Year"), Column("a", "A", kind="interval"), Column("b", "B", kind="number"))
    rows = tuple((year, Interval(0.1 * year, 0.05, 0.2, 5), 1.0) for year in (2025, 2026))
    plots = (Plot("line", "year", ("a", "b"), ("0067A5", "009E73"), "SD"), Plot("stack", "year", ("b",), ("0067A5",), "yuan"))
    blocks = [Table(f"t{i}_x", f"T{i}", columns, rows, plot=plot, only_workbook=True) for i, plot in enumerate(plots)]
    path = write(Document("D", "", "en", (Heading("H"), Paragraph("x"), *blocks)), tmp_path / "a.xlsx")
    with zipfile.ZipFile(path) as packed:
        charts = [packed.read(f"xl/charts/chart{n}.xml").decode() for n in (1, 2)]
        drawing = packed.read("xl/drawings/drawing1.xml").decode()
    assert "lineChart" in charts[0] and len(re.findall(r"<(?:c:)?ser>", charts[0])) == 4
    assert "barChart" in charts[1] and 'val="stacked"' in charts[1]
    assert 'descr="T0"' in drawing


@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(RunError) as told:
        write(document(), tmp_path / "taken" / "a.xlsx")
    assert told.value.code == "REPORT-FILE"
    place = tmp_path / "dir.xlsx"
    place.mkdir()
    with pytest.raises(RunError) as told:
        write(document(), place)
    assert told.value.code == "REPORT-FILE" and [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


def test_more_rows_than_excel_holds_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_tables, "MOST_ROWS", 40)
    with pytest.raises(RunError) as told:
        write(document(), tmp_path / "a.xlsx")
    assert told.value.code == "REPORT-ROWS" and not (tmp_path / "a.xlsx").exists()


@pytest.mark.parametrize(
    ("words", "taken", "name"),
    [
        ("a/b:c", [], "a b c"), ("", [], "Sheet"), ("History", [], "History 2"), ("'q'", ["Q"], "q 2"),
        ("Official indicators against limits", [], "Official indicators against"), ("很" * 40, [], "很" * 31),
        ("x" * 40, ["X" * 31], "x" * 29 + " 2"),
    ],
)  # fmt: skip
def test_names_of_sheets(words: str, taken: list[str], name: str) -> None:
    assert sheet_title(words, taken) == name


@pytest.mark.parametrize(
    ("key", "name"), [("cv1", "t_cv1"), ("r1c1", "t_r1c1"), ("c", "t_c"), ("money_by_year", "money_by_year"), ("2a", "t_2a"), ("a-b", "a_b")]
)
def test_names_of_tables(key: str, name: str) -> None:
    assert table_name(key, []) == name


def test_formats_of_numbers() -> None:
    assert number_format(Column("a", "A"), 2) == "General"
    assert number_format(Column("a", "A"), 2, "gain").endswith('@" ▲"')
    assert number_format(Column("a", "A", kind="number"), 0, "loss") == '#,##0" ▼";"−"#,##0" ▼";#,##0" ▼";@" ▼"'


def test_a_document_of_nothing_has_a_page_and_contents(tmp_path: Path) -> None:
    path = write(Document("D", "", "zh", ()), tmp_path / "a.xlsx")
    assert opened(path).sheetnames == ["一页纸", "目录"]
    empty = Table("none", "空", (Column("a", "甲"), Column("b", "乙", kind="interval")), ())
    path = write(Document("D", "", "zh", (Heading("章"), empty)), tmp_path / "b.xlsx")
    sheet, one = tables_of(opened(path))["none"]
    assert one.ref.count("D") == 1 and body(sheet, one.ref)[1][0].value == "没有可列的数据"


# -- long tables --------------------------------------------------------------------------------------


def without_money(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["measure"].astype(str).str.startswith("money.")]


def facts(lang: str = "en", draws: int = 6, policies: tuple[str, ...] = POLICIES) -> Facts:
    frame = without_money(fake.measures(policies, draws, YEARS))
    rng = np.random.default_rng(5)
    yuan = [
        {"policy": policy, "draw": draw, "year": year, "scope": "county", "unit_id": 0, "measure": f"money.line.{line}", "stage": "all",
         "value": (0.0 if policy == "status_quo" else size) * (year > YEARS[0]) * rng.uniform(0.9, 1.1), "unit": "yuan/year"}
        for policy in policies for draw in range(draws) for year in YEARS for line, size in (("rotation", 3e6), ("equipment", 1e6), ("sports", 0.0))
    ]  # fmt: skip
    schools = fake.schools(12, policies, draws, YEARS)
    stage = np.array(["primary", "junior", "nine_year"])[schools["school_id"] % 3]
    schools["stage"] = stage
    part = np.where(stage == "junior", 1, 0)
    for place, indicator in enumerate(INDICATORS):
        schools[f"ratio_{indicator.key}"] = LIMITS[part, place] * (0.9 + 0.05 * (schools["school_id"] % 7))
    schools["meets_rule"] = pd.array(schools["draw"] % 2 == 0, dtype="boolean")
    schools.loc[schools["school_id"] == 100, "meets_rule"] = pd.NA
    schools["n_indicators_met"], schools["class_size_largest"], schools["n_teachers"], schools["n_vacant"] = 5.0, 44, 30, 1
    return Facts(pd.concat([frame, pd.DataFrame(yuan)], ignore_index=True), schools, None, None, {}, {}, lang)


def by_key(found: list[Any]) -> dict[str, Table]:
    return {one.key: one for one in found}


def column(one: Table, key: str) -> list[Any]:
    place = [column.key for column in one.columns].index(key)
    return [row[place].value if isinstance(row[place], Cell) else row[place] for row in one.rows]


def test_long_tables_are_for_the_workbook_alone_and_hold_what_the_frames_say() -> None:
    said = facts()
    found = by_key(annex(said))
    assert all(one.only_workbook and one.short and one.note for one in found.values())
    assert set(found) == {
        "official_limits", "schools_every", "county_every_year", "gap_every_year", "cv_every_year", "price_factors", "money_priced",
        "money_priced_years", "money_priced_lines",
    }  # fmt: skip
    given = dict(zip(column(found["official_limits"], "name"), column(found["official_limits"], "value"), strict=True))
    assert (given["limit_cv_primary"], given["limit_cv_junior"]) == CV_LIMITS
    assert all(given[f"limit_{i.key}_nine_year"] == nine_year_limit(i.limits) >= i.limits[0] for i in INDICATORS)
    gap = found["gap_every_year"]
    assert column(gap, "year") == list(YEARS) and column(gap, "p_fusion")[-1] == said.level("learning.core_member_gap", "fusion")
    assert "Sports grounds" not in column(found["price_factors"], "line")  # nought throughout
    assert column(found["money_priced"], "total") == pytest.approx([0.0, 4.0], rel=0.1)


def test_schools_stand_by_stage_zone_and_pseudonym_never_by_what_they_reach() -> None:
    one = by_key(annex(facts("zh")))["schools_every"]
    stages, zones = ("小学", "初中", "九年一贯制"), ("城区", "镇区", "乡村", "山区")
    order = [(stages.index(a), zones.index(b)) for a, b in zip(column(one, "stage"), column(one, "zone"), strict=True)]
    assert order == sorted(order)
    assert column(one, "year").count(2025) == 12 and column(one, "year").count(2028) == 24  # the base year is shared
    assert not {"learning", "achievement", "mean_achievement", "quality_mean"} & {c.key for c in one.columns}
    assert "不是实测" in one.note and "不是名次" in one.note
    known = [interval for interval in column(one, "rule") if interval is not None]
    assert {interval.mean for interval in known} == {0.5} and len(known) == 33 and known[0].low < 0.5 < known[0].high


def test_one_draw_says_that_nothing_can_be_told() -> None:
    found = by_key(annex(facts(draws=1)))
    assert set(column(found["cv_every_year"], "verdict")) == {"open"}
    assert set(column(found["county_every_year"], "clear")) == {"", "cannot be told"}


def test_one_policy_has_nothing_to_be_compared_with() -> None:
    found = by_key(annex(facts(policies=("fusion",))))
    assert set(column(found["county_every_year"], "clear")) == {""}
    assert set(column(found["money_priced_lines"], "extra")) == {None}


def test_frames_without_ratios_have_no_table_of_schools() -> None:
    bare = SimpleNamespace(**fake.comparison(6, POLICIES, 3, YEARS).__dict__)
    found = by_key(annex(Facts(without_money(bare.measures), bare.schools, None, None, {}, {}, "en")))
    assert "schools_every" not in found and "money_priced" not in found and "cv_every_year" in found


# -- as an office reckons it --------------------------------------------------------------------------


def without_values(path: Path, out: Path) -> Path:
    """Copy a workbook without the values of its formulas, so that nothing is left but to calculate them."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                part = re.sub(rb'(<c r="[A-Z]+\d+"(?: s="\d+")?)(?: t="str")?><f>(.*?)</f><v>[^<]*</v></c>', rb"\1><f>\2</f></c>", part)
            new.writestr(name, part)
    return out


def formulas(book: Any) -> Iterator[tuple[str, str]]:
    for sheet in book:
        for row in sheet.iter_rows():
            yield from ((sheet.title, cell.coordinate) for cell in row if cell.data_type == "f")


def same(held: Any, reckoned: Any) -> bool:
    if isinstance(held, int | float) and isinstance(reckoned, int | float):
        return abs(held - reckoned) <= 1e-9 * max(1.0, abs(held))
    return (held or "") == (reckoned or "")


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_libreoffice_reckons_what_the_formulas_hold(tmp_path: Path, lang: str) -> None:
    office.require_office()
    path = write(document(lang, *annex(facts(lang))), tmp_path / f"{lang}.xlsx")
    bare = without_values(path, tmp_path / "bare.xlsx")
    reckoned = opened(office.convert(bare, tmp_path / "out", "xlsx"), data_only=True)
    held, asked = opened(path, data_only=True), list(formulas(opened(path)))
    wrong = [(sheet, at, held[sheet][at].value, reckoned[sheet][at].value) for sheet, at in asked
             if not same(held[sheet][at].value, reckoned[sheet][at].value)]  # fmt: skip
    assert len(asked) > 300 and wrong == []
    assert sum(reckoned[sheet][at].value not in (None, "") for sheet, at in asked) > 0.9 * len(asked) - 40
    bad = ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:")
    given = [str(cell.value) for sheet in reckoned for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [words for words in given if words.startswith(bad)]


@pytest.mark.slow
def test_a_changed_limit_changes_verdicts(tmp_path: Path) -> None:
    office.require_office()
    path = write(document("en"), tmp_path / "a.xlsx")
    book = opened(path)
    sheet, place = book.defined_names["limit_x"].attr_text.replace("'", "").replace("$", "").split("!")
    book[sheet][place].value = 0.7
    book.save(tmp_path / "changed.xlsx")
    reckoned = opened(office.convert(tmp_path / "changed.xlsx", tmp_path / "out", "xlsx"), data_only=True)
    sheet_of, one = tables_of(book)["t_cv1"]
    assert [row[5].value for row in body(reckoned[sheet_of.title], one.ref)[1:]] == ["meets"] * 3


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_printed_pages_have_no_cut_numbers_and_no_missing_characters(tmp_path: Path, lang: str) -> None:
    office.require_office()
    pages = office.words_of(office.to_pdf(write(document(lang, *annex(facts(lang))), tmp_path / "a.xlsx"), tmp_path))
    words = "\n".join(pages)
    assert "###" not in words and office.without_glyph(words) == ""
    assert "No forecast & no proof" in pages[0] and "Another." in pages[0] and "Another." not in pages[1]


def test_the_words_of_a_cell_stay_when_a_value_is_filled_in() -> None:
    xml = '<c r="A1" s="2"><f>IF(B1&lt;2,"a","b")</f><v></v></c><c r="A2"><f>B1</f><v/></c><c r="A3"><f>C1</f><v /></c>'
    assert workbook._with_values(xml, {"A1": "a&b", "A2": 0.5}) == (
        '<c r="A1" s="2" t="str"><f>IF(B1&lt;2,"a","b")</f><v>a&amp;b</v></c><c r="A2"><f>B1</f><v>0.5</v></c><c r="A3"><f>C1</f><v /></c>'
    )


def test_every_text_of_the_workbook_is_there_in_both_languages() -> None:
    from edusim.language.documents import TEXT

    for key, pair in TEXT.items():
        if key.startswith(("sheet.", "annex.")):
            assert all(pair) and set(re.findall(r"{(\w+)}", pair[0])) == set(re.findall(r"{(\w+)}", pair[1])), key


def test_what_is_packed_is_a_sound_archive(made: Path) -> None:
    assert zipfile.ZipFile(BytesIO(made.read_bytes())).testzip() is None
