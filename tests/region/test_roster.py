"""The county built from a roster: given cells exact in every draw, the others drawn anew and marked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim import scenario
from edusim.errors import ConfigError
from edusim.model import County
from edusim.region import Case, from_roster, roster, synthetic
from edusim.region.roster_template import template
from edusim.state import SUBJECTS

GUANGZHOU = Path(__file__).parents[3] / "shared" / "data" / "guangzhou_junior_schools_2026_liwan_yuexiu.csv"
needs_guangzhou = pytest.mark.skipif(
    not GUANGZHOU.is_file(), reason="the two-district table has no known licence and is not shipped with the project"
)
SCHOOLS = """\
id,name,stage,zone,private,group,group_role,pupils,pupils_g1,seats,x_km,y_km,sports_m2,rooms,teachers,\
teachers_above_degree,teachers_backbone,teachers_pe_art_music,teachers_senior
P1,Alpha Primary,primary,urban,no,East,core,610,101,660,0,0,5000,15,33,33,33,1,30
P2,Beta Primary,primary,mountain,no,East,member,40,,60,20,5,300.5,2,5,0,0,5,0
J1,Gamma Junior,junior,urban,no,North,core,450,,480,1,1,4000,,36,,4,,
J2,Delta Junior,junior,town,no,North,member,,,,8,2,,,,,,,
N1,Epsilon School,nine_year,rural,no,,,,,,,,,,,,,,
V1,Zeta Academy,nine_year,urban,yes,,,200,,,,,,,,,,,
"""
TEACHERS = """\
id,school,subject,age,experience,degree,title,backbone,substitute,pay_yuan_year,years_at_post
t3,J2,music,25,2,本科,初级,no,yes,51000,1
t1,J2,数学,50,,研究生,高级,yes,no,,20
t2,J2,,,30,专科,,,,99000,
"""
HOMES = """\
id,zone,x_km,y_km,catchment_primary,catchment_junior,ses_mean,entrants
n1,urban,0,0.5,P1,J1,0.4,70
n2,urban,,,P1,J1,,31
n3,mountain,19,5,P2,J2,-0.6,8
n4,rural,,,N1,N1,,
n5,town,7,2,,,0,12
"""


@pytest.fixture(scope="module")
def law() -> Any:
    return scenario.load().parameters("status_quo").at(2025)


def build(folder: Path, law: Any, *, draw: int = 0, seed: int = 0, **options: Any) -> Case:
    case = from_roster(folder).build(law, seed=seed, draw=draw, base_year=2025, years=4, **options)
    case.state.check()
    return case


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schools.csv").write_text(SCHOOLS, encoding="utf-8")
    return tmp_path


@pytest.fixture
def full(folder: Path) -> Path:
    (folder / "teachers.csv").write_text(TEACHERS, encoding="utf-8")
    (folder / "neighbourhoods.csv").write_text(HOMES, encoding="utf-8")
    return folder


def rows_by_code(region: Any, tmp_path: Path) -> dict[str, int]:
    key = region.write_key(tmp_path / "key.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    return {line.split(",")[3]: int(line.split(",")[0]) - 1 for line in key}


def enrolment(case: Case) -> np.ndarray[Any, np.dtype[np.int64]]:
    state = case.state
    out = np.zeros((state.schools.n, 9), np.int64)
    grade = state.grade_of_rows()
    keep = state.pupils.status == 1
    np.add.at(out, (state.pupils.school[keep], grade[keep] - 1), 1)
    return out


def test_given_cells_are_met_exactly_in_every_draw(folder: Path, law: Any) -> None:
    row = rows_by_code(from_roster(folder), folder)
    for draw in range(3):
        case = build(folder, law, draw=draw)
        s, t = case.state.schools, case.state.teachers
        count = enrolment(case)
        assert count[row["P1"]].sum() == 610 and count[row["P1"], 0] == 101
        assert count[row["P2"]].sum() == 40 and count[row["J1"]].sum() == 450 and count[row["V1"]].sum() == 200
        assert s.seats_primary[row["P1"]] == 110 and s.seats_junior[row["J1"]] == 160
        assert (s.sports_m2[row["P2"]], s.rooms[row["P2"]]) == (300.5, 2)
        assert (s.x_km[row["P2"]], s.y_km[row["P2"]]) == (20, 5)
        serving = t.serving

        def of(flag: Any, code: str, t: Any = t, serving: Any = serving) -> int:
            return int((serving & (t.employer == row[code]) & flag).sum())

        everyone = np.ones(t.n, bool)
        special = t.subject >= SUBJECTS.index("pe")
        assert [of(everyone, c) for c in ("P1", "P2", "J1")] == [33, 5, 36]
        assert [of(t.is_above_degree, c) for c in ("P1", "P2")] == [33, 0]
        assert [of(t.is_backbone, c) for c in ("P1", "P2", "J1")] == [33, 0, 4]
        assert [of(special, c) for c in ("P1", "P2")] == [1, 5]
        assert [of(t.title == 2, c) for c in ("P1", "P2")] == [30, 0]
        assert not (t.is_substitute & (t.is_backbone | (t.title == 2)))[serving].any()


def test_empty_cells_are_drawn_anew_in_every_draw_and_marked(folder: Path, law: Any) -> None:
    region = from_roster(folder)
    row = rows_by_code(region, folder)
    one, two = build(folder, law, draw=0), build(folder, law, draw=1)
    for column in ("sports_m2", "buildings_m2", "x_km", "management"):
        marked = one.imputed_cells[column]
        assert (one.state.schools[column][marked] != two.state.schools[column][marked]).all(), column
        assert (one.state.schools[column][~marked] == two.state.schools[column][~marked]).all(), column
        assert one.imputed[f"schools.{column}"] == marked.sum() > 0
    assert set(np.flatnonzero(one.imputed_cells["sports_m2"])) == {row["J2"], row["N1"], row["V1"]}
    assert one.imputed == roster.check(folder).imputed | {
        key: one.imputed[key] for key in ("teachers.rows", "neighbourhoods.rows", "pupils.rows")
    }
    assert enrolment(one)[row["J2"]].sum() != enrolment(two)[row["J2"]].sum()
    assert one.state.digest() == build(folder, law, draw=0).state.digest()
    assert one.state.digest() != build(folder, law, seed=1).state.digest()


def test_the_order_of_the_file_does_not_matter(full: Path, law: Any) -> None:
    before = build(full, law)
    for name in ("schools.csv", "teachers.csv"):
        lines = (full / name).read_text(encoding="utf-8").splitlines()
        (full / name).write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n", encoding="utf-8")
    after = build(full, law)
    assert before.state.digest() == after.state.digest()
    shuffled = build(full, law, rows="shuffled")
    assert shuffled.state.digest() == before.state.digest()
    assert not np.array_equal(shuffled.state.schools.id, before.state.schools.id)
    place = np.argsort(shuffled.state.schools.id)
    assert [shuffled.pseudonyms["en"][i] for i in place] == before.pseudonyms["en"]
    assert np.array_equal(shuffled.imputed_cells["rooms"][place], before.imputed_cells["rooms"])
    with pytest.raises(ConfigError):
        build(full, law, rows="random")


def test_listed_teachers_and_neighbourhoods_are_used(full: Path, law: Any) -> None:
    region = from_roster(full)
    row = rows_by_code(region, full)
    case = build(full, law)
    t = case.state.teachers
    mine = np.flatnonzero(t.serving & (t.employer == row["J2"]))
    assert mine.size == 3  # in the order of codes: t1, t2, t3
    assert t.subject[mine[0]] == SUBJECTS.index("maths") and t.subject[mine[2]] == SUBJECTS.index("music")
    assert (t.age[mine[0]], t.age[mine[2]]) == (50, 25)
    assert (t.experience[mine[1]], t.experience[mine[2]]) == (30, 2)
    assert t.age[mine[1]] >= 52
    assert list(t.is_above_degree[mine]) == [True, False, True]
    assert t.title[mine[0]] == 2 and t.is_backbone[mine[0]] and t.is_substitute[mine[2]]
    assert t.pay_yuan_year[mine[1]] == 99000 and t.years_at_post[mine[0]] == 20
    assert abs(t.quality[t.serving].mean()) < 1e-12
    gained = float(law["teacher.novice_gain"]) * (1 - np.exp(-t.experience / float(law["teacher.novice_years"])))
    gained = gained + float(law["teacher.late_gain"]) * np.minimum(t.experience, 30) / 30
    assert np.allclose((t.innate + gained)[t.serving], t.quality[t.serving], atol=1e-12)

    n = case.state.neighbourhoods
    assert n.n == 5
    assert list(n.catchment_primary[:4]) == [row["P1"], row["P1"], row["P2"], row["N1"]]
    assert list(n.catchment_junior[:4]) == [row["J1"], row["J1"], row["J2"], row["N1"]]
    assert (n.ses_mean[0], n.ses_mean[2]) == (0.4, -0.6)
    assert (case.demography.entrants[:, [0, 1, 2, 4]] == [70, 31, 8, 12]).all()
    assert enrolment(case)[row["J1"]].sum() == 450
    assert not case.demography.entrants_junior.any()
    assert case.imputed["neighbourhoods.ses_mean"] == 2 and "neighbourhoods.rows" not in case.imputed


def test_real_names_and_codes_never_leave(full: Path, law: Any) -> None:
    case = build(full, law)
    text = repr((case.pseudonyms, case.notes, case.imputed, case.constants, list(case.imputed_cells)))
    text += "".join(case.state.table(name).to_csv() for name in case.state.tables())
    for word in ("Alpha", "Beta", "Gamma", "Delta", "Epsilon", "Zeta", "East", "North", "P1", "N1", "t1"):
        assert word not in text
    assert case.pseudonyms["zh"][0] == "学校001" and case.pseudonyms["en"][5] == "School 006"
    codes = list(rows_by_code(from_roster(full), full))
    assert sorted(codes) == ["J1", "J2", "N1", "P1", "P2", "V1"]
    # The order follows a keyed hash: another key, another order.
    orders = {tuple(rows_by_code(from_roster(full, pseudonym_key=k), full)) for k in ("", "a", "b", "c")}
    assert len(orders) > 1


@pytest.mark.parametrize(
    "text",
    [
        "id,stage,zone,pupils\na,nine_year,rural,12\n",
        "id,stage,zone,pupils\na,nine_year,rural,0\nb,nine_year,rural,1\n",
        "id,stage,zone,pupils,seats,teachers\na,primary,mountain,9,5,1\nb,junior,mountain,4,1,1\n",
        "id,stage,zone\na,junior,urban\n",
        "id,stage,zone,private,fee_yuan_year\na,junior,urban,,\nb,primary,town,yes,1\nc,primary,town,no,\n",
    ],
    ids=["one", "empty-school", "tiny", "junior-only", "private"],
)
def test_tiny_counties_are_built(tmp_path: Path, law: Any, text: str) -> None:
    (tmp_path / "schools.csv").write_text(text, encoding="utf-8")
    case = build(tmp_path, law)
    s = case.state.schools
    for column in ("buildings_m2", "sports_m2", "equipment_yuan", "rooms"):
        assert np.isfinite(s[column]).all() and (s[column] < 1e8).all(), column
    assert set(case.imputed_cells) and case.state.teachers.serving.any()


def test_the_template_s_county_is_built_and_a_case_has_what_rules_need(tmp_path: Path, law: Any) -> None:
    case = from_roster(template(tmp_path / "t.xlsx", example=True)).build(law, seed=0, draw=0, base_year=2025, years=2)
    case.state.check()
    drawn = synthetic(0, 2000).build(law, seed=0, draw=0, base_year=2025, years=2)
    assert set(case.constants) == set(drawn.constants) - {"new_campuses"}  # a roster plans none
    assert case.demography.entrants.shape == (2, case.state.neighbourhoods.n)


def test_a_core_outside_has_its_numbers(tmp_path: Path, law: Any) -> None:
    (tmp_path / "schools.csv").write_text(
        "id,stage,zone,group,group_role,core_outside\na,nine_year,rural,East,member,yes\nb,nine_year,town,,,\n", "utf-8"
    )
    (tmp_path / "groups.csv").write_text("id,year_formed,outside_distance_km\nEast,2021,33.5\n", "utf-8")
    one, two = build(tmp_path, law, draw=0), build(tmp_path, law, draw=1)
    for case in (one, two):
        assert case.state.groups.core[0] == -1 and case.state.groups.outside_distance_km[0] == 33.5
        assert case.state.groups.year_formed[0] == 2021 and case.state.schools.is_member_base.sum() == 1
    assert one.state.groups.outside_management[0] != two.state.groups.outside_management[0]
    assert one.imputed["groups.outside_quality"] == 1 and "groups.outside_distance_km" not in one.imputed


def test_generator_values_can_be_replaced(folder: Path, law: Any) -> None:
    usual = from_roster(folder).build(law, seed=0, draw=0, base_year=2025, years=1)
    values = {"region.facilities.sports.junior": 30, "region.roster.place_km.rural": 100}
    other = from_roster(folder, values=values).build(law, seed=0, draw=0, base_year=2025, years=1)
    assert (other.state.schools.sports_m2 >= usual.state.schools.sports_m2).all()
    assert other.state.schools.sports_m2.sum() > usual.state.schools.sports_m2.sum()
    assert np.hypot(other.state.schools.x_km, other.state.schools.y_km).max() > 30
    for wrong in ("region.roster.nothing", "region.nothing"):
        with pytest.raises(ConfigError):
            from_roster(folder, values={wrong: 1})


# ---------------------------------------------------------------- two real districts


@needs_guangzhou
def test_guangzhou_is_read_without_a_fault() -> None:
    report = roster.check(GUANGZHOU, "guangzhou_junior")
    assert report.ok and report.rows == {"schools": 64}, report.text("en")
    said = [n.code for n in report.normalised]
    assert (said.count("DATA-DUPLICATE-ID"), said.count("DATA-CORE-OUTSIDE")) == (1, 5)
    assert "DATA-UNKNOWN-HEADER" in [e.code for e in roster.check(GUANGZHOU).errors]


@needs_guangzhou
def test_guangzhou_s_graduates_are_at_least_its_candidates(law: Any) -> None:
    region = from_roster(GUANGZHOU, mapping="guangzhou_junior")
    parsed = region._roster.schools
    candidates = np.array(parsed.column("quota_candidates"))[region._order]
    places = np.array(parsed.column("quota_places"))[region._order]
    sizes = []
    for draw in range(3):
        case = region.build(law, seed=0, draw=draw, base_year=2025, years=3)
        case.state.check()
        count = enrolment(case)
        assert not count[:, :6].any()
        assert (count[:, 8] >= candidates).all() and (count[:, 6:] > 0).all()
        ratio = count[candidates >= 10, 8].sum() / candidates[candidates >= 10].sum()
        assert 1.05 < ratio < 1.3
        few = candidates < 10
        assert few.sum() == 11 and (count[few, 8] > 10).sum() >= 9  # not the 0-6 candidates that the table gives
        assert np.array_equal(case.state.schools.quota_places, places)
        gap = case.state.schools.quota_floor_gap
        assert np.isnan(gap).sum() == 11 and abs(np.nanmean(gap) + 0.5) < 0.02 and 0.1 < np.nanstd(gap) < 0.25
        assert (case.state.groups.core == -1).sum() == 5 and case.state.groups.n == 17
        assert not case.demography.entrants.any()
        assert np.allclose(case.demography.entrants_junior[0].sum(), count[:, 6].sum(), rtol=0.1)
        staff = int(case.state.teachers.serving.sum())
        assert 0.9 < staff * float(law["staffing.pupils_per_teacher_junior"]) / count.sum() < 1.1
        sizes.append(int(count.sum()))
    assert len(set(sizes)) == 3


@needs_guangzhou
def test_guangzhou_s_names_never_leave(law: Any, tmp_path: Path) -> None:
    region = from_roster(GUANGZHOU, mapping="guangzhou_junior")
    case = region.build(law, seed=0, draw=0, base_year=2025, years=1)
    text = repr((case.pseudonyms, case.notes, case.imputed, region.name)) + case.state.table("schools").to_csv()
    for line in GUANGZHOU.read_text(encoding="utf-8-sig").splitlines()[1:]:
        _district, code, name, _private, group = line.split(",")[:5]
        assert code not in text and name not in text and (not group or group not in text)
    key = region.write_key(tmp_path / "key.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(key) == 65
    # Not the order of the file.
    assert [line.split(",")[3] for line in key[1:4]] != ["103-2653da64", "103-3862ee98", "103-c9f13fde"]


def test_more_junior_schools_than_primaries_still_all_have_their_pupils(tmp_path: Path, law: Any) -> None:
    rows = ["id,stage,zone,pupils", "p,primary,town,240", *(f"j{i},junior,town,{90 + i}" for i in range(9))]
    (tmp_path / "schools.csv").write_text("\n".join(rows), encoding="utf-8")
    case = build(tmp_path, law)
    assert sorted(enrolment(case).sum(axis=1)) == [*range(90, 99), 240]
    assert len(case.notes) == 1


def test_a_stated_zero_is_not_an_empty_cell(tmp_path: Path, law: Any) -> None:
    """Last year's figures: 0 is kept as 0, what is left empty is set by the model."""
    rows = ["id,name,stage,zone,pupils,turnover,satisfaction,good_senior_chance,z_score"]
    rows += ["P1,Alpha,primary,urban,600,,,,", "J1,Gamma,junior,urban,450,0,0,0,0", "J2,Delta,junior,urban,450,,,,"]
    (tmp_path / "schools.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    names = ("turnover", "satisfaction", "good_senior_chance", "z_score")
    case = build(tmp_path, law)
    empty = {name: np.isnan(case.state.schools[name]).sum() for name in names}
    assert empty == {"turnover": 2, "satisfaction": 2, "good_senior_chance": 2, "z_score": 2}
    county = County(case, parameters=scenario.load().parameters("status_quo"), base_year=2025, years=4)
    schools = county.state.schools
    zero = {name: np.flatnonzero(schools[name] == 0.0).tolist() for name in names}
    stated = int(np.flatnonzero(schools.turnover == 0.0)[0])
    assert schools.stage[stated] == 1
    assert zero["turnover"] == zero["satisfaction"] == [stated]
    # A primary school has no graduates of grade 9, and one alone of its kind stands at the mean of its kind.
    assert zero["good_senior_chance"] == zero["z_score"] == sorted({stated, *np.flatnonzero(schools.stage == 0).tolist()})
    assert all(np.isfinite(schools[name]).all() for name in names[:3])
    county.step()
    assert np.isfinite(schools.good_senior_chance).all() and (schools.satisfaction > 0).all()


def test_the_shipped_county_states_nothing_of_last_year_and_misses_nothing() -> None:
    county = County(scenario.load("small"))
    for name in ("turnover", "satisfaction", "good_senior_chance"):
        assert np.isfinite(county.state.schools[name]).all()


def test_private_schools_keep_their_intake(tmp_path: Path, law: Any) -> None:
    """The base year is at rest: under the law in force a private school keeps its numbers and its better-off families."""
    rows = ["id,name,stage,zone,private,fee_yuan_year,pupils", "J1,Gamma,junior,urban,no,,900", "J2,Delta,junior,urban,no,,900"]
    rows += ["V1,Zeta,junior,urban,yes,20000,90", "V2,Eta,junior,urban,yes,20000,60"]
    (tmp_path / "schools.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    region = from_roster(tmp_path)
    parameters = scenario.load().with_({"admission.private_share_cap": 0.3, "families.exit_grade7": 0}).parameters("status_quo")
    kept, better_off = [], []
    for draw in range(6):
        case = region.build(law, seed=0, draw=draw, base_year=2025, years=6)
        county = County(case, parameters=parameters, base_year=2025, years=6, draw=draw, records="none")
        schools, pupils = county.state.schools, county.state.pupils

        def intake(schools: Any = schools, pupils: Any = pupils) -> tuple[int, float]:
            there = (pupils.status == 1) & schools.is_private[np.maximum(pupils.school, 0)]
            return int(there.sum()), float(pupils.ses[there].mean())

        before = intake()
        for _ in range(6):
            county.step()
        after = intake()
        kept.append(after[0] / before[0])
        better_off.append(after[1] - before[1])
    assert 0.8 < np.mean(kept) < 1.2, kept
    assert abs(np.mean(better_off)) < 0.15, better_off
