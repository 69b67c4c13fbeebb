"""What a sensitivity study found: its frames, its texts and figures, and the folder that holds them."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.folders import write_csv, write_whole
from edusim.study.sensitivity import slices, stored
from edusim.study.sensitivity.frames import FRAMES
from edusim.study.sensitivity.stored import Told

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study import OpenStudy

KIND = "sensitivity"
LANGUAGES = ("zh", "en")
FORMATS = ("png", "svg", "pdf")
_VERSIONS = ("numpy", "scipy", "pandas", "SALib", "openturns", "matplotlib")


@dataclass(frozen=True)
class Sensitivity:
    """What outcomes depend on.

    Attributes
    ----------
    told
        The study that was analysed; of a road its Sobol study.
    outcomes
        Names of the outcomes that were asked for.
    frames
        ``indices``, ``split``, ``swings``, ``growth``, ``together``, ``facts``: see :mod:`edusim.study.sensitivity.frames`; of a road also ``choice``,
        what its screening chose and why, and in ``indices`` and ``facts`` the rows of all three methods.
    opened
        The study's store.
    stopped
        Why it did not grow further: ``settled``, ``max_runs``, or empty where it was not to grow.
    lost
        Policy -> blocks of points left out because of runs without a result, and all blocks.
    left
        Runs still to be made, where ``partial`` was asked for.
    source
        Where the runs come from: name of the store, hash of the model, identity of the study.
    folder
        Where :meth:`save` writes to if not told.
    """

    told: Told
    outcomes: tuple[str, ...]
    frames: Mapping[str, pd.DataFrame]
    opened: OpenStudy
    stopped: str = ""
    lost: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    left: int = 0
    source: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path(KIND)

    @cached_property
    def info(self) -> dict[str, Any]:
        """What a reader is told beside numbers: names, units, kinds, data, size; see :mod:`edusim.report.sensitivity_rows`."""
        asked = self.told.asked
        info = {**self.opened.facts, "baseline": self.told.baseline or "none"}
        info["inputs"] = {group.name: {"members": list(group.inputs)} for group in asked.groups}
        return info | ({"target": asked.width} if asked.width else {})

    @property
    def indices(self) -> pd.DataFrame:
        """Indices with their intervals, one row a number."""
        return self.frames["indices"]

    @property
    def dead(self) -> list[tuple[str, str]]:
        """(policy, outcome) of what does not vary."""
        facts = self.frames["facts"]
        rows = facts[facts["is_dead"].astype(bool)]
        return list(dict.fromkeys(zip(rows["policy"], rows["outcome"], strict=True)))

    @property
    def runs(self) -> int:
        """Runs that the analysis rests on, all methods, policies and the baseline counted."""
        facts = self.frames["facts"]
        return int(facts[facts["method"] == self.told.asked.method]["runs"].max())

    def paragraph(self, outcome: str, lang: str = "zh") -> str:
        """Return the computed text of an outcome."""
        from edusim.study.sensitivity import telling

        return telling.paragraph(self.frames, self.info, outcome, lang)

    def page(self, lang: str = "zh", figures: str | None = "figures/", brief: bool = False) -> str:
        """Return the whole result as Markdown; see :func:`edusim.study.sensitivity.pictures.page`."""
        from edusim.study.sensitivity import pictures

        return pictures.page(self.frames, self.info, lang, figures=figures, brief=brief)

    def figures(self, lang: str = "zh") -> dict[str, Any]:
        """Return the figures: name -> a matplotlib figure."""
        from edusim.study.sensitivity import pictures

        return dict(pictures.figures(self.frames, self.info, lang))

    @property
    def manifest(self) -> dict[str, Any]:
        """What was analysed, with what, and how: plain data."""
        told = self.told
        facts = self.frames["facts"]
        methods = {str(m): {"n": int(rows["n"].max()), "runs": int(rows["runs"].max())} for m, rows in facts.groupby("method", sort=False)}
        found: dict[str, Any] = {"schema_version": 1, "kind": KIND, "source": dict(self.source), "outcomes": list(self.outcomes)}
        found |= {"policies": list(told.policies), "baseline": told.baseline, "design": told.design, "inputs": list(told.inputs)}
        found |= {"asked": told.asked.plain(), "replicates": told.replicates, "methods": methods, "stopped": self.stopped}
        found |= {"blocks_lost": {policy: list(pair) for policy, pair in self.lost.items()}, "runs_left": self.left}
        found["dead"] = [list(pair) for pair in self.dead]
        found["rules"] = {"interval": slices.INTERVAL, "resamples": slices.RESAMPLES, "fifth": slices.FIFTH, "cells": slices.CELLS, "lost": stored.LOST}
        found["versions"] = {"python": platform.python_version(), **{name: _version(name) for name in ("edusim-groups", *_VERSIONS)}}
        return found

    def save(self, folder: str | Path | None = None, lang: str | None = None, formats: Sequence[str] = FORMATS) -> Path:
        """Write frames, pages, figures and a manifest, whole or not at all; both languages unless one is named.

        Parameters
        ----------
        folder
            Where; ``sensitivity`` in the folder of the store if left out. An earlier analysis there is replaced.
        lang
            ``zh`` or ``en``.
        formats
            Files of a figure; none for no figures.

        Raises
        ------
        RunError
            ``RUN-EXISTS`` when something else is there, ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
        """
        target = Path(folder if folder is not None else self.folder)
        if target.is_dir() and _is_ours(target):
            shutil.rmtree(target)
        return write_whole(target, lambda part: self._write(part, LANGUAGES if lang is None else (lang,), formats))

    def _write(self, part: Path, languages: Sequence[str], formats: Sequence[str]) -> None:
        for name, frame in self.frames.items():
            write_csv(_without_mixed(frame), part / f"{name}.csv")
        if formats:
            from edusim.study.sensitivity import pictures

            pictures.pictures(self.frames, part / "figures", self.info, langs=languages, formats=formats)
        for lang in languages:
            (part / f"page.{lang}.md").write_text(self.page(lang, "figures/" if "png" in formats else None), encoding="utf-8")
        hashes = {p.relative_to(part).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(part.rglob("*")) if p.is_file()}
        content = {**self.manifest, "files": hashes}
        (part / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _without_mixed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns of numbers and words together (``at_low`` of a lever of words beside one of yuan) are text."""
    mixed = [c for c in frame if frame[c].dtype == object and len({isinstance(v, str) for v in frame[c].dropna()}) > 1]
    return frame.assign(**{c: frame[c].map(lambda value: value if isinstance(value, str) else f"{value:.12g}") for c in mixed})


def read_frames(folder: str | Path) -> dict[str, pd.DataFrame]:
    """Return the frames that :meth:`Sensitivity.save` wrote; a column of mixed values (``at_low``, ``x``) comes back as text."""
    import pandas as pd

    found = {}
    for name in (*FRAMES, "choice"):
        file = Path(folder) / f"{name}.csv"
        if file.is_file():
            frame = pd.read_csv(file, encoding="utf-8-sig")
            for column in frame.columns.intersection(["other", "unsettled", "note", "split_note"]):
                frame[column] = frame[column].astype(object).where(frame[column].notna(), "")  # an empty text is a text
            found[name] = frame
    return found


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds an earlier analysis."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        return bool(found.get("kind") == KIND and "files" in found)
    except (OSError, ValueError, AttributeError):
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
