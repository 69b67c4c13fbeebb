"""Families that move house, leave the county's schools or come back, worked by hand.

Each test takes the module under test as the other files of worked examples do.
"""

from __future__ import annotations

import math
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edusim import draws

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def pupils() -> ModuleType:
    import edusim.equations.pupils as module

    return module


def year_of_families(pupils: ModuleType, n: int, ids: list[int] | None = None, **given: Any) -> SimpleNamespace:
    """One grade of ``n`` pupils of school 0, at home in place 0; three schools, each the catchment of its place.

    Every family moves to place 1 and nobody leaves or returns, unless said otherwise.
    """
    table: dict[str, Any] = {
        "status": [1] * n, "school": [0] * n, "home": [0] * n, "ses": [0.0] * n, "tenure": [3] * n, "enrolment": [n, 0, 0],
        "seats": [9, 9, 9], "move_share": [1.0], "destination": [0.0, 1.0, 1.0], "exit_shift": [0.0] * 3, "exit_share": 0.0,
        "slope": 0.0, "return_share": 0.0,
    } | given  # fmt: skip
    found = SimpleNamespace(
        status=np.array(table["status"], np.int8), school=np.array(table["school"], np.int32),
        home=np.array(table["home"], np.int32), tenure=np.array(table["tenure"], np.int8),
        enrolment=np.array(table["enrolment"]), counts=np.zeros(3, np.int64), ids=np.array(ids or range(1, n + 1)),
    )  # fmt: skip
    ses = np.array(table["ses"])
    pupils.move_and_exit(
        found.status, found.ids, found.school, found.home, ses, found.tenure, found.enrolment,
        np.array(table["seats"], np.int32), np.zeros(3, np.int8), np.arange(3, dtype=np.int32), np.array(table["move_share"]),
        np.array(table["destination"]), np.array(table["exit_shift"]), table["exit_share"], table["slope"],
        float(np.abs(ses).max(initial=0.0)), table["return_share"], *(draws.key(3, "test", 2025, k) for k in range(5)), found.counts,
    )  # fmt: skip
    return found


def lot_order(ids: list[int]) -> list[int]:
    return sorted(ids, key=lambda i: -draws.uniform_at(draws.key(3, "test", 2025, 4), i))


def test_free_seats_go_by_lot_and_not_by_row(pupils: ModuleType) -> None:
    ids = list(range(1, 9))
    first = set(lot_order(ids)[:3])
    assert first != {1, 2, 3}
    for order in (ids, ids[::-1], [5, 2, 8, 1, 7, 3, 6, 4]):
        found = year_of_families(pupils, 8, order, seats=[9, 3, 9])
        assert {i for i, s in zip(order, found.school.tolist(), strict=True) if s == 1} == first
        assert (found.enrolment.tolist(), found.counts.tolist()) == ([5, 3, 0], [8, 0, 0])
        assert [t for t, s in zip(found.tenure.tolist(), found.school.tolist(), strict=True) if s == 1] == [0, 0, 0]
        assert [t for t, s in zip(found.tenure.tolist(), found.school.tolist(), strict=True) if s == 0] == [4] * 5
        assert found.home.tolist() == [1] * 8


def test_a_seat_left_is_free_for_the_next_in_the_lot(pupils: ModuleType) -> None:
    # Places 0 and 1 change homes; both schools are full but for one seat at 1.
    ids = lot_order([11, 12])
    moving = {"school": [0, 1], "home": [0, 0], "enrolment": [5, 4, 0], "seats": [5, 5, 0]}
    found = year_of_families(pupils, 2, ids, destination=[0.0, 1.0, 1.0], **moving)
    # The second is at school 1 already, where the new home is: only the first asks, and gets the seat.
    assert (found.school.tolist(), found.enrolment.tolist(), found.tenure.tolist()) == ([1, 1], [4, 5, 0], [0, 4])
    # Both ask for school 2 with one seat: the first in the lot.
    found = year_of_families(pupils, 2, ids, destination=[0.0, 0.0, 1.0], **(moving | {"seats": [5, 5, 1]}))
    assert (found.school.tolist(), found.enrolment.tolist()) == ([2, 1], [4, 4, 1])
    assert year_of_families(pupils, 2, ids, destination=[1.0, 1.0, 1.0], school=[0, 0]).school.tolist() == [0, 0]


def test_who_is_out_returns_by_lot_or_waits_and_does_not_leave_at_once(pupils: ModuleType) -> None:
    ids = lot_order([21, 22, 23])
    out: dict[str, Any] = {"status": [2, 2, 1], "school": [-1, -1, 0], "tenure": [0, 0, 100], "enrolment": [1, 0, 0]}
    found = year_of_families(pupils, 3, ids, **out, seats=[9, 1, 9], return_share=1.0, exit_share=1.0)
    # The first returns to school 1, the second waits; the third finds no seat there and leaves.
    assert (found.status.tolist(), found.school.tolist()) == ([1, 2, 2], [1, -1, -1])
    assert (found.enrolment.tolist(), found.counts.tolist(), found.tenure.tolist()) == ([0, 1, 0], [3, 1, 1], [0, 0, 0])
    assert found.home.tolist() == [1, 1, 1]
    found = year_of_families(pupils, 3, ids, **out, move_share=[0.0])
    assert (found.status.tolist(), found.counts.tolist(), found.tenure.tolist()) == ([2, 2, 1], [0, 0, 0], [0, 0, 100])
    found = year_of_families(pupils, 3, ids, **out, move_share=[0.0], return_share=1.0)
    assert (found.school.tolist(), found.enrolment.tolist(), found.home.tolist()) == ([0, 0, 0], [3, 0, 0], [0, 0, 0])


def test_who_leaves_the_county_s_schools(pupils: ModuleType) -> None:
    # Log odds of leaving rise with SES and with what the school lacks; a certain share leaves whatever these are.
    still: dict[str, Any] = {"move_share": [0.0], "exit_share": 0.2}
    n = 60
    half = year_of_families(pupils, n, **still, exit_shift=[math.log(4.0), 0.0, 0.0])
    assert half.counts[1] == np.sum(half.status == 2) == n - half.enrolment[0]
    assert set(half.school[half.status == 2].tolist()) == {-1} and set(half.tenure[half.status == 2].tolist()) == {0}
    assert set(half.tenure[half.status == 1].tolist()) == {4}
    lot = np.array([draws.uniform_at(draws.key(3, "test", 2025, 2), i) for i in range(1, n + 1)])
    assert ((half.status == 2) == (lot < 0.5)).all()
    rich = year_of_families(pupils, n, **still, ses=[2.0, -2.0] * (n // 2), slope=math.log(2.0))
    assert ((rich.status == 2) == (lot < np.array([0.5, 0.0625 / 1.0625] * (n // 2)))).all()
    assert year_of_families(pupils, n, **(still | {"exit_share": 0.0})).counts.tolist() == [0, 0, 0]
    moving = np.array([draws.uniform_at(draws.key(3, "test", 2025, 0), i) for i in range(1, n + 1)])
    some = year_of_families(pupils, n, move_share=[0.3], enrolment=[n, 0, 0], seats=[n, n, n])
    assert ((some.school == 1) == (moving < 0.3)).all()
    where = np.array([draws.uniform_at(draws.key(3, "test", 2025, 1), i) for i in range(1, n + 1)])
    some = year_of_families(pupils, n, destination=[0.2, 0.5, 1.0], seats=[n, n, n])
    assert (some.school == np.searchsorted([0.2, 0.5, 1.0], where)).all()
    assert some.enrolment.tolist() == np.bincount(some.school, minlength=3).tolist()
    # More pupils than are worked through at a time.
    many = year_of_families(pupils, 1030, move_share=[0.0], tenure=[*[3] * 1023, 99, 100, 3, 3, 3, 3, 3])
    assert many.tenure.tolist() == [*[4] * 1023, 100, 100, 4, 4, 4, 4, 4]
    many = year_of_families(pupils, 1030, move_share=[0.0], exit_share=1.0, enrolment=[1030, 0, 0])
    assert many.counts[1] == 1030 == np.sum(many.status == 2)
