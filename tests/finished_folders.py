"""Folders that look finished, of every kind that ``edusim report`` knows, made without a run."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from edusim import scenario
from edusim.study.study_file import Study, load
from edusim.validate.patterns import BY_KEY
from planted_runs import luck, plant

sys.path.insert(0, str(Path(__file__).parent / "report"))
import fake

POLICIES = ("status_quo", "fusion")


def run_folder(folder: Path, policies: tuple[str, ...] = POLICIES, draws: int = 4, designs: tuple[str, ...] = ("feasible",)) -> Path:
    """Write a run folder with made-up frames; one draw of one policy is that of ``edusim run``."""
    folder.mkdir(parents=True)
    years = range(2025, 2028)
    measures, schools, flows = fake.measures(policies, draws, years), fake.schools(8, policies, draws, years), fake.flows(policies, draws, range(2026, 2028))
    measures["unit_id"] = ""
    schools = schools.rename(columns={"pseudonym": "pseudonym_zh"})
    schools["pseudonym_en"] = [f"School {n}" for n in schools["school_id"]]
    for name, frame in (("measures", measures), ("schools", schools), ("flows", flows)):
        if len(policies) > 1:
            frame = pd.concat([frame.assign(design=design) for design in designs], ignore_index=True)
        frame.to_parquet(folder / f"{name}.parquet", index=False)
    county = scenario.load("small")
    manifest = {
        "schema_version": 1, "versions": {"edusim": "0.1.0", "numpy": "2"}, "scenario": {"zh": "小县", "en": "Small county"}, "hash": county.hash,
        "configuration": {"region": {"kind": "synthetic"}}, "overrides": {}, "seed": 0, "baseline": "status_quo", "policies": list(policies),
        "designs": list(designs) if len(policies) > 1 else ["feasible"], "draws": draws, "dates": "aligned",
        "acting": {policy: [] if policy == "status_quo" else [2026, 2027] for policy in policies}, "base_year": 2025, "last_year": 2027,
        "agents": {"n_schools": 8, "n_pupils": 6000, "n_teachers": 400, "n_groups": 2, "n_neighbourhoods": 9}, "rules_on": ["groups"], "imputed": {},
        "notes": [], "lines": {}, "sources": {policy: {} for policy in policies}, "digests": {f"feasible/{p}/0": "d" for p in policies}, "status": [],
        "resume": {"raw": county.raw, "folder": county.folder, "file": county.file},
    }  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
    return folder


def own_counties(folder: Path) -> Path:
    """Write a folder with two run folders, each of another policy."""
    runs = {}
    for policy in ("fusion", "co_build"):
        run_folder(folder / policy, ("status_quo", policy))
        runs[policy] = {"folder": policy, "scenario": {"zh": "小县", "en": "Small county"}, "hash": "h"}
    (folder / "manifest.json").write_text(json.dumps({"schema_version": 1, "kind": "own counties", "runs": runs}), encoding="utf-8")
    return folder


def study(store: Path, **changes: Any) -> Study:
    """Return a study of two policies and a baseline."""
    found: dict[str, Any] = {
        "schema_version": 1, "kind": "compare", "name": {"zh": "试比较", "en": "Trial comparison"}, "scenario": "small",
        "set": {"region.n_pupils": 800, "years": 2}, "policies": ["co_build", "fusion"], "baseline": "status_quo", "seeds": {"root": 7, "replicates": 4},
        "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"},
                     "cost": {"measure": "money.total", "at": "sum", "want": "min"}},
        "keep": ["learning.core_member_gap", "money.total"], "store": {"path": str(store)},
    }  # fmt: skip
    return load({key: value for key, value in {**found, **changes}.items() if value is not None})


def _planted(policy: str, changes: dict[str, Any], draw: int) -> list[float]:
    gap = {"status_quo": 0.4, "co_build": 0.3, "fusion": 0.4}[policy]
    dose = float(changes.get("rotation.share", 0.0)) + float(changes.get("finance.member_tilt", 0.0))
    return [gap - dose + 0.01 * luck(draw) + (0.02 * luck(draw + 99) if policy == "fusion" else 0.0), 2e6 if policy != "status_quo" else 1e6]


def store(folder: Path, most: int = 10**9, **changes: Any) -> Path:
    """Write the store of :func:`study` with planted outcomes, at most so many runs of it."""
    plant(study(folder, **changes), _planted, most)
    return folder


def sweep(folder: Path) -> Path:
    """Write the store of a grid of two levers."""
    grid = {"rotation.share": {"values": [0.0, 0.1]}, "finance.member_tilt": {"values": [0.5, 0.6]}}
    return store(folder, kind="sweep", levers=grid, design={"method": "grid"}, policies=["fusion"], seeds={"root": 7, "replicates": 3})


def calibration(folder: Path, kind: str = "fit") -> Path:
    """Write what a calibration leaves."""
    folder.mkdir(parents=True)
    common = {
        "kind": kind, "name_zh": "试校准", "name_en": "A trial", "source": "m" * 64, "policy": "status_quo", "n_pupils": 5000, "county": "drawn", "years": 1,
        "trials": 64, "draws": 2, "runs": 200, "failed": {}, "scopes": ["behaviour"], "without": ["rule2012.cv.books"], "dead": [],
        "labels": {p: {"zh": f"参数{i}", "en": f"parameter {i}"} for i, p in enumerate(("a.one", "a.two", "a.three"), 1)},
    }  # fmt: skip
    verdicts = (("a.one", "yes"), ("a.two", "partly"), ("a.three", "no"))
    if kind == "fit":
        parameters = [
            {"path": path, "unit": "", "low": 0.0, "high": 1.0, "default": 0.5, "best": 0.4, "near_low": 0.3, "near_high": 0.6, "width": 0.3,
             "verdict": verdict, "value": 0.4, "correlation": {}} for path, verdict in verdicts
        ]  # fmt: skip
        row = {"target": "t", "measure": "m", "stage": "primary", "year": 0, "county": "", "counties": 1, "value": 1.0, "model": 1.1, "low": 0.8, "high": 1.4,
               "error": 0.5, "inside": True, "se": 0.1, "family": "rule2012.mean"}  # fmt: skip
        cover = {"kind": "rule2012.cv", "measure_fitted": True, "new_county": False, "n": 4, "inside": 3, "alone": 2, "width": 0.2, "error": 0.1}
        more: dict[str, Any] = {
            "tables": [{"file": "table.csv", "sha256": "a" * 64}], "parameters": parameters, "targets": [row], "held": [], "coverage": [cover],
            "held_inside": 3, "held_n": 4, "distance": {"J": 1.0, "df": 2.0, "p": 0.6, "stretch": 1.0, "file": 3.0}, "spreads": {}, "surrogate": [],
        }  # fmt: skip
    else:
        told = [{"target": "staffing.leaver_share@2026", "signal": 3.0}]
        parameters = [
            {"path": path, "low": 0.0, "high": 1.0, "unit": "", "error": 0.1, "error_of_the_middle": 0.3, "width": 0.2, "held": 2, "verdict": verdict,
             "too_narrow": verdict == "partly", "told_by": told, "default": 0.5} for path, verdict in verdicts
        ]  # fmt: skip
        truth = {"planted": [0.2, 0.5, 0.8], "best": [0.25, 0.5, 0.5], "low": [0.1, 0.2, 0.1], "high": [0.4, 0.8, 0.9], "p": 0.5}
        more = {"targets": ["staffing.leaver_share@2026"], "parameters": parameters, "truths": [truth, truth], "given_by_the_model": 2, "surrogate": []}
    name = "fit.json" if kind == "fit" else "recovery.json"
    (folder / name).write_text(json.dumps({**common, **more}, ensure_ascii=False), encoding="utf-8")
    return folder


def validation(folder: Path) -> Path:
    """Write what ``edusim validate --out`` leaves."""
    folder.mkdir(parents=True)
    key = next(iter(BY_KEY))
    pattern = BY_KEY[key]
    rows = []
    for part, verdict in zip(pattern.parts, ("in", "edge", "miss", *["in"] * 20), strict=False):
        rows.append({
            "pattern": key, "part": part.key, "kind": "part", "pattern_zh": pattern.zh, "pattern_en": pattern.en, "zh": part.zh, "en": part.en,
            "unit": part.unit, "band": part.band.text if part.band else "", "band_low": 0.0, "band_high": 1.0, "value": 0.5, "low": 0.4, "high": 0.6, "n": 4,
            "verdict": verdict, "source": pattern.source, "tried_zh": "", "tried_en": "", "digits": 2,
        })  # fmt: skip
    control = {"pattern": "C1", "kind": "control", "pattern_zh": "什么也不变", "pattern_en": "nothing changes", "zh": "相等", "en": "equal", "band": "0",
               "part": "c", "unit": "", "value": 0.0, "low": 0.0, "high": 0.0, "n": 4, "verdict": "in", "digits": 0}  # fmt: skip
    pd.DataFrame([*rows, control]).to_csv(folder / "patterns.csv", index=False, encoding="utf-8-sig")
    page = "# 模式检验\n\n一句话。  \n另一句。\n\n![模式检验](patterns_zh.png)\n\n| | 内容 |\n|---|---|\n| **P1** | 事实 |\n\n"
    page += "# Pattern checks\n\nA sentence.  \nAnother.\n\n![Pattern checks](patterns.png)\n\n| | what |\n|---|---|\n| **P1** | a fact |\n"
    (folder / "page.md").write_text(page, encoding="utf-8")
    manifest = {"kind": "validation", "version": "0.1.0", "hash": "h", "seed": 0, "draws": 4, "counties": 20, "fresh": False, "patterns": [key]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def analysis(folder: Path, kind: str = "discover", languages: tuple[str, ...] = ("zh", "en")) -> Path:
    """Write the folder of an analysis whose store has gone: texts and one picture."""
    from matplotlib.figure import Figure

    (folder / "figures").mkdir(parents=True)
    name = "page" if kind == "sensitivity" else "paragraph"
    for lang in languages:
        text = "# 什么情况\n\n一段话，**要紧**。\n\n## 差距\n\n- 一\n- 二\n"
        if lang == "en":
            text = "# What must hold\n\nA text, **strong**.\n\n## Gap\n\n- one\n- two\n"
        (folder / f"{name}.{lang}.md").write_text(text, encoding="utf-8")
        Figure(figsize=(2, 1)).savefig(folder / "figures" / f"overview.{lang}.png")
    source = {"store": "gone", "model": "m", "study": "s"}
    (folder / "manifest.json").write_text(json.dumps({"kind": kind, "source": source, "versions": {"numpy": "2"}}), encoding="utf-8")
    return folder
