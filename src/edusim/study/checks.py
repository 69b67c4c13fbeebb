"""What stands in a store, and whether it is true: status, marks for another attempt, verification."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.study import Status
    from edusim.study.store import Store
    from edusim.study.tasks import Result, Task
    from edusim.study.work import Job

#: States of runs that did not give a result.
WRONG = ("failed", "quarantined")


@dataclass(frozen=True)
class Problem:
    """Something in a store that is not as it should be.

    Attributes
    ----------
    where
        File, or key of a run.
    zh, en
        What is wrong.
    """

    where: str
    zh: str
    en: str


@dataclass(frozen=True)
class Verification:
    """What a verification found.

    Attributes
    ----------
    runs
        Runs that are done.
    again
        Keys of runs that were run again.
    problems
        All that is wrong; empty when the store is sound.
    """

    runs: int
    again: tuple[str, ...]
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def status(store: Store, reasons: int = 3) -> Status:
    """Return what is stored of a study.

    Parameters
    ----------
    store
        The store.
    reasons
        Most codes of failures that are told.
    """
    from edusim.study import Status

    keys = store.design()["key"].to_pylist()
    known = store.states()
    count = Counter(known[key][0] if key in known else "pending" for key in keys)
    states = {state: count.get(state, 0) for state in ("done", "failed", "quarantined", "pending")}
    writers = tuple(f"{b.host}:{b.pid} ({b.shard})" for b in store.writers())
    return Status(len(keys), states, writers, _reasons(store, reasons) if any(states[s] for s in WRONG) else ())


def _reasons(store: Store, most: int) -> tuple[tuple[str, int, str], ...]:
    from edusim.study import tables

    found = tables.query(
        store.path,
        "SELECT code, count(DISTINCT key) AS n, min(error) AS error FROM runs WHERE state IN ('failed', 'quarantined') "
        f"GROUP BY code ORDER BY n DESC, code LIMIT {most}",
    )
    told = []
    for code, n, error in zip(found["code"], found["n"], found["error"], strict=True):
        lines = [line.strip() for line in str(error or "").splitlines() if line.strip()]
        told.append((str(code), int(n), lines[-1][:300] if lines else ""))
    return tuple(told)


def job_of_store(store: Store) -> Job:
    """Return what a worker must know to make the runs of a store again, from the store alone."""
    from edusim import scenario
    from edusim.study.study_file import Outcome
    from edusim.study.work import Job

    told = store.study["scenario"]
    fields = ("name", "measure", "stage", "at", "want", "unit")
    outcomes = tuple(Outcome(**{name: str(o.get(name, "")) for name in fields}) for o in store.outcomes)
    return Job(scenario.restore(told["raw"], told["folder"], told["file"]), store.kept, outcomes)


def sample_of(keys: Sequence[str], sample: int | None, seed: int = 0) -> list[str]:
    """Return a random sample of keys, the same whenever it is asked for; all when ``sample`` is None."""
    if sample is None or sample >= len(keys):
        return sorted(keys)
    return sorted(keys, key=lambda key: hashlib.sha256(f"{seed} {key}".encode()).digest())[:sample]


def verify(
    store: Store, sample: int | None = 5, workers: int = 1, progress: Callable[..., None] | None = None, *, seed: int = 0
) -> Verification:
    """Check the files of a store, then run a sample again and compare values, outcomes and digest byte by byte.

    Parameters
    ----------
    store
        The store.
    sample
        How many runs; None for all that are done.
    workers
        Processes.
    progress
        Called with runs made again, runs in the sample, and a text.
    seed
        Another seed takes another sample.

    Raises
    ------
    StudyError
        ``STUDY-MODEL-CHANGED`` when the model is no longer the one that made the store.
    """
    from edusim.study import design, sound

    problems = [Problem(fault.where, fault.zh, fault.en) for fault in sound.verify_files(store)]
    table = store.design()
    keys = table["key"].to_pylist()
    known = store.states()
    done = [key for key in dict.fromkeys(keys) if known.get(key, ("", 0))[0] == "done"]
    chosen = sample_of(done, sample, seed)
    if not chosen:
        return Verification(len(done), (), tuple(problems))
    if store.manifest["source"] != design.source_hash():
        raise StudyError(
            "STUDY-MODEL-CHANGED", "模型的源文件已变，重跑的结果不能与库中的比较",
            "the model's source files have changed: runs made again cannot be compared with the stored ones", where=str(store.path),
            mend_zh="请换回写出此库的版本，或用 edusim study run --fresh 重做",
            mend_en="go back to the version that made the store, or make it anew with `edusim study run --fresh`",
        )  # fmt: skip
    place = {key: i for i, key in enumerate(keys)}
    tasks = design.tasks(table, [place[key] for key in chosen])
    stored = _stored(store, chosen)
    for done_now, (task, result) in enumerate(_carry_out(job_of_store(store), tasks, workers), start=1):
        problems += _differences(task, result, stored.get(task.key))
        if progress is not None:
            progress(done_now, len(tasks), "")
    return Verification(len(done), tuple(chosen), tuple(problems))


def _carry_out(job: Job, tasks: Sequence[Task], workers: int) -> Any:
    from edusim.study import engines

    with engines.Here() if workers == 1 else engines.Loky(workers) as engine:
        for batch, answer in engine.map(job, ([task] for task in tasks)):
            for i, task in enumerate(batch):
                yield task, answer[i] if isinstance(answer, list) else None


@dataclass(frozen=True)
class _Stored:
    values: NDArray[np.float64]
    outcomes: NDArray[np.float64]
    digest: str


def _stored(store: Store, keys: Sequence[str]) -> dict[str, _Stored]:
    """Return what the store holds of some runs."""
    from edusim.study import tables

    listed = ", ".join(f"'{key}'" for key in keys)
    runs = tables.query(store.path, f"SELECT * FROM runs WHERE key IN ({listed})").drop_duplicates("key").set_index("key")
    years = tables.query(store.path, f"SELECT * FROM years WHERE key IN ({listed}) ORDER BY key, year")
    names = [str(o["name"]) for o in store.outcomes]
    if "arm" in years:  # what arms and futures share stands in each of them
        years = years.drop_duplicates(["key", "year"])
    by_key = {str(key): rows[list(store.kept)].to_numpy(dtype=np.float64) for key, rows in years.groupby("key")}
    nothing = np.empty((0, len(store.kept)))
    return {
        str(key): _Stored(by_key.get(str(key), nothing), row[names].to_numpy(dtype=np.float64), str(row["digest"]))
        for key, row in runs.iterrows()
    }


def _same(a: NDArray[np.float64], b: NDArray[np.float64] | None) -> bool:
    if b is None or a.shape != b.shape:
        return False
    # Not a number is one thing, whichever bits stand for it in a file.
    a, b = (np.where(np.isnan(x), np.nan, x) for x in (a, b))
    return np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes()


def _differences(task: Task, result: Result | None, stored: _Stored | None) -> list[Problem]:
    if stored is None:
        return [Problem(task.key, "库中没有这次推演的数", "the store has no numbers of this run")]
    if result is None or result.state != "done":
        code = result.code if result else "?"
        return [Problem(task.key, f"重跑没有成功（{code}）", f"running it again did not succeed ({code})")]
    found = []
    for same, zh, en in (
        (_same(stored.values, result.values), "逐年指标", "yearly measures"),
        (_same(stored.outcomes, result.outcomes), "结果", "outcomes"),
        (stored.digest == result.digest, "期末状态的摘要", "digest of the last state"),
    ):
        if not same:
            found.append(Problem(task.key, f"重跑的{zh}与库中的不同", f"the {en} of running it again differ from the stored ones"))
    return found


def facts_for_figures(store: Store) -> dict[str, Any]:
    """Return what a figure says of a study beside its numbers: names, units, which way is wanted, data, size."""
    told = store.study
    factors: dict[str, dict[str, Any]] = {}
    for factor in (*told["levers"], *told["uncertainties"], *told.get("ratios", ())):
        column = f"{factor['role']}.{factor['name']}"
        factors[column] = {"values": list(factor["values"])}
        if factor["name"] not in factor["sets"]:  # a name of its own; a parameter says itself what it is
            factors[column]["unit"] = factor.get("unit") or ""
    from edusim import scenario
    from edusim.build import build_case

    base = scenario.restore(told["scenario"]["raw"], told["scenario"]["folder"], told["scenario"]["file"])
    case = build_case(base, seed=int(told["seeds"]["root"]), draw=0, design=str(told["designs"][0]))
    return {
        "factors": factors,
        "outcomes": {str(o["name"]): dict(o) for o in store.outcomes},
        "baseline": told["baseline"],
        "data_status": base.region_spec.kind,
        "n_schools": int(case.state.schools.n),
    }


def long_measures(store: Store) -> pd.DataFrame:
    """Return the kept measures as figures of a comparison read them, see :attr:`edusim.study.OpenStudy.measures`."""
    import pandas as pd

    from edusim.measures import registered
    from edusim.study import tables

    units = {measure.id: measure.unit for measure in registered()}
    frame = tables.query(store, "SELECT * FROM years ORDER BY key, year")
    frame = frame[frame["design"] == store.study["designs"][0]]
    if "arm" in frame:
        frame = frame[frame["arm"] == store.study["arms"][0]]
    draws = frame.groupby(["future", "draw"], sort=True).ngroup()
    parts = []
    for column in store.kept:
        measure, bracket, stage = column.partition("[")
        head = {"policy": frame["policy"], "design": frame["design"], "draw": draws, "year": frame["year"], "measure": measure}
        tail = {"scope": "county", "stage": stage[:-1] if bracket else "all", "value": frame[column], "unit": units.get(measure, "")}
        parts.append(pd.DataFrame({**head, **tail}))
    return pd.concat(parts, ignore_index=True)
