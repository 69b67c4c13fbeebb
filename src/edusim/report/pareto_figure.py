"""Figures of a search for plans: the front of two objectives, all pairs of objectives, and how the search went.

They draw what they are handed and claim nothing of their own: titles and sentences come with the numbers. Words that belong to the
picture itself are in :mod:`edusim.language.pareto_figures`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.language import text as text_of
from edusim.report.page import begin, read_line
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
    MARGIN,
    QUIET,
    Chart,
    Words,
    house,
    looks,
    nice_limits,
    number,
    overlaps,
    ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.text import Annotation
    from numpy.typing import NDArray

WIDTH = 8.4
PLAN, NAMED, LIMITED = "#0067A5", "#A3478F", "#9AA3AE"
#: Marker of a plan that does not keep all demands: never colour alone.
BROKEN = "X"
#: Markers of the plans that have a name, in their order.
MARKERS = ("D", "s", "^", "v", "P", "X", "h")


def word(lang: str, key: str) -> str:
    """Return a text of the figures in ``zh`` or ``en``."""
    return text_of(f"pareto_figures.{key}", lang)


@dataclass(frozen=True)
class Objective:
    """One objective of all plans: name, axis label, sign of the better side, values with their intervals, and the status quo's.

    Attributes
    ----------
    name, label
        Name with its unit, and the same with what it is compared with: what stands at small axes, and at large ones.
    wanted
        ``min`` or ``max``.
    values, low, high
        float64 [plan], NaN where there is no interval; in the units of the axis.
    status_quo
        Value, low and high of the law in force.
    """

    name: str
    label: str
    wanted: str
    values: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    status_quo: tuple[float, float, float]


@dataclass(frozen=True)
class FrontView:
    """All that figures of a front show.

    Attributes
    ----------
    title, subtitle, takeaway, footer
        Head and foot.
    objectives
        In the order of the study.
    kept, standing
        bool [plan]: keeps budget and limits on fresh draws; is undominated there.
    names
        Plan -> what it is called.
    """

    title: str
    subtitle: str
    takeaway: str
    footer: str
    objectives: tuple[Objective, ...]
    kept: NDArray[np.bool_]
    standing: NDArray[np.bool_]
    names: Mapping[int, str] = field(default_factory=dict)


def _colour(view: FrontView, plan: int) -> str:
    return LIMITED if not view.kept[plan] else NAMED if plan in view.names else PLAN


def _face(view: FrontView, plan: int) -> str:
    return _colour(view, plan) if view.standing[plan] or not view.kept[plan] else "white"


def _marker(view: FrontView, plan: int) -> str:
    if plan in view.names:
        return MARKERS[list(view.names).index(plan) % len(MARKERS)]
    return "o" if view.kept[plan] else BROKEN


def _points(ax: Axes, view: FrontView, x: Objective, y: Objective, *, size: float, crosses: bool) -> None:
    for plan in range(len(x.values)):
        colour = _colour(view, plan)
        if crosses:
            for line in ([[x.low[plan], x.high[plan]], [y.values[plan]] * 2], [[x.values[plan]] * 2, [y.low[plan], y.high[plan]]]):
                strong = plan in view.names
                ax.plot(*line, color=colour, lw=1.1 if strong else 0.7, alpha=0.75 if strong else 0.3, zorder=3 if strong else 2, solid_capstyle="butt")
        big = size * (2.1 if plan in view.names else 1.0)
        ax.scatter(x.values[plan], y.values[plan], s=big, marker=_marker(view, plan), facecolors=_face(view, plan), edgecolors=colour,
                    linewidths=1.1, zorder=5 if plan in view.names else 4)  # fmt: skip
    law = looks(["status_quo"])["status_quo"]
    if crosses:
        ax.plot(x.status_quo[1:], [y.status_quo[0]] * 2, color=law.colour, lw=0.9, zorder=2)
        ax.plot([x.status_quo[0]] * 2, y.status_quo[1:], color=law.colour, lw=0.9, zorder=2)
    ax.scatter(x.status_quo[0], y.status_quo[0], s=size * 4.5, marker="*", facecolors=INK, edgecolors="white", linewidths=0.7, zorder=6)


def _span(one: Objective, *, crosses: bool) -> tuple[float, float]:
    ends = [*one.values, one.status_quo[0]]
    if crosses:
        # A plan that keeps nothing may be anywhere: intervals that are far wider than the points are cut by the frame.
        width = max(float(np.ptp([v for v in ends if math.isfinite(v)])), 1e-9)
        near = [v for v in (*one.low, *one.high) if math.isfinite(v) and min(ends) - width <= v <= max(ends) + width]
        ends += near
    return nice_limits(ends, least=1e-9)


def _axis(ax: Axes, which: str, limits: tuple[float, float], most: int) -> None:
    (ax.set_xlim if which == "x" else ax.set_ylim)(*limits)
    _ticks(ax.xaxis if which == "x" else ax.yaxis, limits, most)


def _ticks(axis: Axis, limits: tuple[float, float], most: int) -> None:
    """Put round ticks on an axis, written with as many decimals as tell them apart exactly."""
    places = [value for value in ticks(most).tick_values(*limits) if limits[0] <= value <= limits[1]]
    digits = next((d for d in range(6) if all(abs(round(value, d) - value) < 1e-9 * max(1.0, abs(value)) for value in places)), 6)
    axis.set_ticks(places, [number(value, digits) for value in places])


def _arrows(ax: Axes, x: Objective, y: Objective, lang: str, *, said: bool) -> None:
    """Point to the better side of both axes, just inside the corner where everything is better."""
    at = (0.03 if x.wanted == "min" else 0.97, 0.03 if y.wanted == "min" else 0.97)
    step = 0.09 if said else 0.14
    for dx, dy in ((step if x.wanted == "min" else -step, 0.0), (0.0, step if y.wanted == "min" else -step)):
        ax.annotate("", at, xytext=(at[0] + dx, at[1] + dy), xycoords="axes fraction", textcoords="axes fraction",
                    arrowprops={"arrowstyle": "->", "color": QUIET, "lw": 0.9, "shrinkA": 0, "shrinkB": 0}, zorder=1)  # fmt: skip
    if said:
        shift = 0.02
        place = (at[0] + (shift if at[0] < 0.5 else -shift), at[1] + (shift if at[1] < 0.5 else -shift))
        ax.text(*place, word(lang, "better"), transform=ax.transAxes, fontsize=7.6, color=QUIET,
                 ha="left" if at[0] < 0.5 else "right", va="bottom" if at[1] < 0.5 else "top", zorder=1)  # fmt: skip


def _label_plans(chart: Chart, ax: Axes, view: FrontView, x: Objective, y: Objective, law: str) -> None:
    """Write the names beside their points, each where it hides least: other names, points, crosses of named plans."""
    points = [(float(x.values[p]), float(y.values[p])) for p in range(len(x.values))] + [(x.status_quo[0], y.status_quo[0])]
    at = ax.transData.transform(np.array(points))
    taken = [[px - 7, py - 7, px + 7, py + 7] for px, py in at]
    for plan in view.names:
        for ends in ([(x.low[plan], y.values[plan]), (x.high[plan], y.values[plan])], [(x.values[plan], y.low[plan]), (x.values[plan], y.high[plan])]):
            line = ax.transData.transform(np.array(ends))
            if np.isfinite(line).all():
                taken.append([line[:, 0].min() - 1, line[:, 1].min() - 1, line[:, 0].max() + 1, line[:, 1].max() + 1])
    frame = ax.get_window_extent(chart.canvas.get_renderer())  # type: ignore[attr-defined]
    named = [(plan, text, points[plan], _colour(view, plan)) for plan, text in view.names.items()] + [(-1, law, points[-1], INK)]
    for plan, text, (px, py), colour in named:
        best: tuple[float, Annotation | None] = (math.inf, None)
        for dx, dy in ((i * dx, j * dy) for dx, dy in ((9, 9), (14, 20), (24, 34), (40, 50)) for i in (1, -1) for j in (1, -1)):
            item = ax.annotate(
                text, (px, py), xytext=(dx, dy), textcoords="offset points", fontsize=8.4, fontweight="bold", ha="left" if dx > 0 else "right",
                va="bottom" if dy > 0 else "top", color=INK if plan < 0 else colour if view.kept[plan] else QUIET, zorder=7,
                arrowprops={"arrowstyle": "-", "color": FAINT, "lw": 0.6, "shrinkA": 0, "shrinkB": 3} if abs(dx) > 10 else None,
                bbox={"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
            )  # fmt: skip
            box = chart.extent(item)
            outside = max(0.0, frame.x0 - box.x0) + max(0.0, box.x1 - frame.x1) + max(0.0, frame.y0 - box.y0) + max(0.0, box.y1 - frame.y1)
            cost = overlaps([box.x0, box.y0, box.x1, box.y1], np.array(taken)) + 400 * outside + 0.5 * (abs(dx) + abs(dy))
            if cost < best[0]:
                if best[1] is not None:
                    best[1].remove()
                best = (cost, item)
            else:
                item.remove()
        assert best[1] is not None
        box = chart.extent(best[1])
        taken.append([box.x0, box.y0, box.x1, box.y1])


def _legend(chart: Chart, view: FrontView, words: Words, left: float, bottom: float, *, law: bool = False) -> None:
    lang = words.lang
    width, height = chart.get_size_inches()
    shapes = [("standing", PLAN, PLAN, "o"), ("dominated", "white", PLAN, "o"), ("broken", LIMITED, LIMITED, BROKEN)]
    shown = [(word(lang, key), face, edge, mark) for key, face, edge, mark in shapes]
    if law:
        shown = [(text, _face(view, plan), _colour(view, plan), _marker(view, plan)) for plan, text in view.names.items()]
        shown.append((word(lang, "status_quo"), INK, INK, "*"))
    x = left
    from matplotlib.lines import Line2D

    for text, face, edge, mark in shown:
        item = chart.say(x + 0.16, bottom, text, fontsize=8.0, color=INK, va="center")
        if x > left and x + 0.16 + float(chart.extent(item).width) / chart.dpi > WIDTH - MARGIN:
            x, bottom = left, bottom - 0.2
            item.set_position(((x + 0.16) / width, (bottom + chart.foot) / height))
        spot = ([(x + 0.06) / width], [(bottom + chart.foot) / height])
        chart.add_artist(Line2D(*spot, marker=mark, ms=7 if mark == "*" else 5.5, mfc=face, mec=edge, ls="none", transform=chart.transSubfigure))
        x += 0.16 + float(chart.extent(item).width) / chart.dpi + 0.28


def draw_front(view: FrontView, words: Words, *, x: int = 0, y: int = 1, for_report: bool = False) -> Chart:
    """Draw the front of two objectives: plans with their 95% intervals, the status quo, plans by name.

    Parameters
    ----------
    view
        What is shown.
    words
        Language and names.
    x, y
        Places of the two objectives.
    for_report
        Leave out head and foot.

    Returns
    -------
    Chart
        Filled: undominated on fresh draws; hollow: dominated there; grey crosses: does not keep budget or limits.
    """
    one, other = view.objectives[x], view.objectives[y]
    lang = words.lang
    with house():
        chart = begin(words, WIDTH, 5.5, title=view.title, subtitle=view.subtitle, takeaway=view.takeaway, footer=view.footer, for_report=for_report)
        low = read_line(chart, word(lang, "reading")) + 0.5
        high = 5.5 - 0.32
        ax = chart.panel(MARGIN + 0.6, low, WIDTH - 2 * MARGIN - 0.75, high - low)
        ax.grid(color=GRID, lw=0.7)
        _axis(ax, "x", _span(one, crosses=True), 7)
        _axis(ax, "y", _span(other, crosses=True), 6)
        ax.set_xlabel(one.label, labelpad=4)
        ax.set_ylabel(other.label, labelpad=4)
        _arrows(ax, one, other, lang, said=True)
        _points(ax, view, one, other, size=22, crosses=True)
        _legend(chart, view, words, MARGIN + 0.6, high + 0.17)
        _label_plans(chart, ax, view, one, other, word(lang, "status_quo"))
    return chart


def draw_matrix(view: FrontView, words: Words, *, for_report: bool = False) -> Chart:
    """Draw the front over every pair of objectives, as a small matrix; see :func:`draw_front`."""
    n = len(view.objectives)
    lang = words.lang
    gap, left = 0.24, MARGIN + 0.75
    side_x = (WIDTH - left - MARGIN - gap * (n - 2)) / (n - 1)
    side_y = min(side_x, 1.9)
    body = (n - 1) * (side_y + gap) + 1.15
    with house():
        chart = begin(words, WIDTH, body, title=view.title, subtitle=view.subtitle, takeaway=view.takeaway, footer=view.footer, for_report=for_report)
        low = read_line(chart, word(lang, "reading.matrix")) + 0.46
        for row in range(1, n):
            for column in range(row):
                x, y = view.objectives[column], view.objectives[row]
                ax = chart.panel(left + column * (side_x + gap), low + (n - 1 - row) * (side_y + gap), side_x, side_y)
                ax.grid(color=GRID, lw=0.6)
                _axis(ax, "x", _span(x, crosses=False), 4)
                _axis(ax, "y", _span(y, crosses=False), 4)
                ax.tick_params(labelsize=7.2, labelbottom=row == n - 1, labelleft=column == 0)
                _arrows(ax, x, y, lang, said=False)
                _points(ax, view, x, y, size=13, crosses=False)
                if row == n - 1:
                    ax.set_xlabel(_wrapped(x.name, side_x), fontsize=7.6, labelpad=2)
                if column == 0:
                    ax.set_ylabel(_wrapped(y.name, side_y), fontsize=7.6, labelpad=3)
        _legend(chart, view, words, left + (side_x + gap) * min(1, n - 2), body - 0.14, law=True)
    return chart


def _wrapped(text: str, width: float) -> str:
    """Return a label in lines that fit about so many inches at 7.6 points."""
    lines, line, room = [], "", 0.0
    for piece in text.split(" ") if text.isascii() or " " in text else re.findall(r"（[^）]*）|[^（][，。：；、）]?", text):
        size = sum(0.105 if ord(c) >= 0x2E80 else 0.058 for c in piece)
        if line and room + size > width:
            lines.append(line)
            line, room = "", 0.0
        joint = " " if line and ord(piece[:1] or "a") < 0x2E80 and ord(line[-1]) < 0x2E80 and " " in text else ""
        line, room = line + joint + piece, room + size + 0.058 * len(joint)
    return "\n".join([*lines, line])


@dataclass(frozen=True)
class SearchView:
    """All that the figure of a search shows.

    Attributes
    ----------
    title, subtitle, takeaway, footer
        Head and foot.
    generations
        int [generation].
    volume, kept
        Share of the box that is dominated, and plans so far that keep all demands.
    best
        Label of an objective -> (``min`` or ``max``, best value so far, NaN before any plan keeps all).
    """

    title: str
    subtitle: str
    takeaway: str
    footer: str
    generations: Sequence[int]
    volume: Sequence[float]
    kept: Sequence[int]
    best: Mapping[str, tuple[str, Sequence[float]]]


def draw_search(view: SearchView, words: Words, *, for_report: bool = False) -> Chart:
    """Draw how a search went: what it dominates by generation, and the best so far in each objective.

    Parameters
    ----------
    view
        What is shown.
    words
        Language and names.
    for_report
        Leave out head and foot.
    """
    from matplotlib.ticker import FuncFormatter

    lang = words.lang
    n = len(view.best)
    columns = 2 if n > 1 else 1
    rows = math.ceil(n / columns)
    body = max(3.4, 0.9 + rows * 1.35)
    with house():
        chart = begin(words, WIDTH, body, title=view.title, subtitle=view.subtitle, takeaway=view.takeaway, footer=view.footer, for_report=for_report)
        low = read_line(chart, word(lang, "reading.search")) + 0.42
        high = body - 0.3
        ax = chart.panel(MARGIN + 0.45, low, 3.0, high - low)
        ax.grid(color=GRID, lw=0.7)
        ax.plot(view.generations, view.volume, color=PLAN, lw=1.8, marker="o", ms=3)
        ax.set_ylim(0, max(1e-6, *view.volume) * 1.12)
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.0f}%"))
        ax.set_title(word(lang, "volume"), loc="left", fontsize=9.2, pad=5)
        ax.set_xlabel(word(lang, "generation"), labelpad=2)
        ax.xaxis.set_major_locator(ticks(6, whole=True))
        first = MARGIN + 0.45 + 3.0 + 0.55
        room = (WIDTH - MARGIN - first - 0.5 * (columns - 1)) / columns
        tall = (high - low - 0.42 * (rows - 1)) / rows
        for i, (label, (_, best)) in enumerate(view.best.items()):
            row, column = divmod(i, columns)
            small = chart.panel(first + column * (room + 0.5), low + (rows - 1 - row) * (tall + 0.42), room, tall)
            small.grid(color=GRID, lw=0.6)
            small.step(view.generations, best, where="post", color=NAMED, lw=1.6)
            found = [v for v in best if math.isfinite(v)]
            limits = nice_limits(found, pad=0.15, least=1e-9)
            small.set_ylim(*limits)
            small.set_xlim(ax.get_xlim())
            _ticks(small.yaxis, limits, 4)
            small.xaxis.set_major_locator(ticks(4, whole=True))
            small.tick_params(labelsize=7.6)
            title = small.set_title(label, loc="left", fontsize=8.2, pad=4)
            chart.shrink(title, room + (0.4 if column < columns - 1 else MARGIN - 0.06))
            if row == rows - 1:
                small.set_xlabel(word(lang, "generation"), fontsize=7.8, labelpad=1)
    return chart


__all__ = ["FrontView", "Objective", "SearchView", "draw_front", "draw_matrix", "draw_search"]
