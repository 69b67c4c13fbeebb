"""What of an outcome's variance is luck: measured from replicates or from a dummy, taken out of indices, and split off.

Indices of a noisy simulator reckoned as if it had no noise call every input influential, one that nothing reads among them: in the total index
the difference of two runs holds their noise too. With ``R`` replicates, ``vn`` the mean variance within a point over ``R`` and ``vt`` the variance of the
points' means,

    S = S_raw vt / (vt - vn),        ST = (ST_raw vt - vn) / (vt - vn),

which are the indices of the expected outcome. With one replicate, ``vn`` is half the mean squared difference between runs that differ by their draw
alone: the dummy's blocks. The correction is made again in every bootstrap resample, so that its own uncertainty is in the intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

PARAMETERS, SEEDS, INTERACTION, UNEXPLAINED = "parameters", "seeds", "interaction", "unexplained"
#: What is to be said beside the numbers (``facts["note"]`` and ``facts["split_note"]`` hold the code): code -> Chinese, English.
NOTES = {
    "dead": ("结果从不变化", "the outcome never changes"),
    "drowned": ("噪声淹没一切：各点均值之间的方差与噪声无法区分", "noise drowns everything: the variance of the points' means cannot be told from noise"),
    "together": (
        "“种子”一项含运气与输入量的交互：各次运行的抽取互不相同，两者无法分开",
        "seeds hold luck and what it does with the inputs: no two points shared a draw, so the two cannot be told apart",
    ),
    "one draw": (
        "各点用同一次抽取：指数只对这一次抽取成立，抽取本身的作用未考察",
        "one draw was used everywhere: indices hold for it alone, and what the draw does was not looked at",
    ),
    "few draws": (
        "各点用同样的几次抽取：指数只对这几次抽取的均值成立，抽取太少的误差不在区间之内；未校正的指数在运气与输入量交互处有偏差",
        "the same few draws were used everywhere: indices hold for their mean, what so few leave open is not in the intervals, and raw indices are "
        "biased where luck interacts with an input",
    ),
    "these draws": (
        "各点用同样的几次抽取：抽取太少的误差在区间之内；未校正的指数在运气与输入量交互处有偏差",
        "the same draws were used everywhere: what so few leave open is in the intervals, and raw indices are biased where luck interacts with an input",
    ),
    "no replicate": (
        "要拆分方差，须有重复运行，或用 sobol 并把抽取作为输入量",
        "the split needs replicates, or method sobol with the draw as an input",
    ),
    "luck inside": (
        "没有重复运行：一阶指数是单次运行方差中的份额，运气计算在内",
        "without replicates first indices are shares of the variance of one run, luck included",
    ),
    "untold": (
        "未解释的部分含运气与展开式未能表达的部分：没有重复运行，两者无法分开",
        "what is unexplained is luck and what the expansion misses: without replicates the two cannot be told apart",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Resampler:
    """Bootstrap resamples of blocks, the same for every outcome of a layout.

    Attributes
    ----------
    counts
        float64 [resamples, blocks]: how often each block is in each resample.
    interval
        Probability of the intervals.
    random
        For what else a method draws.
    """

    counts: NDArray[np.float64]
    interval: float
    random: np.random.Generator

    @classmethod
    def of(cls, blocks: int, resamples: int, interval: float, seed: int) -> Resampler:
        """Draw ``resamples`` resamples of ``blocks`` blocks."""
        return cls(_counts(blocks, resamples, seed), interval, np.random.default_rng([seed, 20261127]))

    def means(self, per_block: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean over blocks in every resample: float64 [blocks, ...] -> [resamples, ...]."""
        flat = np.ascontiguousarray(per_block, dtype=np.float64).reshape(len(per_block), -1)
        # einsum adds in an order of its own on any machine; a library for matrices chooses one by its threads.
        sums = np.einsum("rn,nm->rm", self.counts, flat)
        return np.asarray(sums / len(per_block)).reshape(len(self.counts), *per_block.shape[1:])

    def ends(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the two ends of the percentile interval over the first axis; a resample without a number is left out."""
        tail = (1.0 - self.interval) / 2.0
        some = np.isfinite(values).any(axis=0)
        with np.errstate(invalid="ignore"):
            low, high = np.nanquantile(np.where(some, values, 0.0), [tail, 1.0 - tail], axis=0)
        return np.where(some, low, np.nan), np.where(some, high, np.nan)


@lru_cache(maxsize=2)
def _counts(blocks: int, resamples: int, seed: int) -> NDArray[np.float64]:
    random = np.random.default_rng([seed, 20261126])
    counts = np.empty((resamples, blocks))
    for row in counts:
        row[:] = np.bincount(random.integers(blocks, size=blocks), minlength=blocks)
    counts.setflags(write=False)
    return counts


def within(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance between the replicates of every row (last axis, at least two): what differs by the draw alone."""
    return np.asarray(y.var(axis=-1, ddof=1), dtype=np.float64)


def divided(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a ratio, and NaN where what is divided by is not above 0."""
    top, bottom = np.broadcast_arrays(above, below)
    return np.asarray(np.divide(top, bottom, out=np.full(top.shape, np.nan), where=bottom > 0), dtype=np.float64)


def shares(parts: Mapping[str, NDArray[np.float64]]) -> dict[str, NDArray[np.float64]]:
    """Return variance components as shares that sum to 1; one estimated below 0 counts as 0, as is usual for components of variance."""
    clipped = {name: np.maximum(np.asarray(value, dtype=np.float64), 0.0) for name, value in parts.items()}
    total = sum(clipped.values(), np.zeros(()))
    return {name: divided(value, total) for name, value in clipped.items()}


def split_frame(
    parts: Mapping[str, NDArray[np.float64]], resampled: Mapping[str, NDArray[np.float64]], resampler: Resampler
) -> pd.DataFrame:
    """Return the split of the variance of one run with intervals.

    Parameters
    ----------
    parts
        Part -> its component of variance (0-d).
    resampled
        Part -> the same in every resample.
    resampler
        Makes the intervals.

    Returns
    -------
    DataFrame
        ``part, share, low, high``.
    """
    import pandas as pd

    found, again = shares(parts), shares(resampled)
    ends = {name: resampler.ends(again[name]) for name in found}
    return pd.DataFrame(
        [(name, float(value), float(ends[name][0]), float(ends[name][1])) for name, value in found.items()], columns=["part", "share", "low", "high"]
    )


def no_split() -> pd.DataFrame:
    """Return the split of an outcome of which none can be given."""
    import pandas as pd

    return pd.DataFrame({"part": [], "share": [], "low": [], "high": []}).astype({"part": str, "share": float, "low": float, "high": float})


def measured_split(y: NDArray[np.float64], block: NDArray[np.int64], seeds: str, resampler: Resampler) -> tuple[pd.DataFrame, str]:
    """Split the variance of one run by its replicates, whatever the method that laid out the points.

    ``paired``: two-way analysis of variance with random effects of points and draws (the interaction with what is left). Else one-way: what differs
    between replicates of a point is luck, alone or with the inputs.

    Parameters
    ----------
    y
        float64 [rows, replicates], rows that are spread over the inputs as the problem says.
    block
        int64 [rows], from 0: which resampled block a row is of.
    seeds
        As in the layout.
    resampler
        Resamples of the blocks.

    Returns
    -------
    tuple
        ``part, share, low, high`` (empty without replicates), and the code in ``NOTES`` of what is to be said of it.
    """
    if y.shape[1] < 2:
        return no_split(), "one draw" if seeds == "paired" else "no replicate"
    point, again, note = components(y, block, seeds, resampler)
    return split_frame(point, again, resampler), note


def components(
    y: NDArray[np.float64], block: NDArray[np.int64], seeds: str, resampler: Resampler
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]], str]:
    """Return the components of variance behind :func:`measured_split`, in all and in every resample, and what is to be said of them."""
    replicates = y.shape[1]
    centred = y - y.mean()
    if seeds != "paired":
        moments = per_block(np.stack((centred.mean(1), (centred**2).mean(1), within(y)), axis=1), block, len(resampler.counts[0]))
        return *_both(moments, resampler, _one_way), "together"
    draw_means = centred.mean(axis=0)
    inside = centred - draw_means
    moments = per_block(np.stack((inside.mean(1), inside.mean(1) ** 2, within(inside)), axis=1), block, len(resampler.counts[0]))
    between = float(draw_means.var(ddof=1))
    point = two_way(moments.mean(0), np.asarray(between), len(y), replicates)
    # A bootstrap of two or three draws knows nothing. What the draws' own mean squares may be comes from their chi-square instead (a generalised
    # pivot, Weerahandi 1993), as if luck met the inputs in one way only: then so few draws leave most open.
    pivot = (replicates - 1) / resampler.random.chisquare(replicates - 1, size=len(resampler.counts))
    mean = resampler.random.chisquare(1, size=len(resampler.counts))
    again = two_way(resampler.means(moments), between * pivot, len(y), replicates, own=pivot, mean=mean)
    return point, again, ""


def two_way(
    moments: NDArray[np.float64], between: NDArray[np.float64], rows: int, replicates: int, own: Any = 1.0, mean: Any = 1.0
) -> dict[str, NDArray[np.float64]]:
    """Return the components of a crossed design of points and draws.

    Parameters
    ----------
    moments
        float64 [..., 3], of outcomes less the mean of their draw: mean of the points' means, mean of their squares, mean variance within points.
    between
        Variance of the draws' means.
    rows, replicates
        Points and draws.
    own, mean
        What the interaction's component, and its share in the points' means, are taken times: 1, or what they may be.

    Returns
    -------
    dict
        Components of ``parameters``, ``seeds`` and ``interaction`` (with whatever else a run has of its own): expected mean squares of the
        two-way layout with one run a cell (Searle, Casella and McCulloch 1992, Variance Components, ch. 4).
    """
    lost = rows / (rows - 1.0)
    both = moments[..., 2] * lost * own
    points = (moments[..., 1] - moments[..., 0] ** 2) * lost
    return {PARAMETERS: points - both * mean / replicates, SEEDS: np.asarray(between - both / rows), INTERACTION: both}


def per_block(rows: NDArray[np.float64], block: NDArray[np.int64], blocks: int) -> NDArray[np.float64]:
    """Return the mean over the rows of every block: float64 [rows, m] -> [blocks, m]; blocks have as many rows each."""
    found = np.zeros((blocks, rows.shape[1]))
    np.add.at(found, block, rows)
    return found / (len(rows) / blocks)


def _one_way(moments: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    total = moments[..., 1] - moments[..., 0] ** 2
    return {PARAMETERS: total - moments[..., 2], SEEDS: moments[..., 2]}


def _both(
    moments: NDArray[np.float64], resampler: Resampler, parts: Callable[[NDArray[np.float64]], dict[str, NDArray[np.float64]]]
) -> tuple[dict[str, NDArray[np.float64]], dict[str, NDArray[np.float64]]]:
    return parts(moments.mean(0)), parts(resampler.means(moments))
