"""The year's phases of pupils, classes and schools in the plain model; ``c`` is the :class:`PlainCounty`."""

from __future__ import annotations

import math
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.plain_agents import Pupil, School, SchoolClass, Teacher
from benchmarks.plain_board import per_school
from benchmarks.scalars import class_size_effect, normal_at, perceived_reputation, shifted_probability, uniform_at
from edusim import draws
from edusim.equations.classes import EXAMINED, ITINERANT, N_SUBJECTS, OUT_OF_FIELD, OWN, UNCOVERED
from edusim.equations.pupils import ENROLLED, GRAIN
from edusim.rules import admission
from edusim.rules.admission import private_applicants
from edusim.rules.demography import COHORT, JUNIOR_OFFSET
from edusim.rules.teaching import online_lessons
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

if TYPE_CHECKING:
    from benchmarks.plain import PlainCounty

ENTRY = (1, FIRST_JUNIOR_GRADE)
SPLIT = FIRST_JUNIOR_GRADE - 1


def pass_on(c: PlainCounty) -> None:
    """Let the highest grade go, move every grade up, bring in the newcomers."""
    # In a county without junior schools pupils leave it after grade 6.
    last = N_GRADES if c.memory.near_junior.shape[1] else SPLIT
    leaving, c.grades[last - 1] = c.grades[last - 1], []
    c.now.tally.n_graduated = sum(p.status == ENROLLED for p in leaving)
    for pupil in leaving:
        pupil.remove()
    c.grades.pop()
    c.grades.insert(0, [])
    index = c.now.year - c.base_year - 1
    demography = c.memory.demography
    entrants = demography.entrants[index]
    _newcomers(c, 1, entrants, 0)
    junior = getattr(demography, "entrants_junior", None)
    if junior is not None and junior.size:
        _newcomers(c, FIRST_JUNIOR_GRADE, junior[index], JUNIOR_OFFSET)
    c.now.tally.n_entrants = int(entrants.sum())


def _newcomers(c: PlainCounty, grade: int, entrants: Any, offset: int) -> None:
    memory = c.memory
    ses_key, own_key = (draws.key(c.run_seed, "demography.entrant", 0, k) for k in (0, 1))
    identity = c.now.year * COHORT + offset
    for home, n in zip(c.homes, entrants.tolist(), strict=True):
        for _ in range(n):
            ses = home.ses_mean + memory.ses_within_sd * normal_at(ses_key, identity)
            own = memory.own_ses * ses + memory.own_sd * normal_at(own_key, identity)
            values = {
                "id": identity, "status": ENROLLED, "ses": ses, "own": own, "caused": 0.0, "achievement": own, "tenure": 0,
            }  # fmt: skip
            c.grades[grade - 1].append(Pupil(c, home, None, None, values))
            memory.ses_top = max(memory.ses_top, abs(ses))
            identity += 1


def admit(c: PlainCounty) -> None:
    """Let families move, choose, be admitted, leave and return."""
    r, tally, memory, law = c.r, c.now.tally, c.memory, c.law
    shared = c.now.of_member("groups.shared_name").tolist()
    for school, shares in zip(c.schools, shared, strict=True):
        core = school.member_of.core if school.member_of is not None else None
        school.seen = school.reputation
        if core is not None and shares > 0.0:
            school.seen = perceived_reputation(school.reputation, core.reputation, r.brand * shares)
        school.enrolment = [0] * N_GRADES
        school.travel_km = 0.0
    memory.seen_reputation = per_school(c.schools, "seen")
    n_graduates = memory.n_graduates.tolist()
    usual = math.fsum(s.good_senior_chance * n for s, n in zip(c.schools, n_graduates, strict=True)) / max(sum(n_graduates), 1)
    for school, n in zip(c.schools, n_graduates, strict=True):
        name = memory.reputation_mean - school.seen
        behind = usual - school.good_senior_chance if n > 0 else 0.0
        school.exit_shift = (r.flight * name, r.flight * (name + r.senior_worth * behind))
    r.pools = {}
    for school, pool in zip(c.schools, admission.pools(c.now).tolist(), strict=True):
        school.pool = pool
        r.pools.setdefault(pool, []).append(school)
    r.exit_bound = shifted_probability(
        r.exit_other, max(0.0, *(max(s.exit_shift) for s in c.schools)) + memory.ses_top * abs(r.exit_ses_slope)
    )
    r.n_moved = r.n_exit = r.n_returned = r.n_first = r.n_without_seat = r.n_private = 0
    applicants = choosers = 0
    for grade, pupils in enumerate(c.grades, 1):
        if grade not in ENTRY:
            for pupil in pupils:
                if pupil.status == ENROLLED:
                    pupil.school.enrolment[grade - 1] += 1
    for grade, pupils in enumerate(c.grades, 1):
        r.grade, r.stage = grade, int(grade >= FIRST_JUNIOR_GRADE)
        if not c.homes or not c.homes[0].near[r.stage]:
            continue
        if grade not in ENTRY:
            asking = [p for p in pupils if p.move_house(r)]
            for pupil in sorted(asking, key=lambda p: -uniform_at(r.seat_key, p.id)):
                pupil.take_free_seat(r)
            for pupil in pupils:
                pupil.leave_or_stay(r)
            continue
        _private_schools(c, r.stage)
        asking = [p for p in pupils if p.status == ENROLLED]
        choosers += sum([p.rank_schools(r) for p in asking])
        applicants += len(asking)
        _seats(c, r.stage, len(asking))
        _assign(c, asking, int(law["admission.choices_per_band"]))
        share = law["families.exit_grade1"] if grade == 1 else law["families.exit_grade7"]
        for pupil in asking:
            pupil.enrol_or_leave(r, share)
    memory.enrolment = per_school(c.schools, "enrolment", np.int64).T.copy()
    new = memory.enrolment[0] + memory.enrolment[SPLIT]
    tally.n_applicants, tally.n_open_choice = applicants, choosers
    tally.n_first_choice, tally.n_without_seat, tally.n_private = r.n_first, r.n_without_seat, r.n_private
    tally.n_exit, tally.n_return, tally.n_moved = r.n_exit, r.n_returned, r.n_moved
    tally.travel_km = np.where(
        new > 0, per_school(c.schools, "travel_km") / np.maximum(new, 1), memory.usual_travel_km
    )


def _private_schools(c: PlainCounty, stage: int) -> None:
    """Tell every home what draws its families to private schools this year."""
    c.state.write(c.schools, c.groups)
    own = np.array([home.catchment[stage].row for home in c.homes], np.int32)
    share, slope, cumulative, rows = private_applicants(c.now, stage, own)
    schools = [c.schools[row] for row in rows.tolist()]
    for home, p, b, which in zip(c.homes, share.tolist(), slope.tolist(), cumulative.tolist(), strict=True):
        home.private[stage] = (p, b, list(zip(schools, which, strict=True)))


def _seats(c: PlainCounty, stage: int, n_applicants: int) -> None:
    """Open the seats of a grade; private schools no more than their share of the cohort."""
    for school in c.schools:
        school.room, school.held = school.seats[stage], []
    private = [s for s in c.schools if s.is_private and s.room > 0]
    room = sum(s.room for s in private)
    allowed = c.law["admission.private_share_cap"] * n_applicants
    if room > allowed:
        for school in private:
            school.room = math.floor(school.room * (allowed / room))


def _assign(c: PlainCounty, asking: list[Pupil], band: int) -> None:
    """Let families ask in bands of choices: deferred within a band, final after it."""
    for turn, pupil in enumerate(asking):
        pupil.turn = turn
    for first in range(0, c.r.width, band):
        for pupil in asking:
            if pupil.seat is None:
                pupil.apply(first, first + band)
        for school in c.schools:
            school.room -= len(school.held)
            school.held = []


def count_enrolment(c: PlainCounty) -> None:
    """Count pupils where the rule of admission is off; who has no school goes to the catchment school."""
    for school in c.schools:
        school.enrolment = [0] * N_GRADES
    for grade, pupils in enumerate(c.grades):
        stage = int(grade >= SPLIT)
        for pupil in pupils:
            if pupil.status != ENROLLED:
                continue
            if pupil.school is None or pupil.school.stage == 1 - stage:
                pupil.school, pupil.tenure = pupil.home.catchment[stage], 0
            pupil.school.enrolment[grade] += 1
    c.memory.enrolment = per_school(c.schools, "enrolment", np.int64).T.copy()


def form_classes(c: PlainCounty) -> None:
    """Form classes of each grade in each school, balanced, or sorted by attainment where allowed."""
    law, tally, memory = c.law, c.now.tally, c.memory
    caps = [law["teaching.class_cap_primary"]] * SPLIT + [law["teaching.class_cap_junior"]] * (N_GRADES - SPLIT)
    luck_sd = law["achievement.grade_luck"]
    number = 0
    c.classes = []
    counts: dict[str, list[list[int]]] = {"n_classes": [], "largest_class": [], "n_classes_over_cap": []}
    for school in c.schools:
        school.classes = []
        school.of_grade = []
        largest, over = [0] * N_GRADES, [0] * N_GRADES
        for grade, pupils in enumerate(school.enrolment):
            n = math.ceil(pupils / caps[grade])
            school.of_grade.append([SchoolClass(number + j, school) for j in range(n)])
            for klass in school.of_grade[-1]:
                klass.luck = luck_sd * normal_at(c.now.key("teaching.luck", grade + 1), school.id)
            school.classes += school.of_grade[-1]
            number += n
            if n:
                largest[grade] = math.ceil(pupils / n)
                over[grade] = n * (largest[grade] > caps[grade])
        school.n_classes = [len(g) for g in school.of_grade]
        counts["n_classes"].append([sum(school.n_classes[:SPLIT]), sum(school.n_classes[SPLIT:])])
        counts["largest_class"].append([max(largest[:SPLIT]), max(largest[SPLIT:])])
        counts["n_classes_over_cap"].append([sum(over[:SPLIT]), sum(over[SPLIT:])])
        c.classes += school.classes
    for name, rows in counts.items():
        setattr(tally, name, np.array(rows, np.int64).T.copy())
    memory.n_classes = per_school(c.schools, "n_classes", np.int64).T.copy()
    for grade, cohort in enumerate(c.grades):
        _deal(c, grade, cohort, bool(law["teaching.class_sorting"]))


def _deal(c: PlainCounty, grade: int, pupils: list[Pupil], is_sorted: bool) -> None:
    """Put the pupils of a grade into classes: in turn, or in bands of attainment."""
    for school in c.schools:
        school.turn = 0
    if is_sorted:
        pupils = sorted(pupils, key=lambda p: (-p.own, p.id))
    for pupil in pupils:
        school = pupil.school
        if pupil.status != ENROLLED:
            pupil.klass = None
            continue
        classes, turn = school.of_grade[grade], school.turn
        if is_sorted:
            klass = classes[turn * len(classes) // school.enrolment[grade]]
            school.turn = turn + 1
        else:
            klass = classes[turn]
            school.turn = turn + 1 if turn + 1 < len(classes) else 0
        pupil.klass = klass
        klass.n += 1
        klass.sum += int(pupil.achievement * GRAIN)


def staff_classes(c: PlainCounty) -> None:
    """Give every class a teacher in each subject: own, visiting, out of field, or none."""
    memory, tally = c.memory, c.now.tally
    for school in c.schools:
        school.placed = [[] for _ in range(N_SUBJECTS)]
        school.gaps, school.visits = [0] * N_SUBJECTS, 0
    for t in sorted(c.teachers, key=attrgetter("id")):
        t.placement.placed[t.subject].append(t)
    primary, junior = memory.load_primary.tolist(), memory.load_junior.tolist()
    for school in c.schools:
        _own_teachers(school, primary, junior)
    for school in c.schools:
        unit = school.campus_unit
        visits = unit.campuses if unit is not None and unit.itinerant else []
        for k in range(N_SUBJECTS):
            if school.gaps[k]:
                for klass in school.classes:
                    if klass.kind[k] == UNCOVERED:
                        klass.teacher[k], klass.kind[k] = _stand_in(school, k, visits)
    gaps = per_school(c.schools, "gaps", np.int64)
    tally.subject_gap = gaps[:, EXAMINED:].T.copy()
    tally.examined_gap = gaps[:, :EXAMINED].sum(axis=1)
    tally.visiting_cells = per_school(c.schools, "visits", np.int64)


def _own_teachers(school: School, primary: list[float], junior: list[float]) -> None:
    """Spread the school's own teachers of each subject over its classes; note the time they have to spare."""
    n = len(school.classes)
    young, old = sum(school.n_classes[:SPLIT]), sum(school.n_classes[SPLIT:])
    school.spare = []
    for klass in school.classes:
        klass.teacher, klass.kind = [None] * N_SUBJECTS, [UNCOVERED] * N_SUBJECTS
    for k in range(N_SUBJECTS):
        load = n / max(young / primary[k] + old / junior[k], 1e-9) if n else primary[k]
        teachers = school.placed[k]
        room = int(len(teachers) * load)
        served = min(room, n)
        school.spare.append(room - served)
        per_teacher = max(1, (served + len(teachers) - 1) // len(teachers)) if teachers else 1
        done = 0
        for j, klass in enumerate(school.classes):
            if (j + 1) * served // n > j * served // n:
                klass.teacher[k], klass.kind[k] = teachers[done // per_teacher], OWN
                done += 1
            else:
                school.gaps[k] += 1


def _stand_in(school: School, k: int, campuses: list[School]) -> tuple[Teacher | None, int]:
    """Find someone for a class without a teacher of the subject."""
    for other in campuses:
        if other is not school and other.spare[k] > 0:
            teacher = other.placed[k][other.spare[k] % len(other.placed[k])]
            other.spare[k] -= 1
            school.visits += 1
            school.gaps[k] -= 1
            return teacher, ITINERANT
    most = max(school.spare)
    if most <= 0:
        return None, UNCOVERED
    best = school.spare.index(most)
    teacher = school.placed[best][school.spare[best] % len(school.placed[best])]
    school.spare[best] -= 1
    return teacher, OUT_OF_FIELD


def quality_of_classes(c: PlainCounty) -> None:
    """Set what the year gives each class."""
    r, law, memory, schools = c.r, c.law, c.memory, c.board_of_schools()
    spending = np.log(np.maximum(memory.operating, 1.0) / memory.operating_reference)
    part = (
        law["achievement.management"] * schools.management
        + law["achievement.climate"] * schools.climate
        + law["achievement.spending"] * spending
        - law["achievement.turnover"] * (schools.turnover - memory.turnover_usual)
        - memory.cover_loss
    )
    online = online_lessons(c.now) / law["teaching.examined_lessons_week"] * law["achievement.online_lesson"]
    for t in c.teachers:
        t.effective = t.gives(r)
    for school, own, share in zip(c.schools, part.tolist(), np.minimum(online, 1.0).tolist(), strict=True):
        total, pupils = 0.0, 0
        for klass in school.classes:
            value = 0.0
            for k in range(EXAMINED):
                teacher, kind = klass.teacher[k], klass.kind[k]
                given = -r.substitute_penalty if teacher is None else teacher.effective
                if kind == OUT_OF_FIELD:
                    given -= r.out_of_field
                if kind >= OUT_OF_FIELD and share > 0.0 and not math.isnan(school.core_peer):
                    given += share * max(0.0, school.core_peer - given)
                value += given
            value /= EXAMINED
            total += value * klass.n
            pupils += klass.n
            peers = klass.sum / GRAIN / klass.n if klass.n > 0 else 0.0
            klass.q = (
                value
                + own
                + class_size_effect(klass.n, r.size_reference, r.size_effect)
                + r.peer_effect * peers
                - r.quality_offset
            )
        school.teacher_part = total / pupils if pupils > 0 else 0.0
    memory.school_part, memory.teacher_part = part, per_school(c.schools, "teacher_part")


def learn(c: PlainCounty) -> None:
    """Let every pupil learn; lay the schools' counts out for measures."""
    r, memory, tally = c.r, c.memory, c.now.tally
    for school in c.schools:
        school.learned = ([0] * 7, [0] * 7)
    for grade, pupils in enumerate(c.grades, 1):
        r.grade, r.grade_stage = grade, int(grade > SPLIT)
        for pupil in pupils:
            pupil.learn(r)
    counts = per_school(c.schools, "learned", np.int64).transpose(2, 1, 0)
    tally.n_pupils, tally.n_low, tally.n_low_ses = (np.ascontiguousarray(counts[i]) for i in range(3))
    sums = counts[3:] / GRAIN
    tally.sum_achievement, tally.sum_square, tally.sum_ses, tally.sum_low_ses = sums
    n = tally.n_pupils.sum(axis=0)
    memory.mean_ses = np.where(n > 0, tally.sum_ses.sum(axis=0) / np.maximum(n, 1), memory.mean_ses)
    for school, value in zip(c.schools, memory.mean_ses.tolist(), strict=True):
        school.mean_ses = value


def tally_pupils(c: PlainCounty) -> None:
    """Count pupils as they stand where the rule of teaching is off."""
    r, tally = c.r, c.now.tally
    for school in c.schools:
        school.learned = ([0] * 7, [0] * 7)
    for grade, pupils in enumerate(c.grades, 1):
        for p in pupils:
            if p.status == ENROLLED and p.school is not None:
                p.school.tally_pupil(int(grade > SPLIT), p.achievement, p.ses, r.low_line[grade - 1], r.low_ses_line)
    counts = per_school(c.schools, "learned", np.int64).transpose(2, 1, 0)
    tally.n_pupils, tally.n_low, tally.n_low_ses = (np.ascontiguousarray(counts[i]) for i in range(3))
    tally.sum_achievement, tally.sum_square, tally.sum_ses, tally.sum_low_ses = counts[3:] / GRAIN


def graduate(c: PlainCounty) -> None:
    """Allot good senior-high places: by quota to each school, the rest by rank in the county."""
    tally = c.now.tally
    order = sorted((p for p in c.grades[N_GRADES - 1] if p.status == ENROLLED), key=attrgetter("achievement"), reverse=True)
    for school in c.schools:
        school.graduates = school.got = school.eligible = school.quota = 0
    line, offered, filled = 0.0, 0, 0
    if order:
        line, offered, filled = _places(c, order)
    for school in c.schools:
        if school.graduates > 0:
            school.good_senior_chance = school.got / school.graduates
    tally.n_graduates = per_school(c.schools, "graduates", np.int64)
    c.memory.n_graduates = tally.n_graduates
    tally.n_good_senior = per_school(c.schools, "got", np.int64)
    tally.open_line, tally.quota_offered, tally.quota_filled = line, offered, filled


def _places(c: PlainCounty, order: list[Pupil]) -> tuple[float, int, int]:
    """Allot seats to graduates sorted best first; return the open line, quota seats offered and filled."""
    law, total = c.law, len(order)
    years = int(law["admission.quota_registration_years"])
    seats = int(law["admission.good_senior_share"] * total + 0.5)
    for p in order:
        p.school.graduates += 1
        p.school.eligible += p.tenure >= years
    n_eligible = sum(s.eligible for s in c.schools)
    published = 0.0
    for s in c.schools:
        if not math.isnan(s.quota_places):
            published += s.quota_places
    pot, offered = law["admission.quota_share"] * seats, 0
    for s in c.schools:
        if published > 0.0:
            share = 0.0 if math.isnan(s.quota_places) else s.quota_places / published
        else:
            share = s.eligible / n_eligible if n_eligible > 0 else 0.0
        room = share * pot
        if not math.isnan(s.quota_unfilled_share):
            room *= 1.0 - s.quota_unfilled_share
        s.quota = int(room + 0.5)
        offered += s.quota
    line = order[min(seats, total) - 1].achievement if seats > 0 else order[0].achievement + 1.0
    filled, others = 0, []
    for p in order:
        s = p.school
        gap = law["admission.quota_floor_gap"] if math.isnan(s.quota_floor_gap) else s.quota_floor_gap
        if s.quota > 0 and p.tenure >= years and p.achievement >= line + gap:
            s.quota -= 1
            s.got += 1
            filled += 1
        else:
            others.append(p)
    for p in others[: max(0, seats - filled)]:
        p.school.got += 1
        line = p.achievement
    return line, offered, filled
