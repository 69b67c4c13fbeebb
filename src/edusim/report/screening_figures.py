"""Figures of a sensitivity study: the screening plane of Morris, and one method beside another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.language import has, text
from edusim.report.page import read_line
from edusim.report.sensitivity_figures import (
    GAP,
    MOST_ROWS,
    WIDTH,
    Head,
    best_method,
    columns_of,
    key_line,
    page_of,
    point_key,
    policies_of,
    say_dead,
    title_of,
    value_of,
)
from edusim.report.sensitivity_rows import (
    DUMMY,
    KIND_COLOURS,
    KIND_MARKERS,
    frame_rows,
    limits,
    named,
    newest,
    order_rows,
    pair_columns,
    reading_height,
    round_ticks,
    whisker,
    write_names,
)
from edusim.report.style import FAINT, INK, MARGIN, QUIET, Chart, Words, house, number, overlaps

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Most inputs that have a number in the plane: more of them would hide each other.
NUMBERED = 15


def word(lang: str, key: str, /, **values: Any) -> str:
    """Return a text of these figures, or one that they share with those of indices, in ``zh`` or ``en``."""
    own = f"screening_figures.{key}"
    return text(own if has(own) else f"sensitivity_figures.{key}", lang, **values)


def draw_screening(indices: pd.DataFrame, outcome: str, words: Words, head: Head, *, for_report: bool = False) -> Chart:
    """Draw Morris' plane, a panel a policy: mean size of an input's effect against how much it differs, and the reach of the dummy.

    Parameters
    ----------
    indices, outcome, words, head, for_report
        As in :func:`draw_indices`; rows of method ``morris``.
    """
    lang = words.lang
    rows = newest(pair_columns(indices, outcome=outcome, method="morris"))
    policies = policies_of(rows, words)
    n = len(policies)
    star, sigma = rows[rows["index"] == "mu_star"], rows[rows["index"] == "sigma"]
    ranked = _above(star, policies)
    told = {name: k + 1 for k, name in enumerate(ranked[:NUMBERED])}
    across = min(n, 3)
    down = math.ceil(n / across)
    left = MARGIN + 0.62
    width = (WIDTH - left - MARGIN - 0.42 * (across - 1)) / across
    tall = 3.3 if across == 1 else 2.5
    columns = 2 if lang == "en" else 3
    keys = math.ceil(len(told) / columns)
    with house():
        body = 0.3 + down * (tall + 0.75) + 0.21 * keys + 0.2 + reading_height(word(lang, "reading.screening"), lang)
        chart = page_of(words, body, head, for_report)
        read_line(chart, word(lang, "reading.screening"))
        right = limits([float(v) for c in ("value", "high") for v in star[c]], least=1e-9)[1]
        up = limits([float(v) for v in sigma["value"]], least=1e-9)[1]
        for k, policy in enumerate(policies):
            line, column = divmod(k, across)
            bottom = body - 0.3 - line * (tall + 0.75) - tall
            axes = chart.panel(left + column * (width + 0.42), bottom, width, tall)
            _root_axes(axes, right, up * 1.06)
            axes.tick_params(labelsize=7.8)
            title_of(axes, words, policy, policies)
            _plane(chart, axes, pair_columns(star, policy=policy), pair_columns(sigma, policy=policy), told, set(ranked), words.info)
        place = body - 0.3 - down * (tall + 0.75) + 0.3
        chart.shrink(chart.say(left, place, word(lang, "axis.mu"), fontsize=8.2, color=QUIET, va="center"), WIDTH - left - MARGIN)
        item = chart.say(0, 0, word(lang, "axis.sigma"), fontsize=8.2, color=QUIET, ha="center", va="center", rotation=90)
        item.set_position((0.2 / WIDTH, (body - 0.3 - tall / 2 + chart.foot) / float(chart.get_size_inches()[1])))
        _numbered(chart, told, words, place - 0.3, columns, len(ranked) - len(told), len(set(star["input"])) - 1 - len(ranked))
    return chart


def _above(star: pd.DataFrame, policies: Sequence[str]) -> list[str]:
    """Return the inputs that surely lie above the dummy under some policy, those with the largest share of all effects first."""
    above: dict[str, float] = {}
    for policy in policies:
        mine = pair_columns(star, policy=policy)
        floor = value_of(mine, DUMMY)[2]
        most = max((float(v) for v in mine["value"] if math.isfinite(v)), default=0.0) or 1.0
        for r in mine.to_dict("records"):
            if r["input"] != DUMMY and float(r["low"]) > (floor if math.isfinite(floor) else 0.0):
                above[str(r["input"])] = max(above.get(str(r["input"]), 0.0), float(r["value"]) / most)
    return sorted(above, key=lambda n: (-above[n], n))


def _root_axes(axes: Axes, right: float, up: float) -> None:
    """Scale both sides by the square root: most inputs lie near nothing, and a line through it stays straight."""
    for axis, most in (("x", right), ("y", up)):
        scale = axes.set_xscale if axis == "x" else axes.set_yscale
        scale("function", functions=(lambda v: np.sqrt(np.maximum(v, 0.0)), np.square))
        (axes.set_xlim if axis == "x" else axes.set_ylim)(0.0, most)
        step = most / 16
        unit = 10.0 ** math.floor(math.log10(step)) if step > 0 else 1.0
        least = next((k * unit for k in (1, 2, 5, 10) if k * unit >= step), step)
        places = [0.0, *(least * k for k in (1, 4, 9, 16) if least * k <= most)]
        (axes.set_xticks if axis == "x" else axes.set_yticks)(places, [f"{p:.6g}" for p in places])


def _plane(chart: Chart, axes: Axes, star: pd.DataFrame, sigma: pd.DataFrame, told: Mapping[str, int], above: AbstractSet[str],
           info: Mapping[str, Any]) -> None:  # fmt: skip
    from matplotlib.patheffects import withStroke

    line = np.linspace(0.0, min(float(axes.get_xlim()[1]), float(axes.get_ylim()[1])), 50)
    axes.plot(line, line, color=FAINT, linewidth=0.8, linestyle=(0, (4, 2)), zorder=1)
    dummy = value_of(star, DUMMY)
    if math.isfinite(dummy[2]):
        axes.axvspan(0, dummy[2], color="#DCE0E4", alpha=0.6, zorder=0, linewidth=0)
    if star.empty or star["value"].isna().all():
        say_dead(axes, chart.words)
        return
    # Numbers repel each other along the height.
    shown = [(name, value_of(star, name), value_of(sigma, name)[0]) for name in dict.fromkeys(star["input"].astype(str))]
    for name, (value, low, high), spread in shown:
        if not (math.isfinite(value) and math.isfinite(spread)):
            continue
        kind = named(name, info).kind
        if math.isfinite(low):
            axes.plot([low, high], [spread, spread], color=KIND_COLOURS[kind], linewidth=0.8, alpha=0.6, zorder=2)
        axes.plot([value], [spread], marker=KIND_MARKERS[kind], markersize=5.5, color=KIND_COLOURS[kind], linestyle="none", zorder=3,
                  markerfacecolor=KIND_COLOURS[kind] if name in above else "white")  # fmt: skip
        if name in told:
            text = axes.annotate(str(told[name]), (value, spread), xytext=(5, 4), textcoords="offset points", fontsize=8, fontweight="bold",
                                 color=KIND_COLOURS[kind], zorder=4)  # fmt: skip
            text.set_path_effects([withStroke(linewidth=2.0, foreground="white")])
    _part_labels(chart, axes)


def _part_labels(chart: Chart, axes: Axes) -> None:
    """Move numbers that lie on each other, or on a mark, to the freest of some places around their point."""
    points = [line.get_xydata() for line in axes.lines if line.get_marker() in KIND_MARKERS.values()]
    marks = axes.transData.transform(np.vstack(points)) if points else np.zeros((0, 2))
    size = 3.5 / 72 * chart.dpi
    taken = np.hstack([marks - size, marks + size])
    for item in sorted(axes.texts, key=lambda t: t.get_text()):
        best, least = item.get_position(), math.inf
        for place in ((5, 4), (5, -11), (-12, 4), (-12, -11), (9, -3), (-16, -3), (-3, 8), (-3, -15), (14, 8), (14, -14), (-22, 8), (-22, -14)):
            item.set_position(place)
            box = chart.extent(item)
            shared = overlaps((box.x0, box.y0, box.x1, box.y1), taken)
            if shared < least:
                best, least = place, shared
            if shared == 0:
                break
        item.set_position(best)
        box = chart.extent(item)
        taken = np.vstack([taken, [box.x0, box.y0, box.x1, box.y1]])


def _numbered(chart: Chart, told: Mapping[str, int], words: Words, top: float, columns: int, above: int, below: int) -> None:
    """Write which number is which input, in columns, in the colour of its kind; and how many have none."""
    from matplotlib.lines import Line2D

    wide = (WIDTH - 2 * MARGIN) / columns
    deep = math.ceil(len(told) / columns)
    for name, k in told.items():
        column, row = divmod(k - 1, max(deep, 1))
        one = named(name, words.info)
        x, y = MARGIN + column * wide, top - 0.21 * row
        page_width, page_height = chart.get_size_inches()
        chart.add_artist(Line2D([(x + 0.08) / page_width], [(y + chart.foot) / page_height], marker=KIND_MARKERS[one.kind], markersize=5,
                                color=KIND_COLOURS[one.kind], linestyle="none", transform=chart.transSubfigure))  # fmt: skip
        chart.shrink(chart.say(x + 0.2, y, f"{k}  {one.headed(words.lang)}", fontsize=8.0, va="center", color=KIND_COLOURS[one.kind]), wide - 0.3)
    if above or below:
        key = "more_points" if above else "less_points"
        chart.say(MARGIN, top - 0.21 * deep, word(words.lang, key, above=above, below=below), fontsize=7.8, color=QUIET, va="center")


# -- one method against another ----------------------------------------------------------------------------


def draw_chaos(indices: pd.DataFrame, outcome: str, words: Words, head: Head, *, q2: Mapping[str, float] | None = None, for_report: bool = False) -> Chart:
    """Draw the total effects of a polynomial chaos beside those of Sobol, a panel a policy, with Q2.

    Parameters
    ----------
    indices, outcome, words, head, for_report
        As in :func:`draw_indices`; rows of method ``chaos`` and of another.
    q2
        Policy -> leave-one-out Q2 of its polynomial chaos.
    """
    lang = words.lang
    rows = newest(pair_columns(indices, outcome=outcome, index="ST"))
    other = best_method(rows[rows["method"] != "chaos"], "ST")
    rows = rows[rows["method"].isin(("chaos", other))]
    policies = policies_of(rows, words)
    n = len(policies)
    sizes = {str(k): float(v) for k, v in rows[rows["method"] == other].groupby("input")["value"].max().items()}
    names = [str(name) for name in dict.fromkeys(rows["input"])]
    note = word(lang, "left_out_more")
    lines, _, height = order_rows(names, sizes, words.info, lang, most=MOST_ROWS, apart=dict.fromkeys(KIND_COLOURS, note))
    unit = 0.27 if len(lines) <= 16 else 0.22
    room = 2.9 if n == 1 else 2.35
    width = columns_of(n, room)
    low, high = limits(float(v) for c in ("value", "low", "high") for v in rows[c])
    with house():
        body = 0.52 + height * unit + 0.48 + reading_height(word(lang, "reading.chaos"), lang)
        chart = page_of(words, body, head, for_report)
        read_line(chart, word(lang, "reading.chaos"))
        top = body - 0.52
        key_line(chart, MARGIN + room, body - 0.08, [
            (word(lang, other) if has(f"screening_figures.{other}") else other, point_key("o", INK)), (word(lang, "chaos"), point_key("D", INK, "white")),
        ], right=WIDTH - MARGIN)  # fmt: skip
        write_names(chart, lines, MARGIN, top, room - 0.1, unit)
        for k, policy in enumerate(policies):
            axes = chart.panel(MARGIN + room + k * (width + GAP), top - height * unit, width, height * unit)
            frame_rows(axes, lines, height, share=True)
            axes.set_xlim(low, high)
            round_ticks(axes, 5 if n < 3 else 3)
            axes.tick_params(labelsize=7.8)
            found = (q2 or {}).get(policy, math.nan)
            title_of(axes, words, policy, policies, f"  {word(lang, 'q2', q2=number(found, 2))}" if math.isfinite(found) else "")
            axes.axvline(0.0, color=INK, linewidth=0.8, zorder=1)
            for line in (row for row in lines if row.one is not None):
                for method, shift, face in ((other, -0.17, None), ("chaos", 0.17, "white")):
                    value, lower, upper = value_of(pair_columns(rows, policy=policy, method=method), line.one.name if line.one else "")
                    whisker(axes, line.y + shift, lower, upper, colour=KIND_COLOURS[line.kind], size=0.16)
                    axes.plot([value], [line.y + shift], marker="o" if face is None else "D", markersize=4.4, color=KIND_COLOURS[line.kind],
                              markerfacecolor=face or KIND_COLOURS[line.kind], linestyle="none", zorder=6)  # fmt: skip
        label = chart.say(MARGIN + room, top - height * unit - 0.36, word(lang, "axis.share"), fontsize=8.2, color=QUIET, va="center")
        chart.shrink(label, WIDTH - room - 2 * MARGIN)
    return chart
