"""Indicator against learning: where official success and pupils' learning part ways, reckoned by the model.

Five cases (:mod:`edusim.validate.parting_cases`): rotation alone; fusing on paper; windfall allowances; reports of
chosen results; awards due to chance. For each: what an office sees, what pupils have, both as means over paired
draws with 95% intervals; whether the two part; one sentence in Chinese and one in English that says it, and no more
than the intervals carry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, did_you_mean
from edusim.report.summaries import Interval, mean_interval
from edusim.validate.parting_cases import (
    CASES,
    LAW,
    MOVE,
    POLICIES,
    Numbers,
    award_probability,
    case_of,
    expected_best,
    rotation_uneven,
)
from edusim.validate.watched import watch_all

if TYPE_CHECKING:
    import pandas as pd

    from edusim.scenario import Scenario

#: Verdicts. ``flatters``: the indicator succeeds and pupils have no more; ``hides``: the indicator fails and pupils have
#: more; ``together``: both go one way; ``open``: the intervals do not tell.
FLATTERS, HIDES, TOGETHER, OPEN = "flatters", "hides", "together", "open"
#: A change of learning whose whole interval lies within this is called hardly any, pupil SD. Our judgement: it is what
#: three tenths of a staff replaced by teachers half a SD better give in a year.
HARDLY = 0.02
#: More of the money than this paid to people whose choice it does not change is called most of it.
MOST = 0.5
#: More of the awards than this to schools where teaching has not improved are called too many. Our judgement.
TOLERATED = 0.1
#: A county whose backbone teachers sit with the cores, where rotation alone is looked at too: shares of staff.
UNEVEN: Mapping[str, float] = {
    "region.teachers.backbone_core": 0.3, "region.teachers.backbone.rural": 0.05, "region.teachers.backbone.mountain": 0.05,
}  # fmt: skip
#: The report that is judged: the best of three results, each measured with an error of .1 SD (the model's defaults).
REPORT = "3.0.1"
#: The threshold of the award that is judged: 5 points of 100 an SD (the model's default).
AWARD = "0.05"


def verdict(success: Interval, learning: Interval, margin: float = HARDLY) -> str:
    """Judge whether an indicator and learning part, on their intervals and not on their means.

    Parameters
    ----------
    success
        By how much the indicator improved (positive is success for an office), any unit.
    learning
        By how much learning improved, pupil SD.
    margin
        Learning that stays below this with its whole interval is hardly any, pupil SD.

    Returns
    -------
    str
        ``flatters`` where success is clear and the interval of learning stays below the margin; ``hides`` where
        failure is clear and a gain of learning is; ``together`` where both clearly go one way; ``open`` else, also
        where there are fewer than two draws.
    """
    if not (success.known and learning.known):
        return OPEN
    if success.low > 0.0 and learning.high < margin:
        return FLATTERS
    if success.high < 0.0 and learning.low > 0.0:
        return HIDES
    if (success.low > 0.0 and learning.low > 0.0) or (success.high < 0.0 and learning.high < 0.0):
        return TOGETHER
    return OPEN


def above(share: Interval, limit: float) -> str:
    """Judge a share that should be small.

    ``flatters`` where all of its interval is above the limit, ``together`` where all of it is below, ``open`` where it
    crosses or there is no interval.
    """
    if not share.known:
        return OPEN
    return FLATTERS if share.low > limit else TOGETHER if share.high < limit else OPEN


@dataclass
class Parting:
    """What came out.

    Attributes
    ----------
    frame
        ``case, side (indicator|learning), item, year, unit, mean, low, high, n``: means over draws with 95% Student
        intervals; ``n`` is the number of draws in which the number exists. Items are those of
        :mod:`edusim.validate.parting_cases`.
    verdicts
        Case -> ``flatters``, ``hides``, ``together`` or ``open``.
    sentences
        Case -> ``{"zh": ..., "en": ...}``: where the two part, or that they do not, and what could be asked instead.
    briefs
        Case -> language -> finding and advice without the intervals, for a figure that draws them.
    info
        Years, draws, seed, agents, hash of the scenario.
    """

    frame: pd.DataFrame
    verdicts: dict[str, str]
    sentences: dict[str, dict[str, str]]
    briefs: dict[str, dict[str, tuple[str, str]]]
    info: dict[str, Any] = field(default_factory=dict)

    def of(self, case: str, side: str, item: str, year: int | None = None) -> Interval:
        """Return one number with its interval; the last year's where no year is given.

        Raises
        ------
        KeyError
            When the case has no such number.
        """
        years = self._numbers.get((case, side, item))
        if years is None or (year is not None and year not in years):
            raise KeyError((case, side, item, year))
        return years[max(years) if year is None else year]

    @cached_property
    def _numbers(self) -> dict[tuple[str, str, str], dict[int, Interval]]:
        found: dict[tuple[str, str, str], dict[int, Interval]] = {}
        columns = (self.frame[name].tolist() for name in ("case", "side", "item", "year", "mean", "low", "high", "n"))
        for case, side, item, year, mean, low, high, n in zip(*columns, strict=True):
            found.setdefault((case, side, item), {})[int(year)] = Interval(float(mean), float(low), float(high), int(n))
        return found


def parting(
    scenario: Scenario, draws: int = 20, seed: int = 0, workers: int = 1, cases: Sequence[str] = CASES
) -> Parting:
    """Reckon the cases on one county and judge them.

    Parameters
    ----------
    scenario
        A scenario that compares the policies of :data:`edusim.validate.parting_cases.POLICIES`, as
        ``experiments/indicator_and_learning/scenario.yaml`` does.
    draws
        Paired draws: in each, every policy meets the same county, people and lots.
    seed
        Seed of the run.
    workers
        Processes; the result has the same bits for any number.
    cases
        Which cases, in which order. Rotation alone is also looked at on the synthetic county made more uneven
        (:data:`UNEVEN`); a roster is left as it is.

    Raises
    ------
    ConfigError
        ``CFG-DRAWS`` for fewer than one draw; ``CFG-UNKNOWN-POLICY`` when the scenario lacks one of the policies;
        ``CFG-UNKNOWN-VALUE`` for a case that there is not.
    """
    _check(scenario, draws, cases)
    found = _all_draws(scenario, draws, seed, workers, tuple(cases))
    frame = _frame(found, scenario.base_year)
    result = Parting(frame, {}, {}, {}, _info(scenario, draws, seed, found[0][1]))
    for case in cases:
        result.verdicts[case] = judge(result, case)
    from edusim.validate.parting_words import advice, finding, sentence

    for case in cases:
        result.sentences[case] = {lang: sentence(result, case, lang) for lang in ("zh", "en")}
        result.briefs[case] = {
            lang: (finding(result, case, lang, brief=True), advice(result, case, lang, brief=True)) for lang in ("zh", "en")
        }
    return result


def judge(result: Parting, case: str) -> str:
    """Return the verdict of a case on the intervals of a result; see :func:`verdict` and :func:`above`."""
    last = result.info["last_year"]
    if case == "rotation":
        return verdict(_less(result.of(case, "indicator", "cv.backbone.primary.move")), result.of(case, "learning", "weak.move"))
    if case == "paper":
        # Judged on the day: in the first year of the merger.
        day = result.info["base_year"] + 1
        return verdict(result.of(case, "indicator", "passing.legal", day), result.of(case, "learning", "weak.campus", last))
    if case == "windfall":
        share, better = result.of(case, "indicator", "windfall_share.total"), result.of(case, "learning", "weak.joint_less_allowances")
        told = above(share, MOST)
        return OPEN if told == FLATTERS and not (better.known and better.low > 0.0) else told
    if case == "reports":
        return above(result.of(case, "indicator", f"bias.{REPORT}"), 0.0)
    return above(result.of(case, "learning", f"no_rise.{AWARD}.all"), TOLERATED)


def _less(interval: Interval) -> Interval:
    """Return an interval with its sign turned."""
    return Interval(-interval.mean, -interval.high, -interval.low, interval.n)


def _check(scenario: Scenario, draws: int, cases: Sequence[str]) -> None:
    if draws < 1:
        raise ConfigError("CFG-DRAWS", "draws 至少为 1", "draws must be at least 1")
    for case in cases:
        if case not in CASES:
            zh, en = did_you_mean(case, CASES)
            raise ConfigError("CFG-UNKNOWN-VALUE", f"没有情形 {case}", f"no case {case}", mend_zh=zh, mend_en=en)
    for key in POLICIES:
        if key not in scenario.policies:
            zh, en = did_you_mean(key, scenario.policies)
            raise ConfigError(
                "CFG-UNKNOWN-POLICY", f"情景中没有政策 {key}，五种情形要用到它",
                f"the scenario has no policy {key}, which the cases compare", where=scenario.file or "policies",
                mend_zh=zh or "请照 experiments/indicator_and_learning/scenario.yaml 列出全部政策",
                mend_en=en or "list all policies as experiments/indicator_and_learning/scenario.yaml does",
            )  # fmt: skip


def _one_draw(scenario: Scenario, seed: int, draw: int, cases: Sequence[str]) -> tuple[dict[str, Numbers], dict[str, int]]:
    """Return the numbers of one draw by case, and how many agents there are."""
    from edusim.region.people import seed_of

    runs = watch_all(scenario, POLICIES, seed=seed, draw=draw)
    own = seed_of(seed, draw)
    facts = next(iter(runs.values())).outcome.facts
    agents = {name: int(facts[name]) for name in ("n_schools", "n_pupils", "n_teachers", "n_groups")}
    found = {case: case_of(case)(runs, own) for case in cases}
    if "rotation" in cases and scenario.region_spec.kind == "synthetic":
        found["rotation"] |= rotation_uneven(watch_all(scenario.with_(UNEVEN), (LAW, MOVE), seed=seed, draw=draw))
    return found, agents


def _all_draws(
    scenario: Scenario, draws: int, seed: int, workers: int, cases: Sequence[str]
) -> list[tuple[dict[str, Numbers], dict[str, int]]]:
    workers = max(1, min(workers, draws))
    if workers == 1:
        return [_one_draw(scenario, seed, draw, cases) for draw in range(draws)]
    from loky import ProcessPoolExecutor

    from edusim import _compile
    from edusim.interrupts import held

    if _compile.is_cold():
        # Compile once here: cold workers would each compile everything.
        from edusim.model import warm_up

        warm_up()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    found = []
    pool = ProcessPoolExecutor(max_workers=workers, env=threads)
    try:
        with held():
            jobs = [pool.submit(_one_draw, scenario, seed, draw, cases) for draw in range(draws)]
        found = [job.result() for job in jobs]
    finally:
        pool.shutdown(wait=True, kill_workers=not found)
    return found


def _frame(found: Sequence[tuple[Mapping[str, Numbers], Any]], base_year: int) -> pd.DataFrame:
    """Return means over draws with their intervals, one row a number."""
    import pandas as pd

    rows = []
    for case in found[0][0]:
        keys = dict.fromkeys(key for numbers, _ in found for key in numbers[case])
        for side, item, year in keys:
            values = np.array([numbers[case].get((side, item, year), math.nan) for numbers, _ in found])
            gap = mean_interval(values)
            rows.append((case, side, item, base_year + year, unit_of(side, item), gap.mean, gap.low, gap.high, gap.n))
    columns = ["case", "side", "item", "year", "unit", "mean", "low", "high", "n"]
    return pd.DataFrame(rows, columns=columns).sort_values(columns[:4], kind="stable", ignore_index=True)


_UNITS = {
    "cv": "ratio", "level": "ratio", "passing": "indicators", "passing_level": "indicators", "failing": "schools",
    "per_100": "teachers/100 pupils", "yuan": "yuan", "kept": "teachers", "recipients": "teachers", "school_years": "school-years",
    "law_school_years": "school-years", "weak": "pupil SD", "core": "pupil SD", "county": "pupil SD",
    "true": "pupil SD/year", "all_results": "pupil SD/year", "reported": "pupil SD/year",
    "expected": "pupil SD/year", "bias": "pupil SD/year", "model": "pupil SD/year", "pupil_sd": "pupil SD",
}  # fmt: skip


def unit_of(side: str, item: str) -> str:
    """Return the unit of an item; what is named nowhere else is a share."""
    return _UNITS.get(item.removeprefix("uneven.").split(".")[0], "share")


def _info(scenario: Scenario, draws: int, seed: int, agents: Mapping[str, int]) -> dict[str, Any]:
    return {
        **agents,
        "base_year": scenario.base_year,
        "last_year": scenario.last_year,
        "years": scenario.years,
        "draws": draws,
        "seed": seed,
        "hash": scenario.hash,
        "scenario": {"zh": scenario.name_zh, "en": scenario.name_en},
        "data_status": "synthetic" if scenario.region_spec.kind == "synthetic" else "roster",
    }


__all__ = ["CASES", "POLICIES", "Parting", "above", "award_probability", "expected_best", "judge", "parting", "verdict"]
