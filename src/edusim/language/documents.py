"""Words of the writers: tables, figures, pages, verdicts."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "document.table": ("表", "Table"),
    "document.figure": ("图", "Figure"),
    "document.note": ("注：", "Note. "),
    "document.contents": ("目　录", "Contents"),
    "document.signs": ("表中符号：{signs}。", "Signs: {signs}."),
    "document.sign_separator": ("；", "; "),
    "document.tone.meets": ("达标", "keeps the limit"),
    "document.tone.fails": ("未达标", "misses the limit"),
    "document.tone.open": ("未定", "undecided"),
    "document.tone.gain": ("得益", "gains"),
    "document.tone.loss": ("受损", "loses"),
    "document.facts": ("本报告的来历", "Where this report comes from"),
    "document.facts_item": ("项目", "Item"),
    "document.facts_value": ("内容", "Content"),
    "document.caption_unit": ("{caption}（单位：{unit}）", "{caption} ({unit})"),
    "document.head_unit": ("{head}（{unit}）", "{head} ({unit})"),
    # The web page; the PDF says which page it is in the same words.
    "web.skip": ("跳到正文", "Skip to the text"),
    "web.fold": ("展开或收起全表（{n} 行）", "Show or hide the table ({n} rows)"),
    "web.page_n": ("第 # 页", "Page #"),
    "web.between": ("；", "; "),
}
