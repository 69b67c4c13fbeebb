"""FAST on its search curves, and two indices that look at whole distributions: PAWN and delta. All through SALib.

``fast`` (Saltelli, Tarantola and Chan 1999, Technometrics 41) reads first and total indices off a Fourier spectrum. Its points lie on curves that are different
ones for every ``n``: a design cannot grow and use its runs again. Several curves with phases of their own are run, and the interval comes from their spread.
Luck is white in a spectrum, so it is taken off frequency by frequency.

``pawn`` (Pianosi and Wagener 2018, Environmental Modelling & Software 108) is the distance of Kolmogorov and Smirnov between the outcomes of all runs and
of those in a tenth of an input's range, its median over the tenths. ``delta`` (Borgonovo 2007, Reliability Engineering & System Safety 92; Plischke, Borgonovo
and Smith 2013, European Journal of Operational Research 226) is half the area between the two densities, its bias taken off by a bootstrap. Neither is a
share of a variance: they speak of the outcome of one run, luck included, and nothing can be taken off. What an input that nothing reads is given is
the dummy's value, and an input counts when its interval is above the dummy's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.study.sensitivity import noise
from edusim.study.sensitivity.estimates import Estimate, above_the_dummy, rows_of
from edusim.study.sensitivity.layouts import CHECK, PLACES, Layout, replicated, salib
from edusim.study.sensitivity.noise import Resampler, divided
from edusim.study.sensitivity.points import DUMMY_COLUMN, frame_of, numbered, one_thread, scattered
from edusim.study.sensitivity.problem import DUMMY, EDGE, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study.sensitivity.estimates import Rows

#: Search curves of every input, each with phases of its own.
CURVES = 4
#: Harmonics that are read (the interference parameter M), and the fewest points of a curve: with fewer all other inputs move as one.
HARMONICS = 4
FEWEST_ON_CURVE = 8 * HARMONICS**2 + 1
#: Parts into which PAWN cuts the range of an input.
SLICES = 10
#: Resamples of delta: one takes as long as the estimate itself. SALib's own number.
DELTA_RESAMPLES = 100


# ---- FAST ------------------------------------------------------------------------------------------


def lay_fast(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` points on four search curves for every input and the dummy, as ``SALib.sample.fast_sampler`` draws them.

    Without replicates, ``independent`` draws (and ``factor``, which is laid out as them: a spectrum cannot move a draw) take a second dummy, so that the one
    that sets the noise is not the one that is reported.

    Raises
    ------
    StudyError
        ``STUDY-TOO-FEW`` below 516 points; ``STUDY-METHOD`` where inputs are in groups.
    """
    if len(problem.units) < len(problem.inputs):
        raise StudyError(
            "STUDY-METHOD", "fast 逐个处理输入量，不能成组", "fast takes inputs one by one and knows no groups", where="method",
            mend_zh="请改用 sobol 或 chaos，或拆开各组", mend_en="use sobol or chaos, or take the groups apart",
        )  # fmt: skip
    fewest = CURVES * FEWEST_ON_CURVE
    if n < fewest or n % CURVES:
        nearest = max(fewest, CURVES * round(n / CURVES))
        raise StudyError(
            "STUDY-TOO-FEW", f"fast 的 n 须为 {CURVES} 的倍数，且不少于 {fewest}，现为 {n}",
            f"n of fast is a multiple of {CURVES} and at least {fewest}, not {n}", where="n", mend_zh=f"请改为 {nearest}", mend_en=f"make it {nearest}",
        )  # fmt: skip
    d = len(problem.inputs)
    extra = [DUMMY, *([CHECK] if seeds != "paired" and replicates == 1 else [])]
    moving, on_curve = d + len(extra), n // CURVES
    sampler = salib("sample.fast_sampler")
    asked = {"num_vars": moving, "names": [f"x{i}" for i in range(moving)], "bounds": [[0.0, 1.0]] * moving}
    phases = np.random.default_rng(seed)
    curves = [sampler.sample(asked, on_curve, M=HARMONICS, seed=phases)[:, :d] for _ in range(CURVES)]
    unit = np.clip(np.concatenate(curves), EDGE, 1.0 - EDGE)
    rows = np.arange(len(unit), dtype=np.int64)
    return Layout(
        "fast", problem, n, seeds, replicates, second_order, seed, unit, replicated(0 * rows if seeds == "paired" else rows * PLACES, replicates, seeds),
        np.repeat(np.arange(CURVES, dtype=np.int64), moving * on_curve), {"moving": moving, "on_curve": on_curve, "seed_is_input": False},
    )  # fmt: skip


def estimate_fast(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """First and total indices from the spectrum (``SALib.analyze.fast``), freed from noise; intervals from the spread of the curves.

    ``raw`` is SALib's. With white noise of variance ``vn`` in the outcomes every frequency holds ``vn / points`` more, which is taken off the numerators and
    the variance. ``vn`` is that between replicates, or what a second dummy's curve holds at the frequencies of its own. Under the same draws everywhere
    nothing is taken off. A few curves give a wide interval, by Student's t; a curve with a missing run is left out.
    """
    fast = salib("analyze.fast")
    told, moving, points = layout.told, int(layout.part["moving"]), int(layout.part["on_curve"])
    curves = y.reshape(-1, moving, points, layout.replicates)
    means = curves.mean(axis=3)
    count = len(means)
    omega = (points - 1) // (2 * HARMONICS)
    units = len(told)
    raw = np.array([[fast.compute_orders(each, points, HARMONICS, omega) for each in curve[:units]] for curve in means])
    spectrum = np.abs(np.fft.rfft(means, axis=2)[:, :, 1 : (points + 1) // 2] / points) ** 2
    harmonics = spectrum[:, :, np.arange(1, HARMONICS + 1) * omega - 1].sum(axis=2)
    others, whole = spectrum[:, :, : omega // 2].sum(axis=2), spectrum.sum(axis=2)
    frequencies = spectrum.shape[2]
    if layout.seeds == "paired":
        floor = 0.0
    elif layout.replicates > 1:
        floor = float(noise.within(curves).mean()) / layout.replicates / points
    else:
        floor = float(spectrum[:, -1, omega // 2 :].mean())

    def of(rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return first and total indices of some curves together: a ratio of sums, as a curve alone may hold little variance."""
        signal = whole[rows].mean(axis=0) - frequencies * floor
        first = divided(harmonics[rows].mean(axis=0) - HARMONICS * floor, signal)
        rest = 1.0 - divided(others[rows].mean(axis=0) - (omega // 2) * floor, signal)
        return np.stack((first, rest))[:, :units]

    # One floor for all curves: noise is the same on them, and its estimate from one alone would only add to their spread.
    every = np.ones(count, dtype=bool)
    found = of(every)
    without = np.stack([of(np.arange(count) != k) for k in range(count)])
    drowned = bool(not (whole.mean(axis=0) - frequencies * floor)[:units].mean() > 0)
    rows: Rows = []
    for k, name in enumerate(("S1", "ST")):
        value = found[k] if not drowned else np.full(units, np.nan)
        rows += rows_of(name, told, value, _by_t(found[k], without[:, k], resampler), resampler, raw[:, :, k].mean(axis=0))
    frame = frame_of(rows)
    split, note = noise.measured_split(y, numbered(layout.block), layout.seeds, resampler)
    facts: dict[str, Any] = {"split_note": note, "curves": count, "above": () if drowned else above_the_dummy(frame, "ST")}
    if drowned:
        facts.update(drowned=True, note="drowned")
    if layout.replicates == 1 and layout.seeds != "paired":
        facts["noise_variance"] = floor * points
    return Estimate(frame, split, facts)


def _by_t(found: NDArray[np.float64], without: NDArray[np.float64], resampler: Resampler) -> NDArray[np.float64]:
    """Return quantiles by Student's t with the error of a jackknife over a few curves, in the place of resamples: float64 [resamples, units]."""
    from scipy.special import stdtrit

    count, resamples = len(without), len(resampler.counts)
    error = np.sqrt((count - 1) / count * ((without - without.mean(axis=0)) ** 2).sum(axis=0))
    return np.asarray(found + stdtrit(count - 1, (np.arange(resamples) + 0.5) / resamples)[:, None] * error)


# ---- PAWN ------------------------------------------------------------------------------------------


def lay_pawn(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` points of a nested Latin hypercube; see :func:`edusim.study.sensitivity.points.scattered`."""
    return scattered("pawn", problem, n, seeds=seeds, replicates=replicates, seed=seed, second_order=second_order)


def estimate_pawn(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """Median distance of Kolmogorov and Smirnov over ten slices of every input (``SALib.analyze.pawn``), for one run, luck included.

    Of a group it is the largest of its members'. The distance between a part and the whole is above 0 for nothing at all: ``facts["threshold"]`` is the
    dummy's. Intervals are the resamples' distances about their own mean, because resampling makes every distance larger.
    """
    x, runs = _columns(layout), y.reshape(-1)
    each = np.repeat(np.arange(layout.rows), layout.replicates)
    columns = x.shape[1]
    asked = {"num_vars": columns, "names": [f"x{i}" for i in range(columns)], "bounds": [[0.0, 1.0]] * columns}
    found = np.asarray(salib("analyze.pawn").analyze(asked, x[each], runs, S=SLICES)["median"], dtype=np.float64)
    order = np.argsort(runs, kind="stable")
    weights = resampler.counts[:, numbered(layout.block)][:, each[order]]
    again = np.stack([distances(x[each[order]], runs[order], weight) for weight in weights])
    value, spread = _of_units(layout, found), _of_units(layout, again)
    return _told("pawn", layout, y, value, value, value + spread - spread.mean(axis=0), resampler)


def distances(x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median over slices of the largest difference of distribution functions, for runs that count as often as they were drawn.

    Parameters
    ----------
    x
        float64 [runs, inputs], in the order of the outcomes.
    y
        float64 [runs], rising.
    weights
        float64 [runs]: how often each run is there.

    Returns
    -------
    ndarray
        float64 [inputs].
    """
    here = weights > 0
    x, y, weights = x[here], y[here], weights[here]
    # Where outcomes are equal their distribution function is known after the last of them only.
    last = np.append(np.diff(y) > 0, True)
    total = weights.sum()
    whole = np.cumsum(weights)[last] / total
    found = np.empty(x.shape[1])
    for j in range(x.shape[1]):
        order = np.argsort(x[:, j], kind="stable")
        passed = np.cumsum(weights[order]) - weights[order]
        part = np.empty(len(y), dtype=np.int64)
        part[order] = np.minimum((passed * SLICES / total).astype(np.int64), SLICES - 1)
        inside = np.zeros((len(y), SLICES))
        inside[np.arange(len(y)), part] = weights
        reached = np.cumsum(inside, axis=0)[last]
        found[j] = np.median(np.abs(reached / np.maximum(reached[-1], 1.0) - whole[:, None]).max(axis=0))
    return found


# ---- delta -----------------------------------------------------------------------------------------


def lay_delta(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` points of a nested Latin hypercube; see :func:`edusim.study.sensitivity.points.scattered`."""
    return scattered("delta", problem, n, seeds=seeds, replicates=replicates, seed=seed, second_order=second_order)


def estimate_delta(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """Borgonovo's delta of one run, luck included, and first indices, from the same points (``SALib.analyze.delta``).

    ``raw`` is the estimate over parts of equally many runs, the value twice it less the mean over resamples of blocks (Plischke et al. 2013, eq. 30), by which
    what nothing does comes out near 0. S1 is that of the replicates' mean, from which noise is taken: what it adds to the variance of the parts' means, and to
    the whole; without replicates it is a share of the variance of one run. Of a group both are the largest of its members', below which the group's
    own cannot be.
    ``facts["threshold"]`` is the dummy's delta.
    """
    delta = salib("analyze.delta")
    x, means = _columns(layout), y.mean(axis=1)
    runs, repeated = y.reshape(-1), np.repeat(x, layout.replicates, axis=0)
    grid = np.linspace(runs.min(), runs.max(), 100)
    edges, short = parts(len(runs)), finer(len(means))

    def freed_from_noise(first: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
        if layout.replicates == 1 or layout.seeds == "paired":
            return first
        whole, noisy = float(means[rows].var()), float(noise.within(y[rows]).mean()) / layout.replicates
        return divided(first * whole - noisy * (len(short) - 1) / layout.rows, np.asarray(whole - noisy))

    every = np.arange(layout.rows)
    columns = range(x.shape[1])
    with one_thread():
        raw = np.array([[delta.calc_delta(runs, grid, repeated[:, j], edges) for j in columns], [delta.sobol_first(means, x[:, j], short) for j in columns]])
    # The same estimators, a hundred times faster than one kernel estimate a part.
    again = np.empty((min(DELTA_RESAMPLES, len(resampler.counts)), *raw.shape))
    for k, count in enumerate(resampler.counts[: len(again), numbered(layout.block)].astype(np.int64)):
        rows = np.repeat(every, count)
        again[k, 0] = deltas(y[rows].reshape(-1), np.repeat(x[rows], layout.replicates, axis=0), grid)
        again[k, 1] = freed_from_noise(firsts(means[rows], x[rows]), rows)
    value = np.stack((2.0 * raw[0] - again[:, 0].mean(axis=0), freed_from_noise(raw[1], every)))
    # Parts of a Latin hypercube hold less chance than those of a resample: of S1 only the spread of the resamples counts.
    spread = np.stack((2.0 * raw[0] - again[:, 0], value[1] + again[:, 1] - again[:, 1].mean(axis=0)))
    each = [
        (name, _of_units(layout, value[k]), _of_units(layout, raw[k]), _of_units(layout, spread[k])) for k, name in enumerate(("delta", "S1"))
    ]  # fmt: skip
    estimates = [_told(name, layout, y, one, first, resampled, resampler) for name, one, first, resampled in each]
    import pandas as pd

    frame = pd.concat([one.indices for one in estimates], ignore_index=True)
    facts = dict(estimates[0].facts)
    if layout.replicates == 1 and layout.seeds != "paired":
        facts["note"] = "luck inside"
    return Estimate(frame, estimates[0].split, {**facts, "resamples": len(again)}, again={name: last for name, _, _, last in each})


def parts(runs: int) -> NDArray[np.float64]:
    """Return where runs are cut into parts of equally many, as many parts as SALib makes (Plischke et al. 2013)."""
    exponent = 2.0 / (7.0 + np.tanh((1500.0 - runs) / 500.0))
    return np.linspace(0, runs, int(np.round(min(int(np.ceil(runs**exponent)), 48))) + 1)


def finer(runs: int) -> NDArray[np.float64]:
    """Return where runs are cut for first indices: about as many parts as each has runs; the few of delta would miss an effect that goes up and down."""
    return np.linspace(0, runs, round(runs**0.5) + 1)


def deltas(y: NDArray[np.float64], x: NDArray[np.float64], grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``SALib.analyze.delta.calc_delta`` of every input: Gaussian kernels by Silverman's rule, all parts at once.

    Parameters
    ----------
    y, x
        float64 [runs], float64 [runs, inputs].
    grid
        float64 [points]: where densities are compared.

    Returns
    -------
    ndarray
        float64 [inputs].
    """
    starts, sizes = _starts(parts(len(y)))
    whole = _density(y, np.zeros(1, dtype=np.int64), np.array([len(y)]), grid)[0][:, 0]
    found = np.empty(x.shape[1])
    for j in range(x.shape[1]):
        density, varies = _density(y[np.argsort(x[:, j], kind="stable")], starts, sizes, grid)
        areas = np.trapezoid(np.abs(density - whole[:, None]), grid, axis=0)
        found[j] = float((sizes / (2.0 * len(y)) * areas)[varies].sum())
    return found


def _density(
    y: NDArray[np.float64], starts: NDArray[np.int64], sizes: NDArray[np.int64], grid: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the density of every part on the grid, float64 [points, parts], and which parts are not all one value."""
    centre = np.repeat(np.add.reduceat(y, starts) / sizes, sizes)
    spread = np.sqrt(np.add.reduceat((y - centre) ** 2, starts) / np.maximum(sizes - 1, 1))
    varies = np.maximum.reduceat(y, starts) > np.minimum.reduceat(y, starts)
    width = np.where(varies, spread * (sizes * 0.75) ** -0.2, 1.0)
    each = np.repeat(width, sizes)
    kernels = np.exp(-0.5 * ((grid[:, None] - y) / each) ** 2)
    return np.add.reduceat(kernels, starts, axis=1) / (sizes * width * np.sqrt(2.0 * np.pi)), varies


def firsts(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ``SALib.analyze.delta.sobol_first`` of every input: variance of the parts' means over the variance, float64 [inputs]."""
    starts, sizes = _starts(finer(len(y)))
    found = np.empty(x.shape[1])
    for j in range(x.shape[1]):
        means = np.add.reduceat(y[np.argsort(x[:, j], kind="stable")], starts) / sizes
        found[j] = float((sizes / len(y) * (means - y.mean()) ** 2).sum())
    return divided(found, np.asarray(y.var()))


def _starts(edges: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where parts begin among runs in the order of an input, and how many runs they hold."""
    # A run of rank r (from 1) is of the part whose edges have it: above the lower, not above the upper.
    ends = np.floor(edges + 1e-9).astype(np.int64)
    return ends[:-1], np.diff(ends)


def _columns(layout: Layout) -> NDArray[np.float64]:
    return np.column_stack((layout.unit, layout.part[DUMMY_COLUMN]))


def _of_units(layout: Layout, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest of every unit's members: float64 [..., inputs and dummy] -> [..., told]."""
    d = len(layout.problem.inputs)
    columns = [layout.problem.members(name) if name != DUMMY else [d] for name in layout.told]
    return np.stack([values[..., each].max(axis=-1) for each in columns], axis=-1)


def _told(
    index: str, layout: Layout, y: NDArray[np.float64], value: NDArray[np.float64], raw: NDArray[np.float64], again: NDArray[np.float64], resampler: Resampler
) -> Estimate:  # fmt: skip
    frame = frame_of(rows_of(index, layout.told, value, again, resampler, raw))
    split, note = noise.measured_split(y, numbered(layout.block), layout.seeds, resampler)
    facts = {"threshold": float(value[-1]), "above": above_the_dummy(frame, index), "split_note": note}
    return Estimate(frame, split, facts, again={index: again})
