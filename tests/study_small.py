"""Small studies for tests: a county of 800 pupils, two years."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edusim.study.driver import store_of
from edusim.study.study_file import Study, load


def small(store: Path, n: int = 8, **changes: Any) -> Study:
    """Return a study of 3n + 1 runs a draw: three policies at n points, and the baseline."""
    found: dict[str, Any] = {
        "schema_version": 1, "kind": "sweep", "name": {"zh": "试", "en": "trial"}, "scenario": "small",
        "set": {"region.n_pupils": 800, "years": 2},
        "policies": ["collaboration", "co_build", "fusion"], "baseline": "status_quo",
        "levers": {"rotation.share": {"range": [0, 0.16]}}, "seeds": {"root": 7},
        "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}},
        "keep": ["learning.core_member_gap", "money.total"],
        "design": {"method": "sobol", "n": n}, "store": {"path": str(store)},
    }  # fmt: skip
    return load({**found, **changes})


def rows(store: Any) -> dict[str, tuple[Any, ...]]:
    """Return key -> what is stored of it, without times and names of workers; years as bits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from edusim.study.store import Store
    from edusim.study.tasks import STATES

    store = Store.open(store.path)
    runs = pa.concat_tables([pq.read_table(f) for f in sorted((store.path / "runs").glob("*.parquet"))]).to_pylist()
    years = pa.concat_tables([pq.read_table(f) for f in sorted((store.path / "years").glob("*.parquet"))]).to_pylist()
    found = {r["key"]: [r["state"], r["digest"], r["code"], r["gap"]] for r in sorted(runs, key=lambda r: (r["attempt"], STATES.index(r["state"])))}
    for row in sorted(years, key=lambda r: r["year"]):
        found[row["key"]] += [row["year"], row["learning.core_member_gap"], row["money.total"]]
    return {key: tuple(row) for key, row in found.items()}


if __name__ == "__main__":
    # A driver of its own, to be ended by a test: study_small.py STORE WORKERS HOOK
    import sys

    from edusim.study.driver import carry_on
    from edusim.study.engines import Loky

    study = small(Path(sys.argv[1]), n=16)
    with Loky(int(sys.argv[2])) as engine:
        summary = carry_on(
            study, store_of(study), engine=engine, before=sys.argv[3], chunk=10,
            progress=lambda done, total, text: print(done, total, text, flush=True),
        )
    print(summary.resume("en"), flush=True)
    sys.exit(130 if summary.interrupted else 0)
