"""One mechanism at a time against its closed form, the rest switched off by configuration: ``python closed_forms.py [--expect]``.

Every county here is the county of every run, with the rules on that are named and parameters as given; no code of the
package is replaced. What is deterministic must hold to 1e-9, an expectation within four standard errors over 200 draws.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from checked import DRAWS, HERE, Row, data, exact, expectation, finish, options

from edusim import draws
from edusim.by_hand import BASE_YEAR, BY_LOT, STAY_PUT, Campus, case, county, mean_of
from edusim.model import County

ANSWERS: dict[str, dict[str, Any]] = data("closed_forms")["answers"]
#: A member's gap to the core, SD a year.
GAP = 0.4


# ---- rotation ----------------------------------------------------------------------------------------


def staff_about(n: int, mean: float, seed: int) -> dict[str, Any]:
    """Return teachers of one subject and long experience, quality spread about a mean."""
    spread = 0.1 * draws.normal(seed, "test", 0, np.arange(n), k=int(100 * mean) + 7)
    return {"innate": mean + spread - spread.mean(), "subject": 0, "experience": 35.0}


def gap_of(model: County) -> float:
    mean = mean_of(model)
    return float(mean[0] - mean[1:].mean())


def swapping(answer: str, staff: int, members: int, n_draws: int) -> Iterator[Row]:
    """A share of the core's teachers changes places for good with members' teachers: the gap closes geometrically."""
    known = ANSWERS[answer]
    changes = {**BY_LOT, "rotation.share": known["phi"], "rotation.term_years": 1, "rotation.return_home": False}
    gaps = np.empty((n_draws, 2))
    for draw in range(n_draws):
        core = Campus(2, staff, staff=staff_about(staff, GAP, draw))
        others = [Campus(2, staff, staff=staff_about(staff, 0.0, draw)) for _ in range(members)]
        ready = case([core, *others], [(0, range(1, members + 1))])
        model = county(ready, changes, rules=["rotation"], seed=draw, records="none")
        start = gap_of(model)
        for year in range(1, 11):
            model.step()
            if year in (5, 10):
                gaps[draw, year // 5 - 1] = gap_of(model) / start
    for column, year in enumerate((5, 10)):
        yield expectation(f"{answer}: gap after {year} years, share of the first", known[f"t{year}"], gaps[:, column])


def a1(n_draws: int = DRAWS) -> Iterator[Row]:
    yield from swapping("A1_permanent_swap_two_equal", 50, 1, n_draws)


def a1b(n_draws: int = DRAWS) -> Iterator[Row]:
    yield from swapping("A1b_core_with_m_members", 30, 3, n_draws)


def a2() -> Iterator[Row]:
    """Teachers come home after their term: the gap stands while it runs, and is what it was a term after it stops."""
    known = ANSWERS["A2_secondment_with_return"]
    people = [{"innate": q, "subject": 0, "experience": 35.0} for q in (GAP, 0.0)]
    for is_transfer, how in ((False, "on loan"), (True, "posts move too")):
        changes = {
            **BY_LOT, "rotation.term_years": known["L"], "rotation.return_home": True, "rotation.transfer_posts": is_transfer,
        }  # fmt: skip
        ready = case([Campus(2, 20, staff=people[0]), Campus(2, 20, staff=people[1])], [(0, [1])])
        model = county(ready, changes, rules=["rotation"], policy=HERE / "five_years.yaml")
        step = 2 * known["phi"]
        path = [1 - step, 1 - 2 * step, *[known["steady"]] * 3, 1 - 2 * step, 1 - step, 1.0, 1.0]
        for year, wanted in enumerate(path, 1):
            model.step()
            yield exact(f"A2_secondment_with_return, {how}: gap in year {year}", wanted, gap_of(model) / GAP)
        away = int((model.state.teachers.employer != model.state.teachers.post).sum())
        yield exact(f"A2_secondment_with_return, {how}: teachers away in the end", 0, away)


# ---- achievement, management -------------------------------------------------------------------------


def a3() -> Iterator[Row]:
    """Two primary schools Q apart feed one junior school where the year gives nothing: what lasts, and what fades."""
    known = ANSWERS["A3_achievement_persistence"]
    size, q = 40, 0.1

    def people(mean: float) -> dict[str, Any]:
        return {"innate": mean, "experience": 40.0, "subject": np.repeat(np.arange(8), 5)}

    campuses = [
        Campus(size, 40, staff=people(q), entrants=size, junior=2),
        Campus(size, 40, staff=people(-q), entrants=size, junior=2),
        Campus(2 * size, 40, stage="junior", staff=people(0.0), primary=0),
    ]
    changes = {
        **STAY_PUT, "achievement.peers": 0.0, "achievement.grade_luck": 0.0, "teacher.novice_years": 1, "teacher.late_gain": 0.0,
        "achievement.persistence_caused": known["pi"],
    }  # fmt: skip
    model = county(case(campuses, years=8), changes, rules=["demography", "admission", "teaching"], years=8)
    pupils = model.state.pupils
    asked = {1: known["t1"], 3: known["t3"], 6: known["t6"], 7: known["one_year_after_it_stops_at_t6"]}
    for year in range(1, 8):
        model.step()
        if year not in asked:
            continue
        cohort = (pupils.id // 10_000_000 == BASE_YEAR + 1) & (pupils.status == 1)
        part = (pupils.achievement - pupils.own)[cohort] / q
        for sign, school, here in ((1, "good", pupils.home[cohort] == 0), (-1, "poor", pupils.home[cohort] == 1)):
            # The farthest pupil from the answer: all of them must have it.
            worst = part[here][np.argmax(np.abs(part[here] - sign * asked[year]))]
            yield exact(f"A3_achievement_persistence: from the {school} school, year {year}", sign * asked[year], worst)
    yield exact("A3_achievement_persistence: pupils followed", 2 * size, int(cohort.sum()))


def a4() -> Iterator[Row]:
    """Management of a member nears the core's by a share of what is between them; the core's stays."""
    known = ANSWERS["A4_management"]
    core, member = {"management": 1.5}, {"management": -0.5}
    ready = case([Campus(2, 8, columns=core), Campus(2, 8, columns=member)], [(0, [1])])
    changes = {
        "leadership.diffusion": known["nu"], "leadership.member_hours_week": 20, "leadership.hours_full": 8,
        "leadership.hours_capacity_week": 60, "appraisal.bundle_weight": 1.0,
    }  # fmt: skip
    model = county(ready, changes, rules=["leadership"])
    for year in range(1, 11):
        model.step()
        level = model.state.schools.management
        if year in (5, 10):
            yield exact(f"A4_management: gap after {year} years, share of the first", known[f"t{year}"], (level[0] - level[1]) / 2.0)
    yield exact("A4_management: level of the core in the end", 1.5, level[0])


# ---- workforce ---------------------------------------------------------------------------------------


def on_contract(n: int, seed: int, leave: float) -> County:
    """Return a school staffed on contracts alone: who leaves is replaced at once by a beginner."""
    ready = case([Campus(2, n, staff={"is_substitute": True, "age": 30, "experience": 20.0})], years=20)
    changes = {"workforce.commute_slope": 0.0, "workforce.climate_slope": 0.0, "workforce.contract_leave": leave}
    return county(ready, changes, rules=["workforce"], seed=seed, years=20, records="none")


def a5(n_draws: int = DRAWS) -> Iterator[Row]:
    """Under constant exit a share is left after five years, and tenure has its mean."""
    known = ANSWERS["A5_retention"]
    n, survive, tenure = 100, np.empty(n_draws), np.empty(n_draws)
    for draw in range(n_draws):
        model = on_contract(n, draw, 0.08)
        left = 0
        for _ in range(5):
            model.step()
            left += model.now.tally.n_left
        teachers = model.state.teachers
        survive[draw] = (teachers.serving & (teachers.id <= n)).sum() / n
        tenure[draw] = left / (5 * n)
    yield expectation("A5_retention: left after five years", known["survival_p08_t5"], survive)
    # Under constant exit the mean completed tenure is staff-years over departures.
    yield expectation("A5_retention: one over the mean completed tenure", 1 / known["mean_completed_tenure_p08"], tenure)


def a5_pay(n: int = 500) -> Iterator[Row]:
    """One school pays no allowance, the other one of 15% of pay: who leaves is who drew below p0, below p1."""
    known = ANSWERS["A5_retention"]["logit_pay"]
    staff = {"is_substitute": True, "age": 30, "pay_yuan_year": 80_000.0}
    plain, paid = Campus(2, n, staff=staff), Campus(2, n, staff=staff, columns={"allowance_class": 2})
    changes = {
        "workforce.commute_slope": 0.0, "workforce.contract_leave": known["p0"], "workforce.pay_slope": known["b"],
        "allowance.a_yuan_month": 0, "co_build:allowance.a_yuan_month": 80_000.0 * (known["pay"] - 1.0) / 12.0,
    }  # fmt: skip
    model = county(case([plain, paid]), changes, rules=["workforce"], policy="co_build")
    ids = np.arange(1, 2 * n + 1)
    u = draws.uniform(model.run_seed, "workforce.leave", BASE_YEAR + 1, ids)
    model.step()
    teachers = model.state.teachers
    gone = ~np.isin(ids, teachers.id[teachers.serving])
    for where, p, rows in (("no allowance", known["p0"], slice(0, n)), ("paid", known["p1"], slice(n, 2 * n))):
        lot, left = u[rows], gone[rows]
        yield exact(f"A5_retention, {where}: teachers who went and should not, or stayed", 0, int((left != (lot < p)).sum()))
        # The chance lies between the highest lot of those who went and the lowest of those who stayed.
        low, high = lot[left].max(), lot[~left].min()
        yield exact(f"A5_retention, {where}: chance of leaving, read off {n} lots", p, (low + high) / 2, (high - low) / 2)


def a6() -> Iterator[Row]:
    """Experience adds its curve."""
    known = ANSWERS["A6_experience"]
    ready = case([Campus(2, 8, staff={"experience": 0.0, "age": 23, "innate": 0.2, "years_at_post": 0})])
    changes = {"teacher.novice_gain": known["g1"], "teacher.novice_years": known["tau"], "teacher.late_gain": known["g2"]}
    model = county(ready, changes)
    for year in range(11):
        if year:
            model.step()
        if f"x{year}" in known:
            yield exact(f"A6_experience: gain at {year} years", known[f"x{year}"], mean_of(model, "quality")[0] - 0.2)


def a8(n_draws: int = DRAWS) -> Iterator[Row]:
    """Under constant exit experience is geometric."""
    known = ANSWERS["A8_geometric_experience"]
    share = np.empty(n_draws)
    for draw in range(n_draws):
        model = on_contract(100, draw, known["p"])
        for _ in range(4):
            model.step()
        teachers = model.state.teachers
        # The year just ended has been added to everybody's experience.
        share[draw] = (teachers.experience[teachers.serving] - 1 < 3).mean()
    yield expectation("A8_geometric_experience: share with less than three years", known["k3"], share)


# ---- reputation, appraisal ---------------------------------------------------------------------------


def a7() -> Iterator[Row]:
    """Reputation nears what results say with its half-life, at two schools and in three years."""
    known = ANSWERS["A7_reputation_half_life"]
    campuses = [Campus(30, 16, staff={"innate": q}, entrants=30, stage="nine_year") for q in (0.2, -0.2)]
    changes = {**STAY_PUT, "families.reputation_speed": known["eta"]}
    model = county(case(campuses), changes, rules=["demography", "admission", "teaching"])
    for year in range(1, 4):
        before = model.state.schools.reputation.copy()
        model.step()
        tally = model.now.tally
        mean = tally.sum_achievement.sum(axis=0) / tally.n_pupils.sum(axis=0)
        left = (model.state.schools.reputation - mean) / (before - mean)
        for school, half_life in enumerate(np.log(0.5) / np.log(left), 1):
            yield exact(f"A7_reputation_half_life: school {school}, year {year}, years", known["years"], half_life)


def a9(n_draws: int = DRAWS) -> Iterator[Row]:
    """A fifth is appraised excellent; appraisal is quality in SD plus noise of half an SD: where the best fifth lies."""
    known = ANSWERS["A9_top_quintile_mean_normal"]["value"]
    n, noise = 1000, 0.5
    merit, quality = np.empty(n_draws), np.empty(n_draws)
    changes = {"honours.excellent_share": 0.2, "appraisal.noise_sd": noise}
    total = np.sqrt(1.0 + noise**2)
    for draw in range(n_draws):
        innate = draws.normal(draw, "test", 1, np.arange(n))
        ready = case([Campus(2, n, staff={"innate": 0.14 * innate, "experience": 35.0})])
        model = county(ready, changes, rules=["appraisal"], seed=draw, records="none")
        teachers = model.state.teachers
        before = teachers.excellent_years.copy()
        model.step()
        best = teachers.excellent_years > before
        merit[draw] = teachers.appraisal[best].mean() / total
        quality[draw] = ((teachers.quality - teachers.quality.mean()) / teachers.quality.std())[best].mean()
    yield expectation("A9_top_quintile_mean_normal: appraisal of the best fifth, SD", known, merit)
    yield expectation("A9_top_quintile_mean_normal: quality of the best fifth, SD", known / total, quality)


#: What holds in every run, and what holds on average.
EXACT: tuple[Callable[[], Iterator[Row]], ...] = (a2, a3, a4, a5_pay, a6, a7)
ON_AVERAGE: tuple[Callable[[], Iterator[Row]], ...] = (a1, a1b, a5, a8, a9)


def rows() -> list[Row]:
    found = [row for part in (*EXACT, *ON_AVERAGE) for row in part()]
    return sorted(found, key=lambda row: row.name.partition("_")[0].partition(",")[0])


if __name__ == "__main__":
    given = options(__doc__).parse_args()
    sys.exit(finish("closed_forms", rows(), keep=given.expect))
