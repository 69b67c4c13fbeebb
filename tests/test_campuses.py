"""Mergers, new campuses, stages beside compulsory school: what moves is all there, and nothing else changes."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim import stages
from edusim.build import build_case, region_of
from edusim.errors import ConfigError, StateError
from edusim.measures.official import split_shares
from edusim.model import YEAR, County
from edusim.region.people import stage_weight
from edusim.rules import campuses
from edusim.runs import compare
from edusim.scenario import Scenario, load
from edusim.state import N_GRADES, OTHER_STAGES, State, open_schools
from small_county import Campus, assert_equal_states, case, county

MERGING = {"campuses.merge_below_pupils": 150, "campuses.merge_max_km": 40, "finance.merger_yuan_pupil": 1000}
OPENING = {"region.campuses.new_primary": 40, "region.campuses.new_junior": 40}
STAGES = {"stages.kindergarten_groups": 2, "stages.vocational_entrusted": True, "stages.senior_joined": True,
          "finance.vocational_fee_yuan": 100_000}  # fmt: skip
GOODS = ("equipment_yuan", "rooms", "buildings_m2", "sports_m2")


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("small").with_({"years": 4})


def act(model: County, *phases: str) -> None:
    """Let the year begin, and some phases of it happen."""
    model.state.year += 1
    model.law = model.parameters.at(model.state.year)
    model.now = model._year(model.law)
    for phase in YEAR:
        if phase.name in phases:
            phase.act(model.now)


# ------------------------------------------------------------------------------------------------ mergers


def test_a_merger_loses_nobody_and_nothing(small: Scenario) -> None:
    model = County(small.with_(MERGING), "fusion", 2, records="all")
    before = model.state.copy()
    act(model, "merge_campuses")
    state = model.state
    closed = np.flatnonzero(state.schools.closed_year)
    assert closed.size == 2
    to = np.where(state.schools.merged_into >= 0, state.schools.merged_into, np.arange(state.schools.n))
    # Everyone is where the school went, and nobody else has moved.
    for table, columns in (("teachers", ("employer", "post", "placement")), ("pupils", ("school",))):
        old, new = getattr(before, table), getattr(state, table)
        used = old.serving if table == "teachers" else old.status == 1
        np.testing.assert_array_equal(new.id, old.id)
        for column in columns:
            np.testing.assert_array_equal(new[column][used], to[old[column][used]])
    for name in GOODS:
        assert state.schools[name].sum() == pytest.approx(before.schools[name].sum(), rel=1e-12)
    for name in ("equipment_yuan", "rooms", "seats_primary", "seats_junior"):
        assert (state.schools[name][closed] == 0).all()
    for name in ("buildings_m2", "sports_m2"):  # the county's reserve
        np.testing.assert_array_equal(state.schools[name], before.schools[name])
    pupils = model.memory.enrolment.sum(axis=0)
    was = np.bincount(before.pupils.school[before.pupils.status == 1], minlength=pupils.size)
    assert pupils.sum() == was.sum()
    funds = [(s.operating_yuan_pupil * n).sum() for s, n in ((before.schools, was), (state.schools, pupils))]
    assert funds[0] == pytest.approx(funds[1], rel=1e-12)
    assert not np.isin(state.neighbourhoods.catchment_primary, closed).any()
    for near in (model.memory.near_primary, model.memory.near_junior):
        assert not np.isin(near, closed).any()
    moved = int(was[closed].sum())
    assert model.now.ledger.lines["closures"] == pytest.approx(1000.0 * moved)
    assert model.now.tally.n_campus_pupils == moved


@pytest.mark.parametrize("policy", ["fusion", "co_build", "collaboration"])
def test_nobody_comes_back_to_a_closed_school(policy: str, small: Scenario) -> None:
    model = County(small.with_(MERGING), policy, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(4):
            model.step()
            state = model.state
            state.check()
            shut = ~open_schools(state.schools, state.year)
            on = state.teachers.serving
            for column in ("employer", "post", "placement"):
                assert not shut[state.teachers[column][on]].any()
            assert not shut[state.teachers.origin[on & (state.teachers.origin >= 0)]].any()
            assert not shut[state.pupils.school[state.pupils.status == 1]].any()
    assert shut.sum() >= 3
    last = model.year_measures[-1]
    assert last.value("campuses.merged") == shut.sum() == state.schools.n - last.value("campuses.open")
    assert last.value("campuses.reserve_buildings_m2") == pytest.approx(state.schools.buildings_m2[shut].sum())
    for key, value in zip(last.keys.rows, last.values, strict=True):
        if key.measure.startswith(("learning.mean", "official.ratio.", "official.cv.", "families.satisf", "leadership.")):
            assert np.isfinite(value), key


def test_closed_schools_count_in_no_mean_of_schools(small: Scenario) -> None:
    model = County(small.with_(MERGING | {"climate.merger_shock": 0.0, "finance.fund_yuan_year": 2e8}), "status_quo", 1)
    model.step()
    schools = model.state.schools
    shut = schools.closed_year > 0
    assert shut.any()
    assert model.year_measures[-1].value("leadership.climate") == 0.0
    wanted = (schools.zone > 0) & ~schools.is_private & ~shut
    in_group = (schools.member_of >= 0) | (schools.leads >= 0)
    assert model.year_measures[-1].value("groups.coverage_any") == pytest.approx((wanted & in_group).sum() / wanted.sum())


def test_the_base_years_pupils_of_a_merged_school_are_counted_where_its_goods_went() -> None:
    campuses_ = [
        Campus(10, 8, columns={"equipment_yuan": 6000.0, "buildings_m2": 900.0}),
        Campus(2, 3, x_km=5.0, columns={"equipment_yuan": 1200.0}),
        Campus(20, 8, x_km=60.0, columns={"equipment_yuan": 12000.0}),
    ]
    changes = {"campuses.merge_below_pupils": 20, "finance.replacement_share": 1.0}
    model = county(case(campuses_), changes, rules=["campuses"], budget_binds=False)
    model.step()
    assert model.state.schools.closed_year.tolist() == [0, 2026, 0]
    last = model.year_measures[-1]
    # 100 yuan a pupil everywhere, before and after: neither enrolment nor policy has changed the ratio.
    for part in ("ratio_policy", "ratio_enrolment", "cv_policy", "cv_enrolment"):
        assert last.value(f"official.{part}.equipment", "primary") == pytest.approx(0.0, abs=1e-9)


def test_a_chain_of_mergers_points_at_the_last_school() -> None:
    model = county(
        case([Campus(10, 8), Campus(3, 3, x_km=9.0), Campus(1, 2, x_km=10.0)]),
        {"campuses.merge_below_pupils": 30, "campuses.merge_per_year": 1}, rules=["campuses"], budget_binds=False,
    )  # fmt: skip
    model.step()
    assert model.state.schools.merged_into.tolist() == [-1, -1, 1]
    model.step()
    assert model.state.schools.merged_into.tolist() == [-1, 0, 0]
    assert model.memory.enrolment.sum(axis=0).tolist() == [84, 0, 0]


def test_under_the_cap_of_its_mode_the_receiving_school_joins_else_it_is_left_to_the_law() -> None:
    schools = [Campus(20, 8), Campus(20, 8, x_km=40.0), Campus(2, 3, x_km=20.0), Campus(12, 8, x_km=22.0)]
    for cap, outside in ((2, False), (1, True)):
        model = county(
            case(schools, [(0, [1])], years=2),
            {"groups.coverage_share": 1.0, "groups.max_members": cap}, rules=["groups"], policy="fusion",
            budget_binds=False,
        )  # fmt: skip
        model.step()
        model.rules_on["campuses"] = True
        model.memory.enrolment = model.memory.enrolment.copy()
        model.parameters = county(
            case(schools), {"groups.coverage_share": 1.0, "groups.max_members": cap, "campuses.merge_below_pupils": 20},
            policy="fusion",
        ).parameters  # fmt: skip
        model.step()
        assert model.state.schools.merged_into.tolist() == [-1, -1, 3, -1]
        assert model.state.schools.member_of.tolist() == [-1, 0, -1, 0]
        assert bool(model.state.schools.is_outside_mode[3]) is outside


def test_assets_that_vanish_stop_the_run(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = campuses._merge_schools

    def careless(year: Any, school: int, *rest: Any) -> None:
        whole(year, school, *rest)
        year.state.schools.rooms[school] = -1.0 if year.state.schools.rooms[school] else 7.0

    monkeypatch.setattr(campuses, "_merge_schools", careless)
    with pytest.raises(StateError) as caught:
        County(small.with_(MERGING), "fusion").step()
    assert caught.value.code == "STATE-ASSETS"


def test_a_teacher_left_at_a_closed_school_stops_the_run(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campuses, "move_staff", lambda year, to, rows=None: None)
    with pytest.raises(StateError) as caught:
        County(small.with_(MERGING), "fusion").step()
    assert caught.value.code == "STATE-CLOSED"


# ---------------------------------------------------------------------------------------------- openings


def test_an_unopened_campus_changes_nothing_before_its_year(small: Scenario) -> None:
    with_rows = small.with_(OPENING | {"region.campuses.first_year": 4})
    plain, more = County(small, "fusion", 3), County(with_rows, "fusion", 3)
    n = plain.state.schools.n
    assert more.state.schools.n == n + 2 and (more.state.schools.opens_year[n:] == (2029, 2030)).all()
    for table in ("schools", "groups", "neighbourhoods", "teachers", "pupils"):
        for column in plain.state.tables()[table]:
            # Sums over more rows are added in another order: the last bits may differ, nothing else.
            left, right = (m.state.tables()[table][column] for m in (more, plain))
            left = left[:n] if table == "schools" else left
            np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12, err_msg=f"{table}.{column}")
    first, other = (m.year_measures[0] for m in (plain, more))
    np.testing.assert_allclose(first.values, other.values, rtol=1e-9, atol=1e-12)


def test_new_campuses_open_in_their_year_with_pupils_and_teachers(small: Scenario) -> None:
    model = County(small.with_(OPENING), "status_quo", 3)
    n = model.state.schools.n
    new = np.array([n - 2, n - 1])
    for step in range(4):
        goods = {name: model.state.schools[name].copy() for name in GOODS}
        model.step()
        size = model.memory.enrolment.sum(axis=0)
        is_open = open_schools(model.state.schools, model.state.year)
        assert is_open[new].tolist() == [True, step >= 1]
        assert (size[new] > 0).tolist() == is_open[new].tolist() == (model.now.tally.n_people[new] > 0).tolist()
        assert model.year_measures[-1].value("campuses.opened") == is_open[new].sum()
        opened = model.state.schools.opens_year == model.state.year
        cost = sum(
            (model.state.schools[name][opened] - goods[name][opened]).sum() * price
            for name, price in zip(GOODS, (1.0, model.law["finance.room_yuan"], model.law["finance.building_yuan_m2"],
                                           model.law["finance.sports_yuan_m2"]), strict=True)
        )  # fmt: skip
        # A good wears off by a share after it is bought.
        assert model.now.ledger.ordinary["closures"] == pytest.approx(cost, rel=0.02)
        assert (cost > 0) == bool(opened.any())
    schools, places = model.state.schools, model.state.neighbourhoods
    assert np.isin(new[0], places.catchment_primary) and np.isin(new[1], places.catchment_junior)
    taught = np.stack([schools.stage != 1, schools.stage != 0])
    assert taught[0][places.catchment_primary].all() and taught[1][places.catchment_junior].all()


def test_every_mother_keeps_a_catchment(small: Scenario) -> None:
    model = County(small.with_(OPENING), "status_quo", 3)
    had = set(model.state.neighbourhoods.catchment_primary.tolist())
    model.step()
    assert had < set(model.state.neighbourhoods.catchment_primary.tolist())


@pytest.mark.parametrize("policy", ["status_quo", "fusion"])
def test_any_order_of_rows_and_any_threads(policy: str, small: Scenario) -> None:
    scenario = small.with_(MERGING | OPENING | STAGES)
    region, law = region_of(scenario), scenario.parameters().at(scenario.base_year)
    given = {"seed": 3, "draw": 1, "base_year": scenario.base_year, "years": scenario.years}
    models = []
    for rows, threads in (("id", 1), ("shuffled", 3)):
        model = County(
            region.build(law, rows=rows, **given), policy, 3, draw=1, threads=threads,
            parameters=scenario.parameters(policy), base_year=scenario.base_year, years=scenario.years,
        )  # fmt: skip
        for _ in range(4):
            model.step()
        models.append(model)
    assert_equal_states(models[0].state, models[1].state)
    for a, b in zip(*(m.year_measures for m in models), strict=True):
        np.testing.assert_array_equal(a.values, b.values)
        np.testing.assert_array_equal(a.schools, b.schools)


@pytest.mark.slow
def test_a_run_with_closed_and_new_schools_is_written_whole(small: Scenario, tmp_path: Path) -> None:
    scenario = small.with_(MERGING | OPENING | STAGES | {"years": 2})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compare(scenario, policies=["fusion"], draws=2, seed=1, workers=1).save(tmp_path / "run")
    figures = {f.stem for f in (tmp_path / "run" / "figures").glob("*.png")}
    assert {"county_map", "dumbbell", "ridgeline", "indicators", "teacher_flow", "trajectories"} <= figures


# ------------------------------------------------------------------------------------------------ stages


def test_the_file_of_stages_is_whole() -> None:
    found = stages.read()
    assert set(found) == {"kindergarten", "primary", "junior", "nine_year", "complete_secondary", "senior", "vocational"}
    law = load("small").parameters().at(2025)
    for key in ("primary", "junior"):
        assert found[key].number("class_cap", law) == law[f"teaching.class_cap_{key}"]
        assert found[key].number("pupils_per_teacher", law) == law[f"staffing.pupils_per_teacher_{key}"]
        with pytest.raises(KeyError):
            found[key].number("class_cap")
    assert [key for key, stage in found.items() if stage.has_achievement] == ["primary", "junior", "nine_year"]
    for key in OTHER_STAGES:
        assert set(found[key].values) == set(stages.NUMBERS)
    for key in ("nine_year", "complete_secondary"):
        assert found[key].number("years") == sum(found[part].number("years") for part in found[key].parts)
    assert stages.weights("nine_year") == (1.0, 1.1)
    assert stages.weights("complete_secondary") == pytest.approx((1.0, 1.2))


def test_a_number_out_of_its_range_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim import declarations

    text = (declarations.configs() / "stages.yaml").read_text(encoding="utf-8")
    (tmp_path / "stages.yaml").write_text(text.replace("value: 1.1, unit: ratio", "value: 1.7, unit: ratio"), encoding="utf-8")
    monkeypatch.setattr(declarations, "configs", lambda: tmp_path)
    with pytest.raises(ConfigError) as caught:
        stages.read.__wrapped__()
    assert caught.value.code == "CFG-RANGE" and "junior" in str(caught.value)


def test_a_nine_year_school_shares_staff_keeps_its_pupils_and_is_split_one_to_one_point_one(small: Scenario) -> None:
    pupils = np.array([[600.0], [300.0]])
    np.testing.assert_allclose(split_shares(pupils)[:, 0], [600 / 930, 330 / 930])
    enrolment = np.array([[100] * 9])
    np.testing.assert_allclose(stage_weight(enrolment), [330 / 930])
    # Eight teachers, one a subject, teach the classes of both stages.
    model = county(case([Campus(40, 8, stage="nine_year")]), rules=["teaching"])
    model.step()
    taught = model.memory.teacher_of
    assert taught.shape[0] == N_GRADES
    both = [set(part[part >= 0].tolist()) for part in (taught[:6], taught[6:])]
    assert both[0] & both[1]
    # Of its sixth grade those who stay in the county's schools stay in the school, whatever they might choose.
    model = County(small.with_({"admission.open_choice_share": 0.5}), "status_quo", 1)
    state = model.state
    block = state.rows_of_grade(6)
    ids = state.pupils.id[block][state.schools.stage[state.pupils.school[block]] == 2]
    ids = ids[np.isin(ids, state.pupils.id[block][state.pupils.status[block] == 1])]
    was = dict(zip(state.pupils.id[block].tolist(), state.pupils.school[block].tolist(), strict=True))
    assert ids.size > 5
    model.step()
    block = state.rows_of_grade(7)
    now = dict(zip(state.pupils.id[block].tolist(), state.pupils.school[block].tolist(), strict=True))
    stayed = [i for i in ids.tolist() if now[i] >= 0]
    assert len(stayed) > 0.9 * len(ids)
    assert all(now[i] == was[i] for i in stayed)


def books_of_stages(state: State) -> None:
    others = state.others
    np.testing.assert_array_equal(others.enrolled, others.year_1 + others.year_2 + others.year_3)
    assert (others.enrolled <= others.places).all()
    for core in np.unique(others.core[others.core >= 0]):
        assert others.lent[others.core == core].sum() == 0  # who is lent is missing at home
    assert (others.lent[others.core < 0] == 0).all()
    assert (others.delegated[~others.is_entrusted] == 0).all()


@pytest.mark.parametrize("changes", [{}, STAGES, {"rules.demography": False}, {"rules.stages": False}], ids=str)
def test_the_books_of_the_other_stages_are_in_order(changes: dict[str, Any], small: Scenario) -> None:
    model = County(small.with_(changes), "fusion", 2)
    books_of_stages(model.state)
    start = model.state.others.copy()
    for _ in range(4):
        before = model.state.others.copy()
        model.step()
        books_of_stages(model.state)
        others = model.state.others
        if not changes.keys() & {"rules.demography", "rules.stages"}:
            np.testing.assert_array_equal(others.year_2, before.year_1)
            np.testing.assert_array_equal(others.year_3, before.year_2)
            wanted = 0.58 * model.now.tally.n_graduated
            senior = others.stage == 1
            taken = others.year_1[senior].sum() + model.now.tally.stage_unplaced[1]
            assert taken == int(wanted + 0.5)
    if changes.get("rules.stages") is False:
        for column in start:
            np.testing.assert_array_equal(model.state.others[column], start[column])


def test_the_law_in_force_forms_no_group_of_other_stages_and_pays_nothing(small: Scenario) -> None:
    model = County(small, "fusion", 2)
    for _ in range(3):
        model.step()
        assert model.now.ledger.lines["other_stages"] == model.now.ledger.lines["closures"] == 0.0
        last = model.year_measures[-1]
        for name in ("in_groups.kindergarten", "in_groups.senior", "entrusted.vocational", "lent.kindergarten"):
            assert last.value(f"stages.{name}") == 0.0
        assert last.value("campuses.merged") == last.value("campuses.opened") == 0.0


def test_the_other_stages_move_nothing_in_compulsory_school(small: Scenario) -> None:
    """No achievement is invented: where nothing is taken from the fund only their own numbers differ."""
    free = small.with_({"finance.vocational_fee_yuan": 0.0, "finance.stage_group_yuan": 0.0})
    clauses = {path: value for path, value in STAGES.items() if path.startswith("stages.")}
    plain, more = (County(s, "fusion", 2) for s in (free, free.with_(clauses)))
    for _ in range(3):
        plain.step()
        more.step()
    for table in ("teachers", "pupils", "groups", "neighbourhoods"):
        for column in plain.state.tables()[table]:
            np.testing.assert_array_equal(plain.state.tables()[table][column], more.state.tables()[table][column])
    last, other = plain.year_measures[-1], more.year_measures[-1]
    differs = {k.measure for k, a, b in zip(last.keys.rows, last.values, other.values, strict=True)
               if a != b and not (np.isnan(a) and np.isnan(b))}  # fmt: skip
    assert {"stages.in_groups.kindergarten", "stages.in_groups.senior", "stages.entrusted.vocational"} <= differs
    assert all(name.startswith("stages.") for name in differs)


def test_groups_of_kindergartens_end_when_the_policy_does(small: Scenario) -> None:
    model = County(small.with_({"fusion:stages.kindergarten_groups": 2, "finance.stage_group_yuan": 1000}), "fusion", 2)
    model.step()
    others = model.state.others
    assert np.unique(others.core[others.core >= 0]).size == 2
    assert model.now.records.counts["stage_group"] == 2
    model.parameters = small.parameters("fusion")
    model.step()
    assert (others.core == -1).all() and (others.lent == 0).all()
    assert model.now.records.counts["stage_end"] == 2


def test_a_county_without_other_stages_has_an_empty_table_and_an_unchanged_digest() -> None:
    model = county(case([Campus(2, 8)]))
    state = model.state
    assert state.others.n == 0 and len(state.table("others")) == 0
    drawn = build_case(load("small"), seed=0, draw=0).state
    assert set(drawn.table("others")["stage"]) == set(OTHER_STAGES)
    twin = drawn.copy()
    twin.others.staff[0] += 1
    assert twin.digest() != drawn.digest()


def test_the_document_that_asks_for_it_merges_joins_and_entrusts_in_a_county_of_its_shape() -> None:
    model = County(load("ninghe"), "ninghe")
    found: dict[str, list[float]] = {}
    for _ in range(7):
        model.step()
        last = model.year_measures[-1]
        for name in ("campuses.merged", "stages.in_groups.kindergarten", "stages.entrusted.vocational"):
            found.setdefault(name, []).append(last.value(name))
    start, end = 1, 6  # aligned: the first year is 2023-24 of the text, the last is the one after it has ended
    assert found["campuses.merged"][0] > 0, "some small schools merge at once"
    assert found["campuses.merged"][end] == found["campuses.merged"][end - 1], "what is merged stays merged"
    for name in ("stages.in_groups.kindergarten", "stages.entrusted.vocational"):
        assert found[name][start] == found[name][end] == 0 < found[name][start + 1] == found[name][end - 1], name
    assert found["stages.in_groups.kindergarten"][end - 1] == 1 + model.law["stages.group_members"]
