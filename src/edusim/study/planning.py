"""Planning: how many runs, how long, how much disk and memory, before anything is run for good.

Times come from the store when enough runs of it were made on this machine; else from a probe, which makes a
sample of the very runs that are left with the very engine and all its workers, stores them in a temporary
folder and forgets them.
"""

from __future__ import annotations

import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.study.disk import host_name
from edusim.study.driver import ENOUGH_ROWS, SETTLED, bytes_a_run, carry_on, pending
from edusim.study.engines import Loky, compile_once

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from edusim.errors import ConfigError
    from edusim.study.store import Store
    from edusim.study.study_file import Study

#: Runs of this machine in the store that make a probe needless, and how many of the latest are looked at.
ENOUGH, LATEST = 50, 10_000
#: Seconds that a probe measures once its workers are at work; least share of the runs that it may make, and least number.
PROBE_SECONDS, PROBE_SHARE, PROBE_LEAST = 7.0, 0.25, 12
#: Neighbouring runs that a probe takes together: they share a county, as they will.
_TOGETHER = 24
#: Time between batches, by the time of a run: what a worker waits for the driver.
_BETWEEN = 0.02


@dataclass(frozen=True)
class Plan:
    """What a study will take.

    Attributes
    ----------
    points, futures, policies, draws
        Size of the design; policies without the baseline, draws of every point.
    runs, stored, left
        Runs in all, with a result, and without.
    seconds_by_policy
        Policy -> mean time of a run in its worker.
    seconds_per_run
        Time of a worker for a run of those left, everything between runs included; NaN when not known.
    start_up
        Seconds until workers are at work, without compiling.
    compiling
        Seconds that compiling took just now; 0 when it was done before.
    seconds_total
        Seconds that all that is left takes with ``workers``; NaN when not known.
    workers
        Processes.
    bytes_total, bytes_free
        Bytes that what is left adds to the store; free on its disk.
    memory_per_worker
        Bytes that a worker held at most in the probe; NaN without one.
    basis
        ``stored``, ``probe``, or empty when no time is known.
    tried, refused, why
        Runs whose settings were looked at, how many of them the scenario refuses, and the first refusal.
    baseline, equal
        How many of the runs are of the baseline, and of the arm ``equal`` beside the arm ``drawn``.
    cut
        Ratio -> futures in which its product is cut to the parameter's limits, futures in all.
    laid
        Of a sensitivity analysis, see :func:`edusim.study.sensitivity.stored.planned`; else empty.
    """

    points: int
    futures: int
    policies: int
    draws: int
    runs: int
    stored: int
    left: int
    seconds_by_policy: Mapping[str, float] = field(default_factory=dict)
    seconds_per_run: float = float("nan")
    start_up: float = 0.0
    compiling: float = 0.0
    seconds_total: float = float("nan")
    workers: int = 1
    bytes_total: int = 0
    bytes_free: int = 0
    memory_per_worker: float = float("nan")
    basis: str = ""
    tried: int = 0
    refused: int = 0
    why: ConfigError | None = None
    baseline: int = 0
    equal: int = 0
    cut: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    laid: Mapping[str, Any] = field(default_factory=dict)


def plan(study: Study, *, workers: int, store: Store | None = None, probe: bool = True) -> Plan:
    """Return what a study will take with so many workers of this machine.

    Parameters
    ----------
    study
        The study.
    workers
        Processes.
    store
        Its store, when there is one already.
    probe
        Whether to make a sample of runs (some seconds) where the store does not tell.

    Raises
    ------
    StudyError, ConfigError
        What is wrong with the design.
    """
    from edusim.study import design, ratios

    table = design.table(study)
    left = pending(table, store.states() if store is not None else {})
    points, futures, policies, runs = design.size(study)
    found: dict[str, Any] = {
        "points": points, "futures": futures, "policies": policies, "draws": study.seeds.replicates, "runs": runs,
        "stored": left.stored, "left": int(left.rows.size), "workers": workers,
    }  # fmt: skip
    found |= _room(study, store, table, found["left"])
    tried, refused = design.refused(study, table)
    found |= {"tried": tried, "refused": len(refused), "why": refused[0][1] if refused else None}
    found |= {"baseline": _count(table, "point", design.BASELINE_POINT), "cut": design.cut(study)}
    if study.sensitivity is not None:
        from edusim.study.sensitivity import stored

        found["laid"] = stored.planned(study)
    if len(study.arms) > 1:
        found["equal"] = _count(table, "arm", ratios.EQUAL)
    names = np.array(table["policy"].take(left.rows).to_pylist(), dtype=object)
    told, n = _times(store.path) if store is not None else ({}, 0)
    if not found["left"]:
        return Plan(**found, seconds_by_policy=told, seconds_per_run=0.0, seconds_total=0.0, basis="stored" if told else "")
    if n >= ENOUGH and all(name in told for name in set(names)):
        by_name = {name: int((names == name).sum()) for name in told}
        each = (1 + _BETWEEN) * sum(told[name] * k for name, k in by_name.items()) / found["left"]
        start_up = _START_UP
        return Plan(
            **found, seconds_by_policy=told, seconds_per_run=each, start_up=start_up,
            seconds_total=start_up + each * found["left"] / min(workers, found["left"]), basis="stored",
        )  # fmt: skip
    if not probe:
        return Plan(**found)
    seen = _probe(study, table, left.rows, workers)
    if (each := seen.pop("bytes_a_run", 0.0)) > 0:
        found["bytes_total"] = math.ceil(each * found["left"])
    total = seen["start_up"] + seen["seconds_per_run"] * found["left"] / min(workers, found["left"])
    return Plan(**found, **seen, seconds_total=total, basis="probe")


def _count(table: pa.Table, column: str, value: int | str) -> int:
    import pyarrow.compute as pc

    return int(pc.sum(pc.equal(table[column], value)).as_py() or 0)


#: Seconds until loky's workers are at work, where no probe tells.
_START_UP = 1.5


def _room(study: Study, store: Store | None, table: pa.Table, left: int) -> dict[str, int]:
    """Return the bytes that what is left will take, and those that are free where the store is or will be."""
    place = Path(store.path if store is not None else study.store).absolute()
    while not place.exists():
        place = place.parent
    if store is None:
        with tempfile.TemporaryDirectory(prefix="edusim-plan-") as folder:
            each = bytes_a_run(_store_in(Path(folder) / "store", study, table.slice(0, 200)), study.scenario.years)
    else:
        each = bytes_a_run(store, study.scenario.years)
    return {"bytes_total": math.ceil(each * left), "bytes_free": shutil.disk_usage(place).free}


def _store_in(path: Path, study: Study, table: pa.Table) -> Store:
    """Return a store for some rows of the design, elsewhere."""
    from edusim.study.store import Store

    return Store.create(
        path, identity=study.identity, study=study.plain(), source="", design=table, kept=study.keep,
        outcomes=[asdict(outcome) for outcome in study.outcomes], base_year=study.scenario.base_year,
    )  # fmt: skip


def _times(path: Path) -> tuple[dict[str, float], int]:
    """Return the mean seconds of a run by policy, of the latest runs made on this machine, and their number."""
    import pyarrow.parquet as pq

    files = sorted((path / "runs").glob("[!.]*.parquet"), key=lambda f: f.stat().st_mtime, reverse=True)
    seconds: dict[str, list[float]] = {}
    n = 0
    mine = f"{host_name()}:"
    for file in files:
        if n >= LATEST:
            break
        rows = pq.read_table(file, columns=["policy", "state", "seconds", "worker"])
        for policy, state, took, worker in zip(*(rows[c].to_pylist() for c in rows.column_names), strict=True):
            if policy is not None and state in SETTLED and str(worker).startswith(mine):
                seconds.setdefault(policy, []).append(took)
                n += 1
    return {name: float(np.mean(took)) for name, took in sorted(seconds.items())}, n


def sample(rows: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return rows for a probe: stretches of neighbours, spread evenly over all whenever it is broken off.

    Parameters
    ----------
    rows
        int64: positions of the runs that are left.
    most
        How many are wanted at most.

    Returns
    -------
    numpy.ndarray
        int64: some of ``rows``, each once.
    """
    starts = np.arange(0, rows.size, _TOGETHER)
    # By the fractional parts of multiples of the golden ratio: wherever it ends, the starts lie evenly.
    order = np.argsort(np.argsort((np.arange(starts.size) * 0.6180339887498949) % 1.0, kind="stable"), kind="stable")
    taken = [rows[s : s + _TOGETHER] for s in starts[order][: math.ceil(most / _TOGETHER)]]
    return np.concatenate(taken)[:most] if taken else rows[:0]


class _Clock:
    """Notes how runs come in, and asks to stop when enough is known."""

    def __init__(self, warm: int) -> None:
        self.warm = warm
        self.events: list[tuple[float, int]] = []
        self.memory = 0.0
        self._stop = False

    def is_set(self) -> bool:
        """Whether enough was seen."""
        return self._stop

    def __call__(self, done: int, _total: int, _text: str) -> None:
        now = time.monotonic()
        if not done:
            return
        self.events.append((now, done))
        self.memory = max(self.memory, _largest_child())
        begin = next((t for t, n in self.events if n >= self.warm), now)
        self._stop = now - begin >= PROBE_SECONDS


def _largest_child() -> float:
    import psutil

    sizes = [0]
    for child in psutil.Process(os.getpid()).children():
        try:
            sizes.append(child.memory_info().rss)
        except psutil.Error:
            continue
    return float(max(sizes))


def _probe(study: Study, table: pa.Table, rows: NDArray[np.int64], workers: int) -> dict[str, Any]:
    """Make a sample of runs as :func:`edusim.study.driver.carry_on` makes them; return what was seen."""
    begin = time.monotonic()
    compiling = time.monotonic() - begin if compile_once() else 0.0
    most = max(PROBE_LEAST * workers, int(rows.size * PROBE_SHARE))
    some = table.take(sample(rows, most))
    # The first batches hold one run each, and every worker's first run draws its first county.
    clock = _Clock(min(2 * workers + 1, some.num_rows))
    with tempfile.TemporaryDirectory(prefix="edusim-plan-") as folder:
        store = _store_in(Path(folder) / "store", study, some)
        begin = time.monotonic()
        with Loky(workers) as engine:
            carry_on(study, store, engine=engine, progress=clock, stop=clock)
        told, n = _times(store.path)
        size = bytes_a_run(store, study.scenario.years) if n >= ENOUGH_ROWS else 0.0
    first, end = clock.events[0][0], clock.events[-1]
    steady = next((event for event in clock.events if event[1] >= clock.warm), clock.events[0])
    if end[1] > steady[1]:
        each = workers * (end[0] - steady[0]) / (end[1] - steady[1])
    else:  # too few runs to see a rate: what a run takes is all that is known
        each = float(np.mean(list(told.values())))
    return {
        "seconds_by_policy": told, "seconds_per_run": each, "start_up": max(0.0, first - begin - each), "compiling": compiling,
        "memory_per_worker": clock.memory, "bytes_a_run": size,
    }  # fmt: skip


__all__ = ["Plan", "plan", "sample"]
