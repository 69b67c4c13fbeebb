"""Who takes which free post, by choice or reassigned, worked by hand.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edusim import draws

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def posts() -> ModuleType:
    import edusim.equations.posts as module

    return module


def reassigned(posts: ModuleType, subject: list[int], present: list[int], **given: Any) -> tuple[list[int], dict[str, Any]]:
    """Four schools on a line at 0, 3, 5 and 9 km; homes at 4 km unless said; road factor 1, reach 5 km, two subjects.

    School 0 has two of subject 0 and three of subject 1 where posts ask for one of each; it may give up two.
    """
    n = len(subject)
    table: dict[str, Any] = {
        "x": [4.0] * n, "school_x": [0.0, 3.0, 5.0, 9.0], "is_private": [False] * 4,
        "target": [[1.0, 1.0]] * 4, "have": [[2, 3], [1, 1], [1, 1], [1, 1]],
        "vacancies": [[0, 0], [1, 1], [1, 1], [1, 1]], "leave": [2, 0, 0, 0], "reach_km": 5.0, "road_factor": 1.0,
    } | given  # fmt: skip
    arrays = {
        "vacancies": np.array(table["vacancies"]), "leave": np.array(table["leave"]), "have": np.array(table["have"]),
    }  # fmt: skip
    chosen = np.full(n, 7, np.int32)
    posts.reassign(
        np.array(subject, np.int8), np.array(table["x"], float), np.zeros(n), np.array(present, np.int32),
        np.array(table["school_x"], float), np.zeros(4), np.array(table["is_private"]), np.array(table["target"], float),
        arrays["have"], arrays["vacancies"], arrays["leave"], table["reach_km"], table["road_factor"], chosen,
    )  # fmt: skip
    return chosen.tolist(), {name: values.tolist() for name, values in arrays.items()}


def test_nearest_free_post_of_the_subject_and_books_kept(posts: ModuleType) -> None:
    # Equally near: the lower school. The post is then taken: the next goes on to the other, the third may not leave.
    chosen, books = reassigned(posts, [1, 1, 0], [0, 0, 0])
    assert chosen == [1, 2, -1]
    assert books == {
        "vacancies": [[0, 0], [1, 0], [1, 0], [1, 1]], "leave": [0, 0, 0, 0], "have": [[2, 1], [1, 2], [1, 2], [1, 1]],
    }  # fmt: skip
    assert reassigned(posts, [1], [0], x=[4.1])[0] == [2]
    assert reassigned(posts, [1], [0], x=[3.9])[0] == [1]
    assert reassigned(posts, [1], [0], school_x=[0.0, 5.0, 3.0, 9.0], x=[4.1])[0] == [1]


def test_a_school_keeps_whom_it_needs(posts: ModuleType) -> None:
    # Two of subject 0 where one post asks for it: one can be spared; of subject 1, with targets of 1.5, also one.
    assert reassigned(posts, [0, 0], [0, 0])[0] == [1, -1]
    assert reassigned(posts, [1, 1, 1], [0, 0, 0], target=[[1.0, 1.5]] * 4, leave=[9, 0, 0, 0])[0] == [1, 2, -1]
    assert reassigned(posts, [1, 1], [0, 0], leave=[1, 0, 0, 0])[0] == [1, -1]
    assert reassigned(posts, [1, 1], [0, 0], leave=[0, 0, 0, 0])[0] == [-1, -1]
    # Who is not asked to leave does not keep the others from going.
    assert reassigned(posts, [0, 1, 1], [0, 0, 0], target=[[2.0, 1.0]] * 4)[0] == [-1, 1, 2]


def test_only_to_another_public_school_with_a_free_post(posts: ModuleType) -> None:
    assert reassigned(posts, [1], [0], vacancies=[[0, 0], [1, 0], [0, 1], [1, 1]])[0] == [2]
    assert reassigned(posts, [1], [0], is_private=[False, True, False, False])[0] == [2]
    assert reassigned(posts, [1], [0], is_private=[True, False, False, False])[0] == [-1]
    assert reassigned(posts, [1], [0], vacancies=[[0, 1], [0, 0], [0, 0], [0, 0]], x=[0.0])[0] == [-1]
    assert reassigned(posts, [1], [2], leave=[0, 0, 1, 0], have=[[1, 1], [1, 1], [1, 2], [1, 1]])[0] == [1]


def test_within_reach_by_road(posts: ModuleType) -> None:
    free_at_3 = [[0, 0], [0, 0], [0, 0], [0, 1]]  # five km from home
    assert reassigned(posts, [1], [0], vacancies=free_at_3)[0] == [3]
    assert reassigned(posts, [1], [0], vacancies=free_at_3, reach_km=4.9)[0] == [-1]
    assert reassigned(posts, [1], [0], vacancies=free_at_3, road_factor=1.1)[0] == [-1]
    assert reassigned(posts, [1], [0], vacancies=free_at_3, road_factor=1.1, reach_km=5.6)[0] == [3]
    # A post as near as the one found does not displace it, at the edge of reach either.
    assert reassigned(posts, [1], [0], x=[6.0], school_x=[0.0, 11.0, 1.0, 1.0], reach_km=5.0)[0] == [1]
    chosen, books = reassigned(posts, [1], [0], vacancies=free_at_3, reach_km=4.9)
    assert (chosen, books["leave"], books["have"]) == ([-1], [2, 0, 0, 0], [[2, 3], [1, 1], [1, 1], [1, 1]])
    from_2: dict[str, Any] = {"leave": [0, 0, 1, 0], "have": [[1, 1], [1, 1], [1, 2], [1, 1]], "vacancies": [[1, 1]] * 4}
    chosen, books = reassigned(posts, [1], [2], x=[5.0], school_x=[0.0, 10.0, 5.0, 10.0], **from_2)
    assert (chosen, books["vacancies"]) == ([0], [[1, 0], [1, 1], [1, 1], [1, 1]])


# ---------------------------------------------------------------------------------------------------
# Choosing posts: three schools at 0, 10 and 20 km. Distances weigh so much that tastes (below 20) decide nothing,
# unless a test puts the weights to 0.

LOOK, TASTE = draws.key(5, "test", 2025, 0), draws.key(5, "test", 2025, 1)


def chosen_posts(posts: ModuleType, people: list[dict[str, Any]], **given: Any) -> tuple[list[int], dict[str, Any]]:
    table: dict[str, Any] = {
        "remote": [0.0, 0.0, 0.0], "allowance": [0.0, 0.0, 0.0], "climate": [0.0, 0.0, 0.0],
        "vacancies": [[1, 1], [1, 1], [1, 1]], "surplus": [0, 0, 0], "distance": 100.0, "pay_weight": 0.0, "urban": 0.0,
        "climate_weight": 0.0, "accept": 9000.0, "cost": 0.0, "considered": 9, "road": 1.0, "anchor_x": [0.0, 10.0, 20.0],
    } | given  # fmt: skip
    usual = {"id": 7, "subject": 1, "x": 9.0, "y": 0.0, "pay": 100.0, "present": -1}
    rows = [usual | p for p in people]
    vacancies, surplus = np.array(table["vacancies"]), np.array(table["surplus"])
    out = np.full(len(rows), 7, np.int32)
    of = {k: np.array([r[k] for r in rows]) for k in usual}
    posts.choose_posts(
        of["id"], of["subject"].astype(np.int8), of["x"], of["y"], of["pay"], of["present"].astype(np.int32),
        np.array([31, 32, 33]), np.array([0.0, 10.0, 20.0]), np.zeros(3),
        np.array(table["anchor_x"]), np.zeros(3), np.array(table["remote"]), np.array(table["allowance"]),
        np.array(table["climate"]), vacancies, surplus, table["distance"], table["pay_weight"], table["urban"],
        table["climate_weight"], table["accept"], table["cost"], table["considered"], table["road"], TASTE, LOOK, out,
    )  # fmt: skip
    return out.tolist(), {"vacancies": vacancies.tolist(), "surplus": surplus.tolist()}


def test_the_best_post_of_the_own_subject_is_taken(posts: ModuleType) -> None:
    for person in ({"id": i} for i in range(1, 10)):  # wherever the look begins
        assert chosen_posts(posts, [person])[0] == [1]
    assert chosen_posts(posts, [{"x": 16.0}])[0] == [2]
    assert chosen_posts(posts, [{"y": 200.0}])[0] == [-1]  # too far from everything: stays out
    # 9 km cost 900 by road factor 1, 1,350 by 1.5: within what is acceptable or not.
    alone = {"vacancies": [[0, 1], [0, 0], [0, 0]], "accept": 1000.0}
    assert chosen_posts(posts, [{}], **alone)[0] == [0]
    assert chosen_posts(posts, [{}], **alone, road=1.5)[0] == [-1]
    # A post counts as lying where its anchor is: here a merged school's half-way.
    assert chosen_posts(posts, [{}], anchor_x=[9.0, 15.0, 20.0])[0] == [0]


def test_posts_are_used_up_one_after_another(posts: ModuleType) -> None:
    found, books = chosen_posts(posts, [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}, {"id": 5, "subject": 0}])
    assert found == [1, 0, 2, -1, 1]
    assert books == {"vacancies": [[1, 0], [0, 0], [1, 0]], "surplus": [0, 0, 0]}
    assert chosen_posts(posts, [{"id": 1}, {"id": 2}], vacancies=[[1, 0], [1, 2], [1, 0]])[0] == [1, 1]


def test_pay_place_and_climate_weigh(posts: ModuleType) -> None:
    # ln(1 + 100/100) = .693: times 1,500 it outweighs ten km of road, times 1,400 it does not; nor does .095, of a pay of 1,000.
    away: dict[str, Any] = {"allowance": [0.0, 0.0, 100.0], "pay_weight": 1500.0}
    assert chosen_posts(posts, [{}], **away)[0] == [2]
    assert chosen_posts(posts, [{}], **(away | {"pay_weight": 1400.0}))[0] == [1]
    assert chosen_posts(posts, [{"pay": 1000.0}], **away)[0] == [1]
    assert chosen_posts(posts, [{}], remote=[0.0, 1.0, 1.0], urban=1000.0)[0] == [0]
    assert chosen_posts(posts, [{}], remote=[0.0, 0.5, 1.0], urban=1000.0)[0] == [1]
    assert chosen_posts(posts, [{}], climate=[0.0, 0.0, 2.0], climate_weight=1000.0)[0] == [2]


def test_who_has_a_post_takes_a_better_one_and_frees_it(posts: ModuleType) -> None:
    # At 11 km, the post at 10 km beats the own one at 20 km; the second then takes what the first left.
    found, books = chosen_posts(posts, [{"id": 1, "present": 2, "x": 11.0}, {"id": 2, "x": 19.0}], vacancies=[[1, 1], [1, 1], [0, 0]])
    assert found == [1, 2]
    assert books == {"vacancies": [[1, 1], [1, 0], [0, 0]], "surplus": [0, 0, 0]}
    # Whoever is best placed already stays, however good the rest may be against no post at all.
    found, books = chosen_posts(posts, [{"present": 1}])
    assert (found, books["vacancies"]) == ([-1], [[1, 1], [1, 1], [1, 1]])
    assert chosen_posts(posts, [{"present": 1}], accept=1e9)[0] == [-1]
    # Everything that makes a post worth having makes the own one worth keeping.
    remote = {"remote": [0.0, 0.6, 0.0], "urban": 1000.0}
    assert chosen_posts(posts, [{"present": 1, "x": 8.5}], **remote)[0] == [-1]  # 8.5 km are too far to escape it
    assert chosen_posts(posts, [{"present": 1, "x": 6.0}], **remote)[0] == [0]  # 6 km are not
    paid = {"allowance": [0.0, 100.0, 0.0], "pay_weight": 600.0}
    assert chosen_posts(posts, [{"present": 1, "x": 4.0}], **paid)[0] == [-1]
    assert chosen_posts(posts, [{"present": 1, "x": 4.0}])[0] == [0]
    assert chosen_posts(posts, [{"present": 1, "x": 4.0}], climate=[0.0, 0.3, 0.0], climate_weight=1000.0)[0] == [-1]
    assert chosen_posts(posts, [{"present": 1, "x": 4.0}], anchor_x=[0.0, 5.0, 20.0])[0] == [-1]
    # The first school of the list is a school like any other.
    assert chosen_posts(posts, [{"present": 0, "x": 1.0}])[0] == [-1]
    found, books = chosen_posts(posts, [{"present": 0}])
    assert (found, books["vacancies"]) == ([1], [[1, 2], [1, 0], [1, 1]])
    # What moving costs is on the side of staying; who has no post yet bears none.
    assert chosen_posts(posts, [{"present": 2, "x": 11.0}], cost=799.0)[0] == [1]
    assert chosen_posts(posts, [{"present": 2, "x": 11.0}], cost=801.0)[0] == [-1]
    assert chosen_posts(posts, [{"x": 11.0}], cost=8999.0)[0] == [1]
    # A school with more staff than posts has no vacancy when one goes.
    people = [{"present": 2, "id": 1, "x": 11.0}, {"present": 2, "id": 2, "x": 1.0}]
    _, books = chosen_posts(posts, people, surplus=[0, 0, 1])
    assert books == {"vacancies": [[1, 0], [1, 0], [1, 2]], "surplus": [0, 0, 0]}


def test_only_so_many_posts_are_looked_at_from_a_start_of_one_s_own(posts: ModuleType) -> None:
    for i in range(1, 10):
        first = int(draws.at(LOOK, i)) % 3
        two = [first, (first + 1) % 3]
        assert chosen_posts(posts, [{"id": i}], considered=1)[0] == [first]
        assert chosen_posts(posts, [{"id": i}], considered=2)[0] == [min(two, key=lambda s: abs(9 - 10 * s))]
        # A full school does not count as looked at.
        full = [[0, 0 if s == first else 1] for s in range(3)]
        assert chosen_posts(posts, [{"id": i}], considered=1, vacancies=full)[0] == [two[1]]
    assert {int(draws.at(LOOK, i)) % 3 for i in range(1, 10)} == {0, 1, 2}


def test_tastes_decide_where_all_else_is_equal(posts: ModuleType) -> None:
    for i in range(1, 8):
        taste = [draws.gumbel_at(TASTE, i, school) for school in (31, 32, 33)]
        best = int(np.argmax(taste)) if max(taste) > 0 else -1
        assert chosen_posts(posts, [{"id": i}], distance=0.0, accept=0.0)[0] == [best]
        assert chosen_posts(posts, [{"id": i}], distance=0.0, accept=-max(taste) - 0.01)[0] == [-1]
        assert chosen_posts(posts, [{"id": i}], distance=0.0, accept=-max(taste) + 0.01)[0] == [int(np.argmax(taste))]
