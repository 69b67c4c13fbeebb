"""What the frames of a sensitivity study carry, as numbers and verdicts: what matters, what does not, what cannot be told.

Nothing is said that intervals do not carry. One input is told to matter more than another only where their intervals lie apart; an
input is told not to matter only where the upper end of its total index is below :data:`NOTHING` and the dummy reaches as high as its
lower end; all the rest is open. Shares of several inputs together are bounds: what they explain each by itself is the least that they
decide, and what the others explain each by themselves is not theirs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from edusim.report.sensitivity_rows import DUMMY, NOT_SET, SEED, SET, difference, named, newest, pair_columns

if TYPE_CHECKING:
    import pandas as pd

#: An input whose total index is surely below this does not matter.
NOTHING = 0.02
#: A share of luck above this comes first of what is said.
MOSTLY_LUCK = 0.5
#: Indices by which inputs are compared, best first; the method that has it is the one that is told.
MAIN = ("ST", "mu_star", "delta", "pawn", "vt", "S1")
#: Methods in the order of preference where several have the same index.
METHODS = ("sobol", "chaos", "fast", "dgsm", "morris", "delta", "pawn")


@dataclass(frozen=True)
class Span:
    """An estimate with its interval; NaN where it is not known."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def width(self) -> float:
        """Width of the interval."""
        return self.high - self.low

    def above(self, other: Span) -> bool:
        """Whether this is surely more: both intervals are known and lie apart."""
        return self.known and other.known and self.low > other.high


@dataclass(frozen=True)
class Swing:
    """What an outcome does from the lowest fifth of an input to its highest; ``change`` is the difference of the two means."""

    change: Span
    at_low: Any
    at_high: Any

    @property
    def direction(self) -> int:
        """1 where the outcome surely rises, -1 where it surely falls, 0 where that cannot be told."""
        return 0 if not self.change.known else 1 if self.change.low > 0 else -1 if self.change.high < 0 else 0


@dataclass(frozen=True)
class Reading:
    """What is known of one outcome under one policy.

    Attributes
    ----------
    main, method
        Index by which inputs are compared (one of :data:`MAIN`) and the method that it comes from; empty where there is none.
    is_dead
        Whether the outcome does not vary.
    total, first
        Input -> the main index, and its first-order index.
    dummy
        Main index of the dummy.
    matters, small, nothing, open
        Inputs, largest first: above the dummy and estimated at :data:`NOTHING` or more; above the dummy but surely below it; surely nothing; and
        those of which none of this can be told. Luck and dummy are in none of them.
    leaders
        Those of ``matters`` that no other is surely larger than.
    luck, interplay, explained
        Parts of the variance: seeds; seeds together with inputs; inputs.
    levers, behaviours
        Least and most that levers, and behaviours, decide together.
    pairs
        ``(input, other, S2)`` whose interaction is surely not nothing, largest first.
    through
        Inputs that surely act together with others: their total index lies above their first.
    swings
        Input -> what the outcome does over its range.
    settled
        Whether growth has settled, None where it was not watched; ``widest`` the widest interval at the end,
        ``runs`` the runs at the end.
    q2
        Leave-one-out Q2 of the polynomial chaos; NaN where there is none.
    dropped
        Share of blocks left out because a run in them has no number.
    missing
        What has not settled: of ``width``, ``ranks``, ``screening``, ``steadiness``.
    notes
        Codes of what is to be said beside the numbers, see :data:`edusim.study.sensitivity.noise.NOTES`.
    """

    policy: str
    outcome: str
    main: str = ""
    method: str = ""
    is_dead: bool = False
    total: Mapping[str, Span] = field(default_factory=dict)
    first: Mapping[str, Span] = field(default_factory=dict)
    dummy: Span = Span()
    matters: tuple[str, ...] = ()
    small: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    leaders: tuple[str, ...] = ()
    luck: Span = Span()
    interplay: Span = Span()
    explained: Span = Span()
    levers: Span = Span()
    behaviours: Span = Span()
    pairs: tuple[tuple[str, str, Span], ...] = ()
    through: tuple[str, ...] = ()
    swings: Mapping[str, Swing] = field(default_factory=dict)
    settled: bool | None = None
    widest: float = math.nan
    runs: int = 0
    q2: float = math.nan
    dropped: float = 0.0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_drowned(self) -> bool:
        """Whether the variance of the outcome cannot be told from noise."""
        return "drowned" in self.notes

    @property
    def is_share(self) -> bool:
        """Whether the main index is a share of the variance."""
        return self.main == "ST"

    @property
    def dummy_off(self) -> bool:
        """Whether the dummy surely came out further from nothing than :data:`NOTHING`, so that no index of this outcome is to be relied on."""
        return self.is_share and self.dummy.known and (self.dummy.low > NOTHING or self.dummy.high < -NOTHING)

    @property
    def is_mostly_luck(self) -> bool:
        """Whether more than half of what varies is surely luck."""
        return self.luck.known and self.luck.low > MOSTLY_LUCK


def span(row: Mapping[str, Any], value: str = "value", low: str = "low", high: str = "high") -> Span:
    """Return the estimate and interval of a row."""
    return Span(*(float(row[key]) if row.get(key) is not None else math.nan for key in (value, low, high)))


def together(first: Mapping[str, Span], mine: Sequence[str], others: Sequence[str]) -> Span:
    """Return the least and the most that some inputs decide together; the estimate is the sum of their first-order indices.

    Independent inputs: the closed index of a set is at least the sum of its first-order indices, and at most one less that
    of the others. A sum's interval is the sum of intervals, whatever their correlation; an index is never below nothing.
    """
    if not mine or any(not first[name].known for name in (*mine, *others)):
        return Span(sum(first[name].value for name in mine) if mine else math.nan)
    low = sum(max(0.0, first[name].low) for name in mine)
    most = 1.0 - sum(max(0.0, first[name].low) for name in others)
    return Span(sum(first[name].value for name in mine), min(low, 1.0), max(low, min(1.0, most)))


def _chosen(indices: pd.DataFrame) -> tuple[str, str, pd.DataFrame]:
    """Return the index by which inputs are compared, its method, and all rows of that method."""
    for main in MAIN:
        with_it = indices.loc[indices["index"] == main]
        found = [m for m in METHODS if (with_it["method"] == m).any()] + [m for m in with_it["method"].unique() if m not in METHODS]
        if found:
            return main, str(found[0]), indices[indices["method"] == found[0]]
    return "", "", indices.iloc[:0]


def _is_dead(frames: Mapping[str, pd.DataFrame], rows: pd.DataFrame, where: Mapping[str, str]) -> bool:
    facts = pair_columns(frames["facts"], **where) if "facts" in frames else None
    if facts is not None and "is_dead" in facts and len(facts):
        return bool(facts["is_dead"].fillna(False).astype(bool).any())
    return bool(len(rows)) and bool(rows["value"].isna().all())


def _fact(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str], name: str, method: str = "") -> float:
    if "facts" not in frames or name not in frames["facts"]:
        return math.nan
    rows = pair_columns(frames["facts"], **where)
    if method and "method" in rows:
        rows = rows[rows["method"] == method]
    values = rows[name].dropna()
    return float(values.iloc[-1]) if len(values) else math.nan


def _sorted_out(total: Mapping[str, Span], dummy: Span, main: str) -> dict[str, tuple[str, ...]]:
    """Return inputs by what is known of them, largest first; of an upper bound (``vt``) too what lies below :data:`NOTHING` is nothing."""
    is_share = main in ("ST", "vt")
    floor = max(dummy.high, 0.0) if dummy.known else 0.0
    found: dict[str, list[str]] = {"matters": [], "small": [], "nothing": [], "open": []}
    for name in sorted(total, key=lambda n: (-total[n].value if math.isfinite(total[n].value) else math.inf, n)):
        one = total[name]
        is_above, is_below = one.known and one.low > floor, one.known and one.high < NOTHING and is_share
        is_large = one.value >= NOTHING or main != "ST"
        found["small" if is_above and is_below else "matters" if is_above and is_large else "nothing" if is_below else "open"].append(name)
    return {key: tuple(names) for key, names in found.items()}


def read(frames: Mapping[str, pd.DataFrame], outcome: str, policy: str, info: Mapping[str, Any]) -> Reading:
    """Return what the frames carry of one outcome under one policy.

    Parameters
    ----------
    frames
        See :func:`edusim.study.sensitivity.pictures.pictures`.
    outcome, policy
        Which.
    info
        See :mod:`edusim.report.sensitivity_rows`.
    """
    where = {"policy": policy, "outcome": outcome}
    every = newest(pair_columns(frames["indices"], **where))
    main, method, rows = _chosen(every)
    spans = {(str(r["index"]), str(r["input"])): span(r) for r in rows.to_dict("records") if not r.get("other")}
    of_main = {name: one for (index, name), one in spans.items() if index == main}
    total = {name: one for name, one in of_main.items() if name not in (DUMMY, SEED)}
    first = {name: one for (index, name), one in spans.items() if index == "S1" and name != DUMMY}
    dummy = of_main.get(DUMMY, Span())
    dead = _is_dead(frames, rows[rows["index"] == main], where)
    sorted_out = _sorted_out({} if dead else total, dummy, main)
    matters = sorted_out["matters"]
    leaders = tuple(n for n in matters if not any(total[m].above(total[n]) for m in matters))
    parts = {str(r["part"]): span(r, "share") for r in pair_columns(frames["split"], **where).to_dict("records")} if "split" in frames else {}
    kinds = {name: named(name, info).kind for name in first}
    sides = {
        side: together(first, [n for n in first if kinds[n] in those], [n for n in first if kinds[n] not in those])
        for side, those in (("levers", SET), ("behaviours", NOT_SET))
    }  # fmt: skip
    second = [(str(r["input"]), str(r["other"]), span(r)) for r in rows[rows["index"] == "S2"].to_dict("records")]
    second = [pair for pair in second if DUMMY not in pair[:2]]
    pairs = tuple(sorted((p for p in second if p[2].known and p[2].low > 0), key=lambda p: -p[2].value))
    through = tuple(n for n in matters if main == "ST" and n in first and total[n].above(first[n]))
    settled, widest, runs = _growth(frames, where)
    width = _fact(frames, where, "width", method)
    widest = width if math.isfinite(width) else widest
    if not runs:
        found = _fact(frames, where, "runs", method)
        runs = int(found) if math.isfinite(found) else 0
    dropped, used = _fact(frames, where, "dropped", method), _fact(frames, where, "blocks", method)
    return Reading(
        policy, outcome, main, method, dead, total, first, dummy, matters, sorted_out["small"], sorted_out["nothing"], sorted_out["open"],
        leaders, parts.get("seeds", Span()), parts.get("interaction", Span()), parts.get("parameters", Span()), sides["levers"],
        sides["behaviours"], pairs, through, _swings(frames, where), settled, widest, runs, _fact(frames, where, "q2"),
        dropped / (dropped + used) if dropped > 0 and used >= 0 else 0.0, tuple(_text(frames, where, "unsettled", method).split()),
        _notes(frames, where, method),
    )  # fmt: skip


def _facts_of(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str], name: str, method: str) -> list[Any]:
    if "facts" not in frames or name not in frames["facts"]:
        return []
    rows = pair_columns(frames["facts"], **where)
    return list((rows[rows["method"] == method] if "method" in rows else rows)[name].dropna())


def _text(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str], name: str, method: str) -> str:
    found = _facts_of(frames, where, name, method)
    return str(found[-1]) if found else ""


def _notes(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str], method: str) -> tuple[str, ...]:
    """Return what is to be said beside the numbers, each once."""
    found = [_text(frames, where, name, method) for name in ("note", "split_note")]
    drowned = any(bool(v) for v in _facts_of(frames, where, "drowned", method))
    return tuple(dict.fromkeys(code for code in [*(["drowned"] if drowned else []), *found] if code and code != "dead"))


def _swings(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str]) -> dict[str, Swing]:
    if "swings" not in frames:
        return {}
    found = {}
    for row in pair_columns(frames["swings"], **where).to_dict("records"):
        ends = [[float(row[f"{end}_{what}"]) for what in ("mean", "low", "high")] for end in ("low", "high")]
        found[str(row["input"])] = Swing(Span(*difference(*ends)), row["at_low"], row["at_high"])
    return found


def _growth(frames: Mapping[str, pd.DataFrame], where: Mapping[str, str]) -> tuple[bool | None, float, int]:
    """Return whether growth settled, the widest interval at the end, and the runs at the end."""
    if "growth" not in frames:
        return None, math.nan, 0
    rows = pair_columns(frames["growth"], **where)
    if rows.empty:
        return None, math.nan, 0
    last = rows[rows["n"] == rows["n"].max()]
    ours = last[last["input"] != DUMMY]
    widths = (ours["high"] - ours["low"]).dropna()
    return bool(last["settled"].astype(bool).all()), float(widths.max()) if len(widths) else math.nan, int(last["runs"].max())


def policies_of(frames: Mapping[str, pd.DataFrame], outcome: str) -> list[str]:
    """Return the policies that an outcome was analysed under, in their order."""
    return [str(p) for p in dict.fromkeys(pair_columns(frames["indices"], outcome=outcome)["policy"])]


def outcomes_of(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the outcomes that were analysed, in their order."""
    return [str(o) for o in dict.fromkeys(frames["indices"]["outcome"])]
