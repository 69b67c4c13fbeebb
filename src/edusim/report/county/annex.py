"""Long tables for the workbook alone: limits, schools, measures, coefficients of difference, money by line.

Schools stand by stage, zone and pseudonym, never by what they reach. A reader may change an official limit or the price of
a line: verdicts and sums are formulas over named cells.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.language import text
from edusim.measures.money import LINES
from edusim.measures.official import (
    CV_LIMITS,
    INDICATORS,
    INDICATORS_NEEDED,
    JUNIOR_WEIGHT,
    LEAST_SHARE,
)
from edusim.report.county.facts import NOTHING, Facts, wilson
from edusim.report.document.blocks import Block, Cell, Column, Plot, Table, Tone, Value
from edusim.report.style import looks
from edusim.report.summaries import FAILS, MEETS, OPEN, Interval, verdict
from edusim.report.tables import ROWS, Row

if TYPE_CHECKING:
    import pandas as pd

STAGES = ("primary", "junior", "nine_year")
ZONES = ("urban", "town", "rural", "mountain")
GAP = "learning.core_member_gap"
_TONE: dict[str, Tone] = {MEETS: "meets", FAILS: "fails", OPEN: "open"}
#: Equal to a limit passes; the guard of :mod:`edusim.measures.official`, so that a formula and the model agree.
_GUARD = "1E-9"


def annex(facts: Facts) -> list[Block]:
    """Return the long tables, those that the run has something for.

    Parameters
    ----------
    facts
        The frames of one design of a run.
    """
    tables = [limits(facts), *_found(schools(facts)), county(facts), *_found(gap(facts)), *_found(coefficients(facts)), *money(facts)]
    return list(tables)


def _found(table: Table | None) -> Iterator[Table]:
    if table is not None:
        yield table


def _say(facts: Facts, key: str, **values: Any) -> str:
    return text(f"annex.{key}", facts.lang, **{"baseline": facts.words.policy(facts.baseline), **values})


def _stage(facts: Facts, stage: str) -> str:
    return facts.words.label("stage", stage)


def _indicator(facts: Facts, key: str) -> str:
    other = {"buildings": "teaching_area", "sports": "sports_area"}
    return facts.words.label("indicator", other.get(key, key))


def _columns(facts: Facts, table: str, *columns: Column) -> tuple[Column, ...]:
    """Return columns whose heads are ``annex.<table>.<key>``, or ``annex.<key>`` where tables share them."""
    from dataclasses import replace

    from edusim.language import has

    found = []
    for column in columns:
        if not column.head:
            own = f"{table}.{column.key}"
            column = replace(column, head=_say(facts, own if has(f"annex.{own}") else column.key))
        found.append(column)
    return tuple(found)


def _table(facts: Facts, key: str, columns: tuple[Column, ...], rows: Sequence[tuple[Value, ...]], **values: Any) -> Table:
    named, plot = values.pop("named", ""), values.pop("plot", None)
    return Table(
        key, _say(facts, f"{key}.caption", **values), columns, tuple(rows), note=_say(facts, f"{key}.note", **values),
        only_workbook=True, short=_say(facts, f"{key}.short"), named=named, plot=plot,
    )  # fmt: skip


def limits(facts: Facts) -> Table:
    """Return the official limits as named cells; those of nine-year schools follow from the two others."""
    rows: list[tuple[Value, ...]] = []
    rule = _say(facts, "rule_2017")
    chinese = facts.lang == "zh"

    def unit(key: str) -> str:
        return _say(facts, f"unit.{key}")

    for place, stage in enumerate(("primary", "junior")):
        rows.append((_say(facts, "limits.cv"), _stage(facts, stage), Cell(CV_LIMITS[place], digits=2), "", "≤", rule, f"limit_cv_{stage}"))
    for i in INDICATORS:
        what, measured = (i.zh if chinese else i.en[:1].upper() + i.en[1:]), unit(i.unit)
        digits = 0 if i.limits[0] >= 100 else 1
        for place, stage in enumerate(("primary", "junior")):
            rows.append((what, _stage(facts, stage), Cell(i.limits[place], digits=digits), measured, "≥", rule, f"limit_{i.key}_{stage}"))
        both = f"MAX(limit_{i.key}_primary,limit_{i.key}_junior/junior_weight)"
        rows.append(
            (what, _stage(facts, "nine_year"), Cell(nine_year_limit(i.limits), digits=digits and 2, formula=both), measured, "≥",
             _say(facts, "limits.nine_year"), f"limit_{i.key}_nine_year")
        )  # fmt: skip
    rows.append(
        (_say(facts, "limits.weight"), _stage(facts, "nine_year"), Cell(JUNIOR_WEIGHT, digits=1), "", "=", _say(facts, "limits.law"), "junior_weight")
    )
    columns = _columns(
        facts, "limits", Column("what", "", weight=2), Column("stage", ""), Column("value", "", kind="number"), Column("unit", ""),
        Column("sense", ""), Column("source", "", weight=2), Column("name", ""),
    )  # fmt: skip
    return _table(facts, "official_limits", columns, rows, named="value")


def nine_year_limit(pair: tuple[float, float]) -> float:
    """Return what a nine-year school's primary part must reach so that both parts keep their limits."""
    return max(pair[0], pair[1] / JUNIOR_WEIGHT)


def schools(facts: Facts) -> Table | None:
    """Return every school under every policy, base year and last year: the seven indicators beside their limits."""
    frame = facts.schools
    needed = {"draw", "policy", "year", "school_id", "pseudonym", "stage", "zone", "role", *(f"ratio_{i.key}" for i in INDICATORS)}
    if not needed <= set(frame.columns) or frame.empty:
        return None
    rows = [_school_row(facts, *one) for one in _school_groups(facts, frame)]
    columns: list[Column] = [
        Column("school", ""), Column("stage", ""), Column("zone", ""), Column("role", ""), Column("group", ""), Column("policy", ""),
        Column("year", ""),
    ]  # fmt: skip
    for i in INDICATORS:
        digits = 0 if i.limits[0] >= 100 else 2
        columns += [
            Column(i.key, _indicator(facts, i.key), unit=_say(facts, f"unit.{i.unit}"), kind="number", digits=digits),
            Column(f"{i.key}_limit", _say(facts, "limit_of", what=_indicator(facts, i.key)), kind="number", digits=digits),
        ]
    kept = "+".join(f"IF({{{i.key}}}>={{{i.key}_limit}}-{_GUARD},1,0)" for i in INDICATORS)
    columns += [
        Column("kept", "", kind="number", digits=0, formula=kept), Column("met", "", kind="number", digits=1),
        Column("rule", "", kind="percent_interval", digits=0),
        Column("pupils", "", kind="number", digits=0), Column("largest", "", kind="number", digits=0),
        Column("teachers", "", kind="number", digits=0), Column("vacant", "", kind="number", digits=1),
    ]  # fmt: skip
    measured = str(facts.info.get("data_status", "synthetic"))
    note = _say(facts, "schools.note_roster" if measured == "roster" else "schools.note_drawn")
    return _table(
        facts, "schools_every", _columns(facts, "schools", *columns), rows, base=facts.base_year, last=facts.last_year,
        needed=INDICATORS_NEEDED, share=round(100 * LEAST_SHARE), status=note,
    )  # fmt: skip


def _school_groups(facts: Facts, frame: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Yield (policy, year, draws of a school) by stage, zone, pseudonym; the base year once where policies share it."""
    years = [facts.base_year, facts.last_year] if facts.last_year > facts.base_year else [facts.base_year]
    own = frame[frame["year"].isin(years)].copy()
    for name in ("policy", "stage", "zone", "role", "pseudonym"):
        own[name] = own[name].astype(str)
    first = own[own["year"] == facts.base_year].set_index(["policy", "draw", "school_id"])["n_pupils"].unstack("policy")
    shared = bool(first.nunique(axis=1).max() <= 1)
    place = {policy: number for number, policy in enumerate(facts.policies)}
    groups = []
    for (school, policy, year), part in own.groupby(["school_id", "policy", "year"], sort=False):
        if shared and year == facts.base_year and policy != facts.policies[0]:
            continue
        head = part.iloc[0]
        words = re.sub(r"\d+", lambda found: found[0].zfill(6), str(head["pseudonym"]))
        stage, zone = (names.index(key) if key in names else len(names) for names, key in ((STAGES, head["stage"]), (ZONES, head["zone"])))
        name = "" if shared and year == facts.base_year and len(facts.policies) > 1 else str(policy)
        groups.append(((stage, zone, words, int(school), int(year), place.get(str(policy), 99)), (name, int(year), part)))
    for _, one in sorted(groups, key=lambda pair: pair[0]):
        yield one


def _school_row(facts: Facts, policy: str, year: int, part: pd.DataFrame) -> tuple[Value, ...]:
    head = part.iloc[0]
    stage = str(head["stage"])
    numbers = part.sort_values("draw")

    def mean(name: str) -> float | None:
        if name not in numbers.columns:
            return None
        values = numbers[name].to_numpy(dtype=np.float64, na_value=np.nan)
        values = values[np.isfinite(values)]
        return float(values.mean()) if values.size else None

    row: list[Value] = [
        str(head["pseudonym"]), _stage(facts, stage), facts.words.label("zone", str(head["zone"])), _one(facts, part, "role"),
        _group(facts, part), facts.words.policy(policy) if policy else _say(facts, "every_policy"), year,
    ]  # fmt: skip
    kept = 0
    for i in INDICATORS:
        value = mean(f"ratio_{i.key}")
        bound = {"primary": i.limits[0], "junior": i.limits[1], "nine_year": nine_year_limit(i.limits)}.get(stage)
        row += [value, Cell(bound, formula=f"limit_{i.key}_{stage}" if bound is not None else "")]
        kept += value is not None and bound is not None and value >= bound - float(_GUARD)
    known = numbers["meets_rule"].dropna() if "meets_rule" in numbers.columns else None
    judged = known is not None and len(known) > 0
    probability = wilson(int(known.astype(bool).sum()), len(known)) if known is not None and judged else NOTHING
    row += [kept, mean("n_indicators_met"), probability if judged else None]
    row += [mean(name) for name in ("n_pupils", "class_size_largest", "n_teachers", "n_vacant")]
    return tuple(row)


def _one(facts: Facts, part: pd.DataFrame, name: str) -> str:
    """Return the label that all draws share, else that it differs."""
    keys = sorted(set(part[name]))
    return facts.words.label(name, keys[0]) if len(keys) == 1 else _say(facts, "differs")


def _group(facts: Facts, part: pd.DataFrame) -> str | int:
    if "group_id" not in part.columns:
        return "–"
    keys = sorted({int(one) for one in part["group_id"]})
    if len(keys) > 1:
        return _say(facts, "differs")
    return keys[0] + 1 if keys[0] >= 0 else "–"


def county(facts: Facts) -> Table:
    """Return the main measures of the county by policy and year: the level, and the paired difference from the baseline."""
    rows: list[tuple[Value, ...]] = []
    for one in ROWS:
        if not facts.holds(one.measure, stage=one.stage):
            continue
        scale, digits, unit, change = _scale(facts, one)
        stages = [one.stage]
        for stage in stages:
            for policy in facts.policies:
                for year in facts.years:
                    level = _times(facts.level(one.measure, policy, year, stage=stage), scale)
                    if not math.isfinite(level.mean):
                        continue
                    is_other = facts.is_paired and policy != facts.baseline
                    gap_to = _times(facts.effect(one.measure, policy, year, stage=stage), scale) if is_other else None
                    said = _clear(facts, gap_to) if is_other else ""
                    rows.append(
                        (facts.words.measure(one.measure), _stage(facts, stage), facts.words.policy(policy), year, unit,
                         Cell(level, digits=digits), Cell(gap_to, digits=digits), change if is_other else "",
                         said)
                    )  # fmt: skip
    up, down, unclear, alike = (_say(facts, f"county.{key}") for key in ("higher", "lower", "unclear", "same"))
    columns = _columns(
        facts, "county", Column("measure", "", weight=2), Column("stage", ""), Column("policy", ""), Column("year", ""), Column("unit", ""),
        Column("level", "", kind="interval", digits=3), Column("effect", "", kind="interval", digits=3, signed=True),
        Column("change_unit", ""),
        Column("clear", "", formula=(
            f'IF({{effect}}="","",IF({{effect.low}}="","{unclear}",IF({{effect.low}}>0,"{up}",IF({{effect.high}}<0,"{down}",'
            f'IF(AND({{effect.low}}=0,{{effect.high}}=0),"{alike}","{unclear}")))))'
        )),
    )  # fmt: skip
    return _table(facts, "county_every_year", columns, rows, draws=facts.draws)


def _scale(facts: Facts, row: Row) -> tuple[float, int, str, str]:
    """Return by what values are multiplied, decimals, the unit, and the unit of a difference."""
    if row.unit == "yuan":
        unit = _say(facts, "unit.money_year")
        return _money_scale(facts), 1 if facts.lang == "zh" else 2, unit, unit
    if row.unit == "percent":
        return 100.0, 2, "%", _say(facts, "unit.points")
    unit = {"SD": _say(facts, "unit.sd"), "none": ""}.get(row.unit) or (_say(facts, f"unit.{row.unit}") if row.unit != "none" else "")
    return 1.0, row.digits, unit, unit


def _money_scale(facts: Facts) -> float:
    return 1e-4 if facts.lang == "zh" else 1e-6


def verdict_formula(facts: Facts, key: str) -> str:
    """Return the formula of a verdict on the interval of column ``key`` against the upper limit of column ``limit``.

    It gives the words that :func:`edusim.report.summaries.verdict` stands for; equal to the limit passes.
    """
    meets, fails, undecided = (facts.words.label("verdict", one) for one in (MEETS, FAILS, OPEN))
    return (
        f'IF({{{key}.high}}="","{undecided}",IF({{{key}.high}}<={{limit}}+{_GUARD},"{meets}",'
        f'IF({{{key}.low}}>{{limit}}+{_GUARD},"{fails}","{undecided}")))'
    )


def _times(interval: Interval, scale: float) -> Interval:
    return Interval(interval.mean * scale, interval.low * scale, interval.high * scale, interval.n)


def _clear(facts: Facts, gap_to: Interval | None) -> str:
    if gap_to is None or not gap_to.clear:
        nought = gap_to is not None and gap_to.low == gap_to.high == 0.0
        return _say(facts, "county.same" if nought else "county.unclear")
    return _say(facts, "county.higher" if gap_to.low > 0 else "county.lower")


def gap(facts: Facts) -> Table | None:
    """Return the gap of core and member schools year by year, a policy a column, with a chart."""
    if not facts.holds(GAP) or len(facts.years) < 2:
        return None
    styles = looks(facts.policies)
    columns = [Column("year", ""), *(Column(_key(policy), facts.words.policy(policy), kind="interval", digits=3) for policy in facts.policies)]
    rows: list[tuple[Value, ...]] = [
        (year, *(facts.level(GAP, policy, year) for policy in facts.policies)) for year in facts.years
    ]  # fmt: skip
    plot = Plot(
        "line", "year", tuple(_key(policy) for policy in facts.policies),
        tuple(styles[policy].colour.lstrip("#") for policy in facts.policies), _say(facts, "gap.axis"),
    )  # fmt: skip
    return _table(facts, "gap_every_year", _columns(facts, "gap", *columns), rows, plot=plot, unit=_say(facts, "unit.sd"), draws=facts.draws)


def _key(policy: str) -> str:
    return "p_" + re.sub(r"[^a-z0-9_]", "_", policy.lower())


def coefficients(facts: Facts) -> Table | None:
    """Return the coefficients of difference by indicator, stage, policy and year, each with its limit and verdict."""
    rows: list[tuple[Value, ...]] = []
    for place, stage in enumerate(("primary", "junior")):
        for i in INDICATORS:
            measure, bound = f"official.cv.{i.key}", CV_LIMITS[place]
            if not facts.holds(measure, stage=stage):
                continue
            for policy in facts.policies:
                for year in facts.years:
                    value = facts.spread(measure, policy, year, stage=stage)
                    if not math.isfinite(value.mean):
                        continue
                    kept = facts.share(measure, policy, lambda v, bound=bound: v <= bound + float(_GUARD), year, stage=stage)  # type: ignore[misc]
                    said = verdict(value, bound + float(_GUARD))
                    rows.append(
                        (_indicator(facts, i.key), _stage(facts, stage), facts.words.policy(policy), year, value,
                         Cell(bound, formula=f"limit_cv_{stage}"), Cell(facts.words.label("verdict", said), tone=_TONE[said]), kept)
                    )  # fmt: skip
    if not rows:
        return None
    columns = _columns(
        facts, "cv", Column("indicator", ""), Column("stage", ""), Column("policy", ""), Column("year", ""),
        Column("cv", "", kind="interval", digits=3), Column("limit", "", kind="number", digits=2), Column("verdict", "", formula=verdict_formula(facts, "cv")),
        Column("kept", "", kind="percent_interval", digits=0),
    )  # fmt: skip
    return _table(facts, "cv_every_year", columns, rows, draws=facts.draws)


def money(facts: Facts) -> list[Table]:
    """Return prices as named cells, money by line, policy and year, and its sums, which follow the prices."""
    scale, unit = _money_scale(facts), _say(facts, "unit.money")
    lines = [
        line for line in LINES
        if any(np.nanmax(np.abs(facts.series(f"money.line.{line.key}", p)), initial=0.0) > 0 for p in facts.policies)
    ]  # fmt: skip
    if not lines or len(facts.years) < 2:
        return []
    chinese = facts.lang == "zh"
    words = {line.key: (line.zh if chinese else line.en[:1].upper() + line.en[1:]) for line in lines}
    kinds = {line.key: _say(facts, "money.recurrent" if line.is_recurrent else "money.one_off") for line in lines}
    prices: list[tuple[Value, ...]] = [(words[line.key], kinds[line.key], Cell(1.0), f"price_{line.key}") for line in lines]
    detail: list[tuple[Value, ...]] = []
    sums: dict[tuple[str, int], list[float]] = {}
    for policy in facts.policies:
        for year in facts.years[1:]:
            sums[policy, year] = [0.0, 0.0]
            for line in lines:
                value = _times(facts.level(f"money.line.{line.key}", policy, year), scale)
                if not math.isfinite(value.mean):
                    continue
                sums[policy, year][0 if line.is_recurrent else 1] += value.mean
                extra = facts.effect(f"money.line.{line.key}", policy, year) if facts.is_paired and policy != facts.baseline else None
                detail.append(
                    (words[line.key], kinds[line.key], facts.words.policy(policy), year, value, _times(extra, scale) if extra else None,
                     Cell(1.0, formula=f"price_{line.key}"), value.mean)
                )  # fmt: skip
    digits = 2
    by_line = _columns(
        facts, "money", Column("line", ""), Column("kind", ""), Column("policy", ""), Column("year", ""),
        Column("mean", "", unit=unit, kind="interval", digits=digits), Column("extra", "", unit=unit, kind="interval", digits=digits, signed=True),
        Column("price", "", kind="number", digits=2), Column("priced", "", unit=unit, kind="number", digits=digits, formula="{mean}*{price}"),
    )  # fmt: skip

    def summed(kind: str) -> str:
        words_of = _say(facts, f"money.{kind}")
        return (
            "SUMIFS({money_priced_lines:priced},{money_priced_lines:policy},{policy},{money_priced_lines:year},{year},"
            f'{{money_priced_lines:kind}},"{words_of}")'
        )

    by_year = _columns(
        facts, "money", Column("policy", ""), Column("year", ""),
        Column("recurrent", "", unit=unit, kind="number", digits=digits, formula=summed("recurrent")),
        Column("one_off", "", unit=unit, kind="number", digits=digits, formula=summed("one_off")),
        Column("total", "", unit=unit, kind="number", digits=digits, formula="{recurrent}+{one_off}"),
    )  # fmt: skip
    yearly: list[tuple[Value, ...]] = []
    for (policy, year), (back, once) in sums.items():
        name = facts.words.policy(policy)
        yearly.append((name, year, back, once, back + once))
    by_policy = _columns(
        facts, "money", Column("policy", ""),
        *(
            Column(kind, "", unit=_say(facts, "unit.money_year"), kind="number", digits=digits,
                   formula=f"AVERAGEIFS({{money_priced_years:{kind}}},{{money_priced_years:policy}},{{policy}})")
            for kind in ("recurrent", "one_off", "total")
        ),
    )  # fmt: skip
    means: list[tuple[Value, ...]] = []
    for policy in facts.policies:
        back, once = (float(np.mean([sums[policy, year][place] for year in facts.years[1:]])) for place in (0, 1))
        means.append((facts.words.policy(policy), back, once, back + once))
    plot = Plot("stack", "policy", ("recurrent", "one_off"), ("0067A5", "D98200"), _say(facts, "money.axis", unit=_say(facts, "unit.money_year")))
    price_columns = _columns(
        facts, "price", Column("line", ""), Column("kind", ""), Column("factor", "", kind="number", digits=2), Column("name", "")
    )
    return [
        _table(facts, "price_factors", price_columns, prices, named="factor"),
        _table(facts, "money_priced", by_policy, means, plot=plot, draws=facts.draws, years=len(facts.years) - 1),
        _table(facts, "money_priced_years", by_year, yearly, draws=facts.draws),
        _table(facts, "money_priced_lines", by_line, detail, unit=unit, draws=facts.draws),
    ]
