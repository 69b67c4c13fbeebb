"""A scenario: which county, from which year, under which policies, with which assumptions.

A scenario is a strict YAML file (or a dict of the same shape), a shipped name, or nothing, which means
the shipped county. It is frozen; :meth:`Scenario.with_` returns a changed one. Its hash covers every
value that can change a result, and nothing that cannot (names, comments, the order of keys).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from edusim import configfile, declarations, deprecations, extensions, policies
from edusim.configfile import Node, from_python
from edusim.declarations import Declaration, Frozen, bilingual
from edusim.errors import ConfigError, did_you_mean
from edusim.parameters import Override, Parameters, override, value_schemas
from edusim.policies import Policy

#: Rules that a scenario may switch off, in the order of the year.
RULES = (
    "demography", "groups", "admission", "workforce", "rotation",
    "development", "leadership", "teaching", "appraisal", "finance", "campuses", "stages",
)  # fmt: skip
DESIGNS = ("feasible", "identical")
REGION_KINDS = ("synthetic", "roster")
MAX_YEARS = 60
DEFAULT = "county"
#: What fills the purses that a policy's measures are paid from.
MONEY = ("finance.fund_yuan_year", "finance.group_fund_yuan", "finance.group_reward_yuan")
#: Before the name of a mode: its weight in the mix of a policy that mixes modes (``mix.fusion``).
MIX = "mix."
_REQUIRED = ("schema_version", "name", "region", "base_year", "years", "policies")
_OPTIONAL = ("kind", "description", "behaviour", "dates", "design", "extensions", "parameters", "rules")


@dataclass(frozen=True, slots=True)
class Region:
    """What the county is built from.

    Attributes
    ----------
    kind
        ``synthetic`` (drawn from published statistics) or ``roster`` (a workbook or CSV folder).
    n_pupils
        Pupils of a synthetic county; 0 for a roster.
    seed
        Seed of a synthetic county.
    file
        File of generator parameters, absolute.
    path, mapping
        Roster, absolute, and the file that maps its headers; empty when there is none.
    scale_fund
        Whether sums of the whole county scale with pupils / 100,000.
    values
        Generator parameters by path, overrides applied.
    """

    kind: str
    n_pupils: int
    seed: int
    file: str
    path: str
    mapping: str
    scale_fund: bool
    values: Mapping[str, float]


@dataclass(frozen=True)
class Scenario:
    """A frozen scenario; made by :func:`load`.

    Attributes
    ----------
    name_zh, name_en, description_zh, description_en
        What a reader calls it.
    region_spec
        What the county is built from, see :class:`Region`.
    base_year, years
        School year before the policy, and how many years are run after it.
    policies
        Keys of the policies to compare.
    dates
        ``aligned`` or ``document``, see :class:`edusim.parameters.Parameters`.
    design
        ``feasible`` (size caps, scarce cores and budgets bind) or ``identical`` (the same pairs of
        schools under each mode).
    rules
        Rule -> whether it is on.
    file
        File it came from; empty for a dict.
    mix
        Weights of modes in place of what a policy's file says (``mix.fusion``): the policy that they are for, empty for all that
        mix the mode, the mode, and its weight; see :meth:`edusim.policies.Policy.mixed`.
    extensions
        Files of the user with rules and measures of their own, see :mod:`edusim.extensions`.
    """

    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    region_spec: Region
    base_year: int
    years: int
    policies: tuple[str, ...]
    behaviour: str
    dates: str
    design: str
    overrides: tuple[Override, ...]
    rules: Mapping[str, bool]
    known: Mapping[str, Declaration]
    bundles: Mapping[str, Policy]
    raw: Mapping[str, Any] = field(compare=False, repr=False)
    folder: str = field(compare=False, repr=False)
    file: str = field(compare=False, default="")
    mix: tuple[tuple[str, str, float], ...] = ()
    extensions: tuple[extensions.Extension, ...] = ()
    _cache: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_cache": {}}

    def __hash__(self) -> int:
        return hash(self.hash)

    @property
    def rules_on(self) -> frozenset[str]:
        """Rules that are on."""
        return frozenset(rule for rule, on in self.rules.items() if on)

    @property
    def last_year(self) -> int:
        """Last school year that is run."""
        return self.base_year + self.years

    def policy(self, key: str) -> Policy:
        """Return a policy of the scenario, or any shipped one or file.

        Raises
        ------
        ConfigError
            ``CFG-UNKNOWN-POLICY``, or a fault of the file.
        """
        found = self.bundles.get(key)
        return found if found is not None else _mixed(policies.policy(_from_here(key), self.folder), self.mix)

    def parameters(self, policy: str = declarations.STATUS_QUO) -> Parameters:
        """Return the parameters of a policy over time, overrides applied.

        Parameters
        ----------
        policy
            Key of a policy, or a file.

        Raises
        ------
        ConfigError
            ``CFG-UNKNOWN-POLICY``, ``CFG-FLOW-TERM``, or a fault of the file.
        """
        found = self._cache.get(policy)
        if found is None:
            found = Parameters(self.known, self.policy(policy), self.base_year, self.dates, self.overrides)
            self._cache[policy] = found
        return found

    def resolved(self) -> dict[str, Any]:
        """Return everything that can change a result as plain data: for the manifest and the hash."""
        region = self.region_spec
        spec: dict[str, Any] = {"kind": region.kind, "scale_fund": region.scale_fund}
        if region.kind == "synthetic":
            spec |= {"n_pupils": region.n_pupils, "seed": region.seed}
        else:
            spec |= {"sha256": _sha256(region.path), "mapping": _sha256(region.mapping) if region.mapping else ""}
        spec["values"] = {k: float(v) for k, v in sorted(region.values.items())}
        own = {"extensions": [one.sha256 for one in self.extensions]} if self.extensions else {}
        return {
            "schema_version": declarations.SCHEMA_VERSION,
            **own,
            "region": spec,
            "base_year": self.base_year,
            "years": self.years,
            "dates": self.dates,
            "design": self.design,
            "rules": dict(sorted(self.rules.items())),
            "policies": {self.policy(key).key: self.parameters(key).resolved() for key in self.policies},
        }

    @property
    def hash(self) -> str:
        """sha256 of :meth:`resolved` in canonical form: equal when all that matters is equal."""
        found = self._cache.get("#hash")
        if found is None:
            text = json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"), allow_nan=False)
            found = self._cache["#hash"] = hashlib.sha256(text.encode()).hexdigest()
        return str(found)

    def with_(self, changes: Mapping[str, Any]) -> Scenario:
        """Return a changed scenario.

        Parameters
        ----------
        changes
            Path -> value. A path is a field of the scenario (``years``, ``region.n_pupils``,
            ``rules.rotation``), a parameter (``rotation.share``: in all policies) or a parameter of one
            policy or mode (``fusion:rotation.share``), or the weight of a mode where policies mix modes (``mix.fusion``, or
            ``community_plan:mix.fusion``: shares are weights over their sum, the same in all years). Texts are read as in a file, so values from a
            command line work; a relative file is looked for in the working folder first.

        Raises
        ------
        ConfigError
            ``CFG-UNKNOWN-KEY`` with the nearest valid path, and every fault that a file may have.
        """
        raw = {k: dict(v) if isinstance(v, Mapping) else v for k, v in self.raw.items()}
        for path, value in changes.items():
            path = deprecations.current("parameter", path)
            top, dot, rest = path.partition(".")
            if path in _FILES:
                value = _from_here(value)
            if path in (*_REQUIRED, *_OPTIONAL):
                raw[path] = value
            elif dot and top in _FIELDS and (rest in _FIELDS[top] or (top == "rules" and rest in self.rules)):
                below = raw.setdefault(top, {})
                if not isinstance(below, dict):
                    below = raw[top] = {}
                below[rest] = value
            elif path.rpartition(":")[2] in self.known or path in self.region_spec.values or is_mix(path):
                below = raw.setdefault("parameters", {})
                below.pop(path, None)  # the last one given is applied last
                below[path] = value
            else:
                fields = [f"{t}.{f}" for t, below in _FIELDS.items() for f in below]
                zh, en = did_you_mean(path, (*_REQUIRED, *_OPTIONAL, *fields, *self.known, *mixable(self.bundles)))
                raise ConfigError(
                    "CFG-UNKNOWN-KEY", f"没有 {path} 这一项", f"there is no {path}", where=path, mend_zh=zh, mend_en=en
                )
        same = raw.get("extensions") == self.raw.get("extensions")
        return _scenario(from_python(raw), self.folder, self.file, self.extensions if same else None)

    def money_ends(self, after: int) -> Scenario:
        """Return the scenario with no money of the policies' own after a school year; all else holds on.

        The county's fund, the groups' own funds and their reward funds are 0 from the next September on; the law in
        force keeps what it has. The same people are drawn, so runs of both scenarios are paired, and all years up to
        and with ``after`` are the same.

        Parameters
        ----------
        after
            Last school year with money.

        Raises
        ------
        ConfigError
            ``CFG-RANGE`` when no year of the run would be with, or none without money.
        """
        if not self.base_year < after < self.last_year:
            raise ConfigError(
                "CFG-RANGE",
                f"经费的最后一年 {after} 不在 {self.base_year + 1} 与 {self.last_year - 1} 之间",
                f"the last year with money, {after}, is not between {self.base_year + 1} and {self.last_year - 1}",
            )
        given: Mapping[str, Any] = self.raw.get("parameters", {})
        first = f"{after + 1}-09-01"
        changes: dict[str, Any] = {}
        for key in self.policies:
            if key == declarations.STATUS_QUO:
                continue
            for name in (self.policy(key).key, *self.policy(key).modes):
                for path in MONEY:
                    # One for a policy or mode replaces what was put in for it: its years before stay.
                    before = given.get(f"{name}:{path}")
                    dated = before if isinstance(before, Mapping) else {declarations.ALWAYS: before} if before is not None else {}
                    kept = {date: value for date, value in dated.items() if _acts_before(str(date), after + 1)}
                    changes[f"{name}:{path}"] = {**kept, first: 0}
        return self.with_(changes)


def _acts_before(date: str, year: int) -> bool:
    """Whether a dated value begins to act before a school year."""
    return date == declarations.ALWAYS or declarations.acting_year(Node(date).date()) < year


def is_mix(path: str) -> bool:
    """Whether a path names the weight of a mode in a mix: ``mix.MODE``, perhaps with a policy before it."""
    return path.rpartition(":")[2].startswith(MIX)


def mixable(bundles: Mapping[str, Policy]) -> dict[str, Declaration]:
    """Return what may be set of mixes, as parameters are declared: ``mix.MODE`` for each mode of a policy that mixes modes.

    Parameters
    ----------
    bundles
        Policies by key; the shipped ones are looked at too, those that are given first.
    """
    known: dict[str, Policy] = {**{key: policies.policy(key) for key in policies.policy_names()}, **bundles}
    found: dict[str, Declaration] = {}
    for one in (*bundles.values(), *known.values()):
        for mode in one.modes if one.mixes else ():
            name = known.get(mode)
            zh, en = (name.name_zh, name.name_en.lower()) if name is not None else (mode, mode)
            found.setdefault(f"{MIX}{mode}", Declaration(
                f"{MIX}{mode}", f"{zh}的份额（权重）", f"share of {en} (weight)", "weight", "county", "float", "assumption", 0.0, 1.0, (), "groups",
                "groups.deep_share", "0", declarations.Reference(), declarations.Steps((declarations.START,), (0.0,)),
            ))  # fmt: skip
    return found


def _mixed(policy: Policy, mix: Sequence[tuple[str, str, float]]) -> Policy:
    """Return a policy with the weights that are for it; what is said of one policy goes before what is said of all."""
    weights = {mode: weight for only, mode, weight in mix if not only}
    weights |= {mode: weight for only, mode, weight in mix if only == policy.key}
    return policy.mixed(weights, f"{MIX}*")


def _weight(key: str, node: Node, bundles: Mapping[str, Policy]) -> tuple[str, str, float]:
    """Return policy (empty: all), mode and weight of a mix; refuse a mode that no policy mixes, and a policy that mixes none."""
    only, colon, path = key.rpartition(":")
    known = mixable(bundles)
    if path not in known:
        zh, en = did_you_mean(path, known)
        node.fail("CFG-MIX-MODE", f"没有一项政策混用模式 {path[len(MIX):][:60]}", f"no policy mixes the mode {path[len(MIX):][:60]}", zh, en)
    if colon:
        mixing = {k: p for k, p in {**{k: policies.policy(k) for k in policies.policy_names()}, **bundles}.items() if p.mixes}
        if only not in mixing:
            zh, en = did_you_mean(only, mixing)
            node.fail("CFG-MIX-POLICY", f"政策 {only[:60]} 不混用模式", f"the policy {only[:60]} mixes no modes", zh, en)
        if path[len(MIX):] not in mixing[only].modes:
            zh, en = did_you_mean(path, [f"{MIX}{mode}" for mode in mixing[only].modes])
            node.fail("CFG-MIX-MODE", f"{only} 不混用模式 {path[len(MIX):]}", f"{only} does not mix the mode {path[len(MIX):]}", zh, en)
    return only, path[len(MIX):], known[path].read(node)


def restore(raw: Mapping[str, Any], folder: str, file: str) -> Scenario:
    """Return a scenario as it was kept in a manifest: its plain content and where it came from.

    Raises
    ------
    ConfigError
        When it can no longer be read, for example because a roster has gone.
    """
    return _scenario(from_python(dict(raw)), folder, file)


_FIELDS: dict[str, tuple[str, ...]] = {
    "region": ("kind", "n_pupils", "seed", "file", "scale_fund", "path", "mapping"),
    "rules": RULES,
    "name": ("zh", "en"),
    "description": ("zh", "en"),
}


#: Fields that may name files.
_FILES = ("policies", "behaviour", "extensions", "region.file", "region.path", "region.mapping")


def _from_here(value: Any) -> Any:
    """Return names of files with those that exist in the working folder made absolute."""
    if isinstance(value, (list, tuple)):
        return [_from_here(item) for item in value]
    if isinstance(value, str) and "," in value:
        return [_from_here(item.strip()) for item in value.split(",")]
    try:
        # A bare word is a shipped name first, even where a file of that name happens to lie about.
        is_file = isinstance(value, (str, os.PathLike)) and "." in os.fsdecode(value) and os.path.exists(value)
    except ValueError:
        is_file = False
    return os.path.abspath(value) if is_file else value


def _sha256(path: str) -> str:
    digest = hashlib.sha256()
    if os.path.isdir(path):
        for file in sorted(p for p in Path(path).rglob("*") if p.is_file()):
            digest.update(file.relative_to(path).as_posix().encode())
            digest.update(file.read_bytes())
    else:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()


def shipped() -> tuple[str, ...]:
    """Return the names of the shipped scenarios."""
    return tuple(sorted(p.stem for p in (declarations.configs() / "scenarios").glob("*.yaml")))


def load(source: str | os.PathLike[str] | Mapping[str, Any] | None = None) -> Scenario:
    """Return a scenario.

    Parameters
    ----------
    source
        Path of a YAML file, a dict of the same shape, the name of a shipped scenario (``county``,
        ``small``), or None for ``county``. Paths inside a file start from the file's folder, those
        inside a dict from the working folder.

    Raises
    ------
    ConfigError
        For every fault, with its place and how to mend it.
    """
    if source is None:
        source = DEFAULT
    if isinstance(source, Mapping):
        return _scenario(from_python(source), os.getcwd(), "")
    path = os.fsdecode(source)
    if path in shipped():
        path = str(declarations.configs() / "scenarios" / f"{path}.yaml")
    elif not path.endswith((".yaml", ".yml")) and os.sep not in path and not os.path.lexists(path):
        zh, en = did_you_mean(path, shipped())
        raise ConfigError(
            "CFG-NO-FILE",
            f"没有名为 {path[:80]} 的情景，也没有这个文件",
            f"no shipped scenario and no file {path[:80]}",
            mend_zh=zh,
            mend_en=en,
        )
    return _scenario(configfile.read(path), os.path.dirname(os.path.abspath(path)), path)


def _scenario(root: Node, folder: str, file: str, own: tuple[extensions.Extension, ...] | None = None) -> Scenario:
    """Return the scenario; ``own`` are its extensions where they have been read before, and stay as they were read."""
    top = root.mapping(_REQUIRED, _OPTIONAL)
    declarations.check_version(top["schema_version"])
    if "kind" in top:
        top["kind"].word(("scenario",), "CFG-KIND")
    name = bilingual(top["name"])
    description = bilingual(top["description"]) if "description" in top else ("", "")
    base_year = top["base_year"].integer_between(1900, 2200)
    years = top["years"].integer_between(1, MAX_YEARS)
    dates = top["dates"].word(declarations.DATE_MODES) if "dates" in top else declarations.DATE_MODES[0]
    design = top["design"].word(DESIGNS) if "design" in top else DESIGNS[0]
    if own is None:
        own = extensions.read_all(_files(top["extensions"], folder)) if "extensions" in top else ()
    every_rule = (*RULES, *extensions.rules(own))
    rules = dict.fromkeys(every_rule, True)
    if "rules" in top:
        rules.update({rule: node.flag() for rule, node in top["rules"].mapping((), every_rule).items()})

    bundles: dict[str, Policy] = {}
    listed = top["policies"]
    if isinstance(listed.value, str):  # from a command line: a,b,c
        listed = Node(
            [_moved(listed, part.strip()) for part in listed.value.split(",")],
            listed.file,
            listed.line,
            listed.column,
            listed.path,
        )
    for node in listed.items():
        bundle = policies.policy(node.text(), folder, node.where)
        if bundle.key in bundles:
            node.fail(
                "CFG-DUPLICATE-POLICY",
                f"政策 {bundle.key} 写了两次",
                f"policy {bundle.key} is given twice",
                "请删去其中一个",
                "delete one of them",
            )
        bundles[bundle.key] = bundle
    if not bundles:
        listed.fail(
            "CFG-MISSING-KEY",
            "没有任何政策",
            "there is no policy",
            "例如 [status_quo, fusion]",
            "for example [status_quo, fusion]",
        )

    law = declarations.law_in_force()
    behaviour = top["behaviour"].text() if "behaviour" in top else "default"
    known = dict(law.parameters)
    known.update(_behaviour(behaviour, folder, top.get("behaviour", root)))
    known.update(extensions.declarations(own))

    region_known = _region_declarations(top["region"], folder)
    names = _qualifiers(bundles)
    overrides: list[Override] = []
    region_values = {path: d.default for path, d in region_known.items()}
    mix: list[tuple[str, str, float]] = []
    if "parameters" in top:
        both = {**known, **region_known}
        for key, node in top["parameters"].mapping((), None).items():
            if is_mix(key):
                mix.append(_weight(key, node, bundles))
                continue
            put = override(key, node, both, names)
            if put.path in region_known:
                region_values[put.path] = put.value
            else:
                overrides.append(put)
    bundles = {key: _mixed(bundle, mix) for key, bundle in bundles.items()}
    scenario = Scenario(
        *name, *description, _region(top["region"], folder, region_values), base_year, years, tuple(bundles), behaviour,
        dates, design, tuple(overrides), Frozen(rules), Frozen(known), Frozen(bundles), Frozen(_plain(root)), folder, file, tuple(mix), own,
    )  # fmt: skip
    for key in scenario.policies:
        scenario.parameters(key)  # checks what only shows when clauses and overrides meet
    return scenario


def _files(node: Node, folder: str) -> list[str]:
    """Return the files that a list names, from the folder of the scenario; a bare text is a list of one."""
    nodes = [node] if isinstance(node.value, str) else node.items()
    return [_existing(one.text(), folder, one) for one in nodes]


def _moved(node: Node, value: str) -> Node:
    return Node(value, node.file, node.line, node.column, node.path)


def _plain(node: Node) -> Any:
    """Return a node as plain data, the texts as they were written."""
    if isinstance(node.value, dict):
        return {key: _plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(child) for child in node.value]
    return node.value


def _qualifiers(bundles: Mapping[str, Policy]) -> tuple[str, ...]:
    names = [declarations.LAW, *policies.policy_names()]
    for bundle in bundles.values():
        names += [bundle.key, *bundle.modes]
    return tuple(dict.fromkeys(names))


def _behaviour(name: str, folder: str, node: Node) -> dict[str, Declaration]:
    """Return the behaviour parameters: the shipped ones, replaced by those of the file."""
    shipped_ones = declarations.declared(declarations.configs() / "behaviour" / "default.yaml", "behaviour").parameters
    own = declarations.declared(_named(name, folder, "behaviour", node), "behaviour").parameters
    for path, declaration in own.items():
        if path not in shipped_ones:
            zh, en = did_you_mean(path, shipped_ones)
            raise ConfigError(
                "CFG-UNKNOWN-PARAMETER",
                f"没有行为参数 {path}",
                f"no behaviour parameter {path}",
                where=declaration.where,
                mend_zh=zh,
                mend_en=en,
            )
    return {**shipped_ones, **own}


def _named(name: str, folder: str, kind: str, node: Node) -> str:
    """Return the file of a shipped name or of a path; raise ``CFG-UNKNOWN-VALUE`` or ``CFG-NO-FILE``."""
    if name.endswith((".yaml", ".yml")):
        return _existing(name, folder, node)
    names = sorted(p.stem for p in (declarations.configs() / kind).glob("*.yaml"))
    if name not in names:
        zh, en = did_you_mean(name, names)
        node.fail("CFG-UNKNOWN-VALUE", f"没有 {kind} 文件 {name}", f"no {kind} file {name}", zh, en)
    return str(declarations.configs() / kind / f"{name}.yaml")


def _existing(name: str, folder: str, node: Node) -> str:
    path = os.path.normpath(os.path.join(folder, name))
    try:
        found = os.path.exists(path)
    except ValueError:
        found = False
    if not found:
        node.fail(
            "CFG-NO-FILE",
            f"找不到 {name}",
            f"there is no {name}",
            "路径从本文件所在文件夹算起",
            "paths start from the folder of this file",
        )
    return path


def _region_declarations(node: Node, folder: str) -> Mapping[str, Declaration]:
    """Return the generator's declarations; for a roster also those that its empty cells are drawn from."""
    parts = node.mapping((), None)
    known = dict(declarations.declared(_region_file(parts, folder), "region").parameters)
    if "kind" in parts and parts["kind"].value == "roster":
        known.update(declarations.declared(_shipped_region("reference"), "region").parameters)
    return known


def _shipped_region(name: str) -> str:
    return str(declarations.configs() / "regions" / f"{name}.yaml")


def _region_file(parts: Mapping[str, Node], folder: str) -> str:
    if "file" in parts:
        return _named(parts["file"].text(), folder, "regions", parts["file"])
    return _shipped_region("community_county")


def _region(node: Node, folder: str, values: Mapping[str, float]) -> Region:
    parts = node.mapping(("kind",), _FIELDS["region"])
    kind = parts["kind"].word(REGION_KINDS)
    wrong = ("path", "mapping") if kind == "synthetic" else ("n_pupils", "seed")
    for key in wrong:
        if key in parts:
            parts[key].fail(
                "CFG-UNKNOWN-KEY",
                f"kind 为 {kind} 时没有 {key}",
                f"a region of kind {kind} has no {key}",
                f"请删去 {key} 或改正 kind",
                f"delete {key} or mend kind",
            )
    scale = parts["scale_fund"].flag() if "scale_fund" in parts else True
    file = _region_file(parts, folder)
    if kind == "roster":
        parts = node.mapping(("kind", "path"), _FIELDS["region"])
        mapping = _named(parts["mapping"].text(), folder, "rosters", parts["mapping"]) if "mapping" in parts else ""
        return Region(
            kind, 0, 0, file, _existing(parts["path"].text(), folder, parts["path"]), mapping, scale, Frozen(values)
        )
    parts = node.mapping(("kind", "n_pupils"), _FIELDS["region"])
    n_pupils = parts["n_pupils"].integer_between(500, 2_000_000)
    seed = parts["seed"].integer_between(0, 2**63 - 1) if "seed" in parts else 0
    return Region(kind, n_pupils, seed, file, "", "", scale, Frozen(values))


def settings(texts: Iterable[str]) -> dict[str, str]:
    """Return ``key=value`` texts of a command line as changes for :meth:`Scenario.with_`.

    Raises
    ------
    ConfigError
        ``CFG-SETTING`` when a text has no ``=``.
    """
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key.strip() or not value.strip():
            _bad_setting(text)
        found[key.strip()] = value.strip()
    return found


def _bad_setting(text: str) -> NoReturn:
    raise ConfigError(
        "CFG-SETTING",
        f"“{text[:80]}” 不是 键=值",
        f"{text[:80]!r} is not key=value",
        where="-S",
        mend_zh="例如 -S rotation.share=0.12 或 -S fusion:rotation.share=0.12",
        mend_en="for example -S rotation.share=0.12 or -S fusion:rotation.share=0.12",
    )


# What each field of a scenario is, for the JSON Schema: (schema, Chinese, English).
_FIELD_WORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "schema_version": ({"const": declarations.SCHEMA_VERSION}, "格式版本", "version of the format"),
    "kind": ({"const": "scenario"}, "文件种类", "kind of file"),
    "base_year": (
        {"type": "integer", "minimum": 1900, "maximum": 2200},
        "基准学年（政策之前）",
        "school year before the policy",
    ),
    "years": ({"type": "integer", "minimum": 1, "maximum": MAX_YEARS}, "推演年数", "years to run"),
    "behaviour": ({"type": "string"}, "行为假设：内置名或文件", "behaviour: shipped name or file"),
    "extensions": (
        {"type": ["array", "string"], "items": {"type": "string"}},
        "自己的规则与指标：Python 文件（会被运行）",
        "rules and measures of your own: Python files (they are run)",
    ),
    "dates": (
        {"enum": list(declarations.DATE_MODES)},
        "政策日期：aligned 平移到基准年之后，document 照文件",
        "dates of policies: aligned to the year after the base year, or as in the document",
    ),
    "design": (
        {"enum": list(DESIGNS)},
        "比较方式：feasible 受约束，identical 同一批学校换模式",
        "comparison: feasible (constraints bind) or identical (the same schools under each mode)",
    ),
}
_REGION_WORDS: dict[str, tuple[dict[str, Any], str, str]] = {
    "kind": ({"enum": list(REGION_KINDS)}, "县域来源：生成或名册", "drawn, or from a roster"),
    "n_pupils": ({"type": "integer", "minimum": 500, "maximum": 2_000_000}, "学生数", "pupils"),
    "seed": ({"type": "integer", "minimum": 0}, "生成县的随机种子", "seed of the drawn county"),
    "file": ({"type": "string"}, "生成参数：内置名或文件", "generator parameters: shipped name or file"),
    "scale_fund": ({"type": "boolean"}, "专项经费按学生数折算", "the fund scales with pupils"),
    "path": ({"type": "string"}, "名册文件", "roster"),
    "mapping": (
        {"type": "string"},
        "名册表头对照：内置名或文件",
        "mapping of the roster's headers: shipped name or file",
    ),
}


def _described(schema: Mapping[str, Any], zh: str, en: str) -> dict[str, Any]:
    return {**schema, "description": f"{zh} / {en}"}


def mix_schemas() -> dict[str, dict[str, Any]]:
    """Return, for every mode that a shipped policy mixes, the JSON Schema of its weight."""
    return {
        path: {"type": "number", "minimum": kind.low, "maximum": kind.high, "description": f"{kind.description_zh} / {kind.description_en}"}
        for path, kind in mixable({}).items()
    }  # fmt: skip


def _may_be_dated(shape: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that may also be given by date, where it is a number of a policy or of behaviour."""
    kind = shape.get("type")
    if kind not in ("number", "integer"):
        return shape
    one = {key: value for key, value in shape.items() if key != "description"}
    dates = r"^(always|\d{4}-\d{1,2}-\d{1,2})$"
    return {**shape, "type": [kind, "object"], "minProperties": 1, "patternProperties": {dates: one}, "additionalProperties": False}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, for editors: descriptions in Chinese and English.

    Returns
    -------
    dict
        JSON Schema (draft 2020-12); every parameter that may be overridden is listed with its range.
    """
    words = {"type": "object", "required": ["zh", "en"], "additionalProperties": False,
             "properties": {"zh": {"type": "string"}, "en": {"type": "string"}}}  # fmt: skip
    values = value_schemas()
    properties: dict[str, Any] = {name: _described(*entry) for name, entry in _FIELD_WORDS.items()}
    properties["name"] = _described(words, "名称", "name")
    properties["description"] = _described(words, "说明", "description")
    properties["region"] = _described(
        {
            "type": "object",
            "required": ["kind"],
            "additionalProperties": False,
            "properties": {name: _described(*entry) for name, entry in _REGION_WORDS.items()},
        },
        "县域",
        "the county",
    )
    properties["policies"] = _described(
        {"type": "array", "minItems": 1, "items": {"type": "string", "examples": list(policies.policy_names())}},
        "要比较的政策：内置名或文件",
        "policies to compare: shipped names or files",
    )
    properties["rules"] = _described(
        {
            "type": "object", "additionalProperties": False, "properties": {rule: {"type": "boolean"} for rule in RULES},
            "patternProperties": {r"^own\.[a-z0-9_]+$": {"type": "boolean"}},
        },
        "关闭某条规则",
        "switch a rule off",
    )
    properties["parameters"] = _described(
        {
            "type": "object",
            "additionalProperties": False,
            "properties": {**{path: _may_be_dated(shape) for path, shape in values.items()}, **mix_schemas()},
            "patternProperties": {
                r"^[a-z_]+:[a-z_.]+$": {"type": ["number", "boolean", "string", "object"]},
                r"^([a-z_]+:)?own\.[a-z0-9_]+$": {"type": ["number", "object"]},
            },
        },
        "替换参数值；“模式:参数”只替换一种模式；数值可按日期，如 {2031-09-01: 0}",
        "values that replace the declared ones; mode:parameter replaces one mode's; numbers may be dated, such as {2031-09-01: 0}",
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "edusim scenario",
        "type": "object",
        "required": list(_REQUIRED),
        "additionalProperties": False,
        "properties": properties,
    }
