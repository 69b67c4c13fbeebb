"""Whole reports of real runs: every format twice with the same bytes, pseudonyms alone, the money that ends, studies beside them."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim import cli
from edusim.errors import EdusimError
from optimise_cases import as_dict

pytestmark = pytest.mark.slow

#: Real names of schools must not get out; these are nobody's.
NAMES = ("王家坳实验小学", "李家湾中心学校", "Zhangzhuang No 1 School")
CODE = "ZQXJ0917"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small comparison, written without figures."""
    folder = tmp_path_factory.mktemp("county") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edusim.report.figures.draw_all", lambda *_, **__: [])
        small = edusim.load("small").with_({"region.n_pupils": 3000, "years": 4})
        edusim.compare(small, policies=["fusion", "co_build"], draws=3).save(folder)
    return folder


def words_in(file: Path) -> str:
    """Return all text of a file, archives unpacked."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    return file.read_bytes().decode("utf-8", "replace")


def test_every_format_and_chart_with_the_same_bytes_twice(county: Path, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    found = []
    for name in ("a", "b"):
        written = edusim.write_report(county, ("docx", "html", "xlsx", "pdf"), "zh", tmp_path / name, charts=("svg",))
        assert len(written.files) == 4 + 12 and len(written.headlines) == 4
        found.append({p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in (tmp_path / name).rglob("*") if p.is_file()})
    assert found[0].keys() == found[1].keys()
    assert [name for name in found[0] if found[0][name] != found[1][name]] == []
    page = (tmp_path / "a" / "report.zh.html").read_text(encoding="utf-8")
    assert str(tmp_path) not in page and str(county) not in page


def test_the_money_ends_and_is_kept_for_the_next_report(county: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim import runs

    year = 2027
    edusim.write_report(county, ("html",), "en", tmp_path / "a", charts=(), ends=year)
    kept = county / "report" / f"ends-{year}"
    assert (kept / "manifest.json").is_file()

    def never(*_: object, **__: object) -> None:
        raise AssertionError("run again")

    monkeypatch.setattr(runs, "compare", never)
    edusim.write_report(county, ("html",), "zh", tmp_path / "b", charts=(), ends=year)
    with pytest.raises(AssertionError, match="run again"):
        edusim.write_report(county, ("html",), "zh", tmp_path / "c", charts=(), ends=year - 1)
    assert str(year) in (tmp_path / "b" / "report.zh.html").read_text(encoding="utf-8")


def test_a_run_that_cannot_be_made_again_is_refused(county: Path, tmp_path: Path) -> None:
    import shutil

    import pandas as pd

    other = tmp_path / "run"
    shutil.copytree(county, other)
    frame = pd.read_parquet(other / "measures.parquet")
    frame.loc[frame["year"] == frame["year"].min(), "value"] += 1.0
    frame.to_parquet(other / "measures.parquet", index=False)
    with pytest.raises(EdusimError) as caught:
        edusim.write_report(other, ("html",), "en", charts=(), ends=2027)
    assert caught.value.code == "RUN-CHANGED"


def test_a_result_at_hand_becomes_a_document(tmp_path: Path) -> None:
    small = edusim.load("small").with_({"region.n_pupils": 1500, "years": 2})
    found = edusim.compare(small, policies=["fusion"], draws=2)
    for ending in ("docx", "xlsx", "html"):
        assert found.report(tmp_path / f"r.{ending}", "zh").stat().st_size > 5_000
    written = edusim.write_report(found, ("html",), "en", tmp_path / "out", charts=())
    assert (tmp_path / "out" / "report.en.html").read_text(encoding="utf-8") and written.kind == "compare"
    one = edusim.run(small, policy="fusion")
    page = one.report(tmp_path / "one.html", "en").read_text(encoding="utf-8")
    assert "one draw" in page.lower() or "a single" in page.lower() or "one run" in page.lower()
    with pytest.raises(EdusimError) as caught:
        edusim.write_report(found, ("html",))
    assert caught.value.code == "REPORT-OUT"


def test_real_names_of_a_roster_get_nowhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Schools of a roster are known by pseudonyms: a name in the file, or beside it, is in no file of a report."""
    (folder := tmp_path / "roster").mkdir()
    head = "id,name,stage,zone,private,group,group_role,pupils,teachers,teachers_backbone"
    rows = []
    for n in range(12):
        core, stage = n < 2, "primary" if n % 2 else "junior"
        zone, group = "urban" if core else "rural", f"王家坳{n % 2}"
        rows.append(f"{CODE}{n},{NAMES[n % 3]}{n},{stage},{zone},no,{group},{'core' if core else 'member'},{600 if core else 180},{40 if core else 14},3")
    (folder / "schools.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    words = ["compare", "small", "--roster", str(folder), "--policies", "fusion", "--draws", "2", "--years", "2", "-j", "1", "-q"]
    status = cli.main([*words, "--out", str(tmp_path / "run")])
    told = capsys.readouterr()
    assert status == 0, told.err
    edusim.write_report(tmp_path / "run", ("docx", "html", "xlsx"), "zh", charts=("svg",))
    files = [p for p in (tmp_path / "run" / "report").rglob("*") if p.is_file()]
    assert len(files) > 10
    for file in files:
        words = words_in(file)
        assert not [name for name in (*NAMES, CODE, "王家坳") if name in words], file


SENSITIVITY = {
    "schema_version": 1, "kind": "sensitivity", "name": {"zh": "试", "en": "trial"}, "scenario": "small", "set": {"region.n_pupils": 500, "years": 2},
    "policies": ["fusion"], "baseline": "status_quo", "levers": {"rotation.share": {"range": [0, 0.16]}},
    "uncertainties": {"leadership.diffusion": {"range": [0.05, 0.3]}}, "seeds": {"root": 3, "as": "factor"},
    "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}}, "design": {"method": "sobol", "n": 8},
}  # fmt: skip
FUTURES = {
    **SENSITIVITY, "kind": "discover", "policies": ["fusion", "co_build"], "levers": None, "seeds": {"root": 3, "replicates": 2},
    "ratios": {"leadership": {"parameter": "leadership.diffusion", "range": [0.5, 2]}}, "design": {"futures": {"method": "lhs", "n": 3}},
}  # fmt: skip


def _stored(content: dict[str, Any], store: Path) -> dict[str, Any]:
    return {key: value for key, value in {**content, "store": {"path": str(store)}}.items() if value is not None}


def test_an_analysis_is_told_from_its_store_and_from_its_folder(tmp_path: Path, county: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from edusim.study import engines
    from edusim.study.sensitivity import growing

    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    growing.of_study(_stored(SENSITIVITY, tmp_path / "sens")).save(formats=())
    edusim.discover(_stored(FUTURES, tmp_path / "futures")).save()
    edusim.optimise(as_dict(tmp_path / "plans")).save()
    for store, kind in (("sens", "sensitivity"), ("futures", "discover"), ("plans", "optimise")):
        pages = []
        for folder in (tmp_path / store, tmp_path / store / kind):
            written = edusim.write_report(folder, ("html",), "en", tmp_path / "out" / folder.name / store, charts=())
            assert written.kind == kind and written.headlines[0][0] == "What to do"
            pages.append((tmp_path / "out" / folder.name / store / "report.en.html").read_bytes())
        assert pages[0] == pages[1]
    beside = (tmp_path / "sens", tmp_path / "futures" / "discover")
    written = edusim.write_report(county, ("html",), "zh", tmp_path / "with", charts=(), attach=beside)
    assert len(written.notes) == 2 and all("另一份情景" in note for note in written.notes)
    page = (tmp_path / "with" / "report.zh.html").read_text(encoding="utf-8")
    assert "管理" in page and "种未来里比较" in page
