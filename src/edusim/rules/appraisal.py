"""Z 值、捆绑考核、评优、职称: who is appraised how, who is rewarded, who is promoted; effort."""

from __future__ import annotations

import numpy as np

from edusim.equations import teachers as loops
from edusim.rules.context import Year


def rank_posts(year: Year) -> None:
    """Set the posts of each rank: shares of each school's staffing posts, by stage.

    A school starts from the ranks its teachers held in the base year, above or below the shares; the
    difference evens out by ``staffing.post_adjustment`` a year, as inherited posts do.
    """
    law, memory = year.law, year.memory
    junior = memory.junior_share
    senior = (1.0 - junior) * law["promotion.senior_share_primary"] + junior * law["promotion.senior_share_junior"]
    left = (1.0 - law["staffing.post_adjustment"]) ** max(0, year.year - memory.base_year)
    wanted = senior * memory.posts + left * memory.senior_inherited
    memory.senior_posts = np.maximum(np.floor(wanted + 0.5), 0).astype(np.int64)
    wanted = law["promotion.middle_share"] * memory.posts + left * memory.middle_inherited
    memory.middle_posts = np.maximum(np.floor(wanted + 0.5), 0).astype(np.int64)


def inherit_ranks(year: Year) -> None:
    """Note by how much the ranks held in the base year differ from the shares, by employer."""
    memory, teachers, n = year.memory, year.state.teachers, year.state.schools.n
    memory.senior_inherited = memory.middle_inherited = np.zeros(n)
    rank_posts(year)
    permanent = teachers.serving & ~teachers.is_substitute
    seniors = np.bincount(teachers.employer[permanent & (teachers.title == 2) & ~teachers.is_quota_free], minlength=n)
    middles = np.bincount(teachers.employer[permanent & (teachers.title == 1)], minlength=n)
    memory.senior_inherited = (seniors - memory.senior_posts).astype(np.float64)
    memory.middle_inherited = (middles - memory.middle_posts).astype(np.float64)
    rank_posts(year)


def compete_again(year: Year) -> None:
    """Let those who return with a rank outside the posts compete for one (S4 五(二), M-70).

    A free senior post of the core is taken, best appraisal first; who finds none is one rank lower and
    loses the pay of it.
    """
    state, law, memory = year.state, year.law, year.memory
    teachers, schools = state.teachers, state.schools
    back = memory.returned_rows
    if back.size == 0:
        return
    back = back[np.lexsort((teachers.id[back], -teachers.appraisal[back]))]
    on = teachers.serving & ~teachers.is_substitute & ~teachers.is_quota_free & (teachers.title == 2)
    free = memory.senior_posts - np.bincount(teachers.employer[on], minlength=schools.n)
    factor = (1.0 + law["pay.title_premium_middle"]) / (1.0 + law["pay.title_premium_senior"])
    for row in back:
        school = int(teachers.employer[row])
        teachers.is_quota_free[row] = False
        if free[school] > 0:
            free[school] -= 1
            year.records.add("recompete", "teacher", teachers.id[row], target=schools.id[school])
        else:
            teachers.title[row] = 1
            teachers.rank_years[row] = 0
            teachers.pay_yuan_year[row] *= factor
            year.records.add("lose_rank", "teacher", teachers.id[row], target=schools.id[school])


def appraise(year: Year) -> None:
    """Appraise teachers, name the excellent (M-72), set effort (M-114), and promote (M-58, M-67 to M-70, M-115)."""
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    teachers, schools = state.teachers, state.schools
    start, rows = loops.group_rows(teachers.post, teachers.serving, schools.n)
    years_in_rank = int(law["promotion.years_in_rank"])
    tally.n_excellent = loops.appraise(
        start, rows, teachers.id, teachers.quality, teachers.title, teachers.is_substitute, teachers.is_forced,
        teachers.term_left, teachers.rank_years, memory.quality_mean, memory.quality_sd, law["appraisal.noise_sd"],
        law["honours.excellent_share"], year.of_school("honours.excellent_bonus"),
        year.of_school("rotation.monitor_share"), years_in_rank, law["effort.promotion"], law["effort.reward"],
        law["effort.shirk"], year.key("appraisal.noise"), teachers.appraisal, teachers.excellent_years,
        teachers.effort,
    )  # fmt: skip
    start, rows = loops.group_rows(teachers.employer, teachers.serving, schools.n)
    promoted = np.zeros(teachers.n, np.int8)
    factor = np.array([1.0, 1.0 + law["pay.title_premium_middle"], 1.0 + law["pay.title_premium_senior"]])
    loops.promote(
        start, rows, teachers.id, teachers.title, teachers.is_substitute, teachers.is_quota_free,
        teachers.rank_years, teachers.weak_years, teachers.away_years, teachers.excellent_years, teachers.appraisal,
        teachers.post, teachers.pay_yuan_year, schools.zone, memory.senior_posts, memory.middle_posts,
        year.of_school("promotion.quota_free_years"), years_in_rank, int(law["promotion.weak_years_senior"]),
        factor, year.key("promotion.tie"), promoted,
    )  # fmt: skip
    for code, event in ((1, "promote"), (2, "promote_quota_free")):
        who = np.flatnonzero(promoted == code)
        year.records.add(event, "teacher", teachers.id[who], source=schools.id[teachers.post[who]], amount=teachers.title[who])
    tally.n_named = _name_backbone(year)
    tally.n_promoted = int((promoted > 0).sum())
    tally.n_quota_free = int((promoted == 2).sum())


def _name_backbone(year: Year) -> int:
    """Name new backbone teachers where others have left: the most often excellent, best appraisal first.

    The county keeps ``honours.backbone_share`` of the base year's backbone teachers, in proportion to
    its pupils; a teacher needs ``honours.backbone_years`` years appraised excellent. Returns how many.
    """
    state, law, memory = year.state, year.law, year.memory
    teachers = state.teachers
    permanent = teachers.serving & ~teachers.is_substitute
    pupils = float(memory.enrolment.sum()) / max(memory.base_pupils, 1.0)
    wanted = int(law["honours.backbone_share"] * memory.base_backbone * pupils + 0.5)
    free = wanted - int(np.count_nonzero(permanent & teachers.is_backbone))
    if free <= 0:
        return 0
    fit = np.flatnonzero(
        permanent & ~teachers.is_backbone & (teachers.excellent_years >= law["honours.backbone_years"])
    )
    order = np.lexsort((teachers.id[fit], -teachers.appraisal[fit], -teachers.excellent_years[fit]))
    named = fit[order[:free]]
    teachers.is_backbone[named] = True
    year.records.add("name_backbone", "teacher", teachers.id[named], source=state.schools.id[teachers.post[named]])
    return int(named.size)


def results(year: Year) -> None:
    """Set each school's Z, its pupils' mean of the highest stage it teaches against the county's, and its years on par."""
    state, tally, memory = year.state, year.tally, year.memory
    schools = state.schools
    stage = (memory.enrolment[6:].sum(axis=0) > 0).astype(np.int64)
    pick = (stage, np.arange(schools.n))
    n = tally.n_pupils[pick]
    mean = np.divide(tally.sum_achievement[pick], n, out=np.full(schools.n, np.nan), where=n > 0)
    tally.z_before = schools.z_score.copy()
    z = np.full(schools.n, np.nan)
    for level in (0, 1):
        rows = (stage == level) & (n > 0)
        if rows.any():
            # Z compares schools with the county in units of pupils' SD in the base year.
            z[rows] = mean[rows] - np.average(mean[rows], weights=n[rows])
    schools.z_score[:] = z
    member = schools.member_of >= 0
    on_par = member & (z >= 0.0)
    schools.years_on_par[:] = np.where(on_par, schools.years_on_par + 1, 0)
