"""Charts of a run beyond the first six."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
