"""Draws belong to an agent and a decision: uniform, independent, keyed by identity and never by place."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from edusim import draws

N = 200_000
IDS = np.arange(N)
pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.corrcoef(a, b)[0, 1]) * np.sqrt(a.size)


@pytest.mark.parametrize(
    ("seed", "process", "year", "k"),
    [(0, "teaching.noise", 2026, 0), (1, "workforce.leave", 2026, 3), (2**63 - 1, "rotation.volunteer", -5, 0)],
)
def test_uniform(seed: int, process: str, year: int, k: int) -> None:
    u = draws.uniform(seed, process, year, IDS, k=k)
    assert u.dtype == np.float64 and u.min() > 0.0 and u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert stats.chisquare(np.bincount((u * 100).astype(int), minlength=100)).pvalue > 1e-4
    # The low bits of the fraction as well, not only the first digits.
    assert stats.chisquare(np.bincount((u * 2**40).astype(np.int64) % 64, minlength=64)).pvalue > 1e-4
    # Neighbours in a grid of ids, in two dimensions.
    cells = (u[:-1] * 16).astype(int) * 16 + (u[1:] * 16).astype(int)
    assert stats.chisquare(np.bincount(cells[::2], minlength=256)).pvalue > 1e-4


@pytest.mark.parametrize("ids", [IDS * 10, IDS * 10_000_000 + 3, IDS + 2025 * 10_000_000, IDS << 20])
def test_uniform_for_ids_as_they_are_made(ids: NDArray[np.int64]) -> None:
    u = draws.uniform(5, "demography.entrant", 0, ids)
    assert stats.kstest(u, "uniform").pvalue > 1e-4
    assert abs(correlation(u[:-1], u[1:])) < 4


def test_independent_across_processes_years_seeds_and_numbers() -> None:
    n = 40_000
    sets = {f"process {p}": draws.uniform(7, p, 2024, IDS[:n]) for p in draws.PROCESSES}
    sets |= {f"year {y}": draws.uniform(7, "test", y, IDS[:n]) for y in range(2025, 2036)}
    sets |= {f"k {k}": draws.uniform(7, "test", 0, IDS[:n], k=k) for k in range(8)}
    sets |= {f"seed {s}": draws.uniform(s, "test", 1, IDS[:n]) for s in (0, 1, 2, 6, 8, 2**32, 2**62)}
    values = np.array(list(sets.values()))
    score = np.corrcoef(values) * np.sqrt(n)
    worst = np.abs(score - np.diag(np.diag(score))).max()
    # 2,000 pairs: the largest of as many standard normals is beyond 5 once in a thousand times.
    assert worst < 5.0, worst
    assert np.unique(values[:, :100]).size == values[:, :100].size, "two streams share a number"


def test_pairs_are_ordered_and_independent() -> None:
    a, b = np.arange(400)[:, None], np.arange(400)[None, :]
    u = draws.uniform(3, "admission.taste", 2026, a, b)
    assert u.shape == (400, 400)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-4
    above = np.triu_indices(400, 1)
    assert abs(correlation(u[above], u.T[above])) < 4, "the pair (a, b) is not the pair (b, a)"
    assert abs(correlation(u[:, :-1].ravel(), u[:, 1:].ravel())) < 4
    assert abs(correlation(u[:-1].ravel(), u[1:].ravel())) < 4
    assert not np.isin(draws.uniform(3, "admission.taste", 2026, np.arange(400)), u).any()


def test_normal_moments() -> None:
    z = draws.normal(11, "teaching.noise", 2030, IDS)
    for power, moment in ((1, 0.0), (2, 1.0), (3, 0.0), (4, 3.0)):
        values = z**power
        assert abs(values.mean() - moment) < 4 * values.std() / np.sqrt(N)
    assert stats.kstest(z, "norm").pvalue > 1e-4
    assert 4.0 < np.abs(z).max() < 6.5


def test_normal_is_the_quantile_of_the_uniform() -> None:
    u = np.concatenate([draws.uniform(1, "test", 0, np.arange(5000)), [2.0**-54, 1e-300, 1e-12, 0.5, 1 - 2.0**-53]])
    ours = np.array([draws.to_normal(x) for x in u])
    np.testing.assert_allclose(ours, stats.norm.ppf(u), rtol=1e-13, atol=1e-15)


def test_gumbel_moments() -> None:
    key = draws.key(2, "workforce.taste", 2026)
    g = np.array([draws.gumbel_at(key, i, 3) for i in range(20_000)])
    assert stats.kstest(g, "gumbel_r").pvalue > 1e-4


def test_keyed_by_id_and_not_by_place() -> None:
    ids = np.array([5, 900_000_000_007, 0, 12, 5])
    whole = draws.uniform(9, "test", 2026, ids)
    assert whole[0] == whole[4]
    for place, i in enumerate(ids):
        assert draws.uniform(9, "test", 2026, [i])[0] == whole[place]
        assert draws.uniform(9, "test", 2026, int(i))[0] == whole[place]
    np.testing.assert_array_equal(draws.uniform(9, "test", 2026, ids[::-1]), whole[::-1])
    np.testing.assert_array_equal(draws.uniform(9, "test", 2026, ids.astype(np.int32))[2:], whole[2:])


@pytest.mark.plain
def test_the_array_functions_equal_the_scalar_ones() -> None:
    ids, other = np.arange(300) * 7919, np.arange(300)[::-1] * 31
    key = draws.key(4, "test", 2026, 2)
    np.testing.assert_array_equal(draws.uniform(4, "test", 2026, ids, k=2), [draws.uniform_at(key, i) for i in ids])
    np.testing.assert_array_equal(draws.normal(4, "test", 2026, ids, k=2), [draws.normal_at(key, i) for i in ids])
    pairs = [draws.to_uniform(np.uint64(draws.at_pair(key, i, j))) for i, j in zip(ids, other, strict=True)]
    np.testing.assert_array_equal(draws.uniform(4, "test", 2026, ids, other, k=2), pairs)


#: Numbers that published runs rest on: a change here changes every result, and must be a decision.
FIRST: dict[tuple[int, str, int, int], int] = {
    (0, "run", 0, 0): 0x713E472A8A76AF3F,
    (1, "teaching.noise", 2026, 0): 0x4457764032000B84,
    (2, "rotation.volunteer", 2030, 1): 0x7907B50C1164D20E,
    (2**63 - 1, "region.pupil", 0, 7): 0x8B2EFB9FCEBCC359,
}


def test_the_first_numbers_never_change() -> None:
    bits = [int(draws.at(draws.key(s, p, y, k), 1)) for s, p, y, k in FIRST]
    assert bits == list(FIRST.values())


def test_stream_numbers_are_unique_and_kept() -> None:
    numbers = list(draws.PROCESSES.values())
    assert len(set(numbers)) == len(numbers)
    kept = {"run": 0, "region.teacher": 3, "region.pupil": 4, "demography.entrant": 10, "admission.taste": 20,
            "workforce.leave": 30, "rotation.volunteer": 40, "teaching.noise": 50, "appraisal.noise": 60}  # fmt: skip
    assert kept.items() <= draws.PROCESSES.items()
    assert all(a < b for a, b in pairwise(sorted(numbers)))


def test_an_unregistered_process_has_no_numbers() -> None:
    with pytest.raises(KeyError):
        draws.uniform(0, "no.such.process", 0, [1])


PLAIN = """
import numpy as np
from edusim import draws
ids = np.arange(2000) * 104729
key = draws.key(6, "test", 2026)
with np.errstate(over="ignore"):
    values = [draws.normal(6, "test", 2026, ids), draws.uniform(6, "test", 2026, ids, ids[::-1]),
              np.array([draws.gumbel_at(key, int(i), 3) for i in ids])]
print(np.concatenate(values).tobytes().hex())
"""


@pytest.mark.slow
def test_the_same_bits_compiled_and_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    out = []
    for off in ("0", "1"):
        monkeypatch.setenv("NUMBA_DISABLE_JIT", off)
        out.append(subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, check=True).stdout)
    plain, compiled = (np.frombuffer(bytes.fromhex(text.strip())) for text in out)
    np.testing.assert_array_equal(plain, compiled)
