"""县管校聘: teachers above a school's staffing posts find free posts elsewhere in the county."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.equations.formulas import distance_km

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def reassign(
    subject: NDArray[np.int8],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    present: NDArray[np.int32],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    is_private: NDArray[np.bool_],
    target: NDArray[np.float64],
    have: NDArray[np.int64],
    vacancies: NDArray[np.int64],
    leave: NDArray[np.int64],
    reach_km: float,
    road_factor: float,
    chosen: NDArray[np.int32],
) -> None:
    """Give teachers of schools above their posts the nearest free post of their subject, in the order given.

    Parameters
    ----------
    subject, x, y, present
        The teachers considered, [n]: subject, home (km), the school that employs them.
    target, have
        [schools, subjects]: posts by subject, and teachers. Who teaches a subject of which the school
        has no more than its posts ask for is needed there and stays.
    vacancies
        int64 [schools, subjects]: free posts; kept up to date, as are ``have`` and ``leave``.
    leave
        int64 [schools]: how many each school may still give up this year.
    reach_km
        Longest way by road between home and the new post. Private schools neither give nor take.
    chosen
        int32 [n], filled: the new school, or -1.
    """
    for a in range(subject.size):
        k, s = subject[a], present[a]
        chosen[a] = -1
        if leave[s] <= 0 or is_private[s] or have[s, k] <= target[s, k]:
            continue
        best_km = reach_km
        for other in range(school_x.size):
            if vacancies[other, k] <= 0 or is_private[other] or other == s:
                continue
            km = distance_km(x[a], y[a], school_x[other], school_y[other], road_factor)
            if km < best_km or (chosen[a] < 0 and km == best_km):
                chosen[a], best_km = other, km
        best = chosen[a]
        if best >= 0:
            leave[s] -= 1
            have[s, k] -= 1
            have[best, k] += 1
            vacancies[best, k] -= 1
