# %% [markdown] lang="zh"
# # 三种模式有什么不同：一所学校、一位教师、一个孩子
#
# 协作型、共建型、融合型教共体，文件里写的是条款：谁可以被调动、谁出钱、谁与谁捆绑考核、谁来管理、共享什么。这里不比总分，而是跟着
# **同一所学校、同一位教师、同一个孩子**，把同样的几年在现行法规和三种模式下各过一遍，看条款在哪一步、对谁、起了什么作用。
#
# 每种模式下都是同样的人、同样的入学学生、同样的抽签；两条路在哪里分开，就是那里的条款把它们分开的。模型里没有任何模式自带“提高成绩”的系数。
#
# 情景推演，不是预测。县是按公开统计合成的，学校都是代号。代码已折叠，只看文字和图即可；约二十分钟。

# %% [markdown] lang="en"
# # How the three modes differ: one school, one teacher, one child
#
# Collaboration (协作型), co-built (共建型) and fused (融合型) groups are clauses of a document: who may be moved, who pays, who is appraised with whom, who
# leads, what is
# shared. Nothing is scored here. **One school, one teacher and one child** live through the same years under the law in force and under each mode, to
# see at which step, and for whom, a clause acts.
#
# Under every policy there are the same people, the same cohorts, the same lots: where two lives part, a clause parted them. No mode has a learning
# coefficient of
# its own.
#
# Scenario exploration, not a forecast. The county is synthetic, drawn from published statistics; schools are pseudonyms. Code is folded away; twenty minutes.

# %% tags=["language", "hide-code"]
lang = "en"

# %%
import edusim
from edusim import following, notebook
from edusim.following import pictures, telling

# A county small enough to be followed, five years: change either and run again.
scenario = edusim.load("county").with_({"region.n_pupils": 20000, "years": 5})
policies = ["status_quo", "collaboration", "co_build", "fusion"]

chosen = following.choose(scenario, policies)
followed = following.follow(scenario, chosen, policies)
second = followed.years[1]  # by the second year all that a mode does is under way

# %% [markdown] lang="zh"
# ## 跟着谁
#
# 跟谁由事先写好的规则定，换一个县也照此选。

# %% [markdown] lang="en"
# ## Whom we follow
#
# Rules that are written down beforehand, the same for any county, choose them.

# %%
notebook.tell(telling.who(followed, lang))

# %% [markdown] lang="zh"
# ## 文件里有哪些不同
#
# 下表列出三种模式彼此不同的每一个值，右列是文件（市新时代城乡义务教育共同体建设实施方案，2021）的条款。标“设定”的，文件没有写数字，是本项目取的，
# 都可以改。三种模式相同的条款不在表里。

# %% [markdown] lang="en"
# ## What the document says differently
#
# Every value in which the three modes differ from one another, with its clause in the document (a city's plan for urban-rural communities of compulsory
# schools, 2021).
# Where it says *ours*, the document gives no number: the value is a choice of this project and can be changed. What is the same in all three is left out.

# %%
notebook.tell(telling.apart(followed, second, lang))

# %% [markdown] lang="zh"
# ## 一所学校的一年
#
# 从秋天定预算、组建，到夏天考核、投入：每一行是这一年里发生的一件事。先横着看：哪一行四个数不一样？再看右边的条款。

# %% [markdown] lang="en"
# ## One year of the school
#
# From the budget and the making of groups in autumn to appraisal and investment in summer; a line is a thing that happens. Read across first: on which line
# do the four
# numbers differ? Then see the clause at the right.

# %% tags=["figure"]
notebook.show(pictures.school_year(followed, second, lang))

# %% [markdown] lang="zh"
# ## 这所学校的几年
#
# 一年里的小差别会不会积累？管理是慢慢传过来的，教师是一批批来又一批批走的，两样走法不同。

# %% [markdown] lang="en"
# ## The school's years
#
# Do small differences of a year add up? Management is passed on slowly; teachers come in terms and leave again. The two do not move alike.

# %% tags=["figure"]
notebook.show(pictures.school_levels(followed, lang))

# %% [markdown] lang="zh"
# ## 一位教师
#
# 交流轮岗，对学校是一个百分比，对教师是几年的路、编制在哪里、回来要不要重新竞聘。上半图看这位教师各年在哪里；下半图是第一次被派出的那一年校长手里的名单：
# 条款定下应派多少人、谁有资格、可不可以指派，抽签定下谁愿意。

# %% [markdown] lang="en"
# ## The teacher
#
# Rotation is a percentage to a school; to a teacher it is years of travel, where the post stands, whether to compete for rank again on return. Above: where
# the teacher serves. Below:
# the head's queue in the year in which the teacher is first sent. Clauses set how many are due, who is eligible and whether a head may assign; a lot says
# who is willing.

# %% tags=["figure"]
notebook.show(pictures.teacher(followed, lang))

# %% [markdown] lang="zh"
# 为什么是这位教师？程序能逐条说清：依据哪一条、取什么值、抽谁的签。下面是其中一种模式下的那一年（命令行里是 `edusim explain`）。

# %% [markdown] lang="en"
# Why this teacher? The program can tell, decision by decision: which clause, which values, whose lot. Here is that year under one of the modes (on the
# command line: `edusim explain`).

# %%
year = telling.first_sent(followed)
sent = [key for key in policies if followed.lives[key].teacher_years[year].get("origin", -1) >= 0]
notebook.tell(telling.story(followed, sent[0] if sent else policies[-1], "teacher", lang, year))

# %% [markdown] lang="zh"
# ## 一个孩子
#
# 孩子的学业起伏，大部分是孩子自己的，各政策下一样；看的是几条线之间的距离。右图把每年的距离拆开：任课教师、学校管理、氛围、经费与流失、班额与同伴，
# 各带来多少。法人合并的那一年，氛围会先受冲击。

# %% [markdown] lang="en"
# ## The child
#
# Most of the ups and downs are the child's own and the same under every policy; what counts is the distance between the lines. At the right each year's
# distance is taken apart:
# teachers, management, climate, money and turnover, class and classmates. In the year in which legal persons merge, climate is shaken first.

# %% tags=["figure"]
notebook.show(pictures.child(followed, lang))

# %% [markdown] lang="zh"
# ## 这是碰巧吗
#
# 以上是一次抽样、一个故事。学校还是这所学校，把教师、学生和抽签换了又换，差别还在吗？三种模式彼此分得清吗？

# %% [markdown] lang="en"
# ## Was it chance?
#
# All this was one draw and one story. Keep the school, and draw its teachers, pupils and lots anew, again and again: are the differences still there? Can
# the modes be told from
# each other?

# %% tags=["figure"]
over = following.over_draws(scenario, chosen.school, policies, ["mean_achievement", "management", "quality_mean"], draws=12)
notebook.show(pictures.school_over_draws(over, followed, followed.years[-1], lang))

# %% [markdown] lang="zh"
# ## 这个故事不能说什么
#
# - 它说明条款**怎样**起作用，不说明作用**有多大**：没有研究测过这几种模式的因果效应；管理能传多少、合并的冲击多大、谁愿意去，都是标明的设定，
#   各有范围（`docs/parameters.md`）。管理能传多少这一项设定有多要紧，见 `experiments/one_assumption`。
# - 一所学校得到的教师，是另一所学校少掉的。全县怎样、核心校怎样，见笔记本 03 和 `edusim compare`。
# - 不得用来评判任何学校和个人：`docs/ethics-and-limits.md`。
#
# 接着：换一个种子（`following.choose(scenario, policies, seed=1)`）再看一遍，故事会变，条款不变；03 把五份文件放到同一个县。

# %% [markdown] lang="en"
# ## What this story cannot say
#
# - It shows **how** clauses act, not **how much**: no study has measured a causal effect of these modes. How much management passes on, how hard a merger
#   shakes a school, who is
#   willing to go are marked assumptions with ranges (`docs/parameters.md`); how much hangs on what management passes on: `experiments/one_assumption`.
# - A teacher whom this school gains another school has lost. For the county as a whole, and for cores, see notebook 03 and `edusim compare`.
# - It judges no school and no person: `docs/ethics-and-limits.md`.
#
# Next: another seed (`following.choose(scenario, policies, seed=1)`) tells another story of the same clauses; notebook 03 lays five documents beside one
# county.
