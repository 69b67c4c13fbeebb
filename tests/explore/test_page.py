"""The what-if page in a real browser: every control, both languages, phone and paper; its numbers are those of the frames."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browser import require_browser, visit
from edusim.explore import gather as gathering
from edusim.explore import write
from edusim.report.map_cells import crossed_interval
from edusim.report.summaries import Interval, mean_interval
from edusim.study import OpenStudy

pytestmark = [pytest.mark.slow, pytest.mark.pages]
#: Milliseconds: a redraw takes 5 to 30 of them; the bound leaves room for a busy machine.
MOST_MS = 400.0
UNITS = {"gap": 1.0, "weak": 1.0, "top": 1.0, "low": 0.01, "leavers": 0.01, "sent": 1.0}
LARGE = {"万元": 1e4, "亿元": 1e8, "thousand yuan": 1e3, "million yuan": 1e6, "元": 1.0, "yuan": 1.0}


@pytest.fixture(scope="module")
def pages(grid: OpenStudy, crossed: OpenStudy, single: OpenStudy, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Addresses of three pages."""
    require_browser()
    folder = tmp_path_factory.mktemp("pages")
    return {name: write(study, folder / f"{name}.html", "zh").as_uri() for name, study in (("grid", grid), ("crossed", crossed), ("single", single))}


def numbers(text: str) -> list[float]:
    return [float(found.replace("−", "-").replace(",", "").replace("+", "")) for found in re.findall(r"[−+]?\d[\d,]*\.?\d*", text)]


def unit(key: str, text: str) -> float:
    if key not in ("money", "unfunded"):
        return UNITS[key]
    return next(scale for word, scale in LARGE.items() if word in text)


def close(shown: float, true: float, text: str, scale: float, step: float) -> bool:
    """Whether a number shown is the true one, rounded as it is shown; the page keeps numbers in steps."""
    digits = max((len(m[1]) for m in re.finditer(r"\d\.(\d+)", text)), default=0)
    return abs(shown * scale - true) <= scale * 0.5 * 10.0**-digits + 2 * step


def expected(grid: gathering.Gathered, key: str, setting: int, other: int, year: int) -> tuple[Interval, Interval]:
    """Return level and difference of an outcome, reckoned from what the store holds."""
    card = next(one for one in gathering.CARDS if one.key == key)
    cube = grid.draws_of[card.measure][:, year]
    by = grid.years[year] - grid.base_year if card.per_year else 1
    reckon = crossed_interval if grid.futures > 1 else mean_interval
    return reckon(cube[setting] / by), reckon((cube[setting] - cube[other]) / by)


def hold_cards(page: Any, grid: gathering.Gathered, setting: int, other: int, year: int) -> int:
    """Hold every card against the frames; return how many numbers were looked at."""
    looked = 0
    for card in page.query_selector_all(".card"):
        key = card.get_attribute("data-key")
        step = gathering.packed(grid.draws_of[next(one.measure for one in gathering.CARDS if one.key == key)])[1]
        level, difference = expected(grid, key, setting, other, year)
        shown = card.query_selector(".level").inner_text()
        assert close(numbers(shown)[0], level.mean, shown, unit(key, shown), step), (key, shown, level)
        change, ends = card.query_selector(".change").inner_text(), card.query_selector(".ends").inner_text()
        if change[0] in "▲▼":
            assert difference.clear and (change[0] == "▲") == (difference.mean > 0), (key, change, difference)
            assert close(numbers(change)[0], difference.mean, change, unit(key, change), step), (key, change, difference)
        else:
            assert not difference.clear or abs(difference.mean) < step, (key, change, difference)
        if ends:
            found, scale = numbers(ends), unit(key, change) if key not in ("money", "unfunded") or change[0] in "▲▼" else None
            if scale is not None:
                assert close(found[0], difference.low, ends, scale, step) and close(found[1], difference.high, ends, scale, step), (key, ends, difference)
                looked += 2
        looked += 2
    return looked


def put(page: Any, selector: str, value: int) -> None:
    page.eval_on_selector(selector, "(e, v) => { e.value = v; e.dispatchEvent(new Event('input', {bubbles: true})); }", value)


def test_every_slider_and_every_value_shows_the_numbers_of_the_frames(pages: dict[str, str], grid: OpenStudy, record_property: Any) -> None:
    found = gathering.gather(grid)
    times, looked = [], 0
    with visit(pages["grid"]) as seen:
        page = seen.page
        for mode, key in enumerate(found.policies):
            page.check(f'input[name="mode"][value="{mode}"]', force=True)
            for share in range(3):
                put(page, "#lever-0", share)
                for fund in range(2):
                    put(page, "#lever-1", fund)
                    for year in range(1, len(found.years)):
                        put(page, "#year", year)
                        setting = 1 + int(np.ravel_multi_index((mode, share, fund), found.shape))
                        looked += hold_cards(page, found, setting, 0, year)
                        times.append(float(page.evaluate("document.body.dataset.redraw")))
                        assert str(found.years[year]) in page.inner_text("#results-title")
                        assert page.evaluate("location.hash").split("/")[1:4] == [key, f"{share}.{fund}", str(found.years[year])]
        for card in page.query_selector_all(".card"):
            name = card.query_selector(".name").inner_text()
            page.click(f'[data-key="{card.get_attribute("data-key")}"]')
            assert name in page.inner_text("#path-title") and name in page.inner_text("#alone-title")
        seen.check()
    assert looked > 500
    median, most = float(np.median(times)), max(times)
    record_property("redraw_ms", f"median {median:.1f}, most {most:.1f}")
    print(f"redraw: median {median:.1f} ms, most {most:.1f} ms, {len(times)} redraws, {looked} numbers held")
    assert median < MOST_MS


def test_two_plans_are_compared_draw_by_draw(pages: dict[str, str], grid: OpenStudy) -> None:
    found = gathering.gather(grid)
    with visit(pages["grid"] + "#zh/fusion/2.1/2027/gap") as seen:
        page = seen.page
        page.click("#pin")
        assert "用来比较的方案" in page.inner_text("#takeaway")
        put(page, "#lever-0", 0)
        setting, other = (1 + int(np.ravel_multi_index((1, share, 1), found.shape)) for share in (0, 2))
        assert hold_cards(page, found, setting, other, len(found.years) - 1) > 16
        address = page.evaluate("location.href")
        page.check('input[name="against"][value="base"]')
        assert hold_cards(page, found, setting, 0, len(found.years) - 1) > 16
        seen.check()
    with visit(address) as seen:  # what a colleague opens
        assert hold_cards(seen.page, found, setting, other, len(found.years) - 1) > 16
        seen.page.click("#pin")
        assert hold_cards(seen.page, found, setting, 0, len(found.years) - 1) > 16
        seen.check()


def test_official_coefficients_say_what_the_draws_say(pages: dict[str, str], grid: OpenStudy) -> None:
    found = gathering.gather(grid)
    with visit(pages["grid"] + "#en/fusion/1.1/2027/gap") as seen:
        page = seen.page
        setting = 1 + int(np.ravel_multi_index((1, 1, 1), found.shape))
        for stage, limit in (("primary", 0.5), ("junior", 0.45)):
            page.check(f'input[name="stage"][value="{stage}"]', force=True)
            rows = page.query_selector_all(f'[data-stage="{stage}"] .coef')
            columns = [column for column in found.summaries if column.endswith(f"[{stage}]")]
            assert len(rows) == len(columns) == 7
            for row, column in zip(rows, columns, strict=True):
                mean, low, high, kept, judged = found.summaries[column][setting, -1]
                assert row.is_visible()
                assert abs(numbers(row.query_selector(".value").inner_text())[0] - mean) < 0.0051
                verdict = row.query_selector(".verdict").inner_text()
                assert verdict == ("kept" if high <= limit else "broken" if low > limit else "cannot be told"), (column, low, high)
                assert row.query_selector(".chance").inner_text().startswith(f"kept in {kept:.0f} of {judged:.0f}")
        seen.check()


def test_kinds_of_schools_show_their_ranges_and_no_names(pages: dict[str, str], grid: OpenStudy) -> None:
    found = gathering.gather(grid)
    setting = 1 + int(np.ravel_multi_index((1, 2, 0), found.shape))
    with visit(pages["grid"] + "#en/fusion/2.0/2027/gap") as seen:
        told = seen.page.get_attribute('#kinds svg[role="img"]', "aria-label")
        for name, column in (("Core schools", "core"), ("Member schools", "member"), ("Urban schools", "urban"), ("Rural and mountain", "rural")):
            part = next(one for one in re.split(r"; |\. ", told) if one.startswith(name))
            table = found.ranges[f"learning.{column}_mean"]
            true = (2025.0, table[0, 0, 0], table[0, -1, 0], table[setting, -1, 0])
            shown = numbers(part.replace("base year", "2025"))
            np.testing.assert_allclose(shown, true, atol=0.0051)
        failing, judged = (found.ranges[f"official.schools_{k}"][setting, -1, 0] for k in ("failing", "judged"))
        shown = numbers(seen.page.inner_text("#kinds-facts li:last-child b"))
        assert abs(shown[0] - failing) < 0.051 and shown[1] == round(judged)
        seen.check()


def test_futures_and_draws_are_crossed(pages: dict[str, str], crossed: OpenStudy) -> None:
    found = gathering.gather(crossed)
    with visit(pages["crossed"] + "#en") as seen:
        page = seen.page
        looked = 0
        for share, use in ((0, 0), (0, 1), (1, 0)):
            put(page, "#lever-0", share)
            page.check(f'input[name="lever-1"][value="{use}"]', force=True)
            looked += hold_cards(page, found, 1 + 2 * share + use, 0, len(found.years) - 1)
        assert looked >= 8
        put(page, "#lever-0", 1)
        page.check('input[name="lever-1"][value="1"]', force=True)  # left out by the condition of the study
        assert "was not run" in page.inner_text("#takeaway")
        assert "did not keep" in page.inner_text("#official-section")
        assert "3 sets of assumptions" in page.inner_text("#bounds") and "Of these, 1 were not run" in page.inner_text("#bounds")
        assert "Only 9 runs a setting" in page.inner_text("#warn")
        seen.check()


def test_one_run_claims_nothing(pages: dict[str, str]) -> None:
    with visit(pages["single"] + "#en") as seen:
        page = seen.page
        assert "One run a setting" in page.inner_text("#warn") and "nobody can tell policy from luck" in page.inner_text("#takeaway")
        assert not page.query_selector(".lever input[data-lever]")
        for change in page.query_selector_all(".card .change"):
            assert change.inner_text()[0] not in "▲▼"
        assert {v.inner_text() for v in page.query_selector_all(".verdict") if v.is_visible()} == {"cannot be told"}
        seen.check()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_phone_shows_it_all_and_nothing_sideways(pages: dict[str, str], lang: str) -> None:
    with visit(pages["grid"] + f"#{lang}", width=360, height=760, touch=True) as seen:
        page = seen.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.is_visible("#bar") and page.is_visible("#takeaway")
        small = page.evaluate("""() => [...document.querySelectorAll('button, .choice label, input[type=range]')]
            .filter(e => e.offsetParent && e.getBoundingClientRect().height < 40).map(e => e.outerHTML.slice(0, 80))""")
        assert not small
        page.tap('label:has(input[name="mode"][value="1"])')
        assert page.is_checked('input[name="mode"][value="1"]')
        tiny = page.evaluate("""() => [...document.querySelectorAll('main *')].filter(e => e.children.length === 0 && e.textContent.trim()
            && e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 11).map(e => e.textContent.slice(0, 40))""")
        assert not tiny
        seen.check()


def test_the_keyboard_reaches_and_moves_everything(pages: dict[str, str]) -> None:
    with visit(pages["grid"] + "#en") as seen:
        page = seen.page
        reached = []
        for _ in range(40):
            page.keyboard.press("Tab")
            where = page.evaluate("""() => { const e = document.activeElement; return e === document.body ? '' :
                (e.id || e.name || e.dataset.lang || e.dataset.key || e.className || e.tagName) }""")
            reached.append(where)
            if where == "lever-0" and reached.count(where) == 1:
                before = page.inner_text("#plan")
                page.keyboard.press("ArrowRight")
                assert page.inner_text("#plan") != before and page.evaluate("document.activeElement.id") == "lever-0"
                assert page.get_attribute("#lever-0", "aria-valuetext").endswith("%")
            if where == "weak":
                page.keyboard.press("Enter")
                assert page.evaluate("document.activeElement.dataset.key") == "weak"  # drawn anew, and still where the reader was
                assert page.get_attribute('[data-key="weak"]', "aria-pressed") == "true"
        assert {"zh", "en", "print", "mode", "lever-0", "lever-1", "year", "written", "pin", "gap", "weak", "leavers", "stage", "SUMMARY"} <= set(reached)
        for image in page.query_selector_all('svg[role="img"]'):
            assert len(image.get_attribute("aria-label") or "") > 8
        seen.check()


def test_languages_change_every_word(pages: dict[str, str]) -> None:
    with visit(pages["grid"]) as seen:
        page = seen.page
        assert page.evaluate("document.documentElement.lang") == "zh-CN" and "试验县" in page.title()
        page.click('[data-lang="en"]')
        words = page.inner_text("body").replace("中文", "").replace("情景推演，不是预测", "")
        assert not re.findall(r"[一-鿿]+", words), re.findall(r"[一-鿿]+", words)
        assert "undefined" not in words and "NaN" not in words and not re.search(r"\{\w+\}", words)
        page.click('[data-lang="zh"]')
        words = page.inner_text("body")
        assert "undefined" not in words and "NaN" not in words and not re.search(r"\{\w+\}", words)
        seen.check()


def test_paper_holds_the_results_and_not_the_controls(pages: dict[str, str], tmp_path: Path) -> None:
    import shutil
    import subprocess

    with visit(pages["grid"] + "#zh/fusion/2.1/2027/gap") as seen:
        seen.page.pdf(path=str(tmp_path / "page.pdf"), prefer_css_page_size=True)
        seen.page.emulate_media(media="print")
        assert not seen.page.is_visible("#levers") and not seen.page.is_visible("#bar")
        assert all(part.is_visible() for part in seen.page.query_selector_all("[data-stage]"))
        seen.check()
    if shutil.which("pdftotext"):
        text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True, check=True).stdout
        assert "融合型" in text and "说到哪里为止" in text and 2 <= text.count("\f") <= 6


def test_without_scripts_it_says_why_it_is_empty(pages: dict[str, str]) -> None:
    from playwright.sync_api import sync_playwright

    from browser import SWITCHES, _program

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(), args=list(SWITCHES))
        page = browser.new_context(java_script_enabled=False).new_page()
        page.goto(pages["grid"])
        text = page.inner_text("body")
        browser.close()
    assert "JavaScript" in text and "允许本页运行脚本" in text


def test_a_foreign_end_of_the_address_does_no_harm(pages: dict[str, str]) -> None:
    for tail in ("#", "#/////", "#zh/nope/9.9/1/x/y~!", "#%E0%A4%A", "#en/fusion/1/2027/gap", "#<b>/fusion/1.1/2027/gap"):
        with visit(pages["grid"] + tail) as seen:
            assert not math.isnan(float(seen.page.evaluate("document.body.dataset.redraw")))
            seen.check()
