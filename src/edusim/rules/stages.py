"""学前、普通高中、中等职业: places, pupils, staff and money of the stages beside compulsory school.

No achievement is modelled for them, so what a clause does here is counted in places, posts, teachers and
yuan. Everything works on one number a school.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim.equations.reach import share_by_room
from edusim.rules.context import Year
from edusim.state import OTHER_STAGES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from edusim.stages import Stage
    from edusim.state import Table

_KINDERGARTEN, _SENIOR, _VOCATIONAL = range(3)
#: A child enters grade 1 this many years after the first year of kindergarten.
_YEARS_BEFORE_SCHOOL = 3


def run_stages(year: Year) -> None:
    """Let kindergartens, senior and vocational schools live a year: groups, contracts, pupils, staff."""
    others = year.state.others
    tally = year.tally
    tally.stage_unplaced = np.zeros(len(OTHER_STAGES), np.int64)
    if others.n == 0:
        return
    form_stage_groups(year)
    join_senior(year)
    entrust(year)
    if year.rules_on["demography"]:
        take_in(year)
    staff_stages(year)


def form_stage_groups(year: Year) -> None:
    """Form groups of kindergartens (S3 二, M-23): ``stages.kindergarten_groups`` of them, cores in the city first.

    A core is the largest kindergarten of the best-placed zone; each core takes the nearest ones that are
    free, up to ``stages.group_members``, in turn. A group costs ``finance.stage_group_yuan`` a member; one
    that is not paid for is not formed. A lower number ends the groups formed last.
    """
    others, law = year.state.others, year.law
    old = others.core.copy()
    new = np.full(others.n, -1, np.int32)
    rows = np.flatnonzero(others.stage == _KINDERGARTEN)
    order = rows[np.lexsort((others.id[rows], -others.places[rows], others.zone[rows]))]
    cores = order[: int(law["stages.kindergarten_groups"])]
    new[cores] = cores
    for core in cores:
        free = rows[new[rows] < 0]
        km = np.hypot(others.x_km[free] - others.x_km[core], others.y_km[free] - others.y_km[core])
        members = free[np.lexsort((others.id[free], km))][: int(law["stages.group_members"])]
        cost = np.array([law["finance.stage_group_yuan"] * members.size])
        if year.ledger.pay_each("other_stages", cost)[0]:
            new[members] = core
        else:
            new[core] = -1
    others.core[:] = new
    for event, gone in (("stage_group", False), ("stage_end", True)):
        led = old if gone else new
        other = new if gone else old
        changed = np.flatnonzero((led == np.arange(others.n)) & (other != np.arange(others.n)))
        year.records.add(event, "other", others.id[changed], amount=np.bincount(led[led >= 0], minlength=others.n)[changed])


def join_senior(year: Year) -> None:
    """Let senior schools join the nearest acting group of secondary schools (S3 二: 中学含初中和高中, M-23).

    A group takes no more than ``stages.group_members`` members of compulsory and senior school together; a
    senior school costs the group ``finance.stage_group_yuan``.
    """
    state, law = year.state, year.law
    others, groups, schools = state.others, state.groups, state.schools
    rows = np.flatnonzero(others.stage == _SENIOR)
    new = np.full(others.n, -1, np.int32)
    if law["stages.senior_joined"] and groups.n:
        acting = np.flatnonzero((groups.mode > 0) & (groups.core >= 0))
        acting = acting[schools.stage[groups.core[acting]] != 0]
        size = np.bincount(schools.member_of[schools.member_of >= 0], minlength=groups.n)
        for row in rows[np.argsort(others.id[rows])]:
            core = groups.core[acting]
            km = np.hypot(schools.x_km[core] - others.x_km[row], schools.y_km[core] - others.y_km[row])
            for g in acting[np.lexsort((groups.id[acting], km))]:
                if size[g] >= law["stages.group_members"]:
                    continue
                if year.ledger.pay_each("other_stages", np.array([law["finance.stage_group_yuan"]]))[0]:
                    new[row] = g
                    size[g] += 1
                break
    joins, leaves = (np.flatnonzero((a >= 0) & (a != b)) for a, b in ((new, others.joined), (others.joined, new)))
    if joins.size:
        year.records.add("senior_joins", "other", others.id[joins], target=groups.id[new[joins]])
    if leaves.size:
        year.records.add("senior_leaves", "other", others.id[leaves], source=groups.id[others.joined[leaves]])
    others.joined[:] = new


def entrust(year: Year) -> None:
    """Entrust vocational schools to an enterprise by purchase of service (S3 四1, M-11).

    The fee ``finance.vocational_fee_yuan`` is paid for each school; the enterprise then sends
    ``stages.entrusted_staff`` managers and backbone teachers, who fill posts and hold none. A school whose
    fee is not paid is not entrusted.
    """
    others, law = year.state.others, year.law
    rows = np.flatnonzero(others.stage == _VOCATIONAL)
    rows = rows[np.argsort(others.id[rows])]
    before = others.is_entrusted.copy()
    others.is_entrusted[rows] = False
    if law["stages.vocational_entrusted"]:
        fees = np.full(rows.size, float(law["finance.vocational_fee_yuan"]))
        others.is_entrusted[rows] = year.ledger.pay_each("other_stages", fees)
    others.delegated[:] = np.where(others.is_entrusted, int(law["stages.entrusted_staff"]), 0)
    for event, a, b in (("entrust_vocational", others.is_entrusted, before), ("end_entrust", before, others.is_entrusted)):
        year.records.add(event, "other", others.id[a & ~b])


def take_in(year: Year) -> None:
    """Move every year up and take in the new one: children three years before school, this year's graduates.

    Kindergartens take children of their own kind of place first, then of any; senior and vocational schools
    take their share of the county's graduates. Who finds no place is counted.
    """
    state, memory = year.state, year.memory
    others = state.others
    others.year_3[:], others.year_2[:] = others.year_2, others.year_1
    others.year_1[:] = 0
    graduates = int(getattr(year.tally, "n_graduated", 0))
    for code, name in enumerate(OTHER_STAGES):
        stage = memory.stages[name]
        rows = np.flatnonzero(others.stage == code)
        share = stage.number("entry_share")
        if code == _KINDERGARTEN:
            children = children_of_age(memory.demography.entrants, year.year - memory.base_year + _YEARS_BEFORE_SCHOOL)
            by_zone = np.floor(share * np.bincount(state.neighbourhoods.zone, children, 4) + 0.5).astype(np.int64)
        else:
            by_zone = np.array([int(share * graduates + 0.5)])
        year.tally.stage_unplaced[code] = admit_first_year(others, rows, by_zone, int(stage.number("years")))
    others.enrolled[:] = others.year_1 + others.year_2 + others.year_3


def children_of_age(entrants: NDArray[np.int64], years_ahead: int) -> NDArray[np.int64]:
    """Return int64 [neighbourhoods]: who enters grade 1 so many years after the base year (the last known later)."""
    row: NDArray[np.int64] = entrants[min(max(years_ahead - 1, 0), entrants.shape[0] - 1)]
    return row


def admit_first_year(others: Table, rows: NDArray[np.int64], by_zone: NDArray[np.int64], years: int) -> int:
    """Fill the first year of schools, those of each zone first (one number: whole county); return who is left."""
    room = (others.places[rows] // years).astype(np.int64)
    left = 0
    for zone, n in enumerate(by_zone):
        here = others.zone[rows] == zone if by_zone.size > 1 else np.ones(rows.size, bool)
        taken = share_by_room(int(n), np.where(here, room, 0), others.id[rows])
        others.year_1[rows] += taken.astype(np.int32)
        room -= taken
        left += int(n - taken.sum())
    taken = share_by_room(left, room, others.id[rows])
    others.year_1[rows] += taken.astype(np.int32)
    return int(left - taken.sum())


def posts(others: Table, stages: Mapping[str, Stage]) -> NDArray[np.int64]:
    """Return int64 [others]: posts by the stage's pupils a teacher."""
    ratio = np.array([stages[name].number("pupils_per_teacher") for name in OTHER_STAGES])
    return np.asarray(np.ceil(others.enrolled / ratio[others.stage]), dtype=np.int64)


def staff_stages(year: Year) -> None:
    """Let teachers of these stages leave and be hired, and a group's core lend teachers to its members (M-55).

    A core lends up to ``stages.lent_share`` of its own staff, those members first that lack most; who is
    lent is missing at home. Surplus is not dismissed.
    """
    others, law, memory = year.state.others, year.law, year.memory
    leave_share, fill_share = (
        np.array([memory.stages[s].number(k) for s in OTHER_STAGES])[others.stage] for k in ("leave_share", "fill_share")
    )
    wanted = posts(others, memory.stages)
    u, v = (draws.uniform(year.seed, f"stages.{p}", year.year, others.id) for p in ("leave", "hire"))
    staff = others.staff - np.floor(leave_share * others.staff + u).astype(np.int64)
    staff = np.maximum(staff, 0)
    gap = np.maximum(wanted - staff, 0)
    staff += np.minimum(np.floor(fill_share * gap + v).astype(np.int64), gap)
    others.staff[:] = staff
    lent = np.zeros(others.n, np.int64)
    for core in np.flatnonzero(others.core == np.arange(others.n)):
        members = np.flatnonzero((others.core == core) & (np.arange(others.n) != core))
        short = np.maximum(wanted[members] - staff[members], 0)
        n = min(int(law["stages.lent_share"] * staff[core]), int(short.sum()))
        got = share_by_room(n, short, others.id[members])
        lent[members] -= got
        lent[core] += int(got.sum())
    others.lent[:] = lent
    others.vacancies[:] = np.maximum(wanted - staff + lent - others.delegated, 0)
