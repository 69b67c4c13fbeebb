"""Help teaches: every verb is grouped, explained and shown by examples that are read, and carried out, as they stand.

A new verb that forgets something fails here with a sentence that says what to add.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from edusim import cli, cli_completion, cli_help, cli_options, cli_output, cli_study_options
from edusim.cli_help import LESSONS, columns, wrapped
from extras import is_answered

ROOT = Path(__file__).resolve().parents[1]
VERBS = [*cli_options.VERBS, *(f"study {name}" for name in cli_study_options.VERBS)]
LANGUAGES = ("zh", "en")
sys.path.insert(0, str(ROOT / "tests"))


@cache
def parsers() -> dict[str, cli_options.Parser]:
    return cli_completion.parsers("en")


def read(line: str) -> tuple[str, Any]:
    """Return the verb of a command line and its options, read by the verb's own parser."""
    words = shlex.split(line)
    name = " ".join(words[:2]) if words[0] == "study" else words[0]
    return name, cli_options.parse(parsers()[name], name, words[len(name.split()) :])


def help_of(name: str, lang: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main([*name.split(), "--help", "--lang", lang]) == 0
    return capsys.readouterr().out


# ---- every verb -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_taught(name: str) -> None:
    add = f"edusim {name}: add to LESSONS in src/edusim/cli_help.py a row `{name!r}: Lesson(group, work, examples, then, zh, en)`"
    assert name in LESSONS, add
    lesson = LESSONS[name]
    assert lesson.group in cli_help.GROUPS, f"{add}; group is one of {', '.join(cli_help.GROUPS)}"
    assert lesson.work in cli_help.WORK, f"{add}; work is one of {', '.join(cli_help.WORK)}"
    assert 2 <= len(lesson.examples) <= 3, f"{add}; with two or three examples"
    assert lesson.then, f"{add}; with what comes next, at least one line"
    for example in (*lesson.examples, *lesson.then):
        assert example.zh and example.en and example.zh != example.en, f"{add}; say in both languages what `edusim {example.line}` does"
    for example in lesson.examples:
        assert example.line.startswith(name), f"edusim {name}: the example `edusim {example.line}` is of another verb; put it under `then`"


def test_no_lesson_is_of_a_verb_that_is_gone() -> None:
    gone = sorted(set(LESSONS) - set(VERBS))
    assert not gone, f"LESSONS in src/edusim/cli_help.py teaches {', '.join(gone)}, which VERBS does not have"


@pytest.mark.parametrize("name", [verb for verb in cli_options.VERBS if verb not in (*cli_options.HERE, "study")])
def test_a_verb_with_a_file_of_its_own_can_be_found(name: str) -> None:
    from importlib import import_module

    add = f"edusim {name}: src/edusim/cli_{name}.py must hold `_parser(lang)` and `{name}(arguments, lang)`"
    module = import_module(f"edusim.cli_{name}")
    assert callable(getattr(module, "_parser", None)) and callable(getattr(module, name, None)), add
    assert isinstance(module._parser("en"), cli_options.Parser), f"{add}; make the parser by cli_options.new_parser"


def test_verbs_here_are_carried_out_here() -> None:
    assert set(cli._ACTIONS) == set(cli_options.HERE)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", [verb for verb in VERBS if verb != "study"])
def test_help_says_what_for_shows_examples_and_what_comes_next(name: str, lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    said, lesson = help_of(name, lang, capsys), LESSONS[name]
    for example in (*lesson.examples, *lesson.then):
        assert f"\n  edusim {example.line}\n" in said
    words = parsers()[name].description or ""
    assert len(words) >= 90, f"edusim {name}: say in LESSONS (zh, en) what it is for; one line is not enough"
    assert ("接下来：" if lang == "zh" else "what comes next:") in said
    assert "%%" not in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("width", [44, 60, 80, 200])
def test_help_fits_the_terminal(width: int, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    most = max(32, min(width, cli_help.WIDEST))
    for name in ("", *(VERBS if width == 60 else ("compare", "validate", "study"))):
        said = help_of(name, lang, capsys)
        for line in said.splitlines():
            # a command line and the text of a file are never cut
            if not re.match(r"  (edusim |  ?[\w.]+: |[\w.]+: )", line):
                assert columns(line) <= most, line


def test_top_help_has_every_verb_once_under_its_task(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, side in (("zh", 0), ("en", 1)):
        said = help_of("", lang, capsys)
        for verb in cli_options.VERBS:
            assert len(re.findall(rf"^  {verb} ", said, re.M)) == 1
            above = said[: said.index(f"\n  {verb} ")]
            heads = [line for line in above.splitlines() if line and not line.startswith(" ")]
            assert heads[-1] == cli_help.GROUPS[LESSONS[verb].group][side]


def test_help_of_a_verb_in_other_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["help", "compare", "--lang", "en"]) == 0
    assert "paired draws" in capsys.readouterr().out
    assert cli.main(["help", "study", "run", "--lang", "en"]) == 0
    assert "usage: edusim study run" in capsys.readouterr().out
    for said, meant in (("simulate", "run"), ("比较", "compare"), ("optimize", "optimise"), ("Sobol", "sensitivity"), ("帮助", "--help")):
        assert cli.main([said, "--lang", "en"]) == 2
        assert f"did you mean {meant}?" in capsys.readouterr().err


def test_other_words_name_verbs() -> None:
    assert set(cli_options.ALSO_CALLED.values()) <= {*cli_options.VERBS, "--help", "--version"}
    assert not set(cli_options.ALSO_CALLED) & set(cli_options.VERBS), "a word of ALSO_CALLED is a verb now: take it out"


#: Verbs that work without words: on the shipped county, or on nothing in particular.
ALONE = ("run", "compare", "validate", "policies", "schema", "doctor", "study", "explore", "app", "notebooks", "map")
NEEDING = [verb for verb in VERBS if verb not in ALONE]


@pytest.mark.parametrize("name", NEEDING)
def test_a_verb_without_words_says_what_to_do(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import subprocess as processes

    say = f"edusim {name} needs something to work on and should say so by cli_options.needed(...); if it works without, name it in ALONE"

    def begun(*_: Any, **__: Any) -> None:
        raise AssertionError(say)

    for place, what in ((cli_output.Progress, "__init__"), (processes, "Popen")):
        monkeypatch.setattr(place, what, begun)  # a verb that sets to work without words is stopped at once
    monkeypatch.chdir(tmp_path)
    for lang, shown in (("zh", "例如"), ("en", "for example")):
        status = cli.main([*name.split(), "--lang", lang])
        out, err = capsys.readouterr()
        assert (status, out) == (2, ""), say
        assert f"{shown} edusim {LESSONS[name].examples[0].line}" in err and f"edusim {name} --help" in err, say
        assert err.count("\n") == 1 and err.endswith("[CLI-OPTION]\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("report", "out/dem"), ("explain", "out/dem", "--yuan"), ("study", "status", "out/dem"), ("discover", "out/dem"),
                                   ("compare", "--roster", "out/dem")], ids=" ".join)  # fmt: skip
def test_what_is_not_there_is_told_with_what_is(words: tuple[str, ...], capsys: pytest.CaptureFixture[str], tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    (tmp_path / "out" / "demo").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert cli.main([*words, "--lang", "en"]) == 2
    assert f"did you mean {os.path.join('out', 'demo')}?" in capsys.readouterr().err


# ---- text that fits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [10, 17, 30, 72])
def test_wrapping_keeps_every_sign_and_the_width(width: int) -> None:
    text = "各项政策在同样的县（157 所学校）、同样的抽签下推演；numpy 2.4.6，见 edusim compare --help。“区间”含 0 就是说不准……"
    lines = wrapped(text, width)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)
    for line in lines:
        assert columns(line) <= width or " " not in line.strip()
        assert line[:1] not in "，。；：、）”…" and line[-1:] not in "（“"
    assert all("2.4.6" in " ".join(lines) for _ in lines)
    assert wrapped("", 10) == [""]


# ---- every example ------------------------------------------------------------------------------------------


def lines() -> Iterator[str]:
    yield from dict.fromkeys(example.line for lesson in LESSONS.values() for example in (*lesson.examples, *lesson.then))


@pytest.mark.parametrize("line", list(lines()))
def test_an_example_is_read_by_its_verb(line: str) -> None:
    name, options = read(line)
    for dest in ("place", "scenario", "file"):
        given = getattr(options, dest, None)
        if given and str(given).startswith("experiments/"):
            assert (ROOT / given).is_file(), f"edusim {line}: {given} is not shipped"
    if getattr(options, "policy", None):
        from edusim.policies import policy_names

        assert options.policy in policy_names()
    assert name in LESSONS


#: What an example works on when it is carried out in small: words of the line -> words in their place.
SMALL = (
    (r"experiments/funding_and_rotation/study\.yaml", "small-study.yaml"), (r"experiments/funding_and_rotation/sensitivity\.yaml", "small-sensitivity.yaml"),
    (r"experiments/what_must_hold/study\.yaml", "small-discover.yaml"), (r"experiments/best_plan/study\.yaml", "small-optimise.yaml"),
    (r"experiments/calibration/", f"{ROOT}/experiments/calibration/"), (r"--draws \d+", "--draws 2 -j 1"), (r" --port \d+", ""),
    (r"out/(funding-and-rotation|what-must-hold|best-plan)\b", r"out/\1-small"),
)  # fmt: skip
#: Examples whose verb is carried out elsewhere: only their plan (-n) is made here, for they make many runs.
PLANNED = ("run", "compare", "study run", "discover", "sensitivity", "optimise", "validate", "calibrate", "explore", "app", "map")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder in which the examples find what they name."""
    import finished_folders

    place = tmp_path_factory.mktemp("examples")
    for kind, folder in (("funding_and_rotation/small.yaml", "study"), ("funding_and_rotation/sensitivity.small.yaml", "sensitivity"),
                         ("what_must_hold/small.yaml", "discover"), ("best_plan/small.yaml", "optimise")):  # fmt: skip
        text = (ROOT / "experiments" / kind).read_text(encoding="utf-8")
        text = re.sub(r"extends: (\S+)", lambda m, k=kind: f"extends: {(ROOT / 'experiments' / k).parent / m[1]}", text)
        (place / f"small-{folder}.yaml").write_text(text, encoding="utf-8")
    here = Path.cwd()
    os.chdir(place)
    try:
        assert cli.main(["compare", "small", "--policies", "status_quo,co_build", "--draws", "2", "--years", "3", "-S", "region.n_pupils=800", "-j", "1", "-q",
                         "--design", "feasible", "--out", "out/demo"]) == 0  # fmt: skip
        assert cli.main(["run", "small", "--policy", "co_build", "--years", "3", "-S", "region.n_pupils=800", "-q", "--out", "out/one"]) == 0
        assert cli.main(["template", "roster.xlsx", "--example"]) == 0
        assert cli.main(["init", "my-study"]) == 0
        finished_folders.sweep(place / "out" / "funding-and-rotation-small")
    finally:
        os.chdir(here)
    return place


@pytest.mark.slow
@pytest.mark.usefixtures("no_pictures")
def test_every_example_does_what_it_says(prepared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """In small, one process for all: what makes runs shows its plan, everything else is carried out."""
    from edusim.study import planning

    known: list[planning.Plan] = []

    def plan(study: Any, *, workers: int, store: Any = None) -> planning.Plan:
        if not known:  # the runs that a plan times are tests of tests/study/test_planning.py: one plan here does it
            known.append(timed(study, workers=1, store=store))
        return known[0]

    timed = planning.plan
    monkeypatch.setattr(planning, "plan", plan)
    monkeypatch.chdir(prepared)
    done, needs_more = [], []  # the store here is planted: that verify finds it out, and waiting, are tests of tests/study
    for line in lines():
        small = line
        for pattern, words in SMALL:
            small = re.sub(pattern, words, small)
        name, options = read(small)
        if name in PLANNED and not getattr(options, "dry_run", False):
            if getattr(options, "partial", False):
                needs_more.append(line)  # of a study half done: tests/discover, tests/study/sensitivity
                continue
            small += " -n"
        if (name == "report" and "demo" not in small) or (name == "study submit" and "dry" not in small) or "--watch" in small or name == "study verify":
            needs_more.append(line)
            continue
        if name == "template":
            small = small.replace("roster.xlsx", "empty.xlsx")
        if name == "init":
            small = small.replace("my-study", "another-study" if "-n" in small else "new-study")
        if name == "notebooks":
            small = small.replace("--run", "-n --force")
        if name == "study map":
            small = re.sub(r" --[xy] \S+", "", small)
        small = small.replace("effects.xlsx", "effects.csv").replace("--year 2028", "--year 2027").replace("--ends 2029", "--ends 2027")
        if name == "report":
            small += " --charts none" if "--charts" not in small else ""
            small += " --force --to html -n" if "-n" not in small else ""
        status = cli.main([*shlex.split(small), "--lang", "en"])
        told = capsys.readouterr()
        assert is_answered(shlex.split(small), status, told.err), f"edusim {line}\n(as edusim {small})\n{told.out[-1500:]}\n{told.err[-1500:]}"
        done.append(line)
    assert len(done) >= 0.7 * (len(done) + len(needs_more)), needs_more


def test_help_is_quick_enough_to_be_asked_for() -> None:
    """Processor time of a start, which a busy machine does not stretch."""
    import resource

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "edusim", "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.4
