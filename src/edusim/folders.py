"""Run folders: written whole or not at all, and read back."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import deprecations, formats
from edusim.errors import RunError, why_damaged
from edusim.report.summaries import t_975

if TYPE_CHECKING:
    import pandas as pd


def write_whole(folder: str | os.PathLike[str], write: Callable[[Path], None]) -> Path:
    """Let ``write`` fill a folder beside the target, which takes its name once it is complete.

    Raises
    ------
    RunError
        ``RUN-EXISTS`` when something is there already; ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
    """
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise RunError("RUN-EXISTS", "此处已有别的文件或文件夹", "something is there already", where=str(target))
    part: Path | None = None
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=target.absolute().parent))
        part.chmod(0o755)
        write(part)
        if target.exists():
            target.rmdir()
        part.rename(target)
    except OSError as problem:
        raise disk_error(problem, target) from None
    except BaseException as problem:
        # pyarrow reports a full disk as an error of its own that is not always an OSError.
        if "No space left" in str(problem):
            raise RunError("RUN-DISK-FULL", "磁盘已满，没有写出结果", "the disk is full; no result was written",
                           where=str(target), mend_zh="请腾出空间或换一个 --out",
                           mend_en="make room or choose another --out") from None  # fmt: skip
        raise
    finally:
        if part is not None and part.exists():
            shutil.rmtree(part, ignore_errors=True)
    return target


def probe(folder: Path) -> None:
    """Try whether something can be written at a place, by a folder made and taken away where it would stand.

    Raises
    ------
    OSError
        As the system refuses.
    """
    above = folder.absolute()
    while not os.path.lexists(above):
        above = above.parent
    trial = above / f".edusim-{os.getpid()}"
    trial.mkdir()
    trial.rmdir()


def disk_error(problem: OSError, target: Path) -> RunError:
    """Return what a reader is told when a folder or the disk refuses."""
    import errno

    if problem.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "No space left" in str(problem):
        return RunError(
            "RUN-DISK-FULL", "磁盘已满，没有写出结果", "the disk is full; no result was written", where=str(target),
            mend_zh="请腾出空间或换一个 --out", mend_en="make room or choose another --out",
        )  # fmt: skip
    reason = problem.strerror or type(problem).__name__
    return RunError(
        "RUN-FOLDER", f"无法写入（{reason}）", f"cannot be written ({reason})", where=str(target),
        mend_zh="请换一个可写的文件夹", mend_en="choose a folder that can be written",
    )  # fmt: skip


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """Write a CSV that spreadsheets open with the right characters (UTF-8 with a mark)."""
    import pyarrow as pa
    from pyarrow import csv

    frame = frame.copy(deep=False)
    for column in frame.columns:
        if str(frame[column].dtype) == "category":
            frame[column] = frame[column].astype(str)
    with open(path, "wb") as out:
        out.write(b"\xef\xbb\xbf")
        csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), out)


def mean_measures(frame: pd.DataFrame) -> pd.DataFrame:
    """Measures of the county averaged over draws with 95% intervals, for the CSV; all draws are in the Parquet file."""
    frame = frame[frame["scope"].isin(["county", "stage", "zone"])]
    keys = [k for k in ("design", "policy", "year", "measure", "scope", "stage", "unit_id", "unit") if k in frame]
    grouped = frame.groupby(keys, observed=True, sort=False)["value"].agg(["mean", "std", "count"]).reset_index()
    counts = grouped["count"].to_numpy()
    t = np.array([t_975(k - 1) if k > 1 else np.nan for k in range(int(counts.max(initial=0)) + 1)])
    half = t[counts] * grouped["std"] / np.sqrt(np.maximum(counts, 1))
    grouped["low"], grouped["high"] = grouped["mean"] - half, grouped["mean"] + half
    return grouped.drop(columns="std").rename(columns={"count": "n"})


def mean_schools(schools: pd.DataFrame) -> pd.DataFrame:
    """Schools averaged over draws, for the CSV."""
    keys = [k for k in ("design", "policy", "year", "school_id") if k in schools]
    frame = schools.copy()
    words = [c for c in ("pseudonym_zh", "pseudonym_en", "zone", "stage", "role", "x_km", "y_km") if c in frame]
    numbers = [c for c in frame.columns if c not in (*keys, *words, "draw", "role_base", "is_private", "group_id", "mode")]
    frame["meets_rule"] = frame["meets_rule"].astype("Float64")
    grouped = frame.groupby(keys, observed=True, sort=False)
    means = grouped[[c for c in numbers if c not in words]].mean()
    return grouped[words].first().join(means).reset_index()


def present(manifest: dict[str, Any], where: Path) -> dict[str, Any]:
    """Return a folder's manifest as the present version of its format has it, with a warning where it is an older one.

    Raises
    ------
    RunError
        ``RUN-SCHEMA`` when it is of a newer edusim, or of one too old to be read.
    """
    version, form = formats.of_manifest(manifest)
    try:
        found = formats.brought_up(manifest, version, form)
    except (KeyError, TypeError, AttributeError, ValueError):
        return manifest  # whoever needs what lacks says so
    except formats.UnknownFormat as problem:
        versions = manifest.get("versions")
        by = versions.get("edusim", "?") if isinstance(versions, dict) else "?"
        if problem.newer:
            raise RunError(
                "RUN-SCHEMA", f"此结果文件夹的格式为第 {version} 版，由 edusim {by} 写出；本程序只认识到第 {form.version} 版",
                f"this folder has format {version}, written by edusim {by}; this program knows formats up to {form.version}",
                where=str(where), mend_zh="请用更新的 edusim 打开", mend_en="open it with a newer edusim",
            ) from None  # fmt: skip
        raise RunError(
            "RUN-SCHEMA", f"此结果文件夹由更早的 edusim（{by}）写出，其格式（第 {version} 版）已不能读取",
            f"an earlier edusim ({by}) wrote this folder; its format ({version}) can no longer be read",
            where=str(where), mend_zh="请用本程序重新运行，设置见 manifest.json", mend_en="run it again with this program; manifest.json holds the settings",
        ) from None  # fmt: skip
    if version != form.version:
        deprecations.outdated(
            "DEP-FORMAT", f"结果文件夹为较早的格式（第 {version} 版），已按现行格式读取；文件与数字都没有改动",
            f"the folder has an earlier format ({version}) and is read as the present one; no file and no number is changed", str(where),
        )  # fmt: skip
    return found


def load_run(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Return a run folder's manifest and frames: ``manifest, measures, schools, records, effects, ...``.

    Raises
    ------
    RunError
        ``RUN-NOT-A-RUN`` when the folder holds no run, ``RUN-DAMAGED`` when a file of it cannot be read.
    """
    import pandas as pd

    path = Path(folder)
    manifest = path / "manifest.json"
    if not manifest.is_file():
        raise RunError(
            "RUN-NOT-A-RUN", "这不是结果文件夹（没有 manifest.json）", "this is no run folder (there is no manifest.json)",
            where=str(path), mend_zh="请给出 edusim run 或 compare 写出的文件夹",
            mend_en="name a folder that edusim run or compare wrote",
        )  # fmt: skip
    found: dict[str, Any] = {}
    try:
        found["manifest"] = json.loads(manifest.read_text(encoding="utf-8"))
        if isinstance(found["manifest"], dict) and "runs" not in found["manifest"]:
            found["manifest"] = present(found["manifest"], path)
        if "runs" in found["manifest"]:
            inside = ", ".join(found["manifest"]["runs"])
            raise RunError(
                "RUN-NOT-A-RUN", "这里有几个结果文件夹，不是一个", "this folder holds several run folders", where=str(path),
                mend_zh=f"请给出其中之一：{inside}", mend_en=f"name one of them: {inside}",
            )  # fmt: skip
        for name in ("measures", "schools", "records", "flows", "effects"):
            file = path / f"{name}.parquet"
            if file.exists():
                found[name] = pd.read_parquet(file)
    except (OSError, ValueError) as problem:
        why = why_damaged(problem)
        raise RunError(
            "RUN-DAMAGED", f"结果文件夹已损坏（{why[0]}）", f"the run folder is damaged ({why[1]})",
            where=str(path), mend_zh="请重新运行", mend_en="run it again",
        ) from None  # fmt: skip
    return found
