"""Planning: counts, times from the store or from a probe, room on the disk."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edusim.study import planning
from edusim.study.design import table
from edusim.study.disk import host_name
from edusim.study.driver import carry_on, store_of
from edusim.study.engines import Here
from edusim.study.planning import plan, sample
from edusim.study.store import Store
from edusim.study.tasks import Result
from study_small import small


def store_with(study, seconds, worker=None, n=None):
    """Return a store in which the first n runs took the given seconds, by policy."""
    store = store_of(study)
    rows = store.design().slice(0, n).select(["key", "policy"]).to_pylist()
    with store.writer() as writer:
        writer.append([
            Result(r["key"], 1, "done", np.zeros((3, 2)), np.zeros(1), seconds[r["policy"]], "d", worker or f"{host_name()}:1")
            for r in rows
        ])  # fmt: skip
    return Store.open(store.path)


SECONDS = {"status_quo": 1.0, "collaboration": 2.0, "co_build": 3.0, "fusion": 4.0}


def test_counts_without_running_anything(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "_probe", lambda *a: pytest.fail("nothing is to be run"))
    study = small(tmp_path / "store", seeds={"root": 7, "replicates": 3})
    found = plan(study, workers=2, probe=False)
    assert (found.points, found.futures, found.policies, found.draws, found.runs) == (8, 1, 3, 3, 75)
    assert (found.stored, found.left, found.basis) == (0, 75, "")
    assert math.isnan(found.seconds_total) and math.isnan(found.seconds_per_run)
    assert 0 < found.bytes_total < 75 * 4000 and found.bytes_free > 1_000_000
    assert not (tmp_path / "store").exists()


def test_times_come_from_the_store_where_enough_runs_were_made_here(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "_probe", lambda *a: pytest.fail("the store tells"))
    store = store_with(small(tmp_path / "store", n=32), SECONDS)  # 97 runs
    study = small(tmp_path / "store", n=64)
    found = plan(study, workers=2, store=store)
    assert (found.basis, found.runs, found.stored, found.left) == ("stored", 193, 97, 96)
    assert found.seconds_by_policy == SECONDS
    # What is left: 32 further points under three policies.
    assert found.seconds_per_run == pytest.approx(3.0, rel=0.05)
    assert found.seconds_total == pytest.approx(96 * 3.0 / 2, rel=0.05)
    assert plan(study, workers=4, store=store).seconds_total < 0.6 * found.seconds_total


@pytest.mark.slow
@pytest.mark.parametrize("case", ["another machine", "too few", "a policy never run"])
def test_else_it_is_probed(case, tmp_path, monkeypatch):
    seen = {"seconds_by_policy": {}, "seconds_per_run": 2.0, "start_up": 1.0, "compiling": 0.0, "memory_per_worker": 5.0}
    asked = []
    monkeypatch.setattr(planning, "_probe", lambda study, table, rows, workers: asked.append(rows) or seen)
    first = small(tmp_path / "store", n=64, policies=["fusion"]) if case.startswith("a policy") else small(tmp_path / "store", n=32)
    store = store_with(first, SECONDS, "elsewhere:1" if case[0:3] == "ano" else None, 40 if case == "too few" else None)
    study = small(tmp_path / "store", n=64)
    found = plan(study, workers=2, store=store)
    assert found.basis == "probe" and found.seconds_total == 1.0 + found.left * 2.0 / 2
    assert len(asked) == 1 and len(asked[0]) == found.left


def test_nothing_left_takes_no_time(tmp_path):
    study = small(tmp_path / "store", n=4)
    store = store_with(study, SECONDS)
    found = plan(study, workers=2, store=store)
    assert (found.left, found.seconds_total, found.bytes_total) == (0, 0.0, 0)


def test_a_sample_is_spread_evenly_wherever_it_is_broken_off():
    rows = np.arange(1000, 11_000)
    found = sample(rows, 2400)
    assert found.size == 2400 == np.unique(found).size and np.isin(found, rows).all()
    for n in (240, 720, 2400):
        quarters = np.histogram(found[:n], bins=4, range=(1000, 11_000))[0]
        assert quarters.min() > 0.6 * n / 4, (n, quarters)
    np.testing.assert_array_equal(np.sort(sample(rows[:10], 100)), rows[:10])
    assert sample(rows[:0], 10).size == 0


@pytest.mark.slow
def test_a_probe_tells_rates_and_stores_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "PROBE_SECONDS", 1.0)
    study = small(tmp_path / "store", n=64)
    found = plan(study, workers=2)
    assert found.basis == "probe" and not (tmp_path / "store").exists()
    assert set(found.seconds_by_policy) <= set(SECONDS) and 0.001 < found.seconds_per_run < 5
    assert found.seconds_total == pytest.approx(found.start_up + found.seconds_per_run * 193 / 2)
    assert 5e7 < found.memory_per_worker < 2e9


@pytest.mark.slow
def test_room_is_reckoned_by_what_is_stored(tmp_path):
    study = small(tmp_path / "store", n=128)
    store = store_of(study)
    carry_on(study, store, engine=Here(), chunk=100)
    grown = small(tmp_path / "store", n=256)
    taken = sum(f.stat().st_size for part in ("runs", "years") for f in (store.path / part).glob("*.parquet"))
    reckoned = plan(grown, workers=2, store=Store.open(store.path), probe=False).bytes_total
    assert table(grown).num_rows - 385 == 384
    assert reckoned == pytest.approx(taken / 385 * 384, rel=0.02)
