"""Charts of cost, probability, money, gains, rotation and seats: sentences follow the data and their intervals."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fake
import numpy as np
import pandas as pd
import pytest
from layout import check_glyphs, check_layout, words_of

from edusim.errors import RunError
from edusim.language.charts import TEXT
from edusim.report import (
    compliance_figure,
    figures,
    fonts,
    frontier_figure,
    gains_figure,
    money_figure,
    quota_figure,
    seats_figure,
    style,
)
from edusim.report.county.facts import Facts
from edusim.report.panels import across_of, money, share
from edusim.report.style import Words
from edusim.report.summaries import Interval

FOUR = fake.POLICIES
NINE = (*FOUR, "community_plan", "nanyang", "kunshan", "ninghe", "gangkou")
YEARS = range(2025, 2028)
NOISE = np.linspace(-1.0, 1.0, 9)
NAMES = figures.FROM_FACTS
Number = Callable[[str, int, int], float]


def planted(
    values: Mapping[tuple[str, str, str], Number],
    policies: Sequence[str] = ("status_quo", "fusion"),
    draws: int = 9,
    lang: str = "zh",
    **info: Any,
) -> Facts:
    """Return facts that hold (measure, stage, zone) -> value of (policy, draw, year counted from 0)."""
    rows = [
        (policy, draw, year, measure, "zone" if zone else "county", stage, zone or "county", value(policy, draw, step), "")
        for (measure, stage, zone), value in values.items()
        for policy in policies for draw in range(draws) for step, year in enumerate(YEARS)
    ]  # fmt: skip
    columns = ["policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value", "unit"]
    nobody: Any = None
    return Facts(pd.DataFrame(rows, columns=columns), nobody, None, None, {}, {"n_schools": 12, **info}, lang)


@cache
def usual(policies: tuple[str, ...] = FOUR, draws: int = 6) -> Any:
    return fake.comparison(8, policies, draws, YEARS)


def frontier(costs: Mapping[str, float], gains: Mapping[str, float], *, noise: float = 0.002, **more: Any) -> Facts:
    """Return facts in which a policy costs and narrows what is given; narrowing varies by draw on its own."""
    order = {policy: 1 + i for i, policy in enumerate(costs)}
    return planted(
        {
            ("money.total", "all", ""): lambda policy, draw, step: costs[policy] * 1e4 * bool(step),
            ("learning.core_member_gap", "all", ""): lambda policy, draw, step: (
                0.4 - gains[policy] * (step == 2) + noise * NOISE[(draw * order[policy]) % len(NOISE)]
            ),
        },
        tuple(costs), **more,
    )  # fmt: skip


# -- cost and narrowing -----------------------------------------------------------------------------------------


def test_the_front_joins_the_unbeaten_and_prices_sure_steps() -> None:
    costs = {"status_quo": 0.0, "collaboration": 100.0, "co_build": 200.0, "fusion": 300.0}
    facts = frontier(costs, {"status_quo": 0.0, "collaboration": 0.05, "co_build": 0.03, "fusion": 0.08})
    places = frontier_figure._places(facts)
    lost = frontier_figure.beaten(places, 1.5e4)
    assert lost == {"co_build": "collaboration"}
    assert frontier_figure.front(places, lost, 1.5e4) == ["status_quo", "collaboration", "fusion"]
    step = frontier_figure.price(places["status_quo"], places["collaboration"])
    assert step is not None and step.mean == pytest.approx(100e4 / 5, rel=0.02) and step.low < step.mean < step.high
    assert frontier_figure.price(places["collaboration"], places["co_build"]) is None, "no price where the gap does not surely narrow"
    chart = frontier_figure.draw(facts)
    said = chart.takeaway
    assert said.index("协作型") < said.index("融合型") and "共建型被花费不多于它的方案超过" in said and "每年多花 100 万元" in said
    assert "共建型（不及协作型）" in words_of(chart) and "每多缩小 0.01 SD" in words_of(chart)
    check_layout(chart)


def test_what_cannot_be_told_apart_is_not_beaten_and_has_no_price() -> None:
    costs = {"status_quo": 0.0, "collaboration": 100.0, "fusion": 300.0}
    facts = frontier(costs, {"status_quo": 0.0, "collaboration": 0.05, "fusion": 0.052}, noise=0.02)
    chart = frontier_figure.draw(facts)
    places = frontier_figure._places(facts)
    assert frontier_figure.beaten(places, 1.5e4) == {}
    assert frontier_figure.price(places["collaboration"], places["fusion"]) is None
    assert "从协作型到融合型是否缩小得更多，未能确定" in chart.takeaway


@pytest.mark.slow
def test_one_price_for_all_does_not_separate_them() -> None:
    costs = dict.fromkeys(FOUR, 5000.0) | {"status_quo": 0.0}
    clear = frontier_figure.draw(frontier(costs, dict(zip(FOUR, (0, 0.03, 0.05, 0.08), strict=True)), lang="en")).takeaway
    assert "cost does not separate them" in clear and "narrows most under Fusion: 0.080 SD" in clear and "told apart" not in clear
    near = frontier_figure.draw(frontier(costs, dict(zip(FOUR, (0, 0.03, 0.08, 0.081), strict=True)), noise=0.02)).takeaway
    assert "花费分不出高下" in near and "差距缩小最多的是共建型" in near and "，与融合型分不出高下" in near
    none = frontier_figure.draw(frontier(costs, dict.fromkeys(FOUR, 0.0), noise=0.02)).takeaway
    assert "没有方案能确定" in none
    wider = frontier_figure.draw(frontier(costs, dict(zip(FOUR, (0, -0.05, 0.05, 0.08), strict=True)))).takeaway
    assert "协作型下差距确定更大" in wider


def test_cost_without_a_baseline_is_no_effect() -> None:
    chart = frontier_figure.draw(frontier({"fusion": 400.0}, {"fusion": 0.1}))
    assert "不能说是政策的效果" in chart.takeaway and "每年支出 400 万元" in chart.takeaway
    with pytest.raises(RunError, match="FIG-EMPTY"):
        frontier_figure.draw(frontier({"status_quo": 0.0, "fusion": 0.0}, {"status_quo": 0.0, "fusion": 0.1}))


# -- probability of keeping the limits ----------------------------------------------------------------------------


def cvs(share_kept: float, draws: int = 40, **more: Any) -> Facts:
    """Return facts in which primary keeps all limits in a share of the draws, degree apart from the rest."""
    def of(key: str) -> Number:
        return lambda policy, draw, step: 0.45 if key != "sports" or draw < share_kept * draws else 0.6

    keys = ("degree", "backbone", "pe_art_music", "buildings", "sports", "equipment", "rooms")
    return planted({(f"official.cv.{key}", "primary", ""): of(key) for key in keys}, draws=draws, **more)


@pytest.mark.slow
def test_probability_takes_its_side_by_the_interval() -> None:
    assert compliance_figure.side(Interval(0.9, 0.6, 1.0, 9)) == "likely"
    assert compliance_figure.side(Interval(0.6, 0.4, 0.8, 9)) == "open"
    assert compliance_figure.side(Interval(0.1, 0.0, 0.3, 9)) == "unlikely"
    kept, lost = compliance_figure.draw(cvs(0.9)), compliance_figure.draw(cvs(0.1))
    assert "各方案均为 90%（95% 区间 77% 至 96%）" in kept.takeaway and "多半超过" not in kept.takeaway
    assert "各方案均为 10%（95% 区间 4% 至 23%）" in lost.takeaway and "多半超过的：体育运动场馆面积" in lost.takeaway
    half = compliance_figure.draw(cvs(0.5, policies=("fusion",)))
    assert "多半" not in half.takeaway
    assert any(patch.get_hatch() for axes in half.axes for patch in axes.patches), "what is open is hatched"
    assert not any(patch.get_hatch() for axes in kept.axes for patch in axes.patches)
    assert "达标" not in kept.takeaway and "90" in words_of(kept)
    assert "初中" not in words_of(kept), "a stage without values has no panel"
    check_layout(kept)


def test_all_seven_must_hold_in_the_same_run() -> None:
    rows = compliance_figure.kept(cvs(0.25), "fusion", "primary")
    assert rows[compliance_figure.ALL][:, -1].mean() == 0.25 and rows["degree"].min() == 1.0
    assert np.isnan(compliance_figure.kept(cvs(0.25), "fusion", "junior")[compliance_figure.ALL]).all()
    one = compliance_figure.draw(cvs(1.0, draws=1))
    assert "没有概率" in one.takeaway and "100" not in words_of(one)


# -- money ------------------------------------------------------------------------------------------------------


def ledgers(recurrent: Mapping[str, float], one_off: Mapping[str, float], unpaid: float = 0.0, **more: Any) -> Facts:
    def of(*parts: Mapping[str, float]) -> Number:
        return lambda policy, draw, step: sum(part[policy] for part in parts) * (1e6 + 1e4 * draw) * bool(step)

    return planted(
        {("money.total", "all", ""): of(recurrent, one_off), ("money.recurrent", "all", ""): of(recurrent),
         ("money.one_off", "all", ""): of(one_off), ("money.line.rotation", "all", ""): of(recurrent),
         ("money.line.equipment", "all", ""): of(one_off),
         ("money.unfunded", "all", ""): lambda policy, draw, step: unpaid * bool(step) * (1.0 + 0.01 * draw)},
        tuple(recurrent), **more,
    )  # fmt: skip


def test_money_says_what_must_be_paid_every_year() -> None:
    facts = ledgers({"status_quo": 0.0, "fusion": 3.0}, {"status_quo": 0.0, "fusion": 1.0}, unpaid=2e4)
    chart = money_figure.draw(facts)
    assert "融合型 416 万元" in chart.takeaway and "经常性 75%" in chart.takeaway and "现状延续没有政策支出" in chart.takeaway
    assert "平均最大的一项是交流轮岗补助" in chart.takeaway and "应支未支" in chart.takeaway
    assert "现状延续" not in words_of(money_figure.draw(facts, for_report=True)), "no panel for a policy that spends nothing"
    assert "应支未支" not in money_figure.draw(ledgers({"fusion": 3.0}, {"fusion": 1.0})).takeaway
    with pytest.raises(RunError, match="FIG-EMPTY"):
        money_figure.draw(ledgers({"fusion": 0.0}, {"fusion": 0.0}))


def test_sums_of_money() -> None:
    zh, en = Words("zh", {}), Words("en", {})
    assert money(zh, Interval(5e7, 4.9e7, 5.1e7, 9)) == "5,000 万元（95% 区间 4,900 至 5,100）"
    assert money(en, Interval(5e7, 5e7, 5e7, 9)) == "50.0 million yuan"
    assert money(zh, Interval(0.0, 0.0, 0.0, 9)) == "0 万元"
    assert share(zh, Interval(0.07, -0.01, 0.15, 3)) == "7%（95% 区间 0% 至 15%）"
    assert [across_of(n) for n in (1, 4, 5, 8, 9)] == [1, 4, 3, 4, 3]


# -- gains and losses -------------------------------------------------------------------------------------------


def gains(core: float, member: float, noise: float = 0.005, **more: Any) -> Facts:
    def of(size: float, turn: int) -> Number:
        return lambda policy, draw, step: (policy == "fusion") * (step == 2) * (size + noise * NOISE[(draw * turn) % len(NOISE)])

    return planted({("learning.core_mean", "all", ""): of(core, 1), ("learning.member_mean", "all", ""): of(member, 2)}, **more)


@pytest.mark.parametrize(
    ("core", "member", "kind", "says"),
    [(0.0, 0.1, "below", "没有确定的下降"), (-0.1, 0.0, "above", "没有确定的提高"), (-0.1, 0.1, "both", "也有核心校下降"),
     (0.1, 0.0, "wider", "差距扩大"), (0.0, 0.0, "open", "未能确定")],
)  # fmt: skip
def test_the_gap_closes_from_below_or_above(core: float, member: float, kind: str, says: str) -> None:
    facts = gains(core, member)
    assert gains_figure.how(facts, gains_figure.rows_of(facts), "fusion") == kind
    assert says in gains_figure._takeaway(facts, gains_figure.rows_of(facts))


def test_gains_flip_with_the_interval() -> None:
    sure = gains_figure.draw(gains(-0.05, 0.1))
    assert "确有提高的：成员校" in sure.takeaway and "确有下降的：核心校" in sure.takeaway
    unsure = gains_figure.draw(gains(-0.005, 0.01, noise=0.3))
    assert "没有哪一类确有提高" in unsure.takeaway and "没有哪一类确有下降" in unsure.takeaway
    hollow = [line for axes in unsure.axes for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert len(hollow) == 2, "what is not sure is hollow"


def test_kinds_of_place_are_averaged_by_pupils() -> None:
    rows = [("fusion", 0, 2027, "town", pupils, mean) for pupils, mean in ((100, 0.4), (300, 0.0), (0, 9.0), (50, np.nan))]
    facts = gains(0.0, 0.1, draws=2)
    schools = pd.DataFrame(rows, columns=["policy", "draw", "year", "zone", "n_pupils", "mean_achievement"])
    found = gains_figure.zone_means(Facts(facts.measures, schools, None, None, {}, {}, "zh"), (2025, 2027))
    assert found["town", "fusion", 2027][0] == pytest.approx(0.1) and np.isnan(found["town", "fusion", 2027][1])


# -- rotation ---------------------------------------------------------------------------------------------------


def quotas(sent: float, backbone: float, noise: float = 0.01, **more: Any) -> Facts:
    def of(size: float, wobble: float = 0.0) -> Number:
        return lambda policy, draw, step: size + wobble * NOISE[draw % len(NOISE)] if step else np.nan

    return planted(
        {("staffing.rotation_promised", "all", ""): of(100.0), ("staffing.rotation_delivered", "all", ""): of(1000 * sent, 1000 * noise),
         ("staffing.rotation_eligible", "all", ""): of(1000.0), ("staffing.rotation_share_eligible", "all", ""): of(sent, noise),
         ("staffing.rotation_backbone_share", "all", ""): of(backbone, noise)},
        **more,
    )  # fmt: skip


def test_the_tenth_is_judged_on_the_interval() -> None:
    def said(sent: float, backbone: float) -> str:
        return quota_figure._takeaway(quotas(sent, backbone), ["status_quo", "fusion"])

    met = quota_figure.draw(quotas(0.15, 0.1)).takeaway
    assert "各方案均派出不少于符合条件教师的 10%" in met and "各方案均骨干比例不到 20%" in met
    assert "派出是否够符合条件教师的 10% 未定" in said(0.105, 0.3)
    assert "派出不到符合条件教师的 10%" in said(0.05, 0.3)
    assert quota_figure.at_least(Interval(0.1, 0.1, 0.2, 5), 0.1) == "meets"
    assert quota_figure.at_least(Interval(0.1, np.nan, np.nan, 1), 0.1) == "open"
    assert quota_figure.kept_share(quotas(0.05, 0.3), "fusion").mean == pytest.approx(0.5)


# -- seats ------------------------------------------------------------------------------------------------------


def places(needed: Number, largest: float, noise: float = 0.0, **more: Any) -> Facts:
    return planted(
        {("families.seats_empty", "primary", "town"): lambda policy, draw, step: 300.0 + 40 * step + NOISE[draw],
         ("families.seats_needed", "primary", "town"): needed,
         ("official.class_size_mean", "primary", ""): lambda policy, draw, step: 38.0,
         ("official.class_size_largest", "primary", ""): lambda policy, draw, step: largest + noise * NOISE[draw]},
        **more,
    )  # fmt: skip


def test_seats_and_classes_are_judged_on_all_runs() -> None:
    enough = seats_figure.draw(places(lambda policy, draw, step: 0.0, 44.0)).takeaway
    assert "都没有短缺学位" in enough and "由 2025 年的 300 个增至 2027 年的 380 个" in enough and "各方案均达标" in enough
    short = seats_figure._takeaway(places(lambda policy, draw, step: 50.0 * bool(step), 52.0), ["primary"])
    assert "短缺学位的：镇区小学 50 个" in short and "各方案均未达标" in short
    some = seats_figure._takeaway(places(lambda policy, draw, step: 50.0 * (draw < 3), 45.0, noise=1.0), ["primary"])
    assert "部分推演短缺学位的：镇区小学（33% 的推演）" in some and "各方案均未定" in some


# -- all --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_one_draw_claims_nothing(name: str) -> None:
    chart = figures.draw_one(usual(draws=1), name)
    assert "1 次推演" in chart.takeaway and "1 次推演" in words_of(figures.draw_one(usual(draws=1), name, for_report=True))
    assert "95% 区间" not in chart.takeaway and "确" not in chart.takeaway.replace("增减未能确定", "")
    check_layout(chart)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_policy_alone_and_missing_frames(name: str) -> None:
    found = usual(("fusion",), 3)
    chart = figures.draw_one(SimpleNamespace(measures=found.measures, info={}), name, lang="en")
    assert "Status quo" not in words_of(chart)
    check_layout(chart)
    with pytest.raises(RunError, match="FIG-EMPTY"):
        figures.draw_one(SimpleNamespace(measures=found.measures[found.measures["measure"] == "learning.icc"], info={}), name)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_nine_policies(name: str, lang: str) -> None:
    chart = figures.draw_one(usual(NINE, 3), name, lang=lang)
    check_layout(chart)
    check_glyphs(chart)
    assert len(chart.takeaway) < (900 if lang == "en" else 420)
    assert chart.get_size_inches()[1] < 12.5, "taller than a page"


@pytest.mark.parametrize("name", ["frontier", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES[1:])])
def test_without_head_and_foot_the_words_are_kept(name: str) -> None:
    full, bare = (figures.draw_one(usual(), name, lang="en", for_report=bare) for bare in (False, True))
    said = words_of(bare).replace("\n", "")
    for left_out in (bare.title, bare.takeaway, bare.footer):
        assert left_out and left_out not in said
    assert (bare.title, bare.subtitle, bare.takeaway, bare.footer) == (full.title, full.subtitle, full.takeaway, full.footer)
    for chart in (full, bare):
        check_layout(chart)
        check_glyphs(chart)


def test_ticks_are_never_rounded() -> None:
    write = style.Numbers(signed=True)
    assert write.format_ticks([-0.25, 0.0, 0.25]) == ["−0.25", "0.00", "+0.25"] and style.Numbers()(37.5) == "37.5"
    assert style.Numbers(magnitude=True).format_ticks([-200.0, 0.0]) == ["200", "0"]


def test_any_choice_of_figures_and_formats(tmp_path: Any) -> None:
    found = usual()
    written = figures.draw_all(found, tmp_path, "en", ("pdf", "svg"), for_report=True, names=("frontier",))
    assert [path.name for path in written] == ["frontier.pdf", "frontier.svg"]
    assert b"EdusimHanSans" in written[0].read_bytes()
    with pytest.raises(RunError, match="FIG-NAME"):
        figures.draw_all(found, tmp_path, names=("frontiers",))


def test_words_have_both_languages_a_use_and_a_font() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in Path(style.__file__).parent.glob("*.py"))
    begun = {head for head in re.findall(r"f\"([a-z_.]+)\{", code) if "." in head} | {"frontier.gain", "frontier.cost"}
    for key, both in TEXT.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(said) if name} for said in both]
        assert places[0] == places[1] and all(both), key
        assert f'"{key}"' in code or any(key.startswith(head) for head in begun), key
        assert not any("\u4e00" <= c <= "\u9fff" for c in both[1]), key
    for path in fonts.bundled():
        assert fonts.holds(path, "".join(c for both in TEXT.values() for said in both for c in said if c.isprintable())), path.name


def test_looks_are_never_colour_alone() -> None:
    found = [style.LOOKS[policy] for policy in NINE]
    assert len({look.marker for look in found}) == len(found) and len({look.colour for look in found}) == len(found)

