"""Hours, weeks and days that groups give and share: exchange, training, planning, heads, pupils' visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edusim.measures.registry import Measure, county, divide

if TYPE_CHECKING:
    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_YEARS, _HOURS = "teacher-years/year", "hours/year"

#: Measures that a count of the tally gives as it is: field of the tally, declaration.
_COUNTED: tuple[tuple[str, Measure], ...] = (
    ("exchange_teacher_years",
     county("staffing.exchange_teacher_years", "短期交流人年", "short exchange, teacher-years", _YEARS, "up",
            "core teachers who visit members x weeks away / weeks of a school year", "Gangkou 四(三)3")),
    ("shadow_teacher_years",
     county("staffing.shadow_teacher_years", "跟岗轮训人年", "shadowing at the core, teacher-years", _YEARS, "up",
            "members' teachers who shadow at the core x weeks away / weeks of a school year", "Nanyang 六(三)1")),
    ("core_intensity",
     county("staffing.core_intensity", "成员校教师向核心校学习的强度", "members' intensity of learning from the core",
            "share of full intensity", "up", "mean over member schools, I_max h / (h + h_half), those who are visited or "
            "shadow and those who are not taken apart", _MODEL)),
    ("n_team_teachers",
     county("staffing.team_teachers", "学科中心组在任教师数", "teachers serving in subject centre teams", "teachers", "none",
            "appointed backbone teachers who still serve in the group", "Gangkou 四(三)3")),
    ("training_hours",
     county("staffing.training_hours", "成员校教师受训时数", "training hours of members' teachers", _HOURS, "none",
            "sessions held x hours a session x members' staff", "Nanyang 六(三)2")),
    ("sync_hours",
     county("staffing.sync_hours", "统一进度共同备课时数", "hours of planning in common", _HOURS, "none",
            "share of the work in step x hours a teacher x staff of the groups' campuses", "community plan 附1一(二)")),
    ("online_lessons",
     county("staffing.online_lessons", "同步课堂节数", "online lessons held", "lessons/year", "up",
            "classes and examined subjects without a teacher at members x online lessons a week that can be held x weeks",
            "community plan 附1三(四)")),
    ("after_school_hours",
     county("staffing.after_school_hours", "课后服务共享师资时数", "after-school hours of shared staff", _HOURS, "none",
            "members' classes x hours a week x weeks", "Ninghe 四7")),
    ("leader_teaching_hours",
     county("staffing.leader_teaching_hours", "管理教学团队任教时数", "hours that leaders teach at members", _HOURS, "none",
            "leaders' hours at members x share of them that is taught", "community plan 四(五)")),
    ("pupil_exchange_days",
     county("families.pupil_exchange_days", "学生交流人日", "pupil exchange, pupil-days", "pupil-days/year", "none",
            "members' pupils who take part x days", "community plan 附1末")),
    ("n_leader_posts",
     county("leadership.posts", "教共体校级职数", "leadership posts of groups", "posts", "none",
            "posts of a core x share kept or added, over groups under a policy's mode", "community plan 四(三)")),
    ("n_entrusted",
     county("leadership.entrusted_schools", "委托管理的学校数", "schools under entrusted management", "schools", "none",
            "schools whose contract is paid this year", "Nanyang 六(一)2")),
    ("n_head_changes",
     county("leadership.head_changes", "累计总校长换届数", "changes of group heads to date", "changes", "none",
            "changes since the base year in groups under a policy's mode", "Kunshan 六3")),
)  # fmt: skip
_BANK = county(
    "staffing.resource_bank_share", "可用课程资源库的学校比例", "share of schools with a curriculum bank", "share", "none",
    "campuses of groups whose bank is paid over schools", "Nanyang 六(四)3",
)  # fmt: skip
MEASURES: tuple[Measure, ...] = (*(measure for _, measure in _COUNTED), _BANK)
#: Fields of the tally read here; 0 where the rule that counts them is off.
FIELDS = (*(field for field, _ in _COUNTED), "n_with_bank")


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's hours, weeks and days for the county."""
    tally = year.tally
    out = {measure.id: [float(getattr(tally, field, 0.0))] for field, measure in _COUNTED}
    out[_BANK.id] = [divide(float(getattr(tally, "n_with_bank", 0.0)), float(year.schools.n))]
    return out
