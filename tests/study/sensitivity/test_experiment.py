"""The kept sensitivity study: it runs in small and gives what is kept; its page is what is kept; it asks what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from edusim.study import engines, expected, sensitivity, study_file
from edusim.study.sensitivity import kept

HERE = Path(__file__).resolve().parents[3] / "experiments" / "funding_and_rotation"


@pytest.mark.slow
def test_the_road_in_small_gives_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    found = sensitivity.of_study(HERE / "sensitivity.small.yaml", {"store.path": str(tmp_path / "store")}, workers=1)
    told = json.loads((HERE / "expected.sensitivity.small.json").read_text(encoding="utf-8"))
    assert kept.differences(kept.results(found), told) == []
    assert set(told["indices"]) == {"morris", "chaos", "sobol"} and len(told["kept"]) == 5


def test_the_page_is_what_is_kept() -> None:
    page = (HERE / "sensitivity.md").read_text(encoding="utf-8")
    told = json.loads((HERE / "expected.sensitivity.json").read_text(encoding="utf-8"))
    assert expected.readme(page, told) == page
    assert set(told["indices"]) == {"morris", "chaos", "sobol"}
    # What the page says of the road is what the road did.
    kept_behaviours = [name for name in told["kept"] if name.startswith("uncertain.")]
    assert f"{len(kept_behaviours)} behaviours" in page and f"other {105 - len(told['kept'])} stay" in page


def test_the_study_asks_what_its_page_says() -> None:
    study = study_file.load(HERE / "sensitivity.yaml")
    page = (HERE / "sensitivity.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+)` \|", page, re.MULTILINE) == [lever.name for lever in study.levers]
    assert len(study.factors) == 105 and len(study.uncertainties) == 97 and len(study.policies) == 3
    assert max(r.high for r in study.levers if r.name == "rotation.share") * 3 <= 0.5
