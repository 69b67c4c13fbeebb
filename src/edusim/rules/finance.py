"""专项经费、倾斜、特岗津贴、奖补: where each yuan goes; nothing is spent twice.

The fund of the year is committed before anything acts: place allowances, then cover for onboarding, rotation,
leaders' posts and contracts of trustees, short exchanges, joint work, leaders' hours, what groups share,
rewards. S4's fifty million is a floor (M-118): what is left goes to equipment, buildings and projects, tilted
to members (M-93). Groups may have a fund of their own, earmarked for joint work and training (M-94), which
pays those lines first. The yearly appraisal pool is part of teachers' pay: it is shared out here, and stands
in no account of the programme (M-77, M-87).
"""

from __future__ import annotations

import numpy as np

from edusim.rules.context import Year


def commit(year: Year) -> None:
    """Commit the rise of the place allowances, the first line of the fund (S4 五(六), M-65, M-66, M-119).

    Paid to all teachers of the place, newcomers and stayers alike; where the fund is too small every
    allowance is paid in part.
    """
    law, memory, state = year.law, year.memory, year.state
    teachers = state.teachers
    new = np.array([0.0, law["allowance.b_yuan_month"] * 12.0, law["allowance.a_yuan_month"] * 12.0])
    rise = new - memory.old_allowance
    people = np.bincount(state.schools.allowance_class[teachers.post[teachers.serving]], minlength=3)
    asked = float((rise * people).sum())
    memory.allowance_paid_share = year.ledger.pay("allowance", asked) if asked > 0 else 1.0


def acting_groups(year: Year) -> tuple[np.ndarray, np.ndarray]:
    """Return the units that act under a mode (int64 rows of the units), and the rows of their groups."""
    units = np.flatnonzero(year.units.mode > 0)
    return units, year.units.group[units]


def fund_groups(year: Year) -> None:
    """Give every acting group its own fund, and pay for training bases at cores (S2 四2, M-94; S3 五4, M-81).

    The funds are earmarked for the lines of :data:`edusim.rules.context.EARMARKED`, pay those before the
    county's fund does, and lapse where they are not spent; so does the reward fund, which is set up apart. The
    groups' own funds grow by ``finance.fund_growth`` a year, as the county's fund does (S5 六(二)). A base is
    paid where the core stands in the county.
    """
    units, groups = acting_groups(year)
    granted = year.of_unit("finance.group_fund_yuan")[units] * year.growth
    year.ledger.purse["groups"] = float(granted.sum())
    # The reward fund is set up apart from the money for activities (S5 四(三)5, M-95), for every acting group.
    year.ledger.purse["reward"] = float(year.of_unit("finance.group_reward_yuan")[units].sum())
    ids = year.state.groups.id
    year.records.add("group_fund", "group", ids[groups[granted > 0]], amount=granted[granted > 0])
    bases = year.of_unit("finance.training_base_yuan")[units[year.units.core[units] >= 0]]
    year.ledger.pay("training_base", float(bases.sum()))


def reward(year: Year) -> None:
    """Reward members and cores (S4 五(五)), excellent groups (S5 四(三)5), heads (S2 六3); share the pool (S4 五(四))."""
    _reward_progress(year)
    _reward_groups(year)
    units, _ = acting_groups(year)
    # A higher grade of the bonus is pay: it comes out of the appraisal pool (奖励性绩效、地方绩效奖).
    raises = (year.of_unit("reward.head_pay_factor")[units] - 1.0) * year.law["finance.principal_bonus_yuan"]
    year.tally.pool_heads = min(float(raises.sum()), year.appraisal_pool() - year.tally.pool_bonus)
    year.ledger.pay_ordinary("head_pay", year.tally.pool_heads)
    year.tally.reward_pool = share_pool(year)


def share_pool(year: Year) -> np.ndarray:
    """Return float64 [schools]: the yearly appraisal reward pool, shared out (S4 五(四), M-77; S3 四9, M-87).

    The county's pool is so many yuan a staffing post; bonuses of rotating teachers and the grades of group
    heads come out of it first (M-78, M-79). Schools get the rest by posts and points: 100 for
    every school, more by the bonus points for joining a group; schools of groups appraised excellent get
    the tilt on top. The pool stays what it is: who gets more takes it from the others. It is ordinary
    money and nothing follows from it but yuan.
    """
    posts = year.memory.posts.astype(np.float64)
    pool = year.appraisal_pool() - getattr(year.tally, "pool_bonus", 0.0) - getattr(year.tally, "pool_heads", 0.0)
    points = 100.0 + np.where(year.mode_of_school > 0, year.of_school("appraisal.join_bonus_points"), 0.0)
    tilt = np.where(year.tally.in_excellent_group, year.of_school("reward.pool_tilt"), 0.0)
    weight = posts * points * (1.0 + tilt)
    total = float(weight.sum())
    return pool * weight / total if total > 0 else np.zeros(posts.size)


def _reward_groups(year: Year) -> None:
    """Reward acting groups that are appraised excellent and whose members progressed (S5 四(三)5, M-95)."""
    units, groups = acting_groups(year)
    worthy = year.memory.group_excellent[groups] & (np.nan_to_num(year.tally.group_growth[groups]) > 0.0)
    amount = np.where(worthy, year.of_unit("finance.group_reward_yuan")[units], 0.0)
    due = np.flatnonzero(amount > 0.0)
    paid = due[year.ledger.pay_each("group_reward", amount[due])]
    year.tally.n_rewarded_groups = int(paid.size)
    year.records.add("reward_group", "group", year.state.groups.id[groups[paid]], amount=amount[paid])


def _reward_progress(year: Year) -> None:
    """Reward members' progress and cores' quality (S4 五(五), M-74, M-75).

    A member whose Z rises by the threshold gets money for each graduating class; a core that is itself
    among the best gets its award, times the factor only if a member of its has risen too. Z is
    relative, so an award can be due to chance: ``tally.n_rewarded`` counts them.
    """
    law, tally, memory, units = year.law, year.tally, year.memory, year.units
    schools = year.state.schools
    per_class = law["reward.per_class_yuan"]
    threshold = law["reward.z_threshold_points"] / law["reward.z_points_per_sd"]
    rise = tally.z - tally.z_before
    with np.errstate(invalid="ignore"):
        rises = (rise >= threshold) & np.isfinite(rise)
    last_grade = np.where(memory.enrolment[8] > 0, 8, 5)
    classes = memory.n_classes[last_grade, np.arange(schools.n)]
    member = year.is_policy_member
    due = np.flatnonzero(member & rises & (classes > 0) & (per_class > 0))
    amount = per_class * classes[due].astype(float)
    paid = year.ledger.pay_each("reward", amount)
    tally.n_rewarded = int(paid.sum())
    year.records.add("reward_member", "school", schools.id[due[paid]], amount=amount[paid])
    tally.n_core_awards = 0
    lead = np.flatnonzero((units.mode > 0) & (units.core >= 0))
    if lead.size == 0 or per_class <= 0:
        return
    z = tally.z
    known = np.isfinite(z)
    line = np.quantile(z[known], 1.0 - law["reward.core_award_share"]) if known.any() else np.inf
    risen = np.bincount(units.unit_of_member[np.flatnonzero(member & rises)], minlength=units.core.size)[lead] > 0
    wins = known[units.core[lead]] & (z[units.core[lead]] >= line)
    award = law["reward.core_award_yuan"]
    # The award itself is the ordinary budget's; the fund pays what the factor adds.
    year.ledger.pay_ordinary("reward", award * float(wins.sum()))
    extra = np.flatnonzero(wins & risen)
    costs = np.full(extra.size, award * (law["reward.core_factor"] - 1.0))
    paid = year.ledger.pay_each("reward", costs)
    tally.n_core_awards = int(paid.sum())
    year.records.add("reward_core", "school", schools.id[units.core[lead[extra[paid]]]], amount=costs[paid])


def pool(year: Year) -> None:
    """Set each school's operating funds a pupil: base, last year's projects, pooled in a merged school (M-05)."""
    memory, units = year.memory, year.units
    schools = year.state.schools
    n = np.maximum(memory.enrolment.sum(axis=0), 1).astype(float)
    operating = schools.operating_yuan_pupil + memory.project_yuan / n
    if units.core.size:
        unified = (year.of_unit("groups.finance_unified") > 0) & (units.core >= 0)
        unit = np.repeat(np.arange(units.core.size), np.diff(units.campus_start))
        here = unified[unit]
        campus, unit = units.campuses[here], unit[here]
        money = np.bincount(unit, operating[campus] * n[campus], units.core.size)
        pupils = np.bincount(unit, n[campus], units.core.size)
        operating[campus] = money[unit] / pupils[unit]
    memory.operating = operating


def invest(year: Year) -> None:
    """Spend what is left of the fund on projects, equipment, rooms, buildings and sports (M-92, M-93, M-118).

    Members get ``finance.member_tilt`` of it, the other schools the rest, by pupils; of what members get,
    ``finance.results_weight`` is split by results, pupils times the rise of Z (M-123, M-124), where any
    of them has risen. Equipment loses
    its value over ``finance.equipment_life_years``; the ordinary budget replaces
    ``finance.replacement_share`` of that. Project money runs schools next year.
    """
    law, memory = year.law, year.memory
    schools = year.state.schools
    wear = (1.0 - law["finance.replacement_share"]) / law["finance.equipment_life_years"]
    schools.equipment_yuan *= 1.0 - wear
    n = memory.enrolment.sum(axis=0).astype(float)
    n = np.where(schools.is_private, 0.0, n)
    member = year.is_policy_member
    memory.project_yuan = np.zeros(schools.n)
    left = year.ledger.left if np.isfinite(year.ledger.fund) else 0.0
    if left <= 0.0 or n.sum() <= 0:
        return
    tilt = law["finance.member_tilt"] if (n * member).sum() > 0 else 0.0
    if (n * ~member).sum() <= 0:
        tilt = 1.0
    share = np.zeros(schools.n)
    for rows, part in ((member, tilt), (~member, 1.0 - tilt)):
        total = float((n * rows).sum())
        if total > 0 and part > 0:
            share += part * n * rows / total
    with np.errstate(invalid="ignore"):
        progress = np.where(member, n * np.maximum(np.nan_to_num(year.tally.z - year.tally.z_before), 0.0), 0.0)
    by_results = law["finance.results_weight"] if progress.sum() > 0 else 0.0
    if by_results > 0.0:
        split = (1.0 - by_results) * share + by_results * tilt * progress / progress.sum()
        share = np.where(member, split, share)
    money = left * share
    to_members = float(money[member].sum())
    year.tally.progress_money_share = float(money[progress > 0].sum()) / to_members if to_members > 0 else np.nan
    equipment_share, building_share = law["finance.equipment_share"], law["finance.building_share"]
    scale = max(1.0, equipment_share + building_share)
    equipment, building = money * equipment_share / scale, money * building_share / scale
    rooms, sports = equipment * law["finance.room_share"], building * law["finance.sports_share"]
    equipment, building = equipment - rooms, building - sports
    project = money - equipment - rooms - building - sports
    schools.equipment_yuan += equipment
    schools.rooms += rooms / law["finance.room_yuan"]
    schools.buildings_m2 += building / law["finance.building_yuan_m2"]
    schools.sports_m2 += sports / law["finance.sports_yuan_m2"]
    memory.project_yuan = project
    for line, amount in (
        ("projects", project), ("equipment", equipment), ("rooms", rooms), ("buildings", building), ("sports", sports),
    ):  # fmt: skip
        year.ledger.pay(line, float(amount.sum()))
    year.records.add("purchase", "school", schools.id[money > 0], amount=money[money > 0])


def is_recurrent(line: str) -> bool:
    """Return whether a line of the accounts comes back every year."""
    from edusim.rules.context import LINES

    return LINES[line][0]
