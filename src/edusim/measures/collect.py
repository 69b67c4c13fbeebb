"""All measures of a year in one array, and the tables made of them.

A year is called inside the timed step: it works on arrays with a column a school, returns numbers in a
fixed order of keys, and makes no table. :func:`to_frame` and :func:`schools_frame` make tables later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from edusim.measures import (
    campuses,
    families,
    groups,
    hours,
    incentives,
    inequality,
    learning,
    money,
    official,
    staffing,
)
from edusim.measures.official import INDICATORS, SevenIndicators, judge, ratios_and_values
from edusim.measures.registry import Measure
from edusim.state import ROLES, STAGES, ZONES, open_schools

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.state import State, Table

_MODEL = "definition of the model"


def _school(
    name: str, zh: str, en: str, unit: str, better: str = "none", formula: str = "state or count of the school"
) -> Measure:
    return Measure(f"school.{name}", zh, en, unit, "school", better, formula, _MODEL, ("all",), "school")


_JUNIOR_NOTE = "a nine-year school: its primary part, i.e. per weighted pupil (its junior part is 1.1 times that)"
SCHOOL_MEASURES: tuple[Measure, ...] = (
    _school("n_pupils", "在校学生数", "pupils", "pupils"),
    _school("n_pupils_primary", "小学生数", "pupils, grades 1-6", "pupils"),
    _school("n_pupils_junior", "初中生数", "pupils, grades 7-9", "pupils"),
    _school("mean_achievement", "学业平均", "mean achievement", "pupil SD", "up", "mean of the school's pupils"),
    _school("mean_achievement_primary", "小学学业平均", "mean achievement, grades 1-6", "pupil SD", "up",
            "mean of the school's pupils in grades 1-6"),
    _school("mean_achievement_junior", "初中学业平均", "mean achievement, grades 7-9", "pupil SD", "up",
            "mean of the school's pupils in grades 7-9"),
    _school("low_share", "低分学生比例", "share of low achievers", "share", "down",
            "pupils below the base year's 20th percentile of their grade over pupils"),
    *(_school(f"ratio_{i.key}", i.zh, i.en, i.unit, "up", f"staff or goods over pupils; {_JUNIOR_NOTE}")
      for i in INDICATORS),
    _school("n_indicators_met", "达标指标数（共7项）", "indicators met, of 7", "count", "up",
            "ratios at or above the limit, fewest over the school's judged parts; NaN when not judged"),
    _school("meets_rule", "达到“至少六项、余项85%”", "meets 6 of 7 / 85 %", "yes/no", "up",
            "every judged part has 6 of 7 and the remaining one at 85 %; NaN when not judged"),
    _school("class_size_mean", "平均班额", "mean class size", "pupils/class", "down", "pupils over classes"),
    _school("class_size_largest", "最大班额", "largest class", "pupils", "down", "largest class of either stage"),
    _school("management", "管理质量", "management", "SD", "up"),
    _school("climate", "工作氛围", "climate", "SD", "up"),
    _school("reputation", "声誉", "reputation", "pupil SD", "up"),
    _school("satisfaction", "家长满意度", "satisfaction", "share", "up"),
    _school("turnover", "教师流失率", "turnover", "share", "down"),
    _school("quality_mean", "教师平均质量", "mean teacher quality", "pupil SD/year", "up",
            "mean over the teachers who teach there"),
    _school("n_teachers", "教师数（按编制）", "teachers (by staffing post)", "teachers"),
    _school("n_serving", "在岗教师数", "teachers who serve there", "teachers"),
    _school("n_placed", "任课教师数", "teachers who teach there", "teachers"),
    _school("n_backbone", "骨干教师数", "backbone teachers", "teachers", "up"),
    _school("n_substitutes", "代课教师数", "substitutes", "teachers", "down"),
    _school("n_posts", "编制数", "staffing posts", "posts"),
    _school("n_vacant", "空编数", "vacant posts", "posts", "down"),
    _school("subject_gaps", "音体美缺口班级数", "classes without a PE, art or music teacher, own or visiting", "classes", "down",
            "sum over the three subjects"),
    _school("good_senior_share", "优质高中升学率", "share who got a good senior high", "share", "up",
            "graduates admitted to a good senior high over graduates; NaN without graduates"),
)  # fmt: skip
#: Columns of the table of schools that are no measures: codes and flags.
SCHOOL_CODES = ("zone", "stage", "role", "role_base", "group_id", "mode", "is_private")
#: Rows of the matrix of schools.
SCHOOL_COLUMNS: tuple[str, ...] = (*SCHOOL_CODES, *(m.id.removeprefix("school.") for m in SCHOOL_MEASURES))
_WHOLE = frozenset(
    {
        "group_id", "mode", "n_pupils", "n_pupils_primary", "n_pupils_junior", "class_size_largest", "n_teachers",
        "n_serving", "n_placed", "n_backbone", "n_substitutes", "n_posts", "n_vacant", "subject_gaps",
    }
)  # fmt: skip
_WORDS = {"zone": ZONES, "stage": STAGES, "role": ROLES, "role_base": ROLES}

#: Measures with rows in the year's vector, in the order of the vector.
VECTOR_MEASURES: tuple[Measure, ...] = (
    *official.MEASURES, *inequality.MEASURES, *learning.MEASURES, *staffing.MEASURES, *hours.MEASURES,
    *families.MEASURES, *money.MEASURES, *incentives.MEASURES, *groups.MEASURES, *campuses.MEASURES,
)  # fmt: skip
_VECTOR_IDS = tuple(m.id for m in VECTOR_MEASURES)
#: Fields of the tally that are added up: those with a row for each stage, and those with one row.
_STAGE_FIELDS = (
    "n_pupils", "sum_achievement", "sum_square", "sum_ses", "n_low", "n_low_ses", "sum_low_ses", "n_classes",
)  # fmt: skip
_SCHOOL_FIELDS = (
    "sum_quality", "n_placed", "n_graduates", "n_good_senior", "n_posts", "n_vacant", "n_serving", "n_substitutes",
)  # fmt: skip
_N_FIELDS = 3 * len(_STAGE_FIELDS) + len(_SCHOOL_FIELDS)
#: Rows needed for sets of schools: pupils (3), achievement (3), quality, placed, graduates, good senior high.
_SET_FIELDS = np.array([0, 1, 2, 3, 4, 5, 24, 25, 26, 27])
_ZONE_CODES = np.arange(len(ZONES))[:, None]
#: Names of the modes where the law does not name them.
_UNNAMED_MODES = ("mode_0", "mode_1", "mode_2", "mode_3")


class Key(NamedTuple):
    """What one number of the vector is."""

    measure: str
    scope: str
    stage: str
    unit_id: str
    unit: str


class Keys:
    """The fixed order of the numbers of a year.

    Parameters
    ----------
    group_ids
        Ids of the groups, in the order of the table.
    mode_names
        Keys of the modes, place 0 for the law in force.
    more
        Measures of the county that stand after the registered ones.
    """

    def __init__(self, group_ids: tuple[int, ...], mode_names: tuple[str, ...], more: tuple[Measure, ...] = ()) -> None:
        self.group_ids, self.mode_names, self.more = group_ids, mode_names, more
        names = {
            "county": ("county",),
            "zone": ZONES,
            "group": tuple(str(i) for i in group_ids),
            "mode": mode_names,
        }
        self.rows: tuple[Key, ...] = tuple(
            Key(m.id, m.scope, stage, unit, m.unit)
            for m in (*VECTOR_MEASURES, *more)
            for stage in m.stages
            for unit in names[m.unit_rows]
        )
        self.place = {(k.measure, k.stage, k.unit_id): i for i, k in enumerate(self.rows)}

    def __len__(self) -> int:
        return len(self.rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return (keys, (self.group_ids, self.mode_names, self.more))


@lru_cache(maxsize=64)
def keys(group_ids: tuple[int, ...], mode_names: tuple[str, ...], more: tuple[Measure, ...] = ()) -> Keys:
    """Return the keys of a county with these groups and modes; the same object each time."""
    return Keys(group_ids, mode_names, more)


@dataclass(frozen=True)
class YearMeasures:
    """Every measure of one year.

    Attributes
    ----------
    year
        School year.
    keys
        What each number of ``values`` is.
    values
        float64, shape (len(keys),).
    school_id
        int64, shape (S,).
    schools
        float64, shape (len(SCHOOL_COLUMNS), S).
    """

    year: int
    keys: Keys
    values: NDArray[np.float64]
    school_id: NDArray[np.int64]
    schools: NDArray[np.float64]

    def value(self, measure: str, stage: str | None = None, unit_id: str = "county") -> float:
        """Return one number.

        Parameters
        ----------
        measure
            Id of a measure.
        stage
            ``primary``, ``junior`` or ``all``; None: ``all`` where the measure has it.
        unit_id
            ``county``, a zone, the id of a group, or the key of a mode.

        Raises
        ------
        KeyError
            When the year has no such number.
        """
        return float(self.values[self.keys.place[(measure, stage or "all", unit_id)]])

    def school_column(self, name: str) -> NDArray[np.float64]:
        """Return float64, shape (S,): a column of the table of schools."""
        column: NDArray[np.float64] = self.schools[SCHOOL_COLUMNS.index(name)]
        return column


@dataclass
class Base:
    """What the measures keep from the base year; made by the first call, one for each run.

    Attributes
    ----------
    year
        The base year.
    school_ids
        int64, shape (S,).
    n_pupils
        float64, shape (2, S), pupils of each part.
    official
        float64, shape (2, 7, 2): county mean and coefficient of difference, indicator, stage.
    gap
        Core-member gap, both stages together, pupil SD.
    yuan_by_year
        Spending of each year reckoned so far; 0 in the base year.
    """

    year: int
    school_ids: NDArray[np.int64]
    n_pupils: NDArray[np.float64]
    official: NDArray[np.float64]
    gap: float
    yuan_by_year: dict[int, float]


class Year:
    """The arrays that all measures of a year share (private to the measures).

    Parameters
    ----------
    state
        The county at the end of the year.
    tally
        Counts of the year; see :func:`yearly`.
    law
        The law of the year.
    memory
        What is kept from the base year; see :func:`yearly`.
    """

    def __init__(self, state: State, tally: Any, law: Any, memory: Any) -> None:
        self.year, self.tally, self.law = state.year, tally, law
        schools, groups = state.schools, state.groups
        self.schools: Table = schools
        self.groups: Table = groups
        self.others: Table = state.others
        #: Campuses that are open this year.
        self.is_open: NDArray[np.bool_] = open_schools(schools, state.year)
        size = schools.n
        #: Everything that is added up over schools, one row a field; see the names below.
        rows = np.empty((_N_FIELDS, size))
        for field, name in enumerate(_STAGE_FIELDS):
            parts_and_all = rows[3 * field : 3 * field + 3]
            parts_and_all[:2] = getattr(tally, name)
            np.add(parts_and_all[0], parts_and_all[1], out=parts_and_all[2])
        for field, name in enumerate(_SCHOOL_FIELDS, 3 * len(_STAGE_FIELDS)):
            rows[field] = getattr(tally, name)
        sums = rows.sum(axis=1)
        #: float64 [fields, 3]: county sums of the fields by stage, and both together.
        self.stage_sums = sums[: 3 * len(_STAGE_FIELDS)].reshape(-1, 3)
        #: County sums of the fields that have no stage.
        self.school_sums: dict[str, float] = dict(
            zip(_SCHOOL_FIELDS, sums[3 * len(_STAGE_FIELDS) :].tolist(), strict=True)
        )
        by_stage = rows[: 3 * len(_STAGE_FIELDS)].reshape(len(_STAGE_FIELDS), 3, size)
        self.n, self.sum_achievement, self.sum_square, self.sum_ses, self.low = by_stage[:5]
        n = self.n
        parts = n[:2]
        self.n_sums: list[float] = self.stage_sums[0].tolist()
        self.school_mean = self.sum_achievement / n
        goods = np.empty((len(INDICATORS), size))
        goods[0], goods[1], goods[2] = tally.n_above_degree, tally.n_backbone, tally.n_pe_art_music
        goods[3], goods[4], goods[5] = schools.buildings_m2, schools.sports_m2, schools.equipment_yuan
        goods[6] = schools.rooms
        #: Row of the campus that stands for the legal person of each school; None: every campus for itself.
        self.legal: NDArray[np.int64] | None = legal_persons(schools, groups, law)
        base: Base | None = getattr(memory, "measures", None)
        judged, units = merged(parts, self.legal), merged(goods, self.legal)
        if base is None:
            ratio, value = ratios_and_values(judged[None], units)
            base = Base(state.year, schools.id.copy(), parts.copy(), value[0].copy(), float("nan"), {})
            memory.measures = base
        else:
            before = merged(_base_pupils(schools, base), self.legal)
            ratio, value = ratios_and_values(np.stack((judged, before)), units)
        self.base: Base = base
        self.official_base_pupils: NDArray[np.float64] = value[-1]
        self.official_now: NDArray[np.float64] = value[0]
        self.seven: SevenIndicators = judge(judged, ratio)
        #: What each campus has, whatever it is judged for.
        self.ratio: NDArray[np.float64] = ratio if self.legal is None else ratios_and_values(parts[None], goods)[0]
        #: Pupils by the unit that the official indicators are judged for.
        self.official_size: NDArray[np.float64] = merged(n[2], self.legal)
        self.zone_masks = np.equal(_ZONE_CODES, schools.zone).astype(np.float64)
        sets = np.empty((6, size))
        sets[0], sets[1], sets[2] = schools.is_core_base, schools.is_member_base, schools.is_weak_base
        sets[3], sets[4] = schools.is_top_base, self.zone_masks[0]
        np.add(self.zone_masks[2], self.zone_masks[3], out=sets[5])
        # einsum without BLAS: the same bits whatever the number of threads.
        in_sets = np.einsum("ks,fs->kf", sets, rows[_SET_FIELDS])
        #: float64 [6 sets, 3]: mean achievement in the sets core, member, weak, top, urban, rural.
        self.set_means = in_sets[:, 3:6] / in_sets[:, :3]
        #: Of base-year core and member schools: mean teacher quality, chance of a good senior high.
        self.set_quality: list[float] = (in_sets[:2, 6] / in_sets[:2, 7]).tolist()
        self.set_chance: list[float] = (in_sets[:2, 9] / in_sets[:2, 8]).tolist()
        member_of, leads = schools.member_of, schools.leads
        is_member = member_of >= 0
        self.group_of_school = np.where(leads >= 0, leads, member_of)
        names = tuple(getattr(law, "modes", _UNNAMED_MODES))
        #: Mode each school is under, -1 in no group: a member follows its own group, unless it is outside.
        self.mode_of_school = np.full(schools.n, -1, np.int64)
        if groups.n:
            acting = np.where(is_member & ~schools.is_outside_mode, groups.mode[member_of], 0)
            led = np.where(leads >= 0, groups.mode[leads], -1)
            self.mode_of_school = np.where(is_member, acting, led).astype(np.int64)
            highest = int(groups.mode.max())
            names += tuple(f"mode_{m}" for m in range(len(names), highest + 1))
        self.mode_names = names
        #: Members that are under their group's mode.
        self.members_of_group = np.bincount(member_of[is_member & ~schools.is_outside_mode], minlength=groups.n)


def legal_persons(schools: Table, groups: Table, law: Any) -> NDArray[np.int64] | None:
    """Return the row that stands for each school's legal person, None where every campus is judged for itself.

    Campuses are judged apart unless ``official.unit`` is ``legal``, which no document asks for: standards
    and sizes stay with each campus though legal persons merge (S4 四(三), M-106).
    """
    if groups.n == 0 or not hasattr(law, "keys") or "official.unit" not in law or not law["official.unit"]:
        return None
    unified = law.by_mode["groups.legal_unified"] > 0
    stands = np.arange(schools.n)
    for g in np.flatnonzero(unified[groups.mode]):
        campuses = np.flatnonzero((schools.member_of == g) & ~schools.is_outside_mode)
        if groups.core[g] >= 0:
            campuses = np.append(groups.core[g], campuses)
        stands[campuses[1:]] = campuses[0] if campuses.size else 0
    return stands


def merged(values: NDArray[np.float64], legal: NDArray[np.int64] | None) -> NDArray[np.float64]:
    """Return values [..., schools] added up to the campus that stands for each legal person, 0 for the others."""
    if legal is None:
        return values
    out = values.copy()
    for s in np.flatnonzero(legal != np.arange(legal.size)):
        out[..., legal[s]] += values[..., s]
        out[..., s] = 0.0
    return out


def _base_pupils(schools: Table, base: Base) -> NDArray[np.float64]:
    """Return the base year's pupils of each school, shape (2, S); none for a school that is new.

    Those of a school that was merged away count where it went, as its goods do.
    """
    ids, known = schools.id, base.school_ids
    if np.array_equal(ids, known):
        pupils = base.n_pupils
    else:
        order = np.argsort(known)
        place = np.minimum(np.searchsorted(known[order], ids), known.size - 1)
        row = order[place]
        pupils = np.where(known[row] == ids, base.n_pupils[:, row], 0.0)
    gone = np.flatnonzero(schools.merged_into >= 0)
    if gone.size:
        pupils = pupils.copy()
        for part in pupils:
            np.add.at(part, schools.merged_into[gone], part[gone])
        pupils[:, gone] = 0.0
    return pupils


def yearly(state: State, tally: Any, law: Any, memory: Any, more: Mapping[Measure, Iterable[float]] = MappingProxyType({})) -> YearMeasures:
    """Reckon every measure of one year.

    Parameters
    ----------
    state
        The county at the end of the school year.
    tally
        The year's counts, NumPy arrays with a column a school (S) and scalars, as the engine makes them:
        ``n_pupils, sum_achievement, sum_square, n_low, n_low_ses, sum_low_ses, sum_ses, n_classes,
        largest_class, n_classes_over_cap`` (2, S; primary and junior part); ``n_teachers, n_above_degree,
        n_backbone, n_pe_art_music`` (S, by staffing post); ``n_serving, n_substitutes, n_posts, n_vacant,
        sum_quality, n_placed, n_graduates, n_good_senior`` (S); ``subject_gap`` (3, S);
        ``seats_needed, seats_empty`` (2, 4 zones); scalars of rotation (``promised, delivered,
        delivered_quality, n_eligible, n_member_staff, n_rotated_backbone, stock_away``, and if counted
        ``promised_years, delivered_years``), of leaving (``left_n, left_quality_sum, left_backbone,
        stayed_n, stayed_quality_sum, n_backbone_before``), of families (``n_applicants, n_first_choice,
        n_open_choice, n_exit, n_return, n_moved, satisfied_sum, satisfied_n``), of hours
        (``leader_hours_planned, leader_hours_given, expert_hours_given``); ``money``, yuan by line (see
        :func:`edusim.measures.money.ledger`), and ``unfunded_yuan``. If counted: ``travel_km`` (S),
        ``money_ordinary``, the yuan by line that the ordinary budget paid (reported apart, added to nothing),
        the groups' own funds and the appraisal pool (see :func:`edusim.measures.money.purses`), and what
        :mod:`edusim.measures.incentives` names.
    law
        The law of the year: ``law.modes`` names the modes; ``law.by_mode["rotation.term_years"]`` is read
        when the tally does not count teacher-years.
    memory
        A plain namespace. The first call makes its year the base year and sets ``memory.measures`` to a
        :class:`Base`; keep it for the years that follow. Nothing else of the namespace is touched.
    more
        Further measures of the county with their numbers, one for each stage; they stand after the registered ones.

    Returns
    -------
    YearMeasures

    Raises
    ------
    AttributeError
        When the tally lacks a count.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        year = Year(state, tally, law, memory)
        found = official.yearly(year)
        found.update(inequality.yearly(year))
        found.update(learning.yearly(year))
        gap = found["learning.core_member_gap"][2]
        if year.year == year.base.year:
            year.base.gap = gap
        found.update(staffing.yearly(year))
        found.update(hours.yearly(year))
        found.update(families.yearly(year))
        found.update(money.yearly(year, gap))
        found.update(incentives.yearly(year))
        found.update(groups.yearly(year))
        found.update(campuses.yearly(year))
        matrix = _school_matrix(year)
    order = keys(tuple(state.groups.id.tolist()), year.mode_names, tuple(more))
    numbers = np.array(list(chain.from_iterable((*map(found.__getitem__, _VECTOR_IDS), *more.values()))), dtype=np.float64)
    return YearMeasures(state.year, order, numbers, state.schools.id.copy(), matrix)


def _school_matrix(year: Year) -> NDArray[np.float64]:
    t, schools, n, seven = year.tally, year.schools, year.n, year.seven
    group = year.group_of_school
    judged = seven.is_judged[0] | seven.is_judged[1]
    has_primary = n[0] > 0
    rows: dict[str, Any] = {
        "zone": schools.zone,
        "stage": schools.stage,
        "role": np.where(schools.leads >= 0, 1, np.where(schools.member_of >= 0, 2, 0)),
        "role_base": np.where(schools.is_core_base, 1, np.where(schools.is_member_base, 2, 0)),
        "group_id": np.where(group >= 0, year.groups.id[group], -1) if year.groups.n else -1,
        "mode": year.mode_of_school,
        "is_private": schools.is_private,
        "n_pupils": n[2],
        "n_pupils_primary": n[0],
        "n_pupils_junior": n[1],
        "mean_achievement": year.school_mean[2],
        "mean_achievement_primary": year.school_mean[0],
        "mean_achievement_junior": year.school_mean[1],
        "low_share": year.low[2] / n[2],
        "n_indicators_met": np.where(judged, seven.school_n_met, np.nan),
        "meets_rule": np.where(judged, seven.school_meets, np.nan),
        "class_size_mean": n[2] / (t.n_classes[0] + t.n_classes[1]),
        "class_size_largest": np.maximum(t.largest_class[0], t.largest_class[1]),
        "quality_mean": t.sum_quality / t.n_placed,
        "subject_gaps": t.subject_gap.sum(axis=0),
        "good_senior_share": t.n_good_senior / t.n_graduates,
    }
    for name in ("management", "climate", "reputation", "satisfaction", "turnover"):
        rows[name] = schools[name]
    for name in ("n_teachers", "n_serving", "n_placed", "n_backbone", "n_substitutes", "n_posts", "n_vacant"):
        rows[name] = getattr(t, name)
    for i, row in zip(INDICATORS, np.where(has_primary, year.ratio[0], year.ratio[1]), strict=True):
        rows[f"ratio_{i.key}"] = row
    matrix = np.empty((len(SCHOOL_COLUMNS), schools.n))
    for place, name in enumerate(SCHOOL_COLUMNS):
        matrix[place] = rows[name]
    return matrix


def to_frame(years: Iterable[YearMeasures], policy: str, draw: int) -> pd.DataFrame:
    """Return the years as a tidy table, one row a number.

    Parameters
    ----------
    years
        Measures of the years of one run.
    policy
        Name of the policy.
    draw
        Number of the draw.

    Returns
    -------
    pandas.DataFrame
        Columns ``policy, draw, year, measure, scope, stage, unit_id, value, unit``.
    """
    import pandas as pd

    listed = list(years)
    rows = [key for y in listed for key in y.keys.rows]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(Key._fields)
    named = dict(zip(Key._fields, (np.array(c, dtype=object) for c in columns), strict=True))
    frame = {
        "policy": np.full(len(rows), policy, dtype=object),
        "draw": np.full(len(rows), draw, dtype=np.int64),
        "year": np.repeat(np.array([y.year for y in listed], np.int64), [len(y.keys) for y in listed]),
        "measure": named["measure"],
        "scope": named["scope"],
        "stage": named["stage"],
        "unit_id": named["unit_id"],
        "value": np.concatenate([y.values for y in listed]) if listed else np.empty(0),
        "unit": named["unit"],
    }
    return pd.DataFrame(frame)


def schools_frame(years: Iterable[YearMeasures], policy: str, draw: int) -> pd.DataFrame:
    """Return the schools of the years as a table, one row a school and year.

    Parameters
    ----------
    years
        Measures of the years of one run.
    policy
        Name of the policy.
    draw
        Number of the draw.

    Returns
    -------
    pandas.DataFrame
        ``policy, draw, year, school_id`` and :data:`SCHOOL_COLUMNS`: zone, stage and role as words, counts
        as whole numbers, ``meets_rule`` True, False or missing.
    """
    import pandas as pd

    listed = list(years)
    sizes = [y.school_id.size for y in listed]
    matrix = np.concatenate([y.schools for y in listed], axis=1) if listed else np.empty((len(SCHOOL_COLUMNS), 0))
    columns: dict[str, Any] = {
        "policy": np.full(sum(sizes), policy, dtype=object),
        "draw": np.full(sum(sizes), draw, dtype=np.int64),
        "year": np.repeat(np.array([y.year for y in listed], np.int64), sizes),
        "school_id": np.concatenate([y.school_id for y in listed]) if listed else np.empty(0, np.int64),
    }
    for name, row in zip(SCHOOL_COLUMNS, matrix, strict=True):
        if name in _WORDS:
            columns[name] = np.array(_WORDS[name], dtype=object)[row.astype(np.int64)]
        elif name in _WHOLE:
            columns[name] = row.astype(np.int64)
        elif name == "is_private":
            columns[name] = row.astype(bool)
        elif name == "meets_rule":
            columns[name] = pd.arrays.BooleanArray(np.nan_to_num(row).astype(bool), np.isnan(row))
        else:
            columns[name] = row
    return pd.DataFrame(columns)


def registered() -> tuple[Measure, ...]:
    """Return every registered measure: those of the vector, then the columns of schools."""
    return (*VECTOR_MEASURES, *SCHOOL_MEASURES)


def catalogue() -> pd.DataFrame:
    """Return the list of all measures.

    Returns
    -------
    pandas.DataFrame
        Columns ``id, label_zh, label_en, unit, scope, better, formula, source, stages, limit_primary,
        limit_junior`` (stages divided by blanks; NaN where there is no official limit).
    """
    import pandas as pd

    nan = float("nan")
    return pd.DataFrame(
        [
            {
                "id": m.id, "label_zh": m.label_zh, "label_en": m.label_en, "unit": m.unit, "scope": m.scope,
                "better": m.better, "formula": m.formula, "source": m.source, "stages": " ".join(m.stages),
                "limit_primary": m.limits[0] if m.limits else nan, "limit_junior": m.limits[1] if m.limits else nan,
            }
            for m in registered()
        ]
    )  # fmt: skip
