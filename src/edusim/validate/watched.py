"""A run that is watched: what the measures do not keep and the cases of indicator against learning need.

Nothing is changed: the watcher reads columns at the phases of the year where they say what is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from edusim.runs import Outcome
    from edusim.scenario import Scenario

#: Status of a pupil who is enrolled, as the pupils' table codes it.
_ENROLLED = 1


@dataclass
class Watched:
    """What one run showed; years from the base year on, schools in the order of their ids.

    Attributes
    ----------
    outcome
        The run with all its measures.
    school_id
        int64 [S].
    n, total, squares
        float64 [years, 9, S]: pupils of each grade, the sum and the sum of squares of their achievement, pupil SD.
    taught
        float64 [years, S]: what teachers and the running of the school gave its pupils in the year, without what they
        owe to their classmates and the size of their class, pupil SD; NaN in the base year and where there are no pupils.
    rise
        float64 [years, S]: rise of Z over last year as schools are judged by it; NaN where there is none.
    judged
        bool [years, S]: an acting member with a graduating class, whom the reward for progress may reach.
    member
        bool [years, S]: a base-year member with a graduating class, whatever the policy.
    group
        int64 [years, S]: group whose acting member the school is, -1 for the others.
    awards
        list of int64 arrays, one a year: ids of the members that were paid the reward for progress.
    paid
        One a year: teachers to whom the rise of the place allowances was paid: id, yuan. Adds up to the line of the accounts.
    at_place
        One a year: ids of the teachers who served where an allowance is paid when the year ended, substitutes too.
    permanent_at_place
        One a year: how many of them were no substitutes.
    luck_sd
        Spread of the luck of the year that a school's grade shares in its scores, pupil SD.
    """

    outcome: Outcome
    school_id: NDArray[np.int64]
    n: NDArray[np.float64]
    total: NDArray[np.float64]
    squares: NDArray[np.float64]
    taught: NDArray[np.float64]
    rise: NDArray[np.float64]
    judged: NDArray[np.bool_]
    member: NDArray[np.bool_]
    group: NDArray[np.int64]
    awards: list[NDArray[np.int64]]
    paid: list[tuple[NDArray[np.int64], NDArray[np.float64]]]
    at_place: list[NDArray[np.int64]]
    permanent_at_place: list[int]
    luck_sd: float

    def value(self, measure: str, stage: str, year: int) -> float:
        """Return a county measure of a year; ``year`` counts from 0, the base year."""
        return self.outcome.years[year].value(measure, stage)

    @property
    def mean(self) -> NDArray[np.float64]:
        """float64 [years, 9, S]: mean achievement of each grade, NaN where there are no pupils."""
        with np.errstate(invalid="ignore", divide="ignore"):
            found: NDArray[np.float64] = self.total / self.n
        return found


@dataclass
class Watcher:
    """Reads a county at the phases of its year; see :class:`Watched`."""

    grades: list[NDArray[np.float64]] = field(default_factory=list)
    taught: list[NDArray[np.float64]] = field(default_factory=list)
    rise: list[NDArray[np.float64]] = field(default_factory=list)
    judged: list[NDArray[np.bool_]] = field(default_factory=list)
    member: list[NDArray[np.bool_]] = field(default_factory=list)
    group: list[NDArray[np.int64]] = field(default_factory=list)
    awards: list[NDArray[np.int64]] = field(default_factory=list)
    paid: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = field(default_factory=list)
    at_place: list[NDArray[np.int64]] = field(default_factory=list)
    permanent_at_place: list[int] = field(default_factory=list)

    def __call__(self, phase: str, year: Any) -> None:
        """Read what the phase that comes next, or the end of the year (an empty name), has at hand."""
        if phase == "commit_budget" and not self.grades:
            self._base(year)
        elif phase == "merge_campuses":
            self._allowances(year)
        elif phase == "learn":
            self._taught(year)
        elif phase == "reward":
            self._progress(year)
        elif phase == "":
            self._end(year)

    def _base(self, year: Any) -> None:
        n = year.state.schools.n
        self.grades.append(_by_grade(year.state))
        self.taught.append(np.full(n, np.nan))
        self.rise.append(np.full(n, np.nan))
        self.judged.append(np.zeros(n, bool))
        self.member.append(np.zeros(n, bool))
        self.group.append(np.full(n, -1, np.int64))
        none = np.zeros(0, np.int64)
        self.awards.append(none)
        self.paid.append((none, np.zeros(0)))
        self._there(year.state)

    def _allowances(self, year: Any) -> None:
        # The rise is paid to whoever serves at the place when the budget is committed, before anyone leaves.
        teachers, schools, law, memory = year.state.teachers, year.state.schools, year.law, year.memory
        new = np.array([0.0, law["allowance.b_yuan_month"] * 12.0, law["allowance.a_yuan_month"] * 12.0])
        rise = (new - memory.old_allowance) * memory.allowance_paid_share
        rows = np.flatnonzero(teachers.serving)
        yuan = rise[schools.allowance_class[teachers.post[rows]]]
        rows, yuan = rows[yuan != 0.0], yuan[yuan != 0.0]
        self.paid.append((teachers.id[rows].copy(), yuan))

    def _taught(self, year: Any) -> None:
        memory = year.memory
        pupils = memory.enrolment.sum(axis=0) > 0
        self.taught.append(np.where(pupils, memory.teacher_part + memory.school_part, np.nan))

    def _progress(self, year: Any) -> None:
        schools, memory = year.state.schools, year.memory
        last = np.where(memory.enrolment[N_GRADES - 1] > 0, N_GRADES - 1, FIRST_JUNIOR_GRADE - 2)
        classes = memory.n_classes[last, np.arange(schools.n)]
        self.rise.append(year.tally.z - year.tally.z_before)
        self.judged.append(year.is_policy_member & (classes > 0))
        self.member.append(schools.is_member_base & (classes > 0))
        groups = year.state.groups.id
        acting = year.is_policy_member
        self.group.append(np.where(acting, groups[np.maximum(schools.member_of, 0)], -1).astype(np.int64))

    def _there(self, state: Any) -> None:
        teachers = state.teachers
        there = teachers.serving & (state.schools.allowance_class[np.maximum(teachers.post, 0)] > 0)
        self.at_place.append(np.sort(teachers.id[there]))
        self.permanent_at_place.append(int(np.count_nonzero(there & ~teachers.is_substitute)))

    def _end(self, year: Any) -> None:
        self.grades.append(_by_grade(year.state))
        rows = year.records.rows()
        from edusim.rules.context import EVENT_CODES

        self.awards.append(np.sort(rows["agent"][rows["event"] == EVENT_CODES["reward_member"]]))
        self._there(year.state)


def _by_grade(state: Any) -> NDArray[np.float64]:
    """Return float64 [3, 9, S]: pupils, sum and sum of squares of achievement by grade and school."""
    out = np.zeros((3, N_GRADES, state.schools.n))
    for grade in range(1, N_GRADES + 1):
        rows = state.rows_of_grade(grade)
        inside = state.pupils.status[rows] == _ENROLLED
        school, score = state.pupils.school[rows][inside], state.pupils.achievement[rows][inside]
        for k, weight in enumerate((None, score, score * score)):
            out[k, grade - 1] = np.bincount(school, weight, state.schools.n)
    return out


def watch(scenario: Scenario, policy: str, *, seed: int, draw: int, case: Any = None) -> Watched:
    """Run one policy on one draw of the county and keep what the cases need.

    Parameters
    ----------
    scenario
        The scenario.
    policy
        Key of one of its policies.
    seed, draw
        Seed of the run; number of the draw.
    case
        The county of this draw, built before; it is copied, not changed.
    """
    from edusim.runs import simulate

    watcher = Watcher()
    outcome = simulate(scenario, policy, seed=seed, draw=draw, design=scenario.design, records="all", case=case, watch=watcher)
    outcome.records.clear()
    grades = np.stack(watcher.grades, axis=1)
    return Watched(
        outcome, np.array(outcome.facts["school_id"], np.int64), grades[0], grades[1], grades[2], np.stack(watcher.taught),
        np.stack(watcher.rise), np.stack(watcher.judged), np.stack(watcher.member), np.stack(watcher.group), watcher.awards, watcher.paid,
        watcher.at_place, watcher.permanent_at_place, float(scenario.parameters(policy).at(scenario.last_year)["achievement.grade_luck"]),
    )  # fmt: skip


def watch_all(scenario: Scenario, policies: Sequence[str], *, seed: int, draw: int) -> Mapping[str, Watched]:
    """Run policies on the same draw of the county, so that what differs between them is theirs."""
    from edusim.build import build_case, region_of

    case = build_case(scenario, seed=seed, draw=draw, region=region_of(scenario))
    return {policy: watch(scenario, policy, seed=seed, draw=draw, case=case) for policy in policies}
