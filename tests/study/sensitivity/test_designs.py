"""Where points lie and which draw each run has: SALib's own points, nested, with draws that do not move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from edusim.errors import StudyError
from edusim.study.sensitivity import Input, Problem, lay_out, problem_of
from edusim.study.sensitivity.layouts import REPLICATE, TAIL
from known_indices import ISHIGAMI, UNIT3

THREE = Problem((Input("a"), Input("b"), Input("c")))
GROUPED = Problem((Input("a", "g"), Input("b"), Input("c", "g")), {"g": np.array([[1.0, 0.7], [0.7, 1.0]])})


def rows_of(layout: Any, *block: str) -> Any:
    k = layout.part["blocks"].index(block)
    return slice(k, None, len(layout.part["blocks"]))


@pytest.mark.parametrize("second", [False, True])
def test_points_are_those_of_salib(second: bool) -> None:
    from SALib.sample import sobol

    theirs = sobol.sample({"num_vars": 3, "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3}, 16, calc_second_order=second, seed=5)
    ours = lay_out(THREE, "sobol", 16, seeds="paired", seed=5, second_order=second)
    blocks = [("A",), ("a",), ("b",), ("c",), *([("B", "a"), ("B", "b"), ("B", "c")] if second else []), ("B",)]
    step = len(blocks)
    for k, block in enumerate(blocks):
        np.testing.assert_allclose(ours.unit[rows_of(ours, *block)], theirs[k::step], atol=1e-12)  # ours keep off the very edge
    np.testing.assert_array_equal(ours.unit[rows_of(ours, "dummy")], ours.unit[rows_of(ours, "A")])


@pytest.mark.parametrize("method", ["sobol", "morris", "dgsm"])
@pytest.mark.parametrize("seeds", ["factor", "independent", "paired"])
def test_a_design_of_n_is_the_first_half_of_one_of_2n_with_more_replicates(method: str, seeds: str) -> None:
    small = lay_out(GROUPED, method, 8, seeds=seeds, replicates=2, seed=3)
    large = lay_out(GROUPED, method, 16, seeds=seeds, replicates=5, seed=3)
    np.testing.assert_array_equal(large.unit[: small.rows], small.unit)
    np.testing.assert_array_equal(large.draws[: small.rows, :2], small.draws)
    np.testing.assert_array_equal(large.block[: small.rows], small.block)
    assert not np.array_equal(lay_out(GROUPED, method, 8, seeds=seeds, seed=4).unit, small.unit)


def test_draws_of_a_factor_follow_the_blocks() -> None:
    layout = lay_out(THREE, "sobol", 8, seeds="factor", replicates=2, second_order=True)
    j = np.arange(8)
    for block in (("A",), ("a",), ("dummy",)):
        np.testing.assert_array_equal(layout.draws[rows_of(layout, *block), 0], 2 * j)
    for block in (("B",), ("seed",), ("B", "b")):
        np.testing.assert_array_equal(layout.draws[rows_of(layout, *block), 0], 2 * j + 1)
    np.testing.assert_array_equal(layout.draws[:, 1] - layout.draws[:, 0], REPLICATE)
    np.testing.assert_array_equal(layout.unit[rows_of(layout, "seed")], layout.unit[rows_of(layout, "A")])


def test_a_block_keeps_its_draws_whatever_other_blocks_there_are() -> None:
    plain = lay_out(THREE, "sobol", 8, seeds="independent")
    pairs = lay_out(THREE, "sobol", 8, seeds="independent", second_order=[["a", "b"]])
    more = lay_out(THREE, "sobol", 8, seeds="independent", replicates=2, second_order=[["a", "b"], ["b", "c"]])
    for block in (("A",), ("a",), ("dummy",), ("B",)):
        np.testing.assert_array_equal(plain.draws[rows_of(plain, *block)], more.draws[rows_of(more, *block), :1])
    np.testing.assert_array_equal(pairs.draws[rows_of(pairs, "a", "b")], more.draws[rows_of(more, "a", "b"), :1])
    for layout in (plain, pairs, more):
        assert len(np.unique(layout.draws)) == layout.runs


def test_a_group_is_swapped_whole_and_hangs_together_as_asked() -> None:
    layout = lay_out(GROUPED, "sobol", 1024, seeds="paired")
    a, swapped, b = (layout.unit[rows_of(layout, name)] for name in ("A", "g", "B"))
    np.testing.assert_array_equal(swapped[:, [0, 2]], b[:, [0, 2]])
    np.testing.assert_array_equal(swapped[:, 1], a[:, 1])
    scores = stats.norm.ppf(swapped)
    # 1,024 points of a Sobol sequence: the correlation is within 0.02 where 1,024 random ones would be within 0.03.
    assert abs(np.corrcoef(scores[:, 0], scores[:, 2])[0, 1] - 0.7) < 0.02 and abs(np.corrcoef(scores[:, 0], scores[:, 1])[0, 1]) < 0.02
    assert all(stats.kstest(layout.unit[rows_of(layout, "A"), i], "uniform").statistic < 0.01 for i in range(3))


def test_a_group_that_hangs_together_wholly() -> None:
    layout = lay_out(Problem((Input("a", "g"), Input("b", "g")), {"g": np.ones((2, 2))}), "sobol", 8, seeds="paired")
    np.testing.assert_allclose(layout.unit[:, 0], layout.unit[:, 1], atol=1e-12)


def test_every_unit_moves_once_in_a_trajectory_and_the_draw_with_it() -> None:
    layout = lay_out(GROUPED, "morris", 20, seeds="factor")
    steps = len(layout.told) + 1
    assert layout.told == ("g", "b", "seed", "dummy") and layout.rows == 20 * steps
    moved = np.abs(np.diff(layout.part["grid"].reshape(20, steps, -1), axis=1)) > 0.1
    assert (moved.sum(axis=1) == 1).all()  # a column moves once; members of a group at once
    assert (moved[:, :, 0] == moved[:, :, 2]).all()
    draws = layout.draws.reshape(20, steps)
    np.testing.assert_array_equal(np.diff(draws, axis=1) != 0, moved[:, :, -1])
    assert set(np.unique(draws)) == set(range(40))
    np.testing.assert_allclose(np.unique(layout.unit[:, 1].round(9)), TAIL + (1 - 2 * TAIL) * np.arange(4) / 3, atol=1e-8)


def test_steps_of_slopes_share_their_draw() -> None:
    layout = lay_out(THREE, "dgsm", 8, seeds="independent", replicates=2)
    draws = layout.draws.reshape(8, 5, 2)
    assert (draws == draws[:, :1]).all() and len(np.unique(draws[:, 0])) == 16
    unit = layout.unit.reshape(8, 5, 3)
    step = unit[:, 1:4] - unit[:, :1]
    np.testing.assert_allclose(np.abs(step), np.broadcast_to(0.01 * np.eye(3), step.shape), atol=1e-12)
    np.testing.assert_array_equal(unit[:, 4], unit[:, 0])


def test_values_are_those_of_salib() -> None:
    given = {
        "names": list("abcdefg"), "bounds": [[1, 3], [1, 9], [0, 2, 0.5], [0, 1], [0, 2, 1, 1], [0, 1], [1.5, 2]],
        "dists": ["unif", "logunif", "triang", "norm", "truncnorm", "lognorm", "weibull"],
    }  # fmt: skip
    problem, quantiles = problem_of(given)
    middle = quantiles(np.full((1, 7), 0.5))[0]
    np.testing.assert_allclose(middle, [2, 3, 1, 0, 1, 1, 2 * np.log(2) ** (1 / 1.5)], atol=1e-12)
    laid = lay_out(problem, "morris", 10, seeds="paired").unit
    before = laid.copy()
    assert np.isfinite(quantiles(laid)).all() and np.array_equal(laid, before)  # every level has a value; the layout is not written to


def test_names_and_groups_as_salib_has_them() -> None:
    plain, _ = problem_of({"num_vars": 2, "bounds": [[0, 1]] * 2})
    assert plain.names == plain.units == ("x1", "x2")
    grouped, _ = problem_of({"names": list("abc"), "bounds": [[0, 1]] * 3, "groups": ["g", "b", "g"], "correlation": {"g": 0.5}})
    assert grouped.units == ("g", "b") and grouped.members("g") == [0, 2] and grouped.correlation["g"][0, 1] == 0.5
    assert problem_of(ISHIGAMI)[0].as_dict() == problem_of(UNIT3)[0].as_dict()


@pytest.mark.parametrize(
    ("given", "code", "phrase"),
    [
        ({"names": []}, "STUDY-INPUTS", "no bounds"),
        ({"names": [], "bounds": []}, "STUDY-INPUTS", "no inputs"),
        ({"names": ["a", "a"], "bounds": [[0, 1]] * 2}, "STUDY-INPUTS", "given twice"),
        ({"names": ["dummy"], "bounds": [[0, 1]]}, "STUDY-INPUTS", "meaning of its own"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["seed", "seed"]}, "STUDY-INPUTS", "meaning of its own"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["b", ""]}, "STUDY-INPUTS", "both a group and an input"),
        ({"names": ["a"], "bounds": [[0, 1]], "num_vars": 2}, "STUDY-INPUTS", "num_vars is 2"),
        ({"names": ["a", "b"], "bounds": [[0, 1]]}, "STUDY-INPUTS", "bounds has 1"),
        ({"names": ["a"], "bound": [[0, 1]]}, "STUDY-INPUTS", "did you mean bounds?"),
        ({"names": ["a"], "bounds": [[2, 1]]}, "STUDY-BOUNDS", "low is below high"),
        ({"names": ["a"], "bounds": [[1, 1]]}, "STUDY-BOUNDS", "does not vary"),
        ({"names": ["a"], "bounds": [[0, float("inf")]]}, "STUDY-BOUNDS", "finite"),
        ({"names": ["a"], "bounds": [[0, 1]], "dists": ["nrom"]}, "STUDY-BOUNDS", "did you mean norm?"),
        ({"names": ["a"], "bounds": [[0, 0]], "dists": ["norm"]}, "STUDY-BOUNDS", "standard deviation"),
        ({"names": ["a"], "bounds": [[0, 1]], "dists": ["triang"]}, "STUDY-BOUNDS", "takes 3"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["g", "g"], "correlation": {"f": 0.5}}, "STUDY-CORRELATION", "no group f"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["g", "g"], "correlation": {"g": 1.5}}, "STUDY-CORRELATION", "semidefinite"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["g", "g"], "correlation": {"g": [[1, 0], [1, 1]]}}, "STUDY-CORRELATION", "symmetric"),
        ({"names": ["a", "b"], "bounds": [[0, 1]] * 2, "groups": ["g", "g"], "correlation": {"g": [[1]]}}, "STUDY-CORRELATION", "2 x 2"),
    ],
)  # fmt: skip
def test_a_problem_that_cannot_be(given: dict[str, Any], code: str, phrase: str) -> None:
    with pytest.raises(StudyError) as caught:
        problem_of(given)
    assert caught.value.code == code and phrase in caught.value.message("en") and caught.value.zh and caught.value.mend_zh


@pytest.mark.parametrize(
    ("method", "n", "more", "code", "phrase"),
    [
        ("sobl", 8, {}, "STUDY-METHOD", "did you mean sobol?"),
        ("sobol", 500, {}, "STUDY-POWER-OF-TWO", "the nearest is 512"),
        ("sobol", 300, {}, "STUDY-POWER-OF-TWO", "the nearest is 256"),
        ("dgsm", 3, {}, "STUDY-POWER-OF-TWO", "the nearest is 2"),
        ("sobol", 4, {}, "STUDY-TOO-FEW", "make n 8 or more"),
        ("morris", 1, {}, "STUDY-TOO-FEW", "make n 2 or more"),
        ("morris", 2.5, {}, "STUDY-TOO-FEW", "whole number"),
        ("sobol", 2**21, {}, "STUDY-TOO-FEW", "at most"),
        ("sobol", 8, {"seeds": "factors"}, "STUDY-SEEDS-AS", "did you mean factor?"),
        ("sobol", 8, {"replicates": 0}, "STUDY-TOO-FEW", "replicates"),
        ("sobol", 8, {"seed": -1}, "STUDY-TOO-FEW", "seed"),
        ("morris", 8, {"second_order": True}, "STUDY-PAIRS", "use sobol or chaos"),
        ("sobol", 8, {"second_order": [["a", "bb"]]}, "STUDY-PAIRS", "no input or group bb"),
        ("sobol", 8, {"second_order": [["a", "seed"]], "seeds": "paired"}, "STUDY-PAIRS", "no input or group seed"),
        ("sobol", 8, {"second_order": [["a", "a"]]}, "STUDY-PAIRS", "two different units"),
        ("sobol", 8, {"second_order": [["a", "b"], ["b", "a"]]}, "STUDY-PAIRS", "given twice"),
        ("sobol", 8, {"second_order": ["ab"]}, "STUDY-PAIRS", "no input or group ab"),
    ],
)
def test_a_design_that_cannot_be(method: str, n: Any, more: dict[str, Any], code: str, phrase: str) -> None:
    with pytest.raises(StudyError) as caught:
        lay_out(THREE, method, n, **{"seeds": "factor", **more})
    assert caught.value.code == code and phrase in caught.value.message("en") and caught.value.zh and caught.value.mend_zh
