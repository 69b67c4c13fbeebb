"""Surrogate and near-best sets against what is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from edusim.calibrate import near_best
from edusim.calibrate.surrogate import Distance, Surrogate, Table, basis, bend, terms


def test_intervals_are_those_of_a_known_ellipse_and_a_flat_direction_keeps_its_range() -> None:
    covariance = np.array([[0.04, 0.036], [0.036, 0.04]])
    inverse, centre = np.linalg.inv(covariance), np.array([0.1, -0.2])

    def distance(x: np.ndarray) -> np.ndarray:
        off = x[:, :2] - centre
        return np.einsum("ij,jk,ik->i", off, inverse, off)

    found = near_best.search(distance, 3, 1, laid=9)
    assert found.best[:2] == pytest.approx(centre, abs=1e-4)
    half = 1.95996 * 0.2  # each parameter's own 95% interval, whatever the other is
    assert found.low[:2] == pytest.approx(centre - half, abs=0.02) and found.high[:2] == pytest.approx(centre + half, abs=0.02)
    assert (found.low[2], found.high[2]) == (-1.0, 1.0)
    assert [near_best.verdict(w) for w in found.width] == ["partly", "partly", "no"]
    assert found.correlation()[0, 1] > 0.7
    assert (distance(found.sets) <= near_best.THRESHOLD + found.value).all()


def test_terms_and_bends() -> None:
    assert terms(2, 2) == [(), (0,), (1,), (0, 0), (0, 1), (1, 1)]
    x = np.array([[0.5, -0.5]])
    assert basis(x, [(), (0, 1), (-1, 0), (-2, 3)])[0] == pytest.approx([1, -0.25, (0.5 + 0.6) ** 3, 0])
    assert len(bend(0)) == 6


def test_a_surrogate_finds_mean_spread_and_correlation() -> None:
    random = np.random.default_rng(3)
    points = random.random((200, 2)) * [2.0, 10.0]
    mean = np.stack([1 + 3 * points[:, 0], 0.05 * points[:, 1] ** 2, 1 / (1 + np.exp(5 - points[:, 1] * 2))], axis=1)
    chance = random.multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], (200, 4)) * np.array([0.2, 0.1])
    numbers = mean[:, None, :] + np.concatenate((chance, 0.02 * random.standard_normal((200, 4, 1))), axis=2)
    found = Surrogate(points, numbers, np.zeros(2), np.array([2.0, 10.0]))
    at = found.scaled(np.array([[1.0, 5.0], [0.5, 8.0]]))
    assert found.mean(at)[:, 0] == pytest.approx([4.0, 2.5], abs=0.05) and found.mean(at)[:, 1] == pytest.approx([1.25, 3.2], abs=0.03)
    assert found.mean(at)[:, 2] == pytest.approx([1.0, 1.0], abs=0.05)
    assert found.sd(at)[0, :2] == pytest.approx([0.2, 0.1], rel=0.2)
    assert found.correlation[0, 1] == pytest.approx(0.8, abs=0.06) and abs(found.correlation[0, 2]) < 0.1
    signal = found.signal()
    assert signal[0, 0] == pytest.approx(6 / 0.2, rel=0.2) and signal[1, 0] < 1.5  # the second says nothing of the first target


def test_the_distance_of_true_tables_is_chi_square_and_their_truth_is_held() -> None:
    random = np.random.default_rng(5)
    n, draws, sd = 128, 4, np.array([0.3, 0.5, 0.2])
    slope = np.array([[1.0, 0.5], [0.2, -0.8], [0.0, 0.0]])
    points = 2 * random.random((n, 2)) - 1
    numbers = (points @ slope.T)[:, None, :] + sd * random.standard_normal((n, draws, 3))
    surrogate = Surrogate(points, numbers, -np.ones(2), np.ones(2))
    truths = 1.6 * random.random((40, 2)) - 0.8
    which = np.arange(3)
    js, held = [], 0
    for i, truth in enumerate(truths):
        value = slope @ truth + sd * random.standard_normal(3)
        distance = Distance(surrogate, Table(value, np.full(3, np.nan), np.zeros(3), np.ones(3)), which)
        js.append(distance.both(truth[None])[0][0])
        best = distance(surrogate.x).min()
        held += distance(truth[None])[0] <= best + 5.99  # both parameters together: chi-square with two degrees
        if i == 0:
            assert distance.told(truth) == pytest.approx(1.3, abs=0.5)  # two slopes, three numbers, much noise
    assert 2.2 < np.mean(js) < 3.8 and held >= 36


def test_a_table_that_rests_on_a_number_is_weighed_by_it() -> None:
    random = np.random.default_rng(7)
    points = 2 * random.random((64, 1)) - 1
    numbers = points[:, None, :] * 0.1 + 0.5 + 0.05 * random.standard_normal((64, 4, 1))
    surrogate = Surrogate(points, numbers, -np.ones(1), np.ones(1))
    at = np.zeros((1, 1))

    def variance(chance: float, extra: float, counties: float) -> float:
        of = Table(np.array([0.5]), np.array([chance]), np.array([extra]), np.array([counties]))
        return float(Distance(surrogate, of, np.arange(1)).covariance(at)[0, 0, 0])

    own = variance(np.nan, 0.0, 1.0)
    assert own == pytest.approx(0.05**2, rel=0.4) and variance(np.nan, 0.0, 4.0) < 0.4 * own
    assert variance(0.01, 0.0, 1.0) < 0.2 * own and variance(np.nan, 0.01, 1.0) == pytest.approx(own + 0.01)
