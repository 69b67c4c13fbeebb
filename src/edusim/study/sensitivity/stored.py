"""Sensitivity of stored runs: rows laid out over the factors of a study, their runs found in its store, responses as arrays.

A row of a layout is a point of the unit cube; each factor takes its value through its own quantiles. Rows that fall together under
one draw are one run. Responses are found by values and draw, never by keys: a store whose model has changed since can still be
analysed. The outcome of a run is its effect, that is less the baseline of the same uncertainties and draw, or its level where the
study has no baseline.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, EdusimError, StudyError
from edusim.study.parts import MAX_ROWS, Factor, Points
from edusim.study.sampling import spread
from edusim.study.sensitivity.layouts import Layout, lay_out
from edusim.study.sensitivity.problem import DUMMY, SEED, Input, Problem
from edusim.study.sensitivity_file import KIND, ROAD, Asked, restored
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study import OpenStudy
    from edusim.study.study_file import Outcome, Study

#: Largest share of blocks that may be lost to failed runs, without being told to go on.
LOST = 0.1
#: Missing runs that are named, and doublings that a plan tells the cost of.
_NAMED, _DOUBLINGS = 3, 4
#: What a run of the store is: none of that setting and draw planned, not made, gone wrong, done.
NOT_PLANNED, PENDING, WRONG, DONE = range(4)
_STATES = {"pending": PENDING, "failed": WRONG, "quarantined": WRONG, "done": DONE}


# ---- what is laid out ----------------------------------------------------------------------------------


def problem_of(factors: Sequence[Factor], asked: Asked) -> Problem:
    """Return the inputs of a study: the columns of its factors, with their groups."""
    group_of = {column: group.name for group in asked.groups for column in group.inputs}
    inputs = tuple(Input(factor.column, group_of.get(factor.column, "")) for factor in factors)
    order = {one.name: i for i, one in enumerate(inputs)}
    correlation = {}
    for group in asked.groups:
        if group.correlation:
            # Members of a group stand in the problem's own order.
            place = np.argsort([order[column] for column in group.inputs])
            correlation[group.name] = np.array(group.correlation, np.float64)[np.ix_(place, place)]
    return Problem(inputs, correlation)


def layout_of(factors: Sequence[Factor], asked: Asked, replicates: int, n: int | None = None, where: str = "") -> Layout:
    """Return the layout of a study, or of one of another size.

    Parameters
    ----------
    factors, asked, replicates
        Of the study.
    n
        Base points; the study's own if left out.
    where
        Place of the study's design, for a message.

    Raises
    ------
    ConfigError
        ``STUDY-TOO-FEW`` and what else the method refuses.
    """
    try:
        return lay_out(
            problem_of(factors, asked), asked.method, asked.n if n is None else n, seeds=asked.seeds, replicates=replicates, seed=asked.seed,
            second_order=asked.second_order,
        )  # fmt: skip
    except EdusimError as error:
        raise type(error)(error.code, error.zh, error.en, where=where or error.where, mend_zh=error.mend_zh, mend_en=error.mend_en) from None


def values_of(factors: Sequence[Factor], layout: Layout) -> dict[str, list[Value]]:
    """Return the value of every factor in every row of a layout: name -> values."""
    return {factor.name: spread(factor, layout.unit[:, i]) for i, factor in enumerate(factors)}


def points_of(factors: Sequence[Factor], layout: Layout) -> Points:
    """Return the points of a layout: its rows, each setting with the same draws once, in the order of the rows."""
    values = values_of(factors, layout)
    rows = zip(*(values[factor.name] for factor in factors), map(bytes, np.ascontiguousarray(layout.draws)), strict=True)
    first: dict[tuple[Any, ...], int] = {}
    for i, row in enumerate(rows):
        first.setdefault(row, i)
    kept = list(first.values())
    return Points({name: [column[i] for i in kept] for name, column in values.items()}, layout.draws[kept])


def laid_out(study: Study) -> Study:
    """Return a study of kind ``sensitivity`` with its points; any other study, or one that has points, as it is.

    Of a ``road`` this is its first stage.

    Raises
    ------
    ConfigError
        ``STUDY-TOO-FEW``, ``STUDY-TOO-LARGE`` and what else the method refuses.
    """
    if study.sensitivity is None or study.points is not None:
        return study
    if study.sensitivity.method == ROAD:
        from edusim.study.sensitivity import road

        return laid_out(road.first(study))
    asked = study.sensitivity
    # Before anything is laid out: every method but those of scattered points has a row for each input beside two more.
    rows = asked.n * (1 if asked.method in ("pawn", "delta", "chaos") else len(problem_of(study.factors, asked).units) + 2)
    if (runs := rows * len(study.policies) * study.seeds.replicates) > MAX_ROWS:
        raise ConfigError(
            "STUDY-TOO-LARGE", f"{runs:,} 次运行，超过 {MAX_ROWS:,}", f"{runs:,} runs, more than {MAX_ROWS:,}", where=study.where("design.n"),
            mend_zh="请减小 n", mend_en="make n smaller",
        )  # fmt: skip
    layout = layout_of(study.factors, asked, study.seeds.replicates, where=study.where("design.n"))
    return study.laid_out(points_of(study.factors, layout))


def planned(study: Study) -> dict[str, Any]:
    """Return what a plan says of a study of kind ``sensitivity``.

    Returns
    -------
    dict
        ``method``, ``n``, ``rows`` (of the layout); ``blocks`` (Chinese name, English name, rows of each base point); ``growth`` ((n, runs in all) for
        each doubling that ``max_runs`` allows, four at most); ``stage`` of a road (``screen``, ``sobol``) or empty; ``next`` (most runs of its
        Sobol design, while it is screening; else 0).
    """
    from edusim.study import design

    asked = study.sensitivity
    assert asked is not None
    stage, after = "", 0
    if asked.method == ROAD or asked.stage:
        from edusim.study.sensitivity import road

        stage, after = road.planned(study)
        study = road.first(study) if asked.method == ROAD else study
        asked = study.sensitivity
        assert asked is not None
    layout = layout_of(study.factors, asked, study.seeds.replicates, where=study.where("design.n"))
    growth: list[tuple[int, int]] = []
    n, runs = asked.n, 0
    while asked.width and len(growth) < _DOUBLINGS:
        n *= 2
        larger = replace(study, sensitivity=replace(asked, n=n), points=None)
        runs = design.size(larger)[-1]
        if runs > asked.max_runs:
            break
        growth.append((n, runs))
    return {"method": asked.method, "n": asked.n, "rows": layout.rows, "blocks": _blocks(layout), "growth": growth, "stage": stage, "next": after}


def _blocks(layout: Layout) -> list[tuple[str, str, int]]:
    """Return the blocks of a base point by what they are."""
    units = len(layout.problem.units)
    if layout.method == "sobol":
        blocks = layout.part["blocks"]
        single = {DUMMY: ("对照", "dummy"), SEED: ("种子", "seed")}
        found = [("A、B", "A and B", 2), ("个因素", "inputs", units)]
        found += [(*name, sum(block == (key,) for block in blocks)) for key, name in single.items()]
        found.append(("对", "of pairs", len(blocks) - sum(count for *_, count in found)))
        return [one for one in found if one[2]]
    per = layout.rows // max(1, len(np.unique(layout.block)))
    return [("行", "rows", per)]


# ---- what is stored ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What the manifest of a store tells of its study, enough to lay it out again without its file.

    Attributes
    ----------
    factors
        Levers, then uncertainties.
    asked
        How sensitivity was asked for.
    replicates
        Draws of every row.
    policies, baseline, design
        As in the study.
    outcomes
        Outcomes with measure, unit and which way is better.
    """

    factors: tuple[Factor, ...]
    asked: Asked
    replicates: int
    policies: tuple[str, ...]
    baseline: str
    design: str
    outcomes: tuple[Outcome, ...]

    @property
    def below(self) -> str:
        """What runs of the baseline are counted under, apart from those of a policy of that name; empty without a baseline."""
        return f"baseline {self.baseline}" if self.baseline else ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Columns of the factors."""
        return tuple(factor.column for factor in self.factors)

    def layout(self, n: int | None = None, method: str | None = None) -> Layout:
        """Return the layout, perhaps of another size or method; see :func:`layout_of`."""
        asked = self.asked if method is None else replace(self.asked, method=method)
        return layout_of(self.factors, asked, self.replicates, n)


def told_of(opened: OpenStudy) -> Told:
    """Return what a store tells of its study.

    Raises
    ------
    StudyError
        ``STUDY-KIND`` for a study of another kind, and those of opening a store.
    """
    from edusim.study.study_file import Outcome

    store = opened.store
    told = store.study
    refuse_kind(str(told.get("kind", "")), str(opened.path))
    fields = ("name", "measure", "stage", "at", "want", "unit")
    return Told(
        tuple(_factor(one, role) for role, key in (("lever", "levers"), ("uncertain", "uncertainties")) for one in told[key]),
        restored(told["sensitivity"]), int(told["seeds"]["replicates"]), tuple(map(str, told["policies"])), str(told["baseline"] or ""),
        str(told["designs"][0]), tuple(Outcome(**{name: str(o.get(name) or "") for name in fields}) for o in store.outcomes),
    )  # fmt: skip


def refuse_kind(kind: str, where: str) -> None:
    """Refuse a study of another kind (``STUDY-KIND``)."""
    if kind != KIND:
        raise StudyError(
            "STUDY-KIND", f"这是 kind: {kind} 的研究，不是敏感性分析", f"this is a study of kind: {kind}, not one of sensitivity", where=where,
            mend_zh="请给出 kind: sensitivity 的研究文件或其结果文件夹", mend_en="name a study file of kind: sensitivity, or the folder of its store",
        )  # fmt: skip


def _factor(told: Mapping[str, Any], role: str) -> Factor:
    low, high = (float("nan") if told[key] is None else float(told[key]) for key in ("low", "high"))
    return Factor(
        str(told["name"]), role, tuple(map(str, told["sets"])), str(told.get("unit") or ""), low, high,
        whole=bool(told["whole"]), values=tuple(told["values"]), bundles={str(k): dict(v) for k, v in told["bundles"].items()},
        dist=str(told["dist"]), params=tuple(map(float, told["params"])),
    )  # fmt: skip


@dataclass(frozen=True)
class Runs:
    """The stored runs of a study, found by values and draw.

    Attributes
    ----------
    told
        The study.
    place
        (values of all factors in their order, draw) -> place in the arrays.
    numbers
        Policy -> float64 [places, outcomes]: effects against the baseline of the same uncertainties and draw, levels without a
        baseline; NaN where a run, or its baseline, has no result.
    levels
        The same, always as levels.
    states
        Policy -> int8 [places]: the least that is said of a run and its baseline.
    keys
        Policy -> key of the run at each place, and the key of its baseline, see :attr:`Told.below`.
    facts
        Runs planned, done, gone wrong, left.
    """

    told: Told
    place: Mapping[tuple[Any, ...], int]
    numbers: Mapping[str, NDArray[np.float64]]
    levels: Mapping[str, NDArray[np.float64]]
    states: Mapping[str, NDArray[np.int8]]
    keys: Mapping[str, Sequence[str]]
    facts: Mapping[str, int] = field(default_factory=dict)

    def rows(self, layout: Layout) -> NDArray[np.int64]:
        """Return int64 [rows, replicates]: the place of every run of a layout; -1 where the store plans none."""
        values = values_of(self.told.factors, layout)
        settings = list(zip(*(values[factor.name] for factor in self.told.factors), strict=True))
        known = self.place
        found = [[known.get((*setting, draw), -1) for draw in draws] for setting, draws in zip(settings, layout.draws.tolist(), strict=True)]
        return np.array(found, np.int64).reshape(layout.draws.shape)

    def response(self, policy: str, outcome: str, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return float64 [rows, replicates]: the responses at places; NaN where there is no result."""
        column = self.numbers[policy][:, [o.name for o in self.told.outcomes].index(outcome)]
        return np.where(rows >= 0, column[np.maximum(rows, 0)], np.nan)

    def missing(self, rows: NDArray[np.int64]) -> dict[str, list[str]]:
        """Return policy -> keys of the runs at places that are still to be made; baselines apart, see :attr:`Told.below`."""
        found: dict[str, list[str]] = {}
        used = np.unique(rows[rows >= 0])
        for name, state in self.states.items():
            keys = self.keys[name]
            left = dict.fromkeys(keys[i] for i in used[state[used] == PENDING].tolist())
            if left:
                found[name] = list(left)
        return found


def runs_of(opened: OpenStudy) -> Runs:
    """Return the stored runs of a study of kind ``sensitivity``.

    Raises
    ------
    StudyError
        ``STUDY-KIND``, ``STUDY-LAYOUT`` for a store whose design was made otherwise, and those of opening a store.
    """
    told = told_of(opened)
    names = [o.name for o in told.outcomes]
    columns = ["key", "point", "policy", "draw", "state", *told.inputs, *names]
    wanted = ", ".join('"' + name.replace('"', '""') + '"' for name in columns)
    frame = opened.query(f"SELECT {wanted} FROM runs WHERE design = '{told.design}' ORDER BY key")
    settings = [_plain(frame[name], factor) for name, factor in zip(told.inputs, told.factors, strict=True)]
    draws = frame["draw"].to_numpy(np.int64).tolist()
    states = np.array([_STATES[s] for s in frame["state"]], np.int8)
    numbers = frame[names].to_numpy(np.float64)
    keys = frame["key"].tolist()
    policies = frame["policy"].tolist()
    is_base = frame["point"].to_numpy(np.int64) < 0
    n_levers = sum(factor.role == "lever" for factor in told.factors)
    full = list(zip(*settings, draws, strict=True))
    future = [row[n_levers:] for row in full]
    place: dict[tuple[Any, ...], int] = {}
    for i in np.flatnonzero(~is_base).tolist():
        place.setdefault(full[i], len(place))
    below = {future[i]: i for i in np.flatnonzero(is_base).tolist()}
    size, n = len(place), len(names)
    levels = {policy: np.full((size, n), np.nan) for policy in told.policies}
    at = {policy: np.zeros(size, np.int8) for policy in told.policies}
    found_keys: dict[str, list[str]] = {policy: [""] * size for policy in told.policies}
    row_of = np.full(size, -1, np.int64)
    for i in np.flatnonzero(~is_base).tolist():
        j, policy = place[full[i]], policies[i]
        levels[policy][j], at[policy][j], found_keys[policy][j] = numbers[i], states[i], keys[i]
        row_of[j] = below.get(future[i], -1)
    facts = {"planned": len(dict.fromkeys(keys))} | {
        word: int(np.unique(np.array(keys, object)[states == code]).size) for word, code in (("done", DONE), ("wrong", WRONG), ("left", PENDING))
    }  # fmt: skip
    if not told.baseline:
        return Runs(told, place, levels, levels, at, found_keys, facts)
    if size and row_of.min() < 0:
        raise _another_layout(opened, size)
    effects = {policy: level - numbers[row_of] for policy, level in levels.items()}
    found_keys[told.below] = [keys[i] for i in row_of.tolist()]
    return Runs(told, place, effects, levels, {**at, told.below: states[row_of]}, found_keys, facts)


def _plain(column: Any, factor: Factor) -> list[Any]:
    """Return a column of the store as the values that :func:`edusim.study.sampling.spread` gives; None for the baseline's levers."""
    kinds: dict[str, Any] = {"word": str, "flag": bool, "whole": int, "number": float}
    kind = kinds[factor.type]
    return [None if is_none else kind(value) for value, is_none in zip(column.tolist(), column.isna().tolist(), strict=True)]


def _another_layout(opened: OpenStudy, n: int) -> StudyError:
    return StudyError(
        "STUDY-LAYOUT", f"库中的设计不是按这种方法布的点（{n:,} 次推演对不上）", f"the store's design was laid out otherwise ({n:,} runs do not fit)",
        where=str(opened.path), mend_zh="请用布点时的程序版本分析，或从研究文件重新运行",
        mend_en="analyse it with the version that laid it out, or run its file again",
    )  # fmt: skip


@dataclass(frozen=True)
class Responses:
    """Responses of one layout: what is estimated from.

    Attributes
    ----------
    layout
        The layout.
    rows
        int64 [rows, replicates]: places in :class:`Runs`.
    runs
        The runs.
    lost
        Policy -> blocks of the layout that lack a result, of how many.
    """

    layout: Layout
    rows: NDArray[np.int64]
    runs: Runs
    lost: Mapping[str, tuple[int, int]]

    def of(self, policy: str, outcome: str) -> NDArray[np.float64]:
        """Return float64 [rows, replicates]: the responses of a policy; NaN where there is no result."""
        return self.runs.response(policy, outcome, self.rows)


def responses(opened: OpenStudy, runs: Runs, layout: Layout, *, partial: bool = False) -> Responses:
    """Return the responses of a layout, having refused what cannot be analysed.

    Parameters
    ----------
    opened, runs
        The study and its stored runs.
    layout
        Rows that the store's design holds.
    partial
        Go on although runs are missing or many have failed: blocks that lack one do not count.

    Raises
    ------
    StudyError
        ``STUDY-LAYOUT``; ``STUDY-UNFINISHED`` naming how many runs are missing and the first of them; ``STUDY-LOST`` when failed runs
        spoil more than a tenth of the blocks; ``STUDY-NO-BLOCK`` when no block is whole.
    """
    rows = runs.rows(layout)
    if (rows < 0).all():
        raise _another_layout(opened, rows.size)
    missing = runs.missing(rows)
    not_planned = int((rows < 0).sum())
    if (missing or not_planned) and not partial:
        raise _unfinished(opened, runs, missing, not_planned)
    lost = {}
    for policy in runs.told.policies:
        whole = (rows >= 0) & (runs.states[policy][np.maximum(rows, 0)] == DONE)
        if runs.told.below:
            whole &= runs.states[runs.told.below][np.maximum(rows, 0)] == DONE
        blocks = np.unique(layout.block)
        broken = np.unique(layout.block[~whole.all(axis=1)])
        lost[policy] = (len(broken), len(blocks))
        if len(broken) == len(blocks):
            raise StudyError(
                "STUDY-NO-BLOCK", f"{policy} 下没有一组点是齐的", f"no block of points is complete under {policy}", where=str(opened.path),
                mend_zh="请补齐推演", mend_en="make the missing runs",
            )  # fmt: skip
        if len(broken) > LOST * len(blocks) and not partial:
            raise StudyError(
                "STUDY-LOST", f"{policy} 下 {len(blocks):,} 组点中有 {len(broken):,} 组含失败的推演",
                f"under {policy}, {len(broken):,} of {len(blocks):,} blocks of points hold a failed run",
                where=str(opened.path), mend_zh="请查看失败原因（edusim study status），改正后 retry；或加 --partial 只用完好的组",
                mend_en="see why they failed (edusim study status), mend it and retry; or add --partial to use the whole blocks",
            )  # fmt: skip
    return Responses(layout, rows, runs, lost)


def _unfinished(opened: OpenStudy, runs: Runs, missing: Mapping[str, Sequence[str]], not_planned: int) -> StudyError:
    left = sum(map(len, missing.values())) + not_planned * len(runs.told.policies)
    parts_zh = [f"{name} {len(keys):,} 次（{'、'.join(keys[:_NAMED])}{' …' if len(keys) > _NAMED else ''}）" for name, keys in missing.items()]
    parts_en = [f"{name} {len(keys):,} ({', '.join(keys[:_NAMED])}{' ...' if len(keys) > _NAMED else ''})" for name, keys in missing.items()]
    if not_planned:  # a stage of a road that was stopped before the next was laid out
        parts_zh.append(f"每项政策另有 {not_planned:,} 次尚未列入设计")
        parts_en.append(f"{not_planned:,} more under each policy are not in the store's design yet")
    planned = runs.facts["planned"] + not_planned * len(runs.told.policies)
    return StudyError(
        "STUDY-UNFINISHED", f"{planned:,} 次推演中还有 {left:,} 次没有做：{'；'.join(parts_zh)}",
        f"{left:,} of {planned:,} runs are still to be made: {'; '.join(parts_en)}",
        where=str(opened.path), mend_zh="请给出研究文件以补齐，或加 --partial 只用已齐的点",
        mend_en="name the study file to make them, or add --partial to use the blocks of points that are complete",
    )  # fmt: skip
