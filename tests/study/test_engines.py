"""Engines: the same bits whichever ran them, few batches in flight, deaths told with what was under way."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from edusim.errors import RunError, StudyError
from edusim.scenario import load
from edusim.study import dask_engine
from edusim.study.dask_engine import dask_here
from edusim.study.engines import Died, Here, Loky, available, compile_once
from edusim.study.parts import Execution, Outcome
from edusim.study.tasks import Task
from edusim.study.work import Job

GAP = "learning.core_member_gap"


@pytest.fixture(scope="module")
def scenario():
    return load("small").with_({"region.n_pupils": 800, "years": 2})


def job(scenario, **more):
    return Job(scenario, (GAP, "money.total"), (Outcome("gap", GAP, "all", "last"),), **more)


TASKS = [
    Task(f"{i:032x}", ("status_quo", "fusion", "co_build")[i % 3], ("feasible", "identical")[i % 2], 7, i // 8,
         (("rotation.share", 0.01 * (i % 8)), ("staffing.retire_age", 58 + i % 2)))
    for i in range(16)
] + [Task(f"{99:032x}", "fusion", "feasible", 7, 0, (("rotation.share", 0.3),))]  # more than may be away at once


def batched(tasks, size=3):
    return [tasks[i : i + size] for i in range(0, len(tasks), size)]


def told(answers):
    found = {}
    for batch, results in answers:
        assert not isinstance(results, Died), results
        assert [r.key for r in results] == [t.key for t in batch]
        for r in results:
            bits = (r.values.tobytes(), r.outcomes.tobytes()) if r.values is not None else ()
            found[r.key] = (r.state, r.code, r.digest, *bits)
    return found


@pytest.fixture(scope="module")
def expected(scenario):
    found = told(Here().map(job(scenario), batched(TASKS)))
    assert [state for state, *_ in found.values()].count("done") == 16
    assert found[TASKS[-1].key] == ("failed", "CFG-FLOW-TERM", "")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_loky_gives_the_same_bits(scenario, expected, workers, tmp_path):
    shuffled = [TASKS[i] for i in np.random.default_rng(workers).permutation(len(TASKS))]
    with Loky(workers) as engine:
        assert told(engine.map(job(scenario, now=str(tmp_path)), batched(shuffled, workers + 1))) == expected
        names = {p.name for p in tmp_path.iterdir()}
        assert 1 <= len(names) <= workers
        assert told(engine.map(job(scenario), batched(TASKS[::-1], 5))) == expected  # another job, the same workers
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_dask_gives_the_same_bits(scenario, expected, tmp_path):
    with dask_here(2) as engine:
        assert told(engine.map(job(scenario, now=str(tmp_path)), batched(TASKS, 2))) == expected
        assert told(engine.map(job(scenario, now=str(tmp_path)), batched(TASKS[::-1], 4))) == expected
    assert not list(tmp_path.iterdir())


def lost(answers):
    found, deaths = {}, []
    for batch, answer in answers:
        if isinstance(answer, Died):
            deaths.append((batch, answer))
        else:
            found.update((r.key, r.state) for r in answer)
    return found, deaths


def check_deaths(found, deaths, guilty):
    keys = {t.key for t in TASKS}
    gone = {t.key for batch, _ in deaths for t in batch}
    assert deaths and set(found) | gone == keys and not set(found) & gone, "each batch is answered once"
    suspects = {key for _, death in deaths for key in death.suspects}
    assert guilty in suspects and suspects <= gone
    # Not more than what the workers were at: the others of the lost batches had nothing to do with it.
    assert len(suspects) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("how", ["kill", "leave"])
def test_a_death_in_loky_names_what_was_under_way(scenario, how, tmp_path, monkeypatch):
    guilty = TASKS[7].key
    monkeypatch.setenv("STUDY_KILL", guilty)
    with Loky(2) as engine:
        found, deaths = lost(engine.map(job(scenario, now=str(tmp_path), before=f"study_hooks:{how}"), batched(TASKS)))
    check_deaths(found, deaths, guilty)
    assert len({death.event for _, death in deaths}) == 1
    assert ("SIGKILL" if how == "kill" else "7") in deaths[0][1].why
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_death_in_dask_names_what_was_under_way(scenario, tmp_path, monkeypatch):
    guilty = TASKS[7].key
    monkeypatch.setenv("STUDY_KILL", guilty)
    with dask_here(2) as engine:
        found, deaths = lost(engine.map(job(scenario, now=str(tmp_path), before="study_hooks:kill"), batched(TASKS)))
    check_deaths(found, deaths, guilty)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_batches_are_read_no_faster_than_workers_are_free(scenario):
    read, answered, most = 0, 0, 0

    def batches():
        nonlocal read, most
        for task in TASKS * 4:
            read += 1
            most = max(most, read - answered)
            yield [task]

    with Loky(1) as engine:
        for batch, _ in engine.map(job(scenario), batches()):
            answered += len(batch)
    assert answered == len(TASKS) * 4
    assert most <= 4, "two a worker, one more, and the one being asked for"


@pytest.mark.slow
def test_a_worker_that_cannot_take_a_batch_is_told_once(scenario):
    with Loky(1) as engine, pytest.raises(RunError) as caught:
        list(engine.map(job(scenario, before="no_such_module:anything"), [TASKS[:1]]))
    assert caught.value.code == "STUDY-WORKER" and "no_such_module" in caught.value.en


@pytest.mark.slow
def test_workers_have_one_numerical_thread_and_leave_signals_to_the_parent(scenario):
    from loky import ProcessPoolExecutor

    with Loky(1) as engine:
        list(engine.map(job(scenario), [TASKS[:1]]))
        assert isinstance(engine._pool, ProcessPoolExecutor)
        seen = engine._pool.submit(_of_a_worker).result()
    assert seen == [["1"] * 4, True, True]


def _of_a_worker():
    import signal

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    return [[os.environ.get(n) for n in names], *(signal.getsignal(s) == signal.SIG_IGN for s in (signal.SIGINT, signal.SIGTERM))]


@pytest.mark.slow
def test_several_cold_processes_compile_once(tmp_path):
    """Three processes start in an empty cache: one compiles, the others wait for it."""
    if os.environ.get("NUMBA_DISABLE_JIT"):
        pytest.skip("nothing is compiled")
    program = "from edusim.study.engines import compile_once; print(compile_once())"
    env = {**os.environ, "EDUSIM_CACHE": str(tmp_path)}
    env.pop("NUMBA_CACHE_DIR", None)
    started = [subprocess.Popen([sys.executable, "-c", program], env=env, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = sorted(p.communicate(timeout=600)[0].strip() for p in started)
    assert said == ["False", "False", "True"]


def test_compiling_is_stamped_for_this_installation(tmp_path, monkeypatch):
    from edusim import _compile, model

    calls = []
    config = type("Config", (), {"DISABLE_JIT": 0, "CACHE_DIR": str(tmp_path)})
    monkeypatch.setattr(_compile, "numba_config", lambda: config)
    monkeypatch.setattr(model, "warm_up", lambda: calls.append(1))
    (tmp_path / "half.nbi").touch()  # what a process that was killed while it compiled left
    assert compile_once() and not compile_once() and len(calls) == 1


def test_without_dask_the_way_to_install_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "distributed", None)
    for make in (lambda: dask_here(1), lambda: dask_engine.dask_on_slurm(Execution(), tmp_path, jobs=2)):
        with pytest.raises(StudyError) as caught:
            make()
        assert caught.value.code == "STUDY-NO-DASK" and "pip install 'edusim-groups[cluster]'" in caught.value.mend_en


def test_without_dask_jobqueue_too(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "dask_jobqueue", None)
    with pytest.raises(StudyError, match="dask-jobqueue"):
        dask_engine.dask_on_slurm(Execution(), tmp_path, jobs=2)


@pytest.mark.slow
def test_workers_end_with_a_parent_that_was_killed(scenario, tmp_path):
    """No orphan goes on computing after ``kill -9`` of the driver."""
    import psutil

    script = os.path.join(os.path.dirname(__file__), "..", "study_small.py")
    driver = subprocess.Popen(
        [sys.executable, script, str(tmp_path / "store"), "2", "study_hooks:slowly"], stdout=subprocess.PIPE, text=True
    )
    while int(driver.stdout.readline().split()[0]) < 6:
        pass
    workers = psutil.Process(driver.pid).children(recursive=True)
    driver.kill()
    driver.wait()
    deadline = time.monotonic() + 30
    while any(w.is_running() and w.status() != psutil.STATUS_ZOMBIE for w in workers):
        assert time.monotonic() < deadline, "workers outlive their parent"
        time.sleep(0.05)


def test_available_respects_what_slurm_gave(monkeypatch):
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "1")
    assert available() == 1
    monkeypatch.delenv("SLURM_CPUS_PER_TASK")
    assert available() == len(os.sched_getaffinity(0))
