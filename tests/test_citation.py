"""How the project is cited and what it stands on: CITATION.cff, codemeta.json and the notices agree with pyproject.toml."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import yaml

import edusim
from edusim.declarations import law_in_force

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
CODEMETA: dict[str, Any] = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))
NOTICES = (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")


def required(lines: list[str]) -> dict[str, str]:
    """Return library -> versions asked for."""
    found = (re.fullmatch(r"([\w.-]+)([^;\[]*)", line.strip()) for line in lines)
    return {m[1]: m[2].strip() for m in found if m}


def test_the_citation_is_of_this_version_and_licence() -> None:
    assert CITATION["cff-version"] == "1.2.0" and {"message", "title", "authors"} <= set(CITATION)
    assert CITATION["version"] == PROJECT["version"] == edusim.__version__
    assert CITATION["license"] == PROJECT["license"] and CITATION["type"] == "software"
    assert len(CITATION["abstract"]) > 200 and "no causal estimate" in CITATION["abstract"]
    kinds = {"article", "government-document"}
    for reference in CITATION["references"]:
        assert reference["type"] in kinds and reference["title"] and isinstance(reference["year"], int)
        assert all({"family-names", "given-names"} <= set(a) or "name" in a for a in reference["authors"])
        assert "doi" not in reference or re.fullmatch(r"10\.\d{4,}/\S+", reference["doi"])


def test_the_documents_that_the_policies_come_from_are_cited() -> None:
    cited = {r["title"]: r for r in CITATION["references"]}
    for key, (name, _, _) in law_in_force().documents.items():
        if not re.match(r"community|nanyang|kunshan|ninghe|gangkou|quality", key):
            continue
        bare = re.sub(r"（\d{4}）$|，\d{4}(?=）)", "", name)
        assert bare in cited, f"{key}: CITATION.cff has no reference {bare}"
        assert str(cited[bare]["year"]) in key


def test_codemeta_says_what_the_project_says() -> None:
    assert CODEMETA["@context"] == "https://w3id.org/codemeta/3.0" and CODEMETA["@type"] == "SoftwareSourceCode"
    assert CODEMETA["version"] == PROJECT["version"] and CODEMETA["license"].endswith(f"/{PROJECT['license']}")
    assert CODEMETA["identifier"] == PROJECT["name"] and CODEMETA["description"] == PROJECT["description"]
    assert CODEMETA["keywords"] == PROJECT["keywords"]
    assert CODEMETA["programmingLanguage"]["version"] == PROJECT["requires-python"]
    assert [a["name"] for a in CODEMETA["author"]] == [a["name"] for a in PROJECT["authors"]]
    needs = {r["name"]: r["version"] for r in CODEMETA["softwareRequirements"]}
    assert needs == required(PROJECT["dependencies"])
    extras = PROJECT["optional-dependencies"]
    suggested = [need for name in ("analysis", "chaos", "cluster", "pdf", "notebook", "viz") for need in extras[name]]
    assert {r["name"]: r["version"] for r in CODEMETA["softwareSuggestions"]} == required(suggested)
    for name in (CODEMETA["readme"], *re.findall(r"docs/[\w.-]+", CODEMETA["softwareHelp"]["name"])):
        assert (ROOT / name).exists(), name


def test_every_library_has_its_notice() -> None:
    extras = PROJECT["optional-dependencies"]
    rows = {cell.strip().lower() for row in re.findall(r"^\| ([^|]+) \|", NOTICES, re.MULTILINE) for cell in re.split(r"[,(]", row)}
    wanted = required([*PROJECT["dependencies"], *(need for name in ("analysis", "cluster", "pdf", "notebook", "viz") for need in extras[name])])
    missing = [name for name in wanted if name.lower() not in rows]
    assert not missing, f"THIRD_PARTY_NOTICES.md has no row for {', '.join(missing)}"
    assert re.search(r"\| platypus-opt \| .*GPL-3\.0", NOTICES), "the one library under the GPL is named"
