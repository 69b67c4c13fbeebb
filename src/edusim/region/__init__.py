"""Where a county comes from: drawn from published statistics, or read from a roster.

``edusim.region.synthetic(seed, n_pupils)`` and ``edusim.region.from_roster(path)`` each return a
:class:`Region`; its ``build`` gives a :class:`Case`: the county in the base year, the demography that
is the same under every policy, pseudonyms and an account of what was imputed.
"""

from __future__ import annotations

from typing import Any

from edusim.region.case import Case, Demography, Region
from edusim.region.synthetic import synthetic

__all__ = ["Case", "Demography", "Region", "from_roster", "synthetic"]


def from_roster(path: Any, mapping: Any = None, **options: Any) -> Region:
    """Return a county read from a workbook or a folder of CSV files; see :mod:`edusim.region.roster`."""
    from edusim.region import roster

    return roster.from_roster(path, mapping, **options)
