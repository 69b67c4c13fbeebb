"""What appraisal, honours and promotion give to whom, and who goes willingly: counts and shares, no effect on learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.measures.registry import Measure, county, divide

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_NAN = float("nan")


def _declared() -> tuple[Measure, ...]:
    return (
        county("staffing.rotation_volunteer_share", "交流教师中自愿者比例", "volunteers among those sent", "share", "up",
               "teachers sent down this year who were willing, over teachers sent down", _MODEL),
        county("staffing.rotation_senior_share", "交流教师中高级教师比例", "senior ranks among those sent", "share", "none",
               "teachers of senior rank sent down this year over teachers sent down", _MODEL),
        county("staffing.rotation_stay_on", "期满后继续在山区任教人数", "teachers who go on in the mountains after their term",
               "teachers", "none", "teachers whose term has ended and who serve a further year for the sake of a rank", _MODEL),
        county("staffing.rotation_returned", "期满归队人数", "teachers who returned at the end of their term", "teachers", "none",
               "teachers on rotation who went back to their school this year", _MODEL),
        county("staffing.held_at_members", "成员校占用编制数", "staffing posts held at member schools", "posts", "none",
               "teachers whose staffing post is at a base-year member school", _MODEL),
        county("staffing.rural_service_years", "教师平均乡村（薄弱校）任教年限", "mean years served in weak or rural schools", "years",
               "none", "mean over teachers with a staffing post of the years that count for promotion", _MODEL),
        county("staffing.promoted_quota_free", "不占岗位数晋升高级人数", "promoted to senior rank outside the posts", "teachers",
               "none", "persons this year", _MODEL),
        county("appraisal.true_progress", "教共体成员校进步（真实）", "progress of groups' members, as it is", "SD", "up",
               "mean over acting groups of the rise of their members' Z", _MODEL),
        county("appraisal.reported_progress", "教共体成员校进步（上报）", "progress of groups' members, as reported", "SD", "none",
               "the same, as the projects show by which groups are appraised; where the core chooses them, the best", _MODEL),
        county("appraisal.reported_bias", "上报进步高出真实进步", "reported progress above the true one", "SD", "down",
               "reported less true", _MODEL),
        county("appraisal.excellent_share", "考核优秀教师比例", "share of teachers appraised excellent", "share", "none",
               "teachers appraised excellent over teachers who serve with a staffing post", _MODEL),
        county("appraisal.excellent_share_members", "成员校考核优秀教师比例", "share appraised excellent at member schools",
               "share", "none", "the same, of teachers who serve at base-year member schools", _MODEL),
        county("appraisal.excellent_uneven", "各校优秀比例的标准差", "SD of schools' shares appraised excellent", "share", "none",
               "SD over schools of the share appraised excellent, weighted by teachers", _MODEL),
        county("appraisal.excellent_groups", "考核优秀的教共体数", "groups appraised excellent", "groups", "none",
               "acting groups whose score is among the best share of all groups", _MODEL),
        county("appraisal.excellent_growth", "优秀教共体的进步幅度", "progress of groups appraised excellent", "SD", "none",
               "mean rise of Z, of core and members, of groups appraised excellent, less that of the other groups; NaN "
               "where all or none are", _MODEL),
        county("appraisal.z_members", "成员校平均Z值", "mean Z of member schools", "SD", "up",
               "mean over base-year member schools of Z as they are judged by it that year", _MODEL),
        county("appraisal.promoted_took_part_share", "晋升者中参加开放课堂、跨校教学者比例",
               "those who took part in cross-school teaching, of those promoted", "share", "none",
               "promoted teachers who took part this year over promoted teachers", _MODEL),
        county("appraisal.promoted_middle_pooled", "累计统筹岗位晋升中级人数",
               "promoted to middle rank on a post found elsewhere, to date", "teachers", "none",
               "persons promoted since the base year on a free post of another school", _MODEL),
    )  # fmt: skip


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's measures of appraisal and promotion; NaN for what the year did not count."""
    t, schools = year.tally, year.schools
    sent, promoted = float(t.delivered), float(getattr(t, "n_promoted", 0))
    member = schools.is_member_base
    excellent: NDArray[np.int64] | None = getattr(t, "excellent_at", None)
    share = share_members = uneven = _NAN
    if excellent is not None:
        share = divide(float(excellent.sum()), float(t.n_serving.sum()))
        has = t.n_serving > 0
        off = excellent[has] / t.n_serving[has] - share
        uneven = divide(float((t.n_serving[has] * off * off).sum()), float(t.n_serving.sum())) ** 0.5
        share_members = divide(float(excellent[member].sum()), float(t.n_serving[member].sum()))
    judged: NDArray[np.float64] = getattr(t, "z", schools.z_score)[member]
    known = judged[np.isfinite(judged)]
    found = {
        "staffing.rotation_volunteer_share": 1.0 - divide(float(getattr(t, "n_forced", 0)), sent),
        "staffing.rotation_senior_share": divide(float(getattr(t, "n_sent_senior", 0)), sent),
        "staffing.rotation_stay_on": float(getattr(t, "n_stay_on", 0)),
        "staffing.rotation_returned": float(getattr(t, "returned", 0)),
        "staffing.held_at_members": float(t.n_teachers[member].sum()),
        "staffing.rural_service_years": float(getattr(t, "rural_service_years", _NAN)),
        "staffing.promoted_quota_free": float(getattr(t, "n_quota_free", 0)),
        "appraisal.true_progress": float(getattr(t, "true_progress", _NAN)),
        "appraisal.reported_progress": float(getattr(t, "reported_progress", _NAN)),
        "appraisal.reported_bias": float(getattr(t, "reported_progress", _NAN)) - float(getattr(t, "true_progress", _NAN)),
        "appraisal.excellent_share": share,
        "appraisal.excellent_share_members": share_members,
        "appraisal.excellent_uneven": uneven,
        "appraisal.excellent_groups": float(getattr(t, "n_excellent_groups", 0)),
        "appraisal.excellent_growth": float(getattr(t, "excellent_growth", _NAN)),
        "appraisal.z_members": divide(float(known.sum()), known.size),
        "appraisal.promoted_took_part_share": divide(float(getattr(t, "n_promoted_took_part", 0)), promoted),
        "appraisal.promoted_middle_pooled": float(getattr(t, "n_middle_pooled", 0)),
    }
    return {name: [value] for name, value in found.items()}
