# %% [markdown] lang="zh"
# # 从一张花名册到一页纸
#
# 县里想办教共体：协作型、共建型还是融合型？教师交流多少、经费给多少？这一页让您用自己县的花名册试一试，十分钟，不用看代码。
# 花名册只在本机读取，不会传到任何别的机器；结果里的学校只用代号，也不排名。
#
# **情景推演，不是预测。** 没有研究给出这几种模式的因果效应；这里算的是：如果假定成立，从条款、工时和经费会推出什么。

# %% [markdown] lang="en"
# # From a county roster to one page
#
# A county thinks about school groups: collaborating, co-built or fused? How many teachers rotate, how much money? Try it on your own
# county's roster: ten minutes, no code to read. The roster is read on this machine only and goes to no other; schools appear in results
# under pseudonyms and are never ranked.
#
# **Scenario exploration, not a forecast.** No study gives a causal effect of these modes; what is computed here is what follows from
# clauses, hours and yuan *if* the assumptions hold.

# %% tags=["language", "hide-code"]
lang = "en"

# %%
from edusim import app, notebook

page = app.Page(lang)

# %% [markdown] lang="zh"
# ## 一、先学会看图（一分钟）
#
# 下面是一个虚构的示例县。左边：灰线是**现状延续**，其余三条是三种教共体模式，都按文件写的办；线是多次推演的平均，浅色的带是单次推演会落在的
# 范围——空着没填的格子每次重新抽取，带子才这样宽。右边才是比较：同一次抽样里每种模式与现状成对相减，横线是差的 95% 区间。
# **横线碰到 0（空心），就看不出差别**；横线互相重叠的模式，也不要按高低排名次。

# %% [markdown] lang="en"
# ## 1. Learn to read the chart (a minute)
#
# This is a made-up example county. On the left, grey is the **status quo**; the other three lines are the three modes, each as its
# document says. A line is the mean of several draws, its pale band the range in which a single draw falls: it is wide because cells left
# empty are drawn anew each time. The comparison is on the right: within each draw a mode is set against the status quo, and the bar is the 95% interval
# of that difference. **A bar that reaches 0 (hollow) cannot be told from nothing**; do not rank modes whose bars overlap.

# %% tags=["figure"]
notebook.show(page.chart())

# %% [markdown] lang="zh"
# ## 二、放进您的县
#
# 先用示例县试一遍也可以。要用自己的县：下载空白花名册，只填“学校”表就行（每校一行），存好后点“选用自己的花名册”。哪里填错了，会逐格告诉您怎样改。

# %% [markdown] lang="en"
# ## 2. Put in your county
#
# You may go through with the example county first. For your own: download the empty roster, fill in the sheet of schools (one row a
# school is enough), save it, and click *Use your own roster*. What is wrong is told cell by cell, with how to mend it.

# %%
page.roster

# %% [markdown] lang="zh"
# ## 三、动一动滑块
#
# 先选要改的模式，再移动滑块：只有这一种模式的设定会变，现状和另外两种不变。松手以后重新推演，图和表随之更新；键盘左右键也可以。

# %% [markdown] lang="en"
# ## 3. Move the sliders
#
# Choose the mode to change, then move a slider: only that mode's setting changes, the status quo and the other two stay. When you let go,
# it is run again and chart and table follow; the arrow keys work too.

# %%
page.levers

# %% [markdown] lang="zh"
# ## 四、拿走一页纸
#
# 一页纸按上面滑块的设定推演得更多一些，写明结论有多大把握、建议做什么和不做什么、什么还不知道、该去收集哪些数据。可以存成 Word，放上桌面。

# %% [markdown] lang="en"
# ## 4. Take one page away
#
# The one page uses the sliders as they stand above, with more draws. It says how sure it is, what to do and what not, what is unknown
# and which data to collect. Save it as Word and put it on the table.

# %%
page.paper

# %% [markdown] lang="zh"
# ## 五、用之前请记住
#
# - 区间反映的是偶然，不是假定的对错：假定（例如管理能传多少、谁愿意交流）错了，结果会整个移动。
# - 它不评判任何学校和个人，不得用来考核或排名。
# - 花名册里空着的格子由公开统计抽取；空得越多，说的就越不是您的县。
# - 想逐年、逐校、逐条款地看，或者同时比较别的政策，请写出完整报告，或用命令 `edusim compare --roster 花名册.xlsx`。

# %% [markdown] lang="en"
# ## 5. Before you use it
#
# - Intervals are about chance, not about whether the assumptions are right: if one is wrong (what management passes on, who is willing to
#   rotate), the whole result moves.
# - It judges no school and no person and must not be used to appraise or rank them.
# - Empty cells of a roster are drawn from published statistics; the more are empty, the less it speaks of your county.
# - For year by year, school by school and clause by clause, write the whole report, or use `edusim compare --roster roster.xlsx`.
