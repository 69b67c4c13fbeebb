"""Who is willing to rotate, and what a rotation share is a share of, worked by hand.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType

import pytest

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def rotation() -> ModuleType:
    import edusim.equations.rotation as module

    return module


def utility(rotation: ModuleType, **given: float | bool) -> float:
    usual: dict[str, float | bool] = {
        "intercept": -1.0, "promotion": 0.9, "needs_service": False, "pay_weight": 3.0, "pay_ratio": 1.0, "travel": 0.7,
        "extra_hours": 0.0, "child": 0.5, "has_young_child": False, "retire": 0.6, "near_retirement": False,
        "cadre": 0.3, "needs_weak_years": False,
    }  # fmt: skip
    found: float = rotation.willingness(*(usual | given).values())
    return found


def test_who_may_lead(rotation: ModuleType) -> None:
    # Rank, age, years served, years asked for.
    for given, expected in (
        ((1, 35, 2, 3), True), ((2, 50, 0, 3), True), ((0, 40, 0, 3), False), ((1, 34, 0, 3), False), ((1, 51, 0, 3), False),
        ((1, 40, 3, 3), False), ((1, 40, 0, 0), False),
    ):  # fmt: skip
        assert rotation.may_lead(*given) is expected, given


def test_willingness_adds_up(rotation: ModuleType) -> None:
    for given, expected in (
        ({}, -1.0),
        ({"needs_service": True}, -0.1),
        ({"has_young_child": True}, -1.5),
        ({"near_retirement": True}, -1.6),
        ({"needs_weak_years": True}, -0.7),
        ({"extra_hours": 2.0}, -2.4),
        ({"extra_hours": -0.5}, -0.65),  # nearer home
        ({"pay_ratio": 1.25}, -1.0 + 3 * math.log(1.25)),
        ({"pay_ratio": 0.8}, -1.0 - 3 * math.log(1.25)),
        ({"needs_service": True, "has_young_child": True, "near_retirement": True, "extra_hours": 1.0, "pay_ratio": 2.0},
         -1.0 + 0.9 - 0.5 - 0.6 - 0.7 + 3 * math.log(2)),
    ):  # fmt: skip
        assert utility(rotation, **given) == pytest.approx(expected, abs=1e-12)


def test_base_of_a_share(rotation: ModuleType) -> None:
    assert (rotation.MEMBER_STAFF, rotation.CORE_STAFF, rotation.ELIGIBLE) == (0, 1, 2)
    assert [rotation.quota_base(base, 36, 60, 40) for base in (0, 1, 2)] == [36, 60, 40]
