"""Inputs of a sensitivity study as a reader meets them: what they are called, of which kind, in which order, and rows to draw them in.

A kind says who decides: a lever (the authority sets it), a behaviour that studies have measured, one that is assumed, the group of the
rest, the luck of the draw, the dummy. Facts that the frames do not hold are given in ``info``:

``inputs``
    input -> ``{"kind", "zh", "en", "unit", "members", "values"}``, all of them optional. ``kind`` is one of :data:`KINDS`; ``members``
    the inputs of a group; ``values`` word -> ``{"zh", "en"}``. What is left out comes from the declaration of the parameter that the name holds
    (``rotation.share``, ``lever.rotation.share`` and ``co_build:rotation.share`` are all that parameter).
``outcomes``, ``names``, ``baseline``, ``data_status``, ``n_schools``
    As in :mod:`edusim.report.map_figures`; ``baseline`` is ``none`` (or empty) where levels are analysed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.report.language import has, text
from edusim.report.map_figures import scale_of
from edusim.report.style import INK, Chart, Words, number, ticks

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

#: Names that every frame uses for the dummy input and for the draw of people and lots.
DUMMY, SEED = "dummy", "seed"
#: In the order in which they are drawn and told; ``other`` is an input of which nothing is known (a reader's own function).
KINDS = ("lever", "measured", "assumed", "rest", "other", "luck", "dummy")
#: Kinds that somebody sets, and kinds that nobody does.
SET, NOT_SET = ("lever",), ("measured", "assumed")
KIND_NAMES: Mapping[str, tuple[str, str]] = {
    "lever": ("县里能定的", "Levers: the county sets them"),
    "measured": ("行为：研究测过", "Behaviour, measured by studies"),
    "assumed": ("行为：无人测过", "Behaviour, assumed"),
    "rest": ("其余各项合为一组", "All the rest as one group"),
    "other": ("输入", "Inputs"),
    "luck": ("偶然", "Luck of the draw"),
    "dummy": ("对照", "Control"),
}
#: Dark, and told apart with every common kind of colour blindness; markers say the same in grey print.
KIND_COLOURS: Mapping[str, str] = {
    "lever": "#0067A5", "measured": "#3D4A57", "assumed": "#A85A12", "rest": "#7E6B8F", "other": "#0B6E6E", "luck": "#6B7480", "dummy": "#8A919A",
}  # fmt: skip
KIND_MARKERS: Mapping[str, str] = {"lever": "D", "measured": "s", "assumed": "^", "rest": "P", "other": "o", "luck": "X", "dummy": "x"}
#: Units that say nothing to an official.
_PLAIN_UNITS = ("utility", "logit", "corr", "weight", "SD/", "1/", "remoteness", "factor", "index")
_OWN_NAMES: Mapping[str, tuple[str, str]] = {
    DUMMY: ("对照列（无作用的随机数）", "dummy (random numbers that do nothing)"), SEED: ("人员与抽签的偶然", "luck of people and lots"),
}  # fmt: skip


@dataclass(frozen=True)
class Named:
    """An input: its name in the frames, its kind, what a reader calls it, its unit, and how many inputs it stands for."""

    name: str
    kind: str
    zh: str
    en: str
    unit: str = ""
    members: tuple[str, ...] = ()
    values: Mapping[str, Any] | None = None

    def called(self, lang: str) -> str:
        """Return what it is called inside a sentence."""
        return self.zh if lang == "zh" else self.en

    def headed(self, lang: str) -> str:
        """Return what it is called at the head of a row."""
        name = self.called(lang)
        return name[:1].upper() + name[1:]


def bare(name: str) -> str:
    """Return the path of the parameter that an input varies: ``lever.co_build:rotation.share`` is ``rotation.share``."""
    for role in ("lever.", "uncertain."):
        name = name.removeprefix(role)
    return name.rpartition(":")[2]


def _plain(content: str) -> str:
    return content.split("（")[0].split(" (")[0].strip()


def named(name: str, info: Mapping[str, Any]) -> Named:
    """Return what an input is: as given in ``info``, else as its parameter is declared, else its own name."""
    from edusim.parameters import shipped

    given: Mapping[str, Any] = (info.get("inputs") or {}).get(name, {})
    path = bare(name)
    declared = shipped().get(path)
    members = tuple(str(m) for m in given.get("members", ()))
    kind = str(given.get("kind", "")) or _kind(name, path, declared, members, info)
    if name in _OWN_NAMES:
        zh, en = _OWN_NAMES[name]
    elif members:
        zh, en = (f"其余 {len(members)} 项", f"the group of {len(members)} other inputs") if name == "rest" else (name, name)
    elif has(f"lever.{path}"):
        zh, en = text(f"lever.{path}", "zh"), text(f"lever.{path}", "en")
    elif declared is not None:
        zh, en = _plain(declared.description_zh), _plain(declared.description_en)
    else:
        zh, en = path, path
    unit = declared.unit if declared is not None else ""
    return Named(name, kind, str(given.get("zh", zh)), str(given.get("en", en)), str(given.get("unit", unit)), members, given.get("values"))


def _kind(name: str, path: str, declared: Any, members: Sequence[str], info: Mapping[str, Any]) -> str:
    if name in (DUMMY, SEED):
        return "dummy" if name == DUMMY else "luck"
    if members:
        kinds = {named(member, info).kind for member in members}
        return kinds.pop() if len(kinds) == 1 and name != "rest" else "rest"
    if name == "rest":
        return "rest"
    measured = declared is not None and declared.status == "evidence"
    if name.startswith("lever."):
        return "lever"
    if name.startswith("uncertain."):
        return "measured" if measured else "assumed"
    if declared is None:
        return "other"
    return "lever" if declared.scope in ("county", "group") else "measured" if measured else "assumed"


def value_text(words: Words, one: Named, value: Any) -> str:
    """Return a value of an input as a reader writes it: percent, yuan, years; words of a choice in the reader's language."""
    try:
        amount = float(value)
    except (TypeError, ValueError):
        found = (one.values or {}).get(str(value)) if one.values else None
        if isinstance(found, Mapping):
            return str(found.get(words.lang, value))
        key = f"lever.{bare(one.name)}.{value}"
        return text(key, words.lang) if has(key) else str(value)
    if not math.isfinite(amount):
        return "–"
    if one.unit.startswith(_PLAIN_UNITS) or not one.unit:
        return number(amount, _digits(amount))
    scale = scale_of(words, one.unit, [amount])
    unit = scale.unit
    if len(unit) > 24 or (words.lang == "zh" and unit.isascii() and unit not in ("", "%", "SD")):
        unit = ""
    digits = _digits(amount * scale.factor)
    return f"{number(amount * scale.factor, digits)}{'' if unit in ('', '%') else ' '}{unit}"


def range_text(words: Words, one: Named, low: Any, high: Any) -> tuple[str, str]:
    """Return the two ends of an input as a reader writes them, the unit once, after the second."""
    first, last = value_text(words, one, low), value_text(words, one, high)
    unit = first.partition(" ")[2]
    return (first.partition(" ")[0] if unit and unit == last.partition(" ")[2] else first), last


def _digits(amount: float) -> int:
    """Return decimals for three figures, none where they say nothing."""
    size = abs(amount)
    most = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 0.1 or size == 0 else 3
    for digits in range(most):
        if abs(round(amount, digits) - amount) < 1e-9 * max(size, 1e-12):
            return digits
    return most


def percent(share: float, *, digits: int = 0) -> str:
    """Return a share as a percentage, as estimated: below nothing and above all stay so; nearly nothing and nearly all say it."""
    if not math.isfinite(share):
        return "–"
    if 0 < share < 0.005 and not digits:
        return "<1%"
    if 0.995 < share < 1 and not digits:
        return ">99%"
    return f"{number(100 * share, digits)}%"


@dataclass(frozen=True)
class Row:
    """A row of a figure: an input, or (``one`` is None) the heading of a kind or a note."""

    one: Named | None
    text: str
    kind: str
    y: float


def order_rows(
    names: Iterable[str], size: Mapping[str, float], info: Mapping[str, Any], lang: str, *, most: int, apart: Mapping[str, str] | None = None,
) -> tuple[list[Row], list[str], float]:  # fmt: skip
    """Return rows in the order of kinds, largest first within each, and the inputs that are left out.

    Parameters
    ----------
    names
        Inputs.
    size
        By what they are ordered and, where there are more than ``most``, chosen; NaN is least.
    info, lang
        See the module.
    most
        Most inputs that are drawn; dummy and luck always are.
    apart
        Kind -> note in place of what is left out of it, with ``{n}``.

    Returns
    -------
    rows, left_out, height
        Rows with y downwards from 0; names that are not drawn; and the height of all rows, in rows.
    """
    ones = [named(name, info) for name in dict.fromkeys(names)]

    def rank(one: Named) -> float:
        found = size.get(one.name, math.nan)
        return found if math.isfinite(found) else -math.inf

    fixed = [one for one in ones if one.kind in ("luck", "dummy", "rest")]
    free = sorted((one for one in ones if one not in fixed), key=lambda one: (-rank(one), one.name))
    drawn = {one.name for one in [*free[: max(0, most - len(fixed))], *fixed]}
    rows: list[Row] = []
    y = 0.0
    for kind in KINDS:
        mine = sorted((one for one in ones if one.kind == kind), key=lambda one: (-rank(one), one.name))
        if not mine:
            continue
        y += 0.35 if rows else 0.0
        if kind not in ("luck", "dummy", "rest"):  # these say by their own name what they are
            rows.append(Row(None, KIND_NAMES[kind][0 if lang == "zh" else 1], kind, y + 0.45))
            y += 0.9
        for one in (o for o in mine if o.name in drawn):
            rows.append(Row(one, one.headed(lang), kind, y + 0.5))
            y += 1.0
        hidden = [one for one in mine if one.name not in drawn]
        if hidden:
            note = (apart or {}).get(kind, "+ {n}").format(n=len(hidden))
            rows.append(Row(None, note, "", y + 0.45))
            y += 0.9
    return rows, [one.name for one in free if one.name not in drawn], y


def write_names(chart: Chart, rows: Sequence[Row], left: float, top: float, width: float, unit: float) -> None:
    """Write the names of rows at the left: headings bold in the colour of their kind, with a band of that colour beside its rows.

    Parameters
    ----------
    chart
        Page.
    rows
        As of :func:`order_rows`.
    left, top, width
        Inches: left edge, top of the first row (from the foot of the body), and the room for names.
    unit
        Inches a row.
    """
    from matplotlib.patches import Rectangle

    page_width, page_height = chart.get_size_inches()
    kinds: dict[str, list[float]] = {}
    for row in rows:
        y = top - row.y * unit
        if row.one is None:
            item = chart.say(left + (0.0 if row.kind else 0.12), y, row.text, fontsize=8.6 if row.kind else 7.6, va="center",
                             fontweight="bold" if row.kind else "normal", color=KIND_COLOURS.get(row.kind, "#66707C"))  # fmt: skip
            chart.shrink(item, width)
            continue
        own = row.kind in ("luck", "dummy", "rest")
        item = chart.say(left + 0.12, y, "", fontsize=8.6, va="center", linespacing=1.12, color=KIND_COLOURS[row.kind] if own else INK)
        fit_name(chart, item, row.text, width - 0.18, unit)
        kinds.setdefault(row.kind, []).append(y)
    for kind, ys in kinds.items():
        low, high = min(ys) - 0.42 * unit, max(ys) + 0.42 * unit
        chart.add_artist(Rectangle((left / page_width, (low + chart.foot) / page_height), 0.045 / page_width, (high - low) / page_height,
                                   facecolor=KIND_COLOURS[kind], edgecolor="none", transform=chart.transSubfigure))  # fmt: skip


def fit_name(chart: Chart, item: Any, content: str, width: float, height: float) -> None:
    """Write a name on at most as many lines as ``height`` inches hold, smaller where it must, cut with … as a last resort."""
    for size in (8.6, 8.0, 7.4, 6.8):
        item.set_fontsize(size)
        chart.fit(item, content, width)
        if chart.height_of(item) <= height * 0.98:
            return
    while len(content) > 8 and chart.height_of(item) > height * 0.98:
        content = content[:-2].rstrip(" …") + "…"
        chart.fit(item, content, width)


def frame_rows(axes: Axes, rows: Sequence[Row], height: float, *, share: bool) -> None:
    """Set the y axis of a panel of rows: no ticks, faint bands under the headings of kinds, a grid across."""
    axes.set_ylim(height, 0.0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    for row in rows:
        if row.one is not None:
            axes.axhline(row.y, color="#F1F3F5", linewidth=0.6, zorder=0)
    if share:
        from matplotlib.ticker import FuncFormatter

        axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{number(100 * v, 0)}%"))


def round_ticks(axes: Axes, most: int, *, along: str = "x") -> None:
    """Give an axis at most about ``most`` round ticks, none outside its limits."""
    low, high = axes.get_xlim() if along == "x" else axes.get_ylim()
    places = [float(v) for v in ticks(most).tick_values(low, high) if low <= v <= high]
    (axes.set_xticks if along == "x" else axes.set_yticks)(places)


def newest(frame: pd.DataFrame, *, by: Sequence[str] = ("policy", "outcome", "method")) -> pd.DataFrame:
    """Return the rows of the largest design of every policy, outcome and method; the frame itself where it has no ``n``."""
    if "n" not in frame or frame.empty:
        return frame
    keys = [key for key in by if key in frame]
    most = frame.groupby(keys, dropna=False)["n"].transform("max") if keys else frame["n"].max()
    found: pd.DataFrame = frame[frame["n"] == most]
    return found


def whisker(axes: Axes, y: float, low: float, high: float, *, colour: str = INK, size: float = 0.16, width: float = 1.1, zorder: float = 5) -> None:
    """Draw an interval with its ends; nothing where it is not known."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return
    axes.plot([low, high], [y, y], color=colour, linewidth=width, zorder=zorder, solid_capstyle="butt")
    for end in (low, high):
        axes.plot([end, end], [y - size / 2, y + size / 2], color=colour, linewidth=width, zorder=zorder, solid_capstyle="butt")


def limits(values: Iterable[float], *, least: float = 0.05, zero: bool = True) -> tuple[float, float]:
    """Return limits that hold every finite value and (``zero``) nothing, with a little air; intervals are never cut."""
    found = [float(v) for v in values if math.isfinite(float(v))]
    low, high = (min(found), max(found)) if found else (0.0, 1.0)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = 0.04 * max(high - low, least)
    if not zero:
        return low - room, high + room
    return (low - room if low < 0 else 0.0), (high + room if high > 0 else 0.0 if low < 0 else least)


def reading_height(content: str, lang: str) -> float:
    """Return about how high the line on how to read a figure will be, inches."""
    wide = sum(0.106 if ord(character) >= 0x2E80 else 0.0487 for character in content)
    return 0.16 * math.ceil(wide / 7.92) + (0.1 if lang == "zh" else 0.12)


def difference(low: Sequence[float], high: Sequence[float]) -> tuple[float, float, float]:
    """Return the difference of two nearly independent estimates with its interval, from ``(value, low, high)`` of each.

    Each side of the interval is the root of the squares of the sides that it comes from: the method of variance estimates recovery
    of Zou and Donner (2008, Statistics in Medicine 27, 1693-1702). NaN ends where one of the four is not known.
    """
    value = high[0] - low[0]
    if not all(math.isfinite(v) for v in (*low, *high)):
        return value, math.nan, math.nan
    return value, value - math.hypot(high[0] - high[1], low[2] - low[0]), value + math.hypot(high[2] - high[0], low[0] - low[1])


def pair_columns(frame: pd.DataFrame, **where: Any) -> pd.DataFrame:
    """Return the rows of a frame whose columns have these values; none where a column is missing."""
    mask = np.ones(len(frame), dtype=bool)
    for column, value in where.items():
        if column not in frame:
            return frame.iloc[:0]
        mask &= (frame[column] == value).to_numpy()
    return frame[mask]


__all__ = [
    "DUMMY", "KINDS", "KIND_COLOURS", "KIND_MARKERS", "KIND_NAMES", "NOT_SET", "SEED", "SET", "Named", "Row", "bare", "difference", "fit_name", "frame_rows",
    "limits", "named", "newest", "order_rows", "pair_columns", "percent", "range_text", "reading_height", "round_ticks", "value_text", "whisker", "write_names",
]  # fmt: skip
