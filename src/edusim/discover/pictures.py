"""From the tables of a discovery to its figures and to what is printed in a terminal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from edusim.discover.futures import Assumption
from edusim.discover.spread import PARTS
from edusim.discover.telling import Teller, percent
from edusim.discover.winning import verdicts
from edusim.language import text as worded
from edusim.report.language import has
from edusim.report.style import Chart
from edusim.report.tables import width_of
from edusim.report.winner_figures import Cell, Side, WinRegion, draw_overview, draw_region

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery


def _footer(found: Discovery, teller: Teller) -> str:
    f = found.futures
    kind, schools = str(f.info.get("data_status", "synthetic")), f.info.get("n_schools")
    data = teller.words(f"data.{kind}") if has(f"data.{kind}") else kind
    return teller.say("footer", data=data, size=teller.say("footer_size", n=schools) if schools else "", n=f"{f.n:,}", draws=f.draws)


def _side(one: Assumption, found: Discovery, rows: Any, arm: str, outcome: str, lang: str) -> Side:
    block = found.futures.block(arm, outcome)
    values = found.futures.table[one.column].to_numpy()[block.rows]
    mine = rows[rows["column"] == one.column] if len(rows) else rows
    low = float(mine["low"].iloc[0]) if len(mine) else math.nan
    high = float(mine["high"].iloc[0]) if len(mine) else math.nan
    name = one.zh if lang == "zh" else one.en[:1].upper() + one.en[1:]
    return Side(name, values, one.group == "ratio", low, high, one.unit.startswith("share"))


def _axes(found: Discovery, teller: Teller, outcome: str, arm: str) -> tuple[str, list[Assumption]]:
    """Return the mode whose region is framed and the two assumptions that matter most: those of its region first, then by score."""
    state = teller.state(outcome, arm)
    by_name = found.futures.by_column
    scores = teller.rows("scores", outcome=outcome, arm=arm, against="best_other")
    total = scores.groupby("column")["score"].sum().sort_values(ascending=False, kind="stable") if len(scores) else {}
    ranked = [str(c) for c in getattr(total, "index", [])]
    for mode in state.order[1:] if state.kind == "first" else state.order:
        box = teller.regions(outcome, arm, mode)
        columns = sorted((str(c) for c in box["column"]), key=ranked.index) if len(box) else []
        if columns and set(columns) <= set(ranked[:2] if len(columns) == 2 else ranked[:1]):
            chosen = list(dict.fromkeys([*columns, *ranked]))[:2]
            return mode, [by_name[c] for c in chosen]
    return "", [by_name[c] for c in ranked[:2]]


def region(found: Discovery, teller: Teller, outcome: str) -> WinRegion:
    """Return all that the win-region figure of an outcome shows."""
    f, arm = found.futures, found.futures.arms[0]
    block = f.block(arm, outcome)
    verdict = verdicts(block, f.outcome(outcome).sign, crossed=f.crossed)
    frame, axes = _axes(found, teller, outcome, arm)
    box = teller.regions(outcome, arm, frame) if frame else teller.tables["boxes"].iloc[:0]
    sides = [_side(one, found, box, arm, outcome, teller.lang) for one in axes]
    shares: dict[str, dict[str, tuple[float, float]]] = {}
    splits: dict[str, dict[str, float]] = {}
    pair = teller.pair(outcome, arm)
    for one in f.arms:
        rows = teller.rows("wins", outcome=outcome, arm=one)
        shares[one] = {str(r["policy"]): (float(r["wins"]), float(r["leads"])) for _, r in rows.iterrows()}
        shares[one]["tie"] = (float(rows["tied"].iloc[0]), float(rows["tied"].iloc[0]))
        split = teller.split(outcome, one, pair)
        if split is not None:
            splits[one] = {part: float(split[part]) for part in PARTS}
    order = [p for p in f.modes if p in pair] + [p for p in pair if p not in f.modes]
    other = found.teller(worded("discover_pictures.zh", teller.lang))
    listed = teller.policies(order)
    return WinRegion(
        title=teller.headline(outcome), subtitle=other.headline(outcome), takeaway=teller.second_line(outcome), footer=_footer(found, teller),
        modes=f.modes, x=sides[0] if len(sides) > 1 else None, y=sides[1] if len(sides) > 1 else None, leader=verdict.leader, clear=verdict.winner >= 0,
        frame=frame, shares=shares, pair=listed, spread=splits,
        is_checked=any(len(teller.regions(outcome, arm, mode)) for mode in f.modes),
        frame_text=f"{teller.words.policy(frame)} {percent(float(box.iloc[0]['held_density']))}" if len(box) else "",
        first=[(teller.capital(teller.called(one)), percent(share)) for one, share in teller.first_to_measure(outcome, arm)],
    )  # fmt: skip


def overview(found: Discovery, teller: Teller, *, for_report: bool = False) -> Chart:
    """Return the matrix of modes and outcomes, without head and foot ``for_report``."""
    f, arm = found.futures, found.futures.arms[0]
    names = [name for name in found.outcomes if f.outcome(name).sign]
    cells: dict[tuple[int, str], Cell] = {}
    for row, name in enumerate(names):
        state = teller.state(name, arm)
        wins = teller.rows("wins", outcome=name, arm=arm).set_index("policy")
        equal = teller.rows("wins", outcome=name, arm="equal").set_index("policy") if "equal" in f.arms and arm != "equal" else None
        effects = teller.rows("effects", outcome=name, arm=arm, against=f.baseline).set_index("policy")
        scale = teller.scale(name, [float(x) for c in ("mean", "low", "high") for x in effects[c]])
        for mode in f.modes:
            effect = effects.loc[mode]
            mean, low, high = (float(effect[c]) for c in ("mean", "low", "high"))
            shown = f"{scale.said(mean, signed=True)}"
            is_known = math.isfinite(low)
            if is_known:
                ends = teller.spanned(scale, low, high)
                shown += worded("discover_pictures.text", teller.lang, ends=ends)
            is_flat = state.kind == "flat"
            cells[row, mode] = Cell(
                math.nan if is_flat else float(wins.loc[mode, "leads"]), float(wins.loc[mode, "wins"]),
                math.nan if equal is None else float(equal.loc[mode, "leads"]), shown, is_known and (low > 0 or high < 0),
                state.kind == "first" and state.order[0] == mode, state.is_carried,
                is_known and (high if f.outcome(name).sign > 0 else -low) < 0,
            )  # fmt: skip
    rows = [(teller.name(name), f.outcome(name).want) for name in names]
    return draw_overview(rows, f.modes, cells, teller.words, takeaway=teller.summary(found.outcomes),
                         footer=_footer(found, teller), for_report=for_report)  # fmt: skip


def drawers(found: Discovery, lang: str, *, for_report: bool = False) -> dict[str, Callable[[], Chart]]:
    """Return what draws the overview and one win-region figure for each outcome whose direction is wanted and which has two modes or more."""
    teller = found.teller(lang)
    names = [name for name in found.outcomes if found.futures.outcome(name).sign]
    draws: dict[str, Callable[[], Chart]] = {}
    if names:
        draws["overview"] = lambda: overview(found, teller, for_report=for_report)
    for name in names if len(found.futures.modes) > 1 else ():
        draws[f"wins-{name}"] = lambda name=name: draw_region(region(found, teller, name), teller.words, for_report=for_report)  # type: ignore[misc]
    return draws


def pictures(found: Discovery, lang: str) -> dict[str, Chart]:
    """Return the figures of :func:`drawers`, drawn."""
    return {name: draw() for name, draw in drawers(found, lang).items()}


def printed(found: Discovery, lang: str) -> str:
    """Return the summary printed in a terminal: per outcome the headline, who wins how often, and the difference from the law in force."""
    teller = found.teller(lang)
    f, arm = found.futures, found.futures.arms[0]
    lines = [teller.about(), ""]
    for name in found.outcomes:
        lines.append(teller.headline(name))
        if f.outcome(name).sign:
            lines += [f"  {line}" for line in _columns(rows_of(teller, name, arm))]
        lines.append("")
    return "\n".join([*lines, teller.say("closing")])


def rows_of(teller: Teller, name: str, arm: str) -> list[list[str]]:
    """Return the table of one outcome as texts: a head, then one row a mode."""
    f = teller.futures
    wins, effects = teller.by_policy("wins", outcome=name, arm=arm), teller.by_policy("effects", outcome=name, arm=arm, against=f.baseline)
    equal = teller.by_policy("wins", outcome=name, arm="equal")
    scale = teller.scale(name, [float(x) for c in ("mean", "low", "high") for x in effects[c]])
    rows = [["", *(teller.say(f"column.{key}") for key in ("best", "interval", "sure", "equal", "law"))]]
    for mode in f.modes if len(effects) else ():
        win, effect = wins.loc[mode], effects.loc[mode]
        low, high = float(effect["low"]), float(effect["high"])
        ends = f" ({teller.spanned(scale, low, high)})" if math.isfinite(low) else ""
        rows.append([
            teller.words.policy(mode), percent(float(win["leads"])), f"{percent(float(win['leads_low']))}–{percent(float(win['leads_high']))}",
            percent(float(win["wins"])) if f.draws > 1 else "–", percent(float(equal.loc[mode, "leads"])) if len(equal) else "–",
            scale.said(float(effect["mean"]), signed=True) + ends,
        ])  # fmt: skip
    return rows


def _columns(rows: list[list[str]]) -> list[str]:
    wide = [max(width_of(row[c]) for row in rows) for c in range(len(rows[0]))]
    return ["  ".join(cell + " " * (w - width_of(cell)) for cell, w in zip(row, wide, strict=True)).rstrip() for row in rows]
