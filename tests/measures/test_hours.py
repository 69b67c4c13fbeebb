"""Hours, weeks and days: each count of the tally goes into its own measure, and nowhere else."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from edusim.measures import hours
from edusim.measures.collect import yearly
from edusim.state import State

NAMES = dict(zip(hours.FIELDS, (m.id for m in hours.MEASURES), strict=True))


def test_a_year_without_the_counts_has_none(state: State, tally: SimpleNamespace) -> None:
    year = yearly(state, tally, {}, SimpleNamespace())
    assert [year.value(name) for name in NAMES.values()] == [0.0] * len(NAMES)


@pytest.mark.parametrize("field", hours.FIELDS)
def test_a_count_is_its_measure(field: str, state: State, tally: SimpleNamespace) -> None:
    setattr(tally, field, 3)
    year = yearly(state, tally, {}, SimpleNamespace())
    found = {name: year.value(name) for name in NAMES.values() if year.value(name)}
    # Three of the five campuses have a bank.
    assert found == {NAMES[field]: pytest.approx(0.6 if field == "n_with_bank" else 3.0)}
