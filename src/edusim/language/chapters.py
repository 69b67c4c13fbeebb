"""The report on a county: teachers, families, seats, money, conditions, clauses, assumptions."""

#: Key -> (Chinese, English).
TEXT: dict[str, tuple[str, str]] = {}
