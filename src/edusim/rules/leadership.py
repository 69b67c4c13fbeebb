"""理事会、总校长、一体化管理、文化: how management quality and climate move; span; the shock of merging."""

from __future__ import annotations

import numpy as np

from edusim.rules.context import Year


def lead(year: Year) -> None:
    """Let the core's management reach the members, at the price of the core leaders' hours.

    ``M' = M + nu E max(0, M_core - M) / max(1, n/4)``, with effectiveness
    ``E = omega min(1, hours / hours_full)``: the hours leaders really spend at a member (planned,
    within their capacity, less the road, as far as paid for) and the weight that the members have in
    their own appraisal. A core recovers towards its own level and loses with every member beyond the
    free span that takes leaders' time. A climate shock fades.
    """
    state, law, tally, units = year.state, year.law, year.tally, year.units
    schools, memory = state.schools, year.memory
    schools.climate *= law["climate.persistence"]
    tally.leader_hours_planned = tally.leader_hours_given = 0.0
    now = schools.management.copy()
    core_base = memory.base_management
    leads = schools.leads >= 0
    recovery = law["leadership.recovery"]
    schools.management[leads] += recovery * (core_base[leads] - now[leads])
    if units.core.size == 0:
        return
    planned = year.of_unit("leadership.member_hours_week")
    omega = year.of_unit("appraisal.bundle_weight")
    members = np.maximum(units.size, 1)
    capacity = float(law["leadership.hours_capacity_week"])
    spent = np.minimum(planned, capacity / members)
    weeks = float(law["leadership.weeks_year"])
    price = law["finance.leader_hour_yuan"]
    # Hours that the law asks for are the ordinary budget's; the fund pays what a mode adds.
    lawful = np.minimum(spent, law.by_mode["leadership.member_hours_week"][0])
    extra = (spent - lawful) * members
    share = year.ledger.pay("leadership", price * weeks * float(extra.sum()))
    year.ledger.pay_ordinary("leadership", price * weeks * float((lawful * members).sum()))
    spent = lawful + (spent - lawful) * share
    tally.leader_hours_planned = float((planned * members * weeks).sum())
    tally.leader_hours_given = float((spent * members * weeks).sum())
    core = units.core
    inside = core >= 0
    core_level = np.where(inside, now[np.maximum(core, 0)], np.nan_to_num(state.groups.outside_management[units.group]))
    member = units.members
    unit = units.unit_of_member[member]
    hours = np.maximum(0.0, spent[unit] - 2.0 * memory.core_travel_hours[member])
    effect = omega[unit] * np.minimum(1.0, hours / law["leadership.hours_full"])
    gap = np.maximum(0.0, core_level[unit] - now[member])
    schools.management[member] += law["leadership.diffusion"] * effect * gap / np.maximum(1.0, members[unit] / 4.0)
    busy = np.minimum(1.0, spent * members / capacity)
    loss = law["leadership.span_cost"] * np.maximum(0.0, members - law["leadership.span_free"]) * busy
    np.subtract.at(schools.management, core[inside], loss[inside])
    bonus = year.of_unit("reward.principal_bonus_share") * law["finance.principal_bonus_yuan"]
    year.ledger.pay("principal_bonus", float(bonus[units.mode > 0].sum()))
