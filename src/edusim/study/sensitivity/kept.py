"""What an experiment keeps of a sensitivity study: indices and shares to compare a later run with, and the text of its README.

The results part of the README is made of what is kept, between two marks, so that no number in it can drift from the run that made it.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.study.expected import BEGIN, END, intervals_meet, keep_or_compare, readme, same_numbers, with_interval

if TYPE_CHECKING:
    from edusim.study.sensitivity.result import Sensitivity

#: Largest difference that other processors' last digits may make.
SAME = 1e-6
#: Digits of what is kept, and indices that are not: of a screening mu* says all that is held.
_DIGITS, _UNKEPT = 9, ("mu", "sigma")


def results(found: Sensitivity) -> dict[str, Any]:
    """Return what is kept of a sensitivity study, plain data.

    Returns
    -------
    dict
        ``source`` (hash of the model), ``methods`` (method -> n, runs), ``stopped``, ``kept`` (inputs that a road followed singly),
        ``indices``: method -> outcome -> policy -> ``INDEX INPUT`` (or ``INDEX INPUT x OTHER``) -> ``value, low, high``; ``split``: outcome -> policy
        -> part -> ``share, low, high``; ``text``: language -> Markdown.
    """
    frames = found.frames
    told: dict[str, Any] = {"source": str(found.source.get("model", "")), "methods": found.manifest["methods"], "stopped": found.stopped}
    if "choice" in frames:
        told["kept"] = frames["choice"].loc[frames["choice"]["kept"], "input"].tolist()
    told |= {"indices": {}, "split": {}}
    for row in frames["indices"].to_dict("records"):
        if row["index"] in _UNKEPT:
            continue
        name = f"{row['index']} {row['input']}" + (f" x {row['other']}" if row["other"] else "")
        where = told["indices"].setdefault(row["method"], {}).setdefault(row["outcome"], {}).setdefault(row["policy"], {})
        where[name] = {key: _plain(row[key]) for key in ("value", "low", "high")}
    for row in frames["split"].to_dict("records"):
        where = told["split"].setdefault(row["outcome"], {}).setdefault(row["policy"], {})
        where[row["part"]] = {key: _plain(row[key]) for key in ("share", "low", "high")}
    told["text"] = {lang: found.page(lang, figures=None, brief=True).partition("\n")[2].strip() for lang in ("en", "zh")}
    return told


def _plain(number: Any) -> float | None:
    # More digits than are compared would fill a file that people read.
    return float(f"{float(number):.{_DIGITS}g}") if math.isfinite(float(number)) else None


def differences(now: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return what is not as kept, one line each.

    With the same ``source`` all numbers must be the same (to :data:`SAME`), those of a polynomial chaos apart: which terms it takes hangs on last
    digits, which differ between processors. Else the interval of each index and share must meet the kept one. Nothing may be missing.
    """
    is_same = now["source"] == kept["source"]
    found = []
    if is_same:
        found += [f"{key}: {kept[key]} expected, {now.get(key)} now" for key in ("methods", "stopped", "kept") if key in kept and now.get(key) != kept[key]]

    def compare(where: str, old: dict[str, Any], new: dict[str, Any] | None, point: str, exactly: bool = True) -> None:
        for name, was in old.items():
            is_now = (new or {}).get(name)
            if is_now is None or not (same_numbers(was, is_now, SAME) if is_same and exactly else _meets(was, is_now, point)):
                found.append(f"{where}, {name}: {with_interval(was, point)} expected, {with_interval(is_now, point)} now")

    for method, outcomes in kept["indices"].items():
        for outcome, policies in outcomes.items():
            for policy, old in policies.items():
                compare(f"{method}, {outcome}, {policy}", old, now["indices"].get(method, {}).get(outcome, {}).get(policy), "value", method != "chaos")
    for outcome, policies in kept["split"].items():
        for policy, old in policies.items():
            compare(f"split, {outcome}, {policy}", old, now["split"].get(outcome, {}).get(policy), "share")
    return found


def _meets(old: dict[str, Any], new: dict[str, Any], point: str) -> bool:
    if old[point] is None or new[point] is None:  # a dead outcome stays dead
        return old[point] is new[point]
    return intervals_meet(old, new, point)


def check(found: Sensitivity, file: str | Path, *, keep: bool = False, page: str | Path | None = None) -> int:
    """Compare a sensitivity study with what is kept in a file, or keep it and write the README; print what differs, return 0 or 1.

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
