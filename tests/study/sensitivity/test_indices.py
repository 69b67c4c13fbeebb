"""Known answers: indices of noisy functions are those of the expected outcome, and luck is told apart.

Tolerances: with 4,096 noisy base points the standard error of an index of the Ishigami function with noise of half its variance is about 0.02 (RMSE
over 150 designs of 1,024: 0.03 to 0.05), so 0.06 is three of them; without noise a scrambled Sobol sequence errs by less than 0.01.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edusim.errors import StudyError
from edusim.study.sensitivity import estimate
from edusim.study.sensitivity.estimates import _sobol_moments, elementary_effects
from edusim.study.sensitivity.noise import NOTES, Resampler
from known_indices import (
    ISHIGAMI,
    ISHIGAMI_S1,
    ISHIGAMI_ST,
    ISHIGAMI_VARIANCE,
    LUCKY_S1,
    LUCKY_ST,
    UNIT3,
    answered,
    found,
    furthest,
    ishigami,
    lucky,
)  # fmt: skip


def parts(split: Any) -> dict[str, float]:
    return dict(zip(split["part"], split["share"], strict=True))


# ---- without noise ---------------------------------------------------------------------------------


def test_ishigami() -> None:
    result = found(ISHIGAMI, ishigami_alone, "sobol", 1024, second_order=True)
    assert furthest(result, "S1", ISHIGAMI_S1) < 0.04 and furthest(result, "ST", ISHIGAMI_ST) < 0.02
    assert abs(result.value("S2", "a", "c") - 0.2437) < 0.06 and abs(result.value("S2", "a", "b")) < 0.06
    assert abs(result.value("Sclosed", "a", "c") - 0.5576) < 0.06
    assert result.value("ST", "dummy") == result.value("S1", "dummy") == 0.0  # the very same runs
    assert abs(result.facts["variance"] / ISHIGAMI_VARIANCE - 1) < 0.02 and result.facts["note"] == "one draw"


def ishigami_alone(x: Any, e: Any) -> Any:
    return ishigami(x) + 0.0 * e


def test_sobol_g() -> None:
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99])
    problem = {"num_vars": 8, "bounds": [[0, 1]] * 8}
    result = found(problem, lambda x, e: np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=-1) + 0 * e, "sobol", 1024)
    own = 1 / (3 * (1 + a) ** 2)
    total = np.prod(1 + own) - 1
    names = [f"x{i + 1}" for i in range(8)]
    assert furthest(result, "S1", dict(zip(names, own / total, strict=True))) < 0.02
    assert furthest(result, "ST", dict(zip(names, own * np.prod(1 + own) / (1 + own) / total, strict=True))) < 0.02


def test_raw_indices_are_salibs_to_the_last_digits() -> None:
    from SALib.analyze import sobol

    layout, y = answered(ISHIGAMI, ishigami, "sobol", 64, "independent", 2, second_order=True)
    result = estimate(layout, y)
    # SALib has no dummy and centres on all rows: its blocks, centred and scaled by A and B as ours are, through its own analysis.
    keep = [k for k, block in enumerate(layout.part["blocks"]) if block != ("dummy",)]
    theirs_y = y.mean(axis=1).reshape(64, -1)[:, keep]
    ends = y.reshape(64, -1, 2)[:, [0, -1]]
    theirs_y = (theirs_y - ends.mean()) / ends.std()
    a, b, ab, ba = sobol.separate_output_values(theirs_y.reshape(-1), 3, 64, True)
    for k, name in enumerate("abc"):
        assert result.value("S1", name, column="raw") == pytest.approx(float(sobol.first_order(a, ab[:, k], b)), abs=1e-12)
        assert result.value("ST", name, column="raw") == pytest.approx(float(sobol.total_order(a, ab[:, k], b)), abs=1e-12)
    raw = float(sobol.second_order(a, ab[:, 0], ab[:, 2], ba[:, 0], b))
    assert result.value("S2", "a", "c", "raw") == pytest.approx(raw, abs=1e-12)


def test_every_resample_is_salibs_estimate_of_the_resampled_rows() -> None:
    from SALib.analyze import sobol

    layout, y = answered(ISHIGAMI, ishigami_alone, "sobol", 32)
    blocks = {block: k for k, block in enumerate(layout.part["blocks"])}
    values = y.reshape(32, -1, 1)
    ends = values[:, [blocks["A",], blocks["B",]]]
    scaled = (values - ends.mean()) / ends.std()
    moments = _sobol_moments(layout, scaled, blocks)
    resampler = Resampler.of(32, 5, 0.95, 0)
    again = moments.indices(resampler.means(moments.table))
    for r, counts in enumerate(resampler.counts):
        rows = np.repeat(np.arange(32), counts.astype(int))
        a, b, swapped = (scaled[rows, blocks[name,], 0] for name in ("A", "B", "c"))
        assert again["S1"][r, 2] == pytest.approx(float(sobol.first_order(a, swapped, b)), abs=1e-10)
        assert again["ST"][r, 2] == pytest.approx(float(sobol.total_order(a, swapped, b)), abs=1e-10)


def test_a_correlated_group_has_the_indices_of_its_own_distribution() -> None:
    # Normal inputs, two of them correlated by r: the variance of 2 a + b + 2 c is (4 + 1 + 4 r) + 4.
    problem = {
        "names": ["a", "b", "c"], "bounds": [[0, 1]] * 3, "dists": ["norm"] * 3, "groups": ["ab", "ab", "c"], "correlation": {"ab": 0.6},
    }  # fmt: skip
    result = found(problem, lambda x, e: 2 * x[..., 0] + x[..., 1] + 2 * x[..., 2] + 0 * e, "sobol", 1024)
    truth = {"ab": 7.4 / 11.4, "c": 4 / 11.4}
    assert furthest(result, "S1", truth) < 0.03 and furthest(result, "ST", truth) < 0.02
    # a b has variance 1 + r^2 in normal inputs, all of it the group's; as a group of independent members it would be 1 of 2.
    product = found(problem, lambda x, e: x[..., 0] * x[..., 1] + x[..., 2] + 0 * e, "sobol", 2048)
    assert furthest(product, "ST", {"ab": 1.36 / 2.36, "c": 1 / 2.36}) < 0.04


# ---- noise -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("replicates", "n"), [(1, 4096), pytest.param(2, 4096, marks=pytest.mark.slow), pytest.param(4, 2048, marks=pytest.mark.slow)])
def test_raw_indices_call_the_dummy_influential_and_ours_do_not(replicates: int, n: int) -> None:
    result = found(ISHIGAMI, ishigami, "sobol", n, "independent", replicates)
    noise = 1 / (1 + 2 * replicates)  # noise of half the function's variance in the mean of so many
    assert result.value("ST", "dummy", column="raw") == pytest.approx(noise, abs=0.03)
    dummy = result.indices.query("index == 'ST' and input == 'dummy'").iloc[0]
    assert dummy["low"] <= 0 <= dummy["high"] and abs(dummy["value"]) < 0.04
    assert furthest(result, "ST", ISHIGAMI_ST) < 0.06 and furthest(result, "S1", ISHIGAMI_S1) < 0.07
    assert result.facts["above"] == ("a", "b", "c")
    assert furthest(result, "ST", ISHIGAMI_ST, "raw") > 0.5 * noise
    assert parts(result.split) == pytest.approx({"parameters": 2 / 3, "seeds": 1 / 3}, abs=0.02)
    assert result.facts["split_note"] == "together" and result.facts["noise_variance"] == pytest.approx(ISHIGAMI_VARIANCE / 2, rel=0.05)


def test_the_dummy_that_sets_the_noise_is_not_the_one_that_is_reported() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 64, "independent", 1)
    blocks = list(layout.part["blocks"])
    moved = y.copy()
    moved[blocks.index(("dummy",)) :: len(blocks)] += 3 * np.random.default_rng(1).normal(size=(64, 1))
    # Were it set by itself, more noise in the reported dummy would leave it at 0.
    assert estimate(layout, moved).value("ST", "dummy") > estimate(layout, y).value("ST", "dummy") + 0.1


def test_the_correction_is_the_formula() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 128, "independent", 3)
    result = estimate(layout, y)
    ends = y.reshape(128, -1, 3)[:, [0, -1]].mean(axis=2)
    vt, vn = ends.var(), y.var(axis=1, ddof=1).mean() / 3
    for name in ("a", "b", "c", "dummy"):
        raw1, raw_t = (result.value(index, name, column="raw") for index in ("S1", "ST"))
        assert result.value("S1", name) == pytest.approx(raw1 * vt / (vt - vn), abs=1e-10)
        assert result.value("ST", name) == pytest.approx((raw_t * vt - vn) / (vt - vn), abs=1e-10)


def test_the_draw_as_an_input_has_its_indices_and_splits_the_variance() -> None:
    result = found(UNIT3, lucky, "sobol", 4096, "factor", second_order=[["c", "seed"], ["a", "b"]])
    # Standard errors at 1,024: 0.04 for the draw's first index, 0.034 for its total one; half of that here, and three of them allowed.
    assert furthest(result, "S1", LUCKY_S1) < 0.06 and furthest(result, "ST", LUCKY_ST) < 0.05
    assert abs(result.value("S2", "c", "seed") - 4 / 41) < 0.05 and abs(result.value("S2", "a", "b")) < 0.05
    assert parts(result.split) == pytest.approx({"parameters": 10 / 41, "seeds": 27 / 41, "interaction": 4 / 41}, abs=0.05)
    assert result.split["share"].sum() == pytest.approx(1.0) and (result.split["low"] <= result.split["high"]).all()


@pytest.mark.slow
def test_paired_draws_are_free_of_bias_where_raw_ones_are_not() -> None:
    values, raws = [], []
    for seed in range(40):
        layout, _ = answered(UNIT3, lucky, "sobol", 16, "paired", 4, seed=seed)
        e = np.random.default_rng(seed).normal(size=4)
        result = estimate(layout, lucky(layout.unit[:, None, :], e[None, :]), resamples=10)
        values.append(result.value("ST", "c"))
        raws.append(result.value("ST", "c", column="raw"))
    # Of the expected outcome c has no share. The mean of 40 has a standard error of 0.025; raw ones are off by 0.08 (a quarter of 4/12 over 1.17).
    assert abs(np.mean(values)) < 0.06 < np.mean(raws)


def test_paired_draws_split_the_variance_by_two_way_analysis() -> None:
    result = found(UNIT3, lucky, "sobol", 64, "paired", 60)
    # 60 draws: the seeds' component has a relative standard error of sqrt(2 / 59) = 0.18.
    assert parts(result.split) == pytest.approx({"parameters": 10 / 41, "seeds": 27 / 41, "interaction": 4 / 41}, abs=0.15)
    low, high = result.split.set_index("part").loc["seeds", ["low", "high"]]
    assert low < 27 / 41 < high and result.facts["note"] == "these draws"


def test_paired_noise_that_adds_cancels() -> None:
    result = found(ISHIGAMI, ishigami, "sobol", 1024, "paired", 2)
    assert furthest(result, "ST", ISHIGAMI_ST) < 0.02 and result.value("ST", "dummy") == pytest.approx(0.0, abs=1e-12)
    assert result.facts["note"] == "few draws" and all(zh and en for zh, en in NOTES.values())


@pytest.mark.parametrize("replicates", [1, 3])
def test_where_noise_drowns_everything_there_is_no_number(replicates: int) -> None:
    result = found(UNIT3, lambda x, e: 0.01 * x[..., 0] + e, "sobol", 64, "independent", replicates)
    assert result.facts["drowned"] and result.facts["note"] == "drowned" and all(NOTES["drowned"])
    assert result.indices[["value", "low", "high"]].isna().all().all() and result.indices["raw"].notna().all()


# ---- outcomes that say nothing, or are missing -----------------------------------------------------


@pytest.mark.parametrize("method", ["sobol", "morris", "dgsm"])
@pytest.mark.parametrize("level", [0.0, 5.0, 1e300])
def test_an_outcome_that_never_changes_is_said_and_not_divided_by(method: str, level: float) -> None:
    with np.errstate(all="raise"):
        result = found(UNIT3, lambda x, e: np.full(np.broadcast_shapes(x.shape[:-1], e.shape), level), method, 8, "factor")
    assert result.facts["is_dead"] and result.facts["note"] == "dead" and result.facts["variance"] == 0
    assert len(result.indices) and result.indices[["value", "low", "high", "raw"]].isna().all().all() and result.split.empty


def test_a_rounding_is_no_change_and_a_small_outcome_is() -> None:
    tiny, plain = (found(UNIT3, lambda x, e, size=size: size * (x[..., 0] + 0 * e), "sobol", 64) for size in (1e-30, 1.0))
    assert not tiny.facts["is_dead"] and tiny.value("ST", "a") == pytest.approx(plain.value("ST", "a"), abs=1e-9)
    assert found(UNIT3, lambda x, e: 1.0 + 1e-15 * x[..., 0] + 0 * e, "sobol", 64).facts["is_dead"]


def test_a_block_with_a_missing_outcome_is_left_out_whole() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 64, "factor", 2)
    whole = estimate(layout, y)
    holed = y.copy()
    holed[5, 1], holed[6, 0], holed[-1, 0] = np.nan, np.inf, np.nan
    result = estimate(layout, holed)
    assert (result.facts["dropped"], result.facts["blocks"], whole.facts["dropped"]) == (2, 62, 0)
    assert np.isfinite(result.indices["value"]).all()
    with pytest.raises(StudyError, match="only 1") as caught:
        estimate(layout, np.where(layout.block[:, None] == 0, y, np.nan))
    assert caught.value.code == "STUDY-RESPONSES"


def test_outcomes_that_do_not_fit_are_refused() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 8)
    for given, more, code in ((y[1:], {}, "STUDY-RESPONSES"), (y, {"interval": 95}, "STUDY-INTERVAL"), (y, {"resamples": 1}, "STUDY-INTERVAL")):
        with pytest.raises(StudyError) as caught:
            estimate(layout, given, **more)
        assert caught.value.code == code and caught.value.mend_zh


def test_the_same_outcomes_give_the_same_bits() -> None:
    layout, y = answered(ISHIGAMI, ishigami, "sobol", 64, "independent", 2)
    one, other = estimate(layout, y), estimate(layout, np.asfortranarray(y))
    assert one.indices.equals(other.indices) and one.split.equals(other.split)
    assert not one.indices["low"].equals(estimate(layout, y, seed=1).indices["low"])
    shifted = estimate(layout, 1e6 + 10 * y)
    np.testing.assert_allclose(shifted.indices["value"], one.indices["value"], atol=1e-8)  # neither origin nor unit matters


# ---- Morris and DGSM -------------------------------------------------------------------------------


def test_elementary_effects_are_salibs() -> None:
    from SALib.analyze import morris

    layout, y = answered(ISHIGAMI, ishigami, "morris", 20, "independent", 2)
    result = estimate(layout, y)
    grid, moving = layout.part["grid"], list(layout.part["moving"])
    theirs = morris.analyze({"num_vars": 4, "names": moving, "bounds": [[0, 1]] * 4}, grid, y.mean(axis=1))
    for index in ("mu", "mu_star", "sigma"):
        for k, name in enumerate(moving):
            assert result.value(index, name) == pytest.approx(float(theirs[index][k]), abs=1e-12)
    effects = elementary_effects(grid, y.mean(axis=1), moving, layout.told)
    np.testing.assert_allclose(np.abs(effects).mean(axis=0), [result.value("mu_star", name) for name in layout.told], atol=1e-12)


def test_noise_that_adds_cancels_within_a_trajectory() -> None:
    result = found(UNIT3, lambda x, e: 3 * x[..., 0] + x[..., 1] + e, "morris", 10, "factor")
    # One draw a trajectory: an effect is the slope, over 99 % of the range, without any error; the draw has its own.
    for name, slope in {"a": 2.97, "b": 0.99, "c": 0.0, "dummy": 0.0}.items():
        assert result.value("mu_star", name) == pytest.approx(slope, abs=1e-9) and result.value("sigma", name) == pytest.approx(0, abs=1e-6)
    assert result.value("mu_star", "seed") > 0.5 and set(result.facts["above"]) == {"a", "b", "seed"}


def test_independent_noise_makes_an_effect_of_nothing_which_the_dummy_shows() -> None:
    result = found(UNIT3, lambda x, e: 9 * x[..., 0] + e, "morris", 100, "independent")
    # The mean size of a difference of two normals is 2 / sqrt(pi), over a step of 2/3: 1.69, with a standard error of 0.13.
    assert result.facts["threshold"] == result.value("mu_star", "dummy") == pytest.approx(1.69, abs=0.4)
    assert result.value("mu_star", "b") == pytest.approx(1.69, abs=0.4) and result.facts["above"] == ("a",)


def test_a_group_of_morris_has_a_size_and_no_direction() -> None:
    problem = {**UNIT3, "groups": ["g", "b", "g"]}
    result = found(problem, lambda x, e: x[..., 0] + x[..., 2] + x[..., 1] + 0 * e, "morris", 30)
    assert np.isnan(result.value("mu", "g")) and np.isnan(result.value("sigma", "g"))
    assert 0 < result.value("mu_star", "g") < 1.99 and result.value("mu_star", "b") == pytest.approx(0.99, abs=1e-9)


def test_slopes_bound_the_total_indices() -> None:
    result = found(ISHIGAMI, ishigami_alone, "dgsm", 1024)
    # Closed forms (Sobol and Kucherenko 2009): the mean squared slopes of the three inputs, times 4 / V.
    pi = np.pi
    slopes = {"a": 0.5 + 0.1 * pi**4 / 5 + 0.01 * pi**8 / 18, "b": 49 / 2, "c": 0.08 * pi**6 / 7}
    for name, slope in slopes.items():
        assert result.value("vt", name) == pytest.approx(4 * slope / ISHIGAMI_VARIANCE, rel=0.05)
        assert result.value("vt", name) > ISHIGAMI_ST[name]
    assert result.value("vt", "dummy") == 0.0


def test_slopes_of_a_noisy_function_are_taken_under_one_draw() -> None:
    result = found(UNIT3, lucky, "dgsm", 512, "independent", 2)
    # Mean squared slopes 9, 1 and 4 (of 2 e) over pi^2 V; the variance of 1,024 draws is known to 5 %, and so is the mean of e^2.
    for name, slope in {"a": 9.0, "b": 1.0, "c": 4.0}.items():
        assert result.value("vt", name) == pytest.approx(slope / (np.pi**2 * 41 / 12), rel=0.2)
    assert result.value("vt", "dummy") == 0.0 and parts(result.split)["seeds"] == pytest.approx(31 / 41, abs=0.1)


def test_slopes_of_a_group_add_up() -> None:
    alone, together = (found({**UNIT3, "groups": groups}, lambda x, e: x[..., 0] + 2 * x[..., 2] + 0 * e, "dgsm", 64) for groups in (None, ["g", "b", "g"]))
    assert together.value("vt", "g") == pytest.approx(alone.value("vt", "a") + alone.value("vt", "c"))
    assert together.value("vt", "g") > 1.0 > together.value("vt", "b")
