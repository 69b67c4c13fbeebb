"""Spending by year, recurrent against one-off, and by line of the accounts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edusim.measures.money import LINES
from edusim.report.county.facts import Facts
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import (
    MONEY,
    MOST_NAMED,
    across_of,
    bare,
    clauses,
    grouped,
    head,
    money,
    nothing,
    place,
    share,
)
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
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
    ticks,
    year_ticks,
)
from edusim.report.summaries import Interval, mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

#: Lines shown by name, those that cost most; the rest are added up.
MOST_LINES = 14
REST = "rest"
#: Yuan a year below which nothing was spent.
NOTHING_SPENT = 0.5


def spenders(facts: Facts) -> list[str]:
    """Return the policies under which programme money is spent in some year."""
    return [
        policy for policy in facts.policies
        if float(np.nanmax(np.nan_to_num(facts.series("money.total", policy)))) > NOTHING_SPENT
    ]  # fmt: skip


def recurrent_share(facts: Facts, policy: str) -> Interval:
    """Return recurrent over all spending of the years after the base year, with the 95% interval of its mean over draws."""
    part, whole = (np.nansum(facts.series(key, policy)[:, 1:], axis=1) for key in ("money.recurrent", "money.total"))
    return mean_interval(np.divide(part, whole, out=np.full(part.size, np.nan), where=whole > 0))


def _takeaway(facts: Facts, spending: Sequence[str]) -> str:
    words = facts.words
    idle = [policy for policy in facts.policies if policy not in spending]
    totals = {policy: facts.yearly("money.total", policy) for policy in spending}
    shares = {policy: recurrent_share(facts, policy) for policy in spending}
    size = max(gap.mean for gap in totals.values())
    parts: list[str] = []
    if len(spending) > 1 and size - min(gap.mean for gap in totals.values()) <= 0.005 * size:
        parts.append(words("money.same", policies=words.policies(spending), value=money(words, bare(next(iter(totals.values()))))))
        said = [words("money.part", policy=words.policy(policy), share=share(words, gap)) for policy, gap in shares.items()]
        parts.append(words("money.recurrent_of", parts=words("list_separator").join(said)))
    elif len(spending) > MOST_NAMED:
        for key, of, write in (("money.range", totals, money), ("money.range_share", shares, share)):
            least, most = (pick(spending, key=lambda policy, of=of: of[policy].mean) for pick in (min, max))  # type: ignore[misc]
            parts.append(words(key, least=words.policy(least), low=write(words, bare(of[least])), most=words.policy(most),
                               high=write(words, bare(of[most]))))  # fmt: skip
    else:
        said = [
            words("money.each", policy=words.policy(policy), value=money(words, totals[policy]), share=share(words, shares[policy]))
            for policy in spending
        ]
        parts.append(words("money.a_year", parts=words("semicolon").join(said)))
    largest = grouped(spending, lambda policy: max(LINES, key=lambda line: _a_year(facts, policy, line.key)).key)
    if len(largest) == 1 and len(spending) > 1:
        parts.append(words("money.largest", line=_line(words, largest[0][0])))
    elif len(spending) <= MOST_NAMED:
        parts += [words("money.largest_of", policies=words.policies(own), line=_line(words, key)) for key, own in largest]
    unpaid = [
        words("money.unpaid_of", policy=words.policy(policy), value=money(words, gap))
        for policy in spending
        if (gap := facts.yearly("money.unfunded", policy)).mean > NOTHING_SPENT and (gap.clear or not gap.known)
    ]
    if unpaid:
        parts.append(words("money.unpaid", parts=words("list_separator").join(unpaid)))
    if idle:
        parts.append(words("money.idle", policies=words.policies(idle)))
    if facts.draws < 2:
        parts.append(words.inside(words("one_run")))
    return clauses(words, parts)


def _a_year(facts: Facts, policy: str, line: str) -> float:
    value = facts.yearly(f"money.line.{line}", policy).mean
    return value if math.isfinite(value) else 0.0


def _line(words: Words, key: str) -> str:
    if key == REST:
        return words("money.rest")
    line = next(line for line in LINES if line.key == key)
    return line.zh if words.lang == "zh" else line.en


def _lines(facts: Facts, spending: Sequence[str]) -> dict[str, list[float]]:
    """Return line -> mean yuan a year by policy, recurrent lines first, the smallest added up."""
    sums = {line.key: [_a_year(facts, policy, line.key) for policy in spending] for line in LINES}
    used = [line for line in LINES if max(sums[line.key]) > NOTHING_SPENT]
    kept = sorted(used, key=lambda line: -max(sums[line.key]))[:MOST_LINES]
    small = [line for line in used if line not in kept]
    if len(small) == 1:
        kept, small = [*kept, *small], []
    found = {
        line.key: sums[line.key] for line in sorted(kept, key=lambda line: (not line.is_recurrent, -max(sums[line.key])))
    }
    if small:
        found[REST] = np.sum([sums[line.key] for line in small], axis=0).tolist()
    return found


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw spending by year (recurrent filled, one-off hatched) and the mean a year by line, a panel a policy.

    Parameters
    ----------
    facts
        Holds ``money.total``, ``money.recurrent``, ``money.one_off`` and ``money.line.*``.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when nothing is spent under any policy.
    """
    words = facts.words
    spending = spenders(facts)
    if not spending or len(facts.years) < 2:
        raise nothing("money.empty")
    lines = _lines(facts, spending)
    n = len(spending)
    across = across_of(n, 5)
    down = -(-n // across)
    upper, row = 1.35 if down == 1 else 1.05, 0.19
    pitch = upper + 0.62
    lower = row * (len(lines) + 1) + 0.1
    width = 8.9
    body = down * pitch + lower + 0.95
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("money.title"),
            subtitle=other("money.subtitle", start=facts.years[1], year=facts.last_year),
            takeaway=_takeaway(facts, spending),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )
        bottom = read_line(chart, words("money.reading" if facts.draws > 1 else "money.reading_one"))
        low = bottom + 0.04
        step = (body - low - lower - 0.42) / down
        high = _ceiling(facts, spending)
        for index, policy in enumerate(spending):
            line, x, each = place(index, across, 0.62, MARGIN, 0.16, width)
            axes = chart.panel(x, body - (line + 1) * step + 0.34, each, step - 0.62)
            _by_year(axes, facts, policy, high, labelled=index % across == 0)
            head(chart, axes, words, facts.policies, policy, each)
        _by_line(chart, facts, spending, lines, low, lower)
    return chart


def _ceiling(facts: Facts, spending: Sequence[str]) -> float:
    tops = [np.nanmean(facts.series("money.total", policy)[:, 1:], axis=0).max() for policy in spending]
    return float(max(tops)) / MONEY[facts.lang]


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.nanmean(np.nan_to_num(values[:, 1:]), axis=0))


def _by_year(axes: Axes, facts: Facts, policy: str, high: float, *, labelled: bool) -> None:
    words, per = facts.words, MONEY[facts.lang]
    colour = looks(facts.policies)[policy].colour
    years = facts.years[1:]
    recurrent, one_off = (_mean(facts.series(key, policy)) / per for key in ("money.recurrent", "money.one_off"))
    axes.bar(years, recurrent, width=0.72, color=colour, linewidth=0)
    axes.bar(years, one_off, bottom=recurrent, width=0.72, facecolor="white", edgecolor=colour, hatch="/////", linewidth=0.8)
    if facts.draws > 1:
        for year in years:
            gap = facts.spread("money.total", policy, year)
            if gap.known and gap.high - gap.low > 0.01 * max(gap.mean, 1.0):
                axes.plot([year] * 2, [max(0.0, gap.low) / per, gap.high / per], color=INK, linewidth=0.9)
    axes.set_xlim(years[0] - 0.6, years[-1] + 0.6)
    axes.set_ylim(0, high * 1.2)
    shown = year_ticks(years, 3)
    axes.set_xticks(shown, [str(year) for year in shown])
    axes.yaxis.set_major_locator(ticks(4))
    axes.yaxis.set_major_formatter(Numbers())
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, labelsize=7.6, labelleft=labelled)
    axes.tick_params(axis="x", labelsize=7.6)
    middle = len(years) // 2
    halo = {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.95}
    if recurrent[middle] > 0.16 * high:
        axes.text(years[middle], recurrent[middle] / 2, words("money.recurrent"), ha="center", va="center", fontsize=7.4, color=INK,
                  bbox=halo)  # fmt: skip
    if one_off[middle] > 0.16 * high:
        axes.text(years[middle], recurrent[middle] + one_off[middle] / 2, words("money.one_off"), ha="center", va="center",
                  fontsize=7.4, color=INK, bbox=halo)  # fmt: skip


def _by_line(
    chart: Chart, facts: Facts, spending: Sequence[str], lines: dict[str, list[float]], low: float, tall: float
) -> None:
    words, per, style = facts.words, MONEY[facts.lang], looks(facts.policies)
    left, n = 2.3, len(spending)
    each = (chart.width - left - MARGIN) / n
    high = max(max(values) for values in lines.values()) / per
    recurrent = {line.key: line.is_recurrent for line in LINES}
    chart.say(MARGIN, low + tall + 0.1, words("money.lines"), fontsize=8.6, color=QUIET, va="bottom")
    order = list(lines)
    for column, policy in enumerate(spending):
        axes = chart.panel(left + column * each, low, each - 0.08, tall)
        axes.set_ylim(len(order) + 0.75, -0.55)
        room = 0.56 if words.lang == "zh" else 0.5
        axes.set_xlim(0, nice_limits([0.0, high])[1] * (each - 0.08) / max(0.25, each - 0.08 - room))
        axes.axis("off")
        colour = style[policy].colour
        total = 0.0
        for row, key in enumerate(order):
            value = lines[key][column] / per
            total += value
            is_recurrent = recurrent.get(key, True)
            # Lines added up may be of both kinds.
            alpha = 0.45 if key == REST else 1.0
            if value > 0:
                axes.barh(row, value, height=0.62, facecolor=colour if is_recurrent else "white", edgecolor=colour,
                          hatch=None if is_recurrent else "/////", linewidth=0.7, alpha=alpha)  # fmt: skip
            axes.annotate(_figure(value), (max(value, 0.0), row), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.4,
                          color=INK if value > 0 else FAINT)  # fmt: skip
            if column == 0:
                axes.annotate(_line(words, key), (0, row), xytext=(-6, 0), textcoords="offset points", ha="right", va="center",
                              fontsize=7.8, annotation_clip=False)  # fmt: skip
        axes.plot([0, axes.get_xlim()[1]], [len(order) - 0.42] * 2, color=GRID, linewidth=0.9)
        axes.annotate(_figure(total), (0, len(order) + 0.1), xytext=(3, 0), textcoords="offset points", va="center", fontsize=7.8,
                      fontweight="bold", color=colour)  # fmt: skip
        axes.plot([0, 0], [-0.5, len(order) - 0.42], color=FAINT, linewidth=0.8)
        if column == 0:
            axes.annotate(words("money.sum"), (0, len(order) + 0.1), xytext=(-6, 0), textcoords="offset points", ha="right",
                          va="center", fontsize=7.8, fontweight="bold", annotation_clip=False)  # fmt: skip


def _figure(value: float) -> str:
    return number(value, digits_for(value)) if value > 0 else "0"
