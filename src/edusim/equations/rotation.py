"""Compiled choice of who rotates: promised numbers, volunteers, the head's choice, exchange partners."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.draws import gumbel_at, normal_at, uniform_at
from edusim.equations.formulas import distance_km, travel_hours, years_to_serve
from edusim.equations.teachers import MOUNTAIN, sort_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMBER_STAFF, CORE_STAFF, ELIGIBLE = 0, 1, 2
DOWN, UP = 0, 1
#: Ages at which a teacher may look to a head's post (assumption).
HEAD_AGES = (35, 50)
#: Put before other volunteers, and before others the head may assign; far below what marks duty and assignment.
SENIOR_FIRST = 1e3
#: School years before retirement, the present one included, that count as near it.
LAST_YEARS = 5


@compiled
def willingness(
    intercept: float,
    promotion: float,
    needs_service: bool,
    pay_weight: float,
    pay_ratio: float,
    travel: float,
    extra_hours: float,
    child: float,
    has_young_child: bool,
    retire: float,
    near_retirement: bool,
    cadre: float,
    needs_weak_years: bool,
) -> float:
    """Return a teacher's utility of going, against staying 0 (model: section 6, who rotates)."""
    value = intercept + pay_weight * math.log(pay_ratio) - travel * extra_hours
    if needs_service:
        value += promotion
    if has_young_child:
        value -= child
    if near_retirement:
        value -= retire
    if needs_weak_years:
        value += cadre
    return value


@compiled
def weighs_a_further_year(
    identity: int,
    here_id: int,
    age: int,
    pay: float,
    allowance_here: float,
    allowance_home: float,
    x_km: float,
    y_km: float,
    here_x: float,
    here_y: float,
    home_x: float,
    home_y: float,
    home_in_mountains: bool,
    intercept: float,
    promotion: float,
    pay_weight: float,
    travel: float,
    child: float,
    retire: float,
    road_factor: float,
    speed: float,
    mountain_share: float,
    retire_age: int,
    stay_key: np.uint64,
    child_key: np.uint64,
) -> bool:
    """Return whether a teacher stays a further year in a mountain school for the sake of a senior rank.

    The utility of going (:func:`willingness`), with the promotion in it, against returning 0; places in km, pay
    and allowances in yuan a year.
    """
    here = distance_km(x_km, y_km, here_x, here_y, road_factor)
    back = distance_km(x_km, y_km, home_x, home_y, road_factor)
    extra = 2.0 * (
        travel_hours(here, speed, True, mountain_share) - travel_hours(back, speed, home_in_mountains, mountain_share)
    )
    birth = 25.0 + 10.0 * uniform_at(child_key, identity)
    value = willingness(
        intercept, promotion, True, pay_weight, (pay + allowance_here) / (pay + allowance_home), travel, extra, child,
        birth <= age < birth + 6.0, retire, years_to_serve(age, retire_age) <= LAST_YEARS, 0.0, False,
    )  # fmt: skip
    return bool(value + gumbel_at(stay_key, identity, here_id) > 0.0)


@compiled
def may_lead(title: int, age: int, weak_years: int, weak_years_head: int) -> bool:
    """Return whether years in a weak school bring a teacher nearer to a head's post (M-59): rank, age, years short."""
    return title >= 1 and HEAD_AGES[0] <= age <= HEAD_AGES[1] and weak_years < weak_years_head


@compiled
def quota_base(base: int, member_staff: int, core_staff: int, eligible: int) -> int:
    """Return the number of teachers that a rotation share is a share of (clauses.md, trap 1)."""
    if base == CORE_STAFF:
        return core_staff
    if base == ELIGIBLE:
        return eligible
    return member_staff


@compiled
def choose_rotation(
    unit_core: NDArray[np.int32],
    unit_start: NDArray[np.int64],
    unit_members: NDArray[np.int32],
    unit_id: NDArray[np.int64],
    share: NDArray[np.float64],
    base: NDArray[np.int64],
    law_share: float,
    law_base: int,
    law_two_way_share: float,
    both_ways: NDArray[np.bool_],
    two_way_share: NDArray[np.float64],
    backbone_share: NDArray[np.float64],
    min_years: NDArray[np.float64],
    may_assign: NDArray[np.bool_],
    duty: NDArray[np.bool_],
    rank_floor: NDArray[np.bool_],
    bonus: NDArray[np.float64],
    cadre: NDArray[np.float64],
    seniors_first: NDArray[np.bool_],
    omega: NDArray[np.float64],
    post_start: NDArray[np.int64],
    post_rows: NDArray[np.int64],
    ids: NDArray[np.int64],
    employer: NDArray[np.int32],
    subject: NDArray[np.int8],
    title: NDArray[np.int8],
    age: NDArray[np.int16],
    home: NDArray[np.int32],
    pay: NDArray[np.float64],
    appraisal: NDArray[np.float64],
    is_backbone: NDArray[np.bool_],
    is_substitute: NDArray[np.bool_],
    years_at_post: NDArray[np.int16],
    term_left: NDArray[np.int16],
    lock_left: NDArray[np.int16],
    onboarding_left: NDArray[np.int16],
    rank_years: NDArray[np.int16],
    weak_years: NDArray[np.int16],
    year_hired: NDArray[np.int32],
    home_x: NDArray[np.float64],
    home_y: NDArray[np.float64],
    home_zone: NDArray[np.int8],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    zone: NDArray[np.int8],
    allowance: NDArray[np.float64],
    target: NDArray[np.float64],
    have: NDArray[np.int64],
    rank_full: NDArray[np.bool_],
    rank_loss: float,
    weights: NDArray[np.float64],
    exempt_share: float,
    send_weak: float,
    years_in_rank: int,
    weak_years_senior: int,
    weak_years_head: int,
    retire_age: int,
    policy_year: int,
    road_factor: float,
    speed: float,
    mountain_share: float,
    volunteer_key: np.uint64,
    round_key: np.uint64,
    exempt_key: np.uint64,
    head_key: np.uint64,
    child_key: np.uint64,
    teacher: NDArray[np.int64],
    source: NDArray[np.int32],
    destination: NDArray[np.int32],
    direction: NDArray[np.int8],
    forced: NDArray[np.bool_],
    unit: NDArray[np.int32],
    promised: NDArray[np.int64],
    n_eligible: NDArray[np.int64],
    lawful: NDArray[np.int64],
    noted: NDArray[np.float64],
) -> int:
    """Propose this year's rotation for every unit (a core and the members under one mode).

    The quota is ``share`` of member staff, core staff or eligible teachers, and no less than the law in
    force asks of the same schools; fractions are settled by lot, so that the long-run share is exact. It counts those sent down, or both ways. Core teachers go
    in this order: new hires whose duty it is, enough backbone teachers for their share, volunteers by
    willingness, and, where the head may assign, the rest by
    ``-(1 - omega) x appraisal x send_weak + omega x need of the subject at the members``: where the
    head is not appraised with the members, weaker teachers are sent. Where ``seniors_first`` holds,
    senior ranks go before other volunteers and before others the head may assign. The pull of pay
    counts the yearly ``bonus``, and ``cadre`` that of a head's post. Each goes to the member that lacks
    the subject most; part of them is matched by a member teacher of that subject who serves at the core.

    Returns the number of moves; the last arrays hold them in place (``forced``: sent unwilling), with the
    numbers promised, eligible, and asked for by the law in force of each unit. ``noted`` float64
    [2, units, teachers] takes each candidate's willingness and place in the order, unless it is empty.
    """
    n_moves = 0
    limit = teacher.size
    score = np.empty(ids.size)
    taken = np.zeros(ids.size, np.bool_)
    pool = np.empty(ids.size, np.int64)
    for g in range(unit_core.size):
        core = unit_core[g]
        promised[g] = 0
        n_eligible[g] = 0
        lawful[0, g] = lawful[1, g] = 0
        low, high = unit_start[g], unit_start[g + 1]
        if core < 0 or high == low or (share[g] <= 0.0 and law_share <= 0.0):
            continue
        members = high - low
        # Staff by school, and how many may go.
        member_staff, core_staff, eligible = 0, 0, 0
        mean_x, mean_y, mean_allowance, mountain, full = 0.0, 0.0, 0.0, False, 0
        staff = np.zeros(members)
        for m in range(members):
            s = unit_members[low + m]
            for a in range(post_start[s], post_start[s + 1]):
                i = post_rows[a]
                if is_substitute[i]:
                    continue
                staff[m] += 1
                if term_left[i] == 0 and employer[i] == s and years_at_post[i] >= min_years[g]:
                    eligible += 1
            member_staff += int(staff[m])
            weight = staff[m] + 1e-9
            mean_x += weight * school_x[s]
            mean_y += weight * school_y[s]
            mean_allowance += weight * allowance[s]
            mountain = mountain or zone[s] == MOUNTAIN
            full += rank_full[s]
        if member_staff == 0:
            continue
        mean_x /= member_staff
        mean_y /= member_staff
        mean_allowance /= member_staff
        n_pool = 0
        for a in range(post_start[core], post_start[core + 1]):
            i = post_rows[a]
            if is_substitute[i]:
                continue
            core_staff += 1
            if term_left[i] > 0 or employer[i] != core or onboarding_left[i] > 0:
                continue
            if years_at_post[i] >= min_years[g]:
                eligible += 1
            owes = duty[g] and lock_left[i] == 0 and weak_years[i] == 0 and year_hired[i] >= policy_year
            if not owes and (lock_left[i] > 0 or years_at_post[i] < min_years[g]):
                continue
            if uniform_at(exempt_key, ids[i]) < exempt_share:
                continue
            pool[n_pool] = i
            n_pool += 1
        n_eligible[g] = eligible
        # The law in force goes on holding: a mode can ask for more, not for less.
        by_law = law_share * quota_base(law_base, member_staff, core_staff, eligible)
        quota = share[g] * quota_base(base[g], member_staff, core_staff, eligible)
        if both_ways[g]:
            quota /= 1.0 + two_way_share[g]
        quota = max(quota, by_law)
        down = int(quota + uniform_at(round_key, unit_id[g]))
        promised[g] = down
        # What the law alone would send, by the same lots: the ordinary budget pays that.
        lawful[0, g] = int(by_law + uniform_at(round_key, unit_id[g]))
        lawful[1, g] = int(lawful[0, g] * law_two_way_share + uniform_at(round_key, -2 - unit_id[g]))
        down = min(down, n_pool, limit - n_moves)
        # Willingness of each candidate, and the head's view.
        for a in range(n_pool):
            i = pool[a]
            now = distance_km(home_x[home[i]], home_y[home[i]], school_x[core], school_y[core], road_factor)
            then = distance_km(home_x[home[i]], home_y[home[i]], mean_x, mean_y, road_factor)
            extra = 2.0 * (
                travel_hours(then, speed, mountain, mountain_share)
                - travel_hours(now, speed, zone[core] == MOUNTAIN, mountain_share)
            )
            ratio = (pay[i] + mean_allowance + bonus[g]) / (pay[i] + allowance[core])
            if not rank_floor[g] and title[i] > 0:
                # Where rank posts at the members are full, one is appointed a rank lower while away.
                ratio *= 1.0 - rank_loss * full / members
            # A child is under six in six of the years from 25 to 40; which six is keyed by the teacher.
            birth = 25.0 + 10.0 * uniform_at(child_key, ids[i])
            young = birth <= age[i] < birth + 6.0
            value = willingness(
                weights[0],
                weights[1],
                title[i] == 1 and rank_years[i] >= years_in_rank - 2 and weak_years[i] < weak_years_senior,
                weights[2],
                ratio,
                weights[3],
                extra,
                weights[4],
                young,
                weights[5],
                years_to_serve(age[i], retire_age) <= LAST_YEARS,
                cadre[g],
                may_lead(title[i], age[i], weak_years[i], weak_years_head),
            )
            value += gumbel_at(volunteer_key, ids[i], unit_id[g])
            if noted.size > 0:
                noted[0, g, i] = value
            owes = duty[g] and lock_left[i] == 0 and weak_years[i] == 0 and year_hired[i] >= policy_year
            if owes:
                value += 1e6
            elif value <= 0.0:
                if may_assign[g]:
                    need = 0.0
                    for m in range(members):
                        s = unit_members[low + m]
                        need += target[s, subject[i]] - have[s, subject[i]]
                    value = (
                        -1e6
                        - (1.0 - omega[g]) * send_weak * appraisal[i]
                        + omega[g] * need / members
                        + 0.1 * normal_at(head_key, ids[i])
                    )
                else:
                    value = -1e12
            if seniors_first[g] and title[i] == 2:
                value += SENIOR_FIRST
            score[i] = value
            if noted.size > 0:
                noted[1, g, i] = value
        sort_rows(pool, score, 0, n_pool)
        wanted_backbone = int(backbone_share[g] * down + uniform_at(head_key, -2 - unit_id[g]))
        chosen = 0
        first_move = n_moves
        for turn in range(2):
            for a in range(n_pool):
                if chosen >= down or (turn == 0 and chosen >= wanted_backbone):
                    break
                i = pool[a]
                if taken[i] or score[i] < -1e11 or (turn == 0 and not is_backbone[i]):
                    continue
                taken[i] = True
                teacher[n_moves] = i
                source[n_moves] = core
                direction[n_moves] = DOWN
                forced[n_moves] = score[i] < -1e5
                unit[n_moves] = g
                n_moves += 1
                chosen += 1
        # Places at the members: in proportion to staff, largest remainder first.
        places = np.zeros(members, np.int64)
        given = 0
        for m in range(members):
            places[m] = int(chosen * staff[m] / member_staff)
            given += places[m]
        while given < chosen:
            best, best_rest = 0, -1.0
            for m in range(members):
                rest = chosen * staff[m] / member_staff - places[m]
                if rest > best_rest:
                    best, best_rest = m, rest
            places[best] += 1
            given += 1
        up = int(chosen * two_way_share[g] + uniform_at(round_key, -2 - unit_id[g]))
        last_down = n_moves
        for a in range(first_move, last_down):
            i = teacher[a]
            best, best_need = -1, 0.0
            for m in range(members):
                if places[m] == 0:
                    continue
                s = unit_members[low + m]
                need = (target[s, subject[i]] - have[s, subject[i]]) / max(1.0, target[s, subject[i]])
                if best < 0 or need > best_need:
                    best, best_need = m, need
            places[best] -= 1
            s = unit_members[low + best]
            destination[a] = s
            if up > 0 and n_moves < limit:
                # The exchange partner: same subject first, then anyone; by lot.
                partner, partner_value = -1, -1.0
                for b in range(post_start[s], post_start[s + 1]):
                    j = post_rows[b]
                    if (
                        is_substitute[j]
                        or taken[j]
                        or employer[j] != s
                        or term_left[j] > 0
                        or onboarding_left[j] > 0
                        or lock_left[j] > 0
                        or years_at_post[j] < min_years[g]
                    ):
                        continue
                    value = uniform_at(volunteer_key, ids[j])
                    if subject[j] == subject[i]:
                        value += 1.0
                    if value > partner_value:
                        partner, partner_value = j, value
                if partner >= 0:
                    taken[partner] = True
                    teacher[n_moves] = partner
                    source[n_moves] = s
                    destination[n_moves] = core
                    direction[n_moves] = UP
                    forced[n_moves] = False
                    unit[n_moves] = g
                    n_moves += 1
                    up -= 1
    return n_moves
