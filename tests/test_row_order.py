"""Where a row stands decides nothing, at the start of a run or in the middle of it."""

from __future__ import annotations

import numpy as np
import pytest

from edusim.model import County
from edusim.scenario import load
from edusim.state import State, Table


def _desks_moved(state: State) -> None:
    """Put the teachers of a county into other rows, in place."""
    order = np.random.default_rng(7).permutation(state.teachers.n)
    state.teachers = Table("teachers", {name: state.teachers[name][order] for name in state.teachers})


@pytest.mark.parametrize("policy", ["status_quo", "fusion"])
def test_teachers_may_change_desks_in_the_middle_of_a_run(policy: str) -> None:
    left, right = (County(load("small"), policy) for _ in range(2))
    for year in range(4):
        if year:
            _desks_moved(right.state)
        left.step()
        right.step()
        assert left.state.digest() == right.state.digest(), f"year {year + 1}"
    assert np.array_equal(left.year_measures[-1].values, right.year_measures[-1].values, equal_nan=True)
