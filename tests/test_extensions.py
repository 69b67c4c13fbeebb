"""A researcher's own rule and measure from a file named in the scenario: hash, workers, switch, records, draws, errors."""

from __future__ import annotations

import json
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edusim
from edusim import cli, draws, explain, extensions
from edusim.errors import ConfigError
from edusim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
FILES = dict(zip(("evening.py", "with_evening.yaml"), re.findall(r"```(?:python|yaml)\n(.*?)```", PAGE, re.DOTALL), strict=True))
SHARE, HELD = "own.evening_share", "own.evening_held"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The two files of the page, the county made smaller."""
    (tmp_path / "evening.py").write_text(FILES["evening.py"], encoding="utf-8")
    text = FILES["with_evening.yaml"].replace("n_pupils: 12000", "n_pupils: 8000").replace("years: 4", "years: 2")
    (tmp_path / "with_evening.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def own(folder: Path, **changes: Any) -> edusim.Scenario:
    found = load(folder / "with_evening.yaml")
    return found.with_(changes) if changes else found


def without(scenario: edusim.Scenario) -> edusim.Scenario:
    return scenario.with_({"extensions": []})


def bits(run: Any) -> list[bytes]:
    """Measures that every run has, and the schools, of every year."""
    return [np.array([v for k, v in zip(y.keys.rows, y.values, strict=True) if not k.measure.startswith("own.")]).tobytes() + y.schools.tobytes()
            for y in run.outcomes[0].years]  # fmt: skip


def test_a_rule_a_measure_and_a_record_are_live(folder: Path) -> None:
    run = edusim.run(own(folder), policy="fusion", records="all")
    mine = run.measures[run.measures["measure"] == SHARE].set_index("year")["value"]
    assert mine[2025] == 0 and 0.01 < mine[2026] < 0.5
    held = run.records[run.records["event"] == HELD]
    assert set(held["rule"]) == {"evening"} and set(held["agent_type"]) == {"school"}
    pupils = run.measures.query("measure == 'families.enrolment' and year == 2027 and stage in ('primary', 'junior')")
    last = pupils["value"].sum()
    assert held[held["year"] == 2027]["amount"].sum() == pytest.approx(mine[2027] * last)
    money = run.measures[run.measures["measure"].str.startswith("money") & run.measures["measure"].str.contains("after_school")]
    assert money[money["year"] == 2027]["value"].max() > 0
    plain = edusim.run(without(own(folder)), policy="fusion")
    gap = [r.measures.query("measure == 'learning.member_mean' and stage == 'all' and year == 2027")["value"].iloc[0] for r in (run, plain)]
    assert gap[0] > gap[1]


def test_off_it_changes_no_bit(folder: Path) -> None:
    scenario = own(folder)
    off = edusim.run(scenario.with_({"rules.own.evening": False}), policy="fusion")
    plain = edusim.run(without(scenario), policy="fusion")
    assert bits(off) == bits(plain)
    assert off.outcomes[0].facts["digest"] == plain.outcomes[0].facts["digest"]
    # Where the policy has no members under a mode nobody is tutored: the rule is on, and moves nothing.
    assert bits(edusim.run(scenario)) == bits(edusim.run(without(scenario)))
    assert "own.evening" not in off.manifest["rules_on"] and off.info["n_rules"] == plain.info["n_rules"] + 1


def test_the_hash_is_that_of_the_lines(folder: Path) -> None:
    scenario = own(folder)
    assert scenario.hash != without(scenario).hash
    assert without(scenario).resolved().keys() == load("small").resolved().keys()
    assert scenario.with_({"own.evening_hours": 100}).hash != scenario.hash
    moved = folder / "moved"
    moved.mkdir()
    for name in ("evening.py", "with_evening.yaml"):
        (moved / name).write_bytes((folder / name).read_bytes())
    assert load(moved / "with_evening.yaml").hash == scenario.hash
    (folder / "evening.py").write_text(FILES["evening.py"].replace("< 0.5)", "< 0.4)"), encoding="utf-8")
    assert own(folder).hash != scenario.hash
    # What has been read stays as it was read, whatever becomes of the file.
    assert scenario.with_({"years": 1}).extensions == scenario.extensions
    assert pickle.loads(pickle.dumps(scenario)).hash == scenario.hash


def test_draws_are_keyed_and_leave_others_alone(folder: Path) -> None:
    ids = np.arange(1000)
    first, second = (draws.uniform(3, name, 2026, ids) for name in ("own.evening", "own.morning"))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1 and abs(first.mean() - 0.5) < 0.05
    assert np.array_equal(first[::-1], draws.uniform(3, "own.evening", 2026, ids[::-1]))
    with pytest.raises(KeyError):
        draws.uniform(3, "evening", 2026, ids)
    # A gain of 0: pupils are drawn, money is spent, and nothing else moves.
    scenario = own(folder, **{"own.evening_gain": 0.0, "own.evening_yuan_hour": 0.0})
    assert bits(edusim.run(scenario, policy="fusion"))[-1] == bits(edusim.run(without(own(folder)), policy="fusion"))[-1]


def test_parameters_may_differ_by_mode(folder: Path) -> None:
    scenario = own(folder, **{"fusion:own.evening_hours": 0})
    run = edusim.run(scenario, policy="fusion")
    assert run.measures[run.measures["measure"] == SHARE]["value"].eq(0).all()


@pytest.mark.slow
def test_workers_give_the_same_bits(folder: Path) -> None:
    one, two = (edusim.compare(own(folder), draws=2, workers=w, designs=["feasible"]) for w in (1, 2))
    assert one.measures.equals(two.measures) and one.records.equals(two.records)
    assert {HELD} <= set(two.records["event"]) and SHARE in set(two.effects["measure"])


def test_the_manifest_and_the_report_name_it(folder: Path) -> None:
    run = edusim.run(own(folder), policy="fusion")
    told = json.loads(json.dumps(run.manifest["extensions"]))
    assert [one["file"] for one in told] == ["evening.py"] and set(told[0]["rules"]) == {"own.evening"}
    assert told[0]["measures"] == {SHARE: {"zh": "参加晚间辅导的学生比例", "en": "pupils who came to evening tutoring", "unit": "share"}}
    assert "own.evening" in run.manifest["rules_on"]
    assert "extensions" not in edusim.run(without(own(folder))).manifest
    both = edusim.compare(own(folder), policies=["fusion"], draws=2, designs=["feasible"])
    for lang, words in (("zh", ("evening.py", "成员校晚间辅导")), ("en", ("evening.py", "evening tutoring at member schools"))):
        said = str(both.document(lang))
        assert all(word in said for word in words)
    assert both.info["measure_names"][SHARE]["zh"] == "参加晚间辅导的学生比例"


@pytest.mark.slow
def test_explain_tells_of_it_and_refuses_other_lines(folder: Path, no_pictures: None) -> None:
    edusim.compare(own(folder), policies=["fusion"], draws=1, designs=["feasible"]).save(folder / "out")
    frame = edusim.run(own(folder), policy="fusion", records="all").records
    school = int(frame[frame["event"] == HELD]["agent_id"].iloc[0])
    for lang, word in (("zh", "晚间辅导（人）"), ("en", "evening tutoring (pupils)")):
        assert word in explain.explain(folder / "out", school=school, policy="fusion", lang=lang)
    assert explain.explain(folder / "out", yuan=True, policy="fusion", lang="en")
    (folder / "evening.py").write_text(FILES["evening.py"].replace("< 0.5)", "< 0.4)"), encoding="utf-8")
    with pytest.raises(edusim.errors.RunError) as wrong:
        explain.explain(folder / "out", school=school, policy="fusion", lang="en")
    assert wrong.value.code == "RUN-CHANGED"


def test_a_study_takes_levers_and_outcomes_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # a store stands in the working folder
    (folder / "study.yaml").write_text(
        "schema_version: 1\nkind: sweep\nname: {zh: 晚, en: evening}\nscenario: with_evening.yaml\npolicies: [fusion]\n"
        "levers: {own.evening_hours: {values: [0, 100]}}\nseeds: {replicates: 1}\noutcomes: {came: {measure: own.evening_share, at: last}}\n"
        "keep: ['own.*', learning.mean]\nstore: {path: store}\n", encoding="utf-8",
    )  # fmt: skip
    study = edusim.study(folder / "study.yaml")
    study.run(workers=1)
    came = study.runs[study.runs["policy"] == "fusion"].set_index("lever.own.evening_hours")["came"]
    assert came[0] == 0 and came[100] > 0.01
    assert study.query('select max("own.evening_share") as came from years')["came"].iloc[0] > 0.01


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("def evening(year):", "def evening(year:", "OWN-FILE", 18),
        ("import numpy as np", "import random", "OWN-RANDOM", 3),
        ("import numpy as np", "from numpy.random import default_rng", "OWN-RANDOM", 3),
        ("draws.uniform(year.seed", "np.random.uniform(year.seed", "OWN-RANDOM", 24),
        ("import numpy as np", "import beside_it", "OWN-FAILED", 3),
        ('"own.evening_gain", 0.0005', '"evening_gain", 0.0005', "OWN-NAME", 10),
        ('"own.evening_gain", 0.0005', '"own.evening_gain", 7.0', "OWN-DECLARED", 10),
        ('unit="share", better="none"', 'unit="share", better="more"', "OWN-DECLARED", 32),
        ('"own.evening_gain"', '"own.evening_hours"', "OWN-TWICE", 10),
        ('after="staff_classes"', 'after="staff_clases"', "OWN-PHASE", 17),
        ("paid = year", "paid = 1 / 0 * year", "OWN-FAILED", 26),
        ("return came.sum()", "return 'many', came.sum()", "OWN-MEASURE", 32),
        ('law["own.evening_gain"]', 'law["own.evening_again"]', "CFG-UNKNOWN-PARAMETER", 0),
        ('records.add("own.evening_held"', 'records.add("own.evening_hold"', "OWN-FAILED", 30),
    ],
)  # fmt: skip
def test_a_fault_is_one_message_with_file_and_line(folder: Path, old: str, new: str, code: str, line: int) -> None:
    text = FILES["evening.py"]
    assert old in text
    (folder / "evening.py").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        edusim.run(own(folder), policy="fusion")
    assert wrong.value.code == code, wrong.value
    assert wrong.value.exit_code == 2 and wrong.value.zh and wrong.value.en and (wrong.value.mend_zh and wrong.value.mend_en)
    if line:
        found = re.search(r"evening\.py:(\d+)", wrong.value.where)
        assert found is not None and abs(int(found[1]) - line) <= 1, wrong.value.where


def test_a_rule_that_loses_a_pupil_is_refused(folder: Path) -> None:
    text = FILES["evening.py"].replace("    n = np.bincount", "    pupils.status[enrolled[:3]] = 0\n    n = np.bincount")
    (folder / "evening.py").write_text(text, encoding="utf-8")
    with pytest.raises(edusim.errors.StateError):
        edusim.run(own(folder), policy="fusion")


def test_a_missing_file_and_an_empty_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "evening.py").write_text("x = 1\n", encoding="utf-8")
    assert cli.main(["compare", str(folder / "with_evening.yaml"), "-n", "--lang", "en"]) == 2
    assert "OWN-DECLARED" in capsys.readouterr().err
    (folder / "evening.py").unlink()
    assert cli.main(["compare", str(folder / "with_evening.yaml"), "-n", "--lang", "zh"]) == 2
    said = capsys.readouterr().err
    assert "CFG-NO-FILE" in said and "with_evening.yaml:8" in said and "Traceback" not in said


def test_rules_stand_in_the_year_of_their_county_alone(folder: Path) -> None:
    table = edusim.County(own(folder), "fusion").year_table
    at = table.index[table["phase"] == "own.evening"][0]
    assert table["phase"][at - 1] == "staff_classes" and table["en"][at] == "evening tutoring at member schools" and bool(table["on"][at])
    assert "own.evening" not in set(edusim.County("small").year_table["phase"])


def test_the_face_is_small() -> None:
    assert {"rule", "measure", "parameter", "event"} <= set(extensions.__all__)
