"""``analyse``: the sensitivity of anyone's function, from its inputs to a frame of indices with intervals."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError, did_you_mean
from edusim.study.sensitivity.caller import Caller, described
from edusim.study.sensitivity.estimates import Estimate, check_interval, estimate
from edusim.study.sensitivity.evaluations import Evaluations, key_of
from edusim.study.sensitivity.growth import Settled, all_settled, settled
from edusim.study.sensitivity.layouts import Layout, check_grows, lay_out
from edusim.study.sensitivity.problem import Problem, problem_of

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

#: What ``grow_until`` takes.
GROWTH = {"width": 0.05, "max_runs": 50_000, "indices": None}
#: What may be done where there is no outcome.
MISSING = ("refuse", "drop")
#: Runs of a function that is taken to have no luck, made twice at the end of each design.
CHECKED_AGAIN = 8
COLUMNS = ("outcome", "method", "n", "index", "input", "other", "value", "low", "high", "raw")


def analyse(
    function: Callable[..., Any],
    problem: Mapping[str, Any] | Problem,
    *,
    method: str = "sobol",
    n: int = 1024,
    replicates: int | None = None,
    seed: int = 0,
    seeds: str | None = None,
    second_order: bool | Sequence[Sequence[str]] = False,
    outcomes: Sequence[str] | None = None,
    vectorised: bool | None = None,
    missing: str = "refuse",
    grow_until: Mapping[str, Any] | None = None,
    interval: float = 0.95,
    resamples: int = 500,
    store: str | os.PathLike[str] | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> pd.DataFrame:
    """Return how much each input of a function matters, with intervals, freed from noise, and how its variance splits.

    >>> import numpy as np
    >>> def ishigami(x):
    ...     return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])
    >>> problem = {"names": ["a", "b", "c"], "bounds": [[-np.pi, np.pi]] * 3}
    >>> found = analyse(ishigami, problem, n=1024)
    >>> st = found[found["index"] == "ST"].set_index("input")["value"]
    >>> bool(abs(st["a"] - 0.558) < 0.03 and st["dummy"] == 0)
    True

    Parameters
    ----------
    function
        ``f(x)`` of one point (float64 [inputs]) or of a matrix (float64 [points, inputs]; found out, or told by ``vectorised``); or with one argument
        an input. It may take its luck as an argument: a generator (``rng``, ``generator``, ``random_generator``), a whole number (``seed``, ``random_seed``,
        ``random_state``, ``draw``), or, of a matrix, one number a point (``seeds``, ``draws``). It returns a number, several, or a dict of them.
    problem
        A problem as SALib has it, and ``correlation`` inside groups: see :func:`edusim.study.sensitivity.problem_of`; or a
        :class:`edusim.study.sensitivity.Problem` whose inputs are uniform over 0 to 1.
    method
        ``sobol``, ``morris``, ``dgsm``, ``fast``, ``pawn``, ``delta`` or ``chaos``.
    n
        Base points, trajectories or points of the (first) design.
    replicates
        Draws of every point; left out 2 where luck is independent, else 1. A function without luck needs none.
    seed
        What points and draws come from.
    seeds
        ``factor``: the draw is an input, so luck and what it does with the inputs have indices; needs a function that takes its luck.
        ``independent``: every run has a draw of its own, and noise is taken out. ``paired``: the same draws at every point. Left out:
        ``independent`` for a function with luck, else one draw everywhere.
    second_order
        True or a list of pairs: indices of pairs (sobol, chaos).
    outcomes
        Names of what the function returns; ``y`` or ``y1, y2, ...`` or the keys of its dict if left out.
    vectorised
        Whether the function takes a matrix. Found out where that is safe: on a few points, rows and matrix must give the same.
    missing
        ``refuse``: an evaluation that fails or is no finite number ends the analysis, naming its point. ``drop``: its block is left out.
    grow_until
        ``{"width": 0.05, "max_runs": 50000, "indices": ["ST"]}``: ``n`` doubles, every run being used again, until for every outcome the widest interval is no
        wider, ranks and screening are stable and nothing moved since ``n / 2``; or until twice as many would be more than ``max_runs``.
    interval, resamples
        Probability of the intervals, bootstrap resamples.
    store
        Folder in which evaluations are kept; calling again with it resumes, also after a kill, and any method uses what is there. One of another problem is
        refused, and so is a function that no longer gives what is kept.
    workers
        Processes that evaluate; the result has the same bits for any number. A function that keeps its luck to itself has one: copies of it
        would all have the same luck.
    progress
        Called with evaluations done and evaluations of this design.

    Returns
    -------
    DataFrame
        One row a number: ``outcome, method, n, index, input, other, value, low, high, raw``. ``index`` is ``S1``, ``ST``, ``S2``,
        ``Sclosed``, ``mu``, ``mu_star``, ``sigma``, ``vt``, ...; ``input`` an input, a group, ``dummy`` or ``seed``; ``other`` the second of a pair;
        ``raw`` the index reckoned as if there were no noise. Rows with ``index`` ``share`` are the split of the variance of one run:
        ``input`` is ``parameters``, ``seeds``, ``interaction`` or ``unexplained``. ``.attrs`` has

        - ``facts``: outcome -> facts, as in :class:`~edusim.study.sensitivity.Estimate`;
        - ``growth``: records of outcome, n, runs, index, input, value, low, high, settled, missing (what had not settled);
        - ``settled``: True, False, or None when it was not asked to grow;
        - ``luck``: ``none``, ``its own`` or ``given``; ``vectorised``; ``evaluations`` of the last design.

    Raises
    ------
    StudyError
        Every mistake in the problem or the design (``STUDY-INPUTS``, ``STUDY-BOUNDS``, ``STUDY-METHOD``, ``STUDY-TOO-FEW``, ``STUDY-POWER-OF-TWO``, ...);
        ``STUDY-MISSING``, ``STUDY-GROWTH``; ``STUDY-FUNCTION`` (what it takes or returns), ``STUDY-EVALUATION`` (failed or not a number, with its
        point), ``STUDY-LUCK`` (luck that cannot be held as the design needs it), ``STUDY-OTHER``.
    RunError
        ``RUN-LIBRARY``, ``RUN-DISK-FULL``, ``RUN-FOLDER``.
    """
    asked, quantiles, identity = _problem(problem)
    limits = _limits(grow_until)
    if limits is not None:
        check_grows(method)
    if missing not in MISSING:
        zh, en = did_you_mean(missing, MISSING)
        raise StudyError(
            "STUDY-MISSING", f"缺失的结果不能按 {missing} 处理", f"missing outcomes cannot be treated as {missing}", where="missing", mend_zh=zh, mend_en=en
        )  # fmt: skip
    check_interval(interval, resamples)
    # What is wrong with the design is said before anybody's function is called.
    lay_out(asked, method, n, seeds=seeds or "independent", replicates=replicates or 1, seed=seed, second_order=second_order)
    tries = _probes(len(asked.names), missing == "drop")
    probe = quantiles(np.random.default_rng([seed, 1]).uniform(0.05, 0.95, size=(tries, len(asked.names))))
    caller = Caller.of(function, asked.names, seed, outcomes, vectorised, probe, lenient=missing == "drop")
    how, times = _luck(caller, method, seeds, replicates)
    if caller.luck == "its own":
        workers = 1
    with Evaluations(store, {**identity, "seed": int(seed)}) as kept:
        work = _Work(caller, kept, asked, quantiles, missing, progress, workers)
        work.check_kept()
        growth: list[dict[str, Any]] = []
        before: dict[str, Estimate] = {}
        while True:
            layout = lay_out(asked, method, n, seeds=how, replicates=times, seed=seed, second_order=second_order)
            if limits is not None and not before:
                _check_first(work.runs_of(layout), limits["max_runs"])
            y = work.carried_out(layout)
            found = {
                name: _of_a_plain_function(caller, estimate(layout, y[:, :, k], interval=interval, resamples=resamples, seed=seed))
                for k, name in enumerate(caller.outcomes)
            }
            stands: dict[str, Settled] = {}
            if limits is not None:
                stands = {
                    name: settled(each, before.get(name), width=limits["width"], indices=limits["indices"]) for name, each in found.items()
                }
                growth += _growth(found, stands, n, work.evaluations)
                bigger = work.runs_of(lay_out(asked, method, 2 * n, seeds=how, replicates=times, seed=seed, second_order=second_order))
                if not all_settled(stands) and bigger <= limits["max_runs"]:
                    before, n = found, 2 * n
                    continue
            break
    frame = _frame(found, method, n)
    frame.attrs.update(
        facts={name: dict(each.facts) for name, each in found.items()}, growth=growth, settled=all_settled(stands) if limits is not None else None,
        luck=caller.luck, evaluations=work.evaluations, vectorised=caller.matrix,
    )  # fmt: skip
    return frame


@dataclass
class _Work:
    """Evaluations of layouts, each made once."""

    caller: Caller
    kept: Evaluations
    problem: Problem
    quantiles: Callable[[NDArray[np.float64]], NDArray[np.float64]]
    missing: str
    progress: Callable[[int, int], None] | None
    workers: int = 1
    evaluations: int = 0

    def runs_of(self, layout: Layout) -> int:
        """Return how many evaluations a layout needs; a point under one draw is one, in however many blocks it is."""
        rows = zip(layout.unit, self._draws(layout).tolist(), strict=True)
        return len({(point.tobytes(), draw) for point, draws in rows for draw in draws})

    def _draws(self, layout: Layout) -> NDArray[np.int64]:
        """Return the draws of a layout; a function without luck has one, so that a point is evaluated once."""
        return np.zeros_like(layout.draws) if self.caller.luck == "none" else layout.draws

    def check_kept(self) -> None:
        """Keep an evaluation by which a changed function is known again, and compare it with the one that is kept.

        Raises
        ------
        StudyError
            ``STUDY-OTHER``.
        """
        caller, kept = self.caller, self.kept
        kept.named(caller.outcomes)
        if caller.luck == "its own" or kept.folder is None:
            return
        point = self.quantiles(np.full((1, len(self.problem.names)), 0.4375))
        key = key_of(point[0], 0)
        now = self._evaluated(point, np.zeros(1, dtype=np.int64))[0]
        if key not in kept.found:
            kept.add(key, now)
        elif not np.allclose(kept.found[key], now, rtol=1e-9, atol=0.0, equal_nan=True):
            raise StudyError(
                "STUDY-OTHER", f"函数在 {described(self.problem.names, point[0])} 处的结果与已保存的不同",
                f"the function no longer gives what is kept at {described(self.problem.names, point[0])}", where=str(kept.folder or ""),
                mend_zh="函数已改变，请换一个文件夹", mend_en="the function has changed: choose another folder",
            )  # fmt: skip

    def carried_out(self, layout: Layout) -> NDArray[np.float64]:
        """Return the outcomes of a layout: float64 [rows, replicates, outcomes]; what is kept is not made again."""
        values = self.quantiles(layout.unit)
        rows, times = layout.draws.shape
        draws = self._draws(layout).reshape(-1)
        keys = [key_of(values[k // times], int(draw)) for k, draw in enumerate(draws)]
        todo: dict[bytes, int] = {}
        for place, key in enumerate(keys):
            if key not in self.kept.found:
                todo.setdefault(key, place)
        self.evaluations = len(set(keys))
        done = self.evaluations - len(todo)
        places = list(todo.values())
        batches = [np.array(batch, dtype=np.int64) for batch in self.caller.batches(places)]
        tasks = ((values[batch // times], draws[batch]) for batch in batches)
        for batch, made in zip(batches, self._made(tasks), strict=True):
            for place, outcomes in zip(batch.tolist(), made, strict=True):
                self.kept.add(keys[place], outcomes)
            done += len(batch)
            if self.progress is not None:
                self.progress(done, self.evaluations)
        self.kept.sync()
        if self.caller.luck == "none" and len(places):
            self._check_again(values[np.array(places) // times])
        found = np.stack([self.kept.found[key] for key in keys])
        return found.reshape(rows, times, -1)

    def _made(self, tasks: Iterable[tuple[NDArray[np.float64], NDArray[np.int64]]]) -> Iterator[NDArray[np.float64]]:
        """Yield the outcomes of batches in their order, made here or in other processes."""
        if self.workers <= 1:
            yield from (self._evaluated(*task) for task in tasks)
            return
        from loky import get_reusable_executor

        executor = get_reusable_executor(max_workers=self.workers)
        evaluate = partial(self.caller.evaluated, refuse=self.missing == "refuse")
        ahead: deque[Any] = deque()
        try:
            for task in tasks:
                ahead.append(executor.submit(evaluate, *task))
                # Few are under way, so that an interruption loses little, and enough for nobody to wait.
                if len(ahead) >= 4 * self.workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()

    def _evaluated(self, values: NDArray[np.float64], draws: NDArray[np.int64]) -> NDArray[np.float64]:
        return self.caller.evaluated(values, draws, refuse=self.missing == "refuse")

    def _check_again(self, values: NDArray[np.float64]) -> None:
        """Make a few evaluations a second time: a function taken to have no luck must repeat itself.

        Raises
        ------
        StudyError
            ``STUDY-LUCK``.
        """
        some = values[np.linspace(0, len(values) - 1, min(CHECKED_AGAIN, len(values)), dtype=np.int64)]
        made = self._evaluated(some, np.zeros(len(some), dtype=np.int64))
        for point, outcomes in zip(some, made, strict=True):
            if not np.array_equal(outcomes, self.kept.found[key_of(point, 0)], equal_nan=True):
                raise StudyError(
                    "STUDY-LUCK", f"函数在 {described(self.problem.names, point)} 处两次结果不同，并非没有随机性",
                    f"at {described(self.problem.names, point)} the function gave two results: it is not without luck", where="function",
                    mend_zh="请写 seeds='independent'", mend_en="say seeds='independent'",
                )  # fmt: skip


def _problem(given: Mapping[str, Any] | Problem) -> tuple[Problem, Callable[[NDArray[np.float64]], NDArray[np.float64]], dict[str, Any]]:
    if isinstance(given, Problem):
        return given, lambda unit: unit, {**given.as_dict(), "bounds": "unit"}
    if not isinstance(given, Mapping):
        raise StudyError(
            "STUDY-INPUTS", f"问题须为字典，现为 {type(given).__name__}", f"a problem is a dict, not {type(given).__name__}", where="problem",
            mend_zh="例如 {'names': ['a'], 'bounds': [[0, 1]]}", mend_en="for example {'names': ['a'], 'bounds': [[0, 1]]}",
        )  # fmt: skip
    asked, quantiles = problem_of(given)
    bounds = [[float(v) for v in np.ravel(pair)] for pair in given["bounds"]]
    return asked, quantiles, {**asked.as_dict(), "bounds": bounds, "dists": [str(d) for d in given.get("dists") or []]}


def _limits(asked: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if asked is None:
        return None
    for key in asked:
        if key not in GROWTH:
            zh, en = did_you_mean(key, GROWTH)
            raise StudyError("STUDY-GROWTH", f"grow_until 中没有 {key}", f"grow_until has no {key}", where="grow_until", mend_zh=zh, mend_en=en)
    limits = {**GROWTH, **asked}
    if not float(limits["width"]) > 0 or int(limits["max_runs"]) < 1:
        raise StudyError(
            "STUDY-GROWTH", "宽度与运行次数上限须大于 0", "the width and the most runs must be above 0", where="grow_until",
            mend_zh="例如 {'width': 0.05, 'max_runs': 50000}", mend_en="for example {'width': 0.05, 'max_runs': 50000}",
        )  # fmt: skip
    return limits


def _check_first(runs: int, most: int) -> None:
    if runs > most:
        raise StudyError(
            "STUDY-GROWTH", f"第一个设计就需要 {runs} 次运行，多于上限 {most}", f"the first design needs {runs} runs, more than the {most} allowed",
            where="grow_until.max_runs", mend_zh="请减小 n 或提高 max_runs", mend_en="make n smaller or max_runs larger",
        )  # fmt: skip


def _probes(inputs: int, may_fail: bool) -> int:
    """Return on how many points a function is tried: not as many as it has inputs, so that rows and columns cannot be mixed up."""
    wanted = 12 if may_fail else 3
    return wanted + (wanted == inputs)


def _luck(caller: Caller, method: str, seeds: str | None, replicates: int | None) -> tuple[str, int]:
    """Return how draws are laid out and how many each point has."""
    if caller.luck == "none":
        return (seeds or "paired"), (replicates or 1) if seeds else 1
    if caller.luck == "its own":
        needs = method == "dgsm"
        if needs or seeds in ("factor", "paired"):
            what = f"method {method}" if needs else f"seeds={seeds!r}"
            raise StudyError(
                "STUDY-LUCK", f"{what} 需要在不同的点上保持同一次抽取，而函数自带随机性，无法保持",
                f"{what} holds a draw while inputs move, and the function keeps its luck to itself", where="method" if needs else "seeds",
                mend_zh="请让函数接受 rng 或 seed 参数，或用 seeds='independent' 与其他方法",
                mend_en="let the function take rng or seed, or use seeds='independent' with another method",
            )  # fmt: skip
    how = seeds or "independent"
    return how, replicates or (2 if how == "independent" else 1)


def _of_a_plain_function(caller: Caller, found: Estimate) -> Estimate:
    """Return an estimate with what is known of a function without luck: all of its variance is due to its inputs."""
    if caller.luck != "none" or found.facts["is_dead"]:
        return found
    import pandas as pd

    split = found.split
    if not len(split):
        split = pd.DataFrame([("parameters", 1.0, 1.0, 1.0), ("seeds", 0.0, 0.0, 0.0)], columns=list(found.split.columns))
    return replace(found, split=split, facts={**found.facts, "note": "drowned" if found.facts["drowned"] else "", "split_note": "", "noise_variance": 0.0})


def _growth(found: Mapping[str, Estimate], stands: Mapping[str, Settled], n: int, runs: int) -> list[dict[str, Any]]:
    records = []
    for name, each in found.items():
        frame = each.indices.loc[each.indices["other"] == ""]
        stand = {"settled": stands[name].done, "missing": ", ".join(stands[name].missing)}
        kept = frame[["index", "input", "value", "low", "high"]].to_dict("records")
        records += [{"outcome": name, "n": n, "runs": runs, **row, **stand} for row in kept]
    return records


def _frame(found: Mapping[str, Estimate], method: str, n: int) -> pd.DataFrame:
    import pandas as pd

    parts = []
    for name, each in found.items():
        shares = each.split.rename(columns={"part": "input", "share": "value"}).assign(index="share", other="", raw=float("nan"))
        both = [part for part in (each.indices, shares) if len(part)]
        parts.append(pd.concat(both, ignore_index=True).assign(outcome=name, method=method, n=n))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)]
