"""P1: numbers that were printed by others, and what our formulas make of them."""

from __future__ import annotations

from edusim import measures
from edusim.validate import estimates as est

#: Five schools, books and pupils, as printed in an explanation of the formula (m.777doc.com/doc-2019910.html): CV 0.515, printed 0.52.
BOOKS = (279.0, 137.0, 935.0, 160.0, 402.0)
PUPILS = (45.0, 37.0, 89.0, 76.0, 55.0)
PRINTED = 0.515
#: Official tables of the 2012 rule (13 rows of 7 districts): eight single coefficients, and the composite that was printed.
#: Teaching area, sports area, equipment, computers, books, teachers a pupil, degrees, middle rank and above.
COMPOSITES: tuple[tuple[tuple[float, ...], float], ...] = (
    ((0.881, 1.299, 0.977, 0.379, 0.170, 0.334, 0.286, 0.408), 0.592),
    ((0.353, 0.784, 0.146, 0.491, 0.037, 0.226, 0.223, 0.253), 0.314),
    ((0.711, 0.649, 0.472, 0.338, 0.235, 0.274, 0.260, 0.396), 0.417),
    ((0.505, 0.484, 0.325, 0.275, 0.199, 0.715, 0.421, 1.021), 0.493),
    ((0.437, 0.419, 0.255, 0.188, 0.171, 0.263, 0.263, 0.420), 0.302),
    ((0.381, 0.298, 0.264, 0.212, 0.207, 0.502, 0.445, 0.539), 0.356),
    ((0.633, 0.891, 0.435, 0.328, 0.351, 0.391, 0.379, 0.541), 0.494),
    ((0.808, 0.445, 0.537, 0.472, 0.492, 0.243, 0.272, 0.265), 0.442),
    ((0.535, 0.478, 0.376, 0.354, 0.191, 0.264, 0.254, 0.369), 0.353),
    ((0.319, 0.346, 0.187, 0.241, 0.154, 0.267, 0.250, 0.324), 0.261),
    ((0.696, 0.916, 0.819, 0.580, 0.450, 0.286, 0.285, 0.470), 0.562),
    ((0.422, 0.491, 0.637, 0.409, 0.544, 0.298, 0.259, 0.449), 0.439),
    ((0.568, 0.610, 0.201, 0.415, 0.267, 0.336, 0.324, 0.423), 0.393),
)


def printed_examples() -> dict[str, float]:
    """P1: does the official coefficient of difference give what was printed?

    ``example``: distance of our weighted coefficient of the five schools from 0.515. ``composite``: largest distance,
    over official rows, of the mean of the eight coefficients from the composite printed beside them (rule of 2012).
    """
    return {
        "example": abs(measures.cv(BOOKS, PUPILS) - PRINTED),
        "composite": max(est.wobble(cvs, printed) for cvs, printed in COMPOSITES),
    }
