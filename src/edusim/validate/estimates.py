"""What a researcher would reckon from a county's records: pure functions of arrays, usable on any data.

None of them knows the model: they take scores, schools, families and moves as a survey or a register gives them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from edusim import measures

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Float = NDArray[np.float64]

#: Odd number that spreads ids over 64 bits (the golden ratio): which pupils stand for a school does not depend on where they live.
_SPREAD = np.uint64(11400714819323198485)


def by_school(school: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64], Float]:
    """Return the schools that occur, the place of each pupil's school among them, and pupils a school."""
    names, place = np.unique(np.asarray(school, dtype=np.int64), return_inverse=True)
    return names, place, np.bincount(place, minlength=names.size).astype(np.float64)


def school_means(values: ArrayLike, school: ArrayLike) -> Float:
    """Return the mean of each school's pupils, schools in rising order.

    Parameters
    ----------
    values
        float64, shape (n,): one number a pupil.
    school
        int64, shape (n,): the pupil's school.
    """
    _, place, n = by_school(school)
    return np.bincount(place, np.asarray(values, dtype=np.float64), minlength=n.size) / n


def share_between(score: ArrayLike, school: ArrayLike) -> float:
    """Return the between-school share of the variance of scores (P4), :func:`edusim.measures.icc` of a list of pupils.

    Parameters
    ----------
    score
        float64, shape (n,), pupil SD: exit score.
    school
        int64, shape (n,): school attended.
    """
    y = np.asarray(score, dtype=np.float64)
    _, place, n = by_school(school)
    return measures.icc(n, np.bincount(place, y, n.size), np.bincount(place, y * y, n.size))


def correlation(x: ArrayLike, y: ArrayLike) -> float:
    """Return Pearson's correlation; NaN with fewer than three pairs or where one side does not vary."""
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.size < 3 or a.std() <= 0.0 or b.std() <= 0.0:
        return math.nan
    return float(np.corrcoef(a, b)[0, 1])


def intake_correlation(exit_score: ArrayLike, intake: ArrayLike, school: ArrayLike, least: int = 20) -> float:
    """Return the correlation over schools of mean exit score and mean intake of the same pupils (P4).

    Parameters
    ----------
    exit_score, intake
        float64, shape (n,), pupil SD: score on leaving; score on entering (or SES).
    school
        int64, shape (n,): school left.
    least
        Schools with fewer such pupils are left out.
    """
    _, _, n = by_school(school)
    big = n >= least
    return correlation(school_means(exit_score, school)[big], school_means(intake, school)[big])


def residuals(y: ArrayLike, *columns: ArrayLike) -> Float:
    """Return what a least-squares regression of ``y`` on a constant and the columns leaves over."""
    left = np.asarray(y, dtype=np.float64)
    x = np.column_stack([np.ones(left.size), *(np.asarray(c, dtype=np.float64) for c in columns)])
    return np.asarray(left - x @ np.linalg.lstsq(x, left, rcond=None)[0])


def at_most(ids: ArrayLike, school: ArrayLike, most: int) -> NDArray[np.int64]:
    """Return rows of at most ``most`` pupils a school, chosen by a scattering of their ids: the same pupils every time.

    Parameters
    ----------
    ids, school
        int64, shape (n,).
    most
        Pupils kept of each school.
    """
    _, place, _ = by_school(school)
    scattered = np.asarray(ids, dtype=np.int64).astype(np.uint64) * _SPREAD
    order = np.lexsort((scattered, place))
    sorted_place = place[order]
    first = np.searchsorted(sorted_place, sorted_place, side="left")
    return np.sort(order[np.arange(order.size) - first < most])


def value_added(exit_score: ArrayLike, earlier: ArrayLike, ses: ArrayLike, school: ArrayLike) -> tuple[NDArray[np.int64], Float, Float]:
    """Return schools, their estimated value added and the pupils behind it (P5).

    What a league table would print: exit scores regressed on the pupil's own earlier score and SES, residuals
    averaged by school. Noise of pupils and whatever the regression cannot see are part of it.

    Parameters
    ----------
    exit_score, earlier, ses
        float64, shape (n,): one cohort's scores on leaving and on entering (pupil SD), SES.
    school
        int64, shape (n,): school left.
    """
    names, _, n = by_school(school)
    return names, school_means(residuals(exit_score, earlier, ses), school), n


class Cohort(NamedTuple):
    """One leaving cohort: pupil ids, school left, exit score, score on entering the school, SES."""

    ids: NDArray[np.int64]
    school: NDArray[np.int64]
    exit_score: Float
    entry: Float
    ses: Float


def lag_correlation(one: Cohort, next_one: Cohort, *, least: int = 50, most: int = 150) -> float:
    """Return the correlation over schools of value added estimated on two consecutive cohorts (P5).

    Parameters
    ----------
    one, next_one
        Two cohorts that leave a year apart.
    least, most
        Schools with fewer pupils in either year are left out; of larger ones so many pupils are tested.
    """
    found = []
    for cohort in (one, next_one):
        rows = at_most(cohort.ids, cohort.school, most)
        names, added, n = value_added(cohort.exit_score[rows], cohort.entry[rows], cohort.ses[rows], cohort.school[rows])
        found.append({int(s): float(v) for s, v, k in zip(names, added, n, strict=True) if k >= least})
    both = sorted(set(found[0]) & set(found[1]))
    return correlation([found[0][s] for s in both], [found[1][s] for s in both])


class Gap(NamedTuple):
    """A gap between two groups of pupils, and the share that family background explains."""

    gap: float
    family_share: float


def family_gap(score: ArrayLike, ses: ArrayLike, is_first: ArrayLike) -> Gap:
    """Return the gap of two groups' mean scores and the share due to their families (P7; Oaxaca, pooled slope).

    ``share = b (mean SES of the first - of the second) / gap``, b the slope of SES in a regression of the score on
    SES and the group.

    Parameters
    ----------
    score, ses
        float64, shape (n,).
    is_first
        bool, shape (n,): the group that is ahead (urban); the others are the second.
    """
    y, z, first = np.asarray(score, dtype=np.float64), np.asarray(ses, dtype=np.float64), np.asarray(is_first, dtype=bool)
    if first.all() or not first.any():
        return Gap(math.nan, math.nan)
    x = np.column_stack([np.ones(y.size), z, first])
    slope = float(np.linalg.lstsq(x, y, rcond=None)[0][1])
    gap = float(y[first].mean() - y[~first].mean())
    return Gap(gap, slope * float(z[first].mean() - z[~first].mean()) / gap if gap else math.nan)


def down_share(source: ArrayLike, target: ArrayLike) -> float:
    """Return the share of moves between kinds of place that go down (P8): urban 0, town 1, rural 2, mountain 3.

    Moves within one kind of place do not count. NaN when nobody moves.
    """
    a, b = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    between = int(np.count_nonzero(a != b))
    return float(np.count_nonzero(b > a)) / between if between else math.nan


def percent_change(new: float, old: float) -> float:
    """Return the change from ``old`` to ``new`` in per cent; NaN where ``old`` is 0."""
    return 100.0 * (new / old - 1.0) if old else math.nan


def wobble(cvs: Sequence[float], printed: float) -> float:
    """Return how far the mean of single coefficients is from the composite that was printed (P1, rule of 2012)."""
    return abs(float(np.mean(np.asarray(cvs, dtype=np.float64))) - printed)


def leaving(resign: ArrayLike, upward: ArrayLike) -> Float:
    """Return each teacher's chance of leaving the school in a year: resigns, or stays and seeks a post elsewhere.

    Parameters
    ----------
    resign, upward
        float64, shape (n,): chances of resigning and of looking for another post; NaN: is not asked.
    """
    a, b = (np.nan_to_num(np.asarray(x, dtype=np.float64)) for x in (resign, upward))
    return np.asarray(a + (1.0 - a) * b)


def differing(one: dict[Any, float], other: dict[Any, float]) -> int:
    """Return how many values of two tables are not the same to the last bit, values that only one has included.

    NaN equals NaN; 0.0 and -0.0 are different bits.
    """
    keys = one.keys() | other.keys()
    return sum(_bits(one.get(key)) != _bits(other.get(key)) for key in keys)


def _bits(value: float | None) -> bytes | None:
    return None if value is None else b"nan" if value != value else np.float64(value).tobytes()


__all__ = [
    "Cohort", "Gap", "at_most", "by_school", "correlation", "differing", "down_share", "family_gap", "intake_correlation",
    "lag_correlation", "leaving", "percent_change", "residuals", "school_means", "share_between", "value_added", "wobble",
]  # fmt: skip
