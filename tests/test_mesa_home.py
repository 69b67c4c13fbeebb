"""A county is a Mesa model like any other: collector, sets of agents, many runs, the same bits as ``edusim.run``."""

from __future__ import annotations

import gc
import inspect
import re
import weakref
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

import edusim
from edusim.errors import ConfigError
from edusim.measures import SCHOOL_COLUMNS
from edusim.model import AuthorityAgent, County, GroupAgent, SchoolAgent
from edusim.scenario import load

GAP = "learning.core_member_gap"
#: From 3.5 on ``batch_run`` sets the seed itself, from ``rng``, and asks for no ``iterations``.
SETS_SEED = "rng" in inspect.signature(mesa.batch_run).parameters


@pytest.fixture(scope="module")
def tiny() -> edusim.Scenario:
    return load("small").with_({"region.n_pupils": 1500, "years": 3})


@pytest.fixture(scope="module")
def frame(tiny: edusim.Scenario) -> Any:
    return edusim.run(tiny, policy="fusion", seed=4, draw=2).measures


def county_rows(frame: Any, year: int) -> dict[str, float]:
    rows = frame[(frame["year"] == year) & (frame["unit_id"] == "county")]
    names = [m if s == "all" else f"{m}[{s}]" for m, s in zip(rows["measure"], rows["stage"], strict=True)]
    return dict(zip(names, rows["value"].tolist(), strict=True))


def test_the_collector_holds_the_measures_of_a_run_bit_by_bit(tiny: edusim.Scenario, frame: Any) -> None:
    county = County(tiny, "fusion", 4, draw=2)
    county.run_model()
    found = county.datacollector.get_model_vars_dataframe()
    assert found["year"].tolist() == [2026, 2027, 2028]
    for row, year in enumerate(found["year"]):
        want = county_rows(frame, year)
        assert set(found) == {"year", *want}
        assert np.array_equal(found.loc[row, list(want)].to_numpy(float), np.array(list(want.values())), equal_nan=True)


def test_a_collector_asked_for_early_goes_on_collecting(tiny: edusim.Scenario) -> None:
    early, late = County(tiny, "fusion"), County(tiny, "fusion")
    early.step()
    assert len(early.datacollector.get_model_vars_dataframe()) == 1
    for county in (early, late):
        county.run_model()
    assert early.datacollector.get_model_vars_dataframe().equals(late.datacollector.get_model_vars_dataframe())


class Collecting(County):
    """As a Mesa user writes it: a collector of one's own, collected in one's own step."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.datacollector = mesa.DataCollector(
            model_reporters={"gap": lambda m: m.year_measures[-1].value(GAP), "fund": "fund"},
            agenttype_reporters={SchoolAgent: {"management": "management", "achievement": "mean_achievement"}},
        )

    @property
    def fund(self) -> float:
        return float(self.authority.fund_left)

    def step(self) -> None:
        super().step()
        self.datacollector.collect(self)


def test_a_collector_of_ones_own_works_in_the_usual_way(tiny: edusim.Scenario) -> None:
    county = Collecting(tiny, "fusion", 4)
    county.run_model()
    found = county.datacollector.get_model_vars_dataframe()
    assert list(found) == ["gap", "fund"] and len(found) == 3
    assert found["gap"].iloc[-1] == county.year_measures[-1].value(GAP)
    schools = county.datacollector.get_agenttype_vars_dataframe(SchoolAgent)
    last = schools[schools.index.get_level_values(0) == 3]
    assert np.array_equal(last["management"].to_numpy(), county.state.schools.management)
    assert np.array_equal(last["achievement"].to_numpy(), county.year_measures[-1].school_column("mean_achievement"), equal_nan=True)


def test_a_county_stops_at_its_horizon(tiny: edusim.Scenario) -> None:
    county = County(tiny, years=2)
    seen = []
    while county.running:
        county.step()
        seen.append(county.state.year)
    assert seen == [2026, 2027] and county.steps == 2


def test_agents_are_sets_of_agents(tiny: edusim.Scenario) -> None:
    county = County(tiny, "fusion")
    county.step()
    schools = county.state.schools
    assert set(county.agent_types) == {SchoolAgent, GroupAgent, AuthorityAgent}
    assert len(county.agents) == schools.n + county.state.groups.n + 1
    of_type = county.agents_by_type[SchoolAgent]
    assert of_type.agg("management", np.mean) == pytest.approx(schools.management.mean())
    chosen = county.agents.select(agent_type=SchoolAgent).select(lambda a: a.zone == 3)
    assert [a.id for a in chosen] == schools.id[schools.zone == 3].tolist()
    assert of_type.groupby("zone").count() == {int(z): int(n) for z, n in zip(*np.unique(schools.zone, return_counts=True), strict=True)}
    for name in ("mean_achievement", "n_pupils"):
        assert name in SCHOOL_COLUMNS
        assert np.array_equal(of_type.get(name), county.year_measures[-1].school_column(name), equal_nan=True)
    with pytest.raises(AttributeError, match="nothing_of_the_kind"):
        _ = county.schools[0].nothing_of_the_kind


def test_what_is_set_of_an_agent_is_set_in_the_county(tiny: edusim.Scenario) -> None:
    county = County(tiny, "fusion")
    county.agents_by_type[SchoolAgent].set("management", 0.5)
    assert (county.state.schools.management == 0.5).all()
    county.schools[0].note = "mine"  # what is no column is an attribute as of any agent
    assert county.schools[0].note == "mine"
    county.step()
    assert county.schools[0].management == county.state.schools.management[0]


def test_settings_are_plain_arguments(tiny: edusim.Scenario) -> None:
    changed = County(tiny, "fusion", **{"rotation.share": 0.02, "rules.finance": False}, years=1)
    assert changed.law.by_mode["rotation.share"].tolist() != County(tiny, "fusion").law.by_mode["rotation.share"].tolist()
    assert not changed.rules_on["finance"] and changed.horizon == 1
    with pytest.raises(ConfigError, match=r"rotation\.share") as wrong:
        County(tiny, "fusion", **{"rotation.shore": 0.02})
    assert wrong.value.code == "CFG-UNKNOWN-KEY"
    ready = County(tiny, "fusion")
    with pytest.raises(ConfigError) as wrong:
        County(ready.case, parameters=ready.parameters, base_year=2025, **{"rotation.share": 0.02})
    assert wrong.value.code == "CFG-CASE"


def test_seed_none_is_seed_0(tiny: edusim.Scenario) -> None:
    assert County(tiny, seed=None).state.digest() == County(tiny, seed=0).state.digest()


@pytest.mark.parametrize("processes", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_batch_run_gives_what_runs_give(tiny: edusim.Scenario, processes: int) -> None:
    parameters = {"case": tiny, "policy": ["status_quo", "fusion"], "draw": [0, 2], "rotation.share": [0.05]}
    if processes > 1:
        parameters["policy"] = ["fusion"]
    rows = mesa.batch_run(County, parameters=parameters, number_processes=processes, display_progress=False, data_collection_period=-1)
    assert len(rows) == len(parameters["policy"]) * 2
    for row in rows:
        assert row["year"] == 2028, "the last year, whichever Mesa"
        run = edusim.run(tiny.with_({"rotation.share": 0.05}), policy=row["policy"], draw=row["draw"])
        want = county_rows(run.measures, 2028)
        assert np.array_equal([row[name] for name in want], list(want.values()), equal_nan=True)


def test_batch_run_keeps_every_year(tiny: edusim.Scenario) -> None:
    rows = mesa.batch_run(County, parameters={"case": tiny}, number_processes=1, display_progress=False, data_collection_period=1)
    assert [row["year"] for row in rows] == [2026, 2027, 2028]


@pytest.mark.skipif(not SETS_SEED, reason="only Mesa from 3.5 on gives seeds by rng")
def test_batch_run_gives_seeds_by_rng(tiny: edusim.Scenario) -> None:
    rows = mesa.batch_run(County, parameters={"case": tiny, "years": 1}, number_processes=1, display_progress=False, rng=[0, 3])
    want = [edusim.run(tiny, seed=seed, years=1).measures for seed in (0, 3)]
    assert [row[GAP] for row in rows] == [county_rows(frame, 2026)[GAP] for frame in want]


def test_counties_that_nobody_holds_are_let_go(tiny: edusim.Scenario) -> None:
    county = County(tiny)
    county.step()
    _ = county.datacollector
    seen = weakref.ref(county)
    del county
    gc.collect()
    assert seen() is None


@pytest.mark.slow
def test_the_page_for_mesa_users_runs_as_it_stands() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "mesa.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        exec(compile(block, "docs/mesa.md", "exec"), {"__name__": "__main__"})
