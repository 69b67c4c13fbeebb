"""How much each input matters to a noisy outcome, how sure that is, and how much is luck.

>>> import numpy as np
>>> from edusim.study.sensitivity import analyse
>>> def gap(x, rng):                                   # three inputs; luck weighs more where the third is large
...     return 3 * x[0] + x[1] + (0.5 + 2 * x[2]) * rng.normal()
>>> problem = {"names": ["tilt", "share", "spread"], "bounds": [[0, 1]] * 3}
>>> found = analyse(gap, problem, n=512, seeds="factor")
>>> table = found.pivot_table(index="input", columns="index", values="value")
>>> bool(abs(table.loc["tilt", "ST"] - 0.2195) < 0.05 and table.loc["dummy", "ST"] == 0)
True

Three things are asked of every number here.

*Is it the input, or luck?* An index reckoned from single runs calls every input of a noisy simulator influential. Either the draw is made an input
(``seeds="factor"``), and luck and what it does with an input have indices of their own; or every run has its own draw
(``"independent"``), and noise is measured and taken out (:mod:`~edusim.study.sensitivity.noise`). A dummy that nothing reads is always carried along: its
index says what nothing looks like.

*How sure is it?* Intervals are from resamples of whole blocks, with the correction made again in each; a design grows by doubling, every run used
again, until intervals are narrow and ranks stable (:mod:`~edusim.study.sensitivity.growth`).

*What does it split?* The variance of one run is split into parameters, seeds and their interaction. Inputs that hang together are one group.

Which method: ``morris`` for many inputs and few runs (which matter at all), ``dgsm`` for bounds where the function repeats itself, ``sobol`` for the
indices themselves, ``chaos`` for the same from few runs where a polynomial fits, ``pawn`` and ``delta`` where variance says too little.

The parts can be used by themselves: a :class:`Problem` is laid out (:func:`lay_out`), its runs are made by anybody, and :func:`estimate` reads them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.study.sensitivity.estimates import Estimate, estimate
    from edusim.study.sensitivity.function import analyse
    from edusim.study.sensitivity.growth import Settled, all_settled, settled
    from edusim.study.sensitivity.layouts import METHODS, SEEDS, Layout, lay_out
    from edusim.study.sensitivity.problem import DUMMY, SEED, Input, Problem, problem_of

__all__ = [
    "DUMMY", "METHODS", "SEED", "SEEDS", "Estimate", "Input", "Layout", "Problem", "Settled", "all_settled", "analyse", "estimate", "lay_out",
    "problem_of", "settled",
]  # fmt: skip

_HOMES = {
    "analyse": "function", "estimate": "estimates", "Estimate": "estimates", "Settled": "growth", "all_settled": "growth", "settled": "growth",
    "METHODS": "layouts", "SEEDS": "layouts", "Layout": "layouts", "lay_out": "layouts", "DUMMY": "problem", "SEED": "problem", "Input": "problem",
    "Problem": "problem", "problem_of": "problem",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
