"""Runs of the page: paired draws that are kept, so that only what a slider changed is run again."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import as_completed
from functools import cached_property
from typing import TYPE_CHECKING, Any

from edusim.app.levers import Settings, changes
from edusim.declarations import STATUS_QUO
from edusim.language import LANGUAGES, text
from edusim.runs import Comparison, Outcome, interrupts_ignored, simulate

if TYPE_CHECKING:
    from edusim.scenario import Scenario

MODES = ("collaboration", "co_build", "fusion")
DESIGN = "feasible"
#: Seconds of work from which on it is shared out over processes; below, starting them takes longer.
WORTH_SHARING = 15.0
Plan = Mapping[str, Settings]
Job = tuple[str, tuple[tuple[str, float], ...], int]


class Stopped(Exception):
    """A newer question has taken the place of this one."""


class Tried(Comparison):
    """A comparison in which some modes are set otherwise than their documents say; their names tell it."""

    @property
    def info(self) -> dict[str, Any]:
        """As for any comparison, with the names of changed modes."""
        info = super().info
        moved = {path.partition(":")[0] for path in self.scenario.raw.get("parameters", {}) if ":" in path}
        own = {key: {lang: text("app.own_name", lang, mode=text(f"app.mode.{key}", lang)) for lang in LANGUAGES} for key in moved}
        names = {**info["names"], **own}
        return info | {"names": names}


class Work:
    """The runs of one county: status quo and modes, each with its settings, draw by draw.

    Parameters
    ----------
    scenario
        The county and its years, nothing moved yet.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._kept: dict[Job, Outcome] = {}
        self._moved: dict[tuple[tuple[str, Any], ...], Scenario] = {}
        #: Seconds of the last run; nothing is known before the first.
        self.pace = 0.0

    @cached_property
    def pupils(self) -> float:
        """Pupils of the county in the base year, as the first draw has them."""
        return float(self._one((STATUS_QUO, (), 0)).facts["n_pupils"])

    @cached_property
    def _region(self) -> Any:
        from edusim.build import region_of

        return region_of(self.scenario)

    def moved(self, plan: Plan) -> Scenario:
        """Return the scenario with the settings of every mode.

        Raises
        ------
        ConfigError
            When settings do not go together, for example too many teachers away at once.
        """
        asked: dict[str, Any] = {}
        for policy, settings in plan.items():
            asked |= changes(policy, settings)
        key = tuple(asked.items())
        if key not in self._moved:
            found = self.scenario.with_(asked) if asked else self.scenario
            for policy in plan:
                found.parameters(policy)  # refuses what does not go together
            self._moved[key] = found
        return self._moved[key]

    def _one(self, job: Job) -> Outcome:
        if job not in self._kept:
            policy, settings, draw = job
            began = time.monotonic()
            self._kept[job] = _run(self.moved({policy: dict(settings)}), policy, draw, self._region)
            self.pace = time.monotonic() - began
        return self._kept[job]

    def missing(self, plan: Plan, draws: int) -> list[Job]:
        """Return the runs that are not there yet, draw by draw, so that what is there can be compared at any time."""
        jobs = [(policy, tuple(sorted(settings.items())), draw) for draw in range(draws) for policy, settings in _all(plan)]
        return [job for job in jobs if job not in self._kept]

    def run(self, plan: Plan, draws: int, told: Callable[[int, int, float], None] | None = None) -> Tried:
        """Run what is missing and return the comparison.

        Parameters
        ----------
        plan
            Settings of every mode.
        draws
            Paired draws.
        told
            Called with runs done, runs in all, and the seconds left; it may raise :class:`Stopped`.

        Raises
        ------
        EdusimError
            Whatever is wrong with the county or the settings.
        """
        self.moved(plan)
        jobs = self.missing(plan, draws)
        tell = told or (lambda done, total, left: None)
        tell(0, len(jobs), self.pace * len(jobs))
        began = time.monotonic()
        for done, _ in enumerate(self._through(jobs), 1):
            tell(done, len(jobs), (time.monotonic() - began) / done * (len(jobs) - done))
        return self.there(plan, draws)

    def _through(self, jobs: Sequence[Job]) -> Iterator[Job]:
        first, rest = jobs[:1], jobs[1:]
        for job in first:  # tells the pace
            self._one(job)
            yield job
        if self.pace * len(rest) < WORTH_SHARING or _cores() == 1:
            for job in rest:
                self._one(job)
                yield job
            return
        from loky import ProcessPoolExecutor

        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
        pool = ProcessPoolExecutor(max_workers=_cores(), env=threads)
        left = set(rest)
        try:
            with interrupts_ignored():
                asked = {pool.submit(_run, self.moved({job[0]: dict(job[1])}), job[0], job[2]): job for job in rest}
            for answer in as_completed(asked):
                job = asked[answer]
                self._kept[job] = answer.result()
                left.discard(job)
                yield job
        finally:
            pool.shutdown(wait=True, kill_workers=bool(left))

    def there(self, plan: Plan, draws: int, policies: Sequence[str] = ()) -> Tried:
        """Return the comparison of the draws that are complete, at most ``draws``; of some policies only when they are named."""
        asked = [(policy, settings) for policy, settings in _all(plan) if not policies or policy in policies]
        outcomes: list[Outcome] = []
        for draw in range(draws):
            row = [self._kept.get((policy, tuple(sorted(settings.items())), draw)) for policy, settings in asked]
            if None in row:
                break
            outcomes += [one for one in row if one is not None]
        return Tried(self.moved(plan), 0, outcomes, STATUS_QUO)

    def own_against_written(self, policy: str, settings: Settings, draws: int) -> tuple[list[Outcome], list[Outcome]]:
        """Return the kept runs of a mode as it is set and as its document writes it, draw by draw."""
        both: tuple[list[Outcome], list[Outcome]] = ([], [])
        for draw in range(draws):
            row = [self._kept.get((policy, key, draw)) for key in (tuple(sorted(settings.items())), ())]
            if row[0] is not None and row[1] is not None:
                both[0].append(row[0])
                both[1].append(row[1])
        return both


def _all(plan: Plan) -> list[tuple[str, Settings]]:
    return [(STATUS_QUO, {}), *plan.items()]


def _run(scenario: Scenario, policy: str, draw: int, region: Any = None) -> Outcome:
    from edusim.build import build_case, region_of

    case = build_case(scenario, seed=0, draw=draw, design=DESIGN, region=region or region_of(scenario))
    return simulate(scenario, policy, seed=0, draw=draw, design=DESIGN, case=case)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
