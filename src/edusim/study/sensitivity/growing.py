"""A study of kind ``sensitivity`` carried out: what is missing is run, points are doubled until it has settled, and all of it is analysed.

Points of ``n`` are the first of those of ``2 n`` (of every method but FAST), so a study that grows uses every run again; the store
grows with it. What was decided on the way follows from what is stored: a study that was stopped goes the same way when it is
given again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import StudyError
from edusim.study.sensitivity import frames as framed
from edusim.study.sensitivity import points, road, stored
from edusim.study.sensitivity.result import Sensitivity
from edusim.study.sensitivity.stored import Runs
from edusim.study.sensitivity_file import WIDTH

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study import OpenStudy
    from edusim.study.sensitivity.layouts import Layout
    from edusim.study.study_file import Study

Tell = Callable[[str, str], None]
Progress = Callable[..., None]
#: Why a study did not grow further.
SETTLED, MOST = "settled", "max_runs"


def _silent(_zh: str, _en: str) -> None:
    """Tell nothing."""


@dataclass(frozen=True)
class Grown:
    """A study whose runs are made: it, its stored runs, and why it did not grow further (empty where it was not to grow)."""

    opened: OpenStudy
    runs: Runs
    stopped: str = ""


def make(study: Study, workers: int | None, progress: Progress | None) -> OpenStudy:
    """Make the runs that a study lacks; what was acknowledged is kept when it is interrupted.

    Raises
    ------
    KeyboardInterrupt
        When it was asked to stop.
    """
    from edusim.study import OpenStudy

    opened = OpenStudy(study.store, study)
    if opened.run(workers, progress).interrupted:
        raise KeyboardInterrupt
    return opened


def grow(
    study: Study, *, outcomes: Sequence[str] = (), workers: int | None = None, progress: Progress | None = None, tell: Tell = _silent
) -> Grown:  # fmt: skip
    """Make the runs of a study, and twice the points again and again until its indices have settled.

    Parameters
    ----------
    study
        A study of kind ``sensitivity``, no road.
    outcomes
        Outcomes that must settle; all if left out.
    workers
        Processes.
    progress
        Called with runs done, runs in all and a word.
    tell
        Called with each step in Chinese and English.

    Raises
    ------
    StudyError, ConfigError, RunError
        Those of running a study, ``STUDY-LOST`` and ``STUDY-MAX-RUNS``.
    KeyboardInterrupt
        When it was asked to stop.
    """
    from edusim.study import design

    refuse_more_than_allowed(study)
    while True:
        opened = make(study, workers, progress)
        runs = stored.runs_of(opened)
        asked = study.sensitivity
        assert asked is not None
        if not asked.width:
            return Grown(opened, runs)
        found = _frames(opened, runs, outcomes, workers, is_sliced=False)
        verdict = found["growth"][found["growth"]["n"] == asked.n]
        count = runs.facts["planned"]
        if bool(verdict["settled"].all()):
            tell(f"n = {asked.n:,}（{count:,} 次推演）：已稳定", f"n = {asked.n:,} ({count:,} runs): settled")
            return Grown(opened, runs, SETTLED)
        larger = replace(study, sensitivity=replace(asked, n=2 * asked.n), points=None)
        larger = stored.laid_out(larger)
        needed = design.size(larger)[-1]
        open_zh, open_en = _unsettled(found["facts"], asked.width)
        if needed > asked.max_runs:
            tell(
                f"n = {asked.n:,}（{count:,} 次推演）：{open_zh}；加倍要 {needed:,} 次，超过 max_runs {asked.max_runs:,}，到此为止",
                f"n = {asked.n:,} ({count:,} runs): {open_en}; twice the points take {needed:,} runs, more than max_runs {asked.max_runs:,}: it ends here",
            )
            return Grown(opened, runs, MOST)
        tell(
            f"n = {asked.n:,}（{count:,} 次推演）：{open_zh}；加倍到 {2 * asked.n:,}，共 {needed:,} 次",
            f"n = {asked.n:,} ({count:,} runs): {open_en}; doubled to {2 * asked.n:,}, {needed:,} runs in all",
        )
        study = larger


def refuse_more_than_allowed(study: Study) -> None:
    """Refuse (``STUDY-MAX-RUNS``) a study whose own points already take more runs than it may grow to."""
    from edusim.errors import ConfigError
    from edusim.study import design

    asked = study.sensitivity
    assert asked is not None
    if asked.width and (needed := design.size(study)[-1]) > asked.max_runs:
        raise ConfigError(
            "STUDY-MAX-RUNS", f"n = {asked.n:,} 就要 {needed:,} 次推演，超过 max_runs {asked.max_runs:,}",
            f"n = {asked.n:,} takes {needed:,} runs already, more than max_runs {asked.max_runs:,}", where=study.where("design.grow_until.max_runs"),
            mend_zh="请减小 n 或放宽 max_runs", mend_en="make n smaller or max_runs larger",
        )  # fmt: skip


def _unsettled(facts: pd.DataFrame, width: float) -> tuple[str, str]:
    """Return how far the worst outcome is from having settled, in Chinese and English."""
    names = {"width": ("区间宽", "width"), "ranks": ("次序", "ranks"), "screening": ("次要因素", "screening"), "steadiness": ("加倍前后", "steadiness")}
    left = [key for key in names if facts["unsettled"].str.split().apply(lambda keys, key=key: key in keys).any()]
    widest = float(facts["width"].max())
    told = [mark.join(names[key][k] for key in left) for k, mark in enumerate(("、", ", "))]
    return f"尚未稳定：{told[0]}（最宽区间 {widest:.3f}，目标 {width:g}）", f"not settled: {told[1]} (widest interval {widest:.3f}, target {width:g})"


def _frames(
    opened: OpenStudy, runs: Runs, outcomes: Sequence[str], workers: int | None, *, is_sliced: bool = True, partial: bool = False,
    progress: Progress | None = None, lost: dict[str, tuple[int, int]] | None = None,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """Return the frames of a stored study with its growth judged."""
    told = runs.told
    layout = told.layout()
    these = stored.responses(opened, runs, layout, partial=partial)
    if lost is not None:
        lost.update(these.lost)
    pairs = told.asked.second_order if not isinstance(told.asked.second_order, bool) else ()
    sizes = framed.sizes_of(layout, runs, lambda n: told.layout(n))
    return framed.frames_of(
        these, list(outcomes) or [o.name for o in told.outcomes], layouts=sizes, pairs=pairs, is_sliced=is_sliced, width=told.asked.width or WIDTH,
        workers=workers or 1, progress=progress,
    )  # fmt: skip


# ---- the whole of it ---------------------------------------------------------------------------------------


def of_study(
    what: str | os.PathLike[str] | Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    *,
    outcomes: Sequence[str] = (),
    workers: int | None = None,
    partial: bool = False,
    progress: Progress | None = None,
    tell: Tell | None = None,
) -> Sensitivity:
    """Run what is missing of a study of kind ``sensitivity``, growing it where it asks for that, and find what its outcomes depend on.

    Parameters
    ----------
    what
        Path of a study file, the same as a dict, or the folder of its store, which is only analysed.
    changes
        Path -> value, changes of the file, for example ``{"design.n": 256}``.
    outcomes
        Outcomes of the study to look at; all if left out.
    workers
        Processes; the study's own number, else all cores, if left out. The numbers have the same bits.
    partial
        Analyse although runs are missing or many have failed: blocks of points that lack one do not count. Nothing is run.
    progress
        Called with steps done, steps in all and a word.
    tell
        Called with each step of the way in Chinese and English.

    Returns
    -------
    Sensitivity
        Frames, texts and figures; ``save`` writes them.

    Raises
    ------
    ConfigError, StudyError, RunError
        Those of a study; ``STUDY-KIND``, ``STUDY-UNFINISHED``, ``STUDY-LAYOUT``, ``STUDY-LOST``, ``STUDY-DEAD``, ``STUDY-OUTCOME``, ``RUN-LIBRARY``.
    """
    from edusim.errors import ConfigError
    from edusim.study import study_file

    say = tell or _silent
    if not isinstance(what, Mapping) and Path(what).is_dir():
        if changes:
            raise ConfigError(
                "STUDY-SETTING", "改取值须给出研究文件，而不是文件夹", "changes belong to a study file, not to a folder", where=str(what),
                mend_zh="请给出 study.yaml", mend_en="name study.yaml",
            )  # fmt: skip
        return _of_folder(Path(what), outcomes, workers, partial, progress)
    study = study_file.load(what)
    if changes:
        study = study.with_(changes)
    stored.refuse_kind(study.kind, study.file)
    refuse_unknown(outcomes, [o.name for o in study.outcomes])
    if partial:
        return _of_folder(study.store, outcomes, workers, True, progress)
    if road.is_road(study):
        return _road(study, outcomes, workers, progress, say)
    grown = grow(study, outcomes=outcomes, workers=workers, progress=progress, tell=say)
    return _result(grown, outcomes, workers, False, progress, study.store)


def refuse_unknown(asked: Sequence[str], known: Sequence[str]) -> None:
    """Refuse outcomes that the study does not have (``STUDY-OUTCOME``), before anything is run."""
    from edusim.errors import ConfigError, did_you_mean

    for name in asked:
        if name not in known:
            zh, en = did_you_mean(name, known)
            raise ConfigError("STUDY-OUTCOME", f"没有结果 {name[:60]}", f"there is no outcome {name[:60]}", where="--outcome", mend_zh=zh, mend_en=en)


def _of_folder(path: Path, outcomes: Sequence[str], workers: int | None, partial: bool, progress: Progress | None) -> Sensitivity:
    """Analyse what is stored in a folder: of a study, or of a road with its stages."""
    from edusim.study import OpenStudy
    from edusim.study.store import Store

    inside = road.folder_of(path)
    if inside is None or (path / "manifest.json").is_file():
        Store.open(path)
        opened = OpenStudy(path)
        runs = stored.runs_of(opened)
        refuse_unknown(outcomes, [o.name for o in runs.told.outcomes])
        return _result(Grown(opened, runs), outcomes, workers, partial, progress, path)
    screen, confirm = OpenStudy(path / road.SCREEN), OpenStudy(path / road.CONFIRM)
    choice = road.stored_choice(path)
    if inside.name == road.SCREEN or choice is None:
        if not partial:
            raise StudyError(
                "STUDY-UNFINISHED", "筛选之后的 Sobol 设计还没有开始", "the Sobol design after the screening has not been begun", where=str(path),
                mend_zh="请给出研究文件以补齐，或加 --partial 只看筛选",
                mend_en="name the study file to make it, or add --partial to look at the screening alone",
            )  # fmt: skip
        return _result(Grown(screen, stored.runs_of(screen)), outcomes, workers, partial, progress, path)
    runs = stored.runs_of(confirm)
    refuse_unknown(outcomes, [o.name for o in runs.told.outcomes])
    return _along(screen, choice, Grown(confirm, runs), outcomes, workers, partial, progress, path)


def _road(study: Study, outcomes: Sequence[str], workers: int | None, progress: Progress | None, tell: Tell) -> Sensitivity:
    """Carry out the three stages of a road; see :mod:`edusim.study.sensitivity.road`."""
    begin = road.first(study)
    asked = study.sensitivity
    assert asked is not None
    units = len(road.units_of(study))
    if road.has_chaos():
        points.enough("chaos", 2 * asked.n, len(study.factors))  # before anything is run
    tell(f"第一段：{asked.trajectories} 条轨迹筛选 {units} 项", f"stage 1: screening {units} inputs with {asked.trajectories} trajectories")
    screen = make(begin, workers, progress)
    choice = road.chosen(study, screen, workers=workers or 1)
    kept, rest = choice.kept, choice.rest
    tell(
        f"逐项细看 {len(kept)} 项：{'、'.join(kept) or '无'}；其余 {len(rest)} 项合为一组",
        f"{len(kept)} inputs go on singly: {', '.join(kept) or 'none'}; the other {len(rest)} are one group",
    )
    after = road.second(study, choice)
    refuse_more_than_allowed(after)
    tell(
        f"第二段：Sobol 设计的 A、B 两块，共 {2 * asked.n:,} 点，先拟合多项式混沌",
        f"stage 2: rows A and B of the Sobol design, {2 * asked.n:,} points, for a polynomial chaos",
    )
    ends = make(road.with_ends_only(after), workers, progress)
    if road.has_chaos():
        facts = _chaos(Grown(ends, stored.runs_of(ends)), list(outcomes) or [o.name for o in study.outcomes], False, workers)["facts"]
        q2 = [f"{row['outcome']}, {row['policy']} {row['q2']:.2f}" for row in facts.to_dict("records") if row["q2"] == row["q2"]]
        tell(f"多项式混沌的留一法 Q2：{'；'.join(q2) or '无'}", f"leave-one-out Q2 of the polynomial chaos: {'; '.join(q2) or 'none'}")
    else:
        tell(
            "没有安装 OpenTURNS（edusim-groups[chaos]），略去多项式混沌",
            "OpenTURNS is not installed (edusim-groups[chaos]): the polynomial chaos is left out",
        )
    tell("第三段：Sobol 设计的其余各块", "stage 3: the other blocks of the Sobol design")
    grown = grow(after, outcomes=outcomes, workers=workers, progress=progress, tell=tell)
    return _along(screen, choice, grown, outcomes, workers, False, progress, study.store)


def _along(
    screen: OpenStudy, choice: road.Choice, grown: Grown, outcomes: Sequence[str], workers: int | None, partial: bool, progress: Progress | None, path: Path
) -> Sensitivity:  # fmt: skip
    """Return the result of a road: the frames of its Sobol study, with the screening's and the chaos's indices and facts beside them."""
    import pandas as pd

    found = _result(grown, outcomes, workers, partial, progress, path)
    names = list(found.outcomes)
    runs = stored.runs_of(screen)
    before = framed.frames_of(stored.responses(screen, runs, runs.told.layout(), partial=partial), names, is_sliced=False, workers=workers or 1)
    middle = _chaos(grown, names, partial, workers) if road.has_chaos() else {}
    frames = dict(found.frames)
    for name in ("indices", "facts"):
        frames[name] = pd.concat([part[name] for part in (before, middle, found.frames) if name in part and len(part[name])], ignore_index=True)
    frames["choice"] = choice.frame()
    return replace(found, frames=frames)


def _chaos(grown: Grown, outcomes: Sequence[str], partial: bool, workers: int | None) -> dict[str, pd.DataFrame]:
    """Return what a polynomial chaos on the rows A and B of a Sobol study tells."""
    told = grown.runs.told
    layout: Layout = road.chaos_of(told.layout())
    these = stored.responses(grown.opened, grown.runs, layout, partial=partial)
    return framed.frames_of(these, outcomes, is_sliced=False, workers=workers or 1)


def _result(
    grown: Grown, outcomes: Sequence[str], workers: int | None, partial: bool, progress: Progress | None, path: Path
) -> Sensitivity:  # fmt: skip
    opened, runs = grown.opened, grown.runs
    told = runs.told
    names = tuple(dict.fromkeys(outcomes)) or tuple(o.name for o in told.outcomes)
    lost: dict[str, tuple[int, int]] = {}
    frames = _frames(opened, runs, names, workers, partial=partial, progress=progress, lost=lost)
    if frames["facts"]["is_dead"].astype(bool).all():
        raise StudyError(
            "STUDY-DEAD", f"{'、'.join(names)} 在每项政策下都不随任何因素变化，没有可分解的方差",
            f"nothing varies under any policy: {', '.join(names)}; there is no variance to split",
            where=str(opened.path), mend_zh="请用 --outcome 看别的结果，或放宽范围", mend_en="look at other outcomes with --outcome, or widen the ranges",
        )  # fmt: skip
    store = opened.store
    source = {"store": path.name, "model": store.manifest.get("source", ""), "study": store.study.get("identity", "")}
    return Sensitivity(told, names, frames, opened, grown.stopped, lost, runs.facts["left"], source, path / "sensitivity")
