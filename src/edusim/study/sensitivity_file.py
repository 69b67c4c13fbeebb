"""What a study of kind ``sensitivity`` asks beside every other study: method, size, growth, groups, what the seed counts as.

Read from its file; nothing heavy is imported. How rows are laid out and what comes of them is the business of
:mod:`edusim.study.sensitivity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edusim.configfile import Node
from edusim.errors import did_you_mean
from edusim.study.parts import MAX_ROWS, MAX_SEED, Factor, Seeds, at_place, listed, short, unique

KIND = "sensitivity"
#: Screening, then chaos and Sobol on what is left: three stages with one file.
ROAD = "road"
#: Methods, as :data:`edusim.study.sensitivity.layouts.METHODS` has them, and the road through three of them.
METHODS = ("morris", "dgsm", "sobol", "fast", "pawn", "delta", "chaos", ROAD)
#: Methods whose base points come in powers of two.
POWERS_OF_TWO = ("sobol", "dgsm", ROAD)
#: Methods that take the difference of two close points: the outcome must have a slope in every input.
SLOPES = ("dgsm",)
#: What the draw of people and lots counts as.
SEEDS = ("factor", "independent", "paired")
#: Words that no group may have: inputs that are always there, and what a road does not follow singly.
DUMMY, SEED, REST = RESERVED = ("dummy", "seed", "rest")
SEED_FIELDS = ("root", "replicates", "as")
DESIGN_FIELDS = ("method", "n", "seed", "second_order", "grow_until", "road")
GROW_FIELDS = ("width", "max_runs")
ROAD_FIELDS = ("trajectories", "keep")
GROUP_FIELDS = ("inputs", "correlation")
#: Width of an interval at which growth may end, and the most runs, where a file says ``grow_until`` without them.
WIDTH, MOST_RUNS = 0.05, 50_000


@dataclass(frozen=True)
class Group:
    """Inputs whose indices are given together, perhaps dependent.

    Attributes
    ----------
    name
        Name of the group.
    inputs
        Columns of its factors.
    correlation
        Correlation matrix of a Gaussian copula between them, rows and columns in the order of ``inputs``; empty when they are
        independent.
    """

    name: str
    inputs: tuple[str, ...]
    correlation: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Asked:
    """How sensitivity is asked for.

    Attributes
    ----------
    method
        One of :data:`METHODS`.
    n
        Base points, trajectories, or rows, as the method counts; of a ``road`` those of its last stage.
    seed
        Seed of the layout.
    seeds
        ``factor``, ``independent`` or ``paired``: see :mod:`edusim.study.sensitivity.layouts`.
    second_order
        Whether pairs are asked for: none, all, or these pairs of columns or groups.
    groups
        Groups of inputs.
    width, max_runs
        Widest interval of an index, and most runs of the store, until which the study grows; ``width`` 0: it does not grow.
    trajectories, keep
        Of a ``road``: trajectories of the screening, and how many uncertainties are followed singly at most.
    stage, follows
        Of a stage of a road: ``screen`` or ``sobol``, and base points of the Sobol design that comes after the screening.
    """

    method: str
    n: int
    seed: int = 0
    seeds: str = SEEDS[0]
    second_order: bool | tuple[tuple[str, str], ...] = False
    groups: tuple[Group, ...] = ()
    width: float = 0.0
    max_runs: int = 0
    trajectories: int = 16
    keep: int = 8
    stage: str = ""
    follows: int = 0

    def plain(self) -> dict[str, Any]:
        """Return it as plain data; :func:`restored` is the other way round."""
        return asdict(self)


def restored(told: Mapping[str, Any]) -> Asked:
    """Return what a store's manifest tells, see :meth:`Asked.plain`."""
    groups = tuple(
        Group(str(g["name"]), tuple(map(str, g["inputs"])), tuple(tuple(map(float, row)) for row in g["correlation"])) for g in told["groups"]
    )
    pairs = told["second_order"]
    second = bool(pairs) if isinstance(pairs, bool) else tuple((str(a), str(b)) for a, b in pairs)
    numbers: dict[str, Any] = {name: int(told[name]) for name in ("n", "seed", "max_runs", "trajectories", "keep", "follows")}
    words: dict[str, Any] = {name: str(told[name]) for name in ("method", "seeds", "stage")}
    return Asked(second_order=second, groups=groups, width=float(told["width"]), **words, **numbers)


# ---- reading nodes -----------------------------------------------------------------------------------


def read_sensitivity(root: Node, top: Mapping[str, Node], levers: Sequence[Factor], uncertainties: Sequence[Factor]) -> tuple[Asked, Seeds]:
    """Return what a study of kind ``sensitivity`` asks, and its seeds.

    Parameters
    ----------
    root, top
        The file, and its keys.
    levers, uncertainties
        What is varied.

    Raises
    ------
    ConfigError
        ``STUDY-GRID``, ``STUDY-RECTANGLE``, ``STUDY-SEEDS-AS``, ``STUDY-GROUP``, ``STUDY-CORRELATION``, ``STUDY-PAIRS``, ``STUDY-SMOOTH``,
        ``STUDY-POWER-OF-TWO``, ``STUDY-TOO-LARGE`` and the codes of single values.
    """
    factors = (*levers, *uncertainties)
    if "design" not in top:
        root.fail(
            "CFG-MISSING-KEY", "缺少 design", "design is missing",
            "例如 design: {method: sobol, n: 256}", "for example design: {method: sobol, n: 256}",
        )  # fmt: skip
    refuse_what_is_no_rectangle(top["design"], factors)
    parts = top["design"].mapping(("method", "n"), DESIGN_FIELDS)
    method = parts["method"].word(METHODS)
    n = parts["n"].integer_between(1, MAX_ROWS)
    if method in POWERS_OF_TWO and n & (n - 1):
        lower = 1 << (n.bit_length() - 1)
        near = lower if n - lower <= 2 * lower - n else 2 * lower
        parts["n"].fail(
            "STUDY-POWER-OF-TWO", f"{method} 的点数要是 2 的幂，{n} 不是", f"points of {method} come in powers of two, {n} is none",
            f"最近的是 {near}", f"the nearest is {near}",
        )  # fmt: skip
    if method in SLOPES:
        for factor in factors:
            if factor.values or factor.whole:
                raise at_place(
                    factor.where, "STUDY-SMOOTH", f"{method} 要求导数，{factor.name} 只取几个值",
                    f"{method} needs a slope, and {factor.name} takes single values",
                    "请用 sobol、morris 或 pawn", "use sobol, morris or pawn",
                )  # fmt: skip
    groups = _groups(top["groups"], factors) if "groups" in top else ()
    seeds, mode = _seeds(top["seeds"]) if "seeds" in top else (Seeds(paired=False), SEEDS[0])
    found: dict[str, Any] = {"seed": parts["seed"].integer_between(0, MAX_SEED)} if "seed" in parts else {}
    if "second_order" in parts:
        found["second_order"] = _pairs(parts["second_order"], method, factors, [group.name for group in groups] + [SEED] * (mode == SEEDS[0]), groups)
    if "grow_until" in parts:
        if method == "fast":
            parts["grow_until"].fail(
                "STUDY-GROWTH", "fast 的设计不能加倍：每个 n 的点都不同，已有的运行用不上",
                "a design of fast cannot grow: every n has other points, and no run would be used again",
                "请删去 grow_until 并选定 n，或改用 sobol", "delete grow_until and choose n, or use sobol",
            )  # fmt: skip
        below = parts["grow_until"].mapping((), GROW_FIELDS)
        found["width"] = below["width"].number() if "width" in below else WIDTH
        if not 0 < found["width"] < 1:
            below["width"].fail(
                "CFG-RANGE", "width 是指数区间的宽度，在 0 与 1 之间", "width is that of an index's interval, between 0 and 1",
                "例如 0.05", "for example 0.05",
            )  # fmt: skip
        found["max_runs"] = below["max_runs"].integer_between(1, MAX_ROWS) if "max_runs" in below else MOST_RUNS
    if "road" in parts:
        if method != ROAD:
            parts["road"].fail("STUDY-FACTOR", "road 只与 method: road 并用", "road goes with method: road only", "请删去 road", "delete road")
        below = parts["road"].mapping((), ROAD_FIELDS)
        limits = {"trajectories": (4, 1_000_000), "keep": (1, 1000)}
        found |= {name: below[name].integer_between(*limits[name]) for name in ROAD_FIELDS if name in below}
    return Asked(method, n, seeds=mode, groups=groups, **found), seeds


def refuse_what_is_no_rectangle(node: Node, factors: Sequence[Factor]) -> None:
    """Refuse what other kinds of study lay out: conditions, grids, futures apart."""
    given: Mapping[str, Node] = node.value if isinstance(node.value, dict) else {}
    if "only" in given and given["only"].value != "":
        given["only"].fail(
            "STUDY-RECTANGLE", "敏感性分析的各因素须能自由组合，不能用 only 去掉一部分点",
            "indices need every combination of the inputs: no condition may leave points out",
            "请缩小范围，使每一种组合都成立；相互牵制的因素写成 groups",
            "narrow the ranges until every combination is possible; dependent inputs go into groups",
        )  # fmt: skip
    for key in ("crossed", "futures"):
        if key in given:
            given[key].fail(
                "STUDY-FUTURES", f"敏感性分析中杠杆与不确定因素一起布点，没有 {key}", f"levers and uncertainties are laid out together here: there is no {key}",
                f"请删去 {key}", f"delete {key}",
            )  # fmt: skip
    if "method" in given and given["method"].value in ("grid", "lhs"):
        given["method"].fail(
            "STUDY-GRID", f"{given['method'].value} 的点算不出敏感性指数", f"points of a {given['method'].value} do not give these indices",
            f"可用：{', '.join(METHODS)}", f"it may be: {', '.join(METHODS)}",
        )  # fmt: skip
    for factor in factors:
        if factor.steps:
            raise at_place(
                factor.where, "STUDY-GRID", f"{factor.name} 写了 steps：网格的步数在敏感性分析中没有意义",
                f"{factor.name} has steps: there is no grid in a sensitivity analysis",
                "请删去 steps（整个范围都取到），或写 values", "delete steps (the whole range is used), or write values",
            )  # fmt: skip


def _seeds(node: Node) -> tuple[Seeds, str]:
    if isinstance(node.value, dict) and "paired" in node.value:
        node.value["paired"].fail(
            "STUDY-SEEDS-AS", "敏感性分析中用 as，不用 paired", "a sensitivity analysis has as in place of paired",
            "as: factor（种子是一个因素）、independent（各次独立）或 paired（处处相同）",
            "as: factor (the seed is an input), independent (every run its own) or paired (the same everywhere)",
        )  # fmt: skip
    parts = node.mapping((), SEED_FIELDS)
    root = parts["root"].integer_between(0, MAX_SEED) if "root" in parts else 0
    replicates = parts["replicates"].integer_between(1, 1_000_000) if "replicates" in parts else 1
    mode = parts["as"].word(SEEDS) if "as" in parts else SEEDS[0]
    if mode == "paired" and replicates < 2:
        parts["as"].fail(
            "STUDY-SEEDS-AS", "as: paired 要有 2 次以上重复，才能分出种子的作用", "as: paired needs two replicates or more, else luck cannot be told apart",
            "请写 replicates: 4，或 as: factor", "write replicates: 4, or as: factor",
        )  # fmt: skip
    return Seeds(root, replicates, paired=False), mode


def _column(node: Node, factors: Sequence[Factor]) -> str:
    """Return the column of a factor that a node names, by its name or by its column."""
    text = node.text().strip()
    for factor in factors:
        if text in (factor.name, factor.column):
            return factor.column
    zh, en = did_you_mean(text, [factor.name for factor in factors])
    node.fail("STUDY-LEVER", f"没有杠杆或不确定因素 {short(text)}", f"there is no lever or uncertainty {short(text)}", zh, en)


def _groups(node: Node, factors: Sequence[Factor]) -> tuple[Group, ...]:
    by_column = {factor.column: factor for factor in factors}
    names = {factor.name for factor in factors} | set(by_column)
    taken: dict[str, str] = {}
    found = []
    for name, below in node.mapping((), None).items():
        if not name.isidentifier() or name in RESERVED or name in names:
            below.fail(
                "STUDY-GROUP", f"不能用 {short(name)} 作组名", f"{short(name)} cannot be the name of a group",
                "用字母、数字与下划线，且不与因素重名，也不用 dummy、seed、rest",
                "use letters, digits and _, no name of an input, and none of dummy, seed, rest",
            )  # fmt: skip
        parts = below.mapping(("inputs",), GROUP_FIELDS)
        items = listed(parts["inputs"])
        columns = tuple(_column(item, factors) for item in items)
        unique(parts["inputs"], columns)
        if len(columns) < 2:
            parts["inputs"].fail("STUDY-GROUP", f"组 {short(name)} 至少要有两个因素", f"group {short(name)} needs two inputs or more")
        for item, column in zip(items, columns, strict=True):
            if column in taken:
                item.fail(
                    "STUDY-GROUP", f"{by_column[column].name} 已在组 {taken[column]} 里", f"{by_column[column].name} is in group {taken[column]} already",
                    "每个因素只能在一组", "an input stands in one group only",
                )  # fmt: skip
            taken[column] = name
        matrix = _correlation(parts["correlation"], [by_column[c] for c in columns]) if "correlation" in parts else ()
        found.append(Group(name, columns, matrix))
    return tuple(found)


def _correlation(node: Node, factors: Sequence[Factor]) -> tuple[tuple[float, ...], ...]:
    n = len(factors)
    for factor in factors:
        if factor.type == "word":
            node.fail(
                "STUDY-CORRELATION", f"{factor.name} 取文字，没有大小，谈不上相关", f"{factor.name} takes words, which have no order to be correlated",
                "请把它移出这一组", "take it out of this group",
            )  # fmt: skip
    if isinstance(node.value, list):
        rows = [[item.number() for item in row.items()] for row in node.items()]
        if [len(row) for row in rows] != [n] * n:
            node.fail(
            "STUDY-CORRELATION", f"矩阵要有 {n} 行 {n} 列", f"the matrix must have {n} rows and columns",
            "例如 correlation: 0.6", "for example correlation: 0.6",
        )  # fmt: skip
    else:
        one = node.number()
        rows = [[1.0 if i == j else one for j in range(n)] for i in range(n)]
    if any(rows[i][i] != 1 for i in range(n)) or any(abs(rows[i][j] - rows[j][i]) > 1e-12 for i in range(n) for j in range(n)):
        node.fail(
            "STUDY-CORRELATION", "相关矩阵的对角线须为 1，且对称", "a correlation matrix is symmetric with ones on the diagonal",
            "例如 correlation: 0.6", "for example correlation: 0.6",
        )  # fmt: skip
    import numpy as np

    least = float(np.linalg.eigvalsh(np.array(rows)).min())
    if not least > 1e-9:
        node.fail(
            "STUDY-CORRELATION", "这样的相关不可能同时成立（矩阵不正定）", "such correlations cannot hold together (the matrix is not positive definite)",
            "请减小其中一些", "make some of them smaller",
        )  # fmt: skip
    return tuple(tuple(row) for row in rows)


def _pairs(node: Node, method: str, factors: Sequence[Factor], names: Sequence[str], groups: Sequence[Group]) -> bool | tuple[tuple[str, str], ...]:
    if isinstance(node.value, str):
        found: bool | tuple[tuple[str, str], ...] = node.flag() if not node.value.strip().startswith("[") else ()
    else:
        found = tuple(_pair(item, factors, names, groups) for item in node.items())
        unique(node, [frozenset(pair) for pair in found])
    if found and method not in ("sobol", "chaos", ROAD):
        node.fail(
            "STUDY-PAIRS", f"{method} 不给出两两交互", f"{method} gives no indices of pairs",
            "请用 sobol、chaos 或 road", "use sobol, chaos or road",
        )  # fmt: skip
    return found


def _pair(node: Node, factors: Sequence[Factor], names: Sequence[str], groups: Sequence[Group]) -> tuple[str, str]:
    items = listed(node)
    if len(items) != 2:
        node.fail("STUDY-PAIRS", f"一对是两个因素，现有 {len(items)} 个", f"a pair is two inputs, here {len(items)}", "例如 [a, b]", "for example [a, b]")
    inside = {column: group.name for group in groups for column in group.inputs}
    found = []
    for item in items:
        text = item.text().strip()
        unit = text if text in names else _column(item, factors)
        if unit in inside:
            item.fail(
                "STUDY-PAIRS", f"{short(text)} 在组 {inside[unit]} 里，不能单独成对", f"{short(text)} is in group {inside[unit]} and has no pairs of its own",
                f"请写 {inside[unit]}", f"write {inside[unit]}",
            )  # fmt: skip
        found.append(unit)
    if found[0] == found[1]:
        node.fail("STUDY-PAIRS", "一对要是两个不同的因素", "a pair is two different inputs")
    return found[0], found[1]
