"""From the search to what may be said: the front, scored again on fresh futures and draws, its plans by name, and who is dominated now.

Plans are chosen, and named, by the scores of the search; every interval is made of fresh scores only. A plan that was chosen because
it looked best looks better than it is (the winner's curse): how much is said, beside plans of the first generation that nobody chose.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.optimise import scores
from edusim.optimise.plans import Block, Plans, is_money
from edusim.optimise.search import Searched
from edusim.study.parts import Sampling, Seeds
from edusim.study.study_file import Study, alone, canonical
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study.engines import Engine

#: Plans of the first generation that are scored again beside the front: what a score loses without having been chosen.
CONTROLS = 6
#: Fresh draws in which the groups of a named plan are counted.
COUNTED = 3
#: An objective whose values differ by less than this share of their size does not move.
DEAD = 1e-12
KNEE, NEAREST = "knee", "nearest"
Report = Callable[..., None]


@dataclass(frozen=True)
class Front:
    """The front of a search, or the nearest plan where none keeps all limits.

    Attributes
    ----------
    plans
        Name of a lever -> value; the front first, then the controls.
    generation
        int64 [plan]: in which generation each was first asked for.
    n
        How many of them are the front.
    feasible
        Whether the front keeps all limits in the search; else it is the one nearest plan.
    names
        What a plan is called -> its place in the front: ``knee``, ``nearest``, or the name of an objective.
    """

    plans: tuple[Mapping[str, Value], ...]
    generation: NDArray[np.int64]
    n: int
    feasible: bool
    names: Mapping[str, int]

    def named(self, place: int) -> list[str]:
        """Return all names of a plan."""
        return [name for name, at in self.names.items() if at == place]


def refuse_dead(plans: Plans, objectives: NDArray[np.float64], constraints: NDArray[np.float64]) -> None:
    """Refuse objectives that no plan of a generation moves.

    Raises
    ------
    StudyError
        ``STUDY-DEAD-OBJECTIVE`` naming them.
    """
    rows = objectives[constraints[:, 0] <= 0]
    if len(rows) < 2:
        return
    dead = [
        name for k, name in enumerate(plans.goal.objectives)
        if np.ptp(rows[:, k]) <= DEAD * max(1.0, float(np.abs(rows[:, k]).max()))
    ]  # fmt: skip
    if dead:
        raise StudyError(
            "STUDY-DEAD-OBJECTIVE", f"目标 {', '.join(dead)} 在 {len(rows)} 个方案里都一样，没有可优化的",
            f"the objective {', '.join(dead)} is the same in all {len(rows)} plans: there is nothing to search for",
            where=plans.study.where(f"outcomes.{dead[0]}"),
            mend_zh="请删去这个目标，或加入影响它的 levers", mend_en="leave it out of the objectives, or add a lever that moves it",
        )  # fmt: skip


def front_of(plans: Plans, searched: Searched) -> Front:
    """Return the front of the last population, its plans by name, and the controls.

    The front is what the last population holds of plans that keep all limits and that no other of them dominates; of plans that are
    the same once rounded the first. Where nothing keeps all limits it is the plan that breaks them least.
    """
    by_number = {generation.number: generation for generation in searched.generations}
    first_seen: dict[str, tuple[int, int]] = {}
    for generation in searched.generations:
        for place, values in enumerate(generation.values):
            first_seen.setdefault(canonical(dict(values)), (generation.number, place))
    kept: dict[str, tuple[int, int]] = {}
    for number, place in searched.last.tolist():
        kept.setdefault(canonical(dict(by_number[number].values[place])), (number, place))
    rows = sorted(first_seen[key] for key in kept)
    objectives = np.array([by_number[n].objectives[p] for n, p in rows])
    broken = np.array([np.maximum(by_number[n].constraints[p], 0).sum() for n, p in rows])
    fit = np.flatnonzero(broken <= 0)
    feasible = fit.size > 0
    if feasible:
        chosen = fit[scores.undominated(objectives[fit])]
        order = np.lexsort(tuple(objectives[chosen].T[::-1]))
        chosen = chosen[order]
    else:
        chosen = np.array([int(np.argmin(broken))])
    front = [rows[i] for i in chosen.tolist()]
    names = _names(plans, objectives[chosen], feasible)
    controls = _controls(searched, {canonical(dict(by_number[n].values[p])) for n, p in front}) if feasible else []
    listed = front + controls
    return Front(
        tuple(by_number[n].values[p] for n, p in listed), np.array([n for n, _ in listed], np.int64), len(front), feasible, names
    )


def _names(plans: Plans, objectives: NDArray[np.float64], feasible: bool) -> dict[str, int]:
    if not feasible:
        return {NEAREST: 0}
    found = {}
    for k, name in enumerate(plans.goal.objectives):
        # Of plans that are equally good in it, the one that loses least elsewhere.
        best = np.flatnonzero(objectives[:, k] == objectives[:, k].min())
        found[name] = int(best[scores.knee(objectives[best])])
    if objectives.shape[1] > 1:
        found[KNEE] = scores.knee(objectives)
    return found


def _controls(searched: Searched, front: set[str]) -> list[tuple[int, int]]:
    first = searched.generations[0]
    found: list[tuple[int, int]] = []
    taken = set(front)
    for place, values in enumerate(first.values):
        key = canonical(dict(values))
        if (first.constraints[place] <= 0).all() and key not in taken and len(found) < CONTROLS:
            taken.add(key)
            found.append((first.number, place))
    return found


def fresh_study(study: Study) -> Study:
    """Return the study on fresh draws and futures, in a store of its own inside the study's store."""
    assert study.goal is not None
    fresh = study.goal.fresh
    futures = study.futures
    if futures is not None and futures.method != "grid":
        # A Latin hypercube of any size, of another seed: no future is one that the search has seen.
        futures = Sampling("lhs", fresh.futures or futures.n, futures.seed + 1)
    return replace(
        study, seeds=Seeds(fresh.root, fresh.replicates, True), futures=futures, store=study.store / "fresh", points=None
    )


@dataclass(frozen=True)
class Scored:
    """The numbers of some plans in one sample of futures and draws.

    Attributes
    ----------
    block
        What came out.
    tables
        float64 [plan, objective, future, draw], smaller is better.
    """

    plans: Plans
    block: Block
    tables: NDArray[np.float64]

    @classmethod
    def of(cls, plans: Plans, listed: Sequence[Mapping[str, Value]]) -> Scored:
        """Make what is missing, and return the numbers."""
        block = plans.run(listed)
        return cls(plans, block, plans.objectives(block))

    def rows(self, n: int, sample: str) -> list[dict[str, Any]]:
        """Return a row for each plan and outcome, and those of the status quo (plan -1): effect and level with their intervals."""
        found: list[dict[str, Any]] = []
        for i, outcome in enumerate(self.plans.study.outcomes):
            base = self.block.baseline[i]
            for plan in range(-1, n):
                level = base if plan < 0 else self.block.plans[plan, i]
                effect = level - base
                head = {"plan": plan, "sample": sample, "outcome": outcome.name, "unit": outcome.unit, "want": outcome.want}
                for what, table in (("effect", effect), ("level", level)):
                    mean = scores.mean_of(table)
                    found.append({**head, "what": what, "value": mean.value, "error": mean.error, "low": mean.low, "high": mean.high})
        return found

    def limits(self, n: int, sample: str) -> list[dict[str, Any]]:
        """Return a row for each plan (-1: the status quo) and each of budget and limits: what of it is kept, and whether that is enough."""
        goal, names = self.plans.goal, self.plans.names
        found: list[dict[str, Any]] = []
        for plan in range(-1, n):
            numbers = self.block.baseline if plan < 0 else self.block.plans[plan]
            if goal.budget is not None:
                mean = scores.mean_of(numbers[names.index(goal.budget.outcome)])
                found.append({
                    "plan": plan, "sample": sample, "limit": "budget", "outcome": goal.budget.outcome, "sense": "at_most",
                    "at": goal.budget.at_most, "probability": np.nan, "value": mean.value, "low": mean.low, "high": mean.high,
                    "kept": bool(mean.value <= goal.budget.at_most),
                })  # fmt: skip
            for k, limit in enumerate(goal.limits):
                share = scores.share_of(scores.keeps(numbers[names.index(limit.outcome)], limit.value, limit.sense))
                found.append({
                    "plan": plan, "sample": sample, "limit": f"limit {k + 1}", "outcome": limit.outcome, "sense": limit.sense, "at": limit.value,
                    "probability": limit.probability, "value": share.value, "low": share.low, "high": share.high,
                    "kept": bool(share.value >= limit.probability - 1e-9),
                })  # fmt: skip
        return found


def difference_rows(front: Front, fresh: Scored) -> list[dict[str, Any]]:
    """Return, for every two plans that have a name and every outcome, what the second has more than the first: at the same futures and draws."""
    found: list[dict[str, Any]] = []
    places = list(dict.fromkeys(front.names.values()))
    for a in places:
        for b in places:
            if a == b:
                continue
            for i, outcome in enumerate(fresh.plans.study.outcomes):
                mean = scores.mean_of(fresh.block.plans[b, i] - fresh.block.plans[a, i])
                found.append({
                    "plan": a, "other": b, "outcome": outcome.name, "unit": outcome.unit, "value": mean.value, "error": mean.error, "low": mean.low,
                    "high": mean.high,
                })  # fmt: skip
    return found


def flattered(search: Scored, fresh: Scored, n: int) -> list[dict[str, Any]]:
    """Return by how much the scores of the search flattered, for each objective.

    Returns
    -------
    list of dict
        ``objective``; ``front``: mean of fresh less search over the front, above 0 where the search flattered; ``best``: the same for the
        plan that the search thought best in it; ``controls``: the same for plans of the first generation, which nobody chose
        (NaN without any): what the two samples differ by anyway. In the unit of the outcome.
    """
    found = []
    lost = fresh.tables.mean(axis=(2, 3)) - search.tables.mean(axis=(2, 3))
    before = search.tables[:n].mean(axis=(2, 3))
    for k, name in enumerate(search.plans.goal.objectives):
        controls = float(lost[n:, k].mean()) if len(lost) > n else float("nan")
        found.append({
            "objective": name, "front": float(lost[:n, k].mean()), "best": float(lost[int(before[:, k].argmin()), k]), "controls": controls, "plans": n,
            "of_controls": len(lost) - n,
        })  # fmt: skip
    return found


def groups_of(study: Study, values: Mapping[str, Value]) -> dict[str, list[float]]:
    """Return how many groups of each mode a plan has in the last year, in each of a few fresh draws.

    The runs are made again in this process, at the first fresh future: how many groups become which mode depends on plan and lots.
    """
    from edusim.runs import simulate
    from edusim.study.sampling import sampled

    changes: dict[str, Value] = {}
    for factor in study.levers:
        changes |= factor.bundles[str(values[factor.name])] if factor.bundles else dict.fromkeys(factor.sets, values[factor.name])
    if study.futures is not None:
        drawn = sampled(study.futures, study.unknown, 1)
        for factor in study.uncertainties:
            value = drawn[factor.name][0]
            changes |= factor.bundles[str(value)] if factor.bundles else dict.fromkeys(factor.sets, value)
    policy = study.policies[0]
    scenario = alone(study.scenario, policy, changes)
    found: dict[str, list[float]] = {}
    for draw in range(min(COUNTED, study.seeds.replicates)):
        year = simulate(scenario, policy, seed=study.seeds.root, draw=draw, design=study.designs[0], records="none").years[-1]

        def number(measure: str, unit: str, year: Any = year) -> float:
            place = year.keys.place.get((measure, "all", unit))
            return 0.0 if place is None else float(np.nan_to_num(year.values[place]))

        in_policy, under_law = number("groups.number", "county"), number("groups.mode_share", "law")
        total = in_policy / (1 - under_law) if under_law < 1 else 0.0
        for mode in scenario.policy(policy).modes:
            found.setdefault(mode, []).append(round(total * number("groups.mode_share", mode)))
    return found


def generation_rows(plans: Plans, searched: Searched) -> list[dict[str, Any]]:
    """Return a row for each generation: plans so far, how many keep all limits, the share of the box that they dominate, the best so far.

    The box lies between the best and the worst that any plan that keeps all limits reached in each objective, as the search scored it;
    best values are effects or sums of money in the outcome's own direction.
    """
    goal = plans.goal
    fit = [generation.objectives[(generation.constraints <= 0).all(axis=1)] for generation in searched.generations]
    every = np.concatenate(fit)
    if len(every):
        ideal, nadir = every.min(axis=0), every.max(axis=0)
        volumes = scores.hypervolumes(fit, ideal, nadir)
    else:
        volumes = [0.0] * len(fit)
    signs = [1.0 if next(o for o in plans.study.outcomes if o.name == name).want == "min" else -1.0 for name in goal.objectives]
    rows: list[dict[str, Any]] = []
    n_plans = n_fit = 0
    best = np.full(len(goal.objectives), np.nan)
    for generation, kept, volume in zip(searched.generations, fit, volumes, strict=True):
        n_plans, n_fit = n_plans + len(generation.values), n_fit + len(kept)
        if len(kept):
            best = np.fmin(best, kept.min(axis=0))
        row: dict[str, Any] = {"generation": generation.number, "plans": n_plans, "kept": n_fit, "hypervolume": volume}
        rows.append(row | {f"best.{name}": sign * value for name, sign, value in zip(goal.objectives, signs, best.tolist(), strict=True)})
    return rows


def front_rows(front: Front, search: Scored, fresh: Scored) -> list[dict[str, Any]]:
    """Return a row for each plan of the front: names, levers, and what became of it on fresh futures and draws.

    ``kept``: keeps budget and limits on the fresh sample; ``undominated``: no other plan of the front that keeps them dominates its
    fresh means; ``beaten``: another one beats it in every objective beyond luck.
    """
    n = front.n
    kept: NDArray[np.bool_] = np.asarray(np.all(fresh.plans.constraints(fresh.block)[:n] <= 1e-12, axis=1))
    means = fresh.tables[:n].mean(axis=(2, 3))
    candidates = kept if kept.any() else np.ones(n, np.bool_)
    standing = np.zeros(n, np.bool_)
    standing[candidates] = scores.undominated(means[candidates])
    beaten = scores.surely_dominated(fresh.tables[:n], candidates)
    rows = []
    for place in range(n):
        row: dict[str, Any] = {
            "plan": place, "names": " ".join(front.named(place)), "generation": int(front.generation[place]), "kept": bool(kept[place]),
            "undominated": bool(standing[place]), "beaten": bool(beaten[place]),
        }  # fmt: skip
        rows.append(row | {f"lever.{name}": value for name, value in front.plans[place].items()})
    return rows


def scored_again(study: Study, front: Front, searched: Plans, engine: Engine | None, report: Report | None = None) -> tuple[Scored, Scored]:
    """Return the front and the controls as the search scored them, and on fresh futures and draws."""
    search = Scored.of(searched, front.plans)
    fresh = Scored.of(Plans(fresh_study(study), engine, report), front.plans)
    return search, fresh


__all__ = [
    "CONTROLS", "KNEE", "NEAREST", "Front", "Scored", "difference_rows", "flattered", "fresh_study", "front_of", "front_rows", "generation_rows", "groups_of",
    "is_money", "refuse_dead", "scored_again",
]  # fmt: skip
