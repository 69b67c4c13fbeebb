"""Words in the figures of interactions and of growth."""

#: What every key of this section begins with in the catalogue.
PREFIX = "interaction_figures."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "mean": ("期望结果", "Expected outcome"),
    "beyond": ("超出两项单独作用之和的部分", "Part beyond the sum of the two main effects"),
    "beyond_short": ("超出两项之和", "Beyond the sum"),
    "side.left": ("左：", "Left: "), "side.right": ("右：", "Right: "), "side.upper": ("上：", "Above: "), "side.lower": ("下：", "Below: "),
    "beyond_share": ("占起伏 {share}", "{share} of the variance"),
    "reading.together": (
        "每格：两项取该处附近的值、其余各项与偶然都平均掉；斜纹：95% 区间含 0；粗线为 0；两种图各有一把色尺",
        "Cells: the two inputs near these values, all others and luck averaged out; hatched: the 95% interval holds 0; thick line: 0; each of the two has its "
        "own scale of colours",
    ),
    "better": ("；蓝色为所求", "; blue is wanted"),
    "widest": ("最宽的区间", "Widest interval"),
    "index": ("领先各项的{index}", "Leading inputs: {index}"),
    "index.ST": ("总效应", "total effect"), "index.S1": ("单独作用", "first-order effect"), "index.mu_star": ("μ*", "μ*"),
    "runs": ("推演次数", "runs"),
    "target": ("目标 {target}", "target {target}"),
    "settled": ("稳定", "settled"),
    "open": ("尚未稳定", "not yet settled"),
    "reading.growth": (
        "上：所有指数里最宽的 95% 区间，随推演次数变窄，虚线为目标，实心为已够；下：领先各项的估计与 95% 区间，灰带为对照列。每次加倍都用上以前的全部推演",
        "Above: the widest 95% interval of all indices as runs are added, dashed: target, filled: enough. Below: leading inputs with 95% intervals, grey band: "
        "the dummy. Every doubling uses all earlier runs",
    ),
}  # fmt: skip
