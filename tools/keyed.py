"""The draws of `edusim.draws`, made again with Python's whole numbers: splitmix64 and the standard library's AS 241."""

from __future__ import annotations

import math
import statistics

from edusim.draws import PROCESSES

MASK = (1 << 64) - 1
GOLDEN, HALF = 0x9E3779B97F4A7C15, 0xD1B54A32D192ED03


def mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def key(seed: int, process: str, year: int, k: int = 0) -> int:
    x = 0x2545F4914F6CDD1D
    for part in (seed, PROCESSES[process], year, k):
        x = mix((x + (part + 1) * GOLDEN) & MASK)
    return x


def bits(at: int, identity: int) -> int:
    return mix((at + (identity + 1) * GOLDEN) & MASK)


def unit(number: int) -> float:
    return ((number >> 11) + 0.5) * 2.0**-53


def uniform(at: int, identity: int) -> float:
    return unit(bits(at, identity))


def normal(at: int, identity: int) -> float:
    return statistics.NormalDist().inv_cdf(uniform(at, identity))


def gumbel(at: int, identity: int, other: int) -> float:
    return -math.log(-math.log(unit(mix((bits(at, identity) + (other + 1) * HALF) & MASK))))
