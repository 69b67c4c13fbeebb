"""The official rules at their boundaries: a changed threshold or comparison fails here."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edusim.measures import CV_LIMITS, INDICATORS, LIMITS, MeasureError, cv, cv_passes, seven_indicators
from edusim.measures.official import ratios_and_values
from edusim.measures.staffing import rotation_meets_item

NAMES = ("n_above_degree", "n_backbone", "n_pe_art_music", "buildings_m2", "sports_m2", "equipment_yuan", "rooms")
PER_100 = (True, True, True, False, False, False, True)
# Written out again, from the rule's text, so that an edited constant is seen.
TEXT = {"primary": (4.2, 1, 0.9, 4.5, 7.5, 2000, 2.3), "junior": (5.3, 1, 0.9, 5.8, 10.2, 2500, 2.4)}


def school(stage: str, pupils: int, factors: list[float]) -> dict[str, list[float]]:
    """Return one school whose seven ratios are ``factors`` times their limits."""
    goods = [
        limit * factor * pupils / (100 if per_100 else 1)
        for limit, factor, per_100 in zip(TEXT[stage], factors, PER_100, strict=True)
    ]
    given_pupils = {"n_primary": [pupils if stage == "primary" else 0], "n_junior": [pupils if stage == "junior" else 0]}
    return given_pupils | {name: [value] for name, value in zip(NAMES, goods, strict=True)}


@pytest.mark.parametrize("stage", TEXT)
def test_limits_are_those_of_the_text(stage: str) -> None:
    row = ("primary", "junior").index(stage)
    assert tuple(LIMITS[row]) == TEXT[stage]
    assert CV_LIMITS == (0.50, 0.45)
    assert [i.key for i in INDICATORS] == [
        "degree", "backbone", "pe_art_music", "buildings", "sports", "equipment", "rooms"
    ]  # fmt: skip


@pytest.mark.parametrize("stage", TEXT)
@pytest.mark.parametrize("pupils", [50, 333, 1000, 1777])
def test_all_equal_to_the_limit_is_met(stage: str, pupils: int) -> None:
    row = ("primary", "junior").index(stage)
    found = seven_indicators(**school(stage, pupils, [1.0] * 7))
    assert found.n_met[row, 0] == 7
    assert found.school_meets.tolist() == [True]
    assert found.ratio[row, :, 0] == pytest.approx(TEXT[stage])
    assert np.isnan(found.ratio[1 - row]).all()


@pytest.mark.parametrize("stage", TEXT)
@pytest.mark.parametrize("missed", range(7))
def test_one_indicator_may_be_missed_down_to_85_percent(stage: str, missed: int) -> None:
    for factor, n_met, meets in ((1.0, 7, True), (0.9999999, 6, True), (0.85, 6, True), (0.8499999, 6, False), (0, 6, False)):
        factors = [1.2] * 7
        factors[missed] = factor
        found = seven_indicators(**school(stage, 600, factors))
        assert (found.school_n_met[0], found.school_meets[0]) == (n_met, meets), factor


def test_two_indicators_missed_fail_however_slightly() -> None:
    found = seven_indicators(**school("primary", 600, [0.999, 0.999, 1, 1, 1, 1, 1]))
    assert (found.school_n_met[0], found.school_meets[0]) == (5, False)


def test_whole_teachers_at_the_limit() -> None:
    # 42 teachers for 1,000 pupils is exactly 4.2 per 100; 41 is not; 53 for 1,000 junior pupils is 5.3.
    goods = {name: [1e9] for name in NAMES}
    for n_primary, n_junior, teachers, n_met in ((1000, 0, 42, 7), (1000, 0, 41, 6), (0, 1000, 53, 7), (0, 1000, 52, 6)):
        found = seven_indicators([n_primary], [n_junior], **(goods | {"n_above_degree": [teachers]}))
        assert found.school_n_met[0] == n_met


def test_teaching_points_are_not_judged() -> None:
    for pupils, judged in ((50, True), (49, False), (1, False), (0, False)):
        found = seven_indicators(**school("primary", pupils, [1.0] * 7))
        assert found.is_judged[0, 0] == judged
        assert found.school_meets[0] == judged
        assert found.n_met[0, 0] == (7 if judged else 0)
    # 30 + 30 pupils are one school of 60, judged in both parts; a smaller bound may be asked for.
    both = seven_indicators([30], [30], **{name: [1e9] for name in NAMES})
    assert both.is_judged.all()
    assert seven_indicators(**school("primary", 10, [1.0] * 7), least_pupils=10).school_meets[0]


def test_nine_year_school_is_divided_by_weighted_pupils() -> None:
    # 100 primary and 200 junior pupils: 100 + 220 weighted; 32 teachers: 10 and 22, i.e. 10 and 11 per 100.
    found = seven_indicators([100], [200], **{name: [32.0] for name in NAMES})
    assert found.ratio[:, 0, 0] == pytest.approx([10.0, 11.0])
    assert found.ratio[:, 3, 0] == pytest.approx([0.1, 0.11])


def test_nine_year_school_fails_with_one_part() -> None:
    # Per weighted pupil exactly the primary limits: the junior part then has 1.1 times them, and misses
    # degree (4.62 < 5.3), buildings (4.95 < 5.8), sports (8.25 < 10.2) and equipment (2,200 < 2,500).
    weighted = 100 + 1.1 * 200
    goods = {
        name: [limit * weighted / (100 if per_100 else 1)]
        for name, limit, per_100 in zip(NAMES, TEXT["primary"], PER_100, strict=True)
    }
    found = seven_indicators([100], [200], **goods)
    assert found.n_met[:, 0].tolist() == [7, 3]
    assert found.meets_rule[:, 0].tolist() == [True, False]
    assert (found.school_n_met[0], found.school_meets[0]) == (3, False)


@pytest.mark.parametrize(("stage", "limit"), [("primary", 0.50), ("junior", 0.45)])
def test_coefficient_of_difference_at_its_limit(stage: str, limit: float) -> None:
    # Two schools of equal size with ratios 1 - c and 1 + c have CV c.
    for c, passes in ((limit, True), (limit + 1e-6, False), (limit - 1e-6, True), (0.0, True)):
        value = cv([100 * (1 - c), 100 * (1 + c)], [100, 100])
        assert value == pytest.approx(c, abs=1e-12)
        assert bool(cv_passes(value, stage)) == passes
    assert not cv_passes(math.nan, stage)
    with pytest.raises(MeasureError, match="no limit"):
        cv_passes(0.1, "nine_year")


def test_rotation_item_at_its_limits() -> None:
    assert rotation_meets_item(0.10, 0.20) == 1.0
    assert rotation_meets_item(4 / 40, 1 / 5) == 1.0
    assert rotation_meets_item(0.0999999, 0.20) == 0.0
    assert rotation_meets_item(0.10, 0.1999999) == 0.0
    assert rotation_meets_item(0.0, math.nan) == 0.0
    assert math.isnan(rotation_meets_item(math.nan, 0.5))


@pytest.mark.filterwarnings("error")
def test_no_schools_and_empty_schools() -> None:
    none = seven_indicators([], [], **{name: [] for name in NAMES})
    assert none.ratio.shape == (2, 7, 0)
    assert none.school_meets.size == none.school_n_met.size == 0
    empty = seven_indicators([0], [0], **{name: [5.0] for name in NAMES})
    assert np.isnan(empty.ratio).all()
    assert not empty.is_judged.any()
    assert empty.school_n_met.tolist() == [0]
    with pytest.raises(MeasureError, match="n_backbone"):
        seven_indicators([1], [1], **({name: [5.0] for name in NAMES} | {"n_backbone": [1, 2]}))


counts = st.lists(st.integers(50, 2000), min_size=2, max_size=8)


@given(counts, st.integers(0, 10**6))
def test_batched_values_are_those_of_cv(pupils: list[int], seed: int) -> None:
    random = np.random.RandomState(seed)
    n = np.zeros((2, len(pupils)))
    n[random.randint(0, 2, len(pupils)), np.arange(len(pupils))] = pupils
    n[1, 0], n[0, 0] = 80, pupils[0]  # one nine-year school
    goods = random.uniform(0, 50, (7, len(pupils)))
    with np.errstate(all="ignore"):
        _, value = ratios_and_values(n[None], goods)
    named = dict(zip(NAMES, goods, strict=True))
    single = seven_indicators(n[0], n[1], **named)
    for stage in range(2):
        for i in range(7):
            whole = np.where(n[stage] > 0, single.ratio[stage, i], 0) * n[stage]
            expected = cv(whole, n[stage])
            assert value[0, 1, i, stage] == pytest.approx(expected, abs=1e-12, nan_ok=True)


@given(counts, st.floats(1.01, 3.0))
def test_more_of_everything_never_fails_a_school(pupils: list[int], factor: float) -> None:
    zeros = [0] * len(pupils)
    goods = {name: [20.0 + i for i in range(len(pupils))] for name in NAMES}
    less = seven_indicators(pupils, zeros, **goods)
    more = seven_indicators(pupils, zeros, **{k: [v * factor for v in row] for k, row in goods.items()})
    assert (more.school_n_met >= less.school_n_met).all()
    assert (more.school_meets >= less.school_meets).all()
