"""Figures of one school, one teacher and one child under several policies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.following import FACTS, Fact, Followed
from edusim.language import text
from edusim.model import YEAR
from edusim.report.interval_figure import Panel, Row, intervals
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
    repel,
    ticks,
    year_ticks,
)
from edusim.report.summaries import Interval
from edusim.state import TITLES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDTH = 8.8
#: Parts of what a year gives, in the order in which they are stacked, with their colours.
PARTS: Mapping[str, str] = {"teachers": "#2F7494", "management": "#D98200", "climate": "#A3478F", "school_other": "#8A9A5B", "class": "#9AA3AE"}


def _words(followed: Followed, lang: str) -> Words:
    return Words(lang, followed.info)


def _say(words: Words, key: str, **values: Any) -> str:
    return text(f"following.{key}", words.lang, **values)


def _other(words: Words, key: str, **values: Any) -> str:
    """Return the small line under a title, in the other language as everywhere in the house."""
    return text(f"following.{key}", words.lang, **values)


def _listed(words: Words, parts: Sequence[str]) -> str:
    return words("list_separator").join(parts)


def _base(words: Words, followed: Followed) -> dict[str, str]:
    name = words.policy(next(iter(followed.lives)))
    return {"base": words.inside(name)}


def _modes(followed: Followed) -> list[str]:
    return list(followed.lives)[1:]


# ---- a school's year -------------------------------------------------------------------------------


def _shown(fact: Fact, value: float) -> str:
    if not math.isfinite(value):
        return "–"
    if fact.kind == "share":
        return f"{number(100 * value, fact.digits)}%"
    return number(value, fact.digits, signed=fact.kind == "change")


def _phase(name: str, lang: str) -> str:
    phase = next(p for p in YEAR if p.name == name)
    said, mark = (phase.zh.split("：")[0], "、") if lang == "zh" else (phase.en.split(":")[0], ", ")
    return mark.join(said.split(mark)[:2])


def school_year(followed: Followed, year: int, lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw what a school year brings the school under each policy, in the order of the year, with the clauses that set it.

    Parameters
    ----------
    followed
        See :func:`edusim.following.follow`.
    year
        School year.
    lang
        ``zh`` or ``en``.
    for_report
        Leave out head and foot.
    """
    words, base, modes = _words(followed, lang), next(iter(followed.lives)), _modes(followed)
    look = looks(list(followed.lives))
    cells = {(fact.key, key): _shown(fact, life.school_years[year][fact.key]) for fact in FACTS for key, life in followed.lives.items()}
    kept = [fact for fact in FACTS if any(set(cells[fact.key, key]) & set("123456789") for key in followed.lives)]  # where something happened
    every = [f for f in kept if all(cells[f.key, m] != cells[f.key, base] for m in modes)]
    apart = [f for f in every if len({cells[f.key, m] for m in modes}) > 1]
    names = _listed(words, [words.inside(_short(_say(words, f"fact.{f.key}"))) for f in apart])
    row, top_room = 0.285, 0.46
    with house():
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, _say(words, "school.reading", **_base(words, followed))) + 0.06
        body = below + row * len(kept) + top_room
        chart = begin(
            words, WIDTH, body,
            title=_say(words, "school.title", name=followed.name(followed.chosen.school, lang), year=year),
            subtitle=_other(words, "school.subtitle"),
            takeaway=_say(words, "school.takeaway", n=len(kept), all=len(every), apart=len(apart),
                          names=_say(words, "school.names", names=names) if apart else "", **_base(words, followed)),
            footer=data_footer(words, 1), for_report=for_report,
        )  # fmt: skip
        read_line(chart, _say(words, "school.reading", **_base(words, followed)))
        first, column = 3.85 if lang == "zh" else 4.25, 0.92
        clause = first + column * len(followed.lives) + 0.02
        _heads(chart, words, followed, body, first, column)
        before = ""
        for i, fact in enumerate(kept):
            y = body - top_room - row * (i + 0.5)
            if i % 2 == 0:
                _stripe(chart, y, row)
            phase = _phase(fact.phase, lang)
            if phase != before:
                item = chart.say(MARGIN + 0.04, y, phase, fontsize=8.2, color=QUIET, va="center")
                chart.shrink(item, 1.30)
            before = phase
            item = chart.say(MARGIN + 1.42, y, _say(words, f"fact.{fact.key}"), fontsize=9.0, color=INK, va="center")
            chart.shrink(item, first - MARGIN - 1.42 - 0.62)
            for k, key in enumerate(followed.lives):
                differs = key != base and cells[fact.key, key] != cells[fact.key, base]
                chart.say(
                    first + column * k, y, cells[fact.key, key], fontsize=9.4, va="center", ha="center",
                    color=look[key].colour if differs else QUIET, fontweight="bold" if differs else "normal",
                )  # fmt: skip
            cited = _listed(words, followed.clauses(fact, modes)[:3])
            item = chart.say(WIDTH - MARGIN, y, cited, fontsize=7.2, color=QUIET, va="center", ha="right")
            chart.shrink(item, WIDTH - MARGIN - clause + 0.44)
    return chart


def _short(name: str) -> str:
    return name.split("（")[0].split(",")[0].strip()


def _stripe(chart: Chart, y: float, height: float) -> None:
    from matplotlib.patches import Rectangle

    width, page = chart.get_size_inches()
    box = Rectangle((MARGIN / width, (y - height / 2 + chart.foot) / page), 1 - 2 * MARGIN / width, height / page, transform=chart.transFigure,
                    facecolor="#F5F7F9", edgecolor="none", zorder=0)  # fmt: skip
    chart.add_artist(box)


def _heads(chart: Chart, words: Words, followed: Followed, body: float, first: float, column: float) -> None:
    look = looks(list(followed.lives))
    y = body - 0.30
    chart.say(MARGIN + 0.04, y, _say(words, "school.phase"), fontsize=8.2, color=QUIET, va="center")
    chart.say(MARGIN + 1.42, y, _say(words, "school.what"), fontsize=8.2, color=QUIET, va="center")
    named = [chart.say(first + column * k, y, _mode(words, key), fontsize=9.6, fontweight="bold", color=look[key].colour, va="center", ha="center")
             for k, key in enumerate(followed.lives)]  # fmt: skip
    chart.shrink_together(named, column - 0.06)
    chart.say(WIDTH - MARGIN, y, _say(words, "school.clause"), fontsize=8.2, color=QUIET, va="center", ha="right")


def _mode(words: Words, key: str) -> str:
    """Return a policy's name without the word that all modes share."""
    return words.policy(key).removesuffix("教共体").removesuffix(" group").removesuffix(" groups")


# ---- the school through the years ------------------------------------------------------------------


def school_levels(followed: Followed, lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw the school's management, teachers, teachers on rotation and what a year gives, year by year under each policy."""
    words = _words(followed, lang)
    facts = ("management", "quality", "visitors", "given")
    last, modes, base = followed.years[-1], _modes(followed), next(iter(followed.lives))

    def spread(fact: str) -> tuple[str, bool]:
        found = sorted(followed.lives[m].levels[last][fact] - followed.lives[base].levels[last][fact] for m in modes)
        ends = [number(v, 2, signed=True) for v in (found[0], found[-1])]
        return (ends[0] if ends[0] == ends[1] else _say(words, "levels.range", low=ends[0], high=ends[1])), found[0] > 0

    (management, more), (given, also) = spread("management"), spread("given")
    key = "levels.takeaway" if more and also else "levels.takeaway_other"
    with house():
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, _say(words, "levels.reading")) + 0.10
        height, gap = 1.75, 0.62
        body = below + 2 * height + gap + 0.75
        chart = begin(
            words, WIDTH, body, title=_say(words, "levels.title", name=followed.name(followed.chosen.school, lang)),
            subtitle=_other(words, "levels.subtitle"),
            takeaway=_say(words, key, year=last, management=management.replace("+", "") if more and also else management,
                          given=given.replace("+", "") if more and also else given, **_base(words, followed)),
            footer=data_footer(words, 1), for_report=for_report,
        )  # fmt: skip
        read_line(chart, _say(words, "levels.reading"))
        side, names = 0.50, 1.0
        width = (WIDTH - 2 * MARGIN) / 2 - side - names
        for i, fact in enumerate(facts):
            left = MARGIN + side + (i % 2) * (width + side + names)
            bottom = below + 0.28 + (1 - i // 2) * (height + gap)
            axes = chart.panel(left, bottom, width, height)
            series = {k: [life.levels[y][fact] for y in followed.years] for k, life in followed.lives.items()}
            _lines(chart, words, axes, followed, series, _say(words, f"levels.{fact}"), names)
    return chart


def _lines(chart: Chart, words: Words, axes: Axes, followed: Followed, series: Mapping[str, Sequence[float]], heading: str, names: float) -> None:
    look, years = looks(list(series)), followed.years
    values = [v for line in series.values() for v in line if math.isfinite(v)]
    axes.set_ylim(*nice_limits(values, pad=0.10))
    axes.set_xlim(years[0] - 0.1, years[-1] + 0.15)
    axes.grid(axis="y", color=GRID)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xticks(year_ticks(years))
    axes.yaxis.set_major_locator(ticks(6))
    axes.yaxis.set_major_formatter(Numbers())
    axes.annotate(heading, (0, 1), xycoords="axes fraction", xytext=(-0.42 * 72, 8), textcoords="offset points", fontsize=9.6, fontweight="bold", color=INK,
                  annotation_clip=False)  # fmt: skip
    for key, line in series.items():
        axes.plot(years, line, color=look[key].colour, linestyle=look[key].dash, linewidth=2.0, marker=look[key].marker, markersize=4.5, zorder=3)
    ended = [key for key, line in series.items() if math.isfinite(line[-1])]
    low, high = axes.get_ylim()
    size = (high - low) * 0.17 / (axes.get_position().height * float(chart.get_size_inches()[1]))
    for key, y in zip(ended, repel([series[key][-1] for key in ended], size, low, high), strict=True):
        item = axes.annotate(_mode(words, key), (1, y), xycoords=("axes fraction", "data"), xytext=(6, 0), textcoords="offset points", fontsize=8.6,
                             color=look[key].colour, va="center", annotation_clip=False)  # fmt: skip
        chart.shrink(item, names - 0.12)


# ---- the teacher -----------------------------------------------------------------------------------


def _first_sent(followed: Followed, key: str) -> tuple[int, bool] | None:
    """Return the year in which the teacher first went, and whether assigned; None where the teacher did not go."""
    for year in followed.years:
        columns = followed.lives[key].teacher_years[year]
        if columns and columns["origin"] >= 0 and columns["post"] != columns["origin"]:
            return year, bool(columns["is_forced"])
    return None


def teacher(followed: Followed, lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw where the teacher serves year by year under each policy, and the head's queue in the year in which the teacher is first sent."""
    words, policies = _words(followed, lang), list(followed.lives)
    went = {key: _first_sent(followed, key) for key in policies}
    years = followed.years
    year = min((found[0] for found in went.values() if found), default=years[0])
    look = looks(policies)
    with house():
        reading = _say(words, "teacher.reading")
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.10
        row, queue_row = 0.36, 0.42
        lower, upper = queue_row * len(policies), row * len(policies)
        body = below + 0.30 + lower + 0.62 + upper + 0.62
        chart = begin(
            words, WIDTH, body, title=_say(words, "teacher.title", id=followed.chosen.teacher), subtitle=_other(words, "teacher.subtitle", year=year),
            takeaway=_teacher_told(followed, words, went), footer=data_footer(words, 1), for_report=for_report,
        )  # fmt: skip
        read_line(chart, reading)
        labels, wide = 1.15, 2.05
        axes = chart.panel(MARGIN + labels, below + 0.30 + lower + 0.62, WIDTH - 2 * MARGIN - labels - 0.1, upper)
        _served(chart, words, axes, followed, look)
        axes = chart.panel(MARGIN + labels, below + 0.30, WIDTH - 2 * MARGIN - labels - wide, lower)
        _queues(chart, words, axes, followed, look, year, wide)
    return chart


def _teacher_told(followed: Followed, words: Words, went: Mapping[str, tuple[int, bool] | None]) -> str:
    parts: dict[tuple[int, bool] | None, list[str]] = {}
    for key, found in went.items():
        parts.setdefault(found, []).append(_mode(words, key))
    told = []
    for found, names in sorted(parts.items(), key=lambda item: (item[0] is None, item[0] or (0, False))):
        listed = _listed(words, names)
        if found is None:
            told.append(_say(words, "teacher.never", years=f"{followed.years[0]}–{followed.years[-1]}", policies=listed))
        else:
            how = _say(words, "teacher.forced" if found[1] else "teacher.willing")
            told.append(_say(words, "teacher.sent_in", year=found[0], how=how, policies=listed))
    columns = next((life.teacher_years[y] for life in followed.lives.values() for y in followed.years if life.teacher_years[y]), {"age": 0, "title": 0})
    return _say(words, "teacher.takeaway", id=followed.chosen.teacher, age=columns["age"], title=_say(words, f"teacher.rank.{TITLES[int(columns['title'])]}"),
                parts=_say(words, "stop").join(told))  # fmt: skip


def _served(chart: Chart, words: Words, axes: Axes, followed: Followed, look: Mapping[str, Any]) -> None:
    from matplotlib.patches import Rectangle

    years, policies = followed.years, list(followed.lives)
    axes.set_xlim(years[0] - 0.5, years[-1] + 0.5)
    axes.set_ylim(len(policies) - 0.5, -0.5)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_yticks([])
    axes.set_xticks(years)
    axes.xaxis.tick_top()
    axes.tick_params(axis="x", length=0, labelsize=8.6, pad=2)
    axes.annotate(_say(words, "teacher.where"), (0, 1), xycoords="axes fraction", xytext=(-1.15 * 72 + 2, 20), textcoords="offset points", fontsize=9.6,
                  fontweight="bold", color=INK, annotation_clip=False)  # fmt: skip
    for i, key in enumerate(policies):
        _row_label(chart, words, axes, key, i, look)
        for year in years:
            columns = followed.lives[key].teacher_years[year]
            what = _place(followed, columns)
            colour = {"core": "#E9EDF1", "member": look[key].colour, "other": "#C9CFD6", "gone": "white"}[what]
            axes.add_patch(Rectangle((year - 0.48, i - 0.34), 0.96, 0.68, facecolor=colour, edgecolor=FAINT if what == "gone" else "none", linewidth=0.6))
            said = _say(words, f"teacher.{what}")
            if what == "member" and columns["employer"] == columns["post"] and columns["origin"] >= 0:
                said += " · " + _say(words, "teacher.post_moved")
            item = axes.text(year, i, said, fontsize=8.0, ha="center", va="center", color="white" if what == "member" else QUIET)
            chart.shrink(item, 0.9 * (WIDTH - 2 * MARGIN - 1.25) / len(years))


def _place(followed: Followed, columns: Mapping[str, Any]) -> str:
    if not columns:
        return "gone"
    if columns["post"] == followed.chosen.core:
        return "core"
    return "member" if columns["origin"] == followed.chosen.core else "other"


def _row_label(chart: Chart, words: Words, axes: Axes, key: str, i: int, look: Mapping[str, Any]) -> None:
    item = axes.annotate(_mode(words, key), (0, i), xycoords=("axes fraction", "data"), xytext=(-8, 0), textcoords="offset points", ha="right", va="center",
                         fontsize=9.0, color=look[key].colour, annotation_clip=False)  # fmt: skip
    chart.shrink(item, 1.0)


def _queues(chart: Chart, words: Words, axes: Axes, followed: Followed, look: Mapping[str, Any], year: int, wide: float) -> None:
    policies = list(followed.lives)
    queues = {key: followed.lives[key].queues.get(year) for key in policies}
    most = max((len(q.teachers) for q in queues.values() if q), default=1)
    axes.set_xlim(0.0, most + 1)
    axes.set_ylim(len(policies) - 0.5, -0.5)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_yticks([])
    axes.set_xticks([])
    axes.annotate(_say(words, "teacher.queue_head", year=year), (0, 1), xycoords="axes fraction", xytext=(-1.15 * 72 + 2, 6), textcoords="offset points",
                  fontsize=9.6, fontweight="bold", color=INK, annotation_clip=False)  # fmt: skip
    for i, key in enumerate(policies):
        _row_label(chart, words, axes, key, i, look)
        queue = queues[key]
        if queue is None:
            continue
        x = np.arange(1, len(queue.teachers) + 1)
        due = x <= queue.promised
        for mask, alpha in ((due, 1.0), (~due, 0.35)):
            willing = queue.wish > 0
            axes.plot(x[mask & willing], np.full((mask & willing).sum(), i), "o", markersize=5.0, color=look[key].colour, alpha=alpha, zorder=2)
            axes.plot(x[mask & ~willing], np.full((mask & ~willing).sum(), i), "o", markersize=5.0, markerfacecolor="white", markeredgecolor=look[key].colour,
                      alpha=alpha, zorder=2)  # fmt: skip
        axes.plot([queue.promised + 0.5] * 2, [i - 0.36, i + 0.36], color=INK, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1)
        place = queue.place(followed.chosen.teacher)
        if place:
            axes.plot([place], [i], marker="D", markersize=7.5, color=INK, zorder=4)
        told = _say(words, "teacher.place", place=place) if place else _say(words, "teacher.not_asked")
        told += _say(words, "teacher.due", promised=queue.promised, sent=queue.sent)
        if queue.sent:
            told += _say(words, "teacher.assigned", n=queue.assigned)
        item = axes.annotate(told, (1, i), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points", fontsize=8.2, va="center",
                             color=QUIET, annotation_clip=False)  # fmt: skip
        chart.shrink(item, wide - 0.14)


# ---- the child -------------------------------------------------------------------------------------


def child(followed: Followed, lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw the child's achievement year by year under each policy, and what parts it from the first policy."""
    words, policies = _words(followed, lang), list(followed.lives)
    base, modes = policies[0], _modes(followed)
    years = followed.years
    look = looks(policies)
    gains = {key: {part: _gain(followed, key, base, part) for part in PARTS} for key in modes}
    with house():
        reading = _say(words, "child.reading")
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.10
        height = 3.1
        body = below + 0.32 + height + 0.55
        first = followed.lives[base].child_years.get(years[0], {})
        chart = begin(
            words, WIDTH, body,
            title=_say(words, "child.title", year=years[0], name=followed.name(int(first.get("school", followed.chosen.school)), lang)),
            subtitle=_other(words, "child.subtitle"), takeaway=_child_told(followed, words, gains), footer=data_footer(words, 1), for_report=for_report,
        )  # fmt: skip
        read_line(chart, reading)
        axes = chart.panel(MARGIN + 0.50, below + 0.32, 2.55, height)
        series = {key: [life.child_years.get(y, {}).get("achievement", math.nan) for y in years] for key, life in followed.lives.items()}
        _lines(chart, words, axes, followed, series, _say(words, "child.lines"), 1.0)
        left = MARGIN + 0.50 + 2.55 + 1.0 + 0.95
        _bars(chart, words, followed, gains, left, below + 0.32, WIDTH - MARGIN - left - 0.1, height, look)
    return chart


def _gain(followed: Followed, key: str, base: str, part: str) -> list[float]:
    return [followed.parts(year, part)[key] - followed.parts(year, part)[base] for year in followed.years]


def _child_told(followed: Followed, words: Words, gains: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    base, last = next(iter(followed.lives)), followed.years[-1]
    level = {key: life.child_years.get(last, {}).get("achievement", math.nan) for key, life in followed.lives.items()}
    parts = []
    for key in gains:
        value = level[key] - level[base]
        parts.append(_say(words, "child.part", policy=_mode(words, key), value=number(value, 2, signed=True) if math.isfinite(value) else "–"))
    total = {part: float(np.nansum([np.nansum(found[part]) for found in gains.values()])) for part in PARTS}
    most = max(total, key=lambda part: total[part])
    values = {"years": len(followed.years), "parts": _listed(words, parts), **_base(words, followed)}
    if total[most] > 0.5 * sum(max(0.0, v) for v in total.values()):
        return _say(words, "child.takeaway", most=_say(words, f"child.{most}"), **values)
    return _say(words, "child.nothing", **values)


def _bars(
    chart: Chart, words: Words, followed: Followed, gains: Mapping[str, Mapping[str, Sequence[float]]], left: float, bottom: float, width: float,
    height: float, look: Mapping[str, Any],
) -> None:  # fmt: skip
    years, modes = followed.years, list(gains)
    axes = chart.panel(left, bottom, width, height - 0.30)
    step = len(modes) + 0.9
    low = high = 0.0
    for j, year in enumerate(years):
        for i, key in enumerate(modes):
            y = j * step + i
            up = down = 0.0
            for part, colour in PARTS.items():
                value = gains[key][part][j]
                if not math.isfinite(value) or abs(value) < 1e-12:
                    continue
                start = up if value > 0 else down
                axes.barh(y, value, left=start, height=0.78, color=colour, edgecolor="white", linewidth=0.5)
                up, down = (up + value, down) if value > 0 else (up, down + value)
            low, high = min(low, down), max(high, up)
            met = followed.lives[key].child_years.get(year)
            said = _say(words, "class_size", n=met["class_size"]) if met else _say(words, "child.away")
            if met and met["school"] != followed.chosen.school:
                said += " · " + _say(words, "child.moved")
            axes.annotate(said, (max(up, 0.0), y), xytext=(4, 0), textcoords="offset points", fontsize=6.6, color=QUIET, va="center")
            item = axes.annotate(_mode(words, key), (0, y), xycoords=("axes fraction", "data"), xytext=(-4, 0), textcoords="offset points", fontsize=7.6,
                                 ha="right", va="center", color=look[key].colour, annotation_clip=False)  # fmt: skip
            chart.shrink(item, 0.62)
        axes.annotate(_say(words, "child.year", year=year), (0, j * step + (len(modes) - 1) / 2), xycoords=("axes fraction", "data"), xytext=(-0.88 * 72, 0),
                      textcoords="offset points", fontsize=8.2, color=INK, va="center", ha="left", rotation=90, annotation_clip=False)  # fmt: skip
    axes.set_ylim(len(years) * step - 1.2, -0.7)
    room = max(high - low, 0.05)
    axes.set_xlim(low - 0.05 * room, high + 0.30 * room)
    axes.axvline(0.0, color=FAINT, linewidth=1.0)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(ticks(5))
    axes.xaxis.set_major_formatter(Numbers(signed=True))
    axes.grid(axis="x", color=GRID)
    chart.say(left - 0.88, bottom + height + 0.08, _say(words, "child.bars", **_base(words, followed)), fontsize=9.6, fontweight="bold", color=INK)
    x = left - 0.88
    for part, colour in PARTS.items():
        if any(math.isfinite(v) and abs(v) > 5e-4 for found in gains.values() for v in found[part]):
            name = chart.say(x, bottom + height - 0.13, _say(words, f"child.{part}"), fontsize=8.2, color=colour, fontweight="bold", va="center")
            x += chart.extent(name).width / chart.dpi + 0.14


# ---- many draws ------------------------------------------------------------------------------------


def school_over_draws(found: pd.DataFrame, followed: Followed, year: int, lang: str = "zh", *, for_report: bool = False) -> Chart:
    """Draw what :func:`edusim.following.over_draws` gave: which differences of the school can be told from nothing."""
    from edusim.measures.collect import SCHOOL_MEASURES

    words, modes = _words(followed, lang), _modes(followed)
    look = looks(list(followed.lives))
    known = {m.id: m for m in SCHOOL_MEASURES}
    columns = list(dict.fromkeys(found["column"]))
    base = next(iter(followed.lives))
    gaps = {(str(r["policy"]), str(r["other"]), str(r["column"])): Interval(r["mean"], r["low"], r["high"], int(r["n"])) for r in found.to_dict("records")}
    values = {(policy, column): gap for (policy, other, column), gap in gaps.items() if other == base}
    n = int(found["n"].max())
    panels: list[Panel] = []
    told: dict[tuple[str, ...], list[str]] = {}
    names: dict[str, str] = {}
    for column in columns:
        measure = known[f"school.{column}"]
        names[column] = measure.label_zh if lang == "zh" else measure.label_en
        panels.append(Panel(column, words.inside(names[column]).capitalize() if lang == "en" else names[column], words.unit(measure.unit)))
        told.setdefault(tuple(m for m in modes if values[m, column].clear), []).append(names[column])
    parts = [_say(words, "draws.told" if clear else "draws.none", names=_listed(words, listed), policies=_listed(words, [_mode(words, m) for m in clear]),
                  **_base(words, followed)) for clear, listed in told.items()]  # fmt: skip
    open_ = [_say(words, "draws.pair", a=_mode(words, a), b=_mode(words, b), name=names[c]) for (a, b, c), gap in gaps.items() if b != base and not gap.clear]
    parts.append(_say(words, "draws.between" if open_ else "draws.apart", told=_listed(words, open_)))
    takeaway = _say(words, "stop").join(parts) + _say(words, "end")
    return intervals(
        values, rows=[Row(m, _mode(words, m), look[m].colour, look[m].marker) for m in modes], panels=panels, words=words,
        title=_say(words, "draws.title", name=followed.name(followed.chosen.school, lang), year=year), subtitle=_other(words, "draws.subtitle", n=n),
        takeaway=takeaway, reading=_say(words, "draws.reading"), n_runs=n, labels=0.95, for_report=for_report,
    )  # fmt: skip


__all__ = ["child", "school_levels", "school_over_draws", "school_year", "teacher"]
