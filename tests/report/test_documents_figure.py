"""Documents beside a county: what they rest on, who can be told from whom, and the figures of it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from layout import check_glyphs, check_layout, words_of

import edusim
from edusim import documents
from edusim.report import documents_figure as figures
from edusim.report.interval_figure import Panel, Row, decimals, intervals
from edusim.report.style import Words
from edusim.report.summaries import Interval, mean_interval

FIVE = documents.named()
INFO = {"n_schools": 12, "base_year": 2025, "last_year": 2029, "data_status": "synthetic"}


def test_what_a_document_rests_on_is_counted() -> None:
    from edusim import policy_pages, register

    rows = documents.basis()
    assert [row.policy for row in rows] == list(FIVE)
    for row in rows:
        listed = policy_pages.entries(policy_pages.find(row.policy))
        assert row.written + row.evidence + row.ours == len(listed)
        assert row.written == sum(entry.clause.status == "clause" for entry in listed)
        assert row.carried + row.aside == len(register.coverage(row.document))


def test_all_five_act_together_for_the_years_of_the_shortest() -> None:
    assert documents.years_in_force(FIVE) == 4
    assert documents.years_in_force(["kunshan", "fusion"]) == 10


def test_the_shape_of_a_county() -> None:
    found = documents.shape(edusim.load("county").with_({"region.n_pupils": 6000}))
    assert list(found) == list(documents.SHAPE)
    assert 0 < found["urban"] < 1 and 0 <= found["alone"] <= 1 and found["members"] >= 1
    rural = documents.shape(edusim.load("county").with_({"region.n_pupils": 6000, "region.pupils.zone_share.rural": 0.5}))
    assert rural["village"] > found["village"] and rural["urban"] < found["urban"]


def frame(values: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        {"policy": key, "draw": draw, "year": 2029, "measure": "m", "scope": "county", "stage": "all", "value": value}
        for key, listed in values.items() for draw, value in enumerate(listed)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_intervals_of_pairs_hold_together() -> None:
    rng = np.random.default_rng(1)
    noise = rng.normal(size=12)
    values = {key: list(0.1 * i + noise + 0.05 * rng.normal(size=12)) for i, key in enumerate("abcde")}
    found = documents.apart(frame(values), list("abcde"), "m", 2029)
    assert len(found) == 10
    for (a, b), gap in found.items():
        alone = mean_interval(np.array(values[a]) - np.array(values[b]))
        assert gap.mean == pytest.approx(alone.mean) and gap.low < alone.low and gap.high > alone.high
    one = documents.apart(frame({"a": [1.0], "b": [0.0]}), ["a", "b"], "m", 2029)["b", "a"]
    assert one.mean == -1.0 and not one.known


def test_by_number_alone_no_pair_is_found() -> None:
    # Forty counties without any difference among five policies: pairs found by chance stay at the level that was promised.
    rng = np.random.default_rng(7)
    seen = 0
    for _ in range(40):
        found = documents.apart(frame({key: list(rng.normal(size=10)) for key in "abcde"}), list("abcde"), "m", 2029)
        seen += any(gap.clear for gap in found.values())
    assert seen <= 6


def test_who_is_surely_behind() -> None:
    pairs = {("b", "a"): Interval(0.2, 0.1, 0.3, 8), ("c", "a"): Interval(0.1, -0.1, 0.3, 8), ("c", "b"): Interval(-0.2, -0.3, -0.1, 8)}
    assert documents.behind(pairs, "max") == {"a": ["b"], "b": [], "c": ["b"]}
    assert documents.behind(pairs, "min") == {"b": ["a", "c"], "a": [], "c": []}


def some(rows: list[str], columns: list[str], shift: float = 0.0) -> dict[tuple[str, str], Interval]:
    return {(row, column): Interval(x := 0.02 * i - 0.03 + shift, x - 0.015, x + 0.015, 6) for i, row in enumerate(rows) for column in columns}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_keep_to_the_page(lang: str) -> None:
    words, keys = Words(lang, INFO), list(FIVE)
    values = some(keys, ["gap", "cost", "low", "high", "ours", "own"])
    panels = [Panel("gap", words.measure("learning.core_member_gap"), "SD"), Panel("cost", words.measure("money.total"), "", 1e3)]
    pairs = {m: {(a, b): Interval(0.03 - 0.02 * i, 0.01 - 0.02 * i, 0.05 - 0.02 * i, 6) for i, a in enumerate(keys) for b in keys[:i]} for m in ("gap", "weak")}
    shape = {key: 0.1 + 0.2 * i for i, key in enumerate(documents.SHAPE)}
    shapes = {key: {name: value * (1 + 0.3 * i) for name, value in shape.items()} for i, key in enumerate(keys)}
    named = {"gap": words.measure("learning.core_member_gap"), "weak": words.measure("learning.weak_mean")}
    charts = [
        figures.basis_figure(documents.basis(), words),
        figures.shape_figure(shapes, {k: v * 1.5 for k, v in shape.items()}, documents.SHAPE, words),
        figures.effects_figure(values, panels, keys, words, year=2029, n_runs=6),
        figures.pairs_figure(pairs, {"gap": "min", "weak": "max"}, named, keys, words, year=2029, n_runs=6),
        figures.homes_figure(values, named["gap"], "SD", keys, words, n_runs=6),
        figures.ends_figure(values, {"low": "0", "high": "0.4"}, {"low": pairs["gap"], "high": pairs["weak"]}, named["gap"], "SD", keys, words, n_runs=6),
    ]
    for chart in charts:
        check_layout(chart)
        check_glyphs(chart)
        assert chart.takeaway and "{" not in words_of(chart)
    same = figures.shape_figure(shapes, shapes[keys[0]], documents.SHAPE, words, for_report=True)
    assert words.policy(keys[0]) in same.takeaway


def test_what_cannot_be_told_is_drawn_hollow_and_said() -> None:
    words, keys = Words("en", INFO), list(FIVE)
    everything = some(keys, ["gap"], shift=1.0)
    nothing = {key: Interval(0.0, -1.0, 1.0, 6) for key in everything}
    panel = [Panel("gap", "Gap", "SD")]
    assert "each can be told" in figures.effects_figure(everything, panel, keys, words, year=2029, n_runs=6).takeaway
    chart = figures.effects_figure(nothing, panel, keys, words, year=2029, n_runs=6)
    assert "none can be told" in chart.takeaway
    faces = [line.get_markerfacecolor() for axes in chart.axes for line in axes.lines if line.get_marker() not in ("None", None, "")]
    assert faces and set(faces) == {"white"}


def test_an_empty_row_and_a_limit_are_drawn() -> None:
    words = Words("en", INFO)
    values = {("a", "x"): Interval(0.4, 0.3, 0.5, 6), ("b", "x"): Interval(math.nan, math.nan, math.nan, 0)}
    chart = intervals(
        values, rows=[Row("a", "A"), Row("b", "B"), Row("c", "C")], panels=[Panel("x", "X", line=0.45, zero=False)], words=words, title="T", subtitle="S",
        takeaway="t", reading="r", n_runs=6, for_report=True,
    )  # fmt: skip
    check_layout(chart)
    assert decimals(0.07) == 3 and decimals(0.28) == 2 and decimals(0.0) == 0
