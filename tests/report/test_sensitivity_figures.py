"""Figures of a sensitivity study: what is drawn is what the frames hold, nothing leaves the page, both languages."""

from __future__ import annotations

import math
import string
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from layout import check_glyphs, check_layout
from matplotlib.text import Text

from edusim.language import catalogue
from edusim.language.sensitivity import TEXT as SENTENCES
from edusim.report import interaction_figure, screening_figures, sensitivity_figures
from edusim.report.fonts import bundled, holds
from edusim.report.sensitivity_rows import KIND_NAMES, limits
from edusim.report.style import Chart, Words
from edusim.study.sensitivity.pictures import figures, pictures
from planted_sensitivity import (
    INFO,
    MANY,
    PLAIN,
    growth_rows,
    index_rows,
    morris_rows,
    plain,
    split_rows,
    together_rows,
)

HEAD = sensitivity_figures.Head("Title", "标题", "takeaway", "footer")
#: Every string a reader sees in these figures.
FIGURES = ("sensitivity_figures.", "screening_figures.", "interaction_figures.")
BOTH = {**{key: both for key, both in catalogue().items() if key.startswith(FIGURES)}, **KIND_NAMES, **SENTENCES}


def texts(chart: Chart) -> list[Text]:
    return [item for item in chart.findobj(Text) if item.get_visible() and item.get_text().strip()]


def words_of(chart: Chart) -> str:
    return " ".join(item.get_text() for item in texts(chart)).replace("\n", "")


def assert_inside(chart: Chart) -> None:
    chart.canvas.draw()
    wide, tall = chart.bbox.width, chart.bbox.height
    for item in texts(chart):
        box = chart.extent(item)
        assert box.x0 >= -2 and box.y0 >= -2 and box.x1 <= wide + 2 and box.y1 <= tall + 2, item.get_text()


def test_words_have_both_languages_and_a_font() -> None:
    for key, both in BOTH.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in both]
        assert key == "and_more" or places[0] == places[1], key
        assert key == "gap" or all(both), key
    for path in bundled():
        assert holds(path, "".join({c for both in BOTH.values() for text in both for c in text if c.isprintable()})), path.name


def test_indices_are_drawn_as_estimated() -> None:
    of = {"rotation.share": (-0.04, 1.2, 0.15), "dummy": (0.0, 0.01, 0.02)}
    chart = sensitivity_figures.draw_indices(pd.DataFrame(index_rows(of)), "gap", Words("en", INFO), HEAD, for_report=True)
    panel = next(a for a in chart.axes if a.patches and a.get_xlim()[0] < 0)
    assert sorted(round(p.get_width(), 3) for p in panel.patches if abs(p.get_height() - 0.34) < 1e-9) == [-0.04, 0.0, 0.01, 1.2]
    low, high = panel.get_xlim()
    assert low <= -0.19 and high >= 1.35, "an interval is never cut"
    assert "120%" in words_of(chart)


@pytest.mark.slow
@pytest.mark.measured
def test_an_index_without_shares_is_drawn_alone() -> None:
    rows = pd.DataFrame(index_rows({"rotation.share": (0.0, 0.42, 0.1), "dummy": (0.0, 0.05, 0.02)}, method="pawn"))
    rows = rows[rows["index"] == "ST"].assign(index="pawn")
    chart = sensitivity_figures.draw_indices(rows, "gap", Words("zh", INFO), HEAD)
    assert "0.42" in words_of(chart) and "42%" not in words_of(chart) and "PAWN" in words_of(chart)
    assert_inside(chart)


def test_limits_hold_every_number_and_nothing() -> None:
    assert limits([0.2, math.nan, 0.5])[0] == 0.0 and limits([0.2, 0.5])[1] > 0.5 and limits([-0.3])[0] < -0.3 and limits([-0.3])[1] == 0.0
    assert limits([], least=0.1)[1] > 0 and limits([3.0, 4.0], zero=False)[0] > 2.9


@pytest.mark.slow
@pytest.mark.measured
@pytest.mark.parametrize(("lang", "policies"), [("zh", ("fusion",)), ("en", ("collaboration", "co_build", "fusion"))])
def test_every_figure_stays_on_its_page(lang: str, policies: tuple[str, ...]) -> None:
    charts = figures(plain(policies), INFO, lang)
    assert [name.split("-")[0] for name in charts] == ["indices", "swings", "together", "growth", "screening", "chaos"]
    for chart in charts.values():
        check_layout(chart)
        check_glyphs(chart)
        assert chart.takeaway and Words(lang, INFO).policy("fusion") in words_of(chart)
    assert "42%" in words_of(charts["indices-gap"]) and "Q2 = 0.93" in words_of(charts["chaos-gap"])
    assert ("−0.09" in words_of(charts["swings-gap"])) and "10,240" in words_of(charts["growth-gap"])


@pytest.mark.slow
@pytest.mark.measured
def test_many_inputs_wide_intervals_and_a_dead_policy() -> None:
    random = np.random.default_rng(5)
    of = {name: (float(random.normal(0.02, 0.05)), float(random.normal(0.05, 0.08)), 0.2) for name in MANY} | {"dummy": (0.0, 0.01, 0.03)}
    dead = dict.fromkeys(of, (math.nan, math.nan, math.nan))
    frames = {
        "indices": pd.DataFrame([*index_rows(of), *index_rows(dead, "co_build")]), "split": pd.DataFrame(split_rows(parameters=1.1, seeds=-0.03)),
        "growth": pd.DataFrame(growth_rows(of, target=0.01)),
        "facts": pd.DataFrame([{"policy": p, "outcome": "gap", "method": "sobol", "is_dead": p == "co_build"} for p in ("fusion", "co_build")]),
    }  # fmt: skip
    charts = figures(frames, INFO, "en")
    for chart in charts.values():
        assert_inside(chart)
    said = words_of(charts["indices-gap"])
    assert "more, upper ends all below" in said and "Nothing changes it" in said and "110%" in said and "−7%" in said
    assert "not yet settled" in words_of(charts["growth-gap"])


@pytest.mark.slow
@pytest.mark.measured
def test_an_interaction_is_hatched_where_its_interval_holds_nothing() -> None:
    frame = pd.DataFrame(together_rows(strength=0.03, half=0.008))
    chart = interaction_figure.draw_together(frame, "gap", ("finance.fund_yuan_year", "rotation.share"), Words("en", INFO), HEAD)
    hatched = [sum(p.get_hatch() == "////" for p in a.patches) for a in chart.axes]
    unsure = int(((frame["beyond_low"] <= 0) & (frame["beyond_high"] >= 0)).sum())
    assert unsure in hatched and 0 < unsure < 25
    assert_inside(chart)
    # Words along a side stay in the order in which they come; levels are not hatched.
    words = frame.assign(x=frame["x"].map(dict(zip(sorted(frame["x"].unique()), ["people", "goods", "work", "a", "b"], strict=True))), input="lever.use")
    chart = interaction_figure.draw_together(words, "gap", ("lever.use", "rotation.share"), Words("en", {**INFO, "baseline": "none"}), HEAD)
    panel = next(a for a in chart.axes if len(a.get_xticklabels()) == 5)
    assert [t.get_text() for t in panel.get_xticklabels()][:3] == ["people", "goods", "joint work"]
    assert_inside(chart)


@pytest.mark.slow
@pytest.mark.measured
def test_the_plane_numbers_what_stands_above_the_dummy() -> None:
    rows = pd.DataFrame(morris_rows())
    chart = screening_figures.draw_screening(rows, "gap", Words("zh", INFO), HEAD)
    star = rows[rows["index"] == "mu_star"].set_index("input")
    above = int((star["low"].drop("dummy") > star.loc["dummy", "high"]).sum())
    panel = chart.axes[0]
    assert sorted(int(t.get_text()) for t in panel.texts) == list(range(1, above + 1))
    assert_inside(chart)


@pytest.mark.slow
@pytest.mark.measured
def test_files_are_written_and_the_same_twice(tmp_path: Path) -> None:
    frames = {"indices": pd.DataFrame(index_rows(PLAIN))}
    written = [pictures(frames, tmp_path / name, INFO, langs=("en",), formats=("svg",)) for name in ("a", "b")]
    assert [p.name for p in written[0]] == [f"indices-gap.en.{kind}" for kind in ("svg",)]
    assert [p.read_bytes() for p in written[0]] == [p.read_bytes() for p in written[1]]
