"""Where families live: neighbourhoods, catchments and how many pupils of each grade live where.

Neighbourhoods follow the region's own seed: they are the same in every draw of a run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edusim import draws
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, Table

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]

N_PRIMARY_GRADES = FIRST_JUNIOR_GRADE - 1
_CATCHMENT_ROUNDS = 3  # times each neighbourhood's junior catchment is settled
_LEAST_WITHIN = 0.2  # share of the variance of SES that lies within neighbourhoods, at least


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
    return np.asarray(upper - lower)


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
    return without_zone_means(schools.management, schools.zone, np.ones(schools.n))


def without_zone_means(values: Float, zone: NDArray[np.int8], weights: Float) -> Float:
    """Return values less the weighted mean of their zone, so that chance does not move zones apart."""
    code = zone.astype(np.int64)
    total = np.maximum(np.bincount(code, weights=weights, minlength=4), 1e-300)
    return np.asarray(values - (np.bincount(code, weights=weights * values, minlength=4) / total)[code])


def _junior_catchments(
    homes_x: Float, homes_y: Float, homes_urban: Bool, own: Int, load: Float, schools: Table, rows: Int, target: Float,
    border_km: float,
) -> Int:
    """Give each neighbourhood the nearest junior school that can hold its pupils.

    Places are given out in turn, the nearest first, and then moved again, as a planner moves
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
    living = pupils.sum(axis=0) + 1e-9
    parts = float(settings["region.ses.school_sd"]) * standing
    parts = parts + float(settings["region.ses.neighbourhood_sd"]) * normal(5)
    ses = settings["region.ses.zone_mean"][zone] + without_zone_means(parts, zone, living)
    ses -= np.average(ses, weights=living)
    between = float(np.average(ses**2, weights=living))
    if between > 1.0 - _LEAST_WITHIN:  # families within a neighbourhood always differ: the total SD stays 1
        ses *= np.sqrt((1.0 - _LEAST_WITHIN) / between)
        between = 1.0 - _LEAST_WITHIN
    table["ses_mean"] = ses
    return Homes(table, pupils, at_private, private_rows, followed, float(np.sqrt(1.0 - between)))
