"""Cells of a map of two levers: which runs lie in which cell, their means, and intervals of crossed samples.

Every point of a study meets the same futures and the same draws, so the runs of a cell are no independent
sample: two runs of one future, or of one draw, are alike. Means are therefore taken over points first; what is
left is a table of futures by draws, whose mean has the interval of a two-way layout of random effects.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError, did_you_mean
from edusim.report.summaries import Interval, mean_interval, need, ordered

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: Most values of a lever that are drawn as they are; a lever with more is binned.
MOST_VALUES = 12
#: From this number of different draws on they count as draws of their own for every point.
MOST_DRAWS = 500
#: Bins of a lever that is binned.
BINS = 6


@dataclass(frozen=True)
class Axis:
    """A lever along one side of a map.

    Attributes
    ----------
    column
        Column of the lever.
    values
        Values of the cells, ascending: the lever's own, or middles of bins.
    edges
        Ends of bins, one more than ``values``; empty when the values are the lever's own.
    """

    column: str
    values: tuple[Any, ...]
    edges: tuple[float, ...] = ()

    @property
    def is_binned(self) -> bool:
        """Whether cells are bins of a scattered design."""
        return bool(self.edges)

    @property
    def is_number(self) -> bool:
        """Whether the lever takes numbers (not words, not yes/no)."""
        return all(isinstance(v, (int, float, np.number)) and not isinstance(v, (bool, np.bool_)) for v in self.values)

    def span(self, first: int, last: int) -> tuple[Any, Any]:
        """Return the values of two cells; of bins, the outer ends."""
        return (self.edges[first], self.edges[last + 1]) if self.edges else (self.values[first], self.values[last])

    def place(self, values: Iterable[Any]) -> NDArray[np.float64]:
        """Return positions on the map, 0 at the middle of the first cell; values between cells in between."""
        if not self.is_number:
            return np.array([self.values.index(v) for v in values], dtype=np.float64)
        array = np.asarray(list(values), dtype=np.float64)
        return np.interp(array, np.asarray(self.values, dtype=np.float64), np.arange(len(self.values)))


@dataclass(frozen=True)
class Cells:
    """Runs of a study sorted into the cells of two levers.

    Attributes
    ----------
    policies
        Policies, one panel each.
    x, y
        The levers.
    blocks
        float64, shape (policies, y, x, futures, draws): mean over the points of a cell; NaN where no run is.
    n_runs
        Runs that went in.
    averaged
        Columns of other levers, over whose settings the means go.
    kept, settings
        Settings of the other levers that went in, and how many there are: fewer go in where not every cell
        has them all, for a cell must not differ from its neighbour by what else is in it.
    is_even
        Whether every cell holds the same settings of the other levers (binned designs: by chance they do not).
    """

    policies: tuple[str, ...]
    x: Axis
    y: Axis
    blocks: NDArray[np.float64]
    n_runs: int
    averaged: tuple[str, ...]
    kept: int
    settings: int
    is_even: bool

    @property
    def mean(self) -> NDArray[np.float64]:
        """Mean of each cell over futures and draws, float64, shape (policies, y, x)."""
        flat = self.blocks.reshape(*self.blocks.shape[:3], -1)
        n = np.isfinite(flat).sum(axis=-1)
        total = np.where(np.isfinite(flat), flat, 0.0).sum(axis=-1)
        mean: NDArray[np.float64] = np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
        return mean

    def interval(self, policy: int, y: int, x: int) -> Interval:
        """Return the mean of a cell and its 95% interval."""
        return crossed_interval(self.blocks[policy, y, x])

    def ends(self, side: str) -> tuple[int, int]:
        """Return the first and the last cell along ``x`` or ``y`` that a contrast compares.

        Of the cells along the side those count that hold as many neighbours across as any: where a condition on
        the design leaves out a corner, the settings that reach into it are not compared with those that do not.
        """
        held = np.isfinite(self.mean).sum(axis=(0, 1) if side == "x" else (0, 2))
        full = np.flatnonzero(held == held.max())
        return int(full[0]), int(full[-1])

    def contrast(self, side: str, ends: tuple[int, int] | None = None) -> Interval:
        """Return what the outcome changes by from the first to the last cell of :meth:`ends`, or of those given.

        The mean over policies and over those cells of the other side that hold runs at both ends.
        """
        axis = 2 if side == "x" else 1
        first, last = ends or self.ends(side)
        change = np.take(self.blocks, last, axis=axis) - np.take(self.blocks, first, axis=axis)
        flat = change.reshape(-1, *change.shape[2:])
        flat = flat[np.isfinite(flat).any(axis=(1, 2))]
        if not flat.size or first == last:
            return Interval(math.nan, math.nan, math.nan, 0)
        n = np.isfinite(flat).sum(axis=0)
        total = np.where(np.isfinite(flat), flat, 0.0).sum(axis=0)
        return crossed_interval(np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0))


def crossed_interval(table: NDArray[np.float64]) -> Interval:
    """Return the mean of a table of futures by draws and its 95% Student interval.

    Futures and draws are both drawn at random and crossed (two-way layout of random effects, one number a
    cell): the variance of the mean is ``(MS_futures + MS_draws - MS_rest) / (F D)``, its degrees of freedom
    are Satterthwaite's. With one future, or one draw, what is left is an ordinary sample, and the interval
    knows nothing of the side that was not repeated. Where runs are missing, futures that lack a draw are left
    out; a table with more gaps than that counts by futures.

    Parameters
    ----------
    table
        float64, shape (futures, draws); NaN where there is no run.

    Returns
    -------
    Interval
        Mean, ends (NaN with a single number) and how many numbers went in.
    """
    known = np.isfinite(table)
    full = table[:, known.any(axis=0)]
    full = full[np.isfinite(full).all(axis=1)] if full.size else full
    mean = float(table[known].mean()) if known.any() else math.nan
    n_futures, n_draws = full.shape if full.ndim == 2 else (0, 0)
    if full.size * 2 < int(known.sum()) or full.size == 0:
        # Draws of their own for every point (seeds not paired), or many failures.
        rows = table[known.any(axis=1)]
        values = np.array([row[np.isfinite(row)].mean() for row in rows]) if len(rows) > 1 else table[known]
        found = mean_interval(values)
        half = found.high - found.mean
        return Interval(mean, mean - half, mean + half, int(known.sum()))
    if min(n_futures, n_draws) == 1:
        found = mean_interval(full)
        return Interval(found.mean, found.low, found.high, int(full.size))
    middle = float(full.mean())
    error, freedom = crossed_error(full)
    from scipy.stats import t

    half = float(t.ppf(0.975, max(freedom, 1.0))) * error
    return Interval(middle, middle - half, middle + half, int(full.size))


def crossed_error(full: NDArray[np.float64]) -> tuple[float, float]:
    """Return the standard error of the mean of a table of futures by draws, and its degrees of freedom; see :func:`crossed_interval`.

    Parameters
    ----------
    full
        float64, shape (futures, draws), two of both at least, no NaN.
    """
    n_futures, n_draws = full.shape
    middle = float(full.mean())
    by_future, by_draw = full.mean(axis=1), full.mean(axis=0)
    rest = full - by_future[:, None] - by_draw[None, :] + middle
    df = (n_futures - 1, n_draws - 1, (n_futures - 1) * (n_draws - 1))
    squares = (
        n_draws * float(((by_future - middle) ** 2).sum()) / df[0],
        n_futures * float(((by_draw - middle) ** 2).sum()) / df[1],
        float((rest**2).sum()) / df[2],
    )
    variance = squares[0] + squares[1] - squares[2]
    # A negative estimate says that nothing beyond the rest is seen.
    if variance <= squares[2]:
        variance, freedom = squares[2], float(df[2])
    else:
        freedom = variance**2 / max(sum(s**2 / d for s, d in zip(squares, df, strict=True)), 1e-300)
    return math.sqrt(variance / full.size), freedom


def _axis(column: str, values: pd.Series[Any], bins: int, words: Sequence[Any]) -> tuple[Axis, NDArray[np.int64]]:
    """Return the axis and the cell of every row."""
    unique = list(dict.fromkeys(values.tolist()))
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in unique)
    if not numbers or len(unique) <= MOST_VALUES:
        rank = {value: place for place, value in enumerate(words)}
        known = sorted(unique) if numbers else sorted(unique, key=lambda v: (rank.get(v, len(rank)), str(v)))
        where = {value: place for place, value in enumerate(known)}
        return Axis(column, tuple(known)), np.array([where[v] for v in values.tolist()], dtype=np.int64)
    array = values.to_numpy(dtype=np.float64)
    edges = np.linspace(array.min(), array.max(), bins + 1)
    cell = np.clip(np.searchsorted(edges, array, side="right") - 1, 0, bins - 1)
    return Axis(column, tuple((edges[1:] + edges[:-1]) / 2), tuple(edges)), cell.astype(np.int64)


def sort_into_cells(
    frame: pd.DataFrame,
    x: str,
    y: str,
    outcome: str,
    *,
    order: Sequence[str] = (),
    at: Mapping[str, Any] | None = None,
    bins: int = BINS,
    words: Mapping[str, Sequence[Any]] | None = None,
) -> Cells:
    """Sort the runs of a study into the cells of two levers.

    Parameters
    ----------
    frame
        ``runs`` or ``effects`` of a study: one row a run, columns ``policy``, ``future``, ``draw``, the levers
        and the outcome. Rows without a value of ``x`` or ``y`` (the baseline) or of the outcome do not count.
    x, y
        Columns of the levers, with or without ``lever.`` or ``uncertain.`` before them.
    outcome
        Column of the outcome.
    order
        Order of policies; as they come if left out.
    at
        Values of other levers at which to look; all others are averaged over.
    bins
        Bins of a lever with more than :data:`MOST_VALUES` values.
    words
        Column -> order of the values of a lever that takes words.

    Raises
    ------
    RunError
        ``FIG-COLUMNS``, ``FIG-LEVER`` with the nearest lever, ``FIG-EMPTY`` when nothing is left.
    """
    import pandas as pd

    need(frame, ("policy", "future", "draw"), "runs")
    x, y = find_column(frame, x), find_column(frame, y)
    if x == y:
        raise RunError("FIG-LEVER", f"两轴是同一个杠杆 {x}", f"both sides of the map are {x}", where="--y")
    if outcome not in frame.columns:
        others = [c for c in frame.columns if "." not in c]
        zh, en = did_you_mean(outcome, others)
        raise RunError("FIG-LEVER", f"没有结果 {outcome}", f"there is no outcome {outcome}", where="--outcome", mend_zh=zh, mend_en=en)
    rows = frame.dropna(subset=[x, y, outcome])
    for name, value in (at or {}).items():
        column = find_column(frame, name)
        known = rows[column].dropna().unique().tolist()
        if value not in known:
            zh, en = did_you_mean(str(value), [str(v) for v in known])
            raise RunError("FIG-LEVER", f"{column} 没有取值 {value}", f"{column} never is {value}", where="--at", mend_zh=zh, mend_en=en)
        rows = rows[rows[column] == value]
    if "design" in rows and rows["design"].nunique() > 1:
        first = "feasible" if rows["design"].eq("feasible").any() else rows["design"].iloc[0]
        rows = rows[rows["design"] == first]
    if rows.empty:
        raise RunError("FIG-EMPTY", "没有可画的结果：没有完成的推演", "nothing to draw: no run is done yet", mend_zh="请先 edusim study run",
                       mend_en="run the study first: edusim study run")  # fmt: skip
    fixed = {x, y, *(find_column(frame, name) for name in at or {})}
    averaged = [c for c in frame.columns if c.startswith("lever.") and c not in fixed and rows[c].nunique(dropna=False) > 1]
    axis_x, cell_x = _axis(x, rows[x], bins, (words or {}).get(x, ()))
    axis_y, cell_y = _axis(y, rows[y], bins, (words or {}).get(y, ()))
    binned = axis_x.is_binned or axis_y.is_binned
    kept = settings = 1
    is_even = True
    if averaged and not binned:
        setting = rows.groupby(averaged, sort=False, dropna=False).ngroup().to_numpy()
        cell = cell_y * len(axis_x.values) + cell_x
        in_cell = [set(setting[cell == c].tolist()) for c in np.unique(cell)]
        common, settings = set.intersection(*in_cell), len(set(setting.tolist()))
        kept, is_even = (len(common), True) if common else (settings, all(s == in_cell[0] for s in in_cell))
        if common and len(common) < settings:
            keep = np.isin(setting, sorted(common))
            rows, cell_x, cell_y = rows[keep], cell_x[keep], cell_y[keep]
    elif averaged:
        settings = kept = int(rows.groupby(averaged, sort=False, dropna=False).ngroups)
        is_even = False
    policies = ordered(rows["policy"].astype(str), "", tuple(order))
    codes = [np.array([p_of[v] for v in column], dtype=np.int64) for column, p_of in (
        (rows["policy"].astype(str).tolist(), {p: i for i, p in enumerate(policies)}),
        (rows["future"].tolist(), {f: i for i, f in enumerate(sorted(rows["future"].unique()))}),
        (rows["draw"].tolist(), {d: i for i, d in enumerate(sorted(rows["draw"].unique()))}),
    )]  # fmt: skip
    place = (codes[0] * len(axis_y.values) + cell_y) * len(axis_x.values) + cell_x
    if int(codes[2].max()) >= MOST_DRAWS:
        # Seeds that are not paired: a draw's number means nothing outside its cell.
        codes[2] = pd.Series(codes[2]).groupby([place, codes[1]]).cumcount().to_numpy(dtype=np.int64)
    shape = (len(policies), len(axis_y.values), len(axis_x.values), int(codes[1].max()) + 1, int(codes[2].max()) + 1)
    where = np.ravel_multi_index((codes[0], cell_y, cell_x, codes[1], codes[2]), shape)
    values = rows[outcome].to_numpy(dtype=np.float64)
    size = math.prod(shape)
    count = np.bincount(where, minlength=size)
    total = np.bincount(where, values, minlength=size)
    blocks = np.divide(total, count, out=np.full(size, np.nan), where=count > 0).reshape(shape)
    return Cells(tuple(policies), axis_x, axis_y, blocks, len(rows), tuple(averaged), kept, settings, is_even)


def find_column(frame: pd.DataFrame, name: str) -> str:
    """Return the column of a lever or an uncertainty named with or without its prefix.

    Raises
    ------
    RunError
        ``FIG-LEVER`` with the nearest.
    """
    known = [c for c in frame.columns if c.startswith(("lever.", "uncertain."))]
    for column in (name, f"lever.{name}", f"uncertain.{name}"):
        if column in known:
            return column
    zh, en = did_you_mean(name, [c.split(".", 1)[1] for c in known])
    raise RunError("FIG-LEVER", f"没有杠杆 {name}", f"there is no lever {name}", where="map", mend_zh=zh, mend_en=en)
