"""组建、模式、规模上限、合作时限、重新分设、退出: which pairing acts in which mode, since when.

Groups exist from the base year as pairings under the law in force. A policy turns a share of them,
widest gap first, into its modes; what a clause does not allow (more members than a cap) is left out
and recorded, or, where the user allows it, done and reported as a breach. Targets are reported, never
enforced: what falls short is recorded with its reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.rules.context import Year, descendants, meant_modes

if TYPE_CHECKING:
    from numpy.typing import NDArray

_URBAN = 0


def form(year: Year) -> None:
    """Form, change and end groups (S4 三, 一(二); M-04..M-07, M-16..M-19, M-21, M-25, M-26, M-31, M-32).

    Coverage: ``coverage x groups meant for the mode`` act in it (all modes together round down once), widest base-year
    gap first, earlier ones staying; a group meant for another mode than it acts in keeps the old one
    until its turn comes. A group whose core has fallen by more than ``groups.core_guard_sd`` waits.
    Members beyond ``groups.max_members`` (nearest first) stay paired under the law. A legal merger
    shocks the climate of all its campuses. A term that ends is extended once by
    ``groups.extension_years`` where members are below the county's mean. A member that has been at the
    county mean for ``groups.reseparate_years`` years is separated again; one that has failed its
    appraisal ``groups.exit_failing_years`` years in a row leaves. Nothing else changes: naming or fusing
    moves no pupil, teacher or yuan.
    """
    state, law, memory = year.state, year.law, year.memory
    groups = state.groups
    if groups.n == 0:
        return
    meant = meant_modes(year)
    _count_failing(year)
    target, guarded = _targets(year, meant)
    year.records.add("guarded", "group", groups.id[guarded])
    term, extension = law.by_mode["groups.term_years"], law.by_mode["groups.extension_years"]
    changed = False
    for g in np.flatnonzero((groups.mode != 0) | (target != 0)):
        old, new = int(groups.mode[g]), int(target[g])
        served = year.year - int(groups.year_formed[g])
        if old == new and term[old] > 0 and served >= term[old]:
            if extension[old] > 0 and not memory.group_extended[g] and _is_behind(year, int(g)):
                memory.group_extended[g] = True
                year.records.add("extend", "group", groups.id[g], amount=float(extension[old]))
            if not (memory.group_extended[g] and served < term[old] + extension[old]):
                memory.group_ended[g] = True
        if memory.group_ended[g]:
            new = 0
        if old != new:
            changed = True
            _change(year, int(g), old, new)
    if _separate(year) or changed:
        year.regroup()
    _report(year, meant, guarded)


def _targets(year: Year, meant: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the mode each group should act in this year, and the groups that wait for their core."""
    law, memory, groups = year.law, year.memory, year.state.groups
    coverage, guard = law.by_mode["groups.coverage_share"], law.by_mode["groups.core_guard_sd"]
    parent = memory.group_parent
    is_root = parent == np.arange(groups.n)
    target = np.zeros(groups.n, np.int64)
    places = _places(np.bincount(meant[is_root], minlength=law.n_modes + 1) * coverage)
    for mode in range(1, law.n_modes + 1):
        rows = np.flatnonzero((meant == mode) & is_root)
        n = int(places[mode])
        order = np.lexsort((groups.id[rows], -memory.group_gap[rows], groups.mode[rows] != mode))
        target[rows[order[:n]]] = mode
    waits = is_root & (target == 0) & (groups.mode > 0) & (meant > 0) & (meant != groups.mode)
    waits &= coverage[groups.mode] > 0
    target[waits] = groups.mode[waits]
    for g in descendants(parent):
        target[g] = target[parent[g]]
    guarded = np.flatnonzero(
        (groups.mode == 0) & (target > 0) & ~memory.group_ended & (memory.core_fall > guard[target])
    )
    target[guarded] = 0
    return target, guarded


def _places(wanted: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return int64 [modes]: whole groups of each mode; all modes together round down once, the largest remainders first."""
    wanted = wanted.copy()
    wanted[0] = 0.0
    whole = np.floor(wanted + 1e-9)
    spare = int(np.floor(wanted.sum() + 1e-9) - whole.sum())
    whole[np.argsort(whole - wanted, kind="stable")[:spare]] += 1
    return whole.astype(np.int64)


def _change(year: Year, g: int, old: int, new: int) -> None:
    """Let a group begin, change or end its mode."""
    law, memory = year.law, year.memory
    schools, groups = year.state.schools, year.state.groups
    cap = law.by_mode["groups.max_members"]
    unified = law.by_mode["groups.legal_unified"] > 0
    shock = law["climate.merger_shock"]
    members = np.flatnonzero(schools.member_of == g)
    core = int(groups.core[g])
    campuses = np.append(members, core) if core >= 0 else members
    if old and unified[old]:
        schools.climate[campuses] -= 0.5 * shock
    groups.mode[g] = new
    groups.year_formed[g] = year.year if new else 0
    memory.group_extended[g] = False
    schools.is_outside_mode[members] = False
    schools.years_on_par[members] = 0
    memory.beyond_cap[members] = False
    if not new:
        year.records.add("end", "group", groups.id[g])
        return
    event = "change_mode" if old else "form"
    year.records.add(event, "group", groups.id[g], source=old, target=new, amount=float(members.size))
    gone = members[memory.has_left[members]]
    schools.is_outside_mode[gone] = True
    members = members[~memory.has_left[members]]
    if members.size > cap[new]:
        distance = memory.core_distance_km[members]
        nearest = members[np.lexsort((schools.id[members], distance))]
        beyond = nearest[int(cap[new]) :]
        if law.text("groups.cap_breach") == "refuse":
            schools.is_outside_mode[beyond] = True
            memory.beyond_cap[beyond] = True
            year.records.add("beyond_cap", "school", schools.id[beyond], source=groups.id[g])
        else:
            year.records.add("cap_breach", "school", schools.id[beyond], source=groups.id[g])
    if unified[new]:
        inside = campuses[~schools.is_outside_mode[campuses]]
        schools.climate[inside] -= shock


def _acting_mode(year: Year) -> NDArray[np.int64]:
    """Return int64 [schools]: the mode in which a member's group acts, 0 for those outside it."""
    schools, groups = year.state.schools, year.state.groups
    mode = np.where(schools.member_of >= 0, groups.mode[np.maximum(schools.member_of, 0)], 0)
    return np.where(schools.is_outside_mode, 0, mode).astype(np.int64)


def _count_failing(year: Year) -> None:
    """Count the years in a row in which an acting member was below the county's mean and did not rise."""
    memory, schools = year.memory, year.state.schools
    with np.errstate(invalid="ignore"):
        fails = (_acting_mode(year) > 0) & (schools.z_score < 0.0) & (schools.z_score <= memory.z_seen)
    memory.years_failing = np.where(fails, memory.years_failing + 1, 0)
    memory.z_seen = schools.z_score.copy()


def _is_behind(year: Year, g: int) -> bool:
    """Return whether a group's acting members are, on average, below the county's mean."""
    schools = year.state.schools
    z = schools.z_score[(schools.member_of == g) & ~schools.is_outside_mode]
    z = z[np.isfinite(z)]
    return bool(z.size and z.mean() < 0.0)


def _separate(year: Year) -> bool:
    """Let members at the county's mean separate, and failing ones leave; return whether any does."""
    law, memory = year.law, year.memory
    schools, groups = year.state.schools, year.state.groups
    member = schools.member_of
    mode_of = np.where(member >= 0, groups.mode[np.maximum(member, 0)], 0)
    unified = law.by_mode["groups.legal_unified"] > 0
    shock = law["climate.merger_shock"]
    need, limit = law.by_mode["groups.reseparate_years"][mode_of], law.by_mode["groups.exit_failing_years"][mode_of]
    inside = (member >= 0) & ~schools.is_outside_mode
    leaving = np.flatnonzero((need > 0) & inside & (schools.years_on_par >= need))
    failed = np.flatnonzero((limit > 0) & inside & (mode_of > 0) & (memory.years_failing >= limit))
    for rows, event in ((leaving, "reseparate"), (failed, "leave")):
        schools.is_outside_mode[rows] = True
        schools.climate[rows] -= 0.5 * shock * unified[mode_of[rows]]
        year.records.add(event, "school", schools.id[rows], source=groups.id[member[rows]])
    memory.has_left[failed] = True
    for g in np.unique(member[failed]):
        if not (~schools.is_outside_mode[member == g]).any():
            # Nobody is left: the group is dissolved.
            core = int(groups.core[g])
            if core >= 0 and unified[groups.mode[g]]:
                schools.climate[core] -= 0.5 * shock
            memory.group_ended[g] = True
            groups.mode[g] = groups.year_formed[g] = 0
            schools.is_outside_mode[member == g] = False
            year.records.add("end", "group", groups.id[g])
    return bool(leaving.size or failed.size)


def _report(year: Year, meant: NDArray[np.int64], guarded: NDArray[np.int64]) -> None:
    """Record what falls short of the targets and why: each school not covered, each group not in a deep mode."""
    law, memory = year.law, year.memory
    schools, groups = year.state.schools, year.state.groups
    acting = np.flatnonzero(groups.mode > 0)
    inside = schools.member_of[(schools.member_of >= 0) & ~schools.is_outside_mode]
    acting = acting[np.bincount(inside, minlength=groups.n)[acting] > 0]
    if law["target.coverage_share"] > 0.0:
        wanted = schools.seats_primary + schools.seats_junior > 0
        if law.text("target.coverage_base") == "town_rural_public":
            wanted &= (schools.zone != _URBAN) & ~schools.is_private
        covered = year.mode_of_school > 0
        if np.count_nonzero(wanted & covered) < law["target.coverage_share"] * np.count_nonzero(wanted) - 1e-9:
            _why_uncovered(year, wanted & ~covered, guarded)
    if law["target.deep_share"] > 0.0 and acting.size:
        deep = law.by_mode["groups.counts_as_deep"] > 0
        shallow = acting[~deep[groups.mode[acting]]]
        if acting.size - shallow.size < law["target.deep_share"] * acting.size - 1e-9:
            waits = deep[meant[shallow]] & (meant[shallow] > 0)
            for rows, event in ((shallow[~waits], "not_deep_mix"), (shallow[waits], "not_deep_stage")):
                year.records.add(event, "group", groups.id[rows], source=groups.mode[rows], target=meant[rows])
    if acting.size < law["target.groups"]:
        pairings = int(np.count_nonzero(memory.group_parent >= 0))
        short = float(law["target.groups"] - acting.size)
        year.records.add("groups_short", "authority", 0, source=pairings, target=acting.size, amount=short)


def _why_uncovered(year: Year, rows: NDArray[np.bool_], guarded: NDArray[np.int64]) -> None:
    """Record, for each school not covered, the first reason that holds."""
    memory = year.memory
    schools, groups = year.state.schools, year.state.groups
    g = np.where(schools.member_of >= 0, schools.member_of, schools.leads)
    at = np.maximum(g, 0)
    outside = schools.is_outside_mode & (groups.mode[at] > 0)
    reasons = (
        ("uncovered_no_core", g < 0),
        ("uncovered_cap", memory.beyond_cap & outside),
        ("uncovered_left", memory.has_left | outside),
        ("uncovered_guard", np.isin(at, guarded)),
        ("uncovered_ended", memory.group_ended[at]),
        ("uncovered_stage", np.ones(schools.n, bool)),
    )
    left = rows.copy()
    for event, holds in reasons:
        here = np.flatnonzero(left & holds)
        year.records.add(event, "school", schools.id[here], source=np.where(g[here] >= 0, groups.id[at[here]], -1))
        left[here] = False
