"""退休、流失、县管校聘、统一招聘、跟岗: who leaves, who moves up, who is hired, who stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim.equations import posts as posts_loops
from edusim.equations import teachers as loops
from edusim.rules.context import Year
from edusim.state import SUBJECTS, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

COHORT = 10_000_000
SUBSTITUTE_OFFSET = 5_000_000
MEMBER = 1


def posts(year: Year) -> NDArray[np.int64]:
    """Return int64 [schools]: staffing posts of each school (县管校聘: they follow pupils county-wide).

    ``max(pupils / ratio, teachers a class x classes)`` by stage, times what the school inherited above
    or below the formula (which ``staffing.post_adjustment`` of the way a year evens out), plus what is
    tilted to cores (M-63); in all no more than the county's posts in the base year. Without county
    pooling the posts of the base year stay where they are.
    """
    law, memory = year.law, year.memory
    if not law["staffing.county_pooling"]:
        base: NDArray[np.int64] = memory.base_posts
        return base
    schools = year.state.schools
    bonus = year.of_school("staffing.core_post_bonus") * (schools.leads >= 0)
    wanted = need(year) * (1.0 + bonus) * memory.post_scale
    total = float(wanted.sum())
    if total > memory.total_posts > 0:
        wanted = wanted * (memory.total_posts / total)
    return np.asarray(np.maximum(np.rint(wanted), 0.0), dtype=np.int64)


def need(year: Year) -> NDArray[np.float64]:
    """Return float64 [schools]: teachers that the formula gives each school for its pupils and classes."""
    law, enrolment = year.law, year.memory.enrolment
    small = law["staffing.teachers_per_class_small"]
    total = np.zeros(enrolment.shape[1])
    for stage, rows in (("primary", slice(0, 6)), ("junior", slice(6, 9))):
        pupils = enrolment[rows].sum(axis=0)
        classes = np.ceil(enrolment[rows] / law[f"teaching.class_cap_{stage}"]).sum(axis=0)
        total += np.maximum(pupils / law[f"staffing.pupils_per_teacher_{stage}"], small * classes)
    return total


def allowances(year: Year) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the place allowance paid this year and the old one, yuan a year, float64 [schools].

    Only the funded part of the rise over the old level is paid; an allowance belongs to the place and
    goes to every teacher there (clauses.md, trap 10).
    """
    law, memory = year.law, year.memory
    old = memory.old_allowance
    new = np.array([0.0, law["allowance.b_yuan_month"] * 12.0, law["allowance.a_yuan_month"] * 12.0])
    paid = old + (new - old) * year.memory.allowance_paid_share
    at = year.state.schools.allowance_class
    return paid[at], old[at]


def subject_targets(year: Year, n_posts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return float64 [schools, 8]: posts by subject, in proportion to the teachers that classes need."""
    memory = year.memory
    classes = np.stack([memory.n_classes[:6].sum(axis=0), memory.n_classes[6:].sum(axis=0)])
    need = classes[0][:, None] / memory.load_primary + classes[1][:, None] / memory.load_junior
    total = need.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(need, total, out=np.zeros_like(need), where=total > 0) * n_posts[:, None])


def law_adjustment(year: Year) -> float:
    """Return the share of the distance to the formula that inherited posts move this year (0 in the base year)."""
    if year.year <= year.memory.base_year:
        return 0.0
    return float(year.law["staffing.post_adjustment"])


def plan_posts(year: Year) -> None:
    """Set this year's posts, subject targets and allowances for the rules that follow."""
    law, memory = year.law, year.memory
    memory.load_primary = np.array([law[f"teaching.load_primary_{k}"] for k in SUBJECTS])
    memory.load_junior = np.array([law[f"teaching.load_junior_{k}"] for k in SUBJECTS])
    memory.post_scale = memory.post_scale + law_adjustment(year) * (memory.post_scale_mean - memory.post_scale)
    memory.posts = posts(year)
    memory.target = subject_targets(year, memory.posts)
    memory.allowance, memory.allowance_old = allowances(year)


def _vacancies(
    n_posts: NDArray[np.int64], target: NDArray[np.float64], have: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return int64 [schools, 8]: free posts by subject, the subjects furthest below target first.

    Free posts of a school are its posts less its own staff; they are split over subjects in proportion
    to the shortfall of each, largest remainder first.
    """
    free = np.maximum(n_posts - have.sum(axis=1), 0)
    short = np.maximum(target - have, 0.0) + 1e-9
    share = short / short.sum(axis=1, keepdims=True) * free[:, None]
    whole = np.floor(share)
    rest = free - whole.sum(axis=1).astype(np.int64)
    rank = np.argsort(np.argsort(-(share - whole), axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((whole + (rank < rest[:, None])).astype(np.int64))


def staff(year: Year) -> None:
    """Let teachers retire, resign and move; hire by examination rank; fill the rest with substitutes.

    The county's applicants of a year are drawn before any decision and are the same under every policy;
    a hire keeps the applicant's id. Order: those who leave, moves to schools they like better, staff above
    posts to free posts elsewhere, hires by examination rank (serial choice among posts), substitutes.
    M-55, M-60 to M-62.
    """
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    schools, teachers, places = state.schools, state.teachers, state.neighbourhoods
    n_schools = schools.n
    allowance, old = memory.allowance, memory.allowance_old
    upward = np.array(
        [
            law["workforce.upward_urban"],
            0.5 * (law["workforce.upward_urban"] + law["workforce.upward_rural"]),
            law["workforce.upward_rural"],
            law["workforce.upward_rural"],
        ]
    )
    fate = np.zeros(teachers.n, np.int8)
    # How likely each was to resign and to look for a better-placed school, where decisions are kept.
    year.notes.chance = np.full((2, teachers.n if year.records.mode == "all" else 0), np.nan)
    loops.leave(
        teachers.serving, teachers.id, teachers.is_substitute, teachers.is_forced, teachers.age, teachers.post,
        teachers.home, teachers.pay_yuan_year, teachers.quality, teachers.title, teachers.is_backbone, teachers.term_left,
        teachers.lock_left, places.x_km, places.y_km, places.zone, schools.x_km, schools.y_km, schools.zone,
        schools.climate, allowance, old, upward, law["workforce.resign"], law["workforce.contract_leave"],
        law["workforce.pay_slope"], law["workforce.pay_threshold"], law["workforce.pay_backbone"], law["workforce.commute_slope"],
        memory.usual_commute_hours, law["workforce.forced_slope"], law["workforce.climate_slope"],
        law["workforce.quality_slope"], memory.quality_mean, memory.quality_sd, int(law["staffing.retire_age"]),
        law["travel.road_factor"], law["travel.speed_km_hour"], law["travel.mountain_speed_share"],
        year.key("workforce.leave"), year.key("workforce.upward"), fate, year.notes.chance,
    )  # fmt: skip
    serving = teachers.serving
    before = np.bincount(teachers.post[serving], minlength=n_schools)
    leaving = np.flatnonzero((fate == loops.RETIRES) | (fate == loops.RESIGNS))
    own_will = np.flatnonzero((fate == loops.RESIGNS) & ~teachers.is_substitute)
    tally.left_n = int(own_will.size)
    tally.left_quality_sum = float(np.sort(teachers.quality[own_will]).sum())
    tally.left_backbone = int(teachers.is_backbone[own_will].sum())
    permanent = serving & ~teachers.is_substitute
    tally.n_backbone_before = int(teachers.is_backbone[permanent].sum())
    stayed = permanent & (fate != loops.RETIRES) & (fate != loops.RESIGNS)
    tally.stayed_n = int(stayed.sum())
    tally.stayed_quality_sum = float(np.sort(teachers.quality[stayed]).sum())
    gone = np.bincount(teachers.post[leaving], minlength=n_schools).astype(float)
    for code, event in ((loops.RETIRES, "retire"), (loops.RESIGNS, "resign")):
        rows = np.flatnonzero(fate == code)
        year.records.add(event, "teacher", teachers.id[rows], source=schools.id[teachers.post[rows]])
    teachers.serving[leaving] = False
    tally.n_teachers_before = int(before.sum())
    tally.n_left = int(leaving.size)

    staffed = teachers.serving & ~teachers.is_substitute
    cell = teachers.employer[staffed].astype(np.int64) * 8 + teachers.subject[staffed]
    have = np.bincount(cell, minlength=n_schools * 8).reshape(n_schools, 8)
    vacancies = _vacancies(memory.posts, memory.target, have)
    surplus = np.maximum(have.sum(axis=1) - memory.posts, 0)
    remote = np.array([0.0, law["hiring.remote_town"], law["hiring.remote_rural"], 1.0])[schools.zone]
    anchor_x, anchor_y, anchor_remote = schools.x_km.copy(), schools.y_km.copy(), remote.copy()
    joint = np.flatnonzero((year.of_member("staffing.joint_hiring") > 0) & (year.units.unit_of_member >= 0))
    if joint.size:
        core = year.units.core[year.units.unit_of_member[joint]]
        joint, core = joint[core >= 0], core[core >= 0]
        # A merged school hires for all its campuses: a post counts as lying half-way to the core.
        anchor_x[joint] = 0.5 * (schools.x_km[joint] + schools.x_km[core])
        anchor_y[joint] = 0.5 * (schools.y_km[joint] + schools.y_km[core])
        anchor_remote[joint] = 0.5 * (remote[joint] + remote[core])
    choice = (
        law["hiring.distance_weight"], law["hiring.pay_weight"], law["hiring.urban_weight"],
        law["hiring.climate_weight"],
    )  # fmt: skip
    look, taste = year.key("workforce.look"), year.key("workforce.taste")
    considered = int(law["hiring.posts_considered"])

    # Moves to schools they like better, strongest credentials first.
    movers = np.flatnonzero((fate == loops.LOOKS) & teachers.serving)
    strength = (
        teachers.title[movers]
        + teachers.is_backbone[movers]
        + draws.normal(year.seed, "workforce.upward", year.year, teachers.id[movers], k=1)
    )
    movers = movers[np.lexsort((teachers.id[movers], -strength))]
    chosen = np.empty(movers.size, np.int32)
    posts_loops.choose_posts(
        teachers.id[movers], teachers.subject[movers], places.x_km[teachers.home[movers]],
        places.y_km[teachers.home[movers]], teachers.pay_yuan_year[movers], teachers.post[movers], schools.id,
        schools.x_km, schools.y_km, anchor_x, anchor_y, anchor_remote, allowance, schools.climate, vacancies, surplus,
        *choice, law["hiring.accept"], law["hiring.move_cost"], considered, law["travel.road_factor"], taste, look,
        chosen,
    )  # fmt: skip
    rows, to = movers[chosen >= 0], chosen[chosen >= 0]
    before_zone, after_zone = schools.zone[teachers.post[rows]], schools.zone[to]
    up, down = after_zone < before_zone, after_zone > before_zone
    for event, these in (("move_up", up), ("move", ~up)):
        year.records.add(event, "teacher", teachers.id[rows[these]], source=schools.id[teachers.post[rows[these]]], target=schools.id[to[these]])
    tally.n_changed_school, tally.n_moved_up, tally.n_moved_down = int(rows.size), int(up.sum()), int(down.sum())
    gone += np.bincount(teachers.post[rows], minlength=n_schools)
    for column in (teachers.employer, teachers.post, teachers.placement):
        column[rows] = to
    teachers.years_at_post[rows] = 0
    gone += _reassign(year, vacancies)
    schools.turnover[:] = np.divide(gone, before, out=np.zeros(n_schools), where=before > 0)

    _hire(year, vacancies, surplus, (anchor_x, anchor_y, anchor_remote), choice, considered, taste, look)
    _substitutes(year)
    _onboard(year)


def _reassign(year: Year, vacancies: NDArray[np.int64]) -> NDArray[np.int64]:
    """Reassign teachers above their school's posts to free posts of their subject (县管校聘, M-55).

    Only where the county pools posts, and only between public schools. A share
    (``staffing.surplus_moved_share``) of those above posts moves in a year, fractions by lot; the latest
    hired by the county first, ties by lot. Each gets the free post nearest to home within reach; where
    there is none, the next is asked. Nobody moves who came this year, is on a rotation term or being
    onboarded, or teaches a subject of which the school has none to spare. It comes before hiring:
    fewer applicants are taken. Return int64 [schools]: how many each school gave up.
    """
    state, law, memory = year.state, year.law, year.memory
    schools, teachers, places = state.schools, state.teachers, state.neighbourhoods
    gave = np.zeros(schools.n, np.int64)
    year.tally.n_reassigned = 0
    if not law["staffing.county_pooling"] or law["staffing.surplus_moved_share"] <= 0.0:
        return gave
    staffed = teachers.serving & ~teachers.is_substitute
    cell = teachers.employer[staffed].astype(np.int64) * 8 + teachers.subject[staffed]
    have = np.bincount(cell, minlength=schools.n * 8).reshape(schools.n, 8)
    above = np.maximum(have.sum(axis=1) - memory.posts, 0)
    lot = draws.uniform(year.seed, "workforce.surplus", year.year, schools.id, k=1)
    leave = np.floor(law["staffing.surplus_moved_share"] * above + lot).astype(np.int64)
    leave = np.minimum(leave, above)
    rows = np.flatnonzero(
        staffed & (teachers.term_left == 0) & (teachers.onboarding_left == 0) & (teachers.years_at_post > 0)
        & (leave[np.maximum(teachers.employer, 0)] > 0)
    )  # fmt: skip
    # Most teach a subject of which the school has none to spare: they need not be ranked.
    may_spare = (have > memory.target) | (vacancies > 0)
    rows = rows[may_spare[teachers.employer[rows], teachers.subject[rows]]]
    tie = draws.uniform(year.seed, "workforce.surplus", year.year, teachers.id[rows])
    rows = rows[np.lexsort((tie, -teachers.year_hired[rows]))]
    home, source = teachers.home[rows], teachers.employer[rows]
    chosen = np.empty(rows.size, np.int32)
    posts_loops.reassign(
        teachers.subject[rows], places.x_km[home], places.y_km[home], source, schools.x_km, schools.y_km,
        schools.is_private, memory.target, have, vacancies, leave, law["staffing.surplus_reach_km"],
        law["travel.road_factor"], chosen,
    )  # fmt: skip
    rows, source, to = rows[chosen >= 0], source[chosen >= 0], chosen[chosen >= 0]
    for column in (teachers.employer, teachers.post, teachers.placement):
        column[rows] = to
    teachers.years_at_post[rows] = 0
    year.tally.n_reassigned = int(rows.size)
    year.records.add("reassign", "teacher", teachers.id[rows], source=schools.id[source], target=schools.id[to])
    return np.bincount(source, minlength=schools.n)


def _hire(
    year: Year,
    vacancies: NDArray[np.int64],
    surplus: NDArray[np.int64],
    anchors: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    choice: tuple[float, float, float, float],
    considered: int,
    taste: np.uint64,
    look: np.uint64,
) -> None:
    """Hire from the year's applicants by serial choice in the order of examination rank."""
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    schools, places = state.schools, state.neighbourhoods
    n = round(law["hiring.applicants_per_post"] * memory.expected_vacancies)
    ids = year.year * COHORT + np.arange(n, dtype=np.int64)
    exam = draws.normal(year.seed, "workforce.applicant", 0, ids)
    rho = law["hiring.exam_correlation"]
    other = draws.normal(year.seed, "workforce.applicant", 0, ids, k=1)
    quality = rho * exam + np.sqrt(1.0 - rho * rho) * other
    u = draws.uniform(year.seed, "workforce.applicant", 0, ids, k=2)
    subject = np.searchsorted(memory.subject_cumulative, u).clip(0, len(SUBJECTS) - 1).astype(np.int8)
    home = np.searchsorted(
        memory.destination_cumulative, draws.uniform(year.seed, "workforce.applicant", 0, ids, k=3)
    ).clip(0, places.n - 1)
    degree = draws.uniform(year.seed, "workforce.applicant", 0, ids, k=4) < law["hiring.above_degree_share"]
    order = np.lexsort((ids, -exam))
    pay = np.full(n, memory.starting_pay)
    chosen = np.empty(n, np.int32)
    posts_loops.choose_posts(
        ids[order], subject[order], places.x_km[home[order]], places.y_km[home[order]], pay, np.full(n, -1, np.int32),
        schools.id, schools.x_km, schools.y_km, *anchors, memory.allowance, schools.climate, vacancies,
        surplus, *choice, law["hiring.accept"], law["hiring.move_cost"], considered, law["travel.road_factor"], taste, look,
        chosen,
    )  # fmt: skip
    hired = order[chosen >= 0]
    school = chosen[chosen >= 0]
    tally.n_applicants_posts, tally.n_hired = n, int(hired.size)
    rows = _free_rows(year, hired.size)
    teachers = state.teachers
    _blank(teachers, rows)
    teachers.id[rows] = ids[hired]
    for column in (teachers.employer, teachers.post, teachers.placement):
        column[rows] = school
    teachers.subject[rows] = subject[hired]
    teachers.is_above_degree[rows] = degree[hired]
    teachers.innate[rows] = memory.innate_mean + memory.innate_sd * quality[hired]
    teachers.home[rows] = home[hired]
    teachers.pay_yuan_year[rows] = memory.starting_pay
    teachers.age[rows] = 23
    teachers.lock_left[rows] = int(law["staffing.hire_lock_years"])
    teachers.year_hired[rows] = year.year
    member = year.state.schools.member_of[school] >= 0
    wait = np.where(member, year.of_school("staffing.onboarding_years")[school], 0)
    teachers.onboarding_left[rows] = wait.astype(np.int16)
    _set_quality(year, rows)
    year.records.add("hire", "teacher", ids[hired], target=schools.id[school])


def _substitutes(year: Year) -> None:
    """Take on substitutes for posts left empty, and let go of those no longer needed.

    A substitute's id is keyed by year, school and place, so that it does not depend on the order of
    events. Substitutes have no staffing post; they are paid by the ordinary budget.
    """
    state, memory, tally = year.state, year.memory, year.tally
    schools, teachers = state.schools, state.teachers
    n_schools = schools.n
    serving = teachers.serving
    own = np.bincount(teachers.employer[serving & ~teachers.is_substitute], minlength=n_schools)
    # Staff on loan from elsewhere stand at the post though another school employs them.
    at_post = np.bincount(teachers.post[serving & ~teachers.is_substitute], minlength=n_schools)
    need = np.maximum(memory.posts - np.maximum(own, at_post), 0)
    standing = np.flatnonzero(serving & teachers.is_substitute)
    have = np.bincount(teachers.post[standing], minlength=n_schools)
    surplus = np.maximum(have - need, 0)
    if surplus.any():
        # The latest to come leave first.
        order = standing[np.lexsort((-teachers.id[standing], teachers.post[standing]))]
        post = teachers.post[order]
        first = np.concatenate([[0], np.cumsum(np.bincount(post, minlength=n_schools))])[:-1]
        rank = np.arange(order.size) - first[post]
        out = order[rank < surplus[post]]
        teachers.serving[out] = False
        year.records.add("release", "teacher", teachers.id[out], source=schools.id[teachers.post[out]])
        tally.n_released = int(out.size)
        # Release is the end of a contract, not someone leaving: turnover does not count it.
    else:
        tally.n_released = 0
    new = np.maximum(need - have, 0)
    n = int(new.sum())
    tally.n_substitutes_new = 0
    memory.new_substitutes = new
    if n:
        school = np.repeat(np.arange(n_schools, dtype=np.int32), new)
        place = np.arange(n) - np.repeat(np.cumsum(new) - new, new)
        staffed = serving & ~teachers.is_substitute
        cell = teachers.employer[staffed].astype(np.int64) * 8 + teachers.subject[staffed]
        held = np.bincount(cell, minlength=n_schools * 8).reshape(n_schools, 8)
        rank = np.argsort(-(memory.target - held), axis=1, kind="stable")
        _take_on(year, school, place, rank[school, place % 8])
    tally.n_vacant = np.maximum(memory.posts - own, 0)
    tally.n_posts = memory.posts


def _take_on(year: Year, school: NDArray[np.int32], place: NDArray[np.int64], subject: NDArray[np.int64]) -> None:
    """Take on substitutes: one a (school, place), ids keyed by year, school and place."""
    state, memory = year.state, year.memory
    schools = state.schools
    width = min(SUBSTITUTE_OFFSET // max(schools.n, 1), 3000)
    ids = year.year * COHORT + SUBSTITUTE_OFFSET + school.astype(np.int64) * width + place
    rows = _free_rows(year, ids.size)
    teachers = state.teachers
    _blank(teachers, rows)
    teachers.id[rows] = ids
    for column in (teachers.employer, teachers.post, teachers.placement):
        column[rows] = school
    teachers.is_substitute[rows] = True
    teachers.subject[rows] = subject
    z = draws.normal(year.seed, "workforce.substitute", 0, ids)
    teachers.innate[rows] = memory.innate_mean + memory.innate_sd * z
    teachers.home[rows] = memory.near_home_of_school[school]
    teachers.pay_yuan_year[rows] = year.law["finance.substitute_yuan_year"]
    teachers.age[rows] = 24
    teachers.year_hired[rows] = year.year
    _set_quality(year, rows)
    year.tally.n_substitutes_new += int(ids.size)
    year.records.add("substitute", "teacher", ids, target=schools.id[school])


def _onboard(year: Year) -> None:
    """Place new teachers of member schools at the core for their onboarding (S4 四(五), M-60).

    Their classes at the member are meanwhile taught by substitutes, whom the fund pays in the order of
    schools; a new teacher whose cover is not paid for stays at the member.
    """
    state, law = year.state, year.law
    schools, teachers, units = state.schools, state.teachers, year.units
    waiting = np.flatnonzero(teachers.serving & (teachers.onboarding_left > 0))
    if waiting.size == 0:
        year.tally.n_onboarding = 0
        return
    unit = units.unit_of_member[teachers.post[waiting]]
    core = np.where(unit >= 0, units.core[np.maximum(unit, 0)], -1) if units.core.size else np.full(waiting.size, -1)
    going = waiting[core >= 0]
    core = core[core >= 0]
    order = np.lexsort((teachers.id[going], schools.id[teachers.post[going]]))
    going, core = going[order], core[order]
    costs = np.full(going.size, law["finance.substitute_yuan_year"])
    paid = year.ledger.pay_each("onboarding", costs)
    going, core = going[paid], core[paid]
    teachers.placement[going] = core
    member = teachers.post[going]
    first = np.searchsorted(schools.id[member], schools.id[member], side="left")
    place = year.memory.new_substitutes[member] + np.arange(going.size) - first
    covered = teachers.subject[going].astype(np.int64)
    onboarded = teachers.id[going]
    if going.size:
        _take_on(year, member, place, covered)
    year.tally.n_onboarding = int(going.size)
    year.records.add("onboard", "teacher", onboarded, source=schools.id[member], target=schools.id[core])


def _free_rows(year: Year, n: int) -> NDArray[np.int64]:
    """Return ``n`` free rows of the teachers' table, which grows when it must."""
    state = year.state
    free = np.flatnonzero(~state.teachers.serving)
    if free.size < n:
        old = state.teachers
        grown = Table.empty("teachers", old.n + max(n, old.n // 8))
        for column in old:
            grown[column][: old.n] = old[column]
        state.teachers = grown
        free = np.flatnonzero(~grown.serving)
    return free[:n]


def _blank(teachers: Table, rows: NDArray[np.int64]) -> None:
    """Reset rows to their start values and mark them as serving."""
    for name, value in memory_blank(teachers).items():
        teachers[name][rows] = value
    teachers.serving[rows] = True


def memory_blank(teachers: Table) -> dict[str, float]:
    """Return the start value of each column."""
    from edusim.state import COLUMNS

    return {
        name: (np.nan if c.may_be_nan else (-1 if c.low == -1 else c.start)) for name, c in COLUMNS[teachers.kind].items()
    }


def _set_quality(year: Year, rows: NDArray[np.int64]) -> None:
    """Set quality of new rows: innate, no experience, nothing learned yet."""
    teachers = year.state.teachers
    teachers.quality[rows] = teachers.innate[rows]


def grow_older(year: Year) -> None:
    """Let a year pass for every teacher: age, experience, years at post, in rank, of service, of terms."""
    state, law = year.state, year.law
    teachers, schools = state.teachers, state.schools
    on = teachers.serving
    at_zone = schools.zone[np.maximum(teachers.post, 0)]
    # A town school counts for a teacher on loan from elsewhere where the clause says so (M-67).
    counts_town = year.of_school("promotion.town_counts_as_rural")[np.maximum(teachers.post, 0)] > 0
    serves = on & ((at_zone >= 2) | ((at_zone == 1) & (teachers.term_left > 0) & counts_town))
    teachers.weak_years += serves
    for column in (teachers.age, teachers.experience, teachers.years_at_post, teachers.rank_years):
        column += on
    teachers.away_years += on & (teachers.term_left > 0)
    for column in (teachers.lock_left, teachers.term_left, teachers.onboarding_left):
        column -= on & (column > 0)
    done = on & (teachers.onboarding_left == 0) & (teachers.placement != teachers.post)
    teachers.placement[done] = teachers.post[done]
    loops.update_quality(
        teachers.serving, teachers.innate, teachers.experience, teachers.learned, law["teacher.novice_gain"],
        law["teacher.novice_years"], law["teacher.late_gain"], teachers.quality,
    )  # fmt: skip
