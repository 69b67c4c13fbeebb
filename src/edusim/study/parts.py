"""What a study is made of: factors, outcomes, seeds, layouts; and how their nodes are read.

Shared by the files that read a study; :mod:`edusim.study.study_file` gives the names on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from edusim.configfile import Node
from edusim.errors import ConfigError
from edusim.study.tasks import Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

METHODS = ("grid", "lhs", "sobol")
ENGINES = ("local", "shard", "slurm", "dask")
MAX_ROWS = 50_000_000
MAX_SEED = 2**63 - 1
#: Names of columns that every table of a study has.
TAKEN = (
    "run", "key", "point", "future", "policy", "design", "seed", "draw", "attempt", "state", "seconds", "digest",
    "worker", "at", "code", "error", "year", "arm",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Factor:
    """A lever (what the authority sets), an uncertainty (what nobody controls) or a ratio between two policies.

    Attributes
    ----------
    name
        Name of the factor; the parameter's path unless the file gives another.
    role
        ``lever``, ``uncertain`` or ``ratio``: also the first part of the name of its column.
    sets
        Paths of the parameters that take its value, each perhaps with ``policy:`` or ``mode:`` before it.
    unit
        Unit of the (first) parameter.
    low, high
        Ends of its range; NaN when it has values instead.
    steps
        Points of a grid; 0 when none are given.
    whole
        Whether it takes whole numbers only.
    values
        What it may take when it has no range: numbers, yes/no, words, or names of ``bundles``.
    bundles
        Name of a value -> parameter -> value, for a lever that sets several parameters at once.
    dist, params
        Distribution over its range (``uniform``, ``triang``, ``norm``, ``lognorm``; ``loguniform`` for a ratio) and
        its numbers.
    where
        ``file:line:column: path`` of its declaration.
    """

    name: str
    role: str
    sets: tuple[str, ...]
    unit: str = ""
    low: float = float("nan")
    high: float = float("nan")
    steps: int = 0
    whole: bool = False
    values: tuple[Value, ...] = ()
    bundles: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    dist: str = "uniform"
    params: tuple[float, ...] = ()
    where: str = field(default="", compare=False)

    def __eq__(self, other: object) -> bool:
        # A NaN is not equal to itself, two factors without a range are.
        return isinstance(other, Factor) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((self.name, self.role, self.sets))

    def _content(self) -> list[object]:
        found = [getattr(self, each.name) for each in fields(self) if each.compare]
        return [None if value != value else value for value in found]

    @property
    def column(self) -> str:
        """Name of its column in every table of the study: ``lever.NAME``, ``uncertain.NAME`` or ``ratio.POLICY.NAME``."""
        return f"{self.role}.{self.name}"

    @property
    def type(self) -> str:
        """What its column holds: ``word``, ``flag``, ``whole`` or ``number``."""
        if self.values and isinstance(self.values[0], str):
            return "word"
        if self.values and isinstance(self.values[0], bool):
            return "flag"
        return "whole" if self.whole else "number"


@dataclass(frozen=True)
class Outcome:
    """A number that the study asks of every run.

    Attributes
    ----------
    name
        Name of its column.
    measure, stage
        Measure and the part of school it is kept for.
    at
        School year, or ``last``, ``mean``, ``sum``, ``max``, ``min`` over the years after the base year.
    want
        ``min``, ``max`` or empty.
    unit
        Unit of the outcome.
    """

    name: str
    measure: str
    stage: str
    at: str
    want: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Seeds:
    """Root seed, draws of every point, and whether all points meet the same draws."""

    root: int = 0
    replicates: int = 1
    paired: bool = True


@dataclass(frozen=True)
class Sampling:
    """How points are laid out over some factors: method and number of points (0: the full grid)."""

    method: str
    n: int = 0
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Points:
    """Points that are given one by one, in place of a layout: by a design of sensitivity, by a search.

    Attributes
    ----------
    values
        Name of a factor -> its value at each point: of every lever, or of every lever and every uncertainty.
    draws
        int64 [points, replicates], not negative: numbers of the draws of people and lots of each point; None where
        the study's own replicates hold at every point.
    """

    values: Mapping[str, Sequence[Value]]
    draws: NDArray[np.int64] | None = None

    @property
    def n(self) -> int:
        """Number of points."""
        return len(next(iter(self.values.values()), ()))


@dataclass(frozen=True)
class Execution:
    """Where and with what a study runs; nothing here can change a result."""

    on: str = "local"
    workers: int = 0
    shards: int = 0
    memory: str = "2GB"
    time: str = "04:00:00"
    partition: str = ""
    account: str = ""
    lines: tuple[str, ...] = ()


# ---- reading nodes ---------------------------------------------------------------------------------


def short(text: str) -> str:
    """Return a text on one line, cut where it is long: for a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= 60 else flat[:59] + "…"


def listed(node: Node) -> list[Node]:
    """Return the values of a list; one written as a text (``a,b``, as on a command line) is divided."""
    if isinstance(node.value, str) and node.value.strip():
        parts = [node.value] if node.quoted else [part.strip() for part in node.value.split(",")]
        return [Node(part, node.file, node.line, node.column, node.path, node.quoted) for part in parts]
    return node.items()


def unique(node: Node, values: Iterable[Any]) -> None:
    """Refuse (``STUDY-DUPLICATE``) values of which two are the same."""
    seen: set[Any] = set()
    for value in values:
        if value in seen:
            node.fail(
                "STUDY-DUPLICATE",
                f"{short(str(value))} 写了两次",
                f"{short(str(value))} is given twice",
                "请删去其中一个",
                "delete one of them",
            )
        seen.add(value)


def at_place(where: str, code: str, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> ConfigError:
    """Return the error of a place that was noted before."""
    return ConfigError(code, zh, en, where=where, mend_zh=mend_zh, mend_en=mend_en)
