"""Carries the checks out: draws shared out over processes, values made into intervals, intervals into verdicts."""

from __future__ import annotations

import contextlib
import gc
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, did_you_mean
from edusim.interrupts import held
from edusim.report.summaries import Interval, mean_interval, spread
from edusim.report.tables import ratio_interval
from edusim.validate import checks, controls, golden
from edusim.validate.patterns import BY_KEY, CONTROLS, EDGE, EXACT, IN, KEYS, MISS, PATTERNS, RATIO, SHARE, SPREAD, Part

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.scenario import Scenario

DRAWS, COUNTIES = 12, 120
#: Fewest years: two cohorts must enter and leave junior school within the run.
LEAST_YEARS = 4
_CHUNK = 20
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Task:
    """What one process is given: a draw with the checks asked for, or a handful of counties (P2)."""

    scenario: Scenario
    seed: int
    draw: int = -1
    keys: tuple[str, ...] = ()
    counties: tuple[int, ...] = ()


def carry_out_task(task: Task) -> dict[str, list[checks.Value]]:
    """Return ``P9.ratio`` -> values of one task; what P2 finds has one value a county."""
    found: dict[str, list[checks.Value]] = {}
    for number in task.counties:
        for name, value in checks.spread_of_counties(task.scenario, number).items():
            found.setdefault(f"P2.{name}", []).append(value)
    if task.draw >= 0:
        draw = checks.Draw(task.scenario, task.seed, task.draw)
        for key in task.keys:
            if key in checks.CHECKS:
                found |= {f"{key}.{name}": [value] for name, value in checks.CHECKS[key](draw).items()}
            else:
                found[key] = [controls.TRIALS[key](draw)]
        # A model and its agents hold each other: a worker would grow with every draw.
        del draw
        gc.collect()
    return found


@dataclass
class Validation:
    """What came of it.

    Attributes
    ----------
    scenario
        The county that was checked.
    seed, draws, counties
        Seed of the runs; paired draws; counties drawn for P2.
    values
        ``P9.ratio`` -> one value a draw (pairs where a ratio is asked for).
    keys
        Patterns and controls asked for.
    fresh
        Whether each draw was another county, not only other people.
    """

    scenario: Scenario
    seed: int
    draws: int
    counties: int
    values: dict[str, list[checks.Value]]
    keys: tuple[str, ...]
    fresh: bool = False
    _frame: Any = field(default=None, repr=False)

    @property
    def frame(self) -> Any:
        """One row a part, a control or a number reported beside: see :data:`COLUMNS`."""
        if self._frame is None:
            import pandas as pd

            rows = [row for key in self.keys if key in BY_KEY for row in self._pattern_rows(key)]
            rows += [row for control in CONTROLS if control.key in self.keys for row in self._control_rows(control)]
            self._frame = pd.DataFrame(rows, columns=list(COLUMNS))
            self._frame.attrs = {"draws": self.draws, "counties": self.counties, "seed": self.seed}
        return self._frame

    def _interval(self, key: str, part: Part) -> Interval:
        return interval_of(self.values.get(f"{key}.{part.key}", []), part.how)

    def _pattern_rows(self, key: str) -> Iterator[dict[str, Any]]:
        pattern = BY_KEY[key]
        for kind, parts in (("part", pattern.parts), ("beside", pattern.beside)):
            for part in parts:
                found = self._interval(key, part)
                band = part.band
                yield {
                    "pattern": key, "part": part.key, "kind": kind, "pattern_zh": pattern.zh, "pattern_en": pattern.en,
                    "zh": part.zh, "en": part.en, "unit": part.unit, "band": band.text if band else "",
                    "band_low": band.low if band else np.nan, "band_high": band.high if band else np.nan,
                    "value": found.mean, "low": found.low, "high": found.high, "n": found.n,
                    "verdict": band.verdict(found) if band else "", "source": pattern.source,
                    "tried_zh": part.tried_zh, "tried_en": part.tried_en, "digits": part.digits,
                }  # fmt: skip

    def _control_rows(self, control: Any) -> Iterator[dict[str, Any]]:
        got = [float(v) for v in self.values.get(control.key, []) if not isinstance(v, tuple)]
        found = interval_of([max(got)], EXACT) if control.exact and got else mean_interval(got)
        holds = bool(got) and (max(got) == 0.0 if control.exact else found.mean <= 0.0)
        yield {
            "pattern": control.key, "part": "", "kind": "control", "pattern_zh": control.zh, "pattern_en": control.en,
            "zh": control.must_zh, "en": control.must_en, "unit": "" if control.exact else "SD",
            "band": "0" if control.exact else "≤ 0", "band_low": 0.0 if control.exact else -np.inf, "band_high": 0.0,
            "value": found.mean, "low": found.low, "high": found.high, "n": len(got), "verdict": IN if holds else MISS,
            "source": "", "tried_zh": "", "tried_en": "", "digits": 0 if control.exact else 4,
        }  # fmt: skip

    def verdict(self, key: str) -> str:
        """Return the verdict of a whole pattern or control: the worst of its parts."""
        rows = self.frame[(self.frame["pattern"] == key) & (self.frame["kind"] != "beside")]
        found = set(rows["verdict"])
        return next(v for v in (MISS, EDGE, IN) if v in found)

    @property
    def controls_hold(self) -> bool:
        """Whether every control that was made shows nothing."""
        rows = self.frame[self.frame["kind"] == "control"]
        return bool((rows["verdict"] == IN).all())

    def kept(self) -> dict[str, Any]:
        """Return what is kept of it as plain data: everything but the county, see :func:`from_kept`."""
        return {"seed": self.seed, "draws": self.draws, "counties": self.counties, "fresh": self.fresh, "keys": list(self.keys), "values": self.values}

    def table(self, lang: str | None = None) -> str:
        """Return the table for a terminal, in ``zh`` or ``en``."""
        from edusim.errors import language
        from edusim.validate.page import table

        return table(self, language(lang))

    def plot(self, lang: str | None = None, *, for_report: bool = False) -> Any:
        """Return the figure: every part against its band."""
        from edusim.errors import language
        from edusim.report.pattern_figure import patterns

        return patterns(self.frame, lang=language(lang), for_report=for_report, info=self.info)

    @property
    def info(self) -> dict[str, Any]:
        """What a figure's footer says."""
        return {"data_status": "synthetic", "draws": self.draws, "counties": self.counties, "fresh": self.fresh}

    def save(self, folder: Any, lang: str | None = None) -> Any:
        """Write table, page and figures to a folder, whole or not at all; see :func:`edusim.validate.page.save`."""
        from edusim.errors import language
        from edusim.validate.page import save

        return save(self, folder, language(lang))


#: Columns of :attr:`Validation.frame`. ``kind``: part (of a pattern), beside (reported, no band) or control; ``verdict``:
#: in (whole interval in the band), edge (mean in it, interval across its edge), miss; empty where there is no band.
COLUMNS = (
    "pattern", "part", "kind", "pattern_zh", "pattern_en", "zh", "en", "unit", "band", "band_low", "band_high", "value",
    "low", "high", "n", "verdict", "source", "tried_zh", "tried_en", "digits",
)  # fmt: skip


def from_kept(kept: Mapping[str, Any], scenario: Scenario | str | None = None) -> Validation:
    """Return a result again from what was kept of it (:meth:`Validation.kept`, through JSON or not)."""
    values = {
        name: [tuple(v) if isinstance(v, (list, tuple)) else float("nan") if v is None else float(v) for v in got]
        for name, got in kept["values"].items()
    }
    return Validation(county_to_check(scenario), kept["seed"], kept["draws"], kept["counties"], values, tuple(kept["keys"]), bool(kept["fresh"]))


def interval_of(values: Sequence[checks.Value], how: str) -> Interval:
    """Return the mean and 95 % interval of one part's values, see :data:`edusim.validate.patterns.MEAN` and the others."""
    if how == RATIO:
        pairs: NDArray[np.float64] = np.array([v for v in values if isinstance(v, tuple)], dtype=np.float64).reshape(-1, 2)
        return ratio_interval(pairs[:, 0], pairs[:, 1])
    single = [float(v) for v in values if not isinstance(v, tuple)]
    if how == EXACT:
        value = single[0] if single else np.nan
        return Interval(value, value, value, len(single))
    if how == SHARE:
        return share_interval(single)
    return spread(single, 0.0) if how == SPREAD else mean_interval(single)


def share_interval(percents: Sequence[float]) -> Interval:
    """Return the mean of per cents and Wilson's 95 % interval, each county counting once (it stays within 0 and 100)."""
    n = len(percents)
    if n < 2:
        return mean_interval(percents)
    share, z2 = float(np.mean(percents)) / 100.0, 1.96**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = float(np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))) / (1 + z2 / n)
    return Interval(100.0 * share, 100.0 * max(0.0, centre - half), 100.0 * min(1.0, centre + half), n)


def chosen(only: Sequence[str] | None) -> tuple[str, ...]:
    """Return the patterns and controls asked for, in the order of the list; all when None.

    Raises
    ------
    ConfigError
        ``VALIDATE-ONLY`` for a name that is none, with the nearest one.
    """
    if not only:
        return KEYS
    wanted = [name.strip().upper() for name in only if name.strip()]
    for name in wanted:
        if name not in KEYS:
            zh, en = did_you_mean(name, KEYS)
            raise ConfigError("VALIDATE-ONLY", f"没有模式或对照 {name[:40]}", f"there is no pattern or control {name[:40]}",
                              where="--only", mend_zh=zh, mend_en=en)  # fmt: skip
    return tuple(key for key in KEYS if key in wanted)


def county_to_check(scenario: Scenario | str | None) -> Scenario:
    """Return the scenario whose county is checked: the one that is shipped when None.

    Raises
    ------
    ConfigError
        ``VALIDATE-COUNTY`` for a roster, ``VALIDATE-YEARS`` for too few years.
    """
    from edusim.scenario import Scenario, load

    if scenario is None:
        found = load("county")
    else:
        found = scenario if isinstance(scenario, Scenario) else load(scenario)
    if found.region_spec.kind != "synthetic":
        raise ConfigError(
            "VALIDATE-COUNTY", "花名册上的县不能检验：各模式是对生成的县说的",
            "a county read from a roster cannot be checked: the patterns speak of drawn counties",
            mend_zh="请用随附的情景", mend_en="use a shipped scenario",
        )  # fmt: skip
    if found.years < LEAST_YEARS:
        raise ConfigError(
            "VALIDATE-YEARS", f"推演 {found.years} 年太短", f"{found.years} years are too few", where="years",
            mend_zh=f"至少 {LEAST_YEARS} 年，才有两届学生读完初中", mend_en=f"at least {LEAST_YEARS}, so that two cohorts pass through junior school",
        )  # fmt: skip
    return found


def carry_out(
    scenario: Scenario | str | None = None,
    *,
    only: Sequence[str] | None = None,
    draws: int = DRAWS,
    counties: int = COUNTIES,
    seed: int = 0,
    workers: int = 1,
    fresh: bool = False,
    progress: Progress | None = None,
) -> Validation:
    """Hold the model against the stylised facts and the negative controls.

    Parameters
    ----------
    scenario
        A scenario, its name or path; the shipped county when None.
    only
        Patterns (``P9``) and controls (``C1``) wanted; all when None.
    draws
        Paired draws of the county's people.
    counties
        Counties built for P2.
    seed
        Seed of the runs.
    workers
        Processes; the result has the same bits for any number.
    fresh
        Let each draw be another county of the same making (the region's seed plus the draw), not only other people in
        the same schools: the interval is then that of the model, not of one county.
    progress
        Called with (done, total, text) after every task.

    Raises
    ------
    ConfigError
        When the county cannot be checked or a pattern is not known.
    RunError
        ``VALIDATE-VOID`` when a control cannot take place on this county.
    """
    loaded, keys = county_to_check(scenario), chosen(only)
    if draws < 1 or counties < 1:
        raise ConfigError("CFG-DRAWS", "draws 与 counties 至少为 1", "draws and counties must be at least 1")
    values: dict[str, list[checks.Value]] = {}
    if "P1" in keys:
        values |= {f"P1.{name}": [value] for name, value in golden.printed_examples().items()}
    each = tuple(key for key in keys if key in checks.CHECKS or key in controls.TRIALS)
    counties_of = [loaded.with_({"region.seed": loaded.region_spec.seed + draw}) if fresh else loaded for draw in range(draws)]
    tasks = [Task(county, seed, draw, each) for draw, county in enumerate(counties_of)] if each else []
    if "P2" in keys:
        tasks += [Task(loaded, seed, counties=tuple(range(a, min(a + _CHUNK, counties)))) for a in range(0, counties, _CHUNK)]
    report = progress or (lambda done, total, text: None)
    report(0, len(tasks), "")
    for found in _carried_out(tasks, max(1, min(workers, len(tasks) or 1)), report):
        for name, got in found.items():
            values.setdefault(name, []).extend(got)
    n_counties = counties if "P2" in keys else 0
    return Validation(loaded, seed, draws if each else 0, n_counties, values, keys, fresh)


def _carried_out(tasks: Sequence[Task], workers: int, report: Progress) -> Iterator[dict[str, list[checks.Value]]]:
    """Yield what each task found, in the order of tasks, whichever process did it."""
    if workers == 1:
        for done, task in enumerate(tasks, 1):
            found = carry_out_task(task)
            report(done, len(tasks), _named(task))
            yield found
        return
    from concurrent.futures import as_completed

    from loky import ProcessPoolExecutor

    from edusim import _compile

    if _compile.is_cold():
        # Compile once here: cold workers would each compile everything.
        from edusim.model import warm_up

        warm_up()
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    warnings.filterwarnings("ignore", message="A worker was restarted", category=UserWarning)
    pool = ProcessPoolExecutor(max_workers=workers, env=threads, initializer=_begin_worker)
    results: dict[int, dict[str, list[checks.Value]]] = {}
    try:
        with held():
            jobs = {pool.submit(carry_out_task, task): place for place, task in enumerate(tasks)}
        for job in as_completed(jobs):
            results[jobs[job]] = job.result()
            report(len(results), len(tasks), _named(tasks[jobs[job]]))
    finally:
        with contextlib.suppress(Exception):
            pool.shutdown(wait=True, kill_workers=len(results) < len(tasks))
    for place in range(len(tasks)):
        yield results[place]


def _begin_worker() -> None:
    """Take no notice of Ctrl-C: the parent ends its workers, with one message."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _named(task: Task) -> str:
    return f"draw {task.draw + 1}" if task.draw >= 0 else f"P2 {task.counties[-1] + 1}"


__all__ = [
    "COLUMNS", "COUNTIES", "DRAWS", "PATTERNS", "Validation", "carry_out", "chosen", "county_to_check", "from_kept",
    "interval_of", "share_interval",
]  # fmt: skip
