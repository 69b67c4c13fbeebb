"""When a design has grown enough: intervals narrow, ranks stable, the unimportant told from the rest, and nothing moved since half the points.

Three criteria of Sarrazin, Pianosi and Wagener (2016, Global Sensitivity Analysis of environmental models: convergence, screening, ranking and
validation, Environmental Modelling & Software 79, 135-152) over the bootstrap resamples of one design, and a fourth that a bootstrap cannot
see: the same design with half its points must give the same answer. Their number for ranks is a mean over places, which two inputs that change
places hardly move where a third is sure of its own; so every pair of which one is important must also either keep its order in 95 % of
the resamples or be a tie: two indices that differ by less than the width asked, in 95 % of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from edusim.study.sensitivity.estimates import Estimate
from edusim.study.sensitivity.problem import DUMMY

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Indices by which a method is judged; of the first, ranks are held.
JUDGED = {
    "sobol": ("ST", "S1"), "fast": ("ST", "S1"), "chaos": ("ST", "S1"), "morris": ("mu_star",), "dgsm": ("vt",), "pawn": ("pawn",), "delta": ("delta",),
}  # fmt: skip
#: Indices without a scale of their own: they go by the largest of them.
BY_LARGEST = ("mu_star", "vt")
#: Below this an input counts as unimportant; ranks may change by less than one place on the (weighted) average.
UNIMPORTANT, ONE_PLACE = 0.05, 1.0
#: Of the pairs of resamples, the share that must agree.
AGREE = 0.95


@dataclass(frozen=True)
class Settled:
    """How far an estimate has settled.

    Attributes
    ----------
    asked
        Width that intervals may have.
    width, widest
        Widest interval, and (index, input) whose it is; of an index without a scale, as a share of the largest.
    ranks
        95 % quantile, over pairs of resamples, of the mean change of rank, weighted by the square of the larger index.
    open_pairs
        Pairs of inputs of which it is open which matters more, and by more than the width asked.
    screening
        Widest interval of an input that counts as unimportant; 0 when there is none.
    moved, farthest
        Largest change of an index since half the points, and (index, input) whose it is; NaN without an earlier estimate.
    moved_ranks
        Mean change of rank since half the points, weighted likewise.
    is_narrow, is_ranked, is_screened, is_steady
        Each against its limit. Without an earlier estimate nothing is steady.
    is_dead, is_drowned
        The outcome never changes (nothing is left to settle); its variance cannot be told from noise (nothing has settled).
    """

    asked: float
    width: float
    widest: tuple[str, str]
    ranks: float
    open_pairs: tuple[tuple[str, str], ...]
    screening: float
    moved: float
    farthest: tuple[str, str]
    moved_ranks: float
    is_narrow: bool
    is_ranked: bool
    is_screened: bool
    is_steady: bool
    is_dead: bool = False
    is_drowned: bool = False

    @property
    def done(self) -> bool:
        """Whether the design need not grow for this outcome."""
        return self.is_dead or (self.is_narrow and self.is_ranked and self.is_screened and self.is_steady)

    def needed(self, n: int) -> int | None:
        """Return the power of two at which the widest interval of a design of ``n`` would be narrow, or None where that cannot be told.

        Intervals narrow with the root of the number of blocks, at the least.
        """
        if not np.isfinite(self.width):
            return None
        wanted = n * max(self.width / self.asked, 1.0) ** 2
        return 1 << int(np.ceil(np.log2(wanted) - 1e-9))

    @property
    def missing(self) -> tuple[str, ...]:
        """What has not settled: of ``width``, ``ranks``, ``screening``, ``steadiness``."""
        if self.is_dead:
            return ()
        held = (("width", self.is_narrow), ("ranks", self.is_ranked), ("screening", self.is_screened), ("steadiness", self.is_steady))
        return tuple(name for name, holds in held if not holds)


def settled(now: Estimate, before: Estimate | None = None, *, width: float = 0.05, indices: Sequence[str] | None = None) -> Settled:
    """Return how far an estimate has settled.

    Parameters
    ----------
    now
        Estimate at ``n``.
    before
        Estimate of the same outcome at ``n / 2``.
    width
        Width that the widest interval may have; also what an index may have moved since ``n / 2``.
    indices
        Indices that are judged; those of the method if left out (ST and S1 of Sobol). Of the first, ranks are held.

    Returns
    -------
    Settled
        Every criterion with its number.
    """
    judged = tuple(indices) if indices else JUDGED[str(now.facts["method"])]
    nan, nobody = float("nan"), ("", "")
    if now.facts.get("is_dead"):
        return Settled(width, 0.0, nobody, 0.0, (), 0.0, 0.0, nobody, 0.0, True, True, True, True, is_dead=True)
    frame = now.indices.loc[now.indices["index"].isin(judged)]
    if now.facts.get("drowned") or frame["value"].isna().all():
        return Settled(width, nan, nobody, nan, (), nan, nan, nobody, nan, False, False, False, False, is_drowned=bool(now.facts.get("drowned")))
    scales = {name: _scale(now, name) for name in judged}
    widths = ((frame["high"] - frame["low"]) / frame["index"].map(scales)).to_numpy(dtype=np.float64)
    at = int(np.nanargmax(widths))
    first = judged[0]
    values = _values(now, first) / scales[first]
    small = frame.loc[(frame["index"] == first) & (frame["value"] / scales[first] < UNIMPORTANT)]
    screening = float(((small["high"] - small["low"]) / scales[first]).max()) if len(small) else 0.0
    ranks = nan
    pairs: tuple[tuple[str, str], ...] = ()
    if first in now.again:
        resamples = now.again[first][:, _real(now)] / scales[first]
        ranks = rank_change(resamples)
        pairs = tuple((now.told[_real(now)[i]], now.told[_real(now)[k]]) for i, k in _open_pairs(values[_real(now)], resamples, width))
    moved, farthest, moved_ranks = nan, nobody, nan
    if before is not None and not before.facts.get("drowned") and not before.facts.get("is_dead"):
        moved, farthest = _moved(now, before, judged, scales)
        pair = np.stack((values, _values(before, first) / scales[first]))[:, _real(now)]
        moved_ranks = float(_changes(pair[:1], pair[1:])[0])
    return Settled(
        width, float(widths[at]), (str(frame["index"].iloc[at]), str(frame["input"].iloc[at])), ranks, pairs, screening, moved, farthest, moved_ranks,
        is_narrow=bool(widths[at] <= width),
        # A method without resamples of its own is held by what changed since half the points.
        is_ranked=bool((ranks < ONE_PLACE or np.isnan(ranks)) and not pairs),
        is_screened=bool(screening <= max(width, UNIMPORTANT)),
        is_steady=bool(moved <= width and moved_ranks < ONE_PLACE),
    )  # fmt: skip


def all_settled(found: Mapping[str, Settled]) -> bool:
    """Whether a design need not grow for any of its outcomes; one whose variance is noise and nothing else keeps it growing."""
    return all(each.done for each in found.values())


def rank_change(resamples: NDArray[np.float64]) -> float:
    """Return the 95 % quantile of the weighted mean change of rank between resamples.

    Sarrazin, Pianosi and Wagener (2016): for resamples j and k, the mean over inputs of ``|R_i^j - R_i^k|`` weighted by
    ``max(S_i^j, S_i^k)**2``, so that a change of places among the unimportant does not count.

    Parameters
    ----------
    resamples
        float64 [resamples, inputs].

    Returns
    -------
    float
        Places; below 1 the ranking is stable. 0 for a single input.
    """
    sound = resamples[np.isfinite(resamples).all(axis=1)]
    if len(sound) < 2 or resamples.shape[1] < 2:
        return 0.0 if resamples.shape[1] < 2 else float("nan")
    # Neighbours are independent resamples: as many pairs as resamples, each one used twice.
    return float(np.quantile(_changes(sound, np.roll(sound, 1, axis=0)), AGREE))


def _changes(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = [np.argsort(np.argsort(-each, axis=1, kind="stable"), axis=1, kind="stable") for each in (one, other)]
    weights = np.maximum(np.maximum(one, other), 0.0) ** 2
    total = weights.sum(axis=1)
    change = (np.abs(ranks[0] - ranks[1]) * weights).sum(axis=1)
    return np.asarray(np.divide(change, total, out=np.zeros_like(change), where=total > 0), dtype=np.float64)


def _open_pairs(values: NDArray[np.float64], resamples: NDArray[np.float64], width: float) -> list[tuple[int, int]]:
    found = []
    for i, k in combinations(range(len(values)), 2):
        if max(values[i], values[k]) >= UNIMPORTANT:
            difference = (resamples[:, i] - resamples[:, k]) * (1.0 if values[i] >= values[k] else -1.0)
            sure = np.mean(difference > 0) >= AGREE
            if not sure and not np.mean(np.abs(difference) <= width) >= AGREE:
                found.append((i, k))
    return found


def _real(estimate: Estimate) -> list[int]:
    return [k for k, name in enumerate(estimate.told) if name != DUMMY]


def _values(estimate: Estimate, index: str) -> NDArray[np.float64]:
    return np.array([estimate.value(index, name) for name in estimate.told])


def _scale(estimate: Estimate, index: str) -> float:
    if index not in BY_LARGEST:
        return 1.0
    largest = float(np.nanmax(_values(estimate, index)))
    return largest if largest > 0 else 1.0


def _moved(now: Estimate, before: Estimate, judged: Sequence[str], scales: Mapping[str, float]) -> tuple[float, tuple[str, str]]:
    best, whose = float("nan"), ("", "")
    for index in judged:
        change = np.abs(_values(now, index) - _values(before, index)) / scales[index]
        k = int(np.nanargmax(change)) if np.isfinite(change).any() else 0
        if not change[k] <= best:
            best, whose = float(change[k]), (index, now.told[k])
    return best, whose
