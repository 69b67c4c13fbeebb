"""The report's chapter on money: recurrent and one-off, by line and year, what a step costs, what happens when it ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.county.facts import NOTHING, Facts
from edusim.report.county.telling import DUST_YUAN, HOURS, PERCENT, POINTS, SD, TEACHERS, Scale, Teller, ratio
from edusim.report.document.blocks import Block, Bullets, Cell, Column, Heading, Paragraph, Picture, Table, Value
from edusim.report.style import Chart
from edusim.report.summaries import Interval, mean_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

GAP = "learning.core_member_gap"
#: SD of pupils that a step is.
STEP = 0.01
#: Years after the end that are shown beside the last.
AFTER = (1, 2, 3, 5)
#: Lines that are goods, and last.
GOODS = ("equipment", "rooms", "buildings", "sports")
YUAN = Scale(1.0, "chapters.yuan", 0)
#: What else is looked at when money ends: measure, how differences are written.
_BESIDE = (
    ("staffing.rotation_delivered", TEACHERS), ("staffing.leader_hours_given", HOURS), ("staffing.vacancy_share", POINTS), ("learning.core_mean", SD),
    ("learning.weak_mean", SD), ("families.satisfaction", POINTS),
)  # fmt: skip


@dataclass(frozen=True)
class Ending:
    """A run of the same scenario, the same draws, in which no policy has money of its own after a school year.

    ``year`` is the last school year with money; see :meth:`edusim.scenario.Scenario.money_ends`.
    """

    year: int
    facts: Facts


def chapter(facts: Facts, ending: Ending | None = None) -> list[Block]:
    """Return the chapter, heading first.

    Parameters
    ----------
    facts
        What the run's frames say.
    ending
        The same run with money that ends, where it was made.
    """
    tell = Teller(facts)
    blocks: list[Block] = [Heading(tell.say("money_chapter.title"))]
    spent = [tell.of(key, level, tell.money) for key in facts.others if (level := tell.level("money.total", key, "yearly")).mean > DUST_YUAN]
    lead = tell.say("money_chapter.lead", years=tell.span(), list=tell.semicolons(spent)) if spent else tell.say("money_chapter.none")
    blocks.append(Paragraph(lead, "lead"))
    if caution := tell.caution():
        blocks.append(Paragraph(caution, "note"))
    return [*blocks, *_lines(tell), *_steps(tell), *_ends(tell, ending)]


# -- what it was spent on --------------------------------------------------------------------------------


def _lines(tell: Teller) -> list[Block]:
    facts, money = tell.facts, tell.money
    unit, digits = tell.say("money_chapter.unit"), 0 if tell.lang == "zh" else 2
    policies = [key for key in facts.policies if _moves(tell, key)]
    if not policies:
        return []
    lines: Mapping[str, Mapping[str, Any]] = facts.manifest.get("lines", {})

    def row(name: str, measure: str, *, bold: bool = False) -> tuple[Value, ...]:
        values = (tell.cell(_yuan(tell.level(measure, key, "yearly")), money.factor) for key in policies)
        return (Cell(name, bold=bold), *(Cell(value, bold=bold) for value in values))

    def paid(line: str) -> bool:
        return any(tell.level(f"money.line.{line}", key, "yearly").mean > DUST_YUAN for key in policies)

    rows: list[tuple[Value, ...]] = []
    for measure, recurrent in (("recurrent", True), ("one_off", False)):
        rows.append(row(tell.say(f"money_chapter.{measure}"), f"money.{measure}", bold=True))
        rows += [row(f"　{line[tell.lang]}" if tell.lang == "zh" else line["en"].capitalize(), f"money.line.{key}")
                 for key, line in lines.items() if line["recurrent"] is recurrent and paid(key)]  # fmt: skip
    rows.append(row(tell.say("money_chapter.total"), "money.total", bold=True))
    rows.append(row(tell.say("money_chapter.ordinary"), "money.ordinary"))
    rows.append(row(tell.say("money_chapter.unfunded"), "money.unfunded"))
    columns = (Column("line", tell.say("money_chapter.line"), weight=1.6),
               *(Column(key, tell.name(key), unit, "interval", digits) for key in policies))  # fmt: skip
    measures = ("recurrent", "one_off", "total", "ordinary", "unfunded")
    by_year = tuple(
        (tell.name(key), str(year), *(tell.cell(_yuan(tell.level(f"money.{name}", key, year)), money.factor) for name in measures))
        for key in policies for year in facts.years[1:]
    )  # fmt: skip
    year_columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.2), Column("year", tell.say("chapters.year"), weight=0.6),
        *(Column(name, tell.say(f"money_chapter.{name}"), unit, "interval", digits) for name in measures),
    )  # fmt: skip
    blocks: list[Block] = [
        Heading(tell.say("money_chapter.spent"), 2),
        Table("money_lines", tell.say("money_chapter.lines_table", years=tell.span()), columns, tell.rows(rows), tell.say("money_chapter.lines_note"),
              wide=tell.is_wide(policies)),
        Table("money_by_year", tell.say("money_chapter.by_year"), year_columns, by_year, only_workbook=True),
    ]  # fmt: skip
    if _spends(tell):
        blocks.append(Picture("money", tell.say("money_chapter.picture"), tell.say("money_chapter.alt", years=tell.span()), lambda: _money_figure(facts)))
    if said := tuple(one for one in _spent_said(tell) if one):
        blocks.append(Bullets(said))
    return blocks


def _yuan(interval: Interval) -> Interval:
    """Return an amount, 0 where it is but the arithmetic's dust."""
    return Interval(0.0, 0.0, 0.0, interval.n) if interval.known and max(map(abs, interval[:3])) < DUST_YUAN else interval


def _moves(tell: Teller, policy: str) -> bool:
    return any(tell.level(f"money.{name}", policy, "yearly").mean > DUST_YUAN for name in ("total", "ordinary", "unfunded"))


def _spends(tell: Teller) -> bool:
    """Return whether any policy spends money of its own; where none does there is nothing to draw."""
    return any(tell.level("money.total", key, "total").mean > DUST_YUAN for key in tell.facts.policies)


def _spent_said(tell: Teller) -> list[str]:
    facts = tell.facts
    spenders = [key for key in facts.policies if tell.level("money.total", key, "total").mean > DUST_YUAN]
    said = []
    if spenders:
        shares = (tell.of(key, ratio(tell.draws("money.recurrent", key, "total"), tell.draws("money.total", key, "total")), PERCENT) for key in spenders)
        said.append(tell.say("money_chapter.recurrent_said", list=tell.listed(shares)))
        said.append(tell.say("money_chapter.pupil_said", list=tell.listed(tell.of(k, tell.level("money.per_pupil", k, "yearly"), YUAN) for k in spenders)))
    said.append(tell.against(tell.say("money_chapter.ordinary_said", years=tell.span()), "money.ordinary", tell.money, "yearly", least=DUST_YUAN))
    short = [key for key in facts.policies if tell.draws("money.unfunded", key, "total").max(initial=0.0) > DUST_YUAN]
    if short:
        said.append(tell.say("money_chapter.unfunded_said", list=tell.listed(
            tell.of(key, tell.level("money.unfunded", key, "yearly"), tell.money) for key in short)))  # fmt: skip
    elif spenders:
        said.append(tell.say("money_chapter.all_paid"))
    return said


def _money_figure(facts: Facts) -> Chart:
    from edusim.report.money_figure import draw

    return draw(facts, for_report=True)


# -- what a step of the gap costs ------------------------------------------------------------------------


def _extra(tell: Teller, policy: str, *names: str) -> NDArray[np.float64]:
    """Return yuan of all years beyond the baseline's, of the kinds of money named, float64, shape (draws,)."""
    return sum(
        (np.nan_to_num(tell.draws(f"money.{name}", policy, "total")) - np.nan_to_num(tell.draws(f"money.{name}", tell.facts.baseline, "total"))
         for name in names), np.zeros(tell.facts.draws),
    )  # fmt: skip


def _steps(tell: Teller) -> list[Block]:
    facts = tell.facts
    if not facts.is_paired or not facts.holds(GAP):
        return []
    base = facts.baseline
    rows: list[tuple[Value, ...]] = []
    said: list[str] = []
    together: list[str] = []
    none: list[str] = []
    wide: list[str] = []
    for key in facts.others:
        gap, own, both = tell.effect(GAP, key), _extra(tell, key, "total"), _extra(tell, key, "total", "ordinary")
        price = whole = NOTHING
        if gap.clear and gap.mean < 0.0:
            narrower = (tell.draws(GAP, base) - tell.draws(GAP, key)) / STEP
            price, whole = ratio(own, narrower), ratio(both, narrower)
            said.append(tell.of(key, price, tell.money))
            together.append(tell.of(key, whole, tell.money))
        elif gap.clear:
            wide.append(tell.inside(key))
        elif gap.known:
            none.append(tell.inside(key))
        money = (tell.cell(_yuan(one), tell.money.factor) for one in (mean_interval(own), mean_interval(both), price, whole))
        rows.append((tell.name(key), gap, *money))
    n = 6 if said else 4  # no column of prices where nothing has a price
    unit, digits = tell.say("money_chapter.unit"), 0 if tell.lang == "zh" else 1
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.2), Column("gap", tell.say("money_chapter.gap"), "SD", "interval", 3, signed=True),
        Column("extra", tell.say("money_chapter.extra"), unit, "interval", digits),
        Column("extra_whole", tell.say("money_chapter.extra_whole"), unit, "interval", digits),
        Column("price", tell.say("money_chapter.price"), unit, "interval", digits),
        Column("price_whole", tell.say("money_chapter.price_whole"), unit, "interval", digits),
    )  # fmt: skip
    parts = [
        tell.say("money_chapter.step_said", list=tell.semicolons(said)) if said else "",
        tell.say("money_chapter.step_whole", list=tell.semicolons(together)) if together else "",
        tell.say("money_chapter.step_open", list=tell.listed(none)) if none else "",
        tell.say("money_chapter.step_wider", list=tell.listed(wide)) if wide else "",
    ]
    blocks: list[Block] = [
        Heading(tell.say("money_chapter.steps"), 2),
        Table("money_steps", tell.say("money_chapter.steps_table", years=tell.span(), year=facts.last_year), columns[:n],
              tell.rows([row[:n] for row in rows]),
              tell.say("money_chapter.steps_note", base=tell.base)),
    ]  # fmt: skip
    if any(parts):
        blocks.append(Paragraph(tell.told(parts)))
    if facts.draws > 1 and _spends(tell):
        blocks.append(Picture("frontier", tell.say("money_chapter.frontier"), tell.say("money_chapter.frontier_alt"), lambda: _frontier_figure(facts)))
    return blocks


def _frontier_figure(facts: Facts) -> Chart:
    from edusim.report.frontier_figure import draw

    return draw(facts, for_report=True)


# -- when it ends ----------------------------------------------------------------------------------------


def end_of(tell: Teller, policy: str) -> tuple[int, str] | None:
    """Return the last school year of a policy (``policy``) or of its fund (``money``) where it ends inside the run."""
    facts = tell.facts
    years = facts.manifest.get("acting", {}).get(policy, [])
    if years and int(years[-1]) < facts.last_year:
        return int(years[-1]), "policy"
    fund = [tell.value(policy, "finance.fund_yuan_year", year) for year in facts.years]
    paid = [year for year, yuan in zip(facts.years, fund, strict=True) if yuan > 0]
    if paid and max(paid) < facts.last_year:
        return max(paid), "money"
    return None


def _ends(tell: Teller, ending: Ending | None) -> list[Block]:
    facts = tell.facts
    spenders = [key for key in facts.others if tell.level("money.total", key, "total").mean > DUST_YUAN]
    if not spenders:
        return []
    blocks: list[Block] = [Heading(tell.say("money_chapter.ends"), 2)]
    ended = {key: end for key in spenders if (end := end_of(tell, key)) is not None}
    if ended:
        blocks += _inside(tell, ended)
    running = [key for key in spenders if key not in ended]
    if running:
        blocks += _due(tell, running, is_shown=ending is not None)
    if ending is not None and running:
        blocks += _compared(tell, running, ending)
    return blocks


def _left(tell: Teller, now: NDArray[np.float64], then: NDArray[np.float64]) -> Interval:
    """Return which share of an effect is left; nothing where the earlier effect could not be told from none."""
    return ratio(now, then) if mean_interval(then).clear else NOTHING


def _inside(tell: Teller, ended: Mapping[str, tuple[int, str]]) -> list[Block]:
    """What the run itself shows of policies that end, or whose money ends, before its last year."""
    facts = tell.facts
    said, rows = [], []
    for key, (year, kind) in ended.items():
        after = facts.last_year - year
        head = tell.say(f"money_chapter.ended_{kind}", policy=tell.name(key), year=year)
        if not facts.is_paired:
            said.append(head)
            continue
        then, now = (tell.draws(GAP, key, when) - tell.draws(GAP, facts.baseline, when) for when in (year, facts.last_year))
        left = _left(tell, now, then)
        said.append(tell.told([head, _left_said(tell, left, mean_interval(now), after)]))
        rows.append((tell.name(key), str(year), *(tell.cell(mean_interval(one)) for one in (then, now, now - then)),
                     tell.cell(left)))  # fmt: skip
    blocks: list[Block] = [Bullets(tuple(said))]
    if rows:
        columns = (
            Column("policy", tell.say("chapters.policy"), weight=1.2), Column("year", tell.say("money_chapter.last_with"), weight=0.8),
            Column("then", tell.say("money_chapter.then"), "SD", "interval", 3, signed=True),
            Column("now", tell.say("money_chapter.now", year=facts.last_year), "SD", "interval", 3, signed=True),
            Column("change", tell.say("money_chapter.change"), "SD", "interval", 3, signed=True),
            Column("left", tell.say("money_chapter.left"), "%", "percent_interval", 0),
        )  # fmt: skip
        blocks.append(Table("money_after_the_end", tell.say("money_chapter.after_table"), columns, tell.rows(rows),
                            tell.say("money_chapter.after_note", base=tell.base)))  # fmt: skip
    return blocks


def _left_said(tell: Teller, left: Interval, now: Interval, years: int) -> str:
    if not math.isfinite(left.mean):
        return tell.say("money_chapter.left_unknown")
    if not left.known:
        return tell.say("money_chapter.left_once", share=tell.shown(left, PERCENT), years=years)
    key = "left_nothing" if not now.clear else "left_said"
    return tell.say(f"money_chapter.{key}", share=tell.shown(left, PERCENT), years=years)


def _due(tell: Teller, policies: list[str], *, is_shown: bool) -> list[Block]:
    """What falls due every further year, and what stays."""
    facts = tell.facts
    due = (tell.of(key, tell.level("money.recurrent", key), tell.money) for key in policies)
    items = [tell.say("money_chapter.due", year=facts.last_year, list=tell.listed(due))]
    goods = {key: mean_interval(np.sum([np.nan_to_num(tell.draws(f"money.line.{line}", key, "total")) for line in GOODS], axis=0)) for key in policies}
    if any(amount.mean > DUST_YUAN for amount in goods.values()):
        items.append(tell.say("money_chapter.goods", years=tell.span(), list=tell.listed(
            tell.of(key, amount, tell.money) for key, amount in goods.items() if amount.mean > DUST_YUAN)))  # fmt: skip
        life, replaced = (tell.value(policies[0], f"finance.{name}") for name in ("equipment_life_years", "replacement_share"))
        if math.isfinite(life) and math.isfinite(replaced):
            key = "replaced" if replaced >= 1.0 else "worn"
            items.append(tell.say(f"money_chapter.{key}", life=f"{life:g}", share=f"{100 * replaced:g}", left=f"{100 * (1 - replaced):g}"))
    if not is_shown:
        items.append(tell.say("money_chapter.not_shown", year=facts.last_year))
    return [Bullets(tuple(items))]


def _compared(tell: Teller, policies: list[str], ending: Ending) -> list[Block]:
    """The run beside the same run with money that ends: what is left of the effect, year by year after the end."""
    facts, other = tell.facts, Teller(ending.facts)
    last = min(facts.last_year, ending.facts.last_year)
    years = sorted({year for k in AFTER if (year := ending.year + k) <= last} | {last})
    blocks: list[Block] = [Heading(tell.say("money_chapter.compared", year=ending.year), 3)]
    if ending.facts.draws != facts.draws or last <= ending.year:
        return [*blocks, Paragraph(tell.say("money_chapter.cannot_compare"))]
    rows, said = [], []
    for key in policies:
        if key not in ending.facts.policies:
            continue
        left = now = NOTHING
        for year in years:
            full, stopped = tell.draws(GAP, key, year), other.draws(GAP, key, year)
            apart = mean_interval(stopped - full)
            with_money = without = left = NOTHING
            if facts.is_paired:
                base = tell.draws(GAP, facts.baseline, year)
                with_money, without = mean_interval(full - base), mean_interval(stopped - base)
                left, now = _left(tell, stopped - base, full - base), without
            rows.append((tell.name(key), str(year), *(tell.cell(one) for one in (with_money, without, apart, left))))
        if facts.is_paired:
            said.append(tell.say("money_chapter.of_colon", policy=tell.name(key), text=_left_said(tell, left, now, last - ending.year)))
    columns = (
        Column("policy", tell.say("chapters.policy"), weight=1.2), Column("year", tell.say("chapters.year"), weight=0.7),
        Column("with_money", tell.say("money_chapter.with_money"), "SD", "interval", 3, signed=True),
        Column("without", tell.say("money_chapter.without"), "SD", "interval", 3, signed=True),
        Column("apart", tell.say("money_chapter.apart"), "SD", "interval", 3, signed=True),
        Column("left", tell.say("money_chapter.left_of_full"), "%", "percent_interval", 0),
    )  # fmt: skip
    blocks.append(Table("money_ended", tell.say("money_chapter.ended_table", year=ending.year), columns, tell.rows(rows),
                        tell.say("money_chapter.ended_note", base=tell.base if facts.is_paired else "–")))  # fmt: skip
    said += _beside(tell, other, policies, last)
    return [*blocks, Bullets(tuple(said))] if said else blocks


def _beside(tell: Teller, other: Teller, policies: list[str], year: int) -> list[str]:
    """What else differs in the last year between money that ended and money that was paid on."""
    said = []
    for measure, scale in _BESIDE:
        effects = {key: mean_interval(other.draws(measure, key, year) - tell.draws(measure, key, year)) for key in policies if key in other.facts.policies}
        if any(effect.clear for effect in effects.values()):
            name = tell.say("money_chapter.beside", name=tell.facts.words.measure(measure), year=year)
            said.append(tell.versus(name, effects, scale, base=tell.say("money_chapter.paid_on")))
    return [one for one in said if one]


__all__ = ["Ending", "chapter", "end_of"]
