"""A row of sums in a roster is one finding that says what to do, whatever its cells hold."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from edusim import cli
from edusim.region import roster
from edusim.region.roster_template import template
from edusim.region.roster_totals import told_as_one


@pytest.fixture
def book(tmp_path: Path) -> Path:
    template(tmp_path / "roster.xlsx", "zh", example=True)
    return tmp_path / "roster.xlsx"


def with_row(book: Path, head: str, column: int = 1) -> int:
    """Write a row of sums below the schools and return its number."""
    whole = openpyxl.load_workbook(book)
    sheet = whole["学校"]
    row = max(cell.row for cell in sheet["A"] if cell.value is not None) + 1
    sheet.cell(row, column).value = head
    sheet.cell(row, 13).value = 99999  # more pupils than a school may have: a fault of its own
    whole.save(book)
    return row


@pytest.mark.parametrize(("head", "column"), [("合计", 1), ("总 计", 1), ("合计：", 2), ("Total", 1), ("subtotal", 2)])
def test_a_row_of_sums_is_one_finding(head: str, column: int, book: Path) -> None:
    row = with_row(book, head, column)
    found = roster.check(book)
    assert len(found.errors) >= 2
    told_as_one(book, found)
    assert [one.code for one in found.errors] == ["DATA-TOTAL-ROW"]
    assert found.errors[0].where == f"学校!{'AB'[column - 1]}{row}"
    assert "删去整行" in found.errors[0].message("zh") and "delete the whole row" in found.errors[0].message("en")


def test_the_command_tells_it_and_other_faults_stay(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with_row(book, "合计")
    whole = openpyxl.load_workbook(book)
    whole["学校"]["C3"].value = "大学"
    whole.save(book)
    assert cli.main(["check", str(book), "--json", "-n"]) == 3
    assert [one["code"] for one in json.loads(capsys.readouterr().out)["errors"]] == ["DATA-WORD", "DATA-TOTAL-ROW"]
    assert cli.main(["check", str(book), "--lang", "zh"]) == 3
    assert "合计行" in capsys.readouterr().out
    assert book.with_name("roster.checked.xlsx").exists()


def test_a_school_called_like_a_sum_and_a_sound_roster_are_left_alone(book: Path) -> None:
    sound = roster.check(book)
    assert told_as_one(book, sound).ok
    whole = openpyxl.load_workbook(book)
    whole["学校"]["B3"].value = "合计小学"
    whole["学校"]["C3"].value = "大学"
    whole.save(book)
    assert [one.code for one in told_as_one(book, roster.check(book)).errors] == [one.code for one in roster.check(book).errors]
    assert not told_as_one(book.with_name("gone.xlsx"), roster.check(book.with_name("gone.xlsx"))).ok
