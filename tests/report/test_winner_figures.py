"""Win regions and the overview: what is drawn is what was handed over, nothing leaves the page, both languages."""

from __future__ import annotations

import math

import numpy as np
import pytest
from layout import check_glyphs, check_layout
from matplotlib.text import Text

from edusim.language.winner_figures import TEXT as WORDS
from edusim.report.style import Chart, Words
from edusim.report.winner_figures import GRID_SIDE, Cell, Side, WinRegion, draw_overview, draw_region, smoothed

MODES = ("collaboration", "co_build", "fusion")


def region(lang: str, axes: bool = True, n: int = 120) -> WinRegion:
    random = np.random.default_rng(0)
    x, y = random.uniform(0, 1, n), 2 ** random.uniform(-1, 1, n)
    leader = np.where((x < 0.4) & (y > 1.3), 2, 1)
    names = {"zh": "挂核心校校名得到的口碑，占核心校优势的比例（融合型÷协作型）", "en": "What the core's name is worth to families (fusion ÷ collaboration)"}
    long = names[lang]
    parts = {"evidence": 0.12, "assumption": 0.3, "ratio": 0.2, "interaction": 0.1, "unresolved": 0.18, "luck": 0.1}
    return WinRegion(
        title="标题" if lang == "zh" else "Title", subtitle="subtitle", takeaway="takeaway", footer="footer", modes=MODES,
        x=Side(long, x, low=math.nan, high=0.4, percent=True) if axes else None, y=Side(long, y, True, 1.3, math.nan) if axes else None,
        leader=leader, clear=random.random(n) < 0.5, frame="fusion" if axes else "", frame_text="88%", is_checked=axes,
        shares={arm: {"collaboration": (0.0, 0.1), "co_build": (0.3, 0.5), "fusion": (0.2, 0.3), "tie": (0.1, 0.1)} for arm in ("drawn", "equal")},
        pair="共建型和融合型" if lang == "zh" else "co-build and fusion", spread=dict.fromkeys(("drawn", "equal"), parts),
        first=[(long, "12%"), (long, "3%")],
    )  # fmt: skip


def texts(chart: Chart) -> list[Text]:
    return [item for item in chart.findobj(Text) if item.get_visible() and item.get_text().strip()]


def assert_inside(chart: Chart) -> None:
    chart.canvas.draw()
    wide, tall = chart.bbox.width, chart.bbox.height
    for item in texts(chart):
        box = chart.extent(item)
        assert box.x0 >= -2 and box.y0 >= -2 and box.x1 <= wide + 2 and box.y1 <= tall + 2, item.get_text()


@pytest.mark.slow
@pytest.mark.measured
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_region_stays_on_its_page_and_shows_its_numbers(lang: str) -> None:
    chart = draw_region(region(lang), Words(lang, {}))
    check_layout(chart)
    check_glyphs(chart)
    said = " ".join(item.get_text() for item in texts(chart))
    for word in ("88%", "50%", "30%", "12%", WORDS["first"][lang == "en"]):
        assert word in said
    assert draw_region(region(lang, axes=False), Words(lang, {})).axes  # without axes the shares are still told
    blank = draw_region(region(lang, axes=False), Words(lang, {}))
    assert WORDS["no_region"][lang == "en"][:6] in " ".join(item.get_text() for item in texts(blank)).replace("\n", "")


@pytest.mark.slow
@pytest.mark.measured
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_overview_marks_who_is_best_and_what_is_the_same(lang: str) -> None:
    cells = {
        (row, mode): Cell(math.nan if row == 1 else 0.6 if k == 1 else 0.2, 0.1, 0.3, "−0.12 SD", True, row == 0 and k == 1, False, k == 2)
        for row in range(2) for k, mode in enumerate(MODES)
    }  # fmt: skip
    chart = draw_overview([("Gap", "min"), ("Spending", "min")], MODES, cells, Words(lang, {}), takeaway="t", footer="f")
    assert_inside(chart)
    said = [item.get_text() for item in texts(chart)]
    assert said.count(WORDS["matrix.same"][lang == "en"]) == 3 and said.count("60%") == 1 and any("▼" in text for text in said)


def test_smoothing_counts_what_is_near() -> None:
    x = np.array([0.1, 0.9])
    share = smoothed(x, x, np.array([0, 1]), 2)
    assert share.shape == (2, GRID_SIDE, GRID_SIDE) and np.allclose(share.sum(axis=0), 1)
    assert share[0, 0, 0] > 0.9 and share[1, -1, -1] > 0.9 and share[0, GRID_SIDE // 2, GRID_SIDE // 2] == pytest.approx(0.5)
    assert smoothed(x, x, np.array([-1, -1]), 2).max() == 0.0  # nobody leads


def test_words_have_both_languages_and_the_same_places() -> None:
    import string

    for key, both in WORDS.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both]
        assert places[0] == places[1] and all(both), key
