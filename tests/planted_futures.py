"""Runs of a made-up study of many futures whose answers are known.

Three modes, the first of which the ratios refer to. With ``z`` standing for a uniform number of mean 0 and variance 1 (an assumption stretched
over its range, a ratio in its logarithm):

``gap`` (less is better)
    law 0; collaboration -0.10; co_build -0.12; fusion -0.30 where ``ratio.fusion.leadership > 1.3`` and ``families.brand < 0.4``,
    else -0.02. So fusion wins exactly there, co_build everywhere else.
``score`` (more is better)
    law 0; collaboration ``z(development.peer_learning)``; co_build the same plus ``z(families.travel)`` plus half ``z(ratio.co_build.leadership)``
    times ``z(families.travel)``; fusion 3 less.
``coin`` (more is better)
    nothing but luck.
``cost`` (less is better)
    the same number everywhere.
``count``
    no direction is wanted.

Luck is normal; ``shared`` is what a draw does to all futures, each policy its own.
"""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd

from edusim.discover.futures import Asked, Futures, from_frame

MODES = ("collaboration", "co_build", "fusion")
RANGES = {
    "development.peer_learning": (0.1, 0.6), "families.brand": (0.0, 1.0), "families.travel": (0.2, 1.5), "leadership.diffusion": (0.0, 0.4),
    "workforce.pay_slope": (1.0, 5.0), "teacher.late_gain": (0.0, 0.1), "climate.merger_shock": (0.0, 1.5), "effort.promotion": (0.0, 0.05),
}  # fmt: skip
OUTCOMES = (
    Asked("gap", "learning.core_member_gap", "last", "min", "pupil SD"), Asked("score", "learning.mean", "last", "max", "pupil SD"),
    Asked("coin", "learning.weak_mean", "last", "max", "pupil SD"), Asked("cost", "money.total", "sum", "min", "yuan"),
    Asked("count", "staffing.rotation_stock_member", "last", "", "share"),
)  # fmt: skip


def z(values: np.ndarray, low: float, high: float) -> np.ndarray:
    return np.sqrt(12) * ((values - low) / (high - low) - 0.5)


@functools.lru_cache
def runs(n: int = 400, draws: int = 2, noise: float = 0.02, shared: float = 0.0, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)

    def hypercube() -> np.ndarray:
        return (random.permutation(n) + random.random(n)) / n

    drawn = {f"uncertain.{name}": low + (high - low) * hypercube() for name, (low, high) in RANGES.items()}
    ratios = {f"ratio.{m}.{what}": np.exp(np.log(4) * (hypercube() - 0.5)) for m in MODES[1:] for what in ("leadership", "brand")}
    ratios |= {f"ratio.{MODES[0]}.{what}": np.ones(n) for what in ("leadership", "brand")}
    rows = []
    luck = {p: random.normal(0, noise, (n, draws, 3)) + random.normal(0, 1, (1, draws, 3)) * shared for p in ("status_quo", *MODES)}
    peer = z(drawn["uncertain.development.peer_learning"], *RANGES["development.peer_learning"])
    travel = z(drawn["uncertain.families.travel"], *RANGES["families.travel"])
    brand = drawn["uncertain.families.brand"]
    for arm in ("drawn", "equal"):
        now = ratios if arm == "drawn" else {name: np.ones(n) for name in ratios}
        lead = np.sqrt(12) * (np.log(now["ratio.co_build.leadership"]) / np.log(4))
        gap = {"status_quo": np.zeros(n), "collaboration": np.full(n, -0.10), "co_build": np.full(n, -0.12),
               "fusion": np.where((now["ratio.fusion.leadership"] > 1.3) & (brand < 0.4), -0.30, -0.02)}  # fmt: skip
        score = {"status_quo": np.zeros(n), "collaboration": peer, "co_build": peer + travel + 0.5 * lead * travel, "fusion": peer - 3}
        for policy in ("status_quo", *MODES):
            if policy == "status_quo" and arm == "equal":
                continue
            for draw in range(draws):
                rows.append(pd.DataFrame({
                    "policy": policy, "design": "feasible", "future": np.arange(n), "draw": draw, "seed": 7 + draw, "state": "done",
                    "arm": arm if policy != "status_quo" else None, **drawn, **(now if policy != "status_quo" else dict.fromkeys(now, np.nan)),
                    "gap": gap[policy] + luck[policy][:, draw, 0], "score": score[policy] + luck[policy][:, draw, 1],
                    "coin": luck[policy][:, draw, 2] if noise or shared else 0.0, "cost": 1e8, "count": 0.1 + luck[policy][:, draw, 2],
                }))  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def planted(n: int = 400, **how: float) -> Futures:
    return from_frame(runs(n, **how), OUTCOMES, modes=MODES)  # type: ignore[arg-type]
