"""A policy may take clauses from other policies: later before earlier, its own before all, each with its origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from edusim import policies, scenario

HEAD = """schema_version: 1
kind: policy
key: mine
name: {zh: 我的政策, en: Mine}
description: {zh: 试例, en: An example}
start: 2025-09-01
"""


def written(folder: Path, body: str, name: str = "mine.yaml", key: str = "mine") -> policies.Policy:
    file = folder / name
    file.write_text(HEAD.replace("key: mine", f"key: {key}") + body, encoding="utf-8")
    return policies.policy(str(file))


def test_clauses_keep_reference_and_origin(tmp_path: Path) -> None:
    mine = written(tmp_path, "take:\n  - {from: co_build, clauses: [rotation.*, finance.fund_yuan_year]}\n")
    source = policies.policy("co_build")
    wanted = {path for path in source.mode_clauses[0] if path.startswith("rotation.")}
    assert len(wanted) >= 5 and set(mine.mode_clauses[0]) == wanted
    assert set(mine.clauses) == {"finance.fund_yuan_year"}
    for path in wanted:
        taken, own = mine.mode_clauses[0][path], source.mode_clauses[0][path]
        assert (taken.origin, taken.status, taken.reference) == ("co_build", own.status, own.reference)
        assert taken.steps.values == own.steps.values
    assert mine.clauses["finance.fund_yuan_year"].origin == "co_build"


def test_dates_move_with_the_start(tmp_path: Path) -> None:
    source = policies.policy("fusion").mode_clauses[0]["groups.coverage_share"].steps
    assert len(source.years) >= 3, "the example needs a dated clause"
    taken = written(tmp_path, "take:\n  - {from: fusion, clauses: [groups.coverage_share]}\n").mode_clauses[0]
    assert taken["groups.coverage_share"].steps.years == tuple(year + 4 for year in source.years)  # 2021 -> 2025


OWN = """clauses:
  rotation.share:
    status: assumption
    value: 0.07
    reference: {note: {zh: 自定, en: ours}}
"""


def test_later_goes_before_earlier_and_own_before_all(tmp_path: Path) -> None:
    lines = ["  - {from: co_build, clauses: [rotation.share, rotation.term_years]}\n", "  - {from: fusion, clauses: [rotation.share]}\n"]
    share = {}
    for order in (1, -1):
        mine = written(tmp_path, "take:\n" + "".join(lines[::order]), f"order{order}.yaml")
        share[order] = mine.mode_clauses[0]["rotation.share"]
        assert mine.mode_clauses[0]["rotation.term_years"].origin == "co_build"
    assert (share[1].origin, share[-1].origin) == ("fusion", "co_build")
    assert share[1].steps.values != share[-1].steps.values
    own = written(tmp_path, "take:\n" + "".join(lines) + OWN, "own.yaml").mode_clauses[0]["rotation.share"]
    assert (own.origin, own.steps.values) == ("mine", (0.07,))


def test_a_chain_keeps_the_first_origin(tmp_path: Path) -> None:
    written(tmp_path, "take:\n  - {from: co_build, clauses: [rotation.*]}\n", "first.yaml", "first")
    second = written(tmp_path, "take:\n  - {from: first.yaml, clauses: [rotation.sh*]}\n")
    assert second.mode_clauses[0]["rotation.share"].origin == "co_build"


def test_modes_that_agree_may_be_taken_together(tmp_path: Path) -> None:
    # the plan's modes differ in what rotates and agree in the term
    mine = written(tmp_path, "take:\n  - {from: community_plan, clauses: [allowance.*, rotation.return_home]}\n")
    assert {"allowance.a_yuan_month", "allowance.b_yuan_month"} == set(mine.clauses)
    assert set(mine.mode_clauses[0]) == {"rotation.return_home"}


@pytest.mark.parametrize("policies", [["mine.yaml"]])
def test_a_scenario_runs_what_was_taken(tmp_path: Path, policies: list[str]) -> None:
    written(tmp_path, "take:\n  - {from: co_build, clauses: [rotation.*]}\n  - {from: fusion, clauses: [finance.*]}\n")
    found = scenario.load("small").with_({"policies": [str(tmp_path / name) for name in policies]})
    law = found.parameters("mine").at(2026)
    like = scenario.load("small").with_({"policies": ["co_build"]}).parameters("co_build").at(2026)
    assert law.by_mode["rotation.share"][1] == like.by_mode["rotation.share"][1] != law.by_mode["rotation.share"][0]
    assert law["finance.fund_yuan_year"] == 50_000_000


def test_what_a_mix_takes_holds_for_every_mode(tmp_path: Path) -> None:
    mine = written(tmp_path, "mix: {fusion: 0.5, co_build: 0.5}\ntake:\n  - {from: collaboration, clauses: [rotation.share]}\n")
    taken = policies.policy("collaboration").mode_clauses[0]["rotation.share"]
    for clauses in mine.mode_clauses:
        assert clauses["rotation.share"].origin == "collaboration"
        assert clauses["rotation.share"].steps.values == taken.steps.values
    assert {clauses["rotation.term_years"].origin for clauses in mine.mode_clauses} == {"fusion", "co_build"}
