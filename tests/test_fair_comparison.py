"""A comparison is fair: what no clause changes stays the same, to the last bit, under every policy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from edusim.build import build_case
from edusim.measures import to_frame
from edusim.model import YEAR, County
from edusim.runs import compare, paired_interval, simulate
from edusim.scenario import Scenario, load
from small_county import assert_equal_states

YEARS = 4
MODES = ("collaboration", "co_build", "fusion", "community_plan", "none")
#: What a merger or a new sign over the door is, without anything that follows from it.
ON_PAPER = ("groups.legal_unified", "groups.shared_name", "groups.finance_unified")


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("small").with_({"years": YEARS, "region.n_pupils": 2000})


def run(scenario: Scenario, policy: str, years: int = YEARS, **more: Any) -> County:
    model = County(scenario, policy, 4, **more)
    for _ in range(years):
        model.step()
    return model


def law_values(scenario: Scenario, policy: str, leave: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return overrides that put every clause of a policy back to the law in force, but those named."""
    words = {path: d for path, d in scenario.known.items() if d.scope in ("county", "group")}
    names = [policy, *scenario.parameters(policy).modes[1:]]
    law = scenario.parameters().at(scenario.base_year)  # with what the scenario itself changes
    changes = {}
    for name in dict.fromkeys(names):
        for path, d in words.items():
            if path in leave:
                continue
            value = float(law.by_mode[path][0] if d.scope == "group" else law[path])
            changes[f"{name}:{path}"] = d.words[int(value)] if d.words else (bool(value) if d.type == "bool" else value)
    return changes


def same_measures(a: County, b: County) -> None:
    frames = [to_frame(m.year_measures, "x", 0) for m in (a, b)]
    keys = ["year", "measure", "scope", "stage", "unit_id"]
    joined = frames[0].merge(frames[1], on=keys, suffixes=("", "_other"))
    assert len(joined) > 100 * YEARS
    left, right = joined["value"].to_numpy(), joined["value_other"].to_numpy()
    differs = ~((left == right) | (np.isnan(left) & np.isnan(right)))
    assert not differs.any(), joined[differs].drop_duplicates("measure").to_string()
    for one, two in zip(a.year_measures, b.year_measures, strict=True):
        np.testing.assert_array_equal(np.asarray(one.schools), np.asarray(two.schools))


# ----------------------------------------------------------------------------------- nothing is nothing


@pytest.mark.parametrize("policy", ["fusion", "co_build", "collaboration", "community_plan"])
def test_a_policy_with_every_clause_off_changes_nothing(policy: str, small: Scenario) -> None:
    off = run(small.with_(law_values(small, policy)), policy)
    base = run(small, "status_quo")
    assert not np.any(off.state.groups.mode)
    assert_equal_states(off.state, base.state)
    same_measures(off, base)


@pytest.mark.parametrize("policy", MODES)
def test_a_policy_dated_after_the_horizon_changes_nothing(policy: str, small: Scenario) -> None:
    early = small.with_({"base_year": 2012, "dates": "document"})
    assert early.parameters(policy).first_year > early.base_year + YEARS
    late, base = run(early, policy), run(early, "status_quo")
    assert_equal_states(late.state, base.state)
    same_measures(late, base)


@pytest.mark.parametrize("policy", MODES)
def test_a_policy_in_force_does_change_something(policy: str, small: Scenario) -> None:
    assert run(small, policy).state.digest() != run(small, "status_quo").state.digest()


def test_no_policy_acts_in_the_base_year(small: Scenario) -> None:
    first = [County(small, policy, 4) for policy in ("status_quo", *MODES)]
    assert len({m.state.digest() for m in first}) == 1
    assert len({np.asarray(m.year_measures[0].schools).tobytes() for m in first}) == 1


@pytest.mark.slow
def test_an_effect_of_nothing_is_exactly_zero(small: Scenario) -> None:
    effects = compare(small.with_(law_values(small, "fusion")), policies=["fusion"], draws=2, seed=4).effects
    known = effects[effects["n"] > 1]
    assert len(known) > 500
    assert set(known["design"].unique()) == {"feasible", "identical"}
    assert (known[["mean", "low", "high", "draws_needed"]] == 0.0).all(axis=None)


# -------------------------------------------------------------------------------------- groups on paper


#: A law that sends teachers, hires, leads and meets a good deal, so that what goes on under it is seen.
BUSY = {
    "rotation.head_may_assign": True, "rotation.share": 0.15, "rotation.term_years": 3, "rotation.min_years_at_post": 0,
    "leadership.member_hours_week": 4,
    "appraisal.bundle_weight": 0.5,
}  # fmt: skip


def on_paper(scenario: Scenario, clauses: tuple[str, ...], **more: Any) -> Scenario:
    changes = law_values(scenario, "fusion", leave=(*clauses, "groups.coverage_share"))
    changes |= {f"fusion:{clause}": True for clause in clauses} | {"fusion:groups.coverage_share": 1.0}
    return scenario.with_({**changes, **more})


@pytest.mark.parametrize("clauses", [(), ("groups.legal_unified",), ON_PAPER], ids=["named", "merged", "all on paper"])
def test_naming_or_fusing_moves_nothing_that_day(clauses: tuple[str, ...], small: Scenario) -> None:
    scenario = on_paper(small, clauses)
    model = County(scenario, "fusion", 4)
    before = model.state.copy()
    model.state.year += 1
    model.law = model.parameters.at(model.state.year)
    model.now = model._year(model.law)
    next(p for p in YEAR if p.name == "form_groups").act(model.now)
    assert (model.state.groups.mode == 1).all()
    changed = {
        f"{name}.{column}"
        for name, table in model.state.tables().items()
        for column in table
        if not np.array_equal(table[column], before.tables()[name][column], equal_nan=table[column].dtype.kind == "f")
    }
    assert changed - {"schools.climate"} == {"groups.mode", "groups.year_formed"}
    # Climate falls where legal persons merge, and nowhere else.
    members = (before.schools.member_of >= 0) | (before.schools.leads >= 0)
    shock = model.law["climate.merger_shock"] if clauses else 0.0
    fall = before.schools.climate - model.state.schools.climate
    assert (fall[~members] == 0).all()
    assert (fall[members] >= shock).all() if clauses else (fall == 0).all()


@pytest.mark.parametrize("clauses", [(), ("groups.legal_unified",)], ids=["named", "merged"])
def test_a_group_on_paper_changes_no_indicator_and_no_score(clauses: tuple[str, ...], small: Scenario) -> None:
    busy = small.with_({**BUSY, "climate.merger_shock": 0.0})
    paper, base = run(on_paper(busy, clauses), "fusion"), run(busy, "status_quo")
    assert (paper.state.groups.mode == 1).all()
    for event in ("send_down", "send_up", "return"):
        assert sum(counts[event] for _, counts in base.year_counts) > 0, f"the law of this test has no {event}"
    twin = paper.state.copy()
    twin.groups.mode[:], twin.groups.year_formed[:] = base.state.groups.mode, base.state.groups.year_formed
    assert_equal_states(twin, base.state)


def test_a_shared_name_and_purse_act_through_families_and_money_only(small: Scenario) -> None:
    quiet = {"climate.merger_shock": 0.0, "families.brand": 0.0, "achievement.spending": 0.0}
    paper = run(on_paper(small, ON_PAPER, **quiet), "fusion")
    base = run(small.with_(quiet), "status_quo")
    twin = paper.state.copy()
    twin.groups.mode[:], twin.groups.year_formed[:] = base.state.groups.mode, base.state.groups.year_formed
    assert_equal_states(twin, base.state)


def test_the_shock_of_a_merger_reaches_learning_only_through_climate(small: Scenario) -> None:
    paper = run(on_paper(small, ("groups.legal_unified",)), "fusion", years=1)
    base = run(small, "status_quo", years=1)
    frames = [to_frame(m.year_measures, "x", 0) for m in (paper, base)]
    official = [f[f["measure"].str.startswith("official")].reset_index(drop=True) for f in frames]
    assert len(official[0]) > 50
    pd.testing.assert_frame_equal(*official)
    harmed = base.state.schools.climate > paper.state.schools.climate
    lost = base.memory.school_part - paper.memory.school_part
    assert harmed.any() and (lost[harmed] > 0).all() and (lost[~harmed] == 0).all()
    deep = run(on_paper(small, ("groups.legal_unified",), **{"achievement.climate": 0.0}), "fusion", years=1)
    flat = run(small.with_({"achievement.climate": 0.0}), "status_quo", years=1)
    np.testing.assert_array_equal(deep.state.pupils.achievement, flat.state.pupils.achievement)


# ----------------------------------------------------------------------------- the same people and lots


@pytest.fixture(scope="module")
def all_runs(small: Scenario) -> dict[str, County]:
    # Families move house, leave and come back as much as they ever may, and mind reputation most.
    restless = small.with_(
        {
            "families.flight": 2.5, "families.exit_other": 0.02, "families.return_share": 0.3, "families.brand": 1.0,
            "groups.coverage_share": 1.0, "region.demography.move_share.urban": 0.2,
            "region.demography.move_share.rural": 0.2,
        }
    )  # fmt: skip
    return {policy: run(restless, policy) for policy in ("status_quo", *MODES)}


@pytest.mark.parametrize("policy", MODES)
def test_pupils_are_the_same_children_under_every_policy(policy: str, all_runs: dict[str, County]) -> None:
    base, other = all_runs["status_quo"].state, all_runs[policy].state
    here, there = (s.pupils.status > 0 for s in (base, other))
    np.testing.assert_array_equal(here, there)
    for column in ("id", "ses", "home"):
        np.testing.assert_array_equal(base.pupils[column][here], other.pupils[column][here], column)


@pytest.mark.parametrize("policy", MODES)
def test_a_teacher_hired_under_two_policies_is_the_same_person(policy: str, all_runs: dict[str, County]) -> None:
    base, other = (all_runs[p].state.table("teachers").set_index("id") for p in ("status_quo", policy))
    permanent = base[~base["is_substitute"] & (base["year_hired"] > 2025)].index.intersection(other.index)
    assert permanent.size > 1
    for column in ("innate", "subject", "home", "is_above_degree", "year_hired", "age"):
        assert (base.loc[permanent, column] == other.loc[permanent, column]).all(), column


@pytest.mark.slow
def test_each_policy_can_ask_for_any_order(small: Scenario) -> None:
    tiny = small.with_({"region.n_pupils": 800, "years": 2})
    keys = ["design", "policy", "year", "measure", "stage"]
    frames = []
    for order in (["fusion", "co_build"], ["co_build", "status_quo", "fusion"], ["fusion"]):
        effects = compare(tiny, policies=order, draws=2, seed=1, designs=("feasible",)).effects
        frames.append(effects[effects["policy"] == "fusion"].sort_values(keys, ignore_index=True))
    assert len(frames[0]) > 300
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frames[0], frame, check_exact=True)


# ------------------------------------------------------------------------------- the two comparisons


def test_identical_pairs_are_one_core_and_one_member_and_no_purse_binds(small: Scenario) -> None:
    wide = small.with_({"region.n_pupils": 5000, "years": 2, "finance.fund_yuan_year": 1000})
    pairs = build_case(wide, seed=1, draw=0, design="identical").state.schools
    groups = build_case(wide, seed=1, draw=0, design="feasible").state.schools
    sizes = np.bincount(pairs.member_of[pairs.member_of >= 0])
    assert (sizes == 1).all() and (groups.member_of >= 0).sum() > sizes.sum()
    assert (pairs.leads >= 0).sum() == sizes.size
    outcome = {d: simulate(wide, "fusion", seed=1, draw=0, design=d) for d in ("identical", "feasible")}
    sent = {d: sum(c["send_down"] for _, c in o.counts) for d, o in outcome.items()}
    unpaid = {d: sum(c["unfunded"] for _, c in o.counts) for d, o in outcome.items()}
    assert sent["identical"] > 0 and unpaid["identical"] == 0
    assert unpaid["feasible"] > 0
    formed = {d: o.counts[0][1]["form"] for d, o in outcome.items()}
    assert formed["identical"] == sizes.size > formed["feasible"]


def test_a_paired_interval_is_students() -> None:
    from scipy import stats

    rng = np.random.default_rng(1)
    d = rng.normal(0.3, 1.0, (12, 3))
    d[:, 1] = 0.0
    d[:4, 2] = np.nan
    mean, low, high, n, needed = paired_interval(d)
    np.testing.assert_array_equal(n, [12, 12, 8])
    for j in (0, 2):
        values = d[~np.isnan(d[:, j]), j]
        interval = stats.t.interval(0.95, values.size - 1, values.mean(), stats.sem(values))
        np.testing.assert_allclose([low[j], high[j]], interval, rtol=1e-4)
        assert needed[j] == np.ceil((1.96 * values.std(ddof=1) / values.mean()) ** 2)
    assert (mean[1], low[1], high[1], needed[1]) == (0, 0, 0, 0)


def test_one_draw_has_no_interval() -> None:
    mean, low, high, n, _ = paired_interval(np.array([[0.5, np.nan]]))
    assert mean[0] == 0.5 and n[0] == 1 and np.isnan([low[0], high[0], mean[1]]).all() and n[1] == 0


def test_a_policy_of_ones_own_needs_no_code(small: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "schema_version: 1\nkind: policy\nkey: mine\nname: {zh: 自拟, en: Mine}\n"
        "description: {zh: 自拟模式, en: a mode of one's own}\nstart: 2026-09-01\nclauses:\n"
        "  groups.coverage_share: {status: assumption, value: 1, reference: {note: {zh: 试题, en: a test}}}\n"
        "  rotation.share: {status: assumption, value: 0.2, reference: {note: {zh: 试题, en: a test}}}\n",
        encoding="utf-8",
    )
    model = run(small, str(file), years=2)
    assert (model.state.groups.mode == 1).all()
    base = run(small, "status_quo", years=2)
    assert model.now.tally.promised > base.now.tally.promised
