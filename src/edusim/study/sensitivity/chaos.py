"""A sparse polynomial in place of the simulator: polynomial chaos through OpenTURNS, checked by leaving runs out, with noise taken out.

The expected outcome is written as a sum of products of Legendre polynomials of the inputs' probabilities, which are orthonormal, so that the variance
splits over terms: what an input does alone is the sum of the squares of its own coefficients, its total is that of every term it is in (Sudret 2008,
Reliability Engineering & System Safety 93).

1. **Candidates.** Products of few inputs and low degree come first (hyperbolic norm; Blatman and Sudret 2011, Journal of Computational Physics 230).
   Where these are more than ``MOST`` only the inputs that a screening of single terms and pairs finds strongest are given all of them, the others
   low degrees of their own.
2. **Selection.** Least angle regression orders candidates and the corrected leave-one-out error says how many of them to take
   (``openturns.FunctionalChaosAlgorithm``), for every degree and norm of ``RUNGS``.
3. **Cleaning.** With noise that takes too many: the best of a hundred candidates that do nothing looks like something. A term stays whose coefficient
   is more than ``sqrt(2 log candidates)`` of its standard errors, the largest that so many candidates reach by chance (Donoho and Johnstone 1994,
   Biometrika 81). Degree and norm are those with the best corrected leave-one-out Q2 of what is left.
4. **Noise.** A squared coefficient holds the square of its error too: its estimated variance is taken off.

Intervals come from resamples of blocks in which the coefficients are fitted, cleaned and freed from noise again; which candidates were tried is not drawn
again. What the polynomial does not explain is told as such: luck, where replicates measured it, and what the expansion misses.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError, StudyError, did_you_mean
from edusim.study.sensitivity import noise
from edusim.study.sensitivity.estimates import Estimate, above_the_dummy, rows_of
from edusim.study.sensitivity.layouts import Layout, every_pair
from edusim.study.sensitivity.noise import INTERACTION, PARAMETERS, UNEXPLAINED, Resampler, divided
from edusim.study.sensitivity.noise import SEEDS as LUCK
from edusim.study.sensitivity.points import DUMMY_COLUMN, frame_of, numbered, one_thread, scattered
from edusim.study.sensitivity.problem import DUMMY, Problem, independent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.study.sensitivity.estimates import Rows

#: Degree and hyperbolic norm of the candidates that are tried; a smaller norm allows fewer products.
RUNGS = ((1, 1.0), (2, 1.0), (3, 0.75), (4, 0.75), (5, 0.6), (6, 0.75), (8, 0.5), (8, 0.75), (10, 0.5), (12, 0.5))
#: Candidates of one rung.
MOST = 400
#: Inputs that have candidates at most, the dummy among them: OpenTURNS takes a second and more to order the terms of a hundred.
WIDEST = 40
#: Terms that are kept at most, as a share of the runs.
SHARE = 0.25
#: Degrees that the screening looks at, alone and in pairs.
ALONE, PAIRED = 6, 3
#: Degree that an input may have alone when it is not among the strongest.
WEAK = 2
#: Least angle regression ends when its error is so many times the least so far.
PATIENCE = 1.02
_TINY = 1e-300


def lay_chaos(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` points of a nested Latin hypercube of all inputs and the dummy; see :func:`edusim.study.sensitivity.points.scattered`."""
    return scattered("chaos", problem, n, seeds=seeds, replicates=replicates, seed=seed, second_order=second_order)


# ---- the expansion ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Expansion:
    """A sum of products of orthonormal Legendre polynomials over the unit cube.

    Attributes
    ----------
    powers
        int64 [terms, inputs]: degree of every input in every term; the first term is the constant.
    coefficients
        float64 [terms], in the unit of the outcome.
    errors
        float64 [terms]: estimated variance of every coefficient.
    selected
        int64 [selected, inputs]: the terms before cleaning, the constant first.
    candidates
        How many terms there were to select from.
    threshold
        Standard errors that a coefficient needs to be kept.
    degree, norm
        The rung: total degree and hyperbolic norm.
    q2
        Corrected leave-one-out Q2: share of the variance of the outcomes that a prediction from the other runs explains.
    """

    powers: NDArray[np.int64]
    coefficients: NDArray[np.float64]
    errors: NDArray[np.float64]
    selected: NDArray[np.int64]
    candidates: int
    threshold: float
    degree: int
    norm: float
    q2: float

    def __call__(self, z: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the expected outcome at independent uniform points, float64 [points, inputs] -> [points]."""
        return np.asarray(np.einsum("nt,t->n", columns_of(z, self.powers), self.coefficients))


def columns_of(z: NDArray[np.float64], powers: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the terms at points of the unit cube: float64 [points, terms]."""
    found = np.ones((len(z), len(powers)))
    for j in np.flatnonzero(powers.any(axis=0)):
        used = powers[:, j] > 0
        found[:, used] *= _legendre(z[:, j], int(powers[:, j].max()))[:, powers[used, j]]
    return found


def fit(z: NDArray[np.float64], y: NDArray[np.float64], rungs: Sequence[tuple[int, float]] = RUNGS) -> Expansion:
    """Return the sparse expansion of an outcome over independent uniform inputs.

    Parameters
    ----------
    z
        float64 [points, inputs], between 0 and 1.
    y
        float64 [points], of one run or the mean of some; not all the same.
    rungs
        Degrees and norms that are tried.

    Returns
    -------
    Expansion
        That of the rung with the best corrected leave-one-out Q2; the constant alone where no term can be told from noise.

    Raises
    ------
    RunError
        ``RUN-LIBRARY`` when OpenTURNS is not installed.
    """
    centre, scale = float(y.mean()), float(y.std())
    scaled = (y - centre) / scale
    order = _strongest(z, scaled)
    best: Expansion | None = None
    seen: set[tuple[tuple[int, ...], ...]] = set()
    with _openturns() as ot:
        for degree, norm in rungs:
            selected, candidates = _selected(ot, z, scaled, order, degree, norm)
            key = tuple(map(tuple, selected.tolist()))
            if key in seen:
                continue
            seen.add(key)
            found = _cleaned(z, scaled, selected, candidates, degree, norm)
            if best is None or found.q2 > best.q2:
                best = found
    assert best is not None
    coefficients = best.coefficients * scale
    coefficients[0] += centre
    return replace(best, coefficients=coefficients, errors=best.errors * scale**2)


def _legendre(x: NDArray[np.float64], degree: int) -> NDArray[np.float64]:
    """Return orthonormal Legendre polynomials on (0, 1): float64 [points, degree + 1]."""
    return np.asarray(np.polynomial.legendre.legvander(2.0 * x - 1.0, degree) * np.sqrt(2.0 * np.arange(degree + 1) + 1.0))


def _strongest(z: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the inputs by the largest correlation of the outcome with one of their terms, alone or with another input.

    An input may act only together with another, so pairs are looked at as well, on what single terms leave.
    """
    n, d = z.shape
    terms = np.stack([_legendre(z[:, j], ALONE) for j in range(d)], axis=1)[:, :, 1:]
    alone = np.einsum("njk,n->jk", terms, y) / n
    strength = (alone**2).max(axis=1)
    told = alone**2 > 2.0 * math.log(d * ALONE) / n
    rest = y - np.einsum("njk,jk->n", terms, np.where(told, alone, 0.0))
    for one in range(PAIRED):
        for other in range(PAIRED - one):
            both = np.einsum("ni,nj->ij", terms[:, :, one] * rest[:, None], terms[:, :, other], optimize=True) / n
            np.fill_diagonal(both, 0.0)
            strength = np.maximum(strength, np.maximum((both**2).max(axis=0), (both**2).max(axis=1)))
    return np.argsort(-strength, kind="stable").astype(np.int64)


@contextmanager
def _openturns() -> Iterator[Any]:
    """Give OpenTURNS on one thread, with the settings of the selection, and put back what was set.

    Raises
    ------
    RunError
        ``RUN-LIBRARY`` when it is not installed.
    """
    try:
        with warnings.catch_warnings():
            # Types that its wrapper makes have no module of their own; Python says so on import.
            warnings.filterwarnings("ignore", category=DeprecationWarning)
            import openturns as ot
    except ImportError:
        raise RunError(
            "RUN-LIBRARY", "没有安装 OpenTURNS", "OpenTURNS is not installed",
            mend_zh="请安装 pip install 'edusim-groups[chaos]'", mend_en="install it with pip install 'edusim-groups[chaos]'",
        ) from None  # fmt: skip
    method, factor = (f"LeastSquaresMetaModelSelection-{name}" for name in ("DecompositionMethod", "MaximumErrorFactor"))
    was = ot.ResourceMap.Get(method), ot.ResourceMap.GetAsScalar(factor), ot.TBB.GetThreadsNumber()
    try:
        ot.ResourceMap.Set(method, "QR")
        ot.ResourceMap.SetAsScalar(factor, PATIENCE)
        ot.TBB.SetThreadsNumber(1)
        yield ot
    finally:
        ot.ResourceMap.Set(method, was[0])
        ot.ResourceMap.SetAsScalar(factor, was[1])
        ot.TBB.SetThreadsNumber(was[2])


def _candidates(ot: Any, order: NDArray[np.int64], degree: int, norm: float) -> tuple[Any, int, NDArray[np.int64]]:
    """Return the enumeration of the candidates of a rung, how many there are, and the columns that it runs over.

    As many of the strongest inputs as ``MOST`` allows have every product; the weights of the others leave them low degrees. Beyond the
    ``WIDEST`` strongest an input has no candidate, and what it does counts as unexplained.
    """
    columns = order[:WIDEST].copy()
    dummy = len(order) - 1
    if dummy not in columns:  # nothing must have had its chance too
        columns[-1] = dummy
    d = len(columns)
    weak = float(degree) if degree <= WEAK else degree / WEAK
    strong, size = 0, how_many(0, d, weak, degree, norm)
    while strong < d and (wider := how_many(strong + 1, d - strong - 1, weak, degree, norm)) <= MOST:
        strong, size = strong + 1, wider
    return ot.HyperbolicAnisotropicEnumerateFunction([1.0] * strong + [weak] * (d - strong), norm), size, columns


def how_many(strong: int, others: int, weight: float, degree: int, norm: float) -> int:
    """Return how many terms have a hyperbolic norm up to the degree: ``sum((weight power)**norm)**(1/norm) <= degree``.

    OpenTURNS orders terms by this norm, and has no fast count of them where weights differ.

    Parameters
    ----------
    strong, others
        Inputs of weight 1, and of the weight given.
    weight
        Weight of the others, 1 or more.
    degree, norm
        Largest norm, and its exponent.
    """
    limit = degree**norm * (1.0 + 1e-9)

    def count(inputs: int, weight: float, power: int, left: float, then: int) -> int:
        """Count ways to give ``inputs`` powers up to ``power`` each, and after them the others theirs."""
        if power == 0 or inputs == 0:
            return count(then, weight_of_others, degree, left, 0) if then else 1
        price = (weight * power) ** norm
        found = 0
        for times in range(min(inputs, int(left / price)) + 1):
            found += math.comb(inputs, times) * count(inputs - times, weight, power - 1, left - times * price, then)
        return found

    weight_of_others = weight
    return count(strong, 1.0, degree, limit, others)


def _selected(
    ot: Any, z: NDArray[np.float64], y: NDArray[np.float64], order: NDArray[np.int64], degree: int, norm: float
) -> tuple[NDArray[np.int64], int]:
    """Return the terms that least angle regression takes, the constant first, and how many there were to take from."""
    function, size, columns = _candidates(ot, order, degree, norm)
    d = len(columns)
    basis = ot.OrthogonalProductPolynomialFactory([ot.LegendreFactory()] * d, function)
    selection = ot.LeastSquaresMetaModelSelectionFactory(ot.LARS(), ot.CorrectedLeaveOneOut())
    algorithm = ot.FunctionalChaosAlgorithm(
        ot.Sample(2.0 * z[:, columns] - 1.0), ot.Sample(y[:, None]), ot.JointDistribution([ot.Uniform(-1.0, 1.0)] * d),
        ot.FixedStrategy(basis, size), ot.LeastSquaresStrategy(selection),
    )  # fmt: skip
    algorithm.run()
    taken = sorted({0, *(int(k) for k in algorithm.getResult().getIndices())})
    powers = np.zeros((len(taken), z.shape[1]), dtype=np.int64)
    powers[:, columns] = [list(function(k)) for k in taken]
    return powers, size


def _cleaned(
    z: NDArray[np.float64], y: NDArray[np.float64], powers: NDArray[np.int64], candidates: int, degree: int, norm: float
) -> Expansion:
    """Return the expansion of the terms that stand out of noise: the least of them is left out until all do."""
    n = len(y)
    threshold = math.sqrt(2.0 * math.log(max(candidates, 3)))
    terms = columns_of(z, powers)
    gram, moments, square = terms.T @ terms, terms.T @ y, float(y @ y)
    kept = np.arange(len(powers))
    while len(kept) > 1:
        inverse = np.linalg.pinv(gram[np.ix_(kept, kept)], hermitian=True)
        coefficients = inverse @ moments[kept]
        spread = max(square - float(coefficients @ moments[kept]), _TINY) / (n - len(kept)) if n > len(kept) else math.inf
        sizes = np.abs(coefficients) / np.sqrt(np.maximum(spread * np.diag(inverse), _TINY))
        weakest = 1 + int(sizes[1:].argmin())
        if sizes[weakest] >= threshold and len(kept) <= SHARE * n:
            break
        kept = np.delete(kept, weakest)
    q, r = np.linalg.qr(terms[:, kept])
    inner = q.T @ y
    left = y - q @ inner
    inverse = np.linalg.inv(r)
    coefficients = inverse @ inner
    free = n - len(kept)
    errors = float(left @ left) / free * (inverse**2).sum(axis=1)
    leverage = (q**2).sum(axis=1)
    # Chapelle, Vapnik and Bengio 2002 (Machine Learning 48): what few runs for many terms leave out of the error.
    correction = n / free * (1.0 + float((inverse**2).sum()))
    q2 = 1.0 - correction * float(((left / (1.0 - leverage)) ** 2).mean()) / float(y.var())
    return Expansion(powers[kept], coefficients, errors, powers, candidates, threshold, degree, norm, q2)


# ---- indices ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Surrogate:
    """An expansion of a layout's outcome with its uncertainty.

    Attributes
    ----------
    layout
        Points from which it was made.
    expansion
        The expansion of the expected outcome.
    resampled, errors
        float64 [resamples, selected]: coefficients and their estimated variances in every resample of blocks, cleaned again.
    left
        float64 [1 + resamples]: variance of the outcomes about the expansion, of the layout and of every resample.
    q2
        Corrected leave-one-out Q2 and the two ends of its interval.
    resampler
        What drew the resamples.
    """

    layout: Layout
    expansion: Expansion
    resampled: NDArray[np.float64]
    errors: NDArray[np.float64]
    left: NDArray[np.float64]
    q2: tuple[float, float, float]
    resampler: Resampler

    def predict(self, unit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the expected outcome at points like a layout's ``unit``: float64 [points, inputs] -> [points]."""
        z = independent(self.layout.problem, np.asarray(unit, dtype=np.float64))
        # Nothing depends on the dummy but what chance let it have: at its middle odd terms vanish.
        return self.expansion(np.column_stack((z, np.full(len(z), 0.5))))

    def together(self, one: str, other: str, cells: int = 12) -> pd.DataFrame:
        """Return the expected outcome given two inputs, over a grid of their probabilities.

        Parameters
        ----------
        one, other
            Names of two inputs that are correlated with none.
        cells
            Cells of the grid each way.

        Returns
        -------
        DataFrame
            ``input, other, x, y`` (centres of cells, probabilities), ``mean, low, high`` (E[outcome | both]), ``alone`` (the mean and the two main
            effects), ``beyond, beyond_low, beyond_high`` (what the two do together beyond that).

        Raises
        ------
        StudyError
            ``STUDY-PAIRS`` when one of them is no input, is correlated with others, or both are the same.
        """
        import pandas as pd

        columns = [self._column(one), self._column(other)]
        if one == other:
            raise _pair(one, "两个输入量相同", "the two inputs are the same", "请给出两个不同的输入量", "name two inputs that differ")
        centres = (np.arange(cells) + 0.5) / cells
        x, y = (grid.reshape(-1) for grid in np.meshgrid(centres, centres, indexing="ij"))
        z = np.full((len(x), self.expansion.powers.shape[1]), 0.5)
        z[:, columns[0]], z[:, columns[1]] = x, y

        def parts(powers: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
            inside = _within(powers, columns)
            both = inside & (powers[:, columns] > 0).all(axis=1)
            return columns_of(z, powers), inside, both

        terms, inside, both = parts(self.expansion.powers)
        a = self.expansion.coefficients
        mean, beyond = terms[:, inside] @ a[inside], terms[:, both] @ a[both]
        terms, inside, both = parts(self.expansion.selected)
        low, high = self.resampler.ends(np.einsum("rt,nt->rn", self.resampled[:, inside], terms[:, inside]))
        beyond_low, beyond_high = self.resampler.ends(np.einsum("rt,nt->rn", self.resampled[:, both], terms[:, both]))
        return pd.DataFrame(
            {
                "input": one, "other": other, "x": x, "y": y, "mean": mean, "low": low, "high": high, "alone": mean - beyond,
                "beyond": beyond, "beyond_low": beyond_low, "beyond_high": beyond_high,
            }
        )  # fmt: skip

    def _column(self, name: str) -> int:
        problem = self.layout.problem
        if name not in problem.names:
            zh, en = did_you_mean(name, problem.names)
            raise _pair(name, f"没有输入量 {name}", f"there is no input {name}", zh, en)
        column = problem.names.index(name)
        if problem.inputs[column].group in problem.correlation:
            raise _pair(
                name, "它与组内其他输入量相关，没有单独的含义", "it is correlated with others of its group and has no meaning of its own",
                "请选不相关的输入量", "choose inputs that are not correlated",
            )  # fmt: skip
        return column


def estimate_chaos(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Estimate:
    """First and total indices of units and dummy from a sparse expansion, of pairs where asked; what it leaves unexplained.

    ``raw`` is the share of the squares of the kept coefficients as they are, the value the same with each one's estimated variance taken off. The
    split holds what the expansion explains, luck where replicates measured it, and the rest: what the expansion misses, with luck where it
    was not measured. Where no term stands out of noise, or the interval of Q2 reaches 0, every index is missing and ``facts["drowned"]`` is true.
    """
    return indices_of(surrogate(layout, y, resampler), y)


def surrogate(layout: Layout, y: NDArray[np.float64], resampler: Resampler) -> Surrogate:
    """Return the expansion of an outcome's mean over replicates, with resamples.

    Parameters
    ----------
    layout
        A layout of points (:mod:`edusim.study.sensitivity.points`).
    y
        float64 [rows, replicates], finite.
    resampler
        Resamples of the layout's blocks.
    """
    z = np.column_stack((independent(layout.problem, layout.unit), layout.part[DUMMY_COLUMN]))
    means = y.mean(axis=1)
    weights = resampler.counts[:, numbered(layout.block)]
    with one_thread():
        expansion = fit(z, means)
        resampled, errors, left = _refitted(z, means, expansion, weights)
    own = float(((means - expansion(z)) ** 2).sum()) / (len(means) - len(expansion.powers))
    return Surrogate(
        layout, expansion, resampled, errors, np.concatenate(([own], left)), _q2(z, means, expansion, weights, resampler), resampler
    )  # fmt: skip


def _refitted(
    z: NDArray[np.float64], y: NDArray[np.float64], expansion: Expansion, weights: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return coefficients of the selected terms and their variances, float64 [resamples, selected] each, and what they leave of the variance.

    Least squares with every row as often as it was drawn, on all terms that were selected; those that do not stand out are set
    to nothing, and the others fitted again.
    """
    centre, scale = float(y.mean()), float(y.std())
    terms = columns_of(z, expansion.selected)
    k = terms.shape[1]
    one, other = np.triu_indices(k)
    wanted = (y - centre) / scale
    # One product of sums for all resamples; einsum adds in an order that no number of threads changes.
    sums = np.einsum("rn,nm->rm", weights, np.column_stack((terms[:, one] * terms[:, other], terms * wanted[:, None], wanted**2)))
    gram = np.empty((len(weights), k, k))
    gram[:, one, other] = gram[:, other, one] = sums[:, : len(one)]
    moments, square = sums[:, len(one) : -1], sums[:, -1]
    total = weights.sum(axis=1)
    kept = np.ones((len(weights), k), dtype=bool)
    for _ in range(3):
        both = kept[:, :, None] & kept[:, None, :]
        # A faint ridge: a resample may lack the rows that tell two terms apart.
        masked = np.where(both, gram, 0.0) + np.eye(k) * (np.where(kept, 1e-9, 1.0) * total[:, None])[:, :, None]
        inverse = np.linalg.inv(masked)
        found = np.einsum("rij,rj->ri", inverse, np.where(kept, moments, 0.0)) * kept
        left = np.maximum(square - np.einsum("ri,ri->r", found, moments), _TINY)
        left = left / np.maximum(total - kept.sum(axis=1), 1.0)
        errors = left[:, None] * np.diagonal(inverse, axis1=1, axis2=2) * kept
        stand = np.abs(found) >= expansion.threshold * np.sqrt(errors)
        stand[:, 0] = True
        if (stand | ~kept).all():
            break
        kept &= stand
    found *= kept * scale
    found[:, 0] += centre
    return found, errors * kept * scale**2, left * scale**2


def _q2(
    z: NDArray[np.float64], y: NDArray[np.float64], expansion: Expansion, weights: NDArray[np.float64], resampler: Resampler
) -> tuple[float, float, float]:
    terms = columns_of(z, expansion.powers)
    q, _ = np.linalg.qr(terms)
    missed = ((y - expansion(z)) / (1.0 - (q**2).sum(axis=1))) ** 2
    plain = 1.0 - float(missed.mean()) / float(y.var())
    centred = y - y.mean()
    sums = np.einsum("rn,nm->rm", weights, np.stack((missed, centred, centred**2, np.ones(len(y))), axis=1))
    spread = sums[:, 2] / sums[:, 3] - (sums[:, 1] / sums[:, 3]) ** 2
    # The correction for few runs is one factor of the error, whichever rows are drawn.
    correction = (1.0 - expansion.q2) / max(1.0 - plain, _TINY)
    low, high = resampler.ends(1.0 - correction * divided(sums[:, 0] / sums[:, 3], spread))
    return expansion.q2, float(low), float(high)


def indices_of(made: Surrogate, y: NDArray[np.float64]) -> Estimate:
    """Return the indices of a surrogate; see :func:`estimate_chaos`."""
    layout, expansion, resampler = made.layout, made.expansion, made.resampler
    told, pairs = layout.told, every_pair(layout)
    members = {name: layout.problem.members(name) if name != DUMMY else [len(layout.problem.inputs)] for name in told}
    squares = expansion.coefficients**2
    point = _shares(expansion.powers, np.maximum(squares - expansion.errors, 0.0), told, pairs, members)
    raw = _shares(expansion.powers, squares, told, pairs, members)
    again = _shares(expansion.selected, np.maximum(made.resampled**2 - made.errors, 0.0), told, pairs, members)
    # Of hundreds of candidates some stand out of pure noise by chance; an expansion that may foretell nothing has no indices either.
    drowned = len(expansion.powers) == 1 or not made.q2[1] > 0.0
    rows: Rows = []
    for name in ("S1", "ST"):
        rows += rows_of(name, told, point[name], again[name], resampler, raw[name])
    for name in ("Sclosed", "S2") if pairs else ():
        rows += rows_of(name, [p[0] for p in pairs], point[name], again[name], resampler, raw[name], [p[1] for p in pairs])
    split, note, own = _split(made, y)
    q2, low, high = made.q2
    frame = frame_of(rows)
    if drowned:
        frame[["value", "low", "high"]] = math.nan
    facts = {
        "variance": float(y.var()), "noise_variance": own, "drowned": drowned, **({"note": "drowned"} if drowned else {}), "split_note": note,
        "above": () if drowned else above_the_dummy(frame, "ST"),
        "q2": q2, "q2_low": low, "q2_high": high, "terms": len(expansion.powers) - 1, "candidates": expansion.candidates,
        "degree": expansion.degree, "norm": expansion.norm,
    }  # fmt: skip
    return Estimate(frame, split, facts, again={name: again[name] for name in ("S1", "ST")})


def _shares(
    powers: NDArray[np.int64], squares: NDArray[np.float64], told: Sequence[str], pairs: Sequence[tuple[str, str]], members: Mapping[str, list[int]]
) -> dict[str, NDArray[np.float64]]:  # fmt: skip
    """Return the shares of the variance that terms have: squares float64 [..., terms] -> index -> [..., units]."""
    squares = np.where(powers.any(axis=1), squares, 0.0)
    explained = squares.sum(axis=-1)

    def of(masks: list[NDArray[np.bool_]]) -> NDArray[np.float64]:
        return divided(np.einsum("...t,ut->...u", squares, np.array(masks, dtype=np.float64)), explained[..., None])

    found = {
        "S1": of([_within(powers, members[name]) for name in told]),
        "ST": of([_touching(powers, members[name]) for name in told]),
    }
    if pairs:
        closed = [_within(powers, members[one] + members[other]) for one, other in pairs]
        both = [_touching(powers, members[one]) & _touching(powers, members[other]) for one, other in pairs]
        found["Sclosed"] = of(closed)
        found["S2"] = of([inside & touch for inside, touch in zip(closed, both, strict=True)])
    return found


def _within(powers: NDArray[np.int64], columns: Sequence[int]) -> NDArray[np.bool_]:
    """Return which terms hold no other input than these: with the constant, those of the expectation given them."""
    others = np.ones(powers.shape[1], dtype=bool)
    others[list(columns)] = False
    return np.asarray(~powers[:, others].any(axis=1))


def _touching(powers: NDArray[np.int64], columns: Sequence[int]) -> NDArray[np.bool_]:
    return np.asarray(powers[:, list(columns)].any(axis=1))


def _split(made: Surrogate, y: NDArray[np.float64]) -> tuple[pd.DataFrame, str, float]:
    """Return the split of a run's variance, what is to be said of it, and the variance that is luck."""
    layout, resampler, times = made.layout, made.resampler, made.layout.replicates
    block, left = numbered(layout.block), made.left
    if times < 2:
        centred = y[:, 0] - y.mean()
        moments = noise.per_block(np.stack((centred, centred**2), axis=1), block, len(resampler.counts[0]))
        sums = np.concatenate((moments.mean(axis=0)[None], resampler.means(moments)))
        whole = sums[:, 1] - sums[:, 0] ** 2
        parts = {PARAMETERS: whole - left, UNEXPLAINED: left}
        note, own = "one draw" if layout.seeds == "paired" else "untold", float("nan")
    else:
        point, again, note = noise.components(y, block, layout.seeds, resampler)
        parts = {name: np.concatenate((np.reshape(value, 1), np.broadcast_to(again[name], len(left) - 1))) for name, value in point.items()}
        # What a point's mean still has of luck is no fault of the expansion.
        missed = np.maximum(left - parts[INTERACTION if layout.seeds == "paired" else LUCK] / times, 0.0)
        own = float(sum(value[0] for name, value in parts.items() if name != PARAMETERS))
        parts = {**parts, PARAMETERS: parts[PARAMETERS] - missed, UNEXPLAINED: missed}
    first, others = ({name: value[at] for name, value in parts.items()} for at in (0, slice(1, None)))
    return noise.split_frame(first, others, resampler), note, own


def _pair(name: str, zh: str, en: str, mend_zh: str, mend_en: str) -> StudyError:
    return StudyError("STUDY-PAIRS", zh, en, where=name, mend_zh=mend_zh, mend_en=mend_en)
