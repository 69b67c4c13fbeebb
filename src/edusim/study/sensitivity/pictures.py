"""Figures and pages of a sensitivity study, from its frames.

Frames are long, one row a number; each but ``indices`` may be missing, and what it would show is then left out:

``indices``
    policy, outcome, method, n, index (``S1 ST S2 Sclosed mu mu_star sigma vt delta pawn``), input (an input, a group, ``dummy`` or ``seed``), other
    (second of a pair, or the empty string), value, low, high, raw. Of several ``n`` the largest is drawn; several methods may stand
    side by side (the road: morris, chaos, sobol).
``split``
    policy, outcome, part (``parameters``, ``seeds``, ``interaction``, ``unexplained``), share, low, high.
``swings``
    policy, outcome, input, at_low, at_high (values of the factor that stand for its lowest and highest fifth: numbers or words),
    low_mean, low_low, low_high, high_mean, high_low, high_high.
``growth``
    policy, outcome, n, runs, index, input, value, low, high, settled (whether that design was enough).
``together``
    policy, outcome, input, other, x, y, mean, low, high, alone, beyond, beyond_low, beyond_high.
``facts``
    One row a policy, outcome and method; any of: is_dead, drowned, q2, runs, blocks (used), dropped (blocks left out for want of a number), width
    (widest interval), unsettled (what is missing: ``width ranks screening steadiness``), note and split_note (codes of
    :data:`edusim.study.sensitivity.noise.NOTES`).
``choice``
    What a screening chose, one row an input: input, share, influential, why (see :mod:`edusim.study.sensitivity.road`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.report import interaction_figure, screening_figures, sensitivity_figures
from edusim.report.page import limits_text
from edusim.report.sensitivity_figures import Head
from edusim.report.sensitivity_rows import DUMMY, SEED, order_rows, pair_columns, percent
from edusim.report.style import Chart, number, save
from edusim.study.sensitivity.reading import Reading, span
from edusim.study.sensitivity.telling import Teller, paragraph

if TYPE_CHECKING:
    import pandas as pd

LANGUAGES = ("zh", "en")


#: Points of a policy that stand on a brief page.
BRIEF = ("decides", "sides", "way")


def names_of(frames: Mapping[str, pd.DataFrame], outcome: str) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield (file name without language, kind of figure, pair of inputs of an interaction map) of what can be drawn of an outcome."""
    rows = pair_columns(frames["indices"], outcome=outcome)
    by = {method: set(part["index"]) for method, part in rows.groupby("method")}
    shares = [method for method, found in by.items() if "ST" in found]
    if shares or any(found & {"delta", "pawn", "vt"} for found in by.values()):
        yield f"indices-{outcome}", "indices", ("", "")
    if len(pair_columns(frames["swings"], outcome=outcome)) if "swings" in frames else 0:
        yield f"swings-{outcome}", "swings", ("", "")
    if "together" in frames:
        pairs = pair_columns(frames["together"], outcome=outcome)
        for x, y in dict.fromkeys(zip(pairs["input"].astype(str), pairs["other"].astype(str), strict=True)):
            yield f"together-{outcome}-{x}-{y}".replace("/", "-").replace(":", "-"), "together", (x, y)
    if len(pair_columns(frames["growth"], outcome=outcome)) if "growth" in frames else 0:
        yield f"growth-{outcome}", "growth", ("", "")
    if "mu_star" in by.get("morris", ()):
        yield f"screening-{outcome}", "screening", ("", "")
    if "chaos" in shares and len(shares) > 1:
        yield f"chaos-{outcome}", "chaos", ("", "")


def figures(frames: Mapping[str, pd.DataFrame], info: Mapping[str, Any], lang: str = "zh", *, outcomes: Sequence[str] = ()) -> dict[str, Chart]:
    """Return every figure that the frames can fill: name -> a matplotlib figure.

    Parameters
    ----------
    frames
        See the module.
    info
        See :mod:`edusim.report.sensitivity_rows`; also ``target``, the width of interval that growth aimed at.
    lang
        ``zh`` or ``en``.
    outcomes
        Which; all if left out.
    """
    return {name: draw() for name, draw in drawers(frames, info, lang, outcomes)}


def of_function(found: pd.DataFrame) -> tuple[dict[str, pd.DataFrame], dict[str, Any]]:
    """Return what :func:`edusim.study.sensitivity.analyse` found as frames, and facts to draw and tell them with.

    Parameters
    ----------
    found
        What ``analyse`` returned.

    Returns
    -------
    frames, info
        To be given to :func:`figures`, :func:`pictures`, :func:`page` and :func:`paragraph`; names of inputs may be put into ``info["inputs"]``.
    """
    import pandas as pd

    is_share = found["index"] == "share"
    shares = found[is_share].rename(columns={"input": "part", "value": "share"})
    frames = {
        "indices": found[~is_share].assign(policy=""),
        "split": shares[["outcome", "part", "share", "low", "high"]].assign(policy=""),
    }
    facts = found.attrs.get("facts", {})
    if facts:
        frames["facts"] = pd.DataFrame([
            {"policy": "", "outcome": outcome, **{k: v for k, v in told.items() if isinstance(v, (bool, int, float, str))}} for outcome, told in facts.items()
        ])  # fmt: skip
    if found.attrs.get("growth"):
        frames["growth"] = pd.DataFrame(found.attrs["growth"]).assign(policy="")
    return frames, {"baseline": "none", "data_status": "", "names": {"": {"zh": "函数", "en": "function"}}}


def drawers(
    frames: Mapping[str, pd.DataFrame], info: Mapping[str, Any], lang: str, outcomes: Sequence[str] = (), *, for_report: bool = False
) -> Iterator[tuple[str, Callable[[], Chart]]]:
    """Yield the name of every figure that the frames can fill and what draws it, without head and foot ``for_report``; see :func:`figures`."""
    teller, other = Teller(frames, info, lang), Teller(frames, info, "en" if lang == "zh" else "zh")
    for outcome in outcomes or teller.outcomes:
        for name, kind, pair in names_of(frames, outcome):
            yield name, lambda outcome=outcome, kind=kind, pair=pair: _draw(teller, other, outcome, kind, pair, for_report)  # type: ignore[misc]


def _head(teller: Teller, other: Teller, outcome: str, kind: str, pair: tuple[str, str]) -> Head:
    if kind == "indices":
        return Head(teller.headline(outcome), other.headline(outcome), teller.second_line(outcome), teller.footer(outcome))
    titles = []
    for one in (teller, other):
        sides = {side: one.words.inside(one.named(n).called(one.lang)) for side, n in zip("xy", pair, strict=True)} if kind == "together" else {}
        titles.append(one.say(f"title.{kind}", name=one.name(outcome), **sides))
    take = {"swings": _take_swings, "growth": _take_growth, "screening": _take_screening, "chaos": _take_chaos}
    told = _take_together(teller, outcome, pair) if kind == "together" else take[kind](teller, outcome)
    return Head(titles[0], titles[1], teller.capital(told), teller.footer(outcome))


def _draw(teller: Teller, other: Teller, outcome: str, kind: str, pair: tuple[str, str], for_report: bool) -> Chart:
    head, frames, words = _head(teller, other, outcome, kind, pair), teller.frames, teller.words
    if kind == "indices":
        return sensitivity_figures.draw_indices(frames["indices"], outcome, words, head, split=frames.get("split"), for_report=for_report)
    if kind == "swings":
        return sensitivity_figures.draw_swings(frames["swings"], outcome, words, head, for_report=for_report)
    if kind == "together":
        share = {policy: teller.share(found) for policy, found in _s2(teller, outcome, pair).items()}
        return interaction_figure.draw_together(frames["together"], outcome, pair, words, head, share=share, for_report=for_report)
    if kind == "growth":
        return interaction_figure.draw_growth(frames["growth"], outcome, words, head, target=teller.info.get("target"), for_report=for_report)
    if kind == "screening":
        return screening_figures.draw_screening(frames["indices"], outcome, words, head, for_report=for_report)
    q2 = {one.policy: one.q2 for one in teller.readings(outcome)}
    return screening_figures.draw_chaos(frames["indices"], outcome, words, head, q2=q2, for_report=for_report)


# -- the sentence above each figure ------------------------------------------------------------------------


def _take_swings(teller: Teller, outcome: str) -> str:
    told = {}
    for one in teller.readings(outcome):
        sure = sorted((n for n, s in one.swings.items() if s.direction and n not in (DUMMY, SEED)), key=lambda n: -abs(one.swings[n].change.value))
        first = [n for n in sure if n in one.matters][:1] or sure[:1]
        told[one.policy] = teller.swing(one, first[0]) if first else teller.say("take.swings.none")
    return teller.by_policy(told)


def _s2(teller: Teller, outcome: str, pair: tuple[str, str]) -> dict[str, Any]:
    """Return the second-order index of a pair, by policy."""
    found = {}
    for one in teller.readings(outcome):
        rows = pair_columns(teller.frames["indices"], policy=one.policy, outcome=outcome, method=one.method, index="S2")
        mine = rows[[{a, b} == set(pair) for a, b in zip(rows["input"], rows["other"], strict=True)]]
        if len(mine):
            found[one.policy] = span(mine.iloc[-1].to_dict())
    return found


def _take_together(teller: Teller, outcome: str, pair: tuple[str, str]) -> str:
    told = {}
    shares = _s2(teller, outcome, pair)
    for one in teller.readings(outcome):
        cells = pair_columns(teller.frames["together"], policy=one.policy, outcome=outcome, input=pair[0], other=pair[1])
        cells = cells[cells[["beyond", "beyond_low", "beyond_high"]].notna().all(axis=1)]
        if cells.empty:
            continue
        sure = (cells["beyond_low"] > 0) | (cells["beyond_high"] < 0)
        chance = 0.05 * len(cells)
        # More than chance: above the mean by two standard deviations of as many coins that fall one in twenty times.
        is_more = int(sure.sum()) > chance + 2 * math.sqrt(0.95 * chance)
        most = float(cells.loc[sure if is_more else cells.index, "beyond"].abs().max())
        said = teller.say(
            f"take.together.{'sure' if is_more else 'none'}", sure=int(sure.sum()), n=len(cells),
            chance=number(chance, 0 if chance >= 1 else 1), **({"most": teller.scale(outcome, [most]).said(most)} if is_more else {}),
        )  # fmt: skip
        share = shares.get(one.policy)
        if share is not None and share.known:
            key = "s2_none" if not share.low > 0 else "s2" if is_more else "though"
            said += teller.say(f"take.together.{key}", share=teller.share(share))
        told[one.policy] = said
    return teller.by_policy(told) if told else ""


def _take_growth(teller: Teller, outcome: str) -> str:
    settled: dict[int, list[str]] = {}
    parts = []
    for one in teller.readings(outcome):
        rows = pair_columns(teller.frames["growth"], policy=one.policy, outcome=outcome)
        by_runs = rows.groupby("runs")["settled"].all()
        if one.settled:
            settled.setdefault(int(by_runs[::-1].cummin()[lambda s: s].index.min()), []).append(one.policy)
        elif one.settled is False:
            name = teller.policy(one.policy)
            parts.append(teller.say("take.growth.open", policies=name, runs=f"{one.runs:,}", widest=number(one.widest, 3)))
    first = [teller.say("take.growth.settled", policies=teller.listed([teller.policy(p) for p in ps]), runs=f"{n:,}") for n, ps in sorted(settled.items())]
    return teller.say("semicolon").join([*first, *parts])


def _take_screening(teller: Teller, outcome: str) -> str:
    return teller.by_policy({policy: teller.screened(outcome, policy) for policy in teller.policies(outcome)})


def _take_chaos(teller: Teller, outcome: str) -> str:
    return teller.by_policy({one.policy: "".join(teller._chaos(one)) for one in teller.readings(outcome)})


# -- files and pages ---------------------------------------------------------------------------------------


def pictures(
    frames: Mapping[str, pd.DataFrame],
    folder: str | Path,
    info: Mapping[str, Any],
    *,
    langs: Sequence[str] = LANGUAGES,
    formats: Sequence[str] = ("png", "svg"),
    outcomes: Sequence[str] = (),
) -> list[Path]:
    """Draw every figure that the frames can fill, and write it.

    Parameters
    ----------
    frames
        See the module.
    folder
        Where the files go; made when it is not there.
    info
        See :func:`figures`.
    langs, formats
        Files of a figure: ``indices-OUTCOME.zh.png``, ``swings-…``, ``together-OUTCOME-INPUT-OTHER…``, ``growth-…``, ``screening-…``, ``chaos-…``.
    outcomes
        Which; all if left out.

    Returns
    -------
    list of Path
        Files written, in the order of outcomes and languages.

    Raises
    ------
    RunError
        ``FIG-FORMAT`` for a format that is not png, svg or pdf.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    for lang in langs:
        for name, draw in drawers(frames, info, lang, outcomes):
            written += save(draw(), target / f"{name}.{lang}", formats)
    return written


def page(frames: Mapping[str, pd.DataFrame], info: Mapping[str, Any], lang: str = "zh", *, figures: str | None = "figures/", brief: bool = False) -> str:
    """Return the whole result as a page of Markdown: at a glance, then every outcome with what to take from it, figures, text and numbers.

    Parameters
    ----------
    frames
        See the module.
    info
        See :func:`figures`.
    lang
        ``zh`` or ``en``.
    figures
        Where the page finds what :func:`pictures` wrote, ending with ``/``; None for a page without figures.
    brief
        Whether the tables of all numbers are left out, and of each policy's points all but what decides, who controls it, and the direction.
    """
    teller = Teller(frames, info, lang)
    say = teller.say
    baseline = str(info.get("baseline", "status_quo"))
    about = say("page.about.effects", baseline=teller.policy(baseline)) if teller.is_effect else say("page.about.levels")
    parts = [say("page.title"), f"{about} **{say('page.closing')}**", say("page.glance"), _table(_glance(teller))]
    short = {say(f"point.{key}") for key in BRIEF}
    for outcome in teller.outcomes:
        parts.append(f"## {teller.name(outcome)}")
        take = teller.takeaways(outcome)
        if take:
            parts += [say("page.take"), "\n".join(f"- {line}" for line in take)]
        parts.append(f"**{teller.headline(outcome)}**")
        drawn = list(names_of(frames, outcome)) if figures is not None else []
        parts += [f"![{_head(teller, teller, outcome, kind, pair).title}]({figures}{name}.{lang}.png)" for name, kind, pair in drawn]
        for one in teller.readings(outcome):
            points = [f"- **{head}** {teller.join(said)}" for head, said in teller.points(one) if not brief or head in short]
            parts += [f"### {teller.words.policy(one.policy)}"] * (len(teller.policies(outcome)) > 1 and bool(points)) + ["\n".join(points)] * bool(points)
        numbers = [] if brief else _numbers(teller, outcome)
        if numbers:
            parts += [say("page.table"), _table(numbers), "</details>"]
    choice = [] if brief else _choice(teller)
    if choice:
        parts += [say("page.choice"), _table(choice), "</details>"]
    parts += [say("page.read"), limits_text(teller.words)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a Markdown table; the first is its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def _glance(teller: Teller) -> list[list[str]]:
    """Return the table over all outcomes and policies."""
    rows = [[teller.say(f"column.{key}") for key in ("outcome", "policy", "most", "levers", "behaviours", "luck", "settled")]]
    for outcome in teller.outcomes:
        for one in teller.readings(outcome):
            firm = teller.is_firm(one)
            most = teller.several(one.leaders, 3) if firm and one.leaders and not one.is_mostly_luck else teller.verdict(one)
            settled = "–" if one.settled is None else teller.say("yes" if one.settled else "no")
            shown = [teller.bounds(side) if firm else "–" for side in (one.levers, one.behaviours)]
            rows.append([teller.name(outcome), teller.words.policy(one.policy), most, *shown, teller.share(one.luck), settled])
    return rows


def _choice(teller: Teller) -> list[list[str]]:
    """Return the table of what a screening chose; nothing where there was none."""
    frame = teller.frames.get("choice")
    if frame is None or frame.empty:
        return []
    rows = [[teller.say(f"column.{key}") for key in ("input", "kind", "share", "above", "why")]]
    for row in frame.to_dict("records"):
        one = teller.named(str(row["input"]))
        why = str(row["why"])
        above = int(row["influential"]) if not isinstance(row["influential"], str) else len(row["influential"].split())
        rows.append([one.headed(teller.lang), teller.say(f"kind.{one.kind}"), percent(float(row["share"])), str(above), teller.say(f"why.{why}")])
    return rows


def _verdict(one: Reading, name: str) -> str:
    return next((key for key in ("matters", "small", "nothing", "open") if name in getattr(one, key)), "")


def _numbers(teller: Teller, outcome: str) -> list[list[str]]:
    """Return the table of every input under every policy: indices with intervals, what it does over its range, the verdict."""
    readings = [one for one in teller.readings(outcome) if one.main and not one.is_dead]
    if not readings:
        return []
    columns = ["policy"] * (len(readings) > 1) + ["input", "kind"]
    head = [teller.say(f"column.{key}") for key in columns]
    head += [teller.say("column.total"), teller.say("column.first")] if readings[0].is_share else [teller.say(f"index.{readings[0].main}")]
    rows = [[*head, teller.say("column.swing"), teller.say("column.verdict")]]
    for one in readings:
        everything = {**one.total, **({SEED: one.first[SEED]} if SEED in one.first else {}), DUMMY: one.dummy}
        sizes = {name: found.value for name, found in everything.items()}
        ordered, _, _ = order_rows(everything, sizes, teller.info, teller.lang, most=len(everything))
        for row in ordered:
            if row.one is None:
                continue
            name = row.one.name
            cells = [teller.words.policy(one.policy)] * (len(readings) > 1) + [row.text, teller.say(f"kind.{row.kind}")]
            main = _total_of(teller, one, name)
            cells += [main, teller.share(one.first[name]) if name in one.first else "–"] if one.is_share else [main]
            swing = one.swings.get(name)
            told = teller.change(outcome, swing.change) if swing is not None else "–"
            verdict = _verdict(one, name) if teller.is_firm(one) else ""
            rows.append([*cells, told, teller.say(f"verdict.{verdict}") if verdict else "–"])
    return rows


def _total_of(teller: Teller, one: Reading, name: str) -> str:
    rows = pair_columns(teller.frames["indices"], policy=one.policy, outcome=one.outcome, method=one.method, index=one.main, input=name)
    if rows.empty:
        return "–"
    found = span(rows.iloc[-1].to_dict())
    if one.is_share:
        return teller.share(found)
    digits = 3
    shown = number(found.value, digits)
    return teller.say("with_span", value=shown, low=number(found.low, digits), high=number(found.high, digits)) if found.known else shown


__all__ = ["drawers", "figures", "names_of", "of_function", "page", "paragraph", "pictures"]
