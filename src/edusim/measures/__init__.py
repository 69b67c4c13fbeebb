"""Measures: pure functions of arrays, and all measures of a year in one call.

``cv``, ``theil``, ``gini``, ``atkinson``, ``icc`` and ``seven_indicators`` take plain arrays and can be
used on any data; :func:`yearly` reckons everything a run reports; :func:`catalogue` lists it with unit,
formula and source.
"""

from __future__ import annotations

from edusim.measures.collect import (
    SCHOOL_COLUMNS,
    Key,
    Keys,
    YearMeasures,
    catalogue,
    registered,
    schools_frame,
    to_frame,
    yearly,
)
from edusim.measures.inequality import TheilParts, atkinson, cv, cv_population, cv_sample, gini, theil
from edusim.measures.learning import icc
from edusim.measures.money import LINES as MONEY_LINES
from edusim.measures.official import CV_LIMITS, INDICATORS, LIMITS, SevenIndicators, cv_passes, seven_indicators
from edusim.measures.registry import Measure, MeasureError, of_extension

__all__ = [
    "CV_LIMITS",
    "INDICATORS",
    "LIMITS",
    "MONEY_LINES",
    "SCHOOL_COLUMNS",
    "Key",
    "Keys",
    "Measure",
    "MeasureError",
    "SevenIndicators",
    "TheilParts",
    "YearMeasures",
    "atkinson",
    "catalogue",
    "cv",
    "cv_passes",
    "cv_population",
    "cv_sample",
    "gini",
    "icc",
    "of_extension",
    "registered",
    "schools_frame",
    "seven_indicators",
    "theil",
    "to_frame",
    "yearly",
]
