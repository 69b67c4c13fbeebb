"""Whatever the parameters and whichever rules are on: people, pupils and yuan add up, and nothing is NaN."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edusim.errors import ConfigError, StateError
from edusim.measures import SCHOOL_COLUMNS
from edusim.model import YEAR, County
from edusim.rules.context import EARMARKED, RULES
from edusim.scenario import Scenario, load
from edusim.state import N_GRADES

BASE = load("small").with_({"years": 3})
POLICIES = (
    "status_quo", "collaboration", "co_build", "fusion", "community_plan", "none", "nanyang", "kunshan", "ninghe", "gangkou",
)

def value_of(declaration: Any) -> st.SearchStrategy[Any]:
    """Return values of a parameter within its range, its ends included."""
    d = declaration
    if d.type == "bool":
        return st.booleans()
    if d.words:
        return st.sampled_from(d.words)
    if d.type == "int":
        return st.integers(int(d.low), int(d.high))
    ends = st.sampled_from([d.low, d.high])
    return ends | st.floats(d.low, d.high, allow_nan=False)


PLACES = {path: d for path, d in BASE.known.items() if d.scope in ("county", "group", "behaviour")}


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    paths = draw(st.lists(st.sampled_from(sorted(PLACES)), min_size=0, max_size=14, unique=True))
    changes: dict[str, Any] = {path: draw(value_of(PLACES[path])) for path in paths}
    for rule in draw(st.lists(st.sampled_from(RULES), max_size=4, unique=True)):
        changes[f"rules.{rule}"] = False
    changes["region.n_pupils"] = draw(st.sampled_from([500, 700, 1200, 3000]))
    changes["region.seed"] = draw(st.integers(0, 50))
    changes["design"] = draw(st.sampled_from(["feasible", "identical"]))
    return changes


def check(model: County) -> None:
    state = model.state
    state.check()
    teachers, pupils, schools = state.teachers, state.pupils, state.schools
    on = teachers.serving
    for column in ("employer", "post", "placement"):
        assert (teachers[column][on] >= 0).all(), f"a serving teacher without {column}"
    away = on & (teachers.origin >= 0)
    assert (teachers.term_left[on & (teachers.origin < 0)] == 0).all()
    assert (teachers.origin[away] != teachers.post[away]).all()
    enrolled = pupils.status == 1
    assert (pupils.school[enrolled] >= 0).all() and (pupils.school[pupils.status == 2] == -1).all()
    grade = state.grade_of_rows()
    # Where nobody is admitted or passes on, pupils stay in the grade they were in.
    if model.rules_on["admission"]:
        taught = np.where(grade < 7, schools.stage[pupils.school] != 1, schools.stage[pupils.school] != 0)
        assert taught[enrolled].all(), "a pupil in a school that does not teach the grade"
    assert np.array_equal(
        np.bincount(grade[enrolled], minlength=N_GRADES + 1)[1:], model.memory.enrolment.sum(axis=1)
    )
    assert int(model.memory.class_n.sum()) == int(enrolled.sum())
    ledger = model.now.ledger
    assert min(ledger.lines.values()) >= 0 and min(ledger.ordinary.values()) >= 0
    assert sum(ledger.lines.values()) == pytest.approx(ledger.spent + sum(ledger.purse_spent.values()), abs=1e-3)
    for purse, spent in ledger.purse_spent.items():
        booked = sum(ledger.lines[line] for line, of in EARMARKED.items() if of == purse)
        assert 0 <= spent <= min(ledger.purse[purse], booked) + 1e-3
    if model.rules_on["finance"]:
        whole = float(model.law["reward.pool_yuan_teacher"]) * float(model.memory.posts.sum())
        taken = model.now.tally.pool_bonus + model.now.tally.pool_heads
        assert model.now.tally.reward_pool.sum() + taken == pytest.approx(whole)
    if ledger.binds:
        assert ledger.spent <= ledger.fund + 1e-3
    tally = model.now.tally
    assert int(tally.n_people.sum()) == int(on.sum()) == int(tally.n_placed.sum())
    assert int(tally.n_pupils.sum()) == int(enrolled.sum())


def finite(model: County) -> None:
    """Every school's own state is a number; a measure of the whole county is, unless it may be undefined."""
    last = model.year_measures[-1]
    matrix = np.asarray(last.schools)
    assert matrix.shape[0] == len(SCHOOL_COLUMNS)
    always = ("n_pupils", "management", "climate", "reputation", "satisfaction", "turnover", "n_serving", "n_posts")
    for column in always:
        assert np.isfinite(matrix[SCHOOL_COLUMNS.index(column)]).all(), column
    assert not np.isinf(matrix).any() and not np.isinf(np.asarray(last.values)).any()
    named = {(k.measure, k.stage): v for k, v in zip(last.keys.rows, last.values, strict=True)}
    for name in ("learning.mean", "learning.low_share", "families.satisfaction", "money.total", "staffing.quality_mean"):
        assert np.isfinite(named[name, "all"]), name


def possible(changes: dict[str, Any], policy: str) -> Scenario | None:
    """Return the changed scenario; None where flow times term is refused, the one thing ranges do not rule out."""
    try:
        scenario = BASE.with_(changes)
        scenario.parameters(policy)
    except ConfigError as problem:
        if problem.code != "CFG-FLOW-TERM":
            raise
        return None
    return scenario


def live_three_years(changes: dict[str, Any], policy: str, seed: int) -> None:
    scenario = possible(changes, policy)
    if scenario is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = County(scenario, policy, seed)
        start = len(model.pupils)
        demography = model.case.demography
        for year in range(3):
            before = set(model.state.pupils.id[model.state.pupils.status > 0].tolist())
            graduating = model.state.pupils.status[model.state.rows_of_grade(N_GRADES)] > 0
            leaving = set(model.state.pupils.id[model.state.rows_of_grade(N_GRADES)][graduating].tolist())
            model.step()
            check(model)
            finite(model)
            after = set(model.state.pupils.id[model.state.pupils.status > 0].tolist())
            if model.rules_on["demography"]:
                born = int(demography.entrants[year].sum() + demography.entrants_junior[year].sum())
                assert len(after - before) == born
                assert before - after == leaving
            else:
                assert after == before and len(after) == start


SLOW_TO_DRAW = [HealthCheck.too_slow, HealthCheck.filter_too_much]


@settings(max_examples=25, suppress_health_check=SLOW_TO_DRAW)
@given(configurations(), st.sampled_from(POLICIES), st.integers(0, 5))
@example({}, "fusion", 0)
@example({"finance.fund_yuan_year": 0.0}, "fusion", 0)
@example({"rules.admission": False}, "status_quo", 0)
@example({"groups.coverage_share": 1.0, "groups.max_members": 1, "groups.cap_breach": "refuse"}, "fusion", 1)
def test_a_county_holds_together(changes: dict[str, Any], policy: str, seed: int) -> None:
    live_three_years(changes, policy, seed)


@pytest.mark.slow
@settings(max_examples=300, suppress_health_check=SLOW_TO_DRAW)
@given(configurations(), st.sampled_from(POLICIES), st.integers(0, 5))
def test_a_county_holds_together_over_many_configurations(changes: dict[str, Any], policy: str, seed: int) -> None:
    live_three_years(changes, policy, seed)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("policy", ["status_quo", "fusion"])
def test_any_rule_can_be_off(rule: str, policy: str) -> None:
    live_three_years({f"rules.{rule}": False}, policy, 1)


def test_every_rule_can_be_off() -> None:
    live_three_years({f"rules.{rule}": False for rule in RULES}, "fusion", 1)


def lose_teacher(model: County) -> None:
    model.state.teachers.serving[3] = False


def lose_pupil(model: County) -> None:
    model.now.tally.n_pupils[0, 0] -= 1


def lose_yuan(model: County) -> None:
    model.now.ledger.lines["rotation"] += 5.0


def overspend(model: County) -> None:
    model.now.ledger.fund = 1.0


def spend_a_purse_that_nobody_has(model: County) -> None:
    model.now.ledger.purse_spent["groups"] += 5.0
    model.now.ledger.spent -= 5.0


def spend_a_purse_on_another_line(model: County) -> None:
    ledger = model.now.ledger
    ledger.purse["groups"] = 1e9
    move = ledger.spent
    ledger.purse_spent["groups"] += move
    ledger.spent -= move


@pytest.mark.parametrize(
    ("harm", "phase", "code"),
    [
        (lose_teacher, "send", "STATE-PEOPLE"),
        (lose_pupil, "learn_together", "STATE-PUPILS"),
        (lose_yuan, "grow_older", "STATE-YUAN"),
        (overspend, "grow_older", "STATE-YUAN"),
        (spend_a_purse_that_nobody_has, "grow_older", "STATE-YUAN"),
        (spend_a_purse_on_another_line, "grow_older", "STATE-YUAN"),
    ],
)
def test_what_is_lost_on_the_way_stops_the_run(
    harm: Callable[[County], None], phase: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = County(BASE, "fusion")
    whole = next(p for p in YEAR if p.name == phase)

    def harmed(year: Any) -> None:
        whole.act(year)
        harm(model)

    changed = tuple(replace(p, act=harmed) if p is whole else p for p in YEAR)
    monkeypatch.setattr("edusim.model.YEAR", changed)
    with pytest.raises(StateError) as caught:
        model.step()
    assert caught.value.code == code
