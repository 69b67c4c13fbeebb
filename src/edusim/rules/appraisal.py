"""Z 值、捆绑考核、评优、职称: who is appraised how, who is rewarded, who is promoted; effort."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import draws
from edusim.equations import teachers as loops
from edusim.rules.context import Year

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    middle = np.maximum(np.floor(wanted + 0.5), 0).astype(np.int64)
    # Middle posts that went from one school to another for good (M-117); the county has as many as before.
    memory.middle_posts = np.maximum(middle + memory.middle_lent, 0)


def inherit_ranks(year: Year) -> None:
    """Note by how much the ranks held in the base year differ from the shares, by employer."""
    memory, teachers, n = year.memory, year.state.teachers, year.state.schools.n
    memory.senior_inherited = memory.middle_inherited = np.zeros(n)
    memory.middle_lent, memory.n_middle_pooled = np.zeros(n, np.int64), 0
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
    """Appraise teachers, name the excellent (M-72), set effort (M-114), and promote (M-58, M-67 to M-70, M-80, M-115, M-117)."""
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    teachers, schools = state.teachers, state.schools
    start, rows = loops.group_rows(appraised_at(year)[teachers.post], teachers.serving, schools.n)
    years_in_rank = int(law["promotion.years_in_rank"])
    tally.excellent_at = np.zeros(schools.n, np.int64)
    tally.n_excellent = loops.appraise(
        start, rows, teachers.id, teachers.quality, teachers.title, teachers.is_substitute, teachers.is_forced,
        teachers.term_left, teachers.rank_years, memory.quality_mean, memory.quality_sd, law["appraisal.noise_sd"],
        excellent_share(year), year.of_school("honours.excellent_bonus"), teachers.post,
        year.of_school("rotation.monitor_share"), years_in_rank, law["effort.promotion"], law["effort.reward"],
        law["effort.shirk"], year.key("appraisal.noise"), teachers.appraisal, teachers.excellent_years,
        teachers.effort, tally.excellent_at,
    )  # fmt: skip
    start, rows = loops.group_rows(teachers.employer, teachers.serving, schools.n)
    promoted, lent = np.zeros(teachers.n, np.int8), np.zeros(schools.n, np.int64)
    factor = np.array([1.0, 1.0 + law["pay.title_premium_middle"], 1.0 + law["pay.title_premium_senior"]])
    took_part = draws.uniform(
        year.seed, "promotion.exchange", year.year, teachers.id
    ) < exchange_share(year)[teachers.post]
    loops.promote(
        start, rows, teachers.id, teachers.title, teachers.is_substitute, teachers.is_quota_free,
        teachers.rank_years, teachers.weak_years, teachers.away_years, teachers.excellent_years, teachers.appraisal,
        teachers.employer, teachers.post, teachers.pay_yuan_year, schools.zone, memory.senior_posts,
        memory.middle_posts, year.of_school("promotion.quota_free_years"), years_in_rank,
        int(law["promotion.weak_years_senior"]), factor, year.key("promotion.tie"),
        np.where(took_part, year.of_school("promotion.exchange_weight")[teachers.post], 0.0),
        year.of_school("promotion.middle_pooled") > 0, promoted, lent,
    )  # fmt: skip
    memory.middle_lent = memory.middle_lent + lent
    for code, event in ((1, "promote"), (2, "promote_quota_free"), (3, "promote_pooled")):
        who = np.flatnonzero(promoted == code)
        year.records.add(event, "teacher", teachers.id[who], source=schools.id[teachers.post[who]], amount=teachers.title[who])
    tally.n_named = _name_backbone(year)
    tally.n_promoted = int((promoted > 0).sum())
    tally.n_quota_free = int((promoted == 2).sum())
    memory.n_middle_pooled += int((promoted == 3).sum())
    tally.n_promoted_took_part = int(np.count_nonzero((promoted > 0) & took_part))


def appraised_at(year: Year) -> NDArray[np.int32]:
    """Return int32 [schools]: where a school's teachers are appraised, their school or the first campus of the group.

    A group whose rules are one (``appraisal.unit_pooled``; M-86, M-89, M-128) counts the excellent over
    all its campuses: the better staff of the core then take places that were the members'.
    """
    units = year.units
    place = np.arange(year.state.schools.n, dtype=np.int32)
    pooled = year.of_unit("appraisal.unit_pooled") > 0
    campus = np.flatnonzero(units.unit_of_campus >= 0)
    unit = units.unit_of_campus[campus]
    campus, unit = campus[pooled[unit]], unit[pooled[unit]]
    place[campus] = units.campuses[units.campus_start[unit]]
    return place


def excellent_share(year: Year) -> NDArray[np.float64]:
    """Return float64 [schools]: the share appraised excellent, more in groups where places are tilted to them (S4 五(三))."""
    share: NDArray[np.float64] = year.law["honours.excellent_share"] + year.of_school("honours.group_bonus")
    return share


def exchange_share(year: Year) -> NDArray[np.float64]:
    """Return float64 [schools]: the share of teachers who took part in open lessons and cross-school teaching (M-80)."""
    return year.of_school("development.exchange_share")


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
    # Who has been excellent too seldom to come among the first is not ranked.
    at_least = np.cumsum(np.bincount(teachers.excellent_years[fit])[::-1])[::-1]  # how many with so many years or more
    fit = fit[teachers.excellent_years[fit] >= np.count_nonzero(at_least >= free) - 1]
    order = np.lexsort((teachers.id[fit], -teachers.appraisal[fit], -teachers.excellent_years[fit]))
    named = fit[order[:free]]
    teachers.is_backbone[named] = True
    year.records.add("name_backbone", "teacher", teachers.id[named], source=state.schools.id[teachers.post[named]])
    return int(named.size)


def results(year: Year) -> None:
    """Set each school's Z, its pupils' mean of the highest stage it teaches against the county's, and its years on par.

    ``tally.z`` and ``tally.z_before`` are this year's and last year's Z as schools are judged by it. Where
    ``reward.z_by_zone`` holds that is within education districts, the kind of place standing for the
    district, and a core counts in the district of its members (S4 五(五), M-90); both years are reckoned in
    the same way, so that the change of accounting is nobody's progress. Then groups are appraised.
    """
    state, tally, memory = year.state, year.tally, year.memory
    schools = state.schools
    stage = (memory.enrolment[6:].sum(axis=0) > 0).astype(np.int64)
    pick = (stage, np.arange(schools.n))
    n = tally.n_pupils[pick]
    mean = np.divide(tally.sum_achievement[pick], n, out=np.full(schools.n, np.nan), where=n > 0)
    z = np.full(schools.n, np.nan)
    for level in (0, 1):
        rows = (stage == level) & (n > 0)
        if rows.any():
            # Z compares schools with the county in units of pupils' SD in the base year.
            z[rows] = mean[rows] - _weighted_mean(mean[rows], n[rows])
    tally.z, tally.z_before = z, schools.z_score.copy()
    if year.law["reward.z_by_zone"]:
        district = _districts(year)
        tally.z = z - _district_mean(z, n, stage, district)
        tally.z_before = tally.z_before - _district_mean(tally.z_before, getattr(memory, "z_pupils", n), stage, district)
    memory.z_pupils = n.copy()
    schools.z_score[:] = z
    member = schools.member_of >= 0
    on_par = member & (z >= 0.0)
    schools.years_on_par[:] = np.where(on_par, schools.years_on_par + 1, 0)
    _appraise_groups(year)


def _districts(year: Year) -> NDArray[np.int64]:
    """Return int64 [schools]: the kind of place that stands for the education district; a core has its members'."""
    units, district = year.units, year.state.schools.zone.astype(np.int64)
    acts = (units.mode > 0) & (units.core >= 0)
    place = units.unit_of_member[units.members] * 4 + district[units.members]
    most = np.bincount(place, minlength=4 * units.core.size).reshape(-1, 4).argmax(axis=1)
    district[units.core[acts]] = most[acts]
    return district


def _weighted_mean(values: NDArray[np.float64], weights: NDArray[np.int64]) -> float:
    """Return what ``np.average`` does, which checks its arguments for longer than it reckons."""
    return float(np.multiply(values, weights).sum() / weights.sum())


def _district_mean(
    z: NDArray[np.float64], n: NDArray[np.int64], stage: NDArray[np.int64], district: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return float64 [schools]: the mean of Z over the pupils of the own district and stage, 0 where there is none."""
    mean = np.zeros(8)
    cell = stage * 4 + district
    known = np.flatnonzero(np.isfinite(z) & (n > 0))
    of, value, pupils = cell[known], z[known], n[known]
    for here in range(8):
        rows = of == here
        if rows.any():
            mean[here] = _weighted_mean(value[rows], pupils[rows])
    return np.asarray(mean[cell])


def _appraise_groups(year: Year) -> None:
    """Appraise every group by level and growth of Z, and say which are excellent (S1 六(六), M-85; S4 五(四), M-77).

    A group's score is ``(1 - w) level + w growth``: the mean Z of core and members, and its rise over
    last year, each in SD over the county's schools so that the weight counts them alike. Pairs under the
    law are appraised too; excellent are the best ``appraisal.excellent_group_share`` of all groups.
    ``memory.group_score`` keeps the score, NaN without results.

    Where a core chooses the projects it is judged by (``appraisal.self_selected``, S4 附1三(五), M-84), what
    counts as growth is the best of its projects as measured, each the true rise of its members' Z plus an error
    of its own: success is reported upward. ``tally.true_progress`` and ``tally.reported_progress`` keep both.
    """
    state, tally, memory, units = year.state, year.tally, year.memory, year.units
    z = tally.z
    rise = z - tally.z_before
    n_groups = state.groups.n
    score, growth = np.full(n_groups, np.nan), np.full(n_groups, np.nan)
    spread = [float(np.std(x[np.isfinite(x)])) if np.isfinite(x).any() else 0.0 for x in (z, rise)]
    weight = year.of_unit("appraisal.growth_weight")
    campus_unit = np.repeat(np.arange(units.core.size), np.diff(units.campus_start))
    level, pace = (
        np.nan_to_num(_mean_by(x[units.campuses], campus_unit, units.core.size) / s) if s > 0 else np.zeros(units.core.size)
        for x, s in zip((z, rise), spread, strict=True)
    )
    gain = np.nan_to_num(_mean_by(rise[units.members], units.unit_of_member[units.members], units.core.size))
    flattery = _flattery(year)
    pace = pace + (flattery / spread[1] if spread[1] > 0 else 0.0)
    judged = np.bincount(campus_unit[np.isfinite(z[units.campuses])], minlength=units.core.size) > 0
    # A group may hold a second unit, of members left to the law: the one that acts stands for the group.
    stands = judged & ((units.mode > 0) | (np.bincount(units.group[units.mode > 0], minlength=n_groups)[units.group] == 0))
    rows = units.group[stands]
    score[rows] = ((1.0 - weight) * level + weight * pace)[stands]
    growth[rows] = _mean_by(rise[units.members], units.unit_of_member[units.members], units.core.size)[stands]
    known = np.isfinite(score)
    line = np.quantile(score[known], 1.0 - year.law["appraisal.excellent_group_share"]) if known.any() else np.inf
    memory.group_score, tally.group_growth = score, growth
    with np.errstate(invalid="ignore"):
        memory.group_excellent = known & (score >= line)
    excellent = np.zeros(state.schools.n, bool)
    acts = (units.mode > 0) & memory.group_excellent[units.group]
    excellent[units.campuses[acts[campus_unit]]] = True
    tally.in_excellent_group = excellent
    tally.n_excellent_groups = int(np.count_nonzero(acts & stands))
    acting = stands & (units.mode > 0)
    tally.true_progress = float(gain[acting].mean()) if acting.any() else np.nan
    tally.reported_progress = float((gain + flattery)[acting].mean()) if acting.any() else np.nan
    best = memory.group_excellent[units.group]
    paces = [pace[stands & rows] * spread[1] for rows in (best, ~best)]
    tally.excellent_growth = float(paces[0].mean() - paces[1].mean()) if all(x.size for x in paces) else np.nan


def _flattery(year: Year) -> NDArray[np.float64]:
    """Return float64 [units]: by how much the chosen project's measured effect lies above the true one, SD (clauses.md, trap 9)."""
    law, units = year.law, year.units
    chooses = (year.of_unit("appraisal.self_selected") > 0) & (units.mode > 0)
    out = np.zeros(units.core.size)
    if chooses.any():
        ids = units.id[chooses]
        errors = [draws.normal(year.seed, "appraisal.project", year.year, ids, k=k) for k in range(int(law["appraisal.projects"]))]
        out[chooses] = law["appraisal.project_noise_sd"] * np.max(errors, axis=0)
    return out


def _mean_by(values: NDArray[np.float64], of: NDArray[np.integer[Any]], n: int) -> NDArray[np.float64]:
    """Return float64 [n]: the mean of the known values by ``of``, NaN where there is none."""
    known = np.isfinite(values)
    count = np.bincount(of[known], minlength=n)
    total = np.bincount(of[known], values[known], n)
    mean = np.full(n, np.nan)
    np.divide(total, count, out=mean, where=count > 0)
    return mean
