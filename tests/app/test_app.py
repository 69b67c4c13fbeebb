"""`edusim app` in a real browser: nothing leaves the machine, every slider moves the chart, rosters are taken or told what is wrong, Ctrl-C ends it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser import Visit, require_browser, visit
from edusim.cli import main

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
#: What Voilà's scripts say of widgets that are built for a newer JupyterLab than its own: no fault, and nothing of ours.
VERSIONS = re.compile(r"^(Unsatisfied version|No satisfying version)")
#: Milliseconds: the first page runs a county, with other tests beside it.
LONG = 180_000


# ---- the command, without a browser -----------------------------------------------------------------


def test_a_port_that_is_taken_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edusim.notebook.building.require", lambda *_: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["app", "-n", "--port", str(taken.getsockname()[1])]) == 1
    said = capsys.readouterr().err
    assert "RUN-PORT" in said and "leave --port out" in said and len(said.splitlines()) == 1


@pytest.mark.parametrize("words", [["app"], ["app", "--port", "8899"], ["notebooks", "books"]])
def test_a_missing_extra_is_told_kindly(words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *_: None)
    for lang, mend in (("en", "pip install 'edusim-groups[notebook]'"), ("zh", "附加包 notebook")):
        assert main([*words, "--lang", lang]) == 1
        said = capsys.readouterr().err
        assert "RUN-NO-NOTEBOOK" in said and mend in said and len(said.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("words", "code"), [(["app", "--port", "x"], 2), (["app", "--port", "70000"], 2), (["app", "--prot", "1"], 2), (["app", "more"], 2)])
def test_slips_of_the_keyboard_are_told(words: list[str], code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == code
    assert capsys.readouterr().err.startswith("edusim: ")


def test_a_plan_opens_nothing(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edusim.notebook.building.require", lambda *_: None)
    assert main(["app", "-n", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["address"].startswith("http://127.0.0.1:")


def test_the_template_names_no_other_host() -> None:
    folder = SOURCE / "edusim" / "app" / "jupyter"
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) >= 5
    for file in files:
        assert not re.search(r"(https?:)?//(?!\s)[a-z0-9.-]+\.[a-z]{2,}", file.read_text(encoding="utf-8").replace("http://", "//")), file


# ---- in a browser -----------------------------------------------------------------------------------


class Served:
    """A running `edusim app`."""

    def __init__(self, lang: str, home: Path) -> None:
        env = {**os.environ, "PYTHONPATH": str(SOURCE), "TMPDIR": str(home)}
        words = [sys.executable, "-m", "edusim", "app", "--no-browser", "--json", "--lang", lang]
        # Where the tests run in the background, Ctrl-C is ignored, and children would inherit that.
        self.process = subprocess.Popen(
            words, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        assert self.process.stdout is not None
        said = ""
        while "}" not in said:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()[1]
            said += line
        self.address = json.loads(said)["address"]

    def stop(self) -> tuple[int, str, str]:
        """Press Ctrl-C, and give the exit status and what was printed."""
        self.process.send_signal(signal.SIGINT)
        try:
            out, err = self.process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        return self.process.returncode, out, err


@contextlib.contextmanager
def serving(lang: str, home: Path) -> Iterator[Served]:
    served = Served(lang, home)
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()


def check(seen: Visit) -> None:
    """Hold that nothing left and the console is clean."""
    seen.complaints = [words for words in seen.complaints if not VERSIONS.match(words)]
    seen.check()


def opened(seen: Visit) -> Any:
    seen.page.wait_for_selector(".eds-table", timeout=LONG)
    seen.page.wait_for_selector(".noUi-handle", timeout=LONG)
    return seen.page


def chart(page: Any) -> str:
    return str(page.get_attribute(".eds-figure img", "src"))


def changed(page: Any, before: str) -> None:
    page.wait_for_function("old => document.querySelector('.eds-figure img').src !== old", arg=before, timeout=LONG)
    page.wait_for_function("() => !document.querySelector('.eds-status progress')", timeout=LONG)


def upload(page: Any, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.locator(".widget-upload").click()
    chooser.value.set_files(str(file))


@pytest.mark.pages
def test_the_page_in_chinese_from_roster_to_one_page(tmp_path: Path) -> None:
    require_browser()
    pytest.importorskip("voila")
    from edusim.region.roster_template import template

    with serving("zh", tmp_path) as served, visit(served.address, wait="commit") as seen:
        page = seen.page
        page.wait_for_selector("#loading_text:has-text('正在准备')", timeout=LONG)
        opened(seen)
        assert page.title() == "从一张花名册到一页纸"
        assert page.evaluate("document.documentElement.lang") == "zh-CN"
        assert page.locator(".jp-InputArea-editor").count() == 0, "officials see no code"
        picture = page.locator(".jp-RenderedImage img").first
        assert picture.evaluate("one => one.complete && one.naturalWidth > 500")
        assert page.locator(".eds-figure img").get_attribute("alt")

        # every slider, by keyboard
        for place in range(4):
            before = chart(page)
            handle = page.locator(".noUi-handle").nth(place)
            handle.scroll_into_view_if_needed()
            handle.focus()
            page.keyboard.press("ArrowLeft")
            page.wait_for_selector(".eds-status progress", timeout=LONG)
            changed(page, before)
        assert "融合型（自设）" in page.inner_text(".eds-table")
        assert "您改了 4 项" in page.inner_text(".eds-note:has-text('文件写的是')")
        # the year of the table, and what the chart shows
        table = page.inner_text(".eds-table")
        page.locator(".noUi-handle").nth(4).focus()
        page.keyboard.press("ArrowLeft")
        page.wait_for_function("old => document.querySelector('.eds-table').innerText !== old", arg=table, timeout=LONG)
        assert "2034 学年" in page.inner_text(".eds-table caption")
        before = chart(page)
        page.locator(".widget-dropdown select").select_option(index=3)
        changed(page, before)

        # a roster with a fault, then a good one
        bad = tmp_path / "坏的.csv"
        bad.write_text("学校代码,学校名称,学段\n001,甲校,小学\n001,乙校,初中\n", encoding="utf-8")
        upload(page, bad)
        page.wait_for_selector(".eds-trouble", timeout=LONG)
        said = page.inner_text(".eds-trouble")
        assert "处须改正" in said and "坏的.csv" in said and "Traceback" not in said
        upload(page, template(tmp_path / "我的县.xlsx", "zh", example=True))
        page.wait_for_selector(".eds-county:has-text('我的县.xlsx')", timeout=LONG)
        page.wait_for_function("() => !document.querySelector('.eds-status progress')", timeout=LONG)

        page.get_by_role("button", name="生成一页纸").click()
        page.wait_for_selector("iframe.eds-paper", timeout=LONG)
        paper = page.frame_locator("iframe.eds-paper")
        assert "我的县" in paper.locator("h1").inner_text()
        assert "滑块的设定" in paper.locator("main").inner_text()
        with page.expect_download() as got:
            page.get_by_role("link", name="下载 Word").click()
        assert got.value.suggested_filename == "一页纸.docx"
        assert Path(got.value.path()).read_bytes()[:2] == b"PK"
        check(seen)


@pytest.mark.pages
def test_the_page_in_english_on_a_phone_and_ended_by_ctrl_c(tmp_path: Path) -> None:
    require_browser()
    pytest.importorskip("voila")
    with serving("en", tmp_path) as served:
        with visit(served.address, width=390, height=800, touch=True, lang="en-GB", wait="commit") as seen:
            page = opened(seen)
            assert page.evaluate("document.documentElement.lang") == "en"
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, "wider than the phone"
            visible = page.inner_text("body")
            assert not re.search("[\u3400-\u9fff]", visible), re.findall("[\u3400-\u9fff]+", visible)
            page.locator(".noUi-handle").nth(1).focus()
            for _ in range(3):
                page.keyboard.press("ArrowRight")
            page.wait_for_selector(".eds-trouble", timeout=LONG)
            assert "more than half" in page.inner_text(".eds-trouble")
            page.get_by_role("button", name="All modes as their documents say").click()
            page.wait_for_selector(".eds-trouble", state="detached", timeout=LONG)
            check(seen)
        # another reader of this machine has no key
        with visit(re.sub(r"\?.*", "", served.address)) as stranger:
            assert stranger.page.locator(".eds-table").count() == 0
            assert not stranger.outside
        began = time.monotonic()
        status, _, err = served.stop()
        assert status == 0, err
        assert "no copy of a roster is left behind" in err and "Traceback" not in err
        assert time.monotonic() - began < 30
        deadline = time.monotonic() + 30
        while (left := [one.name for one in tmp_path.glob("edusim-*")]) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert not left, "a roster's copy stays on the disk"
