"""The engine gives what a plain object-by-object program gives: every teacher and pupil an Agent for itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim.errors import StateError
from edusim.model import YEAR, County
from edusim.scenario import load

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # benchmarks/ stands beside tests/

from benchmarks import floor, numpy_year
from benchmarks.plain import PlainCounty, columns_of
from benchmarks.plain_agents import Group, Pupil, School, Teacher

pytestmark = pytest.mark.plain  # coverage sees the loops in its second run

TABLES = ("schools", "groups", "teachers", "pupils")
#: Settings under which branches run that the shipped ones leave idle.
SORTED_AND_SCARCE = {
    "teaching.class_sorting": "on", "admission.choices_per_band": 1, "admission.open_choice_share": 0.5,
    "admission.private_share_cap": 0.02, "families.exit_other": 0.02, "families.exit_grade7": 0.1,
}  # fmt: skip
RULES = (
    "admission", "demography", "workforce", "rotation", "leadership", "teaching", "development", "appraisal",
    "groups", "finance", "campuses", "stages",
)  # fmt: skip
OTHER_PURSE = {"finance.fund_yuan_year": 20_000_000, "staffing.county_pooling": "off", "honours.backbone_years": 1}

#: Teachers who visit, shadow, sit in subject teams; leaders who teach; heads whose term ends; trustees; services.
HOURS = {
    "development.subject_teams": 3, "development.team_size": 4, "development.joint_hours_year": 120,
    "development.exchange_share": 0.3, "development.exchange_weeks_term": 2, "development.shadow_share": 0.1,
    "development.training_sessions_term": 2, "development.sync_share": 0.8, "development.resource_bank": "on",
    "fusion:teaching.online_timetable": "off", "leadership.posts_share": 1.2, "leadership.team_teaching_share": 0.5,
    "leadership.head_term_years": 2, "fusion:leadership.tenure_extension_years": 1, "co_build:groups.entrusted": "on",
    "co_build:groups.term_years": 2, "pupils.exchange_days": 5, "services.after_school_shared": "on",
    "groups.coverage_share": 1.0, "hiring.urban_weight": 0.5, "finance.fund_yuan_year": 100_000_000,
}  # fmt: skip
#: Pairings that change, groups that part, families that may choose among the campuses of a group.
REGROUPED = {
    "groups.pairing": "near_balanced", "groups.coverage_share": 1, "groups.promote_years": 1, "groups.exit_failing_years": 1,
    "groups.max_members": 9, "groups.term_years": 1, "groups.extension_years": 2, "groups.private_entrust": "on",
    "admission.pooled_catchment": "on", "admission.open_choice_share": 0.3, "facilities.shared_share": 0.4,
    "facilities.max_km": 15, "official.unit": "legal", "target.coverage_share": 1, "region.n_pupils": 5000,
}  # fmt: skip
CITY_WITH_MOUNTAIN = {"groups.pairing": "urban_mountain", "groups.coverage_share": 1, "admission.pooled_catchment": "on"}

#: Many who move up and go down, quotas that count both ways, ranks lost while away.
BUSY = {
    "region.n_pupils": 6000, "workforce.upward_rural": 0.1, "rotation.share": 0.12, "rotation.counting": "both_ways",
    "promotion.quota_free_years": 1, "promotion.years_in_rank": 3, "promotion.rank_floor": "off", "rotation.go_pay": 8,
    "rotation.go_intercept": 0, "pay.title_premium_middle": 0.3,
}  # fmt: skip

#: Schools that merge (and take their rotating teachers along), campuses that open, the other stages in groups.
MERGERS = {
    "campuses.merge_below_pupils": 150, "campuses.merge_max_km": 40, "finance.merger_yuan_pupil": 1000,
    "region.campuses.new_primary": 40, "region.campuses.new_junior": 40, "stages.kindergarten_groups": 2,
    "stages.vocational_entrusted": "on", "stages.senior_joined": "on", "finance.vocational_fee_yuan": 100_000,
}  # fmt: skip


#: Every clause on appraisal, promotion, bonus and the groups' own funds at once; ranks few, volunteers many.
INCENTIVES = {
    "co_build:reward.rotation_bonus_yuan": 8000, "co_build:appraisal.unit_pooled": "on", "co_build:promotion.middle_pooled": "on",
    "co_build:promotion.quota_free_years": 1, "co_build:promotion.cadre_priority": "on", "co_build:rotation.senior_priority": "on",
    "co_build:honours.group_bonus": 0.05, "co_build:finance.group_fund_yuan": 200_000, "co_build:finance.group_reward_yuan": 50_000,
    "co_build:reward.pool_tilt": 0.1, "co_build:appraisal.join_bonus_points": 3, "co_build:appraisal.growth_weight": 0.5,
    "co_build:reward.z_by_zone": "on", "finance.results_weight": 0.5, "finance.fund_growth": 0.05,
    "co_build:finance.training_base_yuan": 100_000, "co_build:reward.head_pay_factor": 1.1, "co_build:rotation.share": 0.25,
    "co_build:rotation.term_years": 2, "rotation.min_years_at_post": 0, "promotion.years_in_rank": 3, "co_build:groups.coverage_share": 1,
    "rotation.go_intercept": 0, "rotation.backbone_share": 0, "co_build:finance.fund_yuan_year": 200_000_000, "region.n_pupils": 5000,
    "staffing.retire_age": 55, "co_build:promotion.exchange_weight": 0.5, "co_build:development.exchange_share": 0.3,
    "co_build:development.exchange_weeks_term": 2,
}  # fmt: skip


def both(policy: str, changes: dict[str, Any], years: int = 3) -> tuple[County, PlainCounty]:
    scenario = load("small").with_(changes) if changes else load("small")
    engine, plain = County(scenario, policy=policy), PlainCounty(County(scenario, policy=policy))
    for _ in range(years):
        engine.step()
        plain.step()
    return engine, plain


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        ("fusion", {}),
        ("co_build", {}),
        ("status_quo", {}),
        ("collaboration", SORTED_AND_SCARCE),
        ("community_plan", OTHER_PURSE),
        ("community_plan", HOURS),
        ("co_build", INCENTIVES),
        ("fusion", REGROUPED),
        ("co_build", CITY_WITH_MOUNTAIN),
        ("fusion", MERGERS),
        ("co_build", MERGERS | {"staffing.county_pooling": "off", "rotation.share": 0.15, "region.campuses.first_year": 2}),
    ],
)
def test_every_column_is_equal_after_three_years(policy: str, changes: dict[str, Any]) -> None:
    engine, plain = both(policy, changes)
    assert len(engine.state.schools) >= 10 and len(plain.agents_by_type[Pupil]) > 2500
    for table in TABLES:
        fast, slow = columns_of(engine, table), plain.columns(table)
        assert fast.keys() == slow.keys()
        for name, values in fast.items():
            # Bit for bit: no tolerance.
            np.testing.assert_array_equal(slow[name], values, err_msg=f"{table}.{name}", strict=True)
    for name in engine.state.others:
        np.testing.assert_array_equal(plain.state.others[name], engine.state.others[name], err_msg=name, strict=True)
    assert [c for _, c in engine.year_counts] == [c for _, c in plain.year_counts]
    for fast_year, slow_year in zip(engine.year_measures[1:], plain.year_measures, strict=True):
        np.testing.assert_array_equal(slow_year.values, fast_year.values)


@pytest.mark.slow
def test_equal_where_many_move_and_half_the_seniors_stand_outside_the_posts() -> None:
    engine, twin = (County(load("small").with_(BUSY), policy="fusion") for _ in range(2))
    for county in (engine, twin):
        teachers = county.state.teachers
        teachers.is_quota_free |= (teachers.title == 2) & ~teachers.is_substitute & (teachers.id % 2 == 0)
    plain = PlainCounty(twin)
    for _ in range(3):
        engine.step()
        plain.step()
    for table in TABLES:
        fast, slow = columns_of(engine, table), plain.columns(table)
        for name, values in fast.items():
            np.testing.assert_array_equal(slow[name], values, err_msg=f"{table}.{name}", strict=True)


def test_the_clauses_on_incentives_are_not_idle() -> None:
    _, plain = both("co_build", INCENTIVES)
    happened = {event for _, counts in plain.year_counts for event, n in counts.items() if n}
    assert {"promote_pooled", "reward_group", "group_fund"} <= happened
    assert plain.now.ledger.purse_spent["groups"] > 0 and plain.now.tally.pool_bonus > 0 and plain.now.tally.pool_heads > 0
    assert plain.now.tally.n_sent_senior > 0


def test_the_years_compared_are_not_idle() -> None:
    """Were no one to move, leave, be hired or sent, equality would show little."""
    _, plain = both("fusion", {})
    _, other = both("co_build", {})
    _, third = both("community_plan", HOURS)
    _, merging = both("fusion", MERGERS)
    years = plain.year_counts + other.year_counts + third.year_counts + merging.year_counts
    happened = {event for _, counts in years for event, n in counts.items() if n}
    assert {
        "form", "retire", "resign", "reassign", "hire", "substitute", "release", "onboard", "send_down", "send_up", "promote",
        "name_backbone", "mentor", "reward_member", "purchase", "team", "exchange", "shadow", "train", "sync", "bank",
        "pupil_exchange", "after_school", "entrust", "entrust_end", "head_change", "merge", "open_campus", "transfer",
        "stage_group", "senior_joins", "entrust_vocational",
    } <= happened  # fmt: skip
    tally = plain.now.tally
    assert min(tally.n_exit, tally.n_moved, tally.n_first_choice, tally.n_open_choice, tally.n_hired) > 0


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES)
def test_equal_with_a_rule_off(rule: str) -> None:
    engine, plain = both("fusion", {f"rules.{rule}": "off"}, years=2)
    for table in TABLES:
        fast, slow = columns_of(engine, table), plain.columns(table)
        for name, values in fast.items():
            np.testing.assert_array_equal(slow[name], values, err_msg=f"{table}.{name}", strict=True)


def test_both_stop_at_the_horizon_and_stay_as_they_are() -> None:
    engine, plain = both("status_quo", {"years": 1}, years=1)
    for county in (engine, plain):
        year = county.state.year
        with pytest.raises(StateError, match="STATE-HORIZON"):
            county.step()
        assert county.state.year == year
    np.testing.assert_array_equal(columns_of(engine, "pupils")["own"], plain.columns("pupils")["own"])


def test_everyone_is_a_mesa_agent() -> None:
    engine, plain = both("status_quo", {}, years=1)
    count = {kind: len(agents) for kind, agents in plain.agents_by_type.items()}
    assert count[Pupil] == np.count_nonzero(engine.state.pupils.status)
    assert count[Teacher] == np.count_nonzero(engine.state.teachers.serving)
    assert (count[School], count[Group]) == (engine.state.schools.n, engine.state.groups.n)


@pytest.mark.slow
def test_numpy_phases_give_the_same() -> None:
    engine, _ = both("fusion", {}, years=1)
    ns = numpy_year.compare(engine, repeats=2)  # compares the results and raises where they differ
    assert set(ns) == {"classes_loop", "classes_numpy", "learn_loop", "learn_numpy"} and min(ns.values()) > 0


def test_the_floor_counts_what_a_pupil_holds() -> None:
    assert floor.bytes_per_pupil_year() == 83


@pytest.mark.slow
def test_the_benchmark_runs(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-m", "benchmarks", "--sizes", "3000", "--plain-sizes", "3000", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "same measures" in done.stdout
    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert found["engine"][0]["ns"] > 0 and found["plain"][0]["ratio"] > 1
    assert (tmp_path / "results.md").read_text(encoding="utf-8").count("|") > 40


@pytest.mark.slow
def test_the_profile_names_every_phase() -> None:
    from benchmarks.phases import profile

    names = {name for name, _ in profile(3000, "fusion", 3)}
    assert {p.name for p in YEAR if not p.rule.startswith("-")} <= names
