"""The store: made whole, opened again, refused with the way out; rows, claims, writers side by side."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from edusim.errors import EdusimError, RunError, StudyError
from edusim.study import disk, journal
from edusim.study.sound import verify_files
from edusim.study.store import Store, set_aside
from study_store_cases import (
    BASE_YEAR,
    KEPT,
    OUTCOMES,
    YEARS,
    child_environment,
    design,
    done,
    failed,
    fill,
    key_of,
    make,
    values_of,
)

KEYS = [key_of(i) for i in range(40)]


def code_of(call: Callable[[], Any], code: str) -> EdusimError:
    with pytest.raises(EdusimError) as told:
        call()
    assert told.value.code == code, told.value.message("en")
    for lang in ("zh", "en"):
        assert "\n" not in told.value.message(lang)
    return told.value


def numbers_of(store: Store) -> dict[str, tuple[bytes, bytes]]:
    """Bytes of kept values and outcomes of every done run, read with pandas alone."""
    years = pd.read_parquet(store.path / "years").sort_values(["key", "year"])
    runs = pd.read_parquet(store.path / "runs")
    runs = runs[runs["state"] == "done"].set_index("key")
    by_key = {k: part[list(KEPT)].to_numpy().tobytes() for k, part in years.groupby("key")}
    return {k: (by_key[k], runs.loc[k, list(OUTCOMES)].to_numpy(float).tobytes()) for k in runs.index}


def expected(keys: list[str]) -> dict[str, tuple[bytes, bytes]]:
    return {k: tuple(a.tobytes() for a in values_of(k)) for k in keys}  # type: ignore[misc]


# -- made and opened again ------------------------------------------------------------------------------------


def test_a_new_store_is_made_whole_and_opens_again(tmp_path: Path) -> None:
    store = make(tmp_path / "out" / "s")
    assert sorted(p.name for p in store.path.iterdir()) == [
        "design.parquet", "journal", "manifest.json", "now", "runs", "slurm", "study.yaml", "years",
    ]  # fmt: skip
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["s"]
    again = make(tmp_path / "out" / "s")
    assert again.kept == KEPT and [o["name"] for o in again.outcomes] == list(OUTCOMES) and again.base_year == BASE_YEAR
    assert again.design().equals(design(12)) and again.states() == {} and again.notes == []
    assert Store.open(store.path).study["scenario"] == "county"


def test_a_failure_while_making_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    code_of(lambda: make(tmp_path / "s"), "RUN-DISK-FULL")
    assert list(tmp_path.iterdir()) == []


def test_two_that_make_it_at_once_get_the_same_store(tmp_path: Path) -> None:
    got: list[Store] = []
    threads = [threading.Thread(target=lambda: got.append(make(tmp_path / "s"))) for _ in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(got) == 6 and {s.manifest["identity"] for s in got} == {"study-1"}
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_another_study_is_refused_saying_what_differs(tmp_path: Path) -> None:
    make(tmp_path / "s")
    other = {"scenario": "county", "levers": [{"name": "finance.fund", "high": 9}], "layout": {"n": 99}}
    told = code_of(lambda: make(tmp_path / "s", identity="study-2", study=other), "STUDY-OTHER")
    assert "levers.finance.fund.high: 5 -> 9" in told.en and "layout" not in told.en
    assert "--fresh" in told.mend_en and "store.path" in told.mend_en and told.exit_code == 2
    told = code_of(lambda: make(tmp_path / "s", kept=KEPT[:1]), "STUDY-OTHER")
    assert "-rotation.moves" in told.en
    told = code_of(lambda: make(tmp_path / "s", base_year=2025), "STUDY-OTHER")
    assert "2024 -> 2025" in told.en
    wordy = design(12).set_column(8, "lever.finance.fund", pa.array(["x"] * 12))
    told = code_of(lambda: make(tmp_path / "s", design=wordy), "STUDY-OTHER")
    assert "lever.finance.fund" in told.en


def test_a_changed_model_is_refused_with_the_ways_out(tmp_path: Path) -> None:
    make(tmp_path / "s")
    told = code_of(lambda: make(tmp_path / "s", source="b" * 64), "STUDY-MODEL-CHANGED")
    assert "aaaaaaaa" in told.en and "bbbbbbbb" in told.en
    for way in ("go back to edusim", "--fresh", "store.path", ".old-"):
        assert way in told.mend_en
    assert "--fresh" in told.mend_zh


def test_a_store_is_moved_aside_and_nothing_is_lost(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    assert set_aside(tmp_path / "none") is None
    first = set_aside(store.path)
    make(tmp_path / "s")
    second = set_aside(store.path)
    assert first is not None and second is not None and first != second and first.name.startswith("s.old-")
    assert set(Store.open(first).states()) == {KEYS[0]}
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "letter.txt").write_text("dear")
    code_of(lambda: set_aside(tmp_path / "x"), "STUDY-NOT-A-STORE")


def test_a_store_at_work_is_not_moved(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    with store.writer():
        code_of(lambda: set_aside(store.path), "STUDY-BUSY")


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "letter.txt").write_text("dear")
    code_of(lambda: make(tmp_path / "x"), "STUDY-NOT-A-STORE")
    (tmp_path / "x" / "manifest.json").write_text('{"schema_version": 1}')
    code_of(lambda: make(tmp_path / "x"), "STUDY-NOT-A-STORE")
    assert (tmp_path / "x" / "letter.txt").read_text() == "dear"
    assert "no such folder" in code_of(lambda: Store.open(tmp_path / "gone"), "STUDY-NOT-A-STORE").en


@pytest.mark.parametrize("file", ["manifest.json", "design.parquet", "chunk"])
def test_a_damaged_file_is_named(tmp_path: Path, file: str) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    target = store.path / file if file != "chunk" else next((store.path / "runs").iterdir())
    target.write_bytes(target.read_bytes()[:60])
    told = code_of(lambda: make(tmp_path / "s").states(), "STUDY-DAMAGED")
    assert told.where == str(target)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    file = store.path / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "schema_version": 2}))
    code_of(lambda: Store.open(store.path), "STUDY-SCHEMA")


def test_a_grown_design_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(k) for k in KEYS[:12]])
    broken = design(20).set_column(8, "lever.finance.fund", pa.array(np.arange(20) + 0.5))
    grown = make(tmp_path / "s", 20, design=broken)
    fill(grown, [done(k) for k in KEYS[12:20]])
    found = Store.open(store.path)
    assert found.design().equals(broken) and found.study["layout"]["n"] == 20
    assert len(found.states()) == 20
    # A lever of whole numbers that is given a broken one: files of both are read together.
    assert len(pd.read_parquet(store.path / "runs")) == 20
    assert pd.read_parquet(store.path / "runs")["lever.finance.fund"].dtype == np.float64


def test_other_libraries_are_a_note(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    file = store.path / "manifest.json"
    told = json.loads(file.read_text())
    told["versions"]["numpy"] = "1.0"
    file.write_text(json.dumps(told))
    ((zh, en),) = make(tmp_path / "s").notes
    assert "numpy" in zh and "1.0" in en


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    outcome = {"name": "Policy", "measure": "m", "stage": "", "at": "last", "want": "", "unit": ""}
    code_of(lambda: make(tmp_path / "s", outcomes=[outcome]), "STUDY-COLUMN")
    assert not (tmp_path / "s").exists()


# -- rows -----------------------------------------------------------------------------------------------------


def test_rows_are_seen_before_and_after_folding(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    with store.writer(chunk=8) as writer:
        writer.append([done(k) for k in KEYS[:3]])
        writer.sync()
        assert Store.open(store.path).states() == dict.fromkeys(KEYS[:3], ("done", 1))
        assert not list((store.path / "runs").iterdir())
        writer.append([done(k) for k in KEYS[3:8]])
        assert len(list((store.path / "runs").iterdir())) == 1 and not list((store.path / "journal").glob("*.arrow"))
        writer.append([failed(KEYS[8])])
    states = Store.open(store.path).states()
    assert states == {**dict.fromkeys(KEYS[:8], ("done", 1)), KEYS[8]: ("failed", 1)}
    assert numbers_of(store) == expected(KEYS[:8])
    assert not list((store.path / "journal").iterdir())
    runs = pd.read_parquet(store.path / "runs").set_index("key")
    assert runs.loc[KEYS[8], "error"] == "Traceback\n  错误 ?" and runs.loc[KEYS[8], "code"] == "RUN-X"
    assert runs.loc[KEYS[3], "digest"] == KEYS[3][::-1] and runs.loc[KEYS[3], "seconds"] == 0.25
    assert runs.loc[KEYS[3], "lever.use"] == "all" and runs.loc[KEYS[3], "uncertain.peer.learning"] == 3 / 7
    assert "run" not in runs and "point" not in runs
    years = pd.read_parquet(store.path / "years")
    assert sorted(set(years["year"])) == list(range(BASE_YEAR, BASE_YEAR + YEARS))
    assert len(years) == 8 * YEARS and list(years.columns[-2:]) == list(KEPT)


def test_the_latest_state_is_the_highest_attempt_then_the_later_state(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    a, b, c, d = KEYS[:4]
    fill(store, [failed(a), done(a, 2), failed(b), failed(c, 3, "quarantined"), failed(d, 2)])
    fill(store, [failed(b, 2, "pending"), done(c), done(d, 2)])
    assert store.states() == {a: ("done", 2), b: ("pending", 2), c: ("quarantined", 3), d: ("done", 2)}


def test_not_a_number_becomes_null_and_years_follow_each_run(tmp_path: Path) -> None:
    from edusim.study.tasks import Result

    store = make(tmp_path / "s")
    short = Result(KEYS[0], 1, "done", np.array([[1.0, np.nan]]), np.array([np.nan, 2.0]))
    fill(store, [short, done(KEYS[1])])
    years = pq.read_table(store.path / "years")
    assert years.column(KEPT[1]).null_count == 1
    assert years.column("year").to_pylist() == [2024, 2024, 2025, 2026]


def test_a_result_that_does_not_fit_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    from edusim.study.tasks import Result

    with make(tmp_path / "s").writer() as writer:
        for wrong in (
            Result(KEYS[0], 1, "done", np.ones((2, 3)), np.ones(2)), Result(KEYS[0], 1, "done", np.ones((2, 2)), np.ones(1)),
            Result(KEYS[0], 1, "done"), Result(KEYS[0], 1, "finished"),
        ):  # fmt: skip
            with pytest.raises(ValueError, match=r"fit|no state"):
                writer.append([done(KEYS[1]), wrong])
        writer.append([])
    assert not list((tmp_path / "s" / "runs").iterdir())
    with pytest.raises(ValueError, match="closed"):
        writer.append([done(KEYS[1])])


def test_folding_twice_gives_the_same_files(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    writer = store.writer()
    writer.append([done(k) for k in KEYS[:5]])
    writer.sync()
    (file,) = (store.path / "journal").glob("*.arrow")
    kept = file.read_bytes()
    writer.close()
    before = {p: p.read_bytes() for f in ("runs", "years") for p in (store.path / f).iterdir()}
    file.write_bytes(kept)
    assert len(store.states()) == 5
    for step in ("all left", "runs lost"):
        if step == "runs lost":
            file.write_bytes(kept)
            next((store.path / "runs").iterdir()).unlink()
        store.writer().close()
        assert {p: p.read_bytes() for f in ("runs", "years") for p in (store.path / f).iterdir()} == before
        assert not file.exists()


# -- journals torn and damaged --------------------------------------------------------------------------------


def journal_of(store: Store, *lists: list[Any]) -> bytes:
    """A journal's bytes with one batch for each list."""
    head = journal.schema().serialize().to_pybytes()
    return head + b"".join(journal.to_batch(one, store.layout()).serialize().to_pybytes() for one in lists)


def test_a_journal_is_an_arrow_stream(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    table = pa.ipc.open_stream(journal_of(store, [done(KEYS[0])], [failed(KEYS[1])])).read_all()
    assert table.column("key").to_pylist() == KEYS[:2]


def test_a_torn_tail_of_any_length_costs_no_earlier_row(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    first = journal_of(store, [done(KEYS[0]), failed(KEYS[1])], [done(KEYS[2])])
    whole = journal_of(store, [done(KEYS[0]), failed(KEYS[1])], [done(KEYS[2])], [done(KEYS[3]), done(KEYS[4])])
    for length in range(len(first), len(whole) + 1):
        rows = journal.read(whole[:length])
        assert rows.column("key") == KEYS[: 5 if length == len(whole) else 3], length
        assert rows.damaged == 0
        assert rows.values[2].tobytes() == values_of(KEYS[2])[0].tobytes()
    for length in range(0, len(first), 9):
        assert journal.read(whole[:length]).column("key") in (KEYS[:2], [])
    zeros = journal.read(first + bytes(4096))  # a file that grew before its bytes came
    assert zeros.column("key") == KEYS[:3] and zeros.damaged == 0


def test_a_damaged_byte_is_noticed_and_later_rows_survive(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    lists = [done(KEYS[0])], [done(KEYS[1]), done(KEYS[3])], [done(KEYS[2])]
    whole, second, third = journal_of(store, *lists), len(journal_of(store, *lists[:1])), len(journal_of(store, *lists[:2]))
    sound = {k: tuple(a.tobytes() for a in values_of(k)) for k in KEYS[:4]}
    hurt = 0
    for at in range(second, third):
        torn = bytearray(whole)
        torn[at] ^= 0x55
        rows = journal.read(bytes(torn))
        found = dict(zip(rows.column("key"), zip(rows.values, rows.outcomes, strict=True), strict=True))
        # A byte of padding may change nothing; a row is believed only with its own numbers.
        assert {KEYS[0], KEYS[2]} <= set(found) <= set(KEYS[:4]), at
        assert all(tuple(a.tobytes() for a in pair) == sound[k] for k, pair in found.items()), at
        if len(found) < 4:
            assert rows.damaged >= 1
            hurt += 1
    assert hurt > (third - second) // 3


def test_a_damaged_journal_is_kept_aside_and_told(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    data = bytearray(journal_of(store, [done(KEYS[0])], [done(KEYS[1])]))
    place = data.index(KEYS[0].encode())
    data[place] = ord("z")
    (store.path / "journal").mkdir(exist_ok=True)
    file = store.path / "journal" / "gone-1-abc-00000.arrow"
    file.write_bytes(data)
    assert set(store.states()) == {KEYS[1]}
    (problem,) = verify_files(store)
    assert problem.where == str(file)
    store.writer().close()
    assert set(store.states()) == {KEYS[1]}
    assert [p.name for p in (store.path / "journal").iterdir()] == ["gone-1-abc-00000.damaged"]
    (problem,) = verify_files(store)
    assert problem.where.endswith(".damaged")


# -- several writers ------------------------------------------------------------------------------------------


def test_a_writer_at_work_is_not_joined_by_another_of_its_runs(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    with store.writer(shard="1/3") as first:
        first.append([done(KEYS[0])])
        mine = {p.name for p in (store.path / "journal").glob("*.arrow")}
        told = code_of(lambda: store.writer(shard="1/3"), "STUDY-BUSY")
        assert str(os.getpid()) in told.en and told.exit_code == 2
        code_of(lambda: store.writer(), "STUDY-BUSY")
        code_of(lambda: store.writer(shard="2/4"), "STUDY-BUSY")
        with store.writer(shard="2/3"):
            assert {b.shard for b in store.writers()} == {"1/3", "2/3"}
        assert {p.name for p in (store.path / "journal").glob("*.arrow")} == mine, "what is alive is let alone"
    with store.writer():
        code_of(lambda: store.writer(shard="1/3"), "STUDY-BUSY")
    assert store.writers() == []
    store.writer(shard="1/3").close()


def beat_file(store: Store, **told: Any) -> Path:
    file = store.path / "journal" / "other-77-aa.json"
    whole = {"host": "other", "pid": 77, "started": 1.0, "shard": "all", "at": 1.0, **told}
    file.write_text(json.dumps(whole))
    return file


def test_a_writer_on_another_machine_lives_while_it_is_heard(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    file = beat_file(store)
    told = code_of(lambda: store.writer(), "STUDY-BUSY")
    assert "other" in told.en
    long_ago = time.time() - disk.SILENCE - 5
    os.utime(file, (long_ago, long_ago))
    (store.path / "journal" / "other-77-aa-00003.arrow").write_bytes(journal_of(store, [done(KEYS[0])]))
    store.writer().close()
    assert not list((store.path / "journal").iterdir())
    assert [p.stem for p in (store.path / "runs").iterdir()] == ["other-77-aa-00003"]


def test_a_number_that_went_to_another_process_is_not_the_writer(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    beat_file(store, host=disk.host_name(), pid=os.getppid(), started=disk.started_at(os.getppid()) - 100)
    store.writer().close()
    beat_file(store, host=disk.host_name(), pid=os.getppid(), started=disk.started_at(os.getppid()))
    code_of(lambda: store.writer(), "STUDY-BUSY")


def test_a_writer_that_was_dropped_without_closing_is_dead(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    writer = store.writer()
    writer.append([done(KEYS[0])])
    writer.sync()
    handle = writer._handle
    del writer
    os.close(handle)
    with store.writer():
        assert len(list((store.path / "runs").iterdir())) == 1
    assert store.states() == {KEYS[0]: ("done", 1)}


def test_a_journal_taken_from_a_silent_writer_loses_nothing(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    slow = store.writer(shard="1/2")
    slow.append([done(KEYS[0])])
    slow.sync()
    slow.append([done(KEYS[1])])
    # Someone takes it for dead, claims and folds what it finds; then the writer wakes up.
    disk.OPEN.pop(slow.name)
    with store.writer(shard="2/2"):
        disk.OPEN[slow.name] = slow
        slow.append([done(KEYS[2])])
        slow.sync()
        assert set(store.states()) == set(KEYS[:3])
        slow.append([done(KEYS[3])])
        slow.beat()
        assert {b.shard for b in store.writers()} == {"1/2", "2/2"}
        slow.close()
    assert numbers_of(store).keys() == set(KEYS[:4])
    assert store.states() == dict.fromkeys(KEYS[:4], ("done", 1)) and verify_files(store) == []


def test_a_claim_of_a_dead_claimer_is_claimed_again(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    (store.path / "journal" / "gone-1-aa-00000@also-2-bb.arrow").write_bytes(journal_of(store, [done(KEYS[0])]))
    assert store.states() == {KEYS[0]: ("done", 1)}
    store.writer().close()
    assert [p.name for p in (store.path / "runs").iterdir()] == ["gone-1-aa-00000.parquet"]
    assert not list((store.path / "journal").iterdir())


MANY = """
import sys
from study_store_cases import make
from edusim.errors import StudyError
store = make(sys.argv[1], 40)
print("ready", flush=True)
sys.stdin.readline()
try:
    with store.writer(shard=sys.argv[2]):
        pass
except StudyError as told:
    assert told.code == "STUDY-BUSY"
"""


def test_a_journal_taken_between_the_disk_and_the_fold_is_left_to_the_taker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path / "s")
    writer = store.writer()
    writer.append([done(KEYS[0])])
    real = writer._sync

    def taken() -> None:
        real()
        (file,) = (store.path / "journal").glob("*.arrow")
        file.rename(file.with_name("gone-1-aa-00000@gone-2-bb.arrow"))

    monkeypatch.setattr(writer, "_sync", taken)
    writer.close()
    assert store.states() == {KEYS[0]: ("done", 1)}
    store.writer().close()
    assert numbers_of(store) == expected(KEYS[:1])


@pytest.mark.slow
def test_many_that_open_at_once_fold_each_dead_journal_once(tmp_path: Path) -> None:
    store = make(tmp_path / "s", 40)
    for i in range(20):
        data = journal_of(store, [done(KEYS[2 * i])], [done(KEYS[2 * i + 1])])
        (store.path / "journal" / f"gone-1-aa-{i:05d}.arrow").write_bytes(data)
    children = [
        subprocess.Popen(
            [sys.executable, "-c", MANY, str(store.path), f"{i}/4"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env=child_environment(),
        )
        for i in range(4)
    ]
    for child in children:
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
    for child in children:
        child.communicate(b"\n")
        assert child.returncode == 0
    assert sorted(p.stem for p in (store.path / "runs").iterdir()) == [f"gone-1-aa-{i:05d}" for i in range(20)]
    assert not list((store.path / "journal").iterdir())
    assert numbers_of(store) == expected(KEYS) and verify_files(store) == []


# -- runs that were under way ---------------------------------------------------------------------------------


def test_runs_under_way_in_a_process_that_is_gone_are_suspect(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    child = subprocess.Popen([sys.executable, "-c", "pass"])
    child.wait()
    now, host = store.path / "now", disk.host_name()
    (now / f"{host}-{child.pid}").write_text(KEYS[0])
    (now / f"{host}-{os.getpid()}").write_text(KEYS[1])
    (now / "far-9").write_text(KEYS[2])
    (now / "far-10").write_text(KEYS[3])
    old = time.time() - disk.SILENCE - 5
    os.utime(now / "far-10", (old, old))
    assert store.suspects() == {KEYS[0], KEYS[3]}
    beat_file(store, host="far")
    assert store.suspects() == {KEYS[0]}
    store.forget_suspects([KEYS[0]])
    assert store.suspects() == set() and (now / f"{host}-{os.getpid()}").exists()


# -- a disk that refuses --------------------------------------------------------------------------------------


CALLS = ("write", "fsync", "replace", "open", "rename")
FEW = [("write", 1), ("write", 4), ("fsync", 6), ("replace", 2), ("replace", 3), ("open", 5)]


@pytest.mark.parametrize(
    ("call", "step"),
    [pytest.param(c, n, marks=[] if (c, n) in FEW else [pytest.mark.slow]) for c in CALLS for n in range(1, 18 if c != "rename" else 3)],
)
def test_a_full_disk_at_any_step_is_told_and_keeps_what_was_acknowledged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, step: int
) -> None:
    store = make(tmp_path / "s", 40)
    real, calls, acknowledged = getattr(os, call), [0], []

    def refuse(*a: Any, **k: Any) -> Any:
        calls[0] += 1
        if calls[0] >= step:
            if call == "write":
                real(a[0], bytes(a[1])[: len(a[1]) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(*a, **k)

    told: RunError | None = None
    with monkeypatch.context() as patched:
        patched.setattr(os, call, refuse)
        try:
            with store.writer(chunk=6) as writer:
                for at in range(0, 20, 2):
                    writer.append([done(k) for k in KEYS[at : at + 2]])
                    writer.sync()
                    acknowledged += KEYS[at : at + 2]
        except RunError as problem:
            told = problem
    assert calls[0] < step or (told is not None and told.code == "RUN-DISK-FULL" and told.where), "the error is located"
    found = Store.open(store.path)
    assert set(acknowledged) <= set(found.states())
    assert verify_files(found) == []
    # There is room again: the same process goes on.
    fill(found, [done(k) for k in KEYS if k not in found.states()], chunk=6)
    assert numbers_of(found) == expected(KEYS) and verify_files(found) == []
    assert not list((store.path / "journal").iterdir())


def test_a_writer_goes_on_after_a_disk_that_was_full_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path / "s", 40)
    real = os.write
    with store.writer() as writer:
        writer.append([done(KEYS[0])])
        with monkeypatch.context() as patched:

            def half(handle: int, data: Any) -> int:
                real(handle, bytes(data)[: len(data) // 2])
                raise OSError(errno.ENOSPC, "No space left on device")

            patched.setattr(os, "write", half)
            code_of(lambda: writer.append([done(KEYS[1])]), "RUN-DISK-FULL")
        writer.append([done(KEYS[1])])
        writer.sync()
        (file,) = (store.path / "journal").glob("*.arrow")
        rows = journal.read(file.read_bytes())
        assert rows.column("key") == KEYS[:2] and rows.damaged == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    (store.path / "journal").chmod(0o500)
    try:
        code_of(lambda: store.writer(), "RUN-FOLDER")
    finally:
        (store.path / "journal").chmod(0o700)


def test_a_file_where_the_store_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("no folder")
    code_of(lambda: make(tmp_path / "s"), "STUDY-NOT-A-STORE")
    code_of(lambda: make(tmp_path / "s" / "deeper"), "RUN-FOLDER")


# -- files looked over ----------------------------------------------------------------------------------------


def rewritten(file: Path, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    table = pq.read_table(file)
    file.write_bytes(journal.parquet(pa.Table.from_pandas(change(table.to_pandas()), schema=table.schema, preserve_index=False)))


def test_faults_of_chunks_are_found(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(k) for k in KEYS[:4]])
    assert verify_files(store) == []
    (runs,), (years,) = (list((store.path / f).iterdir()) for f in ("runs", "years"))
    sound = {f: f.read_bytes() for f in (runs, years)}

    def told(file: Path, change: Callable[[], Any], words: str) -> None:
        change()
        found = verify_files(Store.open(store.path))
        assert any(p.where == str(file) and words in p.en for p in found), [p.message("en") for p in found]
        for f, data in sound.items():
            f.write_bytes(data)

    def flipped(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[40] ^= 1
        file.write_bytes(data)

    told(years, years.unlink, "missing")
    told(years, lambda: flipped(years), "damaged")
    told(runs, lambda: flipped(runs), "damaged")
    told(years, lambda: rewritten(years, lambda t: t[t["key"] != KEYS[2]]), "no years")
    told(years, lambda: rewritten(runs, lambda t: t[t["key"] != KEYS[2]]), "no done run")
    told(runs, lambda: rewritten(runs, lambda t: t.assign(policy="other")), "contradict")
    told(runs, lambda: rewritten(runs, lambda t: t.assign(key=[KEYS[30], *t["key"][1:]])), "not in the design")
    told(runs, lambda: runs.write_bytes(journal.parquet(pq.read_table(runs).drop(["cost"]))), "cost")
    assert verify_files(store) == []


def test_a_run_done_twice_must_have_the_same_numbers(tmp_path: Path) -> None:
    from dataclasses import replace

    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    fill(store, [done(KEYS[0])])
    assert verify_files(store) == []
    one = done(KEYS[0])
    assert one.values is not None
    fill(store, [replace(one, values=np.nextafter(one.values, 1))])
    assert any("done twice" in p.en for p in verify_files(store))


def test_errors_are_study_errors() -> None:
    assert StudyError("X", "", "").exit_code == 2 and RunError("X", "", "").exit_code == 1


def test_the_disk_is_asked_in_the_order_that_survives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make(tmp_path / "s")
    said: list[str] = []

    def watched(name: str) -> None:
        real = getattr(os, name)

        def call(first: Any, *rest: Any, **more: Any) -> Any:
            what = Path(os.readlink(f"/proc/self/fd/{first}")) if isinstance(first, int) else Path(first)
            found = real(first, *rest, **more)
            said.append(f"{name} {what.parent.name if what.suffix else what.name}{what.suffix}")
            return found

        monkeypatch.setattr(os, name, call)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("descriptors cannot be named here")
    with store.writer(chunk=4) as writer:
        writer.append([done(KEYS[0])])
        for name in ("write", "fsync", "replace", "unlink"):
            watched(name)
        writer.append([done(KEYS[1])])
        assert said == ["write journal.arrow"]
        writer.sync()
        assert said == ["write journal.arrow", "fsync journal.arrow"]
        said.clear()
        writer.append([done(KEYS[2]), done(KEYS[3])])
        one = [f"{what} {{0}}.part" for what in ("write", "fsync", "replace")]
        order = [*(s.format("years") for s in one), "fsync years", *(s.format("runs") for s in one), "fsync runs"]
        assert [s for s in said if not s.startswith("unlink")] == ["write journal.arrow", "fsync journal.arrow", *order]
        monkeypatch.undo()
    assert not list((store.path / "journal").iterdir())


READER = """
import sys
from study_store_cases import done, key_of, make
store = make(sys.argv[1], 1200)
with store.writer(chunk=9) as writer:
    for at in range(0, 1200, 3):
        writer.append([done(key_of(i)) for i in range(at, at + 3)])
        writer.sync()
        print(at + 3, flush=True)
"""


@pytest.mark.slow
def test_a_reader_beside_a_writer_misses_nothing_acknowledged(tmp_path: Path) -> None:
    from edusim.study import tables

    make(tmp_path / "s", 1200)
    command = [sys.executable, "-c", READER, str(tmp_path / "s")]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=child_environment())
    heard, looks = [0], 0

    def listen() -> None:
        assert child.stdout is not None
        for line in child.stdout:
            heard[0] = int(line)

    ear = threading.Thread(target=listen)
    ear.start()
    store = Store.open(tmp_path / "s")
    while child.poll() is None:
        known = heard[0]
        assert len(store.states()) >= known
        if looks % 5 == 0:
            known = heard[0]
            assert tables.query(store, "SELECT count(DISTINCT key) FROM years").iloc[0, 0] >= known
        looks += 1
    ear.join()
    assert child.returncode == 0 and looks > 3 and len(store.states()) == 1200
