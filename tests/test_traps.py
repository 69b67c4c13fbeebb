"""The twelve traps of the texts, one test each: what a hasty reading of the five documents would get wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edusim import register
from edusim.model import County
from edusim.parameters import Parameters
from edusim.scenario import load

SMALL = load("small").with_({"years": 5, "region.n_pupils": 5000})


def run(policy: str, changes: dict[str, Any] | None = None, years: int = 3, **more: Any) -> County:
    model = County(SMALL.with_(changes) if changes else SMALL, policy, **more)
    for _ in range(years):
        model.step()
    return model


def last(model: County, measure: str) -> float:
    return model.year_measures[-1].value(measure)


def law(policy: str) -> Parameters:
    return SMALL.parameters(policy)


def test_1_one_number_of_moves_is_two_shares() -> None:
    """S4 counts member schools' serving staff, the national item eligible teachers: both are given, and differ."""
    model = run("co_build", {"groups.coverage_share": 1.0})
    sent, eligible = last(model, "staffing.rotation_delivered"), last(model, "staffing.rotation_eligible")
    assert sent > 0
    by_member, by_eligible = (last(model, f"staffing.rotation_share_{base}") for base in ("member", "eligible"))
    assert by_eligible == pytest.approx(sent / eligible)
    staff = float(model.now.tally.n_member_staff)
    assert by_member == pytest.approx(sent / staff) and eligible != staff and by_member != by_eligible


def test_2_a_week_is_not_three_years() -> None:
    """One to two weeks a term are 0.05 to 0.10 teacher-years; a move of S4 is three: doses, not heads, are compared."""
    zone = law("gangkou").at(SMALL.base_year + 1)
    weeks = zone.by_mode["development.exchange_weeks_term"][1]
    dose = 2 * weeks / zone["leadership.weeks_year"]
    assert 0.05 <= dose <= 0.10 and law("co_build").at(SMALL.base_year + 1).by_mode["rotation.term_years"][1] == 3
    model = run("gangkou", {"groups.pairing": "given"}, years=1)
    backbone = model.state.teachers
    most = float(np.count_nonzero(backbone.serving & backbone.is_backbone))
    assert 0 < last(model, "staffing.exchange_teacher_years") <= most * dose


def test_3_the_factor_asks_for_two_things_and_z_may_not_move() -> None:
    """A core is paid 1.2 times its award only if it won one and a member rose by the threshold; Z is relative."""
    none = run("co_build", {"reward.z_threshold_points": 20, "reward.z_points_per_sd": 10})
    assert all(n["reward_core"] == 0 for _, n in none.year_counts), "no member rose by two SD: no factor"
    easy = run("co_build", {"reward.z_threshold_points": 0, "reward.core_award_share": 0.5, "finance.fund_yuan_year": 2e8})
    risen, awards = (sum(n[k] for _, n in easy.year_counts) for k in ("reward_member", "reward_core"))
    assert 0 < awards <= risen
    schools, n = easy.state.schools, easy.memory.enrolment
    for level in (0, 1):
        rows = ((n[6:].sum(axis=0) > 0) == bool(level)) & np.isfinite(schools.z_score)
        pupils = easy.now.tally.n_pupils[level][rows]
        assert np.average(schools.z_score[rows], weights=pupils) == pytest.approx(0, abs=1e-9), "all cannot rise together"


def test_4_fusing_lowers_no_coefficient_by_arithmetic() -> None:
    """Campuses are judged apart; judged by legal person the coefficient would fall on the day of the merger."""
    off = {f"rules.{rule}": "off" for rule in ("demography", "workforce", "rotation", "finance", "appraisal")}
    apart = run("fusion", off | {"groups.coverage_share": 1.0}, years=1)
    before, after = (year.value("official.cv.equipment", "primary") for year in apart.year_measures)
    assert after == pytest.approx(before, abs=1e-12)
    legal = run("fusion", off | {"groups.coverage_share": 1.0, "official.unit": "legal"}, years=1)
    assert last(legal, "groups.number") > 0
    assert legal.year_measures[-1].value("official.cv.equipment", "primary") < before


def test_5_four_groups_are_two_of_compulsory_schools_and_a_draft() -> None:
    """Ninghe's four groups are one each of primary, secondary, kindergarten and vocational schools; the text is a draft."""
    policy = SMALL.policy("ninghe")
    assert "征求意见" in policy.name_zh or "征求意见" in policy.description_zh
    acting = law("ninghe").at(SMALL.base_year + 3)
    assert acting["stages.kindergarten_groups"] == 1 and acting["stages.vocational_entrusted"]
    final = max(law("ninghe").at(year)["target.groups"] for year in range(SMALL.base_year, SMALL.base_year + 12))
    assert final == 4


def test_6_strings_thrown_into_the_page_stand_in_no_quotation() -> None:
    """The stored page of Kunshan's text has foreign strings where the city's name stood."""
    quoted = [quote for document, quote, _ in register.quotations() if document == "kunshan-2019"]
    assert len(quoted) > 20
    assert not [quote for quote in quoted if "365" in quote or "网站" in quote or "http" in quote]


def test_7_posts_stay_at_home_in_one_text_and_move_in_the_other() -> None:
    """S1: pay and status stay with the home school; S4: the staffing post moves too."""
    stay, move = (run(policy, {"groups.coverage_share": 1.0, "rotation.share": 0.15}, years=2) for policy in ("tight", "fusion"))
    for model, moves in ((stay, False), (move, True)):
        teachers = model.state.teachers
        away = teachers.serving & (teachers.term_left > 0) & (teachers.origin >= 0) & ~teachers.is_substitute
        mode = np.maximum(model.now.mode_of_school[teachers.post], model.now.mode_of_school[np.maximum(teachers.origin, 0)])
        away &= mode > 0
        assert away.any()
        holder = teachers.post if moves else teachers.origin
        np.testing.assert_array_equal(teachers.employer[away], holder[away])


LOCK_IN = {
    "region.n_pupils": 12000, "groups.coverage_share": 1.0, "rotation.share": 0.25, "rotation.term_years": 2,
    "promotion.quota_free_years": 1, "promotion.years_in_rank": 3, "rotation.min_years_at_post": 0, "rotation.go_travel": 0.2,
}  # fmt: skip


def test_8_a_rank_that_is_lost_on_return_locks_in() -> None:
    """Who would have to compete again stays on more often, and returns less, than who keeps the rank."""
    lose, keep = (
        run("co_build", LOCK_IN | {"promotion.recompete_on_return": on}, years=5) for on in ("on", "off")
    )
    total = [{k: sum(n[k] for _, n in m.year_counts) for k in ("stay_on", "return")} for m in (lose, keep)]
    assert total[0]["stay_on"] > total[1]["stay_on"] > 0
    assert total[0]["return"] < total[1]["return"]


def test_9_what_is_reported_is_not_what_is() -> None:
    """A core that chooses the projects it is judged by reports more than there is; the true effect is kept beside it."""
    chosen = run("collaboration", {"groups.coverage_share": 1.0})
    judged = run("collaboration", {"groups.coverage_share": 1.0, "appraisal.self_selected": "off"})
    assert last(chosen, "appraisal.reported_bias") > 0 == last(judged, "appraisal.reported_bias")
    assert last(chosen, "appraisal.reported_progress") > last(chosen, "appraisal.true_progress")
    assert last(judged, "appraisal.reported_progress") == last(judged, "appraisal.true_progress")
    one = run("collaboration", {"groups.coverage_share": 1.0, "appraisal.projects": 10})
    assert last(one, "appraisal.reported_bias") > last(chosen, "appraisal.reported_bias"), "more to choose from"


def test_10_the_allowance_is_the_places_and_mostly_a_windfall() -> None:
    """Every teacher of the place is paid, whoever rotates: most of the money goes to those who were there anyway."""
    fund = {"finance.fund_yuan_year": 2e8}
    with_it, without = run("co_build", fund, years=1), run("co_build", fund | {"rules.rotation": "off"}, years=1)
    paid = [last(m, "money.line.allowance") for m in (with_it, without)]
    assert paid[0] == paid[1] > 0, "nobody need rotate for it to be paid"
    schools, teachers = without.state.schools, without.state.teachers
    there = np.count_nonzero(schools.allowance_class[teachers.post[teachers.serving]] > 0)
    assert paid[1] < there * 12 * 800


def test_11_targets_are_statements_and_no_laws_of_the_model() -> None:
    """63% and 85% move what is reported of them and not one bit of the county."""
    aims = {"target.coverage_share": 0.63, "target.satisfaction_share": 0.85, "target.groups": 40, "target.deep_share": 0.8}
    plain, aimed = run("nanyang", dict.fromkeys(aims, 0)), run("nanyang", aims)
    assert plain.state.digest() == aimed.state.digest()
    assert last(aimed, "target.groups_short") > last(plain, "target.groups_short")


def test_12_coverage_is_of_schools_and_not_of_pupils() -> None:
    """A school covered counts one, whatever its size."""
    model = run("nanyang", {"target.coverage_share": 1.0, "target.coverage_base": "all", "groups.coverage_share": 1.0})
    now = model.now
    every = now.memory.enrolment.sum(axis=0) > 0
    covered = every & (now.mode_of_school > 0)
    by_school = covered.sum() / every.sum()
    pupils = now.memory.enrolment.sum(axis=0)
    assert 1.0 - last(model, "target.coverage_short") == pytest.approx(by_school)
    assert abs(by_school - pupils[covered].sum() / pupils[every].sum()) > 0.02
