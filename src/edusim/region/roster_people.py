"""Families and teachers of a roster: the drawn ones of :mod:`edusim.region.people`, with what is given.

What the roster lists (neighbourhoods, entrants, teachers, numbers of backbone teachers, ...) is met
exactly; everything else comes from the same functions that draw the synthetic county.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edusim import draws
from edusim.region.people import (
    N_PRIMARY_GRADES,
    Float,
    Homes,
    Int,
    Law,
    draw_neighbourhoods,
    nearest,
    rank_within,
    relative_management,
    share_out,
)
from edusim.region.roster_check import Parsed, Roster
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, SUBJECTS, TITLES, ZONES, Table

Bool = NDArray[np.bool_]
_DEGREE_RANK = {"below_associate": 0, "associate": 1, "bachelor": 2, "graduate": 3}
#: The degree above the required one, by stage (primary: associate; others: bachelor).
_ABOVE = (1, 2, 2)
_MOST_NEIGHBOURHOODS = 99.0  # of a school: their ids are 100 times the school's and a number
_MOST_BETWEEN = 0.8  # families within a neighbourhood always differ


def homes(
    roster: Roster, row_of_file: Int, schools: Table, enrolment: Int, settings: Mapping[str, Any], seed: int
) -> Homes:
    """Return where families live: as the roster lists them, else drawn around the schools.

    Parameters
    ----------
    roster
        The checked roster.
    row_of_file
        int64, shape (n_schools,): row in ``schools`` of each row of the file.
    schools, enrolment
        Schools, and pupils a grade (int64, shape (n_schools, 9)).
    settings
        Generator numbers.
    seed
        The draw's seed.

    Returns
    -------
    Homes
        In a county without primary schools no pupils are in grades 1-6.
    """
    if "neighbourhoods" in roster.sheets:
        return _listed_homes(roster.sheets["neighbourhoods"], row_of_file, schools, enrolment, settings, seed)
    if (schools.stage != 1).any():
        return _drawn_homes(schools, enrolment, settings, seed)
    # Junior schools only: neighbourhoods are drawn around them as if they taught all grades.
    shadow, wider = schools.copy(), enrolment.copy()
    shadow["stage"] = 2
    wider[:, :N_PRIMARY_GRADES] = np.rint(enrolment[:, N_PRIMARY_GRADES:].mean(axis=1))[:, None]
    drawn = draw_neighbourhoods(shadow, wider, settings=settings, seed=seed)
    junior = (np.arange(N_GRADES) >= N_PRIMARY_GRADES).astype(np.int64)
    return replace(
        drawn, pupils=drawn.pupils * junior[:, None], private=drawn.private * junior[:, None, None],
        enrolment=drawn.enrolment * junior[None, :],
    )  # fmt: skip


def _drawn_homes(schools: Table, enrolment: Int, settings: Mapping[str, Any], seed: int) -> Homes:
    """Return drawn homes, with so many neighbourhoods that every junior school gets a catchment."""
    path = "region.neighbourhoods.per_school"
    most = np.asarray(settings[path], dtype=np.float64)
    while True:
        found = draw_neighbourhoods(schools, enrolment, settings=ChainMap({path: most}, dict(settings)), seed=seed)
        if np.array_equal(found.enrolment, enrolment) or most.max() >= _MOST_NEIGHBOURHOODS:
            return found
        most = np.minimum(2.0 * np.maximum(most, 1.0), _MOST_NEIGHBOURHOODS)


def _listed_homes(
    sheet: Parsed, row_of_file: Int, schools: Table, enrolment: Int, settings: Mapping[str, Any], seed: int
) -> Homes:
    n = sheet.n
    table = Table.empty("neighbourhoods", n)
    table["id"] = np.arange(1, n + 1)
    table["zone"] = [ZONES.index(word) for word in sheet.column("zone")]

    def uniform(k: int) -> Float:
        return draws.uniform(seed, "region.neighbourhood", 2, table.id, k=k)

    def normal(k: int) -> Float:
        return draws.normal(seed, "region.neighbourhood", 2, table.id, k=k)

    catchments: dict[str, Int] = {}
    for key in ("catchment_primary", "catchment_junior"):
        listed = np.array(sheet.column(f"{key}_row"), dtype=np.int64)
        catchments[key] = np.where(listed >= 0, row_of_file[np.maximum(listed, 0)], -1)
    # A place that is not given lies near a school of its catchment, else near a school of its zone.
    x, y = sheet.numbers("x_km"), sheet.numbers("y_km")
    near = np.where(
        catchments["catchment_primary"] >= 0, catchments["catchment_primary"], catchments["catchment_junior"]
    )
    for i in np.flatnonzero(near < 0):
        same = np.flatnonzero(schools.zone == table.zone[i])
        same = same if same.size else np.arange(schools.n)
        near[i] = same[int(uniform(6)[i] * same.size)]
    radius = settings["region.neighbourhoods.radius_km"][table.zone]
    known = ~(np.isnan(x) | np.isnan(y))
    table["x_km"] = np.where(known, x, schools.x_km[near] + radius * normal(1))
    table["y_km"] = np.where(known, y, schools.y_km[near] + radius * normal(2))
    weight = np.where(np.isnan(sheet.numbers("entrants")), np.nan, sheet.numbers("entrants"))
    usual = float(np.nanmean(weight)) if (~np.isnan(weight)).any() else 1.0
    weight = np.where(np.isnan(weight), max(usual, 1.0) * (0.5 + uniform(3)), weight) + 1e-6

    pupils = np.zeros((N_GRADES, n), np.int64)
    for key, without, grades in (
        ("catchment_primary", 1, slice(0, N_PRIMARY_GRADES)),
        ("catchment_junior", 0, slice(N_PRIMARY_GRADES, N_GRADES)),
    ):
        rows = np.flatnonzero((schools.stage != without) & ~schools.is_private)
        if rows.size == 0:  # a county without primaries: the column must hold a school, nobody attends
            catchments[key] = catchments["catchment_primary"] = np.full(n, -1, np.int64)
            continue
        catchment = _fill_catchment(catchments[key], table, schools, rows)
        catchments[key] = catchment
        order = np.lexsort((table.id, catchment))
        size = np.bincount(catchment, minlength=schools.n)[rows]
        by_row = np.argsort(rows)
        stop = np.cumsum(size[by_row])
        total = np.where(size[by_row][:, None] > 0, enrolment[rows[by_row]][:, grades], 0)
        pupils[grades, order] = share_out(total.T, weight[order], stop - size[by_row], stop)
    if (catchments["catchment_primary"] < 0).all():
        catchments["catchment_primary"] = catchments["catchment_junior"]
    table["catchment_primary"], table["catchment_junior"] = (
        catchments["catchment_primary"],
        catchments["catchment_junior"],
    )

    followed = np.zeros((schools.n, N_GRADES), np.int64)
    for grade in range(1, N_GRADES + 1):
        catch = table.catchment_primary if grade < FIRST_JUNIOR_GRADE else table.catchment_junior
        followed[:, grade - 1] = np.rint(np.bincount(catch, weights=pupils[grade - 1], minlength=schools.n))
    private_rows = np.flatnonzero(schools.is_private)
    at_private = np.zeros((N_GRADES, n, private_rows.size), np.int64)
    reach = float(settings["region.pupils.private_reach_km"])
    for p, row in enumerate(private_rows):
        far = np.hypot(table.x_km - schools.x_km[row], table.y_km - schools.y_km[row])
        pull = weight * np.exp(-far / reach) + 1e-12
        at_private[:, :, p] = share_out(enrolment[row][:, None], pull, np.array([0]), np.array([n]))
    followed[private_rows] = at_private.sum(axis=1).T
    pupils += at_private.sum(axis=2)
    ses, within = _ses(sheet, table, schools, pupils, settings, normal(5))
    table["ses_mean"] = ses
    return Homes(table, pupils, at_private, private_rows, followed, within)


def _fill_catchment(given: Int, table: Table, schools: Table, rows: Int) -> Int:
    """Return catchments: given ones kept, the others the nearest school, schools without one first."""
    out = given.copy()
    open_rows = np.flatnonzero(out < 0)
    if open_rows.size == 0:
        return out
    unserved = [row for row in rows if not (given == row).any()]
    # A school that nobody names takes the nearest neighbourhood that names no school.
    for row in unserved:
        free = np.flatnonzero(out < 0)
        if free.size == 0:
            break
        far = np.hypot(table.x_km[free] - schools.x_km[row], table.y_km[free] - schools.y_km[row])
        out[free[int(np.argmin(far))]] = row
    free = np.flatnonzero(out < 0)
    if free.size:
        close = nearest(table.x_km[free], table.y_km[free], schools.x_km[rows], schools.y_km[rows], 1)
        out[free] = rows[close[:, 0]]
    return out


def _ses(
    sheet: Parsed, table: Table, schools: Table, pupils: Int, settings: Mapping[str, Any], noise: Float
) -> tuple[Float, float]:
    """Return mean SES a neighbourhood and the SD within: given means as they are, others drawn."""
    given = sheet.numbers("ses_mean")
    rho = float(settings["region.ses.management"])
    standing = rho * relative_management(schools)[table.catchment_junior]
    spread = np.hypot(
        float(settings["region.ses.school_sd"]) * np.sqrt(1 - rho**2), float(settings["region.ses.neighbourhood_sd"])
    )
    ses = (
        settings["region.ses.zone_mean"][table.zone]
        + float(settings["region.ses.school_sd"]) * standing
        + spread * noise
    )
    living = pupils.sum(axis=0) + 1e-9
    if np.isnan(given).all():
        ses = ses - np.average(ses, weights=living)
    ses = np.where(np.isnan(given), ses, given)
    between = float(np.average(ses**2, weights=living))
    return ses, float(np.sqrt(1.0 - min(between, _MOST_BETWEEN)))


def given_entrants(roster: Roster, drawn: Homes) -> tuple[Int, Bool] | None:
    """Return given yearly entrants and where they are given, each shape (n_neighbourhoods,), or None."""
    if "neighbourhoods" not in roster.sheets:
        return None
    values = roster.sheets["neighbourhoods"].numbers("entrants")
    assert values.size == drawn.table.n
    return np.nan_to_num(values).astype(np.int64), ~np.isnan(values)


def as_first_grade(drawn: Homes) -> Homes:
    """Return homes in which the pupils of grade 7 stand in grade 1 (for the entrants of a junior county)."""
    pupils = drawn.pupils.copy()
    pupils[0] = pupils[FIRST_JUNIOR_GRADE - 1]
    return replace(drawn, pupils=pupils)


def fit_counts(teachers: Table, given: Mapping[str, Int]) -> None:
    """Bring credentials and specialists to given numbers exactly, changing as few teachers as possible.

    Where there are too few, teachers of most experience gain the credential (substitutes last); where
    too many, those of least experience lose it. A senior who loses the title is of middle rank.

    Parameters
    ----------
    teachers
        Teachers as drawn; changed in place.
    given
        ``above_degree``, ``backbone``, ``senior``, ``pe_art_music`` -> int64, shape (n_schools,), -1
        where not given.
    """
    serving = np.flatnonzero(teachers.serving)
    school = teachers.employer[serving].astype(np.int64)
    experience, substitute = teachers.experience[serving], teachers.is_substitute[serving]

    def chosen(has: Bool, wanted: Int) -> Bool:
        rank = rank_within(school, 1000.0 * has + experience - 500.0 * substitute * ~has)
        return np.where(wanted[school] >= 0, rank < wanted[school], has)

    if "above_degree" in given:
        teachers.is_above_degree[serving] = chosen(teachers.is_above_degree[serving], given["above_degree"])
    if "senior" in given:
        title = teachers.title[serving]
        now = chosen(title == 2, given["senior"])
        teachers.title[serving] = np.where(now, 2, np.where(title == 2, 1, title))
        teachers.is_substitute[serving] &= ~now
    if "backbone" in given:
        now = chosen(teachers.is_backbone[serving], given["backbone"])
        teachers.is_backbone[serving] = now
        teachers.is_substitute[serving] &= ~now
    if "pe_art_music" in given:
        first = SUBJECTS.index("pe")
        subject = teachers.subject[serving]
        was = subject >= first
        now = chosen(was, given["pe_art_music"])
        place = np.arange(serving.size)
        subject = np.where(now & ~was, first + place % 3, subject)
        teachers.subject[serving] = np.where(was & ~now, place % first, subject)


def use_listed(
    teachers: Table, staff: Int, sheet: Parsed, row_of_file: Int, schools: Table, law: Law, base_year: int
) -> None:
    """Put listed teachers in place of drawn ones: given cells as they are, the others as drawn.

    Quality follows given experience (``novice_gain``, ``late_gain``); its county mean stays zero.

    Parameters
    ----------
    teachers
        Teachers as drawn, school by school; changed in place.
    staff
        int64, shape (n_schools,): teachers of each school.
    sheet
        The sheet of teachers.
    row_of_file
        int64, shape (n_schools,): row in ``schools`` of each row of the file.
    schools, law, base_year
        As for :func:`edusim.region.people.draw_teachers`.
    """
    school = row_of_file[np.array(sheet.column("school_row"), dtype=np.int64)]
    codes = np.array([str(c) for c in sheet.column("id")])
    # Within a school in the order of codes, so that the order of the file does not matter.
    order = np.lexsort((codes, school))
    first = (np.cumsum(staff) - staff)[school[order]]
    within = np.arange(order.size) - np.searchsorted(school[order], school[order], side="left")
    rows = np.empty(order.size, np.int64)
    rows[order] = first + within

    def put(column: str, values: list[Any]) -> Bool:
        there = np.array([v is not None for v in values], dtype=bool)
        if there.any():
            teachers[column][rows[there]] = [v for v in values if v is not None]
        return there

    def codes_of(key: str, words: tuple[str, ...]) -> list[int | None]:
        return [None if w is None else words.index(w) for w in sheet.column(key)]

    before = _gained(teachers.experience[rows], law)
    put("subject", codes_of("subject", SUBJECTS))
    put("title", codes_of("title", TITLES))
    put("is_backbone", [None if w is None else w == "yes" for w in sheet.column("backbone")])
    put("is_substitute", [None if w is None else w == "yes" for w in sheet.column("substitute")])
    above = [None if w is None else w == "yes" for w in sheet.column("above_degree")]
    for i, degree in enumerate(sheet.column("degree")):
        if above[i] is None and degree is not None:
            above[i] = _DEGREE_RANK[degree] >= _ABOVE[int(schools.stage[school[i]])]
    put("is_above_degree", above)
    put("pay_yuan_year", sheet.column("pay_yuan_year"))
    has_age, has_years = put("age", sheet.column("age")), put("experience", sheet.column("experience"))
    age, years = teachers.age[rows].astype(np.float64), teachers.experience[rows]
    years = np.where(has_age & ~has_years, np.clip(np.minimum(years, age - 22.0), 0.0, None), years)
    teachers.experience[rows] = years
    teachers.age[rows] = np.where(has_years & ~has_age, np.clip(np.maximum(age, years + 22.0), 18, 75), age)
    has_post = put("years_at_post", sheet.column("years_at_post"))
    whole = np.floor(years)
    for column in ("years_at_post", "rank_years", "weak_years"):
        least = np.minimum(teachers[column][rows], whole)
        keep = has_post if column == "years_at_post" else np.zeros(rows.size, bool)
        teachers[column][rows] = np.where(keep, teachers[column][rows], least)
    lock = np.maximum(0, int(law["staffing.hire_lock_years"]) - whole)
    teachers.lock_left[rows] = np.where(teachers.is_substitute[rows], 0, lock)
    teachers.year_hired[rows] = base_year - whole
    teachers.quality[rows] += _gained(years, law) - before
    serving = teachers.serving
    mean = float(teachers.quality[serving].mean())
    teachers.quality[serving] -= mean
    teachers.innate[serving] -= mean


def _gained(experience: Float, law: Law) -> Float:
    """Quality that experience gave: ``g1 (1 - exp(-x / tau)) + g2 min(x, 30) / 30``, pupil SD a year."""
    early = float(law["teacher.novice_gain"]) * (1.0 - np.exp(-experience / float(law["teacher.novice_years"])))
    return np.asarray(early + float(law["teacher.late_gain"]) * np.minimum(experience, 30.0) / 30.0)


def constants(settings: Mapping[str, Any], drawn: Homes, teachers: Table) -> dict[str, Any]:
    """Return the numbers of the region that rules need, under the same names as the drawn county's."""
    serving = teachers.serving
    return {
        "ses_within_sd": drawn.ses_within_sd,
        "base_pay_yuan_year": float(settings["region.pay.base_yuan_year"]),
        "pay_title": settings["region.pay.title"],
        "pay_experience": float(settings["region.pay.experience"]),
        "mean_pay_yuan_year": float(teachers.pay_yuan_year[serving].mean()),
        "entry_age": int(settings["region.teachers.entry_age"]),
        "innate_mean": float(teachers.innate[serving].mean()),
        "innate_sd": float(teachers.innate[serving].std()),
        "subject_primary": settings["region.teachers.subject_primary"],
        "subject_junior": settings["region.teachers.subject_junior"],
        "above_degree_primary": settings["region.teachers.above_degree_primary"],
        "above_degree_junior": settings["region.teachers.above_degree_junior"],
    }
