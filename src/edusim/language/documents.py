"""Words of the writers: tables, figures, pages, verdicts."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
