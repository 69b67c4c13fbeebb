"""集体备课、名师工作室、学科中心组、师徒结对、研训: how teachers learn from one another.

Intensity is hours, not mode. Hours have a cost, experts have so many of them, and meeting takes
travelling; what the core's experts give they do not have for their own school.
"""

from __future__ import annotations

import numpy as np

from edusim.equations import teachers as loops
from edusim.equations.classes import EXAMINED
from edusim.rules.context import Year

PEER_PERCENTILE = 0.9


def learn_together(year: Year) -> None:
    """Let teachers learn from the best of their own school and, in a group, of the core.

    Hours of joint work a member teacher gets: the least of what the clause plans and the core's expert
    hours shared out over members and examined subjects; the in-person part less the time on the road,
    the online part at ``development.online_factor``. Experts' hours are paid by the fund; what is not
    paid is not held. ``q_peer`` is the 90th percentile of the learning unit. Backbone teachers of a
    subject centre team (M-43, M-44) are experts at whichever campus they serve: their hours join the
    core's, are missing at their own campus, and members learn from the better of core and team. Who is
    visited by the core's teachers, or shadows there, has more hours (:mod:`edusim.rules.exchange`).
    """
    state, law, tally, units = year.state, year.law, year.tally, year.units
    schools, teachers = state.schools, state.teachers
    n_schools = schools.n
    start, rows = loops.group_rows(teachers.post, teachers.serving, n_schools)
    own_peer = loops.upper_decile(start, rows, teachers.quality, PEER_PERCENTILE)
    staff = np.maximum(np.diff(start), 1)
    experts = np.bincount(
        teachers.post[teachers.serving & teachers.is_backbone & ~teachers.is_substitute], minlength=n_schools
    )
    own_hours = np.full(n_schools, float(law["development.own_hours_year"]))
    core_peer = np.full(n_schools, np.nan)
    effective = np.zeros(n_schools)
    given_total = planned_total = 0.0
    if units.core.size:
        planned = year.of_unit("development.joint_hours_year")
        online = year.of_unit("development.online_share")
        pairs = year.of_unit("development.mentor_pairs")
        outside = units.core < 0
        core = np.maximum(units.core, 0)
        # A core outside the county is taken to have as many experts as a county core has on average.
        led = np.unique(core[~outside])
        usual = float(experts[led].mean()) if led.size else 0.0
        n_experts = np.where(outside, usual, experts[core])
        in_teams, team_level = _subject_teams(year)
        unit = units.unit_of_member
        member = np.flatnonzero(unit >= 0)
        u = unit[member]
        joined = np.bincount(u, in_teams[member], units.core.size)  # experts beside those of the core
        supply = (n_experts + joined) * law["development.expert_hours_year"]
        members = np.maximum(units.size, 1)
        held = np.minimum(planned, supply / (members * EXAMINED))
        # The hours of the pairing under the law go on at the ordinary budget's cost; the fund pays the rest.
        lawful = np.minimum(held, law.by_mode["development.joint_hours_year"][0])
        mentoring = np.minimum(pairs, n_experts) * law["development.mentor_hours_year"]
        price = law["finance.expert_hour_yuan"]
        extra = (held - lawful) * members * EXAMINED + mentoring
        share = year.ledger.pay("joint_work", price * float(extra.sum()))
        year.ledger.pay_ordinary("joint_work", price * float((lawful * members * EXAMINED).sum()))
        held = lawful + (held - lawful) * share
        cost_hours = lawful * members * EXAMINED + extra * share
        given_total, planned_total = float(cost_hours.sum()), float((planned * members * EXAMINED).sum())
        # Hours the experts give are missing at home, spread over the core's staff.
        inside = ~outside
        by_core = np.where(joined > 0, cost_hours * n_experts / np.maximum(n_experts + joined, 1e-9), cost_hours)
        np.subtract.at(own_hours, core[inside], by_core[inside] / staff[core[inside]])
        by_team = cost_hours * joined / np.maximum(n_experts + joined, 1e-9)
        each = np.divide(by_team, joined, out=np.zeros(joined.size), where=joined > 0)
        own_hours[member] -= each[u] * in_teams[member] / staff[member]
        own_hours -= year.memory.hours_away
        np.maximum(own_hours, 0.0, out=own_hours)
        hours_way = year.memory.core_travel_hours[member]
        meeting = law["development.meeting_hours"]
        in_person = held[u] * (1.0 - online[u]) * meeting / (meeting + 2.0 * hours_way)
        effective[member] = in_person + held[u] * online[u] * law["development.online_factor"]
        effective[member] += year.memory.team_hours[member]
        best = np.where(outside, state.groups.outside_quality[units.group], own_peer[core])
        best = np.where(joined > 0, np.fmax(best, team_level), best)
        core_peer[member] = best[u]
        _mentor(year, pairs, n_experts, best, share)
    half, top = law["development.hours_half"], law["development.intensity_max"]
    loops.learn_from_others(
        teachers.serving, teachers.post, teachers.quality, teachers.learned, own_peer,
        loops.hours_to_intensity(own_hours, half, top), core_peer, core_intensity(year, effective),
        law["development.peer_learning"], law["development.decay"],
    )  # fmt: skip
    year.memory.core_peer = core_peer
    tally.expert_hours_given, tally.expert_hours_planned = given_total, planned_total
    tally.joint_hours_effective = effective


def core_intensity(year: Year, effective: np.ndarray) -> np.ndarray:
    """Return float64 [schools]: mean intensity of a member's teachers with the core, from hours of joint work.

    Those whom the core's teachers visit, and those who shadow at the core, add these hours to the joint
    ones; intensity is concave, so it is averaged over who takes part and who does not, and not reckoned
    from an average of hours. Who is visited and who shadows is independent. All of it is worth
    ``development.joint_learning`` times what the same intensity gives among a teacher's own colleagues.
    """
    law, memory, units = year.law, year.memory, year.units
    half, top = law["development.hours_half"], law["development.intensity_max"]
    found = loops.hours_to_intensity(effective, half, top)
    visited, shadow = memory.visited_share, memory.shadow_share
    if visited.any() or shadow.any():
        there = effective + memory.visited_hours
        with_visit = loops.hours_to_intensity(there, half, top)
        with_shadow = loops.hours_to_intensity(effective + memory.shadow_hours, half, top)
        with_both = loops.hours_to_intensity(there + memory.shadow_hours, half, top)
        alone = (1.0 - visited) * found + visited * with_visit
        found = (1.0 - shadow) * alone + shadow * ((1.0 - visited) * with_shadow + visited * with_both)
    found *= law["development.joint_learning"]
    rows = units.members
    year.tally.core_intensity = float(found[rows].mean()) if rows.size else 0.0
    return found


def _subject_teams(year: Year) -> tuple[np.ndarray, np.ndarray]:
    """Appoint subject centre teams where their term is over, and see who serves in them (M-43, M-44, M-52).

    A group's best backbone teachers by appraisal, from all its campuses, ``development.team_size`` a
    team, for ``development.team_term_years`` years. Who has left the group does not count until the next
    appointment.

    Returns
    -------
    in_teams, level
        int64 [schools]: those who serve there and are in a team; float64 [units]: their mean quality,
        NaN where there are none.
    """
    units, memory, tally, teachers = year.units, year.memory, year.tally, year.state.teachers
    places = (year.of_unit("development.subject_teams") * year.of_unit("development.team_size")).astype(np.int64)
    term = year.of_unit("development.team_term_years")
    in_teams = np.zeros(year.state.schools.n, np.int64)
    level = np.full(units.core.size, np.nan)
    appointed: dict[int, tuple[int, np.ndarray]] = {}
    tally.n_team_teachers = 0
    for u in np.flatnonzero(places > 0):
        key = int(units.id[u])
        campuses = units.campuses[units.campus_start[u] : units.campus_start[u + 1]]
        here = np.flatnonzero(teachers.serving & np.isin(teachers.post, campuses))
        since, ids = memory.subject_teams.get(key, (None, None))
        if since is None or year.year - since >= term[u]:
            fit = here[teachers.is_backbone[here] & ~teachers.is_substitute[here]]
            best = fit[np.lexsort((teachers.id[fit], -teachers.appraisal[fit]))][: places[u]]
            since, ids = year.year, np.sort(teachers.id[best])
            year.records.add("team", "teacher", ids, source=year.state.groups.id[units.group[u]])
        appointed[key] = (since, ids)
        rows = here[np.isin(teachers.id[here], ids)]
        rows = rows[np.argsort(teachers.id[rows])]
        if rows.size:
            level[u] = teachers.quality[rows].mean()
        np.add.at(in_teams, teachers.post[rows], 1)
        tally.n_team_teachers += int(rows.size)
    memory.subject_teams = appointed
    return in_teams, level


def _mentor(
    year: Year, pairs: np.ndarray, n_experts: np.ndarray, best: np.ndarray, share: float
) -> None:
    """Pair the members' least effective beginners with the core's best (师徒结对, M-103).

    Up to ``development.mentor_pairs`` pairs a group, no more than there are experts; the pupil of a
    pair learns at the intensity of the mentor's hours.
    """
    state, law, units = year.state, year.law, year.units
    teachers = state.teachers
    n_pairs = np.floor(np.minimum(pairs, n_experts) * share + 1e-9).astype(np.int64)
    if not n_pairs.any():
        return
    unit = units.unit_of_member[np.maximum(teachers.post, 0)]
    young = np.flatnonzero(
        teachers.serving & ~teachers.is_substitute & (teachers.experience <= 5.0) & (unit >= 0) & (teachers.term_left == 0)
    )
    young = young[n_pairs[unit[young]] > 0]
    if young.size == 0:
        return
    u = unit[young]
    order = np.lexsort((teachers.id[young], teachers.quality[young], u))
    young, u = young[order], u[order]
    first = np.searchsorted(u, np.arange(units.core.size))
    rank = np.arange(young.size) - first[u]
    chosen = rank < n_pairs[u]
    young, u = young[chosen], u[chosen]
    intensity = loops.hours_to_intensity(
        np.array([float(law["development.mentor_hours_year"])]), law["development.hours_half"], law["development.intensity_max"]
    )[0]
    gap = np.nan_to_num(best[u] - teachers.quality[young])
    worth = law["development.peer_learning"] * law["development.joint_learning"] * intensity
    teachers.learned[young] += worth * np.maximum(gap, 0.0)
    year.records.add("mentor", "teacher", teachers.id[young], source=state.groups.id[units.group[u]])
