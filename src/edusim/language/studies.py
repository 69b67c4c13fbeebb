"""What studies and their analyses say."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {
    # --- discover_pictures ------------------------------------------------------------------------
    "discover_pictures.zh": ("en", "zh"),
    "discover_pictures.text": ("（{ends}）", " ({ends})"),
    # --- optimise_pictures ------------------------------------------------------------------------
    "optimise_pictures.zh": ("en", "zh"),
    # --- driver -----------------------------------------------------------------------------------
    "driver.left.s": ("约剩 {number} 秒", "about {number} s left"),
    "driver.left.min": ("约剩 {number} 分钟", "about {number} min left"),
    "driver.left.h": ("约剩 {number} 小时", "about {number} h left"),
    "driver.left.days": ("约剩 {number} 天", "about {number} days left"),
}  # fmt: skip
