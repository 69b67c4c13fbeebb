"""Who teaches where: posts, gaps, substitutes, quality, rotation, who left and who stayed, hours given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.measures.official import BACKBONE_LIMIT, ROTATION_LIMIT
from edusim.measures.registry import Measure, county, divide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_ITEM_11 = "教督〔2017〕6号, government support item 11"
_GAPS = (("pe", "体育", "PE"), ("art", "美术", "art"), ("music", "音乐", "music"))


def _declared() -> tuple[Measure, ...]:
    quality = "pupil SD/year"
    found = [
        county("staffing.posts", "教师编制数", "staffing posts", "posts", "none", "sum over schools", _MODEL),
        county("staffing.posts_used", "已用编制数", "staffing posts used", "posts", "none", "posts less vacant posts",
               _MODEL),
        county("staffing.posts_vacant", "空编数", "staffing posts vacant", "posts", "down", "sum over schools", _MODEL),
        county("staffing.vacancy_share", "空编率", "share of posts vacant", "share", "down", "vacant posts over posts",
               _MODEL),
        county("staffing.surplus", "超编教师数", "teachers above posts", "teachers", "down",
               "teachers employed beyond the school's staffing posts, summed over schools", _MODEL),
        county("staffing.reassigned", "超编调剂教师数", "teachers reassigned from above posts", "teachers", "none",
               "teachers above posts who moved to a free post of their subject this year", _MODEL),
        Measure("staffing.posts_vacant_zone", "空编数（按城乡类型）", "staffing posts vacant by kind of place", "posts",
                "zone", "down", "sum over the schools of the place", _MODEL, ("all",), "zone"),
        county("staffing.pupils_per_teacher", "生师比", "pupils per teacher", "pupils/teacher", "down",
               "pupils over teachers who serve", _MODEL),
        county("staffing.substitutes", "代课教师数", "substitutes", "teachers", "down", "sum over schools", _MODEL),
        county("staffing.substitute_share", "代课教师比例", "share of substitutes", "share", "down",
               "substitutes over teachers who serve", _MODEL),
    ]  # fmt: skip
    for key, zh, en in _GAPS:
        found.append(
            county(f"staffing.subject_gap.{key}", f"没有专任{zh}教师（含走教）的班级数", f"classes without a {en} teacher, own or visiting",
                   "classes", "down", "sum over schools", _MODEL)
        )  # fmt: skip
    found += [
        county("staffing.subject_gap_share", "音体美专任教师缺口比例", "share of PE, art and music lessons without a teacher",
               "share", "down", "classes without own PE, art or music teacher, over three times the classes", _MODEL),
        county("staffing.quality_mean", "教师平均质量", "mean teacher quality", quality, "up",
               "mean over teachers where they teach", _MODEL),
        county("staffing.quality_sd", "学校教师平均质量标准差", "SD of schools' mean teacher quality", quality, "down",
               "SD of school mean quality, weighted by teachers", _MODEL),
        county("staffing.quality_cv", "学校教师平均质量差异系数", "CV of schools' mean teacher quality", "ratio", "down",
               "SD of school mean quality over (1 + county mean quality): quality is measured from the base year's "
               "county mean 0, the index 1 + quality makes the ratio meaningful", _MODEL),
        county("staffing.quality_gap", "核心校与成员校教师质量差距", "core-member gap of teacher quality", quality, "down",
               "mean quality of teachers in base-year core schools less that in base-year member schools", _MODEL),
        county("staffing.rotation_share_eligible", "年交流比例（占符合交流条件教师）",
               "rotation share, of eligible teachers", "share", "up", "teachers sent this year over eligible teachers",
               _ITEM_11, ROTATION_LIMIT),
        county("staffing.rotation_share_member", "年交流比例（占成员校在职教师）",
               "rotation share, of member schools' staff", "share", "up",
               "teachers sent this year over serving staff of member schools", "community plan 四(五)", ROTATION_LIMIT),
        county("staffing.rotation_backbone_share", "交流教师中骨干教师比例", "backbone share of those sent", "share", "up",
               "backbone teachers sent this year over teachers sent this year", _ITEM_11, BACKBONE_LIMIT),
        county("staffing.rotation_meets_item", "交流轮岗达标", "rotation item met", "yes/no", "up",
               "1 when at least 10 % of eligible teachers are sent and at least 20 % of them are backbone, else 0",
               _ITEM_11),
        county("staffing.rotation_stock_eligible", "在外交流教师比例（占符合交流条件教师）",
               "teachers away, of eligible teachers", "share", "none", "persons away now over eligible teachers", _MODEL),
        county("staffing.rotation_stock_member", "在外交流教师比例（占成员校在职教师）",
               "teachers away, of member schools' staff", "share", "none",
               "persons away now over serving staff of member schools", _MODEL),
        county("staffing.rotation_eligible", "符合交流条件教师数", "teachers eligible for rotation", "teachers", "none",
               "teachers who have served the years the clause asks for, and are not exempt", _MODEL),
        county("staffing.rotation_promised", "应交流人数", "rotation promised", "teachers", "none",
               "persons the clauses require to be sent this year", _MODEL),
        county("staffing.rotation_delivered", "实际交流人数", "rotation delivered", "teachers", "up",
               "persons sent this year", _MODEL),
        county("staffing.rotation_delivered_share", "交流兑现率", "rotation delivered of promised", "share", "up",
               "persons sent over persons promised", _MODEL),
        county("staffing.rotation_promised_years", "应交流人年", "rotation promised, teacher-years", "teacher-years", "none",
               "persons promised this year times the years of their term (mean term over groups unless counted)", _MODEL),
        county("staffing.rotation_delivered_years", "实际交流人年", "rotation delivered, teacher-years", "teacher-years",
               "up", "persons sent this year times the years of their term (mean term over groups unless counted)",
               _MODEL),
        county("staffing.rotation_years_served", "本年交流服务人年", "teacher-years served away this year",
               "teacher-years", "up", "persons away now, one year each", _MODEL),
        county("staffing.rotation_quality", "交流教师平均质量", "mean quality of those sent", quality, "up",
               "sum of quality over persons sent this year", _MODEL),
        county("staffing.rotation_quality_sum", "交流教师质量总量", "quality sent", quality, "up",
               "sum of quality of the persons sent this year", _MODEL),
        county("staffing.leavers", "离职人数", "teachers who left", "teachers", "down", "persons who left the service",
               _MODEL),
        county("staffing.leaver_share", "离职率", "share of teachers who left", "share", "down",
               "leavers over leavers and stayers", _MODEL),
        county("staffing.moved_up_share", "向上流动率", "share of teachers who moved to a better-placed school", "share", "down",
               "moves to a school in a better-placed zone, not by rotation, over leavers and stayers", _MODEL),
        county("staffing.moved_down_share", "向下流动率", "share of teachers who moved to a worse-placed school", "share", "none",
               "moves of their own will to a school in a worse-placed zone, over leavers and stayers", _MODEL),
        county("staffing.changed_school_share", "自愿调动率", "share of teachers who changed school of their own will", "share", "down",
               "moves to any other school, not by rotation or reassignment, over leavers and stayers", _MODEL),
        county("staffing.leaver_quality", "离职教师平均质量", "mean quality of leavers", quality, "none",
               "sum of quality over leavers", _MODEL),
        county("staffing.stayer_quality", "留任教师平均质量", "mean quality of stayers", quality, "up",
               "sum of quality over stayers", _MODEL),
        county("staffing.leaver_quality_gap", "留任与离职教师质量差", "quality of stayers less leavers", quality, "up",
               "mean quality of stayers less that of leavers", _MODEL),
        county("staffing.leaver_backbone_share", "离职教师中骨干比例", "backbone share of leavers", "share", "down",
               "backbone leavers over leavers", _MODEL),
        county("staffing.backbone_kept_share", "骨干教师保留率", "share of backbone teachers kept", "share", "up",
               "1 less backbone leavers over backbone teachers at the start of the year", _MODEL),
        county("leadership.management_gap", "核心校与成员校管理质量差距", "core-member gap of management", "SD", "down",
               "mean management of base-year core schools less that of base-year member schools", _MODEL),
        county("leadership.management", "成员校平均管理质量", "management of member schools", "SD", "up",
               "mean over base-year member schools", _MODEL),
        county("leadership.climate", "平均工作氛围", "working climate", "SD", "up", "mean over schools", _MODEL),
        county("staffing.leader_hours_planned", "干部计划投入时数", "leaders' hours planned", "hours/year", "none",
               "hours the clauses plan for members", _MODEL),
        county("staffing.leader_hours_given", "干部实际投入时数", "leaders' hours given", "hours/year", "up",
               "hours leaders really had for members", _MODEL),
        county("staffing.leader_hours_share", "干部投入兑现率", "leaders' hours given of planned", "share", "up",
               "hours given over hours planned", _MODEL),
        county("staffing.expert_hours", "专家型教师投入时数", "expert hours", "hours/year", "up",
               "hours of core backbone teachers given to members", _MODEL),
    ]  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's staffing measures for the county."""
    t = year.tally
    county_sums = year.school_sums
    posts, vacant = county_sums["n_posts"], county_sums["n_vacant"]
    serving, substitutes = county_sums["n_serving"], county_sums["n_substitutes"]
    gaps = t.subject_gap.sum(axis=1).tolist()
    placed, quality = t.n_placed, t.sum_quality
    teachers = county_sums["n_placed"]
    mean = divide(county_sums["sum_quality"], teachers)
    off = quality / placed
    off -= mean
    off *= off
    off *= placed
    sd = divide(float(np.where(placed > 0, off, 0.0).sum()), teachers) ** 0.5
    of_set = year.set_quality
    eligible, members = float(t.n_eligible), float(t.n_member_staff)
    promised, sent, away = float(t.promised), float(t.delivered), float(t.stock_away)
    share, backbone = divide(sent, eligible), divide(float(t.n_rotated_backbone), sent)
    promised_years, delivered_years = _teacher_years(year, promised, sent)
    left, stayed, left_backbone = float(t.left_n), float(t.stayed_n), float(t.left_backbone)
    left_quality, stayed_quality = divide(float(t.left_quality_sum), left), divide(float(t.stayed_quality_sum), stayed)
    planned, given = float(t.leader_hours_planned), float(t.leader_hours_given)
    found = {
        "posts": posts,
        "posts_used": posts - vacant,
        "posts_vacant": vacant,
        "vacancy_share": divide(vacant, posts),
        "surplus": float(np.maximum(t.n_teachers - t.n_posts, 0).sum()),
        "reassigned": float(getattr(t, "n_reassigned", 0)),
        "pupils_per_teacher": divide(year.n_sums[2], serving),
        "substitutes": substitutes,
        "substitute_share": divide(substitutes, serving),
        "subject_gap_share": divide(sum(gaps), len(_GAPS) * float(year.stage_sums[7, 2])),
        "quality_mean": mean,
        "quality_sd": sd,
        "quality_cv": divide(sd, 1.0 + mean),
        "quality_gap": of_set[0] - of_set[1],
        "rotation_share_eligible": share,
        "rotation_share_member": divide(sent, members),
        "rotation_backbone_share": backbone,
        "rotation_meets_item": rotation_meets_item(share, backbone),
        "rotation_stock_eligible": divide(away, eligible),
        "rotation_stock_member": divide(away, members),
        "rotation_eligible": eligible,
        "rotation_promised": promised,
        "rotation_delivered": sent,
        "rotation_delivered_share": divide(sent, promised),
        "rotation_promised_years": promised_years,
        "rotation_delivered_years": delivered_years,
        "rotation_years_served": away,
        "rotation_quality": divide(float(t.delivered_quality), sent),
        "rotation_quality_sum": float(t.delivered_quality),
        "leavers": left,
        "leaver_share": divide(left, left + stayed),
        "moved_up_share": divide(float(getattr(t, "n_moved_up", 0)), left + stayed),
        "moved_down_share": divide(float(getattr(t, "n_moved_down", 0)), left + stayed),
        "changed_school_share": divide(float(getattr(t, "n_changed_school", 0)), left + stayed),
        "leaver_quality": left_quality,
        "stayer_quality": stayed_quality,
        "leaver_quality_gap": stayed_quality - left_quality,
        "leaver_backbone_share": divide(left_backbone, left),
        "backbone_kept_share": 1.0 - divide(left_backbone, float(t.n_backbone_before)),
        "leader_hours_planned": planned,
        "leader_hours_given": given,
        "leader_hours_share": divide(given, planned),
        "expert_hours": float(t.expert_hours_given),
    }
    out = {f"staffing.{name}": [value] for name, value in found.items()}
    for (key, _, _), gap in zip(_GAPS, gaps, strict=True):
        out[f"staffing.subject_gap.{key}"] = [gap]
    schools = year.schools
    there = year.is_open
    core = _mean(schools.management[schools.is_core_base & there])
    member = _mean(schools.management[schools.is_member_base & there])
    out["leadership.management"], out["leadership.management_gap"] = [member], [core - member]
    out["leadership.climate"] = [_mean(schools.climate[there])]
    out["staffing.posts_vacant_zone"] = np.bincount(year.schools.zone, t.n_vacant, 4).tolist()
    return out


def _mean(values: NDArray[np.float64]) -> float:
    return divide(float(values.sum()), values.size)


def rotation_meets_item(share_eligible: float, backbone_share: float) -> float:
    """Return 1.0 when at least 10 % of eligible teachers rotate and at least 20 % of them are backbone.

    Parameters
    ----------
    share_eligible
        Teachers sent this year over eligible teachers; NaN without eligible teachers.
    backbone_share
        Backbone teachers over teachers sent; NaN when nobody was sent.

    Returns
    -------
    float
        1.0 or 0.0 (equal passes); NaN when there are no eligible teachers.
    """
    if share_eligible != share_eligible:
        return float("nan")
    return float(share_eligible >= ROTATION_LIMIT - 1e-12 and backbone_share >= BACKBONE_LIMIT - 1e-12)


def _teacher_years(year: Year, promised: float, sent: float) -> tuple[float, float]:
    """Return promised and delivered teacher-years: as counted by the tally, else persons times the mean term."""
    t = year.tally
    if hasattr(t, "promised_years") and hasattr(t, "delivered_years"):
        return float(t.promised_years), float(t.delivered_years)
    terms = getattr(year.law, "by_mode", {}).get("rotation.term_years")
    if terms is None:
        return float("nan"), float("nan")
    by_mode = np.asarray(terms, dtype=np.float64)
    is_active = year.members_of_group > 0
    term = float(by_mode[year.groups.mode[is_active]].mean()) if is_active.any() else float(by_mode[0])
    return promised * term, sent * term
