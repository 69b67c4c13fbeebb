"""What a what-if page shows: outcomes, kinds of schools, official coefficients, each with the measure that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from edusim.report.summaries import CV_LIMIT


@dataclass(frozen=True)
class Shown:
    """One outcome of the page.

    Attributes
    ----------
    key
        Name in the page and in the catalogue.
    measure
        Column of the store's table of years.
    unit
        How a number is written: ``sd``, ``share``, ``money``, ``persons`` or ``schools``.
    per_year
        Whether the measure adds up since the base year, and the page shows the mean of a year.
    """

    key: str
    measure: str
    unit: str
    per_year: bool = False


#: Outcomes in the order of the page; a lower gap is no better than a higher mean: no order of worth is meant.
CARDS: tuple[Shown, ...] = (
    Shown("gap", "learning.core_member_gap", "sd"),
    Shown("weak", "learning.weak_mean", "sd"),
    Shown("top", "learning.top_mean", "sd"),
    Shown("low", "learning.low_share", "share"),
    Shown("money", "money.total_to_date", "money", per_year=True),
    Shown("unfunded", "money.unfunded", "money"),
    Shown("sent", "staffing.rotation_delivered", "persons"),
    Shown("leavers", "staffing.leaver_share", "share"),
)
#: Kinds of schools by what they were in the base year and where they stand; schools have no names here.
KINDS: tuple[Shown, ...] = (
    Shown("core", "learning.core_mean", "sd"),
    Shown("member", "learning.member_mean", "sd"),
    Shown("urban", "learning.urban_mean", "sd"),
    Shown("rural", "learning.rural_mean", "sd"),
    Shown("spread", "learning.school_mean_sd", "sd"),
    Shown("failing", "official.schools_failing", "schools"),
    Shown("judged", "official.schools_judged", "schools"),
)
#: The seven indicators as the model names them, and as the catalogue does.
INDICATORS: Mapping[str, str] = {
    "degree": "degree", "backbone": "backbone", "pe_art_music": "pe_art_music", "buildings": "teaching_area",
    "sports": "sports_area", "equipment": "equipment", "rooms": "rooms",
}  # fmt: skip


def coefficient(indicator: str, stage: str) -> str:
    """Return the column of an official coefficient of difference."""
    return f"official.cv.{indicator}[{stage}]"


#: Columns of the coefficients with their upper limits.
COEFFICIENTS: Mapping[str, float] = {coefficient(i, stage): limit for stage, limit in CV_LIMIT.items() for i in INDICATORS}
KEEP: tuple[str, ...] = (*(one.measure for one in (*CARDS, *KINDS)), *COEFFICIENTS)

__all__ = ["CARDS", "COEFFICIENTS", "INDICATORS", "KEEP", "KINDS", "Shown", "coefficient"]
