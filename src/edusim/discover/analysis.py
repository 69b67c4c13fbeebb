"""All of a discovery: every outcome in every arm, on as many processes as are given; results as tables and as a folder."""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.discover import regions, spread, winning
from edusim.discover.futures import ENOUGH_FUTURES, Futures
from edusim.discover.telling import Teller
from edusim.errors import StudyError
from edusim.folders import write_csv, write_whole

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("wins", "effects", "regret", "boxes", "tree", "scores", "spread")
LANGUAGES = ("zh", "en")
_VERSIONS = ("numpy", "pandas", "scipy", "scikit-learn", "ema-workbench", "matplotlib")


@dataclass(frozen=True)
class Part:
    """What one outcome in one arm gave."""

    search: regions.Searched
    spread: list[dict[str, Any]]
    scores: list[dict[str, Any]]


def _part(futures: Futures, arm: str, outcome: str) -> Part:
    """Search one outcome in one arm, and split the spread of each mode's effect and of each difference between modes."""
    searched = regions.search(futures, arm, outcome)
    block = futures.block(arm, outcome)
    rows: list[dict[str, Any]] = []
    scores = [{"against": "best_other", **score} for score in searched.scores]
    if block.rows.size < ENOUGH_FUTURES:
        return Part(searched, rows, scores)
    columns = futures.columns(arm)
    table = futures.table.iloc[block.rows][[one.column for one in columns]].to_numpy(dtype=np.float64)
    groups = [one.group for one in columns]
    values = {futures.baseline: block.law} | {mode: block.modes[k] for k, mode in enumerate(futures.modes)}
    pairs = [(mode, futures.baseline) for mode in futures.modes]
    pairs += [(b, a) for k, a in enumerate(futures.modes) for b in futures.modes[k + 1 :]]
    for policy, against in pairs:
        difference = values[policy] - values[against]
        difference = np.where(np.abs(difference) <= block.tolerance, 0.0, difference)
        found = spread.split(table, groups, difference, crossed=futures.crossed)
        head = {"outcome": outcome, "arm": arm, "policy": policy, "against": against}
        rows.append({**head, "unit": futures.outcome(outcome).unit, **spread.row(found)})
        if found is None:
            continue
        for one, share in zip(columns, found.single.tolist(), strict=True):
            scores.append({**head, "column": one.column, "share": share, "name_zh": one.zh, "name_en": one.en, "unit": one.unit, "status": one.group})
    return Part(searched, rows, scores)


@dataclass(frozen=True)
class Discovery:
    """What must hold for each mode to win.

    Attributes
    ----------
    futures
        What was analysed.
    outcomes
        Names of the outcomes that were asked for.
    tables
        ``wins``, ``effects``, ``regret``, ``boxes``, ``tree``, ``scores``, ``spread``: see :mod:`edusim.discover.winning`,
        :mod:`edusim.discover.regions` and :mod:`edusim.discover.spread` for their columns.
    trees
        (outcome, arm) -> tree as text.
    source
        Where the runs come from: name of the store, hash of the model, identity of the study.
    folder
        Where :meth:`save` writes to if not told.
    """

    futures: Futures
    outcomes: tuple[str, ...]
    tables: Mapping[str, pd.DataFrame]
    trees: Mapping[tuple[str, str], str]
    source: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path("discover")

    def teller(self, lang: str) -> Teller:
        """Return what puts the tables into words of a language."""
        return Teller(self.futures, self.tables, lang)

    def paragraph(self, lang: str = "zh") -> str:
        """Return the whole computed text, Markdown."""
        return self.teller(lang).text(self.outcomes)

    def figures(self, lang: str = "zh") -> dict[str, Any]:
        """Return the figures: ``overview`` and one an outcome, each a matplotlib figure."""
        from edusim.discover.pictures import pictures

        return pictures(self, lang)

    def table(self, lang: str = "zh") -> str:
        """Return what is printed in a terminal."""
        from edusim.discover.pictures import printed

        return printed(self, lang)

    @property
    def manifest(self) -> dict[str, Any]:
        """What was analysed, with what, and how: plain data."""
        f = self.futures
        found: dict[str, Any] = {"schema_version": 1, "kind": "discover", "source": dict(self.source), "outcomes": list(self.outcomes)}
        found |= {"modes": list(f.modes), "baseline": f.baseline, "arms": list(f.arms), "futures": f.n, "draws": f.draws}
        found |= {"incomplete": {arm: f.incomplete(arm) for arm in f.arms}, "runs": f.planned, "runs_without_result": f.failed}
        found["assumptions"] = {group: sum(one.group == group for one in f.assumptions) for group in spread.GROUPS}
        found["rules"] = {
            "level": winning.LEVEL, "least_futures_searched": ENOUGH_FUTURES, "box_mass": regions.LEAST_MASS, "sure_density": regions.SURE,
            "quasi_p": regions.QUASI_P, "columns_searched": regions.MOST_COLUMNS, "folds": spread.FOLDS, "resamples": spread.RESAMPLES,
        }  # fmt: skip
        found["versions"] = {"python": platform.python_version(), **{name: _version(name) for name in ("edusim-groups", *_VERSIONS)}}
        return found

    def save(self, folder: str | Path | None = None, lang: str | None = None) -> Path:
        """Write tables, texts, figures and a manifest, whole or not at all; both languages unless one is named.

        Parameters
        ----------
        folder
            Where; ``discover`` in the folder of the store if left out. An earlier discovery there is replaced.
        lang
            ``zh`` or ``en``.

        Raises
        ------
        RunError
            ``RUN-EXISTS`` when something else is there, ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
        """
        target = Path(folder if folder is not None else self.folder)
        if target.is_dir() and _is_ours(target):
            shutil.rmtree(target)
        return write_whole(target, lambda part: self._write(part, LANGUAGES if lang is None else (lang,)))

    def _write(self, part: Path, languages: Sequence[str]) -> None:
        from edusim.report.style import save

        for name in TABLES:
            write_csv(self.tables[name], part / f"{name}.csv")
        trees = [f"## {outcome}, {arm}\n\n{text}" for (outcome, arm), text in self.trees.items() if text]
        (part / "tree.txt").write_text("\n".join(trees), encoding="utf-8")
        (part / "figures").mkdir()
        for lang in languages:
            (part / f"paragraph.{lang}.md").write_text(self.paragraph(lang), encoding="utf-8")
            for name, chart in self.figures(lang).items():
                save(chart, part / "figures" / f"{name}.{lang}", ("png", "svg"))
        hashes = {p.relative_to(part).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(part.rglob("*")) if p.is_file()}
        content = {**self.manifest, "files": hashes}
        (part / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds an earlier discovery."""
    try:
        return bool(json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("kind") == "discover")
    except (OSError, ValueError, AttributeError):
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _refuse_empty(futures: Futures, asked: Sequence[tuple[str, str]]) -> None:
    """Refuse outcomes that no future has a number of under every policy."""
    for arm, name in asked:
        if not futures.block(arm, name).rows.size:
            raise StudyError(
                "STUDY-NO-FUTURE", f"没有一种未来的 {name} 在各项政策与抽样下都有结果（{arm}）", f"no future has {name} under every policy and draw ({arm})",
                mend_zh="请补齐推演，或用 --outcome 只看别的结果", mend_en="make the missing runs, or look at other outcomes with --outcome",
            )  # fmt: skip


def analyse(
    futures: Futures,
    outcomes: Sequence[str] = (),
    *,
    workers: int = 1,
    progress: Callable[..., None] | None = None,
    source: Mapping[str, Any] | None = None,
    folder: str | Path = "discover",
) -> Discovery:
    """Find what must hold for each mode to win.

    Parameters
    ----------
    futures
        All runs.
    outcomes
        Names of outcomes; all if left out.
    workers
        Processes; the result has the same bits for any number.
    progress
        Called with parts done, parts in all and a word.
    source
        Facts for the manifest.
    folder
        Where the result is to be saved if nothing else is said.

    Raises
    ------
    ConfigError
        ``STUDY-OUTCOME`` with the nearest.
    StudyError
        ``STUDY-NO-FUTURE`` when no future is complete.
    RunError
        ``RUN-LIBRARY`` when ema_workbench or scikit-learn is not installed.
    """
    import pandas as pd

    names = [futures.outcome(name).name for name in outcomes] or [asked.name for asked in futures.outcomes]
    names = list(dict.fromkeys(names))
    asked = [(arm, name) for name in names for arm in futures.arms]
    _refuse_empty(futures, asked)
    tables = winning.tables(futures, names)
    parts: list[Part] = []
    if workers > 1 and len(asked) > 1:
        from loky import get_reusable_executor

        pool = get_reusable_executor(max_workers=min(workers, len(asked)))
        found = pool.map(_part, [futures] * len(asked), [arm for arm, _ in asked], [name for _, name in asked])
    else:
        found = (_part(futures, arm, name) for arm, name in asked)
    for (arm, name), part in zip(asked, found, strict=True):
        parts.append(part)
        if progress is not None:
            progress(len(parts), len(asked), f"{name}, {arm}")
    tables["boxes"] = pd.DataFrame([row for part in parts for row in part.search.boxes])
    tables["tree"] = pd.DataFrame([row for part in parts for row in part.search.leaves])
    tables["scores"] = pd.DataFrame([row for part in parts for row in part.scores])
    tables["spread"] = pd.DataFrame([row for part in parts for row in part.spread])
    head = ["outcome", "arm", "policy"]
    empty = {"wins": head, "effects": [*head, "against"], "regret": head, "boxes": [*head, "question", "kind", "is_region"], "tree": ["outcome", "arm", "leaf"],
             "scores": [*head, "against", "column", "share", "score", "status"], "spread": [*head, "against", "varies"]}  # fmt: skip
    for name, columns in empty.items():
        if tables[name].empty:
            tables[name] = pd.DataFrame(columns=columns)
    trees = {(name, arm): part.search.text for (arm, name), part in zip(asked, parts, strict=True)}
    return Discovery(futures, tuple(names), tables, trees, dict(source or {}), Path(folder))
