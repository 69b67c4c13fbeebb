"""Five cases in which an indicator and learning may part ways, reckoned from the watched runs of one draw.

Each case returns numbers of one draw under keys ``(side, item, year)``: ``indicator`` is what an office sees,
``learning`` what pupils have. Policies of a draw meet the same county, people and lots, so that a difference
between two of them is theirs; :mod:`edusim.validate.parting` puts draws together.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from edusim import draws
from edusim.measures.official import CV_LIMITS, INDICATORS
from edusim.measures.registry import PARTS
from edusim.state import ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import ArrayLike, NDArray

    from edusim.validate.watched import Watched

Numbers = dict[tuple[str, str, int], float]

LAW = "status_quo"
#: Policies that the cases compare; a scenario must hold them all.
MOVE, STAY = "rotation_alone", "rotation_stay"
PAPER, PAPER_LEGAL = "paper_fusion", "paper_fusion_legal"
ALLOWANCES, JOINT = "allowances", "joint_work"
CHOOSES = "collaboration"
POLICIES = (LAW, MOVE, STAY, PAPER, PAPER_LEGAL, ALLOWANCES, JOINT, CHOOSES)
CASES = ("rotation", "paper", "windfall", "reports", "awards")

#: Indicators that rotation can move: those that count teachers.
STAFF_INDICATORS = ("degree", "backbone", "pe_art_music")
#: How many results a school may choose from, and errors with which a result is measured, pupil SD.
CHOICES = (1, 2, 3, 6)
ERRORS = (0.0, 0.1, 0.2)
#: A grade with fewer pupils is no result that anybody reports.
LEAST_IN_GRADE = 20
#: Rises of Z that earn an award, pupil SD: 5 points of 100 or of 10 an SD (the text gives no scale).
THRESHOLDS = (0.05, 0.5)
#: Size of a graduating cohort: edges, and the names of the bins.
SIZES = (50, 100, 200)
BINS = ("all", "under_50", "50_99", "100_199", "200_up")


# -- closed forms -------------------------------------------------------------------------------------


def award_probability(
    n_now: ArrayLike, threshold: float, *, n_before: ArrayLike | None = None, pupil_sd: float = 1.0, luck_sd: float = 0.0
) -> NDArray[np.float64]:
    """Return how likely a school that has not changed passes a threshold of progress, by chance alone.

    Two cohorts drawn from the same population differ by ``N(0, sd^2 (1/n_now + 1/n_before) + 2 luck^2)``; the award
    asks for a rise of the mean by ``threshold``. With 100 graduates in both years and pupils' SD 1 it is .362 for
    .05 SD and .0002 for .5 SD where nothing but who the pupils are differs.

    Parameters
    ----------
    n_now, n_before
        int64 or float64, any shape, pupils: graduates this year and last (as many as this year when None).
    threshold
        Rise that earns the award, pupil SD.
    pupil_sd
        Spread of achievement between the pupils of a school, pupil SD.
    luck_sd
        Spread of what a cohort's scores share in a year and not in the next, pupil SD.

    Returns
    -------
    numpy.ndarray
        float64, shape of ``n_now``: probability; NaN without pupils.
    """
    now = np.asarray(n_now, np.float64)
    before = now if n_before is None else np.asarray(n_before, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(pupil_sd**2 * (1.0 / now + 1.0 / before) + 2.0 * luck_sd**2)
        z = threshold / error
    found = np.array([0.5 * math.erfc(x / math.sqrt(2.0)) for x in z.ravel()]).reshape(z.shape)
    return np.where(np.isfinite(error), found, np.nan)


@cache
def expected_best(k: int) -> float:
    """Return the mean of the best of ``k`` independent standard normal results.

    ``integral of x k phi(x) Phi(x)^(k-1)``: 0, .5642, .8463 and 1.2672 for 1, 2, 3 and 6. A school that reports the
    best of ``k`` results, each measured with error ``s``, reports so many times ``s`` too much.

    Parameters
    ----------
    k
        Results to choose from, 1 or more.
    """
    if k <= 1:
        return 0.0
    x = np.linspace(-9.0, 9.0, 7201)
    below = np.array([0.5 * math.erfc(-v / math.sqrt(2.0)) for v in x])
    density = np.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    return float(np.trapezoid(x * k * density * below ** (k - 1), x))


# -- 1 rotation alone ---------------------------------------------------------------------------------


def rotation(runs: Mapping[str, Watched]) -> Numbers:
    """Rotation alone, with posts that move and with posts that stay, against the law in force, year by year.

    The same people go in both; the official count of teachers goes by where the post is held. Indicators: the
    coefficients of difference that count teachers, and how many of the fourteen (seven indicators, two stages) keep
    their limit; backbone teachers per 100 pupils at the base year's members and cores. Learning: weaker half, core
    schools, county.
    """
    law, found = runs[LAW], Numbers()
    for name, run in (("move", runs[MOVE]), ("stay", runs[STAY])):
        for year in range(1, len(law.outcome.years)):
            for stage in PARTS:
                for key in STAFF_INDICATORS:
                    measure = f"official.cv.{key}"
                    found["indicator", f"cv.{key}.{stage}.{name}", year] = run.value(measure, stage, year) - law.value(measure, stage, year)
            found["indicator", f"passing.{name}", year] = _passing(run, year) - _passing(law, year)
            for key in ("weak", "core"):
                found["learning", f"{key}.{name}", year] = _gain(run, law, f"learning.{key}_mean", year)
            found["learning", f"county.{name}", year] = _gain(run, law, "learning.mean", year)
    for year in range(1, len(law.outcome.years)):
        for stage in PARTS:
            for key in STAFF_INDICATORS:
                a, b = (found["indicator", f"cv.{key}.{stage}.{name}", year] for name in ("move", "stay"))
                found["indicator", f"cv.{key}.{stage}.move_less_stay", year] = a - b
        found["learning", "weak.move_less_stay", year] = found["learning", "weak.move", year] - found["learning", "weak.stay", year]
    three = {"law": law, "move": runs[MOVE], "stay": runs[STAY]}
    _levels(found, three, STAFF_INDICATORS)
    for name, run in three.items():
        for role, among in (("members", ROLES.index("member")), ("cores", ROLES.index("core"))):
            for year, measures in enumerate(run.outcome.years):
                here = measures.school_column("role_base") == among
                counts = (np.nansum(measures.school_column(column)[here]) for column in ("n_backbone", "n_pupils"))
                backbone, pupils = (float(count) for count in counts)
                found["indicator", f"per_100.{role}.{name}", year] = 100.0 * backbone / pupils if pupils > 0 else math.nan
    return found


def rotation_uneven(runs: Mapping[str, Watched]) -> Numbers:
    """Rotation alone, posts moving, on a county whose backbone teachers sit with the cores, against the law in force.

    Where the coefficient of difference begins above its limit, the first year's moves bring it down before further
    ones overshoot. Items are those of :func:`rotation` under ``uneven.``.
    """
    law, move, found = runs[LAW], runs[MOVE], Numbers()
    for year in range(1, len(law.outcome.years)):
        for stage in PARTS:
            measure = "official.cv.backbone"
            found["indicator", f"cv.backbone.{stage}.move", year] = move.value(measure, stage, year) - law.value(measure, stage, year)
        found["learning", "weak.move", year] = _gain(move, law, "learning.weak_mean", year)
    _levels(found, {"law": law, "move": move}, ("backbone",))
    return {(side, f"uneven.{item}", year): value for (side, item, year), value in found.items()}


def _levels(found: Numbers, runs: Mapping[str, Watched], indicators: tuple[str, ...]) -> None:
    """Add levels of coefficients of difference, and whether they keep their limit (1 or 0)."""
    for name, run in runs.items():
        for year in range(len(run.outcome.years)):
            for stage, limit in zip(PARTS, CV_LIMITS, strict=True):
                for key in indicators:
                    level = run.value(f"official.cv.{key}", stage, year)
                    found["indicator", f"level.{key}.{stage}.{name}", year] = level
                    found["indicator", f"keeps.{key}.{stage}.{name}", year] = float(level <= limit)


def _passing(run: Watched, year: int) -> float:
    return sum(run.value("official.indicators_passing", stage, year) for stage in PARTS)


def _gain(run: Watched, law: Watched, measure: str, year: int) -> float:
    return run.value(measure, "all", year) - law.value(measure, "all", year)


# -- 2 fusing on paper --------------------------------------------------------------------------------


def paper(runs: Mapping[str, Watched]) -> Numbers:
    """A legal merger and nothing else: the seven indicators by legal person and by campus, and learning.

    Both runs are the same county, bit by bit: only the unit of the count differs. What is gained by legal person on
    the day of the merger is arithmetic (clauses.md, trap 4).
    """
    law, found = runs[LAW], Numbers()
    both = {"campus": runs[PAPER], "legal": runs[PAPER_LEGAL]}
    for year in range(1, len(law.outcome.years)):
        for name, run in both.items():
            for stage in PARTS:
                for indicator in INDICATORS:
                    measure = f"official.cv.{indicator.key}"
                    found["indicator", f"cv.{indicator.key}.{stage}.{name}", year] = run.value(measure, stage, year) - law.value(measure, stage, year)
            found["indicator", f"passing.{name}", year] = _passing(run, year) - _passing(law, year)
            failing = "official.schools_failing"
            found["indicator", f"failing.{name}", year] = run.value(failing, "all", year) - law.value(failing, "all", year)
            found["learning", f"weak.{name}", year] = _gain(run, law, "learning.weak_mean", year)
        found["learning", "county.campus", year] = _gain(both["campus"], law, "learning.mean", year)
        for name, run in {"law": law, **both}.items():
            found["indicator", f"passing_level.{name}", year] = _passing(run, year)
    return found


# -- 3 windfall allowances ----------------------------------------------------------------------------


def windfall(runs: Mapping[str, Watched]) -> Numbers:
    """Allowances for every teacher of a place: whose choice the yuan changed, and what they bought.

    A choice is changed where a teacher who is paid serves at such a place at the end of the year under the
    allowances and would not under the law in force, or the other way round; the same people and lots are met in
    both. ``windfall_share`` is the share of all yuan paid to the others. ``kept`` is the mean number of teachers
    with a staffing post at such places above that under the law in force.
    """
    law, paid, joint = runs[LAW], runs[ALLOWANCES], runs[JOINT]
    found, last = Numbers(), len(law.outcome.years) - 1
    total = unchanged = 0.0
    kept = []
    for year in range(1, last + 1):
        ids, yuan = paid.paid[year]
        same = np.isin(ids, paid.at_place[year]) == np.isin(ids, law.at_place[year])
        total, unchanged = total + float(yuan.sum()), unchanged + float(yuan[same].sum())
        found["indicator", "yuan", year] = float(yuan.sum())
        found["indicator", "windfall_share", year] = float(yuan[same].sum()) / float(yuan.sum()) if yuan.size else math.nan
        kept.append(float(paid.permanent_at_place[year] - law.permanent_at_place[year]))
        for name, run in (("allowances", paid), ("joint_work", joint)):
            found["learning", f"weak.{name}", year] = _gain(run, law, "learning.weak_mean", year)
            found["learning", f"county.{name}", year] = _gain(run, law, "learning.mean", year)
        found["learning", "weak.joint_less_allowances", year] = found["learning", "weak.joint_work", year] - found["learning", "weak.allowances", year]
    found["indicator", "yuan.total", last] = total
    found["indicator", "spent_share", last] = _spent(paid, "money.line.allowance")
    found["indicator", "spent_share.joint_work", last] = _spent(joint, "money.line.joint_work")
    found["indicator", "windfall_share.total", last] = unchanged / total if total > 0.0 else math.nan
    found["indicator", "changed_share.total", last] = 1.0 - found["indicator", "windfall_share.total", last]
    found["indicator", "kept", last] = float(np.mean(kept))
    found["indicator", "recipients", last] = float(np.mean([paid.paid[year][0].size for year in range(1, last + 1)]))
    return found


def _spent(run: Watched, line: str) -> float:
    """Return the share of all programme money of a run that one line of the accounts took."""
    years = range(1, len(run.outcome.years))
    return sum(run.value(line, "all", y) for y in years) / sum(run.value("money.total", "all", y) for y in years)


# -- 4 reports of chosen results ----------------------------------------------------------------------


def reports(runs: Mapping[str, Watched], seed: int) -> Numbers:
    """Groups report the best of the results they may choose from (S4 附1三(五), M-84): the report beside the truth.

    A result is the change of one grade's mean at one member school over last year's same grade, against the
    county's; a group chooses the best of ``k`` such results, drawn by lot, each measured with an error of ``s``.
    What is true is what the policy caused in the same grades: the difference from the law in force in the same
    draw. Means over acting groups and years, pupil SD a year. ``expected`` is what the closed form says of results
    that spread as these do. ``model`` is the progress that the model's own appraisal goes by.
    """
    run, law = runs[CHOOSES], runs[LAW]
    change, change_law = _changes(run), _changes(law)
    enough = (run.n >= LEAST_IN_GRADE) & (law.n >= LEAST_IN_GRADE)
    n_years = len(run.n)
    kept: dict[str, list[float]] = {}
    for year in range(1, n_years):
        cells = enough[year] & enough[year - 1] & (run.group[year] >= 0) & np.isfinite(change[year]) & np.isfinite(change_law[year])
        grade, school = np.nonzero(cells)
        group, ids = run.group[year][school], run.school_id[school]
        lot = draws.uniform(seed, "appraisal.project", year, ids, grade, k=100)
        noise = draws.normal(seed, "appraisal.project", year, ids, grade, k=101)
        seen = change[year][grade, school]
        caused = seen - change_law[year][grade, school]
        for g in np.unique(group):
            rows = np.flatnonzero(group == g)
            rows = rows[np.argsort(lot[rows], kind="stable")]
            if rows.size < max(CHOICES):
                continue
            kept.setdefault("true", []).append(float(caused[rows].mean()))
            kept.setdefault("all_results", []).append(float(seen[rows].mean()))
            for s in ERRORS:
                shown = seen[rows] + s * noise[rows]
                spread = math.hypot(float(seen[rows].std(ddof=1)), s)
                for k in CHOICES:
                    kept.setdefault(f"reported.{k}.{s:g}", []).append(float(shown[:k].max()))
                    kept.setdefault(f"expected.{k}.{s:g}", []).append(float(seen[rows].mean()) + expected_best(k) * spread)
    last = n_years - 1
    found: Numbers = {}
    for item, values in kept.items():
        found["learning" if item == "true" else "indicator", item, last] = float(np.mean(values))
    for s in ERRORS:
        for k in CHOICES:
            if f"reported.{k}.{s:g}" in kept:
                found["indicator", f"bias.{k}.{s:g}", last] = found["indicator", f"reported.{k}.{s:g}", last] - found["learning", "true", last]
    for side, item, measure in (("indicator", "model.reported", "reported"), ("learning", "model.true", "true")):
        values = [run.value(f"appraisal.{measure}_progress", "all", year) for year in range(1, n_years)]
        found[side, item, last] = float(np.mean([v for v in values if math.isfinite(v)])) if np.isfinite(values).any() else math.nan
    return found


def _changes(run: Watched) -> NDArray[np.float64]:
    """Return float64 [years, 9, S]: change of each grade's mean over last year's same grade, against the county's."""
    with np.errstate(invalid="ignore", divide="ignore"):
        county = run.total.sum(axis=2) / run.n.sum(axis=2)
    against = run.mean - county[:, :, None]
    out = np.full(against.shape, np.nan)
    out[1:] = against[1:] - against[:-1]
    return out


# -- 5 awards due to chance ---------------------------------------------------------------------------


def awards(runs: Mapping[str, Watched]) -> Numbers:
    """Awards for a rise of Z (S4 五(五), M-74): how many go to schools where teaching has not improved.

    Teaching at a school has not improved where what its teachers and its running give the pupils in a year rose no
    more than in the county on average.
    By size of the graduating cohort and threshold: ``award`` is the share of judged schools that pass by the model's Z
    (all grades of the stage), ``graduates`` the share that pass by the graduating cohorts alone, ``unimproved`` the
    same among schools whose teaching has not improved, ``two_years`` the share that pass in each of two years in a
    row. Under the law in force, where nobody is rewarded, ``law_award`` and ``law_graduates`` say who would pass,
    ``law_by_sampling`` and ``law_by_chance`` what the closed form says of unchanged schools of these sizes, without
    and with the luck of the year that a grade shares. Learning: ``no_rise`` (by Z),
    ``no_rise_graduates`` and ``no_rise_two_years`` are the shares of awards where teaching has not improved over the
    year, or the two years; ``no_rise_judged`` is that of all judged schools: awards by lot would have as many.
    """
    run, found = runs[CHOOSES], Numbers()
    last = len(run.outcome.years) - 1
    rows, alone = _school_years(run, run.judged), _school_years(runs[LAW], runs[LAW].member)
    for b, name in enumerate(BINS):
        part, left = (_of_size(columns, b) for columns in (rows, alone))
        still = part["better"] <= 0.0
        found["learning", f"no_rise_judged.{name}", last] = _share(still)
        found["indicator", f"school_years.{name}", last] = float(still.size)
        found["indicator", f"law_school_years.{name}", last] = float(left["rise"].size)
        for c in THRESHOLDS:
            sampling, chance = (
                award_probability(left["n_now"], c, n_before=left["n_before"], pupil_sd=_pupil_sd(alone), luck_sd=luck)
                for luck in (0.0, runs[LAW].luck_sd)
            )
            passes, grads = part["rise"] >= c, part["graduates"] >= c
            twice = passes & (part["rise_before"] >= c)
            for item, value in (
                ("award", _share(passes)), ("graduates", _share(grads)), ("unimproved", _share(grads[still])),
                ("two_years", _share(twice)), ("law_award", _share(left["rise"] >= c)),
                ("law_graduates", _share(left["graduates"] >= c)), ("law_by_chance", _share(chance)),
                ("law_by_sampling", _share(sampling)),
            ):  # fmt: skip
                found["indicator", f"{item}.{c:g}.{name}", last] = value
            for item, value in (
                ("no_rise", _share(still[passes])), ("no_rise_graduates", _share(still[grads])),
                ("no_rise_two_years", _share((part["better"] + part["better_before"] <= 0.0)[twice])),
            ):  # fmt: skip
                found["learning", f"{item}.{c:g}.{name}", last] = value
    found["indicator", "pupil_sd", last] = _pupil_sd(alone)
    return found


def _of_size(rows: dict[str, NDArray[np.float64]], b: int) -> dict[str, NDArray[np.float64]]:
    """Return the school-years of one bin of :data:`BINS`."""
    here = np.digitize(rows["n_now"], SIZES) + 1 == b if b else np.ones(rows["n_now"].size, bool)
    return {name: values[here] for name, values in rows.items()}


def _pupil_sd(rows: dict[str, NDArray[np.float64]]) -> float:
    return float(rows["sd"][0]) if rows["sd"].size else math.nan


def _share(which: NDArray[np.bool_] | NDArray[np.float64]) -> float:
    """Return a mean, NaN of nothing."""
    return float(which.mean()) if which.size else math.nan


def _school_years(run: Watched, judged: NDArray[np.bool_]) -> dict[str, NDArray[np.float64]]:
    """Return judged school-years as columns: sizes, rises of Z and of the graduates' mean, and of what was taught."""
    junior = run.n[:, 6:].sum(axis=1) > 0
    stage = junior.astype(np.int64)
    grade = np.where(junior, 8, 5)
    years, schools = np.indices(stage.shape)
    n = run.n[years, grade, schools]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = run.total[years, grade, schools] / n
    against = mean - _county(mean, n, stage)
    pupils = np.where(junior, run.n[:, 6:].sum(axis=1), run.n[:, :6].sum(axis=1))
    given = run.taught - _county(run.taught, pupils, stage)
    better, graduates, before = (np.full(stage.shape, np.nan) for _ in range(3))
    better[1:], graduates[1:], before[1:] = np.diff(given, axis=0), np.diff(against, axis=0), n[:-1]
    square = run.squares[years, grade, schools]
    big = n >= 2
    within = float((square - n * mean * mean)[big].sum() / (n - 1.0)[big].sum())
    rise_before, better_before = (np.full(stage.shape, np.nan) for _ in range(2))
    rise_before[1:], better_before[1:] = run.rise[:-1], better[:-1]
    keep = judged & np.isfinite(run.rise) & np.isfinite(better) & np.isfinite(graduates) & (n > 0) & (before > 0)
    keep[1:] &= stage[1:] == stage[:-1]
    columns = {
        "n_now": n, "n_before": before, "rise": run.rise, "graduates": graduates, "better": better,
        "rise_before": rise_before, "better_before": better_before, "sd": np.full(stage.shape, math.sqrt(within)),
    }  # fmt: skip
    return {name: values[keep] for name, values in columns.items()}


def _county(values: NDArray[np.float64], weight: NDArray[np.float64], stage: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return float64 [years, S]: the county's mean over the schools of the own stage, by pupils."""
    out = np.full(values.shape, np.nan)
    for level in (0, 1):
        here = (stage == level) & np.isfinite(values) & (weight > 0)
        pupils = np.where(here, weight, 0.0)
        total = (np.where(here, values, 0.0) * pupils).sum(axis=1)
        n = pupils.sum(axis=1)
        mean = np.divide(total, n, out=np.full(n.size, np.nan), where=n > 0)
        out = np.where(stage == level, mean[:, None], out)
    return out


def case_of(name: str) -> Callable[[Mapping[str, Watched], int], Numbers]:
    """Return the function of a case, called with the watched runs of a draw and the draw's own seed."""
    plain = {"rotation": rotation, "paper": paper, "windfall": windfall, "awards": awards}
    if name == "reports":
        return reports
    return lambda runs, seed: plain[name](runs)
