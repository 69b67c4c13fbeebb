"""Figures of a sensitivity study: what two inputs do together beyond the sum of each alone, and how many runs are enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.language import text as worded
from edusim.report.language import has, text
from edusim.report.map_figures import EFFECT, LEVEL, Scale, outcome_name, scale_of
from edusim.report.page import read_line
from edusim.report.sensitivity_figures import WIDTH, Head, key_line, mix, page_of
from edusim.report.sensitivity_rows import (
    DUMMY,
    Named,
    named,
    pair_columns,
    percent,
    reading_height,
    round_ticks,
    value_text,
)
from edusim.report.style import FAINT, INK, MARGIN, QUIET, Chart, Words, house, looks, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

GAP = 0.2
#: Inputs whose way is followed in the figure of convergence.
MOST_LINES = 6
#: Indices whose intervals are wide or narrow only beside the largest of them.
NO_SCALE = ("mu_star", "vt")
#: Told apart by colour, dash and marker.
WAYS = (
    ("#0067A5", "-", "D"), ("#D98200", (0, (5, 2)), "s"), ("#A3478F", (0, (1.2, 1.2)), "^"), ("#3D4A57", (0, (6, 1.6, 1.2, 1.6)), "o"),
    ("#009E73", (0, (3, 1.5)), "v"), ("#8A5A2B", (0, (8, 2, 1, 2)), "P"),
)  # fmt: skip


def word(lang: str, key: str, /, **values: Any) -> str:
    """Return a text of the figures in ``zh`` or ``en``."""
    return text(f"interaction_figures.{key}", lang, **values)


def _is_effect(words: Words) -> bool:
    return str(words.info.get("baseline", "status_quo")) not in ("", "none")


def _along(values: pd.Series[Any]) -> list[Any]:
    """Return the places along a side: numbers ascending, words as they come."""
    found = list(dict.fromkeys(values))
    return sorted(found) if all(isinstance(v, (int, float, np.number)) and not isinstance(v, (bool, np.bool_)) for v in found) else found


def _grid(rows: pd.DataFrame, column: str, xs: Sequence[Any], ys: Sequence[Any]) -> NDArray[np.float64]:
    """Return a column as float64 [y, x], NaN where there is no cell."""
    found = np.full((len(ys), len(xs)), np.nan)
    for x, y, value in zip(rows["x"], rows["y"], rows[column], strict=True):
        found[ys.index(y), xs.index(x)] = value
    return found


def draw_together(
    together: pd.DataFrame, outcome: str, pair: tuple[str, str], words: Words, head: Head, *, share: Mapping[str, str] | None = None,
    for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw the expected outcome over two inputs, and beside it the part beyond the sum of their two main effects, for every policy.

    Parameters
    ----------
    together
        Frame ``together``.
    outcome
        Which.
    pair
        ``input`` and ``other``: along the lower and the left side.
    words, head, for_report
        As in :func:`edusim.report.sensitivity_figures.draw_indices`.
    share
        Policy -> the second-order index in words, written above the interaction.
    """
    lang = words.lang
    rows = pair_columns(together, outcome=outcome, input=pair[0], other=pair[1])
    policies = words.order([str(p) for p in dict.fromkeys(rows["policy"])])
    n = len(policies)
    xs, ys = _along(rows["x"]), _along(rows["y"])
    facts: Mapping[str, Any] = (words.info.get("outcomes") or {}).get(outcome) or {}
    unit, want = str(facts.get("unit", "")), str(facts.get("want", ""))
    across, down = (2, 1) if n == 1 else (n, 2)
    left, title = 0.86, 0.32
    width = min(3.6, (WIDTH - left - MARGIN - (0.3 if n == 1 else GAP) * (across - 1)) / across)
    height = min(width * 0.92, 2.6)
    one, other = (named(name, words.info) for name in pair)
    with house():
        body = title + down * (height + title) + 0.06 + 0.84 + reading_height(word(lang, "reading.together"), lang)
        chart = page_of(words, body, head, for_report)
        bottom = read_line(chart, word(lang, "reading.together"))
        for row, what in enumerate(("mean", "beyond")):
            values = rows[what].to_numpy(dtype=np.float64)
            is_level = what == "mean" and not _is_effect(words)
            colours, low, high = _colours(values[np.isfinite(values)], is_level, want)
            scale = scale_of(words, "" if unit == "count" else unit, values, change=not is_level)
            for k, policy in enumerate(policies):
                column, line = (row, 0) if n == 1 else (k, row)
                x0, y0 = left + column * (width + (0.3 if n == 1 else GAP)), body - title - line * (height + title) - height
                axes = chart.panel(x0, y0, width, height)
                mine = pair_columns(rows, policy=policy)
                _cells(axes, mine, what, xs, ys, colours, low, high, hatch=not is_level)
                _numbers(chart, axes, _grid(mine, what, xs, ys), scale, colours, low, high, width, signed=not is_level)
                said = words.policy(policy) if n > 1 and row == 0 else word(lang, what) if n == 1 else ""
                if n == 1 and row == 0:
                    said = words.policy(policy) + (worded("common.colon", lang)) + words.inside(said)
                colour = looks(policies)[policy].colour if n > 1 else INK
                if what == "beyond" and share and policy in share:
                    tail = word(lang, "beyond_share", share=share[policy])
                    said = f"{word(lang, 'beyond_short')}{worded('common.colon', lang)}{tail}"
                elif what == "beyond" and n > 1:
                    said = word(lang, "beyond_short")
                item = axes.set_title(said, loc="left", fontsize=9.2 if n == 1 or row == 0 else 8, fontweight="bold" if row == 0 or n == 1 else "normal", pad=4,
                                      color=colour)  # fmt: skip
                chart.shrink(item, width)
                _sides(chart, axes, words, one, other, xs, ys, with_x=n == 1 or row == 1, with_y=column == 0, width=width, height=height)
            side = word(lang, f"side.{('left', 'right')[row] if n == 1 else ('upper', 'lower')[row]}")
            _bar(chart, left, bottom + 0.2 + 0.4 * (1 - row), colours, low, high, scale, words, side, what, outcome, want, is_level)
    return chart


def _colours(finite: NDArray[np.float64], is_level: bool, want: str) -> tuple[Any, float, float]:
    from matplotlib.colors import LinearSegmentedColormap

    if is_level:
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        return LinearSegmentedColormap.from_list("level", LEVEL), low, high if high > low else low + 1.0
    most = float(np.abs(finite).max(initial=0.0)) or 1.0
    stops = EFFECT if want == "min" else EFFECT[::-1] if want == "max" else EFFECT
    return LinearSegmentedColormap.from_list("effect", stops), -most, most


def _cells(
    axes: Axes, rows: pd.DataFrame, what: str, xs: Sequence[float], ys: Sequence[float], colours: Any, low: float, high: float, *, hatch: bool,
) -> None:  # fmt: skip
    from matplotlib.patches import Rectangle

    values = _grid(rows, what, xs, ys)
    axes.set_facecolor("#ECEEF0")
    axes.pcolormesh(np.arange(len(xs) + 1) - 0.5, np.arange(len(ys) + 1) - 0.5, np.ma.masked_invalid(values), cmap=colours, vmin=low, vmax=high,
                    edgecolors="white", linewidth=0.6)  # fmt: skip
    axes.set_xlim(-0.5, len(xs) - 0.5)
    axes.set_ylim(-0.5, len(ys) - 0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    stem = "" if what == "mean" else "beyond_"
    ends = [_grid(rows, f"{stem}{end}", xs, ys) for end in ("low", "high")]
    for i, j in np.argwhere(np.isfinite(values)).tolist() if hatch else []:
        if not (ends[0][i, j] > 0 or ends[1][i, j] < 0):
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, hatch="////", edgecolor="#9AA3AE", linewidth=0.0, zorder=2))
    if min(values.shape) >= 2 and np.isfinite(values).all() and values.min() < 0 < values.max() and hatch and what == "mean":
        axes.contour(np.arange(len(xs)), np.arange(len(ys)), values, levels=[0.0], colors=INK, linewidths=1.5, zorder=3)


def _numbers(
    chart: Chart, axes: Axes, values: NDArray[np.float64], scale: Scale, colours: Any, low: float, high: float, width: float, *, signed: bool
) -> None:
    """Write the number of every cell where it fits, on a ground of the cell's colour that parts it from hatching."""
    room = width / max(1, values.shape[1])
    known = values[np.isfinite(values)]
    span = float(np.ptp(known)) * scale.factor if known.size else 0.0
    digits = max(scale.digits, min(4, math.ceil(-math.log10(span / 8)))) if span > 0 else scale.digits
    texts = []
    for i, j in np.argwhere(np.isfinite(values)).tolist():
        ground = colours((values[i, j] - low) / (high - low))
        dark = 0.299 * ground[0] + 0.587 * ground[1] + 0.114 * ground[2] < 0.5
        texts.append(axes.text(j, i, scale(float(values[i, j]), signed=signed, digits=digits), ha="center", va="center", fontsize=7.4, zorder=5,
                               color="white" if dark else INK, bbox={"facecolor": ground, "edgecolor": "none", "pad": 0.8}))  # fmt: skip
    widest = max((float(chart.extent(t).width) / chart.dpi for t in texts), default=0.0)
    if widest > 1.2 * room * 0.9:  # not even smaller
        for item in texts:
            item.remove()
        return
    for item in texts:
        item.set_fontsize(min(7.4, 7.4 * room * 0.9 / max(widest, 1e-9)))


def _sides(
    chart: Chart, axes: Axes, words: Words, one: Named, other: Named, xs: Sequence[float], ys: Sequence[float], *, with_x: bool, with_y: bool, width: float,
    height: float,
) -> None:  # fmt: skip
    axes.tick_params(length=0, labelsize=7.4)
    axes.set_xticks(range(len(xs)), _tick_texts(words, one, xs) if with_x else [""] * len(xs))
    axes.set_yticks(range(len(ys)), _tick_texts(words, other, ys) if with_y else [""] * len(ys))
    if with_x:
        labels = axes.get_xticklabels()
        chart.shrink_together(labels, 0.92 * width / max(1, len(xs)))
        chart.shrink(axes.set_xlabel(_label(words, one, xs), fontsize=8.2, labelpad=3), width + 0.1)
    if with_y:
        chart.shrink_together(axes.get_yticklabels(), 0.42)
        chart.shrink(axes.set_ylabel(_label(words, other, ys), fontsize=8.2, labelpad=3), height)


def _tick_texts(words: Words, one: Named, values: Sequence[Any]) -> list[str]:
    texts = [value_text(words, one, v) for v in values]
    return [t.partition(" ")[0] for t in texts] if _unit(texts) else texts


def _unit(texts: Sequence[str]) -> str:
    """Return the unit that all values have after a space, the empty string where they differ or are words."""
    tails = {t.partition(" ")[2] for t in texts if t[:1] != "0"}
    return tails.pop() if len(tails) == 1 and all(t[:1].isdigit() or t[:1] == "\u2212" for t in texts) else ""


def _label(words: Words, one: Named, values: Sequence[float]) -> str:
    tail = _unit([value_text(words, one, v) for v in values])
    return words("axis_unit", measure=one.headed(words.lang), unit=tail) if tail else one.headed(words.lang)


def _bar(
    chart: Chart, left: float, bottom: float, colours: Any, low: float, high: float, scale: Scale, words: Words, side: str, what: str, outcome: str,
    want: str, is_level: bool,
) -> None:  # fmt: skip
    wide, room = 1.5, WIDTH - left - MARGIN
    axes = chart.panel(left, bottom, wide, 0.1)
    axes.imshow(np.linspace(0, 1, 256)[None, :], aspect="auto", cmap=colours, extent=(low, high, 0, 1))
    axes.set_yticks([])
    at = [low, high] if is_level else [low, 0.0, high]
    axes.set_xticks(at, [scale(v, signed=not is_level) for v in at])
    axes.tick_params(axis="x", length=0, labelsize=7, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if what == "mean":
        name = outcome_name(words, outcome)
        said = name if is_level else words("levers.against", outcome=name, baseline=words.policy(words.baseline))
    else:
        said = word(words.lang, "beyond")
    said = words("axis_unit", measure=said, unit=scale.unit) if scale.unit else said
    said += word(words.lang, "better") if want in ("min", "max") and not is_level else ""
    item = axes.annotate(side + said, (1, 0.5), xycoords="axes fraction", xytext=(12, 0), textcoords="offset points", va="center", fontsize=7.8, color=QUIET,
                         annotation_clip=False)  # fmt: skip
    chart.shrink(item, room - wide - 0.25)


# -- convergence -------------------------------------------------------------------------------------------


def draw_growth(growth: pd.DataFrame, outcome: str, words: Words, head: Head, *, target: Any = None, for_report: bool = False) -> Chart:
    """Draw the widest interval and the leading indices against the number of runs, with the target and where it settled, a panel a policy.

    Parameters
    ----------
    growth
        Frame ``growth``.
    outcome, words, head, for_report
        As in :func:`draw_together`.
    target
        Width of interval that was aimed at; None for none.
    """
    lang = words.lang
    rows = pair_columns(growth, outcome=outcome)
    main = next((i for i in ("ST", "mu_star", "delta", "pawn", "S1") if (rows["index"] == i).any()), str(rows["index"].iloc[0]))
    policies = words.order([str(p) for p in dict.fromkeys(rows["policy"])])
    ways = dict(zip(_leading(rows[rows["index"] == main]), WAYS, strict=False))
    n = len(policies)
    across = min(n, 3)
    down = math.ceil(n / across)
    left, gap = MARGIN + 0.5, 0.26
    width = min(6.4, (WIDTH - left - MARGIN - gap * (across - 1)) / across)
    high_part, low_part = 1.05, 1.9
    block = high_part + low_part + 0.98
    keys = [(named(name, words.info).headed(lang), _way_key(way)) for name, way in ways.items()]
    with house():
        body = 0.14 + down * block + 0.19 * (math.ceil(len(keys) / 2) if lang == "en" else math.ceil(len(keys) / 3)) + 0.24
        body += reading_height(word(lang, "reading.growth"), lang)
        chart = page_of(words, body, head, for_report)
        read_line(chart, word(lang, "reading.growth"))
        widths = {p: _widths(pair_columns(rows, policy=p)) for p in policies}
        most = max([float(target or 0.0), *(w for found in widths.values() for _, w, _ in found)], default=1.0)
        ours = rows[(rows["index"] == main) & rows["input"].isin([*ways, DUMMY])]
        ends = [float(v) for c in ("value", "low", "high") for v in ours[c] if math.isfinite(float(v))] or [0.0, 1.0]
        low, high = min(0.0, *ends), max(0.05, *ends)
        for k, policy in enumerate(policies):
            line, column = divmod(k, across)
            x0, top = left + column * (width + gap), body - 0.3 - line * block
            upper = chart.panel(x0, top - high_part, width, high_part)
            lower = chart.panel(x0, top - high_part - 0.28 - low_part, width, low_part)
            upper.set_title(words.policy(policy), loc="left", fontsize=9.6, fontweight="bold", pad=5, color=looks(policies)[policy].colour)
            _width_line(upper, widths[policy], most, target, words, first=column == 0)
            _index_lines(lower, pair_columns(ours, policy=policy), ways)
            lower.set_ylim(low - 0.04 * (high - low), high + 0.04 * (high - low))
            _run_axis(upper, lower, sorted(int(v) for v in pair_columns(rows, policy=policy)["runs"].unique()), few=width < 3)
            for axes in (upper, lower):
                axes.grid(axis="y")
                axes.tick_params(labelsize=7.6, labelleft=column == 0)
                round_ticks(axes, 4 if axes is upper else 6, along="y")
            if main in ("ST", "S1"):
                _percent_axis(lower)
            if column == 0:
                leading = word(lang, f"index.{main}") if has(f"interaction_figures.index.{main}") else main
                chart.say(left, top - high_part - 0.14, word(lang, "index", index=leading),
                          fontsize=8.2, color=QUIET, va="center")  # fmt: skip
        _axis_note(chart, words, left + across * width + gap * (across - 1), body - 0.3 - down * block + block - high_part - low_part - 0.28 - 0.4)
        key_line(chart, left, body - 0.14 - down * block - 0.04, keys, right=WIDTH - MARGIN)
    return chart


def _axis_note(chart: Chart, words: Words, right: float, y: float) -> None:
    chart.say(right, y, word(words.lang, "runs"), fontsize=8.2, color=QUIET, va="center", ha="right")


def _leading(rows: pd.DataFrame) -> list[str]:
    """Return the inputs whose way is followed: largest at the end under some policy."""
    last = rows[rows["n"] == rows.groupby("policy")["n"].transform("max")]
    sizes = last[~last["input"].isin((DUMMY,))].groupby("input")["value"].max().dropna()
    return [str(name) for name in sizes.sort_values(ascending=False, kind="stable").index[:MOST_LINES]]


def _widths(rows: pd.DataFrame) -> list[tuple[int, float, bool]]:
    """Return (runs, widest interval, whether it was enough) of every design; of indices without a scale as a share of the largest."""
    found = []
    for runs, part in rows[rows["input"] != DUMMY].groupby("runs"):
        largest = part["index"].map(part.groupby("index")["value"].max()).where(part["index"].isin(NO_SCALE), 1.0).astype(float)
        width = float(((part["high"] - part["low"]) / largest.where(largest > 0)).max())
        if math.isfinite(width):
            found.append((int(runs), width, bool(part["settled"].astype(bool).all())))
    return found


def _width_line(axes: Axes, found: Sequence[tuple[int, float, bool]], most: float, target: Any, words: Words, *, first: bool) -> None:
    lang = words.lang
    if found:
        axes.plot([r for r, _, _ in found], [w for _, w, _ in found], color=INK, linewidth=1.3, zorder=3)
        for runs, width, settled in found:
            axes.plot([runs], [width], marker="o", markersize=5.5, color=INK, markerfacecolor=INK if settled else "white", zorder=4)
        runs, width, settled = found[-1]
        after = next((r for k, (r, _, _) in enumerate(found) if all(s for _, _, s in found[k:])), None)
        said = word(lang, "settled") if settled else word(lang, "open")
        if after is not None:
            axes.axvline(after, color=FAINT, linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
        at = (runs, width) if after is None else (after, {r: w for r, w, _ in found}[after])
        axes.annotate(said, at, xytext=(-4, 9), textcoords="offset points", ha="right", fontsize=8, color=INK, fontweight="bold", zorder=5)
    axes.set_ylim(0, 1.12 * most)
    if target:
        axes.axhline(float(target), color="#A3478F", linewidth=1.0, linestyle=(0, (5, 2)), zorder=2)
        if first:
            axes.annotate(word(lang, "target", target=number(float(target), 3).rstrip("0")), (0, float(target)), xycoords=("axes fraction", "data"),
                          xytext=(3, 2.5), textcoords="offset points", fontsize=7.6, color="#A3478F")  # fmt: skip
    axes.set_ylabel(word(lang, "widest") if first else "", fontsize=8.2, color=QUIET)


def _index_lines(axes: Axes, rows: pd.DataFrame, ways: Mapping[str, Any]) -> None:
    control = rows[rows["input"] == DUMMY].sort_values("runs")
    if len(control):
        axes.fill_between(control["runs"].astype(float), control["low"].astype(float), control["high"].astype(float), color="#DCE0E4", alpha=0.7, linewidth=0)
    for name, (colour, dash, marker) in ways.items():
        mine = rows[rows["input"] == name].sort_values("runs")
        if mine.empty:
            continue
        runs = mine["runs"].to_numpy(dtype=float)
        low, high = (mine[end].to_numpy(dtype=float) for end in ("low", "high"))
        axes.fill_between(runs, low, high, color=mix(colour, 0.5), alpha=0.35, linewidth=0, zorder=2)
        axes.plot(runs, mine["value"].to_numpy(dtype=float), color=colour, linestyle=dash, marker=marker, markersize=4, linewidth=1.3, zorder=3)
    axes.axhline(0.0, color=INK, linewidth=0.7, zorder=1)


def _run_axis(upper: Axes, lower: Axes, runs: Sequence[int], *, few: bool) -> None:
    """Give both panels the same logarithmic axis with ticks at the designs, every other where they would touch."""
    from matplotlib.ticker import NullLocator

    step = max(1, math.ceil(len(runs) / (3 if few else 7)))
    shown = list(runs)[::-1][::step][::-1]
    for axes in (upper, lower):
        axes.set_xscale("log")
        if runs:
            axes.set_xlim(min(runs) / 1.15, max(runs) * 1.15)
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xticks(shown, [f"{r:,}" for r in shown] if axes is lower else [""] * len(shown))


def _percent_axis(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: percent(round(float(v), 6)) if v else "0%"))


def _way_key(way: tuple[str, Any, str]) -> Any:
    colour, dash, marker = way

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0.5, 0.5], color=colour, linestyle=dash, linewidth=1.3)
        axes.plot([0.5], [0.5], marker=marker, color=colour, markersize=4)

    return draw


__all__ = ["draw_growth", "draw_together"]
