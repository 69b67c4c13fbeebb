"""What a measure is, and the parts all measures share.

A measure is declared once: stable id, words in two languages, unit, scope, which way is better, formula
and source. The declaration also fixes its rows in the year's vector, so that a year is one array of
numbers and a table is only made when somebody wants to read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edusim.errors import EdusimError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from edusim import extensions

SCOPES = ("county", "stage", "zone", "group", "school")
BETTER = ("up", "down", "none")
#: Rows of a measure kept for both parts of compulsory school, and for both together.
PARTS = ("primary", "junior")
PARTS_AND_ALL = ("primary", "junior", "all")


class MeasureError(EdusimError, ValueError):
    """A measure was asked for with arrays that do not fit together (exit code 1)."""


@dataclass(frozen=True)
class Measure:
    """Declaration of a measure.

    Parameters
    ----------
    id
        Stable identifier, ``room.name`` or ``room.name.item``.
    label_zh, label_en
        What a reader sees.
    unit
        Unit of the value; ``share`` is 0-1, ``count`` a number of things named in the label.
    scope
        ``county`` (one row), ``stage`` (a row for each of ``stages``), ``zone`` (rows by kind of place),
        ``group`` (rows by group, or by mode) or ``school`` (a column of the table of schools).
    better
        ``up``, ``down`` or ``none``.
    formula
        The rule in words and symbols.
    source
        Document, study or "definition of the model" the rule comes from.
    stages
        Stages that rows are kept for.
    unit_rows
        What the rows of one stage are: ``county``, ``zone``, ``group``, ``mode`` or ``school``.
    limits
        Official limit for (primary, junior), if there is one.
    """

    id: str
    label_zh: str
    label_en: str
    unit: str
    scope: str
    better: str
    formula: str
    source: str
    stages: tuple[str, ...] = ("all",)
    unit_rows: str = "county"
    limits: tuple[float, float] | None = None


def by_stage(
    name: str,
    zh: str,
    en: str,
    unit: str,
    better: str,
    formula: str,
    source: str,
    stages: tuple[str, ...] = PARTS,
    limits: tuple[float, float] | None = None,
) -> Measure:
    """Return the declaration of a measure kept by stage."""
    return Measure(name, zh, en, unit, "stage", better, formula, source, stages, "county", limits)


def county(
    name: str,
    zh: str,
    en: str,
    unit: str,
    better: str,
    formula: str,
    source: str,
    limit: float | None = None,
) -> Measure:
    """Return the declaration of a measure with one value for the county."""
    limits = None if limit is None else (limit, limit)
    return Measure(name, zh, en, unit, "county", better, formula, source, ("all",), "county", limits)


def of_extension(part: extensions.Measure) -> Measure:
    """Return a measure of a user's own file as measures are declared here."""
    scope = "county" if part.stages == ("all",) else "stage"
    return Measure(part.name, part.zh, part.en, part.unit, scope, part.better, part.formula, part.source, part.stages)


def divide(part: float, whole: float) -> float:
    """Return ``part / whole``, NaN when there is nothing to divide by."""
    return part / whole if whole else float("nan")


def vector(name: str, values: ArrayLike, like: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Return ``values`` as one row of float64, checked against the length of another row.

    Parameters
    ----------
    name
        Name of the argument, for the message.
    values
        Numbers, shape (n,); a single number counts as a row of one.
    like
        float64, shape (n,): the row it must fit, if any.

    Raises
    ------
    MeasureError
        When ``values`` has more than one dimension, or another length.
    """
    row = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if row.ndim != 1 or (like is not None and row.shape != like.shape):
        wanted = "one row" if like is None else f"{like.size} values"
        zh = "一行数字" if like is None else f"{like.size} 个数"
        raise MeasureError(
            "MEASURE-SHAPE",
            f"{name} 的形状是 {row.shape}，应为{zh}",
            f"{name} has shape {row.shape}, {wanted} expected",
            where=name,
        )
    return row
