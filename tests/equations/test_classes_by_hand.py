"""Who teaches which class, and what a year gives it, worked by hand.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

NAN = math.nan
OWN, VISITS, OTHER_FIELD, NOBODY = 0, 1, 2, 3


@pytest.fixture(scope="module")
def classes() -> ModuleType:
    import edusim.equations.classes as module

    return module


def test_what_a_teacher_gives(classes: ModuleType) -> None:
    # Not serving; settled; new at the post; a beginner; a substitute; a new substitute of one year.
    found = np.full(6, -9.0)
    classes.effective_quality(
        np.array([False, True, True, True, True, True]),
        np.array([5.0, 0.2, 0.2, 0.2, 0.2, 0.2]),
        np.array([0.0, 0.05, 0.05, 0.05, -0.05, 0.0]),
        np.array([False, False, False, False, True, True]),
        np.array([3, 1, 0, 0, 2, 0], np.int16),
        np.array([9.0, 9.0, 9.0, 0.95, 9.0, 1.0]),
        0.025,
        0.1,
        found,
    )
    assert found == pytest.approx([-9.0, 0.25, 0.225, 0.25, 0.05, 0.075], abs=1e-12)


def staffed(
    classes: ModuleType, n_classes: list[int], teachers: dict[tuple[int, int], list[int]], load: float | dict[tuple[int, int], float],
    unit: list[int] | None = None, units: list[list[int]] | None = None, visits: list[bool] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return who teaches: ``teachers`` by (school, subject), ``load`` classes a teacher can take."""
    size = len(n_classes)
    rows = [teachers.get((s, k), []) for s in range(size) for k in range(8)]
    loads = np.full((size, 8), load if isinstance(load, float) else 0.0)
    if isinstance(load, dict):
        for place, value in load.items():
            loads[place] = value
    units = units or []
    total = sum(n_classes)
    made = {
        "teacher_of": np.full((total, 8), -7, np.int32), "kind": np.full((total, 8), -7, np.int8),
        "gaps": np.zeros((size, 8), np.int64), "travel": np.zeros(size, np.int64),
    }  # fmt: skip
    classes.staff_classes(
        np.cumsum([0, *n_classes]),
        np.cumsum([0, *(len(r) for r in rows)]),
        np.array([i for r in rows for i in r], np.int64),
        loads,
        np.array(unit or [-1] * size, np.int32),
        np.cumsum([0, *(len(u) for u in units)]),
        np.array([s for u in units for s in u], np.int32),
        np.array(visits or [False] * max(1, len(units))),
        *made.values(),
    )
    return made


def test_own_teachers_are_spread_evenly(classes: ModuleType) -> None:
    # Five classes, two teachers who can take three each: three and two. One who can take two: first and last
    # half of the classes each get one. One who can take all five.
    made = staffed(classes, [5], {(0, 0): [10, 11], (0, 1): [20], (0, 2): [30]}, {(0, 0): 3.0, (0, 1): 2.0, (0, 2): 5.0})
    assert made["teacher_of"][:, 0].tolist() == [10, 10, 10, 11, 11]
    assert made["teacher_of"][:, 1].tolist() == [10 if t == 10 else t for t in made["teacher_of"][:, 1].tolist()]
    assert made["kind"][:, 1].tolist().count(OWN) == 2
    assert [c for c in range(5) if made["kind"][c, 1] == OWN] == [2, 4]
    assert made["teacher_of"][[2, 4], 1].tolist() == [20, 20]
    assert made["teacher_of"][:, 2].tolist() == [30] * 5
    assert made["gaps"][0].tolist() == [0, 3, 0, 5, 5, 5, 5, 5]
    assert made["travel"].tolist() == [0]


def test_part_of_a_load_is_no_class(classes: ModuleType) -> None:
    # Two teachers with room for 1.4 classes each: 2.8, two classes; with 1.5 each: three.
    for load, taught in ((1.4, 2), (1.5, 3), (0.4, 0)):
        made = staffed(classes, [4], {(0, 0): [1, 2]}, {(0, 0): load})
        assert made["kind"][:, 0].tolist().count(OWN) == taught
        assert made["gaps"][0, 0] == 4 - taught
