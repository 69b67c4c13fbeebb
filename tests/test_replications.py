"""The replications give the published numbers, say so when they do not, and the guide to one's own study runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edusim.rules.admission as admission
from edusim.by_hand import STAY_PUT, Campus, case, county, mean_of
from edusim.equations import choice, lists, parallel_arrays, pupils
from edusim.errors import ConfigError
from replications_at_hand import FOLDER, experiment, shared

ROOT = FOLDER.parents[1]
NAMES = ("assignment", "choice_segregation", "closed_forms", "sensitivity")


def off(rows: list[Any]) -> list[str]:
    return [f"{row.name}: {row.got}, not {row.wanted} to {row.within}" for row in rows if not row.is_right]


# ---- the numbers -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_assignment_on_published_markets() -> None:
    part = experiment("assignment")
    rows = list(part.published())
    assert len(rows) == 18 and off(rows) == []
    outcomes = {name: market["outcomes"] for name, market in part.MARKETS.items()}
    assert {len(o) for o in outcomes.values()} == {3, 4}
    words = {"DA_student_optimal": "deferred_acceptance", "Boston_e1": "immediate_acceptance", "TTC": "top_trading_cycles"}
    for name, market in shared("assignment.json").items():
        mine = part.MARKETS[name]
        assert (mine["preferences"], mine["priorities"], mine["capacities"]) == (market["pref"], market["prio"], market["cap"])
        theirs = {words.get(k, k.replace("_e", "_")): v for k, v in market["out"].items() if k != "DA_stable"}
        assert mine["outcomes"] == theirs


def test_what_theory_proves_of_mechanisms() -> None:
    part = experiment("assignment")
    rows = [*part.proved(), *part.in_between(25)]
    assert len(rows) == 29 and off(rows) == []


def test_a_property_that_does_not_hold_is_found() -> None:
    part = experiment("assignment")
    market = part.MARKETS["AS2003_example_3x3"]
    swapped = {"i1": "s2", "i2": "s1", "i3": "s3"}  # top trading cycles: i3 has priority over i2 at s1, and wants it more
    assert part.blocking(market, swapped) == [("i3", "s1")]
    assert part.is_dominated(market, part.MECHANISMS["deferred_acceptance"](*part.parts(market)))
    assert part.who_gains(market, part.MECHANISMS["immediate_acceptance"]) == ["i2"]
    alone = {"i1": None, "i2": None, "i3": None}
    assert len(part.blocking(market, alone)) == 9


SEGREGATION = experiment("choice_segregation")
CASES = SEGREGATION.PUBLISHED["cases"]


@pytest.mark.slow
def test_choice_and_segregation() -> None:
    rows = SEGREGATION.rows()
    assert len(CASES) == 14 and len(rows) == 42 and off(rows) == []


def test_segregation_is_at_rest_before_it_is_said_to_be() -> None:
    # A round that repeats ends the count early: with tastes as small as nothing every round is played, and gives the same.
    given, one = SEGREGATION.PUBLISHED["instance"], CASES[9]
    lattice = SEGREGATION.Lattice.of(one["per_node_majority"], given["households_per_node"], given["schools"])
    families = SEGREGATION.families(one["c_weight"], given["tolerance"], given["M"])
    paths = [SEGREGATION.dissimilarity(lattice, replace(families, taste=taste), 8, 5000) for taste in (0.0, 1e-15)]
    assert paths[0] == paths[1] and len(paths[0]) == 8


def test_the_cases_are_the_published_ones() -> None:
    published = shared("choice_segregation_lattice.json")
    assert len(published) == len(CASES)
    given = SEGREGATION.PUBLISHED["instance"]
    for mine, theirs in zip(CASES, published, strict=True):
        assert mine.items() <= theirs.items()
        assert (theirs["tolerance"], theirs["M"], theirs["per_node"], theirs["capacity"]) == (
            given["tolerance"], given["M"], given["households_per_node"], given["seats_each"],
        )  # fmt: skip


@pytest.mark.slow
def test_families_of_the_study_are_ranked_by_the_county_s_own_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Admission calls the loop that `lists` calls, and that ranks by `choice.rank`: a change of it changes both."""
    asked: list[str] = []
    loop = pupils.rank_schools

    def heard(*given: Any) -> Any:
        asked.append("asked")
        return loop(*given)

    monkeypatch.setattr(pupils, "rank_schools", heard)
    assert admission.loops is pupils
    lists(choice.FamilyChoice(travel=1.0), [[0, 1]], [[1.0, 2.0]], [0], [0.0, 0.0])
    assert len(asked) == 1
    county(case([Campus(2, 4, entrants=2)]), rules=["demography", "admission"]).step()
    assert len(asked) > 1


@pytest.mark.slow
def test_a_county_and_a_list_by_hand_agree() -> None:
    """Families of a county who may choose get the school that the utility says, the others that of their catchment."""
    campuses = [Campus(6, 4, entrants=9, x_km=x, columns={"reputation": r}) for x, r in ((0.0, 0.0), (1.0, 0.2), (2.5, 0.4))]
    changes = {**STAY_PUT, "admission.open_choice_share": 0.5}
    model = county(case(campuses), changes, rules=["demography", "admission"], seed=4)
    schools, memory = model.state.schools, model.memory
    seen, chance, peers = schools.reputation.copy(), schools.good_senior_chance.copy(), memory.mean_ses.copy()
    model.step()
    pupils_now, rows = model.state.pupils, model.state.rows_of_grade(1)
    new = pupils_now.status[rows] == 1
    ids, home, school = (pupils_now[name][rows][new] for name in ("id", "home", "school"))
    choose, taste = model.now.key("admission.choose"), model.now.key("admission.taste")
    weights, x, road = admission.family_weights(model.now), schools.x_km, model.law["travel.road_factor"]
    is_free = np.array([pupils.uniform_at(choose, int(i)) < 0.5 for i in ids])
    assert 5 < is_free.sum() < ids.size - 5
    for i, h, s, may in zip(ids, home, school, is_free, strict=True):
        worth = [
            choice.utility(
                seen[k], 0.0, road * abs(x[h] - x[k]), peers[k], chance[k], choice.gumbel_at(taste, int(i), int(schools.id[k])), weights,
            )
            for k in range(3)
        ]  # fmt: skip
        assert s == (int(np.argmax(worth)) if may else h)
    assert (school != home).sum() > 3


# ---- sensitivity of a noisy simulator ----------------------------------------------------------------

SENSITIVITY = experiment("sensitivity")
BY_NAME = {case["name"]: case for case in SENSITIVITY.CASES}


def test_known_sensitivities_that_take_no_time() -> None:
    cases = ("Morris, the draw as a factor", "DGSM of Ishigami", "PAWN of x1", "FAST of Ishigami")
    assert off([row for name in cases for row in SENSITIVITY.rows_of(BY_NAME[name], 1)]) == []


def test_a_sensitivity_that_is_wrong_is_off() -> None:
    case = {**BY_NAME["Morris, the draw as a factor"], "truth": {"mu_star": {"x1": 2.98, "x2": 0.99}}}
    assert len(off(list(SENSITIVITY.rows_of(case)))) == 1


@pytest.mark.slow
def test_known_sensitivities_of_a_noisy_simulator() -> None:
    cases = {"Ishigami without noise": 2, "R=1": 3, "R=2": 3, "the draw as a factor": 2, "chaos, 1,000 runs": 4, "a correlated pair, chaos": 2}
    rows = [row for name, repeats in cases.items() for row in SENSITIVITY.rows_of(BY_NAME[name], repeats)]
    # Errors over designs are those of few here: what is held is what every index must be.
    assert off([row for row in rows if "RMSE" not in row.name]) == []
    raw = {row.name: row.got for row in rows if "raw ST dummy" in row.name}
    assert min(raw.values()) > 0.15 and len(raw) == 2


@pytest.mark.slow
def test_kept_sensitivities_have_the_names_of_the_command() -> None:
    kept = json.loads((FOLDER / "expected.sensitivity.json").read_text(encoding="utf-8"))["values"]
    named = {row.name: row.got for name in ("DGSM of Ishigami", "PAWN of x1", "FAST of Ishigami") for row in SENSITIVITY.rows_of(BY_NAME[name])}
    assert {name: kept[name] for name in named} == pytest.approx(named, abs=1e-6)


# ---- the commands ------------------------------------------------------------------------------------


def test_a_number_that_is_off_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    checked = experiment("checked")
    monkeypatch.setattr(checked, "HERE", tmp_path)
    good, bad = checked.exact("one", 1.0, 1.0), checked.exact("two", 2.0, 2.1)
    assert checked.finish("x", [good], keep=True) == 0
    assert checked.finish("x", [good]) == 0
    assert "1 numbers as expected" in capsys.readouterr().out
    assert checked.finish("x", [good, bad], keep=True) == 1
    assert "two: 2 expected, 2.1 now" in capsys.readouterr().out
    # What was kept counts where the model is the same, and only there.
    file = tmp_path / "expected.x.json"
    moved = checked.exact("one", 1.0, 1.0 + 1e-10)
    for source, status in ((checked.source_hash(), 1), ("another", 0)):
        file.write_text(json.dumps({"source": source, "values": {"one": 1.0}}), encoding="utf-8")
        assert checked.finish("x", [moved]) == status
    file.write_text(json.dumps({"source": "another", "values": {"one": 1.0, "gone": 1.0}}), encoding="utf-8")
    assert checked.finish("x", [good]) == 1
    assert checked.finish("x", [good, checked.exact("new", 0.0, 0.0), checked.exact("gone", 1.0, 1.0)]) == 1
    assert "new: not kept" in capsys.readouterr().out
    # Too few draws, no spread, or too wide a spread tell nothing.
    assert checked.expectation("mean", 0.0, np.tile([-0.01, 0.01], 100)).is_right
    for values in (np.tile([-0.01, 0.01], 99), np.zeros(200), np.tile([-1.0, 1.0], 100)):
        assert not checked.expectation("mean", 0.0, values).is_right


@pytest.mark.parametrize("name", NAMES)
def test_what_is_kept_are_the_numbers_of_the_command(name: str) -> None:
    kept = json.loads((FOLDER / f"expected.{name}.json").read_text(encoding="utf-8"))
    assert len(kept["values"]) >= 40
    if name == "choice_segregation":
        wanted = {row.name: row.wanted for row in SEGREGATION.rows(CASES[:1])}
        assert {k: kept["values"][k] for k in wanted} == pytest.approx(wanted, abs=1e-6)


@pytest.mark.slow
def test_a_command_exits_1_when_a_number_is_off(tmp_path: Path) -> None:
    folder = tmp_path / "replications"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "choice_segregation.json"
    text = file.read_text(encoding="utf-8")
    kept = json.loads(text)
    kept["cases"] = kept["cases"][:1]
    for wrong, status in ((0.0, 0), (2e-6, 1)):
        kept["cases"][0]["DI_round1"] = CASES[0]["DI_round1"] + wrong
        file.write_text(json.dumps(kept), encoding="utf-8")
        code = "import sys, choice_segregation as c, checked; sys.exit(checked.finish('choice_segregation', c.rows(), keep=True))"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        assert ("not as expected" in done.stdout) == bool(status)


@pytest.mark.slow
def test_the_figure_is_drawn_in_both_languages() -> None:
    found = {30: np.array([[0.2, 0.2, 0.2 + 0.8 * (w > 0.61)] for w in SEGREGATION.WEIGHTS]),
             40: np.array([[0.6, 0.6, 0.6 + 0.4 * (w > 0.5)] for w in SEGREGATION.WEIGHTS])}  # fmt: skip
    rows = SEGREGATION.rows(CASES[:1])
    for lang, weight, counted in (("zh", "权重 0.625 起", "14 组共 3 个数值，3 个一致"), ("en", "from a weight of 0.625", "3 of the 3 numbers")):
        chart = SEGREGATION.figure(lang, found, rows)
        assert weight in chart.takeaway
        assert any(counted in item.get_text().replace("\n", "" if lang == "zh" else " ") for item in chart.texts)
        assert len(chart.axes) == 2 and all(len(axes.lines) == 5 for axes in chart.axes)


# ---- a county by hand, and the guide -----------------------------------------------------------------


def test_a_county_by_hand_refuses_what_does_not_exist() -> None:
    for make, code, said in (
        (lambda: Campus(columns={"managment": 1.0}), "CFG-CASE-UNKNOWN", "management"),
        (lambda: Campus(staff={"inate": 1.0}), "CFG-CASE-UNKNOWN", "innate"),
        (lambda: Campus(stage="senior"), "CFG-CASE-UNKNOWN", "junior"),
        (lambda: Campus(zone="vilage"), "CFG-CASE-UNKNOWN", "rural"),
        (lambda: case([]), "CFG-CASE-ROW", "campus in row 0"),
        (lambda: case([Campus(1, 1)], [(0, [1])]), "CFG-CASE-ROW", "campus in row 1"),
        (lambda: case([Campus(1, 1)], [(-2, [0])]), "CFG-CASE-ROW", "campus in row -2"),
        (lambda: case([Campus(1, 1, junior=3)]), "CFG-CASE-ROW", "campus in row 3"),
        (lambda: county(case([Campus(1, 1)]), rules=["rotations"]), "CFG-CASE-UNKNOWN", "rotation"),
        (lambda: mean_of(county(case([Campus(1, 1)])), "qualty"), "CFG-CASE-UNKNOWN", "quality"),
    ):
        with pytest.raises(ConfigError) as caught:
            make()
        assert caught.value.code == code and said in caught.value.message("en")
    assert mean_of(county(case([Campus(1, 2, staff={"innate": [0.1, 0.3]}), Campus(1)]))).tolist() == [0.2, 0.0]


GUIDE = (ROOT / "docs" / "replications.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("code", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_guide_runs_and_prints_what_it_says(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "docs/replications.md", "exec"), {"__name__": "guide"})
    printed = capsys.readouterr().out
    assert printed.strip()
    after = GUIDE[GUIDE.index(code) + len(code) :]
    said = re.match(r"```\n+```text\n(.*?)^```$", after, re.DOTALL | re.MULTILINE)
    assert said is not None, "every example is followed by what it prints"
    assert printed == said[1]


def test_the_guide_names_what_is_there() -> None:
    assert len(EXAMPLES) >= 3
    for name in NAMES:
        assert f"experiments/replications/{name}.py" in GUIDE
        assert (FOLDER / f"{name}.py").exists() and (FOLDER / f"{name}.json").exists()


def test_seats_decide_where_lists_collide() -> None:
    wanted, lots = lists(choice.FamilyChoice(travel=1.0, taste=0.0), [[0, 1]], [[1.0, 2.0]], [0] * 5, [0.0, 0.0])
    got = parallel_arrays(wanted, lots, np.array([2, 9]), 2)
    assert sorted(got.tolist()) == [0, 0, 1, 1, 1]
    assert set(np.argsort(lots[:, 0])[:2]) == set(np.flatnonzero(got == 0))
