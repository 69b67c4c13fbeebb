"""Sentences: computed, in both languages, and no stronger than the intervals."""

from __future__ import annotations

import functools
import re
import string

import pytest

from edusim.discover.analysis import Discovery, analyse
from edusim.discover.futures import Assumption, from_frame
from edusim.discover.telling import limit, percent, value
from edusim.language.discover import TEXT as SENTENCES
from planted_futures import MODES, OUTCOMES, planted, runs


@functools.lru_cache
def small(shared: float = 0.0, draws: int = 2) -> Discovery:
    """Fewer futures than are searched: quick."""
    return analyse(planted(48, shared=shared, draws=draws))


def test_both_languages_have_the_same_placeholders() -> None:
    for key, texts in SENTENCES.items():
        names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in texts]
        assert names[0] == names[1], key
        assert not re.search(r"[\u4e00-\u9fff]", texts[1].replace("不是预测", "")), key


def test_fonts_hold_every_character() -> None:
    from edusim.language.winner_figures import TEXT as WORDS
    from edusim.report import fonts

    used = "".join(c for texts in (*SENTENCES.values(), *WORDS.values()) for text in texts for c in text if c.isprintable()) + "÷"
    for path in fonts.bundled():
        assert fonts.holds(path, used)


def test_shares_that_are_nearly_nothing_are_not_nothing() -> None:
    assert [percent(x) for x in (0.0, 0.001, 0.5, 0.999, 1.0, float("nan"))] == ["0%", "<1%", "50%", ">99%", "100%", "–"]


def test_limits_read_as_policy_words_with_units() -> None:
    share = Assumption("uncertain.a", "evidence", "甲", "what a is", "share of gap/year", low=0.1, high=0.6)
    row = {"low": 0.352, "high": float("nan"), "limit_low": 0.1003, "limit_high": 0.5999}
    assert limit(share, row, "zh") == "“甲”高于 35.2%/年（考察范围 10%–60%）"
    assert limit(share, row, "en") == '"what a is" is above 35.2% a year (looked at: 10%–60%)'
    ratio = Assumption("ratio.fusion.b", "ratio", "乙", "what b is")
    both = {"low": 0.8, "high": 1.25, "limit_low": 0.501, "limit_high": 1.998}
    assert limit(ratio, both, "zh", span=False) == "“乙”在 0.80 至 1.25 倍 之间"
    assert value(Assumption("c", "assumption", "丙", "c", "years"), 3.0, "zh") == "3.00 年"
    assert value(Assumption("d", "assumption", "丁", "d", "logit/SD"), 0.5, "en") == "0.50"


def test_every_text_says_what_it_is() -> None:
    zh, en = small().paragraph("zh"), small().paragraph("en")
    assert "情景推演，不是预测" in zh and "因果效应大小，至今没有研究测出" in zh
    assert "forecasts nothing" in en and "no causal effect size exists" in en
    for lang in ("zh", "en"):
        assert SENTENCES["closing"][lang == "en"] in small().table(lang)
    assert not re.search(r"nan|None|\{|\}", zh + en + small().table("zh") + small().table("en"))
    assert zh.count("\n## ") == en.count("\n## ") == len(OUTCOMES)


def test_who_wins_is_said_as_planted() -> None:
    teller = small().teller("en")
    assert teller.state("gap", "drawn").kind == "first" and teller.state("gap", "drawn").order[0] == "co_build"
    assert "co-build is best in" in teller.headline("gap")
    assert teller.headline("coin").endswith("no mode is better beyond luck")
    assert teller.headline("cost").endswith("all modes are the same") and "The law in force gives the same." in teller.paragraph("cost")
    assert teller.headline("count").endswith("neither direction is wanted")
    assert teller.state("score", "drawn").kind == "rivals" and "cannot be told" in teller.headline("score")
    assert "分不出" in small().teller("zh").headline("score")
    assert "fewer than 50: conditions were not searched for" in teller.paragraph("gap")


def test_what_draws_share_keeps_the_claim_small() -> None:
    # 0.02 apart, and each draw moves each policy by 0.05: two draws cannot tell, whatever the number of futures says.
    teller = small(shared=0.05).teller("en")
    state = teller.state("gap", "equal")
    assert state.kind in ("rivals", "luck") or not state.is_carried
    assert "draws" in teller.headline("gap") or "luck" in teller.headline("gap") or "cannot be told" in teller.headline("gap")


def test_a_mode_that_is_only_the_least_bad_does_not_win() -> None:
    frame = runs(48).copy()
    frame.loc[frame["policy"] == "status_quo", "gap"] -= 5.0  # the law in force is better than any mode, everywhere
    found = analyse(from_frame(frame, OUTCOMES, modes=MODES), ["gap"])
    assert found.teller("en").headline("gap").startswith("Gap between core and member schools (last year): in 100% of futures no mode is better")
    assert "100% 的未来里没有哪种模式好于现行法规" in found.teller("zh").headline("gap")
    assert "The choice least regretted is the law in force: in 100% of futures no other choice is better." in found.paragraph("en")
    assert found.teller("en").summary(["gap"]).startswith("In most futures no mode is better than the law in force in: gap")


def test_one_draw_says_so() -> None:
    teller = small(draws=1).teller("en")
    assert "luck cannot be told from anything" in teller.paragraph("gap")
    assert "in the one draw that was made" in teller.headline("gap") and not teller.state("gap", "drawn").is_carried
    assert "beyond luck" not in teller.paragraph("gap").split("Against the law")[0]


@pytest.mark.slow
def test_the_planted_conditions_stand_in_the_paragraph() -> None:
    found = analyse(planted(300), ["gap", "score"])
    zh, en = found.teller("zh").paragraph("gap"), found.teller("en").paragraph("gap")
    low = re.search(r"管理经验扩散的速度（融合型÷协作型）”高于 (1\.\d\d) 倍", zh)
    assert low and 1.15 <= float(low[1]) <= 1.45
    assert re.search(r"fusion is best in \d+% \(\d+% to \d+%\) of futures where", en)
    assert re.search(r"its name lends\" is below (3\d|4\d)", en)
    said = found.teller("en").paragraph("score")
    assert "practically all of the answer rests on assumptions that no study has measured" in said
    assert re.search(r"What to measure first: weight of distance \((7|8)\d%\)", said)
