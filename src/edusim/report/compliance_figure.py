"""How probable it is that the county keeps the limits of the seven coefficients, by indicator, year, stage and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.county.facts import NOTHING, Facts, wilson
from edusim.report.page import begin, data_footer, read_line
from edusim.report.panels import clauses, grouped, head, nothing, place, share
from edusim.report.style import GOOD, INK, MARGIN, QUIET, Chart, Words, house, year_ticks
from edusim.report.summaries import CV_LIMIT, INDICATORS, Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

#: Row below the seven: all of them in the same run.
ALL = "all_seven"
ROWS = (*INDICATORS, ALL)
#: Up to this many policies each has its own row of panels, a panel a stage.
MOST_WIDE = 4
MIDDLE = 0.5


def kept(facts: Facts, policy: str, stage: str) -> dict[str, NDArray[np.float64]]:
    """Return whether each run keeps the limit: row -> float64 (draws, years) of 1, 0 and NaN where it is not known.

    ``all_seven`` is 1 where all seven are kept in the same run and NaN unless all seven are known.
    """
    found: dict[str, NDArray[np.float64]] = {}
    for key in INDICATORS:
        values = facts.series(f"official.cv.{key}", policy, stage=stage)
        found[key] = np.where(np.isfinite(values), (values <= CV_LIMIT[stage]).astype(float), np.nan)
    stacked = np.stack([found[key] for key in INDICATORS])
    found[ALL] = np.where(np.isfinite(stacked).all(axis=0), stacked.min(axis=0), np.nan)
    return found


def chance(column: NDArray[np.float64]) -> Interval:
    """Return the share of runs that keep a limit, with Wilson's 95% interval; runs without a value do not count."""
    known = column[np.isfinite(column)]
    return wilson(int(known.sum()), known.size)


def side(interval: Interval) -> str:
    """Return ``likely`` when the whole interval is above one half, ``unlikely`` when all of it is below, else ``open``."""
    if not interval.known:
        return "open"
    return "likely" if interval.low > MIDDLE else "unlikely" if interval.high < MIDDLE else "open"


def _takeaway(facts: Facts, data: Mapping[str, Mapping[str, Mapping[str, NDArray[np.float64]]]]) -> str:
    words, year = facts.words, facts.last_year
    stages = words("list_separator").join(words.label("stage", stage) for stage in data)
    every = {
        policy: np.stack([found[policy][ALL][:, -1] for found in data.values()]) for policy in facts.policies
    }  # fmt: skip
    both = {
        policy: chance(np.where(np.isfinite(rows).all(axis=0), rows.min(axis=0), np.nan)) for policy, rows in every.items()
    }  # fmt: skip
    if facts.draws < 2:
        passing = [policy for policy, found in both.items() if found.mean == 1.0]
        said = words("compliance.one_passing", policies=words.policies(passing)) if passing else words("compliance.one_none")
        return words("compliance.one_run", year=year, said=said)
    if not any(found.known for found in both.values()):
        return words("compliance.unknown", year=year)
    parts = [
        words("compliance.both", policies=words.policies(policies), chance=share(words, found))
        for found, policies in grouped([p for p in facts.policies if both[p].known], lambda policy: both[policy])
    ]
    all_same = len(parts) == 1 and len(facts.policies) > 1
    if all_same:
        parts = [words("compliance.same", chance=share(words, next(iter(both.values()))))]
    sentence = words("compliance.takeaway", year=year, stages=stages, said=words("list_separator").join(parts))
    return clauses(words, [sentence, *_lost(facts, data)])


def _lost(facts: Facts, data: Mapping[str, Mapping[str, Mapping[str, NDArray[np.float64]]]]) -> list[str]:
    """Return by stage which indicators are probably not kept under every policy, stages that agree in one sentence."""
    words = facts.words

    def names(stage: str) -> str:
        return words("list_separator").join(
            words.inside(words.label("indicator", key))
            for key in INDICATORS
            if all(side(chance(data[stage][policy][key][:, -1])) == "unlikely" for policy in facts.policies)
        )

    key = "compliance.lost" if len(facts.policies) > 1 else "compliance.lost_one"
    return [
        words(key, stage=words("list_separator").join(words.label("stage", stage) for stage in stages), names=said)
        for said, stages in grouped(list(data), names)
        if said
    ]


def draw(facts: Facts, *, for_report: bool = False) -> Chart:
    """Draw in how many of the runs the county keeps the limit of each coefficient, year by year.

    A cell gives the share of runs in percent; it is bold with a filled ground when Wilson's 95% interval lies wholly above
    one half, plain on white when wholly below, and hatched when the interval holds one half. This asks how probable keeping
    the limit is; whether a county *keeps* it (达标) is judged on the coefficient's own range in
    :func:`edusim.report.indicator_figure.indicators`.

    Parameters
    ----------
    facts
        Holds ``official.cv.<indicator>`` at ``primary`` or ``junior``.
    for_report
        Leave out title, takeaway and footer.

    Raises
    ------
    RunError
        ``FIG-EMPTY`` when no coefficient has a value.
    """
    words = facts.words
    data = {stage: {policy: kept(facts, policy, stage) for policy in facts.policies} for stage in CV_LIMIT}
    data = {
        stage: found for stage, found in data.items()
        if any(np.isfinite(rows).any() for by_row in found.values() for rows in by_row.values())
    }  # fmt: skip
    if not data:
        raise nothing("compliance.empty")
    n, is_wide = len(facts.policies), len(facts.policies) <= MOST_WIDE
    across = 1 if is_wide else 3 if n > 6 else 2
    down = -(-n // across)
    years = facts.years if is_wide else year_ticks(facts.years, 5)
    row = 0.175
    panel = row * len(ROWS) + 0.05
    pitch = panel + 0.62
    width, left = 8.9, 1.72
    body = down * pitch + 0.42
    other = Words("en" if words.lang == "zh" else "zh", facts.info)
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("compliance.title"),
            subtitle=other("compliance.subtitle"),
            takeaway=_takeaway(facts, data),
            footer=data_footer(words, facts.draws),
            for_report=for_report,
        )
        bottom = read_line(chart, words("compliance.reading" if facts.draws > 1 else "compliance.reading_one", n=facts.draws))
        body_low = bottom + 0.22
        pitch = (body - body_low) / down
        for index, policy in enumerate(facts.policies):
            line, x, each = place(index, across, left, MARGIN, 0.2, width)
            base = body - (line + 1) * pitch + 0.02
            inner = (each - 0.12 * (len(data) - 1)) / len(data)
            for column, (stage, found) in enumerate(data.items()):
                axes = chart.panel(x + column * (inner + 0.12), base, inner, pitch - 0.62)
                _strip(axes, found[policy], facts, years, inner)
                if column == 0:
                    head(chart, axes, words, facts.policies, policy, each, lift=0.16)
                axes.annotate(words("compliance.stage", stage=words.label("stage", stage), limit=f"{CV_LIMIT[stage]:.2f}"),
                              (0, 1), xycoords="axes fraction", xytext=(0, 3.5), textcoords="offset points", fontsize=7.6,
                              color=QUIET, annotation_clip=False)  # fmt: skip
                if index % across == 0 and column == 0:
                    _names(axes, words)
    return chart


def _names(axes: Axes, words: Words) -> None:
    for order, key in enumerate(ROWS):
        said = words("compliance.all") if key == ALL else words.label("indicator", key)
        axes.annotate(said, (0, _top(order) + 0.5), xycoords=("axes fraction", "data"), xytext=(-6, 0), textcoords="offset points",
                      ha="right", va="center", fontsize=7.8, fontweight="bold" if key == ALL else "normal", color=INK,
                      annotation_clip=False)  # fmt: skip


def _top(order: int) -> float:
    # The last row stands a little apart.
    return order + (0.3 if ROWS[order] == ALL else 0.0)


def _strip(axes: Axes, rows: Mapping[str, NDArray[np.float64]], facts: Facts, years: Sequence[int], wide: float) -> None:
    """Draw one policy at one stage: rows of indicators, a cell a year, like neighbours joined."""
    axes.set_xlim(0, len(years))
    axes.set_ylim(_top(len(ROWS) - 1) + 1, 0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_yticks([])
    shown = set(year_ticks(years, max(2, int(wide / 0.42))))
    axes.set_xticks([i + 0.5 for i, year in enumerate(years) if year in shown], [str(y) for y in years if y in shown])
    axes.tick_params(axis="x", length=0, labelsize=7.2, pad=2)
    columns = [facts.years.index(year) for year in years]
    for order, key in enumerate(ROWS):
        chances = [chance(rows[key][:, column]) if rows[key].size else NOTHING for column in columns]
        edges = [0, *(i for i, (a, b) in enumerate(pairwise(chances), 1) if not _alike(a, b)), len(chances)]
        for start, end in pairwise(edges):
            _cell(axes, start, end, _top(order), chances[start], one_run=facts.draws < 2)


def _alike(one: Interval, two: Interval) -> bool:
    return (round(100 * one.mean) == round(100 * two.mean) and one.n == two.n) if one.n and two.n else one.n == two.n


def _cell(axes: Axes, start: int, end: int, top: float, found: Interval, *, one_run: bool) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import Rectangle

    if not found.n:
        axes.add_patch(Rectangle((start + 0.03, top + 0.06), end - start - 0.06, 0.88, facecolor="none", edgecolor="#D5DADF",
                                 linewidth=0.6, linestyle=":"))  # fmt: skip
        return
    depth = 0.08 + 0.8 * found.mean
    ground = tuple(1 - depth * (1 - channel) for channel in to_rgb(GOOD))
    where = "open" if one_run else side(found)
    axes.add_patch(Rectangle((start + 0.03, top + 0.06), end - start - 0.06, 0.88, facecolor=ground, linewidth=0.0,
                             hatch="////" if where == "open" and not one_run else None, edgecolor="#FFFFFF"))  # fmt: skip
    middle = (start + end) / 2
    if one_run:
        # Filled: kept; a cross: not. No number, for one run has no probability.
        axes.plot(middle, top + 0.5, marker="o" if found.mean else "x", markersize=4.0, color="white" if found.mean else INK,
                  markeredgewidth=1.2)  # fmt: skip
        return
    axes.text(middle, top + 0.53, f"{100 * found.mean:.0f}", ha="center", va="center", fontsize=6.6,
              color="white" if found.mean > 0.55 else INK, fontweight="bold" if where == "likely" else "normal",
              bbox={"facecolor": ground, "edgecolor": "none", "pad": 0.6} if where == "open" else None)  # fmt: skip
