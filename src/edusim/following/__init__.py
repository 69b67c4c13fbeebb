"""One school, one teacher, one family, followed through the same years under several policies.

All policies of a draw meet the same people, cohorts and lots: where two lives part, a clause parted them. Who is followed is chosen by
rules that are fixed beforehand (:func:`choose`), never by what came of it. One life is a story that shows *how* a clause acts; how
large its effect is, and whether it can be told from nothing, is asked of many draws (:func:`over_draws`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.declarations import STATUS_QUO
from edusim.explain.witness import Witness
from edusim.rules.context import AGENT_TYPES, EVENT_CODES
from edusim.state import N_EXAMINED, ZONES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.runs import Outcome
    from edusim.scenario import Scenario

#: Years in which one is sought who is sent.
FIRST_YEARS = 3
#: Ways in which a teacher leaves a school.
LEAVING = ("retire", "resign", "move_up", "move", "reassign")


@dataclass(frozen=True)
class Fact:
    """What a school is looked at for: the phase that sets it, parameters that carry it, its unit, how it is read.

    Attributes
    ----------
    key
        Name in the catalogue of words.
    phase
        Phase of the year that brings it.
    paths
        Parameters whose clauses carry it.
    kind
        ``number``, ``yuan``, ``change`` (what the phase added) or ``share``.
    digits
        Decimals.
    """

    key: str
    phase: str
    paths: tuple[str, ...]
    kind: str = "number"
    digits: int = 0


#: The year of a school, in the order in which it passes.
FACTS: tuple[Fact, ...] = (
    Fact("members", "form_groups", ("groups.max_members", "groups.coverage_share")),
    Fact("climate", "form_groups", ("groups.legal_unified",), "change", 2),
    Fact("allowance", "commit_budget", ("allowance.a_yuan_month", "allowance.b_yuan_month"), "yuan"),
    Fact("posts", "plan_posts", ("staffing.core_post_bonus",)),
    Fact("left", "staff", ()),
    Fact("hired", "staff", ("staffing.joint_hiring",)),
    Fact("sent", "send", ("rotation.share", "rotation.base")),
    Fact("shadow", "exchange", ("development.shadow_share",), "share", 0),
    Fact("uncovered", "staff_classes", ("staffing.itinerant",)),
    Fact("operating", "pool", ("groups.finance_unified",), "yuan"),
    Fact("given", "quality_of_classes", (), "number", 3),
    Fact("joint", "learn_together", ("development.joint_hours_year", "development.online_share"), "number", 1),
    Fact("learned", "learn_together", (), "change", 4),
    Fact("management", "lead", ("leadership.member_hours_week", "appraisal.bundle_weight"), "change", 3),
    Fact("reward", "reward", ("reward.per_class_yuan", "reward.z_threshold_points"), "yuan"),
    Fact("bought", "invest", ("finance.fund_yuan_year", "finance.member_tilt"), "yuan"),
)  # fmt: skip


@dataclass
class Queue:
    """Who of a core school was asked to rotate in a year: candidates in the order in which the head takes them.

    Attributes
    ----------
    teachers
        int64 [candidates]: ids, first to be taken first.
    wish
        float64 [candidates]: willingness; above 0 the teacher goes of free will.
    promised, sent, assigned
        How many were due, how many went, and how many of these against their own wish.
    """

    teachers: NDArray[np.int64]
    wish: NDArray[np.float64]
    promised: int
    sent: int
    assigned: int

    def place(self, teacher: int) -> int:
        """Return the place of a teacher in the queue, from 1; 0 where the teacher was not asked."""
        found = np.flatnonzero(self.teachers == teacher)
        return int(found[0]) + 1 if found.size else 0


@dataclass
class Life:
    """What was seen of the three under one policy.

    Attributes
    ----------
    policy
        Key.
    outcome, witness
        The run, with every decision, and who watched it.
    school_years
        Year -> fact -> value, of the school.
    levels
        Year -> level of the school at the end of the year: management, quality, given, achievement, ...
    queues
        Year -> the core's queue for rotation.
    teacher_years
        Year -> columns of the teacher at the end of the year; empty where the teacher has left.
    child_years
        Year -> what the child met: school, class, parts of the year's gain, achievement; empty where the child is not in the county.
    """

    policy: str
    outcome: Outcome
    witness: Witness
    school_years: dict[int, dict[str, float]]
    levels: dict[int, dict[str, float]]
    queues: dict[int, Queue]
    teacher_years: dict[int, dict[str, Any]]
    child_years: dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Chosen:
    """Who is followed: ids of a school, its core, a teacher of the core and a child of the school; and from how many schools it was chosen.

    ``ses`` is the child's family background, SD; ``candidates`` how many schools the rule had to choose from.
    """

    school: int
    core: int
    teacher: int
    child: int
    ses: float
    candidates: int


@dataclass
class Followed:
    """The same school, teacher and child under several policies; ``lives[policy]``."""

    scenario: Scenario
    chosen: Chosen
    seed: int
    draw: int
    lives: dict[str, Life] = field(default_factory=dict)

    @property
    def years(self) -> list[int]:
        """School years that were lived through, the base year left out."""
        first = next(iter(self.lives.values()))
        return sorted(first.school_years)

    def name(self, school: int, lang: str) -> str:
        """Return a school's pseudonym."""
        facts = next(iter(self.lives.values())).outcome.facts
        return str(facts["pseudonyms"][lang][facts["school_id"].index(school)])

    @property
    def info(self) -> dict[str, Any]:
        """Facts for heads and footers of figures."""
        first = next(iter(self.lives.values())).outcome.facts
        names = {key: self.scenario.policy(key) for key in self.lives}
        return {
            "base_year": self.scenario.base_year, "last_year": self.years[-1], "n_schools": first["n_schools"], "draws": 1,
            "baseline": next(iter(self.lives)), "names": {k: {"zh": p.name_zh, "en": p.name_en} for k, p in names.items()},
            "data_status": "synthetic" if self.scenario.region_spec.kind == "synthetic" else "roster",
        }  # fmt: skip

    def clauses(self, fact: Fact, policies: Sequence[str]) -> list[str]:
        """Return the clauses that carry a fact under these policies: document and heading, each once; of the law none."""
        found = []
        for key in policies:
            known = self.scenario.policy(key)
            own = {p: c for part in (known.clauses, *known.mode_clauses) for p, c in part.items()}
            for path in fact.paths:
                if path in own and own[path].reference.clause:
                    found.append(own[path].reference.clause)
        return list(dict.fromkeys(found))

    def parts(self, year: int, part: str) -> dict[str, float]:
        """Return policy -> a part of what the year gave the child; NaN where the child was not there."""
        return {key: float(life.child_years.get(year, {}).get(part, np.nan)) for key, life in self.lives.items()}


def choose(scenario: Scenario, policies: Sequence[str], *, seed: int = 0, draw: int = 0) -> Chosen:
    """Choose whom to follow by rules that are the same for every county.

    The school: of the weaker half of members that belong to an acting group from the first year under every policy, the one of median size
    (the larger of two; then the lowest id). The teacher: of its core, the lowest id of those whom a clause sends: who go in the first years
    under one of the policies and not under the first one (an examined subject and this school before others); such a life shows what clauses do,
    and is not that of most teachers. The child: of those who begin at the school in the first year and are at it under every policy three years
    on, the one of median family background.

    Raises
    ------
    ConfigError
        ``FOLLOW-NOBODY`` when no school belongs to a group from the first year under every policy.
    """
    from edusim.errors import ConfigError
    from edusim.model import County

    acting = [key for key in policies if key != STATUS_QUO]
    counties = {}
    for key in policies:
        counties[key] = County(scenario, key, seed, draw=draw, records="all")
        counties[key].step()
    one = counties[acting[0]]
    schools = one.state.schools
    joined = np.all([counties[k].now.is_policy_member & (counties[k].state.schools.id == schools.id) for k in acting], axis=0)
    joined &= schools.is_weak_base & (one.memory.enrolment.sum(axis=0) > 0)
    rows = np.flatnonzero(joined)
    if rows.size == 0:
        raise ConfigError(
            "FOLLOW-NOBODY", "没有一所学校在每项政策下第一年就属于教共体", "no school belongs to a group from the first year under every policy",
            mend_zh="请换一个县、种子，或少比几项政策", mend_en="take another county or seed, or fewer policies",
        )  # fmt: skip
    size = one.memory.enrolment.sum(axis=0)[rows]
    row = int(rows[np.lexsort((schools.id[rows], size))][rows.size // 2])
    core = int(one.state.groups.core[schools.member_of[row]])
    school, leads = int(schools.id[row]), int(schools.id[core])
    teacher = _teacher(counties, leads, school)
    child, ses = _child(counties, row)
    return Chosen(school, leads, teacher, child, ses, int(rows.size))


def _teacher(counties: dict[str, Any], core: int, school: int) -> int:
    """Return the lowest id of those whom clauses send: from the core in the first years under a policy, and not under the first one.

    Those of an examined subject come first, of these those sent to the school. Where nobody is such, the lowest id of the core.
    """
    sent: dict[int, set[str]] = {}
    here: set[int] = set()
    one = next(iter(counties.values()))
    for _ in range(min(FIRST_YEARS, one.horizon) - 1):
        for county in counties.values():
            county.step()
    for key, county in counties.items():
        for rows in (found for _, found in county.year_records):
            went = rows[(rows["event"] == EVENT_CODES["send_down"]) & (rows["source"] == core)]
            for who, where in zip(went["agent"].tolist(), went["target"].tolist(), strict=True):
                sent.setdefault(who, set()).add(key)
                if where == school:
                    here.add(who)
    teachers, base = one.state.teachers, next(iter(counties))
    examined = {int(i) for i in teachers.id[teachers.serving & (teachers.subject < N_EXAMINED)]}
    listed = sorted((who not in examined, who not in here, who) for who, keys in sent.items() if base not in keys)
    if listed:
        return listed[0][-1]
    staff = teachers.serving & (one.state.schools.id[teachers.post] == core) & ~teachers.is_substitute
    return int(teachers.id[staff].min())


def _child(counties: dict[str, Any], row: int) -> tuple[int, float]:
    """Return the child (id, family background) of median background among those at the school under every policy who began in the first year."""
    shared: set[int] | None = None
    for county in counties.values():
        pupils = county.state.pupils
        inside = (pupils.status == 1) & (pupils.school == row)
        grade = county.state.grade_of_rows()
        entered = inside & (pupils.tenure >= 0)
        lowest = int(grade[inside].min()) if inside.any() else 1
        # Cohorts have moved up since the first year: those who entered then are the lowest grade plus the years passed.
        years = county.state.year - county.base_year - 1
        here = {int(i) for i in pupils.id[entered & (grade == min(9, _first_grade(county, row) + years))]}
        here = here or {int(i) for i in pupils.id[entered & (grade == lowest)]}
        shared = here if shared is None else shared & here
    one = next(iter(counties.values()))
    pupils = one.state.pupils
    listed = sorted((float(pupils.ses[i]), int(pupils.id[i])) for i in np.flatnonzero(np.isin(pupils.id, sorted(shared or ())) & (pupils.status == 1)))
    ses, identity = listed[(len(listed) - 1) // 2] if listed else (float("nan"), -1)
    return identity, ses


def _first_grade(county: Any, row: int) -> int:
    return 7 if int(county.state.schools.stage[row]) == 1 else 1


def follow(scenario: Scenario, chosen: Chosen, policies: Sequence[str], *, seed: int = 0, draw: int = 0) -> Followed:
    """Run the county under every policy and keep what the three met.

    Parameters
    ----------
    scenario
        The county and its years.
    chosen
        Whom to follow, see :func:`choose`.
    policies
        Keys; the first is the one that the others are held against.
    seed, draw
        As in :func:`edusim.run`; the same for every policy.
    """
    from edusim.runs import simulate

    found = Followed(scenario, chosen, seed, draw)
    for key in policies:
        watch = _Watch(chosen)
        outcome = simulate(scenario, key, seed=seed, draw=draw, design="feasible", records="all", watch=watch)
        found.lives[key] = watch.life(key, outcome)
    return found


class _Watch:
    """Looks on at every phase and keeps what befalls the three; changes nothing."""

    def __init__(self, chosen: Chosen) -> None:
        self.chosen = chosen
        self.witness = Witness(chosen.teacher)
        self.before: dict[str, float] = {}
        self.phase = ""
        self.school_years: dict[int, dict[str, float]] = {}
        self.levels: dict[int, dict[str, float]] = {}
        self.queues: dict[int, Queue] = {}
        self.teacher_years: dict[int, dict[str, Any]] = {}
        self.child_years: dict[int, dict[str, Any]] = {}

    def __call__(self, phase: str, year: Any) -> None:
        if self.witness.years.get(year.year) is None:
            self.school_years[year.year] = {}
            self.phase, self.before = "", {}
        self.witness(phase, year)
        row = self._row(year, self.chosen.school)
        if row < 0:
            return
        now = self._columns(year, row)
        kept = self.school_years[year.year]
        for fact in FACTS:
            if fact.kind == "change" and fact.phase == self.phase:
                kept[fact.key] = now[fact.key] - self.before[fact.key]
        self.before, self.phase = now, phase
        if phase == "learn":
            kept["given"] = _given(year, row)
            self._child(year)
        if phase == "":
            self._end(year, row, kept)

    @staticmethod
    def _row(year: Any, school: int) -> int:
        found = np.flatnonzero(year.state.schools.id == school)
        return int(found[0]) if found.size else -1

    @staticmethod
    def _columns(year: Any, row: int) -> dict[str, float]:
        schools, teachers = year.state.schools, year.state.teachers
        here = teachers.serving & (teachers.post == row)
        return {
            "management": float(schools.management[row]), "climate": float(schools.climate[row]),
            "learned": float(teachers.learned[here].mean()) if here.any() else np.nan,
        }  # fmt: skip

    def _child(self, year: Any) -> None:
        """Keep what the year is about to give the child's class, part by part (model: section 5)."""
        pupils, memory, law = year.state.pupils, year.memory, year.law
        at = np.flatnonzero((pupils.id == self.chosen.child) & (pupils.status == 1))
        if not at.size:
            return
        school, klass = int(pupils.school[at[0]]), int(pupils.klass[at[0]])
        q = float(memory.class_q[klass])
        n = int(memory.class_n[klass])
        size = law["achievement.class_size"] * float(np.clip((n - memory.size_reference) / 15.0, -1.5, 1.5))
        peers = law["achievement.peers"] * float(memory.class_sum[klass]) / 2.0**40 / max(n, 1)
        schools = year.state.schools
        management = law["achievement.management"] * float(schools.management[school])
        climate = law["achievement.climate"] * float(schools.climate[school])
        part = float(memory.school_part[school])
        kinds = memory.cell_kind[klass, :N_EXAMINED]
        self.child_years[year.year] = {
            "school": int(schools.id[school]), "class_size": n, "q": q, "management": management, "climate": climate,
            "school_other": part - management - climate, "class": size + peers,
            "teachers": q - part - size - peers + float(memory.quality_offset), "uncovered": int(np.count_nonzero(kinds > 1)),
            "km": _km(year, int(pupils.home[at[0]]), school), "before": float(pupils.achievement[at[0]]),
        }  # fmt: skip

    def _end(self, year: Any, row: int, kept: dict[str, float]) -> None:
        schools, teachers, memory, tally = year.state.schools, year.state.teachers, year.memory, year.tally
        unit = int(year.units.unit_of_member[row])
        decided = year.records.rows()
        source, target, event = decided["source"], decided["target"], decided["event"]
        is_teacher = decided["agent_type"] == AGENT_TYPES.index("teacher")
        is_school = decided["agent_type"] == AGENT_TYPES.index("school")
        mine, here = self.chosen.school, teachers.serving & (teachers.post == row)
        in_group = year.mode_of_school[row] > 0

        def count(names: Sequence[str], side: NDArray[Any]) -> float:
            return float(np.count_nonzero(is_teacher & (side == mine) & np.isin(event, [EVENT_CODES[n] for n in names])))

        def yuan(name: str) -> float:
            return float(decided["amount"][is_school & (decided["agent"] == mine) & (event == EVENT_CODES[name])].sum())

        span = slice(int(memory.first_class[row]), int(memory.first_class[row + 1]))
        kept |= {
            "members": float(year.units.size[unit]) if in_group and unit >= 0 else 0.0,
            "allowance": float(memory.allowance[row]) / 12.0, "posts": float(memory.posts[row]),
            "left": count(LEAVING, source), "hired": count(("hire",), target), "sent": count(("send_down",), target),
            "shadow": float(memory.shadow_share[row]), "operating": float(memory.operating[row]),
            "uncovered": float(np.count_nonzero(memory.cell_kind[span] > 1)),
            "joint": float(getattr(tally, "joint_hours_effective", np.zeros(schools.n))[row]),
            "reward": yuan("reward_member"), "bought": yuan("purchase"),
        }  # fmt: skip
        pupils = year.state.pupils
        inside = (pupils.status == 1) & (pupils.school == row)
        away = here & (teachers.term_left >= 0) & (teachers.origin >= 0) & (teachers.origin != row)
        self.levels[year.year] = {
            "management": float(schools.management[row]), "quality": float(teachers.quality[here].mean()) if here.any() else np.nan,
            "given": kept["given"], "achievement": float(pupils.achievement[inside].mean()) if inside.any() else np.nan,
            "visitors": float(np.count_nonzero(away)), "staff": float(np.count_nonzero(here)), "pupils": float(np.count_nonzero(inside)),
        }  # fmt: skip
        at = np.flatnonzero((pupils.id == self.chosen.child) & (pupils.status == 1))
        if at.size and year.year in self.child_years:
            i = int(at[0])
            self.child_years[year.year] |= {"achievement": float(pupils.achievement[i]), "caused": float(pupils.caused[i]), "own": float(pupils.own[i])}
        self._queue(year, row)
        seen = self.witness.years[year.year]
        columns = dict(seen.teacher[-1][1]) if seen.teacher else {}
        if columns:
            place = self._row(year, columns["post"])
            columns["allowance"] = float(memory.allowance[place])
            columns["zone"] = ZONES[int(schools.zone[place])]
            columns["km"] = _km(year, int(columns["home"]), place)
        self.teacher_years[year.year] = columns

    def _queue(self, year: Any, row: int) -> None:
        units, noted = year.units, getattr(year.notes, "rotation", None)
        u = int(units.unit_of_member[row])
        if noted is None or u < 0:
            return
        order, teachers = noted.order[u], year.state.teachers
        asked = np.flatnonzero(np.isfinite(order))
        asked = asked[np.argsort(-order[asked], kind="stable")]
        sent = int(getattr(year.tally, "sent_by_unit", np.zeros(u + 1))[u])
        assigned = 0
        if hasattr(year.tally, "moves"):
            who, _, where, way = year.tally.moves
            inside = (way == 0) & (units.unit_of_member[where] == u)
            assigned = int(np.count_nonzero(teachers.is_forced[who[inside]]))
        self.queues[year.year] = Queue(teachers.id[asked].copy(), noted.wish[u][asked].copy(), int(noted.promised[u]), sent, assigned)

    def life(self, policy: str, outcome: Outcome) -> Life:
        return Life(policy, outcome, self.witness, self.school_years, self.levels, self.queues, self.teacher_years, self.child_years)


def _given(year: Any, row: int) -> float:
    """Return what the year gives a pupil of the school on average, SD: Q of its classes by their pupils."""
    memory = year.memory
    span = slice(int(memory.first_class[row]), int(memory.first_class[row + 1]))
    n = memory.class_n[span]
    return float((memory.class_q[span] * n).sum() / n.sum()) if n.sum() else float("nan")


def _km(year: Any, home: int, school: int) -> float:
    """Return the way by road from a home to a school, km."""
    places, schools = year.state.neighbourhoods, year.state.schools
    way = np.hypot(places.x_km[home] - schools.x_km[school], places.y_km[home] - schools.y_km[school])
    return float(way * year.law["travel.road_factor"])


def over_draws(
    scenario: Scenario,
    school: int,
    policies: Sequence[str],
    columns: Sequence[str],
    *,
    draws: int,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return what a school has at the end under each policy less what it has under the others, over draws.

    Parameters
    ----------
    scenario
        The county.
    school
        Id; the school stands in the same place in every draw, its people are drawn anew.
    policies
        Keys.
    columns
        Of :data:`edusim.measures.SCHOOL_COLUMNS`.
    draws, seed
        As in :func:`edusim.compare`.
    progress
        Called with draws done and all.

    Returns
    -------
    pandas.DataFrame
        ``policy, other, column, mean, low, high, n``: paired differences of every two policies with 95% Student intervals.
    """
    import pandas as pd

    from edusim.build import build_case
    from edusim.report.summaries import mean_interval
    from edusim.runs import simulate

    values: dict[tuple[str, str], list[float]] = {(p, c): [] for p in policies for c in columns}
    for draw in range(draws):
        case = build_case(scenario, seed=seed, draw=draw)
        for key in policies:
            last = simulate(scenario, key, seed=seed, draw=draw, design="feasible", records="none", case=case).years[-1]
            place = int(np.flatnonzero(last.school_id == school)[0])
            for column in columns:
                values[key, column].append(float(last.school_column(column)[place]))
        if progress is not None:
            progress(draw + 1, draws)
    rows = []
    for i, key in enumerate(policies):
        for other in policies[:i]:
            for column in columns:
                found = mean_interval(np.array(values[key, column]) - np.array(values[other, column]))
                rows.append({"policy": key, "other": other, "column": column, **found._asdict()})
    return pd.DataFrame(rows)


__all__ = ["FACTS", "Chosen", "Fact", "Followed", "Life", "Queue", "choose", "follow", "over_draws"]
