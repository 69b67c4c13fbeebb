"""What a researcher reckons, on tables small enough to work by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edusim.validate import estimates as est
from edusim.validate.estimates import Cohort


def test_share_between_of_a_made_up_table() -> None:
    # Two schools of three: means 2 and 5. MSB = 2*3*1.5^2 / 1 = 13.5, MSW = 4 / 4 = 1, n0 = 3: (13.5 - 1) / (13.5 + 2) = 0.80645.
    assert est.share_between([1, 2, 3, 4, 5, 6], [7, 7, 7, 9, 9, 9]) == pytest.approx(12.5 / 15.5)
    # Schools that differ less than chance: below zero, not cut off.
    assert est.share_between([1, 3, 1, 3], [0, 0, 1, 1]) < 0
    assert math.isnan(est.share_between([1, 2, 3], [4, 4, 4]))


def test_school_means_and_intake() -> None:
    assert est.school_means([1, 2, 6], [5, 5, 3]).tolist() == [6.0, 1.5]
    school = np.repeat([1, 2, 3], 2)
    assert est.intake_correlation([1, 1, 2, 2, 3, 3], [0, 0, 1, 1, 2, 2], school, least=1) == pytest.approx(1.0)
    assert est.intake_correlation([1, 1, 2, 2, 3, 3], [2, 2, 1, 1, 0, 0], school, least=1) == pytest.approx(-1.0)
    # Schools with too few pupils do not count: two are left, and two points show nothing.
    assert math.isnan(est.intake_correlation([1, 1, 2, 2, 3], [0, 0, 1, 1, 2], [1, 1, 2, 2, 3], least=2))


def test_correlation_of_nothing_is_unknown() -> None:
    assert math.isnan(est.correlation([1, 2], [3, 4]))
    assert math.isnan(est.correlation([1, 1, 1], [1, 2, 3]))
    assert est.correlation([1, 2, 3], [2, 4, 7]) == pytest.approx(np.corrcoef([1, 2, 3], [2, 4, 7])[0, 1])


def test_residuals_leave_out_what_the_columns_explain() -> None:
    x = np.array([0.0, 1.0, 2.0, 3.0])
    np.testing.assert_allclose(est.residuals(2 + 3 * x, x), 0, atol=1e-12)
    left = est.residuals([0.0, 0.0, 1.0, 1.0])
    np.testing.assert_allclose(left, [-0.5, -0.5, 0.5, 0.5])


def cohort(effects: dict[int, float], n: int, seed: int, noise: float) -> Cohort:
    """Return a cohort whose schools add what is said to entry score and family."""
    rng = np.random.default_rng(seed)
    school = np.repeat(list(effects), n)
    entry, ses = rng.normal(size=school.size), rng.normal(size=school.size)
    added = np.array([effects[s] for s in school.tolist()])
    score = 0.6 * entry + 0.2 * ses + added + noise * rng.normal(size=school.size)
    return Cohort(np.arange(school.size) + 1000 * seed, school, score, entry, ses)


def test_value_added_finds_what_schools_add_and_not_whom_they_take() -> None:
    effects = {1: -0.3, 2: 0.0, 3: 0.1, 4: 0.2}
    got = cohort(effects, 4000, 1, 0.0)
    schools, added, n = est.value_added(got.exit_score, got.entry, got.ses, got.school)
    assert schools.tolist() == [1, 2, 3, 4] and n.tolist() == [4000.0] * 4
    np.testing.assert_allclose(added, [-0.3, 0.0, 0.1, 0.2], atol=0.01)
    # A school with better entrants and nothing added comes out at nothing.
    better = got._replace(entry=got.entry + (got.school == 2), exit_score=got.exit_score + 0.6 * (got.school == 2))
    assert est.value_added(better.exit_score, better.entry, better.ses, better.school)[1][1] == pytest.approx(0.0, abs=0.02)


def test_year_to_year_correlation_is_that_of_signal_and_noise() -> None:
    rng = np.random.default_rng(3)
    lasting = {s: float(v) for s, v in enumerate(rng.normal(0, 0.2, 60))}
    fresh = {s: float(v) for s, v in enumerate(rng.normal(0, 0.2, 60))}
    same = est.lag_correlation(cohort(lasting, 100, 1, 0.5), cohort(lasting, 100, 2, 0.5))
    assert same == pytest.approx(0.04 / (0.04 + 0.25 / 100), abs=0.06)
    assert abs(est.lag_correlation(cohort(lasting, 100, 1, 0.5), cohort(fresh, 100, 2, 0.5))) < 0.3
    # Schools with fewer than 50 pupils are left out: none is left here.
    assert math.isnan(est.lag_correlation(cohort(lasting, 40, 1, 0.5), cohort(lasting, 40, 2, 0.5)))


def test_at_most_takes_the_same_pupils_whatever_their_order() -> None:
    ids = np.arange(100, 130)
    school = np.repeat([0, 1, 2], [4, 6, 20])
    rows = est.at_most(ids, school, 5)
    assert np.bincount(school[rows]).tolist() == [4, 5, 5]
    turned = np.random.default_rng(0).permutation(30)
    again = est.at_most(ids[turned], school[turned], 5)
    assert sorted(ids[turned][again]) == sorted(ids[rows])
    assert sorted(ids[rows][school[rows] == 2]) != list(range(110, 115)), "not simply the first"


def test_a_gap_that_is_all_family_and_one_that_is_none() -> None:
    ses = np.array([0.0, 1.0, 2.0, -1.0, 0.0, 1.0])
    urban = np.array([True] * 3 + [False] * 3)
    all_family = est.family_gap(0.4 * ses, ses, urban)
    assert all_family.gap == pytest.approx(0.4) and all_family.family_share == pytest.approx(1.0)
    no_family = est.family_gap(0.4 * urban + 0.0 * ses, ses, urban)
    assert no_family.gap == pytest.approx(0.4) and no_family.family_share == pytest.approx(0.0, abs=1e-12)
    half = est.family_gap(0.2 * ses + 0.2 * urban, ses, urban)
    assert half.gap == pytest.approx(0.4) and half.family_share == pytest.approx(0.5)
    assert math.isnan(est.family_gap([1.0, 2.0], [0.0, 1.0], [True, True]).gap)


def test_moves_down_are_counted_among_moves_between_kinds_of_place() -> None:
    # Rural to town, town to urban, urban to rural; two within a kind of place do not count.
    assert est.down_share([2, 1, 0, 1, 3], [1, 0, 2, 1, 3]) == pytest.approx(1 / 3)
    assert est.down_share([3, 2], [2, 0]) == 0.0
    assert math.isnan(est.down_share([1, 1], [1, 1]))


def test_small_reckonings() -> None:
    assert est.percent_change(80.0, 100.0) == pytest.approx(-20.0)
    assert math.isnan(est.percent_change(1.0, 0.0))
    assert est.wobble([0.2, 0.4], 0.25) == pytest.approx(0.05)
    np.testing.assert_allclose(est.leaving([0.1, 0.1, np.nan], [0.2, np.nan, 0.3]), [0.28, 0.1, 0.3])


def test_differing_sees_one_bit() -> None:
    a = {"x": 1.0, "y": math.nan, "z": 0.0}
    assert est.differing(a, dict(a)) == 0
    assert est.differing(a, {**a, "x": math.nextafter(1.0, 2.0)}) == 1
    assert est.differing(a, {**a, "y": 0.0, "z": -0.0}) == 2
    assert est.differing(a, {"x": 1.0}) == 2
