"""One teacher's year and one pupil's year worked by hand, from the state before the step and the law.

Formulas are written out with ``math`` on plain numbers, draws are made again from the published keys, and
every line stands beside the number the run holds (for a draw and a probability, what the engine's own
function gives). The engine is only run, and looked at between the phases of the year.
"""

# ruff: noqa: E501 -- a step of the work stays one line
from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from keyed import gumbel, key, normal, uniform

from edusim import draws, model
from edusim.equations.formulas import shifted_probability
from edusim.equations.rotation import HEAD_AGES
from edusim.model import County
from edusim.rules.context import AGENT_TYPES, EVENT_CODES
from edusim.scenario import load
from edusim.state import SUBJECTS, TITLES, ZONES

SCENARIO, POLICY, SEED, DRAW = "small", "fusion", 0, 0
KINDS = ("own 本校", "visiting 走教", "out of field 跨学科", "none 缺")
EXAMINED = 5
MOUNTAIN = 3


# ---- what the run holds ----------------------------------------------------------------------------


@dataclass
class Line:
    """One step of the work: what, the rule with its numbers, by hand, and in the run (None: not kept there)."""

    what: str
    work: str
    hand: float
    run: float | None = None
    unit: str = ""


@dataclass
class Worked:
    """A teacher's and a pupil's year, ready to be printed and tested."""

    year: int
    teacher: int
    pupil: int
    facts: dict[str, Any]
    teacher_lines: dict[str, list[Line]] = field(default_factory=dict)
    pupil_lines: dict[str, list[Line]] = field(default_factory=dict)
    cells: list[dict[str, Any]] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """Yield every line of both."""
        for part in (*self.teacher_lines.values(), *self.pupil_lines.values()):
            yield from part


@contextmanager
def watched(seen: dict[str, Any], county: County) -> Iterator[None]:
    """Keep a copy of the county before every phase of the year."""

    def before(phase: model.Phase) -> model.Phase:
        def act(year: Any) -> None:
            seen[phase.name] = SimpleNamespace(
                state=county.state.copy(),
                project=list(getattr(county.memory, "project_yuan", [])),
                core_peer=list(county.memory.core_peer),
                spent=year.ledger.spent,
            )
            phase.act(year)

        return replace(phase, act=act)

    usual = model.YEAR
    model.YEAR = tuple(before(p) for p in usual)
    try:
        yield
    finally:
        model.YEAR = usual


@lru_cache(maxsize=1)
def worked() -> Worked:
    """Run the small county and work out the first year in which a teacher is sent to a member and learns there."""
    county = County(load(SCENARIO), POLICY, SEED, draw=DRAW, records="all")
    for _ in range(county.horizon):
        seen: dict[str, Any] = {}
        with watched(seen, county):
            county.step()
        found = choose(county, seen)
        if found is not None:
            return Hand(county, seen, *found).work()
    raise SystemExit("nobody of an examined subject was sent to a member: choose another seed for the worked year")


def row_of(table: Any, identity: int) -> int:
    """Return the row of an id among rows in use."""
    used = table.serving if table.kind == "teachers" else table.status > 0
    return next(i for i in range(table.n) if used[i] and table.id[i] == identity)


def choose(county: County, seen: dict[str, Any]) -> tuple[int, int] | None:
    """Return the lowest id of a teacher sent down under the mode who learns there, and a pupil of the class taught.

    Of those with an examined subject and a class; the pupil has been at the school for a year.
    """
    rows = county.year_records[-1][1]
    sent = sorted(int(r["agent"]) for r in rows if r["event"] == EVENT_CODES["send_down"])
    state, memory = county.state, county.memory
    teachers, pupils = state.teachers, state.pupils
    old = seen["learn_together"].state.teachers
    fallback = None
    for identity in sent:
        t = row_of(teachers, identity)
        if teachers.subject[t] >= EXAMINED or county.now.mode_of_school[teachers.post[t]] == 0:
            continue
        classes = [c for c in range(memory.teacher_of.shape[0]) if memory.teacher_of[c, teachers.subject[t]] == t]
        grown = teachers.learned[t] > (1.0 - county.law["development.decay"]) * old.learned[t] + 1e-9
        for c in classes:
            inside = [i for i in range(pupils.n) if pupils.status[i] == 1 and pupils.klass[i] == c and pupils.tenure[i] > 0]
            if inside:
                pair = (identity, min(int(pupils.id[i]) for i in inside))
                fallback = fallback or pair
                if grown:
                    return pair
                break
    return fallback


def n4(value: float) -> str:
    """Return a number with as many digits as a reader can follow."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4f}" if abs(value) >= 1e-12 else "0"


class Hand:
    """The arithmetic, with what it reads."""

    def __init__(self, county: County, seen: dict[str, Any], teacher: int, pupil: int) -> None:
        self.county, self.seen = county, seen
        self.law, self.memory, self.year = county.law, county.memory, county.state.year
        self.after, self.start = county.state, seen[model.YEAR[0].name].state
        self.seed = county.run_seed
        self.units = county.now.units
        self.school = self.after.schools
        self.out = Worked(self.year, teacher, pupil, {})

    def key(self, process: str, k: int = 0) -> int:
        return key(self.seed, process, self.year, k)

    def mode(self, school: int) -> int:
        return int(self.county.now.mode_of_school[school])

    def of(self, path: str, school: int) -> float:
        return float(self.law.by_mode[path][self.mode(school)])

    def name(self, school: int) -> str:
        return str(self.county.case.pseudonyms["en"][school])

    def work(self) -> Worked:
        self.teacher()
        self.pupil()
        return self.out

    # -- shared ----------------------------------------------------------------------------------

    def experience(self, x: float) -> float:
        g1, tau, g2 = (self.law[f"teacher.{k}"] for k in ("novice_gain", "novice_years", "late_gain"))
        return g1 * (1.0 - math.exp(-x / tau)) + g2 * min(x, 30.0) / 30.0

    def km(self, home: int, school: int) -> float:
        p, s = self.after.neighbourhoods, self.school
        dx, dy = float(p.x_km[home] - s.x_km[school]), float(p.y_km[home] - s.y_km[school])
        return math.sqrt(dx * dx + dy * dy) * self.law["travel.road_factor"]

    def way(self, km: float, mountain: bool) -> float:
        speed = self.law["travel.speed_km_hour"]
        return km / (speed * self.law["travel.mountain_speed_share"] if mountain else speed)

    def logit_shift(self, p: float, shift: float) -> float:
        odds = p / (1.0 - p) * math.exp(shift)
        return odds / (1.0 + odds)

    def climate(self, school: int) -> float:
        """Climate in the year: as before, less the shock where the campus became one legal person this year."""
        g = int(self.school.leads[school])
        g = g if g >= 0 else int(self.school.member_of[school])
        before = float(self.start.schools.climate[school])
        formed = g >= 0 and int(self.after.groups.year_formed[g]) == self.year and self.mode(school) > 0
        return before - (self.law["climate.merger_shock"] if formed and self.of("groups.legal_unified", school) > 0 else 0.0)

    def allowance_share(self) -> float:
        """Share of the rise of the place allowances that the fund can pay."""
        teachers, places = self.start.teachers, self.start.schools.allowance_class
        rise = self.rises()
        asked = sum(rise[int(places[teachers.post[i]])] for i in range(teachers.n) if teachers.serving[i])
        fund = self.county.now.ledger.fund
        return 1.0 if asked <= 0.0 or asked <= fund else fund / asked

    def rises(self) -> list[float]:
        old = [float(v) for v in self.memory.old_allowance]
        new = [0.0, self.law["allowance.b_yuan_month"] * 12.0, self.law["allowance.a_yuan_month"] * 12.0]
        return [n - o for n, o in zip(new, old, strict=True)]

    def allowance(self, school: int) -> tuple[float, float]:
        """Return the place allowance of this year and the old one, yuan a year."""
        place = int(self.start.schools.allowance_class[school])
        old = float(self.memory.old_allowance[place])
        return old + self.rises()[place] * self.allowance_share(), old

    # -- the teacher -----------------------------------------------------------------------------

    def teacher(self) -> None:
        law, memory, identity = self.law, self.memory, self.out.teacher
        first = self.start.teachers
        i = row_of(first, identity)
        end = self.after.teachers
        j = row_of(end, identity)
        core, member = int(first.post[i]), int(end.post[j])
        self.out.facts |= {
            "subject": SUBJECTS[int(first.subject[i])], "age": int(first.age[i]), "title": TITLES[int(first.title[i])],
            "experience": float(first.experience[i]), "backbone": bool(first.is_backbone[i]),
            "core": self.name(core), "member": self.name(member), "core_zone": ZONES[int(self.school.zone[core])],
            "member_zone": ZONES[int(self.school.zone[member])], "core_id": int(self.school.id[core]),
            "member_id": int(self.school.id[member]), "run_seed": self.seed,
        }  # fmt: skip
        put = self.out.teacher_lines

        # Quality and effort at the start.
        mu, x, h = float(first.innate[i]), float(first.experience[i]), float(first.learned[i])
        gain = self.experience(x)
        g1, tau, g2 = (law[f"teacher.{k}"] for k in ("novice_gain", "novice_years", "late_gain"))
        quality = mu + gain + h
        put["Before the year 年初"] = [
            Line("experience 教龄所得", f"g1 (1 − e^(−x/τ)) + g2 min(x, 30)/30 = {g1:g} (1 − e^(−{x:g}/{tau:g})) + {g2:g} × {min(x, 30.0):g}/30", gain, unit="SD/year"),
            Line("quality 教学质量 q", f"μ + experience + h = {n4(mu)} + {n4(gain)} + {n4(h)}", quality, float(first.quality[i]), "SD/year"),
        ]

        # Leaving.
        home = int(first.home[i])
        km = self.km(home, core)
        mountain = int(self.school.zone[core]) == MOUNTAIN or int(self.after.neighbourhoods.zone[home]) == MOUNTAIN
        hours = 2.0 * self.way(km, mountain)
        now, old = self.allowance(core)
        pay = float(first.pay_yuan_year[i])
        ratio = (pay + now) / (pay + old)
        heed = law["workforce.pay_backbone"] if first.is_backbone[i] else 1.0
        rise = heed * law["workforce.pay_slope"] * math.log(ratio) if now != old and abs(ratio - 1.0) >= law["workforce.pay_threshold"] else 0.0
        climate = self.climate(core)
        forced = law["workforce.forced_slope"] if first.is_forced[i] else 0.0
        shift = law["workforce.commute_slope"] * (hours - memory.usual_commute_hours) - rise - law["workforce.climate_slope"] * climate + forced
        p0 = law["workforce.contract_leave"] if first.is_substitute[i] else law["workforce.resign"]
        p = self.logit_shift(p0, shift)
        u = uniform(self.key("workforce.leave"), identity)
        there = float(draws.uniform(self.seed, "workforce.leave", self.year, [identity])[0])
        put["Stay or leave 去留 (staff)"] = [
            Line("daily travel 通勤", f"2 × {n4(km)} km / speed", hours, unit="hours/day"),
            Line("climate 氛围 C", "last year's, less the shock of the merger where one is made this year", climate,
                 float(self.seen["staff"].state.schools.climate[core]), "SD"),
            Line("place allowance 特岗津贴", f"old {n4(old)} + rise × share paid {n4(self.allowance_share())}", now, float(memory.allowance[core]), "yuan/year"),
            Line("shift of the logit", f"b_c (hours − usual {n4(memory.usual_commute_hours)}) − b_w ln((w + a)/(w + a₀)) − b_C C = "
                 f"{law['workforce.commute_slope']:g} × {n4(hours - memory.usual_commute_hours)} − {n4(rise)} − {law['workforce.climate_slope']:g} × {n4(climate)}", shift),
            Line("probability of leaving 流失概率 p", f"logit⁻¹(logit {p0:g} + shift)", p, float(shifted_probability(p0, shift)), "share/year"),
            Line("the draw 抽签 u", "keyed by (seed, workforce.leave, year, teacher)", u, there),
            Line("leaves? (u < p) 是否离开", f"{n4(u)} < {n4(p)}", float(u < p), 0.0, "1 yes, 0 no"),
        ]  # fmt: skip

        self.rotation(i, j, core, member)

        # Teaching at the new post.
        effort = float(first.effort[i])
        penalty = law["achievement.first_year_at_post"] if x >= 1.0 else 0.0
        put["Teaching 教学 (quality_of_classes)"] = [
            Line("what the teacher gives a class 任教所得", f"q + effort − first year at the post = {n4(quality)} + {n4(effort)} − {penalty:g}",
                 quality + effort - penalty, unit="SD/year"),
        ]  # fmt: skip
        learned = self.learning(i, member, quality, h)

        # Appraisal.
        e = normal(self.key("appraisal.noise"), identity)
        appraisal = (quality - memory.quality_mean) / memory.quality_sd + law["appraisal.noise_sd"] * e
        mid = self.seen["appraise"].state.teachers
        m = row_of(mid, identity)
        excellent = int(end.excellent_years[j]) > int(mid.excellent_years[m])
        near = int(mid.title[m]) < 2 and int(mid.rank_years[m]) >= law["promotion.years_in_rank"] - 2
        shirk = law["effort.shirk"] * (1.0 - self.of("rotation.monitor_share", member)) if end.is_forced[j] else 0.0
        again = law["effort.reward"] * excellent + law["effort.promotion"] * near - shirk
        put["Appraisal 考核 (appraise)"] = [
            Line("appraisal 考核分", f"(q − mean {n4(memory.quality_mean)}) / SD {n4(memory.quality_sd)} + {law['appraisal.noise_sd']:g} × e, e = {n4(e)}", appraisal, float(end.appraisal[j]), "SD"),
            Line("effort next year 次年努力", f"{law['effort.reward']:g} × excellent [{int(excellent)}] + {law['effort.promotion']:g} × near promotion [{int(near)}] − sent unwilling and unchecked {shirk:g}", again, float(end.effort[j]), "SD/year"),
        ]

        # Pay and the end of the year.
        premium = [1.0, 1.0 + law["pay.title_premium_middle"], 1.0 + law["pay.title_premium_senior"]]
        title, after_title = int(mid.title[m]), int(end.title[j])
        new_pay = float(mid.pay_yuan_year[m]) * premium[after_title] / premium[title]
        place, _ = self.allowance(member)
        put["Pay 待遇"] = [
            Line("pay 年收入", f"{n4(pay)}" + (f", promoted {TITLES[title]} → {TITLES[after_title]}" if title != after_title else ", no change of rank"), new_pay, float(end.pay_yuan_year[j]), "yuan/year"),
            Line("allowance at the new post 新岗津贴", "of the place, to every teacher there", place, float(memory.allowance[member]), "yuan/year"),
        ]
        later = mu + self.experience(x + 1.0) + learned
        term = self.of("rotation.term_years", member)
        put["The year ends 年末 (grow_older)"] = [
            Line("experience, years 教龄", f"{x:g} + 1", x + 1.0, float(end.experience[j]), "years"),
            Line("quality next year 次年质量", f"μ + experience({x + 1.0:g}) + h' = {n4(mu)} + {n4(self.experience(x + 1.0))} + {n4(learned)}", later, float(end.quality[j]), "SD/year"),
            Line("term left 剩余交流年限", f"{term:g} − 1", term - 1.0, float(end.term_left[j]), "years"),
        ]

    def rotation(self, i: int, j: int, core: int, member: int) -> None:
        """Who goes: the promised number of the unit, and this teacher's willingness."""
        law, memory, identity = self.law, self.memory, self.out.teacher
        state = self.seen["send"].state
        t, s = state.teachers, state.schools
        i = row_of(t, identity)
        g = int(self.units.unit_of_member[member])
        members = [int(v) for v in self.units.members[self.units.start[g] : self.units.start[g + 1]]]
        minimum, mode = self.of("rotation.min_years_at_post", member), self.mode(member)
        permanent = [r for r in range(t.n) if t.serving[r] and not t.is_substitute[r]]
        staff = [sum(1 for r in permanent if t.post[r] == m) for m in members]
        n_core = sum(1 for r in permanent if t.post[r] == core)
        eligible = sum(
            1 for r in permanent
            if (int(t.post[r]) in members or t.post[r] == core) and t.term_left[r] == 0 and t.employer[r] == t.post[r]
            and t.years_at_post[r] >= minimum and not (t.post[r] == core and t.onboarding_left[r] > 0)
        )  # fmt: skip
        bases = (sum(staff), n_core, eligible)
        words = ("member staff 成员校教师", "core staff 核心校教师", "eligible teachers 应交流教师")
        share, base = self.of("rotation.share", member), int(law.by_mode["rotation.base"][mode])
        law_share, law_base = float(law.by_mode["rotation.share"][0]), int(law.by_mode["rotation.base"][0])
        quota = max(share * bases[base], law_share * bases[law_base])
        if self.of("rotation.counting", member) > 0:
            quota /= 1.0 + self.of("rotation.two_way_share", member)
        lot = uniform(self.key("rotation.round"), int(self.units.id[g]))
        promised = math.floor(quota + lot)

        weight = [k + 1e-9 for k in staff]
        total = sum(staff)
        mean_x = sum(w * float(s.x_km[m]) for w, m in zip(weight, members, strict=True)) / total
        mean_y = sum(w * float(s.y_km[m]) for w, m in zip(weight, members, strict=True)) / total
        mean_allowance = sum(w * self.allowance(m)[0] for w, m in zip(weight, members, strict=True)) / total
        mountain = any(int(s.zone[m]) == MOUNTAIN for m in members)
        home, place = int(t.home[i]), self.after.neighbourhoods
        dx, dy = float(place.x_km[home]) - mean_x, float(place.y_km[home]) - mean_y
        then = math.sqrt(dx * dx + dy * dy) * law["travel.road_factor"]
        extra = 2.0 * (self.way(then, mountain) - self.way(self.km(home, core), int(s.zone[core]) == MOUNTAIN))
        pay = float(t.pay_yuan_year[i])
        bonus = self.of("reward.rotation_bonus_yuan", member)  # paid in full last year
        ratio = (pay + mean_allowance + bonus) / (pay + self.allowance(core)[0])
        floor = self.of("promotion.rank_floor", member) > 0
        seniors = sum(1 for r in permanent if t.employer[r] == members[0] and t.title[r] == 2)
        if not floor and t.title[i] > 0 and seniors >= memory.senior_posts[members[0]]:
            ratio *= 1.0 - law["pay.title_premium_middle"]
        birth = 25.0 + 10.0 * uniform(key(self.seed, "workforce.child", 0), identity)
        young = birth <= t.age[i] < birth + 6.0
        needs = t.title[i] == 1 and t.rank_years[i] >= law["promotion.years_in_rank"] - 2 and t.weak_years[i] < law["promotion.weak_years_senior"]
        late = law["staffing.retire_age"] - 1 - t.age[i] <= 5  # school years to serve, the present one included
        near_head = t.title[i] >= 1 and HEAD_AGES[0] <= t.age[i] <= HEAD_AGES[1] and t.weak_years[i] < law["promotion.weak_years_head"]
        cadre = law["rotation.go_cadre"] * (2.0 if self.of("promotion.cadre_priority", member) > 0 else 1.0) * near_head
        w = {k: law[f"rotation.go_{k}"] for k in ("intercept", "promotion", "pay", "travel", "child", "retire")}
        taste = gumbel(self.key("rotation.volunteer"), identity, int(self.units.id[g]))
        utility = w["intercept"] + w["pay"] * math.log(ratio) - w["travel"] * extra + w["promotion"] * needs - w["child"] * young - w["retire"] * late + cadre + taste
        self.out.teacher_lines["Rotation 交流轮岗 (send)"] = [
            Line("teachers due this year 应交流人数",
                 f"⌊max({share:g} × {bases[base]} {words[base]}, {law_share:g} × {bases[law_base]} {words[law_base]} by the law)"
                 f"{' / (1 + two-way share)' if self.of('rotation.counting', member) > 0 else ''} + lot {n4(lot)}⌋",
                 float(promised), float(self.county.now.tally.sent_by_unit[g]), "teachers"),
            Line("pay there over pay here 待遇比", "(w + mean allowance of the members + bonus) / (w + allowance of the core)"
                 + (", less the rank premium: no senior post free there" if not floor and t.title[i] > 0 and seniors >= memory.senior_posts[members[0]] else ""), ratio),
            Line("extra travel a day 通勤增加", f"2 × (to the members − to the core), {n4(then)} km instead of {n4(self.km(home, core))} km", extra, unit="hours/day"),
            Line("willingness 意愿 U", f"a + b_w ln(ratio) − b_t extra + b_p [needs rural service: {int(needs)}] − b_f [young child: {int(young)}] − b_r [near retirement: {int(late)}] + b_k [may lead, years short: {int(near_head)}] + taste = "
                 f"{w['intercept']:g} + {w['pay']:g} × {n4(math.log(ratio))} − {w['travel']:g} × {n4(extra)} + {w['promotion'] * needs:g} − {w['child'] * young:g} − {w['retire'] * late:g} + {cadre:g} + {n4(taste)}", utility),
            Line("sent against own wish? (U ≤ 0) 是否被指派", f"{n4(utility)} ≤ 0; the head may assign: {'yes' if self.of('rotation.head_may_assign', member) > 0 else 'no'}",
                 float(utility <= 0.0), float(self.after.teachers.is_forced[j]), "1 yes, 0 no"),
            Line("term 期限", "rotation.term_years of the mode", self.of("rotation.term_years", member), float(self.after.teachers.term_left[j]) + 1.0, "years"),
        ]  # fmt: skip

    def learning(self, i: int, member: int, quality: float, h: float) -> float:
        """Learning from colleagues of the new school and of the core; returns h'."""
        law, identity = self.law, self.out.teacher
        state = self.seen["learn_together"].state
        t = state.teachers
        units, memory = self.units, self.memory

        def entry_of_best_tenth(school: int) -> float:
            values = sorted((float(t.quality[r]) for r in range(t.n) if t.serving[r] and t.post[r] == school), reverse=True)
            return values[len(values) - int(0.9 * (len(values) - 1)) - 1]

        def experts(school: int) -> int:
            return sum(1 for r in range(t.n) if t.serving[r] and t.is_backbone[r] and not t.is_substitute[r] and t.post[r] == school)

        g = int(units.unit_of_member[member])
        core = int(units.core[g])
        planned, online = self.of("development.joint_hours_year", member), self.of("development.online_share", member)
        members = int(units.size[g])
        held = min(planned, experts(core) * law["development.expert_hours_year"] / (members * EXAMINED))
        asked = 0.0
        for u in range(units.core.size):
            if int(units.mode[u]) == 0:
                continue
            one = float(law.by_mode["development.joint_hours_year"][units.mode[u]])
            who, size = experts(int(units.core[u])), int(units.size[u])
            pairs = float(law.by_mode["development.mentor_pairs"][units.mode[u]])
            asked += min(one, who * law["development.expert_hours_year"] / (size * EXAMINED)) * size * EXAMINED
            asked += min(pairs, who) * law["development.mentor_hours_year"]
        cost = asked * law["finance.expert_hour_yuan"]
        left = max(0.0, self.county.now.ledger.fund - self.seen["learn_together"].spent)
        paid = min(cost, left) / cost if cost > 0 else 1.0
        way = self.way_between(member, core)
        meeting = law["development.meeting_hours"]
        effective = held * paid * (1.0 - online) * meeting / (meeting + 2.0 * way) + held * paid * online * law["development.online_factor"]
        teach, led = self.of("leadership.team_teaching_share", member), self.of("leadership.member_hours_week", member)
        capacity = law["leadership.hours_capacity_week"] * self.of("leadership.posts_share", member)
        spent = min(led, capacity / members)
        funded = float(memory.hours_taught[g]) / (spent * teach) if spent * teach > 0 else 0.0
        team = max(0.0, spent * funded - 2.0 * way) * teach * law["leadership.weeks_year"] / EXAMINED
        effective += team
        shadow = float(memory.shadow_share[member])
        at_core = law["development.shadow_weeks_year"] * max(0.0, law["development.exchange_hours_week"] - 2.0 * way)
        half, top = law["development.hours_half"], law["development.intensity_max"]
        own_hours = float(law["development.own_hours_year"])
        own_i = top * own_hours / (own_hours + half) if own_hours > 0 else 0.0
        core_i = top * effective / (effective + half) if effective > 0 else 0.0
        core_i = (1.0 - shadow) * core_i + shadow * top * (effective + at_core) / (effective + at_core + half)
        core_i *= law["development.joint_learning"]
        own_peer, core_peer = entry_of_best_tenth(member), entry_of_best_tenth(core)
        kappa, delta = law["development.peer_learning"], law["development.decay"]
        learned = (1.0 - delta) * h + kappa * (own_i * max(0.0, own_peer - quality) + core_i * max(0.0, core_peer - quality))
        end = self.after.teachers
        self.out.teacher_lines["Learning from colleagues 研训 (learn_together)"] = [
            Line("best tenth at the new school 本校前一成 q_own", "90th percentile of the quality of those who serve there", own_peer, unit="SD/year"),
            Line("best tenth at the core 核心校前一成 q_core", "the same of the core school", core_peer, float(memory.core_peer[member]), "SD/year"),
            Line("joint hours held 联合教研工时", f"min(planned {planned:g}, {experts(core)} experts × {law['development.expert_hours_year']:g} / ({members} members × {EXAMINED} subjects)) × share paid {n4(paid)}", held * paid, unit="hours/year"),
            Line("hours leaders teach there 干部带班工时", f"(min({led:g} planned, {capacity:g} / {members} members) × share paid {n4(funded)} − 2 × {n4(way)} h on the road) × {teach:g} taught × {law['leadership.weeks_year']:g} weeks / {EXAMINED} subjects", team, float(memory.team_hours[member]), "hours/year"),
            Line("hours that count 有效工时", f"in person ({1.0 - online:g}) × {meeting:g}/({meeting:g} + 2 × {n4(way)} h on the road) + online ({online:g}) × {law['development.online_factor']:g}, and what leaders teach", effective, float(self.county.now.tally.joint_hours_effective[member]), "hours/year"),
            Line("intensity in the own school 校内强度 I_own", f"I_max h/(h + {half:g}), h = {own_hours:g}", own_i, unit="share"),
            Line("intensity with the core 联合强度 I_core", f"mean over the {n4(shadow)} who shadow at the core, h = {n4(effective)} + {n4(at_core)}, and the others, h = {n4(effective)}, of I_max h/(h + {half:g})", core_i, unit="share"),
            Line("learned quality h' 习得", f"(1 − δ) h + κ [I_own max(0, q_own − q) + I_core max(0, q_core − q)] = {1.0 - delta:g} × {n4(h)} + {kappa:g} × [{n4(own_i)} × {n4(max(0.0, own_peer - quality))} + {n4(core_i)} × {n4(max(0.0, core_peer - quality))}]",
                 learned, float(end.learned[row_of(end, identity)]), "SD/year"),
        ]
        return learned

    def way_between(self, member: int, core: int) -> float:
        s = self.school
        dx, dy = float(s.x_km[member] - s.x_km[core]), float(s.y_km[member] - s.y_km[core])
        return self.way(math.hypot(dx, dy) * self.law["travel.road_factor"], MOUNTAIN in (int(s.zone[member]), int(s.zone[core])))

    # -- the pupil -------------------------------------------------------------------------------

    def pupil(self) -> None:
        law, memory, identity = self.law, self.memory, self.out.pupil
        end, first = self.after.pupils, self.start.pupils
        i, j = row_of(first, identity), row_of(end, identity)
        school, klass = int(end.school[j]), int(end.klass[j])
        grade = int(self.after.grade_of_rows()[j])
        self.out.facts |= {
            "grade": grade, "class": klass - int(memory.first_class[school]) + 1, "ses": float(end.ses[j]), "pupil_school": self.name(school),
        }  # fmt: skip
        put = self.out.pupil_lines
        own, z = float(first.own[i]), float(end.ses[j])
        lam = law["achievement.persistence_own"]
        gamma, sigma = memory.own_ses * (1.0 - lam), memory.own_sd * math.sqrt(1.0 - lam * lam)
        e = normal(self.key("teaching.noise"), identity)
        own_next = lam * own + gamma * z + sigma * e
        put["Own attainment 自身学业 (learn)"] = [
            Line("γ, what family adds 家庭作用", f"b (1 − λ), b = {n4(memory.own_ses)} so that corr(A, SES) is {law['achievement.ses_correlation']:g} in the base year", gamma, float(memory.ses_gain), "SD/SD"),
            Line("σ, chance 偶然", f"s √(1 − λ²), s = {n4(memory.own_sd)} so that var(A) is 1 in the base year", sigma, float(memory.noise_sd), "SD"),
            Line("the draw 抽取 e", "standard normal, keyed by (seed, teaching.noise, year, pupil)", e,
                 float(draws.normal(self.seed, "teaching.noise", self.year, [identity])[0])),
            Line("own' 自身学业", f"λ own + γ z + σ e = {lam:g} × {n4(own)} + {n4(gamma)} × {n4(z)} + {n4(sigma)} × {n4(e)}", own_next, float(end.own[j]), "pupil SD"),
        ]
        teachers = self.teachers_of_class(school, klass)
        school_part = self.school_part(school)
        inside = [r for r in range(end.n) if end.status[r] == 1 and end.klass[r] == klass]
        before = self.seen["form_classes"].state.pupils
        n = len(inside)
        mean = math.fsum(float(before.achievement[r]) for r in inside) / n
        step = min(1.5, max(-1.5, (n - memory.size_reference) / 15.0))
        size = law["achievement.class_size"] * step
        peers = law["achievement.peers"] * mean
        q = teachers + school_part + size + peers - memory.quality_offset
        put["The class 班级 (quality_of_classes)"] = [
            Line("teachers 教师", "mean over the five examined subjects, table above", teachers, unit="SD/year"),
            Line("school 学校", "management + climate + spending − turnover, above", school_part, float(memory.school_part[school]), "SD/year"),
            Line("class size 班额", f"{law['achievement.class_size']:g} × ({n} − {n4(memory.size_reference)})/15, at most 1.5 steps", size, unit="SD/year"),
            Line("classmates' mean achievement 同班均值", f"mean of {n} pupils at the end of last year", mean, float(memory.class_sum[klass]) / 2.0**40 / n, "pupil SD"),
            Line("peers 同伴", f"θ_p × mean = {law['achievement.peers']:g} × {n4(mean)}", peers, unit="SD/year"),
            Line("Q of the class 班级一年所得", f"teachers + school + size + peers − offset = {n4(teachers)} + {n4(school_part)} + {n4(size)} + {n4(peers)} − {n4(memory.quality_offset)}", q, float(memory.class_q[klass]), "SD/year"),
        ]
        pi, caused = law["achievement.persistence_caused"], float(first.caused[i])
        lasting = caused + pi * q
        chance = float(draws.normal(self.seed, "teaching.luck", self.year, [int(self.school.id[school])], k=grade)[0])
        lucky = law["achievement.grade_luck"] * chance
        put["What the pupil takes home 学业 (learn)"] = [
            Line("P' lasting school-caused gain 学校留存增益", f"P + π Q = {n4(caused)} + {pi:g} × {n4(q)}", lasting, float(end.caused[j]), "pupil SD"),
            Line("luck of the grade this year 年级当年的偶然成分", f"σ_luck × draw = {law['achievement.grade_luck']:g} × {n4(chance)}, keyed by (seed, teaching.luck, year, school, grade)", lucky, float(memory.class_luck[klass]), "pupil SD"),
            Line("A achievement 学业", f"own' + P' + (1 − π) Q + luck = {n4(own_next)} + {n4(lasting)} + {1.0 - pi:g} × {n4(q)} + {n4(lucky)}", own_next + lasting + (1.0 - pi) * q + lucky, float(end.achievement[j]), "pupil SD"),
        ]

    def teachers_of_class(self, school: int, klass: int) -> float:
        """Return the mean over examined subjects of what teachers give the class; fills the table of cells."""
        law, memory = self.law, self.memory
        t = self.seen["quality_of_classes"].state.teachers
        core_peer = float(self.seen["quality_of_classes"].core_peer[school])
        lessons = self.of("teaching.online_lessons_week", school) if self.school.member_of[school] >= 0 else 0.0
        online = min(1.0, lessons / law["teaching.examined_lessons_week"] * law["achievement.online_lesson"])
        total = 0.0
        for k in range(EXAMINED):
            r, kind = int(memory.teacher_of[klass, k]), int(memory.cell_kind[klass, k])
            cell = {"subject": SUBJECTS[k], "kind": KINDS[kind], "id": "", "quality": 0.0, "effort": 0.0, "first": 0.0, "other": 0.0}
            if r < 0:
                given = -law["achievement.substitute"]
                cell["other"] = -given
            else:
                cell |= {"id": int(t.id[r]), "quality": float(t.quality[r]), "effort": float(t.effort[r])}
                cell["first"] = law["achievement.first_year_at_post"] if t.years_at_post[r] == 0 and t.experience[r] >= 1.0 else 0.0
                cell["other"] = law["achievement.substitute"] if t.is_substitute[r] else 0.0
                given = cell["quality"] + cell["effort"] - cell["first"] - cell["other"]
            if kind == 2:
                given -= law["achievement.out_of_field"]
                cell["other"] += law["achievement.out_of_field"]
            if kind >= 2 and online > 0.0 and not math.isnan(core_peer):
                lifted = online * max(0.0, core_peer - given)
                given += lifted
                cell["other"] -= lifted
            cell["given"] = given
            total += given
            self.out.cells.append(cell)
        return total / EXAMINED

    def school_part(self, school: int) -> float:
        """Return management, climate, spending and turnover of the pupil's school."""
        law, memory = self.law, self.memory
        start, now = self.start, self.seen["quality_of_classes"].state.schools
        management, climate = float(start.schools.management[school]), self.climate(school)
        money = self.operating(school)
        spending = math.log(max(money, 1.0) / memory.operating_reference[school])
        rows = self.county.year_records[-1][1]
        gone = sum(
            1 for r in rows
            if AGENT_TYPES[r["agent_type"]] == "teacher" and r["source"] == self.school.id[school]
            and r["event"] in [EVENT_CODES[k] for k in ("retire", "resign", "move_up", "move", "reassign")]
        )  # fmt: skip
        before = self.seen["staff"].state.teachers
        staff = sum(1 for r in range(before.n) if before.serving[r] and before.post[r] == school)
        turnover = gone / staff if staff else 0.0
        value = (
            law["achievement.management"] * management + law["achievement.climate"] * climate
            + law["achievement.spending"] * spending - law["achievement.turnover"] * (turnover - memory.turnover_usual)
        )  # fmt: skip
        shadow = float(memory.shadow_share[school])
        cover = law["achievement.substitute"] * shadow * law["development.shadow_weeks_year"] / law["leadership.weeks_year"]
        value -= cover
        self.out.pupil_lines["The school 学校 (quality_of_classes)"] = [
            Line("management 管理 M", "as last year left it", management, float(now.management[school]), "SD"),
            Line("climate 氛围 C", "last year's, less the shock of this year's merger if there is one", climate, float(now.climate[school]), "SD"),
            Line("operating funds a pupil 生均公用经费 r", "with last year's project money, pooled over the campuses of one legal person", money, float(memory.operating[school]), "yuan/pupil/year"),
            Line("spending 经费 ln(r/r₀)", f"ln({n4(money)} / {n4(memory.operating_reference[school])})", spending),
            Line("turnover 流失率", f"{gone} of {staff} left, moved up or were reassigned this year", turnover, float(self.after.schools.turnover[school]), "share"),
            Line("cover while staff shadow 跟岗期代课", f"{law['achievement.substitute']:g} × {n4(shadow)} of the staff × {law['development.shadow_weeks_year']:g}/{law['leadership.weeks_year']:g} weeks", cover, float(memory.cover_loss[school]), "SD/year"),
            Line("school part 学校部分", f"θ_M M + θ_C C + θ_r ln(r/r₀) − θ_T (turnover − usual) − cover = {law['achievement.management']:g} × {n4(management)} + {law['achievement.climate']:g} × {n4(climate)} + {law['achievement.spending']:g} × {n4(spending)} − {law['achievement.turnover']:g} × ({n4(turnover)} − {n4(memory.turnover_usual)}) − {n4(cover)}",
                 value, float(memory.school_part[school]), "SD/year"),
        ]
        return value

    def operating(self, school: int) -> float:
        seen, memory = self.seen["pool"], self.memory
        pupils = [max(int(memory.enrolment[:, s].sum()), 1) for s in range(self.school.n)]
        own = [float(seen.state.schools.operating_yuan_pupil[s]) + float(seen.project[s]) / pupils[s] for s in range(self.school.n)]
        g = int(self.units.unit_of_campus[school])
        if g < 0 or self.units.core[g] < 0 or self.law.by_mode["groups.finance_unified"][self.units.mode[g]] <= 0:
            return own[school]
        campuses = [int(s) for s in self.units.campuses[self.units.campus_start[g] : self.units.campus_start[g + 1]]]
        return sum(own[s] * pupils[s] for s in campuses) / sum(pupils[s] for s in campuses)
