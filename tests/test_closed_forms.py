"""What one mechanism must give when the rest is switched off, by configuration alone.

The answers were reckoned outside the program; counties and comparisons are those of `experiments/replications`. What is
deterministic holds to 1e-9; an expectation holds within four standard errors over at least 200 draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edusim.errors import ConfigError
from edusim.scenario import load
from replications_at_hand import experiment, shared
from small_county import Campus, case, county

FORMS = experiment("closed_forms")
Rows = Callable[..., Iterator[Any]]


def test_the_answers_are_the_published_ones() -> None:
    published = shared("closed_forms.json")
    assert published.keys() == FORMS.ANSWERS.keys()
    for name, answer in published.items():
        assert answer.items() <= FORMS.ANSWERS[name].items()


def right(part: Rows, n: int) -> None:
    """Assert that all of at least `n` numbers are as they must be."""
    rows = list(part())
    assert len(rows) >= n
    assert [f"{row.name}: {row.got}, not {row.wanted} to {row.within}" for row in rows if not row.is_right] == []


@pytest.mark.plain
@pytest.mark.parametrize(("part", "n"), list(zip(FORMS.EXACT, (20, 9, 3, 4, 4, 6), strict=True)), ids=lambda p: getattr(p, "__name__", None))
def test_what_holds_in_every_run(part: Rows, n: int) -> None:
    right(part, n)


@pytest.mark.slow
@pytest.mark.parametrize("part", FORMS.ON_AVERAGE, ids=lambda p: p.__name__)
def test_what_holds_on_average(part: Rows) -> None:
    right(part, 1)


def test_more_than_half_away_at_once_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        load("small").with_({"rotation.share": 0.26, "rotation.term_years": 2, "rotation.return_home": True}).parameters()
    assert caught.value.code == "CFG-FLOW-TERM"
    load("small").with_({"rotation.share": 0.1, "rotation.term_years": 3, "rotation.return_home": True}).parameters()
    load("small").with_({"rotation.share": 0.5, "rotation.term_years": 1, "rotation.return_home": True}).parameters()


# ------------------------------------------------------------------------------------- sizes, honestly


@pytest.mark.plain
@pytest.mark.parametrize(("share", "gain"), [(0.1, 0.007), (0.3, 0.021)])
def test_better_teachers_on_a_share_of_posts_raise_scores_by_that_share(share: float, gain: float) -> None:
    """Half an SD of teacher quality on s of the posts is s x .5 x .14 SD a year, and no more."""
    n = 80  # ten a subject: one of ten, or three
    campuses = [Campus(400, n, staff={"subject": np.repeat(np.arange(8), 10), "experience": 35.0})]
    load_one = {f"teaching.load_primary_{k}": 20 for k in ("chinese", "maths", "english", "science", "humanities")}
    changes = {"teaching.class_cap_primary": 40, **load_one}
    means = []
    for better in (0, round(10 * share)):
        model = county(case(campuses), changes, rules=["teaching"])
        chosen = model.state.teachers.id % 10 < better
        for column in ("innate", "quality"):
            model.state.teachers[column][chosen] += 0.5 * 0.14
        model.step()
        tally = model.now.tally
        means.append(tally.sum_achievement.sum() / tally.n_pupils.sum())
    assert means[1] - means[0] == pytest.approx(gain, abs=1e-9)
