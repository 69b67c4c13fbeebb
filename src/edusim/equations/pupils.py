"""Compiled loops over pupils: passing on, moving, leaving, choosing, classes, learning, graduation.

All work on the rows of one grade's block at a time. Sums are kept as whole numbers of 2**-40 SD, so
that they are the same whatever the order of rows and however many threads share them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim._compile import compiled
from edusim.draws import at, normals_at, pair_with, to_uniform, uniform_at
from edusim.equations.choice import rank
from edusim.equations.formulas import (
    distance_km,
    happens,
    own_next,
    perceived_reputation,
    reputation_next,
    shifted_probability,
)
from edusim.equations.teachers import sort_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

EMPTY, ENROLLED, OUT = 0, 1, 2
#: Rows worked through at a time. A block is cut out first and walked from 0: an index that cannot be negative
#: lets the compiler work on many rows at once.
BLOCK = 1024
#: One whole unit of the exact sums, in SD.
GRAIN = 2.0**40


@compiled
def move_and_exit(
    status: NDArray[np.int8],
    ids: NDArray[np.int64],
    school: NDArray[np.int32],
    home: NDArray[np.int32],
    ses: NDArray[np.float64],
    tenure: NDArray[np.int8],
    enrolment: NDArray[np.int64],
    seats: NDArray[np.int32],
    zone_of_home: NDArray[np.int8],
    catchment: NDArray[np.int32],
    move_share: NDArray[np.float64],
    destination_cumulative: NDArray[np.float64],
    exit_shift: NDArray[np.float64],
    exit_share: float,
    exit_ses_slope: float,
    ses_top: float,
    return_share: float,
    move_key: np.uint64,
    destination_key: np.uint64,
    exit_key: np.uint64,
    return_key: np.uint64,
    seat_key: np.uint64,
    counts: NDArray[np.int64],
) -> None:
    """Let families move house, leave the county's schools or come back (grades without admission).

    A moving family's child changes to the catchment school of the new home when the grade has a free
    seat there, else stays; who comes back enters there too, or waits. Where fewer seats are free than
    asked for, a lot keyed by pupil decides; a seat left in moving is free for those after in the lot,
    one left by leaving the county next year. Leaving: ``logit p = logit p0 + b_z z + shift of the school``. ``enrolment``
    int64 [schools] is kept up to date; ``counts`` int64 [3] returns moved, left, returned.
    """
    # Nobody moves or leaves with a number above these bounds (|z| <= ses_top): most pupils are passed by
    # quickly, many at a time.
    top, most = 0.0, 0.0
    for s in range(exit_shift.size):
        top = max(top, exit_shift[s])
    for zone in range(move_share.size):
        most = max(most, move_share[zone])
    bound = shifted_probability(exit_share, top + ses_top * abs(exit_ses_slope))
    moves_below = np.uint64(min(most * 1.000001 + 1e-12, 0.999999) * 2.0**64)
    exits_below = np.uint64(min(bound * 1.000001 + 1e-12, 0.999999) * 2.0**64)
    busy = np.empty(BLOCK, np.bool_)
    some = np.empty(status.size, np.int64)
    asks = np.empty(status.size, np.int64)
    lot = np.empty(status.size)
    n, n_ask = 0, 0
    for start in range(0, status.size, BLOCK):
        stop = min(start + BLOCK, status.size)
        who, is_now, years = ids[start:stop], status[start:stop], tenure[start:stop]
        for j in range(who.size):
            busy[j] = (at(move_key, who[j]) < moves_below) | (at(exit_key, who[j]) < exits_below)
        for j in range(who.size):
            years[j] += (is_now[j] == ENROLLED) & (years[j] < 100)
        for j in range(who.size):
            if is_now[j] == OUT or (is_now[j] == ENROLLED and busy[j]):
                some[n] = start + j
                n += 1
    for a in range(n):
        i = some[a]
        moves = uniform_at(move_key, ids[i]) < move_share[zone_of_home[home[i]]]
        if moves:
            u = uniform_at(destination_key, ids[i])
            low, high = 0, destination_cumulative.size - 1
            while low < high:
                middle = (low + high) // 2
                if destination_cumulative[middle] < u:
                    low = middle + 1
                else:
                    high = middle
            home[i] = low
            counts[0] += 1
        lot[i] = 0.0
        # Homes are an input: who is out of the county's schools moves house all the same.
        if status[i] == OUT:
            wants = return_share > 0.0 and uniform_at(return_key, ids[i]) < return_share
        else:
            wants = moves and catchment[home[i]] != school[i]
        if wants:
            asks[n_ask] = i
            lot[i] = uniform_at(seat_key, ids[i])
            n_ask += 1
    sort_rows(asks, lot, 0, n_ask)
    for a in range(n_ask):
        i = asks[a]
        target = catchment[home[i]]
        if enrolment[target] >= seats[target]:
            continue
        if status[i] == OUT:
            status[i] = ENROLLED
            lot[i] = 2.0  # come back: does not leave in the same year
            counts[2] += 1
        else:
            enrolment[school[i]] -= 1
        enrolment[target] += 1
        school[i] = target
        tenure[i] = 0
    for a in range(n):
        i = some[a]
        if status[i] == OUT or lot[i] > 1.0:
            continue
        u = uniform_at(exit_key, ids[i])
        if u < bound and happens(u, exit_share, exit_shift[school[i]] + exit_ses_slope * ses[i]):
            enrolment[school[i]] -= 1
            status[i] = OUT
            school[i] = -1
            tenure[i] = 0
            counts[1] += 1


@compiled
def count_pupils(status: NDArray[np.int8], school: NDArray[np.int32], out: NDArray[np.int64]) -> None:
    """Count the enrolled pupils of each school, into int64 [schools]."""
    for i in range(status.size):
        if status[i] == ENROLLED and school[i] >= 0:
            out[school[i]] += 1


@compiled
def rank_schools(
    status: NDArray[np.int8],
    ids: NDArray[np.int64],
    school: NDArray[np.int32],
    home: NDArray[np.int32],
    ses: NDArray[np.float64],
    kind: NDArray[np.int8],
    passes_on: NDArray[np.bool_],
    near: NDArray[np.int32],
    goes_private: NDArray[np.float64],
    private_slope: NDArray[np.float64],
    private_cumulative: NDArray[np.float64],
    private_rows: NDArray[np.int64],
    travel: NDArray[np.float64],
    pool: NDArray[np.int32],
    school_id: NDArray[np.int64],
    is_private: NDArray[np.bool_],
    seen: NDArray[np.float64],
    company: NDArray[np.float64],
    senior_chance: NDArray[np.float64],
    weights: NDArray[np.float64],
    taste_scale: float,
    open_choice_share: float,
    catchment_first: bool,
    list_length: int,
    choose_key: np.uint64,
    taste_key: np.uint64,
    lottery_key: np.uint64,
    private_key: np.uint64,
    which_key: np.uint64,
    preferences: NDArray[np.int32],
    priority: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> tuple[int, int]:
    """Write each applicant's list of schools and priority there; return numbers of applicants, choosers.

    Any family may put a private school first (see ``equations.private``: ``goes_private``, ``private_slope``
    float64 [neighbourhoods], which one by ``private_cumulative`` of ``private_rows``); pupils of a private
    nine-year school stay there. Of public schools, families that may choose rank those within reach by
    their utility (:mod:`edusim.equations.choice`); the others
    take their catchment school, then the nearest (where a full school's lottery sends them). Priority,
    lower first: pupils of a nine-year school passing on and catchment families 0, others 1, plus a
    lottery number below 1 keyed by pupil and school; private schools hold a plain lottery. Where the
    catchments of a group are one (``pool`` int32 [schools]: its unit, -1 none), a family of any of its
    campuses' catchments has priority at all of them; one that may not choose freely ranks these campuses
    before the nearest others.

    ``near`` int32 [neighbourhoods, candidates]: the catchment school first, then by distance, padded with
    -1; ``travel`` float64 of that shape: the way to each. ``kind`` int8 [rows]: kind of family, the row of ``company``
    float64 [kinds, schools] that it sees (empty: all of kind 0). ``weights`` float64 [6] and ``taste_scale`` as in
    :func:`edusim.equations.choice.rank`.
    """
    n, choosers = 0, 0
    width = near.shape[1]
    utility = np.empty(width)
    order = np.empty(width, np.int64)
    for i in range(status.size):
        if status[i] != ENROLLED:
            continue
        place = home[i]
        rows[n] = i
        m = 0
        lot = at(lottery_key, ids[i])
        stays = passes_on.size > 0 and school[i] >= 0 and passes_on[school[i]]
        if not (stays and is_private[school[i]]) and happens(
            uniform_at(private_key, ids[i]), goes_private[place], private_slope[place] * ses[i]
        ):
            u = uniform_at(which_key, ids[i])
            k = 0
            while k < private_rows.size - 1 and private_cumulative[place, k] <= u:
                k += 1
            s = private_rows[k]
            preferences[n, 0] = s
            priority[n, 0] = to_uniform(pair_with(lot, school_id[s]))
            m = 1
        first = m
        if stays:
            # A nine-year school keeps its own pupils.
            preferences[n, m] = school[i]
            priority[n, m] = to_uniform(pair_with(lot, school_id[school[i]]))
            m += 1
        own = pool[near[place, 0]] if near[place, 0] >= 0 else np.int32(-1)
        is_free = not stays and open_choice_share > 0.0 and uniform_at(choose_key, ids[i]) < open_choice_share
        ranks_pool = not stays and own >= 0
        if is_free or ranks_pool:
            choosers += is_free
            k = rank(
                ids[i], ses[i], -1 if is_free else int(own), near[place], travel[place], pool, seen,
                company[kind[i] if kind.size > 0 else 0], senior_chance, school_id, weights, taste_scale, taste_key,
                utility, order,
            )  # fmt: skip
            for p in range(min(k, list_length - first)):
                s = near[place, order[p]]
                preferences[n, m] = s
                lottery = to_uniform(pair_with(lot, school_id[s]))
                in_catchment = (order[p] == 0 or (own >= 0 and pool[s] == own)) and catchment_first
                priority[n, m] = lottery if in_catchment else 1.0 + lottery
                m += 1
        if not is_free:
            for j in range(width):
                s = near[place, j]
                if m >= list_length:
                    break
                if s < 0 or (stays and s == school[i]):
                    continue
                if ranks_pool and pool[s] == own:
                    continue  # ranked above
                preferences[n, m] = s
                lottery = to_uniform(pair_with(lot, school_id[s]))
                in_catchment = (j == 0 or (own >= 0 and pool[s] == own)) and catchment_first
                priority[n, m] = lottery if in_catchment else 1.0 + lottery
                m += 1
        while m < preferences.shape[1]:
            preferences[n, m] = -1
            priority[n, m] = 9.0
            m += 1
        n += 1
    return n, choosers


@compiled
def enrol(
    rows: NDArray[np.int64],
    n: int,
    assigned: NDArray[np.int32],
    status: NDArray[np.int8],
    ids: NDArray[np.int64],
    school: NDArray[np.int32],
    home: NDArray[np.int32],
    ses: NDArray[np.float64],
    tenure: NDArray[np.int8],
    near: NDArray[np.int32],
    preferences: NDArray[np.int32],
    home_x: NDArray[np.float64],
    home_y: NDArray[np.float64],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    is_private: NDArray[np.bool_],
    exit_shift: NDArray[np.float64],
    exit_share: float,
    exit_ses_slope: float,
    road_factor: float,
    exit_key: np.uint64,
    enrolment: NDArray[np.int64],
    travel_km: NDArray[np.float64],
    counts: NDArray[np.int64],
) -> None:
    """Enrol admitted pupils; those left without a seat go to their catchment school (every child has a place).

    Families then leave with ``logit p = logit p0 + b_z z + shift of the school``. ``travel_km`` float64
    [schools] sums the distances of new pupils; ``counts`` int64 [5]: first choice, without a seat,
    private, left, changed school.
    """
    for a in range(n):
        i = rows[a]
        s = assigned[a]
        if s < 0:
            s = near[home[i], 0]
            counts[1] += 1
        elif s == preferences[a, 0]:
            counts[0] += 1
        if happens(uniform_at(exit_key, ids[i]), exit_share, exit_shift[s] + exit_ses_slope * ses[i]):
            status[i] = OUT
            school[i] = -1
            tenure[i] = 0
            counts[3] += 1
            continue
        if is_private[s]:
            counts[2] += 1
        if school[i] != s:
            counts[4] += 1
            tenure[i] = 0
        else:
            tenure[i] += 1
        school[i] = s
        enrolment[s] += 1
        travel_km[s] += distance_km(
            home_x[home[i]], home_y[home[i]], school_x[s], school_y[s], road_factor
        )


@compiled
def form_classes(
    status: NDArray[np.int8],
    school: NDArray[np.int32],
    klass: NDArray[np.int32],
    ses: NDArray[np.float64],
    achievement: NDArray[np.float64],
    first_class: NDArray[np.int64],
    n_classes: NDArray[np.int64],
    order: NDArray[np.int64],
    class_n: NDArray[np.int64],
    class_sum: NDArray[np.int64],
) -> None:
    """Put the pupils of a grade into balanced classes and sum classmates' achievement.

    ``first_class``, ``n_classes`` int64 [schools] of this grade. Pupils are dealt out in the order of
    ids (``order`` empty) or of attainment (``order``: rows sorted by school and attainment; each class
    then takes a band). ``class_sum`` is in units of 2**-40 SD.
    """
    turn = np.zeros(first_class.size, np.int64)
    if order.size > 0:
        for i in range(status.size):
            klass[i] = -1
        total = np.zeros(first_class.size, np.int64)
        for a in range(order.size):
            total[school[order[a]]] += 1
        for a in range(order.size):
            i = order[a]
            s = school[i]
            c = first_class[s] + turn[s] * n_classes[s] // total[s]
            turn[s] += 1
            klass[i] = c
            class_n[c] += 1
            class_sum[c] += np.int64(achievement[i] * GRAIN)
        return
    for i in range(status.size):
        if status[i] != ENROLLED:
            klass[i] = -1
            continue
        s = school[i]
        k = turn[s]
        c = first_class[s] + k
        turn[s] = k + 1 if k + 1 < n_classes[s] else 0
        klass[i] = c
        class_n[c] += 1
        class_sum[c] += np.int64(achievement[i] * GRAIN)


@compiled
def learn(
    start: int,
    stop: int,
    status: NDArray[np.int8],
    ids: NDArray[np.int64],
    school: NDArray[np.int32],
    klass: NDArray[np.int32],
    ses: NDArray[np.float64],
    own: NDArray[np.float64],
    caused: NDArray[np.float64],
    achievement: NDArray[np.float64],
    class_quality: NDArray[np.float64],
    class_luck: NDArray[np.float64],
    persistence_own: float,
    ses_gain: float,
    noise_sd: float,
    persistence_caused: float,
    low_line: float,
    low_ses_line: float,
    noise_key: np.uint64,
    out: NDArray[np.int64],
) -> None:
    """Let the pupils of rows ``start`` to ``stop`` learn for a year, and tally their schools.

    ``own' = lambda own + gamma z + sigma e``; ``P' = P + pi Q``; ``A = own' + P' + (1 - pi) Q + luck``, the luck of
    the year shared by a grade. Pupils out of the county keep learning on their own (Q = 0). ``out`` int64 [schools, 8]: pupils, low
    achievers, low-SES pupils, one place free, and in units of 2**-40 SD the sums of achievement, its
    square, SES, and the achievement of low-SES pupils.
    """
    noise = np.empty(BLOCK)
    # Neighbours go to the same school: sums of a run of pupils are kept at hand and booked when it ends.
    at_school = -1
    n = n_low = n_poor = whole = square = wealth = poor_sum = np.int64(0)
    for first in range(start, stop, BLOCK):
        last = min(first + BLOCK, stop)
        normals_at(noise_key, ids, first, last, noise)
        is_now, school_now, class_now = status[first:last], school[first:last], klass[first:last]
        z, alone, gained, score_now = ses[first:last], own[first:last], caused[first:last], achievement[first:last]
        for j in range(z.size):
            alone[j] = own_next(alone[j], z[j], noise[j], persistence_own, ses_gain, noise_sd)
        for j in range(z.size):
            if is_now[j] != ENROLLED:
                if is_now[j] == OUT:
                    score_now[j] = alone[j] + gained[j]
                continue
            q = class_quality[class_now[j]]
            lasting = gained[j] + persistence_caused * q
            gained[j] = lasting
            score = alone[j] + lasting + (1.0 - persistence_caused) * q + class_luck[class_now[j]]
            score_now[j] = score
            if school_now[j] != at_school:
                if at_school >= 0:
                    book(out, at_school, n, n_low, n_poor, whole, square, wealth, poor_sum)
                at_school = school_now[j]
                n = n_low = n_poor = whole = square = wealth = poor_sum = np.int64(0)
            exact_score = np.int64(score * GRAIN)
            poor = z[j] < low_ses_line
            n += 1
            n_low += score < low_line
            n_poor += poor
            whole += exact_score
            square += np.int64(score * score * GRAIN)
            wealth += np.int64(z[j] * GRAIN)
            poor_sum += poor * exact_score
    if at_school >= 0:
        book(out, at_school, n, n_low, n_poor, whole, square, wealth, poor_sum)


@compiled
def book(
    out: NDArray[np.int64],
    s: int,
    n: np.int64,
    n_low: np.int64,
    n_poor: np.int64,
    whole: np.int64,
    square: np.int64,
    wealth: np.int64,
    poor_sum: np.int64,
) -> None:
    """Add a run of pupils to their school's exact sums."""
    out[s, 0] += n
    out[s, 1] += n_low
    out[s, 2] += n_poor
    out[s, 4] += whole
    out[s, 5] += square
    out[s, 6] += wealth
    out[s, 7] += poor_sum


@compiled
def good_senior_places(
    status: NDArray[np.int8],
    ids: NDArray[np.int64],
    school: NDArray[np.int32],
    tenure: NDArray[np.int8],
    achievement: NDArray[np.float64],
    order: NDArray[np.int64],
    good_share: float,
    quota_share: float,
    registration_years: int,
    given_quota: NDArray[np.float64],
    given_floor_gap: NDArray[np.float64],
    given_unfilled: NDArray[np.float64],
    floor_gap: float,
    got: NDArray[np.int64],
    graduates: NDArray[np.int64],
) -> tuple[float, int, int]:
    """Allot places in good senior highs: by quota to each school, the rest by rank in the county.

    ``order`` int64: rows of the graduates sorted by achievement, best first. Quota seats are split by
    the graduates with the years of registration asked for, or as published (``given_quota``); a seat
    goes to the school's best such graduate at or above the floor; unfilled seats return to the open
    line. Returns the open line (SD), quota seats offered, quota seats filled.
    """
    schools = got.size
    total = order.size
    if total == 0:
        return 0.0, 0, 0
    seats = int(good_share * total + 0.5)
    eligible = np.zeros(schools, np.int64)
    n_eligible = 0
    for a in range(total):
        i = order[a]
        graduates[school[i]] += 1
        if tenure[i] >= registration_years:
            eligible[school[i]] += 1
            n_eligible += 1
    quota = np.zeros(schools, np.int64)
    # Published quotas are used as they stand, as shares of the seats; else the rule splits them.
    published = 0.0
    for s in range(schools):
        if not math.isnan(given_quota[s]):
            published += given_quota[s]
    offered = 0
    pot = quota_share * seats
    for s in range(schools):
        if published > 0.0:
            share = 0.0 if math.isnan(given_quota[s]) else given_quota[s] / published
        else:
            share = eligible[s] / n_eligible if n_eligible > 0 else 0.0
        room = share * pot
        if not math.isnan(given_unfilled[s]):
            room *= 1.0 - given_unfilled[s]
        quota[s] = int(room + 0.5)
        offered += quota[s]
    # The line that open competition alone would draw; the quota's floors are measured from it.
    line = achievement[order[min(seats, total) - 1]] if seats > 0 else achievement[order[0]] + 1.0
    taken = np.zeros(total, np.bool_)
    filled = 0
    for a in range(total):
        i = order[a]
        s = school[i]
        gap = floor_gap if math.isnan(given_floor_gap[s]) else given_floor_gap[s]
        if quota[s] > 0 and tenure[i] >= registration_years and achievement[i] >= line + gap:
            quota[s] -= 1
            taken[a] = True
            got[s] += 1
            filled += 1
    left = seats - filled
    open_line = line
    for a in range(total):
        if left <= 0:
            break
        if not taken[a]:
            got[school[order[a]]] += 1
            open_line = achievement[order[a]]
            left -= 1
    return open_line, offered, filled


@compiled
def seen_reputation(
    reputation: NDArray[np.float64],
    core_of: NDArray[np.int32],
    shares_name: NDArray[np.float64],
    brand: float,
) -> NDArray[np.float64]:
    """Return float64 [schools]: what families see of each school; a shared name lends part of the core's."""
    out = reputation.copy()
    for s in range(out.size):
        if core_of[s] >= 0 and shares_name[s] > 0.0:
            out[s] = perceived_reputation(reputation[s], reputation[core_of[s]], brand * shares_name[s])
    return out


@compiled
def reputations(reputation: NDArray[np.float64], raw_mean: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
    """Return float64 [schools]: each school's reputation after a year (see ``reputation_next``)."""
    out = np.empty(reputation.size)
    for s in range(out.size):
        out[s] = reputation_next(reputation[s], raw_mean[s], speed)
    return out


def exact(sums: NDArray[np.int64]) -> NDArray[Any]:
    """Return float64: exact sums turned back into SD."""
    return sums / GRAIN
