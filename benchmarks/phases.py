"""Where the time of a step goes: each phase of the year, each book-keeping part, timed on its own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

#: Parts of a step beside the phases of the year: what the profile calls them, and the method of County.
PARTS = {
    "(people counted before)": "_people",
    "(neutral tally)": "_default_tally",
    "(conservation)": "_conserve",
    "(tally completed)": "_fill_tally",
    "(yearly measures)": "_measure",
    "(moves)": "_moves",
    "(year opened)": "_year",
}


class Clock:
    """Adds up seconds by name within a step, nested calls counted once, at the inner name."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._open: list[list[float]] = []

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``call`` with its time added under ``name``."""

        def run(*args: Any, **kwargs: Any) -> Any:
            self._open.append([0.0])
            start = time.perf_counter()
            try:
                return call(*args, **kwargs)
            finally:
                spent = time.perf_counter() - start
                inside = self._open.pop()[0]
                self.seconds[name] = self.seconds.get(name, 0.0) + spent - inside
                if self._open:
                    self._open[-1][0] += spent

        return run


def profile(n_pupils: int, policy: str, steps: int) -> list[tuple[str, float]]:
    """Return (phase, ns per pupil-year), slowest first: medians of steps 2..``steps`` of the shipped county."""
    from benchmarks.county import county, pupil_years
    from edusim import model

    clock = Clock()
    model_year, old_parts = model.YEAR, {name: getattr(model.County, name) for name in PARTS.values()}
    try:
        model.YEAR = tuple(replace(p, act=clock.timed(p.name, p.act)) for p in model_year)
        for label, name in PARTS.items():
            setattr(model.County, name, clock.timed(label, old_parts[name]))
        one = county(n_pupils, policy, years=steps)
        one.parameters = _Laws(one.parameters, clock)
        step = clock.timed("(the rest of the step)", one.step)
        rows: list[dict[str, float]] = []
        for _ in range(steps):
            clock.seconds = {}
            n = pupil_years(one)
            step()
            rows.append({name: s / n * 1e9 for name, s in clock.seconds.items()})
    finally:
        model.YEAR = model_year
        for name, method in old_parts.items():
            setattr(model.County, name, method)
    names = list(dict.fromkeys(name for row in rows for name in row))
    return sorted(
        ((name, statistics.median(row.get(name, 0.0) for row in rows[1:])) for name in names), key=lambda p: -p[1]
    )


class _Laws:
    """The parameters of a county, the time of asking for a year's law counted."""

    def __init__(self, parameters: Any, clock: Clock) -> None:
        self.at = clock.timed("(law of the year)", parameters.at)
        self.first_year = parameters.first_year

