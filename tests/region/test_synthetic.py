"""A drawn county: the same seed gives the same county, and the county looks like the published ones."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from edusim.declarations import law_in_force
from edusim.errors import ConfigError
from edusim.region import Case, people, settings, skeleton, synthetic
from edusim.state import N_GRADES

LAW = {path: d.default for path, d in law_in_force().parameters.items()} | {
    "teacher.quality_sd": 0.14,
    "teacher.credential_correlation": 0.2,
    "teacher.novice_gain": 0.07,
    "teacher.novice_years": 2.5,
    "teacher.late_gain": 0.04,
    "appraisal.noise_sd": 1.5,
}
SMALL = 6000
PARAMETERS = sorted(settings.declared().parameters)


def county(n_pupils: int = SMALL, seed: int = 3, draw: int = 0, rows: str = "id", **values: Any) -> Case:
    region = synthetic(seed, n_pupils, values=values.pop("values", None))
    return region.build(LAW, seed=1, draw=draw, base_year=2025, years=5, rows=rows)


@lru_cache(maxsize=2)
def full(seed: int = 2025) -> Case:
    return county(100_000, seed)


def digest(case: Case) -> str:
    """Digest of everything a run starts from: state, demography, constants."""
    mine = hashlib.sha256(case.state.digest().encode())
    for array in (case.demography.entrants, case.demography.move_share, case.demography.destination):
        mine.update(np.ascontiguousarray(array).tobytes())
    for name, value in sorted(case.constants.items()):
        plain = repr(value).encode() if isinstance(value, dict) else np.asarray(value, dtype=np.float64).tobytes()
        mine.update(name.encode() + plain)
    return mine.hexdigest()


def enrolment(case: Case) -> np.ndarray:
    state = case.state
    used = state.pupils.status == 1
    out = np.zeros((state.schools.n, N_GRADES), np.int64)
    np.add.at(out, (state.pupils.school[used], state.grade_of_rows()[used] - 1), 1)
    return out


def cv(case: Case, total: np.ndarray) -> np.ndarray:
    pupils, part = skeleton._parts(enrolment(case))
    return skeleton._cv_and_mean(total.astype(np.float64), pupils, part)[0]


def staff_count(case: Case, mask: np.ndarray) -> np.ndarray:
    teachers = case.state.teachers
    return np.bincount(teachers.employer[mask & teachers.serving], minlength=case.state.schools.n)


def test_same_seeds_give_the_same_county_and_others_another() -> None:
    assert digest(county()) == digest(county())
    assert digest(county()) != digest(county(seed=4))


def test_people_are_new_in_each_draw_and_the_frame_is_not() -> None:
    one, two = county(draw=0), county(draw=1)
    for name in ("schools", "groups", "neighbourhoods"):
        for column in one.state.tables()[name]:
            np.testing.assert_array_equal(one.state.tables()[name][column], two.state.tables()[name][column])
    used = one.state.pupils.status == 1
    np.testing.assert_array_equal(one.state.pupils.id, two.state.pupils.id)
    assert abs(np.corrcoef(one.state.pupils.own[used], two.state.pupils.own[used])[0, 1]) < 0.05
    serving = one.state.teachers.serving
    assert not np.array_equal(one.state.teachers.innate[serving], two.state.teachers.innate[serving])


def test_births_and_moves_are_the_same_in_every_draw() -> None:
    one, two = county(draw=0).demography, county(draw=1).demography
    np.testing.assert_array_equal(one.entrants, two.entrants)
    np.testing.assert_array_equal(one.destination, two.destination)
    assert one.entrants.shape == (5, county().state.neighbourhoods.n)
    assert one.destination.sum() == pytest.approx(1.0)


def test_a_longer_horizon_starts_with_the_same_births() -> None:
    region = synthetic(3, SMALL)
    short, long = (region.build(LAW, seed=1, draw=0, base_year=2025, years=y).demography for y in (3, 8))
    np.testing.assert_array_equal(short.entrants, long.entrants[:3])


def test_the_order_of_rows_does_not_matter() -> None:
    straight, mixed = county(), county(rows="shuffled")
    assert not np.array_equal(straight.state.schools.id, mixed.state.schools.id)
    assert straight.state.digest() == mixed.state.digest()
    mixed.state.check()
    by_id = dict(zip(straight.state.schools.id, straight.pseudonyms["zh"], strict=True))
    assert mixed.pseudonyms["zh"] == [by_id[i] for i in mixed.state.schools.id]
    order = np.argsort(mixed.state.neighbourhoods.id)
    np.testing.assert_array_equal(mixed.demography.entrants[:, order], straight.demography.entrants)
    np.testing.assert_array_equal(mixed.demography.destination[order], straight.demography.destination)
    with pytest.raises(ConfigError, match="REGION-ROWS"):
        county(rows="random")


@pytest.mark.parametrize(
    ("n_pupils", "schools", "groups"),
    [(500, (8, 9), (2, 6)), (2_000, (8, 10), (2, 6)), (3_000, (10, 14), (2, 8)), (30_000, (42, 55), (12, 20))],
)
def test_size_of_smaller_counties(n_pupils: int, schools: tuple[int, int], groups: tuple[int, int]) -> None:
    state = county(n_pupils).state
    state.check()
    assert schools[0] <= state.schools.n <= schools[1]
    assert groups[0] <= state.groups.n <= groups[1]
    assert abs(int((state.pupils.status == 1).sum()) - n_pupils) <= 0.02 * n_pupils
    assert set(state.schools.zone) == {0, 1, 2, 3}


def test_the_full_county_has_the_scale_of_the_document() -> None:
    state = full().state
    state.check()
    assert 140 <= state.schools.n <= 175
    assert (state.pupils.status == 1).sum() >= 95_000
    assert 6_300 <= state.teachers.serving.sum() <= 7_800
    stages = state.schools.stage[state.groups.core]
    assert abs(int((stages == 0).sum()) - 30) <= 2
    assert abs(int((stages != 0).sum()) - 23) <= 2


def test_size_out_of_range_is_refused() -> None:
    for n_pupils in (499, 2_000_001):
        with pytest.raises(ConfigError, match="REGION-SIZE"):
            synthetic(0, n_pupils)


def test_unknown_or_wrong_generator_values_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"region\.ses\.school_sd"):
        synthetic(0, SMALL, values={"region.ses.school_ds": 0.2})
    with pytest.raises(ConfigError, match="CFG-RANGE"):
        synthetic(0, SMALL, values={"region.ses.school_sd": 9})


@pytest.mark.parametrize("seed", [2025, 11])
def test_every_school_has_seats_and_a_catchment_and_no_grade_is_over_full(seed: int) -> None:
    case = full(seed)
    schools, homes = case.state.schools, case.state.neighbourhoods
    pupils = enrolment(case)
    primary, junior, public = schools.stage != 1, schools.stage != 0, ~schools.is_private
    assert (schools.seats_primary[primary] > 0).all() and (schools.seats_primary[~primary] == 0).all()
    assert (schools.seats_junior[junior] > 0).all() and (schools.seats_junior[~junior] == 0).all()
    assert (pupils[:, :6].max(axis=1) <= schools.seats_primary).all()
    assert (pupils[:, 6:].max(axis=1) <= schools.seats_junior).all()
    assert set(homes.catchment_primary) == set(np.flatnonzero(primary & public))
    assert set(homes.catchment_junior) == set(np.flatnonzero(junior & public))
    assert (pupils.sum(axis=1) > 0).all()


@pytest.mark.parametrize("seed", [2025, 11])
def test_inequality_between_schools_is_that_of_published_counties(seed: int) -> None:
    case = full(seed)
    s, schools, teachers = settings.read(), case.state.schools, case.state.teachers
    for good, column in (
        ("buildings", schools.buildings_m2),
        ("sports", schools.sports_m2),
        ("equipment", schools.equipment_yuan),
        ("rooms", schools.rooms),
    ):
        np.testing.assert_allclose(cv(case, column), s[f"region.facilities.{good}_cv"], rtol=0.08)
    everyone = np.ones(teachers.n, bool)
    staff = cv(case, staff_count(case, everyone))
    ranked = cv(case, staff_count(case, teachers.title >= 1))
    degree = cv(case, staff_count(case, teachers.is_above_degree))
    assert ((staff >= 0.23) & (staff <= 0.72)).all()
    assert (ranked > staff).all()
    np.testing.assert_allclose(ranked, [0.421, 0.449], rtol=0.12)
    np.testing.assert_allclose(degree, [0.298, 0.342], rtol=0.20)


def test_crowded_schools_have_less_room_a_pupil() -> None:
    case = full()
    pupils = enrolment(case).sum(axis=1)
    area = case.state.schools.buildings_m2 / pupils
    of_stage = case.state.schools.stage == 0
    assert -0.75 < np.corrcoef(pupils[of_stage], area[of_stage])[0, 1] < -0.3


def test_groups_cover_all_public_schools_outside_the_city() -> None:
    state = full().state
    schools, groups = state.schools, state.groups
    in_group = (schools.member_of >= 0) | (schools.leads >= 0)
    outside = ~schools.is_private & (schools.zone > 0)
    assert in_group[outside].all()
    assert not in_group[schools.is_private].any()
    assert not ((schools.member_of >= 0) & (schools.leads >= 0)).any()
    np.testing.assert_array_equal(schools.leads[groups.core], np.arange(groups.n))
    members = np.flatnonzero(schools.member_of >= 0)
    core = groups.core[schools.member_of[members]]
    assert np.array_equal(schools.stage[members] == 0, schools.stage[core] == 0)
    assert (np.bincount(schools.member_of[members], minlength=groups.n) >= 1).all()
    assert (schools.zone[core[schools.zone[members] == 3]] == 0).all(), "mountain members go with city cores"
    city = (schools.zone == 0) & ~schools.is_private
    assert 0.1 <= 1 - in_group[city].mean() <= 0.5
    assert (groups.mode == 0).all()
    np.testing.assert_array_equal(schools.is_core_base, schools.leads >= 0)
    np.testing.assert_array_equal(schools.is_member_base, schools.member_of >= 0)
    assert schools.management[groups.core].mean() > schools.management[members].mean() + 0.5


def test_teachers_follow_the_law_and_the_evidence() -> None:
    case = full()
    state, teachers = case.state, case.state.teachers
    t = teachers.take(np.flatnonzero(teachers.serving))
    assert t.quality.mean() == pytest.approx(0.0, abs=1e-9)
    assert t.quality.std() == pytest.approx(LAW["teacher.quality_sd"], rel=0.05)
    number = np.bincount(t.employer, minlength=state.schools.n)
    mean = np.bincount(t.employer, weights=t.quality, minlength=state.schools.n) / number
    between = float(number @ mean**2 / t.n / t.quality.var())
    assert 0.20 < between < 0.32
    zone = state.schools.zone[t.employer]
    assert 0.03 < t.quality[zone == 0].mean() - t.quality[zone >= 2].mean() < 0.10
    index = sum((x - x.mean()) / x.std() for x in (t.title * 1.0, t.is_above_degree * 1.0, t.is_backbone * 1.0))
    assert 0.10 < np.corrcoef(index, t.quality)[0, 1] < 0.30
    shares = np.bincount(t.title, minlength=3) / t.n
    assert 0.10 < shares[2] < 0.20 and 0.38 < shares[1] < 0.50
    assert 0.08 <= t.is_backbone.mean() <= 0.14
    substitute = [t.is_substitute[zone == z].mean() for z in range(4)]
    assert substitute[3] > substitute[0] and 0.005 < t.is_substitute.mean() < 0.04
    assert (t.employer == t.post).all() and (t.post == t.placement).all()
    assert (t.experience <= t.age - 22).all() and (t.years_at_post <= t.experience).all()
    assert (t.weak_years <= t.experience + 1e-9).all() and (t.rank_years <= t.experience).all()
    assert 75_000 < t.pay_yuan_year.mean() < 180_000
    per_school = np.bincount(t.employer[t.subject >= 5], minlength=state.schools.n) / number
    assert per_school[number < 12].mean() < 0.8 * per_school[number > 40].mean()
    commuter = state.neighbourhoods.zone[t.home] < zone
    assert commuter[zone == 2].mean() > 0.3 and not commuter[zone == 0].any()
    assert teachers.n - t.n >= 0.2 * t.n, "free rows for hires"


def test_teachers_track_the_quality_sd_and_credential_correlation_of_the_law() -> None:
    found = []
    for r, sd in ((0.0, 0.08), (0.4, 0.20)):
        law = LAW | {"teacher.credential_correlation": r, "teacher.quality_sd": sd}
        state = synthetic(3, 20_000).build(law, seed=1, draw=0, base_year=2025, years=1).state
        t = state.teachers.take(np.flatnonzero(state.teachers.serving))
        assert t.quality.std() == pytest.approx(sd, rel=0.12)
        found.append(np.corrcoef(t.is_backbone, t.quality)[0, 1])
    assert found[1] > found[0] + 0.1


def test_families_differ_between_places_and_within_them() -> None:
    state = full().state
    used = state.pupils.status == 1
    ses, zone = state.pupils.ses[used], state.schools.zone[state.pupils.school[used]]
    assert abs(ses.mean()) < 0.02 and ses.std() == pytest.approx(1.0, abs=0.02)
    assert 0.45 < ses[zone == 0].mean() - ses[zone >= 2].mean() < 0.75
    private = state.schools.is_private[state.pupils.school[used]]
    assert ses[private].mean() > ses[~private].mean() + 0.2
    assert 0.01 < private.mean() < 0.05
    assert abs(state.pupils.own[used].std() - 1) < 0.02 and not state.pupils.caused.any()


def test_pupils_ids_tenure_and_blocks() -> None:
    case = full()
    state = case.state
    grade = state.grade_of_rows()
    used = state.pupils.status == 1
    entry = state.pupils.id[used] // people.ID_STEP
    np.testing.assert_array_equal(entry, 2026 - grade[used].astype(int))
    stage = state.schools.stage[state.pupils.school[used]]
    most = np.where(stage == 1, grade[used] - 6, grade[used])
    assert (state.pupils.tenure[used] >= 1).all() and (state.pupils.tenure[used] <= most).all()
    assert state.block_size >= case.demography.entrants.sum(axis=1).max()
    catchment = np.where(
        grade[used] <= 6,
        state.neighbourhoods.catchment_primary[state.pupils.home[used]],
        state.neighbourhoods.catchment_junior[state.pupils.home[used]],
    )
    private = state.schools.is_private[state.pupils.school[used]]
    np.testing.assert_array_equal(state.pupils.school[used][~private], catchment[~private])


def test_villages_empty_while_the_city_grows() -> None:
    case = full()
    entrants, zone = case.demography.entrants, case.state.neighbourhoods.zone
    by_zone = np.stack([entrants[:, zone == z].sum(axis=1) for z in range(4)])
    assert by_zone[0, -1] > by_zone[0, 0]
    assert by_zone[2, -1] < 0.9 * by_zone[2, 0]
    assert (case.demography.move_share[2:] > case.demography.move_share[0]).all()


def test_pseudonyms_are_one_a_school_in_both_languages() -> None:
    case = full()
    for lang in ("zh", "en"):
        assert len(set(case.pseudonyms[lang])) == case.state.schools.n
    assert "城区小学001" in case.pseudonyms["zh"] or "城区小学01" in case.pseudonyms["zh"]
    assert case.notes and all(zh and en for zh, en in case.notes)
    assert case.imputed == {} and case.imputed_cells == {}


def test_share_out_keeps_totals() -> None:
    totals = np.array([[10, 0, 7], [3, 5, 1]])
    start, stop = np.array([0, 3, 5]), np.array([3, 5, 6])
    parts = people.share_out(totals, np.array([1.0, 1.0, 2.0, 0.3, 0.7, 9.0]), start, stop)
    assert (parts >= 0).all()
    np.testing.assert_array_equal(np.add.reduceat(parts, start, axis=1), totals)
    np.testing.assert_array_equal(parts[0], [3, 2, 5, 0, 0, 7])


def test_given_enrolment_is_met_exactly() -> None:
    region = synthetic(3, 20_000)
    schools, plan = skeleton.draw_schools(region.settings, 3, 20_000)
    homes = people.draw_neighbourhoods(schools, plan, settings=region.settings, seed=3)
    np.testing.assert_array_equal(homes.enrolment, plan)
    pupils = people.draw_pupils(schools, homes, settings=region.settings, seed=5, base_year=2025)
    found = np.bincount(pupils.school[pupils.status == 1], minlength=schools.n)
    np.testing.assert_array_equal(found, plan.sum(axis=1))


def test_a_county_of_junior_schools_only() -> None:
    region = synthetic(3, 20_000)
    schools, plan = skeleton.draw_schools(region.settings, 3, 20_000)
    keep = np.flatnonzero(schools.stage == 1)
    schools, plan = schools.take(keep), plan[keep]
    homes = people.draw_neighbourhoods(schools, plan, settings=region.settings, seed=3)
    np.testing.assert_array_equal(homes.enrolment, plan)
    assert homes.pupils[:6].sum() == 0 and homes.pupils[6:].sum() == plan.sum()


def test_known_counts_of_a_roster_are_met() -> None:
    region = synthetic(3, 20_000)
    schools, plan = skeleton.draw_schools(region.settings, 3, 20_000)
    homes = people.draw_neighbourhoods(schools, plan, settings=region.settings, seed=3)
    staff = np.full(schools.n, 30)
    counts = {
        "above_degree": np.full(schools.n, 21),
        "backbone": np.full(schools.n, 4),
        "pe_art_music": np.full(schools.n, 6),
        "substitute": np.full(schools.n, 0),
    }
    teachers = people.draw_teachers(
        schools, homes.table, staff, plan, law=LAW, settings=region.settings, seed=5, base_year=2025, counts=counts
    )
    t = teachers.take(np.flatnonzero(teachers.serving))
    for name, mask in (
        ("above_degree", t.is_above_degree),
        ("backbone", t.is_backbone),
        ("pe_art_music", t.subject >= 5),
        ("substitute", t.is_substitute),
    ):
        np.testing.assert_array_equal(np.bincount(t.employer[mask], minlength=schools.n), counts[name], err_msg=name)


def test_posts_by_the_staffing_rule() -> None:
    pupils = np.zeros((3, 9), np.int64)
    pupils[0, :6] = 95  # 570 pupils, 18 classes: 30 by pupils, 30.6 by classes
    pupils[1, :6] = 10  # 60 pupils, 6 classes
    pupils[2, 6:] = 135  # 405 junior pupils, 9 classes
    found = people.posts(pupils, LAW)
    np.testing.assert_allclose(found[0], [30.6, 10.2, 0.0])
    np.testing.assert_allclose(found[1], [0.0, 0.0, 30.0])


LIVE = 25_000  # below the size at which small counties begin


#: What new campuses are like matters where some are planned.
PLANNED = {"region.campuses.new_primary": 40.0, "region.campuses.new_junior": 40.0}


def given(path: str) -> dict[str, float]:
    return PLANNED if path.startswith("region.campuses.") and path not in PLANNED else {}


@lru_cache(maxsize=2)
def _reference(planned: bool) -> str:
    return digest(county(LIVE, values=PLANNED if planned else {}))


@pytest.mark.slow
@pytest.mark.parametrize("path", PARAMETERS)
def test_every_generator_number_is_live(path: str) -> None:
    """Moving a number within its range changes the county that is drawn, in one direction at least.

    In one direction some numbers meet a bound (there are no more schools fit to be cores).
    """
    declaration = settings.declared().parameters[path]
    width = declaration.high - declaration.low
    tried = [declaration.default + share * width for share in (0.1, -0.1, 0.3, -0.3)]
    tried = [round(v) if declaration.type == "int" else v for v in tried]
    tried = [v for v in tried if declaration.low <= v <= declaration.high and v != declaration.default]
    beside = given(path)
    assert any(digest(county(LIVE, values=beside | {path: value})) != _reference(bool(beside)) for value in tried)
