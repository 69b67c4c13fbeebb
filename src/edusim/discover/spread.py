"""Why futures differ: which share of an effect's variance rests on what studies have measured, on what none has, and on luck.

The variance of an effect over futures and draws is split into closed indices of groups of assumptions,
``Var(E[effect | group]) / Var(effect)``, estimated from the stored runs alone (given data):

1. The draws of a future give the share of **luck** without any model: the mean variance within futures.
2. A sparse polynomial (Legendre, to the third degree, with products of two) is fitted to four fifths of the futures by forward
   selection, stopped by the extended Bayesian information criterion. Its terms that hold only members of a group are that group's
   conditional expectation, because assumptions are drawn independently.
3. On the futures left out, the squared correlation of these terms with the effect says what the group explains. This can
   be too small (what the polynomial misses) but, but for sampling, not too large; what no term explains is
   told as **unresolved**, never handed to a group.

A column of random numbers goes through the same as a group of its own, and must come out near nothing. Tested against functions whose
split is known: linear, with interactions, with noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Parts of the futures, each predicted from the others.
FOLDS = 5
DEGREE = 3
#: Assumptions with the largest effects of their own, whose products are tried.
PRODUCTS = 12
MOST_TERMS = 60
#: Resamples of futures behind an interval.
RESAMPLES = 400
#: What a column of random numbers may explain.
DUMMY_LIMIT = 0.02
#: Groups in the order in which they are told.
GROUPS = ("evidence", "assumption", "ratio")
PARTS = (*GROUPS, "interaction", "unresolved", "luck")
BESIDE = ("unmeasured", "dummy")
_SEED = 20261126

Term = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Split:
    """The split of one effect's variance.

    Attributes
    ----------
    total
        Variance over futures and draws, in the unit of the effect squared; the others are shares of it.
    shares, low, high
        ``evidence, assumption, ratio, interaction, unresolved, luck`` (adding to 1), and two beside them: ``unmeasured``, what
        assumptions and ratios explain together without any evidence, and ``dummy``; 95 % intervals.
    r2
        Out-of-sample share of the differences between futures (luck taken out) that the whole fit explains.
    single
        Share of the total that each assumption explains by itself, float64 [assumption].
    """

    total: float
    shares: Mapping[str, float]
    low: Mapping[str, float]
    high: Mapping[str, float]
    r2: float
    single: NDArray[np.float64]


def legendre(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return orthonormal Legendre polynomials of degree 1 to 3 of each column's ranks, float64 [future, column, degree].

    Ranks make every column uniform on -1..1, whatever it was drawn from; equal values share their rank.
    """
    from scipy.stats import rankdata

    x = 2 * (rankdata(table, axis=0) - 0.5) / max(1, len(table)) - 1
    return np.stack([math.sqrt(3) * x, math.sqrt(5) * (3 * x**2 - 1) / 2, math.sqrt(7) * (5 * x**3 - 3 * x) / 2], axis=2)


def _forward(columns: NDArray[np.float64], wanted: NDArray[np.float64], most: int) -> list[int]:
    """Return columns chosen one by one (orthogonal matching pursuit), as many as the extended criterion of Chen and Chen (2008) takes."""
    n, width = columns.shape
    if float(wanted @ wanted) <= 0.0:
        return []
    scaled = columns / np.maximum(np.sqrt((columns**2).sum(axis=0)), 1e-300)
    base = np.empty((n, most))
    left, chosen, free = wanted.copy(), list[int](), np.ones(width, dtype=bool)
    start = float(left @ left)
    best, keep = n * math.log(start / n), 0
    while len(chosen) < most:
        gain = np.where(free, np.abs(scaled.T @ left), 0.0)
        place = int(gain.argmax())
        if gain[place] ** 2 <= 1e-14 * start:
            break
        free[place] = False
        k = len(chosen)
        new = scaled[:, place] - base[:, :k] @ (base[:, :k].T @ scaled[:, place])
        size = math.sqrt(float(new @ new))
        if size < 1e-6:
            continue
        base[:, k] = new / size
        left = left - base[:, k] * float(base[:, k] @ left)
        chosen.append(place)
        price = len(chosen) * (math.log(n) + 2 * math.log(width))
        score = n * math.log(max(float(left @ left), 1e-28 * start) / n) + price
        if score < best:
            best, keep = score, len(chosen)
        elif len(chosen) > keep + 8:
            break
    return chosen[:keep]


def _fit(basis: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[list[Term], NDArray[np.float64]]:
    """Return the terms of the sparse polynomial and their coefficients."""
    n, d, degrees = basis.shape
    y = wanted - wanted.mean()
    flat = basis.reshape(n, -1)
    strength = ((flat.T @ y) ** 2).reshape(d, degrees).sum(axis=1)
    strong = np.sort(np.argsort(-strength, kind="stable")[:PRODUCTS]).tolist()
    terms: list[Term] = [((j, p),) for j in range(d) for p in range(degrees)]
    products = []
    for place, a in enumerate(strong):
        for b in strong[place + 1 :]:
            for p, q in ((0, 0), (0, 1), (1, 0)):
                terms.append(((a, p), (b, q)))
                products.append(basis[:, a, p] * basis[:, b, q])
    columns = np.column_stack([flat, *products])
    columns = columns - columns.mean(axis=0)
    chosen = _forward(columns, y, min(MOST_TERMS, max(1, n // 4)))
    if not chosen:
        return [], np.zeros(0)
    coefficients = np.linalg.lstsq(columns[:, chosen], y, rcond=None)[0]
    return [terms[k] for k in chosen], coefficients


def folds(n: int, parts: int = FOLDS) -> NDArray[np.int64]:
    """Return the part of each future, the same for the same number of futures."""
    return np.random.default_rng(_SEED).permutation(n) % parts


def predictions(table: NDArray[np.float64], wanted: NDArray[np.float64], group_of: Sequence[str]) -> tuple[dict[str, NDArray[np.float64]], NDArray[np.float64]]:
    """Return what each group, the whole fit and each assumption predict of futures that were left out of the fit.

    Parameters
    ----------
    table
        Assumptions, float64 [future, column].
    wanted
        Effect of every future, mean over draws, float64 [future].
    group_of
        Group of each column.

    Returns
    -------
    tuple
        Group, ``all``, ``unmeasured`` -> float64 [future]; and by itself, float64 [future, column].
    """
    n, d = table.shape
    basis = legendre(table)
    part = folds(n)
    names = list(dict.fromkeys(group_of))
    found = {name: np.zeros(n) for name in (*names, "all", "unmeasured")}
    single = np.zeros((n, d))
    for k in range(FOLDS):
        inside, outside = part != k, part == k
        terms, coefficients = _fit(basis[inside], wanted[inside])
        for term, coefficient in zip(terms, coefficients, strict=True):
            values = np.full(int(outside.sum()), coefficient)
            for j, p in term:
                values = values * basis[outside, j, p]
            found["all"][outside] += values
            groups = {group_of[j] for j, _ in term}
            if len(groups) == 1:
                found[next(iter(groups))][outside] += values
            if groups <= {"assumption", "ratio"}:
                found["unmeasured"][outside] += values
            if len(term) == 1:
                single[outside, term[0][0]] += values
    return found, single


def _explained(predicted: NDArray[np.float64], wanted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance explained: squared correlation times variance, 0 where it is of the wrong sign; along the last axis."""
    p = predicted - predicted.mean(axis=-1, keepdims=True)
    y = wanted - wanted.mean(axis=-1, keepdims=True)
    along = np.clip((p * y).mean(axis=-1), 0.0, None)
    size = (p * p).mean(axis=-1)
    size = np.asarray(size, dtype=np.float64)
    found = np.zeros_like(size)
    np.divide(along**2, size, out=found, where=size > 1e-24 * np.maximum((y * y).mean(axis=-1), 1e-300))
    return found


def _shares(
    found: Mapping[str, NDArray[np.float64]], mean: NDArray[np.float64], within: NDArray[np.float64], own: NDArray[np.float64], draws: int
) -> dict[str, NDArray[np.float64]]:
    """Return the shares of (resampled) futures, float64 along the first axes; see :class:`Split`.

    ``within`` is the variance over the draws of a future, ``own`` what of it is not common to all futures: only that makes means of
    futures differ.
    """
    luck = within.mean(axis=-1)
    between = np.clip(mean.var(axis=-1, ddof=1) - own.mean(axis=-1) / draws, 0.0, None)
    total = np.maximum(between + luck, 1e-300)
    alone = {name: _explained(found[name], mean) for name in GROUPS if name in found}
    whole = np.maximum(_explained(found["all"], mean), sum(alone.values()))
    # Sampling may let the parts exceed the whole that was seen: they are then scaled to it.
    scale = np.where(whole > between, between / np.where(whole > between, whole, 1.0), 1.0)
    told = {name: scale * alone.get(name, np.zeros_like(total)) / total for name in GROUPS}
    told["interaction"] = scale * (whole - sum(alone.values())) / total
    told["unresolved"] = (between - scale * whole) / total
    told["luck"] = luck / total
    told["unmeasured"] = np.maximum(scale * _explained(found["unmeasured"], mean) / total, told["assumption"] + told["ratio"])
    told["dummy"] = _explained(found["dummy"], mean) / total
    told["r2"] = np.divide(scale * whole, between, out=np.zeros_like(total), where=between > 0)
    told["total"] = total
    return told


def split(table: NDArray[np.float64], group_of: Sequence[str], effect: NDArray[np.float64], *, crossed: bool = False) -> Split | None:
    """Split the variance of an effect; see the module.

    Parameters
    ----------
    table
        Assumptions, float64 [future, column].
    group_of
        ``evidence``, ``assumption`` or ``ratio`` for each column.
    effect
        float64 [future, draw]; with one draw luck cannot be told from what is unresolved, and is 0.

    crossed
        Whether a draw is the same people and lots at every future.

    Returns
    -------
    Split or None
        None where nothing varies.

    Notes
    -----
    Intervals resample futures, 400 times, with the predictions kept. They do not know that the draws were few: what luck
    does in common to all futures is seen only as often as there are draws.
    """
    n, draws = effect.shape
    mean = effect.mean(axis=1)
    common = effect.mean(axis=0) if crossed else np.zeros(draws)
    within, rest = ((e.var(axis=1, ddof=1) if draws > 1 else np.zeros(n)) for e in (effect, effect - common))
    size = float(np.abs(effect).max(initial=0.0))
    if n < 3 or float(np.ptp(effect)) <= 1e-9 * size or size == 0.0:
        return None
    random = np.random.default_rng(_SEED)
    dummy = random.permutation(n).astype(np.float64)
    found, single = predictions(np.column_stack([table, dummy]), mean, [*group_of, "dummy"])
    point = _shares(found, mean, within, rest, draws)
    picked = random.integers(0, n, (RESAMPLES, n))
    again = _shares({k: v[picked] for k, v in found.items()}, mean[picked], within[picked], rest[picked], draws)
    names = (*PARTS, *BESIDE)
    own = _explained(single[:, :-1].T, np.broadcast_to(mean, (table.shape[1], n))) / float(point["total"])
    return Split(
        float(point["total"]), {k: float(point[k]) for k in names}, {k: float(np.quantile(again[k], 0.025)) for k in names},
        {k: float(np.quantile(again[k], 0.975)) for k in names}, float(point["r2"]), own,
    )  # fmt: skip


def row(found: Split | None) -> dict[str, Any]:
    """Return a split as one row of ``spread.csv``; NaN where nothing varies."""
    told: dict[str, Any]
    if found is None:
        told = {f"{part}{end}": math.nan for part in (*PARTS, *BESIDE) for end in ("", "_low", "_high")}
        return {"varies": False, "sd": 0.0, **told, "r2": math.nan, "dummy_ok": True}
    told = {"varies": True, "sd": math.sqrt(found.total)}
    for part in (*PARTS, *BESIDE):
        told |= {part: found.shares[part], f"{part}_low": found.low[part], f"{part}_high": found.high[part]}
    return told | {"r2": found.r2, "dummy_ok": found.shares["dummy"] <= DUMMY_LIMIT}
