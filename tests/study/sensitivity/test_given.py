"""Chaos, FAST, PAWN and delta: known answers, what noise leaves of them, and the library's own numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from edusim.errors import StudyError
from edusim.study.sensitivity import analyse, chaos, estimate, given, lay_out, points, problem_of
from edusim.study.sensitivity.noise import Resampler
from edusim.study.sensitivity.problem import correlated, independent
from known_indices import ISHIGAMI, ISHIGAMI_S1, ISHIGAMI_ST, UNIT3, answered, furthest, ishigami

NOISY = {"seeds": "independent", "replicates": 1}


def surrogate(n: int, outcome: object, problem: dict[str, object], **more: object) -> chaos.Surrogate:
    layout, y = answered(problem, outcome, "chaos", n, **more)  # type: ignore[arg-type]
    return chaos.surrogate(layout, y, Resampler.of(n, 40, 0.95, 0))


# ---- points ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["chaos", "pawn", "delta"])
def test_points_of_n_are_the_first_of_twice_as_many(method: str) -> None:
    small, large = (lay_out(problem_of(ISHIGAMI)[0], method, n, seeds="independent", replicates=2, seed=3) for n in (100, 200))
    assert np.array_equal(large.unit[:100], small.unit) and np.array_equal(large.draws[:100], small.draws)
    assert np.array_equal(large.part["dummy"][:100], small.part["dummy"]) and len(np.unique(large.draws)) == 400


def test_rows_of_a_sobol_design_serve_again() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 128, "factor", 1)
    laid, rows = points.again(layout, "chaos")
    assert laid.rows == rows.sum() == 256 and len(np.unique(laid.block)) == 128 and np.array_equal(laid.unit, layout.unit[rows])
    assert estimate(laid, y[rows], resamples=20).facts["q2"] > 0.5
    for method, source in (("fast", layout), ("chaos", laid)):
        with pytest.raises(StudyError) as caught:
            points.again(source, method)
        assert caught.value.code == "STUDY-METHOD"


def test_correlated_members_have_their_independent_scores_back() -> None:
    problem, _ = problem_of({**UNIT3, "groups": ["g", "g", "g"], "correlation": {"g": 0.7}})
    z = np.random.default_rng(0).random((50, 3))
    np.testing.assert_allclose(independent(problem, correlated(problem, z)), z, atol=1e-9)
    same, _ = problem_of({**UNIT3, "groups": ["g", "g", "c"], "correlation": {"g": 1.0}})
    back = independent(same, correlated(same, z))
    np.testing.assert_allclose(back[:, [0, 2]], z[:, [0, 2]], atol=1e-9)
    assert (back[:, 1] == 0.5).all()


@pytest.mark.parametrize(("method", "n"), [("chaos", 31), ("pawn", 63), ("delta", 63), ("fast", 512), ("fast", 517)])
def test_too_few_points_are_refused(method: str, n: int) -> None:
    with pytest.raises(StudyError) as caught:
        lay_out(problem_of(ISHIGAMI)[0], method, n, seeds="independent")
    assert caught.value.code == "STUDY-TOO-FEW" and caught.value.mend_zh


def test_fast_knows_no_groups_and_cannot_grow() -> None:
    with pytest.raises(StudyError) as caught:
        lay_out(problem_of({**UNIT3, "groups": ["g", "g", "c"]})[0], "fast", 516, seeds="independent")
    assert caught.value.code == "STUDY-METHOD"
    with pytest.raises(StudyError) as caught:
        analyse(lambda x: x[0], UNIT3, method="fast", n=516, grow_until={"width": 0.1})
    assert caught.value.code == "STUDY-GROWTH"


# ---- chaos -----------------------------------------------------------------------------------------


def test_candidates_are_counted_as_they_are_enumerated() -> None:
    for strong, others, weight, degree, norm in ((3, 0, 1.0, 6, 0.5), (2, 1, 3.0, 6, 0.5), (1, 2, 2.0, 4, 0.75), (0, 3, 2.0, 2, 1.0)):
        weights = np.array([1.0] * strong + [weight] * others)
        every = itertools.product(range(degree + 1), repeat=strong + others)
        inside = sum(((weights * powers) ** norm).sum() <= degree**norm * (1 + 1e-9) for powers in np.array(list(every)))
        assert chaos.how_many(strong, others, weight, degree, norm) == inside


def test_a_polynomial_is_found_whole() -> None:
    made = surrogate(64, lambda x, e: 1 + 2 * x[..., 0] + 3 * x[..., 0] * x[..., 1] + 0 * e, UNIT3)
    x = np.random.default_rng(1).random((20, 3))
    np.testing.assert_allclose(made.predict(x), 1 + 2 * x[:, 0] + 3 * x[:, 0] * x[:, 1], atol=1e-9)
    assert made.q2[0] > 1 - 1e-9 and len(made.expansion.powers) == 4
    both = made.together("a", "b", 4)
    np.testing.assert_allclose(both["mean"], 1 + 2 * both["x"] + 3 * both["x"] * both["y"], atol=1e-9)
    np.testing.assert_allclose(both["beyond"], 3 * (both["x"] - 0.5) * (both["y"] - 0.5), atol=1e-9)
    np.testing.assert_allclose(both["alone"] + both["beyond"], both["mean"])
    for one, other in (("a", "a"), ("a", "bb")):
        with pytest.raises(StudyError) as caught:
            made.together(one, other)
        assert caught.value.code == "STUDY-PAIRS"


def test_noisy_ishigami_from_few_runs() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "chaos", 512, **NOISY, second_order=True)
    result = estimate(layout, y, resamples=40)
    # Root mean squared error of a total index over many designs of 500 runs: 0.03.
    assert furthest(result, "ST", ISHIGAMI_ST) < 0.09 and furthest(result, "S1", ISHIGAMI_S1) < 0.09
    assert result.value("ST", "dummy") < 0.02 and set(result.facts["above"]) == {"a", "b", "c"}
    assert result.facts["q2_low"] < result.facts["q2"] < result.facts["q2_high"] and result.facts["split_note"] == "untold"
    assert result.facts["q2"] < 2 / 3 + 0.05  # a third of the variance is luck: more cannot be foretold
    assert result.value("S2", "a", "c") == pytest.approx(result.value("Sclosed", "a", "c") - result.value("S1", "a") - result.value("S1", "c"))
    share = result.split.set_index("part")["share"]
    assert share.sum() == pytest.approx(1) and share["unexplained"] == pytest.approx(1 / 3, abs=0.08)
    again = estimate(layout, np.asfortranarray(y), resamples=40)
    assert again.indices.equals(result.indices)


def test_luck_is_told_from_what_the_expansion_misses_where_there_are_replicates() -> None:
    # A step in c is no polynomial of low degree; the noise has the variance of a.
    layout, y = answered(UNIT3, lambda x, e: x[..., 0] + 2.0 * (np.modf(8 * x[..., 2])[0] > 0.5) + 0.3 * e, "chaos", 256, "independent", 2)
    share = estimate(layout, y, resamples=40).split.set_index("part")["share"]
    assert share["unexplained"] > 0.5 and share["seeds"] == pytest.approx(0.09 / (1 / 12 + 1 + 0.09), abs=0.03)


def test_where_there_is_nothing_but_luck_chaos_has_no_number() -> None:
    layout, y = answered(UNIT3, lambda x, e: e + 0 * x[..., 0], "chaos", 128, **NOISY)
    result = estimate(layout, y, resamples=20)
    assert result.facts["drowned"] and result.facts["note"] == "drowned" and result.indices["value"].isna().all() and result.facts["above"] == ()


@pytest.mark.slow
def test_the_few_that_matter_among_many_are_found() -> None:
    problem = {"num_vars": 60, "bounds": [[0, 1]] * 60}

    def outcome(x: object, e: object) -> object:
        z = 2 * x - 1  # type: ignore[operator]
        return 3 * z[..., 4] + 3 * z[..., 50] * z[..., 30] + 1.5 * e

    layout, y = answered(problem, outcome, "chaos", 500, **NOISY)  # type: ignore[arg-type]
    result = estimate(layout, y, resamples=40)
    # The two that act only together have no effect alone by which to be found: variances 3 and 1; the share has a standard error of .05.
    assert set(result.facts["above"]) == {"x5", "x31", "x51"} and result.value("ST", "x31") == pytest.approx(0.25, abs=0.12)
    assert result.value("S1", "x31") < 0.02


def test_an_input_that_nothing_reads_is_tied_to_no_other() -> None:
    # Points of a many-dimensional Sobol sequence gave the fifth of these a first index of .3 and more.
    problem = {"names": [f"x{i}" for i in range(6)], "bounds": [[-np.pi, np.pi]] * 6}
    for seed in range(3):
        layout, y = answered(problem, lambda x, e: np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0 * e, "delta", 256, "independent", 1, seed=seed)
        result = estimate(layout, y, resamples=2)
        assert max(result.value("S1", f"x{i}") for i in (2, 3, 4, 5)) < 0.15


def test_points_nest_and_every_doubling_is_a_latin_hypercube() -> None:
    whole = points.nested_latin(256, 5, 3)
    for n in (32, 100, 128):
        assert np.array_equal(points.nested_latin(n, 5, 3), whole[:n])
    for n in (32, 64, 128, 256):
        assert all(np.array_equal(np.sort(np.floor(whole[:n, k] * n)), np.arange(n)) for k in range(5))
    assert np.abs(np.corrcoef(whole.T) - np.eye(5)).max() < 0.25


# ---- FAST, PAWN, delta -----------------------------------------------------------------------------


def test_fast_takes_noise_off_its_spectrum() -> None:
    for replicates in (1, 2):
        layout, y = answered(ISHIGAMI, ishigami, "fast", 2052, "independent", replicates)
        result = estimate(layout, y, resamples=40)
        assert furthest(result, "S1", ISHIGAMI_S1) < 0.08 and furthest(result, "ST", ISHIGAMI_ST) < 0.12
        assert result.value("ST", "dummy", column="raw") > 0.15 > abs(result.value("ST", "dummy"))
        assert result.facts["noise_variance"] == pytest.approx(6.92, rel=0.1) and result.facts["curves"] == 4


def test_pawn_and_delta_are_salibs() -> None:
    from SALib.analyze import delta, pawn

    rng = np.random.default_rng(0)
    x = rng.random((300, 2))
    y = np.sin(5 * x[:, 0]) + 0.3 * rng.normal(size=300)
    order = np.argsort(y)
    theirs = pawn.analyze({"num_vars": 2, "names": ["a", "b"], "bounds": [[0, 1]] * 2}, x, y)["median"]
    np.testing.assert_allclose(given.distances(x[order], y[order], np.ones(300)), theirs, atol=0.01)
    twice = given.distances(np.repeat(x[order], 2, axis=0), np.repeat(y[order], 2), np.ones(600))
    np.testing.assert_allclose(given.distances(x[order], y[order], np.full(300, 2.0)), twice, atol=0.01)
    grid = np.linspace(y.min(), y.max(), 100)
    np.testing.assert_allclose(given.deltas(y, x, grid), [delta.calc_delta(y, grid, x[:, j], given.parts(300)) for j in range(2)], atol=1e-12)
    np.testing.assert_allclose(given.firsts(y, x), [delta.sobol_first(y, x[:, j], given.finer(300)) for j in range(2)], atol=1e-12)


@pytest.mark.parametrize("method", ["pawn", "delta"])
def test_what_nothing_reads_does_not_stand_above_the_dummy(method: str) -> None:
    layout, y = answered(UNIT3, lambda x, e: 3 * x[..., 0] + e, method, 256, "independent", 2)
    result = estimate(layout, y, resamples=40)
    assert result.facts["above"] == ("a",) and result.facts["threshold"] == result.value(method, "dummy")
    assert result.split["share"].sum() == pytest.approx(1)
    if method == "delta":
        # Var(3 a) = 3/4 is all of the expected outcome's; raw is its share beside half the noise.
        assert result.value("S1", "a") == pytest.approx(1.0, abs=0.15) and result.value("S1", "a", column="raw") < 0.75
