"""From outcomes to indices with intervals: what every method has in common, and Sobol, Morris and DGSM through SALib's estimators.

Intervals are percentiles over resamples of whole blocks (base points, trajectories): runs of a block share inputs or draws and stay together, and so do
the replicates of a row (drawing those anew inside a block that is drawn whole would count their noise twice: Davison and Hinkley 1997,
Bootstrap Methods, section 3.8). Points of a Sobol sequence are spread more evenly than the resamples assume: without noise intervals are
wider than they need be. A block with an outcome that is missing is left out whole, and said so. Estimates are not cut at 0 or
1: an index of nothing scatters around 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.study.sensitivity import noise
from edusim.study.sensitivity.layouts import CHECK, HOMES, LEVELS, A, B, Layout, every_pair, salib
from edusim.study.sensitivity.noise import INTERACTION, PARAMETERS, Resampler, divided
from edusim.study.sensitivity.noise import SEEDS as LUCK
from edusim.study.sensitivity.problem import DUMMY, SEED

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    #: Rows of an estimate before they are a frame: index, input, other, value, low, high, raw.
    Rows = list[tuple[str, str, str, float, float, float, float]]

COLUMNS = ("index", "input", "other", "value", "low", "high", "raw")
#: Indices that a method gives for every unit, the draw where it is an input, and the dummy.
INDICES = {
    "sobol": ("S1", "ST"), "morris": ("mu", "mu_star", "sigma"), "dgsm": ("vt",), "fast": ("S1", "ST"), "pawn": ("pawn",), "delta": ("delta", "S1"),
    "chaos": ("S1", "ST"),
}  # fmt: skip
#: An outcome that differs by no more than this share of its size does not change: what is left is rounding.
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a layout's outcomes say.

    Attributes
    ----------
    indices
        ``index, input, other, value, low, high, raw``: one row a number. ``input`` is a unit, ``dummy`` or ``seed``; ``other`` the second of a pair
        or empty; ``raw`` the index reckoned as if there were no noise.
    split
        ``part, share, low, high``: the variance of one run by parameters, seeds, interaction (and unexplained); sums to 1, or is empty when
        ``facts["split_note"]`` says why.
    facts
        ``method``, ``n``, ``rows``, ``runs``, ``blocks``, ``dropped`` (blocks), ``mean``, ``variance`` (of one run), ``noise_variance`` (of one run,
        NaN where it was not looked at), ``is_dead``, ``drowned``, ``interval``, ``resamples``, ``seeds``, ``replicates``, ``note`` and
        ``split_note`` (codes in ``edusim.study.sensitivity.noise.NOTES``, or empty), ``above`` (units whose total index, or mu*, is
        above the dummy's, interval for interval: sobol, morris), and what the method adds.
    told
        What indices are given for, in the order of the columns of ``again``.
    again
        Index -> float64 [resamples, told]: the index in every bootstrap resample, from which :mod:`edusim.study.sensitivity.growth` tells whether
        ranks are stable; empty where a method has none.
    """

    indices: pd.DataFrame
    split: pd.DataFrame
    facts: Mapping[str, Any] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    again: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def value(self, index: str, input: str, other: str = "", column: str = "value") -> float:
        """Return one number of ``indices``.

        Raises
        ------
        KeyError
            When there is no such row.
        """
        frame = self.indices
        found = frame.loc[(frame["index"] == index) & (frame["input"] == input) & (frame["other"] == other), column]
        if found.empty:
            raise KeyError((index, input, other))
        return float(found.iloc[0])


def estimate(
    layout: Layout, y: NDArray[np.float64], *, interval: float = 0.95, resamples: int = 500, seed: int = 0
) -> Estimate:
    """Return the indices of an outcome with intervals, the split of its variance, and facts.

    Parameters
    ----------
    layout
        As laid out.
    y
        float64 [rows, replicates]: the outcome of every run; not finite where it is missing.
    interval
        Probability of the intervals.
    resamples
        Bootstrap resamples.
    seed
        What the resamples are drawn from: the same for every outcome, so that outcomes are compared on the same resamples.

    Returns
    -------
    Estimate
        Indices, split, facts.

    Raises
    ------
    StudyError
        ``STUDY-RESPONSES`` when the outcomes are not those of the layout, or hardly any block is whole; ``STUDY-INTERVAL``.
    """
    given = np.ascontiguousarray(y, dtype=np.float64)  # sums go by the order in memory: the same bits whatever it was
    if given.shape != layout.draws.shape:
        raise StudyError(
            "STUDY-RESPONSES", f"结果的形状 {given.shape} 与设计的 {layout.draws.shape} 不符",
            f"outcomes have the shape {given.shape}, the layout {layout.draws.shape}", where="y",
            mend_zh="每行一个点，每列一次重复", mend_en="a row for each point, a column for each replicate",
        )  # fmt: skip
    check_interval(interval, resamples)
    blocks = len(np.unique(layout.block))
    kept, values = layout, given
    broken = np.unique(layout.block[~np.isfinite(given).all(axis=1)])
    if len(broken):
        whole = ~np.isin(layout.block, broken)
        kept, values = layout.only(whole), given[whole]
    left = blocks - len(broken)
    if left < 2:
        raise StudyError(
            "STUDY-RESPONSES", f"{blocks} 个区组中只有 {left} 个结果齐全", f"of {blocks} blocks only {left} have all their outcomes", where="y",
            mend_zh="请补齐缺失的运行", mend_en="make the missing runs",
        )  # fmt: skip
    top = float(np.abs(values).max())
    # Halves, so that an outcome near the largest number there is does not overflow when it is taken apart.
    is_dead = float(values.max() / 2 - values.min() / 2) <= ROUNDING * top / 2
    facts: dict[str, Any] = {
        "method": layout.method, "n": layout.n, "rows": kept.rows, "runs": kept.runs, "blocks": left, "dropped": len(broken),
        "mean": float(values.mean()), "variance": 0.0 if is_dead else float(values.var()), "noise_variance": _noise_variance(values, is_dead),
        "is_dead": is_dead, "drowned": False, "interval": interval, "resamples": resamples, "seeds": layout.seeds, "replicates": layout.replicates,
        "split_note": "dead" if is_dead else "", "note": "dead" if is_dead else _note(layout),
    }  # fmt: skip
    if is_dead:
        return Estimate(_frame(_nothing(layout)), noise.no_split(), facts, layout.told)
    maker: Callable[..., Estimate] = getattr(
        import_module(f"edusim.study.sensitivity.{HOMES[layout.method][1]}"), f"estimate_{layout.method}"
    )
    found = maker(kept, values, Resampler.of(left, resamples, interval, seed))
    return replace(found, facts={**facts, **found.facts}, told=layout.told)


def check_interval(interval: float, resamples: int) -> None:
    """Refuse (``STUDY-INTERVAL``) a probability that is none, and fewer than two resamples."""
    if not 0.0 < interval < 1.0 or resamples < 2:
        raise StudyError(
            "STUDY-INTERVAL", "区间概率须在 0 与 1 之间，重抽样至少 2 次", "an interval has a probability between 0 and 1 and at least 2 resamples",
            where="interval", mend_zh="例如 0.95 与 500", mend_en="for example 0.95 and 500",
        )  # fmt: skip


def rows_of(
    index: str, inputs: Iterable[str], value: NDArray[np.float64], resampled: NDArray[np.float64], resampler: Resampler,
    raw: NDArray[np.float64] | None = None, others: Sequence[str] = (),
) -> Rows:  # fmt: skip
    """Return the rows of one index.

    Parameters
    ----------
    index
        Its name.
    inputs
        Units.
    value, resampled
        float64 [units] and [resamples, units].
    resampler
        Makes the intervals.
    raw
        float64 [units]; as ``value`` if left out.
    others
        Second of each pair.
    """
    low, high = resampler.ends(resampled)
    low, high = np.where(np.isnan(value), np.nan, low), np.where(np.isnan(value), np.nan, high)
    first = value if raw is None else raw
    names = list(inputs)
    second = list(others) or [""] * len(names)
    return [
        (index, name, other, float(value[i]), float(low[i]), float(high[i]), float(first[i]))
        for i, (name, other) in enumerate(zip(names, second, strict=True))
    ]


def above_the_dummy(frame: pd.DataFrame, index: str) -> tuple[str, ...]:
    """Return the units (and the draw) whose interval of an index is above the dummy's and above 0."""
    rows = frame.loc[(frame["index"] == index) & (frame["other"] == "")].set_index("input")
    limit = max(float(rows.at[DUMMY, "high"]), 0.0)
    return tuple(str(name) for name in rows.index if name != DUMMY and rows.at[name, "low"] > limit)


def _note(layout: Layout) -> str:
    """Return the code of what is to be said of indices under the same draws everywhere."""
    return "" if layout.seeds != "paired" else "one draw" if layout.replicates == 1 else "few draws"


def _noise_variance(values: NDArray[np.float64], is_dead: bool) -> float:
    """Return the variance between replicates of a row, or NaN without any."""
    if is_dead:
        return 0.0
    return float(noise.within(values).mean()) if values.shape[1] > 1 else float("nan")


def _frame(rows: Rows) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))


def _nothing(layout: Layout) -> Rows:
    """Return the rows of an outcome that never changes: every index is there, and none has a value."""
    nan = float("nan")
    pairs = every_pair(layout)
    found = [(index, name, "", nan, nan, nan, nan) for index in INDICES[layout.method] for name in layout.told]
    for index in ("Sclosed", "S2") if pairs else ():
        found += [(index, one, other, nan, nan, nan, nan) for one, other in pairs]
    return found


# ---- Sobol -----------------------------------------------------------------------------------------


def estimate_sobol(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """First and total indices of units, draw and dummy, and of pairs where they were asked for; freed from noise.

    Estimators: ``first_order``, ``total_order`` (Saltelli et al. 2010) and ``second_order`` (Saltelli 2002) of ``SALib.analyze.sobol`` give ``raw``. The
    value divides the same means of products by the variance that is not noise, and takes the noise off the total index's numerator
    (:mod:`edusim.study.sensitivity.noise`). With ``paired`` draws and two replicates or more, products are taken between different draws,
    which has no bias where luck interacts with an input, as the product of means has; so few draws still leave an error that more points do
    not mend, which the interval includes by a jackknife over draws where there are three or more.

    The noise of one replicate is set by both dummy blocks for every unit, and by the other block for the dummy that is reported.
    """
    blocks = {block: k for k, block in enumerate(layout.part["blocks"])}
    n, told = len(np.unique(layout.block)), layout.told
    whole = y.reshape(n, len(blocks), layout.replicates)
    ends = whole[:, [blocks[A,], blocks[B,]]]
    centre, scale = float(ends.mean()), float(ends.std())
    facts: dict[str, Any] = {}
    if scale <= ROUNDING * float(np.abs(whole).max()):  # A and B are alike, and only a block between them is not
        facts.update(is_dead=True, note="dead", split_note="dead")
        return Estimate(_frame(_nothing(layout)), noise.no_split(), facts)
    scaled = (whole - centre) / scale
    raw1, raw_t, raw_pairs = _salib_sobol(layout, scaled, blocks)
    moments = _sobol_moments(layout, scaled, blocks)
    point = moments.indices(moments.table.mean(axis=0))
    again = moments.indices(resampler.means(moments.table))
    signal = resampler.ends(again["signal"])
    drowned = bool(not point["signal"] > 0 or not signal[0] > 0)
    facts["signal"] = (float(point["signal"]), float(signal[0]), float(signal[1]))
    if drowned:
        facts.update(drowned=True, note="drowned")
    elif layout.seeds == "paired" and layout.replicates > 2:
        facts["note"] = "these draws"
    wider = _over_draws(layout, scaled, blocks, again)
    rows: Rows = []
    spreads: dict[str, NDArray[np.float64]] = {}
    pairs = every_pair(layout)
    lists: list[tuple[str, Sequence[str], Sequence[str], NDArray[np.float64]]] = [("S1", told, (), raw1), ("ST", told, (), raw_t)]
    lists += [(name, [p[0] for p in pairs], [p[1] for p in pairs], raw_pairs[name]) for name in ("Sclosed", "S2") if pairs]
    for name, inputs, others, raw in lists:
        value = np.full(len(inputs), np.nan) if drowned else point[name]
        spread = point[name] + (again[name] - point[name]) * wider[name] if name in wider else again[name]
        rows += rows_of(name, inputs, value, spread, resampler, raw, others)
        spreads[name] = spread
    facts["variance"] = scale**2
    if layout.seeds == "paired":
        split, note = noise.measured_split(ends.reshape(2 * n, -1), np.repeat(np.arange(n), 2), layout.seeds, resampler)
        facts["noise_variance"] = float(split["share"].iloc[1:].sum()) * scale**2 if layout.replicates > 1 else float("nan")
    else:
        names = (PARAMETERS, LUCK, INTERACTION) if layout.seeds == "factor" else (PARAMETERS, LUCK)
        parts = [{name: found[name] for name in names} for found in (point, again)]
        split, note = noise.split_frame(parts[0], parts[1], resampler), "" if layout.seeds == "factor" else "together"
        facts["noise_variance"] = float(sum(parts[0][name] for name in names[1:])) * scale**2
    facts["split_note"] = note
    frame = _frame(rows)
    facts["above"] = above_the_dummy(frame, "ST")
    return Estimate(frame, split, facts, again={} if drowned else {name: spreads[name] for name in ("S1", "ST")})


@dataclass(frozen=True)
class _Moments:
    """Means over base points that Sobol indices are made of, a column each; ``places`` says which is which."""

    layout: Layout
    table: NDArray[np.float64]
    places: Mapping[str, slice]

    def indices(self, means: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Return the corrected indices of means, float64 [..., columns]."""
        layout = self.layout
        told, pairs = layout.told, every_pair(layout)
        at = {name: means[..., place] for name, place in self.places.items()}
        total = at["square"][..., 0] - at["mean"][..., 0] ** 2
        lost, lost_dummy = at["noise"][..., 0], at["noise"][..., 1]
        signal = total - lost
        below = signal[..., None]
        # A dummy that set the noise would always be found to do nothing: the one that is reported goes by the other block. Products between
        # different draws have no noise to take off.
        off = np.repeat((0.0 if layout.seeds == "paired" else 1.0) * lost[..., None], len(told), axis=-1)
        if layout.seeds != "paired":
            off[..., -1] = lost_dummy
        of_dummy = np.repeat(below, len(told), axis=-1)
        of_dummy[..., -1] = total - lost_dummy
        first, whole = divided(at["first"], of_dummy), divided(at["total"] - off, of_dummy)
        found = {"signal": divided(signal, total), "S1": first, "ST": whole}
        if pairs:
            one, other = ([told.index(pair[k]) for pair in pairs] for k in (0, 1))
            closed = divided(at["pairs"], below)
            found["Sclosed"], found["S2"] = closed, closed - first[..., one] - first[..., other]
        if layout.seeds == "factor":
            luck = told.index(SEED)
            found[PARAMETERS] = total - at["total"][..., luck]
            found[LUCK] = at["first"][..., luck]
            found[INTERACTION] = at["total"][..., luck] - at["first"][..., luck]
        else:
            # Of one run: the replicates' mean has 1 / replicates of a run's noise.
            found[PARAMETERS], found[LUCK] = signal, lost * layout.replicates
        return found


def _sobol_moments(layout: Layout, scaled: NDArray[np.float64], blocks: Mapping[tuple[str, ...], int]) -> _Moments:
    """Return the columns of a Sobol layout: float64 [base points, columns] from outcomes [base points, blocks, replicates]."""
    how, told = layout.seeds, layout.told
    values = scaled
    if how == "paired":
        # What a draw does everywhere is no part of what the inputs do.
        values = scaled - scaled[:, [blocks[A,], blocks[B,]]].mean(axis=(0, 1))
    a, b = values[:, blocks[A,]], values[:, blocks[B,]]
    at = {name: values[:, k] for name, k in blocks.items()}
    columns: dict[str, list[NDArray[np.float64]]] = {"mean": [], "square": [], "noise": [], "first": [], "total": [], "pairs": []}
    columns["mean"].append((_mean(a) + _mean(b)) / 2)
    if how == "factor":
        columns["square"].append(((a**2).mean(1) + (b**2).mean(1)) / 2)
    else:
        columns["square"].append((_mean(a) ** 2 + _mean(b) ** 2) / 2)
    columns["noise"] += _noise_columns(layout, values, blocks)
    for name in told:
        swapped = at[name,]
        columns["first"].append(_product(b, swapped - a, how))
        columns["total"].append(0.5 * _product(a - swapped, a - swapped, how))
    for one, other in every_pair(layout):
        if layout.second_order is True:
            columns["pairs"].append(_product(at[B, one], at[other,], how) - _product(a, b, how))
        else:
            columns["pairs"].append(_product(b, at[one, other] - a, how))
    places, table, start = {}, [], 0
    for name, listed in columns.items():
        places[name] = slice(start, start + len(listed))
        start += len(listed)
        table += listed
    return _Moments(layout, np.stack(table, axis=1), places)


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.mean(axis=1), dtype=np.float64)


def _product(one: NDArray[np.float64], other: NDArray[np.float64], how: str) -> NDArray[np.float64]:
    """Return the product of two outcomes of every base point, float64 [base points, replicates] -> [base points].

    ``factor``: of the same draw, then the mean. ``independent``: of the means. ``paired``: of different draws, over all pairs of them, because a
    product under one draw holds what that draw does to both.
    """
    if how == "factor":
        return np.asarray((one * other).mean(axis=1))
    both = one.mean(axis=1) * other.mean(axis=1)
    r = one.shape[1]
    if how == "independent" or r == 1:
        return np.asarray(both)
    return np.asarray((r * both - (one * other).mean(axis=1)) / (r - 1))


def _noise_columns(
    layout: Layout, values: NDArray[np.float64], blocks: Mapping[tuple[str, ...], int]
) -> list[NDArray[np.float64]]:
    """Return the noise in a point's mean as the units are corrected by it, and as the dummy is: float64 [base points] each."""
    n, replicates = len(values), layout.replicates
    nothing = np.zeros(n)
    if layout.seeds == "factor" or (layout.seeds == "paired" and replicates == 1):
        return [nothing, nothing]
    if layout.seeds == "paired":
        ends = values[:, [blocks[A,], blocks[B,]]]
        # The variance of points' means holds the interaction with these draws; the totals are free of it already.
        own = noise.within(ends).mean(axis=1) / replicates
        return [own, own]
    if replicates > 1:
        own = noise.within(values).mean(axis=1) / replicates
        return [own, own]
    same = values[:, [blocks[A,], blocks[DUMMY,], blocks[CHECK,]], 0]
    return [noise.within(same), noise.within(same[:, [0, 2]])]


def _over_draws(
    layout: Layout, scaled: NDArray[np.float64], blocks: Mapping[tuple[str, ...], int], again: Mapping[str, NDArray[np.float64]]
) -> dict[str, NDArray[np.float64]]:
    """Return by how much intervals are wider because the draws are few: index -> float64 [units]; empty where it cannot be known.

    Base points that share their draws share the error of those draws, which resampling points does not see: a jackknife leaves out one draw at a
    time, and its variance is added to that of the resamples.
    """
    r = layout.replicates
    if layout.seeds != "paired" or r < 3:
        return {}
    fewer = replace(layout, replicates=r - 1)
    without = []
    for left_out in range(r):
        moments = _sobol_moments(fewer, np.delete(scaled, left_out, axis=2), blocks)
        without.append(moments.indices(moments.table.mean(axis=0)))
    found = {}
    for name in ("S1", "ST", "Sclosed", "S2"):
        if name in again:
            each = np.stack([one[name] for one in without])
            draws = (r - 1) / r * ((each - each.mean(axis=0)) ** 2).sum(axis=0)
            points = np.nanvar(again[name], axis=0)
            found[name] = np.sqrt(1.0 + np.divide(draws, points, out=np.zeros_like(draws), where=points > 0))
    return found


def _salib_sobol(
    layout: Layout, scaled: NDArray[np.float64], blocks: Mapping[tuple[str, ...], int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], dict[str, NDArray[np.float64]]]:
    """Return SALib's own estimates, as if there were no noise: first, total, and of pairs closed and second."""
    sobol = salib("analyze.sobol")
    if layout.seeds == "factor":
        at = {name: scaled[:, k].reshape(-1) for name, k in blocks.items()}
    else:
        at = {name: scaled[:, k].mean(axis=1) for name, k in blocks.items()}
    a, b = at[A,], at[B,]
    first = {name: float(sobol.first_order(a, at[name,], b)) for name in layout.told}
    total = np.array([float(sobol.total_order(a, at[name,], b)) for name in layout.told])
    closed, second = [], []
    for one, other in every_pair(layout):
        if layout.second_order is True:
            second.append(float(sobol.second_order(a, at[one,], at[other,], at[B, one], b)))
            closed.append(second[-1] + first[one] + first[other])
        else:
            closed.append(float(sobol.first_order(a, at[one, other], b)))
            second.append(closed[-1] - first[one] - first[other])
    return np.array(list(first.values())), total, {"Sclosed": np.array(closed), "S2": np.array(second)}


# ---- Morris ----------------------------------------------------------------------------------------


def estimate_morris(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """Mean, mean size and spread of elementary effects (mu, mu*, sigma of ``SALib.analyze.morris``), and what of them is luck.

    An elementary effect is the change of the outcome over the step of a unit, per range from its 0.5 % to its 99.5 % quantile; the dummy's and the
    draw's go by the same step. Members of a group step in directions of their own: a group has mu* alone. ``facts["threshold"]`` is
    the dummy's mu*: with independent draws noise makes the effect of nothing as large as that, and a unit matters when its mu*
    is above it (``facts["above"]``: those whose interval is above the dummy's).
    """
    told, moving, grid = layout.told, list(layout.part["moving"]), layout.part["grid"]
    steps = len(told) + 1
    n = layout.rows // steps
    means = y.mean(axis=1)
    problem = {"num_vars": len(moving), "names": [f"x{i}" for i in range(len(moving))], "groups": moving, "bounds": [[0.0, 1.0]] * len(moving)}
    found = salib("analyze.morris").analyze(problem, grid, means, num_resamples=2, num_levels=LEVELS, seed=0)
    place = {str(name): k for k, name in enumerate(found["names"])}
    single = np.array([moving.count(name) == 1 for name in told])
    values = {index: np.ma.filled(np.asarray(found[index], dtype=np.float64), np.nan)[[place[name] for name in told]] for index in INDICES["morris"]}
    effects = elementary_effects(grid, means, moving, told)
    moments = resampler.means(np.stack((effects, np.abs(effects), effects**2), axis=1))
    spread = np.sqrt(np.maximum(moments[:, 2] - moments[:, 0] ** 2, 0.0) * n / (n - 1.0))
    again = {"mu": moments[:, 0], "mu_star": moments[:, 1], "sigma": spread}
    rows: Rows = []
    for index in INDICES["morris"]:
        known = np.ones_like(single) if index == "mu_star" else single
        rows += rows_of(index, told, np.where(known, values[index], np.nan), again[index], resampler)
    frame = _frame(rows)
    split, note = noise.no_split(), "no replicate"
    if not layout.seed_is_input:
        split, note = noise.measured_split(y, np.repeat(np.arange(n), steps), layout.seeds, resampler)
    threshold = float(frame.loc[(frame["index"] == "mu_star") & (frame["input"] == DUMMY), "value"].iloc[0])
    facts = {"threshold": threshold, "above": above_the_dummy(frame, "mu_star"), "split_note": note}
    return Estimate(frame, split, facts, again=again)


def elementary_effects(
    grid: NDArray[np.float64], means: NDArray[np.float64], moving: Sequence[str], told: Sequence[str]
) -> NDArray[np.float64]:
    """Return the elementary effect of every unit in every trajectory: float64 [trajectories, units].

    Parameters
    ----------
    grid
        float64 [rows, columns], SALib's trajectories.
    means
        float64 [rows], outcomes.
    moving
        Unit of every column.
    told
        Units in the order wanted. A unit of several columns has the sign of its first.
    """
    steps = len(told) + 1
    n = len(grid) // steps
    moves = np.diff(grid.reshape(n, steps, -1), axis=1)
    change = np.diff(means.reshape(n, steps), axis=1)
    found = np.empty((n, len(told)))
    for k, name in enumerate(told):
        move = moves[:, :, list(moving).index(name)]
        at = np.argmax(np.abs(move), axis=1)
        each = np.arange(n)
        found[:, k] = change[each, at] / move[each, at]
    return found


# ---- DGSM ------------------------------------------------------------------------------------------


def estimate_dgsm(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """Upper bounds of total indices from derivatives (Sobol and Kucherenko 2009; ``SALib.analyze.dgsm``).

    ``vt`` is the mean squared derivative by the probability of an input, over pi squared times the variance of a run: at least the total index, so an
    input with a small one can be set aside. Of a group it is the sum over its members, in the independent scores
    of a correlated one. Differences share their draw; the variance is that of one run, luck included, as the draw is an input like others.
    """
    problem = layout.problem
    d = len(problem.inputs)
    n = layout.rows // (d + 2)
    runs = y.reshape(n, d + 2, layout.replicates)
    base = runs[:, 0]
    step = layout.part["step"].reshape(n, d + 2, 1)
    dgsm = salib("analyze.dgsm")
    moved = [float(dgsm.calc_vi_stats(base, runs[:, i + 1], step[:, i + 1])[0]) for i in range(d + 1)]
    squares = np.stack([(((runs[:, i + 1] - base) / step[:, i + 1]) ** 2).mean(axis=1) for i in range(d + 1)], axis=1)
    centred = base - base.mean()
    moments = np.concatenate((squares, np.stack((centred.mean(1), (centred**2).mean(1)), axis=1)), axis=1)
    columns = [problem.members(name) if name != DUMMY else [d] for name in layout.told]
    membership = np.zeros((d + 1, len(columns)))
    for k, each in enumerate(columns):
        membership[each, k] = 1.0

    def bounds(sizes: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
        return divided(np.einsum("...i,ik->...k", sizes, membership), np.pi**2 * variance[..., None])

    again = resampler.means(moments)
    value = bounds(np.array(moved), np.asarray(base.var()))
    spread = bounds(again[:, : d + 1], again[:, -1] - again[:, -2] ** 2)
    rows = rows_of("vt", layout.told, value, spread, resampler)
    split, note = noise.measured_split(base, np.arange(n), layout.seeds, resampler)
    return Estimate(_frame(rows), split, {"split_note": note, "variance": float(base.var())}, again={"vt": spread})
