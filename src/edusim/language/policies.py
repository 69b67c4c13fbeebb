"""Words of the pages of policies."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- words ------------------------------------------------------------------------------------
    "words.year": ("第{value}年", "year {value}:"),
    "words.year_2": ("/年", "/year"),
    "words.always": ("始终", "always"),
}  # fmt: skip
