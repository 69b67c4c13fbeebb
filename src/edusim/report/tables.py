"""Tables for the terminal: policies compared with the baseline, and one run from first to last year.

Columns stay aligned with Chinese text: a full-width character takes two places. Numbers are written with
ASCII signs, because terminals disagree on the width of the true minus sign.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.language import limits, measure_name, policy_name, text
from edusim.report.summaries import (
    COUNTY_SCOPES,
    KNOWN_POLICIES,
    Interval,
    mean_interval,
    need,
    ordered,
    same,
    t_975,
)

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

EFFECT_COLUMNS = ("policy", "year", "measure", "stage", "mean", "low", "high")
LEVEL_COLUMNS = ("policy", "year", "measure", "stage")
#: Widest table before intervals move to a line of their own.
WIDTH = 120


@dataclass(frozen=True)
class Row:
    """One line of the table: a measure at a stage and how its numbers are written.

    ``scale`` is what a value is divided by; ``unit`` is a key of the catalogue under ``table.unit``;
    ``change_unit`` that of a difference, where it has another name.
    """

    measure: str
    stage: str = "all"
    unit: str = "SD"
    digits: int = 3
    scale: float = 1.0
    change_unit: str = ""


ROWS: tuple[Row, ...] = (
    Row("learning.core_member_gap"),
    Row("learning.weak_half"),
    Row("learning.top_quarter"),
    Row("learning.mean"),
    Row("learning.low_ses"),
    Row("learning.icc", unit="none"),
    Row("official.indicators_met", "primary", unit="none", digits=1),
    Row("official.indicators_met", "junior", unit="none", digits=1),
    Row("official.schools_failing", unit="schools", digits=1),
    Row("staffing.rotation_delivered", unit="persons", digits=1),
    Row("families.satisfaction", unit="percent", digits=1, scale=0.01, change_unit="points"),
    Row("families.exits", unit="pupils", digits=1),
    Row("money.yearly", unit="yuan", digits=0, scale=1e4),
)
GAP, SPENT = "learning.core_member_gap", "money.total_to_date"


@lru_cache(maxsize=10_000)
def width_of(content: str) -> int:
    """Return the places that a text takes in a terminal: two for full-width, none for combining characters."""
    if content.isascii():
        return len(content)
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in content
    )


def pad(content: str, width: int, *, right: bool = False) -> str:
    """Return the text filled with blanks to ``width`` places, at the right side when ``right``."""
    blanks = " " * max(0, width - width_of(content))
    return blanks + content if right else content + blanks


def _plain(value: float, digits: int, *, signed: bool = False) -> str:
    if not math.isfinite(value):
        return ""
    value = round(value, digits)
    # Rounding must not leave a minus before nothing.
    shown = f"{abs(value):,.{digits}f}"
    return f"-{shown}" if value < 0 else f"+{shown}" if signed and value > 0 else shown


def ratio_interval(part: ArrayLike, whole: ArrayLike) -> Interval:
    """Return mean(part) / mean(whole) over paired draws with Fieller's 95% interval.

    Parameters
    ----------
    part, whole
        float, shape (draws,): numerator and denominator of each draw.

    Returns
    -------
    Interval
        The interval is NaN with fewer than two draws, or when the denominator is not clearly other than zero
        (the interval would be without bounds).
    """
    above, below = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    known = np.isfinite(above) & np.isfinite(below)
    above, below, n = above[known], below[known], int(known.sum())
    if n == 0 or below.mean() == 0:
        return Interval(math.nan, math.nan, math.nan, n)
    ratio = float(above.mean() / below.mean())
    if n == 1:
        return Interval(ratio, math.nan, math.nan, 1)
    spread = np.cov(above, below) * t_975(n - 1) ** 2 / n
    # (m_a - r m_b)^2 <= v_aa - 2 r v_ab + r^2 v_bb is a quadratic in r.
    a = below.mean() ** 2 - spread[1, 1]
    b = above.mean() * below.mean() - spread[0, 1]
    c = above.mean() ** 2 - spread[0, 0]
    root = b * b - a * c
    if a <= 0 or root < 0:
        return Interval(ratio, math.nan, math.nan, n)
    return Interval(ratio, float((b - math.sqrt(root)) / a), float((b + math.sqrt(root)) / a), n)


def _pick(frame: pd.DataFrame, measure: str, stage: str) -> pd.DataFrame:
    """Return the rows of a measure at a stage; a measure kept for one stage only answers for ``all``."""
    for name in same(measure):
        found = frame[frame["measure"].astype(str).eq(name)]
        if "scope" in found.columns:
            found = found[found["scope"].astype(str).isin(COUNTY_SCOPES)]
        at_stage = found[found["stage"].astype(str).eq(stage)]
        if not at_stage.empty:
            return at_stage
        if stage == "all" and not found.empty and found["stage"].astype(str).nunique() == 1:
            return found
    return frame.iloc[:0]


def _level(levels: pd.DataFrame, policy: str, measure: str, stage: str) -> Interval:
    found = _pick(levels, measure, stage)
    found = found[found["policy"].astype(str).eq(policy)]
    if "value" in found.columns:
        return mean_interval(found["value"])
    if found.empty:
        return Interval(math.nan, math.nan, math.nan, 0)
    row: Any = found.iloc[0]
    return Interval(float(row["mean"]), float(row.get("low", math.nan)), float(row.get("high", math.nan)), 1)


def _effect(effects: pd.DataFrame, policy: str, measure: str, stage: str) -> Interval:
    found = _pick(effects, measure, stage)
    found = found[found["policy"].astype(str).eq(policy)]
    if found.empty:
        return Interval(math.nan, math.nan, math.nan, 0)
    row: Any = found.iloc[0]
    return Interval(float(row["mean"]), float(row["low"]), float(row["high"]), int(row.get("n", 0)))


def _cell(gap: Interval, digits: int, scale: float, lang: str, *, signed: bool, star: bool) -> tuple[str, str]:
    """Return a cell as value and interval."""
    if not math.isfinite(gap.mean):
        return text("table.none", lang), ""
    mark = "*" if star and gap.clear else ""
    value = _plain(gap.mean / scale, digits, signed=signed) + mark
    if not gap.known:
        return value, ""
    low, high = (_plain(edge / scale, digits, signed=signed) for edge in (gap.low, gap.high))
    return value, f"[{low}, {high}]"


def _per_step(levels: pd.DataFrame, policy: str, baseline: str) -> Interval:
    """Return the extra yuan to date for each 0.01 SD by which the gap is narrower than under the baseline.

    Only where the gap is surely narrower; paired by draw.
    """
    nothing = Interval(math.nan, math.nan, math.nan, 0)
    if not {"value", "draw"} <= set(levels.columns):
        return nothing
    wide = {}
    for measure in (GAP, SPENT):
        found = _pick(levels, measure, "all")
        if found.empty:
            return nothing
        table = found.assign(policy=found["policy"].astype(str)).pivot_table(
            index="draw", columns="policy", values="value", aggfunc="mean", observed=True
        )
        if policy not in table or baseline not in table:
            return nothing
        wide[measure] = table[policy] - table[baseline]
    steps = -wide[GAP] / 0.01
    closed = mean_interval(steps)
    if not (closed.clear and closed.mean > 0):
        return nothing
    return ratio_interval(wide[SPENT].reindex(steps.index), steps)


def _lines(header: Sequence[str], body: Sequence[Sequence[tuple[str, str]]], limit: int) -> list[str]:
    """Return aligned lines no wider than ``limit`` where that is possible.

    Intervals stand beside the values, else below them; when that is still too wide the policies are shown in
    blocks, each with the first two columns.
    """
    n = len(header) - 2
    for size in range(n, 0, -1):
        blocks = []
        for start in range(2, 2 + n, size):
            columns = [0, 1, *range(start, min(start + size, 2 + n))]
            blocks.append(_block([header[c] for c in columns], [[row[c] for c in columns] for row in body], limit))
        if size == 1 or max(width_of(line) for block in blocks for line in block) <= limit:
            return [line for order, block in enumerate(blocks) for line in ([""] if order else []) + block]
    return _block(header, body, limit)


def _block(header: Sequence[str], body: Sequence[Sequence[tuple[str, str]]], limit: int) -> list[str]:
    for is_stacked in (False, True):
        rows: list[list[str]] = []
        for cells in body:
            if is_stacked:
                rows.append([value for value, _ in cells])
                if any(extra for _, extra in cells):
                    rows.append([extra for _, extra in cells])
            else:
                rows.append([f"{value} {extra}".strip() for value, extra in cells])
        widths = [max(width_of(row[column]) for row in [list(header), *rows]) for column in range(len(header))]
        if is_stacked or sum(widths) + 2 * (len(widths) - 1) <= limit:
            break
    rule = "-" * (sum(widths) + 2 * (len(widths) - 1))

    def joined(row: Sequence[str]) -> str:
        first = pad(row[0], widths[0])
        return "  ".join([first, *(pad(c, w, right=True) for c, w in zip(row[1:], widths[1:], strict=True))]).rstrip()

    return [joined(header), rule, *(joined(row) for row in rows)]


def _name(row: Row, lang: str, info: Mapping[str, Any]) -> str:
    name = measure_name(row.measure, lang, info.get("measure_names"))
    if row.stage != "all":
        name += text("stage_suffix", lang, stage=text(f"stage.{row.stage}", lang))
    unit = text(f"table.unit.{row.unit}", lang)
    change = text(f"table.unit.{row.change_unit}", lang) if row.change_unit else ""
    units = text("table.units", lang, unit=unit, change=change) if change else unit
    return f"{name}, {units}" if units and lang == "en" else f"{name}（{units}）" if units else name


def _head(info: Mapping[str, Any], lang: str, draws: int, base_year: int, last_year: int) -> list[str]:
    def count(key: str) -> str:
        value = info.get(key)
        return f"{int(value):,}" if value is not None else text("table.none", lang)

    head = text(
        "table.head",
        lang,
        base_year=base_year,
        years=last_year - base_year,
        last_year=last_year,
        draws=draws,
        schools=count("n_schools"),
        pupils=count("n_pupils"),
    )
    return [head, *limits(lang)]


def _idle(info: Mapping[str, Any], lang: str, base_year: int, last_year: int) -> list[str]:
    """Return a note for every policy whose dates lie outside the years simulated."""
    return [
        text("table.idle", lang, policy=policy_name(key, lang, info.get("names")), first=base_year + 1, last=last_year)
        for key in info.get("idle", ())
    ]


def comparison_table(effects: pd.DataFrame, levels: pd.DataFrame, info: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the comparison of policies at the end of the horizon as text.

    Parameters
    ----------
    effects
        Paired differences from the baseline: columns ``policy, year, measure, stage, mean, low, high`` and, when
        there, ``design, baseline, n``. The last year is shown.
    levels
        Values of the last year: ``policy, year, measure, stage`` and either ``draw, value`` (one row a draw,
        with ``scope`` and ``design`` when there) or ``mean``.
    info
        ``base_year``, ``last_year``, ``draws``, ``n_schools``, ``n_pupils``, ``baseline``, ``names``; ``width`` is
        the number of places the table may take (120).
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        First column: level under the baseline. Others: mean paired difference with its 95% interval, with a star
        where the interval leaves out 0. A last row gives the extra yuan for each 0.01 SD of gap, where the
        gap surely narrows. One section a design.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` when a column is missing.
    """
    need(effects, EFFECT_COLUMNS, "effects")
    need(levels, LEVEL_COLUMNS, "levels")
    baseline = str(info.get("baseline", "status_quo"))
    years = [int(frame["year"].max()) for frame in (levels, effects) if len(frame)]
    last_year = int(info.get("last_year", max(years, default=0)))
    base_year = int(info.get("base_year", last_year))
    draws = int(info.get("draws", levels["draw"].nunique() if "draw" in levels.columns else 0))
    effects, levels = effects[effects["year"] == last_year], levels[levels["year"] == last_year]
    policies = ordered([*levels["policy"].astype(str), *effects["policy"].astype(str)], baseline, KNOWN_POLICIES)
    others = [policy for policy in policies if policy != baseline]
    lines = _head(info, lang, draws, base_year, last_year)
    designs: list[str] = []
    has_steps = False
    for frame in (effects, levels):
        if "design" in frame.columns:
            designs += [str(design) for design in frame["design"].astype(str).unique() if str(design) not in designs]
    for design in sorted(designs) or [""]:
        lines.append("")
        if design:
            lines.append(text(f"table.{design}", lang) if design in ("identical", "feasible") else design)
        own = {
            name: frame[frame["design"].astype(str).eq(design)] if "design" in frame.columns and design else frame
            for name, frame in (("effects", effects), ("levels", levels))
        }
        body: list[list[tuple[str, str]]] = []
        for row in ROWS:
            level = _level(own["levels"], baseline, row.measure, row.stage)
            gaps = [_effect(own["effects"], policy, row.measure, row.stage) for policy in others]
            if not any(math.isfinite(gap.mean) for gap in (level, *gaps)):
                continue
            shown = _plain(level.mean / row.scale, row.digits) or text("table.none", lang)
            cells = [(_name(row, lang, info), ""), (shown, "")]
            cells += [_cell(gap, row.digits, row.scale, lang, signed=True, star=True) for gap in gaps]
            body.append(cells)
        steps = [_per_step(own["levels"], policy, baseline) for policy in others]
        if any(math.isfinite(step.mean) for step in steps):
            has_steps = True
            label = text("table.per_step", lang)
            body.append(
                [(label, ""), ("", "")]
                + [_cell(step, 0, 1e4, lang, signed=False, star=False) for step in steps]
            )  # fmt: skip
        base_name = policy_name(baseline, lang, info.get("names"))
        header = [
            text("table.measure", lang, last_year=last_year),
            text("table.baseline", lang, policy=base_name),
            *(policy_name(policy, lang, info.get("names")) for policy in others),
        ]
        lines += _lines(header, body, int(info.get("width", WIDTH)))
    lines.append("")
    base_name = policy_name(baseline, lang, info.get("names"))
    lines.append(text("table.reading", lang, baseline=base_name) if draws != 1 else text("table.one_run", lang))
    if has_steps:
        lines.append(text("table.per_step_reading", lang, baseline=base_name))
    lines += _idle(info, lang, base_year, last_year)
    return "\n".join(lines)


def counties_table(
    columns: Sequence[tuple[str, Mapping[str, Any], pd.DataFrame, pd.DataFrame]], lang: str = "zh"
) -> str:
    """Return policies compared with the baseline, each on its own county, as text.

    Parameters
    ----------
    columns
        One a policy: key, facts of its run (as in :func:`comparison_table`), paired differences and values of
        the last year.
    lang
        ``zh`` or ``en``.

    Returns
    -------
    str
        The counties, then one section a design: mean paired differences with 95% intervals, under each the
        level of the baseline on that county.
    """
    names = [policy_name(key, lang, info.get("names")) for key, info, _, _ in columns]
    counties = []
    for (_, info, _, _), name in zip(columns, names, strict=True):
        facts = _head(info, lang, int(info["draws"]), int(info["base_year"]), int(info["last_year"]))[0]
        counties.append(f"  {name}: {info['scenario'][lang]} — {facts}")
    lines = [text("counties.head", lang), *counties, *limits(lang)]
    designs = sorted({str(d) for _, _, effects, _ in columns for d in effects["design"].astype(str).unique()})
    for design in designs:
        own = []
        for key, info, effects, levels in columns:
            last = effects[(effects["year"] == int(info["last_year"])) & effects["design"].astype(str).eq(design)]
            own.append((key, str(info["baseline"]), last, levels[levels["design"].astype(str).eq(design)]))
        body: list[list[tuple[str, str]]] = []
        for row in ROWS:
            found = [(_level(lv, base, row.measure, row.stage), _effect(ef, key, row.measure, row.stage)) for key, base, ef, lv in own]
            if not any(math.isfinite(part.mean) for pair in found for part in pair):
                continue
            cells = [_cell(gap, row.digits, row.scale, lang, signed=True, star=True) for _, gap in found]
            body.append([(_name(row, lang, {}), ""), ("", ""), *cells])
            shown = [_plain(level.mean / row.scale, row.digits) or text("table.none", lang) for level, _ in found]
            body.append([(text("counties.level", lang), ""), ("", ""), *((cell, "") for cell in shown)])
        title = text(f"table.{design}", lang) if design in ("identical", "feasible") else design
        lines += ["", *_lines([title, "", *names], body, WIDTH)]
    return "\n".join([*lines, "", text("counties.reading", lang)])


def run_table(measures: pd.DataFrame, info: Mapping[str, Any], lang: str = "zh") -> str:
    """Return the key measures of a run in the base year and the last year as text.

    Parameters
    ----------
    measures
        Columns ``policy, draw, year, measure, scope, stage, value``.
    info
        As in :func:`comparison_table`.
    lang
        ``zh`` or ``en``.

    Raises
    ------
    RunError
        ``FIG-COLUMNS`` when a column is missing.
    """
    need(measures, (*LEVEL_COLUMNS, "draw", "value"), "measures")
    first, last = int(measures["year"].min()), int(measures["year"].max())
    lines = _head(info, lang, int(measures["draw"].nunique()), first, last)
    for policy in dict.fromkeys(measures["policy"].astype(str)):
        own = measures[measures["policy"].astype(str).eq(policy)]
        body: list[list[tuple[str, str]]] = []
        for row in ROWS:
            before, after = (_level(own[own["year"] == year], policy, row.measure, row.stage) for year in (first, last))
            if not (math.isfinite(before.mean) or math.isfinite(after.mean)):
                continue
            none = text("table.none", lang)
            cells = [
                _plain(value / row.scale, row.digits, signed=signed) or none
                for value, signed in ((before.mean, False), (after.mean, False), (after.mean - before.mean, True))
            ]
            body.append([(_name(row, lang, info), ""), *((cell, "") for cell in cells)])
        title = policy_name(policy, lang, info.get("names"))
        header = [title, str(first), str(last), text("table.change", lang)]
        lines += ["", *_lines(header, body, int(info.get("width", WIDTH)))]
    idle = _idle(info, lang, first, last)
    return "\n".join([*lines, *(["", *idle] if idle else [])])
