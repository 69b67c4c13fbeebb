"""What no single year of a case shows: teams that lose a teacher, contracts that end, heads who stay longer, doses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edusim.equations.teachers import hours_to_intensity
from edusim.model import County
from edusim.rules import development
from edusim.rules.context import RULES
from edusim.scenario import load
from small_county import Campus, case, county

PAIR = [(0, [1])]
BACKBONE = {"is_backbone": [1, 1, 0, 0, 0, 0, 0, 0]}


def pair(changes: dict[str, Any], rules: tuple[str, ...], policy: str = "status_quo", **columns: Any) -> County:
    core = Campus(2, 8, columns={"management": 1.0}, staff=BACKBONE)
    member = Campus(2, 8, columns={"management": -1.0, **columns}, staff=BACKBONE)
    return county(case([core, member, Campus(2, 8)], PAIR), changes, rules=rules, policy=policy, budget_binds=False)


def test_who_leaves_the_group_is_in_no_team_until_the_next_appointment() -> None:
    model = pair({"development.subject_teams": 1, "development.team_term_years": 3}, ("development",))
    counts = []
    for year in range(4):
        if year == 1:
            teachers = model.state.teachers
            gone = np.flatnonzero(teachers.is_backbone & (teachers.post == 1))[0]
            teachers.post[gone] = teachers.placement[gone] = 2
        model.step()
        counts.append((model.now.tally.n_team_teachers, model.now.records.counts["team"]))
    # Two of each campus; one goes and is not replaced before the third year is over.
    assert counts == [(4, 4), (3, 0), (3, 0), (3, 3)]


def test_half_of_what_a_trustee_gave_goes_when_the_contract_ends() -> None:
    model = pair({"leadership.diffusion": 0.15, "leadership.trustee_kept_share": 0.5}, ("leadership",))
    # A private school as trustee of a school in no group.
    model.memory.trustee_of_school[2] = 0
    model.state.schools.management[2] = model.memory.base_management[2] = 0.0
    model.step()
    assert model.state.schools.management[2] == pytest.approx(0.15)
    model.memory.trustee_of_school[2] = -1
    model.step()
    assert model.state.schools.management[2] == pytest.approx(0.075)
    assert model.year_counts[0][1]["entrust"] == model.year_counts[1][1]["entrust_end"] == 1
    assert model.memory.trustee_gain.sum() == 0.0
    model.step()
    assert model.state.schools.management[2] == pytest.approx(0.075)


def test_an_entrusted_group_that_ends_keeps_half() -> None:
    changes = {"groups.coverage_share": 1, "co_build:groups.entrusted": True, "groups.term_years": 2, "leadership.diffusion": 0.1,
               "leadership.recovery": 0}  # fmt: skip
    model = pair(changes, ("groups", "leadership"), "co_build")
    levels = []
    for _ in range(3):
        model.step()
        levels.append(float(model.state.schools.management[1]))
    gap, gained = 2.0, []
    for _ in range(2):
        gained.append(0.1 * gap)
        gap -= gained[-1]
    assert levels == pytest.approx([-1 + gained[0], -1 + sum(gained), -1 + sum(gained) / 2])


def test_a_head_under_whom_members_rise_stays_longer_once() -> None:
    changes = {"groups.coverage_share": 1, "leadership.head_term_years": 2, "leadership.tenure_extension_years": 1}
    model = pair(changes, ("groups", "leadership"), "co_build")
    model.step()
    model.memory.head_level[0] = -9.0  # members have risen since the head took office
    for _ in range(3):
        model.step()
    events = [(counts["head_change"], counts["head_extended"]) for _, counts in model.year_counts]
    assert events == [(0, 0), (0, 0), (0, 1), (1, 0)]


def test_weeks_are_not_years() -> None:
    """Trap 2: a teacher who visits for two weeks a term is a tenth of a teacher-year, one who moves for a term three."""
    changes = {"rules.appraisal": "off", "co_build:development.exchange_share": 0.1, "co_build:development.exchange_weeks_term": 2,
               "co_build:rotation.share": 0.1, "finance.fund_yuan_year": 2e8}  # fmt: skip
    model = County(load("small").with_(changes), policy="co_build")
    model.step()
    tally, teachers, units = model.now.tally, model.state.teachers, model.now.units
    acting = np.unique(units.core[units.mode > 0])
    visitors = 0.1 * (teachers.serving & teachers.is_backbone & ~teachers.is_substitute & np.isin(teachers.post, acting)).sum()
    assert visitors > 0
    assert tally.exchange_teacher_years == pytest.approx(visitors * 0.1)
    moved = [t for t in tally.moves[0] if teachers.term_left[t] > 0]
    assert moved and 1.0 <= tally.delivered_years / tally.delivered <= 3.0
    assert {int(teachers.term_left[t]) for t in moved} <= {1, 2, 3}


def test_intensity_is_averaged_and_not_hours() -> None:
    """A tenth of the staff with a hundred hours learn less, together, than all with ten."""
    model = pair({"development.joint_hours_year": 0}, ("development",))
    model.step()
    memory, law = model.memory, model.law
    memory.visited_share[1], memory.visited_hours[1] = 0.1, 100.0
    few = development.core_intensity(model.now, np.zeros(3))[1]
    half, top = law["development.hours_half"], law["development.intensity_max"]
    each, spread = hours_to_intensity(np.array([100.0, 10.0]), half, top)
    assert few == pytest.approx(0.1 * each) and few < spread
    # Visits and shadowing together: never beyond full intensity.
    memory.visited_share[1] = memory.shadow_share[1] = 1.0
    memory.visited_hours[1] = memory.shadow_hours[1] = 1e9
    assert development.core_intensity(model.now, np.full(3, 1e9))[1] == pytest.approx(top)


#: What no study ties to learning: hours, days, yuan.
SHARED = {
    "development.training_sessions_term": 4, "development.sync_share": 1, "development.resource_bank": True,
    "pupils.exchange_days": 10, "pupils.exchange_share": 0.5, "services.after_school_shared": True,
}  # fmt: skip


def test_what_a_group_shares_moves_nobody_and_no_learning() -> None:
    """With a purse that does not bind the county is the same to the last bit; hours and yuan are not nothing."""
    shared, alone = (pair(changes, RULES) for changes in (SHARED, {}))
    for model in (shared, alone):
        for _ in range(3):
            model.step()
    assert shared.state.digest() == alone.state.digest()
    tally = shared.now.tally
    hours = ("training_hours", "sync_hours", "n_with_bank", "pupil_exchange_days", "after_school_hours")
    assert all(getattr(tally, name) > 0 for name in hours)
    assert all(getattr(alone.now.tally, name) == 0 for name in hours)
    lines = ("training", "common_tests", "resources", "pupil_exchange", "after_school")
    assert all(shared.now.ledger.lines[line] > 0 for line in lines)
    assert sum(alone.now.ledger.lines[line] for line in lines) == 0


@pytest.mark.parametrize("clauses", [
    {"development.exchange_share": 0.5, "development.exchange_weeks_term": 2}, {"development.shadow_share": 0.2},
    {"leadership.team_teaching_share": 0.5},
])  # fmt: skip
def test_weeks_with_the_core_bring_members_teachers_nearer(clauses: dict[str, Any]) -> None:
    """In every draw: more hours with the core's best, a smaller gap of quality after three years."""
    change = []
    for draw in range(3):
        gaps = []
        for puts in ({}, clauses):
            given = {f"co_build:{path}": value for path, value in puts.items()}
            scenario = load("small").with_({**given, "groups.coverage_share": 1.0, "finance.fund_yuan_year": 2e8})
            model = County(scenario, policy="co_build", draw=draw, records="none")
            for _ in range(3):
                model.step()
            gaps.append(model.year_measures[-1].value("staffing.quality_gap"))
        change.append(gaps[1] - gaps[0])
    assert max(change) < 0.0
