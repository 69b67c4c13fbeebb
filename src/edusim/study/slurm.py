"""A study on a Slurm cluster: an array of shards, submitted once, looked at, submitted again.

Every task of the array runs ``edusim study run FILE --shard i/n``: the same command a person could give on one
machine, so nothing but the queue is Slurm's. What a lost task had acknowledged is in the store; submitting
again carries on from there.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import math
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import RunError, StudyError, did_you_mean
from edusim.study.dask_engine import for_sbatch, refused_by_slurm
from edusim.study.disk import as_json, told, write_file
from edusim.study.engines import THREADS, compile_once

if TYPE_CHECKING:
    from edusim.study.study_file import Execution

#: Work that one shard is given, in seconds: long enough that starting does not matter, short enough to fit into gaps.
SHARD_SECONDS = 1200.0
#: Least work of a shard when a small study is spread over more nodes.
LEAST_SECONDS = 60.0
#: Where Slurm does not say: its own default of MaxArraySize.
MAX_ARRAY = 1001
#: Slurm's words for a task that may still write to the store.
LIVE = frozenset({
    "PENDING", "RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED",
    "RESIZING", "SIGNALING", "SPECIAL_EXIT", "STAGE_OUT", "STOPPED", "RESV_DEL_HOLD",
})  # fmt: skip
_ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Submission:
    """What ``submit`` did.

    Attributes
    ----------
    job
        Slurm's job id; empty when nothing was submitted.
    shards
        Tasks of the array; 0 when every run is done already.
    script
        Text of the script; empty when every run is done already.
    file
        Where the script was written; None with ``dry_run`` or when every run is done.
    """

    job: str = ""
    shards: int = 0
    script: str = ""
    file: Path | None = None


@dataclass(frozen=True)
class Job:
    """An array that was submitted for a store, and how its tasks stand.

    Attributes
    ----------
    job
        Slurm's job id.
    submitted
        When, in UTC.
    shards
        Tasks of the array.
    states
        Slurm's word for a state -> number of tasks; empty when Slurm no longer knows the job or cannot be asked.
    problem
        Slurm's words when it could not be asked; else empty.
    """

    job: str
    submitted: str
    shards: int
    states: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""

    @property
    def live(self) -> bool:
        """Whether a task of it is queued or running."""
        return any(state in LIVE for state in self.states)


def shards_for(runs: int, seconds: float, workers: int = 1, *, nodes: int = 1, most: int = MAX_ARRAY) -> int:
    """Return how many shards a study is cut into.

    Twenty minutes of work a shard; a smaller study is spread over two shards a node, as long as each has a
    minute of work. Never more than there are runs, nor than an array may have.

    Parameters
    ----------
    runs
        Runs that are left.
    seconds
        Time that they take in one process.
    workers
        Processes of a shard.
    nodes
        Nodes that may take part.
    most
        Tasks that an array may have (Slurm's MaxArraySize).
    """
    work = max(seconds, 0.0) / max(workers, 1)
    wanted = max(math.ceil(work / SHARD_SECONDS), min(2 * nodes, math.ceil(work / LEAST_SECONDS)), 1)
    return max(1, min(wanted, runs, most))


def megabytes(memory: str, where: str = "") -> int:
    """Return an amount of memory (``2GB``, ``1500 MB``, ``1.5G``) in whole megabytes, rounded up.

    Raises
    ------
    StudyError
        ``STUDY-MEMORY`` when it is no amount.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?B)?\s*", memory, re.ASCII | re.IGNORECASE)
    size = float(found[1]) * 1024.0 ** ("KMGT".index((found[2] or "M").upper()) - 1) if found else 0.0
    if size <= 0:
        raise StudyError(
            "STUDY-MEMORY", f"不认识的内存大小 {memory!r}", f"{memory!r} is no amount of memory", where=where,
            mend_zh="请写 2GB 或 1500MB", mend_en="write 2GB or 1500MB",
        )  # fmt: skip
    return math.ceil(size)


def _plain(text: str, where: str, *, path: bool = False) -> str:
    """Return a text that may stand in a line of the script; a line break in it would be a line of its own."""
    if any(ord(c) < 32 or ord(c) == 127 for c in text) or (path and "\\" in text):
        raise StudyError(
            "STUDY-SLURM-NAME", f"Slurm 的脚本里不能有这样的名字：{text!r}", f"a Slurm script cannot hold the name {text!r}",
            where=where, mend_zh="请去掉换行、控制符和反斜线", mend_en="take line breaks, control characters and backslashes out",
        )  # fmt: skip
    return text


def array_script(
    study_file: str | os.PathLike[str],
    store: str | os.PathLike[str],
    execution: Execution,
    shards: int,
    *,
    python: str = sys.executable,
    settings: Sequence[str] = (),
    here: str | os.PathLike[str] = "",
) -> str:
    """Return the text of an sbatch script that runs a study as an array of shards.

    Python takes the place of the script's shell (``exec``), so that the warning before the time limit
    (SIGTERM, ``--signal=B``) reaches the process that keeps the store, and nothing else.

    Parameters
    ----------
    study_file, store
        Study file and folder of the store; made absolute, since a task may start in another folder.
    execution
        Workers (1 when it says 0), memory, time, partition, account and lines of the study's ``execute``.
        ``#SBATCH`` lines join the options and win over those above them; any other line runs before Python.
    shards
        Tasks of the array.
    python
        Interpreter that has the package; the one that runs now.
    settings
        More words for ``edusim study run``, such as ``-S``, ``design.n=64``.
    here
        Folder from which relative names in the study start; the working folder.

    Raises
    ------
    StudyError
        ``STUDY-SLURM-NAME`` for a name that no script can hold, ``STUDY-MEMORY``.
    """
    file = _plain(os.path.abspath(study_file), str(study_file))
    folder = _plain(os.path.abspath(store), str(store), path=True)
    logs = os.path.join(folder, "slurm").replace("%", "%%") + "/%A_%a.log"
    workers = max(execution.workers, 1)
    lines = [line for given in execution.lines for line in given.splitlines()]
    name = "edusim-" + re.sub(r"[^\w.-]+", "-", Path(file).stem)
    options = [
        f"--job-name={for_sbatch(name)}",
        f"--array=0-{shards - 1}",
        "--nodes=1",
        "--ntasks=1",
        f"--cpus-per-task={workers}",
        f"--mem={megabytes(execution.memory, file) * workers}M",
        f"--time={for_sbatch(_plain(execution.time, file))}",
        *([f"--partition={for_sbatch(_plain(execution.partition, file))}"] if execution.partition else []),
        *([f"--account={for_sbatch(_plain(execution.account, file))}"] if execution.account else []),
        f"--output={for_sbatch(logs)}",
        "--open-mode=append",
        "--requeue",
        "--signal=B:TERM@60",
    ]
    words = [_plain(word, file) for word in (python, "-m", "edusim", "study", "run", file)]
    changes = [_plain(word, file) for word in settings]
    start = _plain(os.path.abspath(here), str(here))
    again = shlex.join(["edusim", "study", "submit", file, "--slurm", *changes])
    return "\n".join([
        "#!/bin/bash",
        f"# A study as an array of {shards} shards. Runs that are stored are skipped, so after a failure, a cancelled",
        "# task or the time limit, submit the same again:",
        f"#   cd {shlex.quote(start)} && {again}",
        "# or, when no task of it is queued or running any more:",
        f"#   sbatch {shlex.quote(os.path.join(folder, 'slurm', 'array.sh'))}",
        *(f"#SBATCH {option}" for option in options),
        *(line for line in lines if line.startswith("#SBATCH")),
        "",
        "# One numerical thread a process: the workers are the parallel part.",
        f"export {' '.join(f'{name}=1' for name in THREADS)}",
        *(line for line in lines if not line.startswith("#SBATCH")),
        f"cd {shlex.quote(start)} || exit 1  # names in the study may start from here",
        "",
        "# One minute before the time limit Slurm sends SIGTERM to this process: `exec` makes Python that process.",
        f"exec {shlex.join(words)} \\",
        " ".join([
            f'  --shard "$SLURM_ARRAY_TASK_ID/{shards}" -j "$SLURM_CPUS_PER_TASK" --engine local', *map(shlex.quote, changes)
        ]),
        "",
    ])  # fmt: skip


def _call(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Slurm; one that is missing or does not answer counts as failed, in its own words."""
    try:
        return subprocess.run(
            words, capture_output=True, text=True, errors="replace", timeout=_ANSWER_SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, 1, "", f"{words[0]}: no answer within {_ANSWER_SECONDS} s")
    except OSError as problem:
        return subprocess.CompletedProcess(words, 127, "", f"{words[0]}: {problem.strerror or problem}")


def _said(answer: subprocess.CompletedProcess[str]) -> str:
    """Return what a command complained of, on one line, without its own name before every part."""
    parts = [re.sub(r"^\w+: (error: )?", "", line.strip()) for line in answer.stderr.splitlines() if line.strip()]
    return "; ".join(dict.fromkeys(parts))[:500] or f"status {answer.returncode}"


def _read(store: Path) -> list[dict[str, Any]]:
    file = store / "slurm" / "jobs.json"
    try:
        found = json.loads(file.read_text(encoding="utf-8"))["jobs"]
        return [{"job": str(j["job"]), "cluster": str(j["cluster"]), "submitted": str(j["submitted"]), "shards": int(j["shards"])}
                for j in found]  # fmt: skip
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StudyError(
            "STUDY-SLURM-JOBS", f"读不懂已提交作业的记录（{type(problem).__name__}）",
            f"the record of submitted jobs cannot be read ({type(problem).__name__})", where=str(file),
            mend_zh="请用 squeue 确认没有作业在运行，然后删除此文件",
            mend_en="see with squeue that no job of the study is under way, then delete this file",
        ) from None  # fmt: skip


def _write(file: Path, data: bytes) -> None:
    with told(file):
        write_file(file, data)


def _states(job: str, cluster: str) -> tuple[dict[str, int], str]:
    """Return the states of a job's tasks, or Slurm's words when it cannot be asked."""
    there = [f"--clusters={cluster}"] if cluster else []
    answer = _call("squeue", "--noheader", "--array", "--states=all", f"--jobs={job}", "--format=%T", *there)
    found = answer.stdout.split() if answer.returncode == 0 else []
    problem = ""
    if answer.returncode != 0 and "nvalid job id" not in answer.stderr:
        problem = _said(answer)
    if not found and not problem:
        # Slurm forgets a job some minutes after its end; where accounts are kept, they still know it.
        told = _call("sacct", "--noheader", "--parsable2", "--allocations", f"--jobs={job}", "--format=State", *there)
        if told.returncode == 0:
            found = [line.split()[0] for line in told.stdout.splitlines() if line.strip()]
    return dict(Counter(found)), problem


def jobs(store: str | os.PathLike[str]) -> list[Job]:
    """Return the arrays submitted for a store, oldest first, and how their tasks stand.

    ``squeue`` is asked, then ``sacct`` where there is one; a job that neither knows has no states, and is over.

    Raises
    ------
    StudyError
        ``STUDY-SLURM-JOBS`` when the record in the store cannot be read.
    """
    found = []
    for one in _read(Path(store)):
        states, problem = _states(one["job"], one["cluster"])
        found.append(Job(one["job"], one["submitted"], one["shards"], states, problem))
    return found


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for one submission at a time, so that two people cannot both see an empty queue."""
    try:
        import fcntl
    except ImportError:  # no Slurm there either
        yield
        return
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StudyError(
                "STUDY-BUSY", "另一个进程正在提交这项研究", "another process is submitting this study", where=str(folder),
                mend_zh="请稍后再试", mend_en="try again in a moment",
            ) from None  # fmt: skip
        except OSError:  # a file system without locks
            pass
        yield


def refuse_while_live(store: str | os.PathLike[str]) -> None:
    """Refuse to go on while an array submitted for a store is queued or running.

    Raises
    ------
    StudyError
        ``STUDY-BUSY``, naming the job and how to cancel it; ``STUDY-SLURM-JOBS``.
    RunError
        ``STUDY-SLURM`` when Slurm does not say.
    """
    for job in jobs(store):
        if job.problem:
            raise RunError(
                "STUDY-SLURM", f"无法向 Slurm 询问作业 {job.job}：{job.problem}", f"Slurm cannot be asked about job {job.job}: {job.problem}",
                where=str(store), mend_zh="请稍后再提交", mend_en="submit again later",
            )  # fmt: skip
        if job.live:
            shown = ", ".join(f"{n} {state}" for state, n in sorted(job.states.items()))
            raise StudyError(
                "STUDY-BUSY", f"作业 {job.job} 仍在排队或运行（{shown}）", f"job {job.job} is still queued or running ({shown})",
                where=str(store), mend_zh=f"请等它结束，或先取消：scancel {job.job}",
                mend_en=f"wait until it has ended, or cancel it first: scancel {job.job}",
            )  # fmt: skip


def _limits(partition: str) -> tuple[int, int]:
    """Return (nodes that may take part, tasks that an array may have) as this cluster says."""
    listed = _call("sinfo", "--noheader", "--Node", "--format=%N", *([f"--partition={partition}"] if partition else []))
    nodes = len(set(listed.stdout.split())) or 1
    told = re.search(r"^MaxArraySize\s*=\s*(\d+)", _call("scontrol", "show", "config").stdout, re.MULTILINE)
    return nodes, int(told[1]) if told else MAX_ARRAY


def _refused(answer: subprocess.CompletedProcess[str], execution: Execution, where: str) -> StudyError:
    mend = None
    if "partition" in answer.stderr.lower():
        known = _call("sinfo", "--noheader", "--format=%R").stdout.split()
        if known and execution.partition not in known:
            mend = did_you_mean(execution.partition, sorted(set(known)))
    return refused_by_slurm(answer.stderr, f"{where}: execute", mend)


def submit(
    study_file: str | os.PathLike[str],
    store: str | os.PathLike[str],
    execution: Execution,
    *,
    runs: int,
    seconds: float,
    python: str = sys.executable,
    settings: Sequence[str] = (),
    here: str | os.PathLike[str] = "",
    make_store: Callable[[], object] | None = None,
    dry_run: bool = False,
) -> Submission:
    """Submit what is left of a study as one array, and record it in ``slurm/jobs.json`` of the store.

    Compiled loops are made first, here, so that a thousand tasks do not all compile them.

    Parameters
    ----------
    study_file, store, execution, python, settings, here
        As for :func:`array_script`; ``execution.shards`` 0 leaves the number to :func:`shards_for`.
    runs
        Runs that are left; with 0 nothing is submitted.
    seconds
        Time that they take in one process.
    make_store
        Called before anything is written: makes the store or opens it, so that a study that contradicts it is
        refused here and not by every task.
    dry_run
        Only return the script: nothing is written, and no Slurm is needed.

    Raises
    ------
    StudyError
        ``STUDY-BUSY`` while a job of this study is queued or running, ``STUDY-NO-SLURM`` without ``sbatch``,
        ``STUDY-SLURM-REFUSED`` with sbatch's own words, ``STUDY-SHARDS`` for more shards than an array may have,
        and those of :func:`array_script`.
    RunError
        ``STUDY-SLURM`` when Slurm does not answer; ``RUN-FOLDER``, ``RUN-DISK-FULL``.
    """
    if runs <= 0:
        return Submission()
    found = shutil.which("sbatch") is not None
    if not found and not dry_run:
        raise StudyError(
            "STUDY-NO-SLURM", "这台机器上没有 sbatch", "there is no sbatch on this machine", where=str(study_file),
            mend_zh="请在集群的登录节点上提交；或用 --dry-run 只写脚本，或用 edusim study run 在本机运行",
            mend_en="submit on a login node of the cluster; or see the script with --dry-run, or run here with `edusim study run`",
        )  # fmt: skip
    nodes, most = _limits(execution.partition) if found else (1, MAX_ARRAY)
    if execution.shards > most:
        raise StudyError(
            "STUDY-SHARDS", f"{execution.shards} 个分片，超过本集群一个数组作业的上限 {most}",
            f"{execution.shards} shards are more than the {most} that an array of this cluster may have",
            where=f"{study_file}: execute.shards", mend_zh=f"至多写 {most}", mend_en=f"write at most {most}",
        )  # fmt: skip
    shards = min(execution.shards, runs) or shards_for(runs, seconds, execution.workers, nodes=nodes, most=most)
    script = array_script(study_file, store, execution, shards, python=python, settings=settings, here=here)
    if dry_run:
        return Submission("", shards, script)

    if make_store is not None:
        make_store()
    folder = Path(os.path.abspath(store)) / "slurm"
    file = folder / "array.sh"
    with told(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        refuse_while_live(folder.parent)
        compile_once()
        _write(file, script.encode())
        answer = _call("sbatch", "--parsable", str(file))
        if answer.returncode != 0:
            raise _refused(answer, execution, str(study_file))
        job, _, cluster = answer.stdout.strip().partition(";")
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        record = [*_read(folder.parent), {"job": job, "cluster": cluster, "submitted": now, "shards": shards}]
        _write(folder / "jobs.json", as_json({"schema_version": 1, "jobs": record}))
    return Submission(job, shards, script, file)
