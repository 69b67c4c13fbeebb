"""What a school is worth to a family, worked by hand: the utility, the ranking, and the settings that other studies need.

Each test takes the module under test, so that `tests/test_mutations.py` can hand it altered copies.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from edusim import draws
from edusim.equations.choice import AS_IT_IS
from edusim.errors import ConfigError

pytestmark = pytest.mark.plain

TASTE = draws.key(9, "test", 2025, 0)
SCHOOL_ID = np.array([51, 52, 53, 54])


@pytest.fixture(scope="module")
def choice() -> ModuleType:
    import edusim.equations.choice as module

    return module


def test_utility_is_the_sum_of_its_terms(choice: ModuleType) -> None:
    weights = np.array([2.0, 0.5, 3.0, 5.0, 7.0, 1000.0])
    # 2 x 0.3 x (1 + 0.5 x 0.4) - 3 x 1.1 + 5 x 0.2 + 7 x 0.6 + 0.9
    assert choice.utility(0.3, 0.4, 1.1, 0.2, 0.6, 0.9, weights) == pytest.approx(0.72 - 3.3 + 1.0 + 4.2 + 0.9, abs=1e-12)


def ranked(choice: ModuleType, candidates: list[int], travel: list[float], **given: Any) -> tuple[list[int], list[float]]:
    table: dict[str, Any] = {
        "unit": -1, "pool": [-1] * 4, "seen": [0.0] * 4, "company": [0.0] * 4, "chance": [0.0] * 4, "scale": 0.0, "ses": 0.0,
        "weights": [0.0, 0.0, 1.0, 0.0, 0.0, 0.0],
    } | given  # fmt: skip
    worth, order = np.full(len(candidates), 77.0), np.full(len(candidates), 77)
    n = choice.rank(
        3, table["ses"], table["unit"], np.array(candidates, np.int32), np.array(travel), np.array(table["pool"], np.int32),
        *(np.array(table[name]) for name in ("seen", "company", "chance")), SCHOOL_ID, np.array(table["weights"]), table["scale"],
        TASTE, worth, order,
    )  # fmt: skip
    assert (worth[n:] == 77.0).all() and (order[n:] == 77).all()
    return order[:n].tolist(), worth[:n].tolist()


def test_schools_are_ranked_best_first(choice: ModuleType) -> None:
    assert ranked(choice, [2, -1, 0, 3], [5.0, 0.0, 1.0, 3.0]) == ([2, 3, 0], [-1.0, -3.0, -5.0])
    # Of equal schools the one that stands first, in every place.
    assert ranked(choice, [2, 1, 0, 3], [1.0, 2.0, 1.0, 2.0]) == ([0, 2, 1, 3], [-1.0, -1.0, -2.0, -2.0])
    every = {"weights": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0], "ses": 1.0}
    own = {"seen": [0.0, 4.0, 0.0, 0.0], "company": [0.0, 0.0, 5.0, 0.0], "chance": [6.0, 0.0, 0.0, 0.0]}
    assert ranked(choice, [0, 1, 2, 3], [0.5] * 4, **every, **own) == ([1, 0, 2, 3], [7.5, 5.5, 4.5, -0.5])


def test_only_campuses_of_a_unit_are_ranked(choice: ModuleType) -> None:
    pool = [0, -1, 1, 0]
    assert ranked(choice, [0, 1, 2, 3], [9.0, 1.0, 2.0, 3.0], unit=0, pool=pool)[0] == [3, 0]
    assert ranked(choice, [0, 1, 2, 3], [9.0, 1.0, 2.0, 3.0], unit=1, pool=pool)[0] == [2]
    assert ranked(choice, [0, 1, 2, 3], [9.0, 1.0, 2.0, 3.0], unit=-1, pool=pool)[0] == [1, 2, 3, 0]


def test_tastes_are_scaled_draws_of_family_and_school(choice: ModuleType) -> None:
    taste = [draws.gumbel_at(TASTE, 3, int(i)) for i in SCHOOL_ID]
    for scale in (1.0, 0.5):
        order, worth = ranked(choice, [0, 1, 2, 3], [0.0] * 4, scale=scale)
        assert order == sorted(range(4), key=lambda s: -taste[s])
        assert worth == [scale * taste[s] for s in order]
    assert ranked(choice, [0, 1, 2, 3], [0.0] * 4, scale=0.0) == ([0, 1, 2, 3], [0.0] * 4)


def test_the_way_is_by_road_or_by_its_place_within_reach(choice: ModuleType) -> None:
    near = np.array([[0, 1, -1], [1, -1, 0]], np.int32)
    km = choice.travel_table(near, np.array([0.0, 3.0]), np.array([0.0, 4.0]), np.array([6.0, 3.0]), np.array([8.0, 4.0]), 1.5)
    assert km.tolist() == [[15.0, 7.5, 0.0], [0.0, 0.0, 7.5]]
    near = np.array([[0, 1, 2], [-1, 1, 0], [2, 2, -1], [-1, -1, -1]], np.int32)
    distance = np.array([[2.0, 6.0, 3.0], [0.0, 9.0, 4.0], [5.0, 5.0, 0.0], [1.0, 2.0, 3.0]])
    assert choice.relative_travel(np.array([[0.2, 0.7]]), near[:1, :2]).tolist() == [[0.0, 1.0]]
    assert choice.relative_travel(distance, near).tolist() == [[0.0, 1.0, 0.25], [0.0, 1.0, 0.0], [0.0] * 3, [0.0] * 3]


def test_company_is_worth_itself_or_what_its_points_say(choice: ModuleType) -> None:
    seen = np.array([[-0.4, 0.0, 0.3], [0.9, 1.0, 1.2]])
    assert choice.company_value(seen) is seen and choice.company_value(seen, AS_IT_IS) is seen
    # Up to a share of a half each point counts twice; beyond it a school loses 0.4 on the way to 1, and is level then.
    points = choice.tolerance(0.5, 0.6)
    assert points == ((0.0, 0.0), (0.5, 1.0), (1.0, 0.6))
    np.testing.assert_allclose(choice.company_value(seen, points), [[0.0, 0.0, 0.6], [0.68, 0.6, 0.6]], atol=1e-12)
    x = np.linspace(0.0, 1.0, 21)
    for t, m in ((0.5, 0.6), (0.8, 0.1), (0.25, 1.0), (0.95, 0.6)):
        formula = np.where(x <= t, x / t, m + (1 - x) * (1 - m) / (1 - t))
        np.testing.assert_allclose(choice.company_value(x, choice.tolerance(t, m)), formula, atol=1e-12)
    assert choice.tolerance(1.0, 0.6) == ((0.0, 0.0), (1.0, 1.0))
    for wrong in (0.0, -0.1, 1.01, float("nan")):
        with pytest.raises(ConfigError, match="CFG-CHOICE-POINTS"):
            choice.tolerance(wrong, 0.5)
    for points in (((0.0, 1.0), (0.0, 2.0)), ((1.0, 0.0), (0.0, 0.0)), ((0.0, 1.0), (1.0, float("nan"))), ((0.0, 1.0), (float("inf"), 1.0))):
        with pytest.raises(ConfigError, match="CFG-CHOICE-POINTS"):
            choice.company_value(x, points)
    assert choice.company_value(np.array([0.0, 3.0]), ((1.0, 2.0),)).tolist() == [2.0, 2.0]


def test_families_hand_in_their_lists(choice: ModuleType) -> None:
    near, distance, home = [[0, 1, 2], [2, 1, -1]], [[1.0, 2.0, 4.0], [1.0, 3.0, 0.0]], [0, 1, 0]
    way = choice.FamilyChoice(travel=1.0, taste=0.0)
    assert choice.FamilyChoice().taste == 1.0 and not choice.FamilyChoice().travel_is_relative
    wanted, lots = choice.lists(way, near, distance, home, [0.0] * 3)
    assert wanted.tolist() == [[0, 1, 2], [2, 1, -1], [0, 1, 2]]
    assert (lots[wanted >= 0] > 0.0).all() and (lots[wanted >= 0] < 1.0).all()
    # The lot is drawn by pupil and school, and anew with another seed or year.
    lottery = draws.key(5, "admission.lottery", 7)
    lots = choice.lists(way, near, distance, home, [0.0] * 3, seed=5, year=7)[1]
    for i, row in enumerate(wanted):
        for c, school in enumerate(row):
            if school >= 0:
                lot = ((int(draws.at_pair(lottery, i + 1, int(school) + 1)) >> 11) + 0.5) * 2.0**-53
                assert lots[i, c] == pytest.approx(lot, abs=1e-12)
    # Two kinds see different company; a relative way is the same at one kilometre and at a hundred.
    company = [[0.1, 0.9, 0.2], [0.9, 0.1, 0.2]]
    both = choice.FamilyChoice(travel=0.5, peers=1.0, taste=0.0, travel_is_relative=True)
    for scale in (1.0, 100.0):
        far = scale * np.array(distance)
        assert choice.lists(both, near, far, home, company, kind=[0, 0, 1])[0].tolist() == [[1, 0, 2], [1, 2, -1], [0, 1, 2]]
        assert choice.lists(both, near, far, home, company[0])[0].tolist() == [[1, 0, 2], [1, 2, -1], [1, 0, 2]]
    # Points turn the company over: what was liked most is liked least.
    turned = choice.FamilyChoice(peers=1.0, taste=0.0, company=((0.0, 1.0), (1.0, 0.0)))
    assert choice.lists(turned, near, distance, home, company, kind=[0, 0, 1])[0].tolist() == [[0, 2, 1], [2, 1, -1], [1, 2, 0]]
    # Reputation, more so for the better-off; the chance of a good senior high.
    named = choice.FamilyChoice(reputation=1.0, ses_slope=1.0, travel=1.0, taste=0.0)
    found = choice.lists(named, near, distance, [0, 0], [0.0] * 3, ses=[0.0, 1.0], seen=[0.0, 0.0, 2.0])[0]
    assert found.tolist() == [[0, 1, 2], [2, 0, 1]]
    chance = choice.FamilyChoice(senior_chance=9.0, taste=0.0)
    assert choice.lists(chance, near, distance, [0], [0.0] * 3, chance=[0.2, 0.9, 0.5])[0].tolist() == [[1, 2, 0]]
    # Tastes are drawn by family and school.
    key = draws.key(5, "admission.taste", 7)
    drawn = choice.lists(choice.FamilyChoice(), near, distance, [0] * 4, [0.0] * 3, seed=5, year=7)[0]
    for i, row in enumerate(drawn.tolist(), 1):
        assert row == sorted(range(3), key=lambda s, i=i: -draws.gumbel_at(key, i, s + 1))  # type: ignore[misc]
    assert [a.shape for a in choice.lists(way, near, distance, [], [0.0] * 3)] == [(0, 3), (0, 3)]


def test_rows_and_shapes_that_do_not_fit_are_refused(choice: ModuleType) -> None:
    given: dict[str, Any] = {
        "near": [[0, 1], [1, 2]], "distance": np.zeros((2, 2)), "home": [0, 1], "composition": [[0.0] * 3] * 2, "kind": [0, 1],
    }  # fmt: skip
    assert choice.lists(choice.FamilyChoice(), **given)[0].shape == (2, 2)
    assert choice.lists(choice.FamilyChoice(), **(given | {"near": [[-1, 0], [1, 2]]}))[0].shape == (2, 2)
    for wrong in (
        {"near": [[0, 3], [1, 2]]}, {"near": [[0, -2], [1, 2]]}, {"near": [0, 1]}, {"distance": [[0.0, 1.0]]}, {"home": [0, 2]},
        {"home": [-1, 0]}, {"kind": [0, 2]}, {"kind": [0]}, {"kind": [-1, 0]}, {"ses": [0.0]}, {"seen": [0.0]}, {"chance": [0.0] * 4},
    ):  # fmt: skip
        with pytest.raises(ConfigError, match="CFG-CHOICE-SHAPE"):
            choice.lists(choice.FamilyChoice(), **(given | wrong))
