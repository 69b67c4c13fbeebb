"""The year's phases of teachers in the plain model; ``c`` is the :class:`PlainCounty`."""

from __future__ import annotations

import math
from bisect import bisect_left
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plain_agents import TEACHER_VALUES, School, Seeker, Teacher
from benchmarks.plain_board import per_school
from benchmarks.plain_rotation import Move, plan_rotation
from benchmarks.scalars import normal_at, uniform_at
from edusim import draws
from edusim.equations.classes import EXAMINED, N_SUBJECTS
from edusim.equations.pupils import GRAIN
from edusim.equations.rotation import DOWN, UP
from edusim.equations.teachers import LOOKS, MOUNTAIN, RESIGNS, RETIRES
from edusim.rules.rotation import believed_bonus, cadre_pull, pay_bonus
from edusim.rules.workforce import COHORT, SUBSTITUTE_OFFSET, _vacancies
from edusim.state import COLUMNS

if TYPE_CHECKING:
    from benchmarks.plain import PlainCounty

#: What a newcomer starts from.
BLANK: dict[str, Any] = {
    name: np.array(COLUMNS["teachers"][name].start).astype(COLUMNS["teachers"][name].dtype).item() for name in TEACHER_VALUES
}


def _sum(values: list[float]) -> float:
    """Return a sum in rising order, as the engine's tallies of quality are."""
    return float(np.sort(np.array(values, float)).sum())


def _ids(agents: Any) -> list[int]:
    return [a.id for a in agents]


class Applicant(Seeker):
    """Someone who sat the county's examination; chooses a post as a teacher does."""

    def __init__(self, c: PlainCounty, identity: int, keys: list[Any], rho: float) -> None:
        memory = c.memory
        self.id = identity
        self.exam = normal_at(keys[0], identity)
        quality = rho * self.exam + math.sqrt(1.0 - rho * rho) * normal_at(keys[1], identity)
        self.innate = memory.innate_mean + memory.innate_sd * quality
        self.subject = min(bisect_left(c.subject_cumulative, uniform_at(keys[2], identity)), N_SUBJECTS - 1)
        self.home = c.r.destination(uniform_at(keys[3], identity))
        self.is_above_degree = uniform_at(keys[4], identity) < c.law["hiring.above_degree_share"]
        self.pay_yuan_year = memory.starting_pay
        self.post = None


def commit_budget(c: PlainCounty) -> None:
    """Commit the rise of the place allowances of everyone who serves there."""
    law, memory = c.law, c.memory
    new = np.array([0.0, law["allowance.b_yuan_month"] * 12.0, law["allowance.a_yuan_month"] * 12.0])
    people = [0, 0, 0]
    for t in c.teachers:
        people[t.post.allowance_class] += 1
    asked = float(((new - memory.old_allowance) * people).sum())
    memory.allowance_paid_share = c.now.ledger.pay("allowance", asked) if asked > 0 else 1.0


def bring_back(c: PlainCounty) -> None:
    """Return teachers whose term has ended, or let them stay."""
    law, records, tally, offers = c.law, c.now.records, c.now.tally, c.law.by_mode["promotion.quota_free_years"]
    stay_key = c.now.key("rotation.stay")
    goes_home, again = law.by_mode["rotation.return_home"], law.by_mode["promotion.recompete_on_return"]
    done = [t for t in c.teachers if t.origin is not None and t.term_left == 0]
    tally.returned, tally.n_stay_on, c.returned = 0, 0, []
    for t in done:
        mode = max(t.post.mode, t.origin.mode)
        if goes_home[mode] > 0 and offers[mode] > 0 and t.stays_on(again[mode] > 0, stay_key, c.r):
            records.add("stay_on", "teacher", t.id, t.origin.id, t.post.id, 1.0)
            t.term_left, t.is_forced = 1, False
            tally.n_stay_on += 1
            continue
        if goes_home[mode] > 0:
            tally.returned += 1
            records.add("return", "teacher", t.id, t.post.id, t.origin.id)
            t.go_to(t.origin)
            t.years_at_post = 0
            if again[mode] > 0 and t.is_quota_free:
                c.returned.append(t)
        else:
            t.employer = t.post
            records.add("stay", "teacher", t.id, t.post.id)
        t.away_years, t.is_forced, t.origin = 0, False, None


def compete_again(c: PlainCounty) -> None:
    """Let those who return with a rank outside the posts compete for one."""
    if not c.returned:
        return
    law, records = c.law, c.now.records
    factor = (1.0 + law["pay.title_premium_middle"]) / (1.0 + law["pay.title_premium_senior"])
    for school in c.schools:
        school.free = school.senior_posts
    for t in c.teachers:
        if not t.is_substitute and not t.is_quota_free and t.title == 2:
            t.employer.free -= 1
    for t in sorted(c.returned, key=lambda t: (-t.appraisal, t.id)):
        t.is_quota_free = False
        if t.employer.free > 0:
            t.employer.free -= 1
            records.add("recompete", "teacher", t.id, target=t.employer.id)
        else:
            t.title, t.rank_years = 1, 0
            t.pay_yuan_year *= factor
            records.add("lose_rank", "teacher", t.id, target=t.employer.id)


def staff(c: PlainCounty) -> None:
    """Let teachers leave and move; hire; take on substitutes; place beginners at the core."""
    r, tally, records = c.r, c.now.tally, c.now.records
    for school in c.schools:
        school.before = school.gone = 0
    fates: dict[int, list[Teacher]] = {RETIRES: [], RESIGNS: [], LOOKS: []}
    stayed: list[float] = []
    backbone = 0
    for t in c.teachers:
        t.post.before += 1
        fate = t.decide_to_leave(r)
        if fate in fates:
            fates[fate].append(t)
        if not t.is_substitute:
            backbone += t.is_backbone
            if fate not in (RETIRES, RESIGNS):
                stayed.append(t.quality)
    own_will = [t for t in fates[RESIGNS] if not t.is_substitute]
    tally.left_n, tally.left_quality_sum = len(own_will), _sum([t.quality for t in own_will])
    tally.left_backbone, tally.n_backbone_before = sum(t.is_backbone for t in own_will), backbone
    tally.stayed_n, tally.stayed_quality_sum = len(stayed), _sum(stayed)
    tally.n_teachers_before = len(c.teachers)
    tally.n_left = len(fates[RETIRES]) + len(fates[RESIGNS])
    for fate, event in ((RETIRES, "retire"), (RESIGNS, "resign")):
        for t in fates[fate]:
            records.add(event, "teacher", t.id, t.post.id)
            t.post.gone += 1
            c.dismiss(t)
    c.call_roll()
    _open_posts(c)
    movers = [(-t.strength(r), t.id, t) for t in fates[LOOKS]]
    n_moved = n_up = n_down = 0
    for _, _, t in sorted(movers):
        to = t.choose_post(r, c.schools)
        if to is not None:
            is_up, is_down = to.zone < t.post.zone, to.zone > t.post.zone
            records.add("move_up" if is_up else "move", "teacher", t.id, t.post.id, to.id)
            t.post.gone += 1
            n_moved, n_up, n_down = n_moved + 1, n_up + is_up, n_down + is_down
            t.go_to(to)
            t.years_at_post = 0
    tally.n_changed_school, tally.n_moved_up, tally.n_moved_down = n_moved, n_up, n_down
    _reassign(c)
    for school in c.schools:
        school.turnover = school.gone / school.before if school.before > 0 else 0.0
    _hire(c)
    _substitutes(c)
    _onboard(c)


def _open_posts(c: PlainCounty) -> None:
    """Open each school's free posts by subject, and say where each counts as lying."""
    law, memory = c.law, c.memory
    for school in c.schools:
        school.holders = [0] * N_SUBJECTS
    for t in c.teachers:
        if not t.is_substitute:
            t.employer.holders[t.subject] += 1
    vacancies = _vacancies(memory.posts, memory.target, per_school(c.schools, "holders", np.int64))
    remote = (0.0, law["hiring.remote_town"], law["hiring.remote_rural"], 1.0)
    joint = c.now.of_member("staffing.joint_hiring") > 0
    for school, row in zip(c.schools, vacancies.tolist(), strict=True):
        school.vacancies = row
        school.surplus = max(sum(school.holders) - school.posts, 0)
        own = remote[school.zone]
        school.anchor = (school.x_km, school.y_km, own)
        core = school.member_unit.core if school.member_unit is not None else None
        if core is not None and joint[school.row]:
            school.anchor = (
                0.5 * (school.x_km + core.x_km), 0.5 * (school.y_km + core.y_km), 0.5 * (own + remote[core.zone])
            )  # fmt: skip


def _reassign(c: PlainCounty) -> None:
    """Move teachers above their school's posts to free posts of their subject, the latest hired first."""
    law, tally, records = c.law, c.now.tally, c.now.records
    tally.n_reassigned = 0
    share = law["staffing.surplus_moved_share"]
    if not law["staffing.county_pooling"] or share <= 0.0:
        return
    key, school_key = c.now.key("workforce.surplus"), c.now.key("workforce.surplus", 1)
    for school in c.schools:
        school.holders = [0] * N_SUBJECTS
    for t in c.teachers:
        if not t.is_substitute:
            t.employer.holders[t.subject] += 1
    for school in c.schools:
        above = max(sum(school.holders) - school.posts, 0)
        school.may_give = min(math.floor(share * above + uniform_at(school_key, school.id)), above)
    asked = [
        t for t in c.teachers
        if not t.is_substitute and t.term_left == 0 and t.onboarding_left == 0 and t.years_at_post > 0
    ]  # fmt: skip
    for t in sorted(asked, key=lambda t: (-t.year_hired, uniform_at(key, t.id))):
        to = t.be_reassigned(c.r, c.schools)
        if to is not None:
            records.add("reassign", "teacher", t.id, t.employer.id, to.id)
            t.employer.gone += 1
            tally.n_reassigned += 1
            t.go_to(to)
            t.years_at_post = 0


def _hire(c: PlainCounty) -> None:
    """Hire applicants by serial choice in the order of examination rank."""
    law, memory, tally, year = c.law, c.memory, c.now.tally, c.now.year
    n = round(law["hiring.applicants_per_post"] * memory.expected_vacancies)
    keys = [draws.key(c.run_seed, "workforce.applicant", 0, k) for k in range(5)]
    rho = law["hiring.exam_correlation"]
    applicants = [Applicant(c, year * COHORT + i, keys, rho) for i in range(n)]
    applicants.sort(key=lambda a: (-a.exam, a.id))
    waits = c.now.of_school("staffing.onboarding_years").tolist()
    hired: list[tuple[School, dict[str, Any]]] = []
    for a in applicants:
        school = a.choose_post(c.r, c.schools)
        if school is not None:
            values = {
                "id": a.id, "subject": a.subject, "is_above_degree": a.is_above_degree, "innate": a.innate,
                "quality": a.innate, "home": a.home, "pay_yuan_year": memory.starting_pay, "age": 23,
                "lock_left": int(law["staffing.hire_lock_years"]), "year_hired": year,
                "onboarding_left": int(waits[school.row]) if school.member_of is not None else 0,
            }  # fmt: skip
            hired.append((school, values))
    tally.n_applicants_posts, tally.n_hired = n, len(hired)
    c.take_on(hired)
    c.now.records.add("hire", "teacher", [v["id"] for _, v in hired], target=[s.id for s, _ in hired])


def _substitutes(c: PlainCounty) -> None:
    """Let go of substitutes who are not needed, the latest first, and take on those who are."""
    memory, tally, records = c.memory, c.now.tally, c.now.records
    for school in c.schools:
        school.own = school.at_post = 0
        school.standing, school.holders = [], [0] * N_SUBJECTS
    for t in c.teachers:
        if t.is_substitute:
            t.post.standing.append(t)
        else:
            t.employer.own += 1
            t.employer.holders[t.subject] += 1
            t.post.at_post += 1
    tally.n_released = 0
    wanted = []
    for school in c.schools:
        need = max(school.posts - max(school.own, school.at_post), 0)
        have = len(school.standing)
        for t in sorted(school.standing, key=lambda t: -t.id)[: max(have - need, 0)]:
            records.add("release", "teacher", t.id, school.id)
            c.dismiss(t)
            tally.n_released += 1
        school.n_new_substitutes = 0
        wanted.append(max(need - have, 0))
    c.call_roll()
    tally.n_substitutes_new = 0
    posts: list[tuple[School, int]] = []
    for school, n in zip(c.schools, wanted, strict=True):
        if n:
            short = [want - have for want, have in zip(school.target, school.holders, strict=True)]
            subjects = sorted(range(N_SUBJECTS), key=lambda k, short=short: -short[k])  # type: ignore[misc]
            posts += [(school, subjects[place % N_SUBJECTS]) for place in range(n)]
    _take_on(c, posts)
    tally.n_vacant = np.maximum(memory.posts - per_school(c.schools, "own", np.int64), 0)
    tally.n_posts = memory.posts


def _take_on(c: PlainCounty, posts: list[tuple[School, int]]) -> None:
    """Take on a substitute for each school and subject; a school numbers those of the year in turn."""
    memory, year = c.memory, c.now.year
    width = min(SUBSTITUTE_OFFSET // max(len(c.schools), 1), 3000)
    key = draws.key(c.run_seed, "workforce.substitute", 0)
    taken_on: list[tuple[School, dict[str, Any]]] = []
    for school, subject in posts:
        identity = year * COHORT + SUBSTITUTE_OFFSET + school.row * width + school.n_new_substitutes
        school.n_new_substitutes += 1
        innate = memory.innate_mean + memory.innate_sd * normal_at(key, identity)
        values = {
            "id": identity, "is_substitute": True, "subject": subject, "innate": innate, "quality": innate,
            "home": c.homes[memory.near_home_of_school[school.row]],
            "pay_yuan_year": float(c.law["finance.substitute_yuan_year"]), "age": 24, "year_hired": year,
        }  # fmt: skip
        taken_on.append((school, values))
    c.take_on(taken_on)
    c.now.tally.n_substitutes_new += len(taken_on)
    c.now.records.add("substitute", "teacher", [v["id"] for _, v in taken_on], target=[s.id for s, _ in taken_on])


def _onboard(c: PlainCounty) -> None:
    """Place new teachers of member schools at the core where the fund pays a substitute to cover for them."""
    tally = c.now.tally
    going = [
        t for t in c.teachers
        if t.onboarding_left > 0 and t.post.member_unit is not None and t.post.member_unit.core is not None
    ]  # fmt: skip
    going.sort(key=lambda t: (t.post.id, t.id))
    costs = np.full(len(going), c.law["finance.substitute_yuan_year"])
    paid = c.now.ledger.pay_each("onboarding", costs).tolist()
    tally.n_onboarding = sum(paid)
    for t, goes in zip(going, paid, strict=True):
        if goes:
            core = t.post.member_unit.core
            t.placement = core
            c.now.records.add("onboard", "teacher", t.id, t.post.id, core.id)
    _take_on(c, [(t.post, t.subject) for t, goes in zip(going, paid, strict=True) if goes])


def send(c: PlainCounty) -> None:
    """Pay for terms under way; let every unit propose; send whom the fund can pay."""
    law, tally, ledger = c.law, c.now.tally, c.now.ledger
    cost = law["finance.rotation_yuan_year"]
    away = [t for t in c.teachers if t.term_left > 0 and t.origin is not None]
    in_groups = sum(max(t.post.mode, t.origin.mode) > 0 for t in away)
    # Of the terms under way in groups, those that the law alone would have sent are the ordinary budget's.
    sent, law_term = c.memory.lawful_sent, int(law.by_mode["rotation.term_years"][0])
    by_law = min(in_groups, sum(sent.get(c.now.year - k, 0) for k in range(1, law_term)))
    ledger.pay("rotation", cost * float(in_groups - by_law))
    ledger.pay_ordinary("rotation", cost * float(by_law + len(away) - in_groups))
    tally.promised = tally.delivered = tally.n_rotated_backbone = tally.n_eligible = 0
    tally.delivered_quality = tally.delivered_years = tally.promised_years = 0.0
    tally.n_sent_unfunded = tally.n_forced = tally.n_sent_senior = 0
    receives = np.zeros(law.n_modes + 1, np.int64)
    for t in away:
        receives[max(t.post.mode, t.origin.mode)] += 1
    for school in c.schools:
        school.staff, school.has, school.seniors = [], [0] * N_SUBJECTS, 0
    tally.n_member_staff = n_permanent = 0
    for t in c.teachers:
        t.post.staff.append(t)
        if not t.is_substitute:
            n_permanent += 1
            t.post.has[t.subject] += 1
            t.employer.seniors += t.title == 2 and not t.is_quota_free
            tally.n_member_staff += t.post.member_unit is not None
    tally.sent_by_unit = np.zeros(len(c.units), np.int64)
    for school in c.schools:
        school.rank_full = school.seniors >= school.senior_posts
    if c.units:
        for mode in _send(c, cost, n_permanent):
            receives[mode] += 1
    pay_bonus(c.now, receives)
    tally.stock_away = sum(t.term_left > 0 for t in c.teachers)


def _send(c: PlainCounty, cost: float, n_permanent: int) -> list[int]:
    """Carry out what the units propose and the fund can pay; return the mode of each who went."""
    law, tally, ledger, records = c.law, c.now.tally, c.now.ledger, c.now.records
    top = max(0.0, float(law.by_mode["rotation.share"][0]), *(u.share for u in c.units))
    limit = math.ceil(2.0 * top * n_permanent) + 2 * len(c.units) + 16
    taken: set[Teacher] = set()
    moves: list[Move] = []
    terms = law.by_mode["rotation.term_years"].tolist()
    transfers = law.by_mode["rotation.transfer_posts"].tolist()
    promised_years = []
    firsts = c.now.of_unit("rotation.senior_priority") > 0
    for unit, bonus, cadre, first in zip(c.units, believed_bonus(c.now), cadre_pull(c.now), firsts, strict=True):
        unit.bonus, unit.cadre, unit.seniors_first = float(bonus), float(cadre), bool(first)
    for unit in c.units:
        proposed, promised, eligible = plan_rotation(unit, c.r, taken, limit - len(moves))
        moves += proposed
        tally.promised += promised
        tally.n_eligible += eligible
        promised_years.append(promised * terms[unit.mode])
    tally.promised_years = float(np.array(promised_years).sum())
    funded = [m for m in moves if not m.by_law]
    c.memory.lawful_sent[c.now.year] = sum(m.by_law and m.unit.mode > 0 for m in moves)
    paid = dict(zip(map(id, funded), ledger.pay_each("rotation", np.full(len(funded), cost)).tolist(), strict=True))
    ledger.pay_ordinary("rotation", cost * float(len(moves) - len(funded)))
    quality, years, gone = [], [], []
    for move in moves:
        t = move.teacher
        if not paid.get(id(move), True):
            tally.n_sent_unfunded += 1
            records.add("unfunded", "teacher", t.id, move.source.id, move.destination.id, cost)
            continue
        gone.append(move)
        t.origin, t.post, t.placement = move.source, move.destination, move.destination
        if transfers[move.unit.mode] > 0:
            t.employer = move.destination
        t.term_left, t.away_years, t.years_at_post, t.is_forced = int(terms[move.unit.mode]), 0, 0, move.forced
        tally.n_forced += move.forced
        if move.direction == DOWN:
            quality.append(t.quality)
            years.append(float(t.term_left))
            tally.n_rotated_backbone += t.is_backbone
            tally.n_sent_senior += t.title == 2
            tally.sent_by_unit[move.unit.row] += 1
        event = "send_up" if move.direction == UP else "send_down"
        records.add(event, "teacher", t.id, move.source.id, move.destination.id, t.term_left)
    tally.delivered, tally.delivered_quality = len(quality), _sum(quality)
    tally.delivered_years = float(sum(years))
    tally.moves = (
        np.array([m.teacher.desk for m in gone], np.int64), np.array([m.source.row for m in gone], np.int64),
        np.array([m.destination.row for m in gone], np.int64), np.array([m.direction for m in gone], np.int8),
    )  # fmt: skip
    return [m.unit.mode for m in gone]


def appraise(c: PlainCounty) -> None:
    """Appraise teachers, name the excellent, set effort, promote, name backbone teachers."""
    r, tally = c.r, c.now.tally
    for school in c.schools:
        school.staff, school.employed, school.n_excellent, school.lent = [], [], 0, 0
    for t in c.teachers:
        t.post.appraised_at.staff.append(t)
        t.employer.employed.append(t)
    tally.n_excellent = sum([_honour(school, r) for school in c.schools])
    tally.excellent_at = per_school(c.schools, "n_excellent", np.int64)
    promoted = [p for school in c.schools for p in _promote(school, r)]
    promoted += _promote_pooled(c)
    c.memory.middle_lent = c.memory.middle_lent + per_school(c.schools, "lent", np.int64)
    tally.n_promoted_took_part = sum(t.took_part(r) for t, _ in promoted)
    c.memory.n_middle_pooled += sum(how == 3 for _, how in promoted)
    events = ("", "promote", "promote_quota_free", "promote_pooled")
    for t, how in promoted:
        c.now.records.add(events[how], "teacher", t.id, t.post.id, amount=t.title)
    tally.n_named = _name_backbone(c)
    tally.n_promoted = len(promoted)
    tally.n_quota_free = sum(how == 2 for _, how in promoted)


def _honour(school: School, r: SimpleNamespace) -> int:
    """Appraise those who serve at a school, or at a group appraised as one; return how many are excellent."""
    own = guests = 0
    for t in school.staff:
        t.be_appraised(r)
        if not t.is_substitute:
            if t.term_left > 0:
                guests += 1
            else:
                own += 1
    school.staff.sort(key=lambda t: (-t.appraisal, t.desk))
    lot = uniform_at(r.noise_key, -2 - school.row)
    own_left = int(school.excellent_share * own + lot)
    guests_left = int((school.excellent_share + school.excellent_bonus) * guests + lot)
    total = 0
    for t in school.staff:
        excellent = False
        if not t.is_substitute:
            if t.term_left > 0:
                excellent = guests_left > 0
                guests_left -= 1
            else:
                excellent = own_left > 0
                own_left -= 1
        total += excellent
        t.post.n_excellent += excellent
        t.set_effort(r, excellent)
    return total


def _promote(school: School, r: SimpleNamespace) -> list[tuple[Teacher, int]]:
    """Fill a school's free rank posts, and promote outside them where a clause says so."""
    seniors = middles = 0
    for t in school.employed:
        t.score = t.credits(r)
        if not t.is_substitute:
            seniors += t.title == 2 and not t.is_quota_free
            middles += t.title == 1
    school.employed.sort(key=lambda t: (-t.score, t.desk))
    free_senior = school.senior_posts - seniors
    promoted: list[tuple[Teacher, int]] = []
    for t in school.employed:
        if t.is_substitute or t.title != 1 or t.rank_years < r.years_in_rank:
            continue
        need = t.post.quota_free_years
        if need > 0 and t.away_years >= need and t.post.zone == MOUNTAIN:
            t.is_quota_free = True
            promoted.append((t, 2))
        elif free_senior > 0 and t.weak_years >= r.weak_years_senior:
            free_senior -= 1
            promoted.append((t, 1))
        else:
            continue
        middles -= 1
        t.get_title(2, r)
    free_middle, school.waiting = school.middle_posts - middles, []
    for t in school.employed:
        if t.is_substitute or t.title != 0 or t.rank_years < r.years_in_rank:
            continue
        if free_middle > 0:
            t.get_title(1, r)
            promoted.append((t, 1))
            free_middle -= 1
        elif t.post.middle_pooled and 0 < t.post.quota_free_years <= t.away_years and t.post.zone == MOUNTAIN:
            school.waiting.append(t)
    school.free = free_middle
    return promoted


def _promote_pooled(c: PlainCounty) -> list[tuple[Teacher, int]]:
    """Find a middle post elsewhere for core teachers who have served in the mountains: near by first."""
    promoted: list[tuple[Teacher, int]] = []
    waiting = [t for school in c.schools for t in school.waiting]
    for t in sorted(waiting, key=lambda t: (-t.score, t.desk)):
        free = [s for s in c.schools if s.free > 0]
        near = [s for s in free if s.zone == t.post.zone]
        if not free:
            break
        lender = max(near or free, key=lambda s: (s.free, -s.row))
        lender.free -= 1
        lender.lent -= 1
        t.employer.lent += 1
        t.get_title(1, c.r)
        promoted.append((t, 3))
    return promoted


def _name_backbone(c: PlainCounty) -> int:
    """Name new backbone teachers where others have left."""
    law, memory = c.law, c.memory
    permanent = [t for t in c.teachers if not t.is_substitute]
    pupils = float(memory.enrolment.sum()) / max(memory.base_pupils, 1.0)
    wanted = int(law["honours.backbone_share"] * memory.base_backbone * pupils + 0.5)
    free = wanted - sum(t.is_backbone for t in permanent)
    if free <= 0:
        return 0
    fit = [t for t in permanent if not t.is_backbone and t.excellent_years >= law["honours.backbone_years"]]
    fit.sort(key=lambda t: (-t.excellent_years, -t.appraisal, t.id))
    for t in fit[:free]:
        t.is_backbone = True
    c.now.records.add("name_backbone", "teacher", _ids(fit[:free]), source=[t.post.id for t in fit[:free]])
    return len(fit[:free])


def count(c: PlainCounty) -> None:
    """Count staff of every school for measures."""
    tally = c.now.tally
    names = (
        "n_teachers", "n_above_degree", "n_backbone", "n_pe_art_music", "n_serving", "n_substitutes", "n_placed",
        "n_senior", "n_middle", "n_people",
    )  # fmt: skip
    for school in c.schools:
        school.counts, school.by_subject, school.quality = [0] * len(names), [0] * N_SUBJECTS, 0
    for t in c.teachers:
        here, there, employer = t.post.counts, t.placement, t.employer.counts
        here[9] += 1
        there.counts[6] += 1
        there.quality += int(t.quality * GRAIN)
        if t.is_substitute:
            here[5] += 1
            continue
        here[4] += 1
        employer[0] += 1
        t.employer.by_subject[t.subject] += 1
        employer[1] += t.is_above_degree
        employer[2] += t.is_backbone
        employer[3] += t.subject >= EXAMINED
        employer[7] += t.title == 2 and not t.is_quota_free
        employer[8] += t.title == 1
    counts = per_school(c.schools, "counts", np.int64)
    for i, name in enumerate(names):
        setattr(tally, name, np.ascontiguousarray(counts[:, i]))
    tally.by_subject = per_school(c.schools, "by_subject", np.int64)
    tally.sum_quality = per_school(c.schools, "quality", np.int64) / GRAIN
    served = [t.weak_years for t in c.teachers if not t.is_substitute]
    tally.rural_service_years = sum(served) / max(len(served), 1)


def grow_older(c: PlainCounty) -> None:
    """Let a year pass for every teacher."""
    for t in c.teachers:
        t.grow_older(c.r)
