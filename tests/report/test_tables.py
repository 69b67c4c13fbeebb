"""The comparison table: numbers, stars, alignment with Chinese text, both languages."""

from __future__ import annotations

import math

import fake
import numpy as np
import pandas as pd
import pytest

from edusim.errors import RunError
from edusim.report.language import limits
from edusim.report.tables import ROWS, comparison_table, pad, ratio_interval, run_table, width_of

INFO = {"base_year": 2025, "last_year": 2035, "draws": 12, "n_schools": 18, "n_pupils": 12345}

WIDE = {**INFO, "width": 200}


def results() -> tuple[pd.DataFrame, pd.DataFrame]:
    frame = fake.measures(draws=12)
    last = frame[(frame["year"] == 2035) & ~frame["measure"].str.startswith("money.")].copy()
    extra = []
    rng = np.random.default_rng(0)
    for order, policy in enumerate(fake.POLICIES):
        for draw in range(12):
            noise = float(rng.normal())
            for measure, stage, value in (
                ("money.total", "all", 2e7 * order + 1e5 * noise), ("money.total_to_date", "all", 2e8 * order + 1e6 * noise),
                ("families.satisfaction", "all", 0.8 + 0.01 * order), ("families.exits", "all", 100 + 50 * noise),
                ("official.indicators_passing", "primary", 4.0 + order),
            ):  # fmt: skip
                extra.append({"policy": policy, "draw": draw, "year": 2035, "scope": "county", "unit_id": 0,
                              "measure": measure, "stage": stage, "value": value, "unit": ""})  # fmt: skip
    last = pd.concat([last, pd.DataFrame(extra)], ignore_index=True)
    return fake.effects(last), last


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [72, 200])
def test_columns_are_aligned(lang: str, width: int) -> None:
    effects, levels = results()
    lines = comparison_table(effects, levels, {**INFO, "width": width}, lang).split("\n")
    rule = next(row for row, line in enumerate(lines) if set(line) == {"-"})
    body = lines[rule + 1 : lines.index("", rule)]
    assert len(body) >= 8
    assert all(width_of(line) == width_of(lines[rule]) for line in [lines[rule - 1], *body]), "a right edge is ragged"


def test_a_narrow_terminal_gets_blocks() -> None:
    effects, levels = results()
    for width in (74, 96, 120, 200):
        lines = comparison_table(effects, levels, {**INFO, "width": width}, "zh").split("\n")[3:-3]
        assert max(map(width_of, lines)) <= width
        assert sum(line.startswith("核心校与成员校") for line in lines) == {74: 3, 96: 2, 120: 1, 200: 1}[width]


def test_head_says_what_was_run() -> None:
    effects, levels = results()
    zh = comparison_table(effects, levels, INFO, "zh").split("\n")
    assert zh[0] == "基年 2025，推演 10 年（至 2035 年），12 次推演，18 所学校，12,345 名学生"
    assert zh[1:3] == limits("zh")
    en = comparison_table(effects, levels, INFO, "en").split("\n")
    assert "12 draws, 18 schools, 12,345 pupils" in en[0] and en[1:3] == limits("en")


def test_stars_mark_intervals_without_zero() -> None:
    effects, levels = results()
    gap = effects["measure"].eq("learning.core_member_gap") & effects["policy"].eq("fusion")
    effects.loc[gap, ["mean", "low", "high"]] = (-0.1, -0.15, -0.05)
    line = next(x for x in comparison_table(effects, levels, WIDE, "en").split("\n") if x.startswith("Gap between"))
    assert "-0.100* [-0.150, -0.050]" in line
    effects.loc[gap, "high"] = 0.01
    line = next(x for x in comparison_table(effects, levels, WIDE, "en").split("\n") if x.startswith("Gap between"))
    assert "-0.100 [-0.150, +0.010]" in line


def test_units_are_converted() -> None:
    effects, levels = results()
    text = comparison_table(effects, levels, INFO, "zh")
    satisfied = next(line for line in text.split("\n") if line.startswith("家庭满意度"))
    assert "80.0" in satisfied and "+3.0*" in satisfied, "shares are shown in percent, differences in points"
    spent = next(line for line in text.split("\n") if line.startswith("每年支出"))
    assert "万元" in spent and "+6,0" in spent


def test_spending_for_each_step_of_the_gap() -> None:
    effects, levels = results()
    text = comparison_table(effects, levels, INFO, "zh")
    assert "每缩小 0.01 SD 差距的累计支出" in text
    narrower = levels["measure"].eq("learning.core_member_gap") & levels["policy"].ne("status_quo")
    levels.loc[narrower, "value"] += 0.5
    assert "每缩小" not in comparison_table(effects, levels, INFO, "zh"), "no gap closed, no price of closing it"


def test_both_designs_have_a_section() -> None:
    effects, levels = results()
    both_effects = pd.concat([effects, effects.assign(design="identical")])
    both_levels = pd.concat([levels.assign(design="feasible"), levels.assign(design="identical")])
    text = comparison_table(both_effects, both_levels, INFO, "zh")
    assert text.count("核心校与成员校成绩差距") == 2 and "同校对照" in text and "按实际约束" in text


def test_missing_values_and_one_draw() -> None:
    effects, levels = results()
    effects[["low", "high"]] = math.nan
    effects.loc[effects["policy"].eq("fusion"), "mean"] = math.nan
    text = comparison_table(effects, levels[levels["draw"] == 0], {**INFO, "draws": 1}, "zh")
    assert "没有区间" in text and "无" in text and "*" not in text and "nan" not in text.lower()


def test_levels_may_be_means() -> None:
    effects, levels = results()
    means = levels.groupby(["policy", "year", "measure", "stage"], as_index=False)["value"].mean()
    text = comparison_table(effects, means.rename(columns={"value": "mean"}), INFO, "zh")
    assert f"{means.query('measure == @m and policy == @p', local_dict={'m': 'learning.weak_half', 'p': 'status_quo'})['value'].item():.3f}" in text


def test_categories_are_accepted() -> None:
    effects, levels = results()
    typed = levels.astype({"policy": "category", "measure": "category", "stage": "category", "scope": "category"})
    assert comparison_table(effects, typed, INFO, "zh") == comparison_table(effects, levels, INFO, "zh")


def test_a_missing_column_is_named() -> None:
    effects, levels = results()
    with pytest.raises(RunError, match="low"):
        comparison_table(effects.drop(columns="low"), levels, INFO, "zh")


def test_run_table() -> None:
    frame = fake.measures(("fusion",), draws=1)
    zh = run_table(frame, INFO, "zh")
    assert "2025" in zh and "2035" in zh and "融合型" in zh and "变化" in zh
    gap = frame[frame["measure"].eq("learning.core_member_gap")].set_index("year")["value"]
    assert f"{gap[2035] - gap[2025]:+.3f}".replace("+", "") in zh and f"{gap[2025]:.3f}" in zh
    assert "Fusion" in run_table(frame, INFO, "en")


def test_width_and_padding() -> None:
    assert width_of("融合型 a（b）") == 6 + 2 + 2 + 1 + 2
    assert width_of("e\u0301") == 1
    assert width_of(pad("达标", 7)) == width_of(pad("abc", 7)) == 7
    assert pad("达标", 6, right=True) == "  达标"


def test_fieller_interval_against_a_worked_example() -> None:
    # Without spread in the denominator the interval is that of the numerator, divided.
    part = np.array([1.0, 2.0, 3.0])
    found = ratio_interval(part, np.full(3, 2.0))
    assert found.mean == 1.0
    half = 4.3027 * 1.0 / math.sqrt(3) / 2
    assert (found.low, found.high) == (pytest.approx(1 - half, abs=1e-3), pytest.approx(1 + half, abs=1e-3))
    assert not ratio_interval(part, np.array([-1.0, 0.1, 1.0])).known, "a denominator near zero bounds nothing"
    assert ratio_interval([3.0], [2.0]).mean == 1.5 and not ratio_interval([3.0], [2.0]).known


def test_fieller_covers_the_truth() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(400):
        whole = rng.normal(5, 1, 10)
        found = ratio_interval(2 * whole + rng.normal(0, 1, 10), whole)
        hits += found.low <= 2 <= found.high
    assert 0.92 <= hits / 400 <= 0.98


def test_rows_are_the_key_measures() -> None:
    kept = {(row.measure, row.stage) for row in ROWS}
    assert len(kept) == len(ROWS) == 13
    assert {("official.indicators_met", "primary"), ("official.indicators_met", "junior")} <= kept
