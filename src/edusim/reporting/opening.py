"""From a finished folder, or a result at hand, to what a report is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edusim.errors import ConfigError, EdusimError, StudyError
from edusim.reporting import checked, county, kept, learned
from edusim.reporting.depends import Depends
from edusim.reporting.discovered import Discovered
from edusim.reporting.kinds import Finished, command_of, not_finished, sound
from edusim.reporting.plans import Plans
from edusim.reporting.source import Source
from edusim.reporting.stored import Stored

Progress = Callable[[int, int, str], None]
#: Most paragraphs of a kept text that are told in a county's report, and pictures of a study that stand for it.
MOST_TOLD, FIRST = 6, ("overview",)


@dataclass(frozen=True)
class How:
    """How what must be analysed again is analysed: processes, and who is told of progress."""

    workers: int = 1
    progress: Progress | None = None


def open_finished(found: Finished, how: How) -> Source:
    """Return what a report on a finished folder is made of; an analysis is made again from its store where that lies beside it.

    Raises
    ------
    RunError
        ``RUN-DAMAGED``.
    StudyError
        ``REPORT-NOT-FINISHED``, and those of a store.
    """
    try:
        return _OPEN[found.kind](found, how)
    except StudyError as problem:
        if problem.code != "STUDY-UNFINISHED":
            raise
        store = found.store or found.folder
        raise not_finished(found.folder, problem.zh, problem.en, command_of(store, found.manifest)) from None


def of_result(result: Any) -> tuple[Source, Path | None]:
    """Return what a report on a result at hand is made of, and the folder it belongs to, where it has one.

    Raises
    ------
    ConfigError
        ``REPORT-UNKNOWN`` for something that is no result.
    """
    name = type(result).__name__
    if name in ("Run", "Comparison"):
        return county.of_result(result), None
    if name == "Discovery":
        return Discovered(result), Path(result.folder)
    if name == "Best":
        return Plans(result), Path(result.folder)
    if name == "Sensitivity":
        return Depends(result.frames, result.info, result.manifest), Path(result.folder)
    if name == "OpenStudy":
        return Stored(result), Path(result.path)
    raise ConfigError(
        "REPORT-UNKNOWN", f"{name} 不是可写报告的结果", f"{name} is no result to report on",
        mend_zh="请给出 edusim.run、compare、discover、optimise 的结果，或结果文件夹",
        mend_en="give a result of edusim.run, compare, discover or optimise, or a folder",
    )  # fmt: skip


def _county(found: Finished, _how: How) -> Source:
    return county.of_folder(found.folder)


def _study(found: Finished, _how: How) -> Source:
    from edusim.study import OpenStudy

    return Stored(OpenStudy(found.folder))


def _discover(found: Finished, how: How) -> Source:
    if found.store is None:
        return kept.read(found.kind, found.folder, found.manifest)
    from edusim import discover

    told = found.manifest if found.result == found.folder else {}
    partial = any((told.get("incomplete") or {}).values())
    return Discovered(discover.discover(found.store, outcomes=tuple(told.get("outcomes", ())), workers=how.workers, partial=partial, progress=how.progress))


def _optimise(found: Finished, how: How) -> Source:
    if found.store is None:
        return kept.read(found.kind, found.folder, found.manifest)
    from edusim import optimise

    return Plans(optimise.optimise(found.store, workers=how.workers, progress=how.progress))


def _sensitivity(found: Finished, how: How) -> Source:
    if found.store is None:
        return kept.read(found.kind, found.folder, found.manifest)
    from edusim.study.sensitivity import growing

    if found.result is not None:
        with sound(found.result):
            read = _kept_frames(found.store, found.result)
        if read is not None:
            return read
    analysed = growing.of_study(found.store, workers=how.workers, progress=how.progress)
    return Depends(analysed.frames, analysed.info, analysed.manifest)


def _kept_frames(store: Path, result: Path) -> Depends | None:
    """Return the frames that an analysis kept, with the facts of its store; None where something of them has gone."""
    import json

    from edusim.study import OpenStudy
    from edusim.study.sensitivity import road, stored
    from edusim.study.sensitivity.frames import FRAMES
    from edusim.study.sensitivity.result import Sensitivity, read_frames

    frames = read_frames(result)
    if not set(FRAMES) <= set(frames):
        return None
    manifest = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    opened = OpenStudy(store if (store / "manifest.json").is_file() else road.folder_of(store) or store)
    told = stored.runs_of(opened).told
    return Depends(frames, Sensitivity(told, tuple(manifest["outcomes"]), frames, opened).info, manifest)


def _calibration(found: Finished, _how: How) -> Source:
    return learned.read(found.folder)


def _validation(found: Finished, _how: How) -> Source:
    return checked.read(found.folder, found.manifest)


_OPEN: dict[str, Callable[[Finished, How], Source]] = {
    "run": _county, "compare": _county, "study": _study, "discover": _discover, "optimise": _optimise, "sensitivity": _sensitivity,
    "calibration": _calibration, "validation": _validation,
}  # fmt: skip


# -- what other studies found, for a county's report ----------------------------------------------------------


def attachable(folder: Path) -> Finished:
    """Return the finished study that can be told of in a county's report.

    Raises
    ------
    ConfigError
        ``REPORT-ATTACH`` for a folder of another kind.
    """
    from edusim.reporting.kinds import recognise

    found = recognise(folder)
    if found.kind not in ("discover", "sensitivity"):
        raise ConfigError(
            "REPORT-ATTACH", "只能附上 discover 或 sensitivity 的结果", "only results of discover or sensitivity can be attached", where=str(folder),
            mend_zh="请给出其结果文件夹", mend_en="name the folder of such a result",
        )  # fmt: skip
    return found


def attach(folder: Path, how: How, place: int = 1) -> tuple[dict[str, Any], str]:
    """Return what a study of many futures or a sensitivity study found, by language, and the hash of its scenario (empty where unknown).

    Parameters
    ----------
    folder
        Folder of its result, or of its store.
    how
        How it is analysed again.
    place
        Its place among the attached, for the keys of its pictures.

    Raises
    ------
    ConfigError
        ``REPORT-ATTACH`` for a folder of another kind.
    """
    found = attachable(folder)
    opened = open_finished(found, how)
    return {lang: _attached(found.kind, opened, lang, place) for lang in opened.languages}, _hash_of(found)


def _attached(kind: str, opened: Source, lang: str, place: int) -> Any:
    from edusim.report.county.attached import Attached
    from edusim.report.document.blocks import Paragraph
    from edusim.reporting import depends, discovered

    named: list[tuple[str, str]] = []
    paragraphs: tuple[str, ...]
    if isinstance(opened, Discovered):
        paragraphs = discovered.paragraphs(opened.found, lang)
        named = discovered.that_matter(opened.found, lang)
    elif isinstance(opened, Depends):
        told = opened.told(lang)
        paragraphs = (*told.do, *told.dont, *told.unknown, *told.collect)
        named = depends.that_matter(opened, lang)
    else:
        paragraphs = tuple(block.text for block in opened.document(lang).blocks if isinstance(block, Paragraph))[:MOST_TOLD]
    pictures = [picture for picture in opened.document(lang).pictures if picture.key in FIRST or picture.key.startswith("indices_")][:1]
    pictures = [replace(picture, key=f"study{place}_{picture.key}") for picture in pictures]
    paths = tuple(path for _, path in named if path)
    return Attached(kind, paragraphs, tuple(words for words, _ in named), tuple(pictures), paths)  # type: ignore[arg-type]


def _hash_of(found: Finished) -> str:
    """Return the hash of the scenario that a study rests on; empty where it cannot be told."""
    import json

    from edusim.scenario import restore

    if found.store is None:
        return ""
    for place in (found.store, *(found.store / name for name in ("sobol", "screen"))):
        try:
            told = json.loads((place / "manifest.json").read_text(encoding="utf-8"))["study"]["scenario"]
            return str(restore(told["raw"], told["folder"], told["file"]).hash)
        except (OSError, ValueError, KeyError, TypeError, EdusimError):
            continue
    return ""


def with_attached(one: county.County, attached: list[dict[str, Any]]) -> county.County:
    """Return a county's report with what other studies found."""
    by_lang = {lang: tuple(told[lang] for told in attached if lang in told) for lang in county.LANGUAGES}
    return replace(one, attached=by_lang)


__all__ = ["How", "attach", "of_result", "open_finished", "with_attached"]
