"""The later chapters of the report on a county: planted values are found, intervals decide, every sentence is reached."""

from __future__ import annotations

import math
import string
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from edusim.language import text
from edusim.language.chapters import TEXT
from edusim.report.county import assumptions, clauses, conditions, families, money, teachers, telling
from edusim.report.county.attached import Attached
from edusim.report.county.facts import Facts
from edusim.report.county.telling import Teller, ratio
from edusim.report.document.blocks import Block, Bullets, Cell, Heading, Paragraph, Picture, Table, cell, written
from edusim.report.summaries import Interval, t_975
from edusim.rules.context import LINES

YEARS = list(range(2025, 2031))
DRAWS = 6
#: A number a draw with mean 0 and a known spread.
NOISE = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
Given = Mapping[Any, Any]


def facts(
    given: Given, *, policies: Sequence[str] = ("status_quo", "fusion", "co_build"), draws: int = DRAWS, manifest: Mapping[str, Any] | None = None,
    lang: str = "zh", flows: pd.DataFrame | None = None, records: pd.DataFrame | None = None, baseline: str = "status_quo",
) -> Facts:  # fmt: skip
    """Return facts of a run: ``(measure, stage, unit)`` or measure -> value for all, or policy -> value.

    A value is a number, one a draw, or [draws, years].
    """
    rows = []
    for key, by_policy in given.items():
        measure, stage, unit = key if isinstance(key, tuple) else (key, "all", "")
        for policy in policies:
            value = by_policy.get(policy, math.nan) if isinstance(by_policy, Mapping) else by_policy
            array = np.asarray(value, dtype=float)
            array = np.broadcast_to(array[:, None] if array.ndim == 1 else array, (DRAWS, len(YEARS)))
            for draw in range(draws):
                rows += [(policy, draw, year, measure, "county", stage, unit, array[draw, i], "") for i, year in enumerate(YEARS)]
    frame = pd.DataFrame(rows, columns=["policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value", "unit"])
    info = {"baseline": baseline, "names": {"fusion": {"zh": "融合", "en": "Fused"}, "co_build": {"zh": "共建", "en": "Co-built"}}}
    return Facts(frame, pd.DataFrame(), flows, records, manifest or {}, info, lang)


def said(blocks: Sequence[Block]) -> str:
    """Return all running text of blocks."""
    parts: list[str] = []
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            parts.append(block.text)
        elif isinstance(block, Bullets):
            parts += block.items
    return "\n".join(parts)


def table(blocks: Sequence[Block], key: str) -> dict[str, dict[str, Any]]:
    """Return a table as first cell -> column -> value."""
    found = next(block for block in blocks if isinstance(block, Table) and block.key == key)
    keys = [column.key for column in found.columns]
    return {str(cell(row[0]).value): {k: cell(v).value for k, v in zip(keys, row, strict=True)} for row in found.rows}


def has_table(blocks: Sequence[Block], key: str) -> bool:
    return any(isinstance(block, Table) and block.key == key for block in blocks)


def values(**paths: Any) -> dict[str, Any]:
    """Return resolved values: path with ``__`` for dots -> one value for all years, or rows of [year, values]."""
    return {path.replace("__", "."): rows if isinstance(rows, list) else [[2025, [rows]]] for path, rows in paths.items()}


def manifest(**policies: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for key, held in policies.items():
        modes = ["law"] if key == "status_quo" else ["law", key]
        found[key] = {"policy": key, "modes": modes, "mix": [1.0], "values": held}
    return {
        "configuration": {"policies": found, "region": {"kind": "synthetic", "values": {}}},
        "lines": {k: {"recurrent": r, "zh": zh, "en": en} for k, (r, zh, en) in LINES.items()},
    }


# -- numbers -----------------------------------------------------------------------------------------


def test_fieller_by_hand() -> None:
    # Six draws; the numerator noisy, the denominator fixed: the interval is that of the mean over the denominator.
    above, below = 20 + NOISE, np.full(6, 4.0)
    half = t_975(5) * NOISE.std(ddof=1) / math.sqrt(6)
    found = ratio(above, below)
    assert found.mean == pytest.approx(5.0)
    assert (found.low, found.high) == (pytest.approx((20 - half) / 4), pytest.approx((20 + half) / 4))
    # The same noise in both, in proportion: the ratio is known exactly.
    exact = ratio(3 * (10 + NOISE), 10 + NOISE)
    assert exact.mean == pytest.approx(3.0) and exact.low == pytest.approx(3.0) and exact.high == pytest.approx(3.0)


def test_fieller_has_no_interval_where_the_denominator_may_be_zero() -> None:
    assert not ratio(1 + 0 * NOISE, 0.5 + NOISE).known
    assert ratio(np.ones(6), np.zeros(6)).n == 0
    once = ratio(np.array([3.0]), np.array([2.0]))
    assert once.mean == 1.5 and not once.known


def test_fieller_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(400):
        below = rng.normal(10, 3, 20)
        found = ratio(0.7 * below + rng.normal(0, 1, 20), below)
        hits += found.low <= 0.7 <= found.high
    assert 0.925 <= hits / 400 <= 0.975


@pytest.mark.parametrize(
    ("interval", "scale", "shown"),
    [
        (Interval(0.373, 0.354, 0.391, 20), telling.PERCENT, "37%（35 至 39）"),
        (Interval(0.37301, 0.3725, 0.3735, 20), telling.PERCENT, "37.30%（37.25 至 37.35）"),
        (Interval(1.0, 1.0, 1.0, 20), telling.PERCENT, "100%"),
        (Interval(-0.0164, -0.04, -0.001, 20), telling.SD, "−0.016 SD（−0.040 至 −0.001）"),
        (Interval(-0.3, -0.51, -0.04, 20), telling.PUPILS, "−0.30人（−0.51 至 −0.04）"),
        (Interval(math.nan, math.nan, math.nan, 0), telling.SD, "–"),
        (Interval(4.2, math.nan, math.nan, 1), telling.TEACHERS, "4.2人"),
        (Interval(548.3, 548.28, 548.31, 20), money.YUAN, "548元"),
    ],
)
def test_as_many_decimals_as_the_interval_carries(interval: Interval, scale: telling.Scale, shown: str) -> None:
    assert Teller(facts({"x": 0.0})).shown(interval, scale) == shown


def test_an_interval_without_width_is_a_number_alone() -> None:
    tell = Teller(facts({"x": 0.0}))
    assert tell.cell(Interval(5.0, 5.0, 5.0, 3), 2.0)[:1] == (10.0,) and not tell.cell(Interval(5.0, 5.0, 5.0, 3)).known
    assert tell.cell(Interval(5.0, 4.0, 6.0, 3), 2.0) == Interval(10.0, 8.0, 12.0, 3)
    assert tell.cell(Interval(math.nan, math.nan, math.nan, 0)) is None


@pytest.mark.parametrize(
    ("measure", "ends"),
    [("staffing.leaver_share", (0, 1)), ("families.satisfaction_worst", (0, 1)), ("staffing.subject_gap_share", (0, 1)), ("families.exits", (0, math.inf)),
     ("learning.icc", (0, 1)),
     ("learning.core_mean", (-math.inf, math.inf)), ("staffing.rotation_quality", (-math.inf, math.inf)), ("families.good_senior_gap", (-math.inf, math.inf))],
)  # fmt: skip
def test_an_interval_ends_where_the_measure_does(measure: str, ends: tuple[float, float]) -> None:
    assert telling.ends_of(measure) == ends
    level = Teller(facts({measure: {"fusion": 0.5 + 10 * NOISE}})).level(measure, "fusion")
    assert level.mean == pytest.approx(0.5) and level.low == max(ends[0], level.low) and level.high == min(ends[1], level.high)
    assert (level.low == 0.0) is (ends[0] == 0.0) and (level.high == 1.0) is (ends[1] == 1.0)


def test_intervals_decide_who_stands_above() -> None:
    given = {"x": {"status_quo": 10 + NOISE, "fusion": 12 + NOISE, "co_build": 10.2 + NOISE[::-1], "gangkou": 9 + NOISE, "ninghe": 10.1 + NOISE}}
    run = facts(given, policies=("status_quo", "fusion", "co_build", "gangkou", "ninghe"))
    found = Teller(run).against("某项", "x", telling.PLAIN, least=0.5)
    assert found == "某项：高于现状延续的有融合 +2；低于现状延续的有gangkou −1；有差别但不到0.50的有ninghe；与现状延续看不出差别的有共建。"
    assert Teller(facts({"x": {"status_quo": NOISE, "fusion": NOISE[::-1]}}, policies=("status_quo", "fusion"))).against(
        "某项", "x", telling.PLAIN) == "某项：各政策与现状延续都看不出差别。"  # fmt: skip


def test_one_draw_and_one_policy_are_not_compared() -> None:
    given = {"x": {"status_quo": 10 + NOISE, "fusion": 30 + NOISE}}
    once, alone, both = facts(given, draws=1), facts(given, policies=("fusion",)), facts(given, policies=("fusion",), draws=1)
    for run, key in ((once, "once"), (alone, "alone"), (both, "alone_once")):
        tell = Teller(run)
        assert tell.against("某项", "x", telling.PLAIN) == ""
        assert tell.caution() == text(f"chapters.{key}", "zh")
    assert Teller(facts(given)).caution() == ""


# -- teachers ----------------------------------------------------------------------------------------

ROTATION = {
    "staffing.rotation_promised": {"status_quo": 100 + NOISE, "fusion": 200.0, "co_build": 150.0},
    "staffing.rotation_delivered": {"status_quo": 40 + NOISE, "fusion": 200.0, "co_build": 120 + NOISE},
    "staffing.rotation_promised_years": {"status_quo": 100 + NOISE, "fusion": 600.0, "co_build": 450.0},
    "staffing.rotation_delivered_years": {"status_quo": 40 + NOISE, "fusion": 600.0, "co_build": 360 + 3 * NOISE},
    "staffing.rotation_volunteer_share": {"status_quo": 1.0, "fusion": 0.5 + NOISE / 100, "co_build": 0.6 + NOISE / 100},
    "staffing.rotation_senior_share": {"status_quo": 0.1 + NOISE / 100, "fusion": 0.4 + NOISE / 100, "co_build": 0.3 + NOISE / 100},
    "staffing.rotation_backbone_share": {"status_quo": 0.1 + NOISE / 1000, "fusion": 0.3 + NOISE / 1000, "co_build": 0.2 + NOISE / 100},
    "staffing.rotation_quality": {"status_quo": 0.1 + NOISE / 100, "fusion": 0.12 + NOISE / 100, "co_build": 0.1 + NOISE[::-1] / 100},
    "staffing.rotation_share_eligible": {"status_quo": 0.02 + NOISE / 1000, "fusion": 0.15 + NOISE / 1000, "co_build": 0.1 + NOISE / 100},
    "staffing.rotation_share_member": {"status_quo": 0.04, "fusion": 0.2 + NOISE / 1000, "co_build": 0.1 + NOISE / 100},
    "staffing.rotation_meets_item": {"status_quo": 0.0, "fusion": 1.0, "co_build": (NOISE > 0).astype(float)},
    "staffing.leaver_share": {"status_quo": 0.01 + NOISE / 10000, "fusion": 0.02 + NOISE / 10000, "co_build": 0.01 + NOISE[::-1] / 10000},
    "staffing.backbone_kept_share": 0.99,
    "staffing.vacancy_share": {"status_quo": 0.01 + NOISE / 1000, "fusion": 0.03 + NOISE / 1000, "co_build": 0.005 + NOISE / 1000},
    "staffing.subject_gap_share": 0.1,
    "staffing.substitutes": {"status_quo": 50 + NOISE, "fusion": 80 + NOISE, "co_build": 20 + NOISE},
    "staffing.leader_hours_planned": {"status_quo": 0.0, "fusion": 1000.0, "co_build": 2000.0},
    "staffing.leader_hours_given": {"status_quo": 0.0, "fusion": 1000.0, "co_build": 1500 + NOISE},
}
ASSIGNS = manifest(
    status_quo=values(rotation__head_may_assign=0.0), fusion=values(rotation__head_may_assign=[[2025, [0.0, 0.0]], [2026, [0.0, 1.0]]]),
    co_build=values(rotation__head_may_assign=[[2025, [0.0, 1.0]]]),
)  # fmt: skip


def records(events: Mapping[str, float]) -> pd.DataFrame:
    return pd.DataFrame([
        {"policy": policy, "draw": draw, "year": 2026, "rule": "rotation", "agent_type": "count", "event": "unfunded", "amount": n}
        for policy, n in events.items() for draw in range(DRAWS)
    ], columns=["policy", "draw", "year", "rule", "agent_type", "event", "amount"])  # fmt: skip


def flows() -> pd.DataFrame:
    return pd.DataFrame([
        {"policy": policy, "draw": draw, "year": year, "from_zone_role": a, "to_zone_role": b, "teachers": n + NOISE[draw]}
        for policy, n in (("status_quo", 10.0), ("fusion", 40.0)) for draw in range(DRAWS) for year in YEARS[1:]
        for a, b in (("core", "rural"), ("rural", "core"))
    ])  # fmt: skip


def test_quota_delivered_and_why_not() -> None:
    blocks = teachers.chapter(facts(ROTATION, manifest=ASSIGNS, records=records({})))
    rows = table(blocks, "teachers_quota")
    assert rows["共建"]["share"].mean == pytest.approx(0.8) and rows["共建"]["delivered"].mean == pytest.approx(120)
    assert rows["融合"]["share"].mean == 1.0 and not rows["融合"]["share"].known
    assert rows["融合"]["promised_years"].mean == 600
    found = said(blocks)
    assert "融合 100%" in found and "条文没有让学校指派" in found and "现状延续：条文" in found
    assert "学校可以指派的（及成行者中自愿的比例）：共建 60%（58 至 62）" in found and "不是因为经费" in found
    part = said(teachers.chapter(facts({**ROTATION, "groups.coverage": {"co_build": 0.7}}, manifest=ASSIGNS)))
    assert "没有组成教共体（年均覆盖率：共建 70%）" in part and "学校可以指派的" not in part
    paid = said(teachers.chapter(facts(ROTATION, manifest=ASSIGNS, records=records({"co_build": 25.0}))))
    assert "因经费不足未成行，平均每年：共建 5人" in paid and "不是因为经费" not in paid  # 25 over five years
    assert "因为经费" not in said(teachers.chapter(facts(ROTATION, manifest=ASSIGNS)))  # nothing was recorded: nothing is said


def test_the_official_item_is_judged_on_the_range_of_one_draw_and_on_both_bases() -> None:
    rows = table(teachers.chapter(facts(ROTATION)), "teachers_item")
    assert [rows[key]["verdict"] for key in ("现状延续", "融合", "共建")] == ["未达标", "达标", "未定"]
    assert rows["共建"]["met"].mean == 0.5 and rows["共建"]["met"].low == pytest.approx(0.188, abs=0.001)  # Wilson, 3 of 6
    found = said(teachers.chapter(facts(ROTATION)))
    assert "达标的有融合；未达标的有现状延续；未定的有共建" in found
    once = table(teachers.chapter(facts(ROTATION, draws=1)), "teachers_item")
    assert {row["verdict"] for row in once.values()} == {"未定"}


def test_flows_are_yearly_and_count_what_a_draw_does_not_list_as_zero() -> None:
    frame = flows()
    frame = frame[~((frame["policy"] == "status_quo") & (frame["draw"] == 0))]
    rows = table(teachers.chapter(facts(ROTATION, flows=frame)), "teachers_flows")
    assert rows["核心校→乡村校"]["fusion"].mean == pytest.approx(40.0)
    assert rows["核心校→乡村校"]["status_quo"].mean == pytest.approx((5 * 10 + 2.5) / 6)  # one draw lists none; its noise was −2.5
    assert rows["乡村校→核心校"]["co_build"].mean == 0.0
    assert not has_table(teachers.chapter(facts(ROTATION)), "teachers_flows")


def test_who_left_and_leaders_hours() -> None:
    found = said(teachers.chapter(facts(ROTATION)))
    assert "离职率：高于现状延续的有融合 +1个百分点；与现状延续看不出差别的有共建。" in found
    assert "空编率：高于现状延续的有融合 +2个百分点；低于现状延续的有共建 −0.50个百分点。" in found
    assert "融合计划每年1,000小时，实际1,000小时，兑现100%" in found and "共建计划每年2,000小时" in found and "兑现75.00%（74.90 至 75.10）" in found
    none = {**ROTATION, "staffing.leader_hours_planned": 0.0}
    assert text("teachers.no_leaders", "zh") in said(teachers.chapter(facts(none)))


def test_a_run_that_lacks_measures_has_a_chapter() -> None:
    for module in (teachers, families, money, conditions, clauses, assumptions):
        for lang in ("zh", "en"):
            blocks = module.chapter(facts({"learning.mean": 0.0}, lang=lang))
            assert isinstance(blocks[0], Heading) and blocks[0].level == 1
    assert has_table(teachers.chapter(facts({"learning.mean": 0.0})), "teachers_quota")


# -- families ----------------------------------------------------------------------------------------

FAMILIES: dict[Any, Any] = {
    "families.satisfaction": {"status_quo": 0.8 + NOISE / 1000, "fusion": 0.85 + NOISE / 1000, "co_build": 0.8 + NOISE[::-1] / 1000},
    "families.satisfaction_worst": 0.6, "families.exits": {"status_quo": 100 + NOISE, "fusion": 90 + NOISE, "co_build": 99 + NOISE},
    "families.returns": 10.0, "families.travel_km": 2.0, "families.open_choice_share": 0.05, "families.first_choice_share": 0.98,
    "families.good_senior_share": 0.5, "families.good_senior_gap": 0.1,
    ("official.class_size_mean", "primary", ""): 38.0, ("official.class_size_mean", "junior", ""): 46.0,
    ("official.class_size_largest", "primary", ""): {"status_quo": 45.0, "fusion": 60 + NOISE, "co_build": 45 + NOISE},
    ("official.class_size_largest", "junior", ""): 50.0,
    ("official.classes_over_cap", "primary", ""): {"status_quo": 0.0, "fusion": 12 + NOISE, "co_build": (NOISE > 0) * 3.0},
    ("official.classes_over_cap", "junior", ""): 0.0,
    ("official.schools_class_breach", "primary", ""): 1.0,
    ("families.seats_needed", "primary", "urban"): {"status_quo": 300 + NOISE, "fusion": 500 + NOISE, "co_build": 300 + NOISE},
    ("families.seats_needed", "primary", "rural"): 0.0,
    ("families.seats_empty", "primary", "urban"): {"status_quo": 100 + NOISE, "fusion": 110 + NOISE, "co_build": 100 + NOISE[::-1]},
    ("families.seats_empty", "primary", "rural"): 900.0,
}  # fmt: skip


def test_families_and_the_least_worth_a_number() -> None:
    found = said(families.chapter(facts(FAMILIES)))
    assert "满意度：高于现状延续的有融合 +5个百分点；与现状延续看不出差别的有共建。" in found
    assert "流出学生：低于现状延续的有融合 −10人；有差别但不到2人的有共建。" in found


def test_class_sizes_are_judged_on_the_range_of_one_draw() -> None:
    blocks = families.chapter(facts(FAMILIES))
    found = said(blocks)
    assert "小学每班不超过45人：达标的有现状延续；未达标的有融合；未定的有共建。" in found
    assert "初中每班不超过50人：达标的有现状延续、共建、融合。" in found
    assert "小学超限班级：高于现状延续的有融合 +12个班" in found and "初中超限班级" not in found
    tones = {cell(row[1]).value: cell(row[-1]).tone for row in next(b for b in blocks if isinstance(b, Table) and b.key == "families_classes").rows[:3]}
    assert tones == {"现状延续": "meets", "融合": "fails", "共建": "open"}


def test_seats_are_summed_over_places() -> None:
    found = said(families.chapter(facts(FAMILIES)))
    assert "缺学位300个（298 至 302），空余1,000个" in found
    assert "小学学位缺口：高于现状延续的有融合 +200个；与现状延续看不出差别的有共建。" in found
    assert "小学空余学位：有差别但不到45个的有融合" in found
    rows = next(b for b in families.chapter(facts(FAMILIES)) if isinstance(b, Table) and b.key == "families_seats")
    assert len(rows.rows) == 2 and rows.rows[0][1] == "城区" and not rows.only_workbook


def test_what_is_well_everywhere_is_said_and_its_table_left_to_the_workbook() -> None:
    well = {**FAMILIES, ("official.class_size_largest", "primary", ""): 45.0, ("families.seats_needed", "primary", "urban"): 0.0}
    blocks = families.chapter(facts(well))
    assert all(block.only_workbook for block in blocks if isinstance(block, Table) and block.key in ("families_classes", "families_seats"))
    assert "小学每班不超过45人：达标的有现状延续、共建、融合。" in said(blocks)


# -- money -------------------------------------------------------------------------------------------


def after(year: int, before: float, then: float) -> np.ndarray:
    """Return [draws, years] that steps from one value to another after a year."""
    return np.array([[before if y <= year else then for y in YEARS]] * DRAWS)


GAP = np.linspace(0.0, -0.1, len(YEARS))
SPENT: dict[Any, Any] = {
    "money.total": {"status_quo": 0.0, "fusion": 5e7, "co_build": 4e7}, "money.recurrent": {"status_quo": 0.0, "fusion": 3e7, "co_build": 4e7},
    "money.one_off": {"status_quo": 0.0, "fusion": 2e7, "co_build": 0.0}, "money.ordinary": {"status_quo": 1e6, "fusion": 3e6, "co_build": 1e6},
    "money.unfunded": {"status_quo": 0.0, "fusion": 0.0, "co_build": 1e6}, "money.per_pupil": {"status_quo": 0.0, "fusion": 500.0, "co_build": 400.0},
    "money.line.equipment": {"status_quo": 0.0, "fusion": 2e7, "co_build": 0.0}, "money.line.rotation": {"status_quo": 0.0, "fusion": 3e7, "co_build": 4e7},
    "learning.core_member_gap": {"status_quo": 0.4 + NOISE / 1000, "fusion": 0.4 + NOISE[:, None] / 1000 + GAP[None, :],
                                 "co_build": 0.4 + NOISE[::-1] / 1000},
}  # fmt: skip


def test_money_by_line_and_a_step() -> None:
    blocks = money.chapter(facts(SPENT, manifest=manifest()))
    rows = table(blocks, "money_lines")
    assert rows["　装备配置"]["fusion"].mean == pytest.approx(2000) and rows["经常性支出"]["co_build"].mean == pytest.approx(4000)
    assert list(rows).index("　交流轮岗补助") < list(rows).index("一次性支出") < list(rows).index("　装备配置") < list(rows).index("专项支出合计")
    assert "　校舍" not in rows
    # Five years of 50 million for 0.1 SD: 25 million for 0.01 SD, as the first page says; 26 with 2 million more a year of the ordinary budget.
    steps = table(blocks, "money_steps")
    assert steps["融合"]["extra"].mean == pytest.approx(25000) and steps["融合"]["price"].mean == pytest.approx(2500)
    assert steps["融合"]["extra_whole"].mean == pytest.approx(26000) and steps["融合"]["price_whole"].mean == pytest.approx(2600)
    assert steps["共建"]["price"] is None and steps["共建"]["price_whole"] is None
    found = said(blocks)
    assert "专项支出累计多花：融合 2,500万元" in found and "连同日常预算承担的部分：融合 2,600万元" in found and "共建的差距与基线看不出差别，不算单价" in found
    assert "经常性支出：共建 100%、融合 60%" in found and "每年：共建 400元、融合 500元" in found
    assert "日常预算承担的部分，2026–2030学年平均每年：高于现状延续的有融合 +200万元；与现状延续看不出差别的有共建。" in found
    assert "平均每年：共建 100万元" in found and "全部付清" not in found
    english = table(money.chapter(facts(SPENT, manifest=manifest(), lang="en")), "money_lines")
    assert english["Equipment"]["fusion"].mean == pytest.approx(20.0)


def test_where_nothing_is_spent_or_promised_there_is_no_picture() -> None:
    idle = {**{key: 0.0 for key in SPENT if key != "learning.core_member_gap"}, "money.ordinary": 1e6, "learning.core_member_gap": 0.4}
    for policies in (("status_quo",), ("status_quo", "fusion")):
        blocks = money.chapter(facts(idle, policies=policies, manifest=manifest()))
        assert has_table(blocks, "money_lines") and not any(isinstance(block, Picture) for block in blocks)
    still = {**ROTATION, "staffing.rotation_promised": 0.0, "staffing.rotation_delivered": 0.0}
    assert not any(isinstance(block, Picture) and block.key == "quota" for block in teachers.chapter(facts(still)))


@pytest.mark.parametrize(("lang", "brackets"), [("zh", "括号内为95%区间"), ("en", "95% intervals in brackets")])
def test_notes_speak_of_brackets_only_where_there_are_any(lang: str, brackets: str) -> None:
    def notes(draws: int) -> str:
        given = facts({**ROTATION, **SPENT}, lang=lang, draws=draws, manifest=manifest())
        return " ".join(block.note for block in (*teachers.chapter(given), *money.chapter(given)) if isinstance(block, Table))

    assert brackets in notes(DRAWS) and brackets not in notes(1).replace("“达标的抽样”括号内为95%区间", "")


def test_money_that_bought_a_wider_gap_has_no_price() -> None:
    given = {**SPENT, "learning.core_member_gap": {"status_quo": 0.4 + NOISE / 1000, "fusion": 0.5 + NOISE / 1000}}
    blocks = money.chapter(facts(given, policies=("status_quo", "fusion"), manifest=manifest()))
    assert "融合的差距比基线大，钱没有换来差距缩小" in said(blocks) and set(table(blocks, "money_steps")["融合"]) == {"policy", "gap", "extra", "extra_whole"}


def test_where_nothing_ends_the_run_says_that_it_does_not_show_it() -> None:
    whole = values(finance__equipment_life_years=8.0, finance__replacement_share=1.0, finance__fund_yuan_year=5e7)
    found = said(money.chapter(facts(SPENT, manifest=manifest(fusion=whole, co_build=whole))))
    assert "2030学年为：共建 4,000万元、融合 3,000万元" in found and "--ends" in found
    assert "累计买下的装备、多媒体教室、校舍和场馆：融合 10,000万元。" in found and "使用8年，推演假定折旧全部由日常经费更新" in found
    worn = {**whole, "finance.replacement_share": [[2025, [0.25]]]}
    assert "只更新折旧的25%，其余75%逐年用旧" in said(money.chapter(facts(SPENT, manifest=manifest(fusion=worn, co_build=worn))))


def ended_inside() -> dict[str, Any]:
    """Fusion's effect halves after 2027, co-building's fund ends although its effect could never be told."""
    gap = np.array([0.0, -0.05, -0.1, -0.09, -0.07, -0.05])
    found = {**SPENT, "learning.core_member_gap": {**SPENT["learning.core_member_gap"], "fusion": 0.4 + NOISE[:, None] / 1000 + gap[None, :]}}
    return found


def test_what_the_run_shows_of_a_policy_that_ends() -> None:
    held = manifest(fusion={}, co_build=values(finance__fund_yuan_year=[[2025, [0.0]], [2026, [5e7]], [2029, [0.0]]]))
    held["acting"] = {"fusion": [2026, 2027], "co_build": [2026, 2030]}
    blocks = money.chapter(facts(ended_inside(), manifest=held))
    row = table(blocks, "money_after_the_end")["融合"]
    assert row["year"] == "2027" and row["then"].mean == pytest.approx(-0.1) and row["now"].mean == pytest.approx(-0.05)
    assert row["left"].mean == pytest.approx(0.5)
    found = said(blocks)
    assert "**融合**在2027学年之后终止。3年后，差距上的作用还剩50%。" in found
    assert "**共建**的专项经费在2028学年之后停付。差距上的作用本来就看不出" in found
    assert "--ends" not in found  # nothing goes on that could end
    assert money.end_of(Teller(facts(SPENT, manifest=held)), "status_quo") is None
    gone = {**SPENT, "learning.core_member_gap": {"status_quo": 0.4 + NOISE[::-1] / 1000, "fusion": after(2027, 0.3, 0.4) + NOISE[:, None] / 1000}}
    nothing = said(money.chapter(facts(gone, policies=("status_quo", "fusion"), manifest=held)))
    assert "3年后，差距已与基线看不出差别（还剩0%（−4 至 4），区间含0）" in nothing
    alone = said(money.chapter(facts(ended_inside(), policies=("fusion",), manifest=held)))
    assert "在2027学年之后终止。" in alone and "还剩" not in alone


def test_a_rerun_in_which_the_money_ends() -> None:
    full = facts(SPENT, manifest=manifest())
    stopped = {**SPENT, "learning.core_member_gap": {
        **SPENT["learning.core_member_gap"], "fusion": 0.4 + NOISE[:, None] / 1000 + np.array([0, -0.02, -0.04, -0.04, -0.04, -0.04])[None, :]}}  # fmt: skip
    stopped["staffing.rotation_delivered"] = {"status_quo": 50.0, "fusion": 60 + NOISE, "co_build": 100 + NOISE}
    paid = {**SPENT, "staffing.rotation_delivered": {"status_quo": 50.0, "fusion": 100 + NOISE, "co_build": 100 + NOISE[::-1]}}
    blocks = money.chapter(facts(paid, manifest=manifest()), money.Ending(2027, facts(stopped)))
    rows = next(b for b in blocks if isinstance(b, Table) and b.key == "money_ended").rows
    years = [row[1] for row in rows if row[0] == "融合"]
    assert years == ["2028", "2029", "2030"]
    own = [row for row in rows if row[0] == "融合"]
    last = dict(zip(("policy", "year", "with_money", "without", "apart", "left"), own[-1], strict=True))
    assert last["with_money"].mean == pytest.approx(-0.1) and last["without"].mean == pytest.approx(-0.04)
    assert last["apart"].mean == pytest.approx(0.06) and last["left"].mean == pytest.approx(0.4)
    found = said(blocks)
    assert "**融合**：3年后，差距上的作用还剩40%。" in found and "低于一直付下去的有融合 −40人；与一直付下去看不出差别的有共建" in found
    assert "--ends" not in found
    other = said(money.chapter(full, money.Ending(2027, facts(stopped, draws=3))))
    assert text("money_chapter.cannot_compare", "zh") in other
    alone = money.chapter(facts(paid, policies=("fusion",)), money.Ending(2027, facts(stopped, policies=("fusion",))))
    lone = next(b for b in alone if isinstance(b, Table) and b.key == "money_ended").rows[-1]
    assert lone[2] is None and lone[4].mean == pytest.approx(0.06) and lone[5] is None


def test_one_draw_tells_what_is_left_without_judging() -> None:
    held = manifest(fusion={})
    held["acting"] = {"fusion": [2026, 2027]}
    found = said(money.chapter(facts(ended_inside(), policies=("status_quo", "fusion"), manifest=held, draws=1)))
    # One draw: the earlier effect is not clear, so nothing is said to be left.
    assert "差距上的作用本来就看不出" in found and "还剩50%" not in found


# -- what must hold ----------------------------------------------------------------------------------

HOLDS: dict[Any, Any] = {
    **ROTATION, **SPENT, ("official.classes_over_cap", "primary", ""): {"status_quo": 0.0, "fusion": 0.0, "co_build": (NOISE > 0) * 3.0},
    "learning.core_mean": {"status_quo": 0.4 + NOISE / 1000, "fusion": 0.38 + NOISE / 1000, "co_build": 0.4 + NOISE[::-1] / 1000},
    "groups.coverage": {"status_quo": 0.0, "fusion": 0.8, "co_build": 0.3 + NOISE / 1000},
}  # fmt: skip
COVER = manifest(
    status_quo=values(leadership__diffusion=0.15, climate__merger_shock=0.5),
    fusion=values(groups__coverage_share=[[2025, [0.0, 0.0]], [2026, [0.0, 0.8]]], leadership__diffusion=0.15, climate__merger_shock=0.5,
                  development__peer_learning=0.4),
    co_build=values(groups__coverage_share=[[2025, [0.0, 0.0]], [2026, [0.0, 0.8]]], leadership__diffusion=0.15, rotation__go_intercept=-3.0),
)  # fmt: skip


def test_conditions_are_kept_not_kept_or_open() -> None:
    tell = Teller(facts(HOLDS, manifest=COVER))
    tones = {key: {name: tone for name, (_, tone) in conditions.judged(tell, key).items()} for key in ("fusion", "co_build")}
    assert tones["fusion"] == {"money": "meets", "rotation": "meets", "leaders": "meets", "posts": "fails", "coverage": "meets", "cores": "fails",
                               "classes": "meets"}  # fmt: skip
    assert tones["co_build"] == {"money": "fails", "rotation": "fails", "leaders": "fails", "posts": "meets", "coverage": "fails", "cores": "open",
                                 "classes": "open"}  # fmt: skip
    shown = conditions.judged(tell, "co_build")
    assert shown["money"][0].mean == pytest.approx(40 / 41) and shown["coverage"][0].mean == pytest.approx(0.3 / 0.8)
    blocks = conditions.chapter(tell.facts)
    assert "**融合**：未守住2项（编制、核心校）；守住5项（经费、轮岗、干部工时、覆盖、班额）。" in said(blocks)
    assert "未守住：37.5%（36.9 至 38.1）" in str(table(blocks, "conditions")["按进度组建（覆盖率÷条文要求）"]["co_build"])


def test_one_draw_leaves_every_condition_open() -> None:
    for run in (facts(HOLDS, manifest=COVER, draws=1), facts(HOLDS, manifest=COVER, draws=1, policies=("fusion",))):
        tones = {tone for key in run.others for _, tone in conditions.judged(Teller(run), key).values()}
        assert tones == {"open"}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_conditions_speak_of_ranges_only_where_there_are_any(lang: str) -> None:
    def text_of(draws: int) -> str:
        run = facts(HOLDS, manifest=COVER, lang=lang, draws=draws)
        blocks = [block for block in conditions.chapter(run) if not (isinstance(block, Paragraph) and block.text == Teller(run).caution())]
        return "\n".join([said(blocks), *(block.note for block in blocks if isinstance(block, Table) and block.key == "conditions")])

    told = ("区间", "括号", "范围") if lang == "zh" else ("interval", "bracket", "range")
    assert all(word in text_of(6) for word in told)
    assert not any(word in text_of(1) for word in told)


def test_a_condition_that_cannot_be_asked_is_said_to_be_none() -> None:
    alone = facts(HOLDS, manifest=COVER, policies=("fusion",))
    assert not {"posts", "cores"} & set(conditions.judged(Teller(alone), "fusion"))
    rows = table(conditions.chapter(facts({**HOLDS, "groups.coverage": {"fusion": 0.8}}, manifest=COVER)), "conditions")
    assert rows["按进度组建（覆盖率÷条文要求）"]["co_build"] == "不涉及"


def test_coverage_asked_of_a_mix_is_that_of_its_shares() -> None:
    mixed = {"modes": ["law", "a", "b"], "mix": [0.25, 0.75], "values": {"groups.coverage_share": [[2025, [0.0, 0.4, 0.8]]]}}
    dated = {**mixed, "mix": [[2026, [1.0, 0.0]], [2029, [0.5, 0.5]]]}
    for whole, asked in ((mixed, 0.7), (dated, 0.6)):
        run = facts({"groups.coverage": 0.5}, policies=("status_quo", "m"), manifest={"configuration": {"policies": {"m": whole}}})
        assert conditions._asked_coverage(Teller(run), "m") == pytest.approx(asked)


def test_what_was_held_fixed_is_an_assumption_and_no_evidence() -> None:
    rows = table(conditions.chapter(facts(HOLDS, manifest=COVER)), "conditions_fixed")
    paths = {row["path"]: row for row in rows.values()}
    assert "leadership.diffusion" in paths and "development.peer_learning" not in paths
    assert paths["leadership.diffusion"]["value"] == "15%/年" and paths["leadership.diffusion"]["range"] == "0%/年 至 40%/年"
    assert paths["rotation.go_intercept"]["value"] == "−3"


def test_findings_of_studies_stand_in_the_chapter() -> None:
    picture = Picture("win", "图", "说明", lambda: None)  # type: ignore[arg-type, return-value]
    found = (Attached("discover", ("融合在多数情形下更好。",), pictures=(picture,)), Attached("sensitivity", ("经费最重要。",), names=("经费", "交流比例")))
    blocks = conditions.chapter(facts(HOLDS, manifest=COVER), found)
    assert picture in blocks and "融合在多数情形下更好。" in said(blocks) and "影响最大的是：经费、交流比例。" in said(blocks)
    assert "edusim discover" not in said(blocks) and "edusim sensitivity" not in said(blocks)
    none = said(conditions.chapter(facts(HOLDS, manifest=COVER)))
    assert "edusim discover" in none and "edusim sensitivity" in none


# -- clauses and assumptions -------------------------------------------------------------------------


def clause(status: str = "clause", document: str = "community-2021", heading: str = "四(五)", policy: str = "fusion", mode: str = "") -> dict[str, str]:
    return {"mode": mode, "status": status, "document": document, "clause": heading, "policy": policy}


def booked() -> dict[str, Any]:
    found = manifest(
        status_quo=values(**{"rotation__share": 0.05}),
        fusion=values(rotation__share=[[2025, [0.05, 0.05]], [2026, [0.05, 0.15]]], finance__fund_yuan_year=[[2025, [0.0]], [2026, [5e7]]],
                      rotation__term_years=[[2025, [1.0, 1.0]], [2026, [1.0, 3.0]]], groups__legal_unified=[[2025, [0.0, 0.0]]]),
        co_build=values(rotation__share=[[2025, [0.05, 0.05]], [2026, [0.05, 0.1]], [2028, [0.05, 0.12]]],
                        finance__fund_yuan_year=[[2025, [0.0]], [2026, [5e7]]], staffing__joint_hiring=[[2025, [0.0, 0.0]], [2026, [0.0, 1.0]]]),
    )  # fmt: skip
    found["acting"] = {"status_quo": [], "fusion": [2026, 2030], "co_build": [2026, 2030]}
    found["sources"] = {
        "status_quo": {},
        "fusion": {"rotation.share": [clause("assumption", mode="fusion")], "finance.fund_yuan_year": [clause(heading="四(四)")],
                   "rotation.term_years": [clause(mode="fusion")], "groups.legal_unified": [clause(heading="三(一)", mode="fusion")],
                   "no.such_parameter": [clause()]},
        "co_build": {"rotation.share": [clause(mode="co_build")], "finance.fund_yuan_year": [clause(heading="四(四)")],
                     "staffing.joint_hiring": [clause("assumption", "", "", mode="co_build")]},
    }  # fmt: skip
    return found


def test_clauses_shared_and_apart() -> None:
    blocks = clauses.chapter(facts({"x": 0.0}, manifest=booked()))
    counts = table(blocks, "clauses_counts")
    assert (counts["融合"]["all"], counts["融合"]["clause"], counts["融合"]["assumption"], counts["融合"]["differs"]) == (4, 3, 1, 3)
    shared = table(blocks, "clauses_common")
    assert list(shared) == ["四(四)"] and "5,000万元/年" in shared["四(四)"]["content"]
    apart = next(b for b in blocks if isinstance(b, Table) and b.key == "clauses_apart")
    rows = {str(row[0]): row[1:] for row in apart.rows}
    assert rows["每年交流教师占基数的比例"] == ("2026 10% → 2028 12%", "15%＊")
    assert rows["一轮交流的年数"][0].startswith("照现行（1")
    assert not any("法人" in name for name in rows)  # what is as the law has it stays off the paper
    everything = next(b for b in blocks if isinstance(b, Table) and b.key == "clauses_all")
    assert everything.only_workbook and len(everything.rows) == 7
    found = said(blocks)
    assert "共建 2026–2030、融合 2026–2030" in found and "平移" in found and "《市新时代城乡义务教育共同体建设实施方案（2021）》" in found


def test_the_words_of_the_document_come_from_the_policy_at_hand() -> None:
    blocks = clauses.chapter(facts({"x": 0.0}, manifest=booked()))
    rows = next(b for b in blocks if isinstance(b, Table) and b.key == "clauses_all").rows
    assert any("不少于5000万元" in str(row[4]) for row in rows)
    away = {**booked(), "resume": {"raw": {"policies": ["gone/fusion.yaml", "gone/co_build.yaml"]}, "folder": "."}}
    rows = next(b for b in clauses.chapter(facts({"x": 0.0}, manifest=away)) if isinstance(b, Table) and b.key == "clauses_all").rows
    assert {row[4] for row in rows} == {""}


def test_one_policy_several_documents_dates_as_written_and_never_in_force() -> None:
    found = booked()
    del found["sources"]["co_build"]
    found["dates"] = "document"
    found["acting"]["co_build"] = []
    found["sources"]["fusion"]["rotation.term_years"] = [clause(document="gangkou-2016", mode="fusion")]
    blocks = clauses.chapter(facts({"x": 0.0}, manifest=found))
    assert "共建在推演的年份里不施行" in said(blocks) and "日期照文件原样" in said(blocks)
    assert any(str(row).startswith("《港口区") for row in table(blocks, "clauses_common"))
    assert next(b for b in blocks if isinstance(b, Table) and b.key == "clauses_common").caption == "融合的条款"
    assert text("clauses.none", "zh") in said(clauses.chapter(facts({"x": 0.0}, policies=("status_quo",), manifest=booked())))


def test_more_clauses_than_paper_holds_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clauses, "MOST_ROWS", 1)
    found = next(b for b in clauses.chapter(facts({"x": 0.0}, manifest=booked())) if isinstance(b, Table) and b.key == "clauses_apart")
    assert len(found.rows) == 1 and "另有2项见工作簿" in found.note


def test_beside_many_policies_only_what_is_asked_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "MOST_UPRIGHT", 1)
    found = next(b for b in clauses.chapter(facts({"x": 0.0}, manifest=booked())) if isinstance(b, Table) and b.key == "clauses_apart")
    assert [row[0] for row in found.rows] == ["每年交流教师占基数的比例", "一轮交流的年数"] and found.wide and "另有1项" in found.note


def test_clauses_stop_with_the_policy_and_modes_bear_the_names_of_their_files() -> None:
    found = booked()
    found["acting"]["fusion"] = [2026, 2028]
    found["configuration"]["policies"]["fusion"]["values"]["finance.fund_yuan_year"].append([2029, [0.0]])
    book = clauses.Book(Teller(facts({"x": 0.0}, manifest=found)))
    fund = next(one for one in book.all if one.policy == "fusion" and one.path == "finance.fund_yuan_year")
    assert fund.steps == ((2026, 5e7),)
    assert book.mode("alliance") == "联盟型教育集团" and book.mode("fusion") == "融合" and book.mode("mine") == "mine"


def test_modes_that_differ_are_named() -> None:
    found = booked()
    found["configuration"]["policies"]["fusion"] |= {"modes": ["law", "fusion", "co_build"]}
    found["configuration"]["policies"]["fusion"]["values"]["rotation.share"] = [[2025, [0.05, 0.05, 0.05]], [2026, [0.05, 0.15, 0.1]]]
    found["sources"]["fusion"]["rotation.share"].append(clause(mode="co_build"))
    rows = {str(row[0]): row[1:] for b in clauses.chapter(facts({"x": 0.0}, manifest=found)) if isinstance(b, Table) and b.key == "clauses_apart"
            for row in b.rows}  # fmt: skip
    assert rows["每年交流教师占基数的比例"][1] == "融合：15%＊；共建：10%"


def assumed() -> dict[str, Any]:
    found = booked()
    for held in found["configuration"]["policies"].values():
        held["values"] |= values(leadership__diffusion=0.15, achievement__persistence_own=0.75)
    found["configuration"]["region"]["values"] = {"region.schools.primary.urban": 25.0}
    found["rules_on"] = [rule for rule in assumptions.RULES if rule != "rotation"]
    found["notes"] = [{"zh": "合成县说明。", "en": "A drawn county."}]
    return found


def test_assumptions_are_counted_and_what_was_changed_is_named() -> None:
    found = assumed()
    blocks = assumptions.chapter(facts({"x": 0.0}, manifest=found))
    counts = table(blocks, "assumptions_counts")
    assert counts["行为（教师、家长、教学）"]["all"] == 2 and counts["行为（教师、家长、教学）"]["evidence"] == 1
    assert counts["县域（人口、学校、教师的生成）"]["all"] == 1
    assert "使用者没有改动" in said(blocks) and "关掉的规则：交流轮岗" in said(blocks) and "合成县说明。" in said(blocks)
    found["overrides"] = {"parameters": {"leadership.diffusion": "0", "fusion:rotation.share": {"2028-09-01": "0.1"}, "mix.fusion": "0.5"}}
    found["configuration"]["policies"]["fusion"]["values"]["leadership.diffusion"] = [[2025, [0.0]]]
    changed = assumptions.chapter(facts({"x": 0.0}, manifest=found))
    assert "（leadership.diffusion）＝0" in said(changed) and "2028-09-01: 0.1" in said(changed) and "mix.fusion = 0.5" in said(changed)
    rows = {row[1]: row for b in changed if isinstance(b, Table) and b.key == "assumptions_behaviour" for row in b.rows}
    assert rows["leadership.diffusion"][2] == "现状延续 0.15；共建 0.15；融合 0" and rows["leadership.diffusion"][-1] == "是"
    assert rows["achievement.persistence_own"][2] == 0.75 and rows["achievement.persistence_own"][-1] == ""


def test_a_roster_says_what_was_drawn() -> None:
    found = assumed()
    found["configuration"]["region"]["kind"] = "roster"
    found["imputed"] = {"schools.equipment_yuan": 12, "schools.rooms": 0, "odd": 3, "pupils.rows": 5239, "teachers.rows": 363}
    blocks = assumptions.chapter(facts({"x": 0.0}, manifest=found))
    rows = table(blocks, "assumptions_imputed")
    assert [row["cells"] for row in rows.values()] == [12, 3] and "schools.equipment_yuan" in next(iter(rows))
    found["imputed"] = {"schools.management": 2}
    assert next(iter(table(assumptions.chapter(facts({"x": 0.0}, manifest=found)), "assumptions_imputed"))) == "管理水平 (schools.management)"
    assert "名册有15个空格，" in said(blocks) and "逐行抽取：学生5,239行、教师363行。" in said(blocks)
    found["imputed"] = {}
    assert text("assumptions.complete", "zh") in said(assumptions.chapter(facts({"x": 0.0}, manifest=found)))


def test_what_matters_most_comes_from_a_sensitivity_study() -> None:
    study = Attached("sensitivity", (), names=("管理输出",), paths=("fusion:leadership.diffusion", "no.such"))
    blocks = assumptions.chapter(facts({"x": 0.0}, manifest=assumed()), (study,))
    assert "影响最大的：管理输出" in said(blocks) and len(table(blocks, "assumptions_most")) == 1
    assert "要由敏感性分析回答" in said(assumptions.chapter(facts({"x": 0.0}, manifest=assumed())))


# -- all of them -------------------------------------------------------------------------------------


def battery(lang: str) -> list[list[Block]]:
    """Return chapters of runs of every kind."""
    many = {**FAMILIES, **HOLDS}
    held = manifest(fusion={}, co_build=values(finance__fund_yuan_year=[[2025, [0.0]], [2026, [5e7]], [2029, [0.0]]]))
    held["acting"] = {"fusion": [2026, 2027], "co_build": [2026, 2030]}
    going = values(finance__equipment_life_years=8.0, finance__replacement_share=1.0)
    worn = values(finance__equipment_life_years=8.0, finance__replacement_share=0.5)
    gone = {**SPENT, "learning.core_member_gap": {"status_quo": 0.4 + NOISE[::-1] / 1000, "fusion": after(2027, 0.3, 0.4) + NOISE[:, None] / 1000}}
    wider = {**SPENT, "learning.core_member_gap": {"status_quo": 0.4 + NOISE / 1000, "fusion": 0.5 + NOISE / 1000}, "money.unfunded": 0.0}
    stopped = {**SPENT, "families.satisfaction": {"fusion": 0.1}}
    roster = assumed()
    roster["configuration"]["region"]["kind"] = "roster"
    bare = booked()
    del bare["sources"]["fusion"]
    put = {**assumed(), "overrides": {"parameters": {"leadership.diffusion": "0"}}}
    study = (Attached("discover", ("a",)), Attached("sensitivity", ("b",), names=("c",), paths=("leadership.diffusion",)))
    blocks = [
        teachers.chapter(facts(many, manifest=ASSIGNS, flows=flows(), records=records({}), lang=lang)),
        teachers.chapter(facts(many, manifest=ASSIGNS, records=records({"co_build": 3.0}), lang=lang, draws=1)),
        teachers.chapter(facts(many, manifest=ASSIGNS, records=records({"co_build": 3.0}), lang=lang)),
        teachers.chapter(facts({**many, "groups.coverage": 1.0}, manifest=ASSIGNS, lang=lang)),
        teachers.chapter(facts({**many, "staffing.leader_hours_planned": 0.0}, lang=lang, policies=("fusion",))),
        families.chapter(facts({**FAMILIES, "families.travel_km": {"status_quo": 2 + NOISE / 100, "fusion": 3 + NOISE / 100}}, lang=lang)),
        families.chapter(facts(many, lang=lang, policies=("fusion",), draws=1)),
        money.chapter(facts(many, manifest=manifest(fusion=going, co_build=going), lang=lang)),
        money.chapter(facts(many, manifest=manifest(fusion=worn, co_build=worn), lang=lang)),
        money.chapter(facts(ended_inside(), manifest=held, lang=lang)), money.chapter(facts(gone, policies=("status_quo", "fusion"), manifest=held, lang=lang)),
        money.chapter(facts(wider, policies=("status_quo", "fusion"), manifest=manifest(), lang=lang)),
        money.chapter(facts({"x": 0.0}, lang=lang)),
        money.chapter(facts(many, lang=lang), money.Ending(2027, facts(stopped, lang=lang))),
        money.chapter(facts(many, lang=lang), money.Ending(2027, facts(stopped, lang=lang, draws=2))),
        conditions.chapter(facts(many, manifest=COVER, lang=lang)), conditions.chapter(facts(many, manifest=COVER, lang=lang), study),
        conditions.chapter(facts({**many, "groups.coverage": {"fusion": 0.8}}, manifest=COVER, lang=lang)),
        conditions.chapter(facts(many, manifest=COVER, lang=lang, draws=1)),
        clauses.chapter(facts({"x": 0.0}, manifest=booked(), lang=lang)), clauses.chapter(facts({"x": 0.0}, manifest={}, lang=lang)),
        clauses.chapter(facts({"x": 0.0}, manifest=bare, lang=lang)),
        assumptions.chapter(facts({"x": 0.0}, manifest=put, lang=lang), study),
        assumptions.chapter(facts({"x": 0.0}, manifest=roster, lang=lang)),
        assumptions.chapter(facts({"x": 0.0}, lang=lang)),
    ]  # fmt: skip
    return blocks


#: Reached in tests of their own (a document's dates, a mix, more rows than paper holds, the twelve rules, rules of a reader's own).
APART = {"clauses.dates_document", "clauses.never", "clauses.more", "clauses.of_document", "clauses.one_table", "assumptions.changed",
         "assumptions.change", "assumptions.imputed_said", "assumptions.imputed_rows", "assumptions.rows", "assumptions.pupils", "assumptions.imputed_table",
         "assumptions.drawn_management", "assumptions.drawn_reputation", "assumptions.drawn_has_boarding", "assumptions.column", "assumptions.cells",
         "assumptions.own", "assumptions.own_off", "chapters.small", "money_chapter.left_once", "clauses.evidence"}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_is_reached_and_no_table_breaks(lang: str, monkeypatch: pytest.MonkeyPatch) -> None:
    used: set[str] = set()

    def heard(key: str, tongue: str, /, **given: Any) -> str:
        used.add(key)
        return text(key, tongue, **given)

    monkeypatch.setattr(telling, "text", heard)
    for blocks in battery(lang):
        keys = [block.key for block in blocks if isinstance(block, Table | Picture)]
        assert len(set(keys)) == len(keys)
        for block in blocks:
            if isinstance(block, Table):
                for row in block.rows:
                    shown = [written(value, column) for value, column in zip(row, block.columns, strict=True)]
                    assert not any("nan" in one.lower().split() or "inf" in one.lower().split() for one in shown), shown
        words = said(blocks)
        assert "nan" not in words.lower().replace("finan", "") and "{" not in words and "–。" not in words
    rules = {key for key in TEXT if key.startswith("assumptions.rule_")}
    assert set(TEXT) - used - rules - APART == set()


def test_both_languages_have_the_same_placeholders() -> None:
    def names(one: str) -> list[str]:
        return sorted({part for _, part, _, _ in string.Formatter().parse(one) if part})

    wrong = {key for key, (zh, en) in TEXT.items() if names(zh) != names(en) and key not in ("clauses.dates_aligned",)}
    assert not wrong
    assert all(not any("\u4e00" <= sign <= "\u9fff" for sign in en) for _, en in TEXT.values())
    assert {f"assumptions.rule_{rule}" for rule in assumptions.RULES} <= set(TEXT)


def test_no_cell_bears_a_tone_without_a_word() -> None:
    for blocks in battery("zh"):
        for block in blocks:
            if isinstance(block, Table):
                toned = [value for row in block.rows for value in row if isinstance(value, Cell) and value.tone in ("meets", "fails", "open")]
                assert all(any(word in str(value.value) for word in ("达标", "未定", "守住")) for value in toned)
