"""理事会、总校长、一体化管理、委托管理、文化: how management quality and climate move; span; shocks.

Leaders have so many hours. What they spend at members, on the road or teaching there they do not have
twice; a trustee's head comes from outside and is paid for.
"""

from __future__ import annotations

import numpy as np

from edusim.equations.classes import EXAMINED
from edusim.rules.context import Year


def plan(year: Year) -> None:
    """Set what leaders there are for the year: posts, contracts of trustees, the hours leaders teach.

    Posts (M-42, M-127): the core's hours for other campuses, times ``leadership.posts_share`` of the
    posts before; posts added are paid by the fund, posts saved give nothing back to it. Contracts: see
    :func:`_entrust`. Teaching (M-57): ``leadership.team_teaching_share`` of the hours that leaders spend
    at a member are taught there: expert hours on the spot, which join the member's joint work, each
    shared by the teachers of a subject.
    """
    law, memory, tally, units = year.law, year.memory, year.tally, year.units
    memory.team_hours = np.zeros(year.state.schools.n)
    _entrust(year)
    capacity = float(law["leadership.hours_capacity_week"])
    factor, posts = year.of_unit("leadership.posts_share"), float(law["leadership.posts_core"])
    added = np.maximum(factor - 1.0, 0.0)
    paid = year.ledger.pay("leader_posts", law["finance.leader_post_yuan"] * posts * float(added.sum()))
    factor = factor - added * (1.0 - paid)
    memory.leader_capacity = capacity * factor
    tally.n_leader_posts = float(factor[units.mode > 0].sum()) * posts
    memory.teaching_share = year.of_unit("leadership.team_teaching_share")
    memory.hours_taught = np.zeros(units.core.size)
    tally.leader_teaching_hours = 0.0
    if not memory.teaching_share.any():
        return
    _, members, spent, lawful = _hours(year)
    weeks = float(law["leadership.weeks_year"])
    extra = (spent - lawful) * members * memory.teaching_share
    paid = year.ledger.pay("leadership", law["finance.leader_hour_yuan"] * weeks * float(extra.sum()))
    spent = lawful + (spent - lawful) * paid
    memory.hours_taught = spent * memory.teaching_share
    tally.leader_teaching_hours = float((memory.hours_taught * members * weeks).sum())
    member = units.members[~memory.is_entrusted[units.members]]
    unit = units.unit_of_member[member]
    there = np.maximum(0.0, spent[unit] - 2.0 * memory.core_travel_hours[member]) * memory.teaching_share[unit]
    memory.team_hours[member] = there * weeks / EXAMINED


def _hours(year: Year) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return float64 [units]: hours a week planned for each member, members led, hours that there are, those the law asks for.

    Members under a trustee have the trustee's head and take no hours of the core's leaders.
    """
    units, memory = year.units, year.memory
    planned = year.of_unit("leadership.member_hours_week")
    entrusted = units.members[memory.is_entrusted[units.members]]
    led = units.size - np.bincount(units.unit_of_member[entrusted], minlength=units.core.size)
    planned = np.where(led > 0, planned, 0.0)
    members = np.maximum(led, 1)
    spent = np.minimum(planned, memory.leader_capacity / members)
    return planned, members, spent, np.minimum(spent, year.law.by_mode["leadership.member_hours_week"][0])


def _entrust(year: Year) -> None:
    """Renew contracts of entrusted management school by school, as far as the fund pays; end the others (M-08, M-11).

    A member of a group under entrusted management is run by its core's trustee;
    ``memory.trustee_of_school`` names a trustee for schools outside such groups (-1: none). When a
    contract ends the trustee's head leaves, and of what management gained under the trustee only
    ``leadership.trustee_kept_share`` stays.
    """
    law, memory, schools = year.law, year.memory, year.state.schools
    wanted = (year.of_member("groups.entrusted") > 0) | (memory.trustee_of_school >= 0)
    rows = np.flatnonzero(wanted)
    rows = rows[np.argsort(schools.id[rows])]
    paid = year.ledger.pay_each("entrust", np.full(rows.size, float(law["finance.entrust_yuan_member"])))
    now = np.zeros(schools.n, bool)
    now[rows[paid]] = True
    begins, ends = np.flatnonzero(now & ~memory.is_entrusted), np.flatnonzero(memory.is_entrusted & ~now)
    above = np.maximum(0.0, schools.management[ends] - memory.base_management[ends])
    schools.management[ends] -= (1.0 - law["leadership.trustee_kept_share"]) * np.minimum(memory.trustee_gain[ends], above)
    memory.trustee_gain[ends] = 0.0
    year.records.add("entrust", "school", schools.id[begins])
    year.records.add("entrust_end", "school", schools.id[ends])
    memory.is_entrusted = now
    year.tally.n_entrusted = int(now.sum())
    year.tally.n_private_entrusted = int((now & (memory.trustee_of_school >= 0)).sum())


def _change_heads(year: Year) -> None:
    """Change a group's head at the end of the term (M-40).

    Under a policy's mode a head serves ``leadership.head_term_years``, from the year the mode began; a
    head under whom the members' mean Z has risen stays for ``leadership.tenure_extension_years`` more,
    once. A new head shocks the climate of all campuses. Heads of schools under the law in force change
    too; that is part of the usual climate, 0.
    """
    law, memory, schools, groups = year.law, year.memory, year.state.schools, year.state.groups
    term = law["leadership.head_term_years"]
    more = law.by_mode["leadership.tenure_extension_years"]
    for g in np.flatnonzero(groups.mode > 0):
        begins = memory.head_year[g] < groups.year_formed[g]
        extension, served = more[groups.mode[g]], year.year - memory.head_year[g]
        if not begins and served < term + extension * memory.head_extended[g]:
            continue
        members = np.flatnonzero((schools.member_of == g) & ~schools.is_outside_mode)
        z = schools.z_score[members]
        level = float(z[np.isfinite(z)].mean()) if np.isfinite(z).any() else 0.0
        if begins:
            memory.head_year[g] = groups.year_formed[g]
        elif extension > 0 and not memory.head_extended[g] and level > memory.head_level[g]:
            memory.head_extended[g] = True
            year.records.add("head_extended", "group", groups.id[g], amount=extension)
            continue
        memory.head_level[g], memory.head_extended[g] = level, False
        if not begins:
            memory.head_year[g] = year.year
            memory.n_head_changes += 1
            core = int(groups.core[g])
            campuses = np.append(members, core) if core >= 0 else members
            schools.climate[campuses] -= law["climate.head_change_shock"]
            year.records.add("head_change", "group", groups.id[g])


def lead(year: Year) -> None:
    """Let the core's management reach the members, at the price of the core leaders' hours.

    ``M' = M + nu E max(0, M_core - M) / max(1, n/4)``, with effectiveness
    ``E = omega min(1, hours / hours_full)``: the hours leaders really spend at a member (planned,
    within their capacity, less the road, as far as paid for, less those they teach) and the weight that
    the members have in their own appraisal. Under a trustee (M-11) a head of the trustee's is there all
    week, judged by that school alone: ``E = 1``, whatever the number of schools, and no hours of the
    core's leaders. A core recovers towards its own level and loses with every member beyond the free
    span that takes leaders' time. A climate shock fades; a new head is one (see :func:`_change_heads`).
    """
    state, law, tally, units = year.state, year.law, year.tally, year.units
    schools, memory = state.schools, year.memory
    schools.climate *= law["climate.persistence"]
    _change_heads(year)
    tally.n_head_changes = memory.n_head_changes
    tally.leader_hours_planned = tally.leader_hours_given = 0.0
    now = schools.management.copy()
    core_base = memory.base_management
    leads = schools.leads >= 0
    recovery = law["leadership.recovery"]
    schools.management[leads] += recovery * (core_base[leads] - now[leads])
    _trustees(year, now)
    if units.core.size == 0:
        return
    omega = year.of_unit("appraisal.bundle_weight")
    planned, members, spent, lawful = _hours(year)
    weeks = float(law["leadership.weeks_year"])
    price = law["finance.leader_hour_yuan"]
    managed = 1.0 - memory.teaching_share
    # Hours that the law asks for are the ordinary budget's; the fund pays what a mode adds.
    extra = (spent - lawful) * members * managed
    share = year.ledger.pay("leadership", price * weeks * float(extra.sum()))
    year.ledger.pay_ordinary("leadership", price * weeks * float((lawful * members).sum()))
    spent = lawful + (spent - lawful) * share
    given = spent * managed + memory.hours_taught
    tally.leader_hours_planned = float((planned * members * weeks).sum())
    tally.leader_hours_given = float((given * members * weeks).sum())
    core = units.core
    inside = core >= 0
    core_level = np.where(inside, now[np.maximum(core, 0)], np.nan_to_num(state.groups.outside_management[units.group]))
    member = units.members[~memory.is_entrusted[units.members]]
    unit = units.unit_of_member[member]
    hours = np.maximum(0.0, spent[unit] - 2.0 * memory.core_travel_hours[member]) * managed[unit]
    effect = omega[unit] * np.minimum(1.0, hours / law["leadership.hours_full"])
    gap = np.maximum(0.0, core_level[unit] - now[member])
    schools.management[member] += law["leadership.diffusion"] * effect * gap / np.maximum(1.0, members[unit] / 4.0)
    busy = np.minimum(1.0, given * members / memory.leader_capacity)
    loss = law["leadership.span_cost"] * np.maximum(0.0, members - law["leadership.span_free"]) * busy
    np.subtract.at(schools.management, core[inside], loss[inside])
    bonus = year.of_unit("reward.principal_bonus_share") * law["finance.principal_bonus_yuan"]
    year.ledger.pay("principal_bonus", float(bonus[units.mode > 0].sum()))


def _trustees(year: Year, now: np.ndarray) -> None:
    """Let schools under a trustee come nearer to the trustee's level, and note what they gained."""
    memory, schools, groups = year.memory, year.state.schools, year.state.groups
    for row in np.flatnonzero(memory.is_entrusted):
        trustee = int(memory.trustee_of_school[row])
        if trustee < 0:
            group = schools.member_of[row]
            trustee = int(groups.core[group])
            level = now[trustee] if trustee >= 0 else float(np.nan_to_num(groups.outside_management[group]))
        else:
            level = now[trustee]
        gain = year.law["leadership.diffusion"] * max(0.0, level - now[row])
        schools.management[row] += gain
        memory.trustee_gain[row] += gain
