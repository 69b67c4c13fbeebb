"""Sensitivity of a noisy simulator: indices that are known in closed form, and errors that were measured before, through ``analyse``.

Raw indices of a noisy function call a dummy influential that nothing reads; those that are freed from noise must not. The cases stand in
``sensitivity.json``, each with its truth, what it may be off by and why. Where a number is an error over designs, several designs are made.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from checked import Row, data, exact, finish, options
from scipy.special import ndtri

from edusim.study.sensitivity import analyse

CASES: list[dict[str, Any]] = data("sensitivity")["cases"]
#: Variance of the Ishigami function, a = 7, b = 0.1.
V = 49 / 8 + 0.1 * np.pi**4 / 5 + 0.01 * np.pi**8 / 18 + 0.5
A = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
#: Indices of the cases whose root mean squared error is taken over all inputs and the dummy.
_OWN = 1 / (3 * (1 + A) ** 2)
TOTALS = {
    "ishigami": {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437, "dummy": 0.0},
    "g": {f"x{i + 1}": float(own * np.prod(1 + np.delete(_OWN, i)) / (np.prod(1 + _OWN) - 1)) for i, own in enumerate(_OWN)},
    "luck": {"x1": 9 / 41, "x2": 1 / 41, "x3": 4 / 41, "seed": 31 / 41, "dummy": 0.0},
}
FIRSTS = {
    "ishigami": {"x1": 0.3139, "x2": 0.4424, "x3": 0.0, "dummy": 0.0},
    "luck": {"x1": 9 / 41, "x2": 1 / 41, "x3": 0.0, "seed": 27 / 41, "dummy": 0.0},
}


def ishigami(x: Any) -> Any:
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def product(x: Any) -> Any:
    return np.prod((np.abs(4 * x - 2) + A) / (1 + A), axis=1)


_UNIT = {"names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}
#: Name -> problem; outcome of points, float64 [points]; what a standard normal of each point is taken times.
FUNCTIONS: dict[str, tuple[dict[str, Any], Callable[[Any], Any], Callable[[Any, float], Any]]] = {
    "ishigami": ({"names": ["x1", "x2", "x3"], "bounds": [[-np.pi, np.pi]] * 3}, ishigami, lambda x, noise: np.sqrt(noise * V)),
    "g": ({"names": [f"x{i + 1}" for i in range(8)], "bounds": [[0, 1]] * 8}, product, lambda x, noise: 0.0),
    "luck": (_UNIT, lambda x: 3 * x[:, 0] + x[:, 1], lambda x, noise: noise * (0.5 + 2 * x[:, 2])),
    "slope": ({"names": ["x1", "x2"], "bounds": [[0, 1]] * 2}, lambda x: 3 * x[:, 0] + x[:, 1], lambda x, noise: noise),
    "first": ({"names": ["x1", "x2"], "bounds": [[0, 1]] * 2}, lambda x: x[:, 0], lambda x, noise: noise),
    "normal": ({"names": ["x1", "x2"], "bounds": [[0, 1]] * 2, "dists": ["norm"] * 2}, lambda x: x[:, 0], lambda x, noise: noise),
    "sum": (
        {"names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3, "dists": ["norm"] * 3, "groups": ["pair", "pair", "x3"], "correlation": {"pair": 0.6}},
        lambda x: x.sum(axis=1), lambda x, noise: np.sqrt(noise * 4.2),
    ),
}  # fmt: skip


def analysed(case: Mapping[str, Any], seed: int) -> Any:
    """Return the frame of one design of a case."""
    problem, outcome, spread = FUNCTIONS[case["function"]]
    noise = case["noise"]

    def plain(x: Any) -> Any:
        return outcome(x)

    def noisy(x: Any, seeds: Any) -> Any:
        # Each run is handed a number that is uniform over 32 bits: a standard normal of its own.
        return outcome(x) + spread(x, noise) * ndtri((np.asarray(seeds) + 0.5) / 2**32)

    more = {key: case[key] for key in ("seeds", "replicates") if key in case}
    return analyse(
        noisy if noise else plain, problem, method=case["method"], n=case["n"], seed=seed, vectorised=True, resamples=case.get("resamples", 40), **more
    )


def rows_of(case: Mapping[str, Any], repeats: int | None = None) -> Iterator[Row]:
    """Yield what a case must give; fewer designs where ``repeats`` says so."""
    frames = [analysed(case, seed) for seed in range(min(repeats or case["repeats"], case["repeats"]))]
    name, why = case["name"], case["why"]

    def values(index: str, unit: str, column: str = "value") -> Any:
        return np.array([f.loc[(f["index"] == index) & (f["input"] == unit) & (f["other"] == ""), column].iloc[0] for f in frames])

    def error(of: str, column: str) -> float:
        truths = [(index, truth[case["function"]]) for index, truth in (("S1", FIRSTS), ("ST", TOTALS)) if index in of]
        return float(np.sqrt(np.mean([(values(index, unit, column) - true) ** 2 for index, truth in truths for unit, true in truth.items()])))

    for index, units in case.get("truth", {}).items():
        for unit, truth in units.items():
            yield Row(f"{name}: {index} {unit}", truth, float(values(index, unit).mean()), case["within"][index], why)
    for index, units in case.get("raw", {}).items():
        for unit, truth in units.items():
            note = f"measured before: {case['raw_measured']}"
            yield Row(f"{name}: raw {index} {unit}", truth, float(values(index, unit, "raw").mean()), case["raw_within"], note)
    for part, share in case.get("split", {}).items():
        yield Row(f"{name}: share of {part}", share, float(values("share", part).mean()), case["split_within"], why)
    for key, column, label in (("rmse", "value", "RMSE"), ("raw_rmse", "raw", "raw RMSE")):
        if key in case:
            asked = case[key]
            yield Row(f"{name}: {label} of {asked['of']}", asked["measured"], error(asked["of"], column), asked["within"], asked["why"])
    if "above" in case:
        found = frames[0].attrs["facts"]["y"]["above"]
        yield exact(f"{name}: inputs that are above the dummy and should not be, or the other way", 0, len(set(found) ^ set(case["above"])), 0)


def rows() -> list[Row]:
    return [row for case in CASES for row in rows_of(case)]


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    # Least squares and least angles go through libraries whose last digits differ between processors.
    sys.exit(finish("sensitivity", rows(), keep=given.expect, same=1e-6))
