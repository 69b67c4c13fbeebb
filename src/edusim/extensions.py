"""What a researcher adds in a Python file of their own: parameters, rules, kinds of decision, measures.

A scenario names the file (``extensions: [evening.py]``); nothing of the package is edited. Everything that a file brings has a
name that begins with ``own.``, so that it can never be taken for, or collide with, what is shipped. The text of the file is part
of the scenario's hash and travels with it to workers, so that every run of a study is made by the same lines.

>>> from edusim import extensions as own
>>> HOURS = own.parameter("own.evening_hours", 2.0, low=0.0, high=10.0, unit="hours/week", zh="晚间辅导", en="evening tutoring")
>>> @own.rule("own.evening", after="form_classes", zh="晚间辅导", en="evening tutoring")
... def evening(year): ...
"""

from __future__ import annotations

import ast
import functools
import hashlib
import linecache
import os
import re
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import numpy as np

from edusim.declarations import START, Declaration, Reference, Steps
from edusim.errors import ConfigError, EdusimError, did_you_mean

F = TypeVar("F", bound=Callable[..., Any])

_NAME = re.compile(r"own\.[a-z][a-z0-9_]*")  # draws of the same names: :data:`edusim.draws.OWN`
_STAGES = ("all", "primary", "junior")
#: Sources of numbers that no key gives again: with them equal seeds would not give equal bits.
_UNKEYED = ("random", "secrets", "numpy.random")
_MARK = "_own_declared"


@dataclass(frozen=True)
class Rule:
    """A rule: what happens every year right after a phase of the year; its name is its switch."""

    name: str
    after: str
    zh: str
    en: str
    act: Callable[[Any], None]
    line: int = 0


@dataclass(frozen=True)
class Measure:
    """A measure of the county: one number a year for each of ``stages``."""

    name: str
    zh: str
    en: str
    unit: str
    better: str
    formula: str
    source: str
    stages: tuple[str, ...]
    reckon: Callable[[Any], Any]
    line: int = 0


@dataclass(frozen=True)
class Event:
    """A kind of decision that a rule records."""

    name: str
    zh: str
    en: str
    clause: str = ""
    line: int = 0


@dataclass(frozen=True)
class Parameter:
    """A number that a scenario may set, see :class:`edusim.declarations.Declaration`."""

    declaration: Declaration
    line: int = 0

    @property
    def name(self) -> str:
        """Path of the parameter."""
        return self.declaration.path


Part = Rule | Measure | Event | Parameter


@dataclass(frozen=True)
class Extension:
    """A file of a researcher: its parts in the order of its lines. Equal when the text is equal.

    Attributes
    ----------
    path, text, sha256
        The file, its text, and the hash of the text.
    parts
        What it declares.
    """

    path: str = field(compare=False)
    text: str = field(repr=False, compare=False)
    sha256: str
    parts: tuple[Part, ...] = field(repr=False, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions of a file do not travel; its text does, and is read again where it arrives.
        return (_read, (self.path, self.text))

    @property
    def name(self) -> str:
        """Name of the file, without its folder."""
        return os.path.basename(self.path)

    def of(self, kind: type[Any]) -> Iterator[Any]:
        """Yield the parts of one kind."""
        return (part for part in self.parts if isinstance(part, kind))

    def where(self, line: int) -> str:
        """Return ``file:line``."""
        return f"{self.path}:{line}"

    def told(self) -> dict[str, Any]:
        """Return what the manifest says of it: file, hash, names and words of its parts."""
        kinds = {"rules": Rule, "measures": Measure, "events": Event, "parameters": Parameter}
        return {"file": self.name, "sha256": self.sha256} | {
            word: {part.name: _words(part) for part in self.of(kind)} for word, kind in kinds.items()
        }


def _words(part: Part) -> dict[str, str]:
    if isinstance(part, Parameter):
        return {"zh": part.declaration.description_zh, "en": part.declaration.description_en, "unit": part.declaration.unit}
    return {"zh": part.zh, "en": part.en} | ({"unit": part.unit} if isinstance(part, Measure) else {})


# ---- what a file says ----------------------------------------------------------------------------------


def parameter(
    name: str, value: float, *, low: float, high: float, unit: str, zh: str, en: str, source: str = "", by_mode: bool = False
) -> Parameter:
    """Declare a number that scenarios, ``-S`` and studies may set and a rule reads as ``year.law["own.NAME"]``.

    Parameters
    ----------
    name
        ``own.NAME``.
    value, low, high
        Value without a setting, and its range.
    unit, zh, en
        Unit and words.
    source
        Where the value comes from; an assumption when empty.
    by_mode
        Whether it may differ between modes: read it as ``year.of_school("own.NAME")``, float64 [schools], or
        ``year.law.by_mode["own.NAME"]``, and set it as ``fusion:own.NAME``.
    """
    _named(name)
    if not low <= value <= high:
        _wrong(
            "OWN-DECLARED", f"{name} 的值 {value} 不在 {low} 与 {high} 之间", f"the value of {name}, {value}, is not between {low} and {high}",
            "请改 value、low 或 high", "mend value, low or high",
        )  # fmt: skip
    reference = Reference(source=source) if source else Reference(note_zh="使用者自己的设定", note_en="the user's own assumption")
    return Parameter(
        Declaration(
            name, zh, en, unit, "group" if by_mode else "county", "float", "evidence" if source else "assumption", float(low), float(high), (),
            "own", "", "0", reference, Steps((START,), (float(value),)),
        ), _line(),
    )  # fmt: skip


def event(name: str, *, zh: str, en: str, clause: str = "") -> Event:
    """Declare a kind of decision; a rule records it with ``year.records.add(name, "school", ids, amount=...)``."""
    _named(name)
    return Event(name, zh, en, clause, _line())


def rule(name: str, *, after: str, zh: str, en: str) -> Callable[[F], F]:
    """Declare a rule: ``function(year)`` is called every year right after the phase ``after``.

    Parameters
    ----------
    name
        ``own.NAME``; ``rules: {own.NAME: false}`` in a scenario switches it off.
    after
        A phase of the year (:attr:`edusim.model.County.year_table` lists them).
    zh, en
        What happens, in the words of a policy.

    Notes
    -----
    The function is handed :class:`edusim.rules.context.Year`: ``state`` (changed in place), ``law``, ``ledger``, ``records``,
    ``tally``, ``memory``, ``units``. Draws come from :mod:`edusim.draws` under a process ``own.NAME``, keyed by ids. People, pupils
    and yuan are conserved: the year is refused where they are not.
    """
    _named(name)
    return _marked(lambda function, line: Rule(name, after, zh, en, function, line))


def measure(
    name: str, *, zh: str, en: str, unit: str, better: str, formula: str, source: str, stages: Sequence[str] = ("all",)
) -> Callable[[F], F]:
    """Declare a measure: ``function(year)`` gives a number, or one for each of ``stages``, in the base year and at each year's end.

    Parameters
    ----------
    name
        ``own.NAME``.
    zh, en, unit, formula, source
        What a reader sees of it, see :class:`edusim.measures.Measure`.
    better
        ``up``, ``down`` or ``none``.
    stages
        ``all``, or any of ``primary``, ``junior``, ``all``.
    """
    _named(name)
    if better not in ("up", "down", "none"):
        _wrong("OWN-DECLARED", f"{name} 的 better 不能是 {better}", f"better of {name} cannot be {better}", *did_you_mean(better, ("up", "down", "none")))
    wrong = [stage for stage in stages if stage not in _STAGES]
    if wrong or not stages:
        _wrong("OWN-DECLARED", f"{name} 没有学段 {wrong}", f"{name} has no stage {wrong}", *did_you_mean("".join(wrong[:1]), _STAGES))
    return _marked(lambda function, line: Measure(name, zh, en, unit, better, formula, source, tuple(stages), function, line))


def _marked(make: Callable[[Any, int], Part]) -> Callable[[F], F]:
    def mark(function: F) -> F:
        line = getattr(getattr(function, "__code__", None), "co_firstlineno", 0)
        setattr(function, _MARK, (*getattr(function, _MARK, ()), make(function, line)))
        return function

    return mark


class _Wrong(Exception):
    """A declaration is wrong; its place is known where the file is read."""

    def __init__(self, code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> None:
        super().__init__(en)
        self.said = (code, zh, en, mend_zh, mend_en)


def _wrong(code: str, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> NoReturn:
    raise _Wrong(code, zh, en, mend_zh, mend_en)


def _named(name: str) -> None:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        _wrong(
            "OWN-NAME", f"{str(name)[:60]} 不是可用的名称", f"{str(name)[:60]} is no name for it",
            "请以 own. 开头，后接小写字母、数字和下划线，例如 own.evening",
            "begin with own., then small letters, digits and underscores, for example own.evening",
        )  # fmt: skip


def _line() -> int:
    """Return the line of the file that declares something right now."""
    import sys

    return sys._getframe(2).f_lineno


# ---- reading a file ------------------------------------------------------------------------------------


def read(path: str) -> Extension:
    """Return what a file brings; the file is executed.

    Raises
    ------
    ConfigError
        ``CFG-NO-FILE``; ``OWN-FILE`` (not Python text), ``OWN-RANDOM``, ``OWN-NAME``, ``OWN-DECLARED``, ``OWN-FAILED``, each with
        file and line.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError):
        raise ConfigError(
            "OWN-FILE", f"无法读取 {path}", f"{path} cannot be read", where=path,
            mend_zh="请给一个 UTF-8 的 Python 文件（.py）", mend_en="give a Python file (.py) in UTF-8",
        ) from None  # fmt: skip
    return _read(path, text)


@functools.lru_cache(maxsize=64)
def _read(path: str, text: str) -> Extension:
    try:
        tree = ast.parse(text, path)
    except (SyntaxError, ValueError) as error:
        line, column = getattr(error, "lineno", 0) or 0, getattr(error, "offset", 0) or 0
        said = getattr(error, "msg", str(error))
        raise ConfigError(
            "OWN-FILE", f"不是 Python 语句：{said}", f"this is not Python: {said}", where=f"{path}:{line}:{column}",
            mend_zh="请改正这一行", mend_en="mend this line",
        ) from None  # fmt: skip
    _refuse_unkeyed(tree, path)
    module = types.ModuleType(f"own_{Path(path).stem}")
    module.__file__ = path
    # A traceback shows the lines that ran, whatever has become of the file since.
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    try:
        exec(compile(tree, path, "exec"), module.__dict__)
    except _Wrong as wrong:
        code, zh, en, mend_zh, mend_en = wrong.said
        raise ConfigError(code, zh, en, where=_place(wrong, path), mend_zh=mend_zh, mend_en=mend_en) from None
    except EdusimError:
        raise
    except Exception as error:
        raise failed(error, path, "", "") from error
    parts: list[Part] = []
    for value in module.__dict__.values():
        found = (value,) if isinstance(value, (Event, Parameter)) else getattr(value, _MARK, ()) if isinstance(value, types.FunctionType) else ()
        parts += [part for part in found if not any(part is other for other in parts)]
    if not parts:
        raise ConfigError(
            "OWN-DECLARED", "文件里没有规则、指标、参数或事件", "the file declares no rule, measure, parameter or event", where=path,
            mend_zh="请用 edusim.extensions 的 rule、measure、parameter、event 声明",
            mend_en="declare them with rule, measure, parameter and event of edusim.extensions",
        )  # fmt: skip
    return Extension(path, text, hashlib.sha256(text.encode()).hexdigest(), tuple(sorted(parts, key=lambda part: part.line)))


def _refuse_unkeyed(tree: ast.AST, path: str) -> None:
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Attribute) and node.attr == "random" and isinstance(node.value, ast.Name) and node.value.id in ("np", "numpy"):
            names = ["numpy.random"]
        if any(name in _UNKEYED or name.startswith("numpy.random.") for name in names):
            raise ConfigError(
                "OWN-RANDOM", "随机数不带键，同样的种子不会得到同样的结果", "these random numbers have no key: equal seeds would not give equal bits",
                where=f"{path}:{getattr(node, 'lineno', 0)}",
                mend_zh="请用 edusim.draws，例如 draws.uniform(year.seed, \"own.名称\", year.year, ids)",
                mend_en='draw from edusim.draws, for example draws.uniform(year.seed, "own.NAME", year.year, ids)',
            )  # fmt: skip


def _place(error: BaseException, path: str) -> str:
    """Return ``file:line`` of the last line of the file that an error passed through."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == path:
            line = step.tb_lineno
        step = step.tb_next
    return f"{path}:{line}" if line else path


def failed(error: Exception, path: str, name: str, when: str) -> ConfigError:
    """Return the message for an error of a file's own lines."""
    said = f"{type(error).__name__}: {error}"[:300]
    what_zh, what_en = (f"{name}（{when}）出错", f"{name} ({when}) failed") if name else ("文件运行出错", "the file failed")
    lone = isinstance(error, ModuleNotFoundError)
    return ConfigError(
        "OWN-FAILED", f"{what_zh}：{said}", f"{what_en}: {said}", where=_place(error, path),
        mend_zh="一个扩展就是一个文件，不能引入旁边的文件；只能引入已安装的包" if lone else "请改正这一行",
        mend_en="an extension is one file: it imports installed packages, no file beside it" if lone else "mend this line",
    )  # fmt: skip


def read_all(paths: Iterable[str]) -> tuple[Extension, ...]:
    """Return several files' extensions, no name twice.

    Raises
    ------
    ConfigError
        Those of :func:`read`; ``OWN-TWICE``.
    """
    found = tuple(map(read, paths))
    seen: dict[tuple[str, str], str] = {}
    for one in found:
        for part in one.parts:
            kind = type(part).__name__
            before = seen.setdefault((kind, part.name), one.where(part.line))
            if before != one.where(part.line):
                raise ConfigError(
                    "OWN-TWICE", f"{part.name} 已在 {before} 声明过", f"{part.name} is declared in {before} already", where=one.where(part.line),
                    mend_zh="请改名或删去其中一个", mend_en="rename or delete one of them",
                )  # fmt: skip
    return found


# ---- what a county does with them ----------------------------------------------------------------------


def parts(extensions: Iterable[Extension], kind: type[Any]) -> list[tuple[Extension, Any]]:
    """Return all parts of one kind, each with its file."""
    return [(one, part) for one in extensions for part in one.of(kind)]


def rules(extensions: Iterable[Extension]) -> tuple[str, ...]:
    """Return the names of the rules."""
    return tuple(part.name for _, part in parts(extensions, Rule))


def events(extensions: Iterable[Extension]) -> dict[str, tuple[str, str, str, str]]:
    """Return the kinds of decision as :data:`edusim.rules.context.EVENTS` has them; the rule is the file's."""
    return {part.name: (Path(one.path).stem, part.clause, part.zh, part.en) for one, part in parts(extensions, Event)}


def declarations(extensions: Iterable[Extension]) -> dict[str, Declaration]:
    """Return the parameters by path."""
    return {part.name: part.declaration for _, part in parts(extensions, Parameter)}


def acting(one: Extension, part: Rule) -> Callable[[Any], None]:
    """Return a rule that tells where it failed."""

    @functools.wraps(part.act)
    def act(year: Any) -> None:
        try:
            part.act(year)
        except EdusimError:
            raise
        except Exception as error:
            raise failed(error, one.path, part.name, str(year.year)) from error

    return act


def check_phases(extensions: Iterable[Extension], phases: Sequence[str]) -> None:
    """Refuse (``OWN-PHASE``) a rule that follows a phase that is not in the year."""
    for one, part in parts(extensions, Rule):
        if part.after not in phases:
            zh, en = did_you_mean(part.after, phases)
            raise ConfigError(
                "OWN-PHASE", f"学年里没有 {part.after} 这一步", f"the year has no phase {part.after}", where=one.where(part.line), mend_zh=zh, mend_en=en
            )


def reckoned(one: Extension, part: Measure, year: Any) -> list[float]:
    """Return the numbers of a measure, one for each of its stages.

    Raises
    ------
    ConfigError
        ``OWN-FAILED``; ``OWN-MEASURE`` where it gives something else than as many numbers.
    """
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            given = part.reckon(year)
    except EdusimError:
        raise
    except Exception as error:
        raise failed(error, one.path, part.name, str(year.year)) from error
    try:
        values = [float(value) for value in np.atleast_1d(np.asarray(given, np.float64))]
    except (TypeError, ValueError):
        values = []
    if len(values) != len(part.stages):
        raise ConfigError(
            "OWN-MEASURE", f"{part.name} 应给出 {len(part.stages)} 个数，得到 {str(given)[:60]}",
            f"{part.name} should give {len(part.stages)} number(s), it gave {str(given)[:60]}", where=one.where(part.line),
            mend_zh="请返回一个数，或每个学段一个数；无从计算时返回 nan", mend_en="return a number, or one for each stage; nan where there is none",
        )  # fmt: skip
    return values


def labels(told: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Return the words of own measures from what manifests say of extensions (:meth:`Extension.told`)."""
    return {name: dict(words) for one in told for name, words in one["measures"].items()}


__all__ = [
    "Event", "Extension", "Measure", "Parameter", "Rule", "acting", "check_phases", "declarations", "event", "events", "failed",
    "labels", "measure", "parameter", "parts", "read", "read_all", "reckoned", "rule", "rules",
]  # fmt: skip
