"""``edusim explore``: the built-in grid, what a page holds, the command; the page itself is opened in ``test_page.py``."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim import cli, scenario
from edusim.errors import ConfigError, EdusimError
from edusim.explore import gather as gathering
from edusim.explore import grid as built_in
from edusim.explore import is_ours, open_place, write
from edusim.explore.outcomes import CARDS, COEFFICIENTS, KEEP
from edusim.explore.page import money, page
from edusim.language import catalogue
from edusim.report.summaries import spread
from edusim.study import OpenStudy, engines, open_study
from edusim.study.asked import kept_measures, measure_of
from planted_runs import plant
from study_small import small

HERE = Path(__file__).resolve().parents[2]
ROOM = HERE / "src" / "edusim" / "explore"


def parts(text: str) -> tuple[dict[str, Any], np.ndarray]:
    """Return the data of a page and its numbers."""
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    numbers = base64.b64decode(re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    return data, np.frombuffer(numbers, "<u2")


# ---- the built-in grid -------------------------------------------------------------------------------


def test_every_measure_of_the_page_may_be_kept() -> None:
    known = kept_measures()
    assert len(set(KEEP)) == len(KEEP)
    for column in KEEP:
        measure, stage = measure_of(column)
        assert stage in known[measure].stages, column


@pytest.mark.parametrize("name", ["small", "county", "nanyang", "kunshan"])
def test_a_document_as_written_is_a_setting_of_the_grid(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = scenario.load(name)
    study = built_in.study_of(found, name, {}).study
    values = {lever.name: lever.values for lever in study.levers}
    for policy in study.policies:
        term = built_in.own_value(found, policy, "rotation.term_years") or 1
        assert max(values["rotation.share"]) * term <= built_in.MOST_AWAY + 1e-9
        for path in values:
            own = built_in.own_value(found, policy, path)
            assert own is None or any(abs(own - v) < 1e-12 for v in values[path]), (policy, path)
    assert all(2 <= len(v) <= built_in.MOST_VALUES for v in values.values())
    assert study.baseline == "status_quo" not in study.policies


def test_another_county_has_another_store_and_more_draws_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = open_place("small")
    assert open_place("small", draws=50).path == first.path
    assert open_place("small", {"region.n_pupils": "2000"}).path != first.path
    assert open_place("small", scenario_changes={"years": 3}).path != first.path
    assert not (tmp_path / "out").exists()  # opening writes nothing


def test_a_scenario_without_policies_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="EXPLORE-NO-POLICY"):
        built_in.study_of(scenario.load("small").with_({"policies": ["status_quo"]}), "small", {})


# ---- what a page holds ----------------------------------------------------------------------------------


def test_numbers_are_off_by_half_a_step_at_most() -> None:
    rng = np.random.default_rng(1)
    for scale in (1e-3, 1.0, 3e8):
        values = rng.normal(0, scale, 500)
        values[::7] = np.nan
        least, step, data = gathering.packed(values)
        back = np.array(list(gathering.unpacked(least, step, data)))
        assert np.array_equal(np.isnan(back), np.isnan(values))
        assert np.nanmax(np.abs(back - values)) <= step * 0.5000001
        assert step <= np.ptp(values[np.isfinite(values)]) / 6_000
    assert list(gathering.unpacked(*gathering.packed(np.array([2.5, 2.5])))) == [2.5, 2.5]
    assert np.isnan(list(gathering.unpacked(*gathering.packed(np.array([np.nan]))))).all()


def test_every_draw_of_the_store_is_in_its_place(thrown: OpenStudy) -> None:
    found = gathering.gather(thrown)
    assert found.shape == (2, 3, 2) and found.settings == 13 and (found.futures, found.draws) == (1, 4)
    assert found.n_runs == 13 * 4 and not found.missing and not found.failed
    years = thrown.query("SELECT * FROM years")
    for _, row in years.iterrows():
        if row["policy"] == "status_quo":
            setting = 0
        else:
            levers = [found.levers[i].values.index(row[f"lever.{found.levers[i].name}"]) for i in range(2)]
            setting = 1 + int(np.ravel_multi_index((found.policies.index(row["policy"]), *levers), found.shape))
        where = (setting, found.years.index(row["year"]), 0, int(row["draw"]))
        for column, cube in found.draws_of.items():
            np.testing.assert_equal(cube[where], row[column])
        for column, table in found.ranges.items():
            assert table.shape == (13, 3, 3) and column in years
    column = next(iter(COEFFICIENTS))
    rows = years[(years["policy"] == "fusion") & (years["lever.rotation.share"] == 0.15) & (years["lever.finance.fund_yuan_year"] == 5e7)]
    values = rows[rows["year"] == found.years[-1]][column].to_numpy()
    one = spread(values, 0.0)
    core = spread(rows[rows["year"] == found.years[-1]]["learning.core_mean"])
    np.testing.assert_allclose(found.ranges["learning.core_mean"][-1, -1], [core.mean, core.low, core.high])
    np.testing.assert_allclose(found.summaries[column][-1, -1], [one.mean, one.low, one.high, (values <= 0.5).sum(), values.size])


def test_settings_that_a_study_leaves_out_are_missing(crossed: OpenStudy) -> None:
    found = gathering.gather(crossed)
    assert found.shape == (1, 2, 2) and found.missing == 1 and (found.futures, found.draws) == (3, 3)
    assert [lever.is_number for lever in found.levers] == [True, False]
    assert found.levers[1].values == ("goods", "people") and not found.summaries


def test_too_many_numbers_leave_out_years_then_are_refused() -> None:
    every = range(2025, 2036)
    assert gathering._years(every, 61, 20 * 8 + 91, "") == tuple(every)
    few = gathering._years(every, 1_000, 120, "")
    assert few[0] == 2025 and few[-1] == 2035 and 2 < len(few) < 11
    with pytest.raises(EdusimError, match="EXPLORE-TOO-LARGE"):
        gathering._years(every, 3_000, 800, "")


def test_studies_that_are_no_grid_of_plain_runs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EdusimError, match="EXPLORE-NO-GRID"):
        gathering._check_grid([gathering.Lever("x", ("x",), tuple(range(99)))], ["fusion"], "")
    with pytest.raises(EdusimError, match="EXPLORE-TOO-LARGE"):
        gathering._check_grid([gathering.Lever(n, (n,), tuple(range(20))) for n in "abc"], ["fusion"], "")
    for n, (changes, code) in enumerate((
        ({"baseline": "none"}, "EXPLORE-BASELINE"), ({"seeds": {"root": 7, "paired": False}}, "EXPLORE-PAIRED"),
        ({"policies": ["status_quo"]}, "EXPLORE-NO-POLICY"),
        ({"keep": ["groups.coverage"], "outcomes": {"covered": {"measure": "groups.coverage"}}}, "EXPLORE-EMPTY"),
    )):  # fmt: skip
        study = small(tmp_path / f"store{n}", n=2, **changes)
        plant(study, lambda policy, changes, draw: [0.5])
        with pytest.raises(EdusimError, match=code):
            gathering.gather(open_study(str(study.store)))


def test_the_page_is_sealed_and_whole(thrown: OpenStudy, tmp_path: Path) -> None:
    path = write(thrown, tmp_path / "page.html", "en")
    text = path.read_text(encoding="utf-8")
    assert is_ours(path) and not is_ours(ROOM / "page.css")
    assert "@@" not in text and "default-src 'none'" in text and "unsafe" not in text
    assert not re.search(r"https?://|//[a-z]+\.[a-z]", re.sub(r'id="(data|numbers)">.*?</script>', "", text, flags=re.DOTALL))
    assert len(text) < 300_000
    data, numbers = parts(text)
    assert data["settings"] == 13 and [card["key"] for card in data["cards"]] == [card.key for card in CARDS]
    assert numbers.size == 13 * 3 * (4 * 8 + 3 * 7 + 5 * 14)
    assert data["levers"][0]["own"][0] == {"at": -1, "label": ["3%", "3%"]}  # off this grid, and told so
    assert data["levers"][0]["own"][1]["at"] == 2
    assert data["levers"][1]["labels"] == [["不设", "none"], ["40 万元/年", "400 thousand yuan a year"]]
    assert page(thrown, gathering.gather(thrown), "en") == text  # the same store gives the same bytes


def test_the_script_asks_only_for_words_that_exist() -> None:
    script = (ROOM / "page.js").read_text(encoding="utf-8") + (ROOM / "page.html").read_text(encoding="utf-8")
    known = {key.removeprefix("explore.page.") for key in catalogue() if key.startswith("explore.page.")}
    asked = set(re.findall(r'\bw\("([a-z_.]+)"[,)]', script)) | set(re.findall(r'data-w="([a-z_.]+)"', script))
    assert asked <= known, asked - known
    composed = ("kind.", "name.", "inside.", "unit.", "stage.")
    words = set(re.findall(r'"([a-z_.]+)"', script))
    unused = {key for key in known if key not in asked and key not in words and not key.startswith(composed)}
    assert not unused, unused


def test_sums_of_money_in_words() -> None:
    assert [money(1.5e6, "zh"), money(2.5e8, "zh")] == ["150 万元", "2.5 亿元"]
    assert [money(1.5e6, "en"), money(4e5, "en")] == ["1.5 million yuan", "400 thousand yuan"]


# ---- the command -------------------------------------------------------------------------------------------


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder; runs are made in this process."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engines, "Loky", lambda workers: engines.Here())
    return tmp_path


def say(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    found = cli.main(["explore", *words])
    out, err = capsys.readouterr()
    assert found == status, out + err
    assert "Traceback" not in err
    return err if status else out


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["smal"], "CFG-NO-FILE"), (["nothing.yaml"], "CFG-NO-FILE"), (["small", "--mapping", "x"], "CLI-OPTION"), (["small", "--draws", "0"], "CLI-VALUE"),
        (["small", "--roster", "no.xlsx"], "CFG-NO-FILE"), (["small", "--out", "page.txt"], "CLI-VALUE"), (["small", "--statik"], "CLI-OPTION"),
        (["small", "--out", ""], "CLI-VALUE"), ([], "CLI-OPTION"), (["small", "-S", "yeers=3"], "CFG-UNKNOWN-KEY"), (["."], "STUDY-NOT-A-STORE"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_slips_are_one_line_with_a_code(here: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: str, lang: str) -> None:
    err = say(capsys, *words, "--lang", lang, status=2)
    assert f"[{code}]" in err and len(err.strip().splitlines()) == 1
    assert not list(here.iterdir())


def test_a_finished_folder_becomes_a_page_at_once(here: Path, thrown: OpenStudy, capsys: pytest.CaptureFixture[str]) -> None:
    out = say(capsys, str(thrown.path), "--static", "--out", "a.html", "--lang", "zh")
    assert "a.html" in out and "无需联网" in out and is_ours(here / "a.html")
    say(capsys, str(thrown.path), "--out", "a.html", "--lang", "zh")  # ours: replaced without asking
    (here / "b.html").write_text("mine", encoding="utf-8")
    assert "RUN-EXISTS" in say(capsys, str(thrown.path), "--out", "b.html", "--lang", "en", status=1)
    assert (here / "b.html").read_text(encoding="utf-8") == "mine"
    told = json.loads(say(capsys, str(thrown.path), "--out", "b.html", "--force", "--json"))
    assert told["ok"] and told["runs"] == 13 * 4 and told["bytes"] == (here / "b.html").stat().st_size
    assert "EXPLORE-FOLDER" in say(capsys, str(thrown.path), "--draws", "9", "--lang", "en", status=2)
    assert "EXPLORE-FOLDER" in say(capsys, str(thrown.path), "--years", "9", "--lang", "en", status=2)
    planned = json.loads(say(capsys, str(thrown.path), "-n", "--json"))
    assert planned["plan"] is None and abs(planned["page_bytes"] - told["bytes"]) < 0.4 * told["bytes"]


def test_an_unfinished_folder_is_told_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = small(here / "store", n=2)
    plant(study, lambda policy, changes, draw: [0.5], most=3)
    assert "EXPLORE-UNFINISHED" in say(capsys, "store", "--lang", "en", status=2)


def test_studies_of_other_kinds_are_told_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = HERE / "experiments" / "what_must_hold" / "study.yaml"
    assert "EXPLORE-KIND" in say(capsys, str(file), "--lang", "en", status=2)


@pytest.mark.slow
@pytest.mark.measured
def test_from_a_name_to_a_page_and_on_after_an_interrupt(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["small", "--static", "-S", "region.n_pupils=600", "--years", "1", "--draws", "1", "-j", "1"]
    planned = say(capsys, *words, "-n", "--lang", "zh")
    assert "只作计划" in planned and "61 次要做" in planned and not (here / "out").exists()

    real = OpenStudy.run

    def interrupted(self: OpenStudy, *args: Any, **more: Any) -> Any:
        real(self, *args, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(OpenStudy, "run", interrupted)
        assert "续跑" in say(capsys, *words, "--lang", "zh", status=130)
    assert not (here / "out" / "explore-small.html").exists()
    out = say(capsys, *words, "--lang", "en")
    assert "out/explore-small.html" in out.replace("\\", "/") and "3%" in out
    data, _ = parts((here / "out" / "explore-small.html").read_text(encoding="utf-8"))
    assert data["draws"] == 1 and data["lang"] == "en" and data["runs"] == 61
