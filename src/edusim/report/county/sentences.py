"""How numbers and lists are written inside the sentences of a report: intervals, money, shares, names joined."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from edusim.language import text
from edusim.report.county.telling import OF_PLACES
from edusim.report.style import number
from edusim.report.summaries import KNOWN_POLICIES, Interval

if TYPE_CHECKING:
    from edusim.report.county.facts import Facts

#: How an interval is written behind its mean.
Form = Literal["", "short", "inner"]
#: Decimals of achievement in SD.
DIGITS = 3
#: Decimals of achievement on the first page.
FEW = 2


def say(facts: Facts, key: str, /, **values: Any) -> str:
    """Return a text of the catalogue in the reader's language."""
    return text(key, facts.lang, **values)


def listed(facts: Facts, names: Sequence[str]) -> str:
    """Return names as a list inside a sentence: ``A、B和C``; ``A, B and C``."""
    if len(names) < 2:
        return "".join(names)
    comma, last = say(facts, "opening.comma"), say(facts, "opening.last")
    return comma.join(names[:-1]) + last + names[-1]


def policies(facts: Facts, keys: Sequence[str]) -> str:
    """Return names of policies as a list inside a sentence; all of three or more that are compared are counted instead."""
    if len(keys) > 2 and list(keys) == facts.others:
        return say(facts, "opening.all_policies", n=len(keys))
    return listed(facts, [facts.words.policy(key) for key in keys])


def inside(facts: Facts, policy: str) -> str:
    """Return the name of a policy inside a sentence: in English ``the status quo``, ``co-built groups``; what a user named stays."""
    name = facts.words.policy(policy)
    if policy not in KNOWN_POLICIES or policy in OF_PLACES:
        return name
    name = facts.words.inside(name)
    if name.endswith(" group"):
        return say(facts, "opening.named.several", name=name)
    return say(facts, "opening.named.the", name=name) if name == "status quo" else name


def within(facts: Facts, keys: Sequence[str]) -> str:
    """Return names of policies as :func:`inside` gives them, as a list; all of three or more that are compared are counted instead."""
    if len(keys) > 2 and list(keys) == facts.others:
        return say(facts, "opening.all_policies", n=len(keys))
    return listed(facts, [inside(facts, key) for key in keys])


def few_digits(*gaps: Interval) -> int:
    """Return the decimals of the first page: one more where an interval would read as a point, or its end, not zero, as zero."""
    return FEW + any(_reads_wrong(gap) for gap in gaps)


def _reads_wrong(gap: Interval) -> bool:
    if not gap.known or _is_same(gap):
        return False
    low, high = round(gap.low, FEW), round(gap.high, FEW)
    return low == high or (gap.clear and 0.0 in (low, high))


def _is_same(gap: Interval) -> bool:
    """Return whether a number is the same in every draw."""
    return math.isclose(gap.low, gap.high, rel_tol=1e-9, abs_tol=1e-12)


def opened(facts: Facts, sentence: str) -> str:
    """Return a sentence with a capital at its beginning, where the language has them."""
    return sentence[:1].upper() + sentence[1:] if facts.lang == "en" else sentence


def against(facts: Facts) -> str:
    """Return what is compared with: the baseline, or the base year where there is none."""
    return facts.words.policy(facts.baseline) if facts.is_paired else say(facts, "opening.base_year", year=facts.base_year)


def clauses(facts: Facts, parts: Sequence[str]) -> str:
    """Return parts of a sentence, parted by semicolons."""
    return say(facts, "opening.semicolon").join(parts)


def most_of(facts: Facts, parts: Sequence[str]) -> str:
    """Return parts of a sentence; of more than five the first four, and that the others stand in the table."""
    if len(parts) <= 5:
        return clauses(facts, parts)
    return say(facts, "opening.others_in_table", parts=clauses(facts, parts[:4]))


def turned(gap: Interval) -> Interval:
    """Return an interval with its sign turned: a fall as a positive number."""
    return Interval(-gap.mean, -gap.high, -gap.low, gap.n)


def scaled(gap: Interval, factor: float) -> Interval:
    """Return an interval in another unit."""
    return Interval(gap.mean * factor, gap.low * factor, gap.high * factor, gap.n)


def amount(facts: Facts, gap: Interval, unit: str = "SD", digits: int = DIGITS, *, signed: bool = False, form: Form = "") -> str:
    """Return ``0.124 SD（95% 区间 0.119 至 0.129）`` in the reader's language; without an interval the mean alone.

    ``form`` is ``short`` for ``0.124 SD（0.119 至 0.129）`` where the text says once that brackets hold 95% intervals, and
    ``inner`` for ``0.124 SD，0.119 至 0.129`` inside other brackets. What is the same in every draw says so.
    """
    gap_unit = say(facts, f"opening.unit.{unit}") if unit else ""
    value = f"{number(gap.mean, digits, signed=signed)}{gap_unit}"
    if not gap.known:
        return value
    kind = f"_{form}" if form else ""
    if _is_same(gap):
        return say(facts, f"opening.amount_same{kind}", value=value)
    edge = "%" if unit == "percent" else ""
    low, high = (f"{number(one, digits, signed=signed)}{edge}" for one in (gap.low, gap.high))
    return say(facts, f"opening.amount{kind}", value=value, low=low, high=high)


def sized(facts: Facts, gap: Interval, unit: str = "SD", digits: int = DIGITS, *, form: Form = "") -> str:
    """Return a difference with its sign."""
    return amount(facts, gap, unit, digits, signed=True, form=form)


def percent(facts: Facts, share: Interval, *, form: Form = "") -> str:
    """Return a share 0-1 as ``40%（95% 区间 22% 至 61%）``."""
    return amount(facts, scaled(share, 100.0), "percent", 0, form=form)


def point(mean: float) -> Interval:
    """Return a number that is written without an interval."""
    return Interval(mean, math.nan, math.nan, 0)


def in_money(facts: Facts, yuan: float) -> str:
    """Return money as an official reads it: ``5,000 万元``; ``50.0 million yuan``."""
    digits = 0 if facts.lang == "zh" and abs(yuan) >= 1e5 else 1
    return say(facts, "opening.money", value=number(yuan / money_unit(facts), digits))


def money_unit(facts: Facts) -> float:
    """Return how many yuan one unit of money is in the reader's language."""
    return 1e4 if facts.lang == "zh" else 1e6


def money(facts: Facts, gap: Interval, *, form: Form = "") -> str:
    """Return an amount of money with its interval, where it varies between draws by more than is written."""
    scale = money_unit(facts)
    digits = 0 if facts.lang == "zh" else 1
    low, high = (number(edge / scale, digits) for edge in (gap.low, gap.high))
    if not gap.known or low == high:
        return in_money(facts, gap.mean)
    return say(facts, f"opening.amount_{form}" if form else "opening.amount", value=in_money(facts, gap.mean), low=low, high=high)


def stage_name(facts: Facts, stage: str) -> str:
    """Return the name of a stage as it stands inside a sentence."""
    return facts.words.inside(facts.words.label("stage", stage))


def indicator_names(facts: Facts, found: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names of indicators given as (stage, key): each once, with its stages in brackets."""
    out = []
    for asked in dict.fromkeys(key for _, key in found):
        stages = list(dict.fromkeys(stage_name(facts, stage) for stage, key in found if key == asked))
        name = facts.words.inside(facts.words.label("indicator", asked))
        out.append(say(facts, "opening.indicator_stages", stages=say(facts, "opening.comma").join(stages), name=name))
    return out


def indicator_name(facts: Facts, stage: str, key: str) -> str:
    """Return ``小学教学仪器设备值``; ``primary: equipment value``."""
    name = facts.words.inside(facts.words.label("indicator", key))
    return say(facts, "opening.indicator", stage=stage_name(facts, stage), name=name)
