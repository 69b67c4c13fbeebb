"""A study may carry explicit points: keys follow from values and draws, whatever laid them out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from edusim.study import design, study_file
from edusim.study.study_file import Points, Study

FILE: dict[str, Any] = {
    "schema_version": 1, "kind": "sweep", "name": {"zh": "点", "en": "points"}, "scenario": "small", "policies": ["co_build", "fusion"],
    "levers": {"rotation.share": {"range": [0, 0.3], "steps": 3}, "rotation.term_years": {"values": [1, 3]}},
    "uncertainties": {"development.peer_learning": {"range": [0.1, 0.6]}},
    "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}},
    "design": {"futures": {"method": "lhs", "n": 2}}, "seeds": {"root": 3, "replicates": 2}, "store": {"path": "out/none"},
}  # fmt: skip


@pytest.fixture(scope="module")
def study() -> Study:
    return study_file.load(FILE)


def joint(study: Study, draws: np.ndarray | None, share: tuple[float, ...] = (0.1, 0.1, 0.2, 0.2), learn: tuple[float, ...] = (0.3, 0.3, 0.3, 0.4)) -> Study:
    return study.laid_out(Points({"rotation.share": share, "rotation.term_years": (1,) * len(share), "development.peer_learning": learn}, draws))


def test_points_of_levers_give_the_runs_of_the_grid_that_has_them(study: Study) -> None:
    grid = design.table(study)
    share, term = np.meshgrid([0.0, 0.15, 0.3], [1, 3], indexing="ij")
    points = Points({"rotation.share": share.ravel().tolist(), "rotation.term_years": term.ravel().tolist()})
    assert design.table(study.laid_out(points)).equals(grid)
    twice = Points({name: [*values, *values[:2]] for name, values in points.values.items()})
    assert design.table(study.laid_out(twice)).equals(grid)
    some = Points({name: values[2:] for name, values in points.values.items()})
    assert set(design.table(study.laid_out(some))["key"].to_pylist()) < set(grid["key"].to_pylist())
    assert study.laid_out(some).identity == study.identity


def test_points_with_draws_are_run_once_for_each_setting_and_draw(study: Study) -> None:
    laid = joint(study, np.array([[0], [0], [0], [7]]))
    table = design.table(laid).to_pandas()
    # Two of the four points are the same setting under the same draw.
    runs = table[table.point >= 0]
    assert len(runs) == 3 * 2 and design.size(laid) == (3, 2, 2, len(table))
    assert sorted(zip(runs["lever.rotation.share"], runs["uncertain.development.peer_learning"], runs.draw, strict=True)) == sorted(
        2 * [(0.1, 0.3, 0), (0.2, 0.3, 0), (0.2, 0.4, 7)])
    # A baseline run for each setting of what nobody controls, and draw: levers apart.
    law = table[table.point < 0]
    assert sorted(zip(law["uncertain.development.peer_learning"], law.draw, strict=True)) == [(0.3, 0), (0.4, 7)]
    assert law["lever.rotation.share"].isna().all() and table.key.is_unique
    assert set(zip(runs.future, runs.draw, strict=True)) == set(zip(law.future, law.draw, strict=True))


def test_more_points_keep_the_keys_of_those_that_were(study: Study) -> None:
    few = design.table(joint(study, np.array([[0, 9], [1, 9]]), (0.1, 0.2), (0.3, 0.4)))["key"].to_pylist()
    more = design.table(joint(study, np.array([[5, 9, 2], [0, 9, 2], [1, 9, 2]]), (0.15, 0.1, 0.2), (0.2, 0.3, 0.4)))["key"].to_pylist()
    assert set(few) < set(more)
    # The same setting and draw have the same key in a plain sweep: draw 0 is its first replicate.
    plain = study.laid_out(Points({"rotation.share": [0.1], "rotation.term_years": [1], "development.peer_learning": [0.3]}))
    assert len(set(design.table(plain)["key"].to_pylist()) & set(few)) == 3  # both policies and the baseline


@pytest.mark.parametrize(("values", "draws", "said"), [
    ({"rotation.share": [0.1]}, None, "the factors are"),
    ({"rotation.share": [0.1], "rotation.term_years": [1, 3]}, None, "2 values of rotation.term_years"),
    ({"rotation.share": [0.4], "rotation.term_years": [1]}, None, "does not take 0.4"),
    ({"rotation.share": [0.1], "rotation.term_years": [2]}, None, "does not take 2"),
    ({"rotation.share": [True], "rotation.term_years": [1]}, None, "does not take True"),
    ({"rotation.share": [0.1], "rotation.term_years": [1]}, np.array([[0]]), "name every factor"),
    ({"rotation.share": [0.1], "rotation.term_years": [1], "development.peer_learning": [0.2]}, np.array([[-1]]), "from 0"),
])  # fmt: skip
def test_points_that_a_study_does_not_take(study: Study, values: dict[str, list[Any]], draws: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        study.laid_out(Points(values, draws))
