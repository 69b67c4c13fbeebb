"""统一招聘、县管校聘: who takes which free post: by choice, in the order of a competition, or reassigned."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled
from edusim.draws import at, gumbel_at
from edusim.equations.formulas import distance_km

if TYPE_CHECKING:
    from numpy.typing import NDArray


@compiled
def post_utility(
    home_x: float, home_y: float, x: float, y: float, pay: float, allowance: float, remoteness: float, climate: float,
    distance_weight: float, pay_weight: float, urban_weight: float, climate_weight: float, road_factor: float, taste: float,
) -> float:
    """Return ``-b_d km + b_w ln(1 + allowance / pay) - b_u remoteness + b_C climate + taste``: what a post is worth to a teacher."""
    return (
        -distance_weight * distance_km(home_x, home_y, x, y, road_factor)
        + pay_weight * math.log(1.0 + allowance / pay)
        - urban_weight * remoteness
        + climate_weight * climate
        + taste
    )


@compiled
def choose_posts(
    ids: NDArray[np.int64],
    subject: NDArray[np.int8],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    pay: NDArray[np.float64],
    present: NDArray[np.int32],
    school_id: NDArray[np.int64],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    anchor_x: NDArray[np.float64],
    anchor_y: NDArray[np.float64],
    anchor_remote: NDArray[np.float64],
    allowance: NDArray[np.float64],
    climate: NDArray[np.float64],
    vacancies: NDArray[np.int64],
    surplus: NDArray[np.int64],
    distance_weight: float,
    pay_weight: float,
    urban_weight: float,
    climate_weight: float,
    accept: float,
    move_cost: float,
    considered: int,
    road_factor: float,
    taste_key: np.uint64,
    start_key: np.uint64,
    chosen: NDArray[np.int32],
) -> None:
    """Let people choose posts one after another, in the order given (the county's examination rank).

    Each looks at up to ``considered`` vacant posts of the own subject and takes the best by
    :func:`post_utility`. ``present`` int32: the school served now, -1 for applicants. An applicant takes a
    post whose utility and ``accept`` together beat 0, the outside option; who serves already takes one
    that beats the present post by ``move_cost``, wherever it lies, and frees that post for those after.
    ``anchor_*``: the place a post counts as (a merged school hires for the whole group).
    ``vacancies`` int64 [schools, subjects] and ``surplus`` int64 [schools], staff beyond the posts, are
    kept up to date: who leaves a school with more staff than posts leaves no vacancy.
    """
    n_schools = school_id.size
    for a in range(ids.size):
        k = subject[a]
        first = int(at(start_key, ids[a]) % np.uint64(n_schools))
        best = -1
        here = present[a]
        # What any post must beat: the outside option, or the post held now.
        best_value = -accept
        if here >= 0:
            best_value = move_cost + post_utility(
                x[a], y[a], anchor_x[here], anchor_y[here], pay[a], allowance[here], anchor_remote[here], climate[here],
                distance_weight, pay_weight, urban_weight, climate_weight, road_factor,
                gumbel_at(taste_key, ids[a], school_id[here]),
            )
        seen = 0
        for j in range(n_schools):
            s = first + j
            if s >= n_schools:
                s -= n_schools
            if vacancies[s, k] <= 0 or s == here:
                continue
            seen += 1
            value = post_utility(
                x[a], y[a], anchor_x[s], anchor_y[s], pay[a], allowance[s], anchor_remote[s], climate[s],
                distance_weight, pay_weight, urban_weight, climate_weight, road_factor,
                gumbel_at(taste_key, ids[a], school_id[s]),
            )
            if value > best_value:
                best_value = value
                best = s
            if seen >= considered:
                break
        chosen[a] = best
        if best >= 0:
            vacancies[best, k] -= 1
            if here >= 0:
                if surplus[here] > 0:
                    surplus[here] -= 1
                else:
                    vacancies[here, k] += 1


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
