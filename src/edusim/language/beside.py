"""Documents beside a county: words of the figures that compare policy documents."""

#: What every key of this section begins with in the catalogue.
PREFIX = "beside."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- what a document rests on ----------------------------------------------------------------------
    "basis.title": ("每份文件靠什么：写明的，与我们设定的", "What each document rests on: what it writes, and what is ours"),
    "basis.subtitle": ("values that differ from the law in force; clauses of the document", "与现行法规不同的取值；文件的条款"),
    "basis.values": ("取值（个）", "Values"),
    "basis.clauses": ("条款（条）", "Clauses"),
    "basis.written": ("条文写明", "written"),
    "basis.evidence": ("依据研究", "from studies"),
    "basis.ours": ("本项目设定", "ours"),
    "basis.carried": ("已模拟", "carried"),
    "basis.aside": ("不予模拟", "set aside"),
    "basis.takeaway": (
        "五份文件的取值里，条文写明的占 {low} 至 {high}：{least}写明的最少，{most}最多；其余由本项目设定，结论随设定而变。",
        "Of the values that set a document apart, {low} to {high} are written in it: fewest by {least}, most by {most}; the rest is ours, and conclusions "
        "move with it.",
    ),
    "basis.reading": (
        "左：与现行法规不同的取值，多少个有条文数字，多少个是本项目取的。右：文件里可以模拟的条款有多少已由参数承担。来源：edusim policies、edusim "
        "policies coverage。",
        "Left: values that differ from the law in force, how many a clause gives and how many this project chose. Right: of the document's clauses, how "
        "many a parameter "
        "carries. Source: edusim policies, policies coverage.",
    ),
    # --- shapes of counties ----------------------------------------------------------------------------
    "shape.title": ("文件是为怎样的地方写的，本县又是怎样的", "For what kind of place each document was written, and ours"),
    "shape.subtitle": ("base year; counties of the documents are example counties of their kind", "基准年；各文件的县是同类型的示例县，不是任何真实的县"),
    "shape.urban": ("城区学生", "pupils in urban schools"),
    "shape.village": ("乡村和山区学生", "pupils in village schools"),
    "shape.schools": ("每万名学生的学校", "schools for 10,000 pupils"),
    "shape.size": ("中位学校规模（人）", "pupils of the median school"),
    "shape.members": ("一个核心校带的学校", "members of a group"),
    "shape.alone": ("没有核心校结对的镇村校", "town and village schools without a core"),
    "shape.entrants": ("入学人数的变化", "change of entrants"),
    "shape.ours": ("本县", "our county"),
    "shape.takeaway": (
        "按这 {n} 个方面的平均差距，与本县最近的是{near}所写的那类地方，最远的是{far}；地方不同，同一条款的分量也不同。",
        "By mean distance over these {n}, the kind of place nearest to ours is that of {near}, the farthest that of {far}; in another place the same "
        "clause weighs otherwise.",
    ),
    "shape.same": ("本县就是{near}的示例县；离得最远的是{far}所写的那类地方。",
                   "Our county is the example county of {near}; farthest is the kind of place of {far}."),
    "shape.reading": (
        "每行一个方面，各有刻度：左右两端为各县中的最小与最大。◆ 为本县。示例县的类型取自文件，数字是设定。",
        "A line is one respect on a scale of its own, from the smallest of these counties to the largest. Diamond: ours. Kinds are from the documents, "
        "numbers are set by us.",
    ),
    # --- pairs ------------------------------------------------------------------------------------------
    "pairs.title": ("哪些文件彼此分得清：{year} 年", "Which documents can be told apart: {year}"),
    "pairs.subtitle": ("row less column, paired draws; intervals hold for all pairs of a measure together", "行减列，成对抽样；区间对一项指标的各对同时成立"),
    "pairs.takeaway": ("{n} 对文件里能分清的：{parts}。", "Of {n} pairs of documents these can be told apart: {parts}."),
    "pairs.part": ("{name} {told} 对", "{name} {told}"),
    "pairs.reading": (
        "深色：行的那份比列的那份好；浅橙：差；灰底：区间含 0，分不清谁好。数为平均差。每项指标的区间已按对数放宽（Bonferroni），不会因为看得多而“看出”差别。",
        "Blue: the row is better than the column; orange: worse; grey: the interval holds 0, it cannot be told which is better. Numbers: mean difference. "
        "Intervals are widened for the "
        "number of pairs (Bonferroni), so that looking at many finds nothing by itself.",
    ),
    "pairs.unknown": ("分不清", "not told"),
    # --- effects ---------------------------------------------------------------------------------------
    "effects.title": ("五份文件放到同一个县：{year} 年与现行法规之差", "Five documents on one county: differences from the law in force, {year}"),
    "effects.subtitle": ("mean over {n} paired draws with 95% intervals", "{n} 次成对抽样的均值与 95% 区间"),
    "effects.part": ("{name}：{policies}分不清，其余能", "{name}: {policies} cannot be told from it, the others can"),
    "effects.nobody": ("{name}：没有一份能与现行法规分清", "{name}: none can be told from the law in force"),
    "effects.everybody": ("{name}：每份都能与现行法规分清", "{name}: each can be told from the law in force"),
    "effects.reading": (
        "实心：95% 区间不含 0；空心：含 0，不能说有差别。区间只反映抽样的偶然，不含设定的不确定。",
        "Full: the 95% interval leaves out 0; hollow: it does not, and no difference can be claimed. Intervals are about chance, not about what is assumed.",
    ),
    "homes.title": ("是文件的作用，还是地方的作用：{name}", "The document, or the place: {name}"),
    "homes.subtitle": ("each document on our county, and on an example county of its own kind", "每份文件放在本县，以及放在它自己类型的示例县"),
    "homes.ours": ("放在本县", "On our county"),
    "homes.own": ("放在它自己类型的县", "On a county of its own kind"),
    "homes.takeaway": (
        "换到自己类型的县，{n} 份文件里 {moved} 份的作用与在本县的分得清{names}。",
        "On a county of its own kind, the effect of {moved} of {n} documents can be told from its effect on ours{names}.",
    ),
    "homes.names": ("：{names}", ": {names}"),
    "ends.title": ("换一个没人知道的数，还成立吗：{name}", "With another value of what nobody knows, does it hold: {name}"),
    "ends.subtitle": ("share of the management gap a member closes in a year: ends of its range and the shipped value",
                      "成员校管理每年缩小与核心校差距的比例：范围两端与默认值"),
    "ends.panel": ("管理输出 {value}", "management passed on {value}"),
    "ends.takeaway": (
        "{n} 对文件里，三种取值下先后都分得清且不变的有 {kept} 对；先后反过来的有 {turned} 对。",
        "Of {n} pairs of documents, {kept} keep an order that can be told at all three values; {turned} turn round.",
    ),
    "stop": ("；", "; "),
    "end": ("。", "."),
}  # fmt: skip
