"""A county put together by hand, so that one mechanism can be studied with the rest switched off by configuration.

Every campus says how many pupils a grade it has and who teaches there; beside it stands a neighbourhood, so that
nobody travels unless a campus is placed elsewhere. What is left out is zero. No code is replaced: the county
is the county of every run, with only the rules on that are named.

    from edusim.by_hand import Campus, case, county

    core, member = Campus(2, 8, columns={"management": 1.5}), Campus(2, 8, columns={"management": -0.5})
    model = county(case([core, member], [(0, [1])]), {"leadership.diffusion": 0.15}, rules=["leadership"])
    model.step()

``docs/replications.md`` leads through a whole study; ``experiments/replications`` holds three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.errors import ConfigError, did_you_mean
from edusim.model import County
from edusim.region import Case, Demography
from edusim.rules.context import RULES
from edusim.scenario import Scenario, load
from edusim.state import COLUMNS, OTHER_STAGES, STAGES, ZONES, State, Table

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

BASE_YEAR = 2025
#: Settings under which rotation is by lot: everybody is willing, nobody is spared, owed or preferred.
BY_LOT: dict[str, Any] = {
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
#: Settings under which nobody chooses, leaves or returns: pupils follow their catchment.
STAY_PUT: dict[str, Any] = {
    "admission.open_choice_share": 0.0,
    "families.exit_grade1": 0.0,
    "families.exit_grade7": 0.0,
    "families.exit_other": 0.0,
    "families.return_share": 0.0,
}


@dataclass(frozen=True)
class Campus:
    """A school, its teachers and pupils, and the neighbourhood beside it.

    Attributes
    ----------
    pupils
        Pupils in every grade of the stage.
    teachers
        Teachers, who have the eight subjects in turn, are 45 and have 20 years of experience unless ``staff`` says otherwise.
    stage, zone
        One of :data:`edusim.state.STAGES` and of :data:`edusim.state.ZONES`.
    x_km, y_km
        Place of the school and of its neighbourhood, km.
    columns
        Column of the table of schools -> value (:data:`edusim.state.COLUMNS` lists them with units).
    staff
        Column of the table of teachers -> one value, or one for each teacher.
    entrants
        Children of the neighbourhood who come of school age every year.
    primary, junior
        Rows of the campuses whose catchment the neighbourhood is in; left out: this one where it has the stage, else
        the first that has.
    """

    pupils: int = 0
    teachers: int = 0
    stage: str = "primary"
    zone: str = "urban"
    x_km: float = 0.0
    y_km: float = 0.0
    columns: Mapping[str, Any] | None = None
    staff: Mapping[str, ArrayLike] | None = None
    entrants: int = 0
    primary: int | None = None
    junior: int | None = None

    def __post_init__(self) -> None:
        """Refuse a stage, a zone or a column that does not exist."""
        for name, value, valid in (("stage", self.stage, STAGES), ("zone", self.zone, ZONES)):
            _known(value, valid, f"Campus.{name}")
        for name, kind in (("columns", "schools"), ("staff", "teachers")):
            for column in getattr(self, name) or {}:
                _known(column, COLUMNS[kind], f"Campus.{name}")


def _known(value: str, valid: Any, where: str) -> None:
    if value not in valid:
        zh, en = did_you_mean(str(value), valid)
        raise ConfigError("CFG-CASE-UNKNOWN", f"没有 {value}", f"there is no {value}", where=where, mend_zh=zh, mend_en=en)


def grades(stage: str) -> range:
    """Return the grades of a stage: 1 to 6, 7 to 9, or 1 to 9."""
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
            ours = map(int, np.flatnonzero(of_stage == s))
            homes = [h for h in ours if campuses[h].entrants or campuses[h].stage != "junior"] or [s]
            rows += [(grade, s, homes[i * len(homes) // campus.pupils]) for i in range(campus.pupils)]
    in_grade, school, home = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    yearly = sum(c.entrants for c in campuses)
    size = max(int(np.bincount(in_grade, minlength=10).max()), yearly, 1)
    table = Table.empty("pupils", 9 * size)
    place = np.zeros(in_grade.size, np.int64)
    for g in range(1, 10):
        mine = np.flatnonzero(in_grade == g)
        place[mine] = (g - 1) * size + np.arange(mine.size)
    ids = 1 + np.arange(in_grade.size)
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
    """Return the base year of a county of these campuses.

    Parameters
    ----------
    campuses
        One or more; their order is that of the rows of the table of schools.
    groups
        (row of the core, rows of the members) of every school group; -1 for a core outside the county.
    years
        Years for which children come of school age.
    seed
        Seed of pupils' own attainment, and of their SES.
    ses
        Whether pupils differ in SES (standard normal); else it is 0.
    others
        Columns of kindergartens, senior and vocational schools.
    new_campuses
        What is planned for campuses that are to open.

    Returns
    -------
    Case
        Ready for :func:`county`.

    Raises
    ------
    ConfigError
        ``CFG-CASE-ROW`` when there is no campus, or a group or a catchment names a row that does not exist.
    """
    _check_rows(campuses, groups)
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


def _check_rows(campuses: Sequence[Campus], groups: Sequence[tuple[int, Sequence[int]]]) -> None:
    n = len(campuses)
    asked = [("campuses", 0)] if n == 0 else []
    for g, (core, members) in enumerate(groups):
        asked += [(f"groups[{g}]", row) for row in (*([] if core == -1 else [core]), *members)]
    for c, campus in enumerate(campuses):
        asked += [(f"campuses[{c}].{name}", row) for name in ("primary", "junior") if (row := getattr(campus, name)) is not None]
    for where, row in asked:
        if not 0 <= row < n:
            raise ConfigError(
                "CFG-CASE-ROW", f"没有第 {row} 行的学校，共 {n} 所", f"there is no campus in row {row}, there are {n}", where=where,
                mend_zh="行号从 0 起", mend_en="rows are counted from 0",
            )  # fmt: skip


@lru_cache(maxsize=256)
def _scenario(changes: tuple[tuple[str, Any], ...], years: int) -> Scenario:
    return load("small").with_({"years": years, **dict(changes)})


def scenario(changes: Mapping[str, Any] | None = None, years: int = 10) -> Scenario:
    """Return the small shipped scenario with changes, whose law and behaviour a county by hand takes; kept, since many runs share one.

    Raises
    ------
    ConfigError
        As :meth:`edusim.scenario.Scenario.with_`.
    """
    return _scenario(tuple((changes or {}).items()), years)


def county(
    ready: Case,
    changes: Mapping[str, Any] | None = None,
    *,
    rules: Sequence[str] = (),
    policy: str | Path = "status_quo",
    seed: int = 0,
    draw: int = 0,
    years: int = 10,
    records: str = "counts",
    **more: Any,
) -> County:
    """Return a county with only the named rules on.

    Parameters
    ----------
    ready
        Base year, of :func:`case`.
    changes
        Parameter -> value, as for :meth:`edusim.scenario.Scenario.with_`; :data:`BY_LOT` and :data:`STAY_PUT` are such.
    rules
        Rules that act (:data:`edusim.rules.context.RULES` lists them); all others are off.
    policy
        Key of a shipped policy, or a policy file.
    seed, draw, years, records
        As for :class:`edusim.County`; ``years`` not more than those of the case.
    more
        Further arguments of :class:`edusim.County`.

    Raises
    ------
    ConfigError
        ``CFG-CASE-UNKNOWN`` when a rule does not exist, and what a parameter or policy may be wrong in.
    """
    for rule in rules:
        _known(rule, RULES, "rules")
    return County(
        ready,
        str(policy),
        seed,
        draw=draw,
        records=records,
        parameters=scenario(changes, years).parameters(str(policy)),
        rules={rule: rule in rules for rule in RULES},
        base_year=BASE_YEAR,
        years=years,
        **more,
    )


def mean_of(model: County, column: str = "innate") -> NDArray[np.float64]:
    """Return float64 [schools]: the mean of a column of teachers over those who teach there, 0 where nobody does.

    Raises
    ------
    ConfigError
        ``CFG-CASE-UNKNOWN`` when there is no such column.
    """
    _known(column, COLUMNS["teachers"], "mean_of")
    teachers, n = model.state.teachers, model.state.schools.n
    on = teachers.serving
    total = np.bincount(teachers.placement[on], teachers[column][on], n)
    return np.asarray(total / np.maximum(np.bincount(teachers.placement[on], minlength=n), 1))


__all__ = ["BASE_YEAR", "BY_LOT", "STAY_PUT", "Campus", "case", "county", "grades", "mean_of", "scenario"]
