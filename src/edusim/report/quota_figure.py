"""Rotation promised and delivered by year, against the official tenth of eligible teachers and fifth of backbone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.county.facts import Facts
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import MOST_NAMED, across_of, bare, clauses, grouped, head, nothing, of_all, place, share
from edusim.report.style import (
    INK,
    LIMIT,
    MARGIN,
    QUIET,
    Chart,
    Numbers,
    Words,
    house,
    looks,
    ticks,
    year_ticks,
)
from edusim.report.summaries import OPEN, Interval, mean_interval, verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

#: 教督〔2017〕6号, government support item 11: of eligible teachers, and backbone among those sent.
LEAST_SENT, LEAST_BACKBONE = 0.10, 0.20
PROMISED, DELIVERED = "staffing.rotation_promised", "staffing.rotation_delivered"
ELIGIBLE, SENT, BACKBONE = "staffing.rotation_eligible", "staffing.rotation_share_eligible", "staffing.rotation_backbone_share"


def at_least(interval: Interval, least: float) -> str:
    """Judge a level against an official lower limit on its interval: ``meets``, ``fails`` or ``open``."""
    return verdict(Interval(-interval.mean, -interval.high, -interval.low, interval.n), -least)


def kept_share(facts: Facts, policy: str) -> Interval:
    """Return delivered over promised persons of all years, with the 95% interval of its mean over draws."""
    sent, due = (np.nansum(facts.series(key, policy)[:, 1:], axis=1) for key in (DELIVERED, PROMISED))
    return mean_interval(np.divide(sent, due, out=np.full(sent.size, np.nan), where=due > 0))


def _takeaway(facts: Facts, policies: Sequence[str]) -> str:
    words, year = facts.words, facts.last_year
    due = {policy: kept_share(facts, policy) for policy in policies}
    promised = [policy for policy in policies if math.isfinite(due[policy].mean)]
    parts, is_many = [], len(policies) > MOST_NAMED
    if promised:
        said = [
            words("quota.kept", policies=of_all(words, own, policies, "chart.each"), share=share(words, bare(gap) if is_many else gap))
            for gap, own in grouped(promised, lambda policy: due[policy])
        ]
        parts.append(words("quota.delivered", parts=words("list_separator").join(said)))
    if facts.draws < 2:
        return clauses(words, [*parts, words.inside(words("one_run"))])
    for key, least, name in ((SENT, LEAST_SENT, "sent"), (BACKBONE, LEAST_BACKBONE, "backbone")):
        known = [policy for policy in policies if facts.spread(key, policy).known]
        if not known:
            continue
        said = [
            words(f"quota.{name}_{found}", policies=of_all(words, own, policies, "chart.every" if found == OPEN else "chart.each"))
            for found, own in grouped(known, lambda policy, key=key, least=least: at_least(facts.spread(key, policy), least))  # type: ignore[misc]
        ]
        parts.append(words("quota.in_year", year=year, said=words("chart.between").join(said)))
    return clauses(words, parts)


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw persons promised and sent on rotation year by year, a panel a policy, and the backbone share among those sent.

    Red marks what 教督〔2017〕6号 asks for: a tenth of eligible teachers, a fifth of backbone among those sent. Whether it is
    met is judged on the 95% range of single runs, not on the mean.

    Parameters
    ----------
    facts
        Holds ``staffing.rotation_promised``, ``_delivered``, ``_eligible``, ``_share_eligible``, ``_backbone_share``.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when rotation is neither promised nor delivered under any policy.
    """
    words = facts.words
    policies = [
        policy for policy in facts.policies
        if max(float(np.nan_to_num(facts.series(key, policy)[:, 1:]).max(initial=0.0)) for key in (PROMISED, DELIVERED)) > 0
    ]  # fmt: skip
    if not policies:
        raise nothing("quota.empty")
    across = across_of(len(policies), 4)
    down = -(-len(policies) // across)
    upper, lower = (1.75, 0.72) if down == 1 else (1.2, 0.55)
    pitch = upper + lower + 0.92
    width = 8.9
    body = down * pitch + 0.3
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("quota.title"),
            subtitle=other("quota.subtitle", start=facts.years[1] if len(facts.years) > 1 else facts.base_year, year=facts.last_year),
            takeaway=_takeaway(facts, policies),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )
        bottom = read_line(chart, words("quota.reading" if facts.draws > 1 else "quota.reading_one"))
        step = (body - bottom) / down
        upper = step - lower - 0.92
        ceiling = _ceiling(facts, policies)
        for index, policy in enumerate(policies):
            row, x, each = place(index, across, 0.55, MARGIN, 0.16, width)
            base = body - (row + 1) * step + 0.36
            is_first = index % across == 0
            axes = chart.panel(x, base + lower + 0.26, each, upper)
            _persons(axes, facts, policy, ceiling, is_first=is_first)
            head(chart, axes, words, facts.policies, policy, each)
            _backbone(chart.panel(x, base, each, lower), facts, policy, is_first=is_first)
    return chart


def _years(facts: Facts) -> list[int]:
    return facts.years[1:] or facts.years


def _mean(facts: Facts, measure: str, policy: str) -> NDArray[np.float64]:
    values = facts.series(measure, policy)[:, -len(_years(facts)) :]
    known = np.isfinite(values)
    sums, counts = np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0)
    return np.asarray(np.divide(sums, counts, out=np.full(sums.size, np.nan), where=counts > 0))


def _ceiling(facts: Facts, policies: Sequence[str]) -> float:
    tops = [
        float(np.nan_to_num(_mean(facts, key, policy) * size).max())
        for policy in policies for key, size in ((PROMISED, 1.0), (DELIVERED, 1.0), (ELIGIBLE, LEAST_SENT))
    ]  # fmt: skip
    return max(1.0, *tops)


def _frame(axes: Axes, years: Sequence[int], *, is_first: bool) -> None:
    axes.set_xlim(years[0] - 0.65, years[-1] + 0.65)
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=7.6, labelleft=is_first)
    axes.tick_params(axis="x", labelsize=7.6)


def _persons(axes: Axes, facts: Facts, policy: str, ceiling: float, *, is_first: bool) -> None:
    words, colour, years = facts.words, looks(facts.policies)[policy].colour, _years(facts)
    promised, sent = _mean(facts, PROMISED, policy), _mean(facts, DELIVERED, policy)
    due = LEAST_SENT * _mean(facts, ELIGIBLE, policy)
    _frame(axes, years, is_first=is_first)
    axes.set_ylim(0, ceiling * 1.28)
    axes.yaxis.set_major_locator(ticks(4))
    axes.yaxis.set_major_formatter(Numbers())
    axes.set_xticks([])
    axes.bar(years, promised, width=0.78, facecolor="none", edgecolor=INK, linewidth=0.9, linestyle=(0, (2, 1.2)), zorder=3)
    axes.bar(years, sent, width=0.62, color=colour, linewidth=0, zorder=2)
    if facts.draws > 1:
        for year in years:
            gap = facts.spread(DELIVERED, policy, year)
            if gap.known:
                axes.plot([year] * 2, [gap.low, gap.high], color=INK, linewidth=0.9, zorder=4)
    axes.plot(years, due, color=LIMIT, linewidth=1.4, linestyle=(0, (4, 2)), zorder=5)
    axes.annotate(words("quota.tenth"), (0, 1), xycoords="axes fraction", xytext=(0, -1), textcoords="offset points", fontsize=7.2,
                  color=QUIET, va="top", zorder=6, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.6})  # fmt: skip


def _backbone(axes: Axes, facts: Facts, policy: str, *, is_first: bool) -> None:
    words, look, years = facts.words, looks(facts.policies)[policy], _years(facts)
    shares = 100 * _mean(facts, BACKBONE, policy)
    _frame(axes, years, is_first=is_first)
    axes.set_ylim(0, max(60.0, float(np.nan_to_num(shares).max()) * 1.1))
    axes.set_yticks([0, 20, 40, 60], ["0", "20", "40", "60"])
    shown = year_ticks(years, 3)
    axes.set_xticks(shown, [str(year) for year in shown])
    if facts.draws > 1:
        gaps = [facts.spread(BACKBONE, policy, year) for year in years]
        known = [(year, gap) for year, gap in zip(years, gaps, strict=True) if gap.known]
        axes.fill_between([year for year, _ in known], [100 * gap.low for _, gap in known], [100 * gap.high for _, gap in known],
                          color=look.colour, alpha=0.15, linewidth=0)  # fmt: skip
    axes.axhline(100 * LEAST_BACKBONE, color=LIMIT, linewidth=1.2, linestyle=(0, (4, 2)), zorder=2)
    axes.plot(years, shares, color=look.colour, linestyle=look.dash, linewidth=1.6, marker=look.marker, markersize=3.4, zorder=3,
              markerfacecolor="white", markeredgewidth=1.0)  # fmt: skip
    axes.annotate(words("quota.backbone"), (0, 1), xycoords="axes fraction", xytext=(0, 3.5), textcoords="offset points", fontsize=7.2,
                  color=QUIET, annotation_clip=False)  # fmt: skip

