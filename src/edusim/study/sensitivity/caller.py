"""How somebody's function is called: what it takes, what it returns, whether it has luck of its own, and whether it takes a matrix."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from edusim.errors import StudyError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Names of an argument that takes luck: a generator, a whole number, or a whole number for every point of a matrix.
GENERATORS = ("rng", "generator", "random_generator", "prng", "np_random")
NUMBERS = ("seed", "random_seed", "random_state", "rng_seed", "draw")
LISTS = ("seeds", "draws")
#: Whether a function has luck: none, luck that it keeps to itself, luck that it is given.
NONE, OWN, GIVEN = "none", "its own", "given"
#: Points of a matrix that is evaluated at once; between two of them progress is told and evaluations are kept.
CHUNK = 4096
#: Rows and matrix give the same within this: compiled and vector forms of a function round differently.
_SAME = 1e-9


def described(names: Sequence[str], point: NDArray[np.float64]) -> str:
    """Return a point in words: ``a=0.25, b=3``."""
    told = [f"{name}={float(value):.6g}" for name, value in zip(names, point, strict=True)]
    return ", ".join(told[:8]) + (f", … ({len(told)})" if len(told) > 8 else "")


@dataclass(frozen=True, eq=False)
class Caller:
    """A function with all that is needed to call it.

    Attributes
    ----------
    function
        The function.
    names
        Names of its inputs.
    seed
        Root of its luck.
    luck
        ``none``, ``its own`` or ``given``.
    argument, kind
        Name of the argument that takes luck, and ``generator``, ``number`` or ``list``; empty without one.
    apart
        Whether it takes one argument an input.
    matrix
        Whether it takes many points at once.
    only_matrix
        Whether it takes nothing but a matrix: a point is a matrix of one row.
    outcomes
        Names of what it returns.
    """

    function: Callable[..., Any]
    names: tuple[str, ...]
    seed: int
    luck: str = NONE
    argument: str = ""
    kind: str = ""
    apart: bool = False
    matrix: bool = False
    only_matrix: bool = False
    outcomes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, function: Callable[..., Any], names: Sequence[str], seed: int, outcomes: Sequence[str] | None, vectorised: bool | None,
        probe: NDArray[np.float64], lenient: bool = False,
    ) -> Caller:  # fmt: skip
        """Find out how a function is called, from its signature and from a few points on which it is tried.

        Parameters
        ----------
        function
            The function.
        names
            Names of its inputs.
        seed
            Root of its luck.
        outcomes
            Names of what it returns, if they are to be other than those it gives.
        vectorised
            Whether it takes a matrix; None: found out.
        probe
            float64 [points, inputs]: at least two points, and not as many as inputs.
        lenient
            Whether the function may fail at some of them, as long as it does not at two.

        Returns
        -------
        Caller
            Ready to evaluate.

        Raises
        ------
        StudyError
            ``STUDY-FUNCTION``, ``STUDY-EVALUATION``.
        """
        if not callable(function):
            _refuse(f"{type(function).__name__} 不是函数", f"{type(function).__name__} is not a function", "请给出函数", "give a function")
        argument, kind, apart = _signature(function, len(names))
        luck = GIVEN if argument else NONE
        first = cls(function, tuple(names), seed, luck, argument, kind, apart)
        alone: list[dict[str, Any]] = []
        failure: StudyError | None = None
        if vectorised is not True and kind != "list":
            worked = []
            for i, point in enumerate(probe):
                try:
                    alone.append(first._named(first._row(point, 0), point, outcomes))
                    worked.append(i)
                except StudyError as problem:
                    failure = failure or problem
                    if problem.code != "STUDY-EVALUATION" or (vectorised is False and not lenient):
                        raise
            if failure is not None:
                enough = lenient and len(alone) >= 2
                # What it returned of a point was no outcome: that it would be one of a matrix is not to be hoped.
                if not enough and (vectorised is False or not isinstance(failure.__cause__, Exception)):
                    raise failure from failure.__cause__
                alone, probe = (alone, probe[worked]) if enough else ([], probe)
        if alone:
            found = replace(first, outcomes=_agreed(alone, outcomes))
            if luck == NONE:
                again = [found._named(found._row(point, 0), point, outcomes) for point in probe]
                found = replace(found, luck=NONE if _same(alone, again) else OWN)
            if vectorised is None and found.luck == NONE:
                found = replace(found, matrix=found._takes_matrix(probe, alone, outcomes))
            return found
        found = replace(first, matrix=luck != GIVEN or kind == "list", only_matrix=True)
        try:
            together = found._rows_named(found._many(probe, np.zeros(len(probe), dtype=np.int64)), probe, outcomes)
        except StudyError as problem:
            # What it said of a single point is nearer to what its author meant.
            raise (failure or problem) from (failure or problem).__cause__
        found = replace(found, outcomes=_agreed(together, outcomes))
        if luck == NONE:
            again = found._rows_named(found._many(probe, np.zeros(len(probe), dtype=np.int64)), probe, outcomes)
            found = replace(found, luck=NONE if _same(together, again) else OWN)
        return found

    def batches(self, places: Sequence[int]) -> Iterator[Sequence[int]]:
        """Yield which evaluations are made in one call: chunks for a function of a matrix, else one by one.

        A generator that is given to a matrix would give each of its points other numbers: such a function has one point a call.
        """
        step = CHUNK if self.matrix else 1
        for start in range(0, len(places), step):
            yield places[start : start + step]

    def evaluated(self, values: NDArray[np.float64], draws: NDArray[np.int64], *, refuse: bool) -> NDArray[np.float64]:
        """Return the outcomes of points: float64 [points, outcomes]; with ``refuse=False`` NaN where there is none.

        Raises
        ------
        StudyError
            ``STUDY-EVALUATION`` naming the point, ``STUDY-FUNCTION`` when it returns something else than it did.
        """
        try:
            if self.matrix:
                found = self._rows_named(self._many(values, draws), values, self.outcomes)
            else:
                found = [self._named(self._row(point, int(draw)), point, self.outcomes) for point, draw in zip(values, draws, strict=True)]
        except StudyError as problem:
            if problem.code != "STUDY-EVALUATION" or (len(values) == 1 and refuse):
                raise
            if len(values) == 1:
                return np.full((1, len(self.outcomes)), np.nan)
            # One point of many is at fault: alone, each says which it is.
            return np.concatenate([self.evaluated(values[i : i + 1], draws[i : i + 1], refuse=refuse) for i in range(len(values))])
        table = np.array([[row[name] for name in self.outcomes] for row in found], dtype=np.float64)
        if refuse and not np.isfinite(table).all():
            i, k = np.argwhere(~np.isfinite(table))[0]
            raise _failed(self.names, values[i], f"结果 {self.outcomes[k]} 为 {table[i, k]}", f"outcome {self.outcomes[k]} is {table[i, k]}")
        return table

    def _luck_of(self, draws: NDArray[np.int64]) -> dict[str, Any]:
        if not self.argument:
            return {}
        if self.kind == "generator":
            return {self.argument: np.random.default_rng([self.seed, int(draws[0])])}
        numbers = [int(np.random.SeedSequence([self.seed, int(draw)]).generate_state(1)[0]) for draw in draws]
        return {self.argument: np.array(numbers, dtype=np.int64) if self.kind == "list" else numbers[0]}

    def _row(self, point: NDArray[np.float64], draw: int) -> Any:
        """Return what the function gives at one point."""
        given = [float(v) for v in point] if self.apart else [point.copy()]
        if self.only_matrix:
            given = [np.array([v]) for v in point] if self.apart else [point[None, :].copy()]
        try:
            return self.function(*given, **self._luck_of(np.array([draw])))
        except Exception as problem:
            text = f"{type(problem).__name__}: {' '.join(str(problem).split())[:160]}".rstrip(": ")
            raise _failed(self.names, point, f"函数出错（{text}）", f"the function failed ({text})") from problem

    def _many(self, values: NDArray[np.float64], draws: NDArray[np.int64]) -> Any:
        """Return what the function gives of many points at once."""
        if not self.matrix and self.only_matrix:
            parts = [self._rows_of(self._row(point, int(draw)), values[i : i + 1]) for i, (point, draw) in enumerate(zip(values, draws, strict=True))]
            return [row for part in parts for row in part]
        given = [values[:, i].copy() for i in range(values.shape[1])] if self.apart else [values.copy()]
        try:
            return self.function(*given, **self._luck_of(draws))
        except Exception as problem:
            text = f"{type(problem).__name__}: {' '.join(str(problem).split())[:160]}".rstrip(": ")
            raise _failed(self.names, values[0], f"函数出错（{text}）", f"the function failed ({text})") from problem

    def _takes_matrix(self, probe: NDArray[np.float64], alone: Sequence[Mapping[str, Any]], outcomes: Sequence[str] | None) -> bool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it was not asked for by anybody: what it warns of is nobody's fault
                tried = replace(self, matrix=True)
                together = tried._rows_named(tried._many(probe, np.zeros(len(probe), dtype=np.int64)), probe, outcomes)
        except StudyError:
            return False
        return _same(alone, together)

    def _named(self, result: Any, point: NDArray[np.float64], outcomes: Sequence[str] | None) -> dict[str, Any]:
        if self.only_matrix:
            return self._rows_named(result, point[None, :], outcomes)[0]
        return _outcomes(self.names, point, result, outcomes)

    def _rows_named(self, result: Any, values: NDArray[np.float64], outcomes: Sequence[str] | None) -> list[dict[str, Any]]:
        return [_outcomes(self.names, point, row, outcomes) for point, row in zip(values, self._rows_of(result, values), strict=True)]

    def _rows_of(self, result: Any, values: NDArray[np.float64]) -> list[Any]:
        """Return the result of a matrix row by row."""
        n = len(values)
        if isinstance(result, list) and len(result) == n and all(isinstance(each, Mapping | list | tuple) for each in result):
            return list(result)
        columns: Mapping[Any, Any] | None = None
        if isinstance(result, Mapping):
            columns = result
        elif hasattr(result, "columns") and hasattr(result, "to_numpy"):
            columns = {name: result[name].to_numpy() for name in result.columns}
        if columns is not None:
            arrays = {name: np.asarray(column) for name, column in columns.items()}
            if all(column.shape[:1] == (n,) for column in arrays.values()):
                return [{name: column[i] for name, column in arrays.items()} for i in range(n)]
        elif result is not None:
            table = np.asarray(result)
            if table.ndim in (1, 2) and len(table) == n:
                return list(table)
        shape = "None" if result is None else str(np.shape(result) if columns is None else {k: np.shape(v) for k, v in columns.items()})
        raise _failed(
            self.names, values[0], f"{n} 个点应得 {n} 行结果，现为 {shape}", f"{n} points give {n} rows of outcomes, not {shape}",
            "若函数一次只算一个点，请写 vectorised=False", "if the function takes one point at a time, say vectorised=False",
        )  # fmt: skip


def _signature(function: Callable[..., Any], inputs: int) -> tuple[str, str, bool]:
    """Return the argument that takes luck, its kind, and whether the function takes one argument an input."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some compiled functions have none
        return "", "", False
    argument, kind = "", ""
    for parameter in parameters:
        for label, known in (("generator", GENERATORS), ("number", NUMBERS), ("list", LISTS)):
            if not argument and parameter.name in known and parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                argument, kind = parameter.name, label
    required = [
        p for p in parameters
        if p.name != argument and p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    ]  # fmt: skip
    positional = [p for p in required if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(required) == len(positional) and len(positional) == inputs > 1:
        return argument, kind, True
    takes_one = len(positional) == 1 or (not positional and any(p.kind != p.KEYWORD_ONLY and p.name != argument for p in parameters))
    if not takes_one or len(required) > max(len(positional), 1):
        more = ", ".join(p.name for p in (required[1:] or required)) or "()"
        _refuse(
            f"函数的参数（{more}）无法由输入量填上", f"the arguments of the function ({more}) cannot be filled from the inputs",
            f"请写成 f(x)、f(x, rng)、f(x, seed)，或每个输入量（{inputs} 个）一个参数；其余用 functools.partial 固定",
            f"write f(x), f(x, rng), f(x, seed), or one argument for each of the {inputs} inputs; fix others by functools.partial",
        )  # fmt: skip
    return argument, kind, False


def _outcomes(names: Sequence[str], point: NDArray[np.float64], result: Any, outcomes: Sequence[str] | None) -> dict[str, Any]:
    """Return the outcomes of one point by name."""
    if result is None:
        raise _failed(names, point, "函数没有返回值（None）", "the function returned None", "请用 return 返回结果", "return the outcome")
    if hasattr(result, "to_dict") and not isinstance(result, Mapping):
        result = result.to_dict()
    if isinstance(result, Mapping):
        found = {str(name): value for name, value in result.items()}
        wanted = [str(name) for name in (outcomes if outcomes is not None else found)]
        for name in wanted:
            if name not in found:
                zh, en = did_you_mean(name, found)
                _refuse(f"函数没有给出结果 {name}", f"the function gives no outcome {name}", zh, en)
        listed = [(name, found[name]) for name in wanted]
    else:
        try:
            flat = list(np.ravel(np.asarray(result)))
        except ValueError:
            flat = list(result)
        wanted = [str(name) for name in outcomes] if outcomes is not None else ["y"] if len(flat) == 1 else [f"y{i + 1}" for i in range(len(flat))]
        if len(wanted) != len(flat) or not flat:
            _refuse(
                f"函数给出 {len(flat)} 个结果，应为 {len(wanted)} 个", f"the function gives {len(flat)} outcomes, and {len(wanted)} are expected",
                f"在 {described(names, point)} 处；每次须一样多", f"at {described(names, point)}; it must give as many every time",
            )  # fmt: skip
        listed = list(zip(wanted, flat, strict=True))
    checked: dict[str, Any] = {}
    for name, value in listed:
        try:
            if isinstance(value, str | bytes) or value is None:
                raise TypeError
            numbers = np.ravel(np.asarray(value))
            if numbers.size != 1 or np.iscomplexobj(numbers):
                raise TypeError
            checked[name] = float(numbers[0])
        except (TypeError, ValueError):
            raise _failed(
                names, point, f"结果 {name} 不是数：{str(value)[:60]!r}", f"outcome {name} is no number: {str(value)[:60]!r}", "请返回数", "return a number"
            ) from None
    return checked


def _agreed(rows: Sequence[Mapping[str, Any]], outcomes: Sequence[str] | None) -> tuple[str, ...]:
    first = tuple(str(name) for name in outcomes) if outcomes is not None else tuple(rows[0])
    if len(set(first)) != len(first) or any(tuple(row) != tuple(rows[0]) for row in rows):
        _refuse(
            "函数每次给出的结果不一样多，或名称重复", "the function gives other outcomes at other points, or two of one name",
            "请固定结果的名称", "give the same names every time",
        )  # fmt: skip
    return first


def _same(one: Sequence[Mapping[str, Any]], other: Sequence[Mapping[str, Any]]) -> bool:
    left, right = ([list(row.values()) for row in rows] for rows in (one, other))
    return np.shape(left) == np.shape(right) and bool(np.allclose(left, right, rtol=_SAME, atol=0.0, equal_nan=True))


def _failed(
    names: Sequence[str], point: NDArray[np.float64], zh: str, en: str,
    mend_zh: str = "请改正函数或缩小范围；missing='drop' 会略去这一区组",
    mend_en: str = "mend the function or narrow the range; missing='drop' leaves its block out",
) -> StudyError:  # fmt: skip
    return StudyError("STUDY-EVALUATION", zh, en, where=described(names, point), mend_zh=mend_zh, mend_en=mend_en)


def _refuse(zh: str, en: str, mend_zh: str, mend_en: str) -> NoReturn:
    raise StudyError("STUDY-FUNCTION", zh, en, where="function", mend_zh=mend_zh, mend_en=mend_en)
