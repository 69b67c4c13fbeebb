"""A study file: what is varied, what is asked, and how it is carried out; read strictly.

Every fault is one located message. Paths of files start from the file that names them; the store starts
from the working folder. A study is frozen; :meth:`Study.with_` returns a changed one.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NoReturn

from edusim import configfile, declarations, scenario
from edusim.configfile import Node, from_python
from edusim.declarations import Declaration, bilingual
from edusim.errors import ConfigError, did_you_mean
from edusim.measures import Measure, registered
from edusim.scenario import DESIGNS, Scenario
from edusim.study.tasks import Value

KINDS = ("compare", "sweep")
#: Kinds of study that a later version reads.
LATER_KINDS = ("sensitivity", "discover", "optimise", "calibrate")
METHODS = ("grid", "lhs", "sobol")
ENGINES = ("local", "shard", "slurm", "dask")
#: Distributions of an uncertainty and how many numbers each takes.
DISTRIBUTIONS = {"uniform": 2, "triang": 3, "norm": 2, "lognorm": 2}
#: What an outcome may take over the years after the base year, beside one year's value.
OVER_YEARS = ("last", "mean", "sum", "max", "min")
#: No baseline.
NO_BASELINE = "none"
MAX_ROWS = 50_000_000
MAX_SEED = 2**63 - 1
#: Study files that extend one another may be chained so many times.
MAX_CHAIN = 8
#: Least share of a distribution that must lie inside its range.
_LEAST_MASS = 1e-6

_REQUIRED = ("schema_version", "kind", "name", "scenario", "outcomes")
_OPTIONAL = (
    "set", "policies", "baseline", "designs", "levers", "uncertainties", "seeds", "keep", "design", "store", "execute",
)  # fmt: skip
#: Keys whose fields are replaced one by one where a study extends another; the other keys are replaced whole.
_MERGED = ("seeds", "design", "store", "execute", "set")
_FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("zh", "en"),
    "seeds": ("root", "replicates", "paired"),
    "design": ("method", "n", "seed", "crossed", "futures", "only"),
    "design.futures": ("method", "n", "seed"),
    "store": ("path",),
    "execute": ("on", "workers", "shards", "memory", "time", "partition", "account", "lines"),
}
_LEVER_FIELDS = ("sets", "range", "steps", "values")
_UNCERTAIN_FIELDS = (*_LEVER_FIELDS, "dist", "params")
_OUTCOME_FIELDS = ("measure", "stage", "at", "want")
#: Fields of a scenario that a study has itself, or that belong to no study.
_NOT_SET = ("policies", "design", "schema_version", "kind", "name", "description")
#: Names of columns that every table of a study has.
_TAKEN = (
    "run", "key", "point", "future", "policy", "design", "seed", "draw", "attempt", "state", "seconds", "digest",
    "worker", "at", "code", "error", "year",
)  # fmt: skip
_FACTOR_NAME = re.compile(r"[\w:.-]{1,100}")
_OUTCOME_NAME = re.compile(r"[^\W\d]\w{0,99}")
_COLUMN = re.compile(r"(.*?)\[([a-z]+)\]")
_MEMORY = re.compile(r"\d+(\.\d+)? ?[KMGT]i?B?", re.ASCII | re.IGNORECASE)
_TIME = re.compile(r"(\d+-)?\d{1,3}:\d{2}:\d{2}", re.ASCII)
_SLURM_WORD = re.compile(r"[\w.,-]*", re.ASCII)

#: Measures kept for every year where a study does not say: gaps, weak and core schools, staff, rotation, money, families.
STANDARD_KEEP = (
    "learning.mean", "learning.core_mean", "learning.member_mean", "learning.weak_mean", "learning.rural_mean",
    "learning.core_member_gap", "learning.top_weak_gap", "learning.urban_rural_gap", "learning.low_share",
    "learning.low_ses_gap", "learning.icc",
    "official.indicators_passing", "official.cv_passes", "official.resources_pass", "official.schools_failing",
    "staffing.leaver_share", "staffing.leaver_quality_gap", "staffing.backbone_kept_share", "staffing.vacancy_share",
    "staffing.subject_gap_share", "staffing.quality_gap",
    "staffing.rotation_share_eligible", "staffing.rotation_share_member", "staffing.rotation_stock_eligible",
    "staffing.rotation_stock_member", "staffing.rotation_promised", "staffing.rotation_delivered",
    "staffing.rotation_promised_years", "staffing.rotation_delivered_years", "staffing.rotation_quality_sum",
    "money.total", "money.recurrent", "money.one_off", "money.unfunded", "money.total_to_date", "money.yuan_per_gap_step",
    "families.exit_share", "families.private_share", "families.satisfaction",
    "groups.coverage", "leadership.management_gap",
)  # fmt: skip


@dataclass(frozen=True)
class Factor:
    """A lever (what the authority sets) or an uncertainty (what nobody controls).

    Attributes
    ----------
    name
        Name of the factor; the parameter's path unless the file gives another.
    role
        ``lever`` or ``uncertain``: also the first part of the name of its column.
    sets
        Paths of the parameters that take its value, each perhaps with ``policy:`` or ``mode:`` before it.
    unit
        Unit of the (first) parameter.
    low, high
        Ends of its range; NaN when it has values instead.
    steps
        Points of a grid; 0 when none are given.
    whole
        Whether it takes whole numbers only.
    values
        What it may take when it has no range: numbers, yes/no, words, or names of ``bundles``.
    bundles
        Name of a value -> parameter -> value, for a lever that sets several parameters at once.
    dist, params
        Distribution of an uncertainty over its range (``uniform``, ``triang``, ``norm``, ``lognorm``) and its numbers.
    where
        ``file:line:column: path`` of its declaration.
    """

    name: str
    role: str
    sets: tuple[str, ...]
    unit: str = ""
    low: float = float("nan")
    high: float = float("nan")
    steps: int = 0
    whole: bool = False
    values: tuple[Value, ...] = ()
    bundles: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    dist: str = "uniform"
    params: tuple[float, ...] = ()
    where: str = field(default="", compare=False)

    @property
    def column(self) -> str:
        """Name of its column in every table of the study: ``lever.NAME`` or ``uncertain.NAME``."""
        return f"{self.role}.{self.name}"

    @property
    def type(self) -> str:
        """What its column holds: ``word``, ``flag``, ``whole`` or ``number``."""
        if self.values and isinstance(self.values[0], str):
            return "word"
        if self.values and isinstance(self.values[0], bool):
            return "flag"
        return "whole" if self.whole else "number"


@dataclass(frozen=True)
class Outcome:
    """A number that the study asks of every run.

    Attributes
    ----------
    name
        Name of its column.
    measure, stage
        Measure and the part of school it is kept for.
    at
        School year, or ``last``, ``mean``, ``sum``, ``max``, ``min`` over the years after the base year.
    want
        ``min``, ``max`` or empty.
    unit
        Unit of the outcome.
    """

    name: str
    measure: str
    stage: str
    at: str
    want: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Seeds:
    """Root seed, draws of every point, and whether all points meet the same draws."""

    root: int = 0
    replicates: int = 1
    paired: bool = True


@dataclass(frozen=True)
class Sampling:
    """How points are laid out over some factors: method and number of points (0: the full grid)."""

    method: str
    n: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Execution:
    """Where and with what a study runs; nothing here can change a result."""

    on: str = "local"
    workers: int = 0
    shards: int = 0
    memory: str = "2GB"
    time: str = "04:00:00"
    partition: str = ""
    account: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """A frozen study; made by :func:`load`.

    Attributes
    ----------
    kind
        ``compare`` or ``sweep``.
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
    _root: Node = field(default_factory=lambda: Node({}), compare=False, repr=False)

    @property
    def factors(self) -> tuple[Factor, ...]:
        """Levers, then uncertainties."""
        return (*self.levers, *self.uncertainties)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the factors' columns: ``lever.NAME``, then ``uncertain.NAME``, in the order of the file."""
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
        found["outcomes"] = [asdict(outcome) for outcome in self.outcomes]
        found["store"] = str(self.store)
        found["identity"] = self.identity
        base = self.scenario
        found["scenario"] = {
            "resolved": base.resolved(), "raw": _thawed(base.raw), "folder": base.folder, "file": base.file,
        }  # fmt: skip
        return found

    @property
    def identity(self) -> str:
        """sha256 of what must stay the same in a store.

        That is: the scenario without its list of policies, names, types and parameters of the factors, outcomes,
        kept columns, designs, root seed, pairing, baseline. What may grow or change is not in it: points,
        futures, replicates, ranges and values, the condition, policies, names, and how the study is carried out.
        """
        content = {
            "scenario": scenario_hash(self.scenario),
            "factors": sorted([f.role, f.name, sorted(f.sets), f.type] for f in self.factors),
            "outcomes": sorted([o.name, o.measure, o.stage, o.at] for o in self.outcomes),
            "keep": sorted(self.keep),
            "designs": sorted(self.designs),
            "root": self.seeds.root,
            "paired": self.seeds.paired,
            "baseline": self.baseline,
        }
        return hashlib.sha256(canonical(content).encode()).hexdigest()

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
        root = _copy(self._root)
        for path, value in changes.items():
            _put(root, path, _from_text(path, value))
        return _study(root, self.file)


def canonical(content: Any) -> str:
    """Return plain data as JSON in one fixed form: sorted keys, no blanks, floats by ``repr``."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def scenario_hash(base: Scenario) -> str:
    """Return the sha256 of a scenario's resolved values without its policies, whose list may grow.

    The scenario's own design is left out too: every run of a study names its design.
    """
    resolved = {k: v for k, v in base.resolved().items() if k not in ("policies", "design")}
    return hashlib.sha256(canonical(resolved).encode()).hexdigest()


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


# ---- from files to one tree --------------------------------------------------------------------------


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
        return _study(_whole(from_python(source), os.getcwd(), ()), "")
    path = os.fsdecode(source)
    return _study(_read_whole(path, ()), path)


def _read_whole(path: str, above: tuple[str, ...]) -> Node:
    real = os.path.realpath(path) if "\0" not in path else path
    return _whole(configfile.read(path), os.path.dirname(os.path.abspath(path)), (*above, real))


def _whole(root: Node, folder: str, above: tuple[str, ...]) -> Node:
    """Return a file's tree with paths made absolute and what it extends put below it."""
    root = _copy(root)
    top = root.value
    if not isinstance(top, dict):
        root.mapping()
        raise AssertionError
    _make_absolute(top, folder)
    if "extends" not in top:
        return root
    node = top.pop("extends")
    path = _file(node, folder)
    if os.path.realpath(path) in above or len(above) >= MAX_CHAIN:
        node.fail(
            "STUDY-EXTENDS",
            "研究文件循环引用，或引用层数过多",
            "study files extend one another in a circle, or too many times",
            "请把内容写进一个文件",
            "write the content into one file",
        )
    below = _read_whole(path, above).value
    assert isinstance(below, dict)
    for key, value in below.items():
        own = top.get(key)
        if own is None:
            top[key] = value
        elif key in _MERGED and isinstance(own.value, dict) and isinstance(value.value, dict):
            own.value = {**value.value, **own.value}
    return root


def _copy(node: Node) -> Node:
    """Return a tree of its own down to the second level, so that a change leaves the other as it was."""

    def one(old: Node, depth: int) -> Node:
        value = old.value
        if depth and isinstance(value, dict):
            value = {key: one(below, depth - 1) for key, below in value.items()}
        new = Node(value, old.file, old.line, old.column, old.path, old.quoted)
        new.key_place = old.key_place
        return new

    return one(node, 3)


def _is_file(node: Node) -> bool:
    return isinstance(node.value, str) and node.value.strip().endswith((".yaml", ".yml"))


def _make_absolute(top: dict[str, Node], folder: str) -> None:
    """Make names of files absolute while it is known which file they stand in."""
    listed = top["policies"] if "policies" in top else Node([])
    if isinstance(listed.value, str):
        listed = top["policies"] = Node(_list(listed), listed.file, listed.line, listed.column, listed.path)
    nodes = [top[key] for key in ("scenario", "baseline") if key in top]
    nodes += listed.value if isinstance(listed.value, list) else []
    for key in ("set", "store"):
        below = top[key].value if key in top else None
        if isinstance(below, dict) and key == "set":
            nodes += [below[name] for name in ("behaviour", "region.file", "region.mapping") if name in below]
            roster = below.get("region.path")
            if roster is not None and isinstance(roster.value, str):
                roster.value = os.path.join(folder, roster.value)
        elif isinstance(below, dict) and "path" in below and isinstance(below["path"].value, str):
            # A store is written where one works, like every result, whichever file it was planned in.
            below["path"].value = os.path.abspath(below["path"].value) if below["path"].value.strip() else ""
    for node in nodes:
        if _is_file(node):
            assert isinstance(node.value, str)
            node.value = os.path.normpath(os.path.join(folder, node.value.strip()))


def _file(node: Node, folder: str) -> str:
    path = os.path.normpath(os.path.join(folder, node.text().strip()))
    if "\0" in path or not os.path.exists(path):
        node.fail(
            "CFG-NO-FILE",
            f"找不到 {_short(node.text())}",
            f"there is no {_short(node.text())}",
            "路径从本文件所在文件夹算起",
            "paths start from the folder of this file",
        )
    return path


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"


def _list(node: Node) -> list[Node]:
    """Return the values of a list; one written as a text (``a,b``, as on a command line) is divided."""
    if isinstance(node.value, str) and node.value.strip() and not node.quoted:
        parts = [part.strip() for part in node.value.split(",")]
        return [Node(part, node.file, node.line, node.column, node.path) for part in parts]
    return node.items()


# ---- changes from Python or a command line -----------------------------------------------------------


def _from_text(path: str, value: Any) -> Node:
    """Return the node of a changed value: a text that opens a bracket is read as in a file."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        found = configfile.parse(f"value: {value.strip()}\n", path).mapping((), None)
        if list(found) == ["value"]:
            return _nowhere(found["value"], path)
    return from_python(value, path)


def _nowhere(node: Node, path: str) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _nowhere(below, f"{path}.{key}") for key, below in value.items()}
    elif isinstance(value, list):
        value = [_nowhere(below, f"{path}[{i}]") for i, below in enumerate(value)]
    return Node(value, path=path, quoted=node.quoted)


def _put(root: Node, path: str, node: Node) -> None:
    top = root.value
    assert isinstance(top, dict)
    key, _, rest = path.partition(".")
    if path in (*_REQUIRED, *_OPTIONAL):
        changed = {path: node}
        _make_absolute(changed, os.getcwd())
        top[path] = changed[path]
    elif rest and (rest in _FIELDS.get(key, ()) or key in ("set", "levers", "uncertainties", "outcomes")):
        below = _below(top, key)
        name, _, last = rest.rpartition(".")
        fields: tuple[str, ...] = _OUTCOME_FIELDS if key == "outcomes" else _UNCERTAIN_FIELDS
        if key != "set" and name in below and last in fields and isinstance(below[name].value, dict):
            below[name] = _copy(below[name])
            _below(below, name)[last] = node
        else:
            _make_absolute({key: Node({rest: node})}, os.getcwd())
            below[rest] = node
    elif rest.startswith("futures.") and f"{key}.futures" in _FIELDS and rest[8:] in _FIELDS["design.futures"]:
        design = _below(top, key)
        design["futures"] = _copy(design["futures"]) if "futures" in design else Node({}, path="design.futures")
        _below(design, "futures")[rest[8:]] = node
    else:
        fields = tuple(f"{t}.{f}" for t, below in _FIELDS.items() for f in below)
        zh, en = did_you_mean(path, (*_REQUIRED, *_OPTIONAL, *fields))
        raise ConfigError(
            "CFG-UNKNOWN-KEY",
            f"没有 {_short(path)} 这一项",
            f"there is no {_short(path)}",
            where=_short(path),
            mend_zh=zh,
            mend_en=en,
        )


def _below(top: dict[str, Node], key: str) -> dict[str, Node]:
    """Return the mapping below a key, making one where there is none."""
    if key not in top or not isinstance(top[key].value, dict):
        top[key] = Node({}, path=key)
    found = top[key].value
    assert isinstance(found, dict)
    return found


# ---- from the tree to a study ------------------------------------------------------------------------


def _study(root: Node, file: str) -> Study:
    top = root.mapping(_REQUIRED, _OPTIONAL)
    declarations.check_version(top["schema_version"])
    kind = _kind(top["kind"])
    name = bilingual(top["name"])
    base, policies, baseline = _base(root, top)
    designs = _designs(top["designs"]) if "designs" in top else (DESIGNS if kind == "compare" else DESIGNS[:1])

    reader = _Factors(base, policies)
    levers = reader.read(top.get("levers"), "lever")
    uncertainties = reader.read(top.get("uncertainties"), "uncertain")
    if kind == "sweep":
        if not levers and not uncertainties:
            root.fail(
                "STUDY-NOTHING-VARIED",
                "sweep 至少要有一个 levers 或 uncertainties",
                "a sweep needs at least one lever or uncertainty",
                "例如 levers: {rotation.share: {range: [0, 0.3], steps: 4}}；只比较政策时写 kind: compare",
                "for example levers: {rotation.share: {range: [0, 0.3], steps: 4}}; to compare policies only, kind: compare",
            )
        for factor in (*levers, *uncertainties):
            if len(factor.values) == 1:
                raise _at(
                    factor.where,
                    "STUDY-CONSTANT",
                    f"{factor.name} 只有一个值，没有变化",
                    f"{factor.name} has one value and does not vary",
                    "请给出两个以上的值，或把它写进 set",
                    "give two values or more, or put it under set",
                )
    if not levers and baseline in policies:
        policies = tuple(key for key in policies if key != baseline)  # it would be the same run twice
        if not policies:
            _no_policy(top.get("policies", root))
    seeds = _seeds(top["seeds"]) if "seeds" in top else Seeds()
    outcomes = _outcomes(top["outcomes"], base)
    keep = _keep(top.get("keep"), outcomes)
    layout, futures, crossed, only = _layout(top.get("design"), levers, uncertainties)
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
        only, keep, store, _execution(top["execute"]) if "execute" in top else Execution(), file, root,
    )  # fmt: skip
    _check_size(study, top)
    return study


def _at(where: str, code: str, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> ConfigError:
    return ConfigError(code, zh, en, where=where, mend_zh=mend_zh, mend_en=mend_en)


def _kind(node: Node) -> str:
    if node.value in LATER_KINDS:
        node.fail(
            "STUDY-KIND-LATER",
            f"这一版还不能做 {node.value}",
            f"this version does not do {node.value} yet",
            f"可用：{', '.join(KINDS)}",
            f"it does: {', '.join(KINDS)}",
        )
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
    return declarations.policy(name, os.getcwd(), node.where).key, name


def _base(root: Node, top: Mapping[str, Node]) -> tuple[Scenario, tuple[str, ...], str]:
    """Return the scenario with the study's policies and changes, the keys of its policies, and the baseline."""
    node = top["scenario"]
    name = node.text().strip()
    if name not in scenario.shipped():
        if not _is_file(node):
            zh, en = did_you_mean(name, scenario.shipped())
            node.fail(
                "CFG-NO-FILE",
                f"没有名为 {_short(name)} 的情景",
                f"no shipped scenario {_short(name)}",
                zh,
                f"{en} a file's name ends in .yaml",
            )
        _file(node, "")
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
                bundle = base.policy(key)
                shipped = key in declarations.policy_names() and bundle == declarations.policy(key)
                names[key] = key if shipped else bundle.file
    if not names:
        _no_policy(top.get("policies", node))
    listed = [*([baseline_name] if baseline and baseline not in names else []), *names.values()]
    return _changed(base, listed, top.get("set"), root), tuple(names), baseline


def _changed(base: Scenario, policies: Sequence[str], node: Node | None, root: Node) -> Scenario:
    """Return the scenario with the changes under ``set``; a fault of one is told where it stands."""
    changes = node.mapping((), None) if node is not None else {}
    for key, below in changes.items():
        if key.partition(".")[0] in _NOT_SET:
            below.fail(
                "STUDY-SET",
                f"set 里不能改 {_short(key)}",
                f"{_short(key)} cannot be changed under set",
                "政策与设计写在研究文件的 policies 与 designs",
                "policies and designs are keys of the study itself",
            )
    try:
        return base.with_({**{key: _plain(below) for key, below in changes.items()}, "policies": list(policies)})
    except ConfigError as error:
        if not changes:
            raise
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


def _unique(node: Node, values: Iterable[Any]) -> None:
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            node.fail(
                "STUDY-DUPLICATE",
                f"{_short(str(value))} 写了两次",
                f"{_short(str(value))} is given twice",
                "请删去其中一个",
                "delete one of them",
            )
        seen.add(value)


def _designs(node: Node) -> tuple[str, ...]:
    found = tuple(item.word(DESIGNS) for item in _list(node))
    _unique(node, found)
    if not found:
        node.fail("CFG-MISSING-KEY", "至少要有一种设计", "at least one design is needed", "例如 [feasible]", "for example [feasible]")
    return found


def _between(node: Node, low: int, high: int) -> int:
    value = node.integer()
    if not low <= value <= high:
        node.fail(
            "CFG-RANGE",
            f"{value} 不在 {low} – {high} 之内",
            f"{value} is not between {low} and {high}",
            f"请取 {low} – {high} 之间的整数",
            f"choose a whole number from {low} to {high}",
        )
    return value


def _seeds(node: Node) -> Seeds:
    parts = node.mapping((), _FIELDS["seeds"])
    plain = Seeds()
    return Seeds(
        _between(parts["root"], 0, MAX_SEED) if "root" in parts else plain.root,
        _between(parts["replicates"], 1, 1_000_000) if "replicates" in parts else plain.replicates,
        parts["paired"].flag() if "paired" in parts else plain.paired,
    )


# ---- levers and uncertainties ------------------------------------------------------------------------


class _Factors:
    """Reads levers and uncertainties; remembers which parameters are taken."""

    def __init__(self, base: Scenario, policies: tuple[str, ...]) -> None:
        self.base, self.policies = base, policies
        region = declarations.declared(base.region_spec.file, "region").parameters
        if base.region_spec.kind == "roster":
            reference = declarations.configs() / "regions" / "reference.yaml"
            region = {**region, **declarations.declared(reference, "region").parameters}
        self.known: dict[str, Declaration] = {**base.known, **region}
        names = [declarations.LAW, *declarations.policy_names()]
        for bundle in base.bundles.values():
            names += [bundle.key, *bundle.modes]
        self.qualifiers = tuple(dict.fromkeys(names))
        self.taken: dict[str, str] = {}
        self.names: dict[str, str] = {}

    def read(self, node: Node | None, role: str) -> tuple[Factor, ...]:
        return tuple(self._one(key, below, role) for key, below in node.mapping((), None).items()) if node else ()

    def _one(self, name: str, node: Node, role: str) -> Factor:
        parts = node.mapping((), _LEVER_FIELDS if role == "lever" else _UNCERTAIN_FIELDS)
        if not _FACTOR_NAME.fullmatch(name) or name.lower() in _TAKEN:
            node.fail(
                "STUDY-NAME",
                f"不能用 {_short(name)} 作名字",
                f"{_short(name)} cannot be a name",
                "名字用字母、数字、下划线与点，且不与结果表的列重名",
                "use letters, digits, _ and ., and no name of a column that every table has",
            )
        if name.lower() in self.names:
            node.fail(
                "STUDY-DUPLICATE",
                f"{name} 写了两次（另见 {self.names[name.lower()]}）",
                f"{name} is given twice (also at {self.names[name.lower()]})",
                "请删去其中一个，或换一个名字",
                "delete one of them, or give it another name",
            )
        self.names[name.lower()] = node.where
        values = parts.get("values")
        if values is not None and values.is_map:
            factor = self._bundle(name, node, parts, role)
        else:
            factor = self._single(name, node, parts, role)
        for path in factor.sets:
            if path in self.taken:
                node.fail(
                    "STUDY-TWICE",
                    f"{path} 由两处改变（另一处：{self.taken[path]}）",
                    f"{path} is set twice (also by {self.taken[path]})",
                    "每个参数只能由一个因素改变",
                    "a parameter may be set by one lever or uncertainty only",
                )
            self.taken[path] = node.where
        self._check_read(factor, node)
        return factor

    def _declared(self, path: str, node: Node, keyed: bool) -> Declaration:
        """Return the declaration of a parameter, perhaps with ``policy:`` or ``mode:`` before it."""
        only, colon, bare = path.rpartition(":")
        # A name that stands as a key is at the key's place, not at its value's.
        spot = Node(path, node.file, *(node.key_place if keyed else (node.line, node.column)), node.path)
        if bare not in self.known:
            zh, en = did_you_mean(bare, self.known)
            sets = ("；若这是因素的名字，请用 sets 写明参数", "; where this is a name of your own, say with sets what it sets")
            spot.fail(
                "CFG-UNKNOWN-PARAMETER",
                f"没有参数 {_short(bare)}",
                f"no parameter {_short(bare)}",
                zh + (sets[0] if keyed else ""),
                en + (sets[1] if keyed else ""),
            )
        if colon and only not in self.qualifiers:
            zh, en = did_you_mean(only, self.qualifiers)
            spot.fail("CFG-UNKNOWN-POLICY", f"没有政策或模式 {_short(only)}", f"no policy or mode {_short(only)}", zh, en)
        if colon and self.known[bare].scope == "region":
            spot.fail(
                "CFG-SCOPE",
                f"{bare} 描述县域，不能因政策而异",
                f"{bare} describes the region and cannot differ between policies",
                f"请写 {bare}",
                f"write {bare}",
            )
        return self.known[bare]

    def _bundle(self, name: str, node: Node, parts: Mapping[str, Node], role: str) -> Factor:
        wrong = next((key for key in parts if key != "values"), None)
        if wrong is not None:
            parts[wrong].fail(
                "STUDY-FACTOR",
                f"values 是一组设定时不能再写 {wrong}",
                f"{wrong} cannot stand beside values that set several parameters",
                f"请删去 {wrong}",
                f"delete {wrong}",
            )
        bundles: dict[str, dict[str, Value]] = {}
        for word, below in parts["values"].mapping((), None).items():
            bundle: dict[str, Value] = {}
            for path, value in below.mapping((), None).items():
                bundle[path] = _value(self._declared(path, value, True), value)
            if not bundle:
                below.fail("STUDY-EMPTY-RANGE", f"{_short(word)} 没有设定任何参数", f"{_short(word)} sets no parameter")
            if bundle in bundles.values():
                below.fail("STUDY-DUPLICATE", f"{_short(word)} 与另一组相同", f"{_short(word)} is the same as another")
            bundles[word] = dict(sorted(bundle.items()))
        if not bundles:
            _empty(parts["values"])
        sets = tuple(sorted({path for bundle in bundles.values() for path in bundle}))
        return Factor(name, role, sets, values=tuple(bundles), bundles=bundles, where=node.where)

    def _single(self, name: str, node: Node, parts: Mapping[str, Node], role: str) -> Factor:
        if "sets" in parts:
            listed = _list(parts["sets"])
            sets = tuple(item.text().strip() for item in listed)
            kinds = [self._declared(path, item, False) for path, item in zip(sets, listed, strict=True)]
            if not kinds:
                _empty(parts["sets"])
            _unique(parts["sets"], sets)
        else:
            sets, kinds = (name,), [self._declared(name, node, True)]
        whole = any(kind.type == "int" for kind in kinds)
        unit = kinds[0].unit
        given = [key for key in ("range", "values", "dist") if key in parts]
        if given not in (["range"], ["values"], ["dist"], ["range", "dist"]):
            ways = ("range", "values") if role == "lever" else ("range", "values", "dist")
            node.fail(
                "STUDY-FACTOR",
                f"{name} 要写 {' 或 '.join(ways)} 之一",
                f"{name} needs one of {', '.join(ways)}",
                "例如 {range: [0, 0.3], steps: 4} 或 {values: [0.1, 0.2]}",
                "for example {range: [0, 0.3], steps: 4} or {values: [0.1, 0.2]}",
            )
        if "values" in given:
            listed = _list(parts["values"])
            values = tuple(_common([_value(kind, item) for kind in kinds], item) for item in listed)
            if not values:
                _empty(parts["values"])
            _unique(parts["values"], values)
            self._no(parts, ("steps", "params"), "values")
            return Factor(name, role, sets, unit, whole=whole, values=values, where=node.where)
        if any(kind.type in ("bool", "enum") for kind in kinds):
            kind = next(kind for kind in kinds if kind.type in ("bool", "enum"))
            parts[given[0]].fail(
                "STUDY-FACTOR",
                f"{kind.path} 不是数量，没有范围",
                f"{kind.path} is no quantity and has no range",
                f"请写 values: [{kind.range_text}]",
                f"write values: [{kind.range_text}]",
            )
        factor = Factor(name, role, sets, unit, whole=whole, where=node.where)
        if "dist" in given:
            self._no(parts, ("steps",), "dist")
            return self._distributed(factor, kinds, parts)
        self._no(parts, ("params",), "range")
        low, high = self._ends(parts["range"], kinds)
        steps = 0
        if "steps" in parts:
            steps = _between(parts["steps"], 2, 1_000_000)
            if whole and steps > high - low + 1:
                parts["steps"].fail(
                    "CFG-RANGE",
                    f"{low:g} – {high:g} 之间没有 {steps} 个整数",
                    f"there are no {steps} whole numbers from {low:g} to {high:g}",
                    f"至多 {high - low + 1:g}",
                    f"at most {high - low + 1:g}",
                )
        return replace(factor, low=low, high=high, steps=steps)

    def _no(self, parts: Mapping[str, Node], keys: Sequence[str], beside: str) -> None:
        for key in keys:
            if key in parts:
                parts[key].fail(
                    "STUDY-FACTOR",
                    f"{key} 不能与 {beside} 并用",
                    f"{key} cannot stand beside {beside}",
                    f"请删去 {key}",
                    f"delete {key}",
                )

    def _ends(self, node: Node, kinds: Sequence[Declaration]) -> tuple[float, float]:
        ends = _list(node)
        if len(ends) != 2:
            node.fail(
                "STUDY-EMPTY-RANGE",
                f"范围要有两端，现有 {len(ends)} 个数",
                f"a range has two ends, here {len(ends)}",
                "例如 [0, 0.3]",
                "for example [0, 0.3]",
            )
        low, high = (max(float(_value(kind, end)) for kind in kinds) for end in ends)
        if low >= high:
            node.fail(
                "STUDY-EMPTY-RANGE",
                f"范围 {low:g} – {high:g} 是空的或前后颠倒",
                f"the range from {low:g} to {high:g} is empty or reversed",
                "请先写小的，再写大的",
                "write the smaller end first",
            )
        return low, high

    def _distributed(self, factor: Factor, kinds: Sequence[Declaration], parts: Mapping[str, Node]) -> Factor:
        dist = parts["dist"].word(tuple(DISTRIBUTIONS), "STUDY-DISTRIBUTION")
        if factor.whole:
            parts["dist"].fail(
                "STUDY-DISTRIBUTION",
                f"{factor.name} 取整数，不用分布",
                f"{factor.name} takes whole numbers, which have no distribution here",
                "请用 range（各整数机会相等）或 values",
                "use range (every whole number is as likely) or values",
            )
        if "params" not in parts:
            parts["dist"].fail("CFG-MISSING-KEY", "缺少 params", "params is missing", *_shape_of(dist))
        node = parts["params"]
        numbers = tuple(item.number() for item in _list(node))
        if len(numbers) != DISTRIBUTIONS[dist]:
            node.fail(
                "STUDY-DISTRIBUTION",
                f"{dist} 要 {DISTRIBUTIONS[dist]} 个数，现有 {len(numbers)} 个",
                f"{dist} takes {DISTRIBUTIONS[dist]} numbers, here {len(numbers)}",
                *_shape_of(dist),
            )
        if dist in ("uniform", "triang"):
            if "range" in parts:
                self._no(parts, ("range",), f"dist: {dist}")
            low, high = self._ends(
                Node([_list(node)[0], _list(node)[-1]], node.file, node.line, node.column, node.path), kinds
            )
            if not low <= numbers[1] <= high:
                node.fail(
                    "STUDY-DISTRIBUTION",
                    "最可能的值要在两端之间",
                    "the likeliest value must lie between the ends",
                    *_shape_of(dist),
                )
            return replace(factor, low=low, high=high, dist=dist, params=numbers)
        if numbers[1] <= 0 or (dist == "lognorm" and numbers[0] <= 0):
            node.fail(
                "STUDY-DISTRIBUTION",
                "离散程度（及对数正态的中位数）要大于 0",
                "the spread (and the median of a lognormal) must be above 0",
                *_shape_of(dist),
            )
        if "range" in parts:
            low, high = self._ends(parts["range"], kinds)
        else:
            low, high = max(kind.low for kind in kinds), min(kind.high for kind in kinds)
        factor = replace(factor, low=low, high=high, dist=dist, params=numbers)
        if mass(factor) < _LEAST_MASS:
            node.fail(
                "STUDY-EMPTY-RANGE",
                f"这个分布几乎全在 {low:g} – {high:g} 之外",
                f"nearly all of this distribution lies outside {low:g} to {high:g}",
                f"请让它落在 {factor.name} 的允许范围之内",
                f"place it inside the range of {factor.name}",
            )
        return factor

    def _check_read(self, factor: Factor, node: Node) -> None:
        """Refuse a factor under which every policy stays as it is: it stands for a policy that is not run."""
        years = range(self.base.base_year, self.base.last_year + 1)
        for path in factor.sets:
            bare = path.rpartition(":")[2]
            if bare in self.base.region_spec.values:
                continue
            kind = self.known[bare]
            worlds = []
            for probe in (kind.low, kind.high):  # whatever the factor's own values: they may say what holds anyway
                try:
                    changed = self.base.with_({path: kind.show(probe) if kind.words else _probe(kind, probe)})
                    worlds.append([[changed.parameters(p).values(bare, y)[0] for y in years] for p in self.policies])
                except ConfigError:  # what does not go with the scenario alone may go with other levers
                    worlds.append([])
            if worlds[0] == worlds[1]:
                node.fail(
                    "STUDY-NOT-READ",
                    f"本研究的政策都不用 {path}，改变它没有作用",
                    f"no policy of this study reads {path}: changing it does nothing",
                    f"请把用它的政策写进 policies（现有 {', '.join(self.policies)}），或删去它",
                    f"add a policy that reads it to policies (now {', '.join(self.policies)}), or delete it",
                )


def _probe(kind: Declaration, value: float) -> Value:
    if kind.type == "bool":
        return bool(value)
    return int(value) if kind.type == "int" else value


def _value(kind: Declaration, node: Node) -> Value:
    """Return a value of a parameter as a run is told it: a number, a whole number, yes/no, or a word."""
    code = kind.read(node)
    if kind.type == "enum":
        return kind.words[int(code)]
    if kind.type == "bool":
        return bool(code)
    return int(code) if kind.type == "int" else float(code) + 0.0


def _common(values: Sequence[Value], node: Node) -> Value:
    """Return the one value that several parameters take."""
    if any(isinstance(value, (bool, str)) != isinstance(values[0], (bool, str)) for value in values):
        node.fail(
            "STUDY-FACTOR",
            "sets 里的参数种类不同，不能取同一个值",
            "the parameters under sets are of different types and cannot take one value",
        )
    return min(values, key=lambda value: not isinstance(value, int)) if not isinstance(values[0], str) else values[0]


def _empty(node: Node) -> NoReturn:
    node.fail("STUDY-EMPTY-RANGE", "没有任何值", "there is no value", "请给出两个以上的值", "give two values or more")


def _shape_of(dist: str) -> tuple[str, str]:
    zh, en = {
        "uniform": ("[最小, 最大]", "[lowest, highest]"),
        "triang": ("[最小, 最可能, 最大]", "[lowest, likeliest, highest]"),
        "norm": ("[均值, 标准差]", "[mean, standard deviation]"),
        "lognorm": ("[中位数, 对数标准差]", "[median, standard deviation of the logarithm]"),
    }[dist]
    return f"params: {zh}", f"params: {en}"


def normal_ends(factor: Factor) -> tuple[float, float]:
    """Return the ends of a normal or lognormal factor in standard deviations from its centre."""
    centre, spread = factor.params
    low, high = factor.low, factor.high
    if factor.dist == "lognorm":
        centre = math.log(centre)
        low, high = (math.log(end) if end > 0 else -math.inf for end in (low, high))
    return (low - centre) / spread, (high - centre) / spread


def mass(factor: Factor) -> float:
    """Return the share of a normal or lognormal distribution that lies inside the factor's range."""
    a, b = normal_ends(factor)
    if a > 0:
        a, b = -b, -a  # the nearer tail keeps its digits
    return 0.5 * (math.erfc(-b / math.sqrt(2)) - math.erfc(-a / math.sqrt(2)))


# ---- outcomes and kept measures ----------------------------------------------------------------------


def _kept() -> dict[str, Measure]:
    """Return the measures that have one number a year and part of school."""
    return {m.id: m for m in registered() if m.scope != "school" and m.unit_rows == "county"}


def column_of(measure: str, stage: str = "all") -> str:
    """Return the name of a kept column: ``measure``, or ``measure[stage]`` for one part of school."""
    return measure if stage == "all" else f"{measure}[{stage}]"


def measure_of(column: str) -> tuple[str, str]:
    """Return measure and stage of a kept column; the other way round from :func:`column_of`."""
    found = _COLUMN.fullmatch(column)
    return (found[1], found[2]) if found else (column, "all")


def _measure(node: Node, name: str) -> Measure:
    known = _kept()
    if name not in known:
        if any(m.id == name for m in registered()):
            node.fail(
                "STUDY-MEASURE",
                f"{name} 一年有多个数（按地方、学校或教共体），不能作研究的一列",
                f"{name} has several numbers a year (by place, school or group) and cannot be a column of a study",
                "请选全县一年一个数的指标",
                "choose a measure with one number a year for the county",
            )
        zh, en = did_you_mean(name, known)
        node.fail("STUDY-MEASURE", f"没有指标 {_short(name)}", f"no measure {_short(name)}", zh, en)
    return known[name]


def _outcomes(node: Node, base: Scenario) -> tuple[Outcome, ...]:
    found: dict[str, Outcome] = {}
    for name, below in node.mapping((), None).items():
        parts = below.mapping(("measure",), _OUTCOME_FIELDS)
        if not _OUTCOME_NAME.fullmatch(name) or name.lower() in _TAKEN:
            below.fail(
                "STUDY-NAME",
                f"不能用 {_short(name)} 作结果的名字",
                f"{_short(name)} cannot be the name of an outcome",
                "名字用字母、数字与下划线，且不与结果表的列重名",
                "use letters, digits and _, and no name of a column that every table has",
            )
        if name.lower() in found:
            below.fail("STUDY-DUPLICATE", f"{name} 写了两次", f"{name} is given twice", "请换一个名字", "choose another name")
        measure = _measure(parts["measure"], parts["measure"].text().strip())
        stage = _stage(measure, parts["stage"] if "stage" in parts else parts["measure"], "stage" in parts)
        at = _when(parts["at"], base) if "at" in parts else OVER_YEARS[0]
        want = parts["want"].word(("min", "max")) if "want" in parts else ""
        unit = measure.unit.removesuffix("/year") if at == "sum" else measure.unit
        found[name.lower()] = Outcome(name, measure.id, stage, at, want, unit)
    if not found:
        node.fail(
            "CFG-MISSING-KEY",
            "至少要有一个结果",
            "at least one outcome is needed",
            "例如 gap: {measure: learning.core_member_gap, at: last, want: min}",
            "for example gap: {measure: learning.core_member_gap, at: last, want: min}",
        )
    return tuple(found.values())


def _stage(measure: Measure, node: Node, given: bool) -> str:
    if given:
        stage = node.text().strip()
        if stage in measure.stages:
            return stage
        zh, en = did_you_mean(stage, measure.stages)
        node.fail("STUDY-STAGE", f"{measure.id} 没有学段 {_short(stage)}", f"{measure.id} has no stage {_short(stage)}", zh, en)
    if "all" in measure.stages:
        return "all"
    if len(measure.stages) > 1:
        listed = ", ".join(measure.stages)
        node.fail(
            "STUDY-STAGE",
            f"{measure.id} 按学段分列，要写 stage",
            f"{measure.id} is kept by stage: say which",
            f"stage: {listed} 之一",
            f"stage: one of {listed}",
        )
    return measure.stages[0]


def _when(node: Node, base: Scenario) -> str:
    if node.value in OVER_YEARS:
        return str(node.value)
    text = node.text().strip()
    if not text.lstrip("-").isdecimal():
        zh, en = did_you_mean(text, OVER_YEARS)
        node.fail("STUDY-YEAR", f"at 不能是 {_short(text)}", f"at cannot be {_short(text)}", f"学年，或：{zh}", f"a school year, or: {en}")
    year = node.integer()
    if not base.base_year <= year <= base.last_year:
        node.fail(
            "STUDY-YEAR",
            f"{_short(str(year))} 学年不在 {base.base_year} – {base.last_year} 之内",
            f"the year {_short(str(year))} is not in the run, {base.base_year} to {base.last_year}",
            f"请取其中一年或 {', '.join(OVER_YEARS)}，或用 set: {{years: …}} 推演更久",
            f"choose one of these or {', '.join(OVER_YEARS)}, or run longer with set: {{years: ...}}",
        )
    return str(year)


def _keep(node: Node | None, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return the kept columns in the order of the catalogue: what was asked for, and what the outcomes need."""
    known = _kept()
    wanted = {column_of(o.measure, o.stage) for o in outcomes}
    patterns = _list(node) if node is not None else [Node(name) for name in STANDARD_KEEP]
    for item in patterns:
        pattern, stage = measure_of(item.text().strip())
        asked = bool(_COLUMN.fullmatch(item.text().strip()))
        if "*" in pattern or "?" in pattern:
            hits = [known[name] for name in known if fnmatchcase(name, pattern)]
            if not hits:
                rooms = sorted({name.partition(".")[0] + ".*" for name in known})
                zh, en = did_you_mean(pattern, rooms)
                item.fail("STUDY-MEASURE", f"没有指标合于 {_short(pattern)}", f"no measure fits {_short(pattern)}", zh, en)
        else:
            hits = [_measure(item, pattern)]
        if asked:
            fitting = [m for m in hits if stage in m.stages]
            if not fitting:
                _stage(hits[0], Node(stage, item.file, item.line, item.column, item.path), True)
            wanted.update(column_of(m.id, stage) for m in fitting)
        else:
            for m in hits:
                wanted.update(column_of(m.id, s) for s in (("all",) if "all" in m.stages else m.stages))
    return tuple(c for m in known.values() for s in m.stages if (c := column_of(m.id, s)) in wanted)


# ---- layout and execution ----------------------------------------------------------------------------


def _layout(
    node: Node | None, levers: Sequence[Factor], uncertainties: Sequence[Factor]
) -> tuple[Sampling, Sampling | None, bool, str]:
    parts = node.mapping((), _FIELDS["design"]) if node is not None else {}
    crossed = parts["crossed"].flag() if "crossed" in parts else True
    only = parts["only"].text().strip() if "only" in parts and parts["only"].value != "" else ""
    own: dict[str, Node] = {key: node for key, node in parts.items() if key in _FIELDS["design.futures"]}
    both = bool(levers and uncertainties)
    if "futures" in parts and (not uncertainties or (both and not crossed)):
        parts["futures"].fail(
            "STUDY-FUTURES",
            "没有单独的 futures" + ("（crossed: false 时与 levers 一起布点）" if uncertainties else "（没有 uncertainties）"),
            "there are no futures of their own"
            + (" (with crossed: false they are laid out with the levers)" if uncertainties else " (no uncertainties)"),
            "请删去 futures",
            "delete futures",
        )
    if not levers and not uncertainties:
        if "n" in own:
            own["n"].fail("STUDY-N", "没有可变的因素，不用 n", "nothing is varied, so there is no n", "请删去 n", "delete n")
        return Sampling("grid"), None, True, only
    if both and not crossed:
        return _sampling(node, own, (*levers, *uncertainties)), None, False, only
    futures = None
    if uncertainties:
        seed = _between(own["seed"], 0, MAX_SEED) if "seed" in own else 0
        if "futures" in parts:
            below = parts["futures"].mapping((), _FIELDS["design.futures"])
            futures = _sampling(parts["futures"], below, uncertainties, seed)
        elif not levers and own:
            futures = _sampling(node, own, uncertainties)
        elif all(factor.values for factor in uncertainties):
            futures = Sampling("grid", 0, seed)
        else:
            futures = Sampling("lhs", 16, seed)
    return _sampling(node, own, levers) if levers else Sampling("grid"), futures, True, only


def _sampling(node: Node | None, parts: Mapping[str, Node], factors: Sequence[Factor], seed: int = 0) -> Sampling:
    method = parts["method"].word(METHODS) if "method" in parts else ("lhs" if "n" in parts else "grid")
    if "seed" in parts:
        seed = _between(parts["seed"], 0, MAX_SEED)
    if method == "grid":
        if "n" in parts:
            parts["n"].fail(
                "STUDY-N",
                "网格的点数由 steps 与 values 决定，不用 n",
                "the points of a grid follow from steps and values, not from n",
                "请删去 n，或写 method: lhs 或 sobol",
                "delete n, or write method: lhs or sobol",
            )
        for factor in factors:
            if not factor.values and not factor.steps and not (factor.whole and factor.dist == "uniform"):
                raise _at(
                    factor.where,
                    "STUDY-STEPS",
                    f"网格里 {factor.name} 要有 steps 或 values",
                    f"in a grid {factor.name} needs steps or values",
                    "例如 steps: 5；或写 design: {method: lhs, n: 200}",
                    "for example steps: 5; or write design: {method: lhs, n: 200}",
                )
        return Sampling(method, 0, seed)
    if "n" not in parts:
        place = parts.get("method", node)
        assert place is not None
        place.fail("CFG-MISSING-KEY", f"{method} 要有点数 n", f"{method} needs n, the number of points", "例如 n: 256", "for example n: 256")
    n = _between(parts["n"], 1, MAX_ROWS)
    if method == "sobol" and n & (n - 1):
        lower = 1 << (n.bit_length() - 1)
        near = lower if n - lower <= 2 * lower - n else 2 * lower
        parts["n"].fail(
            "STUDY-POWER-OF-TWO",
            f"Sobol 点数要是 2 的幂，{n} 不是",
            f"Sobol points come in powers of two, {n} is none",
            f"最近的是 {near}",
            f"the nearest is {near}",
        )
    return Sampling(method, n, seed)


def _execution(node: Node) -> Execution:
    parts = node.mapping((), _FIELDS["execute"])
    found: dict[str, Any] = {}
    if "on" in parts:
        found["on"] = parts["on"].word(ENGINES)
    for key in ("workers", "shards"):
        if key in parts:
            found[key] = _between(parts[key], 0, 100_000)
    shapes = {
        "memory": (_MEMORY, "2GB"), "time": (_TIME, "04:00:00"), "partition": (_SLURM_WORD, "compute"),
        "account": (_SLURM_WORD, "my-lab"),
    }  # fmt: skip
    for key, (shape, example) in shapes.items():
        if key in parts:
            text = parts[key].text().strip()
            if not shape.fullmatch(text):
                parts[key].fail(
                    "STUDY-EXECUTE",
                    f"{key} 不能是 {_short(text)}",
                    f"{key} cannot be {_short(text)}",
                    f"例如 {example}",
                    f"for example {example}",
                )
            found[key] = text
    if "lines" in parts:
        lines = [item.text().strip() for item in parts["lines"].items()]
        for item, line in zip(parts["lines"].items(), lines, strict=True):
            if "\n" in line or "\0" in line:
                item.fail("STUDY-EXECUTE", "每项一行", "one line each", "请分成几项", "make several entries")
        found["lines"] = tuple(lines)
    return Execution(**found)


def _check_size(study: Study, top: Mapping[str, Node]) -> None:
    """Refuse a design of more rows than any store of ours is meant for, before anything is laid out."""
    def points(layout: Sampling | None, factors: Sequence[Factor]) -> int:
        if layout is None:
            return 1
        return layout.n or math.prod(grid_length(factor) for factor in factors)

    laid = study.levers if study.crossed else study.factors
    n_points, n_futures = points(study.layout, laid), points(study.futures, study.uncertainties)
    rows = n_points * n_futures * len(study.policies) * len(study.designs) * study.seeds.replicates
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


def grid_length(factor: Factor) -> int:
    """Return how many points a factor has in a grid."""
    return len(factor.values) or factor.steps or (int(factor.high - factor.low) + 1 if factor.whole else 1)
