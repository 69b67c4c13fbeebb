"""What families choose, get, leave and think; seats; the chance of a good senior high; coverage of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.measures.official import SATISFACTION_LIMIT
from edusim.measures.registry import PARTS, PARTS_AND_ALL, Measure, by_stage, county, divide

if TYPE_CHECKING:
    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_COVERAGE = "community plan 一(二): 乡村和镇区公办义务教育学校实现教共体全覆盖"
_URBAN = 0


def _declared() -> tuple[Measure, ...]:
    return (
        county("families.applicants", "入学申请人数", "applicants", "pupils", "none", "families admitted this year", _MODEL),
        county("families.open_choice_share", "选择非施教区学校比例", "share with open choice", "share", "none",
               "applicants with open choice over applicants", _MODEL),
        county("families.first_choice_share", "第一志愿录取率", "share who got their first choice", "share", "up",
               "applicants admitted to their first choice over applicants", _MODEL),
        county("families.private_share", "民办在校生比例", "share of pupils in private schools", "share", "none",
               "pupils of private schools over pupils", _MODEL),
        county("families.exits", "流出学生数", "pupils who left the county", "pupils", "down", "pupils", _MODEL),
        county("families.exit_share", "流出率", "share of pupils who left", "share", "down",
               "leavers over enrolled pupils and leavers", _MODEL),
        county("families.returns", "回流学生数", "pupils who came back", "pupils", "up", "pupils", _MODEL),
        by_stage("families.enrolment", "在校学生数", "pupils enrolled", "pupils", "none", "sum over schools", _MODEL,
                 PARTS_AND_ALL),
        county("families.travel_km", "新生平均上学距离", "distance to school of new pupils", "km", "down",
               "mean distance of each school's new pupils, weighted by pupils; NaN when not counted", _MODEL),
        county("families.moved", "搬迁学生数", "pupils whose family moved", "pupils", "none", "pupils", _MODEL),
        county("families.satisfaction", "家长满意度", "satisfaction of families", "share", "up",
               "satisfied families over families", "教督〔2017〕6号, social recognition >= 85 %", SATISFACTION_LIMIT),
        county("families.satisfaction_worst", "满意度最低学校", "satisfaction, worst school", "share", "up",
               "least satisfaction of a school with pupils", _MODEL, SATISFACTION_LIMIT),
        Measure("families.seats_needed", "学位缺口（按城乡类型）", "seats needed by kind of place", "seats", "zone", "down",
                "pupils beyond the seats of the place's schools, over all grades", _MODEL, PARTS, "zone"),
        Measure("families.seats_empty", "空余学位（按城乡类型）", "seats empty by kind of place", "seats", "zone", "down",
                "seats of the place's schools without a pupil, over all grades", _MODEL, PARTS, "zone"),
        county("families.good_senior_share", "优质高中升学率", "share who got a good senior high", "share", "none",
               "graduates admitted to a good senior high over graduates", _MODEL),
        county("families.good_senior_gap", "优质高中升学率差距（核心校与成员校）",
               "core-member gap of the chance of a good senior high", "share", "down",
               "share of graduates of base-year core schools less that of base-year member schools", _MODEL),
        county("groups.coverage", "教共体覆盖率（乡村和镇区公办校）", "coverage by groups of the policy", "share", "up",
               "town, rural and mountain public schools in a group under one of the policy's modes, over such schools",
               _COVERAGE, 1.0),
        county("groups.coverage_any", "结对及教共体覆盖率（乡村和镇区公办校）", "coverage by groups and pairings", "share", "up",
               "town, rural and mountain public schools in any group or pairing, over such schools", _MODEL),
        county("groups.number", "教共体个数", "groups", "groups", "none", "groups with a member, under a policy's mode",
               _MODEL),
        county("groups.size_mean", "教共体平均成员校数", "members a group", "schools/group", "none",
               "member schools under their group's mode over groups with such a member", _MODEL),
        Measure("groups.mode_share", "各模式教共体占比", "share of groups in each mode", "share", "group", "none",
                "groups with a member in the mode over groups with a member; law: pairing under the law in force",
                "community plan 一(二): 融合型、共建型占比", ("all",), "mode"),
        Measure("groups.mode_school_share", "各模式学校占比（乡村和镇区公办校）", "share of schools in each mode", "share",
                "group", "none", "town, rural and mountain public schools in a group in the mode, over such schools",
                _MODEL, ("all",), "mode"),
    )  # fmt: skip


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's measures of families, seats and coverage."""
    t, schools = year.tally, year.schools
    applicants, pupils = float(t.n_applicants), year.n_sums[2]
    exits = float(t.n_exit)
    size = year.n[2]
    distance = np.asarray(getattr(t, "travel_km", np.full(schools.n, np.nan)), dtype=np.float64)
    with_pupils = schools.satisfaction[size > 0]
    chance = year.set_chance
    private = float(size[schools.is_private].sum())
    out = {
        "families.applicants": [applicants],
        "families.open_choice_share": [divide(float(t.n_open_choice), applicants)],
        "families.first_choice_share": [divide(float(t.n_first_choice), applicants)],
        "families.private_share": [divide(private, pupils)],
        "families.exits": [exits],
        "families.exit_share": [divide(exits, pupils + exits)],
        "families.returns": [float(t.n_return)],
        "families.enrolment": year.n_sums,
        "families.travel_km": [divide(float((distance[size > 0] * size[size > 0]).sum()), pupils)],
        "families.moved": [float(t.n_moved)],
        "families.satisfaction": [divide(float(t.satisfied_sum), float(t.satisfied_n))],
        "families.satisfaction_worst": [float(with_pupils.min()) if with_pupils.size else float("nan")],
        "families.seats_needed": np.asarray(t.seats_needed, dtype=np.float64).ravel().tolist(),
        "families.seats_empty": np.asarray(t.seats_empty, dtype=np.float64).ravel().tolist(),
        "families.good_senior_share": [divide(year.school_sums["n_good_senior"], year.school_sums["n_graduates"])],
        "families.good_senior_gap": [chance[0] - chance[1]],
    }
    out.update(_coverage(year))
    return out


def _coverage(year: Year) -> dict[str, list[float]]:
    schools, groups, modes = year.schools, year.groups, len(year.mode_names)
    wanted = (schools.zone != _URBAN) & ~schools.is_private & year.is_open
    n_wanted = float(np.count_nonzero(wanted))
    covered = year.mode_of_school[wanted]
    by_school = np.bincount(covered + 1, minlength=modes + 1)[1:].tolist()
    is_active = year.members_of_group > 0
    by_group = np.bincount(groups.mode[is_active], minlength=modes).tolist()
    n_active = float(sum(by_group))
    return {
        "groups.coverage": [divide(sum(by_school[1:]), n_wanted)],
        "groups.coverage_any": [divide(sum(by_school), n_wanted)],
        "groups.number": [sum(by_group[1:])],
        "groups.size_mean": [divide(float(year.members_of_group.sum()), n_active)],
        "groups.mode_share": [divide(k, n_active) for k in by_group],
        "groups.mode_school_share": [divide(k, n_wanted) for k in by_school],
    }
