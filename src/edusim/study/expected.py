"""What a study gave, kept beside its files, so that a later run of it can be compared.

Where the model is the same the numbers must be the same; where it has changed, each mean must lie where the kept
interval and the new one allow both to be true.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from edusim.study.store import Store

#: Largest relative difference that the last digits of a sum may make on another machine.
SAME = 1e-12
#: Marks of the part of an experiment's README that is made of what is kept.
BEGIN, END = "<!-- results: written by run.py --expect -->", "<!-- end of results -->"


def results(store: Store) -> dict[str, Any]:
    """Return means of all outcomes by policy and design with their 95% intervals, and what they rest on.

    Parameters
    ----------
    store
        A store whose runs are done.

    Returns
    -------
    dict
        ``source`` (hash of the model), ``runs``, ``failed``, ``levels`` and ``effects``: design -> policy ->
        outcome -> ``mean, low, high, n``; of a study with arms ``design, arm`` stands for the design. Means go over
        all points of a future and draw first, see :func:`edusim.report.map_cells.crossed_interval`.
    """
    from edusim.study import tables

    runs = tables.query(store, "SELECT * FROM runs ORDER BY key")
    found: dict[str, Any] = {
        "source": store.manifest["source"],
        "runs": runs["key"].nunique(),
        "failed": runs.loc[runs["state"] != "done", "key"].nunique(),
        "levels": _means(runs[runs["state"] == "done"], store),
    }
    if store.study.get("baseline"):
        found["effects"] = _means(tables.query(store, "SELECT * FROM effects ORDER BY key"), store)
    return found


def _means(frame: Any, store: Store) -> dict[str, Any]:
    from edusim.report.map_cells import crossed_interval

    names = [str(o["name"]) for o in store.outcomes]
    found: dict[str, Any] = {}
    place = frame["design"] + ", " + frame["arm"] if "arm" in frame else frame["design"]
    for (design, policy), rows in frame.groupby([place, "policy"], sort=True):
        cells = rows.groupby(["future", "draw"], sort=True)[names].mean()
        for name in names:
            gap = crossed_interval(cells[name].unstack("draw").to_numpy(dtype=np.float64))
            numbers = {"mean": gap.mean, "low": gap.low, "high": gap.high}
            told = {key: float(value) if math.isfinite(value) else None for key, value in numbers.items()}
            found.setdefault(str(design), {}).setdefault(str(policy), {})[name] = {**told, "n": gap.n}
    return found


def differences(now: dict[str, Any], kept: dict[str, Any]) -> list[str]:
    """Return what is not as expected, one line each; empty when all is.

    With the same ``source`` every number must be the same (to :data:`SAME`); else the intervals of each mean must
    meet, and a level or effect must not be missing.
    """
    is_same = now["source"] == kept["source"]
    found = [f"{key}: {kept[key]} expected, {now[key]} now" for key in ("runs", "failed") if now[key] != kept[key]]
    for part in ("levels", "effects"):
        for design, policies in kept.get(part, {}).items():
            for policy, outcomes in policies.items():
                for name, old in outcomes.items():
                    new = now.get(part, {}).get(design, {}).get(policy, {}).get(name)
                    if new is None or not (same_numbers(old, new, SAME) if is_same else _meet(old, new)):
                        found.append(f"{part}, {design}, {policy}, {name}: {with_interval(old, 'mean')} expected, {with_interval(new, 'mean')} now")
    return found


def _meet(old: dict[str, Any], new: dict[str, Any]) -> bool:
    if old["mean"] is None or new["mean"] is None:
        return old["mean"] is new["mean"]
    if old["low"] is None or new["low"] is None:
        return math.isclose(old["mean"], new["mean"], rel_tol=0.1, abs_tol=1e-9)
    return bool(old["low"] - 1e-12 <= new["high"] and new["low"] <= old["high"] + 1e-12)


def check(store: Store, file: str | Path, *, keep: bool = False) -> int:
    """Compare a store's results with those kept in a file, or keep them; print what differs and return 0 or 1.

    Parameters
    ----------
    store
        A store whose runs are done.
    file
        JSON file; a name without ending gets ``.json``, and the ending of a study file is replaced.
    keep
        Write the file in place of comparing.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when there is no such file and nothing is to be kept.
    """
    target = Path(file)
    target = target.with_name(target.name.removesuffix(".yaml").removesuffix(".json") + ".json")
    return settle(results(store), target, differences, keep=keep)


def settle(now: Any, file: Path, differs: Callable[[Any, Any], Sequence[str]], *, keep: bool) -> int:
    """Keep results in a file, or compare them with what it keeps, and say so; return an exit status.

    Parameters
    ----------
    now
        Results as plain data (JSON).
    file
        What is kept.
    differs
        From results now and those that are kept to what differs, one line each.
    keep
        Write the file instead of comparing.

    Returns
    -------
    int
        0 when kept or as expected, 1 when something differs.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when there is no such file and nothing is to be kept.
    """
    import sys

    if keep:
        file.write_text(json.dumps(now, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
        sys.stdout.write(f"kept: {file}\n")
        return 0
    if not file.is_file():
        raise RunError(
            "STUDY-EXPECTED", "没有可比较的预期结果", "there are no expected results to compare with", where=str(file),
            mend_zh="请先用 --expect 写出", mend_en="write them first with --expect",
        )  # fmt: skip
    found = differs(now, json.loads(file.read_text(encoding="utf-8")))
    sys.stdout.write("".join(f"not as expected: {line}\n" for line in found) or f"as expected: {file}\n")
    return 1 if found else 0


def same_numbers(old: dict[str, Any], new: dict[str, Any], tolerance: float) -> bool:
    """Return whether two sets of named numbers are the same but for rounding; None is equal to None alone."""

    def same(a: float | None, b: float | None) -> bool:
        return a is b is None or (a is not None and b is not None and math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance))

    return old.keys() == new.keys() and all(same(old[key], new[key]) for key in old)


def intervals_meet(old: dict[str, Any], new: dict[str, Any], point: str, tolerance: float = SAME) -> bool:
    """Return whether two intervals ``low, high`` meet, to a share of their size; the value named ``point`` stands for an end that is None."""
    ends = [one[key] if one[key] is not None else one[point] for one in (old, new) for key in ("low", "high")]
    if any(end is None for end in ends):
        return False
    room = tolerance * max(1.0, *(abs(end) for end in ends))
    return bool(ends[0] - room <= ends[3] and ends[2] <= ends[1] + room)


def with_interval(one: dict[str, Any] | None, point: str) -> str:
    """Return a value with its interval, for a message."""
    if one is None or one[point] is None:
        return "nothing"
    return f"{one[point]:.6g}" + ("" if one["low"] is None else f" [{one['low']:.6g}, {one['high']:.6g}]")


def readme(text: str, kept: dict[str, Any]) -> str:
    """Return a README whose results part is what is kept: ``text`` in English, then in Chinese.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when the marks are missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise RunError(
            "STUDY-EXPECTED", "README 中没有结果部分的记号", "the README has no marks of its results part", where="README.md",
            mend_zh=f"请写上 {BEGIN} 与 {END}", mend_en=f"write {BEGIN} and {END}",
        )  # fmt: skip
    shown = kept["text"]
    return f"{before}{BEGIN}\n\n{shown['en']}\n\n## 结果\n\n{shown['zh']}\n\n{END}{after}"


def keep_or_compare(
    now: dict[str, Any], file: str | Path, differs: Callable[[Any, Any], Sequence[str]], *, keep: bool, page: str | Path | None
) -> int:  # fmt: skip
    """Keep results and write the results part of a README, or compare them with what is kept; print what differs, return 0 or 1.

    Parameters
    ----------
    now
        Results as plain data, with ``text``.
    file
        JSON file.
    differs
        From results now and those that are kept to what differs, one line each.
    keep
        Write in place of comparing.
    page
        README whose results part is written when results are kept; none if None.

    Raises
    ------
    RunError
        ``STUDY-EXPECTED`` when there is no such file and nothing is to be kept, or the README has no marks.
    """
    import sys

    status = settle(now, Path(file), differs, keep=keep)
    if keep and page is not None:
        Path(page).write_text(readme(Path(page).read_text(encoding="utf-8"), now), encoding="utf-8")
        sys.stdout.write(f"written: {page}\n")
    return status
