"""Figures of many futures: where each mode wins, how often, and what makes futures differ; and all outcomes at a glance.

They draw what they are handed and claim nothing of their own: titles and sentences come with the numbers. Words that belong to
the picture itself are in :mod:`edusim.language.winner_figures`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.language import has
from edusim.report.language import text as text_of
from edusim.report.page import begin, read_line
from edusim.report.style import FAINT, GRID, INK, MARGIN, QUIET, Chart, Words, house, looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

WIDTH = 8.4
#: Differences to the wrong side.
WORSE = "#8A4B00"
BODY = 4.95
#: Side of the grid on which regions are smoothed, and the width of the kernel in ranks (1 is the whole range).
GRID_SIDE, BANDWIDTH = 61, 0.11
#: Futures for which that width is meant; with fewer it is wider, and twice as wide where no region stood the check.
USUAL_FUTURES = 1000
#: Parts of the spread: dark for what studies have measured, warm for what none has, grey for the rest.
PART_COLOURS = {
    "evidence": "#3D4A57", "assumption": "#8A5A2B", "ratio": "#A3478F", "interaction": "#CDA9C4", "unresolved": "#DFE3E7", "luck": "#FFFFFF",
}  # fmt: skip


def word(lang: str, key: str, /, **values: Any) -> str:
    """Return a text of the figures in ``zh`` or ``en``."""
    return text_of(f"winner_figures.{key}", lang, **values)


@dataclass(frozen=True)
class Side:
    """One axis of the region: name, values at every future, whether they are multiples, and the ends of the frame to mark (NaN: none)."""

    name: str
    values: NDArray[np.float64]
    is_ratio: bool = False
    low: float = math.nan
    high: float = math.nan
    percent: bool = False


@dataclass(frozen=True)
class WinRegion:
    """All that a win-region figure shows.

    Attributes
    ----------
    title, subtitle, takeaway, footer
        Head and foot.
    modes
        Modes in the order of the study.
    x, y
        Axes; None where nothing was searched.
    leader
        Place of the mode that leads each future, -1 for none, int64 [future].
    clear
        Whether luck does not explain the lead, bool [future].
    frame, frame_text
        Mode whose region is framed, empty for none; what is written in the frame.
    shares
        Arm -> mode -> (share beyond luck, share led in all); ``tie`` -> share of equal futures.
    is_checked
        Whether some condition of winning stood the check.
    pair
        Names of the two whose difference is split.
    spread
        Arm -> part -> share.
    first
        What to measure first: name and share.
    """

    title: str
    subtitle: str
    takeaway: str
    footer: str
    modes: tuple[str, ...]
    x: Side | None
    y: Side | None
    leader: NDArray[np.int64]
    clear: NDArray[np.bool_]
    frame: str = ""
    shares: Mapping[str, Mapping[str, tuple[float, float]]] = field(default_factory=dict)
    frame_text: str = ""
    is_checked: bool = False
    pair: str = ""
    first: Sequence[tuple[str, str]] = ()
    spread: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


def _rank(values: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where numbers stand in the range of the values, 0 to 1."""
    low, high = float(values.min()), float(values.max())
    found: NDArray[np.float64] = (at - low) / max(high - low, 1e-300)
    return found


def smoothed(
    x: NDArray[np.float64], y: NDArray[np.float64], leader: NDArray[np.int64], k: int, wide: float = 1.0
) -> NDArray[np.float64]:
    """Return, on a grid over the unit square, the share of nearby futures that each of ``k`` modes leads; float64 [mode, y, x].

    Parameters
    ----------
    x, y
        Place of each future in the unit square.
    leader
        Mode that leads it, -1 for none.
    wide
        Factor of the width.

    Notes
    -----
    Normal weights, ``wide`` times as wide as :data:`BANDWIDTH`, which is wider the fewer futures there are.
    """
    band = BANDWIDTH * wide * (USUAL_FUTURES / max(1, len(x))) ** (1 / 6)
    at = np.linspace(0, 1, GRID_SIDE)
    of_x = np.exp(-0.5 * ((at[:, None] - x[None, :]) / band) ** 2)
    of_y = np.exp(-0.5 * ((at[:, None] - y[None, :]) / band) ** 2)
    total = of_y @ of_x.T
    found = np.stack([of_y @ (of_x * (leader == a)[None, :]).T for a in range(k)])
    shares = np.zeros((k, GRID_SIDE, GRID_SIDE))
    np.divide(found, total, out=shares, where=total > 1e-12)
    return shares


def _mix(colour: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with white: all of it at share 1."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return (1 - share * (1 - red), 1 - share * (1 - green), 1 - share * (1 - blue))


def _scaled(side: Side) -> NDArray[np.float64]:
    return np.asarray(np.log2(side.values) if side.is_ratio else side.values, dtype=np.float64)


def _region(ax: Axes, found: WinRegion, words: Words) -> None:
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import FuncFormatter

    x, y = found.x, found.y
    assert x is not None and y is not None
    style = looks(found.modes)
    place_x, place_y = _scaled(x), _scaled(y)
    k = len(found.modes)
    share = smoothed(_rank(place_x, place_x), _rank(place_y, place_y), found.leader, k, 1.0 if found.is_checked else 2.0)
    best, most = share.argmax(axis=0), share.max(axis=0)
    picture = np.ones((GRID_SIDE, GRID_SIDE, 3))
    for a, mode in enumerate(found.modes):
        mine = best == a
        strength = np.clip((most - 1 / max(k, 2)) / (1 - 1 / max(k, 2)), 0.0, 1.0)
        for i, j in np.argwhere(mine & (most > 0)):
            picture[i, j] = _mix(style[mode].colour, 0.06 + 0.34 * float(strength[i, j]))
    limits = (float(place_x.min()), float(place_x.max()), float(place_y.min()), float(place_y.max()))
    ax.imshow(picture, origin="lower", extent=limits, aspect="auto", interpolation="bilinear", zorder=0)
    across, up = np.linspace(*limits[:2], GRID_SIDE), np.linspace(*limits[2:], GRID_SIDE)
    for a in range(k if found.is_checked else 0):  # no line where no change of the winner stood the check
        others = np.delete(share, a, axis=0).max(axis=0) if k > 1 else np.zeros_like(most)
        if float(share[a].max()) > 0 and np.ptp(np.sign(share[a] - others)) > 0:
            ax.contour(across, up, share[a] - others, levels=[0.0], colors=[INK], linewidths=0.9, zorder=1)
    size = 15 if len(found.leader) <= 400 else 9 if len(found.leader) <= 1500 else 5
    for a, mode in enumerate(found.modes):
        for is_clear in (False, True):
            mine = (found.leader == a) & (found.clear == is_clear)
            face = style[mode].colour if is_clear else "none"
            ax.scatter(place_x[mine], place_y[mine], s=size, marker=style[mode].marker, facecolors=face, edgecolors=style[mode].colour,
                       linewidths=0.4 if is_clear else 0.5, alpha=0.9 if is_clear else 0.45, zorder=3 if is_clear else 2)  # fmt: skip
    none = found.leader < 0
    ax.scatter(place_x[none], place_y[none], s=4, marker="o", color=FAINT, zorder=2)
    ends = [_ends(x, limits[:2]), _ends(y, limits[2:])]
    if found.frame and (ends[0] != limits[:2] or ends[1] != limits[2:]):
        ax.add_patch(Rectangle((ends[0][0], ends[1][0]), ends[0][1] - ends[0][0], ends[1][1] - ends[1][0], fill=False, edgecolor=INK,
                               linewidth=1.6, linestyle=(0, (4, 2)), zorder=4))  # fmt: skip
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
        ax.annotate(found.frame_text, (ends[0][0], ends[1][1]), xytext=(5, -6), textcoords="offset points", ha="left", va="top", fontsize=8.5,
                    fontweight="bold", color=style[found.frame].colour, bbox=box, zorder=5)  # fmt: skip
    ax.set_xlim(*limits[:2])
    ax.set_ylim(*limits[2:])
    for side, axis in ((x, ax.xaxis), (y, ax.yaxis)):
        low, high = (limits[:2] if axis is ax.xaxis else limits[2:])
        if side.is_ratio:
            shown = [v for v in (0.1, 0.25, 0.5, 0.7, 1.0, 1.4, 2.0, 4.0, 10.0) if low - 0.05 <= math.log2(v) <= high + 0.05]
            axis.set_ticks([math.log2(v) for v in shown], [f"{v:g}" for v in shown])
        elif side.percent:
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f}%"))
    ax.set_xlabel("")
    for spine in ax.spines.values():
        spine.set_visible(True)


def _ends(side: Side, limits: tuple[float, float]) -> tuple[float, float]:
    low, high = (math.log2(v) if side.is_ratio and v > 0 else v for v in (side.low, side.high))
    return (low if math.isfinite(low) else limits[0], high if math.isfinite(high) else limits[1])


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"


def _bars(ax: Axes, found: WinRegion, words: Words) -> None:
    style = looks(found.modes)
    arms = list(found.shares)
    for row, arm in enumerate(arms):
        left = 0.0
        for mode in (*found.modes, "tie"):
            sure, led = found.shares[arm].get(mode, (0.0, 0.0))
            colour = FAINT if mode == "tie" else style[mode].colour
            ax.barh(row, sure, left=left, height=0.56, color=colour, edgecolor="white", linewidth=0.6)
            if led > sure:
                ax.barh(row, led - sure, left=left + sure, height=0.56, color=_mix(colour, 0.25), edgecolor=colour, hatch="////", linewidth=0.0)
                ax.barh(row, led - sure, left=left + sure, height=0.56, fill=False, edgecolor="white", linewidth=0.6)
            if led >= 0.07:
                box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
                ax.text(left + led / 2, row, _percent(led), ha="center", va="center", fontsize=8.0, color=INK, bbox=box)
            left += led
    _rows_of_arms(ax, arms, words)


def _rows_of_arms(ax: Axes, arms: Sequence[str], words: Words) -> None:
    """Name the rows of a panel of bars from 0 to 1, and leave out its frame."""
    ax.set_yticks(range(len(arms)), [word(words.lang, arm) if has(f"winner_figures.{arm}") else arm for arm in arms])
    ax.set_ylim(len(arms) - 0.5, -0.5)
    ax.set_xlim(0, 1)
    ax.set_xticks([])
    ax.tick_params(axis="y", length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)


def _spread(ax: Axes, found: WinRegion, words: Words) -> None:
    arms = list(found.spread)
    for row, arm in enumerate(arms):
        left = 0.0
        for part, colour in PART_COLOURS.items():
            share = found.spread[arm].get(part, 0.0)
            ax.barh(row, share, left=left, height=0.56, color=colour, edgecolor=FAINT, linewidth=0.5, hatch="...." if part == "luck" else None)
            if share >= 0.08:
                dark = part in ("evidence", "assumption", "ratio")
                box = None if dark else {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.75}
                ax.text(left + share / 2, row, _percent(share), ha="center", va="center", fontsize=8.0, color="white" if dark else INK, bbox=box)
            left += share
    _rows_of_arms(ax, arms, words)


def _keys(chart: Chart, left: float, top: float, width: float, items: Sequence[tuple[str, str, bool]]) -> float:
    """Write a legend as swatches and words in lines that fit the width; return the height that it takes, inches."""
    from matplotlib.patches import Rectangle

    page_width, page_height = chart.get_size_inches()
    x, y, line = left, top, 0.2
    for text, colour, hatched in items:
        item = chart.say(0, 0, text, fontsize=7.8, color=INK, va="center")
        needs = 0.19 + float(chart.extent(item).width) / chart.dpi + 0.14
        if x > left and x + needs > left + width + 0.1:
            x, y = left, y - line
        chart.add_artist(Rectangle((x / page_width, (y - 0.05 + chart.foot) / page_height), 0.13 / page_width, 0.1 / page_height, facecolor=colour,
                                   edgecolor=FAINT, linewidth=0.5, hatch="......" if hatched else None, transform=chart.transSubfigure))  # fmt: skip
        item.set_position(((x + 0.19) / page_width, (y + chart.foot) / page_height))
        x += needs
    return top - y + line


def draw_region(found: WinRegion, words: Words, *, for_report: bool = False) -> Chart:
    """Draw where each mode wins: two assumptions as axes, beside the shares of futures in both arms and the spread split.

    Parameters
    ----------
    found
        Numbers and sentences.
    words
        Language and names.
    for_report
        Leave out head and foot.

    Returns
    -------
    Chart
        One page, colour-blind safe: every mode has its marker too.
    """
    lang = words.lang
    with house():
        chart = begin(words, WIDTH, BODY, title=found.title, subtitle=found.subtitle, takeaway=found.takeaway, footer=found.footer, for_report=for_report)
        bottom = read_line(chart, word(lang, "reading"))
        left, width, top = MARGIN + 0.78, 3.7, BODY - 0.28
        low = bottom + 0.55
        chart.say(MARGIN, BODY - 0.06, word(lang, "region"), fontsize=10, fontweight="bold", va="top")
        if found.x is None or found.y is None:
            item = chart.say(MARGIN + 0.3, (low + top) / 2, "", fontsize=10, color=QUIET, va="center")
            chart.fit(item, word(lang, "no_region"), width)
        else:
            ax = chart.panel(left, low, width, top - low)
            _region(ax, found, words)
            for side, how in ((found.x, "x"), (found.y, "y")):
                name = word(lang, "axis_ratio", name=side.name) if side.is_ratio else side.name
                if how == "x":
                    item = chart.say(left + width / 2, low - 0.26, name, fontsize=9, ha="center", va="top")
                    chart.shrink(item, width + 0.6)
                else:
                    item = chart.say(0, 0, "", fontsize=9, ha="center", va="center", linespacing=1.2)
                    chart.fit(item, name, top - low)  # measured as it lies, then turned
                    item.set_rotation(90)
                    item.set_position(((left - 0.56) / WIDTH, item.get_position()[1]))
                    item.set_y(((low + top) / 2 + chart.foot) / float(chart.get_size_inches()[1]))
        right = left + width + 0.35
        room = WIDTH - MARGIN - right
        _right(chart, found, words, right, room, bottom)
    return chart


def _right(chart: Chart, found: WinRegion, words: Words, left: float, room: float, bottom: float) -> None:
    lang = words.lang
    style = looks(found.modes)
    label = 0.66 if lang == "zh" else 0.86
    chart.say(left, BODY - 0.06, word(lang, "shares"), fontsize=10, fontweight="bold", va="top")
    y = BODY - 0.36
    items = [(words.policy(m), style[m].colour, False) for m in found.modes]
    if any(found.shares[arm].get("tie", (0.0, 0.0))[1] > 0 for arm in found.shares):
        items.append((word(lang, "tie"), FAINT, False))
    y -= _keys(chart, left, y, room, items)
    height = 0.38 * max(1, len(found.shares))
    ax = chart.panel(left + label, y - height + 0.06, room - label, height)
    _bars(ax, found, words)
    y -= height + 0.12
    if not found.spread:
        chart.say(left, y, word(lang, "no_spread"), fontsize=9, color=QUIET, va="top")
        return
    title = chart.say(left, y, "", fontsize=10, fontweight="bold", va="top", linespacing=1.3)
    chart.fit(title, word(lang, "spread", pair=found.pair), room)
    y -= chart.height_of(title) + 0.14
    parts = [p for p in PART_COLOURS if any(shares.get(p, 0.0) >= 0.005 for shares in found.spread.values())]
    y -= _keys(chart, left, y, room, [(word(lang, f"part.{p}"), PART_COLOURS[p], p == "luck") for p in parts])
    height = min(0.38 * len(found.spread), max(0.3, y - bottom))
    ax = chart.panel(left + label, y - height + 0.06, room - label, height)
    _spread(ax, found, words)
    y -= height + 0.12
    if found.first and y - bottom > 0.25 + 0.2 * len(found.first):
        chart.say(left, y, word(lang, "first"), fontsize=10, fontweight="bold", va="top")
        y -= 0.3
        for name, share in found.first:
            item = chart.say(left, y, name, fontsize=8.3, va="center")
            chart.shrink(item, room - 0.45)
            chart.say(left + room, y, share, fontsize=8.3, va="center", ha="right")
            y -= 0.2


@dataclass(frozen=True)
class Cell:
    """What the overview says of a mode and an outcome; NaN where there is nothing to say.

    ``is_best`` is framed: with a whole line where new draws would say so too (``is_carried``). ``is_worse``: surely worse than the law.
    """

    leads: float
    sure: float
    equal: float
    effect: str
    is_clear: bool
    is_best: bool
    is_carried: bool = True
    is_worse: bool = False


def draw_overview(
    rows: Sequence[tuple[str, str]], modes: Sequence[str], cells: Mapping[tuple[int, str], Cell], words: Words, *,
    takeaway: str, footer: str, for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw the matrix of outcomes and modes.

    Parameters
    ----------
    rows
        Name of each outcome, and ``max`` or ``min``.
    modes
        Modes.
    cells
        (place of the outcome, mode) -> what to say.
    words
        Language and names.
    takeaway, footer
        Sentences.
    for_report
        Leave out head and foot.
    """
    from matplotlib.patches import Rectangle

    lang = words.lang
    tall = 0.62
    with house():
        style = looks(list(modes))
        body = 0.3 + tall * len(rows) + 0.48
        chart = begin(words, WIDTH, body, title=word(lang, "matrix.title"), subtitle=word(lang, "matrix.subtitle"), takeaway=takeaway,
                      footer=footer, for_report=for_report)  # fmt: skip
        bottom = read_line(chart, word(lang, "matrix.reading"))
        names = 2.55
        room = WIDTH - 2 * MARGIN - names
        low = bottom + 0.04
        ax = chart.panel(MARGIN + names, low, room, tall * len(rows))
        ax.set_xlim(0, len(modes))
        ax.set_ylim(len(rows), 0)
        ax.axis("off")
        for column, mode in enumerate(modes):
            chart.say(MARGIN + names + room * (column + 0.5) / len(modes), low + tall * len(rows) + 0.06, words.policy(mode), fontsize=10,
                      fontweight="bold", ha="center", va="bottom", color=style[mode].colour)  # fmt: skip
        for row, (name, want) in enumerate(rows):
            item = chart.say(MARGIN, low + tall * (len(rows) - row - 0.5), "", fontsize=9.2, va="center", linespacing=1.3)
            arrow = {"max": "▲", "min": "▼"}.get(want, "")
            chart.fit(item, f"{name} {arrow}", names - 0.15)
            for column, mode in enumerate(modes):
                cell = cells.get((row, mode))
                if cell is None:
                    continue
                share = 0.0 if math.isnan(cell.leads) else cell.leads
                ax.add_patch(Rectangle((column + 0.02, row + 0.04), 0.96, 0.92, facecolor=_mix(style[mode].colour, 0.05 + 0.5 * share),
                                       edgecolor=INK if cell.is_best else GRID, linewidth=1.6 if cell.is_best else 0.6,
                                       linestyle="-" if cell.is_carried or not cell.is_best else (0, (4, 2))))  # fmt: skip
                big = word(lang, "matrix.same") if math.isnan(cell.leads) else _percent(cell.leads)
                ax.text(column + 0.07, row + 0.36, big, fontsize=12.5, fontweight="bold", va="center")
                if not math.isnan(cell.leads):
                    key = "matrix.sure_alone" if math.isnan(cell.equal) else "matrix.sure"
                    ax.text(column + 0.94, row + 0.36, word(lang, key, sure=_percent(cell.sure), equal="" if math.isnan(cell.equal) else _percent(cell.equal)),
                            fontsize=7.6, va="center", ha="right")  # fmt: skip
                effect = ax.text(column + 0.07, row + 0.74, cell.effect, fontsize=7.6, va="center",
                                 color=WORSE if cell.is_worse else INK if cell.is_clear else QUIET,
                                 fontweight="bold" if cell.is_worse else "normal")  # fmt: skip
                chart.shrink(effect, 0.88 * room / len(modes))
    return chart
