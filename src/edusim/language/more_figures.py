"""Further words of tables and figures."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- figures ----------------------------------------------------------------------------------
    "figures.zh": ("en", "zh"),
    # --- indicator --------------------------------------------------------------------------------
    "indicator.zh": ("en", "zh"),
    # --- language ---------------------------------------------------------------------------------
    "language.zh": ("en", "zh"),
    # --- map --------------------------------------------------------------------------------------
    "map.zh": ("en", "zh"),
    # --- page -------------------------------------------------------------------------------------
    "page.zh": ("en", "zh"),
    # --- parting ----------------------------------------------------------------------------------
    "parting.zh": ("en", "zh"),
    # --- pattern ----------------------------------------------------------------------------------
    "pattern.negative_controls_nothing_must": ("反向对照：不应有任何作用", "Negative controls: nothing must follow"),
    "pattern.band_and_value": ("区间与值", "band and value"),
    "pattern.value_interval": ("值（95% 区间）", "value (95% interval)"),
    "pattern.verdict": ("判定", "verdict"),
    "pattern.title": ("模型与十项典型事实", "The model against ten stylised facts"),
    "pattern.each": ("（每次另生成一个县）", " (each of another county)"),
    "pattern.subtitle": (
        "{draws} 次成对抽样{each}，{counties} 个生成县（P2）；区间由文献定在先，哪些数定值时已看过见说明",
        "{draws} paired draws{each}, {counties} drawn counties (P2); bands from the literature, set first; "
        "notes say which numbers were set with one in view",
    ),
    "pattern.reading": (
        "灰条为区间，各行刻度不同；点为均值，横线为 95% 区间，◀ ▶ 表示超出画面。● 整个区间在内；◆ 均值在内、95% 区间越界；✖ 均值在外。",
        "Grey bar: the band, each row on a scale of its own; point: mean; line: 95% interval; ◀ ▶ beyond the panel. "
        "● whole interval inside; ◆ mean inside, interval across the edge; ✖ mean outside.",
    ),
    "pattern.list": ("、", ", "),
    "pattern.passed": ("{n} 项典型事实中 {passed} 个在区间内", "{passed} of {n} facts are in band"),
    "pattern.missed": ("；未达到：{names}", "; missed: {names}"),
    "pattern.controls": ("；{n} 个反向对照全部成立", "; all {n} negative controls hold"),
    "pattern.controls_wrong": ("；对照不成立：{names}", "; controls that do not hold: {names}"),
}  # fmt: skip
