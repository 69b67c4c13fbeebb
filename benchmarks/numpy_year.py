"""Two phases written in NumPy, where arrays are the natural form: classes dealt out, and a year's learning.

The same results as the compiled loops: classes and class sums exactly, achievement to 1e-12 (NumPy's
logarithm rounds a few numbers differently). The rest of the year is choice by choice and has no natural
array form.
"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.equations.pupils import EMPTY, ENROLLED, GRAIN
from edusim.rules import teaching
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.rules.context import Year

_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_MIDDLE = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def _ratio(r: NDArray[np.float64], parts: tuple[tuple[float, ...], tuple[float, ...]]) -> NDArray[np.float64]:
    return np.asarray(np.polyval(parts[0], r) / np.polyval(parts[1], r))


def normal(u: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return standard normal quantiles (Wichura 1988), each branch on the numbers it is for."""
    q = u - 0.5
    out = np.empty_like(u)
    inside = np.abs(q) <= 0.425
    out[inside] = q[inside] * _ratio(0.180625 - q[inside] ** 2, _CENTRE)
    outside = ~inside
    low = q[outside] < 0.0
    r = np.sqrt(-np.log(np.where(low, u[outside], 1.0 - u[outside])))
    value = np.where(r <= 5.0, _ratio(r - 1.6, _MIDDLE), _ratio(r - 5.0, _TAIL))
    out[outside] = np.where(low, -value, value)
    return out


def form_classes(year: Year) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the class of every pupil row, and pupils and achievement (in 2**-40) of every class."""
    state, memory = year.state, year.memory
    pupils, n_schools = state.pupils, state.schools.n
    n_classes = memory.n_classes
    flat = n_classes.T.ravel()
    first = (np.cumsum(flat) - flat).reshape(n_schools, N_GRADES)
    klass = np.full(pupils.n, -1, np.int32)
    for grade in range(1, N_GRADES + 1):
        rows = state.rows_of_grade(grade)
        inside = np.flatnonzero(pupils.status[rows] == ENROLLED)
        school = pupils.school[rows][inside]
        order = np.argsort(school, kind="stable")
        count = np.bincount(school, minlength=n_schools)
        place = np.arange(order.size) - np.repeat(np.cumsum(count) - count, count)
        at = school[order]
        klass[rows.start + inside[order]] = first[at, grade - 1] + place % n_classes[grade - 1, at]
    on = klass >= 0
    total = int(flat.sum())
    # Whole numbers below 2**53: the floating sums are exact.
    scores = np.trunc(pupils.achievement[on] * GRAIN)
    sums = np.bincount(klass[on], weights=scores, minlength=total).astype(np.int64)
    return klass, np.bincount(klass[on], minlength=total), sums


def learn(year: Year) -> dict[str, NDArray[Any]]:
    """Let every pupil learn for a year, in place; return the schools' tallies."""
    state, law, memory = year.state, year.law, year.memory
    pupils, n_schools = state.pupils, state.schools.n
    key = year.key("teaching.noise")
    with np.errstate(over="ignore"):
        bits = key + (pupils.id.astype(np.uint64) + np.uint64(1)) * draws.GOLDEN
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
        bits ^= bits >> np.uint64(31)
    noise = normal(((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)
    used, on = pupils.status != EMPTY, pupils.status == ENROLLED
    own = law["achievement.persistence_own"] * pupils.own + memory.ses_gain * pupils.ses + memory.noise_sd * noise
    pi = law["achievement.persistence_caused"]
    q = np.where(on, memory.class_q[np.where(on, pupils.klass, 0)], 0.0)
    caused = pupils.caused + pi * q
    luck = np.where(on, memory.class_luck[np.where(on, pupils.klass, 0)], 0.0)
    score = own + caused + (1.0 - pi) * q + luck
    pupils.own[used], pupils.caused[used], pupils.achievement[used] = own[used], caused[used], score[used]
    grade = state.grade_of_rows()
    cell = (grade[on] >= FIRST_JUNIOR_GRADE).astype(np.int64) * n_schools + pupils.school[on]
    a, z = score[on], pupils.ses[on]
    low, poor = a < memory.low_line[grade[on].astype(np.int64) - 1], z < memory.low_ses_line

    def sums(values: NDArray[Any]) -> NDArray[Any]:
        return np.bincount(cell, weights=values, minlength=2 * n_schools).reshape(2, n_schools)

    return {
        "n_pupils": np.bincount(cell, minlength=2 * n_schools).reshape(2, n_schools), "n_low": sums(low),
        "n_low_ses": sums(poor), "sum_achievement": sums(a), "sum_square": sums(a * a), "sum_ses": sums(z),
        "sum_low_ses": sums(np.where(poor, a, 0.0)),
    }  # fmt: skip


def compare(county: Any, repeats: int) -> dict[str, float]:
    """Return ns a pupil of both phases, compiled and NumPy, on a county that has stepped; check the results.

    Raises
    ------
    AssertionError
        When the two do not give the same.
    """
    year, pupils = county.now, county.state.pupils
    n = int((pupils.status > 0).sum())
    seconds: dict[str, list[float]] = {f"{phase}_{way}": [] for phase in ("classes", "learn") for way in ("loop", "numpy")}

    def timed(name: str, call: Any) -> Any:
        start = time.perf_counter()
        result = call(year)
        seconds[name].append(time.perf_counter() - start)
        return result

    used = pupils.status != EMPTY
    start = {name: pupils[name].copy() for name in ("own", "caused", "achievement")}
    for _ in range(repeats):
        for name, values in start.items():
            pupils[name][:] = values
        timed("classes_loop", teaching.form_classes)
        klass, size, sums = timed("classes_numpy", form_classes)
        on = pupils.status == ENROLLED
        assert np.array_equal(klass[on], pupils.klass[on])
        assert np.array_equal(size, county.memory.class_n) and np.array_equal(sums, county.memory.class_sum)
        timed("learn_loop", teaching.learn)
        after = {name: pupils[name].copy() for name in start}
        for name, values in start.items():
            pupils[name][:] = values
        tally = timed("learn_numpy", learn)
        for name, values in after.items():
            assert np.allclose(pupils[name][used], values[used], rtol=0, atol=1e-12)
        for name, values in tally.items():
            assert np.allclose(values, getattr(year.tally, name), rtol=0, atol=1e-6)
    return {name: statistics.median(values[1:]) / n * 1e9 for name, values in seconds.items()}
