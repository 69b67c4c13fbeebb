"""Words in the figures of screening and of chaos."""

#: What every key of this section begins with in the catalogue.
PREFIX = "screening_figures."
#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "axis.mu": ("μ*：这一项变一步，结果平均变多少", "μ*: mean size of the change at a step of the input"),
    "axis.sigma": ("σ：这变化有多不一样", "σ: how much that change differs"),
    "reading.screening": (
        "越靠右越要紧；σ 高于虚线（σ=μ*），作用随别的各项而变或不成直线；"
        "灰带为无作用的对照列所及，落在带里的可以不再看；横线为 μ* 的 95% 区间；两轴按平方根刻度",
        "Further right matters more; above the dashed line (σ = μ*) the effect depends on other inputs or is bent. Grey band: reach of a dummy, "
        "what lies in it need not be looked at again. Lines: 95% interval of μ*; both scales are square roots",
    ),
    "more_points": (
        "另有 {above} 项也超出对照，影响更小；空心的 {below} 项与对照分不出",
        "{above} more lie above the dummy and matter less; the {below} hollow ones are not told from it",
    ),
    "less_points": ("空心的 {below} 项与对照分不出", "the {below} hollow ones are not told from the dummy"),
    "chaos": ("多项式混沌", "polynomial chaos"),
    "sobol": ("Sobol", "Sobol"),
    "fast": ("FAST", "FAST"),
    "q2": ("Q2 = {q2}", "Q2 = {q2}"),
    "reading.chaos": (
        "总效应，两种算法各自估计；横线为 95% 区间；Q2 为混沌展开逐一剔除后的预测能力，1 为完全，不高时它的指数不足为凭",
        "Total effects as two methods estimate them; lines: 95% intervals. Q2: how well the chaos expansion predicts runs left out, 1 being all; "
        "where it is low its indices prove little",
    ),
}  # fmt: skip
