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
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import __version__, formats
from edusim.errors import RunError, StudyError
from edusim.study import journal
from edusim.study.disk import (
    SILENCE,
    Beat,
    as_json,
    damaged,
    host_name,
    listed,
    started_at,
    stem_of,
    sync_folder,
    told,
    write_file,
)
from edusim.study.journal import RANK, Layout, Rows
from edusim.study.writer import FOLDERS, Writer

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


SCHEMA_VERSION = formats.STORE.version
FORMAT = "edusim-study"
#: Libraries whose versions are stored: another version may round a number differently.
LIBRARIES = ("numpy", "numba", "scipy", "pandas", "mesa", "pyarrow", "duckdb")
#: What a study may change and stay the same study: it only adds runs, or says how and where they are made.
GROWS = {
    "name_zh", "name_en", "file", "store", "execution", "execute", "layout", "futures", "seeds", "policies", "only", "sensitivity",
    "runs", "n", "replicates",
}  # fmt: skip



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
                raise _no_store(target, "没有这个文件夹", "there is no such folder")
            raise _no_store(target, "没有 manifest.json", "there is no manifest.json")
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            if not isinstance(found, dict):
                raise ValueError("no mapping")
        except (OSError, ValueError) as problem:
            raise damaged(file, problem) from None
        if found.get("format") != FORMAT:
            raise _no_store(target, "manifest.json 属于别的文件夹", "its manifest.json is another folder's")
        stored = found.get("schema_version")
        try:
            found = formats.brought_up(found, stored, formats.STORE)
        except formats.UnknownFormat:
            by = found.get("versions", {}).get("edusim", "?")
            raise StudyError(
                "STUDY-SCHEMA", f"此库的格式为第 {stored} 版，由 edusim {by} 写出；本程序只认识到第 {SCHEMA_VERSION} 版",
                f"this store has format {stored}, written by edusim {by}; this program knows formats up to {SCHEMA_VERSION}",
                where=str(file), mend_zh="请升级 edusim 后再打开", mend_en="open it with a newer edusim",
            ) from None  # fmt: skip
        lacks = [k for k in ("identity", "source", "kept", "outcomes", "base_year", "study", "versions") if k not in found]
        if lacks:
            raise damaged(file, f"no {', '.join(lacks)}")
        return cls(target, found)

    def _refuse_another(self, asked: Mapping[str, Any], design: pa.Table) -> None:
        """Refuse a store of another study or another model, saying what differs and the ways out."""
        stored = self.manifest
        fresh_zh = "或用 edusim study run --fresh（旧库改名为 <名称>.old-<日期>，不删除任何内容），或换一个 store.path"
        fresh_en = "or use `edusim study run --fresh` (the old store is moved aside as <name>.old-<date>, nothing is deleted), or set another store.path"
        another = stored["identity"] != asked["identity"]
        differs = _differences(stored, asked, everything=another)
        kinds = _kinds(Layout((), (), 0, self.design()).factors.schema)
        mine = _kinds(Layout((), (), 0, design).factors.schema)
        differs += [f"{name}: {kinds[name]} -> {mine[name]}" for name in mine if kinds.get(name, mine[name]) != mine[name]]
        if another or differs:
            what = "; ".join(differs[:4])
            raise StudyError(
                "STUDY-OTHER", "库中是另一项研究" + (f"（不同之处：{what}）" if what else ""),
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
        with told(self.path):
            if not self.design().equals(design):
                write_file(self.path / "design.parquet", journal.parquet(design))
                self._read.clear()
            if self.manifest["study"] != asked["study"]:
                self.manifest = {**self.manifest, "study": asked["study"]}
                write_file(self.path / "manifest.json", as_json(self.manifest))
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
                raise damaged(file, problem) from None
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
            raise damaged(file, problem) from None

    def _journals(self) -> dict[str, Rows]:
        """Return the rows of every journal, by the name its chunk will have."""
        folder = self.path / "journal"
        found: dict[str, Rows] = {}
        for _ in range(20):
            files = listed(folder, ".arrow")
            missed = False
            for file in files:
                stem = stem_of(file)
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
        for file in listed(self.path / "journal", ".json"):
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
        for file in listed(self.path / "now", ""):
            host, _, pid = file.name.rpartition("-")
            try:
                words, seen = file.read_text(encoding="utf-8").split(), file.stat().st_mtime
            except (OSError, ValueError):
                continue
            if not pid.isdigit() or not words:
                continue
            if host == host_name():
                started = started_at(int(pid))
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
        raise _no_store(target, "没有 manifest.json", "there is no manifest.json")
    busy = Store(target, {}).writers()
    if busy:
        raise StudyError(
            "STUDY-BUSY", f"{busy[0].host} 上的进程 {busy[0].pid} 正在写这个库，不能移走",
            f"process {busy[0].pid} on {busy[0].host} is writing this store; it cannot be moved aside", where=str(target),
            mend_zh="请等它结束，或先停止它", mend_en="wait until it ends, or stop it",
        )  # fmt: skip
    day = datetime.now().strftime("%Y-%m-%d")
    with told(target):
        turn, aside = 1, target.with_name(f"{target.name}.old-{day}")
        while aside.exists():
            turn += 1
            aside = target.with_name(f"{target.name}.old-{day}-{turn}")
        os.rename(target, aside)
    return aside


def _INDEX() -> tuple[Any, Any, Any]:
    import pyarrow as pa

    return pa.string(), pa.int32(), pa.string()


def _holds_something(folder: Path) -> bool:
    with told(folder):
        return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _no_store(folder: Path, zh: str, en: str) -> StudyError:
    return StudyError(
        "STUDY-NOT-A-STORE", f"这不是研究的库（{zh}）", f"this is no store of a study ({en})", where=str(folder),
        mend_zh="请给出 edusim study run 写出的文件夹，或换一个 store.path",
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
        with told(target):
            folder = target.absolute().parent
            folder.mkdir(parents=True, exist_ok=True)
            part = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=folder))
            part.chmod(0o755)
            for name in FOLDERS:
                (part / name).mkdir()
            write_file(part / "design.parquet", journal.parquet(design))
            if file is not None:
                write_file(part / "study.yaml", file.encode())
            write_file(part / "manifest.json", as_json(manifest))
            if target.exists():
                target.rmdir()
            os.rename(part, target)
            sync_folder(folder)
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
        listed = [n for n in dict.fromkeys([*old, *new]) if old.get(n) != new.get(n) and n not in ("identity", "changes")]
        for name in [n for n in listed if n not in GROWS]:
            found += _within(name, old.get(name), new.get(name))
        # Where a scenario's file stands decides nothing.
        found = [text for text in found if not text.startswith(("scenario.folder", "scenario.file"))]
        # Of the seeds only the number of draws may grow.
        seeds = _within("seeds", old.get("seeds"), new.get("seeds")) if "seeds" in listed else []
        found += [text for text in seeds if not text.startswith("seeds.replicates")]
        for name in [] if found else listed:
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
