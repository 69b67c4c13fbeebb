"""The official yardstick at every edge, worked by hand.

Each test takes the module that holds the measures, so that `tests/test_mutations.py` can hand it altered
copies: every altered copy must fail here.
"""

from __future__ import annotations

import math
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

# Written out again from the rule's text, so that an edited number is seen: unit, per how many pupils,
# limits of a primary and of a junior school.
TEXT = {
    "degree": (100, 4.2, 5.3), "backbone": (100, 1, 1), "pe_art_music": (100, 0.9, 0.9), "buildings": (1, 4.5, 5.8),
    "sports": (1, 7.5, 10.2), "equipment": (1, 2000, 2500), "rooms": (100, 2.3, 2.4),
}  # fmt: skip
GOODS = ("n_above_degree", "n_backbone", "n_pe_art_music", "buildings_m2", "sports_m2", "equipment_yuan", "rooms")
#: A share of a limit that falls short by no more than the guard is the rounding of a division; the other is a miss.
HAIR, MISS = 1 - 0.95e-12, 1 - 1.05e-12
GUARD = 1e-12


@pytest.fixture(scope="module")
def official() -> ModuleType:
    import edusim.measures.official as module

    return module


def same(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(np.asarray(found, dtype=float), np.asarray(expected, dtype=float), rtol=1e-12, atol=1e-12)


def ratios(*factors: list[float], stage: int = 0) -> np.ndarray:
    """Return ratios, shape (2, 7, S): each school's seven as multiples of the limits of its stage; NaN in the other."""
    limits = np.array([row[1 + stage] for row in TEXT.values()])
    made = np.full((2, 7, len(factors)), np.nan)
    made[stage] = (limits * np.array(factors)).T
    return made


def test_numbers_of_the_text(official: ModuleType) -> None:
    assert {i.key: (i.per, *i.limits) for i in official.INDICATORS} == TEXT
    same(official.LIMITS, [[row[1] for row in TEXT.values()], [row[2] for row in TEXT.values()]])
    assert (official.CV_LIMITS, official.CLASS_LIMITS, official.SCHOOL_LIMITS) == ((0.5, 0.45), (45, 50), (2000, 2500))
    assert (official.INDICATORS_NEEDED, official.LEAST_SHARE, official.LEAST_PUPILS) == (6, 0.85, 50)
    assert (official.JUNIOR_WEIGHT, official.ROTATION_LIMIT, official.BACKBONE_LIMIT) == (1.1, 0.10, 0.20)
    assert (official.SATISFACTION_LIMIT, official.QUALITY_GAP_LIMIT) == (0.85, 0.15)
    assert official.GUARD == 1e-12


def test_limits_that_tables_print(official: ModuleType) -> None:
    kept = {m.id.removeprefix("official."): m.limits for m in official.MEASURES if m.limits is not None}
    per_indicator = {f"ratio.{key}": (row[1], row[2]) for key, row in TEXT.items()}
    per_indicator |= {f"cv.{key}": (0.5, 0.45) for key in TEXT} | {f"units_below.{key}": (0, 0) for key in TEXT}
    assert kept == per_indicator | {
        "indicators_passing": (7, 7), "schools_failing": (0, 0), "class_size_largest": (45, 50),
        "classes_over_cap": (0, 0), "schools_class_breach": (0, 0), "schools_size_breach": (0, 0),
    }  # fmt: skip


def test_a_nine_year_school_is_divided(official: ModuleType) -> None:
    # 100 and 200 pupils weigh 100 and 220; half a pupil is a mean over draws.
    pupils = np.array([[100, 60, 0, 0, 0.5], [200, 0, 50, 0, 0]], dtype=float)
    expected = [[100 / 320, 1, 0, 0, 1], [220 / 320, 0, 1, 0, 0]]
    same(official.split_shares(pupils), expected)
    same(official.split_shares(np.stack((pupils, pupils, pupils))), [expected] * 3)


def test_units_of_goods(official: ModuleType) -> None:
    goods = np.arange(1.0, 8.0)[:, None] * np.array([1.0, 10.0])
    found = official.unit_goods(np.array([[100.0, 10.0], [200.0, 0.0]]), goods)
    per = np.array([100, 100, 100, 1, 1, 1, 100])
    same(found[0], (goods * per[:, None]) * [100 / 320, 1])
    same(found[1], (goods * per[:, None]) * [220 / 320, 0])


def test_schools_that_are_judged(official: ModuleType) -> None:
    # Fifty pupils in all, one of them in the junior part; 49; none; a part without pupils.
    pupils = np.array([[49, 48, 0, 50, 0], [1, 1, 0, 0, 51]], dtype=float)
    expected = [[True, False, False, True, False], [True, False, False, False, True]]
    assert official.judged_parts(pupils).tolist() == expected
    assert official.judged_parts(np.stack((pupils, pupils, pupils))).tolist() == [expected] * 3
    assert official.judged_parts(pupils, 49).tolist() == [[True, True, False, True, False], [True, True, False, False, True]]


def judge_one(official: ModuleType, factors: list[float], stage: int = 0, pupils: float = 600) -> tuple[int, bool]:
    n = np.zeros((2, 1))
    n[stage] = pupils
    found = official.judge(n, ratios(factors, stage=stage))
    assert found.n_met[1 - stage, 0] == 0 and not found.meets_rule[1 - stage, 0]
    return int(found.n_met[stage, 0]), bool(found.meets_rule[stage, 0])


def test_six_of_seven_and_85_percent(official: ModuleType) -> None:
    for stage in (0, 1):
        for place in range(7):
            for factor, n_met, meets in (
                (1.0, 7, True), (HAIR, 7, True), (MISS, 6, True), (0.85, 6, True), (0.85 * HAIR, 6, True),
                (0.85 - 1.05e-12, 6, False), (0.8, 6, False), (0.0, 6, False),
            ):  # fmt: skip
                factors = [1.3] * 7
                factors[place] = factor
                assert judge_one(official, factors, stage) == (n_met, meets), (stage, place, factor)
    # The limit of backbone teachers is 1, so that a shortfall of just the guard is exact.
    assert judge_one(official, [1.3, 1 - GUARD, 1.3, 1.3, 1.3, 1.3, 1.3]) == (7, True)
    assert judge_one(official, [1.3, 0.85 - GUARD, 1.3, 1.3, 1.3, 1.3, 1.3]) == (6, True)
    assert judge_one(official, [0.99, 0.99, 1, 1, 1, 1, 1]) == (5, False)
    assert judge_one(official, [0.99] * 7) == (0, False)
    assert judge_one(official, [1.0] * 7, pupils=50) == (7, True)
    assert judge_one(official, [1.0] * 7, pupils=49) == (0, False)


def test_what_a_school_of_two_parts_meets(official: ModuleType) -> None:
    # Columns: both parts pass; the junior one fails; the primary one fails; primary alone, passing and
    # failing; junior alone, passing and failing; not judged.
    judged = np.array([[1, 1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 0, 1, 1, 0]], dtype=bool)
    meets = np.array([[1, 1, 0, 1, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1, 0, 0]], dtype=bool)
    n_met = np.array([[7, 6, 5, 7, 4, 0, 0, 0], [6, 3, 7, 0, 0, 7, 1, 0]])
    found = official.SevenIndicators(np.zeros((2, 7, 8)), n_met, judged, meets)
    assert found.school_meets.tolist() == [True, False, False, True, False, True, False, False]
    assert found.school_n_met.tolist() == [6, 3, 5, 7, 4, 7, 1, 0]


def test_ratios_from_counts(official: ModuleType) -> None:
    # A primary school of 1,000; a nine-year one of 100 and 200; a junior one of 500; one without pupils; one
    # teaching point of 1 pupil.
    n_primary, n_junior = [1000, 100, 0, 0, 1], [0, 200, 500, 0, 0]
    goods = {name: [42.0, 32.0, 26.5, 5.0, 1.0] for name in GOODS}
    found = official.seven_indicators(n_primary, n_junior, **goods)
    per = np.array([row[0] for row in TEXT.values()], dtype=float)
    same(found.ratio[0] / per[:, None], [[0.042, 0.1, np.nan, np.nan, 1.0]] * 7)
    same(found.ratio[1] / per[:, None], [[np.nan, 0.11, 0.053, np.nan, np.nan]] * 7)
    assert found.is_judged.tolist() == [[True, True, False, False, False], [False, True, True, False, False]]
    # 4.2, 4.2, 4.2 and 4.2 of 100; .042 of the rest: four are met. 5.3: likewise.
    assert found.n_met.tolist() == [[4, 4, 0, 0, 0], [0, 4, 4, 0, 0]]
    assert not found.meets_rule.any()
    assert official.seven_indicators([20], [10], **{name: [1e6] for name in GOODS}, least_pupils=30).is_judged.all()


def test_limit_of_the_coefficient_of_difference(official: ModuleType) -> None:
    for stage, limit in (("primary", 0.5), ("junior", 0.45)):
        values = [0.0, limit, limit + 0.95e-12, limit + GUARD, limit + 1.05e-12, 2.0, math.nan]
        assert official.cv_passes(values, stage).tolist() == [True, True, True, True, False, False, False]
    with pytest.raises(official.MeasureError):
        official.cv_passes(0.1, "all")


def spread(amounts: list[float], pupils: list[float]) -> tuple[float, float]:
    """Return the mean and the coefficient of difference of the text: S / R, weighted by pupils."""
    total = sum(pupils)
    mean = sum(amounts) / total
    square = sum(n / total * (x / n - mean) ** 2 for x, n in zip(amounts, pupils, strict=True))
    return mean, math.sqrt(square) / mean


def test_values_under_several_enrolments(official: ModuleType) -> None:
    # Primary 1,000; nine-year 100 and 200; junior 500; closed; a teaching point of 40; 59 pupils and one more.
    now = np.array([[1000, 100, 0, 0, 40, 59], [0, 200, 500, 0, 0, 1]], dtype=float)
    before = np.array([[800, 300, 0, 60, 40, 0], [0, 100, 600, 0, 0, 0]], dtype=float)
    goods = np.array([[42.0, 32.0, 26.5, 5.0, 9.0, 6.01]] * 7) * np.arange(1.0, 8.0)[:, None]
    goods[2] = 0.0
    per = np.array([row[0] for row in TEXT.values()])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio, value = official.ratios_and_values(np.stack((now, before, before)), goods)
    small = 6.01 / 60.1  # of the weighted pupils of the last school
    for i in range(7):
        unit = 0.0 if i == 2 else (i + 1.0) * per[i]
        same(ratio[0, i], unit * np.array([0.042, 0.1, np.nan, np.nan, 0.225, small]))
        same(ratio[1, i], unit * np.array([np.nan, 0.11, 0.053, np.nan, np.nan, small * 1.1]))
        for k, primary, junior in (
            (0, ([42, 10, 59 * small], [1000, 100, 59]), ([22, 26.5, small * 1.1], [200, 500, 1])),
            (1, ([42, 32 * 300 / 410, 5], [800, 300, 60]), ([32 * 110 / 410, 26.5], [100, 600])),
        ):
            for stage, (amounts, pupils) in enumerate((primary, junior)):
                mean, cv = spread(amounts, pupils)
                same(value[k, :, i, stage], [unit * mean, np.nan if i == 2 else cv])
    same(value[2], value[1])
    assert ratio.shape == (2, 7, 6)
    assert value.shape == (3, 2, 7, 2)
    # One school: nothing differs. Its mean is exactly 1 in the indicators a pupil, 100 in those per 100.
    with np.errstate(invalid="ignore"):  # no junior pupils
        alone = official.ratios_and_values(np.array([[[60.0], [0.0]]]), np.full((7, 1), 60.0))[1]
    assert alone[0, :, 3, 0].tolist() == [1.0, 0.0]
    assert alone[0, :, 0, 0].tolist() == [100.0, 0.0]


KEYS = tuple(TEXT)


def a_year(
    official: ModuleType,
    judged: list[list[int]],
    meets: list[list[int]],
    cv: tuple[float, float] = (0.4, 0.4),
    size: int = 3,
    **more: Any,
) -> Any:
    """Return what the measures of a year read: means 10 i + stage, all CVs of a stage alike, all ratios at 1.2 limits."""
    official_now = np.array([[[10.0 * i + s for s in (0, 1)] for i in range(7)], [list(cv)] * 7])
    made = {
        "official_now": official_now,
        "official_base_pupils": official_now * 0.75,
        "base": SimpleNamespace(official=official_now * 0.5),
        "seven": SimpleNamespace(
            ratio=np.repeat(np.array([[[row[1 + s] * 1.2] for row in TEXT.values()] for s in (0, 1)]), size, axis=2),
            is_judged=np.array(judged, dtype=bool).reshape(2, size),
            meets_rule=np.array(meets, dtype=bool).reshape(2, size),
        ),
        "tally": SimpleNamespace(
            largest_class=np.array([[46, 45, 20], [50, 51, 0]])[:, :size],
            n_classes_over_cap=np.array([[1, 2, 0], [0, 4, 0]])[:, :size],
        ),
        "n": np.array([[1500, 2000, 0], [900, 1, 0], [2400, 2001, 0]], dtype=float)[:, :size],
        "n_sums": [3500.0, 901.0, 4401.0],
        "stage_sums": np.vstack((np.full((7, 3), 999.0), [[100.0, 20.0, 120.0]], np.full((2, 3), 888.0))),
        "schools": SimpleNamespace(stage=np.array([2, 0, 1])[:size]),
    }
    whole = made | more
    whole.setdefault("official_size", whole["n"][2])  # every campus is judged for itself
    return SimpleNamespace(**whole)


def numbers(official: ModuleType, year: Any) -> dict[str, list[float]]:
    with np.errstate(divide="ignore", invalid="ignore"):
        found = official.yearly(year)
    assert set(found) == {m.id for m in official.MEASURES}
    return {name.removeprefix("official."): value for name, value in found.items()}


def test_a_year_in_order(official: ModuleType) -> None:
    found = numbers(official, a_year(official, [[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]]))
    for i, key in enumerate(KEYS):
        for what, now in (("ratio", [10.0 * i, 10.0 * i + 1]), ("cv", [0.4, 0.4])):
            same(found[f"{what}.{key}"], now)
            # Enrolment: now less the value under the base year's pupils. Policy: the rest of the change.
            same(found[f"{what}_enrolment.{key}"], [0.25 * v for v in now])
            same(found[f"{what}_policy.{key}"], [0.25 * v for v in now])
        assert found[f"units_below.{key}"] == [0, 0]
    expected = {
        "indicators_passing": [7, 7], "schools_judged": [2, 1, 2], "schools_failing": [0, 0, 0],
        "cv_passes": [1, 1, 1], "resources_pass": [1, 1, 1],
        "class_size_mean": [35, 45.05], "class_size_largest": [46, 51], "classes_over_cap": [3, 4],
        # 46 > 45 in the first, 51 > 50 in the second, 50 is allowed; counted once for both stages together.
        "schools_class_breach": [1, 1, 2],
        # 2,400 in a nine-year school are allowed, 2,001 in a primary one are not.
        "schools_size_breach": [1], "school_size_largest": [2400], "school_size_mean": [2200.5],
    }  # fmt: skip
    for name, value in expected.items():
        same(found[name], value)


def test_change_is_split(official: ModuleType) -> None:
    now = np.zeros((2, 7, 2))
    now[:, 3] = [[9.0, 8.0], [0.4, 0.3]]
    base_pupils, base = now * 1.0, now * 1.0
    base_pupils[:, 3], base[:, 3] = [[7.0, 8.5], [0.5, 0.3]], [[6.0, 5.0], [0.35, 0.4]]
    found = numbers(
        official,
        a_year(official, [[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]], official_now=now,
               official_base_pupils=base_pupils, base=SimpleNamespace(official=base)),
    )  # fmt: skip
    same(found["ratio_enrolment.buildings"], [2.0, -0.5])
    same(found["ratio_policy.buildings"], [1.0, 3.5])
    same(found["cv_enrolment.buildings"], [-0.1, 0.0])
    same(found["cv_policy.buildings"], [0.15, -0.1])


def test_units_below_a_limit(official: ModuleType) -> None:
    for stage in (0, 1):
        year = a_year(official, [[1, 1, 0], [1, 1, 0]], [[1, 1, 0], [1, 1, 0]])
        for i in range(7):
            # At the limit less a rounding error; clearly below; below, but not judged.
            limit = list(TEXT.values())[i][1 + stage]
            year.seven.ratio[stage, i] = [limit * HAIR, limit * MISS, 0.0]
        found = numbers(official, year)
        for key in KEYS:
            assert found[f"units_below.{key}"][stage] == 1
            assert found[f"units_below.{key}"][1 - stage] == 0
        year.seven.ratio[stage, 1, 1] = 1 - GUARD
        assert numbers(official, year)["units_below.backbone"][stage] == 0


def test_a_coefficient_over_its_limit_fails_its_stage(official: ModuleType) -> None:
    rows = ([[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]])
    for cv, passing, all_pass in (
        ((0.5, 0.45), [7, 7], [1, 1, 1]), ((0.5 + 0.95e-12, 0.45 + 0.95e-12), [7, 7], [1, 1, 1]),
        ((0.5 + 1.05e-12, 0.45), [0, 7], [0, 1, 0]), ((0.5, 0.45 + 1.05e-12), [7, 0], [1, 0, 0]),
        ((0.6, 0.6), [0, 0], [0, 0, 0]),
    ):  # fmt: skip
        found = numbers(official, a_year(official, *rows, cv=cv))
        same(found["indicators_passing"], passing)
        same(found["cv_passes"], all_pass)
        same(found["resources_pass"], all_pass)
    exact = a_year(official, *rows, cv=(0.5 + GUARD, 0.45 + GUARD))
    assert numbers(official, exact)["indicators_passing"] == [7, 7]
    # One coefficient of the seven is enough: there is no composite.
    year = a_year(official, *rows)
    year.official_now[1, 4, 1] = 0.7
    found = numbers(official, year)
    assert (found["indicators_passing"], found["cv_passes"]) == ([7, 6], [1, 0, 0])


def test_a_failing_school_fails_its_stage(official: ModuleType) -> None:
    # The nine-year school fails in both parts: two parts, one school.
    found = numbers(official, a_year(official, [[1, 1, 0], [1, 0, 0]], [[0, 1, 0], [0, 0, 0]]))
    assert (found["schools_failing"], found["resources_pass"]) == ([1, 1, 1], [0, 0, 0])
    assert found["cv_passes"] == [1, 1, 1]
    found = numbers(official, a_year(official, [[1, 1, 0], [1, 0, 0]], [[0, 0, 0], [1, 0, 0]]))
    assert (found["schools_failing"], found["resources_pass"]) == ([2, 0, 2], [0, 1, 0])
    found = numbers(official, a_year(official, [[1, 1, 0], [1, 0, 0]], [[1, 1, 1], [0, 1, 1]]))
    assert (found["schools_failing"], found["resources_pass"]) == ([0, 1, 1], [1, 0, 0])


def test_a_stage_without_judged_schools_has_no_verdict(official: ModuleType) -> None:
    nan = math.nan
    found = numbers(official, a_year(official, [[1, 1, 0], [0, 0, 0]], [[1, 1, 0], [0, 0, 0]], cv=(0.4, nan)))
    same(found["indicators_passing"], [7, nan])
    same(found["cv_passes"], [1, nan, 1])
    same(found["resources_pass"], [1, nan, 1])
    assert found["schools_judged"] == [2, 0, 2]
    found = numbers(official, a_year(official, [[0, 0, 0], [0, 1, 0]], [[0, 0, 0], [0, 1, 0]], cv=(nan, 0.4)))
    same(found["cv_passes"], [nan, 1, 1])
    same(found["resources_pass"], [nan, 1, 1])
    assert found["schools_judged"] == [0, 1, 1]
    found = numbers(official, a_year(official, [[1, 0, 0], [1, 1, 1]], [[1, 0, 0], [1, 1, 1]]))
    assert found["schools_judged"] == [1, 3, 3]
    found = numbers(official, a_year(official, [[0, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]))
    same(found["cv_passes"], [nan, nan, nan])


def test_sizes_at_their_limits(official: ModuleType) -> None:
    rows = ([[1, 1, 0], [1, 0, 0]], [[1, 1, 0], [1, 0, 0]])
    for sizes, breaches in (([2500, 2000, 2000], 0), ([2501, 2000, 2000], 1), ([2500, 2001, 2001], 2), ([1, 1, 1], 0)):
        n = np.array([sizes, sizes, sizes], dtype=float)
        found = numbers(official, a_year(official, *rows, n=n, n_sums=[0.0, 0.0, 300.0]))
        assert found["schools_size_breach"] == [breaches]
        assert found["school_size_largest"] == [max(sizes)]
        assert found["school_size_mean"] == [100.0]
    tally = SimpleNamespace(largest_class=np.array([[45, 45, 46], [50, 50, 51]]), n_classes_over_cap=np.zeros((2, 3)))
    assert numbers(official, a_year(official, *rows, tally=tally))["schools_class_breach"] == [1, 1, 1]


def test_an_empty_county_has_a_year_too(official: ModuleType) -> None:
    nothing: dict[str, Any] = {"size": 0, "n_sums": [0.0, 0.0, 0.0], "stage_sums": np.zeros((10, 3))}
    found = numbers(official, a_year(official, [[], []], [[], []], **nothing))
    for name in ("class_size_mean", "school_size_mean", "cv_passes", "resources_pass", "indicators_passing"):
        assert all(math.isnan(value) for value in found[name])
    for name in ("schools_judged", "schools_failing", "class_size_largest", "classes_over_cap", "schools_class_breach",
                 "schools_size_breach", "school_size_largest"):  # fmt: skip
        assert set(found[name]) == {0}
    # Classes in one stage only.
    sums = np.zeros((10, 3))
    sums[7] = [0.0, 1.0, 1.0]
    found = numbers(official, a_year(official, [[], []], [[], []], size=0, n_sums=[0.0, 30.0, 30.0], stage_sums=sums))
    same(found["class_size_mean"], [math.nan, 30.0])
