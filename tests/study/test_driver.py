"""The driver: resume, failures as rows, suspects tried alone, interruptions, retries, room on the disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import study_hooks
import study_small
from edusim.errors import RunError, StudyError
from edusim.study import driver
from edusim.study.driver import bytes_a_run, carry_on, pending, retry, shard_of, store_of, time_left
from edusim.study.engines import Died, Here, Loky
from edusim.study.store import Store
from edusim.study.tasks import Result
from edusim.study.work import mark_of
from study_small import rows, small


def states(store):
    return {key: state for key, (state, _) in Store.open(store.path).states().items()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """What 25 runs without any interruption store."""
    study = small(tmp_path_factory.mktemp("whole") / "store")
    store = store_of(study)
    summary = carry_on(study, store, engine=Here())
    assert (summary.done, summary.failed, summary.left, summary.resume("en")) == (25, 0, 0, "")
    return rows(store)


class Numbers:
    """An engine for tests of the driver alone: answers from a script, and numbers at once."""

    name, workers = "local", 2

    def __init__(self, script=()):
        self.script, self.batches, self.stopped = list(script), [], []

    def map(self, job, batches):
        for batch in batches:
            self.batches.append([t.key for t in batch])
            answer = self.script.pop(0)(batch) if self.script else None
            yield batch, answer or [result(t) for t in batch]
            yield (), []

    def stop(self, at_once=True):
        self.stopped.append(at_once)


def result(task, state="done"):
    return Result(task.key, task.attempt, state, np.zeros((3, 2)), np.zeros(1), 0.01, "d", "h:1") if state == "done" else Result(
        task.key, task.attempt, state, code="X", error="x"
    )


@pytest.mark.slow
def test_running_again_makes_nothing_twice(expected, tmp_path):
    study = small(tmp_path / "store")
    store = store_of(study)
    stop = threading.Event()
    seen = []

    def until_ten(done, total, text):
        seen.append((done, total))
        if done >= 10:
            stop.set()

    first = carry_on(study, store, engine=Here(), stop=stop, progress=until_ten)
    assert first.interrupted == "stop" and 10 <= first.done < 25 and first.left == 25 - first.done
    assert "25" not in first.resume("en") and str(first.left) in first.resume("zh")
    second = carry_on(study, store_of(study), engine=Here(), progress=lambda *a: seen.append(a[:2]))
    assert (second.stored_before, second.done, second.left) == (first.done, 25 - first.done, 0)
    assert seen[0] == (0, 25) and seen[-1] == (25, 25) and seen == sorted(seen)
    assert rows(store) == expected
    third = Numbers()
    assert carry_on(study, store_of(study), engine=third).done == 0 and not third.batches


@pytest.mark.slow
def test_shards_part_the_runs_and_stay_when_the_design_grows(expected, tmp_path):
    study = small(tmp_path / "store")
    store = store_of(study)
    parts = [set(store.design()["key"].to_numpy()[pending(store.design(), {}, (i, 3)).rows]) for i in range(3)]
    assert sum(map(len, parts)) == 25 and len(set.union(*parts)) == 25 and min(map(len, parts)) > 2
    for i in (2, 0, 1):
        assert carry_on(study, store, engine=Here(), shard=(i, 3)).done == len(parts[i])
    assert rows(store) == expected
    grown = store_of(small(tmp_path / "store", n=16)).design()["key"].to_pylist()
    where = dict(zip(grown, shard_of(grown, 3).tolist(), strict=True))
    assert all(where[key] == i for i in range(3) for key in parts[i])
    with pytest.raises(StudyError) as caught:
        carry_on(study, store, engine=Here(), shard=(3, 3))
    assert caught.value.code == "STUDY-SHARD"


def test_a_failed_run_is_a_row_and_the_others_go_on(tmp_path):
    study = small(tmp_path / "store", levers={"rotation.share": {"range": [0, 0.3]}}, policies=["fusion"])
    store = store_of(study)
    summary = carry_on(study, store, engine=Here())
    found = rows(store)
    assert summary.failed == sum(r[0] == "failed" for r in found.values()) >= 2
    assert summary.done == 9 - summary.failed == sum(r[0] == "done" for r in found.values())
    assert {r[2] for r in found.values() if r[0] == "failed"} == {"CFG-FLOW-TERM"}
    assert carry_on(study, store, engine=Here()).stored_before == 9, "a failed run is not made again by itself"


@pytest.mark.slow
@pytest.mark.measured
def test_retry_makes_a_mended_run_done(expected, tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    wrong = store.design()["key"].to_pylist()[3]
    monkeypatch.setenv("STUDY_FAIL", wrong)
    assert carry_on(study, store, engine=Here(), before="study_hooks:fail").failed == 1
    assert states(store)[wrong] == "failed"
    assert retry(store, states=("quarantined",)) == 0
    assert retry(store) == 1 and states(store)[wrong] == "pending" and retry(store) == 0
    monkeypatch.delenv("STUDY_FAIL")
    summary = carry_on(study, store, engine=Here())
    assert (summary.done, summary.stored_before) == (1, 24)
    assert Store.open(store.path).states()[wrong] == ("done", 2)
    assert rows(store) == expected


@pytest.mark.slow
def test_a_run_that_kills_its_worker_is_tried_alone_and_quarantined(expected, tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    guilty = store.design()["key"].to_pylist()[5]
    monkeypatch.setenv("STUDY_KILL", guilty)
    with Loky(2) as engine:
        summary = carry_on(study, store, engine=engine, before="study_hooks:kill")
    assert (summary.done, summary.quarantined, summary.failed, summary.left) == (24, 1, 0, 0)
    found = rows(store)
    assert (found[guilty][0], found[guilty][2]) == ("quarantined", "STUDY-KILLED-WORKER")
    assert {k: v for k, v in found.items() if k != guilty} == {k: v for k, v in expected.items() if k != guilty}
    assert not list((store.path / "now").iterdir())
    import pyarrow.parquet as pq

    told = [r for f in (store.path / "runs").iterdir() for r in pq.read_table(f).to_pylist() if r["key"] == guilty]
    assert len(told) == 1 and "SIGKILL" in told[0]["error"] and "retry" in told[0]["error"] and "单独" in told[0]["error"]


@pytest.mark.slow
def test_one_that_only_dies_in_company_is_done_in_the_end(expected, tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    keys = store.design()["key"].to_pylist()
    monkeypatch.setenv("STUDY_KILL", ",".join((keys[5], keys[17])))
    monkeypatch.setenv("STUDY_MARKS", str(tmp_path))
    with Loky(2) as engine:
        summary = carry_on(study, store, engine=engine, before="study_hooks:kill_in_company")
    assert (summary.done, summary.quarantined) == (25, 0)
    assert rows(store) == expected


@pytest.mark.slow
def test_where_everything_kills_it_stops_and_says_so(tmp_path):
    study = small(tmp_path / "store", n=16)
    store = store_of(study)
    with Loky(2) as engine, pytest.raises(RunError) as caught:
        carry_on(study, store, engine=engine, before="study_hooks:kill_always")
    assert caught.value.code == "STUDY-WORKERS-DIE" and "memory" in caught.value.mend_en
    assert "quarantined" not in states(store).values(), "no run is blamed for a machine that cannot run anything"


def test_a_mark_of_a_dead_process_makes_a_suspect(tmp_path, monkeypatch):
    """What was under way when the whole machine went down is tried after the others, alone."""
    study = small(tmp_path / "store")
    store = store_of(study)
    suspect = store.design()["key"].to_pylist()[0]
    mark = mark_of(store.path / "now", _a_dead_process())
    mark.parent.mkdir(exist_ok=True)
    mark.write_text(suspect)
    empty = mark_of(mark.parent, _a_dead_process())
    empty.write_text(" " * 32)
    alone = _Alone(monkeypatch)
    engine = Numbers()
    summary = carry_on(study, store, engine=engine)
    assert summary.done == 25 and not any(suspect in batch for batch in engine.batches)
    assert alone.tried == [suspect] and not mark.exists() and not empty.exists()


def _a_dead_process():
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return child.pid


class _Alone:
    """Takes the place of the process in which suspects are tried."""

    def __init__(self, monkeypatch, answer=None):
        self.tried, self.answer, self.event = [], answer, 100
        monkeypatch.setattr(driver, "Loky", lambda workers: self)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def stop(self, at_once=True):
        return None

    def map(self, job, batches):
        for batch in batches:
            self.tried += [t.key for t in batch]
            self.event += 1
            died = Died((batch[0].key,), "SIGKILL(-9)", self.event)
            yield batch, died if self.answer == "dies" or batch[0].key in (self.answer or ()) else [result(t) for t in batch]


def test_lost_batches_are_handed_out_again_and_only_suspects_tried_alone(tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    alone = _Alone(monkeypatch)
    first = []

    def one_guilty(batch):
        first.extend(t.key for t in batch)
        return Died((batch[-1].key,), "SIGKILL(-9)", 1)

    def innocent(batch):
        first.extend(t.key for t in batch)
        return Died((), "lost", 1)

    engine = Numbers([lambda b: None, lambda b: None, one_guilty, innocent])
    summary = carry_on(study, store, engine=engine)
    handed = [key for batch in engine.batches for key in batch]
    assert summary.done == 25 and alone.tried == [engine.batches[2][-1]]
    assert sorted(handed) == sorted([*store.design()["key"].to_pylist(), *(k for k in first if k != alone.tried[0])])


def test_what_is_lost_twice_without_a_reason_is_tried_alone(tmp_path, monkeypatch):
    study = small(tmp_path / "store", n=2)
    store = store_of(study)
    alone = _Alone(monkeypatch)
    target = store.design()["key"].to_pylist()[2]
    events = iter(range(1, 100))
    script = [lambda b: Died((), "", next(events)) if any(t.key == target for t in b) else None] * 50
    assert carry_on(study, store, engine=Numbers(script)).done == 7
    assert target in alone.tried


def test_true_killers_in_a_row_are_quarantined_where_others_live(tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    guilty = set(store.design()["key"].to_pylist()[:6])
    alone = _Alone(monkeypatch, guilty)
    events = iter(range(1, 100))

    def deadly(batch):
        bad = tuple(t.key for t in batch if t.key in guilty)
        return Died(bad[:1], "SIGKILL(-9)", next(events)) if bad else None

    summary = carry_on(study, store, engine=Numbers([deadly] * 100))
    assert (summary.done, summary.quarantined) == (19, 6)
    assert "0" * 32 in alone.tried, "whether anything can run at all was asked"


def test_suspects_that_died_with_everything_else_are_not_blamed(tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    _Alone(monkeypatch, "dies")
    events = iter(range(1, 100))
    script = [lambda b: Died((b[0].key,), "SIGKILL(-9)", next(events))] * 100
    with pytest.raises(RunError) as caught:
        carry_on(study, store, engine=Numbers(script))
    assert caught.value.code == "STUDY-WORKERS-DIE" and not states(store)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_it_resumes(tmp_path, number):
    """The driver is a process of its own; what it has told of is stored, and the rest follows on resuming."""
    store = tmp_path / "store"
    child = subprocess.Popen(
        [sys.executable, study_small.__file__, str(store), "2", "study_hooks:slowly"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )
    told = 0
    while told < 8:
        told = int(child.stdout.readline().split()[0])
    child.send_signal(number)
    out, errors = child.communicate(timeout=60)
    lines = out.strip().splitlines()
    told = max([told, *(int(line.split()[0]) for line in lines[:-1])])
    assert child.returncode == 130 and "Traceback" not in errors, errors
    assert "Run the same command again" in lines[-1]
    found = Store.open(store)
    assert told <= len(found.states()) < 49 and set(states(found).values()) == {"done"}
    assert not found.writers() and not found.suspects() and not list((store / "journal").glob("*.arrow"))
    if number == signal.SIGTERM:
        study = small(store, n=16)
        assert carry_on(study, store_of(study), engine=Here()).left == 0
        whole = small(tmp_path / "whole", n=16)
        carry_on(whole, store_of(whole), engine=Here())
        assert rows(found) == rows(store_of(whole))


def test_a_second_signal_breaks_off(tmp_path):
    before = signal.getsignal(signal.SIGINT)
    with driver._Stop(None) as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.asked() == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_batches_follow_the_measured_time_and_shrink_at_the_end(tmp_path):
    study = small(tmp_path / "store", n=64)
    engine = Numbers()
    carry_on(study, store_of(study), engine=engine)
    sizes = [len(batch) for batch in engine.batches]
    assert sizes[0] == 1 and max(sizes) == 30, "0.3 s of runs that take 0.01 s"
    assert sizes[-1] == 1 and sum(sizes) == 193


def test_a_disk_that_is_too_small_is_refused_before_the_start(tmp_path, monkeypatch):
    study = small(tmp_path / "store")
    store = store_of(study)
    monkeypatch.setattr(driver.shutil, "disk_usage", lambda path: SimpleNamespace(free=1_000_000))
    engine = Numbers()
    with pytest.raises(StudyError) as caught:
        carry_on(study, store, engine=engine)
    assert caught.value.code == "STUDY-DISK" and "1 MB" in caught.value.en and not engine.batches


@pytest.mark.slow
def test_reckoned_bytes_are_what_real_runs_take(tmp_path):
    study = small(tmp_path / "store", n=64)
    store = store_of(study)
    reckoned = bytes_a_run(store, study.scenario.years)
    carry_on(study, store, engine=Here(), chunk=200)
    taken = sum(f.stat().st_size for part in ("runs", "years") for f in Path(store.path, part).glob("*.parquet"))
    assert 0.95 < reckoned * 193 / taken < 1.6, "rather too much than too little"


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(3, "约剩 3 秒", "about 3 s left"), (200, "约剩 3 分钟", "about 3 min left"), (9000, "约剩 2.5 小时", "about 2.5 h left"),
     (400_000, "约剩 4.6 天", "about 4.6 days left"), (0, "约剩 1 秒", "about 1 s left")],
)  # fmt: skip
def test_time_left_in_words(seconds, zh, en):
    assert (time_left(seconds, "zh"), time_left(seconds, "en")) == (zh, en)


def test_hooks_are_those_of_this_folder():
    assert Path(study_hooks.__file__).parent == Path(study_small.__file__).parent
