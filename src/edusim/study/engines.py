"""Engines: what carries tasks to processes and brings results back, behind one small interface.

Engines give the same bits in whatever order they run: :class:`Here` in this process, :class:`Loky` in processes of
this machine, and Dask on a cluster (:mod:`edusim.study.dask_engine`). An engine holds few batches in flight, never believes
that a lost worker's tasks are guilty, and gives them back with what is known of the death.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import pickle
import queue
import re
import signal
import sys
import tempfile
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

from edusim.errors import RunError
from edusim.interrupts import held
from edusim.study.tasks import Result, Task
from edusim.study.work import Bench, Job, mark_of

#: One numerical thread a process: two in each of two processes on two cores are four times slower than one.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
#: Seconds after which an engine without news gives control back to the driver.
PULSE = 0.2


@dataclass(frozen=True)
class Died:
    """What is known of a worker that went away with a batch.

    Attributes
    ----------
    suspects
        Keys of the batch that were under way in some worker; the other tasks had nothing to do with it.
        Empty when that is not known.
    why
        How it ended, such as ``SIGKILL(-9)``; empty when not known.
    event
        Number of the death: batches lost in the same one have the same number.
    """

    suspects: tuple[str, ...]
    why: str
    event: int


Answer: TypeAlias = "tuple[Sequence[Task], list[Result] | Died]"


class Engine(Protocol):
    """What the driver needs of an engine.

    Attributes
    ----------
    name
        ``here``, ``local`` or ``dask``.
    workers
        Processes at work, as far as is known now.
    """

    name: str

    @property
    def workers(self) -> int:
        """Processes at work, as far as is known now."""
        ...

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def map(self, job: Job, batches: Iterable[Sequence[Task]]) -> Iterator[Answer]:
        """Carry batches out and yield each with its results, or with how its worker died; in any order.

        ``batches`` is read only as fast as workers are free. Without news for a moment an empty batch
        is yielded, so that the caller can look after other things.
        """
        ...

    def stop(self, at_once: bool = True) -> None:
        """End the workers: at once, or when what is in flight is finished."""
        ...


def available() -> int:
    """Return the processors that this process may use: its affinity, and what Slurm gave the job."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    given = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return max(1, min(count, int(given)) if given.isdigit() else count)


def compile_once() -> bool:
    """Compile every loop before workers start, one process of a machine at a time; return whether it had to.

    A stamp in the cache folder says that all is there for this installation; a process that was killed
    while it compiled leaves none.
    """
    from edusim import _compile
    from edusim.model import warm_up

    config = _compile.numba_config()
    if config.DISABLE_JIT:
        return False
    folder = Path(config.CACHE_DIR)
    # Numba keeps the loops of each installation and Python apart within the folder.
    which = hashlib.sha256(os.fsencode(Path(__file__).resolve().parents[1])).hexdigest()[:12]
    stamp = folder / f"compiled-{which}-{sys.implementation.cache_tag}"
    if stamp.exists():
        return False
    with _one_at_a_time(folder / f"{stamp.name}.lock"):
        if stamp.exists():
            return False
        warm_up()
        with contextlib.suppress(OSError):
            stamp.touch()
    return True


@contextlib.contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    """Hold a lock between processes; where the disk knows no locks, go on without."""
    try:
        import fcntl

        handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o644)
    except (ImportError, OSError):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class _Base:
    """What engines share: they are context managers that end their workers."""

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop(at_once=kind is not None)

    def stop(self, at_once: bool = True) -> None:
        """End the workers; see :meth:`Engine.stop`."""


class Here(_Base):
    """Carries tasks out in this process, one after another."""

    name = "here"
    workers = 1

    def __init__(self) -> None:
        self._bench: Bench | None = None

    def map(self, job: Job, batches: Iterable[Sequence[Task]]) -> Iterator[Answer]:
        """Carry batches out in their order; see :meth:`Engine.map`."""
        if self._bench is None or self._bench.job.id != job.id:
            self.stop()
            compile_once()
            self._bench = Bench(job)
        for batch in batches:
            yield batch, [self._bench.carry_out(task) for task in batch]

    def stop(self, at_once: bool = True) -> None:
        """Let go of what the bench kept."""
        if self._bench is not None:
            self._bench.close()
            self._bench = None


# -- in a worker process --------------------------------------------------------------------------------------

_BENCH: Bench | None = None
_PARENT = 0


def _begin_worker(parent: int) -> None:
    """Leave Ctrl-C and the end of a job to the parent, which ends its workers with one message."""
    global _PARENT
    _PARENT = parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def bench_for(job_id: str, content: Callable[[], bytes]) -> Bench:
    """Return the bench of this worker process; its job is read (``content``) once, and takes the place of another."""
    global _BENCH
    if _BENCH is None or _BENCH.job.id != job_id:
        close_bench()
        _BENCH = Bench(pickle.loads(content()), own_process=True)
    return _BENCH


def close_bench() -> None:
    """Let go of the bench of this worker process, and take its mark away."""
    global _BENCH
    if _BENCH is not None:
        _BENCH.close()
        _BENCH = None


def _carry_out(job_id: str, file: str, tasks: Sequence[Task]) -> list[Result]:
    """Carry a batch out in a worker."""
    bench = bench_for(job_id, Path(file).read_bytes)
    results = []
    for task in tasks:
        if _PARENT and os.getppid() != _PARENT:
            close_bench()
            os._exit(1)  # nobody waits for results any more
        results.append(bench.carry_out(task))
    return results


class Pooled(_Base, ABC):
    """Few batches in flight, news through one queue: what Loky and Dask share."""

    #: Processes that may join later: a cluster that adapts asks for as many as there are batches waiting for it.
    most = 0

    def __init__(self) -> None:
        self._deaths = itertools.count(1)

    @property
    @abstractmethod
    def workers(self) -> int:
        """Processes at work, as far as is known now."""

    @abstractmethod
    def _prepare(self, job: Job) -> None:
        """Get ready for a job."""

    @abstractmethod
    def _submit(self, batch: Sequence[Task]) -> Any:
        """Hand a batch out; return its future."""

    @abstractmethod
    def _answer(self, future: Any, batch: Sequence[Task]) -> list[Result] | Died:
        """Return what came of a batch."""

    def _look_after(self) -> None:
        """See to the workers; called now and then while there is no news."""

    def map(self, job: Job, batches: Iterable[Sequence[Task]]) -> Iterator[Answer]:
        """Carry batches out; see :meth:`Engine.map`."""
        self._prepare(job)
        news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        source, more = iter(batches), True
        out: dict[Any, Sequence[Task]] = {}
        while True:
            # One more for each worker than it is at, so that none waits for the driver.
            while more and len(out) < 2 * max(1, self.workers, self.most) + 1:
                batch = next(source, None)
                if batch is None:
                    more = False
                elif batch:
                    future = self._submit(batch)
                    out[future] = batch
                    future.add_done_callback(news.put)
            if not out:
                return
            try:
                future = news.get(timeout=PULSE)
            except queue.Empty:
                self._look_after()
                yield (), []
                continue
            batch = out.pop(future)
            yield batch, self._answer(future, batch)


class Loky(Pooled):
    """Processes of this machine, one numerical thread each.

    Parameters
    ----------
    workers
        Number of processes; 0: as many as this process may use.
    """

    name = "local"

    def __init__(self, workers: int = 0) -> None:
        super().__init__()
        self._workers = workers or available()
        self._pool: Any = None
        self._job: Job | None = None
        self._file: Path | None = None
        self._pids: set[int] = set()
        self._blamed: tuple[frozenset[str], str, int] = (frozenset(), "", 0)

    @property
    def workers(self) -> int:
        """Number of processes."""
        return self._workers

    def _prepare(self, job: Job) -> None:
        if self._job is None or self._job.id != job.id:
            self._forget_job()
            handle, name = tempfile.mkstemp(prefix="edusim-job-")
            with os.fdopen(handle, "wb") as file:
                pickle.dump(job, file, protocol=pickle.HIGHEST_PROTOCOL)
            self._job, self._file = job, Path(name)
        compile_once()

    def _submit(self, batch: Sequence[Task]) -> Any:
        from loky import ProcessPoolExecutor
        from loky.process_executor import BrokenProcessPool

        assert self._job is not None
        asked = (_carry_out, self._job.id, str(self._file), tuple(batch))
        if self._pool is not None:
            try:
                return self._note(self._pool.submit(*asked))
            except BrokenProcessPool:
                self._bury()
        # A worker that has grown is replaced by a fresh one, which is no news for a reader.
        warnings.filterwarnings("ignore", message="A worker was restarted", category=UserWarning)
        self._pool = ProcessPoolExecutor(
            max_workers=self._workers, env=dict.fromkeys(THREADS, "1"), initializer=_begin_worker, initargs=(os.getpid(),)
        )
        with held():
            return self._note(self._pool.submit(*asked))

    def _note(self, future: Any) -> Any:
        future.pool = self._pool
        self._pids.update(getattr(self._pool, "_processes", None) or ())
        return future

    def _answer(self, future: Any, batch: Sequence[Task]) -> list[Result] | Died:
        from concurrent.futures.process import BrokenProcessPool

        try:
            found: list[Result] = future.result()
            return found
        except BrokenProcessPool as problem:
            if future.pool is self._pool:
                self._bury(problem)
            blamed, why, event = self._blamed
            return Died(tuple(task.key for task in batch if task.key in blamed), why, event)
        except Exception as problem:
            raise cannot_work(problem) from problem

    def _bury(self, problem: BaseException | None = None) -> None:
        """Note what the workers of a broken pool were at, and let the pool go."""
        pool, self._pool = self._pool, None
        self._pids.update(getattr(pool, "_processes", None) or ())
        pool.shutdown(wait=True, kill_workers=True)
        said = re.findall(r"[A-Z]+\(-?\d+\)", str(problem or ""))
        self._blamed = (frozenset(self._take_marks()), ", ".join(dict.fromkeys(said)), next(self._deaths))

    def _take_marks(self) -> set[str]:
        """Return the keys that workers which are gone were at, and take their marks away."""
        found: set[str] = set()
        if self._job is not None and self._job.now:
            for pid in self._pids:
                mark = mark_of(self._job.now, pid)
                with contextlib.suppress(OSError):
                    found.update(mark.read_text(encoding="ascii").split())
                    mark.unlink()
        self._pids.clear()
        return found

    def _forget_job(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)
        self._job = self._file = None

    def stop(self, at_once: bool = True) -> None:
        """End the processes; their marks are taken away, for none of them died."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            self._pids.update(getattr(pool, "_processes", None) or ())
            pool.shutdown(wait=True, kill_workers=at_once)
        self._take_marks()
        self._forget_job()


def cannot_work(problem: BaseException) -> RunError:
    """Return what is told when a worker cannot even take a batch: not a fault of any run."""
    name = f"{type(problem).__name__}: {problem}".splitlines()[0][:200]
    return RunError(
        "STUDY-WORKER", f"工作进程无法接受任务（{name}）", f"a worker cannot take a batch ({name})",
        mend_zh="请检查各工作进程是否装有同一版本的 edusim", mend_en="check that every worker has the same edusim installed",
    )  # fmt: skip


__all__ = ["Died", "Engine", "Here", "Loky", "Pooled", "available", "bench_for", "cannot_work", "close_bench", "compile_once"]
