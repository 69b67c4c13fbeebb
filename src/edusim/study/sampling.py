"""Where the points of a design lie: grids, Latin hypercubes, Sobol points; and the quantiles of each factor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.study.factors import normal_ends
from edusim.study.parts import Factor, Sampling
from edusim.study.ratios import LOG_UNIFORM
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Significant digits of the values of a grid: 0.1 and not 0.09999999999999999, whatever the steps.
_DIGITS = 12


def sampled(layout: Sampling, factors: Sequence[Factor], stream: int) -> dict[str, Sequence[Value]]:
    """Return the values of every factor at every point: name -> values; points that fall together stand once."""
    if not factors:
        return {}
    columns = _grid(factors) if layout.method == "grid" else _drawn(layout, factors, stream)
    if layout.method != "grid" and all(factor.values or factor.whole for factor in factors):
        rows = list(zip(*columns, strict=True))
        first = sorted(dict(zip(reversed(rows), range(len(rows) - 1, -1, -1), strict=True)).values())
        columns = [[column[i] for i in first] for column in columns]
    return {factor.name: column for factor, column in zip(factors, columns, strict=True)}


def grid_values(factor: Factor) -> list[Value]:
    """Return the values of a factor in a grid: evenly spaced over its range, or those that it lists."""
    if factor.values:
        return list(factor.values)
    steps = factor.steps or int(factor.high - factor.low) + 1
    found: list[Value] = []
    for i in range(steps):
        # The share is the same number for 1/2 and 2/4: a finer grid keeps the points of a coarser one.
        value = factor.low + (factor.high - factor.low) * (i / (steps - 1)) if i < steps - 1 else factor.high
        if factor.whole:
            found.append(math.floor(value + 0.5))
        else:
            found.append(min(max(float(f"{value:.{_DIGITS}g}"), factor.low), factor.high) + 0.0)
    return found


def _grid(factors: Sequence[Factor]) -> list[list[Value]]:
    values = [grid_values(factor) for factor in factors]
    places = np.indices([len(column) for column in values]).reshape(len(values), -1)
    return [[column[i] for i in place] for column, place in zip(values, places.tolist(), strict=True)]


def _drawn(layout: Sampling, factors: Sequence[Factor], stream: int) -> list[Sequence[Value]]:
    from scipy.stats import qmc

    # The stream keeps levers and uncertainties apart under one seed; the order of the file does not count.
    random = np.random.default_rng([layout.seed, stream])
    sampler: Any = (qmc.Sobol if layout.method == "sobol" else qmc.LatinHypercube)(len(factors), seed=random)
    unit: NDArray[np.float64] = sampler.random(layout.n)
    order = sorted(range(len(factors)), key=lambda i: factors[i].name)
    found: list[Sequence[Value]] = [()] * len(factors)
    for dimension, i in enumerate(order):
        found[i] = spread(factors[i], unit[:, dimension])
    return found


def spread(factor: Factor, unit: NDArray[np.float64]) -> list[Value]:
    """Return the values of a factor for numbers that are uniform over 0 to 1.

    Parameters
    ----------
    factor
        Listed values and whole numbers are each as likely; a distribution goes through its quantiles.
    unit
        float64, shape (n,), from 0 to below 1.

    Returns
    -------
    list
        n values: float, int, bool or str.
    """
    if factor.values:
        places = np.minimum((unit * len(factor.values)).astype(np.int64), len(factor.values) - 1)
        return [factor.values[i] for i in places.tolist()]
    if factor.whole:
        n = factor.high - factor.low + 1
        whole = factor.low + np.minimum(np.floor(unit * n), n - 1)
        return list(whole.astype(np.int64).tolist())
    if factor.dist == "triang":
        from scipy.stats import triang

        low, mode, high = factor.params
        values = triang.ppf(unit, (mode - low) / (high - low), loc=low, scale=high - low)
    elif factor.dist == LOG_UNIFORM:
        values = factor.low * np.exp(unit * math.log(factor.high / factor.low))
    elif factor.dist in ("norm", "lognorm"):
        from scipy.stats import truncnorm

        centre, width = factor.params
        z = truncnorm.ppf(unit, *normal_ends(factor))
        values = centre + width * z if factor.dist == "norm" else centre * np.exp(width * z)
    else:
        values = factor.low + unit * (factor.high - factor.low)
    return list((np.clip(values, factor.low, factor.high) + 0.0).tolist())
