"""Boxes and trees: planted conditions come back, noise gives none, and only futures left out decide."""

from __future__ import annotations

import functools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from edusim.discover.regions import LEAST_CASES, Question, Searched, boxes, halves, search
from planted_futures import planted

pytestmark = pytest.mark.slow


@functools.lru_cache
def searched(outcome: str, n: int = 500) -> Searched:
    return search(planted(n), "drawn", outcome)


def test_halves_are_halves_and_do_not_change() -> None:
    assert halves(101).sum() == 51 and np.array_equal(halves(200), halves(200))


def test_the_planted_region_comes_back_with_its_limits() -> None:
    found = pd.DataFrame(searched("gap").boxes)
    box = found[(found["question"] == "leads") & (found["policy"] == "fusion") & (found["kind"] == "broad")].set_index("column")
    assert sorted(box.index) == ["ratio.fusion.leadership", "uncertain.families.brand"]
    assert box.loc["ratio.fusion.leadership", "low"] == pytest.approx(1.3, abs=0.12) and np.isnan(box.loc["ratio.fusion.leadership", "high"])
    assert box.loc["uncertain.families.brand", "high"] == pytest.approx(0.4, abs=0.08) and np.isnan(box.loc["uncertain.families.brand", "low"])
    assert box["is_region"].all() and (box["held_low"] > box["held_base"]).all() and (box["held_density"] > 0.7).all()
    assert (box[["qp_low", "qp_high"]].min(axis=1) < 0.05).all()
    assert box.loc["ratio.fusion.leadership", "status"] == "ratio" and box.loc["uncertain.families.brand", "status"] == "evidence"
    # What is told of the box is what its limits say, on the half that was left out.
    futures = planted(500)
    t = futures.table
    held = ~halves(500) & (t["ratio.fusion.leadership"] >= box.loc["ratio.fusion.leadership", "low"]).to_numpy()
    held &= (t["uncertain.families.brand"] <= box.loc["uncertain.families.brand", "high"]).to_numpy()
    truly = ((t["ratio.fusion.leadership"] > 1.3) & (t["uncertain.families.brand"] < 0.4)).to_numpy()
    assert box["held_n"].iloc[0] == held.sum() and box["held_density"].iloc[0] == pytest.approx(truly[held].mean(), abs=0.02)


def test_noise_has_no_region() -> None:
    found = pd.DataFrame(searched("coin", 300).boxes)
    assert not found["is_region"].any()  # PRIM finds boxes in the searched half; the other half does not confirm them
    assert not any(leaf["is_better"] for leaf in searched("coin", 300).leaves)


def test_the_tree_splits_where_the_winner_changes() -> None:
    leaves = pd.DataFrame(searched("gap").leaves)
    fusion = leaves[leaves["says"] == "fusion"]
    assert len(fusion) and fusion["restriction"].str.contains("ratio.fusion.leadership > 1.").all()
    assert fusion["restriction"].str.contains("uncertain.families.brand <= 0.").all()
    assert leaves["is_better"].all() and (leaves["held_hit"] > leaves["held_base"]).all()
    assert "ratio.fusion.leadership" in searched("gap").text
    assert leaves["n"].sum() == 250 == leaves["held_n"].sum()


def test_scores_name_what_matters() -> None:
    scores = pd.DataFrame(searched("score").scores)
    first = scores[scores["policy"] == "co_build"].sort_values("score").iloc[-1]
    assert first["column"] == "uncertain.families.travel" and first["r2"] > 0.8
    assert scores.groupby("policy")["score"].sum().to_numpy() == pytest.approx(1)


def test_too_few_cases_are_not_searched() -> None:
    futures = planted(100)
    hits = np.zeros(100, dtype=bool)
    hits[: LEAST_CASES - 1] = True
    found = boxes(futures.table, Question("leads", "fusion", hits, hits), np.ones(100, dtype=bool), list(futures.table.columns))
    assert [box["kind"] for box in found] == ["none"]
    assert search(planted(49), "drawn", "gap") == Searched([], [], "", [])


def test_the_notice_of_optional_packages_is_the_only_thing_kept_quiet() -> None:
    code = (
        "import warnings; warnings.simplefilter('always'); from edusim.discover import regions; regions._workbench(); warnings.warn('ours')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "ours" in done.stderr and "ipyparallel" not in done.stderr and "altair" not in done.stderr
