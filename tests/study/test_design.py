"""The design table: which runs a study makes, with which keys, and that a study may grow without losing a run."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from edusim import declarations
from edusim.errors import ConfigError
from edusim.study import design, sampling, study_file
from edusim.study.study_file import Factor, Study

FUND, TILT, TERM, PEER = "finance.fund_yuan_year", "finance.member_tilt", "rotation.term_years", "development.peer_learning"


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def study(**changes: Any) -> Study:
    """Return a small sweep: two values of the fund, three of the tilt, one policy."""
    content: dict[str, Any] = {
        "schema_version": 1, "kind": "sweep", "name": {"zh": "甲", "en": "a"}, "scenario": "small", "policies": ["fusion"],
        "levers": {FUND: {"range": [0, 1e6], "steps": 2}, "tilt": {"sets": TILT, "values": [0.5, 0.7, 0.9]}},
        "outcomes": {"gap": {"measure": "learning.core_member_gap"}},
    }  # fmt: skip
    return study_file.load(content | changes)


def rows(of: Study, *columns: str) -> list[tuple[Any, ...]]:
    table = design.table(of)
    return list(zip(*(table[column].to_pylist() for column in columns), strict=True))


def keys(of: Study) -> set[str]:
    found = design.table(of)["key"].to_pylist()
    assert len(set(found)) == len(found), "a key stands twice"
    return set(found)


UNCERTAIN = {PEER: {"dist": "triang", "params": [0.1, 0.4, 0.6]}}


# ---- grids by hand -----------------------------------------------------------------------------------


def test_a_grid_by_hand() -> None:
    found = rows(study(), "run", "point", "future", "policy", "design", "draw", f"lever.{FUND}", "lever.tilt")
    assert found == [
        (0, -1, 0, "status_quo", "feasible", 0, None, None),
        (1, 0, 0, "fusion", "feasible", 0, 0.0, 0.5),
        (2, 1, 0, "fusion", "feasible", 0, 0.0, 0.7),
        (3, 2, 0, "fusion", "feasible", 0, 0.0, 0.9),
        (4, 3, 0, "fusion", "feasible", 0, 1e6, 0.5),
        (5, 4, 0, "fusion", "feasible", 0, 1e6, 0.7),
        (6, 5, 0, "fusion", "feasible", 0, 1e6, 0.9),
    ]
    assert design.size(study()) == (6, 1, 1, 7)


def test_levers_futures_policies_draws_and_designs_are_crossed() -> None:
    of = study(
        policies=["fusion", "co_build"], designs=["feasible", "identical"], seeds={"root": 5, "replicates": 2},
        uncertainties={PEER: {"values": [0.2, 0.4, 0.6]}},
    )  # fmt: skip
    found = rows(of, "policy", "design", "draw", "future", "uncertain." + PEER, f"lever.{FUND}", "lever.tilt", "seed")
    futures = list(enumerate([0.2, 0.4, 0.6]))
    wanted = [
        (policy, mode, draw, future, peer, fund, tilt, 5)
        for policy, mode, draw, (future, peer), fund, tilt in itertools.product(
            ["fusion", "co_build"], ["feasible", "identical"], range(2), futures, [0.0, 1e6], [0.5, 0.7, 0.9]
        )
    ] + [
        ("status_quo", mode, draw, future, peer, None, None, 5)
        for mode, draw, (future, peer) in itertools.product(["feasible", "identical"], range(2), futures)
    ]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert design.size(of) == (6, 3, 2, len(wanted))


def test_rows_of_one_draw_and_future_stand_together() -> None:
    of = study(seeds={"replicates": 3}, uncertainties={PEER: {"values": [0.2, 0.4]}}, policies=["fusion", "co_build"])
    worlds = [world for world, _ in itertools.groupby(rows(of, "draw", "future", "design"))]
    assert len(worlds) == len(set(worlds)) == 6
    unpaired = of.with_({"seeds.paired": False})
    found = [world for world, _ in itertools.groupby(rows(unpaired, "draw", "future", "design"))]
    assert len(found) == len(set(found))


def test_columns_have_the_types_of_the_contract() -> None:
    of = study(
        levers={
            FUND: {"range": [0, 1e6], "steps": 2}, TERM: {"range": [1, 3]}, "rotation.base": {"values": ["eligible", "core_staff"]},
            "rotation.return_home": {"values": [True, False]}, "use": {"values": {"a": {"finance.room_share": 0.1}, "b": {"finance.room_share": 1}}},
        },
        uncertainties=UNCERTAIN,
    )  # fmt: skip
    schema = design.table(of).schema
    assert schema.names == ["run", "key", "point", "future", "policy", "design", "seed", "draw", *of.columns]
    kinds = [str(schema.field(name).type) for name in of.columns]
    assert kinds == ["double", "int64", "string", "bool", "string", "double"]
    assert {str(schema.field(name).type) for name in ("run", "point", "future", "seed", "draw")} == {"int64"}
    assert {str(schema.field(name).type) for name in ("key", "policy", "design")} == {"string"}
    assert set(design.table(of)["lever." + TERM].to_pylist()) == {None, 1, 2, 3}  # a whole range without steps: every number


def test_a_grid_writes_round_numbers_and_keeps_its_points_when_it_becomes_finer() -> None:
    def values(low: float, high: float, steps: int, whole: bool = False) -> list[Any]:
        return sampling.grid_values(Factor("x", "lever", ("x",), low=low, high=high, steps=steps, whole=whole))

    assert values(0, 0.3, 4) == [0.0, 0.1, 0.2, 0.3]
    for steps in range(2, 30):
        assert set(values(0.1, 0.7, steps)) <= set(values(0.1, 0.7, 2 * steps - 1))
        assert values(0.1, 1 / 3, steps)[-1] <= 1 / 3
    assert values(1, 9, 3, whole=True) == [1, 5, 9]
    assert values(1, 4, 0, whole=True) == [1, 2, 3, 4]
    assert len(set(values(1, 7, 5, whole=True))) == 5


def test_a_comparison_without_levers_has_one_point() -> None:
    of = study(kind="compare", levers={}, policies=["fusion", "co_build"], designs=["feasible"], uncertainties={PEER: {"values": [0.2, 0.4]}})
    assert rows(of, "policy", "point", "future") == [
        ("status_quo", -1, 0), ("fusion", 0, 0), ("co_build", 0, 0), ("status_quo", -1, 1), ("fusion", 0, 1), ("co_build", 0, 1),
    ]  # fmt: skip
    alone = of.with_({"uncertainties": {}, "baseline": "none"})
    assert rows(alone, "policy", "point", "future") == [("fusion", 0, 0), ("co_build", 0, 0)]


# ---- samples -----------------------------------------------------------------------------------------


def test_a_latin_hypercube_has_one_point_in_each_stratum() -> None:
    of = study(levers={FUND: {"range": [0, 2e8]}, TILT: {"range": [0.2, 0.8]}}, design={"method": "lhs", "n": 50, "seed": 3}, baseline="none")
    table = design.table(of)
    fund = np.array(table[f"lever.{FUND}"]) / 2e8
    tilt = (np.array(table[f"lever.{TILT}"]) - 0.2) / 0.6
    for column in (fund, tilt):
        assert sorted((column * 50).astype(int)) == list(range(50))
    assert abs(np.corrcoef(fund, tilt)[0, 1]) < 0.5
    other = design.table(of.with_({"design.seed": 4}))
    assert set(other["key"].to_pylist()).isdisjoint(table["key"].to_pylist())


def test_sobol_points_stay_when_their_number_doubles() -> None:
    of = study(levers={FUND: {"range": [0, 2e8]}, TILT: {"range": [0, 1]}, TERM: {"range": [1, 4]}}, design={"method": "sobol", "n": 16})
    columns = ["point", *of.columns]
    small, large = rows(of, *columns), rows(of.with_({"design.n": 32}), *columns)
    assert large[: len(small)] == small
    assert keys(of) < keys(of.with_({"design.n": 32})) < keys(of.with_({"design.n": 64}))
    # A net in base 2: each sixteenth of a lever's range holds one point of sixteen.
    fund = [row[1] / 2e8 for row in small if row[0] >= 0]
    assert sorted(int(x * 16) for x in fund) == list(range(16))


def test_futures_do_not_depend_on_the_levers() -> None:
    of = study(
        levers={FUND: {"range": [0, 2e8]}}, uncertainties=UNCERTAIN, design={"method": "lhs", "n": 8, "futures": {"method": "lhs", "n": 5, "seed": 2}}
    )
    futures = set(rows(of, "future", "uncertain." + PEER))
    assert len(futures) == 5
    assert futures == set(rows(of.with_({"design.n": 9, "design.seed": 7}), "future", "uncertain." + PEER))


def test_levers_and_uncertainties_of_one_seed_are_not_the_same_numbers() -> None:
    of = study(
        levers={TILT: {"range": [0, 1]}}, uncertainties={"families.brand": {"range": [0, 1]}}, baseline="none",
        design={"method": "lhs", "n": 8, "futures": {"method": "lhs", "n": 8}},
    )  # fmt: skip
    table = design.table(of)
    levers, futures = set(table[f"lever.{TILT}"].to_pylist()), set(table["uncertain.families.brand"].to_pylist())
    assert len(levers) == len(futures) == 8 and levers.isdisjoint(futures)


def uncertain(**more: Any) -> Factor:
    of = study(uncertainties={PEER: more})
    return of.uncertainties[0]


UNIT = np.linspace(0, 1, 201)[:-1]


def test_a_triangle_goes_through_its_quantiles() -> None:
    found = sampling.spread(uncertain(dist="triang", params=[0.1, 0.4, 0.6]), UNIT)
    # By hand: below the likeliest value F(x) = (x - a)^2 / ((b - a)(c - a)).
    below = UNIT < 0.3 / 0.5
    assert np.allclose(np.array(found)[below], 0.1 + np.sqrt(UNIT[below] * 0.5 * 0.3), atol=1e-12)
    assert np.allclose(np.array(found)[~below], 0.6 - np.sqrt((1 - UNIT[~below]) * 0.5 * 0.2), atol=1e-12)


@pytest.mark.parametrize(("dist", "params"), [("norm", [0.3, 0.1]), ("lognorm", [0.3, 0.5]), ("norm", [0.0, 0.3])])
def test_a_cut_distribution_goes_through_its_quantiles(dist: str, params: list[float]) -> None:
    low, high = 0.15, 0.55
    whole = stats.norm(*params) if dist == "norm" else stats.lognorm(params[1], scale=params[0])
    found = np.array(sampling.spread(uncertain(dist=dist, params=params, range=[low, high]), UNIT))
    mass = whole.cdf(high) - whole.cdf(low)
    assert np.allclose(whole.cdf(found), whole.cdf(low) + UNIT * mass, atol=1e-9)
    assert found.min() >= low and found.max() <= high


def test_uniform_numbers_whole_numbers_and_listed_values() -> None:
    assert sampling.spread(uncertain(range=[0.1, 0.5]), np.array([0.0, 0.25])) == [0.1, 0.2]
    assert sampling.spread(uncertain(dist="uniform", params=[0.1, 0.5]), np.array([0.0, 0.25])) == [0.1, 0.2]
    term = study(levers={TERM: {"range": [1, 4]}}).levers[0]
    counts = np.bincount(sampling.spread(term, UNIT))
    assert counts.tolist() == [0, 50, 50, 50, 50]  # the ends are as likely as the others
    words = study(levers={"rotation.base": {"values": ["eligible", "core_staff"]}}).levers[0]
    assert sampling.spread(words, np.array([0.0, 0.49, 0.5, 0.999])) == ["eligible", "eligible", "core_staff", "core_staff"]


def test_points_that_fall_together_are_laid_out_once() -> None:
    of = study(levers={TERM: {"range": [1, 3]}}, design={"method": "sobol", "n": 32}, baseline="none")
    assert sorted(row[0] for row in rows(of, "lever." + TERM)) == [1, 2, 3]
    assert design.size(of)[3] == 3
    assert [row[0] for row in rows(of, "point")] == [0, 1, 2]


# ---- together, not crossed ---------------------------------------------------------------------------


def test_levers_and_uncertainties_laid_out_together() -> None:
    of = study(
        levers={FUND: {"range": [0, 2e8]}}, uncertainties=UNCERTAIN, policies=["fusion", "co_build"],
        design={"method": "lhs", "n": 6, "crossed": False},
    )  # fmt: skip
    found = rows(of, "point", "future", "policy", f"lever.{FUND}", "uncertain." + PEER)
    assert len(found) == 6 * 3
    by_future: dict[int, list[Any]] = {}
    for point, future, policy, fund, peer in found:
        by_future.setdefault(future, []).append((policy, point, fund, peer))
    assert sorted(by_future) == list(range(6))
    for future, members in by_future.items():
        assert [m[0] for m in members] == ["status_quo", "fusion", "co_build"]
        assert [m[1] for m in members] == [-1, future, future]
        assert members[0][2] is None and members[1][2] == members[2][2]
        assert len({m[3] for m in members}) == 1
    assert design.size(of) == (6, 6, 2, 18)


def test_together_in_a_grid_the_baseline_is_run_once_for_each_future() -> None:
    of = study(uncertainties={PEER: {"values": [0.2, 0.4]}}, design={"crossed": False})
    assert len(keys(of)) == 2 * 3 * 2 + 2
    baseline = [row for row in rows(of, "point", "future", "uncertain." + PEER) if row[0] == -1]
    assert sorted(peer for _, _, peer in baseline) == [0.2, 0.4]
    future_of = {peer: future for _, future, peer in baseline}
    assert all(future == future_of[peer] for _, future, peer in rows(of, "point", "future", "uncertain." + PEER))
    assert design.size(of) == (12, 2, 1, 14)


# ---- draws -------------------------------------------------------------------------------------------


def test_paired_points_and_policies_meet_the_same_futures_and_draws() -> None:
    of = study(policies=["fusion", "co_build"], seeds={"replicates": 3}, uncertainties=UNCERTAIN, design={"futures": {"method": "lhs", "n": 4}})
    worlds: dict[tuple[str, int], set[tuple[int, int, float]]] = {}
    for policy, point, future, draw, peer in rows(of, "policy", "point", "future", "draw", "uncertain." + PEER):
        worlds.setdefault((policy, point), set()).add((future, draw, peer))
    assert len(worlds) == 2 * 6 + 1
    assert len({frozenset(world) for world in worlds.values()}) == 1


def test_unpaired_draws_belong_to_the_point_and_not_to_its_position() -> None:
    of = study(seeds={"replicates": 2, "paired": False}, policies=["fusion", "co_build"])
    found = rows(of, "policy", "point", "draw", f"lever.{FUND}", "lever.tilt")
    drawn: dict[Any, set[int]] = {}
    for policy, point, draw, *values in found:
        if point >= 0:
            drawn.setdefault((policy, *values), set()).add(draw)
    assert all(len(draws) == 2 for draws in drawn.values())
    assert len({draw for draws in drawn.values() for draw in draws}) == 12  # six points, two draws each
    assert all(drawn["fusion", *v] == drawn["co_build", *v] for _, *v in drawn)  # policies stay paired
    # Every draw has its baseline, or there would be nothing to compare with.
    assert {row[2] for row in found if row[1] == -1} == {row[2] for row in found if row[1] >= 0}
    finer = of.with_({f"levers.{FUND}.steps": 3, "seeds.replicates": 3})
    assert keys(of) < keys(finer)
    assert design.size(of)[3] == len(found)


# ---- conditions --------------------------------------------------------------------------------------


def test_a_condition_leaves_the_points_that_meet_it() -> None:
    of = study(design={"only": f'"{FUND}" > 0 and tilt < 0.8'})
    assert rows(of, "point", "policy", f"lever.{FUND}", "lever.tilt") == [
        (-1, "status_quo", None, None), (3, "fusion", 1e6, 0.5), (4, "fusion", 1e6, 0.7),
    ]  # fmt: skip
    assert design.size(of) == (2, 1, 1, 3)
    assert keys(of) < keys(study())


def test_a_condition_may_name_the_policy_and_the_uncertainties() -> None:
    of = study(
        policies=["fusion", "co_build"], uncertainties={PEER: {"values": [0.2, 0.4]}},
        design={"only": f"(policy = 'fusion' or tilt = 0.5) and (\"{PEER}\" < 0.3 or tilt = 0.9)"},
    )  # fmt: skip
    found = {(p, t, u) for p, t, u, point in rows(of, "policy", "lever.tilt", "uncertain." + PEER, "point") if point >= 0}
    assert found == {("fusion", t, 0.2) for t in (0.5, 0.7, 0.9)} | {("fusion", 0.9, 0.4), ("co_build", 0.5, 0.2)}
    assert design.size(of) == (6, 2, 2, design.table(of).num_rows)
    only_first = of.with_({"design.only": f'"{PEER}" < 0.3'})
    assert {row[0] for row in rows(only_first, "future")} == {0}  # no baseline of a future that is not asked for
    assert design.size(only_first)[1] == 1
    together = of.with_({"design.crossed": False})
    assert {row[:2] for row in rows(together, "policy", "lever.tilt")} <= {row[:2] for row in rows(of, "policy", "lever.tilt")}


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ("tlt < 1", "STUDY-CONDITION"), ("tilt <", "STUDY-CONDITION"), ("max(tilt) < 1", "STUDY-CONDITION"), ("tilt = 'a'", "STUDY-CONDITION"),
        ("1=1; drop table x", "STUDY-CONDITION"), ("tilt in (select * from read_csv('/etc/passwd'))", "STUDY-CONDITION"),
        ("tilt > 2", "STUDY-EMPTY-DESIGN"), ("null", "STUDY-EMPTY-DESIGN"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("uncertainties", [{}, UNCERTAIN], ids=["", "uncertain"])
def test_a_wrong_condition_is_told(condition: str, code: str, uncertainties: Mapping[str, Any]) -> None:
    Path("s.yaml").write_text(json.dumps({"extends": "t.yaml", "design": {"only": condition}}), encoding="utf-8")
    base = {k: v for k, v in study(uncertainties=uncertainties)._root.value.items() if k != "store"}  # type: ignore[union-attr]
    Path("t.yaml").write_text(json.dumps({key: plain(node) for key, node in base.items()}), encoding="utf-8")
    of = study_file.load("s.yaml")
    with pytest.raises(ConfigError) as caught:
        design.size(of)
    error = caught.value
    assert error.code == code
    assert re.match(r"s\.yaml:1:\d+: design\.only", error.where)
    assert '"tilt"' in error.mend_en and "policy" in error.mend_zh


def plain(node: Any) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(below) for key, below in node.value.items()}
    if isinstance(node.value, list):
        return [plain(below) for below in node.value]
    number = re.fullmatch(r"[\d.]+(e[+\d]+)?", node.value)
    return (float(node.value) if "." in node.value or "e" in node.value else int(node.value)) if number else node.value


# ---- keys --------------------------------------------------------------------------------------------

BASE: dict[str, Any] = {
    "base": "b", "policy": "fusion", "design": "feasible", "seed": 1, "draw": 2, "changes": [("a.b", 0.5), ("c.d", 3)], "source": "s",
}  # fmt: skip


def test_a_key_is_the_hash_of_its_canonical_parts() -> None:
    text = '["b","fusion","feasible",1,2,[["a.b",0.5],["c.d",3]],"s"]'
    assert design.run_key(**BASE) == hashlib.sha256(text.encode()).hexdigest()[:32]
    assert design.run_key(**{**BASE, "changes": BASE["changes"][::-1]}) == design.run_key(**BASE)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ("base", "c"), ("policy", "co_build"), ("design", "identical"), ("seed", 3), ("draw", 3), ("source", "t"), ("changes", [("a.b", 0.5)]),
        ("changes", [("a.b", 0.5000000000000001), ("c.d", 3)]), ("changes", [("a.x", 0.5), ("c.d", 3)]), ("changes", [("a.b", 0.5), ("c.d", "3")]),
    ],
)  # fmt: skip
def test_every_part_changes_the_key(part: str, other: Any) -> None:
    assert design.run_key(**{**BASE, part: other}) != design.run_key(**BASE)


EVERYTHING: dict[str, Any] = {
    "levers": {
        FUND: {"range": [0, 2e8]}, "tilt": {"sets": [TILT, "fusion:rotation.share"], "range": [0, 0.1]}, TERM: {"range": [1, 3]},
        "rotation.base": {"values": ["eligible", "core_staff"]}, "rotation.return_home": {"values": [True, False]},
        "use": {"values": {"a": {"finance.room_share": 0.1}, "b": {"finance.sports_share": 1, "finance.room_yuan": 30000}}},
    },
    "policies": ["fusion", "collaboration"], "uncertainties": UNCERTAIN, "seeds": {"root": 9, "replicates": 2},
    "design": {"method": "lhs", "n": 12, "futures": {"method": "lhs", "n": 2}},
}  # fmt: skip


def test_the_keys_of_a_table_are_those_of_its_tasks() -> None:
    of = study(**EVERYTHING)
    bases, source = design.base_hashes(of), design.source_hash()
    table = design.table(of)
    tasks = design.tasks(table)
    assert [task.key for task in tasks] == table["key"].to_pylist()
    for task in tasks:
        assert task.key == design.run_key(bases[task.policy], task.policy, task.design, task.seed, task.draw, task.changes, source)
    assert set(bases) == {"status_quo", "fusion", "collaboration"}


def test_tasks_carry_every_change_of_their_row() -> None:
    of = study(**EVERYTHING)
    table = design.table(of)
    for row, task in zip(table.to_pylist(), design.tasks(table), strict=True):
        changes = dict(task.changes)
        assert list(changes) == sorted(changes)
        assert changes.pop(PEER) == row["uncertain." + PEER]
        if row["point"] == -1:
            assert not changes and task.policy == "status_quo"
            continue
        assert changes.pop(FUND) == row[f"lever.{FUND}"]
        assert changes.pop(TILT) == changes.pop("fusion:rotation.share") == row["lever.tilt"]
        assert type(changes[TERM]) is int and changes.pop(TERM) == row["lever." + TERM]
        assert changes.pop("rotation.base") == row["lever.rotation.base"]
        assert changes.pop("rotation.return_home") is row["lever.rotation.return_home"]
        assert changes == ({"finance.room_share": 0.1} if row["lever.use"] == "a" else {"finance.sports_share": 1.0, "finance.room_yuan": 30000.0})


def test_the_scenario_takes_every_change_of_a_task() -> None:
    of = study(**EVERYTHING)
    for task in design.tasks(design.table(of), rows=[0, 1, 2, 5]):
        changed = of.scenario.with_(dict(task.changes))
        law = changed.parameters(task.policy).at(2030)
        for path, value in task.changes:
            if ":" not in path and isinstance(value, float) and path in law:
                assert law[path] == value


def test_what_levers_refuse_together_is_found_before_the_runs() -> None:
    levers = {"rotation.share": {"values": [0.1, 0.3]}, TERM: {"values": [1, 3]}, "rotation.return_home": {"values": [True]}}
    of = study(kind="compare", designs=["feasible"], levers=levers, policies=["fusion", "collaboration"])
    table = design.table(of)
    tried, found = design.refused(of, table)
    assert tried == table.num_rows == 9
    wrong = {(row["policy"], row["lever.rotation.share"], row["lever." + TERM]) for row in table.take([i for i, _ in found]).to_pylist()}
    assert wrong == {("fusion", 0.3, 3), ("collaboration", 0.3, 3)}
    assert {error.code for _, error in found} == {"CFG-FLOW-TERM"}
    mended = of.with_({"design.only": f'"rotation.share" * "{TERM}" <= 0.5'})
    assert design.refused(mended, design.table(mended)) == (7, [])
    assert design.refused(of, table, sample=3)[0] == 3


def test_tasks_of_some_rows_and_attempts() -> None:
    table = design.table(study())
    some = design.tasks(table, rows=np.array([4, 2]), attempts={table["key"][2].as_py(): 2})
    assert [task.key for task in some] == [table["key"][4].as_py(), table["key"][2].as_py()]
    assert [task.attempt for task in some] == [1, 3]
    assert design.tasks(table, rows=[]) == []


def test_a_table_gives_the_same_tasks_after_parquet(tmp_path: Path) -> None:
    table = design.table(study(**EVERYTHING))
    pq.write_table(table, tmp_path / "design.parquet")
    again = pq.read_table(tmp_path / "design.parquet")
    assert again.equals(table)
    assert design.tasks(again) == design.tasks(table)


def test_keys_stay_when_only_names_order_or_execution_change() -> None:
    of = study(**EVERYTHING)
    turned = {**EVERYTHING, "levers": dict(reversed(EVERYTHING["levers"].items())), "policies": ["collaboration", "fusion"]}
    same = study(**turned, execute={"on": "slurm", "workers": 3}, store={"path": "x"}, name={"zh": "乙", "en": "b"}, keep=["money.*"])
    assert keys(same) == keys(of)
    renamed = of.with_({"name.zh": "丙", "outcomes": {"other": {"measure": "money.total"}}})
    assert keys(renamed) == keys(of)


@pytest.mark.parametrize(
    "changes",
    [
        {"seeds.root": 1}, {"set.years": 9}, {"set.region.seed": 4}, {"set.region.n_pupils": 6000}, {"designs": "identical"},
        {"set.rotation.min_years_at_post": 3}, {"set.rules.rotation": False}, {"set.dates": "document"}, {"set.region.ses.zone_mean.urban": 0.2},
    ],
    ids=str,
)  # fmt: skip
def test_what_changes_a_run_changes_every_key(changes: dict[str, Any]) -> None:
    of = study()
    assert keys(of).isdisjoint(keys(of.with_(changes)))


def test_a_parameter_of_one_policy_changes_the_keys_of_that_policy_only() -> None:
    of = study(policies=["fusion", "collaboration"])

    def by_policy(some: Study) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for key, policy in rows(some, "key", "policy"):
            found.setdefault(policy, set()).add(key)
        return found

    before, after = by_policy(of), by_policy(of.with_({"set.fusion:rotation.share": 0.11}))
    assert before["collaboration"] == after["collaboration"] and before["status_quo"] == after["status_quo"]
    assert before["fusion"].isdisjoint(after["fusion"])


@pytest.mark.parametrize(
    "growth",
    [
        {"seeds.replicates": 3}, {f"levers.{FUND}.steps": 3}, {"levers.tilt.values": [0.1, 0.5, 0.7, 0.9]}, {"policies": ["co_build", "fusion"]},
        {"designs": ["identical", "feasible"]}, {"uncertainties.development.peer_learning.values": [0.2, 0.3, 0.4]}, {"scenario": "small"},
    ],
    ids=str,
)  # fmt: skip
def test_a_study_that_grows_keeps_its_runs(growth: dict[str, Any]) -> None:
    of = study(seeds={"replicates": 2}, uncertainties={PEER: {"values": [0.2, 0.4]}})
    before, after = keys(of), keys(of.with_(growth))
    assert before <= after
    assert before < after or growth == {"scenario": "small"}


def test_sobol_futures_grow() -> None:
    of = study(uncertainties=UNCERTAIN, design={"futures": {"method": "sobol", "n": 4}})
    assert keys(of) < keys(of.with_({"design.futures.n": 8}))


# ---- the model's own files ---------------------------------------------------------------------------


def test_the_source_hash_covers_the_model_and_its_data_only(tmp_path: Path) -> None:
    package, configs = tmp_path / "edusim", tmp_path / "configs"
    for name in ("model.py", "cli.py", "rules/rotation.py", "report/figures.py", "study/work.py", "study/store.py"):
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a = 1\n")
    for name in ("stages.yaml", "rosters/x.yaml", "policies/fusion.yaml"):
        file = configs / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a: 1\n")
    first = design.hash_of_files(package, configs)
    for name in ("edusim/cli.py", "edusim/report/figures.py", "edusim/study/store.py", "configs/policies/fusion.yaml"):
        (tmp_path / name).write_bytes(b"b = 2\n")
        assert design.hash_of_files(package, configs) == first, name
    (package / "model.py").write_bytes(b"a = 1\r\n")  # a checkout with other ends of lines is the same model
    assert design.hash_of_files(package, configs) == first
    for name in ("edusim/model.py", "edusim/rules/rotation.py", "edusim/study/work.py", "configs/stages.yaml", "configs/rosters/x.yaml"):
        before = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(b"b = 2\n")
        assert design.hash_of_files(package, configs) != first, name
        (tmp_path / name).write_bytes(before)
    (package / "rules" / "new.py").write_bytes(b"")
    assert design.hash_of_files(package, configs) != first


def test_the_source_hash_is_that_of_this_package() -> None:
    package = Path(design.__file__).resolve().parent.parent
    assert design.source_hash() == design.hash_of_files(package, declarations.configs())
    assert re.fullmatch("[0-9a-f]{64}", design.source_hash())
    # Every file that it names is there, so that none drops out by a new name.
    assert [name for name in design.MODEL if not (package / name).exists() and name != "study/work.py"] == []
    assert [name for name in design.DATA if not (declarations.configs() / name).exists()] == []


def test_a_table_holds_no_more_than_its_study(tmp_path: Path) -> None:
    table = design.table(study())
    said = json.loads(table.schema.metadata[design.FACTORS])
    assert said == [
        {"bundles": {}, "column": f"lever.{FUND}", "sets": [FUND]}, {"bundles": {}, "column": "lever.tilt", "sets": [TILT]},
    ]  # fmt: skip
    assert isinstance(table, pa.Table)


def test_what_only_tells_of_a_roster_is_no_part_of_the_model(tmp_path: Path) -> None:
    """Files that write workbooks or tell findings change no key, and nothing that decides a number reads them."""
    source = Path(design.__file__).resolve().parents[1]
    package, configs = tmp_path / "edusim", tmp_path / "configs"
    configs.mkdir()
    for name in (*design.LEFT_OUT, "region/roster.py", "region/roster_check.py"):
        assert (source / name).is_file(), name
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"a = 1\n")
    first = design.hash_of_files(package, configs)
    for name in design.LEFT_OUT:
        (package / name).write_bytes(b"b = 2\n")
        assert design.hash_of_files(package, configs) == first, name
    for name in ("region/roster.py", "region/roster_check.py"):
        (package / name).write_bytes(b"b = 2\n")
        assert design.hash_of_files(package, configs) != first, name
        (package / name).write_bytes(b"a = 1\n")
    modules = {name[:-3].replace("/", ".") for name in design.LEFT_OUT}
    told = "region.roster_report"  # what was found is handed to it; only whether there is a fault comes back
    for top in design.MODEL:
        for file in sorted((source / top).rglob("*.py")) if (source / top).is_dir() else [source / top]:
            name = file.relative_to(source).as_posix()
            if name in design.LEFT_OUT:
                continue
            text = file.read_text(encoding="utf-8")
            assert not [m for m in modules - {told} if m in text or m.rpartition(".")[2] in text], name
    report = (source / "region" / "roster_report.py").read_text(encoding="utf-8")
    assert set(re.findall(r"^from (edusim[\w.]*) import|^import (\w+)", report, re.M)) == {
        ("edusim", ""), ("edusim.errors", ""), ("edusim.region.roster_columns", ""),
    }  # fmt: skip
