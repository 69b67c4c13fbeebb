"""What decides an event: the clauses that carry it, the values that held, the draws that were made.

One row an event of :data:`edusim.rules.context.EVENTS` and one a line of its accounts. A rule that records a
new kind of decision adds its row here; ``edusim explain`` tells it from then on. An event without a row is
told by its name, its places and the rows of the register alone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Chance:
    """One draw of a decision: the process, who drew, and what the number was held against.

    ``who`` names the key: ``agent``; ``unit`` (the group's unit) or ``unit up`` (its second lot);
    ``agent unit``, ``agent target`` for a pair. ``is_timeless`` draws are keyed with year 0. ``limit`` names
    the fact that the number is held against and ``sense`` how: ``<`` and ``>=`` say that the event needs
    it so, ``round`` that the number, added to the fact, is cut to a whole number. ``given`` names a fact
    without which the draw decided nothing and is not shown.
    """

    process: str
    kind: str = "uniform"
    who: str = "agent"
    k: int = 0
    is_timeless: bool = False
    limit: str = ""
    sense: str = ""
    given: str = ""


@dataclass(frozen=True)
class Decision:
    """One row: parameters whose clause carries the event, parameters whose value decided it, and draws."""

    clauses: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    chances: tuple[Chance, ...] = ()


_LEAVE = ("workforce.resign", "workforce.commute_slope", "workforce.pay_slope", "workforce.climate_slope")
_QUOTA = Chance("rotation.round", who="unit", limit="quota", sense="round")
_SENT = ("rotation.share", "rotation.base", "rotation.term_years", "rotation.transfer_posts")
_APPRAISED = Chance("appraisal.noise", "normal")
_MOVE = Decision(
    (), ("workforce.upward_rural", "workforce.upward_urban", "workforce.quality_slope", "hiring.posts_considered"),
    (
        Chance("workforce.upward", limit="upward_chance", sense="<"),
        Chance("workforce.upward", "normal", k=1),
        Chance("workforce.taste", "gumbel", "agent target"),
    ),
)

DECISIONS: dict[str, Decision] = {
    "form": Decision(
        ("groups.legal_unified", "groups.coverage_share", "groups.max_members"),
        ("groups.coverage_share", "groups.max_members", "groups.legal_unified", "groups.finance_unified",
         "groups.shared_name", "groups.term_years"),
        (Chance("groups.order", is_timeless=True),),
    ),
    "end": Decision(("groups.term_years",), ("groups.term_years",)),
    "beyond_cap": Decision(("groups.max_members",), ("groups.max_members", "groups.cap_breach")),
    "cap_breach": Decision(("groups.max_members",), ("groups.max_members", "groups.cap_breach")),
    "reseparate": Decision(("groups.reseparate_years",), ("groups.reseparate_years",)),
    "retire": Decision((), ("staffing.retire_age",)),
    "resign": Decision(
        (), _LEAVE, (Chance("workforce.leave", limit="leave_chance", sense="<"),)
    ),
    "move_up": _MOVE,
    "move": _MOVE,
    "hire": Decision(
        ("staffing.joint_hiring",),
        ("staffing.joint_hiring", "hiring.applicants_per_post", "hiring.posts_considered", "staffing.hire_lock_years",
         "staffing.onboarding_years"),
        (
            Chance("workforce.applicant", "normal", is_timeless=True),
            Chance("workforce.taste", "gumbel", "agent target"),
        ),
    ),
    "onboard": Decision(("staffing.onboarding_years",), ("staffing.onboarding_years", "finance.substitute_yuan_year")),
    "substitute": Decision(
        (), ("finance.substitute_yuan_year", "staffing.pupils_per_teacher_primary", "staffing.pupils_per_teacher_junior"),
        (Chance("workforce.substitute", "normal", is_timeless=True),),
    ),
    "release": Decision((), ("staffing.pupils_per_teacher_primary", "staffing.pupils_per_teacher_junior")),
    "send_down": Decision(
        ("rotation.term_years", "rotation.share"),
        (*_SENT, "rotation.backbone_share", "rotation.min_years_at_post", "rotation.head_may_assign",
         "staffing.core_hire_duty", "finance.rotation_yuan_year"),
        (
            _QUOTA,
            Chance("rotation.exempt", limit="exempt_share", sense=">="),
            Chance("rotation.volunteer", "gumbel", "agent unit", limit="wish_own", sense="willing"),
            Chance("rotation.head", "normal", given="is_forced"),
        ),
    ),
    "send_up": Decision(
        ("rotation.two_way_share", "rotation.term_years"),
        ("rotation.two_way_share", "rotation.term_years", "rotation.transfer_posts", "rotation.min_years_at_post",
         "finance.rotation_yuan_year"),
        (Chance("rotation.round", who="unit up", limit="up_quota", sense="round"), Chance("rotation.volunteer")),
    ),
    "unfunded": Decision(
        ("finance.fund_yuan_year",), ("rotation.share", "finance.fund_yuan_year", "finance.rotation_yuan_year"), (_QUOTA,)
    ),
    "return": Decision(
        ("rotation.return_home",), ("rotation.return_home", "rotation.term_years", "rotation.transfer_posts",
                                    "promotion.recompete_on_return"),
    ),
    "stay": Decision(("rotation.return_home",), ("rotation.return_home", "rotation.term_years")),
    "stay_on": Decision(
        ("promotion.quota_free_years", "promotion.recompete_on_return"),
        ("promotion.quota_free_years", "promotion.recompete_on_return", "promotion.years_in_rank", "rotation.stay_intercept",
         "rotation.go_promotion", "rotation.go_travel"),
        (Chance("rotation.stay", "gumbel", "agent target"),),
    ),
    "recompete": Decision(("promotion.recompete_on_return",), ("promotion.recompete_on_return",)),
    "lose_rank": Decision(("promotion.recompete_on_return",), ("promotion.recompete_on_return", "pay.title_premium_senior")),
    "promote": Decision(
        ("promotion.weak_years_senior",),
        ("promotion.years_in_rank", "promotion.weak_years_senior", "promotion.town_counts_as_rural",
         "promotion.middle_share"),
        (_APPRAISED,),
    ),
    "promote_quota_free": Decision(
        ("promotion.quota_free_years",), ("promotion.quota_free_years", "promotion.years_in_rank"), (_APPRAISED,)
    ),
    "name_backbone": Decision(
        (), ("honours.backbone_years", "honours.backbone_share", "honours.excellent_share"), (_APPRAISED,)
    ),
    "reward_member": Decision(
        ("reward.z_threshold_points",), ("reward.z_threshold_points", "reward.per_class_yuan")
    ),
    "reward_core": Decision(
        ("reward.core_factor",), ("reward.core_factor", "reward.core_award_yuan", "reward.core_award_share")
    ),
    "purchase": Decision(
        ("finance.member_tilt", "finance.fund_yuan_year"),
        ("finance.member_tilt", "finance.equipment_share", "finance.room_share", "finance.building_share",
         "finance.sports_share", "finance.results_weight"),
    ),
    "mentor": Decision(
        ("development.mentor_pairs",),
        ("development.mentor_pairs", "development.mentor_hours_year", "finance.expert_hour_yuan"),
    ),
    "reassign": Decision(
        ("staffing.surplus_moved_share", "staffing.county_pooling"),
        ("staffing.surplus_moved_share", "staffing.surplus_reach_km", "staffing.county_pooling"),
    ),
    "promote_pooled": Decision(
        ("promotion.middle_pooled",), ("promotion.middle_pooled", "promotion.quota_free_years", "promotion.years_in_rank"),
        (_APPRAISED,),
    ),
    "team": Decision(
        ("development.subject_teams", "development.team_size", "development.team_term_years"),
        ("development.subject_teams", "development.team_size", "development.team_term_years"),
    ),
    "exchange": Decision(
        ("development.exchange_share", "development.exchange_weeks_term"),
        ("development.exchange_share", "development.exchange_weeks_term", "development.exchange_hours_week",
         "finance.exchange_week_yuan"),
    ),
    "shadow": Decision(("development.shadow_share",), ("development.shadow_share", "development.shadow_weeks_year")),
    "train": Decision(
        ("development.training_sessions_term",),
        ("development.training_sessions_term", "development.training_session_hours", "finance.training_hour_yuan"),
    ),
    "sync": Decision(("development.sync_share",), ("development.sync_share", "development.sync_hours_year")),
    "bank": Decision(("development.resource_bank",), ("development.resource_bank", "finance.resource_bank_yuan")),
    "pupil_exchange": Decision(
        ("pupils.exchange_days",), ("pupils.exchange_days", "pupils.exchange_share", "finance.pupil_day_yuan")
    ),
    "after_school": Decision(
        ("services.after_school_shared",),
        ("services.after_school_shared", "services.after_school_hours_week", "finance.after_school_yuan_pupil"),
    ),
    "entrust": Decision(("groups.entrusted",), ("groups.entrusted", "finance.entrust_yuan_member")),
    "entrust_end": Decision(("groups.entrusted",), ("groups.entrusted", "groups.term_years")),
    "head_change": Decision(
        ("leadership.tenure_extension_years",), ("leadership.head_term_years", "leadership.tenure_extension_years")
    ),
    "head_extended": Decision(
        ("leadership.tenure_extension_years",), ("leadership.head_term_years", "leadership.tenure_extension_years")
    ),
    "group_fund": Decision(
        ("finance.group_fund_yuan",), ("finance.group_fund_yuan", "finance.group_fund_city_share", "finance.fund_growth")
    ),
    "reward_group": Decision(
        ("finance.group_reward_yuan",),
        ("finance.group_reward_yuan", "appraisal.growth_weight", "appraisal.excellent_group_share"),
    ),
    "change_mode": Decision(
        ("groups.coverage_share", "groups.legal_unified"), ("groups.coverage_share", "groups.max_members"),
        (Chance("groups.order", is_timeless=True),),
    ),
    "extend": Decision(("groups.extension_years",), ("groups.term_years", "groups.extension_years")),
    "guarded": Decision(("groups.core_guard_sd",), ("groups.core_guard_sd",)),
    "leave": Decision(("groups.exit_failing_years",), ("groups.exit_failing_years",)),
    "pair": Decision(
        ("groups.pairing", "groups.n_zones_primary"), ("groups.pairing", "groups.n_zones_primary", "groups.n_zones_junior")
    ),
    "new_core": Decision(("groups.promote_years",), ("groups.promote_years",)),
    "join": Decision(("groups.new_campus_joins",), ("groups.new_campus_joins", "groups.max_members")),
    "private_entrust": Decision(("groups.private_entrust",), ("groups.private_entrust", "finance.entrust_yuan_member")),
    "private_entrust_end": Decision(("groups.private_entrust",), ("groups.private_entrust",)),
    "uncovered_cap": Decision(("target.coverage_share", "groups.max_members"), ("target.coverage_share", "groups.max_members")),
    "uncovered_guard": Decision(("target.coverage_share",), ("target.coverage_share", "groups.core_guard_sd")),
    "uncovered_no_core": Decision(("target.coverage_share",), ("target.coverage_share",)),
    "uncovered_left": Decision(("target.coverage_share",), ("target.coverage_share", "groups.exit_failing_years",
                                                            "groups.reseparate_years")),
    "uncovered_ended": Decision(("target.coverage_share",), ("target.coverage_share", "groups.term_years")),
    "uncovered_stage": Decision(("target.coverage_share",), ("target.coverage_share", "groups.coverage_share")),
    "not_deep_mix": Decision(("target.deep_share",), ("target.deep_share",), (Chance("groups.order", is_timeless=True),)),
    "not_deep_stage": Decision(("target.deep_share",), ("target.deep_share", "groups.coverage_share")),
    "groups_short": Decision(("target.groups",), ("target.groups",)),
    "merge": Decision(
        ("campuses.merge_below_pupils",),
        ("campuses.merge_below_pupils", "campuses.merge_per_year", "campuses.merge_max_km", "finance.merger_yuan_pupil"),
    ),
    "merge_unfunded": Decision(("campuses.merge_below_pupils",), ("campuses.merge_below_pupils", "finance.merger_yuan_pupil")),
    "merged_member": Decision(("campuses.merge_below_pupils",), ("campuses.merge_below_pupils",)),
    "open_campus": Decision(),
    "transfer": Decision(("campuses.merge_below_pupils",), ("campuses.merge_below_pupils",)),
    "stage_group": Decision(
        ("stages.kindergarten_groups",), ("stages.kindergarten_groups", "stages.group_members", "finance.stage_group_yuan")
    ),
    "stage_end": Decision(("stages.kindergarten_groups",), ("stages.kindergarten_groups",)),
    "senior_joins": Decision(
        ("stages.senior_joined",), ("stages.senior_joined", "stages.group_members", "finance.stage_group_yuan")
    ),
    "senior_leaves": Decision(("stages.senior_joined",), ("stages.senior_joined",)),
    "entrust_vocational": Decision(
        ("stages.vocational_entrusted",), ("stages.vocational_entrusted", "stages.entrusted_staff", "finance.vocational_fee_yuan")
    ),
    "end_entrust": Decision(("stages.vocational_entrusted",), ("stages.vocational_entrusted",)),
    "unsatisfied": Decision(("target.satisfaction_share",), ("target.satisfaction_share",)),
}  # fmt: skip


@dataclass(frozen=True)
class Spending:
    """What a line of the accounts pays for: clauses, the price of one unit, and what is counted.

    Yuan paid over the price are the number of units; the price is the product of ``price``. ``unit`` is a
    word of the catalogue of ``edusim explain``. Without a price only the sum is told.
    """

    clauses: tuple[str, ...] = ()
    price: tuple[str, ...] = ()
    unit: str = ""


_REST = ("finance.member_tilt", "finance.fund_yuan_year")
SPENDING: dict[str, Spending] = {
    "allowance": Spending(("allowance.a_yuan_month", "allowance.b_yuan_month")),
    "rotation": Spending(("rotation.share", "finance.rotation_yuan_year"), ("finance.rotation_yuan_year",), "person_years"),
    "joint_work": Spending(
        ("development.joint_hours_year", "development.mentor_pairs"), ("finance.expert_hour_yuan",), "expert_hours"
    ),
    "leadership": Spending(("leadership.member_hours_week",), ("finance.leader_hour_yuan",), "leader_hours"),
    "principal_bonus": Spending(
        ("reward.principal_bonus_share",), ("finance.principal_bonus_yuan", "reward.principal_bonus_share"), "heads"
    ),
    "onboarding": Spending(("staffing.onboarding_years",), ("finance.substitute_yuan_year",), "person_years"),
    "reward": Spending(("reward.z_threshold_points", "reward.core_factor")),
    "training": Spending(("development.training_sessions_term",), ("finance.training_hour_yuan",), "training_hours"),
    "exchange": Spending(
        ("development.exchange_share", "development.exchange_weeks_term", "development.shadow_share")
    ),
    "common_tests": Spending(("development.sync_share",), ("finance.common_test_yuan_pupil",), "pupils"),
    "resources": Spending(("development.resource_bank",), ("finance.resource_bank_yuan",), "groups"),
    "after_school": Spending(("services.after_school_shared",), ("finance.after_school_yuan_pupil",), "pupils"),
    "pupil_exchange": Spending(("pupils.exchange_days",), ("finance.pupil_day_yuan",), "pupil_days"),
    "leader_posts": Spending(("leadership.posts_share",), ("finance.leader_post_yuan",), "posts"),
    "entrust": Spending(("groups.entrusted", "groups.private_entrust"), ("finance.entrust_yuan_member",), "schools"),
    "head_pay": Spending(("reward.head_pay_factor",)),
    "rotation_bonus": Spending(("reward.rotation_bonus_yuan",), ("reward.rotation_bonus_yuan",), "person_years"),
    "group_reward": Spending(("finance.group_reward_yuan",), ("finance.group_reward_yuan",), "groups"),
    "training_base": Spending(("finance.training_base_yuan",), ("finance.training_base_yuan",), "cores"),
    "other_stages": Spending(("stages.kindergarten_groups", "stages.senior_joined", "stages.vocational_entrusted")),
    "closures": Spending(("campuses.merge_below_pupils",), ("finance.merger_yuan_pupil",), "pupils"),
    "projects": Spending(_REST),
    "equipment": Spending((*_REST, "finance.equipment_share")),
    "rooms": Spending((*_REST, "finance.room_share"), ("finance.room_yuan",), "rooms"),
    "buildings": Spending((*_REST, "finance.building_share"), ("finance.building_yuan_m2",), "m2"),
    "sports": Spending((*_REST, "finance.sports_share"), ("finance.sports_yuan_m2",), "m2"),
}  # fmt: skip
