"""What people see: figures, tables and the Chinese and English words in them.

Nothing heavy is imported until it is used; ``from edusim.report import draw_all`` loads matplotlib.
"""

from __future__ import annotations

from typing import Any

_WHERE = {
    "FIGURES": "figures",
    "county_map": "figures",
    "draw_all": "figures",
    "draw_one": "figures",
    "dumbbell": "figures",
    "indicators": "figures",
    "ridgeline": "figures",
    "teacher_flow": "figures",
    "trajectories": "figures",
    "comparison_table": "tables",
    "run_table": "tables",
}

__all__ = list(_WHERE)


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _WHERE:
        return getattr(import_module(f"edusim.report.{_WHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE])
