# %% [markdown] lang="zh"
# # 哪份文件适合我们县
#
# 手边有五份文件：教共体整体方案（2021）、昆山（2019）、宁河征求意见稿（2023）、南阳职教园区（2023）、港口区学区制（2016）。
# 照搬哪一份？这里把五份放到**同一个县**，逐项问五个问题：
#
# 1. 每份文件里，多少数字是它自己写的，多少是我们替它设定的？
# 2. 它是为怎样的地方写的，与本县像不像？
# 3. 放到本县，承诺能兑现多少？
# 4. 与现行法规相比差多少？哪些文件彼此分得清，哪些分不清？
# 5. 换一个谁也不知道的数，换一个地方，结论还在吗？
#
# 答案不会是“第一名”。能得到的是：在某个目标上，哪几份**确定**不如别的，哪几份**分不清**。情景推演，不是预测；没有研究测过这些文件的因果效应。
# 代码已折叠；约二十分钟。换成自己的县：在“县”一格里填花名册的路径（笔记本 01 说明花名册）。

# %% [markdown] lang="en"
# # Which document fits our county
#
# Five documents are at hand: the plan as a whole (2021), Kunshan (2019), the Ninghe draft (2023), the Nanyang plan (2023), Gangkou school zones (2016).
# Which one should a county take
# over? Here all five are laid beside **one county**, with five questions:
#
# 1. How many numbers does each document write, and how many did we have to choose for it?
# 2. For what kind of place was it written, and is ours like that?
# 3. On our county, how much of what is promised is delivered?
# 4. How far is it from the law in force? Which documents can be told apart, and which cannot?
# 5. With another value of what nobody knows, or in another place, does the answer hold?
#
# The answer will be no first prize. What can be had: for a given aim, which documents are **surely** behind others, and which **cannot be told apart**.
# Scenario exploration, not a forecast; no study has measured a causal effect of these documents. Code is folded away; twenty minutes. For
# your own county, give the path of its roster
# in the cell
# "county" (notebook 01 explains rosters).

# %% tags=["language", "hide-code"]
lang = "en"

# %%
# County: a path to your roster in place of None; and how many draws.
roster = None
draws, fewer = 12, 6

import edusim
from edusim import documents, notebook
from edusim.report import documents_figure as figures
from edusim.report.interval_figure import Panel, intervals
from edusim.report.style import Words
from edusim.report.summaries import county as rows_of_county
from edusim.report.summaries import from_effects, mean_interval

keys = documents.named()
#: All five act in every year that is looked at: one of them is written for a few years only.
years = documents.years_in_force(keys)
#: A made-up county stands in for yours: smaller and more rural than the shipped one.
made_up = {
    "region.n_pupils": 20000, "region.seed": 7, "region.pupils.zone_share.urban": 0.38, "region.pupils.zone_share.town": 0.34,
    "region.pupils.zone_share.rural": 0.22, "region.pupils.zone_share.mountain": 0.06,
}  # fmt: skip
scenario = edusim.load("county").with_({"years": years, **({"region": {"kind": "roster", "path": roster}} if roster else made_up)})
policies = ["status_quo", *keys]
comparison = edusim.compare(scenario, policies=policies, draws=draws, designs=("feasible",))
last = scenario.base_year + years
words = Words(lang, comparison.info)


def say(zh, en):
    """Return the reader's of two texts."""
    return zh if lang == "zh" else en


def named(measure):
    """Return a measure as a heading."""
    return words.measure(measure)


# %% [markdown] lang="zh"
# ## 一、靠什么：写明的，与设定的
#
# 文件常写“适当倾斜”“一定数量”，没有数字；要推演就得由本项目取一个数。取值多由我们设定的文件，推演出来的差别也多半是设定的差别。

# %% [markdown] lang="en"
# ## 1. What each rests on: written, or ours
#
# Documents say "suitably" and "a certain number"; to simulate them this project has to choose one. Where most values are ours, most of a difference is ours
# too.

# %% tags=["figure"]
notebook.show(figures.basis_figure(documents.basis(), words))

# %% [markdown] lang="zh"
# ## 二、为怎样的地方写的
#
# 示例县的类型取自各文件所在地，数字是设定，不是任何真实的县。

# %% [markdown] lang="en"
# ## 2. For what kind of place
#
# Example counties are of the kind of place that each document comes from; their numbers are ours, and none is a real county.

# %% tags=["figure"]
own = documents.own_scenarios(keys, "status_quo", changes={"region.n_pupils": 20000, "years": years})
shapes = {key: documents.shape(own[key]) for key in keys}
notebook.show(figures.shape_figure(shapes, documents.shape(scenario), documents.SHAPE, words))

# %% [markdown] lang="zh"
# ## 三、承诺与兑现
#
# 条款写的是承诺：覆盖多少学校，派多少教师。能不能兑现，看本县有没有那么多核心校、那么多愿意去的人、那么多钱。

# %% [markdown] lang="en"
# ## 3. Promised and delivered
#
# A clause promises: so many schools covered, so many teachers sent. Whether it is delivered depends on cores, on people who are willing, and on money that
# the county has or has not.

# %% tags=["figure"]
promises = {"groups.coverage": 100.0, "staffing.rotation_delivered_share": 100.0, "staffing.rotation_volunteer_share": 100.0}
levels = {}
for measure in promises:
    rows = rows_of_county(comparison.measures[comparison.measures["design"] == "feasible"], measure, "all")
    for key in keys:
        mine = rows[(rows["policy"] == key) & (rows["year"] == last)]
        levels[key, measure] = mean_interval(mine["value"].to_numpy())



def ends(measure):
    """Return the lowest and the highest of the documents on a measure, as words."""
    order = sorted(keys, key=lambda key: levels[key, measure].mean)
    low, high = (say(f"{100 * levels[key, measure].mean:.0f}%（{words.policy(key)}）", f"{100 * levels[key, measure].mean:.0f}% ({words.policy(key)})")
                 for key in (order[0], order[-1]))  # fmt: skip
    return say(f"{low}到{high}", f"{low} to {high}")


notebook.show(
    intervals(
        levels, rows=figures.rows_of(keys, words), panels=[Panel(m, named(m), "%", factor, zero=False) for m, factor in promises.items()], words=words,
        title=say(f"承诺与兑现：{last} 年", f"Promised and delivered: {last}"), subtitle=say("levels, mean over draws", "水平，各次抽样的均值"),
        takeaway=say(
            f"应派的交流兑现了 {ends('staffing.rotation_delivered_share')}；派出的教师里自愿的占 {ends('staffing.rotation_volunteer_share')}，其余是指派的。",
            f"Of the rotation that is due, {ends('staffing.rotation_delivered_share')} is delivered; of the teachers sent, "
            f"{ends('staffing.rotation_volunteer_share')} went willingly, the others were assigned.",
        ),
        reading=say("点为均值，横线为均值的 95% 区间。", "Points are means, lines the 95% intervals of the means."), n_runs=draws, labels=1.45,
    )
)  # fmt: skip

# %% [markdown] lang="zh"
# ## 四、与现行法规差多少
#
# 六个方面分开看，不合成总分：谁得、谁失、谁出钱，由县里自己掂量。

# %% [markdown] lang="en"
# ## 4. How far from the law in force
#
# Six respects, never added up into a score: who gains, who loses and who pays is for the county to weigh.

# %% tags=["figure"]
million = 1e-4 if lang == "zh" else 1e-6
aims = {
    "learning.core_member_gap": ("min", "SD", 1.0), "learning.weak_mean": ("max", "SD", 1.0), "learning.core_mean": ("max", "SD", 1.0),
    "staffing.leaver_share": ("min", say("百分点", "points"), 100.0), "families.satisfaction": ("max", say("百分点", "points"), 100.0),
    "money.total": ("min", say("万元", "million yuan"), million),
}  # fmt: skip
effects = {(key, m): from_effects(comparison.effects, m, "all", key, last) for key in keys for m in aims}
panels = [Panel(m, named(m), unit, factor) for m, (_, unit, factor) in aims.items()]
notebook.show(figures.effects_figure(effects, panels, keys, words, year=last, n_runs=draws))

# %% [markdown] lang="zh"
# ### 彼此分得清吗
#
# 两份文件都与现状有别，不等于它们彼此有别。下面一对一对地比；看十对，碰巧“显著”的机会就多，所以区间已按对数放宽。

# %% [markdown] lang="en"
# ### Can they be told apart?
#
# That two documents differ from the law in force does not make them differ from each other. Here they are compared in pairs; among ten pairs chance finds
# something, so the
# intervals are widened for their number.

# %% tags=["figure"]
pairs = {m: documents.apart(comparison.measures, keys, m, last) for m in list(aims)[:4]}
notebook.show(
    figures.pairs_figure(
        pairs, {m: aims[m][0] for m in pairs}, {m: named(m) for m in pairs}, keys, words, year=last, n_runs=draws, factors={m: aims[m][2] for m in pairs}
    )
)

# %% [markdown] lang="zh"
# ### 按目标看：谁确定在后，谁分不清
#
# “确定不如”：有一份文件在这个目标上确定比它好。“无人确定更好”的不是赢家，只是本县这些推演分不出谁比它好。

# %% [markdown] lang="en"
# ### By aim: who is surely behind, who cannot be told
#
# *Surely behind*: some other document is surely better on this aim. Those with *none surely better* are no winners; these runs cannot tell that any is better.

# %%
head = say("目标|无人确定更好|确定不如别的文件", "aim|none surely better|surely behind another").split("|")
lines = ["| " + " | ".join(head) + " |", "| --- | --- | --- |"]
mark = words("list_separator")
for m, (want, _, _) in aims.items():
    found = documents.behind(documents.apart(comparison.measures, keys, m, last), want)
    front = [words.policy(key) for key in keys if not found[key]]
    rest = [words.policy(key) for key in keys if found[key]]
    arrow = say("（越低越好）", " (lower is better)") if want == "min" else say("（越高越好）", " (higher is better)")
    lines.append(f"| {named(m)}{arrow} | {mark.join(front) or '–'} | {mark.join(rest) or '–'} |")
notebook.tell("\n".join(lines))

# %% [markdown] lang="zh"
# ## 五、结论还在吗
#
# **换一个数。** 管理能传多少，没有研究能识别（`leadership.diffusion`，范围见 `docs/parameters.md`）。取范围的两端再推演一遍：哪些先后不变？

# %% [markdown] lang="en"
# ## 5. Does it hold?
#
# **Another number.** How much management passes on no study can identify (`leadership.diffusion`; its range is in `docs/parameters.md`). Once more at both
# ends of the range: which
# orders stay?

# %% tags=["figure"]
from edusim.parameters import shipped

path, gap = "leadership.diffusion", "learning.core_member_gap"
declared = shipped()[path]
settings = {"low": declared.low, "shipped": declared.default, "high": declared.high}
values, found = {}, {}
for name, value in settings.items():
    run = comparison if name == "shipped" else edusim.compare(scenario.with_({path: value}), policies=policies, draws=fewer, designs=("feasible",))
    values |= {(key, name): from_effects(run.effects, gap, "all", key, last) for key in keys}
    found[name] = documents.apart(run.measures, keys, gap, last)
note = say(f" 默认值 {draws} 次抽样，两端各 {fewer} 次。", f" {draws} draws at the shipped value, {fewer} at the ends.")
shown = {name: f"{value:g}" for name, value in settings.items()}
notebook.show(figures.ends_figure(values, shown, found, named(gap), "SD", keys, words, n_runs=draws, note=note))

# %% [markdown] lang="zh"
# **换一个地方。** 同一份文件，放到它自己那类地方会怎样？如果变化很大，“某地做得好”就不能说明“在本县也好”。

# %% [markdown] lang="en"
# **Another place.** What does the same document do in a place of its own kind? Where that differs much, "it works there" says little about here.

# %% tags=["figure"]
homes = documents.compare_own(own, baseline="status_quo", draws=fewer, seed=0, workers=1, designs=("feasible",))
values = {(key, "ours"): from_effects(comparison.effects, gap, "all", key, last) for key in keys}
note = say(f" 本县 {draws} 次抽样，示例县各 {fewer} 次。", f" {draws} draws on our county, {fewer} on each of the others.")
values |= {(key, "own"): from_effects(part.effects, gap, "all", key, last) for key, part in homes.parts.items()}
notebook.show(figures.homes_figure(values, named(gap), "SD", keys, words, n_runs=draws, note=note))

# %% [markdown] lang="zh"
# ## 不能说什么
#
# - 不能说哪份文件“最好”：目标要县里选，代价由不同的人承担，分不清的就是分不清。
# - 不能说作用有多大：没有因果实证。区间只管抽样的偶然，不管设定对不对；第五节只换了一个设定，系统地换见笔记本 05 和 `edusim discover`。
# - 不能说任何真实的县或学校：`docs/ethics-and-limits.md`。
#
# 接着：逐条对读 `edusim policies show 名称 --lang zh`；从几份文件各取几条，写成自己的：`edusim init my-study`。

# %% [markdown] lang="en"
# ## What cannot be said
#
# - Not which document is "best": the aim is the county's to choose, different people bear the cost, and what cannot be told cannot be told.
# - Not how large an effect is: there is no causal evidence. Intervals are about chance, not about what is assumed; section 5 moved a single assumption,
#   notebook 05 and
#   `edusim discover` move many.
# - Nothing about any real county or school: `docs/ethics-and-limits.md`.
#
# Next: read a document clause by clause, `edusim policies show KEY`; take clauses from several and write your own, `edusim init my-study`.
