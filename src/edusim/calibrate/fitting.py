"""Recover planted parameters, and fit a county's tables: the two ways in which the trials are used."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.calibrate import near_best, table
from edusim.calibrate.calibration_file import Calibration
from edusim.calibrate.moments import CHECKED, PLANTED, PREDICTED, Model, mean_of
from edusim.calibrate.near_best import NearBest, verdict
from edusim.calibrate.surrogate import Distance, Surrogate, Table, threads
from edusim.calibrate.table import Target
from edusim.calibrate.trials import Report, Trials
from edusim.errors import RunError, StudyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Near-best sets that held-out numbers are predicted with, and draws of each.
_SETS, _SET_DRAWS = 16, 4
#: A fit that is worse than this share of tables drawn from the model itself is called a misfit.
MISFIT = 0.05
#: Fewest degrees of freedom from which a fit can be told good or bad.
_LEAST_FREEDOM = 0.5
#: Least probability that intervals which hold their truth in 95 of 100 cases do so as seldom as they did.
_TOO_NARROW = 0.01


@dataclass(frozen=True)
class Scale:
    """Ends of the ranges, float64 [parameters]."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]


def _scale(calibration: Calibration) -> Scale:
    return Scale(np.array([f.low for f in calibration.factors]), np.array([f.high for f in calibration.factors]))


def pooled_spreads(targets: tuple[Target, ...]) -> dict[str, tuple[float, int]]:
    """Return, for each kind of number that several counties have, their relative spread and its degrees of freedom.

    Two or three counties say little about the spread of one number; the numbers of a kind (``rule2012.cv``) are taken together.
    """
    sums: dict[str, list[float]] = {}
    for target in targets:
        n = len(target.entries)
        if n > 1 and target.value:
            off = sum((e.value / target.value - 1.0) ** 2 for e in target.entries)
            found = sums.setdefault(target.family, [0.0, 0.0])
            found[0], found[1] = found[0] + off, found[1] + n - 1
    return {family: (math.sqrt(total / df), int(df)) for family, (total, df) in sums.items()}


def as_table(targets: tuple[Target, ...], spreads: dict[str, tuple[float, int]]) -> Table:
    """Return targets as a vector, with their noise."""
    chance, extra = [], []
    for target in targets:
        n = len(target.entries)
        spread = spreads.get(target.family)
        given = [e.chance for e in target.entries if math.isfinite(e.chance)]
        if spread is not None:
            chance.append(spread[0] * abs(target.value))
        else:
            chance.append(math.sqrt(sum(g * g for g in given) / n) if len(given) == n else math.nan)
        extra.append(sum(e.rounding**2 + (e.se**2 if math.isfinite(e.se) else 0.0) for e in target.entries) / n**2)
    return Table(
        np.array([t.value for t in targets]), np.array(chance), np.array(extra), np.array([float(len(t.entries)) for t in targets])
    )


def _check_numbers(calibration: Calibration, model: Model, numbers: NDArray[np.float64]) -> None:
    """Refuse targets that the model gives no number for, and trials that mostly failed."""
    lost = ~np.isfinite(numbers)
    if sum(model.failed.values()) > 0.1 * numbers.shape[0] * numbers.shape[1]:
        codes = ", ".join(sorted(model.failed))
        raise RunError("CAL-FAILED", f"一成以上的推演失败（{codes}）", f"more than a tenth of the runs failed ({codes})",
                       mend_zh="多半是范围的两端互相冲突：请缩小范围", mend_en="most likely ends of the ranges do not go together: narrow them")  # fmt: skip
    for k, target in enumerate((*calibration.targets, *calibration.held)):
        if lost[:, :, k].mean() > 0.1:
            raise StudyError(
                "CAL-NO-NUMBER", f"模型在这一年没有 {target.column} 的数", f"the model has no number of {target.column} in that year",
                where=target.entries[0].where, mend_zh="流量（如流失、交流）在基准年没有值：请写以后的学年，或删去这一行",
                mend_en="flows (leavers, rotation) have none in the base year: name a later year, or delete the row",
            )  # fmt: skip


def _dead(surrogate: Surrogate, calibration: Calibration, which: NDArray[np.int64]) -> list[str]:
    """Return the targets that do not move at all over the trials: they can tell nothing."""
    targets = (*calibration.targets, *calibration.held)
    return [targets[int(k)].name for k in which if surrogate.reach[k] <= 1e-12]


# ---- recovery ------------------------------------------------------------------------------------------------


def recover(calibration: Calibration, trials: Trials, model: Model, report: Report) -> dict[str, Any]:
    """Plant parameters, let the model make a county's tables with them, fit them back, and say what came of it.

    Planted sets are spread over the ranges; each makes the tables of one county, with draws that no trial uses. The trials are the
    same for all planted sets: what they say of the model holds for every table.

    Returns
    -------
    dict
        Plain data: ``parameters`` (error, interval, coverage, verdict and the best targets of each), ``truths`` (planted, best and
        interval of each), ``surrogate`` (how well polynomials tell the model), ``trials``, ``runs``, ``source``.

    Raises
    ------
    StudyError
        ``CAL-NO-NUMBER``.
    RunError
        ``CAL-FAILED``, ``CAL-WORKER``.
    """
    from scipy.stats import qmc

    ends = _scale(calibration)
    points, numbers = trials.spread(model, report)
    _check_numbers(calibration, model, numbers)
    n = len(calibration.factors)
    random = np.random.default_rng([calibration.root, 41])
    sampler = qmc.Sobol(n, seed=random)
    planted = 2.0 * sampler.random(1 << math.ceil(math.log2(calibration.truths)))[: calibration.truths] - 1.0
    with threads():
        surrogate = Surrogate(points, numbers, ends.low, ends.high)
        which = _usable(surrogate, calibration)
        truths = surrogate.real(planted)
    made = list(model.numbers(truths, [[PLANTED + i] for i in range(len(truths))]))
    noise = np.array([math.sqrt(sum(e.se**2 for e in t.entries if math.isfinite(e.se))) / len(t.entries) for t in calibration.targets])
    tables = np.stack([values[0] for _, values in made])[:, : len(calibration.targets)]
    tables = tables + noise * random.standard_normal(tables.shape)
    found = []
    with threads():
        for i, values in enumerate(tables):
            of = Table(values[which], np.full(len(which), np.nan), noise[which] ** 2, np.ones(len(which)))
            distance = Distance(surrogate, of, which)
            found.append(near_best.search(distance, n, calibration.root + i, planted[i : i + 1]))
            report(i + 1, len(tables), "")
        checks = _checked(calibration, model, surrogate, which, tables, noise, found)
    return _told_recovery(calibration, trials, model, surrogate, which, planted, found, checks)


def _usable(surrogate: Surrogate, calibration: Calibration) -> NDArray[np.int64]:
    """Return the fitted targets that move over the trials."""
    which = np.array([k for k in range(len(calibration.targets)) if surrogate.reach[k] > 1e-12], np.int64)
    if not len(which):
        raise StudyError(
            "CAL-DEAD", "这些参数不改变任何一个目标", "none of the targets moves with these parameters", where=calibration.file,
            mend_zh="请换参数、指标或政策", mend_en="choose other parameters, measures or another policy",
        )  # fmt: skip
    return which


def _checked(
    calibration: Calibration, model: Model, surrogate: Surrogate, which: NDArray[np.int64], tables: NDArray[np.float64],
    noise: NDArray[np.float64], found: list[NearBest],
) -> list[float]:  # fmt: skip
    """Return how likely a table as far from the model itself is, at the best set of each planted table (chi-square)."""
    from scipy.stats import chi2

    draws = 2 * calibration.draws
    best = surrogate.real(np.stack([f.best for f in found]))
    out = []
    for i, values in model.numbers(best, [[CHECKED + i * draws + j for j in range(draws)] for i in range(len(best))]):
        mean = mean_of(values)[which]
        sd = surrogate.sd(found[i].best[None])[0][which]
        v = sd[:, None] * sd[None, :] * surrogate.correlation[np.ix_(which, which)] * (1 + 1 / draws) + np.diag(noise[which] ** 2)
        off = tables[i][which] - mean
        out.append(float(chi2.sf(off @ np.linalg.solve(v, off), len(which))))
    return out


def _told_recovery(
    calibration: Calibration, trials: Trials, model: Model, surrogate: Surrogate, which: NDArray[np.int64],
    planted: NDArray[np.float64], found: list[NearBest], checks: list[float],
) -> dict[str, Any]:  # fmt: skip
    from scipy.stats import beta, binom

    truths = surrogate.real(planted)
    signal = surrogate.signal()[:, which]
    names = [calibration.targets[int(k)].name for k in which]
    together = np.mean([np.abs(f.correlation()) for f in found], axis=0)
    parameters = []
    for i, factor in enumerate(calibration.factors):
        low, high = np.array([f.low[i] for f in found]), np.array([f.high[i] for f in found])
        best, truth = np.array([f.best[i] for f in found]), planted[:, i]
        held = int(((low - 1e-9 <= truth) & (truth <= high + 1e-9)).sum())
        width, n = float(np.median((high - low) / 2)), len(truth)
        error = float(np.sqrt(np.mean(((best - truth) / 2) ** 2)))
        middle = float(np.sqrt(np.mean((truth / 2) ** 2)))
        narrow = bool(binom.cdf(held, n, 0.95) < _TOO_NARROW)
        said = "partly" if narrow and verdict(width) == "yes" else verdict(width)
        order = np.argsort(-signal[i], kind="stable")[:3]
        others = np.where(np.arange(len(together)) == i, 0.0, together[i])
        partner = int(others.argmax()) if len(others) > 1 else i
        parameters.append({
            "path": factor.name, "low": factor.low, "high": factor.high, "unit": factor.unit,
            "error": error, "error_of_the_middle": middle, "width": width,
            "held": held, "coverage": held / n,
            "coverage_low": float(beta.ppf(0.025, held, n - held + 1)) if held else 0.0,
            "coverage_high": float(beta.ppf(0.975, held + 1, n - held)) if held < n else 1.0,
            "too_narrow": narrow, "verdict": said,
            "told_by": [{"target": names[int(k)], "signal": float(signal[i, int(k)])} for k in order],
            "trades_with": {"path": calibration.factors[partner].name, "correlation": float(others[partner])} if partner != i else None,
        })  # fmt: skip
    sets = [
        {
            "planted": truths[t].tolist(), "best": surrogate.real(f.best[None])[0].tolist(),
            "low": surrogate.real(f.low[None])[0].tolist(), "high": surrogate.real(f.high[None])[0].tolist(), "p": checks[t],
        }
        for t, f in enumerate(found)
    ]  # fmt: skip
    return {
        "kind": "recovery", "name_zh": calibration.name_zh, "name_en": calibration.name_en, "source": trials.source,
        "policy": calibration.policy, "n_pupils": calibration.scenario.region_spec.n_pupils, "county": calibration.county,
        "years": calibration.scenario.years, "trials": len(surrogate.x), "draws": calibration.draws,
        "runs": calibration.start * calibration.draws + len(sets) * (1 + 2 * calibration.draws), "failed": dict(model.failed),
        "targets": names, "dead": _dead(surrogate, calibration, np.arange(len(calibration.targets))),
        "scopes": list(calibration.scopes), "labels": _labels(calibration), "without": list(calibration.without), "parameters": parameters, "truths": sets,
        "given_by_the_model": int(sum(p >= MISFIT for p in checks)), "surrogate": _quality(surrogate, calibration),
    }  # fmt: skip


def _labels(calibration: Calibration) -> dict[str, dict[str, str]]:
    """Return what a reader calls parameters and measures, in both languages."""
    from edusim.calibrate.county import STATISTICS, label
    from edusim.measures import registered

    found = {path: {"zh": d.description_zh, "en": d.description_en} for path, d in calibration.known.items()}
    known = {m.id: m for m in registered()}
    for target in (*calibration.targets, *calibration.held):
        name = target.entries[0].measure
        found[name] = (
            {lang: label(name, lang) for lang in ("zh", "en")} if name in STATISTICS
            else {"zh": known[name].label_zh, "en": known[name].label_en}
        )  # fmt: skip
    return found


def _quality(surrogate: Surrogate, calibration: Calibration) -> list[dict[str, Any]]:
    """Return how much of each target's movement its polynomial leaves, in spreads of one county's draw."""
    sd = np.sqrt((surrogate.sd(surrogate.x) ** 2).mean(axis=0))
    targets = (*calibration.targets, *calibration.held)
    return [
        {
            "target": t.name, "terms": len(surrogate.means[k].which), "reach": float(surrogate.reach[k]), "spread": float(sd[k]),
            "left": float(math.sqrt(surrogate.misfit[k]) / sd[k]),
        }
        for k, t in enumerate(targets)
    ]  # fmt: skip


# ---- fit -----------------------------------------------------------------------------------------------------


def fit(calibration: Calibration, trials: Trials, model: Model, report: Report) -> dict[str, Any]:
    """Fit the tables, and predict what was held out.

    Returns
    -------
    dict
        Plain data: ``parameters`` (best, interval, verdict, correlations), ``targets`` (value, model, 90% interval of one county,
        error in standard errors), ``held`` (predictions), ``distance`` (J, degrees of freedom, p), ``file`` (the values that a
        file takes over), ``surrogate``, ``trials``, ``runs``, ``source``.

    Raises
    ------
    StudyError
        ``CAL-EMPTY`` when a table has no value, ``CAL-NO-NUMBER``.
    RunError
        ``CAL-FAILED``, ``CAL-WORKER``.
    """
    for target in calibration.targets:
        if not target.is_measured:
            raise StudyError(
                "CAL-EMPTY", f"{target.column} 没有值，不能拟合", f"{target.column} has no value to be fitted", where=target.entries[0].where,
                mend_zh="请填上值、删去这一行，或用 --recover 只看能学到什么",
                mend_en="fill it in, delete the row, or see with --recover what could be learned",
            )  # fmt: skip
    ends, n = _scale(calibration), len(calibration.factors)
    spreads = pooled_spreads(calibration.targets)
    points, numbers = trials.spread(model, report)
    _check_numbers(calibration, model, numbers)
    with threads():
        first = Surrogate(points, numbers, ends.low, ends.high)
        which = _usable(first, calibration)
        targets = tuple(calibration.targets[int(k)] for k in which)
        of = as_table(targets, spreads)
        rough = near_best.search(Distance(first, of, which), n, calibration.root, first.x)
        inverse = np.linalg.inv(
            Distance(first, of, which).covariance(rough.best[None])[0] + np.diag(first.sd(rough.best[None])[0][which] ** 2) / calibration.draws
        )

    def away(values: NDArray[np.float64]) -> float:
        off = of.value - mean_of(values)[which]
        return float(np.einsum("i,ij,j->", off, inverse, off))

    points, numbers = trials.guided(model, report, table.hash_of(calibration.tables), (points, numbers), away)
    with threads():
        far = np.array([away(each) for each in numbers])
        far = np.where(np.isfinite(far), far - np.nanmin(far), np.inf)
        surrogate = Surrogate(points, numbers, ends.low, ends.high, 1.0 / (1.0 + far / (2.0 * len(which))))
        distance = Distance(surrogate, of, which)
        j, df, p, stretch, found = _search(calibration, distance, surrogate, len(which))
        chosen = _chosen(calibration, surrogate, distance, found)
    return _told_fit(calibration, trials, model, surrogate, which, of, spreads, (j, df, p, stretch), found, chosen, len(points))


def _search(
    calibration: Calibration, distance: Distance, surrogate: Surrogate, k: int
) -> tuple[float, float, float, float, NearBest]:
    """Return J of the best, degrees of freedom, its probability, by how much intervals are stretched, and the near-best sets."""
    from scipy.stats import chi2

    n = len(calibration.factors)
    found = near_best.search(distance, n, calibration.root, surrogate.x)
    j = float(distance.both(found.best[None])[0][0])
    df = k - distance.told(found.best)
    p = float(chi2.sf(j, df)) if df >= _LEAST_FREEDOM else math.nan
    # Where the model cannot give the table, intervals that trust it would be too narrow: they are stretched by the misfit.
    stretch = j / df if p < MISFIT else 1.0
    if stretch > 1.0:
        found = near_best.search(distance, n, calibration.root, surrogate.x, near_best.THRESHOLD * stretch)
    return j, df, p, stretch, found


def _chosen(
    calibration: Calibration, surrogate: Surrogate, distance: Distance, found: NearBest
) -> tuple[NDArray[np.float64], float]:
    """Return the set that a file takes over, and how much worse than the best it is in ``-2 ln L``.

    Identified parameters are fitted anew with all others at the values that the scenario gives them, since those stay there.
    """
    free = np.array([verdict(float(w)) == "yes" for w in found.width])
    default = surrogate.scaled(np.array([[calibration.default(f) for f in calibration.factors]]))[0]
    default = np.clip(default, -1.0, 1.0)

    def of_free(z: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.repeat(default[None], len(z), axis=0)
        x[:, free] = z
        return distance(x)

    point = default.copy()
    if free.any():
        again = near_best.search(of_free, int(free.sum()), calibration.root, found.sets[:64, free], laid=10)
        point[free] = np.clip(again.best, found.low[free], found.high[free])
    return point, float(distance(point[None])[0] - found.value)


def _plausible(found: NearBest, distance: Distance, n: int, seed: int) -> NDArray[np.float64]:
    """Return some near-best sets, the likelier the more often, float64 [n, parameters]."""
    weight = np.exp(-0.5 * (distance(found.sets) - found.value))
    return found.sets[np.random.default_rng([seed, 53]).choice(len(found.sets), n, p=weight / weight.sum())]


def _told_fit(
    calibration: Calibration, trials: Trials, model: Model, surrogate: Surrogate, which: NDArray[np.int64], of: Table,
    spreads: dict[str, tuple[float, int]], test: tuple[float, float, float, float], found: NearBest,
    chosen: tuple[NDArray[np.float64], float], n_trials: int,
) -> dict[str, Any]:  # fmt: skip
    distance = Distance(surrogate, of, which)
    with threads():
        sets = surrogate.real(_plausible(found, distance, _SETS, calibration.root))
        best = surrogate.real(found.best[None])
    draws = [[PREDICTED + i * _SET_DRAWS + j for j in range(_SET_DRAWS)] for i in range(_SETS)]
    predicted = np.concatenate([values for _, values in model.numbers(sets, draws)])
    n_checked = 8 * calibration.draws
    ((_, at_best),) = model.numbers(best, [[CHECKED + j for j in range(n_checked)]])
    rows = []
    for k, target in enumerate((*calibration.targets, *calibration.held)):
        rows += _row(target, k, at_best[:, k], predicted[:, k], spreads, k >= len(calibration.targets))
    fitted = [r for r in rows if not r["held"]]
    held = [r for r in rows if r["held"]]
    correlation = found.correlation()
    parameters = []
    low, high = surrogate.real(found.low[None])[0], surrogate.real(found.high[None])[0]
    chosen_at = surrogate.real(chosen[0][None])[0]
    for i, factor in enumerate(calibration.factors):
        said = verdict(float(found.width[i]))
        default = calibration.default(factor)
        parameters.append({
            "path": factor.name, "unit": factor.unit, "low": factor.low, "high": factor.high, "default": default,
            "best": float(best[0, i]), "near_low": float(low[i]), "near_high": float(high[i]), "width": float(found.width[i]),
            "verdict": said, "value": float(chosen_at[i]) if said == "yes" else default,
            "correlation": {f.name: float(correlation[i, m]) for m, f in enumerate(calibration.factors) if m != i},
        })  # fmt: skip
    j, df, p, stretch = test
    return {
        "kind": "fit", "name_zh": calibration.name_zh, "name_en": calibration.name_en, "source": trials.source,
        "policy": calibration.policy, "n_pupils": calibration.scenario.region_spec.n_pupils, "county": calibration.county,
        "years": calibration.scenario.years, "trials": n_trials, "draws": calibration.draws,
        "runs": n_trials * calibration.draws + _SETS * _SET_DRAWS + n_checked, "failed": dict(model.failed),
        "tables": [{"file": Path(t).name, "sha256": table.hash_of([t])} for t in calibration.tables],
        "scopes": list(calibration.scopes), "labels": _labels(calibration), "without": list(calibration.without),
        "parameters": parameters, "targets": fitted, "held": held,
        "coverage": _coverage(held, calibration),
        "held_inside": sum(bool(r["inside"]) for r in held), "held_n": len(held),
        "distance": {"J": j, "df": df, "p": None if math.isnan(p) else p, "stretch": stretch, "file": chosen[1]},
        "dead": _dead(surrogate, calibration, np.arange(len(calibration.targets))), "surrogate": _quality(surrogate, calibration),
        "spreads": {family: {"relative": s, "df": d} for family, (s, d) in spreads.items()},
    }  # fmt: skip


def _coverage(held: list[dict[str, Any]], calibration: Calibration) -> list[dict[str, Any]]:
    """Return how many held-out numbers lie in their intervals, by kind of number, by whether the same measure was fitted, and by
    whether the county is one that nothing was fitted to.

    ``alone`` counts those in the interval that generated counties alone give, without the spread between the tables' counties.
    """
    measures = {t.entries[0].measure for t in calibration.targets}
    counties = {e.county for t in calibration.targets for e in t.entries}
    groups: dict[tuple[str, bool, bool], list[dict[str, Any]]] = {}
    for row in held:
        key = (row["measure"].rpartition(".")[0], row["measure"] in measures, row["county"] not in counties)
        groups.setdefault(key, []).append(row)
    return [
        {
            "kind": kind, "measure_fitted": same, "new_county": new, "n": len(rows), "inside": sum(bool(r["inside"]) for r in rows),
            "alone": sum(bool(r["alone_low"] <= r["value"] <= r["alone_high"]) for r in rows),
            "width": float(np.median([(r["high"] - r["low"]) / 2 / abs(r["model"]) for r in rows if r["model"]] or [math.nan])),
            "error": float(np.median([abs(r["value"] / r["model"] - 1) for r in rows if r["model"]] or [math.nan])),
        }
        for (kind, same, new), rows in groups.items()
    ]  # fmt: skip


def _row(
    target: Target, k: int, at_best: NDArray[np.float64], predicted: NDArray[np.float64], spreads: dict[str, tuple[float, int]],
    held: bool,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what is told of a target: its value, the model's, and where nine of ten counties' values would lie."""
    from scipy.stats import norm, t

    here, there = at_best[np.isfinite(at_best)], predicted[np.isfinite(predicted)]
    model, own = float(here.mean()), float(here.std(ddof=1))
    centre, total = float(there.mean()), float(there.var(ddof=1))
    between = spreads.get(target.family)
    out = []
    # A fitted target is the mean of its counties; what is held out is predicted county by county.
    for entry in target.entries if held else target.entries[:1]:
        n = 1 if held else len(target.entries)
        value = entry.value if held else target.value
        noise = entry.rounding**2 + (entry.se**2 if math.isfinite(entry.se) else 0.0)
        chance = (between[0] * abs(centre)) ** 2 if between else entry.chance**2 - own**2 if math.isfinite(entry.chance) else 0.0
        variance = max(total + chance + noise, 1e-24)
        floor = 0.0 if min(float(here.min()), float(there.min())) >= 0 else -math.inf  # a number that is never negative
        half = float(t.ppf(0.95, between[1]) if between else norm.ppf(0.95)) * math.sqrt(variance)
        spread = math.sqrt(max((between[0] * model) ** 2 if between else own**2 + max(chance, 0.0), 0.0) / n + noise / n)
        out.append({
            "target": target.name, "measure": entry.measure, "stage": entry.stage, "year": target.year, "county": entry.county if held else "",
            "counties": n, "value": value, "model": model, "low": max(centre - half, floor), "high": centre + half,
            "error": (value - model) / spread if spread > 0 else None, "held": held,
            "inside": centre - half <= value <= centre + half,
            "alone_low": max(centre - 1.6448536 * math.sqrt(total + noise), floor), "alone_high": centre + 1.6448536 * math.sqrt(total + noise),
        })  # fmt: skip
    return out
