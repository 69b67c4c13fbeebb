"""Loops over teachers at values worked by hand: sorting, counting, learning, who is best.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

NAN = math.nan

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def teachers() -> ModuleType:
    import edusim.equations.teachers as module

    return module


def test_rows_by_key(teachers: ModuleType) -> None:
    key = np.array([2, 0, 2, -1, 2, 0, 1], np.int32)
    start, rows = teachers.group_rows(key, np.array([True, True, True, True, False, True, False]), 4)
    assert (start.tolist(), rows.tolist()) == ([0, 2, 2, 4, 4], [1, 5, 0, 2])
    start, rows = teachers.group_rows(np.zeros(0, np.int32), np.zeros(0, np.bool_), 2)
    assert (start.tolist(), rows.tolist()) == ([0, 0, 0], [])


def test_sorting_by_falling_value(teachers: ModuleType) -> None:
    random = np.random.RandomState(4)
    for n in (*range(6), 12, 13, 14, 40, 41, 200):
        value = random.randint(0, max(2, n // 3), n + 3).astype(np.float64)  # many ties: the lower row first
        rows = random.permutation(n + 3)
        before = rows.copy()
        teachers.sort_rows(rows, value, 2, 2 + n)
        wanted = sorted(before[2 : 2 + n].tolist(), key=lambda i: (-value[i], i))
        assert rows.tolist() == [*before[:2].tolist(), *wanted, *before[2 + n :].tolist()]


def test_quality_is_the_sum_of_its_parts(teachers: ModuleType) -> None:
    quality = np.array([9.0, 9.0, 9.0])
    serving, innate = np.array([True, False, True]), np.array([0.1, 0.2, -0.3])
    teachers.update_quality(serving, innate, np.array([0.0, 5.0, 5.0]), np.array([0.02, 0.0, 0.05]), 0.07, 2.5, 0.04, quality)
    # Five years of experience give the printed .06719 of closed form A6.
    assert quality == pytest.approx([0.12, 9.0, -0.25 + 0.06719319684010377], abs=1e-12)


def test_best_tenth(teachers: ModuleType) -> None:
    # Rank floor(.9 (n - 1)) from below: of 11 teachers the second best, of 10 and of 4 the second best, of 2 the lower.
    quality = np.array([0.5, 0.1, 0.9, 0.3, 0.7, 0.2, 0.8, 0.4, 0.6, 1.0, 0.0, -0.5, -0.7, -0.9])
    for n, expected in ((1, 0.5), (2, 0.1), (4, 0.5), (10, 0.9), (11, 0.9)):
        start, rows = np.array([0, 0, n, n]), np.arange(n)
        found = teachers.upper_decile(start, rows, quality, 0.9)
        assert found.tolist()[1] == expected, n
        assert np.isnan(found[[0, 2]]).all()
    found = teachers.upper_decile(np.array([0, 3, 6]), np.array([11, 12, 13, 2, 2, 4]), quality, 0.5)
    assert found.tolist() == [-0.7, 0.9]
    assert teachers.upper_decile(np.array([0, 3]), np.array([0, 1, 2]), quality, 0.0).tolist() == [0.1]


def test_learning_from_own_and_core(teachers: ModuleType) -> None:
    # School 0: better colleagues at home and at the core; 1: nobody known at home; 2: no core; the last is not serving.
    learned = np.array([0.1, 0.1, 0.1, 0.1])
    teachers.learn_from_others(
        np.array([True, True, True, False]), np.array([0, 1, 2, 0], np.int32), np.full(4, 0.2), learned,
        np.array([0.5, NAN, 0.5]), np.array([1.0, 1.0, 1.0]), np.array([0.7, 0.7, NAN]), np.array([0.5, 0.5, 0.5]), 0.4, 0.1,
    )  # fmt: skip
    assert learned == pytest.approx([0.31, 0.19, 0.21, 0.1], abs=1e-12)


def test_kth_best(teachers: ModuleType) -> None:
    # Rows 1 to 6 of the list; substitutes never count, teachers on rotation only when asked for.
    value = np.array([0.0, 9.0, 0.4, 0.6, 0.5, 0.9, 0.8, 0.7])
    substitute = np.array([False, True, False, False, False, False, False, False])
    term = np.array([0, 0, 0, 0, 0, 1, 2, 0], np.int16)
    rows = np.array([0, 1, 2, 3, 4, 5, 6, 7])
    for k, expected in ((1, 0.6), (2, 0.5), (3, 0.4), (4, -math.inf)):
        assert teachers.kth_best(rows, value, substitute, term, False, 1, 7, k) == expected
    assert [teachers.kth_best(rows, value, substitute, term, True, 1, 7, k) for k in (1, 2)] == [0.9, 0.8]
    assert teachers.kth_best(rows, value, substitute, term, False, 0, 8, 1) == 0.7
    assert teachers.kth_best(rows, value, substitute, term, False, 1, 7, 0) == math.inf
    assert teachers.kth_best(rows, value, substitute, term, False, 1, 7, -1) == math.inf


def test_hours_give_intensity(teachers: ModuleType) -> None:
    found = teachers.hours_to_intensity(np.array([0.0, 40.0, 120.0]), 40.0, 0.8)
    assert found == pytest.approx([0.0, 0.4, 0.6], abs=1e-12)


def test_staff_is_counted(teachers: ModuleType) -> None:
    # Rows: a senior backbone PE teacher of school 0 lent to school 1; a middle maths teacher of 1 with the degree,
    # teaching at 0; a senior outside the posts, of music, at 0; a substitute at 1, teaching at 0; a senior of
    # subject 4 at 0; one who left.
    counts, by_subject, quality = teachers.count_staff(
        np.array([True, True, True, True, True, False]),
        np.array([0, 1, 0, -1, 0, 0], np.int32),  # employer
        np.array([1, 1, 0, 1, 0, 0], np.int32),  # post
        np.array([1, 0, 0, 0, 0, 0], np.int32),  # placement
        np.array([5, 1, 7, 5, 4, 5], np.int8),
        np.array([2, 1, 2, 2, 2, 2], np.int8),
        np.array([False, False, False, True, False, False]),
        np.array([False, True, False, True, True, True]),
        np.array([True, False, False, True, False, True]),
        np.array([False, False, True, False, False, False]),
        np.array([0.5, 0.25, -0.125, 1.0, 0.5, 8.0]),
        2,
        2.0**40,
    )
    assert counts.T.tolist() == [[3, 1, 1, 2, 2, 0, 4, 2, 0, 2], [1, 1, 0, 0, 2, 1, 1, 0, 1, 3]]
    assert by_subject.tolist() == [[0, 0, 0, 0, 1, 1, 0, 1], [0, 1, 0, 0, 0, 0, 0, 0]]
    assert quality.tolist() == [1.625, 0.5]


def promoted(teachers: ModuleType, merit: list[float]) -> list[int]:
    """Two juniors of one school with one middle post; the first is .3 SD ahead in appraisal."""
    n = 2
    code, lent = np.zeros(n, np.int8), np.zeros(1, np.int64)
    small = np.zeros(n, np.int16)
    teachers.promote(
        np.array([0, n]), np.arange(n), np.array([7, 8]), np.zeros(n, np.int8), np.zeros(n, np.bool_), np.zeros(n, np.bool_),
        small + np.int16(9), small, small, small, np.array([0.3, 0.0]), np.zeros(n, np.int32), np.zeros(n, np.int32),
        np.full(n, 100.0), np.zeros(1, np.int8), np.zeros(1, np.int64), np.ones(1, np.int64), np.zeros(1), 5, 1,
        np.array([1.0, 1.1, 1.2]), np.uint64(3), np.array(merit), np.zeros(1, np.bool_), code, lent,
    )  # fmt: skip
    assert lent.tolist() == [0]
    return [int(c) for c in code]


def test_cross_school_teaching_counts_in_promotion(teachers: ModuleType) -> None:
    assert promoted(teachers, [0.0, 0.0]) == [1, 0]
    assert promoted(teachers, [0.0, 0.2]) == [1, 0]
    assert promoted(teachers, [0.0, 0.4]) == [0, 1]
    assert promoted(teachers, [0.4, 0.4]) == [1, 0]
