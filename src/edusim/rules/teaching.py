"""教学质量、学业增值: classes, who teaches them, and how achievement grows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim.equations import classes as cells
from edusim.equations import pupils as loops
from edusim.equations.teachers import count_staff, group_rows, order_by_id
from edusim.rules.context import Year
from edusim.state import FIRST_JUNIOR_GRADE, N_EXAMINED, N_GRADES, SUBJECTS

if TYPE_CHECKING:
    from numpy.typing import NDArray


def form_classes(year: Year) -> None:
    """Form classes: ``ceil(cohort / cap)`` (45 primary, 50 junior), balanced, or sorted where allowed."""
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    schools, pupils = state.schools, state.pupils
    enrolment = memory.enrolment
    cap = np.where(np.arange(N_GRADES) < FIRST_JUNIOR_GRADE - 1, law["teaching.class_cap_primary"], law["teaching.class_cap_junior"])
    n_classes = np.ceil(enrolment / cap[:, None]).astype(np.int64)
    by_school = n_classes.T.ravel()
    first = np.concatenate([[0], np.cumsum(by_school)]).astype(np.int64)
    first_of = first[:-1].reshape(schools.n, N_GRADES)
    total = int(first[-1])
    class_n, class_sum = np.zeros(total, np.int64), np.zeros(total, np.int64)
    none = np.zeros(0, np.int64)
    for grade in range(1, N_GRADES + 1):
        rows = state.rows_of_grade(grade)
        order = none
        if law["teaching.class_sorting"]:
            inside = np.flatnonzero(pupils.status[rows] == loops.ENROLLED)
            order = inside[np.lexsort((pupils.id[rows][inside], -pupils.own[rows][inside], pupils.school[rows][inside]))]
        loops.form_classes(
            pupils.status[rows], pupils.school[rows], pupils.klass[rows], pupils.ses[rows], pupils.achievement[rows],
            np.ascontiguousarray(first_of[:, grade - 1]), np.ascontiguousarray(n_classes[grade - 1]), order,
            class_n, class_sum,
        )  # fmt: skip
    memory.n_classes = n_classes
    memory.first_class = np.concatenate([first_of[:, 0], [total]]).astype(np.int64)
    memory.class_n, memory.class_sum = class_n, class_sum
    memory.class_luck = np.repeat(luck(year).ravel(), by_school)
    sizes = np.divide(enrolment, n_classes, out=np.zeros(enrolment.shape), where=n_classes > 0)
    largest = np.ceil(sizes).astype(np.int64)
    over = largest > cap[:, None]
    split = FIRST_JUNIOR_GRADE - 1
    tally.n_classes = np.stack([n_classes[:split].sum(axis=0), n_classes[split:].sum(axis=0)])
    tally.largest_class = np.stack([largest[:split].max(axis=0), largest[split:].max(axis=0)])
    tally.n_classes_over_cap = np.stack([(over * n_classes)[:split].sum(axis=0), (over * n_classes)[split:].sum(axis=0)])


def luck(year: Year) -> NDArray[np.float64]:
    """Return float64 [schools, grades]: the luck of the year that a school's grade shares in its scores, SD.

    What happens once to all of them: a good team that year, questions that suited, a flu on the day of the
    examination. It shows in this year's scores and is gone the next; nobody learns more by it.
    """
    schools = year.state.schools
    sd = year.law["achievement.grade_luck"]
    if sd == 0.0:
        return np.zeros((schools.n, N_GRADES))
    drawn = [draws.normal(year.seed, "teaching.luck", year.year, schools.id, k=grade) for grade in range(1, N_GRADES + 1)]
    return sd * np.stack(drawn, axis=1)


def staff_classes(year: Year) -> None:
    """Give each class a teacher in each subject: own, visiting (走教), out of field, or none."""
    state, memory, tally, units = year.state, year.memory, year.tally, year.units
    schools, teachers = state.schools, state.teachers
    key = teachers.placement * np.int32(len(SUBJECTS)) + teachers.subject
    start, rows = group_rows(key.astype(np.int32), teachers.serving, schools.n * len(SUBJECTS))
    order_by_id(start, rows, teachers.id)
    total = int(memory.first_class[-1])
    teacher_of = np.empty((total, len(SUBJECTS)), np.int32)
    kind = np.empty((total, len(SUBJECTS)), np.int8)
    gaps = np.zeros((schools.n, len(SUBJECTS)), np.int64)
    visits = np.zeros(schools.n, np.int64)
    classes = tally.n_classes
    both = np.maximum(classes.sum(axis=0), 1)[:, None]
    load = both / (classes[0][:, None] / memory.load_primary + classes[1][:, None] / memory.load_junior).clip(1e-9)
    load = np.where(classes.sum(axis=0)[:, None] > 0, load, memory.load_primary)
    cells.staff_classes(
        memory.first_class, start, rows, np.ascontiguousarray(load), units.unit_of_campus, units.campus_start,
        units.campuses, year.of_unit("staffing.itinerant") > 0, teacher_of, kind, gaps, visits,
    )  # fmt: skip
    memory.teacher_of, memory.cell_kind = teacher_of, kind
    tally.subject_gap = gaps[:, 5:].T.copy()
    tally.examined_gap = gaps[:, :N_EXAMINED].sum(axis=1)
    tally.visiting_cells = visits


def quality_of_classes(year: Year) -> None:
    """Set Q of every class (model: section 5); see :func:`edusim.equations.classes.class_quality`."""
    state, law, memory = year.state, year.law, year.memory
    schools, teachers = state.schools, state.teachers
    effective = np.zeros(teachers.n)
    cells.effective_quality(
        teachers.serving, teachers.quality, teachers.effort, teachers.is_substitute, teachers.years_at_post,
        teachers.experience, law["achievement.first_year_at_post"], law["achievement.substitute"], effective,
    )  # fmt: skip
    spending = np.log(np.maximum(memory.operating, 1.0) / memory.operating_reference)
    school_part = (
        law["achievement.management"] * schools.management
        + law["achievement.climate"] * schools.climate
        + law["achievement.spending"] * spending
        - law["achievement.turnover"] * (schools.turnover - memory.turnover_usual)
        - memory.cover_loss  # members' teachers who shadow at the core have substitutes
    )
    online = online_lessons(year) / law["teaching.examined_lessons_week"] * law["achievement.online_lesson"]
    total = int(memory.first_class[-1])
    memory.class_q = np.zeros(total)
    memory.teacher_part = np.zeros(schools.n)
    cells.class_quality(
        memory.first_class, memory.class_n, memory.class_sum, memory.teacher_of, memory.cell_kind, effective,
        school_part, memory.core_peer, np.minimum(online, 1.0), law["achievement.out_of_field"],
        law["achievement.substitute"], memory.size_reference, law["achievement.class_size"],
        law["achievement.peers"], memory.quality_offset, memory.class_q, memory.teacher_part,
    )  # fmt: skip
    memory.school_part = school_part


def online_lessons(year: Year) -> np.ndarray:
    """Return float64 [schools]: online lessons a week that a class with a subject gap gets; count the year's (M-101, M-102).

    Two schools can share a lesson only when both have it at the same hour: without a joint timetable
    (一张表) ``teaching.online_without_timetable`` of the planned lessons can be held.
    """
    law, tally = year.law, year.tally
    joint = year.of_member("teaching.online_timetable") > 0
    lessons = year.of_member("teaching.online_lessons_week") * np.where(joint, 1.0, law["teaching.online_without_timetable"])
    tally.online_lessons = float((tally.examined_gap * lessons).sum()) * law["leadership.weeks_year"]
    return lessons


def learn(year: Year) -> None:
    """Let every pupil learn for a year and tally schools; sums are exact, whatever the threads."""
    state, law, memory, tally = year.state, year.law, year.memory, year.tally
    pupils, n_schools = state.pupils, state.schools.n
    split = FIRST_JUNIOR_GRADE - 1
    sums = np.zeros((2, n_schools, 8), np.int64)
    noise_key = year.key("teaching.noise")

    def work(grade: int, start: int, stop: int, out: np.ndarray) -> None:
        rows = state.rows_of_grade(grade)
        loops.learn(
            start, stop, pupils.status[rows], pupils.id[rows], pupils.school[rows], pupils.klass[rows],
            pupils.ses[rows], pupils.own[rows], pupils.caused[rows], pupils.achievement[rows], memory.class_q, memory.class_luck,
            law["achievement.persistence_own"], memory.ses_gain, memory.noise_sd,
            law["achievement.persistence_caused"], memory.low_line[grade - 1], memory.low_ses_line, noise_key, out,
        )  # fmt: skip

    size = state.block_size
    if year.threads <= 1:
        for grade in range(1, N_GRADES + 1):
            work(grade, 0, size, sums[int(grade > split)])
    else:
        edges = np.linspace(0, size, year.threads + 1).astype(int)
        tasks = [(g, a, b) for g in range(1, N_GRADES + 1) for a, b in pairwise(edges)]
        with ThreadPoolExecutor(year.threads) as pool:

            def one(task: tuple[int, int, int]) -> tuple[int, np.ndarray]:
                out = np.zeros((n_schools, 8), np.int64)
                work(*task, out)
                return int(task[0] > split), out

            for stage, part in pool.map(one, tasks):
                sums[stage] += part
    n = sums[:, :, 0].copy()
    tally.n_pupils, tally.n_low, tally.n_low_ses = n, sums[:, :, 1].copy(), sums[:, :, 2].copy()
    exact = loops.exact(sums[:, :, 4:])
    tally.sum_achievement, tally.sum_square = exact[:, :, 0].copy(), exact[:, :, 1].copy()
    tally.sum_ses, tally.sum_low_ses = exact[:, :, 2].copy(), exact[:, :, 3].copy()
    total = np.maximum(n.sum(axis=0), 1)
    memory.mean_ses = np.where(n.sum(axis=0) > 0, tally.sum_ses.sum(axis=0) / total, memory.mean_ses)


def count(year: Year) -> None:
    """Tally staff of every school for measures."""
    state, tally = year.state, year.tally
    teachers = state.teachers
    counts, by_subject, quality = count_staff(
        teachers.serving, teachers.employer, teachers.post, teachers.placement, teachers.subject, teachers.title,
        teachers.is_substitute, teachers.is_above_degree, teachers.is_backbone, teachers.is_quota_free,
        teachers.quality, state.schools.n, loops.GRAIN,
    )  # fmt: skip
    tally.n_teachers, tally.n_above_degree, tally.n_backbone, tally.n_pe_art_music = counts[:4]
    tally.n_serving, tally.n_substitutes, tally.n_placed = counts[4], counts[5], counts[6]
    tally.n_senior, tally.n_middle, tally.n_people = counts[7], counts[8], counts[9]
    tally.by_subject, tally.sum_quality = by_subject, quality
    permanent = teachers.serving & ~teachers.is_substitute
    served = int(teachers.weak_years[permanent].sum(dtype=np.int64))
    tally.rural_service_years = served / max(int(np.count_nonzero(permanent)), 1)
