"""The figures of a run: what they need, and writing them all.

Every function takes plain frames and returns a :class:`~edusim.report.style.Chart` (a matplotlib figure
that also carries ``title``, ``subtitle``, ``takeaway`` and ``footer`` as text, for captions). ``info`` is an optional
mapping: ``baseline`` (policy key), ``names`` (``{policy: {"zh": ..., "en": ...}}``), ``measure_names`` (the same for measures), ``data_status``
(``synthetic``, ``roster`` or own words), ``n_schools``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from edusim.errors import RunError, did_you_mean
from edusim.language import text as worded
from edusim.report import summaries
from edusim.report.county.facts import Facts
from edusim.report.indicator_figure import indicators
from edusim.report.page import begin, data_footer, empty, read_line
from edusim.report.place_figures import county_map, flows_from_records, teacher_flow
from edusim.report.school_figures import dumbbell, ridgeline
from edusim.report.style import (
    FAINT,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Numbers,
    Words,
    digits_for,
    house,
    looks,
    nice_limits,
    number,
    repel,
    save,
    ticks,
    with_interval,
    year_ticks,
)
from edusim.report.summaries import CV_LIMIT, Interval, by_year, county, paired

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = [
    "FIGURES",
    "county_map",
    "draw_all",
    "dumbbell",
    "flows_from_records",
    "indicators",
    "ridgeline",
    "teacher_flow",
    "trajectories",
]

#: Every figure of a run, in the order in which they are written.
FIGURES = (
    "trajectories", "dumbbell", "indicators", "teacher_flow", "county_map", "ridgeline",
    "frontier", "compliance", "money", "gains", "quota", "seats",
)  # fmt: skip
#: Figures that are drawn from :class:`~edusim.report.county.facts.Facts`, each a ``draw`` in a module of its own.
FROM_FACTS = FIGURES[6:]


#: With more policies only the first, the baseline where it is there, has a band.
MOST_BANDS = 5


def official_limit(measure: str, stage: str) -> float | None:
    """Return the official upper limit of a measure at a stage, if it has one."""
    return CV_LIMIT.get(stage) if measure.startswith("official.cv.") else None


def _difference(
    rows: pd.DataFrame, effects: pd.DataFrame | None, measure: str, stage: str, policy: str, baseline: str, year: int, factor: float = 1.0
) -> Interval:
    given = summaries.from_effects(effects, measure, stage, policy, year)
    if given is not None:
        return given._replace(mean=given.mean * factor, low=given.low * factor, high=given.high * factor)
    return paired(rows, policy, baseline, year)


def _large_money(words: Words, unit: str) -> tuple[float, str]:
    """Return by what millions of yuan are multiplied, and how they are then called."""
    from edusim.report.map_figures import scale_of

    scale = scale_of(words, unit, [1e6])
    return scale.factor, scale.unit


def trajectory_takeaway(
    words: Words, rows: pd.DataFrame, differences: Mapping[str, Interval], name: str, unit: str, year: int
) -> str:
    """Return the sentence above the trajectories: which policies differ from the baseline, by how much, how surely.

    A policy is only said to differ when the 95% interval of its paired difference excludes zero, and only
    said to differ *most* when its paired difference from the runners-up excludes zero as well.
    """
    base = words.policy(words.baseline)
    known = {policy: gap for policy, gap in differences.items() if math.isfinite(gap.mean)}
    if not known:
        return words("trajectories.no_data", year=year)
    most = max(known, key=lambda policy: abs(known[policy].mean))
    if all(not gap.known for gap in known.values()):
        return words(
            "trajectories.one_run",
            year=year,
            measure=words.inside(name),
            baseline=base,
            policy=words.policy(most),
            value=with_interval(words, known[most], unit),
        )
    clear = {policy: gap for policy, gap in known.items() if gap.clear}
    if not clear:
        value = with_interval(words, known[most], unit)
        return words("trajectories.none_clear", year=year, baseline=base, policy=words.policy(most), value=value)
    leader = max(clear, key=lambda policy: abs(clear[policy].mean))
    sign = math.copysign(1, clear[leader].mean)
    same_way = [policy for policy, gap in clear.items() if gap.mean * sign > 0]
    other_way = [policy for policy in clear if policy not in same_way]
    below, above = words("trajectories.lower"), words("trajectories.higher")
    sentence = words(
        "trajectories.clear" if len(same_way) == 1 else "trajectories.clear_most",
        year=year,
        policies=words.policies(same_way),
        measure=words.inside(name),
        direction=below if sign < 0 else above,
        baseline=base,
        value=with_interval(words, clear[leader], unit),
        **({} if len(same_way) == 1 else {"policy": words.policy(leader)}),
    )
    rivals = [
        policy for policy in same_way if policy != leader and not paired(rows, leader, policy, year).clear
    ]  # fmt: skip
    if rivals:
        sentence += words("trajectories.rivals", policies=words.policies(rivals))
    if other_way:
        direction = above if sign < 0 else below
        sentence += words(
            "trajectories.also", policies=words.policies(other_way), direction=direction, baseline=base
        )
    unclear = [policy for policy in known if policy not in clear]
    if unclear:
        sentence += words("trajectories.unclear", policies=words.policies(unclear), baseline=base)
    return sentence


def _alone_takeaway(words: Words, series: Mapping[int, Interval], policy: str, name: str, unit: str) -> str:
    years = [year for year in series if math.isfinite(series[year].mean)]
    if not years:
        return words("empty")
    first, last = series[years[0]], series[years[-1]]
    unit_name = words.unit(unit)
    sentence = words(
        "trajectories.only",
        policy=words.policy(policy),
        measure=words.inside(name),
        start=years[0],
        first=f"{number(first.mean)} {unit_name}".strip(),
        year=years[-1],
        last=f"{number(last.mean)} {unit_name}".strip(),
    )
    if last.known:
        return sentence + words("trajectories.band", low=number(last.low), high=number(last.high))
    return sentence


def trajectories(
    measures: pd.DataFrame,
    measure: str = "learning.core_member_gap",
    *,
    stage: str = "all",
    lang: str = "zh",
    for_report: bool = False,
    effects: pd.DataFrame | None = None,
    info: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw one county measure over the years under each policy, and the difference from the baseline.

    Parameters
    ----------
    measures
        Columns ``policy, draw, year, measure, scope, stage, value`` (``unit`` is used when there); rows of
        scope ``county`` or ``stage`` count.
    measure, stage
        Which measure at which stage (``all``, ``primary``, ``junior``).
    lang
        ``zh`` or ``en``.
    for_report
        Leave out title, takeaway and footer.
    effects
        Optional paired differences (``policy, year, measure, stage, mean, low, high, n``); used instead of
        being computed again.
    info
        See the module.

    Returns
    -------
    Chart
        Bands: 95% range of single runs. Right panel: paired difference in the last year with the 95%
        interval of its mean.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` or ``FIG-NO-MEASURE``.
    """
    words = Words(lang, info or {})
    rows = county(measures, measure, stage)
    policies = words.order(list(rows["policy"]))
    series = {policy: by_year(rows, policy, summaries.floor_of(measure)) for policy in policies}
    year = int(rows["year"].max())
    unit = words.unit_of(measures, measure)
    factor = 1.0
    if unit.startswith("yuan") and any(abs(one.mean) >= 1e6 for years in series.values() for one in years.values()):
        factor, unit = _large_money(words, unit)
        rows = rows.assign(value=rows["value"] * factor)
        series = {policy: by_year(rows, policy, summaries.floor_of(measure)) for policy in policies}
    name = words.measure(measure)
    others = [policy for policy in policies if policy != words.baseline]
    has_baseline = words.baseline in policies and bool(others)
    differences = {
        policy: _difference(rows, effects, measure, stage, policy, words.baseline, year, factor)
        for policy in (others if has_baseline else [])
    }
    if has_baseline:
        takeaway = trajectory_takeaway(words, rows, differences, name, unit, year)
    else:
        takeaway = _alone_takeaway(words, series[policies[0]], policies[0], name, unit)
    n_runs = int(rows["draw"].nunique())
    body = max(3.95, 0.43 * len(differences) + 1.1)
    with house():
        suffixes = {
            tongue: words.suffix(stage, tongue) if stage != "all" else "" for tongue in ("zh", "en")
        }  # fmt: skip
        other = worded("figures.zh", lang)
        chart = begin(
            words,
            8.4,
            body,
            title=words("trajectories.title", measure=name, stage=suffixes[lang]),
            subtitle=words("trajectories.subtitle", measure=words.measure(measure, other), stage=suffixes[other]),
            takeaway=takeaway,
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        reading = "one_run" if n_runs < 2 else "trajectories.reading" if has_baseline else "trajectories.reading_alone"
        crowded = len(policies) > MOST_BANDS and n_runs > 1
        bottom = read_line(chart, words(reading) + (words("trajectories.one_band", policy=words.policy(policies[0])) if crowded else ""))
        main_width = (4.55 if lang == "zh" else 4.35) if has_baseline else 6.2
        axes = chart.panel(0.62, bottom + 0.26, main_width, body - bottom - 0.62)
        _lines(chart, axes, series, words, name, words.unit(unit), official_limit(measure, stage),
               (1.05 if lang == "zh" else 1.25) if has_baseline else 1.3)  # fmt: skip
        if has_baseline:
            side = chart.panel(6.45, bottom + 0.26, 1.72, body - bottom - 0.62)
            _differences(chart, side, differences, words, year, words.unit(unit))
    return chart


def _lines(
    chart: Chart,
    axes: Axes,
    series: Mapping[str, Mapping[int, Interval]],
    words: Words,
    name: str,
    unit: str,
    limit: float | None,
    room_right: float,
) -> None:
    style = looks(list(series))
    years = sorted({year for one in series.values() for year in one})
    means = [gap.mean for one in series.values() for gap in one.values()]
    edges = [edge for one in series.values() for gap in one.values() for edge in (gap.low, gap.high)]
    low, high = nice_limits([*means, *edges, *([limit] if limit is not None else [])])
    # With two or three runs a 95% range can dwarf the means; the axis then follows the means.
    mean_low, mean_high = nice_limits(means)
    room = 3 * (mean_high - mean_low)
    low, high = max(low, mean_low - room), min(high, mean_high + room)
    if limit is not None:
        low, high = min(low, limit - 0.02), max(high, limit + 0.02)
    axes.set_ylim(low, high)
    span = max(1, years[-1] - years[0])
    axes.set_xlim(years[0] - (0.02 * span if len(years) > 1 else 0.5), years[-1] + 0.015 * span + (0 if len(years) > 1 else 0.5))
    axes.set_xticks(year_ticks(years), [str(year) for year in year_ticks(years)])
    axes.yaxis.set_major_locator(ticks(6))
    axes.yaxis.set_major_formatter(Numbers())
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    marked = set(year_ticks(years))
    ends: list[tuple[str, float]] = []
    for policy, one in series.items():
        shown = [year for year in sorted(one) if math.isfinite(one[year].mean)]
        if not shown:
            continue
        look = style[policy]
        banded = [year for year in shown if one[year].known]
        if len(series) > MOST_BANDS and policy != next(iter(series)):
            banded = []  # many bands on top of each other would hide the lines
        axes.fill_between(
            banded,
            [one[year].low for year in banded],
            [one[year].high for year in banded],
            color=look.colour,
            alpha=min(0.11, 0.44 / len(series)),
            linewidth=0,
        )
        value = [one[year].mean for year in shown]
        axes.plot(shown, value, color=look.colour, linestyle=look.dash, linewidth=2.0, zorder=3)
        points = [year for year in shown if year in marked]
        axes.plot(
            points,
            [one[year].mean for year in points],
            linestyle="none",
            marker=look.marker,
            markersize=4.6,
            markerfacecolor="white",
            markeredgecolor=look.colour,
            markeredgewidth=1.3,
            zorder=4,
            clip_on=False,
        )
        ends.append((policy, value[-1]))
    axes.set_title(
        words("axis_unit", measure=name, unit=unit) if unit else name, loc="left", fontsize=8.6, color=QUIET, pad=8
    )
    if limit is not None:
        axes.axhline(limit, color=LIMIT, linewidth=1.3, linestyle=(0, (4, 2)), zorder=2)
        axes.annotate(
            words("trajectories.limit", limit=number(limit)),
            (0.0, limit),
            xycoords=("axes fraction", "data"),
            xytext=(4, 3),
            textcoords="offset points",
            color=LIMIT,
            fontsize=8,
        )
    height = axes.get_position().height * chart.get_size_inches()[1]
    step = 0.185 / height * (high - low)
    labels: list[Any] = []
    for (policy, value_end), place in zip(
        ends, repel([value for _, value in ends], step, low + step / 2, high), strict=True
    ):
        labels.append(axes.annotate(
            f"{words.policy(policy)} {number(value_end, min(2, digits_for(value_end)))}",
            (1.0, value_end),
            xycoords=("axes fraction", "data"),
            xytext=(1.045, place),
            textcoords=("axes fraction", "data"),
            color=style[policy].colour,
            fontsize=8.8,
            fontweight="bold",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": style[policy].colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3,
                        "relpos": (0.0, 0.5)},
        ))  # fmt: skip
    chart.shrink_together(labels, room_right)


def _differences(
    chart: Chart, axes: Axes, differences: Mapping[str, Interval], words: Words, year: int, unit: str
) -> None:
    style = looks([words.baseline, *differences])
    n = len(differences)
    axes.set_ylim(n - 0.35, -0.75)
    values = [0.0, *(edge for gap in differences.values() for edge in (gap.mean, gap.low, gap.high))]
    means = nice_limits([0.0, *(gap.mean for gap in differences.values())], pad=0.5)
    low, high = nice_limits(values, pad=0.08)
    room = 3 * (means[1] - means[0])
    axes.set_xlim(max(low, means[0] - room), min(high, means[1] + room))
    for spine in ("left", "bottom"):
        axes.spines[spine].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(ticks(3))
    axes.xaxis.set_major_formatter(Numbers(signed=True))
    axes.tick_params(axis="x", length=0, labelsize=8)
    title = words("trajectories.difference", year=year, baseline=words.policy(words.baseline))
    head = axes.set_title(f"{title}{'' if not unit else f' ({unit})' if words.lang == 'en' else f'（{unit}）'}",
                          loc="left", fontsize=8.6, color=QUIET, pad=8)  # fmt: skip
    chart.shrink(head, axes.get_position().width * chart.get_size_inches()[0] + MARGIN - 0.06)
    for row, (policy, gap) in enumerate(differences.items()):
        colour, marker = style[policy].colour, style[policy].marker
        digits = 0 if abs(gap.mean) >= 100 else 2 if abs(gap.mean) >= 0.005 or not math.isfinite(gap.mean) else 3
        axes.annotate(
            words.policy(policy),
            (0, row - 0.34),
            xycoords=("axes fraction", "data"),
            fontsize=8.6,
            fontweight="bold",
            color=colour,
            va="center",
        )
        axes.annotate(
            number(gap.mean, digits, signed=True),
            (1, row - 0.34),
            xycoords=("axes fraction", "data"),
            fontsize=8.6,
            color=colour if gap.clear else QUIET,
            fontweight="bold" if gap.clear else "normal",
            va="center",
            ha="right",
        )
        # The zero line stops short of the words above each row.
        axes.plot([0, 0], [row - 0.2, row + 0.2], color=FAINT, linewidth=1.1, solid_capstyle="butt", zorder=1)
        if gap.known:
            axes.plot([gap.low, gap.high], [row, row], color=colour, linewidth=2.2, solid_capstyle="butt", zorder=2)
        if math.isfinite(gap.mean):
            axes.plot(
                gap.mean, row, marker=marker, markersize=6, markeredgecolor=colour, markeredgewidth=1.4, zorder=3,
                markerfacecolor=colour if gap.clear else "white",
            )  # fmt: skip


def draw_one(comparison: Any, figure: str, *, lang: str = "zh", for_report: bool = False, **options: Any) -> Chart:
    """Draw one of the figures of a comparison.

    Parameters
    ----------
    comparison
        As in :func:`draw_all`.
    figure
        A name in :data:`FIGURES`.
    lang, for_report
        As in :func:`trajectories`.
    options
        ``measure`` and ``stage`` choose what :func:`trajectories` draws; other figures take no notice.

    Raises
    ------
    RunError
        ``FIG-NAME`` when there is no such figure; ``FIG-COLUMNS``, ``FIG-NO-MEASURE``, ``FIG-EMPTY``.
    """
    say: dict[str, Any] = {"lang": lang, "for_report": for_report, "info": getattr(comparison, "info", None) or {}}
    if figure == "trajectories":
        chosen = {key: options[key] for key in ("measure", "stage") if key in options}
        return trajectories(comparison.measures, effects=getattr(comparison, "effects", None), **chosen, **say)
    if figure == "indicators":
        return indicators(comparison.measures, **say)
    if figure == "teacher_flow":
        flows, records = getattr(comparison, "flows", None), getattr(comparison, "records", None)
        if flows is None and records is not None:
            flows = flows_from_records(records, comparison.schools)
        return teacher_flow(flows, **say)
    if figure in FROM_FACTS:
        return _draw(figure, _facts(comparison, lang), for_report)
    makers = {"dumbbell": dumbbell, "county_map": county_map, "ridgeline": ridgeline}
    if figure not in makers:
        zh, en = did_you_mean(figure, FIGURES)
        raise RunError("FIG-NAME", f"没有名为 {figure} 的图", f"no figure {figure}", mend_zh=zh, mend_en=en)
    return makers[figure](comparison.schools, **say)


def _facts(comparison: Any, lang: str) -> Facts:
    """Return what the frames of a comparison say; frames of a single run or without schools will do."""
    summaries.need(comparison.measures, (*summaries.MEASURE_COLUMNS, "unit_id"), "measures")
    if comparison.measures.empty:
        raise RunError("FIG-EMPTY", worded("chart.no_measures", "zh"), worded("chart.no_measures", "en"))
    schools, flows, records = (getattr(comparison, name, None) for name in ("schools", "flows", "records"))
    # A chart that needs schools says so itself when there are none.
    return Facts(comparison.measures, cast("Any", schools), flows, records, {}, getattr(comparison, "info", None) or {}, lang)


def _draw(figure: str, facts: Facts, for_report: bool) -> Chart:
    return cast("Chart", import_module(f"edusim.report.{figure}_figure").draw(facts, for_report=for_report))


def draw_all(
    comparison: Any,
    folder: str | Path,
    lang: str = "zh",
    formats: Iterable[str] = ("png",),
    *,
    for_report: bool = False,
    names: Iterable[str] = FIGURES,
) -> list[Path]:
    """Write the figures of a comparison.

    Parameters
    ----------
    comparison
        Anything with the frames ``measures`` and ``schools``; ``effects``, ``flows``, ``records`` and
        ``info`` are used when they are there. Flows are counted from ``records`` when ``flows`` is missing.
    folder
        Where the files go; it is made when it does not exist.
    lang
        ``zh`` or ``en``.
    formats
        Of ``png``, ``svg``, ``pdf``.
    for_report
        Leave out title, takeaway and footer.
    names
        Which of :data:`FIGURES`.

    Returns
    -------
    list of Path
        Files in the order of ``names``. A figure whose data the comparison does not hold says so
        instead of being left out.

    Raises
    ------
    RunError
        ``FIG-NAME`` for an unknown figure, ``FIG-FORMAT`` for an unknown format; ``FIG-COLUMNS`` when a frame lacks columns.
    """
    kinds = tuple(formats)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    facts: Facts | None = None
    for name in names:
        try:
            if name in FROM_FACTS:
                facts = facts or _facts(comparison, lang)
                chart = _draw(name, facts, for_report)
            else:
                chart = draw_one(comparison, name, lang=lang, for_report=for_report)
        except RunError as error:
            if error.code not in ("FIG-NO-MEASURE", "FIG-EMPTY"):
                raise
            chart = empty(Words(lang, getattr(comparison, "info", None) or {}), error.message(lang))
        written += save(chart, target / name, kinds)
    return written
