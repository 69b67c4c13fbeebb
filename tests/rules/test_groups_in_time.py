"""Groups over the years: dated mixes, ends, new campuses, what a policy leaves; targets and units that report only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim.errors import ConfigError
from edusim.model import County
from edusim.policies import policy
from edusim.runs import simulate
from edusim.scenario import load
from small_county import Campus, case, county

pytestmark = pytest.mark.plain

HEAD = """\
schema_version: 1
kind: policy
key: mine
name: {zh: 我的政策, en: My policy}
description: {zh: 试验, en: A trial}
start: 2021-09-01
"""
STAGED = HEAD + """\
mix:
  2021-09-01: {collaboration: 1.0}
  2023-09-01: {collaboration: 0.5, co_build: 0.5}
  2025-09-01: {fusion: 1.0}
"""
ENDS = HEAD + """\
end: 2023-08-31
clauses:
  groups.coverage_share:
    status: assumption
    values: {2021-09-01: 1}
    reference: {note: {zh: 设定, en: assumed}}
  groups.pairing:
    status: assumption
    values: {2021-09-01: urban_mountain}
    reference: {note: {zh: 设定, en: assumed}}
  finance.fund_yuan_year:
    status: assumption
    values: {2021-09-01: 50000000}
    reference: {note: {zh: 设定, en: assumed}}
"""


def county_under(text: str, folder: Path, years: int, **changes: Any) -> County:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = load("small").with_({"policies": str(file), "years": years, **changes})
    return County(scenario, policy="mine")


def test_a_dated_mix_is_that_of_the_year(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(STAGED, encoding="utf-8")
    found = load("small").with_({"policies": str(file), "years": 8}).parameters("mine")
    assert found.modes == ("law", "collaboration", "co_build", "fusion")
    mixes = {year: found.at(year).mix.tolist() for year in range(2025, 2032)}  # aligned: 2021 becomes 2026
    assert mixes[2025] == [0, 0, 0, 0], "no mode before the first dated mix"
    assert mixes[2026] == mixes[2027] == [0, 1, 0, 0]
    assert mixes[2028] == mixes[2029] == [0, 0.5, 0.5, 0]
    assert mixes[2030] == mixes[2031] == [0, 0, 0, 1]
    assert {2026, 2028, 2030} <= set(found.breaks())
    assert found.resolved()["mix"] == [[2026, [1, 0, 0]], [2028, [0.5, 0.5, 0]], [2030, [0, 0, 1]]]


def test_groups_pass_from_one_mode_to_the_next(tmp_path: Path) -> None:
    model = county_under(STAGED, tmp_path, 6, **{"groups.coverage_share": 1})
    modes = []
    for _ in range(6):
        model.step()
        modes.append(sorted(model.state.groups.mode.tolist()))
    assert modes[0] == modes[1] == [1, 1, 1]
    assert modes[2] == modes[3] == [1, 1, 2] or modes[2] == modes[3] == [1, 2, 2]
    assert modes[4] == modes[5] == [3, 3, 3]
    counts = [c for _, c in model.year_counts]
    assert [c["form"] for c in counts] == [3, 0, 0, 0, 0, 0]
    assert counts[2]["change_mode"] == modes[2].count(2) and counts[4]["change_mode"] == 3
    assert sum(c["end"] for c in counts) == 0


def test_a_group_keeps_its_mode_until_the_next_one_takes_it(tmp_path: Path) -> None:
    """The deeper mode's own coverage lets in one group of three: the others go on as they were."""
    text = HEAD + "mix:\n  2021-09-01: {collaboration: 1.0}\n  2022-09-01: {co_build: 1.0}\n"
    given = {"collaboration:groups.coverage_share": 1, "co_build:groups.coverage_share": 0.4}
    model = county_under(text, tmp_path, 2, **given)
    model.step()
    model.step()
    assert sorted(model.state.groups.mode.tolist()) == [1, 1, 2]


def test_modes_end_with_the_policy_that_mixes_them(tmp_path: Path) -> None:
    """Durations are kept where starts are aligned: two years, whatever the files of the modes say."""
    text = HEAD.replace("2021-09-01", "2023-09-01") + "end: 2025-08-31\nmix: {co_build: 0.5, collaboration: 0.5}\n"
    model = county_under(text, tmp_path, 4)
    numbers = []
    for _ in range(4):
        model.step()
        numbers.append(model.year_measures[-1].value("groups.number"))
    assert numbers[0] > 0 and numbers[1] > 0 and numbers[2:] == [0, 0]
    assert model.parameters.first_year == model.base_year + 1
    assert not model.law.in_force and model.law.by_mode["rotation.share"].tolist() == [0.05, 0.05, 0.05]


@pytest.mark.parametrize(
    ("mix", "code"),
    [
        ("mix: {2021-09-01: {fusion: 0.5}}", "CFG-MIX"),
        ("mix: {2021-09-01: {fusion: 1.0}, co_build: 0.5}", "CFG-MODES"),
        ("mix: {2023-09-01: {fusion: 1.0}, 2021-09-01: {co_build: 1.0}}", "CFG-DATE-ORDER"),
        ("mix: {2021-09-01: {fusion: 1.5, co_build: -0.5}}", "CFG-RANGE"),
        ("mix: {2021-09-01: {fusoin: 1.0}}", "CFG-UNKNOWN-MODE"),
        ("mix: {someday: {fusion: 1.0}}", "CFG-DATE"),
        ("mix: {}", "CFG-MODES"),
    ],
)
def test_a_mix_that_cannot_be_is_refused(mix: str, code: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(HEAD + mix + "\n", encoding="utf-8")
    with pytest.raises(ConfigError) as wrong:
        policy(str(file))
    assert wrong.value.code == code and "mine.yaml" in str(wrong.value)


def test_a_policy_that_stops_leaves_what_it_leaves(tmp_path: Path) -> None:
    """Groups go back to the law, pairings and goods stay, and nothing of the mode acts any more."""
    model = county_under(ENDS, tmp_path, 4)
    model.step()
    model.step()
    schools, groups = model.state.schools, model.state.groups
    assert (groups.mode == 1).all() and not model.state.schools.is_outside_mode.any()
    pairing, core, goods = schools.member_of.copy(), groups.core.copy(), schools.equipment_yuan.copy()
    management = schools.management.copy()
    model.step()
    assert not model.law.in_force and (groups.mode == 0).all() and (groups.year_formed == 0).all()
    counts = dict(model.year_counts)
    assert counts[2028]["end"] == groups.n and counts[2028]["form"] == 0
    np.testing.assert_array_equal(schools.member_of, pairing)
    np.testing.assert_array_equal(groups.core, core)
    # Goods bought stay, and wear out; nobody takes them back.
    wear = (1 - model.law["finance.replacement_share"]) / model.law["finance.equipment_life_years"]
    assert (schools.equipment_yuan >= goods * (1 - wear) - 1e-6).all()
    assert np.abs(schools.management - management).max() < 0.5
    model.step()
    assert dict(model.year_counts)[2029]["end"] == 0 and model.year_measures[-1].value("groups.number") == 0


def new_campus(joins: bool, cap: int = 5, fall: float = 0.0) -> County:
    campuses = [
        Campus(5, 8, staff={"innate": 1.0}), Campus(5, 8, x_km=2, staff={"innate": -1.0}),
        Campus(5, 8, x_km=50, staff={"innate": 1.0}), Campus(5, 8, x_km=52, staff={"innate": -1.0}),
        Campus(5, 8, x_km=40),
    ]  # fmt: skip
    given = {"groups.coverage_share": 1, "groups.new_campus_joins": joins, "groups.max_members": cap}
    model = county(case(campuses, [(0, [1]), (2, [3])]), given | {"groups.core_guard_sd": 0.1}, rules=["groups"], policy="fusion")
    model.step()
    assert model.state.schools.member_of.tolist() == [-1, 0, -1, 1, -1], "not before it opens"
    model.state.schools.opens_year[4] = 2026
    model.state.schools.z_score[2] -= fall
    return model


def test_a_new_campus_joins_the_nearest_group_that_acts() -> None:
    model = new_campus(joins=True)
    climate = model.state.schools.climate[4]
    model.step()
    assert model.state.schools.member_of.tolist() == [-1, 0, -1, 1, 1]
    assert model.year_counts[-1][1]["join"] == 1
    assert model.memory.core_distance_km[4] == pytest.approx(10 * model.law["travel.road_factor"])
    assert model.state.schools.climate[4] < climate, "it joins a legal person, with the shock of a merger"


def test_a_new_campus_goes_where_there_is_room_and_the_core_has_not_fallen() -> None:
    full, fallen, off = new_campus(True, cap=1), new_campus(True, fall=1.0), new_campus(False)
    for model in (full, fallen, off):
        model.step()
    assert full.state.schools.member_of[4] == -1
    assert fallen.state.schools.member_of[4] == 0
    assert off.state.schools.member_of[4] == -1


TARGETS = {
    "target.coverage_share": 1, "target.deep_share": 1, "target.groups": 60, "target.satisfaction_share": 1,
    "groups.counts_as_deep": True, "target.coverage_base": "all",
}  # fmt: skip


def test_targets_report_and_move_nothing() -> None:
    """Coverage and satisfaction are statements, not laws of the model: every other number keeps its bits."""
    scenario = load("small").with_({"years": 3, "groups.counts_as_deep": False})
    plain, aimed = County(scenario, policy="fusion"), County(scenario.with_(TARGETS), policy="fusion")
    for _ in range(3):
        plain.step()
        aimed.step()
    assert plain.state.digest() == aimed.state.digest()
    last, other = plain.year_measures[-1], aimed.year_measures[-1]
    moved = {
        key.measure for key, a, b in zip(last.keys.rows, last.values, other.values, strict=True)
        if not (a == b or (a != a and b != b))
    }  # fmt: skip
    assert moved == {"groups.deep_share", "target.coverage_short", "target.groups_short", "target.satisfaction_short"}
    assert other.value("target.groups_short") == 60 - other.value("groups.number")


def test_coverage_counts_schools_and_not_pupils() -> None:
    """A small and a large village school count the same; so do all schools where the target is of all."""
    campuses = [
        Campus(5, 8, staff={"innate": 2.0}), Campus(50, 8, zone="rural"), Campus(5, 8, staff={"innate": 1.0}),
        Campus(5, 8, zone="rural"),
    ]  # fmt: skip
    shorts = {}
    for base in ("town_rural_public", "all"):
        given = {"groups.coverage_share": 0.5, "target.coverage_share": 1, "target.coverage_base": base}
        model = county(case(campuses, [(0, [1]), (2, [3])]), given, rules=["groups"], policy="fusion")
        model.step()
        shorts[base] = model.year_measures[-1].value("target.coverage_short")
    assert shorts == {"town_rural_public": 0.5, "all": 0.5}


def test_a_merger_does_not_improve_an_indicator_unless_legal_persons_are_judged() -> None:
    """On the day of merger the coefficients are those of the campuses; judged by legal person they would fall."""
    columns = [{"equipment_yuan": 60.0 * y} for y in (3000, 1000, 2500)]
    campuses = [Campus(10, 8, columns=c) for c in columns]
    found = {}
    for unit in ("campus", "legal"):
        given = {"groups.coverage_share": 1, "official.unit": unit}
        model = county(case(campuses, [(0, [1])]), given, rules=["groups"], policy="fusion")
        before = model.year_measures[0].value("official.cv.equipment", "primary")
        model.step()
        last = model.year_measures[-1]
        after = last.value("official.cv.equipment", "primary")
        found[unit] = (before, after, last.value("official.schools_judged"), last.value("official.school_size_largest"))
        # What a campus has is shown as it is, whatever is judged.
        assert last.school_column("ratio_equipment").tolist() == pytest.approx([3000, 1000, 2500], rel=0.2)
    campus, legal = found["campus"], found["legal"]
    assert campus[1] == pytest.approx(campus[0], rel=1e-3) and campus[2:] == (3, 60)
    assert legal[1] < 0.5 * legal[0] and legal[2:] == (2, 120)


def test_identical_pairs_stay_the_pairs_they_are(tmp_path: Path) -> None:
    """A policy that pairs anew meets the same pairs as the others where the design says so."""
    file = tmp_path / "mine.yaml"
    file.write_text(ENDS, encoding="utf-8")
    scenario = load("small").with_({"policies": str(file), "years": 1})
    kilometres = {}
    for design in ("feasible", "identical"):
        years = simulate(scenario, "mine", seed=0, draw=0, design=design).years
        kilometres[design] = [year.value("groups.distance_mean_km") for year in years]
    assert kilometres["identical"][0] == kilometres["identical"][1]
    assert kilometres["feasible"][0] != kilometres["feasible"][1]


def test_zones_that_end_give_the_pairings_of_the_base_year_back() -> None:
    """Four school years of zones; the year after the last, schools are paired under the law as they were."""
    model = County(load("small").with_({"years": 7, "region.n_pupils": 6000}), policy="gangkou")
    schools, groups = model.state.schools, model.state.groups
    before = schools.member_of.copy(), schools.leads.copy(), groups.core.copy()
    model.step()
    assert not np.array_equal(schools.member_of, before[0]) and (groups.mode > 0).any()
    for _ in range(4):
        model.step()
    assert not groups.mode.any() and not np.array_equal(schools.member_of, before[0]), "the year it ends they part"
    model.step()
    for now, then in zip((schools.member_of, schools.leads, groups.core), before, strict=True):
        np.testing.assert_array_equal(now, then)
    model.step()
    assert dict(model.year_counts)[model.state.year]["pair"] == 0, "once"
