"""Negative controls: what must have no effect has none, to the last bit.

Each takes a draw and returns how many values differ (0 when nothing does), or, for the random pairing, what members
gain. A control that compares two runs also makes sure that what it does is really done: a comparison that cannot
fail shows nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import RunError
from edusim.validate import estimates as est
from edusim.validate.checks import Draw, gain

if TYPE_CHECKING:
    from edusim.measures import YearMeasures
    from edusim.model import County

#: Years of the controls that watch what follows; the paper merger is judged at the end of its first year.
YEARS = 3
#: A law under which a good deal happens (teachers are sent, leaders work for members), so that a name would be noticed.
BUSY: Mapping[str, Any] = {
    "rotation.head_may_assign": True, "rotation.share": 0.15, "rotation.term_years": 3, "rotation.min_years_at_post": 0,
    "leadership.member_hours_week": 4, "appraisal.bundle_weight": 0.5,
}  # fmt: skip
#: On paper: nobody is upset by the merger, takes the name for quality or spends from the common account.
NOBODY_REACTS: Mapping[str, Any] = {"climate.merger_shock": 0.0, "families.brand": 0.0, "achievement.spending": 0.0}
#: Z may reach learning through effort after an award, and through the money that awards leave for projects: both are off.
NO_RESPONSE: Mapping[str, Any] = {"effort.reward": 0.0, "effort.promotion": 0.0, "achievement.spending": 0.0}
#: Measures that are of acting groups by their very definition (how many, what their members report): a name makes a group.
OF_GROUPS = (
    "groups.", "target.", "leadership.posts", "appraisal.true_progress", "appraisal.reported_", "appraisal.excellent_groups",
    "appraisal.excellent_growth", "money.reward_pool_groups_share", "money.reward_pool_excellent_ratio",
)  # fmt: skip


def values(years: list[YearMeasures], keep: Callable[[str], bool]) -> dict[Any, float]:
    """Return the measures of a run by (year, measure, stage, unit), those that ``keep`` wants."""
    found = {}
    for year in years:
        for key, place in year.keys.place.items():
            if keep(str(key[0])):
                found[(year.year, *key)] = float(year.values[place])
    return found


def _done(happened: bool, key: str) -> None:
    if not happened:
        raise RunError(
            "VALIDATE-VOID", f"对照 {key} 没有实际发生（没有教共体或没有奖励），不说明任何问题",
            f"control {key} did not take place (no group, or no award) and shows nothing",
            mend_zh="请用结对较多的县", mend_en="use a county with more pairings",
        )  # fmt: skip


def named_only(draw: Draw) -> float:
    """Every pairing bears the name of a group, and no clause comes with it: how many values of any measure differ?"""
    named, base = (draw.after(policy, None, BUSY, years=YEARS) for policy in ("named_group", "status_quo"))
    _done(bool((named.state.groups.mode > 0).any()), "C1")

    def plain(measure: str) -> bool:
        return not measure.startswith(OF_GROUPS)

    return float(est.differing(values(named.year_measures, plain), values(base.year_measures, plain)))


def merged_on_paper(draw: Draw) -> float:
    """Pairs become one legal person on paper: how many official indicators of campuses differ in that year?"""
    merged, base = (draw.after(policy, None, NOBODY_REACTS, years=1) for policy in ("paper_merger", "status_quo"))
    _done(bool((merged.state.groups.mode > 0).any()), "C2")

    def official(measure: str) -> bool:
        return measure.startswith("official.")

    return float(est.differing(values(merged.year_measures[1:], official), values(base.year_measures[1:], official)))


def equal_county(draw: Draw, policy: str, clauses: Mapping[str, Any], seed: int) -> County:
    """Return a county in which no teacher and no head is better than another, paired anew by lot, under a policy.

    Every teacher has the same quality and experience, every school the same management; which school leads and
    which follow is drawn by lot among the public schools of the same stage.
    """
    from edusim.model import County

    scenario = draw.changed(policy, clauses, {"achievement.spending": 0.0})
    case = draw.case(scenario)
    state = case.state
    state.teachers.innate[:] = 0.0
    state.teachers.experience[:] = np.where(state.teachers.serving, 30.0, 0.0)
    state.schools.management[:] = 0.0
    shuffle_pairs(state, seed)
    return County(
        case, policy, draw.seed, draw=draw.draw, parameters=scenario.parameters(policy), rules=dict(scenario.rules),
        base_year=scenario.base_year, years=scenario.years, budget_binds=False, scale_fund=scenario.region_spec.scale_fund,
    )  # fmt: skip


def shuffle_pairs(state: Any, seed: int) -> None:
    """Exchange the places of schools in pairings by lot, among those of one stage that are in a pairing, in place."""
    schools, groups = state.schools, state.groups
    lots = np.random.default_rng(seed)
    roles = [schools[name].copy() for name in ("member_of", "leads", "is_core_base", "is_member_base")]
    for stage in range(3):
        rows = np.flatnonzero((schools.stage == stage) & ((roles[0] >= 0) | (roles[1] >= 0)))
        given = lots.permutation(rows)
        for name, old in zip(("member_of", "leads", "is_core_base", "is_member_base"), roles, strict=True):
            schools[name][rows] = old[given]
    for row in np.flatnonzero(schools.leads >= 0):
        groups.core[schools.leads[row]] = row


def paired_by_lot(draw: Draw) -> float:
    """Schools that do not differ are paired by lot: what do members of tight groups gain in three years, SD?

    Nobody has anything to learn from anybody; moves cost their first year and a merger its peace. More than nothing
    would be an effect that the model makes up.
    """
    runs = [equal_county(draw, policy, {}, draw.draw) for policy in ("tight", "status_quo")]
    for county in runs:
        for _ in range(min(YEARS, draw.scenario.years)):
            county.step()
    _done(bool((runs[0].state.groups.mode > 0).any()), "C3")
    return gain(runs[0], runs[1], "learning.member_mean")


def z_relabelled(draw: Draw) -> float:
    """The scale of Z is shrunk tenfold (a threshold of so many points then asks for more): rewards change, how many values of learning differ?"""
    once = draw.scenario.parameters("co_build").at(draw.scenario.base_year + 1)["reward.z_points_per_sd"]
    base = draw.after("co_build", None, NO_RESPONSE, years=YEARS)
    other = draw.after("co_build", {"reward.z_points_per_sd": once / 10.0}, NO_RESPONSE, years=YEARS)
    paid = [sum(n.get("reward_member", 0) for _, n in county.year_counts) for county in (base, other)]
    _done(paid[0] != paid[1], "C4")

    def learning(measure: str) -> bool:
        return measure.startswith("learning.")

    return float(est.differing(values(base.year_measures, learning), values(other.year_measures, learning)))


#: Control -> what it returns of one draw.
TRIALS: dict[str, Callable[[Draw], float]] = {
    "C1": named_only, "C2": merged_on_paper, "C3": paired_by_lot, "C4": z_relabelled,
}  # fmt: skip
