"""Which runs a method needs: points in the unit cube, the draw of every run, and what is resampled together.

A layout knows nothing of what its points mean: values come from :func:`edusim.study.sensitivity.problem.problem_of` or from the factors of a
study. Points of ``n`` are the first of those of ``2 n``, and their draws stay the same when ``n`` or the replicates grow, so that a grown design uses
every run again.

How draws are numbered, by ``seeds`` (j: base point, r: replicate):

``factor``
    ``2 j + r * 2**32`` for A and every block that keeps A's draw, ``2 j + 1 + r * 2**32`` for B and the block that swaps the draw alone. The draw is
    an input like another, so what luck does and what it does together with an input are indices and not noise.
``independent``
    A number of its own for every run: ``j * 4096 + place + r * 2**32``, the place of a block never moving. Noise is taken out afterwards.
``paired``
    ``r``: the same draws at every point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError, StudyError, did_you_mean
from edusim.study.sensitivity.problem import DUMMY, SEED, Problem, correlated

if TYPE_CHECKING:
    from numpy.typing import NDArray

METHODS = ("morris", "dgsm", "sobol", "fast", "pawn", "delta", "chaos")
SEEDS = ("factor", "independent", "paired")
#: Method -> modules that have its ``lay_METHOD`` and its ``estimate_METHOD``.
HOMES = {
    "morris": ("layouts", "estimates"),
    "dgsm": ("layouts", "estimates"),
    "sobol": ("layouts", "estimates"),
    "fast": ("given", "given"),
    "pawn": ("given", "given"),
    "delta": ("given", "given"),
    "chaos": ("chaos", "chaos"),
}
#: Fewest points (trajectories, base points) with which a method says anything.
FEWEST = {"morris": 2, "dgsm": 2, "sobol": 8}
#: Methods whose points come from a Sobol sequence, which is balanced at powers of two only.
POWERS = ("dgsm", "sobol")
#: Methods whose points of ``n`` are not among those of ``2 n``.
UNGROWING = ("fast",)
#: Methods that can tell what two inputs do together.
PAIRS = ("sobol", "chaos")
#: Levels of Morris's grid, and the quantile at its lowest level: a normal has no value at 0.
LEVELS, TAIL = 4, 0.005
#: Step of a finite difference, as a share of an input's probability.
STEP = 0.01
#: Draws of one replicate; places of blocks within a base point.
REPLICATE, PLACES = 2**32, 4096
#: Names of blocks of a Sobol layout that are not a unit with A's other columns.
A, B, CHECK = "A", "B", "check"
_FIRST_UNIT, _FIRST_BACK, _FIRST_PAIR = 16, 1040, 2064


@dataclass(frozen=True, eq=False)
class Layout:
    """The runs of a method.

    Attributes
    ----------
    method
        One of ``METHODS``.
    problem
        Inputs and groups.
    n
        Base points, trajectories or points.
    seeds
        One of ``SEEDS``.
    replicates
        Draws of every row.
    second_order
        False, True (all pairs), or the pairs asked for.
    seed
        What the points are drawn from.
    unit
        float64 [rows, inputs], the inputs without dummy and seed: uniform margins over (0, 1), correlated inside groups.
    draws
        int64 [rows, replicates], at least 0: number of the draw of every run.
    block
        int64 [rows]: base point, trajectory or row; what is resampled together.
    part
        What the method needs to find its blocks again; an array of as many entries as there are rows goes with the rows.
    """

    method: str
    problem: Problem
    n: int
    seeds: str
    replicates: int
    second_order: bool | tuple[tuple[str, str], ...]
    seed: int
    unit: NDArray[np.float64]
    draws: NDArray[np.int64]
    block: NDArray[np.int64]
    part: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Points at which the outcome is asked for."""
        return len(self.block)

    @property
    def runs(self) -> int:
        """Runs: one for every row and replicate. Those of one point under one draw need be made once only."""
        return int(self.draws.size)

    @property
    def told(self) -> tuple[str, ...]:
        """What indices are given for: units, then the draw where it is an input of the method, then the dummy."""
        return (*self.problem.units, *((SEED,) if self.seed_is_input else ()), DUMMY)

    @property
    def seed_is_input(self) -> bool:
        """Whether the method moves the draw alone, so that it has indices of its own."""
        return bool(self.part.get("seed_is_input", False))

    def only(self, rows: NDArray[np.bool_]) -> Layout:
        """Return the layout with some of its rows."""
        part = {k: v[rows] if isinstance(v, np.ndarray) and len(v) == self.rows else v for k, v in self.part.items()}
        return replace(self, unit=self.unit[rows], draws=self.draws[rows], block=self.block[rows], part=part)


def lay_out(
    problem: Problem,
    method: str,
    n: int,
    *,
    seeds: str,
    replicates: int = 1,
    seed: int = 0,
    second_order: bool | Sequence[Sequence[str]] = False,
) -> Layout:
    """Lay out the runs of a method.

    Parameters
    ----------
    problem
        Inputs and groups.
    method
        One of ``METHODS``.
    n
        Base points (sobol, dgsm; powers of two), trajectories (morris) or points.
    seeds
        ``factor``, ``independent`` or ``paired``; see the module.
    replicates
        Draws of every row.
    seed
        What the points are drawn from; 0 is a seed like any other.
    second_order
        True for all pairs of units (and of units with the draw, where it is an input), or a list of pairs. Only sobol and chaos.

    Returns
    -------
    Layout
        Points, draws and blocks.

    Raises
    ------
    StudyError
        ``STUDY-METHOD``, ``STUDY-SEEDS-AS``, ``STUDY-TOO-FEW``, ``STUDY-POWER-OF-TWO``, ``STUDY-PAIRS``.
    """
    if method not in METHODS:
        zh, en = did_you_mean(method, METHODS)
        raise StudyError("STUDY-METHOD", f"没有方法 {method}", f"there is no method {method}", where="method", mend_zh=zh, mend_en=en)
    if seeds not in SEEDS:
        zh, en = did_you_mean(seeds, SEEDS)
        raise StudyError(
            "STUDY-SEEDS-AS", f"随机种子不能用作 {seeds}", f"seeds cannot be taken as {seeds}", where="seeds", mend_zh=zh, mend_en=en
        )  # fmt: skip
    _check_numbers(method, n, replicates, seed)
    if len(problem.units) > _FIRST_BACK - _FIRST_UNIT:
        raise StudyError(
            "STUDY-INPUTS", f"输入量与组多于 {_FIRST_BACK - _FIRST_UNIT} 个", f"there are more than {_FIRST_BACK - _FIRST_UNIT} units", where="problem",
            mend_zh="请把次要的归为一组", mend_en="put the lesser ones into one group",
        )  # fmt: skip
    pairs = _pairs(problem, method, seeds, second_order)
    maker = getattr(import_module(f"edusim.study.sensitivity.{HOMES[method][0]}"), f"lay_{method}")
    laid: Layout = maker(problem, int(n), seeds=seeds, replicates=int(replicates), seed=int(seed), second_order=pairs)
    return laid


def check_grows(method: str) -> None:
    """Refuse to grow a design whose points are other ones for every ``n``.

    Raises
    ------
    StudyError
        ``STUDY-GROWTH``.
    """
    if method in UNGROWING:
        raise StudyError(
            "STUDY-GROWTH", f"{method} 的设计不能加倍：每个 n 的点都不同，已有的运行用不上",
            f"a design of {method} cannot grow: every n has other points, and no run would be used again",
            where="grow_until", mend_zh="请去掉 grow_until 并选定 n，或改用 sobol", mend_en="leave grow_until out and choose n, or use sobol",
        )  # fmt: skip


def salib(module: str) -> Any:
    """Return a module of SALib.

    Raises
    ------
    RunError
        ``RUN-LIBRARY`` when it is not installed.
    """
    try:
        return import_module(f"SALib.{module}")
    except ImportError:
        raise RunError(
            "RUN-LIBRARY", "没有安装 SALib", "SALib is not installed",
            mend_zh="请安装 pip install 'edusim-groups[analysis]'", mend_en="install it with pip install 'edusim-groups[analysis]'",
        ) from None  # fmt: skip


def replicated(first: NDArray[np.int64], replicates: int, seeds: str) -> NDArray[np.int64]:
    """Return the draws of every replicate from those of the first: int64 [rows, replicates]."""
    step = 1 if seeds == "paired" else REPLICATE
    return np.asarray(first[:, None] + step * np.arange(replicates, dtype=np.int64)[None, :], dtype=np.int64)


def sobol_points(n: int, dimensions: int, seed: int) -> NDArray[np.float64]:
    """Return the first ``n`` points of a scrambled Sobol sequence, as ``SALib.sample.sobol`` draws them: float64 [n, dimensions]."""
    from scipy.stats import qmc

    return np.asarray(qmc.Sobol(dimensions, scramble=True, seed=int(seed)).random(n), dtype=np.float64)


# ---- Sobol -----------------------------------------------------------------------------------------


def lay_sobol(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out A, A with each unit's columns from B, the dummy, the draw alone (``factor``), pairs, and B: base point after base point.

    The same points as ``SALib.sample.sobol.sample``, which loops over every number; the dummy takes no dimension of the sequence. Where noise is
    told from the dummy alone (``independent`` with one replicate) there are two of it: one sets the noise and the other, which it did not set, is
    reported. With all pairs every unit has a block of B with its columns from A (Saltelli 2002); a listed pair has a block of A with both
    units' columns from B, whose first-order index is the pair's closed index.
    """
    d = len(problem.inputs)
    base = sobol_points(n, 2 * d, seed)
    units = problem.units
    extra = [DUMMY] + ([CHECK] if seeds == "independent" and replicates == 1 else []) + ([SEED] if seeds == "factor" else [])
    blocks: list[tuple[str, ...]] = [(A,), *((u,) for u in units), *((e,) for e in extra)]
    if second_order is True:
        blocks += [(B, u) for u in units]
    elif second_order:
        blocks += list(second_order)
    blocks.append((B,))
    unit = np.empty((n, len(blocks), d))
    first = np.empty((n, len(blocks)), dtype=np.int64)
    points = np.arange(n, dtype=np.int64)
    for k, block in enumerate(blocks):
        from_b = np.zeros(d, dtype=bool)
        for name in block:
            if name == B:
                from_b[:] = True
            elif name in units:
                columns = problem.members(name)
                from_b[columns] = ~from_b[columns]
        unit[:, k] = np.where(from_b, base[:, d:], base[:, :d])
        if seeds == "factor":
            first[:, k] = 2 * points + (B in block or SEED in block)
        else:
            first[:, k] = points * PLACES + _place(block, units, second_order) if seeds == "independent" else 0
    rows = n * len(blocks)
    return Layout(
        "sobol", problem, n, seeds, replicates, second_order, seed, correlated(problem, unit.reshape(rows, d)),
        replicated(first.reshape(rows), replicates, seeds), np.repeat(points, len(blocks)),
        {"blocks": tuple(blocks), "seed_is_input": seeds == "factor"},
    )  # fmt: skip


def _place(block: tuple[str, ...], units: Sequence[str], second_order: bool | tuple[tuple[str, str], ...]) -> int:
    """Return a block's place among the draws of its base point; the pairs of a list keep theirs while new ones are added at its end."""
    special: dict[tuple[str, ...], int] = {(A,): 0, (B,): 1, (DUMMY,): 2, (CHECK,): 3}
    if block in special:
        return special[block]
    if len(block) == 1:
        return _FIRST_UNIT + units.index(block[0])
    if block[0] == B:
        return _FIRST_BACK + units.index(block[1])
    return _FIRST_PAIR + list(second_order if isinstance(second_order, tuple) else ()).index((block[0], block[1]))


# ---- Morris ----------------------------------------------------------------------------------------


def lay_morris(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` trajectories of ``SALib.sample.morris`` in which each unit, the dummy and (``factor``) the draw move once.

    The generator of trajectories is called in sequence, so the first ``n`` of ``2 n`` are those of ``n`` (trajectories chosen for their spread would
    not be: they depend on how many there are). The four levels stand at the 0.5 %,
    33.5 %, 66.5 % and 99.5 % quantiles, so that a normal has values at all of them. With ``factor`` a trajectory has one draw until it
    moves the draw itself: noise that adds cancels in every other elementary effect.
    """
    morris = salib("sample.morris")
    moving = [each.group or each.name for each in problem.inputs] + [DUMMY] + ([SEED] if seeds == "factor" else [])
    told = list(dict.fromkeys(moving))
    grid = morris.sample(
        {"num_vars": len(moving), "names": [f"x{i}" for i in range(len(moving))], "groups": moving, "bounds": [[0.0, 1.0]] * len(moving)},
        n, num_levels=LEVELS, seed=seed,
    )  # fmt: skip
    steps = len(told) + 1
    rows = n * steps
    trajectory = np.repeat(np.arange(n, dtype=np.int64), steps)
    if seeds == "factor":
        start = np.repeat(grid[::steps, -1], steps)
        first = 2 * trajectory + (np.abs(grid[:, -1] - start) > 0.1)
    elif seeds == "independent":
        first = trajectory * PLACES + np.tile(np.arange(steps, dtype=np.int64), n)
    else:
        first = np.zeros(rows, dtype=np.int64)
    d = len(problem.inputs)
    unit = correlated(problem, TAIL + (1.0 - 2.0 * TAIL) * grid[:, :d])
    return Layout(
        "morris", problem, n, seeds, replicates, second_order, seed, unit, replicated(first, replicates, seeds), trajectory,
        {"grid": np.asarray(grid, dtype=np.float64), "moving": tuple(moving), "seed_is_input": seeds == "factor"},
    )  # fmt: skip


# ---- DGSM ------------------------------------------------------------------------------------------


def lay_dgsm(
    problem: Problem, n: int, *, seeds: str, replicates: int, seed: int, second_order: bool | tuple[tuple[str, str], ...]
) -> Layout:
    """Lay out ``n`` Sobol points, each with a small step in every input and one in the dummy, all under the draw of the point.

    A step is 1 % of an input's probability, up or down as further dimensions of the sequence say (always up would shift the points at which slopes
    are taken), and inwards at the ends. A difference of two draws over so small a step would be noise and nothing else, hence the shared draw
    whatever ``seeds`` says. Members of a correlated group step in the independent scores from which the group is made.
    """
    d = len(problem.inputs)
    drawn = sobol_points(n, 2 * d, seed)
    base = drawn[:, :d]
    step = np.full((n, d + 2), STEP)
    up = np.where(base < STEP, True, np.where(base > 1.0 - STEP, False, drawn[:, d:] < 0.5))
    step[:, 1 : d + 1] = np.where(up, STEP, -STEP)
    unit = np.repeat(base[:, None, :], d + 2, axis=1)
    for i in range(d):
        unit[:, i + 1, i] += step[:, i + 1]
    points = np.arange(n, dtype=np.int64)
    first = np.repeat(points if seeds != "paired" else 0 * points, d + 2)
    rows = n * (d + 2)
    return Layout(
        "dgsm", problem, n, seeds, replicates, second_order, seed, correlated(problem, unit.reshape(rows, d)),
        replicated(first, replicates, seeds), np.repeat(points, d + 2), {"step": step.reshape(rows), "seed_is_input": False},
    )  # fmt: skip


# ---- what is refused -------------------------------------------------------------------------------


def _check_numbers(method: str, n: Any, replicates: Any, seed: Any) -> None:
    for name, value, least in (("n", n, 1), ("replicates", replicates, 1), ("seed", seed, 0)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
            raise StudyError(
                "STUDY-TOO-FEW", f"{name} 须为不小于 {least} 的整数，现为 {value!r}", f"{name} must be a whole number of at least {least}, not {value!r}",
                where=name, mend_zh="请改为整数", mend_en="give a whole number",
            )  # fmt: skip
    fewest = FEWEST.get(method, 2)
    if n < fewest:
        raise StudyError(
            "STUDY-TOO-FEW", f"{method} 的点数 {n} 太少，至少要 {fewest}", f"{n} is too few for {method}, which needs at least {fewest}", where="n",
            mend_zh=f"请把 n 改为 {fewest} 或更多", mend_en=f"make n {fewest} or more",
        )  # fmt: skip
    if method in POWERS and n & (n - 1):
        below = 1 << (int(n).bit_length() - 1)
        closest = below if n - below <= 2 * below - n and below >= fewest else 2 * below
        raise StudyError(
            "STUDY-POWER-OF-TWO", f"{method} 的 n 须为 2 的幂，{n} 不是", f"n must be a power of two for {method}, and {n} is not", where="n",
            mend_zh=f"最接近的是 {closest}", mend_en=f"the nearest is {closest}",
        )  # fmt: skip
    if n > REPLICATE // PLACES:
        raise StudyError(
            "STUDY-TOO-FEW", f"n 最多为 {REPLICATE // PLACES}", f"n can be {REPLICATE // PLACES} at most", where="n",
            mend_zh="请减小 n", mend_en="make n smaller",
        )  # fmt: skip


def _pairs(problem: Problem, method: str, seeds: str, asked: bool | Sequence[Sequence[str]]) -> bool | tuple[tuple[str, str], ...]:
    if (isinstance(asked, bool) and not asked) or (not isinstance(asked, bool) and not len(asked)):
        return False
    if method not in PAIRS:
        raise StudyError(
            "STUDY-PAIRS", f"{method} 不能给出两个输入量的共同作用", f"{method} cannot tell what two inputs do together", where="second_order",
            mend_zh=f"请改用 {'、'.join(PAIRS)}，或去掉 second_order", mend_en=f"use {' or '.join(PAIRS)}, or leave second_order out",
        )  # fmt: skip
    names = (*problem.units, *((SEED,) if seeds == "factor" else ()))
    if isinstance(asked, bool):
        return True
    found: list[tuple[str, str]] = []
    for i, pair in enumerate(asked):
        listed = [pair] if isinstance(pair, str) else [str(name) for name in pair]
        where = f"second_order[{i}]"
        for name in listed:
            if name not in names:
                zh, en = did_you_mean(name, names)
                raise StudyError("STUDY-PAIRS", f"没有输入量或组 {name}", f"there is no input or group {name}", where=where, mend_zh=zh, mend_en=en)
        if len(listed) != 2 or listed[0] == listed[1] or set(listed) in [set(p) for p in found]:
            raise StudyError(
                "STUDY-PAIRS", f"{listed} 不是一对，或写了两次", f"{listed} is not a pair, or is given twice", where=where,
                mend_zh="每一对写两个不同的名称", mend_en="name two different units in each pair",
            )  # fmt: skip
        found.append((listed[0], listed[1]))
    if len(found) > PLACES - _FIRST_PAIR:
        raise StudyError(
            "STUDY-PAIRS", "列出的对太多", "there are too many pairs", where="second_order", mend_zh="请写 true", mend_en="say true in place of a list"
        )  # fmt: skip
    return tuple(found)


def every_pair(layout: Layout) -> list[tuple[str, str]]:
    """Return the pairs that a layout can tell of."""
    if layout.second_order is True:
        return list(combinations(layout.told[:-1], 2))
    return list(layout.second_order or ())
