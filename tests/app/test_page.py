"""The page for officials without a browser: what its widgets say is what the runs say; bad rosters are told kindly; nothing is left behind."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import edusim
from edusim.app import working
from edusim.app.levers import LEVERS, changes, choices, written
from edusim.app.working import MODES, Stopped, Work

CHINESE = re.compile("[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from edusim.region.roster_template import template

    return template(tmp_path_factory.mktemp("roster") / "example.xlsx", "en", example=True)


@pytest.fixture(scope="module")
def scenario(example: Path) -> Any:
    return edusim.load("county").with_({"region": {"kind": "roster", "path": str(example)}, "years": 3})


# ---- levers and runs, which need no extra -----------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.key)
def test_a_slider_offers_what_the_document_writes(lever: Any, mode: str, scenario: Any) -> None:
    values = choices(scenario, mode, lever)
    assert written(scenario, mode, lever) in values
    assert values == sorted(set(values)) and len(values) >= 6
    for value in values:
        moved = scenario.with_(changes(mode, {lever.path: value})) if lever.key != "term" or value <= 3 else None
        if moved is not None:
            assert written(moved, mode, lever) == value
            assert all(written(moved, other, lever) == written(scenario, other, lever) for other in MODES if other != mode)
            assert moved.parameters("status_quo").resolved() == scenario.parameters("status_quo").resolved()
    for lang in ("zh", "en"):
        shown = [lever.shown(value, lang, 5239.0) for value in values]
        assert len(set(shown)) == len(shown), shown


def test_money_is_told_as_this_countys_share() -> None:
    fund = next(lever for lever in LEVERS if lever.kind == "money")
    assert "5,000" in fund.shown(5e7, "zh", 100_000) and "262 万元" in fund.shown(5e7, "zh", 5239)
    assert "50.00 million" in fund.shown(5e7, "en", 100_000)


def frames(tried: Any) -> Any:
    return tried.effects.sort_values(["policy", "year", "measure", "stage"]).reset_index(drop=True)


def test_kept_runs_give_the_same_bits_as_a_comparison(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    work, plan = Work(scenario), {"fusion": {"rotation.share": 0.05}, "co_build": {}}
    first = work.run({"fusion": {}, "co_build": {}}, 2)
    assert work.missing(plan, 2) == [("fusion", (("rotation.share", 0.05),), draw) for draw in range(2)], "only what was moved is run again"
    told: list[tuple[int, int]] = []
    tried = work.run(plan, 2, lambda done, total, left: told.append((done, total)))
    assert told == [(0, 2), (1, 2), (2, 2)]
    whole = edusim.compare(scenario.with_({"fusion:rotation.share": 0.05}), policies=["status_quo", "fusion", "co_build"], draws=2, designs=("feasible",))
    pd.testing.assert_frame_equal(frames(tried), frames(whole))
    own = first.effects[first.effects["policy"] == "co_build"].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, tried.effects[tried.effects["policy"] == "co_build"].reset_index(drop=True))
    assert tried.info["names"]["fusion"] == {"zh": "融合型（自设）", "en": "Fused (yours)"}
    assert tried.info["names"]["co_build"] == whole.info["names"]["co_build"]


@pytest.mark.slow
def test_processes_change_no_bit(scenario: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    plan: dict[str, dict[str, float]] = {"fusion": {}}
    alone = Work(scenario).run(plan, 3)
    monkeypatch.setattr(working, "WORTH_SHARING", 0.0)
    monkeypatch.setattr(working, "_cores", lambda: 2)
    pd.testing.assert_frame_equal(frames(alone), frames(Work(scenario).run(plan, 3)))


def test_a_newer_question_stops_an_older_one_and_nothing_is_lost(scenario: Any) -> None:
    work = Work(scenario)

    def stop(done: int, total: int, left: float) -> None:
        if done == 2:
            raise Stopped

    with pytest.raises(Stopped):
        work.run({"fusion": {}}, 2, stop)
    assert len(work.missing({"fusion": {}}, 2)) == 2  # of four: two are kept
    assert len(work.there({"fusion": {}}, 2).outcomes) == 2  # one draw is complete


# ---- widgets ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def make_page() -> Callable[[str], Any]:
    pytest.importorskip("ipywidgets", reason="the extra `notebook` is not installed")
    from edusim.app import Page

    made: dict[str, Any] = {}

    def make(lang: str) -> Any:
        if lang not in made:
            made[lang] = Page(lang, draws=2, beside=False)
        return made[lang]

    return make


def cells(html: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", html)
    return [[re.sub(r"<[^>]+>", " ", cell).strip() for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row)] for row in rows]


@pytest.mark.notebooks
def test_the_table_says_what_the_frames_say(make_page: Any) -> None:
    page = make_page("en")
    page._year.value = 2030
    shown = {row[0].split("  ")[0]: row[1:] for row in cells(page._table.value)[1:]}
    effects = page.tried.effects
    part = effects[(effects["year"] == 2030) & (effects["stage"] == "all")].set_index(["measure", "policy"])
    said = shown["Gap between core and member schools"]
    for place, mode in enumerate(MODES, 1):
        row = part.loc[("learning.core_member_gap", mode)]
        numbers = [float(found.replace("−", "-")) for found in re.findall(r"[+−]?\d+\.\d+", said[place])]
        for told, true in zip(numbers, (row["mean"], row["low"], row["high"]), strict=True):
            assert abs(told - true) <= 0.0051
        assert ("cannot be told" in said[place]) == (row["low"] <= 0 <= row["high"])
    page._year.value = 2035


@pytest.mark.notebooks
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_slider_moves_one_mode_and_back(lang: str, make_page: Any) -> None:
    page = make_page(lang)
    before, text = page._chart.value, page._table.value
    page._mode.value = "co_build"
    assert page._sliders["share"].value == 0.1
    page._sliders["share"].value = 0.02
    assert page._chart.value != before and not page._status.value
    assert ("共建型（自设）" if lang == "zh" else "Co-built (yours)") in page._table.value
    assert ("您的设定与文件写的相比" if lang == "zh" else "your setting against what the document says") in page._table.value
    page._mode.value = "fusion"
    assert page._sliders["share"].value == 0.15, "the other modes stay"
    page._back()
    assert page._table.value == text
    assert page._chart.value == before


@pytest.mark.notebooks
def test_too_many_away_is_told_and_the_page_stays(make_page: Any) -> None:
    page = make_page("zh")
    before = page._table.value
    page._mode.value = "fusion"
    page._sliders["term"].value = 6
    assert "90%" in page._status.value and "超过一半" in page._status.value and "rotation." not in page._status.value
    assert page._table.value == before
    page._back()
    assert not page._status.value


def upload(page: Any, name: str, data: bytes) -> str:
    page._uploaded({"new": ({"name": name, "type": "", "size": len(data), "content": memoryview(data)},)})
    return str(page._state.value)


WRONG = {
    "no roster": ("note.xlsx", b"this is no workbook", "cannot|workbook|Excel"),
    "empty": ("empty.csv", b"", "empty|no|missing"),
    "missing column": ("a.csv", b"id,stage\n1,primary\n", "required column is missing"),
    "huge": ("big.csv", b"x" * 8_000_001, "larger than"),
    "a path in the name": ("../../etc/passwd.csv", b"id,stage\n1,primary\n", "required column is missing"),
    "markup": ("<img src=x onerror=alert(1)>.csv", b"id,<script>alert(1)</script>\n1,2\n", "missing"),
}


@pytest.mark.notebooks
@pytest.mark.parametrize("case", WRONG)
def test_a_bad_roster_is_told_kindly_and_the_county_stays(case: str, make_page: Any) -> None:
    page = make_page("en")
    name, data, words = WRONG[case]
    work = page.work
    said = upload(page, name, data)
    assert 'role="alert"' in said and re.search(words, said), said
    assert "Traceback" not in said and page._folder.name not in said and "BUG-" not in said
    assert "<script" not in said and "<img src=x" not in said
    assert page.work is work


@pytest.mark.notebooks
def test_a_roster_with_faults_comes_back_marked(make_page: Any, tmp_path: Path) -> None:
    import openpyxl

    page = make_page("zh")
    book = openpyxl.load_workbook(page._example)
    book["学校"]["D4"] = "城里头"
    book.save(tmp_path / "x.xlsx")
    said = upload(page, "我的县.xlsx", (tmp_path / "x.xlsx").read_bytes())
    assert "学校!D4" in said and "1 处须改正" in said
    found = re.search(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', said)
    assert found is not None and found[1].endswith(".checked.xlsx")
    (tmp_path / "back.xlsx").write_bytes(b64decode(found[2]))
    assert openpyxl.load_workbook(tmp_path / "back.xlsx").sheetnames


@pytest.mark.notebooks
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_one_page_says_how_the_sliders_stand_and_is_taken_away_as_word(lang: str, make_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import docx

    from edusim.app import page as module

    monkeypatch.setattr(module, "PAPER_DRAWS", 2)
    page = make_page(lang)
    page._mode.value = "fusion"
    page._sliders["share"].value = 0.05
    page._make.click()
    assert "<iframe" in page._paper.value and not page._paper_status.value
    links = dict(re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]+)"', page._files.value))
    assert {name.rpartition(".")[2] for name in links} == {"docx", "html"}
    word = next(data for name, data in links.items() if name.endswith("docx"))
    (tmp_path / "one.docx").write_bytes(b64decode(word))
    paper = docx.Document(str(tmp_path / "one.docx"))
    said = [*paper.paragraphs, *paper.sections[0].footer.paragraphs, *(cell for table in paper.tables for row in table.rows for cell in row.cells)]
    text = "\n".join(part.text for part in said)
    for words in (("5%", "15%", "滑块的设定", "不是预测") if lang == "zh" else ("5%", "15%", "How the sliders stand", "not a forecast")):
        assert words in text
    assert page._folder.name not in page._paper.value
    page._sliders["share"].value = 0.08
    assert not page._paper.value and not page._files.value, "a page that no longer says what the sliders say is taken away"
    page._back()


@pytest.mark.notebooks
def test_no_school_is_named_and_none_ranked(make_page: Any) -> None:
    import openpyxl

    page = make_page("zh")
    sheet = openpyxl.load_workbook(page._example)["学校"]
    names = {str(row[1].value) for row in sheet.iter_rows(min_row=3, max_row=10)}
    assert len(names) == 8
    shown = page._table.value + page._state.value + page._chart.value[:2000]
    assert not [name for name in names if name in shown]


@pytest.mark.notebooks
def test_english_is_english(make_page: Any) -> None:
    page = make_page("en")
    page._use(page._example, example=True)
    words = re.sub(r'(src|href)="data:[^"]*"', "", page._table.value + page._state.value + page._says.value + page._status.value)
    assert not CHINESE.search(re.sub(r'alt="[^"]*"', "", words)), words


@pytest.mark.notebooks
def test_nothing_is_left_behind(make_page: Any) -> None:
    import gc

    from edusim.app import Page

    page = Page("en", draws=1, beside=False)
    folder = Path(page._folder.name)
    assert folder.is_dir()
    page._folder.cleanup()
    del page
    gc.collect()
    assert not folder.exists()
