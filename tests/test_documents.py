"""All documents on one county, or each on a county of its own: one run folder a document, one table over all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edusim import cli, declarations, documents, policies, runs, scenario
from edusim.errors import RunError

FIVE = {"nanyang", "kunshan", "ninghe", "community_plan", "gangkou"}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("no_pictures")]


def test_the_five_documents_are_the_five_policies() -> None:
    assert set(documents.named()) == FIVE
    law = declarations.law_in_force().documents
    named = [policies.policy(key).document for key in documents.named()]
    assert len(set(named)) == 5 and set(named) <= set(law)
    years = [policies.policy(key).first_year for key in documents.named()]
    assert years == sorted(years)


def test_a_policy_without_role_is_no_document() -> None:
    assert not {"fusion", "co_build", "collaboration", "none", "status_quo"} & set(documents.named())


def test_each_document_has_a_county_of_its_own() -> None:
    found = documents.own_scenarios(documents.named(), "status_quo")
    for key, own in found.items():
        named = policies.policy(key).scenario
        assert named in scenario.shipped(), f"{key} names no county of its own shape"
        assert own.policies == ("status_quo", key)
        assert own.region_spec == scenario.load(named).region_spec
    assert len({own.region_spec.file + str(own.region_spec.n_pupils) for own in found.values()}) > 1


def test_changes_reach_every_county() -> None:
    found = documents.own_scenarios(["fusion", "co_build"], "status_quo", "small", {"years": 3, "rotation.share": "0.04"})
    assert {key: own.years for key, own in found.items()} == {"fusion": 3, "co_build": 3}
    assert all(own.parameters(key).at(2027).by_mode["rotation.share"][1] == 0.04 for key, own in found.items())


@pytest.fixture(scope="module")
def result(no_pictures: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[documents.OwnCounties, Path]:
    scenarios = {
        "fusion": scenario.load("small").with_({"years": 2, "policies": ["status_quo", "fusion"], "region.n_pupils": 2000}),
        "co_build": scenario.load("small").with_({"years": 3, "policies": ["status_quo", "co_build"]}),
    }
    told: list[tuple[int, int]] = []
    found = documents.compare_own(
        scenarios, baseline="status_quo", draws=2, seed=3, workers=1, designs=("feasible",),
        progress=lambda done, total, text: told.append((done, total)),
    )  # fmt: skip
    assert told[-1] == (8, 8) and told == sorted(told)
    folder = tmp_path_factory.mktemp("own") / "result"
    found.save(folder, "en")
    return found, folder


def test_there_is_a_run_folder_for_each_and_one_table(result: tuple[documents.OwnCounties, Path]) -> None:
    found, folder = result
    assert {p.name for p in folder.iterdir()} == {"fusion", "co_build", "manifest.json", "table.zh.txt", "table.en.txt"}
    for key in ("fusion", "co_build"):
        kept = runs.load_run(folder / key)
        assert kept["manifest"]["policies"] == ["status_quo", key]
        assert kept["manifest"]["hash"] == found.manifest["runs"][key]["hash"]
    text = (folder / "table.en.txt").read_text(encoding="utf-8")
    assert text == found.table("en") + "\n"
    gap = found.parts["fusion"].effects
    gap = gap[(gap["measure"] == "learning.core_member_gap") & (gap["year"] == 2027) & (gap["stage"] == "all")].iloc[0]
    row = next(line for line in text.splitlines() if line.startswith("Gap between core and member"))
    assert f"{gap['mean']:+.3f}" in row and f"{gap['mean']:+.3f}" != "+0.000"
    for part, schools in ((found.parts[k], found.parts[k].info["n_schools"]) for k in found.parts):
        assert f"{schools} schools" in text and f"to {part.info['last_year']}" in text


def test_the_same_county_gives_the_same_numbers(result: tuple[documents.OwnCounties, Path]) -> None:
    found, _ = result
    alone = runs.compare(found.parts["co_build"].scenario, draws=2, seed=3, designs=("feasible",))
    assert alone.manifest["digests"] == found.parts["co_build"].manifest["digests"]


def test_the_folder_of_all_is_no_run(result: tuple[documents.OwnCounties, Path], capsys: pytest.CaptureFixture[str]) -> None:
    _, folder = result
    with pytest.raises(RunError) as wrong:
        runs.load_run(folder)
    assert wrong.value.code == "RUN-NOT-A-RUN" and "fusion, co_build" in wrong.value.message("en")
    assert cli.main(["explain", str(folder), "--group", "1"]) == 1
    assert "RUN-NOT-A-RUN" in capsys.readouterr().err


def test_a_failure_leaves_nothing(result: tuple[documents.OwnCounties, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = result

    def fail(*_a: object, **_k: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs.Results, "_write", fail)
    with pytest.raises(RunError):
        found.save(tmp_path / "result", "en")
    assert list(tmp_path.iterdir()) == []


# ---- the command line ------------------------------------------------------------------------------


def plan(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    assert cli.main(["compare", *words, "-n", "--json"]) == 0
    found: dict[str, object] = json.loads(capsys.readouterr().out)["plan"]
    return found


def test_all_means_the_documents(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(["small", "--policies", "all", "--draws", "2"], capsys)
    assert found["policies"] == ["status_quo", *documents.named()]
    assert found["runs"] == (1 + len(documents.named())) * 2 * 2


def test_own_counties_are_planned_and_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = ["small", "--counties", "own", "--policies", "fusion,co_build", "--draws", "1", "--years", "1", "--design", "feasible", "-j", "1"]
    found = plan(words, capsys)
    assert found["runs"] == 4 and len(found["policies"]) == 2  # type: ignore[arg-type]
    folder = tmp_path / "out"
    assert cli.main(["compare", *words, "--out", str(folder), "-q", "--lang", "zh"]) == 0
    out = capsys.readouterr().out
    assert "各政策在各自形状的县" in out and str(folder) in out
    assert (folder / "fusion" / "measures.parquet").exists() and (folder / "log.txt").exists()
    assert cli.main(["compare", *words, "--out", str(folder), "-q", "--lang", "en"]) == 1
    assert "RUN-EXISTS" in capsys.readouterr().err
    assert cli.main(["compare", *words, "--out", str(folder), "-q", "--lang", "en", "--force", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["effects"]) == {"fusion", "co_build"} and told["manifest"]["kind"] == "own counties"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--counties", "ow"], "CLI-VALUE"),
        (["--counties", "own", "--roster", "x.xlsx"], "CLI-OPTION"),
        (["--counties", "own", "--policies", "status_quo"], "CLI-VALUE"),
        (["--counties", "own", "--policies", "fuson"], "CFG-UNKNOWN-POLICY"),
        (["--counties", "own", "-S", "rotation.shar=0.1"], "CFG-UNKNOWN-KEY"),
    ],
)
def test_mistakes_are_one_line(words: list[str], code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["compare", "small", *words, "--lang", "en"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and len(err.splitlines()) == 1 and f"[{code}]" in err
