"""The search: pymoo's NSGA-II or NSGA-III over mixed variables, asked and told; the same plans whatever happens in between.

pymoo is asked for a generation, the plans are scored, and it is told. Everything random comes from its one generator, seeded by
the study. A search that goes on is *replayed*: it is asked again from the beginning, every generation that was kept is compared
with what is asked now, bit by bit, and told with the scores that were kept. So what follows equals an uninterrupted search, and a
version that would ask for something else is found out and refused.

Sources: Deb et al. 2002 (NSGA-II, constraint domination), Deb and Jain 2014 (NSGA-III), Blank and Deb 2020 (pymoo).
"""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError, StudyError
from edusim.optimise.space import Space
from edusim.optimise.states import Book, Generation
from edusim.study.goals import Search
from edusim.study.tasks import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Gives the scores of plans: float64 [plan, objective], smaller is better, and float64 [plan, constraint], kept where <= 0.
Scorer = Callable[[int, "Sequence[Mapping[str, Value]]"], "tuple[NDArray[np.float64], NDArray[np.float64]]"]


def pymoo_version() -> str:
    """Return the version of pymoo; raise ``RUN-LIBRARY`` where it is not installed."""
    try:
        with _quiet():
            import pymoo
    except ImportError:
        raise RunError(
            "RUN-LIBRARY", "没有安装 pymoo", "pymoo is not installed", mend_zh="请运行 pip install 'edusim-groups[analysis]'",
            mend_en="run pip install 'edusim-groups[analysis]'",
        ) from None  # fmt: skip
    return str(pymoo.__version__)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back what pymoo prints about modules that are not compiled."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        yield


@dataclass(frozen=True)
class Searched:
    """A search that is done.

    Attributes
    ----------
    generations
        All of them, in order.
    last
        For every plan of the last population: generation (from 1) and place in it, int64 [plan, 2].
    exhausted
        Whether there were no new plans to ask for before the last generation.
    """

    generations: tuple[Generation, ...]
    last: NDArray[np.int64]
    exhausted: bool


def _tournament(method: str) -> Any:
    """Return how two plans are compared as parents: by what they break, then domination and crowding, or by lot for NSGA-III."""
    from pymoo.algorithms.moo.nsga2 import binary_tournament
    from pymoo.operators.selection.tournament import TournamentSelection

    def by_lot(pop: Any, pairs: NDArray[np.int64], algorithm: Any, **_: Any) -> NDArray[np.int64]:
        # pymoo's own takes its lots from a generator of nobody's seed where both break as much.
        lots = algorithm.random_state.random(len(pairs))
        found = np.empty(len(pairs), np.int64)
        for i, (a, b) in enumerate(pairs):
            broken = float(pop[a].CV[0]), float(pop[b].CV[0])
            found[i] = a if broken[0] < broken[1] or (broken[0] == broken[1] and lots[i] < 0.5) else b
        return found[:, None]

    return TournamentSelection(func_comp=binary_tournament if method == "nsga2" else by_lot)


def directions(n_objectives: int, population: int) -> NDArray[np.float64]:
    """Return NSGA-III's reference directions, float64 [direction, objective]: as many as fit into a population (Das and Dennis)."""
    from pymoo.util.ref_dirs import get_reference_directions

    parts = 1
    while math.comb(parts + n_objectives, n_objectives - 1) <= population and n_objectives > 1:
        parts += 1
    return np.asarray(get_reference_directions("das-dennis", n_objectives, n_partitions=parts), np.float64)


def _algorithm(space: Space, how: Search, n_objectives: int, n_constraints: int) -> Any:
    """Return pymoo's algorithm, ready to be asked."""
    pymoo_version()
    with _quiet():
        from pymoo.algorithms.moo.nsga3 import ReferenceDirectionSurvival
        from pymoo.core.mixed import (
            MixedVariableDuplicateElimination,
            MixedVariableGA,
            MixedVariableMating,
            MixedVariableSampling,
        )
        from pymoo.core.problem import Problem
        from pymoo.core.termination import NoTermination
        from pymoo.operators.survival.rank_and_crowding import RankAndCrowding
        from pymoo.util.display.output import Output

        same = MixedVariableDuplicateElimination()
        survival = RankAndCrowding() if how.method == "nsga2" else ReferenceDirectionSurvival(directions(n_objectives, how.population))
        algorithm = MixedVariableGA(
            pop_size=how.population, output=Output(), sampling=MixedVariableSampling(), eliminate_duplicates=same, survival=survival,
            mating=MixedVariableMating(selection=_tournament(how.method), eliminate_duplicates=same), advance_after_initial_infill=True,
        )  # fmt: skip
        algorithm.tournament_type = "comp_by_dom_and_crowding"
        problem = Problem(vars=space.pymoo(), n_obj=n_objectives, n_ieq_constr=n_constraints)
        algorithm.setup(problem, termination=NoTermination(), seed=how.seed, verbose=False)
    return algorithm


def run(space: Space, how: Search, shape: tuple[int, int], score: Scorer, book: Book, kept: Callable[[Generation, bool], None] | None = None) -> Searched:
    """Search, going on where the book ends.

    Parameters
    ----------
    space
        What may be chosen.
    how
        Method, population, generations, seed.
    shape
        Number of objectives and of constraints.
    score
        Gives the scores of a generation's plans.
    book
        What was kept before, and where to keep.
    kept
        Called with each generation and whether it was kept before.

    Raises
    ------
    StudyError
        ``STUDY-SEARCH-REPLAY`` when what was kept is not what this version asks for; ``STUDY-SEARCH-DAMAGED``.
    """
    from pymoo.core.evaluator import Evaluator
    from pymoo.problems.static import StaticProblem

    algorithm = _algorithm(space, how, *shape)
    found: list[Generation] = []
    exhausted = False
    for number in range(1, how.generations + 1):
        asked = algorithm.ask()
        if asked is None or len(asked) == 0:
            exhausted = True
            break
        raw = tuple(space.raw(one.X) for one in asked)
        values = tuple(space.point(one) for one in raw)
        generation = book.read(number)
        if generation is not None and not _asks(generation, raw, values):
            raise StudyError(
                "STUDY-SEARCH-REPLAY", f"第 {number} 代的记录与现在要问的方案不同", f"what was kept of generation {number} is not what is asked for now",
                where=str(book.file(number)), mend_zh=f"多半换了程序库的版本；请删去文件夹 {book.folder.name} 重新搜索（已做的推演会重用）",
                mend_en=f"most likely a library has changed; delete the folder {book.folder.name} to search anew (stored runs are used again)",
            )  # fmt: skip
        was_kept = generation is not None
        if generation is None:
            generation = Generation(number, raw, values, *score(number, values))
            book.keep(generation)
        if kept is not None:
            kept(generation, was_kept)
        for place, one in enumerate(asked):
            one.set("place", (number, place))
        told = {"F": generation.objectives, "G": generation.constraints} if shape[1] else {"F": generation.objectives}
        Evaluator().eval(StaticProblem(algorithm.problem, **told), asked)
        algorithm.tell(infills=asked)
        found.append(generation)
    last = np.array([one.get("place") for one in algorithm.pop], np.int64).reshape(-1, 2)
    return Searched(tuple(found), last, exhausted)


def _asks(kept: Generation, raw: Sequence[Mapping[str, Any]], values: Sequence[Mapping[str, Value]]) -> bool:
    """Whether a generation that was kept holds exactly these plans."""
    return [dict(one) for one in kept.raw] == [dict(one) for one in raw] and [dict(one) for one in kept.values] == [dict(one) for one in values]


__all__ = ["Scorer", "Searched", "directions", "pymoo_version", "run"]
