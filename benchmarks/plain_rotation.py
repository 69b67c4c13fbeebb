"""Rotation in the plain model: each unit counts its staff, asks its teachers, and sends some of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from benchmarks.plain_agents import School, Teacher
from benchmarks.plain_board import Unit
from benchmarks.scalars import normal_at, quota_base, uniform_at
from edusim.equations.rotation import DOWN, SENIOR_FIRST, UP
from edusim.equations.teachers import MOUNTAIN


@dataclass(slots=True)
class Move:
    """One teacher who is to serve elsewhere."""

    teacher: Teacher
    source: School
    destination: Any
    direction: int
    forced: bool
    unit: Unit
    by_law: bool = False


def plan_rotation(
    unit: Unit, r: SimpleNamespace, taken: set[Teacher], room: int
) -> tuple[list[Move], int, int]:
    """Return a unit's proposals, the number promised, and the number of eligible teachers.

    A move that the law in force asks for anyway is marked so: the fund does not pay for it.

    ``taken`` holds who is on a move already, ``room`` how many more moves may be proposed.
    """
    core, members = unit.core, unit.members
    if core is None or not members or (unit.share <= 0.0 and r.law_share <= 0.0):
        return [], 0, 0
    staff = [0.0] * len(members)
    eligible = member_staff = 0
    x = y = allowance = 0.0
    unit.mountain, unit.n_full = False, 0
    for m, school in enumerate(members):
        for t in school.staff:
            if t.is_substitute:
                continue
            staff[m] += 1
            if t.term_left == 0 and t.employer is school and t.years_at_post >= unit.min_years:
                eligible += 1
        member_staff += int(staff[m])
        weight = staff[m] + 1e-9
        x += weight * school.x_km
        y += weight * school.y_km
        allowance += weight * school.allowance
        unit.mountain = unit.mountain or school.zone == MOUNTAIN
        unit.n_full += school.rank_full
    if member_staff == 0:
        return [], 0, 0
    unit.mean_x, unit.mean_y, unit.mean_allowance = x / member_staff, y / member_staff, allowance / member_staff
    pool, core_staff, more = _candidates(unit, r)
    eligible += more
    # The law in force goes on holding: a mode can ask for more, not for less.
    lawful = r.law_share * quota_base(r.law_base, member_staff, core_staff, eligible)
    quota = unit.share * quota_base(unit.base, member_staff, core_staff, eligible)
    if unit.both_ways:
        quota /= 1.0 + unit.two_way_share
    quota = max(quota, lawful)
    promised = int(quota + uniform_at(r.round_key, unit.id))
    down = min(promised, len(pool), room)
    for t in pool:
        t.score = _score(t, unit, r)
    pool.sort(key=lambda t: (-t.score, t.desk))
    moves: list[Move] = []
    wanted_backbone = int(unit.backbone_share * down + uniform_at(r.head_key, -2 - unit.id))
    for turn in range(2):
        for t in pool:
            if len(moves) >= down or (turn == 0 and len(moves) >= wanted_backbone):
                break
            if t in taken or t.score < -1e11 or (turn == 0 and not t.is_backbone):
                continue
            taken.add(t)
            moves.append(Move(t, core, None, DOWN, t.score < -1e5, unit))
    _place(unit, r, moves, staff, member_staff, taken, room)
    # What the law alone would send, by the same lots: the ordinary budget pays that.
    by_law = {DOWN: int(lawful + uniform_at(r.round_key, unit.id))}
    by_law[UP] = int(by_law[DOWN] * r.law_two_way_share + uniform_at(r.round_key, -2 - unit.id))
    for move in moves:
        move.by_law = unit.mode == 0 or by_law[move.direction] > 0
        by_law[move.direction] -= 1
    return moves, promised, eligible


def _candidates(unit: Unit, r: SimpleNamespace) -> tuple[list[Teacher], int, int]:
    """Return who of the core may go, the core's staff, and how many of them are eligible."""
    core, pool, core_staff, eligible = unit.core, [], 0, 0
    for t in core.staff:
        if t.is_substitute:
            continue
        core_staff += 1
        if t.term_left > 0 or t.employer is not core or t.onboarding_left > 0:
            continue
        if t.years_at_post >= unit.min_years:
            eligible += 1
        if not t.owes_service(unit, r) and (t.lock_left > 0 or t.years_at_post < unit.min_years):
            continue
        if uniform_at(r.exempt_key, t.id) < r.exempt_share:
            continue
        pool.append(t)
    return pool, core_staff, eligible


def _score(t: Teacher, unit: Unit, r: SimpleNamespace) -> float:
    """Return a candidate's place in the queue; senior ranks go first where the clause says so."""
    first = SENIOR_FIRST if unit.seniors_first and t.title == 2 else 0.0
    return _wish(t, unit, r) + first


def _wish(t: Teacher, unit: Unit, r: SimpleNamespace) -> float:
    """Return what decides the place in the queue: duty, own will, then the head's choice where allowed."""
    value = t.decide_to_go(unit, r)
    if t.owes_service(unit, r):
        return value + 1e6
    if value > 0.0:
        return value
    if not unit.may_assign:
        return -1e12
    need = 0.0
    for school in unit.members:
        need += school.target[t.subject] - school.has[t.subject]
    return float(
        -1e6
        - (1.0 - unit.omega) * r.send_weak * t.appraisal
        + unit.omega * need / len(unit.members)
        + 0.1 * normal_at(r.head_key, t.id)
    )


def _place(
    unit: Unit,
    r: SimpleNamespace,
    moves: list[Move],
    staff: list[float],
    member_staff: int,
    taken: set[Teacher],
    room: int,
) -> None:
    """Give each mover a member school, and find exchange partners there."""
    members, sent = unit.members, len(moves)
    places = [int(sent * n / member_staff) for n in staff]
    while sum(places) < sent:
        best, best_rest = 0, -1.0
        for m, n in enumerate(staff):
            rest = sent * n / member_staff - places[m]
            if rest > best_rest:
                best, best_rest = m, rest
        places[best] += 1
    up = int(sent * unit.two_way_share + uniform_at(r.round_key, -2 - unit.id))
    for move in moves[:sent]:
        k = move.teacher.subject
        best, best_need = -1, 0.0
        for m, school in enumerate(members):
            if places[m] == 0:
                continue
            need = (school.target[k] - school.has[k]) / max(1.0, school.target[k])
            if best < 0 or need > best_need:
                best, best_need = m, need
        places[best] -= 1
        school = move.destination = members[best]
        if up > 0 and len(moves) < room:
            partner = _partner(school, unit, r, k, taken)
            if partner is not None:
                taken.add(partner)
                moves.append(Move(partner, school, unit.core, UP, False, unit))
                up -= 1


def _partner(school: School, unit: Unit, r: SimpleNamespace, subject: int, taken: set[Teacher]) -> Teacher | None:
    """Return the member teacher who goes the other way: the same subject first, by lot."""
    found, found_value = None, -1.0
    for t in school.staff:
        if (
            t.is_substitute
            or t in taken
            or t.employer is not school
            or t.term_left > 0
            or t.onboarding_left > 0
            or t.lock_left > 0
            or t.years_at_post < unit.min_years
        ):
            continue
        value = uniform_at(r.volunteer_key, t.id) + (1.0 if t.subject == subject else 0.0)
        if value > found_value:
            found, found_value = t, value
    return found
