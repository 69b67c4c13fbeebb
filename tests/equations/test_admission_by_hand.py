"""Admission worked by hand: what families list, with which priority; who enrols and who leaves.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

import math
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edusim import draws
from edusim.equations.choice import travel_table

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def pupils() -> ModuleType:
    import edusim.equations.pupils as module

    return module


# Admission. Two places: from 0 the public schools 0, 2, 3 are within reach (at 0, 5 and 9 km), from 1 schools 3 and 2.
# Schools 1, 4 and 5 are private. Utilities lie so far apart that tastes (below 20) decide nothing.

CHOOSE, WISH, LOTTERY, PRIVATE, WHICH = (draws.key(9, "test", 2025, k) for k in range(5))
SCHOOL_ID = np.array([51, 52, 53, 54, 55, 56])


def lists(pupils: ModuleType, homes: list[int], **given: Any) -> SimpleNamespace:
    n = len(homes)
    table: dict[str, Any] = {
        "status": [1] * n, "school": [-1] * n, "ses": [0.0] * n, "passes_on": [], "goes": [0.0, 0.0], "slope": [0.0, 0.0],
        "cumulative": [[0.25, 0.6, 1.0], [1.0, 1.0, 1.0]], "seen": [0.0] * 6, "mean_ses": [0.0] * 6, "chance": [0.0] * 6,
        "weights": [0.0, 0.0, 100.0, 0.0, 0.0, 9.0], "open": 0.0, "first": True, "length": 4, "road": 1.0,
        "ids": list(range(1, n + 1)), "pool": [-1] * 6, "kind": [], "taste": 1.0,
    } | given  # fmt: skip
    wanted, priority, rows = np.full((n, 5), 9, np.int32), np.full((n, 5), 7.0), np.full(n, -9)
    found = SimpleNamespace(priority=priority, rows=rows)
    near = np.array([[0, 2, 3, -1], [3, -1, 2, -1]], np.int32)
    places = np.array([0.0, 9.0]), np.zeros(2), np.array([0.0, 0.0, 5.0, 9.0, 0.0, 0.0]), np.zeros(6)
    travel = travel_table(near, *places, table["road"])
    found.n, found.choosers = pupils.rank_schools(
        np.array(table["status"], np.int8), np.array(table["ids"]), np.array(table["school"], np.int32),
        np.array(homes, np.int32), np.array(table["ses"]), np.array(table["kind"], np.int8),
        np.array(table["passes_on"], np.bool_), near, np.array(table["goes"]), np.array(table["slope"]),
        np.array(table["cumulative"]), np.array([1, 4, 5]), travel, np.array(table["pool"], np.int32), SCHOOL_ID,
        np.array([False, True, False, False, True, True]), np.array(table["seen"]),
        np.atleast_2d(table["mean_ses"]), np.array(table["chance"]), np.array(table["weights"]), table["taste"], table["open"], table["first"],
        table["length"], CHOOSE, WISH, LOTTERY, PRIVATE, WHICH, wanted, priority, rows,
    )  # fmt: skip
    found.wanted = [row[row >= 0].tolist() for row in wanted[: found.n]]
    found.unused = [(row[k:].tolist(), prior[k:].tolist()) for row, prior, k in
                    zip(wanted[: found.n], priority, map(len, found.wanted), strict=False)]  # fmt: skip
    return found


def ticket(pupil: int, school: int) -> float:
    return ((int(draws.at_pair(LOTTERY, pupil, int(SCHOOL_ID[school]))) >> 11) + 0.5) * 2.0**-53


def test_families_list_the_catchment_school_and_then_the_nearest(pupils: ModuleType) -> None:
    found = lists(pupils, [0, 1, 0], status=[1, 1, 2])
    assert (found.n, found.choosers, found.rows.tolist()) == (2, 0, [0, 1, -9])
    assert found.wanted == [[0, 2, 3], [3, 2]]
    assert found.unused == [([-1] * 2, [9.0] * 2), ([-1] * 3, [9.0] * 3)]
    assert found.priority[0, :3].tolist() == [ticket(1, 0), 1.0 + ticket(1, 2), 1.0 + ticket(1, 3)]
    assert found.priority[1, :2].tolist() == [ticket(2, 3), 1.0 + ticket(2, 2)]
    assert lists(pupils, [0], first=False).priority[0, 0] == 1.0 + ticket(1, 0)
    assert lists(pupils, [0], length=2).wanted == [[0, 2]]
    assert lists(pupils, [0], length=3).wanted == [[0, 2, 3]]


def test_families_who_may_choose_rank_public_schools(pupils: ModuleType) -> None:
    free: dict[str, Any] = {"open": 1.0}
    found = lists(pupils, [0, 1], **free)
    assert (found.wanted, found.choosers) == ([[0, 2, 3], [3, 2]], 2)
    assert found.priority[0, :3].tolist() == [ticket(1, 0), 1.0 + ticket(1, 2), 1.0 + ticket(1, 3)]
    assert lists(pupils, [0], **free, first=False).priority[0, 0] == 1.0 + ticket(1, 0)
    # Distances reversed, and each other reason by itself; better-off families weigh reputation more.
    away: list[float] = [0.0, 0.0, -100.0, 0.0, 0.0, 9.0]
    assert lists(pupils, [0], **free, weights=away).wanted == [[3, 2, 0]]
    assert lists(pupils, [0], **free, weights=away, length=2).wanted == [[3, 2]]
    far = lists(pupils, [0], **free, weights=away)
    assert far.priority[0, :3].tolist() == [1.0 + ticket(1, 3), 1.0 + ticket(1, 2), ticket(1, 0)]
    assert lists(pupils, [0], **free, weights=[100.0, 0.0, 0.0, 0.0, 0.0, 0.0], seen=[0.0, 9.0, 2.0, 1.0, 9.0, 0.0]).wanted == [[2, 3, 0]]
    assert lists(pupils, [0], **free, weights=[0.0, 0.0, 0.0, 100.0, 0.0, 0.0], mean_ses=[0.0, 9.0, 1.0, 2.0, 9.0, 0.0]).wanted == [[3, 2, 0]]
    assert lists(pupils, [0], **free, weights=[0.0, 0.0, 0.0, 0.0, 100.0, 0.0], chance=[0.5, 0.9, 0.0, 1.0, 0.9, 0.0]).wanted == [[3, 0, 2]]
    # 100 R (1 + z / 2) against 100 a km: school 2 at 5 km has R = 4; at z = 1 that is 6.
    rep: dict[str, Any] = {"weights": [100.0, 0.5, 100.0, 0.0, 0.0, 0.0], "seen": [0.0, 0.0, 4.0, 0.0, 0.0, 0.0], "length": 1}
    assert lists(pupils, [0, 0, 0], **free, **rep, ses=[0.0, 1.0, -1.0]).wanted == [[0], [2], [0]]
    assert lists(pupils, [0, 0], **free, **(rep | {"seen": [0.0, 0.0, 5.6, 0.0, 0.0, 0.0]}), road=1.2).wanted == [[0], [0]]
    assert lists(pupils, [0], **free, **(rep | {"seen": [0.0, 0.0, 5.6, 0.0, 0.0, 0.0]})).wanted == [[2]]
    assert lists(pupils, [0], **free, **(rep | {"seen": [0.0, 0.0, 5.3, 0.0, 0.0, 0.0]})).wanted == [[2]]
    assert lists(pupils, [0], **free, **(rep | {"seen": [0.0, 0.0, 4.6, 0.0, 0.0, 0.0]}), ses=[0.1]).wanted == [[0]]
    # Who may not choose does not, whatever they like.
    assert lists(pupils, [0], weights=away).wanted == [[0, 2, 3]]
    # A share of them by lot; tastes where all else is equal.
    many = lists(pupils, [0] * 12, open=0.3)
    assert many.choosers == sum(draws.uniform_at(CHOOSE, i) < 0.3 for i in range(1, 13))
    equal = lists(pupils, [0] * 6, **free, weights=[0.0] * 6)
    for i, row in enumerate(equal.wanted, 1):
        assert row == sorted([0, 2, 3], key=lambda s, i=i: -draws.gumbel_at(WISH, i, int(SCHOOL_ID[s])))  # type: ignore[misc]


def test_kinds_of_families_see_different_company(pupils: ModuleType) -> None:
    peers = [0.0, 0.0, 0.0, 100.0, 0.0, 0.0]
    seen: dict[str, Any] = {"open": 1.0, "weights": peers, "mean_ses": [[0.0, 9.0, 1.0, 2.0, 9.0, 0.0], [2.0, 9.0, 1.0, 0.0, 9.0, 0.0]]}
    assert lists(pupils, [0, 0], **seen, kind=[0, 1]).wanted == [[3, 2, 0], [0, 2, 3]]
    assert lists(pupils, [0], **seen, kind=[1]).wanted == [[0, 2, 3]]
    assert lists(pupils, [0, 0], **seen).wanted == [[3, 2, 0]] * 2
    # Without tastes equal schools stand as they lie within reach.
    assert lists(pupils, [0] * 6, open=1.0, weights=[0.0] * 6, taste=0.0).wanted == [[0, 2, 3]] * 6


def test_any_family_may_put_a_private_school_first(pupils: ModuleType) -> None:
    n = 30
    found = lists(pupils, [0] * n, goes=[0.5, 0.0])
    for i, row in enumerate(found.wanted, 1):
        goes = draws.uniform_at(PRIVATE, i) < 0.5
        u = draws.uniform_at(WHICH, i)
        which = 1 if u < 0.25 else 4 if u < 0.6 else 5
        assert row == ([which, 0, 2, 3] if goes else [0, 2, 3])
        if goes:  # private schools hold a plain lottery
            assert found.priority[i - 1, :2].tolist() == [ticket(i, which), ticket(i, 0)]
    assert {row[0] for row in found.wanted} == {0, 1, 4, 5}
    assert lists(pupils, [1] * 3, goes=[0.5, 0.0]).wanted == [[3, 2]] * 3
    # Even odds rise to 3 : 1 at SES 1 and fall to 1 : 3 at SES -1.
    rich = lists(pupils, [0] * n, goes=[0.5, 0.0], slope=[math.log(3.0), 0.0], ses=[1.0, -1.0] * (n // 2))
    for i, row in enumerate(rich.wanted, 1):
        assert (row[0] != 0) == (draws.uniform_at(PRIVATE, i) < (0.75 if i % 2 else 0.25))
    # The private school counts in the length of the list, be the rest chosen or not.
    assert lists(pupils, [1], goes=[0.0, 1.0], length=2).wanted == [[1, 3]]
    assert lists(pupils, [1], goes=[0.0, 1.0], length=2, open=1.0).wanted == [[1, 3]]


def test_a_nine_year_school_keeps_its_own_pupils(pupils: ModuleType) -> None:
    on: dict[str, Any] = {"passes_on": [False, True, False, True, False, False]}
    found = lists(pupils, [0, 0, 0], school=[3, 0, -1], **on, open=1.0)
    # Their own school first, then as the others; they do not choose.
    assert (found.wanted, found.choosers) == ([[3, 0, 2], [0, 2, 3], [0, 2, 3]], 2)
    assert found.priority[0, :2].tolist() == [ticket(1, 3), ticket(1, 0)]
    assert lists(pupils, [0], school=[3], **on, length=2).wanted == [[3, 0]]
    # A private school first, then the own; who is at a private one stays there.
    assert lists(pupils, [1, 0], school=[3, 1], **on, goes=[1.0, 1.0]).wanted == [[1, 3, 2], [1, 0, 2, 3]]
    assert lists(pupils, [0], school=[1], **on, goes=[1.0, 1.0], cumulative=[[0.0, 1.0, 1.0]] * 2).wanted == [[1, 0, 2, 3]]
    # The last school of the table is not the one before the first.
    assert lists(pupils, [0], school=[-1], passes_on=[False] * 5 + [True], open=1.0).choosers == 1
    # Passing on in a table of one school, and nobody passing on into grade 1.
    assert lists(pupils, [0], school=[0], passes_on=[True], open=1.0).choosers == 0
    assert lists(pupils, [0], school=[3], open=1.0).choosers == 1
    assert lists(pupils, [0], school=[0], passes_on=[True] + [False] * 5, open=1.0).choosers == 0


def test_the_catchments_of_a_group_are_one(pupils: ModuleType) -> None:
    # Schools 0 and 3 are one unit: from place 0 both come before school 2, the one preferred first, both with priority.
    one: dict[str, Any] = {"pool": [0, -1, -1, 0, -1, -1]}
    found = lists(pupils, [0, 1], **one)
    assert (found.wanted, found.choosers) == ([[0, 3, 2], [3, 2]], 0)
    assert found.priority[0, :3].tolist() == [ticket(1, 0), ticket(1, 3), 1.0 + ticket(1, 2)]
    liked: dict[str, Any] = {"weights": [100.0, 0.0, 0.0, 0.0, 0.0, 0.0], "seen": [0.0, 0.0, 2.0, 1.0, 0.0, 0.0]}
    assert lists(pupils, [0], **one, **liked).wanted == [[3, 0, 2]]
    assert lists(pupils, [0], **one, **liked, length=2).wanted == [[3, 0]]
    # Who may choose ranks all, and has priority at the campuses.
    found = lists(pupils, [0], **one, **liked, open=1.0)
    assert found.wanted == [[2, 3, 0]]
    assert found.priority[0, :3].tolist() == [1.0 + ticket(1, 2), ticket(1, 3), ticket(1, 0)]
    assert lists(pupils, [0], **one, first=False).priority[0, :2].tolist() == [1.0 + ticket(1, 0), 1.0 + ticket(1, 3)]
    # Another unit's campuses give no priority; a nine-year school's pupils come to the campuses after it.
    assert lists(pupils, [0], pool=[0, -1, 1, -1, -1, -1]).priority[0, 1] == 1.0 + ticket(1, 2)
    assert lists(pupils, [0], pool=[-1, -1, -1, 0, -1, -1]).priority[0, 2] == 1.0 + ticket(1, 3)
    assert lists(pupils, [1], pool=[-1, -1, 0, 0, -1, -1]).priority[0, 1] == ticket(1, 2)
    away = [0.0, 0.0, -100.0, 0.0, 0.0, 9.0]
    found = lists(pupils, [0], **one, weights=away, school=[2], passes_on=[False, False, True, False, False, False])
    assert found.wanted == [[2, 0, 3]]
    assert found.priority[0, :3].tolist() == [ticket(1, 2), ticket(1, 0), ticket(1, 3)]


def test_who_is_admitted_enrols_or_leaves(pupils: ModuleType) -> None:
    # Pupil rows 1 to 4 apply; the first gets the first choice, the second another, the third no seat, the fourth a private one.
    status, school, tenure = np.ones(5, np.int8), np.array([7, -1, 2, 0, -1], np.int32), np.array([5, 5, 5, 5, 5], np.int8)
    enrolment, km, counts = np.zeros(4, np.int64), np.zeros(4), np.zeros(5, np.int64)

    def enrol(share: float, slope: float = 0.0, shift: float = 0.0) -> None:
        pupils.enrol(
            np.array([1, 2, 3, 4]), 4, np.array([0, 2, -1, 3], np.int32), status, np.arange(11, 16), school,
            np.array([0, 0, 0, 1, 1], np.int32), np.array([0.0, 0.0, 3.0, 0.0, 0.0]), tenure,
            np.array([[1, 2], [0, 1]], np.int32), np.array([[0, 2], [0, 2], [1, 0], [3, 0]], np.int32), np.array([1.0, 3.0]),
            np.zeros(2), np.array([0.0, 0.0, 5.0, 7.0]), np.zeros(4), np.array([False, False, False, True]),
            np.array([0.0, 0.0, shift, 0.0]), share, slope, 2.0, draws.key(9, "test", 2025, 5), enrolment, km, counts,
        )  # fmt: skip

    enrol(0.0)
    assert (school.tolist(), tenure.tolist(), status.tolist()) == ([7, 0, 2, 0, 3], [5, 0, 6, 6, 0], [1] * 5)
    # First choices: the first and the fourth; one without a seat goes to its catchment school; one private; two changed.
    assert (enrolment.tolist(), counts.tolist()) == ([2, 0, 1, 1], [2, 1, 1, 0, 2])
    assert km.tolist() == [2.0 * 1.0 + 2.0 * 3.0, 0.0, 2.0 * 4.0, 2.0 * 4.0]
    counts[:] = enrolment[:] = 0
    km[:] = 0.0
    lot = [draws.uniform_at(draws.key(9, "test", 2025, 5), i) for i in (12, 13, 14, 15)]
    share = 0.5 * (sorted(lot)[1] + sorted(lot)[2])
    enrol(share)
    gone = [u < share for u in lot]
    assert status[1:].tolist() == [2 if g else 1 for g in gone]
    assert [s == -1 for s in school[1:].tolist()] == gone and (tenure[1:][gone] == 0).all()
    assert (counts[3], enrolment.sum()) == (2, 2)
    # Log odds of leaving: by SES (the second pupil's is 3) and by what the school lacks (school 2, the second's too).
    for slope, shift in ((0.5, 0.0), (0.0, 1.5)):
        for factor, leaves in ((0.99, 1), (1.01, 2)):
            status[:], school[:] = 1, 0
            odds = lot[1] / (1.0 - lot[1]) * math.exp(-1.5) * factor
            enrol(odds / (1.0 + odds), slope, shift)
            assert status[2] == leaves
