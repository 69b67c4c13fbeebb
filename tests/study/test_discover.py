"""Studies of kind discover: many futures, ratios between policies, the same futures with all ratios equal."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from edusim.declarations import STATUS_QUO
from edusim.errors import EdusimError
from edusim.parameters import shipped
from edusim.study import OpenStudy, design, driver, engines, expected, planning, study_file
from edusim.study.study_file import Study, alone
from edusim.study.study_schema import schema

PEER, DIFFUSION, BRAND, WAY = "development.peer_learning", "leadership.diffusion", "families.brand", "travel.road_factor"
MODES = ("collaboration", "co_build", "fusion")


def content(**changes: Any) -> dict[str, Any]:
    """Return a study of 4 futures, three modes, two ratios: 24 runs."""
    found: dict[str, Any] = {
        "schema_version": 1, "kind": "discover", "name": {"zh": "试", "en": "trial"}, "scenario": "small",
        "set": {"region.n_pupils": 1500, "years": 2}, "policies": list(MODES), "baseline": STATUS_QUO,
        "uncertainties": {DIFFUSION: {"range": [0.1, 0.3]}, WAY: {"range": [1.1, 2]}},
        "ratios": {"leadership": {"parameter": DIFFUSION, "range": [0.5, 2]}, "brand": {"parameter": BRAND, "range": [0.5, 2]}},
        "seeds": {"root": 7},
        "outcomes": {"gap": {"measure": "learning.core_member_gap"}, "heads": {"measure": "leadership.management_gap"}},
        "keep": ["learning.core_member_gap", "leadership.management_gap"], "design": {"futures": {"method": "sobol", "n": 4}},
    }  # fmt: skip
    return {key: value for key, value in {**found, **changes}.items() if value is not None}


def study(**changes: Any) -> Study:
    return study_file.load(content(**changes))


def frame(of: Study) -> pd.DataFrame:
    found: pd.DataFrame = design.table(of).to_pandas()
    assert found["key"].is_unique
    return found


def fault(make: Callable[[], object]) -> EdusimError:
    with pytest.raises(EdusimError) as caught:
        make()
    return caught.value


# ---- what is laid out --------------------------------------------------------------------------------


def test_arms_by_hand() -> None:
    rows = frame(study(seeds={"root": 7, "replicates": 2}))
    told = rows.groupby(["arm", "policy"]).size().to_dict()
    shared = {("both", STATUS_QUO): 8, ("both", "collaboration"): 8}
    assert told == shared | {(arm, mode): 8 for arm in ("drawn", "equal") for mode in MODES[1:]}
    names = [f"ratio.{mode}.{name}" for name in ("leadership", "brand") for mode in MODES[1:]]
    assert [name for name in rows if name.startswith("ratio.")] == names
    assert (rows.loc[rows["arm"] == "equal", names] == 1).all(axis=None)
    drawn = rows[rows["arm"] != "equal"]
    assert (drawn[names] != 1).all(axis=None)
    # One future is one setting of all uncertainties and ratios, whatever the policy, the draw and the arm.
    assert (drawn.groupby("future")[[*names, f"uncertain.{DIFFUSION}"]].nunique() == 1).all(axis=None)
    assert drawn.groupby("future")[names].first().drop_duplicates().shape[0] == 4


@pytest.mark.parametrize("arms", [["drawn"], ["equal"], "equal,drawn"])
def test_each_arm_alone(arms: Any) -> None:
    both, one = frame(study()), frame(study(arms=arms))
    if arms == "equal,drawn":
        pd.testing.assert_frame_equal(both, one)
        return
    assert set(one["arm"]) == set(arms) and len(one) == 16
    assert set(one["key"]) == set(both.loc[both["arm"].isin((*arms, "both")), "key"])


def test_a_ratio_acts_on_its_own_policy_alone() -> None:
    of = study()
    rows, tasks = frame(of), design.tasks(design.table(of))
    bases = design.base_hashes(of)
    for row, task in zip(rows.to_dict("records"), tasks, strict=True):
        told, plain = dict(task.changes), row[f"uncertain.{DIFFUSION}"]
        assert told[DIFFUSION] == plain
        own = {path for path in told if ":" in path}
        if row["arm"] in ("both", "equal"):
            assert not own
        else:
            mode = task.policy
            assert own == {f"{mode}:{DIFFUSION}", f"{mode}:{BRAND}"}
            assert told[f"{mode}:{DIFFUSION}"] == min(plain * row[f"ratio.{mode}.leadership"], 0.4)
            assert told[f"{mode}:{BRAND}"] == min(0.33 * row[f"ratio.{mode}.brand"], 1.0)
            law = alone(of.scenario, mode, told)
            assert law.parameters(mode).at(2026)[DIFFUSION] == told[f"{mode}:{DIFFUSION}"]
            assert law.parameters(STATUS_QUO).at(2026)[DIFFUSION] == plain
        assert row["key"] == design.run_key(bases[task.policy], task.policy, task.design, 7, task.draw, task.changes, design.source_hash())


LEVERS = {"rotation.share": {"values": [0, 0.1]}, "law:rotation.share": {"range": [0, 0.1]}}


@pytest.mark.parametrize(
    "change",
    [
        {"levers": LEVERS, "design": {"method": "lhs", "n": 3, "futures": {"method": "lhs", "n": 2}}},
        {"levers": LEVERS, "design": {"method": "lhs", "n": 5, "crossed": False}},
        {"levers": LEVERS, "design": {"method": "lhs", "n": 5, "crossed": False}, "seeds": {"paired": False, "replicates": 2}},
        {"levers": LEVERS, "policies": [STATUS_QUO, *MODES], "design": {"method": "lhs", "n": 2, "futures": {"method": "lhs", "n": 2}}},
        {"designs": ["feasible", "identical"], "baseline": "none"},
        {"uncertainties": {"world": {"values": {"a": {DIFFUSION: 0.1, WAY: 1.2}, "b": {WAY: 1.3}, "c": {DIFFUSION: 0.4}}}}},
        {"design": {"futures": {"method": "lhs", "n": 30}, "only": '"fusion.leadership" > 1 AND policy <> \'co_build\''}},
    ],
    ids=["levers", "together", "unpaired", "baseline beside", "designs", "bundles", "condition"],
)  # fmt: skip
def test_keys_are_those_of_the_tasks_however_it_is_laid_out(change: dict[str, Any]) -> None:
    of = study(**change)
    table = design.table(of)
    rows, bases = table.to_pandas(), design.base_hashes(of)
    assert len(rows) == design.size(of)[-1]
    for row, task in zip(rows.to_dict("records"), design.tasks(table), strict=True):
        assert row["key"] == design.run_key(bases[task.policy], task.policy, task.design, task.seed, task.draw, task.changes, design.source_hash())
        own = sorted(path.partition(":")[0] for path, _ in task.changes if ":" in path and not path.startswith("law:"))
        assert set(own) <= ({row["policy"]} if row["arm"] == "drawn" else set())
    # Each policy is there once in each arm, at every point, future and draw that it has.
    place = ["point", "future", "draw", "design", "policy"]
    arms = rows.groupby(place)["arm"].agg(lambda found: "+".join(sorted(found)))
    assert set(arms) <= {"both", "drawn+equal"}
    if of.only:
        assert (rows.loc[rows["arm"] == "drawn", "ratio.fusion.leadership"] > 1).all() and "co_build" not in set(rows["policy"])


def test_the_arm_of_equal_ratios_has_the_keys_of_a_study_without_them() -> None:
    """The same futures as a sweep, given as values: its runs and those of the arm ``equal`` are the same runs."""
    rows = frame(study())
    ways = rows.groupby("future")[[f"uncertain.{DIFFUSION}", f"uncertain.{WAY}"]].first().to_numpy().tolist()
    plain = study(
        kind="sweep", ratios=None, uncertainties={"world": {"values": {f"f{i}": {DIFFUSION: a, WAY: b} for i, (a, b) in enumerate(ways)}}},
        design={"futures": {"method": "grid"}},
    )  # fmt: skip
    assert set(frame(plain)["key"]) == set(rows.loc[rows["arm"] != "drawn", "key"])


def test_a_ratio_belongs_to_the_policy_and_so_to_all_its_modes() -> None:
    of = study(policies=["fusion", "community_plan"])
    task = next(t for t in design.tasks(design.table(of)) if any(p.startswith("community_plan:") for p, _ in t.changes))
    law = alone(of.scenario, "community_plan", dict(task.changes)).parameters("community_plan").at(2026)
    assert law.n_modes > 1 and law[DIFFUSION] == dict(task.changes)[f"community_plan:{DIFFUSION}"]


def test_ratios_are_log_uniform_and_may_be_reversed() -> None:
    rows = frame(study(design={"futures": {"method": "sobol", "n": 256}}))
    rows = rows[rows["policy"] == STATUS_QUO]
    for name in rows.filter(like="ratio."):
        logs = np.sort(np.log2(rows[name]))
        # One point of a Sobol sequence in each of 256 equal cells of log ratio.
        np.testing.assert_allclose(logs, np.linspace(-1, 1, 257)[:-1] + 1 / 256, atol=1 / 256)
    higher = rows["ratio.fusion.leadership"] > rows["ratio.co_build.leadership"]
    assert 0.4 < higher.mean() < 0.6


def test_a_product_is_cut_to_the_limits_and_counted() -> None:
    of = study(uncertainties={DIFFUSION: {"range": [0.2, 0.3]}}, design={"futures": {"method": "lhs", "n": 40}})
    rows = frame(of)
    rows = rows[rows["arm"] == "drawn"]
    for mode in MODES[1:]:
        mine = rows[rows["policy"] == mode]
        beyond = int((mine[f"uncertain.{DIFFUSION}"] * mine[f"ratio.{mode}.leadership"] > shipped()[DIFFUSION].high).sum())
        assert 0 < beyond < 40 and design.cut(of)[f"{mode}.leadership"] == (beyond, 40)
    assert max(v for t in design.tasks(design.table(of)) for p, v in t.changes if p.endswith(DIFFUSION)) == 0.4
    plan = planning.plan(of, workers=1, probe=False)
    assert (plan.runs, plan.equal, plan.baseline, plan.cut) == (240, 80, 40, design.cut(of))
    assert design.size(of) == (1, 40, 3, 240) and plan.refused == 0


def test_a_run_that_no_ratio_changes_is_run_once() -> None:
    top = shipped()[DIFFUSION].high
    ratio = {"leadership": {"parameter": DIFFUSION, "range": [1.5, 2]}}
    rows = frame(study(uncertainties={WAY: {"range": [1.1, 2]}}, ratios=ratio, set={"region.n_pupils": 1500, DIFFUSION: top}))
    assert set(rows["arm"]) == {"both"} and len(rows) == 16


@pytest.mark.slow
def test_futures_that_differ_in_ratios_only_share_what_no_ratio_changes(tmp_path: Path) -> None:
    of = study(uncertainties=None, store={"path": str(tmp_path / "store")})
    table = design.table(of)
    rows = table.to_pandas()
    shared = rows[rows["arm"] != "drawn"].groupby("policy")["key"]
    assert shared.size().eq(4).all() and shared.nunique().eq(1).all() and len(shared) == 4
    left = driver.pending(table, {})
    assert left.rows.size == rows["key"].nunique() == 4 + 8 and left.stored == 0
    with engines.Here() as here:
        driver.carry_on(of, driver.store_of(of), engine=here)
    opened = OpenStudy(of.store, of)
    assert opened.status().states["done"] == len(rows) == 24 and opened.verify(sample=2).ok
    assert len(opened.runs) == 32 and len(opened.effects) == 24 and len(opened.years) == 32 * 3
    grown = of.with_({"design.futures.n": 8})
    assert driver.pending(design.table(grown), opened.store.states()).rows.size == 8


# ---- every behaviour ---------------------------------------------------------------------------------


def test_all_of_behaviour_is_every_number_over_its_own_range() -> None:
    of = study(uncertainties={"behaviour": "all"}, design={"futures": {"method": "lhs", "n": 16}})
    known = {path: d for path, d in shipped().items() if d.scope == "behaviour" and d.type in ("float", "int")}
    assert {f.name for f in of.uncertainties} == set(known) and len(known) >= 93
    rows = frame(of)
    rows = rows[rows["policy"] == STATUS_QUO]
    for path, d in known.items():
        values = rows[f"uncertain.{path}"]
        if d.type == "int":
            assert values.dtype == np.int64 and d.low <= values.min() < values.max() <= d.high
        else:  # one future in each sixteenth of the range
            assert sorted(((values - d.low) / (d.high - d.low) * 16).astype(int)) == list(range(16)), path
    assert set(dict(design.tasks(design.table(of), [0])[0].changes)) == set(known)


def test_single_entries_replace_and_exceptions_leave_out() -> None:
    of = study(uncertainties={"mine": {"sets": DIFFUSION, "values": [0.1, 0.2]}, WAY: {"range": [1.3, 1.4]}, "behaviour": "all", "except": [PEER]})
    names = [f.name for f in of.uncertainties]
    every = len(study(uncertainties={"behaviour": "all"}).uncertainties)
    assert PEER not in names and DIFFUSION not in names and len(names) == len(set(names)) == every - 1
    assert {f.name: (f.low, f.high) for f in of.uncertainties}[WAY] == (1.3, 1.4)
    again = of.with_({"uncertainties.except": f"[{PEER}, {BRAND}]"})
    assert {f.name for f in of.uncertainties} - {f.name for f in again.uncertainties} == {BRAND}
    assert len(study(kind="sweep", ratios=None, uncertainties={"behaviour": "all"}).uncertainties) == every


# ---- what is refused ---------------------------------------------------------------------------------


def ratio(parameter: str = DIFFUSION, ends: Any = (0.5, 2), **more: Any) -> dict[str, Any]:
    return {"ratios": {"x": {"parameter": parameter, "range": list(ends), **more}}}


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (ratio("leadership.difusion"), "CFG-UNKNOWN-PARAMETER", DIFFUSION),
        (ratio("rotation.share"), "STUDY-RATIO", "no quantity of behaviour"),
        (ratio("hiring.posts_considered"), "STUDY-RATIO", "no quantity of behaviour"),
        (ratio(ends=(0, 2)), "STUDY-EMPTY-RANGE", "above 0"),
        (ratio(ends=(-1, 2)), "STUDY-EMPTY-RANGE", "above 0"),
        (ratio(ends=(2, 0.5)), "STUDY-EMPTY-RANGE", "the smaller one first"),
        (ratio(ends=(1, 2, 3)), "STUDY-EMPTY-RANGE", "two ends"),
        (ratio(dist="norm"), "CFG-UNKNOWN-KEY", "dist"),
        ({"levers": {DIFFUSION: {"values": [0.1, 0.2]}}, "uncertainties": None}, "STUDY-TWICE", "is a lever"),
        ({"ratios": {n: {"parameter": DIFFUSION, "range": [0.5, 2]} for n in "xy"}}, "STUDY-TWICE", "has the ratio x already"),
        ({"policies": ["fusion"]}, "STUDY-RATIO", "two policies"),
        ({"policies": ["fusion", STATUS_QUO]}, "STUDY-RATIO", "two policies"),
        ({"ratios": {}}, "STUDY-RATIO", "two policies and one ratio"),
        ({"kind": "sweep"}, "STUDY-RATIO", "belongs to kind: discover"),
        ({"kind": "sweep", "ratios": None, "arms": ["equal"]}, "STUDY-RATIO", "belongs to kind: discover"),
        ({"uncertainties": {f"fusion:{PEER}": {"range": [0.1, 0.2]}}}, "STUDY-RATIO", "by ratios only"),
        ({"set": {f"fusion:{PEER}": 0.2}}, "STUDY-RATIO", "by ratios only"),
        ({"arms": ["even"]}, "CFG-UNKNOWN-VALUE", "equal"),
        ({"arms": []}, "STUDY-ARMS", "at least one"),
        ({"arms": ["drawn"], "ratios": None}, "STUDY-ARMS", "needs ratios"),
        ({"uncertainties": None, "ratios": None}, "STUDY-NOTHING-VARIED", "discover"),
        ({"uncertainties": {"behaviour": "some"}}, "STUDY-FACTOR", "behaviour: all"),
        ({"uncertainties": {"except": [PEER]}}, "STUDY-FACTOR", "behaviour: all"),
        ({"uncertainties": {"behaviour": "all", "except": ["families.brands"]}}, "CFG-UNKNOWN-PARAMETER", BRAND),
        ({"uncertainties": {"behaviour": "all", "except": [WAY], WAY: {"range": [1.1, 2]}}}, "STUDY-TWICE", WAY),
        ({"levers": {PEER: {"values": [0.1, 0.2]}}, "uncertainties": {"behaviour": "all"}}, "STUDY-TWICE", "under except"),
        ({"uncertainties": {BRAND: {"sets": WAY, "values": [1.1, 2]}, "behaviour": "all"}}, "STUDY-DUPLICATE", BRAND),
        ({"uncertainties": {"fusion.brand": {"sets": WAY, "values": [1.1, 2]}}}, "STUDY-DUPLICATE", "fusion.brand"),
        ({"uncertainties": {"behaviour": "all"}, "set": {PEER: 0.2}}, "STUDY-TWICE", PEER),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_refused(change: dict[str, Any], code: str, said: str) -> None:
    told = fault(lambda: study(**change))
    assert told.code == code, told.message("en")
    assert said in told.message("en")


ODD = ("", "x", 3, -0.5, True, [], [[]], [3], ["x", "x"], {}, {"x": 3}, {"x": {}}, {"x": {"parameter": [], "range": {}}}, float("nan"), float("inf"),
       {"x": {"parameter": DIFFUSION, "range": [0.5, float("inf")]}}, {"x.y": {"parameter": DIFFUSION, "range": [0.5, 2]}}, [DIFFUSION], [None])  # fmt: skip


@pytest.mark.parametrize("path", ["ratios", "ratios.leadership", "ratios.leadership.range", "ratios.leadership.parameter", "arms",
                                  "uncertainties.behaviour", "uncertainties.except", "uncertainties"])  # fmt: skip
def test_anything_odd_is_told(path: str) -> None:
    of = study()
    for value in ODD:
        if (path, value) != ("uncertainties", {}):
            fault(lambda value=value: of.with_({path: value}))  # type: ignore[misc]


def test_the_schema_reads_what_the_reader_reads() -> None:
    import jsonschema

    ask = jsonschema.Draft202012Validator(schema())
    whole = content(arms=["drawn", "equal"], uncertainties={"behaviour": "all", "except": [PEER], WAY: {"range": [1.1, 2]}})
    assert list(ask.iter_errors(whole)) == []
    for wrong in (ratio(ends=(0, 2)), {"arms": ["even"]}, {"arms": []}, {"uncertainties": {"behaviour": "some"}}, ratio(dist="norm")):
        assert list(ask.iter_errors(whole | wrong)), wrong


# ---- growing -----------------------------------------------------------------------------------------


def test_sobol_futures_nest_and_latin_ones_do_not() -> None:
    def keys(method: str, n: int) -> set[str]:
        return set(frame(study(uncertainties={"behaviour": "all"}, design={"futures": {"method": method, "n": n}}))["key"])

    assert keys("sobol", 4) < keys("sobol", 8)
    assert not keys("lhs", 4) & keys("lhs", 8)


def test_what_makes_a_study_another_one() -> None:
    of = study()
    assert of.with_({"design.futures.n": 8, "seeds.replicates": 3, "ratios.leadership.range": [0.8, 1.25]}).identity == of.identity
    for change in ({"arms": ["drawn"]}, {"policies": ["co_build", "collaboration", "fusion"]}, {"policies": [*MODES, "community_plan"]}):
        assert of.with_(change).identity != of.identity
    assert of.with_({"ratios.leadership.range": "[1, 2]"}).ratios[0].low == 1


# ---- what is stored ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    of = study(store={"path": str(tmp_path_factory.mktemp("discover") / "store")}, design={"futures": {"method": "sobol", "n": 2}})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "Loky", lambda workers: engines.Here())
        opened = OpenStudy(of.store, of)
        summary = opened.run(workers=1)
        assert (summary.done, summary.left) == (12, 0)
        assert opened.run(workers=1).stored_before == 12
    return opened


def test_each_arm_has_every_policy_and_shares_what_is_the_same(stored: OpenStudy) -> None:
    runs = stored.runs
    assert runs.groupby(["arm", "policy"]).size().to_dict() == {(a, p): 2 for a in ("drawn", "equal") for p in (STATUS_QUO, *MODES)}
    assert (runs.loc[runs["arm"] == "equal"].filter(like="ratio.") == 1).all(axis=None)
    wide = runs.pivot_table(index=["policy", "future"], columns="arm", values=["gap", "heads"])
    same = (wide["heads"]["drawn"] == wide["heads"]["equal"]).groupby("policy").all()
    assert same.to_dict() == {STATUS_QUO: True, "collaboration": True, "co_build": False, "fusion": False}
    effects = stored.effects.set_index(["arm", "policy", "future"]).sort_index()
    assert len(effects) == 12
    by = runs.set_index(["arm", "policy", "future"])["gap"]
    for arm, mode, future in itertools.product(("drawn", "equal"), MODES, range(2)):
        assert effects.loc[(arm, mode, future), "gap"] == by[arm, mode, future] - by[arm, STATUS_QUO, future]


def test_a_stronger_ratio_brings_members_nearer_to_their_core(stored: OpenStudy) -> None:
    runs = stored.runs.set_index(["arm", "policy", "future"]).sort_index()
    for mode in MODES[1:]:
        drawn, equal = runs.loc[("drawn", mode)], runs.loc[("equal", mode)]
        change = drawn["heads"] - equal["heads"]
        assert (np.sign(change) == -np.sign(np.log(drawn[f"ratio.{mode}.leadership"]))).all()


def test_all_begin_in_the_same_county(stored: OpenStudy) -> None:
    years = stored.years
    assert len(years) == 8 * 2 * 3
    first = years[years["year"] == years["year"].min()]
    assert (first.groupby("future")[["learning.core_member_gap", "leadership.management_gap"]].nunique() == 1).all(axis=None)


@pytest.mark.slow
def test_a_ratio_holds_from_the_first_year_of_its_policy(tmp_path: Path) -> None:
    """What teachers learn among colleagues settles the base year: there every policy still has the plain value."""
    of = study(
        policies=["collaboration", "fusion"], ratios={"peers": {"parameter": PEER, "range": [1.5, 2]}}, store={"path": str(tmp_path / "store")},
        uncertainties={PEER: {"range": [0.1, 0.3]}}, keep=["learning.*", "staffing.quality_*"], design={"futures": {"method": "sobol", "n": 2}},
    )  # fmt: skip
    with engines.Here() as here:
        driver.carry_on(of, driver.store_of(of), engine=here)
    years = OpenStudy(of.store, of).years
    years = years[years["policy"].isin([STATUS_QUO, "fusion"])]
    differs = years.groupby(["future", "year"])[[*of.keep]].nunique().max(axis=1).groupby("year").max()
    assert differs.iloc[0] == 1 and differs.iloc[-1] == 3


@pytest.mark.slow
def test_the_store_is_sound_and_counts_each_run_once(stored: OpenStudy) -> None:
    found = stored.verify(sample=2)
    assert found.ok and found.runs == stored.status().done == 12
    assert len(stored.query("select * from attempts")) == len(stored.query("select * from design")) == 12
    assert set(stored.frames["effects"]["arm"]) == set(stored.frames["runs"]["arm"]) == {"drawn"}
    assert stored.measures.groupby("policy")["draw"].nunique().eq(2).all()
    assert {"ratio.fusion.brand", f"uncertain.{DIFFUSION}"} <= set(stored.facts["factors"])


def test_another_study_is_refused_in_its_place(stored: OpenStudy) -> None:
    told = fault(lambda: driver.store_of(stored.study.with_({"arms": ["equal"]})))
    assert told.code == "STUDY-OTHER" and "arms" in told.message("en")


@pytest.mark.slow
def test_shards_and_growth_give_the_bits_of_one_run(stored: OpenStudy, tmp_path: Path) -> None:
    half = study(store={"path": str(tmp_path / "store")}, design={"futures": {"method": "sobol", "n": 1}})
    with engines.Here() as here:
        driver.carry_on(half, driver.store_of(half), engine=here, shard=(0, 2))
        whole = half.with_({"design.futures.n": 2})
        for i in (1, 0):
            driver.carry_on(whole, driver.store_of(whole), engine=here, shard=(i, 2))
    of = OpenStudy(half.store, whole)
    order = ["key", "arm"]
    columns = [name for name in of.runs if name not in ("seconds", "worker", "stored_at", "attempt", "run")]
    pd.testing.assert_frame_equal(
        *(one.runs[columns].sort_values(order).reset_index(drop=True) for one in (of, stored)), check_exact=True
    )  # fmt: skip
    kept = expected.results(of.store)
    assert (of.status().left, kept["runs"], kept["failed"]) == (0, 12, 0)
    assert set(kept["levels"]) == {"feasible, drawn", "feasible, equal"} and set(kept["effects"]["feasible, equal"]) == set(MODES)
