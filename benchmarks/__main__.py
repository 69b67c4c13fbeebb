"""Run the benchmarks: ``python -m benchmarks`` (``make bench``).

Prints one table, and writes ``results.json`` and ``results.md`` beside this file.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import jobs

HERE = Path(__file__).resolve().parent
#: What the project set itself to reach on one core.
TARGETS = {"ns": 60.0, "ratio": 100.0, "memory_mb": 600.0, "import_ms": 300.0, "help_ms": 400.0}


def _numbers(text: str) -> list[int]:
    return [int(float(part)) for part in text.replace("_", "").split(",") if part]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="3,000 and 30,000 pupils, few repeats; writes no file")
    parser.add_argument("--sizes", type=_numbers, help="pupils, engine (default 3000,100000,1000000)")
    parser.add_argument("--plain-sizes", type=_numbers, help="pupils, plain Mesa beside the engine (default 3000,100000)")
    parser.add_argument("--phases", action="store_true", help="time by phase of the year only")
    parser.add_argument("--policy", default="fusion", help="policy in force (default fusion)")
    parser.add_argument("--out", type=Path, default=HERE, help="folder for results.json and results.md")
    return parser.parse_args(argv)


def machine() -> dict[str, str]:
    """Return what the figures were measured on."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    packages = ", ".join(f"{p} {version(p)}" for p in ("numpy", "numba", "mesa", "pandas"))
    return {
        "processor": name, "cores": str(os.cpu_count()), "python": platform.python_version(), "packages": packages,
    }  # fmt: skip


def _steps(size: int, quick: bool) -> int:
    return 4 if quick or size > 300_000 else 8


def measure(sizes: list[int], plain_sizes: list[int], policy: str, quick: bool) -> dict[str, Any]:
    """Run every job, largest last, saying which."""

    def job(name: str, size: int = 0, steps: int = 0) -> dict[str, Any]:
        print(f"  {name} {size:,}" if size else f"  {name}", file=sys.stderr, flush=True)
        return jobs.run(name, size, steps, policy)

    return {
        "machine": machine(),
        "policy": policy,
        "floor": job("floor"),
        "start": job("start", 0, 3 if quick else 9),
        "engine": [job("engine", size, _steps(size, quick)) for size in sizes],
        "plain": [job("plain", size, 3 if quick else 5) for size in plain_sizes],
        "arrays": job("arrays", max([s for s in sizes if s <= 100_000], default=min(sizes)), 4 if quick else 8),
    }


def _cell(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _mark(value: float, target: float, at_least: bool = False) -> str:
    return "reached" if (value >= target if at_least else value <= target) else "not reached"


def rows(found: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """Return the table: what, figure, unit, aim and whether it is reached."""
    out: list[tuple[str, str, str, str]] = []
    for e in found["engine"]:
        size = f"{e['size']:,} pupils"
        aim = f"60: {_mark(e['ns'], TARGETS['ns'])}" if e["size"] > 50_000 else ""
        spread = f"ns/pupil-year ({e['ms_step']:,.1f} ms a year; {e['ns_low']:.0f}-{e['ns_high']:.0f}; processor {e['cpu_ns']:.1f})"
        out.append((f"engine, {size}", _cell(e["ns"], 1), spread, aim))
    for e in found["engine"]:
        size = f"{e['size']:,} pupils"
        aim = f"600: {_mark(e['peak_mb'], TARGETS['memory_mb'])}" if e["size"] > 500_000 else ""
        detail = f"MB peak (building {_cell(e['peak_building_mb'])}, stepping {_cell(e['peak_stepping_mb'])}; added {_cell(e['added_mb'])})"
        out.append((f"memory, {size}", _cell(e["peak_mb"]), detail, aim))
    for p in found["plain"]:
        size = f"{p['size']:,} pupils"
        out.append((f"plain Mesa, {size}", _cell(p["plain_ns"]), f"ns/pupil-year (added {_cell(p['added_mb'])} MB)", ""))
        aim = f"100: {_mark(p['ratio'], TARGETS['ratio'], at_least=True)}" if p["size"] > 50_000 else ""
        same = "same measures" if p["same_measures"] else "MEASURES DIFFER"
        out.append((f"plain Mesa / engine, {size}", _cell(p["ratio"]), f"times (in turn, one process; processor {p['cpu_ratio']:.0f}; {same})", aim))
    a = found["arrays"]
    for phase, words in (("classes", "classes dealt out"), ("learn", "a year's learning")):
        loop, vector = a[f"{phase}_loop"], a[f"{phase}_numpy"]
        out.append((f"NumPy, {words}, {a['size']:,} pupils", _cell(vector, 1), f"ns/pupil (compiled loop {loop:.1f}: {vector / loop:.1f} times)", ""))
    f = found["floor"]
    out.append(("floor, memory", _cell(f["memory_ns"], 1), f"ns/pupil-year ({f['bytes']:.0f} bytes at {f['gigabytes_s']:.0f} GB/s)", ""))
    out.append(("floor, draws alone", _cell(f["draws_ns"], 1), "ns/pupil-year (a normal and two uniform numbers)", ""))
    s = found["start"]
    bare = f"ms (bare Python {s['python_ms']:.0f})"
    out.append(("import edusim", _cell(s["import_ms"]), bare, f"300: {_mark(s['import_ms'], TARGETS['import_ms'])}"))
    out.append(("edusim --help", _cell(s["help_ms"]), bare, f"400: {_mark(s['help_ms'], TARGETS['help_ms'])}"))
    return out


def text(table: list[tuple[str, str, str, str]]) -> str:
    """Return the table for a terminal."""
    width = [max(len(row[i]) for row in table) for i in range(4)]
    return "\n".join(f"{a:<{width[0]}}  {b:>{width[1]}} {c:<{width[2]}}  {d}".rstrip() for a, b, c, d in table)


def markdown(table: list[tuple[str, str, str, str]], found: dict[str, Any]) -> str:
    """Return the table in Markdown, to be quoted."""
    m = found["machine"]
    lines = [
        f"One thread, policy `{found['policy']}`, all rules, conservation, yearly measures, `records=\"counts\"`; medians of",
        f"years 2 and later. {m['processor']}, {m['cores']} cores, Python {m['python']}, {m['packages']}.",
        "",
        "| what | figure | unit | aim |",
        "|---|---:|---|---|",
        *(f"| {a} | {b} | {c} | {d} |" for a, b, c, d in table),
    ]
    return "\n".join(lines) + "\n"


def profile_text(sizes: list[int], policy: str, quick: bool) -> str:
    """Return the time by phase of the year for each size."""
    parts = []
    for size in sizes:
        steps = _steps(size, quick)
        found = jobs.run("phases", size, steps, policy)
        total = sum(value for _, value in found["rows"])
        lines = [f"{size:,} pupils, {policy}, medians of years 2-{steps}, ns per pupil-year"]
        lines += [f"  {value:8.2f}  {value / total:6.1%}  {name}" for name, value in found["rows"]]
        parts.append("\n".join([*lines, f"  {total:8.2f}  100.0%  in all"]))
    return "\n\n".join(parts)


def main(argv: list[str] | None = None) -> int:
    """Run from a command line."""
    given = _arguments(argv)
    sizes = given.sizes or ([3_000, 30_000] if given.quick else [3_000, 100_000, 1_000_000])
    if given.phases:
        print(profile_text(given.sizes or ([30_000] if given.quick else [100_000, 1_000_000]), given.policy, given.quick))
        return 0
    plain_sizes = given.plain_sizes or ([3_000] if given.quick else [3_000, 100_000])
    found = measure(sizes, plain_sizes, given.policy, given.quick)
    table = rows(found)
    print(text(table))
    if not given.quick:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "results.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        (given.out / "results.md").write_text(markdown(table, found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
