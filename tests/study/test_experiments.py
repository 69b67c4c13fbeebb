"""The kept experiments, in small: they run, resume, draw, and give what is kept beside them."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim.errors import RunError
from edusim.study import OpenStudy, expected, open_study, study_file

pytestmark = pytest.mark.slow

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"
NAMES = ("mode_comparison", "funding_and_rotation")


@pytest.fixture(scope="module", params=NAMES)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, list[str]]:
    """An experiment in small, run by its script as a reader runs it: its name, where, what was said."""
    name, folder = str(request.param), tmp_path_factory.mktemp(str(request.param))
    words = [sys.executable, str(EXPERIMENTS / name / "run.py"), "small.yaml", "-j", "2"]
    child = {**os.environ, "PYTHONPATH": str(Path(edusim.__file__).parents[1])}
    done = subprocess.run(words, cwd=folder, env=child, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return name, folder, done.stdout.splitlines()


@pytest.fixture(scope="module")
def small(ran: tuple[str, Path, list[str]]) -> tuple[str, OpenStudy]:
    """The experiment in small, with the store that its script made."""
    name, folder, _ = ran
    (store,) = (path.parent for path in folder.rglob("out/*/manifest.json"))
    opened = open_study(EXPERIMENTS / name / "small.yaml", {"store.path": str(store)})
    status = opened.status()
    assert status.done == status.total and not status.wrong
    return name, opened


def test_results_are_as_expected(small: tuple[str, OpenStudy]) -> None:
    name, opened = small
    kept = json.loads((EXPERIMENTS / name / "expected.small.json").read_text(encoding="utf-8"))
    now = expected.results(opened.store)
    assert expected.differences(now, kept) == []
    assert now["runs"] == kept["runs"] and 24 <= now["runs"] <= 100 and now["failed"] == 0
    assert set(now["effects"]["feasible"]) == set(opened.study.policies)


@pytest.mark.parametrize("ran", ["funding_and_rotation"], indirect=True)
def test_the_dose_is_what_share_and_term_say(small: tuple[str, OpenStudy]) -> None:
    runs = small[1].frames["runs"]
    runs = runs[runs["policy"] != "status_quo"]
    share, term = runs["lever.rotation.share"], runs["lever.rotation.term_years"]
    assert (share * term <= 0.5).all() and (share > 0).any()  # the law's own limit, kept by the design
    assert (runs.loc[share == 0, "stock"] == 0).all() and (runs.loc[share == 0, "teacher_years"] == 0).all()
    sent = runs[share > 0].groupby(["future", "draw", "lever.rotation.term_years"])[["teacher_years", "stock"]].mean()
    for column in ("teacher_years", "stock"):
        assert (sent[column].xs(3, level=2) > sent[column].xs(1, level=2)).all()


def test_policies_meet_the_same_futures_and_draws(small: tuple[str, OpenStudy]) -> None:
    runs = small[1].frames["runs"]
    met = runs.groupby("policy")[["future", "draw"]].apply(lambda rows: frozenset(map(tuple, rows.to_numpy().tolist())))
    assert met.nunique() == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_full_study_is_the_small_one_writ_large(name: str) -> None:
    from edusim.study import design

    full, small = (study_file.load(EXPERIMENTS / name / file) for file in ("study.yaml", "small.yaml"))
    assert [o.name for o in full.outcomes] == [o.name for o in small.outcomes]
    assert [f.name for f in full.factors][:1] == [f.name for f in small.factors][:1] and full.baseline == "status_quo"
    assert full.store != small.store and full.seeds.paired
    runs = design.size(full)[-1]
    assert (10_000 <= runs <= 14_000) if name == "funding_and_rotation" else runs == 160
    if name == "funding_and_rotation":
        assert {"finance.fund_yuan_year", "finance.member_tilt", "use", "rotation.share", "rotation.term_years"} == {f.name for f in full.levers}


@pytest.mark.parametrize("name", NAMES)
def test_a_script_is_short_and_a_page_says_what_it_must(name: str) -> None:
    script = (EXPERIMENTS / name / "run.py").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 30 and ast.get_docstring(ast.parse(script))
    page = (EXPERIMENTS / name / "README.md").read_text(encoding="utf-8")
    for heading in ("## Question", "## How to run", "## What it found", "## Limits", "## 给决策者"):
        assert heading in page
    assert f"[{name}]({name}/README.md)" in (EXPERIMENTS / "README.md").read_text(encoding="utf-8")


def test_the_script_runs(ran: tuple[str, Path, list[str]]) -> None:
    _, folder, said = ran
    assert "as expected" in said[-1]
    pictures = sorted(p.suffix for p in folder.rglob("out/*/*/*.*") if p.suffix in (".png", ".svg"))
    assert len(pictures) >= 12 and pictures.count(".png") == pictures.count(".svg")


# -- the comparison itself ----------------------------------------------------------------------------


def one(mean: float, low: float | None = None, high: float | None = None) -> dict[str, Any]:
    number = {"mean": mean, "low": low, "high": high, "n": 4}
    return {"source": "a", "runs": 4, "failed": 0, "levels": {"feasible": {"fusion": {"gap": number}}}}


@pytest.mark.parametrize(
    ("kept", "now", "source", "differs"),
    [
        (one(1.0, 0.5, 1.5), one(1.0, 0.5, 1.5), "a", False),
        (one(1.0, 0.5, 1.5), one(1.0 + 1e-9, 0.5, 1.5), "a", True),  # the same model: the same numbers
        (one(1.0, 0.5, 1.5), one(1.4, 1.3, 1.6), "b", False),  # another model: the intervals meet
        (one(1.0, 0.5, 1.5), one(2.0, 1.6, 2.4), "b", True),
        (one(1.0), one(1.05), "b", False),  # one run each: within a tenth
        (one(1.0), one(1.2), "b", True),
        (one(1.0, 0.5, 1.5), {**one(1.0, 0.5, 1.5), "levels": {}}, "b", True),
        (one(1.0, 0.5, 1.5), {**one(1.0, 0.5, 1.5), "failed": 1}, "b", True),
    ],
)
def test_what_counts_as_expected(kept: dict[str, Any], now: dict[str, Any], source: str, differs: bool) -> None:
    assert bool(expected.differences({**now, "source": source}, kept)) is differs


def test_nothing_kept_is_told(small: tuple[str, OpenStudy], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, file = small[1].store, tmp_path / "expected.yaml"
    with pytest.raises(RunError, match="STUDY-EXPECTED"):
        expected.check(store, file)
    assert expected.check(store, file, keep=True) == 0 and expected.check(store, file) == 0
    kept = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    kept["runs"] += 1
    file.with_suffix(".json").write_text(json.dumps(kept), encoding="utf-8")
    assert expected.check(store, file) == 1
    assert "not as expected: runs" in capsys.readouterr().out
