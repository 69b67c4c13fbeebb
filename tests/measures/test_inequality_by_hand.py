"""Measures of inequality at values worked by hand or made by other programs, at every edge.

Each test takes the module that holds the measures, so that `tests/test_mutations.py` can hand it altered
copies: every altered copy must fail here.
"""

from __future__ import annotations

import math
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

NAN = math.nan
# Eight schools in three districts: yuan of equipment and pupils. The values beside them are those of PySAL
# inequality 1.1.2 and statsmodels 0.15.
PUPILS = [1200.0, 640.0, 310.0, 980.0, 450.0, 200.0, 760.0, 160.0]
EQUIPMENT = [3480e3, 1340e3, 520e3, 2650e3, 830e3, 270e3, 1750e3, 190e3]
EACH = [yuan / pupils for yuan, pupils in zip(EQUIPMENT, PUPILS, strict=True)]
DISTRICT = ["A", "A", "A", "B", "B", "B", "C", "C"]
PLAIN = {"theil": 0.041066553654925876, "between": 0.004416967711657015, "within": 0.036649585943268864,
         "gini": 0.16253950289279842, 0.5: 0.02074654807169718, 1: 0.041748879927619775, 2: 0.08340172896894604}  # fmt: skip
WEIGHTED = {"theil": 0.024719623618053233, "between": 0.0018748670478021187, "within": 0.022844756570251114,
            "gini": 0.11939005806215158, 0.5: 0.012825218437652608, 1: 0.026594398775226513, 2: 0.05692474885984089}  # fmt: skip
CV, CV_POPULATION, CV_SAMPLE = 0.21540146741097907, 0.28488550508743976, 0.3045554155700698


@pytest.fixture(scope="module")
def inequality() -> ModuleType:
    import edusim.measures.inequality as module

    return module


def same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-12, atol=1e-13)


def rows(*values: Any) -> np.ndarray:
    return np.array(values, dtype=float)


def quietly(call: Any, *arguments: Any) -> Any:
    with np.errstate(all="ignore"):
        return call(*arguments)


def test_coefficient_of_difference(inequality: ModuleType) -> None:
    cv = inequality.cv
    same(cv(EQUIPMENT, PUPILS), CV)
    same(cv([279, 137, 935, 160, 402], [45, 37, 89, 76, 55]), 0.5152566298844764)  # the printed example, 0.52
    # Ratios 1 and 3 of equally many pupils: mean 2, SD 1. With 30 and 10 pupils: mean 1.5, variance .75.
    assert cv([10, 30], [10, 10]) == 0.5
    same(cv([30, 30], [30, 10]), math.sqrt(0.75) / 1.5)
    # A school without pupils, or with unknown goods, is left out, goods and all; half a pupil counts.
    same(cv([10, 30, 99], [10, 10, 0]), 0.5)
    same(cv([10, 30, NAN], [10, 10, 10]), 0.5)
    same(cv([0.5, 1.5], [0.5, 0.5]), 0.5)
    same(cv([10, 30], [10, -10]), 0.0)
    assert cv([7], [7]) == 0.0  # one school with a mean of 1
    assert math.isnan(cv([0, 0], [5, 5]))
    assert math.isnan(cv([1, 2], [0, 0]))
    assert math.isnan(cv([], []))
    # The loss of a school is a mean below zero: the sign is kept.
    same(cv([-10, -30], [10, 10]), -0.5)
    assert cv([-10], [10]) == 0.0


def test_stacks_of_coefficients(inequality: ModuleType) -> None:
    goods = np.stack((rows([10, 30, 99], [30, 30, 5]), rows([1, 1, 1], [0, 0, 3]), rows([2, 6, 0], [5, 5, 5])))
    pupils = rows([10, 10, 0], [30, 10, 0])
    mean, cv = quietly(inequality.cv_rows, goods, pupils)
    same(mean, [[2.0, 1.5], [0.1, 0.0], [0.4, 0.25]])
    same(cv, [[0.5, math.sqrt(0.75) / 1.5], [0.0, NAN], [0.5, math.sqrt(3) / 3]])


def test_plain_coefficients(inequality: ModuleType) -> None:
    same(inequality.cv_population(EACH), CV_POPULATION)
    same(inequality.cv_sample(EACH), CV_SAMPLE)
    same(inequality.cv_population([1, 3, NAN]), 0.5)
    same(inequality.cv_sample([1, 3, NAN]), math.sqrt(0.5))
    assert inequality.cv_population([4]) == 0.0
    for value in (inequality.cv_population([]), inequality.cv_population([NAN]), inequality.cv_population([-1, 1]),
                  inequality.cv_sample([4]), inequality.cv_sample([]), inequality.cv_sample([-1, 1])):  # fmt: skip
        assert math.isnan(value)


def test_eight_schools_as_other_programs(inequality: ModuleType) -> None:
    for weights, expected in ((None, PLAIN), (PUPILS, WEIGHTED)):
        parts = inequality.theil(EACH, weights, DISTRICT)
        same([parts.between, parts.within, parts.total], [expected[k] for k in ("between", "within", "theil")])
        same(inequality.theil(EACH, weights), expected["theil"])
        same(inequality.gini(EACH, weights), expected["gini"])
        for epsilon in (0.5, 1, 2):
            same(inequality.atkinson(EACH, epsilon, weights), expected[epsilon])


def test_theil(inequality: ModuleType) -> None:
    theil = inequality.theil
    # 1 and 3: r = .5 and 1.5.
    by_hand = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    same(theil([1, 3]), by_hand)
    same(theil([1, 3], [7, 7]), by_hand)
    # Three in four have 1, one in four has 5: mean 2.
    same(theil([1, 5], [3, 1]), 0.75 * 0.5 * math.log(0.5) + 0.25 * 2.5 * math.log(2.5))
    same(theil([0, 1]), math.log(2))  # 0 ln 0 = 0
    same(theil([0, 0, 1]), math.log(3))
    assert theil([4]) == 0.0
    assert theil([3, 3, 3], [1, 2, 4]) == 0.0
    for value in (theil([]), theil([0, 0]), theil([-1, 3]), theil([1, 2], [0, 0]), theil([NAN])):
        assert math.isnan(value)
    # Left out: no weight, or no value.
    same(theil([1, 3, 50], [7, 7, 0]), by_hand)
    same(theil([1, 3, NAN]), by_hand)
    same(theil([1, 3, -5], [7, 7, 0]), by_hand)


def test_theil_between_and_within(inequality: ModuleType) -> None:
    theil = inequality.theil
    # Groups {1, 3} and {2, 6} of equal pupils: means 2 and 4 about 3; within both the same index.
    within = (0.5 * math.log(0.5) + 1.5 * math.log(1.5)) / 2
    between = (2 / 3 * math.log(2 / 3) + 4 / 3 * math.log(4 / 3)) / 2
    parts = theil([1, 3, 2, 6], None, ["x", "x", "y", "y"])
    same([parts.between, parts.within, parts.total], [between, within, between + within])
    # Three pupils and one: the group of one has a quarter of the pupils and 5 / 8 of the total.
    parts = theil([1, 5], [3, 1], [0, 1])
    same(parts, [parts.total, 0.0, 0.75 * 0.5 * math.log(0.5) + 0.25 * 2.5 * math.log(2.5)])
    # One group: nothing between. A group with nothing, and a group without pupils, add nothing.
    parts = theil([1, 3], [2, 2], ["x", "x"])
    same([parts.between, parts.within], [0.0, within])
    same(theil([0, 0, 4, 4], None, [1, 1, 2, 2]).between, math.log(2))
    same(theil([1, 3, 9], [2, 2, 0], [1, 1, 2]), [0.0, within, within])
    assert all(math.isnan(v) for v in theil([], None, []))
    assert all(math.isnan(v) for v in theil([-1, 3], None, [1, 2]))
    assert isinstance(parts, inequality.TheilParts)
    with pytest.raises(inequality.MeasureError):
        theil([1, 2], None, [1])


def test_parts_of_theil_never_fall_below_zero(inequality: ModuleType) -> None:
    # All alike within groups: what is left after rounding is 0, not a hair below.
    random = np.random.RandomState(7)
    for _ in range(200):
        values = random.uniform(1, 9, 3)[[0, 0, 1, 1, 2, 2]]
        weights = random.randint(1, 999, 6)
        parts = inequality.theil(values, weights, [0, 0, 1, 1, 2, 2])
        assert 0.0 <= parts.within < 1e-14
        parts = inequality.theil(random.uniform(1, 9, 6), weights, [4, 4, 4, 4, 4, 4])
        assert 0.0 <= parts.between < 1e-14
        assert inequality.theil([values[0]] * 6, weights) >= 0.0


def test_gini(inequality: ModuleType) -> None:
    gini = inequality.gini
    same(gini([1, 3]), 0.25)
    same(gini([3, 1]), 0.25)
    same(gini([0, 1]), 0.5)
    same(gini([0, 0, 0, 1]), 0.75)
    same(gini([1, 5], [3, 1]), 0.375)  # .75 x .25 x 4 / 2
    same(gini([5, 1], [1, 3]), 0.375)
    same(gini([1, 2, 4]), 2 / 7)  # (1 + 3 + 2) x 2 / 9 / (2 x 7 / 3)
    same(gini([0] * 19 + [1]), 0.95)
    assert gini([4]) == 0.0
    assert 0.0 <= gini([3, 3, 3], [1, 2, 4]) < 1e-15
    for value in (gini([]), gini([0, 0]), gini([-1, 3]), gini([1, 2], [0, 0])):
        assert math.isnan(value)
    same(gini([1, 3, 50], [7, 7, 0]), 0.25)
    same(gini([NAN, 1, 3]), 0.25)


def test_gini_is_never_below_zero(inequality: ModuleType) -> None:
    random = np.random.RandomState(3)
    for _ in range(200):
        assert 0.0 <= inequality.gini([2.5] * 7, random.uniform(0.1, 9, 7)) < 1e-14


def test_atkinson(inequality: ModuleType) -> None:
    atkinson = inequality.atkinson
    same(atkinson([1, 4], 1), 1 - 2 / 2.5)  # geometric mean
    same(atkinson([1, 3], 2), 0.25)  # harmonic mean 1.5
    same(atkinson([1, 9], 0.5), 1 - 4 / 5)  # ((1 + 3) / 2)^2 = 4
    same(atkinson([1, 2], 3), 1 - math.sqrt(1.6) / 1.5)  # ((1 + 1/4) / 2)^(-1/2)
    same(atkinson([1, 8], 2 / 3), 1 - 1.5**3 / 4.5)  # ((1 + 2) / 2)^3
    same(atkinson([1, 5], 2, [3, 1]), 1 - 1.25 / 2)  # 1 / (.75 + .05)
    for epsilon in (0.45, 0.55):
        power = (0.75 * 0.5 ** (1 - epsilon) + 0.25 * 2.5 ** (1 - epsilon)) ** (1 / (1 - epsilon))
        same(atkinson([1, 5], epsilon, [3, 1]), 1 - power)
    for epsilon in (0.5, 1, 2):
        exact, near = atkinson([1, 5], epsilon, [3, 1]), atkinson([1, 5], epsilon + 1e-7, [3, 1])
        assert abs(near - exact) < 1e-6, "the general form and the short ones agree"
        assert atkinson([4], epsilon) == 0.0
        assert 0.0 <= atkinson([3, 3, 3], epsilon, [1, 2, 4]) < 1e-15
    assert abs(atkinson([1, 3], 0)) < 1e-15
    same(atkinson([0, 1], 0.5), 0.5)
    assert (atkinson([0, 1], 1), atkinson([0, 1], 2), atkinson([0, 1], 5)) == (1.0, 1.0, 1.0)
    for epsilon in (0, 0.5, 1, 2, 3):
        for value in (atkinson([], epsilon), atkinson([0, 0], epsilon), atkinson([-1, 3], epsilon), atkinson([1], epsilon, [0])):
            assert math.isnan(value)
        same(atkinson([1, 3, 50], epsilon, [7, 7, 0]), atkinson([1, 3], epsilon))
        same(atkinson([1, 3, NAN], epsilon), atkinson([1, 3], epsilon))
        same(atkinson([1, 3, -2], epsilon, [7, 7, 0]), atkinson([1, 3], epsilon))
    for bad in (-0.1, NAN):
        with pytest.raises(inequality.MeasureError):
            atkinson([1, 2], bad)


def test_atkinson_is_never_below_zero(inequality: ModuleType) -> None:
    random = np.random.RandomState(5)
    for _ in range(100):
        for epsilon in (0.3, 0.5, 1.0, 2.0, 4.0):
            assert 0.0 <= inequality.atkinson([2.7] * 7, epsilon, random.uniform(0.1, 9, 7)) < 1e-14


def test_stacks_are_as_their_rows(inequality: ModuleType) -> None:
    values = np.stack((rows([1, 3, 2, 6], [5, 1, 1, 9]), rows([2, 2, 0, 1], [4, 3, 2, 1]), rows([0, 0, 0, 0], [1, 1, 1, 7])))
    weights = rows([1, 2, 3, 4], [5, 0, 2, 2])
    groups = rows([1, 1, 0, 0], [0, 0, 1, 1])
    found = {
        "theil": quietly(inequality.theil_rows, values, weights),
        "between": quietly(inequality.theil_between_rows, values, weights, groups),
        "gini": quietly(inequality.gini_rows, values, weights),
        0.3: quietly(inequality.atkinson_rows, values, weights, 0.3),
        0.5: quietly(inequality.atkinson_rows, values, weights, 0.5),
        1: quietly(inequality.atkinson_rows, values, weights, 1),
        2: quietly(inequality.atkinson_rows, values, weights, 2),
    }
    for k in range(3):
        for r in range(2):
            y, w = values[k, r], weights[r]
            parts = inequality.theil(y, w, [0, 0, 1, 1])
            same([found["theil"][k, r], found["between"][k, r]], [parts.total, parts.between])
            same(found["gini"][k, r], inequality.gini(y, w))
            for epsilon in (0.3, 0.5, 1, 2):
                same(found[epsilon][k, r], inequality.atkinson(y, epsilon, w))
    assert np.isnan(found["gini"][2]).tolist() == [True, False]
    for name in ("theil_rows", "gini_rows"):
        none = quietly(getattr(inequality, name), np.zeros((3, 0)), np.zeros((3, 0)))
        assert np.isnan(none).tolist() == [True] * 3
    # A group without pupils is nothing to warn of.
    between = inequality.theil_between_rows(rows([2, 2, 4, 4]), rows([1, 1, 1, 1]), np.vstack((groups, np.zeros(4))))
    same(between, (2 / 3 * math.log(2 / 3) + 4 / 3 * math.log(4 / 3)) / 2)


def test_a_year(inequality: ModuleType) -> None:
    # Three schools; the rest of the rows are there to be left alone.
    n = rows([1000, 100, 100], [0, 200, 500], [1000, 300, 600])
    low = rows([100, 40, 30], [0, 80, 100], [9, 9, 9])
    ratio = np.full((2, 7, 3), 7.0)
    ratio[0, 5], ratio[1, 5] = [3000, 1000, 2000], [NAN, 2200, 3000]
    ratio[:, 4] = [1, 2, 3]
    zones = rows([1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1])
    year = SimpleNamespace(n=n, low=low, ratio=ratio, zone_masks=zones)
    found = quietly(inequality.yearly, year)
    assert set(found) == {m.id for m in inequality.MEASURES}
    assert all(m.limits is None and m.stages == ("primary", "junior") for m in inequality.MEASURES)
    columns = {
        "equipment": (([3000, 1000, 2000], [1000, 100, 100]), ([2200, 3000], [200, 500])),
        "not_low": (([0.9, 0.6, 0.7], [1000, 100, 100]), ([0.6, 0.8], [200, 500])),
    }
    for key, stages in columns.items():
        for stage, (y, w) in enumerate(stages):
            parts = inequality.theil(y, w, range(len(y)))
            expected = {
                "theil": parts.total, "theil_between": parts.between, "theil_within": 0.0, "gini": inequality.gini(y, w),
                "atkinson_05": inequality.atkinson(y, 0.5, w), "atkinson_1": inequality.atkinson(y, 1, w),
                "atkinson_2": inequality.atkinson(y, 2, w),
            }  # fmt: skip
            for name, value in expected.items():
                same(found[f"inequality.{name}.{key}"][stage], value)
                assert len(found[f"inequality.{name}.{key}"]) == 2
    # Two schools of one zone differ: that part is within.
    year.zone_masks = rows([1, 0, 0], [0, 1, 1], [0, 0, 0], [0, 0, 0])
    found = quietly(inequality.yearly, year)
    parts = inequality.theil([3000, 1000, 2000], [1000, 100, 100], ["u", "r", "r"])
    same([found[f"inequality.theil{part}.equipment"][0] for part in ("_between", "_within", "")], parts)
    assert parts.within > 0.001
    same(found["inequality.theil_between.equipment"][1], 0.0)


def test_theil_within_a_year_is_never_below_zero(inequality: ModuleType) -> None:
    random = np.random.RandomState(11)
    zones = rows([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0])
    for _ in range(100):
        n = random.randint(1, 999, (3, 3)).astype(float)
        year = SimpleNamespace(n=n, low=n * 0.25, ratio=random.uniform(1, 9, (2, 7, 3)), zone_masks=zones)
        within = quietly(inequality.yearly, year)["inequality.theil_within.equipment"]
        assert all(0.0 <= value < 1e-14 for value in within)
