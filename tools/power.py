"""How many schools it takes to see an effect: rough power of the designs that could settle what the model assumes.

Effects are in pupils' SD. A pupil's score is the school's part (share ``icc`` of the variance) and the pupil's own;
earlier scores explain shares of both. Groups of schools are treated together: the unit that is drawn is the group.
"""

from __future__ import annotations

import math

import numpy as np

#: Two-sided 5% and power 80%: 1.96 + 0.84.
DETECTABLE = 1.959964 + 0.841621


def randomised(effect: float, icc: float, pupils: int, explained_between: float = 0.0, explained_within: float = 0.0) -> int:
    """Return how many schools, half of them treated, show ``effect`` with one test of ``pupils`` pupils a school.

    ``n = 4 (z / effect)^2 (icc (1 - R2_between) + (1 - icc)(1 - R2_within) / pupils)`` (Bloom 1995; Raudenbush 1997),
    raised to an even number; z = 2.80 for 80% power at 5%.
    """
    between, within = icc * (1.0 - explained_between), (1.0 - icc) * (1.0 - explained_within)
    n = 4.0 * (DETECTABLE / effect) ** 2 * (between + within / pupils)
    return 2 * math.ceil(n / 2.0 - 1e-9)


def staggered(
    effect: float, icc: float, pupils: int, years: int, lasting: float, explained_between: float = 0.0, explained_within: float = 0.0
) -> int:
    """Return how many schools show ``effect`` where all come in, in turn, over ``years`` years with a test every year.

    One wave starts in each year after the first. A school's part lasts from year to year with correlation
    ``lasting`` (1: the same in all years, as in Hussey & Hughes 2007); years have effects of their own. The variance of the
    effect is that of generalised least squares; schools are raised to whole waves.
    """
    between, within = icc * (1.0 - explained_between), (1.0 - icc) * (1.0 - explained_within) / pupils
    apart = np.abs(np.subtract.outer(np.arange(years), np.arange(years)))
    inverse = np.linalg.inv(between * lasting**apart + within * np.eye(years))
    waves = years - 1
    information = np.zeros((years + 1, years + 1))
    for wave in range(1, years):
        design = np.column_stack([np.eye(years), np.arange(years) >= wave])
        information += design.T @ inverse @ design
    variance = float(np.linalg.inv(information)[-1, -1])  # with one school a wave
    return waves * math.ceil((DETECTABLE / effect) ** 2 * variance - 1e-9)
