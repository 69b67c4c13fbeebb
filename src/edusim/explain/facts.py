"""What is told of a decision, before any words: clauses, values, draws made again from their keys."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.declarations import Declaration, Reference, law_in_force
from edusim.explain.witness import UnitFacts, Witness, YearFacts
from edusim.policies import policy, policy_names
from edusim.rules.context import AGENT_TYPES, EVENTS
from edusim.rules.decisions import DECISIONS, Chance, Decision

if TYPE_CHECKING:
    from edusim.parameters import Parameters
    from edusim.runs import Outcome

NAMES = tuple(EVENTS)
#: Events of teachers that a school's or a group's story counts.
TEACHER = AGENT_TYPES.index("teacher")
SCHOOL, GROUP = AGENT_TYPES.index("school"), AGENT_TYPES.index("group")


@dataclass(frozen=True)
class Value:
    """A value that held: its declaration, the number, whose it is (policy, law, user), status and source."""

    declaration: Declaration
    value: float
    whose: str
    status: str
    reference: Reference

    @property
    def path(self) -> str:
        """Path of the parameter."""
        return self.declaration.path

    @property
    def is_cited(self) -> bool:
        """Whether a document's clause can be quoted for the value that held."""
        reference = self.reference
        if not reference.document or not reference.clause or self.whose == "user":
            return False
        # The law in force is not carried by the documents that change it.
        return self.whose == "policy" or reference.document not in policy_documents()

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        reference = self.reference
        found: dict[str, Any] = {
            "path": self.path, "value": self.declaration.show(self.value), "unit": self.declaration.unit,
            "zh": self.declaration.description_zh, "en": self.declaration.description_en, "whose": self.whose,
            "status": self.status,
        }  # fmt: skip
        if self.is_cited:
            found |= {"document": reference.document, "clause": reference.clause, "quote": reference.quote}
        if self.whose != "user":
            found |= {"rows": list(reference.rows), "note_zh": reference.note_zh, "note_en": reference.note_en}
        return found


@dataclass(frozen=True)
class Draw:
    """A draw made again: its whole key, the number, and what it was held against."""

    chance: Chance
    seed: int
    year: int
    ids: int
    ids2: int | None
    number: float
    limit: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the number is as the event needs it; None where nothing is compared."""
        if self.limit is None:
            return None
        if self.chance.sense == "<":
            return self.number < self.limit
        if self.chance.sense == ">=":
            return self.number >= self.limit
        return None

    @property
    def whole(self) -> int | None:
        """The whole number that a lot settles: quota and lot, cut."""
        return int(self.limit + self.number) if self.chance.sense == "round" and self.limit is not None else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data: ``draws.uniform(seed, process, year, id, id2, k)`` gives it again."""
        return {
            "process": self.chance.process, "kind": self.chance.kind, "seed": self.seed, "year": self.year,
            "id": self.ids, "id2": self.ids2, "k": self.chance.k, "number": self.number, "against": self.limit,
        }  # fmt: skip


def draw_again(chance: Chance, seed: int, year: int, ids: int, ids2: int | None, limit: float | None = None) -> Draw:
    """Return a draw made again from its key."""
    keyed = 0 if chance.is_timeless else year
    if chance.kind == "normal":
        number = float(draws.normal(seed, chance.process, keyed, [ids], None if ids2 is None else [ids2], chance.k)[0])
    else:
        number = float(draws.uniform(seed, chance.process, keyed, [ids], None if ids2 is None else [ids2], chance.k)[0])
        if chance.kind == "gumbel":
            number = -math.log(-math.log(number))
    return Draw(chance, seed, keyed, ids, ids2, number, limit)


#: Events of teachers whose source is a group and no school.
GROUP_NAMED = ("mentor", "team")
#: Events of schools whose source is a school and no group.
SCHOOL_NAMED = ("private_entrust", "private_entrust_end", "open_campus", "merge", "merge_unfunded")


@dataclass
class Told:
    """One decision, or several of one kind: what happened, by which clauses and values, whose draws."""

    year: int
    event: str
    kind: str
    agents: tuple[int, ...]
    source: int
    target: int
    amount: float
    mode: int
    clauses: list[Value] = field(default_factory=list)
    values: list[Value] = field(default_factory=list)
    draws: list[Draw] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    unit: UnitFacts | None = None
    place: float = 0.0

    @property
    def schools(self) -> tuple[int, int]:
        """Schools that the record names as source and target, -1 for none (a group is no school)."""
        if self.event in SCHOOL_NAMED:
            return self.source, self.target
        if self.kind != "teacher":
            return -1, -1
        return (-1 if self.event in GROUP_NAMED else self.source), self.target


@lru_cache(maxsize=1)
def policy_documents() -> frozenset[str]:
    """Return the documents that shipped policies come from."""
    return frozenset(p.document for p in map(policy, policy_names()) if p.document)


def document_name(key: str, lang: str) -> str:
    """Return the name of a document in ``zh`` or ``en``."""
    found = law_in_force().documents.get(key)
    return key if found is None else found[0 if lang == "zh" else 1]


def _group_named(rows: Any) -> Any:
    """Return which records of teachers name a group, and no school, as their source."""
    return np.isin(rows["event"], [NAMES.index(event) for event in GROUP_NAMED])


class Teller:
    """Turns the records of one policy's run into :class:`Told`.

    Parameters
    ----------
    outcome, witness
        The run made again with full records, and who watched it.
    parameters
        Of the policy.
    events
        Kinds of decision that the scenario's extensions record, see :func:`edusim.extensions.events`.
    """

    def __init__(
        self, outcome: Outcome, witness: Witness, parameters: Parameters, events: Mapping[str, tuple[str, str, str, str]] = MappingProxyType({})
    ) -> None:
        self.events = events
        self.names = (*NAMES, *events)
        self.outcome, self.witness, self.parameters = outcome, witness, parameters
        self.schools = set(outcome.facts["school_id"])

    def value(self, path: str, year: int, mode: int) -> Value | None:
        """Return the value of a parameter that held for a mode in a year; None when it is not declared."""
        declaration = self.parameters.known.get(path)
        if declaration is None:
            return None
        place = mode if declaration.scope == "group" else 0
        number = self.parameters.values(path, year)[0][place]
        return Value(declaration, float(number), *self.parameters.whence(path, year, place))

    def values(self, paths: Iterable[str], year: int, mode: int) -> list[Value]:
        """Return the values of several parameters, those that are declared."""
        found = (self.value(path, year, mode) for path in paths)
        return [v for v in found if v is not None]

    def cited(self, paths: Iterable[str], year: int, mode: int) -> list[Value]:
        """Return the values whose clause can be quoted, the policy's own before the law's, each clause once."""
        found = [v for v in self.values(paths, year, mode) if v.is_cited]
        found = [v for v in found if v.whose == "policy"] or found
        seen: dict[tuple[str, str, str], Value] = {}
        for value in found:
            seen.setdefault((value.reference.document, value.reference.clause, value.reference.quote), value)
        return list(seen.values())

    # ------------------------------------------------------------------------------------------- places

    def _row(self, facts: YearFacts, school: int) -> int:
        rows = np.flatnonzero(facts.school["id"] == school)
        return int(rows[0]) if rows.size else -1

    def mode_of(self, facts: YearFacts, *schools: int) -> int:
        """Return the mode that holds between schools: the member's, whichever way a teacher goes."""
        rows = [self._row(facts, s) for s in schools if s in self.schools]
        return max((int(facts.school["mode"][r]) for r in rows if r >= 0), default=0)

    def unit_of(self, facts: YearFacts, core: int, member: int) -> UnitFacts | None:
        """Return the unit of a core and one of its members."""
        return next((u for u in facts.units if u.core == core and member in u.members), None)

    # -------------------------------------------------------------------------------------------- stories

    def of_teacher(self, teacher: int) -> list[Told]:
        """Return everything that was decided about a teacher, year by year."""
        found = []
        for year, rows in self.outcome.records:
            facts = self.witness.years[year]
            for row in rows[(rows["agent_type"] == TEACHER) & (rows["agent"] == teacher)]:
                found.append(self._told(facts, self.names[row["event"]], (teacher,), row, is_followed=True))
        return found

    def of_school(self, school: int) -> list[Told]:
        """Return what was decided about a school and, kind by kind, about teachers who came and went."""
        found = []
        for year, rows in self.outcome.records:
            facts = self.witness.years[year]
            apart = np.isin(rows["event"], [NAMES.index(event) for event in SCHOOL_NAMED])
            meant = (rows["agent"] == school) | (apart & ((rows["source"] == school) | (rows["target"] == school)))
            own = np.flatnonzero((rows["agent_type"] == SCHOOL) & meant)
            told = [self._told(facts, self.names[rows["event"][i]], (int(rows["agent"][i]),), rows[i], place=float(i)) for i in own]
            mine = (rows["agent_type"] == TEACHER) & ((rows["source"] == school) | (rows["target"] == school))
            told += self._together(facts, rows, np.flatnonzero(mine & ~_group_named(rows)))
            told += [self._rotation(facts, u, rows) for u in facts.units if school == u.core and (u.quota > 0 or u.sent)]
            found += sorted(told, key=lambda t: t.place)
        return found

    def of_group(self, group: int) -> list[Told]:
        """Return what was decided about a group, its schools, and the teachers who moved within it."""
        found = []
        for year, rows in self.outcome.records:
            facts = self.witness.years[year]
            own = (rows["agent_type"] == GROUP) & (rows["agent"] == group)
            apart = np.isin(rows["event"], [NAMES.index(event) for event in SCHOOL_NAMED])
            named = (rows["agent_type"] == SCHOOL) & (rows["source"] == group) & ~apart
            campuses = facts.school["id"][(facts.school["group"] == group) | (facts.school["leads"] == group)]
            money = (rows["agent_type"] == SCHOOL) & np.isin(rows["agent"], campuses) & (rows["source"] < 0)
            joined = np.isin(rows["event"], [NAMES.index(e) for e in ("senior_joins", "senior_leaves")])
            joined &= (rows["source"] == group) | (rows["target"] == group)
            listed = np.flatnonzero(own | named | money | joined)
            told = [self._told(facts, self.names[rows["event"][i]], (int(rows["agent"][i]),), rows[i], place=float(i)) for i in listed]
            told += self._waiting(facts, group)
            told += [self._rotation(facts, u, rows) for u in facts.units if u.group == group and (u.quota > 0 or u.sent)]
            inside = np.isin(rows["source"], campuses) & np.isin(rows["target"], campuses) & ~_group_named(rows)
            paired = _group_named(rows) & (rows["source"] == group)
            told += self._together(facts, rows, np.flatnonzero((rows["agent_type"] == TEACHER) & (inside | paired)))
            found += sorted(told, key=lambda t: t.place)
        return found

    def of_others(self, year: int) -> list[Told]:
        """Return what was decided in a year about kindergartens, senior and vocational schools."""
        facts = self.witness.years[year]
        rows = next(rows for y, rows in self.outcome.records if y == year)
        mine = rows[rows["agent_type"] == AGENT_TYPES.index("other")]
        return [self._told(facts, self.names[row["event"]], (int(row["agent"]),), row) for row in mine]

    def _waiting(self, facts: YearFacts, group: int) -> list[Told]:
        """Return that a pairing meant for a mode was not formed this year: others with wider gaps came first."""
        at = int(np.flatnonzero(facts.groups["id"] == group)[0])
        meant = int(facts.groups["meant"][at])
        before = facts.groups["mode_before"]
        acted = at < before.size and before[at] > 0
        if not facts.law.in_force or meant == 0 or facts.groups["mode"][at] or acted:
            return []
        told = Told(facts.year, "waiting", "group", (group,), -1, -1, 0.0, meant, place=-1.0)
        told.facts = self._of_group(facts, "waiting", group) | {"n_acting": int((facts.groups["mode"] == meant).sum())}
        told.clauses = self.cited(("groups.coverage_share",), facts.year, meant)
        told.values = self.values(("groups.coverage_share",), facts.year, meant)
        return [told]

    def _together(self, facts: YearFacts, rows: Any, listed: Iterable[int]) -> list[Told]:
        """Return one :class:`Told` for all teachers of one kind of event between the same places."""
        places: dict[tuple[int, int, int], list[int]] = {}
        for i in listed:
            places.setdefault((int(rows["event"][i]), int(rows["source"][i]), int(rows["target"][i])), []).append(int(i))
        found = []
        for (event, _, _), same in places.items():
            who = tuple(sorted(int(rows["agent"][i]) for i in same))
            found.append(self._told(facts, self.names[event], who, rows[same[0]], place=same[0]))
        return found

    def _rotation(self, facts: YearFacts, unit: UnitFacts, rows: Any) -> Told:
        """Return a unit's rotation of a year: promised, sent, and why fewer."""
        decision = DECISIONS["send_down"]
        told = Told(facts.year, "rotation", "group", (unit.group,), unit.core, -1, 0.0, unit.mode, unit=unit)
        told.clauses = self.cited(decision.clauses, facts.year, unit.mode)
        told.values = self.values(("rotation.share", "rotation.base", "rotation.head_may_assign"), facts.year, unit.mode)
        told.draws = [self._draw(facts, decision.chances[0], unit.group, told)]
        # Told where the year's moves begin, or after the hiring where nobody moved.
        moved = np.flatnonzero(np.isin(rows["event"], [NAMES.index(e) for e in ("send_down", "send_up", "unfunded")]))
        staffed = np.flatnonzero(np.isin(rows["event"], [i for i, e in enumerate(NAMES) if EVENTS[e][0] == "workforce"]))
        told.place = moved[0] - 0.5 if moved.size else staffed[-1] + 0.5 if staffed.size else 0.0
        return told

    # ------------------------------------------------------------------------------------------- decisions

    def _told(
        self, facts: YearFacts, event: str, who: tuple[int, ...], row: Any, is_followed: bool = False, place: float = 0.0
    ) -> Told:
        source, target = int(row["source"]), int(row["target"])
        kind = AGENT_TYPES[row["agent_type"]]
        told = Told(facts.year, event, kind, who, source, target, float(row["amount"]), 0, place=float(place))
        if kind == "school":
            told.facts |= self._of_school(facts, event, who[0])
            told.mode = told.facts.get("group_mode", self.mode_of(facts, who[0]))
        elif kind in ("authority", "other"):
            pass  # decided for the county as a whole: no mode and no place of its own
        elif kind == "group":
            told.facts |= self._of_group(facts, event, who[0])
            told.mode = told.facts["mode"]
        else:
            if event in ("send_down", "send_up", "unfunded"):
                told.unit = self.unit_of(facts, source, target) or self.unit_of(facts, target, source)
            told.mode = told.unit.mode if told.unit is not None else self._mode_of_teachers(facts, event, source, target)
            if is_followed:
                told.facts |= self._of_teacher(facts, told)
        decision = DECISIONS.get(event, Decision())
        told.clauses = self.cited(decision.clauses, facts.year, told.mode)
        told.values = self.values(decision.values, facts.year, told.mode)
        if is_followed or kind != "teacher":
            found = (self._draw(facts, chance, who[0], told) for chance in decision.chances)
            told.draws = [d for d in found if d is not None]
        return told

    def _mode_of_teachers(self, facts: YearFacts, event: str, source: int, target: int) -> int:
        if event == "onboard":
            return self.mode_of(facts, source)
        if event in GROUP_NAMED:
            at = np.flatnonzero(facts.groups["id"] == source)
            return int(facts.groups["mode"][at[0]]) if at.size else 0
        return self.mode_of(facts, source, target)

    def _of_teacher(self, facts: YearFacts, told: Told) -> dict[str, Any]:
        """Return what is known of the teacher who is followed when the decision fell."""
        phase = {
            "retire": "staff", "resign": "staff", "move_up": "staff", "move": "staff", "release": "staff", "return": "bring_back",
            "stay": "bring_back", "stay_on": "bring_back", "recompete": "compete_again", "lose_rank": "compete_again", "send_down": "send",
            "send_up": "send", "unfunded": "send", "mentor": "learn_together", "promote": "appraise",
            "promote_quota_free": "appraise", "promote_pooled": "appraise", "reassign": "staff", "team": "learn_together", "name_backbone": "appraise",
        }.get(told.event)  # fmt: skip
        before = facts.before(phase) if phase else {}
        after = facts.after(phase or "staff")
        found: dict[str, Any] = {k: facts.facts.get(k) for k in ("leave_chance", "upward_chance", "exempt_share", "n_applicants")}
        found |= {"before": before, "after": after, "is_forced": bool(after.get("is_forced"))}
        if told.unit is not None and told.event != "send_up":
            found |= facts.facts.get("mine", {}).get(told.unit.unit_id, {})
        if told.event == "hire":
            found |= self._examination(facts, told.agents[0])
            core = next((u.core for u in facts.units if told.target in u.members), -1)
            went = self._agents(facts.year, "onboard", "source", told.target)
            found["stayed_unpaid"] = bool(after.get("onboarding_left")) and core >= 0 and told.agents[0] not in went
        if told.event == "substitute":
            # Substitutes of a school and year are numbered; those who cover for onboarding come after the rest.
            away = len(self._agents(facts.year, "onboard", "source", told.target))
            found["is_cover"] = told.agents[0] in self._agents(facts.year, "substitute", "target", told.target)[-away:] if away else False
        return found

    def _agents(self, year: int, event: str, side: str, school: int) -> list[int]:
        """Return, in the order of ids, the teachers of one kind of event of a year at a school."""
        rows = next(rows for y, rows in self.outcome.records if y == year)
        return sorted(int(a) for a in rows["agent"][(rows["event"] == NAMES.index(event)) & (rows[side] == school)])

    def _examination(self, facts: YearFacts, teacher: int) -> dict[str, Any]:
        """Return the applicant's rank in the year's examination."""
        from edusim.rules.workforce import COHORT

        n = facts.facts["n_applicants"]
        ids = facts.year * COHORT + np.arange(n, dtype=np.int64)
        marks = draws.normal(facts.seed, "workforce.applicant", 0, ids)
        mine = float(marks[teacher - facts.year * COHORT])
        return {"exam_rank": int((marks > mine).sum()) + 1}

    def _of_school(self, facts: YearFacts, event: str, school: int) -> dict[str, Any]:
        row, found = self._row(facts, school), facts.school
        known: dict[str, Any] = {"group": int(found["group"][row]), "core_km": float(found["core_km"][row])}
        if event in ("reward_member", "reward_core") and "z" in found:
            points = float(facts.law["reward.z_points_per_sd"])
            known |= {"z": points * float(found["z"][row]), "z_rise": points * float(found["z"][row] - found["z_before"][row]),
                      "classes": int(found["classes"][row])}  # fmt: skip
        known["years_on_par"] = int(found["years_on_par"][row])
        if event in ("reseparate", "beyond_cap", "cap_breach", "leave") or event.startswith("uncovered"):
            # The clause is that of the group's mode, which the school now stands outside of.
            at = np.flatnonzero(facts.groups["id"] == known["group"])
            known["group_mode"] = int(facts.groups["mode"][at[0]]) if at.size else 0
        return known

    def _of_group(self, facts: YearFacts, event: str, group: int) -> dict[str, Any]:
        at = int(np.flatnonzero(facts.groups["id"] == group)[0])
        found = facts.groups
        # A group that came out of another this year had no mode before.
        old = at < found["mode_before"].size
        now, before = int(found["mode"][at]), int(found["mode_before"][at]) if old else 0
        inside = (facts.school["group"] == group) & ~facts.school["outside"]
        return {
            "mode": now if event != "end" else before, "core": int(found["core"][at]), "gap": float(found["gap"][at]),
            "n_groups": int(found["id"].size), "n_acting": int((found["mode"] == now).sum()),
            "years": facts.year - int(found["formed_before"][at]) if old else 0,
            "inside": tuple(int(i) for i in facts.school["id"][inside]), "in_force": bool(facts.law.in_force),
        }  # fmt: skip

    def _draw(self, facts: YearFacts, chance: Chance, agent: int, told: Told) -> Any:
        if chance.given and not told.facts.get(chance.given):
            return None
        ids, ids2 = agent, None
        limit: float | None = told.facts.get(chance.limit) if chance.limit else None
        if "unit" in chance.who:
            unit = told.unit
            if unit is None:
                return None
            if chance.who == "agent unit":
                ids2 = unit.unit_id
            else:
                ids = unit.unit_id if chance.who == "unit" else -2 - unit.unit_id
            if chance.limit == "quota":
                limit = unit.quota
            elif chance.limit == "up_quota":
                limit = unit.proposed * unit.up_share
        elif chance.who == "agent target":
            ids2 = told.target
        draw = draw_again(chance, facts.seed, facts.year, ids, ids2, limit)
        if chance.sense == "willing":
            wish = told.facts.get("wish")
            if wish is None:
                return None
            draw = draw_again(chance, facts.seed, facts.year, ids, ids2, wish - draw.number)
        return draw
