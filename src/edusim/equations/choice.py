"""择校: what a school is worth to a family, and in which order a family lists schools.

One utility and one ranking rule, for the county's admission and for replications of other studies alike:

    U = b_R R (1 + b_z z) - b_d T + b_p C + b_h H + s e

R what families see of the school (SD), z the family's SES (SD), T the way there, C the school's company (who goes
there, as last seen), H the chance of a good senior high from there, e a standard Gumbel draw of this family and
school. Two terms are tables, worked out once and looked up by the loop, so that other assumptions are another
setting and no other program:

* **T**, by neighbourhood and school within reach: kilometres by road in the county (:func:`travel_table`); any other
  distance, or its place between the nearest and the farthest school within reach (:func:`relative_travel`).
* **C**, by kind of family and school: the composition itself, in the county the mean SES of the school for every
  family; or a function of it, straight between points (:func:`company_value`), as the share of the own group with
  a best value (:func:`tolerance`).

``s = 0`` takes tastes away: the choice is then decided by the terms alone, and of equal schools the one that stands
first in the list of those within reach goes first. :class:`FamilyChoice` names one such setting, :func:`lists` lets
families choose by it, and :func:`edusim.equations.parallel_arrays` assigns seats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim._compile import compiled
from edusim.draws import gumbel_at
from edusim.equations.formulas import distance_km
from edusim.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: No points: the company of a school is worth its composition, as it stands.
AS_IT_IS: tuple[tuple[float, float], ...] = ()


@compiled
def utility(
    seen: float, ses: float, travel: float, company: float, chance: float, taste: float, weights: NDArray[np.float64]
) -> float:
    """Return what a school is worth to a family (see the head of this module).

    Parameters
    ----------
    seen, ses
        Reputation of the school as families see it, and SES of the family, SD.
    travel
        Way to the school: km, or whatever its weight is given for.
    company
        Value of the school's company to this family: mean SES (SD), or a share.
    chance
        Chance of a good senior high from there, 0 to 1.
    taste
        What this family alone finds in this school, in units of utility.
    weights
        float64 [6]: reputation, rise of that weight a SD of SES, travel, peers, senior chance, fee (not used here:
        see :mod:`edusim.equations.private`).
    """
    value: float = (
        weights[0] * seen * (1.0 + weights[1] * ses)
        - weights[2] * travel
        + weights[3] * company
        + weights[4] * chance
        + taste
    )
    return value


@compiled
def rank(
    identity: int,
    ses: float,
    unit: int,
    candidates: NDArray[np.int32],
    travel: NDArray[np.float64],
    pool: NDArray[np.int32],
    seen: NDArray[np.float64],
    company: NDArray[np.float64],
    chance: NDArray[np.float64],
    school_id: NDArray[np.int64],
    weights: NDArray[np.float64],
    taste_scale: float,
    taste_key: np.uint64,
    worth: NDArray[np.float64],
    order: NDArray[np.int64],
) -> int:
    """Put the schools within a family's reach in the order of their utility, best first; return how many.

    Parameters
    ----------
    identity, ses
        The family's pupil: id, and SES (SD).
    unit
        -1: every candidate may be ranked; else only campuses of this unit (``pool`` int32 [schools]).
    candidates, travel
        int32 and float64 [candidates]: rows of schools, -1 where there is none; the way to each.
    seen, company, chance, school_id
        [schools]: see :func:`utility`; ids, which tastes are keyed by.
    weights, taste_scale, taste_key
        float64 [6]; scale of tastes, 0: none; key of their draws.
    worth, order
        Written: float64 and int64 [candidates], utilities and places in ``candidates``, best first. Of equal ones the
        candidate that stands first.
    """
    k = 0
    for j in range(candidates.size):
        s = candidates[j]
        if s < 0 or (unit >= 0 and pool[s] != unit):
            continue
        taste = taste_scale * gumbel_at(taste_key, identity, school_id[s]) if taste_scale > 0.0 else 0.0
        value = utility(seen[s], ses, travel[j], company[s], chance[s], taste, weights)
        p = k
        while p > 0 and worth[p - 1] < value:
            worth[p] = worth[p - 1]
            order[p] = order[p - 1]
            p -= 1
        worth[p] = value
        order[p] = j
        k += 1
    return k


@compiled
def travel_table(
    near: NDArray[np.int32],
    home_x: NDArray[np.float64],
    home_y: NDArray[np.float64],
    school_x: NDArray[np.float64],
    school_y: NDArray[np.float64],
    road_factor: float,
) -> NDArray[np.float64]:
    """Return float64 [neighbourhoods, candidates], km by road: the way to each school within reach, 0 where there is none.

    ``near`` int32 [neighbourhoods, candidates]: rows of schools, -1 where there is none; places in km.
    """
    out = np.zeros(near.shape)
    for place in range(near.shape[0]):
        for j in range(near.shape[1]):
            s = near[place, j]
            if s >= 0:
                out[place, j] = distance_km(home_x[place], home_y[place], school_x[s], school_y[s], road_factor)
    return out


def relative_travel(distance: NDArray[np.float64], near: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the way to each school as its place between the nearest (0) and the farthest (1) within reach.

    Parameters
    ----------
    distance, near
        float64 and int32 [neighbourhoods, candidates]: any distance; rows of schools, -1 where there is none.

    Returns
    -------
    numpy.ndarray
        float64 [neighbourhoods, candidates]; 0 where all are equally far, or where there is no school.
    """
    there = near >= 0
    nearest = np.where(there, distance, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    farthest = np.where(there, distance, -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    spread = farthest - nearest
    differs = there & (spread > 0.0)
    return np.asarray(np.divide(distance - nearest, spread, out=np.zeros(near.shape), where=differs))


def company_value(
    composition: NDArray[np.float64], points: tuple[tuple[float, float], ...] = AS_IT_IS
) -> NDArray[np.float64]:
    """Return what the composition of schools is worth to families: straight between points, level beyond them.

    Parameters
    ----------
    composition
        float64, any shape: what families see of who goes there, a mean (SD) or a share.
    points
        (composition, value) in rising order of composition; :data:`AS_IT_IS` gives the composition back.

    Raises
    ------
    ConfigError
        ``CFG-CHOICE-POINTS`` when points are not numbers in rising order.
    """
    if not points:
        return composition
    x, y = np.array(points, dtype=np.float64).T
    if not (np.isfinite(x).all() and np.isfinite(y).all() and (np.diff(x) > 0.0).all()):
        raise ConfigError(
            "CFG-CHOICE-POINTS", f"构成与价值的对照点须为数且构成递增，得到 {points}",
            f"points (composition, value) must be numbers in rising order of composition, got {points}", where="points",
        )  # fmt: skip
    return np.asarray(np.interp(composition, x, y))


def tolerance(best: float, all_own: float) -> tuple[tuple[float, float], ...]:
    """Return the points of a preference for one's own group up to a best share, and for some company beyond it.

    ``x / t`` up to ``t``, then falling to ``M`` at a school of the own group alone: ``M + (1 - x)(1 - M) / (1 - t)``.

    Parameters
    ----------
    best
        t, above 0 and at most 1: the share of the own group that is liked best (value 1).
    all_own
        M: value of a school where everybody is of the own group.

    Raises
    ------
    ConfigError
        ``CFG-CHOICE-POINTS`` when ``best`` is not above 0 and at most 1.
    """
    if not 0.0 < best <= 1.0:
        raise ConfigError(
            "CFG-CHOICE-POINTS", f"最喜欢的同组占比须大于 0、不大于 1，得到 {best}",
            f"the share liked best must be above 0 and at most 1, got {best}", where="best",
        )  # fmt: skip
    return ((0.0, 0.0), (best, 1.0), (1.0, all_own)) if best < 1.0 else ((0.0, 0.0), (1.0, 1.0))


@dataclass(frozen=True)
class FamilyChoice:
    """What families weigh when they choose a school: one setting of the utility at the head of this module.

    Attributes
    ----------
    reputation, ses_slope, travel, peers, senior_chance
        Weights b_R, b_z, b_d, b_p, b_h. The county's are the parameters ``families.*``.
    taste
        Scale of tastes; 1 in the county, 0 for none.
    company
        Points of the value of a school's company, see :func:`company_value`.
    travel_is_relative
        Whether the way counts by its place between nearest and farthest, see :func:`relative_travel`.
    """

    reputation: float = 0.0
    ses_slope: float = 0.0
    travel: float = 0.0
    peers: float = 0.0
    senior_chance: float = 0.0
    taste: float = 1.0
    company: tuple[tuple[float, float], ...] = AS_IT_IS
    travel_is_relative: bool = False

    def weights(self) -> NDArray[np.float64]:
        """Return float64 [6] as :func:`utility` takes them; the last, of fees, is 0."""
        return np.array([self.reputation, self.ses_slope, self.travel, self.peers, self.senior_chance, 0.0])


def lists(
    families: FamilyChoice,
    near: ArrayLike,
    distance: ArrayLike,
    home: ArrayLike,
    composition: ArrayLike,
    *,
    kind: ArrayLike = (),
    ses: ArrayLike = (),
    seen: ArrayLike = (),
    chance: ArrayLike = (),
    seed: int = 0,
    year: int = 0,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Let every family rank the schools within its reach, all of them free to choose; no school gives priority.

    This calls :func:`edusim.equations.pupils.rank_schools`, the loop by which the county admits, with no catchments
    and no private schools. Give the result to :func:`edusim.equations.parallel_arrays` with the seats.

    Parameters
    ----------
    families
        What they weigh.
    near, distance
        int and float [neighbourhoods, candidates]: rows of schools within reach, -1 where there is none; distances.
    home, kind, ses
        [families]: row of the neighbourhood; kind of family, a row of ``composition`` (left out: all of one kind);
        SES, SD (left out: 0).
    composition
        float [kinds, schools]: what a kind of family sees of who goes to each school.
    seen, chance
        float [schools]: reputation, and chance of a good senior high (left out: 0).
    seed, year
        Keys of tastes and lottery numbers.

    Returns
    -------
    preferences, priority : numpy.ndarray
        int32 and float64 [families, candidates]: rows of schools in order, -1 where there is none; lottery numbers.

    Raises
    ------
    ConfigError
        ``CFG-CHOICE-SHAPE`` when shapes or rows do not fit; ``CFG-CHOICE-POINTS`` as :func:`company_value`.
    """
    from edusim.equations.pupils import rank_schools

    reach, homes = np.asarray(near, np.int32), np.asarray(home, np.int32)
    ways, seen_by = np.asarray(distance, np.float64), np.atleast_2d(np.asarray(composition, np.float64))
    n, n_schools = homes.size, seen_by.shape[1]
    kinds = np.asarray(kind, np.int8)
    family_ses, *known = (
        np.zeros(size) if np.size(given) == 0 else np.asarray(given, np.float64)
        for given, size in ((ses, n), (seen, n_schools), (chance, n_schools))
    )
    fits = (
        reach.ndim == 2 and ways.shape == reach.shape and kinds.size in (0, n) and family_ses.shape == (n,)
        and all(column.shape == (n_schools,) for column in known)
        and reach.max(initial=-1) < n_schools and reach.min(initial=0) >= -1
        and (n == 0 or 0 <= homes.min() <= homes.max() < reach.shape[0])
        and (kinds.size == 0 or 0 <= kinds.min() <= kinds.max() < seen_by.shape[0])
    )  # fmt: skip
    if not fits:
        raise ConfigError(
            "CFG-CHOICE-SHAPE", "学校、居住地、家庭类别的行号或数组形状不符",
            "rows of schools, homes or kinds of family are out of range, or shapes of arrays do not fit",
            where="lists", mend_zh="见 edusim.equations.choice.lists 的说明",
            mend_en="see the docstring of edusim.equations.choice.lists",
        )  # fmt: skip
    if families.travel_is_relative:
        ways = relative_travel(ways, reach)
    width = reach.shape[1]
    preferences, priority = np.empty((n, width), np.int32), np.empty((n, width))
    nobody, nothing = np.zeros(0, np.int64), np.zeros(reach.shape[0])
    choose, taste, lottery = (draws.key(seed, f"admission.{name}", year) for name in ("choose", "taste", "lottery"))
    rank_schools(
        np.ones(n, np.int8), 1 + np.arange(n), np.full(n, -1, np.int32), homes, family_ses, kinds, np.zeros(0, np.bool_),
        reach, nothing, nothing, np.zeros((reach.shape[0], 0)), nobody, ways, np.full(n_schools, -1, np.int32),
        1 + np.arange(n_schools), np.zeros(n_schools, np.bool_), known[0],
        np.ascontiguousarray(company_value(seen_by, families.company)), known[1], families.weights(), families.taste, 1.0, False,
        width, choose, taste, lottery, choose, choose, preferences, priority, np.empty(n, np.int64),
    )  # fmt: skip
    return preferences, priority - 1.0  # nobody has a catchment: lottery numbers from 0 to 1
