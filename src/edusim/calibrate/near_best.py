"""The best parameter set and the sets that a table cannot tell from it.

The near-best sets are those whose ``-2 ln L`` is within 3.84 of the best: 3.84 is the 95% point of chi-square with one degree of
freedom, so what they cover of one parameter, whatever the others are, is its 95% (profile likelihood) interval. A parameter
that the table says nothing of keeps its whole range.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: 95% point of chi-square with one degree of freedom.
THRESHOLD = 3.841458820694124
#: Points laid over the ranges, rounds of growing the set and proposals a round.
_LAID, _ROUNDS, _PROPOSALS = 12, 24, 1536
_KEPT = 600
#: Width of an interval over the range: identified up to the first, partly up to the second.
YES, PARTLY = 1 / 3, 2 / 3


@dataclass(frozen=True)
class NearBest:
    """Best set and near-best sets, on -1..1 over the ranges.

    Attributes
    ----------
    best
        float64 [parameters].
    value
        ``-2 ln L`` of the best.
    sets
        float64 [sets, parameters]: near-best sets, the best first.
    low, high
        float64 [parameters]: what the sets cover.
    """

    best: NDArray[np.float64]
    value: float
    sets: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def width(self) -> NDArray[np.float64]:
        """Return what the sets cover of each parameter's range, 0 to 1."""
        return np.asarray((self.high - self.low) / 2.0)

    def correlation(self) -> NDArray[np.float64]:
        """Return the correlations of the parameters over the near-best sets."""
        sets = self.sets
        if len(sets) < 3:
            return np.eye(sets.shape[1])
        z = sets - sets.mean(axis=0)
        scale = np.sqrt((z**2).mean(axis=0))
        z = z / np.where(scale > 0, scale, 1.0)
        out = z.T @ z / len(z)
        np.fill_diagonal(out, 1.0)
        return np.asarray(out)


def verdict(width: float) -> str:
    """Return whether a parameter is identified, by the share of its range that near-best sets cover: yes, partly, no."""
    return "yes" if width <= YES else "partly" if width <= PARTLY else "no"


def search(
    distance: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    n: int,
    seed: int,
    start: NDArray[np.float64] | None = None,
    threshold: float = THRESHOLD,
    laid: int = _LAID,
) -> NearBest:
    """Return the best set and the near-best sets of a distance.

    Parameters
    ----------
    distance
        From float64 [points, n] on -1..1 to ``-2 ln L``, float64 [points].
    n
        Number of parameters.
    seed
        Of the points laid and proposed.
    start
        Points to begin from beside those laid, for example the trials.
    threshold
        How far from the best a near-best set may be.
    laid
        Base-2 logarithm of the number of points laid.

    Notes
    -----
    A Sobol sequence and a descent find the best; the set around it is grown by differences of its own members, which follow
    narrow ridges whatever their direction, and by stepping outwards from its extremes.
    """
    from scipy.stats import qmc

    random = np.random.default_rng([seed, 29])
    points = 2.0 * qmc.Sobol(n, seed=random).random_base2(laid) - 1.0
    if start is not None:
        points = np.concatenate((points, start))
    values = distance(points)
    order = np.argsort(values, kind="stable")
    best, value = points[order[0]], float(values[order[0]])
    for place in order[:4]:
        found, at = _descend(distance, points[place], float(values[place]))
        if at < value:
            best, value = found, at
    keep = order[: max(8 * n, 64)]
    pool, height = np.concatenate((best[None], points[keep])), np.concatenate(([value], values[keep]))
    for turn in range(_ROUNDS):
        # The set is closed in upon: wide at first, so that it is not empty, then as asked.
        wide = threshold * max(1.0, 8.0 * (1.0 - turn / (0.6 * _ROUNDS)))
        new = _propose(pool, height, random, turn, _PROPOSALS, n)
        pool, height = np.concatenate((pool, new)), np.concatenate((height, distance(new)))
        if float(height.min()) < value:
            place = int(height.argmin())
            best, value = _descend(distance, pool[place], float(height[place]))
            pool, height = np.concatenate((pool, best[None])), np.concatenate((height, [value]))
        near = height <= value + wide
        pool, height = _thinned(pool[near], height[near], value + threshold, n)
    inside = height <= value + threshold
    sets = pool[inside]
    sets = np.concatenate((best[None], sets[np.any(sets != best, axis=1)]))
    return NearBest(best, value, sets, sets.min(axis=0), sets.max(axis=0))


def _propose(
    pool: NDArray[np.float64], height: NDArray[np.float64], random: np.random.Generator, turn: int, size: int, n: int
) -> NDArray[np.float64]:
    a, b, c = (pool[random.integers(0, len(pool), size)] for _ in range(3))
    step = random.choice([0.4, 0.8, 1.5], size)[:, None]
    new = a + step * (b - c) + 0.02 * random.standard_normal((size, n))
    # A third steps outwards from the extreme members of a parameter.
    for i in range(n):
        for side in (-1.0, 1.0):
            rows = slice((2 * i + (side > 0)) * size // (6 * n), (2 * i + (side > 0) + 1) * size // (6 * n))
            few = np.argsort(-side * pool[:, i], kind="stable")[:12]
            count = rows.stop - rows.start
            from_ = pool[few[random.integers(0, len(few), count)]]
            spread = pool.std(axis=0) + 0.01
            new[rows] = from_ + random.standard_normal((count, n)) * spread * 0.3
            new[rows, i] = from_[:, i] + side * np.abs(random.standard_normal(count)) * spread[i] * 0.5
    # What leaves the ranges is reflected, then cut.
    new = np.where(new > 1.0, 2.0 - new, np.where(new < -1.0, -2.0 - new, new))
    new[::7] = np.where(random.random((len(new[::7]), n)) < 0.15, np.sign(new[::7]), new[::7])  # the ranges' own ends
    return np.clip(new, -1.0, 1.0)


def _thinned(
    pool: NDArray[np.float64], height: NDArray[np.float64], limit: float, n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Keep the extremes of every parameter inside the limit, and a fair share of the others."""
    if len(pool) <= _KEPT:
        return pool, height
    chosen = {int(height.argmin())}
    inside = np.flatnonzero(height <= limit)
    for i in range(n):
        if inside.size:
            by = inside[np.argsort(pool[inside, i], kind="stable")]
            chosen.update(int(k) for k in (*by[:8], *by[-8:]))
    others = np.setdiff1d(inside, list(chosen))
    room = max(0, _KEPT - len(chosen))
    chosen.update(int(k) for k in others[np.linspace(0, len(others) - 1, min(room, len(others))).astype(int)])
    if len(chosen) < _KEPT:
        rest = np.setdiff1d(np.arange(len(pool)), list(chosen))
        rest = rest[np.argsort(height[rest], kind="stable")]
        chosen.update(int(k) for k in rest[: _KEPT - len(chosen)])
    rows = np.array(sorted(chosen))
    return pool[rows], height[rows]


def _descend(
    distance: Callable[[NDArray[np.float64]], NDArray[np.float64]], x: NDArray[np.float64], value: float
) -> tuple[NDArray[np.float64], float]:
    """Return where a descent from a point ends: steps of Gauss and Newton's kind by finite differences, bounded."""
    from scipy.optimize import minimize

    def slope(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        step = 1e-4
        around = np.repeat(at[None], 2 * len(at) + 1, axis=0)
        place = np.arange(len(at))
        up, down = np.minimum(at + step, 1.0), np.maximum(at - step, -1.0)
        around[1 + place, place], around[1 + len(at) + place, place] = up, down
        f = distance(around)
        return float(f[0]), (f[1 : 1 + len(at)] - f[1 + len(at) :]) / (up - down)

    found = minimize(slope, x, jac=True, method="L-BFGS-B", bounds=[(-1.0, 1.0)] * len(x), options={"maxiter": 60})
    return (np.asarray(found.x), float(found.fun)) if found.fun < value else (x, value)
