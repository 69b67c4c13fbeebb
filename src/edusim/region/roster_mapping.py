"""Read a mapping: which header of someone else's table is which column of a roster.

A mapping is a documented YAML file; it holds no data. Besides renaming it can leave columns out (with the
reason), add constants, compute a column from several (sum, weighted mean, weighted mean of standard
scores), and say what to do with an id that occurs twice or a group whose core is not in the table.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edusim import configfile, declarations
from edusim.configfile import Node
from edusim.errors import did_you_mean
from edusim.region.roster_columns import SHEETS, WORDS, code_of

_SHEET_KEYS = ("columns", "ignored", "constants", "computed", "duplicate_ids", "group_without_core")
#: What a computed column may be: name -> whether it needs weights.
OPERATIONS = {"sum": False, "weighted_mean": True, "weighted_mean_of_standard_scores": True}


@dataclass(frozen=True)
class Computed:
    """A column computed from several source columns, row by row; see :data:`OPERATIONS`."""

    operation: str
    columns: tuple[str, ...]
    weights: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source header that the column needs."""
        return tuple(dict.fromkeys((*self.columns, *self.weights)))


@dataclass(frozen=True)
class SheetMapping:
    """The mapping of one sheet; every key is documented in the shipped ``guangzhou_junior.yaml``."""

    columns: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    constants: dict[str, str] = field(default_factory=dict)
    computed: dict[str, Computed] = field(default_factory=dict)
    duplicate_ids: str = "refuse"
    group_without_core: str = "refuse"


@dataclass(frozen=True)
class Mapping:
    """A mapping: one :class:`SheetMapping` for each sheet it speaks of, and its title."""

    name: str = ""
    title: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, SheetMapping] = field(default_factory=dict)

    def of(self, kind: str) -> SheetMapping:
        """Return the mapping of a sheet (one that changes nothing when the file does not name it)."""
        return self.sheets.get(kind, SheetMapping())


def load_mapping(source: str | Path | MappingType[str, Any] | Mapping | None) -> Mapping:
    """Return a mapping from a file, the name of a shipped one, or a dictionary.

    Parameters
    ----------
    source
        Path of a YAML file; a name such as ``guangzhou_junior``; a dictionary of the same content; None
        for a roster that already uses our headers.

    Raises
    ------
    ConfigError
        For an unreadable file, an unknown key, column, word or operation, with file, line and the nearest
        valid name.
    """
    if source is None or source == "":
        return Mapping()
    if isinstance(source, Mapping):
        return source
    root = configfile.from_python(source) if isinstance(source, MappingType) else configfile.read(_find(str(source)))
    parts = root.mapping((), ("schema_version", "kind", "name", "title", "source", "assumptions", *SHEETS))
    if "schema_version" in parts:
        declarations.check_version(parts["schema_version"])
    if "kind" in parts:
        parts["kind"].word(("roster_mapping",))
    title = {k: v.text() for k, v in parts["title"].mapping(("zh", "en")).items()} if "title" in parts else {}
    name = parts["name"].text() if "name" in parts else ""
    return Mapping(name, title, {kind: _sheet(kind, parts[kind]) for kind in SHEETS if kind in parts})


def shipped_mappings() -> list[str]:
    """Return the names of the mappings that come with the package."""
    return sorted(p.stem for p in (declarations.configs() / "rosters").glob("*.yaml"))


def _find(source: str) -> str:
    shipped = declarations.configs() / "rosters" / f"{source}.yaml"
    return str(shipped) if source in shipped_mappings() and not Path(source).is_file() else source


def _sheet(kind: str, node: Node) -> SheetMapping:
    parts = node.mapping((), _SHEET_KEYS)

    def table(key: str) -> dict[str, Node]:
        return parts[key].mapping((), None) if key in parts else {}

    columns = {}
    for header, target in table("columns").items():
        columns[header] = _column(target.text(), kind, target)
    constants = {}
    for key, value in table("constants").items():
        words = SHEETS[kind].columns[_column(key, kind, value)].words
        if words and code_of(words, value.text()) is None:
            zh, en = did_you_mean(value.text(), WORDS[words])
            value.fail("CFG-UNKNOWN-VALUE", f"不认识的值 {value.text()}", f"unknown value {value.text()}", zh, en)
        constants[key] = value.text()
    computed = {}
    for key, rule in table("computed").items():
        computed[_column(key, kind, rule)] = _computed(rule)

    def choice(key: str, valid: tuple[str, ...]) -> str:
        return parts[key].word(valid) if key in parts else valid[0]

    return SheetMapping(
        columns, frozenset(table("ignored")), constants, computed,
        choice("duplicate_ids", ("refuse", "suffix")), choice("group_without_core", ("refuse", "outside")),
    )  # fmt: skip


def _column(key: str, kind: str, node: Node) -> str:
    valid = SHEETS[kind].columns
    if key not in valid:
        zh, en = did_you_mean(key, valid)
        node.fail("CFG-UNKNOWN-COLUMN", f"名册没有 {key} 这一列", f"a roster has no column {key}", zh, en)
    return key


def _computed(node: Node) -> Computed:
    parts = node.mapping(("operation", "columns"), ("weights",))
    operation = parts["operation"].word(tuple(OPERATIONS))
    columns = tuple(v.text() for v in parts["columns"].items())
    if not OPERATIONS[operation]:
        return Computed(operation, columns)
    weights = tuple(v.text() for v in node.mapping(("operation", "columns", "weights"))["weights"].items())
    if len(weights) != len(columns) or not columns:
        parts["weights"].fail("CFG-WEIGHTS", "每一列需要一个权重", "each column needs one weight")
    return Computed(operation, columns, weights)
