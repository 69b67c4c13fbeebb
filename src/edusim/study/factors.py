"""Levers and uncertainties as a study file gives them: which parameters they set, and over which values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NoReturn

from edusim import declarations
from edusim.configfile import Node
from edusim.declarations import Declaration
from edusim.errors import ConfigError, did_you_mean
from edusim.parameters import Override, Parameters
from edusim.policies import policy_names
from edusim.scenario import MIX, Scenario, is_mix, mixable
from edusim.study.parts import TAKEN, Factor, listed, short, unique
from edusim.study.tasks import Value

#: Distributions of an uncertainty and how many numbers each takes.
DISTRIBUTIONS = {"uniform": 2, "triang": 3, "norm": 2, "lognorm": 2}
LEVER_FIELDS = ("sets", "range", "steps", "values")
UNCERTAIN_FIELDS = (*LEVER_FIELDS, "dist", "params")
#: Keys of ``uncertainties`` that name many at once: ``behaviour: all``, and those left out of it.
WHOLE, EXCEPT = "behaviour", "except"
#: Least share of a distribution that must lie inside its range.
_LEAST_MASS = 1e-6
_FACTOR_NAME = re.compile(r"[\w:.-]{1,100}")


class Factors:
    """Reads levers and uncertainties; remembers which parameters are taken."""

    def __init__(self, base: Scenario, policies: tuple[str, ...], fixed: Mapping[str, Node] | None = None) -> None:
        #: Parameters that the study itself holds at one value, and where it does.
        self.fixed = {path.rpartition(":")[2]: node.where for path, node in (fixed or {}).items()}
        self.base, self.policies = base, policies
        region = declarations.declared(base.region_spec.file, "region").parameters
        if base.region_spec.kind == "roster":
            reference = declarations.configs() / "regions" / "reference.yaml"
            region = {**region, **declarations.declared(reference, "region").parameters}
        self.known: dict[str, Declaration] = {**base.known, **region, **mixable(base.bundles)}
        names = [declarations.LAW, *policy_names()]
        for bundle in base.bundles.values():
            names += [bundle.key, *bundle.modes]
        self.qualifiers = tuple(dict.fromkeys(names))
        self.taken: dict[str, str] = {}
        self.levers: set[str] = set()
        self.names: dict[str, str] = {}

    def read(self, node: Node | None, role: str) -> tuple[Factor, ...]:
        """Return the factors under ``levers`` (role ``lever``) or ``uncertainties`` (``uncertain``)."""
        if node is None:
            return ()
        parts = dict(node.mapping((), None))
        many = {key: parts.pop(key) for key in (WHOLE, EXCEPT) if role == "uncertain" and key in parts}
        found = tuple(self._one(key, below, role) for key, below in parts.items())
        return (*found, *self._behaviours(many)) if many else found

    def _behaviours(self, parts: Mapping[str, Node]) -> tuple[Factor, ...]:
        """Return one uncertainty for every number of behaviour that no other entry sets, uniform over its range."""
        node = parts.get(WHOLE, parts.get(EXCEPT))
        assert node is not None
        if WHOLE not in parts or parts[WHOLE].value != "all":
            node.fail(
                "STUDY-FACTOR",
                "写 behaviour: all，即全部行为参数；except 只与它并用",
                "write behaviour: all, for every parameter of behaviour; except goes with it only",
                "例如 {behaviour: all, except: [families.fee]}",
                "for example {behaviour: all, except: [families.fee]}",
            )
        all_of_them = {
            path: kind for path, kind in self.known.items()
            if kind.scope == "behaviour" and kind.type in ("float", "int") and kind.low < kind.high
        }  # fmt: skip
        left_out = set()
        for item in listed(parts[EXCEPT]) if EXCEPT in parts else ():
            path = item.text().strip()
            if path not in all_of_them:
                zh, en = did_you_mean(path, all_of_them)
                item.fail("CFG-UNKNOWN-PARAMETER", f"没有行为参数 {short(path)}", f"no parameter of behaviour {short(path)}", zh, en)
            if path in self.taken:
                self._twice(item, path)
            left_out.add(path)
        found = []
        for path, kind in all_of_them.items():
            if path in left_out or (path in self.taken and path not in self.levers):
                continue
            if path in self.levers or path in self.fixed:
                self._twice(node, path, EXCEPT)
            if path.lower() in self.names:
                node.fail(
                    "STUDY-DUPLICATE",
                    f"{path} 是另一个因素的名字（{self.names[path.lower()]}）",
                    f"{path} is the name of another factor (at {self.names[path.lower()]})",
                    "请给那个因素换一个名字",
                    "give that one another name",
                )
            self.names[path.lower()] = self.taken[path] = node.where
            found.append(Factor(path, "uncertain", (path,), kind.unit, kind.low, kind.high, whole=kind.type == "int", where=node.where))
        return tuple(found)

    def _twice(self, node: Node, path: str, key: str = "") -> NoReturn:
        other = self.taken.get(path) or self.fixed[path]
        mend = ("每个参数只能由一个因素改变", "a parameter may be set by one lever or uncertainty only")
        if key:
            mend = (f"请把它写进 {key}", f"name it under {key}")
        node.fail(
            "STUDY-TWICE",
            f"{path} 由两处改变（另一处：{other}）",
            f"{path} is set twice (also by {other})",
            *mend,
        )

    def _one(self, name: str, node: Node, role: str) -> Factor:
        parts = node.mapping((), LEVER_FIELDS if role == "lever" else UNCERTAIN_FIELDS)
        if not _FACTOR_NAME.fullmatch(name) or name.lower() in TAKEN:
            node.fail(
                "STUDY-NAME",
                f"不能用 {short(name)} 作名字",
                f"{short(name)} cannot be a name",
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
                self._twice(node, path)
            self.taken[path] = node.where
            if role == "lever":
                self.levers.add(path)
        self._check_read(factor, node)
        return factor

    def _declared(self, path: str, node: Node, keyed: bool, named: bool = False) -> Declaration:
        """Return the declaration of a parameter, perhaps with ``policy:`` or ``mode:`` before it."""
        only, colon, bare = path.rpartition(":")
        # A name that stands as a key is at the key's place, not at its value's.
        spot = Node(path, node.file, *(node.key_place if keyed else (node.line, node.column)), node.path)
        if bare not in self.known:
            zh, en = did_you_mean(bare, self.known)
            own = ("（自拟的名字要用 sets 写明参数）", " (a name of your own needs sets)") if named else ("", "")
            spot.fail(
                "CFG-UNKNOWN-PARAMETER",
                f"没有参数 {short(bare)}",
                f"no parameter {short(bare)}",
                zh + own[0],
                en + own[1],
            )
        if colon and only not in self.qualifiers:
            zh, en = did_you_mean(only, self.qualifiers)
            spot.fail("CFG-UNKNOWN-POLICY", f"没有政策或模式 {short(only)}", f"no policy or mode {short(only)}", zh, en)
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
                below.fail("STUDY-EMPTY-RANGE", f"{short(word)} 没有设定任何参数", f"{short(word)} sets no parameter")
            if bundle in bundles.values():
                below.fail("STUDY-DUPLICATE", f"{short(word)} 与另一组相同", f"{short(word)} is the same as another")
            bundles[word] = dict(sorted(bundle.items()))
        if not bundles:
            _empty(parts["values"])
        sets = tuple(sorted({path for bundle in bundles.values() for path in bundle}))
        return Factor(name, role, sets, values=tuple(bundles), bundles=bundles, where=node.where)

    def _single(self, name: str, node: Node, parts: Mapping[str, Node], role: str) -> Factor:
        if "sets" in parts:
            items = listed(parts["sets"])
            sets = tuple(item.text().strip() for item in items)
            kinds = [self._declared(path, item, False) for path, item in zip(sets, items, strict=True)]
            if not kinds:
                _empty(parts["sets"])
            unique(parts["sets"], sets)
        else:
            sets, kinds = (name,), [self._declared(name, node, True, True)]
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
            values = tuple(_common([_value(kind, item) for kind in kinds]) for item in listed(parts["values"]))
            if not values:
                _empty(parts["values"])
            unique(parts["values"], values)
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
            steps = parts["steps"].integer_between(2, 1_000_000)
            if whole and steps > high - low + 1:
                parts["steps"].fail(
                    "CFG-RANGE",
                    f"{low:g} – {high:g} 之间没有 {steps} 个整数",
                    f"there are no {steps} whole numbers from {low:g} to {high:g}",
                    f"至多 {high - low + 1:g}",
                    f"at most {high - low + 1:g}",
                )
        return replace(factor, low=low, high=high, steps=steps)

    def _law(self, put: Override) -> list[list[tuple[float, ...]]]:
        """Return what holds of a parameter in each year under each policy when it is given a value."""
        base = self.base
        found: list[list[tuple[float, ...]]] = []
        for policy in self.policies:
            try:
                law = Parameters(base.known, base.policy(policy), base.base_year, base.dates, (*base.overrides, put))
            except ConfigError:  # what does not go with the scenario alone may go with other levers
                found.append([(put.value,)])
                continue
            found.append([law.values(put.path, year)[0] for year in range(base.base_year, base.last_year + 1)])
        return found

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
        ends = listed(node)
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
        numbers = tuple(item.number() for item in listed(node))
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
                Node([listed(node)[0], listed(node)[-1]], node.file, node.line, node.column, node.path), kinds
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
        for path in factor.sets:
            only, _, bare = path.rpartition(":")
            if bare in self.base.region_spec.values:
                continue
            if is_mix(path):
                self._check_mix(path, node)
                continue
            # The ends of what is allowed, whatever the factor's own values: they may say what holds anyway.
            low, high = (self._law(Override(only, bare, end)) for end in (self.known[bare].low, self.known[bare].high))
            if low == high:
                node.fail(
                    "STUDY-NOT-READ",
                    f"本研究的政策都不用 {path}，改变它没有作用",
                    f"no policy of this study reads {path}: changing it does nothing",
                    f"请把用它的政策写进 policies（现有 {', '.join(self.policies)}），或删去它",
                    f"add a policy that reads it to policies (now {', '.join(self.policies)}), or delete it",
                )


    def _check_mix(self, path: str, node: Node) -> None:
        """Refuse the weight of a mode that no policy of the study mixes."""
        only, _, bare = path.rpartition(":")
        mixing = {key: bundle for key in self.policies if (bundle := self.base.policy(key)).mixes and only in ("", key)}
        known = [f"{MIX}{mode}" for bundle in mixing.values() for mode in bundle.modes]
        if bare not in known:
            zh, en = did_you_mean(bare, known) if known else ("", "")
            node.fail(
                "STUDY-NOT-READ",
                f"本研究的政策都不混用这种模式：{path}",
                f"no policy of this study mixes this mode: {path}",
                zh or f"请把混用模式的政策写进 policies，例如 community_plan（现有 {', '.join(self.policies)}）",
                en or f"add a policy that mixes modes to policies, for example community_plan (now {', '.join(self.policies)})",
            )


def _value(kind: Declaration, node: Node) -> Value:
    """Return a value of a parameter as a run is told it: a number, a whole number, yes/no, or a word."""
    code = kind.read(node)
    if kind.type == "enum":
        return kind.words[int(code)]
    if kind.type == "bool":
        return bool(code)
    return int(code) if kind.type == "int" else float(code) + 0.0


def _common(values: Sequence[Value]) -> Value:
    """Return the one value that several parameters take: a whole number where one of them takes no other."""
    return next((value for value in values if isinstance(value, int)), values[0])


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


def grid_length(factor: Factor) -> int:
    """Return how many points a factor has in a grid."""
    return len(factor.values) or factor.steps or (int(factor.high - factor.low) + 1 if factor.whole else 1)
