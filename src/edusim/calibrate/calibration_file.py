"""A calibration file: which parameters are fitted, to which tables, what is held out; read strictly.

Every fault is one located message. Paths of tables start from the file that names them; the store starts from the working
folder, as that of a study does.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edusim import configfile, declarations, deprecations, scenario
from edusim.calibrate import table
from edusim.calibrate.table import Target
from edusim.configfile import Node, from_python
from edusim.declarations import STATUS_QUO, Declaration, bilingual
from edusim.errors import ConfigError, did_you_mean
from edusim.policies import policy
from edusim.scenario import Scenario
from edusim.study.factors import Factors
from edusim.study.parts import MAX_SEED, Factor, listed, short

REQUIRED = ("schema_version", "kind", "name", "fit", "tables")
OPTIONAL = ("scenario", "set", "policy", "hold_out", "seeds", "trials", "recover", "store")
_FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("zh", "en"),
    "hold_out": ("measures", "years", "counties", "tables"),
    "seeds": ("root", "draws", "county"),
    "trials": ("start", "guided", "batch"),
    "recover": ("truths",),
    "store": ("path",),
}
#: Most parameters that one fit may move; beyond, no number of trials that anyone waits for covers their ranges.
MOST_PARAMETERS = 24
COUNTIES = ("same", "drawn")
SCOPES = ("behaviour", "region")


@dataclass(frozen=True)
class Held:
    """What is predicted instead of fitted: measures, school years, counties, or whole tables."""

    measures: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    counties: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()

    def takes(self, entry: table.Entry) -> bool:
        """Return whether a row of a table is held out."""
        return (
            entry.measure in self.measures or entry.column in self.measures or entry.year in self.years
            or (entry.county != "" and entry.county in self.counties) or entry.table in self.tables
        )  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """A frozen calibration; made by :func:`load`.

    Attributes
    ----------
    scenario
        The county, with one policy.
    policy
        Policy under which the tables came about.
    factors
        The parameters that are fitted, with their ranges.
    targets, held
        What is fitted, and what is predicted instead.
    tables
        The files of the tables.
    draws, county
        Draws of people behind every trial; ``same``: the county's frame is known, ``drawn``: every draw has another one.
    start, guided, batch
        Trials spread over the ranges, trials that search near the best, trials a batch.
    truths
        Parameter sets planted by a recovery.
    without
        What the tables hold and the model has no counterpart of: left out.
    """

    name_zh: str
    name_en: str
    scenario: Scenario
    policy: str
    factors: tuple[Factor, ...]
    targets: tuple[Target, ...]
    held: tuple[Target, ...]
    tables: tuple[str, ...]
    root: int
    draws: int
    county: str
    start: int
    guided: int
    batch: int
    truths: int
    store: Path
    file: str = ""
    without: tuple[str, ...] = ()
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def known(self) -> dict[str, Declaration]:
        """Declarations of the fitted parameters, in their order."""
        region = declarations.declared(self.scenario.region_spec.file, "region").parameters
        both = {**region, **self.scenario.known}
        return {factor.name: both[factor.name] for factor in self.factors}

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is fitted: ``behaviour``, ``region`` (the generator) or both."""
        found = {declaration.scope for declaration in self.known.values()}
        return tuple(scope for scope in SCOPES if scope in found)

    @property
    def is_drawn(self) -> bool:
        """Whether the targets are all statistics of the drawn county, so that no year need be run."""
        return all(target.column.startswith("rule2012.") for target in (*self.targets, *self.held))

    def default(self, factor: Factor) -> float:
        """Return the value that the scenario gives a fitted parameter."""
        region = self.scenario.region_spec.values
        if factor.name in region:
            return float(region[factor.name])
        return float(self.scenario.parameters(self.policy).values(factor.name, self.scenario.base_year)[0][0])

    @property
    def identity(self) -> str:
        """sha256 of what decides a trial's numbers, beside the model itself: county, policy, ranges, numbers asked, seeds."""
        content = {
            "scenario": self.scenario.resolved(),
            "policy": self.scenario.parameters(self.policy).resolved(),
            "factors": [[f.name, f.low, f.high] for f in self.factors],
            "targets": [[t.column, t.year] for t in (*self.targets, *self.held)],
            "seeds": [self.root, self.draws, self.county],
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()


def load(source: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> Calibration:
    """Return a calibration.

    Parameters
    ----------
    source
        Path of a calibration file, or a dict of the same shape (its paths start from the working folder).
    changes
        Path -> value, for example ``{"trials.start": 128, "set.years": 3}``.

    Raises
    ------
    ConfigError
        For every fault, with its place: ``CAL-...`` and the ``CFG-...``, ``STUDY-...`` codes of what it names.
    """
    if isinstance(source, Mapping):
        root, folder, file = from_python(source), os.getcwd(), ""
    else:
        file = os.fsdecode(source)
        root, folder = configfile.read(file), os.path.dirname(os.path.abspath(file))
    for path, value in (changes or {}).items():
        _put(root, path, value)
    return _calibration(root, folder, file)


def _put(root: Node, path: str, value: Any) -> None:
    key, _, rest = path.partition(".")
    rest = deprecations.current("parameter", rest, path)
    assert isinstance(root.value, dict)
    text = isinstance(value, str) and value.strip()[:1] in ("[", "{")
    node = configfile.parse(f"value: {value.strip()}\n", path).mapping(("value",))["value"] if text else from_python(value, path)
    if path in (*REQUIRED, *OPTIONAL):
        root.value[path] = node
    elif rest and (rest in _FIELDS.get(key, ()) or key in ("set", "fit")):
        below = root.value.setdefault(key, Node({}, path=key))
        below.mapping((), None)[rest] = node
    else:
        fields = [f"{top}.{name}" for top, names in _FIELDS.items() for name in names]
        zh, en = did_you_mean(path, (*REQUIRED, *OPTIONAL, *fields))
        raise ConfigError("CFG-UNKNOWN-KEY", f"没有 {short(path)} 这一项", f"there is no {short(path)}", where=short(path),
                          mend_zh=zh, mend_en=en)  # fmt: skip


def _calibration(root: Node, folder: str, file: str) -> Calibration:
    top = root.mapping(REQUIRED, OPTIONAL)
    declarations.check_version(top["schema_version"])
    top["kind"].word(("calibrate",), "CFG-KIND")
    name = bilingual(top["name"])
    base, key = _base(top, folder)
    factors = _factors(top["fit"], base, key)
    paths = tuple(_file(node, folder) for node in listed(top["tables"]))
    if not paths:
        top["tables"].fail("CFG-MISSING-KEY", "没有任何表", "there is no table", "例如 [tables/mine.csv]", "for example [tables/mine.csv]")
    read = [table.read(path, base) for path in paths]
    entries = [entry for found, _ in read for entry in found]
    without = tuple(dict.fromkeys(name for _, left in read for name in left))
    held = _held(top["hold_out"], entries) if "hold_out" in top else Held()
    inside = table.targets([e for e in entries if not held.takes(e)])
    outside = table.targets([e for e in entries if held.takes(e)])
    if not inside:
        top.get("hold_out", top["tables"]).fail(
            "CAL-NO-TARGET", "没有留下任何可拟合的数", "no number is left to be fitted", "请少留出一些", "hold out less"
        )
    seeds = top["seeds"].mapping((), _FIELDS["seeds"]) if "seeds" in top else {}
    trials = top["trials"].mapping((), _FIELDS["trials"]) if "trials" in top else {}
    recover = top["recover"].mapping((), _FIELDS["recover"]) if "recover" in top else {}
    store = top["store"].mapping(("path",))["path"].text() if "store" in top else os.path.join("out", Path(file).stem or "calibration")
    drawn = any(f.name in base.region_spec.values for f in factors)
    county = seeds["county"].word(COUNTIES) if "county" in seeds else COUNTIES[drawn]
    if county == "drawn" and base.region_spec.kind != "synthetic":
        seeds["county"].fail("CAL-COUNTY", "名册的县不能另抽", "a county of a roster cannot be drawn anew", "请写 same", "write same")
    start = trials["start"].integer_between(16, 65536) if "start" in trials else 256
    if start & (start - 1):
        trials["start"].fail("STUDY-POWER-OF-TWO", f"Sobol 点数要是 2 的幂，{start} 不是", f"Sobol points come in powers of two, {start} is none",
                             f"例如 {1 << start.bit_length()}", f"for example {1 << start.bit_length()}")  # fmt: skip
    return Calibration(
        *name, base, key, factors, inside, outside, paths,
        seeds["root"].integer_between(0, MAX_SEED) if "root" in seeds else 0,
        seeds["draws"].integer_between(2, 1000) if "draws" in seeds else 4,
        county, start,
        trials["guided"].integer_between(0, 65536) if "guided" in trials else 64,
        trials["batch"].integer_between(1, 1024) if "batch" in trials else 16,
        recover["truths"].integer_between(2, 1024) if "truths" in recover else 32,
        Path(os.path.abspath(store)), file, without, _plain(root),
    )  # fmt: skip


def _plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(below) for key, below in node.value.items()}
    return [_plain(below) for below in node.value] if isinstance(node.value, list) else node.value


def _file(node: Node, folder: str) -> str:
    text = node.text().strip()
    path = os.path.normpath(os.path.join(folder, text))
    shipped = declarations.configs() / "tables" / f"{text}.csv"
    if not text.endswith(".csv") and shipped.is_file():
        return str(shipped)
    if "\0" in path or not os.path.isfile(path):
        node.fail(
            "CFG-NO-FILE", f"找不到 {short(text)}", f"there is no {short(text)}",
            "路径从本文件所在文件夹算起", "paths start from the folder of this file",
        )  # fmt: skip
    near = os.path.relpath(path)
    return path if near.startswith("..") else near


def _base(top: Mapping[str, Node], folder: str) -> tuple[Scenario, str]:
    """Return the scenario with its changes and one policy, and the key of the policy."""
    named = top["scenario"].text().strip() if "scenario" in top else scenario.DEFAULT
    if named.endswith((".yaml", ".yml")):
        named = os.path.normpath(os.path.join(folder, named))
    base = scenario.load(named)
    wanted = top["policy"].text().strip() if "policy" in top else STATUS_QUO
    where = top["policy"].where if "policy" in top else ""
    key = policy(wanted, folder, where).key
    if wanted.endswith((".yaml", ".yml")):
        wanted = os.path.normpath(os.path.join(folder, wanted))
    changes: dict[str, Any] = {}
    nodes = top["set"].mapping((), None) if "set" in top else {}
    for path, node in nodes.items():
        if path in ("policies", "design", "name", "schema_version", "kind", "description"):
            node.fail("CAL-SET", f"set 里不能改 {path}", f"{path} cannot be changed under set", "政策写在 policy", "the policy is a key of its own")
        value = _plain(node)
        if path in ("behaviour", "region.file", "region.path", "region.mapping") and str(value).endswith((".yaml", ".yml", ".xlsx")):
            value = os.path.normpath(os.path.join(folder, str(value)))
        changes[path] = value
    try:
        return base.with_({**changes, "policies": [wanted]}), key
    except ConfigError as error:
        near = [p for p in nodes if error.where in (p, f"parameters.{p}") or error.where.startswith(f"{p}.")]
        place = nodes[near[0]].where if near else error.where
        raise ConfigError(error.code, error.zh, error.en, where=place, mend_zh=error.mend_zh, mend_en=error.mend_en) from None


def _factors(node: Node, base: Scenario, key: str) -> tuple[Factor, ...]:
    """Return the fitted parameters; one without a range takes the whole range of its declaration."""
    reader = Factors(base, (key,))
    wanted: dict[str, Node] = {}
    for path, below in node.mapping((), None).items():
        declared = reader.known.get(path)
        if declared is not None:
            spot = Node(path, below.file, *below.key_place, below.path)
            if declared.scope not in SCOPES:
                spot.fail("CAL-SCOPE", f"{path} 由政策规定，不能拟合", f"{path} is set by a policy and is not fitted",
                          "可拟合的是行为参数与生成参数（region.*）", "what can be fitted are behaviour and the generator (region.*)")  # fmt: skip
            if declared.type != "float":
                spot.fail("CAL-SCOPE", f"{path} 不是连续的数，不能拟合", f"{path} is no continuous number and is not fitted")
            if declared.low >= declared.high:
                spot.fail("STUDY-EMPTY-RANGE", f"{path} 没有范围", f"{path} has no range")
        if below.is_map:
            parts = below.mapping((), ("range",))
        elif isinstance(below.value, list):
            parts = {"range": below}
        else:
            below._wrong("一个范围", "a range", "例如 {range: [0.01, 0.03]}，或 {}（用声明的范围）",
                         "for example {range: [0.01, 0.03]}, or {} for the declared range")  # fmt: skip
        if "range" not in parts and declared is not None:
            parts = {"range": Node([Node(repr(declared.low)), Node(repr(declared.high))])}
        filled = Node(dict(parts), below.file, below.line, below.column, below.path)
        filled.key_place = below.key_place
        wanted[path] = filled
    found = reader.read(Node(wanted, node.file, node.line, node.column, node.path), "uncertain")
    if not found or len(found) > MOST_PARAMETERS:
        node.fail("CAL-FIT", f"要拟合 1 至 {MOST_PARAMETERS} 个参数，现有 {len(found)} 个", f"fit 1 to {MOST_PARAMETERS} parameters, here {len(found)}")
    return found


def _held(node: Node, entries: list[table.Entry]) -> Held:
    parts = node.mapping((), _FIELDS["hold_out"])
    found: dict[str, Any] = {}
    have: dict[str, set[str]] = {
        "measures": {e.measure for e in entries} | {e.column for e in entries},
        "years": {str(e.year or table.BASE) for e in entries},
        "counties": {e.county for e in entries if e.county},
        "tables": {e.table for e in entries},
    }
    for key, below in parts.items():
        items = listed(below)
        for item in items:
            if item.text().strip() not in have[key]:
                zh, en = did_you_mean(item.text().strip(), sorted(have[key]))
                item.fail("CAL-HOLD-OUT", f"表里没有 {short(item.text())}", f"no table has {short(item.text())}", zh, en)
        words = tuple(item.text().strip() for item in items)
        found[key] = tuple(0 if w == table.BASE else int(w) for w in words) if key == "years" else words
    return Held(**found)
