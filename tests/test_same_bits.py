"""The same seed gives the same bits: whatever the threads, workers, order of rows, compilation or hash seed."""

from __future__ import annotations

import copy
import hashlib
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from edusim.build import build_case, region_of
from edusim.model import County
from edusim.runs import compare
from edusim.scenario import Scenario, load
from small_county import assert_equal_states

YEARS = 3
MODES = ("status_quo", "collaboration", "co_build", "fusion")


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load("small").with_({"years": YEARS})


def run(case: Any, scenario: Scenario, policy: str = "fusion", seed: int = 0, **more: Any) -> County:
    model = County(
        case, policy, seed, parameters=scenario.parameters(policy), base_year=scenario.base_year, years=scenario.years,
        rules=dict(scenario.rules), **more,
    )  # fmt: skip
    for _ in range(scenario.years):
        model.step()
    return model


def fingerprint(model: County) -> str:
    """Digest the state and every measure of every year, NaN by its place."""
    digest = hashlib.sha256(model.state.digest().encode())
    for year in model.year_measures:
        digest.update(np.asarray(year.values).tobytes())
        digest.update(np.asarray(year.schools).tobytes())
    return digest.hexdigest()


@pytest.fixture(scope="module")
def once(small: Scenario) -> County:
    return run(build_case(small, seed=0, draw=0), small, records="all")


def test_again(small: Scenario, once: County) -> None:
    again = run(build_case(small, seed=0, draw=0), small, records="all")
    assert_equal_states(again.state, once.state)
    assert fingerprint(again) == fingerprint(once)
    for (year, mine), (other_year, other) in zip(again.year_records, once.year_records, strict=True):
        assert year == other_year
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("threads", [2, 4, 7])
def test_any_number_of_threads(threads: int, small: Scenario, once: County) -> None:
    shared = run(build_case(small, seed=0, draw=0), small, threads=threads)
    assert_equal_states(shared.state, once.state)
    assert fingerprint(shared) == fingerprint(once)


@pytest.mark.parametrize("records", ["none", "counts"])
def test_whatever_is_recorded(records: str, small: Scenario, once: County) -> None:
    assert fingerprint(run(build_case(small, seed=0, draw=0), small, records=records)) == fingerprint(once)


@pytest.mark.parametrize("policy", MODES)
def test_any_order_of_rows(policy: str, small: Scenario) -> None:
    region, law = region_of(small), small.parameters().at(small.base_year)
    given = {"seed": 3, "draw": 1, "base_year": small.base_year, "years": small.years}
    plain, shuffled = (region.build(law, rows=rows, **given) for rows in ("id", "shuffled"))
    assert not np.array_equal(plain.state.teachers.id, shuffled.state.teachers.id)
    assert not np.array_equal(plain.state.schools.id, shuffled.state.schools.id)
    assert plain.state.digest() == shuffled.state.digest()
    a, b = (run(case, small, policy, seed=3, draw=1) for case in (plain, shuffled))
    assert_equal_states(a.state, b.state)
    assert fingerprint(a) == fingerprint(b)


def test_a_case_is_not_changed_by_running_it(small: Scenario, once: County) -> None:
    case = build_case(small, seed=0, draw=0)
    before = case.state.digest()
    for policy in MODES:
        run(case, small, policy)
    assert case.state.digest() == before
    assert fingerprint(run(case, small)) == fingerprint(once)


def test_a_copied_state_shares_no_memory(once: County) -> None:
    twin = once.state.copy()
    for name, table in once.state.tables().items():
        for column in table:
            assert not np.shares_memory(table[column], twin.tables()[name][column]), f"{name}.{column}"
    assert twin.digest() == once.state.digest()
    twin.pupils.achievement[0] += 1.0
    assert twin.digest() != once.state.digest()


def test_a_run_interrupted_and_taken_up_from_a_copy(small: Scenario, once: County) -> None:
    model = County(small, "fusion")
    model.step()
    twin = copy.deepcopy(model)
    for _ in range(YEARS - 1):
        model.step()
    for _ in range(YEARS - 1):
        twin.step()
    assert fingerprint(model) == fingerprint(twin) == fingerprint(once)


@pytest.mark.parametrize(("table", "column"), [("teachers", "effort"), ("pupils", "tenure"), ("schools", "climate")])
def test_the_digest_sees_every_table(table: str, column: str, once: County) -> None:
    twin = once.state.copy()
    twin.tables()[table][column][1] += 1
    assert twin.digest() != once.state.digest()


@pytest.mark.slow
def test_any_number_of_workers(small: Scenario) -> None:
    tiny = small.with_({"region.n_pupils": 800, "years": 2})
    frames = [compare(tiny, policies=["fusion", "co_build"], draws=2, seed=5, workers=n) for n in (1, 2)]
    for name in ("measures", "schools", "effects", "records", "flows"):
        one, two = (getattr(f, name) for f in frames)
        assert len(one) > 0, name
        pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert frames[0].manifest == frames[1].manifest


TINY = """
import hashlib, sys
import numpy as np
from edusim.model import County
from edusim.scenario import load
digest = hashlib.sha256()
for policy in ("fusion", "co_build"):
    model = County(load("small").with_({"region.n_pupils": 500, "years": 2}), policy, 8)
    model.step(); model.step()
    digest.update(model.state.digest().encode())
    for year in model.year_measures:
        digest.update(np.asarray(year.values).tobytes())
print(digest.hexdigest(), len(model.pupils))
"""


def elsewhere(monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    """Return what another interpreter makes of a tiny county."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = subprocess.run([sys.executable, "-c", TINY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr[:2000]
    return done.stdout


@pytest.mark.slow
def test_compiled_or_plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = elsewhere(monkeypatch, NUMBA_DISABLE_JIT="1", PYTHONHASHSEED="1")
    compiled = elsewhere(monkeypatch, NUMBA_DISABLE_JIT="0", PYTHONHASHSEED="2")
    assert plain == compiled


def test_a_draw_is_new_people_in_the_same_schools(small: Scenario) -> None:
    first, second = (build_case(small, seed=0, draw=d).state for d in (0, 1))
    for name in ("schools", "groups", "neighbourhoods"):
        mine, other = first.tables()[name], second.tables()[name]
        for column in mine:
            if column == "ses_mean":
                continue
            np.testing.assert_array_equal(mine[column], other[column], f"{name}.{column}")
    assert not np.array_equal(first.teachers.innate, second.teachers.innate)
    assert not np.array_equal(first.pupils.ses, second.pupils.ses)
    assert not np.array_equal(first.pupils.own, second.pupils.own)
    np.testing.assert_array_equal(first.pupils.id, second.pupils.id)
    other_seed = build_case(small, seed=1, draw=0).state
    assert not np.array_equal(first.teachers.innate, other_seed.teachers.innate)


def test_seed_zero_is_a_seed_and_draws_do_not_meet(small: Scenario) -> None:
    seen = {(s, d): County(small, seed=s, draw=d).run_seed for s in range(4) for d in range(4)}
    assert len(set(seen.values())) == len(seen)
