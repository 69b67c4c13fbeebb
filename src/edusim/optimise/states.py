"""What a search keeps of itself: a file that says which search it is, and one file a generation; whole or not there.

A file is written under another name, brought to the disk, and renamed; it holds a checksum of its content. So a kill, at whatever
moment, leaves the generations that were kept and nothing half-written.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError, StudyError
from edusim.study.study_file import canonical

if TYPE_CHECKING:
    from numpy.typing import NDArray

HEADER = "search.json"
FORMAT = "edusim search 1"


@dataclass(frozen=True)
class Generation:
    """One generation of a search.

    Attributes
    ----------
    number
        From 1.
    raw
        What the search asked for: name of a lever -> number, see :class:`edusim.optimise.space.Space`.
    values
        Name of a lever -> value, what was run.
    objectives
        float64 [plan, objective], smaller is better.
    constraints
        float64 [plan, constraint], kept where 0 or below.
    """

    number: int
    raw: tuple[Mapping[str, Any], ...]
    values: tuple[Mapping[str, Any], ...]
    objectives: NDArray[np.float64]
    constraints: NDArray[np.float64]

    def plain(self) -> dict[str, Any]:
        """Return the generation as plain data."""
        return {
            "number": self.number, "raw": [dict(one) for one in self.raw], "values": [dict(one) for one in self.values],
            "objectives": self.objectives.tolist(), "constraints": self.constraints.tolist(),
        }  # fmt: skip


def checksum(content: Any) -> str:
    """Return the sha256 of plain data in its one fixed form."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


def write_whole(file: Path, content: Mapping[str, Any]) -> None:
    """Write plain data with its checksum: to the disk under another name, then renamed.

    Raises
    ------
    RunError
        ``STUDY-SEARCH-FOLDER`` when the folder cannot be written.
    """
    text = json.dumps({"sha256": checksum(content), "content": content}, ensure_ascii=False, allow_nan=False) + "\n"
    beside = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        beside.replace(file)
        _sync_folder(file.parent)
    except OSError as problem:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise RunError(
            "STUDY-SEARCH-FOLDER", f"写不了 {file.parent}（{problem.strerror}）", f"{file.parent} cannot be written ({problem.strerror})",
            mend_zh="请用 store.path 换一个文件夹", mend_en="choose another folder with store.path",
        ) from None  # fmt: skip


def _sync_folder(folder: Path) -> None:
    """Bring a renaming to the disk, where the system can."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_whole(file: Path) -> dict[str, Any]:
    """Return the plain data of a file; refuse (``STUDY-SEARCH-DAMAGED``) what is not as it was written."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        content: dict[str, Any] = found["content"]
        if checksum(content) != found["sha256"]:
            raise ValueError("checksum")
    except (OSError, ValueError, KeyError, TypeError):
        raise damaged(file) from None
    return content


def damaged(file: Path) -> StudyError:
    """Return the error of a file that is not as it was written."""
    return StudyError(
        "STUDY-SEARCH-DAMAGED", f"搜索的记录 {file.name} 已损坏", f"the kept state {file.name} of the search is damaged", where=str(file),
        mend_zh="请删去这个文件和编号更大的文件；已做的推演都在，再次运行只补缺的",
        mend_en="delete this file and those with larger numbers; the runs are stored, so running again makes only what is missing",
    )  # fmt: skip


class Book:
    """The kept states of one search.

    Parameters
    ----------
    folder
        Where; made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, number: int) -> Path:
        """Return the file of a generation."""
        return self.folder / f"generation-{number:04d}.json"

    def header(self) -> dict[str, Any] | None:
        """Return what is said of the search; None before it began."""
        file = self.folder / HEADER
        return read_whole(file) if file.is_file() else None

    def begin(self, header: Mapping[str, Any]) -> None:
        """Say which search this is, or refuse when the folder holds another.

        Raises
        ------
        StudyError
            ``STUDY-SEARCH-VERSION`` when another version of pymoo made it, ``STUDY-SEARCH-OTHER`` for another problem, naming what
            differs; ``STUDY-SEARCH-DAMAGED``.
        """
        kept = self.header()
        if kept is None:
            write_whole(self.folder / HEADER, header)
            return
        for library in ("pymoo",):
            if kept.get(library) != header[library]:
                raise StudyError(
                    "STUDY-SEARCH-VERSION", f"这次搜索由 {library} {kept.get(library)} 开始，现在是 {header[library]}，不能接着做",
                    f"the search was begun with {library} {kept.get(library)}, running is {header[library]}: it cannot go on", where=str(self.folder),
                    mend_zh=f"请装回 {library} {kept.get(library)}，或删去文件夹 {self.folder.name} 重新搜索（已做的推演会重用）",
                    mend_en=f"install {library} {kept.get(library)}, or delete the folder {self.folder.name} to search anew (stored runs are used again)",
                )  # fmt: skip
        differs = [key for key in header["problem"] if kept.get("problem", {}).get(key) != header["problem"][key]]
        if kept.get("format") != header["format"]:
            differs.append("format")
        if differs:
            raise StudyError(
                "STUDY-SEARCH-OTHER", f"文件夹里是另一个问题的搜索（不同之处：{', '.join(differs)}）",
                f"the folder holds the search of another problem (what differs: {', '.join(differs)})", where=str(self.folder),
                mend_zh=f"请恢复原来的研究文件，换一个 store.path，或删去文件夹 {self.folder.name} 重新搜索（已做的推演会重用）",
                mend_en=f"give the study file as it was, choose another store.path, or delete the folder {self.folder.name} to search anew "
                "(stored runs are used again)",
            )  # fmt: skip
        if kept != header:  # more generations, other words
            write_whole(self.folder / HEADER, header)

    def read(self, number: int) -> Generation | None:
        """Return a generation that was kept; None where there is none."""
        file = self.file(number)
        if not file.is_file():
            return None
        content = read_whole(file)
        try:
            n = len(content["values"])
            found = Generation(
                int(content["number"]), tuple(content["raw"]), tuple(content["values"]), _matrix(content["objectives"], n), _matrix(content["constraints"], n)
            )
        except (KeyError, TypeError, ValueError):
            raise damaged(file) from None
        if found.number != number or len(found.raw) != n:
            raise damaged(file)
        return found

    def keep(self, generation: Generation) -> None:
        """Keep a generation."""
        write_whole(self.file(generation.number), generation.plain())


def _matrix(rows: Sequence[Sequence[float]], n: int) -> NDArray[np.float64]:
    found = np.array(rows, np.float64).reshape(n, -1)
    return found


__all__ = ["FORMAT", "Book", "Generation", "checksum", "damaged", "read_whole", "write_whole"]
