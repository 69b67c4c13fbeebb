"""Sensitivity of stored studies: laid out, planted with known outcomes, found again, analysed; grown, resumed, refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim.declarations import STATUS_QUO
from edusim.errors import EdusimError
from edusim.study import OpenStudy, design, open_study, study_file
from edusim.study.sampling import spread
from edusim.study.sensitivity import frames, growing, kept, road, slices, stored
from edusim.study.sensitivity.estimates import estimate
from edusim.study.sensitivity.problem import DUMMY, SEED
from edusim.study.sensitivity.result import Sensitivity
from edusim.study.sensitivity_file import restored
from edusim.study.study_file import Study
from edusim.study.study_schema import schema
from planted_runs import luck, plant

SHARE, TERM, PEER, DIFFUSION = "rotation.share", "rotation.term_years", "development.peer_learning", "leadership.diffusion"
MODES = ("co_build", "fusion")


def content(**changes: Any) -> dict[str, Any]:
    """Return a study of two policies, one lever with a range, one with values, two uncertainties."""
    found: dict[str, Any] = {
        "schema_version": 1, "kind": "sensitivity", "name": {"zh": "试", "en": "trial"}, "scenario": "small",
        "set": {"region.n_pupils": 600, "years": 2}, "policies": list(MODES), "baseline": STATUS_QUO,
        "levers": {SHARE: {"range": [0, 0.16]}, TERM: {"values": [1, 2, 3]}},
        "uncertainties": {DIFFUSION: {"range": [0.05, 0.3]}, PEER: {"dist": "triang", "params": [0.1, 0.4, 0.6]}},
        "seeds": {"root": 7}, "outcomes": {"gap": {"measure": "learning.core_member_gap", "want": "min"}, "cost": {"measure": "money.total", "at": "sum"}},
        "keep": ["learning.core_member_gap"], "design": {"method": "sobol", "n": 32},
    }  # fmt: skip
    return {key: value for key, value in {**found, **changes}.items() if value is not None}


def study(**changes: Any) -> Study:
    return study_file.load(content(**changes))


def in_store(path: Path, **changes: Any) -> Study:
    return study(store={"path": str(path / "store")}, **changes)


def planted(policy: str, values: Mapping[str, Any], draw: int) -> tuple[float, float]:
    """A gap whose effect against the baseline is known, and a cost that a policy fixes."""
    ground = 3.0 * values[DIFFUSION] + luck(draw)
    if SHARE not in values:
        return ground, 0.0
    share, term, diffusion = values[SHARE] / 0.16, values[TERM] - 2, (values[DIFFUSION] - 0.05) / 0.25
    k = 1.0 if policy == "fusion" else 2.0
    return ground + k * share * diffusion + term + 0.1 * luck(draw + 1) * share, k


def fault(make: Callable[[], object]) -> EdusimError:
    with pytest.raises(EdusimError) as caught:
        make()
    assert caught.value.exit_code == 2 and caught.value.zh and caught.value.en
    return caught.value


def opened(of: Study) -> OpenStudy:
    return OpenStudy(of.store, of)


# ---- what a file says ----------------------------------------------------------------------------------


def test_what_a_file_asks_comes_back_from_plain_data() -> None:
    of = study(
        groups={"teachers": {"inputs": [PEER, f"uncertain.{DIFFUSION}"], "correlation": 0.6}}, seeds={"root": 7, "replicates": 2, "as": "independent"},
        design={"method": "sobol", "n": 64, "second_order": [[SHARE, "teachers"]], "seed": 3, "grow_until": {"width": 0.1}},
    )  # fmt: skip
    asked = of.sensitivity
    assert asked is not None and restored(json.loads(json.dumps(of.plain()["sensitivity"]))) == asked
    assert asked.second_order == ((f"lever.{SHARE}", "teachers"),) and (asked.width, asked.max_runs, asked.seeds) == (0.1, 50_000, "independent")
    problem = stored.problem_of(of.factors, asked)
    assert problem.units == (f"lever.{SHARE}", f"lever.{TERM}", "teachers") and problem.correlation["teachers"][0, 1] == 0.6
    changed = of.with_({"design.grow_until.max_runs": 900, "design.n": 128, "seeds.as": "factor"}).sensitivity
    assert changed is not None and (changed.max_runs, changed.n, changed.seeds, changed.width) == (900, 128, "factor", 0.1)


@pytest.mark.slow
def test_the_schema_takes_what_a_file_may_say() -> None:
    import jsonschema

    jsonschema.validate(content(
        groups={"teachers": {"inputs": [PEER, DIFFUSION], "correlation": [[1, 0.5], [0.5, 1]]}}, seeds={"root": 7, "replicates": 2, "as": "independent"},
        design={"method": "road", "n": 64, "second_order": True, "grow_until": {"width": 0.1, "max_runs": 900}, "road": {"trajectories": 8, "keep": 2}},
    ), schema())  # fmt: skip
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(content(seeds={"as": "luck"}), schema())


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"levers": {SHARE: {"values": [0.1]}}}, "STUDY-CONSTANT", "does not vary"),
        ({"levers": None, "uncertainties": None}, "STUDY-NOTHING-VARIED", "sensitivity"),
        ({"levers": {SHARE: {"range": [0, 0.1], "steps": 3}}}, "STUDY-GRID", "steps"),
        ({"design": {"method": "grid"}}, "STUDY-GRID", "grid"),
        ({"design": {"method": "lhs", "n": 8}}, "STUDY-GRID", "lhs"),
        ({"design": {"method": "sobol", "n": 32, "only": "gap > 1"}}, "STUDY-RECTANGLE", "combination"),
        ({"design": {"method": "sobol", "n": 32, "crossed": True}}, "STUDY-FUTURES", "crossed"),
        ({"design": None}, "CFG-MISSING-KEY", "design"),
        ({"design": {"method": "sobol"}}, "CFG-MISSING-KEY", "n is missing"),
        ({"design": {"method": "sobel", "n": 32}}, "CFG-UNKNOWN-VALUE", "sobol"),
        ({"design": {"method": "sobol", "n": 33}}, "STUDY-POWER-OF-TWO", "32"),
        ({"design": {"method": "dgsm", "n": 32}}, "STUDY-SMOOTH", TERM),
        ({"design": {"method": "sobol", "n": 32, "grow_until": {"width": 2}}}, "CFG-RANGE", "width"),
        ({"design": {"method": "sobol", "n": 32, "road": {"keep": 2}}}, "STUDY-FACTOR", "road"),
        ({"design": {"method": "morris", "n": 32, "second_order": True}}, "STUDY-PAIRS", "morris"),
        ({"design": {"method": "sobol", "n": 32, "second_order": [[SHARE]]}}, "STUDY-PAIRS", "two inputs"),
        ({"design": {"method": "sobol", "n": 32, "second_order": [[SHARE, "rotation.shore"]]}}, "STUDY-LEVER", SHARE),
        ({"seeds": {"paired": True}}, "STUDY-SEEDS-AS", "as"),
        ({"seeds": {"as": "paired"}}, "STUDY-SEEDS-AS", "replicates"),
        ({"designs": ["feasible", "identical"]}, "STUDY-DESIGNS", "one design"),
        ({"groups": {"dummy": {"inputs": [PEER, DIFFUSION]}}}, "STUDY-GROUP", "dummy"),
        ({"groups": {"t": {"inputs": [PEER]}}}, "STUDY-GROUP", "two inputs"),
        ({"groups": {"t": {"inputs": [PEER, SHARE]}, "u": {"inputs": [PEER, TERM]}}}, "STUDY-GROUP", "already"),
        ({"groups": {"t": {"inputs": [PEER, DIFFUSION], "correlation": 1.2}}}, "STUDY-CORRELATION", "hold together"),
        ({"groups": {"t": {"inputs": [PEER, DIFFUSION], "correlation": [[1, 0.2], [0.3, 1]]}}}, "STUDY-CORRELATION", "symmetric"),
        ({"kind": "sweep", "design": None, "groups": {"t": {"inputs": [PEER, DIFFUSION]}}}, "STUDY-GROUP", "sensitivity"),
    ],
)  # fmt: skip
def test_what_no_index_can_be_told_of_is_refused(change: dict[str, Any], code: str, said: str) -> None:
    error = fault(lambda: study(**change))
    assert error.code == code and said in error.message("en"), error.message("en")


def test_too_few_points_are_refused_at_their_place(tmp_path: Path) -> None:
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(content(design={"method": "sobol", "n": 4})), encoding="utf-8")
    error = fault(lambda: design.table(study_file.load(file)))
    assert error.code == "STUDY-TOO-FEW" and error.where.startswith(f"{file}:1:")
    assert fault(lambda: design.size(study(design={"method": "sobol", "n": 2**22}))).code == "STUDY-TOO-LARGE"


# ---- what is laid out ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "n", "seeds"),
    [("sobol", 8, {"as": "factor"}), ("sobol", 8, {"as": "independent"}), ("sobol", 8, {"as": "paired", "replicates": 2}), ("morris", 4, {"as": "factor"})],
)
def test_every_row_is_a_run_and_has_its_baseline(method: str, n: int, seeds: dict[str, Any]) -> None:
    of = study(design={"method": method, "n": n}, seeds={"root": 7, **seeds})
    layout = stored.layout_of(of.factors, of.sensitivity, of.seeds.replicates)  # type: ignore[arg-type]
    table = design.table(of).to_pandas()
    assert table["key"].is_unique and len(table) == design.size(of)[-1]
    values = stored.values_of(of.factors, layout)
    rows = {(*setting, d) for setting, draws in zip(zip(*values.values(), strict=True), layout.draws.tolist(), strict=True) for d in draws}
    runs = table[table["point"] >= 0]
    columns = [*(f.column for f in of.factors), "draw"]
    for policy in MODES:
        assert set(runs[runs["policy"] == policy][columns].itertuples(index=False, name=None)) == rows
    below = table[table["point"] < 0]
    of_runs = set(runs[["future", "draw"]].itertuples(index=False, name=None))
    assert set(below[["future", "draw"]].itertuples(index=False, name=None)) == of_runs and len(below) == len(of_runs)
    if seeds["as"] == "factor":  # the dummy moves nothing, and so its rows are A's own runs
        assert len(rows) < layout.rows


def test_listed_values_and_whole_numbers_have_equal_parts() -> None:
    of = study(design={"method": "sobol", "n": 256})
    layout = stored.layout_of(of.factors, of.sensitivity, 1)  # type: ignore[arg-type]
    terms = np.array(stored.values_of(of.factors, layout)[TERM])
    assert [np.mean(terms == k) for k in (1, 2, 3)] == pytest.approx([1 / 3] * 3, abs=0.02)


def test_a_grown_design_keeps_every_key() -> None:
    small, large = (set(design.table(study(design={"method": "sobol", "n": n}))["key"].to_pylist()) for n in (8, 16))
    assert small < large and len(large) > 1.5 * len(small)


# ---- from the store to indices -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Study:
    of = in_store(tmp_path_factory.mktemp("done"), design={"method": "sobol", "n": 32, "second_order": [[SHARE, DIFFUSION]]})
    plant(of, planted)
    return of


@pytest.fixture(scope="module")
def found(done: Study) -> Sensitivity:
    return growing.of_study(done.store)


def test_stored_runs_give_what_the_numbers_themselves_give(done: Study, found: Sensitivity) -> None:
    layout = stored.layout_of(done.factors, done.sensitivity, 1)  # type: ignore[arg-type]
    values = {f.name: spread(f, layout.unit[:, i]) for i, f in enumerate(done.factors)}
    for policy in MODES:
        def effect(i: int, policy: str = policy) -> float:
            at, draw = {name: column[i] for name, column in values.items()}, int(layout.draws[i, 0])
            return planted(policy, at, draw)[0] - planted(STATUS_QUO, {DIFFUSION: at[DIFFUSION]}, draw)[0]

        y = np.array([[effect(i)] for i in range(layout.rows)])
        direct = estimate(layout, y, seed=0)
        mine = found.indices[(found.indices["policy"] == policy) & (found.indices["outcome"] == "gap")]
        for row, told in zip(direct.indices.to_dict("records"), mine.to_dict("records"), strict=True):
            assert told["index"] == row["index"] and told["input"] == row["input"]
            assert [told[k] for k in ("value", "low", "high")] == pytest.approx([row[k] for k in ("value", "low", "high")], rel=1e-9, nan_ok=True)
    # The county's own luck and what a better county has anyway are in both, and so not in the effect.
    peers = found.indices[(found.indices["input"] == f"uncertain.{PEER}") & found.indices["index"].isin(("S1", "ST")) & (found.indices["outcome"] == "gap")]
    assert (peers["value"].abs() < 1e-12).all()
    dummies = found.indices[(found.indices["input"] == DUMMY) & (found.indices["outcome"] == "gap")]
    assert (dummies["value"].abs() < 1e-12).all() and SEED in set(found.indices["input"])


@pytest.mark.slow
def test_without_a_baseline_levels_are_analysed(tmp_path: Path) -> None:
    of = in_store(tmp_path, baseline="none", design={"method": "sobol", "n": 32})
    plant(of, planted)
    split = growing.of_study(of.store, outcomes=["gap"]).frames["split"]
    assert (split[split["part"] == "seeds"]["share"] > 0.15).all()


@pytest.mark.slow
def test_an_outcome_that_does_not_vary_is_said_and_never_divided_by(found: Sensitivity, done: Study) -> None:
    assert found.dead == [(policy, "cost") for policy in MODES]
    cost = found.indices[found.indices["outcome"] == "cost"]
    assert len(cost) and cost["value"].isna().all() and not set(found.frames["swings"]["outcome"]) - {"gap"}
    assert fault(lambda: growing.of_study(done.store, outcomes=["cost"])).code == "STUDY-DEAD"
    assert fault(lambda: growing.of_study(done.store, outcomes=["gpa"])).code == "STUDY-OUTCOME"


def test_growth_is_told_from_the_first_points_of_the_same_runs(found: Sensitivity, done: Study) -> None:
    growth = found.frames["growth"]
    assert sorted(growth["n"].unique()) == [16, 32] and growth.groupby("n")["runs"].first().is_monotonic_increasing
    assert growth["runs"].max() == found.runs == design.size(done)[-1]
    half = stored.layout_of(done.factors, done.sensitivity, 1, n=16)  # type: ignore[arg-type]
    runs = stored.runs_of(opened(done))
    direct = estimate(half, runs.response("fusion", "gap", runs.rows(half)), seed=0)
    told = growth[(growth["n"] == 16) & (growth["policy"] == "fusion") & (growth["outcome"] == "gap") & (growth["index"] == "ST")].set_index("input")["value"]
    assert told[f"lever.{SHARE}"] == pytest.approx(direct.value("ST", f"lever.{SHARE}"))


@pytest.mark.slow
def test_a_store_of_another_model_is_analysed_by_its_values(found: Sensitivity, done: Study, tmp_path: Path) -> None:
    import shutil

    copy = tmp_path / "old"
    shutil.copytree(done.store, copy)
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    manifest["source"] = "0" * 64
    (copy / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    again = growing.of_study(copy)
    assert again.indices.equals(found.indices) and again.source["model"] == "0" * 64


def test_kept_results_are_compared(found: Sensitivity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sensitivity, "page", lambda self, lang, **_: f"# {lang}\ntext")
    now = json.loads(json.dumps(kept.results(found)))
    assert kept.differences(now, json.loads(json.dumps(now))) == [] and now["text"] == {"en": "text", "zh": "text"}
    other = json.loads(json.dumps(now))
    one = other["indices"]["sobol"]["gap"]["fusion"][f"ST lever.{SHARE}"]
    one["value"] += 0.001
    assert len(kept.differences(now, other)) == 1
    other["source"] = "another"
    assert kept.differences(now, other) == []
    one.update(low=3.0, high=4.0, value=3.5)
    assert "3.5 [3, 4] expected" in kept.differences(now, other)[0]
    del now["split"]["gap"]
    assert len(kept.differences(now, other)) > 3


# ---- over one input and two ------------------------------------------------------------------------------


def test_swings_and_cells_of_a_known_function() -> None:
    of = study(design={"method": "sobol", "n": 512})
    layout = stored.layout_of(of.factors, of.sensitivity, 1)  # type: ignore[arg-type]
    u = layout.unit
    y = (u[:, 0] + 2 * u[:, 0] * u[:, 2])[:, None]
    swings = {row["input"]: row for row in slices.swings(of.factors, layout, y)}
    share = swings[f"lever.{SHARE}"]
    assert (share["low_mean"], share["high_mean"]) == pytest.approx((0.2, 1.8), abs=0.03)
    assert share["low_low"] < 0.2 < share["low_high"] and (share["at_low"], share["at_high"]) == pytest.approx((0.016, 0.144))
    peer = swings[f"uncertain.{PEER}"]
    assert abs(peer["high_mean"] - peer["low_mean"]) < 0.06 and swings[f"lever.{TERM}"]["at_high"] == 3
    cells = slices.together(of.factors, [(f"lever.{SHARE}", f"uncertain.{DIFFUSION}"), (f"lever.{TERM}", f"uncertain.{PEER}")], layout, y)
    assert len(cells) == 25 + 15
    # 2 (x - 1/2) (y - 1/2) is what goes beyond the sum.
    for a, cell in enumerate(cells[:25]):
        x, z = (a // 5 + 0.5) / 5, (a % 5 + 0.5) / 5
        assert cell["beyond"] == pytest.approx(2 * (x - 0.5) * (z - 0.5), abs=0.03) and cell["mean"] == pytest.approx(x + 2 * x * z, abs=0.03)
        assert cell["beyond_low"] <= cell["beyond"] <= cell["beyond_high"]
    assert all(abs(cell["beyond"]) < 0.1 for cell in cells[25:])


# ---- grown, resumed, unfinished, failed ------------------------------------------------------------------


def grown(of: Study, monkeypatch: pytest.MonkeyPatch, most: int = 10**9) -> tuple[growing.Grown | None, int, list[str]]:
    """Grow a study with planted outcomes, stopped after so many runs; return what came of it, the runs made, what was told."""
    made, said = [0], []

    def make(study: Study, workers: object, progress: object) -> OpenStudy:
        made[0] += plant(study, planted, most - made[0])
        if opened(study).status().left:
            raise KeyboardInterrupt
        return opened(study)

    monkeypatch.setattr(growing, "make", make)
    try:
        return growing.grow(of, outcomes=["gap"], tell=lambda zh, en: said.append(en)), made[0], said
    except KeyboardInterrupt:
        return None, made[0], said


@pytest.mark.slow
@pytest.mark.measured
def test_growth_resumed_is_growth_uninterrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    how = {"method": "sobol", "n": 32, "grow_until": {"width": 0.02, "max_runs": 1300}}
    whole, all_runs, said = grown(in_store(tmp_path / "a", design=how), monkeypatch)
    assert whole is not None and whole.stopped == growing.MOST and whole.runs.told.asked.n > 32
    assert "not settled" in said[0] and "doubled to 64" in said[0] and "more than max_runs 1,300" in said[-1]
    assert whole.runs.facts["done"] == whole.runs.facts["planned"] == all_runs <= 1300  # every run is made once
    of = in_store(tmp_path / "b", design=how)
    stopped, first, _ = grown(of, monkeypatch, most=all_runs - 40)
    assert stopped is None and all_runs - 50 < first < all_runs
    resumed, rest, _ = grown(of, monkeypatch)
    assert resumed is not None and rest == all_runs - first and resumed.stopped == whole.stopped
    a, b = (growing.of_study(g.opened.path, outcomes=["gap"]) for g in (whole, resumed))
    assert all(a.frames[name].equals(b.frames[name]) for name in frames.FRAMES)


@pytest.mark.slow
def test_growth_ends_when_it_has_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = in_store(tmp_path, design={"method": "sobol", "n": 128, "grow_until": {"width": 0.9, "max_runs": 9000}})
    found, _, said = grown(of, monkeypatch)
    assert found is not None and found.stopped == growing.SETTLED and "settled" in said[-1] and found.runs.told.asked.n == 128


def test_an_unfinished_study_is_refused_naming_what_is_missing(tmp_path: Path) -> None:
    of = in_store(tmp_path, design={"method": "sobol", "n": 16})
    total = design.size(of)[-1]
    plant(of, planted, most=total - 5)
    error = fault(lambda: growing.of_study(of.store))
    left = [key for key, state in opened(of).query("SELECT key, state FROM runs").itertuples(index=False) if state == "pending"]
    assert error.code == "STUDY-UNFINISHED" and f"{len(left)} of {total}" in error.en and all(key in error.en for key in left)
    assert 0 < len(left) <= 5 and any(m in error.en for m in MODES)
    part = growing.of_study(of.store, partial=True)
    facts = part.frames["facts"]
    assert part.left == len(left) and max(lost for lost, _ in part.lost.values()) >= 1
    assert (facts["blocks"] + facts["dropped"] == 16).all() and facts["dropped"].max() == max(lost for lost, _ in part.lost.values())


@pytest.mark.slow
def test_a_design_that_holds_only_part_of_the_rows_is_unfinished(tmp_path: Path) -> None:
    of = in_store(tmp_path, design={"method": "sobol", "n": 16})
    plant(road.with_ends_only(of), planted)
    error = fault(lambda: growing.of_study(of.store))
    assert error.code == "STUDY-UNFINISHED" and "not in the store's design yet" in error.en
    assert fault(lambda: growing.of_study(of.store, partial=True)).code == "STUDY-NO-BLOCK"


@pytest.mark.slow
def test_a_failed_run_drops_its_block_and_too_many_are_refused(tmp_path: Path) -> None:
    def fails(limit: float) -> Callable[..., tuple[float, float]]:
        def one(policy: str, values: Mapping[str, Any], draw: int) -> tuple[float, float]:
            if policy == "fusion" and values[SHARE] > limit:
                raise ArithmeticError("planted")
            return planted(policy, values, draw)

        return one

    few, many = (in_store(tmp_path / name, design={"method": "sobol", "n": 64}) for name in ("few", "many"))
    plant(few, fails(0.16 * 0.98))
    found = growing.of_study(few.store, outcomes=["gap"])
    lost, blocks = found.lost["fusion"]
    facts = found.frames["facts"].set_index("policy")
    assert 0 < lost <= 6 and blocks == 64 and facts.loc["fusion", "dropped"] == lost and facts.loc["co_build", "dropped"] == 0
    assert np.isfinite(found.indices[found.indices["index"] == "ST"]["value"]).all()
    plant(many, fails(0.16 * 0.8))
    error = fault(lambda: growing.of_study(many.store, outcomes=["gap"]))
    assert error.code == "STUDY-LOST" and "fusion" in error.en
    assert growing.of_study(many.store, outcomes=["gap"], partial=True).lost["fusion"][0] > 6


def test_a_study_of_another_kind_is_refused(tmp_path: Path) -> None:
    of = in_store(tmp_path, kind="compare", design=None, levers=None, uncertainties=None)
    plant(of, lambda policy, values, draw: (luck(draw), 0.0))
    assert fault(lambda: growing.of_study(of.store)).code == "STUDY-KIND"


# ---- the road --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.measured
def test_the_road_keeps_what_matters_and_leaves_nothing_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "make", lambda study, *_: (plant(study, planted), opened(study))[1])
    more = {"families.brand": {"range": [0, 1]}, "travel.road_factor": {"range": [1.1, 2]}}
    file = content(
        store={"path": str(tmp_path / "road")}, uncertainties={**content()["uncertainties"], **more},
        design={"method": "road", "n": 32, "road": {"trajectories": 24, "keep": 3}},
    )  # fmt: skip
    said: list[str] = []
    found = growing.of_study(file, outcomes=["gap"], tell=lambda zh, en: said.append(en))
    choice = found.frames["choice"].set_index("input")
    kept_ones = [f"lever.{TERM}", f"lever.{SHARE}", f"uncertain.{DIFFUSION}"]
    assert set(choice.index[choice["kept"]]) == set(kept_ones) and choice.loc[kept_ones, "why"].tolist() == ["lever", "lever", "above_dummy"]
    assert set(choice.loc[~choice["kept"], "why"]) == {"not_above_dummy"} and len(choice) == 6
    last = found.indices[found.indices["method"] == "sobol"]
    assert set(last["input"]) == {*kept_ones, "rest", SEED, DUMMY}
    assert set(found.indices["method"]) == {"morris", "sobol"} | ({"chaos"} if road.has_chaos() else set())
    if road.has_chaos():
        chaos = found.indices[found.indices["method"] == "chaos"]
        assert set(chaos["input"]) == {*kept_ones, "rest", DUMMY} and set(chaos["n"]) == {64} and any("leave-one-out Q2" in line for line in said)
        total = chaos[(chaos["index"] == "ST") & (chaos["policy"] == "fusion")].set_index("input")["value"]
        assert total[f"lever.{TERM}"] > 0.5 and abs(total["rest"]) < 0.1
    (group,) = found.told.asked.groups
    assert len(group.inputs) == 3 and last[last["input"] == "rest"]["value"].abs().max() < 1e-9
    assert any("3 inputs go on singly" in line for line in said)
    # Each stage resumes: nothing is left to be made, and the folder alone gives the same.
    monkeypatch.setattr(growing, "make", lambda study, *_: (pytest.fail("made again") if plant(study, planted) else None, opened(study))[1])
    again = growing.of_study(file, outcomes=["gap"])
    of_folder = growing.of_study(tmp_path / "road", outcomes=["gap"])
    assert all(found.frames[n].equals(again.frames[n]) and found.frames[n].equals(of_folder.frames[n]) for n in (*frames.FRAMES, "choice"))
    # The verbs of a study go on with the stage under way.
    assert open_study(file).path.name == "sobol" and open_study(tmp_path / "road").path.name == "sobol"


@pytest.mark.slow
@pytest.mark.measured
def test_the_verbs_of_a_study_take_the_road_stage_by_stage(tmp_path: Path) -> None:
    file = content(
        store={"path": str(tmp_path / "road")}, groups={"teachers": {"inputs": [PEER, DIFFUSION], "correlation": -0.3}},
        uncertainties={**content()["uncertainties"], "families.brand": {"range": [0, 1]}},
        design={"method": "road", "n": 8, "second_order": [[TERM, "families.brand"]], "road": {"trajectories": 4, "keep": 1}},
    )  # fmt: skip
    first = open_study(file)
    assert first.path.name == "screen" and first.study.sensitivity.method == "morris"  # type: ignore[union-attr]
    assert stored.planned(first.study)["stage"] == "screen" and stored.planned(first.study)["next"] > 0
    plant(first.study, planted, most=10)
    assert open_study(file).path.name == "screen"
    error = fault(lambda: growing.of_study(tmp_path / "road"))
    assert error.code == "STUDY-UNFINISHED"
    plant(first.study, planted)
    second = open_study(file)
    asked = second.study.sensitivity
    assert second.path.name == "sobol" and asked is not None and (asked.method, asked.n) == ("sobol", 8)
    # Levers and whoever stands in a pair that is asked for are followed singly; the group of the file stays whole, and with it its correlation.
    choice = road.stored_choice(tmp_path / "road")
    assert choice is not None and set(choice.kept) == {f"lever.{TERM}", f"lever.{SHARE}", "uncertain.families.brand"}
    assert choice.rest == ("teachers",) and {row["input"]: row["why"] for row in choice.rows}["uncertain.families.brand"] in ("asked", "above_dummy")
    assert [(g.name, len(g.inputs), g.correlation[0][1]) for g in asked.groups] == [("rest", 2, -0.3)]
    assert stored.planned(second.study)["stage"] == "sobol"
    assert road.read_choice(study_file.load({**file, "design": {**file["design"], "road": {"trajectories": 8, "keep": 1}}})) is None


# ---- every method ----------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "n", "index"),
    [("morris", 32, "mu_star"), ("dgsm", 32, "vt"), ("fast", 516, "ST"), ("pawn", 256, "pawn"), ("delta", 512, "delta"), ("chaos", 256, "ST")],
)
def test_every_method_goes_through_the_store(tmp_path: Path, method: str, n: int, index: str) -> None:
    seeds = {"as": "factor"} if method in ("dgsm", "chaos") else {"as": "independent", "replicates": 2}
    levers = {SHARE: {"range": [0, 0.16]}, "finance.member_tilt": {"range": [0.5, 0.9]}}
    of = in_store(tmp_path, levers=levers, policies=["fusion"], design={"method": method, "n": n}, seeds={"root": 7, **seeds})

    def gap(policy: str, values: Mapping[str, Any], draw: int) -> tuple[float, float]:
        ground = 2 * values[PEER] + luck(draw)
        return (ground + 8 * values[SHARE] + 2 * values[DIFFUSION] if SHARE in values else ground), 0.0

    plant(of, gap)
    found = growing.of_study(of.store, outcomes=["gap"])
    rows = found.indices[(found.indices["index"] == index) & (found.indices["other"] == "")].set_index("input")["value"]
    share, diffusion = rows[f"lever.{SHARE}"], rows[f"uncertain.{DIFFUSION}"]
    nothing = max(rows[name] for name in ("lever.finance.member_tilt", f"uncertain.{PEER}", DUMMY))
    assert share > 1.5 * diffusion > 1.5 * nothing and (nothing < 0.5 * diffusion or method in ("pawn", "delta"))  # a distance is never quite nothing
    assert (found.frames["growth"]["n"] < n).any() or method == "fast"
