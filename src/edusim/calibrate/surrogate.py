"""What the model would give anywhere in the ranges, told from the trials; and how far that is from a table.

For every target a polynomial in the parameters (degree 0 to 3, chosen by the error of trials left out) gives the mean, another the
logarithm of the spread between draws. The distance of a table from a parameter set is that of simulated moments with the inverse
of the covariance as weights,

    J = (y - m)' V^-1 (y - m),   V = chance of one county + standard error of the table + error of the surrogate,

and ``-2 ln L = J + ln det V`` compares parameter sets whose spreads differ (a synthetic likelihood). The noise of the table is the
chance of one county, as the model has it, with the correlations between targets, and the standard error where the table gives one.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A polynomial may have as many terms as there are trials over this.
TRIALS_A_TERM = 2.5
MOST_DEGREE = 3
#: Least spread of a target, relative to how far it moves over the trials: a share that is 1 in every draw is no proof.
LEAST_SPREAD = 0.02


def threads() -> Any:
    """Return a context in which linear algebra uses one thread, so that its last bits do not depend on the machine's cores."""
    return importlib.import_module("threadpoolctl").threadpool_limits(1)  # it comes with scikit-learn, without hints of types


def terms(n: int, degree: int) -> list[tuple[int, ...]]:
    """Return the monomials of ``n`` variables up to a degree, each as the variables it multiplies."""
    return [t for d in range(degree + 1) for t in combinations_with_replacement(range(n), d)]


#: Knots of a bend, on -1..1, and how many bends a target may have.
KNOTS = (-0.6, -0.2, 0.2, 0.6)
MOST_BENDS = 4


def bend(variable: int) -> list[tuple[int, ...]]:
    """Return the terms that let one variable act along a cubic spline: its square and cube, and one for each knot."""
    own: list[tuple[int, ...]] = [(variable,) * 2, (variable,) * 3]
    return own + [(-1 - variable, k) for k in range(len(KNOTS))]


def basis(x: NDArray[np.float64], which: list[tuple[int, ...]]) -> NDArray[np.float64]:
    """Return the terms at some points, float64 [points, terms]; ``x`` float64 [points, variables]."""
    out = np.ones((len(x), len(which)))
    for k, term in enumerate(which):
        if term and term[0] < 0:
            out[:, k] = np.maximum(x[:, -1 - term[0]] - KNOTS[term[1]], 0.0) ** 3
            continue
        for variable in term:
            out[:, k] *= x[:, variable]
    return out


#: Added to p (1 - p), so that shares at 0 or 1 keep some weight.
_EDGE = 1e-3


@dataclass(frozen=True)
class _Poly:
    """A polynomial fitted by weighted least squares, perhaps to the logit of a share.

    ``residual`` is the weighted variance of a trial's mean around it, ``misfit`` what of it chance does not explain; both on the
    scale of the polynomial.
    """

    which: list[tuple[int, ...]]
    beta: NDArray[np.float64]
    inverse: NDArray[np.float64]
    left_out: float
    residual: float
    logit: bool
    misfit: float = 0.0

    def value(self, b: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return its value from its terms at some points, float64 [points, terms]."""
        value = b @ self.beta
        return np.asarray(_share(value) if self.logit else value)

    def error(self, b: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the variance of its value at some points, from its terms there and the values."""
        variance = self.residual * ((b @ self.inverse) * b).sum(axis=1) + self.misfit
        return np.asarray(variance * (value * (1 - value)) ** 2 if self.logit else variance)


def _share(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(value, -30.0, 30.0))))


def _one(
    x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], which: list[tuple[int, ...]], logit: bool
) -> _Poly | None:
    """Return a polynomial of given terms; None where there are too few trials for them."""
    if len(which) > max(1.0, len(x) / TRIALS_A_TERM):
        return None
    z = np.log((y + _EDGE) / (1 - y + _EDGE)) if logit else y
    # The logit of a share near 0 or 1 is little sure.
    own = w * (y * (1 - y) + _EDGE) / 0.25 if logit else w
    root = np.sqrt(own)
    b = basis(x, which)
    q, r = np.linalg.qr(b * root[:, None])
    size = np.abs(np.diagonal(r))
    if size.min() < 1e-10 * size.max():
        return None
    beta = np.linalg.solve(r, q.T @ (z * root))
    inside = np.clip((q * q).sum(axis=1), 0.0, 0.999)
    error = z - b @ beta
    away = z - error / (1 - inside)
    left_out = float((w * (y - (_share(away) if logit else away)) ** 2).sum() / w.sum())
    inverse = np.linalg.inv(r)
    residual = float((own * error**2).sum() / own.sum() / max(1 - len(which) / len(x), 0.05))
    return _Poly(which, beta, inverse @ inverse.T * float(own.mean()), left_out, residual, logit)


def _poly(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], degrees: range, logit: bool = False) -> _Poly:
    """Return the polynomial whose error at trials left out is least; more terms only where they make it better by 1%."""
    n = x.shape[1]
    best = _one(x, y, w, terms(n, 0), logit)
    assert best is not None
    for degree in degrees:
        start = _one(x, y, w, terms(n, degree), logit)
        if start is None:
            break
        if degree > 0:
            start = _bent(x, y, w, start, n)
        if start.left_out < 0.99 * best.left_out:
            best = start
    return best


def _bent(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64], start: _Poly, n: int) -> _Poly:
    """Return a polynomial with bends for those variables, one after another, that it becomes better by."""
    for _ in range(MOST_BENDS):
        tried = []
        for variable in range(n):
            if (-1 - variable, 0) not in start.which:
                more = [t for t in bend(variable) if t not in start.which]
                found = _one(x, y, w, start.which + more, start.logit)
                tried += [found] if found is not None else []
        better = min(tried, key=lambda p: p.left_out, default=None)
        if better is None or better.left_out >= 0.97 * start.left_out:
            break
        start = better
    return start


def _mean(x: NDArray[np.float64], y: NDArray[np.float64], w: NDArray[np.float64]) -> _Poly:
    """Return the polynomial of a target's mean; of the logit of a share where that errs less at trials left out."""
    plain = _poly(x, y, w, range(MOST_DEGREE + 1))
    if y.min() < 0 or y.max() > 1:
        return plain
    share = _poly(x, y, w, range(MOST_DEGREE + 1), logit=True)
    return share if share.left_out < 0.98 * plain.left_out else plain


class Surrogate:
    """Polynomials of every target over the ranges, from trials.

    Parameters
    ----------
    points
        float64 [trials, parameters], in their units.
    numbers
        float64 [trials, draws, targets]; a trial with a lost run is left out.
    low, high
        Ends of the ranges, float64 [parameters].
    weights
        float64 [trials]; all equal when None.
    """

    def __init__(
        self,
        points: NDArray[np.float64],
        numbers: NDArray[np.float64],
        low: NDArray[np.float64],
        high: NDArray[np.float64],
        weights: NDArray[np.float64] | None = None,
    ) -> None:
        whole = np.isfinite(numbers).all(axis=(1, 2))
        self.low, self.high = low, high
        self.x = self.scaled(points[whole])
        numbers = numbers[whole]
        w = np.ones(len(self.x)) if weights is None else weights[whole]
        w = w / w.mean()
        self.n, self.draws, self.k = numbers.shape
        mean = numbers.mean(axis=1)
        variance = numbers.var(axis=1, ddof=1)
        #: How far each target moves over the trials.
        self.reach = np.quantile(mean, 0.95, axis=0) - np.quantile(mean, 0.05, axis=0)
        self.floor = np.maximum(LEAST_SPREAD * self.reach, 1e-12)
        floor = (0.3 * self.floor) ** 2  # of one trial: its few draws may agree by chance
        means = [_mean(self.x, mean[:, k], w) for k in range(self.k)]
        #: Whether the chance of a target is told by a polynomial times p (1 - p).
        self.is_share = np.array([p.logit for p in means])
        self.means = means
        self.spreads = [
            _spread(self.x, np.maximum(variance[:, k], floor[k]) / self._scale(mean[:, k], k), self.draws) for k in range(self.k)
        ]
        polys = (*self.means, *self.spreads)
        self._terms = list(dict.fromkeys(t for p in polys for t in p.which))
        place = {t: i for i, t in enumerate(self._terms)}
        self._places = [np.array([place[t] for t in p.which]) for p in self.means]
        self._spread_places = [np.array([place[t] for t in p.which]) for p in self.spreads]
        sd = self.sd(self.x)
        deviation = (numbers - mean[:, None, :]) / sd[:, None, :] * np.sqrt(self.draws / (self.draws - 1))
        self.correlation = _correlation(deviation.reshape(-1, self.k))
        self.means = [replace(p, misfit=self._misfit(p, mean[:, k], sd[:, k], w)) for k, p in enumerate(means)]

    def _scale(self, mean: NDArray[np.float64], k: int) -> NDArray[np.float64]:
        return np.asarray(mean * (1 - mean) + _EDGE) if self.is_share[k] else np.ones(len(mean))

    def _misfit(self, p: _Poly, mean: NDArray[np.float64], sd: NDArray[np.float64], w: NDArray[np.float64]) -> float:
        """Return the variance that a polynomial leaves beyond the chance of a trial's draws, on its own scale."""
        chance = sd**2 / self.draws
        if p.logit:
            edge = mean * (1 - mean) + _EDGE
            chance, w = chance / edge**2, w * edge
        return max(0.0, p.residual - float((w * chance).sum() / w.sum()))

    def scaled(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return parameters on -1..1 over their ranges."""
        return np.asarray(2.0 * (points - self.low) / (self.high - self.low) - 1.0)

    def real(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scaled parameters in their units."""
        return np.asarray(self.low + (x + 1.0) / 2.0 * (self.high - self.low))

    def at(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Return what the surrogate says at scaled points, each float64 [points, targets].

        Returns
        -------
        tuple
            The targets' means, the spread of one county's targets between draws, and the variance of the means' error.
        """
        every = basis(x, self._terms)
        mean, sd, error = (np.empty((len(x), self.k)) for _ in range(3))
        for k, (p, s) in enumerate(zip(self.means, self.spreads, strict=True)):
            own = every[:, self._places[k]]
            mean[:, k] = p.value(own)
            error[:, k] = p.error(own, mean[:, k])
            spread = np.exp(0.5 * s.value(every[:, self._spread_places[k]]))
            sd[:, k] = spread * np.sqrt(self._scale(mean[:, k], k)) if self.is_share[k] else spread
        return mean, np.maximum(sd, self.floor), error

    def mean(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the targets' means at scaled points, float64 [points, targets]."""
        return self.at(x)[0]

    def sd(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the spread of one county's targets between draws at scaled points, float64 [points, targets]."""
        return self.at(x)[1]

    @property
    def misfit(self) -> NDArray[np.float64]:
        """Variance that the polynomials leave beyond chance, mean over the trials, float64 [targets]."""
        mean = self.mean(self.x)
        return np.array([
            float(np.mean(p.misfit * (self._scale(mean[:, k], k) ** 2 if p.logit else 1.0))) for k, p in enumerate(self.means)
        ])  # fmt: skip

    def signal(self) -> NDArray[np.float64]:
        """Return how far each target moves over the range of each parameter, in spreads of one county's draw.

        Returns
        -------
        numpy.ndarray
            float64 [parameters, targets]: root mean square over the trials of the difference of the means at both ends of the
            parameter's range, over the spread.
        """
        sd = self.sd(self.x)
        out = np.empty((self.x.shape[1], self.k))
        for i in range(self.x.shape[1]):
            ends = []
            for end in (-1.0, 1.0):
                at = self.x.copy()
                at[:, i] = end
                ends.append(self.mean(at))
            out[i] = np.sqrt((((ends[1] - ends[0]) / sd) ** 2).mean(axis=0))
        return out


def _spread(x: NDArray[np.float64], variance: NDArray[np.float64], draws: int) -> _Poly:
    """Return the polynomial of the log variance: the logarithm of a variance of few draws is too low, by a known amount."""
    from scipy.special import digamma

    half = (draws - 1) / 2.0
    y = np.log(variance) - float(digamma(half) - np.log(half))
    return _poly(x, y, np.ones(len(x)), range(3))


def _correlation(deviation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the correlations of the targets between draws, shrunk towards none by as much as their number asks."""
    n, k = deviation.shape
    found = np.eye(k)
    scale = np.sqrt((deviation**2).mean(axis=0))
    z = deviation / np.where(scale > 0, scale, 1.0)
    raw = z.T @ z / n
    # Schaefer and Strimmer's shrinkage: variance of the correlations over their size.
    square = (z**2).T @ (z**2) / n - raw**2
    off = ~np.eye(k, dtype=bool)
    size = float((raw[off] ** 2).sum())
    shrink = 1.0 if size <= 0 else min(1.0, float(square[off].sum()) / n / size)
    found[off] = (1.0 - shrink) * raw[off]
    return found


@dataclass(frozen=True)
class Table:
    """A table as a vector: what a surrogate is held against.

    Attributes
    ----------
    value
        float64 [targets].
    chance
        Spread that takes the place of the chance of one simulated county; NaN where it does not: a share that rests on a known
        number, or the spread between the table's own counties.
    extra
        Variance beside it: standard error of the value, printed digits.
    counties
        How many counties each value is the mean of.
    """

    value: NDArray[np.float64]
    chance: NDArray[np.float64]
    extra: NDArray[np.float64]
    counties: NDArray[np.float64]


class Distance:
    """How far a table is from parameter sets, by a surrogate.

    Parameters
    ----------
    surrogate
        Trained on trials.
    table
        The table.
    which
        Positions of the surrogate's targets that the table's values stand for.
    """

    def __init__(self, surrogate: Surrogate, table: Table, which: NDArray[np.int64]) -> None:
        self.surrogate, self.table, self.which = surrogate, table, which
        given = np.isfinite(table.chance)
        self._given = given
        correlation = surrogate.correlation[np.ix_(which, which)].copy()
        correlation[given, :] = correlation[:, given] = 0.0
        np.fill_diagonal(correlation, 1.0)
        self._correlation = correlation

    def covariance(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the covariance of table less model at scaled points, float64 [points, targets, targets]."""
        return self._covariance(*self.surrogate.at(x)[1:])

    def _covariance(self, sd: NDArray[np.float64], error: NDArray[np.float64]) -> NDArray[np.float64]:
        sd = sd[:, self.which] / np.sqrt(self.table.counties)
        sd = np.where(self._given, self.table.chance / np.sqrt(self.table.counties), sd)
        out = sd[:, :, None] * sd[:, None, :] * self._correlation
        place = np.arange(len(self.which))
        out[:, place, place] += self.table.extra + error[:, self.which]
        return out

    def both(self, x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return J, and -2 ln L (without its constant), at scaled points; each float64 [points]."""
        mean, sd, error = self.surrogate.at(x)
        off = self.table.value - mean[:, self.which]
        root = np.linalg.cholesky(self._covariance(sd, error))
        z = np.linalg.solve(root, off[:, :, None])[:, :, 0]
        j = (z**2).sum(axis=1)
        return j, j + 2.0 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)

    def told(self, x: NDArray[np.float64]) -> float:
        """Return how many parameters the table tells at a scaled point: those it does not are no freedom spent.

        Each direction of the parameters counts with the share of the variance over its range that the table takes away.
        """
        step = 1e-3
        centre = np.clip(x, -1.0 + step, 1.0 - step)
        around = np.repeat(centre[None], 2 * len(x), axis=0)
        place = np.arange(len(x))
        around[place, place] += step
        around[len(x) + place, place] -= step
        mean = self.surrogate.mean(around)[:, self.which]
        slope = (mean[: len(x)] - mean[len(x) :]).T / (2 * step)
        root = np.linalg.cholesky(self.covariance(centre[None])[0])
        size = np.linalg.svd(np.linalg.solve(root, slope), compute_uv=False) ** 2 / 3.0  # 1/3: variance over -1..1
        return float((size / (1.0 + size)).sum())

    def __call__(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return -2 ln L at scaled points."""
        return self.both(x)[1]
