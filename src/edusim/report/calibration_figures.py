"""Figures of a calibration: recovered against planted, fit and held-out check, how much the tables tell of each parameter.

Every figure is drawn from the plain data of :mod:`edusim.calibrate.fitting` alone, as kept in ``recovery.json`` and ``fit.json``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.report.page import begin, limits_text, read_line
from edusim.report.style import FAINT, GOOD, GRID, INK, MARGIN, QUIET, Chart, Words, house, number, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 8.4
COLOURS = {"yes": GOOD, "partly": "#D98200", "no": "#7A828C"}
MARKERS = {"yes": "o", "partly": "s", "no": "^"}
SAID = {"yes": "calibrate.yes", "partly": "calibrate.partly", "no": "calibrate.no"}
BLOCKS = {"fitted": "calibrate.fit.fitted", "heldout": "calibrate.fit.heldout"}
INSIDE, OUTSIDE = "#0067A5", "#A3478F"
#: Most numbers that one figure of a fit shows, those fitted before those held out.
MOST_ROWS = 40
#: Most parameters that a sentence names.
MOST_NAMES = 4


def _name(words: Words, found: Mapping[str, Any], key: str) -> str:
    said = found["labels"].get(key, {}).get(words.lang, key)
    said = str(said).replace(" (aim)", "").replace("（目标）", "")
    return said[:1].upper() + said[1:] if words.lang == "en" else said


def _footer(words: Words, found: Mapping[str, Any], data: str) -> str:
    return words(
        "calibrate.footer", data=data, trials=number(found["trials"], 0), runs=number(found["runs"], 0),
        pupils=number(found["n_pupils"], 0) if found["n_pupils"] else "–", limits=limits_text(words),
    )  # fmt: skip


def _data(words: Words, found: Mapping[str, Any]) -> str:
    if found["kind"] == "recovery":
        return words("calibrate.data.recovery")
    return words("list_separator").join(t["file"] for t in found["tables"])


def _short(value: float) -> str:
    """Return a number with three figures and a true minus sign."""
    if not math.isfinite(value) or abs(value) >= 1000:
        return number(value, 0)
    return f"{value:.3g}".replace("-", "\u2212")


def _said(words: Words, found: Mapping[str, Any]) -> str:
    verdicts = [p["verdict"] for p in found["parameters"]]
    counts = {key: verdicts.count(key) for key in ("yes", "partly", "no")}
    said = words("calibrate.recovery.said", n=len(verdicts), **counts)
    cannot = [words.inside(_name(words, found, p["path"])) for p in found["parameters"] if p["verdict"] == "no"]
    if cannot:
        between = words("semicolon" if words.lang == "en" else "list_separator")
        shown = between.join(cannot[:MOST_NAMES]) + (f"{between}…" if len(cannot) > MOST_NAMES else "")
        said += words("calibrate.recovery.cannot", names=shown)
    return said + words("calibrate.fit.generator") if found["scopes"] == ["region"] else said


def _other(words: Words) -> Words:
    """Return the other language, which stands below the title."""
    return Words("en" if words.lang == "zh" else "zh", words.info)


def _reading(words: Words, figure: str) -> str:
    """Return how to read a figure: what its marks are, then what follows from them."""
    stop = "。" if words.lang == "zh" else ". "
    return f"{words(f'calibrate.{figure}.subtitle')}{stop}{words(f'calibrate.{figure}.reading')}"


def draw_recovery(found: Mapping[str, Any], lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw planted against recovered values, one panel a parameter.

    Parameters
    ----------
    found
        What :func:`edusim.calibrate.fitting.recover` returned.
    lang
        ``zh`` or ``en``.
    for_report
        Leave out head and foot.

    Returns
    -------
    Chart
        A dot a planted set with its 95% near-best range; colour and marker say whether the parameter is identified.
    """
    words = Words(lang, {})
    parameters = found["parameters"]
    columns = min(4, max(2, len(parameters)))
    rows = math.ceil(len(parameters) / columns)
    gap, above, before = 0.5, 0.52, 0.42
    side = min((WIDTH - 2 * MARGIN - before - gap * (columns - 1)) / columns, 2.3)
    body = rows * (side + above + 0.34) + 0.3
    with house():
        chart = begin(words, WIDTH, body, title=words("calibrate.recovery.title"), subtitle=_other(words)("calibrate.recovery.subtitle"),
                      takeaway=_said(words, found), footer=_footer(words, found, _data(words, found)), for_report=for_report)  # fmt: skip
        bottom = read_line(chart, _reading(words, "recovery"))
        for i, p in enumerate(parameters):
            row, column = divmod(i, columns)
            left = MARGIN + before + column * (side + gap)
            base = bottom + 0.34 + (rows - 1 - row) * (side + above + 0.34)
            axes = chart.panel(left, base, side, side)
            _recovered(axes, found, i)
            _panel_title(chart, words, found, p, left - 0.1, base + side, side + gap - 0.1)
            if column == 0:
                axes.set_ylabel(words("calibrate.recovery.y"), fontsize=8, labelpad=2)
            if row == rows - 1 or i + columns >= len(parameters):
                axes.set_xlabel(words("calibrate.recovery.x"), fontsize=8, labelpad=2)
    return chart


def _panel_title(chart: Chart, words: Words, found: Mapping[str, Any], p: Mapping[str, Any], left: float, top: float, width: float) -> None:
    item = chart.say(left, top + 0.21, "", fontsize=8.2, va="bottom", linespacing=1.2)
    chart.fit(item, _name(words, found, p["path"]), width)
    lines = item.get_text().split("\n")
    if len(lines) > 2:
        item.set_text("\n".join([lines[0], lines[1].rstrip() + " …"]))
    chart.say(left, top + 0.05, words(SAID[p["verdict"]]), fontsize=7.6, va="bottom", color=COLOURS[p["verdict"]], fontweight="bold")
    held = words("calibrate.held", held=p["held"], n=len(found["truths"]))
    chart.say(left + width - 0.35, top + 0.05, held, fontsize=7, va="bottom", ha="right", color=QUIET)


def _recovered(axes: Axes, found: Mapping[str, Any], i: int) -> None:
    p = found["parameters"][i]
    low, high, colour = p["low"], p["high"], COLOURS[p["verdict"]]
    room = 0.04 * (high - low)
    axes.plot([low, high], [low, high], color=FAINT, lw=0.9, zorder=1)
    for t in found["truths"]:
        axes.plot([t["planted"][i]] * 2, [t["low"][i], t["high"][i]], color=colour, lw=1.0, alpha=0.45, zorder=2)
        axes.plot(t["planted"][i], t["best"][i], MARKERS[p["verdict"]], ms=3.4, color=colour, mec="white", mew=0.4, zorder=3)
    axes.set_xlim(low - room, high + room)
    axes.set_ylim(low - room, high + room)
    places = [low, (low + high) / 2, high]
    texts = [_short(v) for v in places]
    axes.set_xticks(places, texts, fontsize=7.4)
    axes.set_yticks(places, texts, fontsize=7.4)


def draw_fit(found: Mapping[str, Any], lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw the tables' numbers beside the model's 90% intervals, those fitted and those held out.

    Parameters
    ----------
    found
        What :func:`edusim.calibrate.fitting.fit` returned.
    lang, for_report
        As in :func:`draw_recovery`.

    Returns
    -------
    Chart
        A row a number; each is placed by its distance from the middle of its interval, in half-widths.
    """
    words = Words(lang, {})
    blocks = [(key, _grouped(found[part])) for key, part in (("fitted", "targets"), ("heldout", "held")) if found[part]]
    room = MOST_ROWS
    cut = []
    for key, groups in blocks:
        cut.append((key, groups[:room]))
        room -= len(groups[:room])
    blocks = [(key, groups) for key, groups in cut if groups]
    line = 0.235
    heights = [0.34 + line * len(groups) for _, groups in blocks]
    body = sum(heights) + 0.85
    with house():
        chart = begin(words, WIDTH, body, title=words("calibrate.fit.title"), subtitle=_other(words)("calibrate.fit.subtitle"),
                      takeaway=_fit_said(words, found), footer=_footer(words, found, _data(words, found)), for_report=for_report)  # fmt: skip
        bottom = read_line(chart, _reading(words, "fit"))
        left, right = 3.45, 2.0
        width = WIDTH - left - right
        top = body - 0.12
        for k, (key, groups) in enumerate(blocks):
            base = top - heights[k] + 0.1
            chart.say(MARGIN, top - 0.1, words(BLOCKS[key]), fontsize=9, fontweight="bold", va="center")
            if k == 0:
                chart.say(left + width + 0.62, top - 0.1, words("calibrate.fit.value"), fontsize=7.8, color=QUIET, va="center", ha="right")
                chart.say(WIDTH - MARGIN, top - 0.1, words("calibrate.fit.model"), fontsize=7.8, color=QUIET, va="center", ha="right")
            axes = chart.panel(left, max(base, bottom + 0.4), width, line * len(groups))
            _fit_rows(chart, axes, words, found, groups, left, max(base, bottom + 0.4), width, line)
            last = k == len(blocks) - 1
            axes.tick_params(labelbottom=last, length=3 if last else 0)
            if last:
                axes.set_xlabel(words("calibrate.fit.axis"), fontsize=8)
            top -= heights[k]
    return chart


def _grouped(rows: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Return rows of one number together: several counties share one interval."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["target"], []).append(row)
    return list(groups.values())


def _fit_said(words: Words, found: Mapping[str, Any]) -> str:
    d = found["distance"]
    if d["p"] is None:
        said = words("calibrate.fit.free")
    else:
        p = "< 0.001" if d["p"] < 0.001 else number(d["p"], 3)
        said = words("calibrate.fit.good" if d["p"] >= 0.05 else "calibrate.fit.bad", j=number(d["J"], 1), p=p)
    if found["held_n"]:
        said += words("calibrate.fit.held", n=found["held_n"], inside=found["held_inside"])
    if found["scopes"] == ["region"]:
        said += words("calibrate.fit.generator")
    return said


def _target_name(words: Words, found: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    name = _name(words, found, row["measure"])
    if row["stage"] not in ("", "all"):
        name += words.suffix(row["stage"])
    return words("calibrate.year", name=name, year=row["year"]) if row["year"] else name


def _fit_rows(
    chart: Chart, axes: Axes, words: Words, found: Mapping[str, Any], groups: Sequence[Sequence[Mapping[str, Any]]],
    left: float, base: float, width: float, line: float,
) -> None:  # fmt: skip
    n, most = len(groups), 2.6
    axes.axvspan(-1, 1, color="#DCE9F4", lw=0, zorder=0)
    axes.axvline(0, color=FAINT, lw=0.8, zorder=1)
    for i, group in enumerate(groups):
        y = n - 1 - i
        axes.axhline(y, color=GRID, lw=0.6, zorder=0.5)
        first = group[0]
        for row in group:
            half, middle = (row["high"] - row["low"]) / 2, (row["high"] + row["low"]) / 2
            place = (row["value"] - middle) / half if half > 0 else 0.0
            shown = min(max(place, -most), most)
            colour = INSIDE if row["inside"] else OUTSIDE
            marker = "o" if abs(place) <= most else ("<" if place < 0 else ">")
            axes.plot(shown, y, marker, ms=4.6, color=colour, mfc=colour if row["inside"] else "white", mew=1.1, zorder=3, clip_on=False)
        middle_of_row = base + line * (y + 0.5)
        item = chart.say(left - 0.14, middle_of_row, _target_name(words, found, first), fontsize=7.8, ha="right", va="center")
        chart.shrink(item, left - 0.14 - MARGIN)
        value = _short(first["value"]) if len(group) == 1 else f"{_short(min(r['value'] for r in group))}–{_short(max(r['value'] for r in group))}"
        chart.say(left + width + 0.62, middle_of_row, value, fontsize=7.6, va="center", ha="right", color=INK)
        chart.say(WIDTH - MARGIN, middle_of_row, f"{_short(first['low'])} – {_short(first['high'])}", fontsize=7.6, va="center", ha="right", color=QUIET)
    axes.set_ylim(-0.5, n - 0.5)
    axes.set_xlim(-most - 0.15, most + 0.15)
    axes.set_xticks([-2, -1, 0, 1, 2], ["\u22122", "\u22121", "0", "1", "2"])
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)


def draw_identified(found: Mapping[str, Any], lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw the near-best range of every parameter within its range before the fit.

    Parameters
    ----------
    found
        What :func:`edusim.calibrate.fitting.fit` returned.
    lang, for_report
        As in :func:`draw_recovery`.
    """
    words = Words(lang, {})
    parameters = found["parameters"]
    line = 0.34
    body = line * len(parameters) + 0.45
    with house():
        chart = begin(words, WIDTH, body, title=words("calibrate.identified.title"), subtitle=_other(words)("calibrate.identified.subtitle"),
                      takeaway=_said(words, found), footer=_footer(words, found, _data(words, found)), for_report=for_report)  # fmt: skip
        bottom = read_line(chart, _reading(words, "identified"))
        left, right = 3.3, 1.55
        width = WIDTH - left - right
        base = bottom + 0.12
        axes = chart.panel(left, base, width, line * len(parameters))
        axes.set_xlim(-0.01, 1.01)
        axes.set_ylim(-0.5, len(parameters) - 0.5)
        axes.set_axis_off()
        for i, p in enumerate(parameters):
            _identified(chart, axes, words, found, p, len(parameters) - 1 - i, left, base, width, line)
    return chart


def _identified(
    chart: Chart, axes: Axes, words: Words, found: Mapping[str, Any], p: Mapping[str, Any], y: int, left: float, base: float,
    width: float, line: float,
) -> None:  # fmt: skip
    colour, span = COLOURS[p["verdict"]], p["high"] - p["low"]

    def place(value: float) -> float:
        return float((value - p["low"]) / span)

    axes.barh(y, 1.0, height=0.26, color=GRID, zorder=1)
    axes.barh(y, place(p["near_high"]) - place(p["near_low"]), left=place(p["near_low"]), height=0.26, color=colour, alpha=0.75, zorder=2)
    axes.plot(place(p["best"]), y, MARKERS[p["verdict"]], ms=5, color=colour, mec="white", mew=0.8, zorder=4)
    axes.plot([place(p["default"])] * 2, [y - 0.3, y + 0.3], color=INK, lw=1.1, zorder=3)
    axes.text(0.0, y - 0.2, _short(p["low"]), fontsize=6.4, color=QUIET, va="top", ha="left")
    axes.text(1.0, y - 0.2, _short(p["high"]), fontsize=6.4, color=QUIET, va="top", ha="right")
    middle = base + line * (y + 0.5)
    item = chart.say(left - 0.14, middle, _name(words, found, p["path"]), fontsize=8, ha="right", va="center")
    chart.shrink(item, left - 0.14 - MARGIN)
    chart.say(left + width + 0.12, middle + 0.055, f"{_short(p['near_low'])} – {_short(p['near_high'])}", fontsize=7.8, va="center")
    chart.say(left + width + 0.12, middle - 0.075, words(SAID[p["verdict"]]), fontsize=7, va="center", color=colour, fontweight="bold")


def write_figures(found: Mapping[str, Any], folder: Path, formats: Sequence[str] = ("png", "svg")) -> list[Path]:
    """Draw the figures of a result in both languages; return the files, ``NAME.LANG.png`` and ``.svg``."""
    folder.mkdir(parents=True, exist_ok=True)
    drawers = {"recovery": draw_recovery} if found["kind"] == "recovery" else {"fit": draw_fit, "identified": draw_identified}
    written: list[Path] = []
    for name, draw in drawers.items():
        for lang in ("zh", "en"):
            written += save(draw(found, lang), folder / f"{name}.{lang}", formats)
    return written
