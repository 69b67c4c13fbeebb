"""What a figure or table may claim: intervals over draws, paired differences, verdicts.

Two kinds of 95% interval are kept apart. :func:`spread` says where *one* draw of a level falls (bands,
and 达标: would the county meet the limit?). :func:`mean_interval` says how well the *mean* over draws is
known (paired differences between policies, which share every other draw of chance).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from edusim.errors import RunError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

#: From this many draws on, the 2.5th and 97.5th percentiles are read off the draws themselves.
ENOUGH_DRAWS = 40
MEETS, FAILS, OPEN = "meets", "fails", "open"
#: Upper limits of the between-school coefficient of variation of each of the seven indicators,
#: 教督〔2017〕6号.
CV_LIMIT: Mapping[str, float] = {"primary": 0.50, "junior": 0.45}
INDICATORS = ("degree", "backbone", "pe_art_music", "teaching_area", "sports_area", "equipment", "rooms")
#: Ids that name the same measure; the first that the results hold is used.
SAME: tuple[tuple[str, ...], ...] = (
    ("learning.mean", "learning.county_mean"),
    ("learning.weak_half", "learning.weak_mean"),
    ("learning.top_quarter", "learning.top_mean"),
    ("learning.low_ses", "learning.low_ses_mean"),
    ("official.indicators_met", "official.indicators_passing"),
    ("money.yearly", "money.total"),
    ("official.cv.teaching_area", "official.cv.buildings"),
    ("official.cv.sports_area", "official.cv.sports"),
)
#: Order in which policies are drawn and listed; others follow as they come.
KNOWN_POLICIES = ("status_quo", "collaboration", "co_build", "fusion", "community_plan", "none")
#: A measure kept by stage has scope ``stage``; both are one row for the county.
COUNTY_SCOPES = ("county", "stage")
MEASURE_COLUMNS = ("policy", "draw", "year", "measure", "scope", "stage", "value")


class Interval(NamedTuple):
    """A mean with its 95% interval; ``low`` and ``high`` are NaN when there are fewer than two values."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def clear(self) -> bool:
        """Whether there is an interval and it excludes zero."""
        return self.known and (self.low > 0.0 or self.high < 0.0)


_T = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip


def t_975(df: int) -> float:
    """Return the 97.5th percentile of Student's t with ``df`` >= 1 degrees of freedom.

    Tabled to 30, then the Cornish-Fisher expansion around the normal (error below 1e-4).
    """
    if df <= len(_T):
        return _T[df - 1]
    z = 1.959964
    return z + (z**3 + z) / (4 * df) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * df**2)


def paired_interval(
    difference: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Return mean, low, high, n and draws needed of paired differences, float64 [draws, measures].

    NaN (a measure not defined in a draw) is left out; one draw has no interval.
    """
    known = np.isfinite(difference)
    n = known.sum(axis=0)
    filled = np.where(known, difference, 0.0)
    mean = np.divide(filled.sum(axis=0), n, out=np.full(n.size, np.nan), where=n > 0)
    square = np.where(known, (difference - mean) ** 2, 0.0).sum(axis=0)
    sd = np.sqrt(np.divide(square, n - 1, out=np.full(n.size, np.nan), where=n > 1))
    t = np.array([t_975(k - 1) if k > 1 else np.nan for k in range(int(n.max(initial=0)) + 1)])
    half = t[n] * sd / np.sqrt(np.maximum(n, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.ceil((1.96 * sd / np.abs(mean)) ** 2)
    needed = np.where(sd == 0.0, np.where(mean == 0.0, 0.0, 2.0), np.maximum(needed, 2.0))
    return mean, mean - half, mean + half, n, np.where(np.isfinite(needed), needed, np.nan)


def _finite(values: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64).ravel()
    return array[np.isfinite(array)]


def mean_interval(values: ArrayLike) -> Interval:
    """Return the mean over draws and its 95% Student interval; NaN values are left out.

    Parameters
    ----------
    values
        One number a draw.
    """
    array = _finite(values)
    n = array.size
    if n == 0:
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(array.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    half = t_975(n - 1) * float(array.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def spread(values: ArrayLike, floor: float = -math.inf) -> Interval:
    """Return the mean over draws and the 95% interval in which one draw falls.

    With :data:`ENOUGH_DRAWS` draws or more these are percentiles of the draws; with fewer, Student's
    prediction interval for a further draw, mean +- t s sqrt(1 + 1/n), not below ``floor`` (0 for a
    coefficient, a share or a count).
    """
    array = _finite(values)
    n = array.size
    if n < 2:
        return mean_interval(array)
    mean = float(array.mean())
    if n >= ENOUGH_DRAWS:
        low, high = (float(q) for q in np.quantile(array, (0.025, 0.975)))
        return Interval(mean, low, high, n)
    half = t_975(n - 1) * float(array.std(ddof=1)) * math.sqrt(1 + 1 / n)
    return Interval(mean, max(mean - half, min(floor, mean)), mean + half, n)


def verdict(interval: Interval, limit: float) -> str:
    """Judge a level against an official upper limit on its interval, not its point.

    Returns
    -------
    str
        ``meets`` when the whole interval is at or below the limit, ``fails`` when all of it is above,
        ``open`` when it crosses the limit or there is no interval (fewer than two draws).
    """
    if not interval.known:
        return OPEN
    if interval.high <= limit:
        return MEETS
    if interval.low > limit:
        return FAILS
    return OPEN


def need(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise RunError ``FIG-COLUMNS`` when ``frame`` lacks one of ``columns``."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        hints = did_you_mean(missing[0], frame.columns)
        raise RunError(
            "FIG-COLUMNS",
            f"{what} 缺少列 {', '.join(missing)}",
            f"{what} lacks the columns {', '.join(missing)}",
            mend_zh=hints[0],
            mend_en=hints[1],
        )


def ordered(policies: Iterable[str], baseline: str, known: Sequence[str]) -> list[str]:
    """Return policies with the baseline first, then in the catalogue's order, then as they came."""
    unique = list(dict.fromkeys(str(policy) for policy in policies))
    rank = {name: number for number, name in enumerate(known)}
    return sorted(unique, key=lambda name: (name != baseline, rank.get(name, len(rank) + unique.index(name))))


def same(measure: str) -> tuple[str, ...]:
    """Return the ids that may stand for ``measure``, itself first."""
    for group in SAME:
        if measure in group:
            return (measure, *(other for other in group if other != measure))
    return (measure,)


def county(measures: pd.DataFrame, measure: str, stage: str) -> pd.DataFrame:
    """Return the county's values of one measure: policy, draw, year, value.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` or ``FIG-NO-MEASURE`` (naming the nearest measure).
    """
    need(measures, MEASURE_COLUMNS, "measures")
    # Compared as they are kept (text or categories): making text of a large frame takes seconds.
    rows = measures["scope"].isin(COUNTY_SCOPES) & measures["stage"].isin((stage,))
    found = measures.iloc[:0]
    for name in same(measure):
        found = measures[rows & measures["measure"].isin((name,))]
        if not found.empty:
            break
    if found.empty:
        zh, en = did_you_mean(measure, sorted({str(name) for name in measures.loc[rows, "measure"].unique()}))
        raise RunError(
            "FIG-NO-MEASURE",
            f"结果中没有全县指标 {measure}（学段 {stage}）",
            f"the results hold no county measure {measure} (stage {stage})",
            mend_zh=zh,
            mend_en=en,
        )
    found = found[["policy", "draw", "year", "value"]].copy()
    found["policy"] = found["policy"].astype(str)
    return found


def floor_of(measure: str) -> float:
    """Return the least value a measure can have: 0 for all but achievement, teacher quality and the gap in senior high."""
    return ends_of(measure)[0]


def ends_of(measure: str) -> tuple[float, float]:
    """Return the least and the greatest value that a measure can have: no share above 1, no count below 0."""
    if measure == "learning.icc":
        return 0.0, 1.0
    if measure.startswith("learning.") or "quality" in measure or measure.endswith("senior_gap"):
        return -math.inf, math.inf
    is_share = measure.endswith(("_share", "_worst", ".satisfaction", "share_eligible", "share_member")) or ".subject_gap" in measure
    return 0.0, 1.0 if is_share else math.inf


def within(interval: Interval, ends: tuple[float, float]) -> Interval:
    """Return an interval cut to what is possible; its mean stays."""
    return Interval(interval.mean, max(interval.low, ends[0]), min(interval.high, ends[1]), interval.n) if interval.known else interval


def by_year(rows: pd.DataFrame, policy: str, floor: float = -math.inf) -> dict[int, Interval]:
    """Return the spread of a policy's values in each year, years ascending."""
    own = rows[rows["policy"] == policy]
    return {int(year): spread(part["value"], floor) for year, part in own.groupby("year", sort=True)}


def paired(rows: pd.DataFrame, policy: str, other: str, year: int) -> Interval:
    """Return the mean paired difference ``policy - other`` in ``year`` with its 95% interval.

    Draws are paired by number: only draws present under both policies count.
    """
    at_year = rows[rows["year"] == year]
    wide = at_year.pivot_table(index="draw", columns="policy", values="value", aggfunc="mean")
    if policy not in wide or other not in wide:
        return Interval(math.nan, math.nan, math.nan, 0)
    return mean_interval((wide[policy] - wide[other]).to_numpy())


def from_effects(
    effects: pd.DataFrame | None, measure: str, stage: str, policy: str, year: int, design: str = "feasible"
) -> Interval | None:
    """Return the paired difference a comparison already computed, or None when it is not there."""
    if effects is None or effects.empty:
        return None
    rows = effects[
        effects["measure"].astype(str).isin(same(measure))
        & effects["stage"].astype(str).eq(stage)
        & effects["policy"].astype(str).eq(policy)
        & effects["year"].eq(year)
    ]
    if "design" in rows.columns and rows["design"].astype(str).eq(design).any():
        rows = rows[rows["design"].astype(str).eq(design)]
    if rows.empty:
        return None
    row: Any = rows.iloc[0]
    return Interval(float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]))
