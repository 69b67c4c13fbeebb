"""Rosters: what is refused, in which words and at which cell; what is normalised and said."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edusim.errors import ConfigError, DataError, DataErrors, EdusimError
from edusim.region import roster
from edusim.region.roster_columns import SHEETS, WORDS, code_of, names_of, plain
from edusim.region.roster_mapping import load_mapping
from edusim.region.roster_marking import is_ours, is_worth_marking, marked

BAD = Path(__file__).parents[1] / "rosters" / "bad"
GOOD = """\
id,name,stage,zone,private,group,group_role,pupils,seats,teachers
0001,Alpha Primary,primary,urban,public,East,core,600,660,33
0002,Beta Primary,primary,town,public,East,member,300,360,18
0003,Gamma Junior,junior,urban,public,,none,450,480,36
0004,Delta School,nine_year,mountain,public,,,90,180,14
"""


def write(folder: Path, text: str, name: str = "schools.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def book(folder: Path, sheets: dict[str, list[list[Any]]], name: str = "r.xlsx") -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    made.save(folder / name)
    return folder / name


def codes(path: Path, mapping: Any = None) -> list[str]:
    return [e.code for e in roster.check(path, mapping).errors]


def test_a_good_roster_has_no_fault_and_says_what_will_be_drawn(tmp_path: Path) -> None:
    report = roster.check(write(tmp_path, GOOD))
    assert report.ok and not report.warnings
    assert report.rows == {"schools": 4}
    assert report.imputed["schools.sports_m2"] == 4
    assert "schools.seats_primary" not in report.imputed
    assert "可以使用" in report.text("zh") and "can be used" in report.text("en")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_read_alike(tmp_path: Path, encoding: str) -> None:
    text = "学校编号,学段,城乡类型,办学性质\n甲1,小学,镇区,公办\n甲2,初中,城区,公办\n"
    loaded = roster.load_roster(write(tmp_path, text, encoding=encoding), load_mapping(None))
    assert loaded.report.ok
    assert loaded.schools.column("id") == ["甲1", "甲2"]
    assert loaded.schools.column("zone") == ["town", "urban"]


@pytest.mark.parametrize("case", sorted(BAD.glob("*.csv")), ids=lambda p: p.stem)
def test_bad_files_are_refused_in_the_words_written_beside_them(case: Path) -> None:
    """Each bad file has a .txt beside it: one line a phrase that some message must hold (zh or en)."""
    phrases = [p for p in case.with_suffix(".txt").read_text(encoding="utf-8").splitlines() if p.strip()]
    assert phrases
    errors = roster.check(case).errors
    text = "\n".join(e.message("zh") + "\n" + e.message("en") for e in errors)
    for phrase in phrases:
        assert phrase in text, f"{phrase!r} is not in:\n{text}"
    with pytest.raises(DataError) as caught:
        roster.from_roster(case)
    assert caught.value.exit_code == 3


CELL_FAULTS = [
    ("pupils", -5, "DATA-RANGE"),
    ("pupils", 12.5, "DATA-NOT-WHOLE"),
    ("pupils", "约三百", "DATA-NOT-NUMBER"),
    ("pupils", "nan", "DATA-NOT-NUMBER"),
    ("pupils", "inf", "DATA-NOT-NUMBER"),
    ("pupils", True, "DATA-NOT-NUMBER"),
    ("pupils", "#REF!", "DATA-FORMULA"),
    ("pupils", datetime.datetime(2024, 5, 1), "DATA-DATE"),
    ("pupils", "2024/5/1", "DATA-DATE"),
    ("pupils", 10**30, "DATA-RANGE"),
    ("seats", 0, "DATA-RANGE"),
    ("id", datetime.date(2024, 3, 4), "DATA-DATE"),
    ("id", None, "DATA-MISSING-VALUE"),
    ("id", "0002", "DATA-DUPLICATE-ID"),
    ("id", "#N/A", "DATA-FORMULA"),
    ("id", "x" * 80, "DATA-TOO-LONG"),
    ("stage", "初忠", "DATA-WORD"),
    ("zone", "urbn", "DATA-WORD"),
    ("private", "maybe", "DATA-WORD"),
    ("group_role", "chief", "DATA-WORD"),
    ("group", None, "DATA-GROUP-ROLE"),
    ("group_role", None, "DATA-GROUP-ROLE"),
    ("teachers", 0, "DATA-RANGE"),
]


@pytest.mark.parametrize(
    ("column", "value", "code"), CELL_FAULTS, ids=[f"{c}-{v!s:.12}-{k}" for c, v, k in CELL_FAULTS]
)
def test_a_wrong_cell_is_named_with_sheet_cell_column_and_both_languages(
    tmp_path: Path, column: str, value: Any, code: str
) -> None:
    rows: list[list[Any]] = [line.split(",") for line in GOOD.strip().splitlines()]
    rows = [[int(c) if c.isdigit() and not c.startswith("0") else c or None for c in row] for row in rows]
    position = rows[0].index(column)
    rows[1][position] = value
    found = [e for e in roster.check(book(tmp_path, {"学校": rows})).errors if e.code == code]
    assert found, code
    cell = "ABCDEFGHIJ"[position]
    assert any(f"学校!{cell}{row}" in e.where for e in found for row in (2, 3))
    assert all(column in e.en or "id 0002" in e.en or "column" in e.en for e in found)
    assert all(any("一" <= c <= "鿿" for c in e.zh) and e.en.isprintable() for e in found)


def test_all_faults_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        GOOD.replace("600", "-600")
        .replace("nine_year", "nineyears!")
        .replace(",urban,public,,none,450", ",urb4n,public,,none,4x")
    )
    path = write(tmp_path, text)
    with pytest.raises(DataErrors) as caught:
        roster.from_roster(path)
    wheres = [e.where for e in caught.value.errors]
    assert wheres == ["schools.csv:5:3", "schools.csv:4:4", "schools.csv:2:8", "schools.csv:4:8"]
    assert caught.value.exit_code == 3


def test_unknown_and_doubled_headers_name_the_cell_and_the_nearest_header(tmp_path: Path) -> None:
    text = GOOD.replace("pupils,seats", "pupiles,places").replace("teachers", "学位数", 1)
    errors = {e.code: e for e in roster.check(write(tmp_path, text)).errors}
    assert errors["DATA-UNKNOWN-HEADER"].where == "schools.csv:1:8"
    assert "pupils" in errors["DATA-UNKNOWN-HEADER"].mend_en and "在校学生数" in errors["DATA-UNKNOWN-HEADER"].mend_zh
    assert errors["DATA-DUPLICATE-HEADER"].where == "schools.csv:1:10"
    assert "schools.csv:1:9" in errors["DATA-DUPLICATE-HEADER"].en


def test_missing_columns_remarks_and_columns_without_header(tmp_path: Path) -> None:
    assert codes(write(tmp_path, GOOD.replace("stage", "_stage"))) == ["DATA-MISSING-COLUMN"]
    assert codes(write(tmp_path, GOOD.replace("teachers", "备注", 1))) == []
    assert codes(write(tmp_path, GOOD.replace("teachers", "_own", 1).replace(",33", ",anything"))) == []
    assert codes(write(tmp_path, GOOD.replace("33\n", "33,9\n"))) == ["DATA-HEADER-EMPTY"]


GROUP_FAULTS = {
    "DATA-NO-CORE": lambda t: t.replace("East,core", "East,member"),
    "DATA-TWO-CORES": lambda t: t.replace("East,member", "East,core"),
    "DATA-GROUP-ROLE": lambda t: t.replace(",,none", ",,core"),
}


@pytest.mark.parametrize("code", GROUP_FAULTS)
def test_groups_must_make_sense(tmp_path: Path, code: str) -> None:
    change: Callable[[str], str] = GROUP_FAULTS[code]
    assert codes(write(tmp_path, change(GOOD))) == [code]


def test_group_sheet_faults(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace(",East,core", ",,").replace(",East,member", ",,"))
    for row, code in {
        "East,0001,0002;0002,": "DATA-GROUP-TWICE",
        "East,0001,0001;0002,": "DATA-GROUP-TWICE",
        "East,,0002,": "DATA-NO-CORE",
        "East,0009,0002,": "DATA-UNKNOWN-SCHOOL",
        "East,0001,0002,yes": "DATA-CORE-TWICE",
        "East,0001,0002,\nWest,0001,0003,": "DATA-TWO-GROUPS",
        "East,0001,0002,\nWest,0003,0002,": "DATA-TWO-GROUPS",
        "East,0001,0002,\nEast,0003,0004,": "DATA-DUPLICATE-ID",
    }.items():
        write(tmp_path, "id,core,members,core_outside\n" + row + "\n", "groups.csv")
        assert code in codes(tmp_path / "schools.csv"), row
    write(tmp_path, "id,core,members,core_outside\nEast,,2、3,是\n", "groups.csv")
    loaded = roster.load_roster(tmp_path / "schools.csv", load_mapping(None))
    assert loaded.report.ok
    assert [(g.core, g.members, g.core_outside) for g in loaded.groups] == [(-1, [1, 2], True)]
    assert "DATA-LEADING-ZERO" in [n.code for n in loaded.report.normalised]


def test_a_core_may_be_a_member_elsewhere(tmp_path: Path) -> None:
    text = (
        "id,stage,zone,group,group_role,member_group,core_outside\n"
        "a,primary,urban,East,core_and_member,West,\nb,junior,town,East,member,,\nc,junior,town,West,core,,\n"
    )
    loaded = roster.load_roster(write(tmp_path, text), load_mapping(None))
    assert loaded.report.ok
    assert {g.name: (g.core, g.members) for g in loaded.groups} == {"East": (0, [1]), "West": (2, [0])}
    assert "DATA-GROUP-TWICE" in codes(write(tmp_path, text.replace("core_and_member,West", "core_and_member,East")))


def test_relations_between_columns(tmp_path: Path) -> None:
    assert codes(write(tmp_path, GOOD.replace("junior,urban", "primary,urban").replace("nine_year", "primary"))) == [
        "DATA-NO-STAGE"
    ]
    header, rest = GOOD.split("\n", 1)
    more = (
        header + ",pupils_g7,teachers_backbone\n" + "\n".join(f"{line},," for line in rest.strip().splitlines()) + "\n"
    )
    assert codes(write(tmp_path, more)) == []
    assert codes(write(tmp_path, more.replace("33,,", "33,5,"))) == ["DATA-GRADE"]
    assert codes(write(tmp_path, more.replace("36,,", "36,500,"))) == ["DATA-SUM"]
    assert codes(write(tmp_path, more.replace("36,,", "36,,37"))) == ["DATA-STAFF"]
    crowded = roster.check(write(tmp_path, GOOD.replace("660", "500")))
    assert crowded.ok and [w.code for w in crowded.warnings] == ["DATA-CROWDED"]
    assert crowded.warnings[0].where == "schools.csv:2:9"


def test_teachers_and_neighbourhoods_refer_to_schools(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "id,school,subject,age,experience\nt1,0001,体育,30,20\nt1,0009,drama,,\n", "teachers.csv")
    write(tmp_path, "id,zone,catchment_primary,catchment_junior\nn1,urban,0003,0003\nn2,town,0001,\n", "片区.csv")
    found = codes(tmp_path / "schools.csv")
    for code in ("DATA-AGE", "DATA-DUPLICATE-ID", "DATA-UNKNOWN-SCHOOL", "DATA-WORD", "DATA-CATCHMENT"):
        assert code in found
    assert codes(tmp_path) == found


def test_normalised_cells_are_said(tmp_path: Path) -> None:
    text = GOOD.replace("0002", "2").replace("600", '"1,600"').replace(",660", ",１６６０").replace("0003", "０００３")
    report = roster.check(write(tmp_path, text))
    assert report.ok
    said = {(n.code, n.where) for n in report.normalised}
    assert said == {
        ("DATA-LEADING-ZERO", "schools.csv:3:1"),
        ("DATA-NUMBER-TEXT", "schools.csv:2:8"),
        ("DATA-NUMBER-TEXT", "schools.csv:2:9"),
        ("DATA-FULL-WIDTH", "schools.csv:4:1"),
    }
    loaded = roster.load_roster(tmp_path / "schools.csv", load_mapping(None))
    assert loaded.schools.column("id") == ["0001", "0002", "0003", "0004"]
    assert loaded.schools.column("seats")[0] == 1660 and loaded.schools.column("pupils")[0] == 1600


def test_shares_may_be_written_as_percent(tmp_path: Path) -> None:
    text = "id,stage,zone,满意度\na,nine_year,urban,85%\n"
    assert roster.load_roster(write(tmp_path, text), load_mapping(None)).schools.column("satisfaction") == [0.85]
    error = roster.check(write(tmp_path, text.replace("85%", "85"))).errors[0]
    assert error.code == "DATA-RANGE" and "0.85" in error.mend_en


# ---------------------------------------------------------------- files


def test_files_that_are_no_rosters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "schools.csv"
    empty.write_bytes(b" \n")
    text = tmp_path / "a.xlsx"
    text.write_bytes(GOOD.encode())
    locked = tmp_path / "b.xlsx"
    locked.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
    old = tmp_path / "c.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    broken = tmp_path / "d.xlsx"
    broken.write_bytes(b"PK\x03\x04" + b"rubbish" * 50)
    other = tmp_path / "e.xlsx"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("hello.txt", "hello")
    binary = tmp_path / "f.csv"
    binary.write_bytes(b"\x00\x01\xff\xfe" * 40)
    quotes = write(tmp_path, GOOD + '"0005,open\n', "g.csv")
    header_only = write(tmp_path, GOOD.splitlines()[0] + "\n", "h.csv")
    folder = tmp_path / "empty"
    folder.mkdir()
    expected = {
        tmp_path / "nowhere.xlsx": "DATA-MISSING",
        empty: "DATA-EMPTY",
        text: "DATA-NOT-EXCEL",
        locked: "DATA-PASSWORD",
        old: "DATA-OLD-EXCEL",
        broken: "DATA-CORRUPT",
        other: "DATA-NOT-EXCEL",
        binary: "DATA-ENCODING",
        quotes: "DATA-CSV",
        header_only: "DATA-EMPTY-SHEET",
        folder: "DATA-NO-SCHOOLS",
        book(tmp_path, {"Sheet1": [["id"], ["1"]]}, "i.xlsx"): "DATA-NO-SCHOOLS",
        book(tmp_path, {"学校": [["id", "stage", "zone"]]}, "j.xlsx"): "DATA-EMPTY-SHEET",
        book(tmp_path, {"学校": [["id", "stage", "zone"], ["1", "九年一贯制", "城区"]], "schools": [["id"], ["1"]]}, "k.xlsx"): "DATA-TWO-SHEETS",
    }  # fmt: skip
    for path, code in expected.items():
        assert codes(path) == [code], path.name
        with pytest.raises(DataError) as caught:
            roster.from_roster(path)
        assert caught.value.code == code
        assert "Traceback" not in caught.value.message("zh")
    monkeypatch.setattr("edusim.region.roster_cells.MAX_BYTES", 100)
    assert codes(write(tmp_path, GOOD, "l.csv")) == ["DATA-ENORMOUS"]
    monkeypatch.undo()
    monkeypatch.setattr("edusim.region.roster_cells.MAX_ROWS", 3)
    assert codes(tmp_path / "l.csv") == ["DATA-ENORMOUS"]


def test_merged_cells_and_formulas_without_a_value(tmp_path: Path) -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "学校"
    for row in (["id", "stage", "zone", "pupils"], ["a", "小学", "城区", "=300+20"], ["b", "初中", "城区", 300]):
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    made.save(tmp_path / "m.xlsx")
    errors = roster.check(tmp_path / "m.xlsx").errors
    assert {(e.code, e.where) for e in errors} >= {("DATA-MERGED", "学校!C2:C3"), ("DATA-FORMULA", "学校!D2")}


# ---------------------------------------------------------------- mapping


def test_mapping_faults_name_the_nearest_word(tmp_path: Path) -> None:
    for change, phrase in (
        ({"scools": {}}, "schools"),
        ({"schools": {"columns": {"A": "pupil"}}}, "pupils"),
        ({"schools": {"constants": {"zone": "urbane"}}}, "urban"),
        ({"schools": {"computed": {"quota_places": {"operation": "sums", "columns": ["a"]}}}}, "sum"),
        (
            {
                "schools": {
                    "computed": {"pupils": {"operation": "weighted_mean", "columns": ["a"], "weights": ["b", "c"]}}
                }
            },
            "weight",
        ),
        ({"schools": {"duplicate_ids": "suffics"}}, "suffix"),
    ):
        with pytest.raises(ConfigError) as caught:
            load_mapping(change)
        assert phrase in caught.value.message("en")
        assert caught.value.exit_code == 2
    with pytest.raises(ConfigError):
        load_mapping(tmp_path / "none.yaml")


def test_a_mapping_renames_adds_computes_and_splits_ids(tmp_path: Path) -> None:
    text = "code,title,a,b,wa,wb,junk\ns1,One,600,500,1,3,x\ns1,Two,640,,1,0,y\ns3,Three,,,0,0,z\n"
    mapping = {
        "schools": {
            "columns": {"code": "id", "title": "name"},
            "ignored": {"junk": "not needed"},
            "constants": {"stage": "junior", "zone": "town"},
            "computed": {
                "quota_places": {"operation": "sum", "columns": ["wa", "wb"]},
                "quota_floor_score": {"operation": "weighted_mean", "columns": ["a", "b"], "weights": ["wa", "wb"]},
            },
            "duplicate_ids": "suffix",
        }
    }
    loaded = roster.load_roster(write(tmp_path, text), load_mapping(mapping))
    assert loaded.report.ok, loaded.report.text("en")
    assert loaded.schools.column("id") == ["s1", "s1#2", "s3"]
    assert loaded.schools.column("quota_places") == [4, 1, 0]
    assert loaded.schools.column("quota_floor_score") == [525, 640, None]
    mapping["schools"]["duplicate_ids"] = "refuse"
    assert codes(tmp_path / "schools.csv", mapping) == ["DATA-DUPLICATE-ID"]
    mapping["schools"]["columns"]["titel"] = "fee_yuan_year"
    assert "DATA-MISSING-COLUMN" in codes(tmp_path / "schools.csv", mapping)


# ---------------------------------------------------------------- words and template


def test_every_name_of_a_column_means_one_column() -> None:
    for sheet in SHEETS.values():
        names = names_of(sheet)
        for column in sheet.columns.values():
            assert names[plain(column.zh)] == names[plain(column.en)] == column.key
            assert (
                column.zh != column.en
                and column.meaning_en
                and (column.meaning_zh or column.unit or column.words or column.zh)
            )
    for words, list_of in WORDS.items():
        for code, every in list_of.items():
            for word in (code, every[0], every[1]):
                assert code_of(words, word) == code


# ---------------------------------------------------------------- speed, anything at all


def test_checking_500_schools_is_quick(tmp_path: Path) -> None:
    rows = "".join(
        f"{i:04d},S{i},{'primary' if i % 3 else 'junior'},town,public,,,{300 + i},900,30\n" for i in range(500)
    )
    path = write(tmp_path, GOOD.splitlines()[0] + "\n" + rows)
    roster.check(path)
    start = time.perf_counter()
    assert roster.check(path).ok
    assert time.perf_counter() - start < 0.9


LINES = GOOD.splitlines(keepends=True)
CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["", "-1", "nan", "1e9", "99999999999999999999", "#REF!", "2024-01-02", "0001", "10%", "核心校", '"', "\x00", "１２"]),
    st.integers(-(10**12), 10**12).map(str),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=150)
@given(st.data())
def test_any_altered_file_loads_or_is_refused_with_our_own_error(data: st.DataObject) -> None:
    rows = [line.rstrip("\n").split(",") for line in LINES]
    for _ in range(data.draw(st.integers(1, 4))):
        action = data.draw(st.sampled_from(["cell", "swap", "drop", "double", "cut"]))
        i = data.draw(st.integers(0, len(rows) - 1))
        if action == "cell" and rows[i]:
            rows[i][data.draw(st.integers(0, len(rows[i]) - 1))] = data.draw(CELLS)
        elif action == "swap":
            j = data.draw(st.integers(0, len(rows) - 1))
            rows[i], rows[j] = rows[j], rows[i]
        elif action == "drop" and len(rows) > 1:
            del rows[i]
        elif action == "double":
            rows.append(list(rows[i]))
        elif rows[i]:
            rows[i] = rows[i][: data.draw(st.integers(0, len(rows[i]) - 1))]
    content = "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, max(len(content) - 1, 0)))
        content = content[:at] + bytes([data.draw(st.integers(0, 255))]) + content[at + 1 :]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schools.csv"
        path.write_bytes(content)
        report = roster.check(path)
        assert report.text("zh") and report.text("en")
        if is_worth_marking(report):
            assert is_ours(marked(path, report, Path(folder) / "marked.xlsx", "zh"))
        if report.ok:
            assert roster.from_roster(path).n_schools >= 1
        else:
            with pytest.raises(EdusimError) as caught:
                roster.from_roster(path)
            assert caught.value.exit_code == 3


@pytest.mark.slow
@settings(max_examples=60)
@given(st.data())
def test_any_altered_workbook_is_read_or_refused(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        _alter_workbook(data, Path(folder))


def _alter_workbook(data: st.DataObject, folder: Path) -> None:
    path = book(folder, {"学校": [line.strip().split(",") for line in LINES]})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        # A workbook's length changes with the clock in it, so places are drawn apart from it.
        content[data.draw(st.integers(0, 65_535)) % len(content)] = data.draw(st.integers(0, 255))
    keep = 1 + data.draw(st.integers(0, 65_535)) % len(content)
    path.write_bytes(bytes(content[:keep]) if data.draw(st.booleans()) else bytes(content))
    report = roster.check(path)
    assert isinstance(report.text("zh"), str)
    if is_worth_marking(report):
        with contextlib.suppress(DataError):  # read cell by cell it may do, as a whole not
            marked(path, report, folder / "marked.xlsx", "en")
