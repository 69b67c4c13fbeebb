"""结对、学区划分、新建校加入、品牌校成为新核心校、民办托管: who is paired with whom.

Pairings of the base year are given. A policy may pair anew in its first year, lets new campuses join,
makes a member that has caught up with its core a core of its own, and lets a good private school run a
weak rural school. Whether a pairing acts in a mode is decided in ``groups``. The sets of core and member
schools that gaps are measured on are those of the base year and never change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np

from edusim.equations.reach import way_to_core
from edusim.rules.context import Year, meant_modes
from edusim.state import Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.parameters import Law
    from edusim.state import State

_URBAN, _RURAL, _MOUNTAIN = 0, 2, 3
_PRIMARY, _JUNIOR = 0, 1
_FAMILIES = ("primary", "junior")
#: Rounds of exchanging schools between zones; few are needed.
_ROUNDS = 20


def prepare(memory: SimpleNamespace, state: State) -> None:
    """Set what is remembered of groups from year to year: descent, extensions, failing years, trustees."""
    schools, groups = state.schools, state.groups
    held = np.bincount(schools.member_of[schools.member_of >= 0], minlength=groups.n) > 0
    rows = np.arange(groups.n)
    #: Group that a group came out of; itself for a pairing of its own, -1 for a row not in use.
    memory.group_parent = np.where(held | (groups.core >= 0), rows, -1)
    memory.group_ended = np.zeros(groups.n, bool)
    memory.group_extended = np.zeros(groups.n, bool)
    memory.core_fall = np.zeros(groups.n)
    memory.years_failing = np.zeros(schools.n, np.int64)
    memory.years_leading = np.zeros(schools.n, np.int64)
    memory.has_left = np.zeros(schools.n, bool)
    memory.beyond_cap = np.zeros(schools.n, bool)
    memory.z_seen = np.full(schools.n, np.nan)
    memory.trustee_of_school = np.full(schools.n, -1, np.int32)
    memory.paired_anew = False
    #: Pairings of the base year, to which those under the law in force come back: member_of, leads, core.
    memory.pairing_base = (schools.member_of.copy(), schools.leads.copy(), groups.core.copy())
    memory.n_new_cores = 0


def core_distances(memory: SimpleNamespace, state: State, law: Law) -> None:
    """Set the road distance and the hours one way between each member and its core."""
    schools, groups = state.schools, state.groups
    memory.core_distance_km = np.zeros(schools.n)
    memory.core_travel_hours = np.zeros(schools.n)
    for s in np.flatnonzero(schools.member_of >= 0).tolist():
        memory.core_distance_km[s], memory.core_travel_hours[s] = way_to_core(
            schools, groups, s, law["travel.road_factor"], law["travel.speed_km_hour"], law["travel.mountain_speed_share"]
        )


def group_gaps(memory: SimpleNamespace, state: State) -> None:
    """Set each group's gap by the base year's achievement: core less members; an outside core counts as the top quarter."""
    schools, groups, mean = state.schools, state.groups, memory.mean_base
    memory.group_gap = np.zeros(groups.n)
    for g in range(groups.n):
        members = np.flatnonzero(schools.member_of == g)
        core = groups.core[g]
        top = mean[core] if core >= 0 else float(np.quantile(mean, 0.75))
        memory.group_gap[g] = top - (mean[members].mean() if members.size else top)


def _is_junior(state: State) -> NDArray[np.bool_]:
    return np.asarray(state.schools.stage != _PRIMARY)


def _is_open(state: State) -> NDArray[np.bool_]:
    return np.asarray(state.schools.seats_primary + state.schools.seats_junior > 0)


def _own_rows(state: State, family: int) -> NDArray[np.int64]:
    """Return the rows of groups whose core is a school of the county of this family of stages."""
    core = state.groups.core
    return np.flatnonzero((core >= 0) & (_is_junior(state)[np.maximum(core, 0)] == bool(family)))


def spare_rows(laws: Iterable[Law], state: State) -> int:
    """Return how many rows of groups a policy may need beside those of the base year.

    New zones where it pairs anew by nearness, and one new group for every group where members may
    become cores. None under the law in force.
    """
    groups, need = state.groups, 0
    for law in laws:
        more = 0
        if law.text("groups.pairing") == "near_balanced":
            for family, name in enumerate(_FAMILIES):
                more += max(0, int(law[f"groups.n_zones_{name}"]) - _own_rows(state, family).size)
        if (law.by_mode["groups.promote_years"] > 0).any():
            more += groups.n + more
        need = max(need, more)
    return need


def add_rows(state: State, n: int) -> None:
    """Add ``n`` empty rows to the table of groups."""
    if n == 0:
        return
    old, new = state.groups, Table.empty("groups", n)
    new.id[:] = int(old.id.max(initial=0)) + 1 + np.arange(n)
    state.groups = Table("groups", {name: np.concatenate([old[name], new[name]]) for name in old})


def pair(year: Year) -> None:
    """Pair anew, make new cores, let new campuses join (S4 二(二), S5 四(一), S5 四(三)6, S3 四1; M-28..M-30, M-33, M-126).

    ``groups.pairing`` acts once, in the first year in which a policy asks for it, on the group rows there
    are. A member that has been at or above its core for ``groups.promote_years`` years leads a new group
    and takes the members nearer to it than to the old core. A campus opened after the base year joins
    the nearest group acting in a mode, within its cap. No pupil, teacher or yuan moves.
    """
    memory, state, law = year.memory, year.state, year.law
    year.tally.n_new_cores = memory.n_new_cores
    if state.groups.n == 0:
        return
    rule = law.text("groups.pairing")
    changed = False
    if rule != "given" and not memory.paired_anew:
        memory.paired_anew = changed = True
        _pair_anew(year, rule)
    elif rule == "given" and memory.paired_anew and not state.groups.mode.any():
        memory.paired_anew, changed = False, True
        _pair_as_before(year)
    changed = _new_cores(year) or changed
    year.tally.n_new_cores = memory.n_new_cores
    schools, core = state.schools, state.groups.core
    z, base = schools.z_score, memory.z_base
    at = np.maximum(core, 0)
    #: How far each core has fallen against the county since the base year, SD; 0 for a core outside.
    memory.core_fall = np.where(core >= 0, np.nan_to_num(base[at] - z[at]), 0.0)
    joined = _join(year)
    if changed or joined:
        core_distances(memory, state, law)
        if changed:
            group_gaps(memory, state)
        year.regroup()


def _pair_as_before(year: Year) -> None:
    """Let schools be paired as in the base year, those that have closed and their pairings aside."""
    state, memory = year.state, year.memory
    schools, groups = state.schools, state.groups
    member_of, leads, core = memory.pairing_base
    is_open = _is_open(state)
    stands = (core < 0) | is_open[np.maximum(core, 0)]
    for column, base in ((schools.member_of, member_of), (schools.leads, leads)):
        column[:] = np.where((base >= 0) & is_open & stands[np.maximum(base, 0)], base, -1)
    groups.core[:] = np.where(stands, core, -1)
    schools.is_outside_mode[:] = False
    schools.years_on_par[:] = 0
    held = np.bincount(schools.member_of[schools.member_of >= 0], minlength=groups.n) > 0
    memory.group_parent = np.where(held | (groups.core >= 0), np.arange(groups.n), -1)
    year.records.add("pair", "school", schools.id[schools.member_of >= 0], source=groups.id[schools.member_of[schools.member_of >= 0]])


def _pair_anew(year: Year, rule: str) -> None:
    state, memory, law = year.state, year.memory, year.law
    schools, groups = state.schools, state.groups
    member_of = schools.member_of
    abroad = (member_of >= 0) & (groups.core[np.maximum(member_of, 0)] < 0)
    free = ~schools.is_private & _is_open(state) & ~abroad
    is_junior = _is_junior(state)
    families = [(np.flatnonzero(free & (is_junior == bool(f))), _own_rows(state, f)) for f in range(len(_FAMILIES))]
    for family, (pool, rows) in enumerate(families):
        if rows.size == 0 or pool.size < 2:
            continue
        if rule == "near_balanced":
            wanted = min(int(law[f"groups.n_zones_{_FAMILIES[family]}"]), pool.size // 2)
            spare = np.flatnonzero(memory.group_parent < 0)
            rows = np.concatenate([rows, spare])[:wanted]
            heads, belongs = _near_zones(year, pool, rows.size)
        else:
            heads, belongs = _city_with_mountain(year, pool, rows)
        if heads.size == 0:
            continue
        old = np.unique(np.concatenate([_own_rows(state, family), rows]))
        rows = _rows_of(heads, rows, schools.leads)
        schools.leads[np.isin(schools.leads, old)] = -1
        member_of[np.isin(member_of, old) | np.isin(np.arange(schools.n), pool)] = -1
        schools.is_outside_mode[pool] = False
        schools.years_on_par[pool] = 0
        groups.core[old] = memory.group_parent[old] = -1
        unused = np.setdiff1d(old, rows)
        groups.mode[unused] = groups.year_formed[unused] = 0
        groups.core[rows], memory.group_parent[rows], schools.leads[heads] = heads, rows, rows
        for school, head in belongs:
            member_of[school] = rows[head]
        paired = np.array([school for school, _ in belongs], np.int64)
        year.records.add("pair", "school", schools.id[paired], source=groups.id[member_of[paired]])


def _rows_of(heads: NDArray[np.int64], rows: NDArray[np.int64], leads: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return a group row for each core: its own where it leads one already, else the next that is free."""
    own = np.where(np.isin(leads[heads], rows), leads[heads], -1).astype(np.int64)
    free = rows[~np.isin(rows, own)]
    own[own < 0] = free[: np.count_nonzero(own < 0)]
    return own


def _km(state: State, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.float64]:
    schools = state.schools
    return np.asarray(
        np.hypot(schools.x_km[a][:, None] - schools.x_km[b][None], schools.y_km[a][:, None] - schools.y_km[b][None])
    )


def _city_with_mountain(
    year: Year, pool: NDArray[np.int64], rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Pair the best city schools with mountain and village schools, weakest first, one each in turn (M-30).

    Cores are the best city schools, as many as there are groups; where the city has fewer, the best of
    the present town cores stay. Mountain schools are dealt out first, then villages, to the city core
    with fewest members within its cap; towns go to the nearest core with room. Beyond all caps a school
    is paired all the same, and left out when the mode begins.
    """
    state, schools, quality = year.state, year.state.schools, year.memory.mean_base
    ranked = pool[np.lexsort((schools.id[pool], -quality[pool]))]
    city = ranked[schools.zone[ranked] == _URBAN][: rows.size]
    others = ranked[(schools.zone[ranked] != _URBAN) & (schools.leads[ranked] >= 0)]
    heads = np.concatenate([city, others[: rows.size - city.size]])
    if heads.size == 0:
        return heads, []
    members = pool[(schools.zone[pool] != _URBAN) & ~np.isin(pool, heads)]
    order = members[np.lexsort((schools.id[members], quality[members], -schools.zone[members].astype(np.int64)))]
    cap = year.law.by_mode["groups.max_members"][meant_modes(year)[_rows_of(heads, rows, schools.leads)]]
    even = math.ceil(order.size / heads.size)
    count, rank = np.zeros(heads.size, np.int64), np.arange(heads.size)
    in_city = schools.zone[heads] == _URBAN
    far = _km(state, order, heads)
    belongs = []
    for i, school in enumerate(order):
        # A far school asks for a city core whose turn it is, a town for the nearest core.
        is_far = schools.zone[school] >= _RURAL
        keys = (rank, count if is_far else far[i], count >= even, ~in_city & is_far, count >= cap)
        pick = int(np.lexsort(keys)[0])
        count[pick] += 1
        belongs.append((int(school), pick))
    return heads, belongs


def _near_zones(year: Year, pool: NDArray[np.int64], n: int) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
    """Divide schools into ``n`` zones of one head and X members, near and of like total quality (M-28, M-29).

    Heads are schools in the better half, the best first and then those farthest from the heads so far.
    Zones are of equal size; each school goes to the nearest head with room, those with most to lose
    first. Then schools of two zones change places as long as that lowers the sum of two equal parts:
    mean distance (1 at the start), and the variance of zones' mean quality over that of schools.
    """
    state, schools, quality = year.state, year.state.schools, year.memory.mean_base
    ranked = pool[np.lexsort((schools.id[pool], -quality[pool]))]
    better = ranked[: max(n, (ranked.size + 1) // 2)]
    heads = better[:1]
    while heads.size < n:
        away = _km(state, better, heads).min(axis=1)
        away[np.isin(better, heads)] = -1.0
        heads = np.append(heads, better[int(np.argmax(away))])
    members = ranked[~np.isin(ranked, heads)]
    far = _km(state, members, heads)
    zone = np.full(members.size, -1)
    room = np.full(n, math.ceil(members.size / n))
    loss = np.sort(far, axis=1)
    loss = loss[:, 1] - loss[:, 0] if n > 1 else loss[:, 0]
    for i in np.lexsort((schools.id[members], -loss)):
        pick = int(np.argmin(np.where(room > 0, far[i], np.inf)))
        zone[i] = pick
        room[pick] -= 1
    size = np.bincount(zone, minlength=n) + 1.0
    total = quality[heads] + np.bincount(zone, quality[members], n)
    near = far[np.arange(members.size), zone]
    whole, spread = max(float(near.sum()), 1e-9), max(float(quality[pool].var()), 1e-9)

    for _ in range(_ROUNDS):
        swapped = False
        for i in range(members.size):
            a = zone[i]
            step = quality[members] - quality[members[i]]
            moved = (far[i, zone] + far[:, a] - far[i, a] - far[np.arange(members.size), zone]) / whole
            mean = total / size
            up, down = step / size[a], step / size[zone]
            square = (2.0 * mean[a] + up) * up - (2.0 * mean[zone] - down) * down
            level = float(mean.mean())
            shift = (up - down) / n
            unlike = square / n - (2.0 * level + shift) * shift
            gain = np.where(zone == a, 0.0, moved + unlike / spread)
            j = int(np.argmin(gain))
            if gain[j] < -1e-9:
                total[a] += step[j]
                total[zone[j]] -= step[j]
                zone[i], zone[j], swapped = zone[j], a, True
        if not swapped:
            break
    return heads, [(int(s), int(k)) for s, k in zip(members, zone, strict=True)]


def _new_cores(year: Year) -> bool:
    """Let members that have caught up with their core lead groups of their own; return whether any does."""
    state, memory, law = year.state, year.memory, year.law
    schools, groups = state.schools, state.groups
    need = law.by_mode["groups.promote_years"]
    member = schools.member_of
    core = np.where(member >= 0, groups.core[np.maximum(member, 0)], -1)
    acting = (member >= 0) & ~schools.is_outside_mode & (core >= 0)
    mode = np.where(acting, groups.mode[np.maximum(member, 0)], 0)
    acting &= mode > 0
    with np.errstate(invalid="ignore"):
        level = acting & (schools.z_score >= schools.z_score[np.maximum(core, 0)])
    memory.years_leading = np.where(level, memory.years_leading + 1, 0)
    ready = np.flatnonzero(level & (need[mode] > 0) & (memory.years_leading >= need[mode]))
    shock = law["climate.merger_shock"]
    changed = False
    taken: set[int] = set()
    for s in ready[np.lexsort((schools.id[ready], -schools.z_score[ready], -memory.years_leading[ready]))]:
        g, spare = int(member[s]), np.flatnonzero(memory.group_parent < 0)
        if g in taken or spare.size == 0:
            continue
        taken.add(g)
        new, old_core = int(spare[0]), int(groups.core[g])
        rest = np.flatnonzero((schools.member_of == g) & ~schools.is_outside_mode)
        rest = rest[rest != s]
        to_new, to_old = (_km(state, rest, np.array([c]))[:, 0] for c in (s, old_core))
        nearer = rest[to_new < to_old]
        nearer = nearer[np.lexsort((schools.id[nearer], to_new[to_new < to_old]))]
        nearer = nearer[: int(law.by_mode["groups.max_members"][mode[s]])]
        groups.core[new], groups.mode[new], groups.year_formed[new] = s, groups.mode[g], year.year
        memory.group_parent[new] = g
        memory.group_ended[new] = memory.group_extended[new] = False
        schools.leads[s], schools.member_of[s], schools.years_on_par[s] = new, -1, 0
        schools.member_of[nearer] = new
        memory.years_leading[nearer] = memory.years_leading[s] = 0
        leaving = np.append(nearer, s)
        # What was one legal person is parted: half the shock of a merger.
        schools.climate[leaving] -= 0.5 * shock * law.by_mode["groups.legal_unified"][mode[s]]
        memory.n_new_cores += 1
        year.records.add("new_core", "school", schools.id[[s]], groups.id[g], groups.id[new], float(nearer.size))
        changed = True
    return changed


def _join(year: Year) -> bool:
    """Let campuses opened since the base year join the nearest group that acts and has room."""
    state, memory, law = year.state, year.memory, year.law
    schools, groups = state.schools, state.groups
    is_new = (schools.opens_year > memory.base_year) & (schools.opens_year <= year.year) & (schools.closed_year == 0)
    if not is_new.any():
        return False
    takes = (groups.core >= 0) & (groups.mode > 0) & (law.by_mode["groups.new_campus_joins"][groups.mode] > 0)
    takes &= memory.core_fall <= law.by_mode["groups.core_guard_sd"][groups.mode]
    takes &= ~memory.group_ended
    cap = law.by_mode["groups.max_members"][groups.mode]
    alone = is_new & (schools.member_of < 0) & (schools.leads < 0) & ~schools.is_private
    changed = False
    for s in np.flatnonzero(alone):
        inside = schools.member_of[(schools.member_of >= 0) & ~schools.is_outside_mode]
        room = np.bincount(inside, minlength=groups.n) < cap
        same = _is_junior(state)[np.maximum(groups.core, 0)] == (schools.stage[s] != _PRIMARY)
        fit = np.flatnonzero(takes & room & same)
        if fit.size == 0:
            continue
        core = groups.core[fit]
        km = np.hypot(schools.x_km[core] - schools.x_km[s], schools.y_km[core] - schools.y_km[s])
        g = int(fit[np.lexsort((groups.id[fit], km))[0]])
        schools.member_of[s] = g
        schools.is_outside_mode[s] = False
        unified = law.by_mode["groups.legal_unified"][groups.mode[g]]
        schools.climate[s] -= law["climate.merger_shock"] * unified
        year.records.add("join", "school", schools.id[[s]], groups.id[g], groups.id[g])
        changed = True
    return changed


def entrust(year: Year) -> None:
    """Let good private schools run weak rural public schools in no acting group, by purchase of service (S4 三(二), M-08).

    A private school whose pupils are at or above the county's mean takes one school that is managed less
    well: weak in the base year, in a village or the mountains, primary for a primary school; the weakest
    is served first, by the nearest. ``memory.trustee_of_school`` marks the trustee's row, -1 none; it ends
    with the clause, when the trustee falls below the mean, or when the school comes into an acting group.
    Contracts are paid for, and act, under the rule of leadership.
    """
    memory, schools = year.memory, year.state.schools
    before = memory.trustee_of_school
    now = np.full(schools.n, -1, np.int32)
    if year.law["groups.private_entrust"]:
        is_open = _is_open(year.state)
        with np.errstate(invalid="ignore"):
            good = schools.is_private & is_open & (schools.z_score >= 0.0)
        weak = ~schools.is_private & is_open & schools.is_weak_base & (schools.zone >= _RURAL)
        weak &= (year.mode_of_school == 0) & (schools.leads < 0)
        busy, is_junior = np.zeros(schools.n, bool), _is_junior(year.state)
        kept = weak & (before >= 0) & good[np.maximum(before, 0)]
        now[kept] = before[kept]
        busy[before[kept]] = True
        rows = np.flatnonzero(weak & ~kept)
        for s in rows[np.lexsort((schools.id[rows], schools.z_score[rows]))]:
            better = schools.management > schools.management[s]
            fit = np.flatnonzero(good & better & ~busy & (is_junior == is_junior[s]))
            if fit.size == 0:
                continue
            km = np.hypot(schools.x_km[fit] - schools.x_km[s], schools.y_km[fit] - schools.y_km[s])
            trustee = int(fit[np.lexsort((schools.id[fit], km))[0]])
            now[s], busy[trustee] = trustee, True
    new = np.flatnonzero((now >= 0) & (now != before))
    year.records.add("private_entrust", "school", schools.id[new], source=schools.id[now[new]])
    over = np.flatnonzero((before >= 0) & (now != before))
    year.records.add("private_entrust_end", "school", schools.id[over], source=schools.id[before[over]])
    memory.trustee_of_school = now
