"""Made-up results of a county, with numbers of a realistic size, for tests of figures and tables."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

POLICIES = ("status_quo", "collaboration", "co_build", "fusion")
#: Yearly change of the gap, a year, in SD.
SLOPE = {"status_quo": 0.001, "collaboration": -0.004, "co_build": -0.009, "fusion": -0.0105, "community_plan": -0.008,
         "none": 0.003}  # fmt: skip
CV_BASE = {"degree": 0.30, "backbone": 0.55, "pe_art_music": 0.50, "teaching_area": 0.47, "sports_area": 0.60,
           "equipment": 0.38, "rooms": 0.33}  # fmt: skip
NAMES = "青禾 白桦 云杉 溪口 石桥 柳湾 松岭 竹园 枫林 河坪 梅坞 桐花 麦田 山前 湖畔 晨光 芦荡 橡树 丹霞 玉泉 银杏 雪松 茶亭 杏坛 稻香 荷塘".split()  # noqa: SIM905


def pseudonym(school: int) -> str:
    """Return an invented school name."""
    extra = school // len(NAMES)
    return f"{NAMES[school % len(NAMES)]}{'' if not extra else extra + 1}校"


def schools(
    n: int = 18, policies: tuple[str, ...] = POLICIES, draws: int = 12, years: range = range(2025, 2036), seed: int = 1
) -> pd.DataFrame:
    """Return a frame like ``Run.schools``: about one school in five leads a group."""
    rng = np.random.default_rng(seed)
    n_groups = max(1, n // 5) if n > 1 else 0
    role = np.array(["core"] * n_groups + ["member"] * (n - n_groups))
    role[n - max(0, n // 9) :] = "none"
    group = np.concatenate([np.arange(n_groups), rng.integers(0, max(1, n_groups), n - n_groups)])
    group = np.where(role == "none", -1, group)
    zone = np.where(role == "core", "urban", rng.choice(["town", "rural", "rural", "mountain"], n))
    x = np.where(role == "core", rng.normal(22, 3, n), rng.uniform(0, 46, n))
    y = np.where(role == "core", rng.normal(16, 3, n), rng.uniform(0, 34, n))
    base = np.where(role == "core", rng.normal(0.38, 0.12, n), rng.normal(-0.18, 0.22, n))
    pupils = np.where(role == "core", rng.integers(1200, 2300, n), rng.integers(80, 800, n))
    parts = []
    noise = rng.normal(0, 0.02, (draws, n))
    own = rng.normal(1, 0.7, n)
    for policy in policies:
        slope = np.where(role == "core", 0.25, -0.9) * SLOPE.get(policy, -0.006) * own
        for draw in range(draws):
            for step, year in enumerate(years):
                later = rng.normal(0, 0.004, n) * step**0.5
                parts.append(
                    pd.DataFrame(
                        {
                            "policy": policy, "draw": draw, "year": year, "school_id": np.arange(n) + 100,
                            "pseudonym": [pseudonym(i) for i in range(n)], "zone": zone, "stage": "primary",
                            "role": role, "group_id": group, "mode": 0 if year == years[0] else 1, "x_km": x, "y_km": y,
                            "n_pupils": pupils, "mean_achievement": base + noise[draw] + slope * step + later,
                        }
                    )
                )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


#: Yuan a year of each policy, by line.
LINES = {"rotation": 3e6, "allowance": 4e6, "joint_work": 2e6, "equipment": 5e6, "buildings": 2e6}
ONE_OFF = ("equipment", "buildings")
DEAR = {"status_quo": 0.0, "none": 0.0, "collaboration": 1.0, "co_build": 1.5, "fusion": 2.2}
SEATS = {"urban": (900, 40), "town": (1500, 0), "rural": (2600, 0), "mountain": (1400, 0)}


def _money(policy: str, step: int, rng: np.random.Generator) -> list[tuple[str, float]]:
    found = {key: 0.0 if not step else DEAR.get(policy, 1.2) * yuan * rng.normal(1, 0.02) for key, yuan in LINES.items()}
    one_off = sum(found[key] for key in ONE_OFF)
    whole = sum(found.values())
    return [
        *((f"money.line.{key}", yuan) for key, yuan in found.items()),
        ("money.recurrent", whole - one_off), ("money.one_off", one_off), ("money.total", whole), ("money.unfunded", 0.0),
    ]  # fmt: skip


def _rotation(policy: str, step: int, rng: np.random.Generator) -> list[tuple[str, float]]:
    promised = 0.0 if not step else 40.0 + 30 * DEAR.get(policy, 1.2)
    sent = promised * (0.4 if policy in ("status_quo", "none") else 0.9) + rng.normal(0, 2) * bool(step)
    return [
        ("staffing.rotation_promised", promised), ("staffing.rotation_delivered", sent),
        ("staffing.rotation_eligible", 0.0 if not step else 900.0 + 10 * step),
        ("staffing.rotation_share_eligible", sent / (900.0 + 10 * step) if step else np.nan),
        ("staffing.rotation_backbone_share", 0.24 + rng.normal(0, 0.02) if step else np.nan),
    ]  # fmt: skip


def measures(
    policies: tuple[str, ...] = POLICIES, draws: int = 12, years: range = range(2025, 2036), seed: int = 1,
    shift: float = 0.0,
) -> pd.DataFrame:  # fmt: skip
    """Return a frame like ``Run.measures``; ``shift`` is added to the last year's gap of every policy but the first."""
    rng = np.random.default_rng(seed)
    rows: list[tuple[Any, ...]] = []
    start = rng.normal(0.44, 0.02, draws)
    cv_start = {(key, stage): rng.normal(0, 0.012, draws) for key in CV_BASE for stage in ("primary", "junior")}
    for order, policy in enumerate(policies):
        for draw in range(draws):
            for step, year in enumerate(years):
                gap = start[draw] + SLOPE.get(policy, -0.006) * step + rng.normal(0, 0.006) * step**0.5
                if order and year == years[-1]:
                    gap += shift

                def add(name: str, stage: str, value: float, unit: str, zone: str = "", at: Any = (policy, draw, year)) -> None:
                    rows.append((*at, name, "zone" if zone else "county", stage, zone or "county", value, unit))

                for name, value in (
                    ("learning.core_member_gap", gap),
                    ("learning.weak_half", -0.3 - (gap - 0.44) * 0.7),
                    ("learning.top_quarter", 0.42 + (gap - 0.44) * 0.2),
                    ("learning.mean", 0.0 + 0.004 * step),
                    ("learning.core_mean", 0.3 + (gap - 0.44) * 0.2),
                    ("learning.member_mean", -0.14 - (gap - 0.44) * 0.8),
                    ("learning.low_ses_mean", -0.35 - (gap - 0.44) * 0.3),
                ):
                    add(name, "all", value, "pupil SD")
                for name, value in _money(policy, step, rng):
                    add(name, "all", value, "yuan/year")
                for name, value in _rotation(policy, step, rng):
                    add(name, "all", value, "share" if "share" in name else "teachers")
                for stage, less in (("primary", 0.0), ("junior", 0.05)):
                    for key, value in CV_BASE.items():
                        effect = SLOPE.get(policy, -0.006) * step * (1.6 if key in ("backbone", "pe_art_music") else 0.2)
                        level = value - less + cv_start[key, stage][draw] + effect + rng.normal(0, 0.004)
                        add(f"official.cv.{key}", stage, level, "ratio")
                    add("official.class_size_mean", stage, 38.0 + 100 * less + rng.normal(0, 0.3), "pupils/class")
                    add("official.class_size_largest", stage, 45.0 + 100 * less + rng.integers(-1, 1), "pupils")
                    for zone, (empty, needed) in SEATS.items():
                        add("families.seats_empty", stage, empty + 20.0 * step + rng.normal(0, 5), "seats", zone)
                        add("families.seats_needed", stage, needed * bool(step) + rng.integers(0, 2) * bool(needed), "seats", zone)
    columns = ["policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


def flows(policies: tuple[str, ...] = POLICIES, draws: int = 12, years: range = range(2026, 2036)) -> pd.DataFrame:
    """Return yearly teacher moves by kind of school."""
    rng = np.random.default_rng(3)
    size = {"status_quo": 0.35, "collaboration": 0.6, "co_build": 1.0, "fusion": 1.4, "none": 0.0}
    means = {("core", "town"): 22, ("core", "rural"): 30, ("core", "mountain"): 11, ("town", "core"): 14,
             ("rural", "core"): 18, ("mountain", "core"): 6, ("town", "rural"): 5, ("rural", "mountain"): 2}  # fmt: skip
    rows = [
        {"policy": policy, "draw": draw, "year": year, "from_zone_role": a, "to_zone_role": b,
         "teachers": float(rng.poisson(mean * size.get(policy, 0.8)))}
        for policy in policies for draw in range(draws) for year in years for (a, b), mean in means.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def effects(frame: pd.DataFrame, baseline: str = "status_quo") -> pd.DataFrame:
    """Return paired differences from the baseline at the end of the horizon."""
    year = frame["year"].max()
    rows = []
    if baseline not in set(frame["policy"]):
        return pd.DataFrame()
    for (measure, stage), part in frame[frame["year"] == year].groupby(["measure", "stage"]):
        wide = part.pivot_table(index="draw", columns="policy", values="value")
        for policy in wide.columns:
            if policy != baseline:
                gap = (wide[policy] - wide[baseline]).to_numpy()
                half = 2.2 * gap.std(ddof=1) / len(gap) ** 0.5 if len(gap) > 1 else np.nan
                rows.append({"design": "feasible", "policy": policy, "baseline": baseline, "year": year,
                             "measure": measure, "stage": stage, "mean": gap.mean(), "low": gap.mean() - half,
                             "high": gap.mean() + half, "n": len(gap), "draws_needed": 30})  # fmt: skip
    return pd.DataFrame(rows)


def comparison(n: int = 18, policies: tuple[str, ...] = POLICIES, draws: int = 12, years: range = range(2025, 2036)) -> Any:
    """Return a stand-in for a comparison."""
    found = measures(policies, draws, years)
    return SimpleNamespace(
        measures=found, schools=schools(n, policies, draws, years), effects=effects(found),
        flows=flows(policies, draws, range(years[1], years[-1] + 1) if len(years) > 1 else years),
        info={"n_schools": n, "data_status": "synthetic"},
    )  # fmt: skip
