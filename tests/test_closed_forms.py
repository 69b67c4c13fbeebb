"""What one mechanism must give when the rest is switched off, by configuration alone.

The answers were reckoned outside the program; counties and comparisons are those of `experiments/replications`. What is
deterministic holds to 1e-9; an expectation holds within four standard errors over at least 200 draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from edusim import draws
from edusim.by_hand import BASE_YEAR
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


@pytest.mark.plain
@pytest.mark.parametrize("heed", [0.0, 0.25, 1.0])
def test_backbone_teachers_heed_pay_as_declared(heed: float) -> None:
    """The same rise of pay moves a backbone teacher's logit by a declared share of everybody else's."""
    p0, slope, rise = 0.03, 5.0, 1.15
    n = 2000
    staff = {"age": 30, "pay_yuan_year": 80_000.0, "title": 1}
    campuses = [Campus(2, n, staff=staff | {"is_backbone": flag}, columns={"allowance_class": 2}) for flag in (False, True)]
    changes = {
        "workforce.commute_slope": 0.0, "workforce.resign": p0, "workforce.pay_slope": slope,
        "workforce.pay_backbone": heed, "workforce.upward_urban": 0, "allowance.a_yuan_month": 0,
        "fusion:allowance.a_yuan_month": 80_000.0 * (rise - 1.0) / 12.0,
    }  # fmt: skip
    model = county(case(campuses), changes, rules=["workforce"], policy="fusion")
    ids = np.arange(1, 2 * n + 1)
    u = draws.uniform(model.run_seed, "workforce.leave", BASE_YEAR + 1, ids)
    odds = p0 / (1 - p0) * rise ** (-slope * np.repeat([1.0, heed], n))
    expected = u < odds / (1 + odds)
    assert heed == 1.0 or expected[n:].sum() > expected[:n].sum()
    model.step()
    teachers = model.state.teachers
    np.testing.assert_array_equal(~np.isin(ids, teachers.id[teachers.serving]), expected)
