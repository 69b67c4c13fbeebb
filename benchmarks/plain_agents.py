"""The people and places of the plain model: every school, group, teacher and pupil a Mesa agent.

Each holds its own attributes and decides for itself; ``r`` is what holds this year (rates, weights,
draw keys), see :class:`benchmarks.plain.PlainCounty`. Pointers are objects, ``None`` where there is none.
"""

from __future__ import annotations

import math
from heapq import heapify, heapreplace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import mesa

from benchmarks.scalars import (
    at,
    distance_km,
    experience_gain,
    gumbel_at,
    learned_next,
    may_lead,
    normal_at,
    own_next,
    pair_uniform,
    pay_response,
    shifted_probability,
    travel_hours,
    uniform_at,
    willingness,
    years_to_serve,
)
from edusim.equations.pupils import ENROLLED, GRAIN, OUT
from edusim.equations.rotation import LAST_YEARS
from edusim.equations.teachers import LOOKS, MOUNTAIN, RESIGNS, RETIRES, STAYS
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

if TYPE_CHECKING:
    from benchmarks.plain import PlainCounty

#: Columns of a teacher's row that are plain values, in the names of the engine.
TEACHER_VALUES = (
    "id", "subject", "is_above_degree", "title", "is_backbone", "is_substitute", "is_quota_free", "is_forced",
    "age", "experience", "innate", "learned", "quality", "effort", "appraisal", "excellent_years",
    "pay_yuan_year", "years_at_post", "term_left", "rank_years", "weak_years", "away_years", "lock_left",
    "onboarding_left", "year_hired",
)  # fmt: skip
#: Those that say where: school at the other end.
TEACHER_PLACES = ("employer", "post", "placement", "origin")
PUPIL_VALUES = ("id", "status", "ses", "own", "caused", "achievement", "tenure")


class Home:
    """A neighbourhood: where it lies, its catchment schools, the schools within reach."""

    __slots__ = ("catchment", "near", "private", "row", "ses_mean", "x_km", "y_km", "zone")

    def __init__(self, row: int, x_km: float, y_km: float, zone: int, ses_mean: float) -> None:
        self.row, self.x_km, self.y_km, self.zone, self.ses_mean = row, x_km, y_km, zone, ses_mean
        self.near: list[list[School | None]] = [[], []]
        self.catchment: list[Any] = [None, None]
        #: By stage: share of families (of SES 0) that apply to a private school, rise with SES, which (cumulative).
        self.private: list[tuple[float, float, list[tuple[School, float]]]] = [(0.0, 0.0, [])] * 2


class SchoolClass:
    """A class: its number in the county, its pupils, who teaches it what, what a year there gives."""

    __slots__ = ("kind", "luck", "n", "number", "q", "school", "sum", "teacher")

    def __init__(self, number: int, school: School) -> None:
        self.number, self.school = number, school
        self.n, self.sum, self.q, self.luck = 0, 0, 0.0, 0.0
        self.teacher: list[Teacher | None] = []
        self.kind: list[int] = []


class School(mesa.Agent):  # type: ignore[misc]
    """A campus; its attributes are the columns of the engine's table of schools, and the year's counts."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, model: PlainCounty, row: int) -> None:
        super().__init__(model)
        self.row = row
        self.enrolment = [0] * N_GRADES
        self.seats = (0, 0)
        self.staff: list[Teacher] = []
        self.employed: list[Teacher] = []
        self.classes: list[SchoolClass] = []
        self.of_grade: list[list[SchoolClass]] = [[] for _ in range(N_GRADES)]

    def hold(self, applicant: Pupil, choice: int) -> Pupil | None:
        """Hold a seat for an applicant if there is one or someone of lower priority; return who lost it."""
        if self.room <= 0:
            return applicant
        bid = (-applicant.choices[choice][1], -applicant.turn, applicant)
        displaced: Any = None
        if len(self.held) < self.room:
            self.held.append(bid)
            if len(self.held) == self.room:
                heapify(self.held)
        else:
            # The worst held stands first.
            if bid[:2] < self.held[0][:2]:
                return applicant
            displaced = heapreplace(self.held, bid)[2]
            displaced.seat = None
        applicant.seat, applicant.position = self, choice
        return displaced  # type: ignore[no-any-return]

    def tally_pupil(self, stage: int, score: float, ses: float, low_line: float, low_ses_line: float) -> None:
        """Count a pupil of a stage with the achievement of the year; sums are whole numbers of 2**-40."""
        count = self.learned[stage]
        count[0] += 1
        count[3] += int(score * GRAIN)
        count[4] += int(score * score * GRAIN)
        count[5] += int(ses * GRAIN)
        if score < low_line:
            count[1] += 1
        if ses < low_ses_line:
            count[2] += 1
            count[6] += int(score * GRAIN)


class Group(mesa.Agent):  # type: ignore[misc]
    """A school group; its attributes are the columns of the engine's table of groups."""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, model: PlainCounty, row: int) -> None:
        super().__init__(model)
        self.row = row


class Seeker:
    """Someone who may take a post: a teacher who wants to move, or an applicant."""

    id: int
    subject: int
    home: Home
    pay_yuan_year: float
    post: Any

    def worth(self, r: SimpleNamespace, school: Any) -> float:
        """Return what a post at a school is worth."""
        x, y, remote = school.anchor
        return float(
            -r.distance_weight * distance_km(self.home.x_km, self.home.y_km, x, y, r.road_factor)
            + r.pay_weight * math.log(1.0 + school.allowance / self.pay_yuan_year)
            - r.urban_weight * remote
            + r.climate_weight * school.climate
            + gumbel_at(r.post_taste_key, self.id, school.id)
        )

    def choose_post(self, r: SimpleNamespace, schools: list[School]) -> School | None:
        """Take the best of the posts looked at if it beats staying."""
        present = self.post
        k = self.subject
        n = len(schools)
        first = int(at(r.look_key, self.id)) % n
        best, seen = None, 0
        best_value = -r.accept if present is None else r.move_cost + self.worth(r, present)
        for j in range(n):
            s = first + j
            school = schools[s - n if s >= n else s]
            if school.vacancies[k] <= 0 or school is present:
                continue
            seen += 1
            value = self.worth(r, school)
            if value > best_value:
                best, best_value = school, value
            if seen >= r.considered:
                break
        if best is not None:
            best.vacancies[k] -= 1
            if present is not None:
                # Who leaves a school with more staff than posts leaves no vacancy.
                if present.surplus > 0:
                    present.surplus -= 1
                else:
                    present.vacancies[k] += 1
        return best


class Teacher(Seeker, mesa.Agent):  # type: ignore[misc]
    """A teacher; ``desk`` is the place in the county's register, which a later hire may take."""

    employer: Any
    placement: Any
    origin: Any
    is_above_degree: bool
    title: int
    is_backbone: bool
    is_substitute: bool
    is_quota_free: bool
    is_forced: bool
    age: int
    experience: float
    innate: float
    learned: float
    quality: float
    effort: float
    appraisal: float
    excellent_years: int
    years_at_post: int
    term_left: int
    rank_years: int
    weak_years: int
    away_years: int
    lock_left: int
    onboarding_left: int
    year_hired: int
    score: float

    def __init__(self, model: PlainCounty, desk: int, values: dict[str, Any]) -> None:
        super().__init__(model)
        self.__dict__.update(values)
        self.desk = desk

    def decide_to_leave(self, r: SimpleNamespace) -> int:
        """Retire, resign, look for another school, or stay."""
        if years_to_serve(self.age, r.retire_age) <= 0:
            return RETIRES
        school, home = self.post, self.home
        mountain = school.zone == MOUNTAIN or home.zone == MOUNTAIN
        km = distance_km(home.x_km, home.y_km, school.x_km, school.y_km, r.road_factor)
        hours = 2.0 * travel_hours(km, r.speed, mountain, r.mountain_share)
        slope = r.pay_slope * r.pay_backbone if self.is_backbone else r.pay_slope
        shift = (
            r.commute_slope * (hours - r.commute_usual)
            - pay_response(self.pay_yuan_year, school.allowance, school.allowance_old, slope, r.pay_threshold)
            - r.climate_slope * school.climate
        )
        if self.is_forced:
            shift += r.forced_slope
        base = r.contract_leave if self.is_substitute else r.resign
        if uniform_at(r.leave_key, self.id) < shifted_probability(base, shift):
            return RESIGNS
        if self.is_substitute or self.term_left > 0 or self.lock_left > 0:
            return STAYS
        shift += r.quality_slope * ((self.quality - r.quality_mean) / r.quality_sd + (self.title - 1.0))
        if uniform_at(r.upward_key, self.id) < shifted_probability(r.upward[school.zone], shift):
            return LOOKS
        return STAYS

    def strength(self, r: SimpleNamespace) -> float:
        """Credentials in a competition for posts."""
        return float(self.title + self.is_backbone + normal_at(r.credentials_key, self.id))

    def be_reassigned(self, r: SimpleNamespace, schools: list[School]) -> School | None:
        """Find the nearest free post of the own subject where the school can spare this teacher."""
        k, own = self.subject, self.employer
        if own.may_give <= 0 or own.is_private or own.holders[k] <= own.target[k]:
            return None
        within: list[tuple[float, int, School]] = []
        for school in schools:
            if school.vacancies[k] > 0 and not school.is_private and school is not own:
                km = distance_km(self.home.x_km, self.home.y_km, school.x_km, school.y_km, r.road_factor)
                within.append((km, school.row, school))
        if not within or min(within)[0] > r.surplus_reach_km:
            return None
        to = min(within)[2]
        own.may_give -= 1
        own.holders[k] -= 1
        to.holders[k] += 1
        to.vacancies[k] -= 1
        return to

    def go_to(self, school: School) -> None:
        """Serve, teach and be employed at a school."""
        self.employer = self.post = self.placement = school

    def gives(self, r: SimpleNamespace) -> float:
        """What a class gets from this teacher in a year."""
        value: float = self.quality + self.effort
        if self.years_at_post == 0 and self.experience >= 1.0:
            value -= r.first_year_penalty
        if self.is_substitute:
            value -= r.substitute_penalty
        return value

    def learn_from_others(self, r: SimpleNamespace) -> None:
        """Learn from the best of the own school and, in a group, of the core."""
        school = self.post
        peer, other = school.own_peer, school.core_peer
        if math.isnan(peer):
            peer = self.quality
        if math.isnan(other):
            other = self.quality
        self.learned = learned_next(
            self.learned, self.quality, peer, school.own_intensity, other, school.core_intensity, r.peer_learning, r.decay
        )

    def be_appraised(self, r: SimpleNamespace) -> None:
        """Get this year's appraisal: quality in SD and noise."""
        self.appraisal = (self.quality - r.quality_mean) / r.quality_sd + r.noise_sd * normal_at(r.noise_key, self.id)

    def set_effort(self, r: SimpleNamespace, excellent: bool) -> None:
        """Set next year's effort: near promotion, after an honour, or sent unwilling and not checked."""
        value = 0.0
        if not self.is_substitute:
            if excellent:
                self.excellent_years += 1
                value += r.effort_reward
            if self.title < 2 and self.rank_years >= r.years_in_rank - 2:
                value += r.effort_promotion
        if self.is_forced and self.term_left > 0:
            value -= r.effort_shirk * (1.0 - self.post.monitor_share)
        self.effort = value

    def credits(self, r: SimpleNamespace) -> float:
        """Rank in the competition for a higher title."""
        tie = uniform_at(r.tie_key, self.id)
        merit = self.post.exchange_weight if self.took_part(r) else 0.0
        return self.appraisal + 0.5 * self.excellent_years + 0.1 * self.rank_years + 1e-6 * tie + merit  # type: ignore[no-any-return]

    def took_part(self, r: SimpleNamespace) -> bool:
        """Whether this teacher gave open lessons or taught across schools this year."""
        return bool(uniform_at(r.exchange_key, self.id) < self.post.exchange_share)

    def get_title(self, title: int, r: SimpleNamespace) -> None:
        """Hold a higher title from now on, and be paid for it."""
        self.pay_yuan_year *= r.pay_factor[title] / r.pay_factor[title - 1]
        self.title, self.rank_years = title, 0

    def decide_to_go(self, unit: Any, r: SimpleNamespace) -> float:
        """Weigh a term at the members against staying; include the lot that settles close cases."""
        core, home = unit.core, self.home
        now = distance_km(home.x_km, home.y_km, core.x_km, core.y_km, r.road_factor)
        then = distance_km(home.x_km, home.y_km, unit.mean_x, unit.mean_y, r.road_factor)
        extra = 2.0 * (
            travel_hours(then, r.speed, unit.mountain, r.mountain_share)
            - travel_hours(now, r.speed, core.zone == MOUNTAIN, r.mountain_share)
        )
        pay = self.pay_yuan_year
        ratio = (pay + unit.mean_allowance + unit.bonus) / (pay + core.allowance)
        if not unit.rank_floor and self.title > 0:
            ratio *= 1.0 - r.rank_loss * unit.n_full / len(unit.members)
        birth = 25.0 + 10.0 * uniform_at(r.child_key, self.id)
        go = r.go_weights
        value = willingness(
            go[0], go[1],
            self.title == 1 and self.rank_years >= r.years_in_rank - 2 and self.weak_years < r.weak_years_senior,
            go[2], ratio, go[3], extra, go[4], birth <= self.age < birth + 6.0, go[5],
            years_to_serve(self.age, r.retire_age) <= LAST_YEARS, unit.cadre,
            may_lead(self.title, self.age, self.weak_years, r.weak_years_head),
        )  # fmt: skip
        return float(value + gumbel_at(r.volunteer_key, self.id, unit.id))

    def stays_on(self, competes: bool, key: Any, r: SimpleNamespace) -> bool:
        """Weigh a further year in the mountains: a rank to keep, or one within reach."""
        here, back, home = self.post, self.origin, self.home
        asked = (self.is_quota_free and competes) or (self.title == 1 and self.rank_years >= r.years_in_rank)
        if not asked or here.zone != MOUNTAIN or here.leads is not None:
            return False
        km_here = distance_km(home.x_km, home.y_km, here.x_km, here.y_km, r.road_factor)
        km_back = distance_km(home.x_km, home.y_km, back.x_km, back.y_km, r.road_factor)
        extra = 2.0 * (
            travel_hours(km_here, r.speed, True, r.mountain_share)
            - travel_hours(km_back, r.speed, back.zone == MOUNTAIN, r.mountain_share)
        )
        birth = 25.0 + 10.0 * uniform_at(r.child_key, self.id)
        go, pay = r.go_weights, self.pay_yuan_year
        value = willingness(
            r.stay_intercept, go[1], True, go[2], (pay + here.allowance) / (pay + back.allowance), go[3], extra, go[4],
            birth <= self.age < birth + 6.0, go[5], years_to_serve(self.age, r.retire_age) <= LAST_YEARS, 0.0, False,
        )  # fmt: skip
        return bool(value + gumbel_at(key, self.id, here.id) > 0.0)

    def owes_service(self, unit: Any, r: SimpleNamespace) -> bool:
        """Whether a new hire of the core still owes a term at a member."""
        return bool(
            unit.duty and self.lock_left == 0 and self.weak_years == 0 and self.year_hired >= r.policy_year
        )

    def grow_older(self, r: SimpleNamespace) -> None:
        """Let a year pass."""
        post = self.post
        if post.zone >= 2 or (post.zone == 1 and self.term_left > 0 and post.counts_town):
            self.weak_years += 1
        self.age += 1
        self.experience += 1.0
        self.years_at_post += 1
        self.rank_years += 1
        if self.term_left > 0:
            self.away_years += 1
            self.term_left -= 1
        if self.lock_left > 0:
            self.lock_left -= 1
        if self.onboarding_left > 0:
            self.onboarding_left -= 1
        if self.onboarding_left == 0 and self.placement is not post:
            self.placement = post
        self.quality = (
            self.innate + experience_gain(self.experience, r.novice_gain, r.novice_years, r.late_gain) + self.learned
        )


class Pupil(mesa.Agent):  # type: ignore[misc]
    """A pupil and the family behind."""

    id: int
    status: int
    ses: float
    own: float
    caused: float
    achievement: float
    tenure: int
    choices: list[tuple[School, float]]
    seat: Any
    position: int
    turn: int
    came_back: bool

    def __init__(
        self, model: PlainCounty, home: Home, school: School | None, klass: SchoolClass | None, values: dict[str, Any]
    ) -> None:
        super().__init__(model)
        self.__dict__.update(values)
        self.home: Home = home
        self.school: Any = school
        self.klass: Any = klass

    def move_house(self, r: SimpleNamespace) -> bool:
        """Move house or not; return whether the child asks for a seat at the catchment school (to change, or to return)."""
        is_out = self.status == OUT
        if not is_out and self.tenure < 100:
            self.tenure += 1
        moves = uniform_at(r.move_key, self.id) < r.move_share[self.home.zone]
        if moves:
            self.home = r.destination(uniform_at(r.destination_key, self.id))
            r.n_moved += 1
        self.came_back = False
        if is_out:
            return bool(r.return_share > 0.0 and uniform_at(r.return_key, self.id) < r.return_share)
        return moves and self.home.catchment[r.stage] is not self.school

    def take_free_seat(self, r: SimpleNamespace) -> None:
        """Enter the catchment school if a seat is free there; the seat left is free for the next."""
        grade, target = r.grade - 1, self.home.catchment[r.stage]
        if target.enrolment[grade] >= target.seats[r.stage]:
            return
        if self.status == OUT:
            self.status, self.came_back = ENROLLED, True
            r.n_returned += 1
        else:
            self.school.enrolment[grade] -= 1
        target.enrolment[grade] += 1
        self.school, self.tenure = target, 0

    def leave_or_stay(self, r: SimpleNamespace) -> None:
        """Leave the county's schools or stay (grades that are not admitted this year)."""
        if self.status == OUT or self.came_back:
            return
        u = uniform_at(r.exit_key, self.id)
        if u < r.exit_bound:
            shift = self.school.exit_shift[r.stage] + r.exit_ses_slope * self.ses
            if u < shifted_probability(r.exit_other, shift):
                self.school.enrolment[r.grade - 1] -= 1
                self.status, self.school, self.tenure = OUT, None, 0
                r.n_exit += 1

    def rank_schools(self, r: SimpleNamespace) -> bool:
        """Write the family's list of schools with the priority there; return whether it chose freely."""
        near, home, identity = self.home.near[r.stage], self.home, self.id
        choices: list[tuple[School, float]] = []
        self.choices, self.seat, self.position = choices, None, 0
        own, pool = self.school, near[0].pool if near[0] is not None else -1
        if pool >= 0:
            near = near + [s for s in r.pools[pool] if s.seats[r.stage] > 0 and s not in near]
        stays = r.grade == FIRST_JUNIOR_GRADE and own is not None and own.stage == 2
        share, slope, schools = home.private[r.stage]
        if not (stays and own.is_private) and uniform_at(r.private_key, identity) < shifted_probability(share, slope * self.ses):
            u = uniform_at(r.which_key, identity)
            s = next((s for s, cumulative in schools if cumulative > u), schools[-1][0])
            choices.append((s, pair_uniform(r.lottery_key, identity, s.id)))
        first_private = len(choices)
        if stays:
            choices.append((own, pair_uniform(r.lottery_key, identity, own.id)))
        is_free = not stays and r.open_choice_share > 0.0 and uniform_at(r.choose_key, identity) < r.open_choice_share
        ranks_pool = not stays and pool >= 0
        if is_free or ranks_pool:
            ses, weights, rated = self.ses, r.family_weights, []
            for j, s in enumerate(near):
                if s is None or not (is_free or s.pool == pool):
                    continue
                km = distance_km(home.x_km, home.y_km, s.x_km, s.y_km, r.road_factor)
                value = (
                    weights[0] * s.seen * (1.0 + weights[1] * ses)
                    - weights[2] * km
                    + weights[3] * s.mean_ses
                    + weights[4] * s.good_senior_chance
                    + gumbel_at(r.taste_key, identity, s.id)
                )
                rated.append((-value, j, s))
            for _, j, s in sorted(rated)[: r.width - first_private]:
                lottery = pair_uniform(r.lottery_key, identity, s.id)
                first = (j == 0 or (pool >= 0 and s.pool == pool)) and r.catchment_first
                choices.append((s, lottery if first else 1.0 + lottery))
        if is_free:
            return True
        for j, s in enumerate(near):
            if len(choices) >= r.width:
                break
            if s is None or (stays and s is own):
                continue
            if ranks_pool and s.pool == pool:
                continue
            lottery = pair_uniform(r.lottery_key, identity, s.id)
            first = (j == 0 or (pool >= 0 and s.pool == pool)) and r.catchment_first
            choices.append((s, lottery if first else 1.0 + lottery))
        return False

    def apply(self, first: int, last: int) -> None:
        """Ask the schools of a band of choices in turn; whoever is displaced asks on."""
        applicant: Pupil | None = self
        choice = first
        while applicant is not None and choice < min(last, len(applicant.choices)):
            out = applicant.choices[choice][0].hold(applicant, choice)
            if out is not None and out is not applicant:
                choice = out.position
            applicant = out
            choice += 1

    def enrol_or_leave(self, r: SimpleNamespace, share: float) -> None:
        """Take the seat, or the catchment school's where there is none; or leave the county's schools."""
        school = self.seat
        if school is None:
            school = self.home.near[r.stage][0]
            r.n_without_seat += 1
        elif self.position == 0:
            r.n_first += 1
        shift = school.exit_shift[r.stage] + r.exit_ses_slope * self.ses
        if uniform_at(r.exit_key, self.id) < shifted_probability(share, shift):
            self.status, self.school, self.tenure = OUT, None, 0
            r.n_exit += 1
            return
        r.n_private += school.is_private
        self.tenure = self.tenure + 1 if self.school is school else 0
        self.school = school
        school.enrolment[r.grade - 1] += 1
        school.travel_km += distance_km(self.home.x_km, self.home.y_km, school.x_km, school.y_km, r.road_factor)

    def learn(self, r: SimpleNamespace) -> None:
        """Learn for a year and be counted."""
        value = own_next(self.own, self.ses, normal_at(r.learn_key, self.id), r.persistence_own, r.ses_gain, r.noise_own)
        self.own = value
        if self.status == OUT:
            self.achievement = value + self.caused
            return
        q = self.klass.q
        self.caused = lasting = self.caused + r.persistence_caused * q
        self.achievement = score = value + lasting + (1.0 - r.persistence_caused) * q + self.klass.luck
        self.school.tally_pupil(r.grade_stage, score, self.ses, r.low_line[r.grade - 1], r.low_ses_line)
