"""撤并、新校区: small schools merge into others, new campuses open; pupils, staff and assets go along.

A campus keeps its row for good. One that is merged away, or not open yet, has no seats, pupils or staff.
What is decided works on one number a school (:func:`plan_mergers`, :func:`plan_openings`); who then moves
is pupils and teachers, one by one (:func:`move_pupils`, :func:`move_staff`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim.equations.pupils import ENROLLED
from edusim.equations.reach import near_schools, way_to_core
from edusim.errors import StateError
from edusim.rules.context import Year
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, open_schools

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.state import Table

_SPLIT = FIRST_JUNIOR_GRADE - 1
#: Grades (from 0) of the primary and the junior part.
PARTS = (slice(0, _SPLIT), slice(_SPLIT, N_GRADES))
_PRIMARY, _JUNIOR = 0, 1
#: Pupils of these grades are in the last year of their stage: they finish where they are.
LAST_GRADES = (_SPLIT, N_GRADES)


@dataclass(frozen=True)
class Opening:
    """A new campus: its row, its mother school, and the neighbourhoods it takes from the mother's catchment."""

    school: int
    mother: int
    homes: frozenset[int]


def teaches(schools: Table, part: int) -> NDArray[np.bool_]:
    """Return bool [schools]: those that teach the primary (0) or the junior (1) grades."""
    taught: NDArray[np.bool_] = schools.stage != (_JUNIOR if part == _PRIMARY else _PRIMARY)
    return taught


# ------------------------------------------------------------------------------------------------ mergers


def merge_campuses(year: Year) -> None:
    """Merge small schools into others (S3 四2, M-22): pupils, teachers, equipment, rooms, money move.

    Land and buildings stay where they are and become the county's reserve.
    """
    merged = plan_mergers(year)
    if not merged:
        return
    state = year.state
    to = np.arange(state.schools.n, dtype=np.int32)
    for school, receiver in merged:
        to[school] = receiver
    pupils = state.pupils
    here = np.flatnonzero((pupils.status == ENROLLED) & (pupils.school >= 0))
    pupils.school[here] = to[pupils.school[here]]
    move_staff(year, to)


def plan_mergers(year: Year) -> list[tuple[int, int]]:
    """Decide and record this year's mergers, and carry out what concerns schools; return (school, receiver).

    A public school with fewer than ``campuses.merge_below_pupils`` pupils that leads no group merges into
    the nearest public school that teaches all its grades, lies within ``campuses.merge_max_km`` by road and
    can seat its pupils, its own buildings allowing ``campuses.m2_place`` m2 a place. Easy ones go first (the
    nearest), ``campuses.merge_per_year`` a year; what transport and boarding of the pupils cost is paid
    first, and what is not paid does not happen. The receiving school becomes a member of the merged one's
    group, or of the nearest, where it is in none. Campuses opened after the base year are left alone.
    """
    law, memory, schools = year.law, year.memory, year.state.schools
    below, most = law["campuses.merge_below_pupils"], int(law["campuses.merge_per_year"])
    if below <= 0 or most <= 0:
        return []
    enrolment = memory.enrolment.copy()
    size = enrolment.sum(axis=0)
    public = open_schools(schools, year.year) & ~schools.is_private & (schools.opens_year == 0)
    small = np.flatnonzero(public & (size < below) & (schools.leads < 0))
    km = law["travel.road_factor"] * np.hypot(
        schools.x_km[small][:, None] - schools.x_km[None], schools.y_km[small][:, None] - schools.y_km[None]
    )
    fits = public[None, :] & (km <= law["campuses.merge_max_km"])
    for part in (_PRIMARY, _JUNIOR):
        fits &= teaches(schools, part)[None, :] | ~teaches(schools, part)[small][:, None]
    fits[np.arange(small.size), small] = False
    pairs = np.argwhere(fits)
    from_, to = small[pairs[:, 0]], pairs[:, 1]
    order = np.lexsort((schools.id[to], schools.id[from_], size[from_], km[pairs[:, 0], to]))
    done: list[tuple[int, int]] = []
    closed, receiving, refused = set[int](), set[int](), set[int]()
    before = _goods(schools)
    for school, receiver in zip(from_[order].tolist(), to[order].tolist(), strict=True):
        if len(done) + len(refused) == most:
            break
        if school in closed | receiving | refused or receiver in closed:
            continue
        seats = seats_with(schools, school, receiver, law["campuses.m2_place"])
        together = enrolment[:, school] + enrolment[:, receiver]
        if any(together[part].max() > n for part, n in zip(PARTS, seats, strict=True)):
            continue
        pupils = float(size[school])
        if not year.ledger.pay_each("closures", np.array([pupils * law["finance.merger_yuan_pupil"]]))[0]:
            year.records.add("merge_unfunded", "school", schools.id[school], target=schools.id[receiver], amount=pupils)
            refused.add(school)
            continue
        year.records.add("merge", "school", schools.id[school], target=schools.id[receiver], amount=pupils)
        _merge_schools(year, school, receiver, seats, enrolment)
        enrolment[:, receiver], enrolment[:, school] = together, 0
        year.tally.n_campus_pupils = getattr(year.tally, "n_campus_pupils", 0) + int(pupils)
        closed.add(school)
        receiving.add(receiver)
        done.append((school, receiver))
    if done:
        memory.enrolment = enrolment
        _same_goods(year, before)
        set_reach(year)
        year.regroup()
    return done


def seats_with(schools: Table, school: int, receiver: int, m2_place: float) -> tuple[int, int]:
    """Return seats a grade, primary and junior, of a school that receives another, as its buildings allow."""
    primary, junior = int(schools.seats_primary[receiver]), int(schools.seats_junior[receiver])
    spare = max(schools.buildings_m2[receiver] / m2_place - 6 * primary - 3 * junior, 0.0)
    more = min(int(schools.seats_primary[school]), int(spare // 6)) if primary else 0
    spare -= 6 * more
    more_junior = min(int(schools.seats_junior[school]), int(spare // 3)) if junior else 0
    return primary + more, junior + more_junior


def _merge_schools(
    year: Year, school: int, receiver: int, seats: tuple[int, int], enrolment: NDArray[np.int64]
) -> None:
    """Carry out a merger as far as schools go: seats, goods, posts, catchment, group; the books add up."""
    state, memory = year.state, year.memory
    schools, places = state.schools, state.neighbourhoods
    n = enrolment[:, school].sum(), enrolment[:, receiver].sum()
    weight = n[0] / (n[0] + n[1]) if n[0] + n[1] > 0 else 0.0
    schools.seats_primary[receiver], schools.seats_junior[receiver] = seats
    schools.seats_primary[school] = schools.seats_junior[school] = 0
    for column in (schools.equipment_yuan, schools.rooms, memory.project_yuan, memory.base_posts,
                   memory.senior_inherited, memory.middle_inherited):  # fmt: skip
        column[receiver] += column[school]
        column[school] = 0
    # What is reckoned a pupil is averaged over the pupils of both, so that the county's sum stays.
    for column in (schools.operating_yuan_pupil, memory.post_scale, memory.junior_share, memory.mean_ses):
        column[receiver] += weight * (column[school] - column[receiver])
    for catchment in (places.catchment_primary, places.catchment_junior):
        catchment[catchment == school] = receiver
    schools.climate[receiver] -= year.law["climate.merger_shock"]
    schools.closed_year[school], schools.merged_into[school] = year.year, receiver
    schools.merged_into[schools.merged_into == school] = receiver
    _join_group(year, school, receiver)


def _join_group(year: Year, school: int, receiver: int) -> None:
    """Take a merged school out of its group and make the receiving school a member (整合后的学校作为成员校)."""
    state, law, memory = year.state, year.law, year.memory
    schools, groups = state.schools, state.groups
    group = int(schools.member_of[school])
    schools.member_of[school], schools.is_outside_mode[school], schools.years_on_par[school] = -1, False, 0
    if schools.leads[receiver] >= 0 or schools.member_of[receiver] >= 0:
        return
    if group < 0:
        led = np.flatnonzero(groups.core >= 0)
        if led.size == 0:
            return
        core = groups.core[led]
        km = np.hypot(schools.x_km[core] - schools.x_km[receiver], schools.y_km[core] - schools.y_km[receiver])
        group = int(led[np.lexsort((groups.id[led], km))[0]])
    mode = int(groups.mode[group])
    inside = np.count_nonzero((schools.member_of == group) & ~schools.is_outside_mode)
    schools.member_of[receiver] = group
    # Beyond the cap of the mode it is paired under the law in force.
    schools.is_outside_mode[receiver] = mode > 0 and inside >= law.by_mode["groups.max_members"][mode]
    memory.core_distance_km[receiver], memory.core_travel_hours[receiver] = way_to_core(
        schools, groups, receiver, law["travel.road_factor"], law["travel.speed_km_hour"],
        law["travel.mountain_speed_share"],
    )  # fmt: skip
    year.records.add("merged_member", "school", schools.id[receiver], source=groups.id[group])


def _goods(schools: Table) -> NDArray[np.float64]:
    return np.array([schools[name].sum() for name in ("equipment_yuan", "rooms", "buildings_m2", "sports_m2")])


def _same_goods(year: Year, before: NDArray[np.float64]) -> None:
    """Check that no equipment, room, building or ground was lost or made.

    Raises
    ------
    StateError
        ``STATE-ASSETS``.
    """
    after = _goods(year.state.schools)
    if not np.allclose(after, before, rtol=1e-9, atol=1e-6):
        raise StateError(
            "STATE-ASSETS", f"{year.year} 年撤并前后资产不符", f"assets of {year.year} before and after mergers differ"
        )


def set_reach(year: Year) -> None:
    """Reckon anew which schools lie within reach of each neighbourhood, after catchments have changed."""
    state, memory = year.state, year.memory
    schools, places = state.schools, state.neighbourhoods
    is_open = open_schools(schools, year.year)
    memory.near_primary = near_schools(schools, places, places.catchment_primary, is_open & teaches(schools, _PRIMARY))
    memory.near_junior = near_schools(schools, places, places.catchment_junior, is_open & teaches(schools, _JUNIOR))


def move_staff(year: Year, to: NDArray[np.int32], rows: NDArray[np.int64] | None = None) -> None:
    """Move teachers (all who serve, or ``rows``) to the school that ``to`` gives for each present one.

    Employer, post, place of teaching and the school to return to follow. A term away from the school that
    a teacher now serves in is over.
    """
    state = year.state
    teachers, ids = state.teachers, state.schools.id
    rows = np.flatnonzero(teachers.serving) if rows is None else rows
    old = teachers.post[rows].copy()
    for column in (teachers.employer, teachers.post, teachers.placement, teachers.origin):
        at = column[rows]
        column[rows] = np.where(at >= 0, to[np.maximum(at, 0)], at)
    moved = rows[teachers.post[rows] != old]
    source = old[teachers.post[rows] != old]
    teachers.years_at_post[moved] = 0
    home = rows[(teachers.origin[rows] >= 0) & (teachers.origin[rows] == teachers.post[rows])]
    teachers.origin[home] = -1
    for column in (teachers.term_left, teachers.away_years, teachers.is_forced):
        column[home] = 0
    year.records.add("transfer", "teacher", teachers.id[moved], source=ids[source], target=ids[teachers.post[moved]])


# ---------------------------------------------------------------------------------------------- openings


def open_campuses(year: Year) -> None:
    """Open the new campuses of the year: a catchment and pupils from the mother school, some of its staff."""
    for opening in plan_openings(year):
        moved = _move_pupils(year, opening)
        n = founding_staff(year, opening, moved)
        teachers = year.state.teachers
        fit = np.flatnonzero(
            teachers.serving & ~teachers.is_substitute & (teachers.post == opening.mother)
            & (teachers.employer == opening.mother) & (teachers.placement == opening.mother) & (teachers.origin < 0)
        )  # fmt: skip
        lot = draws.uniform(year.seed, "campuses.staff", year.year, teachers.id[fit])
        going = np.sort(fit[np.lexsort((teachers.id[fit], lot))[:n]])
        to = np.arange(year.state.schools.n, dtype=np.int32)
        to[opening.mother] = opening.school
        move_staff(year, to, going)
        book_opening(year, opening, moved, int(going.size))


def plan_openings(year: Year) -> list[Opening]:
    """Open the year's new campuses as far as schools go: mother school, seats, goods, catchment, running costs.

    The mother is the nearest public school of the grades that is crowded: pupils in at least the declared
    share of its seats, or, where none is, the fullest of all. The campus takes those neighbourhoods of its
    catchment that lie nearest to the new site, in proportion to the seats of both. Building and equipping
    are paid by the ordinary budget, the same under every policy.
    """
    state, memory, law = year.state, year.memory, year.law
    schools = state.schools
    rows = np.flatnonzero((schools.opens_year == year.year) & (schools.closed_year == 0))
    if rows.size == 0:
        return []
    found = []
    used: set[int] = set()
    cost = 0.0
    for school in rows[np.argsort(schools.id[rows])].tolist():
        planned = memory.new_campuses["planned"][int(schools.id[school])]
        mother = _mother(year, school, used)
        used.add(mother)
        for name in ("seats_primary", "seats_junior", "equipment_yuan", "rooms", "buildings_m2", "sports_m2"):
            schools[name][school] = planned[name]
        for name in ("operating_yuan_pupil", "management", "good_senior_chance"):
            schools[name][school] = schools[name][mother]
        schools.reputation[school], schools.climate[school] = memory.reputation_mean, 0.0
        memory.base_management[school] = schools.management[mother]
        memory.mean_ses[school] = memory.mean_ses[mother]
        memory.junior_share[school] = (0.0, 1.0, 1.0 / 3.0)[int(schools.stage[school])]
        memory.post_scale[school] = memory.post_scale_mean
        cost += (
            planned["buildings_m2"] * law["finance.building_yuan_m2"]
            + planned["sports_m2"] * law["finance.sports_yuan_m2"]
            + planned["rooms"] * law["finance.room_yuan"]
            + planned["equipment_yuan"]
        )
        found.append(Opening(school, mother, _cede(year, school, mother)))
        year.records.add("open_campus", "school", schools.id[school], source=schools.id[mother])
    year.ledger.pay_ordinary("closures", cost)
    set_reach(year)
    return found


def _mother(year: Year, school: int, used: set[int]) -> int:
    """Return the school that a new campus grows out of."""
    schools, enrolment = year.state.schools, year.memory.enrolment
    fit = open_schools(schools, year.year) & ~schools.is_private & (schools.opens_year != year.year)
    seats = np.zeros(schools.n)
    for part, each in ((_PRIMARY, schools.seats_primary), (_JUNIOR, schools.seats_junior)):
        if teaches(schools, part)[school]:
            fit &= teaches(schools, part)
            seats += each * enrolment[PARTS[part]].shape[0]
    rows = np.flatnonzero(fit & (seats > 0))
    free = rows[~np.isin(rows, list(used))]
    rows = free if free.size else rows
    if rows.size == 0:
        raise StateError(
            "STATE-NO-MOTHER", f"新校区 {schools.id[school]} 没有同学段的母体校",
            f"the new campus {schools.id[school]} has no mother school of its stage",
        )  # fmt: skip
    load = enrolment[:, rows].sum(axis=0) / seats[rows]
    crowded = load >= year.memory.new_campuses["crowded_share"]
    if not crowded.any():
        return int(rows[np.lexsort((schools.id[rows], -load))[0]])
    rows = rows[crowded]
    km = np.hypot(schools.x_km[rows] - schools.x_km[school], schools.y_km[rows] - schools.y_km[school])
    return int(rows[np.lexsort((schools.id[rows], km))[0]])


def _cede(year: Year, school: int, mother: int) -> frozenset[int]:
    """Give a new campus its catchment out of the mother's; the mother keeps one neighbourhood at least."""
    state = year.state
    schools, places = state.schools, state.neighbourhoods
    ceded: set[int] = set()
    weight = 1.0 + year.memory.demography.entrants[year.year - year.memory.base_year - 1]
    for part, catchment, seats in (
        (_PRIMARY, places.catchment_primary, schools.seats_primary),
        (_JUNIOR, places.catchment_junior, schools.seats_junior),
    ):
        if not teaches(schools, part)[school]:
            continue
        homes = np.flatnonzero(catchment == mother)
        nearer = np.hypot(places.x_km[homes] - schools.x_km[school], places.y_km[homes] - schools.y_km[school])
        nearer = nearer - np.hypot(places.x_km[homes] - schools.x_km[mother], places.y_km[homes] - schools.y_km[mother])
        homes = homes[np.lexsort((places.id[homes], nearer))]
        share = seats[school] / max(int(seats[school]) + int(seats[mother]), 1)
        w = weight[homes]
        fits = np.cumsum(w) - 0.5 * w < share * w.sum()
        fits[homes.size - 1 :] = False  # the mother keeps the farthest
        taken = homes[fits]
        if taken.size == 0 and homes.size > 1:
            taken = homes[np.argmin(w[:-1])][None]
        catchment[taken] = school
        ceded.update(taken.tolist())
    return frozenset(ceded)


def _move_pupils(year: Year, opening: Opening) -> int:
    """Let the mother's pupils who live in the ceded catchment go to the new campus, as its seats allow."""
    state = year.state
    schools, pupils = state.schools, state.pupils
    ceded = np.zeros(state.neighbourhoods.n, bool)
    ceded[list(opening.homes)] = True
    moved = 0
    for grade in range(1, N_GRADES + 1):
        part = int(grade > _SPLIT)
        if grade in LAST_GRADES or not teaches(schools, part)[opening.school]:
            continue
        rows = np.arange(pupils.n)[state.rows_of_grade(grade)]
        rows = rows[(pupils.status[rows] == ENROLLED) & (pupils.school[rows] == opening.mother)]
        rows = rows[ceded[pupils.home[rows]]]
        seats = int((schools.seats_primary, schools.seats_junior)[part][opening.school])
        rows = rows[np.argsort(pupils.id[rows])[:seats]]
        pupils.school[rows] = opening.school
        moved += int(rows.size)
    return moved


def founding_staff(year: Year, opening: Opening, moved: int) -> int:
    """Return how many of the mother's teachers go along: the declared share of those the moved pupils stand for."""
    memory = year.memory
    share = memory.new_campuses["founding_share"] * moved / max(int(memory.enrolment[:, opening.mother].sum()), 1)
    return int(share * memory.posts[opening.mother])


def book_opening(year: Year, opening: Opening, pupils: int, teachers: int) -> None:
    """Let the staffing posts of those who go along go with them (where posts do not follow pupils anyway)."""
    posts = year.memory.base_posts
    taken = min(teachers, int(posts[opening.mother]))
    posts[opening.mother] -= taken
    posts[opening.school] += taken
    year.tally.n_campus_pupils = getattr(year.tally, "n_campus_pupils", 0) + pupils
