"""Figures and pages of a sensitivity study, from its frames.

Frames are long, one row a number; each but ``indices`` may be missing, and what it would show is then left out:

``indices``
    policy, outcome, method, n, index (``S1 ST S2 Sclosed mu mu_star sigma vt delta pawn``), input (an input, a group, ``dummy`` or ``seed``), other
    (second of a pair, or the empty string), value, low, high, raw. Of several ``n`` the largest is drawn; several methods may stand
    side by side (the road: morris, chaos, sobol).
``split``
    policy, outcome, part (``parameters``, ``seeds``, ``interaction``, ``unexplained``), share, low, high.
``swings``
    policy, outcome, input, at_low, at_high (values of the factor that stand for its lowest and highest fifth: numbers or words),
    low_mean, low_low, low_high, high_mean, high_low, high_high.
``growth``
    policy, outcome, n, runs, index, input, value, low, high, settled (whether that design was enough).
``together``
    policy, outcome, input, other, x, y, mean, low, high, alone, beyond, beyond_low, beyond_high.
``facts``
    One row a policy, outcome and method; any of: is_dead, q2, runs, blocks (used), dropped (blocks left out for want of a number), mean, variance,
    noise_variance.
"""

from __future__ import annotations
