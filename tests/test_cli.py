"""The command line: every mistake is one clear line with a code and the right exit status."""

from __future__ import annotations

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import tomllib
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

import edusim as package
from edusim import cli, cli_options, cli_output, scenario
from edusim.errors import EdusimError, RunError

COMMAND = [sys.executable, "-m", "edusim"]


def edusim(arguments: list[str], folder: Path | None = None, **more: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, timeout=300, check=False, **more)


def one_line(text: str, code: str) -> None:
    lines = text.splitlines()
    assert len(lines) == 1, text
    assert lines[0].endswith(f"[{code}]"), text
    assert "Traceback" not in text


# ---------------------------------------------------------------------------------------------------
# Usage

USAGE = [
    (["comprae"], "CLI-COMMAND", "did you mean compare?"),
    (["--drawz"], "CLI-COMMAND", "no option --drawz"),
    (["compare", "--drawz", "3"], "CLI-OPTION", "did you mean --draws?"),
    (["compare", "--draws=x"], "CLI-VALUE", "--draws must be a whole number"),
    (["compare", "--draws", "0"], "CLI-VALUE", "from 1 to"),
    (["compare", "--draws", "1_0"], "CLI-VALUE", "'1_0'"),
    (["compare", "--draws", "\uff11\uff10"], "CLI-VALUE", "--draws"),
    (["compare", "--draws", "1e3"], "CLI-VALUE", "--draws"),
    (["compare", "--draws", "9" * 40], "CLI-VALUE", "--draws"),
    (["compare", "--draws"], "CLI-OPTION", "--draws needs a value"),
    (["compare", "--years", "61"], "CLI-VALUE", "from 1 to 60"),
    (["compare", "--seed", "-1"], "CLI-VALUE", "--seed"),
    (["compare", "-j", "0"], "CLI-VALUE", "-j"),
    (["compare", "--design", "identicle"], "CLI-VALUE", "did you mean identical?"),
    (["compare", "--policies", "status_quo,fuson"], "CFG-UNKNOWN-POLICY", "did you mean fusion?"),
    (["compare", "--policies", "fusion,fusion"], "CLI-VALUE", "twice"),
    (["compare", "--policies", ","], "CLI-VALUE", "names no policy"),
    (["compare", "--policies", "status_quo"], "CLI-VALUE", "baseline"),
    (["compare", "--baseline", "statusquo"], "CFG-UNKNOWN-POLICY", "did you mean status_quo?"),
    (["compare", "countty"], "CFG-NO-FILE", "did you mean county?"),
    (["compare", "small", "left", "over"], "CLI-OPTION", "unexpected argument 'left'"),
    (["compare", "-S", "rotation.shar=0.1"], "CFG-UNKNOWN-KEY", "did you mean rotation.share?"),
    (["compare", "-S", "rotation.share"], "CFG-SETTING", ""),
    (["compare", "-S", "rotation.share=lots"], "CFG-TYPE", "rotation.share"),
    (["compare", "-S", "rotation.share=0.9"], "CFG-RANGE", "rotation.share"),
    (["compare", "--mapping", "x"], "CLI-OPTION", "together with --roster"),
    (["compare", "--roster", "absent.xlsx"], "CFG-NO-FILE", "absent.xlsx"),
    (["compare", "--json=yes"], "CLI-OPTION", "takes no value"),
    (["compare", "--out", ""], "CLI-VALUE", "--out"),
    (["run", "small", "--policy", "fuson"], "CFG-UNKNOWN-POLICY", "did you mean fusion?"),
    (["run", "small", "--records", "alll"], "CLI-VALUE", "did you mean all?"),
    (["run", "--lang", "fr"], "CLI-VALUE", "--lang"),
    (["check"], "CLI-OPTION", "name the file"),
    (["template"], "CLI-OPTION", "name the file"),
    (["template", "roster.csv"], "CLI-VALUE", ".xlsx"),
    (["explain"], "CLI-OPTION", "name the folder"),
    (["explain", "out/absent"], "CLI-OPTION", "--teacher, --school, --group or --yuan"),
    (["explain", "out/absent", "--school", "3"], "CFG-NO-FILE", "out/absent"),
    (["explain", "x", "--school", "3", "--group", "1"], "CLI-OPTION", "together with"),
    (["explain", "x", "--yuan", "--group", "1"], "CLI-OPTION", "together with"),
    (["explain", "x", "--group", "1", "--year", "soon"], "CLI-VALUE", "--year"),
    (["compare", "--dates", "docment"], "CLI-VALUE", "did you mean document?"),
    (["run", "--dates"], "CLI-OPTION", "--dates needs a value"),
    (["doctor", "--fix"], "CLI-OPTION", "no option --fix"),
]


@pytest.mark.parametrize(("arguments", "code", "phrase"), USAGE, ids=lambda a: " ".join(a)[:40] if isinstance(a, list) else "")
def test_bad_usage_is_one_line(
    arguments: list[str], code: str, phrase: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    one_line(err, code)
    assert phrase in err
    monkeypatch.setenv("EDUSIM_LANG", "zh")
    assert cli.main(arguments) == 2
    chinese = capsys.readouterr().err
    one_line(chinese, code)
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
    assert cli.main([*arguments, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["error"]["code"], told["exit_code"]) == (False, code, 2)
    assert list(tmp_path.iterdir()) == []


def test_language_option_outranks_the_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--lang", "zh", "comprae"]) == 2
    assert "没有命令" in capsys.readouterr().err
    assert cli.main(["compare", "--lang=zh", "--drawz"]) == 2
    assert "没有选项" in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(verb in text for verb in cli_options.VERBS)
    assert cli.main([]) == 2
    capsys.readouterr()
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("edusim 0.")
    for verb in cli_options.VERBS:
        for lang, word in (("zh", "用法"), ("en", "usage")):
            assert cli.main([verb, "--help", "--lang", lang]) == 0
            assert word in capsys.readouterr().out


def test_limits_are_those_of_the_scenario() -> None:
    assert scenario.MAX_YEARS == cli_options.MAX_YEARS


# ---------------------------------------------------------------------------------------------------
# Plans and looks: nothing is run, nothing is written


def test_dry_run_tells_the_plan_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["compare", "small", "--policies", "status_quo,fusion", "--draws", "3", "--years", "4", "-n"]
    assert cli.main(words) == 0
    text = capsys.readouterr().out
    assert "plan only" in text
    assert "fusion" in text
    assert cli.main([*words, "--json", "-S", "rotation.share=0.1"]) == 0
    plan = json.loads(capsys.readouterr().out)["plan"]
    assert plan["runs"] == 2 * 2 * 3
    assert plan["pupil_years"] == plan["runs"] * 4 * plan["pupils"]
    plain = scenario.load("small").with_({"years": 4})
    assert plan["hash"] == plain.with_({"rotation.share": "0.1"}).hash != plain.hash
    assert cli.main(["run", "small", "--policy", "fusion", "-n", "--lang", "zh"]) == 0
    assert "只是计划" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_check_reads_a_scenario_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    good = tmp_path / "mine.yaml"
    good.write_text(
        "schema_version: 1\nkind: scenario\nname: {zh: 县, en: mine}\nregion: {kind: synthetic, n_pupils: 3000}\n"
        "base_year: 2025\nyears: 3\npolicies: [status_quo, fusion]\n",
        encoding="utf-8",
    )
    assert cli.main(["check", str(good)]) == 0
    assert "can be used" in capsys.readouterr().out
    bad = tmp_path / "bad.yaml"
    bad.write_text(good.read_text(encoding="utf-8").replace("years: 3", "yearz: 3"), encoding="utf-8")
    assert cli.main(["check", str(bad), "--json"]) == 2
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["where"].startswith(str(bad) + ":6:")
    one_line(shown.err, "CFG-UNKNOWN-KEY")


def test_doctor_tells_what_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["versions"]["numba"]
    assert found["cache"]["state"] in ("compiled", "cold")
    assert set(found["extras"]) >= {"notebook", "viz", "analysis", "pdf", "cluster"} and set(found["programs"]) == {"browser", "office", "slurm"}
    assert found["terminal"]["encoding"] and found["folders"]["here"]["bytes_free"] > 0
    for lang, word in (("zh", "编译缓存"), ("en", "compiled loops")):
        assert cli.main(["doctor", "--lang", lang]) == 0
        assert word in capsys.readouterr().out


def test_doctor_says_how_to_get_an_extra_and_that_a_terminal_shows_no_chinese(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim import doctor

    monkeypatch.setitem(doctor.EXTRAS, "pdf", ("a-library-that-is-not-there",))
    monkeypatch.setattr(doctor.shutil, "which", lambda _: None)
    monkeypatch.setattr(doctor.sys, "platform", "linux")
    assert cli.main(["doctor", "--lang", "en"]) == 0, "an extra is not missing"
    said = capsys.readouterr().out
    assert 'pip install "edusim-groups[pdf]"' in said and said.count("not found") == 3 and "nothing is missing" in said
    told = doctor.examine(1)
    told["terminal"] |= {"encoding": "ascii", "shows_chinese": False}
    assert "set LANG=C.UTF-8" in doctor.text(told, "en") and "请设 LANG=zh_CN.UTF-8" in doctor.text(told, "zh")


def test_doctor_knows_the_extras_of_the_package() -> None:
    from edusim import doctor

    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]["optional-dependencies"]
    for name in sorted(set(extras) - {"test", "dev", "docs", "browser"}):  # those are for working on edusim itself
        needed = {re.split(r"[<>=]", entry)[0] for entry in extras[name]}
        assert set(doctor.EXTRAS.get(name, ())) == needed, f"extra {name}: bring EXTRAS of src/edusim/doctor.py and the words doctor.extra.{name} up to date"


def test_doctor_tells_what_is_missing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim import doctor

    monkeypatch.setattr(doctor, "NEEDED", (*doctor.NEEDED, "a-library-that-is-not-there"))
    assert cli.main(["doctor", "--lang", "en"]) == 1
    assert "missing: a-library-that-is-not-there" in capsys.readouterr().out


# ---------------------------------------------------------------------------------------------------
# Folders, disks, memory: with a stand-in for the result, so that each fault can be made to happen


class Result:
    """A result that writes like ours (a sibling, renamed at the end), or fails as told."""

    def __init__(self, fault: BaseException | None = None, size: int = 10) -> None:
        self.fault, self.size = fault, size

    def save(self, folder: Path, lang: str | None = None) -> None:
        sibling = folder.with_name(f".{folder.name}.new")
        sibling.mkdir()
        try:
            (sibling / "manifest.json").write_bytes(b"{}" + b" " * self.size)
            if self.fault is not None:
                raise self.fault
            sibling.rename(folder)
        except BaseException:
            for file in sibling.iterdir():
                file.unlink()
            sibling.rmdir()
            raise


def quiet() -> cli_output.Progress:
    return cli_output.Progress(quiet=True)


def test_a_result_is_written_whole_and_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "result"
    progress = quiet()
    progress(1, 2, "half")
    cli_output.save(Result(size=1), folder, progress)
    assert "half" in (folder / "log.txt").read_text(encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        cli_output.save(Result(KeyboardInterrupt(), size=2), folder, progress)
    assert (folder / "manifest.json").stat().st_size == 3
    cli_output.save(Result(size=5), folder, progress)
    assert (folder / "manifest.json").stat().st_size == 7
    assert [p.name for p in folder.parent.iterdir()] == ["result"]


def test_a_folder_that_cannot_hold_a_result_is_refused_before_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "manifest.json").write_text("{}", encoding="utf-8")
    for name, force, code in [
        ("file", True, "RUN-EXISTS"),
        ("file/below", False, "RUN-FOLDER"),
        ("other", True, "RUN-EXISTS"),  # never a folder that is no result of ours
        ("result", False, "RUN-EXISTS"),
    ]:
        with pytest.raises(RunError) as caught:
            cli_output.check_folder(tmp_path / name, force)
        assert caught.value.code == code
    for name, force in [("empty", False), ("result", True), ("new/deep", False)]:
        cli_output.check_folder(tmp_path / name, force)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["empty", "file", "other", "result"]


FAULTS: list[tuple[BaseException, str, int]] = [
    (OSError(28, "No space left on device"), "RUN-DISK-FULL", 1),
    (OSError("Error writing bytes: No space left on device"), "RUN-DISK-FULL", 1),
    (OSError(27, "File too large"), "RUN-DISK-FULL", 1),
    (PermissionError(13, "Permission denied", "x"), "RUN-FOLDER", 1),
    (MemoryError(), "RUN-MEMORY", 1),
    (ZeroDivisionError("division by zero"), "BUG-UNEXPECTED", 1),
    (KeyboardInterrupt(), "INTERRUPTED", 130),
]


@pytest.fixture
def _signals() -> Iterator[None]:
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_signals")
@pytest.mark.parametrize(("fault", "code", "status"), FAULTS, ids=[c for _, c, _ in FAULTS])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_faults_of_the_machine_are_one_line(
    fault: BaseException, code: str, status: int, lang: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> int:
        raise fault

    monkeypatch.setitem(cli._ACTIONS, "doctor", fail)
    assert cli.main(["doctor", "--lang", lang]) == status
    one_line(capsys.readouterr().err, code)


def test_a_reader_that_goes_away_is_no_fault() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([*COMMAND, "doctor"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_progress_is_plain_lines_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    progress = cli_output.Progress(quiet=False)
    for done in range(101):
        progress(done, 100, "fusion")
    progress.note("a word")
    progress.stop()
    lines = capsys.readouterr().err.splitlines()
    assert lines == [*(f"{10 * i}/100 fusion" for i in range(11)), "a word"]
    assert len(progress.lines) == 102
    hushed = quiet()
    hushed(1, 1, "x")
    assert capsys.readouterr().err == ""


def test_progress_tells_the_time_left_of_any_work(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(cli_output.time, "monotonic", lambda: now[0])
    for lang, phrase in (("en", "about 9 min left"), ("zh", "约剩 9 分钟")):
        monkeypatch.setenv("EDUSIM_LANG", lang)
        progress = cli_output.Progress(quiet=False)
        progress(20, 100)  # twenty were there: they say nothing of the pace
        now[0] += 60.0
        progress(28, 100, "gap")
        now[0] += 30.0
        progress(29, 100)  # no tenth is full, but it is time to say something
        progress(30, 100, "about 3 s left" if lang == "en" else "约剩 3 秒")
        err = capsys.readouterr().err.splitlines()
        assert err[0] == "20/100" and err[2].startswith("29/100") and phrase in progress.lines[1] and phrase in err[1]
        assert err[-1].count("left" if lang == "en" else "约剩") == 1
        progress(0, 7, "files")  # other work: begun anew
        assert capsys.readouterr().err == "0/7 files\n"


def test_a_terminal_shows_a_bar_and_a_dumb_one_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    class Screen(io.StringIO):
        encoding = "utf-8"

        def isatty(self) -> bool:
            return True

    for term, is_bar in (("xterm", True), ("dumb", False)):
        monkeypatch.setenv("TERM", term)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setattr(sys, "stderr", Screen())
        progress = cli_output.Progress(quiet=False)
        progress(1, 4, "fusion")
        progress.note("a [word]")
        progress.stop()
        said = sys.stderr.getvalue()  # type: ignore[attr-defined]
        assert ("\x1b[" in said) == is_bar and "a [word]" in said
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", said), "a colour in spite of NO_COLOR"


def test_what_works_below_speaks_the_language_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[str | None] = []
    monkeypatch.setitem(cli._ACTIONS, "doctor", lambda *_: seen.append(os.environ.get("EDUSIM_LANG")) or 0)
    for before in (None, "en"):
        monkeypatch.delenv("EDUSIM_LANG", raising=False)
        if before:
            monkeypatch.setenv("EDUSIM_LANG", before)
        assert cli.main(["doctor", "--lang", "zh"]) == 0
        assert os.environ.get("EDUSIM_LANG") == before
    assert seen == ["zh", "zh"]


def test_json_holds_no_nan_and_no_numpy(capsys: pytest.CaptureFixture[str]) -> None:
    import numpy as np

    cli_output.print_json({"a": np.float64("nan"), "b": np.arange(2), "c": (np.int64(3), float("inf")), "d": Path("x")})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [0, 1], "c": [3, None], "d": "x"}


def test_all_errors_of_a_file_are_in_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    from edusim.errors import DataError, DataErrors

    both = DataErrors([DataError("A-1", "甲", "one", where="s!A1"), DataError("A-2", "乙", "two", where="s!A2")])
    assert cli._report(both, "en", True) == 3
    shown = capsys.readouterr()
    assert [e["code"] for e in json.loads(shown.out)["errors"]] == ["A-1", "A-2"]
    one_line(shown.err, "A-1")


def test_doctor_looks_for_what_the_package_needs() -> None:
    from edusim import doctor

    text = (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
    needed = {re.split(r"[<>=]", entry)[0] for entry in tomllib.loads(text)["project"]["dependencies"]}
    assert set(doctor.NEEDED) == needed


def test_every_error_can_be_pickled_between_processes() -> None:
    import pickle

    problem = cli_output.failure(MemoryError())
    again = pickle.loads(pickle.dumps(problem))
    assert isinstance(again, EdusimError)
    assert again.as_dict() == problem.as_dict()


# ---------------------------------------------------------------------------------------------------
# What is asked is what is run: the engine replaced by one that writes down what it is handed


class Told(Result):
    manifest: ClassVar[dict[str, Any]] = {"seed": 5}

    def __init__(self) -> None:
        super().__init__()
        import pandas as pd

        self.effects = pd.DataFrame({"measure": ["gap"], "mean": [float("nan")], "n": [3]})

    def table(self, lang: str) -> str:
        return {"zh": "表", "en": "a table"}[lang]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any, dict[str, Any]]]:
    calls: list[tuple[str, Any, dict[str, Any]]] = []
    engine = types.ModuleType("edusim.runs")

    def keep(verb: str) -> Callable[..., Told]:
        def call(case: Any, **more: Any) -> Told:
            if "progress" in more:
                more.pop("progress")(1, 1, "done")
            calls.append((verb, case, more))
            return Told()

        return call

    engine.run, engine.compare = keep("run"), keep("compare")  # type: ignore[attr-defined]
    teller = types.ModuleType("edusim.explain")
    teller.as_data = lambda folder, **more: calls.append(("explain", folder, more)) or {"text": "a story"}  # type: ignore[attr-defined]
    for name, module in (("runs", engine), ("explain", teller)):
        monkeypatch.setitem(sys.modules, f"edusim.{name}", module)
        monkeypatch.setattr(package, name, module, raising=False)
    return calls


def test_compare_hands_on_its_options(asked: list[Any], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "a")]
    assert cli.main(["compare", "small", "--policies", "fusion，co_build", "--draws", "3", "--seed", "5", "-j", "2", "--years", "4",
                     "--design", "identical", "-S", "rules.rotation=off", "-S", "rotation.share=0.1", "--json", *out]) == 0  # fmt: skip
    _, case, more = asked[-1]
    assert more == {"policies": ["status_quo", "fusion", "co_build"], "draws": 3, "seed": 5, "workers": 2,
                    "baseline": "status_quo", "designs": ("identical",)}  # fmt: skip
    assert case.years == 4
    assert case.dates == "aligned"
    assert "rotation" not in case.rules_on
    shown = capsys.readouterr()
    assert json.loads(shown.out)["effects"] == [{"measure": "gap", "mean": None, "n": 3}]
    assert "1/1" in shown.err
    assert cli.main(["compare", "--lang", "zh", "--quiet", "--out", str(tmp_path / "b")]) == 0
    _, case, more = asked[-1]
    assert list(more["policies"]) == list(case.policies)
    assert more["designs"] == ("feasible", "identical")
    assert more["workers"] >= 1
    shown = capsys.readouterr()
    assert shown.out.startswith("表\n")
    assert shown.err == ""


def test_dates_of_the_command_line_are_the_scenarios(asked: list[Any], tmp_path: Path) -> None:
    for verb in ("run", "compare"):
        assert cli.main([verb, "small", "--dates", "document", "-q", "--out", str(tmp_path / verb)]) == 0
        assert asked[-1][1].dates == "document"


def test_run_hands_on_its_options(asked: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["run", "small", "--policy", "fusion", "--draw", "2", "--seed", "7", "--records", "all", "--threads", "2"]) == 0
    _, _, more = asked[-1]
    assert more == {"policy": "fusion", "draw": 2, "seed": 7, "records": "all", "threads": 2}
    (folder,) = (tmp_path / "out").iterdir()  # the default name: the scenario and the time
    assert re.fullmatch(r"small-\d{8}-\d{6}", folder.name)


def test_a_roster_takes_the_place_of_the_county(asked: list[Any], tmp_path: Path) -> None:
    roster = tmp_path / "schools.csv"
    roster.write_text("id\n1\n", encoding="utf-8")
    words = ["compare", "--roster", str(roster), "--mapping", "guangzhou_junior", "--out", str(tmp_path / "a"), "-q"]
    assert cli.main(words) == 0
    _, case, _ = asked[-1]
    assert (case.region_spec.kind, case.region_spec.path) == ("roster", str(roster))
    assert case.region_spec.mapping.endswith("guangzhou_junior.yaml")


def test_explain_hands_on_who_is_meant(asked: list[Any], capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert cli.main(["explain", str(tmp_path), "--teacher", "12", "--lang", "zh"]) == 0
    nobody = {"teacher": None, "school": None, "group": None, "yuan": False, "year": None, "policy": None, "draw": None}
    assert asked[-1] == ("explain", str(tmp_path), {**nobody, "teacher": 12, "lang": "zh"})
    assert capsys.readouterr().out == "a story\n"
    words = ["--school", "城区初中01", "--year", "2028", "--policy", "fusion", "--draw", "1", "--lang", "en"]
    assert cli.main(["explain", str(tmp_path), *words]) == 0
    assert asked[-1][2] == {**nobody, "school": "城区初中01", "year": 2028, "policy": "fusion", "draw": 1, "lang": "en"}
    assert cli.main(["explain", str(tmp_path), "--yuan", "--lang", "en"]) == 0
    assert asked[-1][2] == {**nobody, "yuan": True, "lang": "en"}


# ---------------------------------------------------------------------------------------------------
# Whole runs


def small(verb: str, folder: Path, *more: str) -> list[str]:
    draws = ["--draws", "2", "-j", "1", "--policies", "status_quo,fusion"] if verb == "compare" else []
    return [verb, "small", "--years", "2", *draws, "--out", str(folder), *more]


@pytest.mark.slow
def test_a_run_folder_is_written_and_replaced_only_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "result"
    done = edusim(small("compare", folder, "--lang", "en"))
    assert done.returncode == 0, done.stderr
    assert str(folder) in done.stdout
    names = {p.name for p in folder.iterdir()}
    assert {"manifest.json", "measures.parquet", "measures.csv", "effects.parquet", "schools.csv", "table.zh.txt", "table.en.txt", "log.txt"} <= names
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
    written = (folder / "manifest.json").read_bytes()
    assert cli.main(small("compare", folder)) == 1
    one_line(capsys.readouterr().err, "RUN-EXISTS")
    assert (folder / "manifest.json").read_bytes() == written
    assert (folder / "effects.csv").exists()
    assert edusim(small("run", folder, "--policy", "fusion", "--force", "--quiet")).returncode == 0
    assert not (folder / "effects.csv").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["result"]


@pytest.mark.slow
def test_run_and_explain(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "one"
    assert cli.main(small("run", folder, "--policy", "fusion", "--records", "all", "--json")) == 0
    assert json.loads(capsys.readouterr().out)["manifest"]
    assert cli.main(["explain", str(folder), "--school", "1", "--lang", "zh"]) == 0
    assert capsys.readouterr().out.strip()
    assert cli.main(["explain", str(folder), "--school", "999999999"]) in (1, 2)
    unknown = capsys.readouterr().err
    assert len(unknown.splitlines()) == 1
    assert "Traceback" not in unknown


@pytest.mark.slow
def test_template_then_check(tmp_path: Path) -> None:
    written = edusim(["template", str(tmp_path / "roster.xlsx")])
    assert written.returncode == 0, written.stderr
    twice = edusim(["template", str(tmp_path / "roster.xlsx")])
    assert twice.returncode == 1
    one_line(twice.stderr, "RUN-EXISTS")
    empty = edusim(["check", str(tmp_path / "roster.xlsx"), "--lang", "en"])
    assert empty.returncode == 3
    assert "lists no school yet" in empty.stdout
    assert edusim(["template", str(tmp_path / "roster.xlsx"), "--force", "--example"]).returncode == 0
    example = edusim(["check", str(tmp_path / "roster.xlsx"), "--lang", "en"])
    assert example.returncode == 0, example.stdout + example.stderr
    assert "can be used" in example.stdout
    below = edusim(["template", str(tmp_path / "roster.xlsx" / "x.xlsx")])
    assert below.returncode == 1
    one_line(below.stderr, "RUN-FOLDER")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["roster.checked.xlsx", "roster.xlsx"]


def test_the_key_of_pseudonyms_is_written_only_where_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster, key = str(tmp_path / "roster.xlsx"), tmp_path / "key.csv"
    assert cli.main(["template", roster, "--example"]) == 0
    assert cli.main(["check", roster, "--key", str(key), "-n"]) == 0 and not key.exists()
    assert cli.main(["check", roster, "--key", str(key)]) == 0
    rows = key.read_text(encoding="utf-8-sig").splitlines()
    assert rows[0] == "school_id,pseudonym_zh,pseudonym_en,id,name" and len(rows) > 5
    assert "keep it on this machine" in capsys.readouterr().out
    for given, code in ((str(key), "RUN-EXISTS"), (str(tmp_path / "key.xlsx"), "CLI-VALUE")):
        assert cli.main(["check", roster, "--key", given]) in (1, 2)
        assert code in capsys.readouterr().err


def test_a_missing_roster_is_a_roster_fault(tmp_path: Path) -> None:
    done = edusim(["check", str(tmp_path / "absent.xlsx")])
    assert done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr


def test_a_folder_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    done = edusim(small("run", tmp_path / "file" / "result"))
    assert done.returncode == 1
    one_line(done.stderr, "RUN-FOLDER")


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None] | None]]:
    """Yield a folder with next to no room, and what a child process must call first, if anything."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = False
    if os.geteuid() == 0:
        mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
        try:
            mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            mounted = False
    try:
        # Where nothing can be mounted, a limit on the size of files stops the writing in the same way.
        yield folder, None if mounted else lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, 4_096))
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["run", pytest.param("compare", marks=pytest.mark.slow)])
def test_a_full_disk_leaves_nothing(verb: str, tiny_disk: tuple[Path, Callable[[], None] | None]) -> None:
    folder, first = tiny_disk
    done = edusim(small(verb, folder / "result", "--quiet"), preexec_fn=first)
    assert done.returncode == 1, done.stdout + done.stderr
    one_line(done.stderr, "RUN-DISK-FULL")
    assert list(folder.iterdir()) == []


def test_an_interrupt_inside_a_compiled_loop_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(words: Any, lang: str) -> int:
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(cli, "_dispatch", interrupted)
    try:
        assert cli.main(["doctor", "--lang", "en"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    one_line(capsys.readouterr().err, "INTERRUPTED")


def _answer_to_interrupts() -> None:
    # A test run in the background may have been told to take no notice of Ctrl-C, and hands that on.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# Seconds after the first word: while it loads, while it makes the county, while years are run.
# That it is not lost wherever it falls: test_interrupts.py.
INTERRUPTS = [(workers, after) for workers in "12" for after in (0.3, 1.5, 4.0)]


@pytest.mark.slow
@pytest.mark.parametrize(("workers", "after"), INTERRUPTS)
def test_ctrl_c_leaves_nothing(workers: str, after: float, tmp_path: Path) -> None:
    words = ["compare", "county", "--draws", "200", "-j", workers, "--out", str(tmp_path / "result"), "--lang", "en"]
    # A terminal sends Ctrl-C to the whole group: to the workers too.
    child = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
                             preexec_fn=_answer_to_interrupts)
    assert child.stderr is not None
    child.stderr.readline()  # it has begun
    time.sleep(after)
    assert child.poll() is None, "it ended before it could be interrupted"
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=60)
    # Where the signal falls into source that a library executes from a text (a dataclass while it is imported), CPython
    # ends by the signal itself after all; a shell reports 130 for both.
    assert child.returncode in (130, -signal.SIGINT), err
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1].endswith("[INTERRUPTED]")
    assert list(tmp_path.iterdir()) == []
    assert not alive(child.pid)  # no worker goes on alone


def alive(group: int) -> bool:
    """Tell whether a process of the group is still there after ten seconds."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.1)
    return True
