"""The bench: what it returns is what a plain run gives, whatever it keeps; its marks, its faults, its memory."""

from __future__ import annotations

import gc
import os

import numpy as np
import pytest

from edusim import run
from edusim.build import region_of
from edusim.declarations import STATUS_QUO
from edusim.scenario import load
from edusim.study.parts import Outcome
from edusim.study.tasks import Task
from edusim.study.work import Bench, Job, _Noted, mark_of

GAP = "learning.core_member_gap"
KEEP = (GAP, f"{GAP}[primary]", "money.total", "official.indicators_passing[junior]")
OUTCOMES = tuple(Outcome(f"gap_{at}", GAP, "all", at) for at in ("2026", "last", "mean", "sum", "max", "min", "1999"))


@pytest.fixture(scope="module")
def scenario():
    return load("small").with_({"region.n_pupils": 800, "years": 2})


def task(i, changes=(), policy="fusion", draw=0, design="feasible"):
    return Task(f"{i:032x}", policy, design, 7, draw, tuple(sorted(changes)))


MIXED = [
    task(0),
    task(1, [("rotation.share", 0.05)]),
    task(2, [("staffing.retire_age", 58)]),  # changes the drawn county
    task(3, [("region.pay.base_yuan_year", 90000.0)]),  # changes the region
    task(4, [("rotation.share", 0.05)], "collaboration"),
    task(5, [("fusion:rotation.share", 0.15), ("rotation.return_home", False)], draw=1),
    task(6, [("rotation.share", 0.05)], design="identical"),
    task(7, policy=STATUS_QUO),
    task(8, [("teacher.quality_sd", 0.2), ("rotation.share", 0.05)]),
    task(9, [("rotation.share", 0.05)]),
]


def bits(result):
    assert result.state == "done", result.error
    return result.key, result.values.tobytes(), result.outcomes.tobytes(), result.digest


def test_a_task_gives_the_numbers_of_a_plain_run(scenario):
    bench = Bench(Job(scenario, KEEP, OUTCOMES))
    for one in MIXED:
        found = bench.carry_out(one)
        changed = scenario.with_({**dict(one.changes), "design": one.design})
        plain = run(changed, policy=one.policy, seed=one.seed, draw=one.draw).outcomes[0]
        expected = [[y.value(GAP), y.value(GAP, "primary"), y.value("money.total"), y.value("official.indicators_passing", "junior")]
                    for y in plain.years]
        assert found.values.tobytes() == np.array(expected).tobytes(), one
        assert found.digest == plain.facts["digest"]
        gap = np.array(expected)[:, 0]
        asked = [gap[1], gap[-1], gap[1:].mean(), gap[1:].sum(), gap[1:].max(), gap[1:].min(), np.nan]
        np.testing.assert_array_equal(found.outcomes, asked)
        assert (found.code, found.error, found.attempt) == ("", "", 1)
        assert found.seconds > 0 and found.worker.endswith(f":{os.getpid()}")


@pytest.mark.slow
def test_kept_counties_change_no_bit_whatever_the_order(scenario):
    alone = {one.key: bits(Bench(Job(scenario, KEEP, OUTCOMES, reuse=False)).carry_out(one)) for one in MIXED}
    for order in (MIXED, MIXED[::-1], [MIXED[i] for i in np.random.default_rng(3).permutation(len(MIXED))]):
        bench = Bench(Job(scenario, KEEP, OUTCOMES))
        for one in order:
            assert bits(bench.carry_out(one)) == alone[one.key], one


def test_counties_are_used_again_exactly_where_nothing_they_are_made_of_changes(scenario, monkeypatch):
    from edusim.study import work

    drawn = []
    real = work.build_case
    monkeypatch.setattr(work, "build_case", lambda *a, **k: drawn.append(1) or real(*a, **k))
    bench = Bench(Job(scenario, KEEP))
    for i, share in enumerate((0.01, 0.02, 0.03)):
        bench.carry_out(task(i, [("rotation.share", share)], ("fusion", "co_build", STATUS_QUO)[i]))
    assert len(drawn) == 1
    for i, change in enumerate([("staffing.retire_age", 58), ("region.pay.base_yuan_year", 91000.0), ("honours.excellent_share", 0.2)]):
        bench.carry_out(task(10 + i, [change]))
        assert len(drawn) == 2 + i, change
    bench.carry_out(task(20, draw=1))
    bench.carry_out(task(21, design="identical"))
    assert len(drawn) == 6


@pytest.mark.parametrize("kind", ["synthetic", "roster"])
def test_the_note_of_what_a_county_is_made_of_is_complete(scenario, kind, tmp_path):
    """Nothing but single values of the law is read while a county is drawn: else it would not be kept."""
    if kind == "roster":
        from edusim.region.roster_template import template

        scenario = load("small").with_({"region": {"kind": "roster", "path": str(template(tmp_path / "t.xlsx", example=True))}})
    noted = _Noted(scenario.parameters(STATUS_QUO).at(scenario.base_year))
    region_of(scenario).build(noted, seed=1, draw=0, base_year=scenario.base_year, years=scenario.years)
    assert not noted.whole and noted.paths


def test_a_measure_that_a_policy_lacks_is_nan(scenario):
    found = Bench(Job(scenario, (GAP, "no.such_measure", f"{GAP}[nowhere]"))).carry_out(task(0))
    assert not np.isnan(found.values[:, 0]).any() and np.isnan(found.values[:, 1:]).all()


def test_what_fails_is_told_with_code_and_traceback(scenario, monkeypatch):
    bench = Bench(Job(scenario, KEEP, OUTCOMES, before="study_hooks:fail"))
    monkeypatch.setenv("STUDY_FAIL", task(1).key)
    monkeypatch.setenv("STUDY_REFUSE", task(2).key)
    found = [bench.carry_out(t) for t in (task(1), task(2), task(3, [("rotation.share", 0.3)]), task(4, policy="no_such"), task(5))]
    assert [f.state for f in found] == ["failed"] * 4 + ["done"]
    assert [f.code for f in found] == ["BUG-UNEXPECTED", "RUN-TEST", "CFG-FLOW-TERM", "CFG-UNKNOWN-POLICY", ""]
    assert "ZeroDivisionError: a fault for a test" in found[0].error and "Traceback" in found[0].error
    assert "study_hooks.py" in found[0].error
    assert all(f.values is None and f.outcomes is None and f.digest == "" for f in found[:4])


def test_a_mark_says_what_is_under_way(scenario, tmp_path, monkeypatch):
    import study_hooks

    seen = []
    mark = mark_of(tmp_path / "now", os.getpid())
    monkeypatch.setattr(study_hooks, "slowly", lambda one: seen.append((one.key, mark.read_text().split())))
    bench = Bench(Job(scenario, KEEP, now=str(tmp_path / "now"), before="study_hooks:slowly"))
    assert mark.read_text().split() == []
    bench.carry_out(task(1))
    bench.carry_out(task(2))
    assert seen == [(task(i).key, [task(i).key]) for i in (1, 2)]
    assert mark.read_text().split() == []
    bench.close()
    assert not mark.exists()


def test_the_search_for_cycles_is_left_as_it_was(scenario):
    bench = Bench(Job(scenario, KEEP))
    frozen = gc.get_freeze_count()  # some versions of Python start with some
    assert gc.isenabled()
    bench.carry_out(task(0))
    assert gc.isenabled() and gc.get_freeze_count() == frozen
    gc.disable()
    try:
        bench.carry_out(task(0))
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.slow
def test_a_worker_does_not_grow(scenario):
    """150 runs over ever new counties and settings; a leak of 200 kB a run would show as 30 MB."""
    import subprocess
    import sys

    told = subprocess.run([sys.executable, "-c", _GROWTH], capture_output=True, text=True, check=True, timeout=300)
    assert float(told.stdout) < 12.0, told.stdout


_GROWTH = """
import psutil
from edusim.scenario import load
from edusim.study.tasks import Task
from edusim.study.work import Bench, Job
bench = Bench(Job(load("small").with_({"region.n_pupils": 800, "years": 2}), ("learning.core_member_gap",)), own_process=True)
def runs(start, n):
    for i in range(start, start + n):
        changes = (("rotation.share", 0.0001 * i), ("staffing.retire_age", 55 + i % 5))
        result = bench.carry_out(Task(f"{i:032x}", ("fusion", "co_build")[i % 2], "feasible", 1, i // 4, changes))
        assert result.state == "done", result.error
runs(0, 50)
before = psutil.Process().memory_info().rss
runs(50, 150)
print((psutil.Process().memory_info().rss - before) / 1e6)
"""
