"""What travels between a study, the processes that run it and its store: a task out, a result back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: States of a run, in the order in which a later one replaces an earlier one of the same attempt.
STATES = ("pending", "failed", "quarantined", "done")

#: A value that a lever or an uncertainty may take.
Value = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Task:
    """One run to make: all that decides its result, and nothing else.

    Attributes
    ----------
    key
        Run key, 32 hexadecimal digits; see :func:`edusim.study.design.run_key`.
    policy
        Key of the policy.
    design
        ``feasible`` or ``identical``.
    seed, draw
        Root seed of the study and number of the draw: equal for every policy and point of a paired study.
    changes
        Parameter path and value for each lever and uncertainty, sorted by path; empty for a baseline run.
    attempt
        How often the run has been tried before, plus 1.
    """

    key: str
    policy: str
    design: str
    seed: int
    draw: int
    changes: tuple[tuple[str, Value], ...]
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a task.

    Attributes
    ----------
    key, attempt
        Of the task.
    state
        ``done``, ``failed``, ``quarantined``; or ``pending`` for a run that is to be tried again.
    values
        float64, shape (years, kept columns): measures of the base year and of every year after it; None
        unless done.
    outcomes
        float64, shape (outcomes): the study's outcomes in its order; None unless done.
    seconds
        Time the run took, compilation left out.
    digest
        Hex digest of the county's last state; empty unless done.
    worker
        ``host:process`` that ran it.
    code, error
        Stable code and full traceback of what went wrong; empty when done.
    """

    key: str
    attempt: int
    state: str
    values: NDArray[np.float64] | None = None
    outcomes: NDArray[np.float64] | None = None
    seconds: float = 0.0
    digest: str = ""
    worker: str = ""
    code: str = ""
    error: str = ""
