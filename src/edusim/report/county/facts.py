"""What the frames of a run say, asked measure by measure: levels, differences, probabilities, each with its interval.

Four questions are kept apart. :meth:`Facts.level` is a mean over draws with the 95% interval *of the mean*;
:meth:`Facts.spread` the 95% range in which *one* draw falls (would the county keep a limit?); :meth:`Facts.effect` the
paired difference from the baseline; :meth:`Facts.share` in how many draws something holds, with Wilson's interval.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.style import Words
from edusim.report.summaries import (
    KNOWN_POLICIES,
    Interval,
    floor_of,
    mean_interval,
    ordered,
    same,
    spread,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NOTHING = Interval(math.nan, math.nan, math.nan, 0)


def wilson(hits: int, n: int, z: float = 1.959964) -> Interval:
    """Return a share with Wilson's 95% interval; NaN for n = 0.

    Parameters
    ----------
    hits, n
        In how many of n draws something holds.
    """
    if n == 0:
        return NOTHING
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half), n)


@dataclass(frozen=True)
class Facts:
    """The frames of one design of a run, and its manifest.

    Parameters
    ----------
    measures
        ``policy, draw, year, measure, scope, stage, unit_id, value, unit`` of one design.
    schools
        One row a policy, draw, year and school, with ``pseudonym`` in the reader's language.
    flows, records
        Teachers sent, decisions; may be None.
    manifest, info
        See ``docs/run-folder.md`` and :mod:`edusim.report.figures`.
    lang
        ``zh`` or ``en``.
    """

    measures: pd.DataFrame
    schools: pd.DataFrame
    flows: pd.DataFrame | None
    records: pd.DataFrame | None
    manifest: Mapping[str, Any]
    info: Mapping[str, Any]
    lang: str

    # -- who and when ---------------------------------------------------------------------------------

    @cached_property
    def words(self) -> Words:
        """Names and texts in the reader's language."""
        return Words(self.lang, self.info)

    @property
    def baseline(self) -> str:
        """Key of the policy that the others are compared with."""
        return self.words.baseline

    @cached_property
    def policies(self) -> list[str]:
        """Policies, the baseline first where it is there."""
        return ordered(self.measures["policy"].astype(str).unique(), self.baseline, KNOWN_POLICIES)

    @property
    def others(self) -> list[str]:
        """Policies but the baseline; the only policy of a run that has no baseline."""
        return [policy for policy in self.policies if policy != self.baseline]

    @property
    def is_paired(self) -> bool:
        """Whether there is a baseline to compare with."""
        return self.baseline in self.policies and len(self.policies) > 1

    @cached_property
    def years(self) -> list[int]:
        """School years, the base year first."""
        return sorted(int(year) for year in self.measures["year"].unique())

    @property
    def base_year(self) -> int:
        """The base year."""
        return self.years[0]

    @property
    def last_year(self) -> int:
        """The last school year."""
        return self.years[-1]

    @cached_property
    def draws(self) -> int:
        """Number of paired draws."""
        return int(self.measures["draw"].nunique())

    # -- values ---------------------------------------------------------------------------------------

    @cached_property
    def _table(self) -> Mapping[tuple[str, str, str, str], NDArray[np.float64]]:
        """Measure, stage, unit and policy -> float64, shape (draws, years)."""
        frame = self.measures
        columns = [frame[name].astype("category") for name in ("measure", "stage", "unit_id", "policy")]
        names = [[str(one) for one in column.cat.categories] for column in columns]
        codes = np.stack([column.cat.codes.to_numpy() for column in columns]).astype(np.int64)
        whole = np.ravel_multi_index(tuple(codes), tuple(len(one) for one in names))
        keys, row = np.unique(whole, return_inverse=True)
        draws, draw = np.unique(frame["draw"].to_numpy(), return_inverse=True)
        values = np.full((keys.size, draws.size, len(self.years)), np.nan)
        values[row, draw, np.searchsorted(self.years, frame["year"].to_numpy())] = frame["value"].to_numpy()
        places = zip(*np.unravel_index(keys, tuple(len(one) for one in names)), strict=True)
        return {
            (names[0][m], names[1][s], names[2][u], names[3][p]): values[i] for i, (m, s, u, p) in enumerate(places)
        }

    @cached_property
    def _units(self) -> Mapping[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for measure, stage, unit, _ in self._table:
            kept = found.setdefault((measure, stage), [])
            if unit not in kept:
                kept.append(unit)
        return found

    def units(self, measure: str, stage: str = "all") -> list[str]:
        """Return the zones, groups or modes that a measure is kept for; one empty word for a county's measure."""
        return next((self._units[name, stage] for name in same(measure) if (name, stage) in self._units), [])

    def series(self, measure: str, policy: str, *, stage: str = "all", unit: str | None = None) -> NDArray[np.float64]:
        """Return a measure as float64, shape (draws, years); all NaN when the run does not hold it."""
        for name in same(measure):
            for one in [unit] if unit is not None else self._units.get((name, stage), []):
                found = self._table.get((name, stage, one, policy))
                if found is not None:
                    return found
        return np.full((self.draws, len(self.years)), np.nan)

    def holds(self, measure: str, *, stage: str = "all") -> bool:
        """Return whether the run holds a measure with at least one number."""
        return any(bool(np.isfinite(self.series(measure, policy, stage=stage)).any()) for policy in self.policies)

    def at(self, measure: str, policy: str, year: int | None = None, *, stage: str = "all", unit: str | None = None) -> NDArray[np.float64]:
        """Return a measure in one year (the last when None), float64, shape (draws,)."""
        place = self.years.index(self.last_year if year is None else year)
        return np.asarray(self.series(measure, policy, stage=stage, unit=unit)[:, place], dtype=np.float64)

    def level(self, measure: str, policy: str, year: int | None = None, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the mean over draws with the 95% interval of the mean."""
        return mean_interval(self.at(measure, policy, year, stage=stage, unit=unit))

    def spread(self, measure: str, policy: str, year: int | None = None, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the mean over draws with the 95% range in which one draw falls."""
        return spread(self.at(measure, policy, year, stage=stage, unit=unit), floor_of(measure))

    def effect(self, measure: str, policy: str, year: int | None = None, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the paired difference from the baseline with the 95% interval of its mean."""
        return self.between(measure, policy, self.baseline, year, stage=stage, unit=unit)

    def between(
        self, measure: str, policy: str, other: str, year: int | None = None, *, stage: str = "all", unit: str | None = None
    ) -> Interval:
        """Return the paired difference ``policy - other`` with the 95% interval of its mean."""
        if policy not in self.policies or other not in self.policies:
            return NOTHING
        own, base = (self.at(measure, key, year, stage=stage, unit=unit) for key in (policy, other))
        return mean_interval(own - base) if own.size == base.size else NOTHING

    def change(self, measure: str, policy: str, year: int | None = None, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the change since the base year, paired within draws, with the 95% interval of its mean."""
        now, then = (self.at(measure, policy, y, stage=stage, unit=unit) for y in (year, self.base_year))
        return mean_interval(now - then)

    def yearly(self, measure: str, policy: str, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the mean a year over the years after the base year, with the 95% interval of its mean over draws."""
        values = self.series(measure, policy, stage=stage, unit=unit)[:, 1:]
        known = np.isfinite(values)
        counts = known.sum(axis=1)
        sums = np.where(known, values, 0.0).sum(axis=1)
        return mean_interval(np.divide(sums, counts, out=np.full(sums.size, np.nan), where=counts > 0))

    def total(self, measure: str, policy: str, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the sum over the years after the base year, with the 95% interval of its mean over draws."""
        values = self.series(measure, policy, stage=stage, unit=unit)[:, 1:]
        return mean_interval(np.where(np.isfinite(values).any(axis=1), np.nansum(values, axis=1), np.nan))

    def share(
        self, measure: str, policy: str, holds: Callable[[NDArray[np.float64]], NDArray[np.bool_]], year: int | None = None,
        *, stage: str = "all", unit: str | None = None,
    ) -> Interval:  # fmt: skip
        """Return in which share of the draws something holds, with Wilson's 95% interval; draws without a value do not count."""
        values = self.at(measure, policy, year, stage=stage, unit=unit)
        values = values[np.isfinite(values)]
        return wilson(int(np.count_nonzero(holds(values))), values.size)


def facts_of(comparison: Any, manifest: Mapping[str, Any], lang: str) -> Facts:
    """Return the facts of what ``Results._for_figures`` gives: frames of one design, school names in the reader's language."""
    return Facts(
        comparison.measures, comparison.schools, getattr(comparison, "flows", None), getattr(comparison, "records", None),
        manifest, comparison.info, lang,
    )  # fmt: skip
