"""Who watches a run that is made again: what held when each decision was taken.

Nothing is changed: the witness reads columns, notes and the ledger at the phases where decisions fall. The
facts that it keeps are those that a sentence needs and a record does not hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.rules.context import EVENT_CODES, Ledger, meant_modes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.parameters import Law
    from edusim.rules.context import Year

#: Rotation's base by code, as the catalogue of words names it.
BASES = ("member_staff", "core_staff", "eligible")


@dataclass(frozen=True)
class Payment:
    """One call on the purse: the phase, the line, yuan asked and paid, and by whom (``fund``, ``ordinary``)."""

    phase: str
    line: str
    asked: float
    paid: float
    purse: str


class Listening(Ledger):
    """The year's ledger, which also keeps every call on it; sums are those of the ledger it stands for."""

    __slots__ = ("heard", "phase")

    def __init__(self, ledger: Ledger) -> None:
        for name in Ledger.__slots__:
            setattr(self, name, getattr(ledger, name))
        self.heard: list[Payment] = []
        self.phase = ""

    def _hear(self, line: str, call: Any) -> Any:
        paid, unpaid = self.lines[line], self.unfunded
        answer = call()
        paid, unpaid = self.lines[line] - paid, self.unfunded - unpaid
        if paid or unpaid:
            self.heard.append(Payment(self.phase, line, paid + unpaid, paid, "fund"))
        return answer

    def pay(self, line: str, *args: Any, **more: Any) -> float:
        """Pay as the ledger does, and keep the call."""
        return float(self._hear(line, lambda: Ledger.pay(self, line, *args, **more)))

    def pay_each(self, line: str, *args: Any, **more: Any) -> NDArray[np.bool_]:
        """Pay as the ledger does, and keep the call."""
        paid: NDArray[np.bool_] = self._hear(line, lambda: Ledger.pay_each(self, line, *args, **more))
        return paid

    def pay_ordinary(self, line: str, *args: Any, **more: Any) -> None:
        """Book as the ledger does, and keep the call."""
        before = self.ordinary[line]
        Ledger.pay_ordinary(self, line, *args, **more)
        booked = self.ordinary[line] - before
        if booked:
            self.heard.append(Payment(self.phase, line, booked, booked, "ordinary"))


@dataclass
class UnitFacts:
    """Rotation of one unit (a core and its members under one mode) in one year."""

    group: int
    mode: int
    unit_id: int
    core: int
    members: tuple[int, ...]
    member_staff: int
    core_staff: int
    share: float
    base: str
    divisor: float
    up_share: float
    quota: float = 0.0
    by_law: float = 0.0
    eligible: int = 0
    promised: int = 0
    sent: int = 0
    proposed: int = 0
    candidates: int = 0
    willing: int = 0
    forced: int = 0

    @property
    def base_number(self) -> int:
        """Number of teachers that the share is a share of."""
        return {"member_staff": self.member_staff, "core_staff": self.core_staff}.get(self.base, self.eligible)


@dataclass
class YearFacts:
    """What the witness saw in one year."""

    year: int
    law: Law
    seed: int
    ledger: Listening
    units: list[UnitFacts] = field(default_factory=list)
    #: Of the teacher who is followed: (phase, columns as the phase began), the end of the year last.
    teacher: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    school: dict[str, NDArray[Any]] = field(default_factory=dict)
    groups: dict[str, NDArray[Any]] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def before(self, phase: str) -> dict[str, Any]:
        """Return the teacher's columns as a phase began; the nearest that is known when it did not act."""
        return next((row for name, row in self.teacher if name == phase), self.teacher[0][1] if self.teacher else {})

    def after(self, phase: str) -> dict[str, Any]:
        """Return the teacher's columns when a phase had acted."""
        places = [i for i, (name, _) in enumerate(self.teacher) if name == phase]
        if not places:
            return self.before(phase)
        return self.teacher[min(places[0] + 1, len(self.teacher) - 1)][1]


class Witness:
    """Watches a county year by year; ``years`` holds what it saw.

    Parameters
    ----------
    teacher
        Id of the teacher who is followed, or None.
    """

    def __init__(self, teacher: int | None = None) -> None:
        self.teacher = teacher
        self.years: dict[int, YearFacts] = {}

    def __call__(self, phase: str, year: Year) -> None:
        """Take note as a phase begins, or (an empty name) as the year ends."""
        seen = self.years.get(year.year)
        if seen is None:
            seen = self._begin(year)
        seen.ledger.phase = phase
        if self.teacher is not None:
            seen.teacher.append((phase, self._columns(year)))
        if phase == "staff":
            rows = np.flatnonzero((year.state.teachers.id == self.teacher) & year.state.teachers.serving)
            # Who leaves frees a row that a newcomer may take: the row is looked up before anyone leaves.
            seen.facts["row"] = int(rows[0]) if rows.size else -1
        if phase == "send":
            self._before_rotation(seen, year)
        if hasattr(year.notes, "rotation") and "rotation_seen" not in seen.facts:
            self._after_rotation(seen, year)
        if hasattr(year.notes, "chance") and "leave_chance" not in seen.facts:
            self._after_leaving(seen, year)
        if phase == "reward":
            seen.school["z"], seen.school["z_before"] = year.tally.z.copy(), year.tally.z_before.copy()
            last = np.where(year.memory.enrolment[8] > 0, 8, 5)
            seen.school["classes"] = year.memory.n_classes[last, np.arange(year.state.schools.n)].copy()
        if phase == "invest":
            seen.facts["left"] = year.ledger.left
        if phase == "":
            self._end(seen, year)

    def _begin(self, year: Year) -> YearFacts:
        state = year.state
        heard = Listening(year.ledger)
        year.ledger = heard
        seen = self.years[year.year] = YearFacts(year.year, year.law, year.seed, heard)
        teachers, schools, groups = state.teachers, state.schools, state.groups
        on = teachers.serving
        seen.facts["allowance_people"] = np.bincount(schools.allowance_class[teachers.post[on]], minlength=3).tolist()
        seen.facts["old_allowance"] = year.memory.old_allowance.tolist()
        seen.facts["fund"] = float(heard.fund) if heard.binds else float("inf")
        seen.school["years_on_par"], seen.school["core_km"] = schools.years_on_par.copy(), year.memory.core_distance_km.copy()
        seen.groups["formed_before"], seen.groups["mode_before"] = groups.year_formed.copy(), groups.mode.copy()
        return seen

    def _columns(self, year: Year) -> dict[str, Any]:
        state = year.state
        teachers, schools = state.teachers, state.schools
        rows = np.flatnonzero((teachers.id == self.teacher) & teachers.serving)
        if rows.size == 0:
            return {}
        row = int(rows[0])
        found: dict[str, Any] = {name: teachers[name][row].item() for name in teachers}
        for name in ("employer", "post", "placement", "origin"):
            found[name] = int(schools.id[found[name]]) if found[name] >= 0 else -1
        return found

    def _before_rotation(self, seen: YearFacts, year: Year) -> None:
        from edusim.rules.rotation import law_share

        state, units, law = year.state, year.units, year.law
        teachers, schools = state.teachers, state.schools
        permanent = teachers.serving & ~teachers.is_substitute
        staff = np.bincount(teachers.post[permanent], minlength=schools.n)
        share, base = year.of_unit("rotation.share"), year.of_unit("rotation.base").astype(int)
        both, two_way = year.of_unit("rotation.counting") > 0, year.of_unit("rotation.two_way_share")
        seen.facts["law_share"] = law_share(year)
        seen.facts["law_base"] = BASES[int(law.by_mode["rotation.base"][0])]
        for u in range(units.core.size):
            members = units.members[units.start[u] : units.start[u + 1]]
            core = int(units.core[u])
            seen.units.append(
                UnitFacts(
                    int(state.groups.id[units.group[u]]), int(units.mode[u]), int(units.id[u]),
                    int(schools.id[core]) if core >= 0 else -1, tuple(int(i) for i in schools.id[members]),
                    int(staff[members].sum()), int(staff[core]) if core >= 0 else 0, float(share[u]),
                    BASES[base[u]], 1.0 + float(two_way[u]) if both[u] else 1.0, float(two_way[u]),
                )
            )  # fmt: skip

    def _after_rotation(self, seen: YearFacts, year: Year) -> None:
        seen.facts["rotation_seen"] = True
        noted, schools, teachers = year.notes.rotation, year.state.schools, year.state.teachers
        sent = getattr(year.tally, "sent_by_unit", np.zeros(len(seen.units), np.int64))
        row = -1
        if self.teacher is not None:
            rows = np.flatnonzero((teachers.id == self.teacher) & teachers.serving)
            row = int(rows[0]) if rows.size else -1
        at = {int(i): k for k, i in enumerate(schools.id)}
        law_base = seen.facts["law_base"]
        for u, unit in enumerate(seen.units):
            unit.eligible, unit.promised, unit.sent = int(noted.eligible[u]), int(noted.promised[u]), int(sent[u])
            numbers = {"member_staff": unit.member_staff, "core_staff": unit.core_staff, "eligible": unit.eligible}
            unit.by_law = seen.facts["law_share"] * numbers[law_base]
            unit.quota = max(unit.share * numbers[unit.base] / unit.divisor, unit.by_law)
            order = noted.order[u]
            known = np.isfinite(order)
            unit.candidates = int(known.sum())
            unit.willing = int((noted.wish[u][known] > 0.0).sum())
            if row >= 0 and known[row]:
                rank = int((order[known] > order[row]).sum()) + 1
                seen.facts.setdefault("mine", {})[unit.unit_id] = {
                    "wish": float(noted.wish[u][row]), "order": float(order[row]), "rank": rank,
                    "candidates": unit.candidates,
                }  # fmt: skip
        decided = year.records.rows()
        for moved in decided[decided["event"] == EVENT_CODES["unfunded"]]:
            for unit in seen.units:
                unit.proposed += unit.core == moved["source"] and int(moved["target"]) in unit.members
        for unit in seen.units:
            unit.proposed += unit.sent
        if hasattr(year.tally, "moves"):
            teacher, source, _, direction = year.tally.moves
            for i, s, way in zip(teacher, source, direction, strict=True):
                if way == 0 and teachers.is_forced[i]:
                    for unit in seen.units:
                        if unit.core >= 0 and at[unit.core] == s and int(schools.id[teachers.post[i]]) in unit.members:
                            unit.forced += 1

    def _after_leaving(self, seen: YearFacts, year: Year) -> None:
        seen.facts["leave_chance"] = seen.facts["upward_chance"] = None
        chance, row = year.notes.chance, seen.facts.get("row", -1)
        if 0 <= row < chance.shape[1]:
            seen.facts["leave_chance"], seen.facts["upward_chance"] = (float(c) for c in chance[:, row])

    def _end(self, seen: YearFacts, year: Year) -> None:
        schools, groups, law = year.state.schools, year.state.groups, year.law
        seen.school.update(
            id=schools.id.copy(), zone=schools.zone.copy(), mode=year.mode_of_school.copy(),
            group=np.where(schools.member_of >= 0, groups.id[np.maximum(schools.member_of, 0)], -1) if groups.n
            else np.full(schools.n, -1), leads=np.where(schools.leads >= 0, groups.id[np.maximum(schools.leads, 0)], -1)
            if groups.n else np.full(schools.n, -1),
            outside=schools.is_outside_mode.copy(), private=schools.is_private.copy(),
            pupils=year.memory.enrolment.sum(axis=0).copy(), policy_member=year.is_policy_member.copy(),
        )  # fmt: skip
        seen.groups.update(
            id=groups.id.copy(), mode=groups.mode.copy(), formed=groups.year_formed.copy(),
            meant=meant_modes(year),
            core=np.where(groups.core >= 0, schools.id[np.maximum(groups.core, 0)], -1), gap=np.array(year.memory.group_gap),
        )  # fmt: skip
        seen.facts["n_applicants"] = int(getattr(year.tally, "n_applicants_posts", 0))
        seen.facts["exempt_share"] = float(law["rotation.exempt_share"])
