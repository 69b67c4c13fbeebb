"""Every parameter is live: moved within its range, under the same draw, it changes the county or a measure.

Most act in the small shipped county under the fused mode. What needs a situation of its own (full schools, a
private school, rank posts outside the quota, ...) names it below, so that a dead parameter cannot hide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

import kept
from edusim.build import region_of
from edusim.declarations import Declaration
from edusim.model import County
from edusim.parameters import Override, Parameters
from edusim.region import Case
from edusim.scenario import load

YEARS = 4
SMALL = load("small").with_({"years": YEARS, "region.n_pupils": 3000})
WIDER = SMALL.with_({"region.n_pupils": 5000})  # with a private school
KNOWN = {path: d for path, d in SMALL.known.items() if d.scope != "region"}


@dataclass(frozen=True)
class Situation:
    """Where a parameter acts: the mode, what else must hold, how full schools are, and the value to try."""

    policy: str = "fusion"
    given: Mapping[str, float] = field(default_factory=dict)
    seats: float = 1.0
    wider: bool = False
    value: float | None = None
    late: bool = False  # groups form in the last year only
    opened: bool = False  # a school in no group counts as opened in the policy's first year
    private: float | None = None  # management of private schools


RISE = {"fusion:allowance.a_yuan_month": 3000, "fusion:allowance.b_yuan_month": 3000, "workforce.resign": 0.03,
        "workforce.upward_rural": 0.1, "fusion:finance.fund_yuan_year": 2e8}  # fmt: skip
VOLUNTEERS: dict[str, float] = {"rotation.head_may_assign": 0, "rotation.go_intercept": 0}
VISITS = {"development.exchange_share": 0.3, "development.exchange_weeks_term": 2}
TRUSTEES = {"fusion:groups.entrusted": 1, "fusion:finance.fund_yuan_year": 2e8}
FULL = {"admission.open_choice_share": 0.5}
#: Many serve in the mountains for short terms, where a rank outside the posts is to be had.
LOCK_IN: dict[str, float] = {
    "rotation.share": 0.25, "rotation.term_years": 2, "promotion.quota_free_years": 1, "promotion.years_in_rank": 3,
    "rotation.min_years_at_post": 0, "rotation.go_travel": 0,
}  # fmt: skip
MANY: dict[str, float] = {"fusion:rotation.share": 0.15, "rotation.term_years": 3, "fusion:rotation.base": 0,
                          "fusion:rotation.head_may_assign": 1, "groups.pairing": 0,
                          "fusion:rotation.min_years_at_post": 0}  # fmt: skip
CHOOSES = {"appraisal.self_selected": 1.0}
MERGING: dict[str, float] = {"fusion:campuses.merge_below_pupils": 200, "campuses.merge_max_km": 40,
                             "finance.merger_yuan_pupil": 1000}  # fmt: skip
KINDERGARTENS: dict[str, float] = {"fusion:stages.kindergarten_groups": 1, "finance.stage_group_yuan": 1000,
                                   "fusion:finance.fund_yuan_year": 2e8}  # fmt: skip
ENTRUSTED: dict[str, float] = {"fusion:stages.vocational_entrusted": 1, "finance.vocational_fee_yuan": 100_000,
                               "fusion:finance.fund_yuan_year": 2e8}  # fmt: skip
NEEDS: dict[str, Situation] = {
    # A cap matters where members beyond it are refused; a term where it ends within the horizon.
    "groups.max_members": Situation(given={"groups.cap_breach": 0}, value=1),
    "groups.term_years": Situation(value=2),
    "groups.reseparate_years": Situation(value=1),
    "groups.extension_years": Situation(given={"groups.term_years": 2}),
    # Groups that form later than the first year, when cores have had time to fall.
    "groups.core_guard_sd": Situation("co_build", wider=True, value=0, late=True),
    "groups.exit_failing_years": Situation(value=1),
    "groups.promote_years": Situation("co_build", wider=True, value=1),
    "groups.new_campus_joins": Situation("co_build", opened=True),
    "groups.n_zones_primary": Situation("co_build", {"groups.pairing": 2}),
    "groups.n_zones_junior": Situation("co_build", {"groups.pairing": 2}),
    "groups.private_entrust": Situation(
        given={"groups.coverage_share": 0, "admission.open_choice_share": 0.5}, wider=True, private=2
    ),
    "target.coverage_base": Situation("co_build", {"target.coverage_share": 1, "groups.max_members": 99}),
    "target.deep_share": Situation("co_build", {"groups.counts_as_deep": 0}),
    "target.coverage_share": Situation("co_build", {"groups.coverage_share": 0.5}),
    "facilities.shared_share": Situation(given={"facilities.max_km": 15}),
    "facilities.max_km": Situation(given={"facilities.shared_share": 0.5}),
    # New hires owe service at a member once their lock is over.
    "staffing.core_hire_duty": Situation(
        given={"staffing.hire_lock_years": 0, "staffing.retire_age": 55, "hiring.applicants_per_post": 4,
               "rotation.min_years_at_post": 0}
    ),
    # Mountain service that counts, and coming back from it with a rank outside the posts.
    "promotion.quota_free_years": Situation("co_build", {"rotation.share": 0.16}, value=1),
    "promotion.recompete_on_return": Situation("co_build", LOCK_IN),
    "rotation.stay_intercept": Situation("co_build", LOCK_IN),
    "rotation.share": Situation(given={"rotation.term_years": 1}),
    # A quota well above what the law alone would send.
    "rotation.base": Situation(given=MANY),
    "rotation.min_years_at_post": Situation(given=MANY),
    "rotation.two_way_share": Situation(given=MANY),
    "rotation.backbone_share": Situation(given=MANY),
    "appraisal.bundle_weight": Situation(given={"leadership.member_hours_week": 8, "groups.pairing": 0}),
    "appraisal.projects": Situation(given=CHOOSES),
    "appraisal.project_noise_sd": Situation(given=CHOOSES),
    # Many leave; the money is there.
    "allowance.a_yuan_month": Situation(given={"workforce.resign": 0.03, "workforce.upward_rural": 0.1, "finance.fund_yuan_year": 2e8}),
    # Few apply, so that where a post lies decides whether it is filled.
    "staffing.joint_hiring": Situation(given={"hiring.applicants_per_post": 1.0, "hiring.accept": 0, "hiring.urban_weight": 3,
                                              "staffing.retire_age": 55, "workforce.resign": 0.03}, wider=True),
    "rotation.term_years": Situation(value=2),
    "rotation.send_weak": Situation("co_build", {"appraisal.bundle_weight": 0}),
    # Only volunteers go: pay, a young child, the years before retirement then decide.
    "rotation.go_pay": Situation(given=VOLUNTEERS | {"fusion:allowance.a_yuan_month": 3000}),
    "rotation.go_retire": Situation(given=VOLUNTEERS),
    "rotation.go_child": Situation(given=VOLUNTEERS),
    "rotation.go_travel": Situation(given=VOLUNTEERS),
    "promotion.rank_floor": Situation(given=VOLUNTEERS),
    # The pull of a head's post and of a bonus.
    "rotation.go_cadre": Situation(given={"promotion.weak_years_head": 5}),
    "promotion.weak_years_head": Situation(given={"rotation.go_cadre": 2}),
    "promotion.cadre_priority": Situation(given={"rotation.go_cadre": 2}),
    "reward.rotation_bonus_yuan": Situation(given={"rotation.go_pay": 8}),
    # Core teachers without a middle post of their own who have served in the mountains; posts free elsewhere.
    "promotion.middle_pooled": Situation(
        "co_build",
        {"rotation.share": 0.25, "rotation.term_years": 2, "promotion.quota_free_years": 1, "promotion.years_in_rank": 3,
         "rotation.min_years_at_post": 0, "rotation.backbone_share": 0, "staffing.retire_age": 55},
        wider=True,
    ),
    # Half take part in open lessons; many are eligible for few posts, with little between them.
    "promotion.exchange_weight": Situation(
        "collaboration",
        {"development.exchange_share": 0.5, "promotion.years_in_rank": 3, "appraisal.noise_sd": 0.5,
         "staffing.retire_age": 55, "honours.excellent_share": 0.1},
    ),
    # A group's own fund pays what the county's fund does not.
    "finance.group_fund_yuan": Situation(given={"fusion:finance.fund_yuan_year": 0}),
    "finance.group_fund_city_share": Situation(given={"fusion:finance.group_fund_yuan": 200_000}),
    "appraisal.excellent_group_share": Situation(given={"fusion:finance.group_reward_yuan": 100_000}, value=1),
    "appraisal.growth_weight": Situation(given={"appraisal.excellent_group_share": 0.3}),
    "finance.equipment_life_years": Situation(given={"finance.replacement_share": 0.5}),
    # A large rise of allowances, fully paid; it acts on those who would leave.
    "workforce.pay_slope": Situation(given=RISE, wider=True),
    "workforce.pay_threshold": Situation(given=RISE, wider=True),
    "workforce.pay_backbone": Situation(given=RISE, wider=True),
    # Pay decides where the pull of town does not.
    "hiring.pay_weight": Situation(given=RISE | {"hiring.urban_weight": 1, "hiring.accept": 0}, wider=True),
    # Posts whose climate a merger has harmed, and people who look for posts.
    "hiring.climate_weight": Situation(given={"climate.merger_shock": 1.5, "hiring.accept": 0}, wider=True),
    # A core with more members than it can lead for nothing.
    "leadership.span_cost": Situation(given={"leadership.span_free": 0}),
    "leadership.recovery": Situation(given={"leadership.span_free": 0}),
    # Weeks, sessions, days and posts of which a clause grants some.
    "development.team_size": Situation(given={"development.subject_teams": 1}),
    "development.team_term_years": Situation(given={"development.subject_teams": 3}),
    "development.exchange_share": Situation(given={"development.exchange_weeks_term": 2}),
    "development.exchange_weeks_term": Situation(given={"development.exchange_share": 0.3}),
    "development.exchange_hours_week": Situation(given=VISITS),
    "finance.exchange_week_yuan": Situation(given=VISITS),
    "development.shadow_weeks_year": Situation(given={"development.shadow_share": 0.1}),
    "development.training_session_hours": Situation(given={"development.training_sessions_term": 2}),
    "finance.training_hour_yuan": Situation(given={"development.training_sessions_term": 2}),
    "development.sync_hours_year": Situation(given={"development.sync_share": 0.8}),
    "finance.common_test_yuan_pupil": Situation(given={"development.sync_share": 0.8}),
    "finance.resource_bank_yuan": Situation(given={"development.resource_bank": 1}),
    "pupils.exchange_share": Situation(given={"pupils.exchange_days": 5}),
    "finance.pupil_day_yuan": Situation(given={"pupils.exchange_days": 5}),
    "services.after_school_hours_week": Situation(given={"services.after_school_shared": 1}),
    "finance.after_school_yuan_pupil": Situation(given={"services.after_school_shared": 1}),
    "teaching.online_timetable": Situation(given={"fusion:staffing.itinerant": 0}),
    "teaching.online_without_timetable": Situation(given={"fusion:staffing.itinerant": 0, "fusion:teaching.online_timetable": 0}),
    "finance.leader_post_yuan": Situation(given={"leadership.posts_share": 1.2}),
    "finance.entrust_yuan_member": Situation(given=TRUSTEES),
    # A contract, a head's term, that end within the horizon.
    "leadership.trustee_kept_share": Situation(given={**TRUSTEES, "groups.term_years": 2}),
    "leadership.tenure_extension_years": Situation(given={"leadership.head_term_years": 2}),
    "climate.head_change_shock": Situation(given={"leadership.head_term_years": 2}),
    # Seats that bind, families that may choose, a private school.
    "admission.catchment_priority": Situation(given=FULL),
    "admission.choices_per_band": Situation(given=FULL, seats=0.5, wider=True, value=1),
    "admission.list_length": Situation(given=FULL, seats=0.5, wider=True, value=1),
    "admission.private_share_cap": Situation(given=FULL, wider=True, value=0),
    "families.fee": Situation(given=FULL, wider=True, value=0),
    "families.fee_ses": Situation(given=FULL, wider=True, value=0),
    # Small schools that merge, within reach of others.
    "campuses.merge_below_pupils": Situation(given={"campuses.merge_max_km": 40, "finance.merger_yuan_pupil": 1000}),
    "campuses.merge_per_year": Situation(given=MERGING),
    "campuses.merge_max_km": Situation(given=MERGING),
    "campuses.m2_place": Situation(given=MERGING, seats=0.6),
    "finance.merger_yuan_pupil": Situation(given=MERGING),
    # Groups of kindergartens, and a contract with an enterprise, that the fund can pay.
    "stages.group_members": Situation(given=KINDERGARTENS),
    "stages.lent_share": Situation(given=KINDERGARTENS),
    "finance.stage_group_yuan": Situation(given=KINDERGARTENS),
    "stages.vocational_entrusted": Situation(given={"finance.vocational_fee_yuan": 100_000}),
    "stages.entrusted_staff": Situation(given=ENTRUSTED),
    "finance.vocational_fee_yuan": Situation(given=ENTRUSTED),
    "families.ses_slope": Situation(given=FULL, value=1),
}  # fmt: skip


def law(policy: str, puts: Mapping[str, float]) -> Parameters:
    parts = {key: key.rpartition(":") for key in puts}
    overrides = [Override(parts[key][0], parts[key][2], float(value)) for key, value in puts.items()]
    return Parameters(SMALL.known, SMALL.policy(policy), SMALL.base_year, SMALL.dates, overrides)


REGIONS = {False: region_of(SMALL), True: region_of(WIDER)}


def built(situation: Situation, puts: Mapping[str, float], draw: int) -> Case:
    given = law("status_quo", puts).at(SMALL.base_year)
    case = REGIONS[situation.wider].build(given, seed=0, draw=draw, base_year=SMALL.base_year, years=YEARS)
    schools = case.state.schools
    for seats in (schools.seats_primary, schools.seats_junior):
        seats[:] = np.ceil(seats * situation.seats)
    return case


def run(situation: Situation, puts: Mapping[str, float], draw: int = 0) -> County:
    puts = {"groups.coverage_share": 1.0, **situation.given, **puts}
    model = County(
        built(situation, puts, draw), situation.policy, 0, draw=draw, parameters=law(situation.policy, puts),
        base_year=SMALL.base_year, years=YEARS, rules=dict(SMALL.rules), records="none",
    )  # fmt: skip
    schools = model.state.schools
    if situation.private is not None:
        schools.management[schools.is_private] = model.memory.base_management[schools.is_private] = situation.private
    alone = np.flatnonzero((schools.member_of < 0) & (schools.leads < 0) & ~schools.is_private)
    for year in range(YEARS):
        if situation.opened and year == 1:
            schools.opens_year[alone[0]] = SMALL.base_year + 1
        if situation.late:
            model.rules_on["groups"] = year == YEARS - 1
        model.step()
    return model


def fingerprint(model: County) -> str:
    digest = hashlib.sha256(model.state.digest().encode())
    for year in model.year_measures:
        digest.update(np.asarray(year.values).tobytes() + np.asarray(year.schools).tobytes())
    return digest.hexdigest()


KEPT: dict[str, str] = {}


def reference(situation: Situation) -> str:
    """Return the fingerprint of a situation as it is, reckoned once."""
    key = repr(replace(situation, value=None))
    if key not in KEPT:
        KEPT[key] = fingerprint(run(situation, {}))
    return KEPT[key]


def far_values(d: Declaration, situation: Situation) -> list[float]:
    """Return the value to try: that of the situation, else the ends of the range, the farther first."""
    if situation.value is not None:
        return [situation.value]
    return sorted({d.low, d.high}, key=lambda v: -abs(v - d.default))


def moving(path: str) -> list[float]:
    """Return the first of the far values that changes anything; empty where none does."""
    situation, d = NEEDS.get(path, Situation()), KNOWN[path]
    before = reference(situation)
    put = path if d.scope == "behaviour" else f"{situation.policy}:{path}"
    return next(([value] for value in far_values(d, situation) if fingerprint(run(situation, {put: value})) != before), [])


#: Whether a parameter with a direction acts is asked by the test of directions, not by the one below.
DIRECTED = [path for path, d in KNOWN.items() if d.direction in ("+", "-")]


@pytest.mark.bulk
@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in KNOWN if path not in DIRECTED])
def test_every_parameter_without_a_direction_is_live(path: str) -> None:
    """A behaviour parameter acts from the base year; a clause from the policy's first year, and must act then."""
    assert kept.numbers(f"moves {path}", lambda: moving(path))


#: Directions plain enough to be seen in three draws.
PLAIN = (
    "rotation.share", "rotation.head_may_assign", "development.own_hours_year", "leadership.member_hours_week",
    "finance.fund_yuan_year", "workforce.resign", "hiring.applicants_per_post", "families.exit_grade7",
    "climate.merger_shock", "groups.coverage_share",
)  # fmt: skip


def measured(model: County, name: str) -> float:
    """Return a county's measure in the last year, the mean of its stages where it has no value for all."""
    last = model.year_measures[-1]
    rows = [(k, v) for k, v in zip(last.keys.rows, last.values, strict=True) if k.measure == name]
    whole = [v for k, v in rows if k.scope in ("county", "stage") and k.stage == "all"]
    return float(np.nanmean(whole or [v for k, v in rows if k.scope in ("county", "stage")]))


@lru_cache(maxsize=64)
def measured_at(path: str, value: float, draw: int) -> float:
    """Return the declared measure with a parameter at a value; more draws go on from those that were made."""
    d, needs = KNOWN[path], NEEDS.get(path, Situation())
    situation = replace(needs, given={k: v for k, v in needs.given.items() if k != path}, wider=True)
    put = path if d.scope == "behaviour" else f"{situation.policy}:{path}"
    return measured(run(situation, {put: value}, draw), d.measure)


def moves(path: str, n: int) -> np.ndarray:
    """Return the change of the declared measure from low to high, in the declared direction, one a draw."""
    d = KNOWN[path]
    high = {"rotation.share": 0.5, "rotation.term_years": 3}.get(path, d.high)
    ends = [[measured_at(path, v, draw) for draw in range(n)] for v in (d.low, high)]
    change = (np.array(ends[1]) - np.array(ends[0])) * (1.0 if d.direction == "+" else -1.0)
    return np.asarray(change[np.isfinite(change)])


def changes(path: str) -> list[float]:
    """Return the change of the declared measure in four draws, in eight where four leave a doubt."""
    change = moves(path, 4)
    if change.size < 4 or change.mean() <= 5.0 * change.std(ddof=1) / np.sqrt(change.size):
        change = moves(path, 8)
    return [float(value) for value in change]


@pytest.mark.slow
@pytest.mark.parametrize("path", PLAIN)
def test_a_plain_direction_is_seen_in_three_draws(path: str) -> None:
    assert moves(path, 3).mean() > 0


@pytest.mark.bulk
@pytest.mark.slow
@pytest.mark.parametrize("path", DIRECTED)
def test_declared_directions(path: str) -> None:
    """The declared measure moves, and eight draws do not speak against the declared direction."""
    change = np.array(kept.numbers(f"directs {path}", lambda: changes(path)))
    assert change.size >= 4 and np.any(change != 0.0), "the declared measure does not move"
    error = change.std(ddof=1) / np.sqrt(change.size)
    assert change.mean() > -2.5 * error, f"{KNOWN[path].measure} moves the other way: {change.mean():.4g} +- {error:.2g}"


def test_situations_name_parameters_that_exist() -> None:
    named = set(NEEDS) | {path for s in NEEDS.values() for path in s.given}
    named = {path.rpartition(":")[2] for path in named}
    assert named <= set(KNOWN)


@pytest.mark.parametrize("path", ["rotation.share", "achievement.peers", "families.travel"])
def test_the_same_value_changes_nothing(path: str) -> None:
    """The test above can fail: a parameter put at the value it has leaves every bit."""
    d = KNOWN[path]
    same: dict[str, Any] = {path: d.default} if d.scope != "group" else {}
    assert fingerprint(run(Situation(), same)) == reference(Situation())
