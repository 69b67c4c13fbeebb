"""``edusim calibrate``: recover planted parameters, fit a county's tables, predict what was held out."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import interrupts
from edusim.cli_help import columns as _wide
from edusim.cli_options import MAX_WORKERS, Parser, common_options, needed, new_parser, parse, whole
from edusim.cli_output import Progress, print_json, whisper
from edusim.language import text as worded

if TYPE_CHECKING:
    import argparse

    from edusim.calibrate import OpenCalibration

DOES = ("从一个县的统计表能学到什么；拟合，并预测留出的数", "what can be learned from a county's tables; fit them, predict what was held out")
_VERDICTS = {"yes": ("能识别", "yes"), "partly": ("部分", "partly"), "no": ("不能", "no")}
_FILE = """schema_version: 1
kind: calibrate
name: {zh: 我县, en: My county}
set: {region.n_pupils: 20000, years: 4}
policy: status_quo                 # POLICY
fit:                               # FIT
  workforce.resign: {}
  families.exit_grade7: {range: [0.0, 0.1]}
tables: [my-county.csv]            # TABLE
hold_out: {years: [2028]}          # HELD
store: {path: out/my-county}"""
_NOTES = {
    "POLICY": ("这些数是在哪种政策下产生的", "under which policy the numbers came about"),
    "FIT": ("行为参数或生成参数；{} 取声明的范围", "behaviour or region parameters; {} takes the declared range"),
    "TABLE": ("列：measure, stage, year, value（可加 se, n, county）", "columns measure, stage, year, value (and se, n, county)"),
    "HELD": ("不参加拟合，用来检验", "predicted, not fitted"),
}


def _parser(lang: str) -> Parser:
    parser, positionals, options, say = new_parser("calibrate", DOES, lang)
    text = _FILE
    for key, words in _NOTES.items():
        text = text.replace(key, words[0 if lang == "zh" else 1])
    parser.epilog = say("校准文件：", "a calibration file:") + "\n" + "\n".join("  " + line for line in text.replace("%", "%%").splitlines())
    positionals.add_argument("file", nargs="?", help=say("校准文件（YAML）", "calibration file (YAML)"))
    add = options.add_argument
    add("--recover", action="store_true",
        help=say("先问能不能学到：埋入已知参数，用模拟的表拟合回来",
                 "ask first what can be learned: plant known parameters and fit them back from simulated tables"))  # fmt: skip
    add("-j", "--workers", metavar="N", type=whole("-j", 1, MAX_WORKERS), default=None,
        help=say("进程数，默认本机核数；结果逐位相同", "processes; all cores if left out; the result has the same bits"))  # fmt: skip
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[],
        help=say("改文件里的一个取值，可多次使用", "change a value of the file; may be given several times"))  # fmt: skip
    add("--fresh", action="store_true", help=say("把原有结果移到一边，重新开始", "move what is stored aside and begin anew"))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=say("只显示将做什么", "show what would be done"))
    add("-q", "--quiet", action="store_true", help=say("不显示进度", "show no progress"))
    common_options(add, say)
    return parser


def calibrate(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim calibrate ...`` and return the exit status.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "calibrate", arguments)
    options.file = needed(options.file, "calibrate", "校准文件", "a calibration file")
    from edusim import scenario
    from edusim.calibrate import open_calibration

    opened = open_calibration(options.file, scenario.settings(options.settings) or None)
    if options.dry_run:
        return _plan(opened, options, lang)
    progress = Progress(options.quiet)
    try:
        verb = opened.recover if options.recover else opened.fit
        found = verb(workers=options.workers, fresh=options.fresh, progress=progress)
    except KeyboardInterrupt:
        interrupts.answered()
        again = f"edusim calibrate {options.file}" + (" --recover" if options.recover else "")
        whisper(worded("calibrate.interrupted_trials_that_were", lang, again=again))  # fmt: skip
        raise
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": True, "folder": str(opened.path), **found})
    else:
        sys.stdout.write(text(found, lang) + "\n")
        _tell_files(opened, options.recover, lang)
    return 0


def _plan(opened: OpenCalibration, options: argparse.Namespace, lang: str) -> int:
    c = opened.calibration
    trials = c.start if options.recover else c.start + c.guided
    plan = {"parameters": [f.name for f in c.factors], "targets": [t.name for t in c.targets], "held_out": [t.name for t in c.held],
            "trials": trials, "runs": trials * c.draws, "pupils": c.scenario.region_spec.n_pupils, "store": str(c.store)}  # fmt: skip
    if options.json:
        print_json({"ok": True, "dry_run": True, "plan": plan})
        return 0
    zh = {"parameters": "参数", "targets": "目标", "held_out": "留出", "trials": "试验", "runs": "推演次数", "pupils": "学生数", "store": "结果文件夹"}
    sys.stdout.write(worded("calibrate.plan_only_nothing_was", lang))
    for key, value in plan.items():
        shown = ", ".join(value) if isinstance(value, list) else f"{value:,}" if isinstance(value, int) else value
        sys.stdout.write(f"  {zh[key] if lang == 'zh' else key.replace('_', ' ')}: {shown}\n")
    return 0


def _tell_files(opened: OpenCalibration, recover: bool, lang: str) -> None:
    shown = os.path.relpath(opened.path)
    sys.stdout.write(f"{worded('calibrate.folder', lang)}: {shown}\n")
    if not recover:
        for scope in opened.calibration.scopes:
            file = Path(shown) / f"{scope}.yaml"
            key = "behaviour" if scope == "behaviour" else "region.file"
            sys.stdout.write(f"  {worded('calibrate.for_a_scenario', lang)}  {key}: {file}\n")


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as aligned columns; the first to the left, the others to the right."""
    widths = [max(_wide(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for i, row in enumerate(rows):
        cells = [row[0] + " " * (widths[0] - _wide(row[0]))]
        cells += [" " * (w - _wide(c)) + c for c, w in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join(cells).rstrip())
        if i == 0:
            lines.append("-" * (sum(widths) + 2 * (len(widths) - 1)))
    return "\n".join(lines)


def text(found: Mapping[str, Any], lang: str) -> str:
    """Return a result as a reader of a terminal sees it."""
    from edusim.report.language import limits

    zh = lang == "zh"
    side = 0 if zh else 1
    lines = [found[worded("calibrate.name_en", lang)], *limits(lang)]
    if found["scopes"] == ["region"]:
        lines.append(worded("calibrate.this_fits_the_generator", lang))  # fmt: skip
    body = _recovery(found, side) if found["kind"] == "recovery" else _fit(found, side)
    lines += ["", *body]
    if found["without"]:
        names = ", ".join(found["without"])
        lines.append(worded("calibrate.in_the_tables_without", lang, names=names))
    failed = sum(found["failed"].values())
    if failed:
        lines.append(worded("calibrate.runs_failed", lang, failed=failed))
    lines.append(worded("calibrate.parameter_sets_runs", lang, trials=found['trials'], runs=found['runs']))
    return "\n".join(lines)


def _recovery(found: Mapping[str, Any], side: int) -> list[str]:
    head = (("参数", "能否识别", "误差/范围", "近优宽度/范围", "覆盖", "主要由谁说明"),
            ("parameter", "identified", "error/range", "near-best/range", "held the truth", "told by"))[side]  # fmt: skip
    n = len(found["truths"])
    rows: list[Sequence[str]] = [head]
    for p in found["parameters"]:
        best = p["told_by"][0]
        rows.append((p["path"], _VERDICTS[p["verdict"]][side], f"{p['error']:.2f}", f"{p['width']:.2f}", f"{p['held']}/{n}",
                     best["target"] if best["signal"] >= 1 and p["verdict"] != "no" else "–"))  # fmt: skip
    lines = [_table(rows), ""]
    cannot = [p["path"] for p in found["parameters"] if p["verdict"] == "no"]
    if cannot:
        names = ", ".join(cannot)
        lines.append(f"从这些表学不到：{names}" if side == 0 else f"cannot be learned from these tables: {names}")
    narrow = [p["path"] for p in found["parameters"] if p["too_narrow"]]
    if narrow:
        names = ", ".join(narrow)
        lines.append(f"区间偏窄，不可尽信：{names}" if side == 0 else f"intervals too narrow to be trusted: {names}")
    k = found["given_by_the_model"]
    lines.append(f"埋入 {n} 组；其中 {k} 组，模型在拟合值上确能给出这样的表（p ≥ 0.05）" if side == 0
                 else f"{n} planted sets; at the fitted values of {k} the model itself gives such a table (p >= 0.05)")  # fmt: skip
    return lines


def _fit(found: Mapping[str, Any], side: int) -> list[str]:
    rows: list[Sequence[str]] = [(("参数", "最优", "近优范围", "原值", "能否识别", "写入文件"),
                                  ("parameter", "best", "near-best", "file's value", "identified", "written"))[side]]  # fmt: skip
    for p in found["parameters"]:
        near = f"{p['near_low']:.4g} – {p['near_high']:.4g}"
        rows.append((p["path"], f"{p['best']:.4g}", near, f"{p['default']:.4g}", _VERDICTS[p["verdict"]][side], f"{p['value']:.4g}"))
    lines = [_table(rows), ""]
    head = (("目标", "表中值", "模型", "90% 区间", "误差（标准误）"), ("target", "table", "model", "90% interval", "error in SE"))[side]
    for part, title in (("targets", ("拟合", "fitted")), ("held", ("留出，未参加拟合", "held out, not fitted"))):
        if found[part]:
            body: list[Sequence[str]] = [head]
            for r in found[part]:
                name = r["target"] + (f" {r['county']}" if r["county"] else "")
                error = "–" if r["error"] is None else f"{r['error']:+.1f}"
                mark = "" if r["inside"] else " *"
                body.append((name, f"{r['value']:.4g}", f"{r['model']:.4g}", f"{r['low']:.4g} – {r['high']:.4g}{mark}", error))
            lines += [title[side], _table(body), ""]
    d = found["distance"]
    fits = d["p"] is None or d["p"] >= 0.05
    p = "–" if d["p"] is None else f"{d['p']:.3f}"
    lines.append(
        f"J = {d['J']:.1f}，自由度 {d['df']:.1f}，p = {p}：" + ("模型能给出这样的表" if fits else f"模型给不出这样的表，区间已放宽 {d['stretch']:.1f} 倍")
        if side == 0 else
        f"J = {d['J']:.1f}, {d['df']:.1f} degrees of freedom, p = {p}: "
        + ("the model can give such tables" if fits else f"the model cannot give these tables; thresholds are stretched {d['stretch']:.1f} times")
    )  # fmt: skip
    if found["held_n"]:
        lines.append(f"留出 {found['held_n']} 个数，{found['held_inside']} 个在 90% 区间内" if side == 0
                     else f"{found['held_n']} numbers held out, {found['held_inside']} inside their 90% interval")  # fmt: skip
    return lines
