"""Files of a document: whole or not at all, and the same bytes for the same document.

Word and Excel files are archives that keep the time at which each part was packed; :func:`packed_alike` takes it out.
"""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from edusim.errors import RunError
from edusim.language import has, text

#: The day archives and properties name: the same document gives the same bytes, so no clock is read.
DAY = (2025, 9, 1, 0, 0, 0)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_file(path: Path, data: bytes) -> Path:
    """Write a file whole or not at all: under another name beside it, which then takes its place.

    Raises
    ------
    RunError
        ``REPORT-FILE`` when the folder, the disk or a program that holds the file open refuses; a file that was there is
        as it was, and nothing is left beside it.
    """
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        part = Path(name)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
        part.chmod(0o644)  # mkstemp makes files that their maker alone may read
        os.replace(part, path)
    except OSError as problem:
        raise refused(path, problem) from None
    finally:
        if part is not None:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
    return path


def refused(path: Path, problem: OSError) -> RunError:
    """Return what a reader is told when a file of a report cannot be written."""
    if problem.errno in _FULL:
        return RunError(
            "REPORT-FILE", "磁盘已满，文件没有写出", "the disk is full; the file was not written", where=str(path),
            mend_zh="请腾出空间，或换一个文件夹", mend_en="make room, or choose another folder",
        )  # fmt: skip
    reason = problem.strerror or type(problem).__name__
    known = f"document.refused.{errno.errorcode.get(problem.errno or 0, '')}"
    said = text(known, "zh") if has(known) else reason
    return RunError(
        "REPORT-FILE", f"文件无法写入（{said}），原有文件未动", f"the file cannot be written ({reason}); one that was there is as it was",
        where=str(path), mend_zh="若它正在 Word 或 Excel 中打开，请先关闭；否则请换一个可写的文件夹",
        mend_en="if it is open in Word or Excel, close it; else choose a folder that can be written",
    )  # fmt: skip


def packed_alike(data: bytes) -> bytes:
    """Return an archive with its parts in the same order and the day of :data:`DAY` on each of them."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            part = zipfile.ZipInfo(entry.filename, DAY)
            part.compress_type = zipfile.ZIP_DEFLATED
            part.external_attr, part.create_system = 0o644 << 16, 3  # as on Unix, wherever it is written
            new.writestr(part, old.read(entry), compresslevel=6)
    return out.getvalue()
