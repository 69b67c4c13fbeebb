"""Which schools lie within reach of a neighbourhood, and how far a member is from its core."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.equations.formulas import travel_hours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.state import Table

#: Public schools within reach that a family may list beside the catchment school.
NEAR_PUBLIC = 4
MOUNTAIN = 3


def near_schools(
    schools: Table, places: Table, catchment: NDArray[np.int32], serves: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Return int32 [neighbourhoods, candidates]: catchment school and nearest public ones.

    ``serves`` bool [schools]: those that teach the stage and are open. Padded with -1; ties by the order
    of ids.
    """
    public = np.flatnonzero(serves & ~schools.is_private)
    if not serves.any():
        return np.zeros((places.n, 0), np.int32)
    out = np.full((places.n, 1 + NEAR_PUBLIC), -1, np.int32)
    step = max(1, 4_000_000 // max(1, schools.n))
    for low in range(0, places.n, step):
        part = slice(low, min(places.n, low + step))
        out[part, 0] = catchment[part]
        if public.size == 0:
            continue
        distance = np.hypot(
            places.x_km[part][:, None] - schools.x_km[public][None], places.y_km[part][:, None] - schools.y_km[public][None]
        )
        distance[public[None, :] == catchment[part][:, None]] = np.inf
        order = np.argsort(distance, axis=1, kind="stable")[:, :NEAR_PUBLIC]
        found = public[order].astype(np.int32)
        found[np.take_along_axis(distance, order, axis=1) == np.inf] = -1
        out[part, 1 : 1 + found.shape[1]] = found
    return out


def way_to_core(
    schools: Table, groups: Table, school: int, road_factor: float, speed: float, mountain_share: float
) -> tuple[float, float]:
    """Return the road from a member to its group's core: km, and hours one way."""
    g = schools.member_of[school]
    core = groups.core[g]
    if core >= 0:
        km = road_factor * math.hypot(
            schools.x_km[school] - schools.x_km[core], schools.y_km[school] - schools.y_km[core]
        )
        mountain = bool(schools.zone[school] == MOUNTAIN or schools.zone[core] == MOUNTAIN)
    else:
        km = road_factor * float(np.nan_to_num(groups.outside_distance_km[g]))
        mountain = bool(schools.zone[school] == MOUNTAIN)
    return km, float(travel_hours(km, speed, mountain, mountain_share))


def share_by_room(total: int, room: NDArray[np.int64], ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return int64: ``total`` newcomers shared over schools in proportion to their room, never more than it.

    Whole numbers by the largest remainder, ties by id; where there are more newcomers than room, every
    place is taken.
    """
    room = np.maximum(room, 0)
    if total <= 0:
        return np.zeros_like(room)
    whole_room = int(room.sum())
    if total >= whole_room:
        return room.copy()
    exact = total * room / max(whole_room, 1)
    whole = np.floor(exact).astype(np.int64)
    left = int(total - whole.sum())
    order = np.lexsort((ids, -(exact - whole)))
    # Only schools with a fraction can get one more, and those have the room for it.
    whole[order[:left]] += 1
    return whole


@compiled
def lend(
    campus_start: NDArray[np.int64],
    campuses: NDArray[np.int32],
    serves: NDArray[np.bool_],
    pupils: NDArray[np.float64],
    share: NDArray[np.float64],
    goods: NDArray[np.float64],
    reach: NDArray[np.float64],
) -> None:
    """Add to ``reach`` [goods, schools], per pupil, what the other campuses of the unit lend.

    Each owner's ``share`` of its ``goods`` [goods, schools] is given out once, to the pupils of the campuses
    that it ``serves``: owner by user, unit after unit.
    """
    first = 0
    for u in range(campus_start.size - 1):
        low = campus_start[u]
        n = campus_start[u + 1] - low
        lends = False
        for a in range(n):
            lends = lends or share[campuses[low + a]] > 0.0
        if n > 1 and lends:
            users = np.zeros(n)
            for a in range(n):
                for b in range(n):
                    if serves[first + a * n + b]:
                        users[a] += pupils[campuses[low + b]]
            for k in range(goods.shape[0]):
                for b in range(n):
                    lent = 0.0
                    for a in range(n):
                        if serves[first + a * n + b]:
                            owner = campuses[low + a]
                            lent += share[owner] * goods[k, owner] / users[a]
                    reach[k, campuses[low + b]] += lent
        first += n * n
