"""The between-school share of variance against sums done pupil by pupil."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edusim.measures import MeasureError, icc


def pieces(schools: list[list[float]]) -> tuple[list[int], list[float], list[float]]:
    return [len(s) for s in schools], [sum(s) for s in schools], [sum(x * x for x in s) for s in schools]


def by_the_book(schools: list[list[float]]) -> float:
    used = [np.array(s) for s in schools if s]
    everyone = np.concatenate(used)
    k, n = len(used), everyone.size
    msb = sum(s.size * (s.mean() - everyone.mean()) ** 2 for s in used) / (k - 1)
    msw = sum(((s - s.mean()) ** 2).sum() for s in used) / (n - k)
    n0 = (n - sum(s.size**2 for s in used) / n) / (k - 1)
    between = (msb - msw) / n0
    return float(between / (between + msw))


def test_unequal_schools_by_hand() -> None:
    # Means 1 and 4 (n 2, 3): MSB = 10.8, MSW = (2 + 2) / 3, n0 = 5 - 13/5 = 2.4.
    schools = [[0.0, 2.0], [3.0, 4.0, 5.0]]
    msb, msw, n0 = 10.8, 4 / 3, 2.4
    assert icc(*pieces(schools)) == pytest.approx((msb - msw) / (msb + (n0 - 1) * msw))
    assert by_the_book(schools) == pytest.approx((msb - msw) / (msb + (n0 - 1) * msw))


@given(st.lists(st.lists(st.floats(-3, 3), min_size=0, max_size=8), min_size=2, max_size=8))
def test_as_the_book(schools: list[list[float]]) -> None:
    schools = [*schools, [0.0, 1.0], [-1.0, 2.0, 0.5]]  # some variance in any case
    value = icc(*pieces(schools))
    assert value == pytest.approx(by_the_book(schools), abs=1e-8)
    sizes = [len(s) for s in schools if s]
    n0 = (sum(sizes) - sum(n * n for n in sizes) / sum(sizes)) / (len(sizes) - 1)
    assert -1.0 / (n0 - 1.0) - 1e-9 <= value <= 1.0 + 1e-9
    moved = [[3.0 * x + 2.0 for x in s] for s in schools]
    assert icc(*pieces(moved)) == pytest.approx(value, abs=1e-7)
    assert icc(*pieces(schools[::-1])) == pytest.approx(value, abs=1e-9)


def test_extremes() -> None:
    assert icc(*pieces([[1.0, 1.0], [2.0, 2.0]])) == pytest.approx(1.0)
    assert icc(*pieces([[0.0, 2.0], [0.0, 2.0]])) == pytest.approx(-1.0)


@pytest.mark.filterwarnings("error")
def test_not_defined() -> None:
    for schools in ([], [[]], [[1.0, 2.0]], [[1.0, 2.0], []], [[1.0], [2.0]], [[1.0, 1.0], [1.0, 1.0]]):
        assert math.isnan(icc(*pieces(schools)))
    with pytest.raises(MeasureError, match="total"):
        icc([2, 2], [1.0], [1.0, 1.0])
