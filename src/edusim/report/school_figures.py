"""Figures of schools: before and after by policy (dumbbell), and their distribution over the years (ridgeline).

Schools appear under pseudonyms only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError
from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import (
    FAINT,
    GRID,
    INK,
    MARGIN,
    QUIET,
    Chart,
    Numbers,
    Words,
    house,
    looks,
    nice_limits,
    number,
    year_ticks,
)
from edusim.report.summaries import Interval, mean_interval, need

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

SCHOOL_COLUMNS = ("policy", "draw", "year", "school_id", "pseudonym", "zone", "role", "group_id", "mean_achievement")
#: Rows of the dumbbell; a larger county is shown by schools evenly spaced over the list of kinds of place, stages and names.
MOST_ROWS = 24
ZONES = ("urban", "town", "rural", "mountain")
STAGES = ("primary", "nine_year", "junior")
MOST_ROWS_CROWDED = 18  # with five or six policies
MOST_RIDGES = 6
#: Below this number of schools a density would be made up.
FEWEST_FOR_DENSITY = 5


def tidy(schools: pd.DataFrame, columns: Sequence[str] = SCHOOL_COLUMNS) -> pd.DataFrame:
    """Return the schools frame checked, with policy, role and zone as text and group -1 for none.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` when a column is missing, ``FIG-EMPTY`` when no school has a mean.
    """
    need(schools, columns, "schools")
    frame = schools[list(dict.fromkeys([*columns, *(c for c in ("mode", "stage") if c in schools.columns)]))].copy()
    for column in ("policy", "role", "zone", "pseudonym"):
        frame[column] = frame[column].astype(str)
    frame["group_id"] = frame["group_id"].fillna(-1)
    frame["mean_achievement"] = frame["mean_achievement"].astype(float)
    if not np.isfinite(frame["mean_achievement"]).any():
        raise RunError("FIG-EMPTY", "学校表中没有任何平均成绩", "the table of schools holds no mean achievement")
    return frame


def at_base(frame: pd.DataFrame) -> pd.DataFrame:
    """Return one row a school as it is in the base year (first year), indexed by school id; means over draws."""
    first = frame[frame["year"] == frame["year"].min()]
    kept = first.groupby("school_id", sort=True)
    base = kept[["pseudonym", "zone", "role", "group_id", *(c for c in ("stage",) if c in frame.columns)]].first()
    base["mean_achievement"] = kept["mean_achievement"].mean()
    return base


def changes(frame: pd.DataFrame, policy: str, start: int, year: int) -> pd.DataFrame:
    """Return the change of each school's mean from ``start`` to ``year``: rows schools, columns draws."""
    own = frame[frame["policy"] == policy]
    value = own.pivot_table(index="school_id", columns=["year", "draw"], values="mean_achievement", aggfunc="mean")
    years = value.columns.get_level_values(0)
    if start not in years or year not in years:
        return value.iloc[:, :0]
    return value[year] - value[start]


def _tally(gaps: Sequence[Interval]) -> tuple[int, int]:
    return sum(gap.clear and gap.mean > 0 for gap in gaps), sum(gap.clear and gap.mean < 0 for gap in gaps)


def _dumbbell_takeaway(
    words: Words, base: pd.DataFrame, gaps: Mapping[str, Mapping[Any, Interval]], policies: Sequence[str]
) -> str:
    members = [school for school in base.index if base.at[school, "role"] == "member"]
    cores = [school for school in base.index if base.at[school, "role"] == "core"]
    counted = members or list(base.index)

    def of(policy: str, schools: Sequence[Any]) -> list[Interval]:
        return [gaps[policy][school] for school in schools if school in gaps[policy]]

    candidates = [policy for policy in policies if policy != words.baseline] or list(policies)
    if not any(gap.known for policy in candidates for gap in of(policy, counted)):
        medians = {
            policy: float(np.median([gap.mean for gap in of(policy, counted) if math.isfinite(gap.mean)] or [math.nan]))
            for policy in candidates
        }
        best = max(candidates, key=lambda policy: abs(medians[policy]) if math.isfinite(medians[policy]) else -1.0)
        value = number(medians[best], signed=True)
        return words("dumbbell.takeaway_one", policy=words.policy(best), value=value)

    def said(schools: Sequence[Any]) -> str:
        return words("list_separator").join(
            words("dumbbell.count", policy=words.policy(policy), up=up, down=down)
            for policy in policies
            for up, down in [_tally(of(policy, schools))]
        )

    key = "dumbbell.takeaway" if members else "dumbbell.takeaway_all"
    sentence = words(key, members=len(counted), counts=said(counted))
    if cores and members:
        sentence += words("dumbbell.takeaway_cores", cores=len(cores), counts=said(cores))
    return sentence


def _rows(base: pd.DataFrame, most: int) -> list[tuple[Any, int | None]]:
    """Return (school, order of its group or None) in the order drawn, at most ``most``.

    Schools stand by kind of place, stage and pseudonym, never by achievement: the chart is no ranking.
    """
    zones, stages = {zone: i for i, zone in enumerate(ZONES)}, {stage: i for i, stage in enumerate(STAGES)}
    place = base["zone"].map(lambda zone: zones.get(zone, len(zones)))
    stage = base["stage"].astype(str).map(lambda key: stages.get(key, len(stages))) if "stage" in base else 0
    listed = base.assign(_place=place, _stage=stage).sort_values(["_place", "_stage", "pseudonym"], kind="stable")
    if len(base) > most:
        picked = np.linspace(0, len(base) - 1, most).round().astype(int)
        return [(school, None) for school in listed.index[picked]]
    groups = [group for group in sorted(set(base["group_id"]), key=lambda g: (str(g) == "-1", g)) if group != -1]
    rows: list[tuple[Any, int | None]] = []
    for order, group in enumerate([*groups, -1], start=1):
        own = listed[listed["group_id"] == group]
        for role in (True, False):
            rows += [(school, order if group != -1 else 0) for school in own.index[(own["role"] == "core") == role]]
    return rows


def dumbbell(
    schools: pd.DataFrame, *, lang: str = "zh", for_report: bool = False, info: Mapping[str, Any] | None = None
) -> Chart:
    """Draw every school's mean achievement in the base year and in the last year under each policy.

    Up to 24 schools (18 with five or more policies) are shown by group, core school first; a larger county by as many schools evenly
    spaced over the list by kind of place, stage and pseudonym (the chart says so).

    Parameters
    ----------
    schools
        Columns ``policy, draw, year, school_id, pseudonym, zone, role (core|member|none), group_id
        (-1 or NaN: none), mean_achievement (SD)``; the first year is the base year. NaN means (a closed
        school) are left out.
    lang, for_report, info
        As in :func:`edusim.report.figures.trajectories`.

    Returns
    -------
    Chart
        Change under each policy at the right; grey when the 95% interval of its mean over draws holds 0.
    """
    words = Words(lang, info or {})
    frame = tidy(schools)
    policies = words.order(list(dict.fromkeys(frame["policy"])))
    start, year = int(frame["year"].min()), int(frame["year"].max())
    base, n_runs = at_base(frame), int(frame["draw"].nunique())
    gaps: dict[str, dict[Any, Interval]] = {}
    for policy in policies:
        table = changes(frame, policy, start, year)
        gaps[policy] = {
            school: mean_interval(values)
            for school, values in zip(table.index, table.to_numpy(dtype=float), strict=True)
        }
    n = len(policies)
    rows = _rows(base, MOST_ROWS if n <= 4 else MOST_ROWS_CROWDED)
    grouped = any(order is not None for _, order in rows)
    breaks = sum(a[1] != b[1] for a, b in pairwise(rows)) if grouped else 0
    row_height = max(0.21, 0.066 * n + 0.04)
    body = row_height * len(rows) + 0.12 * breaks + 1.15
    width = 8.4 if n <= 4 else 9.4 if n <= 6 else 10.6
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("dumbbell.title", start=start, year=year),
            subtitle=words("dumbbell.subtitle", start=start, year=year),
            takeaway=_dumbbell_takeaway(words, base, gaps, policies),
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        reading = words("dumbbell.reading" if n_runs > 1 else "dumbbell.reading_one", start=start, year=year)
        if len(base) > len(rows):
            sample = words("dumbbell.sample", start=start, shown=len(rows), total=len(base))
            reading = f"{reading}{words('semicolon')}{sample}"
        bottom = read_line(chart, reading)
        column = 0.62 if n <= 6 else 0.56
        left = MARGIN + (0.62 if grouped else 0.0) + 1.12
        axes = chart.panel(left, bottom + 0.45, width - left - column * n - MARGIN - 0.1, body - bottom - 0.45 - 0.3)
        _dumbbells(chart, axes, rows, base, gaps, policies, words, row_height, column, year)
        axes.set_xlabel(words("dumbbell.axis"), fontsize=8.6, color=QUIET)
    return chart


def _dumbbells(
    chart: Chart,
    axes: Axes,
    rows: Sequence[tuple[Any, int | None]],
    base: pd.DataFrame,
    gaps: Mapping[str, Mapping[Any, Interval]],
    policies: Sequence[str],
    words: Words,
    row_height: float,
    column: float,
    year: int,
) -> None:
    style, n = looks(policies), len(policies)
    page_width, page_height = chart.get_size_inches()
    axes_width = axes.get_position().width * page_width
    axes_height = axes.get_position().height * page_height
    axes.set_ylim(axes_height, 0)  # y is inches from the top
    level = {school: float(base.at[school, "mean_achievement"]) for school, _ in rows}
    ends = [level[school] + gap.mean for school in level for own in gaps.values() if (gap := own.get(school))]
    axes.set_xlim(*nice_limits([*level.values(), *ends], pad=0.05))
    axes.grid(axis="x")
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_formatter(Numbers(1))
    headings: list[Any] = []
    for place, policy in enumerate(policies):
        x = axes_width + 0.12 + column * (place + 0.5)
        headings.append(axes.annotate(
            words.policy(policy).replace(" ", "\n"), (x / axes_width, 1), xycoords="axes fraction", xytext=(0, 5),
            textcoords="offset points", ha="center", fontsize=8.0, fontweight="bold",
            color=style[policy].colour, annotation_clip=False,
        ))  # fmt: skip
    chart.shrink_together(headings, column - 0.05)
    top, previous = 0.06, rows[0][1] if rows else None
    for school, order in rows:
        is_new = order is not None and (order != previous or top < 0.1)
        if order != previous:
            axes.axhline(top + 0.06, xmin=-0.0, color=GRID, linewidth=0.8)
            top += 0.12
        previous = order
        middle = top + row_height / 2
        if is_new:
            name = words("dumbbell.group", number=order) if order else words("dumbbell.ungrouped")
            left = (MARGIN - axes.get_position().x0 * page_width) * 72
            axes.annotate(name, (0, middle), xycoords=("axes fraction", "data"), xytext=(left, 0),
                          textcoords="offset points", ha="left", va="center", fontsize=8.6, fontweight="bold",
                          color=INK, annotation_clip=False)  # fmt: skip
        star = " ★" if base.at[school, "role"] == "core" else ""
        label = axes.annotate(f"{base.at[school, 'pseudonym']}{star}", (0, middle), xycoords=("axes fraction", "data"),
                      xytext=(-5, 0), textcoords="offset points", ha="right", va="center", fontsize=8.2,
                      annotation_clip=False)  # fmt: skip
        chart.shrink(label, 1.05)
        if not math.isfinite(level[school]):
            top += row_height
            continue
        axes.plot([level[school]] * 2, [top + 0.02, top + row_height - 0.02], color=FAINT, linewidth=0.8, zorder=1)
        for line, policy in enumerate(policies):
            gap = gaps[policy].get(school, Interval(math.nan, math.nan, math.nan, 0))
            look, at = style[policy], middle + (line - (n - 1) / 2) * 0.066
            said = number(gap.mean, signed=True)
            sure = gap.clear
            if math.isfinite(gap.mean):
                axes.plot([level[school], level[school] + gap.mean], [at, at], color=look.colour, linewidth=1.3, zorder=2)
                axes.plot(level[school] + gap.mean, at, marker=look.marker, markersize=4.3, color=look.colour,
                          markeredgecolor="white", markeredgewidth=0.4, zorder=4)  # fmt: skip
            x = axes_width + 0.12 + column * (line + 0.5)
            axes.annotate(said, (x / axes_width, middle), xycoords=("axes fraction", "data"), ha="center", va="center",
                          fontsize=8, color=look.colour if sure else FAINT, annotation_clip=False,
                          fontweight="bold" if sure else "normal")  # fmt: skip
        axes.plot(level[school], middle, marker="o", markersize=5.4, markerfacecolor="white", markeredgecolor=QUIET,
                  markeredgewidth=1.2, zorder=3)  # fmt: skip
        top += row_height


def most_under(words: Words, kind: str, chosen: str, moves: Mapping[str, NDArray[np.float64]]) -> str:
    """Return the beginning of a sentence on the policy under which most changes, and which others cannot be told from it.

    Parameters
    ----------
    words
        Language and facts.
    kind
        ``map`` or ``ridge``: which sentence.
    chosen
        The policy whose mean change is largest.
    moves
        Policy -> change of each draw, paired by draw.
    """
    if len(moves) == 1:
        return words(f"{kind}.only", policy=words.policy(chosen))
    own = moves[chosen]
    sign = math.copysign(1.0, float(np.nanmean(own)))
    near = []
    for policy, move in moves.items():
        if policy != chosen and move.shape == own.shape:
            gap = mean_interval(own * sign - move * math.copysign(1.0, float(np.nanmean(move))))
            if gap.known and not gap.clear:
                near.append(policy)
    rivals = words("rivals", policies=words.policies(near)) if near else ""
    return words(f"{kind}.most", policy=words.policy(chosen), rivals=rivals)


def quantiles(frame: pd.DataFrame, policy: str, year: int) -> NDArray[np.float64]:
    """Return P10, median and P90 of school means in each draw: float64, shape (draws, 3), SD."""
    own = frame[(frame["policy"] == policy) & (frame["year"] == year)]
    found = []
    for _, part in own.groupby("draw", sort=True):
        values = part["mean_achievement"].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        found.append(np.quantile(values, (0.1, 0.5, 0.9)) if values.size else np.full(3, np.nan))
    return np.asarray(found, dtype=float).reshape(-1, 3)


def _ridge_takeaway(words: Words, frame: pd.DataFrame, policies: Sequence[str], start: int, year: int) -> str:
    candidates = [policy for policy in policies if policy != words.baseline] or list(policies)
    moves: dict[str, NDArray[np.float64]] = {}
    for policy in candidates:
        first, last = quantiles(frame, policy, start), quantiles(frame, policy, year)
        if first.shape == last.shape and first.size:
            moves[policy] = last - first
    narrowing = {policy: mean_interval(move[:, 2] - move[:, 0]) for policy, move in moves.items()}
    narrowing = {policy: gap for policy, gap in narrowing.items() if math.isfinite(gap.mean)}
    if not narrowing:
        return words("empty")
    chosen = max(narrowing, key=lambda policy: abs(narrowing[policy].mean))
    low, high = (mean_interval(moves[chosen][:, column]) for column in (0, 2))
    gap = narrowing[chosen]

    def said(change: Interval) -> str:
        value = f"{number(change.mean, signed=True)} SD"
        if not change.known:
            return words("ridge.change_one", value=value)
        return words(
            "ridge.change", value=value, low=number(change.low, signed=True), high=number(change.high, signed=True)
        )

    if not gap.known:
        meaning = "one_run"
    elif not gap.clear:
        meaning = "unclear"
    elif gap.mean > 0:
        meaning = "wider"
    else:
        rises, falls = low.clear and low.mean > 0, high.clear and high.mean < 0
        meaning = "both" if rises and falls else "lift" if rises else "cut" if falls else "parallel"
    return words(
        "ridge.takeaway",
        head=most_under(words, "ridge", chosen, {policy: move[:, 2] - move[:, 0] for policy, move in moves.items()}),
        start=start,
        year=year,
        low=said(low),
        high=said(high),
        meaning=words(f"ridge.{meaning}"),
    )


def ridgeline(
    schools: pd.DataFrame, *, lang: str = "zh", for_report: bool = False, info: Mapping[str, Any] | None = None
) -> Chart:
    """Draw the distribution of school means in up to six years under each policy, all runs pooled.

    Parameters
    ----------
    schools
        Columns as in :func:`dumbbell`.
    lang, for_report, info
        As in :func:`edusim.report.figures.trajectories`.

    Returns
    -------
    Chart
        A Gaussian kernel density for each year (Silverman's width on the schools of one draw), lines at
        P10, median and P90 (means over draws), P90 - P10 at the right. With fewer than five schools only
        the schools themselves are drawn.
    """
    words = Words(lang, info or {})
    frame = tidy(schools)
    policies = words.order(list(dict.fromkeys(frame["policy"])))
    years = year_ticks([int(year) for year in frame["year"].unique()], MOST_RIDGES)
    start, year = years[0], years[-1]
    n_runs, n_schools = int(frame["draw"].nunique()), int(frame["school_id"].nunique())
    n = len(policies)
    across = n if n <= 4 else 3
    down = math.ceil(n / across)
    pitch = 0.42 if down == 1 else 0.34
    panel_height = pitch * len(years) + 0.55
    body = down * (panel_height + 0.52) + 0.48
    width = 8.4 if across > 1 else 6.8
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("ridge.title", start=start, year=year),
            subtitle=words("ridge.subtitle"),
            takeaway=_ridge_takeaway(words, frame, policies, start, year),
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        reading = words("ridge.reading" if n_schools >= FEWEST_FOR_DENSITY else "ridge.reading_few")
        if n_runs < 2:
            reading += words("semicolon") + words("one_run")
        bottom = read_line(chart, reading)
        left = MARGIN + 0.42
        each = (width - left - MARGIN) / across
        # A few tiny schools lie far out; the axis is made for all but one in a hundred at either end.
        ends = frame["mean_achievement"].dropna().quantile([0.01, 0.99])
        limits = nice_limits(list(ends), pad=0.25)
        # One scale of heights for all: what is the same in two panels looks the same.
        grid = np.linspace(limits[0], limits[1], 400)
        curves = {policy: _curves(frame, policy, years, grid, n_schools) for policy in policies}
        peak = max((float(curve.max()) for of in curves.values() for curve in of.values()), default=1.0)
        for place, policy in enumerate(policies):
            line, column = divmod(place, across)
            axes = chart.panel(
                left + column * each,
                body - (line + 1) * (panel_height + 0.52) + 0.3,
                each - 0.52,
                panel_height,
            )
            heights = {year: curve / peak * 1.55 for year, curve in curves[policy].items()}
            _ridges(axes, frame, policy, years, words, grid, heights, n_schools, policies=policies, is_first=column == 0)
        chart.say(
            left + (width - left - MARGIN) / 2, bottom + 0.02, words("ridge.axis"), ha="center", va="bottom",
            fontsize=8.6, color=QUIET,
        )  # fmt: skip
    return chart


def density(values: NDArray[np.float64], grid: NDArray[np.float64], n_units: int) -> NDArray[np.float64]:
    """Return a Gaussian kernel density of ``values`` on ``grid``; width by Silverman's rule for ``n_units``.

    ``n_units`` is the number of schools: draws repeat the same schools and must not narrow the kernel.
    """
    quarter, three_quarters = np.quantile(values, (0.25, 0.75))
    sd = float(values.std())
    scale = min(sd, (three_quarters - quarter) / 1.349) or sd
    width = max(0.9 * scale * max(2, n_units) ** -0.2, 1e-3)
    # Thousands of pooled values are put on the grid first: the sum over them then costs grid x grid.
    step = float(grid[1] - grid[0])
    counts, _ = np.histogram(values, bins=np.append(grid - step / 2, grid[-1] + step / 2))
    kernel = np.exp(-0.5 * ((grid[:, None] - grid[None, :]) / width) ** 2)
    found: NDArray[np.float64] = kernel @ counts / (values.size * width * math.sqrt(2 * math.pi))
    return found


def _curves(
    frame: pd.DataFrame, policy: str, years: Sequence[int], grid: NDArray[np.float64], n_schools: int
) -> dict[int, NDArray[np.float64]]:
    """Return the density of each year under a policy; none where there are too few schools."""
    curves: dict[int, NDArray[np.float64]] = {}
    own = frame[frame["policy"] == policy]
    for year in years:
        values = own.loc[own["year"] == year, "mean_achievement"].to_numpy(dtype=float)
        values = values[np.isfinite(values)]
        if values.size and n_schools >= FEWEST_FOR_DENSITY:
            curves[year] = density(values, grid, n_schools)
    return curves


def _ridges(
    axes: Axes,
    frame: pd.DataFrame,
    policy: str,
    years: Sequence[int],
    words: Words,
    grid: NDArray[np.float64],
    heights: Mapping[int, NDArray[np.float64]],
    n_schools: int,
    *,
    policies: Sequence[str],
    is_first: bool,
) -> None:
    from matplotlib.colors import to_rgb

    colour = np.asarray(to_rgb(looks(policies)[policy].colour))
    n = len(years)
    axes.set_xlim(grid[0], grid[-1])
    axes.set_ylim(n - 1 + 0.28, -1.75)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.patch.set_alpha(0)
    axes.xaxis.set_major_formatter(Numbers(1))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(words.policy(policy), loc="left", fontsize=9.6, fontweight="bold", color=tuple(colour), pad=2)
    own = frame[frame["policy"] == policy]
    for row, year in enumerate(years):
        tint = 0.42 * (1 - row / max(1, n - 1))
        fill = tuple(colour + (1 - colour) * tint)
        if year in heights:
            curve = heights[year]
            axes.fill_between(grid, row - curve, row, color=fill, linewidth=0, zorder=2 * row + 2)
            axes.plot(grid, row - curve, color="white", linewidth=1.1, zorder=2 * row + 3)
        else:
            axes.axhline(row, color=GRID, linewidth=0.8)
        each = own[own["year"] == year].groupby("school_id")["mean_achievement"].mean().dropna()
        is_few = n_schools < FEWEST_FOR_DENSITY
        if is_few:
            axes.plot(each, np.full(len(each), row), linestyle="none", marker="o", markersize=5, color=fill,
                      markeredgecolor="white", markeredgewidth=0.5, zorder=2 * row + 4)  # fmt: skip
        marks = quantiles(frame, policy, year)
        if marks.size and np.isfinite(marks).any():
            low, middle, high = (float(np.nanmean(marks[:, column])) for column in range(3))
            for at in (low, middle, high):
                if is_few:
                    break
                up = float(np.interp(at, grid, heights[year])) if year in heights else 0.2
                axes.plot([at, at], [row, row - max(0.12, up)], color="white",
                          linewidth=1.3, solid_capstyle="butt", zorder=2 * row + 4)  # fmt: skip
            axes.annotate(number(high - low), (1, row), xycoords=("axes fraction", "data"), xytext=(3, 4),
                          textcoords="offset points", fontsize=7.6, color=QUIET, annotation_clip=False)  # fmt: skip
        if is_first:
            axes.annotate(str(year), (0, row), xycoords=("axes fraction", "data"), xytext=(-5, 4),
                          textcoords="offset points", ha="right", fontsize=8.6, fontweight="bold",
                          annotation_clip=False)  # fmt: skip
