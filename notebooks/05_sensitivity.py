# %% [markdown] lang="zh"
# # 经费与轮岗：什么起作用，多少是偶然
#
# 两样县里能定的：专项经费给多少，每年交流多少教师。两样谁也不知道的：管理能传多少，管理好一分学生多得多少。把四样一起动，问三个问题：
#
# 1. 地图：两项工具的每一种搭配下，差距是多少？
# 2. 指数：结果的起伏，各由哪一项决定，区间多宽？
# 3. 分解：县里能定的、谁也定不了的、纯属偶然的，各占多少？
#
# 研究由 `edusim.study` 承担：计划、推演、存放、续跑。这里的规模小到几十秒能跑完，够学会读图；真要下结论，用 `experiments/funding_and_rotation` 里的那一份。
# 情景推演，不是预测。

# %% [markdown] lang="en"
# # Funding and rotation: what matters, and how much is luck
#
# Two things that a county sets: how large the fund is, and how many teachers rotate in a year. Two that nobody knows: how much management passes on, and how
# much a pupil gains from better
# management. All four are moved at once, and three questions asked:
#
# 1. A map: what is the gap at every setting of the two levers?
# 2. Indices: which input decides how much of the outcome's ups and downs, and how wide are the intervals?
# 3. A split: how much is the county's to set, how much nobody's, how much plain luck?
#
# `edusim.study` plans, runs, stores and resumes. The design is small enough for half a minute, and large enough to learn to read its figures; to conclude
# anything, take the one in
# `experiments/funding_and_rotation`. Scenario exploration, not a forecast.

# %% tags=["language"]
lang = "en"

# %%
import edusim
from edusim import notebook
from edusim.report.map_figures import draw_map

policy = "co_build"  # try collaboration or fusion

county = {"schema_version": 1, "scenario": "county", "set": {"region.n_pupils": 10000, "years": 4}, "policies": [policy], "baseline": "status_quo"}
outcomes = {
    "gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"},
    "weak_half": {"measure": "learning.weak_mean", "at": "last", "want": "max"},
}
fund, share = "finance.fund_yuan_year", "rotation.share"


def say(zh, en):
    """Return the reader's of two texts."""
    return zh if lang == "zh" else en


# %% [markdown] lang="zh"
# ## 一、两项工具的地图
#
# 每一格与现行法规比，用同样的抽样（成对）。先看计划：多少次推演。

# %% [markdown] lang="en"
# ## 1. A map of the two levers
#
# Each cell is compared with the law in force under the same draws (paired). First the plan: how many runs.

# %%
grid = edusim.study(
    county
    | {
        "kind": "sweep", "name": {"zh": "经费与轮岗的地图", "en": "Map of funding and rotation"}, "outcomes": outcomes,
        "levers": {fund: {"values": [0, 50_000_000, 100_000_000, 150_000_000]}, share: {"values": [0, 0.05, 0.10, 0.15]}},
        "seeds": {"root": 20261128, "replicates": 4, "paired": True}, "store": {"path": "out/map"},
    }
)  # fmt: skip
grid.run(workers=1)  # the same line again resumes
status = grid.status()
notebook.tell(say(f"推演 {status.done} 次，失败 {status.wrong} 次。", f"{status.done} runs made, {status.wrong} failed."))

# %% tags=["figure"]
notebook.show(draw_map(grid.frames["effects"], fund, share, "gap", lang=lang, info=grid.facts))

# %% [markdown] lang="zh"
# 画斜纹的格子，95% 区间跨过零，不能说与现行法规有别。经费与轮岗各往哪边推，见图上一句；那是两端之差，不是最好的一格（最好的一格总会因偶然显得更好）。

# %% [markdown] lang="en"
# A hatched cell's 95% interval holds 0: no difference from the law in force can be claimed. The sentence above the map says what each lever does from end to
# end, a contrast fixed beforehand, and not which cell
# is best: the best of many cells always looks better than it is.

# %% [markdown] lang="zh"
# ## 二、指数：谁决定起伏
#
# Sobol 设计：四项在各自范围内一起变动，抽签也算一项（`as: factor`），另加一列什么也不做的对照。**总效应**：固定这一项，起伏能少多少；**单独**：只看它自己。
# 两者之差是与别项的相互作用。

# %% [markdown] lang="en"
# ## 2. Indices: what decides the ups and downs
#
# A Sobol design: all four move over their ranges at once, the draw counts as an input too (`as: factor`), and a dummy that does nothing is carried along.
# The **total** index: how much of the
# variance would go if this input were fixed; the **first-order** index: its own part alone. What lies between is its interplay with others.

# %%
from edusim.study.sensitivity.growing import of_study

asked = county | {
    "kind": "sensitivity", "name": {"zh": "经费与轮岗的敏感性", "en": "Sensitivity of funding and rotation"}, "outcomes": outcomes,
    "levers": {fund: {"range": [0, 150_000_000]}, share: {"range": [0, 0.15]}},
    "uncertainties": {"leadership.diffusion": {"range": [0, 0.4]}, "achievement.management": {"range": [0, 0.08]}},
    "seeds": {"root": 20261128, "replicates": 1, "as": "factor"},
    "design": {"method": "sobol", "n": 32, "second_order": [[fund, share]]}, "store": {"path": "out/sensitivity"},
}  # fmt: skip
found = of_study(asked, workers=1)
figures = found.figures(lang)
notebook.tell(say(f"推演 {found.runs} 次（含现行法规）。", f"{found.runs} runs, the law in force among them."))

# %% tags=["figure"]
notebook.show(figures["indices-gap"])

# %% tags=["figure"]
notebook.show(figures["indices-weak_half"])

# %% [markdown] lang="zh"
# ### 算出来的话
#
# 话由区间选：区间分不开的，不说谁先谁后；没有稳定的，就说没有稳定。

# %% [markdown] lang="en"
# ### In computed words
#
# The intervals choose the words: what they do not separate is given no order, and what has not settled is called unsettled.

# %%
for outcome in outcomes:
    notebook.tell(found.paragraph(outcome, lang))

# %% [markdown] lang="zh"
# ### 往哪边变，两样一起又怎样
#
# 指数只说“多要紧”，不说“往哪边”。下面两图：从最低五分之一到最高五分之一，结果变多少；两项工具一起动，有没有超出各自之和。

# %% [markdown] lang="en"
# ### Which way, and both together
#
# An index says how much an input matters, not which way. Below: what the outcome does from the lowest fifth of an input to the highest; and whether the two
# levers together do more than the sum of
# each alone.

# %% tags=["figure"]
notebook.show(figures["swings-gap"])

# %% tags=["figure"]
together = next(name for name in figures if name.startswith("together-gap") and fund in name and share in name)
notebook.show(figures[together])

# %% [markdown] lang="zh"
# ## 三、够了吗
#
# 同一设计的一半、四分之一给出的指数若还在动，就还不够。点数加倍，已做的推演全部再用：把 `n` 改成 64 再运行同一格。

# %% [markdown] lang="en"
# ## 3. Is it enough
#
# Where the indices from half of the design still move, it is not. Doubling uses every run again: set `n` to 64 and run the same cell.

# %% tags=["figure"]
notebook.show(figures["growth-gap"])

# %%
from edusim.study.sensitivity.reading import read

head = say("结果|区间最宽|各项合计|偶然|偶然与各项交织", "outcome|widest interval|inputs|luck|luck with inputs").split("|")
rows = ["| " + " | ".join(head) + " |", "| --- | --- | --- | --- | --- |"]


def part(span):
    """Return a share of the variance with its interval, in percent."""
    return f"{100 * span.value:.0f}% ({100 * span.low:.0f}–{100 * span.high:.0f}%)" if span.known else "–"


for outcome in outcomes:
    one = read(found.frames, outcome, policy, found.info)
    rows.append(f"| {outcome} | {one.widest:.2f} | {part(one.explained)} | {part(one.luck)} | {part(one.interplay)} |")
notebook.tell("\n".join(rows))

# %% [markdown] lang="zh"
# ## 能说什么，不能说什么
#
# - 指数依范围而定：范围改了，谁要紧也会改。范围的出处见 `docs/parameters.md`。
# - 这里只动了四项，别的都固定着；`experiments/funding_and_rotation/sensitivity.yaml` 动了八项工具和全部行为参数，方法见 `docs/sensitivity.md`。
# - 偶然占多少，要看县有多大（这里的大小见第一个代码格）。方向可以学，数不能搬到真实的县：`docs/ethics-and-limits.md`。

# %% [markdown] lang="en"
# ## What can be said, and what cannot
#
# - Indices depend on ranges: with other ranges other inputs matter. Where ranges come from: `docs/parameters.md`.
# - Four inputs moved and all others stood still; `experiments/funding_and_rotation/sensitivity.yaml` moves eight levers and every behaviour; the methods are
#   in `docs/sensitivity.md`.
# - How much is luck depends on the size of the county (here: see the first cell of code). Directions can be learned from it; amounts cannot be carried over
#   to a real county:
#   `docs/ethics-and-limits.md`.
