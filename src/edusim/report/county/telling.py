"""What the chapters share: a number a draw, differences from the baseline, how amounts are written, who stands above whom."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from edusim.language import text
from edusim.policy_words import value_text
from edusim.report.county.facts import NOTHING, Facts
from edusim.report.document.blocks import Value
from edusim.report.style import digits_for, number
from edusim.report.summaries import Interval, ends_of, mean_interval, t_975, within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.declarations import Declaration

#: Differences smaller than this are the arithmetic's own, not the run's.
DUST = 1e-9
#: Yuan below this are the arithmetic's own.
DUST_YUAN = 0.5
#: Policies whose English names begin with the name of a place.
OF_PLACES = ("gangkou", "kunshan", "nanyang", "ninghe")
#: Units that say nothing to an official.
BARE = ("utility", "ratio", "corr", "weight")
#: More columns of policies than this want a page turned on its side.
MOST_UPRIGHT = 4


@dataclass(frozen=True)
class Scale:
    """How amounts of one kind are written: a factor, the words around them, at most and at least so many decimals."""

    factor: float
    pattern: str
    most: int = 3
    fewest: int = 0

    def shown(self, value: float, digits: int, lang: str, *, signed: bool = False) -> str:
        """Return a value with its unit."""
        return text(self.pattern, lang, value=number(value * self.factor, digits, signed=signed))


PERCENT = Scale(100.0, "chapters.percent", 2)
POINTS = Scale(100.0, "chapters.points", 2, 1)
SD = Scale(1.0, "chapters.sd", 3, 3)
PLAIN = Scale(1.0, "chapters.plain")
TEACHERS = Scale(1.0, "chapters.teachers", 1)
PUPILS = Scale(1.0, "chapters.pupils", 1)
HOURS = Scale(1.0, "chapters.hours", 0)
CLASSES = Scale(1.0, "chapters.classes", 1)


def ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> Interval:
    """Return the ratio of two means over paired draws with Fieller's 95% interval.

    Where the lower number may be zero there is no interval; where it is zero there is nothing.
    """
    known = np.isfinite(above) & np.isfinite(below)
    a, b = above[known], below[known]
    n = int(a.size)
    if n == 0 or b.mean() == 0.0:
        return NOTHING
    mean = float(a.mean() / b.mean())
    if n == 1:
        return Interval(mean, math.nan, math.nan, 1)
    cov = np.cov(a, b) / n
    t2 = t_975(n - 1) ** 2
    middle, square = a.mean() * b.mean() - t2 * cov[0, 1], b.mean() ** 2 - t2 * cov[1, 1]
    inner = middle**2 - square * (a.mean() ** 2 - t2 * cov[0, 0])
    if square <= 0.0 or inner < -DUST * middle**2:
        return Interval(mean, math.nan, math.nan, n)
    half = math.sqrt(max(0.0, inner))
    return Interval(mean, float((middle - half) / square), float((middle + half) / square), n)


@dataclass(frozen=True)
class Teller:
    """Asks the facts of a run and puts the answers into words.

    ``when`` is ``last`` (the last year), ``base`` (the base year), ``yearly`` (mean of the years after the base year),
    ``total`` (their sum) or a school year.
    """

    facts: Facts

    @property
    def lang(self) -> str:
        """Language of the reader."""
        return self.facts.lang

    def say(self, key: str, /, **values: object) -> str:
        """Return a text of the catalogue."""
        return text(key, self.lang, **values)

    def name(self, policy: str) -> str:
        """Return the name of a policy at the head of a row."""
        return self.facts.words.policy(policy)

    def inside(self, policy: str) -> str:
        """Return the name of a policy inside a sentence; names of places keep their capital."""
        name = self.name(policy)
        return name if policy in OF_PLACES else self.facts.words.inside(name)

    @property
    def base(self) -> str:
        """Name of the baseline inside a sentence."""
        return self.inside(self.facts.baseline)

    def listed(self, parts: Iterable[str]) -> str:
        """Return parts as a list in a sentence."""
        return self.say("chapters.comma").join(parts)

    def semicolons(self, parts: Iterable[str]) -> str:
        """Return longer parts as a list in a sentence."""
        return self.say("chapters.semicolon").join(parts)

    @staticmethod
    def cell(interval: Interval, factor: float = 1.0) -> Interval | None:
        """Return an interval for a table, times a factor: nothing where there is no number, the number alone where it has no width."""
        if not math.isfinite(interval.mean):
            return None
        mean, low, high, n = interval
        if interval.known and high - low <= DUST * max(1.0, abs(mean)):
            low = high = math.nan
            mean = 0.0 if abs(mean) < DUST else mean
        return Interval(mean * factor, low * factor, high * factor, n)

    def rows(self, rows: Iterable[Sequence[Value]]) -> tuple[tuple[Value, ...], ...]:
        """Return rows for a table: intervals without width as the number alone."""
        return tuple(tuple(self.cell(value) if isinstance(value, Interval) else value for value in row) for row in rows)

    def told(self, parts: Iterable[str]) -> str:
        """Return sentences as one paragraph; those that say nothing are left out."""
        return self.say("chapters.gap").join(part for part in parts if part)

    # -- numbers --------------------------------------------------------------------------------------

    def draws(self, measure: str, policy: str, when: str | int = "last", *, stage: str = "all", unit: str | None = None) -> NDArray[np.float64]:
        """Return one number a draw, float64, shape (draws,)."""
        facts = self.facts
        if when in ("yearly", "total"):
            values = facts.series(measure, policy, stage=stage, unit=unit)[:, 1:]
            known = np.isfinite(values)
            sums = np.where(known, values, 0.0).sum(axis=1)
            count = known.sum(axis=1)
            over = np.where(count > 0, count if when == "yearly" else 1, 1)
            return np.asarray(np.where(count > 0, sums / over, np.nan), dtype=np.float64)
        year = facts.last_year if when == "last" else facts.base_year if when == "base" else int(when)
        return facts.at(measure, policy, year, stage=stage, unit=unit)

    def level(self, measure: str, policy: str, when: str | int = "last", *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the mean over draws with its 95% interval, cut to what the measure can be."""
        return within(mean_interval(self.draws(measure, policy, when, stage=stage, unit=unit)), ends_of(measure))

    def effect(self, measure: str, policy: str, when: str | int = "last", *, stage: str = "all", unit: str | None = None) -> Interval:
        """Return the paired difference from the baseline with its 95% interval; nothing without a baseline."""
        if not self.facts.is_paired or policy == self.facts.baseline:
            return NOTHING
        own, other = (self.draws(measure, key, when, stage=stage, unit=unit) for key in (policy, self.facts.baseline))
        return mean_interval(own - other) if own.size == other.size else NOTHING

    def delivered(self, above: str, below: str, policy: str) -> Interval:
        """Return which share of a promise was kept over all years, with Fieller's interval."""
        return within(ratio(self.draws(above, policy, "total"), self.draws(below, policy, "total")), (0.0, 1.0))

    # -- words ----------------------------------------------------------------------------------------

    @cached_property
    def money(self) -> Scale:
        """Scale of yuan: 万元, or million yuan."""
        return Scale(1e-4, "chapters.money", 1) if self.lang == "zh" else Scale(1e-6, "chapters.money", 3)

    def shown(self, interval: Interval, scale: Scale, *, signed: bool = False) -> str:
        """Return ``37.3%（35.4% 至 39.1%）``: as many decimals as the interval carries; nothing in brackets where there is no width."""
        if not math.isfinite(interval.mean):
            return "–"
        half = (interval.high - interval.low) / 2 * scale.factor if interval.known else 0.0
        seen = half > 1e-6 * max(1.0, abs(interval.mean * scale.factor))
        digits = max(0, math.ceil(-math.log10(half))) if seen else digits_for(interval.mean * scale.factor)
        digits = max(scale.fewest, min(digits, scale.most))
        if not seen and round(interval.mean * scale.factor, 6).is_integer():
            digits = 0
        if seen and interval.clear and any(round(end * scale.factor, digits) == 0.0 for end in (interval.low, interval.high)):
            digits += 1  # an end that reads as zero would say that nothing is clear
        point = scale.shown(interval.mean, digits, self.lang, signed=signed)
        if not seen:
            return point
        low, high = (number(end * scale.factor, digits, signed=signed) for end in (interval.low, interval.high))
        if low == high:
            whole = round(interval.mean * scale.factor, digits)
            return scale.shown(interval.mean, 0 if whole.is_integer() else digits, self.lang, signed=signed)
        return self.say("chapters.with", point=point, low=low, high=high)

    def of(self, policy: str, interval: Interval, scale: Scale, *, signed: bool = False) -> str:
        """Return a policy with its number, for a list."""
        return self.say("chapters.of", policy=self.inside(policy), value=self.shown(interval, scale, signed=signed))

    def against(
        self, name: str, measure: str, scale: Scale, when: str | int = "last", *, stage: str = "all", unit: str | None = None, least: float = 0.0
    ) -> str:
        """Return one sentence on a measure: which policies stand above the baseline, which below, where it cannot be told.

        The empty string when there is nothing to compare with, or no interval; see :meth:`versus`.
        """
        return self.versus(name, {key: self.effect(measure, key, when, stage=stage, unit=unit) for key in self.facts.others}, scale, least=least)

    def versus(self, name: str, effects: Mapping[str, Interval], scale: Scale, *, least: float = 0.0, base: str = "") -> str:
        """Return the sentence of :meth:`against` on differences from ``base`` (the baseline); clear ones below ``least`` are said to be small."""
        groups: dict[str, list[str]] = {"above": [], "below": [], "small": [], "open": []}
        for policy, effect in effects.items():
            if not math.isfinite(effect.mean):
                continue
            kind = "open"
            if effect.clear and abs(effect.mean) > DUST:
                kind = "small" if abs(effect.mean) < least else "above" if effect.mean > 0 else "below"
            groups[kind].append(self.of(policy, effect, scale, signed=True) if kind in ("above", "below") else self.inside(policy))
        if not any(groups.values()) or self.facts.draws < 2:
            return ""
        base = base or self.base
        if not any(groups[kind] for kind in ("above", "below", "small")):
            return self.say("chapters.all_open", name=name, base=base)
        limit = scale.shown(least, digits_for(least * scale.factor) if least * scale.factor < 1 else 0, self.lang)
        parts = [self.say(f"chapters.{kind}", base=base, list=self.listed(groups[kind]), least=limit) for kind in groups if groups[kind]]
        return self.say("chapters.against", name=name, parts=self.semicolons(parts))

    @property
    def has_interval(self) -> bool:
        """Whether differences from a baseline can have an interval."""
        return self.facts.is_paired and self.facts.draws > 1

    def caution(self) -> str:
        """Return what keeps a run from telling anything; the empty string when nothing does."""
        if not self.facts.is_paired:
            return self.say("chapters.alone" if self.facts.draws > 1 else "chapters.alone_once")
        return "" if self.facts.draws > 1 else self.say("chapters.once")

    def span(self) -> str:
        """Return the years after the base year: ``2026–2035``."""
        years = self.facts.years[1:] or self.facts.years
        return f"{years[0]}–{years[-1]}" if years[0] != years[-1] else str(years[0])

    def is_wide(self, columns: Sequence[str]) -> bool:
        """Whether a table with a column for each policy wants a page turned on its side."""
        return len(columns) > MOST_UPRIGHT

    # -- parameters -----------------------------------------------------------------------------------

    def amount(self, known: Declaration, value: float) -> str:
        """Return a parameter's value as an official reads it, with a true minus sign."""
        found = f"{value:g}" if known.unit in BARE else value_text(known, value, self.lang)
        return f"−{found[1:]}" if found.startswith("-") else found.replace("_", " ") if known.type == "enum" else found

    def called(self, known: Declaration) -> str:
        """Return what a parameter is, at the head of a row."""
        return known.description_zh if self.lang == "zh" else known.description_en[:1].upper() + known.description_en[1:]

    # -- the resolved configuration -------------------------------------------------------------------

    def value(self, policy: str, path: str, year: int | None = None) -> float:
        """Return what the run took for a parameter: of a group's first mode where it is one of groups; NaN when unknown."""
        return self.values(policy, path, year)[0] if self.values(policy, path, year) else math.nan

    def values(self, policy: str, path: str, year: int | None = None) -> list[float]:
        """Return what holds of a parameter in a year (the last when None): one number, or one a mode (without the law's place)."""
        whole = self.facts.manifest.get("configuration", {}).get("policies", {}).get(policy, {})
        rows = whole.get("values", {}).get(path)
        if not rows:
            return []
        at = self.facts.last_year if year is None else year
        held = [row[1] for row in rows if row[0] <= at]
        found = [float(v) for v in (held[-1] if held else rows[0][1])]
        return found[1:] if len(found) > 1 else found


__all__ = [
    "CLASSES", "DUST", "DUST_YUAN", "HOURS", "PERCENT", "PLAIN", "POINTS", "PUPILS", "SD", "TEACHERS", "Scale", "Teller", "ends_of", "ratio",
    "within",
]  # fmt: skip
