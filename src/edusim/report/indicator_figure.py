"""The seven official indicators against their limit: 达标, 未达标 or 未定, judged on the interval."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from edusim.errors import RunError
from edusim.language import text as worded
from edusim.report import summaries
from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import (
    FAINT,
    GOOD,
    GRID,
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Numbers,
    Words,
    house,
    looks,
    nice_limits,
    number,
    ticks,
)
from edusim.report.summaries import CV_LIMIT, INDICATORS, MEETS, OPEN, Interval, by_year, county, verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


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
        As in :func:`edusim.report.figures.trajectories`.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` or ``FIG-NO-MEASURE`` when no stage has any of the seven.
    """
    words = Words(lang, info or {})
    data: dict[str, dict[str, pd.DataFrame]] = {}
    absent: RunError | None = None
    for stage in stages:
        for key in INDICATORS:
            try:
                data.setdefault(stage, {})[key] = county(measures, f"official.cv.{key}", stage)
            except RunError as error:
                if error.code != "FIG-NO-MEASURE":
                    raise
                absent = error
    # A county without schools of a stage has rows for it that hold no number: no panel, no claim.
    data = {stage: found for stage, found in data.items() if any(rows["value"].notna().any() for rows in found.values())}
    if not data:
        raise absent or RunError("FIG-NO-MEASURE", "七项指标都没有数值", "none of the seven indicators has a value")
    frames = [rows for found in data.values() for rows in found.values()]
    policies = words.order([policy for rows in frames for policy in dict.fromkeys(rows["policy"])])
    start, year = min(int(rows["year"].min()) for rows in frames), max(int(rows["year"].max()) for rows in frames)
    n_runs = max(int(rows["draw"].nunique()) for rows in frames)
    ends = {
        stage: {
            key: {policy: by_year(rows[rows["year"] == year], policy, 0.0).get(year) for policy in policies}
            for key, rows in found.items()
        }
        for stage, found in data.items()
    }
    takeaway = _indicator_takeaway(words, ends, policies, year)
    row = max(0.5, (0.155 if len(policies) <= 6 else 0.125) * len(policies) + 0.13)
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
    every = [gap for found in ends.values() for one in found.values() for gap in one.values() if gap is not None]
    if not any(gap.known for gap in every):
        points = [
            words(
                "indicators.point",
                stage=words.label("stage", stage),
                policy=words.policy(policy),
                meets=sum((gap := one[policy]) is not None and gap.mean <= CV_LIMIT[stage] for one in found.values()),
            )
            for stage, found in ends.items()
            for policy in policies
        ]
        return words("indicators.one_run", year=year, counts=words("indicators.between").join(points))
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
    axes.xaxis.set_major_locator(ticks(5))
    axes.xaxis.set_major_formatter(Numbers(1))
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
            other = worded("indicator.zh", words.lang)
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
                    textcoords="offset points", ha="right", va="center", fontsize=7.4 if n <= 6 else 6.6, color=look.colour,
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
                textcoords="offset points", va="center", fontsize=7.6 if n <= 6 else 6.8,
                color={"meets": GOOD, "fails": LIMIT, "open": QUIET}[said],
                fontweight="normal" if said == OPEN else "bold", annotation_clip=False,
            )  # fmt: skip
