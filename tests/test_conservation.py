"""Whatever the parameters and whichever rules are on: people, pupils and yuan add up, and nothing is NaN."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from edusim.errors import ConfigError
from edusim.measures import SCHOOL_COLUMNS
from edusim.model import County
from edusim.rules.context import RULES
from edusim.scenario import load
from edusim.state import N_GRADES

BASE = load("small").with_({"years": 3})
POLICIES = ("status_quo", "collaboration", "co_build", "fusion", "community_plan", "none")
#: Measures that may be undefined, and when: nobody rotated, no graduate, no school of a kind, no gap to price.
MAY_BE_NAN = ("school.good_senior_share", "school.n_indicators_met", "school.meets_rule", "money.yuan_per_gap_step")


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
    assert sum(ledger.lines.values()) == pytest.approx(ledger.spent, abs=1e-3)
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
    named = {(k.measure, k.stage): v for k, v in zip(last.keys.rows, last.values, strict=True) if k.scope == "county"}
    for name in ("learning.mean", "learning.low_share", "families.satisfaction", "money.total", "staffing.quality_mean"):
        values = [v for (measure, _), v in named.items() if measure == name]
        assert np.isfinite(values).any() if values else name.startswith("staffing"), name


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(configurations(), st.sampled_from(POLICIES), st.integers(0, 5))
@example({}, "fusion", 0)
@example({"finance.fund_yuan_year": 0.0}, "fusion", 0)
@example({"groups.coverage_share": 1.0, "groups.max_members": 1, "groups.cap_breach": "refuse"}, "fusion", 1)
def test_a_county_holds_together(changes: dict[str, Any], policy: str, seed: int) -> None:
    try:
        scenario = BASE.with_(changes)
        scenario.parameters(policy)
    except ConfigError as problem:
        assert problem.code == "CFG-FLOW-TERM"  # the one thing that ranges alone do not rule out
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = County(scenario, policy, seed)
        start = len(model.pupils)
        demography = model.case.demography
        for year in range(3):
            before = set(model.state.pupils.id[model.state.pupils.status > 0].tolist())
            model.step()
            check(model)
            finite(model)
            after = set(model.state.pupils.id[model.state.pupils.status > 0].tolist())
            if model.rules_on["demography"]:
                born = int(demography.entrants[year].sum() + demography.entrants_junior[year].sum())
                assert len(after - before) == born
                assert len(before - after) == model.now.tally.n_graduated or len(before - after) >= model.now.tally.n_graduated
            else:
                assert after == before and len(after) == start


def test_the_engine_says_so_when_something_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of a step can fail: a teacher, a pupil or a yuan that vanishes stops the run."""
    from edusim.errors import StateError
    from edusim.rules import context, workforce

    def break_after(name: str, harm: Any) -> str:
        model = County(BASE, "fusion")
        whole = getattr(model.now.__class__, name, None)
        assert whole is None or callable(whole)
        monkeypatch.setattr("edusim.model.County._default_tally", _wrapped(harm))
        with pytest.raises(StateError) as caught:
            model.step()
        monkeypatch.undo()
        return str(caught.value.code)

    def lose_teacher(model: County) -> None:
        model.state.teachers.serving[3] = False

    def lose_yuan(model: County) -> None:
        model.now.ledger.lines["rotation"] += 5.0

    assert break_after("-", lose_teacher) == "STATE-PEOPLE"
    assert break_after("-", lose_yuan) == "STATE-YUAN"
    assert context.LINES and workforce.COHORT


def _wrapped(harm: Any) -> Any:
    whole = County._default_tally

    def changed(self: County, year: Any) -> None:
        whole(self, year)
        harm(self)

    return changed
