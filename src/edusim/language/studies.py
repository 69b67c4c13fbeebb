"""What studies and their analyses say."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- discover_pictures ------------------------------------------------------------------------
    "discover_pictures.zh": ("en", "zh"),
    "discover_pictures.text": ("（{ends}）", " ({ends})"),
    # --- optimise_pictures ------------------------------------------------------------------------
    "optimise_pictures.zh": ("en", "zh"),
    # --- driver -----------------------------------------------------------------------------------
    "driver.about_left": ("约剩 {number} {zh}", "about {number} {en} left"),
    # --- sensitivity_pictures ---------------------------------------------------------------------
    "sensitivity_pictures.zh": ("en", "zh"),
}  # fmt: skip
