"""Words in the figures of a discovery."""

#: What every key of this section begins with in the catalogue.
PREFIX = "winner_figures."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "region": ("在哪些假定下，谁最好", "Who is best, under which assumptions"),
    "no_region": ("没有可画的假定：没有搜寻，或各未来并无不同", "No assumptions to draw: not searched, or futures do not differ"),
    "flat": ("各模式没有差别", "The modes do not differ"),
    "shares": ("在多少未来里最好", "Share of futures in which it is best"),
    "drawn": ("比值抽取", "ratios drawn"),
    "equal": ("比值相等", "ratios equal"),
    "tie": ("完全相同", "equal"),
    "spread": ("{pair}之差为何因未来而异", "Why {pair} differ more or less"),
    "no_spread": ("没有起伏可分", "Nothing varies"),
    "first": ("最该先测的（单独解释的份额）", "What to measure first (share explained)"),
    "axis_ratio": ("{name}，倍", "{name}, multiple"),
    "part.evidence": ("研究测过", "measured"),
    "part.assumption": ("无人测过", "never measured"),
    "part.ratio": ("模式间比值（无人测过）", "ratios between modes (never measured)"),
    "part.interaction": ("相互作用", "interaction"),
    "part.unresolved": ("未能分解", "unresolved"),
    "part.luck": ("偶然", "luck"),
    "reading": (
        "左：每点一种未来，形状与颜色为结果最好的模式，空心为扣除偶然后分不出高下；底色为附近未来里最常最好的模式，越深越一致；其余假定同时变动。"
        "右上：斜纹为领先但分不出高下。虚线框：经留出检验的胜出条件",
        "Left: a point is a future, in shape and colour of the mode with the best result, hollow where luck may explain it; background: the mode most "
        "often best nearby, darker where futures agree; all other assumptions vary too. Upper right: hatched where luck may explain the lead. "
        "Dashed frame: condition of winning that stood the check",
    ),
    "matrix.title": ("各项结果，哪种模式最好", "Which mode is best, by outcome"),
    "matrix.subtitle": ("Which mode is best, by outcome", "各项结果，哪种模式最好"),
    "matrix.leads": ("最好的未来", "best in"),
    "matrix.law": ("与现行法规之差", "against the law in force"),
    "matrix.same": ("相同", "same"),
    "matrix.reading": (
        "大字：该模式结果最好的未来所占份额，底色越深越多；“定”为扣除偶然后仍能断定的；“等”为各模式的比值都相等时的份额；"
        "末行为与现行法规的平均差及其 95% 区间，灰色为区间含 0，褐色为不如现行法规。"
        "粗框：最常最好（虚线：只在所做的抽样里）。方向：▲ 越大越好，▼ 越小越好",
        "Large: share of futures in which the mode is best, darker for more; sure: beyond luck; eq.: with equal ratios; last line: mean difference from "
        "the law in force and its 95% interval, grey where it holds 0, brown where worse. "
        "Framed: best most often (dashed: only in the draws made). ▲ more is better, ▼ less is better",
    ),
    "matrix.sure": ("定 {sure}，等 {equal}", "sure {sure}, eq. {equal}"),
    "matrix.sure_alone": ("定 {sure}", "sure {sure}"),
}  # fmt: skip
