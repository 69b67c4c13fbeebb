"""Loops over pupils at values worked by hand: classes, a year's learning, the way to senior high.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edusim.draws import normal_at

NAN = math.nan
GRAIN = 2.0**40

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def pupils() -> ModuleType:
    import edusim.equations.pupils as module

    return module


def test_enrolled_pupils_are_counted(pupils: ModuleType) -> None:
    out = np.zeros(3, np.int64)
    pupils.count_pupils(np.array([1, 0, 2, 1, 1, 1], np.int8), np.array([2, 2, 2, 0, -1, 2], np.int32), out)
    assert out.tolist() == [1, 0, 2]


def classes_of(pupils: ModuleType, status: list[int], school: list[int], n_classes: list[int], order: list[int]) -> Any:
    n = len(status)
    klass = np.full(n, -7, np.int32)
    total = 10 + sum(n_classes)
    size, whole = np.zeros(total, np.int64), np.zeros(total, np.int64)
    pupils.form_classes(
        np.array(status, np.int8), np.array(school, np.int32), klass, np.zeros(n), np.arange(n) / 8.0,
        10 + np.cumsum([0, *n_classes[:-1]]), np.array(n_classes), np.array(order, np.int64), size, whole,
    )  # fmt: skip
    return klass.tolist(), size[10:].tolist(), (whole[10:] / GRAIN * 8).tolist()


def test_balanced_classes_are_dealt_out(pupils: ModuleType) -> None:
    # Five of school 0 into two classes, two of school 1 into one; one has left, one row is free.
    klass, size, whole = classes_of(pupils, [1, 1, 2, 1, 1, 0, 1, 1, 1], [0, 1, 0, 0, 0, 1, 0, 0, 1], [2, 1], [])
    assert klass == [10, 12, -1, 11, 10, -1, 11, 10, 12]
    assert (size, whole) == ([3, 2, 2], [0 + 4 + 7, 3 + 6, 1 + 8])


def test_sorted_classes_take_bands(pupils: ModuleType) -> None:
    klass, size, whole = classes_of(pupils, [1] * 8, [0, 0, 0, 0, 0, 1, 1, 1], [2, 2], [4, 0, 3, 1, 2, 7, 6, 5])
    # School 0 in the order 4 0 3 | 1 2: the first three of five, then the rest; school 1: 7 6 | 5.
    assert klass == [10, 11, 11, 10, 10, 13, 12, 12]
    assert (size, whole) == ([3, 2, 2, 1], [4 + 0 + 3, 1 + 2, 7 + 6, 5])
    # Who is not in the order is in no class, be there one pupil in it or more.
    assert classes_of(pupils, [1, 2, 1], [0, 0, 0], [2], [2, 0]) == ([11, -1, 10], [1, 1], [2, 0])
    assert classes_of(pupils, [1, 1], [0, 0], [2], [1]) == ([-1, 10], [1, 0], [1, 0])


def learn(pupils: ModuleType, start: int, stop: int, noise_sd: float = 0.0, rows: int = 1, luck: Sequence[float] = (0.0, 0.0, 0.0)) -> Any:
    """Run a year for seven pupils (``rows`` times over): one row before the first enrolled, one out, one free."""
    status = np.tile(np.array([1, 1, 1, 2, 0, 1, 1], np.int8), rows)
    n = status.size
    own = np.tile([1.0, 0.0, -1.0, 0.5, 0.25, 0.5, 2.0], rows)
    caused, score = np.tile([0.0, 0.5, 0.0, 0.25, 0.0, -0.5, 0.0], rows), np.full(n, -9.0)
    ses = np.tile([0.0, 1.0, -1.0, 0.0, 0.0, -1.5, 0.5], rows)
    out = np.zeros((2, 8), np.int64)
    pupils.learn(
        start, stop, status, np.arange(n) * 3 + 5, np.tile(np.array([0, 0, 0, -1, -1, 1, 0], np.int32), rows),
        np.tile(np.array([0, 1, 0, -1, -1, 2, 1], np.int32), rows), ses, own, caused, score, np.array([0.5, -0.5, 1.0]),
        np.array(luck),
        0.75, 0.25, noise_sd, 0.25, 0.25, -1.0, np.uint64(77), out,
    )  # fmt: skip
    return own, caused, score, out


def test_a_year_of_learning(pupils: ModuleType) -> None:
    own, caused, score, out = learn(pupils, 0, 7)
    # own' = .75 own + .25 z; lasting = before + .25 Q; score = own' + lasting + .75 Q.
    assert own.tolist() == [0.75, 0.25, -1.0, 0.375, 0.1875, 0.0, 1.625]
    assert caused.tolist() == [0.125, 0.375, 0.125, 0.25, 0.0, -0.25, -0.125]
    # Who is out keeps what lasts and learns nothing at school; a free row stays as it is.
    assert score.tolist() == [1.25, 0.25, -0.5, 0.625, -9.0, 0.5, 1.125]
    # School 0: four pupils, one below .25, one just there; nobody below an SES of -1, one just there. School 1: one, poor.
    sums = [1.25 + 0.25 - 0.5 + 1.125, 1.25**2 + 0.25**2 + 0.5**2 + 1.125**2, 0.0 + 1.0 - 1.0 + 0.5]
    assert out[0].tolist() == [4, 1, 0, 0, *(int(v * GRAIN) for v in sums), 0]
    assert out[1].tolist() == [1, 0, 1, 0, *(int(v * GRAIN) for v in (0.5, 0.25, -1.5, 0.5))]
    # Some rows only: the others are left alone.
    own, _, score, out = learn(pupils, 2, 6)
    assert own.tolist() == [1.0, 0.0, -1.0, 0.375, 0.1875, 0.0, 2.0]
    assert score.tolist() == [-9.0, -9.0, -0.5, 0.625, -9.0, 0.5, -9.0]
    assert out[:, 0].tolist() == [1, 1]
    assert learn(pupils, 3, 5)[3].tolist() == [[0] * 8] * 2


def test_luck_of_a_grade_shows_once(pupils: ModuleType) -> None:
    plain_own, plain_caused, plain, _ = learn(pupils, 0, 7)
    own, caused, score, out = learn(pupils, 0, 7, luck=(0.5, -0.25, 1.0))
    assert own.tolist() == plain_own.tolist() and caused.tolist() == plain_caused.tolist()
    assert (score - plain).tolist() == [0.5, -0.25, 0.5, 0.0, 0.0, 1.0, -0.25]
    assert out[0, 4] == int((1.75 + 0.0 + 0.0 + 0.875) * GRAIN)


def test_noise_is_keyed_by_pupil(pupils: ModuleType) -> None:
    # More rows than are worked through at a time.
    own, _, score, out = learn(pupils, 0, 2100, noise_sd=0.5, rows=300)
    plain, _, scores, _ = learn(pupils, 0, 2100, rows=300)
    for i in (0, 6, 1023, 1024, 1025, 2047, 2048, 2099):
        noise = 0.5 * normal_at(np.uint64(77), i * 3 + 5)
        assert own[i] == pytest.approx(plain[i] + noise, abs=1e-12)
    enrolled = np.tile(np.array([1, 1, 1, 0, 0, 0, 1], bool), 300)
    assert out[:, 0].tolist() == [1200, 300]
    assert out[0, 4] == sum(int(v * GRAIN) for v in score[enrolled])
    assert out[0, 1] == (score[enrolled] < 0.25).sum()
    assert not np.array_equal(score, scores)


def test_a_run_is_booked(pupils: ModuleType) -> None:
    out = np.arange(16).reshape(2, 8)
    pupils.book(out, 1, 10, 20, 30, 50, 60, 70, 80)
    assert out.tolist() == [list(range(8)), [18, 29, 40, 11, 62, 73, 84, 95]]


def senior(
    pupils: ModuleType, school: list[int], tenure: list[int], score: list[float], good: float, quota: float, years: int = 3,
    given: list[float] | None = None, floor: list[float] | None = None, unfilled: list[float] | None = None, gap: float = -0.5,
) -> Any:  # fmt: skip
    """Return (open line, offered, filled, got by school, graduates by school); pupils in any order."""
    size = max([*school, 2]) + 1
    nothing = [NAN] * size
    got, graduates = np.zeros(size, np.int64), np.zeros(size, np.int64)
    order = np.array(sorted(range(len(score)), key=lambda i: -score[i]), np.int64)
    n = len(score)
    line, offered, filled = pupils.good_senior_places(
        np.ones(n, np.int8), np.arange(n), np.array(school, np.int32), np.array(tenure, np.int8), np.array(score), order,
        good, quota, years, np.array(given or nothing), np.array(floor or nothing), np.array(unfilled or nothing), gap,
        got, graduates,
    )  # fmt: skip
    return line, offered, filled, got.tolist(), graduates.tolist()


# Ten graduates: 0 and 1 with four each (1 the weaker), 2 with two; one of school 1 came late.
SCHOOL = [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]
TENURE = [3, 3, 3, 3, 3, 3, 2, 3, 3, 4]
SCORE = [2.0, 1.5, 1.0, 0.5, 0.75, 0.25, 1.25, -1.0, 0.0, -0.5]


def test_senior_places_by_rank_alone(pupils: ModuleType) -> None:
    # Half of ten: 2, 1.5, 1.25, 1, .75.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.5, 0.0) == (0.75, 0, 0, [3, 2, 0], [4, 4, 2])
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.0, 0.0) == (3.0, 0, 0, [0, 0, 0], [4, 4, 2])
    assert senior(pupils, SCHOOL, TENURE, SCORE, 1.0, 0.0)[3] == [4, 4, 2]
    assert senior(pupils, SCHOOL, TENURE, SCORE, 1.5, 0.0)[:4] == (-1.0, 0, 0, [4, 4, 2])
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.047, 0.0)[3] == [0, 0, 0], "less than half a seat is none"
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.05, 0.0)[3] == [1, 0, 0], "half a seat is one"
    assert senior(pupils, [], [], [], 0.5, 0.5) == (0.0, 0, 0, [0, 0, 0], [0, 0, 0])


def test_senior_places_by_quota(pupils: ModuleType) -> None:
    # Six seats, three of them by quota, split 4 : 3 : 2 of nine eligible: 1.33, 1, .67, so one each. The line of open
    # competition is .5; the floor lies .5 below. School 2's best has 0: just enough. Then three by rank.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.6, 0.5) == (1.0, 3, 3, [3, 2, 1], [4, 4, 2])
    # A floor of .4 below: school 2 fills nothing, its seat goes back to the open line.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.6, 0.5, gap=-0.4) == (0.5, 3, 2, [4, 2, 0], [4, 4, 2])
    # Two years of registration are enough for the one of school 1 with 1.25 too: 4 : 4 : 2 of ten.
    line, offered, filled, got, _ = senior(pupils, SCHOOL, TENURE, SCORE, 0.6, 0.5, years=2)
    assert (line, offered, filled, got) == (0.75, 3, 3, [3, 2, 1])
    # Four years: only one of school 2, and she is below the floor.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.6, 0.5, years=4)[1:4] == (3, 0, [4, 2, 0])
    # Nobody is eligible.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.6, 0.5, years=9)[1:4] == (0, 0, [4, 2, 0])


def test_senior_places_as_published(pupils: ModuleType) -> None:
    # Published quotas of 30 and 10: 3 : 1 of the four seats; no floor at school 1; unknown at 2: none.
    given = [30.0, 10.0, NAN]
    floor = [0.0, -9.0, NAN]
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.8, 0.5, given=given, floor=floor)[1:4] == (4, 4, [4, 3, 1])
    # Eight seats, all by quota: six and two. School 0 has four pupils; school 1's floor, .5 above the line of 0, lets
    # one in. The three seats left go by rank: 1.25, .25, 0.
    line, offered, filled, got, _ = senior(pupils, SCHOOL, TENURE, SCORE, 0.8, 1.0, given=given, floor=[-9.0, 0.5, NAN])
    assert (offered, filled, got) == (8, 5, [4, 3, 1])
    assert line == 0.0
    # Half of school 0's seats stayed empty where the quotas were published: three and two.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.8, 1.0, given=given, unfilled=[0.5, NAN, NAN])[1] == 5
    # Shares do as well as numbers, whatever they add up to.
    for shares in ([0.75, 0.25, NAN], [0.375, 0.125, NAN]):
        assert senior(pupils, SCHOOL, TENURE, SCORE, 0.8, 0.5, given=shares, floor=floor)[1:4] == (4, 4, [4, 3, 1])
    # Half a seat is a seat, a little less is none: of four 2, .5, 1.5 and 2, .47, 1.53.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.4, 1.0, given=[0.5, 0.125, 0.375])[1] == 5
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.4, 1.0, given=[0.5, 0.1175, 0.3825])[1] == 4
    # One seat, and the line is the county's best.
    assert senior(pupils, SCHOOL, TENURE, SCORE, 0.1, 1.0, given=[1.0, 0.0, 0.0], gap=0.0)[:4] == (2.0, 1, 1, [1, 0, 0])


def test_reputation_that_families_see(pupils: ModuleType) -> None:
    # A core; a member under its full name, one under none, a school in no group; a member under half a name of a better
    # school; the county's best school, in no group.
    reputation = np.array([1.0, 0.0, 0.0, 0.0, -1.0, 5.0])
    core_of = np.array([-1, 0, 0, -1, 3, -1], np.int32)
    found = pupils.seen_reputation(reputation, core_of, np.array([1.0, 1.0, 0.0, 1.0, 0.5, 0.0]), 0.5)
    assert found.tolist() == [1.0, 0.5, 0.0, 0.0, -0.75, 5.0]
    assert reputation.tolist() == [1.0, 0.0, 0.0, 0.0, -1.0, 5.0]


def test_exact_sums_turn_back(pupils: ModuleType) -> None:
    assert pupils.GRAIN == GRAIN
    assert pupils.exact(np.array([2**40, 2**39, -(2**41)])).tolist() == [1.0, 0.5, -2.0]
