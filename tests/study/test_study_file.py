"""A study file: what is read, and that every fault is told with its place, what is wrong and how to mend it."""

from __future__ import annotations

import contextlib
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edusim import cli, scenario
from edusim.errors import ConfigError, EdusimError
from edusim.measures import registered
from edusim.study import study_file
from edusim.study.study_file import Execution, Outcome, Sampling, Seeds, Study
from edusim.study.study_schema import schema

SWEEP = """schema_version: 1
kind: sweep
name: {zh: 经费与轮岗, en: Funding and rotation}
scenario: small
set: {years: 10}
policies: [collaboration, fusion]
levers:
  finance.fund_yuan_year: {range: [0, 100e6], steps: 6}
  tilt: {sets: finance.member_tilt, values: [0.5, 0.7, 0.9]}
  use: {values: {goods: {finance.equipment_share: 0.8}, work: {finance.group_fund_yuan: 400000, finance.room_share: 0.1}}}
  share: {sets: ["fusion:rotation.share", "collaboration:rotation.share"], range: [0, 0.1], steps: 3}
uncertainties:
  development.peer_learning: {dist: triang, params: [0.1, 0.4, 0.6]}
seeds: {root: 20261122, replicates: 2, paired: true}
outcomes:
  gap: {measure: learning.core_member_gap, at: 2035, want: min}
  cost: {measure: money.total, at: sum}
keep: [money.total, "official.cv.*[primary]"]
design: {method: sobol, n: 64, futures: {method: lhs, n: 8}}
store: {path: out/mine}
execute: {on: slurm, shards: 4, memory: 1GB, time: "01:00:00", partition: short, lines: ["#SBATCH --nice"]}
"""
COMPARE = """schema_version: 1
kind: compare
name: {zh: 比较, en: Comparison}
scenario: small
outcomes: {gap: {measure: learning.core_member_gap}}
"""


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(text: str, name: str = "study.yaml") -> Study:
    Path(name).write_text(text, encoding="utf-8")
    return study_file.load(name)


def content_of(text: str) -> dict[str, Any]:
    """Return YAML as an editor reads it: ``on`` is a word."""

    def renamed(value: Any) -> Any:
        return {"on" if k is True else k: renamed(v) for k, v in value.items()} if isinstance(value, dict) else value

    return dict(renamed(yaml.safe_load(text.replace("100e6", "100.0e+6"))))


def fault(make: Callable[[], object]) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        make()
    error = caught.value
    assert any("\u4e00" <= sign <= "\u9fff" for sign in error.zh), "no Chinese"
    assert any("a" <= sign <= "z" for sign in error.en) and not any("\u4e00" <= sign <= "\u9fff" for sign in error.en), "no English"
    assert "Traceback" not in error.message("en")
    return error


# ---- what is read ------------------------------------------------------------------------------------


def test_a_sweep_is_read_whole(tmp_path: Path) -> None:
    study = read(SWEEP)
    assert (study.kind, study.name_en, study.file) == ("sweep", "Funding and rotation", "study.yaml")
    assert study.policies == ("collaboration", "fusion")
    assert study.baseline == "status_quo"
    assert study.designs == ("feasible",)
    assert study.scenario.years == 10
    assert study.scenario.policies == ("status_quo", "collaboration", "fusion")
    assert study.columns == (
        "lever.finance.fund_yuan_year", "lever.tilt", "lever.use", "lever.share", "uncertain.development.peer_learning",
    )  # fmt: skip
    fund, tilt, use, share = study.levers
    assert (fund.low, fund.high, fund.steps, fund.unit, fund.type) == (0.0, 100e6, 6, "yuan/year", "number")
    assert (tilt.sets, tilt.values) == (("finance.member_tilt",), (0.5, 0.7, 0.9))
    assert use.values == ("goods", "work") and use.type == "word"
    assert use.sets == ("finance.equipment_share", "finance.group_fund_yuan", "finance.room_share")
    assert use.bundles["work"] == {"finance.group_fund_yuan": 400000.0, "finance.room_share": 0.1}
    assert share.sets == ("fusion:rotation.share", "collaboration:rotation.share")
    (peer,) = study.uncertainties
    assert (peer.dist, peer.params, peer.low, peer.high) == ("triang", (0.1, 0.4, 0.6), 0.1, 0.6)
    assert study.seeds == Seeds(20261122, 2, True)
    assert study.outcomes == (
        Outcome("gap", "learning.core_member_gap", "all", "2035", "min", "pupil SD"),
        Outcome("cost", "money.total", "all", "sum", "", "yuan"),
    )
    assert study.layout == Sampling("sobol", 64, 0)
    assert study.futures == Sampling("lhs", 8, 0)
    assert study.crossed and study.only == ""
    assert study.store == tmp_path / "out" / "mine"
    assert study.execution == Execution("slurm", 0, 4, "1GB", "01:00:00", "short", "", ("#SBATCH --nice",))


def test_kept_columns_stand_in_the_order_of_the_catalogue_and_hold_what_outcomes_need() -> None:
    study = read(SWEEP)
    indicators = ("degree", "backbone", "pe_art_music", "buildings", "sports", "equipment", "rooms")
    assert study.keep == (
        *(f"official.cv.{i}[primary]" for i in indicators), "learning.core_member_gap", "money.total",
    )  # fmt: skip
    assert study_file.measure_of("official.cv.rooms[primary]") == ("official.cv.rooms", "primary")
    assert study_file.measure_of("money.total") == ("money.total", "all")
    both = read(SWEEP.replace('"official.cv.*[primary]"', "official.class_size_mean"))
    assert "official.class_size_mean[primary]" in both.keep and "official.class_size_mean[junior]" in both.keep


def test_the_standard_columns_are_measures_about_forty() -> None:
    study = read(COMPARE)
    assert 35 <= len(study.keep) <= 50
    stages = {m.id: m.stages for m in registered()}
    for column in study.keep:
        measure, stage = study_file.measure_of(column)
        assert stage in stages[measure]
        assert study_file.column_of(measure, stage) == column
    assert read(COMPARE + "keep: []\n").keep == ("learning.core_member_gap",)


def test_an_outcome_may_be_of_one_part_of_school() -> None:
    study = read(SWEEP.replace("at: 2035,", "at: mean, stage: junior,"))
    assert study.outcomes[0] == Outcome("gap", "learning.core_member_gap", "junior", "mean", "min", "pupil SD")
    assert "learning.core_member_gap[junior]" in study.keep and "learning.core_member_gap" not in study.keep


def test_several_parameters_of_one_lever_take_a_whole_number_where_one_needs_it() -> None:
    study = read(COMPARE + "levers: {x: {sets: [finance.equipment_life_years, rotation.term_years], values: [3, 4.0]}}\n")
    assert study.levers[0].values == (3, 4) and study.levers[0].type == "whole"
    assert len({study, read(COMPARE)}) == 2


def test_a_comparison_has_defaults(tmp_path: Path) -> None:
    study = read(COMPARE, "mine.yaml")
    assert study.designs == ("feasible", "identical")
    assert study.policies == tuple(key for key in scenario.load("small").policies if key != "status_quo")
    assert study.levers == () and study.futures is None and study.layout == Sampling("grid")
    assert study.seeds == Seeds() and study.execution == Execution()
    assert study.outcomes[0].at == "last"
    assert study.store == tmp_path / "out" / "mine"


def test_a_baseline_may_be_another_or_none() -> None:
    assert read(COMPARE + "baseline: none\n").baseline == ""
    assert read(COMPARE + "policies: [fusion]\nbaseline: collaboration\n").scenario.policies == ("collaboration", "fusion")


def test_without_levers_the_baseline_is_not_run_twice() -> None:
    assert read(COMPARE + "policies: [status_quo, fusion]\n").policies == ("fusion",)
    levers = "levers: {rotation.share: {values: [0.1, 0.2]}}\n"
    assert read(COMPARE + "policies: [status_quo, fusion]\n" + levers).policies == ("status_quo", "fusion")


def test_files_start_from_the_file_that_names_them(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    policy = "schema_version: 1\nkind: policy\nkey: mine\nname: {zh: 我的, en: Mine}\ndescription: {zh: 试, en: try}\nstart: 2026-09-01\n"
    (inner / "mine.yaml").write_text(
        policy + "clauses: {rotation.share: {status: assumption, value: 0.1, reference: {note: {zh: 试, en: try}}}}\n",
        encoding="utf-8",
    )
    text = (scenario.declarations.configs() / "scenarios" / "small.yaml").read_text(encoding="utf-8")
    (inner / "place.yaml").write_text(text, encoding="utf-8")
    (inner / "base.yaml").write_text(
        COMPARE.replace("scenario: small", "scenario: place.yaml") + "policies: [mine.yaml, fusion]\nstore: {path: out/x}\n",
        encoding="utf-8",
    )
    study = read("extends: inner/base.yaml\nname: {zh: 乙, en: b}\n", "top.yaml")
    assert study.policies == ("mine", "fusion")
    assert study.scenario.policy("mine").name_en == "Mine"
    assert study.store == tmp_path / "out" / "x"  # a store starts from the working folder
    assert study.with_({"seeds.root": 3}).policies == ("mine", "fusion")


def test_a_changed_study_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = read(COMPARE)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert study.with_({"seeds.root": 1}).store == tmp_path / "out" / "study"


def test_one_file_extends_another() -> None:
    read(SWEEP, "base.yaml")
    study = read(
        "extends: base.yaml\ndesign: {n: 16}\nseeds: {replicates: 3}\nset: {rotation.term_years: 2}\n"
        "levers: {tilt: {sets: finance.member_tilt, values: [0, 1]}}\n"
    )
    assert study.layout == Sampling("sobol", 16, 0)  # the method from below
    assert study.futures == Sampling("lhs", 8, 0)
    assert study.seeds == Seeds(20261122, 3, True)
    assert study.scenario.years == 10 and "rotation.term_years" in str(study.scenario.overrides)
    assert [lever.name for lever in study.levers] == ["tilt"]  # replaced whole
    assert study.execution.on == "slurm"


def test_a_message_names_the_file_that_the_value_came_from() -> None:
    Path("base.yaml").write_text(SWEEP.replace("values: [0.5, 0.7, 0.9]", "values: [0.5, 7]"), encoding="utf-8")
    error = fault(lambda: read("extends: base.yaml\ndesign: {n: 16}\n"))
    assert error.code == "CFG-RANGE"
    assert error.where.startswith("base.yaml:9:")


@pytest.mark.parametrize("text", ["extends: study.yaml\n", "extends: b.yaml\n"])
def test_files_that_extend_each_other_are_told(text: str) -> None:
    Path("b.yaml").write_text("extends: study.yaml\n", encoding="utf-8")
    assert fault(lambda: read(text)).code == "STUDY-EXTENDS"


def test_a_missing_file_to_extend_is_told() -> None:
    error = fault(lambda: read("extends: none.yaml\n"))
    assert (error.code, error.where) == ("CFG-NO-FILE", "study.yaml:1:10: extends")


def test_a_dict_reads_like_a_file() -> None:
    assert study_file.load(content_of(SWEEP)) == replace(read(SWEEP), file="")


def test_levers_may_be_whole_numbers_words_yes_and_no_and_the_region() -> None:
    study = read(
        COMPARE
        + "policies: [fusion]\nlevers:\n  rotation.term_years: {range: [1, 4]}\n  rotation.base: {values: [member_staff, eligible]}\n"
        + "  rotation.return_home: {values: [on, off]}\nuncertainties:\n  region.ses.zone_mean.urban: {range: [0.1, 0.3]}\n"
        + "  hiring.posts_considered: {values: [10, 12.0]}\n"
    )
    term, base, home = study.levers
    assert (term.type, term.low, term.high) == ("whole", 1, 4)
    assert (base.type, base.values) == ("word", ("member_staff", "eligible"))
    assert (home.type, home.values) == ("flag", (True, False))
    region, posts = study.uncertainties
    assert region.column == "uncertain.region.ses.zone_mean.urban"
    assert (posts.type, posts.values) == ("whole", (10, 12))
    assert all(type(value) is int for value in posts.values)


def test_futures_have_defaults() -> None:
    def futures(text: str) -> tuple[Sampling, Sampling | None]:
        study = read(COMPARE + text)
        return study.layout, study.futures

    listed = "uncertainties: {development.peer_learning: {values: [0.1, 0.4]}}\n"
    drawn = "uncertainties: {development.peer_learning: {range: [0.1, 0.4]}}\n"
    levers = "levers: {finance.member_tilt: {values: [0.1, 0.4]}}\n"
    assert futures(listed) == (Sampling("grid"), Sampling("grid"))
    assert futures(drawn) == (Sampling("grid"), Sampling("lhs", 16, 0))
    assert futures(drawn + levers + "design: {seed: 4}\n") == (Sampling("grid", 0, 4), Sampling("lhs", 16, 4))
    # Without levers the layout is that of the futures.
    assert futures(drawn + "design: {method: sobol, n: 32}\n") == (Sampling("grid"), Sampling("sobol", 32, 0))
    assert futures(drawn + levers + "design: {method: lhs, n: 9, crossed: false}\n") == (Sampling("lhs", 9, 0), None)


def test_a_calibration_is_sent_where_it_belongs() -> None:
    """Its other keys are none of a study's: that it is no study is said first."""
    with pytest.raises(ConfigError) as caught:
        study_file.load(Path(__file__).resolve().parents[2] / "experiments" / "calibration" / "recovery.yaml")
    assert caught.value.code == "STUDY-KIND-CALIBRATE" and "edusim calibrate" in caught.value.mend_en


# ---- faults ------------------------------------------------------------------------------------------

LEVER = "  finance.fund_yuan_year: {range: [0, 100e6], steps: 6}"
BUNDLES = "values: {goods: {finance.equipment_share: 0.8}, work: {finance.group_fund_yuan: 400000, finance.room_share: 0.1}}"
PEER = "development.peer_learning: {dist: triang, params: [0.1, 0.4, 0.6]}"
#: What is replaced in the sweep, by what, the code, the place, and a word of the mend.
FAULTS: list[tuple[str, str, str, str, str, str]] = [
    ("kind of another verb", "kind: sweep", "kind: calibrate", "STUDY-KIND-CALIBRATE", ":2:7", "edusim calibrate"),
    ("misspelt kind", "kind: sweep", "kind: sweeps", "CFG-KIND", ":2:7", "sweep"),
    ("version", "schema_version: 1", "schema_version: 2", "CFG-SCHEMA-VERSION", ":1:17", "1"),
    ("misspelt key", "levers:", "lever:", "CFG-UNKNOWN-KEY", ":7:1", "levers"),
    ("missing key", "scenario: small\n", "", "CFG-MISSING-KEY", "study.yaml:1:1", ""),
    ("no scenario", "scenario: small", "scenario: smal", "CFG-NO-FILE", ":4:11", "small"),
    ("no scenario file", "scenario: small", "scenario: x.yaml", "CFG-NO-FILE", ":4:11", ""),
    ("set misspelt", "set: {years: 10}", "set: {year: 10}", "CFG-UNKNOWN-KEY", ":5:", "years"),
    ("set out of range", "set: {years: 10}", "set: {years: 100}", "CFG-RANGE", ":5:14", "60"),
    ("set parameter", "set: {years: 10}", "set: {rotation.share: 2}", "CFG-RANGE", ":5:23", "0.5"),
    ("set policies", "set: {years: 10}", "set: {policies: [fusion]}", "STUDY-SET", ":5:17", "policies"),
    ("unknown policy", "[collaboration, fusion]", "[collaboration, fuson]", "CFG-UNKNOWN-POLICY", ":6:27", "fusion"),
    ("policy twice", "[collaboration, fusion]", "[fusion, fusion]", "CFG-DUPLICATE-POLICY", ":6:20", ""),
    ("no policy", "[collaboration, fusion]", "[]", "STUDY-NO-POLICY", ":6:11", "fusion"),
    ("unknown lever", LEVER, "  finance.fund_yuan_yer: {range: [0, 1]}", "CFG-UNKNOWN-PARAMETER", ":8:3", "finance.fund_yuan_year"),
    ("unknown sets", "sets: finance.member_tilt", "sets: finance.member_tild", "CFG-UNKNOWN-PARAMETER", ":9:16", "finance.member_tilt"),
    ("unknown mode", '"fusion:rotation.share"', '"fuson:rotation.share"', "CFG-UNKNOWN-POLICY", ":11:18", "fusion"),
    ("empty range", "range: [0, 100e6]", "range: [5, 5]", "STUDY-EMPTY-RANGE", ":8:35", ""),
    ("reversed range", "range: [0, 100e6]", "range: [5, 2]", "STUDY-EMPTY-RANGE", ":8:35", ""),
    ("one end", "range: [0, 100e6]", "range: [5]", "STUDY-EMPTY-RANGE", ":8:35", "[0, 0.3]"),
    ("range outside", "range: [0, 100e6]", "range: [0, 900e6]", "CFG-RANGE", ":8:39", "2e+08"),
    ("nan", "range: [0, 100e6]", "range: [0, nan]", "CFG-NOT-FINITE", ":8:39", ""),
    ("one step", "steps: 6", "steps: 1", "CFG-RANGE", ":8:54", "2"),
    ("neither", LEVER, "  finance.fund_yuan_year: {steps: 3}", "STUDY-FACTOR", ":8:27", "range"),
    ("both", LEVER, "  finance.fund_yuan_year: {range: [0, 1], values: [1, 2]}", "STUDY-FACTOR", ":8:27", "range"),
    ("steps of values", "values: [0.5, 0.7, 0.9]", "values: [0.5, 0.7], steps: 2", "STUDY-FACTOR", ":9:64", "steps"),
    ("dist of a lever", LEVER, "  finance.fund_yuan_year: {dist: norm}", "CFG-UNKNOWN-KEY", ":8:28", ""),
    ("value outside", "values: [0.5, 0.7, 0.9]", "values: [0.5, 1.7]", "CFG-RANGE", ":9:51", "1"),
    ("value twice", "values: [0.5, 0.7, 0.9]", "values: [0.5, 0.50]", "STUDY-DUPLICATE", ":9:45", ""),
    ("constant", "values: [0.5, 0.7, 0.9]", "values: [0.5]", "STUDY-CONSTANT", ":9:9", "set"),
    ("no values", "values: [0.5, 0.7, 0.9]", "values: []", "STUDY-EMPTY-RANGE", ":9:45", ""),
    ("a word for a number", "values: [0.5, 0.7, 0.9]", "values: [low, 0.7]", "CFG-TYPE", ":9:46", ""),
    ("set twice", "sets: finance.member_tilt", "sets: finance.room_share", "STUDY-TWICE", ":10:8", ":9:9"),
    ("set by lever and uncertainty", PEER, "x: {sets: finance.member_tilt, range: [0, 1]}", "STUDY-TWICE", ":13:6", ":9:9"),
    ("same name", PEER, "TILT: {sets: development.peer_learning, range: [0.1, 0.5]}", "STUDY-DUPLICATE", ":13:9", ":9:9"),
    ("taken name", "  tilt:", "  policy:", "STUDY-NAME", ":9:11", ""),
    ("bad name", "  tilt:", '  "ti lt":', "STUDY-NAME", ":9:12", ""),
    ("not read", '"collaboration:rotation.share"', '"co_build:rotation.share"', "STUDY-NOT-READ", ":11:10", "collaboration, fusion"),
    ("empty bundle", "goods: {finance.equipment_share: 0.8}", "goods: {}", "STUDY-EMPTY-RANGE", ":10:25", ""),
    ("same bundles", "{finance.group_fund_yuan: 400000, finance.room_share: 0.1}", "{finance.equipment_share: 0.80}", "STUDY-DUPLICATE", ":10:63", ""),
    ("no bundles", BUNDLES, "values: {}", "STUDY-EMPTY-RANGE", ":10:17", ""),
    ("bundle value", "finance.room_share: 0.1", "finance.room_share: 1.1", "CFG-RANGE", ":10:", "1"),
    ("bundle path", "finance.room_share: 0.1", "finance.rom_share: 0.1", "CFG-UNKNOWN-PARAMETER", ":10:97", "finance.room_share"),
    ("bundle and range", "use: {values", "use: {range: [0, 1], values", "STUDY-FACTOR", ":10:16", "range"),
    ("unknown distribution", "dist: triang", "dist: triangle", "STUDY-DISTRIBUTION", ":13:37", "triang"),
    ("too few numbers", "params: [0.1, 0.4, 0.6]", "params: [0.1, 0.4]", "STUDY-DISTRIBUTION", ":13:53", "likeliest"),
    ("mode outside", "params: [0.1, 0.4, 0.6]", "params: [0.1, 0.7, 0.6]", "STUDY-DISTRIBUTION", ":13:53", "likeliest"),
    ("no params", "dist: triang, params: [0.1, 0.4, 0.6]", "dist: triang", "CFG-MISSING-KEY", ":13:37", "likeliest"),
    ("reversed triangle", "params: [0.1, 0.4, 0.6]", "params: [0.6, 0.4, 0.1]", "STUDY-EMPTY-RANGE", ":13:53", ""),
    ("no spread", "triang, params: [0.1, 0.4, 0.6]", "norm, params: [0.1, 0]", "STUDY-DISTRIBUTION", ":13:51", "deviation"),
    ("no median", "triang, params: [0.1, 0.4, 0.6]", "lognorm, params: [0, 1]", "STUDY-DISTRIBUTION", ":13:54", "median"),
    ("all of it outside", "triang, params: [0.1, 0.4, 0.6]", "norm, params: [9, 0.1]", "STUDY-EMPTY-RANGE", ":13:51", ""),
    ("range and triang", "dist: triang,", "dist: triang, range: [0, 1],", "STUDY-FACTOR", ":13:52", "range"),
    ("steps and dist", "dist: triang,", "dist: triang, steps: 3,", "STUDY-FACTOR", ":13:52", "steps"),
    ("params and range", "dist: triang", "range: [0.1, 0.5]", "STUDY-FACTOR", ":13:", "params"),
    ("dist of a whole number", PEER, "hiring.posts_considered: {dist: norm, params: [12, 3]}", "STUDY-DISTRIBUTION", ":13:35", "range"),
    ("range of words", LEVER, "  rotation.base: {range: [0, 2]}", "STUDY-FACTOR", ":8:26", "member_staff"),
    ("steps of whole numbers", LEVER, "  rotation.term_years: {range: [1, 2], steps: 3}", "CFG-RANGE", ":8:47", "2"),
    ("half a year", LEVER, "  rotation.term_years: {values: [1, 2.5]}", "CFG-TYPE", ":8:37", ""),
    ("number and word", LEVER, "  x: {sets: [rotation.share, rotation.return_home], range: [0, 0.1]}", "STUDY-FACTOR", ":8:60", "false"),
    ("number and yes", LEVER, "  x: {sets: [rotation.min_years_at_post, rotation.return_home], values: [1, 0]}", "CFG-TYPE", ":8:", ""),
    ("sets nothing", "sets: finance.member_tilt", "sets: []", "STUDY-EMPTY-RANGE", ":9:16", ""),
    ("set of a folder", "path: out/mine", 'path: "a\\0b"', "CFG-TYPE", ":20:15", ""),
    ("region of a policy", LEVER, '  "fusion:region.ses.zone_mean.urban": {range: [0.1, 0.2]}', "CFG-SCOPE", ":8:3", "region.ses.zone_mean.urban"),
    ("replicates", "replicates: 2", "replicates: 0", "CFG-RANGE", ":14:37", "1"),
    ("seed", "root: 20261122", "root: -1", "CFG-RANGE", ":14:15", "0"),
    ("paired", "paired: true", "paired: maybe", "CFG-TYPE", ":14:48", ""),
    ("unknown measure", "learning.core_member_gap", "learning.core_membr_gap", "STUDY-MEASURE", ":16:18", "learning.core_member_gap"),
    ("measure of groups", "learning.core_member_gap", "learning.group_gap", "STUDY-MEASURE", ":16:18", ""),
    ("measure of schools", "learning.core_member_gap", "school.n_pupils", "STUDY-MEASURE", ":16:18", ""),
    ("no such stage", "at: 2035,", "stage: junor,", "STUDY-STAGE", ":16:51", "junior"),
    ("which stage", "money.total, at: sum", "official.cv.rooms", "STUDY-STAGE", ":17:19", "primary, junior"),
    ("year outside", "at: 2035", "at: 2036", "STUDY-YEAR", ":16:48", "set"),
    ("when", "at: sum", "at: summ", "STUDY-YEAR", ":17:36", "sum"),
    ("want", "want: min", "want: less", "CFG-UNKNOWN-VALUE", ":16:60", ""),
    ("name of an outcome", "  gap:", "  seconds:", "STUDY-NAME", ":16:12", ""),
    ("dotted outcome", "  gap:", "  a.b:", "STUDY-NAME", ":16:8", ""),
    ("outcome twice", "  cost:", "  GAP:", "STUDY-DUPLICATE", ":17:8", ""),
    ("unknown kept", "keep: [money.total", "keep: [money.totl", "STUDY-MEASURE", ":18:8", "money.total"),
    ("kept glob", "keep: [money.total", "keep: [mony.*", "STUDY-MEASURE", ":18:8", "money.*"),
    ("kept stage", "keep: [money.total", 'keep: ["money.total[junior]"', "STUDY-STAGE", ":18:8", "all"),
    ("method", "method: sobol", "method: sobel", "CFG-UNKNOWN-VALUE", ":19:18", "sobol"),
    ("no power of two", "n: 64", "n: 100", "STUDY-POWER-OF-TWO", ":19:28", "128"),
    ("no n", "n: 64, ", "", "CFG-MISSING-KEY", ":19:18", "256"),
    ("n of a grid", "method: sobol, ", "method: grid, ", "STUDY-N", ":19:27", "lhs"),
    ("no points", "n: 64", "n: 0", "CFG-RANGE", ":19:28", ""),
    ("futures not crossed", "n: 64", "n: 64, crossed: false", "STUDY-FUTURES", ":19:57", "futures"),
    ("futures of nothing", "uncertainties:\n  " + PEER + "\n", "", "STUDY-FUTURES", ":17:41", "futures"),
    ("grid without steps", "futures: {method: lhs, n: 8}", "futures: {method: grid}", "STUDY-STEPS", ":13:30", "steps"),
    ("too large", "n: 8}", "n: 10000000}", "STUDY-TOO-LARGE", ":19:9", ""),
    ("store", "path: out/mine", "path: ''", "CFG-TYPE", ":20:15", ""),
    ("engine", "on: slurm", "on: slurn", "CFG-UNKNOWN-VALUE", ":21:15", "slurm"),
    ("memory", "memory: 1GB", "memory: much", "STUDY-EXECUTE", ":21:41", "2GB"),
    ("time", '"01:00:00"', '"1 hour"', "STUDY-EXECUTE", ":21:52", "04:00:00"),
    ("partition", "partition: short", 'partition: "a; b"', "STUDY-EXECUTE", ":21:75", ""),
    ("lines", '["#SBATCH --nice"]', '["a\\nb"]', "STUDY-EXECUTE", ":21:90", ""),
    ("designs", "levers:\n", "designs: [feasable]\nlevers:\n", "CFG-UNKNOWN-VALUE", ":7:11", "feasible"),
    ("no designs", "levers:\n", "designs: []\nlevers:\n", "CFG-MISSING-KEY", ":7:10", "feasible"),
    ("designs twice", "levers:\n", "designs: [feasible, feasible]\nlevers:\n", "STUDY-DUPLICATE", ":7:10", ""),
    ("unknown baseline", "levers:\n", "baseline: statusquo\nlevers:\n", "CFG-UNKNOWN-POLICY", ":7:11", "status_quo"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "where", "mend"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_fault_is_told_with_its_place_and_mend(old: str, new: str, code: str, where: str, mend: str) -> None:
    assert SWEEP.count(old) == 1
    error = fault(lambda: read(SWEEP.replace(old, new)))
    assert error.code == code
    assert where in error.where and error.where.startswith("study.yaml:")
    said = error.mend_en + error.en
    assert mend in said, said


def test_a_sweep_of_nothing_is_refused() -> None:
    assert fault(lambda: read(COMPARE.replace("compare", "sweep"))).code == "STUDY-NOTHING-VARIED"
    assert fault(lambda: read(COMPARE + "design: {method: lhs, n: 4}\n")).code == "STUDY-N"
    assert fault(lambda: read(COMPARE + "policies: [status_quo]\n")).code == "STUDY-NO-POLICY"
    assert fault(lambda: read(COMPARE.replace("{gap: {measure: learning.core_member_gap}}", "{}"))).code == "CFG-MISSING-KEY"


def test_a_lever_may_stay_at_what_holds_anyway() -> None:
    # Told apart from a lever that is not read: this one is, whatever its one value.
    study = read(COMPARE + "policies: [fusion]\nlevers: {finance.member_tilt: {values: [0.7]}}\n")
    assert study.levers[0].values == (0.7,)


def test_a_range_that_goes_only_with_another_lever_is_taken() -> None:
    # 0.3 a year in terms of 3 years is refused by the scenario alone; with terms of 1 it is not.
    text = "policies: [fusion]\nlevers: {rotation.share: {range: [0, 0.3], steps: 2}, rotation.term_years: {range: [1, 3]}}\n"
    assert len(read(COMPARE + text).levers) == 2


def test_a_number_cut_at_its_range_is_taken() -> None:
    study = read(COMPARE + "uncertainties: {development.peer_learning: {dist: norm, params: [0.4, 0.1], range: [0.2, 0.5]}}\n")
    assert (study.uncertainties[0].low, study.uncertainties[0].high) == (0.2, 0.5)
    study = read(COMPARE + "uncertainties: {development.peer_learning: {dist: lognorm, params: [0.4, 0.5]}}\n")
    assert study.uncertainties[0].high > study.uncertainties[0].low >= 0


def test_a_fault_of_the_scenario_itself_names_the_scenario() -> None:
    text = (scenario.declarations.configs() / "scenarios" / "small.yaml").read_text(encoding="utf-8")
    Path("place.yaml").write_text(text.replace("years:", "yeers:"), encoding="utf-8")
    error = fault(lambda: read(COMPARE.replace("scenario: small", "scenario: place.yaml")))
    assert error.code == "CFG-UNKNOWN-KEY" and "place.yaml:" in error.where


def test_a_fault_between_changes_and_policies_is_placed() -> None:
    error = fault(lambda: read(COMPARE + "policies: [fusion]\nset:\n  rotation.share: 0.4\n  rotation.term_years: 5\n"))
    assert error.code == "CFG-FLOW-TERM" and error.where.startswith("study.yaml:8:")


def test_a_list_or_mapping_under_set_reaches_the_scenario() -> None:
    study = read(COMPARE + "set: {rules: {rotation: off}, years: 8}\n")
    assert not study.scenario.rules["rotation"] and study.scenario.years == 8
    assert fault(lambda: read(COMPARE + "set: {rules: [rotation]}\n")).where.startswith("study.yaml:6:")


def test_a_roster_may_be_studied_and_its_drawn_numbers_varied(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "roster.xlsx").write_bytes(folder.encode())
    text = (scenario.declarations.configs() / "scenarios" / "small.yaml").read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    content["region"] = {"kind": "roster", "path": "roster.xlsx"}
    Path("a/place.yaml").write_text(json.dumps(content), encoding="utf-8")
    text = COMPARE.replace("scenario: small", "scenario: ../a/place.yaml") + "uncertainties: {region.ses.zone_mean.urban: {range: [0.1, 0.2]}}\n"
    study = read(text, "b/study.yaml")
    assert study.scenario.region_spec.path == str(tmp_path / "a" / "roster.xlsx")
    moved = read(text + "set: {region.path: roster.xlsx}\n", "b/study.yaml")
    assert moved.scenario.region_spec.path == str(tmp_path / "b" / "roster.xlsx")  # from the file that names it
    assert moved.identity != study.identity


def test_one_policy_alone_is_not_held_to_what_another_refuses(tmp_path: Path) -> None:
    base = read(COMPARE + "policies: [fusion, collaboration]\n").scenario
    changes = {"fusion:rotation.share": 0.4, "fusion:rotation.term_years": 5, "fusion:rotation.return_home": True}
    assert fault(lambda: base.with_(changes)).code == "CFG-FLOW-TERM"
    assert study_file.alone(base, "collaboration", changes).policies == ("collaboration",)
    assert fault(lambda: study_file.alone(base, "fusion", changes)).code == "CFG-FLOW-TERM"


# ---- changes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "seen"),
    [
        ("design.n", "128", lambda s: s.layout.n == 128),
        ("design.n", 128, lambda s: s.layout.n == 128),
        ("design.futures.n", 4, lambda s: s.futures == Sampling("lhs", 4, 0)),
        ("design.futures", "{method: sobol, n: 4}", lambda s: s.futures == Sampling("sobol", 4, 0)),
        ("design.only", '"tilt" < 0.8', lambda s: s.only == '"tilt" < 0.8'),
        ("design.only", "", lambda s: s.only == ""),
        ("seeds.replicates", "7", lambda s: s.seeds.replicates == 7),
        ("seeds.paired", "no", lambda s: not s.seeds.paired),
        ("set.years", "9", lambda s: s.scenario.years == 9),
        ("set.region.n_pupils", 3000, lambda s: s.scenario.region_spec.n_pupils == 3000),
        ("set", {"years": 11}, lambda s: s.scenario.years == 11),
        ("scenario", "county", lambda s: s.scenario.region_spec.n_pupils == 100_000),
        ("store.path", "there", lambda s: s.store == Path.cwd() / "there"),
        ("policies", "fusion,collaboration,co_build", lambda s: s.policies == ("fusion", "collaboration", "co_build")),
        ("policies", ["fusion", "collaboration"], lambda s: s.policies == ("fusion", "collaboration")),
        ("keep", "money.total", lambda s: s.keep == ("learning.core_member_gap", "money.total")),
        ("levers.tilt.values", "0.1, 0.2", lambda s: s.levers[1].values == (0.1, 0.2)),
        ("levers.tilt.values", "[0.1, 0.2]", lambda s: s.levers[1].values == (0.1, 0.2)),
        ("levers.finance.fund_yuan_year.steps", "3", lambda s: s.levers[0].steps == 3),
        ("levers.finance.room_yuan", "{range: [30000, 90000]}", lambda s: s.levers[-1].low == 30000),
        ("uncertainties.families.brand", {"range": [0, 1]}, lambda s: len(s.uncertainties) == 2),
        ("outcomes.gap.at", "mean", lambda s: s.outcomes[0].at == "mean"),
        ("execute.workers", "3", lambda s: s.execution.workers == 3),
        ("name.en", "Other", lambda s: s.name_en == "Other"),
        ("baseline", "none", lambda s: s.baseline == ""),
    ],
)
def test_a_change_is_read_as_in_a_file(path: str, value: Any, seen: Callable[[Study], bool]) -> None:
    study = read(SWEEP.replace("set: {years: 10}", "set: {years: 10}\n"))
    changed = study.with_({"outcomes.gap.at": "last", path: value})
    assert seen(changed)
    assert study == read(SWEEP), "the study itself stays"


@pytest.mark.parametrize(
    ("path", "value", "code", "where", "mend"),
    [
        ("design.m", 1, "CFG-UNKNOWN-KEY", "design.m", "design.n"),
        ("seed.root", 1, "CFG-UNKNOWN-KEY", "seed.root", "seeds.root"),
        ("extends", "x.yaml", "CFG-UNKNOWN-KEY", "extends", ""),
        ("design.n", 100, "STUDY-POWER-OF-TWO", "design.n", "128"),
        ("design.n", None, "CFG-TYPE", "design.n", ""),
        ("set.years", 99, "CFG-RANGE", "set.years", "60"),
        ("levers.tilt.values", "[0.1, ", "CFG-YAML", "levers.tilt.values", ""),
        ("levers.rotaton.share", "{range: [0, 1]}", "CFG-UNKNOWN-PARAMETER", "levers.rotaton.share", "rotation.share"),
        ("scenario", "cunty", "CFG-NO-FILE", "scenario", "county"),
    ],
)
def test_a_wrong_change_is_told(path: str, value: Any, code: str, where: str, mend: str) -> None:
    study = read(SWEEP)
    error = fault(lambda: study.with_({path: value}))
    assert error.code == code and where in error.where
    assert mend in error.mend_en + error.en


# ---- identity and plain data -------------------------------------------------------------------------

GROWTH: list[dict[str, Any]] = [
    {"design.n": 128}, {"seeds.replicates": 9}, {"design.futures.n": 32}, {"policies": ["fusion", "co_build", "collaboration"]},
    {"levers.tilt.values": [0, 0.5, 0.7, 0.9]}, {"levers.finance.fund_yuan_year.range": [0, 2e8]}, {"design.only": '"tilt" > 0.6'},
    {"execute.on": "local"}, {"store.path": "b"}, {"name.en": "b"}, {"outcomes.gap.want": "max"}, {"design.method": "lhs"},
]  # fmt: skip
CONTRADICTIONS: list[dict[str, Any]] = [
    {"set.years": 11}, {"scenario": "county"}, {"set.region.seed": 4}, {"seeds.root": 1}, {"seeds.paired": False}, {"baseline": "none"},
    {"keep": ["money.*"]}, {"outcomes.gap.at": 2030}, {"designs": ["feasible", "identical"]}, {"set.rotation.min_years_at_post": 3},
    {"levers.finance.room_yuan": {"range": [30000, 90000]}}, {"levers.tilt.sets": "finance.sports_share"},
    {"outcomes.more": {"measure": "money.one_off"}}, {"uncertainties.families.brand": {"range": [0, 1]}},
]  # fmt: skip


@pytest.mark.parametrize("changes", GROWTH, ids=str)
def test_growth_keeps_the_identity(changes: dict[str, Any]) -> None:
    study = read(SWEEP)
    assert study.with_(changes).identity == study.identity


@pytest.mark.parametrize("changes", CONTRADICTIONS, ids=str)
def test_a_contradiction_changes_the_identity(changes: dict[str, Any]) -> None:
    study = read(SWEEP)
    assert study.with_(changes).identity != study.identity


def test_the_order_of_keys_does_not_change_the_identity() -> None:
    lines = SWEEP.splitlines()
    turned = [*lines[:7], *reversed(lines[7:11]), *lines[11:15], lines[16], lines[15], *lines[17:]]
    assert read("\n".join(turned)).identity == read(SWEEP).identity


def test_plain_data_say_everything_and_give_the_scenario_back() -> None:
    study = read(SWEEP)
    plain = json.loads(json.dumps(study.plain(), allow_nan=False))
    assert plain["columns"] == list(study.columns) and plain["identity"] == study.identity
    assert plain["levers"][0]["low"] == 0 and plain["levers"][1]["low"] is None
    assert plain["levers"][2]["bundles"]["goods"] == {"finance.equipment_share": 0.8}
    assert plain["outcomes"][1]["unit"] == "yuan"
    told = plain["scenario"]
    assert scenario.restore(told["raw"], told["folder"], told["file"]).hash == study.scenario.hash


def test_a_study_travels_between_processes() -> None:
    study = read(SWEEP)
    again = pickle.loads(pickle.dumps(study))
    assert again == study
    assert again.with_({"design.n": 8}).layout.n == 8


def test_a_place_is_told_of_any_key() -> None:
    study = read(SWEEP)
    assert study.where("design.n") == "study.yaml:19:28: design.n"
    assert study.where("design.only") == "study.yaml:19:9: design"
    assert study.where("execute.on").startswith("study.yaml:21:")


# ---- schema ------------------------------------------------------------------------------------------


@cache
def checker() -> Any:
    import jsonschema

    found = json.loads(json.dumps(schema()))
    jsonschema.Draft202012Validator.check_schema(found)
    return jsonschema.Draft202012Validator(found)


def errors_of(content: Any) -> list[str]:
    return [error.message for error in checker().iter_errors(content)]


def test_the_schema_accepts_what_the_reader_accepts() -> None:
    assert errors_of(content_of(SWEEP)) == []
    assert errors_of(content_of(COMPARE)) == []
    assert errors_of({"extends": "other.yaml", "design": {"n": 8}}) == []


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "calibrate"}, {"lever": {}}, {"levers": {"tilt": {"sets": "finance.member_tilt"}}}, {"design": {"method": "sobel"}},
        {"outcomes": {"gap": {"measure": "learning.gap"}}}, {"seeds": {"replicates": 0}}, {"execute": {"on": "cloud"}}, {"outcomes": {}},
        {"levers": {"x": {"values": {"a": {"finance.member_tilt": 3}}}}},
    ],
    ids=str,
)  # fmt: skip
def test_the_schema_refuses_what_the_reader_refuses(change: dict[str, Any]) -> None:
    content = content_of(COMPARE) | change
    assert errors_of(content) != []
    fault(lambda: study_file.load(content))


def test_the_command_line_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema", "study"]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(schema()))


# ---- anything at all ---------------------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = (
    "schema_version", "kind", "name", "scenario", "set", "policies", "baseline", "designs", "levers", "uncertainties", "seeds",
    "outcomes", "keep", "design", "store", "execute", "extends", "set.years", "set.x", "levers.rotation.share", "levers.tilt.values",
    "levers.tilt.range", "levers.tilt.sets", "uncertainties.x", "uncertainties.development.peer_learning.params", "outcomes.x",
    "uncertainties.development.peer_learning.dist", "outcomes.gap.at", "outcomes.gap.measure", "outcomes.gap.stage", "seeds.root",
    "seeds.replicates", "design.n", "design.futures", "design.futures.n", "design.only", "design.crossed", "store.path", "execute.on",
    "execute.lines", "execute.memory", "set.region.path", "set.behaviour",
)  # fmt: skip
@cache
def sweep() -> Study:
    return read(SWEEP)


FUZZ = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def told(make: Callable[[], object]) -> None:
    with contextlib.suppress(EdusimError):
        make()


@pytest.mark.slow
@FUZZ
@given(value=ANYTHING, key=st.sampled_from(FIELDS))
def test_any_value_anywhere_is_taken_or_told(value: object, key: str) -> None:
    told(lambda: sweep().with_({key: value}))


WORDS = st.sampled_from(sorted({*SWEEP.replace("\n", " \n ").split(" "), "[", "]", "{", "}", ":", "-", "\n", "&a", "*a", "1e999", "0x", "'"}))


@FUZZ
@given(at=st.integers(0, len(SWEEP)), gone=st.integers(0, 12), words=st.lists(WORDS, max_size=3))
def test_a_torn_file_loads_or_is_told(at: int, gone: int, words: list[str]) -> None:
    told(lambda: read(SWEEP[:at] + " ".join(words) + SWEEP[at + gone :]))


@pytest.mark.parametrize("path", ["region.n_pupils", "years", "rules.rotation", "rotation.share"])
def test_a_change_of_the_scenario_is_shown_where_it_belongs(path: str) -> None:
    assert fault(lambda: read(SWEEP).with_({path: 1})).mend_en == f"did you mean set.{path}?"
