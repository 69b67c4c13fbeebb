"""``edusim study``: plan, run, submit, status, retry, query, verify, map.

Results go to standard output, progress to standard error. Runs that fail are rows of the store, not the end of
the study: they are counted, the most frequent reason is told, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import interrupts
from edusim.cli_help import columns as _width
from edusim.cli_options import needed_place, usage
from edusim.cli_output import Progress, print_json, whisper
from edusim.cli_study_options import VERBS, read_study_options, study_help
from edusim.errors import did_you_mean
from edusim.language import text as worded

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study import OpenStudy, Status

INTERRUPTED = 130
#: Seconds between two looks of ``status --watch``.
LOOK_SECONDS = 3.0


def study(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim study ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    rest = list(arguments)
    while rest and rest[0].startswith("--lang"):
        rest = rest[1:] if "=" in rest[0] else rest[2:]
    if not rest or rest[0] in ("-h", "--help", "help"):
        sys.stdout.write(study_help(lang) + "\n")
        return 0 if rest else 2
    verb = rest[0]
    if verb not in VERBS:
        kind = ("选项", "option") if verb.startswith("-") else ("命令", "command")
        usage("CLI-COMMAND", f"edusim study 没有{kind[0]} {verb[:60]}", f"edusim study has no {kind[1]} {verb[:60]}",
              did_you_mean(verb, VERBS))  # fmt: skip
    options = read_study_options(verb, rest[1:], lang)
    return _ACTIONS[verb](options, lang)


def _open(options: argparse.Namespace) -> OpenStudy:
    """Open the study that the command line names, with its changes."""
    from edusim import scenario
    from edusim.study import open_study

    changes = scenario.settings(getattr(options, "settings", []))
    return open_study(needed_place(options.place, "study run"), changes or None)


def _rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print a short table of two columns."""
    wide = max((_width(name) for name, _ in rows), default=0)
    for name, value in rows:
        sys.stdout.write(f"  {name}{' ' * (wide - _width(name))}  {value}\n")


def _time(seconds: float, lang: str) -> str:
    """Return a length of time in words, two figures of it at most."""
    if seconds != seconds:
        return "?"
    if seconds < 90:
        return f"{seconds:.0f} {worded('study.s', lang)}" if seconds >= 10 else f"{seconds:.1f} {worded('study.s', lang)}"
    if seconds < 5400:
        return f"{seconds / 60:.0f} {worded('study.min', lang)}"
    if seconds < 2 * 86400:
        return f"{seconds / 3600:.1f} {worded('study.h', lang)}"
    return f"{seconds / 86400:.1f} {worded('study.days', lang)}"


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:.0f} {unit}" if size >= 100 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return ""


# -- plan ---------------------------------------------------------------------------------------------


def _plan(options: argparse.Namespace, lang: str) -> int:
    return show_plan(options, lang, "study run")


def show_plan(options: argparse.Namespace, lang: str, verb: str) -> int:
    """Print how many runs a study has, how long the rest takes and what it needs; a few runs are timed, nothing is stored.

    Parameters
    ----------
    options
        ``place``, ``settings``, ``workers`` and ``json`` of the command line.
    verb
        Words after ``edusim`` that carry the plan out.
    """
    from dataclasses import asdict

    opened = _open(options)
    if not options.json:
        whisper(worded("study.timing_a_few_runs", lang))
    plan = opened.plan(options.workers)
    shards = _shards(plan)
    core_seconds = plan.seconds_per_run * plan.left
    if options.json:
        told = asdict(plan) | {"core_seconds": core_seconds, "shards": shards, "why": plan.why and plan.why.as_dict()}
        print_json({"ok": True, "dry_run": True, "study": opened.study.file, "store": str(opened.path), "plan": told})
        return 0
    _say_plan(opened, plan, core_seconds, shards, lang, verb)
    if plan.why is not None:
        tried, n, why = plan.tried, plan.refused, plan.why.message(lang)
        sys.stdout.write(
            worded("study.of_runs_looked_at", lang, tried=tried, n=n, why=why)
        )  # fmt: skip
    return 0


def _shards(plan: Any) -> int:
    """Return how many shards a cluster might take; 0 when one machine will do."""
    from edusim.study import slurm

    work = plan.seconds_per_run * plan.left
    return slurm.shards_for(plan.left, work) if work > 2 * slurm.SHARD_SECONDS else 0


def _product(opened: OpenStudy, plan: Any, lang: str) -> str:
    """Return of what the runs of a plan are made up."""
    if opened.study.sensitivity is not None:
        each = (plan.runs - plan.baseline) // plan.policies
        product = f"{plan.policies} {worded('study.policies', lang)} × {each:,}"
        return product + (f" + {plan.baseline:,} {worded('study.of_the_baseline', lang)}" if plan.baseline else "")
    laid = plan.points * plan.futures * plan.policies * plan.draws * len(opened.study.designs)
    product = f"{plan.points:,} {worded('study.points', lang)} × {plan.futures:,} {worded('study.futures', lang)} × {plan.policies} {worded('study.policies', lang)} × {plan.draws} {worded('study.draws', lang)}"  # noqa: E501
    if len(opened.study.designs) > 1:
        product += f" × {len(opened.study.designs)} {worded('study.designs', lang)}"
    rest = plan.runs - laid - plan.equal
    if rest > 0 and opened.study.baseline:
        product += f" + {rest:,} {worded('study.of_the_baseline', lang)}"
    elif rest < 0:  # a condition that leaves out some points for some policies or futures
        product += f"{worded('study.of_which_the_condition', lang)}"
    if plan.equal:
        product += f" + {plan.equal:,} {worded('study.with_the_ratios_set', lang)}"
    return product


def _layout_rows(plan: Any, seconds: float, lang: str) -> list[tuple[str, str]]:
    """Return what a plan says of a sensitivity analysis: its blocks, and what growth would cost."""
    laid = plan.laid
    blocks = " + ".join(f"{count} {zh_name if lang == 'zh' else en_name}" for zh_name, en_name, count in laid["blocks"])
    stage = worded(f"study.stage.{laid['stage']}", lang) if laid["stage"] in ("screen", "sobol") else ""
    told = worded("study.n_for_each_base", lang, stage=stage, method=laid["method"], n=laid["n"], blocks=blocks, rows=laid["rows"])
    rows = [(worded("study.method", lang), told)]
    for n, runs in laid["growth"]:
        time_needed = _time(seconds * (runs - plan.stored), lang)
        rows.append((f"{worded('study.grown_to', lang)} n = {n:,}", worded("study.runs_in_all", lang, runs=runs, time=time_needed)))
    if laid["next"]:
        n = laid["next"]
        told = worded("study.the_sobol_design_after", lang, n=n)
        rows.append((worded("study.afterwards", lang), told))
    return rows


def _say_plan(opened: OpenStudy, plan: Any, core_seconds: float, shards: int, lang: str, verb: str) -> None:
    zh = lang == "zh"
    product = _product(opened, plan, lang)
    free = plan.bytes_total <= plan.bytes_free
    rows = [
        (worded("study.runs", lang), f"{plan.runs:,} = {product}"),
        (worded("study.stored", lang), f"{plan.stored:,}"),
        (worded("study.left", lang), f"{plan.left:,}"),
        (worded("study.a_run", lang), ", ".join(f"{name} {1000 * s:.0f} ms" for name, s in plan.seconds_by_policy.items()) or "?"),
        (worded("study.here_workers", lang, workers=plan.workers), _time(plan.seconds_total, lang)),
        (worded("study.core_hours", lang), f"{core_seconds / 3600:.2f}"),
        (worded("study.disk", lang), f"{_bytes(plan.bytes_total)}{worded('study.free', lang)}{_bytes(plan.bytes_free)}{'' if free else ' ✗'}"),
        (worded("study.memory_a_worker", lang), _bytes(plan.memory_per_worker) if plan.memory_per_worker == plan.memory_per_worker else "?"),
        (worded("study.store", lang), str(opened.path)),
    ]
    if plan.cut:
        n, of = (sum(numbers[i] for numbers in plan.cut.values()) for i in (0, 1))
        most, (worst, futures) = max(plan.cut.items(), key=lambda item: item[1][0])
        rows.insert(1, (
            worded("study.ratios", lang),
            worded("study.of_products_lie_beyond", lang, of=of, n=n, most=most, futures=futures, worst=worst),
        ))  # fmt: skip
    if plan.laid:
        # Where nothing is left no run is timed; those that are stored tell.
        mean = sum(plan.seconds_by_policy.values()) / len(plan.seconds_by_policy) if plan.seconds_by_policy else float("nan")
        each = (plan.seconds_per_run or mean) / max(1, plan.workers)
        rows[1:1] = _layout_rows(plan, each, lang)
    if plan.compiling:
        rows.insert(5, (worded("study.compiling_once_only", lang), _time(plan.compiling, lang)))
    sys.stdout.write(worded("study.plan_only_nothing_is", lang))
    _rows(rows)
    basis = {"stored": ("时间按库中的推演估计", "times from runs in the store"), "probe": ("时间按试跑估计", "times from a trial of some runs")}
    if plan.basis in basis:
        sys.stdout.write(f"  {basis[plan.basis][0 if zh else 1]}\n")
    if not free:
        sys.stdout.write(
            worded("study.the_disk_is_too", lang)
        )  # fmt: skip
    file = (os.path.relpath(opened.study.file) if opened.study.file else "study.yaml") + _settings(opened)
    steps = [f"edusim {verb} {file} -j {plan.workers}"]
    if shards:
        steps.append(f"edusim study submit {file} --slurm --shards {shards}")
    if plan.left:
        sys.stdout.write((worded("study.next", lang)) + "\n" + "".join(f"  {step}\n" for step in steps))


# -- run, retry ---------------------------------------------------------------------------------------


def _run(options: argparse.Namespace, lang: str) -> int:
    if options.dry_run:
        return show_plan(options, lang, "study run")
    opened = _open(options)
    if options.fresh:
        from edusim.study import store

        aside = store.set_aside(opened.path)
        if aside is not None and not options.quiet:
            whisper(worded("study.the_old_store_is", lang, aside=aside))
    return _carry_on(opened, options, lang, shard=options.shard)


def _retry(options: argparse.Namespace, lang: str) -> int:
    opened = _open(options)
    again = opened.status().wrong if options.dry_run else opened.retry()
    if options.dry_run:
        if options.json:
            print_json({"ok": True, "dry_run": True, "store": str(opened.path), "again": again})
        else:
            sys.stdout.write(worded("study.would_be_tried_again", lang, again=again))
        return 0
    if options.json:
        print_json({"ok": True, "store": str(opened.path), "again": again})
        return 0
    sys.stdout.write(worded("study.runs_are_to_be", lang, again=again))
    if again:
        file = options.place if not os.path.isdir(options.place) else "study.yaml"
        sys.stdout.write(f"{worded('study.next', lang)}\n  edusim study run {file}\n")
    return 0


def _carry_on(opened: OpenStudy, options: argparse.Namespace, lang: str, *, shard: tuple[int, int] | None) -> int:
    begin = time.monotonic()
    progress = Progress(options.quiet)
    interrupted = False
    summary: Any = None
    try:
        summary = opened.run(options.workers, progress, engine=options.engine, shard=shard)
        interrupted = bool(summary.interrupted)
    except KeyboardInterrupt:
        interrupts.answered()
        interrupted = True
    finally:
        progress.stop()
    status = opened.status()
    told = {"status": status.as_dict(), "seconds": time.monotonic() - begin, "store": str(opened.path)}
    if summary is not None:
        told |= {"stored_before": summary.stored_before, "done_now": summary.done, "failed_now": summary.failed, "quarantined_now": summary.quarantined}
    if interrupted:
        whisper(
            worded("study.edusim_interrupted_the_acknowledged", lang, done=status.done)
        )  # fmt: skip
        if options.json:
            print_json({"ok": False, "interrupted": True, **told})
        return INTERRUPTED
    wrong = summary.failed + summary.quarantined if shard is not None else status.wrong
    if options.json:
        print_json({"ok": not wrong, **told})
        return 1 if wrong else 0
    _closing(opened, status, summary, time.monotonic() - begin, lang)
    return 1 if wrong else 0


def _closing(opened: OpenStudy, status: Status, summary: Any, seconds: float, lang: str) -> None:
    rows = [
        (worded("study.there_already", lang), f"{summary.stored_before:,}"),
        (worded("study.done_now", lang), f"{summary.done:,}"),
        (worded("study.failed", lang), f"{status.states['failed']:,}"),
        (worded("study.quarantined", lang), f"{status.states['quarantined']:,}"),
        (worded("study.of", lang), f"{status.total:,}"),
        (worded("study.time", lang), _time(seconds, lang)),
        (worded("study.store", lang), str(opened.path)),
    ]
    _rows(rows)
    _say_wrong(opened.path, status, lang)
    _next(opened, status, lang)


def _say_wrong(path: Path, status: Status, lang: str) -> None:
    """Tell how many runs went wrong, why most of them did, and how to see all."""
    if not status.wrong:
        return
    share = 100 * status.wrong / max(1, status.total)
    sys.stdout.write(worded("study.runs_gave_no_result", lang, wrong=status.wrong, share=share))
    for code, n, message in status.reasons:
        sys.stdout.write(f"  {n:,} × {code}: {message}\n")
    sql = "select code, error, * from runs where state in ('failed', 'quarantined')"
    see = worded("study.see_them", lang)
    sys.stdout.write(f'  {see}: edusim study query {path} "{sql}"\n')


def _settings(opened: OpenStudy) -> str:
    """Return the changes of a study as the command line takes them, with a blank before each."""
    return "".join(f" -S {shlex.quote(change)}" for change in opened.study.changes)


def _next(opened: OpenStudy, status: Status, lang: str) -> None:
    path = opened.path
    steps: list[str] = []
    file = getattr(opened._study, "file", "") or ""
    if status.left and file:
        steps.append(f"edusim study run {os.path.relpath(file)}{_settings(opened)}")
    if status.wrong and file:
        steps.append(f"edusim study retry {os.path.relpath(file)}{_settings(opened)}")
    if opened.store.study.get("sensitivity") and not status.left:
        steps.append(f"edusim sensitivity {os.path.relpath(file) + _settings(opened) if file else path}")
    if status.done:
        names = [o["name"] for o in opened.store.outcomes][:1]
        mean = f", avg({names[0]})" if names else ""
        by = "arm, policy" if opened.store.study.get("arms") else "policy"
        steps.append(f'edusim study query {path} "select {by}{mean} from runs group by {by}"')
        if opened.study.levers and len(opened.study.levers) > 1:
            steps.append(f"edusim study map {path}")
        steps.append(f"edusim study verify {path}")
    if steps:
        sys.stdout.write((worded("study.next", lang)) + "\n" + "".join(f"  {step}\n" for step in steps))


# -- submit -------------------------------------------------------------------------------------------


def _submit(options: argparse.Namespace, lang: str) -> int:
    from dataclasses import replace

    from edusim.study import design, driver, slurm
    from edusim.study.store import Store

    opened = _open(options)
    frozen = opened.study
    execution = frozen.execution if options.shards is None else replace(frozen.execution, shards=options.shards)
    if not options.dry_run:
        slurm.refuse_while_live(opened.path)  # before any run is timed
    if execution.shards:  # how long it takes only decides the number of shards
        stored = Store.open(opened.path).states() if (opened.path / "manifest.json").exists() else {}
        left, seconds = driver.pending(design.table(frozen), stored).rows.size, 0.0
    else:
        plan = opened.plan(1)
        left, seconds = plan.left, plan.seconds_per_run * plan.left
    settings = [word for text in options.settings for word in ("-S", text)]
    made = slurm.submit(
        options.place, opened.path, execution, runs=left, seconds=seconds, settings=settings,
        make_store=lambda: driver.store_of(frozen), dry_run=options.dry_run,
    )  # fmt: skip
    if options.json:
        print_json({"ok": True, "job": made.job, "shards": made.shards, "script": made.script, "file": made.file, "dry_run": options.dry_run})
        return 0
    if not made.shards:
        sys.stdout.write(worded("study.every_run_is_done", lang))
    elif options.dry_run:
        sys.stdout.write(made.script)
    else:
        sys.stdout.write(f"{worded('study.submitted_job', lang)} {made.job}: {made.shards} {worded('study.shards', lang)}\n")
        sys.stdout.write(f"  {worded('study.script', lang)}: {made.file}\n")
        sys.stdout.write(f"  {worded('study.progress', lang)}: edusim study status {options.place} --watch\n")
    return 0


# -- status -------------------------------------------------------------------------------------------


def _line(status: Status, lang: str) -> str:
    zh = lang == "zh"
    share = 100 * status.done / max(1, status.total)
    words = (("完成", "done"), ("失败", "failed"), ("隔离", "quarantined"), ("待做", "left"))
    numbers = (status.done, status.states["failed"], status.states["quarantined"], status.left)
    parts = [f"{name[0 if zh else 1]} {n:,}" for name, n in zip(words, numbers, strict=True)]
    return f"{share:5.1f}%  {'，'.join(parts) if zh else ', '.join(parts)} / {status.total:,}"


def _status(options: argparse.Namespace, lang: str) -> int:
    opened = _open(options)
    status = _look(opened)
    if options.watch and not options.json:
        status = _watch(opened, status, lang)
    if options.json:
        print_json({"ok": True, "store": str(opened.path), **status.as_dict(), "jobs": [vars(j) for j in _jobs(opened.path)]})
        return 0
    if not options.watch:
        sys.stdout.write(_line(status, lang) + "\n")
    rows = [(worded("study.store", lang), str(opened.path))]
    rows += [(worded("study.writing_now", lang), writer) for writer in status.writers]
    for job in _jobs(opened.path):
        shown = job.problem or ", ".join(f"{n} {state}" for state, n in sorted(job.states.items())) or (worded("study.over", lang))
        rows.append((f"Slurm {job.job}", f"{job.shards} {worded('study.shards', lang)}: {shown}"))
    _rows(rows)
    _say_wrong(opened.path, status, lang)
    return 0


def _jobs(path: Path) -> list[Any]:
    from edusim.study import slurm

    return slurm.jobs(path) if (path / "slurm" / "jobs.json").exists() else []


def _look(opened: OpenStudy) -> Status:
    """Return the status; a study whose store is not there yet has everything left."""
    if not opened.path.exists() and opened._study is not None:
        from edusim.study import Status, design

        total = design.size(opened.study)[-1]
        return Status(total, {"done": 0, "failed": 0, "quarantined": 0, "pending": total})
    return opened.status()


def _watch(opened: OpenStudy, status: Status, lang: str) -> Status:
    """Look again every few seconds until nothing is left; on a terminal in place, else a line each time."""
    begin, first = time.monotonic(), status.done

    def text() -> str:
        line = _line(status, lang)
        speed = (status.done - first) / max(time.monotonic() - begin, 1e-9)
        if status.left and speed > 0:
            left = _time(status.left / speed, lang)
            line += f"  {worded('study.about', lang)} {left}" + (worded("study.left_2", lang))
        return line

    if sys.stdout.isatty():
        from rich.live import Live
        from rich.text import Text

        with Live(Text(text()), auto_refresh=False) as live:
            while status.left:
                time.sleep(LOOK_SECONDS)
                status = _look(opened)
                live.update(Text(text()), refresh=True)
        return status
    sys.stdout.write(text() + "\n")
    sys.stdout.flush()
    while status.left:
        time.sleep(LOOK_SECONDS)
        status = _look(opened)
        sys.stdout.write(text() + "\n")
        sys.stdout.flush()
    return status


# -- query, verify, map -------------------------------------------------------------------------------


def _store_of(options: argparse.Namespace) -> OpenStudy:
    opened = _open(options)
    assert opened.store
    return opened


def _query(options: argparse.Namespace, lang: str) -> int:
    opened = _store_of(options)
    frame = opened.query(options.sql)
    if options.out is not None:
        from edusim.study import tables

        file = tables.export(frame, options.out)
        if options.json:
            print_json({"ok": True, "file": str(file), "rows": len(frame)})
        else:
            sys.stdout.write(f"{worded('study.written', lang)}: {file} ({len(frame):,} {worded('study.rows', lang)})\n")
        return 0
    if options.json:
        print_json({"ok": True, "columns": [str(c) for c in frame.columns], "rows": frame.astype(object).where(frame.notna(), None).to_numpy().tolist()})
        return 0
    sys.stdout.write(_table(frame.head(options.rows)) + "\n")
    if len(frame) > options.rows:
        sys.stdout.write(worded("study.more_rows", lang, n=len(frame)) + "\n")
    return 0


def _table(frame: pd.DataFrame) -> str:
    """Return a frame as text in columns; a traceback shows its last line."""

    def shown(value: Any) -> str:
        if value is None or value != value:
            return "-"
        if isinstance(value, float):
            return f"{value:.6g}"
        lines = [line for line in str(value).splitlines() if line.strip()] or [""]
        return lines[-1].strip()[:100]

    columns = [[str(name), *(shown(v) for v in frame.iloc[:, i].tolist())] for i, name in enumerate(frame.columns)]
    wide = [max(map(_width, column)) for column in columns]
    right = [frame.dtypes.iloc[i].kind in "iuf" for i in range(len(columns))]
    lines = []
    for row in range(len(frame) + 1):
        cells = []
        for column, width, is_right in zip(columns, wide, right, strict=True):
            room = " " * (width - _width(column[row]))
            cells.append(room + column[row] if is_right else column[row] + room)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def _verify(options: argparse.Namespace, lang: str) -> int:
    opened = _store_of(options)
    progress = Progress(options.quiet)
    try:
        found = opened.verify(options.sample, options.workers, progress)
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": found.ok, "runs": found.runs, "run_again": list(found.again), "problems": [vars(p) for p in found.problems]})
        return 0 if found.ok else 1
    zh = lang == "zh"
    for problem in found.problems:
        sys.stdout.write(f"{problem.where}: {problem.zh if zh else problem.en}\n")
    good = (worded("study.same_bytes", lang)) if found.ok else (worded("study.problems", lang, n=len(found.problems)))
    sys.stdout.write(worded("study.verified", lang, runs=found.runs, again=len(found.again), good=good) + "\n")
    return 0 if found.ok else 1


def _map(options: argparse.Namespace, lang: str) -> int:
    opened = _store_of(options)
    store = opened.store
    levers = [str(f["name"]) for f in store.study["levers"]]
    axes = [options.x, options.y]
    for place, name in enumerate(axes):
        if name is None:
            free = [lever for lever in levers if lever not in axes]
            if not free:
                usage("STUDY-LEVER", "这项研究的杠杆不足两个，画不成图", "a map takes two levers; this study has fewer",
                      ("请用 --x、--y 给出，可用不确定因素", "name them with --x and --y; uncertainties will do"))  # fmt: skip
            axes[place] = free[0]
    every = [*levers, *(str(f["name"]) for f in store.study["uncertainties"])]
    for name in (*axes, *(name for name, _ in options.at)):
        bare = str(name).removeprefix("lever.").removeprefix("uncertain.")
        if bare not in every:
            usage("STUDY-LEVER", f"没有杠杆或不确定因素 {bare[:60]}", f"there is no lever or uncertainty {bare[:60]}", did_you_mean(bare, every))
    known = [str(o["name"]) for o in store.outcomes]
    wanted = options.outcome or known
    for name in wanted:
        if name not in known:
            usage("STUDY-OUTCOME", f"没有结果 {name[:60]}", f"there is no outcome {name[:60]}", did_you_mean(name, known))
    from edusim.report.map_figures import write_maps

    frames = opened.frames
    if options.levels:
        frames.pop("effects", None)
    at = {name: _value(value) for name, value in options.at}
    maps = [{"x": axes[0], "y": axes[1], "outcome": name, "at": at or None} for name in wanted]
    folder = Path(options.out) if options.out else opened.path / "maps"
    written = write_maps(frames, maps, folder, info=opened.facts)
    if options.json:
        print_json({"ok": True, "files": [str(f) for f in written]})
    else:
        sys.stdout.write("".join(f"{file}\n" for file in written))
    return 0


def _value(text: str) -> Any:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)


_ACTIONS: dict[str, Callable[[argparse.Namespace, str], int]] = {
    "plan": _plan,
    "run": _run,
    "submit": _submit,
    "status": _status,
    "retry": _retry,
    "query": _query,
    "verify": _verify,
    "map": _map,
}
