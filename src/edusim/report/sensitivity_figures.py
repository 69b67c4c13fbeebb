"""Figures of a sensitivity study: indices with the split of the variance, swings, the screening plane, one method against another.

Each is of one outcome, a panel a policy, inputs in the groups of :mod:`edusim.report.sensitivity_rows`. They draw the frames that they are
handed and claim nothing of their own: titles and sentences come in :class:`Head`. Estimates are drawn as they are, below nothing and above all too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edusim.report.language import text
from edusim.report.map_figures import scale_of
from edusim.report.page import begin, read_line
from edusim.report.sensitivity_rows import (
    DUMMY,
    KIND_COLOURS,
    SEED,
    Row,
    difference,
    frame_rows,
    limits,
    newest,
    order_rows,
    pair_columns,
    percent,
    range_text,
    reading_height,
    round_ticks,
    whisker,
    write_names,
)
from edusim.report.style import FAINT, INK, MARGIN, QUIET, Chart, Words, digits_for, house, looks, number

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH = 8.4
#: Most inputs drawn in one figure; what is left out is counted.
MOST_ROWS = 24
#: Indices that are drawn, best first, and those that are shares of the variance.
MAIN = ("ST", "delta", "pawn", "vt")
SHARES = ("ST", "vt")
#: Inches a row, few and many.
UNIT, UNIT_MANY = 0.31, 0.245
GAP = 0.24
#: What happens at the two ends of an input.
LOW_COLOUR, HIGH_COLOUR = "#D98200", "#0067A5"
#: Parts of the variance.
PARTS = ("parameters", "interaction", "seeds", "unexplained")
PART_COLOURS = {"parameters": "#2F5D7C", "interaction": "#A9C4D6", "seeds": "#FFFFFF", "unexplained": "#DFE3E7"}


def word(lang: str, key: str, /, **values: Any) -> str:
    """Return a text of the figures in ``zh`` or ``en``."""
    return text(f"sensitivity_figures.{key}", lang, **values)


@dataclass(frozen=True)
class Head:
    """Head and foot of a figure: title, the title in the other language, the computed sentence, the foot."""

    title: str
    subtitle: str
    takeaway: str
    footer: str


def page_of(words: Words, body: float, head: Head, for_report: bool) -> Chart:
    """Return an empty page with its head and foot."""
    return begin(words, WIDTH, body, title=head.title, subtitle=head.subtitle, takeaway=head.takeaway, footer=head.footer, for_report=for_report)


def mix(colour: str, strength: float) -> tuple[float, float, float]:
    """Return a colour on white, 1 for itself."""
    from matplotlib.colors import to_rgb

    red, green, blue = (1 - strength * (1 - c) for c in to_rgb(colour))
    return red, green, blue


def key_line(chart: Chart, left: float, y: float, items: Sequence[tuple[str, Callable[[Axes], None]]], *, right: float) -> float:
    """Write a legend as small drawings and words, in lines that fit between ``left`` and ``right``; return its height, inches."""
    x, top = left, y
    for content, draw in items:
        item = chart.say(0, 0, content, fontsize=7.8, va="center", color=INK)
        needs = 0.3 + float(chart.extent(item).width) / chart.dpi + 0.2
        if x > left and x + needs > right + 0.15:
            x, y = left, y - 0.19
        axes = chart.panel(x, y - 0.06, 0.24, 0.12)
        axes.axis("off")
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        draw(axes)
        page_width, page_height = chart.get_size_inches()
        item.set_position(((x + 0.3) / page_width, (y + chart.foot) / page_height))
        x += needs
    return top - y + 0.19


def _swatch(colour: Any, hatch: str = "", edge: Any = "none") -> Callable[[Axes], None]:
    def draw(axes: Axes) -> None:
        axes.barh([0.5], [1.0], height=0.9, color=colour, edgecolor=edge, hatch=hatch, linewidth=0.8)

    return draw


def point_key(marker: str, colour: Any, face: Any = None) -> Callable[[Axes], None]:
    """Return what draws a marker in a legend."""

    def draw(axes: Axes) -> None:
        axes.plot([0.5], [0.5], marker=marker, color=colour, markerfacecolor=colour if face is None else face, markersize=5.5)

    return draw


def value_of(rows: pd.DataFrame, name: str) -> tuple[float, float, float]:
    """Return estimate and interval of an input among rows of one index; NaN where it is missing."""
    mine = rows[rows["input"] == name]
    if mine.empty:
        return math.nan, math.nan, math.nan
    last = mine.iloc[-1]
    return float(last["value"]), float(last["low"]), float(last["high"])


def say_dead(axes: Axes, words: Words) -> None:
    """Write in a panel that nothing changes the outcome."""
    axes.text(0.5, 0.5, word(words.lang, "dead"), transform=axes.transAxes, ha="center", va="center", fontsize=8.5, color=QUIET)


def policies_of(frame: pd.DataFrame, words: Words) -> list[str]:
    """Return the policies of a frame in the order in which they are drawn."""
    return words.order([str(p) for p in dict.fromkeys(frame["policy"])])


def title_of(axes: Axes, words: Words, policy: str, policies: Sequence[str], tail: str = "") -> None:
    """Write the name of a policy above its panel, in its colour."""
    axes.set_title(words.policy(policy) + tail, loc="left", fontsize=9.6, fontweight="bold", pad=5, color=looks(policies)[policy].colour)


def best_method(rows: pd.DataFrame, index: str) -> str:
    """Return the method whose index is drawn where several have it."""
    have = [str(m) for m in dict.fromkeys(rows.loc[rows["index"] == index, "method"])]
    return next((m for m in ("sobol", "chaos", "fast") if m in have), have[0] if have else "")


def columns_of(n: int, names: float, extra: float = 0.0) -> float:
    """Return the width of each of ``n`` panels beside the names, inches."""
    return (WIDTH - 2 * MARGIN - names - extra - GAP * (n - 1)) / n


def draw_indices(
    indices: pd.DataFrame, outcome: str, words: Words, head: Head, *, split: pd.DataFrame | None = None, for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw first-order and total indices with their intervals, a panel a policy, and below them the split of the variance.

    Without total indices the one index of another method is drawn: delta, PAWN, or the bound from derivatives.

    Parameters
    ----------
    indices
        Frame ``indices``; of several methods Sobol is drawn, else polynomial chaos, else FAST.
    outcome
        Which.
    words
        Language and facts, see :mod:`edusim.report.sensitivity_rows`.
    head
        Title, sentence and foot.
    split
        Frame ``split``; left out where there is none.
    for_report
        Leave out head and foot.
    """
    lang, info = words.lang, words.info
    rows = newest(pair_columns(indices, outcome=outcome))
    main = next((i for i in MAIN if (rows["index"] == i).any()), MAIN[0])
    rows = rows[rows["method"] == best_method(rows, main)]
    policies = policies_of(rows, words)
    n = len(policies)
    both = rows[rows["index"].isin(("S1", main) if main == "ST" else (main,))]
    total = both[both["index"] == main]
    reading = word(lang, "reading.indices" if main == "ST" else "reading.one_index")
    biggest = total.groupby("input")["value"].max()
    sizes = {str(k): float(v) for k, v in biggest.items()}
    names = [str(name) for name in dict.fromkeys(both["input"])]
    hidden = _hidden(names, sizes, info)
    most = max((float(h) for h in total.loc[total["input"].isin(hidden), "high"]), default=0.0)
    note = word(lang, "left_out", most=percent(math.ceil(100 * most) / 100))
    lines, _, height = order_rows(names, sizes, info, lang, most=MOST_ROWS, apart=dict.fromkeys(KIND_COLOURS, note))
    unit = UNIT if len(lines) <= 16 else UNIT_MANY
    parts = _split_rows(split, outcome, policies)
    below = 0.0 if parts is None else 0.42 + 0.4 * n
    room = 2.9 if n == 1 else 2.35
    width = columns_of(n, room)
    low, high = limits(v for c in ("value", "low", "high") for v in both[c])
    high += (high - low) * 0.38 / (width - 0.38)  # room for the number after the longest interval
    with house():
        body = 0.52 + height * unit + 0.46 + below + reading_height(reading, lang)
        chart = page_of(words, body, head, for_report)
        read_line(chart, reading)
        top = body - 0.52
        lever = KIND_COLOURS["lever"]
        keys = [(word(lang, "first"), _swatch(lever)), (word(lang, "total"), _swatch(mix(lever, 0.3), edge=lever))] if main == "ST" else []
        key_line(chart, MARGIN + room, body - 0.08, [*keys, (word(lang, "dummy"), _swatch("#DCE0E4"))], right=WIDTH - MARGIN)
        write_names(chart, lines, MARGIN, top, room - 0.1, unit)
        for k, policy in enumerate(policies):
            axes = chart.panel(MARGIN + room + k * (width + GAP), top - height * unit, width, height * unit)
            frame_rows(axes, lines, height, share=main in SHARES)
            axes.set_xlim(low, high)
            round_ticks(axes, 5 if n < 3 else 3)
            axes.tick_params(labelsize=7.8)
            title_of(axes, words, policy, policies)
            _index_bars(axes, lines, pair_columns(both, policy=policy), words, main)
        is_after = SEED not in names and parts is not None and any("seeds" in found for found in parts.values())
        of = f"axis.{main}" if main != "ST" else "axis.share_after" if is_after else "axis.share"
        label = chart.say(MARGIN + room, top - height * unit - 0.36, word(lang, of), fontsize=8.2, color=QUIET, va="center")
        chart.shrink(label, WIDTH - room - 2 * MARGIN)
        if parts is not None:
            _draw_split(chart, parts, policies, words, MARGIN, top - height * unit - 0.54, room)
    return chart


def _hidden(names: Sequence[str], sizes: Mapping[str, float], info: Mapping[str, Any]) -> list[str]:
    return order_rows(names, sizes, info, "en", most=MOST_ROWS)[1]


def _index_bars(axes: Axes, lines: Sequence[Row], rows: pd.DataFrame, words: Words, main: str) -> None:
    """Draw the two bars of every input, upper first order and lower total, with intervals, and the reach of the dummy; one bar of another index."""
    dummy = value_of(rows[rows["index"] == main], DUMMY)
    places = (("S1", -0.19, 0.34), ("ST", 0.19, 0.34)) if main == "ST" else ((main, 0.0, 0.6),)
    if all(math.isfinite(v) for v in dummy):
        axes.axvspan(min(dummy[1], 0.0), max(dummy[2], 0.0), color="#DCE0E4", alpha=0.6, zorder=0, linewidth=0)
        axes.axvline(max(dummy[2], 0.0), color=FAINT, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    axes.axvline(0.0, color=INK, linewidth=0.8, zorder=4)
    if rows.empty or rows["value"].isna().all():
        say_dead(axes, words)
        return
    for line in lines:
        if line.one is None:
            continue
        colour = KIND_COLOURS[line.kind]
        for index, shift, tall in places:
            value, low, high = value_of(rows[rows["index"] == index], line.one.name)
            if not math.isfinite(value):
                continue
            face = mix(colour, 0.3) if index == "ST" else colour
            axes.barh(line.y + shift, value, height=tall, color=face, edgecolor=colour, linewidth=0.7, zorder=2)
            whisker(axes, line.y + shift, low, high, size=0.2, width=0.9)
            if index == main:
                said = percent(value) if main in SHARES else number(value, 2)
                end = max(value, 0.0, high if math.isfinite(high) else 0.0)
                axes.annotate(said, (end, line.y + shift), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.4, color=INK, zorder=6)


def _split_rows(split: pd.DataFrame | None, outcome: str, policies: Sequence[str]) -> dict[str, dict[str, tuple[float, float, float]]] | None:
    if split is None:
        return None
    mine = pair_columns(split, outcome=outcome)
    found = {
        policy: {str(r["part"]): (float(r["share"]), float(r["low"]), float(r["high"])) for r in pair_columns(mine, policy=policy).to_dict("records")}
        for policy in policies
    }
    return found if any(math.isfinite(v[0]) for parts in found.values() for v in parts.values()) else None


def _draw_split(
    chart: Chart, parts: Mapping[str, Mapping[str, tuple[float, float, float]]], policies: Sequence[str], words: Words, left: float, top: float,
    room: float,
) -> None:  # fmt: skip
    """Draw one stacked bar a policy: inputs, inputs with luck, luck; parts below nothing lie left of the line."""
    lang = words.lang
    chart.say(left, top - 0.08, word(lang, "split"), fontsize=9, fontweight="bold", va="center")
    shown = [p for p in PARTS if any(math.isfinite(found.get(p, (math.nan,))[0]) for found in parts.values())]
    key_line(chart, left + room, top - 0.08, [
        (word(lang, f"part.{p}"), _swatch(PART_COLOURS[p], "....." if p == "seeds" else "", FAINT)) for p in shown
    ], right=WIDTH - MARGIN)  # fmt: skip
    height = 0.4 * len(policies)
    axes = chart.panel(left + room, top - 0.26 - height, WIDTH - 2 * MARGIN - room, height)
    least = min([0.0, *(sum(min(v[0], 0.0) for v in found.values()) for found in parts.values())])
    most = max([1.0, *(sum(max(v[0], 0.0) for v in found.values() if math.isfinite(v[0])) for found in parts.values())])
    axes.set_xlim(least, most)
    axes.set_ylim(len(policies) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    page_width = WIDTH - 2 * MARGIN - room
    style = looks(policies)
    if least < 0:
        axes.axvline(0.0, color=INK, linewidth=0.9, zorder=4)
    for row, policy in enumerate(policies):
        if not any(math.isfinite(v[0]) for v in parts[policy].values()):
            axes.text(0.0, row, word(lang, "dead"), va="center", fontsize=8, color=QUIET)
        name = chart.say(left + 0.12, top - 0.26 - 0.4 * (row + 0.5), words.policy(policy), fontsize=8.8, va="center", color=style[policy].colour)
        chart.shrink(name, room - 0.2)
        ends = {True: 0.0, False: 0.0}
        for part in shown:
            value, low, high = parts[policy].get(part, (math.nan,) * 3)
            if not math.isfinite(value):
                continue
            start = ends[value >= 0]
            axes.barh(row, value, left=start, height=0.74, color=PART_COLOURS[part], edgecolor=FAINT, linewidth=0.6, hatch="...." if part == "seeds" else None)
            ends[value >= 0] += value
            inches = abs(value) / (most - least) * page_width
            if inches < 0.3:
                continue
            said = percent(value)
            if inches > 0.75 and math.isfinite(low):
                said += f"\n{number(100 * low, 0)}–{percent(high)}"
            box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85} if part == "seeds" else None
            axes.text(start + value / 2, row, said, ha="center", va="center", fontsize=7.4, linespacing=1.15, bbox=box,
                      color="white" if part == "parameters" else INK)  # fmt: skip


# -- swings ------------------------------------------------------------------------------------------------


def draw_swings(swings: pd.DataFrame, outcome: str, words: Words, head: Head, *, for_report: bool = False) -> Chart:
    """Draw the tornado: what the outcome is where an input is in its lowest and in its highest fifth, a panel a policy.

    Parameters
    ----------
    swings
        Frame ``swings``.
    outcome, words, head, for_report
        As in :func:`draw_indices`.
    """
    lang, info = words.lang, words.info
    rows = pair_columns(swings, outcome=outcome)
    policies = policies_of(rows, words)
    n = len(policies)
    changes = (rows["high_mean"] - rows["low_mean"]).abs().groupby(rows["input"].astype(str)).max()
    sizes = {str(k): float(v) for k, v in changes.items()}
    names = [str(name) for name in dict.fromkeys(rows["input"])]
    note = word(lang, "left_out_more")
    lines, _, height = order_rows(names, sizes, info, lang, most=MOST_ROWS, apart=dict.fromkeys(KIND_COLOURS, note))
    unit = UNIT if len(lines) <= 16 else UNIT_MANY
    room, range_room, text_room = (2.5, 1.05, 1.55) if n == 1 else (1.95, 0.95, 0.62)
    width = columns_of(n, room, range_room)
    shown = rows[rows["input"].isin([line.one.name for line in lines if line.one])]
    ends = [f"{end}_{what}" for end in ("low", "high") for what in ("mean", "low", "high")]
    facts = (info.get("outcomes") or {}).get(outcome) or {}
    unit_name = str(facts.get("unit", ""))
    scale = scale_of(words, "" if unit_name == "count" else unit_name, [float(v) for c in ends for v in shown[c]], change=words.baseline not in ("", "none"))
    with house():
        body = 0.56 + height * unit + 0.5 + reading_height(word(lang, "reading.swings"), lang)
        chart = page_of(words, body, head, for_report)
        read_line(chart, word(lang, "reading.swings"))
        top = body - 0.56
        key_line(chart, MARGIN + room + range_room, body - 0.08, [
            (word(lang, "low"), _swatch(mix(LOW_COLOUR, 0.75), "////", "white")), (word(lang, "high"), _swatch(HIGH_COLOUR)),
        ], right=WIDTH - MARGIN)  # fmt: skip
        write_names(chart, lines, MARGIN, top, room - 0.06, unit)
        chart.say(MARGIN + room, top + 0.12, word(lang, "range"), fontsize=7.6, color=QUIET, va="center")
        _ranges(chart, lines, shown, words, MARGIN + room, top, range_room - 0.08, unit)
        low, high = limits([float(v) for c in ends for v in shown[c]], least=1e-9, zero=False)
        for k, policy in enumerate(policies):
            left = MARGIN + room + range_room + k * (width + GAP)
            axes = chart.panel(left, top - height * unit, width - text_room, height * unit)
            frame_rows(axes, lines, height, share=False)
            axes.set_xlim(low, high)
            round_ticks(axes, 5 if n == 1 else 2)
            _scaled(axes, scale)
            axes.tick_params(labelsize=7.6)
            title_of(axes, words, policy, policies)
            beside = left + width - text_room + 0.06
            _swing_bars(chart, axes, lines, pair_columns(rows, policy=policy), scale, beside, top, unit, text_room - 0.06, words, n == 1)
        label = words("axis_unit", measure=_axis_name(words, outcome), unit=scale.unit) if scale.unit else _axis_name(words, outcome)
        item = chart.say(MARGIN + room + range_room, top - height * unit - 0.38, label, fontsize=8.2, color=QUIET, va="center")
        chart.shrink(item, WIDTH - 2 * MARGIN - room - range_room)
    return chart


def _axis_name(words: Words, outcome: str) -> str:
    from edusim.report.map_figures import outcome_name

    name = outcome_name(words, outcome)
    return words("levers.against", outcome=name, baseline=words.policy(words.baseline)) if words.baseline not in ("", "none") else name


def _scaled(axes: Axes, scale: Any) -> None:
    from matplotlib.ticker import FuncFormatter

    places = [float(v) * scale.factor for v in axes.get_xticks()]
    digits = next((d for d in range(5) if all(abs(round(v, d) - v) < 1e-9 * max(1.0, abs(v)) for v in places)), 5)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: scale(v, digits=digits)))


def _ranges(chart: Chart, lines: Sequence[Row], rows: pd.DataFrame, words: Words, left: float, top: float, width: float, unit: float) -> None:
    """Write for every row between which values its input moves."""
    for line in lines:
        mine = rows[rows["input"] == line.one.name] if line.one is not None else rows.iloc[:0]
        if mine.empty or line.one is None or line.kind in ("dummy", "luck"):
            continue
        low, high = range_text(words, line.one, mine.iloc[0]["at_low"], mine.iloc[0]["at_high"])
        item = chart.say(left, top - line.y * unit, "", fontsize=7.2, color=QUIET, va="center", linespacing=1.1)
        chart.fit(item, f"{low} → {high}", width)
        chart.shrink(item, width)


def _swing_bars(
    chart: Chart, axes: Axes, lines: Sequence[Row], rows: pd.DataFrame, scale: Any, left: float, top: float, unit: float, width: float, words: Words,
    with_span: bool,
) -> None:  # fmt: skip
    """Draw both ends of every input from the middle, and write the difference."""
    middle = float(((rows["low_mean"] + rows["high_mean"]) / 2).median()) if len(rows) else math.nan
    if not math.isfinite(middle):
        say_dead(axes, words)
        return
    axes.axvline(middle, color=INK, linewidth=0.9, zorder=4)
    if axes.get_xlim()[0] < 0 < axes.get_xlim()[1]:
        axes.axvline(0.0, color=FAINT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
    for line in lines:
        mine = rows[rows["input"] == line.one.name] if line.one is not None else rows.iloc[:0]
        if mine.empty:
            continue
        row = mine.iloc[-1]
        spans = {end: tuple(float(row[f"{end}_{what}"]) for what in ("mean", "low", "high")) for end in ("low", "high")}
        for end, shift in (("low", -0.17), ("high", 0.17)):
            value, low, high = spans[end]
            look: dict[str, Any] = (
                {"color": mix(LOW_COLOUR, 0.75), "hatch": "////", "edgecolor": "white", "linewidth": 0.0} if end == "low"
                else {"color": HIGH_COLOUR, "edgecolor": HIGH_COLOUR, "linewidth": 0.5}
            )  # fmt: skip
            axes.barh(line.y + shift, value - middle, left=middle, height=0.32, zorder=2, **look)
            whisker(axes, line.y + shift, low, high, size=0.2, width=0.9)
        change, *half = difference(spans["low"], spans["high"])
        sure = half[0] > 0 or half[1] < 0
        digits = max(scale.digits, digits_for(change * scale.factor))
        said = scale(change, signed=True, digits=digits)
        if with_span and math.isfinite(half[0]):
            ends = [scale(v, signed=True, digits=digits) for v in half]
            said = words("point_interval", value=said, low=ends[0], high=ends[1]).replace("95% 区间 ", "").replace("95% interval ", "")
        item = chart.say(left, top - line.y * unit, said, fontsize=7.6, va="center", color=INK if sure else FAINT, fontweight="bold" if sure else "normal")
        chart.shrink(item, width)
