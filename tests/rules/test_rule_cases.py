"""What each rule decides, worked by hand: cases in ``cases/*.yaml``, each with its clause, read by one test.

A case gives campuses, groups, parameters and the rules that are on, lets some years pass, and says what must
have been decided (``events``), counted (``tally``), paid (``fund``, ``ordinary``) and become of the columns
(``schools``, ``groups``, ``teachers``, ``pupils``, ``others``: a list by id, or one value for all).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from edusim.model import County
from edusim.rules.context import EVENTS, RULES
from small_county import BY_LOT, STAY_PUT, Campus, case, county

FILES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
# Read while tests are collected, by every worker: with libyaml where it is there, ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CASES = [(file.stem, c) for file in FILES for c in yaml.load(file.read_text(encoding="utf-8"), LOADER)]
GIVEN = {"campuses", "groups", "parameters", "policy", "rules", "years", "after", "by_lot", "stay_put", "binds",
         "others", "new_campuses"}  # fmt: skip
EXPECT = {"events", "tally", "fund", "ordinary", "unfunded", "memory", "schools", "groups", "teachers", "pupils", "others", "count"}


def lived(given: dict[str, Any]) -> County:
    campuses = [Campus(**c) for c in given["campuses"]]
    groups = [(g["core"], g["members"]) for g in given.get("groups", ())]
    changes: dict[str, Any] = {}
    changes |= BY_LOT if given.get("by_lot") else {}
    changes |= STAY_PUT if given.get("stay_put") else {}
    changes |= given.get("parameters", {})
    ready = case(campuses, groups, others=given.get("others", ()), new_campuses=given.get("new_campuses"))
    model = county(
        ready, changes, rules=given["rules"], policy=given.get("policy", "status_quo"),
        scale_fund=False, budget_binds=given.get("binds", True),
    )  # fmt: skip
    # What a case puts into a column after the base year was settled, so that it need not be at rest.
    for name, columns in given.get("after", {}).items():
        table = getattr(model.state, name)
        for column, value in columns.items():
            table[column][: len(value) if isinstance(value, list) else None] = value
    for _ in range(given.get("years", 1)):
        model.step()
        model.state.check()
    return model


def close(found: Any, expected: Any, what: str) -> None:
    found = np.asarray(found, dtype=np.float64)
    wanted = np.asarray([np.nan if e is None else e for e in expected] if isinstance(expected, list) else expected)
    np.testing.assert_allclose(found, np.broadcast_to(wanted, found.shape), rtol=1e-9, atol=1e-9, err_msg=what)


@pytest.mark.plain
@pytest.mark.parametrize(("file", "example"), CASES, ids=[f"{file}: {c['name']}" for file, c in CASES])
def test_a_rule_decides(file: str, example: dict[str, Any]) -> None:
    given, expect = example["given"], example["expect"]
    assert given.keys() <= GIVEN and expect and expect.keys() <= EXPECT, "the case itself has an unknown word"
    model = lived(given)
    counts = {e: sum(c[e] for _, c in model.year_counts) for e in EVENTS}
    close([counts[e] for e in expect.get("events", {})], list(expect.get("events", {}).values()), f"{counts}")
    for name, value in expect.get("tally", {}).items():
        close(getattr(model.now.tally, name), value, name)
    for name, value in expect.get("memory", {}).items():
        close(getattr(model.memory, name), value, name)
    ledger = model.now.ledger
    for book in ("fund", "ordinary"):
        lines = ledger.lines if book == "fund" else ledger.ordinary
        for line, yuan in expect.get(book, {}).items():
            close(lines[line], yuan, f"{book} {line}")
    if "unfunded" in expect:
        close(ledger.unfunded, expect["unfunded"], "unfunded")
    for name in ("schools", "groups", "teachers", "pupils", "others"):
        table = getattr(model.state, name)
        rows = {"teachers": "serving", "pupils": "status"}.get(name)
        keep = np.flatnonzero(table[rows] > 0) if rows else np.arange(table.n)
        keep = keep[np.argsort(table.id[keep])]
        for column, value in expect.get(name, {}).items():
            found = table[column][keep]
            close(found[: len(value)] if isinstance(value, list) else found, value, f"{name}.{column}")
    for text, number in expect.get("count", {}).items():
        # "teachers: post=1 is_backbone=1": how many rows meet all of these.
        name, conditions = text.split(": ")
        table = getattr(model.state, name)
        keep = table.serving.copy() if name == "teachers" else np.ones(table.n, bool)
        for condition in conditions.split():
            column, value = condition.split("=")
            keep &= table[column] == float(value)
        assert int(keep.sum()) == number, text


def test_every_rule_has_its_cases() -> None:
    covered = {file for file, _ in CASES}
    assert covered == set(RULES)
    assert all(example["clause"] for _, example in CASES)
    assert len({example["name"] for _, example in CASES}) == len(CASES)
