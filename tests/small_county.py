"""Counties small enough to reckon by hand, put together as data: no code of the package is replaced.

A campus says how many pupils a grade it has and who teaches there; every campus has a neighbourhood of its
own name beside it, so that nobody travels unless a test places it elsewhere. What a test leaves out is zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edusim import draws
from edusim.model import County
from edusim.region import Case
from edusim.region.case import Demography
from edusim.rules.context import RULES
from edusim.scenario import Scenario, load
from edusim.state import COLUMNS, OTHER_STAGES, STAGES, ZONES, State, Table

BASE_YEAR = 2025
#: Rotation by lot: everybody is willing, nobody is spared, owed or preferred.
BY_LOT = {
    "rotation.base": "core_staff",
    "rotation.counting": "one_way",
    "rotation.two_way_share": 1.0,
    "rotation.backbone_share": 0.0,
    "rotation.min_years_at_post": 0,
    "rotation.exempt_share": 0.0,
    "rotation.go_intercept": 12.0,
    "rotation.go_promotion": 0.0,
    "rotation.go_pay": 0.0,
    "rotation.go_travel": 0.0,
    "rotation.go_child": 0.0,
    "rotation.go_retire": 0.0,
    "rotation.go_cadre": 0.0,
}
#: Nobody chooses, leaves, returns: pupils follow their catchment.
STAY_PUT = {
    "admission.open_choice_share": 0.0,
    "families.exit_grade1": 0.0,
    "families.exit_grade7": 0.0,
    "families.exit_other": 0.0,
    "families.return_share": 0.0,
}


@dataclass(frozen=True)
class Campus:
    """A school: its place, pupils a grade, and columns of its teachers (one value, or one for each)."""

    pupils: int = 0
    teachers: int = 0
    stage: str = "primary"
    zone: str = "urban"
    x_km: float = 0.0
    y_km: float = 0.0
    columns: Mapping[str, Any] | None = None  # columns of the school
    staff: Mapping[str, ArrayLike] | None = None  # columns of its teachers
    entrants: int = 0
    primary: int | None = None  # catchment schools of its neighbourhood, itself where it has the stage
    junior: int | None = None


def grades(stage: str) -> range:
    return {"primary": range(1, 7), "junior": range(7, 10), "nine_year": range(1, 10)}[stage]


def _schools(campuses: Sequence[Campus], groups: Sequence[tuple[int, Sequence[int]]]) -> Table:
    table = Table.empty("schools", len(campuses))
    table.id[:] = 1 + np.arange(table.n)
    table.operating_yuan_pupil[:] = 1000.0
    table.equipment_yuan[:] = 1.0
    for row, campus in enumerate(campuses):
        table.stage[row], table.zone[row] = STAGES.index(campus.stage), ZONES.index(campus.zone)
        table.x_km[row], table.y_km[row] = campus.x_km, campus.y_km
        table.seats_primary[row] = 10_000 if campus.stage != "junior" else 0
        table.seats_junior[row] = 10_000 if campus.stage != "primary" else 0
        for name, value in (campus.columns or {}).items():
            table[name][row] = value
    for g, (core, members) in enumerate(groups):
        if core >= 0:
            table.leads[core], table.is_core_base[core] = g, True
        table.member_of[list(members)], table.is_member_base[list(members)] = g, True
    return table


def _neighbourhoods(campuses: Sequence[Campus], schools: Table) -> Table:
    places = Table.empty("neighbourhoods", len(campuses))
    places.id[:] = 1 + np.arange(places.n)
    places.zone[:], places.x_km[:], places.y_km[:] = schools.zone, schools.x_km, schools.y_km
    has = [np.flatnonzero(schools.stage != 1), np.flatnonzero(schools.stage != 0)]
    for row, campus in enumerate(campuses):
        for column, given, stage in (
            (places.catchment_primary, campus.primary, has[0]),
            (places.catchment_junior, campus.junior, has[1]),
        ):
            column[row] = given if given is not None else (row if row in stage else (stage[0] if stage.size else 0))
    return places


def _teachers(campuses: Sequence[Campus]) -> Table:
    counts = [c.teachers for c in campuses]
    n = sum(counts)
    table = Table.empty("teachers", n)
    school = np.repeat(np.arange(len(campuses)), counts)
    table.id[:] = 1 + np.arange(n)
    table.serving[:] = True
    for column in (table.employer, table.post, table.placement, table.home):
        column[:] = school
    table.subject[:] = np.concatenate([np.arange(c) % 8 for c in counts]) if n else 0
    table.age[:], table.experience[:], table.years_at_post[:] = 45, 20.0, 10
    table.pay_yuan_year[:], table.year_hired[:] = 100_000.0, BASE_YEAR - 20
    first = np.cumsum([0, *counts])
    for campus, low, high in zip(campuses, first[:-1], first[1:], strict=True):
        for name, value in (campus.staff or {}).items():
            table[name][low:high] = value
    return table


def _pupils(campuses: Sequence[Campus], places: Table, seed: int, ses: bool) -> Table:
    rows: list[tuple[int, int, int]] = []  # grade, school, home
    for s, campus in enumerate(campuses):
        for grade in grades(campus.stage):
            of_stage = places.catchment_primary if grade < 7 else places.catchment_junior
            homes = [h for h in np.flatnonzero(of_stage == s) if campuses[h].entrants or campuses[h].stage != "junior"]
            homes = homes or [s]
            rows += [(grade, s, int(homes[i * len(homes) // campus.pupils])) for i in range(campus.pupils)]
    grade, school, home = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    yearly = sum(c.entrants for c in campuses)
    size = max(int(np.bincount(grade, minlength=10).max()), yearly, 1)
    table = Table.empty("pupils", 9 * size)
    place = np.zeros(grade.size, np.int64)
    for g in range(1, 10):
        mine = np.flatnonzero(grade == g)
        place[mine] = (g - 1) * size + np.arange(mine.size)
    ids = 1 + np.arange(grade.size)
    table.id[place], table.status[place] = ids, 1
    table.school[place], table.home[place] = school, home
    table.own[place] = draws.normal(seed, "region.pupil", 0, ids)
    if ses:
        table.ses[place] = draws.normal(seed, "region.pupil", 0, ids, k=1)
    table.tenure[place] = 9
    return table


def case(
    campuses: Sequence[Campus],
    groups: Sequence[tuple[int, Sequence[int]]] = (),
    *,
    years: int = 10,
    seed: int = 0,
    ses: bool = False,
    others: Sequence[Mapping[str, Any]] = (),
    new_campuses: Mapping[str, Any] | None = None,
) -> Case:
    """Return a county of these campuses; ``groups`` are (row of the core or -1, rows of the members).

    ``others`` gives columns of kindergartens, senior and vocational schools; ``new_campuses`` what is planned
    for the campuses that are to open.
    """
    schools = _schools(campuses, groups)
    places = _neighbourhoods(campuses, schools)
    table = Table.empty("groups", len(groups))
    table.id[:] = 1 + np.arange(table.n)
    table.core[:] = [core for core, _ in groups]
    beside = Table.empty("others", len(others))
    beside.id[:] = 1 + np.arange(beside.n)
    for row, columns in enumerate(others):
        for name, value in columns.items():
            beside[name][row] = OTHER_STAGES.index(value) if name == "stage" else value
    people = _teachers(campuses), _pupils(campuses, places, seed, ses)
    state = State(BASE_YEAR, schools, table, places, *people, others=beside)
    entrants = np.tile(np.array([c.entrants for c in campuses], dtype=np.int64), (years, 1))
    names = {lang: [f"{word}{i}" for i in schools.id] for lang, word in (("zh", "校"), ("en", "School "))}
    return Case(
        state,
        Demography(entrants, np.zeros(4), np.ones(places.n)),
        names,
        constants={"ses_within_sd": 1.0 if ses else 0.0, "new_campuses": dict(new_campuses or {})},
    )


#: Policies that cases worked by hand stand on, whatever becomes of the shipped files of the same key.
FIXED = {key: Path(__file__).parent / "policies" / f"{key}.yaml" for key in ("fusion", "co_build")}


@lru_cache(maxsize=256)
def _scenario(changes: tuple[tuple[str, Any], ...], years: int) -> Scenario:
    return load("small").with_({"years": years, **dict(changes)})


def scenario(changes: Mapping[str, Any] | None = None, years: int = 10) -> Scenario:
    """Return the small shipped scenario with changes; kept, since many runs share one."""
    return _scenario(tuple((changes or {}).items()), years)


def county(
    ready: Case,
    changes: Mapping[str, Any] | None = None,
    *,
    rules: Sequence[str] = (),
    policy: str = "status_quo",
    seed: int = 0,
    draw: int = 0,
    years: int = 10,
    records: str = "counts",
    **more: Any,
) -> County:
    """Return a county with only the named rules on."""
    return County(
        ready,
        policy,
        seed,
        draw=draw,
        records=records,
        parameters=scenario(changes, years).parameters(str(FIXED[policy]) if policy in FIXED else policy),
        rules={rule: rule in rules for rule in RULES},
        base_year=BASE_YEAR,
        years=years,
        **more,
    )


def quality_of(model: County, column: str = "innate") -> NDArray[np.float64]:
    """Return float64 [schools]: the mean of a column over those who teach there."""
    teachers, n = model.state.teachers, model.state.schools.n
    on = teachers.serving
    total = np.bincount(teachers.placement[on], teachers[column][on], n)
    return total / np.maximum(np.bincount(teachers.placement[on], minlength=n), 1)


def assert_equal_states(a: State, b: State) -> None:
    """Say which column of which table differs, which a digest alone cannot."""
    a, b = a.canonical(), b.canonical()
    for name in COLUMNS:
        left, right = a.tables()[name], b.tables()[name]
        used = {"teachers": "serving", "pupils": "status"}.get(name)
        keep = [t[used] > 0 if used else np.ones(t.n, bool) for t in (left, right)]
        for column in left:
            np.testing.assert_array_equal(left[column][keep[0]], right[column][keep[1]], f"{name}.{column}")
    assert a.digest() == b.digest()
