"""edusim: a county's schools, teachers and families under school-group policies, year by year.

>>> import edusim
>>> scenario = edusim.load("county")                                           # doctest: +SKIP
>>> comparison = edusim.compare(scenario, policies=["fusion"], draws=20)       # doctest: +SKIP

Nothing heavy is imported until it is used: each name below is looked up on first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim import (
        by_hand,
        discover,
        draws,
        equations,
        errors,
        extensions,
        measures,
        notebook,
        optimise,
        parameters,
        region,
        study,
        validate,
    )
    from edusim.model import County
    from edusim.reporting import write_report
    from edusim.runs import Comparison, Run, compare, run
    from edusim.scenario import Scenario, load
    from edusim.state import State

__version__ = "0.1.0"

__all__ = [
    "Comparison", "County", "Run", "Scenario", "State", "__version__", "by_hand", "compare", "demo", "discover", "draws", "equations",
    "errors", "extensions", "load", "measures", "notebook", "optimise", "parameters", "region", "run", "study", "validate",
    "write_report",
]  # fmt: skip

_HOMES = {
    "Comparison": "runs",
    "County": "model",
    "Run": "runs",
    "Scenario": "scenario",
    "State": "state",
    "compare": "runs",
    "load": "scenario",
    "run": "runs",
    "write_report": "reporting",
}
_ROOMS = (
    "by_hand", "calibrate", "discover", "draws", "equations", "errors", "extensions", "measures", "notebook", "optimise", "parameters", "region", "study",
    "validate",
)  # fmt: skip


def demo(draws: int = 20, workers: int = 1) -> Comparison:
    """Compare the law in force and the three modes on the shipped county.

    Parameters
    ----------
    draws
        Paired draws of every policy.
    workers
        Processes; the result has the same bits for any number.

    Returns
    -------
    Comparison
        Measures and paired differences, ready for ``table``, ``plot`` and ``save``.

    Raises
    ------
    EdusimError
        When a setting is wrong or the run cannot be carried out.
    """
    from edusim import runs, scenario

    county = scenario.load("county")
    return runs.compare(county, policies=county.policies, draws=draws, workers=workers)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS and name not in _HOMES and not name.startswith("__"):
        name = import_module(f"{__name__}.deprecations").current("name", name)
    if name in _ROOMS:
        return import_module(f"{__name__}.{name}")
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
