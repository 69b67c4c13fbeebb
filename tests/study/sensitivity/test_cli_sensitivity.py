"""``edusim sensitivity`` and the verbs of ``edusim study`` on a sensitivity study: slips, a real small county, interruption."""

from __future__ import annotations

import json
from functools import partialmethod
from pathlib import Path

import pandas as pd
import pytest

from edusim import cli
from edusim.study import design, driver, engines, study_file
from edusim.study.sensitivity import result, stored

STUDY = """schema_version: 1
kind: sensitivity
name: {zh: 试, en: trial}
scenario: small
set: {region.n_pupils: 500, years: 2}
policies: [fusion]
baseline: status_quo
levers: {rotation.share: {range: [0, 0.16]}}
uncertainties: {leadership.diffusion: {range: [0.05, 0.3]}}
seeds: {root: 3, as: factor}
outcomes:
  gap: {measure: learning.core_member_gap, at: last, want: min}
design: {method: sobol, n: 8}
store: {path: store}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    other = STUDY.replace("kind: sensitivity", "kind: sweep").replace(", as: factor", "").replace("method: sobol, n: 8", "method: lhs, n: 2")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    (tmp_path / "only.yaml").write_text(STUDY.replace("n: 8", 'n: 8, only: "policy = 1"'), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    monkeypatch.setattr(result.Sensitivity, "save", partialmethod(result.Sensitivity.save, formats=()))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(["study" if words[:1] and words[0] == "status" else "sensitivity", *words])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), "CLI-OPTION", "name the study file"),
        (("nowhere",), "CFG-NO-FILE", "there is no nowhere"),
        (("other.yaml",), "STUDY-KIND", "kind: sweep"),
        (("only.yaml",), "STUDY-RECTANGLE", "only.yaml:13:37"),
        (("study.yaml", "--outcome", "gpa"), "STUDY-OUTCOME", "did you mean gap?"),
        (("study.yaml", "--outcome", ","), "CLI-VALUE", "names no outcome"),
        (("study.yaml", "--otcome", "gap"), "CLI-OPTION", "did you mean --outcome?"),
        (("study.yaml", "--out", " "), "CLI-VALUE", "name of a folder"),
        (("study.yaml", "-S", "design.n=7"), "STUDY-POWER-OF-TWO", "the nearest is 8"),
        (("study.yaml", "-S", "design.n=4"), "STUDY-TOO-FEW", "needs at least 8"),
        (("study.yaml", "--partial"), "STUDY-NOT-A-STORE", "store"),
    ],
)
def test_slips_are_one_line_with_a_code_before_anything_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str, text: str
) -> None:
    status, out, err = said(capsys, *words)
    assert status == 2 and not out and code in err and text in err and "Traceback" not in err and err.count("\n") == 1, err
    assert not (folder / "store").exists()


def test_help_teaches_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--help", "--lang", "zh")[1].startswith("用法：")
    assert "luck of the draw" in " ".join(said(capsys, "--help", "--lang", "en")[1].split())


@pytest.mark.slow
def test_runs_what_is_missing_analyses_and_writes_the_same_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    of = study_file.load("study.yaml")
    total, planned = design.size(of)[-1], stored.planned(of)
    assert planned["rows"] == 8 * 6 and planned["growth"] == []
    assert planned["blocks"] == [("A、B", "A and B", 2), ("个因素", "inputs", 2), ("对照", "dummy", 1), ("种子", "seed", 1)]
    carry_on, stopped = driver.carry_on, []

    class Enough:
        def __init__(self, store: object) -> None:
            self.store = store

        def is_set(self) -> bool:
            return len(self.store.states()) >= 9  # type: ignore[attr-defined]

    def stopping(study: object, store: object, **how: object) -> object:
        stopped.append(1)
        return carry_on(study, store, **(how if len(stopped) > 1 else {**how, "stop": Enough(store)}))  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(driver, "carry_on", stopping)
        status, out, err = said(capsys, "study.yaml", "-j", "1", "--lang", "en")
        assert status == 130 and not out and "acknowledged runs are kept" in err
    status, out, err = said(capsys, "store", "--lang", "en")
    assert status == 2 and "STUDY-UNFINISHED" in err and "still to be made" in err and not (folder / "store" / "sensitivity").exists()
    status, out, _ = said(capsys, "status", "study.yaml", "--json")
    assert 0 < json.loads(out)["done"] < total
    status, out, err = said(capsys, "study.yaml", "-j", "1", "--lang", "en")
    assert status == 0 and "store/sensitivity/page.en.md" in out and "Traceback" not in err
    target = folder / "store" / "sensitivity"
    names = {p.name for p in target.iterdir()}
    assert names >= {"indices.csv", "split.csv", "swings.csv", "growth.csv", "together.csv", "facts.csv", "page.zh.md", "page.en.md", "manifest.json"}
    first = {name: (target / name).read_bytes() for name in names if name.endswith((".csv", ".md"))}
    # The folder of the store alone gives the same bytes, also as JSON, and nothing is run.
    status, out, _ = said(capsys, "store", "--json", "--out", "again", "--lang", "zh", "--quiet")
    told = json.loads(out)
    assert status == 0 and told["ok"] and told["manifest"]["methods"] == {"sobol": {"n": 8, "runs": total}}
    assert {name: (folder / "again" / name).read_bytes() for name in first} == first
    frames = result.read_frames("again")
    assert isinstance(frames["indices"], pd.DataFrame) and set(frames["indices"]["other"]) == {""}
