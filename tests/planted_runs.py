"""Runs with planted outcomes: an engine that reckons instead of simulating, for studies whose answer is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from edusim.study import driver
from edusim.study.engines import Answer
from edusim.study.study_file import Study
from edusim.study.tasks import Result, Task
from edusim.study.work import Job

#: From a policy, its parameters' values and its draw to the study's outcomes.
Planted = Callable[[str, Mapping[str, Any], int], Sequence[float]]


class Planter:
    """An engine that gives the outcomes of ``planted``; a run for which it raises has failed."""

    name = "here"
    workers = 1

    def __init__(self, planted: Planted, most: int = 10**9) -> None:
        self.planted, self.most, self.made = planted, most, 0

    def __enter__(self) -> Planter:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def stop(self, at_once: bool = True) -> None:
        """Nothing is under way."""

    def is_set(self) -> bool:
        """Whether as many runs as wanted are made: what stops a study."""
        return self.made >= self.most

    def map(self, job: Job, batches: Iterable[Sequence[Task]]) -> Iterator[Answer]:
        """Yield each batch with its results."""
        for batch in batches:
            yield batch, [self._one(job, task) for task in batch]

    def _one(self, job: Job, task: Task) -> Result:
        self.made += 1
        try:
            outcomes = np.array(self.planted(task.policy, dict(task.changes), task.draw), np.float64)
        except ArithmeticError as error:
            return Result(task.key, task.attempt, "failed", code="PLANTED", error=str(error))
        return Result(task.key, task.attempt, "done", np.zeros((job.scenario.years + 1, len(job.keep))), outcomes, 0.01, "d", "here:1")


def plant(study: Study, planted: Planted, most: int = 10**9) -> int:
    """Carry a study out with planted outcomes, at most so many runs; return how many were made."""
    engine = Planter(planted, most)
    driver.carry_on(study, driver.store_of(study), engine=engine, stop=engine)
    return engine.made


def luck(draw: int) -> float:
    """Return a number of a draw, standard normal over draws."""
    return float(np.random.default_rng(draw).normal())
