"""Points spread over the whole cube, from which methods that ask for no special design are reckoned: chaos, PAWN, delta.

The same points serve all of them, and the A and B rows of a Sobol design, which are points like others, serve as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from edusim.errors import StudyError, did_you_mean
from edusim.study.sensitivity.estimates import COLUMNS
from edusim.study.sensitivity.layouts import PLACES, A, B, Layout, replicated
from edusim.study.sensitivity.problem import EDGE, Problem, correlated

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.study.sensitivity.estimates import Rows

#: Where a layout of points keeps the values of the input that nothing reads: float64 [rows].
DUMMY_COLUMN = "dummy"
#: Methods that take points from anywhere, and the fewest of them.
SCATTERED = {"chaos": 32, "pawn": 64, "delta": 64}


def scattered(
    method: str, problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:  # fmt: skip
    """Lay out the first ``n`` points of a nested Latin hypercube over all inputs and the dummy.

    Parameters
    ----------
    method
        One of ``SCATTERED``.
    problem
        Inputs and groups.
    n
        Points: any number; powers of two are spread most evenly. The first of ``2 n`` are those of ``n``.
    seeds
        ``paired``: the same draws at every point. Else each run has its own: ``factor`` is taken as ``independent``, because a draw has no order
        that these methods could follow.
    replicates
        Draws of every point.
    seed
        What the points are drawn from.
    second_order
        As in :func:`edusim.study.sensitivity.layouts.lay_out`.

    Raises
    ------
    StudyError
        ``STUDY-TOO-FEW`` with fewer points than the method needs: as in ``SCATTERED``, and for chaos twice the inputs.
    """
    d = len(problem.inputs)
    enough(method, n, d)
    base = nested_latin(n, d + 1, seed)
    rows = np.arange(n, dtype=np.int64)
    first = 0 * rows if seeds == "paired" else rows * PLACES
    return Layout(
        method, problem, n, seeds, replicates, second_order, seed, correlated(problem, base[:, :d]),
        replicated(first, replicates, seeds), rows, {DUMMY_COLUMN: base[:, d], "seed_is_input": False},
    )  # fmt: skip


def again(sobol: Layout, method: str) -> tuple[Layout, NDArray[np.bool_]]:
    """Return the A and B rows of a Sobol layout as a layout of another method, and which rows they are.

    The rows of a base point stay one block. The dummy is drawn anew, row by row.

    Raises
    ------
    StudyError
        ``STUDY-METHOD`` when a method needs points of its own, or the layout is none of Sobol's; ``STUDY-TOO-FEW``.
    """
    if sobol.method != "sobol" or method not in SCATTERED:
        wrong, right = (method, tuple(SCATTERED)) if sobol.method == "sobol" else (sobol.method, ("sobol",))
        zh, en = did_you_mean(wrong, right)
        raise StudyError(
            "STUDY-METHOD", f"{method} 不能使用 {sobol.method} 的点", f"{method} cannot use the points of {sobol.method}", where="method",
            mend_zh=zh, mend_en=en,
        )  # fmt: skip
    blocks = sobol.part["blocks"]
    ends = np.array([block in ((A,), (B,)) for block in blocks])
    rows = np.tile(ends, sobol.rows // len(blocks))
    part = sobol.only(rows)
    enough(method, part.rows, len(sobol.problem.inputs))
    dummy = np.random.default_rng([sobol.seed, len(sobol.problem.inputs)]).random(part.rows)
    laid = replace(part, method=method, n=part.rows, part={DUMMY_COLUMN: np.clip(dummy, EDGE, 1.0 - EDGE), "seed_is_input": False})
    return laid, rows


def enough(method: str, points: int, inputs: int) -> None:
    """Refuse too few points.

    Raises
    ------
    StudyError
        ``STUDY-TOO-FEW``.
    """
    fewest = max(SCATTERED[method], 2 * (inputs + 1) if method == "chaos" else 0)
    if points < fewest:
        raise StudyError(
            "STUDY-TOO-FEW", f"{inputs} 个输入量用 {method} 至少要 {fewest} 个点，现为 {points}",
            f"{method} needs at least {fewest} points for {inputs} inputs, not {points}", where="n",
            mend_zh=f"请把 n 改为 {fewest} 或更多", mend_en=f"make n {fewest} or more",
        )  # fmt: skip


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold numerical libraries to one thread: many small products are slower on several, and their last digits differ."""
    try:
        limits = import_module("threadpoolctl").threadpool_limits
    except ImportError:  # it comes with the libraries of analysis; without it a library takes the threads that it likes
        yield
        return
    with limits(1):
        yield


def frame_of(rows: Rows) -> pd.DataFrame:
    """Return rows as the table of an estimate."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))


def numbered(block: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return blocks numbered from 0 in the order of a resampler's columns: int64 [rows]."""
    return np.unique(block, return_inverse=True)[1].astype(np.int64)


def nested_latin(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the first points of a nested Latin hypercube: float64 [n, dimensions].

    Each input has its own scrambled one-dimensional Sobol sequence, whose second half always fills the gaps of the first; within each doubling its
    values come in an order of their own. So every power of two is a Latin hypercube that holds those before it (Qian 2009, Biometrika 96),
    and two inputs are tied by nothing but chance. Points of a many-dimensional Sobol sequence are not fit here: some pairs of its dimensions are
    filled in a pattern, and at 256 points an input that nothing reads had a first index of .36 for the input it was tied to.
    """
    from scipy.stats import qmc

    doublings = max(int(n - 1).bit_length(), 0)
    found = np.empty((n, dimensions))
    for k in range(dimensions):
        random = np.random.default_rng([seed, k])
        values = np.asarray(qmc.Sobol(1, scramble=True, seed=random).random_base2(doublings), dtype=np.float64)[:, 0]
        for step in range(doublings):
            part = values[2**step : 2 ** (step + 1)]
            # A generator of its own for each doubling: the order of the first points must not hang on how many there are.
            part[:] = part[np.random.default_rng([seed, k, step]).permutation(len(part))]
        found[:, k] = values[:n]
    return np.asarray(np.clip(found, EDGE, 1.0 - EDGE), dtype=np.float64)
