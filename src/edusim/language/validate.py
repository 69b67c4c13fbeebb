"""Words of the checks against patterns, and of the page of what parts indicator and learning."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- page -------------------------------------------------------------------------------------
    "page.pattern_checks": ("模式检验", "Pattern checks"),
    "page.patterns_png": ("patterns_zh.png", "patterns.png"),
    "page.sources": ("来源", "sources"),
    # --- parting_words ----------------------------------------------------------------------------
    "parting_words.to": ("{mean}（{low} 至 {high}）", "{mean} ({low} to {high})"),
    "page.head.part": ("检查内容", "what is looked at"),
    "page.head.band": ("区间", "band"),
    "page.head.value_interval": ("值（95% 区间）", "value (95 % interval)"),
    "page.head.value": ("值", "value"),
    "page.head.verdict": ("判定", "verdict"),
    "page.head.control": ("反向对照", "negative control"),
    "page.head.must": ("应当如何", "what must hold"),
    "page.head.what": ("内容", "what"),
    "page.beside": ("另报（没有区间）", "Reported beside (no band)"),
    "page.none_tried": ("尚未尝试其他机制", "nothing else was tried yet"),
    "page.notes": ("试过什么，哪些数不再能检验模型", "What was tried, and which numbers test the model no more"),
    "page.summary": (
        "{facts} 项典型事实中 {passed} 个在区间内（{parts} 项中 {held} 项）",
        "{passed} of {facts} facts are in band ({held} of {parts} parts)",
    ),
    "page.summary.missed": ("；未达到：{names}", "; missed: {names}"),
    "page.summary.controls": ("；{n} 个反向对照全部成立", "; {n} negative controls: all hold"),
    "page.summary.controls_wrong": ("；{n} 个反向对照中不成立的：{names}", "; {n} negative controls: not holding: {names}"),
    "page.summary.list": ("、", ", "),
    "page.summary.stop": ("。", "."),
    "page.checked": (
        "模式检验：{name}，{pupils:,} 名学生，{years} 年，{draws} 次成对抽样{each}，{counties} 个生成县（P2），种子 {seed}",
        "Pattern checks: {name}, {pupils:,} pupils, {years} years, {draws} paired draws{each}, {counties} drawn counties (P2), seed {seed}",
    ),
    "page.bands": (
        "区间由文献定在先；哪些数定值时已看过某项事实，因而不再能检验模型，见说明；未达到就写未达到。",
        "Bands come from the literature and were set first; notes say which numbers were set with a fact in view; a miss is told as a miss.",
    ),
}  # fmt: skip
