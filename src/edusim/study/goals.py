"""What a study of kind ``optimise`` looks for: objectives, a budget, official limits with a probability, how the search is made.

The study file says what is wanted of every outcome; those with ``want`` are the objectives unless ``objectives`` names some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from edusim.configfile import Node
from edusim.errors import did_you_mean
from edusim.scenario import Scenario
from edusim.study.asked import read_outcomes
from edusim.study.parts import MAX_SEED, Factor, Outcome, Seeds, listed, short, unique

KIND = "optimise"
#: Keys of a study file that only this kind has.
KEYS = ("objectives", "budget", "limits", "search", "fresh")
SEARCHES = ("nsga2", "nsga3")
BUDGET_FIELDS = ("outcome", "at_most")
LIMIT_FIELDS = ("outcome", "measure", "stage", "at", "at_most", "at_least", "probability")
SEARCH_FIELDS = ("method", "population", "generations", "seed")
FRESH_FIELDS = ("replicates", "root", "futures")
#: Objectives beyond which a front is nearly everything that was tried.
MOST_OBJECTIVES = 6
#: Least settings in a generation, and for each objective: fewer hold no front to choose parents from.
LEAST_POPULATION, LEAST_PER_OBJECTIVE = 8, 4
MOST_POPULATION, MOST_GENERATIONS = 10_000, 100_000


@dataclass(frozen=True)
class Budget:
    """What an outcome may come to on average over futures and draws: per year or in sum, as the outcome says."""

    outcome: str
    at_most: float


@dataclass(frozen=True)
class Limit:
    """A limit that an outcome must keep in so large a share of futures and draws.

    ``sense`` is ``at_most`` or ``at_least``, ``value`` the limit, ``probability`` the least share of runs that must keep it.
    """

    outcome: str
    sense: str
    value: float
    probability: float


@dataclass(frozen=True)
class Search:
    """How the search is made: method, settings in a generation, generations, seed."""

    method: str = "nsga2"
    population: int = 40
    generations: int = 30
    seed: int = 1


@dataclass(frozen=True)
class Fresh:
    """On what the front is scored again: draws of another root seed, and futures of another layout."""

    replicates: int = 10
    root: int = 0
    futures: int = 0


@dataclass(frozen=True)
class Goal:
    """All that a study of kind ``optimise`` looks for.

    Attributes
    ----------
    objectives
        Names of the outcomes that are wanted smaller or larger.
    budget
        None without one.
    limits
        Limits with their probability, perhaps none.
    search, fresh
        How the search is made, and on what its front is scored again.
    """

    objectives: tuple[str, ...]
    budget: Budget | None
    limits: tuple[Limit, ...]
    search: Search
    fresh: Fresh

    def plain(self) -> dict[str, Any]:
        """Return the goal as plain data."""
        found = asdict(self)
        return {key: list(value) if isinstance(value, tuple) else value for key, value in found.items()}


def goal_of(plain: Mapping[str, Any]) -> Goal:
    """Return a goal from plain data; the other way round from :meth:`Goal.plain`."""
    budget = plain["budget"]
    return Goal(
        tuple(plain["objectives"]), None if budget is None else Budget(**budget), tuple(Limit(**one) for one in plain["limits"]),
        Search(**plain["search"]), Fresh(**plain["fresh"]),
    )  # fmt: skip


def refuse_keys(top: Mapping[str, Node], kind: str) -> None:
    """Refuse keys of this kind in a study of another."""
    for key in KEYS:
        if key in top:
            top[key].fail(
                "STUDY-OPTIMISE-ONLY",
                f"{key} 只用于 kind: {KIND}",
                f"{key} belongs to studies of kind: {KIND}",
                f"请删去 {key}，或写 kind: {KIND}（现为 {kind}）",
                f"delete {key}, or write kind: {KIND} (now {kind})",
            )


def limit_outcomes(top: Mapping[str, Node], outcomes: Sequence[Outcome], base: Scenario) -> tuple[Outcome, ...]:
    """Return the outcomes that limits ask for by their measure and that no outcome of the study is: with names of their own."""
    found: list[Outcome] = []
    for node in top["limits"].items() if "limits" in top else ():
        parts = node.mapping((), LIMIT_FIELDS)
        if "measure" not in parts:
            continue
        if "outcome" in parts:
            parts["outcome"].fail(
                "STUDY-LIMIT",
                "outcome 与 measure 只能写一个",
                "a limit has an outcome or a measure, not both",
                "请删去其中一个",
                "delete one of them",
            )
        one = _own_outcome(node, parts, base)
        if not any(_same(one, other) for other in (*outcomes, *found)):
            found.append(one)
    return tuple(found)


def _own_outcome(node: Node, parts: Mapping[str, Node], base: Scenario) -> Outcome:
    """Return the outcome that a limit on a measure asks for."""
    fields = {key: parts[key] for key in ("measure", "stage", "at") if key in parts}
    words = [str(part.value) for part in fields.values()]
    name = "limit_" + re.sub(r"\W+", "_", "_".join(words)).strip("_")
    place = Node(fields, node.file, node.line, node.column, node.path)
    return read_outcomes(Node({name[:100]: place}, node.file, node.line, node.column, node.path), base)[0]


def _same(one: Outcome, other: Outcome) -> bool:
    return (one.measure, one.stage, one.at) == (other.measure, other.stage, other.at)


def read_goal(
    root: Node,
    top: Mapping[str, Node],
    base: Scenario,
    policies: Sequence[str],
    baseline: str,
    designs: Sequence[str],
    levers: Sequence[Factor],
    outcomes: Sequence[Outcome],
    seeds: Seeds,
) -> Goal:
    """Return what a study of kind ``optimise`` looks for; ``outcomes`` hold those of :func:`limit_outcomes` too.

    Raises
    ------
    ConfigError
        ``STUDY-NO-LEVER``, ``STUDY-ONE-POLICY``, ``STUDY-BASELINE``, ``STUDY-DESIGN``, ``STUDY-PAIRED``, ``STUDY-OBJECTIVE``,
        ``STUDY-NO-OBJECTIVE``, ``STUDY-OUTCOME``, ``STUDY-LIMIT``, ``STUDY-TOO-FEW``, ``STUDY-FRESH``.
    """
    _refuse_other_shapes(root, top, policies, baseline, designs, levers, seeds)
    by_name = {o.name: o for o in outcomes}
    objectives = _objectives(top, outcomes, by_name)
    budget = None
    if "budget" in top:
        parts = top["budget"].mapping(BUDGET_FIELDS)
        budget = Budget(_outcome(parts["outcome"], by_name).name, _amount(parts["at_most"]))
    limits = tuple(_limit(node, by_name, outcomes, base) for node in (top["limits"].items() if "limits" in top else ()))
    return Goal(objectives, budget, limits, _search(top.get("search"), root, len(objectives)), _fresh(top.get("fresh"), seeds))


def _refuse_other_shapes(
    root: Node, top: Mapping[str, Node], policies: Sequence[str], baseline: str, designs: Sequence[str], levers: Sequence[Factor], seeds: Seeds
) -> None:
    if not levers:
        top.get("levers", root).fail(
            "STUDY-NO-LEVER",
            "optimise 至少要有一个 levers：没有可选的，就没有可找的",
            "a study of kind optimise needs at least one lever: without a choice there is nothing to search for",
            "例如 levers: {rotation.share: {range: [0, 0.3]}}",
            "for example levers: {rotation.share: {range: [0, 0.3]}}",
        )
    if len(policies) != 1:
        top.get("policies", root).fail(
            "STUDY-ONE-POLICY",
            f"optimise 只搜索一项政策的取值，现有 {len(policies)} 项：{', '.join(policies)}",
            f"a search is over the values of one policy, here {len(policies)}: {', '.join(policies)}",
            "要在模式之间选择，请用混用模式的政策（如 community_plan）和 mix.fusion、mix.co_build 等",
            "to choose between modes take a policy that mixes them, such as community_plan, and the levers mix.fusion, mix.co_build, ...",
        )
    if not baseline or baseline in policies:
        top.get("baseline", root).fail(
            "STUDY-BASELINE",
            "optimise 要有不同于该政策的对照：目标是与它之差",
            "a search needs a baseline other than its policy: objectives are differences from it",
            "例如 baseline: status_quo",
            "for example baseline: status_quo",
        )
    if len(designs) != 1:
        top["designs"].fail(
            "STUDY-DESIGN",
            "optimise 只用一种设计",
            "a search is made in one design",
            "例如 designs: [feasible]",
            "for example designs: [feasible]",
        )
    if not seeds.paired:
        top["seeds"].fail(
            "STUDY-PAIRED",
            "optimise 要用成对的抽样：各方案在同样的人口与签上比较",
            "a search needs paired draws: plans are compared on the same people and lots",
            "请写 paired: true",
            "write paired: true",
        )
    parts = top["design"].mapping((), None) if "design" in top else {}
    for key, node in parts.items():
        if key != "futures":
            node.fail(
                "STUDY-DESIGN",
                f"optimise 自己布点，design 中不写 {short(key)}",
                f"a search lays out its own points: design has no {short(key)} here",
                "只可写 design: {futures: {method: lhs, n: 8}}；搜索写在 search",
                "only design: {futures: {method: lhs, n: 8}} may stand there; how to search stands under search",
            )


def _objectives(top: Mapping[str, Node], outcomes: Sequence[Outcome], by_name: Mapping[str, Outcome]) -> tuple[str, ...]:
    if "objectives" in top:
        nodes = listed(top["objectives"])
        found = tuple(_outcome(node, by_name).name for node in nodes)
        unique(top["objectives"], found)
        for node, name in zip(nodes, found, strict=True):
            if not by_name[name].want:
                node.fail(
                    "STUDY-OBJECTIVE",
                    f"结果 {name} 没有写 want，不知道越大还是越小越好",
                    f"the outcome {name} has no want: nobody knows which way is better",
                    "请在 outcomes 里写 want: min 或 max",
                    "write want: min or max under outcomes",
                )
    else:
        found = tuple(o.name for o in outcomes if o.want)
    place = top.get("objectives", top["outcomes"])
    if not found:
        place.fail(
            "STUDY-NO-OBJECTIVE",
            "没有目标：至少一个结果要写 want",
            "there is no objective: at least one outcome needs want",
            "例如 gap: {measure: learning.core_member_gap, at: last, want: min}",
            "for example gap: {measure: learning.core_member_gap, at: last, want: min}",
        )
    if len(found) > MOST_OBJECTIVES:
        place.fail(
            "STUDY-OBJECTIVE",
            f"{len(found)} 个目标太多，几乎所有方案都互不占优",
            f"{len(found)} objectives are too many: nearly every plan would be undominated",
            f"请用 objectives 选至多 {MOST_OBJECTIVES} 个",
            f"name at most {MOST_OBJECTIVES} under objectives",
        )
    return found


def _outcome(node: Node, by_name: Mapping[str, Outcome]) -> Outcome:
    name = node.text().strip()
    if name not in by_name:
        zh, en = did_you_mean(name, by_name)
        node.fail("STUDY-OUTCOME", f"没有结果 {short(name)}", f"there is no outcome {short(name)}", zh, en)
    return by_name[name]


def _amount(node: Node) -> float:
    value = node.number()
    if not value > 0:
        node.fail("CFG-RANGE", f"预算 {value:g} 要大于 0", f"the budget {value:g} must be above 0")
    return value


def _limit(node: Node, by_name: Mapping[str, Outcome], outcomes: Sequence[Outcome], base: Scenario) -> Limit:
    parts = node.mapping((), LIMIT_FIELDS)
    if "measure" in parts:
        own = _own_outcome(node, parts, base)
        outcome = next(one for one in outcomes if _same(one, own))
    elif "outcome" in parts:
        outcome = _outcome(parts["outcome"], by_name)
        for key in ("stage", "at"):
            if key in parts:
                parts[key].fail("STUDY-LIMIT", f"{key} 已由结果给出", f"{key} is the outcome's own", f"请删去 {key}", f"delete {key}")
    else:
        node.fail(
            "STUDY-LIMIT",
            "界限要写 outcome 或 measure",
            "a limit needs an outcome or a measure",
            "例如 {measure: official.cv.backbone, stage: primary, at: 2030, at_most: 0.5, probability: 0.8}",
            "for example {measure: official.cv.backbone, stage: primary, at: 2030, at_most: 0.5, probability: 0.8}",
        )
    senses = [key for key in ("at_most", "at_least") if key in parts]
    if len(senses) != 1:
        node.fail(
            "STUDY-LIMIT",
            "界限要写 at_most 或 at_least 之一",
            "a limit has one of at_most and at_least",
            "例如 at_most: 0.5",
            "for example at_most: 0.5",
        )
    probability = 1.0
    if "probability" in parts:
        probability = parts["probability"].number()
        if not 0 < probability <= 1:
            parts["probability"].fail(
                "CFG-RANGE", f"概率 {probability:g} 不在 0 与 1 之间", f"the probability {probability:g} is not between 0 and 1", "例如 0.8", "for example 0.8"
            )
    return Limit(outcome.name, senses[0], parts[senses[0]].number(), probability)


def _search(node: Node | None, root: Node, n_objectives: int) -> Search:
    parts = node.mapping((), SEARCH_FIELDS) if node is not None else {}
    plain = Search()
    found = Search(
        parts["method"].word(SEARCHES) if "method" in parts else plain.method,
        parts["population"].integer_between(1, MOST_POPULATION) if "population" in parts else plain.population,
        parts["generations"].integer_between(1, MOST_GENERATIONS) if "generations" in parts else plain.generations,
        parts["seed"].integer_between(0, 2**32 - 1) if "seed" in parts else plain.seed,
    )
    least = max(LEAST_POPULATION, LEAST_PER_OBJECTIVE * n_objectives)
    if found.population < least:
        parts.get("population", root).fail(
            "STUDY-TOO-FEW",
            f"每代 {found.population} 个方案太少，{n_objectives} 个目标至少要 {least} 个",
            f"{found.population} plans a generation are too few: {n_objectives} objectives need {least}",
            f"例如 population: {2 * least}",
            f"for example population: {2 * least}",
        )
    return found


def _fresh(node: Node | None, seeds: Seeds) -> Fresh:
    parts = node.mapping((), FRESH_FIELDS) if node is not None else {}
    root = parts["root"].integer_between(0, MAX_SEED) if "root" in parts else (seeds.root + 1) % MAX_SEED
    if root == seeds.root:
        parts["root"].fail(
            "STUDY-FRESH",
            "fresh.root 与搜索所用的根种子相同，就不是新的抽样",
            "fresh.root is the root seed of the search: its draws would not be fresh",
            "请写另一个数",
            "choose another number",
        )
    return Fresh(
        parts["replicates"].integer_between(2, 1_000_000) if "replicates" in parts else Fresh().replicates,
        root,
        parts["futures"].integer_between(1, 1_000_000) if "futures" in parts else 0,
    )


__all__ = ["KIND", "Budget", "Fresh", "Goal", "Limit", "Search", "goal_of", "limit_outcomes", "read_goal", "refuse_keys"]
