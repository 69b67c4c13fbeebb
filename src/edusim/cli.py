"""The command line: ``edusim COMMAND ...``; the commands are those of :data:`edusim.cli_options.VERBS`.

A user's mistake ends in one line in the reader's language with a stable code, never in a traceback.
Exit status: 0 done, 1 failure, 2 usage or configuration, 3 roster data, 130 interrupted. Results go
to standard output, progress and errors to standard error; with ``--json`` standard output holds one JSON
object, also when something is wrong.

Heavy libraries are imported by the verb that needs them, so that help stays quick.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim import cli_policies, deprecations, interrupts
from edusim.cli_options import ALSO_CALLED, VERBS, language_of, needed, read_options, top_help, usage
from edusim.cli_output import Progress, check_folder, failure, next_steps, print_json, save, what_is_outdated, whisper
from edusim.errors import ConfigError, DataError, DataErrors, EdusimError, RunError, did_you_mean, language, near_path
from edusim.language import text as worded

if TYPE_CHECKING:
    import argparse

    from edusim.region.roster_report import CheckReport
    from edusim.scenario import Scenario

INTERRUPTED = 130


def _compiling(lang: str) -> str:
    from edusim import _compile

    if _compile.is_cold():
        return worded("main.first_run_compiling_the", lang)
    return worded("main.simulating", lang)


def _print_table(result: Any, folder: Path, lang: str) -> None:
    sys.stdout.write(str(result.table(lang)).rstrip() + "\n")
    manifest = getattr(result, "manifest", None) or {}
    if "agents" in manifest:
        agents, rules = manifest["agents"], manifest["rules_on"]
        imputed = sum(manifest["imputed"].values())
        counts = {name: agents[f"n_{name}"] for name in ("schools", "pupils", "teachers", "groups")}
        sys.stdout.write(worded("main.agents", lang, **counts, n=len(rules), rules=", ".join(rules)) + "\n")
        if imputed:
            sys.stdout.write(f"{worded('main.cells_drawn_from_reference', lang)}: {imputed:,}\n")
    sys.stdout.write(f"{worded('main.folder', lang)}: {folder}\n")
    steps = [f"report {folder}"] if isinstance(manifest.get("policies"), list) and len(manifest["policies"]) > 1 else []
    sys.stdout.write(next_steps([*steps, f"explain {folder} --yuan"], lang))


def _scenario(options: argparse.Namespace) -> Scenario:
    from edusim import scenario

    # the words of the command line first: a slip of the keyboard is told before any file is read
    if options.mapping is not None and options.roster is None:
        usage("CLI-OPTION", "--mapping 须与 --roster 同用", "--mapping is used together with --roster")
    changes: dict[str, Any] = dict(scenario.settings(options.settings))
    if options.years is not None:
        changes["years"] = options.years
    if options.dates is not None:
        changes["dates"] = options.dates
    if options.roster is not None:
        region: dict[str, Any] = {"kind": "roster", "path": os.path.abspath(options.roster)}
        if not os.path.exists(options.roster):
            raise ConfigError(
                "CFG-NO-FILE", f"找不到花名册 {options.roster[:120]}", f"there is no roster {options.roster[:120]}", where="--roster",
                mend_zh=near_path(options.roster)[0], mend_en=near_path(options.roster)[1],
            )  # fmt: skip
        if options.mapping is not None:
            is_file = options.mapping.endswith((".yaml", ".yml"))
            region["mapping"] = os.path.abspath(options.mapping) if is_file else options.mapping
        changes = {"region": region, **changes}
    found = scenario.load(options.scenario)
    return found.with_(changes) if changes else found


def _cores() -> int:
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:  # not every system tells
        return os.cpu_count() or 1


def _out(options: argparse.Namespace) -> Path:
    if options.out is not None:
        if not options.out.strip() or "\0" in options.out:
            usage("CLI-VALUE", "--out 须是文件夹名", "--out must be the name of a folder")
        return Path(options.out)
    name = re.sub(r"[^\w-]+", "-", Path(options.roster or options.scenario).stem) or "run"
    return Path("out") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def _plan(plan: dict[str, Any], options: argparse.Namespace, lang: str) -> int:
    if options.json:
        print_json({"ok": True, "dry_run": True, "plan": plan})
        return 0
    words = {
        "scenario": ("情景", "scenario"), "hash": ("校验值", "hash"), "policies": ("政策", "policies"),
        "baseline": ("对照", "baseline"), "designs": ("设计", "designs"), "draws": ("抽样次数", "draws"),
        "years": ("年份", "years"), "dates": ("政策日期", "dates"), "seed": ("种子", "seed"), "workers": ("进程数", "workers"),
        "rules_on": ("启用的规则", "rules on"), "runs": ("推演次数", "runs"), "pupils": ("学生数", "pupils"),
        "pupil_years": ("学生·年", "pupil-years"), "out": ("结果文件夹", "folder"), "roster": ("花名册", "roster"),
    }  # fmt: skip
    sys.stdout.write(worded("main.plan_only_nothing_was", lang))
    for key, value in plan.items():
        if value is not None:
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else f"{value:,}" if key in (
                "pupils", "pupil_years") else value  # fmt: skip
            sys.stdout.write(f"  {words[key][0 if lang == 'zh' else 1]}: {shown}\n")
    return 0


def _plan_of(scenario: Scenario, policies: Sequence[str], runs: int, folder: Path) -> dict[str, Any]:
    pupils = scenario.region_spec.n_pupils or None
    return {
        "scenario": scenario.name_en or scenario.file,
        "hash": scenario.hash,
        "roster": scenario.region_spec.path or None,
        "policies": list(policies),
        "years": f"{scenario.base_year + 1}-{scenario.last_year}",
        "dates": scenario.dates,
        "rules_on": sorted(scenario.rules_on),
        "pupils": pupils,
        "runs": runs,
        "pupil_years": None if pupils is None else pupils * scenario.years * runs,
        "out": str(folder),
    }


def _run(options: argparse.Namespace, lang: str) -> int:
    folder = _out(options)
    scenario = _scenario(options)
    scenario.parameters(options.policy)  # an unknown policy is refused before any work
    if options.dry_run:
        plan = _plan_of(scenario, [options.policy], 1, folder)
        return _plan(plan | {"seed": options.seed}, options, lang)
    check_folder(folder, options.force)
    from edusim import runs

    progress = Progress(options.quiet)
    try:
        progress.note(_compiling(lang))
        result = runs.run(
            scenario, policy=options.policy, seed=options.seed, draw=options.draw, records=options.records, threads=options.threads,
            progress=progress,
        )  # fmt: skip
        save(result, folder, progress, lang)
    finally:
        progress.stop()
    if options.json:
        print_json({"ok": True, "folder": str(folder), "manifest": result.manifest})
    else:
        _print_table(result, folder, lang)
    return 0


def _policies(text: str) -> list[str]:
    named = [p for p in re.split(r"[,，\s]+", text) if p]
    if not named:
        example = "status_quo,fusion"
        usage("CLI-VALUE", "--policies 为空", "--policies names no policy", (f"例如 {example}", f"for example {example}"))
    if named == ["all"]:
        from edusim import documents

        named = list(documents.named())
        if not named:
            usage("CLI-VALUE", "没有随附的政策文件（role: document）", "no shipped policy has role: document")
    twice = next((p for p in named if named.count(p) > 1), None)
    if twice is not None:
        usage("CLI-VALUE", f"--policies 中 {twice} 出现两次", f"--policies names {twice} twice")
    return named


def _compare(options: argparse.Namespace, lang: str) -> int:
    named = None if options.policies is None else _policies(options.policies)
    folder = _out(options)
    if options.counties == "own":
        return _own_counties(options, lang, named, folder)
    scenario = _scenario(options)
    policies = list(scenario.policies) if named is None else named
    for policy in [*policies, options.baseline]:
        scenario.parameters(policy)  # an unknown policy is refused before any work
    if options.baseline not in policies:
        policies.insert(0, options.baseline)
    if len(policies) < 2:
        usage("CLI-VALUE", "至少要有一项政策与对照比较", "there must be a policy to compare with the baseline",
              ("例如 --policies status_quo,fusion", "for example --policies status_quo,fusion"))  # fmt: skip
    designs = ("feasible", "identical") if options.design == "both" else (options.design,)
    workers = options.workers or _cores()
    if options.dry_run:
        plan = _plan_of(scenario, policies, len(policies) * len(designs) * options.draws, folder)
        plan |= {"baseline": options.baseline, "designs": designs, "draws": options.draws, "seed": options.seed, "workers": workers}
        return _plan(plan, options, lang)
    check_folder(folder, options.force)
    from edusim import runs

    progress = Progress(options.quiet)
    try:
        progress.note(_compiling(lang))
        result = runs.compare(
            scenario, policies=policies, draws=options.draws, seed=options.seed, workers=workers,
            baseline=options.baseline, designs=designs, progress=lambda done, total, _: progress(done, total),
        )  # fmt: skip
        save(result, folder, progress, lang)
    finally:
        progress.stop()
    if options.json:
        effects = result.effects.to_dict("records")
        print_json({"ok": True, "folder": str(folder), "manifest": result.manifest, "effects": effects})
    else:
        _print_table(result, folder, lang)
    return 0


def _own_counties(options: argparse.Namespace, lang: str, named: list[str] | None, folder: Path) -> int:
    """Compare each policy with the baseline on a county of its own shape."""
    if options.roster is not None:
        usage("CLI-OPTION", "--counties own 与 --roster 不能同时使用", "--counties own cannot be used together with --roster")
    from edusim import documents, scenario

    named = [key for key in (named or _policies("all")) if key != options.baseline]
    if not named:
        usage("CLI-VALUE", "没有要与对照比较的政策", "there must be a policy to compare with the baseline")
    changes: dict[str, Any] = dict(scenario.settings(options.settings))
    if options.years is not None:
        changes["years"] = options.years
    scenarios = documents.own_scenarios(named, options.baseline, options.scenario, changes)
    designs = ("feasible", "identical") if options.design == "both" else (options.design,)
    workers = options.workers or _cores()
    if options.dry_run:
        counties = [f"{key}: {found.name_zh if lang == 'zh' else found.name_en}" for key, found in scenarios.items()]
        plan = {"scenario": "own", "policies": counties, "baseline": options.baseline, "designs": designs, "draws": options.draws,
                "seed": options.seed, "workers": workers, "runs": 2 * len(named) * len(designs) * options.draws, "out": str(folder)}  # fmt: skip
        return _plan(plan, options, lang)
    check_folder(folder, options.force)
    progress = Progress(options.quiet)
    try:
        progress.note(_compiling(lang))
        result = documents.compare_own(
            scenarios, baseline=options.baseline, draws=options.draws, seed=options.seed, workers=workers,
            designs=designs, progress=progress,
        )  # fmt: skip
        save(result, folder, progress, lang)
    finally:
        progress.stop()
    if options.json:
        effects = {key: part.effects.to_dict("records") for key, part in result.parts.items()}
        print_json({"ok": True, "folder": str(folder), "manifest": result.manifest, "effects": effects})
    else:
        _print_table(result, folder, lang)
    return 0


def _check(options: argparse.Namespace, lang: str) -> int:
    options.file = needed(options.file, "check", "要检查的文件", "the file to check")
    if options.file.endswith((".yaml", ".yml")):
        from edusim import configfile, scenario

        kind = configfile.read(options.file).mapping((), None).get("kind") if os.path.exists(options.file) else None
        if kind is not None and kind.value == "policy":
            return cli_policies.check(options, lang)

        found = scenario.load(options.file)
        if options.json:
            print_json({"ok": True, "kind": "scenario", "hash": found.hash, "policies": found.policies})
        else:
            good = worded("main.can_be_used", lang)
            sys.stdout.write(f"{options.file}: {good} ({', '.join(found.policies)}; {found.hash[:12]})\n")
        return 0
    from edusim.region import roster, roster_totals

    report = roster_totals.told_as_one(options.file, roster.check(options.file, mapping=options.mapping))
    written = None if options.dry_run else _mark(options, report, lang)
    key = _key(options) if report.ok and options.key is not None else None
    if options.json:
        print_json(report.as_dict() | {"file": None if written is None else str(written), "key": None if key is None else str(key)})
    else:
        sys.stdout.write(report.text(lang).rstrip() + "\n")
        if written is not None:
            sys.stdout.write(worded("roster.written", lang, path=written) + "\n")
        if key is not None:
            sys.stdout.write(worded("roster.key", lang, path=key) + "\n")
    return 0 if report.ok else 3


def _key(options: argparse.Namespace) -> Path | None:
    """Write which school has which pseudonym, where the reader asked for it."""
    from edusim.region import roster

    target = Path(options.key)
    if not options.key.strip() or "\0" in options.key or target.suffix.lower() != ".csv":
        usage("CLI-VALUE", f"--key 须是 .csv 文件，得到 {options.key[:60]!r}", f"--key is a .csv file, got {options.key[:60]!r}")
    if target.exists():
        raise RunError(
            "RUN-EXISTS", "此处已有文件", "a file is there already", where=str(target), mend_zh="请换一个名字", mend_en="choose another name"
        )
    return None if options.dry_run else roster.from_roster(options.file, options.mapping).write_key(target)


def _mark(options: argparse.Namespace, report: CheckReport, lang: str) -> Path | None:
    """Write the checked roster with its cells marked; a place that was not named may fail without harm."""
    from edusim.region import roster_marking

    if options.out is not None:
        target = Path(options.out)
        if not target.absolute().parent.is_dir():
            raise failure(NotADirectoryError(errno.ENOTDIR, "Not a directory"), target)
        if target.exists() and not roster_marking.is_ours(target):
            raise RunError(
                "RUN-EXISTS", "此处已有文件", "a file is there already", where=str(target),
                mend_zh="请换一个名字", mend_en="choose another name",
            )  # fmt: skip
        return roster_marking.marked(options.file, report, target, lang) if os.path.exists(options.file) else None
    if not roster_marking.is_worth_marking(report):
        return None
    try:
        return roster_marking.marked(options.file, report, roster_marking.checked_path(options.file), lang)
    except DataError as problem:
        sys.stderr.write(worded("roster.not_written", lang, why=problem.message(lang)) + "\n")
        return None


def _template(options: argparse.Namespace, lang: str) -> int:
    path = Path(needed(options.file, "template", "要写的文件", "the file to write"))
    if path.suffix.lower() != ".xlsx":
        usage("CLI-VALUE", f"模板须是 .xlsx 文件，得到 {path.name[:80]!r}", f"a template is an .xlsx file, got {path.name[:80]!r}")
    if os.path.lexists(path) and (not options.force or not path.is_file()):
        raise RunError(
            "RUN-EXISTS", "此处已有文件", "a file is there already", where=str(path),
            mend_zh="请换一个名字，或加 --force 替换", mend_en="choose another name, or add --force to replace it",
        )  # fmt: skip
    if not path.absolute().parent.is_dir():
        raise failure(NotADirectoryError(errno.ENOTDIR, "Not a directory"), path)
    if options.dry_run:
        if options.json:
            print_json({"ok": True, "dry_run": True, "file": str(path)})
        else:
            sys.stdout.write(worded("main.plan_only_nothing_was", lang) + f"  {path}\n")
        return 0
    from edusim.region.roster_template import template

    template(path, lang, example=options.example)
    if options.json:
        print_json({"ok": True, "file": str(path)})
    else:
        sys.stdout.write(f"{worded('main.written', lang)}: {path}\n" + next_steps([f"check {path}"], lang))
    return 0


def _explain(options: argparse.Namespace, lang: str) -> int:
    options.folder = needed(options.folder, "explain", "结果文件夹", "the folder of a result")
    if options.teacher is None and options.school is None and options.group is None and not options.yuan:
        usage("CLI-OPTION", "请给出 --teacher、--school、--group 或 --yuan", "give --teacher, --school, --group or --yuan")
    if not Path(options.folder).is_dir():
        raise ConfigError(
            "CFG-NO-FILE", "没有这个结果文件夹", "there is no such folder of a result", where=options.folder[:120],
            mend_zh=near_path(options.folder)[0], mend_en=near_path(options.folder)[1],
        )  # fmt: skip
    from edusim import explain

    told = explain.as_data(
        options.folder, teacher=options.teacher, school=options.school, group=options.group, yuan=options.yuan,
        year=options.year, policy=options.policy, draw=options.draw, lang=lang,
    )  # fmt: skip
    if options.json:
        print_json({"ok": True, **told})
    else:
        sys.stdout.write(told["text"].rstrip() + "\n")
    return 0


def _doctor(options: argparse.Namespace, lang: str) -> int:
    from edusim import doctor

    findings = doctor.examine(_cores())
    if options.lang is not None:
        findings["terminal"]["language_from"] = "--lang"
    if options.json:
        print_json(findings)
    else:
        sys.stdout.write(doctor.text(findings, lang) + "\n")
    return 0 if findings["ok"] else 1


_ACTIONS: dict[str, Callable[[argparse.Namespace, str], int]] = {
    "run": _run,
    "compare": _compare,
    "check": _check,
    "template": _template,
    "policies": cli_policies.policies,
    "init": cli_policies.init,
    "schema": cli_policies.schema,
    "explain": _explain,
    "doctor": _doctor,
}


def _dispatch(arguments: Sequence[str], lang: str) -> int:
    rest = list(arguments)
    while rest and rest[0].startswith("--lang"):  # the language may also stand before the command
        rest = rest[1:] if "=" in rest[0] else rest[2:]
    if not rest or rest[0] in ("-h", "--help", "help"):
        if rest[1:] and rest[0] == "help" and rest[1] in VERBS:
            return _dispatch([*rest[1:], "--help"], lang)
        sys.stdout.write(top_help(lang) + "\n")
        return 0 if rest else 2
    if rest[0] in ("--version", "-V"):
        from edusim import __version__

        sys.stdout.write(f"edusim {__version__}\n")
        return 0
    verb = deprecations.current("verb", rest[0])
    rest = [verb, *deprecations.options(verb, rest[1:])]
    if verb not in VERBS:
        meant = ALSO_CALLED.get(verb.lower())
        zh, en = (f"您是否想写 {meant}？", f"did you mean {meant}?") if meant else did_you_mean(verb, VERBS)
        kind = ("选项", "option") if verb.startswith("-") else ("命令", "command")
        usage("CLI-COMMAND", f"没有{kind[0]} {verb[:60]}", f"there is no {kind[1]} {verb[:60]}", (zh, en))
    before = os.environ.get("EDUSIM_LANG")
    if lang != language():
        os.environ["EDUSIM_LANG"] = lang  # what works below, in other processes too, speaks the language that was asked for
    try:
        if verb in _ACTIONS:
            return _ACTIONS[verb](read_options(verb, rest[1:], lang), lang)
        module = import_module(f"edusim.cli_{verb}")  # a verb with a file of its own: cli_NAME.py holds NAME(arguments, lang)
        return int(getattr(module, verb)(rest[1:], lang))
    finally:
        if before is None:
            os.environ.pop("EDUSIM_LANG", None)
        else:
            os.environ["EDUSIM_LANG"] = before


def _report(problem: EdusimError, lang: str, as_json: bool) -> int:
    if as_json:
        shown: dict[str, Any] = {"ok": False, "error": problem.as_dict(), "exit_code": problem.exit_code}
        if isinstance(problem, DataErrors):
            shown["errors"] = [e.as_dict() for e in problem.errors]
        print_json(shown)
    whisper(f"edusim: {' '.join(problem.message(lang).split())}")
    return problem.exit_code


def _farewell(words: Sequence[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break the farewell
    interrupts.answered()
    try:
        lang = language_of(words)
    except EdusimError:
        lang = language()
    whisper(worded("main.edusim_interrupted_no_result", lang))
    return INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line and return its exit status.

    Parameters
    ----------
    arguments
        Words after ``edusim``; those of the process if left out.

    Returns
    -------
    int
        0 done, 1 failure, 2 usage or configuration, 3 roster data, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None and not os.environ.get("EDUSIM_DEBUG"):
        # Ctrl-C may fall into a library that is half-way through making something; its destructor would print a traceback.
        sys.unraisablehook = lambda _: None
    for stream in (sys.stdout, sys.stderr):
        # a terminal that cannot show Chinese gets marks for it, not a failure
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    with interrupts.minded(last=arguments is None):
        try:
            return _answer(words)
        except KeyboardInterrupt:
            return _farewell(words)
        except BrokenPipeError:
            # The reader has gone (`edusim ... | head`): what was to be written is written; say nothing.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0


def _answer(words: Sequence[str]) -> int:
    lang, as_json = language(), "--json" in words
    try:
        lang = language_of(words)
        with what_is_outdated(lang):
            status = _dispatch(words, lang)
    except SystemExit as asked:  # argparse after --help
        status = int(asked.code or 0)
    except Exception as problem:
        # A compiled loop that returns with an interrupt pending gives a SystemError; a library that had swallowed an
        # interrupt may stumble later over what it left undone.
        if interrupts.asked() or interrupts.caused_by_interrupt(problem):
            raise KeyboardInterrupt from None
        if isinstance(problem, EdusimError):
            status = _report(problem, lang, as_json)
        elif isinstance(problem, BrokenPipeError) or os.environ.get("EDUSIM_DEBUG"):
            raise
        else:
            status = _report(failure(problem), lang, as_json)
    sys.stdout.flush()
    return status


if __name__ == "__main__":
    sys.exit(main())
