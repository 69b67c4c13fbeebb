"""What studies cost around the model: ``python -m benchmarks.studies`` (``make bench-studies``).

Five things, on this machine: how near ``plan`` comes to what ``run`` then takes; what a run costs beyond building and
simulating its county; what two workers do against one; how a worker's memory moves over a thousand runs; what a
store writes and reads. Then what a run takes by size of county, and what a design of a million runs needs. One table is
printed; ``studies.json`` and ``studies.md`` beside this file hold it.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
AIMS = {"plan": "0.8 to 1.2", "overhead": "2 ms", "two": "1.85", "memory": "flat", "written": "10,000", "bands": "1 s"}


def study_of(folder: str | Path, points: int, *, pupils: int, years: int, replicates: int = 2) -> Any:
    """Return a sweep over share and fund under three modes: ``(3 points + 1) x replicates`` runs."""
    from edusim.study import study_file

    return study_file.load({
        "schema_version": 1, "kind": "sweep", "name": {"zh": "基准", "en": "benchmark"}, "scenario": "small",
        "set": {"region.n_pupils": pupils, "years": years}, "policies": ["collaboration", "co_build", "fusion"],
        "baseline": "status_quo",
        "levers": {"rotation.share": {"range": [0, 0.16]}, "finance.fund_yuan_year": {"range": [0, 100_000_000]}},
        "seeds": {"root": 7, "replicates": replicates},
        "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}},
        "design": {"method": "sobol", "n": points}, "store": {"path": str(folder)},
    })  # fmt: skip


def carried_out(study: Any, workers: int) -> tuple[float, float, int]:
    """Run a study; return seconds in all, runs a second once all workers are at it, and runs."""
    from edusim.study import driver, engines

    store, seen = driver.store_of(study), []
    begin = time.perf_counter()
    with engines.Loky(workers) as engine:
        summary = driver.carry_on(study, store, engine=engine, progress=lambda done, _all, _text: seen.append((time.perf_counter(), done)))
    took = time.perf_counter() - begin
    first = next(i for i, (_, done) in enumerate(seen) if done > 2 * workers)
    rate = (seen[-1][1] - seen[first][1]) / (seen[-1][0] - seen[first][0])
    return took, rate, summary.done


def plan_against_run(folder: Path, points: int, pupils: int, years: int) -> dict[str, float]:
    """Return what ``plan`` said and what ``run`` took, seconds."""
    from edusim.study import planning

    study = study_of(folder / f"plan-{pupils}", points, pupils=pupils, years=years)
    said = planning.plan(study, workers=2)
    took, _, runs = carried_out(study, 2)
    return {"runs": runs, "pupils": pupils, "said_s": said.seconds_total, "took_s": took, "ratio": said.seconds_total / took}


def two_workers(folder: Path, points: int) -> dict[str, float]:
    """Return two workers against one, on the clock in all and once both are at work."""
    two = carried_out(study_of(folder / "two", points, pupils=3000, years=5), 2)
    one = carried_out(study_of(folder / "one", points, pupils=3000, years=5), 1)
    return {"runs": two[2], "in_all": one[0] / two[0], "at_work": two[1] / one[1]}


def overhead(n: int = 160) -> dict[str, float]:
    """Return processor milliseconds of a run on a bench, and of building and simulating the same county alone."""
    from edusim.build import build_case, region_of
    from edusim.runs import simulate
    from edusim.scenario import load
    from edusim.study.asked import STANDARD_KEEP
    from edusim.study.tasks import Task
    from edusim.study.work import Bench, Job

    scenario = load("small")
    policies = ("status_quo", "collaboration", "co_build", "fusion")
    tasks = [
        Task(f"{i:032x}", policies[i % 4], "feasible", 7, i // 40, (("rotation.share", 0.002 * (i // 4 % 40)), ("finance.fund_yuan_year", 1e5 * i)))
        for i in range(n)
    ]
    region = region_of(scenario)

    def alone() -> float:
        total, drawn, case = 0.0, -1, None
        for task in tasks:
            changed = scenario.with_(dict(task.changes))
            begin = time.process_time()
            if task.draw != drawn:
                case, drawn = build_case(changed, seed=7, draw=task.draw, design="feasible", region=region), task.draw
            simulate(changed, task.policy, seed=7, draw=task.draw, design="feasible", case=case, records="none")
            total += time.process_time() - begin
            gc.collect(0)
        return total / n * 1e3

    with tempfile.TemporaryDirectory() as now:
        bench = Bench(Job(scenario, STANDARD_KEEP, now=now), own_process=True)

        def on_bench() -> float:
            begin = time.process_time()
            for task in tasks:
                assert bench.carry_out(task).state == "done"
            return (time.process_time() - begin) / n * 1e3

        on_bench(), alone()
        pairs = [(on_bench(), alone()) for _ in range(5)]
        bench.close()
    differences = sorted(a - b for a, b in pairs)
    return {"bench_ms": sorted(a for a, _ in pairs)[2], "alone_ms": sorted(b for _, b in pairs)[2], "overhead_ms": differences[2]}


def memory(n: int = 1000) -> dict[str, float]:
    """Return the memory of a worker in MB after 100 runs and after ``n`` more."""
    import psutil

    from edusim.scenario import load
    from edusim.study.asked import STANDARD_KEEP
    from edusim.study.tasks import Task
    from edusim.study.work import Bench, Job

    bench, me = Bench(Job(load("small"), STANDARD_KEEP), own_process=True), psutil.Process()
    policies = ("status_quo", "collaboration", "co_build", "fusion")

    def runs(first: int, count: int) -> float:
        for i in range(first, first + count):
            assert bench.carry_out(Task(f"{i:032x}", policies[i % 4], "feasible", 1, i // 8, (("rotation.share", 0.0001 * i),))).state == "done"
        return float(me.memory_info().rss / 1e6)

    return {"runs": n, "first_mb": runs(0, 100), "last_mb": runs(100, n)}


def by_size() -> list[dict[str, float]]:
    """Return seconds and peak memory of a run by size of county, each in a process of its own."""
    found = []
    for pupils in (3_000, 20_000, 100_000, 1_000_000):
        found.append(in_a_process("one_size", pupils))
    return found


def one_size(pupils: int) -> dict[str, float]:
    """Return what a run of ten years takes: of a county drawn before, and of a new one."""
    from edusim.scenario import load
    from edusim.study.asked import STANDARD_KEEP
    from edusim.study.tasks import Task
    from edusim.study.work import Bench, Job

    scenario = load("county").with_({"region.n_pupils": pupils, "years": 10})
    bench = Bench(Job(scenario, STANDARD_KEEP), own_process=True)
    again = 2 if pupils > 500_000 else 8

    def one(draw: int, share: float) -> float:
        begin = time.perf_counter()
        assert bench.carry_out(Task("0" * 32, "fusion", "feasible", 1, draw, (("rotation.share", share),))).state == "done"
        return time.perf_counter() - begin

    one(0, 0.01)
    new = min(one(draw, 0.01) for draw in range(1, 3))
    same = sorted(one(2, 0.02 + 0.001 * i) for i in range(again))[again // 2]
    return {"pupils": pupils, "same_s": same, "new_s": new, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def million(folder: Path, points: int = 1 << 18) -> dict[str, float]:
    """Return what a design of about a million runs takes to lay out, store, open and part."""
    from edusim.study import design, driver

    study = study_of(folder / "million", points, pupils=3000, years=5, replicates=1)
    begin = time.perf_counter()
    table = design.table(study)
    laid = time.perf_counter() - begin
    begin = time.perf_counter()
    store = driver.store_of(study)
    made = time.perf_counter() - begin
    size = (store.path / "design.parquet").stat().st_size
    begin = time.perf_counter()
    left = driver.pending(store.design(), store.states(), (7, 1000))
    tasks = len(list(left.tasks(store.design())))
    shard = time.perf_counter() - begin
    return {
        "runs": table.num_rows, "table_s": laid, "store_s": made, "design_mb": size / 1e6, "shard_s": shard, "shard_runs": tasks,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def in_a_process(name: str, *arguments: object) -> Any:
    """Return what a function of this module says in a process of its own."""
    said = subprocess.run(
        [sys.executable, "-m", "benchmarks.studies", "--part", name, *map(str, arguments)], cwd=HERE.parent, check=True, stdout=subprocess.PIPE
    ).stdout
    return json.loads(said)


def part(name: str, arguments: list[str]) -> Any:
    """Carry out one part: numbers are read as numbers."""
    with tempfile.TemporaryDirectory() as folder:
        given = [int(a) for a in arguments]
        if name == "plan":
            return plan_against_run(Path(folder), *given)
        if name == "two":
            return two_workers(Path(folder), *given)
        if name == "million":
            return million(Path(folder), *given)
    return {"overhead": overhead, "memory": memory, "one_size": one_size}[name](*given)


def rows(found: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the table: what, measured, aim."""
    store, two, memory_ = found["store"], found["two"], found["memory"]
    beyond = found["overhead"]
    out = []
    for p in found["plan"]:
        what = f"`plan` over `run`, {p['runs']:,} runs of {p['pupils']:,} pupils"
        out.append((what, f"{p['ratio']:.2f} ({p['said_s']:.0f} s, {p['took_s']:.0f} s)", AIMS["plan"]))
    out += [
        ("a run beyond its county, built and simulated", f"{beyond['overhead_ms']:.1f} ms of {beyond['bench_ms']:.0f} ms", AIMS["overhead"]),
        (f"two workers over one, at work ({two['runs']:,} runs)", f"{two['at_work']:.2f}", AIMS["two"]),
        ("two workers over one, with their start", f"{two['in_all']:.2f}", AIMS["two"]),
        (f"memory of a worker over {memory_['runs']:,} runs", f"{memory_['first_mb']:.0f} to {memory_['last_mb']:.0f} MB", AIMS["memory"]),
        ("store: written, acknowledged, folded", f"{store['written_per_s']:,.0f} runs/s", AIMS["written"]),
        ("store: bands over 100,000 runs", f"{store['bands_s']:.2f} s", AIMS["bands"]),
        ("store: states of 100,000 runs", f"{store['states_s']:.2f} s", ""),
        ("store: on disk, 45 numbers a year for 11 years", f"{store['bytes_per_run'] / 1e3:.1f} kB a run", ""),
    ]  # fmt: skip
    for size in found["sizes"]:
        value = f"{size['same_s']:.2f} s (a new county {size['new_s']:.2f} s), {size['peak_mb']:,.0f} MB"
        out.append((f"a run of ten years, {size['pupils']:,} pupils", value, ""))
    big = found["million"]
    out += [
        (f"a design of {big['runs']:,} runs: laid out", f"{big['table_s']:.1f} s", ""),
        ("the same: its store made", f"{big['store_s']:.1f} s, {big['design_mb']:.0f} MB", ""),
        (f"the same: a shard of {big['shard_runs']:,} finds its tasks", f"{big['shard_s']:.1f} s", ""),
    ]
    return out


def main(argv: list[str] | None = None) -> int:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.studies", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", nargs="+", help="one part only, printed as JSON")
    given = parser.parse_args(argv)
    if given.part:
        print(json.dumps(part(given.part[0], given.part[1:])))
        return 0
    from benchmarks.__main__ import machine

    def store() -> Any:
        said = subprocess.run([sys.executable, "-m", "benchmarks.store", "--json"], cwd=HERE.parent, check=True, stdout=subprocess.PIPE)
        return json.loads(said.stdout)

    found: dict[str, Any] = {"machine": machine()}
    for name, make in (
        ("plan", lambda: [in_a_process("plan", 256, 3000, 5), in_a_process("plan", 64, 20_000, 10)]),
        ("overhead", lambda: in_a_process("overhead")),
        ("two", lambda: in_a_process("two", 256)),
        ("memory", lambda: in_a_process("memory")),
        ("store", store),
        ("sizes", by_size),
        ("million", lambda: in_a_process("million", 1 << 18)),
    ):  # fmt: skip
        print(f"{name} ...", file=sys.stderr, flush=True)
        found[name] = make()
    table = ["| | measured | aim |", "|---|---:|---:|", *(f"| {what} | {value} | {aim} |" for what, value, aim in rows(found))]
    head = f"Measured by `make bench-studies` on {found['machine']['cores']} cores ({found['machine']['processor']}), Python {found['machine']['python']}.\n"
    (HERE / "studies.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (HERE / "studies.md").write_text(head + "\n" + "\n".join(table) + "\n", encoding="utf-8")
    print("\n".join(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
