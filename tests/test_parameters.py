"""Declarations, policies, scenarios: what the shipped files say, how dates work, how mistakes are told."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edusim import configfile, declarations, parameters, policies, scenario
from edusim.errors import ConfigError, EdusimError

BAD = Path(__file__).parent / "configs" / "bad"
CONFIGS = declarations.configs()
POLICIES = ("status_quo", "none", "collaboration", "co_build", "fusion", "community_plan")
MODES = ("collaboration", "co_build", "fusion")


def declared_files() -> list[declarations.Declared]:
    kinds = (("law", "policies/law.yaml"), ("behaviour", "behaviour/*.yaml"), ("region", "regions/*.yaml"))
    return [declarations.declared(path, kind) for kind, glob in kinds for path in sorted(CONFIGS.glob(glob))]


DECLARED = [(file.key, d) for file in declared_files() for d in file.parameters.values()]


@pytest.fixture(scope="module")
def county() -> scenario.Scenario:
    return scenario.load()


# ------------------------------------------------------------------------------- the shipped numbers


def test_every_parameter_says_what_it_is_and_where_it_comes_from() -> None:
    for file, d in DECLARED:
        where = f"{file}: {d.path}"
        assert any("\u4e00" <= sign <= "\u9fff" for sign in d.description_zh), f"{where} has no Chinese description"
        assert any("a" <= sign <= "z" for sign in d.description_en), f"{where} has no English description"
        assert d.unit and d.rule, where
        assert d.reference.text("zh") and d.reference.text("en"), where
        assert all(d.low <= value <= d.high for value in d.steps.values), where
        assert d.status != "clause" or (d.reference.document and d.reference.clause), where


def test_every_parameter_names_a_measure_that_exists() -> None:
    from edusim import measures

    known = set(measures.catalogue()["id"])
    assert {d.path: d.measure for _, d in DECLARED if d.measure not in known} == {}


@pytest.mark.parametrize("key", [*MODES, "none"])
def test_every_clause_has_a_source_and_stays_in_range(key: str) -> None:
    found = policies.policy(key)
    law = declarations.law_in_force().parameters
    clauses = {**found.clauses, **(found.mode_clauses[0] if found.mode_clauses else {})}
    assert len(clauses) >= 10
    for path, clause in clauses.items():
        assert clause.reference.text("zh")
        assert all(law[path].low <= value <= law[path].high for value in clause.steps.values)
        if clause.status == "clause":
            assert clause.reference.quote


# Numbers as the plan's text states them; each can be read beside the document.
@pytest.mark.parametrize(
    ("mode", "path", "value"),
    [
        ("co_build", "rotation.share", 0.10),
        ("co_build", "rotation.term_years", 3),
        ("fusion", "groups.max_members", 2),
        ("fusion", "groups.legal_unified", 1),
        ("co_build", "groups.legal_unified", 0),
        ("collaboration", "groups.legal_unified", 0),
        ("co_build", "promotion.rank_floor", 1),
        ("fusion", "promotion.rank_floor", 0),
        ("collaboration", "promotion.rank_floor", 0),
        ("co_build", "promotion.quota_free_years", 3),
        ("fusion", "promotion.quota_free_years", 0),
        ("fusion", "promotion.recompete_on_return", 0),
        ("fusion", "appraisal.bundle_weight", 1.0),
        ("fusion", "staffing.itinerant", 1),
        ("co_build", "honours.excellent_bonus", 0.05),
    ],
)
def test_modes_say_what_the_plan_says(county: scenario.Scenario, mode: str, path: str, value: float) -> None:
    assert county.parameters(mode).at(2030).by_mode[path][1] == value


@pytest.mark.parametrize("mode", MODES)
def test_county_clauses_are_the_same_in_every_mode(county: scenario.Scenario, mode: str) -> None:
    law = county.parameters(mode).at(2026)
    assert law["finance.fund_yuan_year"] == 50e6
    assert (law["allowance.a_yuan_month"], law["allowance.b_yuan_month"]) == (800, 600)
    assert law["reward.per_class_yuan"] == 10_000
    assert law["reward.core_factor"] == 1.2


def test_the_zero_policy_control_is_off_where_the_law_in_force_is_not(county: scenario.Scenario) -> None:
    none, law = county.parameters("none"), county.parameters("status_quo").at(2026)
    assert none.modes == ("law",)
    assert none.at(2025).digest() == law.digest()
    off = none.at(2026)
    for path in ("rotation.share", "development.joint_hours_year"):
        assert law.by_mode[path][0] > 0
        assert off.by_mode[path][0] == 0
    assert law["promotion.weak_years_senior"] == 1
    assert off["promotion.weak_years_senior"] == 0
    assert off["allowance.a_yuan_month"] == law["allowance.a_yuan_month"], "the rise is zero, not the allowance"


# -------------------------------------------------------------------------------------------- dates


def test_aligned_dates_act_first_in_the_year_after_the_base_year(county: scenario.Scenario) -> None:
    found = county.parameters("fusion")
    assert found.first_year == 2026
    assert not found.at(2025).in_force
    assert found.at(2025).digest() != found.at(2026).digest()
    assert found.at(2025).by_mode["rotation.share"].tolist() == [0.05, 0.05]
    assert found.at(2026).by_mode["rotation.share"].tolist() == [0.05, 0.15]
    path = [found.at(year).by_mode["groups.coverage_share"][1] for year in range(2025, 2033)]
    assert path == [0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8, 0.8]


def test_dates_of_the_document_hold_as_written(county: scenario.Scenario) -> None:
    found = county.with_({"dates": "document"}).parameters("fusion")
    path = [found.at(year).by_mode["groups.coverage_share"][1] for year in range(2020, 2027)]
    assert path == [0, 0.4, 0.5, 0.6, 0.7, 0.8, 0.8]
    assert not found.at(2020).in_force
    assert found.at(2021).in_force


POLICY = """\
schema_version: 1
kind: policy
key: mine
name: {zh: 我的政策, en: My policy}
description: {zh: 试验, en: A trial}
start: 2021-09-02
end: 2024-08-31
clauses:
  rotation.share:
    status: assumption
    values: {2021-09-02: 0.10, 2023-09-01: 0.12}
    reference: {note: {zh: 设定, en: assumed}}
  allowance.a_yuan_month:
    status: assumption
    values: {2021-09-02: 900}
    reference: {note: {zh: 设定, en: assumed}}
"""


@pytest.mark.parametrize(("dates", "shift"), [("document", 0), ("aligned", 4)])
def test_values_step_on_september_first_and_end_with_the_policy(tmp_path: Path, dates: str, shift: int) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(POLICY, encoding="utf-8")
    made = scenario.load("small").with_({"policies": str(file), "dates": dates})
    found = made.parameters("mine")
    # A value dated September 2 misses the school year of 2021; the policy's last school year is 2023.
    years = range(2021 + shift, 2026 + shift)
    assert [found.at(year).by_mode["rotation.share"][1] for year in years] == [0.05, 0.10, 0.12, 0.05, 0.05]
    assert [found.at(year)["allowance.a_yuan_month"] for year in years] == [300, 900, 900, 300, 300]
    assert [found.at(year).in_force for year in years] == [False, True, True, False, False]


# ------------------------------------------------------------------------------------ the law's view


def test_law_gives_scalars_and_arrays(county: scenario.Scenario) -> None:
    law = county.parameters("community_plan").at(2030)
    assert law.modes == ("law", "fusion", "co_build", "collaboration")
    assert law.n_modes == 3
    assert law.mix.tolist() == [0, 0.3, 0.5, 0.2]
    array = law.by_mode["rotation.share"]
    assert array.dtype == np.float64
    assert array.tolist() == [0.05, 0.15, 0.10, 0.03]
    assert law.by_mode["rotation.backbone_share"].tolist() == [0.2] * 4, "no mode changes it: the law everywhere"
    assert law["finance.fund_yuan_year"] == 50e6, "the county's clauses are those of the first mode"
    assert law["achievement.peers"] == 0.14
    assert law.code("rotation.base", 0) == 2
    assert law.text("rotation.base", 0) == "eligible"
    assert law.text("rotation.base", 1) == "member_staff"
    assert law.text("groups.cap_breach") == "refuse"
    assert law.clause("rotation.share", 2) == "四(五)"
    assert law.clause("rotation.share", 0) == "政府保障程度 11"
    assert law.clause("finance.expert_hour_yuan") == ""


def test_every_declared_parameter_is_answered_in_every_policy_and_year(county: scenario.Scenario) -> None:
    for key in POLICIES:
        found = county.parameters(key)
        for year in (2025, 2026, 2035):
            law = found.at(year)
            for path, declaration in county.known.items():
                values = law.by_mode[path] if declaration.scope == "group" else np.array([law[path]])
                assert values.shape == ((len(found.modes),) if declaration.scope == "group" else (1,))
                assert np.isfinite(values).all()
                assert (values >= declaration.low).all()
                assert (values <= declaration.high).all()


def test_law_is_frozen_cached_and_pickles(county: scenario.Scenario) -> None:
    found = county.parameters("fusion")
    law = found.at(2027)
    assert found.at(2027) is law
    with pytest.raises(TypeError, match="frozen"):
        law["achievement.peers"] = 1.0
    with pytest.raises(TypeError, match="frozen"):
        law.update({"achievement.peers": 1.0})
    with pytest.raises(ValueError, match="read-only"):
        law.by_mode["rotation.share"][0] = 1.0
    again = pickle.loads(pickle.dumps(law))
    assert again == law
    assert again.digest() == law.digest()
    assert again.modes == law.modes
    assert again.text("rotation.base", 1) == "member_staff"
    assert not again.by_mode["rotation.share"].flags.writeable


def test_law_names_the_nearest_parameter(county: scenario.Scenario) -> None:
    law = county.parameters("fusion").at(2026)
    with pytest.raises(ConfigError, match=r"did you mean achievement\.peers") as wrong:
        law["achievement.pers"]
    assert wrong.value.code == "CFG-UNKNOWN-PARAMETER"
    with pytest.raises(ConfigError, match="by_mode") as wrong:
        law["rotation.share"]
    assert wrong.value.code == "CFG-SCOPE"
    with pytest.raises(ConfigError, match=r"did you mean rotation\.share"):
        law.by_mode["rotation.shares"]


def test_the_future_of_a_policy_changes_nothing_before_it_starts(county: scenario.Scenario) -> None:
    quo = county.parameters("status_quo").at(2025)
    for key in POLICIES:
        law = county.parameters(key).at(2025)
        assert dict(law) == dict(quo)
        for path, values in law.by_mode.items():
            assert set(values.tolist()) == {quo.by_mode[path][0]}


# ---------------------------------------------------------------------------------------- overrides


def test_an_override_for_all_acts_everywhere_and_always(county: scenario.Scenario) -> None:
    changed = county.with_({"rotation.share": 0.12, "achievement.peers": "0.2", "finance.fund_yuan_year": 1e6})
    for key in POLICIES:
        for year in (2025, 2030):
            law = changed.parameters(key).at(year)
            assert set(law.by_mode["rotation.share"].tolist()) == {0.12}
            assert law["achievement.peers"] == 0.2
            assert law["finance.fund_yuan_year"] == 1e6


def test_an_override_for_one_mode_acts_on_it_while_the_policy_does(county: scenario.Scenario) -> None:
    changed = county.with_({"fusion:rotation.share": 0.12, "fusion:finance.fund_yuan_year": 7e7})
    assert changed.parameters("fusion").at(2026).by_mode["rotation.share"].tolist() == [0.05, 0.12]
    assert changed.parameters("fusion").at(2025).by_mode["rotation.share"].tolist() == [0.05, 0.05]
    assert changed.parameters("co_build").at(2026).by_mode["rotation.share"].tolist() == [0.05, 0.10]
    assert changed.parameters("community_plan").at(2026).by_mode["rotation.share"].tolist() == [0.05, 0.12, 0.1, 0.03]
    assert changed.parameters("fusion").at(2026)["finance.fund_yuan_year"] == 7e7
    assert changed.parameters("co_build").at(2026)["finance.fund_yuan_year"] == 5e7
    assert changed.parameters("status_quo").at(2026).digest() == county.parameters("status_quo").at(2026).digest()


@pytest.mark.parametrize(
    "paths", [("rotation.share", "fusion:rotation.share"), ("fusion:rotation.share", "rotation.share")]
)
def test_what_is_said_of_one_mode_wins_in_any_order(county: scenario.Scenario, paths: tuple[str, str]) -> None:
    values = {"rotation.share": 0.08, "fusion:rotation.share": 0.12}
    changed = county.with_({path: values[path] for path in paths})
    assert changed.parameters("fusion").at(2026).by_mode["rotation.share"].tolist() == [0.08, 0.12]
    assert changed.parameters("co_build").at(2026).by_mode["rotation.share"].tolist() == [0.08, 0.08]


def test_law_and_behaviour_can_be_qualified(county: scenario.Scenario) -> None:
    changed = county.with_({"law:rotation.share": 0.08, "fusion:climate.merger_shock": 1.0})
    assert changed.parameters("fusion").at(2026).by_mode["rotation.share"].tolist() == [0.08, 0.15]
    assert changed.parameters("status_quo").at(2026).by_mode["rotation.share"].tolist() == [0.08]
    assert changed.parameters("fusion").at(2026)["climate.merger_shock"] == 1.0
    assert changed.parameters("co_build").at(2026)["climate.merger_shock"] == 0.5


@pytest.mark.parametrize("path", ["rotation.base", "staffing.itinerant", "rotation.term_years"])
def test_words_switches_and_whole_numbers_can_be_overridden(county: scenario.Scenario, path: str) -> None:
    value = {"rotation.base": "core_staff", "staffing.itinerant": True, "rotation.term_years": 2}[path]
    law = county.with_({path: value}).parameters("fusion").at(2026)
    assert (
        law.by_mode[path].tolist()
        == [{"rotation.base": 1, "staffing.itinerant": 1, "rotation.term_years": 2}[path]] * 2
    )


def test_an_override_may_be_dated(county: scenario.Scenario) -> None:
    changed = county.with_({"fusion:finance.fund_yuan_year": {"2028-09-01": 1e7, "2030-10-01": "0"}, "rotation.share": {"always": 0.08, "2030-09-01": 0.1}})
    fund = [changed.parameters("fusion").at(year)["finance.fund_yuan_year"] for year in (2025, 2026, 2027, 2028, 2030, 2031, 2035)]
    assert fund == [0, 5e7, 5e7, 1e7, 1e7, 0, 0]
    assert changed.parameters("co_build").at(2028)["finance.fund_yuan_year"] == 5e7
    assert [changed.parameters("status_quo").at(year).by_mode["rotation.share"].tolist() for year in (2026, 2030)] == [[0.08], [0.1]]
    resolved = changed.parameters("fusion").resolved()["values"]["finance.fund_yuan_year"]
    assert resolved == [[2025, [0.0]], [2026, [5e7]], [2028, [1e7]], [2031, [0.0]]]
    parameters_of = changed.parameters("fusion")
    assert [parameters_of.whence("finance.fund_yuan_year", year)[0] for year in (2027, 2028)] == ["policy", "user"]
    assert scenario.restore(changed.raw, changed.folder, changed.file).hash == changed.hash != county.hash


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("finance.fund_yuan_year", {"2028": 1e7}, "CFG-DATE"),
        ("finance.fund_yuan_year", {}, "CFG-MISSING-KEY"),
        ("finance.fund_yuan_year", {"2028-09-01": 3e8}, "CFG-RANGE"),
        ("finance.fund_yuan_year", {"2029-09-01": 1, "2028-09-01": 2}, "CFG-DATE-ORDER"),
        ("rotation.base", {"2028-09-01": "core_staff"}, "CFG-TYPE"),
        ("region.schools.primary.urban", {"2028-09-01": 20}, "CFG-TYPE"),
    ],
)
def test_a_dated_override_is_read_as_strictly_as_any(county: scenario.Scenario, path: str, value: object, code: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        county.with_({path: value})
    assert wrong.value.code == code


@pytest.mark.parametrize("given", [{}, {"finance.fund_yuan_year": 3e7}, {"fusion:finance.fund_yuan_year": {"2026-09-01": 4e7, "2033-09-01": 9e7}}])
def test_money_that_ends_changes_nothing_before(county: scenario.Scenario, given: dict[str, object]) -> None:
    before = county.with_({"policies": ["status_quo", "fusion", "kunshan", "community_plan"], **given})
    after = before.money_ends(2029)
    for key in before.policies:
        for year in range(2025, 2030):
            assert after.parameters(key).at(year).digest() == before.parameters(key).at(year).digest()
        law, old = after.parameters(key).at(2030), before.parameters(key).at(2030)
        if key == "status_quo":  # the law in force keeps what it has
            assert law.digest() == old.digest()
            continue
        assert law["finance.fund_yuan_year"] == 0 < old["finance.fund_yuan_year"]
        assert not law.by_mode["finance.group_fund_yuan"].any() and not law.by_mode["finance.group_reward_yuan"].any()
        assert {p for p in law if law[p] != old[p]} == {"finance.fund_yuan_year"}
    kunshan = [before.parameters("kunshan").at(2030).by_mode[path].any() for path in scenario.MONEY[1:]]
    assert all(kunshan)
    for year in (2025, 2035, 2040):
        with pytest.raises(ConfigError) as wrong:
            before.money_ends(year)
        assert wrong.value.code == "CFG-RANGE"


def test_a_study_over_dated_values_is_another_study() -> None:
    from edusim.study import study_file

    plain = {"schema_version": 1, "kind": "compare", "name": {"zh": "甲", "en": "a"}, "scenario": "small", "policies": ["fusion"], "outcomes": {
        "gap": {"measure": "learning.core_member_gap"}}, "set": {"finance.fund_yuan_year": 1e7}}  # fmt: skip
    dated = {**plain, "set": {"finance.fund_yuan_year": {"always": 1e7, "2028-09-01": 0}}}
    assert study_file.load(plain).identity != study_file.load(dated).identity


def test_flow_times_term_is_refused_unless_nobody_returns(county: scenario.Scenario) -> None:
    with pytest.raises(ConfigError, match="60% away at once") as wrong:
        county.with_({"rotation.share": 0.2})
    assert wrong.value.code == "CFG-FLOW-TERM"
    assert "return_home: false" in wrong.value.mend_en
    settled = county.with_({"rotation.share": 0.2, "rotation.return_home": False})
    assert settled.parameters("fusion").at(2026).by_mode["rotation.share"].tolist() == [0.2, 0.2]
    edge = county.with_({"rotation.share": 0.25, "rotation.term_years": 2})
    assert edge.parameters("fusion").at(2026).by_mode["rotation.term_years"].tolist() == [2, 2]


def test_settings_of_a_command_line() -> None:
    assert scenario.settings(["rotation.share=0.12", " years = 3 "]) == {"rotation.share": "0.12", "years": "3"}
    changed = scenario.load("small").with_(
        scenario.settings(["years=3", "policies=fusion,co_build", "rules.rotation=off"])
    )
    assert changed.years == 3
    assert changed.policies == ("fusion", "co_build")
    assert "rotation" not in changed.rules_on
    with pytest.raises(ConfigError) as wrong:
        scenario.settings(["years"])
    assert wrong.value.code == "CFG-SETTING"


@pytest.mark.parametrize(
    ("changes", "code", "hint"),
    [
        ({"yeras": 3}, "CFG-UNKNOWN-KEY", "did you mean years"),
        ({"rotation.shar": 0.1}, "CFG-UNKNOWN-KEY", "did you mean rotation.share"),
        ({"region.n_pupil": 3000}, "CFG-UNKNOWN-KEY", "did you mean region.n_pupils"),
        ({"fusin:rotation.share": 0.1}, "CFG-UNKNOWN-POLICY", "did you mean fusion"),
        ({"rotation.share": float("nan")}, "CFG-NOT-FINITE", "write an ordinary number"),
        ({"rotation.share": float("inf")}, "CFG-NOT-FINITE", "write an ordinary number"),
        ({"rotation.share": None}, "CFG-TYPE", "NoneType"),
        ({"rotation.share": 0.51}, "CFG-RANGE", "from 0 to 0.5"),
        ({"rotation.term_years": 2.5}, "CFG-TYPE", "whole number"),
        ({"years": 0}, "CFG-RANGE", "from 1 to 60"),
        ({"rules": "off"}, "CFG-TYPE", "a mapping"),
    ],
)
def test_a_wrong_change_says_how_to_mend_it(
    county: scenario.Scenario, changes: dict[str, object], code: str, hint: str
) -> None:
    with pytest.raises(ConfigError) as wrong:
        county.with_(changes)
    assert wrong.value.code == code
    assert hint in wrong.value.message("en")
    assert wrong.value.exit_code == 2


# ---------------------------------------------------------------------------------------- scenarios


def test_shipped_names_paths_dicts_and_nothing_load_the_same() -> None:
    by_name = scenario.load("county")
    path = CONFIGS / "scenarios" / "county.yaml"
    as_dict = {
        "schema_version": 1,
        "name": {"zh": "另一个名字", "en": "another name"},
        "policies": ["status_quo", "collaboration", "co_build", "fusion"],
        "years": 10,
        "base_year": np.int64(2025),
        "region": {"seed": 2025, "n_pupils": 100_000, "kind": "synthetic", "scale_fund": True},
    }
    loaded = [scenario.load(), by_name, scenario.load(path), scenario.load(str(path)), scenario.load(as_dict)]
    assert {one.hash for one in loaded} == {by_name.hash}
    assert by_name.last_year == 2035
    assert set(scenario.shipped()) >= {"county", "small"}


def test_the_hash_feels_what_matters_and_only_that(county: scenario.Scenario) -> None:
    same = county.with_({"name.zh": "改名", "rotation.share": 0.1}).with_({"rotation.share": 0.05})
    hashes = {county.hash}
    for change in (
        {"years": 9},
        {"base_year": 2024},
        {"region.seed": 1},
        {"region.n_pupils": 99_999},
        {"region.scale_fund": False},
        {"region.schools.primary.urban": 26},
        {"dates": "document"},
        {"design": "identical"},
        {"rules.rotation": False},
        {"policies": ["status_quo", "fusion"]},
        {"fusion:leadership.member_hours_week": 7},
        {"achievement.peers": 0.11},
        {"law:rotation.share": 0.06},
    ):
        hashes.add(county.with_(change).hash)
    assert len(hashes) == 14
    assert county.with_({"name.zh": "改名"}).hash == county.hash
    assert county.with_({"achievement.peers": 0.14}).hash == county.hash, "the declared value, put in, changes nothing"
    assert same.hash != county.hash


def test_the_hash_does_not_depend_on_the_process(county: scenario.Scenario) -> None:
    code = "import edusim.scenario as s; print(s.load('county').hash)"
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert found.stdout.strip() == county.hash


def test_a_scenario_pickles_and_is_frozen(county: scenario.Scenario) -> None:
    changed = county.with_({"fusion:rotation.share": 0.1})
    again = pickle.loads(pickle.dumps(changed))
    assert again == changed
    assert again.hash == changed.hash
    assert again.parameters("fusion").at(2026).digest() == changed.parameters("fusion").at(2026).digest()
    with pytest.raises(AttributeError):
        county.years = 3  # type: ignore[misc]
    with pytest.raises(TypeError):
        county.rules["rotation"] = False  # type: ignore[index]


def test_resolved_is_plain_data(county: scenario.Scenario) -> None:
    text = json.dumps(county.resolved(), allow_nan=False)
    assert json.loads(text)["policies"]["fusion"]["values"]["rotation.share"] == [
        [2025, [0.05, 0.05]],
        [2026, [0.05, 0.15]],
    ]


@pytest.mark.parametrize("word", ["off", "false", "no", "OFF", False])
def test_rules_are_switched_off_in_any_spelling(word: object) -> None:
    assert "rotation" not in scenario.load("small").with_({"rules.rotation": word}).rules_on
    assert len(scenario.load("small").rules_on) == len(scenario.RULES)


def test_a_roster_is_named_from_the_folder_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("id\n1\n", encoding="utf-8")
    text = (CONFIGS / "scenarios" / "small.yaml").read_text(encoding="utf-8")
    start, end = text.index("region:"), text.index("base_year:")
    file = tmp_path / "mine.yaml"
    file.write_text(text[:start] + "region: {kind: roster, path: roster.csv}\n" + text[end:], encoding="utf-8")
    made = scenario.load(file)
    assert made.region_spec.kind == "roster"
    assert made.region_spec.path == str(tmp_path / "roster.csv")
    before = made.hash
    (tmp_path / "roster.csv").write_text("id\n2\n", encoding="utf-8")
    assert scenario.load(file).hash != before, "the content of the roster is part of the scenario"


def test_a_changed_scenario_finds_files_of_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.yaml").write_text(POLICY, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    changed = scenario.load("small").with_({"policies": "status_quo,mine.yaml"})
    assert changed.policies == ("status_quo", "mine")
    assert changed.parameters("mine").modes == ("law", "mine")
    assert scenario.load("small").parameters("mine.yaml").modes == ("law", "mine")
    monkeypatch.chdir("/")
    assert changed.with_({"years": 3}).policies == ("status_quo", "mine")


def test_own_behaviour_replaces_what_it_declares(tmp_path: Path) -> None:
    text = (CONFIGS / "behaviour" / "default.yaml").read_text(encoding="utf-8")
    start = text.index("  achievement.peers:")
    block = text[start : text.index("  achievement.management:")].replace("value: 0.14", "value: 0.15")
    file = tmp_path / "own.yaml"
    file.write_text(text[: text.index("parameters:")] + "parameters:\n" + block, encoding="utf-8")
    law = scenario.load("small").with_({"behaviour": str(file)}).parameters("fusion").at(2026)
    assert law["achievement.peers"] == 0.15
    assert law["achievement.management"] == 0.05


def test_loading_the_shipped_county_is_quick() -> None:
    scenario.load("county")
    best = min(_seconds() for _ in range(3))
    assert best < 0.15


def _seconds() -> float:
    start = time.perf_counter()
    scenario.load("county").parameters("fusion").at(2026)
    return time.perf_counter() - start


def test_the_schema_lists_every_field_and_parameter(county: scenario.Scenario) -> None:
    found = scenario.schema()
    json.dumps(found)
    assert set(found["properties"]) >= set(county.raw)
    listed = found["properties"]["parameters"]["properties"]
    assert set(listed) >= set(county.known)
    assert listed["rotation.share"]["maximum"] == 0.5
    assert listed["rotation.base"]["enum"] == ["member_staff", "core_staff", "eligible"]
    for name, field in found["properties"].items():
        zh, _, en = field["description"].partition(" / ")
        assert zh, name
        assert en, name


def test_the_catalogue_has_a_row_for_every_parameter(county: scenario.Scenario) -> None:
    table = parameters.catalogue()
    assert table["path"].is_unique
    assert set(table["path"]) >= set(county.known) | set(county.region_spec.values)
    assert (
        not table[["path", "unit", "status", "range", "rule", "measure", "direction", "scope", "type"]]
        .eq("")
        .any()
        .any()
    )
    row = table.set_index("path").loc["rotation.base"]
    assert row["default"] == "eligible"
    assert row["range"] == "member_staff, core_staff, eligible"


# -------------------------------------------------------------------------------------- bad files


def _load_as(kind: str, path: Path | str) -> object:
    if kind == "policy":
        return scenario.load("small").with_({"policies": [str(path)]})
    if kind == "behaviour":
        return scenario.load("small").with_({"behaviour": str(path)})
    return scenario.load(path)


def _expected(path: Path) -> dict[str, str]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")]
    return {k: v.strip() for k, _, v in (line[2:].partition(":") for line in lines[:4])}


@pytest.mark.parametrize("path", sorted(BAD.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_bad_file_is_told_with_place_and_remedy_in_two_languages(path: Path) -> None:
    wanted = _expected(path)
    with pytest.raises(ConfigError) as wrong:
        _load_as(wanted.get("as", "scenario"), path)
    error = wrong.value
    assert error.code == wanted["code"]
    assert wanted["zh"] in error.message("zh")
    assert wanted["en"] in error.message("en")
    assert error.exit_code == 2
    assert error.where, "no place"
    assert "\n" not in error.message("zh") + error.message("en")
    if path.stem != "only_comments":  # which has no line to speak of
        assert path.name in error.where
        line = int(error.where.split(f"{path.name}:")[1].split(":")[0])
        assert 1 <= line <= len(path.read_text(encoding="utf-8").splitlines())


def test_there_are_many_bad_files_and_every_code_is_shown() -> None:
    files = sorted(BAD.glob("*.yaml"))
    assert len(files) >= 60
    assert len({_expected(path)["code"] for path in files}) >= 25


@pytest.mark.parametrize("kind", ["scenario", "policy", "behaviour"])
@pytest.mark.parametrize(
    ("code", "content"),
    [
        ("CFG-BINARY", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
        ("CFG-ENCODING", "名称: 县".encode("gbk")),
        ("CFG-EMPTY", b""),
        ("CFG-EMPTY", b"\n\n"),
        ("CFG-YAML", b"a: \x01\n"),
    ],
)
def test_unreadable_content(tmp_path: Path, kind: str, code: str, content: bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as wrong:
        _load_as(kind, path)
    assert wrong.value.code == code
    assert "bad.yaml" in wrong.value.where


def test_an_enormous_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    path.write_bytes(b"# " + b"x" * (configfile.MAX_BYTES + 1))
    with pytest.raises(ConfigError) as wrong:
        scenario.load(path)
    assert wrong.value.code == "CFG-TOO-LARGE"


def test_folder_missing_file_and_odd_names(tmp_path: Path) -> None:
    (tmp_path / "plan.yaml").write_text("a: 1\n", encoding="utf-8")
    (tmp_path / "folder.yaml").mkdir()
    for source, code in (
        (tmp_path / "folder.yaml", "CFG-NOT-A-FILE"),
        (tmp_path / "plam.yaml", "CFG-NO-FILE"),
        (tmp_path / "plan.yaml" / "x.yaml", "CFG-NO-FILE"),
        ("coutny", "CFG-NO-FILE"),
        ("a\0b.yaml", "CFG-NO-FILE"),
        ("x" * 5000 + ".yaml", "CFG-NO-ACCESS"),
    ):
        with pytest.raises(ConfigError) as wrong:
            scenario.load(source)
        assert wrong.value.code == code
    with pytest.raises(ConfigError, match=r"did you mean plan\.yaml"):
        scenario.load(tmp_path / "plam.yaml")
    with pytest.raises(ConfigError, match="did you mean county"):
        scenario.load("coutny")


def test_a_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Whoever runs the tests may be allowed to read everything, so the refusal itself is put in.
    path = tmp_path / "mine.yaml"
    path.write_text("a: 1\n", encoding="utf-8")

    def refuse(*_args: object, **_more: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(ConfigError) as wrong:
        configfile.read(path)
    monkeypatch.undo()
    assert wrong.value.code == "CFG-NO-ACCESS"


def test_a_byte_order_mark_and_windows_lines_are_no_fault(tmp_path: Path) -> None:
    text = (CONFIGS / "scenarios" / "small.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert scenario.load(path).hash == scenario.load("small").hash


def test_errors_cross_processes() -> None:
    with pytest.raises(ConfigError) as wrong:
        scenario.load("small").with_({"years": 0})
    again = pickle.loads(pickle.dumps(wrong.value))
    assert again.as_dict() == wrong.value.as_dict()


# ------------------------------------------------------------------------------ files torn at random

GOOD = {
    "scenario": (CONFIGS / "scenarios" / "small.yaml").read_bytes() + b"parameters: {rotation.share: 0.1}\n",
    "policy": (CONFIGS / "policies" / "co_build.yaml").read_bytes(),
    "behaviour": (CONFIGS / "behaviour" / "default.yaml").read_bytes()[:6000],
}


@st.composite
def torn(draw: st.DrawFn) -> tuple[str, bytes]:
    """A good file with lines deleted, doubled, swapped or replaced, or bytes put in."""
    kind = draw(st.sampled_from(sorted(GOOD)))
    lines = GOOD[kind].splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        if not lines:
            break
        at = draw(st.integers(0, len(lines) - 1))
        what = draw(st.sampled_from(("delete", "double", "replace", "bytes", "swap", "indent", "cut")))
        if what == "delete":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "replace":
            lines[at] = draw(st.text(max_size=30)).encode("utf-8", "surrogatepass") + b"\n"
        elif what == "bytes":
            spot = draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:spot] + draw(st.binary(min_size=1, max_size=8)) + lines[at][spot:]
        elif what == "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif what == "indent":
            lines[at] = draw(st.sampled_from((b" ", b"    ", b"\t", b"- ", b"? ", b"&a ", b"!x "))) + lines[at]
        else:
            lines = lines[:at]
    return kind, b"".join(lines)


def _told(action: Callable[[], object]) -> None:
    """Do something that may fail only as a user's mistake does: with a code and two languages."""
    error: EdusimError | None = None
    try:
        action()
    except EdusimError as raised:
        error = raised
    if error is not None:
        assert error.code.startswith("CFG-")
        assert error.message("zh")
        assert error.message("en")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=torn())
def test_a_torn_file_loads_or_is_told(tmp_path: Path, case: tuple[str, bytes]) -> None:
    kind, content = case
    path = tmp_path / "torn.yaml"
    path.write_bytes(content)
    _told(lambda: _load_as(kind, path))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
FIELDS = (
    "years", "region", "policies", "rules", "parameters", "behaviour", "name", "region.n_pupils", "region.seed",
    "region.file", "dates", "rotation.share", "rotation.base", "fusion:rotation.share",
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(value=ANYTHING, key=st.sampled_from(FIELDS))
def test_any_value_anywhere_is_taken_or_told(value: object, key: str) -> None:
    _told(lambda: scenario.load("small").with_({key: value}))
