"""Dask as an engine: workers of this machine, or jobs that Slurm is asked for as there is work."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import RunError, StudyError
from edusim.study.engines import THREADS, Died, Pooled, available, bench_for, cannot_work, close_bench, compile_once
from edusim.study.tasks import Result, Task
from edusim.study.work import Job

if TYPE_CHECKING:
    from edusim.study.study_file import Execution

def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise StudyError(
            "STUDY-NO-DASK", "此方式需要 Dask，尚未安装", "this way of running needs Dask, which is not installed",
            where="execute.on",
            mend_zh="请运行 pip install 'edusim-groups[cluster]'，或改用 on: local 或 on: slurm",
            mend_en="run pip install 'edusim-groups[cluster]', or use on: local or on: slurm",
        ) from None  # fmt: skip
    return distributed


_JOBS: dict[str, bytes] = {}


def _take_job(job_id: str, content: bytes) -> None:
    """Keep a job for when its first batch comes."""
    _JOBS[job_id] = content


def _carry_out_there(job_id: str, tasks: Sequence[Task]) -> list[Result]:
    """Carry a batch out in a worker of a cluster, its loops compiled before the first."""

    def content() -> bytes:
        compile_once()
        return _JOBS[job_id]

    bench = bench_for(job_id, content)
    return [bench.carry_out(task) for task in tasks]


class Dask(Pooled):
    """Workers of a Dask cluster, one thread each.

    Parameters
    ----------
    cluster
        A ``distributed.Client``, a cluster that one can be made for, or a scheduler's address.
    owns
        Whether the cluster is closed at the end.
    most
        Processes that the cluster may come to have; 0 when it stays as it is.

    Raises
    ------
    StudyError
        ``STUDY-NO-DASK`` when Dask is not installed.
    """

    name = "dask"

    def __init__(self, cluster: Any, *, owns: bool = False, most: int = 0) -> None:
        super().__init__()
        distributed = _distributed()
        self.most = most
        is_client = isinstance(cluster, distributed.Client)
        self.client: Any = cluster if is_client else distributed.Client(cluster, set_as_default=False)
        self._cluster: Any = cluster if owns else None
        self._settings = contextlib.ExitStack()
        self._owns_client = not is_client
        self._job: Job | None = None
        self._out: set[Any] = set()

    @property
    def workers(self) -> int:
        """Processes at work now; a cluster that adapts begins with none."""
        return max(1, len(self.client.scheduler_info(n_workers=-1).get("workers", ())))

    def _prepare(self, job: Job) -> None:
        if self._job is None or self._job.id != job.id:
            self.client.register_plugin(_plugin(job), name="edusim-job")
            self._job = job

    def _submit(self, batch: Sequence[Task]) -> Any:
        assert self._job is not None
        # A name of its own for each hand-out: Dask would else give an old answer for the same tasks.
        name = f"edusim-{batch[0].key}-{os.urandom(4).hex()}"
        future = self.client.submit(_carry_out_there, self._job.id, tuple(batch), key=name, pure=False, retries=0)
        self._out.add(future)
        return future

    def _answer(self, future: Any, batch: Sequence[Task]) -> list[Result] | Died:
        distributed = _distributed()
        self._out.discard(future)
        if future.status == "finished":
            try:
                found: list[Result] = future.result()
                return found
            except (OSError, distributed.CommClosedError, distributed.TimeoutError):
                return Died((), "", next(self._deaths))
        if future.status in ("cancelled", "lost"):
            return Died((), future.status, next(self._deaths))
        problem = future.exception()
        if isinstance(problem, distributed.scheduler.KilledWorker):
            return Died(self._marked(batch), "", next(self._deaths))
        raise cannot_work(problem) from problem

    def _marked(self, batch: Sequence[Task]) -> tuple[str, ...]:
        """Return the keys of a lost batch that a worker had begun and not ended, and take their marks away."""
        keys = {task.key for task in batch}
        found = []
        if self._job is not None and self._job.now:
            for mark in Path(self._job.now).glob("*-*"):
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    words = mark.read_text(encoding="ascii").split()
                    if words and words[0] in keys:
                        found.append(words[0])
                        mark.unlink()
        return tuple(found)

    def stop(self, at_once: bool = True) -> None:
        """Cancel what is in flight; close the cluster when it is ours."""
        if self.client is None:
            return
        with contextlib.suppress(Exception):
            if self._out:
                self.client.cancel(list(self._out), force=True)
        self._out.clear()
        with contextlib.suppress(Exception):
            if not at_once:
                self.client.run(close_bench)
            self.client.unregister_worker_plugin("edusim-job")
        if self._owns_client:
            with contextlib.suppress(Exception):
                self.client.close(timeout=10)
        if self._cluster is not None:
            with contextlib.suppress(Exception):
                self._cluster.close(timeout=20)
        self._settings.close()
        self._job = self.client = None


def _plugin(job: Job) -> Any:
    """Return what gives a job to every worker, also to those that come later."""
    from distributed.diagnostics.plugin import WorkerPlugin

    class Hand(WorkerPlugin):
        def __init__(self, job_id: str, content: bytes) -> None:
            self.job_id, self.content = job_id, content

        def setup(self, worker: Any) -> None:
            _take_job(self.job_id, self.content)

    return Hand(job.id, pickle.dumps(job, protocol=pickle.HIGHEST_PROTOCOL))


#: Settings of Dask under which a death is told at once, and a batch waits with the scheduler until a worker is free.
DASK_SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.scheduler.work-stealing": False,
    "distributed.comm.timeouts.connect": "60s",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
}


def dask_here(workers: int = 0) -> Dask:
    """Return Dask on this machine: what a cluster does, without one.

    Parameters
    ----------
    workers
        Number of processes; 0: as many as this process may use.
    """
    distributed = _distributed()
    import dask

    compile_once()
    with _threads(), dask.config.set(DASK_SETTINGS):
        cluster = distributed.LocalCluster(
            n_workers=workers or available(), threads_per_worker=1, processes=True, dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )  # fmt: skip
    return Dask(cluster, owns=True)


def dask_on_slurm(execution: Execution, folder: Path, *, jobs: int) -> Dask:
    """Return Dask on Slurm: jobs are asked for as there is work, and asked for again when they are lost.

    Parameters
    ----------
    execution
        Memory of a worker, time, partition, account, further lines of the script: ``#SBATCH`` lines join the
        options, others run before the worker; ``workers``: see ``jobs``.
    folder
        Folder of the store; scripts' logs go to its ``slurm``.
    jobs
        Most jobs at a time, each of one worker on one processor; times ``execution.workers`` where that is given.

    Raises
    ------
    StudyError
        ``STUDY-NO-DASK`` when Dask or dask-jobqueue is not installed; ``STUDY-SLURM-REFUSED`` with Slurm's own
        words when it would not take a job.
    """
    _distributed()
    try:
        import dask_jobqueue

        slurm: Any = dask_jobqueue
    except ImportError:
        raise StudyError(
            "STUDY-NO-DASK", "在 Slurm 上使用 Dask 需要 dask-jobqueue，尚未安装",
            "Dask on Slurm needs dask-jobqueue, which is not installed", where="execute.on",
            mend_zh="请运行 pip install 'edusim-groups[cluster]'，或改用 on: slurm",
            mend_en="run pip install 'edusim-groups[cluster]', or use on: slurm",
        ) from None  # fmt: skip
    import dask

    logs = Path(folder) / "slurm"
    logs.mkdir(parents=True, exist_ok=True)
    # One worker a job: of several in one job Dask would not ask for new ones when the job is cancelled.
    most = max(1, jobs) * max(1, execution.workers)
    own = [line for line in execution.lines if not line.startswith("#SBATCH")]
    directives = [line.removeprefix("#SBATCH").strip() for line in execution.lines if line.startswith("#SBATCH")]
    log = str(logs.resolve()).replace("%", "%%")
    settings, cluster = contextlib.ExitStack(), None
    # Some are asked for only when something is lost, so they hold until the cluster is closed. After how long a lost
    # job is replaced is left as Dask has it (15 s): a worker that only fell over is back before that, in the same job.
    settings.enter_context(dask.config.set(DASK_SETTINGS))
    try:
        cluster = slurm.SLURMCluster(
            queue=execution.partition or None, account=execution.account or None, walltime=execution.time,
            cores=1, processes=1, memory=execution.memory, python=sys.executable,
            job_extra_directives=[f"--output={for_sbatch(f'{log}/dask-%j.log')}", "--open-mode=append", *directives],
            job_script_prologue=own + [f"export {name}=1" for name in THREADS] + _passed_on() + _for_workers(),
            local_directory=os.environ.get("TMPDIR") or tempfile.gettempdir(),
            death_timeout=120, scheduler_options={"dashboard_address": ":0"}, silence_logs="critical",
        )  # fmt: skip
        # Never scale: a job that is lost is then not replaced. Dask asks for as many jobs as the work in sight keeps
        # busy for the target duration; little is in sight, for batches are handed out late, so that is set low.
        _try_script(cluster.job_script())
        cluster.adapt(minimum_jobs=1, maximum_jobs=most, interval="1s", wait_count=10, target_duration="50ms")
        found = _DaskOnSlurm(cluster, logs, owns=True, most=most)
    except BaseException:
        if cluster is not None:
            cluster.close(timeout=20)
        settings.close()
        raise
    found._settings = settings
    return found


def _try_script(script: str) -> None:
    """Ask Slurm whether it would take a job: Dask would only ask again and again, and say nothing."""
    try:
        answer = subprocess.run(
            ["sbatch", "--test-only"], input=script, capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise refused_by_slurm(str(problem)) from None
    if answer.returncode != 0:
        raise refused_by_slurm(answer.stderr)


def refused_by_slurm(said: str, where: str = "execute", mend: tuple[str, str] | None = None) -> StudyError:
    """Return what is told when Slurm does not take a job: its own words, on one line."""
    parts = [re.sub(r"^\w+: (error: )?", "", line.strip()) for line in said.splitlines() if line.strip()]
    words = "; ".join(dict.fromkeys(parts))[:500] or "?"
    zh, en = mend or ("请改 execute 一节后再试", "change the section `execute` and try again")
    return StudyError(
        "STUDY-SLURM-REFUSED", f"Slurm 拒绝了作业：{words}", f"Slurm refused the job: {words}", where=where, mend_zh=zh, mend_en=en
    )


class _DaskOnSlurm(Dask):
    """Dask whose workers are jobs: one that ends before it has begun is asked for again, as Dask alone would not."""

    #: Seconds between two looks at the jobs; jobs in a row that may end before one begins work.
    look, patience = 5.0, 5

    def __init__(self, cluster: Any, logs: Path, *, owns: bool, most: int) -> None:
        super().__init__(cluster, owns=owns, most=most)
        self._logs = logs
        self._next_look = time.monotonic() + self.look
        self._missed: set[str] = set()
        self._in_vain = 0

    def _look_after(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + self.look
        there = {worker["name"] for worker in self.client.scheduler_info(n_workers=-1).get("workers", {}).values()}
        if there:
            self._in_vain = 0
        waiting = {name: str(job.job_id) for name, job in list(self._cluster.workers.items()) if name not in there and job.job_id}
        live = _live_jobs(list(waiting.values())) if waiting else set()
        if live is None:
            return
        missed = {name for name, job in waiting.items() if job not in live}
        # Seen twice: between the two questions a worker may have come or gone in good order.
        gone, self._missed = missed & self._missed, missed
        if gone:
            self._in_vain += len(gone)
            if self._in_vain >= self.patience and not there:
                raise RunError(
                    "STUDY-DASK-JOBS", f"{self._in_vain} 个作业都在开始工作之前结束", f"{self._in_vain} jobs ended before any began to work",
                    where=str(self._logs), mend_zh="请看其中 dask-*.log 的最后几行", mend_en="see the last lines of dask-*.log there",
                )  # fmt: skip
            self._cluster.sync(_forget, self._cluster, gone)


async def _forget(cluster: Any, gone: set[str]) -> None:
    """Let a cluster know that jobs are no more, and have it bring their number up again."""
    for name in gone:
        job = cluster.workers.pop(name, None)
        if job is not None:
            with contextlib.suppress(Exception):
                await job.close()
    await cluster._correct_state()


def _live_jobs(jobs: list[str]) -> set[str] | None:
    """Return which of these jobs are queued or running; None when Slurm does not say."""
    try:
        answer = subprocess.run(
            ["squeue", "--noheader", f"--jobs={','.join(jobs)}", "--format=%i"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if answer.returncode != 0 and "nvalid job id" not in answer.stderr:
        return None
    return set(answer.stdout.split())


def _for_workers() -> list[str]:
    """Return lines that give the workers of a job their part of Dask's settings, which is not sent to them."""
    words = {name: value for name, value in DASK_SETTINGS.items() if name.startswith("distributed.worker.")}
    return [f"export DASK_{name.upper().replace('.', '__')}={value}" for name, value in words.items()]


def for_sbatch(text: str) -> str:
    """Quote a value in a ``#SBATCH`` line: sbatch reads these itself, by rules that are not the shell's."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _passed_on() -> list[str]:
    """Return lines that give a job what it needs to find this installation and its compiled loops."""
    import shlex

    names = ("PYTHONPATH", "EDUSIM_CACHE", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "NUMBA_DISABLE_JIT")
    return [f"export {name}={shlex.quote(os.environ[name])}" for name in names if os.environ.get(name)]


@contextlib.contextmanager
def _threads() -> Iterator[None]:
    """Hold processes that are started here to one numerical thread."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


__all__ = ["Dask", "dask_here", "dask_on_slurm", "for_sbatch", "refused_by_slurm"]
