"""Who surely gains and who surely loses: effect on groups of schools and pupils, and by kind of place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.county.facts import Facts
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import MOST_NAMED, across_of, grouped, head, nothing, of_all, place
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
    MARGIN,
    QUIET,
    Chart,
    Words,
    exact_digits,
    house,
    looks,
    nice_limits,
    number,
    ticks,
)
from edusim.report.summaries import Interval, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

#: Groups in the order drawn: (name, measure); a line of the chart stands between the blocks.
BLOCKS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("county", "learning.mean"),),
    (("core", "learning.core_mean"), ("member", "learning.member_mean")),
    (("top", "learning.top_mean"), ("weak", "learning.weak_mean")),
    (("low_ses", "learning.low_ses_mean"), ("rural", "learning.rural_mean")),
)
ZONES = ("urban", "town", "rural", "mountain")
#: Groups that the sentence names when there are many policies.
FEW = ("core", "member", "low_ses")


@dataclass(frozen=True)
class Row:
    """One group: its key, its block, and by policy the difference of each draw, SD."""

    key: str
    block: int
    of: Mapping[str, NDArray[np.float64]]

    def gap(self, policy: str) -> Interval:
        """Return the mean difference with its interval."""
        return mean_interval(self.of[policy])


def zone_means(facts: Facts, years: Sequence[int]) -> dict[tuple[str, str, int], NDArray[np.float64]]:
    """Return the mean achievement of the pupils at schools of a kind of place.

    Parameters
    ----------
    facts
        With ``schools`` (``policy, draw, year, zone, n_pupils, mean_achievement``); schools count by their pupils.
    years
        Years to look at.

    Returns
    -------
    dict
        (zone, policy, year) -> float64, shape (draws,), SD; NaN in a draw without such a school.
    """
    frame = facts.schools
    if frame is None or any(column not in frame.columns for column in ("zone", "n_pupils", "mean_achievement")):
        return {}
    frame = frame.loc[frame["year"].isin(list(years)), ["policy", "draw", "year", "zone", "n_pupils", "mean_achievement"]]
    frame = frame[np.isfinite(frame["mean_achievement"].to_numpy(float)) & (frame["n_pupils"].to_numpy(float) > 0)]
    weight = frame["n_pupils"].to_numpy(float)
    keys = [frame[name].astype(str) for name in ("zone", "policy")] + [frame["year"], frame["draw"]]
    sums = frame.assign(value=frame["mean_achievement"] * weight, weight=weight).groupby(keys, sort=False)[["value", "weight"]].sum()
    row = {draw: order for order, draw in enumerate(sorted(facts.measures["draw"].unique()))}
    found: dict[tuple[str, str, int], NDArray[np.float64]] = {}
    for (zone, policy, year, draw), value in (sums["value"] / sums["weight"]).items():
        if draw in row:
            found.setdefault((zone, policy, int(year)), np.full(len(row), np.nan))[row[draw]] = value
    return found


def rows_of(facts: Facts) -> list[Row]:
    """Return the groups with a value: difference from the baseline in the last year, else change since the base year."""
    policies = facts.others or facts.policies
    found: list[Row] = []

    def add(key: str, block: int, at: Mapping[str, NDArray[np.float64]]) -> None:
        if any(np.isfinite(values).any() for values in at.values()):
            found.append(Row(key, block, at))

    for block, groups in enumerate(BLOCKS):
        for key, measure in groups:
            then = {p: facts.at(measure, *_reference(facts, p)) for p in policies}
            add(key, block, {p: facts.at(measure, p) - then[p] for p in policies})
    zones = zone_means(facts, (facts.base_year, facts.last_year))
    nobody = np.full(facts.draws, np.nan)
    for zone in ZONES:
        then = {p: zones.get((zone, *_reference(facts, p)), nobody) for p in policies}
        add(f"zone.{zone}", len(BLOCKS), {p: zones.get((zone, p, facts.last_year), nobody) - then[p] for p in policies})
    # Kinds of place say more than rural and mountain schools taken together.
    return [row for row in found if row.key != "rural"] if any(row.block == len(BLOCKS) for row in found) else found


def _reference(facts: Facts, policy: str) -> tuple[str, int]:
    return (facts.baseline, facts.last_year) if facts.is_paired else (policy, facts.base_year)


def name_of(words: Words, key: str) -> str:
    """Return the name of a group as a row of the chart."""
    return words(f"gains.{key}")


def how(facts: Facts, rows: Sequence[Row], policy: str) -> str:
    """Return how the gap of core and member schools closes under a policy.

    Returns
    -------
    str
        ``below`` (members surely rise, cores do not surely fall), ``above`` (the reverse), ``both``, ``parallel``
        (it closes, but neither end surely moves), ``wider`` or ``open``.
    """
    of = {row.key: row.of[policy] for row in rows}
    if "core" not in of or "member" not in of:
        return "open"
    gap = mean_interval(of["core"] - of["member"])
    if not gap.clear:
        return "open"
    if gap.mean > 0:
        return "wider"
    rises, falls = mean_interval(of["member"]), mean_interval(of["core"])
    is_up, is_down = rises.clear and rises.mean > 0, falls.clear and falls.mean < 0
    return "both" if is_up and is_down else "below" if is_up else "above" if is_down else "parallel"


def _takeaway(facts: Facts, rows: Sequence[Row]) -> str:
    words, policies = facts.words, facts.others or facts.policies
    if facts.draws < 2:
        return words("gains.one_run")

    def sure(policy: str, sign: int) -> tuple[str, ...]:
        return tuple(row.key for row in rows if (gap := row.gap(policy)).clear and gap.mean * sign > 0)

    def listed(keys: Sequence[str]) -> str:
        return words("list_separator").join(words.inside(name_of(words, key)) for key in keys)

    base = words.policy(facts.baseline)
    parts: list[str] = []
    if len(policies) > MOST_NAMED:
        rows = [row for row in rows if row.key in FEW]
    for sign, kind in ((1, "up"), (-1, "down")):
        groups = [(keys, own) for keys, own in grouped(policies, lambda policy, sign=sign: sure(policy, sign)) if keys]  # type: ignore[misc]
        every = [row.key for row in rows]
        said = [
            words(f"gains.{kind}", policies=of_all(words, own, policies), groups=words("gains.all") if list(keys) == every else listed(keys))
            for keys, own in groups
        ]
        none = words(f"gains.no_{kind}") if len(policies) <= MOST_NAMED else words(f"gains.no_{kind}_of", groups=listed(every))
        parts += said or [none]
    if facts.is_paired:
        parts += [
            words(f"gains.gap_{kind}", policies=of_all(words, own, policies))
            for kind, own in grouped(policies, lambda policy: how(facts, rows, policy))
        ]
        return words("gains.against", year=facts.last_year, baseline=base) + words("semicolon").join(parts)
    return words("gains.since", start=facts.base_year, year=facts.last_year) + words("semicolon").join([*parts, words("gains.no_effect")])


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw the difference from the baseline in the last year for groups of schools and pupils, a panel a policy.

    Without a baseline the change since the base year is drawn, which is no effect of a policy.

    Parameters
    ----------
    facts
        Holds means of groups (``learning.core_mean``, ``learning.weak_mean``, ...); kinds of place are averaged from
        ``facts.schools`` by pupils where it has them.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when no group has a mean.
    """
    words = facts.words
    rows = rows_of(facts)
    if not rows or (len(facts.years) < 2 and not facts.is_paired):
        raise nothing("gains.empty")
    policies = facts.others or facts.policies
    across = across_of(len(policies), 4)
    down = -(-len(policies) // across)
    blocks = sorted({row.block for row in rows})
    air = 0.55
    tops = {row.key: order + air * blocks.index(row.block) for order, row in enumerate(rows)}
    tall = (len(rows) + air * len(blocks)) * 0.2
    pitch = tall + 0.72
    width, left = 8.9, 1.72 if words.lang == "zh" else 1.95
    body = down * pitch + 0.45
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("gains.title" if facts.is_paired else "gains.title_alone", baseline=words.policy(facts.baseline)),
            subtitle=other("gains.subtitle" if facts.is_paired else "gains.subtitle_alone", year=facts.last_year,
                           start=facts.base_year, baseline=other.policy(facts.baseline)),
            takeaway=_takeaway(facts, rows),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )  # fmt: skip
        reading = "gains.reading" if facts.draws > 1 else "gains.reading_one"
        bottom = read_line(chart, words(reading))
        step = (body - bottom) / down
        limits = _limits(rows, policies)
        for index, policy in enumerate(policies):
            line, x, each = place(index, across, left, MARGIN, 0.14, width)
            axes = chart.panel(x, body - (line + 1) * step + 0.42, each, step - 0.72)
            _panel(axes, facts, rows, tops, policy, limits, each, is_named=index % across == 0)
            head(chart, axes, words, facts.policies, policy, each)
    return chart


def _limits(rows: Sequence[Row], policies: Sequence[str]) -> tuple[float, float]:
    gaps = [row.gap(policy) for row in rows for policy in policies]
    low, high = nice_limits([0.0, *(edge for gap in gaps for edge in (gap.mean, gap.low, gap.high))], pad=0.04)
    # With two or three runs an interval can dwarf the means; the axis then follows the means.
    mean_low, mean_high = nice_limits([0.0, *(gap.mean for gap in gaps)])
    room = 1.5 * (mean_high - mean_low)
    return max(low, mean_low - room), min(high, mean_high + room)


def _panel(
    axes: Axes,
    facts: Facts,
    rows: Sequence[Row],
    tops: Mapping[str, float],
    policy: str,
    limits: tuple[float, float],
    wide: float,
    *,
    is_named: bool,
) -> None:
    words, look = facts.words, looks(facts.policies)[policy]
    numbers = 0.46
    span = limits[1] - limits[0]
    axes.set_xlim(limits[0], limits[1] + span * numbers / max(0.3, wide - numbers))
    axes.set_ylim(max(tops.values()) + 0.75, -0.75)
    axes.set_yticks([])
    for spine in ("left", "bottom"):
        axes.spines[spine].set_visible(False)
    axes.xaxis.set_major_locator(ticks(4))
    shown = [tick for tick in axes.xaxis.get_major_locator().tick_values(*limits) if limits[0] <= tick <= limits[1]]
    digits = max(1, exact_digits(shown))
    axes.set_xticks(shown, [number(tick, digits, signed=True) for tick in shown])
    axes.tick_params(axis="x", length=0, labelsize=7.4)
    for tick in shown:
        axes.axvline(tick, color=GRID, linewidth=0.8, zorder=0)
    axes.axvline(0, color=FAINT, linewidth=1.3, zorder=1)
    axes.set_xlabel(words("gains.axis"), fontsize=7.6, color=QUIET, labelpad=2, loc="left")
    for row in rows:
        at, gap = tops[row.key], row.gap(policy)
        if is_named:
            axes.annotate(name_of(words, row.key), (0, at), xycoords=("axes fraction", "data"), xytext=(-6, 0),
                          textcoords="offset points", ha="right", va="center", fontsize=8.2, annotation_clip=False,
                          fontweight="bold" if row.key in ("core", "member") else "normal", color=INK)  # fmt: skip
        if not math.isfinite(gap.mean):
            continue
        if gap.known:
            axes.plot([max(gap.low, limits[0]), min(gap.high, limits[1])], [at, at], color=look.colour, linewidth=1.9,
                      solid_capstyle="butt", zorder=2)  # fmt: skip
            for edge, mark, is_cut in ((limits[0], "<", gap.low < limits[0]), (limits[1], ">", gap.high > limits[1])):
                if is_cut:  # an interval that goes on beyond the panel says so
                    axes.plot(edge, at, marker=mark, markersize=4.4, color=look.colour, markeredgewidth=0, zorder=2, clip_on=False)
        axes.plot(gap.mean, at, marker=look.marker, markersize=5.2, markeredgecolor=look.colour, markeredgewidth=1.3,
                  markerfacecolor=look.colour if gap.clear else "white", zorder=3)  # fmt: skip
        digits = 2 if abs(gap.mean) >= 0.005 else 3
        axes.annotate(number(gap.mean, digits, signed=True), (1, at), xycoords=("axes fraction", "data"), ha="right", va="center",
                      fontsize=7.6, color=look.colour if gap.clear else QUIET, fontweight="bold" if gap.clear else "normal",
                      annotation_clip=False)  # fmt: skip
