"""What is measured, each in a process of its own so that peak memory is honest."""

from __future__ import annotations

import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEGABYTE = 1e6


def _linux(field: str) -> float | None:
    """Return a line of ``/proc/self/status`` in MB, where there is one."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as lines:
            for line in lines:
                if line.startswith(field + ":"):
                    return float(line.split()[1]) * 1024 / MEGABYTE
    except OSError:
        pass
    return None


def _peak() -> float:
    """Return the most memory this process has held, MB."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / MEGABYTE


def _forget_peak() -> bool:
    """Ask the kernel to start the count of peak memory anew; return whether it did."""
    try:
        with open("/proc/self/clear_refs", "w", encoding="ascii") as file:
            file.write("5")
    except OSError:
        return False
    return True


def _warm() -> None:
    """Compile every loop, and load what a county needs."""
    from benchmarks.county import county

    county(3000, years=1).step()


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Return seconds that a call took: by the clock on the wall, and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - cpu


def engine(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Time ``County.step()``; memory in MB: added by the county and its years, and the peak."""
    from benchmarks.county import county, pupil_years

    _warm()
    before = _linux("VmRSS")
    one = county(size, policy, years=steps)
    built = _linux("VmRSS")
    peak_built = _peak()
    fresh = _forget_peak()
    ns, cpu, seconds = [], [], []
    for _ in range(steps):
        n = pupil_years(one)
        took = timed(one.step)
        seconds.append(took[0])
        ns.append(took[0] / n * 1e9)
        cpu.append(took[1] / n * 1e9)
    stepping = _linux("VmHWM") if fresh else _peak()
    return {
        "size": size, "pupils": pupil_years(one), "schools": int(one.state.schools.n),
        "teachers": int(one.state.teachers.serving.sum()), "steps": steps,
        "ns": statistics.median(ns[1:]), "cpu_ns": statistics.median(cpu[1:]), "ns_low": min(ns[1:]), "ns_high": max(ns[1:]),
        "ms_step": statistics.median(seconds[1:]) * 1e3, "rss_before_mb": before, "rss_built_mb": built,
        "peak_building_mb": peak_built, "peak_stepping_mb": stepping, "peak_mb": max(peak_built, stepping or 0.0),
        "added_mb": None if before is None or stepping is None else stepping - before,
    }  # fmt: skip


def plain(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Time plain Mesa and the engine in turn, year by year, on the same county."""
    from benchmarks.county import county, pupil_years
    from benchmarks.plain import PlainCounty

    _warm()
    fast = county(size, policy, years=steps)
    before = _linux("VmRSS")
    slow = PlainCounty(county(size, policy, years=steps))
    wall: dict[str, list[float]] = {"plain": [], "engine": []}
    cpu: dict[str, list[float]] = {"plain": [], "engine": []}
    for _ in range(steps):
        n = pupil_years(fast)
        for name, model in (("plain", slow), ("engine", fast)):
            gc.collect()  # neither pays for sweeping up after the other
            took = timed(model.step)
            wall[name].append(took[0] / n * 1e9)
            cpu[name].append(took[1] / n * 1e9)
    last, rows = slow.year_measures[-1], fast.year_measures[-1]
    same = bool(((last.values == rows.values) | ((last.values != last.values) & (rows.values != rows.values))).all())
    peak = _linux("VmHWM") or _peak()

    def ratio(seconds: dict[str, list[float]]) -> float:
        return statistics.median(a / b for a, b in zip(seconds["plain"][1:], seconds["engine"][1:], strict=True))

    return {
        "size": size, "pupils": n, "steps": steps, "plain_ns": statistics.median(wall["plain"][1:]),
        "engine_ns": statistics.median(wall["engine"][1:]), "ratio": ratio(wall), "cpu_ratio": ratio(cpu),
        "same_measures": same, "added_mb": None if before is None else peak - before,
    }  # fmt: skip


def arrays(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Time two phases as compiled loops and as NumPy."""
    from benchmarks.county import county
    from benchmarks.numpy_year import compare

    one = county(size, policy, years=1)
    one.step()
    return {"size": size, **compare(one, steps)}


def floor(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Measure the floor of memory and of draws."""
    from benchmarks.floor import floor as measure

    return dict(measure())


def start(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Time starting: bare Python, ``import edusim``, ``edusim --help``; medians of whole processes."""
    commands = {
        "python_ms": [sys.executable, "-c", "pass"],
        "import_ms": [sys.executable, "-c", "import edusim"],
        "help_ms": [sys.executable, "-m", "edusim", "--help"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(steps + 1):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
            taken[name].append((time.perf_counter() - begin) * 1e3)
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def phases(size: int, steps: int, policy: str) -> dict[str, Any]:
    """Return the time of each phase of the year."""
    from benchmarks.phases import profile

    return {"size": size, "rows": profile(size, policy, steps)}


JOBS = {"engine": engine, "plain": plain, "arrays": arrays, "floor": floor, "start": start, "phases": phases}


def run(job: str, size: int = 0, steps: int = 0, policy: str = "fusion") -> dict[str, Any]:
    """Run a job in a fresh process with one thread and return what it measured."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs", job, str(size), str(steps), policy],
        cwd=ROOT, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    print(json.dumps(JOBS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
