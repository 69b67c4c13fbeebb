"""交流轮岗、三年一轮、一律迁编、期满归队: who is due, who goes where, who returns."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.equations import rotation as loops
from edusim.equations.teachers import MOUNTAIN, group_rows
from edusim.rules.context import Year

if TYPE_CHECKING:
    from numpy.typing import NDArray


def bring_back(year: Year) -> None:
    """Return teachers whose term has ended to their school, or let them stay (S4 四(五), M-48).

    What holds is the clause of the place where they served. On return the staffing post comes back
    too; those with a senior rank outside the posts are marked to compete again (M-70). Who has that rank,
    or may get it by staying, weighs a further year in the mountains (see :func:`stays_on`).
    """
    state = year.state
    schools, teachers = state.schools, state.teachers
    done = np.flatnonzero(teachers.serving & (teachers.origin >= 0) & (teachers.term_left == 0))
    year.tally.returned = year.tally.n_stay_on = 0
    year.memory.returned_rows = done[:0]
    if done.size == 0:
        return
    home, here = teachers.origin[done], teachers.post[done]
    # The clause of the member's side holds, whichever way the teacher went.
    mode = np.maximum(year.mode_of_school[here], year.mode_of_school[home])
    returns = year.law.by_mode["rotation.return_home"][mode] > 0
    on = stays_on(year, done, mode) & returns
    if on.any():
        more = done[on]
        teachers.term_left[more] = 1
        teachers.is_forced[more] = False
        year.records.add("stay_on", "teacher", teachers.id[more], schools.id[home[on]], schools.id[here[on]], 1.0)
        done, home, here, mode, returns = done[~on], home[~on], here[~on], mode[~on], returns[~on]
    back, target, left = done[returns], home[returns], here[returns]
    for column in (teachers.employer, teachers.post, teachers.placement):
        column[back] = target
    teachers.years_at_post[back] = 0
    year.tally.returned, year.tally.n_stay_on = int(back.size), int(np.count_nonzero(on))
    year.records.add("return", "teacher", teachers.id[back], source=schools.id[left], target=schools.id[target])
    stay = done[~returns]
    teachers.employer[stay] = teachers.post[stay]
    year.records.add("stay", "teacher", teachers.id[stay], source=schools.id[teachers.post[stay]])
    for column in (teachers.away_years, teachers.is_forced):
        column[done] = 0
    teachers.origin[done] = -1
    again = year.law.by_mode["promotion.recompete_on_return"][mode[returns]] > 0
    year.memory.returned_rows = back[again & teachers.is_quota_free[back]]


def stays_on(year: Year, rows: NDArray[np.int64], mode: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return who serves a further year in the mountains for the sake of a rank (继续在山区任教; S4 五(二), M-68 to M-70).

    Asked are core teachers at the end of their term in a mountain school whose clause gives senior rank outside
    the posts: those who hold it and would have to compete for it again at the core, and those of middle rank who
    have the years in rank. They weigh pay, travel, a young child and the promotion as volunteers do (model: section
    6), with a lot of their own. So the advantage locks in: it slows the return (clauses.md, trap 8).

    Parameters
    ----------
    year
        The year.
    rows
        int64 [n]: teachers whose term has ended.
    mode
        int64 [n]: the mode whose clause holds for each.
    """
    law, memory, state = year.law, year.memory, year.state
    schools, teachers, places = state.schools, state.teachers, state.neighbourhoods
    out = np.zeros(rows.size, bool)
    offers = law.by_mode["promotion.quota_free_years"][mode] > 0
    again = law.by_mode["promotion.recompete_on_return"][mode] > 0
    here, home = teachers.post[rows], teachers.origin[rows]
    title, ripe = teachers.title[rows], teachers.rank_years[rows] >= law["promotion.years_in_rank"]
    holds = teachers.is_quota_free[rows] & again
    asked = offers & (schools.zone[here] == MOUNTAIN) & (schools.leads[here] < 0) & (holds | ((title == 1) & ripe))
    key = year.key("rotation.stay")
    for k in np.flatnonzero(asked).tolist():
        i, place = int(rows[k]), int(teachers.home[rows[k]])
        out[k] = loops.weighs_a_further_year(
            int(teachers.id[i]), int(schools.id[here[k]]), int(teachers.age[i]), float(teachers.pay_yuan_year[i]),
            float(memory.allowance[here[k]]), float(memory.allowance[home[k]]), places.x_km[place], places.y_km[place],
            schools.x_km[here[k]], schools.y_km[here[k]], schools.x_km[home[k]], schools.y_km[home[k]],
            bool(schools.zone[home[k]] == MOUNTAIN), law["rotation.stay_intercept"], law["rotation.go_promotion"],
            law["rotation.go_pay"], law["rotation.go_travel"], law["rotation.go_child"], law["rotation.go_retire"],
            law["travel.road_factor"], law["travel.speed_km_hour"], law["travel.mountain_speed_share"],
            int(law["staffing.retire_age"]), key, memory.child_key,
        )  # fmt: skip
    return out


def send(year: Year) -> None:
    """Send this year's rotation (S4 四(五); M-45 to M-48, M-54, M-59, M-61, M-71, M-76, M-79, M-120 to M-122).

    Quota, volunteers, the head's choice and exchange partners: see
    :func:`edusim.equations.rotation.choose_rotation`. Terms under way are paid for first; what the
    fund cannot pay does not go. Staffing posts move where the clause says so (迁编). What the law in
    force asks for anyway is paid by the ordinary budget.
    """
    law, tally, units = year.law, year.tally, year.units
    teachers = year.state.teachers
    n_units = units.core.size
    serving, permanent = teachers.serving, teachers.serving & ~teachers.is_substitute
    cost = law["finance.rotation_yuan_year"]
    away = np.flatnonzero(serving & (teachers.term_left > 0) & (teachers.origin >= 0))
    mode_away = np.maximum(year.mode_of_school[teachers.post[away]], year.mode_of_school[teachers.origin[away]])
    # Of the terms under way in groups, those that the law alone would have sent are the ordinary budget's.
    law_term = int(law.by_mode["rotation.term_years"][0])
    in_groups = float((mode_away > 0).sum())
    by_law = min(in_groups, float(sum(year.memory.lawful_sent.get(year.year - k, 0) for k in range(1, law_term))))
    year.ledger.pay("rotation", cost * (in_groups - by_law))
    year.ledger.pay_ordinary("rotation", cost * (by_law + float((mode_away == 0).sum())))
    tally.promised = tally.delivered = tally.n_rotated_backbone = tally.n_eligible = 0
    tally.delivered_quality = tally.delivered_years = tally.promised_years = 0.0
    tally.n_member_staff = int(np.count_nonzero(units.unit_of_member[teachers.post[permanent]] >= 0))
    tally.n_sent_unfunded = tally.n_forced = tally.n_sent_senior = 0
    tally.sent_by_unit = np.zeros(n_units, np.int64)
    receives = np.bincount(mode_away, minlength=law.n_modes + 1)
    if n_units:
        receives += _send(year, cost)
    pay_bonus(year, receives)
    tally.stock_away = int(np.count_nonzero(serving & (teachers.term_left > 0)))


def believed_bonus(year: Year) -> np.ndarray:
    """Return float64 [units]: the yearly bonus a teacher counts on, as far as last year's was paid (S2 四2, M-79).

    Nobody counts on a bonus where there is no pool to pay it from.
    """
    share = getattr(year.memory, "bonus_paid_share", 1.0) if year.appraisal_pool() > 0.0 else 0.0
    return year.of_unit("reward.rotation_bonus_yuan") * share


def cadre_pull(year: Year) -> np.ndarray:
    """Return float64 [units]: the pull of a head's post, doubled where a clause gives priority again (M-59, M-76)."""
    return year.law["rotation.go_cadre"] * (1.0 + (year.of_unit("promotion.cadre_priority") > 0))


def pay_bonus(year: Year, receives: np.ndarray) -> None:
    """Pay the bonus of those away on rotation; ``receives`` int64 [modes] counts them (S2 四2, M-79).

    It comes out of the county's appraisal pool (在全市教育系统地方绩效奖中统筹考虑), as far as that goes: what
    they get is not shared out among all (:func:`edusim.rules.finance.share_pool`).
    """
    asked = float((receives * year.law.by_mode["reward.rotation_bonus_yuan"]).sum())
    paid = min(asked, year.appraisal_pool())
    year.memory.bonus_paid_share = paid / asked if asked > 0.0 else 1.0
    year.ledger.pay_ordinary("rotation_bonus", paid)
    year.tally.pool_bonus = paid


def law_share(year: Year) -> float:
    """Return the share that the law in force sends down a year (where it counts both ways, the down part)."""
    asked = {name: float(year.law.by_mode[f"rotation.{name}"][0]) for name in ("share", "counting", "two_way_share")}
    return asked["share"] / (1.0 + asked["two_way_share"]) if asked["counting"] > 0 else asked["share"]


def _send(year: Year, cost: float) -> np.ndarray:
    """Send this year's rotation; return int64 [modes]: how many went under each mode."""
    state, law, memory, tally, units = year.state, year.law, year.memory, year.tally, year.units
    schools, teachers, places = state.schools, state.teachers, state.neighbourhoods
    n_units = units.core.size
    permanent = teachers.serving & ~teachers.is_substitute
    start, rows = group_rows(teachers.post, teachers.serving, schools.n)
    share = year.of_unit("rotation.share")
    limit = int(np.ceil(2.0 * max(share.max(initial=0.0), law.by_mode["rotation.share"][0]) * permanent.sum())) + 2 * n_units + 16
    # Rows of the moves proposed: teacher, from, to, direction, forced, unit.
    kinds = (np.int64, np.int32, np.int32, np.int8, np.bool_, np.int32)
    moves: list[Any] = [np.empty(limit, kind) for kind in kinds]
    promised, n_eligible, lawful = np.zeros(n_units, np.int64), np.zeros(n_units, np.int64), np.zeros((2, n_units), np.int64)
    cell = teachers.post[permanent].astype(np.int64) * 8 + teachers.subject[permanent]
    have = np.bincount(cell, minlength=schools.n * 8).reshape(schools.n, 8)
    senior = np.bincount(teachers.employer[permanent & (teachers.title == 2) & ~teachers.is_quota_free], minlength=schools.n)
    rank_full = senior >= memory.senior_posts
    weights = np.array([law[f"rotation.go_{w}"] for w in ("intercept", "promotion", "pay", "travel", "child", "retire")])
    noted = np.full((2, n_units, teachers.n) if year.records.mode == "all" else (2, 0, 0), np.nan)
    year.notes.rotation = SimpleNamespace(wish=noted[0], order=noted[1], promised=promised, eligible=n_eligible, lawful=lawful)
    n = loops.choose_rotation(
        units.core, units.start, units.members, units.id, share,
        year.of_unit("rotation.base").astype(np.int64), law_share(year),
        int(law.by_mode["rotation.base"][0]), float(law.by_mode["rotation.two_way_share"][0]),
        year.of_unit("rotation.counting") > 0,
        year.of_unit("rotation.two_way_share"), year.of_unit("rotation.backbone_share"),
        year.of_unit("rotation.min_years_at_post"), year.of_unit("rotation.head_may_assign") > 0,
        year.of_unit("staffing.core_hire_duty") > 0, year.of_unit("promotion.rank_floor") > 0,
        believed_bonus(year), cadre_pull(year), year.of_unit("rotation.senior_priority") > 0,
        year.of_unit("appraisal.bundle_weight"), start, rows, teachers.id, teachers.employer, teachers.subject,
        teachers.title, teachers.age, teachers.home, teachers.pay_yuan_year, teachers.appraisal,
        teachers.is_backbone, teachers.is_substitute, teachers.years_at_post, teachers.term_left,
        teachers.lock_left, teachers.onboarding_left, teachers.rank_years, teachers.weak_years,
        teachers.year_hired, places.x_km, places.y_km, places.zone, schools.x_km, schools.y_km, schools.zone,
        memory.allowance, memory.target, have, rank_full, law["pay.title_premium_middle"], weights,
        law["rotation.exempt_share"], law["rotation.send_weak"], int(law["promotion.years_in_rank"]),
        int(law["promotion.weak_years_senior"]), int(law["promotion.weak_years_head"]), int(law["staffing.retire_age"]),
        memory.base_year + 1, law["travel.road_factor"],
        law["travel.speed_km_hour"], law["travel.mountain_speed_share"], year.key("rotation.volunteer"),
        year.key("rotation.round"), year.key("rotation.exempt", 0), year.key("rotation.head"),
        year.memory.child_key, moves[0], moves[1], moves[2], moves[3], moves[4], moves[5], promised, n_eligible, lawful,
        noted,
    )  # fmt: skip
    teacher, source, destination, direction, forced, unit = (column[:n] for column in moves)
    mode = units.mode[unit]
    # What the law in force asks for is paid by the ordinary budget under every policy; the fund pays
    # for what a mode adds, in the order of units.
    rank = np.empty(n, np.int64)
    for way in (loops.DOWN, loops.UP):
        rows = np.flatnonzero(direction == way)
        rows = rows[np.argsort(unit[rows], kind="stable")]
        first = np.searchsorted(unit[rows], np.arange(n_units))
        rank[rows] = np.arange(rows.size) - first[unit[rows]]
    by_law = (mode == 0) | (rank < lawful[direction, unit])
    memory.lawful_sent[year.year] = int(np.count_nonzero(by_law & (mode > 0)))
    order = np.lexsort((np.arange(n), unit))
    asked = order[~by_law[order]]
    paid = by_law.copy()
    paid[asked] = year.ledger.pay_each("rotation", np.full(asked.size, cost))
    year.ledger.pay_ordinary("rotation", cost * float(by_law.sum()))
    if not paid.all():
        out = ~paid
        year.records.add(
            "unfunded", "teacher", teachers.id[teacher[out]], schools.id[source[out]], schools.id[destination[out]], cost
        )
    teacher, source, destination = teacher[paid], source[paid], destination[paid]
    direction, forced, unit, mode = direction[paid], forced[paid], unit[paid], mode[paid]
    down = direction == loops.DOWN
    term = law.by_mode["rotation.term_years"][mode].astype(np.int16)
    moves_post = law.by_mode["rotation.transfer_posts"][mode] > 0
    teachers.origin[teacher] = source
    teachers.post[teacher] = destination
    teachers.placement[teacher] = destination
    teachers.employer[teacher[moves_post]] = destination[moves_post]
    teachers.term_left[teacher] = term
    teachers.away_years[teacher] = 0
    teachers.years_at_post[teacher] = 0
    teachers.is_forced[teacher] = forced
    ids = schools.id
    for event, rows_of in (("send_down", down), ("send_up", ~down)):
        who = teacher[rows_of]
        year.records.add(event, "teacher", teachers.id[who], ids[source[rows_of]], ids[destination[rows_of]], term[rows_of])
    quality = teachers.quality[teacher[down]]
    tally.promised = int(promised.sum())
    tally.delivered = int(down.sum())
    tally.delivered_quality = float(np.sort(quality).sum())
    tally.delivered_years = float(term[down].sum())
    tally.promised_years = float((promised * law.by_mode["rotation.term_years"][units.mode]).sum())
    tally.n_rotated_backbone = int(teachers.is_backbone[teacher[down]].sum())
    tally.n_eligible = int(n_eligible.sum())
    tally.n_sent_unfunded = int((~paid).sum())
    tally.n_forced = int(forced.sum())
    tally.n_sent_senior = int(np.count_nonzero(teachers.title[teacher[down]] == 2))
    tally.sent_by_unit = np.bincount(unit[down], minlength=n_units)
    tally.moves = (teacher, source, destination, direction)
    return np.bincount(mode, minlength=law.n_modes + 1)
