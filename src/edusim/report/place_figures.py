"""Figures of places: teacher flows between kinds of school, and the map of the county with its groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError
from edusim.report.page import begin, data_footer, read_line
from edusim.report.school_figures import SCHOOL_COLUMNS, at_base, changes, most_under, tidy
from edusim.report.style import (
    FAINT,
    INK,
    MARGIN,
    QUIET,
    Chart,
    Words,
    house,
    looks,
    number,
    overlaps,
    repel,
    with_interval,
)
from edusim.report.summaries import Interval, mean_interval, need

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

FLOW_COLUMNS = ("policy", "draw", "year", "from_zone_role", "to_zone_role", "teachers")
#: Order of kinds of school from the town outwards.
PLACES = ("core", "urban", "town", "rural", "mountain", "outside")
MAP_COLUMNS = (*SCHOOL_COLUMNS, "x_km", "y_km", "n_pupils")
#: Up to this number of schools each is named on the map; in a larger county only the cores are.
MOST_NAMED = 22
#: Cores named in a larger county: those with most pupils where a name has room.
MOST_CORES_NAMED = 8
#: Colour of the county's ground.
GROUND = "#F5F7F8"


def flows_from_records(records: pd.DataFrame, schools: pd.DataFrame) -> pd.DataFrame | None:
    """Count teacher moves by kind of school from the record of decisions.

    Parameters
    ----------
    records
        Columns ``policy, draw, year, rule, source, target`` and, when there, ``agent_type``; rows whose rule begins with
        ``rotation`` and whose source and target are school ids count, one teacher each.
    schools
        Columns ``year, school_id, zone, role``; kinds are those of the base year: ``core`` for a core
        school, else its zone.

    Returns
    -------
    DataFrame or None
        Columns ``policy, draw, year, from_zone_role, to_zone_role, teachers``; None when nothing counts.
    """
    needed = ("policy", "draw", "year", "rule", "source", "target")
    if any(column not in records.columns for column in needed):
        return None
    need(schools, ("year", "school_id", "zone", "role"), "schools")
    first = schools[schools["year"] == schools["year"].min()].drop_duplicates("school_id")
    role, zone = first["role"].astype(str), first["zone"].astype(str)
    kind = dict(zip(first["school_id"], role.where(role == "core", zone), strict=True))
    moves = records[records["rule"].astype(str).str.startswith("rotation")]
    if "agent_type" in moves.columns:
        moves = moves[moves["agent_type"].astype(str).eq("teacher")]
    moves = moves.assign(
        from_zone_role=moves["source"].map(kind), to_zone_role=moves["target"].map(kind), teachers=1.0
    ).dropna(subset=["from_zone_role", "to_zone_role"])
    if moves.empty:
        return None
    keys = ["policy", "draw", "year", "from_zone_role", "to_zone_role"]
    moves["policy"] = moves["policy"].astype(str)
    return moves.groupby(keys, as_index=False, sort=True)["teachers"].sum()


def _matrices(flows: pd.DataFrame, places: Sequence[str], policies: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """Return for each policy the yearly mean of teachers: float64, shape (draws, from, to)."""
    n_years = max(1, flows["year"].nunique())
    draws = sorted(flows["draw"].unique())
    row = {place: order for order, place in enumerate(places)}
    found = {policy: np.zeros((len(draws), len(places), len(places))) for policy in policies}
    position = {draw: order for order, draw in enumerate(draws)}
    for policy, draw, source, target, teachers in zip(
        flows["policy"], flows["draw"], flows["from_zone_role"], flows["to_zone_role"], flows["teachers"], strict=True
    ):
        if math.isfinite(teachers):
            found[policy][position[draw], row[source], row[target]] += teachers / n_years
    return found


def _net(matrix: NDArray[np.float64], place: int) -> Interval:
    return mean_interval(matrix[:, :, place].sum(axis=1) - matrix[:, place, :].sum(axis=1))


def _flow_takeaway(
    words: Words, matrices: Mapping[str, NDArray[np.float64]], places: Sequence[str], policies: Sequence[str]
) -> str:
    candidates = [policy for policy in policies if policy != words.baseline] or list(policies)
    nets = {
        (policy, place): _net(matrices[policy], order)
        for policy in candidates
        for order, place in enumerate(places)
    }
    # The largest net move of which one can be sure; with one run, the largest.
    one_run = not any(gap.known for gap in nets.values())
    sure = {key: gap for key, gap in nets.items() if one_run or gap.clear}
    if not sure:
        largest = max(candidates, key=lambda policy: float(matrices[policy].sum()))
        return words("flow.balanced", policy=words.policy(largest))
    policy, place = max(sure, key=lambda key: abs(sure[key].mean))
    gap = sure[(policy, place)]
    sign = 1 if gap.mean >= 0 else -1
    low, high = sorted((gap.low * sign, gap.high * sign))
    digits = 0 if abs(gap.mean) >= 10 else 1
    value = (
        words("flow.value_interval", value=number(abs(gap.mean), digits), low=number(low, digits), high=number(high, digits))
        if gap.known
        else words("flow.value", value=number(abs(gap.mean), digits))
    )
    column = places.index(place)
    each = {
        other: sign * (matrix[:, :, column].sum(axis=1) - matrix[:, column, :].sum(axis=1))
        for other, matrix in matrices.items()
        if other in candidates
    }
    near = [
        other for other, net in each.items()
        if other != policy and (apart := mean_interval(each[policy] - net)).known and not apart.clear
    ]  # fmt: skip
    rivals = words("rivals", policies=words.policies(near)) if near else ""
    key = "flow.takeaway" if sign > 0 else "flow.takeaway_out"
    sentence = words(key, policy=words.policy(policy), place=words.inside(words.label("place", place)), value=value, rivals=rivals)
    if policy != words.baseline and words.baseline in matrices:
        other = _net(matrices[words.baseline], places.index(place)).mean
        key = "flow.against" if other >= 0 else "flow.against_out"
        sentence += words(key, baseline=words.policy(words.baseline), value=number(abs(other), digits))
    if one_run:
        sentence += words("map.far_one")
    return sentence


def teacher_flow(
    flows: pd.DataFrame | None,
    *,
    lang: str = "zh",
    for_report: bool = False,
    info: Mapping[str, Any] | None = None,
) -> Chart:
    """Draw where rotating teachers come from and go to, one panel a policy, one scale for all.

    Parameters
    ----------
    flows
        Columns ``policy, draw, year, from_zone_role, to_zone_role`` (``core``, ``urban``, ``town``,
        ``rural``, ``mountain``, ``outside``) and ``teachers`` (persons moved that year). A kind that a
        draw does not list counts as zero. Years are averaged.
    lang, for_report, info
        As in :func:`edusim.report.figures.trajectories`.

    Raises
    ------
    RunError
        ``FIG-COLUMNS``, or ``FIG-EMPTY`` when there are no flows.
    """
    words = Words(lang, info or {})
    if flows is None or flows.empty:
        raise RunError("FIG-EMPTY", words_zh("flow.no_moves"), words_en("flow.no_moves"))
    need(flows, FLOW_COLUMNS, "flows")
    frame = flows.copy()
    for column in ("policy", "from_zone_role", "to_zone_role"):
        frame[column] = frame[column].astype(str)
    seen = set(frame["from_zone_role"]) | set(frame["to_zone_role"])
    places = [place for place in PLACES if place in seen] + sorted(seen - set(PLACES))
    policies = words.order(list(dict.fromkeys(frame["policy"])))
    matrices = _matrices(frame, places, policies)
    start, year = int(frame["year"].min()), int(frame["year"].max())
    n_runs = int(frame["draw"].nunique())
    across = 1 if len(policies) == 1 else 2
    down = math.ceil(len(policies) / across)
    means = {policy: matrix.mean(axis=0) for policy, matrix in matrices.items()}
    # One scale for all panels: the busiest one fills the tallest panel; a row is as tall as it needs.
    node_gap, tallest = 0.09, 3.1 if down == 1 else 2.3
    nodes = {
        policy: max(int((mean.sum(axis=1) > 0).sum()), int((mean.sum(axis=0) > 0).sum()), 1)
        for policy, mean in means.items()
    }
    busiest = max(float(mean.sum()) for mean in means.values())
    scale = (tallest - node_gap * (max(nodes.values()) - 1)) / max(busiest, 1e-9)
    needed = {
        policy: max(float(means[policy].sum()) * scale + node_gap * (nodes[policy] - 1), 0.19 * nodes[policy]) + 0.12
        for policy in policies
    }
    heights = [max(needed[policy] for policy in policies[row * across : (row + 1) * across]) for row in range(down)]
    body = sum(heights) + 0.52 * down + 0.3
    width = 8.4
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("flow.title"),
            subtitle=words("flow.subtitle", start=start, year=year),
            takeaway=_flow_takeaway(words, matrices, places, policies),
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        reading = words("flow.reading")
        if n_runs < 2:
            reading += words("semicolon") + words("one_run")
        read_line(chart, reading)
        each = (width - 2 * MARGIN - 0.3 * (across - 1)) / across
        for index, policy in enumerate(policies):
            line, place = divmod(index, across)
            height = heights[line]
            bottom = body - sum(heights[: line + 1]) - 0.52 * (line + 1) + 0.14
            axes = chart.panel(MARGIN + place * (each + 0.3), bottom, each, height)
            _sankey(axes, means[policy], places, policy, words, scale, node_gap, each, height,
                    looks(policies)[policy].colour, 0 if busiest >= 15 else 1)  # fmt: skip
    return chart


def words_zh(key: str) -> str:
    """Return the Chinese text of ``key``."""
    return Words("zh", {})(key)


def words_en(key: str) -> str:
    """Return the English text of ``key``."""
    return Words("en", {})(key)


def _sankey(
    axes: Axes,
    mean: NDArray[np.float64],
    places: Sequence[str],
    policy: str,
    words: Words,
    scale: float,
    node_gap: float,
    width: float,
    height: float,
    colour_of_policy: str,
    digits: int,
) -> None:
    from matplotlib.colors import to_rgb
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path as Outline

    colour = np.asarray(to_rgb(colour_of_policy))
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)  # inches
    axes.axis("off")
    total = float(mean.sum())
    head = words("flow.total", policy=words.policy(policy), n=number(total, digits))
    axes.annotate(head, (0, 0), xytext=(0, 8), textcoords="offset points", fontsize=9.8, fontweight="bold",
                  color=tuple(colour), annotation_clip=False)  # fmt: skip
    if total < 0.05:
        axes.annotate(words("flow.none"), (width / 2, height / 2), ha="center", fontsize=9, color=QUIET)
        return
    left, right, bar = 0.95, width - (1.42 if words.lang == "zh" else 1.5), 0.11
    tints = {place: 0.62 * order / max(1, len(places) - 1) for order, place in enumerate(places)}
    fill = {place: tuple(colour + (1 - colour) * tints[place]) for place in places}
    tops: list[dict[int, float]] = []
    for side in (1, 0):
        sums = mean.sum(axis=side)
        used = [index for index in range(len(places)) if sums[index] > 0]
        whole = sum(float(sums[index]) * scale for index in used) + node_gap * (len(used) - 1)
        top, found = (height - whole) / 2, {}
        for index in used:
            found[index] = top
            top += float(sums[index]) * scale + node_gap
        tops.append(found)
    sent, got = mean.sum(axis=1), mean.sum(axis=0)
    at_left, at_right = dict(tops[0]), dict(tops[1])
    for source in tops[0]:
        for target in tops[1]:
            thick = float(mean[source, target]) * scale
            if thick <= 0:
                continue
            y0, y1 = at_left[source], at_right[target]
            at_left[source] += thick
            at_right[target] += thick
            x0, x1 = left + bar, right - bar
            middle = (x0 + x1) / 2
            points = [(x0, y0), (middle, y0), (middle, y1), (x1, y1),
                      (x1, y1 + thick), (middle, y1 + thick), (middle, y0 + thick), (x0, y0 + thick), (x0, y0)]  # fmt: skip
            codes = [Outline.MOVETO, *[Outline.CURVE4] * 3, Outline.LINETO, *[Outline.CURVE4] * 3, Outline.CLOSEPOLY]
            axes.add_patch(PathPatch(Outline(points, codes), facecolor=fill[places[source]], alpha=0.5, linewidth=0))
            if thick > 0.14:
                for x, y, align in ((x0 + 0.05, y0, "left"), (x1 - 0.05, y1, "right")):
                    axes.text(x, y + thick / 2, number(float(mean[source, target]), digits), ha=align, va="center",
                              fontsize=7.6, color=INK)  # fmt: skip
    for found, x, sums in ((tops[0], left, sent), (tops[1], right - bar, got)):
        centres = [top + float(sums[index]) * scale / 2 for index, top in found.items()]
        spread = repel(centres, 0.175, 0.08, height - 0.08)
        for (index, top), centre in zip(found.items(), spread, strict=True):
            thick = max(float(sums[index]) * scale, 0.012)
            axes.add_patch(Rectangle((x, top), bar, thick, facecolor=fill[places[index]], linewidth=0))
            name = words.label("place", places[index])
            if x == left:
                said = words("flow.left", place=name, n=number(float(sums[index]), digits))
                axes.text(x - 0.07, centre, said, ha="right", va="center", fontsize=8.4)
            else:
                net = number(float(got[index] - sent[index]), digits, signed=True)
                said = words("flow.right", place=name, n=number(float(sums[index]), digits), net=net)
                axes.text(x + bar + 0.07, centre, said, ha="left", va="center", fontsize=8.4)


def _distances(base: pd.DataFrame) -> dict[Any, float]:
    """Return km from each member to the core of its group, members of groups with a core in the county."""
    cores = base[base["role"] == "core"].drop_duplicates("group_id").set_index("group_id")
    found = {}
    for school, row in base[(base["role"] == "member") & (base["group_id"] != -1)].iterrows():
        if row["group_id"] in cores.index:
            core = cores.loc[row["group_id"]]
            found[school] = math.hypot(row["x_km"] - core["x_km"], row["y_km"] - core["y_km"])
    return {school: km for school, km in found.items() if math.isfinite(km)}


def _map_takeaway(words: Words, frame: pd.DataFrame, base: pd.DataFrame, policies: Sequence[str],
                  start: int, year: int) -> str:  # fmt: skip
    members = list(base.index[base["role"] == "member"])
    counted = members or list(base.index)
    tables = {policy: changes(frame, policy, start, year) for policy in policies}
    overall = {
        policy: mean_interval(table.reindex(counted).mean(axis=0).to_numpy(dtype=float))
        for policy, table in tables.items()
    }
    overall = {policy: gap for policy, gap in overall.items() if math.isfinite(gap.mean)}
    if not overall:
        return words("empty")
    chosen = max(overall, key=lambda policy: abs(overall[policy].mean))
    km_of = _distances(base)
    if len(km_of) < 6:
        key = "map.members" if members else "map.all"
        return words(key, policy=words.policy(chosen), value=with_interval(words, overall[chosen], "SD"))
    limit = max(1, round(float(np.median(list(km_of.values())))))
    near = tables[chosen].reindex([school for school, km in km_of.items() if km <= limit]).mean(axis=0)
    far = tables[chosen].reindex([school for school, km in km_of.items() if km > limit]).mean(axis=0)
    gap = mean_interval((far - near).to_numpy(dtype=float))
    if not math.isfinite(gap.mean):
        return words("map.members", policy=words.policy(chosen), value=with_interval(words, overall[chosen], "SD"))
    each = {policy: tables[policy].reindex(counted).mean(axis=0).to_numpy(dtype=float) for policy in overall}
    sentence = words(
        "map.far",
        head=most_under(words, "map", chosen, each),
        km=limit,
        near=number(float(near.mean()), signed=True),
        far=number(float(far.mean()), signed=True),
    )
    if not gap.known:
        return sentence + words("map.far_one")
    key = "map.far_differs" if gap.clear else "map.far_same"
    return sentence + words(key, value=with_interval(words, gap, "SD"))


def county_map(
    schools: pd.DataFrame, *, lang: str = "zh", for_report: bool = False, info: Mapping[str, Any] | None = None
) -> Chart:
    """Draw the county before (level of each school) and after (change under each policy), with group links.

    Parameters
    ----------
    schools
        Columns as in :func:`edusim.report.school_figures.dumbbell` and ``x_km, y_km, n_pupils``. With a
        column ``mode``, links of groups still paired under the law (mode 0) are dotted.
    lang, for_report, info
        As in :func:`edusim.report.figures.trajectories`.

    Returns
    -------
    Chart
        One panel for the base year and one for the last year under each policy other than the baseline
        (the baseline's own when it is alone). Places are schematic; names are pseudonyms.
    """
    words = Words(lang, info or {})
    frame = tidy(schools, MAP_COLUMNS)
    every = words.order(list(dict.fromkeys(frame["policy"])))
    policies = [policy for policy in every if policy != words.baseline] or every
    start, year = int(frame["year"].min()), int(frame["year"].max())
    base = at_base(frame)
    first = frame[frame["year"] == start].groupby("school_id")
    base[["x_km", "y_km", "n_pupils"]] = first[["x_km", "y_km", "n_pupils"]].mean()
    n_runs = int(frame["draw"].nunique())
    n_panels = len(policies) + 1
    across = 2 if n_panels in (2, 4) else 3
    down = math.ceil(n_panels / across)
    width = 8.4
    each = (width - 2 * MARGIN - 0.16 * (across - 1)) / across
    spans = [max(float(np.ptp(base[axis].to_numpy(dtype=float))), 1.0) for axis in ("x_km", "y_km")]
    height = each * min(1.05, max(0.6, spans[1] / spans[0]))
    body = down * (height + 0.36) + 0.72
    with house():
        chart = begin(
            words,
            width,
            body,
            title=words("map.title"),
            subtitle=words("map.subtitle", start=start, year=year),
            takeaway=_map_takeaway(words, frame, base, policies, start, year),
            footer=data_footer(words, n_runs),
            for_report=for_report,
        )
        is_named = len(base) <= MOST_NAMED
        reading = words("map.reading" if is_named else "map.unnamed")
        if n_runs < 2:
            reading += words("semicolon") + words("one_run")
        bottom = read_line(chart, reading)
        moved = {policy: changes(frame, policy, start, year).mean(axis=1) for policy in policies}
        shifts = np.abs(np.concatenate([change.to_numpy(dtype=float) for change in moved.values()]))
        shifts = shifts[np.isfinite(shifts)]
        most = max(0.02, float(np.quantile(shifts, 0.97)) if shifts.size else 0.1)
        level = base["mean_achievement"].to_numpy(dtype=float)
        edge = max(0.1, float(np.nanquantile(np.abs(level), 0.98)))
        colours = _colours()
        for order in range(n_panels):
            line, column = divmod(order, across)
            axes = chart.panel(
                MARGIN + column * (each + 0.16), body - (line + 1) * (height + 0.36) + 0.08, each, height
            )
            if order == 0:
                title, values, span, scale = words("map.before", start=start), base["mean_achievement"], edge, "level"
                now, colour = frame[frame["year"] == start], QUIET
            else:
                policy = policies[order - 1]
                title = words("map.after", year=year, policy=words.policy(policy), start=start)
                values, span, scale = moved[policy].reindex(base.index), most, "change"
                now = frame[(frame["year"] == year) & (frame["policy"] == policy)]
                colour = looks(every)[policy].colour
            axes.set_title(title, loc="left", fontsize=8.8, fontweight="bold", pad=5,
                           color=INK if order == 0 else colour)  # fmt: skip
            _county(chart, axes, base, now, values, span, colours[scale], colour, words, is_named,
                    spans, is_change=order > 0)  # fmt: skip
        for place, (scale, span, key) in enumerate((("level", edge, "map.level"), ("change", most, "map.change"))):
            _colour_bar(chart, MARGIN + 0.16 + place * 4.1, bottom + 0.2, 1.7, span, colours[scale],
                        words(key, start=start), signed=scale == "change")  # fmt: skip
    return chart


def _colours() -> dict[str, Any]:
    from matplotlib.colors import LinearSegmentedColormap

    # Both scales keep apart for the common kinds of colour blindness; red is left to official limits.
    return {
        "level": LinearSegmentedColormap.from_list("level", ["#F4F0C9", "#9ED3B8", "#3E9BB5", "#245C97", "#15284F"]),
        "change": LinearSegmentedColormap.from_list("change", ["#7A4A0C", "#D3A95C", "#F2F2EE", "#63B5A8", "#01544A"]),
    }


def _colour_bar(
    chart: Chart, left: float, bottom: float, width: float, span: float, colours: Any, title: str, *, signed: bool
) -> None:
    axes = chart.panel(left, bottom, width, 0.1)
    axes.imshow(np.linspace(0, 1, 256)[None, :], aspect="auto", cmap=colours, extent=(-span, span, 0, 1))
    axes.set_yticks([])
    digits = 2 if span < 0.95 else 1
    axes.set_xticks([-span, 0, span], [number(value, digits, signed=signed) for value in (-span, 0, span)])
    axes.tick_params(axis="x", length=0, labelsize=7, pad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.annotate(title, (1, 0.5), xycoords="axes fraction", xytext=(14, 0), textcoords="offset points", va="center",
                  fontsize=7.8, color=QUIET, annotation_clip=False)  # fmt: skip


def _county(
    chart: Chart,
    axes: Axes,
    base: pd.DataFrame,
    now: pd.DataFrame,
    values: pd.Series[float],
    span: float,
    colours: Any,
    colour: str,
    words: Words,
    is_named: bool,
    spans: Sequence[float],
    *,
    is_change: bool,
) -> None:
    x, y = base["x_km"].to_numpy(dtype=float), base["y_km"].to_numpy(dtype=float)
    page = chart.get_size_inches()
    box = axes.get_position()
    wide, high = box.width * page[0], box.height * page[1]
    # Equal scale in both directions, the county centred.
    per_inch = max(spans[0] / (wide - 0.75), spans[1] / (high - 0.62))
    middle = (np.nanmin(x) + np.nanmax(x)) / 2, (np.nanmin(y) + np.nanmax(y)) / 2
    axes.set_xlim(middle[0] - wide / 2 * per_inch, middle[0] + wide / 2 * per_inch)
    axes.set_ylim(middle[1] - (high / 2 + 0.05) * per_inch, middle[1] + (high / 2 - 0.05) * per_inch)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(GROUND)
    for spine in axes.spines.values():
        spine.set_visible(False)
    place = dict(zip(base.index, zip(x, y, strict=True), strict=True))
    links = _links(now, place)
    for start, end, is_paired in links:
        axes.plot(*zip(start, end, strict=True), color=FAINT if is_paired or not is_change else colour,
                  linewidth=0.9 if len(base) <= 60 else 0.6, linestyle=(0, (1.5, 1.5)) if is_paired else "-",
                  alpha=0.85, zorder=1)  # fmt: skip
    pupils = base["n_pupils"].fillna(0).to_numpy(dtype=float)
    most = 190.0 if len(base) <= MOST_NAMED else 90.0 if len(base) <= 80 else 30.0
    sizes = np.clip(most * pupils / max(float(pupils.max()), 1.0), 9.0, most)
    cores = (base["role"] == "core").to_numpy()
    known = np.isfinite(values.to_numpy(dtype=float))
    for which, edge, thick in ((~cores, "#5C6670", 0.6), (cores, INK, 1.7)):
        shown = which & known
        axes.scatter(x[shown], y[shown], s=sizes[shown], c=values.to_numpy(dtype=float)[shown], cmap=colours,
                     vmin=-span, vmax=span, edgecolors=edge, linewidths=thick, zorder=3)  # fmt: skip
        gone = which & ~known
        axes.scatter(x[gone], y[gone], s=sizes[gone], facecolors="none", edgecolors=FAINT, linewidths=0.8,
                     linestyle=":", zorder=3)  # fmt: skip
    km = _round_km(per_inch * wide / 5)
    corner = axes.get_xlim()[0] + 0.1 * per_inch, axes.get_ylim()[0] + 0.1 * per_inch
    axes.plot([corner[0], corner[0] + km], [corner[1]] * 2, color=QUIET, linewidth=1.4, solid_capstyle="butt")
    scale = axes.text(corner[0] + km + 0.06 * per_inch, corner[1], words("map.scale", km=f"{km:g}"), fontsize=7,
                      color=QUIET, va="center")  # fmt: skip
    _names(chart, axes, base, values, sizes, words, is_named, np.array([chart.extent(scale).extents]), links, is_change=is_change)


def _round_km(km: float) -> float:
    power = 10.0 ** math.floor(math.log10(max(km, 1e-6)))
    return max(step * power for step in (1, 2, 5) if step * power <= km * 1.0001)


def _links(
    now: pd.DataFrame, place: Mapping[Any, tuple[float, float]]
) -> list[tuple[tuple[float, float], tuple[float, float], bool]]:
    """Return (member's place, core's place, paired only) for every member; the group's centre stands in for a core outside."""
    each = now.drop_duplicates("school_id")
    found = []
    for group, part in each[each["group_id"] != -1].groupby("group_id"):
        del group
        cores = [school for school in part.loc[part["role"] == "core", "school_id"] if school in place]
        members = [school for school in part.loc[part["role"] != "core", "school_id"] if school in place]
        if cores:
            hub = place[cores[0]]
        elif len(members) > 1:
            hub = tuple(np.mean([place[school] for school in members], axis=0).tolist())
        else:
            continue
        is_paired = "mode" in part.columns and bool((part["mode"].fillna(0) == 0).all())
        found += [(place[school], (float(hub[0]), float(hub[1])), is_paired) for school in members + cores[1:]]
    return found


def _names(
    chart: Chart,
    axes: Axes,
    base: pd.DataFrame,
    values: pd.Series[float],
    sizes: NDArray[np.float64],
    words: Words,
    is_named: bool,
    taken: NDArray[np.float64],
    links: Sequence[tuple[tuple[float, float], tuple[float, float], bool]],
    *,
    is_change: bool,
) -> None:
    """Name schools where there is room: eight places around the mark are tried, the freest is taken."""
    from matplotlib.patheffects import withStroke

    to_pixels = axes.transData.transform
    points = to_pixels(base[["x_km", "y_km"]].to_numpy(dtype=float))
    inch = chart.dpi
    radius = np.sqrt(sizes) / 2 / 72 * inch
    marks = np.column_stack((points - radius[:, None], points + radius[:, None]))
    frame = axes.get_window_extent()
    page = np.array([[frame.x0, frame.y0, frame.x1, frame.y1]])
    steps = np.linspace(0.05, 0.95, 24)[:, None]
    paths = [start + (end - start) * steps for a, b, _ in links for start, end in [to_pixels([a, b])]]
    along = np.concatenate(paths) if paths else np.zeros((0, 2))
    strokes = np.column_stack((along - 2, along + 2))
    is_core = (base["role"] == "core").to_numpy()
    n_named = 0
    for row in sorted(range(len(base)), key=lambda row: (not is_core[row], -sizes[row])):
        if not (is_named or is_core[row]) or not np.isfinite(points[row]).all():
            continue
        if not is_named and n_named >= MOST_CORES_NAMED:
            break
        value = float(values.iloc[row])
        said = str(base["pseudonym"].iloc[row])
        if is_named and math.isfinite(value):
            said += f" {number(value, signed=is_change)}"
        item = axes.text(0, 0, said, fontsize=6.9, fontweight="bold" if is_core[row] else "normal", color=INK, zorder=5,
                         va="bottom", path_effects=[withStroke(linewidth=1.6, foreground=GROUND)])  # fmt: skip
        size = chart.extent(item)
        w, h = size.width + 2, size.height
        best, least = (0.0, 0.0, 0.0, 0.0), math.inf
        for distance in (2.0, 9.0, 20.0):
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)):
                reach = (radius[row] + (distance + 3.0) * inch / 200) * (0.75 if dx and dy else 1.0)
                cx = points[row][0] + dx * (reach + w / 2)
                cy = points[row][1] + dy * (reach + h / 2)
                spot = (cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2)
                outside = w * h - overlaps(spot, page)
                cost = 50 * (overlaps(spot, taken) + outside) + 6 * overlaps(spot, marks) + distance * 8
                if cost < least:
                    cost += overlaps(spot, strokes)
                if cost < least:
                    best, least = spot, cost
        # In a crowded county a name gives way to the marks.
        if overlaps(best, taken) > 0 or (not is_named and overlaps(best, marks) > 0.05 * w * h):
            item.remove()
            continue
        n_named += 1
        taken = np.vstack((taken, best))
        item.set_position(tuple(axes.transData.inverted().transform((best[0] + 1, best[1]))))
