"""Staff above posts and the posts they are reassigned to, worked by hand.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

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
