"""The live school map: what it draws, and the page in a real browser, led by hand."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from browser import require_browser, visit
from edusim import cli
from edusim.errors import RunError
from edusim.live import picture, serve
from edusim.model import County
from edusim.scenario import load

ROOT = Path(__file__).resolve().parents[1]
#: What Solara's own frame says of one of its own parts, in every page made with it.
SOLARAS_OWN = "Failed to evaluate Vue script and find module.exports"
NAMES = re.compile("[\u3400-\u9fff]")


@pytest.fixture(scope="module")
def snapshots() -> list[picture.Snapshot]:
    county = County(load("small").with_({"years": 2}), "fusion", records="none")
    found = [picture.snapshot(county)]
    while county.running:
        county.step()
        found.append(picture.snapshot(county))
    return found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("colour", list(picture.COLOURS))
def test_the_map_holds_every_school_and_every_link(snapshots: list[picture.Snapshot], lang: str, colour: str) -> None:
    base, now = snapshots[0], snapshots[-1]
    root = ET.fromstring(picture.svg(now, base, lang, colour))
    space = "{http://www.w3.org/2000/svg}"
    titles = [one.text or "" for one in root.iter(f"{space}title")]
    assert len(titles) == now.is_open.sum() == len(now.names[lang])
    assert all(any(name in title for title in titles) for name in now.names[lang])
    lines = list(root.iter(f"{space}line"))
    assert len(lines) == (now.core_of >= 0).sum() + 2, "one for each member, two in the legend"
    assert sum("stroke-dasharray" not in one.attrib for one in lines) == (now.is_under & (now.core_of >= 0)).sum() + 1
    whole = picture.svg(now, base, lang, colour) + picture.roll(now, lang) + picture.gap_line(snapshots, now.year, base.year, now.year, lang)
    assert bool(NAMES.search(whole)) == (lang == "zh")


def test_the_numbers_are_those_of_the_county() -> None:
    county = County(load("small").with_({"years": 1}), "fusion", 3)
    before = picture.snapshot(county)
    county.step()
    now = picture.snapshot(county)
    year = county.year_measures[-1]
    assert np.array_equal(now.level, year.school_column("mean_achievement"), equal_nan=True)
    assert now.gap == year.value(picture.GAP) and now.sent == county.year_moves[-1][1].sum() > 0
    assert (before.n_groups, before.sent) == (0, 0) and now.n_groups > 0
    assert before.level is not now.level and not np.array_equal(before.level, now.level)


def test_the_roll_is_in_no_order_of_quality(snapshots: list[picture.Snapshot]) -> None:
    now = snapshots[-1]
    listed = re.findall(r"<tr><td>([^<]+)</td>", picture.roll(now, "en"))
    row = {name: i for i, name in enumerate(now.names["en"])}
    assert [(now.stage[row[n]], now.zone[row[n]], n) for n in listed] == sorted((now.stage[row[n]], now.zone[row[n]], n) for n in listed)
    assert not re.search("SD|achievement", picture.roll(now, "en"))


def test_colours_run_from_brown_over_grey_to_blue() -> None:
    assert picture.tint(0.0, 1.0) == "#eef0f2" and picture.tint(-9, 1) == "#b35806" and picture.tint(9, 1) == "#0b4f82"
    assert picture.tint(float("nan"), 1) == "#ffffff"


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(serve, "_is_there", lambda name: False)
    assert cli.main(["map", "-n", "--lang", "zh"]) == 1
    said = capsys.readouterr().err
    assert "RUN-NO-VIZ" in said and "edusim-groups[viz]" in said and "Traceback" not in said
    with pytest.raises(RunError):
        serve.require()


def test_a_wrong_policy_or_port_is_told_before_anything_is_served(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(serve, "_is_there", lambda name: True)
    assert cli.main(["map", "--policies", "fushion", "--lang", "en"]) == 2
    assert "did you mean fusion" in capsys.readouterr().err
    assert cli.main(["map", "-n", "--lang", "en", "--policies", "status_quo,fusion"]) == 0
    assert "status_quo, fusion" in capsys.readouterr().out
    assert cli.main(["map", "--policies", " , "]) == 2


@pytest.fixture
def address(request: pytest.FixtureRequest) -> Iterator[str]:
    require_browser()
    pytest.importorskip("solara")
    command = [sys.executable, "-m", "edusim", "map", "small", "--no-browser", "--lang", request.param, "-S", "years=3", "--policies", "status_quo,fusion"]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env, cwd=ROOT) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+/", line)
            assert found is not None, process.stderr.read() if process.stderr else ""
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=30)
    assert process.returncode == 0 and "Traceback" not in said and "Warning" not in said, said


BUTTONS = {"zh": ("前进一年", "播放", "回到基年"), "en": ("One year on", "Play", "Back to the base year")}


@pytest.mark.pages
@pytest.mark.slow
@pytest.mark.parametrize(("address", "lang"), [("zh", "zh"), ("en", "en")], indirect=["address"])
def test_the_page_is_led_through_the_years(address: str, lang: str) -> None:
    step, play, back = BUTTONS[lang]
    with visit(address) as seen:
        page = seen.page
        page.set_default_timeout(90_000)
        head = page.locator(".edusim-map h2")
        page.wait_for_selector(".edusim-map svg")
        assert "2025" in head.inner_text()
        page.get_by_role("button", name=step).click()
        page.wait_for_function("document.querySelector('.edusim-map h2').innerText.includes('2026')")
        solid = page.locator(".edusim-map svg line:not([stroke-dasharray])").count()
        assert solid > 1, "groups under the policy's mode are joined by full lines"
        slider = page.get_by_role("slider")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("document.querySelector('.edusim-map h2').innerText.includes('2027')")
        page.get_by_role("button", name=play).click()
        page.wait_for_function("document.querySelector('.edusim-map h2').innerText.includes('2028')")
        page.wait_for_function("(name) => [...document.querySelectorAll('button')].find(b => b.innerText.trim() === name)?.disabled", arg=step)
        page.get_by_role("button", name=back).click()
        page.wait_for_function("document.querySelector('.edusim-map h2').innerText.includes('2025')")
        page.get_by_role("button", name={"zh": "English", "en": "中文"}[lang]).click()
        other = BUTTONS["en" if lang == "zh" else "zh"][0]
        page.get_by_role("button", name=other).wait_for()
        assert bool(NAMES.search(page.locator(".edusim-map .facts").first.inner_text())) == (lang == "en")
        page.get_by_role("button", name={"zh": "中文", "en": "English"}[lang]).click()
        page.get_by_role("button", name=step).wait_for()
        # Another policy begins at the base year again; under the law in force no group has a mode of a policy.
        page.locator(".edusim-map .v-select").first.click()
        page.get_by_role("option").first.click()
        page.get_by_role("button", name=step).click()
        page.wait_for_function("document.querySelector('.edusim-map h2').innerText.includes('2026')")
        page.wait_for_function("document.querySelectorAll('.edusim-map svg line:not([stroke-dasharray])').length === 2")
        assert not seen.outside, seen.outside
        assert [said for said in seen.complaints if SOLARAS_OWN not in said] == []


@pytest.mark.pages
@pytest.mark.slow
@pytest.mark.parametrize("address", ["zh"], indirect=True)
def test_the_page_fits_a_phone(address: str) -> None:
    with visit(address, width=390, height=800, touch=True) as seen:
        seen.page.wait_for_selector(".edusim-map svg", timeout=90_000)
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.pages
@pytest.mark.slow
def test_the_map_is_a_part_of_solara_viz() -> None:
    solara = pytest.importorskip("solara")
    from mesa.visualization import SolaraViz

    from edusim.live import school_map

    drawn = school_map("en")
    county = County("small", "fusion")

    @solara.component
    def page() -> None:
        SolaraViz(county, components=[drawn], model_params={"case": "small", "policy": "fusion"})

    box, context = solara.render(page(), handle_error=False)
    try:
        county.step()
        assert "svg" in str(drawn(county).kwargs)
    finally:
        context.close()
    assert box is not None
