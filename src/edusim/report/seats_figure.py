"""Seats empty and seats needed by kind of place, and sizes of classes against the official limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.county.facts import Facts
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import clauses, grouped, nothing, of_all, whole_ticks
from edusim.report.style import (
    FAINT,
    GOOD,
    GRID,
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Words,
    house,
    looks,
    nice_limits,
    number,
)
from edusim.report.summaries import OPEN, Interval, mean_interval, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EMPTY, NEEDED = "families.seats_empty", "families.seats_needed"
MEAN, LARGEST = "official.class_size_mean", "official.class_size_largest"
#: Largest class that 教督〔2017〕6号 allows, pupils.
CLASS_LIMIT: Mapping[str, float] = {"primary": 45.0, "junior": 50.0}
ZONES = ("urban", "town", "rural", "mountain")
#: Row of the base year, above the policies.
BASE = ""


def _zones(facts: Facts, stage: str) -> list[str]:
    units = facts.units(EMPTY, stage)
    return [zone for zone in ZONES if zone in units] + [zone for zone in units if zone not in ZONES]


def _at(facts: Facts, measure: str, row: str, *, stage: str, unit: str | None = None) -> Interval:
    """Return a measure in the base year for the row :data:`BASE`, else in the last year, as the range of one run."""
    if row == BASE:
        return facts.spread(measure, facts.policies[0], facts.base_year, stage=stage, unit=unit)
    return facts.spread(measure, row, stage=stage, unit=unit)


def _takeaway(facts: Facts, stages: Sequence[str]) -> str:
    words, year = facts.words, facts.last_year
    parts: list[str] = []
    places = [(stage, zone) for stage in stages for zone in _zones(facts, stage)]
    if places:
        short: dict[str, list[str]] = {}
        sometimes: dict[str, list[str]] = {}
        for policy in facts.policies:
            for stage, zone in places:
                needed = facts.at(NEEDED, policy, stage=stage, unit=zone)
                needed = needed[np.isfinite(needed)]
                name = words("seats.place", stage=words.inside(words.label("stage", stage)), zone=words.label("zone", zone))
                if needed.size and (needed > 0).all():
                    short.setdefault(policy, []).append(
                        words("seats.count", place=name, n=number(float(needed.mean()), 0))
                    )
                elif needed.size and (needed > 0).any():
                    sometimes.setdefault(policy, []).append(
                        words("seats.count_some", place=name, share=number(100 * float((needed > 0).mean()), 0))
                    )
        if not short and not sometimes:
            parts.append(words("seats.enough", year=year))
        for lacking, key in ((short, "seats.short"), (sometimes, "seats.sometimes")):
            listed = {policy: words("list_separator").join(names) for policy, names in lacking.items()}
            for places_said, own in grouped(list(listed), listed.__getitem__):
                parts.append(words(key, year=year, policies=of_all(words, own, facts.policies), places=places_said))
        parts += _empty(facts, places)
    for stage in stages:
        said = [
            words(f"seats.class_{found}", policies=of_all(words, own, facts.policies, "chart.each"))
            for found, own in grouped(
                [p for p in facts.policies if math.isfinite(facts.spread(LARGEST, p, stage=stage).mean)],
                lambda policy, stage=stage: verdict(facts.spread(LARGEST, policy, stage=stage), CLASS_LIMIT[stage]),  # type: ignore[misc]
            )
        ]
        if said and facts.draws > 1:
            parts.append(
                words("seats.classes", year=year, stage=words.label("stage", stage), limit=f"{CLASS_LIMIT[stage]:.0f}",
                      said=words("chart.between").join(said))
            )  # fmt: skip
    if facts.draws < 2:
        parts.append(words.inside(words("one_run")))
    return clauses(words, parts)


def _empty(facts: Facts, places: Sequence[tuple[str, str]]) -> list[str]:
    """Return how the county's empty seats change, under the baseline (or the only policy)."""
    words = facts.words
    policy = facts.policies[0]
    now, then = (
        np.sum([facts.at(EMPTY, policy, year, stage=stage, unit=zone) for stage, zone in places], axis=0)
        for year in (facts.last_year, facts.base_year)
    )
    change = mean_interval(now - then)
    if not math.isfinite(change.mean):
        return []
    key = "seats.more" if change.clear and change.mean > 0 else "seats.fewer" if change.clear else "seats.same"
    return [words(key, policy=words.policy(policy), start=facts.base_year, year=facts.last_year, then=number(float(np.nanmean(then)), 0),
                  now=number(float(np.nanmean(now)), 0))]  # fmt: skip


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw seats empty and needed by kind of place, and mean and largest class against the limit, base year and last year.

    Parameters
    ----------
    facts
        Holds ``families.seats_empty``, ``families.seats_needed`` by zone and ``official.class_size_*`` by stage.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when neither seats nor class sizes are there.
    """
    words = facts.words
    rows = [BASE, *facts.policies] if len(facts.years) > 1 else list(facts.policies)
    stages = [
        stage for stage in CLASS_LIMIT
        if any(math.isfinite(_at(facts, LARGEST, row, stage=stage).mean) for row in rows)
        or any(math.isfinite(_at(facts, EMPTY, row, stage=stage, unit=zone).mean) for zone in _zones(facts, stage) for row in rows)
    ]  # fmt: skip
    if not stages:
        raise nothing("seats.empty")
    n_zones = max(len(_zones(facts, stage)) for stage in stages)
    row = 0.135 if len(rows) > 5 else 0.155
    upper = n_zones * (row * len(rows) + 0.12)
    lower = row * len(rows) + 0.2
    width, left, gap = 8.9, 1.95, 0.42
    body = (upper + 0.75 if n_zones else 0.0) + lower + 1.1
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("seats.title"),
            subtitle=other("seats.subtitle", start=facts.base_year, year=facts.last_year),
            takeaway=_takeaway(facts, stages),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )
        kind = "seats.reading" if facts.draws > 1 else "seats.reading_one"
        bottom = read_line(chart, words(kind, start=facts.base_year, year=facts.last_year))
        each = (width - left - MARGIN - gap * (len(stages) - 1)) / len(stages)
        scale = body - bottom - (1.45 if n_zones else 0.75)
        high = scale * upper / (upper + lower) if n_zones else 0.0
        low = scale - high
        for order, stage in enumerate(stages):
            x = left + order * (each + gap)
            if n_zones:
                axes = chart.panel(x, body - 0.36 - high, each, high)
                _seats(chart, axes, facts, stage, rows, each, is_named=order == 0)
            axes = chart.panel(x, bottom + 0.3, each, low)
            _classes(chart, axes, facts, stage, rows, each, is_named=order == 0)
    return chart


def _row_name(chart: Chart, axes: Axes, facts: Facts, row: str, at: float) -> None:
    words = facts.words
    said = words("seats.base", year=facts.base_year) if row == BASE else words.policy(row)
    colour = QUIET if row == BASE else looks(facts.policies)[row].colour
    item = axes.annotate(said, (0, at), xycoords=("axes fraction", "data"), xytext=(-5, 0), textcoords="offset points", ha="right",
                         va="center", fontsize=7.2, color=colour, annotation_clip=False)  # fmt: skip
    item.set_in_layout(False)
    chart.shrink(item, 0.95)


def _seats(chart: Chart, axes: Axes, facts: Facts, stage: str, rows: Sequence[str], wide: float, *, is_named: bool) -> None:
    words, style = facts.words, looks(facts.policies)
    zones = _zones(facts, stage)
    pitch = len(rows) + 0.8
    gaps = {
        (zone, row): (_at(facts, EMPTY, row, stage=stage, unit=zone), _at(facts, NEEDED, row, stage=stage, unit=zone))
        for zone in zones for row in rows
    }  # fmt: skip
    # Seats needed stand left of zero, empty ones right of it.
    edges = [0.0, *(edge for empty, _ in gaps.values() for edge in (empty.mean, empty.high))]
    edges += [-edge for _, needed in gaps.values() for edge in (needed.mean, needed.high) if edge > 0]
    means = nice_limits([0.0, *(e.mean for e, _ in gaps.values()), *(-n.mean for _, n in gaps.values())])
    low, high = nice_limits(edges, pad=0.03)
    room = means[1] - means[0]
    low, high = max(low, means[0] - room), min(high, means[1] + room)
    axes.set_xlim(low if min(edges) < 0 else -0.01 * high, high * (1 + 0.5 / max(0.5, wide - 0.5)))
    axes.set_ylim(len(zones) * pitch - 0.4, -0.9)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    shown = [tick for tick in whole_ticks(low, high, 4) if low <= tick <= high]
    axes.set_xticks(shown, [number(abs(tick), 0) for tick in shown])
    axes.tick_params(axis="x", labelsize=7.4)
    axes.axvline(0, color=FAINT, linewidth=1.2, zorder=1)
    title = words("seats.panel" if min(edges) >= 0 else "seats.panel_both", stage=words.label("stage", stage))
    axes.set_title(title, loc="left", fontsize=8.8, fontweight="bold", color=INK, pad=6)
    for order, zone in enumerate(zones):
        top = order * pitch
        if order:
            axes.axhline(top - 0.9, color=GRID, linewidth=0.8, zorder=0)
        if is_named:
            x = (MARGIN - 1.95) * 72
            axes.annotate(words.label("place", zone), (0, top + (len(rows) - 1) / 2),
                          xycoords=("axes fraction", "data"), xytext=(x, 0), textcoords="offset points", va="center", fontsize=8.8,
                          annotation_clip=False)  # fmt: skip
        for line, row in enumerate(rows):
            at = top + line
            if is_named:
                _row_name(chart, axes, facts, row, at)
            empty, needed = gaps[zone, row]
            _bar(axes, at, empty, row, style, 1.0)
            if needed.mean > 0:
                _bar(axes, at, needed, row, style, -1.0)
            if math.isfinite(empty.mean):
                said = number(empty.mean, 0)
                if needed.mean > 0:
                    said = words("seats.both", empty=said, needed=number(needed.mean, 0))
                axes.annotate(said, (1, at), xycoords=("axes fraction", "data"), ha="right", va="center", fontsize=6.9,
                              color=QUIET if row == BASE else style[row].colour, annotation_clip=False)  # fmt: skip


def _bar(axes: Axes, at: float, gap: Interval, row: str, style: Mapping[str, object], sign: float) -> None:
    if not math.isfinite(gap.mean):
        return
    look = None if row == BASE else style[row]
    colour = FAINT if look is None else look.colour  # type: ignore[attr-defined]
    axes.plot([0, sign * gap.mean], [at, at], color=colour, linewidth=1.1, alpha=0.6, solid_capstyle="butt", zorder=2)
    if gap.known and row != BASE:
        axes.plot([sign * gap.low, sign * gap.high], [at, at], color=colour, linewidth=2.6, solid_capstyle="butt", zorder=3)
    axes.plot(sign * gap.mean, at, marker="o" if look is None else look.marker, markersize=4.2, zorder=4, markeredgewidth=1.0,  # type: ignore[attr-defined]
              markerfacecolor="white" if look is None else colour, markeredgecolor=QUIET if look is None else colour,
              clip_on=False)  # fmt: skip


def _classes(chart: Chart, axes: Axes, facts: Facts, stage: str, rows: Sequence[str], wide: float, *, is_named: bool) -> None:
    words, style, limit = facts.words, looks(facts.policies), CLASS_LIMIT[stage]
    sizes = {row: (_at(facts, MEAN, row, stage=stage), _at(facts, LARGEST, row, stage=stage)) for row in rows}
    edges = [limit, *(edge for pair in sizes.values() for gap in pair for edge in (gap.mean, gap.low, gap.high))]
    means = nice_limits([limit, *(gap.mean for pair in sizes.values() for gap in pair)])
    low, high = nice_limits(edges, pad=0.06)
    room = means[1] - means[0]
    low, high = max(low, means[0] - room, 0.0), max(min(high, means[1] + room), limit + 0.1 * room)
    axes.set_xlim(low, high + (high - low) * 0.52 / max(0.5, wide - 0.52))
    axes.set_ylim(len(rows) - 0.4, -0.7)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    shown = [tick for tick in whole_ticks(low, high, 6) if low <= tick <= high]
    axes.set_xticks(shown, [number(tick, 0) for tick in shown])
    axes.tick_params(axis="x", labelsize=7.4)
    axes.axvline(limit, color=LIMIT, linewidth=1.3, zorder=1)
    axes.set_title(words("seats.class_panel", stage=words.label("stage", stage), limit=f"{limit:.0f}"), loc="left", fontsize=8.8,
                   fontweight="bold", color=INK, pad=6)  # fmt: skip
    if is_named:
        axes.annotate(words("seats.class"), (0, (len(rows) - 1) / 2), xycoords=("axes fraction", "data"),
                      xytext=((MARGIN - 1.95) * 72, 0), textcoords="offset points", va="center", fontsize=8.8,
                      annotation_clip=False)  # fmt: skip
    for line, row in enumerate(rows):
        colour = QUIET if row == BASE else style[row].colour
        marker = "o" if row == BASE else style[row].marker
        if is_named:
            _row_name(chart, axes, facts, row, line)
        mean, largest = sizes[row]
        if math.isfinite(mean.mean) and math.isfinite(largest.mean):
            axes.plot([mean.mean, largest.mean], [line, line], color=colour, linewidth=0.9, alpha=0.6, zorder=2)
        for gap, is_filled in ((mean, False), (largest, True)):
            if not math.isfinite(gap.mean):
                continue
            if gap.known:
                axes.plot([gap.low, gap.high], [line, line], color=colour, linewidth=2.4, solid_capstyle="butt", zorder=3)
            axes.plot(gap.mean, line, marker=marker, markersize=4.4, markeredgecolor=colour, markeredgewidth=1.0, zorder=4,
                      markerfacecolor=colour if is_filled else "white")  # fmt: skip
        if math.isfinite(largest.mean):
            said = verdict(largest, limit)
            axes.annotate(words.label("verdict", said), (1, line), xycoords=("axes fraction", "data"), ha="right", va="center",
                          fontsize=7.0, annotation_clip=False, fontweight="normal" if said == OPEN else "bold",
                          color={"meets": GOOD, "fails": LIMIT}.get(said, QUIET))  # fmt: skip
