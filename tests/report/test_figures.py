"""Figures of a run: right glyphs, sentences that follow the data, verdicts on intervals, no text on text."""

from __future__ import annotations

import logging
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import fake
import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from layout import check_layout, texts, words_of

from edusim.errors import RunError
from edusim.report import figures, fonts, style
from edusim.report.language import limits
from edusim.report.style import Chart

SIX = ("status_quo", "collaboration", "co_build", "fusion", "community_plan", "own_policy")
ONE_YEAR = range(2025, 2026)


def draw(found: Any, name: str, lang: str = "zh", **options: Any) -> Chart:
    return figures.draw_one(found, name, lang=lang, **options)


USUAL = (18, fake.POLICIES, 12)


@cache
def county(n: int, policies: tuple[str, ...], draws: int, years: range = range(2025, 2031)) -> Any:
    """Return made-up results, made once; nobody may change them."""
    return fake.comparison(n, policies, draws, years)


@cache
def chart_of_usual(name: str, lang: str = "zh", for_report: bool = False) -> Chart:
    """Return a figure of the usual county, drawn once; nobody may change it."""
    return draw(county(*USUAL), name, lang, for_report=for_report)


@pytest.fixture(scope="module")
def usual() -> Any:
    return county(*USUAL)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_all_are_written(usual: Any, lang: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    kinds = ("png", "svg", "pdf") if lang == "zh" else ("png",)
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING, logger="matplotlib"):
        warnings.simplefilter("error")
        written = figures.draw_all(usual, tmp_path / "figures", lang, kinds)
    assert [path.name for path in written] == [f"{name}.{kind}" for name in figures.FIGURES for kind in kinds]
    assert not caplog.records, "matplotlib complained about a font"
    starts = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}
    for path in written:
        data = path.read_bytes()
        assert data.startswith(starts[path.suffix]) and len(data) > 5_000, path.name
        if path.suffix == ".pdf":
            assert b"EdusimHanSans" in data, "the bundled font is not embedded"
            assert b"DejaVu" not in data and b"LastResort" not in data, "a glyph fell through to another font"
    if lang == "zh":  # the same data, the same bytes
        again = figures.draw_all(usual, tmp_path / "again", lang, kinds, names=figures.FIGURES[:4])
        for path, other in zip(written, again, strict=False):
            assert path.name == other.name and path.read_bytes() == other.read_bytes(), path.name


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_bundled_fonts_hold_every_glyph_that_is_drawn(name: str) -> None:
    for lang in ("zh", "en"):
        items = texts(chart_of_usual(name, lang))
        said = "".join(item.get_text() for item in items).replace("\n", "")
        assert len(set(said)) > 30
        assert {item.get_fontfamily()[0] for item in items} == {fonts.FAMILY}
        assert len(fonts.bundled()) == 2
        for path in fonts.bundled():
            assert fonts.holds(path, said), path.name


@pytest.mark.parametrize("name", figures.FIGURES)
@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("n", "policies", "draws"),
    [
        USUAL,
        pytest.param(12, SIX, 2, marks=pytest.mark.slow),
        pytest.param(3, ("status_quo", "fusion"), 2, marks=pytest.mark.slow),
        pytest.param(150, SIX[:5], 3, marks=pytest.mark.slow),
        pytest.param(8, ("fusion",), 1, marks=pytest.mark.slow),
    ],
)
def test_no_text_lies_on_text(name: str, lang: str, n: int, policies: tuple[str, ...], draws: int) -> None:
    is_usual = (n, policies, draws) == USUAL
    check_layout(chart_of_usual(name, lang) if is_usual else draw(county(n, policies, draws), name, lang))


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
@pytest.mark.parametrize(
    "years", [ONE_YEAR, *(pytest.param(y, marks=pytest.mark.slow) for y in (range(2025, 2027), range(2020, 2046)))]
)
def test_any_number_of_years(name: str, years: range) -> None:
    if years == ONE_YEAR and name in ("frontier", "money", "quota"):  # nothing is spent and nobody sent before the first year
        with pytest.raises(RunError, match="FIG-EMPTY"):
            draw(county(10, fake.POLICIES, 3, years), name)
        return
    check_layout(draw(county(10, fake.POLICIES, 3, years), name))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dumbbell", "county_map", "ridgeline"])
@pytest.mark.parametrize("n", [1, 2])
def test_the_tiniest_counties(name: str, n: int) -> None:
    check_layout(draw(county(n, ("status_quo", "fusion"), 3, range(2025, 2028)), name))


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_for_report_has_no_title_and_no_footer(name: str) -> None:
    full, bare = chart_of_usual(name), chart_of_usual(name, for_report=True)
    whole = words_of(full)
    assert full.title.replace("\n", "") in whole.replace("\n", "")
    assert all(line.replace(" ", "") in whole.replace("\n", "").replace(" ", "") for line in limits("zh"))
    said = words_of(bare).replace("\n", "")
    for left_out in (bare.title, bare.subtitle, bare.takeaway, bare.footer):
        assert left_out and left_out.replace("\n", "") not in said
    assert bare.takeaway == full.takeaway, "the caption needs the sentence"
    assert bare.get_size_inches()[1] < full.get_size_inches()[1]
    check_layout(bare)


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_both_languages_head_every_figure(name: str) -> None:
    zh, en = chart_of_usual(name, "zh"), chart_of_usual(name, "en")
    assert any("\u4e00" <= c <= "\u9fff" for c in zh.title) and zh.subtitle.isascii() is ("–" not in zh.subtitle)
    assert not any("\u4e00" <= c <= "\u9fff" for c in en.title + en.takeaway)
    assert any("\u4e00" <= c <= "\u9fff" for c in en.subtitle)


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_one_run_says_that_there_is_no_interval(name: str) -> None:
    found = county(12, fake.POLICIES, 1, range(2025, 2029))
    chart = draw(found, name)
    assert "仅 1 次推演" in words_of(chart)
    assert "仅 1 次推演" in words_of(draw(found, name, for_report=True))
    assert "95% 区间" not in chart.takeaway


@pytest.mark.slow
@pytest.mark.parametrize("name", figures.FIGURES)
def test_missing_values_do_not_stop_a_figure(name: str) -> None:
    found = fake.comparison(12, draws=4, years=range(2025, 2030))
    rng = np.random.default_rng(0)
    for frame, column in ((found.measures, "value"), (found.schools, "mean_achievement"), (found.flows, "teachers")):
        frame.loc[rng.random(len(frame)) < 0.15, column] = np.nan
    gone = found.schools["school_id"].eq(103) & found.schools["year"].gt(2026)
    found.schools.loc[gone, "mean_achievement"] = np.nan
    check_layout(draw(found, name))


def test_nothing_global_is_changed(usual: Any) -> None:
    before = dict(mpl.rcParams)
    draw(usual, "trajectories").savefig("/dev/null", format="png")
    assert dict(mpl.rcParams) == before


def test_a_notebook_shows_a_png() -> None:
    assert chart_of_usual("ridgeline")._repr_png_().startswith(b"\x89PNG")


# --- sentences follow the data -----------------------------------------------------------------------


def test_trajectory_sentence_names_who_surely_differs() -> None:
    frame = fake.measures(draws=12)
    clear = figures.trajectories(frame).takeaway
    assert "融合型" in clear and "低于现状延续" in clear and "95% 区间" in clear
    higher = figures.trajectories(fake.measures(draws=12, shift=0.5)).takeaway
    assert "高于现状延续" in higher and higher != clear


def test_trajectory_sentence_does_not_claim_what_the_interval_holds_open() -> None:
    frame = fake.measures(("status_quo", "fusion"), draws=12)
    base = frame[frame["policy"] == "status_quo"]
    rng = np.random.default_rng(4)
    noisy = base.assign(policy="fusion", value=base["value"] + rng.normal(0, 0.05, len(base)))
    said = figures.trajectories(pd.concat([base, noisy])).takeaway
    assert "都在误差之内" in said and "低于" not in said


def test_ranking_is_only_claimed_when_the_rivals_differ() -> None:
    rows = []
    for draw_number, wobble in enumerate((-0.02, 0.0, 0.02, 0.01, -0.01, 0.015)):
        for policy, value in (("status_quo", 0.45), ("co_build", 0.35 + wobble), ("fusion", 0.349 - wobble)):
            rows.append(("county", policy, draw_number, 2030, "learning.core_member_gap", "all", value))
    frame = pd.DataFrame(rows, columns=["scope", "policy", "draw", "year", "measure", "stage", "value"])
    said = figures.trajectories(frame).takeaway
    assert "融合型相差最多" in said and "与共建型之间分不出高下" in said
    frame.loc[frame["policy"].eq("fusion"), "value"] -= 0.2
    assert "分不出高下" not in figures.trajectories(frame).takeaway


def test_given_effects_are_used_for_the_sentence() -> None:
    frame = fake.measures(("status_quo", "fusion"), draws=5)
    effects = fake.effects(frame)
    effects.loc[effects["measure"].eq("learning.core_member_gap"), ["mean", "low", "high"]] = (-0.5, -0.6, -0.4)
    assert "−0.50 SD" in figures.trajectories(frame, effects=effects).takeaway


def test_the_baseline_alone_is_described() -> None:
    said = figures.trajectories(fake.measures(("status_quo",), draws=5)).takeaway
    assert "在 2025 年为 0.4" in said and "单次推演 95% 范围" in said


def _indicator_frame(values: dict[str, list[float]], stage: str = "primary") -> pd.DataFrame:
    rows = [
        ("county", policy, number, year, f"official.cv.{key}", stage, value)
        for policy, draws in values.items()
        for number, value in enumerate(draws)
        for year in (2025, 2030)
        for key in fake.CV_BASE
    ]
    return pd.DataFrame(rows, columns=["scope", "policy", "draw", "year", "measure", "stage", "value"])


def test_indicator_verdicts_are_judged_on_the_interval() -> None:
    frame = _indicator_frame({"status_quo": [0.499, 0.501] * 3, "fusion": [0.40, 0.401] * 3, "co_build": [0.6, 0.601] * 3})
    chart = figures.indicators(frame)
    said = words_of(chart).split("\n")
    assert said.count("未定") == said.count("达标") == said.count("未达标") == 7
    assert "融合型 7 项" in chart.takeaway and "都能确定做到的：融合型" in chart.takeaway
    worse = figures.indicators(_indicator_frame({"status_quo": [0.49, 0.7] * 3, "fusion": [0.4, 0.6] * 3}))
    assert "没有方案能" in worse.takeaway and "各方案均为 0 项" in worse.takeaway


@pytest.mark.slow
def test_limits_differ_by_stage() -> None:
    values = {"status_quo": [0.47, 0.471, 0.472]}
    assert "达标" in words_of(figures.indicators(_indicator_frame(values, "primary"))).split("\n")
    assert "未达标" in words_of(figures.indicators(_indicator_frame(values, "junior"))).split("\n")


@pytest.mark.slow
def test_red_is_only_for_official_limits() -> None:
    for name in figures.FIGURES:
        chart = chart_of_usual(name)
        used = {
            mpl.colors.to_hex(item.get_color()).upper()
            for item in chart.findobj(lambda artist: hasattr(artist, "get_color"))
            if isinstance(item.get_color(), str)
        }
        assert (style.LIMIT.upper() in used) is (name in ("indicators", "quota", "seats")), name
    assert not {look.colour for look in (*style.LOOKS.values(), *style.SPARE_LOOKS)} & {style.LIMIT}


@pytest.mark.slow
def test_measures_by_stage_and_other_ids_are_understood() -> None:
    frame = fake.measures(("status_quo", "fusion"), draws=3, years=range(2025, 2028))
    other = frame.assign(
        scope="stage",
        measure=frame["measure"].replace({"learning.mean": "learning.county_mean", "official.cv.sports_area": "official.cv.sports"}),
    )
    assert figures.trajectories(other, "learning.mean").takeaway == figures.trajectories(frame, "learning.mean").takeaway
    assert figures.indicators(other).takeaway == figures.indicators(frame).takeaway


def test_dumbbell_counts_only_sure_changes() -> None:
    frame = fake.schools(9, ("status_quo", "fusion"), draws=6, years=range(2025, 2027))
    flat = frame.assign(mean_achievement=frame.groupby("school_id")["mean_achievement"].transform("mean"))
    rise = flat["policy"].eq("fusion") & flat["year"].eq(2026) & flat["role"].eq("member")
    flat.loc[rise, "mean_achievement"] += 0.1 + 0.001 * flat["draw"]
    n = flat.loc[flat["role"].eq("member"), "school_id"].nunique()
    said = figures.dumbbell(flat).takeaway
    assert f"{n} 所成员校" in said and "现状延续 0/0 所" in said and f"融合型 {n}/0 所" in said
    flat.loc[rise, "mean_achievement"] -= 0.3
    assert f"融合型 0/{n} 所" in figures.dumbbell(flat).takeaway


def test_schools_appear_under_pseudonyms_only() -> None:
    frame = fake.schools(6, ("status_quo", "fusion"), 2, range(2025, 2027)).assign(name="实验小学", school_id=lambda f: f["school_id"] + 987000)
    for maker in (figures.dumbbell, figures.county_map, figures.ridgeline):
        said = words_of(maker(frame))
        assert "实验小学" not in said and "987" not in said


@pytest.mark.slow
@pytest.mark.measured
def test_a_large_dumbbell_says_what_it_shows() -> None:
    chart = figures.dumbbell(fake.schools(60, ("status_quo", "fusion"), 2, range(2025, 2027)))
    assert "抽取 24 所，全县共 60 所" in words_of(chart).replace("\n", "")


@pytest.mark.parametrize(("lang", "unit", "value"), [("zh", "万元/年", "+1,500"), ("en", "million yuan a year", "+15.0")])
def test_large_money_is_told_in_its_own_unit_whole_on_the_page(lang: str, unit: str, value: str) -> None:
    frame = pd.DataFrame(
        [(policy, draw, year, "money.total", "county", "all", 0.0 if policy == "status_quo" else 15e6 + draw, "yuan/year")
         for policy in ("status_quo", "fusion") for draw in range(3) for year in (2026, 2027)],
        columns=["policy", "draw", "year", "measure", "scope", "stage", "value", "unit"],
    )  # fmt: skip
    chart = figures.trajectories(frame, "money.total", lang=lang)
    assert unit in words_of(chart) and value in words_of(chart) and "000,000" not in words_of(chart) and unit in chart.takeaway
    check_layout(chart)


@pytest.mark.slow
def test_flow_sentence_follows_the_flows() -> None:
    frame = fake.flows()
    out = figures.teacher_flow(frame)
    assert "核心校：每年净派出" in out.takeaway and "现状延续下净派出" in out.takeaway
    swapped = frame.rename(columns={"from_zone_role": "to_zone_role", "to_zone_role": "from_zone_role"})
    assert "核心校：每年净流入" in figures.teacher_flow(swapped).takeaway


def test_flow_totals_are_yearly_means() -> None:
    frame = pd.DataFrame(
        [("fusion", d, y, "core", "rural", n) for d, n in ((0, 10.0), (1, 20.0)) for y in (2026, 2027)],
        columns=["policy", "draw", "year", "from_zone_role", "to_zone_role", "teachers"],
    )
    said = words_of(figures.teacher_flow(frame))
    assert "融合型：每年 15 人次" in said and "乡村校 15（净 +15）" in said


def test_flows_are_counted_from_records() -> None:
    schools = pd.DataFrame(
        {"year": 2025, "school_id": [1, 2, 3], "zone": ["urban", "rural", "town"], "role": ["core", "member", "none"]}
    )
    records = pd.DataFrame(
        [("p", 0, 2026, "rotation.send", "teacher", 1, 2), ("p", 0, 2026, "rotation.send", "teacher", 1, 2),
         ("p", 0, 2026, "admission", "pupil", 1, 2), ("p", 0, 2026, "rotation", "teacher", 3, 9)],
        columns=["policy", "draw", "year", "rule", "agent_type", "source", "target"],
    )  # fmt: skip
    found = figures.flows_from_records(records, schools)
    assert found is not None
    assert found[["from_zone_role", "to_zone_role", "teachers"]].to_numpy().tolist() == [["core", "rural", 2.0]]
    assert figures.flows_from_records(records[records["rule"] == "admission"], schools) is None


def test_map_sentence_compares_near_and_far() -> None:
    frame = fake.schools(20, ("status_quo", "fusion"), 6, range(2025, 2027), seed=5)
    near = figures.county_map(frame).takeaway
    assert "公里以内" in near and "远近之差" in near
    alone = figures.county_map(fake.schools(4, ("status_quo", "fusion"), 6, range(2025, 2027))).takeaway
    assert "公里" not in alone and "成员校平均变化" in alone


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.2, 0.0, "托底"), (0.0, -0.2, "削峰"), (0.2, -0.2, "既有"), (-0.2, 0.2, "差距扩大"), (0.0, 0.0, "未能确定")],
)
def test_ridgeline_says_which_end_moved(low: float, high: float, words: str) -> None:
    rng = np.random.default_rng(2)
    base = np.linspace(-1, 1, 40)
    rows = []
    for number in range(8):
        for year in (2025, 2030):
            moved = base + np.where(base < 0, low, high) * (year == 2030) + rng.normal(0, 0.002)
            rows += [("fusion", number, year, i, f"校{i}", "rural", "member", 1, value) for i, value in enumerate(moved)]
    frame = pd.DataFrame(
        rows,
        columns=["policy", "draw", "year", "school_id", "pseudonym", "zone", "role", "group_id", "mean_achievement"],
    )
    assert words in figures.ridgeline(frame).takeaway


# --- mistakes ------------------------------------------------------------------------------------------


def test_a_missing_measure_names_the_nearest() -> None:
    with pytest.raises(RunError, match="core_member_gap") as caught:
        figures.trajectories(fake.measures(draws=1, years=ONE_YEAR), "learning.core_members_gap")
    assert caught.value.code == "FIG-NO-MEASURE"


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RunError, match="mean_achievement") as caught:
        figures.dumbbell(fake.schools(3, draws=1, years=ONE_YEAR).drop(columns="mean_achievement"))
    assert caught.value.code == "FIG-COLUMNS"


def test_unknown_figures_and_formats_are_refused(usual: Any, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="dumbbell"):
        figures.draw_one(usual, "dumbell")
    with pytest.raises(RunError, match="FIG-FORMAT"):
        figures.draw_all(usual, tmp_path, formats=("jpeg",))


@pytest.mark.slow
def test_every_file_even_when_nothing_moved(usual: Any, tmp_path: Path) -> None:
    from types import SimpleNamespace

    found = SimpleNamespace(measures=usual.measures, schools=usual.schools)  # no flows
    written = figures.draw_all(found, tmp_path, "zh", ("svg",))
    assert len(written) == len(figures.FIGURES) and all(path.stat().st_size > 1000 for path in written)
    with pytest.raises(RunError) as caught:
        figures.teacher_flow(None)
    assert caught.value.code == "FIG-EMPTY"


@pytest.mark.slow
def test_drawing_needs_no_pyplot() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import fake; from edusim.report import figures\n"
        "figures.dumbbell(fake.schools(3, draws=1, years=range(2025, 2027)))._repr_png_()\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(Path(__file__).parent)], check=False)
    assert done.returncode == 0


def test_fonts_report() -> None:
    assert fonts.status()["bundled_hold_chinese"] is True


@pytest.mark.slow
def test_a_stage_without_schools_has_no_panel_and_no_claim() -> None:
    found = fake.comparison(n=12, draws=3)
    none = (found.measures["stage"] == "primary") & found.measures["measure"].astype(str).str.startswith("official.cv.")
    assert none.any()
    found.measures.loc[none, "value"] = np.nan
    for lang, word in (("zh", "小学"), ("en", "rimary")):
        chart = draw(found, "indicators", lang)
        assert word not in words_of(chart)
        check_layout(chart)
    found.measures.loc[found.measures["measure"].astype(str).str.startswith("official.cv."), "value"] = np.nan
    with pytest.raises(RunError, match="FIG-NO-MEASURE"):
        draw(found, "indicators")


@pytest.mark.slow
def test_no_two_ticks_of_an_axis_say_the_same() -> None:
    found = fake.comparison(n=12, draws=3)
    found.schools["mean_achievement"] = 0.2 * found.schools["mean_achievement"]
    for name in ("dumbbell", "ridgeline"):
        chart = draw(found, name)
        chart.draw_without_rendering()
        for axes in chart.axes:
            low, high = axes.get_xlim()
            said = [label.get_text() for at, label in zip(axes.get_xticks(), axes.get_xticklabels(), strict=True) if low <= at <= high]
            assert len(set(said)) == len(said), said


def test_the_same_distribution_looks_the_same_under_two_policies() -> None:
    found = fake.comparison(n=12, draws=3)
    frame = found.schools
    late = frame["year"] > frame["year"].min()
    frame.loc[late & (frame["policy"] == "fusion"), "mean_achievement"] *= 0.5  # steeper by the end
    frame.loc[~late, "mean_achievement"] = frame.loc[~late, "school_id"].astype(float) / 12.0
    chart = draw(found, "ridgeline")
    first = [np.nanmin(axes.lines[0].get_ydata()) for axes in chart.axes if axes.lines]
    assert len(first) >= 4
    assert np.ptp(first) < 1e-9
