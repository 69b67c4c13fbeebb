"""Who writes a store: results acknowledged in a journal, journals folded into chunks, claims on what the dead left."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edusim.errors import RunError, StudyError
from edusim.study import journal
from edusim.study.disk import (
    OPEN,
    SILENCE,
    as_json,
    host_name,
    listed,
    started_at,
    stem_of,
    sync_folder,
    told,
    write_all,
    write_file,
)

if TYPE_CHECKING:
    from edusim.study.store import Store
    from edusim.study.tasks import Result

#: Folders of a store.
FOLDERS = ("journal", "runs", "years", "now", "slurm")


class Writer:
    """Acknowledges results; a context manager, made by :meth:`Store.writer`."""

    def __init__(self, store: Store, shard: str, chunk: int) -> None:
        self.store, self.shard, self.chunk = store, shard, max(1, chunk)
        self.path = store.path / "journal"
        self.host, self.pid = host_name(), os.getpid()
        self.name = f"{self.host}-{self.pid}-{os.urandom(4).hex()}"
        self._handle = -1
        self._part = self._count = self._good = 0
        self._pending: list[bytes] = []
        self._pending_rows = 0
        self._is_open = True
        self._layout = store.layout()
        self._header = journal.schema().serialize().to_pybytes()
        try:
            with told(store.path):
                for name in FOLDERS:
                    (store.path / name).mkdir(exist_ok=True)
                self._take_place()
                self._fold_the_dead()
        except BaseException:
            self._leave()
            raise

    # -- place among writers --------------------------------------------------------------------------------

    @property
    def _beat_file(self) -> Path:
        return self.path / f"{self.name}.json"

    def _publish(self) -> None:
        told = {
            "host": self.host, "pid": self.pid, "started": started_at(self.pid), "shard": self.shard, "at": time.time(),
        }  # fmt: skip
        write_file(self._beat_file, as_json(told), last=False)

    def _take_place(self) -> None:
        """Say that we are here, then look: of two that come at once at least one sees the other."""
        wait = np.random.default_rng(int.from_bytes(os.urandom(8), "little"))
        OPEN[self.name] = self
        for turn in range(4):
            self._publish()
            now = self._beat_file.stat().st_mtime
            others = [
                b for b in self.store.beats() if b.writer != self.name and _overlap(b.shard, self.shard) and b.alive(now)
            ]
            if not others:
                return
            self._withdraw()
            if turn < 3:
                time.sleep(float(wait.uniform(0.02, 0.1)))
        b = others[0]
        since = datetime.fromtimestamp(b.started).strftime("%Y-%m-%d %H:%M")
        raise StudyError(
            "STUDY-BUSY", f"{b.host} 上的进程 {b.pid}（始于 {since}）正在写这个库，部分为 {b.shard}",
            f"process {b.pid} on {b.host} (since {since}) is writing this store, shard {b.shard}", where=str(self.store.path),
            mend_zh="请等它结束，或先停止它，或另选 --shard；若那台机器已经停机，请一分钟后再试",
            mend_en="wait until it ends, stop it, or choose another --shard; if that machine is down, try again in a minute",
        )  # fmt: skip

    def _withdraw(self) -> None:
        with contextlib.suppress(OSError):
            self._beat_file.unlink()

    def _leave(self) -> None:
        """Be no writer any more: whoever finds a journal of ours may claim it."""
        self._is_open = False
        OPEN.pop(self.name, None)
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
        self._withdraw()

    def _fold_the_dead(self) -> None:
        """Claim by renaming, one at a time, the journals of writers that are gone, and fold them.

        Whoever loses the race for a name finds the file gone. A claimed journal carries its claimer's name and
        can be claimed again should the claimer die.
        """
        # Journals before heartbeats: whoever owns a journal that we saw has shown itself before it began it.
        files = listed(self.path, ".arrow")
        now = self._beat_file.stat().st_mtime
        beats = self.store.beats()
        alive = {b.writer for b in beats if b.alive(now)} | {self.name}
        for file in files:
            stem = stem_of(file)
            owner = file.name[:-6].partition("@")[2] or stem.rpartition("-")[0]
            if owner in alive:
                continue
            mine = self.path / f"{stem}@{self.name}.arrow"
            try:
                os.rename(file, mine)
            except FileNotFoundError:
                continue
            self._fold(mine, stem)
        left = [f.name for f in listed(self.path, ".arrow")]
        for beat_file in listed(self.path, ".json"):
            name = beat_file.stem
            with contextlib.suppress(OSError):
                # One that cannot be read was cut by a power failure, unless it is only just being written.
                known = any(b.writer == name for b in beats) or now - beat_file.stat().st_mtime > SILENCE
                if known and name not in alive and not any(name in journal_file for journal_file in left):
                    beat_file.unlink()
        for folder in ("journal", "runs", "years", "."):
            for part in (self.store.path / folder).glob(".*.part"):
                host, _, pid = part.name[:-5].rpartition("-")
                if host.endswith(f".{self.host}") and pid.isdigit() and started_at(int(pid)) != started_at(int(pid)):
                    with contextlib.suppress(OSError):
                        part.unlink()

    def beat(self) -> None:
        """Say that this writer lives; needs no room on the disk.

        Raises
        ------
        RunError
            ``RUN-FOLDER`` when the store has gone.
        """
        with told(self.store.path):
            try:
                os.utime(self._beat_file)
            except FileNotFoundError:
                self._publish()

    # -- results --------------------------------------------------------------------------------------------

    @property
    def _file(self) -> Path:
        return self.path / f"{self._stem}.arrow"

    @property
    def _stem(self) -> str:
        return f"{self.name}-{self._part:05d}"

    def _write(self, data: bytes) -> None:
        """Put a message at the end of the journal; half a message is taken back."""
        if self._handle < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
            self._handle = os.open(self._file, flags, 0o644)
            self._good = 0
            try:
                write_all(self._handle, self._header)
                self._good = len(self._header)
                sync_folder(self.path)
            except OSError:
                os.close(self._handle)
                self._handle = -1
                with contextlib.suppress(OSError):
                    self._file.unlink()
                raise
        try:
            write_all(self._handle, data)
        except OSError:
            os.ftruncate(self._handle, self._good)
            raise
        self._good += len(data)

    def append(self, results: Sequence[Result]) -> None:
        """Write results to the journal, one batch for all of them; folds the journal when it is full.

        Raises
        ------
        RunError
            ``RUN-DISK-FULL`` or ``RUN-FOLDER``; these results are then not stored, unless it was the folding
            that failed; what was acknowledged before is.
        ValueError
            When a result does not fit the study, or the writer is closed.
        """
        if not self._is_open:
            raise ValueError("the writer is closed")
        if not results:
            return
        data = journal.to_batch(results, self._layout).serialize().to_pybytes()
        with told(self.store.path):
            self._write(data)
            self._pending.append(data)
            self._pending_rows += len(results)
            self._count += len(results)
            if self._count >= self.chunk:
                self._sync()
                self._fold_own()

    def sync(self) -> None:
        """Bring all appended results to the disk; from here on they are acknowledged.

        Raises
        ------
        RunError
            ``RUN-DISK-FULL`` or ``RUN-FOLDER``; what was acknowledged before still is.
        """
        with told(self.store.path):
            self._sync()

    def _sync(self) -> None:
        for _ in range(10):
            if self._handle < 0:
                return
            os.fsync(self._handle)
            if self._is_ours():
                self._pending, self._pending_rows = [], 0
                return
            # We were silent for so long that another process took us for dead and claimed our journal. It has all
            # that we acknowledged; what came since goes into a new one.
            again, rows = self._pending, self._pending_rows
            self._next_part()
            for data in again:
                self._write(data)
            self._pending, self._pending_rows, self._count = again, rows, rows
        raise OSError("the journal is taken away again and again")

    def _is_ours(self) -> bool:
        try:
            there, mine = os.stat(self._file), os.fstat(self._handle)
        except FileNotFoundError:
            return False
        return (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)

    def _next_part(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
        self._handle = -1
        self._part += 1
        self._count = self._good = self._pending_rows = 0
        self._pending = []

    def _fold_own(self) -> None:
        """Fold our journal, all of it acknowledged, and begin the next."""
        if self._handle >= 0:
            self._fold(self._file, self._stem)
            self._next_part()

    def _fold(self, file: Path, stem: str) -> None:
        """Turn a journal into a chunk and remove it; may be broken off anywhere and done again."""
        try:
            rows = journal.read(file.read_bytes())
        except FileNotFoundError:
            return  # another has claimed it, and folds it
        target = self.store.path / "runs" / f"{stem}.parquet"
        if len(rows) and not target.exists():
            runs, years = self._layout.tables(rows)
            write_file(self.store.path / "years" / target.name, journal.parquet(years))
            write_file(target, journal.parquet(runs))
        with contextlib.suppress(FileNotFoundError):
            if rows.damaged:
                os.replace(file, self.path / f"{stem}.damaged")
            else:
                file.unlink()

    def close(self) -> None:
        """Acknowledge and fold what is left and leave the store.

        Raises
        ------
        RunError
            ``RUN-DISK-FULL`` or ``RUN-FOLDER``; what was acknowledged stays in the journal.
        """
        if not self._is_open:
            return
        self._is_open = False
        try:
            with told(self.store.path):
                self._sync()
                self._fold_own()
        finally:
            self._leave()

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except RunError:
            if kind is None:  # else the first error says what went wrong
                raise



def _overlap(mine: str, other: str) -> bool:
    """Whether two shards may hold the same run: only ``i/n`` and ``j/n`` with i != j cannot."""
    if "all" in (mine, other) or mine == other:
        return True
    return mine.partition("/")[2] != other.partition("/")[2]
