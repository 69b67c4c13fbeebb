"""What is told of a sensitivity study: computed, in both languages, and no stronger than the intervals."""

from __future__ import annotations

import math
import re
import string
from typing import Any

import pandas as pd
import pytest

from edusim.language.sensitivity import TEXT as SENTENCES
from edusim.report.sensitivity_rows import difference, named, order_rows, percent, value_text
from edusim.report.style import Words
from edusim.study.sensitivity.noise import NOTES
from edusim.study.sensitivity.pictures import names_of, of_function, page, paragraph
from edusim.study.sensitivity.reading import Reading, Span, read, together
from edusim.study.sensitivity.telling import Teller
from planted_sensitivity import INFO, MANY, PLAIN, growth_rows, index_rows, morris_rows, plain, split_rows, swing_rows

Frames = dict[str, pd.DataFrame]


def indices(of: Any, *more: Any, **facts: Any) -> Frames:
    """Return the frame of indices alone, or with facts of the one policy."""
    found = {"indices": pd.DataFrame([*index_rows(of), *more])}
    if facts:
        found["facts"] = pd.DataFrame([{"policy": "fusion", "outcome": "gap", "method": "sobol", "is_dead": False, **facts}])
    return found


def reading(frames: Frames, policy: str = "fusion") -> Reading:
    return read(frames, "gap", policy, INFO)


def said(frames: Frames, lang: str = "en", info: Any = INFO) -> str:
    return paragraph(frames, info, "gap", lang)


def test_both_languages_have_the_same_placeholders_and_every_sentence_is_used() -> None:
    for key, texts in SENTENCES.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert places[0] == places[1] or key in ("and_more",), key  # a list's rest is a Chinese whole
        assert not re.search(r"[\u4e00-\u9fff]", texts[1]), key
    assert {f"note.{code}" for code in NOTES if code != "dead"} <= set(SENTENCES)


def test_the_plain_case_is_read_as_it_was_planted() -> None:
    one = reading(plain())
    assert one.leaders == ("rotation.share",) and one.is_share and not one.dummy_off
    assert one.matters == ("rotation.share", "finance.fund_yuan_year", "development.peer_learning", "rotation.go_intercept")
    assert one.nothing == ("appraisal.bundle_weight",) and one.open == ("rest",) and one.small == ()
    assert [pair[:2] for pair in one.pairs] == [("finance.fund_yuan_year", "rotation.share")]
    assert one.swings["rotation.share"].direction == -1 and one.swings["rotation.go_intercept"].direction == 0
    assert one.settled is True and one.runs == 10240 and one.q2 == 0.93
    assert one.luck.value == 0.14 and one.interplay.value == pytest.approx(0.06)
    # The county sets at least what its levers do by themselves, surely, and at most what nothing else does by itself.
    assert one.levers.low == pytest.approx(0.29 + 0.08) and one.levers.high == pytest.approx(1 - 0.09 - 0.03 - 0.09)


def test_an_order_is_told_only_where_intervals_lie_apart() -> None:
    apart = {"rotation.share": (0.5, 0.6, 0.05), "finance.member_tilt": (0.3, 0.4, 0.05), "dummy": (0.0, 0.0, 0.01)}
    level = {**apart, "finance.member_tilt": (0.3, 0.55, 0.05)}
    assert "yearly rotation share decides most" in said(indices(apart)) and "; then" in said(indices(apart))
    text = said(indices(level))
    assert "which of them more cannot be told" in text and "; then" not in text and "not all told" in text
    # Of three, the middle one overlaps both: no tier parts them.
    chain = {"a": (0, 0.5, 0.1), "b": (0, 0.4, 0.1), "c": (0, 0.25, 0.1), "dummy": (0.0, 0.0, 0.01)}
    teller = Teller(indices(chain), INFO, "en")
    assert teller.tiers(teller.reading("gap", "fusion")) == [["a", "b", "c"]]
    assert teller.reading("gap", "fusion").leaders == ("a", "b")


def test_nothing_is_told_of_what_the_dummy_reaches() -> None:
    wide = {"rotation.share": (0.1, 0.2, 0.3), "finance.member_tilt": (0.0, 0.05, 0.3), "dummy": (0.0, 0.01, 0.25)}
    one = reading(indices(wide))
    assert one.matters == one.nothing == () and set(one.open) == {"rotation.share", "finance.member_tilt"}
    assert "nothing can yet be told from the dummy" in said(indices(wide)) and "decide most" not in said(indices(wide))
    # A hair above the dummy and below 2%: an effect, and a small one.
    small = {"rotation.share": (0.01, 0.012, 0.002), "dummy": (0.0, 0.0, 0.001)}
    assert reading(indices(small)).small == ("rotation.share",) and "surely less than 2%" in said(indices(small))


def test_a_dummy_that_is_not_nothing_ends_all_conclusions() -> None:
    off = {**PLAIN, "dummy": (0.2, 0.3, 0.05)}
    for lang in ("zh", "en"):
        text = said(indices(off), lang)
        assert "rotation share decides" not in text and "主要取决于“" not in text
        assert ("not to be relied on" in text) if lang == "en" else ("不下结论" in text)
        assert Teller(indices(off), INFO, lang).takeaways("gap") == []


def test_what_does_not_vary_is_said_and_never_divided_by() -> None:
    dead = dict.fromkeys(PLAIN, (math.nan, math.nan, math.nan))
    frames = indices(dead) | {"split": pd.DataFrame(split_rows(parameters=math.nan, seeds=math.nan, half=math.nan))}
    assert reading(frames).is_dead and said(frames) == "Gap between core and member schools (last year): nothing that was varied changes it."
    assert "nan" not in page(frames, INFO, "en").lower().replace("finance", "") and "–" in page(frames, INFO, "en")
    assert reading(indices(PLAIN, is_dead=True, drowned=False)).is_dead  # the facts say so too
    assert "noise drowns everything" in said(indices(PLAIN, drowned=True))


def test_estimates_outside_are_shown_as_they_are_and_counted() -> None:
    odd = {**PLAIN, "rotation.share": (-0.03, 1.08, 0.2)}
    text = said(indices(odd))
    assert "108% (88% to 128%)" in text and "Estimates outside 0 and 1: 2" in text
    assert "−3%" in page(indices(odd), INFO, "en")


def test_an_unsettled_estimate_says_so_everywhere() -> None:
    frames = plain() | {"growth": pd.DataFrame(growth_rows(target=0.01))}
    frames["facts"]["unsettled"] = "width ranks"
    teller = Teller(frames, INFO, "en")
    assert teller.headline("gap").endswith("not yet settled")
    assert "; missing: narrow intervals, stable ranks" in teller.paragraph("gap") and teller.takeaways("gap")[-1].startswith("Do not decide")
    assert not any("Do not decide" in line for line in Teller(plain(), INFO, "en").takeaways("gap"))


def test_levers_against_behaviour_are_bounds_that_hold() -> None:
    first = {"a": Span(0.5, 0.45, 0.55), "b": Span(0.2, 0.15, 0.25), "c": Span(-0.01, -0.05, 0.03)}
    mine = together(first, ["a"], ["b", "c"])
    assert (mine.value, mine.low, mine.high) == (0.5, 0.45, 0.85)  # c is never below nothing
    assert together(first, [], ["a"]).low != together(first, [], ["a"]).low  # nothing of nothing is unknown
    assert not together({**first, "a": Span(0.5)}, ["a"], ["b"]).known
    more = {"rotation.share": (0.8, 0.85, 0.03), "development.peer_learning": (0.1, 0.12, 0.02), "dummy": (0.0, 0.0, 0.01)}
    assert "The levers surely decide more than behaviour" in said(indices(more))
    assert "cannot be told" in said(plain())
    alone = {name: value for name, value in PLAIN.items() if name not in ("development.peer_learning", "rotation.go_intercept")}
    assert "nobody controls" not in said(indices(alone))  # there is no second side


def test_luck_is_said_as_what_it_is_a_share_of() -> None:
    assert "Of all that varies" in said(plain())  # the draw is an input
    noise_free = {name: value for name, value in PLAIN.items() if name != "seed"}
    frames = indices(noise_free) | {"split": pd.DataFrame(split_rows())}
    assert "of the rest, the county sets" in said(frames)
    mostly = frames | {"split": pd.DataFrame(split_rows(parameters=0.2, seeds=0.75))}
    assert "mostly luck, 75% of what varies; of the rest, yearly rotation share decides most" in said(mostly)
    assert "once luck is taken out" in said(mostly) and "once luck is taken out" not in said(plain())


def test_a_function_of_ones_own_is_told_without_a_county() -> None:
    rows = index_rows({"x1": (0.7, 0.75, 0.04), "x2": (0.2, 0.25, 0.04), "dummy": (0.0, 0.0, 0.02)}, outcome="y")
    shares = [{"outcome": "y", "method": "sobol", "n": 512, "index": "share", "input": part, "other": "", "value": v, "low": v - 0.1, "high": v + 0.1,
               "raw": math.nan} for part, v in (("parameters", 0.8), ("seeds", 0.2))]  # fmt: skip
    found = pd.DataFrame([*rows, *shares]).drop(columns="policy")
    found.attrs = {"facts": {"y": {"method": "sobol", "runs": 900, "is_dead": False, "note": "", "split_note": "together"}}, "growth": []}
    frames, info = of_function(found)
    text = paragraph(frames, info, "y", "en")
    assert "x1 decides most" in text and "Luck here holds" in text and "county" not in text
    assert Teller(frames, info, "en").takeaways("y") == [] and Teller(frames, info, "en").footer("y") == "900 runs; intervals are 95%."
    assert frames["split"]["share"].sum() == 1.0


def test_a_swing_is_a_direction_only_beyond_its_interval() -> None:
    assert difference((0.0, -0.03, 0.03), (0.1, 0.06, 0.14)) == pytest.approx((0.1, 0.05, 0.15))
    assert math.isnan(difference((0.0, math.nan, 0.03), (0.1, 0.06, 0.14))[1])
    text = said(plain())
    assert "yearly rotation share from 3% to 27%: −0.09 SD" in text and "Basic will to go: an effect without a sure direction" in text
    lines = Teller(plain(), INFO, "en").takeaways("gap")
    assert ", the wanted way" in lines[0] and "Behaviour to measure first: basic will to go" in "".join(lines)
    up = plain() | {"swings": pd.DataFrame(swing_rows({"rotation.share": (0.0, 0.3, 0.09, 0.01)}))}
    assert ", against what is wanted" in Teller(up, INFO, "en").takeaways("gap")[0]


def test_policies_that_agree_are_told_together_and_others_apart() -> None:
    frames = plain(("co_build", "fusion"))
    assert Teller(frames, INFO, "en").headline("gap").endswith("yearly rotation share decides most")
    other = index_rows({**PLAIN, "rotation.share": (0.1, 0.1, 0.02), "finance.fund_yuan_year": (0.5, 0.6, 0.05)}, "fusion")
    differ = {"indices": pd.DataFrame([*index_rows(PLAIN, "co_build"), *other])}
    head = Teller(differ, INFO, "en").headline("gap")
    assert "yearly rotation share (co-build)" in head and "programme fund per 100,000 pupils (fusion)" in head
    assert [line for line in said(differ).splitlines() if line.startswith("**")] != []


def test_other_methods_rank_without_shares() -> None:
    frames = {"indices": pd.DataFrame(morris_rows())}
    one = reading(frames)
    assert one.main == "mu_star" and len(one.matters) + len(one.open) == len(MANY) and one.nothing == ()
    text = said(frames)
    assert "stands out most" in text and "Morris μ*" in text and "%" not in text
    assert {k: n for n, k, _ in names_of(frames, "gap")} == {"screening": "screening-gap"}
    assert "Screening (Morris): " in said(plain())


def test_a_bound_from_derivatives_rules_out_and_other_indices_are_no_shares() -> None:
    bound = pd.DataFrame(index_rows({"rotation.share": (0.0, 0.6, 0.1), "finance.member_tilt": (0.0, 0.01, 0.005), "dummy": (0.0, 0.0, 0.0)}, method="dgsm"))
    bound = bound[bound["index"] == "ST"].assign(index="vt")
    one = reading({"indices": bound})
    assert one.matters == ("rotation.share",) and not one.is_share and one.small == ("finance.member_tilt",)
    delta = bound.assign(index="delta", method="delta")
    assert reading({"indices": delta}).small == () and "delta index" in said({"indices": delta})
    assert [kind for _, kind, _ in names_of({"indices": delta}, "gap")] == ["indices"]


def test_chaos_is_a_witness_only_where_it_predicts() -> None:
    assert "all 6 of its total effects lie in the Sobol intervals" in said(plain())
    weak = plain()
    weak["facts"]["q2"] = 0.4
    assert "it is no witness" in said(weak)
    far = plain()
    far["indices"].loc[(far["indices"]["method"] == "chaos") & (far["indices"]["input"] == "rotation.share"), "value"] = 0.9
    assert "The total effects" not in said(plain()) and "the total effects of yearly rotation share lie outside" in said(far)


def test_inputs_are_named_and_sorted_by_who_decides() -> None:
    names = ("dummy", "uncertain.rotation.go_intercept", "seed", "lever.rotation.share", "rest", "development.peer_learning", "x1")
    info = {"inputs": {"rest": {"members": ["a", "b"]}}}
    kinds = [named(name, info).kind for name in names]
    assert kinds == ["dummy", "assumed", "luck", "lever", "rest", "measured", "other"]
    assert named("rest", info).en == "the group of 2 other inputs" and named("lever.rotation.share", info).zh == "年交流比例"
    assert named("teachers", {"inputs": {"teachers": {"members": ["workforce.pay_slope"], "zh": "教师", "en": "teachers"}}}).kind == "measured"
    rows, left, _ = order_rows(MANY, {name: float(k) for k, name in enumerate(MANY)}, {}, "en", most=5, apart={"lever": "and {n} more"})
    assert len([row for row in rows if row.one]) == 5 and len(left) == len(MANY) - 5 and any(row.text == "and 10 more" for row in rows)
    assert named("lever.use", {"inputs": {"lever.use": {"values": {"goods": {"zh": "物", "en": "goods!"}}}}}).kind == "lever"


def test_values_are_written_as_an_official_reads_them() -> None:
    zh, en = Words("zh", {}), Words("en", {})
    fund, use = named("finance.fund_yuan_year", {}), named("lever.use", {"inputs": {"lever.use": {"values": {"mine": {"zh": "我", "en": "me"}}}}})
    assert value_text(zh, fund, 1e8) == "10,000 万元/年" and value_text(en, fund, "100000000.0") == "100 million yuan a year"
    assert value_text(zh, named("rotation.share", {}), 0.144) == "14.4%" and value_text(en, named("rotation.go_intercept", {}), -3.8) == "−3.8"
    assert value_text(zh, use, "people") == "人（津贴奖补）" and value_text(en, use, "mine") == "me" and value_text(en, fund, math.nan) == "–"
    assert [percent(v) for v in (0.003, 0.998, -0.02, 1.3, math.nan, 0.0)] == ["<1%", ">99%", "−2%", "130%", "–", "0%"]


def test_the_page_holds_tables_figures_and_what_to_take() -> None:
    frames = plain(("co_build", "fusion"))
    frames["choice"] = pd.DataFrame([{"input": "rotation.share", "share": 0.4, "influential": 2, "why": "above_dummy"},
                                     {"input": "workforce.resign", "share": 0.01, "influential": 0, "why": "not_above_dummy"}])  # fmt: skip
    for lang in ("zh", "en"):
        text = page(frames, INFO, lang, figures="pictures/")
        for name, _, _ in names_of(frames, "gap"):
            assert f"](pictures/{name}.{lang}.png)" in text
        assert text.count("|---|") == text.count("\n|---") * 1 or "|---|" in text
        assert (lang == "zh") == bool(re.search(r"[\u4e00-\u9fff]", text.replace("情景推演，不是预测", "")))
        assert ("not a forecast" in text) and "docs/sensitivity.md" in text
        assert "{" not in text and "nan" not in text.replace("finance", "")
    assert "![" not in page(frames, INFO, "en", figures=None)
