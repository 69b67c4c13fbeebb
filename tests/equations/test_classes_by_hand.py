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

pytestmark = pytest.mark.plain


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
    # Five classes. Two teachers with room for three each: three and two. One with room for two: the classes
    # that go without are spread too. One with room for all.
    made = staffed(classes, [5], {(0, 0): [10, 11], (0, 1): [20], (0, 2): [30]}, {(0, 0): 3.0, (0, 1): 2.0, (0, 2): 5.0})
    assert made["teacher_of"][:, 0].tolist() == [10, 10, 10, 11, 11]
    assert made["teacher_of"][:, 2].tolist() == [30] * 5
    assert made["kind"][:, [0, 2]].tolist() == [[OWN, OWN]] * 5
    assert [c for c in range(5) if made["kind"][c, 1] == OWN] == [2, 4]
    assert made["teacher_of"][[2, 4], 1].tolist() == [20, 20]
    assert made["gaps"][0].tolist() == [0, 3, 0, 5, 5, 5, 5, 5]
    # One class is left of the first two teachers' time: the first gap is filled out of field.
    assert made["kind"][:, 1].tolist() == [OTHER_FIELD, NOBODY, OWN, NOBODY, OWN]
    assert made["teacher_of"][:, 1].tolist() == [11, -1, 20, -1, 20]
    assert made["travel"].tolist() == [0]


def test_part_of_a_load_is_no_class(classes: ModuleType) -> None:
    # Two teachers with room for 1.4 classes each: 2.8, two classes; with 1.5 each: three; with 0.4: none.
    for load, taught in ((1.4, 2), (1.5, 3), (0.4, 0)):
        made = staffed(classes, [4], {(0, 0): [1, 2]}, {(0, 0): load})
        assert made["kind"][:, 0].tolist().count(OWN) == taught
        assert made["gaps"][0, 0] == 4 - taught
    # Four classes and two teachers with room for all: two each.
    made = staffed(classes, [4], {(0, 0): [1, 2]}, {(0, 0): 2.0})
    assert made["teacher_of"][:, 0].tolist() == [1, 1, 2, 2]
    # Three teachers for two classes: one each, the third has none.
    made = staffed(classes, [2], {(0, 7): [1, 2, 3]}, {(0, 7): 1.0})
    assert made["teacher_of"][:, 7].tolist() == [1, 2]


def test_visits_between_campuses(classes: ModuleType) -> None:
    # School 0 has nobody for subject 3; school 2, of the same group, has two teachers with time for two classes more.
    teachers, load = {(2, 3): [40, 41]}, {(2, 3): 2.0}
    made = staffed(classes, [2, 1, 2], teachers, load, [0, -1, 0], [[0, 2]], [True])
    assert made["teacher_of"][:2, 3].tolist() == [40, 41]
    assert made["kind"][:, 3].tolist() == [VISITS, VISITS, NOBODY, OWN, OWN]
    assert made["travel"].tolist() == [2, 0, 0]
    assert made["gaps"][:, 3].tolist() == [0, 1, 0], "a visiting teacher of the subject closes the gap"
    # Time for one class only; the clause off; another group.
    made = staffed(classes, [2, 1, 2], teachers, {(2, 3): 1.5}, [0, -1, 0], [[0, 2]], [True])
    assert made["kind"][:, 3].tolist() == [VISITS, NOBODY, NOBODY, OWN, OWN]
    assert made["travel"].tolist() == [1, 0, 0]
    assert made["gaps"][:, 3].tolist() == [1, 1, 0]
    made = staffed(classes, [2, 1, 2], teachers, load, [0, -1, 0], [[0, 2]], [False])
    assert made["kind"][:, 3].tolist() == [NOBODY] * 3 + [OWN] * 2
    made = staffed(classes, [2, 1, 2], teachers, load, [0, 0, 1], [[0, 1], [2]], [True, True])
    assert made["kind"][:, 3].tolist() == [NOBODY] * 3 + [OWN] * 2
    # Three classes' time, two gaps: what is left stays within the group. Other teachers stand before and behind.
    crowd = {(0, 1): [7, 8], (1, 5): [9], (2, 2): [38, 39], (2, 3): [40, 41], (2, 4): [42, 43]}
    made = staffed(classes, [2, 1, 2], crowd, {(2, 3): 2.5}, [0, -1, 0], [[0, 2]], [True])
    assert made["teacher_of"][:, 3].tolist() == [41, 40, -1, 40, 41]
    # A visitor of the subject comes before an own teacher of another; the first campus with time before the next.
    teachers = {(0, 1): [5], (1, 3): [50], (2, 3): [40, 41]}
    made = staffed(classes, [2, 1, 2], teachers, {(0, 1): 3.0, (1, 3): 2.0, (2, 3): 2.0}, [0, 0, 0], [[0, 1, 2]], [True])
    assert made["teacher_of"][:2, 3].tolist() == [50, 40 + 2 % 2]
    assert made["travel"][0] == 2
    # What school 0 has left over of subject 1 goes to its first gap of another.
    assert made["kind"][0].tolist() == [OTHER_FIELD, OWN, NOBODY, VISITS, NOBODY, NOBODY, NOBODY, NOBODY]


def test_out_of_field(classes: ModuleType) -> None:
    # Three classes; subject 1 has time for one more, subject 2 (two teachers) for three more, the others have nobody.
    made = staffed(classes, [3], {(0, 1): [20], (0, 2): [30, 31]}, {(0, 1): 4.0, (0, 2): 3.0})
    # Whoever has most time goes first, equal ones in the order of subjects.
    assert made["teacher_of"][:, 0].tolist() == [31, 30, 20]
    assert made["kind"][:, 0].tolist() == [OTHER_FIELD] * 3
    assert made["teacher_of"][:, 3].tolist() == [31, -1, -1]
    assert made["kind"][:, 3].tolist() == [OTHER_FIELD, NOBODY, NOBODY]
    assert made["gaps"][0].tolist() == [3, 0, 0, 3, 3, 3, 3, 3]
    assert made["travel"].tolist() == [0]


def test_whoever_has_most_time_helps_out(classes: ModuleType) -> None:
    # Two classes; only subject 4 lacks one. Time to spare: subject 0 two, subject 1 one, subject 7 as told.
    teachers = {(1, k): [10 + k] for k in range(8)}
    for spare, helper in ((0.0, 10), (2.0, 10), (3.0, 17)):
        load = {(1, k): 2.0 for k in range(8)} | {(1, 0): 4.0, (1, 1): 3.0, (1, 4): 1.0, (1, 7): 2.0 + spare}
        made = staffed(classes, [1, 2], teachers, load)
        assert made["gaps"][1].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
        assert made["teacher_of"][1:, 4].tolist() == [helper, 14]
        assert made["kind"][1:, 4].tolist() == [OTHER_FIELD, OWN]


def test_what_a_year_gives_a_class(classes: ModuleType) -> None:
    # School 0: a class of 40, all taught by own teachers; one of 20 with a teacher out of field (subject 0), nobody
    # (subject 1), a visitor (subject 2). Schools 1 to 4, one class each: the same, with online lessons from a core
    # at .4; of an unknown core; of a weaker core; none. School 5 has no class, school 6 a class of one.
    mixed, mixed_kinds = [0, -1, 2, 3, 4], [OTHER_FIELD, NOBODY, VISITS, OWN, OTHER_FIELD]
    teacher_of = np.array([[0, 1, 2, 3, 4], *[mixed] * 5, [0] * 5], np.int32)
    kind = np.array([[OWN] * 5, *[mixed_kinds] * 5, [OWN] * 5], np.int8)
    unseen = np.full((7, 3), 99)  # subjects without an examination do not count
    n = np.array([40, 20, 0, 0, 20, 20, 1])
    mean = np.array([0.5, -0.5, 0.0, 0.0, 0.25, 0.25, 2.0])
    found, part = np.full(7, -9.0), np.full(7, -9.0)
    classes.class_quality(
        np.array([0, 2, 3, 4, 5, 6, 6, 7]), n, (n * mean * 2.0**40).astype(np.int64),
        np.hstack((teacher_of, unseen)).astype(np.int32), np.hstack((kind, unseen)).astype(np.int8),
        np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0.01, 0.02, 0.0, 0.0, 0.0, 0.0, 0.0]),
        np.array([0.4, 0.4, NAN, -0.7, 0.4, 0.4, 0.4]), np.array([0.0, 0.5, 0.5, 0.5, 0.0, 0.5, 0.5]),
        0.15, 0.2, 30.0, -0.03, 0.1, 0.005, found, part,
    )  # fmt: skip
    plain = (-0.05 - 0.2 + 0.3 + 0.4 + 0.35) / 5
    online = (-0.05 + 0.225 - 0.2 + 0.3 + 0.3 + 0.4 + 0.35 + 0.025) / 5
    expected = [
        0.3 + 0.01 - 0.02 + 0.05 - 0.005, plain + 0.01 + 0.02 - 0.05 - 0.005, online + 0.02 + 0.045 - 0.005,
        plain + 0.045 - 0.005, plain + 0.02 + 0.025 - 0.005, plain + 0.02 + 0.025 - 0.005, 0.1 + 0.045 + 0.2 - 0.005,
    ]  # fmt: skip
    assert found == pytest.approx(expected, abs=1e-12)
    assert part == pytest.approx([(0.3 * 40 + plain * 20) / 60, 0, 0, plain, plain, 0, 0.1], abs=1e-12)
