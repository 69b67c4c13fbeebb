"""Who gains and who loses: core schools and their families, members, the weaker half, the top quarter, places, low-SES pupils."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.county.facts import CORE, GAP, MEMBER, WEAK, ZONES, Facts
from edusim.report.county.indicators import draw, drawn
from edusim.report.county.sentences import (
    against,
    amount,
    clauses,
    listed,
    opened,
    percent,
    point,
    policies,
    say,
    scaled,
    sized,
    turned,
)
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Table
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from edusim.report.style import Chart

#: Groups of pupils and schools in the order of the table.
GROUPS = (
    CORE, MEMBER, "learning.top_quarter", WEAK, "learning.urban_mean", "learning.rural_mean", "learning.low_ses", "learning.mean",
)  # fmt: skip
ROLES = ("core", "member", "none")


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter on gains and losses."""
    asked = facts.others or facts.policies
    blocks: list[Block] = [Heading(say(facts, "winners.title"))]
    blocks += [Paragraph(one, "lead") for one in _lead(facts)]
    groups = [measure for measure in GROUPS if facts.holds(measure)]
    if groups:
        blocks += [_groups(facts, asked, groups), *_trajectory(facts), *_gains(facts)]
    below = _from_below(facts, asked)
    if below:
        blocks += [Heading(say(facts, "winners.below"), 2), *below]
    if facts.has_schools("mean_achievement"):
        blocks += [Heading(say(facts, "winners.schools"), 2)]
        if facts.can_tell:
            blocks += [Bullets(tuple(_tally_texts(facts, asked))), _tally(facts, asked)]
        else:
            blocks.append(Paragraph(say(facts, "winners.one_draw")))
        blocks += _dumbbell(facts)
    families = _families(facts, asked)
    if families:
        blocks += [Heading(say(facts, "winners.core_families"), 2), *families]
    return blocks


def _lead(facts: Facts) -> list[str]:
    if not facts.can_tell:
        return [say(facts, "winners.one_draw")]
    found: dict[str, list[str]] = {}
    for policy in facts.others or facts.policies:
        moves = {measure: facts.moved(measure, policy) for measure in GROUPS if facts.holds(measure)}
        up = [measure for measure, gap in moves.items() if gap.clear and gap.mean > 0]
        down = [measure for measure, gap in moves.items() if gap.clear and gap.mean < 0]
        if not moves:
            continue
        parts = [
            say(facts, f"winners.{key}", groups=listed(facts, [say(facts, f"winners.group.{measure}") for measure in groups]))
            for key, groups in (("rise", up), ("fall", down)) if groups
        ]  # fmt: skip
        found.setdefault(clauses(facts, parts), []).append(policy)
    return [
        opened(facts, say(facts, "winners.lead" if parts_ else "winners.lead_open", policies=policies(facts, own), against=against(facts), parts=parts_))
        for parts_, own in found.items()
    ]  # fmt: skip


def _moved_cell(gap: Interval, good: int = 1) -> Cell:
    return Cell(gap, "" if not gap.clear or not good else "gain" if gap.mean * good > 0 else "loss")


def _caption(facts: Facts, key: str) -> str:
    kind = "effects" if facts.is_paired else "changes"
    return say(facts, f"winners.table.{key}_{kind}", year=facts.last_year, baseline=facts.words.policy(facts.baseline), start=facts.base_year)


def _note(facts: Facts, key: str) -> str:
    return say(facts, key) if facts.can_tell else say(facts, "opening.table.note_one")


def _groups(facts: Facts, asked: list[str], groups: list[str]) -> Table:
    columns = [Column("group", say(facts, "winners.col.group"), weight=2.2)]
    if facts.is_paired:
        columns.append(Column("level", say(facts, "winners.col.level", baseline=facts.words.policy(facts.baseline)), "SD", "number", 3))
    columns += [Column(f"p_{policy}", facts.words.policy(policy), "SD", "interval", 3, signed=True, weight=1.9) for policy in asked]
    rows: list[tuple[Any, ...]] = []
    for measure in groups:
        level = [facts.level(measure, facts.baseline).mean] if facts.is_paired else []
        rows.append((say(facts, f"winners.group.{measure}"), *level, *(_moved_cell(facts.moved(measure, policy)) for policy in asked)))
    return Table("gains", _caption(facts, "groups"), tuple(columns), tuple(rows), note=_note(facts, "winners.table.groups_note"), wide=len(asked) > 3)


def _trajectory(facts: Facts) -> list[Block]:
    if not facts.holds(GAP):
        return []

    def gap() -> Chart:
        from edusim.report.figures import trajectories

        return trajectories(facts.measures, GAP, lang=facts.lang, for_report=True, info=facts.info)

    values = [
        say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=amount(facts, facts.level(GAP, policy)))
        for policy in facts.policies
    ]  # fmt: skip
    alt = say(facts, "winners.figure.gap_alt", year=facts.last_year, values=clauses(facts, values))
    return [Picture("gap", say(facts, "winners.figure.gap"), alt, gap)]


def _gains(facts: Facts) -> list[Block]:
    if not drawn("gains_figure") or not facts.is_paired:
        return []

    def gains() -> Chart:
        return draw("gains_figure", facts)

    caption, alt = say(facts, "winners.figure.gains", year=facts.last_year), say(facts, "winners.figure.gains_alt", text=" ".join(_lead(facts)))
    return [Picture("gains_by_group", caption, alt, gains)]


def who_moved(facts: Facts, policy: str, *, brief: bool = False) -> str:
    """Return the sentence on whether a gap closes from below or from above; nothing where neither mean is held.

    ``brief`` leaves the numbers out but the shares.
    """
    core, member = facts.moved(CORE, policy), facts.moved(MEMBER, policy)
    if not (core.known and member.known):
        return ""
    up, down = member.clear and member.mean > 0, core.clear and core.mean < 0
    share = facts.share_from_below(policy)
    values = {
        "policy": facts.words.policy(policy), "member": sized(facts, member, form="inner"), "core": sized(facts, core, form="inner"),
        "share": percent(facts, point(share.mean)),
        "rest": percent(facts, point(1 - share.mean)),
    }  # fmt: skip
    if up and down:
        kind = "both_sides"
    elif up:
        kind = "both_up" if core.clear else "below"
    elif down:
        kind = "both_down" if member.clear else "above"
    else:
        kind = "open"
    return say(facts, f"opening.moved{'_brief' if brief else ''}.{kind}", **values)


def _from_below(facts: Facts, asked: list[str]) -> list[Block]:
    """Return whether the gap closes from below or from above, policy by policy."""
    if not facts.can_tell or not all(facts.holds(measure) for measure in (GAP, CORE, MEMBER)):
        return []
    narrow = facts.surely(GAP, -1, asked)
    if not narrow:
        return [Paragraph(say(facts, "winners.not_narrower", against=against(facts)))]
    items = tuple(f"{facts.words.policy(policy)}{say(facts, 'opening.colon')}{who_moved(facts, policy)}" for policy in narrow)
    columns = (
        Column("policy", say(facts, "opening.col.policy"), weight=1.6),
        Column("gap", say(facts, "winners.col.narrower"), "SD", "interval", 3, weight=1.8),
        Column("member", say(facts, "winners.col.member"), "SD", "interval", 3, signed=True, weight=1.8),
        Column("core", say(facts, "winners.col.core"), "SD", "interval", 3, signed=True, weight=1.8),
        Column("share", say(facts, "winners.col.share"), "%", "percent_interval", 0, weight=1.6),
    )
    rows = [
        (
            facts.words.policy(policy), turned(facts.moved(GAP, policy)), _moved_cell(facts.moved(MEMBER, policy)),
            _moved_cell(facts.moved(CORE, policy)), facts.share_from_below(policy),
        )
        for policy in narrow
    ]  # fmt: skip
    return [Bullets(items), Table("from_below", _caption(facts, "below"), columns, tuple(rows), note=say(facts, "winners.table.below_note"))]


# -- schools ------------------------------------------------------------------------------------------


def tally(moves: list[Interval], chosen: Any) -> tuple[int, int, int]:
    """Return how many of the chosen schools surely rise, surely fall, and cannot be told."""
    own = [gap for gap, is_in in zip(moves, chosen, strict=True) if is_in and math.isfinite(gap.mean)]
    up, down = sum(gap.clear and gap.mean > 0 for gap in own), sum(gap.clear and gap.mean < 0 for gap in own)
    return up, down, len(own) - up - down


def _tally_texts(facts: Facts, asked: list[str]) -> list[str]:
    rows = facts.school_list
    out = []
    for policy in asked:
        moves = facts.school_moves("mean_achievement", policy)
        parts = []
        for role in ("core", "member"):
            chosen = rows["role"].to_numpy(dtype=str) == role
            if chosen.any():
                up, down, open_ = tally(moves, chosen)
                parts.append(say(facts, "winners.tally_of", role=facts.words.label("role", role), n=up + down + open_, up=up, down=down, open=open_))
        if parts:
            out.append(say(facts, "winners.tally", policy=facts.words.policy(policy), against=against(facts), parts=clauses(facts, parts)))
    return out


def _tally(facts: Facts, asked: list[str]) -> Table:
    rows_ = facts.school_list
    kinds = [("role", role) for role in ROLES] + [("zone", zone) for zone in ZONES]
    columns = (
        Column("kind", say(facts, "winners.col.kind"), weight=1.3),
        Column("policy", say(facts, "opening.col.policy"), weight=1.6),
        *(Column(key, say(facts, f"winners.col.{key}"), kind="number", digits=0) for key in ("schools", "up", "down", "open")),
        Column("mean", say(facts, "winners.col.mean"), "SD", "interval", 3, signed=True, weight=1.9),
    )
    rows = []
    every = {policy: facts.school_moves("mean_achievement", policy) for policy in asked}
    for kind, key in kinds:
        chosen = rows_[kind].to_numpy(dtype=str) == key
        if not chosen.any():
            continue
        for order, policy in enumerate(asked):
            up, down, open_ = tally(every[policy], chosen)
            mean = facts.school_mean_moved("mean_achievement", policy, chosen)
            name = Cell(opened(facts, say(facts, f"winners.kind.{kind}", name=facts.words.label(kind, key))), bold=True) if order == 0 else ""
            rows.append((name, facts.words.policy(policy), up + down + open_, up, down, open_, _moved_cell(mean)))
    return Table("schools_tally", _caption(facts, "tally"), columns, tuple(rows), note=say(facts, "winners.table.tally_note"))


def _dumbbell(facts: Facts) -> list[Block]:
    def both() -> Chart:
        from edusim.report.school_figures import dumbbell

        return dumbbell(facts.schools, lang=facts.lang, for_report=True, info=facts.info)

    caption = say(facts, "winners.figure.schools", start=facts.base_year, year=facts.last_year)
    text = " ".join(_tally_texts(facts, facts.others or facts.policies)) if facts.can_tell else say(facts, "winners.one_draw")
    return [Picture("dumbbell", caption, say(facts, "winners.figure.schools_alt", start=facts.base_year, year=facts.last_year, text=text), both)]


# -- families of core schools -------------------------------------------------------------------------


def _families(facts: Facts, asked: list[str]) -> list[Block]:
    """Return class size, satisfaction and what else core schools' families see, beside the members'."""
    rows_ = facts.school_list if len(facts.schools) else None
    entries: list[tuple[str, list[Interval], int, float, str]] = []
    if rows_ is not None:
        for role in ("core", "member"):
            chosen = rows_["role"].to_numpy(dtype=str) == role
            if not chosen.any():
                continue
            for column, good, scale in (("class_size_mean", -1, 1.0), ("satisfaction", 1, 100.0), ("good_senior_share", 1, 100.0)):
                if facts.has_schools(column):
                    gaps = [scaled(facts.school_mean_moved(column, policy, chosen), scale) for policy in asked]
                    base = facts.school_mean(column, facts.baseline if facts.is_paired else asked[0], chosen)
                    level = float(np.nanmean(base)) * scale if np.isfinite(base).any() else math.nan
                    if any(math.isfinite(gap.mean) for gap in gaps):
                        entries.append((f"{role}.{column}", gaps, good, level, column))
    # In the base year nobody has had a year in which to leave: against it there is no change to speak of.
    for measure, good, scale in (("families.exits", -1, 1.0), ("families.good_senior_gap", 0, 100.0)):
        if facts.holds(measure) and (facts.is_paired or measure != "families.exits"):
            gaps = [scaled(facts.moved(measure, policy), scale) for policy in asked]
            level = facts.level(measure, facts.baseline if facts.is_paired else asked[0]).mean * scale
            entries.append((measure, gaps, good, level, measure))
    if not entries:
        return []
    columns = (
        Column("item", say(facts, "winners.col.item"), weight=2.6),
        Column("level", say(facts, "winners.col.level", baseline=facts.words.policy(facts.baseline if facts.is_paired else asked[0])), kind="number", digits=1),
        *(Column(f"p_{policy}", facts.words.policy(policy), kind="interval", digits=2, signed=True, weight=1.9) for policy in asked),
    )
    rows: list[tuple[Any, ...]] = [
        (say(facts, f"winners.item.{key}"), level, *(_moved_cell(gap, good) for gap in gaps)) for key, gaps, good, level, _ in entries
    ]  # fmt: skip
    out: list[Block] = []
    if facts.can_tell:
        out += [Paragraph(one) for one in _families_text(facts, asked, entries)]
    table = Table("core_families", _caption(facts, "families"), columns, tuple(rows), note=_note(facts, "winners.table.families_note"), wide=len(asked) > 3)
    return [*out, table]


def _families_text(facts: Facts, asked: list[str], entries: list[tuple[str, list[Interval], int, float, str]]) -> list[str]:
    """Return what core schools' families surely lose and surely gain."""
    lose: list[str] = []
    gain: list[str] = []
    core = [facts.moved(CORE, policy) for policy in asked] if facts.holds(CORE) else []
    unit = {"class_size_mean": "pupils_class", "satisfaction": "points", "good_senior_share": "points"}
    found = [("core.achievement", core, 1, "SD", 3), *((key, gaps, good, unit[column], 2) for key, gaps, good, _, column in entries if key.startswith("core."))]
    for key, gaps, good, unit_, digits in found:
        for kept, sign in ((lose, -1), (gain, 1)):
            clear = [(policy, gap) for policy, gap in zip(asked, gaps, strict=False) if gap.clear and gap.mean * good * sign > 0]
            if clear:
                policy, most = max(clear, key=lambda one: abs(one[1].mean))
                kept.append(
                    say(facts, "winners.families_of" if len(clear) > 1 else "winners.families_one", item=say(facts, f"winners.word.{key}"),
                        policies=policies(facts, [one for one, _ in clear]), policy=facts.words.policy(policy),
                        value=sized(facts, most, unit_, digits, form="inner"))
                )  # fmt: skip
    out = []
    if lose:
        out.append(say(facts, "winners.families_lose", against=against(facts), parts=clauses(facts, lose)))
    if gain:
        out.append(say(facts, "winners.families_gain", against=against(facts), parts=clauses(facts, gain)))
    return out or [say(facts, "winners.families_open", against=against(facts))]
