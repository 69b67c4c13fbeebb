"""Maps of two levers: what the outcomes of a study are at every setting, one panel a policy.

``draw_map`` colours the effect against the baseline, or the level; ``draw_dose`` colours what a dose of rotation
(share times term) delivers. Facts that a frame does not hold are given in ``info``:

``factors``
    column -> ``{"zh", "en", "unit"}``; the declaration of the parameter where it is left out.
``outcomes``
    outcome -> ``{"measure", "at", "want", "unit"}``.
``names``, ``baseline``, ``data_status``, ``n_schools``
    As in :mod:`edusim.report.figures`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.language import text as worded
from edusim.report.language import has, text
from edusim.report.map_cells import Axis, Cells, sort_into_cells
from edusim.report.page import begin, limits_text, read_line
from edusim.report.style import (
    INK,
    LOOKS,
    MARGIN,
    QUIET,
    Chart,
    Words,
    digits_for,
    house,
    looks,
    number,
    save,
)
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

WIDTH = 8.4
#: Cells that are few enough to carry their numbers.
MOST_NUMBERED = 6
#: From the wished-for side over nothing to the other: told apart with every common kind of colour blindness.
EFFECT = ("#0B4F82", "#3B86BD", "#A9CDE6", "#F4F3EE", "#F3CE93", "#D98200", "#8A4B00")
LEVEL = ("#F6F3E4", "#BFDCCB", "#6BB0B4", "#2F7494", "#173B63")


@dataclass(frozen=True)
class Scale:
    """How numbers of a unit are written: times a factor, with a word after them."""

    factor: float
    unit: str
    digits: int

    def __call__(self, value: float, *, signed: bool = False, digits: int | None = None) -> str:
        """Return a number without its unit."""
        return number(value * self.factor, self.digits if digits is None else digits, signed=signed)

    def said(self, value: float, *, signed: bool = False, digits: int | None = None) -> str:
        """Return a number with its unit."""
        shown = self(value, signed=signed, digits=digits)
        return f"{shown}{'' if self.unit in ('%', '') else ' '}{self.unit}"

    def digits_of(self, low: float, high: float) -> int:
        """Return the decimals in which both ends of an interval tell what they are: ends that differ differ, and one that is not zero reads as none."""
        digits = self.digits
        clear = low > 0 or high < 0
        while digits < self.digits + 3 and low != high:
            ends = [round(end * self.factor, digits) for end in (low, high)]
            if ends[0] != ends[1] and not (clear and 0.0 in ends):
                break
            digits += 1
        return digits


def scale_of(words: Words, unit: str, values: Iterable[float], *, change: bool = False) -> Scale:
    """Return how numbers of a unit are written in the reader's language.

    Shares become percent (their differences, points), millions of yuan 万元 or million yuan.
    """
    sizes = [abs(float(v)) for v in values if math.isfinite(float(v))]
    most = max(sizes, default=0.0)
    factor, name = 1.0, ""
    if unit.startswith("share"):
        factor, name = 100.0, words("table.unit.points") if change else "%"
    elif unit.startswith("yuan") and most >= 1e6:
        factor, name = (1e-4, words("levers.wan")) if words.lang == "zh" else (1e-6, words("levers.million"))
        name += words("levers.a_year") if unit.endswith("/year") else ""
    elif unit and unit not in ("ratio", "index", "yes/no", "code"):
        name = words.unit(unit)
    shown = [s * factor for s in sizes]
    if shown and all(abs(s - round(s)) < 1e-9 for s in shown):
        digits = 0
    else:
        digits = digits_for(max(shown, default=1.0))
    return Scale(factor, name, digits)


def _facts(words: Words, column: str) -> Mapping[str, str]:
    """Return the words and the unit of a lever: as given, else as its parameter is declared, else its name."""
    given = (words.info.get("factors") or {}).get(column, {})
    from edusim.parameters import shipped

    name = column.split(".", 1)[1]
    key, found = f"lever.{name}", shipped().get(name.rpartition(":")[2])
    if has(key):
        own = {"zh": text(key, "zh"), "en": text(key, "en")}
    elif found is not None:
        own = {"zh": found.description_zh, "en": found.description_en}
    else:
        own = {"zh": name, "en": name}
    return {**own, "unit": found.unit if found else "", **given}


def factor_name(words: Words, column: str, lang: str | None = None) -> str:
    """Return what a reader calls a lever; notes in brackets are left to its page."""
    name = _facts(words, column)[lang or words.lang]
    name = name.split("（")[0].split(" (")[0].strip()
    return name[:1].upper() + name[1:]


def _outcome(words: Words, outcome: str) -> Mapping[str, str]:
    facts = (words.info.get("outcomes") or {}).get(outcome, {})
    return {"measure": outcome, "at": "", "want": "", "unit": ""} | {k: str(v) for k, v in facts.items()}


def outcome_name(words: Words, outcome: str, lang: str | None = None) -> str:
    """Return what a reader calls an outcome: its measure and when, for example ``…，2035 年``."""
    tongue = lang or words.lang
    facts = _outcome(words, outcome)
    name, at = words.measure(facts["measure"], tongue), facts["at"]
    if not at:
        return name
    if at == "sum":  # a sum of years is nothing a year
        name = name.removeprefix("每年").removeprefix("本年").removesuffix(" a year")
    other = Words(tongue, words.info)
    when = other(f"levers.at.{at}") if has(f"levers.at.{at}") else other("levers.at", year=at)
    return other("levers.outcome", name=name, when=when)


def _span(words: Words, axis: Axis, ends: tuple[int, int]) -> tuple[str, str]:
    """Return the two ends of a lever, as said in a sentence."""
    low, high = axis.span(*ends)
    if not axis.is_number:
        return _word(words, axis.column, low), _word(words, axis.column, high)
    scale = scale_of(words, _facts(words, axis.column)["unit"], [low, high])
    return scale(low), scale.said(high)


def _inches(content: str) -> float:
    """Return about how wide a label of 8 points is."""
    return sum(0.112 if ord(character) >= 0x2E80 else 0.062 for character in content)


def _word(words: Words, column: str, value: Any) -> str:
    if has(key := f"{column}.{value}"):
        return words(key)
    found = (words.info.get("values") or {}).get(column, {}).get(str(value))
    return str(found.get(words.lang, value)) if isinstance(found, Mapping) else str(found or value)


def _move(words: Words, scale: Scale, interval: Interval) -> str:
    width = interval.high - interval.low
    digits = scale.digits_of(interval.low, interval.high) if width > 1e-9 * abs(interval.mean) else scale.digits
    point = scale.said(interval.mean, signed=True, digits=digits)
    if not interval.known:
        return point
    if width <= 1e-9 * abs(interval.mean):
        return point + words("levers.always")
    ends = {key: scale(value, signed=True, digits=digits) for key, value in (("low", interval.low), ("high", interval.high))}
    return words("point_interval", value=point, **ends)


def _takeaway(words: Words, cells: Cells, outcome: str, unit: str) -> str:
    """Say what each lever does over its whole range: a contrast fixed before the data are seen, not the best cell.

    The values of a lever of words have no order: each is compared with the first that the study names.
    """
    parts: list[str] = []
    pairs = {side: _pairs(cells, side) for side in ("x", "y")}
    moves = {
        side: [(pair, move) for pair in listed if math.isfinite((move := cells.contrast(side, pair)).mean)]
        for side, listed in pairs.items()
    }
    if not any(moves.values()):
        return words("levers.no_contrast")
    every = [move for listed in moves.values() for _, move in listed]
    scale = scale_of(words, unit, [end for m in every for end in (m.mean, m.low, m.high)], change=True)
    name = words.inside(outcome_name(words, outcome))
    for side, listed in moves.items():
        axis = cells.x if side == "x" else cells.y
        several = len(listed) > 1
        for k, (pair, move) in enumerate(listed):
            low, high = _span(words, axis, pair)
            key = "levers.moves" if not parts else "levers.against_first" if several else "levers.and_moves"
            if k:
                key = "levers.and_against_first"
            lever = factor_name(words, axis.column)
            nothing = move.known and max(abs(move.low), abs(move.high)) < 1e-12
            value = words("levers.nothing") if nothing else _move(words, scale, move)
            said = words(key, lever=words.inside(lever) if parts else lever, low=low, high=high, outcome=name, value=value)
            parts.append(said if move.clear or nothing or not move.known else said + words("levers.unclear"))
    sentence = words("semicolon").join(parts)
    if not any(move.known for move in every):
        sentence += words("semicolon") + words("one_run")
    return sentence


def _pairs(cells: Cells, side: str) -> list[tuple[int, int]]:
    """Return the cells along a side that are compared: least with greatest; of words, each with the first."""
    axis, ends = (cells.x if side == "x" else cells.y), cells.ends(side)
    if axis.is_number or len(axis.values) < 3:
        return [ends]
    return [(ends[0], k) for k in range(ends[0] + 1, ends[1] + 1)]


def _footer(words: Words, cells: Cells) -> str:
    futures, draws = cells.blocks.shape[3:]
    status = str(words.info.get("data_status", "synthetic"))
    schools = words.info.get("n_schools")
    averaged = ""
    if cells.averaged:
        names = words("list_separator").join(words.inside(factor_name(words, c)) for c in cells.averaged)
        averaged = words("levers.averaged", names=names, n=cells.kept)
        if cells.kept < cells.settings:
            averaged += words("levers.common", n=cells.kept, all=cells.settings)
        elif not cells.is_even:
            averaged += words("levers.uneven")
        averaged += words("semicolon")
    return words(
        "levers.footer",
        data=words(f"data.{status}") if has(f"data.{status}") else status,
        size=words("footer_size", schools=schools) if schools else "",
        n=number(cells.n_runs, 0),
        futures=futures,
        draws=draws,
        averaged=averaged,
        limits=limits_text(words),
    )


def _label(words: Words, axis: Axis) -> tuple[str, list[str], list[float]]:
    """Return the label of an axis, its tick labels and where they stand."""
    name, unit = factor_name(words, axis.column), _facts(words, axis.column)["unit"]
    if not axis.is_number:
        return name, [_word(words, axis.column, v) for v in axis.values], list(range(len(axis.values)))
    shown = axis.edges or axis.values
    scale = scale_of(words, unit, shown)
    texts = [scale(v) for v in shown]
    if len(set(texts)) < len(texts):
        texts = [scale(v, digits=scale.digits + 1) for v in shown]
    places = [p - 0.5 for p in range(len(shown))] if axis.edges else [float(p) for p in range(len(shown))]
    label = words("axis_unit", measure=name, unit=scale.unit) if scale.unit else name
    return label, texts, places


def draw_map(
    frame: pd.DataFrame,
    x: str,
    y: str,
    outcome: str,
    *,
    levels: bool = False,
    at: Mapping[str, Any] | None = None,
    lang: str = "zh",
    for_report: bool = False,
    info: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw an outcome over the settings of two levers, one panel a policy, one scale of colours for all.

    Parameters
    ----------
    frame
        ``effects`` of a study (differences from the baseline of the same future and draw), or its ``runs``
        with ``levels``.
    x, y
        Levers along the two sides, with or without ``lever.`` before them.
    outcome
        Column of the outcome.
    levels
        The numbers are levels, not differences: colours run from low to high, and no cell is marked.
    at
        Values of other levers to look at; the rest are averaged over, which the footer says.
    lang, for_report
        As in :func:`edusim.report.figures.trajectories`.
    info
        See the module.

    Returns
    -------
    Chart
        Colour: mean of the cell over futures and draws; lines join equal values; dots mark cells where the 95%
        interval of the mean holds 0. A grid is drawn as it is; levers with many values are binned.

    Raises
    ------
    RunError
        ``FIG-COLUMNS``, ``FIG-LEVER`` or ``FIG-EMPTY``.
    """
    return _draw(frame, x, y, outcome, levels, at, Words(lang, info or {}), for_report, dose=False)


def draw_dose(
    frame: pd.DataFrame,
    share: str = "lever.rotation.share",
    term: str = "lever.rotation.term_years",
    outcome: str = "stock",
    *,
    at: Mapping[str, Any] | None = None,
    lang: str = "zh",
    for_report: bool = False,
    info: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw what a dose of rotation delivers: teachers away by yearly share and term, with lines of equal product.

    A flow of ``share`` a year and a term of ``term`` years keep ``share x term`` of the base away once the first
    terms end; fewer are away where volunteers, money or eligible teachers are short.

    Parameters
    ----------
    frame
        ``runs`` of a study.
    share, term
        Levers.
    outcome
        Column of the stock delivered, for example of the measure ``staffing.rotation_stock_member``.
    at, lang, for_report, info
        As in :func:`draw_map`.

    Raises
    ------
    RunError
        As :func:`draw_map`.
    """
    return _draw(frame, term, share, outcome, True, at, Words(lang, info or {}), for_report, dose=True)


def _draw(
    frame: pd.DataFrame,
    x: str,
    y: str,
    outcome: str,
    levels: bool,
    at: Mapping[str, Any] | None,
    words: Words,
    for_report: bool,
    *,
    dose: bool,
) -> Chart:
    order = words.order([*dict.fromkeys(frame["policy"].astype(str)), *LOOKS]) if "policy" in frame else []
    factors = (words.info.get("factors") or {}).items()
    cells = sort_into_cells(frame, x, y, outcome, order=order, at=at, words={c: f.get("values", ()) for c, f in factors})
    facts = _outcome(words, outcome)
    mean = cells.mean
    finite = mean[np.isfinite(mean)]
    n = len(cells.policies)
    across = n if n <= 3 else 2 if n == 4 else 3
    down = math.ceil(n / across)
    gap, top = 0.26, 0.3
    left = 0.78
    if not cells.y.is_number:  # words are longer than numbers
        left = max(left, 0.42 + max(_inches(_word(words, cells.y.column, v)) for v in cells.y.values))
    each = min(5.2 if n == 1 else 3.6, (WIDTH - left - MARGIN - gap * (across - 1)) / across)
    n_y, n_x = mean.shape[1:]
    height = min(each * min(1.1, max(0.72, n_y / n_x)), 3.4)
    other = Words(worded("map.zh", words.lang), words.info)
    titles = {}
    for tongue in (words, other):
        names = {key: tongue.inside(factor_name(tongue, axis.column)) for key, axis in (("x", cells.x), ("y", cells.y))}
        titles[tongue.lang] = tongue("levers.title", outcome=outcome_name(tongue, outcome), **names)
    reading = [words("levers.reading_dose" if dose else "levers.reading_levels" if levels else "levers.reading")]
    if dose and _products(cells):
        shown = [number(100 * p, 0 if p >= 0.1 else 1) for p in _products(cells)]
        reading.append(words("levers.products", products=words("list_separator").join(f"{p}%" for p in shown)))
    if cells.x.is_binned or cells.y.is_binned:
        reading.append(words("levers.binned"))
    if np.isnan(mean).any():
        reading.append(words("levers.blank"))
    x_label, x_ticks, x_places = _label(words, cells.x)
    y_label, y_ticks, y_places = _label(words, cells.y)
    under = 0.5
    if _inches(x_label) * 1.1 > each + gap - 0.1:  # the unit on a line of its own
        x_label, under = "\n（".join(x_label.rsplit("（", 1)) if words.lang == "zh" else "\n(".join(x_label.rsplit(" (", 1)), 0.67
    body = down * (height + top + under) + 0.85
    with house():
        chart = begin(
            words, WIDTH, body, title=titles[words.lang], subtitle=titles[other.lang],
            takeaway=_takeaway(words, cells, outcome, facts["unit"]), footer=_footer(words, cells), for_report=for_report,
        )  # fmt: skip
        bottom = read_line(chart, words("semicolon").join(reading))
        colours, low, high = _colours(finite, levels, facts["want"])
        row = height + top + under
        for k, policy in enumerate(cells.policies):
            line, column = divmod(k, across)
            axes = chart.panel(left + column * (each + gap), body - line * row - top - height, each, height)
            axes.set_title(words.policy(policy), loc="left", fontsize=9.6, fontweight="bold", pad=5,
                           color=looks(cells.policies)[policy].colour)  # fmt: skip
            _panel(axes, cells, k, colours, low, high, levels)
            if dose:
                _equal_products(axes, cells)
            axes.set_xticks(x_places, x_ticks)
            axes.set_yticks(y_places, y_ticks if column == 0 else [""] * len(y_places))
            axes.tick_params(length=0, labelsize=8)
            if cells.x.is_binned:  # ends of bins: those of two panels would touch
                axes.get_xticklabels()[0].set_horizontalalignment("left")
                axes.get_xticklabels()[-1].set_horizontalalignment("right")
            scale = scale_of(words, facts["unit"], finite, change=not levels)
            if dose or not _lines(axes, cells, k, scale, signed=not levels):
                _numbers(axes, mean[k], scale, colours, low, high, signed=not levels)
            last_in_column = k + across >= n
            if last_in_column:
                chart.shrink(axes.set_xlabel(x_label, fontsize=8.4, labelpad=4, linespacing=1.3), each + gap - 0.1)
            if column == 0:
                label = axes.set_ylabel(y_label, fontsize=8.4, labelpad=5)
                chart.shrink(label, 2.6)
        _bar(chart, left, bottom + 0.16, colours, low, high, words, facts, outcome, levels)
    return chart


def _colours(finite: NDArray[np.float64], levels: bool, want: str) -> tuple[Any, float, float]:
    from matplotlib.colors import LinearSegmentedColormap

    if levels:
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        low = 0.0 if low >= 0 and low < 0.5 * high else low
        return LinearSegmentedColormap.from_list("level", LEVEL), low, high if high > low else low + 1.0
    most = float(np.abs(finite).max()) if finite.size else 0.0
    most = most if most > 0 else 1.0
    # Blue is the side that is wished for.
    stops = EFFECT if want == "min" else EFFECT[::-1]
    return LinearSegmentedColormap.from_list("effect", stops), -most, most


def _panel(axes: Axes, cells: Cells, k: int, colours: Any, low: float, high: float, levels: bool) -> None:
    """Colour the cells of a policy and hatch those whose interval holds 0."""
    from matplotlib.patches import Rectangle

    mean = cells.mean[k]
    n_y, n_x = mean.shape
    axes.set_facecolor("#ECEEF0")
    axes.pcolormesh(np.arange(n_x + 1) - 0.5, np.arange(n_y + 1) - 0.5, np.ma.masked_invalid(mean), cmap=colours,
                    vmin=low, vmax=high, edgecolors="white", linewidth=0.6)  # fmt: skip
    axes.set_xlim(-0.5, n_x - 0.5)
    axes.set_ylim(-0.5, n_y - 0.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for i, j in [] if levels else np.argwhere(np.isfinite(mean)).tolist():
        gap = cells.interval(k, i, j)
        if gap.known and not gap.clear:
            axes.add_patch(Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, hatch="////", edgecolor="#9AA3AE", linewidth=0.0, zorder=2))


def _products(cells: Cells) -> list[float]:
    """Return round products of the two levers within the map."""
    if not (cells.x.is_number and cells.y.is_number):
        return []
    return [p for p in _round_levels(0.0, float(cells.x.values[-1]) * float(cells.y.values[-1]), 5) if p > 0]


def _equal_products(axes: Axes, cells: Cells) -> None:
    """Dash lines along which share times term is the same."""
    for product in _products(cells):
        xs = np.linspace(float(cells.x.values[0]), float(cells.x.values[-1]), 200)
        ys = product / np.maximum(xs, 1e-12)
        inside = (ys >= float(cells.y.values[0])) & (ys <= float(cells.y.values[-1]))
        if inside.sum() > 2:
            line = cells.x.place(xs[inside]), cells.y.place(ys[inside])
            axes.plot(*line, color="white", linewidth=2.4, alpha=0.55, zorder=3)
            axes.plot(*line, color=INK, linewidth=0.9, linestyle=(0, (4, 2.5)), zorder=3)


def _round_levels(low: float, high: float, most: int) -> list[float]:
    from matplotlib.ticker import MaxNLocator

    return [float(v) for v in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= v <= high]


def _numbers(axes: Axes, mean: NDArray[np.float64], scale: Scale, colours: Any, low: float, high: float, *, signed: bool) -> None:
    """Write the number of every cell, on a ground of the cell's colour that parts it from lines."""
    if max(mean.shape) > MOST_NUMBERED + 3:
        return
    size = 7.6 if max(mean.shape) <= MOST_NUMBERED else 6.4
    for i, j in np.argwhere(np.isfinite(mean)).tolist():
        ground = colours((mean[i, j] - low) / (high - low))
        axes.text(j, i, scale(float(mean[i, j]), signed=signed), ha="center", va="center", fontsize=size, zorder=5,
                  color="white" if _is_dark(ground) else INK,
                  bbox={"facecolor": ground, "edgecolor": "none", "pad": 1.2})  # fmt: skip


def _lines(axes: Axes, cells: Cells, k: int, scale: Scale, *, signed: bool) -> bool:
    """Join equal values by lines that carry their number; return whether there was anything to join."""
    mean = cells.mean[k]
    n_y, n_x = mean.shape
    finite = mean[np.isfinite(mean)]
    if min(n_x, n_y) < 2 or not (cells.x.is_number and cells.y.is_number) or finite.size < 4:
        return False
    spread = cells.mean[np.isfinite(cells.mean)]
    at = [v for v in _round_levels(float(spread.min()), float(spread.max()), 6) if finite.min() < v < finite.max()]
    if not at or float(np.ptp(finite)) <= 1e-12:
        return False
    from matplotlib.patheffects import withStroke

    # The outermost values hold to the edge of their cells.
    padded = np.ma.masked_invalid(np.pad(mean, 1, mode="edge"))
    sides = [np.concatenate([[-0.5], np.arange(n), [n - 0.5]]) for n in (n_x, n_y)]
    lines = axes.contour(*sides, padded, levels=at, colors=INK, linestyles="solid", zorder=4,
                         linewidths=[1.6 if abs(v) < 1e-12 else 0.8 for v in at])  # fmt: skip
    lines.set_path_effects([withStroke(linewidth=2.4, foreground="#FFFFFFA0")])
    step = min((b - a for a, b in pairwise(at)), default=abs(at[0]) or 1.0) * scale.factor
    digits = max(0, -math.floor(math.log10(max(step, 1e-9)) + 1e-9))
    digits += 0 if abs(step * 10**digits - round(step * 10**digits)) < 1e-6 else 1
    for label in lines.clabel(fontsize=7.4, fmt=lambda v: scale(v, signed=signed, digits=digits), inline_spacing=3):
        label.set_zorder(6)
        label.set_path_effects([withStroke(linewidth=2.2, foreground="white")])
    return True


def _is_dark(colour: Sequence[float]) -> bool:
    red, green, blue = colour[:3]
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def _bar(
    chart: Chart,
    left: float,
    bottom: float,
    colours: Any,
    low: float,
    high: float,
    words: Words,
    facts: Mapping[str, str],
    outcome: str,
    levels: bool,
) -> None:
    width = 2.2
    axes = chart.panel(left, bottom, width, 0.11)
    axes.imshow(np.linspace(0, 1, 256)[None, :], aspect="auto", cmap=colours, extent=(low, high, 0, 1))
    axes.set_yticks([])
    scale = scale_of(words, facts["unit"], [low, high], change=not levels)
    at = [low, high] if levels else [low, 0.0, high]
    axes.set_xticks(at, [scale(v, signed=not levels, digits=max(scale.digits, 0)) for v in at])
    axes.tick_params(axis="x", length=0, labelsize=7.2, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    name = outcome_name(words, outcome)
    said = words("axis_unit", measure=name, unit=scale.unit) if scale.unit else name
    if not levels:
        said = words("levers.against", outcome=said, baseline=words.policy(words.baseline))
        if facts["want"]:
            said += words("levers.better_low" if facts["want"] == "min" else "levers.better_high")
    item = axes.annotate(said, (1, 0.5), xycoords="axes fraction", xytext=(14, 0), textcoords="offset points", va="center",
                         fontsize=8, color=QUIET, annotation_clip=False)  # fmt: skip
    chart.shrink(item, WIDTH - left - width - 0.5)


def write_maps(
    frames: Mapping[str, pd.DataFrame],
    maps: Iterable[Mapping[str, Any]],
    folder: str | Path,
    *,
    langs: Sequence[str] = ("zh", "en"),
    formats: Sequence[str] = ("png", "svg"),
    info: Mapping[str, Any] | None = None,
) -> list[Path]:
    """Draw several maps in several languages and write them.

    Parameters
    ----------
    frames
        ``runs`` and ``effects`` of a study; ``effects`` may be missing when there is no baseline.
    maps
        What to draw: ``x``, ``y``, ``outcome``, and perhaps ``at``, ``levels``, ``dose``, ``name``.
    folder
        Where the files go; made when it is not there.
    langs, formats
        Files of a map: ``NAME.zh.png``, ...
    info
        See the module.

    Returns
    -------
    list of Path
        Files written.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for one in maps:
        dose = bool(one.get("dose", False))
        levels = dose or bool(one.get("levels", "effects" not in frames))
        frame = frames["runs" if levels else "effects"]
        name = one.get("name") or f"{one['outcome']}-{one['x']}-{one['y']}".replace("lever.", "").replace("/", "-")
        for lang in langs:
            say: dict[str, Any] = {"at": one.get("at"), "lang": lang, "info": info}
            chart = (
                draw_dose(frame, one["y"], one["x"], one["outcome"], **say) if dose
                else draw_map(frame, one["x"], one["y"], one["outcome"], levels=levels, **say)
            )  # fmt: skip
            written += save(chart, target / f"{name}.{lang}", formats)
    return written


__all__ = ["draw_dose", "draw_map", "write_maps"]
