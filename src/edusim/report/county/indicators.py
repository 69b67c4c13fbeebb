"""Official indicators against their limits: the county's seven coefficients, the schools' rule, and what else has a limit.

达标 is judged on the 95% range in which one draw falls, never on its mean; with one draw nothing is judged.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.measures.official import (
    BACKBONE_LIMIT,
    LIMITS,
    QUALITY_GAP_LIMIT,
    ROTATION_LIMIT,
    SATISFACTION_LIMIT,
)
from edusim.report.county.annex import verdict_formula
from edusim.report.county.facts import GAP, STAGES, WEAK, ZONES, Facts, wilson
from edusim.report.county.sentences import (
    against,
    amount,
    clauses,
    listed,
    percent,
    point,
    policies,
    say,
    stage_name,
)
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Table
from edusim.report.summaries import CV_LIMIT, FAILS, INDICATORS, MEETS, OPEN, Interval, mean_interval, spread, verdict

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.report.style import Chart

CV_STAGES = ("primary", "junior")
#: Columns of the table of schools in the order of the seven indicators.
RATIOS = ("ratio_degree", "ratio_backbone", "ratio_pe_art_music", "ratio_buildings", "ratio_sports", "ratio_equipment", "ratio_rooms")
#: Of a nine-year school the table holds the primary part; its junior part has that many times as much a pupil.
JUNIOR_WEIGHT = 1.1
#: Room for rounding where a coefficient stands on its limit.
GUARD = 1e-9
#: Most policies, the baseline with them, whose columns find room on an upright page.
UPRIGHT = 4


def is_yes(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return where a yes-or-no measure says yes."""
    return values > 0.5


# -- the seven coefficients ---------------------------------------------------------------------------


def indicators_of(facts: Facts, stage: str) -> list[str]:
    """Return the indicators whose coefficient the run holds at a stage."""
    return [key for key in INDICATORS if facts.holds(f"official.cv.{key}", stage=stage)]


def _verdict(facts: Facts, policy: str, stage: str, key: str, year: int | None = None) -> str:
    return verdict(facts.spread(f"official.cv.{key}", policy, year, stage=stage), CV_LIMIT[stage] + GUARD)


def guaranteed(facts: Facts, policy: str, stage: str, year: int | None = None) -> list[str]:
    """Return the indicators whose coefficient surely keeps its limit."""
    return [key for key in indicators_of(facts, stage) if _verdict(facts, policy, stage, key, year) == MEETS]


def undecided(facts: Facts, policy: str) -> list[tuple[str, str]]:
    """Return (stage, indicator) whose verdict in the last year is open."""
    return [(stage, key) for stage in CV_STAGES for key in indicators_of(facts, stage) if _verdict(facts, policy, stage, key) == OPEN]


def lost(facts: Facts, policy: str) -> list[tuple[str, str]]:
    """Return (stage, indicator) that surely keep their limit under the baseline and not under the policy."""
    if not facts.is_paired:
        return []
    return [
        (stage, key) for stage in CV_STAGES for key in guaranteed(facts, facts.baseline, stage)
        if _verdict(facts, policy, stage, key) != MEETS
    ]  # fmt: skip


def counts(facts: Facts, policy: str, year: int | None = None) -> dict[str, dict[str, int]]:
    """Return stage -> verdict -> number of indicators."""
    found: dict[str, dict[str, int]] = {}
    for stage in CV_STAGES:
        keys = indicators_of(facts, stage)
        if keys:
            said = [_verdict(facts, policy, stage, key, year) for key in keys]
            found[stage] = {one: said.count(one) for one in (MEETS, FAILS, OPEN)}
    return found


@dataclass(frozen=True)
class Standing:
    """How indicators and learning move under a policy, each ``better``, ``worse`` or ``open``; ``stages`` where indicators surely do."""

    indicators: str
    learning: str
    stages: list[str] = field(default_factory=list)


def standing(facts: Facts, policy: str) -> Standing:
    """Return which way the number of coefficients in their limits goes, and which way learning goes.

    Against the baseline, or against the base year where nothing is compared. Indicators are better (worse) when their
    number surely rises (falls) at some stage and surely falls (rises) at none; learning is better when the gap is surely
    narrower and the weaker half not surely lower, or the weaker half surely higher and the gap not surely wider.
    """
    moves = {stage: facts.moved("official.indicators_met", policy, stage=stage) for stage in CV_STAGES}
    up = [stage for stage, gap in moves.items() if gap.clear and gap.mean > 0]
    down = [stage for stage, gap in moves.items() if gap.clear and gap.mean < 0]
    indicators = "mixed" if up and down else "better" if up else "worse" if down else "open"
    gap, weak = facts.moved(GAP, policy), facts.moved(WEAK, policy)
    signs = {math.copysign(1, one) for gap_, one in ((gap, -gap.mean), (weak, weak.mean)) if gap_.clear}
    learning = "open" if not signs else "mixed" if len(signs) == 2 else "better" if signs == {1.0} else "worse"
    return Standing(indicators, learning, up or down)


# -- the chapter --------------------------------------------------------------------------------------


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter on official indicators."""
    stages = [stage for stage in CV_STAGES if indicators_of(facts, stage)]
    blocks: list[Block] = [Heading(say(facts, "indicators_chapter.title"))]
    blocks += [Paragraph(one, "lead") for one in _lead(facts, stages)]
    if stages:
        blocks.append(Heading(say(facts, "indicators_chapter.county"), 2))
        blocks += [Paragraph(one) for one in _county_text(facts, stages)]
        for stage in stages:
            blocks += _cv_tables(facts, stage)
        if facts.holds("official.cv_passes"):
            blocks += _rule(facts, stages)
        blocks += _pictures(facts)
    blocks += _schools(facts)
    blocks += _others(facts)
    return blocks


def _lead(facts: Facts, stages: Sequence[str]) -> list[str]:
    if not stages:
        return [say(facts, "indicators_chapter.none")]
    limits = clauses(facts, [say(facts, "indicators_chapter.limit", stage=stage_name(facts, stage), limit=f"{CV_LIMIT[stage]:.2f}") for stage in stages])
    out = [say(facts, "indicators_chapter.rule" if facts.can_tell else "indicators_chapter.rule_one", limits=limits)]
    if not facts.can_tell:
        return [*out, say(facts, "indicators_chapter.one_draw")]
    parts = []
    for policy in facts.policies:
        kept = [say(facts, "indicators_chapter.kept", stage=stage_name(facts, stage), n=len(guaranteed(facts, policy, stage))) for stage in stages]
        parts.append(say(facts, "indicators_chapter.of", policy=facts.words.policy(policy), kept=say(facts, "opening.comma").join(kept)))
    out.append(say(facts, "indicators_chapter.last", year=facts.last_year, parts=clauses(facts, parts)))
    if facts.holds("official.cv_passes"):
        chance = {policy: facts.share("official.cv_passes", policy, is_yes) for policy in facts.policies}
        if len({one.mean for one in chance.values()}) == 1 and len(chance) > 1:
            out.append(say(facts, "indicators_chapter.chance_same", value=percent(facts, next(iter(chance.values())))))
        else:
            values = [say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=percent(facts, one)) for policy, one in chance.items()]
            out.append(say(facts, "indicators_chapter.chance", values=clauses(facts, values)))
    return out


def _county_text(facts: Facts, stages: Sequence[str]) -> list[str]:
    """Return what became of the base year's coefficients, and which are lost against the baseline."""
    out: list[str] = []
    if not facts.can_tell:
        return out
    first = facts.policies[0]
    for stage in stages:
        before = [key for key in indicators_of(facts, stage) if _verdict(facts, first, stage, key, facts.base_year) == MEETS]
        gone = {policy: [key for key in before if _verdict(facts, policy, stage, key) != MEETS] for policy in facts.policies}
        values = {"stage": facts.words.label("stage", stage), "n": len(before), "start": facts.base_year, "year": facts.last_year}
        if not before or not any(gone.values()):
            out.append(say(facts, "indicators_chapter.all_stay" if before else "indicators_chapter.none_before", **values))
            continue
        everywhere = [key for key in before if all(key in one for one in gone.values())]
        parts = [say(facts, "indicators_chapter.gone_all", names=_names(facts, everywhere))] if everywhere and len(gone) > 1 else []
        for policy, keys in gone.items():
            own = [key for key in keys if key not in everywhere or len(gone) == 1]
            if own:
                parts.append(say(facts, "indicators_chapter.gone", policy=facts.words.policy(policy), names=_names(facts, own)))
        out.append(say(facts, "indicators_chapter.before", parts=clauses(facts, parts), **values))
    return out


def _names(facts: Facts, keys: Sequence[str]) -> str:
    return listed(facts, [facts.words.inside(facts.words.label("indicator", key)) for key in keys])


def verdict_cell(facts: Facts, said: str) -> Cell:
    """Return a verdict as a coloured word."""
    return Cell(facts.words.label("verdict", said), said)  # type: ignore[arg-type]


def _year(facts: Facts, year: int | None) -> str:
    return say(facts, "indicators_chapter.no_year") if year is None else str(year)


def _cv_tables(facts: Facts, stage: str) -> list[Block]:
    """Return a stage's coefficients: a line an indicator for paper, and probabilities and years for the workbook.

    With so many policies that their columns find no room, the long table alone stands on paper.
    """
    whole = _cv_table(facts, stage)
    if len(facts.policies) > UPRIGHT:
        return [whole]
    columns = (
        Column("indicator", say(facts, "indicators_chapter.col.indicator"), weight=2.1),
        Column("base", str(facts.base_year), kind="number", digits=2, weight=0.7),
        *(Column(f"p_{policy}", facts.words.policy(policy), kind="interval", digits=2, weight=1.9) for policy in facts.policies),
    )
    rows: list[tuple[Any, ...]] = []
    for key in indicators_of(facts, stage):
        name = f"official.cv.{key}"
        verdicts = [
            Cell(facts.spread(name, policy, stage=stage), _verdict(facts, policy, stage, key))  # type: ignore[arg-type]
            for policy in facts.policies
        ]
        rows.append((Cell(facts.words.label("indicator", key), bold=True), facts.level(name, facts.policies[0], facts.base_year, stage=stage).mean, *verdicts))
    note = _told(facts, "table.cv_short_note", year=facts.last_year)
    return [Table(f"cv_{stage}_short", whole.caption, columns, tuple(rows), note=note), replace(whole, only_workbook=True)]


def _cv_table(facts: Facts, stage: str) -> Table:
    limit = CV_LIMIT[stage]
    live = verdict_formula(facts, "last").replace("{limit}", f"limit_cv_{stage}")
    columns = (
        Column("indicator", say(facts, "indicators_chapter.col.indicator"), weight=2.2),
        Column("policy", say(facts, "opening.col.policy"), weight=2.0),
        Column("base", str(facts.base_year), kind="number", digits=3, weight=0.9),
        Column("last", str(facts.last_year), kind="interval", digits=3, weight=2.3),
        Column("verdict", say(facts, "indicators_chapter.col.verdict"), weight=0.9, formula=live),
        Column("chance", say(facts, "indicators_chapter.col.chance", year=facts.last_year), "%", "percent_interval", 0, weight=1.5),
        Column("since", say(facts, "indicators_chapter.col.since"), weight=0.9),
        Column("probably", say(facts, "indicators_chapter.col.probably"), weight=0.9),
    )
    rows = []
    for key in indicators_of(facts, stage):
        name = f"official.cv.{key}"
        for order, policy in enumerate(facts.policies):
            chance = facts.share(name, policy, lambda v: v <= limit + GUARD, stage=stage)
            since = facts.first_year(lambda year, p=policy, k=key: _verdict(facts, p, stage, k, year) == MEETS)  # type: ignore[misc]
            probably = facts.first_year(
                lambda year, p=policy, m=name: facts.share(m, p, lambda v: v <= limit + GUARD, year, stage=stage).low > 0.5  # type: ignore[misc]
            )
            can = facts.can_tell
            rows.append((
                Cell(facts.words.label("indicator", key), bold=True) if order == 0 else "", facts.words.policy(policy),
                facts.level(name, policy, facts.base_year, stage=stage).mean, facts.spread(name, policy, stage=stage),
                verdict_cell(facts, _verdict(facts, policy, stage, key)), chance if can else None,
                _year(facts, since) if can else None, _year(facts, probably) if can else None,
            ))  # fmt: skip
    caption = say(facts, "indicators_chapter.table.cv", stage=facts.words.label("stage", stage), limit=f"{limit:.2f}")
    return Table(f"cv_{stage}", caption, columns, tuple(rows), note=_note(facts, "cv"))


def _told(facts: Facts, key: str, **values: Any) -> str:
    """Return a text of the chapter, of one draw the one that speaks of no ranges."""
    return say(facts, f"indicators_chapter.{key}" + ("" if facts.can_tell else "_one"), **values)


def _note(facts: Facts, key: str, **values: str) -> str:
    return say(facts, f"indicators_chapter.table.{key}_note", **values) if facts.can_tell else say(facts, "opening.table.note_one")


def _rule(facts: Facts, stages: Sequence[str]) -> list[Block]:
    """Return the county's rule by year: a sentence where it says the same in every year under every policy, else a table."""
    table = _rule_table(facts, stages)
    later = {
        float(chance) for policy in facts.policies for stage in stages for year in facts.years[1:]
        if math.isfinite(chance := facts.share("official.cv_passes", policy, is_yes, year, stage=stage).mean)
    }  # fmt: skip
    if facts.can_tell and len(later) == 1:
        text = say(facts, "indicators_chapter.rule_constant", start=facts.years[1], year=facts.last_year, value=percent(facts, point(later.pop())))
        return [Paragraph(text), replace(table, only_workbook=True)]
    return [table]


def _rule_table(facts: Facts, stages: Sequence[str]) -> Table:
    """The county's rule by year: all seven at every stage."""
    years = facts.years if len(facts.years) <= 12 else [*facts.years[:1], *facts.years[1::2]]
    last_head = say(facts, "indicators_chapter.col.range" if facts.can_tell else "indicators_chapter.col.last", year=facts.last_year)
    columns = (
        Column("policy", say(facts, "opening.col.policy"), weight=2.0),
        Column("stage", say(facts, "indicators_chapter.col.stage"), weight=1.2),
        *(Column(f"y{year}", str(year), "%", "percent", 0) for year in years),
        Column("range", last_head, "%", "percent_interval", 0, weight=1.9),
    )
    rows = []
    for policy in facts.policies:
        for stage in (*stages, "all"):
            if not facts.holds("official.cv_passes", stage=stage) or (stage == "all" and len(stages) < 2):
                continue
            by_year = [facts.share("official.cv_passes", policy, is_yes, year, stage=stage).mean for year in years]
            last = facts.share("official.cv_passes", policy, is_yes, stage=stage)
            rows.append((facts.words.policy(policy), facts.words.label("stage", stage), *by_year, last if facts.can_tell else None))
    note = _note(facts, "rule")
    return Table("cv_rule", say(facts, "indicators_chapter.table.rule"), columns, tuple(rows), note=note, wide=True)


def _pictures(facts: Facts) -> list[Block]:
    def seven() -> Chart:
        from edusim.report.indicator_figure import indicators

        return indicators(facts.measures, lang=facts.lang, for_report=True, info=facts.info)

    out: list[Block] = [
        Picture("indicators", say(facts, "indicators_chapter.figure.seven", year=facts.last_year),
                _told(facts, "figure.seven_alt", year=facts.last_year, text=" ".join(_lead(facts, CV_STAGES)[1:2])), seven)
    ]  # fmt: skip
    if drawn("compliance_figure"):

        def compliance() -> Chart:
            return draw("compliance_figure", facts)

        text = say(facts, "indicators_chapter.figure.compliance_alt", text=" ".join(_lead(facts, CV_STAGES)[2:3]))
        out.append(Picture("compliance", say(facts, "indicators_chapter.figure.compliance"), text, compliance))
    return out


def drawn(name: str) -> bool:
    """Return whether a figure of the report is there."""
    from importlib.util import find_spec

    return find_spec(f"edusim.report.{name}") is not None


def draw(name: str, facts: Facts) -> Chart:
    """Return a figure of the report in its variant without head and foot."""
    from importlib import import_module

    chart: Chart = import_module(f"edusim.report.{name}").draw(facts, for_report=True)
    return chart


# -- schools ------------------------------------------------------------------------------------------


def _below(facts: Facts, policy: str) -> NDArray[np.float64]:
    """Return how often each school is below each limit in the last year, shape (7, schools); NaN where it is not judged."""
    stage = facts.school_list["stage"].to_numpy(dtype=str)
    judged = np.isfinite(facts.school_values("meets_rule", policy))
    out = np.full((len(RATIOS), stage.size), np.nan)
    for k, column in enumerate(RATIOS):
        ratio = facts.school_values(column, policy)
        primary, junior = ratio < LIMITS[0, k], ratio < LIMITS[1, k]
        nine = primary | (ratio * JUNIOR_WEIGHT < LIMITS[1, k])
        below = np.where(stage == "primary", primary, np.where(stage == "junior", junior, nine)) & judged
        n = judged.sum(axis=0)
        out[k] = np.divide(below.sum(axis=0), n, out=np.full(stage.size, np.nan), where=n > 0)
    return out


def school_chances(facts: Facts, policy: str) -> list[Interval]:
    """Return of each school in which share of the draws it meets the school rule in the last year, with Wilson's interval."""
    met = facts.school_values("meets_rule", policy)
    n = np.isfinite(met).sum(axis=0)
    hits = np.nansum(met, axis=0)
    return [wilson(int(h), int(k)) for h, k in zip(hits, n, strict=True)]


def _weakest(facts: Facts, shares: NDArray[np.float64]) -> str:
    """Return the names of the (at most two) indicators missed most often, in at least half of the cases."""
    order = sorted((k for k in range(len(INDICATORS)) if shares[k] >= 0.5), key=lambda k: (-shares[k], k))[:2]
    return listed(facts, [facts.words.inside(facts.words.label("indicator", INDICATORS[k])) for k in order]) or "–"


def _schools(facts: Facts) -> list[Block]:
    if not facts.has_schools("meets_rule", "stage", *RATIOS):
        return []
    out: list[Block] = [Heading(say(facts, "indicators_chapter.schools"), 2)]
    below = _below(facts, facts.policies[0])
    out += [Paragraph(one) for one in _schools_text(facts, below)]
    out += [_group_table(facts), _school_table(facts, below)]
    return out


def _meeting(facts: Facts, policy: str, chosen: NDArray[np.bool_] | None = None, year: int | None = None) -> NDArray[np.float64]:
    met = facts.school_values("meets_rule", policy, year)
    met = met if chosen is None else met[:, chosen]
    return np.asarray(np.nansum(met, axis=1), dtype=np.float64)


def _schools_text(facts: Facts, below: NDArray[np.float64]) -> list[str]:
    n = int(np.isfinite(facts.school_values("meets_rule", facts.policies[0])).sum(axis=1).mean().round())
    out = [say(facts, "indicators_chapter.school_rule", n=n, year=facts.last_year)]
    parts = []
    for policy in facts.policies:
        met = spread(_meeting(facts, policy), 0.0)
        parts.append(say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=amount(facts, met, "schools", 1, form="short")))
    before = mean_interval(_meeting(facts, facts.policies[0], None, facts.base_year)).mean
    first = point(before)
    before_ = amount(facts, first, "schools", 1)
    # A range of single draws, not the interval of the mean.
    key = "indicators_chapter.meeting_range" if facts.draws > 1 else "indicators_chapter.meeting"
    out.append(say(facts, key, start=facts.base_year, before=before_, year=facts.last_year, values=clauses(facts, parts)))
    if facts.can_tell:
        fewer, more = (facts.surely("official.schools_failing", sign) for sign in (-1, 1))
        for found, key in ((fewer, "fewer"), (more, "more")):
            if found:
                out.append(say(facts, f"indicators_chapter.failing_{key}", policies=policies(facts, found), against=against(facts)))
    missed = np.nanmean(below, axis=1) if n else np.full(len(INDICATORS), np.nan)
    if np.isfinite(missed).all():
        k = int(np.argmax(missed))
        value = percent(facts, point(float(missed[k])))
        name = facts.words.inside(facts.words.label("indicator", INDICATORS[k]))
        out.append(say(facts, "indicators_chapter.weakest", policy=facts.words.policy(facts.policies[0]), name=name, value=value))
    return out


def _group_table(facts: Facts) -> Table:
    """Counts by stage, zone and role, for paper."""
    rows_ = facts.school_list
    columns = (
        Column("stage", say(facts, "indicators_chapter.col.stage"), weight=1.2),
        Column("zone", say(facts, "indicators_chapter.col.zone")),
        Column("role", say(facts, "indicators_chapter.col.role")),
        Column("schools", say(facts, "indicators_chapter.col.schools"), kind="number", digits=0, weight=0.8),
        *(Column(f"p_{policy}", facts.words.policy(policy), kind="interval", digits=1, weight=1.7) for policy in facts.policies),
    )
    kinds = {name: rows_[name].to_numpy(dtype=str) for name in ("stage", "zone", "role")}
    rows: list[tuple[Any, ...]] = []
    for stage, zone, role in itertools.product(STAGES, ZONES, ("core", "member", "none")):
        chosen = (kinds["stage"] == stage) & (kinds["zone"] == zone) & (kinds["role"] == role)
        if not chosen.any():
            continue
        met = [spread(_meeting(facts, policy, chosen), 0.0) for policy in facts.policies]
        heads = (facts.words.label("stage", stage), facts.words.label("zone", zone), facts.words.label("role", role))
        rows.append((*heads, int(chosen.sum()), *met))
    note = _told(facts, "table.groups_note")
    caption = say(facts, "indicators_chapter.table.groups", year=facts.last_year)
    return Table("school_rule_groups", caption, columns, tuple(rows), note=note, wide=len(facts.policies) > UPRIGHT)


#: Most schools that a table on paper lists one by one.
ON_PAPER = 60


def _school_table(facts: Facts, below: NDArray[np.float64]) -> Table:
    """Every school, by stage, zone and pseudonym; on paper only where they are few."""
    rows_ = facts.school_list.to_dict("records")
    chances = [school_chances(facts, policy) for policy in facts.policies]
    columns = (
        Column("stage", say(facts, "indicators_chapter.col.stage")),
        Column("zone", say(facts, "indicators_chapter.col.zone"), weight=0.8),
        Column("school", say(facts, "indicators_chapter.col.school"), weight=1.5),
        Column("role", say(facts, "indicators_chapter.col.role"), weight=0.9),
        *(Column(f"p_{policy}", facts.words.policy(policy), "%", "percent_interval", 0, weight=1.3) for policy in facts.policies),
        Column("weakest", say(facts, "indicators_chapter.col.weakest"), weight=2.0),
    )
    rows = []
    for place in facts.school_order:
        row = rows_[place]
        known = [one[place] if one[place].n else None for one in chances]
        rows.append((
            facts.words.label("stage", row["stage"]), facts.words.label("zone", row["zone"]), row["pseudonym"],
            facts.words.label("role", row["role"]), *known, _weakest(facts, np.nan_to_num(below[:, place])),
        ))  # fmt: skip
    note = _told(facts, "table.schools_note", policy=facts.words.policy(facts.policies[0]))
    caption, is_wide = say(facts, "indicators_chapter.table.schools", year=facts.last_year), len(facts.policies) > UPRIGHT
    return Table("school_rule", caption, columns, tuple(rows), note=note, wide=is_wide, only_workbook=len(rows) > ON_PAPER)


# -- what else has a limit ----------------------------------------------------------------------------

#: Measure, stages, limit, whether it is a least value.
_COUNTED = (
    ("official.schools_failing", ("primary", "junior", "all"), 0.0, False),
    ("official.schools_class_breach", ("primary", "junior"), 0.0, False),
    ("official.schools_size_breach", ("all",), 0.0, False),
)
_SHARES = (
    ("learning.icc", ("primary", "junior"), QUALITY_GAP_LIMIT, False),
    ("staffing.rotation_share_eligible", ("all",), ROTATION_LIMIT, True),
    ("staffing.rotation_backbone_share", ("all",), BACKBONE_LIMIT, True),
    ("families.satisfaction", ("all",), SATISFACTION_LIMIT, True),
    ("families.satisfaction_worst", ("all",), SATISFACTION_LIMIT, True),
)


def judge(level: Interval, limit: float, *, at_least: bool) -> str:
    """Judge a level against an upper or a least limit on its interval."""
    if at_least:
        return verdict(Interval(-level.mean, -level.high, -level.low, level.n), -limit + GUARD)
    return verdict(level, limit + GUARD)


def _limit_table(facts: Facts, key: str, measures: Sequence[tuple[str, tuple[str, ...], float, bool]]) -> Table | None:
    kind, digits, unit = ("interval", 1, "") if key == "counts" else ("percent_interval", 1, "%")
    columns = (
        Column("item", say(facts, "indicators_chapter.col.item"), weight=2.4),
        Column("limit", say(facts, "indicators_chapter.col.limit"), weight=0.9),
        Column("base", str(facts.base_year), unit, "number" if key == "counts" else "percent", digits),
        *(Column(f"p_{policy}", facts.words.policy(policy), unit, kind, digits, weight=1.8) for policy in facts.policies),  # type: ignore[arg-type]
    )
    rows: list[tuple[Any, ...]] = []
    for measure, stages, limit, at_least in measures:
        for stage in stages:
            if not facts.holds(measure, stage=stage):
                continue
            levels = [facts.spread(measure, policy, stage=stage) for policy in facts.policies]
            cells = [Cell(level, judge(level, limit, at_least=at_least)) for level in levels]  # type: ignore[arg-type]
            bound = say(facts, "indicators_chapter.at_least" if at_least else "indicators_chapter.at_most",
                        limit=f"{limit:.0f}" if key == "counts" else f"{limit:.0%}")  # fmt: skip
            rows.append((
                _item(facts, measure, stage if len(stages) > 1 else ""), bound,
                facts.level(measure, facts.policies[0], facts.base_year, stage=stage).mean, *cells,
            ))  # fmt: skip
    if not rows:
        return None
    caption = say(facts, f"indicators_chapter.table.{key}", year=facts.last_year)
    return Table(f"limits_{key}", caption, columns, tuple(rows), note=_told(facts, f"table.{key}_note"), wide=len(facts.policies) > UPRIGHT)


def _item(facts: Facts, measure: str, stage: str) -> str:
    return say(facts, f"indicators_chapter.item.{measure}") + (facts.words.suffix(stage) if stage else "")


def _others(facts: Facts) -> list[Block]:
    tables = [one for one in (_limit_table(facts, "counts", _COUNTED), _limit_table(facts, "shares", _SHARES)) if one is not None]
    if not tables:
        return []
    texts = []
    for measure, stages, limit, at_least in _SHARES[:-1]:
        for stage in stages:
            if facts.can_tell and facts.holds(measure, stage=stage):
                said = {policy: judge(facts.spread(measure, policy, stage=stage), limit, at_least=at_least) for policy in facts.policies}
                texts.append(_said(facts, measure, stage if len(stages) > 1 else "", said))
    return [
        Heading(say(facts, "indicators_chapter.others"), 2), *([Bullets(tuple(texts))] if texts else []), *tables,
        Paragraph(say(facts, "indicators_chapter.not_reckoned"), "note"),
    ]  # fmt: skip


def _said(facts: Facts, measure: str, stage: str, said: dict[str, str]) -> str:
    name = _item(facts, measure, stage)
    if len(set(said.values())) == 1:
        verdict_ = next(iter(said.values()))
        key = "same" if len(said) > 1 else "single"
        return say(facts, f"indicators_chapter.verdict_{key}", name=name, verdict=facts.words.label("verdict", verdict_))
    found = {one: [policy for policy, own in said.items() if own == one] for one in (MEETS, OPEN, FAILS)}
    parts = [
        say(facts, "indicators_chapter.verdict_of", verdict=facts.words.label("verdict", one), policies=policies(facts, own))
        for one, own in found.items() if own
    ]  # fmt: skip
    return say(facts, "indicators_chapter.verdict_differs", name=name, parts=clauses(facts, parts))


