"""Means with their 95% intervals side by side: rows (policies, settings) by panels (measures), and whether each leaves out zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Numbers,
    Words,
    digits_for,
    house,
    nice_limits,
    number,
    ticks,
)
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 8.8
_ROW, _AXIS, _HEAD, _GAP = 0.34, 0.42, 0.40, 0.26


@dataclass(frozen=True)
class Panel:
    """One measure: key, heading, unit below the axis, factor that its numbers are written with, and a line that means something there."""

    key: str
    heading: str
    unit: str = ""
    factor: float = 1.0
    line: float | None = None
    zero: bool = True


@dataclass(frozen=True)
class Row:
    """One line of marks: key, label, colour and marker."""

    key: str
    label: str
    colour: str = INK
    marker: str = "o"


def intervals(
    values: Mapping[tuple[str, str], Interval],
    *,
    rows: Sequence[Row],
    panels: Sequence[Panel],
    words: Words,
    title: str,
    subtitle: str,
    takeaway: str,
    reading: str,
    n_runs: int,
    columns: int = 3,
    labels: float = 1.5,
    shared: bool = False,
    for_report: bool = False,
) -> Chart:
    """Draw ``values[row, panel]``: full marks where the interval leaves out zero, hollow ones where it does not.

    Parameters
    ----------
    values
        Means with intervals; what is missing is left empty.
    rows, panels
        What stands under and beside one another.
    words
        Language and facts.
    title, subtitle, takeaway, reading
        Words of the page; ``reading`` says how to read it.
    n_runs
        Draws, for the footer.
    columns
        Panels beside one another.
    labels
        Inches for the labels of rows.
    shared
        Draw all panels on one scale.
    for_report
        Leave out head and foot.
    """
    columns = min(columns, len(panels))
    lines = math.ceil(len(panels) / columns)
    with house():
        block = _HEAD + _ROW * len(rows) + _AXIS
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.05
        body = lines * block + below + 0.05
        chart = begin(words, WIDTH, body, title=title, subtitle=subtitle, takeaway=takeaway, footer=data_footer(words, n_runs), for_report=for_report)
        read_line(chart, reading)
        room = (WIDTH - 2 * MARGIN - labels - _GAP * (columns - 1)) / columns
        for i, panel in enumerate(panels):
            column, line = i % columns, i // columns
            left = MARGIN + labels + column * (room + _GAP)
            bottom = below + (lines - 1 - line) * block + _AXIS
            axes = chart.panel(left, bottom, room, _ROW * len(rows))
            _panel(chart, axes, panel, rows, values, room, is_first=column == 0, labels=labels, among=panels if shared else [panel])
    return chart


def decimals(largest: float) -> int:
    """Return the decimals that all numbers of a panel are written with, from the largest of them."""
    return digits_for(largest) + (1 if 0.02 <= abs(largest) < 0.1 else 0) if largest else 0


def _panel(
    chart: Chart, axes: Axes, panel: Panel, rows: Sequence[Row], values: Mapping[tuple[str, str], Interval], room: float,
    *, is_first: bool, labels: float,
    among: Sequence[Panel],
) -> None:  # fmt: skip
    here = {row.key: values[row.key, panel.key] for row in rows if (row.key, panel.key) in values}
    keys = {one.key for one in among}
    ends = [v * panel.factor for (_, key), gap in values.items() if key in keys for v in gap[:3] if math.isfinite(v)]
    low, high = nice_limits([*ends, *([0.0] if panel.zero else []), *([panel.line] if panel.line is not None else [])], pad=0.10)
    axes.set_xlim(low, high)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.grid(axis="x", color=GRID)
    axes.xaxis.set_major_locator(ticks(4))
    axes.xaxis.set_major_formatter(Numbers(signed=panel.zero))
    axes.tick_params(axis="x", labelsize=7.8)
    if panel.zero:
        axes.axvline(0.0, color=FAINT, linewidth=1.0, zorder=1)
    if panel.line is not None:
        axes.axvline(panel.line, color=LIMIT, linewidth=1.1, zorder=1)
    heading = axes.annotate(panel.heading, (0, 1), xycoords="axes fraction", xytext=(0, 6), textcoords="offset points", fontsize=9.2, fontweight="bold",
                            color=INK, va="bottom", annotation_clip=False)  # fmt: skip
    chart.shrink(heading, room)
    if panel.unit:
        axes.annotate(panel.unit, (1, 0), xycoords="axes fraction", xytext=(0, -17), textcoords="offset points", fontsize=7.6, color=QUIET, ha="right",
                      va="top", annotation_clip=False)  # fmt: skip
    largest = max((abs(gap.mean) * panel.factor for gap in here.values() if math.isfinite(gap.mean)), default=1.0)
    digits = decimals(largest)
    for y, row in enumerate(rows):
        if is_first:
            label = axes.annotate(row.label, (0, y), xycoords=("axes fraction", "data"), xytext=(-8, 0), textcoords="offset points", ha="right",
                                  va="center", fontsize=9.0, color=row.colour, annotation_clip=False)  # fmt: skip
            chart.shrink(label, labels - 0.12)
        gap = here.get(row.key)
        if gap is None or not math.isfinite(gap.mean):
            continue
        at = gap.mean * panel.factor
        told = gap.clear or not panel.zero
        if gap.known:
            axes.plot([gap.low * panel.factor, gap.high * panel.factor], [y, y], color=row.colour, linewidth=1.7, alpha=1.0 if told else 0.55, zorder=2)
        axes.plot([at], [y], marker=row.marker, markersize=6.0, markerfacecolor=row.colour if told else "white", markeredgecolor=row.colour,
                  markeredgewidth=1.2, linestyle="none", zorder=3)  # fmt: skip
        edge = 0.12 * (high - low)
        anchor = "left" if at < low + edge else "right" if at > high - edge else "center"
        axes.annotate(number(at, digits, signed=panel.zero), (at, y), xytext=(0, 5.5), textcoords="offset points", fontsize=7.2, color=QUIET, ha=anchor,
                      va="bottom")  # fmt: skip


__all__ = ["Panel", "Row", "decimals", "intervals"]
