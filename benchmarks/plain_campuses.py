"""Mergers and new campuses in the plain model: schools decide as in the engine, people go one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.plain_agents import School, Teacher
from benchmarks.scalars import uniform_at
from edusim.equations.pupils import ENROLLED
from edusim.rules import campuses

if TYPE_CHECKING:
    from benchmarks.plain import PlainCounty


def merge_campuses(c: PlainCounty) -> None:
    """Merge small schools: their pupils and teachers go to the school that receives them."""
    merged: dict[School, School] = {}
    c.share(lambda year: merged.update((c.schools[a], c.schools[b]) for a, b in campuses.plan_mergers(year)))
    if not merged:
        return
    c.look_around()
    for pupils in c.grades:
        for pupil in pupils:
            if pupil.status == ENROLLED:
                pupil.school = merged.get(pupil.school, pupil.school)
    for teacher in c.teachers:
        _follow(c, teacher, merged)


def open_campuses(c: PlainCounty) -> None:
    """Open new campuses: pupils of the ceded catchment and some of the mother's teachers go there."""
    openings: list[campuses.Opening] = []
    c.share(lambda year: openings.extend(campuses.plan_openings(year)))
    if not openings:
        return
    c.look_around()
    key = c.now.key("campuses.staff")
    for opening in openings:
        mother, new = c.schools[opening.mother], c.schools[opening.school]
        moved = 0
        for grade, pupils in enumerate(c.grades, 1):
            part = int(grade >= 7)
            if grade in campuses.LAST_GRADES or new.stage == 1 - part:
                continue
            going = [
                p for p in pupils if p.status == ENROLLED and p.school is mother and p.home.row in opening.homes
            ]
            for pupil in sorted(going, key=lambda p: p.id)[: new.seats[part]]:
                pupil.school = new
                moved += 1
        n = campuses.founding_staff(c.now, opening, moved)
        staff = [
            t for t in c.teachers
            if not t.is_substitute and t.post is t.employer is t.placement is mother and t.origin is None
        ]  # fmt: skip
        staff = sorted(staff, key=lambda t: (uniform_at(key, t.id), t.id))[:n]
        for teacher in staff:
            _follow(c, teacher, {mother: new})
        campuses.book_opening(c.now, opening, moved, len(staff))


def _follow(c: PlainCounty, teacher: Teacher, to: dict[School, School]) -> None:
    """Let a teacher follow the school: posts, place of teaching, the school to return to."""
    old = teacher.post
    for name in ("employer", "post", "placement", "origin"):
        school = getattr(teacher, name)
        setattr(teacher, name, to.get(school, school))
    if teacher.post is not old:
        teacher.years_at_post = 0
        c.now.records.add("transfer", "teacher", teacher.id, old.id, teacher.post.id)
    if teacher.origin is teacher.post:
        teacher.origin, teacher.term_left, teacher.away_years, teacher.is_forced = None, 0, 0, False
