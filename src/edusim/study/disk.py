"""Files that are whole or not there, names of processes that tell whether they live, and what a disk that refuses means."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edusim.errors import RunError, StudyError, why_damaged
from edusim.folders import disk_error

#: Seconds after which a silent writer or worker on another machine is taken for dead.
SILENCE = 60.0

#: Writers open in this process, by name: one that nobody holds any more is dead although its process lives.
OPEN: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()


#: What a reader of an error may trust.
STAYS = ("；已确认的结果仍在", "; acknowledged results are still there")


@contextlib.contextmanager
def told(where: Path, zh: str = STAYS[0], en: str = STAYS[1]) -> Iterator[None]:
    """Turn an error of the disk into one that a reader can act on; ``zh`` and ``en`` say what is still safe.

    Raises
    ------
    RunError
        ``RUN-DISK-FULL`` or ``RUN-FOLDER``.
    """
    try:
        yield
    except OSError as problem:
        found = disk_error(problem, where)
        if found.code == "RUN-DISK-FULL":
            raise RunError(
                "RUN-DISK-FULL", f"磁盘已满{zh}", f"the disk is full{en}", where=str(where),
                mend_zh="请腾出空间后再次运行", mend_en="make room and run again",
            ) from None  # fmt: skip
        raise RunError(
            "RUN-FOLDER", f"{found.zh}{zh}", f"{found.en}{en}", where=str(where),
            mend_zh="请恢复写权限，或换一个可写的文件夹", mend_en="make it writable, or choose a folder that can be written",
        ) from None  # fmt: skip


def damaged(file: Path, problem: object) -> StudyError:
    """Return what a reader is told of a file of a store that cannot be read."""
    zh, en = why_damaged(problem)
    return StudyError(
        "STUDY-DAMAGED", f"库中的文件已损坏（{zh}）", f"a file of the store is damaged ({en})", where=str(file),
        mend_zh="请从备份恢复它；若是 runs 或 years 中的文件，也可把两处同名文件移走，再次运行会补上这些运行",
        mend_en="restore it from a copy; a file of runs or years may instead be moved away, with the one of the same name in "
        "the other folder, and running again makes those runs again",
    )  # fmt: skip


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last through a power cut, where the system can."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
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
    part = path.with_name(f".{path.name}.{host_name()}-{os.getpid()}.part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
        try:
            write_all(handle, data)
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
        sync_folder(path.parent)


def host_name() -> str:
    """Return this machine's name as it may stand in the name of a file."""
    return re.sub(r"[^A-Za-z0-9_.]", "_", socket.gethostname()) or "host"


def started_at(pid: int) -> float:
    """Return when a process began, or NaN when there is none: a number may have gone to another process."""
    import psutil

    try:
        process = psutil.Process(pid)
        return float("nan") if process.status() == psutil.STATUS_ZOMBIE else float(process.create_time())
    except psutil.Error:
        return float("nan")


def as_json(found: Mapping[str, Any]) -> bytes:
    """Return JSON text that people can read too."""
    return (json.dumps(found, ensure_ascii=False, indent=1) + "\n").encode()


def listed(folder: Path, ending: str) -> list[Path]:
    """Return a folder's files with an ending, in order; those that begin with a dot are not yet there."""
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [folder / n for n in sorted(names) if n.endswith(ending) and n[0] != "."]


def stem_of(file: Path) -> str:
    """Return the name of the chunk that a journal becomes, whoever has claimed it."""
    return file.name[: -len(".arrow")].partition("@")[0]


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
        if self.host != host_name():
            return now - self.seen <= SILENCE
        if self.pid == os.getpid():
            return self.writer in OPEN
        return abs(started_at(self.pid) - self.started) < 2.0
