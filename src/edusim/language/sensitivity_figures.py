"""Words in the figures of indices and swings."""

#: What every key of this section begins with in the catalogue.
PREFIX = "sensitivity_figures."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "first": ("单独作用", "by itself"),
    "total": ("总效应（含与别的各项一起的）", "in all, with others too"),
    "dummy": ("对照列所及", "reach of the dummy"),
    "axis.share": ("占起伏（方差）的份额", "share of the variance"),
    "axis.share_after": ("占期望结果起伏（方差，已除去偶然）的份额", "share of the variance of the expected outcome, luck taken out"),
    "axis.delta": (
        "delta：固定这一项，结果的分布移动多少（0 为不动）",
        "delta: how far the distribution of the outcome moves when the input is fixed (0: not at all)",
    ),
    "axis.pawn": (
        "PAWN：固定这一项，结果的分布函数最多差多少",
        "PAWN: how far the distribution function of the outcome moves at most when the input is fixed",
    ),
    "axis.vt": ("总效应的上界（由导数），占起伏的份额", "upper bound of the total effect, from derivatives, as a share of the variance"),
    "reading.one_index": (
        "横线为 95% 区间，照估计画出；灰带为无作用的对照列所及：落在带里的分不出有没有作用",
        "Lines: 95% intervals, drawn as estimated. Grey band: reach of a dummy that does nothing; what lies inside cannot be told from it",
    ),
    "split": ("起伏从哪里来", "Where the variance comes from"),
    "part.parameters": ("各项输入", "inputs"),
    "part.interaction": ("输入与偶然交织", "inputs with luck"),
    "part.seeds": ("偶然", "luck"),
    "part.unexplained": ("未能解释", "unexplained"),
    "left_out": ("另有 {{n}} 项，上限都不到 {most}", "{{n}} more, upper ends all below {most}"),
    "left_out_more": ("另有 {n} 项，影响更小", "{n} more, smaller"),
    "dead": ("不随任何一项变化", "Nothing changes it"),
    "reading.indices": (
        "上半条：固定其余、只变这一项能解释的份额；下半条：固定这一项，起伏能少的份额；横线为 95% 区间，照估计画出，可以低于 0 或高于 1；"
        "灰带为无作用的对照列所及：落在带里的分不出有没有作用",
        "Upper bar: what the input explains by itself; lower bar: how much less would vary if it were fixed; lines: 95% intervals, drawn as estimated, "
        "which may lie below 0 or above 1. Grey band: reach of a dummy that does nothing; what lies inside cannot be told from it",
    ),
    "low": ("取最低的五分之一", "lowest fifth of values"),
    "high": ("取最高的五分之一", "highest fifth of values"),
    "axis.level": ("{outcome}", "{outcome}"),
    "range": ("由 → 到", "from → to"),
    "change": ("变化", "change"),
    "reading.swings": (
        "条自中间（约为全部推演的平均）起，到这一项取最低、最高五分之一时的平均，其余各项同时变动；横线为 95% 区间；数为两端之差，灰色为区间含 0",
        "Bars run from the middle (about the mean of all runs) to the mean where the input is in its lowest or highest fifth, all others varying too; "
        "lines: 95% intervals; number: difference of the two ends, grey where its interval holds 0",
    ),
}  # fmt: skip
