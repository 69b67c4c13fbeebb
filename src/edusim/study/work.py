"""The bench of a worker: it carries out one task after another and never raises.

A bench keeps what neighbouring tasks share: the last scenarios, and the last counties drawn. Which values
of the law a county was drawn from is noted while it is drawn, so that a county is used again exactly when
everything that it was made of has the same bits.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import struct
import time
import traceback
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.build import build_case, region_of
from edusim.declarations import STATUS_QUO
from edusim.errors import ConfigError, EdusimError
from edusim.model import warm_up
from edusim.runs import simulate
from edusim.study.disk import host_name
from edusim.study.study_file import alone
from edusim.study.tasks import Result, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.measures import YearMeasures
    from edusim.parameters import Law, Parameters
    from edusim.region import Case, Region
    from edusim.scenario import Scenario
    from edusim.study.study_file import Outcome, Study

#: Scenarios and drawn counties that a bench keeps; a county of this many pupils or more is kept with one other.
_SCENARIOS, _CASES, _LARGE = 8, 4, 200_000
#: Runs between two searches of the whole memory for what is no longer used.
_FULL_COLLECTION = 200
_COLUMN = re.compile(r"(?P<measure>[^\[\]]+)(\[(?P<stage>\w+)\])?")
_KEY_BYTES = 32


@dataclass(frozen=True)
class Job:
    """All that a worker must know of a study to carry out its tasks; sent to each worker once.

    Attributes
    ----------
    scenario
        The study's scenario, without levers.
    keep
        Columns kept for every year: ``measure`` or ``measure[stage]``.
    outcomes
        The outcomes asked of every run.
    now
        Folder in which a worker notes the run that it is at; empty: it notes nothing.
    before
        ``module:function`` called with each task before it is run; empty for none. For those who try what
        happens when something breaks.
    reuse
        Whether drawn counties are used again; the bits of the results are the same either way.
    id
        Tells jobs apart.
    """

    scenario: Scenario
    keep: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()
    now: str = ""
    before: str = ""
    reuse: bool = True
    id: str = field(default_factory=lambda: uuid.uuid4().hex, compare=False)


def job_of(study: Study, now: str | os.PathLike[str] = "", before: str = "") -> Job:
    """Return the job of a study.

    Parameters
    ----------
    study
        The study.
    now
        The store's folder of marks; empty: none are made.
    before
        See :class:`Job`.
    """
    return Job(study.scenario, study.keep, study.outcomes, os.fspath(now), before)


class _Noted:
    """A law that notes which of its values are read."""

    def __init__(self, law: Law) -> None:
        self._law = law
        self.paths: dict[str, None] = {}
        #: Whether something else than single values was asked for, so that the notes are not complete.
        self.whole = False

    def __getitem__(self, path: str) -> float:
        self.paths[path] = None
        return self._law[path]

    def __getattr__(self, name: str) -> Any:
        self.whole = True
        return getattr(self._law, name)


def _bits(parameters: Parameters, paths: Sequence[str]) -> bytes:
    """Return the bits of some values that hold in the base year, without building the whole law."""
    year = parameters.base_year
    return struct.pack(f"{len(paths)}d", *(parameters.values(path, year)[0][0] for path in paths))


@dataclass
class _Drawn:
    """A county drawn before, and what it was made of."""

    made_of: tuple[Any, ...]
    paths: tuple[str, ...]
    bits: bytes
    case: Case


class _Mark:
    """The file in which a worker process notes the key of the run that it is at."""

    def __init__(self, folder: str) -> None:
        self.path = mark_of(folder, os.getpid())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o644)
        self.clear()

    def set(self, key: str) -> None:
        os.pwrite(self._file, key.ljust(_KEY_BYTES).encode("ascii"), 0)

    def clear(self) -> None:
        os.pwrite(self._file, b" " * _KEY_BYTES, 0)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._file)
        self.path.unlink(missing_ok=True)


def mark_of(folder: str | os.PathLike[str], pid: int) -> Path:
    """Return the file in which a process of this machine notes the run that it is at."""
    return Path(folder) / f"{host_name()}-{pid}"


class Bench:
    """Carries out the tasks of a job in this process, one numerical thread.

    Parameters
    ----------
    job
        What to do.
    own_process
        Whether the process exists for this bench alone: then loops are loaded at once, Python's search for unused cycles is the
        bench's own affair, and what is there at the start is left out of it.
    """

    def __init__(self, job: Job, *, own_process: bool = False) -> None:
        self.job = job
        self.worker = f"{host_name()}:{os.getpid()}"
        self._columns = [_column(name) for name in job.keep]
        self._columns += [(outcome.measure, outcome.stage) for outcome in job.outcomes]
        self._places: OrderedDict[int, tuple[Any, NDArray[np.int64]]] = OrderedDict()
        self._scenarios: OrderedDict[tuple[str, tuple[tuple[str, Any], ...]], Scenario] = OrderedDict()
        self._drawn: list[_Drawn] = []
        self._region: tuple[Any, Region] | None = None
        self._mark = _Mark(job.now) if job.now else None
        self._before = _named(job.before) if job.before else None
        self._own_process, self._runs = own_process, 0
        if own_process:
            # Compiled loops are loaded now, so that no run's time holds it.
            warm_up()
            gc.collect()
            gc.freeze()

    def close(self) -> None:
        """Take the mark of this process away; what the bench kept is let go."""
        if self._mark is not None:
            self._mark.remove()
            self._mark = None
        self._drawn, self._region = [], None
        self._scenarios.clear()

    def carry_out(self, task: Task) -> Result:
        """Run a task and return what became of it; whatever fails is told in the result.

        Parameters
        ----------
        task
            The run to make.

        Returns
        -------
        Result
            ``done`` with its numbers; or ``failed`` with the code of the fault (its own, or ``RUN-MEMORY``,
            ``BUG-UNEXPECTED``) and its traceback.
        """
        begin = time.perf_counter()
        if self._mark is not None:
            self._mark.set(task.key)
        searching = gc.isenabled()
        # Agents and their model hold each other: what a run leaves behind is searched for once, after it.
        gc.disable()
        try:
            values, outcomes, digest = self._run(task)
            found = Result(
                task.key, task.attempt, "done", values, outcomes, time.perf_counter() - begin, digest, self.worker
            )
        except Exception as problem:
            code = getattr(problem, "code", "") if isinstance(problem, EdusimError) else ""
            code = code or ("RUN-MEMORY" if isinstance(problem, MemoryError) else "BUG-UNEXPECTED")
            seconds = time.perf_counter() - begin
            found = Result(
                task.key, task.attempt, "failed", seconds=seconds, worker=self.worker, code=code, error=traceback.format_exc()
            )
        finally:
            self._tidy(searching)
            if self._mark is not None:
                self._mark.clear()
        return found

    def _tidy(self, searching: bool) -> None:
        self._runs += 1
        gc.collect(2 if self._runs % _FULL_COLLECTION == 0 and self._own_process else 0)
        if searching and not self._own_process:
            gc.enable()

    def _run(self, task: Task) -> tuple[NDArray[np.float64], NDArray[np.float64], str]:
        if self._before is not None:
            self._before(task)
        scenario = self._scenario(task)
        case = self._case(scenario, task)
        outcome = simulate(
            scenario, task.policy, seed=task.seed, draw=task.draw, design=task.design, records="none", case=case
        )
        wide = self._values(outcome.years)
        n_kept = len(self.job.keep)
        asked = self._outcomes(outcome.years, wide[:, n_kept:])
        return np.ascontiguousarray(wide[:, :n_kept]), asked, str(outcome.facts["digest"])

    def _scenario(self, task: Task) -> Scenario:
        if not task.changes:
            return self.job.scenario
        # A scenario checks all its policies: what one of them refuses (a flow times a term) another may take.
        for whose in ("", task.policy):
            found = self._scenarios.pop((whose, task.changes), None)
            if found is None:
                try:
                    found = alone(self.job.scenario, whose, dict(task.changes)) if whose else self.job.scenario.with_(dict(task.changes))
                except ConfigError:
                    if whose:
                        raise
                    continue
                while len(self._scenarios) >= _SCENARIOS:
                    self._scenarios.popitem(last=False)
            self._scenarios[whose, task.changes] = found
            return found
        raise AssertionError("the second try returns or raises")

    def _case(self, scenario: Scenario, task: Task) -> Case:
        spec = scenario.region_spec
        parameters = scenario.parameters(STATUS_QUO)
        made_of = (task.seed, task.draw, task.design, scenario.base_year, scenario.years, spec)
        for place, drawn in enumerate(self._drawn):
            if drawn.made_of == made_of and _bits(parameters, drawn.paths) == drawn.bits:
                self._drawn.append(self._drawn.pop(place))
                return drawn.case
        if self._region is None or self._region[0] != spec:
            self._region = (spec, region_of(scenario))
        noted = _Noted(parameters.at(scenario.base_year))
        case = build_case(
            scenario, seed=task.seed, draw=task.draw, design=task.design, region=self._region[1], law=noted
        )
        if self.job.reuse and not noted.whole:
            paths = tuple(noted.paths)
            most = _CASES if case.state.pupils.n < _LARGE else 2
            self._drawn = [*self._drawn[1 - most :], _Drawn(made_of, paths, _bits(parameters, paths), case)]
        return case

    def _values(self, years: Sequence[YearMeasures]) -> NDArray[np.float64]:
        """Return float64 [years, kept columns and one for each outcome]; NaN where a policy has no such row."""
        out = np.empty((len(years), len(self._columns)))
        for row, year in enumerate(years):
            # A place of -1 is the NaN put after the last number.
            out[row] = np.append(year.values, np.nan)[self._places_of(year.keys)]
        return out

    def _places_of(self, keys: Any) -> NDArray[np.int64]:
        found = self._places.get(id(keys))
        if found is None:
            stages: dict[str, list[str]] = {}
            for measure, stage, unit in keys.place:
                if unit == "county":
                    stages.setdefault(measure, []).append(stage)
            places = np.full(len(self._columns), -1, np.int64)
            for i, (measure, stage) in enumerate(self._columns):
                known = stages.get(measure, [])
                # A measure of one part of school only needs no stage.
                stage = stage or ("all" if "all" in known or len(known) != 1 else known[0])
                places[i] = keys.place.get((measure, stage, "county"), -1)
            while len(self._places) >= 16:
                self._places.popitem(last=False)
            # The keys are kept with their places: no other object can take their identity.
            found = self._places[id(keys)] = (keys, places)
        return found[1]

    def _outcomes(self, years: Sequence[YearMeasures], wide: NDArray[np.float64]) -> NDArray[np.float64]:
        out = np.full(len(self.job.outcomes), np.nan)
        at = {str(year.year): row for row, year in enumerate(years)}
        for i, outcome in enumerate(self.job.outcomes):
            column = wide[:, i]
            if outcome.at in at:
                out[i] = column[at[outcome.at]]
            elif outcome.at == "last":
                out[i] = column[-1]
            elif outcome.at in _OVER_YEARS and column.size > 1:
                out[i] = _OVER_YEARS[outcome.at](column[1:])
        return out


_OVER_YEARS: dict[str, Callable[[NDArray[np.float64]], Any]] = {"mean": np.mean, "sum": np.sum, "max": np.max, "min": np.min}


def _column(name: str) -> tuple[str, str]:
    """Return measure and stage of a kept column; no stage: the whole school, or the only one there is."""
    found = _COLUMN.fullmatch(name)
    return (found["measure"], found["stage"] or "") if found else (name, "")


def _named(name: str) -> Callable[[Task], Any]:
    module, _, function = name.partition(":")
    found: Callable[[Task], Any] = getattr(importlib.import_module(module), function)
    return found


__all__ = ["Bench", "Job", "job_of", "mark_of"]
