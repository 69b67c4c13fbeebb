"""Where each yuan of a year went: fund, lines with clause and price, ordinary budget, what was left and how split."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.explain.facts import GROUP, SCHOOL, Teller, Told, Value
from edusim.explain.sentences import Words, number, percent
from edusim.rules.context import EVENTS, LINES
from edusim.rules.decisions import SPENDING, Spending

if TYPE_CHECKING:
    from edusim.explain.witness import YearFacts

#: Phase in which what is left of the fund is spent.
LAST = "invest"


@dataclass
class Line:
    """A line of the accounts in one year: yuan asked and paid from the fund, clauses, and how it came about."""

    key: str
    asked: float
    paid: float
    clauses: list[Value]
    price: float | None = None
    unit: str = ""
    prices: list[Value] = field(default_factory=list)
    carried: list[Value] = field(default_factory=list)
    parts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    @property
    def quantity(self) -> float | None:
        """How many units were paid for, where there is a price."""
        return self.paid / self.price if self.price else None


@dataclass
class Accounts:
    """The accounts of one year under one policy."""

    year: int
    fund: float
    full_fund: float
    spent: float
    unfunded: float
    purse: float
    purse_spent: float
    promises: list[Line]
    rest: list[Line]
    left: float
    tilt: Value | None
    is_split: bool
    ordinary: dict[str, float]
    shares: list[tuple[int, int, dict[str, float]]]
    others: list[Told]

    @property
    def lines(self) -> list[Line]:
        """All lines that the fund was asked for."""
        return [*self.promises, *self.rest]

    def total(self, recurrent: bool) -> float:
        """Return yuan spent on recurrent or on one-off lines."""
        return math.fsum(line.paid for line in self.lines if LINES[line.key][0] == recurrent)

    @property
    def off(self) -> float:
        """Yuan by which lines and spending differ; 0 when the accounts add up."""
        return math.fsum(line.paid for line in self.lines) - self.spent - self.purse_spent

    def as_dict(self) -> dict[str, Any]:
        """Return the accounts as plain data."""
        return {
            "year": self.year, "fund": self.fund if math.isfinite(self.fund) else None, "spent": self.spent,
            "unfunded": self.unfunded, "purse": self.purse, "purse_spent": self.purse_spent, "left": self.left, "ordinary": self.ordinary,
            "lines": [
                {"line": line.key, "asked": line.asked, "paid": line.paid, "price": line.price, "quantity": line.quantity,
                 "recurrent": LINES[line.key][0], "clauses": [v.as_dict() for v in line.clauses]} for line in self.lines
            ],
            "schools": [{"school": s, "group": g, "parts": parts} for s, g, parts in self.shares],
        }  # fmt: skip


def accounts(teller: Teller, facts: YearFacts, rows: Any) -> Accounts:
    """Return the accounts of a year, from the calls on its ledger and the records."""
    ledger, year = facts.ledger, facts.year
    heard: dict[tuple[bool, str], list[float]] = {}
    for payment in ledger.heard:
        if payment.purse == "fund":
            both = heard.setdefault((payment.phase == LAST, payment.line), [0.0, 0.0])
            both[0] += payment.asked
            both[1] += payment.paid
    shares = _shares(facts, rows)
    lines = {key: _line(teller, facts, key[1], both[0], both[1], shares) for key, both in heard.items()}
    modes = facts.school["mode"]
    mode = int(modes.max(initial=0))
    tilt = teller.value("finance.member_tilt", year, mode)
    public = np.where(facts.school["private"], 0, facts.school["pupils"])
    member = facts.school["policy_member"]
    fund = teller.value("finance.fund_yuan_year", year, mode)
    return Accounts(
        year, facts.facts["fund"], fund.value if fund else 0.0, float(ledger.spent), float(ledger.unfunded),
        math.fsum(ledger.purse.values()), math.fsum(ledger.purse_spent.values()),
        [line for (last, _), line in lines.items() if not last], [line for (last, _), line in lines.items() if last],
        float(facts.facts.get("left", 0.0)), tilt, bool(public[member].sum() > 0 and public[~member].sum() > 0),
        {k: v for k, v in ledger.ordinary.items() if v}, shares, teller.of_others(year),
    )  # fmt: skip


def _line(
    teller: Teller, facts: YearFacts, key: str, asked: float, paid: float, shares: list[tuple[int, int, dict[str, float]]]
) -> Line:
    row = SPENDING.get(key, Spending())
    # The clause of a line is that of the modes at work; where several are, each has its own.
    modes = sorted({int(m) for m in facts.school["mode"] if m}) or [0]
    cited: list[Value] = []
    for mode in modes:
        cited += [v for v in teller.cited(row.clauses, facts.year, mode) if v not in cited]
    line = Line(key, asked, paid, cited, carried=[v for m in modes for v in teller.values(row.clauses, facts.year, m)])
    prices = [[v for v in (teller.value(path, facts.year, m) for m in modes) if v is not None] for path in row.price]
    # Where modes at work have prices of their own a sum has no one price.
    if prices and all(len({v.value for v in p}) == 1 for p in prices):
        line.price, line.unit, line.prices = math.prod(p[0].value for p in prices), row.unit, [p[0] for p in prices]
    if key == "allowance":
        for place, name in ((2, "a"), (1, "b")):
            rise = float(facts.law[f"allowance.{name}_yuan_month"]) - facts.facts["old_allowance"][place] / 12.0
            people = int(facts.facts["allowance_people"][place])
            if people and rise:
                line.parts.append((f"yuan.class.{name}", {"rise": rise, "n": people}))
    if key == "reward":
        per_class, factor = float(facts.law["reward.per_class_yuan"]), float(facts.law["reward.core_factor"])
        award = float(facts.law["reward.core_award_yuan"])
        for event, price in (("reward_member", per_class), ("reward_core", award * (factor - 1.0))):
            n = math.fsum(parts.get(event, 0.0) for _, _, parts in shares) / price if price else 0.0
            if n:
                line.parts.append((f"yuan.{event}", {"price": price, "n": n, "award": award, "more": percent(factor - 1.0)}))
    return line


def _shares(facts: YearFacts, rows: Any) -> list[tuple[int, int, dict[str, float]]]:
    """Return (school or -1, group or -1, yuan by event) of every school and group that got money of its own."""
    names = list(EVENTS)
    found: dict[int, dict[str, float]] = {}
    for row in rows[(rows["agent_type"] == SCHOOL) & (rows["amount"] > 0) & (rows["event"] < len(names))]:
        event = names[row["event"]]
        if EVENTS[event][0] == "finance":
            parts = found.setdefault(int(row["agent"]), {})
            parts[event] = parts.get(event, 0.0) + float(row["amount"])
    place = {int(i): k for k, i in enumerate(facts.school["id"])}
    out = []
    for row in rows[(rows["agent_type"] == GROUP) & (rows["event"] == names.index("reward_group"))]:
        out.append((-1, int(row["agent"]), {"reward_group": float(row["amount"])}))
    for school, parts in sorted(found.items()):
        row = place[school]
        group = max(int(facts.school["group"][row]), int(facts.school["leads"][row]))
        out.append((school, group if facts.school["mode"][row] else -1, parts))
    return sorted(out, key=lambda s: (s[1] < 0, s[1], s[0]))


def told(book: Accounts, words: Words) -> list[str]:
    """Return the accounts of a year in sentences."""
    say, text, names = words.say, words.text, words.lines()
    endless = not math.isfinite(book.fund)
    if endless:
        lines = [text["yuan.fund_endless"]]
    elif book.fund > 0:
        scaled = say("yuan.fund_scaled", full=number(book.full_fund, 0)) if abs(book.fund - book.full_fund) > 0.5 else ""
        lines = [say("yuan.fund", fund=number(book.fund, 0), scaled=scaled)]
    else:
        lines = [text["yuan.fund_none"]]
    if book.purse > 0:
        lines.append(say("yuan.purse", purse=number(book.purse, 0), spent=number(book.purse_spent, 0)))
    if book.promises:
        lines.append(text["yuan.first"])
        for line in book.promises:
            kind = text["yuan.recurrent" if LINES[line.key][0] else "yuan.once"]
            unpaid = line.asked - line.paid
            lines.append("  · " + say(
                "yuan.line_short" if unpaid > 0.5 else "yuan.line", line=names[line.key], asked=number(line.asked, 0),
                paid=number(line.paid, 0), unpaid=number(unpaid, 0), how=_how(line, words), kind=kind,
            ) + text["stop"])  # fmt: skip
            cites = words.cites(line.clauses)
            lines.append("    " + (say("yuan.by", text=cites) + text["stop"] if cites else words.uncited(line.carried)))
    if book.rest:
        split = text["join"].join(
            say("yuan.line_to", line=names[r.key], paid=number(r.paid, 0), how=_how(r, words)) for r in book.rest
        )
        lines.append(say("yuan.left", left=number(book.left, 0), how=_tilted(book, words), split=split))
        cites = words.cites(v for i, r in enumerate(book.rest) for v in r.clauses if i == 0)
        if cites:
            lines.append("    " + say("yuan.by", text=cites) + text["stop"])
    if book.spent or book.purse_spent or book.fund > 0:
        check = text["yuan.adds_up"] if abs(book.off) < 0.01 else say("yuan.not_adds_up", off=number(book.off, 2))
        both = {"recurrent": number(book.total(True), 0), "once": number(book.total(False), 0), "spent": number(book.spent + book.purse_spent, 0)}
        if endless:
            lines.append(say("yuan.total_endless", check=check, **both))
        else:
            lines.append(say("yuan.total", fund=number(book.fund, 0), unused=number(book.fund - book.spent, 0), check=check, **both))
    if book.unfunded > 0.5:
        lines.append(say("yuan.unfunded", unfunded=number(book.unfunded, 0)))
    if book.ordinary:
        paid = text["join"].join(say("yuan.part", label=names[k], amount=number(v, 0)) for k, v in book.ordinary.items())
        lines.append(say("yuan.ordinary", lines=paid))
    below = [text["yuan.other_stages"], *(line for one in book.others for line in words.paragraph(one))] if book.others else []
    return [f"  {line}" for line in [*lines, *_by_group(book, words), *below]]


def _tilted(book: Accounts, words: Words) -> str:
    """Return how what was left was shared between members and the other schools."""
    if book.tilt is None or not book.is_split:
        return words.text["yuan.alone"]
    mine = book.left * book.tilt.value
    return words.say("yuan.tilt", tilt=words.value(book.tilt, is_bare=True), members=number(mine, 0), others=number(book.left - mine, 0))


def _how(line: Line, words: Words) -> str:
    """Return how a sum came about: price times number, or its parts."""
    say, text = words.say, words.text
    is_short = line.asked - line.paid > 0.5
    if line.parts and not (is_short and line.key == "reward"):  # rewards are counted as paid, allowances as asked for
        shown = (say(k, **{n: v if isinstance(v, str) else number(v) for n, v in values.items()}) for k, values in line.parts)
        return say("yuan.by_class", parts=text["yuan.plus"].join(shown))
    if not line.price:
        return ""
    price = text["yuan.times"].join(words.value(v, is_bare=True) for v in line.prices)
    return say("yuan.how", price=price, unit=text[f"unit.{line.unit}"], n=number(line.asked / line.price))


def _parts(parts: dict[str, float], words: Words) -> str:
    """Return the parts of a school's money, where there is more than its share of equipment and projects."""
    if list(parts) == ["purchase"]:
        return ""
    shown = words.text["list"].join(
        words.say("yuan.part", label=EVENTS[e][2 if words.lang == "zh" else 3], amount=number(v, 0)) for e, v in parts.items()
    )
    return words.say("yuan.parts", parts=shown)


def _by_group(book: Accounts, words: Words) -> list[str]:
    groups: dict[int, list[tuple[int, dict[str, float]]]] = {}
    for school, group, parts in book.shares:
        groups.setdefault(group, []).append((school, parts))
    lines = []
    for group, schools in groups.items():
        shown = words.text["join"].join(
            words.say("yuan.of_school", school=words.school(s) if s >= 0 else words.text["yuan.of_group"],
                      amount=number(sum(parts.values()), 0), parts=_parts(parts, words))
            for s, parts in schools
        )  # fmt: skip
        total = number(math.fsum(v for _, parts in schools for v in parts.values()), 0)
        key = "yuan.outside" if group < 0 else "yuan.by_group"
        lines.append(words.say(key, group=group, total=total, schools=shown))
    return lines


__all__ = ["Accounts", "Line", "accounts", "told"]
