"""Calibration files and tables: read strictly, every mistake with its place and what was meant."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from edusim import cli
from edusim.calibrate import calibration_file, fitting, table
from edusim.errors import ConfigError

TABLE = "measure,stage,year,value\nstaffing.leaver_share,,2026,0.012\nlearning.icc,junior,base,0.15\n"


def write(folder: Path, rows: str = TABLE, **changes: Any) -> calibration_file.Calibration:
    (folder / "t.csv").write_text(rows, encoding="utf-8")
    content: dict[str, Any] = {
        "schema_version": 1, "kind": "calibrate", "name": {"zh": "试", "en": "trial"}, "scenario": "small", "set": {"years": 2},
        "fit": {"workforce.resign": {}}, "tables": [str(folder / "t.csv")], "store": {"path": str(folder / "store")},
    }  # fmt: skip
    return calibration_file.load({k: v for k, v in {**content, **changes}.items() if v is not None})


def test_a_file_says_what_is_fitted_to_what(tmp_path: Path) -> None:
    found = write(tmp_path, fit={"workforce.resign": {}, "families.exit_grade7": [0.01, 0.05]})
    resign, leave = found.factors
    assert (resign.low, resign.high) == (0.003, 0.03)  # the range of its declaration
    assert (leave.low, leave.high) == (0.01, 0.05)
    assert [(t.column, t.year, t.value) for t in found.targets] == [("staffing.leaver_share", 2026, 0.012), ("learning.icc[junior]", 0, 0.15)]
    assert found.policy == "status_quo" and found.scopes == ("behaviour",) and found.county == "same"
    assert found.default(resign) == 0.01


def test_the_generator_is_fitted_over_counties_of_other_frames(tmp_path: Path) -> None:
    found = write(tmp_path, "measure,stage,year,value\nrule2012.cv.equipment,primary,base,0.4\n", fit={"region.facilities.equipment_cv.primary": {}})
    assert found.scopes == ("region",) and found.county == "drawn" and found.is_drawn


@pytest.mark.parametrize(
    ("rows", "code", "line", "hint"),
    [
        ("measure,stage,year,value\nstaffing.leavershare,,2026,0.1\n", "CAL-MEASURE", 2, "staffing.leaver_share"),
        ("# note\nmeasure,stage,year,value\n\nlearning.icc,middle,2026,0.1\n", "CAL-STAGE", 4, "primary"),
        ("measure,stage,year,value\nofficial.cv.degree,,2026,0.1\n", "CAL-STAGE", 2, "primary"),
        ("measure,stage,year,value\nlearning.icc,all,2031,0.1\n", "CAL-YEAR", 2, "2025-2027"),
        ("measure,stage,year,value\nrule2012.cv.degree,primary,2026,0.1\n", "CAL-YEAR", 2, "base"),
        ("measure,stage,year,value\nlearning.icc,all,2026,about 0.1\n", "CAL-NUMBER", 2, "a number"),
        ("measure,stage,year,value,se\nlearning.icc,all,2026,0.1,0\n", "CAL-NUMBER", 2, "above 0"),
        ("measure,stage,year,value,n\nofficial.ratio.degree,primary,2026,4.1,50\n", "CAL-NUMBER", 2, "no share"),
        ("measure,stage,year,val\nlearning.icc,all,2026,0.1\n", "CAL-COLUMN", 1, "value"),
        ("measure,stage,year,value\nlearning.icc,all,2026,0.1,\n", "CAL-TABLE", 2, "more cells"),
        ("measure,stage,year,value\nlearning.icc,all,2026,0.1\nlearning.icc,,2026,0.2\n", "CAL-TWICE", 3, ":2"),
        ("measure,stage,year,value\n", "CAL-TABLE", 0, "no row"),
        ("", "CAL-TABLE", 0, "empty"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, rows: str, code: str, line: int, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        write(tmp_path, rows)
    problem = caught.value
    assert problem.code == code and problem.exit_code == 2 and hint in problem.message("en")
    assert problem.where.endswith(f"t.csv:{line}" if line else "t.csv") and problem.zh != problem.en


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        ({"fit": {"workforce.resing": {}}}, "CFG-UNKNOWN-PARAMETER", "workforce.resign"),
        ({"fit": {"rotation.share": {}}}, "CAL-SCOPE", "behaviour"),
        ({"fit": {"workforce.resign": {"range": [0.0, 0.5]}}}, "CFG-RANGE", "0.003"),
        ({"fit": {"workforce.resign": {"values": [0.01, 0.02]}}}, "CFG-UNKNOWN-KEY", "range"),
        ({"fit": {"workforce.resign": 0.01}}, "CFG-TYPE", "range"),
        ({"fit": {}}, "CAL-FIT", "1 to"),
        ({"trials": {"start": 100}}, "STUDY-POWER-OF-TWO", "128"),
        ({"hold_out": {"years": [2027]}}, "CAL-HOLD-OUT", "2026"),
        ({"hold_out": {"measures": ["staffing.leaver_share", "learning.icc"]}}, "CAL-NO-TARGET", "hold out less"),
        ({"tables": ["nothing.csv"]}, "CFG-NO-FILE", "nothing.csv"),
        ({"policy": "fusio"}, "CFG-UNKNOWN-POLICY", "fusion"),
        ({"set": {"policies": ["fusion"]}}, "CAL-SET", "policy"),
        ({"kind": "sweep"}, "CFG-KIND", "calibrate"),
        ({"tabels": []}, "CFG-UNKNOWN-KEY", "tables"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_told_with_what_was_meant(tmp_path: Path, changes: dict[str, Any], code: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        write(tmp_path, **changes)
    assert caught.value.code == code and hint in caught.value.message("en") and caught.value.where


def test_counties_make_one_target_and_what_is_held_out_is_not_fitted(tmp_path: Path) -> None:
    rows = "measure,stage,year,value,county\n" + "".join(
        f"rule2012.cv.{good},primary,base,{value},{county}\n"
        for good, values in (("equipment", (0.4, 0.5, 0.9)), ("sports_area", (0.6, 0.4, 0.8)))
        for county, value in zip("ABC", values, strict=True)
    ) + "rule2012.cv.books,primary,base,0.2,A\n"  # fmt: skip
    found = write(tmp_path, rows, fit={"region.facilities.equipment_cv.primary": {}}, hold_out={"counties": ["C"]})
    assert [(t.value, len(t.entries)) for t in found.targets] == [(pytest.approx(0.45), 2), (pytest.approx(0.5), 2)]
    assert [[e.county for e in t.entries] for t in found.held] == [["C"], ["C"]]
    assert found.without == ("rule2012.cv.books",)  # kept in the table, no counterpart in the model
    (spread, df) = fitting.pooled_spreads(found.targets)["rule2012.cv"]
    by_hand = math.sqrt(((0.4 / 0.45 - 1) ** 2 * 2 + (0.6 / 0.5 - 1) ** 2 * 2) / 2)
    assert df == 2 and spread == pytest.approx(by_hand)
    of = fitting.as_table(found.targets, fitting.pooled_spreads(found.targets))
    assert of.chance == pytest.approx([spread * 0.45, spread * 0.5]) and of.counties.tolist() == [2, 2]


def test_noise_of_a_table_is_its_digits_its_se_and_the_number_it_rests_on(tmp_path: Path) -> None:
    rows = "measure,stage,year,value,se,n\nstaffing.leaver_share,,2026,0.012,,900\nlearning.icc,junior,2026,0.15,0.02,\n"
    first, second = (t.entries[0] for t in write(tmp_path, rows).targets)
    assert first.chance == pytest.approx(math.sqrt(0.012 * 0.988 / 900)) and math.isnan(first.se)
    assert first.rounding == pytest.approx(0.001 / math.sqrt(12)) and second.se == 0.02 and math.isnan(second.chance)


def test_the_official_table_of_2012_is_whole(tmp_path: Path) -> None:
    from edusim import declarations, scenario

    entries, without = table.read(str(declarations.configs() / "tables" / "county_cv_2012.csv"), scenario.load("small"))
    assert len(entries) == 162 and len({e.county for e in entries}) == 7 and all(e.source.startswith("https://") for e in entries)
    assert {w.rpartition(".")[2] for w in without} == {"books", "computers", "composite"}
    cvs = {(e.county, e.stage): e.value for e in entries if e.measure == "rule2012.cv.sports_area"}
    assert len(cvs) == 13 and cvs["合肥市庐阳区", "primary"] == 1.299  # one junior row is missing in the source


def test_the_command_line_plans_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "t.csv").write_text(TABLE, encoding="utf-8")
    file = tmp_path / "c.yaml"
    file.write_text(
        "schema_version: 1\nkind: calibrate\nname: {zh: 试, en: trial}\nscenario: small\nfit: {workforce.resign: {}}\ntables: [t.csv]\n", encoding="utf-8"
    )
    assert cli.main(["calibrate", str(file), "-n", "--recover", "-S", "trials.start=32"]) == 0
    assert "trials: 32" in capsys.readouterr().out
    file.write_text(file.read_text(encoding="utf-8").replace("resign", "resing"), encoding="utf-8")
    assert cli.main(["calibrate", str(file)]) == 2
    assert "c.yaml:5" in (said := capsys.readouterr().err) and "workforce.resign" in said
    assert cli.main(["calibrate"]) == 2 and "CLI-OPTION" in capsys.readouterr().err
    assert cli.main(["calibrate", "--help"]) == 0 and "kind: calibrate" in capsys.readouterr().out
