"""Sentences of indicator against learning: what the intervals carry, in plain policy words, Chinese and English."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from edusim.language import text as worded
from edusim.report.style import number
from edusim.report.summaries import Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    from edusim.validate.parting import Parting

#: Case -> verdict -> (Chinese, English); placeholders are filled by the functions below.
TEXT: dict[str, dict[str, tuple[str, str]]] = {
    "rotation": {
        "flatters": (
            "只有轮岗、编制随迁，{year} 年小学骨干教师差异系数比现行法规低 {cv_drop}，薄弱半数学校学业只变 {weak}："
            "指标好看了，学生没有多得。",
            "Rotation alone, posts moving: by {year} the CV of backbone teachers in primary schools is {cv_drop} "
            "lower than under the law in force, while the weaker half of schools changes by {weak}: the "
            "indicator looks better, pupils have no more.",
        ),
        "hides": (
            "只有轮岗、编制随迁，{year} 年薄弱半数学校学业比现行法规高 {weak_gain}，小学骨干教师差异系数却由 "
            "{cv_law} 升到 {cv_policy}，{keeps}守得住上限 0.50：成员校每百名学生骨干教师 {members} 名，核心校 "
            "{cores} 名，而差异系数不问谁多谁少。",
            "Rotation alone, posts moving: by {year} the weaker half of schools gains {weak_gain} over the law "
            "in force, yet the CV of backbone teachers in primary schools goes from {cv_law} to {cv_policy}, and "
            "{keeps} the limit of 0.50: members have {members} backbone teachers per 100 pupils, cores {cores}, "
            "and a CV does not ask who has more.",
        ),
        "together": (
            "只有轮岗、编制随迁，{year} 年小学骨干教师差异系数变 {cv}，薄弱半数学校学业变 {weak}：两者同向，这里"
            "没有分开。",
            "Rotation alone, posts moving: by {year} the CV of backbone teachers in primary schools changes by "
            "{cv} and the weaker half of schools by {weak}: both go one way and do not part here.",
        ),
        "open": (
            "只有轮岗、编制随迁，{year} 年小学骨干教师差异系数变 {cv}，薄弱半数学校学业变 {weak}：区间还分不出两"
            "者是否分开。",
            "Rotation alone, posts moving: by {year} the CV of backbone teachers in primary schools changes by "
            "{cv} and the weaker half of schools by {weak}: the intervals do not tell whether the two part.",
        ),
        "post": (
            "同样的人去、编制留在原校，差异系数变 {cv_stay}，学业变 {weak_stay}。",
            "With the same people sent and posts staying at home, the CV changes by {cv_stay} and learning by "
            "{weak_stay}.",
        ),
        "first": (
            "骨干教师集中在核心校的县，首年差异系数由 {first_law} 降到 {first_policy}，{first_keeps}守得住上限，"
            "薄弱半数学校学业却只变 {first_weak}。",
            "In a county whose backbone teachers sit with the cores, the CV falls in the first year from "
            "{first_law} to {first_policy}, {first_keeps} the limit, and the weaker half of schools changes by "
            "{first_weak} only.",
        ),
        "ask": (
            "可改为按实际任课的学校数教师，并与薄弱校学业及其区间一同公布。",
            "Ask instead: count teachers where they teach, and publish the weak schools' learning with its "
            "interval beside the CV.",
        ),
    },
    "paper": {
        "flatters": (
            "只合并法人、人财物都不动，按法人评，合并当年达标的差异系数由 {law} 项变为 {legal} 项（共 14 项）；按"
            "校区评变 {campus} 项，薄弱半数学校学业当年变 {day}，{year} 年变 {weak}：达标是算出来的。",
            "A legal merger with nobody and nothing moved: judged by legal person, the CVs within their limit go "
            "from {law} to {legal} of 14 in the year of the merger; judged by campus they change by {campus}, "
            "and learning in the weaker half of schools by {day} that year and {weak} by {year}: the success is "
            "arithmetic.",
        ),
        "together": (
            "只合并法人、人财物都不动，按法人评，合并当年达标的差异系数变 {passing} 项，薄弱半数学校学业 {year} "
            "年变 {weak}：两者同向，这里没有分开。",
            "A legal merger with nobody and nothing moved: judged by legal person, the CVs within their limit "
            "change by {passing} in the year of the merger, and the weaker half of schools by {weak} by {year}: "
            "both go one way and do not part here.",
        ),
        "open": (
            "只合并法人、人财物都不动，按法人评，合并当年达标的差异系数变 {passing} 项，薄弱半数学校学业 {year} "
            "年变 {weak}：区间还分不出两者是否分开。",
            "A legal merger with nobody and nothing moved: judged by legal person, the CVs within their limit "
            "change by {passing} in the year of the merger, and the weaker half of schools by {weak} by {year}: "
            "the intervals do not tell whether the two part.",
        ),
        "ask": (
            "可坚持以校区为评估单元，合并前后用同一口径。",
            "Ask instead: judge every campus on its own, by the same count before and after a merger.",
        ),
    },
    "windfall": {
        "flatters": (
            "津贴花出 {spent}，其中 {share} 发给了去留并不因此改变的人，{per_kept}；{year} 年薄弱半数学校学业变 "
            "{weak}，同样的钱办联合教研变 {joint}。",
            "{spent} of the allowances is spent, {share} of it on people whose staying or going it does not "
            "change ({per_kept}); by {year} the weaker half of schools changes by {weak}, with the same money in "
            "joint work by {joint}.",
        ),
        "together": (
            "津贴花出 {spent}，发给去留不因此改变的人的占 {share}，不到一半：这里没有分开；{year} 年薄弱半数学校"
            "学业变 {weak}，同样的钱办联合教研变 {joint}。",
            "{spent} of the allowances is spent, {share} of it, less than half, on people whose staying or going "
            "it does not change: the two do not part here; by {year} the weaker half of schools changes by {weak}"
            ", with the same money in joint work by {joint}.",
        ),
        "open": (
            "津贴花出 {spent}，发给去留不因此改变的人的占 {share}；{year} 年薄弱半数学校学业变 {weak}，同样的钱办"
            "联合教研变 {joint}：区间还分不出哪样更值。",
            "{spent} of the allowances is spent, {share} of it on people whose staying or going it does not "
            "change; by {year} the weaker half of schools changes by {weak}, with the same money in joint work "
            "by {joint}: the intervals do not tell which is worth more.",
        ),
        "kept": (
            "每多留一名教师每年至少合 {yuan} 万元",
            "at least {yuan} yuan a year for each teacher more who is there",
        ),
        "kept_none": (
            "没有多留住一名教师",
            "not one teacher more is there",
        ),
        "ask": (
            "可改为问津贴多留住了几人，并把一部分用在教研工时上。",
            "Ask instead: how many more stayed because of it; and spend a part on hours of joint work.",
        ),
    },
    "reports": {
        "flatters": (
            "让教共体从三项结果中自选一项上报，上报的年进步是 {reported}，政策带来的是 {true}，高出 {bias}；六选"
            "一时高出 {bias6}，不许挑选时高出 {bias1}。",
            "Groups that report the best of three results report a progress of {reported} a year where the "
            "policy brings {true}: {bias} too much; of six, {bias6}; with no choice, {bias1}.",
        ),
        "together": (
            "从三项结果中自选一项上报，上报的年进步是 {reported}，政策带来的是 {true}：没有高报，这里没有分开。",
            "Groups that report the best of three results report a progress of {reported} a year where the "
            "policy brings {true}: nothing is overstated, and the two do not part here.",
        ),
        "open": (
            "从三项结果中自选一项上报，上报的年进步是 {reported}，政策带来的是 {true}，相差 {bias}：区间还分不出"
            "是否高报。",
            "Groups that report the best of three results report a progress of {reported} a year where the "
            "policy brings {true}, a difference of {bias}: the interval does not tell whether it is overstated.",
        ),
        "ask": (
            "可改为事先定好报哪几项、全部上报，并由县里对照没有参加的学校。",
            "Ask instead: fix beforehand which results are reported, report all of them, and compare with "
            "schools that take no part.",
        ),
    },
    "awards": {
        "flatters": (
            "按 Z 值升 0.05 个标准差发的进步奖，有 {no_rise} 给了教学并未比全县多进步的学校，抽签发奖是 {judged}；"
            "只看毕业班则为 {no_rise_graduates}。毕业生 100 至 199 人的学校，没有奖励也有 {law} 的年份过线，单凭"
            "偶然就有 {chance}；门槛 0.5 时为 {law_high}。",
            "{no_rise} of the awards for progress (Z up by 0.05 SD) go to schools where teaching improved no "
            "more than the county's (by lot it would be {judged}); by graduating classes alone "
            "{no_rise_graduates}. With 100 to 199 graduates and no reward, schools pass in {law} of years "
            "(chance alone: {chance}), at a threshold of 0.5 in {law_high}.",
        ),
        "together": (
            "按 Z 值升 0.05 个标准差发的进步奖，只有 {no_rise} 给了教学并未比全县多进步的学校，抽签发奖是 "
            "{judged}：这里没有分开。",
            "Only {no_rise} of the awards for progress (Z up by 0.05 SD) go to schools where teaching improved "
            "no more than the county's (by lot it would be {judged}): the two do not part here.",
        ),
        "open": (
            "按 Z 值升 0.05 个标准差发的进步奖，有 {no_rise} 给了教学并未比全县多进步的学校，抽签发奖是 {judged}："
            "区间还分不出是否过多。",
            "{no_rise} of the awards for progress (Z up by 0.05 SD) go to schools where teaching improved no "
            "more than the county's (by lot it would be {judged}): the interval does not tell whether that is "
            "too many.",
        ),
        "ask": (
            "可改为连续两年都要过线，这个比例便是 {two_years}，并把区间与进步幅度一同公布。",
            "Ask instead: a rise in each of two years in a row (then {two_years}), published with its interval.",
        ),
        "ask_open": (
            "可改为看两年以上的进步，并把区间与进步幅度一同公布。",
            "Ask instead: progress over two years or more, published with its interval.",
        ),
    },
}
_PICK = {"zh": 0, "en": 1}


def told(gap: Interval, lang: str, digits: int = 3, *, signed: bool = True, percent: bool = False, brief: bool = False) -> str:
    """Return ``+0.025（+0.020 至 +0.031）`` or ``+0.025 (+0.020 to +0.031)``; without an interval the mean alone.

    Parameters
    ----------
    gap
        The number.
    lang
        ``zh`` or ``en``.
    digits
        Decimals.
    signed
        Whether a plus is written.
    percent
        Shares as per cent.
    brief
        Leave the interval out, where it is drawn beside the words.
    """
    if not math.isfinite(gap.mean):
        return "–"
    scale, unit = (100.0, "%") if percent else (1.0, "")
    if not percent and digits == 1 and gap.low == gap.high == round(gap.mean):
        digits = 0  # a count that is the same in every draw
    # A share is none below nothing and none above all, whatever Student's interval says.
    numbers = [min(max(value, 0.0), 1.0) if percent and math.isfinite(value) else value for value in gap[:3]]
    mean, low, high = (f"{number(value * scale, digits, signed=signed)}{unit}" for value in numbers)
    if brief or not gap.known or (low == high == mean):
        return mean
    return worded("parting_words.to", lang, mean=mean, low=low, high=high)


def finding(result: Parting, case: str, lang: str, *, brief: bool = False) -> str:
    """Return what the intervals of a case carry: where indicator and learning part, that they do not, or that it is open.

    Parameters
    ----------
    result
        A result with its verdicts.
    case
        One of :data:`edusim.validate.parting_cases.CASES`.
    lang
        ``zh`` or ``en``.
    brief
        Leave the intervals out, where they are drawn beside the words.
    """
    verdict, texts, pick = result.verdicts[case], TEXT[case], _PICK[lang]
    values = _VALUES[case](result, lang, brief)
    parts = [texts[verdict][pick].format(**values)]
    if case == "rotation" and verdict != "open":
        parts.append(texts["post"][pick].format(**values))
    if case == "rotation" and _flatters_first(result):
        parts.append(texts["first"][pick].format(**values))
    return _joined(parts, lang)


def advice(result: Parting, case: str, lang: str, *, brief: bool = False) -> str:
    """Return what an office could ask for instead; empty where the two are not found to part."""
    if result.verdicts[case] not in ("flatters", "hides"):
        return ""
    ask = "ask_open" if case == "awards" and not _two_years_help(result) else "ask"
    return _joined([TEXT[case][ask][_PICK[lang]].format(**_VALUES[case](result, lang, brief))], lang)


def sentence(result: Parting, case: str, lang: str) -> str:
    """Return the finding of a case with its intervals, then what could be asked instead."""
    return _joined([part for part in (finding(result, case, lang), advice(result, case, lang)) if part], lang)


def _joined(parts: list[str], lang: str) -> str:
    return "".join(parts).replace("） ", "）") if lang == "zh" else " ".join(parts)


def _flatters_first(result: Parting) -> bool:
    """Return whether the indicator flatters in the first year on the uneven county, if there is one."""
    from edusim.validate.parting import FLATTERS, verdict

    day = result.info["base_year"] + 1
    try:
        fall = result.of("rotation", "indicator", "uneven.cv.backbone.primary.move", day)
        weak = result.of("rotation", "learning", "uneven.weak.move", day)
    except KeyError:
        return False
    return verdict(Interval(-fall.mean, -fall.high, -fall.low, fall.n), weak) == FLATTERS


def _two_years_help(result: Parting) -> bool:
    """Return whether asking for two years clearly leaves fewer awards without better teaching."""
    once, twice = (result.of("awards", "learning", f"{item}.0.05.all") for item in ("no_rise", "no_rise_two_years"))
    return once.known and twice.known and twice.high < once.low


def _rotation(result: Parting, lang: str, brief: bool) -> dict[str, str]:
    def cv(item: str, *, signed: bool = True) -> str:
        return told(seen(item), lang, 2, signed=signed, brief=brief)

    def seen(item: str) -> Interval:
        return result.of("rotation", "indicator", item)

    def weak(item: str, *, signed: bool = True) -> str:
        return told(result.of("rotation", "learning", item), lang, signed=signed, brief=brief)

    def keeping(share: float) -> str:
        if share <= 0.0:
            return ("没有一次推演", "no draw keeps")[_PICK[lang]]
        if share >= 1.0:
            return ("每次推演都", "every draw keeps")[_PICK[lang]]
        shown = number(100.0 * share, 0)
        return (f"{shown}% 的推演", f"{shown}% of draws keep")[_PICK[lang]]

    drop, first = seen("cv.backbone.primary.move"), {}
    if _flatters_first(result):
        day = result.info["base_year"] + 1

        def on_day(item: str, side: str = "indicator") -> Interval:
            return result.of("rotation", side, f"uneven.{item}", day)

        first = {
            "first_law": number(on_day("level.backbone.primary.law").mean, 2),
            "first_policy": told(on_day("level.backbone.primary.move"), lang, 2, signed=False, brief=brief),
            "first_keeps": keeping(on_day("keeps.backbone.primary.move").mean),
            "first_weak": told(on_day("weak.move", "learning"), lang, brief=brief),
        }
    return {
        **first,
        "year": str(result.info["last_year"]),
        "cv": cv("cv.backbone.primary.move"),
        "cv_drop": told(Interval(-drop.mean, -drop.high, -drop.low, drop.n), lang, 2, signed=False, brief=brief),
        "cv_law": number(seen("level.backbone.primary.law").mean, 2),
        "cv_policy": cv("level.backbone.primary.move", signed=False),
        "keeps": keeping(seen("keeps.backbone.primary.move").mean),
        "cv_stay": cv("cv.backbone.primary.stay"),
        "members": cv("per_100.members.move", signed=False),
        "cores": cv("per_100.cores.move", signed=False),
        "weak": weak("weak.move"),
        "weak_gain": weak("weak.move", signed=False),
        "weak_stay": weak("weak.stay"),
    }


def _paper(result: Parting, lang: str, brief: bool) -> dict[str, str]:
    day = result.info["base_year"] + 1

    def seen(item: str, *, signed: bool = True) -> str:
        return told(result.of("paper", "indicator", item, day), lang, 1, signed=signed, brief=brief)

    return {
        "year": str(result.info["last_year"]),
        "law": told(result.of("paper", "indicator", "passing_level.law", day), lang, 1, signed=False, brief=True),
        "legal": seen("passing_level.legal", signed=False),
        "campus": seen("passing.campus"),
        "passing": seen("passing.legal"),
        "day": told(result.of("paper", "learning", "weak.campus", day), lang, brief=brief),
        "weak": told(result.of("paper", "learning", "weak.campus"), lang, brief=brief),
    }


def _windfall(result: Parting, lang: str, brief: bool) -> dict[str, str]:
    def seen(item: str) -> Interval:
        return result.of("windfall", "indicator", item)

    def share(item: str, digits: int) -> str:
        return told(seen(item), lang, digits, signed=False, percent=True, brief=brief)

    kept, yuan = seen("kept"), seen("yuan.total").mean / result.info["years"]
    most = kept.high if kept.known else kept.mean
    if most > 0.0:
        # At the upper end of the interval of teachers kept a teacher costs least; yuan are the same in every draw.
        each = yuan / most
        shown = number(each / 1e4, 0) if lang == "zh" else number(round(each, -4), 0)
        per_kept = TEXT["windfall"]["kept"][_PICK[lang]].format(yuan=shown)
    else:
        per_kept = TEXT["windfall"]["kept_none"][_PICK[lang]]
    return {
        "year": str(result.info["last_year"]),
        "spent": share("spent_share", 0),
        "share": share("windfall_share.total", 1),
        "per_kept": per_kept,
        "weak": told(result.of("windfall", "learning", "weak.allowances"), lang, brief=brief),
        "joint": told(result.of("windfall", "learning", "weak.joint_work"), lang, brief=brief),
    }


def _reports(result: Parting, lang: str, brief: bool) -> dict[str, str]:
    def seen(item: str) -> str:
        return told(result.of("reports", "indicator", item), lang, brief=brief)

    return {
        "reported": seen("reported.3.0.1"), "bias": seen("bias.3.0.1"), "bias6": seen("bias.6.0.1"),
        "bias1": seen("bias.1.0.1"), "true": told(result.of("reports", "learning", "true"), lang, brief=brief),
    }  # fmt: skip


def _awards(result: Parting, lang: str, brief: bool) -> dict[str, str]:
    def share(side: str, item: str, digits: int = 0) -> str:
        return told(result.of("awards", side, item), lang, digits, signed=False, percent=True, brief=brief)

    return {
        "no_rise": share("learning", "no_rise.0.05.all"),
        "judged": share("learning", "no_rise_judged.all"),
        "no_rise_graduates": share("learning", "no_rise_graduates.0.05.all"),
        "two_years": share("learning", "no_rise_two_years.0.05.all"),
        "law": share("indicator", "law_graduates.0.05.100_199"),
        "chance": share("indicator", "law_by_chance.0.05.100_199"),
        "law_high": share("indicator", "law_graduates.0.5.100_199", 1),
    }


_VALUES: dict[str, Callable[[Parting, str, bool], dict[str, str]]] = {
    "rotation": _rotation, "paper": _paper, "windfall": _windfall, "reports": _reports, "awards": _awards,
}  # fmt: skip
