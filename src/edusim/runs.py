"""Run a policy, compare policies fairly, give the results as frames.

A comparison is paired: in every draw each policy meets the same county, the same cohorts, applicants and
lots, so that the difference between two policies is theirs. It is made twice: ``identical``, where every
group is one core and one member and money does not bind, and ``feasible``, where size caps, scarce
cores, budgets and dates bind.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import threading
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim import __version__, extensions
from edusim.declarations import STATUS_QUO
from edusim.errors import ConfigError, did_you_mean
from edusim.folders import load_run, mean_measures, mean_schools, write_csv, write_whole
from edusim.measures import YearMeasures, schools_frame, to_frame
from edusim.report.language import limits
from edusim.report.summaries import paired_interval
from edusim.rules.context import AGENT_TYPES, EVENTS, LINES, RULES

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.report.document.blocks import Document
    from edusim.scenario import Scenario

DESIGNS = ("feasible", "identical")
SCHEMA_VERSION = 1
#: Kinds of place in the order of the model's table of flows: zone, and whether the school leads a group.
PLACES = (
    "urban", "urban core", "town", "town core", "rural", "rural core", "mountain", "mountain core",
)  # fmt: skip
Progress = Callable[[int, int, str], None]


@dataclass
class Outcome:
    """What one run of one county gives back: plain arrays, cheap to send between processes."""

    policy: str
    design: str
    draw: int
    years: list[YearMeasures]
    flows: list[tuple[int, NDArray[np.int64]]]
    counts: list[tuple[int, dict[str, int]]]
    records: list[tuple[int, NDArray[Any]]]
    facts: dict[str, Any]


def simulate(
    scenario: Scenario,
    policy: str,
    *,
    seed: int,
    draw: int,
    design: str,
    years: int | None = None,
    records: str = "counts",
    threads: int = 1,
    case: Any = None,
    watch: Callable[[str, Any], None] | None = None,
) -> Outcome:
    """Run one county under one policy and return its outcome.

    ``case`` is a county built before for this draw and design; it is copied, not changed. ``watch`` is told
    of every phase, see :class:`edusim.model.County`.
    """
    from edusim.build import build_case
    from edusim.model import County

    if case is None:
        case = build_case(scenario, seed=seed, draw=draw, design=design)
    # Identical pairs meet every mode from its first year: no path of coverage, no cap, no purse binds,
    # and no policy pairs schools anew.
    same = {"groups.coverage_share": 1.0, "groups.pairing": "given"}
    law = scenario if design != "identical" else scenario.with_(same)
    county = County(
        case, policy, seed, draw=draw, records=records, threads=threads, parameters=law.parameters(policy),
        rules=dict(scenario.rules), base_year=scenario.base_year, years=scenario.years,
        budget_binds=design != "identical", scale_fund=scenario.region_spec.scale_fund, extensions=scenario.extensions,
    )  # fmt: skip
    county.watch = watch
    pupils_start, teachers_start = county.n_pupils_base, int(county.state.teachers.serving.sum())
    for _ in range(scenario.years if years is None else years):
        county.step()
    schools, groups = county.state.schools, county.state.groups
    # Names stand in the order of the case's rows, results in the order of ids.
    order = np.argsort(case.state.schools.id, kind="stable")
    facts = {
        "n_pupils": pupils_start,
        "n_teachers": teachers_start,
        "n_schools": schools.n,
        "n_groups": groups.n,
        "n_neighbourhoods": county.state.neighbourhoods.n,
        "imputed": dict(case.imputed),
        "notes": list(case.notes),
        "pseudonyms": {lang: [names[i] for i in order] for lang, names in case.pseudonyms.items()},
        "school_id": schools.id.tolist(),
        "teacher_id": case.state.teachers.id[case.state.teachers.serving].tolist() if records == "all" else [],
        "group_id": groups.id.tolist(),
        "x_km": schools.x_km.tolist(),
        "y_km": schools.y_km.tolist(),
        "digest": county.state.digest(),
        "modes": list(county.law.modes),
        "open_line": float(getattr(county.now.tally, "open_line", np.nan)),
    }
    return Outcome(
        policy, design, draw, county.year_measures, county.year_moves, county.year_counts, county.year_records, facts
    )


def _one_draw(
    scenario: Scenario, policies: Sequence[str], designs: Sequence[str], seed: int, draw: int
) -> list[Outcome]:
    """Run every policy and design of one draw on the same people."""
    import gc

    from edusim.build import build_case, region_of

    found = []
    region = region_of(scenario)
    for design in designs:
        case = build_case(scenario, seed=seed, draw=draw, design=design, region=region)
        found += [
            simulate(scenario, policy, seed=seed, draw=draw, design=design, case=case) for policy in policies
        ]
        # Agents and their model hold each other: without this a worker grows with every draw.
        gc.collect()
    return found


def run(
    scenario: Scenario | str | None = None,
    *,
    policy: str = "status_quo",
    seed: int = 0,
    draw: int = 0,
    years: int | None = None,
    records: str = "counts",
    threads: int = 1,
    progress: Progress | None = None,
) -> Run:
    """Run one policy once.

    Parameters
    ----------
    scenario
        A scenario, its name or path; the shipped county when None.
    policy
        Key of the policy.
    seed, draw
        Seed of the run; number of the draw.
    years
        Years to run; the scenario's when None.
    records
        ``none``, ``counts`` or ``all`` decisions.
    threads
        Threads that share the pupils; the result has the same bits for any number.
    progress
        Called with years done, years in all, the year.

    Raises
    ------
    ConfigError, DataError
        When the scenario, the policy or the roster is wrong.
    """
    loaded = _loaded(scenario)
    if years is not None:
        loaded = loaded.with_({"years": years})

    def told(phase: str, year: Any) -> None:
        if progress is not None and not phase:
            progress(year.year - loaded.base_year, loaded.years, str(year.year))

    outcome = simulate(
        loaded, policy, seed=seed, draw=draw, design=loaded.design, records=records, threads=threads, watch=told if progress else None
    )
    return Run(loaded, seed, [outcome], "status_quo")


def compare(
    scenario: Scenario | str | None = None,
    *,
    policies: Sequence[str] | None = None,
    draws: int = 20,
    seed: int = 0,
    workers: int = 1,
    baseline: str = "status_quo",
    designs: Sequence[str] = DESIGNS,
    progress: Progress | None = None,
) -> Comparison:
    """Compare policies by paired draws; see the module's text.

    Parameters
    ----------
    scenario
        A scenario, its name or path; the shipped county when None.
    policies
        Keys of policies; the scenario's when None. The baseline is added when it is missing.
    draws
        Paired draws; each draws people and all that is imputed anew.
    workers
        Processes; the result has the same bits for any number.
    baseline
        Policy that the others are compared with.
    designs
        ``feasible``, ``identical`` or both.
    progress
        Called with (done, total, text) after every draw.

    Raises
    ------
    ConfigError, DataError
        When an input is wrong.
    """
    loaded = _loaded(scenario)
    keys = list(policies or loaded.policies)
    if baseline not in keys:
        keys.insert(0, baseline)
    if draws < 1:
        raise ConfigError("CFG-DRAWS", "draws 至少为 1", "draws must be at least 1")
    for design in designs:
        if design not in DESIGNS:
            zh, en = did_you_mean(design, DESIGNS)
            raise ConfigError("CFG-DESIGN", f"没有设计 {design}", f"no design {design}", mend_zh=zh, mend_en=en)
    for key in keys:
        loaded.parameters(key)
    report = progress or (lambda done, total, text: None)
    outcomes: list[Outcome] = []
    per_draw = len(keys) * len(designs)
    total = draws * per_draw
    workers = max(1, min(workers, draws))
    report(0, total, "")
    if workers == 1:
        for draw in range(draws):
            outcomes += _one_draw(loaded, keys, designs, seed, draw)
            report((draw + 1) * per_draw, total, f"draw {draw + 1}/{draws}")
    else:
        from edusim import _compile

        if _compile.is_cold():
            # Compile once here: cold workers would each compile everything.
            from edusim.model import warm_up

            warm_up()
        outcomes = _in_processes(loaded, keys, designs, seed, draws, workers, report, per_draw)
    return Comparison(loaded, seed, outcomes, baseline)


def _leave_interrupts_to_the_parent() -> None:
    """Let a worker take no notice of Ctrl-C: the parent ends its workers, with one message."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextlib.contextmanager
def interrupts_ignored() -> Iterator[None]:
    """Hold Ctrl-C off while workers are started: they inherit that, and would else each print a traceback."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_processes(
    scenario: Scenario,
    policies: Sequence[str],
    designs: Sequence[str],
    seed: int,
    draws: int,
    workers: int,
    report: Progress,
    per_draw: int,
) -> list[Outcome]:
    """Share the draws out over processes, one numerical thread each; put results in the order of draws."""
    from concurrent.futures import as_completed

    from loky import ProcessPoolExecutor

    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    by_draw: dict[int, list[Outcome]] = {}
    # A worker that has grown is replaced by a fresh one, which is no news for a reader.
    warnings.filterwarnings("ignore", message="A worker was restarted", category=UserWarning)
    pool = ProcessPoolExecutor(max_workers=workers, env=threads, initializer=_leave_interrupts_to_the_parent)
    try:
        with interrupts_ignored():
            jobs = {pool.submit(_one_draw, scenario, policies, designs, seed, d): d for d in range(draws)}
        for job in as_completed(jobs):
            by_draw[jobs[job]] = job.result()
            report(len(by_draw) * per_draw, draws * per_draw, f"draw {len(by_draw)}/{draws}")
    finally:
        pool.shutdown(wait=True, kill_workers=len(by_draw) < draws)
    return [outcome for d in range(draws) for outcome in by_draw[d]]


def _loaded(scenario: Any) -> Scenario:
    from edusim.scenario import Scenario, load

    return scenario if isinstance(scenario, Scenario) else load(scenario)


@dataclass(repr=False)
class Results(ABC):
    """Frames of one or many runs; see :class:`Run` and :class:`Comparison`."""

    scenario: Scenario
    seed: int
    outcomes: list[Outcome]
    baseline: str
    _extra: dict[str, Any] = field(default_factory=dict, repr=False)

    #: Whether the frames carry a ``design`` column.
    _many = False

    def __repr__(self) -> str:
        """Return one line: what was run; the frames themselves are attributes."""
        policies, draws = list(dict.fromkeys(o.policy for o in self.outcomes)), len({o.draw for o in self.outcomes})
        first, last = self.scenario.base_year + 1, self.scenario.base_year + max((len(o.years) - 1 for o in self.outcomes), default=0)
        return f"<{type(self).__name__}: {', '.join(policies)}; {draws} {'draw' if draws == 1 else 'draws'}, {first}-{last}, seed {self.seed}>"

    @cached_property
    def measures(self) -> pd.DataFrame:
        """``policy, draw, year, measure, scope, stage, unit_id, value, unit`` (a comparison: ``design`` first)."""
        import pandas as pd

        parts = []
        for outcome in self.outcomes:
            frame = to_frame(outcome.years, outcome.policy, outcome.draw)
            if self._many:
                frame.insert(0, "design", outcome.design)
            parts.append(frame)
        frame = pd.concat(parts, ignore_index=True)
        for column in ("design", "policy", "measure", "scope", "stage", "unit_id", "unit"):
            if column in frame:
                frame[column] = frame[column].astype("category")
        return frame

    @cached_property
    def schools(self) -> pd.DataFrame:
        """One row a policy, draw, year and school, under pseudonyms; see ``measures.SCHOOL_COLUMNS``."""
        import pandas as pd

        parts = []
        for outcome in self.outcomes:
            frame = schools_frame(outcome.years, outcome.policy, outcome.draw)
            if self._many:
                frame.insert(0, "design", outcome.design)
            parts.append(frame)
        frame = pd.concat(parts, ignore_index=True)
        facts = self.outcomes[0].facts
        row = pd.Index(facts["school_id"]).get_indexer(frame["school_id"])
        for lang in ("zh", "en"):
            frame[f"pseudonym_{lang}"] = np.array(facts["pseudonyms"][lang], dtype=object)[row]
        frame["x_km"], frame["y_km"] = np.array(facts["x_km"])[row], np.array(facts["y_km"])[row]
        for column in ("design", "policy", "zone", "stage", "role", "role_base", "pseudonym_zh", "pseudonym_en"):
            if column in frame:
                frame[column] = frame[column].astype("category")
        return frame

    @cached_property
    def records(self) -> pd.DataFrame:
        """Decisions: ``policy, draw, year, rule, agent_type, agent_id, source, target, clause, amount, event``.

        With ``records="counts"`` one row an event and year, ``agent_id`` -1 and ``amount`` the number.
        """
        import pandas as pd

        events = {**EVENTS, **extensions.events(self.scenario.extensions)}
        names = list(events)
        rule = np.array([events[e][0] for e in names], dtype=object)
        clause = np.array([events[e][1] for e in names], dtype=object)
        parts = []
        for o in self.outcomes:
            if o.records:
                rows = np.concatenate([r for _, r in o.records])
                year = np.concatenate([np.full(r.size, y) for y, r in o.records])
                code = rows["event"].astype(np.int64)
                kinds = np.array(AGENT_TYPES, dtype=object)[rows["agent_type"]]
                agent, source, target, amount = rows["agent"], rows["source"], rows["target"], rows["amount"]
            else:
                listed = [(y, e, n) for y, counts in o.counts for e, n in counts.items() if n]
                year = np.array([y for y, _, _ in listed], dtype=np.int64)
                code = np.array([names.index(e) for _, e, _ in listed], dtype=np.int64)
                kinds = np.full(len(listed), "count", dtype=object)
                agent = source = target = np.full(len(listed), -1, dtype=np.int64)
                amount = np.array([float(n) for _, _, n in listed])
            frame = pd.DataFrame(
                {
                    "policy": o.policy, "draw": o.draw, "year": year, "rule": rule[code], "agent_type": kinds,
                    "agent_id": agent, "source": source, "target": target, "clause": clause[code], "amount": amount,
                    "event": np.array(names, dtype=object)[code],
                }
            )  # fmt: skip
            if self._many:
                frame.insert(0, "design", o.design)
            parts.append(frame)
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def flows(self) -> pd.DataFrame:
        """Teachers sent on rotation: ``policy, draw, year, from_zone_role, to_zone_role, teachers``."""
        import pandas as pd

        rows = []
        for o in self.outcomes:
            for year, flow in o.flows:
                for a, b in zip(*np.nonzero(flow), strict=True):
                    place = ["core" if p.endswith("core") else p for p in (PLACES[a], PLACES[b])]
                    rows.append((o.design, o.policy, o.draw, year, *place, float(flow[a, b])))
        columns = ["design", "policy", "draw", "year", "from_zone_role", "to_zone_role", "teachers"]
        frame = pd.DataFrame(rows, columns=columns)
        return frame.groupby(columns[:-1], as_index=False)["teachers"].sum()

    @property
    def manifest(self) -> dict[str, Any]:
        """Versions, resolved configuration, seed, hashes, agents, rules on, what was imputed."""
        from importlib.metadata import PackageNotFoundError, version

        versions = {"edusim": __version__, "python": platform.python_version()}
        for name in ("mesa", "numpy", "numba", "pandas", "scipy", "matplotlib", "pyarrow"):
            with contextlib.suppress(PackageNotFoundError):
                versions[name] = version(name)
        facts = self.outcomes[0].facts
        return {
            "schema_version": SCHEMA_VERSION,
            "versions": versions,
            "scenario": {"zh": self.scenario.name_zh, "en": self.scenario.name_en},
            "hash": self.scenario.hash,
            "configuration": self.scenario.resolved(),
            "overrides": {k: v for k, v in self.scenario.raw.items() if k in ("parameters", "rules")},
            "seed": self.seed,
            "baseline": self.baseline,
            "policies": list(dict.fromkeys(o.policy for o in self.outcomes)),
            "designs": list(dict.fromkeys(o.design for o in self.outcomes)),
            "draws": len({o.draw for o in self.outcomes}),
            "dates": self.scenario.dates,
            "acting": {key: self._acting(key) for key in dict.fromkeys(o.policy for o in self.outcomes)},
            "base_year": self.scenario.base_year,
            "last_year": self.outcomes[0].years[-1].year,
            "agents": {k: facts[k] for k in ("n_schools", "n_pupils", "n_teachers", "n_groups", "n_neighbourhoods")},
            "rules_on": [rule for rule in self._rules if self.scenario.rules.get(rule, True)],
            **({"extensions": [one.told() for one in self.scenario.extensions]} if self.scenario.extensions else {}),
            "imputed": facts["imputed"],
            "notes": [{"zh": zh, "en": en} for zh, en in facts["notes"]],
            "lines": {k: {"recurrent": r, "zh": zh, "en": en} for k, (r, zh, en) in LINES.items()},
            "sources": self._sources(),
            "digests": {f"{o.design}/{o.policy}/{o.draw}": o.facts["digest"] for o in self.outcomes},
            "status": [*limits("zh"), limits("en")[1]],
            "resume": {"raw": self.scenario.raw, "folder": self.scenario.folder, "file": self.scenario.file},
        }

    @property
    def _rules(self) -> tuple[str, ...]:
        """Names of all rules: those of the model and those of the scenario's extensions."""
        return (*RULES, *extensions.rules(self.scenario.extensions))

    def _acting(self, key: str) -> list[int]:
        """Return the first and the last year simulated in which a policy acts; nothing when it acts in none."""
        parameters = self.scenario.parameters(key)
        years = [y.year for y in self.outcomes[0].years[1:] if parameters.at(y.year).in_force]
        return [years[0], years[-1]] if years else []

    def _sources(self) -> dict[str, dict[str, list[dict[str, str]]]]:
        """Return policy -> parameter -> whence its clause came: mode, document, heading, policy that wrote it."""
        found: dict[str, dict[str, list[dict[str, str]]]] = {}
        for key in dict.fromkeys(o.policy for o in self.outcomes):
            policy = self.scenario.policy(key)
            mine = found.setdefault(key, {})
            for mode, clauses in (("", policy.clauses), *zip(policy.modes, policy.mode_clauses, strict=True)):
                for path, clause in clauses.items():
                    ref = clause.reference
                    mine.setdefault(path, []).append(
                        {"mode": mode, "status": clause.status, "document": ref.document, "clause": ref.clause, "policy": clause.origin}
                    )
        return found

    @property
    def info(self) -> dict[str, Any]:
        """Facts for the heads and footers of tables and figures."""
        manifest = self.manifest
        names = {key: _policy_names(self.scenario, key) for key in manifest["policies"]}
        return {
            **manifest["agents"],
            "base_year": manifest["base_year"],
            "last_year": manifest["last_year"],
            "draws": manifest["draws"],
            "seed": self.seed,
            "baseline": self.baseline,
            "names": names,
            "idle": [k for k, years in manifest["acting"].items() if not years and k != STATUS_QUO],
            "scenario": manifest["scenario"],
            "data_status": "synthetic" if self.scenario.region_spec.kind == "synthetic" else "roster",
            "n_imputed": int(sum(manifest["imputed"].values())),
            "rules_on": manifest["rules_on"],
            "measure_names": extensions.labels(manifest.get("extensions", ())),
            "n_rules": len(self._rules),
        }

    def save(self, folder: str | os.PathLike[str], lang: str | None = None) -> Path:
        """Write the run folder, whole or not at all: frames, manifest, table, figures.

        Parameters
        ----------
        folder
            Where to; must not exist yet.
        lang
            Language of the figures, ``zh`` or ``en``; the reader's when None.

        Raises
        ------
        RunError
            ``RUN-EXISTS`` when something is there already; ``RUN-FOLDER`` or ``RUN-DISK-FULL``.
        """
        from edusim.errors import language

        return write_whole(folder, lambda part: self._write(part, language(lang)))

    def _frames(self) -> dict[str, pd.DataFrame]:
        return {"measures": self.measures, "schools": self.schools, "records": self.records, "flows": self.flows}

    def _write(self, folder: Path, lang: str) -> None:
        from edusim.report.figures import draw_all

        for name, frame in self._frames().items():
            frame.to_parquet(folder / f"{name}.parquet", index=False)
        write_csv(mean_measures(self.measures), folder / "measures.csv")
        write_csv(mean_schools(self.schools), folder / "schools.csv")
        for kind in ("zh", "en"):
            (folder / f"table.{kind}.txt").write_text(self.table(kind) + "\n", encoding="utf-8")
        draw_all(self._for_figures(lang), folder / "figures", lang=lang, formats=("png", "svg"))
        text = json.dumps(self.manifest, ensure_ascii=False, indent=1, default=str)
        (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")

    def _for_figures(self, lang: str) -> Any:
        from types import SimpleNamespace

        measures, schools, flows = self.measures, self.schools, self.flows
        design = self.outcomes[0].design
        if self._many:
            measures = measures[measures["design"] == design].drop(columns="design")
            schools = schools[schools["design"] == design].drop(columns="design")
        flows = flows[flows["design"] == design].drop(columns="design")
        schools = schools.rename(columns={f"pseudonym_{lang}": "pseudonym"})
        return SimpleNamespace(measures=measures, schools=schools, flows=flows, info=self.info)

    def plot(self, figure: str = "trajectories", *, measure: str = "learning.core_member_gap", lang: str | None = None) -> Any:
        """Return a figure: ``trajectories`` of a measure, or another of :data:`edusim.report.figures.FIGURES` by name."""
        from edusim.errors import language
        from edusim.report.figures import draw_one

        tongue = language(lang)
        return draw_one(self._for_figures(tongue), figure, measure=measure, lang=tongue)

    def document(self, lang: str | None = None, design: str = "") -> Document:
        """Return the report on the county as a document, see :mod:`edusim.report.county.compose`.

        Parameters
        ----------
        lang
            ``zh`` or ``en``; the reader's when None.
        design
            Of a comparison the design that it is about; the first when empty.
        """
        from edusim.errors import language
        from edusim.report.county.compose import compose
        from edusim.report.county.facts import facts_of_run

        found = {"manifest": self.manifest, **self._frames()}
        return compose(facts_of_run(found, self.info, language(lang), design))

    def report(self, path: str | os.PathLike[str], lang: str | None = None) -> Path:
        """Write what a reader opens: a document where the path ends in .docx, .html, .xlsx or .pdf, else the run folder.

        Parameters
        ----------
        path
            File or folder; a file that is there is replaced.
        lang
            ``zh`` or ``en``; the reader's when None.

        Raises
        ------
        RunError
            ``REPORT-FILE``, ``REPORT-NO-TYPST`` for a document; those of :meth:`save` for a folder.
        """
        from edusim.report.document import formats

        target = Path(path)
        if not formats.is_document(target):
            return self.save(target, lang)
        formats.ready([target.suffix])
        return formats.write(formats.drawn(self.document(lang)), target)

    @abstractmethod
    def table(self, lang: str | None = None) -> str:
        """Return the table that the command line prints, in ``zh`` or ``en``."""
        ...


def _policy_names(scenario: Scenario, key: str) -> dict[str, str]:
    policy = scenario.policy(key)
    return {"zh": policy.name_zh, "en": policy.name_en}


class Run(Results):
    """One policy run once.

    Attributes
    ----------
    measures, schools, records, flows
        Tidy frames, see :class:`Results`.
    manifest
        Everything needed to run it again.
    """

    def table(self, lang: str | None = None) -> str:
        """Return the key measures, base year and last year, in ``zh`` or ``en``."""
        from edusim.errors import language
        from edusim.report.tables import run_table

        return run_table(self.measures, self.info, language(lang))


class Comparison(Results):
    """Policies compared by paired draws.

    Attributes
    ----------
    effects
        ``design, policy, baseline, year, measure, stage, mean, low, high, n, draws_needed``: paired
        differences from the baseline with 95% Student intervals.
    """

    _many = True

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Paired differences from the baseline.

        ``draws_needed`` is the number of draws after which the 95% interval would leave out 0, if mean
        and spread stayed as they are: ``(1.96 sd / mean)^2``; 0 where every draw gives exactly no
        difference.
        """
        import pandas as pd

        table: dict[tuple[str, str], dict[int, Outcome]] = {}
        for o in self.outcomes:
            table.setdefault((o.design, o.policy), {})[o.draw] = o
        rows: list[pd.DataFrame] = []
        for (design, policy), by_draw in table.items():
            if policy == self.baseline:
                continue
            base = table[(design, self.baseline)]
            shared = [d for d in by_draw if d in base]
            years = [y.year for y in by_draw[shared[0]].years]
            for i, year in enumerate(years):
                keys, place, other = _common(by_draw[shared[0]].years[i], base[shared[0]].years[i])
                a = np.stack([by_draw[d].years[i].values[place] for d in shared])
                b = np.stack([base[d].years[i].values[other] for d in shared])
                mean, low, high, n, needed = paired_interval(a - b)
                rows.append(
                    pd.DataFrame(
                        {
                            "design": design, "policy": policy, "baseline": self.baseline, "year": year,
                            "measure": [k.measure for k in keys], "stage": [k.stage for k in keys],
                            "mean": mean, "low": low, "high": high, "n": n, "draws_needed": needed,
                        }
                    )
                )
        return pd.concat(rows, ignore_index=True)

    def _frames(self) -> dict[str, pd.DataFrame]:
        return super()._frames() | {"effects": self.effects}

    def _write(self, folder: Path, lang: str) -> None:
        super()._write(folder, lang)
        write_csv(self.effects, folder / "effects.csv")

    def _for_figures(self, lang: str) -> Any:
        found = super()._for_figures(lang)
        design = self.outcomes[0].design
        found.effects = self.effects[self.effects["design"] == design].drop(columns="design")
        return found

    def table(self, lang: str | None = None) -> str:
        """Return the comparison table, in ``zh`` or ``en``."""
        from edusim.errors import language
        from edusim.report.tables import comparison_table

        frame = self.measures
        last = frame[frame["year"] == self.outcomes[0].years[-1].year]
        return comparison_table(self.effects, last, self.info, language(lang))


def _common(a: YearMeasures, b: YearMeasures) -> tuple[list[Any], NDArray[np.int64], NDArray[np.int64]]:
    """Return county rows that both years hold, and their places in each."""
    where = {(k.measure, k.scope, k.stage, k.unit_id): i for i, k in enumerate(b.keys.rows)}
    keys, place, other = [], [], []
    for i, k in enumerate(a.keys.rows):
        if k.scope not in ("county", "stage"):
            continue
        j = where.get((k.measure, k.scope, k.stage, k.unit_id))
        if j is not None:
            keys.append(k)
            place.append(i)
            other.append(j)
    return keys, np.array(place, np.int64), np.array(other, np.int64)


__all__ = ["Comparison", "Outcome", "Results", "Run", "compare", "load_run", "paired_interval", "run", "simulate"]
