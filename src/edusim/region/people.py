"""Families, teachers and pupils for given schools: shared by the drawn county and the roster.

Given a table of schools and what is known of them (pupils a grade, teachers, credentials), these
functions fill the tables of neighbourhoods, teachers and pupils. A school's *counts* are taken as
given; who the people are is drawn. Neighbourhoods belong to the region's own seed, people to the
run's seed and draw.

What ties a school's people together is its ``management`` (relative to its zone): well-run schools
attract better teachers and better-off families, which is why raw results mostly mirror intake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edusim import draws
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, SUBJECTS, Table

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

#: Pupil ids: (year of entry to grade 1) * ID_STEP + number within the cohort.
ID_STEP = 10_000_000
#: A nine-year school's goods and people are split between stages by pupils weighted 1 : 1.1
#: (the ministry's counting rule, see the official indicators).
JUNIOR_WEIGHT = 1.1
N_PRIMARY_GRADES = FIRST_JUNIOR_GRADE - 1
_TOWN, _RURAL = 1, 2
_SPARE_TEACHER_ROWS = 0.25  # free rows for hires beyond leavers, share of the staff
_NEAREST = 4  # neighbourhoods a teacher's home is drawn from
_CATCHMENT_ROUNDS = 3  # times each neighbourhood's junior catchment is settled


class Law(Protocol):
    """Parameters in force in a year: path -> value."""

    def __getitem__(self, path: str, /) -> Any: ...


@dataclass
class Homes:
    """Where families live, and which school each neighbourhood's pupils attend.

    Attributes
    ----------
    table
        Neighbourhoods.
    pupils
        int64, shape (9, n_neighbourhoods): pupils living there, a grade.
    private
        int64, shape (9, n_neighbourhoods, n_private): of these, at each private school.
    private_rows
        int64, shape (n_private,): rows of the private schools.
    enrolment
        int64, shape (n_schools, 9): pupils of each school and grade that follow from the above.
    ses_within_sd
        SD of SES within a neighbourhood; total SD over pupils is 1.
    """

    table: Table
    pupils: Int
    private: Int
    private_rows: Int
    enrolment: Int
    ses_within_sd: float


def seed_of(seed: int, draw: int) -> int:
    """Return the seed of one draw of a run: people are new in each draw, the schools are not."""
    return int(draws.key(seed, "region.teacher", draw, 0) >> np.uint64(1))


def share_out(totals: Float | Int, weights: Float, start: Int, stop: Int) -> Int:
    """Divide whole totals over consecutive blocks of items in proportion to weights, exactly.

    Parameters
    ----------
    totals
        Shape (..., n_blocks): whole numbers to divide.
    weights
        float64, shape (n_items,): items in blocks ``start[i]:stop[i]`` that cover all items in order.
    start, stop
        int64, shape (n_blocks,).

    Returns
    -------
    numpy.ndarray
        int64, shape (..., n_items): block sums equal the totals (cumulative rounding).
    """
    block = np.repeat(np.arange(start.size), stop - start)
    cumulative = np.cumsum(weights)
    before = np.concatenate(([0.0], cumulative))[start]
    sums = np.concatenate(([0.0], cumulative))[stop] - before
    fraction = (cumulative - before[block]) / np.maximum(sums[block], 1e-300)
    last = np.zeros(weights.size, bool)
    last[stop[stop > start] - 1] = True
    fraction[last] = 1.0
    upper = np.floor(np.asarray(totals)[..., block] * fraction + 0.5).astype(np.int64)
    lower = np.zeros_like(upper)
    lower[..., 1:] = upper[..., :-1]
    lower[..., start[stop > start]] = 0
    return upper - lower


def distance_km(x: Float, y: Float, to_x: Float, to_y: Float) -> Float:
    """Return straight distances, float64 of shape (len(x), len(to_x)), km."""
    return np.hypot(x[:, None] - to_x[None, :], y[:, None] - to_y[None, :])


def nearest(x: Float, y: Float, to_x: Float, to_y: Float, n: int) -> Int:
    """Return the rows of the ``n`` nearest places (fewer: repeated), nearest first.

    Returns
    -------
    numpy.ndarray
        int64, shape (len(x), n); -1 everywhere when there is no place to go to.
    """
    if to_x.size == 0:
        return np.full((x.size, n), -1, np.int64)
    out = np.empty((x.size, n), np.int64)
    take = min(n, to_x.size)
    step = max(1, 2_000_000 // to_x.size)  # keeps the table of distances small in a large county
    for low in range(0, x.size, step):
        part = distance_km(x[low : low + step], y[low : low + step], to_x, to_y)
        found = np.argpartition(part, take - 1, axis=1)[:, :take]
        order = np.argsort(np.take_along_axis(part, found, axis=1), axis=1, kind="stable")
        out[low : low + step] = np.resize(np.arange(take), n)[None, :]
        out[low : low + step] = np.take_along_axis(np.take_along_axis(found, order, axis=1), out[low : low + step], axis=1)
    return out


def rank_within(block: Int, score: Float) -> Int:
    """Return each item's rank within its block, 0 for the highest score (ties: earlier row first)."""
    order = np.lexsort((-score, block))
    sizes = np.bincount(block, minlength=int(block.max(initial=-1)) + 1)
    start = np.cumsum(sizes) - sizes
    rank = np.empty(block.size, np.int64)
    rank[order] = np.arange(block.size) - start[block[order]]
    return rank


def relative_management(schools: Table) -> Float:
    """Return management relative to the mean of the school's zone, float64 (n_schools,), SD."""
    zone = schools.zone.astype(np.int64)
    size = np.maximum(np.bincount(zone, minlength=4), 1)
    mean = np.bincount(zone, weights=schools.management, minlength=4) / size
    return np.asarray(schools.management - mean[zone])


def posts(stage_pupils: Int, law: Law) -> Float:
    """Posts (编制) by the staffing rule: pupils over the ratio, small schools by classes.

    A stage of a school has ``max(pupils / ratio, teachers_per_class_small * classes)`` posts, where
    classes are pupils a grade over the class cap, rounded up.

    Parameters
    ----------
    stage_pupils
        int64, shape (n_schools, 9): pupils a grade.
    law
        Parameters in force: ``staffing.*`` and ``teaching.class_cap_*``.

    Returns
    -------
    numpy.ndarray
        float64, shape (2, n_schools): posts of the primary and the junior part.
    """
    out = np.zeros((2, stage_pupils.shape[0]))
    parts = (slice(0, N_PRIMARY_GRADES), slice(N_PRIMARY_GRADES, N_GRADES))
    for stage, name in enumerate(("primary", "junior")):
        pupils = stage_pupils[:, parts[stage]]
        classes = np.ceil(pupils / float(law[f"teaching.class_cap_{name}"])).sum(axis=1)
        by_pupils = pupils.sum(axis=1) / float(law[f"staffing.pupils_per_teacher_{name}"])
        out[stage] = np.maximum(by_pupils, float(law["staffing.teachers_per_class_small"]) * classes)
    return out


def stage_weight(enrolment: Int) -> Float:
    """Return the junior part's share of a school's people and goods: pupils weighted 1 : 1.1."""
    primary = enrolment[:, :N_PRIMARY_GRADES].sum(axis=1).astype(np.float64)
    junior = JUNIOR_WEIGHT * enrolment[:, N_PRIMARY_GRADES:].sum(axis=1)
    return np.asarray(junior / np.maximum(primary + junior, 1e-300))


def _junior_catchments(
    homes_x: Float, homes_y: Float, homes_urban: Bool, own: Int, load: Float, schools: Table, rows: Int, target: Float,
    border_km: float,
) -> Int:
    """Give each neighbourhood the nearest junior school that can hold its pupils.

    Places are given out in turn, the nearest first, and then moved once more, as a planner moves
    catchment lines: a school counts as farther off the more it is over its size. Catchments seldom
    cross the city's border, which counts as ``border_km`` more.
    """
    cost = distance_km(homes_x, homes_y, schools.x_km[rows], schools.y_km[rows])
    cost += border_km * (homes_urban[:, None] != (schools.zone[rows] == 0)[None, :])
    target = np.maximum(target, 1.0)
    in_city = schools.zone[rows] == 0
    if in_city.any() and not in_city.all() and homes_urban.any() and not homes_urban.all():
        # City schools divide the city's pupils, the others the rest: else catchments would cross the border.
        for there, of in ((in_city, homes_urban), (~in_city, ~homes_urban)):
            target[there] *= load[of].sum() / target[there].sum()
    else:
        target *= load.sum() / target.sum()
    best = own.copy()
    held = np.bincount(own[own >= 0], weights=load[own >= 0], minlength=rows.size)
    free = np.flatnonzero(own < 0)
    free = free[np.argsort(cost[free].min(axis=1), kind="stable")]
    for _ in range(_CATCHMENT_ROUNDS):  # the first round draws the lines, the next ones move them
        for place in free:
            if best[place] >= 0:
                held[best[place]] -= load[place]
            crowded = np.maximum((held + 0.5 * load[place]) / target - 1.0, 0.0)
            best[place] = np.argmin(cost[place] + border_km * crowded)
            held[best[place]] += load[place]
    # A junior school without a catchment takes the neighbourhood nearest to it from one that has several.
    for j in np.flatnonzero(np.bincount(best, minlength=rows.size) == 0):
        held_by = np.bincount(best, minlength=rows.size)[best]
        several = (held_by > 1) & (own < 0)
        if not several.any():  # nine-year schools keep their own unless nobody else can give
            several = held_by > 1
        if several.any():
            best[np.flatnonzero(several)[np.argmin(cost[several, j])]] = j
    return rows[best]


def _fill_juniors(
    schools: Table, juniors: Int, anchor: Int, table: Table, load: Float, pupils: Int, enrolment: Int,
    settings: Mapping[str, Any], fit: bool,
) -> None:
    """Set junior catchments, then the pupils of grades 7-9 of every neighbourhood."""
    column = np.full(schools.n, -1, np.int64)
    column[juniors] = np.arange(juniors.size)
    target = enrolment[juniors, N_PRIMARY_GRADES:].sum(axis=1).astype(np.float64)
    catchment = _junior_catchments(
        table.x_km, table.y_km, table.zone == 0, column[anchor], load, schools, juniors, target,
        float(settings["region.neighbourhoods.city_border_km"]),
    )  # fmt: skip
    table["catchment_junior"] = catchment
    order = np.lexsort((table.id, catchment))
    size = np.bincount(column[catchment], minlength=juniors.size)
    j_stop = np.cumsum(size)
    j_start = j_stop - size
    middle = (1 + N_PRIMARY_GRADES) / 2
    if fit:
        growth = settings["region.pupils.cohort_growth"][table.zone]
        for grade in range(FIRST_JUNIOR_GRADE, N_GRADES + 1):
            wanted = load * (1.0 + growth) ** -(grade - middle)
            total = np.rint(np.bincount(column[catchment], weights=wanted, minlength=juniors.size))
            pupils[grade - 1, order] = share_out(total, wanted[order], j_start, j_stop)
    else:
        total = np.where(size[:, None] > 0, enrolment[juniors, N_PRIMARY_GRADES:], 0)
        pupils[N_PRIMARY_GRADES:, order] = share_out(total.T, load[order], j_start, j_stop)


def draw_neighbourhoods(
    schools: Table,
    enrolment: Int,
    *,
    settings: Mapping[str, Any],
    seed: int,
    fit_junior: bool = False,
) -> Homes:
    """Draw where families live, so that catchments fill the schools that are there.

    Every public school with primary grades (in a county without any: every junior school) gets
    neighbourhoods around it, which are its catchment; junior catchments join neighbourhoods by distance
    and by the size of the junior school. A private school's pupils live around it, nearer neighbourhoods
    more. A neighbourhood's mean SES is the sum of its zone's mean, its school's standing and its own part.

    Parameters
    ----------
    schools
        Table of schools; ``id, stage, zone, x_km, y_km, is_private, management`` are read.
    enrolment
        int64, shape (n_schools, 9): pupils a grade. Private schools included.
    settings
        Generator numbers, ``region.neighbourhoods.*``, ``region.ses.*``, ``region.pupils.*``.
    seed
        The region's seed (not the run's).
    fit_junior
        True: junior columns of public schools are sizes to aim at, and the enrolment that follows from
        the catchments is returned. False: they are facts, and met exactly.

    Returns
    -------
    Homes
        Neighbourhood ids are ``100 * school id + j``.

    Raises
    ------
    ValueError
        When there is no public school.
    """
    stage, private = schools.stage, schools.is_private
    anchors = np.flatnonzero((stage != 1) & ~private)
    juniors = np.flatnonzero((stage != 0) & ~private)
    has_primary, has_junior = anchors.size > 0, juniors.size > 0
    if not has_primary:  # a county of junior schools only: families live around these
        anchors = juniors
    if anchors.size == 0:
        raise ValueError("a county needs a public school")
    around = enrolment[anchors, :N_PRIMARY_GRADES] if has_primary else enrolment[anchors, N_PRIMARY_GRADES:]
    most = settings["region.neighbourhoods.per_school"][schools.zone[anchors]].astype(np.int64)
    number = np.clip(around.sum(axis=1) // around.shape[1], 1, np.clip(most, 1, 99))
    if number.sum() < juniors.size:  # every junior school needs a catchment
        number = np.maximum(number, -(-juniors.size // anchors.size) + 1)
    stop = np.cumsum(number)
    start = stop - number
    anchor = np.repeat(anchors, number)
    zone = schools.zone[anchor]
    ids = schools.id[anchor] * 100 + np.arange(anchor.size) - np.repeat(start, number)

    def normal(k: int) -> Float:
        return draws.normal(seed, "region.neighbourhood", 0, ids, k=k)

    radius = settings["region.neighbourhoods.radius_km"][zone]
    table = Table.empty("neighbourhoods", anchor.size)
    table["id"] = ids
    table["zone"] = zone
    table["x_km"] = schools.x_km[anchor] + radius * normal(1)
    table["y_km"] = schools.y_km[anchor] + radius * normal(2)
    table["catchment_primary"] = anchor
    weight = 0.5 + draws.uniform(seed, "region.neighbourhood", 0, ids, k=3)
    pupils = np.zeros((N_GRADES, anchor.size), np.int64)
    there = share_out(around.T, weight, start, stop)
    load = there.mean(axis=0) + 1e-3  # pupils a grade
    if has_primary:
        pupils[:N_PRIMARY_GRADES] = there
    if has_junior:
        _fill_juniors(schools, juniors, anchor, table, load, pupils, enrolment, settings, fit_junior)
    else:
        table["catchment_junior"] = anchor
    private_rows = np.flatnonzero(private)
    at_private = np.zeros((N_GRADES, anchor.size, private_rows.size), np.int64)
    reach = float(settings["region.pupils.private_reach_km"])
    whole, none = np.array([anchor.size]), np.array([0])
    for p, row in enumerate(private_rows):
        distance = np.hypot(table.x_km - schools.x_km[row], table.y_km - schools.y_km[row])
        pull = load * np.exp(-distance / reach) + 1e-12
        at_private[:, :, p] = share_out(enrolment[row][:, None], pull, none, whole)

    followed = np.zeros((schools.n, N_GRADES), np.int64)
    for grade in range(1, N_GRADES + 1):
        catch = table.catchment_primary if grade < FIRST_JUNIOR_GRADE else table.catchment_junior
        followed[:, grade - 1] = np.rint(np.bincount(catch, weights=pupils[grade - 1], minlength=schools.n))
    followed[private_rows] = at_private.sum(axis=1).T
    pupils += at_private.sum(axis=2)

    rho = float(settings["region.ses.management"])
    standing = rho * relative_management(schools)[anchor]
    standing += np.sqrt(1.0 - rho**2) * draws.normal(seed, "region.neighbourhood", 0, schools.id[anchor], k=4)
    ses = settings["region.ses.zone_mean"][zone] + float(settings["region.ses.school_sd"]) * standing
    ses = ses + float(settings["region.ses.neighbourhood_sd"]) * normal(5)
    living = pupils.sum(axis=0).astype(np.float64)
    ses -= np.average(ses, weights=living + 1e-9)
    between = float(np.average(ses**2, weights=living + 1e-9))
    if between > 0.8:  # families within a neighbourhood always differ: the total SD stays 1
        ses *= np.sqrt(0.8 / between)
        between = 0.8
    table["ses_mean"] = ses
    return Homes(table, pupils, at_private, private_rows, followed, float(np.sqrt(1.0 - between)))


def draw_pupils(
    schools: Table,
    homes: Homes,
    *,
    settings: Mapping[str, Any],
    seed: int,
    base_year: int,
    block_size: int | None = None,
) -> Table:
    """Draw the pupils of the nine grades: home, SES, own noise, school, years registered.

    Pupils attend the school of their catchment, except those whom the homes place at a private school:
    among a neighbourhood's families the better-off go more often. ``own`` is standard normal noise;
    the engine scales it and adds the part due to SES. School-caused gain and achievement are zero.

    Parameters
    ----------
    schools, homes
        Schools and where families live.
    settings
        Generator numbers: ``region.pupils.private_ses``, ``region.demography.move_share``.
    seed
        The draw's seed (:func:`seed_of`).
    base_year
        The cohort in grade g entered grade 1 in ``base_year + 1 - g``.
    block_size
        Rows of a grade's block; default: the largest grade.

    Returns
    -------
    Table
        Pupils, nine blocks of ``block_size`` rows; rows not used have status 0 (empty).
    """
    cohort = homes.pupils.sum(axis=1)
    size = int(cohort.max()) if block_size is None else int(block_size)
    table = Table.empty("pupils", N_GRADES * size)
    neighbourhoods = homes.table
    moved_share = settings["region.demography.move_share"]
    slope = float(settings["region.pupils.private_ses"])
    everywhere = np.arange(neighbourhoods.n)
    for grade in range(1, N_GRADES + 1):
        n = int(cohort[grade - 1])
        rows = slice((grade - 1) * size, (grade - 1) * size + n)
        ids = (base_year + 1 - grade) * ID_STEP + np.arange(n, dtype=np.int64)
        home = np.repeat(everywhere, homes.pupils[grade - 1])
        ses = neighbourhoods.ses_mean[home]
        ses = ses + homes.ses_within_sd * draws.normal(seed, "region.pupil", base_year, ids, k=1)
        is_junior = grade >= FIRST_JUNIOR_GRADE
        catch = neighbourhoods.catchment_junior if is_junior else neighbourhoods.catchment_primary
        school = catch[home].astype(np.int64)
        _send_private(school, home, ses, homes, grade, slope, seed, base_year, ids)
        years = np.full(n, grade, np.int64)
        if is_junior:
            years[schools.stage[school] == 1] = grade - N_PRIMARY_GRADES
        # A family that moved in between registered later: the share is (1 - move)^(years - 1).
        u = draws.uniform(seed, "region.pupil", base_year, ids, k=4)
        stayed = (1.0 - moved_share[neighbourhoods.zone[home]]) ** (years - 1)
        back = 1 + np.floor((u - stayed) / np.maximum(1.0 - stayed, 1e-12) * (years - 1)).astype(np.int64)
        table.id[rows] = ids
        table.status[rows] = 1
        table.school[rows] = school
        table.home[rows] = home
        table.ses[rows] = ses
        table.own[rows] = draws.normal(seed, "region.pupil", base_year, ids, k=2)
        table.tenure[rows] = np.where(u > stayed, np.clip(years - back, 1, years), years)
    return table


def _send_private(
    school: Int, home: Int, ses: Float, homes: Homes, grade: int, slope: float, seed: int, base_year: int, ids: Int
) -> None:
    """Send each neighbourhood's number of pupils to private schools, the better-off more often."""
    wanted = homes.private[grade - 1]
    total = wanted.sum(axis=1)
    some = np.flatnonzero(total[home] > 0)
    if some.size == 0:
        return
    noise = draws.normal(seed, "region.pupil", base_year, ids[some], k=3)
    rank = rank_within(home[some], slope * ses[some] + noise)
    goes = rank < total[home[some]]
    chosen = some[goes]
    upper = np.cumsum(wanted, axis=1)
    which = (rank[goes][:, None] >= upper[home[chosen]]).sum(axis=1)
    school[chosen] = homes.private_rows[which]


def _school_quality(schools: Table, staff: Int, settings: Mapping[str, Any], sd: float, seed: int) -> Float:
    """Return each school's mean teacher quality, with the declared share of all variance between schools."""
    zone_mean = settings["region.teachers.quality_zone"][schools.zone]
    rho = float(settings["region.teachers.quality_management"])
    rest = rho * relative_management(schools)
    rest = rest + np.sqrt(1.0 - rho**2) * draws.normal(seed, "region.school", 1, schools.id, k=50)
    weight = staff / max(int(staff.sum()), 1)
    zone_mean = zone_mean - weight @ zone_mean
    rest = rest - weight @ rest
    wanted = float(settings["region.teachers.between_share"]) * sd**2
    a, b, c = weight @ rest**2, 2.0 * (weight @ (zone_mean * rest)), weight @ zone_mean**2 - wanted
    root = max(b * b - 4.0 * a * c, 0.0)
    scale = max(0.0, (-b + np.sqrt(root)) / (2.0 * a)) if a > 0 else 0.0
    return np.asarray(zone_mean + scale * rest)


def _subjects(
    schools: Table, staff: Int, school: Int, within: Int, enrolment: Int, settings: Mapping[str, Any], seed: int,
    specialists: Int | None,
) -> NDArray[np.int8]:
    """Give every teacher a subject: systematic sampling of the stage's mix, few PE, art, music where small."""
    junior = stage_weight(enrolment)[:, None]
    mix = (1.0 - junior) * settings["region.teachers.subject_primary"] + junior * settings[
        "region.teachers.subject_junior"
    ]
    first = SUBJECTS.index("pe")
    mix = mix / mix.sum(axis=1, keepdims=True)
    special = mix[:, first:].sum(axis=1)
    wanted = special * np.minimum(1.0, staff / float(settings["region.teachers.specialist_staff"]))
    if specialists is not None:
        known = specialists >= 0
        wanted = np.where(known, np.minimum(specialists / np.maximum(staff, 1), 1.0), wanted)
    mix[:, first:] *= (wanted / np.maximum(special, 1e-12))[:, None]
    mix[:, :first] *= ((1.0 - wanted) / np.maximum(1.0 - special, 1e-12))[:, None]
    edge = np.cumsum(mix, axis=1)[:, :-1]
    # A known number of specialists is met exactly: sampling then starts at the middle of a step.
    offset = draws.uniform(seed, "region.school", 1, schools.id, k=51)
    if specialists is not None:
        offset = np.where(specialists >= 0, 0.5, offset)
    place = (within + offset[school]) / staff[school]
    return (place[:, None] >= edge[school]).sum(axis=1).astype(np.int8)


def _homes_of_teachers(
    schools: Table, neighbourhoods: Table, school: Int, settings: Mapping[str, Any], seed: int, ids: Int
) -> Int:
    """Draw where teachers live: near the school, or in town or city and commuting."""
    u = draws.uniform(seed, "region.teacher", 0, ids, k=20)
    pick = (draws.uniform(seed, "region.teacher", 0, ids, k=21) * _NEAREST).astype(np.int64)
    zone = schools.zone[school]
    in_city = settings["region.teachers.home_city"][zone]
    in_town = settings["region.teachers.home_town"][zone]
    home = nearest(schools.x_km, schools.y_km, neighbourhoods.x_km, neighbourhoods.y_km, _NEAREST)[school, pick]
    for is_there, code in ((u < in_city, 0), ((u >= in_city) & (u < in_city + in_town), _TOWN)):
        rows = np.flatnonzero(neighbourhoods.zone == code)
        if rows.size == 0 or not is_there.any():
            continue
        near = nearest(schools.x_km, schools.y_km, neighbourhoods.x_km[rows], neighbourhoods.y_km[rows], _NEAREST)
        home[is_there] = rows[near[school[is_there], pick[is_there]]]
    return home


def draw_teachers(
    schools: Table,
    neighbourhoods: Table,
    staff: Int,
    enrolment: Int,
    *,
    law: Law,
    settings: Mapping[str, Any],
    seed: int,
    base_year: int,
    counts: Mapping[str, Int] | None = None,
    first_id: int = 1,
) -> Table:
    """Draw the teachers of given schools: subject, age, credentials, quality, home, pay, service.

    Quality has SD ``teacher.quality_sd`` over the county, a declared part of its variance between
    schools; experience gives ``novice_gain (1 - exp(-x / novice_years)) + late_gain min(x, 30) / 30``
    of it and the rest is innate. Title, degree and backbone follow experience, age and a credential
    index that correlates ``teacher.credential_correlation`` with quality. Employer, post and placement
    are the same school: nobody is on rotation.

    Parameters
    ----------
    schools, neighbourhoods
        Tables; ``id, zone, x_km, y_km, management, is_core_base`` of schools are read.
    staff
        int64, shape (n_schools,): teachers of each school, substitutes included.
    enrolment
        int64, shape (n_schools, 9): pupils a grade (for the stage mix of nine-year schools).
    law
        Parameters in force (``teacher.*``, ``promotion.*``, ``staffing.*``, ``appraisal.noise_sd``,
        ``honours.excellent_share``, ``finance.substitute_yuan_year``).
    settings
        Generator numbers, ``region.teachers.*`` and ``region.pay.*``.
    seed
        The draw's seed (:func:`seed_of`).
    base_year
        Year of the state.
    counts
        Known numbers a school, int64 (n_schools,), -1 where unknown: ``above_degree``, ``middle_up``
        (middle rank and above), ``senior``, ``backbone``, ``pe_art_music``, ``substitute``. What is
        not given is drawn from the generator's shares.
    first_id
        Id of the first teacher; ids run on in the order of schools.

    Returns
    -------
    Table
        Teachers, then free rows for hires (``serving`` False).
    """
    known = dict(counts or {})
    n = int(staff.sum())
    school = np.repeat(np.arange(schools.n), staff)
    stop = np.cumsum(staff)
    within = np.arange(n) - np.repeat(stop - staff, staff)
    ids = first_id + np.arange(n, dtype=np.int64)
    zone = schools.zone[school].astype(np.int64)

    def uniform(k: int) -> Float:
        return draws.uniform(seed, "region.teacher", 0, ids, k=k)

    def normal(k: int) -> Float:
        return draws.normal(seed, "region.teacher", 0, ids, k=k)

    def wanted(name: str, share: Float, k: int) -> Int:
        """Return the number a school: the known one, else a share of staff rounded at random."""
        drawn = np.floor(share * staff + draws.uniform(seed, "region.school", 1, schools.id, k=k)).astype(np.int64)
        given = known.get(name)
        drawn = np.minimum(drawn, staff)
        return drawn if given is None else np.where(given >= 0, np.minimum(given, staff), drawn)

    retire = float(law["staffing.retire_age"])
    entry = float(settings["region.teachers.entry_age"])
    mean, spread = settings["region.teachers.age_mean"], settings["region.teachers.age_sd"]
    age = np.floor(np.clip(mean[zone] + spread[zone] * normal(1), entry, retire - 0.5))
    experience = np.clip(age - entry + uniform(2) - 0.5, 0.0, None)
    is_substitute = rank_within(school, uniform(3)) < wanted(
        "substitute", settings["region.teachers.substitute"][schools.zone], 40
    )[school]

    sd = float(law["teacher.quality_sd"])
    gained = float(law["teacher.novice_gain"]) * (1.0 - np.exp(-experience / float(law["teacher.novice_years"])))
    gained += float(law["teacher.late_gain"]) * np.minimum(experience, 30.0) / 30.0
    within_share = 1.0 - float(settings["region.teachers.between_share"])
    within_sd = np.sqrt(max(within_share * sd**2 - float(np.var(gained)), 0.0)) if n else 0.0
    innate = _school_quality(schools, staff, settings, sd, seed)[school] + within_sd * normal(4)
    if n:
        innate = innate - (innate + gained).mean()
    quality = innate + gained
    scaled = quality / max(float(quality.std()) if n else 0.0, 1e-12)
    r = float(law["teacher.credential_correlation"])
    credential = r * scaled + np.sqrt(1.0 - r * r) * normal(5)

    junior = stage_weight(enrolment)
    is_core = schools.is_core_base
    at_primary, at_junior = settings["region.teachers.above_degree_primary"], settings["region.teachers.above_degree_junior"]
    degree_share = (1.0 - junior) * at_primary[schools.zone] + junior * at_junior[schools.zone]
    senior_share = (1.0 - junior) * float(law["promotion.senior_share_primary"])
    senior_share = senior_share + junior * float(law["promotion.senior_share_junior"])
    middle_share = np.minimum(senior_share + float(law["promotion.middle_share"]), 1.0)
    backbone_share = settings["region.teachers.backbone"][schools.zone]
    backbone_share = np.where(is_core, float(settings["region.teachers.backbone_core"]), backbone_share)
    n_degree, n_middle = wanted("above_degree", degree_share, 41), wanted("middle_up", middle_share, 42)
    n_senior, n_backbone = wanted("senior", senior_share, 43), wanted("backbone", backbone_share, 44)

    # Substitutes hold no title; ranks need years of service. Known counts go before these conditions
    # only in so far as there are people who meet them.
    middle_years = float(settings["region.teachers.middle_years"])
    senior_years = float(settings["region.teachers.senior_years"])
    merit = experience / 10.0 + credential - 100.0 * is_substitute - 50.0 * (experience < middle_years)
    place = rank_within(school, merit)
    may_middle = ~is_substitute & (experience >= middle_years)
    is_senior = (place < n_senior[school]) & may_middle & (experience >= senior_years)
    is_middle = (place < n_middle[school]) & may_middle & ~is_senior
    title = np.where(is_senior, 2, np.where(is_middle, 1, 0))
    standing = credential + 0.5 * title - 100.0 * is_substitute - 50.0 * (experience < middle_years)
    is_backbone = (rank_within(school, standing) < n_backbone[school]) & may_middle
    is_above_degree = rank_within(school, credential - age / 20.0) < n_degree[school]
    since = np.where(title == 2, senior_years, np.where(title == 1, middle_years, 0.0))
    rank_years = np.floor((experience - since) * np.where(title > 0, uniform(6), 1.0))

    stay = float(settings["region.teachers.stay_years"])
    years_at_post = np.minimum(np.floor(-stay * np.log(uniform(7))), np.floor(experience))
    is_rural = zone >= _RURAL
    before = np.floor(experience) - years_at_post
    served = uniform(8) < float(settings["region.teachers.rural_service_share"])
    served_years = np.ceil(-float(settings["region.teachers.rural_service_years"]) * np.log(uniform(9)))
    weak_years = np.where(is_rural, years_at_post, 0.0) + np.where(served, np.minimum(served_years, before), 0.0)

    noise = float(law["appraisal.noise_sd"])
    appraisal = (scaled + noise * normal(10)) / np.sqrt(1.0 + noise**2)
    excellent = np.floor(float(law["honours.excellent_share"]) * np.minimum(experience, 10.0) + uniform(11))
    factor = settings["region.pay.title"][title] * (1.0 + float(settings["region.pay.experience"]) * experience)
    pay = float(settings["region.pay.base_yuan_year"]) * factor
    pay = np.where(is_substitute, float(law["finance.substitute_yuan_year"]), pay)
    served_since = np.floor(experience).astype(np.int64)
    lock = np.maximum(0, int(law["staffing.hire_lock_years"]) - served_since)

    spare = int(np.ceil(_SPARE_TEACHER_ROWS * n)) + 8
    table = Table.empty("teachers", n + spare)
    columns: dict[str, Any] = {
        "id": ids, "serving": True, "employer": school, "post": school, "placement": school, "origin": -1,
        "subject": _subjects(schools, staff, school, within, enrolment, settings, seed, known.get("pe_art_music")),
        "is_above_degree": is_above_degree & ~is_substitute, "title": title, "is_backbone": is_backbone,
        "is_substitute": is_substitute, "age": age, "experience": experience, "innate": innate, "quality": quality,
        "appraisal": appraisal, "excellent_years": np.where(is_substitute, 0, excellent),
        "home": _homes_of_teachers(schools, neighbourhoods, school, settings, seed, ids), "pay_yuan_year": pay,
        "years_at_post": years_at_post, "rank_years": rank_years, "weak_years": weak_years,
        "lock_left": np.where(is_substitute, 0, lock), "year_hired": base_year - served_since,
    }  # fmt: skip
    for name, values in columns.items():
        table[name][:n] = values
    return table
