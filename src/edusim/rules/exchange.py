"""短期交流（支教、带教）、跟岗轮训: who goes for some weeks to teach or to learn, and stays employed at home.

A share of the staff for some weeks is a dose, not a move: two weeks a term are a tenth of a teacher-year,
a term of three years is three. Nobody's post, employer or pay changes here.
"""

from __future__ import annotations

import numpy as np

from edusim.equations.classes import EXAMINED
from edusim.rules.context import Year

TERMS_YEAR = 2.0


def go(year: Year) -> None:
    """Count who serves where, and let the core's teachers visit members and members' teachers shadow."""
    teachers, n = year.state.teachers, year.state.schools.n
    staff = np.bincount(teachers.post[teachers.serving], minlength=n)
    experts = np.bincount(
        teachers.post[teachers.serving & teachers.is_backbone & ~teachers.is_substitute], minlength=n
    )
    visit(year, staff, experts)


def visit(year: Year, staff: np.ndarray, experts: np.ndarray) -> None:
    """Send core teachers to members, and members' teachers to the core, for weeks (M-50 to M-53, M-120, M-129).

    Short exchange: ``development.exchange_share`` of the core's backbone teachers go for
    ``development.exchange_weeks_term`` weeks a term: ``share x 2 x weeks / weeks of a year``
    teacher-years. Each works with the teachers of one examined subject at one member,
    ``development.exchange_hours_week`` hours a week less a journey there and back; where there are more
    visitors than subjects to visit, the hours of each add up. The hours are missing in the core's own
    research, spread over its staff; colleagues cover the lessons.

    Shadowing: ``development.shadow_share`` of a member's staff are at the core for
    ``development.shadow_weeks_year`` weeks, no more at once than the core has backbone teachers to host
    them. Substitutes take their lessons: the school loses the penalty of a substitute for that part of
    its teaching time.

    Weeks away and the cover are paid by the fund (line ``exchange``); what is not paid does not take place.

    Parameters
    ----------
    year
        The year.
    staff, experts
        int64 [schools]: teachers, and backbone teachers with a staffing post, who serve there.
    """
    law, memory, units, tally = year.law, year.memory, year.units, year.tally
    n = year.state.schools.n
    memory.staff = staff
    for name in ("visited_share", "visited_hours", "shadow_share", "shadow_hours", "hours_away", "cover_loss"):
        setattr(memory, name, np.zeros(n))
    tally.exchange_teacher_years = tally.shadow_teacher_years = 0.0
    if units.core.size == 0:
        return
    weeks_year, hours_week = float(law["leadership.weeks_year"]), float(law["development.exchange_hours_week"])
    outside, core = units.core < 0, np.maximum(units.core, 0)
    # A core outside the county is taken to have as many experts as a county core has on average.
    led = np.unique(core[~outside])
    n_experts = np.where(outside, float(experts[led].mean()) if led.size else 0.0, experts[core])
    weeks = TERMS_YEAR * year.of_unit("development.exchange_weeks_term")
    visitors = year.of_unit("development.exchange_share") * n_experts
    member = units.members
    unit = units.unit_of_member[member]
    away = min(float(law["development.shadow_weeks_year"]), weeks_year)
    guests = year.of_member("development.shadow_share")[member] * staff[member]
    asked = np.bincount(unit, guests, units.core.size)
    room = n_experts * weeks_year / away
    guests *= np.divide(np.minimum(asked, room), asked, out=np.ones(asked.size), where=asked > 0)[unit]
    week_yuan, cover_yuan = law["finance.exchange_week_yuan"], law["finance.substitute_yuan_year"] / weeks_year
    share = year.ledger.pay(
        "exchange", float((visitors * weeks).sum()) * week_yuan + float(guests.sum()) * away * (week_yuan + cover_yuan)
    )
    visitors, guests = visitors * share, guests * share
    inside = ~outside
    lost = visitors * weeks * hours_week
    np.add.at(memory.hours_away, core[inside], lost[inside] / np.maximum(staff[core[inside]], 1))
    on_spot = np.maximum(0.0, hours_week - 2.0 * memory.core_travel_hours[member])
    subjects = (visitors / (np.maximum(units.size, 1) * EXAMINED))[unit]  # visitors for each subject of each member
    memory.visited_share[member] = np.minimum(1.0, subjects)
    memory.visited_hours[member] = weeks[unit] * on_spot * np.maximum(1.0, subjects)
    memory.shadow_share[member] = guests / np.maximum(staff[member], 1)
    memory.shadow_hours[member] = away * on_spot
    memory.cover_loss[member] = law["achievement.substitute"] * memory.shadow_share[member] * (away / weeks_year)
    dose, learning = visitors * weeks / weeks_year, np.bincount(unit, guests, units.core.size) * away / weeks_year
    tally.exchange_teacher_years, tally.shadow_teacher_years = float(dose.sum()), float(learning.sum())
    for event, amount in (("exchange", dose), ("shadow", learning)):
        rows = np.flatnonzero(amount > 0)
        year.records.add(event, "group", year.state.groups.id[units.group[rows]], amount=amount[rows])
