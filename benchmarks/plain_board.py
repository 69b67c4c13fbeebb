"""School-level columns of the plain model: what its schools and groups hold, laid out for shared rules.

Finance, groups, leadership, posts and the books work on one number a school; the plain model calls the
engine's own functions for them. :class:`Board` copies the attributes of schools and groups into tables
before such a rule, and back after it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plain_agents import Group, School
from edusim.state import COLUMNS

if TYPE_CHECKING:
    from edusim.rules.context import Units
    from edusim.state import State

_POINTERS = ("member_of", "leads")


class Board:
    """Tables of schools, groups, neighbourhoods and other stages that mirror the agents, for rules that see a :class:`State`."""

    def __init__(self, state: State) -> None:
        self.year = state.year
        self.schools, self.groups = state.schools.copy(), state.groups.copy()
        self.neighbourhoods, self.others = state.neighbourhoods.copy(), state.others.copy()

    def write(self, schools: list[School], groups: list[Group]) -> None:
        """Copy the agents' attributes into the tables."""
        for name in COLUMNS["schools"]:
            if name in _POINTERS:
                values: list[Any] = [-1 if s.__dict__[name] is None else s.__dict__[name].row for s in schools]
            else:
                values = [s.__dict__[name] for s in schools]
            self.schools[name] = values
        for name in COLUMNS["groups"]:
            if self.groups.n:
                values = [g.__dict__[name] for g in groups]
                if name == "core":
                    values = [-1 if core is None else core.row for core in values]
                self.groups[name] = values

    def read(self, schools: list[School], groups: list[Group]) -> None:
        """Copy the tables into the agents' attributes."""
        for name in COLUMNS["schools"]:
            values = self.schools[name].tolist()
            if name in _POINTERS:
                values = [groups[row] if row >= 0 else None for row in values]
            for school, value in zip(schools, values, strict=True):
                school.__dict__[name] = value
        for name in COLUMNS["groups"]:
            values = self.groups[name].tolist()
            if name == "core":
                values = [schools[row] if row >= 0 else None for row in values]
            for group, value in zip(groups, values, strict=True):
                group.__dict__[name] = value


@dataclass(slots=True)
class Unit:
    """A core with the members that share a mode, and what its clauses say this year."""

    row: int
    id: int
    group: Group
    mode: int
    core: Any
    members: list[School]
    campuses: list[School]
    share: float
    base: int
    both_ways: bool
    two_way_share: float
    backbone_share: float
    min_years: float
    may_assign: bool
    duty: bool
    rank_floor: bool
    omega: float
    itinerant: bool
    joint_hours: float
    online_share: float
    mentor_pairs: float
    team_places: int
    team_years: float
    bonus: float = 0.0  # of rotating teachers, as far as they count on it
    cadre: float = 0.0
    seniors_first: bool = False
    mean_x: float = 0.0
    mean_y: float = 0.0
    mean_allowance: float = 0.0
    mountain: bool = False
    n_full: int = 0  # members whose senior posts are full
    team_level: float = math.nan  # mean quality of those who serve in its subject teams
    joined: int = 0  # of them, those who serve at members


def units_of(units: Units, by_mode: Any, schools: list[School], groups: list[Group]) -> list[Unit]:
    """Return the year's units as objects."""
    found = []
    for u in range(units.core.size):
        mode, core = int(units.mode[u]), int(units.core[u])

        def value(path: str, mode: int = mode) -> float:
            return float(by_mode[path][mode])

        found.append(
            Unit(
                u, int(units.id[u]), groups[int(units.group[u])], mode, schools[core] if core >= 0 else None,
                [schools[s] for s in units.members[units.start[u] : units.start[u + 1]]],
                [schools[s] for s in units.campuses[units.campus_start[u] : units.campus_start[u + 1]]],
                value("rotation.share"), int(value("rotation.base")), value("rotation.counting") > 0,
                value("rotation.two_way_share"), value("rotation.backbone_share"),
                value("rotation.min_years_at_post"), value("rotation.head_may_assign") > 0,
                value("staffing.core_hire_duty") > 0, value("promotion.rank_floor") > 0,
                value("appraisal.bundle_weight"), value("staffing.itinerant") > 0,
                value("development.joint_hours_year"), value("development.online_share"),
                value("development.mentor_pairs"),
                int(value("development.subject_teams") * value("development.team_size")),
                value("development.team_term_years"),
            )
        )  # fmt: skip
    return found


def per_school(schools: list[School], name: str, dtype: Any = np.float64) -> Any:
    """Return an attribute of all schools as an array [schools] (or [schools, ...])."""
    return np.array([getattr(s, name) for s in schools], dtype)
