"""A study file: what is varied, what is asked, and how it is carried out; read strictly.

Every fault is one located message. Paths of files start from the file that names them; the store starts
from the working folder. A study is frozen; :meth:`Study.with_` returns a changed one.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from edusim import declarations, scenario
from edusim.configfile import Node, from_python
from edusim.declarations import bilingual
from edusim.errors import ConfigError, did_you_mean
from edusim.policies import policy, policy_names
from edusim.scenario import DESIGNS, Scenario
from edusim.study import goals
from edusim.study.asked import (
    OVER_YEARS,
    STANDARD_KEEP,
    column_of,
    measure_of,
    read_execution,
    read_keep,
    read_layout,
    read_outcomes,
    read_seeds,
)
from edusim.study.factors import DISTRIBUTIONS, Factors, grid_length
from edusim.study.parts import (
    ENGINES,
    MAX_ROWS,
    METHODS,
    Execution,
    Factor,
    Outcome,
    Points,
    Sampling,
    Seeds,
    at_place,
    listed,
    short,
    unique,
)
from edusim.study.ratios import ratios_and_arms
from edusim.study.sensitivity_file import KIND as SENSITIVITY
from edusim.study.sensitivity_file import Asked, read_sensitivity
from edusim.study.tree import OPTIONAL, REQUIRED, copy, file_of, from_text, is_file, put, read_whole, whole

__all__ = [
    "DISTRIBUTIONS",
    "ENGINES",
    "KINDS",
    "METHODS",
    "OVER_YEARS",
    "REQUIRED",
    "STANDARD_KEEP",
    "Execution",
    "Factor",
    "Outcome",
    "Points",
    "Sampling",
    "Seeds",
    "Study",
    "alone",
    "canonical",
    "column_of",
    "load",
    "measure_of",
    "scenario_hash",
]

KINDS = ("compare", "sweep", "discover", "sensitivity", goals.KIND)
#: No baseline.
NO_BASELINE = "none"
#: Fields of a scenario that a study has itself, or that belong to no study.
_NOT_SET = ("policies", "design", "schema_version", "kind", "name", "description")


@dataclass(frozen=True)
class Study:
    """A frozen study; made by :func:`load`.

    Attributes
    ----------
    kind
        ``compare``, ``sweep``, ``discover``, ``sensitivity`` or ``optimise``.
    policies, baseline
        Keys of the policies; the baseline, perhaps empty, is run without levers at every future and draw.
    designs
        ``feasible``, ``identical`` or both.
    levers, uncertainties
        What is varied, see :class:`Factor`.
    layout
        How points are laid out over the levers; over levers and uncertainties together when not ``crossed``.
    futures
        How futures are laid out over the uncertainties; None when there are none or they are not crossed.
    only
        Condition on the design's columns that a point must meet, as SQL; empty for all.
    keep
        Columns of measures kept for every year: ``measure`` or ``measure[stage]``.
    store
        Folder of the store, absolute.
    ratios, arms
        Of a study of kind ``discover``: ratios between modes, see :mod:`edusim.study.ratios`, and what is run with them.
    sensitivity
        Of a study of kind ``sensitivity``: method, size, groups, what the draw counts as, until when it grows; else None.
    changes
        What :meth:`with_` changed of the file, as ``-S`` takes it: ``path=value``.
    points
        Points given one by one, see :meth:`laid_out`; None where the layout makes them.
    goal
        Of a study of kind ``optimise``: what it looks for.
    """

    name_zh: str
    name_en: str
    kind: str
    scenario: Scenario
    policies: tuple[str, ...]
    baseline: str
    designs: tuple[str, ...]
    levers: tuple[Factor, ...]
    uncertainties: tuple[Factor, ...]
    seeds: Seeds
    outcomes: tuple[Outcome, ...]
    layout: Sampling
    futures: Sampling | None
    crossed: bool
    only: str
    keep: tuple[str, ...]
    store: Path
    execution: Execution
    file: str = ""
    ratios: tuple[Factor, ...] = ()
    arms: tuple[str, ...] = ()
    sensitivity: Asked | None = None
    points: Points | None = field(default=None, compare=False)
    goal: goals.Goal | None = None
    _root: Node = field(default_factory=lambda: Node({}), compare=False, repr=False)
    changes: tuple[str, ...] = field(default=(), compare=False)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Levers, then uncertainties, then ratios."""
        return (*self.levers, *self.unknown)

    @property
    def unknown(self) -> tuple[Factor, ...]:
        """What makes a future: uncertainties, then ratios."""
        return (*self.uncertainties, *self.ratios)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the factors' columns: ``lever.NAME``, ``uncertain.NAME``, ``ratio.POLICY.NAME``, in the order of the file."""
        return tuple(factor.column for factor in self.factors)

    def where(self, path: str) -> str:
        """Return the place of a key of the file (``design.n``), or of the nearest key above it that is there."""
        node = self._root
        for key in path.split("."):
            below = node.value.get(key) if isinstance(node.value, dict) else None
            if below is None:
                break
            node = below
        return node.where or self.file

    def plain(self) -> dict[str, Any]:
        """Return the study as plain data, everything resolved: for the manifest of its store.

        Returns
        -------
        dict
            JSON data. ``scenario`` holds ``resolved`` (everything that can change a result) and ``raw``,
            ``folder``, ``file`` for :func:`edusim.scenario.restore`.
        """
        found: dict[str, Any] = {
            name: getattr(self, name) for name in ("kind", "name_zh", "name_en", "baseline", "crossed", "only", "file")
        }
        found |= {name: list(getattr(self, name)) for name in ("policies", "designs", "columns", "keep")}
        found |= {name: asdict(getattr(self, name)) for name in ("seeds", "layout", "execution")}
        found["futures"] = asdict(self.futures) if self.futures is not None else None
        found["levers"] = [_plain_factor(factor) for factor in self.levers]
        found["uncertainties"] = [_plain_factor(factor) for factor in self.uncertainties]
        if self.arms:
            found |= {"ratios": [_plain_factor(factor) for factor in self.ratios], "arms": list(self.arms)}
        if self.sensitivity is not None:
            found["sensitivity"] = self.sensitivity.plain()
        if self.goal is not None:
            found["goal"] = self.goal.plain()
        found["outcomes"] = [asdict(outcome) for outcome in self.outcomes]
        found["store"] = str(self.store)
        if self.changes:
            found["changes"] = list(self.changes)
        found["identity"] = self.identity
        base = self.scenario
        found["scenario"] = {
            "resolved": base.resolved(), "raw": _thawed(base.raw), "folder": base.folder, "file": base.file,
        }  # fmt: skip
        return found

    def as_given(self) -> dict[str, Any]:
        """Return the content of the study file with its changes, names of files absolute: a dict for :func:`load`."""
        found: dict[str, Any] = _plain(self._root)
        return found

    @property
    def identity(self) -> str:
        """sha256 of what must stay the same in a store.

        That is: the scenario without its list of policies, names, types and parameters of the factors, outcomes,
        kept columns, designs, root seed, pairing, baseline. What may grow or change is not in it: points,
        futures, replicates, ranges and values, the condition, policies, names, and how the study is carried out.
        """
        base = self.scenario
        content = {
            "scenario": scenario_hash(base),
            "law": base.parameters(declarations.STATUS_QUO).resolved()["values"],
            "overrides": sorted([put.only, put.path, float(put.value)] for put in base.overrides),
            "factors": sorted([f.role, f.name, sorted(f.sets), f.type] for f in self.factors),
            "outcomes": sorted([o.name, o.measure, o.stage, o.at] for o in self.outcomes),
            "keep": sorted(self.keep),
            "designs": sorted(self.designs),
            "root": self.seeds.root,
            "paired": self.seeds.paired,
            "baseline": self.baseline,
        }
        dated = sorted([put.only, put.path, [*put.steps.years], [*put.steps.values]] for put in base.overrides if put.steps is not None)
        if dated:
            content["dated"] = dated
        if base.mix:
            content["mix"] = sorted([*entry] for entry in base.mix)
        if self.arms:  # what the other kinds of study are was fixed before there were arms
            content["arms"] = list(self.arms)
        return hashlib.sha256(canonical(content).encode()).hexdigest()

    def laid_out(self, points: Points) -> Study:
        """Return the study with exactly these points, whatever its layout says.

        A run's key follows from its values and its draw, so a store made with some points keeps what it has when more
        come. Points that are the same are run once. A study that is changed later (:meth:`with_`) is laid out again.

        Parameters
        ----------
        points
            Values of every lever, crossed with the study's futures; or of every lever and every uncertainty, not crossed.
            With draws of their own, points must name every factor.

        Raises
        ------
        ValueError
            For other names than the factors', lists of other lengths, values that a factor does not take, draws of
            another shape or below 0, and draws beside a condition (``design.only``) or without all factors.
        ConfigError
            ``STUDY-TOO-LARGE``.
        """
        names = set(points.values)
        if names not in ({f.name for f in self.levers}, {f.name for f in self.factors}) or not names:
            raise ValueError(f"points name {sorted(names)}; the factors are {[f.name for f in self.factors]}")
        for factor in self.factors:
            if factor.name in names:
                _check_values(factor, points)
        is_joint = bool(self.unknown) and names == {f.name for f in self.factors}
        draws = points.draws
        if draws is not None:
            if self.only or names != {f.name for f in self.factors}:
                raise ValueError("points with draws of their own name every factor and meet no condition")
            if draws.ndim != 2 or len(draws) != points.n or draws.shape[1] < 1 or draws.min(initial=0) < 0:
                raise ValueError(f"draws of shape {draws.shape}, with {points.n} points; [points, replicates] from 0 are needed")
        found = replace(self, points=points, crossed=self.crossed and not is_joint, futures=None if is_joint else self.futures)
        replicates = self.seeds.replicates if draws is None else draws.shape[1]
        n_futures = 1 if found.futures is None else found.futures.n or math.prod(grid_length(f) for f in self.unknown)
        rows = points.n * n_futures * len(self.policies) * len(self.designs) * replicates
        if rows > MAX_ROWS:
            raise ConfigError(
                "STUDY-TOO-LARGE", f"{rows:,} 次运行，超过 {MAX_ROWS:,}", f"{rows:,} runs, more than {MAX_ROWS:,}", where=self.where("design"),
                mend_zh="请减少点数、未来或重复次数", mend_en="take fewer points, futures or replicates",
            )  # fmt: skip
        return found

    def with_(self, changes: Mapping[str, Any]) -> Study:
        """Return a changed study.

        Parameters
        ----------
        changes
            Path -> value. A path is a key of the file (``policies``), a field (``design.n``,
            ``design.futures.n``, ``seeds.replicates``, ``store.path``), a change of the scenario
            (``set.years``), a lever, an uncertainty or an outcome (``levers.rotation.share``), or a field of one
            (``levers.rotation.share.steps``). Texts are read as in a file, so values from a command line work:
            ``a,b`` and ``[a, b]`` are lists, ``{range: [0, 1]}`` a mapping. Relative files start from the working
            folder.

        Raises
        ------
        ConfigError
            ``CFG-UNKNOWN-KEY`` with the nearest valid path, and every fault that a file may have.
        """
        root = copy(self._root)
        for path, value in changes.items():
            put(root, path, from_text(path, value))
        said = {text.partition("=")[0]: text for text in self.changes}
        said |= {path: f"{path}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}" for path, value in changes.items()}
        return replace(_study(root, self.file), changes=tuple(said.values()))


def canonical(content: Any) -> str:
    """Return plain data as JSON in one fixed form: sorted keys, no blanks, floats by ``repr``."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def scenario_hash(base: Scenario) -> str:
    """Return the sha256 of a scenario's resolved values without its policies, whose list may grow.

    The scenario's own design is left out too: every run of a study names its design.
    """
    resolved = {k: v for k, v in base.resolved().items() if k not in ("policies", "design")}
    return hashlib.sha256(canonical(resolved).encode()).hexdigest()


def _check_values(factor: Factor, points: Points) -> None:
    """Refuse values that a factor does not take: what calls us has made them, so this is no fault of a file."""
    values = points.values[factor.name]
    if len(values) != points.n:
        raise ValueError(f"{len(values)} values of {factor.name}, {points.n} of another factor")
    for value in values:
        if factor.values:
            # 1 and True are the same to Python, not to a key.
            is_one = any(value == one and isinstance(value, bool) == isinstance(one, bool) for one in factor.values)
        elif isinstance(value, (bool, str)) or (factor.whole and not isinstance(value, int)):
            is_one = False
        else:
            is_one = factor.low <= value <= factor.high
        if not is_one:
            raise ValueError(f"{factor.name} does not take {value!r}")


def _plain_factor(factor: Factor) -> dict[str, Any]:
    found = asdict(replace(factor, bundles={}))
    found |= {name: None for name in ("low", "high") if math.isnan(found[name])}
    found["bundles"] = {name: dict(bundle) for name, bundle in factor.bundles.items()}
    found["column"] = factor.column
    del found["where"]
    return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _thawed(below) for key, below in value.items()}
    return [_thawed(item) for item in value] if isinstance(value, (list, tuple)) else value


# ---- from files to one tree -------------------------------------------------------------------------


def load(source: str | os.PathLike[str] | Mapping[str, Any]) -> Study:
    """Return a study.

    Parameters
    ----------
    source
        Path of a study file, or a dict of the same shape. Paths of files inside a file start from its folder,
        those inside a dict from the working folder; the folder of the store always starts from the working folder.

    Raises
    ------
    ConfigError
        For every fault, with its place and how to mend it: ``STUDY-...`` and the ``CFG-...`` codes of all files.
    """
    if isinstance(source, Mapping):
        return _study(whole(from_python(source), os.getcwd(), ()), "")
    path = os.fsdecode(source)
    return _study(read_whole(path, ()), path)



# ---- from the tree to a study -----------------------------------------------------------------------


def _study(root: Node, file: str) -> Study:
    if isinstance(root.value, dict) and "kind" in root.value:
        _kind(root.value["kind"])  # a file of another kind has other keys: of those nothing is said
    top = root.mapping(REQUIRED, OPTIONAL)
    declarations.check_version(top["schema_version"])
    kind = _kind(top["kind"])
    name = bilingual(top["name"])
    base, policies, baseline = _base(root, top)
    designs = _designs(top["designs"]) if "designs" in top else (DESIGNS if kind == "compare" else DESIGNS[:1])

    reader = Factors(base, policies, top["set"].mapping((), None) if "set" in top else None)
    levers = reader.read(top.get("levers"), "lever")
    uncertainties = reader.read(top.get("uncertainties"), "uncertain")
    if not levers and baseline in policies:
        policies = tuple(key for key in policies if key != baseline)  # it would be the same run twice
        if not policies:
            _no_policy(top.get("policies", root))
    ratios, arms = ratios_and_arms(top, kind, reader, policies, baseline, (*levers, *uncertainties))
    if kind != "compare":
        _refuse_nothing_varied(root, kind, levers, (*uncertainties, *ratios))
        for factor in (*levers, *uncertainties):
            if len(factor.values) == 1:
                raise at_place(
                    factor.where,
                    "STUDY-CONSTANT",
                    f"{factor.name} 只有一个值，没有变化",
                    f"{factor.name} has one value and does not vary",
                    "请给出两个以上的值，或把它写进 set",
                    "give two values or more, or put it under set",
                )
    outcomes = read_outcomes(top["outcomes"], base)
    asked: Asked | None = None
    goal: goals.Goal | None = None
    if kind == SENSITIVITY:
        asked, seeds = read_sensitivity(root, top, levers, uncertainties)
    else:
        if "groups" in top:
            top["groups"].fail("STUDY-GROUP", "groups 只用于 kind: sensitivity", "groups belong to kind: sensitivity", "请删去", "delete it")
        seeds = read_seeds(top["seeds"]) if "seeds" in top else Seeds()
    if kind == goals.KIND:
        outcomes += goals.limit_outcomes(top, outcomes, base)
        goal = goals.read_goal(root, top, base, policies, baseline, designs, levers, outcomes, seeds)
    else:
        goals.refuse_keys(top, kind)
    keep = read_keep(top.get("keep"), outcomes, base.extensions)
    if asked is not None:
        layout, futures, crossed, only = Sampling(asked.method, asked.n, asked.seed), None, True, ""
        if len(designs) > 1:
            top["designs"].fail(
                "STUDY-DESIGNS", "敏感性分析一次只用一种设计", "a sensitivity analysis is of one design at a time",
                "例如 designs: [feasible]", "for example designs: [feasible]",
            )  # fmt: skip
    else:
        # A search lays out its own points: what stands under design is for the futures alone.
        laid = () if goal is not None else levers
        layout, futures, crossed, only = read_layout(top.get("design"), laid, (*uncertainties, *ratios))
    root_of_store = top["store"].mapping(("path",)) if "store" in top else None
    if root_of_store is None:
        stem = Path(file).stem if file else "study"
        store = Path(os.getcwd()) / "out" / stem
        assert isinstance(root.value, dict)
        root.value["store"] = from_python({"path": str(store)}, "store")  # stays where it is when the study is changed
    else:
        text = root_of_store["path"].text()
        if "\0" in text:
            root_of_store["path"].fail("CFG-TYPE", "这不是文件夹名", "this is no name of a folder")
        store = Path(text)
    study = Study(
        *name, kind, base, policies, baseline, designs, levers, uncertainties, seeds, outcomes, layout, futures, crossed,
        only, keep, store, read_execution(top["execute"]) if "execute" in top else Execution(), file, ratios, arms, asked, None, goal, root,
    )  # fmt: skip
    _check_size(study, top)
    return study


def _refuse_nothing_varied(root: Node, kind: str, levers: Sequence[Factor], unknown: Sequence[Factor]) -> None:
    if kind == "discover" and not unknown:
        root.fail(
            "STUDY-NOTHING-VARIED",
            "discover 至少要有一个 uncertainties 或 ratios",
            "a study of kind discover needs at least one uncertainty or ratio",
            "例如 uncertainties: {behaviour: all}",
            "for example uncertainties: {behaviour: all}",
        )
    if not levers and not unknown and kind != goals.KIND:  # a search says itself what it lacks
        root.fail(
            "STUDY-NOTHING-VARIED",
            f"{kind} 至少要有一个 levers 或 uncertainties",
            f"a study of kind {kind} needs at least one lever or uncertainty",
            "例如 levers: {rotation.share: {range: [0, 0.3], steps: 4}}；只比较政策时写 kind: compare",
            "for example levers: {rotation.share: {range: [0, 0.3], steps: 4}}; to compare policies only, kind: compare",
        )


def _kind(node: Node) -> str:
    if node.value == "calibrate":
        node.fail(
            "STUDY-KIND-CALIBRATE", "这是校准文件，不是研究", "this is a calibration, no study",
            "请用 edusim calibrate", "give it to edusim calibrate",
        )  # fmt: skip
    return node.word(KINDS, "CFG-KIND")


def _no_policy(node: Node) -> NoReturn:
    node.fail(
        "STUDY-NO-POLICY",
        "除基线外没有任何政策",
        "there is no policy beside the baseline",
        "例如 policies: [collaboration, co_build, fusion]",
        "for example policies: [collaboration, co_build, fusion]",
    )


def _policy(node: Node) -> tuple[str, str]:
    """Return the key of a policy, and the name or file by which a scenario finds it."""
    name = node.text().strip()
    return policy(name, os.getcwd(), node.where).key, name


def _base(root: Node, top: Mapping[str, Node]) -> tuple[Scenario, tuple[str, ...], str]:
    """Return the scenario with the study's policies and changes, the keys of its policies, and the baseline."""
    node = top["scenario"]
    name = node.text().strip()
    if name not in scenario.shipped():
        if not is_file(node):
            zh, en = did_you_mean(name, scenario.shipped())
            node.fail(
                "CFG-NO-FILE",
                f"没有名为 {short(name)} 的情景",
                f"no shipped scenario {short(name)}",
                zh,
                f"{en} a file's name ends in .yaml",
            )
        file_of(node, "")
    base = scenario.load(name)
    baseline, baseline_name = declarations.STATUS_QUO, declarations.STATUS_QUO
    if "baseline" in top:
        baseline, baseline_name = ("", "") if top["baseline"].value == NO_BASELINE else _policy(top["baseline"])
    names: dict[str, str] = {}
    if "policies" in top:
        for item in top["policies"].items():
            key, named = _policy(item)
            if key in names:
                item.fail(
                    "CFG-DUPLICATE-POLICY",
                    f"政策 {key} 写了两次",
                    f"policy {key} is given twice",
                    "请删去其中一个",
                    "delete one of them",
                )
            names[key] = named
    else:
        for key in base.policies:
            if key != baseline:
                names[key] = _name_of(base, key)
    if not names:
        _no_policy(top.get("policies", node))
    all_names = [*([baseline_name] if baseline and baseline not in names else []), *names.values()]
    return _changed(base, all_names, top.get("set"), root), tuple(names), baseline


def _name_of(base: Scenario, key: str) -> str:
    """Return the name or file by which a scenario finds one of its policies."""
    bundle = base.policy(key)
    shipped = key in policy_names() and bundle.file == policy(key).file  # whatever mix the scenario gives it
    return key if shipped else bundle.file


def alone(base: Scenario, policy: str, changes: Mapping[str, Any] | None = None) -> Scenario:
    """Return a scenario with one of its policies only, and perhaps changed.

    A scenario checks all its policies: what one of them refuses (``CFG-FLOW-TERM``) another may take.

    Raises
    ------
    ConfigError
        What this policy refuses.
    """
    return base.with_({**(changes or {}), "policies": [_name_of(base, policy)]})


def _changed(base: Scenario, policies: Sequence[str], node: Node | None, root: Node) -> Scenario:
    """Return the scenario with the changes under ``set``; a fault of one is told where it stands."""
    changes = node.mapping((), None) if node is not None else {}
    for key, below in changes.items():
        if key.partition(".")[0] in _NOT_SET:
            below.fail(
                "STUDY-SET",
                f"set 里不能改 {short(key)}",
                f"{short(key)} cannot be changed under set",
                "政策与设计写在研究文件的 policies 与 designs",
                "policies and designs are keys of the study itself",
            )
    try:
        return base.with_({**{key: _plain(below) for key, below in changes.items()}, "policies": list(policies)})
    except ConfigError as error:
        # The scenario knows paths inside itself only.
        found = [
            key for key in changes
            if error.where == key or error.where == f"parameters.{key}" or error.where.startswith(f"{key}.")
        ]  # fmt: skip
        place = changes[found[0]].where if found else (node or root).where
        raise ConfigError(
            error.code, error.zh, error.en, where=place, mend_zh=error.mend_zh, mend_en=error.mend_en
        ) from None


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(below) for key, below in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(below) for below in node.value]
    return node.value


def _designs(node: Node) -> tuple[str, ...]:
    found = tuple(item.word(DESIGNS) for item in listed(node))
    unique(node, found)
    if not found:
        node.fail("CFG-MISSING-KEY", "至少要有一种设计", "at least one design is needed", "例如 [feasible]", "for example [feasible]")
    return found


def _check_size(study: Study, top: Mapping[str, Node]) -> None:
    """Refuse a design of more rows than any store of ours is meant for, before anything is laid out."""
    def points(layout: Sampling | None, factors: Sequence[Factor]) -> int:
        if layout is None:
            return 1
        return layout.n or math.prod(grid_length(factor) for factor in factors)

    laid = study.levers if study.crossed else study.factors
    n_points, n_futures = points(study.layout, laid), points(study.futures, study.unknown)
    rows = n_points * n_futures * len(study.policies) * len(study.designs) * study.seeds.replicates * max(1, len(study.arms))
    if rows > MAX_ROWS:
        zh = f"{n_points:,} 点 × {n_futures:,} 种未来 × {len(study.policies)} 种政策 × {len(study.designs)} 种设计 × {study.seeds.replicates:,} 次"
        en = (
            f"{n_points:,} points x {n_futures:,} futures x {len(study.policies)} policies x {len(study.designs)} designs "
            f"x {study.seeds.replicates:,} draws"
        )
        (top["design"] if "design" in top else top["kind"]).fail(
            "STUDY-TOO-LARGE",
            f"{zh} = {rows:,} 次运行，超过 {MAX_ROWS:,}",
            f"{en} = {rows:,} runs, more than {MAX_ROWS:,}",
            "请减少点数、未来或重复次数",
            "take fewer points, futures or replicates",
        )
