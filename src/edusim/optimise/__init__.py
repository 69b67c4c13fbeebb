"""The best plans under a budget: ``edusim optimise``.

>>> import edusim
>>> best = edusim.optimise("experiments/best_plan/study.yaml", workers=2)            # doctest: +SKIP
>>> print(best.table("en"))                                                          # doctest: +SKIP
>>> best.tables["front"]                                                             # doctest: +SKIP

The package is also a function: ``edusim.optimise(what)`` searches a study of kind ``optimise``, or goes on with a search that was
broken off; given the folder of a store it only tells what was found.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.optimise.best import Best
    from edusim.study.study_file import Study

__all__ = ["optimise", "study_of"]

KIND = "optimise"


def study_of(what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> tuple[Study, bool]:
    """Return the study, and whether it is only to be told of (a folder was given).

    Raises
    ------
    ConfigError, StudyError
        Faults of the file; ``STUDY-KIND`` for a study of another kind; ``STUDY-NO-SEARCH`` for a folder without a search.
    """
    from edusim.errors import StudyError
    from edusim.optimise.states import HEADER, read_whole
    from edusim.study import open_study, study_file

    opened = open_study(what, changes)
    is_store = not isinstance(what, Mapping) and Path(what).is_dir()
    if not is_store:
        _refuse_other_kind(opened.study.kind, opened.study.file)
        return opened.study, False
    _refuse_other_kind(str(opened.store.study.get("kind", "")), str(opened.path))
    header = opened.path / "search" / HEADER
    if not header.is_file():
        raise StudyError(
            "STUDY-NO-SEARCH", "这个文件夹里没有搜索的记录", "this folder holds no search", where=str(opened.path),
            mend_zh="请给出研究文件", mend_en="name the study file",
        )  # fmt: skip
    study = study_file.load(read_whole(header)["study"])
    return study.with_({"store.path": str(opened.path)}), True


def _refuse_other_kind(kind: str, where: str) -> None:
    from edusim.errors import StudyError

    if kind != KIND:
        raise StudyError(
            "STUDY-KIND", f"这是 kind: {kind} 的研究，不是寻找方案的研究", f"this is a study of kind: {kind}, not one that searches for plans", where=where,
            mend_zh="请给出 kind: optimise 的研究文件或其结果文件夹", mend_en="name a study file of kind: optimise, or the folder of its store",
        )  # fmt: skip


def optimise(
    what: str | os.PathLike[str] | Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    *,
    workers: int | None = None,
    progress: Callable[..., None] | None = None,
) -> Best:
    """Search for the best plans of a study, or go on where a search was broken off, and score the front again on fresh draws.

    Parameters
    ----------
    what
        Path of a study file of kind ``optimise``, the same as a dict, or the folder of its store, of which is only told.
    changes
        Path -> value, changes of the file, for example ``{"search.generations": 40}``.
    workers
        Processes; the study's own number, else all cores, if left out. The result has the same bits.
    progress
        Called with runs done, runs in all at most, and a word.

    Returns
    -------
    Best
        Tables, sentences and figures; ``save`` writes them.

    Raises
    ------
    ConfigError, StudyError, RunError
        Those of a study; ``STUDY-KIND``, ``STUDY-UNFINISHED``, ``STUDY-DEAD-OBJECTIVE``, ``STUDY-SEARCH-...``, ``STUDY-RUNS-FAILED``,
        ``RUN-LIBRARY``.
    KeyboardInterrupt
        When it was asked to stop: all that was acknowledged is kept.
    """
    from edusim.optimise.best import find

    study, is_told = study_of(what, changes)
    return find(study, workers=workers, progress=progress, only_tell=is_told)


class _Callable(types.ModuleType):
    """The package as a function."""

    def __call__(self, what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None, **how: Any) -> Best:
        """Search and score again; see :func:`optimise`."""
        return optimise(what, changes, **how)


sys.modules[__name__].__class__ = _Callable
