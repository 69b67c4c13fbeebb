"""The first page of a county's report: what the comparison says, what to do, what not, what nobody knows, which data to collect.

Every sentence is chosen by what the intervals carry and filled with computed numbers; none is a fixed advice.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from edusim.report.county.boxes import MOST, collect, design_names, do, dont, other_leaders, unknown
from edusim.report.county.facts import CORE, GAP, WEAK, Facts
from edusim.report.county.indicators import CV_STAGES, guaranteed, indicators_of, is_yes
from edusim.report.county.sentences import (
    FEW,
    amount,
    few_digits,
    in_money,
    inside,
    money,
    money_unit,
    most_of,
    opened,
    percent,
    point,
    say,
    sized,
    turned,
    within,
)
from edusim.report.county.winners import who_moved
from edusim.report.document.blocks import Block, Callout, Cell, Column, Heading, Paragraph, Table
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from edusim.report.county.attached import Attached

def first_page(facts: Facts, attached: Sequence[Attached] = ()) -> list[Block]:
    """Return the first page.

    Parameters
    ----------
    facts
        What the frames say; ``facts.twin`` adds whether the other design agrees.
    attached
        What other studies found (``kind``, ``paragraphs``, ``names``).
    """
    boxes = (("do", do(facts)), ("dont", dont(facts)), ("unknown", unknown(facts, attached)), ("collect", collect(facts, attached)))
    return [
        Heading(say(facts, "opening.title")),
        Paragraph(_headline(facts), "lead"),
        _table(facts),
        *(Callout(say(facts, f"opening.{kind}"), tuple(opened(facts, one) for one in items[:MOST]), kind) for kind, items in boxes if items),  # type: ignore[arg-type]
    ]


# -- headline -----------------------------------------------------------------------------------------


def _headline(facts: Facts) -> str:
    if not facts.is_paired:
        return _alone(facts)
    if not facts.can_tell:
        return say(facts, "opening.head.one_draw")
    base, year = inside(facts, facts.baseline), facts.last_year
    narrow, wide = facts.surely(GAP, -1), facts.surely(GAP, 1)
    said: list[str] = []
    if narrow:
        leaders = facts.leaders(GAP, narrow, -1)
        first = leaders[0]
        gap, level = turned(facts.effect(GAP, first)), facts.level(GAP, facts.baseline)
        values = {
            "year": year, "baseline": base, "policies": within(facts, narrow), "leader": inside(facts, first), "leaders": within(facts, leaders),
            "value": amount(facts, gap, digits=few_digits(gap), form="" if len(leaders) == 1 else "inner"),
            "share": percent(facts, point(gap.mean / level.mean)) if level.mean > 0 else "–",
        }  # fmt: skip
        kind = "one" if len(narrow) == 1 else "most" if len(leaders) == 1 else "all_equal" if len(leaders) == len(narrow) else "equal"
        said += [say(facts, f"opening.head.narrow_{kind}", **values), who_moved(facts, first, brief=True)]
        differ = None if facts.twin is None else other_leaders(facts, facts.twin)
        if differ is not None:
            which = say(facts, f"opening.design.{design_names(facts)[1]}")
            said.append(say(facts, "opening.head.other_design", which=which, policies=within(facts, differ[1])))
    else:
        known = [policy for policy in facts.others if math.isfinite(facts.effect(GAP, policy).mean)]
        if not known:
            return say(facts, "opening.head.nothing", year=year)
        most = max(known, key=lambda policy: abs(facts.effect(GAP, policy).mean))
        gap = facts.effect(GAP, most)
        value = sized(facts, gap, digits=few_digits(gap))
        said.append(say(facts, "opening.head.none", year=year, baseline=base, policy=inside(facts, most), value=value))
    if wide:
        said.append(say(facts, "opening.head.wide", policies=within(facts, wide)))
    idle = idle_policies(facts)
    if idle:
        said.append(say(facts, "opening.head.idle", policies=within(facts, idle), baseline=base))
    open_ = [policy for policy in facts.others if policy not in (*narrow, *wide, *idle)]
    if open_ and (narrow or wide):
        said.append(say(facts, "opening.head.open", policies=within(facts, open_)))
    said.append(_cost(facts))
    return _joined(facts, said)


def _joined(facts: Facts, said: Sequence[str]) -> str:
    return ("" if facts.lang == "zh" else " ").join(opened(facts, one) for one in said if one)


def idle_policies(facts: Facts) -> list[str]:
    """Return policies that by their dates do not act in the years simulated, so that they are the baseline itself."""
    acting = facts.manifest.get("acting") or {}
    return [policy for policy in facts.others if facts.is_paired and policy in acting and not acting[policy]]


def _alone(facts: Facts) -> str:
    policy = facts.policies[0]
    names = {"policy": inside(facts, policy), "start": facts.base_year, "year": facts.last_year}
    gap = facts.change(GAP, policy)
    if not math.isfinite(gap.mean):
        return say(facts, "opening.head.alone", **names)
    first, last = (amount(facts, facts.level(GAP, policy, year), digits=FEW) for year in (facts.base_year, None))
    kind = "one_draw" if not gap.known else "clear" if gap.clear else "open"
    value = sized(facts, gap, digits=few_digits(gap), form="inner" if kind == "open" else "")
    return _joined(
        facts, [say(facts, "opening.head.alone", **names), say(facts, f"opening.head.alone_{kind}", first=first, last=last, value=value, **names)]
    )


def _cost(facts: Facts) -> str:
    costs = {policy: facts.yearly_effect("money.total", policy) for policy in facts.others}
    known = {policy: cost for policy, cost in costs.items() if math.isfinite(cost.mean)}
    if not known:
        return ""
    means = [cost.mean for cost in known.values()]
    if max(means) - min(means) <= 0.01 * max(1.0, abs(max(means))):
        if abs(means[0]) < 1.0:
            return say(facts, "opening.head.cost_none")
        return say(facts, "opening.head.cost_same" if len(known) > 1 else "opening.head.cost", value=in_money(facts, means[0]))
    parts = [say(facts, "opening.head.cost_of", policy=inside(facts, policy), value=money(facts, cost, form="short")) for policy, cost in known.items()]
    return say(facts, "opening.head.cost_each", baseline=inside(facts, facts.baseline), costs=most_of(facts, parts))


# -- table --------------------------------------------------------------------------------------------


def _tone(gap: Interval, good: int) -> Any:
    return "" if not gap.clear else "gain" if gap.mean * good > 0 else "loss"


def _table(facts: Facts) -> Table:
    stages = [stage for stage in CV_STAGES if indicators_of(facts, stage)]
    columns = [Column("policy", say(facts, "opening.col.policy"))]
    told = facts.others if facts.is_paired else facts.policies
    digits = few_digits(*(facts.moved(measure, policy) for measure in (GAP, WEAK, CORE) for policy in told))
    for key, measure in (("gap", GAP), ("weak", WEAK), ("core", CORE)):
        if facts.holds(measure):
            columns.append(Column(key, say(facts, f"opening.col.{key}"), "SD", "interval", digits, signed=True))
    columns += [Column(f"kept_{stage}", say(facts, "opening.col.kept", stage=facts.words.label("stage", stage))) for stage in stages]
    has_cost, has_all = facts.holds("money.total"), facts.holds("official.resources_pass")
    if has_cost:
        columns.append(Column("cost", say(facts, "opening.col.cost"), say(facts, "opening.money_unit"), "number", 0 if facts.lang == "zh" else 1))
    if has_all:
        columns.append(Column("all", say(facts, "opening.col.all"), "%", "percent", 0))
    rows = []
    for policy in facts.policies:
        is_base = facts.is_paired and policy == facts.baseline
        row: list[Any] = [Cell(facts.words.policy(policy), bold=not is_base)]
        for measure, good in ((GAP, -1), (WEAK, 1), (CORE, 1)):
            if facts.holds(measure):
                gap = facts.moved(measure, policy)
                row.append(None if is_base else Cell(gap, _tone(gap, good)))
        for stage in stages:
            n, kept = len(indicators_of(facts, stage)), guaranteed(facts, policy, stage)
            row.append(Cell(f"{len(kept)}/{n}", "meets" if len(kept) == n else "") if facts.can_tell else None)
        if has_cost:
            row.append(facts.yearly("money.total", policy).mean / money_unit(facts))
        if has_all:
            row.append(facts.share("official.resources_pass", policy, is_yes).mean if facts.can_tell else None)
        rows.append(tuple(row))
    what = "changes" if not facts.is_paired else "effects" if facts.can_tell else "effects_one"
    base = inside(facts, facts.baseline)
    caption = say(facts, f"opening.table.{what}", year=facts.last_year, baseline=base, start=facts.base_year, draws=facts.draws)
    note = say(facts, "opening.table.note" if facts.can_tell else "opening.table.note_one")
    if facts.is_paired and facts.holds(GAP):
        level = amount(facts, point(facts.level(GAP, facts.baseline).mean), digits=FEW)
        note = say(facts, "opening.table.level", baseline=base, level=level) + note
    return Table("first_page", caption, tuple(columns), tuple(rows), note=note)
