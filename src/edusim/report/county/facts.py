"""What the frames of a run say, asked measure by measure: levels, differences, probabilities, each with its interval.

Four questions are kept apart. :meth:`Facts.level` is a mean over draws with the 95% interval *of the mean*;
:meth:`Facts.spread` the 95% range in which *one* draw falls (would the county keep a limit?); :meth:`Facts.effect` the
paired difference from the baseline; :meth:`Facts.share` in how many draws something holds, with Wilson's interval.
Schools are asked column by column: :meth:`Facts.school_values` gives draws by schools, in the order of :attr:`Facts.school_list`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.style import Words
from edusim.report.summaries import (
    KNOWN_POLICIES,
    Interval,
    ends_of,
    mean_interval,
    ordered,
    paired_interval,
    same,
    spread,
    within,
)
from edusim.report.tables import ratio_interval

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

NOTHING = Interval(math.nan, math.nan, math.nan, 0)
GAP, WEAK, CORE, MEMBER, SPENT = (
    "learning.core_member_gap", "learning.weak_half", "learning.core_mean", "learning.member_mean", "money.total_to_date",
)  # fmt: skip
#: Costs that differ by less than this part of the dearest are taken as equal: what rounding in the accounts leaves.
SAME_COST = 0.005
#: Order in which stages and zones are listed; never by achievement.
STAGES, ZONES = ("primary", "nine_year", "junior"), ("urban", "town", "rural", "mountain")


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
    twin
        The same run's other design, where it has one: as feasible and identical pairs are asked the same questions.
    """

    measures: pd.DataFrame
    schools: pd.DataFrame
    flows: pd.DataFrame | None
    records: pd.DataFrame | None
    manifest: Mapping[str, Any]
    info: Mapping[str, Any]
    lang: str
    twin: Facts | None = None

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
        key = (measure, policy, year, stage, unit)
        if key not in self._spreads:
            self._spreads[key] = within(spread(self.at(measure, policy, year, stage=stage, unit=unit)), ends_of(measure))
        return self._spreads[key]

    @cached_property
    def _spreads(self) -> dict[tuple[str, str, int | None, str, str | None], Interval]:
        return {}

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


    # -- comparisons ----------------------------------------------------------------------------------

    @property
    def can_tell(self) -> bool:
        """Whether there are draws enough for intervals."""
        return self.draws > 1

    def moved(self, measure: str, policy: str, *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the difference from the baseline in the last year; the change since the base year where nothing is compared."""
        ask = self.effect if self.is_paired else self.change
        return ask(measure, policy, stage=stage, unit=unit)

    def surely(self, measure: str, sign: int, policies: Sequence[str] | None = None, *, stage: str = "all") -> list[str]:
        """Return the policies that surely lower (-1) or raise (+1) a measure in the last year."""
        asked = {policy: self.moved(measure, policy, stage=stage) for policy in (self.others if policies is None else policies)}
        return [policy for policy, gap in asked.items() if gap.clear and gap.mean * sign > 0]

    def leaders(self, measure: str, policies: Sequence[str], sign: int, *, stage: str = "all") -> list[str]:
        """Return the policy that moves a measure most, and before it none that can be told from it: the first, then its equals."""
        known = [policy for policy in policies if math.isfinite(self.moved(measure, policy, stage=stage).mean)]
        if not known:
            return []
        first = max(known, key=lambda policy: sign * self.level(measure, policy, stage=stage).mean)
        return [first, *(one for one in known if one != first and not self.between(measure, one, first, stage=stage).clear)]

    def yearly_effect(self, measure: str, policy: str) -> Interval:
        """Return the paired difference from the baseline of the mean a year after the base year."""
        if not self.is_paired:
            return NOTHING
        own, base = (self.series(measure, key)[:, 1:] for key in (policy, self.baseline))
        return mean_interval((own - base).mean(axis=1)) if own.shape[1] else NOTHING

    def per_step(self, policy: str) -> Interval:
        """Return the extra yuan to date for each 0.01 SD by which the gap is narrower; nothing unless it surely is."""
        if policy not in self.surely(GAP, -1) or not self.is_paired:
            return NOTHING
        spent, gap = (self.at(name, policy) - self.at(name, self.baseline) for name in (SPENT, GAP))
        return ratio_interval(spent, -gap / 0.01)

    def price_apart(self, policy: str, other: str) -> Interval:
        """Return the difference of :meth:`per_step`, ``policy - other``, over paired draws; nothing unless both have a price.

        A price is a ratio of two means, so what is compared is that ratio: each draw enters with what it adds to the two ratios
        (their first-order expansion about the means), and the interval is Student's over the draws. What the policies share in a
        draw drops out, as it does not where two intervals are held against each other. The mean of prices reckoned draw by draw
        would be another number than the one that is told, and without bounds where the gap hardly narrows in some draw.
        """
        if not (math.isfinite(self.per_step(policy).mean) and math.isfinite(self.per_step(other).mean)):
            return NOTHING

        def parts(key: str) -> NDArray[np.float64]:
            spent, gap = (self.at(name, key) - self.at(name, self.baseline) for name in (SPENT, GAP))
            steps, known = -gap / 0.01, np.isfinite(spent) & np.isfinite(gap)
            price, mean = spent[known].mean() / steps[known].mean(), steps[known].mean()
            return np.asarray(price + (spent - price * steps) / mean, dtype=np.float64)

        return mean_interval(parts(policy) - parts(other))

    def is_cheaper(self, policy: str, other: str) -> bool:
        """Return whether a step of the gap surely costs less under ``policy`` than under ``other``.

        Where both cost the same (as the chart of cost and narrowing counts it) the price differs just where the gap does, and the
        paired gap is asked, as that chart asks it.
        """
        apart = self.price_apart(policy, other)
        own, its = (self.between(SPENT, key, self.baseline).mean for key in (policy, other))
        if apart.known and min(own, its) > 0 and abs(own - its) <= SAME_COST * max(own, its):
            apart = self.between(GAP, policy, other)
        return apart.clear and apart.mean < 0

    def is_better(self, policy: str, other: str) -> bool:
        """Return whether the gap is surely narrower or the weaker half surely higher under ``policy`` than under ``other``."""
        gap, weak = (self.between(measure, policy, other) for measure in (GAP, WEAK))
        return (gap.clear and gap.mean < 0) or (weak.clear and weak.mean > 0)

    def share_from_below(self, policy: str) -> Interval:
        """Return which share of the narrowing of the gap is a rise of the members; nothing unless it surely narrows."""
        if not (self.moved(GAP, policy).clear and self.moved(GAP, policy).mean < 0):
            return NOTHING
        year, then = (self.last_year, self.baseline) if self.is_paired else (self.base_year, policy)
        core, member = (
            self.at(name, policy) - self.at(name, then, None if self.is_paired else year) for name in (CORE, MEMBER)
        )
        return ratio_interval(member, member - core)

    def first_year(self, holds: Callable[[int], bool]) -> int | None:
        """Return the first year from which something holds in every year to the last; None when it does not hold then."""
        found = None
        for year in reversed(self.years):
            if not holds(year):
                break
            found = year
        return found

    # -- schools --------------------------------------------------------------------------------------

    @cached_property
    def _school_places(self) -> tuple[tuple[int, ...], NDArray[np.int64]]:
        """Shape (policies, years, draws, schools) and the flat place of every row of the frame."""
        frame = self.schools
        policy = frame["policy"].astype("category")
        order = np.array([self.policies.index(str(one)) if str(one) in self.policies else -1 for one in policy.cat.categories])
        draws, draw = np.unique(frame["draw"].to_numpy(), return_inverse=True)
        ids, school = np.unique(frame["school_id"].to_numpy(), return_inverse=True)
        year = np.searchsorted(self.years, frame["year"].to_numpy())
        shape = (len(self.policies), len(self.years), draws.size, ids.size)
        return shape, np.ravel_multi_index((order[policy.cat.codes.to_numpy()], year, draw, school), shape).astype(np.int64)

    @cached_property
    def _cubes(self) -> dict[str, NDArray[np.float64]]:
        return {}

    def has_schools(self, *columns: str) -> bool:
        """Return whether the frame of schools holds these columns."""
        return len(self.schools) > 0 and all(column in self.schools.columns for column in columns)

    def school_values(self, column: str, policy: str, year: int | None = None) -> NDArray[np.float64]:
        """Return a column of the table of schools in one year (the last when None), float64, shape (draws, schools).

        Yes and no read 1 and 0; a school that is not there, and a value that is not known, are NaN.
        """
        if column not in self._cubes:
            shape, places = self._school_places
            cube = np.full(math.prod(shape), np.nan)
            cube[places] = self.schools[column].to_numpy(dtype=np.float64, na_value=np.nan)
            self._cubes[column] = cube.reshape(shape)
        at = self.years.index(self.last_year if year is None else year)
        return np.asarray(self._cubes[column][self.policies.index(policy), at], dtype=np.float64)

    @cached_property
    def school_list(self) -> pd.DataFrame:
        """One row a school, by id: ``school_id, pseudonym, zone, stage, role, n_pupils`` as in the first year it is there."""
        frame = self.schools
        role = "role_base" if "role_base" in frame.columns else "role"
        kept = ["school_id", "pseudonym", "zone", "stage", role, "n_pupils"]
        first = frame[frame["year"] == self.base_year].drop_duplicates("school_id")[kept]
        if len(first) < frame["school_id"].nunique():
            later = frame.sort_values("year", kind="stable").drop_duplicates("school_id")[kept]
            first = later
        first = first.rename(columns={role: "role"}).sort_values("school_id").reset_index(drop=True)
        return first.astype(dict.fromkeys(("pseudonym", "zone", "stage", "role"), str))

    @cached_property
    def school_order(self) -> list[int]:
        """Places in :attr:`school_list` by stage, zone and pseudonym."""
        rows = self.school_list
        rank = {word: place for words in (STAGES, ZONES) for place, word in enumerate(words)}
        keys = zip(rows["stage"].map(rank).fillna(9), rows["zone"].map(rank).fillna(9), rows["pseudonym"], strict=True)
        return [place for place, _ in sorted(enumerate(keys), key=lambda one: one[1])]

    def school_moves(self, column: str, policy: str) -> list[Interval]:
        """Return of each school the difference from the baseline (or the change since the base year), with its interval."""
        then = (self.baseline, None) if self.is_paired else (policy, self.base_year)
        gap = self.school_values(column, policy) - self.school_values(column, *then)
        mean, low, high, n, _ = paired_interval(gap)
        return [Interval(float(a), float(b), float(c), int(k)) for a, b, c, k in zip(mean, low, high, n, strict=True)]

    def school_mean(self, column: str, policy: str, chosen: NDArray[np.bool_], year: int | None = None) -> NDArray[np.float64]:
        """Return a column's mean over some schools, weighted by pupils, float64, shape (draws,)."""
        values, pupils = (self.school_values(name, policy, year)[:, chosen] for name in (column, "n_pupils"))
        known = np.isfinite(values) & np.isfinite(pupils)
        weight = np.where(known, pupils, 0.0)
        total = weight.sum(axis=1)
        sums = (np.where(known, values, 0.0) * weight).sum(axis=1)
        return np.asarray(np.divide(sums, total, out=np.full(total.size, np.nan), where=total > 0), dtype=np.float64)

    def school_mean_moved(self, column: str, policy: str, chosen: NDArray[np.bool_]) -> Interval:
        """Return the difference from the baseline (or the change since the base year) of :meth:`school_mean`."""
        then = (self.baseline, None) if self.is_paired else (policy, self.base_year)
        return mean_interval(self.school_mean(column, policy, chosen) - self.school_mean(column, then[0], chosen, then[1]))


def facts_of(comparison: Any, manifest: Mapping[str, Any], lang: str) -> Facts:
    """Return the facts of what ``Results._for_figures`` gives: frames of one design, school names in the reader's language."""
    return Facts(
        comparison.measures, comparison.schools, getattr(comparison, "flows", None), getattr(comparison, "records", None),
        manifest, comparison.info, lang,
    )  # fmt: skip


def facts_of_run(found: Mapping[str, Any], info: Mapping[str, Any], lang: str, design: str = "") -> Facts:
    """Return the facts of a run folder as ``edusim.folders.load_run`` reads it; the other design comes along as ``twin``.

    Parameters
    ----------
    found
        ``manifest, measures, schools`` and, where they are, ``flows, records``.
    info
        See :mod:`edusim.report.figures`.
    lang
        ``zh`` or ``en``.
    design
        ``feasible`` or ``identical``; the manifest's first when empty.
    """
    manifest = found["manifest"]
    designs = [str(one) for one in manifest.get("designs", ())]

    def one(kind: str) -> Facts:
        frames = {
            name: found[name][found[name]["design"].astype(str) == kind].drop(columns="design") if "design" in found[name].columns else found[name]
            for name in ("measures", "schools", "flows", "records") if found.get(name) is not None
        }  # fmt: skip
        schools = frames["schools"].rename(columns={f"pseudonym_{lang}": "pseudonym"})
        about = {**info, "design": kind} if kind else info
        return Facts(frames["measures"], schools, frames.get("flows"), frames.get("records"), manifest, about, lang)

    kind = design or (designs[0] if designs else "")
    others = [other for other in designs if other != kind]
    return replace(one(kind), twin=one(others[0])) if others else one(kind)
