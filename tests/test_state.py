"""The columns: declared, checked, copied, put in order, digested; and the faces that Mesa users meet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from edusim.errors import ConfigError, StateError
from edusim.model import YEAR, County
from edusim.region.synthetic import shuffled
from edusim.rules.context import RULES
from edusim.scenario import load
from edusim.state import COLUMNS, N_GRADES, POINTERS, State, Table
from small_county import Campus, assert_equal_states, case, county


@pytest.fixture(scope="module")
def model() -> County:
    model = County(load("small").with_({"years": 3}), "fusion", 2)
    model.step()
    return model


@pytest.fixture
def state(model: County) -> State:
    return model.state.copy()


# --------------------------------------------------------------------------------------- declarations


def test_every_column_is_declared_whole() -> None:
    for name, columns in COLUMNS.items():
        assert "id" in columns
        for column, c in columns.items():
            assert c.meaning, f"{name}.{column}"
            assert np.dtype(c.dtype).kind in "fib"
            if c.codes:
                assert (c.low, c.high) == (0, len(c.codes) - 1), f"{name}.{column}"
            if np.dtype(c.dtype).kind == "f":
                assert c.unit, f"{name}.{column}"
            assert not c.may_be_nan or np.dtype(c.dtype).kind == "f"
    for (name, column), target in POINTERS.items():
        assert COLUMNS[name][column].unit == "row" and target in COLUMNS


@pytest.mark.parametrize("kind", list(COLUMNS))
def test_an_empty_table_has_start_values(kind: str) -> None:
    table = Table.empty(kind, 3)
    assert len(table) == table.n == 3
    for column, c in COLUMNS[kind].items():
        values = table[column]
        assert values.dtype == np.dtype(c.dtype)
        expected = np.nan if c.may_be_nan else (-1 if c.low == -1 else c.start)
        np.testing.assert_array_equal(values, np.full(3, expected, c.dtype))


def test_a_table_refuses_what_is_not_declared() -> None:
    columns = {c: Table.empty("groups", 2)[c] for c in COLUMNS["groups"]}
    with pytest.raises(StateError, match="mod") as caught:
        Table("groups", {**columns, "mod": np.zeros(2)})
    assert caught.value.code == "STATE-COLUMN"
    missing = {k: v for k, v in columns.items() if k != "mode"}
    with pytest.raises(StateError) as caught:
        Table("groups", missing)
    assert caught.value.code == "STATE-MISSING"
    with pytest.raises(StateError) as caught:
        Table("groups", {**columns, "mode": np.zeros(3)})
    assert caught.value.code == "STATE-LENGTH"
    with pytest.raises(StateError):
        Table.empty("groups", 2)["mod"] = 1


# --------------------------------------------------------------------------------------------- check


@pytest.mark.parametrize(
    ("table", "column", "value", "code"),
    [
        ("schools", "good_senior_chance", 1.5, "STATE-RANGE"),
        ("schools", "management", np.nan, "STATE-RANGE"),
        ("schools", "equipment_yuan", np.inf, "STATE-RANGE"),
        ("schools", "equipment_yuan", -1.0, "STATE-RANGE"),
        ("schools", "zone", 9, "STATE-RANGE"),
        ("teachers", "post", 10_000, "STATE-RANGE"),
        ("teachers", "home", -1, "STATE-RANGE"),
        ("teachers", "age", 99, "STATE-RANGE"),
        ("pupils", "school", 10_000, "STATE-RANGE"),
        ("pupils", "achievement", np.nan, "STATE-RANGE"),
        ("groups", "core", 10_000, "STATE-RANGE"),
    ],
)
def test_a_broken_value_is_named(table: str, column: str, value: float, code: str, state: State) -> None:
    state.check()
    target = state.tables()[table]
    row = int(np.flatnonzero(target.serving if table == "teachers" else (target.status > 0 if table == "pupils" else target.id >= 0))[1])
    target[column][row] = value
    with pytest.raises(StateError) as caught:
        state.check()
    assert caught.value.code == code
    for word in (f"{table}.{column}", str(target.id[row])):
        assert word in str(caught.value)


@pytest.mark.parametrize("table", ["schools", "teachers", "pupils", "neighbourhoods"])
def test_an_id_that_occurs_twice_is_named(table: str, state: State) -> None:
    target = state.tables()[table]
    target.id[1] = target.id[0]
    with pytest.raises(StateError) as caught:
        state.check()
    assert caught.value.code == "STATE-ID" and str(target.id[0]) in str(caught.value)


def test_rows_that_are_free_may_hold_anything(state: State) -> None:
    free = np.flatnonzero(~state.teachers.serving)
    assert free.size
    before = state.digest()
    state.teachers.age[free], state.teachers.innate[free] = -5, np.nan
    state.check()
    assert state.digest() == before


def test_what_may_be_unknown_may_be_nan_and_nothing_else(state: State) -> None:
    state.schools.quota_places[:] = np.nan
    state.check()


# --------------------------------------------------------------------------------- order and digest


def test_canonical_order_is_by_id_and_keeps_the_county(state: State) -> None:
    again, _ = shuffled(state, 5)
    assert not np.array_equal(again.schools.id, state.schools.id)
    assert again.digest() == state.digest()
    assert_equal_states(again, state)
    ordered = again.canonical()
    for name in ("schools", "groups", "neighbourhoods"):
        ids = ordered.tables()[name].id
        np.testing.assert_array_equal(ids, np.sort(ids))
    for (name, column), target in POINTERS.items():
        left, right = (s.table(name)[column].to_numpy() for s in (again, state))
        np.testing.assert_array_equal(left, right, f"{name}.{column} -> {target}")


def test_a_mistaken_pointer_changes_the_digest(state: State) -> None:
    before = state.digest()
    state.teachers.post[np.flatnonzero(state.teachers.serving)[0]] ^= 1
    assert state.digest() != before


def test_grades_are_blocks_that_turn(model: County) -> None:
    state = model.state
    assert sorted(state.block_of_grade) == list(range(N_GRADES))
    grade = state.grade_of_rows()
    for g in range(1, N_GRADES + 1):
        assert (grade[state.rows_of_grade(g)] == g).all()
    assert state.block_size * N_GRADES == len(state.pupils)


def test_a_table_for_readers_has_words_and_ids(state: State) -> None:
    teachers, pupils = state.table("teachers"), state.table("pupils")
    assert len(teachers) == state.teachers.serving.sum() and len(pupils) == (state.pupils.status > 0).sum()
    assert set(teachers["post"]) <= set(state.schools.id)
    assert set(teachers["subject"].cat.categories) >= {"maths", "music"}
    assert set(pupils["grade"]) == set(range(1, N_GRADES + 1))
    assert (pupils["id"].diff().dropna() > 0).all()
    with pytest.raises(StateError, match="schools"):
        state.table("school")


# ------------------------------------------------------------------------------------ Mesa's faces


def test_populations_are_columns_with_the_face_of_an_agent_set(model: County) -> None:
    teachers = model.teachers
    assert len(teachers) == model.state.teachers.serving.sum()
    young = teachers.select(lambda t: t.age < 30)
    assert 0 < len(young) < len(teachers)
    assert len(teachers.select(is_backbone=True)) == teachers.agg("is_backbone", np.sum)
    assert sum(len(p) for p in teachers.groupby("subject").values()) == len(teachers)
    np.testing.assert_array_equal(
        teachers.sum_by("post", size=model.state.schools.n), np.bincount(teachers.get("post"), minlength=model.state.schools.n)
    )
    np.testing.assert_allclose(teachers.sum_by("post", "quality").sum(), teachers.get("quality").sum())
    frame = young.to_frame()
    assert isinstance(frame, pd.DataFrame) and len(frame) == len(young)
    first = next(iter(young))
    assert first.age < 30 and first.id == young.get("id")[0]
    with pytest.raises(StateError, match="quality"):
        teachers.get("qualty")
    with pytest.raises(AttributeError):
        _ = first.qualty


def test_an_agent_of_a_population_writes_its_column() -> None:
    model = county(case([Campus(2, 8)]))
    teacher = next(iter(model.teachers))
    teacher.appraisal = 1.25
    assert model.state.teachers.appraisal[0] == 1.25
    model.teachers.select(subject=1).set("effort", 0.5)
    assert model.state.teachers.effort.tolist() == [0, 0.5, 0, 0, 0, 0, 0, 0]
    with pytest.raises(AttributeError):
        teacher.apraisal = 1
    seen = []
    model.teachers.do(lambda p, word: seen.append((len(p), word)), "once")
    assert seen == [(8, "once")]


def test_schools_and_groups_are_mesa_agents(model: County) -> None:
    import mesa

    school, group = model.schools[3], model.groups[0]
    assert isinstance(school, mesa.Agent) and isinstance(group, mesa.Agent)
    assert school.management == model.state.schools.management[3]
    members = model.state.schools.id[model.state.schools.member_of == 0].tolist()
    assert group.members == members and group.mode == model.state.groups.mode[0]
    assert model.authority.law is model.law and model.authority.fund_left >= 0
    with pytest.raises(AttributeError):
        _ = school.managment


def test_a_pupil_is_found_by_id(model: County) -> None:
    some = int(model.state.pupils.id[np.flatnonzero(model.state.pupils.status > 0)[5]])
    assert model.pupil_view(some).id == some
    assert model.pupil_view(-7) is None


def test_the_year_is_a_table_in_order(model: County) -> None:
    table = model.year_table
    assert table["order"].tolist() == list(range(1, len(YEAR) + 1))
    assert set(table["rule"]) - {""} == set(RULES)
    assert table["on"].sum() >= len(YEAR) - 2
    off = County(load("small").with_({"rules.rotation": False}), "fusion").year_table.set_index("phase")["on"]
    assert not off["send"] and not off["bring_back"] and off["learn"]


def test_a_step_beyond_the_demography_is_refused() -> None:
    model = county(case([Campus(2, 8)], years=1), years=1)
    model.step()
    with pytest.raises(StateError) as caught:
        model.step()
    assert caught.value.code == "STATE-HORIZON"


def test_a_county_says_what_is_missing() -> None:
    ready = case([Campus(2, 8)])
    with pytest.raises(ConfigError) as caught:
        County(ready)
    assert caught.value.code == "CFG-CASE"
    with pytest.raises(ConfigError, match="counts"):
        County(load("small"), records="count")


# -------------------------------------------------------------------------- counties that are odd


@pytest.mark.parametrize(
    "campuses",
    [
        [Campus(3, 8, stage="nine_year", entrants=3)],
        [Campus(0, 8, stage="nine_year"), Campus(3, 8, stage="nine_year", entrants=3)],
        [Campus(3, 0, stage="nine_year", entrants=3), Campus(3, 8, stage="nine_year", entrants=3)],
        [Campus(3, 8, stage="nine_year", entrants=0)],
        [Campus(3, 8, stage="junior"), Campus(3, 8, entrants=3)],
    ],
    ids=["one school", "a school without pupils", "a school without teachers", "nobody is born", "two stages"],
)
def test_odd_counties_live_on(campuses: list[Campus]) -> None:
    model = county(case(campuses), rules=RULES, policy="fusion")
    for _ in range(10):
        model.step()
        model.state.check()


def test_a_group_of_nobody_breaks_nothing() -> None:
    campuses = [Campus(3, 8, stage="nine_year", entrants=3) for _ in range(3)]
    for groups in ([(0, [])], [(-1, [1])], [(-1, [])], [(0, [1]), (1, [2])]):
        model = county(case(campuses, groups), {"groups.coverage_share": 1.0}, rules=RULES, policy="fusion")
        for _ in range(4):
            model.step()
            model.state.check()
