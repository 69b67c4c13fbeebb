"""Names as a reader sees them: of measures, policies, zones, stages, roles, units; and what every output says of itself.

The strings are those of the one catalogue, :mod:`edusim.language`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edusim.language import has, text
from edusim.language import text as worded
from edusim.report.summaries import same

__all__ = ["has", "label", "limits", "measure_name", "policy_name", "text"]


def limits(lang: str) -> list[str]:
    """Return what every output says of itself, two lines: no forecast (in both languages), and where its limits are written."""
    both = (lang, worded("language.zh", lang))
    return [" / ".join(text("not_forecast", one) for one in both), text("limits", lang)]


def label(kind: str, key: str, lang: str) -> str:
    """Return the name of a zone, stage, role, indicator, measure or unit; an unknown key names itself."""
    full = f"{kind}.{key}"
    return text(full, lang) if has(full) else str(key)


def measure_name(key: str, lang: str, names: Mapping[str, Any] | None = None) -> str:
    """Return the name of a measure: from this catalogue, from ``names``, else from the declared measures.

    Parameters
    ----------
    key
        Measure id, for example ``learning.core_member_gap``.
    lang
        ``zh`` or ``en``.
    names
        ``{id: {"zh": ..., "en": ...}}`` for measures that neither knows.
    """
    for name in same(key):
        if has(f"measure.{name}"):
            return text(f"measure.{name}", lang)
    given = (names or {}).get(key)
    if isinstance(given, Mapping):
        return str(given.get(lang, key))
    if given:
        return str(given)
    from edusim.measures import registered

    found = next((measure for measure in registered() if measure.id == key), None)
    if found is None:
        return key
    return found.label_zh if lang == "zh" else found.label_en[:1].upper() + found.label_en[1:]


def policy_name(key: str, lang: str, names: Mapping[str, Any] | None = None) -> str:
    """Return the name of a policy.

    Parameters
    ----------
    key
        Policy key, for example ``fusion``.
    lang
        ``zh`` or ``en``.
    names
        Names that win over the catalogue: ``{key: {"zh": ..., "en": ...}}`` or ``{key: name}``.
    """
    given = (names or {}).get(key)
    if isinstance(given, Mapping):
        return str(given.get(lang) or given.get("zh") or key)
    if given:
        return str(given)
    return label("policy", key, lang)
