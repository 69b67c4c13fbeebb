"""One catalogue for every string a person reads: each key once, with its Chinese and its English beside each other.

A section is a module of this package that holds ``TEXT``: key -> (Chinese, English), placeholders in braces. Where it has
a ``PREFIX``, its keys begin with that in the catalogue; no key stands in two sections. Errors carry their two
languages where they are raised (:class:`edusim.errors.EdusimError` takes both); declared things (parameters, measures,
roster columns, policies) carry theirs in their declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

#: Modules of this package that hold a table ``TEXT``.
SECTIONS: tuple[str, ...] = (
    "figures", "charts", "documents", "opening", "chapters", "reporting", "roster", "explain", "sensitivity", "discover", "optimise",
    "sensitivity_figures", "screening_figures", "interaction_figures", "pareto_figures",
    "winner_figures", "more_figures", "commands", "studies", "validate", "policies", "common", "notebook", "explore", "following", "beside", "extend",
)  # fmt: skip
LANGUAGES = ("zh", "en")


@cache
def catalogue() -> Mapping[str, tuple[str, str]]:
    """Return every key with its Chinese and its English text.

    Raises
    ------
    ValueError
        When a key stands in two sections (a mistake of ours).
    """
    found: dict[str, tuple[str, str]] = {}
    for section in SECTIONS:
        module = import_module(f"edusim.language.{section}")
        prefix = getattr(module, "PREFIX", "")
        table: Mapping[str, tuple[str, str]] = {prefix + key: both for key, both in module.TEXT.items()}
        twice = found.keys() & table.keys()
        if twice:
            raise ValueError(f"in two sections of the catalogue: {sorted(twice)}")
        found.update(table)
    return found


def has(key: str) -> bool:
    """Return whether the catalogue holds ``key``."""
    return key in catalogue()


def text(key: str, lang: str, /, **values: Any) -> str:
    """Return the text of ``key`` in ``lang`` (``zh`` or ``en``), placeholders filled.

    Raises
    ------
    KeyError
        For a key that is not in the catalogue (a mistake of ours, never of the user).
    """
    found = catalogue()[key][0 if lang == "zh" else 1]
    return found.format(**values) if values else found


def time_left(seconds: float, lang: str) -> str:
    """Return a time in words, as exactly as is worth knowing: ``about 3 min left``."""
    units = (("s", 1, 90), ("min", 60, 5400), ("h", 3600, 172_800), ("days", 86_400, float("inf")))
    unit, size = next((name, length) for name, length, most in units if seconds < most)
    number = f"{max(1, round(seconds / size))}" if size <= 60 else f"{seconds / size:.1f}"
    return text(f"driver.left.{unit}", lang, number=number)
