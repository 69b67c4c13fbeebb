"""The verb ``report``, and reports on studies."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
