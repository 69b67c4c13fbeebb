"""How teachers of the plain model learn from one another: visits, joint work, subject teams, mentors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plain_board import per_school
from benchmarks.scalars import learning_intensity
from edusim.equations.classes import EXAMINED
from edusim.rules.development import PEER_PERCENTILE, core_intensity
from edusim.rules.exchange import visit

if TYPE_CHECKING:
    from benchmarks.plain import PlainCounty


def exchange(c: PlainCounty) -> None:
    """Count who serves where; visits and shadowing work on numbers a school."""
    staff, experts = [0] * len(c.schools), [0] * len(c.schools)
    for t in c.teachers:
        staff[t.post.row] += 1
        experts[t.post.row] += t.is_backbone and not t.is_substitute
    c.board_of_schools()
    visit(c.now, np.array(staff, np.int64), np.array(experts, np.int64))


def learn_together(c: PlainCounty) -> None:
    """Let teachers learn from the best of their school and, in a group, of the core."""
    r, law, tally, memory = c.r, c.law, c.now.tally, c.memory
    for school in c.schools:
        school.staff, school.experts, school.core_peer, school.effective = [], 0, math.nan, 0.0
        school.own_hours = float(law["development.own_hours_year"])
    for t in c.teachers:
        t.post.staff.append(t)
        t.post.experts += t.is_backbone and not t.is_substitute
    for school in c.schools:
        qualities = sorted([t.quality for t in school.staff], reverse=True)
        n = len(qualities)
        school.own_peer = qualities[n - 1 - int(PEER_PERCENTILE * (n - 1))] if n else math.nan
    given = planned = 0.0
    if c.units:
        given, planned = _joint_work(c)
    together = core_intensity(c.now, per_school(c.schools, "effective")).tolist()
    for school in c.schools:
        school.own_intensity = learning_intensity(school.own_hours, r.hours_half, r.intensity_max)
        school.core_intensity = together[school.row]
    for t in c.teachers:
        t.learn_from_others(r)
    memory.core_peer = per_school(c.schools, "core_peer")
    tally.expert_hours_given, tally.expert_hours_planned = given, planned
    tally.joint_hours_effective = per_school(c.schools, "effective")


def _joint_work(c: PlainCounty) -> tuple[float, float]:
    """Share the core's expert hours out over the members; return hours given and planned."""
    law, ledger, memory = c.law, c.now.ledger, c.memory
    led = {u.core for u in c.units if u.core is not None}
    usual = float(np.mean([s.experts for s in c.schools if s in led])) if led else 0.0
    meeting, online_factor = law["development.meeting_hours"], law["development.online_factor"]
    law_hours = law.by_mode["development.joint_hours_year"][0]
    held, lawful, extra, experts = [], [], [], []
    _subject_teams(c)
    for unit in c.units:
        n = max(len(unit.members), 1)
        has = usual if unit.core is None else unit.core.experts
        hours = min(unit.joint_hours, (has + unit.joined) * law["development.expert_hours_year"] / (n * EXAMINED))
        by_law = min(hours, law_hours)
        mentoring = min(unit.mentor_pairs, has) * law["development.mentor_hours_year"]
        held.append((hours, by_law))
        lawful.append(by_law * n * EXAMINED)
        extra.append((hours - by_law) * n * EXAMINED + mentoring)
        experts.append(has)
    # The hours of the pairing under the law go on at the ordinary budget's cost; the fund pays the rest.
    price = law["finance.expert_hour_yuan"]
    share = ledger.pay("joint_work", price * float(np.array(extra).sum()))
    ledger.pay_ordinary("joint_work", price * float(np.array(lawful).sum()))
    cost = [a + b * share for a, b in zip(lawful, extra, strict=True)]
    for unit, spent, has in zip(c.units, cost, experts, strict=True):
        by_core = spent * has / (has + unit.joined) if unit.joined else spent
        if unit.core is not None:
            unit.core.own_hours -= by_core / max(len(unit.core.staff), 1)
    for unit, spent, has in zip(c.units, cost, experts, strict=True):
        each = spent * unit.joined / (has + unit.joined) / unit.joined if unit.joined else 0.0
        for school in unit.members:
            school.own_hours -= each * school.in_teams / max(len(school.staff), 1)
    for school in c.schools:
        school.own_hours = max(school.own_hours - float(memory.hours_away[school.row]), 0.0)
    for u, unit in enumerate(c.units):
        planned, by_law = held[u]
        hours = by_law + (planned - by_law) * share
        best = unit.group.outside_quality if unit.core is None else unit.core.own_peer
        if unit.joined and (math.isnan(best) or unit.team_level > best):
            best = unit.team_level
        for school in unit.members:
            way = float(memory.core_travel_hours[school.row])
            in_person = hours * (1.0 - unit.online_share) * meeting / (meeting + 2.0 * way)
            school.effective = in_person + hours * unit.online_share * online_factor + float(memory.team_hours[school.row])
            school.core_peer = best
        _mentor(c, unit, math.floor(min(unit.mentor_pairs, experts[u]) * share + 1e-9), best)
    wanted = [u.joint_hours * max(len(u.members), 1) * EXAMINED for u in c.units]
    return float(np.array(cost).sum()), float(np.array(wanted).sum())


def _subject_teams(c: PlainCounty) -> None:
    """Appoint the best backbone teachers of each group to its subject teams; see who serves in them."""
    memory, appointed = c.memory, {}
    c.now.tally.n_team_teachers = 0
    for school in c.schools:
        school.in_teams = 0
    for unit in c.units:
        if unit.team_places <= 0:
            continue
        here = [t for school in unit.campuses for t in school.staff]
        since, ids = memory.subject_teams.get(unit.id, (None, ()))
        if since is None or c.state.year - since >= unit.team_years:
            fit = [t for t in here if t.is_backbone and not t.is_substitute]
            fit.sort(key=lambda t: (-t.appraisal, t.id))
            since, ids = c.state.year, tuple(t.id for t in fit[: unit.team_places])
            c.now.records.add("team", "teacher", list(ids), unit.group.id)
        appointed[unit.id] = (since, ids)
        team = sorted((t for t in here if t.id in ids), key=lambda t: t.id)
        if team:
            unit.team_level = float(np.array([t.quality for t in team]).mean())
        for t in team:
            t.post.in_teams += 1
        c.now.tally.n_team_teachers += len(team)
    memory.subject_teams = appointed
    for unit in c.units:
        unit.joined = sum(school.in_teams for school in unit.members)


def _mentor(c: PlainCounty, unit: Any, n_pairs: int, best: float) -> None:
    """Pair a unit's least effective beginners with the core's best."""
    if n_pairs <= 0:
        return
    r = c.r
    young = [
        t for s in unit.members for t in s.staff if not t.is_substitute and t.experience <= 5.0 and t.term_left == 0
    ]
    young.sort(key=lambda t: (t.quality, t.id))
    for t in young[:n_pairs]:
        gap = best - t.quality
        t.learned += r.peer_learning * r.mentor_intensity * max(0.0 if math.isnan(gap) else gap, 0.0)
        c.now.records.add("mentor", "teacher", t.id, unit.group.id)
