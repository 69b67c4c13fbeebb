"""The levers of a study as the variables of a search: numbers, whole numbers, steps, words; and back to values of the study.

A number of a range is rounded to a thousandth of it or finer, so that a plan reads as an authority would write it. Listed numbers
and the steps of a range stand in their order and are searched as whole numbers; words, yes/no and settings of several parameters
have no order and are searched as choices.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edusim.study.parts import Factor
from edusim.study.sampling import grid_values
from edusim.study.tasks import Value

#: Least number of different values that a number of a range keeps when it is rounded.
LEAST_VALUES = 500


@dataclass(frozen=True)
class Variable:
    """One lever in a search.

    Attributes
    ----------
    name
        Name of the lever.
    kind
        ``number``, ``whole``, ``step`` (a place in ``values``, which are in order) or ``choice`` (a place in ``values``).
    low, high
        Ends: of the number, of the whole number, or of the place.
    digits
        Decimals to which a number is rounded.
    values
        What it may take, for steps and choices.
    """

    name: str
    kind: str
    low: float
    high: float
    digits: int = 0
    values: tuple[Value, ...] = ()

    def value(self, raw: Any) -> Value:
        """Return the study's value of what a search asks for."""
        if self.kind == "number":
            rounded = round(float(raw), self.digits)
            return min(max(rounded, self.low), self.high) + 0.0
        if self.kind == "whole":
            return int(raw)
        return self.values[int(raw)]


def variable_of(factor: Factor) -> Variable:
    """Return the variable of a lever."""
    if factor.values:
        ordered = factor.type in ("number", "whole")
        values = tuple(sorted(factor.values)) if ordered else factor.values
        return Variable(factor.name, "step" if ordered else "choice", 0, len(values) - 1, values=values)
    if factor.steps:
        values = tuple(grid_values(factor))
        return Variable(factor.name, "step", 0, len(values) - 1, values=values)
    if factor.whole:
        return Variable(factor.name, "whole", factor.low, factor.high)
    digits = -math.floor(math.log10((factor.high - factor.low) / LEAST_VALUES))
    return Variable(factor.name, "number", factor.low, factor.high, digits)


@dataclass(frozen=True)
class Space:
    """All variables of a search, in the order of the study file."""

    variables: tuple[Variable, ...]

    @classmethod
    def of(cls, levers: Sequence[Factor]) -> Space:
        """Return the space of some levers."""
        return cls(tuple(variable_of(factor) for factor in levers))

    def point(self, raw: Mapping[str, Any]) -> dict[str, Value]:
        """Return the study's values at what a search asks for."""
        return {one.name: one.value(raw[one.name]) for one in self.variables}

    def pymoo(self) -> dict[str, Any]:
        """Return the variables as pymoo has them."""
        from pymoo.core.variable import Choice, Integer, Real

        found: dict[str, Any] = {}
        for one in self.variables:
            if one.kind == "number":
                found[one.name] = Real(bounds=(one.low, one.high))
            elif one.kind == "choice":
                found[one.name] = Choice(options=list(range(len(one.values))))
            else:
                found[one.name] = Integer(bounds=(int(one.low), int(one.high)))
        return found

    def raw(self, asked: Mapping[str, Any]) -> dict[str, float | int]:
        """Return what pymoo asks for as plain numbers, which JSON keeps bit by bit."""
        return {one.name: float(asked[one.name]) if one.kind == "number" else int(asked[one.name]) for one in self.variables}

    def plain(self) -> list[dict[str, Any]]:
        """Return the space as plain data."""
        return [
            {"name": v.name, "kind": v.kind, "low": float(v.low), "high": float(v.high), "digits": v.digits, "values": list(v.values)}
            for v in self.variables
        ]  # fmt: skip


__all__ = ["Space", "Variable", "variable_of"]
