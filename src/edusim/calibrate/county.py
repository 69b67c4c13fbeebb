"""Statistics of a drawn county in its base year that no yearly measure holds: the tables of the 2012 rule.

The rule of 2012 judged a county by the coefficient of difference of eight goods a pupil. Six have a counterpart in what the
generator draws; books and computers have none, and are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edusim.equations.pupils import ENROLLED
from edusim.measures.inequality import cv
from edusim.measures.official import judged_parts, split_shares
from edusim.state import FIRST_JUNIOR_GRADE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.region import Case

#: What the rule of 2012 and the generator both know.
GOODS = ("teaching_area", "sports_area", "equipment", "teachers", "degree", "middle_rank")
#: Names of the statistics: county mean a pupil, and coefficient of difference between schools.
STATISTICS = tuple(f"rule2012.{kind}.{good}" for kind in ("mean", "cv") for good in GOODS)
#: What the rule of 2012 knows and the generator does not: rows that are read, kept and left out.
WITHOUT = (*(f"rule2012.{kind}.{good}" for kind in ("mean", "cv") for good in ("books", "computers")), "rule2012.cv.composite")
STAGES = ("primary", "junior")
_LABELS = {
    "teaching_area": ("生均教学及辅助用房面积", "teaching floor area a pupil"),
    "sports_area": ("生均体育运动场馆面积", "sports area a pupil"),
    "equipment": ("生均教学仪器设备值", "equipment a pupil, yuan"),
    "teachers": ("师生比", "teachers a pupil"),
    "degree": ("生均高于规定学历教师数", "teachers above the required degree a pupil"),
    "middle_rank": ("生均中级及以上职称教师数", "teachers of middle rank and above a pupil"),
}


def label(name: str, lang: str) -> str:
    """Return what a reader calls a statistic."""
    _, kind, good = name.split(".")
    words = _LABELS[good][0 if lang == "zh" else 1]
    tail = {"mean": ("（县均值）", ": mean"), "cv": ("（差异系数）", ": CV")}
    return words + tail[kind][0 if lang == "zh" else 1]


def statistics(case: Case) -> dict[tuple[str, str], float]:
    """Return the statistics of a county.

    Parameters
    ----------
    case
        A county as it was drawn.

    Returns
    -------
    dict
        (name, stage) -> value. As the official measure has it: schools are weighted by pupils, a nine-year school is
        divided between its stages (1 : 1.1), teaching points are left out, private schools are in.
    """
    state = case.state
    schools, pupils, teachers = state.schools, state.pupils, state.teachers
    here = (pupils.status == ENROLLED) & (pupils.school >= 0)
    in_primary = state.grade_of_rows() < FIRST_JUNIOR_GRADE
    n = np.stack([np.bincount(pupils.school[here & on], minlength=schools.n) for on in (in_primary, ~in_primary)]).astype(np.float64)

    def staff(who: NDArray[np.bool_]) -> NDArray[np.float64]:
        rows = teachers.serving & ~teachers.is_substitute & (teachers.employer >= 0) & who
        return np.bincount(teachers.employer[rows], minlength=schools.n).astype(np.float64)

    every = np.ones(teachers.n, np.bool_)
    goods = (
        schools.buildings_m2, schools.sports_m2, schools.equipment_yuan,
        staff(every), staff(teachers.is_above_degree), staff(teachers.title >= 1),
    )  # fmt: skip
    share, judged = split_shares(n), judged_parts(n)
    found: dict[tuple[str, str], float] = {}
    for name, good in zip(GOODS, goods, strict=True):
        for row, stage in enumerate(STAGES):
            on = judged[row]
            part, size = (good * share[row])[on], n[row][on]
            found[f"rule2012.mean.{name}", stage] = float(part.sum() / size.sum())
            found[f"rule2012.cv.{name}", stage] = float(cv(part, size))
    return found
