"""Which kind of finished folder lies there, and what is wrong where none does.

A folder is known by what it holds, not by its name: ``manifest.json`` says what wrote it; a calibration leaves ``fit.json`` or
``recovery.json``; a sensitivity study in stages holds the stores of its stages.
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edusim import folders
from edusim.errors import ConfigError, EdusimError, RunError, StudyError, near_path, why_damaged

#: What can be reported on. ``run`` and ``compare`` are run folders; ``own`` holds several of them; ``study`` is the store of a plain study.
KINDS = ("run", "compare", "own", "study", "sensitivity", "discover", "optimise", "calibration", "validation")
#: Kinds whose store is analysed by a verb of their own, into a folder of the same name inside the store.
ANALYSED = ("sensitivity", "discover", "optimise")
#: Stages of a sensitivity study in stages, the last first.
STAGES = ("sobol", "screen")
CALIBRATIONS = ("fit.json", "recovery.json")
_FORMAT = "edusim-study"


@dataclass(frozen=True)
class Finished:
    """A finished folder.

    Attributes
    ----------
    kind
        One of :data:`KINDS`.
    folder
        What was named.
    manifest
        What its ``manifest.json`` says; of a calibration nothing.
    store
        Folder of the store with the runs behind it, where there is one.
    result
        Folder that an analysis of the store was written to, where there is one.
    parts
        Of ``own``: policy -> run folder.
    """

    kind: str
    folder: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)
    store: Path | None = None
    result: Path | None = None
    parts: Mapping[str, Path] = field(default_factory=dict)


@contextmanager
def sound(folder: Path) -> Iterator[None]:
    """Turn what a damaged file raises while it is read into ``RUN-DAMAGED``."""
    try:
        yield
    except EdusimError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as problem:
        if os.environ.get("EDUSIM_DEBUG"):
            raise
        raise damaged(folder, problem) from None


def damaged(folder: Path, why: object) -> RunError:
    """Return what a reader is told of a folder whose files cannot be read; ``why`` as :func:`edusim.errors.why_damaged` takes it."""
    zh, en = why_damaged(why)
    return RunError(
        "RUN-DAMAGED", f"结果文件夹已损坏（{zh}）", f"the run folder is damaged ({en})", where=str(folder),
        mend_zh="请重新运行", mend_en="run it again",
    )  # fmt: skip


def unknown(folder: Path) -> ConfigError:
    """Return what a reader is told of a folder that nothing of ours wrote."""
    return ConfigError(
        "REPORT-UNKNOWN", "这里没有可写报告的结果", "there is no result here to report on", where=str(folder),
        mend_zh="请给出 run、compare、study run、sensitivity、discover、optimise、calibrate 或 validate --out 写出的文件夹",
        mend_en="name a folder that run, compare, study run, sensitivity, discover, optimise, calibrate or validate --out wrote",
    )  # fmt: skip


def not_finished(folder: Path, zh: str, en: str, command: str) -> StudyError:
    """Return what a reader is told of a study whose runs are not all there, with the command that goes on."""
    return StudyError(
        "REPORT-NOT-FINISHED", zh, en, where=str(folder), mend_zh=f"请接着做：{command}", mend_en=f"go on with: {command}",
    )  # fmt: skip


def recognise(folder: str | os.PathLike[str]) -> Finished:
    """Return what kind of finished folder this is.

    Raises
    ------
    ConfigError
        ``CFG-NO-FILE`` when there is no such folder, ``REPORT-UNKNOWN`` when nothing of ours wrote it.
    StudyError
        ``REPORT-NOT-FINISHED`` naming how many runs are missing; ``STUDY-...`` for a store that cannot be opened.
    RunError
        ``RUN-DAMAGED``.
    """
    path = Path(folder)
    if not path.is_dir():
        raise ConfigError(
            "CFG-NO-FILE", "没有这个结果文件夹", "there is no such folder of a result", where=str(path)[:200],
            mend_zh=near_path(str(path))[0], mend_en=near_path(str(path))[1],
        )  # fmt: skip
    if not (path / "manifest.json").is_file():
        return _without_manifest(path)
    with sound(path):
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("no mapping")
        kind = str(manifest.get("kind", ""))
        if manifest.get("format") == _FORMAT:
            return _store(path, manifest)
        manifest = folders.present(manifest, path)
        if kind == "own counties":
            return Finished("own", path, manifest, parts=_parts(path, manifest))
        if kind in ANALYSED:
            return Finished(kind, path, manifest, store=_store_behind(path, manifest), result=path)
        if kind == "validation":
            return Finished(kind, path, manifest, result=path)
        if (path / "measures.parquet").exists() or "digests" in manifest:
            return Finished("compare" if len(manifest["policies"]) > 1 else "run", path, manifest)
    raise unknown(path)


def _without_manifest(path: Path) -> Finished:
    if any((path / name).is_file() for name in CALIBRATIONS):
        return Finished("calibration", path, result=path)
    stage = next((path / name for name in STAGES if (path / name / "manifest.json").is_file()), None)
    if stage is not None:
        with sound(path):
            manifest = json.loads((stage / "manifest.json").read_text(encoding="utf-8"))
            if stage.name != STAGES[0]:
                raise not_finished(
                    path, "筛选之后的 Sobol 设计还没有开始", "the Sobol design after the screening has not been begun", command_of(stage, manifest)
                )
            refuse_unfinished(stage, manifest)
            return Finished("sensitivity", path, manifest, store=path, result=_analysis(path, "sensitivity"))
    if (path / "measures.parquet").exists():
        raise damaged(path, "no manifest.json")
    raise unknown(path)


def _parts(path: Path, manifest: Mapping[str, Any]) -> dict[str, Path]:
    found = {str(key): path / str(one["folder"]) for key, one in manifest["runs"].items()}
    missing = [key for key, part in found.items() if not (part / "manifest.json").is_file()]
    if missing or not found:
        raise damaged(path, f"no {', '.join(missing) or 'runs'}")
    return found


def _store(path: Path, manifest: Mapping[str, Any]) -> Finished:
    from edusim.study.store import Store

    kind = str(manifest["study"].get("kind", ""))
    Store.open(path)  # its own refusals: a later format, what is missing
    refuse_unfinished(path, manifest)
    if kind in ANALYSED:
        return Finished(kind, path, manifest, store=path, result=_analysis(path, kind))
    return Finished("study", path, manifest, store=path)


def _analysis(store: Path, kind: str) -> Path | None:
    return store / kind if (store / kind / "manifest.json").is_file() else None


def _store_behind(path: Path, manifest: Mapping[str, Any]) -> Path | None:
    """Return the store that an analysis was made from, where it still lies around the folder of the analysis."""
    above = path.absolute().parent
    source = manifest.get("source") or {}
    for place in (above, *(above / name for name in STAGES)):
        try:
            found = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and found.get("format") == _FORMAT:
            same = source.get("model", found.get("source")) == found.get("source") if source else manifest.get("model") == found.get("source")
            return above if same else None
    return None


def _shown(path: str | os.PathLike[str]) -> str:
    """Return a path as it may be typed: from here where it lies below, else the whole."""
    try:
        near = os.path.relpath(path)
    except ValueError:  # another drive
        return str(path)
    return str(path) if near.startswith("..") else near


def command_of(store: Path, manifest: Mapping[str, Any]) -> str:
    """Return the command line that goes on with a study, with the changes (``-S``) that it was begun with."""
    told = manifest.get("study") or {}
    file = str(told.get("file") or "")
    if not os.path.isfile(file):
        file = str(store / "study.yaml")
    kind = str(told.get("kind", ""))
    settings = "".join(f" -S {shlex.quote(str(change))}" for change in told.get("changes") or ())
    return f"edusim {kind if kind in ANALYSED else 'study run'} {_shown(file)}{settings}"


def refuse_unfinished(path: Path, manifest: Mapping[str, Any]) -> None:
    """Refuse a store with runs that are still to be made.

    Raises
    ------
    StudyError
        ``REPORT-NOT-FINISHED``.
    """
    from edusim.study import OpenStudy

    status = OpenStudy(path).status()
    if status.left:
        raise not_finished(
            path, f"{status.total:,} 次推演中还有 {status.left:,} 次没有做", f"{status.left:,} of {status.total:,} runs are still to be made",
            command_of(path, manifest),
        )  # fmt: skip
    if not status.done:
        raise not_finished(path, f"{status.total:,} 次推演都失败了", f"all {status.total:,} runs failed", f"edusim study retry {_shown(path)}")


__all__ = ["ANALYSED", "KINDS", "Finished", "command_of", "damaged", "not_finished", "recognise", "refuse_unfinished", "sound", "unknown"]
