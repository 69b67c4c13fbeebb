"""Every part of every pattern against its band: where the value lies, how sure it is, whether it passes.

Rows have different units, so each is drawn on a scale of its own: the grey bar is the band, and its ends carry its
numbers. Colour and shape of the point both say the verdict, so that print in grey stays readable.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from edusim.language import text as worded
from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import FAINT, GOOD, GRID, INK, MARGIN, QUIET, Chart, Words, house
from edusim.report.summaries import need

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

NEEDS = ("pattern", "part", "kind", "pattern_zh", "pattern_en", "zh", "en", "unit", "band_low", "band_high", "value", "low", "high", "verdict", "digits")
#: Verdict -> colour, marker, Chinese, English.
MARKS: Mapping[str, tuple[str, str, str, str]] = {
    "in": (GOOD, "o", "在区间内", "in band"),
    "edge": ("#B26B00", "D", "区间越界", "crosses the edge"),
    "miss": (INK, "X", "未达到", "miss"),
}
CONTROL = {"in": ("成立", "holds"), "miss": ("不成立", "does not hold")}
UNITS = {"SD": ("SD", "SD"), "%": ("%", "%"), "x": ("倍", "times"), "": ("", "")}
BAR = "#D9E2E8"
ROW = 0.285
#: Columns of the page, inches from the left: text, bar, value, verdict.
WIDTH, TEXT_WIDE, BAR_LEFT, BAR_WIDE, VALUE_LEFT = 10.6, 4.55, 4.95, 2.35, 7.55
VERDICT_LEFT = 9.42


def place_of(low: float, high: float, *values: float) -> tuple[list[float], tuple[float, float]]:
    """Return where values stand on a row's own scale, and where the band's bar begins and ends there.

    The band of two ends is 0 to 1. A band of one end begins at 0 (``low``) or ends at 1 (``high``), and the scale is
    such that all values are in view; its bar runs on to the edge of the panel, -1 or 2.
    """
    if math.isfinite(low) and math.isfinite(high):
        return [(v - low) / (high - low) for v in values], (0.0, 1.0)
    edge = low if math.isfinite(low) else high
    unit = max([abs(edge), *(1.25 * abs(v - edge) for v in values if math.isfinite(v))]) or 1.0
    if math.isfinite(low):
        return [(v - low) / unit for v in values], (0.0, 2.0)
    return [1.0 + (v - high) / unit for v in values], (-1.0, 1.0)


def number_place(edge: float, out: int, seen: list[float]) -> tuple[float, int]:
    """Return where the number of a band's edge stands, and on which side of that place (-1 left, 1 right).

    Outside the bar; inside where the value lies outside near it; past the value where it lies on both sides.

    Parameters
    ----------
    edge
        Place of the edge.
    out
        Which way is out of the band: -1 for the lower edge, 1 for the upper.
    seen
        Places of the mean and the ends of its interval.
    """
    beyond = [v for v in seen if -0.06 < out * (v - edge) < 0.62]
    if not beyond:
        return edge, out
    low, high = min(seen), max(seen)
    inside = low < edge + 0.5 and high > edge if out < 0 else high > edge - 0.5 and low < edge
    if not inside:
        return edge, -out
    return (min(edge, low) if out < 0 else max(edge, high)), out


def patterns(frame: pd.DataFrame, *, lang: str = "zh", for_report: bool = False, info: Mapping[str, Any] | None = None) -> Chart:
    """Draw the parts of the patterns against their bands, and the negative controls below.

    Parameters
    ----------
    frame
        As :attr:`edusim.validate.running.Validation.frame`.
    lang
        ``zh`` or ``en``.
    for_report
        Leave out head and foot.
    info
        ``draws``: paired draws; ``counties``; ``data_status``.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` when a column is missing.
    """
    need(frame, NEEDS, "frame")
    words = Words(lang, info or {})
    own = "zh" if lang == "zh" else "en"
    parts, controls = frame[frame["kind"] == "part"], frame[frame["kind"] == "control"]
    keys = list(dict.fromkeys(parts["pattern"]))
    n_rows = len(parts) + len(keys)
    body = 0.62 + ROW * (n_rows + (len(controls) + 1.4 if len(controls) else 0)) + 0.3
    draws, counties = words.info.get("draws", 0), words.info.get("counties", 0)
    other = "en" if lang == "zh" else "zh"
    each = worded("pattern.each", other) if words.info.get("fresh") else ""
    missed = [key for key in keys if (parts.loc[parts["pattern"] == key, "verdict"] == "miss").any()]
    with house():
        chart = begin(
            words, WIDTH, body,
            title=worded("pattern.title", lang),
            # Below the title stands the other language, as on every chart.
            subtitle=worded("pattern.subtitle", other, draws=draws, each=each, counties=counties),
            takeaway=_takeaway(keys, missed, controls, lang),
            footer=data_footer(words, int(draws) or 1),
            for_report=for_report,
        )  # fmt: skip
        bottom = read_line(
            chart,
            worded("pattern.reading", lang),
        )  # fmt: skip
        top = body - 0.3
        _titles(chart, top, lang)
        height = ROW * n_rows
        axes = chart.panel(BAR_LEFT, top - 0.1 - height, BAR_WIDE, height)
        _frame_of(axes, n_rows)
        at = 0
        for key in keys:
            rows = parts[parts["pattern"] == key]
            y = top - 0.1 - ROW * (at + 0.5)
            if at:
                _rule(chart, y + ROW / 2)
            chart.say(MARGIN, y, key, fontsize=9.5, fontweight="bold", va="center", color=INK)
            item = chart.say(MARGIN + 0.48, y, rows.iloc[0][f"pattern_{own}"], fontsize=9.0, fontweight="bold", va="center", color=INK)
            chart.shrink(item, VALUE_LEFT - MARGIN - 0.6)
            at += 1
            for _, row in rows.iterrows():
                _part(chart, axes, row, at, top - 0.1 - ROW * (at + 0.5), own)
                at += 1
        if len(controls):
            _controls(chart, controls, top - 0.1 - height - 0.55 * ROW, own)
        chart.say(MARGIN, bottom, "", fontsize=1)
    return chart


def _takeaway(keys: list[str], missed: list[str], controls: Any, lang: str) -> str:
    n, wrong = len(keys), [c for c, v in zip(controls["pattern"], controls["verdict"], strict=True) if v != "in"]
    listed = worded("pattern.list", lang)
    said = worded("pattern.passed", lang, n=n, passed=n - len(missed))
    if missed:
        said += worded("pattern.missed", lang, names=listed.join(missed))
    if len(controls):
        said += worded("pattern.controls_wrong" if wrong else "pattern.controls", lang, n=len(controls), names=listed.join(wrong))
    return said


def _titles(chart: Chart, top: float, lang: str) -> None:
    for left, text in (
        (BAR_LEFT + BAR_WIDE / 2, worded("pattern.band_and_value", lang)),
        (VALUE_LEFT, worded("pattern.value_interval", lang)),
        (VERDICT_LEFT, worded("pattern.verdict", lang)),
    ):
        chart.say(left, top + 0.08, text, fontsize=8, color=QUIET, va="center", ha="center" if left < VALUE_LEFT else "left")


def _frame_of(axes: Axes, n_rows: int) -> None:
    axes.set_xlim(-1.08, 2.08)
    axes.set_ylim(n_rows, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _rule(chart: Chart, y: float) -> None:
    from matplotlib.lines import Line2D

    wide, tall = chart.get_size_inches()
    at = (y + chart.foot) / tall
    chart.add_artist(Line2D([MARGIN / wide, 1 - MARGIN / wide], [at, at], color=GRID, linewidth=0.8, transform=chart.transFigure))


def _number(value: float, digits: int) -> str:
    rounded = round(value, digits)
    return f"{rounded if rounded else 0.0:.{digits}f}".replace("-", "−")


def _value(row: Any, own: str) -> str:
    digits = int(row["digits"])
    unit = UNITS[row["unit"]][0 if own == "zh" else 1]
    if not math.isfinite(row["value"]):
        return "–"
    text = _number(row["value"], digits)
    if math.isfinite(row["low"]) and row["low"] != row["high"]:
        text += f" [{_number(row['low'], digits)}, {_number(row['high'], digits)}]"
    return f"{text} {unit}".strip()


def _part(chart: Chart, axes: Axes, row: Any, at: int, y: float, own: str) -> None:
    low, high = float(row["band_low"]), float(row["band_high"])
    colour, marker, zh, en = MARKS[row["verdict"]]
    if row["verdict"] == "edge" and not math.isfinite(row["low"]):
        zh, en = "在内，无区间", "no interval"
    (value, left, right), bar = place_of(low, high, float(row["value"]), float(row["low"]), float(row["high"]))
    line = at + 0.5
    axes.barh(line, bar[1] - bar[0], left=bar[0], height=0.5, color=BAR, zorder=1)
    seen = [v for v in (value, left, right) if math.isfinite(v)]
    for edge, place, out in ((low, bar[0], -1), (high, bar[1], 1)):
        if math.isfinite(edge):
            axes.plot([place] * 2, [line - 0.25, line + 0.25], color=FAINT, linewidth=1.0, zorder=2)
            spot, side = number_place(place, out, seen)
            axes.annotate(f"{edge:g}".replace("-", "−"), (spot, line), xytext=(3.5 * side, 0), textcoords="offset points",
                          ha="right" if side < 0 else "left", va="center", fontsize=6.6, color=QUIET, zorder=2)  # fmt: skip
    if math.isfinite(left) and math.isfinite(right):
        axes.plot([max(left, -1.0), min(right, 2.0)], [line] * 2, color=colour, linewidth=1.8, solid_capstyle="butt", zorder=3)
    if math.isfinite(value):
        beyond = "<" if value < -1.0 else ">" if value > 2.0 else marker
        axes.plot(min(max(value, -1.0), 2.0), line, marker=beyond, markersize=6.2, color=colour, markeredgecolor="white", markeredgewidth=0.6, zorder=4)
    item = chart.say(MARGIN + 0.48, y, row[own], fontsize=8.0, va="center", color=INK)
    chart.shrink(item, TEXT_WIDE - 0.5)
    item = chart.say(VALUE_LEFT, y, _value(row, own), fontsize=8.0, va="center", color=INK)
    chart.shrink(item, VERDICT_LEFT - VALUE_LEFT - 0.08)
    chart.say(VERDICT_LEFT, y, zh if own == "zh" else en, fontsize=8.0, va="center", color=colour,
              fontweight="normal" if row["verdict"] == "in" else "bold")  # fmt: skip


def _controls(chart: Chart, controls: Any, top: float, own: str) -> None:
    zh = own == "zh"
    _rule(chart, top + 0.1)
    y = top - ROW * 0.35
    title = worded("pattern.negative_controls_nothing_must", own)
    chart.say(MARGIN, y, title, fontsize=9.0, fontweight="bold", va="center", color=INK)
    for _, row in controls.iterrows():
        y -= ROW
        good = row["verdict"] == "in"
        chart.say(MARGIN, y, row["pattern"], fontsize=8.5, va="center", color=INK)
        item = chart.say(MARGIN + 0.48, y, f"{row[f'pattern_{own}']}{worded('common.colon', own)}{row[own]}", fontsize=8.0, va="center", color=INK)
        chart.shrink(item, VALUE_LEFT - MARGIN - 0.55)
        chart.say(VALUE_LEFT, y, _value(row, own), fontsize=8.0, va="center", color=INK)
        chart.say(VERDICT_LEFT, y, CONTROL[row["verdict"]][0 if zh else 1], fontsize=8.0, va="center", color=GOOD if good else INK,
                  fontweight="normal" if good else "bold")  # fmt: skip
