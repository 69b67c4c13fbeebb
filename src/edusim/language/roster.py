"""The roster's template, its example and the checked workbook."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
