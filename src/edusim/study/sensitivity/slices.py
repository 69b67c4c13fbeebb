"""What an outcome does over an input, and over two: means where they are low and high, means in cells, and the part beyond the sum.

Every row of a layout has each input uniform over its own distribution, whatever the method, so a mean over the rows in which an input
lies in some part of its range is that input's conditional mean. Intervals resample whole blocks of the layout, because rows of one
block share inputs; sums by block make that one product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.study.parts import Factor
from edusim.study.sampling import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study.sensitivity.layouts import Layout

#: Part of a range that is called low, and high.
FIFTH = 0.2
#: Cells along an input that has no few values of its own.
CELLS = 5
#: Resamples of an interval, and its probability.
RESAMPLES, INTERVAL = 500, 0.95


@dataclass(frozen=True)
class Sums:
    """Sums of an outcome by block of a layout, resampled.

    Attributes
    ----------
    y
        float64 [rows used]: mean over replicates of each row of a whole block.
    used
        bool [rows]: rows of whole blocks.
    block
        int64 [rows used]: their blocks, counted from 0.
    weights
        float64 [resamples, blocks]: how often each block was drawn.
    """

    y: NDArray[np.float64]
    used: NDArray[np.bool_]
    block: NDArray[np.int64]
    weights: NDArray[np.float64]

    def means(self, cell: NDArray[np.int64], n: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return float64 [n] and [resamples, n]: the mean in each cell, and in each cell of each resample; -1 is in no cell."""
        blocks = self.weights.shape[1]
        inside = cell >= 0
        place = self.block[inside] * n + cell[inside]
        total = np.bincount(place, self.y[inside], blocks * n).reshape(blocks, n)
        count = np.bincount(place, minlength=blocks * n).reshape(blocks, n).astype(np.float64)
        with np.errstate(invalid="ignore", divide="ignore"):
            # einsum adds in one order, whatever the number of threads.
            drawn = np.einsum("rb,bn->rn", self.weights, total) / np.einsum("rb,bn->rn", self.weights, count)
            return total.sum(axis=0) / count.sum(axis=0), drawn


def sums(layout: Layout, y: NDArray[np.float64], seed: int = 0) -> Sums:
    """Return what means are taken from.

    Parameters
    ----------
    layout
        The layout.
    y
        float64 [rows, replicates]; a NaN drops its block.
    seed
        Seed of the resampling.
    """
    broken = np.unique(layout.block[np.isnan(y).any(axis=1)])
    used = ~np.isin(layout.block, broken)
    _, block = np.unique(layout.block[used], return_inverse=True)
    n = int(block.max(initial=-1)) + 1
    random = np.random.default_rng([seed, n])
    weights = random.multinomial(n, np.full(n, 1 / n), RESAMPLES).astype(np.float64) if n else np.zeros((RESAMPLES, 0))
    return Sums(y[used].mean(axis=1), used, block.astype(np.int64), weights)


def _ends(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Return the interval of resampled values; NaN where they say nothing."""
    good = drawn[np.isfinite(drawn)]
    if good.size < 2 or good.size < 0.9 * drawn.size:
        return float("nan"), float("nan")
    tail = (1 - INTERVAL) / 2
    low, high = np.quantile(good, [tail, 1 - tail])
    return float(low), float(high)


def cells_of(factor: Factor) -> int:
    """Return along how many cells an input is laid out: its values where it has few, else :data:`CELLS`."""
    n = len(factor.values) or (int(factor.high - factor.low) + 1 if factor.whole else 0)
    return n if 0 < n <= CELLS or factor.type in ("word", "flag") else CELLS


def centres(factor: Factor, n: int) -> list[Any]:
    """Return the values that stand for each of n equal parts of an input."""
    return list(spread(factor, (np.arange(n) + 0.5) / n))


def swings(factors: Sequence[Factor], layout: Layout, y: NDArray[np.float64], seed: int = 0) -> list[dict[str, Any]]:
    """Return what the outcome is where each input is in the lowest and in the highest fifth of its distribution.

    Parameters
    ----------
    factors
        Inputs in the order of the layout's columns.
    layout
        The layout.
    y
        float64 [rows, replicates]: responses; a NaN drops its block.
    seed
        Seed of the resampling.

    Returns
    -------
    list of dict
        ``input, at_low, at_high`` (values that stand for the two fifths), ``low_mean, low_low, low_high, high_mean, high_low, high_high``.
    """
    these = sums(layout, y, seed)
    found = []
    for i, factor in enumerate(factors):
        unit = layout.unit[these.used, i]
        cell = np.where(unit < FIFTH, 0, np.where(unit > 1 - FIFTH, 1, -1))
        mean, drawn = these.means(cell, 2)
        row: dict[str, Any] = {"input": factor.column}
        row["at_low"], row["at_high"] = spread(factor, np.array([FIFTH / 2, 1 - FIFTH / 2]))
        for k, end in enumerate(("low", "high")):
            low, high = _ends(drawn[:, k])
            row |= {f"{end}_mean": float(mean[k]), f"{end}_low": low, f"{end}_high": high}
        found.append(row)
    return found


def together(
    factors: Sequence[Factor], pairs: Sequence[tuple[str, str]], layout: Layout, y: NDArray[np.float64], seed: int = 0
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what the outcome is over two inputs, and how far that goes beyond the sum of what each does alone.

    Parameters
    ----------
    factors, layout, y, seed
        As in :func:`swings`.
    pairs
        Pairs of columns.

    Returns
    -------
    list of dict
        One row a cell: ``input, other, x, y`` (values that stand for the cell), ``mean, low, high``; ``alone``, the mean over all plus both
        main effects; ``beyond, beyond_low, beyond_high``, the mean less ``alone``. A cell without a row has NaN.
    """
    these = sums(layout, y, seed)
    place = {factor.column: i for i, factor in enumerate(factors)}
    found: list[dict[str, Any]] = []
    for first, second in pairs:
        sizes, cells, values = [], [], []
        for column in (first, second):
            factor = factors[place[column]]
            n = cells_of(factor)
            sizes.append(n)
            cells.append(np.minimum((layout.unit[these.used, place[column]] * n).astype(np.int64), n - 1))
            values.append(centres(factor, n))
        nx, ny = sizes
        mean, drawn = these.means(cells[0] * ny + cells[1], nx * ny)
        along = [these.means(cell, n) for cell, n in zip(cells, sizes, strict=True)]
        whole, whole_drawn = these.means(np.zeros_like(cells[0]), 1)
        for a in range(nx):
            for b in range(ny):
                k = a * ny + b
                alone = float(along[0][0][a] + along[1][0][b] - whole[0])
                beyond = drawn[:, k] - (along[0][1][:, a] + along[1][1][:, b] - whole_drawn[:, 0])
                low, high = _ends(drawn[:, k])
                beyond_low, beyond_high = _ends(beyond)
                found.append({
                    "input": first, "other": second, "x": values[0][a], "y": values[1][b], "mean": float(mean[k]), "low": low, "high": high,
                    "alone": alone, "beyond": float(mean[k]) - alone, "beyond_low": beyond_low, "beyond_high": beyond_high,
                })  # fmt: skip
    return found
