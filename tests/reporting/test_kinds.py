"""Every kind of finished folder is known by what it holds; what is not finished, damaged or strange is refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import finished_folders as made
from edusim.errors import EdusimError
from edusim.reporting.kinds import recognise
from planted_runs import plant


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (made.run_folder, "compare"), (lambda f: made.run_folder(f, ("fusion",), 1), "run"), (made.own_counties, "own"), (made.store, "study"),
        (made.calibration, "calibration"), (lambda f: made.calibration(f, "recovery"), "calibration"), (made.validation, "validation"),
        (made.analysis, "discover"), (lambda f: made.analysis(f, "sensitivity"), "sensitivity"), (lambda f: made.analysis(f, "optimise"), "optimise"),
    ],
    ids=["compare", "run", "own", "study", "fit", "recovery", "validation", "discover", "sensitivity", "optimise"],
)  # fmt: skip
def test_a_folder_is_known_by_what_it_holds(make: Callable[[Path], Path], kind: str, tmp_path: Path) -> None:
    assert recognise(make(tmp_path / "any name")).kind == kind


def refused(folder: Path) -> EdusimError:
    with pytest.raises(EdusimError) as caught:
        recognise(folder)
    return caught.value


def test_what_is_not_there_and_what_is_no_result(tmp_path: Path) -> None:
    assert refused(tmp_path / "gone").code == "CFG-NO-FILE"
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refused(tmp_path / "file").code == "CFG-NO-FILE"
    strange = tmp_path / "strange"
    strange.mkdir()
    assert refused(strange).code == "REPORT-UNKNOWN"
    (strange / "manifest.json").write_text('{"name": "another program"}', encoding="utf-8")
    assert refused(strange).code == "REPORT-UNKNOWN"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"format": "edusim-study"}', '{"kind": "own counties"}', '{"digests": {}}'])
def test_a_damaged_manifest_is_told_as_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text, encoding="utf-8")
    assert refused(tmp_path).code in ("RUN-DAMAGED", "STUDY-DAMAGED", "STUDY-SCHEMA")


def test_a_run_without_its_manifest_and_own_counties_without_a_run(tmp_path: Path) -> None:
    made.run_folder(tmp_path / "run")
    (tmp_path / "run" / "manifest.json").unlink()
    assert refused(tmp_path / "run").code == "RUN-DAMAGED"
    made.own_counties(tmp_path / "own")
    (tmp_path / "own" / "fusion" / "manifest.json").unlink()
    assert "fusion" in refused(tmp_path / "own").message("en")


def test_an_unfinished_study_names_what_is_missing_and_the_way_on(tmp_path: Path) -> None:
    problem = refused(made.store(tmp_path / "store", most=5))
    assert problem.code == "REPORT-NOT-FINISHED"
    assert "15 of 24 runs" in problem.message("en") and "24 次推演中还有 15 次" in problem.message("zh")
    assert "edusim study run " in problem.message("en")


def test_the_way_on_has_the_changes_that_the_study_was_begun_with(tmp_path: Path) -> None:
    study = made.study(tmp_path / "store").with_({"seeds.replicates": 5, "set.years": 2, "policies": "[co_build]"})
    plant(study.with_({"seeds.replicates": 4}), lambda policy, changes, draw: [0.1, 1e6], 3)
    said = refused(tmp_path / "store").message("en")
    assert "-S seeds.replicates=4 -S set.years=2 -S 'policies=[co_build]'" in said


def test_a_road_before_its_second_stage(tmp_path: Path) -> None:
    made.store(tmp_path / "road" / "screen")
    problem = refused(tmp_path / "road")
    assert problem.code == "REPORT-NOT-FINISHED" and "Sobol" in problem.message("en")


def test_an_analysis_finds_the_store_around_it(tmp_path: Path) -> None:
    store = made.store(tmp_path / "store")
    folder = made.analysis(store / "discover")
    assert recognise(folder).store is None  # of another model
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["source"]["model"] = json.loads((store / "manifest.json").read_text(encoding="utf-8"))["source"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert recognise(folder).store == store


@pytest.mark.parametrize("spoil", [lambda file: file.write_text("{", encoding="utf-8"), lambda file: file.write_bytes(b"\xff\xfe{}"),
                                   lambda file: file.write_text("[]", encoding="utf-8")], ids=["cut off", "other bytes", "other content"])  # fmt: skip
def test_a_damaged_folder_is_told_without_words_of_libraries(spoil: Callable[[Path], object], tmp_path: Path) -> None:
    for make in (made.run_folder, made.store):
        folder = make(tmp_path / make.__name__)
        spoil(folder / "manifest.json")
        problem = refused(folder)
        assert problem.code in ("RUN-DAMAGED", "STUDY-DAMAGED", "REPORT-UNKNOWN")
        for said in (problem.message("zh"), problem.message("en")):
            assert not any(word in said for word in ("Error", "Arrow", "JSON", "codec", "char", "dict", "NoneType")), said
