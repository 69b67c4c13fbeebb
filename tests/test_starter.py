"""`edusim init` and `edusim schema`: what is written loads and runs, and the schemas say what the reader says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from edusim import cli, declarations, parameters, policies, runs, scenario, schemas, starter
from edusim.errors import RunError
from edusim.region import roster

CONFIGS = declarations.configs()


class Loader(yaml.SafeLoader):
    """YAML as an editor reads it: dates stay texts."""


Loader.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in pairs if tag != "tag:yaml.org,2002:timestamp"]
    for sign, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def plain(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("starter") / "study"
    assert starter.start(folder) == list(starter.FILES)
    return folder


def test_every_file_is_written(study: Path) -> None:
    assert {str(p.relative_to(study)) for p in study.rglob("*") if p.is_file()} == set(starter.FILES)
    assert not [p for p in study.parent.iterdir() if p != study], "nothing half-written stays"


def test_the_roster_is_empty_and_the_check_says_so_in_one_line(study: Path) -> None:
    assert [e.code for e in roster.check(study / "roster.xlsx").errors] == ["DATA-EMPTY-SHEET"]


def test_the_scenario_loads_with_the_policy_and_its_origins(study: Path) -> None:
    found = scenario.load(study / "scenario.yaml")
    assert found.policies == ("status_quo", "co_build", "my_policy")
    mine = found.policy("my_policy")
    origins = {c.origin for clauses in (mine.clauses, *mine.mode_clauses) for c in clauses.values()}
    assert origins == {"co_build", "kunshan", "my_policy"}
    documents = {c.reference.document for clauses in (mine.clauses, *mine.mode_clauses) for c in clauses.values()}
    assert {"community-2021", "kunshan-2019"} <= documents


def test_the_policy_acts_and_the_run_says_whence_each_clause_came(study: Path) -> None:
    small = scenario.load(study / "scenario.yaml").with_({"years": 3, "region.n_pupils": 4000})
    result = runs.run(small, policy="my_policy")
    last = result.measures[(result.measures["year"] == 2028) & (result.measures["stage"] == "all")].set_index("measure")["value"]
    assert last["groups.coverage"] > 0, "no group is formed: the example is dead"
    assert last["staffing.rotation_delivered"] > 0
    sources = result.manifest["sources"]["my_policy"]
    assert {entry["policy"] for entry in sources["rotation.term_years"]} == {"co_build"}
    assert sources["rotation.term_years"][0]["document"] == "community-2021"
    assert any(entry["policy"] == "kunshan" for entries in sources.values() for entry in entries)
    assert {entry["policy"] for entry in sources["rotation.share"]} == {"my_policy"}


def test_commented_examples_of_the_policy_hold(study: Path, tmp_path: Path) -> None:
    text = (study / "policies" / "my_policy.yaml").read_text(encoding="utf-8")
    examples = [line for line in text.splitlines() if line.startswith("#   - {from:")]
    assert len(examples) >= 2
    lively = text
    for line in examples:
        lively = lively.replace(line, line[1:].replace("   - ", "  - ", 1))
    file = tmp_path / "lively.yaml"
    file.write_text(lively.replace("# end:", "end:", 1), encoding="utf-8")
    found = policies.policy(str(file))
    assert {c.origin for clauses in (found.clauses, *found.mode_clauses) for c in clauses.values()} >= {"co_build", "kunshan", "gangkou"}
    assert found.last_year == 2031


@pytest.mark.parametrize("there", ["a file", "a folder with a file", "a link"])
def test_what_is_there_is_never_touched(tmp_path: Path, there: str) -> None:
    target = tmp_path / "study"
    if there == "a file":
        target.write_text("mine", encoding="utf-8")
    elif there == "a link":
        target.symlink_to(tmp_path / "elsewhere")
    else:
        target.mkdir()
        (target / "mine.txt").write_text("mine", encoding="utf-8")
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(RunError) as wrong:
        starter.start(target)
    assert wrong.value.code == "RUN-EXISTS"
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    starter.start(".")
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()} == set(starter.FILES)
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}.part-*"))


@pytest.mark.parametrize("at", ["shutil.copyfile", "edusim.region.roster_template.template"])
def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], at: str) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(at, full)
    assert cli.main(["init", str(tmp_path / "study"), "--lang", "en"]) == 1
    assert "[RUN-DISK-FULL]" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


# ---- schemas ---------------------------------------------------------------------------------------


@cache
def checker(kind: str) -> Callable[[Any], list[str]]:
    schema = json.loads(json.dumps(schemas.schema(kind)))
    import jsonschema  # here, not above: every worker loads every file, and beside notebooks this takes seconds

    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    return lambda content: [error.message for error in validator.iter_errors(content)]


POLICIES = sorted(p for p in (CONFIGS / "policies").glob("*.yaml") if p.stem != declarations.LAW)


@pytest.mark.slow
@pytest.mark.parametrize("path", POLICIES, ids=lambda p: p.stem)
def test_the_schema_accepts_every_shipped_policy(path: Path) -> None:
    assert checker("policy")(plain(path)) == []


@pytest.mark.parametrize("path", sorted((CONFIGS / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_schema_accepts_every_shipped_scenario(path: Path) -> None:
    assert checker("scenario")(plain(path)) == []


CALIBRATIONS = sorted((CONFIGS.parent / "experiments" / "calibration").glob("*.yaml"))


def calibration_checker() -> Callable[[Any], list[str]]:
    import jsonschema

    from edusim.calibrate import calibration_schema

    schema = json.loads(json.dumps(calibration_schema.schema()))
    jsonschema.Draft202012Validator.check_schema(schema)
    return lambda content: [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(content)]


@pytest.mark.parametrize("path", CALIBRATIONS, ids=lambda p: p.stem)
def test_the_schema_accepts_every_shipped_calibration(path: Path) -> None:
    assert calibration_checker()(plain(path)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda c: c.update(fitt=c["fit"]), lambda c: c["fit"].update({"rotation.share": {}}), lambda c: c["fit"].update({"workforce.resin": {}}),
        lambda c: c.update(trials={"start": 8}), lambda c: c.pop("tables"), lambda c: c.update(seeds={"county": "another"}),
        lambda c: c["fit"].update({"workforce.resign": {"range": [1]}}), lambda c: c.update(kind="sweep"),
    ],
    ids=["misspelt key", "set by policy", "misspelt parameter", "too few", "no tables", "no such county", "half a range", "another kind"],
)  # fmt: skip
def test_the_schema_refuses_a_calibration_that_the_reader_refuses(spoil: Callable[[dict[str, Any]], Any]) -> None:
    from edusim.calibrate.calibration_file import load
    from edusim.errors import EdusimError

    content = plain(CONFIGS.parent / "experiments" / "calibration" / "recovery.yaml")
    spoil(content)
    assert calibration_checker()(content)
    with pytest.raises(EdusimError):
        load(content)


def test_edusim_schema_prints_every_kind(capsys: pytest.CaptureFixture[str]) -> None:
    from edusim.cli_policies import SCHEMAS

    for kind in SCHEMAS:
        assert cli.main(["schema", kind]) == 0
        assert json.loads(capsys.readouterr().out)["title"].startswith("edusim ")


@pytest.mark.slow
def test_the_schema_accepts_what_init_writes(study: Path) -> None:
    assert checker("scenario")(plain(study / "scenario.yaml")) == []
    assert checker("policy")(plain(study / "policies" / "my_policy.yaml")) == []
    for name in ("scenario.yaml", "policies/my_policy.yaml"):
        first = (study / name).read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith(schemas.HEAD)
        file = (study / name).parent / first.removeprefix(schemas.HEAD)
        kind = "policy" if "policies" in name else "scenario"
        assert json.loads(file.read_text(encoding="utf-8")) == json.loads(json.dumps(schemas.schema(kind)))


BAD_POLICIES: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("misspelt key", lambda c: c.update(titel={"zh": "甲", "en": "a"})),
    ("misspelt parameter", lambda c: c["clauses"].update({"rotation.shar": c["clauses"]["rotation.share"]})),
    ("misspelt key of a clause", lambda c: c["clauses"]["rotation.share"].update(statuss="clause")),
    ("out of range", lambda c: c["clauses"]["rotation.share"].update({"values": {"2021-09-01": 0.9}})),
    ("no such status", lambda c: c["clauses"]["rotation.share"].update(status="claus")),
    ("no such document", lambda c: c.update(document="community-2020")),
    ("no value", lambda c: c["clauses"]["rotation.share"].pop("values")),
    ("no reference", lambda c: c["clauses"]["rotation.share"].pop("reference")),
    ("no name", lambda c: c.pop("name")),
    ("take without clauses", lambda c: c.update(take=[{"from": "fusion"}])),
    ("misspelt take", lambda c: c.update(take=[{"form": "fusion", "clauses": ["rotation.*"]}])),
    ("no such role", lambda c: c.update(role="documents")),
    ("no date", lambda c: c["clauses"]["rotation.share"].update({"values": {"2021": 0.1}})),
]


@pytest.mark.parametrize(("what", "spoil"), BAD_POLICIES, ids=[what for what, _ in BAD_POLICIES])
def test_the_schema_refuses_what_the_reader_refuses(what: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    content = plain(CONFIGS / "policies" / "co_build.yaml")
    assert checker("policy")(content) == []
    spoil(content)
    assert checker("policy")(content) != []


def test_the_schema_refuses_a_misspelt_scenario() -> None:
    content = plain(CONFIGS / "scenarios" / "small.yaml")
    for value, right in (({"2028-09-01": 0}, True), ({"always": 1e7, "2028-9-1": 0}, True), (1e7, True), ({"2028": 0}, False), ({}, False), (3e8, False),
                         ({"2028-09-01": 3e8}, False)):  # fmt: skip
        assert (checker("scenario")({**content, "parameters": {"finance.fund_yuan_year": value}}) == []) is right, value
    for key, value in (("yeasr", 3), ("kind", "policy"), ("years", 0)):
        assert checker("scenario")({**content, key: value}) != []


def test_everything_that_may_be_written_is_described_in_chinese() -> None:
    def bare(schema: Any, path: str) -> list[str]:
        found: list[str] = []
        if isinstance(schema, dict):
            for key, child in schema.get("properties", {}).items():
                text = child.get("description", "")
                if key not in ("zh", "en") and not any("\u4e00" <= sign <= "\u9fff" for sign in text):
                    found.append(f"{path}.{key}")
                found += bare(child, f"{path}.{key}")
            found += bare(schema.get("items"), f"{path}[]")
        return found

    assert bare(schemas.schema("policy"), "policy") == []
    clauses = schemas.schema("policy")["properties"]["clauses"]["properties"]
    assert set(clauses) == set(declarations.law_in_force().parameters)
    assert parameters.value_schemas()["rotation.share"]["description"] == clauses["rotation.share"]["description"]


@pytest.mark.slow
def test_schema_and_init_on_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for words, kind in ((["schema"], "scenario"), (["schema", "scenario"], "scenario"), (["schema", "policy"], "policy")):
        assert cli.main(words) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(schemas.schema(kind)))
    for lang in ("zh", "en"):
        assert cli.main(["init", f"study-{lang}", "--lang", lang]) == 0
        out = capsys.readouterr().out
        assert "policies/my_policy.yaml" in out and ("已写出" in out) == (lang == "zh")
    assert cli.main(["init", "study-json", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["files"] == list(starter.FILES)
    assert cli.main(["init", "study-json", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "RUN-EXISTS"
    shutil.rmtree(tmp_path / "study-json")
