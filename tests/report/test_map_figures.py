"""Maps of two levers: cells, intervals of crossed samples, sentences, and what would embarrass us on the page."""

from __future__ import annotations

import functools
import itertools
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from layout import check_glyphs, check_layout

from edusim.errors import RunError
from edusim.report.map_cells import crossed_interval, sort_into_cells
from edusim.report.map_figures import draw_dose, draw_map, write_maps

FUND, SHARE, TERM = "lever.finance.fund_yuan_year", "lever.rotation.share", "lever.rotation.term_years"
INFO = {
    "outcomes": {
        "gap": {"measure": "learning.core_member_gap", "at": "2035", "want": "min", "unit": "pupil SD"},
        "stock": {"measure": "staffing.rotation_stock_member", "at": "last", "unit": "share"},
        "cost": {"measure": "money.total", "at": "sum", "unit": "yuan"},
    },
    "factors": {"lever.use": {"values": ["goods", "work", "people"]}},
    "n_schools": 37,
}


@functools.lru_cache
def study(
    policies: tuple[str, ...] = ("co_build", "fusion"), futures: int = 4, draws: int = 3, most: float = 0.5, noise: float = 0.002
) -> pd.DataFrame:
    """Effects that follow a known plane: gap = -2e-10 fund - share term, the same shift for every run of a future or draw."""
    random = np.random.default_rng(5)
    of_future, of_draw = random.normal(0, 0.05, futures), random.normal(0, 0.05, draws)
    rows = []
    points = [p for p in itertools.product((0, 5e7, 1e8, 2e8), (0.0, 0.05, 0.1, 0.15), (1, 3, 5), ("goods", "work", "people"))
              if p[1] * p[2] <= most]  # fmt: skip
    for point, policy, future, draw in itertools.product(range(len(points)), policies, range(futures), range(draws)):
        fund, share, term, use = points[point]
        gap = -2e-10 * fund - share * term + of_future[future] + of_draw[draw] + random.normal(0, noise)
        rows.append((policy, "feasible", point, future, draw, fund, share, term, use, gap, 0.8 * share * term, 9 * fund))
    names = ["policy", "design", "point", "future", "draw", FUND, SHARE, TERM, "lever.use", "gap", "stock", "cost"]
    return pd.DataFrame(rows, columns=names)


# -- numbers ------------------------------------------------------------------------------------------


def test_crossed_interval_against_a_worked_example() -> None:
    # Rows 1, 2, 6 and 3, 4, 5: means 3 and 4, columns 2, 3, 5.5; MS 1.5 (1 df), 6.5 (2), 1.5 (2); by hand.
    found = crossed_interval(np.array([[1.0, 2.0, 6.0], [3.0, 4.0, 5.0]]))
    variance = (1.5 + 6.5 - 1.5) / 6
    freedom = 6.5**2 / (1.5**2 / 1 + 6.5**2 / 2 + 1.5**2 / 2)
    from scipy.stats import t

    assert found.mean == pytest.approx(3.5)
    assert found.high - found.mean == pytest.approx(t.ppf(0.975, freedom) * math.sqrt(variance))


def test_crossed_interval_covers_the_truth() -> None:
    """Two hundred tables of futures by draws around 0: the plain interval is much too narrow, this one is not."""
    random = np.random.default_rng(2)
    held = plain = 0
    for _ in range(400):
        table = random.normal(size=(5, 1)) + random.normal(size=(1, 4)) + 0.3 * random.normal(size=(5, 4))
        gap = crossed_interval(table)
        held += gap.low <= 0 <= gap.high
        plain += abs(table.mean()) <= 2.09 * table.std(ddof=1) / math.sqrt(20)
    assert held >= 0.9 * 400 and plain < 0.75 * 400


@pytest.mark.parametrize("shape", [(1, 6), (6, 1)])
def test_one_future_or_one_draw_is_an_ordinary_sample(shape: tuple[int, int]) -> None:
    values = np.arange(6.0)
    found = crossed_interval(values.reshape(shape))
    assert found.high - found.mean == pytest.approx(2.570582 * values.std(ddof=1) / math.sqrt(6), rel=1e-5)


def test_gaps_in_a_table() -> None:
    whole = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.5]])
    broken = np.vstack([whole, [9.0, np.nan]])
    assert crossed_interval(broken).high == pytest.approx(crossed_interval(whole).high)
    lonely = np.full((3, 3), np.nan)
    assert crossed_interval(lonely).n == 0 and math.isnan(crossed_interval(lonely).mean)
    np.fill_diagonal(lonely, [1.0, 2.0, 3.0])  # draws of their own: as many numbers as futures
    assert crossed_interval(lonely).n == 3 and crossed_interval(lonely).known


def test_cells_hold_the_plane() -> None:
    cells = sort_into_cells(study(noise=0.0, most=9.0), FUND, "rotation.share", "gap", order=("co_build", "fusion"))
    level = cells.mean[0, 0, 0]
    assert cells.mean.shape == (2, 4, 4)
    assert cells.mean[0, 2, 3] - level == pytest.approx(-0.04 - 0.1 * 3)  # terms 1, 3, 5 averaged
    assert cells.contrast("x").mean == pytest.approx(-0.04) and cells.contrast("y").mean == pytest.approx(-0.45)
    # What all runs of a future or draw share does not blur a contrast, but it does blur a cell.
    assert cells.contrast("x").high - cells.contrast("x").low < 1e-9 < cells.interval(0, 0, 0).high - cells.interval(0, 0, 0).low
    assert cells.averaged == (TERM, "lever.use") and (cells.kept, cells.settings, cells.is_even) == (9, 9, True)


def test_a_cell_does_not_differ_by_what_else_is_in_it() -> None:
    """Long terms are allowed with few teachers only: a plain mean over terms would confuse the two."""
    cells = sort_into_cells(study(noise=0.0), FUND, SHARE, "gap")
    assert (cells.kept, cells.settings) == (6, 9)  # terms 1 and 3, by three uses
    assert cells.contrast("y").mean == pytest.approx(-0.15 * 2)


def test_contrasts_keep_away_from_a_corner_that_is_left_out() -> None:
    cells = sort_into_cells(study(noise=0.0), TERM, SHARE, "gap")
    assert np.isnan(cells.mean[:, 3, 2]).all() and cells.ends("x") == (0, 1)
    assert cells.contrast("x").mean == pytest.approx(-2 * np.mean([0, 0.05, 0.1, 0.15]))


def test_another_lever_is_held() -> None:
    cells = sort_into_cells(study(noise=0.0), FUND, SHARE, "gap", at={"rotation.term_years": 3})
    assert cells.averaged == ("lever.use",) and cells.contrast("y").mean == pytest.approx(-0.45)


def test_scattered_settings_are_binned() -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame({"policy": "fusion", "future": 0, "draw": np.arange(600), FUND: random.uniform(0, 2e8, 600),
                          SHARE: random.uniform(0, 0.2, 600)})  # fmt: skip
    frame["gap"] = frame[FUND] / 1e8
    cells = sort_into_cells(frame, FUND, SHARE, "gap")
    assert cells.x.is_binned and cells.mean.shape == (1, 6, 6) and len(cells.x.edges) == 7
    assert cells.n_runs == 600 and np.all(np.diff(cells.mean[0].mean(axis=0)) > 0)
    assert "等宽分格" in " ".join(t.get_text() for t in draw_map(frame, FUND, SHARE, "gap", info=INFO).texts)


def test_faults_name_the_nearest() -> None:
    frame = study()
    for change, phrase in (
        ({"x": "finance.fund"}, "did you mean finance.fund_yuan_year?"), ({"outcome": "gpa"}, "did you mean gap?"),
        ({"y": FUND}, "both sides"), ({"at": {"use": "good"}}, "did you mean goods?"),
    ):  # fmt: skip
        with pytest.raises(RunError, match=re.escape(phrase)) as found:
            sort_into_cells(frame, **{"x": FUND, "y": SHARE, "outcome": "gap", **change})  # type: ignore[arg-type]
        assert found.value.code == "FIG-LEVER"
    with pytest.raises(RunError, match="FIG-EMPTY"):
        draw_map(frame.assign(gap=np.nan), FUND, SHARE, "gap")
    with pytest.raises(RunError, match="FIG-COLUMNS"):
        draw_map(frame.drop(columns="draw"), FUND, SHARE, "gap")


# -- words and pictures -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sentence_says_what_the_data_say(lang: str) -> None:
    chart: Any = draw_map(study(), FUND, SHARE, "gap", lang=lang, info=INFO)
    plain = chart.takeaway.replace("\u2212", "-")
    assert "-0.04" in plain and "-0.30" in plain and "20,000 万元/年" in plain if lang == "zh" else "200 million yuan a year" in plain
    assert ("95% 区间" in plain) if lang == "zh" else ("95% interval" in plain)
    assert "37" in chart.footer and "4" in chart.footer and "6" in chart.footer
    assert ("情景推演，不是预测" in chart.footer) and ("not a forecast" in chart.footer)
    nothing: Any = draw_map(study(), FUND, "use", "gap", lang=lang, info=INFO)
    assert ("方向未能确定" if lang == "zh" else "no sure direction") in nothing.takeaway
    same: Any = draw_map(study(), TERM, FUND, "cost", levels=True, lang=lang, info=INFO)
    assert ("每次推演都相同" if lang == "zh" else "the same in every run") in same.takeaway
    alone: Any = draw_map(study(futures=1, draws=1), FUND, SHARE, "gap", lang=lang, info=INFO)
    assert ("仅 1 次推演" if lang == "zh" else "Only one run") in alone.takeaway


def patches(chart: Any) -> list[Any]:
    return [p for axes in chart.axes for p in axes.patches if p.get_hatch()]


def test_cells_that_may_be_nothing_are_hatched() -> None:
    frame = study(("fusion",), noise=0.0).copy()
    frame["gap"] = np.where(frame[SHARE] > 0.01, -1.0, 0.0) + np.where(frame["draw"] == 0, 0.1, -0.05)
    chart = draw_map(frame, FUND, SHARE, "gap", info=INFO)
    assert sorted({p.get_y() for p in patches(chart)}) == [-0.5] and len(patches(chart)) == 4
    assert not patches(draw_map(frame, FUND, SHARE, "gap", levels=True, info=INFO))


def test_panels_share_one_scale_about_zero() -> None:
    chart = draw_map(study(), FUND, SHARE, "gap", info=INFO)
    meshes = [mesh for axes in chart.axes for mesh in axes.collections if hasattr(mesh, "get_coordinates")]
    ends = {mesh.get_clim() for mesh in meshes}
    assert len(meshes) == 2 and len(ends) == 1
    low, high = ends.pop()
    assert low == -high < 0
    # Blue is the side that is wanted: lower here, higher when the study wants more.
    wanted = {**INFO, "outcomes": {"gap": {**INFO["outcomes"]["gap"], "want": "max"}}}  # type: ignore[index]
    other = [m for axes in draw_map(study(), FUND, SHARE, "gap", info=wanted).axes for m in axes.collections if hasattr(m, "get_coordinates")]
    assert meshes[0].cmap(0.0)[2] > meshes[0].cmap(0.0)[0] and other[0].cmap(1.0)[2] > other[0].cmap(1.0)[0]


def test_a_dose_is_numbered_and_lined() -> None:
    chart = draw_dose(study(), info=INFO, lang="en")
    texts = [t.get_text() for axes in chart.axes for t in axes.texts]
    assert "36" in texts and "4" in texts  # 0.8 of share times term, in percent
    assert sum(line.get_linestyle() != "-" for line in chart.axes[0].lines) >= 2
    assert any("dashed: yearly share × term = 20%" in " ".join(t.get_text().split()) for t in chart.texts)


CASES = {
    "grid": ({}, FUND, SHARE, {}),
    "three": ({"policies": ("collaboration", "co_build", "fusion")}, FUND, SHARE, {}),
    "five": ({"policies": ("collaboration", "co_build", "fusion", "nanyang", "kunshan"), "futures": 2, "draws": 1}, FUND, SHARE, {}),
    "words": ({}, FUND, "use", {}),
    "words along x": ({}, "use", SHARE, {}),
    "one": ({"policies": ("fusion",)}, TERM, SHARE, {}),
    "levels": ({}, FUND, TERM, {"levels": True}),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", [c if c == "grid" else pytest.param(c, marks=pytest.mark.slow) for c in CASES])
def test_nothing_lies_on_something_or_leaves_the_page(case: str, lang: str) -> None:
    """Head, foot and labels of axes stay on the page and apart from one another."""
    made, x, y, more = CASES[case]
    chart: Any = draw_map(study(**made), x, y, "gap", lang=lang, info=INFO, **more)  # type: ignore[arg-type]
    chart.canvas.draw()
    page = chart.bbox
    boxes = []
    for text in [*chart.texts, *(t for a in chart.axes for t in (a.xaxis.label, a.yaxis.label, *a.get_xticklabels(), *a.get_yticklabels(), *a.texts))]:
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent(chart.canvas.get_renderer())
            assert box.x0 >= page.x0 and box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= page.y1, text.get_text()
            boxes.append((text.get_text(), box))
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert width <= 2 or height <= 2, f"{one!r} lies on {two!r}"


@pytest.mark.slow
def test_files_in_both_languages_and_the_same_bytes(tmp_path: Path) -> None:
    frames = {"runs": study(), "effects": study()}
    maps = [{"x": FUND, "y": SHARE, "outcome": "gap", "name": "gap"}, {"x": TERM, "y": SHARE, "outcome": "stock", "name": "dose", "dose": True}]
    written = write_maps(frames, maps, tmp_path / "a", info=INFO)
    for chart in (draw_map(study(), FUND, SHARE, "gap", info=INFO), draw_dose(study(), info=INFO, lang="en")):
        check_layout(chart)
        check_glyphs(chart)
    assert [f.name for f in written] == [f"{n}.{lang}.{kind}" for n in ("gap", "dose") for lang in ("zh", "en") for kind in ("png", "svg")]
    again = write_maps(frames, maps[:1], tmp_path / "b", langs=("zh",), info=INFO)
    assert all(f.read_bytes() == (tmp_path / "a" / f.name).read_bytes() for f in again)
    report: Any = draw_map(study(), FUND, SHARE, "gap", for_report=True, info=INFO)
    assert report.get_size_inches()[1] < draw_map(study(), FUND, SHARE, "gap", info=INFO).get_size_inches()[1]
    assert report.title and not any(t.get_text() == report.title for t in report.texts)
