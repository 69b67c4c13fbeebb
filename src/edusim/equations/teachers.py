"""Compiled loops over teachers: leaving, choosing posts, learning from others, appraisal, promotion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.draws import normal_at, uniform_at
from edusim.equations.formulas import (
    distance_km,
    experience_gain,
    happens,
    learned_next,
    learning_intensity,
    pay_response,
    shifted_probability,
    travel_hours,
    years_to_serve,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAYS, RETIRES, RESIGNS, LOOKS = 0, 1, 2, 3
N_TITLES = 3
MOUNTAIN = 3


@compiled
def group_rows(
    key: NDArray[np.int32], mask: NDArray[np.bool_], n_keys: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (start int64 [n_keys + 1], rows int64): rows with ``mask`` by key, in the order of rows."""
    start = np.zeros(n_keys + 1, np.int64)
    for i in range(key.size):
        if mask[i] and key[i] >= 0:
            start[key[i] + 1] += 1
    for k in range(n_keys):
        start[k + 1] += start[k]
    rows = np.empty(start[n_keys], np.int64)
    cursor = start[:n_keys].copy()
    for i in range(key.size):
        if mask[i] and key[i] >= 0:
            rows[cursor[key[i]]] = i
            cursor[key[i]] += 1
    return start, rows


@compiled
def order_by_id(start: NDArray[np.int64], rows: NDArray[np.int64], ids: NDArray[np.int64]) -> None:
    """Put the rows of each group in the order of ids, in place: where a teacher's row stands decides nothing."""
    for k in range(start.size - 1):
        for a in range(start[k] + 1, start[k + 1]):
            row = rows[a]
            b = a
            while b > start[k] and ids[rows[b - 1]] > ids[row]:
                rows[b] = rows[b - 1]
                b -= 1
            rows[b] = row


@compiled
def sort_rows(rows: NDArray[np.int64], value: NDArray[np.float64], start: int, stop: int) -> None:
    """Sort ``rows[start:stop]`` in place by falling ``value[row]``, ties by row (Shell's method)."""
    n = stop - start
    # Values are copied next to one another: the sort then touches few cache lines.
    v = np.empty(n)
    r = np.empty(n, np.int64)
    for a in range(n):
        r[a] = rows[start + a]
        v[a] = value[r[a]]
    gap = 1
    while gap < n // 3:
        gap = 3 * gap + 1
    while gap >= 1:
        for a in range(gap, n):
            row, x = r[a], v[a]
            b = a
            while b >= gap and (v[b - gap] < x or (v[b - gap] == x and r[b - gap] > row)):
                v[b], r[b] = v[b - gap], r[b - gap]
                b -= gap
            v[b], r[b] = x, row
        gap //= 3
    for a in range(n):
        rows[start + a] = r[a]


@compiled
def update_quality(
    serving: NDArray[np.bool_],
    innate: NDArray[np.float64],
    experience: NDArray[np.float64],
    learned: NDArray[np.float64],
    novice_gain: float,
    novice_years: float,
    late_gain: float,
    quality: NDArray[np.float64],
) -> None:
    """Set ``q = mu + experience gain + learned`` for every teacher, SD a year."""
    for i in range(serving.size):
        if serving[i]:
            quality[i] = innate[i] + experience_gain(experience[i], novice_gain, novice_years, late_gain) + learned[i]


@compiled
def leave(
    serving: NDArray[np.bool_],
    ids: NDArray[np.int64],
    is_substitute: NDArray[np.bool_],
    is_forced: NDArray[np.bool_],
    age: NDArray[np.int16],
    post: NDArray[np.int32],
    home: NDArray[np.int32],
    pay: NDArray[np.float64],
    quality: NDArray[np.float64],
    title: NDArray[np.int8],
    is_backbone: NDArray[np.bool_],
    term_left: NDArray[np.int16],
    lock_left: NDArray[np.int16],
    home_x: NDArray[np.float64],
    home_y: NDArray[np.float64],
    home_zone: NDArray[np.int8],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    zone: NDArray[np.int8],
    climate: NDArray[np.float64],
    allowance: NDArray[np.float64],
    old_allowance: NDArray[np.float64],
    upward: NDArray[np.float64],
    resign: float,
    contract_leave: float,
    pay_slope: float,
    pay_threshold: float,
    pay_backbone: float,
    commute_slope: float,
    commute_usual: float,
    forced_slope: float,
    climate_slope: float,
    quality_slope: float,
    quality_mean: float,
    quality_sd: float,
    retire_age: int,
    road_factor: float,
    speed: float,
    mountain_share: float,
    leave_key: np.uint64,
    upward_key: np.uint64,
    fate: NDArray[np.int8],
    chance: NDArray[np.float64],
) -> None:
    """Decide who retires, resigns, or looks for a post at another school.

    ``logit p = logit p0 - b_w ln(w / w_ref) + b_c (commute - usual) + b_f forced - b_C climate``;
    for looking also ``+ b_q`` per SD of quality and of title, since better teachers are wanted.
    Backbone teachers (骨干) heed pay with ``pay_backbone`` of the slope ``b_w``: what draws them is a place and a rank.
    Allowances are yuan a year by school; ``upward`` float64 [4] is the base share by zone. ``chance``
    float64 [2, teachers] takes the probabilities of resigning and of looking, unless it is empty.
    """
    for i in range(serving.size):
        fate[i] = STAYS
        if not serving[i]:
            continue
        if years_to_serve(age[i], retire_age) <= 0:
            fate[i] = RETIRES
            continue
        s = post[i]
        mountain = zone[s] == MOUNTAIN or home_zone[home[i]] == MOUNTAIN
        km = distance_km(home_x[home[i]], home_y[home[i]], school_x[s], school_y[s], road_factor)
        hours = 2.0 * travel_hours(km, speed, mountain, mountain_share)
        slope = pay_slope * pay_backbone if is_backbone[i] else pay_slope
        shift = (
            commute_slope * (hours - commute_usual)
            - pay_response(pay[i], allowance[s], old_allowance[s], slope, pay_threshold)
            - climate_slope * climate[s]
        )
        if is_forced[i]:
            shift += forced_slope
        base = contract_leave if is_substitute[i] else resign
        if chance.size > 0:
            chance[0, i] = shifted_probability(base, shift)
        if happens(uniform_at(leave_key, ids[i]), base, shift):
            fate[i] = RESIGNS
            continue
        if is_substitute[i] or term_left[i] > 0 or lock_left[i] > 0:
            continue
        shift += quality_slope * ((quality[i] - quality_mean) / quality_sd + (title[i] - 1.0))
        if chance.size > 0:
            chance[1, i] = shifted_probability(upward[zone[s]], shift)
        if happens(uniform_at(upward_key, ids[i]), upward[zone[s]], shift):
            fate[i] = LOOKS


@compiled
def upper_decile(
    start: NDArray[np.int64], rows: NDArray[np.int64], quality: NDArray[np.float64], share: float
) -> NDArray[np.float64]:
    """Return float64 [schools]: the 90th percentile of teacher quality (the best tenth's entry; NaN if empty).

    With ``share`` .9 and n teachers it is the value of rank ``floor(.9 (n - 1))`` from below, counted from 0.
    """
    n = start.size - 1
    out = np.full(n, np.nan)
    for s in range(n):
        size = start[s + 1] - start[s]
        if size == 0:
            continue
        # The best m in falling order; the last of them is the percentile.
        m = size - int(share * (size - 1))
        best = np.full(m, -np.inf)
        for a in range(start[s], start[s + 1]):
            value = quality[rows[a]]
            if value > best[m - 1]:
                p = m - 1
                while p > 0 and best[p - 1] < value:
                    best[p] = best[p - 1]
                    p -= 1
                best[p] = value
        out[s] = best[m - 1]
    return out


@compiled
def learn_from_others(
    serving: NDArray[np.bool_],
    post: NDArray[np.int32],
    quality: NDArray[np.float64],
    learned: NDArray[np.float64],
    own_peer: NDArray[np.float64],
    own_intensity: NDArray[np.float64],
    core_peer: NDArray[np.float64],
    core_intensity: NDArray[np.float64],
    peer_learning: float,
    decay: float,
) -> None:
    """Update every teacher's learned quality from own colleagues and the core's (see ``learned_next``)."""
    for i in range(serving.size):
        if not serving[i]:
            continue
        s = post[i]
        peer = own_peer[s]
        if np.isnan(peer):
            peer = quality[i]
        other = core_peer[s]
        if np.isnan(other):
            other = quality[i]
        learned[i] = learned_next(
            learned[i], quality[i], peer, own_intensity[s], other, core_intensity[s], peer_learning, decay
        )


@compiled
def kth_best(
    rows: NDArray[np.int64],
    value: NDArray[np.float64],
    is_substitute: NDArray[np.bool_],
    term_left: NDArray[np.int16],
    on_rotation: bool,
    start: int,
    stop: int,
    k: int,
) -> float:
    """Return the value of the k-th best of a school's own teachers, or of those on rotation (infinite for k 0)."""
    if k <= 0:
        return np.inf
    best = np.full(k, -np.inf)
    for a in range(start, stop):
        i = rows[a]
        if is_substitute[i] or (term_left[i] > 0) != on_rotation or value[i] <= best[k - 1]:
            continue
        p = k - 1
        while p > 0 and best[p - 1] < value[i]:
            best[p] = best[p - 1]
            p -= 1
        best[p] = value[i]
    return float(best[k - 1])


@compiled
def appraise(
    start: NDArray[np.int64],
    rows: NDArray[np.int64],
    ids: NDArray[np.int64],
    quality: NDArray[np.float64],
    title: NDArray[np.int8],
    is_substitute: NDArray[np.bool_],
    is_forced: NDArray[np.bool_],
    term_left: NDArray[np.int16],
    rank_years: NDArray[np.int16],
    quality_mean: float,
    quality_sd: float,
    noise_sd: float,
    excellent_share: NDArray[np.float64],
    excellent_bonus: NDArray[np.float64],
    post: NDArray[np.int32],
    monitor_share: NDArray[np.float64],
    years_in_rank: int,
    effort_promotion: float,
    effort_reward: float,
    effort_shirk: float,
    noise_key: np.uint64,
    appraisal: NDArray[np.float64],
    excellent_years: NDArray[np.int16],
    effort: NDArray[np.float64],
    excellent_at: NDArray[np.int64],
) -> int:
    """Appraise teachers at their post, name the excellent ones, and set next year's effort.

    Appraisal = quality in SD + noise. The best ``excellent_share`` of a school are excellent; teachers
    on rotation are counted apart, with ``excellent_bonus`` more. ``rows`` are grouped by where they are
    appraised: their school, or the first campus of a group that is appraised as one. Effort rises near
    eligibility for promotion and after a good appraisal, and falls for those sent against their wish and
    not checked. Returns the number of excellent teachers; ``excellent_at`` int64 [schools] counts them
    where they serve.
    """
    excellent_at[:] = 0
    total = 0
    for s in range(start.size - 1):
        own, guests = 0, 0
        for a in range(start[s], start[s + 1]):
            i = rows[a]
            appraisal[i] = (quality[i] - quality_mean) / quality_sd + noise_sd * normal_at(noise_key, ids[i])
            if not is_substitute[i]:
                if term_left[i] > 0:
                    guests += 1
                else:
                    own += 1
        # Fractions of a place are settled by the lot of the school, so that small schools have their
        # share over the years.
        lot = uniform_at(noise_key, -2 - s)
        own_left = int(excellent_share[s] * own + lot)
        guests_left = int((excellent_share[s] + excellent_bonus[s]) * guests + lot)
        own_line = kth_best(rows, appraisal, is_substitute, term_left, False, start[s], start[s + 1], own_left)
        guest_line = kth_best(rows, appraisal, is_substitute, term_left, True, start[s], start[s + 1], guests_left)
        for a in range(start[s], start[s + 1]):
            i = rows[a]
            value = 0.0
            if not is_substitute[i]:
                if appraisal[i] >= (guest_line if term_left[i] > 0 else own_line):
                    total += 1
                    excellent_at[post[i]] += 1
                    excellent_years[i] += 1
                    value += effort_reward
                if title[i] < N_TITLES - 1 and rank_years[i] >= years_in_rank - 2:
                    value += effort_promotion
            if is_forced[i] and term_left[i] > 0:
                value -= effort_shirk * (1.0 - monitor_share[post[i]])
            effort[i] = value
    return total


@compiled
def promote(
    start: NDArray[np.int64],
    rows: NDArray[np.int64],
    ids: NDArray[np.int64],
    title: NDArray[np.int8],
    is_substitute: NDArray[np.bool_],
    is_quota_free: NDArray[np.bool_],
    rank_years: NDArray[np.int16],
    weak_years: NDArray[np.int16],
    away_years: NDArray[np.int16],
    excellent_years: NDArray[np.int16],
    appraisal: NDArray[np.float64],
    employer: NDArray[np.int32],
    post: NDArray[np.int32],
    pay: NDArray[np.float64],
    zone: NDArray[np.int8],
    senior_posts: NDArray[np.int64],
    middle_posts: NDArray[np.int64],
    quota_free_years: NDArray[np.float64],
    years_in_rank: int,
    weak_years_senior: int,
    pay_factor: NDArray[np.float64],
    tie_key: np.uint64,
    merit: NDArray[np.float64],
    middle_pooled: NDArray[np.bool_],
    promoted: NDArray[np.int8],
    lent: NDArray[np.int64],
) -> None:
    """Fill free rank posts of each employer, and promote outside them where a clause says so.

    Eligible: years in rank, and for senior rank the years served in a weak or rural school. Ranked by
    appraisal, honours, years in rank, and ``merit``. Quota-free: senior rank outside the rank posts for a
    core teacher who has served ``quota_free_years`` in a mountain school and is still there. The middle
    rank of such a teacher is solved with a free middle post of another school where
    ``middle_pooled`` says so: of the same kind of place first, else of the county, from the
    school that has most of them; ``lent`` int64 [schools] counts posts got (+) and given (-). ``rows``
    are grouped by employer. ``promoted`` int8 [teachers]: 0 none, 1 within the posts, 2 quota-free,
    3 on a post of another school.
    """
    score = np.empty(ids.size)
    pool = np.empty(ids.size, np.int64)
    free = np.zeros(start.size - 1, np.int64)
    waiting = np.empty(ids.size, np.int64)
    n_waiting = 0
    lent[:] = 0
    for s in range(start.size - 1):
        seniors, middles, n = 0, 0, 0
        for a in range(start[s], start[s + 1]):
            i = rows[a]
            promoted[i] = 0
            if is_substitute[i]:
                continue
            if title[i] == 2:
                seniors += not is_quota_free[i]
                continue
            middles += title[i] == 1
            if rank_years[i] >= years_in_rank:
                score[i] = (
                    appraisal[i] + 0.5 * excellent_years[i] + 0.1 * rank_years[i] + 1e-6 * uniform_at(tie_key, ids[i])
                ) + merit[i]
                pool[n] = i
                n += 1
        sort_rows(pool, score, 0, n)
        free_senior = senior_posts[s] - seniors
        for a in range(n):
            i = pool[a]
            if title[i] != 1:
                continue
            need = quota_free_years[post[i]]
            if need > 0 and away_years[i] >= need and zone[post[i]] == MOUNTAIN:
                promoted[i] = 2
                is_quota_free[i] = True
            elif free_senior > 0 and weak_years[i] >= weak_years_senior:
                promoted[i] = 1
                free_senior -= 1
            else:
                continue
            middles -= 1
            title[i] = 2
            rank_years[i] = 0
            pay[i] *= pay_factor[2] / pay_factor[1]
        free_middle = middle_posts[s] - middles
        for a in range(n):
            i = pool[a]
            if title[i] != 0:
                continue
            if free_middle > 0:
                promoted[i] = 1
                title[i] = 1
                rank_years[i] = 0
                pay[i] *= pay_factor[1] / pay_factor[0]
                free_middle -= 1
                continue
            need = quota_free_years[post[i]]
            if middle_pooled[post[i]] and need > 0 and away_years[i] >= need and zone[post[i]] == MOUNTAIN:
                waiting[n_waiting] = i
                n_waiting += 1
        free[s] = free_middle
    sort_rows(waiting, score, 0, n_waiting)
    for a in range(n_waiting):
        i = waiting[a]
        lender = -1
        for nearby in (True, False):
            for s in range(free.size):
                if free[s] > 0 and (lender < 0 or free[s] > free[lender]) and (zone[s] == zone[post[i]] or not nearby):
                    lender = s
            if lender >= 0:
                break
        if lender < 0:
            break
        free[lender] -= 1
        lent[lender] -= 1
        lent[employer[i]] += 1
        promoted[i] = 3
        title[i] = 1
        rank_years[i] = 0
        pay[i] *= pay_factor[1] / pay_factor[0]


@compiled
def hours_to_intensity(
    hours: NDArray[np.float64], hours_half: float, intensity_max: float
) -> NDArray[np.float64]:
    """Return float64: learning intensity of each number of hours (see ``learning_intensity``)."""
    out = np.empty(hours.size)
    for s in range(hours.size):
        out[s] = learning_intensity(hours[s], hours_half, intensity_max)
    return out


@compiled
def count_staff(
    serving: NDArray[np.bool_],
    employer: NDArray[np.int32],
    post: NDArray[np.int32],
    placement: NDArray[np.int32],
    subject: NDArray[np.int8],
    title: NDArray[np.int8],
    is_substitute: NDArray[np.bool_],
    is_above_degree: NDArray[np.bool_],
    is_backbone: NDArray[np.bool_],
    is_quota_free: NDArray[np.bool_],
    quality: NDArray[np.float64],
    n_schools: int,
    grain: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Count staff of every school.

    Returns
    -------
    counts
        int64 [10, schools]: 0 teachers, 1 above degree, 2 backbone, 3 PE/art/music, 4 serving with a
        staffing post, 5 substitutes (at the post), 6 placed, 7 senior within posts, 8 middle, 9 serving
        in all. Rows 0-3 and 7-8 by employer, substitutes left out; 4, 5, 9 by post; 6 by placement.
    by_subject
        int64 [schools, 8]: teachers with a staffing post by employer and subject.
    sum_quality
        float64 [schools]: quality summed by placement.
    """
    counts = np.zeros((10, n_schools), np.int64)
    by_subject = np.zeros((n_schools, 8), np.int64)
    total = np.zeros(n_schools, np.int64)
    for i in range(serving.size):
        if not serving[i]:
            continue
        p = post[i]
        counts[9, p] += 1
        counts[6, placement[i]] += 1
        total[placement[i]] += np.int64(quality[i] * grain)
        if is_substitute[i]:
            counts[5, p] += 1
            continue
        counts[4, p] += 1
        e = employer[i]
        counts[0, e] += 1
        by_subject[e, subject[i]] += 1
        if is_above_degree[i]:
            counts[1, e] += 1
        if is_backbone[i]:
            counts[2, e] += 1
        if subject[i] >= 5:
            counts[3, e] += 1
        if title[i] == 2 and not is_quota_free[i]:
            counts[7, e] += 1
        elif title[i] == 1:
            counts[8, e] += 1
    return counts, by_subject, total / grain
