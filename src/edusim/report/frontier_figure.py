"""Extra cost a year against narrowing of the gap: who is beaten, who is not, what a further step costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.county.facts import SAME_COST, Facts
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import MONEY, bare, clauses, money, nothing
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
    QUIET,
    Chart,
    Numbers,
    Words,
    house,
    looks,
    nice_limits,
    overlaps,
    ticks,
    with_interval,
)
from edusim.report.summaries import Interval, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

GAP = "learning.core_member_gap"
COST = "money.total"
STEP_SD = 0.01


@dataclass(frozen=True)
class Place:
    """Where one policy stands: extra cost a year in yuan and narrowing in SD, one number a draw, and their intervals."""

    costs: NDArray[np.float64]
    gains: NDArray[np.float64]
    cost: Interval
    gain: Interval


def _places(facts: Facts) -> dict[str, Place]:
    """Return cost and narrowing of each policy: against the baseline where there is one, else since the base year."""
    found: dict[str, Place] = {}
    base_cost = _a_year(facts, facts.baseline) if facts.is_paired else 0.0
    for policy in facts.policies:
        gap = facts.at(GAP, policy)
        start = facts.at(GAP, facts.baseline) if facts.is_paired else facts.at(GAP, policy, facts.base_year)
        costs, gains = _a_year(facts, policy) - base_cost, start - gap
        cost, gain = mean_interval(costs), mean_interval(gains)
        if math.isfinite(cost.mean) and math.isfinite(gain.mean):
            found[policy] = Place(costs, gains, cost, gain)
    return found


def _a_year(facts: Facts, policy: str) -> NDArray[np.float64]:
    values = facts.series(COST, policy)[:, 1:]
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(sums, counts, out=np.full(sums.size, np.nan), where=counts > 0))


def _is_not_dearer(one: Place, other: Place, least: float) -> bool:
    """Return whether ``one`` surely costs no more than ``other``, but for what rounding leaves."""
    gap = mean_interval(one.costs - other.costs)
    return (gap.known and gap.high <= least) or (abs(gap.mean) <= least and not gap.known)


def _narrows_more(one: Place, other: Place) -> bool:
    gap = mean_interval(one.gains - other.gains)
    return gap.clear and gap.mean > 0


def beaten(places: Mapping[str, Place], least: float) -> dict[str, str]:
    """Return policy -> the one that surely costs no more and surely narrows the gap more, for every policy so beaten.

    Parameters
    ----------
    places
        Policies with cost and narrowing, one number a draw.
    least
        Yuan a year below which costs count as equal.
    """
    found: dict[str, str] = {}
    for policy, own in places.items():
        better = [
            other for other, place in places.items()
            if other != policy and _narrows_more(place, own) and _is_not_dearer(place, own, least)
        ]  # fmt: skip
        if better:
            found[policy] = max(better, key=lambda other: places[other].gain.mean)
    return found


def front(places: Mapping[str, Place], lost: Mapping[str, str], least: float) -> list[str]:
    """Return the policies on the line, cheapest first: unbeaten, and each narrowing more on average than all cheaper ones."""
    line: list[str] = []
    for policy in sorted((p for p in places if p not in lost), key=lambda p: places[p].cost.mean):
        own = places[policy]
        if line and own.gain.mean <= places[line[-1]].gain.mean:
            continue
        if line and own.cost.mean - places[line[-1]].cost.mean <= least:
            line.pop()
        line.append(policy)
    return line


def price(one: Place, other: Place) -> Interval | None:
    """Return the yuan a year of each further 0.01 SD from ``one`` to ``other``; None unless both surely rise.

    The interval is Fieller's, over paired draws.
    """
    from edusim.report.tables import ratio_interval

    more, closer = mean_interval(other.costs - one.costs), mean_interval(other.gains - one.gains)
    if not (more.known and more.low > 0 and closer.known and closer.low > 0):
        return None
    found = ratio_interval(other.costs - one.costs, (other.gains - one.gains) / STEP_SD)
    return found if found.known and found.low > 0 else None


def _takeaway(facts: Facts, places: Mapping[str, Place], lost: Mapping[str, str], line: Sequence[str], least: float) -> str:
    words, base = facts.words, facts.words.policy(facts.baseline)
    others = [policy for policy in places if policy != facts.baseline or not facts.is_paired]

    def cost(policy: str) -> str:
        return money(words, places[policy].cost)

    def gain(policy: str, size: float = 1.0) -> str:
        own = places[policy].gain
        low, high = sorted((own.low * size, own.high * size))
        return with_interval(words, Interval(own.mean * size, low, high, own.n), "SD", signed=False)

    if facts.draws < 2:
        best = max(others, key=lambda policy: places[policy].gain.mean)
        return clauses(words, [words("frontier.one_run", policy=words.policy(best), cost=cost(best), gain=gain(best))])
    if not facts.is_paired:
        said = [words("frontier.alone", policy=words.policy(p), cost=cost(p), year=facts.last_year, start=facts.base_year,
                      gain=with_interval(words, places[p].gain, "SD")) for p in others]  # fmt: skip
        return clauses(words, [*said, words("frontier.no_effect")])
    surely = [p for p in others if places[p].gain.clear and places[p].gain.mean > 0]
    wider = [p for p in others if places[p].gain.clear and places[p].gain.mean < 0]
    open_ = [p for p in others if p not in surely and p not in wider]
    costs = [places[p].cost.mean for p in others]
    is_same = len(others) > 1 and max(costs) - min(costs) <= least
    parts: list[str] = []
    if is_same:
        middle = mean_interval(np.mean([places[p].costs for p in others], axis=0))
        parts.append(words("frontier.same", baseline=base, cost=money(words, middle)))
    if not surely:
        parts.append(words("frontier.none", year=facts.last_year, baseline=base))
    elif is_same:
        best = max(surely, key=lambda p: places[p].gain.mean)
        near = [p for p in surely if p != best and not _narrows_more(places[best], places[p])]
        parts.append(words("frontier.most" if len(surely) > 1 else "frontier.only", policy=words.policy(best), gain=gain(best)))
        if near:
            parts[-1] += words("frontier.rivals", policies=words.policies(near))
    else:
        reach = [p for p in line if p in surely]
        listed = words("list_separator").join(
            words("frontier.item", policy=words.policy(p), cost=money(words, bare(places[p].cost)), gain=gain(p)) for p in reach
        )
        parts.append(words("frontier.front" if len(reach) > 1 else "frontier.front_one", list=listed, baseline=base))
        equal = [
            (p, q) for p, q in pairwise(reach) if not mean_interval(places[q].gains - places[p].gains).clear
        ]
        parts += [words("frontier.unclear_step", one=words.policy(p), other=words.policy(q)) for p, q in equal]
        aside = [p for p in surely if p not in line and p not in lost]
        if aside:
            parts.append(words("frontier.aside", policies=words.policies(aside)))
    if open_ and surely:
        parts.append(words("frontier.open", policies=words.policies(open_)))
    if wider:
        parts.append(words("frontier.wider", policies=words.policies(wider)))
    out = [p for p in lost if p in surely and not is_same]
    if out:
        parts.append(words("frontier.beaten", policies=words.policies(out)))
    return clauses(words, parts)


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw what a policy costs a year beyond the baseline against how far it narrows the gap.

    A policy is beaten when another surely costs no more and surely narrows the gap more (95% intervals of paired
    differences); beaten ones are hollow and grey. The line joins the others where each narrows more on average than all
    cheaper ones; the price of a further 0.01 SD stands on a step where cost and narrowing both surely rise. Without a
    baseline, cost and narrowing are counted from the base year, which is no effect of a policy. One run has no line.

    Parameters
    ----------
    facts
        Holds ``money.total`` and ``learning.core_member_gap``.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when cost or gap is missing.
    """
    words = facts.words
    places = _places(facts)
    if not any(place.cost.mean for place in places.values()):
        raise nothing("frontier.empty")
    least = SAME_COST * max(abs(place.cost.mean) for place in places.values())
    many = facts.draws > 1 and facts.is_paired
    lost = beaten(places, least) if many else {}
    line = front(places, lost, least) if many else []
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    kind = "frontier.subtitle" if facts.is_paired else "frontier.subtitle_alone"
    body = 4.6 if len(places) <= 6 else 5.4
    with house():
        chart = begin(
            words,
            8.4,
            body,
            title=words("frontier.title" if facts.is_paired else "frontier.title_alone"),
            subtitle=other(kind, year=facts.last_year, start=facts.base_year, baseline=other.policy(facts.baseline)),
            takeaway=_takeaway(facts, places, lost, line, least),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )
        reading = words("frontier.reading") if many else words("frontier.reading_alone")
        if facts.draws < 2:
            reading = words("one_run")
        bottom = read_line(chart, reading)
        axes = chart.panel(0.75, bottom + 0.52, 7.35, body - bottom - 0.52 - 0.32)
        _scatter(chart, axes, facts, places, lost, line, least)
        _axes_words(axes, facts)
    return chart


def _axes_words(axes: Axes, facts: Facts) -> None:
    words = facts.words
    values = {"year": facts.last_year, "start": facts.base_year, "baseline": words.policy(facts.baseline)}
    suffix = "" if facts.is_paired else "_alone"
    axes.set_title(words(f"frontier.gain{suffix}", **values), loc="left", fontsize=8.6, color=QUIET, pad=8)
    axes.set_xlabel(words(f"frontier.cost{suffix}", **values), fontsize=8.6, color=QUIET)


def _scatter(
    chart: Chart, axes: Axes, facts: Facts, places: Mapping[str, Place], lost: Mapping[str, str], line: Sequence[str], least: float
) -> None:
    words, style, per = facts.words, looks(facts.policies), MONEY[facts.lang]
    wide = axes.get_position().width * chart.width
    xs = [0.0, *(edge / per for p in places.values() for edge in (p.cost.mean, p.cost.low, p.cost.high))]
    ys = [0.0, *(edge for p in places.values() for edge in (p.gain.mean, p.gain.low, p.gain.high))]
    # With two or three runs an interval can dwarf the means; the axes then follow the means.
    middle = ([p.cost.mean / per for p in places.values()], [p.gain.mean for p in places.values()])
    for means, shown in zip(middle, (xs, ys), strict=True):
        low, high = nice_limits([0.0, *means])
        room = 1.5 * (high - low)
        shown[:] = [min(max(edge, low - room), high + room) for edge in shown if math.isfinite(edge)]
    x_low, x_high = nice_limits(xs, pad=0.09)
    # Room at the right for the names of those that stand there; who beats them is part of the name.
    axes.set_xlim(x_low, x_high + (0.38 if lost else 0.24) * (x_high - x_low))
    axes.set_ylim(*nice_limits(ys, pad=0.12))
    axes.grid(visible=True)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(ticks(6))
        axis.set_major_formatter(Numbers())
    axes.axhline(0, color=FAINT, linewidth=1.0, zorder=1)
    inch = (axes.get_xlim()[1] - axes.get_xlim()[0]) / wide
    shift = {policy: step * inch * 0.1 for policy, step in _apart(places, least).items()}
    at_x = {policy: own.cost.mean / per + shift[policy] for policy, own in places.items()}
    if len(line) > 1:
        x = [at_x[p] for p in line]
        y = [places[p].gain.mean for p in line]
        axes.plot(x, y, color=INK, linewidth=1.5, zorder=2)
        axes.fill_between(x, y, axes.get_ylim()[0], color=GRID, alpha=0.45, linewidth=0, zorder=0)
    taken: list[tuple[float, float, float, float]] = []
    for policy, own in places.items():
        look, out = style[policy], policy in lost
        colour = FAINT if out else look.colour
        at = at_x[policy], own.gain.mean
        is_filled = not out and (own.gain.clear or policy == facts.baseline)
        if own.cost.known:
            axes.plot([edge / per + shift[policy] for edge in (own.cost.low, own.cost.high)], [at[1]] * 2, color=colour, linewidth=1.5, zorder=3)
        if own.gain.known:
            axes.plot([at[0]] * 2, [own.gain.low, own.gain.high], color=colour, linewidth=1.5, zorder=3)
        axes.plot(*at, marker=look.marker, markersize=7.5, markeredgecolor=colour, markeredgewidth=1.4, zorder=4,
                  markerfacecolor=colour if is_filled else "white")  # fmt: skip
        taken.append(_box(axes, at, 0.07 * chart.dpi))
        for edge in (own.gain.low, own.gain.high):
            if math.isfinite(edge):
                a, b = axes.transData.transform([at, (at[0], edge)])
                taken.append((a[0] - 4, min(a[1], b[1]), a[0] + 4, max(a[1], b[1])))
    zero = _strokes(axes, [(axes.get_xlim()[0], 0.0), (axes.get_xlim()[1], 0.0)])
    paths = np.vstack((zero, _strokes(axes, [(at_x[p], places[p].gain.mean) for p in line])))
    for policy, own in places.items():
        at = at_x[policy], own.gain.mean
        said = words.policy(policy)
        if policy in lost:
            said = words("frontier.beaten_by", policy=said, other=words.policy(lost[policy]))
        item = axes.text(0, 0, said, fontsize=8.8, fontweight="normal" if policy in lost else "bold", zorder=6,
                         color=QUIET if policy in lost else style[policy].colour, va="bottom")  # fmt: skip
        _settle(chart, axes, item, at, taken, paths)
    for one, two in pairwise(line):
        step = price(places[one], places[two])
        if step is None:
            continue
        half = (at_x[one] + at_x[two]) / 2, (places[one].gain.mean + places[two].gain.mean) / 2
        item = axes.text(0, 0, words("frontier.price", price=money(words, step)), fontsize=7.6, color=QUIET, zorder=6, va="bottom",
                         linespacing=1.3)  # fmt: skip
        _settle(chart, axes, item, half, taken, paths, far=True)


def _apart(places: Mapping[str, Place], least: float) -> dict[str, float]:
    """Return by how many steps each policy is drawn beside its cost, so that those that cost the same can be seen."""
    found: dict[str, float] = {}
    group: list[str] = []
    for policy in [*sorted(places, key=lambda p: places[p].cost.mean), None]:
        if policy is None or (group and places[policy].cost.mean - places[group[0]].cost.mean > least):
            found |= {own: i - (len(group) - 1) / 2 for i, own in enumerate(p for p in places if p in group)}
            group = []
        if policy is not None:
            group.append(policy)
    return found


def _box(axes: Axes, at: tuple[float, float], half: float) -> tuple[float, float, float, float]:
    x, y = axes.transData.transform(at)
    return x - half, y - half, x + half, y + half


def _strokes(axes: Axes, points: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Return small boxes along the line, pixels, that labels keep off."""
    if len(points) < 2:
        return np.zeros((0, 4))
    places = axes.transData.transform(points)
    steps = np.linspace(0, 1, 60)[:, None]
    along = np.concatenate([a + (b - a) * steps for a, b in pairwise(places)])
    return np.column_stack((along - 2, along + 2))


def _settle(
    chart: Chart,
    axes: Axes,
    item: Any,
    at: tuple[float, float],
    taken: list[tuple[float, float, float, float]],
    paths: NDArray[np.float64],
    *,
    far: bool = False,
) -> None:
    """Move a label beside ``at`` to where it covers least, and draw a thin line to it when that is away."""
    size, frame, inch = chart.extent(item), axes.get_window_extent(), chart.dpi
    w, h = size.width, size.height
    point = axes.transData.transform(at)
    page = np.array([[frame.x0, frame.y0, frame.x1 + 0.2 * inch, frame.y1]])
    boxes = np.array(taken, dtype=float).reshape(-1, 4)
    best, least, best_distance = (0.0, 0.0), math.inf, 0.0
    for distance in ((0.22, 0.5, 0.9, 1.3, 1.8) if far else (0.1, 0.3, 0.55, 0.85)):
        for dx, dy in ((1, 0), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1), (0, 1), (0, -1)):
            away = distance * inch * (0.8 if dx and dy else 1.0)
            cx, cy = point[0] + dx * (away + w / 2), point[1] + dy * (away + h / 2)
            spot = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
            cost = 40 * (overlaps(spot, boxes) + w * h - overlaps(spot, page)) + 150 * overlaps(spot, paths)
            cost += distance * w * h
            if cost < least:
                best, least, best_distance = (spot[0], spot[1]), cost, distance
    left, low = axes.transData.inverted().transform(best)
    item.set_position((left, low))
    taken.append((best[0], best[1], best[0] + w, best[1] + h))
    if best_distance > 0.2:
        x = min(max(point[0], best[0]), best[0] + w)
        y = min(max(point[1], best[1]), best[1] + h)
        end = axes.transData.inverted().transform((x, y))
        axes.plot([at[0], end[0]], [at[1], end[1]], color=FAINT, linewidth=0.7, zorder=1.5)
