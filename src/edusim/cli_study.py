"""``edusim study``: plan, run, submit, status, retry, query, verify, map.

Results go to standard output, progress to standard error. Runs that fail are rows of the store, not the end of
the study: they are counted, the most frequent reason is told, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import interrupts
from edusim.cli_options import usage
from edusim.cli_output import Progress, print_json, whisper
from edusim.cli_study_options import VERBS, read_study_options, study_help
from edusim.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study import OpenStudy, Status

INTERRUPTED = 130
#: Seconds between two looks of ``status --watch``.
LOOK_SECONDS = 3.0
#: Seconds after which progress is told again where there is no terminal.
SAY_SECONDS = 20.0


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
    # What works below, in other processes too, speaks the language that was asked for.
    before = os.environ.get("EDUSIM_LANG")
    os.environ["EDUSIM_LANG"] = lang
    try:
        return _ACTIONS[verb](options, lang)
    finally:
        if before is None:
            del os.environ["EDUSIM_LANG"]
        else:
            os.environ["EDUSIM_LANG"] = before


def _open(options: argparse.Namespace) -> OpenStudy:
    """Open the study that the command line names, with its changes."""
    from edusim import scenario
    from edusim.study import open_study

    changes = scenario.settings(getattr(options, "settings", []))
    place = options.place
    if not os.path.exists(place) and not place.endswith((".yaml", ".yml")):
        raise ConfigError(
            "CFG-NO-FILE", f"没有 {place[:120]}", f"there is no {place[:120]}",
            mend_zh="请给出研究文件（YAML），或 edusim study run 写出的文件夹",
            mend_en="name a study file (YAML), or a folder that edusim study run wrote",
        )  # fmt: skip
    return open_study(place, changes or None)


def _rows(rows: Sequence[tuple[str, str]]) -> None:
    """Print a short table of two columns."""
    wide = max((_width(name) for name, _ in rows), default=0)
    for name, value in rows:
        sys.stdout.write(f"  {name}{' ' * (wide - _width(name))}  {value}\n")


def _width(text: str) -> int:
    import unicodedata

    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _time(seconds: float, lang: str) -> str:
    """Return a length of time in words, two figures of it at most."""
    zh = lang == "zh"
    if seconds != seconds:
        return "?"
    if seconds < 90:
        return f"{seconds:.0f} {'秒' if zh else 's'}" if seconds >= 10 else f"{seconds:.1f} {'秒' if zh else 's'}"
    if seconds < 5400:
        return f"{seconds / 60:.0f} {'分钟' if zh else 'min'}"
    if seconds < 2 * 86400:
        return f"{seconds / 3600:.1f} {'小时' if zh else 'h'}"
    return f"{seconds / 86400:.1f} {'天' if zh else 'days'}"


def _bytes(size: float) -> str:
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            return f"{size:.0f} {unit}" if size >= 100 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return ""


# -- plan ---------------------------------------------------------------------------------------------


def _plan(options: argparse.Namespace, lang: str) -> int:
    from dataclasses import asdict

    opened = _open(options)
    if not options.json:
        whisper("试跑几次以计时……" if lang == "zh" else "timing a few runs ...")
    plan = opened.plan(options.workers)
    shards = _shards(plan)
    core_seconds = plan.seconds_per_run * plan.left
    if options.json:
        told = asdict(plan) | {"core_seconds": core_seconds, "shards": shards, "why": plan.why and plan.why.as_dict()}
        print_json({"ok": True, "dry_run": True, "study": opened.study.file, "store": str(opened.path), "plan": told})
        return 0
    _say_plan(opened, plan, core_seconds, shards, lang)
    if plan.why is not None:
        tried, n, why = plan.tried, plan.refused, plan.why.message(lang)
        sys.stdout.write(
            f"试看 {tried:,} 次推演，其中 {n:,} 次的取值不被接受，运行时会失败：{why}\n  可用 design.only 排除这样的点\n" if lang == "zh"
            else f"of {tried:,} runs looked at, {n:,} would fail, for their settings are refused: {why}\n"
            "  design.only leaves such points out\n"
        )  # fmt: skip
    return 0


def _shards(plan: Any) -> int:
    """Return how many shards a cluster might take; 0 when one machine will do."""
    from edusim.study import slurm

    work = plan.seconds_per_run * plan.left
    return slurm.shards_for(plan.left, work) if work > 2 * slurm.SHARD_SECONDS else 0


def _say_plan(opened: OpenStudy, plan: Any, core_seconds: float, shards: int, lang: str) -> None:
    zh = lang == "zh"
    laid = plan.points * plan.futures * plan.policies * plan.draws * len(opened.study.designs)
    product = f"{plan.points:,} {'点' if zh else 'points'} × {plan.futures:,} {'未来' if zh else 'futures'} × {plan.policies} {'政策' if zh else 'policies'} × {plan.draws} {'抽样' if zh else 'draws'}"  # noqa: E501
    if len(opened.study.designs) > 1:
        product += f" × {len(opened.study.designs)} {'设计' if zh else 'designs'}"
    rest = plan.runs - laid - plan.equal
    if rest > 0 and opened.study.baseline:
        product += f" + {rest:,} {'基准' if zh else 'of the baseline'}"
    elif rest < 0:  # a condition that leaves out some points for some policies or futures
        product += f"{'，其中合于条件的' if zh else ', of which the condition keeps some'}"
    if plan.equal:
        product += f" + {plan.equal:,} {'比值设为相等' if zh else 'with the ratios set equal'}"
    free = plan.bytes_total <= plan.bytes_free
    rows = [
        ("推演" if zh else "runs", f"{plan.runs:,} = {product}"),
        ("已有" if zh else "stored", f"{plan.stored:,}"),
        ("待做" if zh else "left", f"{plan.left:,}"),
        ("每次" if zh else "a run", ", ".join(f"{name} {1000 * s:.0f} ms" for name, s in plan.seconds_by_policy.items()) or "?"),
        (f"本机 {plan.workers} 进程" if zh else f"here, {plan.workers} workers", _time(plan.seconds_total, lang)),
        ("核时" if zh else "core-hours", f"{core_seconds / 3600:.2f}"),
        ("磁盘" if zh else "disk", f"{_bytes(plan.bytes_total)}{'，可用 ' if zh else ', free '}{_bytes(plan.bytes_free)}{'' if free else ' ✗'}"),
        ("每进程内存" if zh else "memory a worker", _bytes(plan.memory_per_worker) if plan.memory_per_worker == plan.memory_per_worker else "?"),
        ("存放处" if zh else "store", str(opened.path)),
    ]
    if plan.cut:
        n, of = (sum(numbers[i] for numbers in plan.cut.values()) for i in (0, 1))
        most, (worst, futures) = max(plan.cut.items(), key=lambda item: item[1][0])
        rows.insert(1, (
            "比值" if zh else "ratios",
            f"{of:,} 个乘积中 {n:,} 个超出参数的界限，取界限值（最多的是 {most}：{futures:,} 种未来中 {worst:,}）" if zh
            else f"{n:,} of {of:,} products lie beyond the parameter's limits and are cut to them (most: {most}, {worst:,} of {futures:,} futures)",
        ))  # fmt: skip
    if plan.compiling:
        rows.insert(5, ("编译（只此一次）" if zh else "compiling (once only)", _time(plan.compiling, lang)))
    sys.stdout.write("只是计划，没有存下任何结果\n" if zh else "plan only, nothing is stored\n")
    _rows(rows)
    basis = {"stored": ("时间按库中的推演估计", "times from runs in the store"), "probe": ("时间按试跑估计", "times from a trial of some runs")}
    if plan.basis in basis:
        sys.stdout.write(f"  {basis[plan.basis][0 if zh else 1]}\n")
    if not free:
        sys.stdout.write(
            "磁盘放不下：请腾出空间，换一个 store.path，或少留指标（keep）\n" if zh
            else "the disk is too small: make room, set another store.path or keep fewer measures (keep)\n"
        )  # fmt: skip
    file = os.path.relpath(opened.study.file) if opened.study.file else "study.yaml"
    steps = [f"edusim study run {file} -j {plan.workers}"]
    if shards:
        steps.append(f"edusim study submit {file} --slurm --shards {shards}")
    if plan.left:
        sys.stdout.write(("下一步" if zh else "next") + "\n" + "".join(f"  {step}\n" for step in steps))


# -- run, retry ---------------------------------------------------------------------------------------


def _run(options: argparse.Namespace, lang: str) -> int:
    opened = _open(options)
    if options.fresh:
        from edusim.study import store

        aside = store.set_aside(opened.path)
        if aside is not None and not options.quiet:
            whisper(f"原有结果已移到 {aside}" if lang == "zh" else f"the old store is now {aside}")
    return _carry_on(opened, options, lang, shard=options.shard)


def _retry(options: argparse.Namespace, lang: str) -> int:
    opened = _open(options)
    again = opened.retry()
    if options.json:
        print_json({"ok": True, "store": str(opened.path), "again": again})
        return 0
    zh = lang == "zh"
    sys.stdout.write(f"{again:,} 次推演改为待做\n" if zh else f"{again:,} runs are to be tried again\n")
    if again:
        file = options.place if not os.path.isdir(options.place) else "study.yaml"
        sys.stdout.write(f"{'下一步' if zh else 'next'}\n  edusim study run {file}\n")
    return 0


class _Lines(Progress):
    """Progress of a study: where there is no terminal, a line every few seconds too, for a tenth may take hours."""

    def __init__(self, quiet: bool) -> None:
        super().__init__(quiet)
        self._said = time.monotonic()

    def __call__(self, done: int, total: int, text: str = "") -> None:
        """Report runs stored, runs in all and the time left."""
        before = self._tenth
        super().__call__(done, total, text)
        now = time.monotonic()
        if self._bar is None and not self._quiet and self._tenth == before and now - self._said >= SAY_SECONDS:
            whisper(f"{done}/{total} {text}".rstrip())
            self._said = now
        elif self._tenth != before:
            self._said = now


def _carry_on(opened: OpenStudy, options: argparse.Namespace, lang: str, *, shard: tuple[int, int] | None) -> int:
    zh = lang == "zh"
    begin = time.monotonic()
    progress = _Lines(options.quiet)
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
            f"edusim: 已中断，已确认的 {status.done} 次推演都在；再次运行即续跑 [INTERRUPTED]" if zh
            else f"edusim: interrupted; the {status.done} acknowledged runs are kept; run again to go on [INTERRUPTED]"
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
    zh = lang == "zh"
    rows = [
        ("此前已有" if zh else "there already", f"{summary.stored_before:,}"),
        ("本次完成" if zh else "done now", f"{summary.done:,}"),
        ("失败" if zh else "failed", f"{status.states['failed']:,}"),
        ("隔离" if zh else "quarantined", f"{status.states['quarantined']:,}"),
        ("全部" if zh else "of", f"{status.total:,}"),
        ("用时" if zh else "time", _time(seconds, lang)),
        ("存放处" if zh else "store", str(opened.path)),
    ]
    _rows(rows)
    _say_wrong(opened.path, status, lang)
    _next(opened, status, lang)


def _say_wrong(path: Path, status: Status, lang: str) -> None:
    """Tell how many runs went wrong, why most of them did, and how to see all."""
    if not status.wrong:
        return
    zh = lang == "zh"
    share = 100 * status.wrong / max(1, status.total)
    sys.stdout.write(f"{status.wrong:,} 次没有结果（{share:.1f}%）\n" if zh else f"{status.wrong:,} runs gave no result ({share:.1f}%)\n")
    for code, n, message in status.reasons:
        sys.stdout.write(f"  {n:,} × {code}: {message}\n")
    sql = "select code, error, * from runs where state in ('failed', 'quarantined')"
    sys.stdout.write(f'  {"细看" if zh else "see them"}: edusim study query {path} "{sql}"\n')


def _next(opened: OpenStudy, status: Status, lang: str) -> None:
    zh = lang == "zh"
    path = opened.path
    steps: list[str] = []
    file = getattr(opened._study, "file", "") or ""
    if status.left and file:
        steps.append(f"edusim study run {os.path.relpath(file)}")
    if status.wrong and file:
        steps.append(f"edusim study retry {os.path.relpath(file)}")
    if status.done:
        names = [o["name"] for o in opened.store.outcomes][:1]
        mean = f", avg({names[0]})" if names else ""
        by = "arm, policy" if opened.store.study.get("arms") else "policy"
        steps.append(f'edusim study query {path} "select {by}{mean} from runs group by {by}"')
        if opened.study.levers and len(opened.study.levers) > 1:
            steps.append(f"edusim study map {path}")
        steps.append(f"edusim study verify {path}")
    if steps:
        sys.stdout.write(("下一步" if zh else "next") + "\n" + "".join(f"  {step}\n" for step in steps))


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
    zh = lang == "zh"
    if options.json:
        print_json({"ok": True, "job": made.job, "shards": made.shards, "script": made.script, "file": made.file, "dry_run": options.dry_run})
        return 0
    if not made.shards:
        sys.stdout.write("全部已完成，没有可提交的\n" if zh else "every run is done; nothing to submit\n")
    elif options.dry_run:
        sys.stdout.write(made.script)
    else:
        sys.stdout.write(f"{'已提交作业' if zh else 'submitted job'} {made.job}: {made.shards} {'份' if zh else 'shards'}\n")
        sys.stdout.write(f"  {'脚本' if zh else 'script'}: {made.file}\n")
        sys.stdout.write(f"  {'进度' if zh else 'progress'}: edusim study status {options.place} --watch\n")
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
    zh = lang == "zh"
    if not options.watch:
        sys.stdout.write(_line(status, lang) + "\n")
    rows = [("存放处" if zh else "store", str(opened.path))]
    rows += [("正在写" if zh else "writing now", writer) for writer in status.writers]
    for job in _jobs(opened.path):
        shown = job.problem or ", ".join(f"{n} {state}" for state, n in sorted(job.states.items())) or ("已结束" if zh else "over")
        rows.append((f"Slurm {job.job}", f"{job.shards} {'份' if zh else 'shards'}: {shown}"))
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
            line += f"  {'还需约' if lang == 'zh' else 'about'} {left}" + ("" if lang == "zh" else " left")
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
            sys.stdout.write(f"{'已写出' if lang == 'zh' else 'written'}: {file} ({len(frame):,} {'行' if lang == 'zh' else 'rows'})\n")
        return 0
    if options.json:
        print_json({"ok": True, "columns": [str(c) for c in frame.columns], "rows": frame.astype(object).where(frame.notna(), None).to_numpy().tolist()})
        return 0
    sys.stdout.write(_table(frame.head(options.rows)) + "\n")
    if len(frame) > options.rows:
        zh, en = f"… 共 {len(frame):,} 行；--rows 多看，--out 写入文件", f"... {len(frame):,} rows in all; --rows shows more, --out writes them to a file"
        sys.stdout.write((zh if lang == "zh" else en) + "\n")
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
    good = ("逐字节相同" if zh else "same bytes") if found.ok else (f"{len(found.problems)} 处不符" if zh else f"{len(found.problems)} problems")
    if zh:
        sys.stdout.write(f"已存 {found.runs:,} 次推演，文件已核对，重跑 {len(found.again)} 次：{good}\n")
    else:
        sys.stdout.write(f"{found.runs:,} runs stored, files checked, {len(found.again)} run again: {good}\n")
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
