"""The search alone: finds a known front, gives the same bits whatever happens, refuses what is not its own; scores by hand."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edusim.errors import RunError, StudyError
from edusim.optimise import scores, search, states
from edusim.optimise.space import Space, variable_of
from edusim.report.map_cells import crossed_interval
from edusim.study.goals import Search
from edusim.study.parts import Factor
from optimise_cases import SPACE, content, toy

HOW = Search("nsga2", 12, 8, 3)


def run(folder: Path, how: Search = HOW) -> search.Searched:
    return search.run(SPACE, how, (2, 1), toy, states.Book(folder))


# -- the space ----------------------------------------------------------------------------------------------------


def test_levers_become_variables_and_come_back_as_an_authority_writes_them() -> None:
    share = variable_of(Factor("s", "lever", ("s",), low=0.0, high=0.3))
    assert share.value(0.123456789) == 0.1235 and share.value(0.29999999) == 0.3
    assert variable_of(Factor("m", "lever", ("m",), low=0.0, high=2e8)).value(123_456_789.1) == 123_500_000.0
    assert variable_of(Factor("g", "lever", ("g",), low=0.0, high=1.0, steps=5)).values == (0.0, 0.25, 0.5, 0.75, 1.0)
    ordered = variable_of(Factor("v", "lever", ("v",), values=(3, 1, 2), whole=True))
    assert (ordered.kind, ordered.values, ordered.value(0)) == ("step", (1, 2, 3), 1)
    words = variable_of(Factor("w", "lever", ("w",), values=("b", "a")))
    assert (words.kind, words.value(1)) == ("choice", "a")
    flag = variable_of(Factor("f", "lever", ("f",), values=(True, False)))
    assert flag.kind == "choice" and flag.value(0) is True
    assert variable_of(Factor("n", "lever", ("n",), low=1.0, high=9.0, whole=True)).value(np.int64(4)) == 4
    raw = {"a": np.float64(0.5), "b": np.int64(3), "c": np.int64(1), "d": np.int64(0)}
    assert json.dumps(SPACE.raw(raw)) and SPACE.point(raw) == {"a": 0.5, "b": 3, "c": "y", "d": 1.0}


# -- the search ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["nsga2", pytest.param("nsga3", marks=pytest.mark.slow)])
def test_the_known_front_is_found_and_a_search_that_goes_on_equals_one_that_never_stopped(tmp_path: Path, method: str) -> None:
    how = Search(method, 12, 14, 1)
    whole = run(tmp_path / "whole", how)
    for generations in (5, 14):
        last = run(tmp_path / "parts", Search(method, 12, generations, 1))
    assert content(tmp_path / "whole") == content(tmp_path / "parts") and len(content(tmp_path / "whole")) == 14
    assert np.array_equal(whole.last, last.last) and whole.last.shape == (12, 2)
    best = [whole.generations[n - 1].values[place] for n, place in whole.last.tolist()]
    assert sum(v["b"] == 0 and v["c"] == "x" and v["d"] == 1.0 for v in best) >= 8, best
    assert all(v["a"] >= 0.3 for v in best) and max(v["a"] for v in best) > 0.8, best
    other = run(tmp_path / "other", Search(method, 12, 2, 4))
    assert other.generations[0].values != whole.generations[0].values


def test_no_scoring_is_done_twice(tmp_path: Path) -> None:
    run(tmp_path, Search("nsga2", 12, 3, 3))
    scored: list[int] = []

    def score(number: int, plans: object) -> tuple[np.ndarray, np.ndarray]:
        scored.append(number)
        return toy(number, plans)  # type: ignore[arg-type]

    search.run(SPACE, Search("nsga2", 12, 5, 3), (2, 1), score, states.Book(tmp_path))
    assert scored == [4, 5]


def test_a_space_that_is_used_up_ends_the_search(tmp_path: Path) -> None:
    space = Space.of((Factor("c", "lever", ("c",), values=("x", "y", "z")),))
    found = search.run(space, HOW, (1, 0), lambda n, plans: (np.array([[float(ord(v["c"]))] for v in plans]), np.empty((len(plans), 0))), states.Book(tmp_path))
    assert found.exhausted and {v["c"] for g in found.generations for v in g.values} == {"x", "y", "z"}


def test_directions_fit_into_a_population() -> None:
    for n in (2, 3, 4):
        found = search.directions(n, 40)
        assert len(found) <= 40 and np.allclose(found.sum(axis=1), 1)
    assert len(search.directions(4, 40)) == 35


@pytest.mark.parametrize("harm", ["cut", "number", "bit"])
def test_a_damaged_state_is_refused_by_name(tmp_path: Path, harm: str) -> None:
    run(tmp_path, Search("nsga2", 12, 2, 3))
    file = states.Book(tmp_path).file(2)
    text = file.read_text(encoding="utf-8")
    if harm == "cut":
        text = text[: len(text) // 2]
    elif harm == "bit":
        text = text.replace('"objectives": [[', '"objectives": [[1', 1)
    else:
        text = states.Book(tmp_path).file(1).read_text(encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match=r"generation-0002.json.*STUDY-SEARCH-DAMAGED"):
        run(tmp_path)


def test_what_this_version_would_not_ask_for_is_refused(tmp_path: Path) -> None:
    run(tmp_path, Search("nsga2", 12, 2, 3))
    with pytest.raises(StudyError, match=r"generation 1.*STUDY-SEARCH-REPLAY"):
        run(tmp_path, Search("nsga2", 12, 2, 4))


def test_another_problem_or_pymoo_is_refused_naming_it(tmp_path: Path) -> None:
    book = states.Book(tmp_path)
    header = {"format": states.FORMAT, "pymoo": search.pymoo_version(), "problem": {"levers": [1], "budget": None}, "study": {}}
    book.begin(header)
    book.begin({**header, "study": {"search": {"generations": 40}}})
    kept = book.header()
    assert kept is not None and kept["study"] == {"search": {"generations": 40}}
    with pytest.raises(StudyError, match=r"begun with pymoo .*, running is 9\.9.*STUDY-SEARCH-VERSION"):
        book.begin({**header, "pymoo": "9.9"})
    with pytest.raises(StudyError, match=r"what differs: levers.*STUDY-SEARCH-OTHER"):
        book.begin({**header, "problem": {"levers": [2], "budget": None}})


def test_a_state_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    states.write_whole(tmp_path / "a.json", {"x": 0.1 + 0.2})
    assert states.read_whole(tmp_path / "a.json") == {"x": 0.1 + 0.2}

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(states.os, "fsync", full)
    with pytest.raises(RunError, match="STUDY-SEARCH-FOLDER"):
        states.write_whole(tmp_path / "a.json", {"x": 2})
    monkeypatch.undo()
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"] and states.read_whole(tmp_path / "a.json") == {"x": 0.1 + 0.2}


# -- scores -------------------------------------------------------------------------------------------------------


def test_a_mean_counts_futures_and_draws() -> None:
    random = np.random.default_rng(1)
    table = random.normal(size=(6, 1)) + 0.5 * random.normal(size=(1, 4)) + 0.1 * random.normal(size=(6, 4))
    found, other = scores.mean_of(table), crossed_interval(table)
    assert (found.value, found.low, found.high) == pytest.approx((other.mean, other.low, other.high))
    one = scores.mean_of(np.array([[1.0, 2.0, 4.0]]))  # by hand: mean 7/3, sd 1.5275, t(2) 4.3027
    assert (one.value, one.error) == pytest.approx((7 / 3, 1.527525 / 3**0.5)) and one.high - one.value == pytest.approx(4.302653 * one.error, rel=1e-5)
    assert not scores.mean_of(np.array([[1.0]])).known and not scores.mean_of(np.array([[1.0, np.nan]])).known


def test_intervals_of_means_hold_what_they_say() -> None:
    random, held, n = np.random.default_rng(5), 0, 300
    for _ in range(n):
        table = random.normal(size=(8, 1)) + random.normal(size=(1, 6)) + random.normal(size=(8, 6))
        found = scores.mean_of(table)
        held += found.low <= 0 <= found.high
    assert 0.91 <= held / n <= 0.985, held / n


def test_a_share_is_told_with_what_its_runs_are_worth() -> None:
    all_of_them = scores.share_of(np.ones((4, 6), np.bool_))
    assert all_of_them.value == all_of_them.high == 1.0 and all_of_them.low == pytest.approx(4 / (4 + 1.959964**2))  # Wilson, worth 4
    by_future = np.repeat([[True], [True], [False], [False]], 6, axis=1)  # draws add nothing: worth about 4, not 24
    independent = np.tile([True, False, False, True, True, False], (4, 1)) ^ (np.arange(24).reshape(4, 6) % 5 == 0)
    wide, narrow = scores.share_of(by_future), scores.share_of(independent)
    assert wide.high - wide.low > narrow.high - narrow.low > 0.2


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.8, 0.84, 1.0])
def test_a_limit_is_kept_exactly_where_enough_runs_keep_it(probability: float) -> None:
    random = np.random.default_rng(int(probability * 100))
    for sense in ("at_most", "at_least"):
        for _ in range(40):
            table = random.normal(0.5, 0.2, size=(3, 2))
            table[0, 0] = np.nan if random.random() < 0.3 else table[0, 0]
            share = scores.keeps(table, 0.55, sense).mean()
            assert (scores.excess(table, 0.55, sense, probability) <= 0) == (share >= probability - 1e-12)
    assert scores.excess(np.full((1, 2), np.nan), 1.0, "at_most", 0.5) == 1e6


def test_domination_knee_and_hypervolume_by_hand() -> None:
    plans = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0], [0.6, 0.6], [0.0, 1.0]])
    assert scores.undominated(plans).tolist() == [True, True, True, False, True]
    assert scores.knee(plans[:3]) == 1
    volumes = scores.hypervolumes([plans[[3]], np.empty((0, 2)), plans[[1]]], np.zeros(2), np.ones(2))
    assert volumes == pytest.approx([0.16, 0.16, 0.25]) and all(b >= a for a, b in pairwise(volumes))
    tables = np.random.default_rng(2).normal(size=(1, 2, 4, 5)) * 0.01 + np.array([0.0, 1.0, 0.001])[:, None, None, None]
    beaten = scores.surely_dominated(tables, np.array([True, True, True]))
    assert beaten.tolist() == [False, True, True]  # the same luck in all: even a small difference is beyond it
    noisy = np.random.default_rng(2).normal(size=(3, 2, 4, 5)) + np.array([0.0, 3.0, 0.001])[:, None, None, None]
    assert scores.surely_dominated(noisy, np.array([True, True, True])).tolist() == [False, True, False]
