"""What it costs: by line, recurrent and one-off, unfunded, and for the gap that has closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edusim.measures.registry import Measure, county, divide

if TYPE_CHECKING:
    from edusim.measures.collect import Year

_MODEL = "definition of the model"


@dataclass(frozen=True)
class Line:
    """A line of the accounts: words, and whether it comes back every year."""

    key: str
    zh: str
    en: str
    is_recurrent: bool


#: Lines of the ledger that fund and purses may pay. A line that is not listed counts under ``other``; bonuses of
#: rotating teachers and grades of heads come out of the appraisal pool and are measured there.
LINES = (
    Line("allowance", "乡村特岗津贴增量", "rise of place allowances", True),
    Line("rotation", "交流轮岗补助", "rotation subsidies", True),
    Line("joint_work", "联合教研与名师带教", "joint research and mentoring", True),
    Line("leadership", "核心校管理工时", "leaders' hours at members", True),
    Line("principal_bonus", "核心校校长绩效上浮", "core principals' bonus", True),
    Line("onboarding", "跟岗期代课", "cover during onboarding", True),
    Line("reward", "质量奖补", "rewards", True),
    Line("training", "核心校培训成员校教师", "training by the core", True),
    Line("exchange", "短期交流与跟岗", "short exchanges and shadowing", True),
    Line("common_tests", "统一进度与质量检测", "common pace and tests", True),
    Line("resources", "课程资源库", "shared curriculum resources", True),
    Line("after_school", "课后服务共享", "shared after-school service", True),
    Line("pupil_exchange", "学生交流", "pupil exchange", True),
    Line("leader_posts", "集团职数与管理机构", "leadership posts and offices", True),
    Line("entrust", "委托管理购买服务", "entrusted management", True),
    Line("group_reward", "集团（学区）奖励资金", "reward fund of groups", True),
    Line("training_base", "跟岗培养基地", "training bases", True),
    Line("other_stages", "学前与职业教育", "kindergartens and vocational schools", True),
    Line("closures", "撤并与新建校区", "mergers and new campuses", False),
    Line("projects", "成员校项目与运转", "projects and running costs", True),
    Line("equipment", "装备配置", "equipment", False),
    Line("rooms", "多媒体教室", "multimedia rooms", False),
    Line("buildings", "校舍", "buildings", False),
    Line("sports", "运动场馆", "sports grounds", False),
    Line("other", "其他", "other", True),
)
_LINE = {line.key: line for line in LINES}
#: The gap is priced by steps of this many pupil SD.
STEP_SD = 0.01


def _declared() -> tuple[Measure, ...]:
    yuan = "yuan/year"
    found = [
        county(f"money.line.{x.key}", f"支出：{x.zh}", f"spending: {x.en}", yuan, "none",
               "yuan of the base year paid under this line", _MODEL)
        for x in LINES
    ]  # fmt: skip
    found += [
        county("money.recurrent", "经常性支出", "recurrent spending", yuan, "down", "sum of the recurrent lines", _MODEL),
        county("money.one_off", "一次性支出", "one-off spending", yuan, "down", "sum of the one-off lines", _MODEL),
        county("money.total", "政策总支出", "spending in all", yuan, "down", "recurrent and one-off", _MODEL),
        county("money.per_pupil", "生均政策支出", "spending a pupil", "yuan/pupil/year", "down", "total over pupils",
               _MODEL),
        county("money.ordinary", "日常预算支出", "paid by the ordinary budget", yuan, "none",
               "what the law in force already asks for, and what is paid out of the appraisal pool; NaN when not counted "
               "apart", _MODEL),
        county("money.unfunded", "未落实资金", "unfunded", yuan, "down",
               "yuan of proposals that could not be paid and did not happen", _MODEL),
        county("money.total_to_date", "累计政策支出", "spending to date", "yuan", "down",
               "sum of the years after the base year", _MODEL),
        county("money.yuan_per_gap_step", "每缩小0.01标准差差距的支出", "yuan per 0.01 SD of gap closed", "yuan/0.01 SD",
               "down", "spending to date over ((base-year core-member gap less the gap now) / 0.01); NaN when the gap has "
               "not closed", _MODEL),
        county("money.group_fund", "集团专项经费", "groups' own funds", yuan, "none",
               "yuan granted to acting groups for the year", _MODEL),
        county("money.group_fund_city", "集团专项经费：市级负担", "groups' own funds: borne by the city", yuan, "none",
               "what was spent of them times the city's share", _MODEL),
        county("money.group_fund_town", "集团专项经费：区（镇）负担", "groups' own funds: borne by the town", yuan, "none",
               "what was spent of them less the city's part", _MODEL),
        county("money.group_fund_lapsed", "集团专项经费：未用完收回", "groups' own funds: lapsed", yuan, "none",
               "yuan granted less yuan spent", _MODEL),
        county("money.reward_pool", "年度考核奖励总量", "appraisal reward pool", yuan, "none",
               "yuan a staffing post times posts; part of pay, in no account of the programme", _MODEL),
        county("money.reward_pool_bonus", "考核奖励总量：轮岗教师奖补", "appraisal pool: bonus of rotating teachers", yuan, "none",
               "yuan paid out of the pool to teachers away on rotation", _MODEL),
        county("money.reward_pool_heads", "考核奖励总量：总校长奖金职级", "appraisal pool: grades of group heads", yuan, "none",
               "yuan paid out of the pool for the higher grade of group heads", _MODEL),
        county("money.reward_pool_groups_share", "考核奖励总量中教共体学校所占比例", "appraisal pool: share of schools in groups",
               "share", "none", "what schools that act in a mode get of what is shared out", _MODEL),
        county("money.reward_pool_excellent_ratio", "优秀教共体学校人均考核奖与全县之比",
               "appraisal pool a post: excellent groups to county", "ratio", "none",
               "yuan a post in schools of groups appraised excellent over the county's; NaN without such groups", _MODEL),
        county("money.progress_share", "成员校经费中进步学校所占比例", "money to members: share of those that progressed",
               "share", "none", "goods and project money of members whose Z rose, over that of all members", _MODEL),
    ]  # fmt: skip
    return tuple(found)


MEASURES = _declared()


def ledger(lines: Mapping[str, float | tuple[float, bool]]) -> tuple[dict[str, float], float, float]:
    """Sort a ledger into the declared lines, recurrent and one-off.

    Parameters
    ----------
    lines
        Yuan by line; a pair (yuan, is_recurrent) overrides what is declared for the line. Unknown lines
        are counted under ``other``, so that no yuan is lost.

    Returns
    -------
    tuple
        Yuan by declared line, recurrent yuan, one-off yuan.
    """
    by_line = dict.fromkeys(_LINE, 0.0)
    recurrent = one_off = 0.0
    for name, entry in lines.items():
        line = _LINE.get(name, _LINE["other"])
        if isinstance(entry, tuple):
            yuan, is_recurrent = float(entry[0]), bool(entry[1])
        else:
            yuan, is_recurrent = float(entry), line.is_recurrent
        by_line[line.key] += yuan
        if is_recurrent:
            recurrent += yuan
        else:
            one_off += yuan
    return by_line, recurrent, one_off


def yuan_per_gap_step(yuan: float, base_gap: float, gap: float) -> float:
    """Return what 0.01 SD of closed gap has cost.

    Parameters
    ----------
    yuan
        Spending since the base year, yuan.
    base_gap, gap
        Core-member gap in the base year and now, pupil SD.

    Returns
    -------
    float
        ``yuan / ((base_gap - gap) / 0.01)``; NaN when the gap has not closed.
    """
    closed = base_gap - gap
    return yuan / (closed / STEP_SD) if closed > 0 else float("nan")


def purses(year: Year) -> dict[str, float]:
    """Return the groups' own funds and the shares of the appraisal pool; NaN for what was not counted.

    The tally holds ``group_fund`` (granted), ``group_fund_spent`` and ``group_fund_city`` (the city's part
    of what was spent), ``reward_pool`` (float64 [schools]), ``in_excellent_group`` (bool [schools]) and
    ``progress_money_share``.
    """
    nan = float("nan")
    t = year.tally
    granted, spent, city = (float(getattr(t, f"group_fund{x}", 0.0)) for x in ("", "_spent", "_city"))
    found = {
        "group_fund": granted, "group_fund_city": city, "group_fund_town": spent - city, "group_fund_lapsed": granted - spent,
        "reward_pool": nan, "reward_pool_bonus": float(getattr(t, "pool_bonus", 0.0)),
        "reward_pool_heads": float(getattr(t, "pool_heads", 0.0)), "reward_pool_groups_share": nan, "reward_pool_excellent_ratio": nan,
        "progress_share": float(getattr(t, "progress_money_share", nan)),
    }  # fmt: skip
    pool = getattr(t, "reward_pool", None)
    if pool is not None:
        total, posts, best = float(pool.sum()), t.n_posts, t.in_excellent_group
        found["reward_pool"] = total + found["reward_pool_bonus"] + found["reward_pool_heads"]
        found["reward_pool_groups_share"] = divide(float(pool[year.mode_of_school > 0].sum()), total)
        a_post = divide(float(pool[best].sum()), float(posts[best].sum()))
        found["reward_pool_excellent_ratio"] = divide(a_post, divide(total, float(posts.sum())))
    return found


def yearly(year: Year, gap: float) -> dict[str, list[float]]:
    """Return the year's accounts.

    Parameters
    ----------
    year
        The year's arrays.
    gap
        Core-member gap of the year, both stages together, pupil SD.
    """
    by_line, recurrent, one_off = ledger(year.tally.money)
    total = recurrent + one_off
    base = year.base
    base.yuan_by_year[year.year] = 0.0 if year.year == base.year else total
    to_date = sum(yuan for y, yuan in base.yuan_by_year.items() if y <= year.year)
    out = {f"money.line.{key}": [yuan] for key, yuan in by_line.items()}
    out["money.recurrent"] = [recurrent]
    out["money.one_off"] = [one_off]
    out["money.total"] = [total]
    out["money.per_pupil"] = [divide(total, year.n_sums[2])]
    ordinary = getattr(year.tally, "money_ordinary", None)
    out["money.ordinary"] = [float("nan") if ordinary is None else float(sum(ordinary.values()))]
    out["money.unfunded"] = [float(year.tally.unfunded_yuan)]
    out["money.total_to_date"] = [to_date]
    out |= {f"money.{name}": [value] for name, value in purses(year).items()}
    out["money.yuan_per_gap_step"] = [yuan_per_gap_step(to_date, base.gap, gap)]
    return out
