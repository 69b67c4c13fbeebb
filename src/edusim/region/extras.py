"""What a drawn county has beside its compulsory schools: campuses still to open, and the other stages.

All of it follows the region's own seed and stands apart: the schools, homes, teachers and pupils of the
county are drawn as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from edusim import draws, stages
from edusim.equations.reach import share_by_room
from edusim.region.homes import Float, Homes, Int
from edusim.state import OTHER_STAGES, Table

_URBAN, _TOWN = 0, 1
_KINDERGARTEN = OTHER_STAGES.index("kindergarten")
_GOODS = ("buildings_m2", "sports_m2", "equipment_yuan", "rooms")
#: Grades of the stages that a new campus may teach.
_GRADES = (6, 3)


def spread(weights: Float, n: int) -> Int:
    """Return ``n`` places, evenly spaced in the running sum of the weights: dense places get more."""
    total = np.cumsum(weights)
    at = (np.arange(n) + 0.5) / n * total[-1]
    return np.asarray(np.minimum(np.searchsorted(total, at, side="right"), weights.size - 1), dtype=np.int64)


def new_campuses(
    schools: Table, homes: Homes, entrants: Int, settings: Mapping[str, Any], seed: int, n_pupils: int, base_year: int
) -> tuple[Table, dict[str, Any]]:
    """Add the rows of campuses that are to open, and return them with what is planned for each.

    They stand where the city grows; one opens every ``region.campuses.every_years`` years. Until then a row
    has no seats, pupils, staff or goods.

    Returns
    -------
    schools : Table
        The same object where no campus is to open.
    plan : dict
        ``planned`` (id -> seats and goods), ``crowded_share``, ``founding_share``; empty without new campuses.
    """
    counts = [round(float(settings[f"region.campuses.new_{s}"]) * n_pupils / 100_000) for s in ("primary", "junior")]
    n = sum(counts)
    if n == 0:
        return schools, {}
    added = Table.empty("schools", n)
    added["id"] = int(schools.id.max()) + 1 + np.arange(n)
    added["stage"] = np.repeat([0, 1], counts)
    where = homes.table.zone == homes.table.zone.min()
    growth = np.maximum(entrants.mean(axis=0) - homes.pupils[0], 0.0) + 0.1 * homes.pupils[0] + 1e-9
    site = spread(np.where(where, growth, 0.0), n)
    added["zone"] = homes.table.zone[site]
    for k, axis in ((1, "x_km"), (2, "y_km")):
        aside = draws.normal(seed, "region.other", 0, added.id, k=k)
        added[axis] = homes.table[axis][site] + float(settings["region.campuses.aside_km"]) * aside
    first, every = (int(settings[f"region.campuses.{k}"]) for k in ("first_year", "every_years"))
    added["opens_year"] = base_year + first + every * np.arange(n)
    per_grade = int(settings["region.campuses.seats_grade"])
    planned = {}
    for number, stage in zip(added.id.tolist(), added.stage.tolist(), strict=True):
        places = per_grade * _GRADES[stage]
        plan: dict[str, float] = {name: float(settings[f"region.campuses.{name}"][stage]) * places for name in _GOODS}
        plan["seats_primary"], plan["seats_junior"] = (per_grade, 0) if stage == 0 else (0, per_grade)
        planned[number] = plan
    both = Table("schools", {name: np.concatenate([schools[name], added[name]]) for name in schools})
    plan_of_all = {
        "planned": planned,
        "crowded_share": float(settings["region.campuses.crowded_share"]),
        "founding_share": float(settings["region.campuses.founding_share"]),
    }
    return both, plan_of_all


def draw_others(homes: Homes, entrants: Int, settings: Mapping[str, Any], seed: int, n_pupils: int) -> Table:
    """Draw kindergartens, senior and vocational schools: places, pupils of three years, staff.

    Kindergartens stand where young children live, the others in the city and the towns. Their pupils are
    the children about to enter grade 1, and the shares of the graduates of grade 9 that ``stages.yaml``
    gives; places exceed pupils by its slack, and sizes differ by ``region.others.size_sd``.
    """
    tables = []
    graduates = int(homes.pupils[8].sum())
    first_id = 1
    for code, name in enumerate(OTHER_STAGES):
        stage = stages.read()[name]
        n = max(1, round(float(settings[f"region.others.{name}"]) * n_pupils / 100_000))
        table = Table.empty("others", n)
        table["id"] = first_id + np.arange(n)
        first_id += n
        table["stage"] = code
        living = homes.pupils[0].astype(np.float64) + 1e-9
        if code != _KINDERGARTEN and (homes.table.zone <= _TOWN).any():
            living = np.where(homes.table.zone <= _TOWN, homes.pupils.sum(axis=0) + 1e-9, 0.0)
        site = spread(living, n)
        for column in ("zone", "x_km", "y_km"):
            table[column] = homes.table[column][site]
        years = int(stage.number("years"))
        share = stage.number("entry_share")
        if code == _KINDERGARTEN:
            # Year 1 enters grade 1 three years from the base year, year 3 next year.
            yearly = [share * float(entrants[min(years - 1 - k, len(entrants) - 1)].sum()) for k in range(years)]
        else:
            yearly = [share * graduates] * years
        size = np.exp(float(settings["region.others.size_sd"]) * draws.normal(seed, "region.other", code, table.id))
        a_year = np.ceil(max(yearly) * stage.number("slack") * size / size.sum())
        table["places"] = years * a_year
        room = a_year.astype(np.int64)
        for k, pupils in enumerate(yearly, 1):
            table[f"year_{k}"] = share_by_room(int(pupils + 0.5), room, table.id)
        table["enrolled"] = table.year_1 + table.year_2 + table.year_3
        posts = np.ceil(table.enrolled / stage.number("pupils_per_teacher"))
        table["staff"] = np.floor(posts * (1.0 - stage.number("vacancy")) + 0.5)
        table["vacancies"] = np.maximum(posts - table.staff, 0)
        tables.append(table)
    return Table("others", {name: np.concatenate([t[name] for t in tables]) for name in tables[0]})
