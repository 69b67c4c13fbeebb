# %% [markdown] lang="zh"
# # 从一个问题到一张图（给研究者）
#
# 一个小问题从头做到尾：问题 → 假设 → 情景 → 成对抽样 → 要多少次才够 → 论文里的图 → 什么会推翻它。代码短，可照抄。
#
# **问题**：同样多的“人·年”，是一年一轮派得多，还是三年一轮派得少？
# 情景推演，不是预测；没有因果实证。这里只问：在这些方程和设定之下，哪一种安排使核心校与成员校的差距更小。

# %% [markdown] lang="en"
# # From a question to a figure (for researchers)
#
# One small question taken all the way: question → hypothesis → scenario → paired draws → how many draws are enough → a figure for a paper → what would
# overturn it. The code is
# short and meant to be copied.
#
# **Question.** With the same teacher-years of rotation, is it better to send many teachers for one year or few for three?
# Scenario exploration, not a forecast; there is no causal evidence. What is asked is only: under these equations and assumptions, which arrangement leaves
# the smaller gap between core and
# member schools.

# %% tags=["language"]
lang = "en"

# %% [markdown] lang="zh"
# ## 一、先写下来，再去算
#
# - **假设**：三年一轮更好。机制：教师换岗的第一年教得差些（`achievement.first_year_at_post`），一年一轮的人每年都在“第一年”。
# - **两臂**：共建型，三年一轮每年派一成；一年一轮派多少，由试算定：使**实际在外的教师**与三年一轮最接近（只看剂量，不看结果）。
#   条文的“比例乘年限”不等于兑现的剂量：
#   法规另有下限，谁有资格、谁愿去也不同。
# - **结果**：第五年 `learning.core_member_gap`，三年一轮减一年一轮。另看成员校、核心校均值和离职率。
# - **判定**（下一格里写成数，事先定）：最小关心的差别 `smallest`。95% 区间全在 −smallest 以下：支持；全在 ±smallest 之内：等价；全在 +smallest 以上：相反；
#   其余：不能定。
# - **抽样**：试算用一个种子，只为估计要多少次；正式用另一个种子，不重复使用试算的结果。

# %% [markdown] lang="en"
# ## 1. Written down before anything is run
#
# - **Hypothesis.** Three-year terms are better. Mechanism: a teacher teaches less well in the first year at a post (`achievement.first_year_at_post`), and
#   whoever goes for one year is always
#   in a first year.
# - **Arms.** Co-built groups: a tenth a year for three years; and for one year the share with which, in the pilot, the **teachers really away** come nearest
#   to that (only the dose is looked
#   at, not the outcome). Share times term in a clause is not the dose delivered: the law has a floor of its own, and who is eligible and willing differs.
# - **Outcome.** `learning.core_member_gap` in the fifth year, three-year less one-year terms; beside it members' mean, cores' mean, and the share of
#   teachers who leave.
# - **Decision rule** (a number in the next cell, set beforehand): the smallest difference worth caring about, `smallest`. Interval wholly below −smallest:
#   supported; wholly inside ±smallest:
#   equivalent; wholly above +smallest: the opposite; else: undecided.
# - **Draws.** A pilot under one seed only says how many are needed; the study itself uses another seed, and nothing of the pilot is used twice.

# %%
import math

import pandas as pd

import edusim
from edusim import notebook
from edusim.report.style import Words, number
from edusim.report.summaries import mean_interval
from edusim.runs import simulate

policy, smallest = "co_build", 0.01
gap, watched = "learning.core_member_gap", ("learning.core_member_gap", "learning.member_mean", "learning.core_mean", "staffing.leaver_share")

base = edusim.load("county").with_({"region.n_pupils": 12000, "years": 5})
long = base.with_({f"{policy}:rotation.share": 0.10, f"{policy}:rotation.term_years": 3})
candidates = {share: base.with_({f"{policy}:rotation.share": share, f"{policy}:rotation.term_years": 1}) for share in (0.30, 0.38, 0.45)}
last = base.base_year + base.years


def outcomes(scenario, *, seed, draws, measures=watched):
    """Return a row a draw, a column a measure and year; draws of one seed are the same people and lots in every scenario."""
    rows = []
    for draw in range(draws):
        years = simulate(scenario, policy, seed=seed, draw=draw, design="feasible", records="none").years
        rows.append({(m, found.year): found.value(m) for found in years for m in measures})
    return pd.DataFrame(rows)


def say(zh, en):
    """Return the reader's of two texts."""
    return zh if lang == "zh" else en

# %% [markdown] lang="zh"
# ## 二、试算：剂量真的一样吗，要多少次才够
#
# 成对：两臂的每一次抽样用同一个县、同样的教师、同样的签，差别里没有“换了一个县”的噪声。图里把成对与不成对放在一起：同样的次数，区间差多少？

# %% [markdown] lang="en"
# ## 2. Pilot: is the dose really the same, and how many draws are enough
#
# Paired: in each draw both arms meet the same county, teachers and lots, so that "another county" is no noise in the difference. The figure sets paired
# beside unpaired: for the same number
# of draws, how wide is the interval?

# %% tags=["figure"]
import numpy as np

from edusim.report.page import begin, data_footer, read_line
from edusim.report.style import INK, MARGIN, QUIET, house
from edusim.report.summaries import t_975

stock = "staffing.rotation_stock_member"


def away(frame):
    """Return the teachers away as a share of members' staff, the last three years together."""
    return float(frame[[(stock, year) for year in range(last - 2, last + 1)]].to_numpy().mean())


tried = {name: outcomes(arm, seed=1, draws=10, measures=(*watched, stock)) for name, arm in (("long", long), *candidates.items())}
share = min(candidates, key=lambda one: abs(away(tried[one]) - away(tried["long"])))
arms = {"short": candidates[share], "long": long}
pilot = {"short": tried[share], "long": tried["long"]}
dose = {name: away(frame) for name, frame in pilot.items()}
difference = (pilot["long"][gap, last] - pilot["short"][gap, last]).to_numpy()
paired_sd = float(np.std(difference, ddof=1))
unpaired_sd = float(np.hypot(*(np.std(frame[gap, last], ddof=1) for frame in pilot.values())))


def half_width(sd, n):
    """Return the half-width of a 95% interval of a mean of n draws."""
    return t_975(n - 1) * sd / math.sqrt(n)


#: Enough: the interval is no wider than the difference worth caring about, to both sides of an estimate.
sizes = range(4, 401)
needed = {"paired": next((n for n in sizes if half_width(paired_sd, n) <= smallest / 2), sizes[-1])}
needed["unpaired"] = max(math.ceil((1.96 * unpaired_sd / (smallest / 2)) ** 2), 4)

info = {"n_schools": 0, "base_year": base.base_year, "last_year": last}
words = Words(lang, info)
with house():
    chart = begin(
        words, 8.4, 3.4, for_report=False, title=say("要多少次抽样才够", "How many draws are enough"),
        subtitle=say("half-width of the 95% interval of the difference, from the pilot", "差别的 95% 区间的半宽，由试算估计"),
        takeaway=say(
            f"成对只要 {needed['paired']} 次，不成对要 {needed['unpaired']} 次：成对省下 {needed['unpaired'] / needed['paired']:.0f} 倍的推演。",
            f"Paired, {needed['paired']} draws are enough; unpaired it takes {needed['unpaired']}: pairing saves a factor of "
            f"{needed['unpaired'] / needed['paired']:.0f}.",
        ),
        footer=data_footer(words, len(difference)),
    )  # fmt: skip
    axes = chart.panel(MARGIN + 0.6, 0.78, 6.3, 2.5)
    for sd, colour, name in ((unpaired_sd, "#7A828C", say("不成对", "unpaired")), (paired_sd, "#0067A5", say("成对", "paired"))):
        axes.plot(list(sizes), [half_width(sd, n) for n in sizes], color=colour, linewidth=2.2)
        axes.annotate(name, (sizes[-1], half_width(sd, sizes[-1])), xytext=(6, 0), textcoords="offset points", color=colour, va="center", annotation_clip=False)
    axes.axhline(smallest / 2, color=INK, linewidth=1.0, linestyle=(0, (3, 2)))
    axes.annotate(say("够了：最小关心差别的一半", "enough: half of the smallest difference that matters"), (sizes[0], smallest / 2), xytext=(0, -11),
                  textcoords="offset points", fontsize=8.2, color=QUIET)  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel=say("抽样次数", "draws"), ylabel=say("半宽（SD）", "half-width, SD"))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, place: f"{value:g}")
        axis.set_minor_formatter(lambda value, place: "")
    read_line(chart, say("两轴均为对数。虚线与曲线相交处即所需次数。", "Both axes are logarithmic; where a curve meets the dashed line is the number needed."))
notebook.show(chart)

# %%
equal = abs(dose["long"] - dose["short"]) <= 0.1 * max(dose.values())
notebook.tell(
    say(
        f"剂量核对（在外教师占成员校教师，后三年）：一年一轮每年派 {100 * share:.0f}%，在外 {100 * dose['short']:.1f}%；三年一轮在外 "
        f"{100 * dose['long']:.1f}%。"
        + ("相差不到一成，可以比。" if equal else "**相差超过一成：两臂的剂量并不相同，结论只能读作“这两组条款”之差，不能读作“期限”之差。**"),
        f"Dose check (teachers away as a share of members' staff, last three years): sending {100 * share:.0f}% a year for one year keeps "
        f"{100 * dose['short']:.1f}% away, three-year terms {100 * dose['long']:.1f}%. "
        + ("Within a tenth: comparable." if equal else "**More than a tenth apart: a difference is one between these two sets of clauses, not of terms.**"),
    )
)

# %% [markdown] lang="zh"
# ## 三、正式推演
#
# 新的种子，次数照试算所定（上限 `most`，免得笔记本跑太久；不够时判定会说“不能定”）。

# %% [markdown] lang="en"
# ## 3. The study itself
#
# A fresh seed and as many draws as the pilot asked for (at most `most`, to keep the notebook short; where that is too few the verdict says undecided).

# %%
most = 40
draws = min(max(needed["paired"], 12), most)
study = {name: outcomes(arm, seed=2, draws=draws) for name, arm in arms.items()}
effect = {(m, year): mean_interval(study["long"][m, year] - study["short"][m, year]) for m in watched for year in range(base.base_year + 1, last + 1)}
main = effect[gap, last]


def verdict(interval):
    """Return what the rule that was written down says of an interval."""
    if not interval.known:
        return "undecided"
    if interval.high < -smallest:
        return "supported"
    if interval.low > smallest:
        return "opposite"
    return "equivalent" if -smallest < interval.low and interval.high < smallest else "undecided"


told = {
    "supported": say("支持假设", "the hypothesis is supported"), "opposite": say("与假设相反", "the opposite of the hypothesis"),
    "equivalent": say("等价：差别小于最小关心的差别", "equivalent: any difference is smaller than what matters"), "undecided": say("不能定", "undecided"),
}  # fmt: skip
shown = [number(v, 3, signed=True) for v in main[:3]]
notebook.tell(
    say(
        f"{last} 年的差距，三年一轮减一年一轮：**{shown[0]} SD**（95% 区间 {shown[1]} 至 {shown[2]}，{draws} 次成对抽样）。按事先的规则："
        f"**{told[verdict(main)]}**。",
        f"Gap in {last}, three-year less one-year terms: **{shown[0]} SD** (95% interval {shown[1]} to {shown[2]}, {draws} paired draws). By the rule set "
        f"beforehand: **{told[verdict(main)]}**.",
    )
)

# %% [markdown] lang="zh"
# ## 四、论文里的图
#
# 论文里图注写在正文，图里不要标题：`for_report=True`。存成矢量图（PDF、SVG）；同样的结果写出同样的字节。图注由数算出。

# %% [markdown] lang="en"
# ## 4. The figure for the paper
#
# In a paper the caption says it, and the figure has no title: `for_report=True`. It is saved as vectors (PDF, SVG); the same results give the same bytes.
# The caption is computed.

# %% tags=["figure"]
from pathlib import Path

from edusim.report.interval_figure import Panel, Row, intervals
from edusim.report.style import save

units = {gap: ("SD", 1.0), "learning.member_mean": ("SD", 1.0), "learning.core_mean": ("SD", 1.0), "staffing.leaver_share": (say("百分点", "points"), 100.0)}
years = list(range(base.base_year + 1, last + 1))
caption = say(
    f"图 1. 三年一轮减一年一轮（实际在外的教师相近），逐年；{draws} 次成对抽样，均值与 95% 区间，空心为区间含 0。合成县，{policy}，不是预测。",
    f"Figure 1. Three-year less one-year terms of rotation (about as many teachers away), year by year; mean and 95% interval of {draws} paired draws, "
    f"hollow where the interval holds 0. "
    f"Synthetic county, {policy}; no forecast.",
)
figure = intervals(
    {(str(year), m): effect[m, year] for m in watched for year in years}, rows=[Row(str(year), str(year)) for year in years],
    panels=[Panel(m, words.measure(m), *units[m]) for m in watched], words=words, title="", subtitle="", takeaway="", reading="", n_runs=draws, columns=2,
    labels=0.6, for_report=True,
)  # fmt: skip
save(figure, Path("terms_of_rotation"), ("pdf", "svg"))
notebook.show(figure, alt=caption)
notebook.tell(f"*{caption}*")

# %% [markdown] lang="zh"
# ## 五、什么会推翻它
#
# 区间只管抽样的偶然。结论靠着设定：把与机制有关的每个设定放到它范围的两端，各重做一遍（少些次数）。哪一个让符号反过来，或让判定改变，那一个就是该去测的。

# %% [markdown] lang="en"
# ## 5. What would overturn it
#
# Intervals are about chance. The conclusion rests on assumptions: each one that has to do with the mechanism is set to both ends of its range and the study
# repeated with fewer draws. One that
# turns the sign, or changes the verdict, is the one to be measured.

# %% tags=["figure"]
from edusim.parameters import shipped

suspects = ("achievement.first_year_at_post", "development.peer_learning", "achievement.turnover", "workforce.forced_slope", "achievement.persistence_caused")
fewer = 8
known = shipped()
scan, rows = {("shipped", gap): main}, [Row("shipped", say("默认值", "as shipped"), "#0067A5", "D")]
for path in suspects:
    for end in ("low", "high"):
        value = getattr(known[path], end)
        ends = [outcomes(arm.with_({path: value}), seed=2, draws=fewer, measures=(gap,))[gap, last] for arm in (arms["long"], arms["short"])]
        scan[f"{path}.{end}", gap] = mean_interval(ends[0] - ends[1])
        name = say(known[path].description_zh, known[path].description_en).split("（")[0].split(",")[0].split(" (")[0]
        rows.append(Row(f"{path}.{end}", f"{name} = {value:g}"))

verdicts = {row.label: verdict(scan[row.key, gap]) for row in rows[1:]}
other = [name for name, found in verdicts.items() if found not in (verdict(main), "undecided")]
open_ = [name for name, found in verdicts.items() if found == "undecided" and verdict(main) != "undecided"]
mark = words("list_separator")
notebook.show(
    intervals(
        scan, rows=rows, panels=[Panel(gap, words.measure(gap) + say(f"，{last} 年", f", {last}"), "SD")], words=words, columns=1, labels=4.1,
        title=say("什么会推翻它", "What would overturn it"),
        subtitle=say("three-year less one-year terms, each assumption at both ends of its range",
                     "三年一轮减一年一轮；每个设定取范围两端"),
        takeaway=say(
            f"{len(rows) - 1} 种设定里，{len(other)} 种按规则得出另一个判定" + (f"（{mark.join(other)}）" if other else "")
            + f"；{len(open_)} 种以这里的次数不能定" + (f"（{mark.join(open_)}），要多做几次才知道。" if open_ else "。"),
            f"Of {len(rows) - 1} settings, {len(other)} give another verdict by the rule" + (f" ({mark.join(other)})" if other else "")
            + f"; {len(open_)} cannot be decided with so few draws" + (f" ({mark.join(open_)}): they need more." if open_ else "."),
        ),
        reading=say(f"默认值 {draws} 次抽样，其余各 {fewer} 次，区间因此更宽；空心为区间含 0。",
                    f"{draws} draws as shipped, {fewer} elsewhere, hence wider intervals; hollow where the interval holds 0."),
        n_runs=fewer,
    )
)  # fmt: skip

# %% [markdown] lang="zh"
# ## 六、留给别人重做
#
# 写进论文的：情景的指纹、两个种子、次数、判定规则、程序版本。别人用同样的文件得到逐位相同的数。再往前走：把整个范围一起动（笔记本 05、`edusim discover`），
# 写成研究文件在集群上跑（`docs/studies.md`），加一条自己的规则或指标（笔记本 06）。限制见 `docs/ethics-and-limits.md`。

# %% [markdown] lang="en"
# ## 6. For others to repeat
#
# To be put into the paper: hashes of the scenarios, both seeds, numbers of draws, the rule, the version. The same files give the same bits. Further on: move
# all ranges at once (notebook 05,
# `edusim discover`), write it as a study file and run it on a cluster (`docs/studies.md`), add a rule or a measure of your own (notebook 06). Limits:
# `docs/ethics-and-limits.md`.

# %%
import json

record = {
    "edusim": edusim.__version__, "arms": {name: arm.hash for name, arm in arms.items()}, "policy": policy, "smallest": smallest,
    "pilot": {"seed": 1, "draws": len(difference)}, "study": {"seed": 2, "draws": draws}, "outcome": [gap, last],
    "difference": {"mean": main.mean, "low": main.low, "high": main.high}, "verdict": verdict(main),
}  # fmt: skip
Path("terms_of_rotation.json").write_text(json.dumps(record, indent=1), encoding="utf-8")
notebook.tell("```json\n" + json.dumps(record, indent=1) + "\n```")
