"""The report's chapter on families: satisfaction, choice, leaving, the way to school, class sizes, seats needed and empty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from edusim.report.county.facts import Facts
from edusim.report.county.telling import CLASSES, PERCENT, POINTS, PUPILS, Scale, Teller, within
from edusim.report.document.blocks import (
    Block,
    Bullets,
    Cell,
    Column,
    Heading,
    Kind,
    Paragraph,
    Picture,
    Table,
    Tone,
    Value,
)
from edusim.report.style import Chart
from edusim.report.summaries import Interval, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAGES = ("primary", "junior")
ZONES = ("urban", "town", "rural", "mountain")
#: Largest class that the official item allows.
CLASS_CAP = {"primary": 45, "junior": 50}
KM = Scale(1.0, "families_chapter.km")
SEATS = Scale(1.0, "families_chapter.seats_unit", 0)
#: A difference of fewer seats in the whole county is not worth a number.
LEAST_SEATS = 45
#: Families: measure, when, kind of column, decimals.
_CONTENT: tuple[tuple[str, str, Kind, int], ...] = (
    ("satisfaction", "last", "percent_interval", 1), ("satisfaction_worst", "last", "percent_interval", 1), ("exits", "yearly", "interval", 0),
    ("returns", "yearly", "interval", 0), ("travel_km", "last", "interval", 2),
)  # fmt: skip
_CHOICE: tuple[tuple[str, str, Kind, int], ...] = (
    ("open_choice_share", "last", "percent_interval", 1), ("first_choice_share", "last", "percent_interval", 1),
    ("good_senior_share", "last", "percent_interval", 1), ("good_senior_gap", "last", "percent_interval", 1),
)  # fmt: skip
#: Differences told in sentences, in this order; the last number is the least worth a number.
_SAID: tuple[tuple[str, str, Scale, float], ...] = (
    ("satisfaction", "last", POINTS, 0.001), ("satisfaction_worst", "last", POINTS, 0.001), ("exits", "yearly", PUPILS, 2.0),
    ("returns", "yearly", PUPILS, 2.0), ("first_choice_share", "last", POINTS, 0.001), ("good_senior_gap", "last", POINTS, 0.001),
    ("travel_km", "last", KM, 0.05),
)  # fmt: skip


def chapter(facts: Facts) -> list[Block]:
    """Return the chapter, heading first."""
    tell = Teller(facts)
    blocks: list[Block] = [Heading(tell.say("families_chapter.title"))]
    lead = [tell.of(key, level, PERCENT) for key in facts.policies if math.isfinite((level := tell.level("families.satisfaction", key)).mean)]
    if lead:
        blocks.append(Paragraph(tell.say("families_chapter.lead", year=facts.last_year, list=tell.semicolons(lead)), "lead"))
    if caution := tell.caution():
        blocks.append(Paragraph(caution, "note"))
    return [*blocks, *_families(tell), *_classes(tell), *_seats(tell)]


def _families(tell: Teller) -> list[Block]:
    facts = tell.facts
    base = Cell(tell.say("chapters.base_year", year=facts.base_year), "quiet")
    blocks: list[Block] = [Heading(tell.say("families_chapter.families"), 2)]
    for name, parts in (("content", _CONTENT), ("choice", _CHOICE)):
        held = [part for part in parts if facts.holds(f"families.{part[0]}")]
        if not held:
            continue
        columns = (
            Column("policy", tell.say("chapters.policy"), weight=1.2),
            *(Column(measure, tell.say(f"families_chapter.{measure}"), tell.say(f"families_chapter.{measure}_unit"), kind, digits)
              for measure, _, kind, digits in held),
        )  # fmt: skip
        rows: list[tuple[Value, ...]] = [
            (base, *(tell.level(f"families.{measure}", facts.policies[0], "base") if when == "last" else None for measure, when, _, _ in held))
        ]
        rows += [(tell.name(key), *(tell.level(f"families.{measure}", key, when) for measure, when, _, _ in held)) for key in facts.policies]
        caption = tell.say(f"families_chapter.{name}_table", year=facts.last_year, years=tell.span())
        blocks.append(Table(f"families_{name}", caption, columns, tell.rows(rows), tell.say(f"families_chapter.{name}_note")))
    said = [
        tell.against(tell.say(f"families_chapter.{measure}_said", year=facts.last_year, years=tell.span()), f"families.{measure}", scale, when,
                     least=least)
        for measure, when, scale, least in _SAID
    ]
    items = tuple(one for one in said if one)
    return [*blocks, Bullets(items)] if items else blocks


def _classes(tell: Teller) -> list[Block]:
    facts = tell.facts
    columns = (
        Column("stage", tell.say("families_chapter.stage"), weight=0.6),
        Column("policy", tell.say("chapters.policy"), weight=1.2),
        Column("mean", tell.say("families_chapter.class_mean"), tell.say("families_chapter.pupils_unit"), "interval", 1),
        Column("largest", tell.say("families_chapter.class_largest"), tell.say("families_chapter.pupils_unit"), "interval", 1),
        Column("over", tell.say("families_chapter.over_cap"), tell.say("families_chapter.classes_unit"), "interval", 1),
        Column("breach", tell.say("families_chapter.breach"), tell.say("families_chapter.schools_unit"), "interval", 1),
        Column("verdict", tell.say("chapters.verdict"), weight=0.7),
    )
    rows: list[tuple[Value, ...]] = []
    judged: dict[str, dict[Tone, list[str]]] = {}
    for stage in STAGES:
        if not facts.holds("official.class_size_largest", stage=stage):
            continue
        label = facts.words.label("stage", stage)
        for key in facts.policies:
            largest = within(facts.spread("official.class_size_largest", key, stage=stage), (0.0, math.inf))
            tone = _judge(largest, CLASS_CAP[stage])
            judged.setdefault(label, {}).setdefault(tone, []).append(tell.inside(key))
            rows.append((
                label, tell.name(key), tell.level("official.class_size_mean", key, stage=stage), largest,
                tell.level("official.classes_over_cap", key, stage=stage), tell.level("official.schools_class_breach", key, stage=stage),
                Cell(tell.say(f"chapters.verdict_{tone}"), tone),
            ))  # fmt: skip
    if not rows:
        return []
    said = [
        tell.say("families_chapter.classes_said", stage=label, cap=cap, parts=tell.semicolons(
            tell.say(f"families_chapter.classes_{tone}", list=tell.listed(found[tone])) for tone in ("meets", "fails", "open") if tone in found))
        for (label, found), cap in zip(judged.items(), (CLASS_CAP[stage] for stage in STAGES if facts.words.label("stage", stage) in judged), strict=True)
    ]  # fmt: skip
    said += [
        tell.against(
            tell.say("families_chapter.over_said", stage=facts.words.inside(facts.words.label("stage", stage)), year=facts.last_year),
            "official.classes_over_cap", CLASSES, stage=stage,
        ) for stage in STAGES if any(tell.draws("official.classes_over_cap", key, stage=stage).max(initial=0.0) > 0 for key in facts.policies)
    ]  # fmt: skip
    return [
        Heading(tell.say("families_chapter.classes"), 2),
        # Where every class is within the limit the sentences say so, and the numbers are in the workbook.
        Table("families_classes", tell.say("families_chapter.classes_table", year=facts.last_year), columns, tell.rows(rows),
              tell.say("families_chapter.classes_note"), only_workbook=all(set(found) == {"meets"} for found in judged.values())),
        Bullets(tuple(one for one in said if one)),
    ]  # fmt: skip


def _judge(largest: Interval, cap: float) -> Tone:
    if not largest.known:
        return "open"
    return "meets" if largest.high <= cap else "fails" if largest.low > cap else "open"


def _seats(tell: Teller) -> list[Block]:
    facts = tell.facts
    held = [
        (stage, zone) for stage in STAGES for zone in ZONES
        if zone in facts.units("families.seats_needed", stage) and any(
            float(np.nanmax(tell.draws(f"families.{what}", key, stage=stage, unit=zone), initial=0.0)) > 0
            for what in ("seats_needed", "seats_empty") for key in facts.policies)
    ]  # fmt: skip
    if not held:
        return []
    blocks: list[Block] = [Heading(tell.say("families_chapter.seats"), 2)]
    head = (
        Column("policy", tell.say("chapters.policy"), weight=1.2),
        Column("stage", tell.say("families_chapter.stage"), weight=0.6),
        Column("zone", tell.say("families_chapter.zone"), weight=0.6),
    )
    unit = tell.say("families_chapter.seats_head")

    def row(key: str, stage: str, zone: str, years: Sequence[int]) -> tuple[Value, ...]:
        labels = (facts.words.label("stage", stage), facts.words.label("zone", zone).capitalize())
        values = (tell.level(f"families.seats_{what}", key, year, stage=stage, unit=zone) for what in ("needed", "empty") for year in years)
        return (tell.name(key), *labels, *values)

    # On paper the baseline's seats now and at the end; what a policy changes is said, and every row is in the workbook.
    first, ends = facts.policies[0], (facts.base_year, facts.last_year)
    columns = (*head, *(
        Column(f"{what}_{year}", tell.say(f"families_chapter.{what}", year=year), unit, "interval", 0) for what in ("needed", "empty") for year in ends
    ))  # fmt: skip
    yearly = (
        *head, Column("year", tell.say("chapters.year")),
        *(Column(what, tell.say(f"families_chapter.{what}", year="").strip(), unit, "interval", 0) for what in ("needed", "empty")),
    )  # fmt: skip
    every = []
    for key in facts.policies:
        for stage, zone in held:
            for year in facts.years:
                whole = row(key, stage, zone, (year,))
                every.append((*whole[:3], str(year), *whole[3:]))
    note = tell.say("families_chapter.seats_note")
    short = any(
        float(np.nanmax(tell.draws("families.seats_needed", first, year, stage=stage, unit=zone), initial=0.0)) > 0
        for stage, zone in held for year in ends
    )  # fmt: skip
    blocks += [
        Table("families_seats", tell.say("families_chapter.seats_table", policy=tell.inside(first)), columns[1:],
              tell.rows(row(first, stage, zone, ends)[1:] for stage, zone in held), note, only_workbook=not short),
        Table("families_seats_every_year", tell.say("families_chapter.seats_every"), yearly, tell.rows(every), note, only_workbook=True),
        Picture("seats", tell.say("families_chapter.seats_picture"), tell.say("families_chapter.seats_alt", years=tell.span()), lambda: _figure(facts)),
    ]  # fmt: skip
    items = tuple(one for stage in STAGES for one in _seats_said(tell, stage) if one)
    return [*blocks, Bullets(items)] if items else blocks


def _sum(tell: Teller, what: str, key: str, stage: str) -> NDArray[np.float64]:
    zones = tell.facts.units(f"families.seats_{what}", stage)
    parts = [tell.draws(f"families.seats_{what}", key, stage=stage, unit=zone) for zone in zones]
    return np.sum(parts, axis=0) if parts else np.full(tell.facts.draws, np.nan)


def _seats_said(tell: Teller, stage: str) -> list[str]:
    """Return how many seats are needed and how many stand empty in the county in the last year, and what policies change of it."""
    facts = tell.facts
    first = facts.policies[0]
    needed, empty = (within(mean_interval(_sum(tell, what, first, stage)), (0.0, math.inf)) for what in ("needed", "empty"))
    if not math.isfinite(needed.mean):
        return []
    label = facts.words.label("stage", stage)
    said = [tell.say("families_chapter.seats_said", stage=label, year=facts.last_year, policy=tell.inside(first), needed=tell.shown(needed, SEATS),
                     empty=tell.shown(empty, SEATS))]  # fmt: skip
    if tell.has_interval:
        for what in ("needed", "empty"):
            effects = {key: mean_interval(_sum(tell, what, key, stage) - _sum(tell, what, first, stage)) for key in facts.others}
            if any(effect.mean for effect in effects.values()):
                inner = facts.words.inside(label)
                said.append(tell.versus(tell.say(f"families_chapter.{what}_said", stage=inner, year=facts.last_year), effects, SEATS, least=LEAST_SEATS))
    return said


def _figure(facts: Facts) -> Chart:
    from edusim.report.seats_figure import draw

    return draw(facts, for_report=True)
