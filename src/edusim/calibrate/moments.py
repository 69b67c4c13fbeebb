"""What the model gives for a set of parameters: the targets' numbers, draw by draw.

Every trial has draws of people of its own, so that the chance of one does not stay in all of them. Where the county's frame
is not known (``county: drawn``) each draw has another one too. Statistics of the drawn county alone need no year to be run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.calibrate.calibration_file import Calibration
from edusim.calibrate.county import STATISTICS, statistics
from edusim.errors import RunError
from edusim.study.asked import measure_of
from edusim.study.tasks import Result, Task, Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study.engines import Engine

#: Draws of trials are numbered from 0; those of planted tables, of checks and of predictions begin here.
PLANTED, CHECKED, PREDICTED = 10_000_000, 20_000_000, 30_000_000
#: Trials whose runs are handed out together: as many scenarios as a worker keeps.
_TOGETHER = 8


class Model:
    """Gives numbers for parameter sets, in processes of this machine where there are several workers.

    Parameters
    ----------
    calibration
        What is asked.
    workers
        Processes; 1 works in this one. The numbers are the same whatever it is.
    """

    def __init__(self, calibration: Calibration, workers: int = 1) -> None:
        from edusim.study.work import Job

        self.calibration, self.workers = calibration, max(1, workers)
        self.targets = (*calibration.targets, *calibration.held)
        columns = [t.column for t in self.targets]
        self._keep = tuple(dict.fromkeys(c for c in columns if not c.startswith("rule2012.")))
        self._drawn = [k for k, c in enumerate(columns) if c.startswith("rule2012.")]
        base = calibration.scenario.base_year
        self._places = [
            (k, (t.year or base) - base, self._keep.index(t.column)) for k, t in enumerate(self.targets) if t.column in self._keep
        ]
        self._job = Job(calibration.scenario, self._keep)
        self._engine: Engine | None = None
        self._stack = ExitStack()
        #: Runs that failed, by code.
        self.failed: dict[str, int] = {}

    def __enter__(self) -> Model:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, problem, trace)
        self._engine = None

    def _changes(self, point: Sequence[float] | NDArray[np.float64], draw: int) -> tuple[tuple[str, Value], ...]:
        calibration = self.calibration
        changes: dict[str, Value] = {f.name: float(x) for f, x in zip(calibration.factors, point, strict=True)}
        if calibration.county == "drawn":
            text = f"{calibration.scenario.region_spec.seed} {calibration.root} {draw}"
            changes["region.seed"] = int(hashlib.sha256(text.encode()).hexdigest()[:12], 16)
        return tuple(sorted(changes.items()))

    def numbers(
        self, points: Sequence[Sequence[float]] | NDArray[np.float64], draws: Sequence[Sequence[int]]
    ) -> Iterator[tuple[int, NDArray[np.float64]]]:
        """Yield the numbers of each parameter set as soon as they are complete, in the order of the sets.

        Parameters
        ----------
        points
            Parameter sets, in the order of the calibration's factors.
        draws
            Draws of each.

        Yields
        ------
        tuple
            Position of the set, and float64 [draws, targets]; NaN where a run failed.

        Raises
        ------
        RunError
            ``CAL-WORKER`` when a worker process died twice over the same runs.
        """
        found = [np.full((len(d), len(self.targets)), np.nan) for d in draws]
        left = [len(d) for d in draws]
        if self._drawn:
            for i, (point, numbers) in enumerate(zip(points, draws, strict=True)):
                for j, draw in enumerate(numbers):
                    found[i][j, self._drawn] = self._county(point, draw)
        if not self._keep:
            yield from enumerate(found)
            return
        tasks = []
        for first in range(0, len(points), _TOGETHER):
            together = range(first, min(first + _TOGETHER, len(points)))
            for j in range(max(len(draws[i]) for i in together)):
                tasks.append([self._task(i, j, points[i], draws[i][j]) for i in together if j < len(draws[i])])
        done = 0
        for result in self._carry_out(tasks):
            i, j = (int(part) for part in result.key.split("-"))
            if result.values is None:
                self.failed[result.code] = self.failed.get(result.code, 0) + 1
            else:
                for k, row, column in self._places:
                    found[i][j, k] = result.values[row, column]
            left[i] -= 1
            while done < len(points) and left[done] == 0:
                yield done, found[done]
                done += 1

    def _task(self, i: int, j: int, point: Sequence[float] | NDArray[np.float64], draw: int) -> Task:
        calibration = self.calibration
        return Task(f"{i}-{j}", calibration.policy, calibration.scenario.design, calibration.root, draw, self._changes(point, draw))

    def _county(self, point: Sequence[float] | NDArray[np.float64], draw: int) -> list[float]:
        """Return the statistics of one drawn county."""
        from edusim.build import build_case

        changed = self.calibration.scenario.with_(dict(self._changes(point, draw)))
        found: Mapping[tuple[str, str], float] = statistics(build_case(changed, seed=self.calibration.root, draw=draw))
        return [found[measure_of(self.targets[k].column)] for k in self._drawn]

    def _carry_out(self, batches: Sequence[Sequence[Task]]) -> Iterator[Result]:
        from edusim.study.engines import Died, Here, Loky

        if self._engine is None:
            engine: Any = Here() if self.workers == 1 else Loky(self.workers)
            self._engine = self._stack.enter_context(engine)
        for attempt in (1, 2):
            lost: list[Sequence[Task]] = []
            for batch, answer in self._engine.map(self._job, batches):
                if isinstance(answer, Died):
                    lost.append(batch)
                else:
                    yield from answer
            batches = lost
            if not batches:
                return
            if attempt == 2:
                raise RunError(
                    "CAL-WORKER", "工作进程两次中断", "a worker process died twice",
                    mend_zh="多半是内存不足：请减小县的规模或进程数", mend_en="most likely memory: take a smaller county or fewer workers",
                )  # fmt: skip


def mean_of(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of the draws that were not lost, float64 [targets]; NaN where all were."""
    present = np.isfinite(numbers)
    total = np.where(present, numbers, 0.0).sum(axis=0)
    count = present.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


__all__ = ["CHECKED", "PLANTED", "PREDICTED", "STATISTICS", "Model", "mean_of"]
