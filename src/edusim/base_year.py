"""The base year: constants, lookup tables and stationary stocks that a run starts from.

What the region draws is people and places; what follows from the model's own equations is set here:
learned quality at rest, school-caused gains of the years already spent, own attainment scaled so that
var(A) = 1 and corr(A, SES) is as stated, the mean of Q at 0. Everything reads the law in force before
the policy, so that it is the same under every policy.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws, stages
from edusim.equations import private
from edusim.equations import pupils as pupil_loops
from edusim.equations import teachers as teacher_loops
from edusim.equations.reach import NEAR_PUBLIC, near_schools
from edusim.rules import admission, appraisal, development, finance, pairing, teaching, workforce
from edusim.rules.context import Year
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, open_schools

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.parameters import Law
    from edusim.state import State

#: Share of pupils below the low-achievement and low-SES lines, by definition of the measures.
LOW_SHARE = 0.2
EQUIPMENT_LIMIT = (2000.0, 2500.0)  # yuan a pupil, primary and junior: indicator L6 of the 2017 rule
_ROUNDS = 4


def lookups(memory: SimpleNamespace, state: State, law: Law) -> None:
    """Set tables that never change: schools within reach, distances to cores, subject loads, buffers."""
    schools, places = state.schools, state.neighbourhoods
    is_open = open_schools(schools, state.year)
    memory.near_primary = near_schools(schools, places, places.catchment_primary, is_open & (schools.stage != 1))
    memory.near_junior = near_schools(schools, places, places.catchment_junior, is_open & (schools.stage != 0))
    memory.passes_on = schools.stage == 2
    memory.none_passes_on = np.zeros(0, bool)
    width = 1 + NEAR_PUBLIC + 1  # a private school first
    size = state.block_size
    memory.preferences = np.empty((size, width), np.int32)
    memory.priority = np.empty((size, width))
    memory.applicant_rows = np.empty(size, np.int64)
    pull = memory.demography.destination
    memory.destination_cumulative = np.cumsum(pull / pull.sum())
    memory.destination_cumulative[-1] = 1.0
    pairing.core_distances(memory, state, law)
    nearest = np.empty(schools.n, np.int32)
    for row in range(schools.n):
        nearest[row] = np.argmin(np.hypot(places.x_km - schools.x_km[row], places.y_km - schools.y_km[row]))
    memory.near_home_of_school = nearest
    memory.old_allowance = np.array(
        [0.0, law["allowance.b_yuan_month"] * 12.0, law["allowance.a_yuan_month"] * 12.0]
    )
    memory.equipment_limit = np.where(schools.stage == 0, *EQUIPMENT_LIMIT)
    memory.child_key = draws.key(memory.seed, "workforce.child", 0)


def staffing_constants(year: Year) -> None:
    """Set posts, the quality of teachers at rest, pay and vacancies of the base year."""
    state, law, memory = year.state, year.law, year.memory
    schools, teachers, places = state.schools, state.teachers, state.neighbourhoods
    memory.total_posts, memory.base_posts = 0.0, np.zeros(schools.n, np.int64)
    memory.post_scale, memory.post_scale_mean = np.ones(schools.n), 1.0
    enrolled = memory.enrolment.sum(axis=0)
    memory.junior_share = memory.enrolment[6:].sum(axis=0) / np.maximum(enrolled, 1)
    staff = float(np.count_nonzero(teachers.serving))
    held = np.bincount(teachers.post[teachers.serving], minlength=schools.n).astype(np.int64)
    memory.base_posts = held
    formula = workforce.need(year)
    # The county's posts are those it has, substitutes' included; each school starts from what it
    # inherited above or below the formula, which is how real counties differ.
    memory.post_scale_mean = staff / float(formula.sum()) if formula.sum() > 0 and staff > 0 else 1.0
    memory.post_scale = np.divide(held, formula, out=np.full(schools.n, memory.post_scale_mean), where=formula > 0)
    memory.total_posts = staff
    memory.allowance_paid_share = 1.0
    workforce.plan_posts(year)
    appraisal.inherit_ranks(year)
    need = memory.target.sum(axis=0)
    memory.subject_cumulative = np.cumsum(need / need.sum()) if need.sum() > 0 else np.linspace(0.125, 1, 8)
    permanent = teachers.serving & ~teachers.is_substitute
    memory.expected_vacancies = float(permanent.sum()) * (
        law["workforce.resign"] + 1.0 / (law["staffing.retire_age"] - 23.0)
    )
    juniors = permanent & (teachers.title == 0)
    pay = teachers.pay_yuan_year
    memory.starting_pay = float(pay[juniors].mean()) if juniors.any() else (float(pay[permanent].mean()) if permanent.any() else 1.0)
    memory.innate_mean = float(teachers.innate[permanent].mean()) if permanent.any() else 0.0
    memory.innate_sd = float(teachers.innate[permanent].std()) if permanent.any() else 0.0
    road, speed = law["travel.road_factor"], law["travel.speed_km_hour"]
    rows = np.flatnonzero(teachers.serving)
    home, post = teachers.home[rows], teachers.post[rows]
    km = road * np.hypot(places.x_km[home] - schools.x_km[post], places.y_km[home] - schools.y_km[post])
    slow = (places.zone[home] == 3) | (schools.zone[post] == 3)
    hours = 2.0 * km / np.where(slow, speed * law["travel.mountain_speed_share"], speed)
    memory.usual_commute_hours = float(hours.mean()) if rows.size else 0.0
    # Who changes school is not counted: most of those who look stay, and the county would seem to settle down.
    memory.turnover_usual = float(law["workforce.resign"] + 1.0 / (law["staffing.retire_age"] - 23.0))
    schools.turnover[:] = memory.turnover_usual
    settle_learning(year)
    values = teachers.quality[permanent]
    memory.quality_mean = float(values.mean()) if values.size else 0.0
    memory.quality_sd = max(float(values.std()) if values.size else 1.0, 1e-9)


def settle_learning(year: Year) -> None:
    """Set learned quality at rest under in-school learning: ``h* = kappa I max(0, q_peer - q) / (delta + kappa I)``.

    Without this every school would drift for years after the start, under any policy.
    """
    state, law = year.state, year.law
    teachers = state.teachers

    def refresh() -> None:
        teacher_loops.update_quality(
            teachers.serving, teachers.innate, teachers.experience, teachers.learned, law["teacher.novice_gain"],
            law["teacher.novice_years"], law["teacher.late_gain"], teachers.quality,
        )  # fmt: skip

    teachers.learned[:] = 0.0
    refresh()
    if not year.rules_on["development"]:
        return
    start, rows = teacher_loops.group_rows(teachers.post, teachers.serving, state.schools.n)
    peer = teacher_loops.upper_decile(start, rows, teachers.quality, development.PEER_PERCENTILE)
    hours = np.array([float(law["development.own_hours_year"])])
    intensity = teacher_loops.hours_to_intensity(hours, law["development.hours_half"], law["development.intensity_max"])[0]
    pull = law["development.peer_learning"] * intensity
    if pull <= 0.0:
        return
    at = np.maximum(teachers.post, 0)
    gap = np.maximum(np.nan_to_num(peer[at], nan=-np.inf) - teachers.quality, 0.0)
    teachers.learned[:] = np.where(teachers.serving, pull / (law["development.decay"] + pull) * gap, 0.0)
    refresh()


def pupil_stocks(year: Year) -> None:
    """Set own attainment and school-caused gains so that the base year is at rest (model: section 5).

    Iterates a few times because classmates' achievement enters Q: (1) Q of classes; (2) its mean to 0;
    (3) lasting gains ``pi Q x years`` (juniors carry the six years of their home's primary school);
    (4) ``b`` and the noise so that corr(A, SES) and var(A) are as stated.
    """
    state, law, memory = year.state, year.law, year.memory
    pupils = state.pupils
    grade = state.grade_of_rows().astype(np.float64)
    on = pupils.status == pupil_loops.ENROLLED
    pi, persistence = law["achievement.persistence_caused"], law["achievement.persistence_own"]
    z, u = pupils.ses[on], pupils.own[on].copy()
    memory.quality_offset = 0.0
    memory.own_ses, memory.own_sd = float(law["achievement.ses_correlation"]), 1.0
    pupils.achievement[:] = 0.0
    home_school = state.neighbourhoods.catchment_primary[pupils.home[on]]
    years_here = np.where(grade[on] >= FIRST_JUNIOR_GRADE, grade[on] - (FIRST_JUNIOR_GRADE - 1), grade[on])
    before = np.where(grade[on] >= FIRST_JUNIOR_GRADE, float(FIRST_JUNIOR_GRADE - 1), 0.0)
    if memory.near_primary.shape[1] == 0:
        before[:] = 0.0
    for _ in range(_ROUNDS):
        teaching.form_classes(year)
        teaching.staff_classes(year)
        teaching.quality_of_classes(year)
        q = memory.class_q[pupils.klass[on]]
        shift = float(q.mean()) if q.size else 0.0
        memory.quality_offset += shift
        q = q - shift
        memory.class_q -= shift
        by_school = np.bincount(pupils.school[on], weights=q, minlength=state.schools.n)
        count = np.maximum(np.bincount(pupils.school[on], minlength=state.schools.n), 1)
        earlier = (by_school / count)[home_school]
        caused = pi * (q * years_here + earlier * before)
        part = caused + (1.0 - pi) * q + memory.class_luck[pupils.klass[on]]
        if z.size > 1 and z.std() > 0:
            cov = float(np.cov(part, z, bias=True)[0, 1])
            memory.own_ses = (law["achievement.ses_correlation"] - cov) / float(z.var())
            rest = 1.0 - float((part + memory.own_ses * z).var())
        else:
            memory.own_ses, rest = 0.0, 1.0 - float(part.var()) if part.size else 1.0
        memory.own_sd = math.sqrt(max(rest, 0.0))
        own = memory.own_ses * z + memory.own_sd * u
        pupils.own[on] = own
        pupils.caused[on] = caused
        pupils.achievement[on] = own + part
    memory.ses_gain = memory.own_ses * (1.0 - persistence)
    memory.noise_sd = memory.own_sd * math.sqrt(1.0 - persistence * persistence)


def tally_pupils(year: Year) -> None:
    """Tally achievement as it stands (base year, or a year without the rule of teaching)."""
    state, memory, tally = year.state, year.memory, year.tally
    pupils, n_schools = state.pupils, state.schools.n
    on = (pupils.status == pupil_loops.ENROLLED) & (pupils.school >= 0)
    grade = state.grade_of_rows()[on]
    stage = (grade >= FIRST_JUNIOR_GRADE).astype(np.int64)
    a, z = pupils.achievement[on], pupils.ses[on]
    cell = stage * n_schools + pupils.school[on]

    def sums(weights: NDArray[Any]) -> NDArray[Any]:
        # Exact, as in the compiled loop: the same in any order of rows.
        out = np.zeros(2 * n_schools, np.int64)
        np.add.at(out, cell, (weights * pupil_loops.GRAIN).astype(np.int64))
        return out.reshape(2, n_schools) / pupil_loops.GRAIN

    low = a < memory.low_line[grade.astype(np.int64) - 1]
    poor = z < memory.low_ses_line
    tally.n_pupils = sums(np.ones(a.size)).astype(np.int64)
    tally.n_low, tally.n_low_ses = sums(low.astype(float)).astype(np.int64), sums(poor.astype(float)).astype(np.int64)
    tally.sum_achievement, tally.sum_square, tally.sum_ses = sums(a), sums(a * a), sums(z)
    tally.sum_low_ses = sums(np.where(poor, a, 0.0))


def lines_and_sets(year: Year) -> None:
    """Fix the low-achievement lines and the sets of weak and top schools in the base year."""
    state, memory = year.state, year.memory
    schools, pupils = state.schools, state.pupils
    on = pupils.status == pupil_loops.ENROLLED
    memory.low_ses_line = float(np.quantile(pupils.ses[on], LOW_SHARE)) if on.any() else 0.0
    memory.low_line = np.zeros(N_GRADES)
    for grade in range(1, N_GRADES + 1):
        block = state.rows_of_grade(grade)
        values = pupils.achievement[block][on[block]]
        memory.low_line[grade - 1] = np.quantile(values, LOW_SHARE) if values.size else 0.0
    tally_pupils(year)
    tally = year.tally
    n = tally.n_pupils.sum(axis=0)
    mean = np.divide(tally.sum_achievement.sum(axis=0), n, out=np.zeros(schools.n), where=n > 0)
    schools.is_weak_base[:] = False
    schools.is_top_base[:] = False
    for stage in range(3):
        rows = np.flatnonzero((schools.stage == stage) & (n > 0))
        if rows.size:
            schools.is_weak_base[rows] = mean[rows] < np.median(mean[rows])
            schools.is_top_base[rows] = mean[rows] >= np.quantile(mean[rows], 0.75)
    schools.reputation[:] = mean
    memory.reputation_mean = float((mean * n).sum() / max(n.sum(), 1))
    memory.seen_reputation = schools.reputation.copy()
    memory.mean_ses = np.divide(tally.sum_ses.sum(axis=0), n, out=np.zeros(schools.n), where=n > 0)
    memory.mean_base = mean
    pairing.group_gaps(memory, state)


def nothing_shared(memory: SimpleNamespace, state: State) -> None:
    """Set what groups share and who leads them before any clause acts: nothing, nobody."""
    n, n_groups = state.schools.n, state.groups.n
    for name in (
        "visited_share", "visited_hours", "shadow_share", "shadow_hours", "hours_away", "cover_loss", "team_hours",
        "trustee_gain",
    ):  # fmt: skip
        setattr(memory, name, np.zeros(n))
    memory.subject_teams = {}
    memory.is_entrusted = np.zeros(n, bool)
    memory.trustee_of_school = np.full(n, -1, np.int32)
    memory.head_year, memory.head_level = np.full(n_groups, -1, np.int64), np.zeros(n_groups)
    memory.head_extended, memory.n_head_changes = np.zeros(n_groups, bool), 0


def private_demand(year: Year) -> None:
    """Read off the base year which families go private: by neighbourhood and stage, at what log odds (see ``equations.private``)."""
    state, law, memory = year.state, year.law, year.memory
    schools, pupils, places = state.schools, state.pupils, state.neighbourhoods
    weights = admission.family_weights(year)
    memory.private_appeal = private.appeal(weights, memory.seen_reputation, memory.mean_ses, schools.good_senior_chance)
    memory.private = []
    on = (pupils.status == pupil_loops.ENROLLED) & (pupils.school >= 0)
    junior = state.grade_of_rows() >= FIRST_JUNIOR_GRADE
    column = np.full(schools.n, -1, np.int64)
    for stage, catchment in ((0, places.catchment_primary), (1, places.catchment_junior)):
        rows = np.flatnonzero(schools.is_private & (schools.stage != 1 - stage))
        column[:] = -1
        column[rows] = np.arange(rows.size)
        mine = on & (junior == (stage == 1))
        home, at = pupils.home[mine].astype(np.int64), column[pupils.school[mine]]
        goes = at >= 0
        n = np.bincount(home[goes] * max(rows.size, 1) + at[goes], minlength=places.n * rows.size)
        n = n.reshape(places.n, rows.size).astype(float)
        total, living = n.sum(axis=1), np.maximum(np.bincount(home, minlength=places.n), 1)
        pull = np.divide(n, total[:, None], out=np.zeros_like(n), where=total[:, None] > 0)
        slope = private.ses_slope(
            weights, law["families.fee_ses"], pull, rows, catchment, memory.seen_reputation, schools.fee_yuan_year
        )
        log_odds = private.log_odds_of(total / living, places.ses_mean, memory.ses_within_sd, slope)
        memory.private.append((rows, pull, log_odds))


def prepare(year: Year, demography: Any, constants: dict[str, Any], seed: int, base_year: int) -> None:
    """Fill ``year.memory`` and the base year's tally; put every stock at rest.

    Parameters
    ----------
    year
        The base year with its state; ``year.memory`` is filled.
    demography
        Entrants and moves by year, see :class:`edusim.region.Demography`.
    constants
        What the region states beside the state: ``ses_within_sd``, and ``new_campuses`` where some are
        to open: planned goods by id, and the shares by which they take pupils and teachers.
    seed, base_year
        Seed of this draw, and the base year.
    """
    state, memory, law = year.state, year.memory, year.law
    schools, places, pupils = state.schools, state.neighbourhoods, state.pupils
    memory.demography, memory.seed, memory.base_year = demography, seed, base_year
    # What a roster states of last year is kept, 0 too; what it does not state is NaN and set below.
    stated = {name: schools[name].copy() for name in ("turnover", "satisfaction", "good_senior_chance", "z_score")}
    schools.good_senior_chance[np.isnan(schools.good_senior_chance)] = 0.0
    memory.measures = SimpleNamespace()
    memory.lawful_sent = {}
    memory.ses_within_sd = float(constants["ses_within_sd"])
    memory.new_campuses = constants.get("new_campuses", {})
    memory.stages = stages.read()
    memory.project_yuan = np.zeros(schools.n)
    nothing_shared(memory, state)
    memory.ses_top = float(np.abs(pupils.ses).max(initial=0.0))
    lookups(memory, state, law)
    pairing.prepare(memory, state)
    admission.count_enrolment(year)
    enrolled = memory.enrolment.sum(axis=0)
    memory.size_reference = 40.0
    memory.n_classes = np.ceil(
        memory.enrolment
        / np.where(np.arange(N_GRADES) < 6, law["teaching.class_cap_primary"], law["teaching.class_cap_junior"])[:, None]
    ).astype(np.int64)
    total_classes = float(memory.n_classes.sum())
    memory.size_reference = float(enrolled.sum()) / total_classes if total_classes else 40.0
    memory.operating_reference = np.ones(schools.n)
    for stage in range(3):
        rows = schools.stage == stage
        weight = enrolled[rows].astype(float)
        if weight.sum() > 0:
            # The weighted geometric mean: the county's mean of ln(r / r0) is zero in the base year.
            logs = np.log(np.maximum(schools.operating_yuan_pupil[rows], 1.0))
            memory.operating_reference[rows] = math.exp(float((logs * weight).sum() / weight.sum()))
    memory.base_management = schools.management.copy()
    memory.core_peer = np.full(schools.n, np.nan)
    staffing_constants(year)
    teachers = state.teachers
    permanent = teachers.serving & ~teachers.is_substitute
    memory.base_backbone = float(np.count_nonzero(permanent & teachers.is_backbone))
    memory.base_pupils = float(enrolled.sum())
    # Years appraised excellent so far: the usual share of up to ten past years, fractions by lot.
    lot = draws.uniform(seed, "appraisal.noise", 0, teachers.id)
    past = law["honours.excellent_share"] * np.minimum(teachers.experience, 10.0)
    teachers.excellent_years[:] = np.where(permanent, np.floor(past + lot), 0).astype(np.int16)
    # Years of excellence already behind each teacher: those of the usual share, keyed by appraisal.
    start, rows = teacher_loops.group_rows(teachers.post, teachers.serving, schools.n)
    memory.returned_rows = np.zeros(0, np.int64)
    teacher_loops.appraise(
        start, rows, teachers.id, teachers.quality, teachers.title, teachers.is_substitute, teachers.is_forced,
        teachers.term_left, teachers.rank_years, memory.quality_mean, memory.quality_sd, law["appraisal.noise_sd"],
        np.full(schools.n, law["honours.excellent_share"]), np.zeros(schools.n), teachers.post, np.zeros(schools.n),
        int(law["promotion.years_in_rank"]), law["effort.promotion"], law["effort.reward"], law["effort.shirk"],
        year.key("appraisal.noise"), teachers.appraisal, teachers.excellent_years, teachers.effort,
        np.zeros(schools.n, np.int64),
    )  # fmt: skip
    if not year.rules_on["appraisal"]:
        teachers.effort[:] = 0.0
    finance.pool(year)
    pupil_stocks(year)
    on = (pupils.status == pupil_loops.ENROLLED) & (pupils.school >= 0)
    home, at = pupils.home[on], pupils.school[on]
    km = law["travel.road_factor"] * np.hypot(
        places.x_km[home] - schools.x_km[at], places.y_km[home] - schools.y_km[at]
    )
    memory.usual_travel_km = float(km.mean()) if km.size else 0.0
    n = np.bincount(at, minlength=schools.n)
    year.tally.travel_km = np.where(
        n > 0, np.bincount(at, weights=km, minlength=schools.n) / np.maximum(n, 1), memory.usual_travel_km
    )
    lines_and_sets(year)
    admission.graduate(year)
    appraisal.results(year)
    memory.z_base = schools.z_score.copy()
    schools.years_on_par[:] = 0
    admission.satisfaction(year)
    for name, values in stated.items():
        given = np.isfinite(values)
        schools[name][given] = values[given]
    private_demand(year)
    teaching.count(year)
