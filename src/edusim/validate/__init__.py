"""Holds the model against stylised facts and negative controls: ten patterns with bands, four controls that are exact.

>>> import edusim
>>> frame = edusim.validate(draws=4)                                           # doctest: +SKIP
>>> frame[frame["verdict"] == "miss"][["pattern", "part", "band", "value"]]    # doctest: +SKIP

The package is also a function: ``edusim.validate(...)`` returns a frame, one row a part of a pattern, a control or a
number reported beside. :func:`carry_out` returns the same with its table, page and figure. A miss is reported as a
miss; a control that is not exact is a fault of the program.
"""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING, Any

from edusim.validate.patterns import BY_KEY, CONTROLS, KEYS, PATTERNS, Band, Control, Part, Pattern

if TYPE_CHECKING:
    import pandas as pd

    from edusim.validate.running import Validation

__all__ = ["BY_KEY", "CONTROLS", "KEYS", "PATTERNS", "Band", "Control", "Part", "Pattern", "carry_out"]


def carry_out(scenario: Any = None, **more: Any) -> Validation:
    """Hold the model against the patterns and controls; see :func:`edusim.validate.running.carry_out`."""
    from edusim.validate import running

    return running.carry_out(scenario, **more)


class _Callable(types.ModuleType):
    """The package as a function."""

    def __call__(self, scenario: Any = None, **more: Any) -> pd.DataFrame:
        """Return the frame of :func:`carry_out`."""
        frame: pd.DataFrame = carry_out(scenario, **more).frame
        return frame


sys.modules[__name__].__class__ = _Callable
