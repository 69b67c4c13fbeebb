"""Runs and comparisons: the frames others rely on, the folder whole or not at all, explanations that hold."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import edusim
from edusim import runs
from edusim.errors import ConfigError, RunError
from edusim.explain import explain
from edusim.folders import load_run
from edusim.model import County
from edusim.rules.context import EVENTS, RULES
from edusim.runs import Comparison, Run
from edusim.scenario import Scenario, load, restore

MEASURES = ["policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value", "unit"]
SCHOOLS = ["policy", "draw", "year", "school_id"]
RECORDS = ["policy", "draw", "year", "rule", "agent_type", "agent_id", "source", "target", "clause", "amount"]
EFFECTS = ["policy", "baseline", "year", "measure", "mean", "low", "high", "n", "draws_needed"]


@pytest.fixture(scope="module")
def small() -> Scenario:
    return edusim.load("small").with_({"years": 2, "region.n_pupils": 1500})


@pytest.fixture(scope="module")
def run(small: Scenario) -> Run:
    return edusim.run(small, policy="fusion", seed=3, records="all")


@pytest.fixture(scope="module")
def comparison(small: Scenario) -> Comparison:
    return edusim.compare(small, policies=["fusion", "co_build"], draws=3, seed=3)


@pytest.fixture(scope="module")
def folder(comparison: Comparison, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:  # pictures take seconds; that they are there is a test of its own
        patch.setattr("edusim.report.figures.draw_all", lambda *_, **__: [])
        return comparison.save(tmp_path_factory.mktemp("runs") / "out", lang="en")


# -------------------------------------------------------------------------------------------- frames


def test_frames_have_the_columns_that_others_rely_on(run: Run, comparison: Comparison) -> None:
    assert list(run.measures.columns) == MEASURES
    assert list(run.schools.columns[:4]) == SCHOOLS
    assert list(run.records.columns[: len(RECORDS)]) == RECORDS
    assert list(comparison.measures.columns) == ["design", *MEASURES]
    assert [c for c in comparison.effects.columns if c in EFFECTS] == EFFECTS
    assert {"design", "stage"} <= set(comparison.effects.columns)


def test_measures_cover_every_year_from_the_base_year(run: Run) -> None:
    assert sorted(run.measures["year"].unique()) == [2025, 2026, 2027]
    county = run.measures[(run.measures["scope"] == "county") & (run.measures["stage"] == "all")]
    keys = ["year", "measure", "stage", "unit_id"]
    assert not county.duplicated(keys).any()
    assert len(set(county["measure"])) > 50
    assert run.measures["unit"].astype(str).str.len().min() > 0


def test_schools_are_one_row_a_year_under_pseudonyms(run: Run) -> None:
    schools = run.schools
    assert not schools.duplicated(["policy", "draw", "year", "school_id"]).any()
    assert len(schools) == 3 * run.manifest["agents"]["n_schools"]
    names = schools.groupby("school_id")["pseudonym_zh"].nunique()
    assert (names == 1).all() and schools["pseudonym_en"].astype(str).str.len().min() > 0


def test_records_tell_who_from_where_to_where_by_which_clause(run: Run) -> None:
    records = run.records
    assert set(records["rule"]) <= set(RULES) and set(records["event"]) <= set(EVENTS)
    sent = records[records["event"] == "send_down"]
    ids = set(run.schools["school_id"])
    assert len(sent) > 0 and (sent["agent_type"] == "teacher").all()
    assert set(sent["source"]) <= ids and set(sent["target"]) <= ids and (sent["source"] != sent["target"]).all()
    assert sent["clause"].str.startswith("M-").all()
    assert not sent.duplicated(["year", "agent_id"]).any()


def test_counts_are_the_records_counted(small: Scenario, run: Run) -> None:
    counted = edusim.run(small, policy="fusion", seed=3, records="counts").records
    mine = run.records.groupby(["year", "event"]).size()
    other = counted.set_index(["year", "event"])["amount"]
    pd.testing.assert_series_equal(mine.sort_index(), other.sort_index(), check_names=False, check_dtype=False)
    assert edusim.run(small, policy="fusion", seed=3, records="none").records.empty


def test_flows_are_those_sent(run: Run) -> None:
    sent = run.records[run.records["event"].isin(["send_down", "send_up"])]
    assert run.flows["teachers"].sum() == len(sent)


def test_effects_are_the_paired_differences_of_measures(comparison: Comparison) -> None:
    frame = comparison.measures
    row = comparison.effects.query(
        "design == 'feasible' and policy == 'fusion' and year == 2027 and measure == 'learning.mean' and stage == 'all'"
    ).iloc[0]
    picked = frame[(frame["design"] == "feasible") & (frame["year"] == 2027) & (frame["measure"] == "learning.mean")]
    picked = picked[(picked["stage"] == "all") & picked["scope"].isin(["county", "stage"])]
    wide = picked.pivot_table(index="draw", columns="policy", values="value", observed=True)
    d = wide["fusion"] - wide["status_quo"]
    assert row["n"] == 3
    assert row["mean"] == pytest.approx(d.mean(), abs=1e-12)
    assert row["high"] - row["low"] == pytest.approx(2 * 4.3027 * d.std() / np.sqrt(3), rel=1e-3)


def test_a_comparison_adds_its_baseline_and_compares_twice(comparison: Comparison) -> None:
    assert set(comparison.measures["policy"]) == {"status_quo", "fusion", "co_build"}
    assert set(comparison.effects["policy"]) == {"fusion", "co_build"}
    assert set(comparison.effects["design"]) == {"feasible", "identical"}
    assert (comparison.effects["baseline"] == "status_quo").all()
    base = comparison.effects[comparison.effects["year"] == 2025]
    assert (base.loc[base["n"] > 1, "mean"] == 0).all(), "policies differ before they act"


@pytest.mark.slow
def test_another_baseline(small: Scenario) -> None:
    found = edusim.compare(small, policies=["fusion"], draws=2, baseline="co_build", designs=("feasible",))
    assert set(found.effects["baseline"]) == {"co_build"} and set(found.effects["policy"]) == {"fusion"}


@pytest.mark.slow
def test_progress_is_told(small: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    edusim.compare(small.with_({"region.n_pupils": 600, "years": 1}), policies=["fusion"], draws=2, designs=("feasible",),
                   progress=lambda done, total, text: seen.append((done, total)))  # fmt: skip
    assert seen == [(0, 4), (2, 4), (4, 4)]


@pytest.mark.parametrize(
    ("given", "code", "word"),
    [
        ({"draws": 0}, "CFG-DRAWS", "1"),
        ({"designs": ("feasable",)}, "CFG-DESIGN", "feasible"),
        ({"policies": ["fuson"]}, "CFG-UNKNOWN-POLICY", "fusion"),
    ],
)
def test_what_cannot_be_compared_is_refused(given: dict[str, object], code: str, word: str, small: Scenario) -> None:
    with pytest.raises(ConfigError) as caught:
        edusim.compare(small, **{"draws": 1, **given})  # type: ignore[arg-type]
    assert caught.value.code == code and word in str(caught.value)


# ------------------------------------------------------------------------------------------- manifest


def test_the_manifest_holds_what_is_needed_to_run_again(run: Run, small: Scenario) -> None:
    manifest = json.loads(json.dumps(run.manifest, ensure_ascii=False, default=str))
    assert manifest["schema_version"] == 1 and manifest["seed"] == 3 and manifest["hash"] == small.hash
    assert manifest["versions"]["edusim"] == edusim.__version__ and {"numpy", "numba", "python"} <= set(manifest["versions"])
    assert manifest["agents"]["n_pupils"] == pytest.approx(1500, rel=0.05) and manifest["agents"]["n_schools"] > 5
    assert manifest["rules_on"] == list(RULES)
    assert "rotation.share" in json.dumps(manifest["configuration"])
    again = restore(manifest["resume"]["raw"], manifest["resume"]["folder"], manifest["resume"]["file"])
    assert again.hash == small.hash
    same = edusim.run(again, policy="fusion", seed=3)
    assert same.manifest["digests"] == manifest["digests"]


def test_rules_that_are_off_are_not_listed_as_on(small: Scenario) -> None:
    off = edusim.run(small.with_({"rules.rotation": False, "years": 1}), policy="fusion")
    assert "rotation" not in off.manifest["rules_on"] and str(off.manifest["overrides"]["rules"]["rotation"]).lower() == "false"


# --------------------------------------------------------------------------------------------- folder


@pytest.mark.slow
def test_a_folder_is_whole(comparison: Comparison, tmp_path: Path) -> None:
    folder = comparison.save(tmp_path / "out", lang="en")
    names = {p.name for p in folder.iterdir()}
    frames = {f"{n}.parquet" for n in ("measures", "schools", "records", "flows", "effects")}
    assert frames | {"manifest.json", "measures.csv", "schools.csv", "effects.csv", "table.zh.txt", "table.en.txt", "figures"} <= names
    assert len(list((folder / "figures").glob("*.png"))) == 12
    assert not [p for p in folder.parent.iterdir() if p.name.startswith(".")], "a half-written folder is left"


def test_what_a_folder_tells_a_reader_points_to_the_limits(folder: Path) -> None:
    from edusim.report.language import limits

    for lang in ("zh", "en"):
        assert (folder / f"table.{lang}.txt").read_text(encoding="utf-8").splitlines()[1:3] == limits(lang)
    status = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["status"]
    assert status == [*limits("zh"), limits("en")[1]]  # figures: tests/report


def test_a_folder_is_read_back_as_it_was(folder: Path, comparison: Comparison) -> None:
    found = load_run(folder)
    for name in ("measures", "schools", "records", "effects", "flows"):
        pd.testing.assert_frame_equal(
            found[name].astype(object), getattr(comparison, name).astype(object), check_dtype=False, check_exact=True
        )
    assert found["manifest"]["digests"] == comparison.manifest["digests"]
    effects = pd.read_csv(folder / "effects.csv", encoding="utf-8-sig")
    assert len(effects) == len(comparison.effects)


def test_a_folder_in_use_is_not_touched(folder: Path, comparison: Comparison) -> None:
    before = sorted(p.name for p in folder.iterdir())
    with pytest.raises(RunError) as caught:
        comparison.save(folder)
    assert caught.value.code == "RUN-EXISTS"
    assert sorted(p.name for p in folder.iterdir()) == before


def test_nothing_is_left_of_a_result_that_could_not_be_written(
    comparison: Comparison, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs, "write_csv", full)
    with pytest.raises(RunError) as caught:
        comparison.save(tmp_path / "out")
    assert caught.value.code == "RUN-DISK-FULL"
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        load_run(tmp_path)
    assert caught.value.code == "RUN-NOT-A-RUN"
    (tmp_path / "manifest.json").write_text("{", encoding="utf-8")
    with pytest.raises(RunError) as caught:
        load_run(tmp_path)
    assert caught.value.code == "RUN-DAMAGED"


def test_tables_are_in_both_languages(run: Run, comparison: Comparison) -> None:
    for results in (run, comparison):
        zh, en = results.table("zh"), results.table("en")
        assert zh != en and any("\u4e00" <= sign <= "\u9fff" for sign in zh)
        # The line that this is no forecast stands in both languages; every row in the reader's.
        rows = [line for line in en.splitlines() if any(sign.isdigit() for sign in line)]
        assert len(rows) > 10 and not any("\u4e00" <= sign <= "\u9fff" for line in rows for sign in line)


# -------------------------------------------------------------------------------------------- explain


def test_a_teachers_story_is_that_of_the_records(folder: Path, small: Scenario) -> None:
    records = edusim.run(small, policy="fusion", seed=3, records="all").records
    sent = records[records["event"] == "send_down"].iloc[0]
    text = explain(folder, teacher=int(sent["agent_id"]), lang="en")
    assert str(sent["year"]) in text and EVENTS["send_down"][3] in text and "M-45" in text
    zh = explain(folder, teacher=int(sent["agent_id"]), lang="zh")
    assert EVENTS["send_down"][2] in zh


def test_a_school_is_found_by_id_and_by_pseudonym(folder: Path, comparison: Comparison) -> None:
    row = comparison.schools.iloc[0]
    by_id = explain(folder, school=int(row["school_id"]), lang="en")
    assert by_id == explain(folder, school=str(row["pseudonym_en"]), lang="en")
    assert by_id.count("==") >= 3, "one part a policy"


def test_a_group_has_its_story(folder: Path) -> None:
    assert "group formed" in explain(folder, group=_first_group(folder), lang="en")


def _first_group(folder: Path) -> int:
    schools = load_run(folder)["schools"]
    formed = schools[(schools["policy"] == "fusion") & (schools["mode"] > 0)]
    return int(formed["group_id"].iloc[0])


@pytest.mark.parametrize(
    ("named", "code"),
    [({}, "EXPLAIN-ONE"), ({"teacher": 1, "group": 1}, "EXPLAIN-ONE"), ({"teacher": 987654321}, "EXPLAIN-UNKNOWN")],
)
def test_who_is_not_there_has_no_story(named: dict[str, int], code: str, folder: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        explain(folder, **named)
    assert caught.value.code == code


def test_a_run_that_can_no_longer_be_made_again_says_so(folder: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    changed.mkdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["digests"] = dict.fromkeys(manifest["digests"], "0" * 64)
    (changed / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(RunError) as caught:
        explain(changed, teacher=1)
    assert caught.value.code == "RUN-CHANGED"


def test_a_county_that_is_done_with_leaves_memory() -> None:
    """Thousands of runs in one process must not pile up: nothing but its user holds a county."""
    model = County(load("small"), "fusion", records="none")
    model.step()
    kept = weakref.ref(model)
    del model
    gc.collect()
    assert kept() is None


def test_a_result_at_a_prompt_is_one_line(run: Run, comparison: Comparison) -> None:
    assert repr(run) == "<Run: fusion; 1 draw, 2026-2027, seed 3>"
    assert repr(comparison) == "<Comparison: status_quo, fusion, co_build; 3 draws, 2026-2027, seed 3>"


def test_a_single_run_tells_of_its_years(small: Scenario) -> None:
    told: list[tuple[int, int, str]] = []
    watched = edusim.run(small, policy="fusion", seed=3, progress=lambda *words: told.append(words))
    assert told == [(1, 2, "2026"), (2, 2, "2027")]
    pd.testing.assert_frame_equal(watched.measures, edusim.run(small, policy="fusion", seed=3).measures)
