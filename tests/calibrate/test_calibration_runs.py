"""Calibrations of a small county: what can be learned is, what cannot is not; killed and resumed; files that scenarios take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim import declarations, scenario
from edusim.build import build_case
from edusim.calibrate import OpenCalibration, calibration_file, kept, result_file, trials
from edusim.calibrate.county import statistics
from edusim.errors import StudyError

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments" / "calibration"
ROOT = EXPERIMENTS.parents[1]


def opened(folder: Path, name: str, values: tuple[str, str] = ("", ""), **changes: Any) -> OpenCalibration:
    rows = f"measure,stage,year,value\nstaffing.leaver_share,,2026,{values[0]}\nstaffing.leaver_share,,2027,{values[1]}\n"
    (folder / "t.csv").write_text(rows, encoding="utf-8")
    content: dict[str, Any] = {
        "schema_version": 1, "kind": "calibrate", "name": {"zh": "试", "en": "trial"}, "scenario": "small",
        "set": {"region.n_pupils": 800, "years": 2}, "fit": {"workforce.resign": {}, "leadership.diffusion": {}},
        "tables": [str(folder / "t.csv")], "seeds": {"root": 5, "draws": 2}, "trials": {"start": 16, "guided": 8, "batch": 4},
        "recover": {"truths": 4}, "store": {"path": str(folder / name)},
    }  # fmt: skip
    return edusim.calibrate({**content, **changes})


@pytest.mark.slow
def test_recovery_tells_what_can_be_learned_from_what_cannot(tmp_path: Path) -> None:
    county = opened(
        tmp_path, "recovery", set={"region.n_pupils": 20000, "years": 2}, trials={"start": 32}, recover={"truths": 8}, seeds={"root": 5, "draws": 2}
    )
    found = county.recover(workers=1)
    resign, diffusion = found["parameters"]
    assert resign["verdict"] == "yes" and resign["error"] < 0.15 and resign["told_by"][0]["target"].startswith("staffing.leaver_share")
    assert diffusion["verdict"] == "no" and diffusion["width"] > 0.9 and diffusion["told_by"][0]["signal"] < 1
    assert resign["held"] >= 6 and diffusion["held"] >= 7
    assert sorted(p.name for p in (county.path / "figures").iterdir()) == [f"recovery.{x}" for x in ("en.png", "en.svg", "zh.png", "zh.svg")]


@pytest.mark.slow
def test_a_killed_calibration_goes_on_to_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenCalibration, "draw", lambda self, found: [])  # figures have their own test
    values = ("0.020", "0.018")
    whole = opened(tmp_path, "whole", values)
    expected = whole.fit(workers=1, date="2026-01-01")
    broken = opened(tmp_path, "broken", values)
    for stop in (7, 19, 22):  # in the spread trials, then twice inside batches of guided ones

        def ends(done: int, total: int, text: str, stop: int = stop) -> None:
            if done == stop:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            broken.fit(workers=1, progress=ends)
        with open(broken.path / trials.JOURNAL, "ab") as journal:
            journal.write(b'{"op_code": 4, "wor')  # a line that a kill tore
        (broken.path / f"{trials.JOURNAL}.lock").touch()
    seen: list[int] = []
    found = broken.fit(workers=2, progress=lambda done, total, text: seen.append(done), date="2026-01-01")
    assert found == expected  # and with another number of workers
    assert seen == [16, 20, 22, 23, 24]  # what was stored is not run again
    for file in ("fit.json", "behaviour.yaml"):
        assert (broken.path / file).read_bytes() == (whole.path / file).read_bytes()
    # Another calibration is refused, and --fresh moves the store aside.
    other = opened(tmp_path, "whole", values, seeds={"root": 6, "draws": 2})
    with pytest.raises(StudyError, match="CAL-OTHER"):
        other.fit(workers=1)
    with trials.Trials(other.calibration, fresh=True):
        assert (tmp_path / "whole.old-1" / "fit.json").is_file()
        with pytest.raises(StudyError, match="CAL-BUSY"):
            trials.Trials(other.calibration)


@pytest.mark.slow
def test_flows_of_the_base_year_and_empty_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="CAL-EMPTY"):
        opened(tmp_path, "empty").fit(workers=1)
    county = opened(tmp_path, "base")
    (tmp_path / "t.csv").write_text("measure,stage,year,value\nstaffing.leaver_share,,base,0.01\n", encoding="utf-8")
    county = edusim.calibrate({**county.calibration.raw, "tables": [str(tmp_path / "t.csv")]})
    with pytest.raises(StudyError, match="CAL-NO-NUMBER") as caught:
        county.fit(workers=1)
    assert caught.value.where.endswith("t.csv:2")


def told(**verdicts: tuple[str, float, float, float]) -> dict[str, Any]:
    return {
        "name_zh": "试", "name_en": "it's a trial", "trials": 9, "source": "abcdef0123456789",
        "tables": [{"file": "t.csv", "sha256": "f" * 64}],
        "parameters": [
            {"path": path.replace("__", "."), "verdict": v, "value": value, "near_low": low, "near_high": high, "default": 0.01}
            for path, (v, value, low, high) in verdicts.items()
        ],
    }  # fmt: skip


def test_a_behaviour_file_changes_what_was_identified_and_nothing_else(tmp_path: Path) -> None:
    calibration = opened(tmp_path, "x").calibration
    found = told(workforce__resign=("yes", 0.021, 0.018, 0.0244), leadership__diffusion=("no", 0.15, 0.0, 0.4))
    path = result_file.write(calibration, found, "behaviour", tmp_path / "mine.yaml", "2026-03-01")
    fitted = scenario.load("small").with_({"behaviour": str(path), "years": 1})
    resign, diffusion = fitted.known["workforce.resign"], fitted.known["leadership.diffusion"]
    assert (resign.default, resign.low, resign.high, resign.status) == (0.021, 0.018, 0.0244, "evidence")
    assert "t.csv (sha256 ffffffffffff) on 2026-03-01 with edusim calibrate" in resign.reference.source
    before = scenario.load("small").known
    assert (diffusion.low, diffusion.high, diffusion.status) == (before["leadership.diffusion"].low, before["leadership.diffusion"].high, "assumption")
    assert "not identified" in diffusion.reference.note_en and "不能识别" in diffusion.reference.note_zh
    assert diffusion.reference.note_en.startswith(before["leadership.diffusion"].reference.note_en)
    same = {name: d for name, d in fitted.known.items() if name not in ("workforce.resign", "leadership.diffusion")}
    assert same == {name: before[name] for name in same}
    assert fitted.parameters("fusion").values("workforce.resign", 2026)[0] == (0.021,)


def test_a_region_file_is_whole_and_a_county_can_be_drawn_from_it(tmp_path: Path) -> None:
    rows = "measure,stage,year,value\nrule2012.cv.equipment,primary,base,0.4\n"
    county = opened(tmp_path, "x", fit={"region.facilities.equipment_cv.primary": {}})
    (tmp_path / "t.csv").write_text(rows, encoding="utf-8")
    calibration = calibration_file.load({**county.calibration.raw, "tables": [str(tmp_path / "t.csv")]})
    found = told(region__facilities__equipment_cv__primary=("yes", 0.7, 0.6, 0.8))
    path = result_file.write(calibration, found, "region", tmp_path / "county.yaml", "2026-03-01")
    base = scenario.load("small")
    fitted = base.with_({"region.file": str(path), "region.n_pupils": 800})
    changed = {k: v for k, v in fitted.region_spec.values.items() if v != base.region_spec.values[k]}
    assert changed == {"region.facilities.equipment_cv.primary": 0.7} and fitted.region_spec.values.keys() == base.region_spec.values.keys()
    assert "not behaviour" in path.read_text(encoding="utf-8")
    cvs = [statistics(build_case(s, seed=1, draw=0))["rule2012.cv.equipment", "primary"] for s in (base.with_({"region.n_pupils": 800}), fitted)]
    assert cvs[1] > cvs[0] + 0.1


@pytest.mark.parametrize("name", ["recovery", "measured", "hefei"])
def test_pages_say_what_is_kept(name: str) -> None:
    now = json.loads((EXPERIMENTS / f"expected.{name}.json").read_text(encoding="utf-8"))
    for lang in ("zh", "en"):
        assert kept.put(EXPERIMENTS / "README.md", f"{name}-{lang}", kept.text(now, lang), write=False)
    assert kept.differences(now, now) == []
    changed = json.loads(json.dumps(now))
    next(p for p in changed["parameters"] if p["verdict"] == "yes")["verdict"] = "no"
    assert len(kept.differences(changed, now)) == 1
    assert kept.differences(now | {"runs": now["runs"] + 1}, now) == [f"runs: {now['runs']} expected, {now['runs'] + 1} now"]
    if "J" in now:
        assert kept.differences(now | {"J": 1.05 * now["J"]}, now) == []
        assert len(kept.differences(now | {"J": 1.2 * now["J"]}, now)) == 1


@pytest.mark.slow
def test_the_small_experiment_gives_what_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ast

    from edusim.report.calibration_figures import draw_fit, draw_identified

    monkeypatch.setattr(OpenCalibration, "draw", lambda self, found: [])  # two of the figures are drawn below

    script = ast.parse((EXPERIMENTS / "run.py").read_text(encoding="utf-8"))
    small = next(ast.literal_eval(n.value) for n in script.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "SMALL")
    county = edusim.calibrate(EXPERIMENTS / "hefei.yaml", {**small, "store.path": str(tmp_path / "hefei")})
    found = county.fit(workers=1)
    assert kept.check(found, EXPERIMENTS / "expected.hefei.small.json") == []
    assert found["scopes"] == ["region"] and found["held_n"] == 130
    assert "这里拟合的是生成参数，不是行为" in draw_fit(found, "zh").takeaway
    assert draw_identified(found, "en").title == "How much the tables tell of each parameter"
    again = scenario.load("small").with_({"region.file": str(county.path / "region.yaml"), "years": 1})
    levels = edusim.run(again, policy="fusion").measures.query("measure == 'official.ratio.sports' and stage == 'primary'")["value"]
    assert levels.iloc[0] == pytest.approx(4.37, rel=0.15)  # the shipped county has 9; few schools meet their level roughly
    fitted = declarations.declared(county.path / "region.yaml", "region").parameters["region.facilities.sports.primary"]
    assert fitted.status == "evidence" and 2 < fitted.low < 4.37 < fitted.high < 7  # the two districts' mean
