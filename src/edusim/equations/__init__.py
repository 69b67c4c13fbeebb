"""The compiled loops and formulas that rules, studies and the plain benchmark share.

Names are looked up when first used, because a module of loops imports Numba. One function, one home:
:data:`HOMES` says in which module each public name stands.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.equations.assignment import (
        deferred_acceptance,
        immediate_acceptance,
        parallel,
        parallel_arrays,
        top_trading_cycles,
    )
    from edusim.equations.choice import FamilyChoice, lists, tolerance

#: Public name -> module of this package that holds it.
HOMES: dict[str, str] = {
    "FamilyChoice": "choice",
    "deferred_acceptance": "assignment",
    "immediate_acceptance": "assignment",
    "lists": "choice",
    "parallel": "assignment",
    "parallel_arrays": "assignment",
    "tolerance": "choice",
    "top_trading_cycles": "assignment",
}

__all__ = [
    "FamilyChoice",
    "deferred_acceptance",
    "immediate_acceptance",
    "lists",
    "parallel",
    "parallel_arrays",
    "tolerance",
    "top_trading_cycles",
]


def __getattr__(name: str) -> Any:
    home = HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *HOMES])
