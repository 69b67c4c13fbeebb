"""Counties to measure: the shipped scenario at any size."""

from __future__ import annotations

from typing import Any


def county(n_pupils: int, policy: str = "fusion", *, years: int = 6, records: str = "counts") -> Any:
    """Return the shipped county scaled to ``n_pupils``, every rule on, before its first year."""
    from edusim.model import County
    from edusim.scenario import load

    scenario = load("county").with_({"region.n_pupils": n_pupils, "years": years})
    return County(scenario, policy=policy, records=records)


def pupil_years(one: Any) -> int:
    """Return the pupils a step works on: those with a row in use, in the county's schools or out of them."""
    return int((one.state.pupils.status > 0).sum())
