"""施教区、摇号、民办、择校、指标到校: what families see, rank and get; who moves, leaves, comes back."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edusim.equations import choice, private
from edusim.equations import pupils as loops
from edusim.equations.assignment import parallel_arrays
from edusim.equations.reach import lend
from edusim.rules.context import Year
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: All families are of one kind.
ONE_KIND = np.zeros(0, np.int8)


def seats_of_grade(year: Year, grade: int) -> NDArray[np.int32]:
    """Return int32 [schools]: seats of a grade."""
    schools = year.state.schools
    return schools.seats_primary if grade < FIRST_JUNIOR_GRADE else schools.seats_junior


def pools(year: Year) -> NDArray[np.int32]:
    """Return int32 [schools]: the unit whose campuses' catchments are one, -1 for a school with its own (M-105, M-107, M-130)."""
    units = year.units
    unit = units.unit_of_campus
    if units.core.size == 0:
        return np.full(year.state.schools.n, -1, np.int32)
    is_one = year.of_unit("admission.pooled_catchment") > 0
    return np.where((unit >= 0) & is_one[np.maximum(unit, 0)], unit, -1).astype(np.int32)


def with_pools(near: NDArray[np.int32], pool: NDArray[np.int32], seats: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the schools within reach of each neighbourhood, and after them the other campuses of its pooled catchment."""
    own = pool[near[:, 0]]
    extra: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
    for unit in np.unique(own[own >= 0]):
        campuses = np.flatnonzero((pool == unit) & (seats > 0))
        extra += [(np.array([home]), campuses[~np.isin(campuses, near[home])]) for home in np.flatnonzero(own == unit)]
    widest = max((campuses.size for _, campuses in extra), default=0)
    if widest == 0:
        return near
    more = np.full((near.shape[0], widest), -1, np.int32)
    for home, campuses in extra:
        more[home, : campuses.size] = campuses
    return np.ascontiguousarray(np.concatenate([near, more], axis=1))


def family_weights(year: Year) -> NDArray[np.float64]:
    """Return float64 [6]: what families weigh: reputation, its SES slope, travel, peers, senior chance, fee."""
    names = ("reputation", "ses_slope", "travel", "peers", "senior_chance", "fee")
    return np.array([year.law[f"families.{name}"] for name in names])


def flight(year: Year, seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return float64 [stages, schools]: the rise of the log odds of leaving the county's schools (外流).

    ``b_fl [(R0 - R_s) + (b_h / b_R)(H0 - H_s)]``: what a family leaves is a school that it values less than the
    county's, in reputation and, from grade 7 on, in the chance of a good senior high (指标到校 brings families
    back); the two weigh as they do in its choice of a school.
    """
    law, memory, chance = year.law, year.memory, year.state.schools.good_senior_chance
    n = memory.n_graduates
    # An exact sum: the same in any order of schools.
    usual = math.fsum((chance * n).tolist()) / max(int(n.sum()), 1)
    behind = np.where(n > 0, usual - chance, 0.0)
    name = memory.reputation_mean - seen
    worth = law["families.senior_chance"] / law["families.reputation"]
    return np.asarray(law["families.flight"] * np.stack([name, name + worth * behind]))


def private_applicants(
    year: Year, stage: int, own: NDArray[np.int32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return by neighbourhood: share of families (of SES 0) that apply to a private school, rise of the log odds with
    SES, cumulative shares of the private schools [neighbourhoods, private schools]; and the rows of these schools.
    """
    memory, schools = year.memory, year.state.schools
    rows, pull, log_odds = memory.private[stage]
    weights, seen = family_weights(year), memory.seen_reputation
    change = private.appeal(weights, seen, memory.mean_ses, schools.good_senior_chance) - memory.private_appeal
    share = private.share_at(log_odds, private.relative(pull, rows, own, change))
    slope = private.ses_slope(weights, year.law["families.fee_ses"], pull, rows, own, seen, schools.fee_yuan_year)
    return share, slope, np.cumsum(pull, axis=1), rows


def admit(year: Year) -> None:
    """Let families move, choose, be admitted, leave and return (S4 三(一), M-105, M-107; items 13, 15).

    Families of a pooled catchment (``admission.pooled_catchment``; every document keeps catchments apart)
    may choose among the group's campuses. Entrants of grades 1 and 7 apply, some to a private school first;
    deferred acceptance or the parallel mechanism
    (``admission.choices_per_band``) assigns seats; private schools hold a lottery within their cap.
    Every child has a place: who finds no seat goes to the catchment school. In other grades families
    move house, leave or return. Tallies: applicants, choosers, first choices, exits, returns, moves.
    """
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    schools, pupils, places = state.schools, state.pupils, state.neighbourhoods
    n_schools = schools.n
    core = np.where(schools.member_of >= 0, state.groups.core[np.maximum(schools.member_of, 0)], -1) if state.groups.n else np.full(n_schools, -1)
    seen = loops.seen_reputation(
        schools.reputation, core.astype(np.int32), year.of_member("groups.shared_name"), law["families.brand"]
    )
    memory.seen_reputation = seen
    exit_shift = flight(year, seen)
    enrolment = np.zeros((N_GRADES, n_schools), np.int64)
    for grade in range(1, N_GRADES + 1):
        if grade in (1, FIRST_JUNIOR_GRADE):
            continue
        rows = state.rows_of_grade(grade)
        loops.count_pupils(pupils.status[rows], pupils.school[rows], enrolment[grade - 1])
    moved = np.zeros(3, np.int64)
    keys = [year.key(f"admission.{name}") for name in ("exit", "return", "choose", "taste", "lottery")]
    exit_key, return_key, choose_key, taste_key, lottery_key = keys
    move_key, destination_key = year.key("demography.move"), year.key("demography.destination")
    weights = family_weights(year)
    # What families see of a school's company is its mean SES of last year, the same for all of them.
    company = choice.company_value(memory.mean_ses[None, :], choice.AS_IT_IS)
    private_key, which_key = year.key("admission.private"), year.key("admission.private", 1)
    admitted = np.zeros(5, np.int64)
    travel_km = np.zeros(n_schools)
    applicants = choosers = 0
    width = min(max(2, int(law["admission.list_length"])), memory.preferences.shape[1])
    pool = pools(year)
    for grade in range(1, N_GRADES + 1):
        rows = state.rows_of_grade(grade)
        status, ids, school = pupils.status[rows], pupils.id[rows], pupils.school[rows]
        home, ses, tenure = pupils.home[rows], pupils.ses[rows], pupils.tenure[rows]
        seats = seats_of_grade(year, grade)
        is_primary = grade < FIRST_JUNIOR_GRADE
        near = memory.near_primary if is_primary else memory.near_junior
        if near.shape[1] == 0:
            continue
        catchment = near[:, 0]
        if grade not in (1, FIRST_JUNIOR_GRADE):
            loops.move_and_exit(
                status, ids, school, home, ses, tenure, enrolment[grade - 1], seats, places.zone, catchment,
                memory.demography.move_share, memory.destination_cumulative, exit_shift[int(not is_primary)],
                law["families.exit_other"], law["families.exit_ses_slope"], memory.ses_top, law["families.return_share"],
                move_key, destination_key, exit_key, return_key, year.key("demography.seat"), moved,
            )  # fmt: skip
            continue
        preferences = memory.preferences[: status.size, :width]
        priority = memory.priority[: status.size, :width]
        applicant_rows = memory.applicant_rows
        passes_on = memory.passes_on if grade == FIRST_JUNIOR_GRADE else memory.none_passes_on
        reach = with_pools(near, pool, seats)
        travel = choice.travel_table(reach, places.x_km, places.y_km, schools.x_km, schools.y_km, law["travel.road_factor"])
        n, chose = loops.rank_schools(
            status, ids, school, home, ses, ONE_KIND, passes_on, reach,
            *private_applicants(year, int(not is_primary), catchment), travel,
            pool, schools.id, schools.is_private, seen,
            company, schools.good_senior_chance, weights, 1.0,
            law["admission.open_choice_share"], bool(law["admission.catchment_priority"]), width,
            choose_key, taste_key, lottery_key, private_key, which_key,
            preferences, priority, applicant_rows,
        )  # fmt: skip
        capacity = seats.astype(np.int64)
        taking = schools.is_private & (seats > 0)
        room = int(capacity[taking].sum())
        allowed = law["admission.private_share_cap"] * n
        if room > allowed:
            capacity[taking] = np.floor(capacity[taking] * (allowed / room))
        assigned = parallel_arrays(
            preferences[:n], priority[:n], capacity, int(law["admission.choices_per_band"])
        )
        applicants += n
        choosers += chose
        share = law["families.exit_grade1"] if grade == 1 else law["families.exit_grade7"]
        loops.enrol(
            applicant_rows, n, assigned, status, ids, school, home, ses, tenure, near, preferences,
            places.x_km, places.y_km, schools.x_km, schools.y_km, schools.is_private, exit_shift[int(not is_primary)], share,
            law["families.exit_ses_slope"], law["travel.road_factor"], exit_key, enrolment[grade - 1],
            travel_km, admitted,
        )  # fmt: skip
    new = enrolment[0] + enrolment[FIRST_JUNIOR_GRADE - 1]
    memory.enrolment = enrolment
    tally.n_applicants, tally.n_open_choice = applicants, choosers
    tally.n_first_choice, tally.n_without_seat = int(admitted[0]), int(admitted[1])
    tally.n_private = int(admitted[2])
    tally.n_exit = int(admitted[3] + moved[1])
    tally.n_return, tally.n_moved = int(moved[2]), int(moved[0])
    tally.travel_km = np.where(new > 0, travel_km / np.maximum(new, 1), memory.usual_travel_km)


def count_enrolment(year: Year) -> None:
    """Count pupils by grade and school where the rule of admission is off and nobody chooses or moves.

    Newcomers, and pupils whose school ends before their grade, go to the catchment school of their home.
    """
    state = year.state
    schools, pupils, places = state.schools, state.pupils, state.neighbourhoods
    enrolment = np.zeros((N_GRADES, schools.n), np.int64)
    for grade in range(1, N_GRADES + 1):
        rows = state.rows_of_grade(grade)
        status, school = pupils.status[rows], pupils.school[rows]
        teaches = schools.stage != (1 if grade < FIRST_JUNIOR_GRADE else 0)
        lost = np.flatnonzero((status == loops.ENROLLED) & ((school < 0) | ~teaches[np.maximum(school, 0)]))
        if lost.size:
            catchment = places.catchment_primary if grade < FIRST_JUNIOR_GRADE else places.catchment_junior
            school[lost] = catchment[pupils.home[rows][lost]]
            pupils.tenure[rows][lost] = 0
        loops.count_pupils(status, school, enrolment[grade - 1])
    year.memory.enrolment = enrolment


def graduate(year: Year) -> None:
    """Allot good senior-high places: half by quota to each school, the rest by rank (item 14).

    What a school's graduates got is what families see of it next year.
    """
    state, law, tally, memory = year.state, year.law, year.tally, year.memory
    schools, pupils = state.schools, state.pupils
    rows = state.rows_of_grade(N_GRADES)
    status = pupils.status[rows]
    score = np.where(status == loops.ENROLLED, pupils.achievement[rows], -np.inf)
    n = int(np.count_nonzero(status == loops.ENROLLED))
    got, graduates = np.zeros(schools.n, np.int64), np.zeros(schools.n, np.int64)
    line, offered, filled = loops.good_senior_places(
        status, pupils.id[rows], pupils.school[rows], pupils.tenure[rows], pupils.achievement[rows],
        np.argsort(-score)[:n], law["admission.good_senior_share"], law["admission.quota_share"],
        int(law["admission.quota_registration_years"]), schools.quota_places, schools.quota_floor_gap,
        schools.quota_unfilled_share, law["admission.quota_floor_gap"], got, graduates,
    )  # fmt: skip
    has = graduates > 0
    schools.good_senior_chance[has] = got[has] / graduates[has]
    memory.n_graduates = graduates
    tally.n_graduates, tally.n_good_senior = graduates, got
    tally.open_line, tally.quota_offered, tally.quota_filled = line, offered, filled


def form_reputation(year: Year) -> None:
    """Let parents' view of each school follow its raw results: ``R' = (1 - s) R + s mean``."""
    schools, tally = year.state.schools, year.tally
    n = tally.n_pupils.sum(axis=0)
    mean = np.divide(tally.sum_achievement.sum(axis=0), n, out=schools.reputation.copy(), where=n > 0)
    schools.reputation[:] = loops.reputations(schools.reputation, mean, year.law["families.reputation_speed"])


def within_reach(year: Year, share: NDArray[np.float64], *goods: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return, for each kind of goods, what is within reach of a pupil of each school (S1 六(四)1, M-96).

    ``own / n + sum over the other campuses j of the unit within facilities.max_km by road of
    share_j goods_j / (pupils of the campuses that j serves)``: the owner keeps its own; the share of time
    in which it does not use them is given out once, among the other campuses' pupils.
    """
    n = np.maximum(year.tally.n_pupils.sum(axis=0), 1).astype(float)
    found = [own / n for own in goods]
    if (share > 0.0).any():
        units, reach = year.units, np.stack(found)
        lend(units.campus_start, units.campuses, _within_km(year), n, share, np.stack(goods), reach)
        found = list(reach)
    return found


def _within_km(year: Year) -> NDArray[np.bool_]:
    """Return bool: of each unit's campuses, whose goods (row) serve whom (column), unit after unit.

    Schools do not move: what last year found holds as long as the units and the farthest way do.
    """
    schools, units, memory = year.state.schools, year.units, year.memory
    road, farthest = year.law["travel.road_factor"], year.law["facilities.max_km"]
    kept = getattr(memory, "within_km", None)
    if kept is None or kept[0] is not units or kept[1] != (road, farthest):
        size = np.diff(units.campus_start)
        first = np.repeat(units.campus_start[:-1], size * size)
        n = np.repeat(size, size * size)
        place = np.arange(n.size) - np.repeat(np.cumsum(size * size) - size * size, size * size)
        owner, user = units.campuses[first + place // n], units.campuses[first + place % n]
        km = road * np.hypot(schools.x_km[owner] - schools.x_km[user], schools.y_km[owner] - schools.y_km[user])
        kept = memory.within_km = (units, (road, farthest), (km <= farthest) & (owner != user))
    serves: NDArray[np.bool_] = kept[2]
    return serves


def satisfaction(year: Year) -> None:
    """Families' satisfaction of each school, a logit of class size, perceived gap, commute, departures, equipment.

    Equipment counts as far as it is within reach, shared by other campuses included. Reported as change
    and as the worst school; its level is a stated assumption (model: section 8). A target
    (``target.satisfaction_share``, M-91) is reported school by school and moves nothing.
    """
    schools, law, tally, memory = year.state.schools, year.law, year.tally, year.memory
    n = np.maximum(tally.n_pupils.sum(axis=0), 1)
    classes = np.maximum(tally.n_classes.sum(axis=0), 1)
    equipment, tally.sports_reach, tally.rooms_reach = within_reach(
        year, year.of_school("facilities.shared_share"), schools.equipment_yuan, schools.sports_m2, schools.rooms
    )
    equipment = np.maximum(equipment, 1.0) / memory.equipment_limit
    value = (
        law["satisfaction.intercept"]
        - law["satisfaction.class_size"] * (n / classes - memory.size_reference) / 15.0
        - law["satisfaction.gap"] * np.maximum(0.0, memory.reputation_mean - memory.seen_reputation)
        - law["satisfaction.travel"] * (tally.travel_km - memory.usual_travel_km)
        - law["satisfaction.departure"] * schools.turnover
        + law["satisfaction.facilities"] * np.log(np.clip(equipment, 0.2, 5.0))
    )
    schools.satisfaction[:] = 1.0 / (1.0 + np.exp(-value))
    tally.satisfied_sum = float((schools.satisfaction * tally.n_pupils.sum(axis=0)).sum())
    tally.satisfied_n = float(tally.n_pupils.sum())
    target = law["target.satisfaction_share"]
    short = np.flatnonzero((year.mode_of_school > 0) & (tally.n_pupils.sum(axis=0) > 0) & (schools.satisfaction < target))
    year.records.add("unsatisfied", "school", schools.id[short], amount=target - schools.satisfaction[short])
