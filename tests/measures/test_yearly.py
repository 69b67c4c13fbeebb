"""A county of five schools, every number reckoned by hand."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from edusim.measures import YearMeasures, cv, gini, icc, schools_frame, theil, to_frame, yearly
from edusim.measures.money import ledger, yuan_per_gap_step
from edusim.state import State

# Weighted pupils of the nine-year school: 100 + 1.1 * 200 = 320; a third of its goods and less is primary.
P, J = 100 / 320, 220 / 320
ALL_PUPILS = 1900
CORE, MEMBER = 0.5, (-0.5 * 100 - 0.2 * 100 - 0.4 * 200) / 400

EXPECTED: dict[tuple[str, str, str], float] = {
    ("official.ratio.degree", "primary", "county"): 100 * (42 + 4 + 16 * P) / 1200,
    ("official.ratio.degree", "junior", "county"): 100 * (27 + 16 * J) / 700,
    ("official.ratio.equipment", "primary", "county"): (3e6 + 1e5 + 640000 * P) / 1200,
    ("official.ratio.rooms", "junior", "county"): 100 * (12 + 8 * J) / 700,
    ("official.cv.degree", "primary", "county"): cv([42, 4, 16 * P], [1000, 100, 100]),
    ("official.cv.sports", "junior", "county"): cv([3200 * J, 5200], [200, 500]),
    ("official.units_below.degree", "primary", "county"): 1,  # 4.2 exactly; 4.0; 5.0
    ("official.units_below.backbone", "primary", "county"): 1,  # 2 P = 0.625 of the nine-year school
    ("official.units_below.degree", "junior", "county"): 0,  # 5.5 and 5.4
    ("official.units_below.backbone", "junior", "county"): 1,  # 2 J / 2 = 0.6875
    ("official.units_below.equipment", "primary", "county"): 1,  # 3,000; 1,000; 2,000 exactly
    ("official.units_below.equipment", "junior", "county"): 1,  # 2,200; 3,000
    ("official.units_below.rooms", "primary", "county"): 1,  # 3; 2; 2.5
    ("official.schools_judged", "primary", "county"): 3,
    ("official.schools_judged", "all", "county"): 4,
    # The member misses degree, equipment, rooms; the nine-year school backbone by far, in both parts.
    ("official.schools_failing", "primary", "county"): 2,
    ("official.schools_failing", "junior", "county"): 1,
    ("official.schools_failing", "all", "county"): 2,
    ("official.indicators_passing", "primary", "county"): 7,
    ("official.indicators_passing", "junior", "county"): 7,
    ("official.cv_passes", "all", "county"): 1,
    ("official.resources_pass", "all", "county"): 0,
    ("official.resources_pass", "junior", "county"): 0,
    ("official.class_size_mean", "primary", "county"): 1200 / 37,
    ("official.class_size_largest", "junior", "county"): 50,
    ("official.classes_over_cap", "primary", "county"): 3,
    ("official.schools_class_breach", "primary", "county"): 1,  # 46 > 45
    ("official.schools_class_breach", "junior", "county"): 0,  # 50 is allowed
    ("official.schools_class_breach", "all", "county"): 1,
    ("official.schools_size_breach", "all", "county"): 0,
    ("official.school_size_largest", "all", "county"): 1000,
    ("official.school_size_mean", "all", "county"): 1900 / 4,
    ("official.ratio_policy.degree", "primary", "county"): 0,
    ("official.cv_enrolment.degree", "junior", "county"): 0,
    ("inequality.gini.equipment", "primary", "county"): gini([3000, 1000, 2000], [1000, 100, 100]),
    ("inequality.theil_between.equipment", "primary", "county"): theil([3000, 1000, 2000], [1000, 100, 100]),
    ("inequality.theil_within.equipment", "primary", "county"): 0,
    ("inequality.theil.not_low", "junior", "county"): theil([0.6, 0.8], [200, 500]),
    ("learning.mean", "primary", "county"): (500 - 50 - 20) / 1200,
    ("learning.mean", "all", "county"): (500 - 50 - 20 - 80 + 50) / ALL_PUPILS,
    ("learning.core_mean", "all", "county"): CORE,
    ("learning.core_mean", "junior", "county"): math.nan,
    ("learning.core_member_gap", "primary", "county"): 0.5 + 0.35,
    ("learning.core_member_gap", "all", "county"): CORE - MEMBER,
    ("learning.weak_mean", "junior", "county"): -0.4,
    ("learning.top_mean", "primary", "county"): 0.5,
    ("learning.top_weak_gap", "all", "county"): CORE - MEMBER,
    ("learning.urban_rural_gap", "all", "county"): CORE - MEMBER,
    ("learning.low_share", "primary", "county"): 170 / 1200,
    ("learning.low_share", "all", "county"): 350 / ALL_PUPILS,
    ("learning.low_ses_mean", "all", "county"): -100 / 200,
    ("learning.low_ses_gap", "all", "county"): (400 + 100) / 1700 + 0.5,
    ("learning.icc", "junior", "county"): icc([200, 500], [-80, 50], [200 * (0.16 + 0.81), 500 * (0.01 + 0.81)]),
    ("learning.icc", "all", "county"): icc(
        [1000, 100, 300, 500], [500, -50, -100, 50],
        [1000 * 1.06, 100 * 1.06, 100 * 0.85 + 200 * 0.97, 500 * 0.82],
    ),
    ("learning.school_mean_sd", "junior", "county"): 0.5 * math.sqrt((2 / 7) * (5 / 7)),
    ("learning.ses_segregation", "junior", "county"): 0.3 * math.sqrt((2 / 7) * (5 / 7)),
    ("learning.group_gap", "all", "70"): CORE - MEMBER,
    ("learning.group_gap", "all", "71"): math.nan,
    ("staffing.posts", "all", "county"): 140,
    ("staffing.posts_used", "all", "county"): 134,
    ("staffing.posts_vacant", "all", "county"): 6,
    ("staffing.posts_vacant_zone", "all", "urban"): 2,
    ("staffing.posts_vacant_zone", "all", "rural"): 3,
    ("staffing.posts_vacant_zone", "all", "mountain"): 1,
    ("staffing.pupils_per_teacher", "all", "county"): 1900 / 134,
    ("staffing.substitute_share", "all", "county"): 3 / 134,
    ("staffing.subject_gap.pe", "all", "county"): 5,
    ("staffing.subject_gap.art", "all", "county"): 10,
    ("staffing.subject_gap.music", "all", "county"): 12,
    ("staffing.subject_gap_share", "all", "county"): 27 / (3 * 51),
    ("staffing.quality_mean", "all", "county"): 3 / 130,
    ("staffing.quality_gap", "all", "county"): 0.1 + 0.1,
    ("staffing.quality_cv", "all", "county"): math.sqrt(90 * 0.01 / 130 - (3 / 130) ** 2) / (1 + 3 / 130),
    ("staffing.rotation_share_eligible", "all", "county"): 0.1,
    ("staffing.rotation_share_member", "all", "county"): 4 / 36,
    ("staffing.rotation_backbone_share", "all", "county"): 0.25,
    ("staffing.rotation_meets_item", "all", "county"): 1,
    ("staffing.rotation_stock_eligible", "all", "county"): 9 / 40,
    ("staffing.rotation_stock_member", "all", "county"): 0.25,
    ("staffing.rotation_delivered_share", "all", "county"): 0.8,
    ("staffing.rotation_promised_years", "all", "county"): 15,
    ("staffing.rotation_delivered_years", "all", "county"): 12,
    ("staffing.rotation_years_served", "all", "county"): 9,
    ("staffing.rotation_quality", "all", "county"): -0.05,
    ("staffing.leaver_share", "all", "county"): 0.04,
    ("staffing.leaver_quality", "all", "county"): 0.1,
    ("staffing.stayer_quality", "all", "county"): 0.03,
    ("staffing.leaver_quality_gap", "all", "county"): -0.07,
    ("staffing.leaver_backbone_share", "all", "county"): 0.5,
    ("staffing.backbone_kept_share", "all", "county"): 0.9,
    ("staffing.leader_hours_share", "all", "county"): 0.75,
    ("staffing.expert_hours", "all", "county"): 350,
    ("leadership.management", "all", "county"): -0.6,
    ("leadership.management_gap", "all", "county"): 1.6,
    ("leadership.climate", "all", "county"): -0.1,
    ("families.open_choice_share", "all", "county"): 0.1,
    ("families.first_choice_share", "all", "county"): 0.75,
    ("families.private_share", "all", "county"): 500 / 1900,
    ("families.exit_share", "all", "county"): 0.05,
    ("families.returns", "all", "county"): 3,
    ("families.satisfaction", "all", "county"): 0.85,
    ("families.satisfaction_worst", "all", "county"): 0.7,  # not the 0.1 of the school without pupils
    ("families.seats_needed", "primary", "mountain"): 3,
    ("families.seats_empty", "junior", "urban"): 40,
    ("families.enrolment", "junior", "county"): 700,
    ("families.enrolment", "all", "county"): 1900,
    ("families.good_senior_share", "all", "county"): 120 / 200,
    ("families.good_senior_gap", "all", "county"): 0.8 - 0.25,
    ("families.travel_km", "all", "county"): math.nan,
    ("groups.coverage", "all", "county"): 2 / 3,  # rows 1, 2 of 1, 2, 4; the private town school is not asked
    ("groups.coverage_any", "all", "county"): 2 / 3,
    ("groups.number", "all", "county"): 1,
    ("groups.size_mean", "all", "county"): 2,
    ("groups.mode_share", "all", "mode_1"): 1,
    ("groups.mode_share", "all", "mode_0"): 0,
    ("groups.mode_school_share", "all", "mode_1"): 2 / 3,
    ("money.line.allowance", "all", "county"): 1000,
    ("money.recurrent", "all", "county"): 1000,
    ("money.one_off", "all", "county"): 3000,
    ("money.total", "all", "county"): 4000,
    ("money.per_pupil", "all", "county"): 4000 / 1900,
    ("money.unfunded", "all", "county"): 50,
    ("money.total_to_date", "all", "county"): 0,
    ("money.yuan_per_gap_step", "all", "county"): math.nan,
    ("money.ordinary", "all", "county"): math.nan,
    ("money.group_fund", "all", "county"): 1000,
    ("money.group_fund_city", "all", "county"): 150,
    ("money.group_fund_town", "all", "county"): 450,
    ("money.group_fund_lapsed", "all", "county"): 400,
    ("money.reward_pool", "all", "county"): 185,
    ("money.reward_pool_bonus", "all", "county"): 20,
    ("money.reward_pool_heads", "all", "county"): 5,
    ("money.reward_pool_groups_share", "all", "county"): 110 / 160,
    ("money.reward_pool_excellent_ratio", "all", "county"): (80 / 71) / (160 / 140),
    ("money.progress_share", "all", "county"): 0.4,
    ("staffing.rotation_volunteer_share", "all", "county"): 0.75,
    ("staffing.rotation_senior_share", "all", "county"): 0.75,
    ("appraisal.excellent_share", "all", "county"): 45 / 134,
    ("appraisal.excellent_share_members", "all", "county"): 6 / 36,
    # Half, a fifth, two thirteenths, a quarter of 58, 10, 26, 40 teachers.
    ("appraisal.excellent_uneven", "all", "county"): math.sqrt(
        (29**2 / 58 + 2**2 / 10 + 4**2 / 26 + 10**2 / 40) / 134 - (45 / 134) ** 2
    ),
    ("appraisal.excellent_groups", "all", "county"): 1,
    ("appraisal.excellent_growth", "all", "county"): 0.2,
    ("appraisal.z_members", "all", "county"): math.nan,
    ("appraisal.promoted_took_part_share", "all", "county"): 0.25,
    ("appraisal.promoted_middle_pooled", "all", "county"): 3,
}


@pytest.fixture
def base(state: State, tally: SimpleNamespace) -> YearMeasures:
    return yearly(state, tally, {}, SimpleNamespace())


@pytest.mark.parametrize("key", EXPECTED, ids=lambda k: "-".join(k))
def test_by_hand(key: tuple[str, str, str], base: YearMeasures) -> None:
    assert base.value(*key) == pytest.approx(EXPECTED[key], abs=1e-9, nan_ok=True)


def test_table_of_schools_by_hand(base: YearMeasures) -> None:
    table = schools_frame([base], "fusion", 4).set_index("school_id")
    assert table.loc[11, ["policy", "draw", "year", "zone", "stage", "role", "group_id", "mode"]].tolist() == [
        "fusion", 4, 2025, "urban", "primary", "core", 70, 1
    ]  # fmt: skip
    assert table["role"].tolist() == ["core", "member", "member", "none", "none"]
    assert table["role_base"].tolist() == ["core", "member", "member", "none", "none"]
    assert table["mode"].tolist() == [1, 1, 1, -1, -1]
    assert table["group_id"].tolist() == [70, 70, 70, -1, -1]
    assert table["is_private"].tolist() == [False, False, False, True, False]
    assert table["n_pupils"].tolist() == [1000, 100, 300, 500, 0]
    assert table["mean_achievement"].tolist() == pytest.approx([0.5, -0.5, -1 / 3, 0.1, math.nan], nan_ok=True)
    assert table["low_share"].tolist() == pytest.approx([0.1, 0.4, 110 / 300, 0.2, math.nan], nan_ok=True)
    assert table["ratio_degree"].tolist() == pytest.approx([4.2, 4.0, 5.0, 5.4, math.nan], nan_ok=True)
    assert table["ratio_equipment"].tolist() == pytest.approx([3000, 1000, 2000, 3000, math.nan], nan_ok=True)
    assert table["n_indicators_met"].tolist() == pytest.approx([7, 4, 4, 7, math.nan], nan_ok=True)
    assert table["meets_rule"].tolist()[:4] == [True, False, False, True]
    assert table["meets_rule"].isna().tolist() == [False] * 4 + [True]
    assert table["class_size_mean"].tolist() == pytest.approx([40, 100 / 6, 30, 50, math.nan], nan_ok=True)
    assert table["class_size_largest"].tolist() == [46, 20, 50, 50, 0]
    assert table["quality_mean"].tolist() == pytest.approx([0.1, -0.1, -0.1, 0, math.nan], nan_ok=True)
    assert table["n_teachers"].tolist() == [60, 8, 26, 40, 1]
    assert table["subject_gaps"].tolist() == [1, 15, 11, 0, 0]
    assert table["good_senior_share"].tolist() == pytest.approx([0.8, math.nan, 0.25, 0.625, math.nan], nan_ok=True)


def test_change_is_split_into_enrolment_and_policy(state: State, tally: SimpleNamespace) -> None:
    memory = SimpleNamespace()
    before = yearly(state, tally, {}, memory)
    state.year = 2026
    # The rural member loses half its pupils; the core gains 200,000 yuan of equipment.
    tally.n_pupils[0, 1] = 50
    state.schools.equipment_yuan[0] += 200000
    after = yearly(state, tally, {}, memory)
    name = "equipment"
    now = (3.2e6 + 1e5 + 2e5) / 1150
    with_base_pupils = (3.2e6 + 1e5 + 2e5) / 1200
    first = (3e6 + 1e5 + 2e5) / 1200
    assert after.value(f"official.ratio_policy.{name}", "primary") == pytest.approx(with_base_pupils - first)
    assert after.value(f"official.ratio_enrolment.{name}", "primary") == pytest.approx(now - with_base_pupils)
    cv_policy = cv([3.2e6, 1e5, 2e5], [1000, 100, 100]) - cv([3e6, 1e5, 2e5], [1000, 100, 100])
    cv_enrolment = cv([3.2e6, 1e5, 2e5], [1000, 50, 100]) - cv([3.2e6, 1e5, 2e5], [1000, 100, 100])
    assert after.value(f"official.cv_policy.{name}", "primary") == pytest.approx(cv_policy)
    assert after.value(f"official.cv_enrolment.{name}", "primary") == pytest.approx(cv_enrolment)
    for what in ("ratio", "cv"):
        for key in ("degree", name, "rooms"):
            for stage in ("primary", "junior"):
                change = after.value(f"official.{what}.{key}", stage) - before.value(f"official.{what}.{key}", stage)
                parts = sum(after.value(f"official.{what}_{part}.{key}", stage) for part in ("enrolment", "policy"))
                assert parts == pytest.approx(change, abs=1e-12)
                if key != name:
                    assert after.value(f"official.{what}_policy.{key}", stage) == 0


def test_a_campus_that_is_new_has_no_base_pupils(state: State, tally: SimpleNamespace) -> None:
    memory = SimpleNamespace()
    yearly(state, tally, {}, memory)
    memory.measures.school_ids = np.array([15, 13, 12, 11])  # the base year's county lacked school 14
    memory.measures.n_pupils = memory.measures.n_pupils[:, [4, 2, 1, 0]]
    state.year = 2026
    after = yearly(state, tally, {}, memory)
    with_base = 100 * 16 * J / 200
    value = after.value("official.ratio.degree", "junior") - after.value("official.ratio_enrolment.degree", "junior")
    assert value == pytest.approx(with_base)


def test_money_to_date_and_price_of_the_gap(state: State, tally: SimpleNamespace) -> None:
    memory = SimpleNamespace()
    yearly(state, tally, {}, memory)
    for year, spent in ((2026, 4000), (2027, 8000)):
        state.year = year
        tally.sum_achievement[0, 0] -= 50  # the core's mean falls by 0.05 a year
        after = yearly(state, tally, {}, memory)
        assert after.value("money.total_to_date") == spent
        assert after.value("money.yuan_per_gap_step") == pytest.approx(4000 / 5)
    again = yearly(state, tally, {}, memory)
    assert again.value("money.total_to_date") == 8000  # asking twice spends nothing twice
    tally.sum_achievement[0, 0] += 1000
    assert math.isnan(yearly(state, tally, {}, memory).value("money.yuan_per_gap_step"))
    assert yuan_per_gap_step(100.0, 0.5, 0.49) == pytest.approx(100)
    assert math.isnan(yuan_per_gap_step(100.0, 0.5, 0.5))


def test_ledger_loses_no_yuan() -> None:
    by_line, recurrent, one_off = ledger({"equipment": 5.0, "reward": 2.0, "new": 1.0, "projects": (4.0, False)})
    assert (by_line["equipment"], by_line["reward"], by_line["other"], by_line["projects"]) == (5, 2, 1, 4)
    assert (recurrent, one_off) == (3, 9)
    assert sum(by_line.values()) == 12


@pytest.mark.parametrize(("stage", "pupils", "breach"), [(0, 2000, 0), (0, 2001, 1), (2, 2500, 0), (2, 2501, 1)])
def test_school_size_at_its_limit(state: State, tally: SimpleNamespace, stage: int, pupils: int, breach: int) -> None:
    state.schools.stage[0] = stage
    tally.n_pupils[0, 0] = pupils
    assert yearly(state, tally, {}, SimpleNamespace()).value("official.schools_size_breach") == breach


@pytest.mark.parametrize(("part", "largest", "breach"), [(0, 45, 0), (0, 46, 1), (1, 50, 0), (1, 51, 1)])
def test_class_size_at_its_limit(state: State, tally: SimpleNamespace, part: int, largest: int, breach: int) -> None:
    tally.largest_class[:] = 0
    tally.largest_class[part, 2] = largest
    year = yearly(state, tally, {}, SimpleNamespace())
    assert year.value("official.schools_class_breach", ("primary", "junior")[part]) == breach
    assert year.value("official.schools_class_breach") == breach


def test_each_coefficient_must_pass_alone(state: State, tally: SimpleNamespace) -> None:
    # Two junior schools; six indicators equal a pupil, rooms so that the CV is 0.45, then above.
    tally.n_pupils[:] = [[0, 0, 0, 0, 0], [100, 100, 0, 0, 0]]
    for column in ("buildings_m2", "sports_m2", "equipment_yuan"):
        state.schools[column][:2] = 1e6
    for column in ("n_above_degree", "n_backbone", "n_pe_art_music"):
        getattr(tally, column)[:2] = 20
    for c, passing, passes in ((0.45, 7, 1), (0.4501, 6, 0)):
        state.schools.rooms[:2] = [100 * (1 - c), 100 * (1 + c)]
        year = yearly(state, tally, {}, SimpleNamespace())
        assert year.value("official.indicators_passing", "junior") == passing
        assert year.value("official.cv_passes", "junior") == passes
        assert year.value("official.cv_passes") == passes
        assert year.value("official.resources_pass") == passes
        assert math.isnan(year.value("official.indicators_passing", "primary"))
        assert math.isnan(year.value("official.cv_passes", "primary"))


def test_members_outside_their_mode_stay_under_the_law(state: State, tally: SimpleNamespace) -> None:
    state.schools.is_outside_mode[2] = True
    law = SimpleNamespace(modes=("law", "fusion"), by_mode={"rotation.term_years": np.array([1.0, 3.0])})
    del tally.promised_years, tally.delivered_years
    year = yearly(state, tally, law, SimpleNamespace())
    assert year.value("groups.coverage") == pytest.approx(1 / 3)
    assert year.value("groups.coverage_any") == pytest.approx(2 / 3)
    assert year.value("groups.mode_school_share", "all", "law") == pytest.approx(1 / 3)
    assert year.value("groups.mode_school_share", "all", "fusion") == pytest.approx(1 / 3)
    assert year.value("groups.size_mean") == 1
    assert year.school_column("mode").tolist() == [1, 1, 0, -1, -1]
    assert year.value("staffing.rotation_promised_years") == 15  # 5 persons, terms of three years
    assert year.value("staffing.rotation_delivered_years") == 12


def test_what_the_tally_may_count_beside(state: State, tally: SimpleNamespace) -> None:
    tally.travel_km = np.array([1.0, 2.0, 4.0, 2.0, 99.0])
    tally.money_ordinary = {"rotation": 6.0, "reward": 4.0}
    del tally.promised_years, tally.delivered_years
    year = yearly(state, tally, {}, SimpleNamespace())
    assert year.value("families.travel_km") == pytest.approx((1000 + 200 + 1200 + 1000) / 1900)
    assert year.value("money.ordinary") == 10
    assert year.value("money.total") == 4000
    assert math.isnan(year.value("staffing.rotation_promised_years"))


def test_a_misspelt_count_is_noticed(state: State, tally: SimpleNamespace) -> None:
    del tally.n_exit
    with pytest.raises(AttributeError, match="n_exit"):
        yearly(state, tally, {}, SimpleNamespace())


def test_tables_of_years(state: State, tally: SimpleNamespace, empty_tally: Callable[[int], SimpleNamespace]) -> None:
    memory = SimpleNamespace()
    years = [yearly(state, tally, {}, memory)]
    state.year = 2026
    years.append(yearly(state, empty_tally(5), {}, memory))
    frame = to_frame(years, "fusion", 7)
    assert frame["year"].value_counts().to_dict() == {2025: len(years[0].keys), 2026: len(years[0].keys)}
    assert set(frame["policy"]) == {"fusion"}
    assert set(frame["draw"]) == {7}
    pick = frame.query("year == 2025 and measure == 'learning.core_member_gap' and stage == 'all'")
    assert pick["value"].tolist() == [pytest.approx(CORE - MEMBER)]
    assert pick["unit"].tolist() == ["pupil SD"]
    assert len(schools_frame(years, "fusion", 7)) == 10
    assert to_frame([], "fusion", 7).empty
    assert schools_frame([], "fusion", 7).empty


def test_years_travel_between_processes(base: YearMeasures) -> None:
    sent = pickle.loads(pickle.dumps(base))
    assert sent.keys is base.keys
    np.testing.assert_array_equal(sent.values, base.values)
    with pytest.raises(KeyError):
        base.value("learning.nothing")


def test_nothing_of_the_county_is_changed(state: State, tally: SimpleNamespace) -> None:
    before = state.digest()
    counts = {k: np.copy(v) for k, v in vars(tally).items() if isinstance(v, np.ndarray)}
    yearly(state, tally, {}, SimpleNamespace())
    assert state.digest() == before
    for name, value in counts.items():
        np.testing.assert_array_equal(getattr(tally, name), value)


def test_both_stages_must_pass(state: State, tally: SimpleNamespace) -> None:
    state.schools.rooms[3] = 2000  # the private junior school alone has very many
    year = yearly(state, tally, {}, SimpleNamespace())
    assert [year.value("official.cv_passes", s) for s in ("primary", "junior", "all")] == [1, 0, 0]
    assert year.value("official.indicators_passing", "junior") == 6


def test_teaching_points_are_outside_means_and_coefficients(state: State, tally: SimpleNamespace) -> None:
    tally.n_pupils[0, 1] = 49
    year = yearly(state, tally, {}, SimpleNamespace())
    assert year.value("official.ratio.degree", "primary") == pytest.approx(100 * (42 + 16 * P) / 1100)
    assert year.value("official.cv.degree", "primary") == pytest.approx(cv([42, 16 * P], [1000, 100]))
    assert year.value("official.schools_judged") == 3
    assert year.value("official.units_below.degree", "primary") == 0
    table = schools_frame([year], "p", 0).set_index("school_id")
    assert table["meets_rule"].isna().tolist() == [False, True, False, False, True]
    assert math.isnan(table.loc[12, "n_indicators_met"])
    assert table.loc[12, "ratio_degree"] == pytest.approx(400 / 49)  # reported all the same
