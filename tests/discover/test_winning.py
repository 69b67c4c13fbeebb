"""Who wins: shares, ranks, regret by hand; what luck allows to be said; planted answers come back."""

from __future__ import annotations

import math

import numpy as np
import pytest

from edusim.discover.analysis import analyse
from edusim.discover.futures import Asked, Block, Futures, from_frame
from edusim.discover.winning import contrast, effects, moderated, regret, tables, verdicts, wilson, wins
from edusim.errors import ConfigError, StudyError
from planted_futures import MODES, OUTCOMES, planted, runs

BY_HAND = Asked("y", want="max")


def by_hand(values: list[list[float]], law: list[float], want: str = "max") -> Futures:
    """Futures with one draw: ``values`` [mode][future]."""
    import pandas as pd

    cube = np.array([*values, law], dtype=float)[:, :, None, None]
    table = pd.DataFrame({"uncertain.x": np.arange(float(len(law)))})
    return Futures(("a", "b"), "law", (Asked("y", want=want),), table, (), {"drawn": cube})


def test_wilson_against_published_values() -> None:
    # Newcombe (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29
    for hits, n, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)):
        assert wilson(hits, n) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(20, 20)[1] == 1.0 and wilson(0, 0) == (0.0, 1.0)


def test_moderated_variance_finds_how_far_variances_differ() -> None:
    random = np.random.default_rng(0)
    same, freedom = moderated(4.0 * random.chisquare(3, 4000) / 3, 3.0)
    assert freedom > 40 and same.mean() == pytest.approx(4.0, rel=0.05) and same.std() < 0.2 * 4.0
    true = 4.0 * 8 / random.chisquare(8, 4000)  # prior of eight degrees of freedom
    found, freedom = moderated(true * random.chisquare(3, 4000) / 3, 3.0)
    assert freedom - 3 == pytest.approx(8, rel=0.3)
    plain = true * random.chisquare(3, 4000) / 3
    assert np.mean((np.log(found) - np.log(true)) ** 2) < 0.5 * np.mean((np.log(plain) - np.log(true)) ** 2)


@pytest.mark.parametrize(("shared", "uneven", "draws"), [(0.0, False, 2), (0.0, True, 2), (1.0, False, 2), (0.3, True, 3)])
def test_luck_is_called_a_difference_no_more_often_than_said(shared: float, uneven: bool, draws: int) -> None:
    random = np.random.default_rng(1)
    called = []
    for _ in range(120):
        size = np.exp(random.normal(0, 0.7, (100, 1))) if uneven else np.ones((100, 1))
        difference = size * random.normal(0, 1, (100, draws)) + shared * random.normal(0, 1, (1, draws))
        called.append(np.mean(contrast(difference, crossed=True).clear != 0))
    assert np.mean(called) < 0.065
    if not shared and not uneven:
        assert np.mean(called) > 0.035  # and the test is not idle


def test_a_real_difference_is_seen_although_draws_are_two() -> None:
    random = np.random.default_rng(2)
    found = contrast(1.0 + random.normal(0, 0.2, (200, 2)), crossed=True)
    assert np.mean(found.clear > 0) > 0.99
    # What two draws share is seen twice only: with as much of it as there is difference, little can be said.
    shared = np.array([[-0.8, 0.8]])
    assert np.mean(contrast(1.0 + shared + random.normal(0, 0.2, (200, 2)), crossed=True).clear > 0) < 0.2


def test_one_draw_tells_nothing() -> None:
    assert not contrast(np.array([[5.0], [6.0], [7.0]]), crossed=True).clear.any()
    rows = wins(planted(60, draws=1), "drawn", "gap")
    assert sum(r["wins"] for r in rows) == 0 and sum(r["leads"] for r in rows) == pytest.approx(1.0)
    assert all(math.isnan(r["single_low"]) or r["single_low"] >= 0 for r in rows)


def test_regret_and_ranks_by_hand() -> None:
    # Futures: a 3, 1, 5; b 2, 4, 5; the law 0, 5, 1. Best: 3, 5, 5. Lost: a 0, 4, 0; b 1, 1, 0; the law 3, 0, 4.
    futures = by_hand([[3, 1, 5], [2, 4, 5]], [0, 5, 1])
    lost = {r["policy"]: r for r in regret(futures, "drawn", "y")}
    assert [lost[p]["mean"] for p in ("a", "b", "law")] == pytest.approx([4 / 3, 2 / 3, 7 / 3])
    assert [lost[p]["most"] for p in ("a", "b", "law")] == [4, 1, 4] and [lost[p]["minimax"] for p in ("a", "b", "law")] == [False, True, False]
    assert [lost[p]["best"] for p in ("a", "b", "law")] == pytest.approx([2 / 3, 1 / 3, 1 / 3])
    a, b = wins(futures, "drawn", "y")
    assert (a["leads"], b["leads"], a["tied"]) == (pytest.approx(1 / 3), pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (a["rank_1"], a["rank_2"]) == (pytest.approx(0.5), pytest.approx(0.5))  # first, second, and half of each where they tie
    assert (a["beats_law"], b["beats_law"], a["no_mode_beats_law"]) == (pytest.approx(2 / 3), pytest.approx(2 / 3), pytest.approx(1 / 3))
    less = {r["policy"]: r for r in regret(by_hand([[3, 1, 5], [2, 4, 5]], [0, 5, 1], "min"), "drawn", "y")}
    assert [less[p]["most"] for p in ("a", "b", "law")] == [4, 4, 4] and less["law"]["mean"] == pytest.approx(4 / 3)


def test_the_best_other_is_chosen_by_other_draws() -> None:
    import pandas as pd

    # b and c are the same but for luck: the better of them in one draw is no better in the other.
    cube = np.array([[[0.0, 0.0]], [[1.0, -1.0]], [[-1.0, 1.0]], [[0.0, 0.0]]])[..., None]
    futures = Futures(("a", "b", "c"), "law", (BY_HAND,), pd.DataFrame({"x": [0.0]}), (), {"drawn": cube})
    row = next(r for r in effects(futures, "drawn", "y") if r["policy"] == "a" and r["against"] == "best_other")
    assert row["mean"] == 1.0  # chosen by the draw itself it would be -1


def test_planted_winners_come_back() -> None:
    futures = planted(400)
    found = tables(futures, [o.name for o in OUTCOMES])["wins"].set_index(["outcome", "arm", "policy"])
    table = futures.table
    truly = ((table["ratio.fusion.leadership"] > 1.3) & (table["uncertain.families.brand"] < 0.4)).to_numpy()
    verdict = verdicts(futures.block("drawn", "gap"), -1.0, crossed=True)
    assert np.mean((verdict.leader == 2) == truly) > 0.995 and np.mean((verdict.winner == 2) == truly) > 0.98
    row = found.loc["gap", "drawn", "fusion"]
    assert row["leads_low"] <= truly.mean() <= row["leads_high"] and row["ahead_high"] < 0
    assert found.loc[("gap", "equal", "fusion"), "leads"] == 0.0  # no ratio is above 1.3 there
    assert found.loc[("gap", "drawn", "co_build"), "ahead_low"] > 0
    for _, rows in found.groupby(["outcome", "arm"]):
        assert rows["leads"].sum() + rows["tied"].iloc[0] == pytest.approx(1)
        assert rows["wins"].sum() + rows["tied"].iloc[0] + rows["open"].iloc[0] == pytest.approx(1)
        assert rows[[f"rank_{k}" for k in (1, 2, 3)]].to_numpy().sum(axis=1) == pytest.approx(1)
        assert ((rows["leads_low"] <= rows["leads"]) & (rows["leads"] <= rows["leads_high"])).all()
    assert found.loc["cost"]["tied"].eq(1).all() and found.loc["cost"]["leads"].eq(0).all()
    assert found.loc["coin"]["wins"].max() < 0.03 and found.loc["coin"]["open"].min() > 0.95
    assert "count" not in found.index.get_level_values(0)  # no direction is wanted: nobody wins it


def test_effects_have_the_planted_means() -> None:
    rows = {(r["policy"], r["against"]): r for r in effects(planted(400), "drawn", "score")}
    assert rows["fusion", "collaboration"]["mean"] == pytest.approx(-3, abs=0.01)
    row = rows["co_build", "collaboration"]
    assert row["low"] <= 0 <= row["high"] and row["sd_futures"] == pytest.approx(math.sqrt(1.25), rel=0.1)
    assert row["sd_draws"] == pytest.approx(0.02 * math.sqrt(2), rel=0.15)
    assert row["q05"] < row["q25"] < row["q50"] < row["q75"] < row["q95"]


def test_a_mode_that_failed_does_not_win_by_its_absence() -> None:
    frame = runs(60).copy()
    lost = (frame["policy"] == "co_build") & (frame["arm"] == "drawn") & (frame["draw"] == 1) & (frame["future"] < 5)
    frame.loc[lost, "state"] = "failed"
    futures = from_frame(frame, OUTCOMES, modes=MODES)
    assert futures.block("drawn", "gap").rows.tolist() == list(range(5, 60)) and futures.block("equal", "gap").rows.size == 60
    assert futures.incomplete("drawn") == 5 == futures.failed


def test_draws_of_their_own_at_every_future_are_not_shared() -> None:
    frame = runs(60).copy()
    frame["seed"] = frame["future"] * 10 + frame["draw"]
    frame["draw"] = frame["future"] * 2 + frame["draw"]
    futures = from_frame(frame, OUTCOMES, modes=MODES)
    assert not futures.crossed and futures.draws == 2
    assert np.array_equal(futures.values["drawn"], planted(60).values["drawn"], equal_nan=True)


def test_what_varies_is_named_and_graded() -> None:
    known = planted(60).by_column
    assert known["uncertain.families.travel"].group == "assumption" and known["uncertain.development.peer_learning"].group == "evidence"
    ratio = known["ratio.fusion.leadership"]
    assert ratio.group == "ratio" and "融合型÷协作型" in ratio.zh and "fusion ÷ collaboration" in ratio.en
    assert "ratio.collaboration.leadership" not in known  # the reference never varies
    assert not [one for one in planted(60).columns("equal") if one.group == "ratio"]


def test_what_is_no_study_of_many_futures_is_refused() -> None:
    frame = runs(60)
    with pytest.raises(StudyError, match="STUDY-NOT-FUTURES"):
        from_frame(frame.drop(columns=[c for c in frame if "." in c]), OUTCOMES)
    with pytest.raises(StudyError, match="no run of the baseline"):
        from_frame(frame[frame["policy"] != "status_quo"], OUTCOMES)
    with pytest.raises(ConfigError, match="did you mean score"):
        planted(60).outcome("scoer")


def test_outcomes_that_no_future_has_are_refused_by_name() -> None:
    frame = runs(60).copy()
    frame.loc[frame["policy"] == "fusion", "coin"] = np.nan
    with pytest.raises(StudyError, match="no future has coin under every policy and draw"):
        analyse(from_frame(frame, OUTCOMES, modes=MODES))


def test_a_block_that_is_flat_is_known_as_such() -> None:
    assert planted(60).block("drawn", "cost").is_flat and not planted(60).block("drawn", "gap").is_flat
    assert Block(np.zeros((2, 0, 1)), np.zeros((0, 1)), np.zeros(0, np.int64)).is_flat
