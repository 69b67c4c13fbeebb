"""What an experiment of plans keeps: plans by name with their fresh scores, to compare a later run with, and the text of its README.

The results part of the README is made of what is kept, between two marks, so that no number in it can drift from the run that made it: a
test writes it again from ``expected.json`` and compares.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.study.expected import BEGIN, END, intervals_meet, keep_or_compare, readme, same_numbers, with_interval

if TYPE_CHECKING:
    from edusim.optimise.best import Best

#: Largest relative difference that the last digits of a sum may make on another kind of processor.
SAME = 1e-6
#: A search that took another path, because last digits decided between two plans, may dominate this share less or more.
VOLUME = 0.15


def results(found: Best) -> dict[str, Any]:
    """Return what is kept of an optimisation, plain data.

    Returns
    -------
    dict
        ``source`` (hash of the model), ``facts``; ``plans``: name -> ``levers``, ``kept``, ``scores``: objective -> ``value, low, high`` on
        fresh draws (difference from the baseline, or money); ``status_quo``: the levels; ``hypervolume``; ``text``: language -> Markdown.
    """
    from edusim.optimise.plans import is_money

    teller = found.teller("en")
    facts = {key: found.facts[key] for key in ("feasible", "generations", "futures", "draws", "fresh_futures", "fresh_draws")}
    told: dict[str, Any] = {"source": str(found.facts["model"]), "facts": facts, "plans": {}, "status_quo": {}}
    for name, place in found.front.names.items():
        row = found.tables["front"].iloc[place]
        scores = {}
        for objective in found.goal.objectives:
            score = teller.score(place, objective, "level" if is_money(teller.outcomes[objective]) else "effect")
            scores[objective] = {key: _plain(score[key]) for key in ("value", "low", "high")}
        told["plans"][name] = {"levers": dict(found.front.plans[place]), "kept": bool(row["kept"]), "scores": scores}
    for objective in found.goal.objectives:
        score = teller.score(-1, objective, "level")
        told["status_quo"][objective] = {key: _plain(score[key]) for key in ("value", "low", "high")}
    told["hypervolume"] = float(found.tables["generations"]["hypervolume"].iloc[-1])
    told["text"] = {lang: _text(found, lang) for lang in ("en", "zh")}
    return told


def _plain(number: Any) -> float | None:
    return float(number) if math.isfinite(float(number)) else None


def _text(found: Best, lang: str) -> str:
    """Return the table of plans by name, then the computed text, as Markdown."""
    teller = found.teller(lang)
    head, *rows = teller.table_rows()
    lines = [head, ["---"] * len(head), *rows]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{teller.headline()}{teller.say('stop')}\n\n{table}\n\n{teller.text()}".strip()


def differences(now: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return what is not as kept, one line each.

    With the same ``source`` and the same plan all numbers must be the same; where the plan or the model is another one, the intervals of
    each score must meet. With the same source the search must dominate about as much.
    """
    is_same = now["source"] == kept["source"]
    found = [f"{key}: {kept['facts'][key]} expected, {now['facts'][key]} now" for key in kept["facts"] if now["facts"].get(key) != kept["facts"][key]]
    for name, old in kept["plans"].items():
        new = now["plans"].get(name)
        if new is None:
            found.append(f"{name}: a plan expected, none now")
            continue
        exactly = is_same and old["levers"] == new["levers"]
        for objective, score in old["scores"].items():
            other = new["scores"].get(objective)
            if other is None or not (same_numbers(score, other, SAME) if exactly else intervals_meet(score, other, "value", SAME)):
                found.append(f"{name}, {objective}: {with_interval(score, 'value')} expected, {with_interval(other, 'value')} now")
    for objective, score in kept["status_quo"].items():
        other = now["status_quo"].get(objective)
        if other is None or not (same_numbers(score, other, SAME) if is_same else intervals_meet(score, other, "value", SAME)):
            found.append(f"status quo, {objective}: {with_interval(score, 'value')} expected, {with_interval(other, 'value')} now")
    if is_same and abs(now["hypervolume"] - kept["hypervolume"]) > VOLUME * max(kept["hypervolume"], 1e-9):
        found.append(f"hypervolume: {kept['hypervolume']:.4g} expected, {now['hypervolume']:.4g} now")
    return found


def check(found: Best, file: str | Path, *, keep: bool = False, page: str | Path | None = None) -> int:
    """Compare an optimisation with what is kept in a file, or keep it and write the README; print what differs, return 0 or 1.

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


__all__ = ["BEGIN", "END", "SAME", "VOLUME", "check", "differences", "readme", "results"]
