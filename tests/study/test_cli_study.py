"""``edusim study``: every verb in the process, every slip of the keyboard one clear line with a code."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim import cli
from edusim.cli_study_options import VERBS
from edusim.errors import ConfigError
from edusim.study import OpenStudy, driver, engines, open_study, planning

STUDY = """schema_version: 1
kind: sweep
name: {{zh: 试, en: trial}}
scenario: small
set: {{region.n_pupils: 800, years: 2}}
policies: [fusion]
baseline: status_quo
levers:
  finance.fund_yuan_year: {{values: [0, 100000000]}}
  rotation.share: {{values: [0, {share}]}}
{more}uncertainties:
  leadership.diffusion: {{range: [0.05, 0.3]}}
seeds: {{root: 3, replicates: 1}}
outcomes:
  gap: {{measure: learning.core_member_gap, at: last, want: min}}
  stock: {{measure: staffing.rotation_stock_member, at: last}}
keep: [learning.core_member_gap, money.total]
design: {{method: grid, futures: {{method: lhs, n: 2}}}}
store: {{path: store}}
"""
#: Runs of it: 2 futures of (4 points and the baseline).
RUNS = 10


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a study; runs are made in this process."""
    (tmp_path / "study.yaml").write_text(STUDY.format(share=0.1, more=""), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    return tmp_path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the study, all of it run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("made"))
        patch.setattr(engines, "Loky", lambda workers: engines.Here())
        Path("study.yaml").write_text(STUDY.format(share=0.1, more=""), encoding="utf-8")
        opened = open_study("study.yaml")
        assert opened.run(workers=1).done == RUNS
        return opened.path


@pytest.fixture
def stored(folder: Path, made: Path) -> Path:
    """A working folder with the study and its store."""
    shutil.copytree(made, folder / "store")
    return folder


def say(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    """Return what a command line prints; with ``status`` of 2 what it complains of."""
    found = cli.main(["study", *words])
    out, err = capsys.readouterr()
    assert found == status, out + err
    assert "Traceback" not in err
    return err if status == 2 else out


# -- usage --------------------------------------------------------------------------------------------

USAGE = [
    (["rnu", "study.yaml"], "CLI-COMMAND", "did you mean run?"),
    (["--watch"], "CLI-COMMAND", "no option --watch"),
    (["run"], "CLI-OPTION", "name the study file"),
    (["run", "", "-q"], "CLI-OPTION", "name the study file"),
    (["run", "absent.yaml"], "CFG-NO-FILE", "absent.yaml"),
    (["status", "absent"], "CFG-NO-FILE", "there is no absent"),
    (["status", "."], "STUDY-NOT-A-STORE", "no store of a study"),
    (["query", ".", "select 1"], "STUDY-NOT-A-STORE", "manifest.json"),
    (["verify", "."], "STUDY-NOT-A-STORE", "manifest.json"),
    (["retry", "study.yaml"], "STUDY-NOT-A-STORE", "there is no such folder"),
    (["run", "study.yaml", "--shards", "3"], "CLI-OPTION", "did you mean --shard?"),
    (["run", "study.yaml", "--shard", "3/2"], "STUDY-SHARD", "'3/2'"),
    (["run", "study.yaml", "--shard", "2/2"], "STUDY-SHARD", "from 0 to n-1"),
    (["run", "study.yaml", "--shard", "a/b"], "STUDY-SHARD", "'a/b'"),
    (["run", "study.yaml", "--shard", "1"], "STUDY-SHARD", "'1'"),
    (["run", "study.yaml", "--shard"], "CLI-OPTION", "--shard needs a value"),
    (["run", "study.yaml", "-j", "0"], "CLI-VALUE", "-j"),
    (["run", "study.yaml", "--engine", "dsak"], "CLI-VALUE", "did you mean dask?"),
    (["run", "study.yaml", "-S", "seeds.replicate=2"], "CFG-UNKNOWN-KEY", "did you mean seeds.replicates?"),
    (["run", "study.yaml", "-S", "seeds.replicates"], "CFG-SETTING", "seeds.replicates"),
    (["run", "study.yaml", "more"], "CLI-OPTION", "unexpected argument 'more'"),
    (["plan", "study.yaml", "--fresh"], "CLI-OPTION", "no option --fresh"),
    (["query", "store"], "CLI-OPTION", "name a query in SQL"),
    (["verify", "store", "--sample", "few"], "CLI-VALUE", "--sample"),
    (["map", "store", "--at", "use"], "CLI-VALUE", "LEVER=VALUE"),
    (["submit", "study.yaml", "--shards", "0"], "CLI-VALUE", "--shards"),
    (["run", "study.yaml", "--lang", "fr"], "CLI-VALUE", "--lang"),
]


@pytest.mark.parametrize(("words", "code", "phrase"), USAGE, ids=lambda a: " ".join(a)[:40] if isinstance(a, list) else "")
def test_a_slip_is_one_line(
    words: list[str], code: str, phrase: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(p.name for p in folder.iterdir())
    err = say(capsys, *words, status=2)
    assert err.count("\n") == 1 and err.rstrip().endswith(f"[{code}]"), err
    assert phrase in err
    monkeypatch.setenv("EDUSIM_LANG", "zh")
    chinese = say(capsys, *words, status=2)
    assert chinese.rstrip().endswith(f"[{code}]") and any("\u4e00" <= c <= "\u9fff" for c in chinese)
    assert cli.main(["study", *words, "--json"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert (told["ok"], told["error"]["code"], told["exit_code"]) == (False, code, 2)
    assert sorted(p.name for p in folder.iterdir()) == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_teaches(lang: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["study", "--lang", lang]) == 2
    told = capsys.readouterr().out
    for verb in VERBS:
        assert f"edusim study {verb} " in told
        assert cli.main(["study", verb, "--help", "--lang", lang]) == 0
        page = capsys.readouterr().out
        assert f"edusim study {verb}" in page and "--json" in page
        assert any("\u4e00" <= c <= "\u9fff" for c in page) is (lang == "zh")


def test_the_study_file_that_help_shows_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["study", "--help"]) == 0
    text = capsys.readouterr().out.split("study.yaml\n")[-1].split("\n\n")[0]
    file = tmp_path / "study.yaml"
    file.write_text("\n".join(line[2:] for line in text.splitlines()), encoding="utf-8")
    assert edusim.study(file).study.kind == "sweep"  # type: ignore[operator]


# -- from run to map ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.measured
def test_run_resume_ask_and_verify(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "done 0, failed 0, quarantined 0, left 10 / 10" in say(capsys, "status", "study.yaml")
    told = json.loads(say(capsys, "run", "study.yaml", "-q", "--json"))
    assert (told["ok"], told["done_now"], told["stored_before"], told["status"]["done"]) == (True, RUNS, 0, RUNS)
    again = say(capsys, "run", "study.yaml", "-q")
    assert [line.split() for line in again.splitlines()[:2]] == [["there", "already", "10"], ["done", "now", "0"]]
    assert "edusim study verify" in again
    assert "100.0%" in say(capsys, "status", "store", "--watch")
    assert json.loads(say(capsys, "status", "study.yaml", "--json"))["pending"] == 0

    table = say(capsys, "query", "store", "select policy, count(*) as n from runs group by policy order by policy")
    assert [line.split() for line in table.splitlines()] == [["policy", "n"], ["fusion", "8"], ["status_quo", "2"]]
    listed = json.loads(say(capsys, "query", "store", "select draw, stock from effects limit 1", "--json"))
    assert listed["columns"] == ["draw", "stock"] and len(listed["rows"]) == 1
    for ending in ("csv", "parquet", "xlsx"):
        say(capsys, "query", "store", "select * from years", "--out", f"tables/years.{ending}")
        assert (folder / "tables" / f"years.{ending}").stat().st_size > 0
    assert "rows in all" in say(capsys, "query", "store", "select * from years", "--rows", "3")
    error = say(capsys, "query", "store", "select polcy from runs", status=2)
    assert "did you mean policy?" in error and error.rstrip().endswith("[STUDY-SQL]")
    assert "STUDY-SQL" in say(capsys, "query", "store", "drop table runs", status=2)
    assert "STUDY-ENDING" in say(capsys, "query", "store", "select 1", "--out", "x.doc", status=2)

    good = say(capsys, "verify", "store", "--sample", "3", "-q")
    assert "3 run again: same bytes" in good
    assert len(json.loads(say(capsys, "verify", "store", "--sample", "all", "-q", "--json"))["run_again"]) == RUNS

    written = say(capsys, "map", "store", "--x", "finance.fund_yuan_year", "--y", "rotation.share", "--outcome", "gap").splitlines()
    assert [Path(f).name.split(".", 3)[-1] for f in written] == ["zh.png", "zh.svg", "en.png", "en.svg"]
    assert all((folder / f).stat().st_size > 10_000 for f in written)
    assert "did you mean rotation.share?" in say(capsys, "map", "store", "--x", "rotaton.share", "--outcome", "gap", status=2)
    assert "STUDY-LEVER" in say(capsys, "map", "store", "--at", "use=goods", status=2)
    assert "did you mean gap?" in say(capsys, "map", "store", "--outcome", "gpa", status=2)


def test_altered_numbers_are_found(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (file,) = (stored / "store" / "runs").glob("*.parquet")
    table = pq.read_table(file)
    gap = table["gap"].to_numpy().copy()
    gap[2] = gap[2] + 1e-12
    pq.write_table(table.set_column(table.schema.get_field_index("gap"), table.schema.field("gap"), pa.array(gap)), file)
    assert cli.main(["study", "verify", "store", "--sample", "all", "-q"]) == 1
    told = capsys.readouterr().out
    assert table["key"][2].as_py() in told and "outcomes of running it again differ" in told and "1 problems" in told


@pytest.mark.slow
def test_a_changed_model_is_not_compared(stored: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim.study import design

    monkeypatch.setattr(design, "source_hash", lambda: "0" * 64)
    assert "STUDY-MODEL-CHANGED" in say(capsys, "verify", "store", status=2)
    # The way out that is told works: the old store is moved aside, whole.
    assert "--fresh" in say(capsys, "run", "study.yaml", "-q", status=2)
    assert json.loads(say(capsys, "run", "study.yaml", "-q", "--fresh", "--json"))["done_now"] == RUNS
    (aside,) = stored.glob("store.old-*")
    assert OpenStudy(aside).status().done == RUNS


def test_runs_that_fail_are_told_and_tried_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Half of all teachers for six years cannot be away: the law's own check refuses these points as they are run.
    (folder / "study.yaml").write_text(STUDY.format(share=0.4, more="  rotation.term_years: {values: [1, 6]}\n"), encoding="utf-8")
    told = say(capsys, "run", "study.yaml", "-q", status=1)
    assert "4 runs gave no result (22.2%)" in told and "4 × CFG-FLOW-TERM:" in told
    line = next(line for line in told.splitlines() if "see them" in line)
    assert json.loads(say(capsys, "query", "store", line.split('"')[1], "--json"))["rows"][0][0] == "CFG-FLOW-TERM"
    assert json.loads(say(capsys, "status", "store", "--json"))["reasons"][0]["runs"] == 4
    assert "4 runs are to be tried again" in say(capsys, "retry", "store")
    assert json.loads(say(capsys, "status", "store", "--json"))["pending"] == 4
    again = json.loads(say(capsys, "run", "study.yaml", "-q", "--json", status=1))
    assert (again["failed_now"], again["stored_before"], again["ok"]) == (4, 14, False)


def test_shards_make_the_whole(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parts = [json.loads(say(capsys, "run", "study.yaml", "-q", "--shard", f"{i}/3", "--json"))["done_now"] for i in range(3)]
    assert sum(parts) == RUNS and max(parts) < RUNS
    assert json.loads(say(capsys, "status", "store", "--json"))["done"] == RUNS


@pytest.mark.usefixtures("stored")
@pytest.mark.slow
@pytest.mark.measured
def test_settings_make_a_study_grow(capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(say(capsys, "run", "study.yaml", "-q", "--json", "-S", "seeds.replicates=2"))
    assert (told["stored_before"], told["done_now"]) == (RUNS, RUNS)


@pytest.mark.usefixtures("stored")
def test_an_interrupt_keeps_what_is_stored(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(driver, "carry_on", broken)
    assert cli.main(["study", "run", "study.yaml", "-q"]) == 130
    err = capsys.readouterr().err
    assert "acknowledged runs are kept; run again to go on [INTERRUPTED]" in err and "no result" not in err


def test_progress_tells_the_time_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["study", "run", "study.yaml", "--lang", "zh"]) == 0
    out, err = capsys.readouterr()
    assert f"{RUNS}/{RUNS}" in err and "本次完成" in out


def test_progress_goes_on_between_tenths(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim import cli_output

    progress = cli_output.Progress(False)
    progress(0, 1000, "")
    progress(1, 1000, "about 9 h left")
    monkeypatch.setattr(cli_output, "SAY_SECONDS", 0.0)
    progress(2, 1000, "about 8 h left")
    assert capsys.readouterr().err.splitlines() == ["0/1000", "2/1000 about 8 h left"]


# -- plan, submit -------------------------------------------------------------------------------------


@pytest.fixture
def planned(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan without its trial runs."""

    def plan(study: Any, *, workers: int, store: Any = None) -> planning.Plan:
        return planning.Plan(
            4, 2, 1, 1, RUNS, 0, RUNS, {"fusion": 0.05}, 900.0, 1.0, 0.0, 4501.0, workers, 10_000, 10**9, 2e8, "probe"
        )  # fmt: skip

    monkeypatch.setattr(planning, "plan", plan)


@pytest.mark.usefixtures("planned")
def test_a_plan_in_words_and_in_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = say(capsys, "plan", "study.yaml", "-j", "2")
    for phrase in ("10 = 4 points × 2 futures × 1 policies × 1 draws + 2 of the baseline", "75 min", "2.50", "200 MB", "--shards 8",
                   "edusim study run study.yaml -j 2"):  # fmt: skip
        assert phrase in told, told
    assert "核时" in say(capsys, "plan", "study.yaml", "--lang", "zh")
    plan = json.loads(say(capsys, "plan", "study.yaml", "--json"))["plan"]
    assert (plan["runs"], plan["left"], plan["shards"]) == (RUNS, RUNS, 8)
    assert not (folder / "store").exists()


@pytest.mark.usefixtures("planned")
def test_submit_shows_its_script(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = say(capsys, "submit", "study.yaml", "--slurm", "--dry-run", "--shards", "3", "-S", "seeds.replicates=2")
    assert "#SBATCH --array=0-2" in script and "study run" in script and "-S seeds.replicates=2" in script
    assert json.loads(say(capsys, "submit", "study.yaml", "--dry-run", "--json"))["shards"] >= 1


@pytest.mark.slow
def test_a_plan_times_some_runs(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    plan = json.loads(say(capsys, "plan", "study.yaml", "-j", "1", "--json"))["plan"]
    assert plan["basis"] == "probe" and plan["seconds_total"] > 0 and plan["memory_per_worker"] > 1e7
    assert not (folder / "store").exists()


# -- from Python --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_package_is_a_function(folder: Path) -> None:
    opened = edusim.study("study.yaml", {"seeds.replicates": 2})  # type: ignore[operator]
    assert isinstance(opened, OpenStudy)
    summary = opened.run(workers=1)
    assert (summary.done, opened.status().done, len(opened.runs), len(opened.effects)) == (2 * RUNS, 2 * RUNS, 2 * RUNS, 16)
    stored = edusim.study(opened.path)  # type: ignore[operator]
    assert sorted(stored.years["year"].unique()) == [2025, 2026, 2027]
    assert set(stored.frames) == {"runs", "effects"}
    assert stored.facts["n_schools"] > 0 and stored.facts["outcomes"]["gap"]["want"] == "min"
    assert stored.verify(2).ok and stored.study.seeds.root == 3
    measures = stored.measures
    assert set(measures["measure"]) == set(stored.store.kept) and measures["draw"].nunique() == 4
    with pytest.raises(ConfigError, match="STUDY-SETTING"):
        edusim.study(opened.path, {"seeds.replicates": 3})  # type: ignore[operator]
    with pytest.raises(ConfigError, match="did you mean dask"):
        opened.run(engine="dsak")


def test_the_room_is_light() -> None:
    code = "import sys, edusim; s = edusim.study; assert callable(s); print([m for m in ('pandas', 'numba', 'pyarrow', 'duckdb') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.measured
def test_a_plan_tells_of_settings_that_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "Loky", lambda workers: engines.Here())  # test_planning.py plans with workers
    said = say(capsys, "plan", "study.yaml", "--lang", "en", "-j", "1")
    assert "refused" not in said
    (folder / "study.yaml").write_text(STUDY.format(share=0.3, more="  rotation.term_years: {values: [1, 3]}\n"), encoding="utf-8")
    said = say(capsys, "plan", "study.yaml", "--lang", "en", "-j", "1")
    assert "of 18 runs looked at, 4 would fail" in said and "CFG-FLOW-TERM" in said and "design.only" in said
    told = json.loads(say(capsys, "plan", "study.yaml", "--json", "-j", "1"))["plan"]
    assert (told["tried"], told["refused"], told["why"]["code"]) == (18, 4, "CFG-FLOW-TERM")


def test_another_root_seed_is_another_study_and_is_named(stored: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = say(capsys, "run", "study.yaml", "--lang", "en", "-S", "seeds.root=5", status=2)
    assert "(what differs: seeds.root: 3 -> 5)" in said and "--fresh" in said and "STUDY-OTHER" in said
