"""Invented frames of a sensitivity study, of a known shape: what matters, what does not, what cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

#: input -> (first order, total, half width) of the plain case.
PLAIN: Mapping[str, tuple[float, float, float]] = {
    "rotation.share": (0.34, 0.42, 0.05),
    "finance.fund_yuan_year": (0.12, 0.20, 0.04),
    "appraisal.bundle_weight": (0.001, 0.002, 0.008),
    "development.peer_learning": (0.13, 0.19, 0.04),
    "rotation.go_intercept": (0.06, 0.09, 0.03),
    "rest": (0.02, 0.04, 0.03),
    "seed": (0.12, 0.16, 0.03),
    "dummy": (0.001, 0.002, 0.012),
}
#: Behaviour and levers enough for a crowded figure.
MANY = (
    "rotation.share", "rotation.term_years", "rotation.backbone_share", "finance.fund_yuan_year", "finance.member_tilt", "appraisal.bundle_weight",
    "allowance.a_yuan_month", "reward.rotation_bonus_yuan", "development.joint_hours_year", "development.mentor_pairs", "development.peer_learning",
    "development.decay", "development.hours_half", "development.joint_learning", "leadership.diffusion", "rotation.go_intercept", "rotation.go_pay",
    "rotation.go_travel", "rotation.stay_intercept", "workforce.resign", "workforce.pay_slope", "workforce.commute_slope", "workforce.climate_slope",
    "hiring.pay_weight", "hiring.urban_weight", "achievement.class_size", "achievement.peers", "teacher.quality_sd",
)  # fmt: skip
INFO: Mapping[str, Any] = {
    "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min", "unit": "SD"}},
    "baseline": "status_quo", "data_status": "synthetic", "n_schools": 50, "target": 0.1,
    "inputs": {"rest": {"members": MANY[12:]}},
}  # fmt: skip


def index_rows(of: Mapping[str, tuple[float, float, float]], policy: str = "fusion", method: str = "sobol", outcome: str = "gap", n: int = 512,
               pairs: Mapping[tuple[str, str], tuple[float, float]] | None = None) -> list[dict[str, Any]]:  # fmt: skip
    """Return rows of the frame ``indices``: first and total order, and second order of the pairs (value, half width)."""
    head = {"policy": policy, "outcome": outcome, "method": method, "n": n}
    rows = []
    for name, (first, total, half) in of.items():
        for index, value in (("S1", first), ("ST", total)):
            rows.append({**head, "index": index, "input": name, "other": "", "value": value, "low": value - half, "high": value + half, "raw": value})
    for (one, other), (value, half) in (pairs or {}).items():
        rows.append({**head, "index": "S2", "input": one, "other": other, "value": value, "low": value - half, "high": value + half, "raw": value})
    return rows


def split_rows(policy: str = "fusion", parameters: float = 0.80, seeds: float = 0.14, half: float = 0.03, outcome: str = "gap") -> list[dict[str, Any]]:
    """Return rows of the frame ``split``; what is left is interaction."""
    parts = {"parameters": parameters, "seeds": seeds, "interaction": 1 - parameters - seeds}
    return [{"policy": policy, "outcome": outcome, "part": p, "share": v, "low": v - half, "high": v + half} for p, v in parts.items()]


#: input -> (values at its ends, change of the outcome, half width of each end).
SWINGS: Mapping[str, tuple[Any, Any, float, float]] = {
    "rotation.share": (0.03, 0.27, -0.09, 0.008),
    "finance.fund_yuan_year": (1e7, 1.9e8, -0.05, 0.008),
    "appraisal.bundle_weight": (0.1, 0.9, 0.002, 0.008),
    "development.peer_learning": (0.15, 0.55, -0.045, 0.008),
    "rotation.go_intercept": (-3.8, -2.2, 0.004, 0.009),
    "dummy": (0.1, 0.9, 0.001, 0.008),
}


def swing_rows(of: Mapping[str, tuple[Any, Any, float, float]] = SWINGS, policy: str = "fusion", middle: float = -0.08,
               outcome: str = "gap") -> list[dict[str, Any]]:  # fmt: skip
    """Return rows of the frame ``swings``."""
    rows = []
    for name, (at_low, at_high, change, half) in of.items():
        low, high = middle - change / 2, middle + change / 2
        rows.append({"policy": policy, "outcome": outcome, "input": name, "at_low": at_low, "at_high": at_high, "low_mean": low, "low_low": low - half,
                     "low_high": low + half, "high_mean": high, "high_low": high - half, "high_high": high + half})  # fmt: skip
    return rows


def growth_rows(of: Mapping[str, tuple[float, float, float]] = PLAIN, policy: str = "fusion", ns: Sequence[int] = (64, 128, 256, 512), target: float = 0.1,
                outcome: str = "gap") -> list[dict[str, Any]]:  # fmt: skip
    """Return rows of the frame ``growth``: intervals narrow as one over the root of n."""
    rows = []
    random = np.random.default_rng(3)
    for n in ns:
        grow = (ns[-1] / n) ** 0.5
        settled = 2 * grow * max(half for _, _, half in of.values()) <= target
        for name, (_, total, half) in of.items():
            value = total + float(random.normal(0, half * grow / 2)) * (n < ns[-1])
            rows.append({"policy": policy, "outcome": outcome, "n": n, "runs": n * 2 * 10, "index": "ST", "input": name, "value": value,
                         "low": value - half * grow, "high": value + half * grow, "settled": settled})  # fmt: skip
    return rows


def together_rows(one: str = "finance.fund_yuan_year", other: str = "rotation.share", policy: str = "fusion", strength: float = 0.03, side: int = 5,
                  half: float = 0.008, outcome: str = "gap") -> list[dict[str, Any]]:  # fmt: skip
    """Return rows of the frame ``together``: two main effects and a product."""
    rows = []
    for a in np.linspace(0.1, 0.9, side):
        for b in np.linspace(0.1, 0.9, side):
            alone, beyond = -0.08 - 0.05 * (a - 0.5) - 0.1 * (b - 0.5), -4 * strength * (a - 0.5) * (b - 0.5)
            rows.append({"policy": policy, "outcome": outcome, "input": one, "other": other, "x": a * 2e8, "y": b * 0.3, "mean": alone + beyond,
                         "low": alone + beyond - half, "high": alone + beyond + half, "alone": alone, "beyond": beyond, "beyond_low": beyond - half,
                         "beyond_high": beyond + half})  # fmt: skip
    return rows


def morris_rows(names: Sequence[str] = MANY, policy: str = "fusion", outcome: str = "gap", seed: int = 1) -> list[dict[str, Any]]:
    """Return rows of method ``morris``: a few inputs stand out, most lie with the dummy."""
    random = np.random.default_rng(seed)
    rows = []
    for k, name in enumerate([*names, "dummy"]):
        star = 0.09 * 0.72**k if k < 9 else 0.002 + 0.003 * float(random.random())
        sigma = star * (0.3 + float(random.random()))
        for index, value, half in (("mu_star", star, 0.002 + 0.12 * star), ("sigma", sigma, 0.003), ("mu", star * (-1) ** k, 0.003)):
            rows.append({"policy": policy, "outcome": outcome, "method": "morris", "n": 50, "index": index, "input": name, "other": "", "value": value,
                         "low": value - half, "high": value + half, "raw": value})  # fmt: skip
    return rows


def plain(policies: Sequence[str] = ("fusion",)) -> dict[str, pd.DataFrame]:
    """Return all frames of the plain case, the same for every policy but for a little."""
    lists: dict[str, list[dict[str, Any]]] = {"indices": [], "split": [], "swings": [], "growth": [], "together": [], "facts": []}
    for k, policy in enumerate(policies):
        of = {name: (first * (1 - 0.1 * k), total * (1 - 0.1 * k), half) for name, (first, total, half) in PLAIN.items()}
        pairs = {("finance.fund_yuan_year", "rotation.share"): (0.05, 0.02), ("rotation.share", "development.peer_learning"): (0.01, 0.02)}
        chaos = {name: (first, total * 1.05, 0.01) for name, (first, total, _) in of.items() if name != "seed"}
        lists["indices"] += [*index_rows(of, policy, pairs=pairs), *index_rows(chaos, policy, "chaos"), *morris_rows(policy=policy, seed=k)]
        lists["split"] += split_rows(policy, 0.8 - 0.05 * k)
        lists["swings"] += swing_rows(policy=policy)
        lists["growth"] += growth_rows(of, policy)
        lists["together"] += together_rows(policy=policy, strength=0.03 if k != 1 else 0.0)
        lists["facts"] += [{"policy": policy, "outcome": "gap", "method": "sobol", "is_dead": False, "runs": 10240, "blocks": 512, "dropped": 0, "q2": np.nan},
                           {"policy": policy, "outcome": "gap", "method": "chaos", "is_dead": False, "runs": 1024, "q2": 0.93}]  # fmt: skip
    return {name: pd.DataFrame(rows) for name, rows in lists.items()}
