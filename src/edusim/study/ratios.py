"""Ratios between modes: the one place where a behaviour may differ between policies, in studies of kind ``discover``.

No mode has a learning coefficient of its own: all policies share one set of behaviours, everywhere in the program.
Whether a finding rests on that is itself a question. A ratio lets a behaviour of one policy be so many times what it is
under the others: factors ``ratio.POLICY.NAME`` for every policy but the first, which is the reference; the baseline keeps
the plain value. A ratio belongs to the policy, hence to all modes that it brings. A product beyond the parameter's own
limits is cut to them, and how often that happens is counted.

The arm ``drawn`` has the ratios as they are drawn, the arm ``equal`` the same futures with every ratio 1. What both arms
share (the baseline, the reference, a policy whose products change nothing) is run once and stands under ``both``; the
views of a store show it in each arm.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from edusim.configfile import Node
from edusim.declarations import STATUS_QUO, Declaration
from edusim.errors import did_you_mean
from edusim.scenario import Scenario
from edusim.study.factors import Factors
from edusim.study.parts import Factor, at_place, listed, short, unique
from edusim.study.tasks import Value

#: Arms of a study of ratios.
DRAWN, EQUAL = ARMS = ("drawn", "equal")
#: Arm of a stored run that both arms share.
BOTH = "both"
RATIO_FIELDS = ("parameter", "range")
#: Role of a ratio's factor, and the first part of the name of its column.
ROLE = "ratio"
LOG_UNIFORM = "loguniform"


def ratios_and_arms(
    top: Mapping[str, Node], kind: str, reader: Factors, policies: Sequence[str], baseline: str, factors: Sequence[Factor]
) -> tuple[tuple[Factor, ...], tuple[str, ...]]:
    """Return the ratios and arms of a study of kind ``discover``; refuse them in any other (``STUDY-RATIO``)."""
    if kind == "discover":
        found = read_ratios(top.get("ratios"), reader, policies, baseline, factors)
        return found, read_arms(top.get("arms"), found)
    for key in ("ratios", "arms"):
        if key in top:
            top[key].fail(
                "STUDY-RATIO",
                f"{key} 只用于 kind: discover；其他研究中各政策的行为参数必须相同",
                f"{key} belongs to kind: discover; elsewhere all policies share one set of behaviours",
                "请写 kind: discover，或删去",
                "write kind: discover, or delete it",
            )
    return (), ()


def read_ratios(
    node: Node | None, reader: Factors, policies: Sequence[str], baseline: str, factors: Iterable[Factor]
) -> tuple[Factor, ...]:
    """Return the factors of ``ratios``: one for each ratio and each policy but the first and the baseline.

    Parameters
    ----------
    node
        ``name: {parameter: PATH, range: [low, high]}``.
    reader
        Has read the levers and uncertainties.
    policies, baseline
        Keys of the study's policies; the first is the reference.
    factors
        Levers and uncertainties.

    Returns
    -------
    tuple of Factor
        Role ``ratio``, name ``POLICY.NAME``, drawn log-uniformly over the range; ``sets`` is ``POLICY:PATH``.

    Raises
    ------
    ConfigError
        ``STUDY-RATIO``, ``STUDY-TWICE``, ``STUDY-NAME``, ``STUDY-EMPTY-RANGE``, ``CFG-UNKNOWN-PARAMETER``.
    """
    given = tuple(factors)
    refuse_own_behaviours(reader, given)
    if node is None:
        return ()
    others = [key for key in policies[1:] if key not in (baseline, STATUS_QUO)]
    entries = node.mapping((), None)
    if not others or not entries:
        node.fail(
            "STUDY-RATIO",
            "ratios 是后面的政策与第一个政策之比：至少要有两个政策、一个比值",
            "a ratio is between a policy and the first one: two policies and one ratio are the least",
            "例如 policies: [collaboration, co_build, fusion]",
            "for example policies: [collaboration, co_build, fusion]",
        )
    levers = {path.rpartition(":")[2]: factor.where for factor in given if factor.role == "lever" for path in factor.sets}
    seen: dict[str, str] = {}
    found = []
    for name, below in entries.items():
        parts = below.mapping(RATIO_FIELDS)
        if not name.isidentifier():
            below.fail("STUDY-NAME", f"不能用 {short(name)} 作名字", f"{short(name)} cannot be a name", "名字用字母、数字与下划线", "use letters, digits and _")
        path = _behaviour(parts["parameter"], reader)
        if path in levers:
            parts["parameter"].fail(
                "STUDY-TWICE",
                f"{path} 已是政策工具（{levers[path]}），不能再有比值",
                f"{path} is a lever (at {levers[path]}) and cannot have a ratio too",
                "请只留其一",
                "keep one of them",
            )
        if path in seen:
            parts["parameter"].fail(
                "STUDY-TWICE", f"{path} 已有比值 {seen[path]}", f"{path} has the ratio {seen[path]} already", "请删去其中一个", "delete one of them"
            )
        seen[path] = name
        low, high = _ends(parts["range"])
        found += [
            Factor(
                f"{policy}.{name}", ROLE, (f"{policy}:{path}",), low=low, high=high, dist=LOG_UNIFORM, where=below.where
            )
            for policy in others
        ]  # fmt: skip
    for factor in found:
        if factor.name.lower() in reader.names:
            raise at_place(
                factor.where, "STUDY-DUPLICATE", f"{factor.name} 与另一个因素同名", f"{factor.name} is the name of another factor too",
                "请换一个名字", "choose another name",
            )  # fmt: skip
    return tuple(found)


def _behaviour(node: Node, reader: Factors) -> str:
    path = node.text().strip()
    can = {p: d for p, d in reader.known.items() if d.scope == "behaviour" and d.type == "float"}
    if path in can:
        values = {can[path].steps.at(year) for year in range(reader.base.base_year, reader.base.last_year + 1)}
        if len(values) > 1:
            node.fail("STUDY-RATIO", f"{path} 逐年不同，不能有比值", f"{path} differs from year to year and cannot have a ratio")
        return path
    zh, en = did_you_mean(path, can)
    if path not in reader.known:
        node.fail("CFG-UNKNOWN-PARAMETER", f"没有参数 {short(path)}", f"no parameter {short(path)}", zh, en)
    node.fail(
        "STUDY-RATIO",
        f"{path} 不是行为数量：政策自己的数写在政策文件里，不用比值",
        f"{path} is no quantity of behaviour: what a policy sets stands in its own file and needs no ratio",
        zh,
        en,
    )


def _ends(node: Node) -> tuple[float, float]:
    ends = [item.number() for item in listed(node)]
    if len(ends) != 2 or not 0 < ends[0] < ends[1] or not math.isfinite(ends[1]):
        node.fail(
            "STUDY-EMPTY-RANGE",
            "比值的范围要有两端，都大于 0，先小后大",
            "the range of a ratio has two ends above 0, the smaller one first",
            "例如 [0.5, 2]：一半到两倍，含反转",
            "for example [0.5, 2]: from half to twice, reversals included",
        )
    return ends[0], ends[1]


def refuse_own_behaviours(reader: Factors, factors: Iterable[Factor]) -> None:
    """Refuse a behaviour of one policy's own by any other way than a ratio: policies would then differ twice."""
    places = [(path, factor.where) for factor in factors for path in factor.sets if ":" in path]
    places += [(f"{put.only}:{put.path}", put.where) for put in reader.base.overrides if put.only]
    for path, where in places:
        if reader.known[path.rpartition(":")[2]].scope == "behaviour":
            raise at_place(
                where, "STUDY-RATIO", f"discover 中只有 ratios 能让一个政策有自己的行为参数，不能另设 {path}",
                f"in a study of kind discover a policy has a behaviour of its own by ratios only: {path} cannot be set",
                "请把它写进 ratios，或删去", "give it under ratios, or delete it",
            )  # fmt: skip


def read_arms(node: Node | None, ratios: Sequence[Factor]) -> tuple[str, ...]:
    """Return the arms of a study of ratios, both if none are given; without ratios there is only ``equal``."""
    if node is None:
        return ARMS if ratios else (EQUAL,)
    found = tuple(item.word(ARMS) for item in listed(node))
    unique(node, found)
    if not found or (DRAWN in found and not ratios):
        node.fail(
            "STUDY-ARMS",
            "drawn 要有 ratios；arms 至少一个" if found else "arms 至少一个",
            "the arm drawn needs ratios" if found else "at least one arm is needed",
            "例如 arms: [drawn, equal]",
            "for example arms: [drawn, equal]",
        )
    return tuple(arm for arm in ARMS if arm in found)


# ---- products ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Product:
    """What a ratio does to a parameter of its policy.

    Attributes
    ----------
    policy, path
        Whose parameter, and which.
    plain
        Value in a future that says nothing of the parameter.
    low, high
        Limits of the parameter.
    """

    policy: str
    path: str
    plain: float
    low: float
    high: float

    def value(self, plain: Value | None, ratio: float) -> float | None:
        """Return the parameter's value under the policy, cut to its limits; None where it is the plain value."""
        base = self.plain if plain is None else float(plain)
        found = min(max(base * ratio, self.low), self.high)
        return None if found == base else found

    def is_cut(self, plain: Value | None, ratio: float) -> bool:
        """Return whether the product lies beyond the limits."""
        return not self.low <= (self.plain if plain is None else float(plain)) * ratio <= self.high


def product_of(factor: Factor, base: Scenario) -> Product:
    """Return what a ratio of a study does under its scenario."""
    policy, _, path = factor.sets[0].rpartition(":")
    declared: Declaration = base.known[path]
    plain = base.parameters(STATUS_QUO).values(path, base.base_year)[0][0]
    return Product(policy, path, plain, declared.low, declared.high)


def plain_values(path: str, factors: Iterable[Factor], values: Mapping[str, Sequence[Value]], n: int) -> list[Value | None]:
    """Return the value of a parameter in each of n futures; None where a future says nothing of it."""
    for factor in factors:
        if path in factor.sets:
            if factor.bundles:
                return [factor.bundles[str(value)].get(path) for value in values[factor.name]]
            return list(values[factor.name])
    return [None] * n


def fragments(factor: Factor, product: Product, plain: Sequence[Value | None], ratios: Sequence[Value]) -> list[str]:
    """Return, for every future, the change of a parameter as it stands in the text of a key; empty for none."""
    found = (product.value(one, float(ratio)) for one, ratio in zip(plain, ratios, strict=True))
    head = f"[{json.dumps(factor.sets[0])},"
    return ["" if value is None else f"{head}{value!r}]" for value in found]
