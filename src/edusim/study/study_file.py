"""A study file: what is varied, what is asked, and how it is carried out; read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edusim.scenario import Scenario
    from edusim.study.tasks import Value

KINDS = ("compare", "sweep")
METHODS = ("grid", "lhs", "sobol")
ENGINES = ("local", "shard", "slurm", "dask")


@dataclass(frozen=True)
class Factor:
    """A lever (what the authority sets) or an uncertainty (what nobody controls).

    Attributes
    ----------
    name
        Name of the factor; the parameter's path unless the file gives another.
    role
        ``lever`` or ``uncertain``: also the first part of the name of its column.
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
        Distribution of an uncertainty over its range (``uniform``, ``triang``, ``norm``, ``lognorm``) and its numbers.
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

    @property
    def column(self) -> str:
        """Name of its column in every table of the study: ``lever.NAME`` or ``uncertain.NAME``."""
        return f"{self.role}.{self.name}"


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


@dataclass(frozen=True)
class Study:
    """A frozen study; made by :func:`load`.

    Attributes
    ----------
    kind
        ``compare`` or ``sweep``.
    policies, baseline
        Keys of the policies; the baseline, perhaps empty, is run without levers at every future and draw.
    designs
        ``feasible``, ``identical`` or both.
    levers, uncertainties
        What is varied, see :class:`Factor`.
    layout
        How points are laid out over the levers; over levers and uncertainties together when not ``crossed``.
    futures
        How futures are laid out over the uncertainties; None when there are none or they are not crossed.
    only
        Condition on the design's columns that a point must meet, as SQL; empty for all.
    keep
        Columns of measures kept for every year: ``measure`` or ``measure[stage]``.
    store
        Folder of the store, absolute.
    """

    name_zh: str
    name_en: str
    kind: str
    scenario: Scenario
    policies: tuple[str, ...]
    baseline: str
    designs: tuple[str, ...]
    levers: tuple[Factor, ...]
    uncertainties: tuple[Factor, ...]
    seeds: Seeds
    outcomes: tuple[Outcome, ...]
    layout: Sampling
    futures: Sampling | None
    crossed: bool
    only: str
    keep: tuple[str, ...]
    store: Path
    execution: Execution
    file: str = ""
