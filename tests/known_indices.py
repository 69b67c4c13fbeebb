"""Functions whose indices are known in closed form, and what runs a layout for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from edusim.study.sensitivity import Estimate, Layout, estimate, lay_out, problem_of

ISHIGAMI = {"names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
#: a = 7, b = 0.1: V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2.
ISHIGAMI_VARIANCE = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5
ISHIGAMI_S1 = {"a": 0.3139, "b": 0.4424, "c": 0.0, "dummy": 0.0}
ISHIGAMI_ST = {"a": 0.5576, "b": 0.4424, "c": 0.2437, "dummy": 0.0}
UNIT3 = {"names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}
#: 3 a + b + (0.5 + 2 c) e with e standard normal, the draw as an input: V = 9/12 + 1/12 + E[(0.5 + 2 c)^2] = 41/12.
LUCKY_S1 = {"a": 9 / 41, "b": 1 / 41, "c": 0.0, "seed": 27 / 41, "dummy": 0.0}
LUCKY_ST = {"a": 9 / 41, "b": 1 / 41, "c": 4 / 41, "seed": 31 / 41, "dummy": 0.0}

Outcome = Callable[[Any, Any], Any]


def ishigami(x: Any, e: Any = 0.0) -> Any:
    """Return the outcomes of points [..., 3]; ``e`` standard normal, times a noise of half the function's variance."""
    plain = np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])
    return plain + np.sqrt(ISHIGAMI_VARIANCE / 2) * e


def lucky(x: Any, e: Any) -> Any:
    return 3 * x[..., 0] + x[..., 1] + (0.5 + 2 * x[..., 2]) * e


def luck(draws: Any, seed: int = 0) -> Any:
    """Return a standard normal for every draw, the same for the same number."""
    numbers, places = np.unique(draws, return_inverse=True)
    return np.random.default_rng([seed, 7]).normal(size=len(numbers))[places].reshape(draws.shape)


def answered(problem: dict[str, Any], outcome: Outcome, method: str, n: int, seeds: str = "paired", replicates: int = 1, **more: Any) -> tuple[Layout, Any]:
    asked, quantiles = problem_of(problem)
    layout = lay_out(asked, method, n, seeds=seeds, replicates=replicates, **more)
    return layout, outcome(quantiles(layout.unit)[:, None, :], luck(layout.draws))


def found(problem: dict[str, Any], outcome: Outcome, method: str, n: int, seeds: str = "paired", replicates: int = 1, **more: Any) -> Estimate:
    return estimate(*answered(problem, outcome, method, n, seeds, replicates, **more), resamples=100)


def furthest(estimate: Estimate, index: str, truth: dict[str, float], column: str = "value") -> float:
    """Return by how much the worst index is off."""
    return max(abs(estimate.value(index, name, column=column) - value) for name, value in truth.items())
