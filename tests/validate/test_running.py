"""The command as a whole: what it prints, writes and answers, and that processes change no bit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import edusim
from edusim import cli, validate
from edusim.errors import ConfigError
from edusim.report.language import limits
from edusim.report.pattern_figure import number_place, place_of
from edusim.scenario import load
from edusim.validate import running
from edusim.validate.page import table, value_text
from edusim.validate.patterns import EDGE, IN, MISS


def made_up(**values: list[Any]) -> running.Validation:
    """Return a result as if the checks had given these values."""
    names = {key.replace("_", ".", 1): value for key, value in values.items()}
    keys = tuple(key for key in validate.KEYS if any(name.split(".")[0] == key for name in names))
    return running.Validation(load("small"), 0, 3, 0, names, keys)


def test_a_pattern_passes_only_when_every_part_does() -> None:
    both = made_up(P4_icc=[0.20, 0.21, 0.19], P4_intake=[0.7, 0.71, 0.69], P4_intake_ses=[0.5, 0.5, 0.5])
    assert both.verdict("P4") == IN
    edge = made_up(P4_icc=[0.05, 0.21, 0.19], P4_intake=[0.7, 0.71, 0.69], P4_intake_ses=[0.5, 0.5, 0.5])
    assert edge.verdict("P4") == EDGE
    one = made_up(P4_icc=[0.20, 0.21, 0.19], P4_intake=[0.95, 0.96, 0.94], P4_intake_ses=[0.5, 0.5, 0.5])
    assert one.verdict("P4") == MISS
    rows = one.frame.set_index("part")
    assert rows.loc["icc", "verdict"] == IN and rows.loc["intake", "verdict"] == MISS
    assert rows.loc["intake_ses", "verdict"] == "" and rows.loc["intake_ses", "kind"] == "beside"
    assert rows.loc["intake", "value"] == pytest.approx(0.95) and rows.loc["intake", "n"] == 3


def test_one_value_that_differs_breaks_an_exact_control() -> None:
    assert made_up(C1=[0.0, 0.0, 0.0]).controls_hold
    assert not made_up(C1=[0.0, 1.0, 0.0]).controls_hold
    assert made_up(C3=[-0.02, 0.001, -0.03]).controls_hold
    assert not made_up(C3=[0.02, 0.001, -0.01]).controls_hold
    assert not made_up(C1=[0.0], C3=[0.1]).controls_hold


def test_the_table_says_miss_and_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    result = made_up(P5_lag=[0.8, 0.81, 0.79], P5_sd=[0.2, 0.2, 0.2], P5_schools=[9, 9, 9], C1=[0.0])
    frame = result.frame
    frame.loc[frame["part"] == "lag", ["tried_zh", "tried_en"]] = ["试过甲", "tried this"]
    zh, en = table(result, "zh"), table(result, "en")
    assert "✗ 未达到" in zh and "试过甲" in zh and "< 0.5" in zh and "未达到：P5" in zh and all(line in zh for line in limits("zh"))
    assert "✗ miss" in en and "tried this" in en and "0.800 [0.775, 0.825]" in en and "zglwb" in en
    assert "0 of 1 facts" in en and "1 negative controls: all hold" in en
    assert value_text({"value": -0.00001, "low": np.nan, "high": np.nan, "digits": 3, "unit": "SD"}, "en") == "0.000 SD"


def test_places_of_a_row_in_the_figure() -> None:
    assert place_of(0.1, 0.3, 0.2, 0.1) == ([pytest.approx(0.5), 0.0], (0.0, 1.0))
    places, bar = place_of(0.0, np.inf, 0.4, -0.4)
    assert bar == (0.0, 2.0) and places[0] == -places[1] and abs(places[0]) <= 1
    places, bar = place_of(-np.inf, 0.5, 0.5, 0.9)
    assert bar == (-1.0, 1.0) and places[0] == 1.0 and 1.0 < places[1] <= 2.0


def test_the_number_of_an_edge_keeps_clear_of_the_value() -> None:
    assert number_place(0.0, -1, [0.5, 0.4, 0.6]) == (0.0, -1), "outside, where the value is inside"
    assert number_place(1.0, 1, [1.3, 1.2, 1.4]) == (1.0, -1), "inside, where the value is outside near it"
    assert number_place(0.0, -1, [0.0, -0.2, 0.2]) == (-0.2, -1), "past the interval, where it lies on both sides"
    assert number_place(0.0, -1, [-0.9, -1.0, -0.8]) == (0.0, -1), "outside, where the value is far"


def test_only_what_is_asked_for_and_a_slip_is_told() -> None:
    assert running.chosen(["c1", " p9 "]) == ("P9", "C1")
    with pytest.raises(ConfigError) as caught:
        running.chosen(["P9", "P99"])
    assert caught.value.code == "VALIDATE-ONLY" and "P9" in caught.value.mend_en
    with pytest.raises(ConfigError) as caught:
        running.county_to_check(load("small").with_({"years": 3}))
    assert caught.value.code == "VALIDATE-YEARS"
    assert running.county_to_check(None).resolved() == load("county").resolved()


def test_the_command_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["validate", "--only", "P1", "--json", "-q"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] and told["verdicts"] == {"P1": "in"} and [r["part"] for r in told["rows"]] == ["example", "composite"]
    assert cli.main(["validate", "--only", "P77", "--json", "-q"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "VALIDATE-ONLY"
    for lang, words in (("zh", "对照不成立则是程序错了"), ("en", "A pattern that is missed fails nothing")):
        assert cli.main(["validate", "--help", "--lang", lang]) == 0
        said = "".join(capsys.readouterr().out.split())  # lines are broken where the terminal ends
        assert words.replace(" ", "") in said


def test_a_control_that_fails_is_exit_status_1(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(running, "carry_out", lambda *_, **__: made_up(C1=[3.0]))
    assert cli.main(["validate", "--only", "C1", "-q", "--lang", "en"]) == 1
    assert "not holding: C1" in capsys.readouterr().out
    monkeypatch.setattr(running, "carry_out", lambda *_, **__: made_up(P5_lag=[0.9, 0.9], C1=[0.0]))
    assert cli.main(["validate", "-q", "--lang", "en"]) == 0, "a pattern that is missed fails nothing"


@pytest.mark.slow
def test_a_whole_run_on_a_small_county(tmp_path: Path) -> None:
    county = load("small").with_({"region.n_pupils": 9000, "years": 5})
    result = validate.carry_out(county, draws=2, counties=6)
    frame = result.frame
    assert tuple(frame["pattern"].drop_duplicates()) == validate.KEYS
    parts = frame[frame["kind"] == "part"]
    assert len(parts) == sum(len(p.parts) for p in validate.PATTERNS) == 22
    assert np.isfinite(parts.loc[parts["pattern"] != "P5", "value"]).all()
    assert result.controls_hold
    folder = result.save(tmp_path / "kept", "en")
    names = {p.name for p in folder.iterdir()}
    assert names == {"patterns.csv", "values.csv", "page.md", "manifest.json", "patterns.png", "patterns.svg", "patterns_zh.png", "patterns_zh.svg"}
    page = (folder / "page.md").read_text(encoding="utf-8")
    assert "# Pattern checks" in page and "# 模式检验" in page and "P14" in page
    chart = result.plot("en")
    assert "ten stylised facts" in chart.title and chart.takeaway.startswith(f"{sum(result.verdict(k) != MISS for k in validate.BY_KEY)} of 10")


@pytest.mark.slow
def test_processes_change_no_bit() -> None:
    county = load("small").with_({"region.n_pupils": 2500, "years": 4})
    one, two = (edusim.validate(county, only=["P2", "P4", "C1"], draws=2, counties=2, workers=w) for w in (1, 2))  # type: ignore[operator]
    assert one.equals(two)


@pytest.mark.slow
def test_the_kept_results_are_those_of_this_model() -> None:
    """The first draw again: the same numbers with the same model, numbers of the same kind with another."""
    from edusim.study import design
    from edusim.validate.running import Task, carry_out_task, county_to_check

    file = Path(__file__).resolve().parents[2] / "experiments" / "patterns" / "expected.json"
    kept = json.loads(file.read_text(encoding="utf-8"))
    now = carry_out_task(Task(county_to_check(None), kept["shipped"]["seed"], 0, ("P4", "P5", "P7", "P8", "P9", "C1")))
    assert len(now) > 15
    same = kept["source"] == design.source_hash()
    for name, (value,) in now.items():
        old = np.array(kept["shipped"]["values"][name], dtype=float)
        got = np.array(value, dtype=float)
        if same:
            np.testing.assert_allclose(got, old[0], rtol=1e-12, atol=1e-12, err_msg=name)
        else:
            room = 6 * old.std(axis=0) + 0.5 * np.abs(old.mean(axis=0)) + 1e-9
            assert (np.abs(got - old.mean(axis=0)) <= room).all(), f"{name}: run make patterns"


@pytest.mark.slow
def test_fresh_draws_are_other_counties() -> None:
    county = load("small").with_({"region.n_pupils": 3000, "years": 4})
    same, fresh = (validate.carry_out(county, only=["P7"], draws=2, fresh=f) for f in (False, True))
    assert same.values["P7.gap_all"][0] == fresh.values["P7.gap_all"][0], "the first draw is the scenario's own county"
    assert same.values["P7.gap_all"][1] != fresh.values["P7.gap_all"][1]
    again = running.from_kept(json.loads(json.dumps(fresh.kept())), county)
    assert again.frame.equals(fresh.frame) and again.fresh and "another county" in table(again, "en")
