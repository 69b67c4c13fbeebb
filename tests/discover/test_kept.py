"""The experiment: its README holds what was kept and nothing else; a later run is compared with it."""

from __future__ import annotations

import copy
import functools
import json
import math
from pathlib import Path
from typing import Any

import pytest

from edusim.discover import discover, kept
from edusim.discover.analysis import Discovery, analyse
from edusim.errors import RunError
from planted_futures import planted

HERE = Path(__file__).resolve().parents[2] / "experiments" / "what_must_hold"


@functools.lru_cache
def found() -> Discovery:
    return analyse(planted(48), ["gap", "cost"], source={"model": "m"})


@pytest.fixture
def results() -> dict[str, Any]:
    return kept.results(found())


def test_the_readme_holds_what_was_kept() -> None:
    text = (HERE / "README.md").read_text(encoding="utf-8")
    begin, end = text.index(kept.BEGIN), text.index(kept.END)
    if (HERE / "expected.json").exists():
        assert kept.readme(text, json.loads((HERE / "expected.json").read_text(encoding="utf-8"))) == text
    else:
        assert text[begin + len(kept.BEGIN) : end].strip() == ""


def test_results_are_written_between_the_marks_and_only_there(results: dict[str, Any]) -> None:
    page = f"before\n{kept.BEGIN}\nformer text\n{kept.END}\nafter\n"
    once = kept.readme(page, results)
    assert once.startswith("before\n") and once.endswith("after\n") and "former text" not in once
    assert kept.readme(once, results) == once
    assert "co-build is best in" in once and "共建型" in once and "| Fusion |" in once and "forecasts nothing" in once
    with pytest.raises(RunError, match="STUDY-EXPECTED"):
        kept.readme("no marks", results)


def test_numbers_are_plain_and_come_back(results: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = json.loads(json.dumps(results, allow_nan=False))
    assert kept.differences(results, again) == []
    assert kept.check(found(), tmp_path / "e.json", keep=True) == 0 and kept.check(found(), tmp_path / "e.json") == 0
    with pytest.raises(RunError, match="STUDY-EXPECTED"):
        kept.check(found(), tmp_path / "none.json")
    assert "as expected" in capsys.readouterr().out


def test_what_differs_is_told(results: dict[str, Any]) -> None:
    one = ("drawn", "gap", "fusion")
    other = copy.deepcopy(results)
    cell = other["wins"][one[0]][one[1]][one[2]]
    cell["leads"] = math.nextafter(cell["leads"], 2) + 1e-6
    assert [line for line in kept.differences(other, results) if line.startswith("wins, drawn, gap, fusion")]
    other["source"] = "another model"  # then the intervals must meet, and they do
    assert kept.differences(other, results) == []
    cell |= {"leads": 0.9, "low": 0.85, "high": 0.95}
    assert len(kept.differences(other, results)) == 1
    del other["effects"]["equal"]["gap"]["co_build"]
    other["futures"] = 47
    told = kept.differences(other, results)
    assert len(told) == 3 and any("futures: 48 expected, 47 now" in line for line in told) and any("nothing now" in line for line in told)


@pytest.mark.slow
def test_the_small_version_gives_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim.study import engines

    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    small = discover(HERE / "small.yaml", {"store.path": str(tmp_path / "store")}, workers=1)
    now = kept.results(small)
    assert now["failed"] == 0 and small.futures.failed == 0
    assert kept.differences(now, json.loads((HERE / "expected.small.json").read_text(encoding="utf-8"))) == []
