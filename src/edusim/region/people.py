"""Teachers and pupils for given schools: shared by the drawn county and the roster.

Given a table of schools and what is known of them (pupils a grade, teachers, credentials), these
functions fill the tables of teachers and pupils; :mod:`edusim.region.homes` fills that of
neighbourhoods. A school's *counts* are taken as given; who the people are is drawn from the run's seed
and draw.

What ties a school's people together is its ``management`` (relative to its zone): well-run schools
attract better teachers and better-off families.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edusim import draws, stages
from edusim.region.homes import (
    N_PRIMARY_GRADES,
    Bool,
    Float,
    Homes,
    Int,
    distance_km,
    draw_neighbourhoods,
    nearest,
    rank_within,
    relative_management,
    share_out,
    without_zone_means,
)
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES, SUBJECTS, Table

__all__ = [
    "ID_STEP", "JUNIOR_WEIGHT", "N_PRIMARY_GRADES", "Bool", "Float", "Homes", "Int", "Law", "distance_km",
    "draw_neighbourhoods", "draw_pupils", "draw_teachers", "nearest", "posts", "rank_within",
    "relative_management", "seed_of", "share_out", "stage_weight", "without_zone_means",
]  # fmt: skip

#: Pupil ids: (year of entry to grade 1) * ID_STEP + number within the cohort.
ID_STEP = 10_000_000
#: A nine-year school's goods and people are split between stages by pupils weighted 1 : 1.1
#: (the ministry's counting rule, see the official indicators).
JUNIOR_WEIGHT = stages.weights("nine_year")[1]
_TOWN, _RURAL = 1, 2
_SPARE_TEACHER_ROWS = 0.25  # free rows for hires beyond leavers, share of the staff
_NEAREST = 4  # neighbourhoods a teacher's home is drawn from


class Law(Protocol):
    """Parameters in force in a year: path -> value."""

    def __getitem__(self, path: str, /) -> Any: ...


def seed_of(seed: int, draw: int) -> int:
    """Return the seed of one draw of a run: people are new in each draw, the schools are not."""
    return int(draws.key(seed, "region.teacher", draw, 0) >> np.uint64(1))


def posts(stage_pupils: Int, law: Law) -> Float:
    """Posts (编制) by the staffing rule: pupils over the ratio, small schools by classes.

    A stage of a school has ``max(pupils / ratio, teachers_per_class_small * classes)`` posts, where
    classes are pupils a grade over the class cap, rounded up.

    Parameters
    ----------
    stage_pupils
        int64, shape (n_schools, 9): pupils a grade.
    law
        Parameters in force: ``staffing.*`` and ``teaching.class_cap_*``.

    Returns
    -------
    numpy.ndarray
        float64, shape (2, n_schools): posts of the primary and the junior part.
    """
    out = np.zeros((2, stage_pupils.shape[0]))
    parts = (slice(0, N_PRIMARY_GRADES), slice(N_PRIMARY_GRADES, N_GRADES))
    for stage, name in enumerate(("primary", "junior")):
        pupils = stage_pupils[:, parts[stage]]
        classes = np.ceil(pupils / float(law[f"teaching.class_cap_{name}"])).sum(axis=1)
        by_pupils = pupils.sum(axis=1) / float(law[f"staffing.pupils_per_teacher_{name}"])
        out[stage] = np.maximum(by_pupils, float(law["staffing.teachers_per_class_small"]) * classes)
    return out


def stage_weight(enrolment: Int) -> Float:
    """Return the junior part's share of a school's people and goods: pupils weighted 1 : 1.1."""
    primary = enrolment[:, :N_PRIMARY_GRADES].sum(axis=1).astype(np.float64)
    junior = JUNIOR_WEIGHT * enrolment[:, N_PRIMARY_GRADES:].sum(axis=1)
    return np.asarray(junior / np.maximum(primary + junior, 1e-300))


def draw_pupils(
    schools: Table,
    homes: Homes,
    *,
    settings: Mapping[str, Any],
    seed: int,
    base_year: int,
    block_size: int | None = None,
) -> Table:
    """Draw the pupils of the nine grades: home, SES, own noise, school, years registered.

    Pupils attend the school of their catchment, except those whom the homes place at a private school:
    among a neighbourhood's families the better-off go more often. ``own`` is standard normal noise;
    the engine scales it and adds the part due to SES. School-caused gain and achievement are zero.

    Parameters
    ----------
    schools, homes
        Schools and where families live.
    settings
        Generator numbers: ``region.pupils.private_ses``, ``region.demography.move_share``.
    seed
        The draw's seed (:func:`seed_of`).
    base_year
        The cohort in grade g entered grade 1 in ``base_year + 1 - g``.
    block_size
        Rows of a grade's block; default: the largest grade.

    Returns
    -------
    Table
        Pupils, nine blocks of ``block_size`` rows; rows not used have status 0 (empty).
    """
    cohort = homes.pupils.sum(axis=1)
    size = int(cohort.max()) if block_size is None else int(block_size)
    table = Table.empty("pupils", N_GRADES * size)
    neighbourhoods = homes.table
    moved_share = settings["region.demography.move_share"]
    slope = float(settings["region.pupils.private_ses"])
    everywhere = np.arange(neighbourhoods.n)
    for grade in range(1, N_GRADES + 1):
        n = int(cohort[grade - 1])
        rows = slice((grade - 1) * size, (grade - 1) * size + n)
        ids = (base_year + 1 - grade) * ID_STEP + np.arange(n, dtype=np.int64)
        home = np.repeat(everywhere, homes.pupils[grade - 1])
        ses = neighbourhoods.ses_mean[home]
        ses = ses + homes.ses_within_sd * draws.normal(seed, "region.pupil", base_year, ids, k=1)
        is_junior = grade >= FIRST_JUNIOR_GRADE
        catch = neighbourhoods.catchment_junior if is_junior else neighbourhoods.catchment_primary
        school = catch[home].astype(np.int64)
        _send_private(school, home, ses, homes, grade, slope, seed, base_year, ids)
        years = np.full(n, grade, np.int64)
        if is_junior:
            years[schools.stage[school] == 1] = grade - N_PRIMARY_GRADES
        # A family that moved in between registered later: the share is (1 - move)^(years - 1).
        u = draws.uniform(seed, "region.pupil", base_year, ids, k=4)
        stayed = (1.0 - moved_share[neighbourhoods.zone[home]]) ** (years - 1)
        back = 1 + np.floor((u - stayed) / np.maximum(1.0 - stayed, 1e-12) * (years - 1)).astype(np.int64)
        table.id[rows] = ids
        table.status[rows] = 1
        table.school[rows] = school
        table.home[rows] = home
        table.ses[rows] = ses
        table.own[rows] = draws.normal(seed, "region.pupil", base_year, ids, k=2)
        table.tenure[rows] = np.where(u > stayed, np.clip(years - back, 1, years), years)
    return table


def _send_private(
    school: Int, home: Int, ses: Float, homes: Homes, grade: int, slope: float, seed: int, base_year: int, ids: Int
) -> None:
    """Send each neighbourhood's number of pupils to private schools, the better-off more often."""
    wanted = homes.private[grade - 1]
    total = wanted.sum(axis=1)
    some = np.flatnonzero(total[home] > 0)
    if some.size == 0:
        return
    noise = draws.normal(seed, "region.pupil", base_year, ids[some], k=3)
    rank = rank_within(home[some], slope * ses[some] + noise)
    goes = rank < total[home[some]]
    chosen = some[goes]
    upper = np.cumsum(wanted, axis=1)
    which = (rank[goes][:, None] >= upper[home[chosen]]).sum(axis=1)
    school[chosen] = homes.private_rows[which]


def _school_quality(schools: Table, staff: Int, settings: Mapping[str, Any], sd: float, seed: int) -> Float:
    """Return each school's mean teacher quality, with the declared share of all variance between schools."""
    zone_mean = settings["region.teachers.quality_zone"][schools.zone]
    rho = float(settings["region.teachers.quality_management"])
    rest = rho * relative_management(schools)
    rest = rest + np.sqrt(1.0 - rho**2) * draws.normal(seed, "region.school", 1, schools.id, k=50)
    weight = staff / max(int(staff.sum()), 1)
    zone_mean = zone_mean - weight @ zone_mean
    rest = without_zone_means(rest, schools.zone, weight)
    wanted = float(settings["region.teachers.between_share"]) * sd**2
    a, b, c = weight @ rest**2, 2.0 * (weight @ (zone_mean * rest)), weight @ zone_mean**2 - wanted
    root = max(b * b - 4.0 * a * c, 0.0)
    scale = max(0.0, (-b + np.sqrt(root)) / (2.0 * a)) if a > 0 else 0.0
    return np.asarray(zone_mean + scale * rest)


def _subjects(
    schools: Table, staff: Int, school: Int, within: Int, enrolment: Int, settings: Mapping[str, Any], seed: int,
    specialists: Int | None,
) -> NDArray[np.int8]:
    """Give every teacher a subject: systematic sampling of the stage's mix, few PE, art, music where small."""
    junior = stage_weight(enrolment)[:, None]
    mix = (1.0 - junior) * settings["region.teachers.subject_primary"] + junior * settings[
        "region.teachers.subject_junior"
    ]
    first = SUBJECTS.index("pe")
    mix = mix / mix.sum(axis=1, keepdims=True)
    special = mix[:, first:].sum(axis=1)
    wanted = special * np.minimum(1.0, staff / float(settings["region.teachers.specialist_staff"]))
    if specialists is not None:
        known = specialists >= 0
        wanted = np.where(known, np.minimum(specialists / np.maximum(staff, 1), 1.0), wanted)
    mix[:, first:] *= (wanted / np.maximum(special, 1e-12))[:, None]
    mix[:, :first] *= ((1.0 - wanted) / np.maximum(1.0 - special, 1e-12))[:, None]
    edge = np.cumsum(mix, axis=1)[:, :-1]
    # A known number of specialists is met exactly: sampling then starts at the middle of a step.
    offset = draws.uniform(seed, "region.school", 1, schools.id, k=51)
    if specialists is not None:
        offset = np.where(specialists >= 0, 0.5, offset)
    place = (within + offset[school]) / staff[school]
    return np.asarray((place[:, None] >= edge[school]).sum(axis=1).astype(np.int8))


def _homes_of_teachers(
    schools: Table, neighbourhoods: Table, school: Int, settings: Mapping[str, Any], seed: int, ids: Int
) -> Int:
    """Draw where teachers live: near the school, or in town or city and commuting."""
    u = draws.uniform(seed, "region.teacher", 0, ids, k=20)
    pick = (draws.uniform(seed, "region.teacher", 0, ids, k=21) * _NEAREST).astype(np.int64)
    zone = schools.zone[school]
    in_city = settings["region.teachers.home_city"][zone]
    in_town = settings["region.teachers.home_town"][zone]
    home = nearest(schools.x_km, schools.y_km, neighbourhoods.x_km, neighbourhoods.y_km, _NEAREST)[school, pick]
    for is_there, code in ((u < in_city, 0), ((u >= in_city) & (u < in_city + in_town), _TOWN)):
        rows = np.flatnonzero(neighbourhoods.zone == code)
        if rows.size == 0 or not is_there.any():
            continue
        near = nearest(schools.x_km, schools.y_km, neighbourhoods.x_km[rows], neighbourhoods.y_km[rows], _NEAREST)
        home[is_there] = rows[near[school[is_there], pick[is_there]]]
    return home


def draw_teachers(
    schools: Table,
    neighbourhoods: Table,
    staff: Int,
    enrolment: Int,
    *,
    law: Law,
    settings: Mapping[str, Any],
    seed: int,
    base_year: int,
    counts: Mapping[str, Int] | None = None,
    first_id: int = 1,
) -> Table:
    """Draw the teachers of given schools: subject, age, credentials, quality, home, pay, service.

    Quality has SD ``teacher.quality_sd`` over the county, a declared part of its variance between
    schools; experience gives ``novice_gain (1 - exp(-x / novice_years)) + late_gain min(x, 30) / 30``
    of it and the rest is innate. Title, degree and backbone follow experience, age and a credential
    index that correlates ``teacher.credential_correlation`` with quality. Employer, post and placement
    are the same school: nobody is on rotation.

    Parameters
    ----------
    schools, neighbourhoods
        Tables; ``id, zone, x_km, y_km, management, is_core_base`` of schools are read.
    staff
        int64, shape (n_schools,): teachers of each school, substitutes included.
    enrolment
        int64, shape (n_schools, 9): pupils a grade (for the stage mix of nine-year schools).
    law
        Parameters in force (``teacher.*``, ``promotion.*``, ``staffing.*``, ``appraisal.noise_sd``,
        ``honours.excellent_share``, ``finance.substitute_yuan_year``).
    settings
        Generator numbers, ``region.teachers.*`` and ``region.pay.*``.
    seed
        The draw's seed (:func:`seed_of`).
    base_year
        Year of the state.
    counts
        Known numbers a school, int64 (n_schools,), -1 where unknown: ``above_degree``, ``middle_up``
        (middle rank and above), ``senior``, ``backbone``, ``pe_art_music``, ``substitute``. What is
        not given is drawn from the generator's shares.
    first_id
        Id of the first teacher; ids run on in the order of schools.

    Returns
    -------
    Table
        Teachers, then free rows for hires (``serving`` False).
    """
    known = dict(counts or {})
    n = int(staff.sum())
    school = np.repeat(np.arange(schools.n), staff)
    stop = np.cumsum(staff)
    within = np.arange(n) - np.repeat(stop - staff, staff)
    ids = first_id + np.arange(n, dtype=np.int64)
    zone = schools.zone[school].astype(np.int64)

    def uniform(k: int) -> Float:
        return draws.uniform(seed, "region.teacher", 0, ids, k=k)

    def normal(k: int) -> Float:
        return draws.normal(seed, "region.teacher", 0, ids, k=k)

    def wanted(name: str, share: Float, k: int) -> Int:
        """Return the number a school: the known one, else a share of staff rounded at random."""
        drawn = np.floor(share * staff + draws.uniform(seed, "region.school", 1, schools.id, k=k)).astype(np.int64)
        given = known.get(name)
        drawn = np.minimum(drawn, staff)
        return drawn if given is None else np.where(given >= 0, np.minimum(given, staff), drawn)

    retire = float(law["staffing.retire_age"])
    entry = float(settings["region.teachers.entry_age"])
    mean, spread = settings["region.teachers.age_mean"], settings["region.teachers.age_sd"]
    # Ages outside the working years are mirrored into them: clipping would pile people up at both ends.
    drawn = mean[zone] + spread[zone] * normal(1)
    drawn = np.where(drawn >= retire, 2.0 * retire - drawn, np.where(drawn < entry, 2.0 * entry - drawn, drawn))
    age = np.floor(np.clip(drawn, entry, retire - 0.5))
    experience = np.clip(age - entry + uniform(2) - 0.5, 0.0, None)
    is_substitute = rank_within(school, uniform(3)) < wanted(
        "substitute", settings["region.teachers.substitute"][schools.zone], 40
    )[school]

    sd = float(law["teacher.quality_sd"])
    gained = float(law["teacher.novice_gain"]) * (1.0 - np.exp(-experience / float(law["teacher.novice_years"])))
    gained += float(law["teacher.late_gain"]) * np.minimum(experience, 30.0) / 30.0
    of_school = _school_quality(schools, staff, settings, sd, seed)[school]
    # What schools and experience do not account for differs between colleagues: the total SD is the law's.
    within_sd = np.sqrt(max(sd**2 - float(np.var(of_school + gained)), 0.0)) if n else 0.0
    innate = of_school + within_sd * normal(4)
    if n:
        innate = innate - (innate + gained).mean()
    quality = innate + gained
    scaled = quality / max(float(quality.std()) if n else 0.0, 1e-12)
    r = float(law["teacher.credential_correlation"])
    credential = r * scaled + np.sqrt(1.0 - r * r) * normal(5)

    junior = stage_weight(enrolment)
    is_core = schools.is_core_base
    at_primary, at_junior = settings["region.teachers.above_degree_primary"], settings["region.teachers.above_degree_junior"]
    degree_share = (1.0 - junior) * at_primary[schools.zone] + junior * at_junior[schools.zone]
    senior_share = (1.0 - junior) * float(law["promotion.senior_share_primary"])
    senior_share = senior_share + junior * float(law["promotion.senior_share_junior"])
    middle_share = np.minimum(senior_share + float(law["promotion.middle_share"]), 1.0)
    backbone_share = settings["region.teachers.backbone"][schools.zone]
    backbone_share = np.where(is_core, float(settings["region.teachers.backbone_core"]), backbone_share)
    n_degree, n_middle = wanted("above_degree", degree_share, 41), wanted("middle_up", middle_share, 42)
    n_senior, n_backbone = wanted("senior", senior_share, 43), wanted("backbone", backbone_share, 44)

    # Substitutes hold no title; ranks need years of service. Known counts go before these conditions
    # only in so far as there are people who meet them.
    middle_years = float(settings["region.teachers.middle_years"])
    senior_years = float(settings["region.teachers.senior_years"])
    merit = experience / 10.0 + credential - 100.0 * is_substitute - 50.0 * (experience < middle_years)
    place = rank_within(school, merit)
    may_middle = ~is_substitute & (experience >= middle_years)
    is_senior = (place < n_senior[school]) & may_middle & (experience >= senior_years)
    is_middle = (place < n_middle[school]) & may_middle & ~is_senior
    title = np.where(is_senior, 2, np.where(is_middle, 1, 0))
    standing = credential + 0.5 * title - 100.0 * is_substitute - 50.0 * (experience < middle_years)
    is_backbone = (rank_within(school, standing) < n_backbone[school]) & may_middle
    is_above_degree = rank_within(school, credential - age / 20.0) < n_degree[school]
    since = np.where(title == 2, senior_years, np.where(title == 1, middle_years, 0.0))
    rank_years = np.floor((experience - since) * np.where(title > 0, uniform(6), 1.0))

    stay = float(settings["region.teachers.stay_years"])
    years_at_post = np.minimum(np.floor(-stay * np.log(uniform(7))), np.floor(experience))
    is_rural = zone >= _RURAL
    before = np.floor(experience) - years_at_post
    served = uniform(8) < float(settings["region.teachers.rural_service_share"])
    served_years = np.ceil(-float(settings["region.teachers.rural_service_years"]) * np.log(uniform(9)))
    weak_years = np.where(is_rural, years_at_post, 0.0) + np.where(served, np.minimum(served_years, before), 0.0)

    noise = float(law["appraisal.noise_sd"])
    appraisal = (scaled + noise * normal(10)) / np.sqrt(1.0 + noise**2)
    excellent = np.floor(float(law["honours.excellent_share"]) * np.minimum(experience, 10.0) + uniform(11))
    factor = settings["region.pay.title"][title] * (1.0 + float(settings["region.pay.experience"]) * experience)
    pay = float(settings["region.pay.base_yuan_year"]) * factor
    pay = np.where(is_substitute, float(law["finance.substitute_yuan_year"]), pay)
    served_since = np.floor(experience).astype(np.int64)
    lock = np.maximum(0, int(law["staffing.hire_lock_years"]) - served_since)

    spare = int(np.ceil(_SPARE_TEACHER_ROWS * n)) + 8
    table = Table.empty("teachers", n + spare)
    columns: dict[str, Any] = {
        "id": ids, "serving": True, "employer": school, "post": school, "placement": school, "origin": -1,
        "subject": _subjects(schools, staff, school, within, enrolment, settings, seed, known.get("pe_art_music")),
        "is_above_degree": is_above_degree & ~is_substitute, "title": title, "is_backbone": is_backbone,
        "is_substitute": is_substitute, "age": age, "experience": experience, "innate": innate, "quality": quality,
        "appraisal": appraisal, "excellent_years": np.where(is_substitute, 0, excellent),
        "home": _homes_of_teachers(schools, neighbourhoods, school, settings, seed, ids), "pay_yuan_year": pay,
        "years_at_post": years_at_post, "rank_years": rank_years, "weak_years": weak_years,
        "lock_left": np.where(is_substitute, 0, lock), "year_hired": base_year - served_since,
    }  # fmt: skip
    for name, values in columns.items():
        table[name][:n] = values
    return table
