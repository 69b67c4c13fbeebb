"""Negative controls hold on a small county, and would be noticed if they did not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edusim.errors import RunError
from edusim.scenario import load
from edusim.validate import controls
from edusim.validate import estimates as est
from edusim.validate.checks import Draw


@pytest.fixture(scope="module")
def draw() -> Draw:
    return Draw(load("small").with_({"region.n_pupils": 4000, "years": 3}), 0, 0)


@pytest.mark.parametrize("key", ["C1", "C2", "C4"])
def test_what_must_do_nothing_does_nothing_to_the_last_bit(key: str, draw: Draw) -> None:
    assert controls.TRIALS[key](draw) == 0.0


def test_schools_that_do_not_differ_gain_nothing_by_pairing(draw: Draw) -> None:
    gain = controls.paired_by_lot(draw)
    assert -0.1 < gain <= 0.0


def test_a_clause_that_acts_is_seen(draw: Draw) -> None:
    # The same comparison with one clause more: it must show, or it shows nothing above either.
    acts = draw.after("named_group", {"groups.legal_unified": True}, controls.BUSY, years=3)
    base = draw.after("status_quo", None, controls.BUSY, years=3)
    tables = [controls.values(c.year_measures, lambda name: name.startswith("learning.")) for c in (acts, base)]
    assert est.differing(*tables) > 0


def test_a_merger_that_upsets_people_is_not_the_paper_one(draw: Draw) -> None:
    quiet = {**controls.NOBODY_REACTS, "climate.merger_shock": 0.8}
    tables = [
        controls.values(draw.after(policy, None, quiet, years=2).year_measures, lambda name: name.startswith("learning."))
        for policy in ("paper_merger", "status_quo")
    ]
    assert est.differing(*tables) > 0


def test_better_cores_do_help_their_members(draw: Draw) -> None:
    # The equal county is equal: give the cores' teachers an advantage and members gain.
    runs = []
    for policy in ("tight", "status_quo"):
        county = controls.equal_county(draw, policy, {}, 0)
        teachers, cores = county.state.teachers, county.state.schools.is_core_base
        assert np.ptp(teachers.quality[teachers.serving]) == pytest.approx(0.0, abs=1e-12)
        teachers.innate[teachers.serving & cores[np.maximum(teachers.post, 0)]] += 0.3
        for _ in range(3):
            county.step()
        runs.append(county)
    gap = runs[0].year_measures[-1].value("learning.member_mean") - runs[1].year_measures[-1].value("learning.member_mean")
    assert gap > controls.paired_by_lot(draw)


def test_pairs_are_drawn_by_lot_and_stay_pairs(draw: Draw) -> None:
    state = draw.case(draw.scenario).state
    before = state.schools.leads.copy()
    controls.shuffle_pairs(state, 1)
    schools, groups = state.schools, state.groups
    assert not np.array_equal(before, schools.leads)
    for g, core in enumerate(groups.core.tolist()):
        if core >= 0:
            assert schools.leads[core] == g and schools.is_core_base[core]
    assert np.count_nonzero(schools.leads >= 0) == np.count_nonzero(before >= 0)


def test_a_control_that_did_not_take_place_says_so(draw: Draw, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: Any, **__: Any) -> Any:
        return base

    base = draw.after("status_quo", None, controls.BUSY, years=3)
    monkeypatch.setattr(draw, "after", nothing)
    for trial in (controls.named_only, controls.merged_on_paper, controls.z_relabelled):
        with pytest.raises(RunError) as caught:
            trial(draw)
        assert caught.value.code == "VALIDATE-VOID"
