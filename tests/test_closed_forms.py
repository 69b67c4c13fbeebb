"""What one mechanism must give when the rest is switched off, by configuration alone.

The answers were reckoned outside the program. What is deterministic holds to 1e-9; an expectation holds
within four standard errors over at least 200 draws.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edusim import draws
from edusim.errors import ConfigError
from edusim.model import County
from edusim.scenario import load
from small_county import BASE_YEAR, BY_LOT, STAY_PUT, Campus, case, county, quality_of

DRAWS = 200
ANSWERS: dict[str, dict[str, Any]] = {
    "A1_permanent_swap_two_equal": {"phi": 0.1, "t5": 0.3276800000000001, "t10": 0.10737418240000006},
    "A1b_core_with_m_members": {"phi": 0.1, "m": 3, "t5": 0.48894551440329226, "t10": 0.23906771605510008},
    "A2_secondment_with_return": {"phi": 0.1, "L": 3, "steady": 0.3999999999999999},
    "A3_achievement_persistence": {
        "Q": 1.0, "pi": 0.25, "t1": 1.0, "t3": 1.5, "t6": 2.25, "one_year_after_it_stops_at_t6": 1.5,
    },
    "A4_management": {"nu": 0.15, "t5": 0.44370531249999995, "t10": 0.1968744043407226},
    "A5_retention": {
        "survival_p08_t5": 0.6590815232000001,
        "mean_completed_tenure_p08": 12.5,
        "logit_pay": {"p0": 0.12, "pay": 1.15, "b": 3, "p1": 0.08228364543977182},
    },
    "A6_experience": {
        "g1": 0.07, "tau": 2.5, "g2": 0.04, "x0": 0, "x1": 0.024410930110838582, "x5": 0.06719319684010377,
        "x10": 0.08205123861112194,
    },
    "A7_reputation_half_life": {"eta": 0.4, "years": 1.3569154488567239},
    "A8_geometric_experience": {"p": 0.08, "k3": 0.22131199999999995},
    "A9_top_quintile_mean_normal": {"value": 1.3998096020390416},
}  # fmt: skip
PUBLISHED = Path(__file__).resolve().parents[2] / "shared" / "reference" / "closed_forms.json"


def within_four_errors(values: NDArray[np.float64], expected: float) -> None:
    """Assert that the mean of draws is the expectation, to four standard errors."""
    assert values.size >= DRAWS
    error = values.std(ddof=1) / np.sqrt(values.size)
    assert error > 0, "no spread: this is no expectation"
    assert abs(values.mean() - expected) < 4 * error, (values.mean(), expected, error)
    assert error < 0.01, "so wide an error would let anything pass"


def test_the_answers_are_the_published_ones() -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published answers are not beside this checkout")
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert published.keys() == ANSWERS.keys()
    for name, answer in ANSWERS.items():
        assert {k: v for k, v in published[name].items() if k != "formula"} | answer == {
            k: v for k, v in published[name].items() if k != "formula"
        }


# ------------------------------------------------------------------------------------------- rotation


def staff_of(n: int, mean: float, seed: int) -> dict[str, Any]:
    """Return teachers of one subject and long experience, quality spread about a mean."""
    spread = 0.1 * draws.normal(seed, "test", 0, np.arange(n), k=int(100 * mean) + 7)
    return {"innate": mean + spread - spread.mean(), "subject": 0, "experience": 35.0}


def rotating(n: int, members: int, changes: dict[str, Any], seed: int, gap: float = 0.4, spread: bool = True) -> County:
    def people(mean: float) -> dict[str, Any]:
        return staff_of(n, mean, seed) if spread else {"innate": mean, "subject": 0, "experience": 35.0}

    ready = case(
        [Campus(2, n, staff=people(gap)), *(Campus(2, n, staff=people(0.0)) for _ in range(members))],
        [(0, range(1, members + 1))],
    )
    return county(ready, {**BY_LOT, **changes}, rules=["rotation"], seed=seed, records="none")


def gap_of(model: County) -> float:
    mean = quality_of(model)
    return float(mean[0] - mean[1:].mean())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "n", "members"), [("A1_permanent_swap_two_equal", 50, 1), ("A1b_core_with_m_members", 30, 3)]
)
def test_a_permanent_swap_closes_the_gap_geometrically(answer: str, n: int, members: int) -> None:
    known = ANSWERS[answer]
    changes = {"rotation.share": known["phi"], "rotation.term_years": 1, "rotation.return_home": False}
    gaps = np.empty((DRAWS, 2))
    for draw in range(DRAWS):
        model = rotating(n, members, changes, seed=draw)
        start = gap_of(model)
        for year in range(1, 11):
            model.step()
            if year in (5, 10):
                gaps[draw, year // 5 - 1] = gap_of(model) / start
        assert model.state.teachers.serving.sum() == n * (members + 1)
    within_four_errors(gaps[:, 0], known["t5"])
    within_four_errors(gaps[:, 1], known["t10"])


@pytest.mark.plain
@pytest.mark.parametrize("moves_post", [False, True], ids=["on loan", "post moves too"])
def test_a_secondment_with_return_holds_the_gap_and_gives_it_back(moves_post: bool, tmp_path: Path) -> None:
    known = ANSWERS["A2_secondment_with_return"]
    policy = tmp_path / "stops.yaml"
    policy.write_text(
        "schema_version: 1\nkind: policy\nkey: stops\nname: {zh: 五年即止, en: Five years and no more}\n"
        "description: {zh: 交流五年后停止, en: rotation stops after five years}\nstart: 2026-09-01\nmodes: []\n"
        "clauses:\n  rotation.share:\n    status: assumption\n    values: {2026-09-01: 0.1, 2031-09-01: 0}\n"
        "    reference: {note: {zh: 试题, en: a test}}\n",
        encoding="utf-8",
    )
    changes = {"rotation.term_years": known["L"], "rotation.return_home": True, "rotation.transfer_posts": moves_post}
    people = [{"innate": q, "subject": 0, "experience": 35.0} for q in (0.4, 0.0)]
    ready = case([Campus(2, 20, staff=people[0]), Campus(2, 20, staff=people[1])], [(0, [1])])
    model = county(ready, {**BY_LOT, **changes}, rules=["rotation"], policy=str(policy))
    gaps = []
    for _ in range(9):
        model.step()
        gaps.append(gap_of(model) / 0.4)
    steady = known["steady"]
    expected = [0.8, 0.6, steady, steady, steady, 0.6, 0.8, 1.0, 1.0]
    np.testing.assert_allclose(gaps, expected, rtol=0, atol=1e-9)
    teachers = model.state.teachers
    assert (teachers.employer == teachers.post).all()


def test_more_than_half_away_at_once_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        load("small").with_({"rotation.share": 0.26, "rotation.term_years": 2, "rotation.return_home": True}).parameters()
    assert caught.value.code == "CFG-FLOW-TERM"
    load("small").with_({"rotation.share": 0.1, "rotation.term_years": 3, "rotation.return_home": True}).parameters()
    load("small").with_({"rotation.share": 0.5, "rotation.term_years": 1, "rotation.return_home": True}).parameters()


# --------------------------------------------------------------------------------------- achievement


@pytest.mark.plain
def test_a_lasting_school_effect_accumulates_and_partly_fades() -> None:
    """Two primary schools Q apart feed one junior school where the year gives nothing."""
    known = ANSWERS["A3_achievement_persistence"]
    size, q = 40, 0.1

    def people(mean: float) -> dict[str, Any]:
        return {"innate": mean, "experience": 40.0, "subject": np.repeat(np.arange(8), 5)}

    ready = case(
        [
            Campus(size, 40, staff=people(q), entrants=size, junior=2),
            Campus(size, 40, staff=people(-q), entrants=size, junior=2),
            Campus(2 * size, 40, stage="junior", staff=people(0.0), primary=0),
        ],
        years=8,
    )
    changes = {**STAY_PUT, "achievement.peers": 0.0, "achievement.grade_luck": 0.0, "teacher.novice_years": 1, "teacher.late_gain": 0.0,
               "achievement.persistence_caused": known["pi"]}  # fmt: skip
    model = county(ready, changes, rules=["demography", "admission", "teaching"], years=8)
    pupils = model.state.pupils

    def effect(year: int) -> NDArray[np.float64]:
        """Return what the good and the poor school have done to those who entered in the first year."""
        cohort = (pupils.id // 10_000_000 == BASE_YEAR + 1) & (pupils.status == 1)
        assert cohort.sum() == 2 * size, year
        part = (pupils.achievement - pupils.own)[cohort] / q
        good = pupils.home[cohort] == 0
        assert np.ptp(part[good]) < 1e-9 and np.ptp(part[~good]) < 1e-9
        return np.array([part[good][0], part[~good][0]])

    seen = {}
    for year in range(1, 8):
        model.step()
        seen[year] = effect(year)
    for year, answer in ((1, known["t1"]), (3, known["t3"]), (6, known["t6"])):
        np.testing.assert_allclose(seen[year], [answer, -answer], rtol=0, atol=1e-9)
    after = known["one_year_after_it_stops_at_t6"]
    np.testing.assert_allclose(seen[7], [after, -after], rtol=0, atol=1e-9)
    for t in range(1, 7):
        assert seen[t][0] == pytest.approx(1 + known["pi"] * (t - 1), abs=1e-9)


# ---------------------------------------------------------------------------------------- leadership


@pytest.mark.plain
def test_management_reaches_a_member_at_the_stated_rate() -> None:
    known = ANSWERS["A4_management"]
    core, member = {"management": 1.5}, {"management": -0.5}
    ready = case([Campus(2, 8, columns=core), Campus(2, 8, columns=member)], [(0, [1])])
    changes = {
        "leadership.diffusion": known["nu"], "leadership.member_hours_week": 20, "leadership.hours_full": 8,
        "leadership.hours_capacity_week": 60, "appraisal.bundle_weight": 1.0,
    }  # fmt: skip
    model = county(ready, changes, rules=["leadership"])
    gaps = []
    for _ in range(10):
        model.step()
        level = model.state.schools.management
        assert level[0] == 1.5, "the core keeps its level"
        gaps.append((level[0] - level[1]) / 2.0)
    assert gaps[4] == pytest.approx(known["t5"], abs=1e-9)
    assert gaps[9] == pytest.approx(known["t10"], abs=1e-9)


# ----------------------------------------------------------------------------------------- workforce


def contract_county(n: int, seed: int, changes: dict[str, Any], **campus: Any) -> County:
    """Return a school staffed on contracts alone: who leaves is replaced at once by a beginner."""
    ready = case([Campus(2, n, staff={"is_substitute": True, "age": 30, "experience": 20.0}, **campus)], years=20)
    changes = {"workforce.commute_slope": 0.0, "workforce.climate_slope": 0.0, **changes}
    return county(ready, changes, rules=["workforce"], seed=seed, years=20, records="none")


@pytest.mark.slow
def test_survival_and_tenure_under_constant_exit() -> None:
    known = ANSWERS["A5_retention"]
    survive, tenure = np.empty(DRAWS), np.empty(DRAWS)
    n = 100
    for draw in range(DRAWS):
        model = contract_county(n, draw, {"workforce.contract_leave": 0.08})
        left = 0
        for _ in range(5):
            model.step()
            left += model.now.tally.n_left
        teachers = model.state.teachers
        assert teachers.serving.sum() == n
        survive[draw] = (teachers.serving & (teachers.id <= n)).sum() / n
        tenure[draw] = left / (5 * n)
    within_four_errors(survive, known["survival_p08_t5"])
    # With constant exit the mean completed tenure is staff-years over departures.
    within_four_errors(tenure, 1 / known["mean_completed_tenure_p08"])


@pytest.mark.plain
def test_a_rise_of_pay_moves_the_logit_of_leaving() -> None:
    """One school pays no allowance, the other one of 15% of pay: who leaves is who drew below p0, below p1."""
    known = ANSWERS["A5_retention"]["logit_pay"]
    n = 500
    staff = {"is_substitute": True, "age": 30, "pay_yuan_year": 80_000.0}
    plain, paid = Campus(2, n, staff=staff), Campus(2, n, staff=staff, columns={"allowance_class": 2})
    monthly = 80_000.0 * (known["pay"] - 1.0) / 12.0
    changes = {
        "workforce.commute_slope": 0.0, "workforce.contract_leave": known["p0"], "workforce.pay_slope": known["b"],
        "allowance.a_yuan_month": 0, "fusion:allowance.a_yuan_month": monthly,
    }  # fmt: skip
    model = county(case([plain, paid]), changes, rules=["workforce"], policy="fusion")
    ids = np.arange(1, 2 * n + 1)
    u = draws.uniform(model.run_seed, "workforce.leave", BASE_YEAR + 1, ids)
    expected = np.concatenate([u[:n] < known["p0"], u[n:] < known["p1"]])
    model.step()
    teachers = model.state.teachers
    stayed = np.isin(ids, teachers.id[teachers.serving])
    np.testing.assert_array_equal(~stayed, expected)
    assert (~stayed[:n]).sum() > (~stayed[n:]).sum()


@pytest.mark.plain
@pytest.mark.parametrize("heed", [0.0, 0.25, 1.0])
def test_backbone_teachers_heed_pay_as_declared(heed: float) -> None:
    """The same rise of pay moves a backbone teacher's logit by a declared share of everybody else's."""
    p0, slope, rise = 0.03, 5.0, 1.15
    n = 2000
    staff = {"age": 30, "pay_yuan_year": 80_000.0, "title": 1}
    campuses = [Campus(2, n, staff=staff | {"is_backbone": flag}, columns={"allowance_class": 2}) for flag in (False, True)]
    changes = {
        "workforce.commute_slope": 0.0, "workforce.resign": p0, "workforce.pay_slope": slope,
        "workforce.pay_backbone": heed, "workforce.upward_urban": 0, "allowance.a_yuan_month": 0,
        "fusion:allowance.a_yuan_month": 80_000.0 * (rise - 1.0) / 12.0,
    }  # fmt: skip
    model = county(case(campuses), changes, rules=["workforce"], policy="fusion")
    ids = np.arange(1, 2 * n + 1)
    u = draws.uniform(model.run_seed, "workforce.leave", BASE_YEAR + 1, ids)
    odds = p0 / (1 - p0) * rise ** (-slope * np.repeat([1.0, heed], n))
    expected = u < odds / (1 + odds)
    assert heed == 1.0 or expected[n:].sum() > expected[:n].sum()
    model.step()
    teachers = model.state.teachers
    np.testing.assert_array_equal(~np.isin(ids, teachers.id[teachers.serving]), expected)


@pytest.mark.plain
def test_experience_adds_the_stated_curve() -> None:
    known = ANSWERS["A6_experience"]
    ready = case([Campus(2, 8, staff={"experience": 0.0, "age": 23, "innate": 0.2, "years_at_post": 0})])
    changes = {"teacher.novice_gain": known["g1"], "teacher.novice_years": known["tau"], "teacher.late_gain": known["g2"]}
    model = county(ready, changes)
    seen = [quality_of(model, "quality")[0] - 0.2]
    for _ in range(10):
        model.step()
        seen.append(quality_of(model, "quality")[0] - 0.2)
    for years in (0, 1, 5, 10):
        assert seen[years] == pytest.approx(known[f"x{years}"], abs=1e-9)


@pytest.mark.slow
def test_experience_is_geometric_under_constant_exit() -> None:
    known = ANSWERS["A8_geometric_experience"]
    share = np.empty(DRAWS)
    for draw in range(DRAWS):
        model = contract_county(100, draw, {"workforce.contract_leave": known["p"]})
        for _ in range(4):
            model.step()
        teachers = model.state.teachers
        # The year just ended has been added to everybody's experience.
        share[draw] = (teachers.experience[teachers.serving] - 1 < 3).mean()
    within_four_errors(share, known["k3"])


# ----------------------------------------------------------------------------- reputation, appraisal


@pytest.mark.plain
def test_reputation_has_its_half_life() -> None:
    known = ANSWERS["A7_reputation_half_life"]
    campuses = [Campus(30, 16, staff={"innate": q}, entrants=30, stage="nine_year") for q in (0.2, -0.2)]
    model = county(
        case(campuses), {**STAY_PUT, "families.reputation_speed": known["eta"]}, rules=["demography", "admission", "teaching"]
    )
    for _ in range(3):
        before = model.state.schools.reputation.copy()
        model.step()
        tally = model.now.tally
        mean = tally.sum_achievement.sum(axis=0) / tally.n_pupils.sum(axis=0)
        left = (model.state.schools.reputation - mean) / (before - mean)
        np.testing.assert_allclose(np.log(0.5) / np.log(left), known["years"], rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_best_fifth_of_appraisals_lies_where_a_normal_has_it() -> None:
    """A fifth is appraised excellent; appraisal is quality in SD plus noise of half an SD."""
    known = ANSWERS["A9_top_quintile_mean_normal"]["value"]
    n, noise = 1000, 0.5
    merit, quality = np.empty(DRAWS), np.empty(DRAWS)
    changes = {"honours.excellent_share": 0.2, "appraisal.noise_sd": noise}
    total = np.sqrt(1.0 + noise**2)
    for draw in range(DRAWS):
        innate = draws.normal(draw, "test", 1, np.arange(n))
        model = county(
            case([Campus(2, n, staff={"innate": 0.14 * innate, "experience": 35.0})]), changes, rules=["appraisal"],
            seed=draw, records="none",
        )  # fmt: skip
        teachers = model.state.teachers
        before = teachers.excellent_years.copy()
        model.step()
        best = teachers.excellent_years > before
        assert best.sum() == n // 5
        merit[draw] = teachers.appraisal[best].mean() / total
        quality[draw] = ((teachers.quality - teachers.quality.mean()) / teachers.quality.std())[best].mean()
    within_four_errors(merit, known)
    within_four_errors(quality, known / total)


# ------------------------------------------------------------------------------------- sizes, honestly


@pytest.mark.plain
@pytest.mark.parametrize(("share", "gain"), [(0.1, 0.007), (0.3, 0.021)])
def test_better_teachers_on_a_share_of_posts_raise_scores_by_that_share(share: float, gain: float) -> None:
    """Half an SD of teacher quality on s of the posts is s x .5 x .14 SD a year, and no more."""
    n = 80  # ten a subject: one of ten, or three
    campuses = [Campus(400, n, staff={"subject": np.repeat(np.arange(8), 10), "experience": 35.0})]
    load_one = {f"teaching.load_primary_{k}": 20 for k in ("chinese", "maths", "english", "science", "humanities")}
    changes = {"teaching.class_cap_primary": 40, **load_one}
    means = []
    for better in (0, round(10 * share)):
        model = county(case(campuses), changes, rules=["teaching"])
        chosen = model.state.teachers.id % 10 < better
        for column in ("innate", "quality"):
            model.state.teachers[column][chosen] += 0.5 * 0.14
        model.step()
        tally = model.now.tally
        means.append(tally.sum_achievement.sum() / tally.n_pupils.sum())
    assert means[1] - means[0] == pytest.approx(gain, abs=1e-9)

