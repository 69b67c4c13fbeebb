"""Who gets a seat where more families ask than a school can take: four assignment mechanisms.

Each mechanism takes ordered preferences of applicants, priorities of schools and seats, and returns
one school an applicant, or none.

* :func:`deferred_acceptance`: a seat is held until a better applicant asks; no family gains by hiding
  its true order (Gale & Shapley 1962, doi:10.2307/2312726).
* :func:`immediate_acceptance`: a seat once given is final, first choices first (the Boston mechanism).
* :func:`top_trading_cycles`: applicants trade their priorities (Abdulkadiroglu & Sonmez 2003,
  doi:10.1257/000282803322157061).
* :func:`parallel`: the Chinese parallel mechanism 平行志愿: choices are taken in bands, deferred within a
  band and final after it (Chen & Kesten 2017, doi:10.1086/689773). A band of one choice is immediate
  acceptance, a band of the whole list deferred acceptance.

Two styles of input, and the result comes back in the same style:

* by name: ``preferences`` ``{applicant: [school, ...]}``, ``priorities`` ``{school: [applicant, ...]}``
  (best first; who is not listed is not admitted), ``capacities`` ``{school: seats}``;
* by number: ``preferences`` int, shape (n, L), rows of schools, -1 for an unused choice;
  ``priorities`` either float, shape (n, L), aligned with ``preferences``, or int, shape (m, n), the
  rank of every applicant at every school; in both lower is better and infinity means not admitted;
  ``capacities`` int, shape (m,). When n = m = L both shapes fit: integers are then read as ranks and
  floats as aligned.

Equal priorities are settled in favour of the lower row, so a caller who wants a lottery adds lottery
numbers first. The result depends on the market alone, never on the order in which applicants ask.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np

from edusim._compile import compiled
from edusim.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

A = TypeVar("A", bound=Hashable)
S = TypeVar("S", bound=Hashable)


# ---------------------------------------------------------------------------------------------------
# Loops


@compiled
def _sink(
    row: NDArray[np.int32], priority: NDArray[np.float64], base: int, size: int, place: int
) -> None:
    # Moves the entry at `place` down until no child is worse: the root is the worst admitted.
    moved, value = row[base + place], priority[base + place]
    while True:
        child = 2 * place + 1
        if child >= size:
            break
        other = child + 1
        if other < size:
            a, b = priority[base + other], priority[base + child]
            if a > b or (a == b and row[base + other] > row[base + child]):
                child = other
        a = priority[base + child]
        if a > value or (a == value and row[base + child] > moved):
            row[base + place], priority[base + place] = row[base + child], a
            place = child
        else:
            break
    row[base + place], priority[base + place] = moved, value


@compiled
def parallel_arrays(
    preferences: NDArray[np.int32],
    priority: NDArray[np.float64],
    capacity: NDArray[np.int64],
    period: int,
) -> NDArray[np.int32]:
    """Assign seats by the Chinese parallel mechanism; compiled, inputs are not checked.

    Parameters
    ----------
    preferences
        int32, shape (n, L): rows of schools in order of preference, -1 for an unused choice. No
        school twice in a row of the array.
    priority
        float64, shape (n, L): priority of the applicant at that school, lower is better, infinity is
        not admitted; never NaN.
    capacity
        int64, shape (m,), seats: places of each school.
    period
        Choices in a band, at least 1; L or more is deferred acceptance.

    Returns
    -------
    numpy.ndarray
        int32, shape (n,): school of each applicant, -1 for none.

    Notes
    -----
    Each school holds its applicants in a heap with the worst on top, so an application costs
    O(log seats) at most; a school with free seats appends only. Seats held at the end of a band are
    final. Within a band the held sets are those of deferred acceptance, which do not depend on the
    order of proposals (McVitie & Wilson 1971, doi:10.1145/362619.362631).
    """
    n, length = preferences.shape
    m = capacity.size
    seats = capacity.copy()
    listed = np.zeros(m, np.int64)
    for i in range(n):
        for c in range(length):
            s = preferences[i, c]
            if s >= 0:
                listed[s] += 1
    start = np.empty(m + 1, np.int64)
    start[0] = 0
    for s in range(m):
        start[s + 1] = start[s] + max(0, min(seats[s], listed[s]))
    row = np.empty(start[m], np.int32)
    worth = np.empty(start[m], np.float64)
    size = np.zeros(m, np.int64)
    out = np.full(n, -1, np.int32)
    position = np.zeros(n, np.int64)
    for first in range(0, length, period):
        last = min(first + period, length)
        for i in range(n):
            if out[i] >= 0:  # settled in an earlier band: nobody else starts with i in this one
                continue
            applicant, choice = i, first
            while choice < last:
                s = preferences[applicant, choice]
                if s < 0 or seats[s] <= 0 or priority[applicant, choice] == np.inf:
                    choice += 1
                    continue
                p = priority[applicant, choice]
                base, held = start[s], size[s]
                if held < seats[s]:
                    row[base + held], worth[base + held] = applicant, p
                    size[s] = held + 1
                    out[applicant], position[applicant] = s, choice
                    if held + 1 == seats[s]:
                        for place in range(held // 2, -1, -1):
                            _sink(row, worth, base, held + 1, place)
                    break
                if p < worth[base] or (p == worth[base] and applicant < row[base]):
                    displaced = row[base]
                    row[base], worth[base] = applicant, p
                    _sink(row, worth, base, held, 0)
                    out[applicant], position[applicant] = s, choice
                    out[displaced] = -1
                    applicant = displaced
                    choice = position[displaced]
                choice += 1
        for s in range(m):
            seats[s] -= size[s]
            size[s] = 0
    return out


@compiled
def _trade(
    preferences: NDArray[np.int32],
    order: NDArray[np.int32],
    start: NDArray[np.int64],
    capacity: NDArray[np.int64],
) -> NDArray[np.int32]:
    # order[start[s]:start[s + 1]] are the applicants school s admits, best first.
    n, length = preferences.shape
    m = capacity.size
    seats = capacity.copy()
    pointer = start[:m].copy()
    choice = np.zeros(n, np.int64)
    done = np.zeros(n, np.bool_)
    out = np.full(n, -1, np.int32)
    path = np.empty(n, np.int32)  # applicants walked through, each wanting a school of the next
    on_path = np.zeros(n, np.bool_)
    for begin in range(n):
        depth = 0
        if done[begin]:
            continue
        path[0], on_path[begin], depth = begin, True, 1
        while depth > 0:
            applicant = path[depth - 1]
            while choice[applicant] < length:
                s = preferences[applicant, choice[applicant]]
                if s >= 0 and seats[s] > 0:
                    break
                choice[applicant] += 1
            if choice[applicant] >= length:  # nothing left to want: out of the market without a seat
                done[applicant], on_path[applicant] = True, False
                depth -= 1
                continue
            s = preferences[applicant, choice[applicant]]
            while done[order[pointer[s]]]:  # never runs out: the applicant is on the school's list
                pointer[s] += 1
            owner = order[pointer[s]]
            if not on_path[owner]:
                path[depth], on_path[owner] = owner, True
                depth += 1
                continue
            while True:  # a cycle: everyone from the owner to the end of the path gets what is wanted
                depth -= 1
                member = path[depth]
                s = preferences[member, choice[member]]
                out[member] = s
                seats[s] -= 1
                done[member], on_path[member] = True, False
                if member == owner:
                    break
    return out


# ---------------------------------------------------------------------------------------------------
# Reading a market


@dataclass(frozen=True)
class _Market:
    preferences: NDArray[np.int32]
    priority: NDArray[np.float64]
    capacity: NDArray[np.int64]
    rank: NDArray[np.float64] | None
    applicants: tuple[Any, ...] | None
    schools: tuple[Any, ...] | None

    def named(self, assigned: NDArray[np.int32]) -> Any:
        if self.applicants is None or self.schools is None:
            return assigned
        schools = self.schools
        return {a: (schools[s] if s >= 0 else None) for a, s in zip(self.applicants, assigned, strict=True)}


def _refuse(code: str, zh: str, en: str, where: str = "", mend: tuple[str, str] = ("", "")) -> ConfigError:
    return ConfigError(f"ASSIGN-{code}", zh, en, where=where, mend_zh=mend[0], mend_en=mend[1])


def _read_names(
    preferences: Mapping[Any, Sequence[Any]],
    priorities: Mapping[Any, Sequence[Any]],
    capacities: Mapping[Any, int],
) -> _Market:
    applicants, schools = tuple(preferences), tuple(capacities)
    number = {a: i for i, a in enumerate(applicants)}
    row = {s: j for j, s in enumerate(schools)}
    rank = np.full((len(schools), len(applicants)), np.inf)
    for school, ranking in priorities.items():
        if school not in row:
            raise _refuse(
                "SCHOOL", f"学校 {school} 没有名额数", f"school {school} has no capacity",
                "priorities", did_you_mean(str(school), map(str, schools)),
            )  # fmt: skip
        for place, applicant in enumerate(ranking):
            if applicant not in number:
                raise _refuse(
                    "APPLICANT", f"没有志愿表的申请人 {applicant}", f"applicant {applicant} has no preferences",
                    f"priorities[{school}]", did_you_mean(str(applicant), map(str, applicants)),
                )  # fmt: skip
            if rank[row[school], number[applicant]] < np.inf:
                raise _refuse(
                    "TWICE", f"申请人 {applicant} 出现两次", f"applicant {applicant} is listed twice",
                    f"priorities[{school}]",
                )  # fmt: skip
            rank[row[school], number[applicant]] = place
    length = max((len(p) for p in preferences.values()), default=0)
    wanted = np.full((len(applicants), length), -1, np.int32)
    for i, choices in enumerate(preferences.values()):
        for c, school in enumerate(choices):
            if school not in row:
                raise _refuse(
                    "SCHOOL", f"学校 {school} 没有名额数", f"school {school} has no capacity",
                    f"preferences[{applicants[i]}]", did_you_mean(str(school), map(str, schools)),
                )  # fmt: skip
            wanted[i, c] = row[school]
    seats = _seats([capacities[s] for s in schools])
    return _check(wanted, rank, True, seats, applicants, schools)


def _seats(capacities: Any) -> NDArray[np.int64]:
    seats = np.asarray(capacities)
    if seats.size == 0:
        seats = seats.astype(np.int64)
    if seats.ndim != 1 or seats.dtype.kind not in "iu" or (seats < 0).any():
        raise _refuse(
            "CAPACITY", "名额数须是不小于 0 的整数", "capacities must be whole numbers not below 0", "capacities"
        )
    return seats.astype(np.int64)


def _read_arrays(preferences: Any, priorities: Any, capacities: Any) -> _Market:
    wanted, given, seats = np.asarray(preferences), np.asarray(priorities), _seats(capacities)
    if wanted.ndim != 2 or (wanted.size and wanted.dtype.kind not in "iu"):
        raise _refuse(
            "PREFERENCES", "志愿须是二维整数数组（申请人 × 志愿）",
            "preferences must be a two-dimensional array of whole numbers (applicants x choices)", "preferences",
        )  # fmt: skip
    n, m = wanted.shape[0], seats.size
    if wanted.size and (wanted.min() < -1 or wanted.max() >= m):
        raise _refuse(
            "SCHOOL", f"志愿须是 0 至 {m - 1} 的学校序号，空缺为 -1",
            f"preferences must be school numbers from 0 to {m - 1}, -1 where unused", "preferences",
        )  # fmt: skip
    fits = [given.shape == wanted.shape, given.shape == (m, n)]
    if not any(fits) or given.dtype.kind not in "iuf":
        raise _refuse(
            "PRIORITIES", f"优先次序的形状须是 {wanted.shape} 或 {(m, n)}",
            f"priorities must be numbers of shape {wanted.shape} or {(m, n)}", "priorities",
        )  # fmt: skip
    is_rank = given.dtype.kind in "iu" if all(fits) else fits[1]
    return _check(wanted.astype(np.int32), given.astype(np.float64), is_rank, seats, None, None)


def _check(
    wanted: NDArray[np.int32],
    given: NDArray[np.float64],
    is_rank: bool,
    seats: NDArray[np.int64],
    applicants: tuple[Any, ...] | None,
    schools: tuple[Any, ...] | None,
) -> _Market:
    if np.isnan(given).any() or np.isneginf(given).any():
        raise _refuse("PRIORITIES", "优先次序含 NaN 或负无穷", "priorities hold NaN or minus infinity", "priorities")
    ordered = np.sort(wanted, axis=1)
    twice = np.flatnonzero(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1))
    if twice.size:
        who = applicants[twice[0]] if applicants else int(twice[0])
        raise _refuse(
            "TWICE", "同一学校填报两次", "the same school is listed twice", f"preferences[{who}]"
        )
    if is_rank:
        n = wanted.shape[0]
        aligned = np.full(wanted.shape, np.inf)
        if wanted.size:
            aligned = np.where(wanted >= 0, given[np.maximum(wanted, 0), np.arange(n)[:, None]], np.inf)
    else:
        aligned = np.where(wanted >= 0, given, np.inf)
    return _Market(
        np.ascontiguousarray(wanted),
        np.ascontiguousarray(aligned),
        seats,
        given if is_rank else None,
        applicants,
        schools,
    )


def _read(preferences: Any, priorities: Any, capacities: Any) -> _Market:
    if isinstance(preferences, Mapping):
        if not isinstance(priorities, Mapping) or not isinstance(capacities, Mapping):
            raise _refuse(
                "STYLE", "志愿按名称给出时，优先次序与名额也须按名称给出",
                "preferences are given by name, so priorities and capacities must be too",
            )  # fmt: skip
        return _read_names(preferences, priorities, capacities)
    return _read_arrays(preferences, priorities, capacities)


# ---------------------------------------------------------------------------------------------------
# Public face


@overload
def parallel(
    preferences: Mapping[A, Sequence[S]],
    priorities: Mapping[S, Sequence[A]],
    capacities: Mapping[S, int],
    period: int,
) -> dict[A, S | None]: ...
@overload
def parallel(
    preferences: ArrayLike, priorities: ArrayLike, capacities: ArrayLike, period: int
) -> NDArray[np.int32]: ...
def parallel(preferences: Any, priorities: Any, capacities: Any, period: int) -> Any:
    """Take choices in bands of ``period``: deferred within a band, final after it (平行志愿).

    Parameters
    ----------
    preferences
        ``{applicant: [school, ...]}``, or int, shape (n, L): schools in order of preference, -1 unused.
    priorities
        ``{school: [applicant, ...]}`` best first, or float, shape (n, L), aligned with
        ``preferences``, or int, shape (m, n), ranks; lower is better, infinity is not admitted.
    capacities
        ``{school: seats}``, or int, shape (m,), seats.
    period
        Choices in a band, at least 1.

    Returns
    -------
    dict or numpy.ndarray
        ``{applicant: school or None}``, or int32, shape (n,): school of each applicant, -1 for none.

    Raises
    ------
    ConfigError
        ``ASSIGN-...`` when a school or applicant is unknown or listed twice, when shapes or types do
        not fit, when a priority is NaN, a capacity negative, or ``period`` below 1.

    Notes
    -----
    Chen & Kesten 2017, Chinese college admissions and school choice reforms, Journal of Political
    Economy 125(1), doi:10.1086/689773. No applicant holds two seats; no school is over its seats.
    """
    if isinstance(period, bool) or not isinstance(period, (int, np.integer)) or period < 1:
        raise _refuse(
            "PERIOD", f"每段志愿数须是不小于 1 的整数，得到 {period}",
            f"period must be a whole number not below 1, got {period}", "period",
        )  # fmt: skip
    market = _read(preferences, priorities, capacities)
    band = min(int(period), max(1, market.preferences.shape[1]))
    return market.named(parallel_arrays(market.preferences, market.priority, market.capacity, band))


@overload
def deferred_acceptance(
    preferences: Mapping[A, Sequence[S]], priorities: Mapping[S, Sequence[A]], capacities: Mapping[S, int]
) -> dict[A, S | None]: ...
@overload
def deferred_acceptance(
    preferences: ArrayLike, priorities: ArrayLike, capacities: ArrayLike
) -> NDArray[np.int32]: ...
def deferred_acceptance(preferences: Any, priorities: Any, capacities: Any) -> Any:
    """Hold each seat until a better applicant asks; the best stable outcome for applicants.

    Parameters
    ----------
    preferences, priorities, capacities
        As for :func:`parallel`: by name, or int, shape (n, L); float, shape (n, L) or int, shape
        (m, n); int, shape (m,), seats.

    Returns
    -------
    dict or numpy.ndarray
        ``{applicant: school or None}``, or int32, shape (n,): school of each applicant, -1 for none.

    Raises
    ------
    ConfigError
        ``ASSIGN-...``, as :func:`parallel`.

    Notes
    -----
    Stable: no applicant prefers a school that has a free seat or holds someone of lower priority.
    Gale & Shapley 1962, doi:10.2307/2312726.
    """
    market = _read(preferences, priorities, capacities)
    band = max(1, market.preferences.shape[1])
    return market.named(parallel_arrays(market.preferences, market.priority, market.capacity, band))


@overload
def immediate_acceptance(
    preferences: Mapping[A, Sequence[S]], priorities: Mapping[S, Sequence[A]], capacities: Mapping[S, int]
) -> dict[A, S | None]: ...
@overload
def immediate_acceptance(
    preferences: ArrayLike, priorities: ArrayLike, capacities: ArrayLike
) -> NDArray[np.int32]: ...
def immediate_acceptance(preferences: Any, priorities: Any, capacities: Any) -> Any:
    """Give seats for good, all first choices before any second choice (the Boston mechanism).

    Parameters
    ----------
    preferences, priorities, capacities
        As for :func:`parallel`: by name, or int, shape (n, L); float, shape (n, L) or int, shape
        (m, n); int, shape (m,), seats.

    Returns
    -------
    dict or numpy.ndarray
        ``{applicant: school or None}``, or int32, shape (n,): school of each applicant, -1 for none.

    Raises
    ------
    ConfigError
        ``ASSIGN-...``, as :func:`parallel`.

    Notes
    -----
    The same as :func:`parallel` with a band of one choice. Abdulkadiroglu & Sonmez 2003, School
    choice: a mechanism design approach, doi:10.1257/000282803322157061.
    """
    market = _read(preferences, priorities, capacities)
    return market.named(parallel_arrays(market.preferences, market.priority, market.capacity, 1))


@overload
def top_trading_cycles(
    preferences: Mapping[A, Sequence[S]], priorities: Mapping[S, Sequence[A]], capacities: Mapping[S, int]
) -> dict[A, S | None]: ...
@overload
def top_trading_cycles(
    preferences: ArrayLike, priorities: ArrayLike, capacities: ArrayLike
) -> NDArray[np.int32]: ...
def top_trading_cycles(preferences: Any, priorities: Any, capacities: Any) -> Any:
    """Let applicants trade the seats on which they have priority, until no trade is left.

    Parameters
    ----------
    preferences, priorities, capacities
        As for :func:`parallel`: by name, or int, shape (n, L); float, shape (n, L) or int, shape
        (m, n); int, shape (m,), seats. With aligned priorities an applicant can trade only a school
        on the own list; with ranks or names, any school.

    Returns
    -------
    dict or numpy.ndarray
        ``{applicant: school or None}``, or int32, shape (n,): school of each applicant, -1 for none.

    Raises
    ------
    ConfigError
        ``ASSIGN-...``, as :func:`parallel`.

    Notes
    -----
    Every school with seats points at its best applicant left, every applicant at the best school left;
    a cycle is carried out and leaves. No two applicants can gain by swapping afterwards. The outcome
    does not depend on which cycle goes first. Abdulkadiroglu & Sonmez 2003,
    doi:10.1257/000282803322157061.
    """
    market = _read(preferences, priorities, capacities)
    n, length = market.preferences.shape
    m = market.capacity.size
    school: NDArray[Any]
    applicant: NDArray[Any]
    if market.rank is not None:
        school, applicant = np.nonzero(market.rank < np.inf)
        worth = market.rank[school, applicant]
    else:
        applicant, choice = np.nonzero(market.priority < np.inf)
        school, worth = market.preferences[applicant, choice], market.priority[applicant, choice]
    best_first = np.lexsort((applicant, worth, school))
    start = np.zeros(m + 1, np.int64)
    np.cumsum(np.bincount(school, minlength=m), out=start[1:])
    wanted = np.where(market.priority < np.inf, market.preferences, np.int32(-1)).astype(np.int32)
    order = applicant[best_first].astype(np.int32)
    return market.named(_trade(wanted.reshape(n, length), order, start, market.capacity))
