"""Plans as stored runs: points of a study whose store grows generation by generation, read back as tables of futures and draws.

A plan is run at every future and draw of the study; what is stored is never run again. What the scenario refuses (a share and a term
that keep too many teachers away) is not run: it counts as a plan that breaks the law.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, RunError
from edusim.optimise import scores
from edusim.study import driver, tables
from edusim.study.design import BASELINE_POINT
from edusim.study.goals import Goal
from edusim.study.store import Store
from edusim.study.study_file import Outcome, Points, Study, alone, canonical
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.study.engines import Engine

Report = Callable[..., None]
#: Constraint of plans that the law refuses, before budget and limits.
REFUSED = 1.0


def is_money(outcome: Outcome) -> bool:
    """Whether an outcome is a sum of money: told as it is, not as a difference from the status quo."""
    return outcome.unit.startswith("yuan")


@dataclass(frozen=True)
class Block:
    """Numbers of some plans and of the status quo.

    Attributes
    ----------
    plans
        float64 [plan, outcome, future, draw]; NaN throughout for a plan that was refused.
    baseline
        float64 [outcome, future, draw].
    refused
        bool [plan]: what the law refuses.
    """

    plans: NDArray[np.float64]
    baseline: NDArray[np.float64]
    refused: NDArray[np.bool_]


class Plans:
    """Runs plans of one study.

    Parameters
    ----------
    study
        A study of kind ``optimise``.
    engine
        What carries runs out; None to read what is stored only.
    report
        Told (runs done, runs in all, text).
    """

    def __init__(self, study: Study, engine: Engine | None, report: Report | None = None) -> None:
        assert study.goal is not None
        self.study, self.engine, self.report = study, engine, report
        self.goal: Goal = study.goal
        self.names = [o.name for o in study.outcomes]
        self._points: list[dict[str, Value]] = []
        self._place: dict[str, int] = {}
        self._refused: dict[str, ConfigError | None] = {}
        self.made = 0

    def refusal(self, values: Mapping[str, Value]) -> ConfigError | None:
        """Return why the scenario refuses a plan; None where it does not."""
        key = canonical(dict(values))
        if key not in self._refused:
            self._refused[key] = None
            changes: dict[str, Value] = {}
            for factor in self.study.levers:
                value = values[factor.name]
                changes |= factor.bundles[str(value)] if factor.bundles else dict.fromkeys(factor.sets, value)
            try:
                alone(self.study.scenario, self.study.policies[0], changes)
            except ConfigError as error:
                self._refused[key] = error
        return self._refused[key]

    def add(self, plans: Sequence[Mapping[str, Value]]) -> NDArray[np.bool_]:
        """Count plans among those of the study, so that its design holds them; return bool [plan]: what the law refuses."""
        refused = np.array([self.refusal(values) is not None for values in plans], np.bool_)
        for values, is_refused in zip(plans, refused, strict=True):
            key = canonical(dict(values))
            if not is_refused and key not in self._place:
                self._place[key] = len(self._points)
                self._points.append(dict(values))
        return refused

    def run(self, plans: Sequence[Mapping[str, Value]]) -> Block:
        """Make what is missing of the runs of some plans, beside those of earlier calls, and return their numbers.

        Parameters
        ----------
        plans
            Name of a lever -> value.

        Raises
        ------
        KeyboardInterrupt
            When it was asked to stop; what was acknowledged is kept.
        RunError
            ``STUDY-RUNS-FAILED`` when runs failed.
        """
        refused = self.add(plans)
        n_futures, n_draws = self._sizes()
        shape = (len(self.names), n_futures, n_draws)
        if not self._points:
            return Block(np.full((len(plans), *shape), np.nan), np.full(shape, np.nan), refused)
        if self.engine is None:
            store = Store.open(self.study.store)
        else:
            study = self._laid_out()
            store = driver.store_of(study)
            summary = driver.carry_on(study, store, engine=self.engine, progress=self.report)
            self.made += summary.done
            if summary.interrupted or summary.left:
                raise KeyboardInterrupt
        values = self._read(store)
        rows = [self._place.get(canonical(dict(one)), -1) for one in plans]
        found = np.stack([values[0][row] if row >= 0 else np.full(shape, np.nan) for row in rows])
        return Block(found, values[1], refused)

    def _laid_out(self) -> Study:
        return self.study.laid_out(Points({f.name: [point[f.name] for point in self._points] for f in self.study.levers}))

    def _sizes(self) -> tuple[int, int]:
        from edusim.study.sampling import sampled

        n = 1
        if self.study.futures is not None:
            n = len(next(iter(sampled(self.study.futures, self.study.unknown, 1).values())))
        return n, self.study.seeds.replicates

    def _read(self, store: Any) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return float64 [point, outcome, future, draw] of all points so far, and [outcome, future, draw] of the status quo."""
        # A search that was broken off may have laid out more points than are asked for here.
        frame = tables.query(store, f"SELECT * FROM runs WHERE point < {len(self._points)} ORDER BY point, future, draw")
        wrong = frame[frame["state"] != "done"]
        if len(wrong):
            codes = ", ".join(sorted({str(code) for code in wrong["code"].dropna()} or set(wrong["state"])))
            raise RunError(
                "STUDY-RUNS-FAILED", f"{len(wrong):,} 次推演没有结果（{codes}）", f"{len(wrong):,} runs gave no result ({codes})", where=str(store.path),
                mend_zh="用 edusim study status 看原因；改正后用 edusim study retry 重试",
                mend_en="edusim study status says why; once mended, edusim study retry",
            )  # fmt: skip
        n_futures, n_draws = self._sizes()
        futures = {number: i for i, number in enumerate(sorted(frame["future"].unique()))}
        draws = {number: i for i, number in enumerate(sorted(frame["draw"].unique()))}
        assert (len(futures), len(draws)) == (n_futures, n_draws)
        plans = np.full((len(self._points), len(self.names), n_futures, n_draws), np.nan)
        baseline = np.full((len(self.names), n_futures, n_draws), np.nan)
        numbers = frame[self.names].to_numpy(np.float64)
        at_future, at_draw = frame["future"].map(futures).to_numpy(), frame["draw"].map(draws).to_numpy()
        points = frame["point"].to_numpy()
        base = points == BASELINE_POINT
        baseline[:, at_future[base], at_draw[base]] = numbers[base].T
        plans[points[~base], :, at_future[~base], at_draw[~base]] = numbers[~base]
        return plans, baseline

    # -- scores ---------------------------------------------------------------------------------------------------

    def objectives(self, block: Block) -> NDArray[np.float64]:
        """Return what is to be small of every plan at every future and draw: float64 [plan, objective, future, draw].

        That is the difference from the status quo at the same future and draw, or a sum of money as it is; with its sign turned
        where the outcome is wanted large.
        """
        found = []
        for name in self.goal.objectives:
            i = self.names.index(name)
            outcome = self.study.outcomes[i]
            values = block.plans[:, i] - (0.0 if is_money(outcome) else block.baseline[i])
            found.append(values if outcome.want == "min" else -values)
        return np.stack(found, axis=1)

    def constraints(self, block: Block) -> NDArray[np.float64]:
        """Return what every plan breaks, float64 [plan, 1 + budget + limits], kept where 0 or below.

        In order: what the law refuses (or what has no number), the budget as a share of it, each limit as
        :func:`edusim.optimise.scores.excess`.
        """
        n = len(block.plans)
        tables_ = self.objectives(block)
        lost = block.refused | ~np.isfinite(tables_).all(axis=(1, 2, 3))
        columns = [np.where(lost, REFUSED, 0.0)]
        if self.goal.budget is not None:
            spent = block.plans[:, self.names.index(self.goal.budget.outcome)].mean(axis=(1, 2))
            over = spent / self.goal.budget.at_most - 1
            columns.append(np.where(np.isfinite(over), over, REFUSED))
        for limit in self.goal.limits:
            at = self.names.index(limit.outcome)
            columns.append(np.array([
                REFUSED if block.refused[p] else scores.excess(block.plans[p, at], limit.value, limit.sense, limit.probability) for p in range(n)
            ]))  # fmt: skip
        return np.stack(columns, axis=1)

    def score(self, block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return objectives as means over futures and draws, float64 [plan, objective], and constraints; no NaN.

        A plan without numbers has objectives 0; its first constraint keeps it out.
        """
        means = self.objectives(block).mean(axis=(2, 3))
        return np.where(np.isfinite(means), means, 0.0), self.constraints(block)


__all__ = ["Block", "Plans", "is_money"]
