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
    amount,
    in_money,
    money,
    money_unit,
    most_of,
    opened,
    percent,
    point,
    policies,
    say,
    sized,
    stage_name,
    turned,
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
    base, year = facts.words.policy(facts.baseline), facts.last_year
    narrow, wide = facts.surely(GAP, -1), facts.surely(GAP, 1)
    said: list[str] = []
    if narrow:
        leaders = facts.leaders(GAP, narrow, -1)
        first = leaders[0]
        gap, level = turned(facts.effect(GAP, first)), facts.level(GAP, facts.baseline)
        values = {
            "year": year, "baseline": base, "policies": policies(facts, narrow), "leader": facts.words.policy(first),
            "leaders": policies(facts, leaders), "value": amount(facts, gap, form="" if len(leaders) == 1 else "inner"),
            "level": amount(facts, point(level.mean)),
            "share": percent(facts, point(gap.mean / level.mean)) if level.mean > 0 else "–",
        }  # fmt: skip
        kind = "one" if len(narrow) == 1 else "most" if len(leaders) == 1 else "all_equal" if len(leaders) == len(narrow) else "equal"
        said.append(say(facts, f"opening.head.narrow_{kind}", **values))
        differ = None if facts.twin is None else other_leaders(facts, facts.twin)
        if differ is not None:
            which = say(facts, f"opening.design.{design_names(facts)[1]}")
            said.append(say(facts, "opening.head.other_design", which=which, policies=policies(facts, differ[1])))
        said.append(who_moved(facts, first))
    else:
        known = [policy for policy in facts.others if math.isfinite(facts.effect(GAP, policy).mean)]
        if not known:
            return say(facts, "opening.head.nothing", year=year)
        most = max(known, key=lambda policy: abs(facts.effect(GAP, policy).mean))
        said.append(
            say(facts, "opening.head.none", year=year, baseline=base, policy=facts.words.policy(most), value=sized(facts, facts.effect(GAP, most)))
        )
    if wide:
        said.append(say(facts, "opening.head.wide", policies=policies(facts, wide), value=sized(facts, facts.effect(GAP, wide[0]), form="inner")))
    idle = idle_policies(facts)
    if idle:
        said.append(say(facts, "opening.head.idle", policies=policies(facts, idle), baseline=base))
    open_ = [policy for policy in facts.others if policy not in (*narrow, *wide, *idle)]
    if open_ and (narrow or wide):
        said.append(say(facts, "opening.head.open", policies=policies(facts, open_), baseline=base))
    said.append(_cost(facts))
    said.append(say(facts, "opening.head.sure", draws=facts.draws))
    return "".join(said) if facts.lang == "zh" else " ".join(one for one in said if one)


def idle_policies(facts: Facts) -> list[str]:
    """Return policies that by their dates do not act in the years simulated, so that they are the baseline itself."""
    acting = facts.manifest.get("acting") or {}
    return [policy for policy in facts.others if facts.is_paired and policy in acting and not acting[policy]]


def _alone(facts: Facts) -> str:
    policy = facts.policies[0]
    names = {"policy": facts.words.policy(policy), "start": facts.base_year, "year": facts.last_year}
    gap = facts.change(GAP, policy)
    if not math.isfinite(gap.mean):
        return say(facts, "opening.head.alone", **names)
    first, last = (amount(facts, facts.level(GAP, policy, year)) for year in (facts.base_year, None))
    kind = "one_draw" if not gap.known else "clear" if gap.clear else "open"
    parts = [
        say(facts, "opening.head.alone", **names),
        say(facts, f"opening.head.alone_{kind}", first=first, last=last, value=sized(facts, gap, form="inner" if kind == "open" else ""), **names),
    ]
    return "".join(parts) if facts.lang == "zh" else " ".join(parts)


def _cost(facts: Facts) -> str:
    base = facts.words.policy(facts.baseline)
    costs = {policy: facts.yearly_effect("money.total", policy) for policy in facts.others}
    known = {policy: cost for policy, cost in costs.items() if math.isfinite(cost.mean)}
    if not known:
        return ""
    means = [cost.mean for cost in known.values()]
    if max(means) - min(means) <= 0.01 * max(1.0, abs(max(means))):
        if abs(means[0]) < 1.0:
            return say(facts, "opening.head.cost_none", baseline=base)
        key = "cost_same" if len(known) > 1 else "cost"
        return say(facts, f"opening.head.{key}", baseline=base, value=in_money(facts, means[0]))
    parts = [
        say(facts, "opening.head.cost_of", policy=facts.words.policy(policy), value=money(facts, cost)) for policy, cost in known.items()
    ]
    return say(facts, "opening.head.cost_each", baseline=base, costs=most_of(facts, parts))


# -- table --------------------------------------------------------------------------------------------


def _tone(gap: Interval, good: int) -> Any:
    return "" if not gap.clear else "gain" if gap.mean * good > 0 else "loss"


def _table(facts: Facts) -> Table:
    stages = [stage for stage in CV_STAGES if indicators_of(facts, stage)]
    columns = [Column("policy", say(facts, "opening.col.policy"), weight=1.5)]
    for key, measure in (("gap", GAP), ("weak", WEAK), ("core", CORE)):
        if facts.holds(measure):
            columns.append(Column(key, say(facts, f"opening.col.{key}"), "SD", "interval", 3, signed=True, weight=1.5))
    columns += [Column(f"kept_{stage}", say(facts, "opening.col.kept", stage=stage_name(facts, stage))) for stage in stages]
    has_cost, has_all = facts.holds("money.total"), facts.holds("official.resources_pass")
    if has_cost:
        columns.append(Column("cost", say(facts, "opening.col.cost"), say(facts, "opening.money_unit"), "number", 0 if facts.lang == "zh" else 1))
    if has_all:
        columns.append(Column("all", say(facts, "opening.col.all", year=facts.last_year), "%", "percent", 0))
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
    what = "effects" if facts.is_paired else "changes"
    caption = say(facts, f"opening.table.{what}", year=facts.last_year, baseline=facts.words.policy(facts.baseline), start=facts.base_year)
    note = say(facts, "opening.table.note" if facts.can_tell else "opening.table.note_one")
    if facts.is_paired and facts.holds(GAP):
        level = amount(facts, facts.level(GAP, facts.baseline))
        note = say(facts, "opening.table.level", baseline=facts.words.policy(facts.baseline), level=level) + note
    return Table("first_page", caption, tuple(columns), tuple(rows), note=note)
