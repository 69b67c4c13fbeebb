"""From the tables of a discovery to its figures and to what is printed in a terminal."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.discover.futures import Assumption
from edusim.discover.spread import PARTS
from edusim.discover.telling import CLOSING, Teller, percent
from edusim.discover.winning import verdicts
from edusim.report.style import Chart
from edusim.report.tables import width_of
from edusim.report.winner_figures import Cell, Side, WinRegion, draw_overview, draw_region

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery


def _footer(found: Discovery, teller: Teller) -> str:
    zh, f = teller.zh, found.futures
    schools = f.info.get("n_schools")
    kind = str(f.info.get("data_status", "synthetic"))
    from edusim.report.language import has

    data = teller.words(f"data.{kind}") if has(f"data.{kind}") else kind
    if zh:
        size = f"{schools} 所学校；" if schools else ""
        return f"数据：{data}；{size}{f.n:,} 种未来，每种 {f.draws} 次成对抽样。情景推演，不是预测；因果效应大小尚无研究测出 | Not a forecast"
    size = f"{schools} schools; " if schools else ""
    return f"Data: {data}; {size}{f.n:,} futures, {f.draws} paired draws each. Scenarios, not a forecast; no causal effect size is known | 不是预测"


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
    other = found.teller("en" if teller.zh else "zh")
    listed = teller.policies(order)
    return WinRegion(
        title=teller.headline(outcome), subtitle=other.headline(outcome), takeaway=teller.second_line(outcome), footer=_footer(found, teller),
        modes=f.modes, x=sides[0] if len(sides) > 1 else None, y=sides[1] if len(sides) > 1 else None, leader=verdict.leader, clear=verdict.winner >= 0,
        frame=frame, shares=shares, pair=listed, spread=splits,
        frame_text=f"{teller.words.policy(frame)} {percent(float(box.iloc[0]['held_density']))}" if len(box) else "",
        first=[(one.zh if teller.zh else one.en, percent(share)) for one, share in teller.first_to_measure(outcome, arm)],
    )  # fmt: skip


def overview(found: Discovery, teller: Teller) -> Chart:
    """Return the matrix of modes and outcomes."""
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
                shown += f"（{ends}）" if teller.zh else f" ({ends})"
            is_flat = state.kind == "flat"
            cells[row, mode] = Cell(
                math.nan if is_flat else float(wins.loc[mode, "leads"]), float(wins.loc[mode, "wins"]),
                math.nan if equal is None else float(equal.loc[mode, "leads"]), shown, is_known and (low > 0 or high < 0),
                state.kind == "first" and state.order[0] == mode,
            )  # fmt: skip
    rows = [(teller.capital(teller.name(name)), f.outcome(name).want) for name in names]
    return draw_overview(rows, f.modes, cells, teller.words, takeaway=teller.summary(found.outcomes), footer=_footer(found, teller))


def pictures(found: Discovery, lang: str) -> dict[str, Chart]:
    """Return the overview and one win-region figure for each outcome whose direction is wanted and which has two modes or more."""
    teller = found.teller(lang)
    names = [name for name in found.outcomes if found.futures.outcome(name).sign]
    charts = {"overview": overview(found, teller)} if names else {}
    if len(found.futures.modes) > 1:
        charts |= {f"wins-{name}": draw_region(region(found, teller, name), teller.words) for name in names}
    return charts


def printed(found: Discovery, lang: str) -> str:
    """Return the summary printed in a terminal: per outcome who wins how often, and the headline."""
    teller = found.teller(lang)
    zh, f, arm = teller.zh, found.futures, found.futures.arms[0]
    lines = [teller.about(), ""]
    names = [name for name in found.outcomes if f.outcome(name).sign]
    for name in names:
        wins = teller.rows("wins", outcome=name, arm=arm).set_index("policy")
        effects = teller.rows("effects", outcome=name, arm=arm, against=f.baseline).set_index("policy")
        scale = teller.scale(name, [float(x) for c in ("mean", "low", "high") for x in effects[c]])
        lines.append(teller.headline(name))
        head = ["", "最好" if zh else "best", "95%", "断定" if zh else "sure", "比值相等" if zh else "ratios equal", "与现行法规之差" if zh else "against the law"]
        table = [head]
        for mode in f.modes:
            win, effect = wins.loc[mode], effects.loc[mode]
            same = teller.rows("wins", outcome=name, arm="equal", policy=mode) if arm != "equal" else wins.iloc[:0]
            ends = "" if not np.isfinite(float(effect["low"])) else f" ({teller.spanned(scale, float(effect['low']), float(effect['high']))})"
            table.append([
                teller.words.policy(mode), percent(float(win["leads"])), f"{percent(float(win['leads_low']))}–{percent(float(win['leads_high']))}",
                percent(float(win["wins"])), percent(float(same["leads"].iloc[0])) if len(same) else "–", scale.said(float(effect["mean"]), signed=True) + ends,
            ])  # fmt: skip
        wide = [max(width_of(row[c]) for row in table) for c in range(len(head))]
        for row in table:
            lines.append("  " + "  ".join(cell + " " * (w - width_of(cell)) for cell, w in zip(row, wide, strict=True)).rstrip())
        lines.append("")
    for name in found.outcomes:
        if name not in names:
            lines += [teller.headline(name), ""]
    return "\n".join([*lines, CLOSING[lang]])
