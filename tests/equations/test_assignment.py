"""Assignment mechanisms: published markets, stability, independence of order, compiled = plain."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edusim import equations
from edusim.equations import assignment
from edusim.errors import ConfigError

pytestmark = pytest.mark.plain

SHARED = Path(__file__).resolve().parents[3] / "shared" / "reference" / "assignment.json"


def by_name(text: str) -> dict[str, list[str]]:
    """Read ``a: x y; b: y x`` as ordered lists."""
    return {k.strip(): v.split() for k, v in (part.split(":") for part in text.split(";"))}


def pairs(text: str) -> dict[str, str]:
    """Read ``i1 s1, i2 s2`` as an assignment."""
    return dict(part.split() for part in text.split(","))  # type: ignore[misc]


# Abdulkadiroglu & Sonmez (2003), example 1 and the appendix; a 5 x 4 market where bands matter.
MARKETS: dict[str, tuple[dict[str, list[str]], dict[str, list[str]], dict[str, int], dict[str, dict[str, str]]]] = {
    "example": (
        by_name("i1: s2 s1 s3; i2: s1 s2 s3; i3: s1 s2 s3"),
        by_name("s1: i1 i3 i2; s2: i2 i1 i3; s3: i2 i1 i3"),
        {"s1": 1, "s2": 1, "s3": 1},
        {
            "deferred": pairs("i1 s1, i2 s2, i3 s3"),
            "immediate": pairs("i1 s2, i2 s3, i3 s1"),
            "cycles": pairs("i1 s2, i2 s1, i3 s3"),
        },
    ),
    "appendix": (
        by_name(
            "i1: s2 s1 s3 s4; i2: s1 s2 s3 s4; i3: s3 s2 s1 s4; i4: s3 s4 s1 s2;"
            "i5: s1 s3 s4 s2; i6: s4 s1 s2 s3; i7: s1 s2 s3 s4; i8: s1 s2 s4 s3"
        ),
        by_name(
            "s1: i1 i2 i3 i4 i5 i6 i7 i8; s2: i3 i5 i4 i8 i7 i2 i1 i6;"
            "s3: i5 i3 i1 i7 i2 i8 i6 i4; s4: i6 i8 i7 i4 i2 i3 i5 i1"
        ),
        {"s1": 2, "s2": 2, "s3": 3, "s4": 3},
        {
            "deferred": pairs("i1 s1, i2 s1, i3 s3, i4 s3, i5 s3, i6 s4, i7 s2, i8 s2"),
            "immediate": pairs("i1 s2, i2 s1, i3 s3, i4 s3, i5 s1, i6 s4, i7 s3, i8 s2"),
            "cycles": pairs("i1 s2, i2 s1, i3 s3, i4 s3, i5 s1, i6 s4, i7 s2, i8 s4"),
        },
    ),
    "bands": (
        by_name("i1: s2 s3 s1 s4; i2: s2 s4 s1 s3; i3: s2 s1 s3 s4; i4: s4 s1 s2 s3; i5: s2 s4 s1 s3"),
        by_name("s1: i1 i3 i4 i5 i2; s2: i4 i1 i2 i3 i5; s3: i3 i2 i1 i5 i4; s4: i3 i2 i1 i5 i4"),
        {"s1": 1, "s2": 1, "s3": 1, "s4": 2},
        {
            "immediate": pairs("i1 s2, i2 s4, i3 s1, i4 s4, i5 s3"),
            "band2": pairs("i1 s2, i2 s4, i3 s1, i4 s3, i5 s4"),
            "band3": pairs("i1 s3, i2 s4, i3 s1, i4 s2, i5 s4"),
            "deferred": pairs("i1 s3, i2 s4, i3 s1, i4 s2, i5 s4"),
        },
    ),
}


def solve(mechanism: str, preferences: Any, priorities: Any, capacities: Any) -> Any:
    if mechanism.startswith("band"):
        return equations.parallel(preferences, priorities, capacities, period=int(mechanism[4:]))
    if mechanism == "cycles":
        return equations.top_trading_cycles(preferences, priorities, capacities)
    if mechanism == "immediate":
        return equations.immediate_acceptance(preferences, priorities, capacities)
    return equations.deferred_acceptance(preferences, priorities, capacities)


def as_numbers(
    preferences: dict[str, list[str]], priorities: dict[str, list[str]], capacities: dict[str, int]
) -> tuple[Any, Any, Any]:
    schools, applicants = list(capacities), list(preferences)
    wanted = np.array([[schools.index(s) for s in p] for p in preferences.values()])
    rank = np.array([[priorities[s].index(a) for a in applicants] for s in schools])
    return wanted, rank, np.array(list(capacities.values()))


CASES = [(name, mechanism) for name, market in MARKETS.items() for mechanism in market[3]]


@pytest.mark.parametrize(("name", "mechanism"), CASES)
def test_published_outcomes(name: str, mechanism: str) -> None:
    preferences, priorities, capacities, outcomes = MARKETS[name]
    assert solve(mechanism, preferences, priorities, capacities) == outcomes[mechanism]
    wanted, rank, seats = as_numbers(preferences, priorities, capacities)
    expected = [list(capacities).index(s) for s in outcomes[mechanism].values()]
    assert solve(mechanism, wanted, rank, seats).tolist() == expected
    aligned = rank[wanted, np.arange(len(wanted))[:, None]].astype(float)
    assert solve(mechanism, wanted, aligned, seats).tolist() == expected


@pytest.mark.skipif(not SHARED.exists(), reason="the shared reference folder is not beside this copy")
def test_shared_reference_answers() -> None:
    mechanism = {"DA_student_optimal": "deferred", "Boston_e1": "immediate", "TTC": "cycles",
                 "parallel_e2": "band2", "parallel_e3": "band3"}  # fmt: skip
    seen = 0
    for market in json.loads(SHARED.read_text(encoding="utf-8")).values():
        for name, expected in market["out"].items():
            if name in mechanism:
                assert solve(mechanism[name], market["pref"], market["prio"], market["cap"]) == expected
                seen += 1
    assert seen == 10


def random_market(
    seed: int, n: int, m: int, length: int, ties: bool = False, barred: float = 0.0
) -> tuple[Any, Any, Any]:
    """Make a market of n applicants, m schools; some lists are short, some priorities equal."""
    rng = np.random.default_rng(seed)
    wanted = np.argsort(rng.random((n, m)), axis=1)[:, :length].astype(np.int32)
    wanted[rng.random(wanted.shape) < 0.15] = -1
    worth = rng.integers(0, 3, wanted.shape).astype(float) if ties else rng.random(wanted.shape)
    worth[rng.random(wanted.shape) < barred] = np.inf
    return wanted, worth, rng.integers(0, max(2, 2 * n // m), m)


def plain_parallel(wanted: Any, worth: Any, seats: Any, period: int) -> list[int]:
    """Answer slowly and obviously: simultaneous rounds of proposals within each band."""
    n, length = wanted.shape
    final: dict[int, int] = {}
    free = list(seats)
    for first in range(0, length, period):
        tried = {i: [] for i in range(n) if i not in final}  # type: ignore[var-annotated]
        held: dict[int, list[tuple[float, int]]] = {s: [] for s in range(len(free))}
        while True:
            placed = {i for h in held.values() for _, i in h}
            asked = False
            for i, asked_before in tried.items():
                if i in placed:
                    continue
                for c in range(first, min(first + period, length)):
                    s = int(wanted[i, c])
                    if s >= 0 and c not in asked_before and np.isfinite(worth[i, c]):
                        held[s].append((worth[i, c], i))
                        asked_before.append(c)
                        asked = True
                        break
            for s in held:
                held[s] = sorted(held[s])[: free[s]]
            if not asked:
                break
        for s, h in held.items():
            free[s] -= len(h)
            final.update({i: s for _, i in h})
    return [final.get(i, -1) for i in range(n)]


MARKET = {
    "seed": st.integers(0, 2**32 - 1),
    "n": st.integers(0, 30),
    "m": st.integers(1, 8),
    "ties": st.booleans(),
    "barred": st.sampled_from([0.0, 0.2]),
}


@settings(max_examples=150, deadline=None)
@given(**MARKET, period=st.integers(1, 9))
def test_equals_the_slow_obvious_answer(seed: int, n: int, m: int, ties: bool, barred: float, period: int) -> None:
    wanted, worth, seats = random_market(seed, n, m, min(m, 5), ties, barred)
    assert equations.parallel(wanted, worth, seats, period).tolist() == plain_parallel(wanted, worth, seats, period)


@settings(max_examples=150, deadline=None)
@given(**MARKET)
def test_deferred_acceptance_has_no_blocking_pair(seed: int, n: int, m: int, ties: bool, barred: float) -> None:
    wanted, worth, seats = random_market(seed, n, m, min(m, 5), ties, barred)
    got = equations.deferred_acceptance(wanted, worth, seats)
    assert (np.bincount(got[got >= 0], minlength=m) <= seats).all()
    key = {(i, int(s)): (worth[i, c], i) for i in range(n) for c, s in enumerate(wanted[i]) if s >= 0}
    holds = {s: sorted(key[i, s] for i in range(n) if got[i] == s) for s in range(m)}
    for i in range(n):
        for c, s in enumerate(wanted[i]):
            if s >= 0 and s == got[i]:
                break
            if s < 0 or not np.isfinite(worth[i, c]):
                continue
            assert len(holds[s]) == seats[s], "a preferred school has a free seat"
            assert seats[s] == 0 or holds[s][-1] < key[i, s], "a preferred school holds someone worse"


@settings(max_examples=100, deadline=None)
@given(**MARKET, period=st.integers(1, 5))
def test_the_order_of_applicants_and_schools_changes_nothing(
    seed: int, n: int, m: int, ties: bool, barred: float, period: int
) -> None:
    wanted, worth, seats = random_market(seed, n, m, min(m, 5), False, barred)
    rng = np.random.default_rng(seed + 1)
    rows, schools = rng.permutation(n), rng.permutation(m)
    renamed = np.where(wanted >= 0, np.argsort(schools)[np.maximum(wanted, 0)], -1).astype(np.int32)
    for mechanism in (f"band{period}", "cycles"):
        got = solve(mechanism, wanted, worth, seats)
        shuffled = solve(mechanism, renamed[rows], worth[rows], seats[schools])
        back = np.full(n, -1)
        back[rows] = np.where(shuffled >= 0, schools[np.maximum(shuffled, 0)], -1)
        assert back.tolist() == got.tolist()


@settings(max_examples=100, deadline=None)
@given(**MARKET)
def test_after_trading_no_two_applicants_gain_by_swapping(
    seed: int, n: int, m: int, ties: bool, barred: float
) -> None:
    wanted, worth, seats = random_market(seed, n, m, min(m, 5), ties, barred)
    got = equations.top_trading_cycles(wanted, worth, seats)
    assert (np.bincount(got[got >= 0], minlength=m) <= seats).all()
    place = [{int(s): c for c, s in enumerate(row) if s >= 0} for row in wanted]
    for i in range(n):
        for s, c in place[i].items():
            better = got[i] < 0 or c < place[i][int(got[i])]
            if better and np.isfinite(worth[i, c]):
                assert (got == s).sum() == seats[s], "a preferred seat is left free"
        for j in range(i):
            a, b = int(got[i]), int(got[j])
            if a >= 0 and b >= 0 and a != b and b in place[i] and a in place[j]:
                both = place[i][b] < place[i][a] and place[j][a] < place[j][b]
                allowed = np.isfinite(worth[i, place[i][b]]) and np.isfinite(worth[j, place[j][a]])
                assert not (both and allowed)


def test_truth_pays_under_deferred_acceptance() -> None:
    # Raising a school in one's list never turns a refusal there into a seat (no gain by pretending).
    for seed in range(40):
        seats = random_market(seed, 12, 4, 4)[2]
        rank = np.argsort(np.argsort(np.random.default_rng(seed).random((4, 12)), axis=1), axis=1)
        wanted = np.argsort(np.random.default_rng(seed).random((12, 4)), axis=1).astype(np.int32)
        honest = equations.deferred_acceptance(wanted, rank, seats)
        for i in range(12):
            true = {int(s): c for c, s in enumerate(wanted[i])}
            for first in range(4):
                lie = wanted.copy()
                lie[i] = [wanted[i, first], *[s for s in wanted[i] if s != wanted[i, first]]]
                got = equations.deferred_acceptance(lie, rank, seats)[i]
                assert true.get(int(got), 9) >= true.get(int(honest[i]), 9)


def test_edges_of_a_market() -> None:
    none = equations.deferred_acceptance(np.empty((0, 3), int), np.empty((0, 3)), [1, 2])
    assert none.shape == (0,)
    assert equations.top_trading_cycles(np.empty((0, 3), int), np.empty((0, 3)), [1, 2]).shape == (0,)
    assert equations.deferred_acceptance({}, {"a": []}, {"a": 1}) == {}
    assert equations.deferred_acceptance({"x": []}, {"a": ["x"]}, {"a": 1}) == {"x": None}
    assert equations.deferred_acceptance({"x": ["a"]}, {"a": ["x"]}, {"a": 0}) == {"x": None}
    assert equations.deferred_acceptance({"x": ["a"]}, {"a": []}, {"a": 1}) == {"x": None}
    assert equations.top_trading_cycles({"x": ["a"]}, {"a": []}, {"a": 1}) == {"x": None}
    # equal priorities: the lower row
    assert equations.deferred_acceptance([[0], [0]], [[1.0], [1.0]], [1]).tolist() == [0, -1]
    # integers that fit both shapes are ranks, floats are aligned: here they say opposite things
    wanted = np.array([[0, 1], [0, 1]])
    numbers = np.array([[2, 1], [1, 2]])
    assert equations.deferred_acceptance(wanted, numbers, [1, 1]).tolist() == [1, 0]
    assert equations.deferred_acceptance(wanted, numbers.T.astype(float), [1, 1]).tolist() == [1, 0]
    assert equations.deferred_acceptance(wanted, -numbers.astype(float), [1, 1]).tolist() == [0, 1]


@pytest.mark.parametrize(
    ("arguments", "code", "phrase"),
    [
        (({"x": ["b"]}, {"a": ["x"]}, {"a": 1}), "ASSIGN-SCHOOL", "preferences[x]"),
        (({"x": ["a"]}, {"b": ["x"]}, {"a": 1}), "ASSIGN-SCHOOL", "priorities"),
        (({"x1": ["a"]}, {"a": ["x2"]}, {"a": 1}), "ASSIGN-APPLICANT", "did you mean x1?"),
        (({"x": ["a"]}, {"a": ["x", "x"]}, {"a": 1}), "ASSIGN-TWICE", "priorities[a]"),
        (({"x": ["a", "a"]}, {"a": ["x"]}, {"a": 1}), "ASSIGN-TWICE", "preferences[x]"),
        (({"x": ["a"]}, {"a": ["x"]}, {"a": -1}), "ASSIGN-CAPACITY", "not below 0"),
        (({"x": ["a"]}, [[1]], {"a": 1}), "ASSIGN-STYLE", "by name"),
        (([[0.5]], [[1.0]], [1]), "ASSIGN-PREFERENCES", "whole numbers"),
        (([0, 1], [[1.0]], [1]), "ASSIGN-PREFERENCES", "two-dimensional"),
        (([[2]], [[1.0]], [1]), "ASSIGN-SCHOOL", "from 0 to 0"),
        (([[0]], [[1.0, 2.0]], [1]), "ASSIGN-PRIORITIES", "(1, 1)"),
        (([[0]], [[float("nan")]], [1]), "ASSIGN-PRIORITIES", "NaN"),
        (([[0]], [[1.0]], [1.5]), "ASSIGN-CAPACITY", "whole numbers"),
        (([[0, 0]], [[1.0, 2.0]], [1]), "ASSIGN-TWICE", "preferences[0]"),
    ],
)
def test_bad_markets_are_refused(arguments: Any, code: str, phrase: str) -> None:
    for mechanism in ("deferred", "immediate", "cycles", "band2"):
        with pytest.raises(ConfigError) as caught:
            solve(mechanism, *arguments)
        assert caught.value.code == code
        assert phrase in caught.value.message("en")
        assert caught.value.message("zh") != caught.value.message("en")


@pytest.mark.parametrize("period", [0, -1, 1.5, True])
def test_bad_periods_are_refused(period: Any) -> None:
    with pytest.raises(ConfigError, match="ASSIGN-PERIOD"):
        equations.parallel([[0]], [[1.0]], [1], period)


PLAIN = """
import json, sys
import numpy as np
from edusim import equations
rng = np.random.default_rng(7)
out = []
for _ in range(20):
    n, m = int(rng.integers(1, 60)), int(rng.integers(1, 9))
    wanted = np.argsort(rng.random((n, m)), axis=1)[:, :4].astype(np.int32)
    worth, seats = rng.random(wanted.shape).round(1), rng.integers(0, 8, m)
    for period in (1, 2, 9):
        out.append(equations.parallel(wanted, worth, seats, period).tolist())
    out.append(equations.top_trading_cycles(wanted, worth, seats).tolist())
print(json.dumps(out))
"""


@pytest.mark.slow
def test_compiled_and_plain_python_agree() -> None:
    answers = []
    for disabled in ("0", "1"):
        environment = os.environ | {"NUMBA_DISABLE_JIT": disabled}
        done = subprocess.run([sys.executable, "-c", PLAIN], env=environment, capture_output=True, text=True, check=True)
        answers.append(json.loads(done.stdout))
    assert answers[0] == answers[1]
    assert any(s >= 0 for s in answers[0][0])


def test_a_county_of_applicants_takes_milliseconds() -> None:
    # The engine's figure is under 1 ms compiled; the bound here leaves room for a busy machine.
    rng = np.random.default_rng(1)
    n, m = 11_000, 120
    wanted = np.argsort(rng.random((n, m)) ** (1 + np.arange(m) / m), axis=1)[:, -4:].astype(np.int32)
    worth, seats = rng.random(wanted.shape), np.full(m, 90, np.int64)
    if not hasattr(assignment.parallel_arrays, "py_func"):
        n = 500  # plain Python: the same assertion at a size that it can do
        wanted, worth, seats = wanted[:n], worth[:n], np.full(m, 4, np.int64)
    assignment.parallel_arrays(wanted, worth, seats, 4)
    best = min(_seconds(lambda: assignment.parallel_arrays(wanted, worth, seats, 4)) for _ in range(5))
    assert best < 0.02


def _seconds(work: Any) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin
