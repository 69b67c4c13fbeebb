"""The stylised facts that the model is held against: each with its band, its source, and the parts that must hold.

Bands were set from the evidence before the model was looked at, wide enough for it, and nothing in the model is
tuned to them: only the levels of P1 and P2 may be calibrated on. A pattern passes when every part does. What
was tried where a part misses stands beside it (``tried``), so that a miss stays in sight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from edusim.report.summaries import Interval

#: Whole interval in the band; mean in the band, interval across its edge (or not known); mean outside.
IN, EDGE, MISS = "in", "edge", "miss"
#: How the values of the draws become one interval: of their mean; where 95 % of them fall; ratio of two means; a share
#: (values are per cents of each county); one number.
MEAN, SPREAD, RATIO, SHARE, EXACT = "mean", "spread", "ratio", "share", "exact"


@dataclass(frozen=True)
class Band:
    """Where a value must lie: ``low`` to ``high``, the ends included unless they are open."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def holds(self, value: float) -> bool:
        """Return whether a value lies in the band; NaN does not."""
        above = value > self.low if self.open_low else value >= self.low
        below = value < self.high if self.open_high else value <= self.high
        return above and below

    def verdict(self, interval: Interval) -> str:
        """Return ``in``, ``edge`` or ``miss`` of a mean with its interval."""
        if not self.holds(interval.mean):
            return MISS
        return IN if interval.known and self.holds(interval.low) and self.holds(interval.high) else EDGE

    @property
    def text(self) -> str:
        """The band in signs, such as ``0.10 – 0.30``, ``< 0.5``."""
        if math.isinf(self.low) and math.isinf(self.high):
            return ""
        if math.isinf(self.low):
            return f"{'<' if self.open_high else '≤'} {_short(self.high)}"
        if math.isinf(self.high):
            return f"{'>' if self.open_low else '≥'} {_short(self.low)}"
        return f"{_short(self.low)} – {_short(self.high)}"


def _short(value: float) -> str:
    return f"{value:g}".replace("-", "−")


@dataclass(frozen=True)
class Part:
    """One thing that a pattern asks.

    Attributes
    ----------
    key
        Short name within the pattern; ``P9.ratio`` is its id.
    zh, en
        What is looked at.
    band
        Where the value must lie; None for what is only reported.
    unit
        ``SD``, ``%``, ``x`` (times) or nothing.
    how
        How the interval is made, see :data:`MEAN` and the others.
    digits
        Decimals shown.
    tried_zh, tried_en
        For a miss: which mechanisms were tried, filled in by hand.
    """

    key: str
    zh: str
    en: str
    band: Band | None = None
    unit: str = ""
    how: str = MEAN
    digits: int = 3
    tried_zh: str = ""
    tried_en: str = ""


@dataclass(frozen=True)
class Pattern:
    """A stylised fact: name, the band as its source paper of this project words it, sources, parts, what is reported beside."""

    key: str
    zh: str
    en: str
    asks_zh: str
    asks_en: str
    source: str
    parts: tuple[Part, ...]
    beside: tuple[Part, ...] = ()


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "P1",
        "差异系数公式",
        "Official coefficient of difference",
        "与印出的五校算例相差不超过 0.001；综合差异系数为八项的平均",
        "within 0.001 of the printed example of five schools; the composite is the mean of eight",
        "m.777doc.com/doc-2019910.html (0.515, printed 0.52); 13 official rows of the 2012 rule",
        (
            Part("example", "五校算例（图书），与 0.515 的差", "five schools (books), distance from 0.515", Band(0.0, 0.001), how=EXACT, digits=5),
            Part(
                "composite",
                "13 行官方表：八项平均与所印综合值的最大差",
                "13 official rows: largest distance of the mean of eight from the printed composite",
                Band(0.0, 0.001),
                how=EXACT,
                digits=5,
            ),
        ),
    ),
    Pattern(
        "P2",
        "各项差异的次序",
        "Order of the indicators",
        "师生比差异系数 0.23–0.72；职称差异大于师生比差异的占 85% 以上（真实数据 23 行中 22 行）",
        "CV of teachers a pupil 0.23–0.72; CV of ranks above it in 85 % or more (22 of 23 rows of the data)",
        "official tables of 12 counties under the 2012 rule",
        (
            Part(
                "ts_primary",
                "师生比差异系数，小学（各生成县 95% 的范围）",
                "CV of teachers a pupil, primary (range of 95 % of drawn counties)",
                Band(0.23, 0.72),
                how=SPREAD,
            ),
            Part(
                "ts_junior",
                "师生比差异系数，初中（各生成县 95% 的范围）",
                "CV of teachers a pupil, junior (range of 95 % of drawn counties)",
                Band(0.23, 0.72),
                how=SPREAD,
            ),
            Part(
                "rank",
                "职称差异大于师生比差异的县·学段",
                "counties and stages where ranks differ more than teachers a pupil",
                Band(85.0, 100.0),
                "%",
                SHARE,
                digits=1,
            ),
        ),
        (
            *(
                Part(f"{key}_{stage}", f"{zh}差异系数，{word}（真实中位数 {real}）", f"CV of {en}, {stage} (real median {real})", how=SPREAD)
                for key, zh, en, medians in (
                    ("sports", "生均运动场馆面积", "sports area a pupil", (0.607, 0.446)),
                    ("buildings", "生均教学用房面积", "teaching area a pupil", (0.486, 0.381)),
                    ("ranks", "生均中级以上教师", "middle-rank teachers a pupil", (0.421, 0.449)),
                    ("equipment", "生均设备值", "equipment a pupil", (0.374, 0.324)),
                    ("degree", "生均高学历教师", "degrees a pupil", (0.298, 0.342)),
                )
                for stage, word, real in (("primary", "小学", medians[0]), ("junior", "初中", medians[1]))
            ),
            Part(
                "sports_first",
                "运动场馆为各项之首的县·学段（真实 23 行中 10 行）",
                "counties and stages where sports area is the most unequal (10 of 23 real rows)",
                None,
                "%",
                SHARE,
                digits=0,
            ),
        ),
    ),
    Pattern(
        "P4",
        "校际差异占成绩差异的比例",
        "Between-school share of exam variance",
        "组内相关 0.10–0.30；学校均分与入口均分相关 0.5–0.9",
        "intraclass correlation 0.10–0.30; correlation of a school's mean with its intake 0.5–0.9",
        "ICC 0.20: 2fm.zglwb.com; official ceiling 0.15; London raw 0.15, corr(raw mean, intake mean) 0.69",
        (
            Part(
                "icc",
                "初中毕业成绩的组内相关（零政策，各届平均）",
                "intraclass correlation of junior exit scores (zero policy, mean of cohorts)",
                Band(0.10, 0.30),
                tried_zh=(
                    "该数不是独立的检验：施教区家庭背景的离散（region.ses.school_sd）取值时已参照此区间；同伴作用原取 0.10，低于几项估计，"
                    "当时为 0.093，改取估计的居中值 0.14 后进入区间，改时已知此结果。"
                ),
                tried_en=(
                    "No independent test: the spread of catchments' family background (region.ses.school_sd) was once chosen with this "
                    "band in view; and with classmates' effect at .10, below the estimates, it was .093: the middle of the estimates, "
                    ".14, is the default since then, and that was seen when it was changed."
                ),
            ),
            Part(
                "intake",
                "学校毕业均分与同一批学生小学毕业均分的相关",
                "correlation of school mean at exit with the same pupils' mean at entry",
                Band(0.5, 0.9),
            ),
        ),
        (Part("intake_ses", "学校毕业均分与学生家庭背景均值的相关", "correlation of school mean at exit with mean SES"),),
    ),
    Pattern(
        "P5",
        "学校增值逐年不稳",
        "School value added is noisy",
        "估计的增值逐年相关低于 0.5（每校每年约 150 人）",
        "year-to-year correlation of estimated value added below 0.5 (about 150 pupils a year)",
        "about 0, sometimes negative: 2fm.zglwb.com",
        (
            Part(
                "lag",
                "相邻两届估计增值的校际相关",
                "correlation over schools of two cohorts' estimated value added",
                Band(high=0.5, open_high=True),
                tried_zh=(
                    "已加入年级当年的偶然成分（0.07，据 Kane 与 Staiger），相关由 0.85 降至约 0.74。在缩至 35,000 名学生的县上：取其范围上端 "
                    "0.15 为 0.47；教师质量离散取下端 0.08 为 0.62；管理作用减半 0.60；同伴作用减半 0.65（6 次抽样）；后三种都使 P4 的"
                    "组内相关低于 0.10。学校之间持久的差别大于该城市的数据所示，原因未明，未再调整。"
                ),
                tried_en=(
                    "Luck that a school's grade shares in a year was added (.07, after Kane and Staiger): .85 fell to about .74. On a cut "
                    "of 35,000 pupils the upper end of its range, .15, gives .47; spread of teacher quality at its lower end, .08: .62; "
                    "half the effect of management: .60; half that of classmates: .65 (6 draws); the last three push the ICC of P4 "
                    "below .10. Lasting differences between schools are larger than that city's data show; why is open, and nothing "
                    "was set for it."
                ),
            ),
        ),
        (
            Part("sd", "估计增值的校际标准差（三年）", "SD over schools of estimated value added (three years)", None, "SD"),
            Part("schools", "参与计算的初中", "junior schools that count", None, digits=0),
        ),
    ),
    Pattern(
        "P7",
        "城乡差距，一半来自家庭",
        "Urban-rural gap, half of it family",
        "0.30–0.50 个标准差；35%–65% 由家庭解释",
        "0.30–0.50 SD; 35–65 % explained by family",
        "CEPS, grades 7 and 9: ideas.repec.org/a/eee/chieco/v45y2017icp103-123.html",
        (
            Part(
                "gap", "城区与乡村初中生的成绩差距（基准年）", "gap of junior pupils in urban and rural schools (base year)", Band(0.30, 0.50), "SD"
            ),
            Part(
                "family",
                "其中由家庭背景解释的部分",
                "part of it that family background explains",
                Band(35.0, 65.0),
                "%",
                digits=1,
                tried_zh=(
                    "城乡教师质量差原先参照成绩差距定为 0.10，现改为不施政策时可以维持的 0.06，未看学生成绩；此前差距约 0.60，家庭约占 27%"
                    "（缩至 35,000 名学生的县）。"
                ),
                tried_en=(
                    "The urban-rural gap of teacher quality, once set at .10 with the gap of scores in view, is now the one that holds "
                    "without any policy, .06, set without a look at scores; before, the gap was about .60 and family explained 27 % "
                    "of it (on a cut of 35,000 pupils)."
                ),
            ),
        ),
        (
            Part("gap_all", "全体学生的城乡差距", "gap of all pupils", None, "SD"),
            Part("family_all", "全体学生：由家庭背景解释的部分", "all pupils: part that family background explains", None, "%", digits=1),
        ),
    ),
    Pattern(
        "P8",
        "放任自流，教师向上流动",
        "Left alone, teachers drift up",
        "向下流动不到 10%；城乡教师质量差距不会自行缩小",
        "moves down below 10 % of moves; the gap does not close by itself",
        "4.5 % of moving town teachers go down: jizihe.com 2020/0727; higher ranks move more: 10.1007/s40299-018-0423-0",
        (
            Part(
                "down",
                "十年自愿流动中去往更偏远类型的",
                "moves by own will in ten years that go to a more remote kind of place",
                Band(0.0, 10.0, open_high=True),
                "%",
                digits=1,
                tried_zh="该数不是独立的检验：城区岗位的吸引力（hiring.urban_weight）正是按现行法规下镇区教师向下流动 4.5% 定的；这里是零政策。",
                tried_en=(
                    "No independent test: the pull of town (hiring.urban_weight) was set so that 4.5 % of moving town teachers go down under "
                    "the law in force; here without any policy."
                ),
            ),
            Part(
                "gap",
                "城乡教师质量差距十年的变化（零政策）",
                "change of the urban-rural gap of teacher quality in ten years (zero policy)",
                Band(0.0),
                "SD",
                digits=4,
            ),
        ),
        (
            Part("gap_start", "基准年的差距", "gap in the base year", None, "SD", digits=4),
            Part("moves", "十年自愿流动人次（跨类型）", "moves between kinds of place in ten years", None, digits=0),
            Part("gap_law", "现行法规下差距的变化", "change of the gap under the law in force", None, "SD", digits=4),
        ),
    ),
    Pattern(
        "P9",
        "轮岗先使教师均衡，后使成绩均衡",
        "Rotation evens teachers more than scores",
        "教师质量差异系数降幅不小于成绩差距降幅的 2 倍；三年后成员校提高 0–0.06",
        "CV of teacher quality falls at least twice as much (in %) as the score gap; members gain 0–0.06 SD after 3 years",
        "Japan, Korea (distribution); County S, pupils not significant; transfers of the best up to +0.25 SD; size bound +0.007 to +0.03 SD a year",
        (
            Part(
                "ratio",
                "教师质量差异系数降幅为学校均分标准差降幅的倍数",
                "fall in the CV of teacher quality over the fall in the SD of school means",
                Band(2.0),
                "x",
                how=RATIO,
                digits=2,
            ),
            Part("member", "成员校成绩的变化（三年）", "change of members' scores (three years)", Band(0.0, 0.06), "SD", digits=4),
        ),
        (
            Part("quality", "学校教师质量差异系数的变化", "change of the CV of schools' teacher quality", None, "%", digits=1),
            Part("scores", "学校均分标准差的变化", "change of the SD of school means", None, "%", digits=1),
            Part("delivered", "实际交流（占符合条件教师）", "teachers really sent, of those eligible", None, "%", digits=1),
            Part("volunteers", "只靠自愿时的实际交流", "really sent where nobody can be assigned", None, "%", digits=1),
        ),
    ),
    Pattern(
        "P10",
        "集团化办学有益于成员校，一般不损害核心校",
        "Groups help members and mostly spare the core",
        "成员校提高；份额适度时核心校不低于 −0.02；规模与轮岗推高时核心校确会下降",
        "members gain; core at −0.02 SD or above with modest shares; the core does fall when size cap and rotation are pushed",
        "four provinces 2023: journal.ccnu.edu.cn abstract6434; Nanjing T/S falls: ppfocus.com/0/ed5cbbe4e; English federations: eprints.soton.ac.uk/359481",
        (
            Part(
                "member",
                "成员校成绩的变化（紧密型，轮岗 5%，十年）",
                "change of members' scores (tight group, rotation 5 %, ten years)",
                Band(0.0, open_low=True),
                "SD",
                digits=4,
            ),
            Part("core", "核心校成绩的变化（同上）", "change of the core's scores (same)", Band(-0.02), "SD", digits=4),
            Part(
                "dilution",
                "规模上限 10、轮岗推到上限后，核心校再变化",
                "further change of the core with a size cap of 10 and rotation pushed to its limit",
                Band(high=0.0, open_high=True),
                "SD",
                digits=4,
            ),
        ),
        (
            Part("member_3", "成员校成绩的变化（三年）", "change of members' scores (three years)", None, "SD", digits=4),
            Part("core_pushed", "推高之后核心校成绩的变化", "change of the core's scores when both are pushed", None, "SD", digits=4),
            Part("by_size", "只推高规模上限：核心校再变化", "further change of the core: size cap alone", None, "SD", digits=4),
            Part("by_rotation", "只推高轮岗：核心校再变化", "further change of the core: rotation alone", None, "SD", digits=4),
            Part("core_ts", "推高之后核心校每位教师的学生数变化", "change of pupils a teacher at the core when both are pushed", None, "%", digits=1),
        ),
    ),
    Pattern(
        "P12",
        "小额均等津贴留得住一般教师，留不住骨干",
        "Small flat allowances keep the average teacher, hardly the best",
        "流失变化 −2%～−25% / −2%～−30% / −5%～−45%（月 600/800/1500 元，月薪 8000 元）；对骨干的作用不到一半",
        "turnover −2 to −25 % / −2 to −30 % / −5 to −45 % (600/800/1,500 yuan a month on a pay of 8,000); at most half of it for backbone teachers",
        "$1,800: −12 to −17 %: nber.org/papers/w12285; works only at 15 % of pay: 10.1080/1359866X.2024.2328682; "
        "Beijing: ijspe.com/abstract-vol-2-no-4-june-2020-3",
        (
            Part("t600", "每月 600 元：领取者的流失变化", "600 yuan a month: turnover of those who get it", Band(-25.0, -2.0), "%", digits=1),
            Part("t800", "每月 800 元：领取者的流失变化", "800 yuan a month: turnover of those who get it", Band(-30.0, -2.0), "%", digits=1),
            Part("t1500", "每月 1500 元：领取者的流失变化", "1,500 yuan a month: turnover of those who get it", Band(-45.0, -5.0), "%", digits=1),
            Part(
                "backbone",
                "骨干教师的变化与全体领取者之比（800 元）",
                "response of backbone teachers over everybody's (800 yuan)",
                Band(high=0.5),
                "x",
                how=RATIO,
                digits=2,
            ),
        ),
        (
            Part("hazard", "无津贴时每年的流失概率", "chance of leaving in a year without the allowance", None, "%", digits=1),
            Part(
                "counted",
                "每月 800 元：十年实际离开人次的变化",
                "800 yuan a month: change of those who really left in ten years",
                None,
                "%",
                digits=1,
            ),
            Part("t300", "每月 300 元（现行标准）：流失变化", "300 yuan a month (the level in force): turnover", None, "%", digits=1),
        ),
    ),
    Pattern(
        "P14",
        "指标到校把较好的学生引向薄弱校",
        "Quota admission draws better pupils to weak schools",
        "薄弱校均分提高 0.05–0.30，部分来自生源",
        "weak schools' mean up by 0.05–0.30 SD, part of it through sorting",
        "Song: school means +0.19–0.26 SD: commons.colgate.edu/econ_facschol/58",
        (
            Part(
                "weak",
                "指标比例由 0 到 50%：薄弱一半初中均分的变化（十年）",
                "quota from 0 to 50 %: change of the weaker half's junior mean (ten years)",
                Band(0.05, 0.30),
                "SD",
                digits=4,
                tried_zh=(
                    "已使外流对升学机会作出反应，仍为零。原因有二：优质高中名额占毕业生一半时，一半名额分到校几乎不改变薄弱校的机会（"
                    "各校前四分之一本来就能考上）；而 95% 的家庭没有择校权。名额占比 0.25 并降低最低分：机会增 0.8 个百分点，均分不变"
                    "；再加一半家庭可择校、升学机会权重 3：机会增 1.7 个百分点，均分仍为 0.000（6 次抽样）。模型没有迁居择校，也没有"
                    "学生努力的反应，不应据此判断指标到校的作用。"
                ),
                tried_en=(
                    "Leaving the county was made to answer to the chance of a good senior high: still nothing. Two reasons: where "
                    "good senior highs take half of all graduates, allotting half of these places hardly changes a weak school's "
                    "chance (each school's best quarter gets in anyway); and 95 % of families have no choice of school. Places for "
                    ".25 with a lower floor: chance +0.8 points, mean unchanged; with half of the families free to choose and a "
                    "weight of 3 on that chance: +1.7 points, mean still .000 (6 draws). The model has no moving house for a school "
                    "and no response of pupils' effort: it says nothing on what quotas do."
                ),
            ),
        ),
        (
            Part("sorting", "其中来自生源（学生自身学业）", "part of it from who goes there (pupils' own attainment)", None, "SD", digits=4),
            Part("to_80", "指标比例由 0 到 80%", "quota from 0 to 80 %", None, "SD", digits=4),
            Part("off", "指标比例由 50% 到 0", "quota from 50 % to 0", None, "SD", digits=4),
            Part(
                "chance", "薄弱一半初中升入优质高中的比例变化", "change of the weaker half's share that gets a good senior high", None, "%", digits=1
            ),
        ),
    ),
)


@dataclass(frozen=True)
class Control:
    """A negative control: what is done, and what must not follow from it."""

    key: str
    zh: str
    en: str
    must_zh: str
    must_en: str
    exact: bool = True


CONTROLS: tuple[Control, ...] = (
    Control(
        "C1", "只挂教共体之名，一切机制关闭", "Naming a group with all mechanisms off",
        "任何指标都不变：不同的数值个数为 0", "no change in any indicator: 0 values differ",
    ),
    Control(
        "C2", "两个校区在纸面上合并", "Fusing two campuses on paper",
        "当日按校区计算的差异系数不变：不同的数值个数为 0", "no change in campus-level coefficients on that day: 0 values differ",
    ),
    Control(
        "C3", "质量没有差别的学校随机结对", "Random pairing with zero quality difference",
        "成员校没有收益，只有轮换的代价：不大于 0", "no gain for members beyond the cost of churn: at most 0", exact=False,
    ),
    Control(
        "C4", "Z 值换一个刻度", "Relabelling the scale of Z",
        "奖励变，学业不变（努力反应关闭）：不同的学业数值个数为 0", "rewards change, learning does not (effort response off): 0 values of learning differ",
    ),
)  # fmt: skip

BY_KEY = {pattern.key: pattern for pattern in PATTERNS}
KEYS = (*BY_KEY, *(control.key for control in CONTROLS))

__all__ = [
    "BY_KEY",
    "CONTROLS",
    "EDGE",
    "EXACT",
    "IN",
    "KEYS",
    "MEAN",
    "MISS",
    "PATTERNS",
    "RATIO",
    "SHARE",
    "SPREAD",
    "Band",
    "Control",
    "Part",
    "Pattern",
]
