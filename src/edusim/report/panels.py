"""What charts of many panels share: where panels stand, their heads, sums of money, groups of policies in a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, TypeVar

from edusim.errors import RunError
from edusim.language import text
from edusim.report.style import Chart, Words, looks, number, with_interval
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text


T = TypeVar("T", bound=Hashable)
#: Yuan in the unit in which money is written: 万元 and million yuan.
MONEY = {"zh": 1e4, "en": 1e6}


def across_of(n: int, most: int = 4) -> int:
    """Return how many panels stand beside each other: all in one row up to ``most``, else rows as even as can be."""
    return n if n <= most else math.ceil(n / math.ceil(n / most))


def place(index: int, across: int, left: float, right: float, gap: float, width: float) -> tuple[int, float, float]:
    """Return row, left edge and width of panel ``index``, inches, between margins ``left`` and ``right``."""
    row, column = divmod(index, across)
    each = (width - left - right - gap * (across - 1)) / across
    return row, left + column * (each + gap), each


def head(chart: Chart, axes: Axes, words: Words, policies: Sequence[str], policy: str, room: float, lift: float = 0.0) -> Text:
    """Write a policy's name in its colour ``lift`` inches over its panel, with the marker it has in every chart."""
    look = looks(policies)[policy]
    tall = axes.get_position().height * chart.get_size_inches()[1]
    wide = axes.get_position().width * chart.width
    axes.plot(0.05 / wide, 1 + (0.135 + lift) / tall, marker=look.marker, markersize=5.2, color=look.colour, transform=axes.transAxes,
              clip_on=False, zorder=5)  # fmt: skip
    item = axes.annotate(words.policy(policy), (0, 1), xycoords="axes fraction", xytext=(11, 5.5 + 72 * lift), textcoords="offset points",
                         fontsize=9.2, fontweight="bold", color=look.colour, annotation_clip=False)  # fmt: skip
    return chart.shrink(item, room - 0.16)


def money(words: Words, yuan: Interval, *, signed: bool = False) -> str:
    """Return a sum with its interval: 5,000 万元（95% 区间 4,900 至 5,100） or 50.0 million yuan."""
    per = MONEY[words.lang]
    if yuan.mean == 0 and not (yuan.known and yuan.low < yuan.high):
        return f"0 {words('chart.money')}"
    scaled = Interval(yuan.mean / per, yuan.low / per, yuan.high / per, yuan.n)
    if yuan.known and math.isclose(yuan.low, yuan.high, rel_tol=1e-3, abs_tol=per / 200):
        # An interval narrower than the last decimal says nothing more than the mean.
        scaled = Interval(scaled.mean, math.nan, math.nan, scaled.n)
    return with_interval(words, scaled, words("chart.money"), signed=signed)


def bare(interval: Interval) -> Interval:
    """Return the mean without its interval, for a list in which intervals would hide the numbers."""
    return Interval(interval.mean, math.nan, math.nan, interval.n)


def share(words: Words, part: Interval) -> str:
    """Return a share as a percentage with its interval, which ends at 0 and at 100%."""
    value = f"{number(100 * part.mean, 0)}%"
    if not part.known or round(100 * max(0.0, part.low)) == round(100 * min(1.0, part.high)):
        return value
    low, high = number(100 * max(0.0, part.low), 0), number(100 * min(1.0, part.high), 0)
    return words("point_interval", value=value, low=f"{low}%", high=f"{high}%")


def grouped(policies: Sequence[str], of: Callable[[str], T]) -> list[tuple[T, list[str]]]:
    """Return policies that share something, in the order in which they first appear."""
    found: dict[T, list[str]] = {}
    for policy in policies:
        found.setdefault(of(policy), []).append(policy)
    return list(found.items())


def of_all(words: Words, own: Sequence[str], policies: Sequence[str], key: str = "chart.every") -> str:
    """Return policies as a list, or one word where it is all of several."""
    return words(key) if len(own) == len(policies) > 1 else words.policies(own)


def whole_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most ``most`` steps of whole round numbers over ``low..high``."""
    from matplotlib.ticker import MaxNLocator

    return [float(tick) for tick in MaxNLocator(most, steps=[1, 2, 5, 10], integer=True).tick_values(low, high)]


#: Beyond this number of policies a sentence names ends and leaves the rest to the chart.
MOST_NAMED = 4


def clauses(words: Words, parts: Sequence[str]) -> str:
    """Join the clauses of a sentence, empty ones left out; in English the first one gets a capital."""
    said = words("semicolon").join(part for part in parts if part)
    return said[:1].upper() + said[1:]


def nothing(key: str) -> RunError:
    """Return the error of a chart whose data a run does not hold; the page then says so instead of being left out."""
    return RunError("FIG-EMPTY", text(key, "zh"), text(key, "en"))


__all__ = ["MONEY", "MOST_NAMED", "across_of", "bare", "clauses", "grouped", "head", "money", "nothing", "of_all", "place", "share", "whole_ticks"]
