"""``edusim discover`` and ``edusim.discover(...)`` on a real small study: runs, resumes, refuses, writes the same bytes again."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import edusim
from edusim import cli
from edusim.errors import StudyError
from edusim.study import engines, open_study

STUDY = """schema_version: 1
kind: discover
name: {zh: 试, en: trial}
scenario: small
set: {region.n_pupils: 800, years: 2}
policies: [collaboration, fusion]
baseline: status_quo
uncertainties: {families.brand: {range: [0, 1]}, leadership.hours_full: {range: [2, 20]}}
ratios: {leadership: {parameter: leadership.diffusion, range: [0.5, 2]}}
arms: [drawn, equal]
seeds: {root: 3, replicates: 2}
outcomes:
  gap: {measure: learning.core_member_gap, at: last, want: min}
  cost: {measure: money.total, at: sum, want: min}
  stock: {measure: staffing.rotation_stock_member, at: last}
design: {futures: {method: lhs, n: 3}}
store: {path: store}
"""
OTHER = STUDY.replace("kind: discover", "kind: compare").replace("ratios: {leadership: {parameter: leadership.diffusion, range: [0.5, 2]}}\n", "").replace(
    "arms: [drawn, equal]\n", ""
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "study.yaml").write_text(STUDY, encoding="utf-8")
    (tmp_path / "other.yaml").write_text(OTHER, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(["discover", *words])
    out, err = capsys.readouterr()
    return status, out, err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), "CLI-OPTION", "name the study file"),
        (("nowhere",), "CFG-NO-FILE", "there is no nowhere"),
        (("other.yaml",), "STUDY-KIND", "kind: compare"),
        (("study.yaml", "--outcome", "gpa"), "STUDY-OUTCOME", "did you mean gap?"),
        (("study.yaml", "--outcome", ","), "CLI-VALUE", "names no outcome"),
        (("study.yaml", "--otcome", "gap"), "CLI-OPTION", "did you mean --outcome?"),
        (("study.yaml", "--out", " "), "CLI-VALUE", "name of a folder"),
    ],
)
def test_slips_are_one_line_with_a_code_before_anything_runs(
    folder: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str, text: str
) -> None:
    status, out, err = said(capsys, *words)
    assert status == 2 and not out and code in err and text in err and "Traceback" not in err and err.count("\n") == 1
    assert not (folder / "store").exists()


def test_help_teaches_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, "--help", "--lang", "zh")[1].startswith("用法：")
    assert "what must hold" in said(capsys, "--help", "--lang", "en")[1].lower()


@pytest.mark.slow
def test_runs_what_is_missing_analyses_and_writes_the_same_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = said(capsys, "study.yaml", "-j", "1", "--lang", "en")
    assert status == 0, err
    assert "all modes are the same" in out and "neither direction is wanted" in out and "forecasts nothing" in out
    result = folder / "store" / "discover"
    tables = {p.stem: p for p in result.glob("*.csv")}
    assert set(tables) == {"wins", "effects", "regret", "boxes", "tree", "scores", "spread"}
    wins = pd.read_csv(tables["wins"])
    assert len(wins) == 2 * 2 * 2 and (wins["futures"] == 3).all()  # outcomes with a direction, arms, modes
    figures = {f"{n}.{lang}.{k}" for n in ("overview", "wins-gap", "wins-cost") for lang in ("zh", "en") for k in ("png", "svg")}
    assert {p.name for p in (result / "figures").iterdir()} == figures
    assert "There are 3 futures, fewer than 50" in (result / "paragraph.en.md").read_text(encoding="utf-8")
    first = json.loads((result / "manifest.json").read_text(encoding="utf-8"))
    assert first["kind"] == "discover" and first["versions"]["ema-workbench"] and len(first["source"]["model"]) == 64
    assert set(first["files"]) == {p.relative_to(result).as_posix() for p in result.rglob("*") if p.is_file()} - {"manifest.json", "log.txt"}

    # The store alone: nothing is run, the same bytes come out.
    status, out, err = said(capsys, "store", "--out", "again", "--json", "-q")
    told = json.loads(out)
    assert status == 0 and told["ok"] and told["manifest"]["futures"] == 3 and "paragraph" in told
    again = json.loads((folder / "again" / "manifest.json").read_text(encoding="utf-8"))
    assert again["files"] == first["files"]

    # In Python, only one outcome; numbers are those of the store's own effects.
    found = edusim.discover("store", outcomes=["gap"], workers=1)
    rows = found.tables["effects"]
    row = rows[(rows["arm"] == "drawn") & (rows["policy"] == "fusion") & (rows["against"] == "status_quo")].iloc[0]
    effects = open_study("store").effects
    mine = effects[(effects["policy"] == "fusion") & (effects["arm"] == "drawn")]
    assert set(rows["outcome"]) == {"gap"} and row["mean"] == pytest.approx(mine["gap"].mean(), abs=1e-12)

    # A folder of something else is left alone.
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    status, _, err = said(capsys, "store", "--out", "mine")
    assert status == 1 and "RUN-EXISTS" in err and (folder / "mine" / "letter.txt").exists()


@pytest.mark.slow
def test_unfinished_runs_are_named_and_only_used_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    opened = open_study("study.yaml")
    from edusim.study import driver

    def carry_out(shard: tuple[int, int]) -> None:
        with engines.Here() as engine:
            driver.carry_on(opened.study, driver.store_of(opened.study), engine=engine, shard=shard)

    carry_out((0, 2))
    with pytest.raises(StudyError, match="STUDY-NO-FUTURE"):  # every future lacks something
        edusim.discover("store", partial=True, workers=1)
    for k in range(48):  # all but a run or two
        if opened.status().left > 2:
            carry_out((k, 48))
    left = opened.status().left
    assert 0 < left <= 2
    status, _, err = said(capsys, "store")
    assert status == 2 and "STUDY-UNFINISHED" in err and f"{left:,} of" in err and "--partial" in err
    with pytest.raises(StudyError, match="STUDY-UNFINISHED"):
        edusim.discover("store")
    found = edusim.discover("store", partial=True, workers=1)
    assert max(found.futures.incomplete(arm) for arm in found.futures.arms) > 0
    assert "futures lack a result and do not count" in found.paragraph("en") or "lack" in found.table("en")
    assert opened.status().left == left  # nothing was run
