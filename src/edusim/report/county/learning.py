"""Indicator against learning: whether the coefficients that are judged and the achievement of pupils go the same way."""

from __future__ import annotations

from typing import Any

import numpy as np

from edusim.report.county.facts import GAP, WEAK, Facts
from edusim.report.county.indicators import CV_STAGES, indicators_of, standing
from edusim.report.county.sentences import against, clauses, indicator_name, listed, opened, policies, say, sized
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Table, Tone
from edusim.report.summaries import Interval, mean_interval, same

#: Most policies whose coefficients are split on paper; with more the table goes to the workbook alone.
ON_PAPER = 3
#: (indicators, learning) -> what is said of them.
_SAID = {
    ("better", "better"): "together", ("worse", "worse"): "together_down", ("better", "open"): "flatters", ("better", "mixed"): "flatters",
    ("better", "worse"): "flatters_down", ("worse", "better"): "hides", ("worse", "open"): "worse_open", ("worse", "mixed"): "worse_open",
    ("open", "better"): "learning_only", ("mixed", "better"): "learning_only", ("open", "worse"): "learning_down", ("mixed", "worse"): "learning_down",
}  # fmt: skip
_TONES: dict[str, Tone] = {"together": "gain", "together_down": "loss", "flatters": "loss", "flatters_down": "loss", "hides": "quiet"}


def verdict_of(facts: Facts, policy: str) -> str:
    """Return how indicators and learning stand to each other under a policy; ``open`` where neither can be told.

    ``together``, ``together_down``, ``flatters`` (indicators better, learning not seen to be), ``flatters_down`` (learning
    surely worse), ``hides`` (learning better, indicators worse), ``worse_open``, ``learning_only``, ``learning_down``.
    """
    side = standing(facts, policy)
    return _SAID.get((side.indicators, side.learning), "open")


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter on indicators and learning."""
    asked = facts.others or facts.policies
    blocks: list[Block] = [Heading(say(facts, "learning_chapter.title")), Paragraph(say(facts, "learning_chapter.question"), "lead")]
    if not facts.can_tell:
        return [*blocks, Paragraph(say(facts, "learning_chapter.one_draw")), _table(facts, asked)]
    said: dict[str, list[str]] = {}
    for policy in asked:
        said.setdefault(verdict_of(facts, policy), []).append(policy)
    items = [say(facts, f"learning_chapter.says.{key}", policies=policies(facts, found), against=against(facts)) for key, found in said.items()]
    blocks += [Bullets(tuple(opened(facts, one) for one in items)), _table(facts, asked)]
    why = _why(facts, asked)
    split = _split(facts, asked)
    if why or split is not None:
        blocks.append(Heading(say(facts, "learning_chapter.why"), 2))
        if why:
            blocks.append(Bullets(tuple(opened(facts, one) for one in why)))
        if split is not None:
            blocks.append(split)
    return blocks


def _cell(gap: Interval, good: int) -> Cell:
    return Cell(gap, "" if not gap.clear else "gain" if gap.mean * good > 0 else "loss")


def _table(facts: Facts, asked: list[str]) -> Table:
    stages = [stage for stage in CV_STAGES if indicators_of(facts, stage)]
    columns = [
        Column("policy", say(facts, "opening.col.policy"), weight=1.6),
        *(Column(f"kept_{stage}", say(facts, "learning_chapter.col.kept", stage=facts.words.label("stage", stage)), say(facts, "opening.unit_items"),
                 "interval", 1, signed=True, weight=1.6) for stage in stages),
        *(Column(f"cvs_{stage}", say(facts, "learning_chapter.col.cvs", stage=facts.words.label("stage", stage)), weight=1.3) for stage in stages),
        Column("gap", say(facts, "opening.col.gap"), "SD", "interval", 3, signed=True, weight=1.7),
        Column("weak", say(facts, "opening.col.weak"), "SD", "interval", 3, signed=True, weight=1.7),
        Column("verdict", say(facts, "learning_chapter.col.verdict"), weight=1.7),
    ]  # fmt: skip
    rows = []
    for policy in asked:
        row: list[Any] = [facts.words.policy(policy)]
        row += [_cell(facts.moved("official.indicators_met", policy, stage=stage), 1) for stage in stages]
        for stage in stages:
            moves = [facts.moved(f"official.cv.{key}", policy, stage=stage) for key in indicators_of(facts, stage)]
            up, down = (sum(gap.clear and gap.mean * sign > 0 for gap in moves) for sign in (1, -1))
            row.append(say(facts, "learning_chapter.up_down", up=up, down=down) if facts.can_tell else "–")
        key = verdict_of(facts, policy) if facts.can_tell else "open"
        row += [_cell(facts.moved(GAP, policy), -1), _cell(facts.moved(WEAK, policy), 1)]
        row.append(Cell(say(facts, f"learning_chapter.verdict.{key}"), _TONES.get(key, "open")))
        rows.append(tuple(row))
    kind = "effects" if facts.is_paired else "changes"
    caption = say(facts, f"learning_chapter.table.{kind}", year=facts.last_year, baseline=facts.words.policy(facts.baseline), start=facts.base_year)
    note = say(facts, "learning_chapter.table.note" if facts.can_tell else "opening.table.note_one")
    return Table("indicator_learning", caption, tuple(columns), tuple(rows), note=note)


# -- why ----------------------------------------------------------------------------------------------


def parts(facts: Facts, policy: str, stage: str, key: str) -> tuple[Interval, Interval, Interval] | None:
    """Return what moves a coefficient against the baseline (or since the base year): in all, by enrolment, by staff and goods.

    The two parts add up to the change since the base year, and so do their differences between policies.
    """
    name = next((one for one in same(f"official.cv.{key}") if facts.holds(one.replace(".cv.", ".cv_policy."), stage=stage)), None)
    if name is None:
        return None
    names = (name.replace(".cv.", ".cv_enrolment."), name.replace(".cv.", ".cv_policy."))
    enrolment, policy_ = (
        facts.at(one, policy, stage=stage) - (facts.at(one, facts.baseline, stage=stage) if facts.is_paired else 0.0) for one in names
    )
    return mean_interval(enrolment + policy_), mean_interval(enrolment), mean_interval(policy_)


def _every(facts: Facts, policy: str) -> list[tuple[str, str, tuple[Interval, Interval, Interval]]]:
    found = ((stage, key, parts(facts, policy, stage, key)) for stage in CV_STAGES for key in indicators_of(facts, stage))
    return [(stage, key, one) for stage, key, one in found if one is not None]


def _split(facts: Facts, asked: list[str]) -> Table | None:
    columns = (
        Column("stage", say(facts, "indicators_chapter.col.stage"), weight=0.8),
        Column("indicator", say(facts, "indicators_chapter.col.indicator"), weight=1.8),
        Column("policy", say(facts, "opening.col.policy"), weight=1.5),
        *(Column(key, say(facts, f"learning_chapter.col.{key}"), kind="interval", digits=3, signed=True, weight=1.9) for key in ("all", "enrolment", "goods")),
    )
    by_place: dict[tuple[str, str], list[tuple[str, tuple[Interval, Interval, Interval]]]] = {}
    for policy in asked:
        for stage, key, found in _every(facts, policy):
            by_place.setdefault((stage, key), []).append((policy, found))
    if not by_place:
        return None
    rows = []
    for stage in CV_STAGES:
        for key in indicators_of(facts, stage):
            for order, (policy, (whole, enrolment, goods)) in enumerate(by_place.get((stage, key), [])):
                heads = (facts.words.label("stage", stage), Cell(facts.words.label("indicator", key), bold=True)) if order == 0 else ("", "")
                rows.append((*heads, facts.words.policy(policy), _cell(whole, -1), enrolment, goods))
    kind = "effects" if facts.is_paired else "changes"
    caption = say(facts, f"learning_chapter.table.split_{kind}", year=facts.last_year, baseline=facts.words.policy(facts.baseline), start=facts.base_year)
    return Table("cv_split", caption, columns, tuple(rows), note=say(facts, "learning_chapter.table.split_note"), only_workbook=len(asked) > ON_PAPER)


def _why(facts: Facts, asked: list[str]) -> list[str]:
    """Return what the measures show of why a coefficient moves: pupils or staff and goods; credentials or teaching."""
    out = []
    for policy in asked:
        every = _every(facts, policy)
        clear = [(stage, key, found) for stage, key, found in every if found[0].clear]
        if not clear:
            continue
        stage, key, (whole, enrolment, goods) = max(clear, key=lambda one: abs(one[2][0].mean))
        sides = [np.sign(part.mean) if part.clear else 0 for part in (enrolment, goods)]
        up, down = (sum(found[0].mean * sign > 0 for *_, found in clear) for sign in (1, -1))
        by = [sum(abs(found[place].mean) > abs(found[3 - place].mean) for *_, found in clear) for place in (1, 2)]
        kind = "both" if all(sides) and sides[0] == sides[1] else "against" if all(sides) else "enrolment" if sides[0] else "goods" if sides[1] else "neither"
        out.append(
            say(
                facts, "learning_chapter.moved", policy=facts.words.policy(policy), against=against(facts), n=len(every), up=up, down=down,
                by_enrolment=by[0], by_goods=by[1], name=indicator_name(facts, stage, key), value=sized(facts, whole, "", form="inner"),
                detail=say(facts, f"learning_chapter.because.{kind}", enrolment=sized(facts, enrolment, "", form="inner"),
                           goods=sized(facts, goods, "", form="inner")),
            )
        )  # fmt: skip
    out += _credentials(facts, asked)
    return out


def _credentials(facts: Facts, asked: list[str]) -> list[str]:
    """Return where the quality of teaching evens out while the credentials that are counted do not (or the other way round)."""
    if not facts.holds("staffing.quality_gap"):
        return []
    found: dict[str, dict[str, tuple[Interval, list[tuple[str, str]]]]] = {}
    for policy in asked:
        quality = facts.moved("staffing.quality_gap", policy)
        counted: list[tuple[str, str, Interval]] = [(stage, key, facts.moved(f"official.cv.{key}", policy, stage=stage))
                   for stage in CV_STAGES for key in ("degree", "backbone") if key in indicators_of(facts, stage)]  # fmt: skip
        up, down = ([(stage, key) for stage, key, gap in counted if gap.clear and gap.mean * sign > 0] for sign in (1, -1))
        kind = "" if not quality.clear else "evens" if quality.mean < 0 and up and not down else "parts" if quality.mean > 0 and down and not up else ""
        if kind:
            found.setdefault(kind, {})[policy] = (quality, up or down)
    out = []
    for kind, own in found.items():
        lists = [places for _, places in own.values()]
        shared = [one for one in lists[0] if all(one in places for places in lists)]
        names = shared or list(dict.fromkeys(one for places in lists for one in places))
        values = [
            say(facts, "opening.policy_value", policy=facts.words.policy(policy), value=sized(facts, quality, "quality", form="inner"))
            for policy, (quality, _) in own.items()
        ]  # fmt: skip
        out.append(
            say(facts, f"learning_chapter.credentials_{kind}", policies=policies(facts, list(own)), values=clauses(facts, values),
                names=listed(facts, [indicator_name(facts, *one) for one in names]))
        )  # fmt: skip
    return out
