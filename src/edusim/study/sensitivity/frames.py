"""From responses to frames: every policy and outcome of a layout, on as many processes as are given.

The frames are long, one row a number:

``indices``
    policy, outcome, method, n, index, input, other, value, low, high, raw
``split``
    policy, outcome, part, share, low, high
``swings``, ``together``
    policy, outcome, then as :mod:`edusim.study.sensitivity.slices` says
``growth``
    policy, outcome, n, runs, index, input, value, low, high, settled: the same indices from the first half of the points, the first
    quarter and so on, where the method's points nest
``facts``
    policy, outcome, method, n, runs, then what the estimate tells: mean, variance, noise_variance, q2, is_dead, blocks, dropped, ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.study.parts import Factor
from edusim.study.sensitivity import growth, slices
from edusim.study.sensitivity.estimates import Estimate, estimate
from edusim.study.sensitivity.growth import Settled
from edusim.study.sensitivity.problem import DUMMY, SEED
from edusim.study.sensitivity_file import WIDTH

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.study.sensitivity.layouts import Layout
    from edusim.study.sensitivity.stored import Responses, Runs

FRAMES = ("indices", "split", "swings", "growth", "together", "facts")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "indices": ("policy", "outcome", "method", "n", "index", "input", "other", "value", "low", "high", "raw"),
    "split": ("policy", "outcome", "part", "share", "low", "high"),
    "swings": ("policy", "outcome", "input", "at_low", "at_high", "low_mean", "low_low", "low_high", "high_mean", "high_low", "high_high"),
    "growth": ("policy", "outcome", "n", "runs", "index", "input", "value", "low", "high", "settled"),
    "together": ("policy", "outcome", "input", "other", "x", "y", "mean", "low", "high", "alone", "beyond", "beyond_low", "beyond_high"),
    "facts": ("policy", "outcome", "method", "n", "runs", "is_dead", "q2", "mean", "variance", "noise_variance", "blocks", "dropped"),
}  # fmt: skip
#: Indices that growth is judged by.
WATCHED = ("S1", "ST", "mu_star", "vt", "delta", "pawn")
#: Methods whose points of n are the first of those of 2n.
NESTED = ("morris", "dgsm", "sobol", "pawn", "delta", "chaos")
#: Index by which inputs are ranked, best first.
RANKED = ("ST", "mu_star", "delta", "pawn", "vt", "S1")
#: Smallest layout whose indices are shown beside larger ones; the leading inputs whose pairs are shown over both.
SMALLEST, LEADING = 16, 3


def sizes_of(layout: Layout, runs: Runs, lay: Callable[[int], Layout]) -> tuple[Layout, ...]:
    """Return layouts of an eighth, a quarter, half and all of the points, as far as the store holds their runs.

    Parameters
    ----------
    layout
        The whole layout.
    runs
        The stored runs.
    lay
        From a number of points to their layout.
    """
    from edusim.errors import EdusimError

    found = [layout]
    n = layout.n
    while layout.method in NESTED and n % 2 == 0 and n // 2 >= SMALLEST and len(found) < 6:
        n //= 2
        try:
            smaller = lay(n)
        except EdusimError:
            break
        if (runs.rows(smaller) < 0).any():
            break
        found.append(smaller)
    return tuple(reversed(found))


@dataclass(frozen=True)
class Step:
    """The estimate of a layout, and how far it has settled since the one before."""

    estimate: Estimate
    settled: Settled
    is_enough: bool


def _steps(layouts: Sequence[Layout], ys: Sequence[NDArray[np.float64]], seed: int, width: float) -> list[Step]:
    found: list[Step] = []
    for layout, y in zip(layouts, ys, strict=True):
        now = estimate(layout, y, seed=seed)
        how = growth.settled(now, found[-1].estimate if found else None, width=width)
        # Points that do not nest have no half to be compared with: the other criteria must do.
        found.append(Step(now, how, how.done or (layout.method not in NESTED and how.missing == ("steadiness",))))
    # Resamples are what settling is told from; they need not travel between processes.
    return [replace(step, estimate=replace(step.estimate, again={})) for step in found]


def _sliced(
    factors: Sequence[Factor], pairs: Sequence[tuple[str, str]], layout: Layout, y: NDArray[np.float64], seed: int
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:  # fmt: skip
    return slices.swings(factors, layout, y, seed), slices.together(factors, pairs, layout, y, seed)


def leading_pairs(found: Sequence[Estimate], columns: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of the inputs that matter most over several estimates, each pair in the order of the inputs.

    Parameters
    ----------
    found
        Estimates of one outcome under several policies.
    columns
        Inputs that stand alone.
    """
    total = dict.fromkeys(columns, 0.0)
    for each in found:
        single = each.indices[each.indices["other"] == ""]
        for name in RANKED:
            rows = single[(single["index"] == name) & single["input"].isin(columns) & single["value"].notna()]
            if len(rows):
                most = max(float(rows["value"].abs().max()), 1e-300)
                for column, value in zip(rows["input"], rows["value"], strict=True):
                    total[column] += float(value) / most
                break
    first = sorted(columns, key=lambda c: (-total[c], list(columns).index(c)))[:LEADING]
    order = sorted((c for c in first if total[c] > 0), key=list(columns).index)
    return [(a, b) for i, a in enumerate(order) for b in order[i + 1 :]]


def frames_of(
    responses: Responses,
    outcomes: Sequence[str],
    *,
    layouts: Sequence[Layout] = (),
    pairs: Sequence[tuple[str, str]] = (),
    is_sliced: bool = True,
    width: float = WIDTH,
    workers: int = 1,
    progress: Callable[..., None] | None = None,
    word: str = "",
) -> dict[str, pd.DataFrame]:
    """Return the frames of a layout.

    Parameters
    ----------
    responses
        Responses of the layout.
    outcomes
        Names of outcomes.
    layouts
        The layout and smaller ones before it, for ``growth``; only the layout if left out.
    pairs
        Pairs of inputs shown over both, beside those of the leading inputs.
    is_sliced
        Whether ``swings`` and ``together`` are wanted.
    width
        Width of intervals at which a size is enough.
    workers
        Processes; the frames have the same bits for any number.
    progress
        Called with parts done, parts in all and a word.
    word
        What stands before the outcome in that word.

    Returns
    -------
    dict
        Name -> frame, see the module.
    """
    runs, told = responses.runs, responses.runs.told
    every = tuple(layouts) or (responses.layout,)
    rows = [runs.rows(layout) for layout in every[:-1]] + [responses.rows]
    asked = [(policy, outcome) for outcome in outcomes for policy in told.policies]
    ys = [[runs.response(policy, outcome, places) for places in rows] for policy, outcome in asked]
    seed, n = told.asked.seed, len(asked)
    steps: list[list[Step]] = []
    for found in _map(_steps, n, workers, [every] * n, ys, [seed] * n, [width] * n):
        policy, outcome = asked[len(steps)]
        steps.append(found)
        if progress is not None:
            progress(len(steps), n, f"{word}{outcome}, {policy}")
    last = [found[-1].estimate for found in steps]
    parts: list[Any] = [([], [])] * n
    if is_sliced:
        problem = responses.layout.problem
        alone = [one.name for one in problem.inputs if not one.group]
        shown = [tuple(pair) for pair in pairs if set(pair) <= set(told.inputs)]
        by = {o: leading_pairs([each for each, (_, outcome) in zip(last, asked, strict=True) if outcome == o], alone) for o in outcomes}
        live = [i for i in range(n) if not last[i].facts["is_dead"]]
        wanted = [list(dict.fromkeys([*shown, *by[asked[i][1]]])) for i in live]
        m = len(live)
        for i, part in zip(live, _map(_sliced, m, workers, [told.factors] * m, wanted, [every[-1]] * m, [ys[i][-1] for i in live], [seed] * m), strict=True):
            parts[i] = part
    counts = [runs_in(runs, places) for places in rows]
    return _frames(asked, steps, parts, every, counts)


def _map(function: Callable[..., Any], n: int, workers: int, *columns: Sequence[Any]) -> Iterable[Any]:
    """Return the results in the order of the arguments, from several processes where that is worth while."""
    if workers > 1 and n > 1:
        from loky import get_reusable_executor

        found: Iterable[Any] = get_reusable_executor(max_workers=min(workers, n)).map(function, *columns)
        return found
    return map(function, *columns)


def runs_in(runs: Runs, rows: NDArray[np.int64]) -> int:
    """Return how many runs stand behind the places of a layout, all policies and the baseline counted, each once."""
    used = np.unique(rows[rows >= 0]).tolist()
    return len({key for keys in runs.keys.values() for key in (keys[i] for i in used) if key})


def _frames(
    asked: Sequence[tuple[str, str]], steps: Sequence[Sequence[Step]], parts: Sequence[Any], layouts: Sequence[Layout], counts: Sequence[int]
) -> dict[str, pd.DataFrame]:  # fmt: skip
    import pandas as pd

    rows: dict[str, list[Any]] = {name: [] for name in FRAMES}
    layout = layouts[-1]
    for (policy, outcome), found, (swings, cells) in zip(asked, steps, parts, strict=True):
        head, last, how = {"policy": policy, "outcome": outcome}, found[-1].estimate, found[-1].settled
        rows["indices"] += [{**head, "method": layout.method, "n": layout.n, **row} for row in last.indices.to_dict("records")]
        rows["split"] += [{**head, **row} for row in last.split.to_dict("records")]
        rows["swings"] += [{**head, **row} for row in swings]
        rows["together"] += [{**head, **row} for row in cells]
        plain = (bool, int, float, str, np.generic)
        told = {key: value for key, value in last.facts.items() if isinstance(value, plain) and key not in ("method", "n", "runs")}
        facts: dict[str, Any] = {**told}
        facts |= {"width": how.width, "widest_index": how.widest[0], "widest_input": how.widest[1], "unsettled": " ".join(how.missing)}
        rows["facts"].append({**head, "method": layout.method, "n": layout.n, "runs": counts[-1], **facts})
        for step, laid, count in zip(found, layouts, counts, strict=True):
            of = step.estimate.indices
            of = of[of["index"].isin(WATCHED) & (of["other"] == "")]
            rows["growth"] += [
                {**head, "n": laid.n, "runs": count, **{k: row[k] for k in ("index", "input", "value", "low", "high")}, "settled": step.is_enough}
                for row in of.to_dict("records")
            ]
    frames = {}
    for name, listed in rows.items():
        frame = pd.DataFrame(listed)
        first = [column for column in COLUMNS[name] if column in frame or name != "facts"]
        frames[name] = frame.reindex(columns=[*first, *(c for c in frame if c not in first)])
    return frames


__all__ = ["COLUMNS", "DUMMY", "FRAMES", "SEED", "frames_of", "leading_pairs", "runs_in", "sizes_of"]
