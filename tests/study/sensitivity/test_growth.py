"""When a design has grown enough: every criterion by hand, and by a function whose answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from edusim.study.sensitivity import Estimate, all_settled, settled
from edusim.study.sensitivity.growth import rank_change
from known_indices import ISHIGAMI, UNIT3, found, ishigami


def made(values: dict[str, float], *, half: float = 0.01, spread: Any = None, index: str = "ST", method: str = "sobol", **facts: Any) -> Estimate:
    """Return an estimate with these values and intervals of ``2 half``; ``spread`` are its resamples."""
    rows = [(index, name, "", value, value - half, value + half, value) for name, value in values.items()]
    frame = pd.DataFrame(rows, columns=["index", "input", "other", "value", "low", "high", "raw"])
    again = np.array([list(values.values())] * 10) if spread is None else np.array(spread)
    return Estimate(frame, pd.DataFrame(), {"method": method, "is_dead": False, "drowned": False, **facts}, tuple(values), {index: again})


FIRM = {"a": 0.6, "b": 0.3, "c": 0.02, "dummy": 0.0}


def test_a_firm_estimate_that_did_not_move_has_settled() -> None:
    now = settled(made(FIRM), made({**FIRM, "a": 0.61}), indices=["ST"])
    assert now.done and now.missing == () and now.ranks == 0.0
    assert now.width == pytest.approx(0.02) and now.screening == pytest.approx(0.02)
    assert now.moved == pytest.approx(0.01) and now.farthest == ("ST", "a")


def test_without_an_earlier_estimate_nothing_has_settled() -> None:
    assert settled(made(FIRM), indices=["ST"]).missing == ("steadiness",)


@pytest.mark.parametrize(
    ("now", "before", "missing"),
    [
        (made(FIRM, half=0.03), made(FIRM), "width"),
        (made(FIRM), made({**FIRM, "a": 0.66}), "steadiness"),
        (made(FIRM, spread=[[0.6, 0.3, 0.02, 0], [0.4, 0.5, 0.02, 0]] * 5), made(FIRM), "ranks"),
    ],
)
def test_each_criterion_holds_a_design_back(now: Estimate, before: Estimate, missing: str) -> None:
    found = settled(now, before, indices=["ST"])
    assert missing in found.missing and not found.done
    assert not all_settled({"one": settled(made(FIRM), made(FIRM), indices=["ST"]), "other": found})


def test_two_that_change_places_are_open_unless_they_are_a_tie() -> None:
    swapping = made({"a": 0.6, "b": 0.5, "c": 0.02, "dummy": 0}, spread=[[0.6, 0.5, 0.02, 0], [0.5, 0.6, 0.02, 0]] * 5)
    assert settled(swapping, swapping, indices=["ST"]).open_pairs == (("a", "b"),)
    tied = made({"a": 0.51, "b": 0.5, "c": 0.02, "dummy": 0}, spread=[[0.51, 0.5, 0.02, 0], [0.5, 0.51, 0.02, 0]] * 5)
    assert settled(tied, tied, indices=["ST"]).open_pairs == ()
    low = made({"a": 0.6, "b": 0.04, "c": 0.02, "dummy": 0}, spread=[[0.6, 0.04, 0.02, 0], [0.6, 0.02, 0.14, 0]] * 5)
    assert settled(low, low, indices=["ST"]).open_pairs == ()  # which of two unimportant ones matters more is not asked


def test_ranks_that_swapped_since_half_the_points_are_not_steady() -> None:
    now, before = made({"a": 0.41, "b": 0.4, "dummy": 0.0}), made({"a": 0.4, "b": 0.41, "dummy": 0.0})
    found = settled(now, before, indices=["ST"])
    assert found.moved < 0.05 and found.moved_ranks == pytest.approx(1.0) and "steadiness" in found.missing


def test_the_width_of_the_unimportant_is_held_where_a_wide_answer_is_asked() -> None:
    wide = made(FIRM, half=0.09)
    found = settled(wide, made(FIRM), width=0.2, indices=["ST"])
    assert found.is_narrow and found.is_screened and found.screening == pytest.approx(0.18)


def test_how_many_points_a_width_would_take() -> None:
    wide = settled(made(FIRM, half=0.1), indices=["ST"])  # 0.2 wide, four times what is asked
    assert wide.needed(1024) == 16 * 1024 and settled(made(FIRM), indices=["ST"]).needed(1000) == 1024
    assert settled(found_drowned()).needed(64) is None


def found_drowned() -> Estimate:
    return found(UNIT3, lambda x, e: e + 0 * x[..., 0], "sobol", 64, "independent", 2)


def test_the_weighted_change_of_rank_by_hand() -> None:
    assert rank_change(np.array([[0.6, 0.3], [0.3, 0.6]])) == pytest.approx(1.0)
    # Places of the unimportant change: (0.011^2 + 0.011^2) / (0.9^2 + 2 * 0.011^2).
    assert rank_change(np.array([[0.9, 0.01, 0.011], [0.9, 0.011, 0.01]])) == pytest.approx(2 * 0.011**2 / (0.81 + 2 * 0.011**2))
    assert rank_change(np.array([[0.9], [0.1]])) == 0.0
    assert np.isnan(rank_change(np.array([[np.nan, 0.1]] * 3)))


def test_an_outcome_that_never_changes_needs_no_more_and_one_drowned_in_noise_does() -> None:
    dead = settled(found(UNIT3, lambda x, e: 1 + 0 * (x[..., 0] + e), "sobol", 8))
    assert dead.done and dead.is_dead and dead.missing == ()
    drowned = settled(found_drowned())
    assert drowned.is_drowned and not drowned.done and "width" in drowned.missing


def test_effects_go_by_the_largest_of_them() -> None:
    for factor in (1.0, 1000.0):
        sizes = {"a": 2.0 * factor, "b": 1.0 * factor, "dummy": 0.0}
        now = made(sizes, half=0.03 * factor, index="mu_star", method="morris")
        assert settled(now, now).width == pytest.approx(0.03) and settled(now, now).done


def test_a_real_design_settles_as_it_grows() -> None:
    small, middle, large = (found(ISHIGAMI, lambda x, e: ishigami(x) + 0 * e, "sobol", n) for n in (64, 1024, 2048))
    first, last = settled(small, width=0.15, indices=["ST"]), settled(large, middle, width=0.15, indices=["ST"])
    assert first.width > 0.3 and "width" in first.missing
    assert last.done and last.moved < 0.02
