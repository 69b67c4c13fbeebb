"""Which mode wins, how often, by how much, and what choosing wrongly costs.

**What luck allows to be said.** Every future is run with a few draws of people and lots (two, say), and all
futures meet the same draws. A difference of two modes at future *f* and draw *r* is ``true(f) + shared(r) + rest(f, r)``.
The shared part is seen only as often as there are draws, the rest at every future. Its variance at a future is estimated
from that future's own draws, drawn towards the variance that futures have in common as far as the data say that they have one
(the moderated variance of Smyth 2004, doi:10.2202/1544-6115.1027). Both parts enter the t statistic of a future, with
Satterthwaite's degrees of freedom: where what the draws share is large, two draws leave one degree of freedom, and next to nothing
can be told apart. With a single draw nothing is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.map_cells import crossed_interval

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.discover.futures import Block, Futures

#: Probability that a difference which is nothing is called one.
LEVEL = 0.05
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
#: Smallest variance of a future beside the middle one, so that a future whose draws agree by chance has a logarithm.
_LEAST = 1e-5


@dataclass(frozen=True)
class Contrast:
    """A difference at every future, and whether luck allows to tell it from nothing.

    Attributes
    ----------
    mean
        Mean over draws, float64 [future].
    clear
        int8 [future]: 1 or -1 where the difference is told from nothing, else 0.
    shared, rest
        Variances of one draw: what all futures share, and the middle of what they do not.
    """

    mean: NDArray[np.float64]
    clear: NDArray[np.int8]
    shared: float
    rest: float


def wilson(hits: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927), ``hits`` of ``n``; (0, 1) of nothing.

    Examples
    --------
    >>> [round(x, 4) for x in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if n == 0:
        return 0.0, 1.0
    z = 1.959963984540054
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return 0.0 if hits == 0 else max(0.0, middle - half), 1.0 if hits == n else min(1.0, middle + half)


def _trigamma_inverse(y: float) -> float:
    """Return x with trigamma(x) = y > 0, by Newton's method."""
    from scipy.special import polygamma

    if y > 1e7:
        return 1 / math.sqrt(y)
    if y < 1e-6:
        return 1 / y
    x = 0.5 + 1 / y
    for _ in range(60):
        tri = float(polygamma(1, x))
        step = tri * (1 - tri / y) / float(polygamma(2, x))
        x += step
        if -step / x < 1e-9:
            break
    return x


def moderated(variance: NDArray[np.float64], freedom: float) -> tuple[NDArray[np.float64], float]:
    """Return each future's variance drawn towards the common one, and the degrees of freedom that it then has.

    Parameters
    ----------
    variance
        Variances of ``freedom`` degrees each, float64 [future], not all 0.
    freedom
        Degrees of freedom of each.

    Returns
    -------
    tuple
        Variances, float64 [future]; degrees of freedom (inf where futures have one variance in common).

    Notes
    -----
    Smyth (2004), section 6.2: scaled inverse chi square prior, fitted to the logarithms.
    """
    from scipy.special import digamma, polygamma

    if variance.size < 10:  # too few to say that they differ
        return np.full(variance.size, variance.mean()), freedom * variance.size
    logs = np.log(np.maximum(variance, _LEAST * np.median(variance[variance > 0])))
    logs -= float(digamma(freedom / 2)) - math.log(freedom / 2)
    middle, excess = float(logs.mean()), float(logs.var(ddof=1)) - float(polygamma(1, freedom / 2))
    if excess <= 0:
        return np.full(variance.size, variance.mean()), math.inf
    prior = 2 * _trigamma_inverse(excess)
    common = math.exp(middle + float(digamma(prior / 2)) - math.log(prior / 2))
    return (prior * common + freedom * variance) / (prior + freedom), prior + freedom


def contrast(difference: NDArray[np.float64], *, crossed: bool, tolerance: float = 0.0) -> Contrast:
    """Return the differences of all futures and which of them luck does not explain; see the module.

    Parameters
    ----------
    difference
        float64 [future, draw].
    crossed
        Whether a draw is the same people and lots at every future.
    tolerance
        Differences up to this are none.
    """
    from scipy.stats import t

    n, draws = difference.shape
    mean = difference.mean(axis=1)
    nothing = np.abs(mean) <= tolerance
    if draws < 2 or n < 2:
        return Contrast(np.where(nothing, 0.0, mean), np.zeros(n, np.int8), math.nan, math.nan)
    by_draw = difference.mean(axis=0) if crossed else np.full(draws, difference.mean())
    rest = difference - mean[:, None] - by_draw[None, :] + difference.mean()
    own = (rest**2).sum(axis=1) / (draws - 1)
    common = float(own.mean()) * (n / (n - 1) if crossed else 1.0)
    shared = max(0.0, float(by_draw.var(ddof=1)) - common / n) if crossed else 0.0
    if common <= tolerance**2:
        variance, freedom = np.full(n, common), math.inf
    else:
        variance, freedom = moderated(own, float(draws - 1))
    total = shared + variance
    with np.errstate(divide="ignore", invalid="ignore"):
        satterthwaite = total**2 / (shared**2 / (draws - 1) + (variance**2 / freedom if math.isfinite(freedom) else 0.0))
        size = np.abs(mean) / np.sqrt(total / draws)
    satterthwaite = np.where(np.isfinite(satterthwaite), np.maximum(satterthwaite, 1.0), 1e9)
    least = t.ppf(1 - LEVEL / 2, satterthwaite)
    is_clear = ~nothing & (np.where(total > 0, size, np.inf) > least)
    return Contrast(np.where(nothing, 0.0, mean), np.where(is_clear, np.sign(mean), 0).astype(np.int8), shared, common)


@dataclass(frozen=True)
class Verdicts:
    """What is said of every future, for one outcome in one arm.

    Attributes
    ----------
    leader
        Place of the mode with the best mean over draws, int64 [future]; -1 where the best two are equal.
    winner
        The leader where it is told from every other mode, else -1.
    margin
        What each mode is better by than the best of the others, float64 [mode, future]; never of the wrong sign.
    effect, clear
        What each mode is better by than the law in force, float64 [mode, future], and whether that is told from nothing.
    """

    leader: NDArray[np.int64]
    winner: NDArray[np.int64]
    margin: NDArray[np.float64]
    effect: NDArray[np.float64]
    clear: NDArray[np.int8]


def verdicts(block: Block, sign: float, *, crossed: bool) -> Verdicts:
    """Judge every future; ``sign`` is 1 where more is better and -1 where less is."""
    better = sign * block.modes
    k, n, _ = better.shape
    means = better.mean(axis=2)
    tolerance = block.tolerance
    beaten = np.ones((k, n), dtype=bool)
    for a in range(k):
        for b in range(k):
            if a != b:
                beaten[a] &= contrast(better[a] - better[b], crossed=crossed, tolerance=tolerance).clear > 0
    margin = np.array([means[a] - np.delete(means, a, axis=0).max(axis=0) if k > 1 else np.full(n, np.inf) for a in range(k)])
    leader = np.where(margin.max(axis=0) > tolerance, margin.argmax(axis=0), -1)
    winner = np.where(beaten.any(axis=0) & (k > 1), beaten.argmax(axis=0), -1)
    of_law = [contrast(better[a] - sign * block.law, crossed=crossed, tolerance=tolerance) for a in range(k)]
    return Verdicts(leader, winner, margin, np.array([c.mean for c in of_law]), np.array([c.clear for c in of_law]))


def _ranks(means: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """Return the share of futures in which each mode has each rank [mode, rank]; modes that are equal share theirs."""
    k, n = means.shape
    found = np.zeros((k, k))
    for a in range(k):
        above = (means > means[a] + tolerance).sum(axis=0)
        equal = (np.abs(means - means[a]) <= tolerance).sum(axis=0)
        for rank in range(k):
            found[a, rank] = float(np.where((rank >= above) & (rank < above + equal), 1 / equal, 0.0).mean()) if n else math.nan
    return found


def wins(futures: Futures, arm: str, outcome: str) -> list[dict[str, Any]]:
    """Return one row a mode: how often it is best, wins beyond luck, beats the law in force, and its ranks.

    Columns
    -------
    ``leads``
        Share of futures in which its mean over draws is best, with a 95 % interval over futures.
    ``wins``
        Share in which it is told from every other mode beyond luck.
    ``tied``, ``open``
        Shares, the same for all modes: best two exactly equal; and not equal, but not told from luck.
    ``draw_least``, ``draw_most``
        Share of futures in which it is best, by single draws: the least and the most.
    ``single_low``, ``single_high``
        95 % interval of being best in one future with one draw, over new futures *and* new draws.
    ``ahead``, ``ahead_low``, ``ahead_high``
        How much more often than its ``rival`` (the mode most often best beside it) it is best in one future with one draw, with
        that interval: only where it is above 0 is a mode said to win more often.
    ``beats_law``, ``beats_law_clearly``, ``worse_clearly``
        Share of futures in which it is better than the law in force; beyond luck; and worse beyond luck.
    """
    asked = futures.outcome(outcome)
    block = futures.block(arm, outcome)
    n = block.rows.size
    verdict = verdicts(block, asked.sign, crossed=futures.crossed)
    better = asked.sign * block.modes
    ranks = _ranks(better.mean(axis=2), block.tolerance)
    tied = float((verdict.leader < 0).mean()) if n else math.nan
    no_winner = float((verdict.winner < 0).mean()) if n else math.nan
    no_mode = float((verdict.effect <= block.tolerance).all(axis=0).mean()) if n else math.nan
    single = better - np.array([np.delete(better, a, axis=0).max(axis=0) for a in range(len(better))]) if len(better) > 1 else better
    first = (single > block.tolerance).astype(np.float64)
    rows = []
    for a, mode in enumerate(futures.modes):
        leads, clear, beats = int((verdict.leader == a).sum()), int((verdict.winner == a).sum()), int((verdict.effect[a] > block.tolerance).sum())
        best = first[a]
        interval = crossed_interval(best) if n > 1 else None
        rest = [b for b in range(len(first)) if b != a]
        rival = max(rest, key=lambda b: float(first[b].mean()), default=a) if n else a
        ahead = crossed_interval(best - first[rival]) if n > 1 and rest else None
        row: dict[str, Any] = {"outcome": outcome, "arm": arm, "policy": mode, "futures": n, "draws": futures.draws}
        for name, hits in (("leads", leads), ("wins", clear), ("beats_law", beats)):
            low, high = wilson(hits, n)
            row |= {name: hits / n if n else math.nan, f"{name}_low": low, f"{name}_high": high}
        by_draw = best.mean(axis=0) if n else np.full(1, math.nan)
        row |= {
            "tied": tied, "open": no_winner - tied, "draw_least": float(by_draw.min()), "draw_most": float(by_draw.max()),
            "single": float(best.mean()) if n else math.nan,
            "single_low": max(0.0, interval.low) if interval and interval.known else math.nan,
            "single_high": min(1.0, interval.high) if interval and interval.known else math.nan,
            "rival": futures.modes[rival], "ahead": ahead.mean if ahead else math.nan,
            "ahead_low": ahead.low if ahead else math.nan, "ahead_high": ahead.high if ahead else math.nan,
            "beats_law_clearly": float((verdict.clear[a] > 0).mean()) if n else math.nan,
            "worse_clearly": float((verdict.clear[a] < 0).mean()) if n else math.nan,
            "no_mode_beats_law": no_mode,
        }  # fmt: skip
        row |= {f"rank_{rank + 1}": float(ranks[a, rank]) for rank in range(len(futures.modes))}
        rows.append(row)
    return rows


def _spread(difference: NDArray[np.float64], crossed: bool, tolerance: float) -> dict[str, float]:
    """Return mean with its interval, quantiles over futures, and standard deviations over futures and over draws."""
    interval = crossed_interval(difference)
    means = difference.mean(axis=1)
    found = contrast(difference, crossed=crossed, tolerance=tolerance)
    luck = found.shared + found.rest
    of_futures = float(means.var(ddof=1)) - (found.rest / difference.shape[1] if math.isfinite(luck) else 0.0) if means.size > 1 else math.nan
    told = {"mean": interval.mean, "low": interval.low, "high": interval.high}
    told |= {f"q{round(100 * q):02d}": float(np.quantile(means, q)) for q in QUANTILES}
    return told | {"sd_futures": math.sqrt(max(0.0, of_futures)), "sd_draws": math.sqrt(luck) if math.isfinite(luck) else math.nan}


def effects(futures: Futures, arm: str, outcome: str) -> list[dict[str, Any]]:
    """Return how much each mode differs from the law in force, from every other mode and from the best other.

    Differences are in the unit of the outcome, mode less the other. The interval of a mean counts futures and draws as
    crossed samples. The best other mode of a future is chosen by its other draws where there are any, so that luck does
    not choose it (``against = best_other``).
    """
    asked = futures.outcome(outcome)
    block = futures.block(arm, outcome)
    rows: list[dict[str, Any]] = []
    if not block.rows.size:
        return rows
    for a, mode in enumerate(futures.modes):
        others = {futures.baseline: block.law} | {m: block.modes[b] for b, m in enumerate(futures.modes) if b != a}
        if len(futures.modes) > 1:
            rest = np.delete(block.modes, a, axis=0)
            others["best_other"] = _chosen(asked.sign * rest, rest) if asked.sign else np.full_like(block.law, np.nan)
        for against, values in others.items():
            if np.isnan(values).all():
                continue
            difference = block.modes[a] - values
            better = float((asked.sign * difference.mean(axis=1) > block.tolerance).mean()) if asked.sign else math.nan
            rows.append({
                "outcome": outcome, "arm": arm, "policy": mode, "against": against, "unit": asked.unit, "want": asked.want,
                **_spread(difference, futures.crossed, block.tolerance), "better": better, "futures": block.rows.size, "draws": futures.draws,
            })  # fmt: skip
    return rows


def _chosen(better: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values of the best at every future and draw, chosen by the other draws; float64 [future, draw]."""
    _, n, draws = better.shape
    total = better.sum(axis=2)
    found = np.empty((n, draws))
    for r in range(draws):
        best = (total - better[:, :, r]).argmax(axis=0) if draws > 1 else total.argmax(axis=0)
        found[:, r] = values[best, np.arange(n), r]
    return found


def regret(futures: Futures, arm: str, outcome: str) -> list[dict[str, Any]]:
    """Return what each choice (every mode, and the law in force) costs against the best choice of the same future.

    ``mean, p90, most`` compare means over draws, among which luck helps to choose the best, so that they are a little too large;
    ``mean_chosen_apart`` chooses the best by the other draws, and is a little too small. ``best`` is the share of futures in which no other
    choice is better. ``least_worst`` marks the smallest ``p90``
    and ``minimax`` the smallest ``most``. All in the unit of the outcome, 0 or more is lost.
    """
    asked = futures.outcome(outcome)
    block = futures.block(arm, outcome)
    if not asked.sign or not block.rows.size:
        return []
    better = asked.sign * np.concatenate([block.modes, block.law[None]])
    means = better.mean(axis=2)
    lost = means.max(axis=0) - means
    apart = _chosen(better, better)
    rows: list[dict[str, Any]] = []
    for a, policy in enumerate((*futures.modes, futures.baseline)):
        interval = crossed_interval(means.max(axis=0)[:, None] - better[a]) if block.rows.size > 1 else None
        rows.append({
            "outcome": outcome, "arm": arm, "policy": policy, "unit": asked.unit, "mean": float(lost[a].mean()),
            "low": max(0.0, interval.low) if interval and interval.known else math.nan,
            "high": interval.high if interval and interval.known else math.nan,
            "mean_chosen_apart": float((apart - better[a]).mean()), "best": float((lost[a] <= block.tolerance).mean()),
            "p90": float(np.quantile(lost[a], 0.9)), "most": float(lost[a].max()),
            "futures": block.rows.size,
        })  # fmt: skip
    for name, by in (("least_worst", "p90"), ("minimax", "most")):
        least = min(row[by] for row in rows)
        for row in rows:
            row[name] = bool(row[by] <= least + block.tolerance)
    return rows


def tables(futures: Futures, outcomes: list[str]) -> dict[str, pd.DataFrame]:
    """Return the tables ``wins``, ``effects`` and ``regret`` of all arms and outcomes; wins only where a direction is wanted."""
    import pandas as pd

    found: dict[str, list[dict[str, Any]]] = {"wins": [], "effects": [], "regret": []}
    for name in outcomes:
        for arm in futures.arms:
            found["effects"] += effects(futures, arm, name)
            if futures.outcome(name).sign:
                found["wins"] += wins(futures, arm, name)
                found["regret"] += regret(futures, arm, name)
    return {name: pd.DataFrame(rows) for name, rows in found.items()}
