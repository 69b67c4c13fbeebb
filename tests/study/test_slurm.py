"""Studies on Slurm: the script, what is refused, and (marked `slurm`) a real Slurm of two virtual nodes."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet as pq
import pytest

from edusim import cli
from edusim.errors import RunError, StudyError
from edusim.study import dask_engine, slurm
from edusim.study.disk import host_name
from edusim.study.driver import shard_of
from edusim.study.store import Store
from edusim.study.study_file import Execution, load
from edusim.study.tasks import Task
from edusim.study.work import job_of

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """\
#!/bin/bash
# A study as an array of 8 shards. Runs that are stored are skipped, so after a failure, a cancelled
# task or the time limit, submit the same again:
#   cd /data && edusim study submit /data/sweep.yaml --slurm -S design.n=64
# or, when no task of it is queued or running any more:
#   sbatch /data/out/sweep/slurm/array.sh
#SBATCH --job-name="edusim-sweep"
#SBATCH --array=0-7
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=4096M
#SBATCH --time="04:00:00"
#SBATCH --partition="short"
#SBATCH --account="edu"
#SBATCH --output="/data/out/sweep/slurm/%A_%a.log"
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --qos=low

# One numerical thread a process: the workers are the parallel part.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMBA_NUM_THREADS=1
module load python/3.12
cd /data || exit 1  # names in the study may start from here

# One minute before the time limit Slurm sends SIGTERM to this process: `exec` makes Python that process.
exec /opt/bin/python -m edusim study run /data/sweep.yaml \\
  --shard "$SLURM_ARRAY_TASK_ID/8" -j "$SLURM_CPUS_PER_TASK" --engine local -S design.n=64
"""
#: Folders as people really name them, and some that try to be more than a name.
NAMES = ("实验 一", "it's \"mine\"", "$(touch owned) `touch owned`", "a;b&c", "50% #2 %j", "-rf", "~")


def test_the_script_word_for_word() -> None:
    execution = Execution(
        on="slurm", workers=2, memory="2GB", partition="short", account="edu", lines=("#SBATCH --qos=low", "module load python/3.12")
    )
    text = slurm.array_script("/data/sweep.yaml", "/data/out/sweep", execution, 8, python="/opt/bin/python", settings=["-S", "design.n=64"], here="/data")
    assert text == SCRIPT


@pytest.mark.parametrize("name", NAMES)
def test_no_name_can_break_out_of_the_script(tmp_path: Path, name: str) -> None:
    """The shell is given the script with another program in Python's place, which says what it was called with."""
    folder = tmp_path / name
    folder.mkdir()
    python = folder / "python"
    python.write_text('#!/bin/sh\nprintf "%s\\n" "$OMP_NUM_THREADS" "$PPID" "$PWD" "$@"\n')
    python.chmod(0o755)
    text = slurm.array_script(folder / "study.yaml", folder / "out", Execution(), 5, python=str(python), settings=["-S", f"x={name}"], here=folder)
    (tmp_path / "array.sh").write_text(text)
    environment = os.environ | {"SLURM_ARRAY_TASK_ID": "3", "SLURM_CPUS_PER_TASK": "1"}
    shell = subprocess.Popen(
        ["bash", str(tmp_path / "array.sh")], stdout=subprocess.PIPE, text=True, env=environment, cwd=tmp_path
    )
    said = shell.communicate()[0].splitlines()
    assert said[0] == "1"
    # Had the shell started Python as a child, its parent would be the shell and not this test.
    assert said[1] == str(os.getpid())
    file = str(folder / "study.yaml")
    assert said[2] == str(folder)
    assert said[3:] == ["-m", "edusim", "study", "run", file, "--shard", "3/5", "-j", "1", "--engine", "local", "-S", f"x={name}"]
    assert not list(tmp_path.rglob("owned"))


@pytest.mark.parametrize(("file", "store"), [("a\nb.yaml", "out"), ("a.yaml", "o\\ut"), ("a.yaml", "o\rut")])
def test_a_name_that_no_script_can_hold_is_refused(file: str, store: str) -> None:
    with pytest.raises(StudyError) as caught:
        slurm.array_script(file, store, Execution(), 2)
    assert caught.value.code == "STUDY-SLURM-NAME"
    with pytest.raises(StudyError):
        slurm.array_script("a.yaml", "out", Execution(partition="p\n#SBATCH --uid=0"), 2)


@pytest.mark.parametrize(
    ("text", "expected"), [("2GB", 2048), ("1500 MB", 1500), ("1.5G", 1536), ("512", 512), ("1TiB", 1 << 20), ("3000k", 3)]
)
def test_memory_as_people_write_it(text: str, expected: int) -> None:
    assert slurm.megabytes(text) == expected


@pytest.mark.parametrize("text", ["", "much", "-2GB", "0", "2XB", "2 G B"])
def test_memory_that_is_none(text: str) -> None:
    with pytest.raises(StudyError) as caught:
        slurm.megabytes(text, "study.yaml")
    assert caught.value.code == "STUDY-MEMORY" and caught.value.where == "study.yaml"


@pytest.mark.parametrize(
    ("runs", "seconds", "workers", "nodes", "most", "expected"),
    [
        (100_000, 100_000.0, 1, 4, 1001, 84),  # twenty minutes of work each
        (100_000, 100_000.0, 4, 4, 1001, 21),
        (200, 30.0, 1, 10, 1001, 1),  # half a minute is not worth spreading
        (200, 600.0, 1, 10, 1001, 10),  # a minute each
        (200, 6000.0, 1, 10, 1001, 20),  # two a node
        (5, 100_000.0, 1, 10, 1001, 5),  # a run is not cut
        (10**6, 10**8, 1, 1000, 1001, 1001),  # what an array may have
        (10, 0.0, 1, 2, 1001, 1),
    ],
)
def test_how_many_shards(runs: int, seconds: float, workers: int, nodes: int, most: int, expected: int) -> None:
    assert slurm.shards_for(runs, seconds, workers, nodes=nodes, most=most) == expected


Fake = Callable[..., None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """Programs of Slurm that say what a test wants to hear; those not given are missing."""
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(slurm, "compile_once", lambda: False)

    def put(name: str, out: str = "", error: str = "", status: int = 0) -> None:
        file = programs / name
        file.write_text(f"#!/bin/sh\nprintf '%s\\n' {shlex.quote(out)}\nprintf '%s\\n' {shlex.quote(error)} >&2\nexit {status}\n")
        file.chmod(0o755)

    return put


def give(store: Path, **more: object) -> slurm.Submission:
    return slurm.submit("/data/sweep.yaml", store, more.pop("execution", Execution()), runs=40, seconds=4000.0, **more)  # type: ignore[arg-type]


def test_without_slurm_it_says_so_and_still_shows_the_script(tmp_path: Path, fake: Fake) -> None:
    with pytest.raises(StudyError) as caught:
        give(tmp_path / "out")
    assert caught.value.code == "STUDY-NO-SLURM" and "--dry-run" in caught.value.mend_en
    shown = give(tmp_path / "out", dry_run=True)
    assert shown.script.startswith("#!/bin/bash") and shown.shards == 4 and shown.job == ""
    assert not (tmp_path / "out").exists()


def test_all_done_submits_nothing(tmp_path: Path) -> None:
    assert slurm.submit("a.yaml", tmp_path / "out", Execution(), runs=0, seconds=0.0) == slurm.Submission()
    assert not (tmp_path / "out").exists()


def test_what_is_submitted_is_recorded_and_not_submitted_twice(tmp_path: Path, fake: Fake) -> None:
    fake("sbatch", "71;west")
    fake("sinfo", "n1\nn2\nn2\nn3")
    fake("scontrol", "MaxArraySize            = 5\nMaxJobCount = 3")
    done = give(tmp_path / "out")
    assert done.job == "71" and done.shards == 5  # six were wanted for three nodes; an array has five at most
    assert done.file is not None and done.file.read_text(encoding="utf-8") == done.script
    kept = json.loads((tmp_path / "out" / "slurm" / "jobs.json").read_text(encoding="utf-8"))
    assert [(j["job"], j["cluster"], j["shards"]) for j in kept["jobs"]] == [("71", "west", 5)]

    fake("squeue", "RUNNING\nPENDING\nPENDING\nCOMPLETED")
    with pytest.raises(StudyError) as caught:
        give(tmp_path / "out")
    assert caught.value.code == "STUDY-BUSY" and "scancel 71" in caught.value.mend_en and "2 PENDING, 1 RUNNING" in caught.value.en
    assert slurm.jobs(tmp_path / "out")[0].live

    fake("squeue", error="slurm_load_jobs error: Unable to contact slurm controller (connect failure)", status=1)
    with pytest.raises(RunError, match="Unable to contact slurm controller") as unknown:
        give(tmp_path / "out")
    assert unknown.value.code == "STUDY-SLURM"

    # Slurm has forgotten the job, and keeps no accounts: it is over.
    fake("squeue", error="slurm_load_jobs error: Invalid job id specified", status=1)
    assert slurm.jobs(tmp_path / "out")[0].states == {}
    fake("sacct", "COMPLETED\nCANCELLED by 0\nCANCELLED by 0")
    assert slurm.jobs(tmp_path / "out")[0].states == {"COMPLETED": 1, "CANCELLED": 2}
    fake("sbatch", "72")
    assert give(tmp_path / "out").job == "72"
    assert [job.job for job in slurm.jobs(tmp_path / "out")] == ["71", "72"]


def test_a_refusal_is_told_in_slurm_s_words(tmp_path: Path, fake: Fake) -> None:
    fake("sbatch", error="sbatch: error: invalid partition specified: shrot\nsbatch: error: Batch job submission failed", status=1)
    fake("sinfo", "long\nshort")
    with pytest.raises(StudyError) as caught:
        give(tmp_path / "out", execution=Execution(partition="shrot"))
    assert caught.value.code == "STUDY-SLURM-REFUSED" and "did you mean short?" in caught.value.mend_en
    assert "invalid partition specified: shrot; Batch job submission failed" in caught.value.en
    assert caught.value.where == "/data/sweep.yaml: execute"
    assert slurm.jobs(tmp_path / "out") == []


def test_more_shards_than_an_array_may_have(tmp_path: Path, fake: Fake) -> None:
    fake("sbatch", "1")
    fake("scontrol", "MaxArraySize = 10")
    with pytest.raises(StudyError) as caught:
        give(tmp_path / "out", execution=Execution(shards=11))
    assert caught.value.code == "STUDY-SHARDS" and "execute.shards" in caught.value.where
    assert give(tmp_path / "out", execution=Execution(shards=10)).shards == 10


def test_a_damaged_record_is_told(tmp_path: Path, fake: Fake) -> None:
    fake("sbatch", "1")
    (tmp_path / "out" / "slurm").mkdir(parents=True)
    (tmp_path / "out" / "slurm" / "jobs.json").write_text('{"jobs": [{"job"')
    with pytest.raises(StudyError) as caught:
        give(tmp_path / "out")
    assert caught.value.code == "STUDY-SLURM-JOBS"


# ---- on a real Slurm of two virtual nodes -------------------------------------------------------------------------

RECIPE = ROOT / "experiments" / "cluster" / "slurm-local.sh"
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo", "scontrol")


def wait_until(what: str, condition: Callable[[], bool], seconds: float = 90.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


def slurm_says(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.fixture(scope="session")
def cluster() -> Iterator[Path]:
    """A Slurm of two virtual nodes of two processors; its folder. Stopped at the end, whatever happens."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin{os.pathsep}/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        text = f"no Slurm here ({', '.join(missing)} missing); to run it: sudo experiments/cluster/install.sh && make slurm-test"
        if os.environ.get("EDUSIM_REQUIRE_SLURM") == "1":
            pytest.fail(text)
        pytest.skip(text)
    # Not pytest's folder: the name of a socket may have about a hundred characters.
    home = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
    before = os.environ.get("SLURM_CONF")
    started = subprocess.run(["bash", str(RECIPE), "start", str(home)], capture_output=True, text=True, timeout=120, check=False)
    os.environ["SLURM_CONF"] = str(home / "slurm.conf")
    try:
        if started.returncode != 0:
            pytest.fail(f"Slurm did not start: {started.stdout}{started.stderr}{logs_of(home)}")
        yield home
    finally:
        stopped = subprocess.run(["bash", str(RECIPE), "stop", str(home)], capture_output=True, text=True, timeout=120, check=False)
        os.environ.pop("SLURM_CONF") if before is None else os.environ.update(SLURM_CONF=before)
        if stopped.returncode == 0:
            shutil.rmtree(home, ignore_errors=True)
        else:
            pytest.fail(f"Slurm did not stop: {stopped.stdout}{stopped.stderr}")


def logs_of(folder: Path, lines: int = 25) -> str:
    """Return the ends of all logs under a folder."""
    ends = (f"\n==> {file} <==\n" + "\n".join(file.read_text(errors="replace").splitlines()[-lines:]) for file in sorted(folder.rglob("*.log")))
    return "\n".join(ends)


@pytest.fixture
def room(cluster: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for one test; when the test fails, the daemons' logs and the tasks' are shown with it."""
    failed = request.session.testsfailed
    yield tmp_path
    if request.session.testsfailed > failed:
        print(logs_of(cluster), logs_of(tmp_path), slurm_says("squeue", "--states=all", "--array"))
    subprocess.run(["scancel", f"--user={os.getuid()}"], timeout=30, check=False)


@pytest.mark.slurm
@pytest.mark.slow
def test_slurm_reads_the_script_as_it_is_meant(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with an odd name, the log in its place, the processors, the signal: all as Slurm itself does it.

    Another program stands in Python's place, so that what Slurm hands over can be seen.
    """
    monkeypatch.setattr(slurm, "compile_once", lambda: False)
    folder = room / "实验 \"a\" 'b' 50% $HOME #1 %j"
    folder.mkdir()
    program = folder / "python"
    program.write_text(
        "#!/bin/bash\ntrap 'echo told to end; exit 130' TERM\n"
        'echo "$@" $SLURM_CPUS_PER_TASK $SLURM_JOB_CPUS_PER_NODE $SLURM_MEM_PER_NODE\n'
        "while :; do sleep 0.1; done\n"
    )
    program.chmod(0o755)
    study, store = folder / "study.yaml", folder / "out"
    execution = Execution(workers=2, memory="300MB", time="10", partition="main", shards=2, lines=("#SBATCH --comment=x",))

    def give() -> slurm.Submission:
        return slurm.submit(study, store, execution, runs=10, seconds=1.0, python=str(program))

    job = give().job
    logs = [store / "slurm" / f"{job}_{i}.log" for i in range(2)]
    wait_until("both tasks say what they were given", lambda: all(log.exists() and log.read_text() for log in logs))
    for i, log in enumerate(logs):
        assert log.read_text() == f"-m edusim study run {study} --shard {i}/2 -j 2 --engine local 2 2 600\n"
    assert slurm.jobs(store)[0].states == {"RUNNING": 2}
    with pytest.raises(StudyError) as busy:
        give()
    assert busy.value.code == "STUDY-BUSY"

    slurm_says("scancel", job)
    wait_until("the job is over", lambda: not slurm.jobs(store)[0].live)
    assert all("told to end" in log.read_text() for log in logs)
    assert slurm.jobs(store)[0].states == {"CANCELLED": 2}

    again = give()
    assert again.job != job
    slurm_says("scancel", again.job)
    with pytest.raises(StudyError) as refused:
        slurm.submit(study, room / "other", Execution(partition="mian"), runs=10, seconds=1.0)
    assert refused.value.code == "STUDY-SLURM-REFUSED" and "did you mean main?" in refused.value.mend_en


#: 10 x 10 points, two draws, and the baseline of each: small enough for a test, slow enough to be caught half-way.
SWEEP = """\
schema_version: 1
kind: sweep
name: {zh: 扫描, en: Sweep}
scenario: small
set: {years: 6, region.n_pupils: 700}
policies: [co_build]
levers:
  rotation.share: {range: [0, 0.1], steps: 10}
  finance.fund_yuan_year: {range: [0, 1000000], steps: 10}
seeds: {root: 7, replicates: 2}
outcomes: {gap: {measure: learning.core_member_gap, at: last, want: min}}
store: {path: PLACE}
execute: {on: slurm, workers: 1, memory: 1GB, time: "00:20:00", partition: main, shards: 4}
"""
RUNS = 10 * 10 * 2 + 2
Contents = dict[str, dict[str, list[object]]]


def sweep(folder: Path, name: str) -> tuple[str, Path]:
    """Write the study with a store of its own; return the study file and the store."""
    file, store = folder / f"{name}.yaml", folder / f"{name} 库"
    file.write_text(SWEEP.replace("PLACE", json.dumps(str(store))), encoding="utf-8")
    return str(file), store


def done(store: Path) -> set[str]:
    """Return the keys of the runs that are acknowledged as done, by a look from outside."""
    if not (store / "manifest.json").exists():
        return set()
    return {key for key, (state, _) in Store.open(store).states().items() if state == "done"}


def contents(store: Path) -> Contents:
    """Return all that is stored of every run, but for when, where and how fast it ran: the same bits, or not."""
    found: Contents = {}
    for folder, by in (("runs", ["key"]), ("years", ["key", "year"])):
        table = pa.concat_tables([pq.read_table(file) for file in sorted((store / folder).glob("*.parquet"))])
        if folder == "runs":
            table = table.filter(pa.compute.equal(table["state"], "done"))
        table = table.sort_by([(name, "ascending") for name in by])
        left_out = {"attempt", "seconds", "worker", "stored_at"}
        columns = {name: table[name].to_pylist() for name in table.column_names if name not in left_out}
        # As hexadecimal digits, floats are equal when their bits are; so are those that are no number.
        found[folder] = {name: [v.hex() if isinstance(v, float) else v for v in values] for name, values in columns.items()}
    return found


def a_worker(store: Path, *, of: Callable[[psutil.Process], bool]) -> int:
    """Return a process that is at a run just now."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for mark in (store / "now").glob(f"{host_name()}-*"):
            pid = int(mark.name.rpartition("-")[2])
            with contextlib.suppress(OSError, psutil.Error):  # it went while it was looked at
                if mark.stat().st_size and of(psutil.Process(pid)):
                    return pid
    pytest.fail("no worker was seen at work")


def is_worker(process: psutil.Process) -> bool:
    """Whether a process has a parent of ours that would notice its death."""
    words = " ".join(process.cmdline())
    return "loky" in words or "multiprocessing" in words


@pytest.fixture(scope="session")
def on_one_machine(tmp_path_factory: pytest.TempPathFactory) -> Contents:
    file, store = sweep(tmp_path_factory.mktemp("alone"), "alone")
    assert cli.main(["study", "run", file, "-j", "2", "-q"]) == 0
    assert len(done(store)) == RUNS >= 200
    return contents(store)


@pytest.mark.slurm
@pytest.mark.slow
def test_an_array_loses_a_worker_and_a_task_and_goes_on(
    room: Path, on_one_machine: Contents, capsys: pytest.CaptureFixture[str]
) -> None:
    file, store = sweep(room, "array")
    line = ["study", "submit", file, "--slurm"]

    assert cli.main(line) == 0
    job = slurm.jobs(store)[0].job
    wait_until("the first runs are stored", lambda: len(done(store)) >= 15 or not slurm.jobs(store)[0].live)
    os.kill(a_worker(store, of=is_worker), signal.SIGKILL)
    killed_at = len(done(store))
    wait_until("it goes on after a worker was killed", lambda: len(done(store)) >= killed_at + 20)
    acknowledged = done(store)
    # The shard that is furthest from its end is lost.
    last = int(np.bincount(shard_of(sorted(acknowledged), 4), minlength=4).argmin())
    slurm_says("scancel", f"{job}_{last}")
    assert cli.main(line) == 2  # the others are still at work
    assert f"scancel {job}" in capsys.readouterr().err
    wait_until("the other tasks are through", lambda: not slurm.jobs(store)[0].live, 120)
    states = slurm.jobs(store)[0].states
    assert states == {"COMPLETED": 3, "CANCELLED": 1}, states
    stored = done(store)
    assert acknowledged <= stored and len(stored) < RUNS

    assert cli.main(line) == 0
    second = slurm.jobs(store)[1].job
    wait_until("the rest is done", lambda: not slurm.jobs(store)[1].live, 120)
    assert slurm.jobs(store)[1].states == {"COMPLETED": 4}, second
    assert len(done(store)) == RUNS
    assert contents(store) == on_one_machine
    assert cli.main(line) == 0
    assert len(slurm.jobs(store)) == 2  # all is done: nothing was submitted


@pytest.mark.slurm
@pytest.mark.slow
def test_dask_says_so_when_its_jobs_cannot_work(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask alone would ask for such jobs for ever, and say nothing."""
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__INTERFACE", "lo")
    monkeypatch.setattr(dask_engine._DaskOnSlurm, "look", 0.2)
    monkeypatch.setattr(dask_engine._DaskOnSlurm, "patience", 2)
    with pytest.raises(StudyError, match="invalid partition specified: mian") as refused:
        dask_engine.dask_on_slurm(Execution(partition="mian"), room, jobs=1)
    assert refused.value.code == "STUDY-SLURM-REFUSED"
    file, _ = sweep(room, "dask")
    study = load(file)
    task = Task("0" * 32, "co_build", "feasible", 7, 0, ())
    with dask_engine.dask_on_slurm(Execution(memory="1GB", lines=("exit 3",)), room, jobs=1) as cluster, pytest.raises(RunError) as caught:
        list(cluster.map(job_of(study), [[task]]))
    assert caught.value.code == "STUDY-DASK-JOBS"


@pytest.mark.slurm
@pytest.mark.slow
def test_dask_on_slurm_loses_a_worker_and_a_job_and_goes_on(
    room: Path, on_one_machine: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASK_JOBQUEUE__SLURM__INTERFACE", "lo")
    # In earnest a worker that fell over has longer to come back in the same job before another job is asked for.
    monkeypatch.setenv("DASK_DISTRIBUTED__DEPLOY__LOST_WORKER_TIMEOUT", "1s")
    file, store = sweep(room, "dask")
    words = ["study", "run", file, "--engine", "dask", "-q", "-S", "execute.shards=2"]
    with open(room / "driver.log", "w") as log:
        driver = subprocess.Popen([sys.executable, "-m", "edusim", *words], stdout=log, stderr=log)

    def running() -> set[str]:
        return set(slurm_says("squeue", "--noheader", "--states=RUNNING", "--format=%i").split())

    try:
        wait_until("the first runs are stored", lambda: len(done(store)) >= 5 or driver.poll() is not None)
        wait_until("two jobs", lambda: len(running()) == 2)
        acknowledged, cancelled = done(store), sorted(running())[0]
        slurm_says("scancel", cancelled)
        wait_until("another job in place of the cancelled one", lambda: len(running() - {cancelled}) == 2 or driver.poll() is not None)
        assert driver.poll() is None, "the study ended before the cancelled job was replaced"
        os.kill(a_worker(store, of=is_worker), signal.SIGKILL)
        assert driver.poll() is None and len(done(store)) < RUNS
        assert driver.wait(120) == 0
    finally:
        if driver.poll() is None:
            driver.terminate()
            driver.wait(30)
    assert acknowledged <= done(store)
    assert len(done(store)) == RUNS
    assert contents(store) == on_one_machine
