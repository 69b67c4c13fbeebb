"""The driver: what is left of a study goes to an engine, what comes back goes to the store.

Running again is resuming: only what has no result is handed out. A run that fails is a row with its
traceback. A worker's death says little about any run: those that were under way are suspects, and each of
them is tried alone, in a process of its own, after all others; only one that ends that process too is
quarantined.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from edusim.errors import RunError, StudyError, language
from edusim.language import time_left
from edusim.study import journal
from edusim.study.disk import host_name, listed, started_at
from edusim.study.engines import Died, Engine, Loky
from edusim.study.tasks import Result, Task
from edusim.study.work import Job, job_of

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from edusim.study.store import Store
    from edusim.study.study_file import Study
    from edusim.study.writer import Writer

Progress = Callable[[int, int, str], None]

#: States that are results: a run that has one is not handed out again.
SETTLED = frozenset(("done", "failed", "quarantined"))
#: Seconds of work in a batch: on this machine, and where a batch goes over a network.
BATCH_SECONDS = {"here": 0.2, "local": 0.3, "dask": 0.5}
MOST_IN_BATCH = 64
#: Results, and seconds, after which results are brought to the disk; seconds between two signs of life.
SYNC_RUNS, SYNC_SECONDS, BEAT_SECONDS = 64, 0.25, 5.0
#: Deaths of workers in a row, without a result between them, after which it is asked whether anything can run.
DEATHS_IN_A_ROW = 3
#: Bytes that are to stay free beside what a study needs, and how much more than reckoned it may need.
FREE_BYTES, ROOM = 64_000_000, 1.1
#: Stored runs from which their size on the disk is known.
ENOUGH_ROWS = 100
_TASKS_AT_A_TIME = 2000


class Event(Protocol):
    """What asks a study to stop: a ``threading.Event`` is one."""

    def is_set(self) -> bool:
        """Whether to stop."""
        ...


@dataclass(frozen=True)
class Summary:
    """What came of a call.

    Attributes
    ----------
    done, failed, quarantined
        Runs of this call by what became of them.
    stored_before
        Runs of this shard that had a result before.
    left
        Runs of this shard that have none yet.
    seconds
        Time the call took.
    interrupted
        ``SIGINT``, ``SIGTERM`` or ``stop`` when it was asked to stop before all was done; else empty.
    """

    done: int
    failed: int
    quarantined: int
    stored_before: int
    left: int
    seconds: float
    interrupted: str = ""

    def resume(self, lang: str | None = None) -> str:
        """Return how to go on, in ``zh`` or ``en``; empty when nothing is left."""
        if not self.left:
            return ""
        stored = self.stored_before + self.done + self.failed + self.quarantined
        if language(lang) == "zh":
            return f"已停止；{stored} 次运行已存盘，还剩 {self.left} 次。再次运行同一条命令即可继续。"
        return f"Stopped; {stored} runs are stored, {self.left} are left. Run the same command again to go on."


class _Stop:
    """Whether to stop: Ctrl-C, the end of a job (SIGTERM), or an event. A second signal breaks off at once."""

    def __init__(self, event: Event | None) -> None:
        self._event, self._signal = event, ""
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Stop:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self._signal:
            raise KeyboardInterrupt
        self._signal = signal.Signals(number).name

    def asked(self) -> str:
        """Who asked to stop; empty when nobody did."""
        return self._signal or ("stop" if self._event is not None and self._event.is_set() else "")


def shard_of(keys: Iterable[str], n: int) -> NDArray[np.int64]:
    """Return the shard, from 0 to n - 1, of each key: it depends on the key alone, so it stays when a design grows."""
    return np.array([int(key[:12], 16) % n for key in keys], np.int64)


def pending(table: pa.Table, states: Mapping[str, tuple[str, int]], shard: tuple[int, int] | None = None) -> Pending:
    """Return what is left of a design.

    Parameters
    ----------
    table
        The design table.
    states
        Key -> latest state and attempt, as the store has them.
    shard
        (i, n): only runs of the i-th of n shards, from 0.

    Raises
    ------
    StudyError
        ``STUDY-SHARD`` when there is no such shard.
    """
    keys = table["key"].to_pylist()
    mine = np.arange(len(keys))
    if shard is not None:
        i, n = shard
        if not 0 <= i < n:
            raise StudyError(
                "STUDY-SHARD", f"没有第 {i}/{n} 片", f"there is no shard {i}/{n}", where="--shard",
                mend_zh="请写 i/n，i 从 0 到 n-1", mend_en="write i/n with i from 0 to n-1",
            )  # fmt: skip
        mine = np.flatnonzero(shard_of(keys, n) == i)
    rows, tried, stored, taken = [], {}, 0, set()
    for row in mine.tolist():
        state, attempt = states.get(keys[row], ("", 0))
        if state in SETTLED:
            stored += 1
            continue
        if keys[row] in taken:  # futures that differ in ratios only share a run
            continue
        taken.add(keys[row])
        rows.append(row)
        if attempt:
            # A run that is to be tried again is stored as pending under the number of that attempt.
            tried[keys[row]] = attempt - 1
    return Pending(np.array(rows, np.int64), tried, stored)


@dataclass(frozen=True)
class Pending:
    """What is left of a design.

    Attributes
    ----------
    rows
        int64: positions in the design table.
    tried
        Key -> how often it was tried before, where it was.
    stored
        Runs of this shard that have a result.
    """

    rows: NDArray[np.int64]
    tried: Mapping[str, int]
    stored: int

    def tasks(self, table: pa.Table, rows: NDArray[np.int64] | None = None) -> Iterator[Task]:
        """Yield the tasks, some at a time, in the order of the table."""
        from edusim.study.design import tasks

        wanted = self.rows if rows is None else rows
        for start in range(0, wanted.size, _TASKS_AT_A_TIME):
            yield from tasks(table, wanted[start : start + _TASKS_AT_A_TIME], self.tried)


def store_of(study: Study) -> Store:
    """Return the store of a study for running: made, or opened and its design brought up to date.

    Raises
    ------
    StudyError
        ``STUDY-OTHER``, ``STUDY-MODEL-CHANGED`` and what else :meth:`edusim.study.store.Store.create` refuses.
    """
    from edusim.study import design
    from edusim.study.store import Store

    file = None
    if study.file:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            file = Path(study.file).read_text(encoding="utf-8")
    return Store.create(
        study.store, identity=study.identity, study=study.plain(), source=design.source_hash(), design=design.table(study),
        kept=study.keep, outcomes=[asdict(outcome) for outcome in study.outcomes], base_year=study.scenario.base_year, file=file,
    )  # fmt: skip


def carry_on(
    study: Study,
    store: Store,
    *,
    engine: Engine,
    shard: tuple[int, int] | None = None,
    progress: Progress | None = None,
    chunk: int = 500,
    stop: Event | None = None,
    before: str = "",
) -> Summary:
    """Make the runs that are left and store them as they come.

    Parameters
    ----------
    study, store
        The study, and its store, see :func:`store_of`.
    engine
        What carries the runs out; the caller ends it (``with Loky(2) as engine: ...``).
    shard
        (i, n): only runs of the i-th of n shards, from 0.
    progress
        Called with runs stored, runs in all and the time left in words, after results have reached the disk.
    chunk
        Results after which the journal is folded.
    stop
        Ends the call when it is set, as Ctrl-C and SIGTERM do in the main thread.
    before
        ``module:function`` called in the worker with each task before it is run; empty for none.

    Returns
    -------
    Summary
        Also when it was interrupted: what came until then is stored.

    Raises
    ------
    StudyError
        ``STUDY-DISK`` when the disk is too small, ``STUDY-SHARD``, ``STUDY-BUSY``, ``STUDY-NO-DASK``.
    RunError
        ``STUDY-WORKERS-DIE`` when workers die whatever they run; ``RUN-DISK-FULL``, ``RUN-FOLDER``.
    """
    begin = time.monotonic()
    table = store.design()
    refuse_small_disk(store, pending(table, store.states(), shard).rows.size, study.scenario.years)
    name = "all" if shard is None else f"{shard[0]}/{shard[1]}"
    with _Stop(stop) as asked, store.writer(shard=name, chunk=chunk) as writer:
        _clear_marks(Path(store.path) / "now")
        # Now that the place is ours, nobody else adds results of these runs.
        left = pending(table, store.states(), shard)
        session = _Session(study, store, engine, writer, progress, asked, left, before)
        session.run(table)
    made = session.made
    remaining = left.rows.size - sum(made.values())
    return Summary(
        made["done"], made["failed"], made["quarantined"], left.stored, remaining, time.monotonic() - begin,
        asked.asked() if remaining else "",
    )  # fmt: skip


def _clear_marks(folder: Path) -> None:
    """Take away the empty marks that workers of this machine left when their parent was killed: they were at nothing."""
    for mark in listed(folder, ""):
        host, _, pid = mark.name.rpartition("-")
        if host == host_name() and pid.isdigit() and math.isnan(started_at(int(pid))):
            with contextlib.suppress(OSError):
                if not mark.read_text(encoding="utf-8").split():
                    mark.unlink()


@dataclass
class _Session:
    """One call of :func:`carry_on`."""

    study: Study
    store: Store
    engine: Engine
    writer: Writer
    progress: Progress | None
    stop: _Stop
    left: Pending
    before: str
    made: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.job: Job = job_of(self.study, Path(self.store.path) / "now", self.before)
        self._begin = self._synced = self._beaten = time.monotonic()
        self._first: float = float("nan")
        self._unsynced = 0
        self._pace: float = float("nan")
        self._deaths: set[int] = set()
        self._why = ""

    # -- phases -----------------------------------------------------------------------------------------------

    def run(self, table: pa.Table) -> None:
        """Everything that is left, then the suspects."""
        keys = table["key"].to_pylist()
        mine = {keys[row] for row in self.left.rows.tolist()}
        suspects = self.store.suspects() & mine
        rows = self.left.rows
        held = np.array([keys[row] in suspects for row in rows.tolist()], bool)
        alone = list(self.left.tasks(table, rows[held]))
        self._report()
        try:
            alone += self._together(self.left.tasks(table, rows[~held]), int((~held).sum()))
            if not self.stop.asked():
                self._alone(alone, suspects)
        finally:
            if self.stop.asked():
                self.engine.stop(at_once=True)
            self._sync()

    def _together(self, source: Iterator[Task], count: int) -> list[Task]:
        """Hand everything out; return the suspects."""
        suspects: list[Task] = []
        lost: Counter[str] = Counter()
        while count and not self.stop.asked():
            again: list[Task] = []
            for batch, answer in self.engine.map(self.job, self._batches(source, count)):
                if isinstance(answer, Died):
                    if self.stop.asked():  # the end of a job takes its workers too
                        continue
                    guilty = set(answer.suspects)
                    for task in batch:
                        lost[task.key] += 1
                        # Lost twice and nobody knows why: then it is one of these.
                        blamed = task.key in guilty or (not guilty and lost[task.key] > 1)
                        (suspects if blamed else again).append(task)
                    self._died(answer)
                elif batch:
                    self._take(answer)
                self._look_around()
                if self.stop.asked():
                    break
            source, count = iter(again), len(again)
        return suspects

    def _alone(self, tasks: Sequence[Task], marked: set[str]) -> None:
        """Try each suspect in a process of its own; one that ends it is quarantined."""
        if not tasks:
            return
        with Loky(1) as one:
            for task in tasks:
                for batch, answer in one.map(self.job, [[task]]):
                    if isinstance(answer, Died):
                        self._died(answer)
                        self._take([_quarantined(task, answer, self.study)])
                    elif batch:
                        self._take(answer)
                    self._look_around()
                    if self.stop.asked():
                        one.stop(at_once=True)
                        return
                if task.key in marked:
                    self.store.forget_suspects([task.key])

    def _died(self, death: Died) -> None:
        """Count a death; after several without any result between them, see whether anything can run at all."""
        self._deaths.add(death.event)
        self._why = death.why or self._why
        if len(self._deaths) < DEATHS_IN_A_ROW:
            return
        control = Task("0" * 32, self.study.policies[0], self.study.designs[0], self.study.seeds.root, 0, ())
        with Loky(1) as one:
            for batch, answer in one.map(self.job, [[control]]):
                if batch and isinstance(answer, Died):
                    raise _all_die(self._why or answer.why, self.study)
                self._look_around()
        self._deaths.clear()

    # -- results ----------------------------------------------------------------------------------------------

    def _batches(self, source: Iterator[Task], count: int) -> Iterator[list[Task]]:
        handed = 0
        while not self.stop.asked():
            size = 1
            if self._pace == self._pace:
                size = min(MOST_IN_BATCH, int(BATCH_SECONDS.get(self.engine.name, 0.3) / max(self._pace, 1e-4)))
                # Towards the end batches grow small, so that all workers end together.
                size = max(1, min(size, math.ceil((count - handed) / (3 * self.engine.workers))))
            batch = list(islice(source, size))
            if not batch:
                return
            handed += len(batch)
            yield batch

    def _take(self, results: Sequence[Result]) -> None:
        if self._first != self._first:
            self._first = time.monotonic()
        self.writer.append(results)
        self._unsynced += len(results)
        for result in results:
            self.made[result.state] += 1
            if result.state == "done":
                self._deaths.clear()
                old = self._pace if self._pace == self._pace else result.seconds
                self._pace = old + 0.1 * (result.seconds - old)

    def _look_around(self) -> None:
        """Bring results to the disk, say that we live, when it is time."""
        now = time.monotonic()
        if self._unsynced and (self._unsynced >= SYNC_RUNS or now - self._synced >= SYNC_SECONDS):
            self._sync()
        if now - self._beaten >= BEAT_SECONDS:
            self.writer.beat()
            self._beaten = now

    def _sync(self) -> None:
        if self._unsynced:
            self.writer.sync()
            self._unsynced = 0
            self._report()
        self._synced = time.monotonic()

    def _report(self) -> None:
        if self.progress is None:
            return
        made, total = sum(self.made.values()), self.left.stored + self.left.rows.size
        remaining, text = self.left.rows.size - made, ""
        passed = time.monotonic() - self._first
        if made > 1 and passed > 0 and remaining:
            text = time_left(passed / made * remaining, language())
        self.progress(self.left.stored + made, total, text)


def _memory() -> str:
    import psutil

    return f"{psutil.virtual_memory().available / 1e9:.1f} GB"


def _quarantined(task: Task, death: Died, study: Study) -> Result:
    how = death.why or "unknown"
    free, pupils = _memory(), study.scenario.region_spec.n_pupils
    en = (
        f"The worker process of this run ended ({how}), among other runs and then once more alone in a process of its own. "
        f"SIGKILL is most often the system short of memory ({free} free here just now; county of {pupils} pupils). "
        "Give workers more memory or mend the setting, then `edusim study retry`."
    )
    zh = (
        f"此次运行的工作进程两次中途结束（{how}）：一次与其他运行一起，一次单独进行。SIGKILL 多半是内存不足"
        f"（此刻本机空闲 {free}；县学生数 {pupils}）。请给工作进程更多内存或改正取值，再运行 edusim study retry。"
    )
    return Result(
        task.key, task.attempt, "quarantined", worker=f"alone:{os.getpid()}", code="STUDY-KILLED-WORKER", error=f"{en}\n{zh}"
    )


def _all_die(why: str, study: Study) -> RunError:
    told = f"（{why}）" if why else "", f" ({why})" if why else ""
    return RunError(
        "STUDY-WORKERS-DIE",
        f"工作进程一再中途结束{told[0]}，不带任何杠杆的运行也是如此；已存的结果仍在",
        f"workers die again and again{told[1]}, even with a run without any lever; what is stored is safe",
        where=study.file,
        mend_zh=f"多半是内存不足（此刻空闲 {_memory()}）：请减少 -j 或县的规模，或给作业更多内存，再次运行即可继续",
        mend_en=f"most often memory is short ({_memory()} free now): use fewer workers (-j), a smaller county or jobs with more "
        "memory, and run again to go on",
    )  # fmt: skip


def retry(store: Store, states: Sequence[str] = ("failed", "quarantined")) -> int:
    """Let runs be tried again; return how many.

    Parameters
    ----------
    store
        The store; nobody may be writing to it.
    states
        States of the runs to try again.

    Raises
    ------
    StudyError
        ``STUDY-BUSY`` when a writer is at work.
    """
    with store.writer() as writer:
        planned = set(store.design()["key"].to_pylist())
        again = [
            Result(key, attempt + 1, "pending")
            for key, (state, attempt) in store.states().items()
            if state in states and key in planned
        ]
        writer.append(again)
        writer.sync()
    return len(again)


# -- room on the disk -------------------------------------------------------------------------------------------


def bytes_a_run(store: Store, years: int) -> float:
    """Return the bytes that a stored run takes.

    Measured on the store's chunks when they hold enough runs; else on a chunk of made-up numbers, which do not
    compress: real ones take less, a third to nearly as much.

    Parameters
    ----------
    store
        The store.
    years
        Years after the base year.
    """
    import pyarrow.parquet as pq

    size = rows = 0
    for file in sorted((store.path / "runs").glob("[!.]*.parquet"))[:20]:
        beside = store.path / "years" / file.name
        if beside.exists():
            size += file.stat().st_size + beside.stat().st_size
            rows += pq.read_metadata(file).num_rows
    if rows >= ENOUGH_ROWS:
        return size / rows
    table = store.design().slice(0, 200)
    if not table.num_rows:
        return 0.0
    layout = journal.Layout(store.kept, [str(o["name"]) for o in store.outcomes], store.base_year, table)
    random = np.random.default_rng(0)
    shape = (years, len(store.kept))
    base = random.normal(size=(1, len(store.kept)))  # runs of one draw begin alike
    results = [
        Result(
            key, 1, "done", np.concatenate((base, random.normal(size=shape))), random.normal(size=len(store.outcomes)), float(random.random()),
            random.bytes(32).hex(), "host:123456",
        )
        for key in table["key"].to_pylist()
    ]  # fmt: skip
    made_up = sum(len(journal.parquet(part)) for part in layout.tables(_rows(results, layout)))
    return float(made_up / table.num_rows)


def _rows(results: Sequence[Result], layout: journal.Layout) -> journal.Rows:
    head = journal.schema().serialize().to_pybytes()
    return journal.read(head + journal.to_batch(results, layout).serialize().to_pybytes())


def refuse_small_disk(store: Store, runs: int, years: int) -> None:
    """Refuse to begin what the disk cannot hold.

    Raises
    ------
    StudyError
        ``STUDY-DISK`` with what is needed and what is free.
    """
    if not runs:
        return
    needed = bytes_a_run(store, years) * runs * ROOM + FREE_BYTES
    free = shutil.disk_usage(store.path).free
    if needed > free:
        raise StudyError(
            "STUDY-DISK", f"磁盘放不下：还要 {_size(needed)}，只剩 {_size(free)}",
            f"the disk is too small: {_size(needed)} are needed, {_size(free)} are free", where=str(store.path),
            mend_zh="请腾出空间、换一个 store.path、少留指标（keep），或减少运行次数",
            mend_en="make room, set another store.path, keep fewer measures (keep), or make fewer runs",
        )  # fmt: skip


def _size(n: float) -> str:
    for unit in ("B", "kB", "MB", "GB"):
        if n < 1000:
            return f"{n:.3g} {unit}"
        n /= 1000
    return f"{n:.3g} TB"


__all__ = ["Pending", "Summary", "bytes_a_run", "carry_on", "pending", "refuse_small_disk", "retry", "shard_of", "store_of", "time_left"]
