"""Scores of plans over futures and draws: means with their errors, probabilities, who is dominated, how much a score flattered.

All plans meet the same futures and the same draws (common random numbers), so differences between plans, and from the status quo,
hold no luck that both share. Futures and draws are both samples, crossed: the error of a mean counts both, as in a two-way layout
with random rows and columns (Searle, Casella and McCulloch 1992), with Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.map_cells import crossed_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: Coverage of all intervals.
LEVEL = 0.95


@dataclass(frozen=True)
class Mean:
    """A mean over futures and draws: its value, standard error (NaN when not known), and 95% interval."""

    value: float
    error: float
    low: float
    high: float

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low)


def mean_of(table: NDArray[np.float64]) -> Mean:
    """Return the mean of a table with its 95% interval over new futures and new draws.

    Parameters
    ----------
    table
        float64 [future, draw]; one row where there is one future only.

    Returns
    -------
    Mean
        With one future the error counts draws alone, with one draw futures alone; with one of both there is none.

    Notes
    -----
    The error is that of :func:`edusim.report.map_cells.crossed_error`.
    """
    from scipy.stats import t

    rows, columns = table.shape
    value = float(np.mean(table))
    if not np.isfinite(table).all() or table.size < 2:
        return Mean(value, math.nan, math.nan, math.nan)
    if rows == 1 or columns == 1:
        n = table.size
        error, freedom = float(np.std(table, ddof=1)) / math.sqrt(n), float(n - 1)
    else:
        error, freedom = crossed_error(table)
    half = float(t.ppf(0.5 + LEVEL / 2, max(freedom, 1.0))) * error if error > 0 else 0.0
    return Mean(value, error, value - half, value + half)


def share_of(kept: NDArray[np.bool_]) -> Mean:
    """Return the share of runs that keep a limit, with its 95% interval (Wilson's, for as many runs as the table is worth).

    Parameters
    ----------
    kept
        bool [future, draw].

    Notes
    -----
    Runs of one future, or of one draw, resemble each other: the number that counts is p (1 - p) over the two-way variance of the
    mean, between the smaller side of the table and all its cells; where all runs agree, the smaller side that is a sample.
    """
    from scipy.stats import norm

    found = mean_of(kept.astype(np.float64))
    p = found.value
    sides = [side for side in kept.shape if side > 1] or [1]
    worth = float(min(sides))
    if 0 < p < 1 and found.error > 0:
        worth = min(max(p * (1 - p) / found.error**2, worth), float(kept.size))
    z = float(norm.ppf(0.5 + LEVEL / 2))
    centre = (p + z * z / (2 * worth)) / (1 + z * z / worth)
    half = z / (1 + z * z / worth) * math.sqrt(p * (1 - p) / worth + z * z / (4 * worth * worth))
    return Mean(p, found.error, max(0.0, centre - half) if p > 0 else 0.0, min(1.0, centre + half) if p < 1 else 1.0)


def excess(table: NDArray[np.float64], limit: float, sense: str, probability: float) -> float:
    """Return by how much a limit is broken at its probability: 0 or below exactly where so many runs keep it.

    Parameters
    ----------
    table
        float64 [future, draw]; a run without a number does not keep the limit.
    limit, sense
        The limit, and ``at_most`` or ``at_least``.
    probability
        Least share of runs that must keep it.

    Returns
    -------
    float
        The k-th smallest excess, k the least number of runs that are so large a share, over the size of the limit. Unlike the
        share itself it tells a search which of two plans is nearer where neither keeps the limit often enough.
    """
    over = (table - limit if sense == "at_most" else limit - table).ravel()
    over = np.sort(np.where(np.isfinite(over), over, np.inf))
    k = max(1, math.ceil(probability * over.size - 1e-9))
    found = float(over[k - 1]) / max(abs(limit), 1e-9)
    return min(found, 1e6)


def keeps(table: NDArray[np.float64], limit: float, sense: str) -> NDArray[np.bool_]:
    """Return which runs keep a limit; one without a number does not."""
    found: NDArray[np.bool_] = np.isfinite(table) & (table <= limit if sense == "at_most" else table >= limit)
    return found


def undominated(objectives: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which plans no other dominates: none is at least as good in everything and better in something.

    Parameters
    ----------
    objectives
        float64 [plan, objective], smaller is better.
    """
    no_worse: NDArray[np.bool_] = np.all(objectives[:, None, :] <= objectives[None, :, :], axis=2)
    better: NDArray[np.bool_] = np.any(objectives[:, None, :] < objectives[None, :, :], axis=2)
    found: NDArray[np.bool_] = ~np.asarray(np.any(no_worse & better, axis=0))
    return found


def surely_dominated(tables: NDArray[np.float64], candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which plans another one beats in every objective beyond luck: the 95% intervals of all paired differences lie below 0.

    Parameters
    ----------
    tables
        float64 [plan, objective, future, draw], smaller is better.
    candidates
        bool [plan]: plans that may beat others.
    """
    n = len(tables)
    found = np.zeros(n, np.bool_)
    means = tables.mean(axis=(2, 3))
    for a in range(n):
        for b in np.flatnonzero(candidates):
            if a == b or not (means[b] < means[a]).all():
                continue
            if all(mean_of(tables[b, k] - tables[a, k]).high < 0 for k in range(tables.shape[1])):
                found[a] = True
                break
    return found


def knee(objectives: NDArray[np.float64]) -> int:
    """Return the plan whose worst loss in any objective is least, each loss as a share of the front's range; the first of equals.

    Parameters
    ----------
    objectives
        float64 [plan, objective] of a front, smaller is better.
    """
    low, high = objectives.min(axis=0), objectives.max(axis=0)
    width = np.where(high > low, high - low, 1.0)
    lost = (objectives - low) / width
    order = np.lexsort((lost.sum(axis=1), lost.max(axis=1)))
    return int(order[0])


def hypervolumes(generations: Sequence[NDArray[np.float64]], ideal: NDArray[np.float64], nadir: NDArray[np.float64]) -> list[float]:
    """Return, after each generation, the share of the box between two points that all plans so far dominate.

    Parameters
    ----------
    generations
        float64 [plan, objective] of the plans of each generation that keep all limits, smaller is better.
    ideal, nadir
        float64 [objective]: best and worst corner of the box.
    """
    from pymoo.indicators.hv import Hypervolume

    width = np.where(nadir > ideal, nadir - ideal, 1.0)
    measure = Hypervolume(ref_point=np.full(len(ideal), 1.0))
    so_far = np.empty((0, len(ideal)))
    found = []
    for plans in generations:
        so_far = np.concatenate((so_far, (plans - ideal) / width))
        inside = so_far[(so_far < 1).all(axis=1)]
        so_far = inside[undominated(inside)] if len(inside) else inside
        found.append(float(measure(np.unique(so_far, axis=0))) if len(so_far) else 0.0)
    return found


__all__ = [
    "LEVEL", "Mean", "excess", "hypervolumes", "keeps", "knee", "mean_of", "share_of", "surely_dominated", "undominated",
]  # fmt: skip
