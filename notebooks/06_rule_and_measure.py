# %% [markdown] lang="zh"
# # 自己写一条款、一条规则、一个指标
#
# 给研究者。一个政策由条款组成，条款是数据；条款之外的想法，写成一条规则；要看的东西，写成一个指标。三样都不必改动程序。
# 例子是“晚间辅导”：为演示而设，没有研究支持其中的数。情景推演，不是预测。

# %% [markdown] lang="en"
# # Writing a clause, a rule, a measure
#
# For researchers. A policy is made of clauses, and clauses are data; an idea beyond them is written as a rule; what you want to see, as a
# measure. None of the three needs a change of the package. The example, evening tutoring, is made up to show the parts: no study
# stands behind its numbers. Scenario exploration, not a forecast.

# %% tags=["language"]
lang = "en"

# %%
from pathlib import Path

import edusim
from edusim import notebook

say = {"zh": 0, "en": 1}[lang]

# %% [markdown] lang="zh"
# ## 一条款：只是数据
#
# 在融合型之上改一处：交流轮岗的比例。其余条款照旧取用（`take`）。自己的设定要写明 `assumption` 和理由。

# %% [markdown] lang="en"
# ## A clause is data
#
# One change on top of the fused mode: the share that rotates. All other clauses are taken over (`take`). A setting of your own is
# marked `assumption`, with a note that says why.

# %%
policy = """\
schema_version: 1
kind: policy
key: less_rotation
name: {zh: 融合型，少轮岗, en: Fused group with less rotation}
description: {zh: 融合型，每年交流百分之五, en: the fused mode with five in a hundred rotating a year}
start: 2026-09-01
take:
  - {from: fusion, clauses: ['*']}
clauses:
  rotation.share:
    status: assumption
    values: {2026-09-01: 0.05}
    reference:
      note: {zh: 为举例而设, en: for the sake of the example}
"""
_ = Path("less_rotation.yaml").write_text(policy, encoding="utf-8")

# %% [markdown] lang="zh"
# ## 一条规则和一个指标：一个 Python 文件
#
# 名称一律以 `own.` 开头。规则在一学年的某一步之后执行（`after`），抽签用 `edusim.draws`，以学生编号为键，所以加不加这条规则，其余的签都不变。

# %% [markdown] lang="en"
# ## A rule and a measure are a Python file
#
# Every name begins with `own.`. A rule follows a phase of the year (`after`). Its draws come from `edusim.draws`, keyed by the pupils' ids, so
# that all other draws stay the same with the rule and without it.

# %%
extension = '''\
"""Evening tutoring: pupils of member schools who did badly may come; it costs money, and those who come gain a little."""

import numpy as np

from edusim import draws
from edusim import extensions as own

hours = own.parameter("own.evening_hours", 60.0, low=0.0, high=200.0, unit="hours/year", zh="晚间辅导每生每年小时数",
                      en="hours of evening tutoring a pupil and year")
gain = own.parameter("own.evening_gain", 0.0005, low=0.0, high=0.005, unit="pupil SD/hour", zh="每小时所得", en="gain of an hour")
held = own.event("own.evening_held", zh="晚间辅导（人）", en="evening tutoring (pupils)")


@own.rule("own.evening", after="staff_classes", zh="成员校晚间辅导", en="evening tutoring at member schools")
def evening(year):
    schools, pupils, law = year.state.schools, year.state.pupils, year.law
    enrolled = np.flatnonzero(pupils.status == 1)
    low = year.is_policy_member[pupils.school[enrolled]] & (pupils.achievement[enrolled] < -0.5)
    comes = low & (draws.uniform(year.seed, "own.evening", year.year, pupils.id[enrolled]) < 0.5)
    who = enrolled[comes]
    paid = year.ledger.pay("after_school", 12.0 * law["own.evening_hours"] * who.size)
    pupils.caused[who] += law["own.evening_gain"] * law["own.evening_hours"] * paid
    n = np.bincount(pupils.school[who], minlength=schools.n)
    year.tally.own_evening = n
    year.records.add("own.evening_held", "school", schools.id[n > 0], amount=n[n > 0])


@own.measure("own.evening_share", zh="参加晚间辅导的学生比例", en="pupils who came to evening tutoring", unit="share", better="none",
             formula="pupils who came over all pupils", source="definition of the file")
def evening_share(year):
    came = getattr(year.tally, "own_evening", np.zeros(1))
    return came.sum() / year.tally.n_pupils.sum()
'''
_ = Path("evening.py").write_text(extension, encoding="utf-8")

# %% [markdown] lang="zh"
# ## 放进一个情景
#
# 情景写明政策文件和 Python 文件。文件的内容计入情景的校验值；改一个字，就是另一个情景。

# %% [markdown] lang="en"
# ## Into a scenario
#
# The scenario names the policy's file and the Python file. The text of the file is in the scenario's hash: change a letter, and it is another
# scenario.

# %%
scenario = edusim.load({
    "schema_version": 1, "name": {"zh": "例", "en": "example"}, "region": {"kind": "synthetic", "n_pupils": 12000, "seed": 1},
    "base_year": 2025, "years": 5, "policies": ["status_quo", "fusion", "less_rotation.yaml"], "extensions": ["evening.py"],
})
year = edusim.County(scenario, "fusion").year_table
place = int(year.index[year["phase"] == "own.evening"][0])
shown = year.loc[place - 1 : place + 1, ["order", "phase", ["zh", "en"][say]]]
notebook.tell("\n".join(["| | | |", "|---|---|---|", *("| " + " | ".join(map(str, row)) + " |" for row in shown.itertuples(index=False))]))

# %% [markdown] lang="zh"
# ## 开与关，成对比较
#
# 同一个县、同样的人，规则一次开、一次关（`rules.own.evening`），每个政策各抽样六次。

# %% [markdown] lang="en"
# ## On and off, in pairs
#
# The same county and the same people, once with the rule on and once with it off (`rules.own.evening`), six draws of each policy.

# %%
DRAWS = 6
both = {
    on: edusim.compare(scenario.with_({"rules.own.evening": on}), draws=DRAWS, designs=["feasible"]) for on in (True, False)
}
share = both[True].measures.query("measure == 'own.evening_share'").groupby(["policy", "year"])["value"].mean().unstack("policy")

# %% tags=["figure"]
from matplotlib.figure import Figure

from edusim.report.style import house, looks
from edusim.report.summaries import paired_interval

names = both[True].info["names"]
with house():
    chart = Figure(figsize=(7.2, 3.4))
    axes = chart.add_axes((0.1, 0.16, 0.62, 0.7))
    spread = {}
    for policy, look in looks(list(share.columns)).items():
        values = 100 * share[policy]
        axes.plot(share.index, values, color=look.colour, linestyle=look.dash, marker=look.marker, markersize=4)
        spread[policy] = float(values.iloc[-1])
    places = sorted(spread, key=spread.get)
    least = 0.09 * max(0.5, max(spread.values()))
    at = -least
    for policy in places:
        at = max(spread[policy], at + least)
        axes.annotate(names[policy][lang], (share.index[-1], at), xytext=(8, 0), textcoords="offset points", va="center", fontsize=9,
                      color=looks(list(share.columns))[policy].colour, annotation_clip=False)
    axes.set_title(("参加晚间辅导的学生（%）", "Pupils who came to evening tutoring (%)")[say], loc="left", fontsize=11)
    axes.set_xticks(list(share.index))
    axes.set_ylim(bottom=0)
    axes.spines["bottom"].set_bounds(share.index[0], share.index[-1])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
told = "；".join if lang == "zh" else "; ".join
last = told(f"{names[p][lang]} {spread[p]:.1f}%" for p in places)
alt = ("各政策下参加晚间辅导的学生比例，末年：", "share of pupils who came to evening tutoring under each policy; last year: ")[say]
notebook.show(chart, alt=alt + last)


# %% [markdown] lang="zh"
# 成员校平均成绩，规则开减规则关，成对差值，附百分之九十五的区间。区间含 0，就还不能说。

# %% [markdown] lang="en"
# Mean achievement of member schools, rule on less rule off: paired differences with 95% intervals. Where the interval holds 0, nothing
# can be said yet.

# %%
def member_mean(comparison, policy):
    rows = comparison.measures.query("measure == 'learning.member_mean' and stage == 'all' and policy == @policy and year == 2030")
    return rows.sort_values("draw")["value"].to_numpy()


lines = []
scenario_order = [p for p in both[True].manifest["policies"] if p in share.columns]
for policy in scenario_order:
    difference = member_mean(both[True], policy) - member_mean(both[False], policy)
    mean, low, high, _, _ = (float(part[0]) for part in paired_interval(difference[:, None]))
    told = {"value": f"{mean:+.3f} SD", "low": f"{low:+.3f}", "high": f"{high:+.3f}"}
    if not difference.any():
        said = ("每次抽样都毫无差别：没有按政策办学的成员校，规则无从作用",
                "no difference in any draw: no member is under a mode, so the rule has nobody to act on")[say]
    elif low > 0 or high < 0:
        said = ("{value}，区间 [{low}, {high}] 不含 0", "{value}, the interval [{low}, {high}] leaves out 0")[say].format(**told)
    else:
        said = ("{value}，区间 [{low}, {high}] 含 0，还不能说", "{value}, the interval [{low}, {high}] holds 0: it cannot be told")[say].format(**told)
    lines.append(f"- {names[policy][lang]}{'：' if lang == 'zh' else ': '}{said}")
lines.append(("\n差别从 `own.evening_gain` 来，而那是我们自己写下的一个数。",
              "\nWhat differs comes from `own.evening_gain`, a number that we wrote down ourselves.")[say])
notebook.tell("\n".join(lines))

# %% [markdown] lang="zh"
# ## 改一个数，写错一处
#
# 自己的参数和随附的一样设置。写错的地方，消息写明文件和行。

# %% [markdown] lang="en"
# ## Another value, and a mistake
#
# A parameter of your own is set like any other. A mistake is told with file and line.

# %%
more = edusim.run(scenario.with_({"own.evening_hours": 120}), policy="fusion", years=2)
plain = edusim.run(scenario, policy="fusion", years=2)
line = "measure == 'money.line.after_school' and year == 2027"
yuan = [float(one.measures.query(line)["value"].iloc[0]) for one in (plain, more)]
notebook.tell((f"每生 60 小时，课后服务一项支出 {yuan[0]:,.0f} 元；120 小时，{yuan[1]:,.0f} 元。",
               f"With 60 hours a pupil the line of after-school service takes {yuan[0]:,.0f} yuan; with 120 hours, {yuan[1]:,.0f}.")[say])
_ = Path("evening.py").write_text(extension.replace("pupils.status == 1", "pupils.state == 1"), encoding="utf-8")
try:
    edusim.run(edusim.load(dict(scenario.raw)), policy="fusion", years=1)
except edusim.errors.EdusimError as error:
    notebook.tell("> " + error.message(lang).replace(str(Path.cwd()), "").lstrip("/"))
_ = Path("evening.py").write_text(extension, encoding="utf-8")

# %% [markdown] lang="zh"
# ## 接着
#
# - 同样的文件可用于研究：`own.evening_hours` 作杠杆，`own.evening_share` 作结果（`edusim study run`）。
# - 清单与报告写明用了哪个文件；其依据由使用者负责。
# - 要成为 edusim 的一部分，按 CONTRIBUTING 的四个步骤做；扩展的全部规定见 docs/extending.md。

# %% [markdown] lang="en"
# ## Next
#
# - The same file serves a study: `own.evening_hours` as a lever, `own.evening_share` as an outcome (`edusim study run`).
# - Manifest and report name the file; what it rests on is the user's to show.
# - What is to become part of edusim follows the recipes of CONTRIBUTING; docs/extending.md says all that holds for extensions.
