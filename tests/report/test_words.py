"""Both languages hold every string; fonts hold every character; numbers, intervals and labels behave."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from edusim.language import catalogue, has
from edusim.language.figures import TEXT
from edusim.report import fonts, page, style, summaries
from edusim.report.language import label, limits, measure_name, policy_name, text
from edusim.report.summaries import FAILS, MEETS, OPEN, Interval, mean_interval, spread, t_975, verdict

SOURCE = Path(fonts.__file__).parent


def test_every_string_is_used_and_every_used_string_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))
    quoted = set(re.findall(r"\"([a-z_]+(?:\.[A-Za-z_0-9.]+)?)\"", code))
    families = ("policy.", "zone.", "role.", "place.", "stage.", "indicator.", "verdict.", "unit.", "measure.", "data.",
                "ridge.", "map.", "calibrate.", "table.unit.", "levers.at.", "lever.")  # fmt: skip
    unused = {key for key in TEXT if not key.startswith(families) and key not in quoted}
    assert not unused - {"table.identical", "table.feasible"}  # looked up by the name of the design
    missing = {
        key for key in re.findall(r"(?:words|text)\(\s*\"([a-z_.]+)\"", code) if not has(key)
    }  # fmt: skip
    assert not missing


def test_every_output_points_to_the_limits() -> None:
    for lang, other in (("zh", "not a forecast"), ("en", "不是预测")):
        said = limits(lang)
        assert "docs/ethics-and-limits.md" in said[1] and other in said[0]
        footer = page.data_footer(style.Words(lang, {}), 3)
        assert all(line in footer for line in said), footer
    assert (SOURCE.parents[2] / "docs" / "ethics-and-limits.md").exists()
    # The tables and figures of a comparison, and a study's maps, take these lines and no others.
    for name, call in (("tables.py", "*limits(lang)"), ("page.py", "limits_text(words)"), ("map_figures.py", "limits_text(words)")):
        assert call in (SOURCE / name).read_text(encoding="utf-8"), name


def test_bundled_fonts_hold_every_character_we_write() -> None:
    files = fonts.bundled()
    assert [path.name for path in files] == ["EdusimHanSans-Bold.ttf", "EdusimHanSans-Regular.ttf"]
    used = {c for both in catalogue().values() for content in both for c in content if c.isprintable()}
    used -= set("✗✖")  # drawn by DejaVu, which every matplotlib brings
    for path in files:
        assert path.stat().st_size <= 3_200_000
        assert fonts.holds(path, "".join(used)), path.name
        assert fonts.holds(path, "镕堃䶮祎璟鄚郓濉溆阆邛兖亳" + "①②−≤≥≈±×★●▲◆■○✓→←·–—“”…％㎡"), path.name
        assert not fonts.holds(path, "\U0001f600")


def test_font_is_renamed_and_licensed() -> None:
    licence = (SOURCE / "fonts" / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE" in licence and "Reserved Font Name 'Source'" in licence
    from matplotlib.ft2font import FT2Font

    for path in fonts.bundled():
        name = FT2Font(str(path)).family_name
        assert name == "Edusim Han Sans" and "Source" not in name and "Noto" not in name


def test_one_warning_when_no_font_holds_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "bundled", list)
    monkeypatch.setattr(fonts, "system_font", lambda: None)
    fonts.families.cache_clear()
    try:
        with pytest.warns(UserWarning, match="No font with Chinese") as caught:
            found = [fonts.families() for _ in range(2)]
        assert found == [("DejaVu Sans",)] * 2
        assert len(caught) == 1 and "找不到含中文的字体" in str(caught[0].message)
    finally:
        fonts.families.cache_clear()


def test_last_resort_fonts_do_not_count_as_chinese() -> None:
    found = fonts.system_font()
    assert found is None or "resort" not in found[0].lower()


def test_names() -> None:
    assert policy_name("fusion", "zh") == "融合型"
    assert policy_name("fusion", "zh", {"fusion": {"zh": "甲案", "en": "Plan A"}}) == "甲案"
    assert policy_name("own", "en") == "own" and policy_name("own", "en", {"own": "Own plan"}) == "Own plan"
    assert label("zone", "mountain", "zh") == "山区" and label("zone", "island", "zh") == "island"
    assert measure_name("learning.county_mean", "zh") == measure_name("learning.mean", "zh") == "全县平均成绩"
    assert measure_name("learning.pupil_sd", "zh") == "学生成绩标准差", "declared measures name themselves"
    assert measure_name("nobody.knows", "en") == "nobody.knows"
    assert text("stage_suffix", "zh", stage="小学") == "（小学）"


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        (Interval(0.45, 0.40, 0.50, 9), MEETS),  # the limit itself still meets
        (Interval(0.45, 0.40, 0.500001, 9), OPEN),
        (Interval(0.55, 0.50, 0.60, 9), OPEN),  # the limit itself does not fail
        (Interval(0.55, 0.500001, 0.60, 9), FAILS),
        (Interval(0.50, 0.50, 0.50, 9), MEETS),
        (Interval(0.40, math.nan, math.nan, 1), OPEN),  # one draw judges nothing
        (Interval(math.nan, math.nan, math.nan, 0), OPEN),
    ],
)
def test_verdict_on_the_boundary(interval: Interval, expected: str) -> None:
    assert verdict(interval, 0.50) == expected


def test_intervals() -> None:
    assert mean_interval([]).n == 0
    one = mean_interval([2.0, math.nan])
    assert one.mean == 2.0 and not one.known and not one.clear
    three = mean_interval([1.0, 2.0, 3.0])
    assert three.low == pytest.approx(2 - 4.3027 / math.sqrt(3), abs=1e-3) and not three.clear
    assert spread([1.0, 2.0, 3.0]).low < 0.0
    assert spread([1.0, 2.0, 3.0], 0.0).low == 0.0, "a level that is never negative has no negative band"
    assert summaries.floor_of("official.cv.rooms") == 0.0 and summaries.floor_of("learning.core_member_gap") < 0.0
    assert spread([-1.0, 0.0, 1.0]).high == pytest.approx(4.3027 * math.sqrt(4 / 3), abs=1e-3)
    many = spread(np.arange(1001.0))
    assert (many.low, many.high) == (25.0, 975.0)


@pytest.mark.parametrize(("df", "expected"), [(1, 12.7062), (10, 2.2281), (31, 2.0395), (60, 2.0003), (1000, 1.9623)])
def test_student_percentile(df: int, expected: float) -> None:
    assert t_975(df) == pytest.approx(expected, abs=2e-4)


def test_paired_uses_shared_draws_only() -> None:
    import pandas as pd

    frame = pd.DataFrame(
        [("a", 0, 1, 1.0), ("a", 1, 1, 2.0), ("a", 2, 1, 9.0), ("b", 0, 1, 0.5), ("b", 1, 1, 1.5)],
        columns=["policy", "draw", "year", "value"],
    )
    gap = summaries.paired(frame, "a", "b", 1)
    assert gap.mean == 0.5 and gap.n == 2
    assert summaries.paired(frame, "a", "c", 1).n == 0


@pytest.mark.parametrize(
    ("value", "digits", "signed", "shown"),
    [(-0.064, 2, True, "−0.06"), (-0.001, 2, True, "0.00"), (0.064, 2, True, "+0.06"), (1234.5, 1, False, "1,234.5"),
     (math.nan, 2, True, "–")],
)  # fmt: skip
def test_numbers(value: float, digits: int, signed: bool, shown: str) -> None:
    assert style.number(value, digits, signed=signed) == shown


def test_repel_keeps_order_distance_and_range() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        wanted = rng.uniform(-1, 2, rng.integers(1, 7)).tolist()
        placed = style.repel(wanted, 0.1, 0.0, 1.0)
        order = np.argsort(wanted, kind="stable")
        steps = np.diff(np.asarray(placed)[order])
        assert (steps >= 0.1 - 1e-9).all() and min(placed) >= -1e-9 and max(placed) <= 1 + 1e-9
    assert style.repel([0.2, 0.5], 0.1, 0, 1) == pytest.approx([0.2, 0.5]), "labels with room stay where they are"
    assert style.repel([0.5] * 30, 0.1, 0, 1) == pytest.approx(np.linspace(0, 1, 30).tolist())
    assert style.repel([], 0.1, 0, 1) == []


@pytest.mark.parametrize(
    ("years", "ticks"),
    [(range(2025, 2036), [2025, 2027, 2029, 2031, 2033, 2035]), (range(2025, 2026), [2025]),
     (range(2025, 2031), list(range(2025, 2031)))],
)  # fmt: skip
def test_year_ticks(years: range, ticks: list[int]) -> None:
    assert style.year_ticks(list(years)) == ticks
    odd = style.year_ticks(list(range(2025, 2039)))
    assert odd[0] == 2025 and odd[-1] == 2038 and len(odd) <= 7


def test_looks_of_unknown_policies_differ() -> None:
    found = style.looks(["status_quo", "x", "fusion", "y"])
    assert found["x"] != found["y"] and len({look.marker for look in found.values()}) == 4
    assert len({look.colour for look in (*style.LOOKS.values(), *style.SPARE_LOOKS)}) == 14
