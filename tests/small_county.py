"""Counties small enough to reckon by hand (`edusim.by_hand`), under policies that do not change with the shipped files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edusim import by_hand
from edusim.by_hand import BASE_YEAR, BY_LOT, STAY_PUT, Campus, case, grades, scenario
from edusim.by_hand import mean_of as quality_of
from edusim.model import County
from edusim.region import Case
from edusim.state import COLUMNS, State

__all__ = [
    "BASE_YEAR", "BY_LOT", "FIXED", "STAY_PUT", "Campus", "assert_equal_states", "case", "county", "grades", "quality_of", "scenario",
]  # fmt: skip

#: Policies that cases worked by hand stand on, whatever becomes of the shipped files of the same key.
FIXED = {key: Path(__file__).parent / "policies" / f"{key}.yaml" for key in ("fusion", "co_build")}


def county(
    ready: Case, changes: Mapping[str, Any] | None = None, *, rules: Sequence[str] = (), policy: str = "status_quo", **more: Any
) -> County:
    """Return a county with only the named rules on; modes are those of `FIXED`."""
    model = by_hand.county(ready, changes, rules=rules, policy=FIXED.get(policy, policy), **more)
    model.policy_key = policy
    return model


def assert_equal_states(a: State, b: State) -> None:
    """Say which column of which table differs, which a digest alone cannot."""
    a, b = a.canonical(), b.canonical()
    for name in COLUMNS:
        left, right = a.tables()[name], b.tables()[name]
        used = {"teachers": "serving", "pupils": "status"}.get(name)
        keep = [t[used] > 0 if used else np.ones(t.n, bool) for t in (left, right)]
        for column in left:
            np.testing.assert_array_equal(left[column][keep[0]], right[column][keep[1]], f"{name}.{column}")
    assert a.digest() == b.digest()
