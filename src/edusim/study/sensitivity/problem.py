"""What is asked about: inputs, their groups, how members of a group hang together, and the values behind the unit cube.

Inputs that depend on each other are told about as one group: an index of one of them alone has no single meaning, because part of what it
does is done by the others that come with it (Jacques, Lavergne and Devictor 2006, Reliability Engineering & System Safety 91; Kucherenko,
Tarantola and Annoni 2012, Computer Physics Communications 183). So a correlation can be given inside a group and nowhere else: between groups
inputs are independent by construction, and the variance then splits over the groups as it does over single independent inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The input that nothing reads: always there, never in a group.
DUMMY = "dummy"
#: The draw of people and lots, as an input.
SEED = "seed"
#: Numbers that a distribution of SALib's takes, in SALib's order: Chinese, English.
DISTRIBUTIONS = {
    "unif": (("下限", "low"), ("上限", "high")),
    "logunif": (("下限", "low"), ("上限", "high")),
    "triang": (("下限", "low"), ("上限", "high"), ("峰的位置（0 到 1）", "place of the peak (0 to 1)")),
    "norm": (("均值", "mean"), ("标准差", "standard deviation")),
    "truncnorm": (("下限", "low"), ("上限", "high"), ("均值", "mean"), ("标准差", "standard deviation")),
    "lognorm": (("对数的均值", "mean of the logarithm"), ("对数的标准差", "standard deviation of the logarithm")),
    "weibull": (("形状", "shape"), ("尺度", "scale")),
}
#: What an entry of a correlation matrix may be off by.
_CLOSE = 1e-9
#: Nearest that a point comes to the ends of the unit cube: a normal has no value at 0 and 1.
EDGE = 2.0**-40


@dataclass(frozen=True)
class Input:
    """An uncertain input or a lever.

    Attributes
    ----------
    name
        Its name.
    group
        Name of its group; empty when it stands alone.
    """

    name: str
    group: str = ""


@dataclass(frozen=True, eq=False)
class Problem:
    """The inputs whose influence is asked for.

    Attributes
    ----------
    inputs
        Inputs in the order of the columns of a layout.
    correlation
        Name of a group -> float64 [members, members], correlation of its members' normal scores (a Gaussian copula), in the
        order of ``inputs``. Groups that are not named have independent members.

    Raises
    ------
    StudyError
        ``STUDY-INPUTS`` (none, two of one name, a name that is taken), ``STUDY-CORRELATION`` (no such group; not a
        correlation matrix of its members).
    """

    inputs: tuple[Input, ...]
    correlation: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = self.names
        if not names:
            raise _inputs("没有输入量", "there are no inputs", "请至少给出一个", "give at least one")
        for i, name in enumerate(names):
            if not name or name in names[:i]:
                raise _inputs(f"输入量名称空缺或重复：{name!r}", f"a name of an input is empty or given twice: {name!r}", "请逐一命名", "name each once")
        groups = {each.group for each in self.inputs if each.group}
        for taken in (DUMMY, SEED):
            if taken in names or taken in groups:
                raise _inputs(
                    f"名称 {taken} 已有专用含义", f"the name {taken} has a meaning of its own", "请换一个名称", "choose another name"
                )  # fmt: skip
        for group in sorted(groups & {each.name for each in self.inputs if each.group != each.name}):
            raise _inputs(f"{group} 既是组名又是输入量", f"{group} is both a group and an input", "请给组另起名称", "name the group otherwise")
        for group, matrix in self.correlation.items():
            if group not in groups:
                zh, en = did_you_mean(group, sorted(groups))
                raise _correlation(group, f"没有组 {group}", f"there is no group {group}", zh, en)
            _check_correlation(group, len(self.members(group)), np.asarray(matrix))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(each.name for each in self.inputs)

    @property
    def units(self) -> tuple[str, ...]:
        """What indices are given for: groups, and inputs without one, in the order in which they first appear."""
        return tuple(dict.fromkeys(each.group or each.name for each in self.inputs))

    def members(self, unit: str) -> list[int]:
        """Return the columns of a unit.

        Raises
        ------
        StudyError
            ``STUDY-INPUTS`` with the nearest name.
        """
        found = [i for i, each in enumerate(self.inputs) if (each.group or each.name) == unit]
        if not found:
            zh, en = did_you_mean(unit, self.units)
            raise _inputs(f"没有输入量或组 {unit}", f"there is no input or group {unit}", zh, en)
        return found

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as plain data."""
        return {
            "inputs": [[each.name, each.group] for each in self.inputs],
            "correlation": {group: np.asarray(matrix).tolist() for group, matrix in sorted(self.correlation.items())},
        }


def alike(members: int, correlation: float) -> NDArray[np.float64]:
    """Return the matrix in which every pair of a group's members has the same correlation: float64 [members, members]."""
    return np.full((members, members), float(correlation)) + (1.0 - float(correlation)) * np.eye(members)


def correlated(problem: Problem, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return independent uniform columns with the correlation that the problem's groups have; margins stay uniform.

    Applied after a method has laid out its points: a group is swapped whole, so the members of a row come from one point and the row
    is a point of the group's own distribution.

    Parameters
    ----------
    problem
        The problem.
    unit
        float64 [rows, inputs], independent, between 0 and 1.

    Returns
    -------
    ndarray
        float64 [rows, inputs], strictly between 0 and 1.
    """
    found = np.clip(unit, EDGE, 1.0 - EDGE)
    if problem.correlation:
        from scipy.special import ndtr, ndtri

        for group in sorted(problem.correlation):
            columns = problem.members(group)
            scores = ndtri(found[:, columns])
            # A product of its own kind, column by column: the same bits whatever library multiplies matrices.
            lower = _root(np.asarray(problem.correlation[group], dtype=np.float64))
            for place, column in enumerate(columns):
                found[:, column] = ndtr(sum(lower[place, k] * scores[:, k] for k in range(place + 1)))
        np.clip(found, EDGE, 1.0 - EDGE, out=found)
    return found


def independent(problem: Problem, unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the independent uniform columns from which :func:`correlated` makes these: its inverse, within rounding.

    A member that the ones before it determine (a singular correlation) has 0.5: nothing of its own is left to it.

    Parameters
    ----------
    problem
        The problem.
    unit
        float64 [rows, inputs], correlated inside the problem's groups, between 0 and 1.

    Returns
    -------
    ndarray
        float64 [rows, inputs], strictly between 0 and 1.
    """
    found = np.clip(unit, EDGE, 1.0 - EDGE)
    if problem.correlation:
        from scipy.special import ndtr, ndtri

        for group in sorted(problem.correlation):
            columns = problem.members(group)
            given = ndtri(found[:, columns])
            lower = _root(np.asarray(problem.correlation[group], dtype=np.float64))
            scores = np.zeros_like(given)
            for k, column in enumerate(columns):
                if lower[k, k] > 1e-7:
                    scores[:, k] = (given[:, k] - sum(lower[k, m] * scores[:, m] for m in range(k))) / lower[k, k]
                found[:, column] = ndtr(scores[:, k])
        np.clip(found, EDGE, 1.0 - EDGE, out=found)
    return found


def problem_of(given: Mapping[str, Any]) -> tuple[Problem, Callable[[NDArray[np.float64]], NDArray[np.float64]]]:
    """Return a problem in SALib's form as ours, and what turns points of the unit cube into values.

    Parameters
    ----------
    given
        ``names`` (or ``num_vars``: x1, x2, ...), ``bounds`` (a list for each input), perhaps ``dists`` (``unif``, ``logunif``, ``triang``,
        ``norm``, ``truncnorm``, ``lognorm``, ``weibull``, with their numbers in ``bounds`` as SALib has them), ``groups`` (the group of
        each input; its own name or nothing: alone) and, beyond SALib, ``correlation`` (group -> matrix, or one number for every pair).

    Returns
    -------
    tuple
        The problem; and a function of float64 [rows, inputs] in the unit cube that returns values of the same shape.

    Raises
    ------
    StudyError
        ``STUDY-INPUTS``, ``STUDY-BOUNDS`` (reversed, equal, not finite, not as many as the distribution takes), ``STUDY-CORRELATION``.
    """
    known = ("names", "bounds", "dists", "groups", "num_vars", "correlation", "outputs", "sample_scaled")
    for key in given:
        if key not in known:
            zh, en = did_you_mean(key, known)
            raise _inputs(f"问题描述中没有 {key} 这一项", f"a problem has no entry {key}", zh, en)
    bounds = given.get("bounds")
    if bounds is None:
        raise _inputs("问题描述缺少 bounds", "the problem has no bounds", "请为每个输入量给出取值范围", "give a range for each input")
    try:
        numbers = [[float(v) for v in np.ravel(pair)] for pair in bounds]
    except (TypeError, ValueError):
        raise StudyError(
            "STUDY-BOUNDS", "取值范围须为数", "bounds must be numbers", where="bounds", mend_zh="例如 [[0, 1], [2, 5]]", mend_en="for example [[0, 1], [2, 5]]"
        ) from None
    names = [str(name) for name in given.get("names") or [f"x{i + 1}" for i in range(len(numbers))]]
    dists = [str(d) for d in given.get("dists") or ["unif"] * len(names)]
    groups = [str(g or "") for g in given.get("groups") or [""] * len(names)]
    for what, listed in (("bounds", numbers), ("dists", dists), ("groups", groups)):
        if len(listed) != len(names):
            raise _inputs(
                f"names 有 {len(names)} 项，{what} 有 {len(listed)} 项", f"names has {len(names)} entries, {what} has {len(listed)}",
                "请使两者一样多", "give as many of both",
            )  # fmt: skip
    if given.get("num_vars") is not None and int(given["num_vars"]) != len(names):
        raise _inputs(
            f"num_vars 为 {given['num_vars']}，而输入量有 {len(names)} 个", f"num_vars is {given['num_vars']}, and there are {len(names)} inputs",
            "请改正或删去 num_vars", "correct num_vars or leave it out",
        )  # fmt: skip
    for name, dist, pair in zip(names, dists, numbers, strict=True):
        _check_bounds(name, dist, pair)
    # As SALib has it, an input without a group of its own bears its own name as the group.
    inputs = tuple(Input(n, "" if g == n and groups.count(g) == 1 else g) for n, g in zip(names, groups, strict=True))
    sizes = {group: sum(each.group == group for each in inputs) for group in groups if group}
    correlation: dict[str, NDArray[np.float64]] = {}
    for group, matrix in (given.get("correlation") or {}).items():
        try:
            told = np.asarray(matrix, dtype=np.float64)
        except (TypeError, ValueError):
            raise _correlation(str(group), "不是数的矩阵", "it is no matrix of numbers", "每个成员一行一列", "a row and a column for each member") from None
        correlation[str(group)] = alike(sizes.get(str(group), 1), float(told)) if told.ndim == 0 else told

    def quantiles(unit: NDArray[np.float64]) -> NDArray[np.float64]:
        from SALib.util import scale_samples

        scaled = scale_samples(np.array(unit, dtype=np.float64), {"num_vars": len(names), "bounds": numbers, "dists": dists})
        return np.asarray(scaled, dtype=np.float64)

    return Problem(inputs, correlation), quantiles


def _check_bounds(name: str, dist: str, pair: Sequence[float]) -> None:
    where = f"bounds of {name}"
    if dist not in DISTRIBUTIONS:
        zh, en = did_you_mean(dist, DISTRIBUTIONS)
        raise StudyError("STUDY-BOUNDS", f"没有分布 {dist}", f"there is no distribution {dist}", where=where, mend_zh=zh, mend_en=en)
    takes = DISTRIBUTIONS[dist]
    order_zh, order_en = ("、".join(t[0] for t in takes), ", ".join(t[1] for t in takes))
    if not (len(pair) == len(takes) or (dist == "weibull" and len(pair) == 3)) or not np.isfinite(pair).all():
        raise StudyError(
            "STUDY-BOUNDS", f"{dist} 需要 {len(takes)} 个有限的数", f"{dist} takes {len(takes)} finite numbers", where=where,
            mend_zh=f"依次为：{order_zh}", mend_en=f"in this order: {order_en}",
        )  # fmt: skip
    first, second = pair[:2]
    wrong = second <= 0 if dist in ("norm", "lognorm") else min(first, second) <= 0 if dist == "weibull" else first >= second
    wrong = wrong or (dist == "logunif" and first <= 0) or (dist == "triang" and not 0 <= pair[2] < 1) or (dist == "truncnorm" and pair[3] <= 0)
    if wrong:
        same = dist not in ("norm", "lognorm", "weibull") and first == second
        raise StudyError(
            "STUDY-BOUNDS", f"{dist} 的取值 {list(pair)} 不成立", f"{dist} cannot have {list(pair)}", where=where,
            mend_zh="不变的输入量请从问题中删去" if same else f"依次为：{order_zh}；下限须小于上限，标准差与尺度须大于 0",
            mend_en="leave an input that does not vary out of the problem" if same
            else f"in this order: {order_en}; low is below high, deviations and scales are above 0",
        )  # fmt: skip


def _check_correlation(group: str, members: int, matrix: NDArray[Any]) -> None:
    if matrix.shape != (members, members):
        raise _correlation(
            group, f"矩阵须为 {members}×{members}，现为 {'×'.join(map(str, matrix.shape))}",
            f"the matrix must be {members} x {members}, not {' x '.join(map(str, matrix.shape))}", "每个成员一行一列", "a row and a column for each member",
        )  # fmt: skip
    sound = np.issubdtype(matrix.dtype, np.number) and bool(np.isfinite(matrix).all())
    if not (sound and np.allclose(matrix, matrix.T, atol=_CLOSE) and np.allclose(np.diag(matrix), 1.0, atol=_CLOSE)):
        raise _correlation(group, "不是相关矩阵", "it is not a correlation matrix", "须对称，对角线为 1", "it must be symmetric with ones on its diagonal")
    if float(np.linalg.eigvalsh(matrix.astype(np.float64)).min()) < -1e-8:
        raise _correlation(
            group, "这些相关系数不能同时成立（矩阵非半正定）", "these correlations cannot hold together (the matrix is not positive semidefinite)",
            "请减小其中一些", "make some of them smaller",
        )  # fmt: skip


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the lower triangle whose product with its transpose is the matrix, which may be singular."""
    n = len(matrix)
    lower = np.zeros((n, n))
    for j in range(n):
        rest = matrix[j, j] - float((lower[j, :j] ** 2).sum())
        lower[j, j] = np.sqrt(max(rest, 0.0))
        for i in range(j + 1, n):
            left = matrix[i, j] - float((lower[i, :j] * lower[j, :j]).sum())
            lower[i, j] = left / lower[j, j] if lower[j, j] > 1e-7 else 0.0
    return lower


def _inputs(zh: str, en: str, mend_zh: str, mend_en: str) -> StudyError:
    return StudyError("STUDY-INPUTS", zh, en, where="problem", mend_zh=mend_zh, mend_en=mend_en)


def _correlation(group: str, zh: str, en: str, mend_zh: str, mend_en: str) -> StudyError:
    return StudyError("STUDY-CORRELATION", zh, en, where=f"correlation of {group}", mend_zh=mend_zh, mend_en=mend_en)
