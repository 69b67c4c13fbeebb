"""A whole optimisation: searched, scored again, told; results as tables and as a folder."""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.folders import write_csv, write_whole
from edusim.optimise import finding, search
from edusim.optimise.plans import Plans
from edusim.optimise.space import Space
from edusim.optimise.states import FORMAT, Book, Generation
from edusim.study.goals import Goal
from edusim.study.study_file import Study
from edusim.study.tasks import Value

if TYPE_CHECKING:
    import pandas as pd

    from edusim.optimise.telling import Teller
    from edusim.study.engines import Engine

TABLES = ("front", "scores", "differences", "limits", "flattered", "groups", "generations")
LANGUAGES = ("zh", "en")
_VERSIONS = ("numpy", "pandas", "scipy", "pymoo", "matplotlib")


@dataclass(frozen=True)
class Best:
    """The best plans that a search found, as they score on fresh futures and draws.

    Attributes
    ----------
    study
        What was searched.
    front
        The plans of the front in the order of their first objective, and what they are called.
    tables
        ``front`` (a row a plan: ``plan, names, generation, kept, undominated, beaten, lever.*``), ``scores`` (``plan`` -1 for the status
        quo, ``sample`` search or fresh, ``outcome, unit, want, what`` effect or level, ``value, error, low, high``), ``differences`` (of two
        named plans at the same fresh futures and draws: ``other`` less ``plan``), ``limits``
        (``limit, outcome, sense, at, probability, value, low, high, kept``), ``flattered``, ``groups`` (``plan, mode, count, low, high``),
        ``generations``; see :mod:`edusim.optimise.finding`.
    facts
        Numbers of plans and runs, futures and draws of both samples, whether the search ended for want of new plans.
    info
        What figures say beside their numbers.
    folder
        Where :meth:`save` writes to if not told.
    """

    study: Study
    front: finding.Front
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]
    info: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = Path("optimise")

    @property
    def goal(self) -> Goal:
        """What was looked for."""
        assert self.study.goal is not None
        return self.study.goal

    def teller(self, lang: str) -> Teller:
        """Return what puts the tables into words of a language."""
        from edusim.optimise.telling import Teller

        return Teller(self, lang)

    def paragraph(self, lang: str = "zh") -> str:
        """Return the whole computed text, Markdown."""
        return self.teller(lang).text()

    def table(self, lang: str = "zh") -> str:
        """Return what is printed in a terminal."""
        return self.teller(lang).printed()

    def figures(self, lang: str = "zh") -> dict[str, Any]:
        """Return the figures: ``front`` and ``search``, each a matplotlib figure; ``matrix`` where there are more than two objectives."""
        from edusim.optimise.pictures import pictures

        return pictures(self, lang)

    @property
    def manifest(self) -> dict[str, Any]:
        """What was searched, with what, and how: plain data."""
        found: dict[str, Any] = {"schema_version": 1, "kind": "optimise", "goal": self.goal.plain(), **self.facts}
        found["levers"] = Space.of(self.study.levers).plain()
        found["names"] = dict(self.front.names)
        found["versions"] = {"python": platform.python_version(), **{name: _version(name) for name in ("edusim-groups", *_VERSIONS)}}
        return found

    def save(self, folder: str | Path | None = None, lang: str | None = None) -> Path:
        """Write tables, texts, figures and a manifest, whole or not at all; both languages unless one is named.

        Parameters
        ----------
        folder
            Where; ``optimise`` in the folder of the store if left out. An earlier result there is replaced.
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
        (part / "figures").mkdir()
        for lang in languages:
            (part / f"paragraph.{lang}.md").write_text(self.paragraph(lang), encoding="utf-8")
            for name, chart in self.figures(lang).items():
                save(chart, part / "figures" / f"{name}.{lang}", ("png", "svg", "pdf"))
        hashes = {p.relative_to(part).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(part.rglob("*")) if p.is_file()}
        content = {**self.manifest, "files": hashes}
        (part / "manifest.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds an earlier optimisation."""
    try:
        return bool(json.loads((folder / "manifest.json").read_text(encoding="utf-8")).get("kind") == "optimise")
    except (OSError, ValueError, AttributeError):
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


# ---- finding ------------------------------------------------------------------------------------------------


def header_of(study: Study) -> dict[str, Any]:
    """Return what says which search this is: the problem, which must stay the same, the library, and the study for readers."""
    from edusim.study.design import base_hashes, source_hash

    assert study.goal is not None
    goal = study.goal
    problem = {
        "model": source_hash(), "scenario": base_hashes(study), "levers": Space.of(study.levers).plain(),
        "sets": [[f.name, list(f.sets), {k: dict(v) for k, v in f.bundles.items()}] for f in study.levers],
        "uncertainties": [[f.name, list(f.sets), _number(f.low), _number(f.high), list(f.values), f.dist, list(f.params)] for f in study.unknown],
        "futures": None if study.futures is None else asdict(study.futures), "seeds": asdict(study.seeds), "designs": list(study.designs),
        "outcomes": [[o.name, o.measure, o.stage, o.at, o.want] for o in study.outcomes], "objectives": list(goal.objectives),
        "budget": None if goal.budget is None else asdict(goal.budget), "limits": [asdict(one) for one in goal.limits],
        "search": {key: value for key, value in asdict(goal.search).items() if key != "generations"},
    }  # fmt: skip
    return {"format": FORMAT, "pymoo": search.pymoo_version(), "problem": _plain(problem), "study": study.as_given()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _plain(content: Any) -> Any:
    """Return plain data as it will be read back."""
    return json.loads(json.dumps(content))


def find(
    study: Study, *, workers: int | None = None, progress: Callable[..., None] | None = None, only_tell: bool = False, engine: Engine | None = None
) -> Best:
    """Search, score the front again, and return what was found; see :func:`edusim.optimise.optimise`.

    Parameters
    ----------
    study
        A study of kind ``optimise``.
    only_tell
        Run nothing; what is missing is refused (``STUDY-UNFINISHED``).
    engine
        What carries runs out; processes of this machine if left out.
    """
    from edusim.study import engines

    chosen: Any = contextlib.nullcontext(None)
    if not only_tell:
        chosen = engine if engine is not None else engines.Loky(workers or study.execution.workers or engines.available())
    header = header_of(study)
    with chosen as at_work:
        return _find(study, header, at_work, progress)


def _find(study: Study, header: Mapping[str, Any], engine: Engine | None, progress: Callable[..., None] | None) -> Best:
    goal = study.goal
    assert goal is not None
    book = Book(study.store / "search")
    kept = book.header()
    if kept is not None and engine is not None:
        book.begin(header)
    told = _Progress(progress, study)
    plans = Plans(study, engine, told)

    def score(number: int, values: Sequence[Mapping[str, Value]]) -> tuple[Any, Any]:
        if engine is None:
            raise _unfinished(study, f"第 {number} 代", f"generation {number}")
        told.word = (f"第 {number}/{goal.search.generations} 代", f"generation {number} of {goal.search.generations}")
        objectives, constraints = plans.score(plans.run(values))
        if number == 1:
            finding.refuse_dead(plans, objectives, constraints)
        book.begin(header)  # once the store is there
        return objectives, constraints

    def went(generation: Generation, was_kept: bool) -> None:
        if was_kept:
            plans.add(generation.values)

    shape = (len(goal.objectives), 1 + (goal.budget is not None) + len(goal.limits))
    searched = search.run(Space.of(study.levers), goal.search, shape, score, book, went)
    front = finding.front_of(plans, searched)
    told.second(("新抽样复评", "scored again on fresh draws"))
    if engine is None and not (study.store / "fresh" / "manifest.json").is_file():
        raise _unfinished(study, "新抽样的复评", "the second scoring")
    before, after = finding.scored_again(study, front, plans, engine, told)
    return _best(study, searched, front, before, after)


def _unfinished(study: Study, zh: str, en: str) -> StudyError:
    return StudyError(
        "STUDY-UNFINISHED", f"{zh}还没有做完", f"{en} is not there yet", where=str(study.store),
        mend_zh="请给出研究文件以接着做", mend_en="name the study file to go on",
    )  # fmt: skip


class _Progress:
    """Tells of runs over all generations: those of the design so far, out of the most there can be."""

    def __init__(self, report: Callable[..., None] | None, study: Study) -> None:
        from edusim.errors import language

        self.report, self.word, self.zh = report, ("", ""), language(None) == "zh"
        self.most, self.fresh = most_runs(study)
        self.before = 0

    def second(self, word: tuple[str, str]) -> None:
        """Turn to the second scoring."""
        self.before, self.word = self.most, word

    def __call__(self, done: int, total: int, text: str = "") -> None:
        if self.report is not None:
            del total, text
            self.report(min(self.before + done, self.most + self.fresh), self.most + self.fresh, self.word[0 if self.zh else 1])


def most_runs(study: Study) -> tuple[int, int]:
    """Return how many runs the search and the second scoring take at most, those of the status quo included."""
    assert study.goal is not None
    how, fresh = study.goal.search, finding.fresh_study(study)
    return (
        (how.population * how.generations + 1) * _futures(study) * study.seeds.replicates,
        (how.population + finding.CONTROLS + 1) * _futures(fresh) * fresh.seeds.replicates,
    )


def _futures(study: Study) -> int:
    from edusim.study.sampling import sampled

    return 1 if study.futures is None else len(next(iter(sampled(study.futures, study.unknown, 1).values())))


def _best(study: Study, searched: search.Searched, front: finding.Front, before: finding.Scored, after: finding.Scored) -> Best:
    import pandas as pd

    from edusim.study import checks
    from edusim.study.design import source_hash
    from edusim.study.store import Store

    n = front.n
    fresh = after.plans.study
    counted = []
    for place in sorted(set(front.names.values())):
        for mode, counts in finding.groups_of(fresh, front.plans[place]).items():
            counted.append({"plan": place, "mode": mode, "count": float(np.median(counts)), "low": min(counts), "high": max(counts)})
    tables = {
        "front": pd.DataFrame(finding.front_rows(front, before, after)),
        "scores": pd.DataFrame(before.rows(n, "search") + after.rows(n, "fresh")),
        "differences": pd.DataFrame(
            finding.difference_rows(front, after), columns=["plan", "other", "outcome", "unit", "value", "error", "low", "high"]
        ),
        "limits": pd.DataFrame(before.limits(n, "search") + after.limits(n, "fresh")),
        "flattered": pd.DataFrame(finding.flattered(before, after, n)),
        "groups": pd.DataFrame(counted, columns=["plan", "mode", "count", "low", "high"]),
        "generations": pd.DataFrame(finding.generation_rows(before.plans, searched)),
    }
    facts = {
        "feasible": front.feasible, "exhausted": searched.exhausted, "generations": len(searched.generations),
        "plans": len({json.dumps(dict(v), sort_keys=True) for g in searched.generations for v in g.values}), "front": n,
        "refused": int(sum((g.constraints[:, 0] > 0).sum() for g in searched.generations)),
        "futures": _futures(study), "draws": study.seeds.replicates, "fresh_futures": _futures(fresh), "fresh_draws": fresh.seeds.replicates,
        "controls": len(front.plans) - n, "model": source_hash(), "store": study.store.name,
        "policy": study.policies[0], "baseline": study.baseline,
    }  # fmt: skip
    info = checks.facts_for_figures(Store.open(fresh.store))
    return Best(study, front, tables, facts, info, study.store / "optimise")


__all__ = ["Best", "find", "header_of", "most_runs"]
