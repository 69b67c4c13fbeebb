"""The floor: what a pupil-year cannot cost less than, from memory and from drawing.

Memory: every column of a pupil is read once a year and those that change are written once, at the
bandwidth of a large copy. Draws: a pupil in an ordinary grade needs one normal number (learning) and
two uniform ones (moving, leaving); the loop below does that and nothing else.
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import numpy as np

from edusim import draws
from edusim._compile import compiled
from edusim.state import COLUMNS

#: Columns of a pupil that change every year; the others change for few.
WRITTEN = ("klass", "own", "caused", "achievement", "tenure")


def bytes_per_pupil_year() -> int:
    """Return the bytes that a pupil-year reads and writes."""
    size = {name: np.dtype(c.dtype).itemsize for name, c in COLUMNS["pupils"].items()}
    return sum(size.values()) + sum(size[name] for name in WRITTEN)


def bandwidth(repeats: int = 7, megabytes: int = 256) -> float:
    """Return bytes a second read and written by a copy far larger than the caches (one thread)."""
    source = np.ones(megabytes * 131_072)
    target = np.empty_like(source)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - start)
    return 2.0 * source.nbytes / min(seconds)


@compiled
def _draw(
    ids: np.ndarray[Any, Any], learn: np.uint64, move: np.uint64, leave: np.uint64, out: np.ndarray[Any, Any]
) -> None:
    for i in range(ids.size):
        out[i] = draws.normal_at(learn, ids[i]) + draws.uniform_at(move, ids[i]) + draws.uniform_at(leave, ids[i])


def drawing(n: int = 200_000, repeats: int = 7) -> float:
    """Return ns a pupil-year for its draws alone."""
    ids, out = np.arange(n), np.empty(n)
    learn, move, leave = (draws.key(1, "test", 2026, k) for k in range(3))
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        _draw(ids, learn, move, leave, out)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:]) / n * 1e9


def floor() -> dict[str, float]:
    """Return the floor: bytes, GB/s, ns for memory and for draws."""
    touched, speed = bytes_per_pupil_year(), bandwidth()
    return {
        "bytes": float(touched), "gigabytes_s": speed / 1e9, "memory_ns": touched / speed * 1e9, "draws_ns": drawing(),
    }  # fmt: skip
