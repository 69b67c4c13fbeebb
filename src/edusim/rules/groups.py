"""组建、模式、规模上限、合作时限、重新分设: who is in which group, in which mode, since when.

Groups exist from the base year as pairings under the law in force. A policy turns a share of them,
widest gap first, into its modes; what a clause does not allow (more members than a cap) is left out
and recorded, or, where the user allows it, done and reported as a breach.
"""

from __future__ import annotations

import numpy as np

from edusim import draws
from edusim.rules.context import Year


def assign_modes(year: Year) -> np.ndarray:
    """Return int64 [groups]: the mode each group is meant for, by the policy's mix (0: none).

    Groups are laid out in an order keyed by their ids, the same under every policy; the first
    ``mix[1]`` of them are meant for mode 1, and so on.
    """
    groups = year.state.groups
    mix = year.law.mix
    meant = np.zeros(groups.n, np.int64)
    if groups.n == 0 or mix.size < 2:
        return meant
    lot = draws.uniform(year.seed, "groups.order", 0, groups.id)
    place = np.empty(groups.n)
    place[np.lexsort((groups.id, lot))] = (np.arange(groups.n) + 0.5) / groups.n
    edges = np.cumsum(mix[1:])
    meant[:] = np.searchsorted(edges, place, side="left") + 1
    meant[place > edges[-1] + 1e-12] = 0
    return meant


def form(year: Year) -> None:
    """Form, change and end groups (S4 三, 一(二); M-04..M-07, M-16..M-18, M-21, M-25, M-26, M-31).

    Coverage: ``floor(coverage x groups meant for the mode)`` groups act in the mode, widest base-year
    gap first, earlier ones staying. Members beyond ``groups.max_members`` (nearest first) stay paired
    under the law. A legal merger shocks the climate of all its campuses. A member that has been at the
    county mean for ``groups.reseparate_years`` years is separated again. Nothing else changes: naming
    or fusing moves no pupil, teacher or yuan.
    """
    state, law, memory = year.state, year.law, year.memory
    schools, groups = state.schools, state.groups
    if groups.n == 0:
        return
    meant = assign_modes(year)
    coverage = law.by_mode["groups.coverage_share"]
    cap = law.by_mode["groups.max_members"]
    unified = law.by_mode["groups.legal_unified"] > 0
    term = law.by_mode["groups.term_years"]
    par_years = law.by_mode["groups.reseparate_years"]
    shock = law["climate.merger_shock"]
    target = np.zeros(groups.n, np.int64)
    for mode in range(1, law.n_modes + 1):
        rows = np.flatnonzero(meant == mode)
        n = int(np.floor(coverage[mode] * rows.size + 1e-9))
        order = np.lexsort((groups.id[rows], -memory.group_gap[rows], groups.mode[rows] != mode))
        target[rows[order[:n]]] = mode
    changed = False
    for g in np.flatnonzero((groups.mode != 0) | (target != 0)):
        old, new = int(groups.mode[g]), int(target[g])
        if old == new and term[old] > 0 and year.year - groups.year_formed[g] >= term[old]:
            memory.group_ended[g] = True
        if memory.group_ended[g]:
            new = 0
        if old == new:
            continue
        changed = True
        members = np.flatnonzero(schools.member_of == g)
        core = int(groups.core[g])
        campuses = np.append(members, core) if core >= 0 else members
        if old and unified[old]:
            schools.climate[campuses] -= 0.5 * shock
        groups.mode[g] = new
        groups.year_formed[g] = year.year if new else 0
        schools.is_outside_mode[members] = False
        schools.years_on_par[members] = 0
        if not new:
            year.records.add("end", "group", groups.id[g])
            continue
        year.records.add("form", "group", groups.id[g], target=new, amount=float(members.size))
        if members.size > cap[new]:
            distance = memory.core_distance_km[members]
            nearest = members[np.lexsort((schools.id[members], distance))]
            beyond = nearest[int(cap[new]) :]
            if law.text("groups.cap_breach") == "refuse":
                schools.is_outside_mode[beyond] = True
                year.records.add("beyond_cap", "school", schools.id[beyond], source=groups.id[g])
            else:
                year.records.add("cap_breach", "school", schools.id[beyond], source=groups.id[g])
        if unified[new]:
            inside = campuses[~schools.is_outside_mode[campuses]]
            schools.climate[inside] -= shock
    member = schools.member_of
    mode_of = np.where(member >= 0, groups.mode[np.maximum(member, 0)], 0)
    need = par_years[mode_of]
    leaving = np.flatnonzero((need > 0) & (member >= 0) & ~schools.is_outside_mode & (schools.years_on_par >= need))
    if leaving.size:
        schools.is_outside_mode[leaving] = True
        schools.climate[leaving] -= 0.5 * shock * unified[mode_of[leaving]]
        year.records.add("reseparate", "school", schools.id[leaving], source=groups.id[member[leaving]])
        changed = True
    if changed:
        year.regroup()
