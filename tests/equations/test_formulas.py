"""The formulas of the model at values worked by hand or printed in independent answers.

Each test takes the module that holds the formulas, so that `tests/test_mutations.py` can hand it altered
copies: every altered copy must fail here.
"""

from __future__ import annotations

import math
from types import ModuleType

import pytest

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def formulas() -> ModuleType:
    import edusim.equations.formulas as module

    return module


def close(found: float, expected: float) -> None:
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_experience(formulas: ModuleType) -> None:
    # g1 = .07, tau = 2.5, g2 = .04: the printed values of closed form A6.
    for years, gain in ((0, 0.0), (1, 0.024410930110838582), (5, 0.06719319684010377), (10, 0.08205123861112194)):
        close(formulas.experience_gain(float(years), 0.07, 2.5, 0.04), gain)
    # After thirty years only the first term still grows.
    for years in (30.0, 45.0):
        close(formulas.experience_gain(years, 0.07, 2.5, 0.04), 0.07 * (1 - math.exp(-years / 2.5)) + 0.04)


def test_shifted_probability(formulas: ModuleType) -> None:
    shifted = formulas.shifted_probability
    close(shifted(0.5, math.log(3)), 0.75)  # odds 1 : 1 become 3 : 1
    close(shifted(0.2, math.log(4)), 0.5)  # 1 : 4 become 1 : 1
    close(shifted(0.95, -math.log(19)), 0.5)
    close(shifted(0.12, -3 * math.log(1.15)), 0.08228364543977182)  # closed form A5
    close(shifted(0.3, 0.0), 0.3)
    for shift in (-5.0, 0.0, 5.0, 1000.0):
        for p, same in ((0.0, 0.0), (1.0, 1.0), (-0.1, 0.0), (1.05, 1.0)):
            assert shifted(p, shift) == same


def test_happens_is_a_draw_below_the_shifted_probability(formulas: ModuleType) -> None:
    assert formulas.happens(0.5, 0.5, 0.0) == False  # noqa: E712 - compiled, it is no Python bool
    for p in (0.001, 0.03, 0.3, 0.5, 0.8, 0.99):
        for shift in (-4.0, -1.0, -0.2, 0.0, 0.3, 0.9, 1.0, 1.05, 1.2, 3.0):
            limit = p * math.exp(shift) / (1 - p + p * math.exp(shift))
            for u in (0.0, limit * 0.5, limit * (1 - 1e-7)):
                assert formulas.happens(u, p, shift), (u, p, shift)
            for u in (limit * (1 + 1e-7), limit + 0.01 * (1 - limit), (limit + 1) / 2, 1 - 1e-9):
                assert u < limit or not formulas.happens(u, p, shift), (u, p, shift)
    for u in (0.0, 0.5, 1 - 1e-9):
        for shift in (-3.0, 0.0, 3.0):
            assert not formulas.happens(u, 0.0, shift)
            assert formulas.happens(u, 1.0, shift)


def test_the_exponential_is_left_out_where_the_answer_is_plain(formulas: ModuleType) -> None:
    plain = getattr(formulas.happens, "py_func", formulas.happens)
    asked: list[tuple[float, float]] = []
    exact = formulas.shifted_probability
    formulas.shifted_probability = lambda p, shift: asked.append((p, shift)) or exact(p, shift)
    try:
        # Odds of u against those of p: above e^shift by a hair, the draw is out without further reckoning.
        for p in (0.001, 0.2, 0.5, 0.95):
            for shift, ratio in ((-3.0, 1.00001), (0.0, 1.00001), (0.5, 1.85916), (1.0, 2.71831)):
                odds = ratio * p / (1 - p)
                assert not plain(odds / (1 + odds), p, shift)
        assert asked == []
        assert plain(0.1, 0.2, 0.0)
        assert not plain(0.99999, 0.9, 1.2)  # too large a shift for the bound
        assert asked == [(0.2, 0.0), (0.9, 1.2)]
    finally:
        formulas.shifted_probability = exact


def test_response_to_pay(formulas: ModuleType) -> None:
    response = formulas.pay_response
    # 80 yuan and a new allowance of 20 are a quarter more; the unit of money cancels.
    close(response(80.0, 20.0, 0.0, 3.0, 0.0), 3 * math.log(1.25))
    close(response(0.8, 0.2, 0.0, 3.0, 0.0), 3 * math.log(1.25))
    close(response(80.0, 120.0, 20.0, 2.0, 0.0), 2 * math.log(2.0))  # 200 after 100
    # Only the rise counts, and a cut drives people away.
    assert response(80.0, 20.0, 20.0, 3.0, 0.0) == 0.0
    close(response(60.0, 0.0, 20.0, 3.0, 0.0), 3 * math.log(0.75))
    # A change of exactly the threshold is felt, a smaller one is not, up or down.
    close(response(80.0, 20.0, 0.0, 3.0, 0.25), 3 * math.log(1.25))
    close(response(60.0, 0.0, 20.0, 3.0, 0.25), 3 * math.log(0.75))
    assert response(80.0, 20.0, 0.0, 3.0, 0.26) == 0.0
    assert response(60.0, 0.0, 20.0, 3.0, 0.26) == 0.0
    # Nobody paid before, or nothing now: no ratio to respond to.
    assert response(0.0, 10.0, 0.0, 3.0, 0.0) == 0.0
    assert response(-10.0, 5.0, 0.0, 3.0, 0.0) == 0.0
    assert response(10.0, -10.0, 0.0, 3.0, 0.0) == 0.0
    assert response(10.0, -15.0, 0.0, 3.0, 0.0) == 0.0


def test_closed_form_of_pay(formulas: ModuleType) -> None:
    # A5: 15 % more pay with slope 3 takes leaving from .12 to .0823.
    felt = formulas.pay_response(100_000.0, 15_000.0, 0.0, 3.0, 0.0)
    close(formulas.shifted_probability(0.12, -felt), 0.08228364543977182)


def test_intensity_of_learning(formulas: ModuleType) -> None:
    intensity = formulas.learning_intensity
    close(intensity(40.0, 40.0, 1.0), 0.5)
    close(intensity(120.0, 40.0, 0.8), 0.6)
    close(intensity(0.5, 0.5, 1.0), 0.5)
    for hours in (0.0, -0.5, -10.0):
        assert intensity(hours, 40.0, 1.0) == 0.0
    assert intensity(0.0, 0.0, 1.0) == 0.0  # no hours, whatever it takes to learn


def test_learning_from_colleagues(formulas: ModuleType) -> None:
    # A gap of .30 at full intensity and kappa .40 gives .12 (Papay et al. 2020).
    close(formulas.learned_next(0.0, 0.2, 0.5, 1.0, 0.0, 0.0, 0.4, 0.1), 0.12)
    # .9 x .1 + .4 (.3 x 1 + .5 x .5) = .09 + .22
    close(formulas.learned_next(0.1, 0.2, 0.5, 1.0, 0.7, 0.5, 0.4, 0.1), 0.31)
    # The core's share alone: .9 x .1 + .4 x .5 x .5; weaker colleagues pull nobody down.
    close(formulas.learned_next(0.1, 0.2, -0.4, 1.0, 0.7, 0.5, 0.4, 0.1), 0.19)
    close(formulas.learned_next(0.1, 0.2, -0.4, 1.0, -0.7, 0.5, 0.4, 0.1), 0.09)
    close(formulas.learned_next(0.1, 0.2, 0.2, 1.0, 0.2, 0.5, 0.4, 0.1), 0.09)


def test_management(formulas: ModuleType) -> None:
    # nu = .15: a member one SD behind gains .15 of the gap when its core has up to four members.
    for members, after in ((1.0, 0.35), (4.0, 0.35), (8.0, 0.275), (16.0, 0.2375)):
        close(formulas.management_next(0.2, 1.2, 0.15, 1.0, members), after)
    close(formulas.management_next(0.2, 1.2, 0.15, 0.5, 4.0), 0.275)
    assert formulas.management_next(0.2, 0.1, 0.15, 1.0, 4.0) == 0.2
    # Closed form A4: the gap is .85^t of what it was.
    member = 0.0
    for _ in range(5):
        member = formulas.management_next(member, 1.0, 0.15, 1.0, 1.0)
    close(1.0 - member, 0.44370531249999995)


def test_own_attainment(formulas: ModuleType) -> None:
    close(formulas.own_next(1.0, 0.5, -1.0, 0.75, 0.2, 0.6), 0.25)  # .75 + .1 - .6
    close(formulas.own_next(-2.0, 1.0, 0.5, 0.75, 0.2, 0.6), -1.0)


def test_distance_and_travel(formulas: ModuleType) -> None:
    close(formulas.distance_km(1.0, 2.0, 4.0, 6.0, 1.3), 6.5)  # 3, 4, 5
    close(formulas.distance_km(4.0, 6.0, -1.0, -6.0, 1.0), 13.0)  # 5, 12, 13
    assert formulas.distance_km(3.0, 3.0, 3.0, 3.0, 1.3) == 0.0
    close(formulas.travel_hours(30.0, 40.0, False, 0.5), 0.75)
    close(formulas.travel_hours(30.0, 40.0, True, 0.5), 1.5)


def test_class_size(formulas: ModuleType) -> None:
    for pupils, effect in ((30, 0.0), (45, -0.03), (37.5, -0.015), (15, 0.03), (52.5, -0.045), (60, -0.045), (7.5, 0.045), (1, 0.045)):
        close(formulas.class_size_effect(float(pupils), 30.0, -0.03), effect)


def test_reputation(formulas: ModuleType) -> None:
    close(formulas.reputation_next(0.2, 1.0, 0.4), 0.52)
    close(formulas.reputation_next(-0.5, -0.5, 0.4), -0.5)
    close(formulas.perceived_reputation(0.1, 0.6, 0.5), 0.35)
    assert formulas.perceived_reputation(0.1, -0.6, 0.5) == 0.1


def test_years_to_serve(formulas: ModuleType) -> None:
    # Retirement at 60: who is 58 in September serves this year, who is 59 turns 60 during it and does not.
    assert [formulas.years_to_serve(age, 60) for age in (54, 58, 59, 60)] == [5, 1, 0, -1]
