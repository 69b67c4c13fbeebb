"""What an experiment of many futures keeps: shares and effects to compare a later run with, and the text of its README.

The results part of the README is made of what is kept, between two marks, so that no number in it can drift from the run that
made it: a test writes it again from ``expected.json`` and compares.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.study.expected import BEGIN, END, intervals_meet, keep_or_compare, readme, same_numbers, with_interval

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery

#: Largest relative difference that the last digits of a sum may make on another machine.
SAME = 1e-9


def results(found: Discovery) -> dict[str, Any]:
    """Return what is kept of a discovery, plain data.

    Returns
    -------
    dict
        ``source`` (hash of the model), ``futures``, ``draws``, ``failed``; ``wins``: arm -> outcome -> policy -> ``leads, low, high, wins,
        open``; ``effects``: the same -> ``mean, low, high`` against the baseline; ``text``: language -> Markdown.
    """
    f = found.futures
    told: dict[str, Any] = {"source": str(found.source.get("model", "")), "futures": f.n, "draws": f.draws, "failed": f.failed, "wins": {}, "effects": {}}
    for _, row in found.tables["wins"].iterrows():
        numbers = {"leads": row["leads"], "low": row["leads_low"], "high": row["leads_high"], "wins": row["wins"], "open": row["open"]}
        told["wins"].setdefault(row["arm"], {}).setdefault(row["outcome"], {})[row["policy"]] = {k: _plain(v) for k, v in numbers.items()}
    effects = found.tables["effects"]
    for _, row in effects[effects["against"] == f.baseline].iterrows():
        numbers = {key: _plain(row[key]) for key in ("mean", "low", "high")}
        told["effects"].setdefault(row["arm"], {}).setdefault(row["outcome"], {})[row["policy"]] = numbers
    told["text"] = {lang: _text(found, lang) for lang in ("en", "zh")}
    return told


def _plain(number: Any) -> float | None:
    return float(number) if math.isfinite(float(number)) else None


def _text(found: Discovery, lang: str) -> str:
    """Return tables of shares and effects, then the computed paragraphs, as Markdown without a title."""
    from edusim.discover.pictures import rows_of

    teller, f = found.teller(lang), found.futures
    parts = [teller.about(), f"**{teller.say('closing')}**"]
    for name in found.outcomes:
        parts.append(f"### {teller.name(name)}")
        if f.outcome(name).sign:
            head, *rows = rows_of(teller, name, f.arms[0])
            lines = [head, ["---"] * len(head), *rows]
            parts.append("\n".join("| " + " | ".join(line) + " |" for line in lines))
        parts.append(teller.paragraph(name))
    return "\n\n".join(parts)


def differences(now: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return what is not as kept, one line each.

    With the same ``source`` all numbers must be the same; else the interval of each share and of each effect must meet the kept one.
    """
    is_same = now["source"] == kept["source"]
    found = [f"{key}: {kept[key]} expected, {now[key]} now" for key in ("futures", "draws", "failed") if now[key] != kept[key]]
    for part, point in (("wins", "leads"), ("effects", "mean")):
        for arm, outcomes in kept[part].items():
            for outcome, policies in outcomes.items():
                for policy, old in policies.items():
                    new = now[part].get(arm, {}).get(outcome, {}).get(policy)
                    if new is None or not (same_numbers(old, new, SAME) if is_same else intervals_meet(old, new, point)):
                        found.append(f"{part}, {arm}, {outcome}, {policy}: {with_interval(old, point)} expected, {with_interval(new, point)} now")
    return found


def check(found: Discovery, file: str | Path, *, keep: bool = False, page: str | Path | None = None) -> int:
    """Compare a discovery with what is kept in a file, or keep it and write the README; print what differs, return 0 or 1.

    Parameters
    ----------
    found
        What was found.
    file
        JSON file.
    keep
        Write it in place of comparing.
    page
        README whose results part is written when results are kept; none if left out.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when there is no such file and nothing is to be kept.
    """
    return keep_or_compare(results(found), file, differences, keep=keep, page=page)


__all__ = ["BEGIN", "END", "SAME", "check", "differences", "readme", "results"]
