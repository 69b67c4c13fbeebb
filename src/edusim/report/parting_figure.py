"""Figure of indicator against learning: what an office sees at the left, what pupils have at the right, case by case."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.language import text as worded
from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import (
    FAINT,
    FORMATS,
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    TAKEAWAY,
    Chart,
    Words,
    house,
    nice_limits,
    number,
    save,
)
from edusim.report.summaries import Interval, need

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: What an office sees, and what pupils have: both keep their colour through all cases.
SEEN, HAD = "#C77700", "#0067A5"
COLUMNS = ("case", "side", "item", "year", "mean", "low", "high", "n")
WIDTH = 8.8
_LABEL, _VALUE, _GAP, _ROW, _AXIS, _HEADING = 1.28, 0.55, 0.30, 0.27, 0.56, 0.33
_CV_LIMIT = 0.50


@dataclass(frozen=True)
class Row:
    """One mark: its label, its item, the item drawn hollow beside it, and whether the first year is meant."""

    label: str
    item: str
    other: str = ""
    first: bool = False


@dataclass(frozen=True)
class Panel:
    """Marks on one axis: its words, whether shares, decimals, limits of the axis if they are fixed."""

    axis: str
    rows: tuple[Row, ...]
    percent: bool = False
    digits: int = 3
    signed: bool = False
    limits: tuple[float, float] | None = None
    limit: float | None = None
    first: bool = False


@dataclass(frozen=True)
class Case:
    """One case: its name and its two panels; ``shared`` draws both on one scale."""

    key: str
    name: str
    left: Panel
    right: Panel
    shared: bool = False


#: Verdict -> its words beside a case, and how often it fell in the takeaway.
VERDICTS = {
    "flatters": ("parting.flatters", "parting.n_flatters"),
    "hides": ("parting.hides", "parting.n_hides"),
    "together": ("parting.together", "parting.n_together"),
    "open": ("parting.open", "parting.n_open"),
}
_WEAK = "parting.axis.weak"
CASES: tuple[Case, ...] = (
    Case(
        "rotation", "parting.rotation",
        Panel("parting.axis.cv", (Row("parting.row.move", "level.backbone.primary.move", "level.backbone.primary.law"),
                                  Row("parting.row.stay", "level.backbone.primary.stay", "level.backbone.primary.law"),
                                  Row("parting.row.uneven", "uneven.level.backbone.primary.move", "uneven.level.backbone.primary.law", first=True)),
              digits=2, limit=_CV_LIMIT),
        Panel(_WEAK, (Row("parting.row.move", "weak.move"), Row("parting.row.stay", "weak.stay"),
                       Row("parting.row.uneven", "uneven.weak.move", first=True)), signed=True),
    ),
    Case(
        "paper", "parting.paper",
        Panel("parting.axis.passing", (Row("parting.row.legal", "passing_level.legal", "passing_level.law", first=True),
                                       Row("parting.row.campus", "passing_level.campus", "passing_level.law", first=True)),
              digits=1, limits=(0.0, 14.5)),
        Panel(_WEAK, (Row("parting.row.day", "weak.campus", first=True), Row("parting.row.last", "weak.campus")), signed=True),
    ),
    Case(
        "windfall", "parting.windfall",
        Panel("parting.axis.yuan", (Row("parting.row.spent", "spent_share"), Row("parting.row.changed", "changed_share.total")),
              percent=True, digits=1, limits=(0.0, 1.05)),
        Panel(_WEAK, (Row("parting.row.allowances", "weak.allowances"), Row("parting.row.joint", "weak.joint_work")), signed=True),
    ),
    Case(
        "reports", "parting.reports",
        Panel("parting.axis.report", (Row("parting.row.one", "reported.1.0.1", "expected.1.0.1"),
                                      Row("parting.row.three", "reported.3.0.1", "expected.3.0.1"),
                                      Row("parting.row.six", "reported.6.0.1", "expected.6.0.1")), signed=True),
        Panel("parting.axis.true", (Row("parting.row.true", "true"),), signed=True),
        shared=True,
    ),
    Case(
        "awards", "parting.awards",
        Panel("parting.axis.pass", (Row("parting.row.small_school", "law_graduates.0.05.under_50", "law_by_chance.0.05.under_50"),
                                    Row("parting.row.large_school", "law_graduates.0.05.100_199", "law_by_chance.0.05.100_199"),
                                    Row("parting.row.high_bar", "law_graduates.0.5.100_199", "law_by_chance.0.5.100_199")),
              percent=True, digits=0, limits=(-0.015, 0.6)),
        Panel("parting.axis.unimproved", (Row("parting.row.by_z", "no_rise.0.05.all", "no_rise_judged.all"),
                                          Row("parting.row.by_graduates", "no_rise_graduates.0.05.all", "no_rise_judged.all"),
                                          Row("parting.row.two_years", "no_rise_two_years.0.05.all", "no_rise_judged.all")),
              percent=True, digits=0, limits=(-0.015, 0.6)),
    ),
)  # fmt: skip


def parting_figure(
    frame: pd.DataFrame,
    *,
    briefs: Mapping[str, Mapping[str, tuple[str, str]]],
    verdicts: Mapping[str, str],
    info: Mapping[str, Any],
    lang: str = "zh",
    for_report: bool = False,
) -> Chart:
    """Draw the cases that the frame holds: indicator at the left, learning at the right, the sentence above.

    Parameters
    ----------
    frame
        Columns ``case, side (indicator|learning), item, year, mean, low, high, n``, as
        :class:`edusim.validate.parting.Parting` gives them.
    briefs
        Case -> language -> what was found, and what could be asked instead (empty for nothing).
    verdicts
        Case -> ``flatters``, ``hides``, ``together`` or ``open``.
    info
        ``base_year, last_year, draws, n_schools, data_status``.
    lang, for_report
        As in :func:`edusim.report.figures.trajectories`.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` when a column is missing.
    """
    need(frame, COLUMNS, "frame")
    words = Words(lang, info)
    values = _values(frame)
    listed = set(frame["case"].astype(str))
    cases = [_present(case, values) for case in CASES if case.key in listed]
    weak = _limits(_of(cases, values, lambda panel: panel.axis == _WEAK), signed=True)
    with house():
        heights = [_text_height(words, briefs[case.key][lang]) for case in cases]
        blocks = [height + _ROW * max(len(case.left.rows), len(case.right.rows)) + _AXIS
                  for case, height in zip(cases, heights, strict=True)]  # fmt: skip
        body = sum(blocks) + 0.78
        other = Words(worded("parting.zh", lang), info)
        chart = begin(
            words, WIDTH, body,
            title=words("parting.title"),
            subtitle=other("parting.subtitle", start=info["base_year"], year=info["last_year"]),
            takeaway=_takeaway(words, [verdicts[case.key] for case in cases]),
            footer=data_footer(words, int(info["draws"])), for_report=for_report,
        )  # fmt: skip
        read_line(chart, words("parting.reading", n=info["draws"]))
        half = (WIDTH - 2 * MARGIN - _GAP) / 2
        top = body - 0.10
        for side, key, colour in ((0, "parting.left", SEEN), (1, "parting.right", HAD)):
            chart.say(MARGIN + side * (half + _GAP), top, words(key), fontsize=10.5, fontweight="bold", color=colour, va="top")
        top -= 0.30
        for order, (case, block) in enumerate(zip(cases, blocks, strict=True), start=1):
            _case(chart, words, case, order, top, values, briefs[case.key][lang], verdicts[case.key], weak)
            top -= block
    return chart


def write_parting(result: Any, folder: str | Path, formats: Sequence[str] = FORMATS[:2]) -> list[Path]:
    """Write the figure in both languages as ``parting_zh`` and ``parting_en``; return the files.

    Parameters
    ----------
    result
        A :class:`edusim.validate.parting.Parting`.
    folder
        Made if need be.
    formats
        ``png``, ``svg``, ``pdf``.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = []
    for lang in ("zh", "en"):
        chart = parting_figure(result.frame, briefs=result.briefs, verdicts=result.verdicts, info=result.info, lang=lang)
        written += save(chart, target / f"parting_{lang}", formats)
    return written


def _present(case: Case, values: _Values) -> Case:
    """Return a case with the rows that there are numbers for: a roster's county is not made more uneven."""
    panels = [
        replace(panel, rows=tuple(row for row in panel.rows if (case.key, side, row.item, row.first) in values))
        for side, panel in (("indicator", case.left), ("learning", case.right))
    ]
    return replace(case, left=panels[0], right=panels[1])


_Values = Mapping[tuple[str, str, str, bool], Interval]


def _values(frame: pd.DataFrame) -> _Values:
    """Return intervals by case, side, item, and whether of the item's first year or its last."""
    found: dict[tuple[str, str, str, bool], Interval] = {}
    for (case, side, item), rows in frame.groupby(["case", "side", "item"], sort=False):
        by_year = rows.sort_values("year")
        # A level's first year is the base year; the year of the merger is the first that follows.
        years = by_year[by_year["year"] > frame["year"].min()] if len(by_year) > 1 else by_year
        for first, row in ((True, years.iloc[0]), (False, by_year.iloc[-1])):
            mean, low, high = (float(row[name]) for name in ("mean", "low", "high"))
            found[str(case), str(side), str(item), first] = Interval(mean, low, high, int(row["n"]))
    return found


def _of(cases: Sequence[Case], values: _Values, wanted: Any) -> list[Interval]:
    found = []
    for case in cases:
        for side, panel in (("indicator", case.left), ("learning", case.right)):
            if wanted(panel):
                found += [values[case.key, side, item, row.first] for row in panel.rows for item in (row.item, row.other) if item]
    return found


def _limits(gaps: Sequence[Interval], *, signed: bool) -> tuple[float, float]:
    ends = [value for gap in gaps for value in gap[:3] if math.isfinite(value)]
    return nice_limits([*ends, 0.0] if signed or not ends else ends, pad=0.06)


def _takeaway(words: Words, told: Sequence[str]) -> str:
    """Return how many cases have each verdict; a verdict that none has is left out."""
    parts = [words(key, n=told.count(verdict)) for verdict, (_, key) in VERDICTS.items() if verdict in told]
    return words("parting.takeaway", n=len(told), counts=words("list_separator").join(parts))


def _text_height(words: Words, brief: tuple[str, str]) -> float:
    """Return the inches that a case's heading and words take."""
    scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
    return _HEADING + sum(scratch.height_of(scratch.block(part, 8.8, "normal", QUIET, 0.0)) + 0.06 for part in brief if part) + 0.06


def _case(
    chart: Chart, words: Words, case: Case, order: int, top: float, values: _Values, brief: tuple[str, str], told: str, weak: tuple[float, float]
) -> None:
    from matplotlib.lines import Line2D

    width = chart.width
    page_width, page_height = chart.get_size_inches()
    y = (top + chart.foot) / page_height
    chart.add_artist(Line2D([MARGIN / page_width, 1 - MARGIN / page_width], [y, y], color=FAINT, linewidth=0.6))
    chart.say(MARGIN, top - 0.08, f"{order}  {words(case.name)}", fontsize=10.5, fontweight="bold", color=INK, va="top")
    chart.say(width - MARGIN, top - 0.08, words(VERDICTS[told][0]), fontsize=9.5, fontweight="bold", va="top", ha="right",
              color=TAKEAWAY if told in ("flatters", "hides") else QUIET)  # fmt: skip
    bottom = top - _HEADING
    for part, colour in zip(brief, (INK, TAKEAWAY), strict=True):
        if part:
            block = chart.say(MARGIN, bottom, "", fontsize=8.8, color=colour, va="top", linespacing=1.35)
            chart.fit(block, part, width - 2 * MARGIN)
            bottom -= chart.height_of(block) + 0.06
    bottom -= 0.06
    half = (width - 2 * MARGIN - _GAP) / 2
    rows = max(len(case.left.rows), len(case.right.rows))
    sides = (("indicator", case.left, SEEN), ("learning", case.right, HAD))
    shared = _limits(_of([case], values, lambda panel: True), signed=True) if case.shared else None
    for k, (side, panel, colour) in enumerate(sides):
        left = MARGIN + k * (half + _GAP) + _LABEL
        axes = chart.panel(left, bottom - _ROW * rows, half - _LABEL - _VALUE, _ROW * rows)
        gaps = [values[case.key, side, item, row.first] for row in panel.rows for item in (row.item, row.other) if item]
        limits = panel.limits or shared or (weak if panel.axis == _WEAK else _limits(gaps, signed=panel.signed))
        if panel.limit is not None:
            limits = nice_limits([*limits, 0.2, panel.limit], pad=0.0)
        _marks(chart, axes, words, case.key, side, panel, colour, values, limits, rows)


def _marks(
    chart: Chart, axes: Axes, words: Words, case: str, side: str, panel: Panel, colour: str, values: _Values,
    limits: tuple[float, float], rows: int,
) -> None:  # fmt: skip
    from matplotlib.ticker import MaxNLocator

    year = words.info["last_year"]
    axes.set_xlim(*limits)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    scale, unit, digits = (100.0, "%", 0) if panel.percent else (1.0, "", 2 if panel.digits == 3 else panel.digits)
    span = limits[1] - limits[0]
    axes.xaxis.set_major_formatter(lambda value, _: f"{number(value * scale, 0 if span > 5 else digits)}{unit}")
    axes.tick_params(axis="x", labelsize=7.8)
    if limits[0] < 0.0 < limits[1]:
        axes.axvline(0.0, color=FAINT, linewidth=0.9, zorder=1)
    if panel.limit is not None:
        axes.axvline(panel.limit, color=LIMIT, linewidth=1.1, zorder=1)
    caption = axes.annotate(words(panel.axis, year=year), (0, 0), xycoords="axes fraction", xytext=(-_LABEL * 72 + 2, -20),
                            textcoords="offset points", fontsize=7.8, color=QUIET, va="top", annotation_clip=False)  # fmt: skip
    chart.shrink(caption, axes.get_position().width * chart.width + _LABEL + _VALUE - 0.05)
    start = (rows - len(panel.rows)) / 2
    for k, row in enumerate(panel.rows):
        y, gap = start + k, values[case, side, row.item, row.first]
        label = axes.annotate(words(row.label, year=year), (0, y), xycoords=("axes fraction", "data"), xytext=(-6, 0),
                              textcoords="offset points", ha="right", va="center", fontsize=8.6, color=INK, annotation_clip=False)  # fmt: skip
        chart.shrink(label, _LABEL - 0.08)
        if row.other:
            other = values[case, side, row.other, row.first]
            axes.plot([other.mean, gap.mean], [y, y], color="#CDD3DA", linewidth=2.6, zorder=2, solid_capstyle="butt")
            axes.plot([other.mean], [y], marker="o", markersize=5.6, markerfacecolor="white", markeredgecolor=QUIET, zorder=3)
        if gap.known:
            axes.plot([gap.low, gap.high], [y, y], color=colour, linewidth=1.5, zorder=4, solid_capstyle="butt")
            for end in (gap.low, gap.high):
                axes.plot([end, end], [y - 0.16, y + 0.16], color=colour, linewidth=1.2, zorder=4)
        axes.plot([gap.mean], [y], marker="D", markersize=5.4, color=colour, markeredgecolor="white", markeredgewidth=0.7, zorder=5, clip_on=False)
        whole = abs(gap.mean * scale - round(gap.mean * scale)) < 1e-9 if math.isfinite(gap.mean) else False
        shown = f"{number(gap.mean * scale, 0 if whole and panel.digits < 2 else panel.digits, signed=panel.signed)}{unit}"
        axes.annotate(shown, (1, y), xycoords=("axes fraction", "data"), xytext=(_VALUE * 72 - 3, 0), textcoords="offset points",
                      ha="right", va="center", fontsize=8.8, fontweight="bold", color=colour, annotation_clip=False)  # fmt: skip
