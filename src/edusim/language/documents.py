"""Words of the writers: tables, figures, pages, verdicts."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # The web page; the PDF shares its words for numbers of captions and pages.
    "web.skip": ("跳到正文", "Skip to the text"),
    "web.contents": ("目录", "Contents"),
    "web.run": ("运行信息", "About this run"),
    "web.fold": ("展开或收起全表（{n} 行）", "Show or hide the table ({n} rows)"),
    "web.page_n": ("第 # 页", "Page #"),
    "web.table_n": ("表 {n}", "Table {n}"),
    "web.figure_n": ("图 {n}", "Figure {n}"),
    "web.tone_meets": ("达标", "meets"),
    "web.tone_fails": ("未达标", "fails"),
    "web.tone_open": ("未定", "open"),
    "web.tone_gain": ("受益", "gains"),
    "web.tone_loss": ("受损", "loses"),
    "pdf.table": ("表", "Table"),
    "pdf.figure": ("图", "Figure"),
}
