"""What the page says in HTML: tables, sentences and links; every value escaped, every difference with its interval."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, Any

from edusim.language import text
from edusim.measures import to_frame
from edusim.report.county.facts import CORE, GAP, WEAK, Facts
from edusim.report.county.sentences import money_unit, scaled
from edusim.report.document.blocks import alt_of
from edusim.report.style import number
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from edusim.region.roster_report import CheckReport
    from edusim.runs import Outcome

#: Measures of the table and of the choice above the chart, each with its kind: SD, share, money of the year.
MEASURES: tuple[tuple[str, str], ...] = (
    (GAP, "sd"), (WEAK, "sd"), (CORE, "sd"), ("staffing.rotation_share_member", "share"), ("staffing.leaver_share", "share"), ("money.total", "money"),
)  # fmt: skip
#: Findings of a check that are listed; the marked workbook holds all.
SHOWN = 8


def data_link(data: bytes, name: str, words: str, kind: str, css: str = "eds-link") -> str:
    """Return a link that saves a file; the file stands in the page, nothing is asked of anyone."""
    return f'<a class="{css}" download="{escape(name)}" href="data:{kind};base64,{b64encode(data).decode()}">{escape(words)}</a>'


def figure(chart: Any, png: bytes) -> str:
    """Return a chart as HTML, with the sentence for those who cannot see it."""
    said = escape(alt_of(chart), quote=True)
    return f'<figure class="eds-figure"><img alt="{said}" src="data:image/png;base64,{b64encode(png).decode()}"></figure>'


def progress(words: str, done: int = 0, total: int = 0) -> str:
    """Return a bar with its words; without a total the words alone."""
    bar = f'<progress max="{total}" value="{done}" aria-label="{escape(words, quote=True)}"></progress> ' if total else ""
    return f'<div class="eds-status" role="status">{bar}{escape(words)}</div>'


def trouble(*lines: str) -> str:
    """Return a message that something must be mended."""
    return '<div class="eds-trouble" role="alert">' + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>"


def checked(report: CheckReport, lang: str) -> str:
    """Return what the check of a roster found: whether it can be used, each fault with its place and mend, what will be drawn."""
    from edusim.region.roster_report import sheet_name

    rows = text("roster.comma", lang).join(text("app.rows", lang, sheet=sheet_name(kind, lang), n=n) for kind, n in report.rows.items())
    if not report.ok:
        shown = report.errors[:SHOWN]
        items = "".join(f"<li>{escape(one.message(lang))}</li>" for one in shown)
        more = f"<p>{escape(text('roster.more', lang, n=len(report.errors) - SHOWN))}</p>" if len(report.errors) > SHOWN else ""
        head = escape(text("app.roster_wrong", lang, n=len(report.errors)))
        return f'<div class="eds-trouble" role="alert"><p><strong>{head}</strong></p><ol>{items}</ol>{more}</div>'
    drawn = sum(cells.count for cells in report.empty if not cells.by_rule)
    said = escape(text("app.roster_good", lang, rows=rows) + (text("app.roster_drawn", lang, n=drawn) if drawn else ""))
    notes = [*report.warnings, *report.normalised]
    details = "".join(f"<li>{escape(note.message(lang))}</li>" for note in notes[:SHOWN])
    if details:
        details = f"<details><summary>{escape(text('app.roster_notes', lang, n=len(notes)))}</summary><ul>{details}</ul></details>"
    return f'<div class="eds-good" role="status"><p>{said}</p>{details}</div>'


def table(facts: Facts, year: int) -> str:
    """Return the table of one school year: levels of the baseline, and each mode's paired difference with its 95% interval."""
    modes = facts.others
    lang = facts.lang
    heads = [text("app.measure", lang), text("app.level", lang, policy=facts.words.policy(facts.baseline)), *map(facts.words.policy, modes)]
    rows = []
    for measure, kind in MEASURES:
        if not facts.holds(measure):
            continue
        level = _scaled(facts, facts.level(measure, facts.baseline, year), kind)
        unit = text(f"app.unit.{kind}", lang)
        name = escape(facts.words.measure(measure))
        cells = "".join(_cell(_scaled(facts, facts.effect(measure, mode, year), kind), _digits(kind, lang), lang) for mode in modes)
        rows.append(f'<tr><th scope="row">{name} <small>{escape(unit)}</small></th><td>{number(level.mean, _digits(kind, lang))}</td>{cells}</tr>')
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads)
    caption = escape(text("app.table", lang, year=year, draws=facts.draws, policy=facts.words.inside(facts.words.policy(facts.baseline))))
    body = "".join(rows)
    note = escape(text("app.table_note", lang))
    whole = f'<table class="eds-table"><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="eds-wide">{whole}</div><p class="eds-note">{note}</p>'


def _scaled(facts: Facts, one: Interval, kind: str) -> Interval:
    return scaled(one, {"sd": 1.0, "share": 100.0, "money": 1.0 / money_unit(facts)}[kind])


def _digits(kind: str, lang: str) -> int:
    return {"sd": 2, "share": 1, "money": 0 if lang == "zh" else 2}[kind]


def _enough(gap: Interval, digits: int) -> int:
    """Return decimals with which an interval does not read as a point, nor its end, not zero, as zero."""
    while digits < 6 and gap.known and gap.low != gap.high and (
        round(gap.low, digits) == round(gap.high, digits) or (gap.clear and 0.0 in (round(gap.low, digits), round(gap.high, digits)))
    ):  # fmt: skip
        digits += 1
    return digits


def _cell(gap: Interval, digits: int, lang: str) -> str:
    if not math.isfinite(gap.mean):
        return "<td>–</td>"
    digits = _enough(gap, digits)
    if not gap.known:
        return f'<td class="eds-open">{number(gap.mean, digits, signed=True)}</td>'
    ends = text("app.ends", lang, low=number(gap.low, digits, signed=True), high=number(gap.high, digits, signed=True))
    mean = number(gap.mean, digits, signed=True)
    if gap.low == gap.high:
        return f"<td>{mean}</td>"
    if gap.clear:
        return f"<td><strong>{mean}</strong><br><small>{escape(ends)}</small></td>"
    return f'<td class="eds-open">{mean}<br><small>{escape(ends)} {escape(text("app.open", lang))}</small></td>'


def own_against_written(facts: Facts, own: Sequence[Outcome], written: Sequence[Outcome], policy: str, year: int) -> str:
    """Return a sentence: the mode as it is set against the same mode as its document writes it, over the same draws."""
    import pandas as pd

    lang = facts.lang
    frames = [to_frame(one.years, side, one.draw) for side, runs in (("own", own), ("written", written)) for one in runs]
    both = replace(facts, measures=pd.concat(frames, ignore_index=True))
    parts = []
    for measure, kind in (MEASURES[0], MEASURES[1], MEASURES[2], MEASURES[5]):
        gap = _scaled(facts, both.between(measure, "own", "written", year), kind)
        if not math.isfinite(gap.mean):
            continue
        digits = _enough(gap, _digits(kind, lang))
        name, value = facts.words.inside(facts.words.measure(measure)), f"{number(gap.mean, digits, signed=True)} {text(f'app.unit.{kind}', lang)}"
        ends = text("app.ends", lang, low=number(gap.low, digits, signed=True), high=number(gap.high, digits, signed=True)) if gap.known else ""
        is_same = gap.known and gap.low == gap.high
        how = "none" if is_same and gap.mean == 0.0 else "same" if is_same or not gap.known else "clear" if gap.clear else "open"
        parts.append(text(f"app.own_{how}", lang, name=name, value=value, ends=ends))
    said = text("app.own", lang, mode=text(f"app.mode.{policy}", lang), year=year, parts=text("app.semicolon", lang).join(parts))
    return f'<p class="eds-own">{escape(said)}</p>'
