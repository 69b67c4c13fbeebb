"""``edusim report`` and ``edusim.write_report``: what is written for every kind of folder, in both languages; every refusal."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import edusim
import finished_folders as made
import planted_sensitivity
from edusim import cli, reporting
from edusim.errors import EdusimError, RunError
from edusim.report.county import compose
from edusim.report.document import formats
from edusim.report.document.blocks import Callout, Document, Paragraph, Picture, Table
from edusim.reporting import county, depends, discovered, ending, opening, source
from edusim.reporting.kinds import recognise
from planted_futures import planted


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Let a county's report be one box, and no figures: what is tested here is the verb."""
    asked: list[dict[str, Any]] = []

    def composed(facts: Any, **more: Any) -> Document:
        asked.append({"facts": facts, **more})
        words = "缩小 **0.1**" if facts.lang == "zh" else "narrower by **0.1**"
        return Document("T", "S", facts.lang, (Callout("要做" if facts.lang == "zh" else "Do", (words,), "do"), Paragraph("p")))

    monkeypatch.setattr(compose, "compose", composed)
    monkeypatch.setattr("edusim.report.figures.FIGURES", ())
    return asked


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = cli.main(["report", *words])
    out, err = capsys.readouterr()
    return status, out, err


# -- the verb ---------------------------------------------------------------------------------------------------------


def test_the_usual_files_and_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str], short: list[Any]) -> None:
    folder = made.run_folder(tmp_path / "run")
    status, out, err = said(capsys, str(folder), "--lang", "zh")
    assert status == 0, err
    names = sorted(p.relative_to(folder).as_posix() for p in (folder / "report").rglob("*") if p.is_file())
    assert names == ["report/report.zh.docx", "report/report.zh.html", "report/report.zh.xlsx"]
    assert out.startswith("要做\n  缩小 0.1\n") and "已写出" in out and str(folder / "report" / "report.zh.docx") in out
    assert "report.zh.docx" in err  # progress
    status, out, err = said(capsys, str(folder), "--lang", "en", "--to", "html", "-q")
    assert (status, err) == (0, "") and "narrower by 0.1" in out and (folder / "report" / "report.en.html").is_file()
    assert [one["facts"].lang for one in short] == ["zh", "en"]


@pytest.mark.usefixtures("short")
def test_json_and_a_dry_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made.run_folder(tmp_path / "run")
    status, out, _ = said(capsys, str(folder), "--json", "-n", "--to", "xlsx", "--charts", "svg")
    told = json.loads(out)
    assert status == 0 and told["ok"] and told["dry_run"] and told["kind"] == "compare"
    assert told["files"] == [str(folder / "report" / "report.en.xlsx"), str(folder / "report" / "charts.en")]
    assert not (folder / "report").exists()
    status, out, _ = said(capsys, str(folder), "-n")
    assert status == 0 and "nothing" not in out and "plan only" in out and not (folder / "report").exists()
    status, out, _ = said(capsys, str(folder), "--json", "--to", "html", "--charts", "none", "--out", str(tmp_path / "elsewhere"))
    told = json.loads(out)
    assert told["files"] == [str(tmp_path / "elsewhere" / "report.en.html")] and told["headlines"] == [{"title": "Do", "sentences": ["narrower by **0.1**"]}]


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ((), "CLI-OPTION", "name the folder"), (("",), "CLI-OPTION", "name the folder"), (("gone",), "CFG-NO-FILE", "no such folder"),
        (("run", "--to", "dox"), "REPORT-FORMAT", "did you mean docx"), (("run", "--to", ""), "CLI-VALUE", "empty"),
        (("run", "--charts", "pgn"), "REPORT-FORMAT", "did you mean png"), (("run", "--to", "none", "--charts", "none"), "CLI-VALUE", "nothing to write"),
        (("run", "--design", "feasable"), "REPORT-DESIGN", "did you mean feasible"), (("run", "--design", "identical"), "REPORT-DESIGN", "no design identical"),
        (("run", "--ends", "2099"), "REPORT-YEAR", "2026 to 2026"), (("run", "--ends", "next"), "CLI-VALUE", "whole number"),
        (("run", "--out", " "), "CLI-VALUE", "--out"), (("run", "--with", "run"), "REPORT-ATTACH", "discover or sensitivity"),
        (("run", "--with", "gone", "-n"), "CFG-NO-FILE", "no such folder"), (("run", "--with", "fit", "-n"), "REPORT-ATTACH", "discover or sensitivity"),
        (("run", "--lnag", "zh"), "CLI-OPTION", "did you mean --lang"), (("fit", "--ends", "2026"), "REPORT-OPTION", "--ends"),
        (("fit", "--with", "fit"), "REPORT-OPTION", "--with"), (("fit", "--design", "feasible"), "REPORT-OPTION", "--design"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("short")
def test_refusals_are_one_line(
    words: tuple[str, ...], code: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made.run_folder(tmp_path / "run")
    made.calibration(tmp_path / "fit")
    status, out, err = said(capsys, *words)
    assert status in (1, 2) and out == ""
    assert len(err.strip().splitlines()) == 1 and code in err and text in err
    assert not list(tmp_path.rglob("report"))


@pytest.mark.usefixtures("short")
def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made.run_folder(tmp_path / "run")
    (folder / "report").mkdir()
    (folder / "report" / "report.en.xlsx").write_text("mine", encoding="utf-8")
    status, _, err = said(capsys, str(folder), "-q")
    assert status == 1 and "REPORT-EXISTS" in err and "report.en.xlsx" in err
    assert [p.name for p in (folder / "report").iterdir()] == ["report.en.xlsx"]  # nothing else was written
    assert said(capsys, str(folder), "-q", "--force")[0] == 0
    assert (folder / "report" / "report.en.xlsx").read_bytes()[:2] == b"PK"
    assert said(capsys, str(folder), "-q", "--lang", "zh")[0] == 0  # another language has other names
    (folder / "report" / "charts.en").rename(folder / "aside")
    (folder / "report" / "charts.en").write_text("a file", encoding="utf-8")
    assert "REPORT-EXISTS" in said(capsys, str(folder), "-q", "--force")[2]


@pytest.mark.usefixtures("short")
def test_a_folder_that_cannot_be_written_is_refused_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made.run_folder(tmp_path / "run")
    (tmp_path / "file").write_text("", encoding="utf-8")
    status, _, err = said(capsys, str(folder), "--out", str(tmp_path / "file" / "report"))
    assert status == 1 and "REPORT-FILE" in err and "BUG" not in err
    err = said(capsys, str(folder), "--out", str(tmp_path / "file" / "report"), "--lang", "zh")[2]
    assert "路径中有一段是文件" in err and "Not a directory" not in err


@pytest.mark.usefixtures("short")
def test_pdf_without_typst_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    folder = made.run_folder(tmp_path / "run")
    status, _, err = said(capsys, str(folder), "--to", "html,pdf")
    assert status == 1 and "REPORT-NO-TYPST" in err and not (folder / "report").exists()


@pytest.mark.parametrize("name", ["measures.parquet", "schools.parquet"])
@pytest.mark.parametrize("how", ["gone", "cut", "columns", "empty"])
def test_damaged_frames_are_told(name: str, how: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import pandas as pd

    folder = made.run_folder(tmp_path / "run")
    file = folder / name
    if how == "gone":
        file.unlink()
    elif how == "cut":
        file.write_bytes(file.read_bytes()[:100])
    else:
        frame = pd.read_parquet(file)
        (frame.drop(columns="policy") if how == "columns" else frame.iloc[:0]).to_parquet(file)
    status, _, err = said(capsys, str(folder), "-q", "--to", "html", "--charts", "none")
    assert status == 1 and "RUN-DAMAGED" in err and "Traceback" not in err


def test_manifests_that_lack_something_are_told(tmp_path: Path) -> None:
    folder = made.run_folder(tmp_path / "run")
    whole = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for key in [k for k in whole if k in county._TOLD and k != "policies"]:
        (folder / "manifest.json").write_text(json.dumps({k: v for k, v in whole.items() if k != key}), encoding="utf-8")
        with pytest.raises(EdusimError) as caught:
            county.of_folder(folder)
        assert caught.value.code == "RUN-DAMAGED" and key in caught.value.message("en")


# -- every kind ---------------------------------------------------------------------------------------------------------


def texts_of(document: Document) -> Iterator[str]:
    yield document.title
    yield from document.facts
    for block in document.blocks:
        yield from (getattr(block, name) for name in ("text", "title", "caption", "note", "alt") if hasattr(block, name))
        yield from getattr(block, "items", ())
        if isinstance(block, Table):
            yield from (column.head for column in block.columns)


def look_over(one: source.Source, kinds: tuple[str, ...] = ("do", "dont", "unknown", "collect")) -> None:
    """Both languages have the same build, four boxes first, no braces left, and no Chinese in English."""
    by_lang = {lang: one.document(lang) for lang in one.languages}
    for lang, document in by_lang.items():
        boxes = [block.kind for block in document.blocks if isinstance(block, Callout)]
        assert tuple(boxes[:4]) == kinds
        for words in texts_of(document):
            assert "{" not in words and "reporting." not in words
            own = words.replace(" / 情景推演，不是预测", "")
            assert lang == "zh" or not any("\u4e00" <= c <= "\u9fff" for c in own), words
        assert document.status and len(source.headlines(document)) == len(kinds)
    if len(by_lang) == 2:
        zh, en = ([type(block).__name__ for block in by_lang[lang].blocks] for lang in ("zh", "en"))
        assert zh == en


@pytest.mark.slow
@pytest.mark.parametrize("make", [made.store, made.sweep, made.calibration, made.validation], ids=["compare", "sweep", "fit", "validation"])
def test_a_study_has_four_boxes_in_both_languages(make: Callable[[Path], Path], tmp_path: Path) -> None:
    look_over(opening.open_finished(recognise(make(tmp_path / "folder")), opening.How()))


def test_the_recovery_of_a_calibration(tmp_path: Path) -> None:
    folder = made.calibration(tmp_path / "c")
    made.calibration(tmp_path / "r", "recovery")
    (tmp_path / "r" / "recovery.json").rename(folder / "recovery.json")
    opened = opening.open_finished(recognise(folder), opening.How())
    document = opened.document("en")
    assert [table.key for table in document.tables] == ["parameters_fit", "held_out", "parameters_recovery"]
    assert list(opened.charts("en")) == ["fit", "identified", "recovery"]
    assert "1 of 3 parameters" in " ".join(texts_of(document))


def test_a_comparison_says_no_more_than_its_intervals(tmp_path: Path) -> None:
    opened = opening.open_finished(recognise(made.store(tmp_path / "store")), opening.How())
    document = opened.document("en")
    boxes = {block.kind: " ".join(block.items) for block in document.blocks if isinstance(block, Callout)}
    assert "Co-built" in boxes["do"] and "Fused" not in boxes["do"].partition("Lower")[0]
    assert "Fused" in boxes["unknown"] and "Co-built" not in boxes["unknown"]
    gap = next(table for table in document.tables if table.key == "effects_gap")
    verdicts = [row[-1].value for row in gap.rows]  # type: ignore[union-attr]
    assert verdicts == ["better", "open"]
    assert list(opened.charts("en")) == ["trajectory-gap", "trajectory-cost"]


def test_a_sweep_has_maps_and_a_row_a_setting(tmp_path: Path) -> None:
    opened = opening.open_finished(recognise(made.sweep(tmp_path / "store")), opening.How())
    document = opened.document("zh")
    gap = next(table for table in document.tables if table.key == "effects_gap")
    assert len(gap.rows) == 4 and [column.key for column in gap.columns][1:3] == ["lever_0", "lever_1"]
    assert list(opened.charts("zh")) == ["map-gap", "map-cost"]
    assert "各档见正文" in opened.told("zh").unknown[-1]


def test_an_interrupted_report_does_not_say_that_nothing_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reporting, "write_report", interrupted)
    status, out, err = said(capsys, str(tmp_path), "--lang", "zh")
    assert (status, out) == (130, "") and "写出的文件都是完整的" in err and err.count("INTERRUPTED") == 1


def test_kinds_may_be_one_word_and_a_document_of_another_kind_is_refused() -> None:
    from edusim.report.document import formats

    assert formats.chosen("docx") == ("docx",) and formats.chosen("pdf, docx") == ("docx", "pdf")
    assert formats.is_document(Path("a.docx")) and not formats.is_document(Path("a.b"))
    with pytest.raises(EdusimError, match="docx") as told:
        formats.is_document(Path("a.doc"))
    assert told.value.code == "REPORT-FORMAT"


def test_settings_too_many_to_list_are_said_to_be_averaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edusim.reporting.stored.MOST_SETTINGS", 3)
    opened = opening.open_finished(recognise(made.sweep(tmp_path / "store")), opening.How())
    gap = next(table for table in opened.document("en").tables if table.key == "effects_gap")
    assert len(gap.rows) == 1
    assert "the 4 settings are too many to list" in opened.told("en").unknown[-1]


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [(-0.049, -0.002, ("−0.049", "−0.002")), (-0.049, 0.002, ("−0.05", "0.00")), (0.0301, 0.0304, ("+0.0301", "+0.0304"))],
)
def test_an_end_that_is_not_zero_does_not_read_as_zero(low: float, high: float, shown: tuple[str, str]) -> None:
    from edusim.report.map_figures import Scale
    from edusim.report.style import Words
    from edusim.report.summaries import Interval
    from edusim.reporting.stored import _with_interval

    assert (scale := Scale(1.0, "SD", 2)).digits_of(0.0, 0.0) == scale.digits_of(-0.05, 0.05) == 2
    said = _with_interval(Words("en", {}), Interval((low + high) / 2, low, high, 4), "SD")
    assert f"{shown[0]} to {shown[1]}" in said


@pytest.mark.slow
def test_many_futures_and_sensitivity_in_both_languages() -> None:
    from edusim.discover.analysis import analyse

    found = discovered.Discovered(analyse(planted(48), ["gap", "coin"], source={"model": "m", "store": "s", "study": "i"}))
    look_over(found)
    unknown = next(block for block in found.document("en").blocks if isinstance(block, Callout) and block.kind == "unknown")
    assert any("no study has measured" in one or "forecast" in one for one in unknown.items)
    assert set(found.charts("en")) == {"overview", "wins-gap", "wins-coin"}
    manifest = {"policies": ["fusion"], "methods": {"sobol": {"runs": 10240}}, "inputs": ["a"], "source": {"store": "s"}, "versions": {"numpy": "2"}}
    tells = depends.Depends(planted_sensitivity.plain(), planted_sensitivity.INFO, manifest)
    look_over(tells)
    assert depends.that_matter(tells, "en")


def test_what_is_kept_of_an_analysis_whose_store_has_gone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made.analysis(tmp_path / "discover", languages=("zh",))
    status, _, err = said(capsys, str(folder), "--to", "html", "--charts", "none")
    assert status == 1 and "REPORT-LANGUAGE" in err and "--lang zh" in err
    status, _, _ = said(capsys, str(folder), "--to", "html", "--lang", "zh", "-q")
    assert status == 0 and (folder / "report" / "charts.zh" / "overview.png").is_file()
    page = (folder / "report" / "report.zh.html").read_text(encoding="utf-8")
    assert "什么情况" in page and "<strong>要紧</strong>" in page
    (folder / "paragraph.zh.md").unlink()
    assert "RUN-DAMAGED" in said(capsys, str(folder), "--out", str(tmp_path / "o"), "--lang", "zh")[2]


@pytest.mark.parametrize("make", [made.calibration, made.validation], ids=["fit", "validation"])
def test_damaged_results_are_told(make: Callable[[Path], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = make(tmp_path / "folder")
    for file in sorted(folder.glob("*.json")) + sorted(folder.glob("*.csv")):
        whole = file.read_bytes()
        for part in (b"", b"{}", whole[: len(whole) // 2]):
            file.write_bytes(part)
            status, _, err = said(capsys, str(folder), "-q", "--to", "html", "--charts", "none", "--force")
            assert status in (0, 1, 2) and "BUG-UNEXPECTED" not in err, (file, part, err)
        file.write_bytes(whole)


@pytest.mark.usefixtures("short")
def test_own_counties_have_a_report_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made.own_counties(tmp_path / "own")
    assert said(capsys, str(folder), "-q", "--to", "html")[0] == 0
    assert sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.html")) == [f"report/{key}/report.en.html" for key in ("co_build", "fusion")]


# -- a county's report with more beside it -----------------------------------------------------------------------------


def test_designs_and_a_run_of_one_policy(tmp_path: Path, short: list[Any]) -> None:
    folder = made.run_folder(tmp_path / "run", designs=("feasible", "identical"))
    edusim.write_report(folder, ("html",), "en", charts=())
    edusim.write_report(folder, ("html",), "en", charts=(), design="identical", force=True)
    facts = [one["facts"] for one in short]
    assert all(one.twin is not None and len(one.measures) == len(one.twin.measures) for one in facts)
    alone = made.run_folder(tmp_path / "alone", ("fusion",), 1)
    edusim.write_report(alone, ("html",), "en", charts=())
    with pytest.raises(EdusimError, match="no baseline"):
        edusim.write_report(alone, ("html",), "en", charts=(), ends=2026, force=True)


def test_an_attached_study_of_another_county_is_told_and_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], short: list[Any]
) -> None:
    folder, study = made.run_folder(tmp_path / "run"), made.analysis(tmp_path / "discover")
    status, _, err = said(capsys, str(folder), "--to", "html", "--charts", "none", "--with", str(study), "-q")
    assert status == 0 and "can no longer be told" in err
    (attached,) = short[0]["attached"]
    assert attached.kind == "discover" and attached.paragraphs == ("A text, **strong**.",)
    assert [picture.key for picture in attached.pictures] == ["study1_overview"]


@pytest.mark.parametrize(("years", "text"), [((2025, 2026), "fewer than two years"), ((2025, 2027), "from 2026 to 2026")])
def test_the_year_of_the_end_lies_inside(years: tuple[int, int], text: str, tmp_path: Path) -> None:
    one = county.of_folder(made.run_folder(tmp_path / "run"))
    manifest = {**one.manifest, "base_year": years[0], "last_year": years[1]}
    shorter = county.County(manifest, one.info, one.frames, one.design)
    for year in (years[0], years[1]):
        with pytest.raises(EdusimError) as caught:
            ending.check_year(shorter, year)
        assert caught.value.code == "REPORT-YEAR" and text in caught.value.message("en")


def test_a_name_whose_file_has_gone_is_its_key(tmp_path: Path) -> None:
    one = county.of_folder(made.run_folder(tmp_path / "run"))
    manifest = {**one.manifest, "policies": ["fusion", "gone/mine.yaml"], "resume": {"raw": {}, "folder": "", "file": ""}}
    names = county.names_of(manifest)
    assert names["gone/mine.yaml"] == {"zh": "mine", "en": "mine"} and names["fusion"]["zh"].startswith("融合")


def test_boxes_are_no_longer_than_a_page_and_never_empty() -> None:
    blocks = source.first_page(source.Told(do=[f"{n}." for n in range(9)]), "en")
    box = blocks[1]
    assert isinstance(box, Callout) and len(box.items) == source.MOST_IN_BOX and box.items[-1].startswith("5 more")
    assert all(block.items for block in blocks if isinstance(block, Callout))


def test_pictures_are_drawn_once_for_all_files() -> None:
    drawn: list[int] = []

    def draw() -> Any:
        drawn.append(1)
        return object()

    def nothing() -> Any:
        raise RunError("FIG-EMPTY", "没有可画的", "nothing to draw")

    document = formats.drawn(Document("t", "s", "en", (Picture("p", "c", "a", draw), Picture("q", "c", "a", nothing))))
    (picture,) = document.pictures
    assert picture.key == "p" and picture.draw() is picture.draw() and drawn == [1]

    def wrong() -> Any:
        raise RunError("FIG-COLUMNS", "缺列", "a column is missing")

    with pytest.raises(RunError):
        formats.drawn(Document("t", "s", "en", (Picture("p", "c", "a", wrong),)))


def test_a_result_at_hand_needs_a_place(tmp_path: Path) -> None:
    with pytest.raises(EdusimError) as caught:
        edusim.write_report(3)
    assert caught.value.code == "REPORT-UNKNOWN"
    assert reporting.Written("run", tmp_path, "en").as_dict()["files"] == []
