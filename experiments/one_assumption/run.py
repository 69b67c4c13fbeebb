"""How far each policy's lead rests on one assumption: ``python run.py [--small] [--expect]``.

Every policy is compared with the law in force at the default of ``leadership.diffusion`` and at 0, where a core's
management reaches nobody. What comes out is kept in ``expected.json`` and quoted by ``docs/ethics-and-limits.md``.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import edusim
from edusim.documents import named
from edusim.study import expected
from edusim.study.design import source_hash

HERE = Path(__file__).parent
PATH = "leadership.diffusion"
MODES = ("collaboration", "co_build", "fusion")
OUTCOMES = {
    "gap": "learning.core_member_gap", "core": "learning.core_mean", "member": "learning.member_mean", "top": "learning.top_mean",
}  # fmt: skip


def results(*, small: bool) -> dict[str, Any]:
    """Return the effects in the last year, by design, by policy and value, by outcome."""
    changes = {"region.n_pupils": 8000, "years": 3} if small else {}
    policies = ["status_quo", *MODES] if small else ["status_quo", *MODES, *named()]
    draws = 2 if small else 20
    default = edusim.load("county").parameters("status_quo").at(2025)[PATH]
    effects: dict[str, Any] = {}
    runs = 0
    for value in (default, 0.0):
        found = edusim.compare(edusim.load("county").with_({**changes, PATH: value}), policies=policies, draws=draws)
        runs += len(found.outcomes)
        frame = found.effects
        frame = frame[(frame["year"] == frame["year"].max()) & frame["stage"].eq("all")]
        for name, measure in OUTCOMES.items():
            for row in frame[frame["measure"] == measure].itertuples():
                cell = {k: float(getattr(row, k)) if math.isfinite(getattr(row, k)) else None for k in ("mean", "low", "high")}
                key = f"{row.policy} {value:g}"
                effects.setdefault(row.design, {}).setdefault(key, {})[name] = {**cell, "n": int(row.n)}
    return {"source": source_hash(), "runs": runs, "failed": 0, "draws": draws, "default": default, "effects": effects}


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="three modes on a small county, two draws, three years")
    options.add_argument("--expect", action="store_true", help="keep the results as the expected ones")
    given = options.parse_args()
    file = HERE / ("expected.small.json" if given.small else "expected.json")
    now = results(small=given.small)
    if given.expect:
        file.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        print(f"kept: {file.name}")
        return 0
    wrong = expected.differences(now, json.loads(file.read_text(encoding="utf-8")))
    print("\n".join(f"not as expected: {line}" for line in wrong) or f"as expected: {file.name}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
