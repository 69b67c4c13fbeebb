"""The report on a county: first page, official indicators, who gains and who loses, indicator against learning."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
