"""Every registered measure is declared in full, and a year has exactly its rows."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from edusim.measures import (
    INDICATORS,
    MONEY_LINES,
    SCHOOL_COLUMNS,
    catalogue,
    registered,
    schools_frame,
    to_frame,
    yearly,
)
from edusim.state import COLUMNS, ZONES, State, Table

ALL = {m.id: m for m in registered()}
REQUIRED = (
    "official.indicators_passing", "official.cv_passes", "official.schools_failing", "official.schools_judged",
    "official.resources_pass", "official.class_size_mean", "official.class_size_largest",
    "official.schools_class_breach", "official.schools_size_breach", "official.classes_over_cap",
    "official.school_size_largest", "learning.core_member_gap", "learning.weak_mean", "learning.top_mean",
    "learning.mean", "learning.low_share", "learning.low_ses_mean", "learning.icc", "learning.urban_rural_gap",
    "learning.group_gap", "inequality.theil.equipment", "inequality.theil_between.equipment",
    "inequality.theil_within.equipment", "inequality.gini.equipment", "inequality.atkinson_05.equipment",
    "inequality.atkinson_1.equipment", "inequality.atkinson_2.equipment", "inequality.theil.not_low",
    "inequality.gini.not_low", "staffing.posts", "staffing.posts_used", "staffing.posts_vacant",
    "staffing.subject_gap.pe", "staffing.subject_gap.art", "staffing.subject_gap.music", "staffing.substitutes",
    "staffing.quality_cv", "staffing.rotation_share_eligible", "staffing.rotation_share_member",
    "staffing.rotation_backbone_share", "staffing.rotation_promised", "staffing.rotation_delivered",
    "staffing.rotation_promised_years", "staffing.rotation_delivered_years", "staffing.rotation_quality",
    "staffing.leaver_quality", "staffing.stayer_quality", "staffing.leaver_backbone_share",
    "staffing.backbone_kept_share", "staffing.leader_hours_planned", "staffing.leader_hours_given",
    "staffing.expert_hours", "families.open_choice_share", "families.first_choice_share", "families.private_share",
    "families.exits", "families.returns", "families.satisfaction", "families.satisfaction_worst",
    "families.seats_needed", "families.seats_empty", "families.good_senior_gap", "families.enrolment",
    "groups.coverage", "groups.mode_share", "groups.mode_school_share", "money.recurrent", "money.one_off",
    "money.total", "money.unfunded", "money.yuan_per_gap_step", "school.n_pupils", "school.mean_achievement",
    "school.n_indicators_met", "school.meets_rule", "school.management", "school.climate", "school.reputation",
    "school.quality_mean", "school.n_teachers",
)  # fmt: skip


def test_declarations_are_complete() -> None:
    wanted = {"county": ("county",), "stage": ("county",), "zone": ("zone",), "group": ("group", "mode"), "school": ("school",)}
    for name, measure in ALL.items():
        assert measure.id == measure.id.lower() and measure.id.count(".") in (1, 2), name
        assert any("\u4e00" <= c <= "\u9fff" for c in measure.label_zh), name
        assert measure.label_en and measure.label_en.isascii(), name
        assert measure.unit and measure.formula and measure.source, name
        assert measure.scope in wanted and measure.better in ("up", "down", "none"), name
        assert set(measure.stages) <= {"primary", "junior", "all"} and measure.unit_rows in wanted[measure.scope], name
        assert measure.scope != "county" or measure.stages == ("all",), name


def test_ids_are_unique_and_nothing_required_is_missing() -> None:
    assert len(ALL) == len(registered())
    required = [
        *REQUIRED,
        *(f"money.line.{line.key}" for line in MONEY_LINES),
        *(
            f"official.{what}.{i.key}"
            for i in INDICATORS
            for what in ("ratio", "cv", "ratio_enrolment", "ratio_policy", "cv_enrolment", "cv_policy", "units_below")
        ),
        *(f"school.ratio_{i.key}" for i in INDICATORS),
    ]
    assert [name for name in required if name not in ALL] == []


def test_catalogue_lists_all() -> None:
    table = catalogue()
    assert table["id"].tolist() == list(ALL)
    assert list(table.columns) == [
        "id", "label_zh", "label_en", "unit", "scope", "better", "formula", "source", "stages", "limit_primary",
        "limit_junior",
    ]  # fmt: skip
    row = table.set_index("id").loc["official.cv.degree"]
    assert (row["limit_primary"], row["limit_junior"]) == (0.50, 0.45)


def test_official_limits_in_the_catalogue() -> None:
    wanted = {
        "learning.icc": (0.15, 0.15), "families.satisfaction": (0.85, 0.85), "groups.coverage": (1.0, 1.0),
        "staffing.rotation_share_eligible": (0.1, 0.1), "staffing.rotation_backbone_share": (0.2, 0.2),
        "official.class_size_largest": (45.0, 50.0), "official.ratio.sports": (7.5, 10.2),
    }  # fmt: skip
    assert {name: ALL[name].limits for name in wanted} == wanted


def test_import_is_light() -> None:
    code = "import sys, edusim.measures; print([m for m in ('pandas', 'numba', 'mesa') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def counties(state: State, tally: SimpleNamespace, empty: Callable[[int], SimpleNamespace]) -> dict[str, tuple[State, SimpleNamespace]]:
    def cut(rows: list[int]) -> tuple[State, SimpleNamespace]:
        fields = {
            name: value[..., rows] if isinstance(value, np.ndarray) and not name.startswith("seats") else value
            for name, value in vars(tally).items()
        }
        schools, groups = state.schools.take(np.array(rows, int)), state.groups
        return State(2025, schools, groups, state.neighbourhoods, state.teachers, state.pupils), SimpleNamespace(**fields)

    bare = Table("groups", {name: state.groups[name][:0] for name in COLUMNS["groups"]})
    alone = cut([3])
    alone = (State(2025, alone[0].schools, bare, state.neighbourhoods, state.teachers, state.pupils), alone[1])
    nobody = (State(2025, cut([])[0].schools, bare, state.neighbourhoods, state.teachers, state.pupils), empty(0))
    return {"five": cut([0, 1, 2, 3, 4]), "alone": alone, "empty": (state, empty(5)), "nobody": nobody}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("which", ["five", "alone", "empty", "nobody"])
def test_conformance_of_a_year(
    which: str, state: State, tally: SimpleNamespace, empty_tally: Callable[[int], SimpleNamespace]
) -> None:
    county, counts = counties(state, tally, empty_tally)[which]
    year = yearly(county, counts, {}, SimpleNamespace())
    frame = to_frame([year], "p", 3)
    assert list(frame.columns) == ["policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value", "unit"]
    assert set(frame["measure"]) | {m for m in ALL if ALL[m].scope == "school"} >= set(ALL) - {"learning.group_gap"}
    assert not frame.duplicated(["measure", "stage", "unit_id"]).any()
    assert not np.isinf(frame["value"]).any()
    for row in frame.itertuples():
        measure = ALL[row.measure]
        assert (row.scope, row.unit) == (measure.scope, measure.unit)
        assert row.stage in measure.stages
        if measure.scope in ("county", "stage"):
            assert row.unit_id == "county"
        if measure.scope == "zone":
            assert row.unit_id in ZONES
        if measure.unit in ("share", "count", "yes/no", "index") and not np.isnan(row.value):
            assert row.value >= 0 or "icc" in row.measure or "gap" in row.measure, row
        if measure.unit in ("share", "yes/no") and not np.isnan(row.value):
            assert row.value <= 1, row
    schools = schools_frame([year], "p", 3)
    assert len(schools) == county.schools.n
    assert list(schools.columns) == ["policy", "draw", "year", "school_id", *SCHOOL_COLUMNS]
    assert {m.id.removeprefix("school.") for m in ALL.values() if m.scope == "school"} <= set(schools.columns)


def test_order_of_schools_does_not_matter(state: State, tally: SimpleNamespace) -> None:
    base = yearly(state, tally, {}, SimpleNamespace())
    order = np.array([3, 0, 4, 2, 1])
    back = np.argsort(order)
    schools = state.schools.take(order)
    groups = state.groups.copy()
    groups.core[0] = back[0]
    moved = State(2025, schools, groups, state.neighbourhoods, state.teachers, state.pupils)
    for name, value in vars(tally).items():
        if isinstance(value, np.ndarray) and not name.startswith("seats"):
            setattr(tally, name, value[..., order])
    again = yearly(moved, tally, {}, SimpleNamespace())
    np.testing.assert_allclose(again.values, base.values, atol=1e-9)
    np.testing.assert_array_equal(again.schools, base.schools[:, order])
