"""The map of a county as it stands in a year: a snapshot of a model, and the SVG drawn of it. No library of pages is needed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from edusim.language import text
from edusim.report.language import label, policy_name
from edusim.state import STAGES, ZONES, open_schools

#: What a school may be coloured by -> greatest value of the scale, SD.
COLOURS = {"level": 1.0, "change": 0.3}
GAP = "learning.core_member_gap"
_LOW, _MIDDLE, _HIGH = (0xB3, 0x58, 0x06), (0xEE, 0xF0, 0xF2), (0x0B, 0x4F, 0x82)
_WIDE, _EDGE = 900.0, 38.0
#: Up to this number of schools each core and member is named; in a larger county the largest cores that have room.
_NAMED, _NAMED_CORES = 24, 14


@dataclass(frozen=True)
class Snapshot:
    """A county at the end of a year; arrays have a place for every campus, in the order of ids.

    Attributes
    ----------
    year, policy
        School year; key of the policy.
    names
        Pseudonyms by language.
    x_km, y_km, n_pupils, level
        float64 [schools]: place, pupils, mean achievement (pupil SD; NaN where there is nobody).
    zone, stage, core_of, is_core, is_under
        Codes; row of the core that a member belongs to (-1: none, or outside the county); whether it leads a group; whether its
        group acts under the policy's mode, not only under the law in force.
    is_open
        bool [schools].
    n_groups, sent
        Groups under a mode of the policy; teachers sent on rotation this year.
    gap
        Gap of core and member schools, pupil SD.
    """

    year: int
    policy: str
    names: dict[str, list[str]]
    x_km: Any
    y_km: Any
    n_pupils: Any
    level: Any
    zone: Any
    stage: Any
    core_of: Any
    is_core: Any
    is_under: Any
    is_open: Any
    n_groups: int
    sent: int
    gap: float


def snapshot(county: Any) -> Snapshot:
    """Return a :class:`edusim.model.County` as it stands."""
    state, year = county.state, county.year_measures[-1]
    schools, groups = state.schools, state.groups
    order = np.argsort(county.case.state.schools.id, kind="stable")
    core_of, under = np.full(schools.n, -1), np.zeros(schools.n, bool)
    if groups.n:
        member = schools.member_of >= 0
        core_of = np.where(member, groups.core[np.maximum(schools.member_of, 0)], -1)
        under = np.where(member & ~schools.is_outside_mode, groups.mode[np.maximum(schools.member_of, 0)] > 0, False)
        under |= (schools.leads >= 0) & (groups.mode[np.maximum(schools.leads, 0)] > 0)
    sent = int(sum(flow.sum() for y, flow in county.year_moves[-1:] if y == year.year))
    return Snapshot(
        year.year, county.policy_key, {lang: [names[i] for i in order] for lang, names in county.case.pseudonyms.items()},
        schools.x_km.copy(), schools.y_km.copy(), year.school_column("n_pupils").copy(), year.school_column("mean_achievement").copy(),
        schools.zone.copy(), schools.stage.copy(), core_of, (schools.leads >= 0).copy(), under, open_schools(schools, year.year),
        int((groups.mode > 0).sum()) if groups.n else 0, sent, year.value(GAP),
    )  # fmt: skip


def tint(value: float, most: float) -> str:
    """Return the colour of a value on a scale from ``-most`` (brown) over 0 (grey) to ``most`` (blue); white where there is none."""
    if not math.isfinite(value):
        return "#ffffff"
    share = max(-1.0, min(1.0, value / most))
    end = _HIGH if share > 0 else _LOW
    return "#" + "".join(f"{round(m + (e - m) * abs(share)):02x}" for m, e in zip(_MIDDLE, end, strict=True))


def signed(value: float, plus: str = "") -> str:
    """Return a number with two digits and a true minus sign."""
    return f"{value:{plus}.2f}".replace("-", "−")


def svg(now: Snapshot, base: Snapshot, lang: str, colour: str = "level") -> str:
    """Return the map: schools by place, pupils (size) and achievement (colour), members joined to their cores.

    Parameters
    ----------
    now, base
        The year to draw, and the base year.
    lang
        ``zh`` or ``en``.
    colour
        A key of :data:`COLOURS`: the level, or the change since the base year.
    """
    most = COLOURS[colour]
    values = now.level if colour == "level" else now.level - base.level
    left, low = float(base.x_km.min()), float(base.y_km.min())
    wide, tall = max(float(np.ptp(base.x_km)), 1.0), max(float(np.ptp(base.y_km)), 1.0)
    scale = (_WIDE - 2 * _EDGE) / wide
    height = min(max(tall * scale, 300.0), 560.0)
    x = _EDGE + (now.x_km - left) * scale
    y = _EDGE + (1.0 - (now.y_km - low) / tall) * height
    # A typical school of the base year is 9 wide, whatever the county.
    usual = max(1.0, float(np.median(base.n_pupils[base.is_open])))
    radius = np.clip(9.0 * np.sqrt(np.maximum(now.n_pupils, 1.0) / usual), 5.0, 20.0) * min(1.0, math.sqrt(60.0 / max(1, now.is_open.sum())) + 0.15)
    size = height + 2 * _EDGE + 54
    said = text("live.alt", lang, year=now.year, policy=policy_name(now.policy, lang), n=int(now.is_open.sum()), groups=now.n_groups)
    parts = [
        f'<svg viewBox="0 0 {_WIDE:.0f} {size:.0f}" role="img" aria-label="{escape(said)}" xmlns="http://www.w3.org/2000/svg" '
        f'style="width:100%;height:auto;font-family:inherit"><rect width="{_WIDE:.0f}" height="{size - 50:.0f}" fill="#F5F7F8" rx="6"/>'
    ]
    for row in np.flatnonzero((now.core_of >= 0) & now.is_open).tolist():
        core = now.core_of[row]
        dash = "" if now.is_under[row] else ' stroke-dasharray="1.5 4"'
        tone = "#37474f" if now.is_under[row] else "#8b949c"
        parts.append(f'<line x1="{x[row]:.1f}" y1="{y[row]:.1f}" x2="{x[core]:.1f}" y2="{y[core]:.1f}" stroke="{tone}" '
                     f'stroke-width="{1.6 if now.is_under[row] else 1.2}"{dash}/>')  # fmt: skip
    shown = sorted(np.flatnonzero(now.is_open).tolist(), key=lambda row: -radius[row])
    for row in shown:
        about = _about(now, row, float(values[row]), colour, lang)
        look = f'fill="{tint(float(values[row]), most)}" stroke="#37474f" stroke-width="{1.8 if now.is_core[row] else 0.8}"'
        r = radius[row]
        shape = (f'<rect x="{x[row] - r:.1f}" y="{y[row] - r:.1f}" width="{2 * r:.1f}" height="{2 * r:.1f}" rx="2" {look}>' if now.is_core[row]
                 else f'<circle cx="{x[row]:.1f}" cy="{y[row]:.1f}" r="{r:.1f}" {look}>')  # fmt: skip
        parts.append(f'{shape}<title>{escape(about)}</title></{"rect" if now.is_core[row] else "circle"}>')
    parts += _labels(now, lang, shown, x, y, radius)
    parts.append(_legend(lang, colour, most, size))
    return "".join(parts) + "</svg>"


def _about(now: Snapshot, row: int, value: float, colour: str, lang: str) -> str:
    """Return what is said of a school where a pointer rests on it."""
    number = f"{signed(value, '+')} SD" if math.isfinite(value) else text("live.nobody", lang)
    return text(
        "live.school", lang, name=now.names[lang][row], place=label("zone", ZONES[now.zone[row]], lang), n=f"{int(now.n_pupils[row]):,}",
        what=text(f"live.colour.{colour}", lang), value=number, role=text(_role(now, row), lang),
    )  # fmt: skip


def _role(now: Snapshot, row: int) -> str:
    return "live.role.core" if now.is_core[row] else "live.role.member" if now.core_of[row] >= 0 else "live.role.alone"


def _labels(now: Snapshot, lang: str, shown: Iterable[int], x: Any, y: Any, radius: Any) -> list[str]:
    """Return names where they have room: all in a small county, the largest cores in a large one."""
    rows = list(shown)
    few = len(rows) <= _NAMED
    boxes = [(x[row] - radius[row], y[row] - radius[row], x[row] + radius[row], y[row] + radius[row]) for row in rows]
    found: list[str] = []
    for row in sorted(rows, key=lambda r: (not now.is_core[r], -now.n_pupils[r])):
        if not few and (not now.is_core[row] or len(found) >= _NAMED_CORES):
            break
        name = now.names[lang][row]
        wide = sum(14.5 if ord(c) > 0x2E80 else 8.0 for c in name)
        r = radius[row]
        for dx, dy in ((0, -r - 6), (0, r + 17), (r + 6 + wide / 2, 5), (-r - 6 - wide / 2, 5)):
            at = x[row] + dx if dx else min(max(x[row], wide / 2 + 4), _WIDE - wide / 2 - 4)
            box = (at - wide / 2, y[row] + dy - 13, at + wide / 2, y[row] + dy + 4)
            inside = box[0] >= 0 and box[2] <= _WIDE
            if inside and not any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in boxes):
                boxes.append(box)
                found.append(f'<text x="{at:.1f}" y="{y[row] + dy:.1f}" text-anchor="middle" font-size="14.5" fill="#1F2933" stroke="#F5F7F8" '
                             f'stroke-width="3" paint-order="stroke" font-weight="{600 if now.is_core[row] else 400}">{escape(name)}</text>')  # fmt: skip
                break
    return found


def _legend(lang: str, colour: str, most: float, size: float) -> str:
    """Return the scale of colours and what signs stand for."""
    y = size - 38
    steps = [(-1 + 2 * i / 24) * most for i in range(25)]
    bars = "".join(f'<rect x="{8 + 7 * i}" y="{y}" width="7.2" height="10" fill="{tint(v, most)}"/>' for i, v in enumerate(steps))
    ends = "".join(
        f'<text x="{at}" y="{y + 22}" font-size="12.5" text-anchor="{anchor}" fill="#55606b">{v}</text>'
        for at, anchor, v in ((8, "start", f"−{most:g}"), (95, "middle", "0"), (183, "end", f"+{most:g} SD"))
    )  # fmt: skip
    words = text("live.legend", lang, what=text(f"live.colour.{colour}", lang))
    return (f'{bars}{ends}<text x="205" y="{y + 10}" font-size="14" fill="#37474f">{escape(words)}</text>'
            f'<line x1="205" x2="231" y1="{y + 27}" y2="{y + 27}" stroke="#37474f" stroke-width="1.8"/>'
            f'<text x="237" y="{y + 31}" font-size="14" fill="#37474f">{escape(text("live.link.mode", lang))}</text>'
            f'<line x1="470" x2="496" y1="{y + 27}" y2="{y + 27}" stroke="#8b949c" stroke-width="1.6" stroke-dasharray="1.5 4"/>'
            f'<text x="502" y="{y + 31}" font-size="14" fill="#37474f">{escape(text("live.link.law", lang))}</text>')  # fmt: skip


def gap_line(years: Sequence[Snapshot], now: int, first: int, last: int, lang: str) -> str:
    """Return the small chart of the gap between core and member schools, over the years so far."""
    wide, tall, left = 300.0, 120.0, 38.0
    gaps = [one.gap for one in years]
    top = max([0.1, *(g for g in gaps if math.isfinite(g))]) * 1.15
    low = min([0.0, *(g for g in gaps if math.isfinite(g))])

    def at(year: int, gap: float) -> tuple[float, float]:
        return left + (year - first) / max(1, last - first) * (wide - left - 14), 12 + (top - gap) / (top - low) * (tall - 36)

    points = [at(one.year, one.gap) for one in years if math.isfinite(one.gap)]
    here = next((at(one.year, one.gap) for one in years if one.year == now and math.isfinite(one.gap)), None)
    dot = f'<circle cx="{here[0]:.1f}" cy="{here[1]:.1f}" r="4.5" fill="#0B4F82"/>' if here else ""
    zero = at(first, 0.0)[1]
    said = text("live.gap_alt", lang, year=now, value=next((signed(one.gap) for one in years if one.year == now), ""))
    return (
        f'<svg viewBox="0 0 {wide:.0f} {tall:.0f}" role="img" aria-label="{escape(said)}" xmlns="http://www.w3.org/2000/svg" style="width:100%;height:auto">'
        f'<line x1="{left}" x2="{wide - 14}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="#c9cfd5"/><text x="{left - 6}" y="{zero + 4:.1f}" '
        f'text-anchor="end" font-size="11" fill="#55606b">0</text><text x="{left - 6}" y="{at(first, top / 1.15)[1] + 4:.1f}" text-anchor="end" '
        f'font-size="11" fill="#55606b">{top / 1.15:.2f}</text>'
        f'<polyline fill="none" stroke="#0B4F82" stroke-width="2" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in points)}"/>{dot}'
        f'<text x="{left}" y="{tall - 4}" font-size="11" fill="#55606b">{first}</text><text x="{wide - 14}" y="{tall - 4}" text-anchor="end" '
        f'font-size="11" fill="#55606b">{last}</text></svg>'
    )  # fmt: skip


def roll(now: Snapshot, lang: str) -> str:
    """Return the schools as a table, by stage, kind of place and pseudonym: no order of quality."""
    rows = sorted(np.flatnonzero(now.is_open).tolist(), key=lambda r: (now.stage[r], now.zone[r], now.names[lang][r]))
    heads = "".join(f'<th scope="col">{escape(text(f"live.table.{k}", lang))}</th>' for k in ("school", "stage", "place", "role", "core", "pupils"))
    lines = []
    for row in rows:
        core = now.names[lang][now.core_of[row]] if now.core_of[row] >= 0 else ""
        cells = (now.names[lang][row], label("stage", STAGES[now.stage[row]], lang), label("zone", ZONES[now.zone[row]], lang),
                 text(_role(now, row), lang), core, f"{int(now.n_pupils[row]):,}")  # fmt: skip
        lines.append("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>")
    return f'<table class="edusim-roll"><thead><tr>{heads}</tr></thead><tbody>{"".join(lines)}</tbody></table>'


__all__ = ["COLOURS", "Snapshot", "gap_line", "roll", "signed", "snapshot", "svg", "tint"]
