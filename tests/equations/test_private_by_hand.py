"""Who applies to a private school, worked by hand.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np
import pytest

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def private() -> ModuleType:
    import edusim.equations.private as module

    return module


WEIGHTS = np.array([2.0, 0.25, 9.0, 0.5, 3.0, 0.1])
PULL = np.array([[0.25, 0.75], [0.0, 0.0], [1.0, 0.0]])
ROWS = np.array([3, 1])
OWN = np.array([0, 2, 2], np.int32)


def test_what_families_see(private: ModuleType) -> None:
    found = private.appeal(WEIGHTS, np.array([0.5, -1.0]), np.array([0.2, 0.0]), np.array([0.5, 1.0]))
    assert found == pytest.approx([1.0 + 0.1 + 1.5, -2.0 + 3.0], abs=1e-12)


def test_private_schools_against_the_catchment_school(private: ModuleType) -> None:
    value = np.array([1.0, 2.0, 3.0, 10.0])
    # A quarter of 10 and three quarters of 2, less 1; nobody, less 3; 10, less 3.
    assert private.relative(PULL, ROWS, OWN, value) == pytest.approx([3.0, -3.0, 7.0], abs=1e-12)


def test_better_off_families_mind_the_fee_less(private: ModuleType) -> None:
    fee, seen = np.array([0.0, 10_000.0, 0.0, 20_000.0]), np.array([0.1, 0.2, 0.3, 1.0])
    found = private.ses_slope(WEIGHTS, 0.5, PULL, ROWS, OWN, seen, fee)
    # .1 a thousand x .5 x (5 + 7.5; 0; 20 thousand), and 2 x .25 x (.4 - .1; 0 - .3; 1 - .3) of reputation.
    assert found == pytest.approx([0.625 + 0.15, -0.15, 1.0 + 0.35], abs=1e-12)


def test_log_odds_give_the_share_back(private: ModuleType) -> None:
    share, none = np.array([0.0, 0.2, 0.5, 0.75]), np.zeros(4)
    found = private.log_odds_of(share, none, 1.0, none)
    assert found == pytest.approx([-math.inf, math.log(0.25), 0.0, math.log(3.0)], abs=1e-9)
    # Families all alike: the slope times their SES is taken off.
    found = private.log_odds_of(share[2:], np.array([2.0, -1.0]), 0.0, np.array([0.5, 0.5]))
    assert found == pytest.approx([-1.0, math.log(3.0) + 0.5], abs=1e-9)
    # Families who differ: mean 1, SD 2, slope .5 make the shift normal (.5, 1); the share by a sum over 10,000 of them.
    (odds,) = private.log_odds_of(np.array([0.1]), np.array([1.0]), 2.0, np.array([0.5]))
    shift = np.linspace(-7.5, 8.5, 10_001)
    density = np.exp(-0.5 * (shift - 0.5) ** 2)
    assert (density / (1.0 + np.exp(-odds - shift))).sum() / density.sum() == pytest.approx(0.1, abs=1e-6)
    # All of them: no number says that; 999 in a thousand is as far as it goes.
    assert private.log_odds_of(np.array([1.0]), none[:1], 1.0, none[:1]) == pytest.approx([math.log(999.0)], abs=1e-6)


def test_the_share_follows_the_log_odds(private: ModuleType) -> None:
    found = private.share_at(np.array([0.0, -math.inf, 1.0, 0.0, 0.0]), np.array([math.log(3.0), 5.0, -1.0, -900.0, 900.0]))
    assert found == pytest.approx([0.75, 0.0, 0.5, 0.0, 1.0], abs=1e-12)
    assert found[1] == 0.0
