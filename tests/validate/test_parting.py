"""Indicator against learning: closed forms, what the cases reckon, and that no more is said than the intervals carry."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import edusim
from edusim.errors import ConfigError
from edusim.report.parting_figure import CASES as DRAWN
from edusim.report.parting_figure import parting_figure
from edusim.report.summaries import Interval
from edusim.validate import parting_cases as cases
from edusim.validate import parting_page
from edusim.validate import parting_words as words
from edusim.validate.parting import (
    CASES,
    FLATTERS,
    HIDES,
    OPEN,
    POLICIES,
    TOGETHER,
    Parting,
    above,
    judge,
    parting,
    verdict,
)

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "experiments" / "indicator_and_learning"


def gap(mean: float, half: float = 0.001, n: int = 20) -> Interval:
    return Interval(mean, mean - half, mean + half, n)


# -- closed forms -------------------------------------------------------------------------------------


def test_an_unchanged_school_of_a_hundred_wins_in_a_third_of_years_or_never() -> None:
    """Section 7 of the model: 35 to 38% at .05 SD, never at .5 SD."""
    assert 0.35 < cases.award_probability(100, 0.05) < 0.38
    assert cases.award_probability(100, 0.5) < 0.001
    assert cases.award_probability(100, 0.0) == 0.5
    assert math.isnan(cases.award_probability(0, 0.05))
    by_size = cases.award_probability(np.array([20, 50, 100, 400]), 0.05)
    assert (np.diff(by_size) < 0).all(), "small schools win more often by chance"
    assert cases.award_probability(100, 0.05, pupil_sd=0.5) < cases.award_probability(100, 0.05)


@pytest.mark.parametrize(
    ("now", "before", "threshold", "sd", "luck"),
    [(100, 100, 0.05, 1.0, 0.0), (30, 60, 0.05, 0.9, 0.0), (20, 20, 0.5, 1.0, 0.0), (100, 100, 0.2, 1.0, 0.2)],
)
def test_the_chance_of_an_award_is_what_cohorts_drawn_anew_give(now: int, before: int, threshold: float, sd: float, luck: float) -> None:
    rng = np.random.default_rng(5)
    first, second = (rng.normal(0.0, sd, (4000, n)).mean(axis=1) + rng.normal(0.0, luck, 4000) for n in (before, now))
    rise = second - first
    expected = float(cases.award_probability(now, threshold, n_before=before, pupil_sd=sd, luck_sd=luck))
    assert (rise >= threshold).mean() == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 4000) + 1e-9)


@pytest.mark.parametrize(("k", "known"), [(1, 0.0), (2, 1 / math.sqrt(math.pi)), (3, 1.5 / math.sqrt(math.pi)), (4, 1.02938), (6, 1.26721)])
def test_the_best_of_k_results(k: int, known: float) -> None:
    assert cases.expected_best(k) == pytest.approx(known, abs=1e-5)


# -- cases on made-up runs ----------------------------------------------------------------------------


def made_up(n_schools: int = 60, years: int = 6, **more: Any) -> Any:
    """Return a run as the cases read it: schools of 50 pupils a grade whose results differ by chance alone."""
    rng = np.random.default_rng(11)
    shape = (years, 9, n_schools)
    n = np.full(shape, 50.0)
    n[:, 6:] = 0.0
    mean = rng.normal(0.0, 1.0 / math.sqrt(50.0), shape)
    found = {
        "n": n, "total": n * mean, "squares": n * (1.0 + mean * mean), "mean": np.where(n > 0, mean, np.nan),
        "school_id": np.arange(n_schools), "group": np.tile(np.arange(n_schools) // 2, (years, 1)),
        "taught": np.zeros((years, n_schools)), "rise": np.zeros((years, n_schools)),
        "judged": np.ones((years, n_schools), bool), "member": np.ones((years, n_schools), bool),
        "outcome": SimpleNamespace(years=[None] * years), "value": lambda measure, stage, year: 0.0, "luck_sd": 0.0,
    }  # fmt: skip
    return SimpleNamespace(**{**found, **more})


def test_reports_of_chosen_results_are_too_high_by_the_mean_of_the_best() -> None:
    """Where a policy does nothing the truth is nothing, and what is reported is the closed form."""
    run = made_up()
    found = cases.reports({cases.CHOOSES: run, cases.LAW: run}, seed=3)
    last = 5
    assert found["learning", "true", last] == 0.0
    spread = math.sqrt(2.0 / 50.0)
    for s in cases.ERRORS:
        shown = [found["indicator", f"reported.{k}.{s:g}", last] for k in cases.CHOICES]
        assert shown == sorted(shown), "more to choose from is never less"
        for k, value in zip(cases.CHOICES, shown, strict=True):
            assert value == pytest.approx(cases.expected_best(k) * math.hypot(spread, s), abs=0.06)
            assert found["indicator", f"expected.{k}.{s:g}", last] == pytest.approx(value, abs=0.06)
            assert found["indicator", f"bias.{k}.{s:g}", last] == value
    # A policy that lifts the groups' schools by .1 SD once: the truth is that, spread over the years.
    better = made_up()
    better.total[2:] += 0.1 * better.n[2:]
    better.mean = np.where(better.n > 0, better.total / np.where(better.n > 0, better.n, 1.0), np.nan)
    better.group[:, 30:] = -1
    better.total[2:, :, 30:] = run.total[2:, :, 30:]
    better.mean[2:, :, 30:] = run.mean[2:, :, 30:]
    told = cases.reports({cases.CHOOSES: better, cases.LAW: run}, seed=3)
    assert told["learning", "true", last] == pytest.approx(0.1 * 0.5 / 5)  # half the county rises against its mean


def test_small_grades_and_groups_without_a_choice_report_nothing() -> None:
    run = made_up(n_schools=4)
    run.n[:] = np.where(run.n > 0, cases.LEAST_IN_GRADE - 1, 0)
    found = cases.reports({cases.CHOOSES: run, cases.LAW: run}, seed=3)
    assert ("learning", "true", 5) not in found


def test_awards_count_those_whose_teaching_has_not_improved() -> None:
    years, schools = 6, 60
    taught = np.zeros((years, schools))
    taught[0] = np.nan  # the base year's is not known
    taught[3:, :15] = 0.3  # a quarter of the schools teach better from the fourth year on
    rise = np.zeros((years, schools))
    rise[3, :30] = 0.2  # half of all are awarded that year
    run = made_up(taught=taught, rise=rise)
    found = cases.awards({cases.CHOOSES: run, cases.LAW: run})
    assert found["learning", "no_rise.0.05.all", 5] == pytest.approx(0.5)  # 15 of 30 awards
    assert found["indicator", "award.0.05.all", 5] == pytest.approx(30 / (5 * 60 - 60))  # the first year has no year before
    assert found["indicator", "award.0.5.all", 5] == 0.0 and math.isnan(found["learning", "no_rise.0.5.all", 5])
    assert found["indicator", "two_years.0.05.all", 5] == 0.0
    # Cohorts of 50 that differ by chance alone pass as often as the closed form says.
    chance = found["indicator", "law_by_chance.0.05.50_99", 5]
    assert chance == pytest.approx(float(cases.award_probability(50, 0.05, pupil_sd=found["indicator", "pupil_sd", 5])))
    assert found["indicator", "law_graduates.0.05.all", 5] == pytest.approx(chance, abs=0.09)
    assert math.isnan(found["indicator", "award.0.05.200_up", 5]), "no such school: nothing is said"


def test_the_windfall_is_what_goes_to_unchanged_choices_and_all_yuan_are_counted() -> None:
    ids = np.arange(10)
    paid = [(np.zeros(0, np.int64), np.zeros(0)), (ids, np.full(10, 100.0)), (ids, np.full(10, 100.0))]
    with_it = made_up(years=3, paid=paid, at_place=[ids, ids[:9], ids[:8]], permanent_at_place=[10, 9, 8])  # one stays longer, two are as before
    without = made_up(years=3, paid=[paid[0]] * 3, at_place=[ids, ids[:8], ids[:8]], permanent_at_place=[10, 8, 8])
    money = {"money.total": 1000.0, "money.line.allowance": 1000.0}
    for run in (with_it, without):
        run.value = lambda measure, stage, year: money.get(measure, 0.0)
    found = cases.windfall({cases.LAW: without, cases.ALLOWANCES: with_it, cases.JOINT: with_it})
    assert found["indicator", "yuan.total", 2] == 2000.0
    assert found["indicator", "windfall_share", 1] == 0.9 and found["indicator", "windfall_share", 2] == 1.0
    assert found["indicator", "windfall_share.total", 2] == 0.95
    assert found["indicator", "windfall_share.total", 2] + found["indicator", "changed_share.total", 2] == pytest.approx(1.0)
    assert found["indicator", "kept", 2] == 0.5


# -- verdicts and words -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("success", "learning", "expected"),
    [
        (gap(0.10), gap(0.000), FLATTERS),
        (gap(0.10), gap(-0.05), FLATTERS),
        (gap(0.10), gap(0.010), FLATTERS),  # some, but hardly any
        (gap(0.10), gap(0.10), TOGETHER),
        (gap(-0.10), gap(0.05), HIDES),
        (gap(-0.10), gap(-0.05), TOGETHER),
        (gap(0.10, 0.2), gap(0.0), OPEN),  # success is not told from none
        (gap(0.10), gap(0.0, 0.05), OPEN),  # learning may be more than hardly any
        (gap(-0.10), gap(0.0), OPEN),
        (Interval(0.1, math.nan, math.nan, 1), gap(0.0), OPEN),  # one draw has no interval
    ],
)
def test_a_verdict_rests_on_intervals(success: Interval, learning: Interval, expected: str) -> None:
    assert verdict(success, learning) == expected


def test_a_share_is_judged_by_its_interval() -> None:
    assert above(gap(0.3, 0.1), 0.1) == FLATTERS and above(gap(0.05, 0.01), 0.1) == TOGETHER
    assert above(gap(0.1, 0.05), 0.1) == OPEN and above(Interval(0.3, math.nan, math.nan, 1), 0.1) == OPEN


#: What the sentences read beside the items that decide.
ITEMS = {
    "rotation": {
        "indicator": {
            "cv.backbone.primary.move": -0.1, "cv.backbone.primary.stay": 0.0, "level.backbone.primary.law": 0.45,
            "level.backbone.primary.move": 0.35, "level.backbone.primary.stay": 0.45, "keeps.backbone.primary.move": 1.0,
            "per_100.members.move": 1.0, "per_100.cores.move": 0.9,
        },
        "learning": {"weak.move": 0.0, "weak.stay": 0.0},
    },
    "paper": {
        "indicator": {"passing_level.law": 12.0, "passing_level.legal": 14.0, "passing_level.campus": 12.0, "passing.legal": 2.0,
                      "passing.campus": 0.0},
        "learning": {"weak.campus": -0.01},
    },
    "windfall": {
        "indicator": {"windfall_share.total": 0.97, "changed_share.total": 0.03, "spent_share": 1.0, "kept": 2.0, "yuan.total": 1.4e7},
        "learning": {"weak.allowances": 0.001, "weak.joint_work": 0.06, "weak.joint_less_allowances": 0.059},
    },
    "reports": {
        "indicator": {f"{item}.{k}.0.1": 0.2 for item in ("reported", "bias", "expected") for k in (1, 3, 6)},
        "learning": {"true": 0.01},
    },
    "awards": {
        "indicator": {f"{item}.{c}.{size}": 0.36 for item in ("law_graduates", "law_by_chance") for c in ("0.05", "0.5")
                      for size in ("under_50", "100_199")},
        "learning": {"no_rise.0.05.all": 0.28, "no_rise_judged.all": 0.41, "no_rise_graduates.0.05.all": 0.37,
                     "no_rise_two_years.0.05.all": 0.17},
    },
}  # fmt: skip


def told(half: float = 0.006, **changes: float) -> Parting:
    """Return a result with made-up numbers; ``changes`` replaces some by ``case__item`` (dots as ``_dot_``)."""
    rows = []
    put = {tuple(key.replace("_dot_", ".").split("__")): value for key, value in changes.items()}
    for case, sides in ITEMS.items():
        for side, items in sides.items():
            for item, mean in items.items():
                value = put.get((case, item), mean)
                rows += [(case, side, item, year, "", value, value - half, value + half, 20) for year in (2026, 2035)]
    frame = pd.DataFrame(rows, columns=["case", "side", "item", "year", "unit", "mean", "low", "high", "n"])
    info = {"base_year": 2025, "last_year": 2035, "years": 10, "draws": 20, "n_schools": 55, "data_status": "synthetic"}
    found = Parting(frame, {}, {}, {}, info)
    for case in CASES:
        found.verdicts[case] = judge(found, case)
    for case in CASES:
        found.sentences[case] = {lang: words.sentence(found, case, lang) for lang in ("zh", "en")}
        found.briefs[case] = {
            lang: (words.finding(found, case, lang, brief=True), words.advice(found, case, lang, brief=True)) for lang in ("zh", "en")
        }
    return found


PART = told()
DO_NOT = told(
    rotation__weak_dot_move=0.1, paper__weak_dot_campus=0.1, windfall__windfall_share_dot_total=0.2, reports__bias_dot_3_dot_0_dot_1=-0.1,
    awards__no_rise_dot_0_dot_05_dot_all=0.02,
)  # fmt: skip
UNTOLD = told(half=0.9)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sentence_says_that_they_part_or_that_they_do_not(case: str, lang: str) -> None:
    assert PART.verdicts[case] == FLATTERS and DO_NOT.verdicts[case] == TOGETHER and UNTOLD.verdicts[case] == OPEN
    ask = "可" if lang == "zh" else "Ask instead"
    apart = "没有分开" if lang == "zh" else "do not part here"
    parted, together, untold = (found.sentences[case][lang] for found in (PART, DO_NOT, UNTOLD))
    assert ask in parted and apart not in parted
    assert apart in together and words.advice(DO_NOT, case, lang) == ""
    assert words.advice(UNTOLD, case, lang) == "" and apart not in untold and ("分不出" if lang == "zh" else "not tell") in untold
    for sentence in (parted, together, untold):
        assert "{" not in sentence and "nan" not in sentence and "--" not in sentence
        assert (" 至 " in sentence or "–" in sentence) if lang == "zh" else " to " in sentence


def test_rotation_that_helps_pupils_and_spoils_the_indicator_is_told_so() -> None:
    found = told(rotation__cv_dot_backbone_dot_primary_dot_move=0.4, rotation__weak_dot_move=0.03, rotation__keeps_dot_backbone_dot_primary_dot_move=0.0)
    assert found.verdicts["rotation"] == HIDES
    assert "没有一次推演守得住上限" in found.sentences["rotation"]["zh"]
    assert "no draw keeps the limit" in found.sentences["rotation"]["en"]


def test_a_brief_has_no_intervals_and_a_share_stays_within_bounds() -> None:
    for case in CASES:
        assert "（" not in PART.briefs[case]["zh"][0].replace("（共 14 项）", "")
        assert " to +" not in PART.briefs[case]["en"][0]
    assert words.told(Interval(0.995, 0.988, 1.003, 20), "en", 1, signed=False, percent=True) == "99.5% (98.8% to 100.0%)"
    assert words.told(Interval(14.0, 14.0, 14.0, 20), "zh", 1, signed=False) == "14"
    assert words.told(Interval(math.nan, math.nan, math.nan, 0), "zh", percent=True) == "–", "what is not there is no share"
    assert words.told(gap(0.025, 0.005), "zh") == "+0.025（+0.020 至 +0.030）"


def test_two_years_are_advised_only_where_they_help() -> None:
    useless = told(awards__no_rise_two_years_dot_0_dot_05_dot_all=0.28)
    assert "连续两年" in PART.sentences["awards"]["zh"] and "连续两年" not in useless.sentences["awards"]["zh"]
    assert "two years in a row" in PART.sentences["awards"]["en"] and "two years in a row" not in useless.sentences["awards"]["en"]


def test_no_teacher_kept_is_said_and_divides_by_nothing() -> None:
    assert "没有多留住" in told(windfall__kept=-1.0).sentences["windfall"]["zh"]
    # At the upper end of the interval a teacher costs least: 1.4 million yuan a year over 2.006 teachers.
    assert "at least 700,000 yuan" in PART.sentences["windfall"]["en"]


# -- figure and page ----------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_figure_holds_every_case_and_nothing_leaves_the_page(lang: str) -> None:
    chart = parting_figure(PART.frame, briefs=PART.briefs, verdicts=PART.verdicts, info=PART.info, lang=lang)
    chart.canvas.draw()
    assert len(chart.axes) == 2 * len(DRAWN) and [case.key for case in DRAWN] == list(CASES)
    page = chart.bbox
    shown = [item for item in [*chart.texts, *(text for axes in chart.axes for text in axes.texts)] if item.get_text()]
    for item in shown:
        box = chart.extent(item)
        assert page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1 and page.y0 - 1 <= box.y0 and box.y1 <= page.y1 + 1, item.get_text()
    assert ("Five cases" if lang == "zh" else "五种情形") in chart.subtitle, "the other language stands below the title"
    assert ("5 种指标" in chart.takeaway) if lang == "zh" else ("looks better than what pupils have in 5" in chart.takeaway)


def test_what_is_kept_is_written_and_read_without_loss(tmp_path: Path) -> None:
    kept = parting_page.results(PART, "a")
    parting_page.write(kept, tmp_path / "kept.json")
    assert json.loads((tmp_path / "kept.json").read_text(encoding="utf-8")) == kept
    assert kept["levels"]["awards"]["learning"]["no_rise.0.05.all@2035"]["mean"] == 0.28


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_page_of_the_experiment_says_what_was_kept(lang: str) -> None:
    kept = json.loads((HERE / "expected.json").read_text(encoding="utf-8"))
    page = (HERE / "README.md").read_text(encoding="utf-8")
    assert parting_page.page(kept, lang) in page
    assert set(kept["verdicts"]) == set(CASES) and kept["runs"] == 20 and kept["info"]["n_schools"] >= 50 and kept["info"]["years"] == 10
    for heading in ("## Question", "## How to run", "## What it found", "## Limits", "## 给决策者"):
        assert heading in page
    for name in POLICIES:
        assert (HERE / f"{name}.yaml").exists() or name in ("status_quo", "collaboration")


# -- wrong input --------------------------------------------------------------------------------------


def small(**changes: Any) -> edusim.Scenario:
    return edusim.load(HERE / "scenario.yaml").with_({"region.n_pupils": 3000, "years": 3, **changes})


def test_wrong_input_is_told_with_the_mend() -> None:
    scenario = small()
    with pytest.raises(ConfigError, match="CFG-DRAWS"):
        parting(scenario, draws=0)
    with pytest.raises(ConfigError, match="CFG-UNKNOWN-VALUE") as caught:
        parting(scenario, draws=1, cases=["windfal"])
    assert "windfall" in caught.value.mend_en
    with pytest.raises(ConfigError, match="CFG-UNKNOWN-POLICY") as caught:
        parting(edusim.load("small"), draws=1)
    assert "rotation_alone" in caught.value.en and caught.value.mend_zh


# -- on the model itself ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def watched() -> dict[str, Any]:
    from edusim.validate.watched import watch_all

    return dict(watch_all(small(), POLICIES, seed=0, draw=0))


@pytest.mark.slow
def test_fusing_on_paper_moves_the_count_and_nothing_else(watched: dict[str, Any]) -> None:
    """By campus and by legal person the county is the same, bit by bit; only the count by legal person improves."""
    campus, legal = watched["paper_fusion"], watched["paper_fusion_legal"]
    assert campus.outcome.facts["digest"] == legal.outcome.facts["digest"]
    for a, b in zip(campus.outcome.years, legal.outcome.years, strict=True):
        rows = [i for i, key in enumerate(a.keys.rows) if not key.measure.startswith(("official.", "inequality."))]
        np.testing.assert_array_equal(a.values[rows], b.values[rows])
    found = cases.paper(watched)
    assert found["indicator", "cv.sports.primary.legal", 1] < 0.0 == found["indicator", "cv.sports.primary.campus", 1]


@pytest.mark.slow
def test_a_merger_without_its_shock_is_the_law_in_force_bit_by_bit() -> None:
    """What a merger on paper costs is the shock to climate; without it every campus indicator and every score is the law's."""
    from edusim.validate.watched import watch_all

    still = small(**{"climate.merger_shock": 0, "climate.head_change_shock": 0})
    runs = watch_all(still, ["status_quo", "paper_fusion"], seed=0, draw=0)
    law, paper = (runs[key].outcome.years for key in ("status_quo", "paper_fusion"))
    assert paper[-1].value("groups.number") > 0 == law[-1].value("groups.number"), "there are mergers"
    for a, b in zip(law, paper, strict=True):
        for place, key in enumerate(a.keys.rows):
            if key.measure.startswith(("official.", "learning.", "inequality.")) and key.scope != "group":
                other = b.keys.place[key.measure, key.stage, key.unit_id]
                np.testing.assert_array_equal(a.values[place], b.values[other], err_msg=key.measure)


@pytest.mark.slow
def test_every_yuan_of_the_allowances_goes_to_somebody_named(watched: dict[str, Any]) -> None:
    run = watched["allowances"]
    for year in range(1, 4):
        ids, yuan = run.paid[year]
        assert yuan.sum() == pytest.approx(run.value("money.line.allowance", "all", year), rel=1e-12) and np.unique(ids).size == ids.size
        assert run.value("money.line.allowance", "all", year) == pytest.approx(run.value("money.total", "all", year))
    found = cases.windfall(watched)
    assert found["indicator", "windfall_share.total", 3] > 0.5 and found["indicator", "spent_share", 3] == pytest.approx(1.0)
    assert found["indicator", "windfall_share", 1] >= 0.98, "in the first year nobody can have come for it"


@pytest.mark.slow
def test_awards_are_those_the_model_paid(watched: dict[str, Any]) -> None:
    run = watched["collaboration"]
    for year in range(1, 4):
        due = run.school_id[run.judged[year] & (run.rise[year] >= 0.05)]
        np.testing.assert_array_equal(np.sort(due), run.awards[year])
    assert sum(ids.size for ids in run.awards) > 0
    pupils = run.outcome.years[-1].school_column("n_pupils")
    np.testing.assert_array_equal(run.n[-1].sum(axis=0), pupils)


@pytest.mark.slow
def test_the_same_people_go_whether_or_not_their_posts_move(watched: dict[str, Any]) -> None:
    move, stay = watched["rotation_alone"], watched["rotation_stay"]
    assert move.value("staffing.rotation_delivered", "all", 1) == stay.value("staffing.rotation_delivered", "all", 1) > 0
    assert move.value("learning.weak_mean", "all", 1) == stay.value("learning.weak_mean", "all", 1)
    assert move.value("official.cv.degree", "primary", 1) != stay.value("official.cv.degree", "primary", 1)


def test_workers_give_draws_in_their_order_and_are_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws come back by number whatever ends first; a draw that fails ends the workers. (The kept results are those of two.)"""
    ended: list[bool] = []

    class Pool:
        def __init__(self, **options: Any) -> None:
            assert options["max_workers"] == 2 and options["env"]["OMP_NUM_THREADS"] == "1"

        def submit(self, work: Any, *args: Any) -> Any:
            return SimpleNamespace(result=lambda: work(*args))

        def shutdown(self, *, wait: bool, kill_workers: bool) -> None:
            ended.append(kill_workers)

    def one_draw(scenario: Any, seed: int, draw: int, which: Any) -> Any:
        if draw == 2:
            raise RuntimeError("a draw that fails")
        return {"paper": {("learning", "weak.campus", 1): float(draw)}}, {"n_schools": 1}

    monkeypatch.setattr("loky.ProcessPoolExecutor", Pool)
    monkeypatch.setattr("edusim.validate.parting._one_draw", one_draw)
    monkeypatch.setattr("edusim._compile.is_cold", lambda: False)
    module = sys.modules["edusim.validate.parting"]
    found = module._all_draws(None, 2, 0, 5, ("paper",))
    assert [numbers["paper"]["learning", "weak.campus", 1] for numbers, _ in found] == [0.0, 1.0] and ended == [False]
    with pytest.raises(RuntimeError, match="a draw that fails"):
        module._all_draws(None, 3, 0, 2, ("paper",))
    assert ended == [False, True]


@pytest.mark.slow
def test_the_small_experiment_gives_what_is_kept() -> None:
    from edusim.study import expected
    from edusim.study.design import source_hash

    scenario = edusim.load(HERE / "scenario.yaml").with_({"region.n_pupils": 6000, "years": 4})
    found = parting(scenario, draws=4)
    kept = json.loads((HERE / "expected.small.json").read_text(encoding="utf-8"))
    now = parting_page.results(found, source_hash())
    assert expected.differences(now, kept) == []
    assert now["source"] != kept["source"] or now["verdicts"] == kept["verdicts"]
    chart = parting_figure(found.frame, briefs=found.briefs, verdicts=found.verdicts, info=found.info, lang="zh")
    assert len(chart.axes) == 10
    assert found.of("rotation", "learning", "weak.move").n == 4
    with pytest.raises(KeyError):
        found.of("rotation", "learning", "weakest")
