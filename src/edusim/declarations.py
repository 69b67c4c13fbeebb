"""Declarations: what every parameter is, and where its value in the law in force comes from.

A *declaration* says once what a parameter is: description, unit, scope, type, range, the rule that
reads it, the outcome measure that it should move, the value of the law in force and where all this
comes from. A *policy* is a set of *clauses*: dated values that replace the law's for the groups of a
mode or for the whole county. Both are YAML files under ``configs``; this module reads them, strictly.

Scopes: ``county`` one value; ``group`` a value for each mode, place 0 being the law in force, which also
holds for schools in no group; ``behaviour`` an uncertain value that no authority sets; ``region`` a
number that a synthetic county is drawn from.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from edusim import configfile, formats
from edusim.configfile import Node

if TYPE_CHECKING:
    import datetime

SCHEMA_VERSION = formats.FILES.version
SCOPES = ("county", "group", "behaviour", "region")
TYPES = ("float", "int", "bool", "enum")
STATUSES = ("clause", "evidence", "assumption")
DIRECTIONS = ("+", "-", "0")
LAW = "law"
#: Key of the policy that leaves the law in force as it is.
STATUS_QUO = "status_quo"
ALWAYS = "always"
DATE_MODES = ("aligned", "document")

_DECLARATION_KEYS = (
    "description", "unit", "scope", "type", "status", "range", "rule", "measure", "direction", "reference",
)  # fmt: skip
_REFERENCE_KEYS = ("document", "clause", "quote", "source", "note", "rows")
#: Acting year of a value that always held.
START = -(10**6)

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value comes from.

    ``document`` and ``clause`` name a policy text and its heading, ``quote`` its words; ``source`` is an
    address or a paper; ``note`` (Chinese, English) says what was assumed and why; ``rows`` are the rows
    of the register of clauses.
    """

    document: str = ""
    clause: str = ""
    quote: str = ""
    source: str = ""
    note_zh: str = ""
    note_en: str = ""
    rows: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said."""
        return not (self.document or self.source or self.note_zh)

    def text(self, lang: str = "en") -> str:
        """Return the reference as one line in ``zh`` or ``en``."""
        note = self.note_zh if lang == "zh" else self.note_en
        quote = f"“{self.quote}”" if self.quote else ""
        return " ".join(part for part in (self.document, self.clause, quote, self.source, note) if part)


@dataclass(frozen=True, slots=True)
class Steps:
    """A value that steps in time: ``years[i]`` is the first school year in which ``values[i]`` holds."""

    years: tuple[int, ...]
    values: tuple[float, ...]

    def at(self, year: int) -> float | None:
        """Return the value that holds in the school year, or None before the first."""
        found = None
        for first, value in zip(self.years, self.values, strict=True):
            if first > year:
                break
            found = value
        return found


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a parameter is, and its value under the law in force; see the module's text."""

    path: str
    description_zh: str
    description_en: str
    unit: str
    scope: str
    type: str
    status: str
    low: float
    high: float
    words: tuple[str, ...]
    rule: str
    measure: str
    direction: str
    reference: Reference
    steps: Steps
    where: str = field(default="", compare=False)

    @property
    def default(self) -> float:
        """Value of the law in force: the first dated one."""
        return self.steps.values[0]

    def show(self, value: float) -> str:
        """Return a value as a reader writes it: a word for a choice, yes/no as true/false."""
        if self.type == "enum":
            return self.words[int(value)]
        if self.type == "bool":
            return "true" if value else "false"
        return f"{value:g}"

    @property
    def range_text(self) -> str:
        """Allowed range as a reader writes it."""
        if self.type == "enum":
            return ", ".join(self.words)
        if self.type == "bool":
            return "false, true"
        return f"{self.low:g} – {self.high:g}"

    def read(self, node: Node) -> float:
        """Return a value of this parameter from a file or from Python.

        Choices become their code (0, 1, ... in the declared order), yes/no a bool.

        Raises
        ------
        ConfigError
            ``CFG-TYPE``, ``CFG-NOT-FINITE``, ``CFG-UNKNOWN-VALUE`` or ``CFG-RANGE``.
        """
        if self.type == "enum":
            return self.words.index(node.word(self.words))
        if self.type == "bool":
            return node.flag()
        value = node.integer() if self.type == "int" else node.number()
        if not self.low <= value <= self.high:
            node.fail(
                "CFG-RANGE",
                f"{value:g} 超出 {self.path} 的允许范围 {self.low:g} – {self.high:g}（{self.unit}）",
                f"{value:g} is outside the range of {self.path}, {self.low:g} to {self.high:g} ({self.unit})",
                f"请取 {self.low:g} 与 {self.high:g} 之间的值",
                f"choose a value from {self.low:g} to {self.high:g}",
            )
        return value


class Frozen(dict[str, V]):
    """A dict that cannot be changed; looking a name up stays a plain dict access."""

    __slots__ = ()

    def _refuse(self, *_args: Any, **_more: Any) -> NoReturn:
        raise TypeError("this mapping is frozen")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (dict(self),))

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self))


@lru_cache(maxsize=1)
def configs() -> Path:
    """Return the folder of the shipped configuration: inside the package, or the checkout's ``configs``."""
    packed = Path(__file__).parent / "_configs"
    return packed if packed.is_dir() else Path(__file__).parents[2] / "configs"


def acting_year(date: datetime.date) -> int:
    """Return the first school year whose September 1 is not before the date."""
    return date.year if (date.month, date.day) <= (9, 1) else date.year + 1


def bilingual(node: Node) -> tuple[str, str]:
    """Return the ``zh`` and ``en`` texts of a node that must have both."""
    both = node.mapping(("zh", "en"))
    return both["zh"].text(), both["en"].text()


def check_version(version: Node) -> None:
    """Refuse (``CFG-SCHEMA-VERSION``) a file written for another version of the format."""
    given = version.integer()
    if given > SCHEMA_VERSION:
        version.fail(
            "CFG-SCHEMA-VERSION",
            f"schema_version {given} 属于更新的 edusim，本程序只认识到 {SCHEMA_VERSION}",
            f"schema_version {given} belongs to a newer edusim; this one knows formats up to {SCHEMA_VERSION}",
            f"请升级 edusim；若是笔误，请改为 {SCHEMA_VERSION}",
            f"use a newer edusim; if it is a slip, write {SCHEMA_VERSION}",
        )
    if given < SCHEMA_VERSION:  # those with steps to the present one have been brought up when the file was read
        version.fail(
            "CFG-SCHEMA-VERSION",
            f"没有 schema_version {given} 这种格式",
            f"there is no schema_version {given} that could be read",
            f"请改为 {SCHEMA_VERSION}",
            f"write {SCHEMA_VERSION}",
        )


def header(root: Node, kind: str, required: Iterable[str], optional: Iterable[str] = ()) -> dict[str, Node]:
    """Return the top of a file after checking its keys, ``schema_version`` and ``kind``.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-KEY``, ``CFG-MISSING-KEY``, ``CFG-SCHEMA-VERSION``, ``CFG-KIND``.
    """
    top = root.mapping(("schema_version", "kind", *required), optional)
    check_version(top["schema_version"])
    top["kind"].word((kind,), "CFG-KIND")
    return top


def read_reference(node: Node, status: str, documents: Mapping[str, Any]) -> Reference:
    """Return where a value comes from; a clause names its document and heading, other values a source or note."""
    parts = node.mapping((), _REFERENCE_KEYS)
    if "document" in parts:
        parts["document"].word(tuple(documents), "CFG-UNKNOWN-DOCUMENT")
    text = {k: parts[k].text() for k in ("document", "clause", "quote", "source") if k in parts}
    zh, en = bilingual(parts["note"]) if "note" in parts else ("", "")
    rows = tuple(row.text() for row in parts["rows"].items()) if "rows" in parts else ()
    reference = Reference(**text, note_zh=zh, note_en=en, rows=rows)
    lacks = reference.is_empty
    if status == "clause":
        lacks = not (reference.document and reference.clause)
    elif status == "evidence":
        lacks = not (reference.source or reference.document)
    if lacks:
        node.fail(
            "CFG-REFERENCE",
            f"status 为 {status} 的值没有写明来源",
            f"a value with status {status} has no source",
            "clause 要 document 与 clause；evidence 要 source；assumption 要 note 或 source",
            "clause needs document and clause, evidence needs source, assumption needs note or source",
        )
    return reference


def read_steps(node: Node, kind: Declaration) -> Steps:
    """Return the dated values of a parameter: one that always holds, or one for each date."""
    if not node.is_map:
        return Steps((START,), (kind.read(node),))
    years: list[int] = []
    values: list[float] = []
    last = None
    for key, child in node.mapping((), None).items():
        value = kind.read(child)
        if key == ALWAYS:
            year, date = START, None
            out_of_order = bool(years)
        else:
            date = Node(key, child.file, child.line, child.column, child.path).date()
            year = acting_year(date)
            out_of_order = last is not None and date <= last
        if out_of_order:
            child.fail(
                "CFG-DATE-ORDER",
                f"日期 {key} 没有按先后排列",
                f"the date {key} is out of order",
                "请把日期从早到晚排列（always 在最前）",
                "put dates from early to late (always first)",
            )
        last = date
        if years and years[-1] == year:  # both act from the same September: the later one holds
            years.pop()
            values.pop()
        years.append(year)
        values.append(value)
    if not years:
        node.fail(
            "CFG-MISSING-KEY",
            "没有任何值",
            "there is no value",
            "例如 {2021-09-01: 0.10}",
            "for example {2021-09-01: 0.10}",
        )
    return Steps(tuple(years), tuple(values))


def value_node(parts: Mapping[str, Node], owner: Node) -> Node:
    """Return the node of ``value`` or ``values``; exactly one of them must be given."""
    given = [key for key in ("value", "values") if key in parts]
    if len(given) != 1:
        owner.fail(
            "CFG-MISSING-KEY",
            "要写 value 或 values，二者取一",
            "give value or values, one of the two",
            "value: 0.10，或 values: {2021-09-01: 0.10}",
            "value: 0.10, or values: {2021-09-01: 0.10}",
        )
    return parts[given[0]]


def _declaration(path: str, node: Node, scopes: tuple[str, ...], documents: Mapping[str, Any]) -> Declaration:
    parts = node.mapping(_DECLARATION_KEYS, ("value", "values"))
    zh, en = bilingual(parts["description"])
    kind = parts["type"].word(TYPES)
    status = parts["status"].word(STATUSES)
    limits = parts["range"].items()
    low, high = 0.0, 1.0
    words: tuple[str, ...] = ()
    if kind == "enum":
        words = tuple(item.text() for item in limits)
        if len(words) < 2 or len(set(words)) != len(words):
            parts["range"].fail("CFG-RANGE", "选项要有两个以上且不重复", "a choice needs two or more different words")
        high = float(len(words) - 1)
    elif kind == "bool":
        if [item.flag() for item in limits] != [False, True]:
            parts["range"].fail("CFG-RANGE", "是非型的范围应为 [false, true]", "the range of a yes/no is [false, true]")
    else:
        if len(limits) != 2 or limits[0].number() > limits[1].number():
            parts["range"].fail("CFG-RANGE", "范围应为 [最小, 最大]", "a range is [least, greatest]")
        low, high = limits[0].number(), limits[1].number()
    empty = Declaration(
        path, zh, en, parts["unit"].text(), parts["scope"].word(scopes), kind, status, low, high, words,
        parts["rule"].text(), parts["measure"].text(), parts["direction"].word(DIRECTIONS),
        read_reference(parts["reference"], status, documents), Steps((), ()), node.where,
    )  # fmt: skip
    steps = read_steps(value_node(parts, node), empty)
    if steps.years[0] != START:
        # A declaration must answer for every year; its first dated value is the law as it stood.
        steps = Steps((START, *steps.years[1:]), steps.values)
    return Declaration(**{f: getattr(empty, f) for f in empty.__slots__ if f != "steps"}, steps=steps)


@dataclass(frozen=True, slots=True)
class Declared:
    """A file of declarations: ``kind`` law, behaviour or region, its name, documents and parameters."""

    key: str
    name_zh: str
    name_en: str
    documents: Mapping[str, tuple[str, str, str]]
    parameters: Mapping[str, Declaration]


_KIND_SCOPES = {"law": ("county", "group"), "behaviour": ("behaviour",), "region": ("region",)}


def stamp_of(path: str) -> tuple[int, int]:
    """Return when a file was changed and its size, so that what was read of it is kept until then."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def exists(path: Path) -> bool:
    """Return whether something has this name; a name that no file can have has nothing."""
    try:
        return os.path.lexists(path)
    except ValueError:  # a zero byte in the name
        return False


def declared(path: str | Path, kind: str) -> Declared:
    """Return a file of declarations; read once per process unless the file changes.

    Parameters
    ----------
    path
        YAML file with ``schema_version``, ``kind``, ``key``, ``name``, ``parameters`` (path ->
        declaration) and, optionally, ``documents`` (id -> {zh, en, source}).
    kind
        ``law``, ``behaviour`` or ``region``: what the file must be.

    Raises
    ------
    ConfigError
        For every fault of the file, with its place.
    """
    return _declared(str(path), kind, stamp_of(str(path)))


@lru_cache(maxsize=64)
def _declared(path: str, kind: str, _stamp: tuple[int, int]) -> Declared:
    top = header(configfile.read(path), kind, ("key", "name", "parameters"), ("documents", "description"))
    documents = {} if kind == "law" else dict(law_in_force().documents)
    if "documents" in top:
        for key, node in top["documents"].mapping((), None).items():
            parts = node.mapping(("zh", "en", "source"))
            documents[key] = (parts["zh"].text(), parts["en"].text(), parts["source"].text())
    parameters = {
        name: _declaration(name, node, _KIND_SCOPES[kind], documents)
        for name, node in top["parameters"].mapping((), None).items()
    }
    zh, en = bilingual(top["name"])
    return Declared(top["key"].text(), zh, en, Frozen(documents), Frozen(parameters))


def law_in_force() -> Declared:
    """Return the shipped declarations of every policy parameter, with the values of the law in force."""
    return declared(configs() / "policies" / "law.yaml", "law")
