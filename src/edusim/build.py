"""From a scenario to a county ready to run: the region built, the design of the comparison applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError

if TYPE_CHECKING:
    from edusim.region import Case, Region
    from edusim.scenario import Scenario
    from edusim.state import State

DESIGNS = ("feasible", "identical")


def region_of(scenario: Scenario) -> Region:
    """Return the region that a scenario names."""
    from edusim import region

    spec = scenario.region_spec
    if spec.kind == "synthetic":
        return region.synthetic(spec.seed, spec.n_pupils, file=spec.file, values=spec.values)
    return region.from_roster(spec.path, spec.mapping or None, file=spec.file, values=spec.values)


def build_case(
    scenario: Scenario, *, seed: int, draw: int, design: str | None = None, region: Any = None, law: Any = None
) -> Case:
    """Return the county of one draw under a design.

    Parameters
    ----------
    scenario
        What to build.
    seed, draw
        Seed of the run and number of the draw.
    design
        ``feasible``: groups as they are, so that size caps and scarce cores bind. ``identical``: every
        group is one core and its first member, so that each mode meets the same pairs of schools. None:
        the scenario's own.
    region
        A region built before, to save building it again.
    law
        The law in force in the base year, where the caller has it at hand.
    """
    if law is None:
        from edusim.declarations import STATUS_QUO

        law = scenario.parameters(STATUS_QUO).at(scenario.base_year)
    case = (region or region_of(scenario)).build(
        law, seed=seed, draw=draw, base_year=scenario.base_year, years=scenario.years
    )
    design = design or scenario.design
    if design not in DESIGNS:
        raise ConfigError("CFG-DESIGN", f"没有设计 {design}", f"no design {design}", mend_zh="feasible 或 identical", mend_en="feasible or identical")
    if design == "identical":
        identical_pairs(case.state)
    return case


def identical_pairs(state: State) -> None:
    """Reduce every group to one core and the member with the lowest id, in place."""
    schools = state.schools
    for g in range(state.groups.n):
        members = np.flatnonzero(schools.member_of == g)
        if members.size > 1:
            keep = members[np.argmin(schools.id[members])]
            drop = members[members != keep]
            schools.member_of[drop] = -1
            schools.is_member_base[drop] = False
