"""What must hold for a mode to win: ``edusim discover``.

>>> import edusim
>>> found = edusim.discover("experiments/what_must_hold/study.yaml", workers=2)      # doctest: +SKIP
>>> print(found.paragraph("en"))                                                     # doctest: +SKIP
>>> found.tables["wins"]                                                             # doctest: +SKIP

The package is also a function: ``edusim.discover(what)`` runs what is missing of a study of kind ``discover`` and
analyses it; given the folder of a store it only analyses.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.discover.analysis import Discovery
    from edusim.discover.futures import Futures
    from edusim.study import OpenStudy

__all__ = ["discover", "futures_of"]

KIND = "discover"


def futures_of(opened: OpenStudy, *, partial: bool = False) -> Futures:
    """Return the stored runs of a study of many futures as arrays.

    Parameters
    ----------
    opened
        The study.
    partial
        Go on although runs are missing: futures that lack one do not count.

    Raises
    ------
    StudyError
        ``STUDY-KIND`` for a study of another kind, ``STUDY-UNFINISHED`` naming how many runs are missing,
        ``STUDY-NOT-FUTURES``.
    """
    from edusim.discover.futures import Asked, from_frame
    from edusim.errors import StudyError
    from edusim.study import checks

    store = opened.store
    told = store.study
    kind = str(told.get("kind", ""))
    if kind != KIND:
        raise StudyError(
            "STUDY-KIND", f"这是 kind: {kind} 的研究，不是多种未来的研究", f"this is a study of kind: {kind}, not one of many futures", where=str(opened.path),
            mend_zh="请给出 kind: discover 的研究文件或其结果文件夹", mend_en="name a study file of kind: discover, or the folder of its store",
        )  # fmt: skip
    status = opened.status()
    if status.left and not partial:
        raise StudyError(
            "STUDY-UNFINISHED", f"{status.total:,} 次推演中还有 {status.left:,} 次没有做", f"{status.left:,} of {status.total:,} runs are still to be made",
            where=str(opened.path), mend_zh="请给出研究文件以补齐，或加 --partial 只用已齐的未来",
            mend_en="name the study file to make them, or add --partial to use the futures that are complete",
        )  # fmt: skip
    outcomes = [
        Asked(str(o["name"]), str(o["measure"]), str(o["at"]), str(o.get("want") or ""), str(o.get("unit") or "")) for o in store.outcomes
    ]
    runs = opened.query("SELECT * FROM runs ORDER BY key")
    if "design" in runs and len(told.get("designs") or ()) > 1:
        runs = runs[runs["design"] == told["designs"][0]]
    facts = checks.facts_for_figures(store)
    return from_frame(
        runs, outcomes, baseline=str(told["baseline"]), modes=[str(p) for p in told["policies"] if p != told["baseline"]],
        ratios=_ratios(told.get("ratios")), crossed=bool(told["seeds"].get("paired", True)), info=facts,
    )  # fmt: skip


def _ratios(told: Any) -> dict[str, str]:
    """Return name of a ratio -> path of its parameter, as the store tells of them (``POLICY.NAME`` sets ``POLICY:PATH``)."""
    found: dict[str, str] = {}
    for one in told or ():
        name, sets = str(one["name"]).partition(".")[2], [str(path) for path in one["sets"]]
        found[name] = sets[0].rpartition(":")[2] if sets else ""
    return found


def discover(
    what: str | os.PathLike[str] | Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    *,
    outcomes: Sequence[str] = (),
    workers: int | None = None,
    partial: bool = False,
    progress: Callable[..., None] | None = None,
) -> Discovery:
    """Run what is missing of a study of many futures, and find what must hold for each mode to win.

    Parameters
    ----------
    what
        Path of a study file of kind ``discover``, the same as a dict, or the folder of its store, which is only analysed.
    changes
        Path -> value, changes of the file, for example ``{"design.futures.n": 200}``.
    outcomes
        Outcomes of the study to look at; all if left out.
    workers
        Processes; the study's own number, else all cores, if left out.
    partial
        Use the futures that are complete although runs are missing; nothing is run.
    progress
        Called with steps done, steps in all and a word.

    Returns
    -------
    Discovery
        Tables, sentences and figures; ``save`` writes them.

    Raises
    ------
    ConfigError, StudyError, RunError
        Those of a study; ``STUDY-KIND``, ``STUDY-UNFINISHED``, ``STUDY-NOT-FUTURES``, ``STUDY-OUTCOME``, ``RUN-LIBRARY``.
    """
    from edusim.discover.analysis import analyse
    from edusim.study import engines, open_study

    opened = open_study(what, changes)
    is_store = not isinstance(what, Mapping) and Path(what).is_dir()
    if not is_store:
        _refuse_other_kind(opened)
        if outcomes:
            _refuse_unknown(outcomes, [o.name for o in opened.study.outcomes])
        if not partial and opened.run(workers, progress).interrupted:
            raise KeyboardInterrupt  # what was acknowledged is kept
    futures = futures_of(opened, partial=partial)
    source = {"store": opened.path.name, "model": opened.store.manifest.get("source", ""), "study": opened.store.study.get("identity", "")}
    return analyse(
        futures, outcomes, workers=workers or engines.available(), progress=progress, source=source, folder=opened.path / "discover"
    )  # fmt: skip


def _refuse_other_kind(opened: OpenStudy) -> None:
    """Refuse a study file of another kind before anything is run."""
    from edusim.errors import StudyError

    kind = opened.study.kind
    if kind != KIND:
        raise StudyError(
            "STUDY-KIND", f"这是 kind: {kind} 的研究，不是多种未来的研究", f"this is a study of kind: {kind}, not one of many futures", where=opened.study.file,
            mend_zh="请给出 kind: discover 的研究文件或其结果文件夹", mend_en="name a study file of kind: discover, or the folder of its store",
        )  # fmt: skip


def _refuse_unknown(asked: Sequence[str], known: Sequence[str]) -> None:
    """Refuse outcomes that the study does not have, before anything is run."""
    from edusim.errors import ConfigError, did_you_mean

    for name in asked:
        if name not in known:
            zh, en = did_you_mean(name, known)
            raise ConfigError("STUDY-OUTCOME", f"没有结果 {name[:60]}", f"there is no outcome {name[:60]}", where="--outcome", mend_zh=zh, mend_en=en)


class _Callable(types.ModuleType):
    """The package as a function."""

    def __call__(self, what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None, **how: Any) -> Discovery:
        """Run what is missing and analyse; see :func:`discover`."""
        return discover(what, changes, **how)


sys.modules[__name__].__class__ = _Callable
