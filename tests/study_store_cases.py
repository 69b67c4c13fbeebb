"""Small studies for tests of the store: designs, and results whose numbers follow from their key alone."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from edusim.study.store import Store
from edusim.study.tasks import Result

KEPT = ("learning.gap[primary]", "rotation.moves")
OUTCOMES = ("gap_last", "cost")
BASE_YEAR = 2024
YEARS = 3


def child_environment() -> dict[str, str]:
    """What a child process needs to find the package under test and this file."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in [str(Path(__file__).parent), *sys.path] if p)}


def key_of(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()[:32]


def design(n: int, *, baseline: bool = False) -> pa.Table:
    """``n`` runs: two policies, two draws, a lever of numbers, one of words, an uncertainty."""
    at = np.arange(n)
    point = at // 4
    if baseline:
        point = np.where(at < 2, -1, point)
    words = np.array(["all", "core", "member"], dtype=object)[at % 3]
    return pa.table(
        {
            "run": at, "key": [key_of(i) for i in at], "point": point, "future": np.zeros(n, dtype=np.int64),
            "policy": ["status_quo" if p < 0 else ("fusion", "co_build")[i % 2] for i, p in zip(at, point, strict=True)],
            "design": ["feasible"] * n, "seed": np.full(n, 7), "draw": at % 2,
            "lever.finance.fund": pa.array((at * 10).tolist(), mask=point < 0), "lever.use": pa.array(words, mask=point < 0),
            "uncertain.peer.learning": at / 7,
        }
    )  # fmt: skip


def values_of(key: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.Generator(np.random.PCG64(int(key, 16)))
    return rng.random((YEARS, len(KEPT))), rng.random(len(OUTCOMES))


def done(key: str, attempt: int = 1) -> Result:
    values, outcomes = values_of(key)
    return Result(key, attempt, "done", values, outcomes, 0.25, key[::-1], "here:1")


def failed(key: str, attempt: int = 1, state: str = "failed") -> Result:
    return Result(key, attempt, state, seconds=0.1, worker="here:1", code="RUN-X", error="Traceback\n  错误 \udc80")


def make(path: Path, n: int = 12, **changes: Any) -> Store:
    given: dict[str, Any] = {
        "identity": "study-1", "study": {"scenario": "county", "levers": [{"name": "finance.fund", "high": 5}], "layout": {"n": n}},
        "source": "a" * 64, "design": design(n), "kept": KEPT, "base_year": BASE_YEAR, "file": "kind: sweep\n",
        "outcomes": [{"name": o, "measure": KEPT[0], "stage": "", "at": "last", "want": "min", "unit": "points"} for o in OUTCOMES],
    }  # fmt: skip
    return Store.create(path, **{**given, **changes})


def fill(store: Store, results: Sequence[Result], *, chunk: int = 500, shard: str = "all", by: int = 5) -> None:
    with store.writer(shard=shard, chunk=chunk) as writer:
        for at in range(0, len(results), by):
            writer.append(results[at : at + by])
            writer.sync()
