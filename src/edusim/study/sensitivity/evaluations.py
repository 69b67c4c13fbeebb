"""Evaluations of somebody's function, kept in a folder: each whole with its checksum or not there, found again by its values and its draw.

A folder holds ``problem.json`` (inputs, bounds, seed, outcomes) and one file of records for every process that wrote to it. A record is the
key of an evaluation, its outcomes and a checksum. A process appends to a file of its own and reads all: one that is killed leaves a torn
record at the end of its file at most, which nobody reads. What was acknowledged is on the disk.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError, did_you_mean
from edusim.study import disk

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACE, ENDING = "problem.json", ".evaluations"
SCHEMA = 1
_KEY = 16
#: Records and seconds after which what was written is made to last through a power cut.
_SYNC_RECORDS, _SYNC_SECONDS = 256, 1.0


def key_of(values: NDArray[np.float64], draw: int) -> bytes:
    """Return the key of an evaluation: 16 bytes of BLAKE2b over the values (float64, little-endian; -0 is 0) and the draw."""
    plain = np.ascontiguousarray(values + 0.0, dtype="<f8")
    return hashlib.blake2b(plain.tobytes() + struct.pack("<q", draw), digest_size=_KEY).digest()


class Evaluations:
    """Evaluations by key, in memory and, with a folder, on the disk.

    Parameters
    ----------
    folder
        Where they are kept; None keeps them in memory.
    identity
        What the evaluations are of, plain data; a folder of anything else is refused.

    Raises
    ------
    StudyError
        ``STUDY-OTHER`` when the folder is of another problem (naming what differs), ``STUDY-NOT-A-STORE``, ``STUDY-DAMAGED``.
    RunError
        ``RUN-DISK-FULL``, ``RUN-FOLDER``.
    """

    def __init__(self, folder: str | os.PathLike[str] | None, identity: Mapping[str, Any]) -> None:
        self.folder = None if folder is None else Path(folder)
        self.names: tuple[str, ...] = ()
        self.found: dict[bytes, NDArray[np.float64]] = {}
        self._identity = json.loads(json.dumps(identity, sort_keys=True))
        self._handle: int | None = None
        self._waiting, self._synced = 0, time.monotonic()
        if self.folder is not None:
            self._open(self.folder)

    def __len__(self) -> int:
        return len(self.found)

    def __enter__(self) -> Evaluations:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def named(self, names: Sequence[str]) -> None:
        """Say what the outcomes are called, before the first is added.

        Raises
        ------
        StudyError
            ``STUDY-OTHER`` when the folder has other outcomes.
        """
        if self.names and tuple(names) != self.names:
            unknown = next((n for n in names if n not in self.names), names[0] if names else "")
            zh, en = did_you_mean(unknown, self.names)
            raise StudyError(
                "STUDY-OTHER", f"已保存的结果是 {'、'.join(self.names)}，现为 {'、'.join(names)}",
                f"kept are {', '.join(self.names)}, and now there are {', '.join(names)}", where=str(self.folder or ""),
                mend_zh=f"请换一个文件夹；{zh}", mend_en=f"choose another folder; {en}",
            )  # fmt: skip
        if self.names or self.folder is None:
            self.names = tuple(names)
            return
        self.names = tuple(names)
        with disk.told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            disk.write_file(self.folder / FACE, disk.as_json({"schema": SCHEMA, "outcomes": list(names), "of": self._identity}))

    def add(self, key: bytes, outcomes: NDArray[np.float64]) -> None:
        """Keep the outcomes of an evaluation: float64 [outcomes].

        Raises
        ------
        RunError
            ``RUN-DISK-FULL``, ``RUN-FOLDER``.
        """
        self.found[key] = outcomes
        if self.folder is None:
            return
        with disk.told(self.folder):
            if self._handle is None:
                name = f"{disk.host_name()}-{os.getpid()}-{time.time_ns()}{ENDING}"
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
                self._handle = os.open(self.folder / name, flags, 0o644)
                disk.sync_folder(self.folder)
            body = key + np.ascontiguousarray(outcomes, dtype="<f8").tobytes()
            disk.write_all(self._handle, body + struct.pack("<I", zlib.crc32(body)))
            self._waiting += 1
            if self._waiting >= _SYNC_RECORDS or time.monotonic() - self._synced >= _SYNC_SECONDS:
                self.sync()

    def sync(self) -> None:
        """Make what was added last through a power cut."""
        if self._handle is not None and self._waiting:
            os.fsync(self._handle)
        self._waiting, self._synced = 0, time.monotonic()

    def close(self) -> None:
        """Make it last and close the file."""
        self.sync()
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def _open(self, folder: Path) -> None:
        face = folder / FACE
        with disk.told(folder):
            if folder.exists() and not folder.is_dir():
                raise _no_store(folder)
            there = face.is_file()
            if not there and folder.is_dir() and any(name[:1] != "." for name in os.listdir(folder)):
                raise _no_store(folder)
        if not there:
            return
        try:
            told = json.loads(face.read_text(encoding="utf-8"))
            names, of, schema = [str(n) for n in told["outcomes"]], told["of"], told["schema"]
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise disk.damaged(face, problem) from None
        differs = [k for k in sorted({*of, *self._identity}) if of.get(k) != self._identity.get(k)]
        if schema != SCHEMA or differs:
            what = ", ".join(differs) or "schema"
            raise StudyError(
                "STUDY-OTHER", f"文件夹中是另一个问题的结果（不同之处：{what}）", f"the folder holds evaluations of another problem (not the same: {what})",
                where=str(folder), mend_zh="请换一个文件夹，或恢复原来的问题", mend_en="choose another folder, or go back to the problem it was made for",
            )  # fmt: skip
        self.names = tuple(names)
        for file in disk.listed(folder, ENDING):
            self._read(file)

    def _read(self, file: Path) -> None:
        size = _KEY + 8 * len(self.names) + 4
        with disk.told(file):
            data = file.read_bytes()
        for start in range(0, len(data) - size + 1, size):
            body, check = data[start : start + size - 4], data[start + size - 4 : start + size]
            # A record that does not add up was never acknowledged, or its disk has changed it: it is made again.
            if struct.unpack("<I", check)[0] == zlib.crc32(body):
                self.found[body[:_KEY]] = np.frombuffer(body, dtype="<f8", offset=_KEY).astype(np.float64)


def _no_store(folder: Path) -> StudyError:
    return StudyError(
        "STUDY-NOT-A-STORE", "这不是保存求值结果的文件夹", "this is no folder of evaluations", where=str(folder),
        mend_zh="请给出空的或新的文件夹", mend_en="give one that is empty or new",
    )  # fmt: skip
