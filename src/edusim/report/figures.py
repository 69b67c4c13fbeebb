"""The six figures: what they need, and writing them all.

Every function takes plain frames and returns a :class:`~edusim.report.style.Chart` (a matplotlib figure
that also carries ``title``, ``subtitle``, ``takeaway`` and ``footer`` as text, for captions). ``info`` is an optional
mapping: ``baseline`` (policy key), ``names`` (``{policy: {"zh": ..., "en": ...}}``), ``measure_names`` (the same for measures), ``data_status``
(``synthetic``, ``roster`` or own words), ``n_schools``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import RunError, did_you_mean
from edusim.report import summaries
from edusim.report.page import begin, data_footer, empty, read_line
from edusim.report.place_figures import county_map, flows_from_records, teacher_flow
from edusim.report.school_figures import dumbbell, ridgeline
from edusim.report.style import (
    FAINT,
    GOOD,
    GRID,
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Words,
    house,
    looks,
    nice_limits,
    number,
    repel,
    save,
    with_interval,
    year_ticks,
)
from edusim.report.summaries import CV_LIMIT, INDICATORS, MEETS, OPEN, Interval, by_year, county, paired, verdict

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

FIGURES = ("trajectories", "dumbbell", "indicators", "teacher_flow", "county_map", "ridgeline")


def official_limit(measure: str, stage: str) -> float | None:
    """Return the official upper limit of a measure at a stage, if it has one."""
    return CV_LIMIT.get(stage) if measure.startswith("official.cv.") else None


def _difference(
    rows: pd.DataFrame, effects: pd.DataFrame | None, measure: str, stage: str, policy: str, baseline: str, year: int
) -> Interval:
    given = summaries.from_effects(effects, measure, stage, policy, year)
    return given if given is not None else paired(rows, policy, baseline, year)


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
    series = {policy: by_year(rows, policy) for policy in policies}
    year = int(rows["year"].max())
    unit = words.unit_of(measures, measure)
    name = words.measure(measure)
    others = [policy for policy in policies if policy != words.baseline]
    has_baseline = words.baseline in policies and bool(others)
    differences = {
        policy: _difference(rows, effects, measure, stage, policy, words.baseline, year)
        for policy in (others if has_baseline else [])
    }
    if has_baseline:
        takeaway = trajectory_takeaway(words, rows, differences, name, unit, year)
    else:
        takeaway = _alone_takeaway(words, series[policies[0]], policies[0], name, unit)
    n_runs = int(rows["draw"].nunique())
    with house():
        suffixes = {
            tongue: words.suffix(stage, tongue) if stage != "all" else "" for tongue in ("zh", "en")
        }  # fmt: skip
        other = "en" if lang == "zh" else "zh"
        chart = begin(
            words,
            8.4,
            3.95,
            title=words("trajectories.title", measure=name, stage=suffixes[lang]),
            subtitle=words("trajectories.subtitle", measure=words.measure(measure, other), stage=suffixes[other]),
            takeaway=takeaway,
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        reading = "one_run" if n_runs < 2 else "trajectories.reading" if has_baseline else "trajectories.reading_alone"
        bottom = read_line(chart, words(reading))
        main_width = (4.55 if lang == "zh" else 4.35) if has_baseline else 6.2
        axes = chart.panel(0.62, bottom + 0.26, main_width, 3.95 - bottom - 0.62)
        _lines(chart, axes, series, words, name, words.unit(unit), official_limit(measure, stage),
               (1.05 if lang == "zh" else 1.25) if has_baseline else 1.3)  # fmt: skip
        if has_baseline:
            side = chart.panel(6.45, bottom + 0.26, 1.72, 3.95 - bottom - 0.62)
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
    axes.set_xlim(years[0] - (0 if len(years) > 1 else 0.5), years[-1] + 0.015 * span + (0 if len(years) > 1 else 0.5))
    axes.set_xticks(year_ticks(years), [str(year) for year in year_ticks(years)])
    axes.yaxis.set_major_locator(_ticks(6))
    axes.yaxis.set_major_formatter(lambda value, _: number(value, _tick_digits(low, high)))
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
        axes.fill_between(
            banded,
            [one[year].low for year in banded],
            [one[year].high for year in banded],
            color=look.colour,
            alpha=0.11,
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
            f"{words.policy(policy)} {number(value_end)}",
            (1.0, value_end),
            xycoords=("axes fraction", "data"),
            xytext=(1.045, place),
            textcoords=("axes fraction", "data"),
            color=style[policy].colour,
            fontsize=8.8,
            fontweight="bold",
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": style[policy].colour, "linewidth": 0.7, "shrinkA": 1, "shrinkB": 3},
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
    axes.xaxis.set_major_locator(_ticks(3))
    digits = _tick_digits(*axes.get_xlim())
    axes.xaxis.set_major_formatter(lambda value, _: number(value, digits, signed=True))
    axes.tick_params(axis="x", length=0, labelsize=8)
    title = words("trajectories.difference", year=year, baseline=words.policy(words.baseline))
    axes.set_title(f"{title}{'' if not unit else f' ({unit})' if words.lang == 'en' else f'（{unit}）'}",
                   loc="left", fontsize=8.6, color=QUIET, pad=8)  # fmt: skip
    for row, (policy, gap) in enumerate(differences.items()):
        colour, marker = style[policy].colour, style[policy].marker
        digits = 2 if abs(gap.mean) >= 0.005 or not math.isfinite(gap.mean) else 3
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


def _ticks(most: int) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])


def _tick_digits(low: float, high: float) -> int:
    return max(0, min(4, 2 - math.floor(math.log10(max(abs(high - low), 1e-9)) + 0.3) - 1)) if high > low else 2


def indicators(
    measures: pd.DataFrame,
    *,
    stages: Sequence[str] = ("primary", "junior"),
    lang: str = "zh",
    for_report: bool = False,
    info: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw the seven official differences between schools against their limit, by stage and policy.

    A policy meets the limit (达标) only when its whole 95% range is at or below it, fails when the whole
    range is above it, and is open (未定) otherwise; the limits are 0.50 (primary) and 0.45 (junior), and
    all seven must pass (教督〔2017〕6号; there is no composite).

    Parameters
    ----------
    measures
        Columns ``policy, draw, year, measure, scope, stage, value`` with measures
        ``official.cv.<indicator>`` at stage ``primary`` or ``junior``.
    stages
        Panels to draw; a stage without data is left out.
    lang, for_report, info
        As in :func:`trajectories`.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` or ``FIG-NO-MEASURE`` when no stage has any of the seven.
    """
    words = Words(lang, info or {})
    data: dict[str, dict[str, pd.DataFrame]] = {}
    for stage in stages:
        for key in INDICATORS:
            try:
                data.setdefault(stage, {})[key] = county(measures, f"official.cv.{key}", stage)
            except RunError as error:
                if error.code != "FIG-NO-MEASURE":
                    raise
                absent = error
    data = {stage: found for stage, found in data.items() if found}
    if not data:
        raise absent
    frames = [rows for found in data.values() for rows in found.values()]
    policies = words.order([policy for rows in frames for policy in dict.fromkeys(rows["policy"])])
    start, year = min(int(rows["year"].min()) for rows in frames), max(int(rows["year"].max()) for rows in frames)
    n_runs = max(int(rows["draw"].nunique()) for rows in frames)
    ends = {
        stage: {
            key: {policy: by_year(rows[rows["year"] == year], policy).get(year) for policy in policies}
            for key, rows in found.items()
        }
        for stage, found in data.items()
    }
    takeaway = _indicator_takeaway(words, ends, policies, year)
    row = max(0.5, 0.155 * len(policies) + 0.13)
    body = 7 * row + 0.95
    with house():
        chart = begin(
            words,
            8.9,
            body,
            title=words("indicators.title"),
            subtitle=words("indicators.subtitle", year=year),
            takeaway=takeaway,
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        bottom = read_line(
            chart, words("indicators.reading" if n_runs > 1 else "indicators.reading_one", start=start, year=year)
        )
        left, gap, verdicts = 2.42, 0.3, 0.55
        width = (8.9 - left - MARGIN - gap * (len(data) - 1)) / len(data) - verdicts
        for panel, (stage, found) in enumerate(data.items()):
            axes = chart.panel(
                left + panel * (width + verdicts + gap), bottom + 0.24, width, body - bottom - 0.24 - 0.32
            )
            _limit_panel(chart, axes, stage, found, ends[stage], policies, words, start, named=panel == 0)
    return chart


def _indicator_takeaway(
    words: Words, ends: Mapping[str, Mapping[str, Mapping[str, Interval | None]]], policies: Sequence[str], year: int
) -> str:
    sentences, passing = [], set(policies)
    for stage, found in ends.items():
        # Policies with the same number of indicators that surely pass share one clause.
        groups: dict[int, list[str]] = {}
        for policy in policies:
            gaps = [one[policy] for one in found.values()]
            meets = sum(gap is not None and verdict(gap, CV_LIMIT[stage]) == MEETS for gap in gaps)
            groups.setdefault(meets, []).append(policy)
            if meets < len(INDICATORS):
                passing.discard(policy)
        if len(groups) == 1 and len(policies) > 1:
            said = words("indicators.same", meets=next(iter(groups)))
        else:
            said = words("indicators.between").join(
                words("indicators.counts", policy=words.policies(members), meets=meets)
                for meets, members in groups.items()
            )
        sentences.append(words("indicators.takeaway", year=year, stage=words.label("stage", stage), counts=said))
    if passing:
        rule = words("indicators.all_pass", policies=words.policies([p for p in policies if p in passing]))
    else:
        rule = words("indicators.none_pass")
    return words("indicators.stages").join(sentences) + rule


def _limit_panel(
    chart: Chart,
    axes: Axes,
    stage: str,
    found: Mapping[str, pd.DataFrame],
    ends: Mapping[str, Mapping[str, Interval | None]],
    policies: Sequence[str],
    words: Words,
    start: int,
    *,
    named: bool,
) -> None:
    limit, style = CV_LIMIT[stage], looks(policies)
    n = len(policies)
    # Sub-rows of one indicator: one for each policy, with a little air between indicators.
    pitch = n + 0.85 if n > 2 else 3.2
    bases = {
        key: summaries.spread(rows[(rows["year"] == start)].groupby("draw")["value"].mean())
        for key, rows in found.items()
    }
    shown = [limit, *(base.mean for base in bases.values())]
    centre = [limit, *(gap.mean for gaps in ends.values() for gap in gaps.values() if gap is not None)]
    for gaps in ends.values():
        shown += [edge for gap in gaps.values() if gap is not None for edge in (gap.mean, gap.low, gap.high)]
    low, high = nice_limits(shown, pad=0.05)
    room = nice_limits([*centre, *(base.mean for base in bases.values())])
    axes.set_xlim(max(0.0, low, room[0] - 1.5 * (room[1] - room[0])), min(high, room[1] + 1.5 * (room[1] - room[0])))
    axes.set_ylim(len(INDICATORS) * pitch - 0.4, -0.75)
    axes.axvspan(limit, axes.get_xlim()[1], color=LIMIT, alpha=0.05, linewidth=0, zorder=0)
    axes.axvline(limit, color=LIMIT, linewidth=1.4, zorder=1)
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(_ticks(5))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, 1 if axes.get_xlim()[1] > 0.7 else 2))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(
        words("indicators.panel", stage=words.label("stage", stage), limit=number(limit)),
        loc="left", fontsize=10, fontweight="bold", color=INK, pad=9,
    )  # fmt: skip
    for order, key in enumerate(INDICATORS):
        top = order * pitch + (pitch - 0.85 - n) / 2
        middle = top + (n - 1) / 2
        if order:
            axes.axhline(
                order * pitch - 0.85, xmin=0, color=GRID, linewidth=0.8, zorder=0
            )
        if named:
            other = "en" if words.lang == "zh" else "zh"
            axes.annotate(
                words.label("indicator", key), (0, middle), xycoords=("axes fraction", "data"),
                xytext=(-58, 5.5), textcoords="offset points", ha="right", va="center", fontsize=9,
                annotation_clip=False,
            )  # fmt: skip
            axes.annotate(
                words.label("indicator", key, other), (0, middle), xycoords=("axes fraction", "data"),
                xytext=(-58, -6), textcoords="offset points", ha="right", va="center", fontsize=6.8, color=QUIET,
                annotation_clip=False,
            )  # fmt: skip
        if key not in found:
            axes.annotate(words("indicators.no_data"), (0.02, middle), xycoords=("axes fraction", "data"),
                          fontsize=7.5, color=QUIET, va="center")  # fmt: skip
        base = bases.get(key)
        if base is not None and math.isfinite(base.mean):
            axes.plot([base.mean] * 2, [top - 0.3, top + n - 0.7], color=FAINT, linewidth=0.9, zorder=1)
            axes.plot(base.mean, middle, marker="o", markersize=5.5, markerfacecolor="white",
                      markeredgecolor=QUIET, markeredgewidth=1.2, zorder=2)  # fmt: skip
        for line, policy in enumerate(policies):
            at, look = top + line, style[policy]
            gap = ends.get(key, {}).get(policy)
            if named:
                row_label = axes.annotate(
                    words.policy(policy), (0, at), xycoords=("axes fraction", "data"), xytext=(-5, 0),
                    textcoords="offset points", ha="right", va="center", fontsize=7.4, color=look.colour,
                    annotation_clip=False,
                )  # fmt: skip
                chart.shrink(row_label, 0.72)
            if gap is None or not math.isfinite(gap.mean):
                continue
            if gap.known:
                axes.plot([gap.low, gap.high], [at, at], color=look.colour, linewidth=1.7, solid_capstyle="butt",
                          zorder=3)  # fmt: skip
            axes.plot(gap.mean, at, marker=look.marker, markersize=4.8, color=look.colour,
                      markeredgecolor="white", markeredgewidth=0.5, zorder=4)  # fmt: skip
            said = verdict(gap, limit)
            axes.annotate(
                words.label("verdict", said), (1, at), xycoords=("axes fraction", "data"), xytext=(7, 0),
                textcoords="offset points", va="center", fontsize=7.6,
                color={"meets": GOOD, "fails": LIMIT, "open": QUIET}[said],
                fontweight="normal" if said == OPEN else "bold", annotation_clip=False,
            )  # fmt: skip


def draw_one(comparison: Any, figure: str, *, lang: str = "zh", for_report: bool = False, **options: Any) -> Chart:
    """Draw one of the six figures of a comparison.

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
    makers = {"dumbbell": dumbbell, "county_map": county_map, "ridgeline": ridgeline}
    if figure not in makers:
        zh, en = did_you_mean(figure, FIGURES)
        raise RunError("FIG-NAME", f"没有名为 {figure} 的图", f"no figure {figure}", mend_zh=zh, mend_en=en)
    return makers[figure](comparison.schools, **say)


def draw_all(comparison: Any, folder: str | Path, lang: str = "zh", formats: Iterable[str] = ("png",)) -> list[Path]:
    """Write the six figures of a comparison.

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

    Returns
    -------
    list of Path
        Files in the order of :data:`FIGURES`. A figure whose data the comparison does not hold says so
        instead of being left out.

    Raises
    ------
    RunError
        ``FIG-FORMAT`` for an unknown format; ``FIG-COLUMNS`` when a frame lacks columns.
    """
    kinds = tuple(formats)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for name in FIGURES:
        try:
            chart = draw_one(comparison, name, lang=lang)
        except RunError as error:
            if error.code not in ("FIG-NO-MEASURE", "FIG-EMPTY"):
                raise
            chart = empty(Words(lang, getattr(comparison, "info", None) or {}), error.message(lang))
        written += save(chart, target / name, kinds)
    return written
