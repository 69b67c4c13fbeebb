"""School-choice mechanisms on published markets, and what theory proves of them: ``python assignment.py [--expect]``.

Outcomes must be the published ones, applicant by applicant. The properties are computed, not assumed: every list that an
applicant could hand in is tried, and every assignment that could be better is looked for.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from checked import Row, data, exact, fact, finish, options
from numpy.typing import NDArray

from edusim import draws
from edusim.equations import deferred_acceptance, immediate_acceptance, parallel, parallel_arrays, top_trading_cycles

Assignment = Mapping[str, str | None]
MARKETS: dict[str, dict[str, Any]] = data("assignment")
MECHANISMS: dict[str, Callable[..., Any]] = {
    "deferred_acceptance": deferred_acceptance,
    "immediate_acceptance": immediate_acceptance,
    "top_trading_cycles": top_trading_cycles,
    "parallel_1": lambda *market: parallel(*market, 1),
    "parallel_2": lambda *market: parallel(*market, 2),
    "parallel_3": lambda *market: parallel(*market, 3),
    "parallel_all": lambda *market: parallel(*market, 99),  # a band longer than any list
}
#: Markets of four applicants and four schools that are drawn, and the bands that are compared on them.
GENERATED, BANDS = 200, (1, 2, 3, 4)


def parts(market: Mapping[str, Any]) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int]]:
    return market["preferences"], market["priorities"], market["capacities"]


def place(wanted: list[str], school: str | None) -> int:
    """Return how far down its true list an applicant ends; off the list comes last."""
    return wanted.index(school) if school in wanted else len(wanted)


def blocking(market: Mapping[str, Any], got: Assignment) -> list[tuple[str, str]]:
    """Return (applicant, school) that would both rather: a free seat, or one held by someone of lower priority."""
    preferences, priorities, capacities = parts(market)
    found = []
    for who, wanted in preferences.items():
        for school in wanted[: place(wanted, got[who])]:
            held = [a for a, s in got.items() if s == school]
            order = priorities[school]
            if len(held) < capacities[school] or any(order.index(who) < order.index(a) for a in held):
                found.append((who, school))
    return found


def is_dominated(market: Mapping[str, Any], got: Assignment) -> bool:
    """Return whether another assignment is at least as good for every applicant and better for one."""
    preferences, _, capacities = parts(market)
    names, left = list(preferences), dict(capacities)

    def better(i: int, gained: bool) -> bool:
        if i == len(names):
            return gained
        wanted = preferences[names[i]]
        now = place(wanted, got[names[i]])
        for k, school in enumerate(wanted[: now + 1]):
            if left[school] > 0:
                left[school] -= 1
                found = better(i + 1, gained or k < now)
                left[school] += 1
                if found:
                    return True
        return False

    return better(0, False)


def who_gains(market: Mapping[str, Any], mechanism: Callable[..., Any]) -> list[str]:
    """Return the applicants whom some other list serves better than the true one: every order of every set of schools."""
    preferences, priorities, capacities = parts(market)
    truth = mechanism(preferences, priorities, capacities)
    gaining = []
    for who, wanted in preferences.items():
        now = place(wanted, truth[who])
        lists = (list(p) for n in range(1, len(capacities) + 1) for p in itertools.permutations(capacities, n))
        if any(place(wanted, mechanism({**preferences, who: told}, priorities, capacities)[who]) < now for told in lists):
            gaining.append(who)
    return gaining


def published() -> Iterator[Row]:
    for name, market in MARKETS.items():
        for mechanism, outcome in market["outcomes"].items():
            got = MECHANISMS[mechanism](*parts(market))
            yield exact(f"{name}, {mechanism}: applicants placed otherwise than published", 0, sum(got[a] != s for a, s in outcome.items()), 0)
        for band, same in (("parallel_1", "immediate_acceptance"), ("parallel_all", "deferred_acceptance")):
            got = MECHANISMS[band](*parts(market))
            yield exact(f"{name}, {band}: applicants placed otherwise than by {same}", 0, sum(got[a] != s for a, s in market["outcomes"][same].items()), 0)
        if "deferred_acceptance_is_stable" in market:
            is_stable = not blocking(market, deferred_acceptance(*parts(market)))
            yield exact(f"{name}, deferred_acceptance: stable", market["deferred_acceptance_is_stable"], is_stable, 0)


def proved() -> Iterator[Row]:
    """What theory says holds in every market, on these; and that immediate acceptance rewards strategy in each."""
    for name, market in MARKETS.items():
        deferred, cycles = (MECHANISMS[m](*parts(market)) for m in ("deferred_acceptance", "top_trading_cycles"))
        yield exact(f"{name}, deferred_acceptance: pairs that block it", 0, len(blocking(market, deferred)), 0)
        yield fact(f"{name}, top_trading_cycles: nothing is better for all", not is_dominated(market, cycles))
        for mechanism in ("deferred_acceptance", "top_trading_cycles"):
            yield exact(f"{name}, {mechanism}: applicants who gain by another list", 0, len(who_gains(market, MECHANISMS[mechanism])), 0)
        yield fact(f"{name}, immediate_acceptance: some applicant gains by another list", bool(who_gains(market, immediate_acceptance)))


def drawn(seed: int, size: int = 4) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.int64]]:
    """Return a market by number: full lists, strict priorities [schools, applicants], one seat a school."""
    lots = draws.uniform(seed, "test", 0, np.arange(2 * size * size)).reshape(2, size, size)
    preferences = np.argsort(lots[0], axis=1).astype(np.int32)
    return preferences, np.argsort(np.argsort(lots[1], axis=1), axis=1).astype(np.float64), np.ones(size, np.int64)


def told(preferences: NDArray[np.int32], rank: NDArray[np.float64], seats: NDArray[np.int64], band: int) -> NDArray[np.int32]:
    aligned = rank[preferences, np.arange(len(preferences))[:, None]]
    return parallel_arrays(preferences, aligned, seats, band)


def is_manipulable(preferences: NDArray[np.int32], rank: NDArray[np.float64], seats: NDArray[np.int64], band: int) -> bool:
    truth = told(preferences, rank, seats, band)
    for i, wanted in enumerate(preferences):
        now = int(np.flatnonzero(wanted == truth[i])[0]) if truth[i] >= 0 else wanted.size
        if now == 0:
            continue
        for other in itertools.permutations(range(wanted.size)):
            lists = preferences.copy()
            lists[i] = other
            if told(lists, rank, seats, band)[i] in wanted[:now]:
                return True
    return False


def is_stable(preferences: NDArray[np.int32], rank: NDArray[np.float64], seats: NDArray[np.int64], band: int) -> bool:
    got = told(preferences, rank, seats, band)
    for i, wanted in enumerate(preferences):
        for school in wanted[: int(np.flatnonzero(wanted == got[i])[0]) if got[i] >= 0 else wanted.size]:
            held = np.flatnonzero(got == school)
            if held.size < seats[school] or (rank[school, held] > rank[school, i]).any():
                return False
    return True


def in_between(n: int = GENERATED) -> Iterator[Row]:
    """Longer bands are less open to strategy and more often stable (Chen & Kesten 2017), on drawn markets.

    Theory orders mechanisms market by market: where a long band can be played, a short one can too; where a short band is
    stable, its multiples are.
    """
    markets = [drawn(seed) for seed in range(n)]
    played = {band: np.array([is_manipulable(*market, band) for market in markets]) for band in BANDS}
    stable = {band: np.array([is_stable(*market, band) for market in markets]) for band in BANDS}
    for short, long in itertools.combinations(BANDS, 2):
        worse = int((played[long] & ~played[short]).sum())
        yield exact(f"{n} markets: band of {long} can be played and of {short} cannot", 0, worse, 0)
        if long % short == 0:
            yield exact(f"{n} markets: band of {short} is stable and of {long} is not", 0, int((stable[short] & ~stable[long]).sum()), 0)
    whole = BANDS[-1]
    counts = {band: int(can.sum()) for band, can in played.items()}
    yield exact(f"{n} markets: band of {whole}, the whole list, can be played", 0, counts[whole], 0)
    for short, long in ((1, 2), (2, whole)):
        yield fact(f"{n} markets: more can be played with a band of {short} than of {long}", counts[short] > counts[long], f"{counts[short]}, {counts[long]}")
    yield exact(f"{n} markets: band of {whole} is not stable", 0, int((~stable[whole]).sum()), 0)


def rows() -> list[Row]:
    return [*published(), *proved(), *in_between()]


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    sys.exit(finish("assignment", rows(), keep=given.expect))
