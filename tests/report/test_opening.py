"""The first chapters of a county's report: each sentence is planted both ways, and intervals decide which one is written."""

from __future__ import annotations

import itertools
import math
import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any

import fake
import numpy as np
import pandas as pd
import pytest

from edusim.language import opening
from edusim.region.roster_columns import SHEETS
from edusim.report import frontier_figure
from edusim.report.county import boxes, indicators, learning, one_page, sentences, winners
from edusim.report.county.facts import CORE, GAP, MEMBER, WEAK, Facts, facts_of_run
from edusim.report.document.blocks import (
    Bullets,
    Callout,
    Cell,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    cell,
    written,
)
from edusim.report.summaries import Interval

SEVEN = ("degree", "backbone", "pe_art_music", "buildings", "sports", "equipment", "rooms")
YEARS = (2025, 2026, 2027)
NAMES = {
    "status_quo": {"zh": "现状", "en": "Present law"}, "a": {"zh": "甲", "en": "Alpha"}, "b": {"zh": "乙", "en": "Beta"},
    "c": {"zh": "丙", "en": "Gamma"},
}  # fmt: skip
SHIPPED = {
    "status_quo": {"zh": "现状延续", "en": "Status quo"}, "co_build": {"zh": "共建型教共体", "en": "Co-built group"},
    "fusion": {"zh": "融合型教共体", "en": "Fused group"}, "nanyang": {"zh": "南阳", "en": "Nanyang"},
}  # fmt: skip
#: Levels in the base year; one pair is a stage's.
LEVELS: dict[tuple[str, str], float] = {
    (GAP, "all"): 0.40, (CORE, "all"): 0.20, (MEMBER, "all"): -0.20, (WEAK, "all"): -0.30, ("learning.top_quarter", "all"): 0.3,
    ("learning.mean", "all"): 0.0, ("learning.low_ses", "all"): -0.4, ("learning.icc", "primary"): 0.10, ("learning.icc", "junior"): 0.20,
    ("money.total", "all"): 0.0, ("money.total_to_date", "all"): 0.0, ("official.schools_failing", "all"): 4.0,
    ("official.schools_size_breach", "all"): 0.0, ("staffing.quality_gap", "all"): 0.05, ("families.satisfaction", "all"): 0.85,
    ("staffing.rotation_share_eligible", "all"): 0.2, ("families.exits", "all"): 100.0, ("official.cv_passes", "all"): 1.0,
    ("official.resources_pass", "all"): 0.0, ("families.satisfaction_worst", "all"): 0.7, ("official.schools_class_breach", "primary"): 0.0,
    ("staffing.rotation_backbone_share", "all"): 0.3, ("families.good_senior_gap", "all"): 0.1, ("learning.urban_mean", "all"): 0.1,
    ("learning.rural_mean", "all"): -0.2,
    **{(f"official.cv.{key}", stage): 0.30 for key in SEVEN for stage in ("primary", "junior")},
    **{(f"official.cv_{part}.{key}", stage): 0.0 for key in SEVEN for stage in ("primary", "junior") for part in ("enrolment", "policy")},
    **{("official.indicators_passing", stage): 7.0 for stage in ("primary", "junior")},
    **{("official.cv_passes", stage): 1.0 for stage in ("primary", "junior")},
}  # fmt: skip
#: Between draws, shared by every policy: what pairing takes out.
SHARED = {"learning": 0.01, "official.cv.": 0.004, "families.satisfaction": 0.01}
Effect = float | tuple[float, float]


@cache
def pattern(name: str, draws: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return draws with mean 0 and standard deviation 1, always the same for a name."""
    if draws < 2:
        return np.zeros(draws)
    found = np.random.default_rng(zlib.crc32(name.encode())).normal(size=draws)
    return (found - found.mean()) / found.std(ddof=1)


def planted(
    effects: Mapping[str, Mapping[Any, Effect]], *, draws: int = 10, lang: str = "zh", base: Mapping[Any, Effect] | None = None,
    baseline: str = "status_quo", manifest: Mapping[str, Any] | None = None, info: Mapping[str, Any] | None = None,
    schools: Callable[[str, int], float] | None = None, n: int = 6,
) -> Facts:  # fmt: skip
    """Return facts of a made-up run: effects of each policy against the baseline after the base year, as mean or (mean, spread).

    ``base`` moves the baseline itself; an array of one value a draw may stand for an effect. ``schools`` gives the effect of a
    policy on the achievement of each school.
    """
    policies = list(effects)
    values = np.empty((len(policies), len(LEVELS), len(YEARS), draws))
    own = {(key, "all") if isinstance(key, str) else key: one for key, one in (base or {}).items()}
    for p, policy in enumerate(policies):
        moves = {(key, "all") if isinstance(key, str) else key: one for key, one in effects[policy].items()}
        for m, ((measure, stage), level) in enumerate(LEVELS.items()):
            shared = next((size for start, size in SHARED.items() if measure.startswith(start)), 0.0)
            values[p, m] = level + shared * pattern(measure + stage, draws)
            for source, salt in ((own, "base"), (moves, policy)):
                if (measure, stage) in source:
                    one = source[measure, stage]
                    mean, spread = one if isinstance(one, tuple) else (one, 0.001 if measure.startswith("learning") else 0.0)
                    values[p, m, 1:] += mean + spread * pattern(f"{salt}{measure}{stage}", draws)
    place = [one.ravel() for one in np.indices(values.shape)]
    names, stages = (np.array([key[i] for key in LEVELS]) for i in (0, 1))
    measures = pd.DataFrame({
        "policy": np.array(policies)[place[0]], "draw": place[3], "year": np.array(YEARS)[place[2]], "measure": names[place[1]],
        "scope": np.where(stages == "all", "county", "stage")[place[1]], "stage": stages[place[1]], "unit_id": "county",
        "value": values.ravel(), "unit": "",
    })  # fmt: skip
    found = {
        "designs": ["feasible", "identical"], "agents": {"n_schools": n, "n_teachers": 50}, "imputed": {},
        "acting": {policy: [] if policy == baseline else [2026, 2027] for policy in policies}, "configuration": {},
        **(manifest or {}),
    }  # fmt: skip
    about = {"baseline": baseline, "names": NAMES, "data_status": "synthetic", **(info or {})}
    return Facts(measures, school_frame(policies, draws, n, schools), None, None, found, about, lang)


def school_frame(policies: Sequence[str], draws: int, n: int, effect: Callable[[str, int], float] | None = None) -> pd.DataFrame:
    """Return schools: two cores, members, the last in no group; the first year as the base."""
    policy, year, draw, school = (one.ravel() for one in np.meshgrid(np.arange(len(policies)), YEARS, np.arange(draws), np.arange(n), indexing="ij"))
    role = np.where(school < 2, "core", np.where(school == n - 1, "none", "member"))
    moved = np.array([[0.0 if effect is None else effect(one, k) for k in range(n)] for one in policies])[policy, school]
    noise = np.stack([pattern(f"school{k}", draws) for k in range(n)])[school, draw] * 0.02
    own = np.stack([pattern(f"own{k}", draws) for k in range(n)])[school, draw] * 0.004 * policy
    stage = np.array(["primary", "junior", "nine_year"])[school % 3]
    ratio = np.array([3.0, 9.0])[(school % 2)]
    return pd.DataFrame({
        "policy": pd.Categorical(np.array(policies)[policy]), "draw": draw, "year": year, "school_id": school + 7,
        "pseudonym": np.array([f"代号{9 - k}" for k in range(n)])[school], "name": "真名第一实验学校",
        "zone": np.where(school < 2, "urban", "rural"), "stage": stage, "role": role, "role_base": role,
        "group_id": 0, "mode": 0, "x_km": 0.0, "y_km": 0.0, "n_pupils": 100 + 10 * school,
        "mean_achievement": np.where(role == "core", 0.3, -0.2) + noise + np.where(year > YEARS[0], moved + own, 0.0),
        "meets_rule": pd.array(np.where(school == 2, None, school % 2 == 0), dtype="boolean"),
        "class_size_mean": 40.0 + np.where((year > YEARS[0]) & (role == "core"), policy, 0),
        "satisfaction": 0.86 - np.where((year > YEARS[0]) & (role == "core"), 0.01 * policy, 0.0),
        "ratio_buildings": ratio * 3, "good_senior_share": 0.5 - np.where((year > YEARS[0]) & (role == "core"), 0.02 * policy, 0.0),
        "ratio_degree": ratio, "ratio_backbone": 0.1, "ratio_pe_art_music": ratio,
        "ratio_sports": ratio * 3, "ratio_equipment": ratio * 1000, "ratio_rooms": ratio,
    })  # fmt: skip


def words(blocks: Sequence[Any]) -> str:
    """Return every string of some blocks, one a line."""
    out: list[str] = []
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            out.append(block.text)
        elif isinstance(block, Bullets | Callout):
            out += block.items
        elif isinstance(block, Picture):
            out += [block.caption, block.alt]
        elif isinstance(block, Table):
            out += [block.caption, block.note, *(column.head for column in block.columns)]
            out += [written(value, column) for row in block.rows for value, column in zip(row, block.columns, strict=True)]
    return "\n".join(out)


def box(facts: Facts, kind: str, attached: Sequence[Any] = ()) -> str:
    """Return the sentences of one of the four boxes."""
    found = [block for block in one_page.first_page(facts, attached) if isinstance(block, Callout) and block.kind == kind]
    return "\n".join(item for block in found for item in block.items)


def headline(facts: Facts) -> str:
    return next(block.text for block in one_page.first_page(facts) if isinstance(block, Paragraph))


def table(blocks: Sequence[Any], key: str) -> Table:
    return next(block for block in blocks if isinstance(block, Table) and block.key == key)


def every(facts: Facts, attached: Sequence[Any] = ()) -> list[Any]:
    """Return all that this room composes."""
    return [
        *one_page.first_page(facts, attached), *indicators.chapter(facts), *winners.chapter(facts), *learning.chapter(facts),
    ]  # fmt: skip


UP = {GAP: -0.10, MEMBER: 0.08, CORE: -0.02, WEAK: 0.05, "money.total": 1e6, "money.total_to_date": 2e6}
NOISE = {GAP: (0.001, 0.05), MEMBER: (0.0, 0.05), CORE: (0.0, 0.05), WEAK: (0.0, 0.05)}
#: Two that cannot be told apart: their own noise is larger than what parts them.
LIKE_A = {GAP: (-0.101, 0.01), MEMBER: (0.081, 0.01), CORE: (-0.02, 0.01), WEAK: (0.05, 0.01)}
LIKE_B = {GAP: (-0.099, 0.01), MEMBER: (0.079, 0.01), CORE: (-0.02, 0.01), WEAK: (0.05, 0.01)}
SPEND = {"money.total": 1e6, "money.total_to_date": 2e6}
FEWER_KEPT = {("official.indicators_passing", "primary"): (-2.0, 0.3), ("official.cv.equipment", "primary"): (0.3, 0.01),
              ("official.cv_policy.equipment", "primary"): (0.3, 0.01)}  # fmt: skip
PASSING = {("official.indicators_passing", "primary"): -3.0}
ROSTER = {
    "configuration": {"region": {"kind": "roster", "values": {}}},
    "imputed": {"schools.sports_m2": 6, "schools.equipment_yuan": 3, "schools.management": 6, "schools.seats_primary": 2,
                "teachers.rows": 50, "neighbourhoods.rows": 9, "pupils.rows": 900},
}  # fmt: skip

FAILING = "official.schools_failing"
#: Columns that a roster may leave empty.
IMPUTED = ("pupils", "pupils_g1", "pupils_g7", "seats_junior", "x_km", "y_km", "fee_yuan_year", "has_boarding", "allowance_class", "teachers",
           "teachers_above_degree", "teachers_backbone", "teachers_pe_art_music", "teachers_senior", "buildings_m2", "sports_m2",
           "equipment_yuan", "rooms", "operating_yuan_pupil", "quota_places")  # fmt: skip


def cases(lang: str) -> Iterator[tuple[str, Facts, Sequence[Any]]]:
    """Yield planted counties that between them call for every sentence."""
    def of(effects: Mapping[str, Mapping[Any, Effect]], **options: Any) -> Facts:
        return planted({"status_quo": {}, **effects}, lang=lang, **options)

    study = [SimpleNamespace(kind="discover", paragraphs=("**丁**在多数未来最好。",), names=()),
             SimpleNamespace(kind="sensitivity", paragraphs=(), names=("管理输出", "交流比例"))]  # fmt: skip
    assumed = {"configuration": {"region": {"kind": "synthetic", "values": {}},
                                 "policies": {"a": {"values": {"groups.cap_breach": 1, "rotation.share": 1}}}}}  # fmt: skip
    yield "one narrows", of({"a": UP | FEWER_KEPT, "b": NOISE}, manifest=assumed, schools=lambda p, k: 0.05 * (k - 2) * (p == "a")), study
    yield "most", of({"a": {GAP: -0.2, MEMBER: 0.2, CORE: (0.0, 0.01), WEAK: 0.1}, "b": UP | {"money.total": 5e6}, "c": {GAP: 0.1} | SPEND}), ()
    yield "three alike", of({"a": LIKE_A | SPEND, "b": LIKE_B | SPEND, "c": LIKE_B | {GAP: (-0.1, 0.011)} | SPEND}), ()
    yield "two alike", of({"a": LIKE_A | SPEND | {CORE: -0.01, **FEWER_KEPT}, "b": LIKE_B | {CORE: -0.04} | FEWER_KEPT
                           | {"money.total": 9e6, "money.total_to_date": 18e6}, "c": {GAP: -0.03, WEAK: 0.01}}), ()  # fmt: skip
    yield "none", of({"a": NOISE, "b": NOISE | {GAP: (0.002, 0.05)}}), ()
    yield "none but wide", of({"a": {GAP: 0.1, MEMBER: -0.1, CORE: (0.0, 0.02), WEAK: -0.1, ("official.indicators_passing", "junior"): (1.0, 0.1)}},
                              base={("official.indicators_passing", "junior"): -3.0, ("official.schools_failing", "all"): 1.0}), ()  # fmt: skip
    yield "above", of({"a": {GAP: -0.1, MEMBER: (0.0, 0.05), CORE: -0.1, WEAK: (0.0, 0.05)}, "b": {GAP: -0.1, MEMBER: -0.05, CORE: -0.15}}), ()
    yield "both up", of({"a": {GAP: -0.1, MEMBER: 0.2, CORE: 0.1, WEAK: 0.1, "official.schools_failing": -2.0}}), ()
    yield "unclear ends", of({"a": {GAP: -0.1, MEMBER: (0.05, 0.2), CORE: (-0.05, 0.2), WEAK: 0.1, "official.schools_failing": (-2.0, 0.1)},
                              "b": {"official.schools_failing": (-1.9, 0.5), GAP: -0.05}}), ()  # fmt: skip
    idle = {"acting": {"status_quo": [], "a": [2026, 2027], "b": []}}
    yield "idle", of({"a": UP, "b": {}}, manifest=idle), ()
    fails = {("official.cv_passes", "all"): -1.0, ("official.cv_passes", "primary"): -1.0, ("official.cv.sports", "junior"): 0.3}
    yield "rule fails", of({"a": UP | PASSING | {"staffing.rotation_backbone_share": -0.2}}, base=fails | {"official.schools_failing": 2.0}), ()
    yield "rule differs", of({"a": UP | fails, "b": {"official.schools_failing": (3.0, 0.1)}}), ()
    half = planted({"status_quo": {}, "a": UP}, lang=lang)
    later = half.measures["measure"].eq("official.cv_passes") & half.measures["draw"].lt(5) & half.measures["year"].gt(YEARS[0])
    half.measures.loc[later, "value"] = 0.0
    yield "rule open", half, ()
    uneven = planted({"status_quo": {}, "a": UP}, lang=lang)
    uneven.measures.loc[later & uneven.measures["draw"].gt(uneven.measures["policy"].eq("a").astype(int)), "value"] = 0.0
    yield "rule open and differs", uneven, ()
    five = {key: {GAP: (-0.1 - 0.01 * i, 0.001), WEAK: 0.05, "money.total": 1e6 * (i + 1), "money.total_to_date": 2e6 * (i + 1),
                  ("official.cv.rooms", "junior"): 0.15} for i, key in enumerate("abcdefg")}  # fmt: skip
    yield "many", of(five), ()
    yield "one draw", of({"a": UP, "b": NOISE}, draws=1, manifest=assumed), ()
    yield "alone", planted({"a": {}}, lang=lang, base={GAP: -0.1, WEAK: 0.1, MEMBER: 0.1, CORE: (0.0, 0.01)}), ()
    yield "alone, open", planted({"a": {}}, lang=lang, base={GAP: (0.0, 0.1)}), ()
    yield "alone, one draw", planted({"a": {}}, lang=lang, draws=1), ()
    yield "alone, no gap", without(planted({"a": {}}, lang=lang), "learning."), ()
    yield "no gap", without(of({"a": {}}), "learning."), ()
    yield "no coefficients", without(of({"a": UP}), "official.cv"), ()
    roster = {"data_status": "roster"}
    yield "roster", of({"a": UP}, manifest=ROSTER, info=roster), ()
    wide = {**ROSTER, "imputed": {f"schools.{key}": 6 - i for i, key in enumerate(("sports_m2", "rooms", "pupils", "turnover", "satisfaction"))}}
    yield "roster, many columns", of({"a": UP}, manifest=wide, info=roster), ()
    yield "only above", of({"a": {GAP: -0.1, MEMBER: (0.0, 0.05), CORE: -0.1, WEAK: (0.0, 0.05)}}), ()
    yield "as shipped", of({"co_build": UP, "fusion": NOISE}, info={"names": SHIPPED}), ()
    yield "roster, every column", of({"a": UP}, manifest={**ROSTER, "imputed": {f"schools.{key}": 6 for key in IMPUTED}}, info=roster), ()
    long = [SimpleNamespace(kind="discover", paragraphs=("在多数未来里说法不一。" * 40,), names=())]
    yield "a long study", of({"a": UP}), long
    yield "roster, complete", of({"a": UP}, manifest={**ROSTER, "imputed": {}}, info=roster), ()
    first, second = {"a": UP, "b": UP | {GAP: -0.2}}, {"a": UP | {GAP: -0.3}, "b": UP}
    yield "designs, order", replace(of(first), twin=of(second)), ()
    third = {"c": UP | {GAP: -0.02}}
    yield "designs, prices", replace(of({**first, **third}), twin=of({**second, **third})), ()
    yield "prices alike", swinging(of({"a": {WEAK: 0.05} | SPEND, "b": {WEAK: 0.05, "money.total": 2e6, "money.total_to_date": 4e6}, "c": UP | {GAP: -0.01}}), {
        ("a", GAP): -0.1 + 0.005 * pattern("swing", 10), ("b", GAP): -0.2 + 0.01 * pattern("swing", 10) + 0.004 * pattern("own", 10)}), ()  # fmt: skip
    yield "prices open", swinging(of({"a": {WEAK: 0.05} | SPEND, "b": {WEAK: 0.05, "money.total": 2e6, "money.total_to_date": 4e6}}), {
        ("a", GAP): -0.1 + 0.005 * pattern("swing", 10), ("b", GAP): -0.2 + 0.01 * pattern("swing", 10) + 0.004 * pattern("own", 10)}), ()  # fmt: skip
    yield "one that is not parted", of({"a": LIKE_A | SPEND, "b": LIKE_B | SPEND | {WEAK: (0.04, 0.08)}}), ()
    yield "most, not parted", of({"a": LIKE_A, "b": LIKE_B | {GAP: -0.05}, "c": {GAP: (-0.1, 0.3), WEAK: (0.0, 0.3)}}), ()
    yield "the weaker half parts", of({"a": LIKE_A | SPEND | {WEAK: 0.09}, "b": LIKE_B | SPEND}), ()
    failing = [{"a": {FAILING: (a, 0.1)}, "b": {FAILING: (b, 0.1)}} for a, b in ((-2.0, -1.0), (-1.0, -2.0))]
    yield "fewest failing", of(failing[0]), ()
    yield "designs, failing", replace(of(failing[0]), twin=of(failing[1])), ()
    yield "designs, sign", replace(of({"a": UP}), twin=of({"a": {GAP: 0.1}})), ()
    yield "designs, only here", replace(of({"a": UP}), twin=of({"a": NOISE})), ()
    yield "designs, only there", replace(of({"a": NOISE}), twin=of({"a": UP})), ()
    up = {("official.indicators_passing", "primary"): (2.0, 0.1)}
    low = {("official.indicators_passing", "primary"): -3.0}
    yield "together", of({"a": UP | up, "b": {GAP: 0.1, WEAK: -0.1, ("official.indicators_passing", "primary"): (-1.0, 0.1)}}, base=low), ()
    yield "flatters", of({"a": NOISE | up, "b": NOISE | {("official.indicators_passing", "primary"): (-1.0, 0.1)}}, base=low), ()
    yield "learning down", of({"a": {GAP: 0.1, WEAK: -0.1}, "b": UP | {("official.indicators_passing", "primary"): (0.0, 2.0)}}), ()
    yield "credentials", of({"a": {"staffing.quality_gap": (-0.02, 0.001), ("official.cv.degree", "primary"): (0.05, 0.001)},
                             "b": {"staffing.quality_gap": (0.02, 0.001), ("official.cv.backbone", "junior"): (-0.05, 0.001)}}), ()  # fmt: skip
    for kind, (enrolment, goods) in {"both": (0.02, 0.03), "against": (-0.02, 0.05), "enrolment": (0.03, (0.0, 0.01)),
                                     "goods": ((0.0, 0.01), 0.03)}.items():  # fmt: skip
        parts = {("official.cv_enrolment.rooms", "primary"): spread_of(enrolment), ("official.cv_policy.rooms", "primary"): spread_of(goods)}
        yield f"moved by {kind}", of({"a": parts}), ()
    neither = of({"a": {("official.cv_enrolment.rooms", "primary"): (0.03, 0.0)}})
    swing = pattern("swing", 10) * 0.2
    for part, sign in (("enrolment", 1), ("policy", -1)):
        rows = neither.measures["measure"].eq(f"official.cv_{part}.rooms") & neither.measures["stage"].eq("primary") & neither.measures["policy"].eq("a")
        neither.measures.loc[rows & neither.measures["year"].gt(YEARS[0]), "value"] += np.tile(sign * swing, 2)
    yield "moved by neither", neither, ()
    lost = {(f"official.cv.{key}", stage): 0.3 for key in SEVEN[:4] for stage in ("primary", "junior")}
    yield "coefficients lost", of({"a": UP | lost, "b": UP | lost | {("official.cv.rooms", "primary"): 0.3}}), ()
    yield "none kept before", raised(of({"a": UP})), ()


def spread_of(one: Effect) -> Effect:
    return one if isinstance(one, tuple) else (one, 0.001)


def without(facts: Facts, start: str) -> Facts:
    """Return facts of a run that does not hold some measures."""
    return replace(facts, measures=facts.measures[~facts.measures["measure"].str.startswith(start)])


def raised(facts: Facts) -> Facts:
    """Return facts of a county whose coefficients lie beyond their limits in every year."""
    found = facts.measures.copy()
    found.loc[found["measure"].str.startswith("official.cv."), "value"] += 0.4
    return replace(facts, measures=found)


#: Planted counties of which all chapters are composed; of the others the first page.
IN_FULL = (
    "one narrows", "none but wide", "above", "both up", "unclear ends", "rule fails", "rule differs", "one draw", "alone, one draw",
    "alone", "no coefficients", "together", "flatters", "learning down", "credentials", "coefficients lost", "none kept before",
    "moved by both", "moved by against", "moved by enrolment", "moved by goods", "moved by neither",
)  # fmt: skip
#: Keys of the catalogue that were asked for while every planted county was composed.
USED: dict[str, set[str]] = {"zh": set(), "en": set()}


@pytest.fixture(scope="module")
def composed() -> dict[str, dict[str, list[Any]]]:
    """Every planted county, composed in both languages as if every figure were there."""
    plain_text = sentences.text

    def noted(key: str, lang: str, /, **values: Any) -> str:
        USED[lang].add(key)
        return plain_text(key, lang, **values)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sentences, "text", noted)
        patch.setattr(winners, "drawn", lambda name: True)
        patch.setattr(indicators, "drawn", lambda name: True)
        return {
            lang: {name: (every if name in IN_FULL else one_page.first_page)(facts, attached) for name, facts, attached in cases(lang)}
            for lang in ("zh", "en")
        }


@pytest.mark.slow
def test_every_sentence_is_reached_and_both_languages_ask_for_the_same(composed: dict[str, dict[str, list[Any]]]) -> None:
    assert composed and USED["zh"] == USED["en"] - {"opening.named.the", "opening.named.several"}  # Chinese names have neither article nor plural
    assert not (set(opening.TEXT) - USED["en"]), "\n".join(sorted(set(opening.TEXT) - USED["en"]))


def test_languages_hold_the_same_placeholders() -> None:
    for key, (zh, en) in opening.TEXT.items():
        assert set(re.findall(r"{(\w+)}", zh)) == set(re.findall(r"{(\w+)}", en)), key


def test_nothing_is_left_unfilled_and_keys_stand_once(composed: dict[str, dict[str, list[Any]]]) -> None:
    for lang, found in composed.items():
        for name, blocks in found.items():
            Document("t", "s", lang, tuple(blocks))
            said = words(blocks)
            assert not re.search(r"[{}]|nan|NaN|None|-\d", said), (lang, name, re.search(r".*([{}]|nan|NaN|None|-\d).*", said))
            assert "（（" not in said and "))" not in said.replace("(t))", ""), (lang, name)
            if lang == "en":
                assert not re.search(r"[\u4e00-\u9fff]", said.replace("教督〔2017〕6号", "").replace("**丁**", "").replace("代号", "")
                                     .replace("丁在多数未来最好。", "").replace("管理输出", "").replace("交流比例", "")), name  # fmt: skip


def test_no_box_is_long(composed: dict[str, dict[str, list[Any]]]) -> None:
    for found in composed.values():
        for blocks in found.values():
            callouts = [block for block in blocks if isinstance(block, Callout)]
            assert [block.kind for block in callouts] == ["do", "dont", "unknown", "collect"]
            assert all(1 <= len(block.items) <= boxes.MOST for block in callouts)


# -- numbers by hand ----------------------------------------------------------------------------------


def by_hand() -> Facts:
    """Three draws whose differences are -0.10, -0.09, -0.11: mean -0.10, half-width 4.3027 x 0.01 / sqrt 3 = 0.0248."""
    facts = planted({"status_quo": {}, "a": SPEND}, draws=3)
    found = facts.measures
    last = found["year"].gt(YEARS[0])
    for policy, gap, member, core in (("status_quo", (0.40, 0.42, 0.44), (-0.2,) * 3, (0.2,) * 3), ("a", (0.30, 0.33, 0.33), (-0.12,) * 3, (0.18,) * 3)):
        for measure, values in ((GAP, gap), (MEMBER, member), (CORE, core)):
            rows = last & found["policy"].eq(policy) & found["measure"].eq(measure)
            found.loc[rows, "value"] = np.tile(values, 2)
    return facts


def test_the_headline_holds_the_numbers_reckoned_by_hand() -> None:
    said = headline(by_hand())
    assert "成绩差距：0.10 SD（95% 区间 0.08 至 0.12），即现状下差距的 24%" in said  # 0.10 / 0.42
    assert "约 80% 来自成员校提高，其余来自核心校下降" in said  # 0.08 of 0.08 + 0.02
    detail = words(winners.chapter(by_hand()))
    assert "约 80% 来自成员校提高（+0.080 SD，每次相同），约 20% 来自核心校下降（−0.020 SD，每次相同）" in detail
    assert "每年专项支出多 100 万元" in said


def test_a_step_of_the_gap_has_the_price_reckoned_by_hand() -> None:
    # Two million yuan for ten steps of 0.01 SD.
    assert by_hand().per_step("a").mean == pytest.approx(2e5)


def test_wilsons_interval_of_nothing_in_ten() -> None:
    # z^2 / (n + z^2) = 3.8415 / 13.8415 = 0.2775.
    facts = planted({"status_quo": {}, "a": UP}, base={("official.cv_passes", "all"): -1.0})
    assert "2027 年概率各政策均为 0%（0% 至 28%）" in box(facts, "dont")


# -- words and length --------------------------------------------------------------------------------


def test_english_names_of_policies_stand_as_a_sentence_wants_them() -> None:
    facts = planted({"status_quo": {}, "co_build": UP, "nanyang": UP, "a": UP}, lang="en", info={"names": {**NAMES, **SHIPPED}})
    assert [sentences.inside(facts, key) for key in ("status_quo", "co_build", "nanyang", "a")] == ["the status quo", "co-built groups", "Nanyang", "Alpha"]
    assert sentences.inside(replace(facts, lang="zh"), "co_build") == "共建型教共体"


@pytest.mark.parametrize(("lang", "lead", "note", "inside"), [("zh", 160, 70, 180), ("en", 390, 160, 440)])
def test_the_page_is_as_short_as_paper_wants_it(lang: str, lead: int, note: int, inside: int) -> None:
    """What a page of A4 holds in 10 to 10.5 points, with names and findings like those of a real comparison."""
    kept = {("official.indicators_passing", "primary"): (-2.0, 0.3), ("official.cv.equipment", "primary"): (0.3, 0.01)}
    fails = {("official.cv_passes", "all"): -1.0}
    like = {"co_build": UP | kept | {GAP: -0.12}, "fusion": UP | kept | {GAP: -0.11}}
    turned = {"co_build": UP | kept | {GAP: -0.11}, "fusion": UP | kept | {GAP: -0.12}}
    one, two = (planted({"status_quo": {}, **found}, lang=lang, base=fails, info={"names": SHIPPED}) for found in (like, turned))
    blocks = one_page.first_page(replace(one, twin=two))
    assert len(headline(replace(one, twin=two))) <= lead
    assert len(table(blocks, "first_page").note) <= note
    for block in blocks:
        if isinstance(block, Callout):
            assert sum(map(len, block.items)) <= inside, block.items


def test_an_interval_never_reads_as_a_point_and_what_is_not_zero_never_as_zero() -> None:
    assert sentences.few_digits(Interval(0.1, 0.05, 0.15, 9)) == 2
    assert sentences.few_digits(Interval(0.08, 0.0751, 0.0839, 9)) == 3
    assert sentences.few_digits(Interval(0.02, 0.004, 0.036, 9)) == 3
    assert sentences.few_digits(Interval(0.1, 0.1, 0.1, 9)) == 2


def test_a_real_school_is_never_ranked_whatever_else_is_said() -> None:
    """Four warnings for three places: among real schools the one on ranking stands."""
    fails = {("official.cv_passes", "all"): -1.0}
    for manifest, info, stands in (({}, {}, False), (ROSTER, {"data_status": "roster"}, True)):
        said = box(planted({"status_quo": {}, "a": UP | FEWER_KEPT}, base=fails, manifest=manifest, info=info), "dont")
        assert ("不要给学校排名" in said) is stands and len(said.split("\n")) == 3


def test_where_the_designs_disagree_on_the_price_both_are_told() -> None:
    first, second = {"a": UP, "b": UP | {GAP: -0.2}}, {"a": UP | {GAP: -0.3}, "b": UP}
    alone, twin = planted({"status_quo": {}, **first}), planted({"status_quo": {}, **second})
    assert "乙累计多用的专项经费最少：" in box(alone, "do")
    assert "累计多用的专项经费最少的：按实际约束是乙，按同样的学校配对是甲" in box(replace(alone, twin=twin), "do")
    assert "乙累计多用的专项经费最少：" in box(replace(alone, twin=alone), "do")
    open_ = planted({"status_quo": {}, **first, "a": first["b"] | {GAP: (-0.201, 0.05)}})  # the other design cannot tell: no contradiction
    assert "乙累计多用的专项经费最少：" in box(replace(alone, twin=open_), "do")


def together(name: str, *effects: float) -> tuple[np.ndarray[Any, np.dtype[np.float64]], ...]:
    """Return effects that swing together from draw to draw by 0.03."""
    return tuple(effect + 0.03 * pattern(name, 10) for effect in effects)


def swinging(facts: Facts, moves: Mapping[tuple[str, str], Any]) -> Facts:
    """Put one value a draw, besides what stands there, on (policy, measure) in the years after the first."""
    found = facts.measures
    for (policy, measure), values in moves.items():
        rows = found["policy"].eq(policy) & found["measure"].eq(measure) & found["stage"].eq("all") & found["year"].gt(YEARS[0])
        found.loc[rows, "value"] += np.tile(values, len(YEARS) - 1)
    return facts


def gaps(a: Any, b: Any, more: Mapping[Any, Effect] | None = None) -> Facts:
    """Return two policies whose gap moves by one value a draw; ``more`` is what else the second moves."""
    own: dict[Any, Effect] = {WEAK: 0.05, **SPEND}
    return swinging(planted({"status_quo": {}, "a": own, "b": own | dict(more or {})}), {("a", GAP): a, ("b", GAP): b})


def test_prices_are_compared_within_draws_not_by_whether_their_intervals_meet() -> None:
    one, two = together("swing", -0.12, -0.11)
    facts = gaps(one, two)
    prices = {key: facts.per_step(key) for key in "ab"}
    assert prices["a"].high > prices["b"].low  # the intervals meet; the draws do not
    assert "甲累计多用的专项经费最少：" in box(facts, "do") and "哪种更少未定" not in box(facts, "do")
    apart = gaps(one, -0.11 + 0.03 * pattern("another swing", 10))
    assert not apart.between(GAP, "a", "b").clear
    assert "每缩小 0.01 SD 差距的专项经费分不出多少" in box(apart, "do")


def test_the_price_of_what_costs_twice_and_does_twice_is_the_same() -> None:
    swing = 0.005 * pattern("swing", 10)
    dear = {"money.total": 2e6, "money.total_to_date": 4e6}
    alike = gaps(-0.1 + swing, -0.2 + 2 * swing + 0.004 * pattern("own", 10), dear)
    assert not alike.is_cheaper("a", "b") and not alike.is_cheaper("b", "a")
    assert "累计多用的专项经费，哪种更少未定" in box(alike, "do")
    better = gaps(-0.1 + swing, -0.22 + 2 * swing + 0.004 * pattern("own", 10), dear)
    assert better.is_cheaper("b", "a") and "乙累计多用的专项经费最少：" in box(better, "do")
    # 2 million for 10 steps, 4 million for 22.
    assert better.price_apart("b", "a").mean == pytest.approx(4e6 / 22 - 2e6 / 10)
    assert not math.isfinite(planted({"status_quo": {}, "a": UP, "b": NOISE}).price_apart("a", "b").mean)


@pytest.mark.parametrize("difference", [0.0, 0.005, 0.01, 0.02, 0.03])
def test_at_equal_cost_the_price_says_what_the_chart_of_cost_and_narrowing_says(difference: float) -> None:
    facts = gaps(-0.11 - difference + 0.02 * pattern("one", 10), -0.11 + 0.02 * pattern("two", 10))
    places = frontier_figure._places(facts)
    lost = frontier_figure.beaten(places, frontier_figure.SAME_COST * max(abs(place.cost.mean) for place in places.values()))
    assert facts.is_cheaper("a", "b") is ("b" in lost) and facts.is_cheaper("b", "a") is ("a" in lost)


def test_what_costs_nothing_more_is_said_to_be_free_and_no_other_cheapest() -> None:
    free = planted({"status_quo": {}, "a": {GAP: -0.2, WEAK: 0.1}, "b": UP, "c": UP | {GAP: -0.05}})
    assert "甲缩小差距，不多用专项经费" in box(free, "do") and "累计" not in box(free, "do")
    paid = planted({"status_quo": {}, "a": UP | {GAP: -0.2}, "b": UP, "c": UP | {GAP: -0.05}})
    assert "不多用专项经费" not in box(paid, "do") and "甲累计多用的专项经费最少" in box(paid, "do")


def test_equals_are_most_only_of_more_than_themselves() -> None:
    pair = {"a": LIKE_A | SPEND, "b": LIKE_B | SPEND}
    assert "其中甲和乙缩小最多，分不出高下" in box(planted({"status_quo": {}, **pair, "c": UP | {GAP: -0.03}}), "do")
    assert "最多" not in box(planted({"status_quo": {}, **pair}), "do")


def test_fewest_failing_schools_are_named_only_against_every_other_policy() -> None:
    def said(**effects: Effect) -> str:
        return "\n".join(boxes._fewer_schools(planted({"status_quo": {}, **{key: {FAILING: one} for key, one in effects.items()}})))

    assert said(a=(-2.0, 0.1), b=(-1.0, 0.1)) == "要减少未达校级标准的学校，甲减少最多：比现状少 2.0 所（1.9 至 2.1）。"
    # Beta's own effect is not clear, yet it may leave fewer than Alpha.
    assert said(a=(-2.0, 0.1), b=(-2.5, 4.0)) == "未达校级标准的学校，能确定比现状减少的有甲（甲少 2.0 所，1.9 至 2.1）；甲与乙分不出高下。"
    assert "能确定比现状减少的有甲和乙" in said(a=(-2.0, 0.5), b=(-1.9, 0.5)) and "甲与乙分不出高下" in said(a=(-2.0, 0.5), b=(-1.9, 0.5))
    assert "能确定比现状减少的有甲、乙和丙" in said(a=(-2.0, 0.5), b=(-1.9, 0.5), c=(-1.0, 0.1))
    assert "甲与乙分不出高下" in said(a=(-2.0, 0.5), b=(-1.9, 0.5), c=(-1.0, 0.1))
    assert "减少最多" in said(a=(-2.0, 0.1), b=(0.0, 0.5)) and said(a=(0.0, 0.5), b=(0.1, 0.5)) == ""
    assert said(a=(-2.0, 0.1)) == "未达校级标准的学校，能确定比现状减少的有甲（甲少 2.0 所，1.9 至 2.1）。"


def test_fewest_failing_schools_are_not_named_where_the_other_design_names_another() -> None:
    one, two = ({"a": {FAILING: (a, 0.1)}, "b": {FAILING: (b, 0.1)}} for a, b in ((-2.0, -1.0), (-1.0, -2.0)))
    facts, twin = (planted({"status_quo": {}, **found}) for found in (one, two))
    assert "哪种最多随结对而变" in boxes._fewer_schools(replace(facts, twin=twin))[0]
    assert "甲减少最多" in boxes._fewer_schools(replace(facts, twin=facts))[0]


def test_no_policy_is_put_before_one_that_cannot_be_told_from_it() -> None:
    # Alpha's rise of the weaker half is clear, Beta's is not; the two cannot be told apart, in the gap neither.
    facts = planted({"status_quo": {}, "a": LIKE_A | SPEND, "b": LIKE_B | SPEND | {WEAK: (0.04, 0.08)}})
    assert facts.surely(WEAK, 1) == ["a"] and not facts.between(WEAK, "a", "b").clear
    said = box(facts, "do")
    assert "分不出高下" in headline(facts) and "可优先考虑" not in said
    assert "能确定缩小差距、又能确定提高薄弱半数学校的只有甲，但不能断定优于乙" in said
    assert "甲和乙之间取舍" in said and "不宜用来托底" not in said
    # The paired difference of the weaker half parts them.
    parted = planted({"status_quo": {}, "a": LIKE_A | SPEND, "b": LIKE_B | SPEND | {WEAK: (0.0, 0.01)}})
    assert "可优先考虑甲" in box(parted, "do") and "乙缩小差距，但薄弱半数学校未见确定的提高" in box(parted, "do")
    # Beta narrows surely more.
    more = planted({"status_quo": {}, "a": LIKE_A, "b": LIKE_B | {GAP: -0.3, WEAK: (0.04, 0.08)}})
    assert "不能断定优于乙" in box(more, "do") and "可优先考虑" not in box(more, "do")


def test_a_leader_is_not_put_before_one_whose_own_effect_is_not_clear() -> None:
    pair = {"a": LIKE_A | SPEND, "b": LIKE_B | SPEND | {GAP: -0.05}}
    open_ = planted({"status_quo": {}, **pair, "c": {GAP: (-0.1, 0.3), WEAK: (0.0, 0.3)}})
    assert "甲和乙都能缩小差距、提高薄弱半数学校；其中甲缩小最多，但不能断定优于丙" in box(open_, "do")
    clear = planted({"status_quo": {}, **pair, "c": {GAP: (0.0, 0.05), WEAK: (0.0, 0.3)}})
    assert "甲缩小最多，可优先考虑" in box(clear, "do")


def test_the_only_one_that_lifts_is_not_put_first_where_the_other_design_puts_another_first() -> None:
    weak = {WEAK: (0.04, 0.08)}
    one = planted({"status_quo": {}, "a": LIKE_A | {GAP: -0.2}, "b": LIKE_B | weak})
    two = planted({"status_quo": {}, "a": LIKE_A, "b": LIKE_B | weak | {GAP: -0.3}})
    assert "可优先考虑甲" in box(one, "do") and "可优先考虑甲" in box(replace(one, twin=one), "do")
    assert "只有甲，但不能断定优于乙" in box(replace(one, twin=two), "do")


def test_between_equals_the_weaker_half_counts_where_it_surely_differs() -> None:
    parted = planted({"status_quo": {}, "a": LIKE_A | SPEND | {WEAK: 0.09}, "b": LIKE_B | SPEND})
    assert "甲和乙之间取舍：薄弱半数学校在甲下提高较多；" in box(parted, "do")
    assert "提高较多" not in box(planted({"status_quo": {}, "a": LIKE_A | SPEND, "b": LIKE_B | SPEND}), "do")


@pytest.mark.parametrize(("other", "is_most"), [((-0.02, 0.08), False), ((0.0, 0.01), True)])
def test_the_core_schools_fall_most_only_against_every_other_policy(other: Effect, is_most: bool) -> None:
    facts = planted({"status_quo": {}, "a": UP | {CORE: -0.05}, "b": UP, "c": UP | {CORE: other}})
    assert ("甲降得最多" in box(facts, "dont")) is is_most


def test_the_other_design_is_named_where_it_cannot_tell() -> None:
    here, there = planted({"status_quo": {}, "a": UP}), planted({"status_quo": {}, "a": NOISE})
    assert "只有按实际约束能确定缩小差距（甲），按同样的学校配对不能确定" in box(replace(here, twin=there), "unknown")
    assert "只有按同样的学校配对能确定缩小差距（甲），按实际约束不能确定" in box(replace(there, twin=here), "unknown")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_chapter_on_indicators_speaks_of_ranges_only_where_there_are_any(lang: str) -> None:
    several, one = (words(indicators.chapter(planted({"status_quo": {}, "a": UP}, lang=lang, draws=draws))) for draws in (10, 1))
    told = re.compile("95%|区间(?!，)|范围" if lang == "zh" else r"95%|(?<!no )intervals?\b|\brange")
    assert told.search(several) and not told.search(one), told.findall(one)


def test_a_roster_is_told_first_of_the_columns_the_indicators_need() -> None:
    manifest = {**ROSTER, "imputed": {f"schools.{key}": 6 for key in IMPUTED}}
    facts = planted({"status_quo": {}, "a": UP}, lang="en", manifest=manifest, info={"data_status": "roster"})
    names = [name for name, _, _ in boxes.imputed_columns(facts)]
    assert names[:3] == ["PE, art and music teachers", "backbone teachers", "equipment value"] and names.count("pupils by grade") == 1
    assert "quota places" in names and not any("_" in name for name in names)


# -- intervals decide ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("spread", "is_clear"), [(0.02, True), (0.3, False)])
def test_a_policy_narrows_the_gap_only_where_the_interval_says_so(spread: float, is_clear: bool) -> None:
    facts = planted({"status_quo": {}, "a": {GAP: (-0.1, spread), WEAK: 0.05}})
    assert ("甲能确定缩小" in headline(facts)) is is_clear
    assert ("没有哪种政策能确定缩小" in headline(facts)) is not is_clear
    assert ("可优先考虑甲" in box(facts, "do")) is is_clear
    assert ("没有哪种政策能确定既缩小差距又提高" in box(facts, "do")) is not is_clear


def test_policies_that_cannot_be_told_apart_are_named_together() -> None:
    facts = planted({"status_quo": {}, "a": LIKE_A | SPEND, "b": LIKE_B | SPEND})
    assert facts.between(GAP, "a", "b").clear is False
    said = box(facts, "do")
    assert "甲和乙都能缩小差距、提高薄弱半数学校；缩小多少，分不出高下" in said
    assert "可优先考虑" not in said
    assert "专项经费分不出多少；对核心校的影响分不出轻重" in said
    assert "甲和乙缩小差距的效果，彼此都分不出高下" in box(facts, "unknown")


def test_between_equals_price_and_core_schools_decide_where_they_can() -> None:
    cheap = LIKE_A | SPEND | {CORE: -0.01}
    dear = LIKE_B | {CORE: -0.04, "money.total": 9e6, "money.total_to_date": 18e6}
    said = box(planted({"status_quo": {}, "a": cheap, "b": dear}), "do")
    assert "甲和乙之间取舍：每缩小 0.01 SD 差距，甲专项经费最省" in said and "核心校在甲下较好" in said


def test_no_policy_is_put_first_when_the_designs_disagree_on_it() -> None:
    first, second = {"a": UP, "b": UP | {GAP: -0.2}}, {"a": UP | {GAP: -0.3}, "b": UP}
    alone = planted({"status_quo": {}, **first})
    twin = planted({"status_quo": {}, **second})
    assert "乙缩小最多，可优先考虑" in box(alone, "do")
    both = replace(alone, twin=twin)
    assert "可优先考虑" not in box(both, "do")
    assert "按实际约束是乙，按同样的学校配对是甲" in box(both, "unknown")
    assert "但按同样的学校配对，甲最多" in headline(both)
    turned = replace(twin, twin=alone, info={**twin.info, "design": "identical"})
    assert "按同样的学校配对是甲，按实际约束是乙" in box(turned, "unknown")
    assert "取决于如何结对" not in box(replace(alone, twin=alone), "unknown")


def test_narrowing_without_a_rise_of_the_weak_is_no_floor() -> None:
    facts = planted({"status_quo": {}, "a": {GAP: -0.1, WEAK: (0.0, 0.05), CORE: -0.1, MEMBER: (0.0, 0.05)}})
    assert "甲缩小差距，但薄弱半数学校未见确定的提高" in box(facts, "do")
    assert "缩小来自核心校下降" in headline(facts)


@pytest.mark.parametrize(("core", "warned"), [(-0.02, True), ((-0.02, 0.1), False), (0.02, False)])
def test_the_warning_on_core_schools_needs_a_sure_loss(core: Effect, warned: bool) -> None:
    facts = planted({"status_quo": {}, "a": UP | {CORE: core}})
    assert ("不要再多从核心校抽调" in box(facts, "dont")) is warned


@pytest.mark.parametrize(("kept", "warned"), [((-2.0, 0.3), True), ((-0.2, 2.0), False), ((2.0, 0.3), False)])
def test_coefficients_and_learning_going_apart_is_said_plainly(kept: Effect, warned: bool) -> None:
    facts = planted({"status_quo": {}, "a": UP | {("official.indicators_passing", "primary"): kept}})
    assert ("不要用差异系数代替学习：甲下差距缩小，达标项数却比现状少" in box(facts, "dont")) is warned
    verdict = learning.verdict_of(facts, "a")
    assert verdict == ("hides" if warned else "together" if kept == (2.0, 0.3) else "learning_only")


def test_the_rule_of_all_seven_is_no_warning_where_it_is_likely_kept() -> None:
    assert "七项差异系数" not in box(planted({"status_quo": {}, "a": UP}), "dont")


@pytest.mark.parametrize(
    ("indicator", "gap", "weak", "expected"),
    [
        ((2.0, 0.1), -0.1, 0.05, "together"), ((-2.0, 0.1), 0.1, -0.05, "together_down"), ((2.0, 0.1), (0.0, 0.1), (0.0, 0.1), "flatters"),
        ((2.0, 0.1), 0.1, -0.05, "flatters_down"), ((-2.0, 0.1), -0.1, (0.0, 0.1), "hides"), ((-2.0, 0.1), (0.0, 0.1), (0.0, 0.1), "worse_open"),
        ((0.1, 2.0), -0.1, 0.05, "learning_only"), ((0.1, 2.0), 0.1, -0.05, "learning_down"), ((0.1, 2.0), (0.0, 0.1), (0.0, 0.1), "open"),
        ((-2.0, 0.1), -0.1, -0.05, "worse_open"), ((0.1, 2.0), -0.1, -0.05, "open"),
    ],
)  # fmt: skip
def test_verdicts_on_indicator_and_learning(indicator: Effect, gap: Effect, weak: Effect, expected: str) -> None:
    facts = planted({"status_quo": {}, "a": {("official.indicators_passing", "primary"): indicator, GAP: gap, WEAK: weak}})
    assert learning.verdict_of(facts, "a") == expected


def test_a_coefficient_keeps_its_limit_only_with_its_whole_range() -> None:
    facts = planted({"status_quo": {}, "a": {
        ("official.cv.rooms", "primary"): (0.17, 0.02), ("official.cv.sports", "primary"): (0.30, 0.02),
        ("official.cv.buildings", "primary"): (0.20, 0.0),
    }})  # fmt: skip
    found = table(indicators.chapter(facts), "cv_primary")
    verdicts = {(row[0].value if isinstance(row[0], Cell) else "", row[1]): row[4] for row in found.rows}
    by_name: dict[str, str] = {}
    name = ""
    for row in found.rows:
        name = str(cell(row[0]).value) or name
        if row[1] == "甲":
            by_name[name] = str(cell(row[4]).tone)
    assert by_name["网络多媒体教室"] == "open"  # mean 0.47 lies below 0.50, its range does not
    assert by_name["体育运动场馆面积"] == "fails"
    assert by_name["高于规定学历教师"] == "meets"
    assert verdicts
    assert [key for _, key in indicators.undecided(facts, "a")] == ["teaching_area", "rooms"]  # 0.20 more puts it on the limit, with its draws about it
    assert "网络多媒体教室（小学）" in box(facts, "collect")


def test_the_year_from_which_a_limit_is_kept() -> None:
    facts = planted({"status_quo": {}, "a": {("official.cv.rooms", "primary"): 0.3}}, base={("official.cv.sports", "primary"): 0.0})
    found = facts.measures
    rows = found["measure"].eq("official.cv.rooms") & found["stage"].eq("primary") & found["policy"].eq("a")
    found.loc[rows & found["year"].eq(YEARS[-1]), "value"] -= 0.3
    by_policy = {(cell(row[0]).value, row[1]): row[6] for row in table(indicators.chapter(facts), "cv_primary").rows}
    assert by_policy["", "甲"] in ("2025", "2027")
    line = [row for row in table(indicators.chapter(facts), "cv_primary").rows if row[1] == "甲"][-1]
    assert line[6] == "2027" and line[7] == "2027"


def test_lost_indicators_are_named_with_the_policy() -> None:
    gone = {("official.cv.rooms", "primary"): 0.3}
    assert "若实行甲，另行安排：网络多媒体教室（小学）" in box(planted({"status_quo": {}, "a": UP | gone}), "do")
    assert "另行安排" not in box(planted({"status_quo": gone, "a": UP | gone}), "do")


# -- one draw, nothing compared -----------------------------------------------------------------------


def test_one_draw_says_that_nothing_can_be_told() -> None:
    facts = planted({"status_quo": {}, "a": UP, "b": NOISE}, draws=1)
    assert "任何差别都不能判断是否出于偶然" in headline(facts)
    said = words(every(facts))
    assert "能确定" not in re.sub("小学差异系数确定达标|初中差异系数确定达标", "", said).replace("没有区间，", "")
    assert "可优先考虑" not in said
    tones = {cell(value).tone for block in every(facts) if isinstance(block, Table) for row in block.rows for value in row}
    assert tones <= {"", "open"}


def test_a_run_alone_compares_nothing() -> None:
    facts = planted({"fusion": {}}, base={GAP: -0.1})
    assert not facts.is_paired
    said = headline(facts)
    assert "没有与任何政策比较" in said and "变化 −0.100 SD" in said
    assert "不要把融合型下的变化当作它的效果" in box(facts, "dont")
    assert "与现状" not in words(every(facts))


def test_a_policy_that_never_acts_is_called_the_same() -> None:
    acting = {"acting": {"status_quo": [], "a": [2026, 2027], "b": []}}
    facts = planted({"status_quo": {}, "a": UP, "b": {}}, manifest=acting)
    assert "乙按文件日期在推演年份内不施行" in headline(facts)
    assert "乙的差距与现状的差别未能确定" not in headline(facts)


# -- data ---------------------------------------------------------------------------------------------


def test_a_synthetic_county_is_told_to_fill_in_the_roster_first() -> None:
    said = box(planted({"status_quo": {}, "a": UP}), "collect")
    assert said.startswith("本县没有一项数据是实测") and "七项指标所用的 8 列" in said
    assert set(boxes._JUDGED) <= set(SHEETS["schools"].columns)


def test_a_roster_is_told_which_columns_were_drawn() -> None:
    facts = planted({"status_quo": {}, "a": UP}, manifest=ROSTER, info={"data_status": "roster"})
    said = box(facts, "collect")
    assert "体育运动场馆面积（缺 6 格，100%）" in said and "教学仪器设备值（缺 3 格，50%）" in said and "学位数（缺 2 格，33%）" in said
    assert "管理" not in said and "没有一项数据是实测" not in said
    assert "教师和片区" in said
    assert "各校成绩是抽取的，不是实测" in box(facts, "dont")


def test_attached_studies_are_quoted() -> None:
    study = [SimpleNamespace(kind="discover", paragraphs=("**丁**在多数未来最好。",), names=()),
             SimpleNamespace(kind="sensitivity", paragraphs=(), names=("管理输出", "交流比例"))]  # fmt: skip
    facts = planted({"status_quo": {}, "a": UP})
    assert "另一项研究：丁在多数未来最好。" in box(facts, "unknown", study)
    assert "管理输出和交流比例" in box(facts, "collect", study) and "未附敏感性分析" not in box(facts, "collect", study)
    assert "未附敏感性分析" in box(facts, "collect")


def test_assumptions_are_counted_among_the_parameters_used() -> None:
    from edusim.parameters import shipped

    status = {path: str(one.status) for path, one in shipped().items()}
    used = [path for path, one in status.items() if one == "assumption"][:3] + [path for path, one in status.items() if one == "clause"][:1]
    manifest = {"configuration": {"policies": {"a": {"values": dict.fromkeys(used, 1)}}}}
    facts = planted({"status_quo": {}, "a": UP}, manifest=manifest)
    assert "所用 4 个参数中有 3 个（75%）是假定" in box(facts, "unknown")


# -- schools ------------------------------------------------------------------------------------------


def test_schools_are_counted_by_what_their_intervals_say() -> None:
    facts = planted({"status_quo": {}, "a": UP}, schools=lambda policy, k: {0: -0.05, 1: -0.05, 2: 0.05, 3: 0.05, 4: 0.0, 5: 0.0}[k] * (policy == "a"))
    found = table(winners.chapter(facts), "schools_tally")
    rows = {cell(row[0]).value: row[2:6] for row in found.rows}
    assert rows["核心校"] == (2, 0, 2, 0)
    assert rows["成员校"][:3] == (3, 2, 0)
    assert "2 所核心校中，成绩确定上升的 0 所、确定下降的 2 所、未定的 0 所" in words(winners.chapter(facts))
    assert "不要给学校排名" in box(facts, "dont")


def test_schools_are_listed_by_stage_zone_and_pseudonym_never_by_what_they_achieve() -> None:
    lists = []
    for sign in (1.0, -1.0):
        facts = planted({"status_quo": {}, "a": UP}, schools=lambda _, k, s=sign: s * 0.1 * k)  # type: ignore[misc]
        lists.append([(row[0], row[1], row[2]) for row in table(indicators.chapter(facts), "school_rule").rows])
    assert lists[0] == lists[1]
    stages = [stage for stage, _, _ in lists[0]]
    assert [key for key, _ in itertools.groupby(stages)] == ["小学", "九年一贯制", "初中"]
    assert all(list(names) == sorted(names) for names in ([n for _, _, n in group] for _, group in itertools.groupby(lists[0], key=lambda one: one[:2])))


def test_real_names_never_appear(composed: dict[str, dict[str, list[Any]]]) -> None:
    for found in composed.values():
        for blocks in found.values():
            assert "真名" not in words(blocks)


def test_a_long_list_of_schools_goes_to_the_workbook() -> None:
    few, many = (indicators.chapter(planted({"status_quo": {}, "a": UP}, draws=2, n=n)) for n in (6, 70))
    assert not table(few, "school_rule").only_workbook and table(many, "school_rule").only_workbook
    assert len(table(many, "school_rule_groups").rows) < 10


def test_probabilities_of_schools() -> None:
    facts = planted({"status_quo": {}, "a": UP})
    chances = indicators.school_chances(facts, "a")
    assert [one.n for one in chances] == [10, 10, 0, 10, 10, 10]
    assert [one.mean for one in chances if one.n] == [1.0, 0.0, 0.0, 1.0, 0.0]
    below = indicators._below(facts, "a")
    assert np.isnan(below[:, 2]).all() and (below[1, [0, 1, 3, 4, 5]] == 1.0).all()  # too few backbone teachers everywhere
    assert list(below[0, [0, 1]]) == [1.0, 0.0]  # 3 of 4.2 in a primary school, 9 of 5.3 in a junior one


def test_families_of_core_schools_lose_class_size_and_satisfaction_here() -> None:
    facts = planted({"status_quo": {}, "a": UP})
    said = words(winners.chapter(facts))
    assert "核心校家长能确定看到变差的：成绩（甲 −0.020 SD" in said
    assert "平均班额（甲 +1.00 人，每次相同）" in said and "满意度（甲 −1.00 个百分点，每次相同）" in said
    assert facts.school_mean_moved("class_size_mean", "a", facts.school_list["role"].eq("core").to_numpy()).mean == pytest.approx(1.0)


def test_four_hundred_schools_take_no_time() -> None:
    policies = ("status_quo", "a", "b", "c")
    facts = planted(dict.fromkeys(policies, UP), draws=20, n=400)
    started = time.perf_counter()
    every(facts)
    assert len(facts.schools) == 96_000
    assert time.perf_counter() - started < 2.0


# -- frames as they are ------------------------------------------------------------------------------


@pytest.mark.slow
def test_made_up_frames_of_the_figures_do_and_pictures_draw() -> None:
    found = fake.comparison(n=9, draws=4, years=range(2025, 2028))
    facts = Facts(found.measures, found.schools, found.flows, None, {}, found.info, "zh")
    blocks = every(facts)
    assert not table(learning.chapter(facts), "indicator_learning").only_workbook
    pictures = {block.key: block for block in blocks if isinstance(block, Picture)}
    assert {"indicators", "gap", "dumbbell"} <= set(pictures)
    assert all(pictures[key].alt for key in pictures)
    for key in ("indicators", "gap", "dumbbell"):
        assert pictures[key].draw().for_report


def test_the_two_designs_of_a_folder_come_as_twins() -> None:
    one, two = planted({"status_quo": {}, "a": UP}), planted({"status_quo": {}, "a": UP | {GAP: -0.3}})
    frames = {
        name: pd.concat([getattr(facts, name).assign(design=design) for facts, design in ((one, "feasible"), (two, "identical"))], ignore_index=True)
        for name in ("measures", "schools")
    }  # fmt: skip
    frames["schools"] = frames["schools"].rename(columns={"pseudonym": "pseudonym_zh"})
    facts = facts_of_run({**frames, "manifest": one.manifest}, one.info, "zh")
    assert facts.effect(GAP, "a").mean == pytest.approx(-0.10) and facts.twin is not None
    assert facts.twin.effect(GAP, "a").mean == pytest.approx(-0.30) and facts.twin.twin is None
    other = facts_of_run({**frames, "manifest": one.manifest}, one.info, "zh", "identical")
    assert other.effect(GAP, "a").mean == pytest.approx(-0.30) and (facts.info["design"], other.info["design"]) == ("feasible", "identical")


def test_how_numbers_are_written() -> None:
    facts = planted({"status_quo": {}, "a": {}}, draws=2)
    gap = Interval(-0.1234, -0.2, -0.05, 9)
    assert sentences.sized(facts, gap) == "−0.123 SD（95% 区间 −0.200 至 −0.050）"
    assert sentences.sized(facts, gap, form="short") == "−0.123 SD（−0.200 至 −0.050）"
    assert sentences.sized(facts, gap, form="inner") == "−0.123 SD，−0.200 至 −0.050"
    assert sentences.money(facts, Interval(5e7, 4e7, 6e7, 9)) == "5,000 万元（95% 区间 4,000 至 6,000）"
    assert sentences.money(replace(facts, lang="en"), Interval(5e7, 5e7, 5e7, 9)) == "50.0 million yuan"
    assert sentences.listed(replace(facts, lang="en"), ["a", "b", "c"]) == "a, b and c"
