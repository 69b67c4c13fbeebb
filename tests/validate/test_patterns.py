"""Declarations: every pattern and control is there with its band, and a verdict is what its words say."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edusim import policies
from edusim.report.summaries import Interval
from edusim.validate import BY_KEY, CONTROLS, KEYS, PATTERNS, Band
from edusim.validate.checks import CHECKS, OWN_WILL, check_file
from edusim.validate.controls import TRIALS
from edusim.validate.golden import printed_examples
from edusim.validate.patterns import EDGE, EXACT, IN, MEAN, MISS, RATIO, SHARE, SPREAD
from edusim.validate.running import interval_of, share_interval

#: The bands of the list of stylised facts, part by part: (low, high).
BANDS = {
    "P1": [(0, 0.001), (0, 0.001)],
    "P2": [(0.23, 0.72), (0.23, 0.72), (85, 100)],
    "P4": [(0.10, 0.30), (0.5, 0.9)],
    "P5": [(-math.inf, 0.5)],
    "P7": [(0.30, 0.50), (35, 65)],
    "P8": [(0, 10), (0, math.inf)],
    "P9": [(2, math.inf), (0, 0.06)],
    "P10": [(0, math.inf), (-0.02, math.inf), (-math.inf, 0)],
    "P12": [(-25, -2), (-30, -2), (-45, -5), (-math.inf, 0.5)],
    "P14": [(0.05, 0.30)],
}


def test_every_pattern_of_the_list_is_declared_with_its_band() -> None:
    assert {p.key: [(part.band.low, part.band.high) for part in p.parts if part.band] for p in PATTERNS} == BANDS
    assert list(KEYS) == [*BANDS, "C1", "C2", "C3", "C4"]


def test_declarations_say_all_that_a_reader_needs() -> None:
    for pattern in PATTERNS:
        assert pattern.zh and pattern.en and pattern.asks_zh and pattern.asks_en and pattern.source
        names = [part.key for part in (*pattern.parts, *pattern.beside)]
        assert len(names) == len(set(names))
        for part in pattern.parts:
            assert part.band is not None and part.zh and part.en and bool(part.tried_zh) == bool(part.tried_en)
        assert all(part.band is None for part in pattern.beside)
    assert all(c.zh and c.en and c.must_zh and c.must_en for c in CONTROLS)


def test_every_pattern_has_a_check_that_says_what_it_does() -> None:
    assert set(CHECKS) == set(BY_KEY) - {"P1", "P2"}
    assert set(TRIALS) == {control.key for control in CONTROLS}
    for key, check in CHECKS.items():
        assert (check.__doc__ or "").startswith(f"{key}: ")
    assert "move_up" in OWN_WILL


@pytest.mark.parametrize("name", ["law_plus", "named_group", "paper_merger"])
def test_policies_for_checks_are_whole_files(name: str) -> None:
    found = policies.policy(check_file(name), "")
    assert found.key == name and found.name_zh and found.name_en
    assert name not in policies.policy_names(), "they stand in no list of policies"


def test_bands_and_their_words() -> None:
    assert Band(0.1, 0.3).holds(0.1) and Band(0.1, 0.3).holds(0.3) and not Band(0.1, 0.3).holds(math.nan)
    assert not Band(0.0, open_low=True).holds(0.0) and Band(0.0).holds(0.0)
    assert not Band(high=0.5, open_high=True).holds(0.5) and Band(high=0.5).holds(0.5)
    words = [b.text for b in (Band(0.1, 0.3), Band(high=0.5, open_high=True), Band(high=0.5), Band(0.0), Band(0.0, open_low=True), Band(-25, -2), Band())]
    assert words == ["0.1 – 0.3", "< 0.5", "≤ 0.5", "≥ 0", "> 0", "−25 – −2", ""]


def test_the_verdict_is_on_the_interval_as_well_as_the_mean() -> None:
    band = Band(0.0, 1.0)
    assert band.verdict(Interval(0.5, 0.4, 0.6, 5)) == IN
    assert band.verdict(Interval(0.95, 0.8, 1.1, 5)) == EDGE
    assert band.verdict(Interval(1.05, 0.9, 1.2, 5)) == MISS, "an interval that reaches into the band saves no mean outside it"
    assert band.verdict(Interval(0.5, math.nan, math.nan, 1)) == EDGE, "one draw has no interval"
    assert band.verdict(Interval(math.nan, math.nan, math.nan, 0)) == MISS, "what cannot be reckoned does not pass"


def test_intervals_of_each_kind() -> None:
    values: list[float | tuple[float, float]] = [1.0, 2.0, 3.0]
    mean = interval_of(values, MEAN)
    assert mean.mean == 2.0 and mean.high == pytest.approx(2.0 + 4.30265 / math.sqrt(3), rel=1e-4)
    assert interval_of(values, SPREAD).high > mean.high
    assert interval_of([0.5], EXACT) == Interval(0.5, 0.5, 0.5, 1)
    ratio = interval_of([(2.0, 1.0), (2.3, 1.1), (2.1, 1.05), (1.9, 1.0)], RATIO)
    assert ratio.mean == pytest.approx(8.3 / 4.15) and ratio.low < ratio.mean < ratio.high
    assert not interval_of([(2.0, 1.0), (-2.0, -1.0), (1.0, 0.1)], RATIO).known, "a fall that may be nothing has no ratio"
    all_of_them = share_interval([100.0] * 60)
    assert all_of_them.mean == 100.0 and all_of_them.high == pytest.approx(100.0) and 90 < all_of_them.low < 100
    assert interval_of([0.0, 100.0] * 50, SHARE).low == pytest.approx(40.38, abs=0.01)


def test_printed_examples_are_met() -> None:
    found = printed_examples()
    for part in BY_KEY["P1"].parts:
        assert part.band is not None and part.band.holds(found[part.key]), part.key
    assert np.isclose(found["example"], 0.515257 - 0.515, atol=1e-6)
