"""Anyone's function: how it is called, what it returns, where its luck comes from, what is kept, what is refused."""

from __future__ import annotations

import doctest
import itertools
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import edusim
import edusim.study.sensitivity as sensitivity
from edusim.errors import StudyError
from edusim.study.sensitivity import Input, Problem, analyse, function
from known_indices import ISHIGAMI, ISHIGAMI_ST, LUCKY_ST, UNIT3


def plain(x: Any) -> Any:
    return np.sin(x[0]) + 7 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def matrix(x: Any) -> Any:
    return plain(x.T) if x.ndim == 2 else 1 / 0


def apart(a: Any, b: Any, c: Any) -> Any:
    return plain((a, b, c))


def with_generator(x: Any, rng: np.random.Generator) -> Any:
    return 3 * x[0] + x[1] + (0.5 + 2 * x[2]) * rng.normal()


def with_number(x: Any, *, seed: int = 0) -> Any:
    return with_generator(x, np.random.default_rng(seed))


def with_list(x: Any, seeds: Any) -> Any:
    return np.array([with_number(row, seed=seed) for row, seed in zip(x, seeds, strict=True)])


def values(frame: pd.DataFrame, index: str, outcome: str = "y") -> dict[str, float]:
    rows = frame[(frame["index"] == index) & (frame["outcome"] == outcome)]
    return dict(zip(rows["input"], rows["value"], strict=True))


# ---- forms of functions ----------------------------------------------------------------------------


def test_a_plain_function_in_all_its_forms_gives_the_same() -> None:
    frames = {f.__name__: analyse(f, ISHIGAMI, n=64) for f in (plain, matrix, apart)}
    assert [frames[name].attrs["vectorised"] for name in frames] == [False, True, True]
    for frame in frames.values():
        assert frame.attrs["luck"] == "none" and frame.attrs["evaluations"] == 64 * 5  # the dummy's runs are A's
        pd.testing.assert_frame_equal(frame, frames["plain"], rtol=1e-9)
    assert values(frames["plain"], "share") == {"parameters": 1.0, "seeds": 0.0}
    assert frames["plain"].attrs["facts"]["y"]["split_note"] == frames["plain"].attrs["facts"]["y"]["note"] == ""
    assert list(frames["plain"].columns) == ["outcome", "method", "n", "index", "input", "other", "value", "low", "high", "raw"]


def test_a_plain_function_whose_draw_is_asked_about_is_not_run_for_it() -> None:
    frame = analyse(matrix, ISHIGAMI, n=32, seeds="factor", replicates=3)
    assert frame.attrs["evaluations"] == 32 * 5 and values(frame, "ST")["seed"] == values(frame, "S1")["seed"] == 0.0
    assert values(frame, "share") == pytest.approx({"parameters": 1.0, "seeds": 0.0, "interaction": 0.0})


def test_the_example_of_the_docstring_and_its_answer() -> None:
    frame = analyse(matrix, ISHIGAMI, n=1024)
    found = values(frame, "ST")
    assert all(abs(found[name] - truth) < 0.03 for name, truth in ISHIGAMI_ST.items())


@pytest.mark.parametrize("form", [with_generator, with_number])
def test_luck_that_is_given_is_an_input_when_asked(form: Any) -> None:
    frame = analyse(form, UNIT3, n=256, seeds="factor")
    assert frame.attrs["luck"] == "given" and not frame.attrs["vectorised"]
    found, split = values(frame, "ST"), values(frame, "share")
    # Four times the standard error at 1,024 (0.034 for the draw): two of them at 256.
    assert all(abs(found[name] - truth) < 0.14 for name, truth in LUCKY_ST.items())
    assert sum(split.values()) == pytest.approx(1.0) and list(split) == ["parameters", "seeds", "interaction"]


def test_a_matrix_with_a_number_a_point_gives_what_single_points_give() -> None:
    one, other = analyse(with_number, UNIT3, n=16, seeds="factor"), analyse(with_list, UNIT3, n=16, seeds="factor")
    assert other.attrs["vectorised"] and not one.attrs["vectorised"]
    pd.testing.assert_frame_equal(one, other)


def test_a_generator_for_a_matrix_still_has_one_draw_a_point() -> None:
    def whole(x: Any, rng: np.random.Generator) -> Any:
        return 3 * x[:, 0] + x[:, 1] + (0.5 + 2 * x[:, 2]) * rng.normal(size=len(x))

    pd.testing.assert_frame_equal(analyse(whole, UNIT3, n=16, seeds="factor"), analyse(with_generator, UNIT3, n=16, seeds="factor"))


def test_luck_that_a_function_keeps_to_itself_is_noticed_and_taken_out() -> None:
    rng = np.random.default_rng(3)
    frame = analyse(lambda x: x[0] + 0.4 * rng.normal(), UNIT3, n=256)
    assert frame.attrs["luck"] == "its own" and frame.attrs["evaluations"] == 256 * 6 * 2
    dummy = frame[(frame["index"] == "ST") & (frame["input"] == "dummy")].iloc[0]
    assert dummy["low"] < 0 < dummy["high"] and dummy["raw"] > 0.3
    # 1/12 of 1/12 + 0.16.
    assert values(frame, "share")["parameters"] == pytest.approx((1 / 12) / (1 / 12 + 0.16), abs=0.08)


def test_several_outcomes_keep_their_names() -> None:
    def told(x: Any, rng: np.random.Generator) -> dict[str, float]:
        return {"gap": x[0] + rng.normal(), "cost": x[1], "fixed": 1.0}

    frame = analyse(told, UNIT3, n=16, seeds="factor")
    assert list(dict.fromkeys(frame["outcome"])) == ["gap", "cost", "fixed"]
    assert frame.attrs["facts"]["fixed"]["is_dead"] and not frame.attrs["facts"]["gap"]["is_dead"]
    assert values(frame, "ST", "cost")["seed"] == 0.0
    chosen = analyse(told, UNIT3, n=16, seeds="factor", outcomes=["cost"])
    assert set(chosen["outcome"]) == {"cost"}
    assert set(analyse(lambda x: (x[0], x[1]), UNIT3, n=8)["outcome"]) == {"y1", "y2"}
    assert set(analyse(lambda x: pd.Series({"u": x[0]}), UNIT3, n=8)["outcome"]) == {"u"}
    table = analyse(lambda x: pd.DataFrame({"u": x[:, 0], "v": x[:, 1]}), UNIT3, n=8)
    assert set(table["outcome"]) == {"u", "v"} and table.attrs["vectorised"]


def test_a_matrix_is_taken_only_where_it_gives_what_rows_give() -> None:
    # Of a matrix this gives as many numbers as there are columns, or mixes its rows: neither is a point's outcome.
    for form in (lambda x: x[0] + x[1], lambda x: x.sum(), lambda x: x[..., 0] - x.mean()):
        assert not analyse(form, UNIT3, method="dgsm", n=2, resamples=9).attrs["vectorised"]
    assert analyse(lambda x: x[..., 0], UNIT3, n=8).attrs["vectorised"]
    assert not analyse(lambda x: x[..., 0], UNIT3, n=8, vectorised=False).attrs["vectorised"]


def test_other_methods_and_a_problem_on_the_unit_cube() -> None:
    problem = Problem((Input("a", "g"), Input("b"), Input("c", "g")))
    frame = analyse(lambda x: x[0] + x[1], problem, method="morris", n=10)
    assert set(frame["input"]) >= {"g", "b", "dummy"} and frame.attrs["evaluations"] <= 10 * 3  # a step of the dummy is no new run
    assert values(analyse(lambda x: x[0], problem, method="dgsm", n=8), "vt")["b"] == pytest.approx(0.0)


@pytest.mark.parametrize("method", ["sobol", "morris", "dgsm"])
def test_a_single_input(method: str) -> None:
    frame = analyse(lambda x, rng: x[0] + 0.1 * rng.normal(), {"names": ["a"], "bounds": [[0, 1]]}, method=method, n=16, seeds="factor", resamples=50)
    main = frame[(frame["input"] == "a") & (frame["index"].isin(["ST", "mu_star", "vt"]))].iloc[0]
    assert main["value"] > 0.5 and np.isfinite(frame.loc[frame["index"] != "share", "value"]).all()
    assert analyse(lambda x: x, {"names": ["a"], "bounds": [[0, 1]]}, n=8, second_order=True)["value"].notna().all()


def test_attributes_are_plain_so_that_frames_can_be_put_together() -> None:
    frame = analyse(matrix, ISHIGAMI, n=8, grow_until={"width": 9, "max_runs": 1000})
    assert len(pd.concat([frame, frame])) == 2 * len(frame)
    json.dumps(frame.attrs)


@pytest.mark.parametrize("module", [sensitivity, pytest.param(function, marks=pytest.mark.slow)])
def test_the_examples_run(module: Any) -> None:
    result = doctest.testmod(module)
    assert result.attempted > 4 and not result.failed


def test_the_room_shows_its_names() -> None:
    assert edusim.study.__getattr__("sensitivity") is edusim.study.sensitivity is sensitivity
    assert all(getattr(sensitivity, name) is not None for name in sensitivity.__all__)
    assert set(sensitivity.__all__) <= set(dir(sensitivity))
    with pytest.raises(AttributeError):
        _ = sensitivity.nothing


# ---- growth ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_design_grows_until_it_has_settled_and_uses_every_run_again() -> None:
    calls = itertools.count()

    def counted(x: Any) -> Any:
        next(calls)
        return 4 * x[0] + 2 * x[1]

    frame = analyse(counted, UNIT3, n=32, grow_until={"width": 0.3, "indices": ["ST"]}, vectorised=False)
    assert frame.attrs["settled"] is True and frame["n"].iloc[0] > 64
    # Trying it, the check of what is kept, and 8 runs made again at each size.
    assert next(calls) < frame.attrs["evaluations"] + 8 * 6 + 10
    growth = pd.DataFrame(frame.attrs["growth"])
    assert growth["n"].is_monotonic_increasing and set(growth.loc[growth["settled"], "n"]) == {frame["n"].iloc[0]}
    pd.testing.assert_frame_equal(frame, analyse(counted, UNIT3, n=int(frame["n"].iloc[0])))


def test_a_design_stops_at_the_most_runs() -> None:
    frame = analyse(matrix, ISHIGAMI, n=8, grow_until={"width": 0.001, "max_runs": 200})
    assert frame.attrs["settled"] is False and frame["n"].iloc[0] == 32 and frame.attrs["evaluations"] == 160
    assert "width" in frame.attrs["growth"][-1]["missing"]


# ---- what is kept ----------------------------------------------------------------------------------


def test_what_is_kept_is_not_made_again(tmp_path: Path) -> None:
    calls: list[int] = []

    def counted(x: Any, rng: np.random.Generator) -> Any:
        calls.append(1)
        return with_generator(x, rng)

    told: list[tuple[int, int]] = []
    first = analyse(counted, UNIT3, n=8, seeds="factor", store=tmp_path / "kept", progress=lambda done, of: told.append((done, of)))
    assert told[0] == (1, 48) and told[-1] == (48, 48)
    made = len(calls)
    again = analyse(counted, UNIT3, n=8, seeds="factor", store=tmp_path / "kept")
    assert len(calls) - made <= 8  # trying it, and the point by which a changed function is known
    pd.testing.assert_frame_equal(first, again)
    told.clear()
    larger = analyse(counted, UNIT3, n=16, seeds="factor", store=tmp_path / "kept", progress=lambda done, of: told.append((done, of)))
    assert told[0] == (49, 96)
    pd.testing.assert_frame_equal(larger, analyse(counted, UNIT3, n=16, seeds="factor"))


def test_a_torn_or_changed_record_is_made_again(tmp_path: Path) -> None:
    whole = analyse(with_generator, UNIT3, n=8, seeds="factor", store=tmp_path)
    (file,) = tmp_path.glob("*.evaluations")
    data = bytearray(file.read_bytes())
    data[70] ^= 1
    file.write_bytes(bytes(data[:-5]))
    done: list[int] = []
    pd.testing.assert_frame_equal(whole, analyse(with_generator, UNIT3, n=8, seeds="factor", store=tmp_path, progress=lambda d, of: done.append(d)))
    assert len(done) == 2


def test_a_store_of_something_else_is_refused(tmp_path: Path) -> None:
    analyse(with_generator, UNIT3, n=8, store=tmp_path / "kept")
    other = {**UNIT3, "bounds": [[0, 1], [0, 1], [0, 2]]}
    for form, problem, more, phrase in (
        (with_generator, other, {}, "not the same: bounds"),
        (with_generator, {**UNIT3, "names": list("abd")}, {}, "not the same: inputs"),
        (with_generator, UNIT3, {"seed": 1}, "not the same: seed"),
        (with_generator, UNIT3, {"outcomes": ["gap"]}, "kept are y"),
        (lambda x, rng: with_generator(x, rng) + 1, UNIT3, {}, "the function has changed"),
    ):
        with pytest.raises(StudyError) as caught:
            analyse(form, problem, n=8, store=tmp_path / "kept", **more)
        assert caught.value.code == "STUDY-OTHER" and phrase in caught.value.message("en") and caught.value.mend_zh
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    for folder in (tmp_path / "other", tmp_path / "other" / "notes.txt"):
        with pytest.raises(StudyError, match="no folder of evaluations"):
            analyse(with_generator, UNIT3, n=8, store=folder)
    (tmp_path / "kept" / "problem.json").write_text("{")
    with pytest.raises(StudyError, match="damaged"):
        analyse(with_generator, UNIT3, n=8, store=tmp_path / "kept")


def test_an_interruption_keeps_what_was_made(tmp_path: Path) -> None:
    calls = itertools.count()

    def interrupted(x: Any, rng: np.random.Generator) -> Any:
        if next(calls) == 30:
            raise KeyboardInterrupt
        return with_generator(x, rng)

    with pytest.raises(KeyboardInterrupt):
        analyse(interrupted, UNIT3, n=8, seeds="factor", store=tmp_path)
    told: list[tuple[int, int]] = []
    analyse(with_generator, UNIT3, n=8, seeds="factor", store=tmp_path, progress=lambda done, of: told.append((done, of)))
    assert told[0][0] >= 24


@pytest.mark.slow
def test_other_processes_give_the_same_bits(tmp_path: Path) -> None:
    one = analyse(with_generator, UNIT3, n=32, seeds="factor")
    two = analyse(with_generator, UNIT3, n=32, seeds="factor", workers=2, store=tmp_path)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    with pytest.raises(StudyError, match="ZeroDivisionError") as caught:
        analyse(fails, UNIT3, n=32, workers=2)
    assert caught.value.where.startswith("a=0.9")


KILLED = """
import itertools, os, signal, sys
import numpy as np
from edusim.study.sensitivity import analyse
calls = itertools.count()
def lucky(x, rng):
    if next(calls) == int(sys.argv[2]):
        os.kill(os.getpid(), signal.SIGKILL)
    return 3 * x[0] + x[1] + (0.5 + 2 * x[2]) * rng.normal()
analyse(lucky, {"names": ["a", "b", "c"], "bounds": [[0.0, 1.0]] * 3}, n=64, seeds="factor", store=sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize("after", [30, 200])
def test_killed_in_the_middle_nothing_that_was_kept_is_lost(tmp_path: Path, after: int) -> None:
    store = tmp_path / "kept"
    gone = subprocess.run([sys.executable, "-c", KILLED, str(store), str(after)], check=False, timeout=120)
    assert gone.returncode == -signal.SIGKILL
    told: list[tuple[int, int]] = []
    found = analyse(with_generator, UNIT3, n=64, seeds="factor", store=store, progress=lambda done, of: told.append((done, of)))
    assert told[0][0] >= after - 10 and told[-1] == (384, 384)  # the calls less those by which the function is tried
    pd.testing.assert_frame_equal(found, analyse(with_generator, UNIT3, n=64, seeds="factor"))


# ---- what is refused -------------------------------------------------------------------------------


def fails(x: Any) -> Any:
    return 1 / 0 if x[0] > 0.9 else x[0]


@pytest.mark.parametrize(
    ("asked", "more", "code", "phrase"),
    [
        (3, {}, "STUDY-FUNCTION", "int is not a function"),
        (lambda x, y, z, w: 1.0, {}, "STUDY-FUNCTION", "(y, z, w)"),
        (lambda: 1.0, {}, "STUDY-FUNCTION", "cannot be filled"),
        (lambda x, *, size: 1.0, {}, "STUDY-FUNCTION", "(size)"),
        (lambda x: None, {}, "STUDY-EVALUATION", "returned None"),
        (lambda x: "high", {}, "STUDY-EVALUATION", "no number: 'high'"),
        (lambda x: 1j, {}, "STUDY-EVALUATION", "no number"),
        (lambda x: {"u": [1, 2]}, {}, "STUDY-EVALUATION", "outcome u is no number"),
        (lambda x: x[0] if x[0] < 0.9 else float("nan"), {}, "STUDY-EVALUATION", "outcome y is nan"),
        (fails, {}, "STUDY-EVALUATION", "ZeroDivisionError: division by zero"),
        (lambda x: x[7], {}, "STUDY-EVALUATION", "IndexError"),
        (lambda x: x[0], {"outcomes": ["u", "v"]}, "STUDY-FUNCTION", "2 are expected"),
        (lambda x: {"gap": x[0]}, {"outcomes": ["gpa"]}, "STUDY-FUNCTION", "did you mean gap?"),
        (lambda x: x[0], {"vectorised": True}, "STUDY-EVALUATION", "vectorised=False"),
        (lambda x: x[0] + np.random.normal(), {"seeds": "factor"}, "STUDY-LUCK", "keeps its luck to itself"),
        (lambda x: x[0] + np.random.normal(), {"method": "dgsm"}, "STUDY-LUCK", "method dgsm"),
        (lambda x: x[0], {"missing": "dorp"}, "STUDY-MISSING", "did you mean drop?"),
        (lambda x: x[0], {"seeds": "pared"}, "STUDY-SEEDS-AS", "did you mean paired?"),
        (lambda x: x[0], {"grow_until": {"widht": 1}}, "STUDY-GROWTH", "did you mean width?"),
        (lambda x: x[0], {"grow_until": {"width": 0}}, "STUDY-GROWTH", "above 0"),
        (lambda x: x[0], {"grow_until": {"max_runs": 100}}, "STUDY-GROWTH", "needs 160 runs"),
        (fails, {"interval": 95}, "STUDY-INTERVAL", "between 0 and 1"),  # before anything is evaluated
        (lambda x: x[0], {"method": "soboll"}, "STUDY-METHOD", "did you mean sobol?"),
    ],
)
def test_what_cannot_be_done_is_said(asked: Any, more: dict[str, Any], code: str, phrase: str) -> None:
    with pytest.raises(StudyError) as caught:
        analyse(asked, UNIT3, **{"n": 32, **more})
    assert caught.value.code == code and phrase in caught.value.message("en") and caught.value.zh and caught.value.mend_zh
    if code == "STUDY-EVALUATION":
        assert caught.value.where.startswith("a=") and ", c=" in caught.value.where


def test_a_problem_that_is_none_is_said() -> None:
    with pytest.raises(StudyError, match="a problem is a dict, not list"):
        analyse(plain, [1, 2])  # type: ignore[arg-type]


def test_a_failing_point_can_be_left_out() -> None:
    frame = analyse(lambda x: fails(x) + x[1], UNIT3, n=64, missing="drop")
    facts = frame.attrs["facts"]["y"]
    assert 0 < facts["dropped"] < 32 and facts["blocks"] == 64 - facts["dropped"]
    assert frame.loc[frame["index"] == "ST", "value"].notna().all()
    many = analyse(lambda x: np.where(x[:, 0] > 0.9, np.nan, x[:, 0] + x[:, 1]), UNIT3, n=64, missing="drop")
    assert many.attrs["vectorised"] and many.attrs["facts"]["y"]["dropped"] == facts["dropped"]


def test_a_function_that_turns_out_to_have_luck_is_said() -> None:
    calls = itertools.count()
    with pytest.raises(StudyError, match="not without luck") as caught:
        analyse(lambda x: x[0] + (next(calls) > 100), UNIT3, n=32)
    assert caught.value.code == "STUDY-LUCK"
