"""``kill -9`` at any moment: nothing acknowledged is lost, nothing is unreadable, the rest goes on as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from edusim.study import tables
from edusim.study.sound import verify_files
from edusim.study.store import Store
from study_store_cases import KEPT, OUTCOMES, child_environment, key_of, make

RUNS, KILLS, CHUNK = 24_000, 25, 7

#: Goes on with what is not yet stored, as a driver does, and says what has been acknowledged.
CHILD = """
import os, sys, time
from study_store_cases import done, make
store = make(sys.argv[1], int(sys.argv[2]))
stored = store.states()
left = [k for k in store.design().column("key").to_pylist() if k not in stored][: int(sys.argv[4])]
if "in place" in sys.argv:
    # As a store without care would write; the test must see it.
    def write_file(path, data, *, last=True):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        for at in range(0, len(data), 500):
            os.write(handle, data[at : at + 500])
            time.sleep(0.0005)  # a slow disk
        os.close(handle)
    import edusim.study.writer
    edusim.study.writer.write_file = write_file
if "no journal" in sys.argv:
    # As a store that acknowledges before it writes.
    import edusim.study.writer
    held = []
    edusim.study.writer.Writer._write = lambda self, data: held.append(data)
with store.writer(chunk=int(sys.argv[3])) as writer:
    print("ready", flush=True)
    for at in range(0, len(left), 3):
        part = left[at : at + 3]
        writer.append([done(k) for k in part])
        writer.sync()
        os.write(1, "".join(k + chr(10) for k in part).encode())
print("end", flush=True)
"""


def start(store: Path, *how: str, runs: int = RUNS, limit: int = RUNS) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CHILD, str(store), str(runs), str(CHUNK), str(limit), *how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, env=child_environment())


def killed(store: Path, after: float, *how: str) -> list[str]:
    """Let a child write, kill it after some seconds of writing, return the keys that it acknowledged."""
    child = start(store, *how)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    heard = child.stdout.read()
    child.wait()
    assert child.returncode == -signal.SIGKILL, "it ended before it could be killed"
    # A line cut by the death was never heard.
    return [line for line in heard.decode().split("\n")[:-1] if len(line) == 32]


def faults(path: Path, acknowledged: set[str]) -> list[str]:
    """What is lost or cannot be read, in a store as the dead left it."""
    found = []
    store = Store.open(path)
    try:
        lost = acknowledged - store.states().keys()
        found += [f"{len(lost)} acknowledged runs are lost"] if lost else []
        found += [p.message("en") for p in verify_files(store)]
    except Exception as problem:
        found.append(str(problem))
    for folder in ("runs", "years"):
        latest = sorted((path / folder).glob("[!.]*.parquet"), key=lambda file: file.stat().st_mtime_ns)[-40:]
        for file in latest:  # the others were read after an earlier kill, and no file is written twice
            try:
                pq.read_table(file)
            except Exception as problem:
                found.append(f"{file.name}: {problem}")
    return found


def contents(path: Path) -> pd.DataFrame:
    """All that a run decides, in the order of keys, through the views."""
    columns = ", ".join(f'"{c}"' for c in ("key", *OUTCOMES, "digest", "policy", "draw", "lever.finance.fund", "lever.use"))
    runs = tables.query(path, f"SELECT {columns} FROM runs WHERE state = 'done' ORDER BY key")
    kept = ", ".join(f'"{c}"' for c in KEPT)
    years = tables.query(path, f"SELECT key, year, {kept} FROM years ORDER BY key, year")
    return years.merge(runs, on="key", how="outer", validate="many_to_one")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_nothing_acknowledged_is_lost_to_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "killed"
    make(path, RUNS)
    moment, acknowledged, in_fold = random.Random(20261125), set[str](), 0
    for turn in range(KILLS):
        new = killed(path, moment.uniform(0.0, 0.15))
        assert not acknowledged & set(new), "what is stored is not made again"
        acknowledged |= set(new)
        assert faults(path, acknowledged) == [], f"after kill {turn + 1}"
        committed = {p.name for p in (path / "runs").glob("[!.]*")}
        half = [p for p in (path / "years").glob("[!.]*") if p.name not in committed]
        in_fold += bool(half or list(path.glob("*/.*.part")))
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged runs, {in_fold} kills inside a fold")
    assert len(acknowledged) > 25 * CHUNK and in_fold, "the kills must hit a store at work"
    # The rest, without interruption: as many runs as were stored, so that the test ends.
    stored = len(Store.open(path).states())
    last = start(path, limit=300)
    assert last.communicate()[0].endswith(b"end\n") and last.returncode == 0
    whole = tmp_path / "whole"
    make(whole, RUNS)
    one = start(whole, limit=stored + 300)
    one.communicate()
    assert one.returncode == 0
    first, second = contents(path), contents(whole)
    assert len(first["key"].unique()) == stored + 300
    assert set(first["key"]) == {key_of(i) for i in range(stored + 300)}
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    for column in (*KEPT, *OUTCOMES):
        assert first[column].to_numpy().tobytes() == second[column].to_numpy().tobytes()
    assert not list((path / "journal").iterdir()) and not list(path.glob("*/.*.part"))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize("how", ["in place", "no journal"])
def test_the_test_sees_a_careless_store(tmp_path: Path, how: str) -> None:
    # A gate that cannot fail is none.
    path = tmp_path / "s"
    make(path, RUNS)
    moment, acknowledged = random.Random(3), set[str]()
    for _ in range(KILLS):
        acknowledged |= set(killed(path, moment.uniform(0.0, 0.15), how))
        if faults(path, acknowledged):
            return
    pytest.fail(f"25 kills of a store written {how} went unnoticed")
