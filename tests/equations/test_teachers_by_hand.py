"""Loops over teachers at values worked by hand: sorting, counting, learning, who is best, appraisal, promotion.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edusim import draws
from edusim.draws import normal_at

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


KEY = draws.key(5, "test", 2025, 0)


def appraised(teachers: ModuleType, n: list[int], **given: Any) -> tuple[int, dict[str, Any]]:
    """Appraise campuses of ``n`` teachers with qualities 1, 2, ... there, mean 1, SD 2, no noise; a fifth is excellent."""
    size = sum(n)
    where = np.repeat(np.arange(len(n)), n)
    table: dict[str, Any] = {
        "quality": [float(1 + i) for k in n for i in range(k)], "title": [2] * size, "substitute": [False] * size,
        "forced": [False] * size, "term_left": [0] * size, "rank_years": [0] * size, "noise": 0.0, "share": [0.2] * len(n),
        "bonus": [0.0] * len(n), "monitor": [0.0] * len(n), "post": where, "ids": list(range(1, size + 1)),
    } | given  # fmt: skip
    appraisal, honours, effort, at = np.full(size, 9.0), np.full(size, 3, np.int16), np.full(size, 9.0), np.full(len(n), 9)
    total = teachers.appraise(
        np.concatenate([[0], np.cumsum(n)]), np.arange(size), np.array(table["ids"]), np.array(table["quality"]),
        np.array(table["title"], np.int8), np.array(table["substitute"]), np.array(table["forced"]),
        np.array(table["term_left"], np.int16), np.array(table["rank_years"], np.int16), 1.0, 2.0, table["noise"],
        np.array(table["share"]), np.array(table["bonus"]), np.array(table["post"], np.int32), np.array(table["monitor"]), 5,
        0.3, 0.2, 0.5, KEY, appraisal, honours, effort, at,
    )  # fmt: skip
    return total, {"appraisal": appraisal.tolist(), "excellent": (honours - 3).tolist(), "effort": effort, "at": at.tolist()}


def lot_of(campus: int) -> float:
    return float(draws.uniform_at(KEY, -2 - campus))


def test_the_best_of_each_campus_are_excellent(teachers: ModuleType) -> None:
    total, found = appraised(teachers, [5, 10])
    assert found["appraisal"][:5] == [0.0, 0.5, 1.0, 1.5, 2.0]
    # A fifth of five is one, of ten two, whatever the lot below one.
    assert (total, found["at"]) == (3, [1, 2])
    assert found["excellent"] == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert found["effort"] == pytest.approx([0.2 * e for e in found["excellent"]], abs=1e-12)
    # Fractions of a place by the campus's lot.
    for share in (0.05, 0.1, 0.15, 0.19):
        total, found = appraised(teachers, [5, 5, 5, 5], share=[share] * 4)
        assert found["at"] == [int(5 * share + lot_of(s)) for s in range(4)]
        assert total == sum(found["at"])
    # Shares of each campus's own.
    assert appraised(teachers, [5, 5], share=[0.4, 0.0])[1]["at"] == [2, 0]
    # Counted where they serve, though appraised together.
    assert appraised(teachers, [5, 5], post=[0, 0, 0, 0, 1, 1, 1, 1, 1, 0])[1]["at"] == [1, 1]


def test_appraisal_has_noise(teachers: ModuleType) -> None:
    ids = [11, 5, 8, 2, 9]
    _, found = appraised(teachers, [5], noise=2.0, ids=ids)
    assert found["appraisal"] == pytest.approx([0.5 * i + 2.0 * normal_at(KEY, k) for i, k in enumerate(ids)], abs=1e-12)


def test_those_on_rotation_are_counted_apart(teachers: ModuleType) -> None:
    # Ten: the five best are guests, of whom a fifth and a fifth more are excellent; of the others a fifth.
    guests = {"term_left": [0] * 5 + [1, 2, 1, 3, 1], "bonus": [0.2]}
    assert appraised(teachers, [10], **guests)[1]["excellent"] == [0, 0, 0, 0, 1, 0, 0, 0, 1, 1]
    assert appraised(teachers, [10], **(guests | {"bonus": [0.8]}))[1]["excellent"] == [0] * 4 + [1] * 6
    two = {"term_left": [1] * 5 + [0] * 5, "bonus": [0.0, 0.0]}
    assert appraised(teachers, [5, 5], **two)[1]["excellent"] == [0, 0, 0, 0, 1] * 2
    two = {"term_left": [1] * 10, "bonus": [0.0, 0.0], "quality": [*range(5), *range(10, 15)]}
    assert appraised(teachers, [5, 5], **two)[1]["excellent"] == [0, 0, 0, 0, 1] * 2
    # Substitutes take no place and have none.
    found = appraised(teachers, [6], substitute=[False] * 5 + [True])[1]
    assert (found["excellent"], found["effort"][5]) == ([0, 0, 0, 0, 1, 0], 0.0)


def test_effort_near_promotion_and_of_those_sent_unwilling(teachers: ModuleType) -> None:
    none = {"share": [0.0], "bonus": [0.0]}
    # Eligible after five years in rank: effort rises from the third year on; never in the highest rank.
    _, found = appraised(teachers, [6], title=[0, 1, 1, 2, 0, 0], rank_years=[3, 3, 2, 9, 9, 2], **none)
    assert found["effort"] == pytest.approx([0.3, 0.3, 0.0, 0.0, 0.3, 0.0], abs=1e-12)
    _, found = appraised(
        teachers, [4], forced=[True, True, False, True], term_left=[1, 0, 1, 1], monitor=[0.25],
        title=[2, 2, 2, 0], rank_years=[0, 0, 0, 4], **none,
    )  # fmt: skip
    assert found["effort"] == pytest.approx([-0.375, 0.0, 0.0, 0.3 - 0.375], abs=1e-12)
    _, found = appraised(
        teachers, [1, 2], forced=[False, True, True], term_left=[0, 1, 1], post=[0, 0, 1], monitor=[0.5, 1.0],
        share=[0.0, 0.0], bonus=[0.0, 0.0],
    )  # fmt: skip
    assert found["effort"] == pytest.approx([0.0, -0.25, 0.0], abs=1e-12)


def ranks(teachers: ModuleType, n: list[int], **given: Any) -> dict[str, Any]:
    """Promote at schools of ``n`` teachers: middle rank, six years in it, a year of rural service, appraisals 1, 2, ..."""
    size = sum(n)
    where = np.repeat(np.arange(len(n)), n)
    table: dict[str, Any] = {
        "title": [1] * size, "substitute": [False] * size, "quota_free": [False] * size, "rank_years": [6] * size,
        "weak_years": [1] * size, "away_years": [0] * size, "honours": [0] * size, "appraisal": [float(i) for k in n for i in range(k)],
        "post": where, "zone": [0] * len(n), "senior": [1] * len(n), "middle": [0] * len(n), "free_years": [0.0] * len(n),
        "merit": [0.0] * size, "pooled": [False] * len(n),
    } | given  # fmt: skip
    title, quota_free = np.array(table["title"], np.int8), np.array(table["quota_free"])
    years, pay = np.array(table["rank_years"], np.int16), np.full(size, 100.0)
    promoted, lent = np.full(size, 7, np.int8), np.full(len(n), 7)
    teachers.promote(
        np.concatenate([[0], np.cumsum(n)]), np.arange(size), np.arange(1, size + 1), title, np.array(table["substitute"]),
        quota_free, years, np.array(table["weak_years"], np.int16), np.array(table["away_years"], np.int16),
        np.array(table["honours"], np.int16), np.array(table["appraisal"]), where.astype(np.int32),
        np.array(table["post"], np.int32), pay, np.array(table["zone"], np.int8), np.array(table["senior"]),
        np.array(table["middle"]), np.array(table["free_years"]), 5, 1, np.array([0.5, 1.1, 1.43]), KEY,
        np.array(table["merit"]), np.array(table["pooled"]), promoted, lent,
    )  # fmt: skip
    return {"promoted": promoted.tolist(), "title": title.tolist(), "years": years.tolist(), "pay": pay, "lent": lent.tolist(),
            "quota_free": quota_free.tolist()}  # fmt: skip


def test_free_senior_posts_go_to_the_best_who_may(teachers: ModuleType) -> None:
    found = ranks(teachers, [4])
    assert (found["promoted"], found["title"], found["years"]) == ([0, 0, 0, 1], [1, 1, 1, 2], [6, 6, 6, 0])
    assert found["pay"] == pytest.approx([100, 100, 100, 130], abs=1e-9)
    assert ranks(teachers, [4], senior=[2])["promoted"] == [0, 0, 1, 1]
    # Five years in rank, a year of rural service; a senior holds a post unless it lies outside them; substitutes none.
    assert ranks(teachers, [4], rank_years=[6, 6, 5, 4])["promoted"] == [0, 0, 1, 0]
    assert ranks(teachers, [4], weak_years=[1, 1, 2, 0])["promoted"] == [0, 0, 1, 0]
    assert ranks(teachers, [4], title=[1, 1, 1, 2])["promoted"] == [0, 0, 0, 0]
    assert ranks(teachers, [4], title=[1, 1, 1, 2], quota_free=[False] * 3 + [True])["promoted"] == [0, 0, 1, 0]
    assert ranks(teachers, [4], substitute=[False] * 3 + [True])["promoted"] == [0, 0, 1, 0]
    assert ranks(teachers, [3, 2], senior=[0, 1])["promoted"] == [0, 0, 0, 0, 1]


def test_honours_years_and_merit_count(teachers: ModuleType) -> None:
    level = {"appraisal": [0.0, 0.0]}
    # A year of honours is worth half an SD of appraisal, a year in rank a tenth.
    assert ranks(teachers, [2], honours=[1, 0], appraisal=[0.0, 0.49])["promoted"] == [1, 0]
    assert ranks(teachers, [2], honours=[1, 0], appraisal=[0.0, 0.51])["promoted"] == [0, 1]
    assert ranks(teachers, [2], honours=[2, 0], appraisal=[0.0, 0.99])["promoted"] == [1, 0]
    assert ranks(teachers, [2], rank_years=[8, 7], appraisal=[0.0, 0.09])["promoted"] == [1, 0]
    assert ranks(teachers, [2], rank_years=[8, 7], appraisal=[0.0, 0.105])["promoted"] == [0, 1]
    assert ranks(teachers, [2], merit=[0.2, 0.1], **level)["promoted"] == [1, 0]
    assert ranks(teachers, [2], merit=[0.1, 0.2], **level)["promoted"] == [0, 1]
    lots = [draws.uniform_at(KEY, 1), draws.uniform_at(KEY, 2)]
    assert ranks(teachers, [2], **level)["promoted"] == [int(lots[0] > lots[1]), int(lots[1] > lots[0])]
    # The lot settles ties and no more.
    loser = int(lots[0] > lots[1])
    near = [0.0, 0.0]
    near[loser] = 1e-5
    assert ranks(teachers, [2], appraisal=near)["promoted"][loser] == 1


def test_senior_outside_the_posts_after_years_in_the_mountains(teachers: ModuleType) -> None:
    away: dict[str, Any] = {"zone": [3], "free_years": [2.0], "senior": [0]}
    found = ranks(teachers, [3], **away, away_years=[2, 1, 3], middle=[2])
    assert (found["promoted"], found["quota_free"]) == ([2, 0, 2], [True, False, True])
    assert found["pay"] == pytest.approx([130, 100, 130], abs=1e-9)
    assert ranks(teachers, [3], **(away | {"zone": [2]}), away_years=[9] * 3)["promoted"] == [0, 0, 0]
    assert ranks(teachers, [3], **(away | {"free_years": [0.0]}), away_years=[9] * 3)["promoted"] == [0, 0, 0]
    assert ranks(teachers, [3], **(away | {"free_years": [1.0]}), away_years=[1, 0, 0])["promoted"] == [2, 0, 0]
    # Where they serve counts, not who employs them.
    found = ranks(teachers, [2, 0], post=[0, 1], zone=[0, 3], free_years=[0.0, 2.0], senior=[0, 0], away_years=[5, 5])
    assert found["promoted"] == [0, 2]


def test_free_middle_posts_go_to_the_best_of_the_first_rank(teachers: ModuleType) -> None:
    first: dict[str, Any] = {"title": [0] * 4, "senior": [0]}
    found = ranks(teachers, [4], **first, middle=[2])
    assert (found["promoted"], found["title"], found["years"]) == ([0, 0, 1, 1], [0, 0, 1, 1], [6, 6, 0, 0])
    assert found["pay"] == pytest.approx([100, 100, 220, 220], abs=1e-9)
    assert ranks(teachers, [4], title=[0, 0, 1, 1], senior=[0], middle=[3])["promoted"] == [0, 1, 0, 0]
    # Who rises to senior leaves a middle post; who is not long enough in rank holds one.
    assert ranks(teachers, [4], title=[0, 0, 1, 1], senior=[1], middle=[2])["promoted"] == [0, 1, 0, 1]
    assert ranks(teachers, [4], title=[0, 0, 1, 1], senior=[0], middle=[2], rank_years=[6, 6, 0, 0])["promoted"] == [0] * 4
    assert ranks(teachers, [4], **first, middle=[1], rank_years=[6, 6, 5, 4])["promoted"] == [0, 0, 1, 0]


def test_a_middle_post_may_be_lent_by_another_school(teachers: ModuleType) -> None:
    # School 0, in the mountains, has none; 1 has one in the mountains, 2 two and 3 four in town.
    lend: dict[str, Any] = {
        "title": [0, 0, 0], "zone": [3, 3, 1, 1], "senior": [0] * 4, "middle": [0, 1, 2, 4], "free_years": [2.0] * 4,
        "away_years": [2, 2, 2], "pooled": [True] * 4,
    }  # fmt: skip
    found = ranks(teachers, [3, 0, 0, 0], **lend)
    # The best gets the one of the same kind of place, the others those of the school that has most.
    assert (found["promoted"], found["lent"]) == ([3, 3, 3], [3, -1, 0, -2])
    assert (found["title"], found["years"]) == ([1, 1, 1], [0, 0, 0])
    assert found["pay"] == pytest.approx([220, 220, 220], abs=1e-9)
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"middle": [0, 0, 2, 2]}))["lent"] == [3, 0, -2, -1]  # as many: the first
    # The lender may be any school, the first too: near before far, the one with more before the others.
    last = lend | {"title": [0], "away_years": [2], "zone": [3, 3, 1, 3]}
    assert ranks(teachers, [0, 0, 0, 1], **(last | {"middle": [1, 0, 5, 0]}))["lent"] == [-1, 0, 0, 1]
    assert ranks(teachers, [0, 0, 0, 1], **(last | {"middle": [2, 1, 5, 0]}))["lent"] == [-1, 0, 0, 1]
    assert ranks(teachers, [0, 0, 0, 1], **(last | {"middle": [1, 2, 5, 0]}))["lent"] == [0, -1, 0, 1]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"middle": [0, 1, 0, 0]}))["promoted"] == [0, 0, 3]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"middle": [1, 1, 0, 0]}))["promoted"] == [0, 3, 1]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"pooled": [False] * 4}))["promoted"] == [0, 0, 0]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"away_years": [2, 1, 0]}))["promoted"] == [3, 0, 0]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"free_years": [0.0] * 4}))["promoted"] == [0, 0, 0]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"free_years": [1.0] * 4, "away_years": [1, 0, 0]}))["promoted"] == [3, 0, 0]
    assert ranks(teachers, [3, 0, 0, 0], **(lend | {"zone": [2, 2, 1, 1]}))["promoted"] == [0, 0, 0]
