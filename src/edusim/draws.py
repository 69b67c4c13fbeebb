"""Random numbers keyed by (seed, process, year, id, id2, k).

A draw belongs to an agent and a decision, not to a place in a sequence. The same key gives the same
bits whatever the order, the number of threads or workers, and whatever else was drawn; two runs that
differ by one policy share every other draw. That is what makes comparisons between policies paired.

The generator is splitmix64 (Steele, Lea & Flood 2014, doi:10.1145/2714064.2660195): the key of a
process and year is mixed once, an agent's number is ``mix(key + (id + 1) * golden)``.

The functions whose names end in ``_at`` are scalar and compiled; rules call them inside loops. The
others take arrays and are the public face.
"""

from __future__ import annotations

import hashlib
import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from edusim._compile import compiled

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_ONE = np.uint64(1)
_HALF = np.uint64(0xD1B54A32D192ED03)  # second odd constant, so that (a, b) and (b, a) differ
_TO_UNIT = 2.0**-53

#: Every process that draws, with its stream number. A number is never reused or changed: that would
#: alter published runs (62 once stood for one that is gone).
PROCESSES: dict[str, int] = {
    "run": 0,
    "region.school": 1,
    "region.neighbourhood": 2,
    "region.teacher": 3,
    "region.pupil": 4,
    "region.group": 5,
    "demography.entrant": 10,
    "demography.move": 11,
    "demography.destination": 12,
    "demography.seat": 13,
    "admission.taste": 20,
    "admission.lottery": 21,
    "admission.choose": 22,
    "admission.exit": 23,
    "admission.return": 24,
    "admission.private": 25,
    "workforce.leave": 30,
    "workforce.upward": 31,
    "workforce.applicant": 32,
    "workforce.taste": 33,
    "workforce.substitute": 34,
    "workforce.child": 35,
    "workforce.look": 36,
    "workforce.surplus": 37,
    "rotation.volunteer": 40,
    "rotation.round": 41,
    "rotation.exempt": 42,
    "rotation.head": 43,
    "rotation.stay": 44,
    "groups.order": 45,
    "teaching.noise": 50,
    "teaching.luck": 52,
    "appraisal.noise": 60,
    "promotion.tie": 61,
    "promotion.exchange": 63,
    "appraisal.project": 64,
    "campuses.staff": 70,
    "stages.leave": 71,
    "stages.hire": 72,
    "region.other": 73,
    "test": 999,
}
#: Before the name of a process that a researcher's own file draws from: its number follows from its name.
OWN = "own."


@compiled
def mix(x: np.uint64) -> np.uint64:
    """Scramble 64 bits (splitmix64's finaliser)."""
    x = (x ^ (x >> _S30)) * _M1
    x = (x ^ (x >> _S27)) * _M2
    return x ^ (x >> _S31)


@compiled
def at(key: np.uint64, identity: int) -> np.uint64:
    """Return the 64 random bits of one agent under ``key``."""
    return mix(key + (np.uint64(np.int64(identity)) + _ONE) * GOLDEN)


@compiled
def at_pair(key: np.uint64, identity: int, other: int) -> np.uint64:
    """Return the 64 random bits of a pair of agents (order matters) under ``key``."""
    return mix(at(key, identity) + (np.uint64(np.int64(other)) + _ONE) * _HALF)


@compiled
def pair_with(bits: np.uint64, other: int) -> np.uint64:
    """Return the bits of a pair from the bits of its first agent; see :func:`at_pair`."""
    return mix(bits + (np.uint64(np.int64(other)) + _ONE) * _HALF)


@compiled
def to_uniform(bits: np.uint64) -> float:
    """Return a uniform number strictly between 0 and 1 from 64 bits."""
    return (float(bits >> _S11) + 0.5) * _TO_UNIT


@compiled
def uniform_at(key: np.uint64, identity: int) -> float:
    """Return one agent's uniform number in (0, 1)."""
    return to_uniform(at(key, identity))


@compiled
def central_normal(u: float) -> float:
    """Return AS 241's central branch; equal to :func:`to_normal` where ``|u - 1/2| <= .425``."""
    q = u - 0.5
    r = 0.180625 - q * q
    return (
        q
        * (((((((r * 2509.0809287301226727 + 33430.575583588128105) * r + 67265.770927008700853) * r
            + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
            + 133.14166789178437745) * r + 3.387132872796366608)
        / (((((((r * 5226.495278852545925 + 28729.085735721942674) * r + 39307.89580009271061) * r
            + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
            + 42.313330701600911252) * r + 1.0)
    )  # fmt: skip


@compiled
def tail_normal(r: float) -> float:
    """Return AS 241's branch for the tails, without the sign: ``r = sqrt(-log(min(u, 1 - u)))``, at most 5."""
    r -= 1.6
    return (
        (((((((r * 7.7454501427834140764e-4 + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
            + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
            + 4.6303378461565452959) * r + 1.42343711074968357734)
        / (((((((r * 1.05075007164441684324e-9 + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
            + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
            + 2.05319162663775882187) * r + 1.0)
    )  # fmt: skip


@compiled
def to_normal(u: float) -> float:
    """Return the standard normal quantile of ``u`` (Wichura 1988, algorithm AS 241, PPND16)."""
    q = u - 0.5
    if abs(q) <= 0.425:
        return central_normal(u)
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= 5.0:
        value = tail_normal(r)
    else:
        r -= 5.0
        value = (
            (((((((r * 2.01033439929228813265e-7 + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
                + 5.4637849111641143699) * r + 6.6579046435011037772)
            / (((((((r * 2.04426310338993978564e-15 + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                + 0.59983220655588793769) * r + 1.0)
        )  # fmt: skip
    return -value if q < 0.0 else value


@compiled
def normal_at(key: np.uint64, identity: int) -> float:
    """Return one agent's standard normal number."""
    return to_normal(to_uniform(at(key, identity)))


@compiled
def normals_at(key: np.uint64, ids: NDArray[np.int64], start: int, stop: int, out: NDArray[np.float64]) -> None:
    """Write standard normal numbers of the agents ``ids[start:stop]`` to ``out``; the bits of ``normal_at``.

    The central branch is taken for all; the tails, a sixth, are then gathered and set right together. Each
    loop is one that the compiler runs many at a time (all but the logarithm).
    """
    who = ids[start:stop]
    n = who.size
    u = np.empty(n)
    for j in range(n):
        u[j] = to_uniform(at(key, who[j]))
    for j in range(n):
        out[j] = central_normal(u[j])
    tail = np.empty(n, np.int64)
    m = 0
    for j in range(n):
        tail[m] = j
        m += abs(u[j] - 0.5) > 0.425
    r = np.empty(m)
    value = np.empty(m)
    for a in range(m):
        q = u[tail[a]]
        r[a] = math.sqrt(-math.log(q if q < 0.5 else 1.0 - q))
    for a in range(m):
        value[a] = tail_normal(r[a])
    for a in range(m):
        j = tail[a]
        if r[a] > 5.0:  # one in 10**10
            out[j] = to_normal(u[j])
        else:
            out[j] = -value[a] if u[j] < 0.5 else value[a]


@compiled
def gumbel_at(key: np.uint64, identity: int, other: int) -> float:
    """Return a pair's standard Gumbel number: a family's taste for a school, keyed by both."""
    return -math.log(-math.log(to_uniform(at_pair(key, identity, other))))


def key(seed: int, process: str, year: int, k: int = 0) -> np.uint64:
    """Return the key of a process in a year; agents' numbers follow from it.

    Parameters
    ----------
    seed
        Seed of the run; any integer from 0 to 2**63 - 1 (0 is a seed like any other).
    process
        A name in :data:`PROCESSES`, or one of your own that begins with ``own.``.
    year
        Calendar year, or any integer.
    k
        Number of the draw within the process, when a decision needs several.

    Returns
    -------
    numpy.uint64
        The mixed key.

    Raises
    ------
    KeyError
        When the process is not registered.
    """
    return np.uint64(_stir(_stream(int(seed), process), int(year), int(k)))


def _stir(x: int, *parts: int) -> int:
    mask = (1 << 64) - 1
    for part in parts:
        x = (x + (part + 1) * 0x9E3779B97F4A7C15) & mask
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
        x ^= x >> 31
    return x


@lru_cache(maxsize=1024)
def _stream(seed: int, process: str) -> int:
    """Return what is the same in the keys of all years."""
    return _stir(0x2545F4914F6CDD1D, seed, _number(process))


def _number(process: str) -> int:
    """Return the stream number of a process; those of own processes lie far above the registered ones."""
    if process.startswith(OWN):
        return (1 << 32) + int.from_bytes(hashlib.sha256(process.encode()).digest()[:7])
    return PROCESSES[process]


def _bits(
    seed: int, process: str, year: int, ids: ArrayLike, ids2: ArrayLike, k: int
) -> NDArray[np.uint64]:
    base = key(seed, process, year, k)

    def scramble(x: NDArray[np.uint64]) -> NDArray[np.uint64]:
        x = (x ^ (x >> _S30)) * _M1
        x = (x ^ (x >> _S27)) * _M2
        return np.asarray(x ^ (x >> _S31), dtype=np.uint64)

    with np.errstate(over="ignore"):
        first = np.atleast_1d(np.asarray(ids)).astype(np.int64).astype(np.uint64)
        bits = scramble(base + (first + _ONE) * GOLDEN)
        second = np.atleast_1d(np.asarray(ids2)).astype(np.int64).astype(np.uint64)
        bits = scramble(bits + (second + _ONE) * _HALF)
    return bits


def uniform(
    seed: int, process: str, year: int, ids: ArrayLike, ids2: ArrayLike | None = None, k: int = 0
) -> NDArray[np.float64]:
    """Return uniform numbers in (0, 1), one for each id (or pair of ids).

    Parameters
    ----------
    seed, process, year, k
        The key, see :func:`key`.
    ids
        int64, shape (n,): agents.
    ids2
        int64, broadcastable to ``ids``: the second agent of each pair, if any.

    Returns
    -------
    numpy.ndarray
        float64, shape of ``ids`` broadcast with ``ids2``. The value of an element depends on its own
        key only, never on its neighbours or its place.
    """
    if ids2 is None:
        listed = np.atleast_1d(np.asarray(ids)).astype(np.int64)
        return _uniforms_of(key(seed, process, year, k), listed.ravel()).reshape(listed.shape)
    return ((_bits(seed, process, year, ids, ids2, k) >> _S11).astype(np.float64) + 0.5) * _TO_UNIT


def normal(
    seed: int, process: str, year: int, ids: ArrayLike, ids2: ArrayLike | None = None, k: int = 0
) -> NDArray[np.float64]:
    """Return standard normal numbers, one for each id (or pair of ids); see :func:`uniform`."""
    if ids2 is None:
        listed = np.atleast_1d(np.asarray(ids)).astype(np.int64)
        out = np.empty(listed.size)
        normals_at(key(seed, process, year, k), listed, 0, listed.size, out)
        return out
    return _normal_of(uniform(seed, process, year, ids, ids2, k).ravel())


@compiled
def _uniforms_of(key: np.uint64, ids: NDArray[np.int64]) -> NDArray[np.float64]:
    out = np.empty(ids.size)
    for i in range(ids.size):
        out[i] = uniform_at(key, ids[i])
    return out


@compiled
def _normal_of(u: NDArray[np.float64]) -> NDArray[np.float64]:
    out = np.empty(u.size)
    for i in range(u.size):
        out[i] = to_normal(u[i])
    return out
