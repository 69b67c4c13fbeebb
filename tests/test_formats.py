"""What earlier versions wrote is read as docs/changes.md promises; names and formats change by steps that warn before they refuse."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim import cli, deprecations, formats, runs
from edusim.configfile import Node, from_python, parse
from edusim.deprecations import Outdated, Renamed
from edusim.errors import ConfigError, EdusimError, RunError
from edusim.folders import load_run
from edusim.study import study_file

OLD = Path(__file__).parent / "old"
NOVEMBER_22, NOVEMBER_25 = OLD / "2026-11-22", OLD / "2026-11-25"
#: A planted change of each kind: understood until a release that is far away, or no longer.
LATER, PAST = "99.0", "0.1.0"
PLANTED = (
    Renamed("parameter", "rotation.portion", "rotation.share", "0.1.0", LATER),
    Renamed("verb", "contrast", "compare", "0.1.0", LATER),
    Renamed("option", "compare --reps", "compare --draws", "0.1.0", LATER),
    Renamed("name", "contrast", "compare", "0.1.0", LATER),
    Renamed("parameter", "rotation.bygone", "rotation.share", "0.0.1", PAST),
)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deprecations, "RENAMED", PLANTED)


# ---- kept files of earlier versions ----------------------------------------------------------------


def test_configuration_of_earlier_versions_is_read(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing in them has been renamed
        scenario = edusim.load(NOVEMBER_22 / "scenario.yaml")
        assert scenario.policies == ("status_quo", "collaboration", "co_build", "fusion")
        changed = scenario.with_({"policies": [str(NOVEMBER_22 / "policy.yaml"), str(NOVEMBER_22 / "policy_mix.yaml")],
                                  "behaviour": str(NOVEMBER_22 / "behaviour.yaml")})  # fmt: skip
        assert changed.policies == ("fusion", "community_plan") and len(changed.policy("community_plan").modes) == 3
        assert changed.parameters("fusion").at(2030).in_force
        study = study_file.load(NOVEMBER_25 / "study.yaml")
    assert [factor.name for factor in study.levers] == ["rotation.share"]


def test_a_run_folder_of_the_first_format_is_read_and_reported(tmp_path: Path) -> None:
    from edusim.reporting import county, kinds

    folder = NOVEMBER_22 / "run"
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert "acting" not in json.loads(before["manifest.json"])
    with pytest.warns(Outdated, match="earlier format"):
        found = load_run(folder)
    assert found["manifest"]["acting"] == {"status_quo": [], "fusion": [2026, 2027]}
    with pytest.warns(Outdated):
        assert kinds.recognise(folder).kind == "compare"
    with pytest.warns(Outdated):
        assert county.of_folder(folder).manifest["acting"]["fusion"] == [2026, 2027]
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before  # reading changes nothing


def test_a_run_folder_that_cannot_be_read_says_so_kindly(tmp_path: Path) -> None:
    folder = shutil.copytree(NOVEMBER_22 / "run", tmp_path / "run")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for change, says in (
        ({"schema_version": 9}, "newer edusim"),
        ({"configuration": {**manifest["configuration"], "dates": "document"}}, "run it again"),
        ({"schema_version": "x"}, "run it again"),
    ):
        (folder / "manifest.json").write_text(json.dumps({**manifest, **change}), encoding="utf-8")
        with pytest.raises(RunError, match=says) as caught:
            load_run(folder)
        assert (caught.value.code == "RUN-SCHEMA" and "重新运行" in caught.value.mend_zh) or "更新" in caught.value.mend_zh


def test_a_store_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    from edusim.study.store import Store

    store = Store.open(NOVEMBER_25 / "store")
    assert len(store.states()) == store.design().num_rows == 6
    assert {state for state, _ in store.states().values()} == {"done"}
    answer = edusim.study.open_study(NOVEMBER_25 / "store").query("select policy, count(*) as n from runs group by policy order by policy")
    assert answer["n"].sum() == 6


def test_a_result_of_an_analysis_from_the_future_is_refused(tmp_path: Path) -> None:
    from edusim.reporting import kinds

    (tmp_path / "manifest.json").write_text(json.dumps({"schema_version": 9, "kind": "discover", "versions": {"edusim": "9.1"}}), encoding="utf-8")
    with pytest.raises(RunError, match=r"format 9, written by edusim 9\.1") as caught:
        kinds.recognise(tmp_path)
    assert caught.value.code == "RUN-SCHEMA"


def test_formats_have_one_number_each() -> None:
    from edusim import declarations
    from edusim.study import store

    assert (formats.RUN.version, formats.STORE.version, formats.FILES.version) == (runs.SCHEMA_VERSION, store.SCHEMA_VERSION, declarations.SCHEMA_VERSION)
    assert formats.FILES.oldest == formats.STORE.oldest == 1 and formats.RUN.oldest == 0


# ---- a step from one format of files to the next ---------------------------------------------------


def test_files_are_brought_up_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    def horizon(top: dict[str, Node]) -> None:
        top["years"] = top.pop("horizon")

    def settled(top: dict[str, Node]) -> None:
        top["name"] = top.pop("title")

    monkeypatch.setattr(formats, "FILES", formats.Format(3, {1: horizon, 2: settled}))
    with pytest.warns(Outdated, match="format 1 and is read as 3") as said:
        root = parse("schema_version: 1\nhorizon: 5\ntitle: a\n", "a.yaml")
    assert said[0].message.told.where == "a.yaml:1:17: schema_version"  # type: ignore[union-attr]
    top = root.mapping(("schema_version", "years", "name"))  # strict, as any file
    assert (top["schema_version"].value, top["years"].where) == ("3", "a.yaml:2:10: horizon")
    with pytest.warns(Outdated):
        assert from_python({"schema_version": 2, "years": 5, "title": "a"}).mapping(("schema_version", "years", "name"))["name"].value == "a"
    assert parse("schema_version: 3\nyears: 5\n").value["years"].value == "5"  # type: ignore[index,call-overload]
    assert parse("schema_version: 4\nyears: 5\n").value["schema_version"].value == "4"  # type: ignore[index,call-overload]


@pytest.mark.parametrize(("version", "says"), [("2", "a newer edusim"), ("0", "write 1")])
def test_files_of_no_known_format_are_refused(version: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        edusim.load({**_small(), "schema_version": version})
    assert caught.value.code == "CFG-SCHEMA-VERSION" and caught.value.where == "schema_version"


# ---- names that have changed -----------------------------------------------------------------------


def _small(**more: Any) -> dict[str, Any]:
    return {"schema_version": 1, "name": {"zh": "试", "en": "trial"}, "region": {"kind": "synthetic", "n_pupils": 500}, "base_year": 2025, "years": 1,
            "policies": ["fusion"], **more}  # fmt: skip


@pytest.mark.usefixtures("planted")
def test_an_old_parameter_is_understood_wherever_a_path_may_stand(tmp_path: Path) -> None:
    want = edusim.load(_small(parameters={"rotation.share": 0.12})).hash
    with pytest.warns(Outdated, match=r"rotation\.portion is now called rotation\.share; the old name is understood until 99\.0"):
        assert edusim.load(_small(parameters={"rotation.portion": 0.12})).hash == want
    with pytest.warns(Outdated):
        assert edusim.load(_small()).with_({"rotation.portion": 0.12}).hash == want
    with pytest.warns(Outdated):
        only = edusim.load(_small()).with_({"fusion:rotation.portion": 0.12})
    assert only.hash == edusim.load(_small(parameters={"fusion:rotation.share": 0.12})).hash
    (tmp_path / "mine.yaml").write_text(
        "schema_version: 1\nkind: policy\nkey: mine\nname: {zh: 我, en: Mine}\ndescription: {zh: 试, en: try}\nstart: 2026-09-01\n"
        "take: [{from: fusion, clauses: [rotation.portion]}]\nclauses:\n"
        "  rotation.portion: {status: assumption, value: 0.2, reference: {note: {zh: 试, en: try}}}\n", encoding="utf-8",
    )  # fmt: skip
    with pytest.warns(Outdated) as said:
        policy = edusim.load(_small(policies=[str(tmp_path / "mine.yaml")])).policy(str(tmp_path / "mine.yaml"))
    assert "rotation.share" in policy.mode_clauses[0]
    places = {str(one.message).partition(": ")[0].rpartition("/")[2] for one in said}
    assert places == {"mine.yaml:7:33", "mine.yaml:9:3"}  # a value and a key, each with its place


@pytest.mark.usefixtures("planted")
def test_an_old_parameter_is_understood_in_studies() -> None:
    def levers(**more: Any) -> list[str]:
        study = study_file.load({
            "schema_version": 1, "kind": "sweep", "name": {"zh": "试", "en": "trial"}, "scenario": "small", "set": {"region.n_pupils": 500},
            "policies": ["fusion"], "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}}, **more,
        })  # fmt: skip
        with_more = study.with_({"levers.rotation.portion.values": [0, 0.2]})
        return [factor.name for factor in (*study.levers, *with_more.levers)]

    with pytest.warns(Outdated):
        assert levers(levers={"rotation.portion": {"values": [0, 0.1]}}) == ["rotation.share"] * 2


@pytest.mark.usefixtures("planted")
def test_both_names_at_once_are_refused() -> None:
    with pytest.warns(Outdated), pytest.raises(ConfigError) as caught:
        parse("parameters:\n  rotation.share: 0.1\n  rotation.portion: 0.2\n", "a.yaml")
    assert caught.value.code == "CFG-DUPLICATE-KEY"


@pytest.mark.usefixtures("planted")
def test_a_name_whose_time_is_over_is_refused_with_the_new_one() -> None:
    with pytest.raises(ConfigError, match=r"write rotation\.share") as caught:
        parse("parameters:\n  rotation.bygone: 0.2\n", "a.yaml")
    assert caught.value.code == "CFG-RENAMED" and caught.value.where == "a.yaml:2:3: parameters"
    assert "请改写为 rotation.share" in caught.value.mend_zh


@pytest.mark.usefixtures("planted")
def test_old_verbs_and_options_are_understood_and_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    for lang, says in (("en", "the command contrast is now called compare"), ("zh", "命令 contrast 已改名为 compare")):
        assert cli.main(["contrast", "small", "--reps=2", "-S", "rotation.portion=0.1", "-S", "fusion:rotation.portion=0.1", "-n", "--lang", lang]) == 0
        told = capsys.readouterr()
        lines = told.err.splitlines()
        assert len(lines) == 3 and says in lines[0] and all(line.endswith("[DEP-RENAMED]") for line in lines)
        assert "--draws" in lines[1] and "rotation.share" in lines[2]
        assert "draws" in told.out or "抽样次数" in told.out


@pytest.mark.usefixtures("planted")
def test_old_names_of_the_package_are_understood() -> None:
    with pytest.warns(Outdated) as said:
        assert edusim.contrast is edusim.compare
    assert said[0].filename == __file__  # points at who used it
    with pytest.raises(AttributeError, match="no attribute 'contrasts'"):
        _ = edusim.contrasts


def test_a_warning_is_shown_to_users_of_python() -> None:
    code = ("import edusim; from edusim import deprecations as d; d.RENAMED = (d.Renamed('name', 'contrast', 'compare', '0.1.0', '99.0'),); edusim.contrast")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "the name contrast is now called compare" in done.stderr and "Outdated" in done.stderr


def test_the_list_of_renamed_names_is_sound() -> None:
    from edusim.cli_options import VERBS
    from edusim.parameters import shipped

    now = {"parameter": set(shipped()), "verb": set(VERBS), "name": set(edusim.__all__)}
    for one in deprecations.RENAMED:
        assert one.kind in deprecations.KINDS and deprecations.release(one.since) < deprecations.release(one.until)
        if one.kind in now:
            assert one.new in now[one.kind] and one.old not in now[one.kind], f"{one.old} -> {one.new}"
    assert len({(one.kind, one.old) for one in deprecations.RENAMED}) == len(deprecations.RENAMED)
    assert deprecations.release("0.2.0.dev1") == (0, 2, 0) < deprecations.release("0.10")


def test_a_warning_speaks_both_languages() -> None:
    told = Outdated(EdusimError("DEP-RENAMED", "甲", "a")).told
    assert told.message("zh") == "甲。 [DEP-RENAMED]" and told.message("en") == "a. [DEP-RENAMED]"
