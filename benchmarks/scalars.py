"""The engine's scalar draws and formulas, each in the form that plain Python calls faster.

Calling a compiled function from Python costs about 150 ns whatever it does. Draws mix 64-bit integers,
which Python does slowly: compiled they take 150-190 ns against 300-600. Most formulas are a few
operations on floats: interpreted they take 60-140 ns against 150-210; the few with ``min``, ``max`` or
an exponential are quicker compiled. Bits are the same either way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from edusim import draws
from edusim.equations import formulas, rotation


def interpreted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Python function behind a compiled one."""
    return getattr(function, "py_func", function)


at, at_pair = draws.at, draws.at_pair
uniform_at, normal_at, gumbel_at = draws.uniform_at, draws.normal_at, draws.gumbel_at


def pair_uniform(key: Any, identity: int, other: int) -> float:
    """Return the uniform number of a pair: ``draws.to_uniform``, written out because bits arrive as an int."""
    return ((at_pair(key, identity, other) >> 11) + 0.5) * 2.0**-53


class_size_effect, experience_gain = formulas.class_size_effect, formulas.experience_gain
learned_next = formulas.learned_next

distance_km = interpreted(formulas.distance_km)
learning_intensity = interpreted(formulas.learning_intensity)
own_next = interpreted(formulas.own_next)
pay_response = interpreted(formulas.pay_response)
shifted_probability = interpreted(formulas.shifted_probability)
travel_hours = interpreted(formulas.travel_hours)
years_to_serve = interpreted(formulas.years_to_serve)
perceived_reputation = interpreted(formulas.perceived_reputation)
quota_base, willingness = interpreted(rotation.quota_base), interpreted(rotation.willingness)
may_lead = interpreted(rotation.may_lead)
