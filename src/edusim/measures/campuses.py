"""Campuses merged and opened, the county's reserve of land and buildings, and the stages beside compulsory school."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim import stages
from edusim.measures.registry import Measure, county, divide
from edusim.state import OTHER_STAGES

if TYPE_CHECKING:
    from edusim.measures.collect import Year

_MODEL = "definition of the model"
_STAGES_FILE = "configs/stages.yaml"
_VOCATIONAL = OTHER_STAGES.index("vocational")


def _declared() -> tuple[Measure, ...]:
    found = [
        county("campuses.open", "在办的义务教育学校（校区）数", "campuses open", "campuses", "none",
               "campuses that are open this year", _MODEL),
        county("campuses.merged", "累计撤并的学校数", "schools merged so far", "schools", "none",
               "schools merged into others since the base year", _MODEL),
        county("campuses.opened", "累计启用的新校区数", "new campuses opened so far", "campuses", "none",
               "campuses opened after the base year", _MODEL),
        county("campuses.pupils_moved", "随撤并或新校区转校的学生数", "pupils moved with mergers and openings", "pupils", "none",
               "pupils of schools merged this year, and those who went to a campus opened this year", _MODEL),
        county("campuses.reserve_buildings_m2", "县储备校舍面积", "county's reserve of buildings", "m2", "none",
               "buildings of campuses that were merged away", _MODEL),
        county("campuses.reserve_sports_m2", "县储备运动场地面积", "county's reserve of sports grounds", "m2", "none",
               "sports grounds of campuses that were merged away", _MODEL),
    ]  # fmt: skip
    for key in OTHER_STAGES:
        stage = stages.read()[key]
        zh, en = stage.zh, f"{stage.en} schools" if key != "kindergarten" else "kindergartens"
        found += [
            county(f"stages.schools.{key}", f"{zh}数", f"number of {en}", "schools", "none", "schools of the stage", _MODEL),
            county(f"stages.places.{key}", f"{zh}学位", f"places, {en}", "places", "none", "places in all years", _MODEL),
            county(f"stages.enrolled.{key}", f"{zh}在校（园）人数", f"pupils, {en}", "pupils", "none", "pupils of all years",
                   _MODEL),
            county(f"stages.unplaced.{key}", f"{zh}未能入学人数", f"applicants without a place, {en}", "pupils", "down",
                   "of this year's new pupils, those for whom the county has no place", _MODEL),
            county(f"stages.classes.{key}", f"{zh}班级数", f"classes, {en}", "classes", "none",
                   "pupils of each year of each school over the class cap, rounded up", _STAGES_FILE),
            county(f"stages.staff.{key}", f"{zh}教师数", f"teachers, {en}", "teachers", "none",
                   "own teachers and those sent by an enterprise", _MODEL),
            county(f"stages.vacancies.{key}", f"{zh}缺编数", f"vacant posts, {en}", "posts", "down",
                   "posts by the stage's pupils a teacher, less teachers own, lent and sent", _STAGES_FILE),
            county(f"stages.pupils_per_teacher.{key}", f"{zh}生师比", f"pupils a teacher, {en}", "pupils/teacher", "down",
                   "pupils over teachers", _MODEL),
            county(f"stages.lent.{key}", f"{zh}集团内借出教师数", f"teachers lent within groups, {en}", "teachers", "up",
                   "teachers that cores lend to members of their group", _MODEL),
            county(f"stages.in_groups.{key}", f"在集团中的{zh}数", f"{en} in a group", "schools", "up",
                   "schools in a group of the stage or in one of secondary schools", _MODEL),
            county(f"stages.yuan.{key}", f"{zh}经常性经费", f"running costs, {en}", "yuan/year", "none",
                   "pupils times the stage's yuan a pupil; the county's standing budget, not programme money", _STAGES_FILE),
        ]  # fmt: skip
    found.append(
        county("stages.entrusted.vocational", "委托企业管理的职业学校数", "vocational schools run by an enterprise", "schools",
               "none", "schools under a contract paid for this year", _MODEL)
    )  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def yearly(year: Year) -> dict[str, list[float]]:
    """Return the year's measures of campuses and of the other stages."""
    schools, others, tally = year.schools, year.others, year.tally
    merged = schools.closed_year > 0
    out = {
        "campuses.open": [float(np.count_nonzero(year.is_open))],
        "campuses.merged": [float(np.count_nonzero(merged))],
        "campuses.opened": [float(np.count_nonzero(year.is_open & (schools.opens_year > 0)))],
        "campuses.pupils_moved": [float(getattr(tally, "n_campus_pupils", 0))],
        "campuses.reserve_buildings_m2": [float(schools.buildings_m2[merged].sum())],
        "campuses.reserve_sports_m2": [float(schools.sports_m2[merged].sum())],
    }
    unplaced = getattr(tally, "stage_unplaced", np.zeros(len(OTHER_STAGES)))
    for code, key in enumerate(OTHER_STAGES):
        stage, rows = stages.read()[key], others.stage == code
        enrolled, staff = float(others.enrolled[rows].sum()), float((others.staff + others.delegated)[rows].sum())
        cap = stage.number("class_cap")
        classes = sum(np.ceil(others[name][rows] / cap).sum() for name in ("year_1", "year_2", "year_3"))
        in_group = (others.core >= 0) | (others.joined >= 0)
        found = {
            "schools": float(np.count_nonzero(rows)), "places": float(others.places[rows].sum()), "enrolled": enrolled,
            "unplaced": float(unplaced[code]), "classes": float(classes), "staff": staff,
            "vacancies": float(others.vacancies[rows].sum()), "pupils_per_teacher": divide(enrolled, staff),
            "lent": float(np.maximum(others.lent[rows], 0).sum()), "in_groups": float(np.count_nonzero(in_group & rows)),
            "yuan": enrolled * stage.number("yuan_pupil"),
        }  # fmt: skip
        out |= {f"stages.{name}.{key}": [value] for name, value in found.items()}
    out["stages.entrusted.vocational"] = [float(np.count_nonzero(others.is_entrusted[others.stage == _VOCATIONAL]))]
    return out
