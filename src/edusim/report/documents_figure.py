"""Figures that lay policy documents beside a county: what they rest on, for what place, who can be told from whom."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from edusim.language import text
from edusim.report.interval_figure import Panel, Row, decimals, intervals
from edusim.report.page import begin, data_footer, limits_text, read_line
from edusim.report.style import FAINT, GRID, INK, MARGIN, QUIET, Chart, Words, house, looks, number
from edusim.report.summaries import Interval

WIDTH = 8.8
BETTER, WORSE, OPEN = "#2F7494", "#F0B56A", "#E9EDF1"
_SHARES = {"written": "#0B4F82", "evidence": "#6BB0B4", "ours": "#F0B56A", "carried": "#2F7494", "aside": "#C9CFD6"}


def _say(words: Words, key: str, **values: Any) -> str:
    return text(f"beside.{key}", words.lang, **values)


def _other(words: Words, key: str, **values: Any) -> str:
    return text(f"beside.{key}", words.lang, **values)


def _listed(words: Words, parts: Sequence[str]) -> str:
    return words("list_separator").join(parts)


def basis_figure(rows: Sequence[Any], words: Words, *, for_report: bool = False) -> Chart:
    """Draw how much of each document is written and how much is ours, and how many of its clauses are carried.

    Parameters
    ----------
    rows
        As :func:`edusim.documents.basis` gives them.
    words
        Language and names of policies.
    for_report
        Leave out head and foot.
    """
    share = {row.policy: row.written / max(row.written + row.evidence + row.ours, 1) for row in rows}
    least, most = min(share, key=lambda k: share[k]), max(share, key=lambda k: share[k])
    ends = {"low": f"{100 * share[least]:.0f}%", "high": f"{100 * share[most]:.0f}%"}
    takeaway = _say(words, "basis.takeaway", least=words.policy(least), most=words.policy(most), **ends)
    with house():
        reading = _say(words, "basis.reading")
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.06
        height = 0.40 * len(rows)
        body = below + height + 0.72
        chart = begin(words, WIDTH, body, title=_say(words, "basis.title"), subtitle=_other(words, "basis.subtitle"), takeaway=takeaway,
                      footer=limits_text(words), for_report=for_report)  # fmt: skip
        read_line(chart, reading)
        labels, gap = 1.55, 0.45
        room = (WIDTH - 2 * MARGIN - labels - gap) / 2
        sides = [(side, [part for part in parts if any(getattr(row, part) for row in rows)])
                 for side, parts in (("values", ("written", "evidence", "ours")), ("clauses", ("carried", "aside")))]  # fmt: skip
        for i, (side, parts) in enumerate(sides):
            axes = chart.panel(MARGIN + labels + i * (room + gap), below, room, height)
            axes.set_ylim(len(rows) - 0.5, -0.5)
            axes.set_axis_off()
            total = max(sum(getattr(row, part) for part in parts) for row in rows)
            axes.set_xlim(0, total * 1.05)
            for y, row in enumerate(rows):
                if i == 0:
                    name = axes.annotate(words.policy(row.policy), (0, y), xytext=(-8, 0), textcoords="offset points", ha="right", va="center",
                                         fontsize=9.0, color=looks([row.policy])[row.policy].colour, annotation_clip=False)  # fmt: skip
                    chart.shrink(name, labels - 0.12)
                left = 0
                for part in parts:
                    value = getattr(row, part)
                    if value:
                        axes.barh(y, value, left=left, height=0.62, color=_SHARES[part], edgecolor="white", linewidth=0.8)
                        dark = part in ("written", "carried")
                        wide = value > 0.035 * total
                        axes.text(left + (value / 2 if wide else value + 0.012 * total), y, str(value), ha="center" if wide else "left", va="center",
                                  fontsize=8.4, color="white" if dark else INK)  # fmt: skip
                    left += value
            x = MARGIN + labels + i * (room + gap)
            chart.say(x, below + height + 0.40, _say(words, f"basis.{side}"), fontsize=9.6, fontweight="bold", color=INK, va="center")
            for part in parts:
                dot = chart.say(x, below + height + 0.16, "■ ", fontsize=9, color=_SHARES[part], va="center")
                x += chart.extent(dot).width / chart.dpi
                item = chart.say(x, below + height + 0.16, _say(words, f"basis.{part}"), fontsize=8.4, color=QUIET, va="center")
                x += chart.extent(item).width / chart.dpi + 0.16
    return chart


def shape_figure(
    shapes: Mapping[str, Mapping[str, float]], ours: Mapping[str, float], units: Mapping[str, str], words: Words, *, for_report: bool = False
) -> Chart:
    """Draw the shape of our county beside those that the documents were written for, one respect a line.

    Parameters
    ----------
    shapes
        Policy -> respect -> value.
    ours
        Respect -> value.
    units
        Respect -> ``share``, ``pupils`` or ``count``, in the order in which they are drawn.
    words
        Language and names of policies.
    for_report
        Leave out head and foot.
    """
    spans = {key: (min([ours[key], *(s[key] for s in shapes.values())]), max([ours[key], *(s[key] for s in shapes.values())])) for key in units}
    wide = {key: high - low for key, (low, high) in spans.items() if high > low}
    far = {policy: float(np.mean([abs(found[key] - ours[key]) / span for key, span in wide.items()])) for policy, found in shapes.items()}
    near, away = min(far, key=lambda k: far[k]), max(far, key=lambda k: far[k])
    takeaway = _say(words, "shape.takeaway" if far[near] > 0 else "shape.same", n=len(units), near=words.policy(near), far=words.policy(away))
    look = looks(list(shapes))

    def shown(key: str, value: float) -> str:
        if units[key] == "share":
            return f"{number(100 * value, 0, signed=key == 'entrants')}%"
        return number(value, 0 if units[key] == "pupils" else 1)

    with house():
        reading = _say(words, "shape.reading")
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.06
        height = 0.50 * len(units)
        body = below + height + 0.42
        chart = begin(words, WIDTH, body, title=_say(words, "shape.title"), subtitle=_other(words, "shape.subtitle"), takeaway=takeaway,
                      footer=data_footer(words, 1), for_report=for_report)  # fmt: skip
        read_line(chart, reading)
        labels = 2.35
        axes = chart.panel(MARGIN + labels, below, WIDTH - 2 * MARGIN - labels - 0.55, height)
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(len(units) - 0.5, -0.5)
        axes.set_axis_off()
        for y, key in enumerate(units):
            low, high = spans[key]

            def place(value: float, low: float = low, high: float = high) -> float:
                return (value - low) / (high - low) if high > low else 0.5

            axes.plot([0, 1], [y, y], color=GRID, linewidth=5.0, solid_capstyle="round", zorder=1)
            item = axes.annotate(_say(words, f"shape.{key}"), (0, y), xytext=(-40, 0), textcoords="offset points", ha="right", va="center", fontsize=9.0,
                                 color=INK, annotation_clip=False)  # fmt: skip
            chart.shrink(item, labels - 0.62)
            for x, value, side in ((0, low, "right"), (1, high, "left")):
                axes.annotate(shown(key, value), (x, y), xytext=(-9 if side == "right" else 9, 0), textcoords="offset points", ha=side, va="center",
                              fontsize=8.0, color=QUIET, annotation_clip=False)  # fmt: skip
            for policy, found in shapes.items():
                axes.plot([place(found[key])], [y], marker=look[policy].marker, markersize=7.0, color=look[policy].colour, alpha=0.9, zorder=3)
            axes.plot([place(ours[key])], [y], marker="D", markersize=8.5, markerfacecolor=INK, markeredgecolor="white", zorder=4)
            axes.annotate(shown(key, ours[key]), (place(ours[key]), y), xytext=(0, 7), textcoords="offset points", ha="center", va="bottom", fontsize=7.6,
                          color=INK)  # fmt: skip
        right = MARGIN + 0.02
        for name, colour, marker in [(_say(words, "shape.ours"), INK, "D"), *((words.policy(p), look[p].colour, look[p].marker) for p in shapes)]:
            key_axes = chart.panel(right, below + height + 0.17, 0.16, 0.16)
            key_axes.set_axis_off()
            key_axes.plot([0], [0], marker=marker, markersize=6.5, color=colour)
            said = chart.say(right + 0.19, below + height + 0.25, name, fontsize=8.4, color=colour, va="center")
            right += 0.19 + chart.extent(said).width / chart.dpi + 0.18
    return chart


def pairs_figure(
    pairs: Mapping[str, Mapping[tuple[str, str], Interval]], wants: Mapping[str, str], names: Mapping[str, str], policies: Sequence[str], words: Words,
    *, year: int, n_runs: int, factors: Mapping[str, float] | None = None, for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw who can be told from whom: a lower triangle a measure, row less column.

    Parameters
    ----------
    pairs
        Measure -> (row, column) -> interval that holds for all pairs together, see :func:`edusim.documents.apart`.
    wants
        Measure -> ``max`` or ``min``: which is better.
    names
        Measure -> heading.
    policies
        In the order of rows.
    words
        Language and names of policies.
    year, n_runs
        What the pairs are of.
    factors
        Measure -> factor that numbers are written with.
    for_report
        Leave out head and foot.
    """
    from matplotlib.patches import Rectangle

    told = {m: sum(gap.clear for gap in found.values()) for m, found in pairs.items()}
    parts = [_say(words, "pairs.part", name=words.inside(names[m]), told=told[m]) for m in pairs]
    columns = 2
    lines = math.ceil(len(pairs) / columns)
    with house():
        reading = _say(words, "pairs.reading")
        scratch = begin(words, WIDTH, 1.0, title="", subtitle="", takeaway="", footer="", for_report=True)
        below = read_line(scratch, reading) + 0.06
        cell, labels = 0.40, 1.35
        height = cell * (len(policies) - 1)
        block = height + 0.92
        body = below + lines * block + 0.02
        takeaway = _say(words, "pairs.takeaway", n=len(next(iter(pairs.values()))), parts=_listed(words, parts))
        chart = begin(words, WIDTH, body, title=_say(words, "pairs.title", year=year), subtitle=_other(words, "pairs.subtitle"), takeaway=takeaway,
                      footer=data_footer(words, n_runs), for_report=for_report)  # fmt: skip
        read_line(chart, reading)
        room = (WIDTH - 2 * MARGIN - 0.3) / columns
        for i, (measure, found) in enumerate(pairs.items()):
            left = MARGIN + (i % columns) * (room + 0.3)
            bottom = below + (lines - 1 - i // columns) * block + 0.42
            axes = chart.panel(left + labels, bottom, room - labels, height)
            axes.set_xlim(0, len(policies) - 1)
            axes.set_ylim(len(policies) - 1, 0)
            axes.set_axis_off()
            head = chart.say(left, bottom + height + 0.22, names[measure], fontsize=9.6, fontweight="bold", color=INK, va="center")
            chart.shrink(head, room)
            factor = (factors or {}).get(measure, 1.0)
            digits = decimals(max(abs(gap.mean) * factor for gap in found.values()))
            for y, a in enumerate(policies[1:]):
                item = axes.annotate(words.policy(a), (0, y + 0.5), xytext=(-6, 0), textcoords="offset points", ha="right", va="center", fontsize=8.6,
                                     color=looks([a])[a].colour, annotation_clip=False)  # fmt: skip
                chart.shrink(item, labels - 0.12)
                for x, b in enumerate(policies[: y + 1]):
                    gap = found[a, b]
                    good = (gap.mean > 0) == (wants[measure] == "max")
                    colour = OPEN if not gap.clear else BETTER if good else WORSE
                    axes.add_patch(Rectangle((x + 0.03, y + 0.05), 0.94, 0.90, facecolor=colour, edgecolor="none"))
                    value = gap.mean * factor
                    said = number(value, digits, signed=True) if gap.clear else _say(words, "pairs.unknown")
                    axes.text(x + 0.5, y + 0.5, said, ha="center", va="center", fontsize=8.2 if gap.clear else 7.4,
                              color="white" if colour == BETTER else INK if gap.clear else FAINT)  # fmt: skip
            for x, b in enumerate(policies[:-1]):
                item = axes.annotate("", (x + 0.5, len(policies) - 1), xytext=(0, -5), textcoords="offset points", ha="center", va="top",
                                     fontsize=7.8, color=looks([b])[b].colour, annotation_clip=False)  # fmt: skip
                chart.fit(item, words.policy(b), (room - labels) / (len(policies) - 1) - 0.06)
    return chart


def effects_figure(
    values: Mapping[tuple[str, str], Interval], panels: Sequence[Panel], policies: Sequence[str], words: Words, *, year: int, n_runs: int,
    for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw the effect of every document on every measure, with a sentence on which can be told from nothing."""
    told: dict[tuple[str, ...], list[str]] = {}
    for panel in panels:
        told.setdefault(tuple(p for p in policies if values[p, panel.key].clear), []).append(words.inside(panel.heading))
    parts = []
    for clear, names in told.items():
        rest = [words.policy(p) for p in policies if p not in clear]
        key = "effects.everybody" if not rest else "effects.part" if clear else "effects.nobody"
        parts.append(_say(words, key, name=_listed(words, names), policies=_listed(words, rest)))
    return intervals(
        values, rows=rows_of(policies, words), panels=panels, words=words, title=_say(words, "effects.title", year=year),
        subtitle=_other(words, "effects.subtitle", n=n_runs), takeaway=_say(words, "stop").join(parts) + _say(words, "end"),
        reading=_say(words, "effects.reading"), n_runs=n_runs, columns=3, labels=1.45, for_report=for_report,
    )  # fmt: skip


def homes_figure(
    values: Mapping[tuple[str, str], Interval], name: str, unit: str, policies: Sequence[str], words: Words, *, n_runs: int, note: str = "",
    for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw the effect of every document on our county (panel ``ours``) and on a county of its own kind (panel ``own``)."""
    moved = [p for p in policies if _differ(values[p, "ours"], values[p, "own"])]
    names = _say(words, "homes.names", names=_listed(words, [words.policy(p) for p in moved])) if moved else ""
    return intervals(
        values, rows=rows_of(policies, words), panels=[Panel("ours", _say(words, "homes.ours"), unit), Panel("own", _say(words, "homes.own"), unit)],
        words=words, title=_say(words, "homes.title", name=name), subtitle=_other(words, "homes.subtitle"),
        takeaway=_say(words, "homes.takeaway", n=len(policies), moved=len(moved), names=names), reading=_say(words, "effects.reading") + note, n_runs=n_runs,
        labels=1.45, shared=True, for_report=for_report,
    )  # fmt: skip


def ends_figure(
    values: Mapping[tuple[str, str], Interval], settings: Mapping[str, str], pairs: Mapping[str, Mapping[tuple[str, str], Interval]], name: str, unit: str,
    policies: Sequence[str], words: Words, *, n_runs: int, note: str = "", for_report: bool = False,
) -> Chart:  # fmt: skip
    """Draw every document's effect at several values of an assumption, and say which orders of two documents hold at all of them."""
    kept = turned = 0
    listed = list(next(iter(pairs.values())))
    for pair in listed:
        signs = [math.copysign(1, found[pair].mean) if found[pair].clear else 0 for found in pairs.values()]
        kept += len({*signs}) == 1 and signs[0] != 0
        turned += {1, -1} <= {*signs}
    return intervals(
        values, rows=rows_of(policies, words), panels=[Panel(key, _say(words, "ends.panel", value=said), unit) for key, said in settings.items()],
        words=words, title=_say(words, "ends.title", name=name), subtitle=_other(words, "ends.subtitle"),
        takeaway=_say(words, "ends.takeaway", n=len(listed), kept=kept, turned=turned), reading=_say(words, "effects.reading") + note, n_runs=n_runs,
        labels=1.45, shared=True, for_report=for_report,
    )  # fmt: skip


def _differ(a: Interval, b: Interval) -> bool:
    """Whether two means of independent draws surely differ."""
    return a.known and b.known and abs(a.mean - b.mean) > math.hypot((a.high - a.low) / 2, (b.high - b.low) / 2)


def rows_of(policies: Sequence[str], words: Words) -> list[Row]:
    """Return rows of policies in their own colours and markers."""
    look = looks(list(policies))
    return [Row(key, words.policy(key), look[key].colour, look[key].marker) for key in policies]


__all__ = ["basis_figure", "effects_figure", "ends_figure", "homes_figure", "pairs_figure", "rows_of", "shape_figure"]
