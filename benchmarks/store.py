"""How fast a study's store is written and read: ``python -m benchmarks.store``.

Invented results of 11 years x 45 kept columns and 10 factors go through ``append`` in lists of 50, each list
acknowledged (``fsync``), and are folded 500 a chunk, all in one process on one core. Then, as a fresh reader would:
the states of all runs, and the bands of one measure over all of them. Medians of several readings; the disk is
the one that holds ``--folder``.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from edusim.study import tables
from edusim.study.sound import verify_files
from edusim.study.store import Store
from edusim.study.tasks import Result

KEPT, YEARS, FACTORS, LIST, CHUNK = 45, 11, 10, 50, 500


def design(n: int) -> pa.Table:
    """Return a design table of ``n`` runs, with factors that look like a sample."""
    rng = np.random.default_rng(1)
    at = np.arange(n)
    columns: dict[str, Any] = {
        "run": at, "key": [f"{k:032x}" for k in (rng.integers(0, 1 << 62, n).astype(object) << 40) + at], "point": at // 4,
        "future": np.zeros(n, dtype=np.int64), "policy": np.array(["co_build", "collaboration", "fusion", "status_quo"])[at % 4],
        "design": np.full(n, "feasible"), "seed": np.full(n, 20261122), "draw": at % 10,
    }  # fmt: skip
    for i in range(FACTORS):
        columns[f"{'lever' if i < 6 else 'uncertain'}.factor_{i}"] = rng.random(n)
    return pa.table(columns)


def measure(folder: Path, n: int, readings: int) -> dict[str, float]:
    """Write a store of ``n`` runs and read it; seconds, rates and sizes."""
    plan = design(n)
    begin = time.perf_counter()
    store = Store.create(
        folder / "store", identity="benchmark", study={}, source="none", design=plan, base_year=2024,
        kept=[f"measure_{i}" for i in range(KEPT)],
        outcomes=[{"name": "gap", "measure": "measure_0", "stage": "", "at": "last", "want": "min", "unit": ""}],
    )  # fmt: skip
    made = time.perf_counter() - begin
    keys = plan.column("key").to_pylist()
    # Numbers that do not repeat, so that compression is not flattered.
    rng = np.random.default_rng(2)
    spread = 0.0
    with store.writer(chunk=CHUNK) as writer:
        for at in range(0, n, LIST):
            values = np.cumsum(rng.normal(size=(LIST, YEARS, KEPT)), axis=1)
            results = [Result(k, 1, "done", v, v[-1, :1], 0.1, k + k, "here:1") for k, v in zip(keys[at : at + LIST], values, strict=False)]
            begin = time.perf_counter()
            writer.append(results)
            writer.sync()
            spread += time.perf_counter() - begin
        begin = time.perf_counter()
    spread += time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def timed(call: Callable[[Store], Any]) -> float:
        taken = []
        for _ in range(readings):
            fresh = Store.open(store.path)
            start = time.perf_counter()
            call(fresh)
            taken.append(time.perf_counter() - start)
        return statistics.median(taken)

    size = sum(f.stat().st_size for f in store.path.rglob("*") if f.is_file())
    found = {
        "runs": n, "create_s": made, "written_per_s": n / spread, "bytes_per_run": size / n, "writing_peak_mb": peak,
        "states_s": timed(lambda s: s.states()), "bands_s": timed(lambda s: tables.bands(s, "measure_7")),
        "runs_by_policy_s": timed(lambda s: tables.query(s, "SELECT policy, avg(gap) FROM runs GROUP BY ALL")),
    }  # fmt: skip
    begin = time.perf_counter()
    if verify_files(Store.open(store.path)):
        raise SystemExit("the store is not sound")
    found["verify_s"] = time.perf_counter() - begin
    return found


def main(argv: list[str] | None = None) -> int:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.store", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--readings", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the store is written for the while (default: the system's)")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        found = measure(Path(folder), given.runs, given.readings)
    if given.json:
        print(json.dumps(found))
        return 0
    for name, value, unit, aim in (
        ("written, acknowledged and folded", f"{found['written_per_s']:,.0f}", "runs/s", "10,000"),
        ("on disk", f"{found['bytes_per_run']:,.0f}", "bytes a run", ""),
        ("peak memory while writing", f"{found['writing_peak_mb']:,.0f}", "MB", ""),
        ("states of all runs", f"{found['states_s']:.3f}", "s", "0.3"),
        ("bands over all runs", f"{found['bands_s']:.3f}", "s", "1"),
        ("an outcome by policy", f"{found['runs_by_policy_s']:.3f}", "s", ""),
        ("files looked over", f"{found['verify_s']:.1f}", "s", ""),
    ):
        print(f"{name:<34} {value:>10} {unit:<12} {'aim ' + aim if aim else ''}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
