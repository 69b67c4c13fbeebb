"""A whole optimisation of a small study: kinds of refusals, a kill at any moment, fresh scores, words and figures."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import edusim
from edusim import cli
from edusim.errors import ConfigError, StudyError
from edusim.optimise import best, finding, kept, plans, scores, states, telling
from edusim.study import driver, engines, study_file
from optimise_cases import as_dict, content, small
from study_store_cases import child_environment

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "experiments" / "best_plan"
GAP = {"measure": "learning.core_member_gap", "at": "last"}


# -- the study file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        ({"policies": ["fusion", "co_build"], "levers": {"rotation.share": {"range": [0, 0.1]}}}, "STUDY-ONE-POLICY", "mix.fusion, mix.co_build"),
        ({"levers": {}}, "STUDY-NO-LEVER", "at least one lever"),
        ({"levers": {"rotation.share": {"values": [0.1]}}}, "STUDY-CONSTANT", "has one value"),
        ({"set": {"rotation.share": 0.1}, "levers": {"rotation.share": {"values": [0.1]}}}, "STUDY-CONSTANT", "has one value"),
        ({"levers": {"mix.fusoin": {"range": [0, 1]}}}, "CFG-UNKNOWN-PARAMETER", "did you mean mix.fusion"),
        ({"policies": ["fusion"], "levers": {"mix.co_build": {"range": [0, 1]}}}, "STUDY-NOT-READ", "no policy of this study mixes this mode"),
        ({"objectives": ["gpa"]}, "STUDY-OUTCOME", "did you mean gap"),
        ({"outcomes": {"gap": GAP}, "budget": None}, "STUDY-NO-OBJECTIVE", "no objective"),
        ({"outcomes": {"gap": GAP}, "objectives": ["gap"], "budget": None}, "STUDY-OBJECTIVE", "has no want"),
        ({"search": {"population": 4}}, "STUDY-TOO-FEW", "3 objectives need 12"),
        ({"search": {"method": "nsga4"}}, "CFG-UNKNOWN-VALUE", "nsga"),
        ({"budget": {"outcome": "cots", "at_most": 5}}, "STUDY-OUTCOME", "did you mean cost"),
        ({"budget": {"outcome": "cost", "at_most": 0}}, "CFG-RANGE", "must be above 0"),
        ({"limits": [{"outcome": "gap"}]}, "STUDY-LIMIT", "one of at_most and at_least"),
        ({"limits": [{"outcome": "gap", "at_most": 1, "probability": 1.5}]}, "CFG-RANGE", "between 0 and 1"),
        ({"limits": [{"measure": "official.cv.backbone", "at_most": 1}]}, "STUDY-STAGE", "say which"),
        ({"limits": [{"measure": "money.total", "outcome": "gap", "at_most": 1}]}, "STUDY-LIMIT", "not both"),
        ({"fresh": {"root": 7}}, "STUDY-FRESH", "would not be fresh"),
        ({"seeds": {"root": 7, "paired": False}}, "STUDY-PAIRED", "paired"),
        ({"design": {"n": 4, "method": "lhs"}}, "STUDY-DESIGN", "search"),
        ({"baseline": "none"}, "STUDY-BASELINE", "status_quo"),
        ({"designs": ["feasible", "identical"]}, "STUDY-DESIGN", "one design"),
        ({"kind": "sweep", "design": {"method": "lhs", "n": 4}}, "STUDY-OPTIMISE-ONLY", "kind: optimise"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_runs(tmp_path: Path, changes: dict[str, Any], code: str, text: str) -> None:
    study = {**small(tmp_path / "s").as_given(), **changes}
    with pytest.raises(ConfigError) as caught:
        study_file.load({key: value for key, value in study.items() if value is not None})
    assert caught.value.code == code and text in str(caught.value) and caught.value.zh and caught.value.where
    assert not (tmp_path / "s").exists()


def test_a_study_says_what_it_looks_for(tmp_path: Path) -> None:
    study = small(tmp_path / "s")
    goal = study.goal
    assert goal is not None and goal.objectives == ("gap", "core", "cost") and goal.budget is not None
    assert [o.name for o in study.outcomes] == ["gap", "core", "cost", "limit_staffing_leaver_share_last"] and goal.limits[0].outcome == study.outcomes[3].name
    from edusim.study.goals import goal_of

    assert goal_of(json.loads(json.dumps(goal.plain()))) == goal
    again = study_file.load(json.loads(json.dumps(study.as_given())))
    assert best.header_of(again) == best.header_of(study) == json.loads(json.dumps(best.header_of(study)))
    more = study.with_({"search.generations": 9})
    assert best.header_of(more)["problem"] == best.header_of(study)["problem"]  # a search may go on for longer
    for change in ({"budget.at_most": 5}, {"search.seed": 6}, {"seeds.replicates": 3}, {"levers.rotation.share": {"range": [0, 0.2]}}, {"set.years": 1}):
        assert best.header_of(study.with_(change))["problem"] != best.header_of(study)["problem"], change
    with pytest.raises(StudyError, match="STUDY-SEARCHED"):
        driver.store_of(study)


def test_fresh_means_other_draws_and_other_futures(tmp_path: Path) -> None:
    from edusim.study.sampling import sampled

    unknown = {"leadership.diffusion": {"range": [0.05, 0.3]}, "families.brand": {"range": [0, 1]}}
    study = small(tmp_path / "s", uncertainties=unknown, design={"futures": {"method": "sobol", "n": 4}}, fresh={"root": 8, "replicates": 3, "futures": 5})
    fresh = finding.fresh_study(study)
    assert fresh.futures is not None and study.futures is not None
    old, new = (sampled(one.futures, one.unknown, 1)["families.brand"] for one in (study, fresh) if one.futures)
    assert len(old) == 4 and len(new) == 5 and not set(old) & set(new)
    assert fresh.seeds.root == 8 and fresh.seeds.replicates == 3 and fresh.store == study.store / "fresh"


def test_schema_knows_the_kind_and_the_mix() -> None:
    from edusim.study.study_schema import schema

    found = schema()
    assert {"objectives", "budget", "limits", "search", "fresh"} <= set(found["properties"])
    lever = found["properties"]["levers"]["additionalProperties"]["properties"]["sets"]["anyOf"][0]
    assert "mix.fusion" in lever["examples"]


# -- the mix of modes -----------------------------------------------------------------------------------------------


def test_a_mix_is_weights_over_their_sum_in_every_year_and_enters_hash_and_key(tmp_path: Path) -> None:
    from edusim.study import design
    from edusim.study.study_file import Points

    base = edusim.load("small").with_({"policies": ["status_quo", "community_plan", "fusion"]})
    plan = base.with_({"mix.fusion": 0.3, "mix.co_build": "0.1", "mix.collaboration": 0.1})
    for year in (plan.base_year + 1, plan.base_year + 4, plan.last_year):
        assert plan.parameters("community_plan").at(year).mix.tolist() == [0, 0.6, 0.2, 0.2]
    assert plan.parameters("fusion").at(plan.last_year).mix.tolist() == [0, 1]
    assert base.parameters("community_plan").at(plan.base_year + 1).mix[1] == 0.1  # the file's own dated mix is left alone
    # What is not named keeps the last share of its file (0.5 and 0.2) as its weight.
    assert base.with_({"mix.fusion": 0.7}).policy("community_plan").mix == pytest.approx((0.5, 0.5 / 1.4, 0.2 / 1.4))
    hashes = {one.hash for one in (base, plan, base.with_({"mix.fusion": 0.3}), base.with_({"community_plan:mix.fusion": 0.31}))}
    assert len(hashes) == 4 and plan.hash == plan.with_({"years": plan.years}).hash
    assert base.with_({"mix.fusion": 0.9, "community_plan:mix.fusion": 0.3}).policy("community_plan").mix == base.with_({"mix.fusion": 0.3}).policy(
        "community_plan"
    ).mix
    study = small(tmp_path / "s")
    one = {f.name: list(f.values[:1]) if f.values else [f.low] for f in study.levers} | {"mix.collaboration": [1.0]}
    keys = [design.table(study.laid_out(Points({**one, "mix.fusion": [weight]})))["key"].to_pylist() for weight in (0.2, 0.4)]
    assert set(keys[0]) & set(keys[1]) and set(keys[0]) != set(keys[1])  # the status quo is the same, the plan is not
    plain = study.with_({"levers": {"rotation.share": {"range": [0, 0.1]}}})
    held = plain.with_({"set": {"mix.fusion": 0.9, "region.n_pupils": 800, "years": 2}})
    assert held.identity != plain.identity  # two studies, which never share a store


@pytest.mark.parametrize(
    ("path", "value", "code", "text"),
    [
        ("mix.fusoin", 0.3, "CFG-MIX-MODE", "did you mean mix.fusion"),
        ("fusion:mix.co_build", 0.3, "CFG-MIX-POLICY", "mixes no modes"),
        ("comunity_plan:mix.co_build", 0.3, "CFG-MIX-POLICY", "did you mean community_plan"),
        ("community_plan:mix.alliance", 0.3, "CFG-MIX-MODE", "does not mix the mode alliance"),
        ("mix.fusion", 1.5, "CFG-RANGE", "0 to 1"),
        ("mix.fusion", "many", "CFG-TYPE", "number"),
    ],
)
def test_unknown_modes_and_policies_without_a_mix_are_refused(path: str, value: Any, code: str, text: str) -> None:
    base = edusim.load("small").with_({"policies": ["status_quo", "community_plan"]})
    with pytest.raises(ConfigError) as caught:
        base.with_({path: value})
    assert caught.value.code == code and text in str(caught.value) and path in caught.value.where


def test_weights_that_are_all_zero_are_refused() -> None:
    base = edusim.load("small").with_({"policies": ["community_plan"]})
    with pytest.raises(ConfigError, match="CFG-MIX"):
        base.with_({"mix.fusion": 0, "mix.co_build": 0, "mix.collaboration": 0})


# -- the whole, on a real county --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> best.Best:
    """A search that was never interrupted."""
    return best.find(small(tmp_path_factory.mktemp("whole") / "s"), engine=engines.Here())


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
def test_a_search_killed_between_and_inside_generations_equals_one_that_never_was(whole: best.Best, tmp_path: Path) -> None:
    store = tmp_path / "s"
    for moment, files in (("1 run", 0), ("1 kept", 1), ("1 write", 1)):
        done = subprocess.run([sys.executable, str(ROOT / "tests" / "optimise_cases.py"), str(store), moment], env=child_environment(), capture_output=True)
        assert done.returncode == -signal.SIGKILL, (moment, done.stderr[-2000:])
        assert len(content(store / "search")) == files, moment
    found = best.find(small(store), engine=engines.Here())
    assert content(store / "search") == content(whole.study.store / "search") and len(content(store / "search")) == 2
    for name in best.TABLES:
        pd.testing.assert_frame_equal(found.tables[name], whole.tables[name], check_exact=True)
    assert not list((store / "search").glob(".*")) or all(p.name.endswith(".tmp") for p in (store / "search").glob(".*"))


@pytest.mark.slow
@pytest.mark.measured
def test_fresh_scores_are_those_of_the_runs_and_all_that_is_told_of_them(whole: best.Best, tmp_path: Path) -> None:
    rows, goal = whole.tables["scores"], whole.goal
    effects = edusim.study(str(whole.study.store / "fresh")).effects
    plan = whole.front.plans[0]
    mine = effects
    for name, value in plan.items():
        mine = mine[mine[f"lever.{name}"] == value]
    assert len(mine) == 3 and set(mine["seed"]) == {8}
    cell = rows[(rows["plan"] == 0) & (rows["outcome"] == "gap") & (rows["what"] == "effect") & (rows["sample"] == "fresh")].iloc[0]
    numbers = mine["gap"].to_numpy()
    assert cell["value"] == pytest.approx(numbers.mean(), abs=1e-12) and cell["error"] == pytest.approx(numbers.std(ddof=1) / 3**0.5)
    assert (rows.loc[(rows["plan"] == -1) & (rows["what"] == "effect"), "value"] == 0).all()
    # Every plan of the front kept all demands in the search, and none of them dominates another there.
    searched = rows[(rows["sample"] == "search") & (rows["plan"] >= 0)]
    gap, core = (searched[(searched["outcome"] == name) & (searched["what"] == "effect")]["value"].to_numpy() for name in ("gap", "core"))
    cost = searched[(searched["outcome"] == "cost") & (searched["what"] == "level")]["value"].to_numpy()
    assert len(gap) == whole.front.n > 1 and (cost <= goal.budget.at_most).all()  # type: ignore[union-attr]
    assert (np.diff(gap) >= 0).all() and scores.undominated(np.stack([gap, -core, cost], axis=1)).all()
    assert gap[whole.front.names["gap"]] == gap.min() and cost[whole.front.names["cost"]] == cost.min()
    limits = whole.tables["limits"]
    assert limits.loc[(limits["sample"] == "search") & (limits["plan"] >= 0), "kept"].all()
    # Money costs the same in every draw where the fund is spent: then nothing flatters, and both samples tell it.
    lost = whole.tables["flattered"].set_index("objective")
    fresh_gap = rows[(rows["sample"] == "fresh") & (rows["plan"] >= 0) & (rows["outcome"] == "gap") & (rows["what"] == "effect")]["value"].to_numpy()
    assert lost.loc["gap", "front"] == pytest.approx((fresh_gap - gap).mean()) and lost.loc["gap", "best"] == pytest.approx((fresh_gap - gap)[gap.argmin()])
    pairs = whole.tables["differences"]
    if len(pairs):
        row = pairs.iloc[0]
        two = [rows[(rows["plan"] == row[k]) & (rows["outcome"] == row["outcome"]) & (rows["what"] == "level") & (rows["sample"] == "fresh")]["value"].iloc[0]
               for k in ("other", "plan")]  # fmt: skip
        assert row["value"] == pytest.approx(two[0] - two[1])
    assert len(pairs) == len(set(whole.front.names.values())) * (len(set(whole.front.names.values())) - 1) * len(whole.study.outcomes)
    volumes = whole.tables["generations"]["hypervolume"]
    assert volumes.is_monotonic_increasing and volumes.iloc[-1] > 0 and list(whole.tables["generations"]["plans"]) == [12, 24]
    # The folder alone tells the same, runs nothing, and what is written is the same again.
    told = edusim.optimise(str(whole.study.store))
    for name in best.TABLES:
        pd.testing.assert_frame_equal(told.tables[name], whole.tables[name], check_exact=True)
    told_in = {"zh": ("个共建", "每年", "复评", "现行法规", "不是预测"), "en": ("group", "each year", "fresh", "the law in force", "forecasts nothing")}
    for lang, words in told_in.items():
        text = told.paragraph(lang)
        assert all(word in text for word in words), text
        assert "{" not in text and "nan" not in text.lower() and text.count("**") % 2 == 0
    folder = told.save(tmp_path / "a", "zh")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert {p.name for p in (folder / "figures").iterdir()} == {f"{n}.zh.{k}" for n in ("front", "matrix", "search") for k in ("png", "svg", "pdf")}
    assert manifest["kind"] == "optimise" and set(manifest["files"]) == {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()} - {
        "manifest.json", "log.txt"
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.measured
def test_other_problems_and_unfinished_searches_are_refused_by_name(whole: best.Best, tmp_path: Path) -> None:
    store = tmp_path / "s"
    shutil.copytree(whole.study.store, store)
    for changes, code, text in (
        ({"budget": {"outcome": "cost", "at_most": 5e5}}, "STUDY-SEARCH-OTHER", "what differs: budget"),
        ({"search": {"population": 12, "generations": 2, "seed": 9}}, "STUDY-SEARCH-OTHER", "what differs: search"),
    ):
        with pytest.raises(StudyError) as caught:
            best.find(small(store, **changes), engine=engines.Here())
        assert caught.value.code == code and text in str(caught.value)
    header = store / "search" / states.HEADER
    kept_header = states.read_whole(header)
    states.write_whole(header, {**kept_header, "pymoo": "0.6.0"})
    with pytest.raises(StudyError, match=r"begun with pymoo 0\.6\.0.*STUDY-SEARCH-VERSION"):
        best.find(small(store), engine=engines.Here())
    states.write_whole(header, kept_header)
    states.Book(store / "search").file(2).unlink()
    with pytest.raises(StudyError, match="STUDY-UNFINISHED"):
        edusim.optimise(str(store))


@pytest.mark.slow
@pytest.mark.measured
def test_a_budget_that_nobody_keeps_is_said_with_the_nearest_plan_and_a_dead_objective_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    levers = {"rotation.share": {"range": [0.02, 0.1]}, "finance.fund_yuan_year": {"range": [5e7, 1e8], "steps": 6}}
    search = {"population": 12, "generations": 1, "seed": 5}
    fresh = {"root": 8, "replicates": 2}
    found = best.find(small(tmp_path / "a", levers=levers, budget={"outcome": "cost", "at_most": 1e5}, search=search, fresh=fresh), engine=engines.Here())
    assert not found.front.feasible and found.front.names == {"nearest": 0} and found.front.n == 1
    spent = [float(one["finance.fund_yuan_year"]) for one in states.Book(found.study.store / "search").read(1).values]  # type: ignore[union-attr]
    assert found.front.plans[0]["finance.fund_yuan_year"] == min(spent)
    assert "None of the 12 plans that were tried keeps the budget" in found.paragraph("en") and "预算" in found.table("zh") and "没有找到" in found.table("zh")
    dead = {"gap": {**GAP, "want": "min"}, "mergers": {"measure": "stages.in_groups.kindergarten", "at": "last", "want": "min"}}
    with pytest.raises(StudyError, match=r"objective mergers is the same in all 12 plans.*STUDY-DEAD-OBJECTIVE"):
        best.find(small(tmp_path / "b", levers=levers, outcomes=dead, budget={"outcome": "gap", "at_most": 9}, search=search), engine=engines.Here())


# -- the command --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), "CLI-OPTION", "name the study file"),
        (("nowhere",), "CFG-NO-FILE", "there is no nowhere"),
        (("other.yaml",), "STUDY-KIND", "kind: sweep"),
        (("study.yaml", "-S", "search.populaton=20"), "CFG-UNKNOWN-KEY", "did you mean search.population"),
        (("study.yaml", "--out", " "), "CLI-VALUE", "name of a folder"),
    ],
)
def test_slips_are_one_line_with_a_code_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    content_of = as_dict(tmp_path / "store")
    (tmp_path / "study.yaml").write_text(json.dumps(content_of), encoding="utf-8")
    other = {key: value for key, value in content_of.items() if key not in ("budget", "limits", "search", "fresh")}
    (tmp_path / "other.yaml").write_text(json.dumps({**other, "kind": "sweep", "design": {"method": "lhs", "n": 4}}), encoding="utf-8")
    status = cli.main(["optimise", *words])
    out, err = capsys.readouterr()
    assert status == 2 and not out and code in err and text in err and "Traceback" not in err and err.count("\n") == 1
    assert not (tmp_path / "store").exists()


def test_the_plan_of_a_search_is_told_without_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["optimise", str(HERE / "study.yaml"), "-n", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["plan"]
    assert told == {"plans": 648, "runs_search": (648 + 1) * 12, "runs_fresh": (36 + finding.CONTROLS + 1) * 48, "runs": 649 * 12 + 43 * 48}
    assert cli.main(["optimise", "--help", "--lang", "zh"]) == 0 and "预算" in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.measured
def test_an_interrupted_search_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    (tmp_path / "study.yaml").write_text(json.dumps(as_dict(tmp_path / "store")), encoding="utf-8")
    calls = [0]
    carry_on = driver.carry_on

    def interrupted(*args: Any, **more: Any) -> Any:
        calls[0] += 1
        if calls[0] == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return carry_on(*args, **more)

    monkeypatch.setattr(plans.driver, "carry_on", interrupted)
    # A test run in the background may have been told to take no notice of Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert cli.main(["optimise", "study.yaml", "-q"]) == 130
    finally:
        signal.signal(signal.SIGINT, before)
    err = capsys.readouterr().err
    assert "go on" in err and "INTERRUPTED" in err and len(content(tmp_path / "store" / "search")) == 1


# -- the experiment -----------------------------------------------------------------------------------------------------


def test_the_readme_holds_what_was_kept() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert kept.readme(text, json.loads((HERE / "expected.json").read_text(encoding="utf-8"))) == text
    for word in ("How to run", "给决策者", "winner's curse"):
        assert word in text
    full, small_one = (study_file.load(HERE / file) for file in ("study.yaml", "small.yaml"))
    assert [f.name for f in full.levers] == [f.name for f in small_one.levers] and full.store != small_one.store
    assert full.goal is not None and small_one.goal is not None and full.goal.objectives == small_one.goal.objectives


@pytest.mark.slow
def test_the_small_experiment_gives_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    found = edusim.optimise(HERE / "small.yaml", {"store.path": str(tmp_path / "s")}, workers=1)
    now = kept.results(found)
    expected = json.loads((HERE / "expected.small.json").read_text(encoding="utf-8"))
    assert kept.differences(now, expected) == []
    assert set(now["plans"]) == {"gap", "weak_half", "core", "cost", "knee"}
    page = kept.readme(f"a\n{kept.BEGIN}\nold\n{kept.END}\nb\n", now)
    assert page == kept.readme(page, now) and "old" not in page and page.startswith("a\n") and page.endswith("\nb\n")
    # What differs is told: a score beyond the last digits of the same plan, a plan that is gone, a front that dominates far less.
    other = json.loads(json.dumps(now))
    other["plans"]["gap"]["scores"]["gap"]["value"] += 1e-4
    del other["plans"]["knee"]
    other["hypervolume"] *= 0.5
    assert len(kept.differences(other, now)) == 3
    other["source"] = "another model"  # then the intervals need only meet
    assert [line for line in kept.differences(other, now) if not line.startswith("knee")] == []


def test_words_of_plans_are_there_in_both_languages() -> None:
    import string

    from edusim.language.optimise import TEXT as SENTENCES

    for key, (zh, en) in SENTENCES.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (zh, en)]
        assert names[0] == names[1], key
    assert telling.percent(0.004) == "<1%" and telling.percent(0.999) == ">99%" and telling.percent(1.0) == "100%"
