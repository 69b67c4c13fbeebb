"""Each pattern as a check on a county: which runs it asks for, and what is reckoned from them.

A check takes a :class:`Draw` and returns its parts by name, one number each (two for a ratio). Runs that several
checks need are made once a draw. Whatever a check changes is an override that anybody can repeat on the command
line: the policy ``configs/checks/law_plus.yaml`` is the law in force, and ``-S law_plus:PATH=VALUE`` adds one clause.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from edusim import declarations, measures
from edusim.rules.context import EVENTS
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES
from edusim.validate import estimates as est
from edusim.validate.estimates import Cohort

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.model import County
    from edusim.region import Case
    from edusim.scenario import Scenario

Value: TypeAlias = "float | tuple[float, float]"
Values: TypeAlias = "dict[str, Value]"

URBAN, RURAL = 0, 2  # kinds of place: urban; rural and mountain from 2 on
#: Moves that a teacher makes by own will, where the model has them.
OWN_WILL = tuple(event for event in ("move_up", "move") if event in EVENTS)
#: The grade of a pupil who is about to enter junior school, and the years until the pupil leaves it.
ENTRY_GRADE, JUNIOR_YEARS = FIRST_JUNIOR_GRADE - 1, N_GRADES - FIRST_JUNIOR_GRADE + 1
#: P9: one in ten of those eligible a year, for three years, sent by the head where too few volunteer: else the
#: check would be of the will to go. Everything else is the law in force.
ROTATION_YEARS = 3
TEN_PERCENT: Mapping[str, Any] = {"rotation.share": 0.10, "rotation.term_years": 3, "rotation.head_may_assign": True}
#: P10: a tight group with modest shares, and with both screws turned as far as flow times term allows (half the base).
MODEST: Mapping[str, Any] = {"rotation.share": 0.05}
LARGE: Mapping[str, Any] = {"groups.max_members": 10, "groups.coverage_share": 1.0}
FAST: Mapping[str, Any] = {"rotation.share": 0.25, "rotation.term_years": 2, "rotation.min_years_at_post": 0}
#: P12: everybody is paid 8,000 yuan a month, no allowance before; what is paid out is not wanting.
FLAT_PAY: Mapping[str, Any] = {
    "region.pay.base_yuan_year": 96_000, "region.pay.title.junior": 1.0, "region.pay.title.middle": 1.0,
    "region.pay.title.senior": 1.0, "region.pay.experience": 0.0, "allowance.a_yuan_month": 0, "allowance.b_yuan_month": 0,
}  # fmt: skip
AMPLE: Mapping[str, Any] = {"finance.fund_yuan_year": 2e8}


def check_file(name: str) -> str:
    """Return the file of a policy for checks, ``configs/checks/NAME.yaml``."""
    return str(declarations.configs() / "checks" / f"{name}.yaml")


class Draw:
    """One draw of the county's people, and the runs made with it.

    Parameters
    ----------
    scenario
        The county, its law and its assumptions.
    seed, draw
        Seed of the runs; number of the draw.
    """

    def __init__(self, scenario: Scenario, seed: int, draw: int) -> None:
        files = [check_file(name) for name in ("law_plus", "named_group", "paper_merger")]
        self.scenario = scenario.with_({"policies": ["status_quo", *files]})
        self.seed, self.draw = seed, draw
        self._runs: dict[Any, County] = {}
        self._watched: Watched | None = None

    def changed(self, policy: str, clauses: Mapping[str, Any], everywhere: Mapping[str, Any]) -> Scenario:
        """Return the scenario with values for everybody and clauses of one policy."""
        changes = {**everywhere, **{f"{policy}:{path}": value for path, value in clauses.items()}}
        return self.scenario.with_(changes) if changes else self.scenario

    def county(
        self, policy: str, clauses: Mapping[str, Any] | None = None, everywhere: Mapping[str, Any] | None = None,
        records: str = "counts",
    ) -> County:  # fmt: skip
        """Return the county in its base year under a policy with some clauses changed."""
        from edusim.model import County

        scenario = self.changed(policy, clauses or {}, everywhere or {})
        return County(scenario, policy, self.seed, draw=self.draw, records=records)

    def after(
        self, policy: str, clauses: Mapping[str, Any] | None = None, everywhere: Mapping[str, Any] | None = None,
        years: int | None = None, records: str = "counts",
    ) -> County:  # fmt: skip
        """Return the county after ``years`` (all of the scenario's when None); a run is made once."""
        wanted = self.scenario.years if years is None else min(years, self.scenario.years)
        key = (policy, tuple((clauses or {}).items()), tuple((everywhere or {}).items()), wanted, records)
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = self.county(policy, clauses, everywhere, records)
            for _ in range(wanted):
                found.step()
        return found

    def case(self, scenario: Scenario) -> Case:
        """Return this draw's county of a scenario, to be altered before it is run."""
        from edusim.build import build_case

        return build_case(scenario, seed=self.seed, draw=self.draw)


def last(county: County, measure: str, stage: str = "all", year: int = -1) -> float:
    """Return a measure of the last year run (or of another)."""
    return float(county.year_measures[year].value(measure, stage))


def gain(new: County, old: County, measure: str, stage: str = "all", year: int = -1) -> float:
    """Return the difference that the first county makes to a measure."""
    return last(new, measure, stage, year) - last(old, measure, stage, year)


# ---- P2 ---------------------------------------------------------------------------------------------------


def spread_of_counties(scenario: Scenario, number: int) -> dict[str, float]:
    """P2: build another county of the same making and return its coefficients of difference, before any year passes.

    Teachers, ranks and goods of a nine-year school are split between its parts as the ministry counts them (1 : 1.1);
    coefficients are weighted by pupils.

    Parameters
    ----------
    scenario
        The county's settings.
    number
        Which county: added to the region's seed.
    """
    from edusim.build import build_case

    seed = scenario.region_spec.seed + number
    state = build_case(scenario.with_({"region.seed": seed}), seed=0, draw=number).state
    schools, teachers, pupils = state.schools, state.teachers, state.pupils
    on, junior = pupils.status == 1, state.grade_of_rows() >= FIRST_JUNIOR_GRADE
    n = np.stack([np.bincount(pupils.school[on & (junior == part)], minlength=schools.n) for part in (False, True)]).astype(float)
    part_of = measures.official.split_shares(n)

    def count(rows: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(teachers.post[teachers.serving & rows], minlength=schools.n).astype(float)

    goods = {
        "ts": count(np.ones(teachers.n, bool)), "ranks": count(teachers.title >= 1), "degree": count(teachers.is_above_degree),
        "buildings": schools.buildings_m2, "sports": schools.sports_m2, "equipment": schools.equipment_yuan,
    }  # fmt: skip
    found: dict[str, float] = {}
    for k, stage in enumerate(("primary", "junior")):
        taught = n[k] > 0
        for name, amount in goods.items():
            found[f"{name}_{stage}"] = measures.cv((amount * part_of[k])[taught], n[k][taught])
    found["rank"] = 50.0 * sum(found[f"ranks_{s}"] > found[f"ts_{s}"] for s in ("primary", "junior"))
    first = [max(goods, key=lambda name: found[f"{name}_{stage}"]) == "sports" for stage in ("primary", "junior")]
    found["sports_first"] = 50.0 * sum(first)
    return found


# ---- P4, P5, P7, P8: the zero-policy run ------------------------------------------------------------------


class Watched:
    """A run looked at year by year: who was in the last primary and the last junior grade, and how teachers stood."""

    def __init__(self, county: County) -> None:
        self.base_year = county.base_year
        self.entering: dict[int, dict[str, NDArray[Any]]] = {}
        self.leaving: dict[int, dict[str, NDArray[Any]]] = {}
        self.teacher_gap: list[float] = []
        self.base_gaps = base_gaps(county)
        self._look(county)
        for _ in range(county.horizon):
            county.step()
            self._look(county)
        self.moves = own_moves(county)

    def _look(self, county: County) -> None:
        year = county.state.year
        self.entering[year], self.leaving[year] = (_grade(county, grade) for grade in (ENTRY_GRADE, N_GRADES))
        self.teacher_gap.append(teacher_gap(county))

    @property
    def cohorts(self) -> list[Cohort]:
        """Every cohort whose entry and exit both fall within the run, in the order of years."""
        found = []
        for year, out in self.leaving.items():
            into = self.entering.get(year - JUNIOR_YEARS)
            if into is None:
                continue
            ids, a, b = np.intersect1d(into["id"], out["id"], return_indices=True)
            found.append(Cohort(ids, out["school"][b], out["achievement"][b], into["achievement"][a], out["ses"][b]))
        return found


def _grade(county: County, grade: int) -> dict[str, NDArray[Any]]:
    pupils, rows = county.state.pupils, county.state.rows_of_grade(grade)
    on = (pupils.status[rows] == 1) & (pupils.school[rows] >= 0)
    return {name: pupils[name][rows][on].copy() for name in ("id", "school", "ses", "achievement")}


def teacher_gap(county: County) -> float:
    """Return mean quality of urban teachers less that of rural and mountain ones, substitutes left out."""
    teachers = county.state.teachers
    own = teachers.serving & ~teachers.is_substitute
    zone, quality = county.state.schools.zone[teachers.post[own]], teachers.quality[own]
    return float(quality[zone == URBAN].mean() - quality[zone >= RURAL].mean())


def base_gaps(county: County) -> dict[str, float]:
    """Return the urban-rural gap and its family part, of junior pupils and of all, as the county stands."""
    state = county.state
    pupils = state.pupils
    on = (pupils.status == 1) & (pupils.school >= 0)
    zone = state.schools.zone[np.maximum(pupils.school, 0)]
    kind = on & ((zone == URBAN) | (zone >= RURAL))
    found: dict[str, float] = {}
    for name, rows in (("", kind & (state.grade_of_rows() >= FIRST_JUNIOR_GRADE)), ("_all", kind)):
        gap = est.family_gap(pupils.achievement[rows], pupils.ses[rows], zone[rows] == URBAN)
        found |= {f"gap{name}": gap.gap, f"family{name}": 100.0 * gap.family_share}
    return found


def own_moves(county: County) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the kinds of place between which teachers moved by own will, over all years (a run with ``records="all"``)."""
    schools = county.state.schools
    zone_of = dict(zip(schools.id.tolist(), schools.zone.tolist(), strict=True))
    codes = [list(EVENTS).index(event) for event in OWN_WILL]
    source, target = [], []
    for _, rows in county.year_records:
        mine = rows[np.isin(rows["event"], codes)]
        source += [zone_of[s] for s in mine["source"].tolist()]
        target += [zone_of[s] for s in mine["target"].tolist()]
    return np.array(source, dtype=np.int64), np.array(target, dtype=np.int64)


def watched(draw: Draw) -> Watched:
    """Return the zero-policy run of a draw, looked at year by year; made once."""
    if draw._watched is None:
        draw._watched = Watched(draw.county("none", records="all"))
    return draw._watched


def variance_between_schools(draw: Draw) -> Values:
    """P4: how much of the variance of junior exit scores lies between schools, and how far raw means mirror intake.

    Nothing is done to balance schools. All cohorts that enter and leave junior school within the run count equally;
    intake is the same pupils' score at the end of primary school.
    """
    cohorts = watched(draw).cohorts
    mean = {
        "icc": [est.share_between(c.exit_score, c.school) for c in cohorts],
        "intake": [est.intake_correlation(c.exit_score, c.entry, c.school) for c in cohorts],
        "intake_ses": [est.intake_correlation(c.exit_score, c.ses, c.school) for c in cohorts],
    }
    return {name: float(np.mean(values)) for name, values in mean.items()}


def value_added_from_year_to_year(draw: Draw) -> Values:
    """P5: does a league table of value added say the same next year?

    Value added is estimated as a researcher would (exit score on entry score and SES, residuals by school, 150
    pupils tested at most), for every two cohorts that leave a year apart; the model's own gains are not looked at.
    """
    cohorts = watched(draw).cohorts
    pairs = list(pairwise(cohorts))
    spread, schools = [], []
    for c in cohorts:
        _, added, n = est.value_added(c.exit_score, c.entry, c.ses, c.school)
        spread.append(float(added[n >= 50].std()))
        schools.append(int((n >= 50).sum()))
    return {
        "lag": float(np.mean([est.lag_correlation(a, b) for a, b in pairs])) if pairs else float("nan"),
        "sd": float(np.mean(spread)), "schools": float(np.mean(schools)),
    }  # fmt: skip


def urban_rural_gap(draw: Draw) -> Values:
    """P7: the gap between pupils of urban and of rural schools in the base year, and what their families explain of it.

    Junior pupils, because the source tested grades 7 and 9; all pupils are reported beside. Towns are in neither group.
    """
    return dict(watched(draw).base_gaps)


def teachers_drift(draw: Draw) -> Values:
    """P8: left alone for ten years, where do teachers go by their own will, and does the quality gap close by itself?

    Moves between kinds of place (urban, town, rural, mountain) without any policy; rotation, reassignment and hiring are no moves by own will.
    """
    run = watched(draw)
    source, target = run.moves
    law = draw.after("status_quo")
    return {
        "down": 100.0 * est.down_share(source, target), "gap": run.teacher_gap[-1] - run.teacher_gap[0],
        "gap_start": run.teacher_gap[0], "moves": float(np.count_nonzero(source != target)),
        "gap_law": teacher_gap(law) - run.teacher_gap[0],
    }  # fmt: skip


# ---- P9, P10 ----------------------------------------------------------------------------------------------


def rotation_alone(draw: Draw) -> Values:
    """P9: ten per cent of eligible teachers rotate a year for three years, and nothing else; what evens out, staff or scores?

    Against the same county where nobody rotates. Falls are in per cent of the level without rotation.
    """
    without = draw.after("law_plus", {"rotation.share": 0.0}, years=ROTATION_YEARS)
    with_it = draw.after("law_plus", TEN_PERCENT, years=ROTATION_YEARS)
    willing = draw.after("law_plus", {**TEN_PERCENT, "rotation.head_may_assign": False}, years=ROTATION_YEARS)
    quality = est.percent_change(last(with_it, "staffing.quality_cv"), last(without, "staffing.quality_cv"))
    scores = est.percent_change(last(with_it, "learning.school_mean_sd"), last(without, "learning.school_mean_sd"))
    return {
        "ratio": (-quality, -scores), "member": gain(with_it, without, "learning.member_mean"),
        "quality": quality, "scores": scores,
        "delivered": 100.0 * last(with_it, "staffing.rotation_share_eligible"),
        "volunteers": 100.0 * last(willing, "staffing.rotation_share_eligible"),
    }  # fmt: skip


def _pupils_a_teacher_at_cores(county: County) -> float:
    cores, tally = county.state.schools.is_core_base, county.now.tally
    return float(tally.n_pupils.sum(axis=0)[cores].sum() / max(tally.n_serving[cores].sum(), 1))


def tight_groups(draw: Draw) -> Values:
    """P10: tight groups against the law in force, ten years on; what do members and cores gain or lose, and does too much dilute?

    Modest: rotation of 5 % a year, the document's size cap. Pushed: a cap of ten members with every pairing acting,
    and as much rotation as flow times term allows, also of those who have just come.
    """
    law = draw.after("status_quo")
    modest = draw.after("tight", MODEST)
    pushed = draw.after("tight", {**LARGE, **FAST})
    large, fast = draw.after("tight", {**MODEST, **LARGE}), draw.after("tight", FAST)
    core = "learning.core_mean"
    at_core = est.percent_change(_pupils_a_teacher_at_cores(pushed), _pupils_a_teacher_at_cores(law))
    return {
        "member": gain(modest, law, "learning.member_mean"), "core": gain(modest, law, core),
        "dilution": gain(pushed, modest, core), "member_3": gain(modest, law, "learning.member_mean", year=min(3, draw.scenario.years)),
        "core_pushed": gain(pushed, law, core), "by_size": gain(large, modest, core), "by_rotation": gain(fast, modest, core),
        "core_ts": at_core,
    }  # fmt: skip


# ---- P12 --------------------------------------------------------------------------------------------------


def chances(draw: Draw, yuan_month: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return each entitled teacher's chance of leaving in the first year of an allowance, and who is a backbone teacher.

    The people are the same whatever the allowance: chances, not lots, are compared.
    """
    county = draw.county("law_plus", _allowance(yuan_month), FLAT_PAY, records="all")
    teachers, schools = county.state.teachers, county.state.schools
    entitled = teachers.serving & ~teachers.is_substitute & (schools.allowance_class[np.maximum(teachers.post, 0)] > 0)
    rows, backbone = np.flatnonzero(entitled), teachers.is_backbone[entitled].copy()
    seen: list[NDArray[np.float64]] = []
    county.watch = lambda phase, year: seen.append(year.notes.chance[:, rows].copy()) if phase == "" else None
    county.step()
    resign, upward = seen[0]
    asked = np.isfinite(resign)  # who retires is not asked
    return est.leaving(resign[asked], upward[asked]), backbone[asked]


def _allowance(yuan_month: float) -> dict[str, Any]:
    return {"allowance.a_yuan_month": yuan_month, "allowance.b_yuan_month": yuan_month, **AMPLE}


def really_left(county: County) -> int:
    """Count teachers with a post who left places with an allowance by own will, over all years (a run with ``records="all"``)."""
    schools = county.state.schools
    entitled = schools.id[schools.allowance_class > 0]
    codes = {name: list(EVENTS).index(name) for name in ("resign", "substitute")}
    rows = np.concatenate([rows for _, rows in county.year_records])
    first = county.case.state.teachers
    substitutes = np.concatenate([rows["agent"][rows["event"] == codes["substitute"]], first.id[first.serving & first.is_substitute]])
    goes = np.isin(rows["event"], [codes["resign"], *(list(EVENTS).index(e) for e in OWN_WILL)])
    return int(np.count_nonzero(goes & np.isin(rows["source"], entitled) & ~np.isin(rows["agent"], substitutes)))


def flat_allowances(draw: Draw) -> Values:
    """P12: a flat allowance for everybody at its place, on a pay of 8,000 yuan a month; who stays because of it?

    Turnover is the chance of resigning or seeking a better-placed post in the year in which the allowance begins,
    against no allowance, among the same teachers; those who really left in ten years are reported beside.
    """
    none, backbone = chances(draw, 0.0)
    found: Values = {"hazard": 100.0 * float(none.mean())}
    for yuan in (300, 600, 800, 1500):
        found[f"t{yuan}"] = est.percent_change(float(chances(draw, yuan)[0].sum()), float(none.sum()))
    at_800 = chances(draw, 800)[0]
    of_backbone = est.percent_change(float(at_800[backbone].sum()), float(none[backbone].sum()))
    found["backbone"] = (of_backbone, est.percent_change(float(at_800.sum()), float(none.sum())))
    runs = [really_left(draw.after("law_plus", _allowance(yuan), FLAT_PAY, records="all")) for yuan in (800, 0)]
    found["counted"] = est.percent_change(*runs)
    return found


# ---- P14 --------------------------------------------------------------------------------------------------


def _weak_juniors(county: County) -> NDArray[np.bool_]:
    """Return the rows of junior pupils in schools of the base year's weaker half."""
    pupils, schools = county.state.pupils, county.state.schools
    on = (pupils.status == 1) & (pupils.school >= 0) & (county.state.grade_of_rows() >= FIRST_JUNIOR_GRADE)
    return np.asarray(on & schools.is_weak_base[np.maximum(pupils.school, 0)])


def _own(county: County) -> float:
    return float(county.state.pupils.own[_weak_juniors(county)].mean())


def _good_senior(county: County) -> float:
    tally, weak = county.now.tally, county.state.schools.is_weak_base
    return float(tally.n_good_senior[weak].sum() / max(tally.n_graduates[weak].sum(), 1))


def quota_admission(draw: Draw) -> Values:
    """P14: half of the places in good senior highs are allotted to schools; do weak schools' means rise, and through whom?

    A county that has never had quotas begins with them, and one that has them ends them; ten years on. The part
    through sorting is the change of the pupils' own attainment, which no school causes.
    """
    never = {"admission.quota_share": 0.0}
    without = draw.after("law_plus", None, never)
    half, most = (draw.after("law_plus", {"admission.quota_share": q}, never) for q in (0.5, 0.8))
    ended, law = draw.after("law_plus", {"admission.quota_share": 0.0}), draw.after("status_quo")
    weak = ("learning.weak_mean", "junior")
    return {
        "weak": gain(half, without, *weak), "sorting": _own(half) - _own(without), "to_80": gain(most, without, *weak),
        "off": gain(ended, law, *weak), "chance": 100.0 * (_good_senior(half) - _good_senior(without)),
    }  # fmt: skip


#: Pattern -> its check on one draw. P1 is a printed example, P2 looks at many counties: see :mod:`edusim.validate.running`.
CHECKS: dict[str, Callable[[Draw], Values]] = {
    "P4": variance_between_schools,
    "P5": value_added_from_year_to_year,
    "P7": urban_rural_gap,
    "P8": teachers_drift,
    "P9": rotation_alone,
    "P10": tight_groups,
    "P12": flat_allowances,
    "P14": quota_admission,
}
