"""Searches for tests: a toy with a known front, and a small study; run as a program, a search to be killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edusim.optimise.space import Space
from edusim.study.parts import Factor
from edusim.study.study_file import Study, load

SPACE = Space.of((
    Factor("a", "lever", ("a",), low=0.0, high=1.0),
    Factor("b", "lever", ("b",), low=0.0, high=10.0, whole=True),
    Factor("c", "lever", ("c",), values=("x", "y"), bundles={"x": {"p": 1.0}, "y": {"p": 2.0}}),
    Factor("d", "lever", ("d",), values=(3.0, 1.0, 2.0)),
))  # fmt: skip


def toy(number: int, plans: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two objectives whose front is ``b = 0, c = x, d = 1`` with any ``a`` from 0.3, which a constraint asks for."""
    del number
    burden = [v["b"] / 10 + (v["c"] == "y") + (v["d"] - 1) for v in plans]
    f = [[v["a"] + extra, (1 - v["a"]) ** 2 + extra] for v, extra in zip(plans, burden, strict=True)]
    return np.array(f, np.float64), np.array([[0.3 - v["a"]] for v in plans], np.float64)


def small(store: Path, **changes: Any) -> Study:
    """Return a study of some 100 runs: three objectives, a budget, a limit, levers of every kind."""
    return load(as_dict(store, **changes))


def as_dict(store: Path, **changes: Any) -> dict[str, Any]:
    """Return the study of :func:`small` as a dict."""
    found: dict[str, Any] = {
        "schema_version": 1, "kind": "optimise", "name": {"zh": "试", "en": "trial"}, "scenario": "small",
        "set": {"region.n_pupils": 800, "years": 2},
        "policies": ["community_plan"], "baseline": "status_quo",
        "levers": {
            "mix.fusion": {"range": [0, 1]}, "mix.collaboration": {"range": [0, 1]}, "rotation.share": {"range": [0, 0.3]},
            "rotation.term_years": {"values": [1, 3]}, "finance.fund_yuan_year": {"range": [0, 1e8], "steps": 11},
            "use": {"values": {"goods": {"finance.equipment_share": 0.8}, "people": {"finance.equipment_share": 0.1}}},
        },
        "seeds": {"root": 7, "replicates": 2},
        "outcomes": {
            "gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"},
            "core": {"measure": "learning.core_mean", "at": "last", "want": "max"},
            "cost": {"measure": "money.total", "at": "sum", "want": "min"},
        },
        "budget": {"outcome": "cost", "at_most": 1_200_000},
        "limits": [{"measure": "staffing.leaver_share", "at": "last", "at_most": 0.3, "probability": 0.5}],
        "keep": ["learning.core_member_gap", "money.total"],
        "search": {"population": 12, "generations": 2, "seed": 5}, "fresh": {"root": 8, "replicates": 3},
        "store": {"path": str(store)},
    }  # fmt: skip
    return {**found, **changes}


def content(folder: Path) -> dict[str, bytes]:
    """Return name -> bytes of what a search kept of its generations."""
    return {file.name: file.read_bytes() for file in sorted(folder.glob("generation-*.json"))}


def _die_in(moment: str) -> None:
    """Let this process be killed at a moment.

    ``NUMBER run``: after some runs of the generation that this process scores as its NUMBER-th; ``NUMBER kept``: after the file of that
    generation; ``NUMBER write``: inside the next file of a generation.
    """
    from edusim.optimise import plans, states
    from edusim.optimise.states import Book, Generation
    from edusim.study import driver

    number, where = moment.split()

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    keep = Book.keep

    def keep_and_die(self: Book, generation: Generation) -> None:
        if where == "write":
            states._sync_folder = lambda folder: die()  # type: ignore[assignment]
            real = os.fsync
            os.fsync = lambda handle: die() or real(handle)  # type: ignore[assignment,func-returns-value]
        keep(self, generation)
        if where == "kept" and generation.number == int(number):
            die()

    Book.keep = keep_and_die  # type: ignore[method-assign]
    score, calls = plans.Plans.run, [0]

    def run_and_die(self: plans.Plans, listed: Sequence[Mapping[str, Any]]) -> plans.Block:
        calls[0] += 1
        if calls[0] == int(number) and where == "run":
            settle, seen = driver._Session._take, [0]

            def take(session: Any, results: Any) -> None:
                settle(session, results)
                seen[0] += 1
                if seen[0] > 2:
                    die()

            driver._Session._take = take  # type: ignore[method-assign]
        return score(self, listed)

    plans.Plans.run = run_and_die  # type: ignore[method-assign]


if __name__ == "__main__":
    # A search of its own, to be killed: optimise_cases.py STORE "2 write"
    import sys

    from edusim.optimise.best import find
    from edusim.study.engines import Here

    if len(sys.argv) > 2:
        _die_in(sys.argv[2])
    find(small(Path(sys.argv[1])), engine=Here())
