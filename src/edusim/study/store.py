"""The store of a study: a folder that a power cut, a full disk or ``kill -9`` cannot make unreadable.

A writer appends results to a journal and calls :meth:`Writer.sync`; from then on they are acknowledged. Full
journals are folded into Parquet: first ``years``, then ``runs``, each written under another name and renamed;
the rename in ``runs`` commits both. Whoever opens the store for writing folds what dead writers left. The
files of a chunk are named after their journal and made from it alone, so folding twice gives the same files.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import __version__
from edusim.errors import RunError, StudyError
from edusim.folders import disk_error
from edusim.study import journal
from edusim.study.journal import RANK, Layout, Rows

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from edusim.study.tasks import Result

SCHEMA_VERSION = 1
FORMAT = "edusim-study"
#: Seconds after which a silent writer or worker on another machine is taken for dead.
SILENCE = 60.0
FOLDERS = ("journal", "runs", "years", "now", "slurm")
#: Libraries whose versions are stored: another version may round a number differently.
LIBRARIES = ("numpy", "numba", "scipy", "pandas", "mesa", "pyarrow", "duckdb")
#: What a study may change and stay the same study: it only adds runs, or says how and where they are made.
GROWS = {
    "name_zh", "name_en", "file", "store", "execution", "execute", "layout", "futures", "seeds", "policies", "only",
    "runs", "n", "replicates",
}  # fmt: skip

#: Writers open in this process, by name: one that nobody holds any more is dead although its process lives.
_OPEN: weakref.WeakValueDictionary[str, Writer] = weakref.WeakValueDictionary()


@contextlib.contextmanager
def _told(where: Path) -> Iterator[None]:
    """Turn an error of the disk into one that a reader can act on."""
    try:
        yield
    except OSError as problem:
        found = disk_error(problem, where)
        if found.code == "RUN-DISK-FULL":
            zh, en = "磁盘已满；已确认的结果仍在", "the disk is full; acknowledged results are still there"
            mend = "请腾出空间后再次运行：会从断处继续", "make room and run again: it goes on where it stopped"
        else:
            zh, en = f"{found.zh}；已确认的结果仍在", f"{found.en}; acknowledged results are still there"
            mend = "请恢复写权限，或把 store.path 换到可写的文件夹", "make it writable, or set store.path to a folder that can be written"
        raise RunError(found.code, zh, en, where=str(where), mend_zh=mend[0], mend_en=mend[1]) from None


def _damaged(file: Path, problem: object) -> StudyError:
    reason = str(problem).strip().splitlines()[0][:160] if str(problem).strip() else type(problem).__name__
    return StudyError(
        "STUDY-DAMAGED", f"库中的文件已损坏（{reason}）", f"a file of the store is damaged ({reason})", where=str(file),
        mend_zh="请从备份恢复它；若是 runs 或 years 中的文件，也可把两处同名文件移走，再次运行会补上这些运行",
        mend_en="restore it from a copy; a file of runs or years may instead be moved away, with the one of the same name in "
        "the other folder, and running again makes those runs again",
    )  # fmt: skip


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, data: bytes) -> None:
    """Write every byte."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def write_file(path: Path, data: bytes, *, last: bool = True) -> None:
    """Write a file whole or not at all: another name, fsync, rename, fsync of the folder.

    Raises
    ------
    OSError
        When the disk refuses; nothing is left then, and a file that was there is as it was.
    """
    # The name begins with a dot: readers of the folder pass it over.
    part = path.with_name(f".{path.name}.{_host()}-{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        try:
            _write_all(handle, data)
            if last:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(part, path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    if last:
        _sync_folder(path.parent)


def _host() -> str:
    """Return this machine's name as it may stand in the name of a file."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname()) or "host"


def _started(pid: int) -> float:
    """Return when a process began, or NaN when there is none: a number may have gone to another process."""
    import psutil

    try:
        process = psutil.Process(pid)
        return float("nan") if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return float("nan")


def versions() -> dict[str, str]:
    """Return the versions of this program, Python and the libraries that results rest on."""
    import platform
    from importlib.metadata import PackageNotFoundError, version

    found = {"edusim": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@dataclass(frozen=True)
class Beat:
    """Whose journal it is: the heartbeat file of a writer.

    Attributes
    ----------
    writer, host, pid, started
        Name of the writer; machine, number and start (seconds since 1970) of its process.
    shard
        ``all`` or ``i/n``.
    seen
        When it last said that it lives (time of the file).
    """

    writer: str
    host: str
    pid: int
    started: float
    shard: str
    seen: float

    def alive(self, now: float) -> bool:
        """Whether the writer is at work; ``now`` by the clock of the disk that holds the store."""
        if self.host != _host():
            return now - self.seen <= SILENCE
        if self.pid == os.getpid():
            return self.writer in _OPEN
        return abs(_started(self.pid) - self.started) < 2.0


@dataclass(frozen=True)
class Snapshot:
    """All rows that a store holds at one moment, chunks first, then journals, in the order of their names.

    Attributes
    ----------
    stems
        Names of the committed chunks, then of the journals not yet folded.
    n_chunks
        How many of them are chunks.
    rows
        Rows of each journal.
    keys, attempts, states
        Of every row.
    source, row
        Place in ``stems``, and row within it.
    """

    stems: list[str]
    n_chunks: int
    rows: list[Rows]
    keys: NDArray[np.object_]
    attempts: NDArray[np.int64]
    states: NDArray[np.object_]
    source: NDArray[np.int64]
    row: NDArray[np.int64]

    @cached_property
    def latest(self) -> dict[str, int]:
        """Row that holds for each key: the highest attempt, of these the latest of the states, of these the last."""
        found: dict[str, int] = dict(zip(self.keys.tolist(), range(self.keys.size), strict=True))
        if len(found) < self.keys.size:
            rank = np.array([RANK.get(s, 0) for s in self.states.tolist()], dtype=np.int64)
            order = np.lexsort((np.arange(self.keys.size), rank, self.attempts))
            found = dict(zip(self.keys[order].tolist(), order.tolist(), strict=True))
        return found

    @property
    def superseded(self) -> NDArray[np.int64]:
        """Rows that another row of the same key replaces."""
        if len(self.latest) == self.keys.size:
            return np.empty(0, dtype=np.int64)
        keep = np.zeros(self.keys.size, dtype=bool)
        keep[list(self.latest.values())] = True
        return np.flatnonzero(~keep)


@dataclass
class Store:
    """A study's store; see :meth:`create` for running and :meth:`open` for reading.

    Attributes
    ----------
    path
        The folder.
    manifest
        What ``manifest.json`` says.
    notes
        What a reader should know (Chinese, English), such as libraries of other versions; no refusals.
    """

    path: Path
    manifest: Mapping[str, Any]
    notes: list[tuple[str, str]] = field(default_factory=list)
    _read: dict[str, Any] = field(default_factory=dict, repr=False)

    # -- made or opened -------------------------------------------------------------------------------------

    @classmethod
    def create(
        cls,
        path: str | os.PathLike[str],
        *,
        identity: str,
        study: Mapping[str, Any],
        source: str,
        design: pa.Table,
        kept: Sequence[str],
        outcomes: Sequence[Mapping[str, Any]],
        base_year: int | None = None,
        file: str | None = None,
    ) -> Store:
        """Make a store, or open one that is there for going on with the same study.

        Parameters
        ----------
        path
            Folder of the store.
        identity
            Hash of what makes the study this one, without what may grow.
        study
            The study in plain values, for readers and for saying what differs.
        source
            Hash of the model's own source.
        design
            The design table; one that has grown replaces the stored one.
        kept
            Columns of measures kept for every year, in the order of a result's values.
        outcomes
            ``name, measure, stage, at, want, unit`` of each outcome, in the order of a result's outcomes.
        base_year
            School year of the first row of a result's values; ``study["base_year"]`` when None.
        file
            Text of the study file as it was given.

        Raises
        ------
        StudyError
            ``STUDY-OTHER``, ``STUDY-MODEL-CHANGED``, ``STUDY-NOT-A-STORE``, ``STUDY-DAMAGED``, ``STUDY-SCHEMA``,
            ``STUDY-COLUMN``.
        RunError
            ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
        """
        target = Path(path)
        if base_year is None:
            base_year = int(study.get("base_year", 0))
        asked: dict[str, Any] = {
            "format": FORMAT, "schema_version": SCHEMA_VERSION, "identity": identity, "source": source,
            "versions": versions(), "created": datetime.now(UTC).isoformat(timespec="seconds"), "kept": list(kept),
            "outcomes": [dict(o) for o in outcomes], "base_year": base_year, "study": dict(study),
        }  # fmt: skip
        asked = json.loads(json.dumps(asked, ensure_ascii=False, default=str))  # as it will be read back
        _refuse_twice_named(Layout(kept, [str(o["name"]) for o in outcomes], base_year, design), target)
        if not _holds_something(target):
            try:
                _make(target, asked, design, file)
                return cls(target, asked)
            except RunError:
                # Another process may have made it between our look and our rename.
                if not (target / "manifest.json").is_file():
                    raise
        store = cls.open(target)
        store._refuse_another(asked, design)
        store._grow(asked, design, file)
        return store

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Store:
        """Open a store for reading; writes nothing.

        Raises
        ------
        StudyError
            ``STUDY-NOT-A-STORE``, ``STUDY-DAMAGED`` or ``STUDY-SCHEMA``.
        """
        target = Path(path)
        file = target / "manifest.json"
        if not file.is_file():
            if not target.exists():
                zh, en = "没有这个文件夹", "there is no such folder"
            else:
                zh, en = "这不是研究的库（没有 manifest.json）", "this is no store of a study (there is no manifest.json)"
            raise _no_store(target, zh, en)
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("no mapping")
        except (OSError, ValueError) as problem:
            raise _damaged(file, problem) from None
        if found.get("format") != FORMAT:
            raise _no_store(target, "这不是研究的库（manifest.json 属于别的文件夹）", "this is no store of a study (its manifest.json is another folder's)")
        stored = found.get("schema_version")
        if not isinstance(stored, int) or stored > SCHEMA_VERSION:
            by = found.get("versions", {}).get("edusim", "?")
            raise StudyError(
                "STUDY-SCHEMA", f"此库的格式为第 {stored} 版，由 edusim {by} 写出；本程序只认识到第 {SCHEMA_VERSION} 版",
                f"this store has format {stored}, written by edusim {by}; this program knows formats up to {SCHEMA_VERSION}",
                where=str(file), mend_zh="请升级 edusim 后再打开", mend_en="open it with a newer edusim",
            )  # fmt: skip
        lacks = [k for k in ("identity", "source", "kept", "outcomes", "base_year", "study", "versions") if k not in found]
        if lacks:
            raise _damaged(file, f"no {', '.join(lacks)}")
        return cls(target, found)

    def _refuse_another(self, asked: Mapping[str, Any], design: pa.Table) -> None:
        """Refuse a store of another study or another model, saying what differs and the ways out."""
        stored = self.manifest
        fresh_zh = "或用 edusim study run --fresh（旧库改名为 <名称>.old-<日期>，不删除任何内容），或换一个 store.path"
        fresh_en = "or use `edusim study run --fresh` (the old store is moved aside as <name>.old-<date>, nothing is deleted), or set another store.path"
        differs = _differences(stored, asked)
        kinds = _kinds(Layout((), (), 0, self.design()).factors.schema)
        mine = _kinds(Layout((), (), 0, design).factors.schema)
        differs += [f"{name}: {kinds[name]} -> {mine[name]}" for name in mine if kinds.get(name, mine[name]) != mine[name]]
        if stored["identity"] != asked["identity"] or differs:
            what = "; ".join((differs or _differences(stored, asked, everything=True))[:4])
            raise StudyError(
                "STUDY-OTHER", f"库中是另一项研究" + (f"（不同之处：{what}）" if what else ""),
                "the store holds another study" + (f" (what differs: {what})" if what else ""), where=str(self.path),
                mend_zh=f"请恢复原来的研究文件，{fresh_zh}", mend_en=f"give the study file as it was, {fresh_en}",
            )  # fmt: skip
        if stored["source"] != asked["source"]:
            old, new = stored["versions"].get("edusim", "?"), asked["versions"]["edusim"]
            was, now = str(stored["source"])[:8], str(asked["source"])[:8]
            raise StudyError(
                "STUDY-MODEL-CHANGED",
                f"库中的结果由 edusim {old}（模型 {was}）算出，现在运行的是 edusim {new}（模型 {now}），两者不能混在一起",
                f"the stored results are those of edusim {old} (model {was}), running is edusim {new} (model {now}): they must not be mixed",
                where=str(self.path), mend_zh=f"请换回 edusim {old} 做完它，{fresh_zh}",
                mend_en=f"go back to edusim {old} to finish it, {fresh_en}",
            )  # fmt: skip

    def _grow(self, asked: Mapping[str, Any], design: pa.Table, file: str | None) -> None:
        """Put a grown design and what the study now says in place of the stored ones."""
        known = self.manifest["versions"]
        for name, running in asked["versions"].items():
            if name != "edusim" and known.get(name, running) != running:
                self.notes.append(
                    (f"{name} 的版本与库中不同：{known[name]}，现为 {running}", f"{name} was {known[name]} when the store was made, now {running}")
                )
        with _told(self.path):
            if not self.design().equals(design):
                write_file(self.path / "design.parquet", journal.parquet(design))
                self._read.clear()
            if self.manifest["study"] != asked["study"]:
                self.manifest = {**self.manifest, "study": asked["study"]}
                write_file(self.path / "manifest.json", _json(self.manifest))
            yaml = self.path / "study.yaml"
            if file is not None and (not yaml.is_file() or yaml.read_bytes() != file.encode()):
                write_file(yaml, file.encode())

    # -- read -----------------------------------------------------------------------------------------------

    @property
    def study(self) -> Mapping[str, Any]:
        """The study in plain values."""
        found: Mapping[str, Any] = self.manifest["study"]
        return found

    @property
    def kept(self) -> tuple[str, ...]:
        """Columns of measures kept for every year."""
        return tuple(self.manifest["kept"])

    @property
    def outcomes(self) -> tuple[Mapping[str, Any], ...]:
        """``name, measure, stage, at, want, unit`` of each outcome."""
        return tuple(self.manifest["outcomes"])

    @property
    def base_year(self) -> int:
        """School year of the first row of a run's values."""
        return int(self.manifest["base_year"])

    def design(self) -> pa.Table:
        """Return the design table, one row a planned run.

        Raises
        ------
        StudyError
            ``STUDY-DAMAGED``.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        if "design" not in self._read:
            file = self.path / "design.parquet"
            try:
                table = pq.read_table(file, page_checksum_verification=True)
                table.column("key")
            except (OSError, KeyError, pa.ArrowException) as problem:
                raise _damaged(file, problem) from None
            self._read["design"] = table
        found: pa.Table = self._read["design"]
        return found

    def layout(self) -> Layout:
        """Return what the tables of this store's chunks look like."""
        if "layout" not in self._read:
            names = [str(o["name"]) for o in self.outcomes]
            self._read["layout"] = Layout(self.kept, names, self.base_year, self.design())
        found: Layout = self._read["layout"]
        return found

    def chunks(self) -> list[str]:
        """Return the names of the committed chunks."""
        with contextlib.suppress(FileNotFoundError):
            return sorted(n[:-8] for n in os.listdir(self.path / "runs") if n.endswith(".parquet") and n[0] != ".")
        return []

    def snapshot(self) -> Snapshot:
        """Return the keys, attempts and states of all rows, with the rows of journals.

        Raises
        ------
        StudyError
            ``STUDY-DAMAGED`` naming the chunk.
        """
        import pyarrow as pa

        # Journals first: one that is folded while we read is then found among the chunks.
        left = self._journals()
        stems = self.chunks()
        found = self._read.setdefault("chunks", {})
        for stem in stems:
            if stem not in found:
                found[stem] = self._chunk_index(stem)
        committed = set(stems)
        left = {stem: rows for stem, rows in left.items() if stem not in committed and len(rows)}
        parts: list[pa.Table] = [found[stem] for stem in stems]
        for rows in left.values():
            columns = [rows.column("key"), rows.column("attempt"), rows.column("state")]
            parts.append(pa.table([pa.array(c, t) for c, t in zip(columns, _INDEX(), strict=True)], names=["key", "attempt", "state"]))
        sizes = np.array([p.num_rows for p in parts], dtype=np.int64)
        if parts:
            whole = pa.concat_tables(parts)
            keys, states = whole.column("key").to_numpy(), whole.column("state").to_numpy()
            attempts = whole.column("attempt").to_numpy().astype(np.int64)
        else:
            keys = states = np.empty(0, dtype=object)
            attempts = np.empty(0, dtype=np.int64)
        starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
        return Snapshot(
            stems + list(left), len(stems), list(left.values()), keys, attempts, states,
            np.repeat(np.arange(sizes.size), sizes), np.arange(keys.size) - starts,
        )  # fmt: skip

    def _chunk_index(self, stem: str) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        file = self.path / "runs" / f"{stem}.parquet"
        try:
            with pq.ParquetFile(file) as opened:
                return opened.read(columns=["key", "attempt", "state"], use_threads=False)
        except (OSError, KeyError, pa.ArrowException) as problem:
            raise _damaged(file, problem) from None

    def _journals(self) -> dict[str, Rows]:
        """Return the rows of every journal, by the name its chunk will have."""
        folder = self.path / "journal"
        found: dict[str, Rows] = {}
        for _ in range(20):
            files = _listed(folder, ".arrow")
            missed = False
            for file in files:
                stem = _stem(file)
                if stem not in found:
                    try:
                        found[stem] = journal.read(file.read_bytes())
                    except FileNotFoundError:
                        missed = True  # folded, or claimed by someone who will fold it: look again
            if not missed:
                break
        return dict(sorted(found.items()))

    def states(self) -> dict[str, tuple[str, int]]:
        """Return the latest state and attempt of every key that has a row, in chunks or journals.

        The latest is the highest attempt, of these the last of :data:`edusim.study.tasks.STATES`.

        Raises
        ------
        StudyError
            ``STUDY-DAMAGED`` naming the chunk.
        """
        now = self.snapshot()
        pairs = zip(now.states.tolist(), now.attempts.tolist(), strict=True)
        if len(now.latest) == now.keys.size:
            return dict(zip(now.keys.tolist(), pairs, strict=True))
        listed = list(pairs)
        return {key: listed[row] for key, row in now.latest.items()}

    # -- who is at work -------------------------------------------------------------------------------------

    def beats(self) -> list[Beat]:
        """Return the heartbeats of all writers, dead or alive."""
        found = []
        for file in _listed(self.path / "journal", ".json"):
            try:
                told, seen = json.loads(file.read_text(encoding="utf-8")), file.stat().st_mtime
                found.append(Beat(file.stem, str(told["host"]), int(told["pid"]), float(told["started"]), str(told["shard"]), seen))
            except (OSError, ValueError, KeyError, TypeError):
                continue  # gone meanwhile, or never whole: nobody stands behind it
        return found

    def writers(self) -> list[Beat]:
        """Return the writers that are at work now."""
        now = time.time()
        return [b for b in self.beats() if b.alive(now)]

    def _under_way(self) -> Iterator[tuple[Path, str]]:
        """Yield (file, key) of every mark in ``now`` whose process is gone."""
        hosts = {b.host for b in self.writers()}
        for file in _listed(self.path / "now", ""):
            host, _, pid = file.name.rpartition("-")
            try:
                words, seen = file.read_text(encoding="utf-8").split(), file.stat().st_mtime
            except (OSError, ValueError):
                continue
            if not pid.isdigit() or not words:
                continue
            if host == _host():
                started = _started(int(pid))
                # A process younger than the mark has only inherited the number.
                gone = not started <= seen + 2.0
            else:
                gone = host not in hosts and time.time() - seen > SILENCE
            if gone:
                yield file, words[0]

    def suspects(self) -> set[str]:
        """Return the keys that were under way in a process that is gone.

        A mark is ``now/<host>-<pid>``, its first word the key. On this machine the process decides; on another
        one it is gone when no writer there is at work and the mark is older than 60 s.
        """
        return {key for _, key in self._under_way()}

    def forget_suspects(self, keys: Sequence[str] | set[str] | None = None) -> None:
        """Remove the marks of processes that are gone: of the given keys, or all."""
        for file, key in self._under_way():
            if keys is None or key in keys:
                with contextlib.suppress(OSError):
                    file.unlink()

    def writer(self, *, shard: str = "all", chunk: int = 500) -> Writer:
        """Open the store for writing and fold what dead writers left.

        Parameters
        ----------
        shard
            ``all``, or ``i/n`` for one part of the runs.
        chunk
            Results after which a journal is folded into Parquet.

        Raises
        ------
        StudyError
            ``STUDY-BUSY`` when a writer that is at work has the same shard, all of them, or other parts.
        RunError
            ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
        """
        return Writer(self, shard, chunk)


class Writer:
    """Acknowledges results; a context manager, made by :meth:`Store.writer`."""

    def __init__(self, store: Store, shard: str, chunk: int) -> None:
        self.store, self.shard, self.chunk = store, shard, max(1, chunk)
        self.path = store.path / "journal"
        self.host, self.pid = _host(), os.getpid()
        self.name = f"{self.host}-{self.pid}-{os.urandom(4).hex()}"
        self._handle = -1
        self._part = self._count = self._good = 0
        self._pending: list[bytes] = []
        self._pending_rows = 0
        self._is_open = True
        self._layout = store.layout()
        self._header = journal.schema().serialize().to_pybytes()
        with _told(store.path):
            for name in FOLDERS:
                (store.path / name).mkdir(exist_ok=True)
            self._take_place()
            self._fold_the_dead()

    # -- place among writers --------------------------------------------------------------------------------

    @property
    def _beat_file(self) -> Path:
        return self.path / f"{self.name}.json"

    def _publish(self) -> None:
        told = {
            "host": self.host, "pid": self.pid, "started": _started(self.pid), "shard": self.shard, "at": time.time(),
        }  # fmt: skip
        write_file(self._beat_file, _json(told), last=False)

    def _take_place(self) -> None:
        """Say that we are here, then look: of two that come at once at least one sees the other."""
        wait = np.random.default_rng(int.from_bytes(os.urandom(8), "little"))
        _OPEN[self.name] = self
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
        del _OPEN[self.name]
        self._is_open = False
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

    def _fold_the_dead(self) -> None:
        """Claim by renaming, one at a time, the journals of writers that are gone, and fold them.

        Whoever loses the race for a name finds the file gone. A claimed journal carries its claimer's name and
        can be claimed again should the claimer die.
        """
        now = self._beat_file.stat().st_mtime
        beats = self.store.beats()
        alive = {b.writer for b in beats if b.alive(now)} | {self.name}
        for file in _listed(self.path, ".arrow"):
            stem = _stem(file)
            owner = file.name[:-6].partition("@")[2] or stem.rpartition("-")[0]
            if owner in alive:
                continue
            mine = self.path / f"{stem}@{self.name}.arrow"
            try:
                os.rename(file, mine)
            except FileNotFoundError:
                continue
            self._fold(mine, stem)
        for beat in beats:
            if beat.writer not in alive and not any(self.path.glob(f"*{beat.writer}*.arrow")):
                with contextlib.suppress(OSError):
                    (self.path / f"{beat.writer}.json").unlink()
        for folder in ("journal", "runs", "years", "."):
            for part in (self.store.path / folder).glob(".*.part"):
                host, _, pid = part.name[:-5].rpartition("-")
                if host.endswith(f".{self.host}") and pid.isdigit() and _started(int(pid)) != _started(int(pid)):
                    with contextlib.suppress(OSError):
                        part.unlink()

    def beat(self) -> None:
        """Say that this writer lives; needs no room on the disk.

        Raises
        ------
        RunError
            ``RUN-FOLDER`` when the store has gone.
        """
        with _told(self.store.path):
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
                _write_all(self._handle, self._header)
                self._good = len(self._header)
                _sync_folder(self.path)
            except OSError:
                os.close(self._handle)
                self._handle = -1
                with contextlib.suppress(OSError):
                    self._file.unlink()
                raise
        try:
            _write_all(self._handle, data)
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
        with _told(self.store.path):
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
        with _told(self.store.path):
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
            with contextlib.suppress(FileNotFoundError):  # claimed by another, who folds it
                self._fold(self._file, self._stem)
            self._next_part()

    def _fold(self, file: Path, stem: str) -> None:
        """Turn a journal into a chunk and remove it; may be broken off anywhere and done again."""
        rows = journal.read(file.read_bytes())
        target = self.store.path / "runs" / f"{stem}.parquet"
        if len(rows) and not target.exists():
            runs, years = self._layout.tables(rows)
            write_file(self.store.path / "years" / target.name, journal.parquet(years))
            write_file(target, journal.parquet(runs))
        if rows.damaged:
            os.replace(file, self.path / f"{stem}.damaged")
        else:
            with contextlib.suppress(FileNotFoundError):
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
            with _told(self.store.path):
                self._sync()
                self._fold_own()
                self._withdraw()
        finally:
            _OPEN.pop(self.name, None)
            if self._handle >= 0:
                os.close(self._handle)
                self._handle = -1

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except RunError:
            if kind is None:  # else the first error says what went wrong
                raise


# -- helpers --------------------------------------------------------------------------------------------------


def set_aside(path: str | os.PathLike[str]) -> Path | None:
    """Move a store aside as ``<name>.old-<date>`` and return where it is; None when nothing is there.

    Raises
    ------
    StudyError
        ``STUDY-NOT-A-STORE`` for a folder that holds something else; ``STUDY-BUSY`` while a writer is at work.
    RunError
        ``RUN-FOLDER`` when it cannot be moved.
    """
    target = Path(path)
    if not _holds_something(target):
        return None
    if not (target / "manifest.json").is_file():
        raise _no_store(target, "这不是研究的库（没有 manifest.json）", "this is no store of a study (there is no manifest.json)")
    busy = Store(target, {}).writers()
    if busy:
        raise StudyError(
            "STUDY-BUSY", f"{busy[0].host} 上的进程 {busy[0].pid} 正在写这个库，不能移走",
            f"process {busy[0].pid} on {busy[0].host} is writing this store; it cannot be moved aside", where=str(target),
            mend_zh="请等它结束，或先停止它", mend_en="wait until it ends, or stop it",
        )  # fmt: skip
    day = datetime.now().strftime("%Y-%m-%d")
    with _told(target):
        for turn in range(1, 1000):
            aside = target.with_name(f"{target.name}.old-{day}" + (f"-{turn}" if turn > 1 else ""))
            if not aside.exists():
                os.rename(target, aside)
                return aside
    raise _told_full(target)


def _told_full(target: Path) -> RunError:
    return disk_error(OSError(0, "no free name"), target)


def _INDEX() -> tuple[Any, Any, Any]:
    import pyarrow as pa

    return pa.string(), pa.int32(), pa.string()


def _json(found: Mapping[str, Any]) -> bytes:
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def _listed(folder: Path, ending: str) -> list[Path]:
    """Return a folder's files with an ending, in order; those that begin with a dot are not yet there."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / n for n in sorted(names) if n.endswith(ending) and n[0] != "."]


def _stem(file: Path) -> str:
    """Return the name of the chunk that a journal becomes, whoever has claimed it."""
    return file.name[: -len(".arrow")].partition("@")[0]


def _overlap(mine: str, other: str) -> bool:
    """Whether two shards may hold the same run: only ``i/n`` and ``j/n`` with i != j cannot."""
    if "all" in (mine, other) or mine == other:
        return True
    return mine.partition("/")[2] != other.partition("/")[2]


def _holds_something(folder: Path) -> bool:
    with _told(folder):
        return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _no_store(folder: Path, zh: str, en: str) -> StudyError:
    return StudyError(
        "STUDY-NOT-A-STORE", zh, en, where=str(folder), mend_zh="请给出 edusim study run 写出的文件夹，或换一个 store.path",
        mend_en="name a folder that edusim study run wrote, or set another store.path",
    )  # fmt: skip


def _refuse_twice_named(layout: Layout, where: Path) -> None:
    """Refuse an outcome or kept column that has the name of another column; case does not tell names apart in SQL."""
    for names in (layout.runs.names, layout.years.names):
        seen: set[str] = set()
        for name in names:
            if name.lower() in seen:
                raise StudyError(
                    "STUDY-COLUMN", f"表中会有两列同名：{name}", f"two columns of the tables would be named {name}",
                    where=str(where), mend_zh="请给这个指标或杠杆换一个名称", mend_en="give that outcome or lever another name",
                )  # fmt: skip
            seen.add(name.lower())


def _make(target: Path, manifest: Mapping[str, Any], design: pa.Table, file: str | None) -> None:
    """Make a new store whole: filled under another name, then renamed."""
    part: Path | None = None
    try:
        with _told(target):
            folder = target.absolute().parent
            folder.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=folder))
            part.chmod(0o755)
            for name in FOLDERS:
                (part / name).mkdir()
            write_file(part / "design.parquet", journal.parquet(design))
            if file is not None:
                write_file(part / "study.yaml", file.encode())
            write_file(part / "manifest.json", _json(manifest))
            if target.exists():
                target.rmdir()
            os.rename(part, target)
            _sync_folder(folder)
    finally:
        if part is not None and part.exists():
            shutil.rmtree(part, ignore_errors=True)


def _kinds(schema: pa.Schema) -> dict[str, str]:
    return {f.name: str(f.type) for f in schema}


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return text if len(text) <= 60 else text[:57] + "..."


def _differences(stored: Mapping[str, Any], asked: Mapping[str, Any], *, everything: bool = False) -> list[str]:
    """Return ``name: stored -> asked`` for what differs between two manifests.

    Without ``everything`` only what chunks depend on: kept columns, outcomes and base year.
    """
    found = []
    for name in ("base_year", "kept", "outcomes"):
        old, new = stored[name], asked[name]
        if old != new:
            if isinstance(old, list) and isinstance(new, list):
                had, has = ([o["name"] if isinstance(o, dict) else o for o in x] for x in (old, new))
                change = [f"+{n}" for n in has if n not in had] + [f"-{n}" for n in had if n not in has]
                found.append(f"{name}: {', '.join(change) or 'changed'}")
            else:
                found.append(f"{name}: {_shown(old)} -> {_shown(new)}")
    if everything:
        old, new = stored["study"], asked["study"]
        listed = [n for n in dict.fromkeys([*old, *new]) if old.get(n) != new.get(n)]
        for name in [n for n in listed if n not in GROWS] or listed:
            found += _within(name, old.get(name), new.get(name))
    return found


def _within(name: str, old: Any, new: Any) -> list[str]:
    """Return what differs inside one entry: by name where both are mappings or lists of named things."""

    def named(x: Any) -> Any:
        if isinstance(x, list) and x and all(isinstance(i, dict) and "name" in i for i in x):
            return {i["name"]: i for i in x}
        return x

    old, new = named(old), named(new)
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for key in dict.fromkeys([*old, *new]):
            if old.get(key) != new.get(key):
                there = f"{name}.{key}"
                if key not in new or key not in old:
                    found.append(f"{'-' if key in old else '+'}{there}")
                else:
                    found += _within(there, old[key], new[key])
        return found
    return [f"{name}: {_shown(old)} -> {_shown(new)}"]
