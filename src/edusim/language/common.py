"""Signs and small words that every room needs."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    "common.yes": ("是", "yes"),
    "common.no": ("否", "no"),
    "common.colon": ("：", ": "),
    "common.stop_gap": ("。", ". "),
}  # fmt: skip
