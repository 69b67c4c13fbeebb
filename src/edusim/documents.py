"""The policy documents side by side: all on one county, or each on a county of its own shape.

A document is a shipped policy file with ``role: document``. Its ``scenario`` names a county shaped as the
document describes; differences from the law in force, each on its own county, may be laid side by side, levels
may not without care: the counties differ.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edusim.errors import RunError, language
from edusim.policies import policy, policy_names
from edusim.report.summaries import Interval
from edusim.report.tables import counties_table
from edusim.runs import SCHEMA_VERSION, Comparison, compare
from edusim.scenario import Scenario, load


def named() -> tuple[str, ...]:
    """Return the keys of the shipped policies that are the whole of one document, oldest first."""
    found = [policy(key) for key in policy_names()]
    return tuple(p.key for p in sorted(found, key=lambda p: (p.first_year, p.key)) if p.role == "document")


def own_scenarios(
    policies: Sequence[str], baseline: str, default: str = "county", changes: Mapping[str, Any] | None = None
) -> dict[str, Scenario]:
    """Return for each policy the scenario of its own county, with that policy and the baseline.

    Parameters
    ----------
    policies
        Keys of policies; one without a scenario of its own gets ``default``.
    baseline
        Policy that each is compared with.
    default
        Scenario of a policy that names none.
    changes
        As for :meth:`edusim.scenario.Scenario.with_`.
    """
    found = {}
    for key in policies:
        name = policy(key).scenario or default
        found[key] = load(name).with_({**(changes or {}), "policies": [baseline, key]})
    return found


@dataclass
class OwnCounties:
    """Comparisons of several policies, each on its own county: ``parts[policy]``."""

    parts: dict[str, Comparison]

    def table(self, lang: str | None = None) -> str:
        """Return one table over all, in ``zh`` or ``en``."""
        tongue = language(lang)
        columns = []
        for key, part in self.parts.items():
            last = part.measures[part.measures["year"] == part.info["last_year"]]
            columns.append((key, part.info, part.effects, last))
        return counties_table(columns, tongue)

    @property
    def manifest(self) -> dict[str, Any]:
        """What was run: folder, scenario and hash of each part."""
        runs = {
            key: {"folder": key, "scenario": part.manifest["scenario"], "hash": part.scenario.hash}
            for key, part in self.parts.items()
        }
        return {"schema_version": SCHEMA_VERSION, "kind": "own counties", "runs": runs}

    def save(self, folder: str | os.PathLike[str], lang: str | None = None) -> Path:
        """Write a run folder for each policy and the table over all, whole or not at all.

        Raises
        ------
        RunError
            ``RUN-EXISTS`` when something is there already, and what :meth:`Comparison.save` raises.
        """
        target = Path(folder)
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise RunError("RUN-EXISTS", "此处已有别的文件或文件夹", "something is there already", where=str(target))
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f".{target.name}.part-", dir=target.absolute().parent))
        try:
            part.chmod(0o755)
            for key, comparison in self.parts.items():
                comparison.save(part / key, lang)
            for tongue in ("zh", "en"):
                (part / f"table.{tongue}.txt").write_text(self.table(tongue) + "\n", encoding="utf-8")
            text = json.dumps(self.manifest, ensure_ascii=False, indent=1)
            (part / "manifest.json").write_text(text + "\n", encoding="utf-8")
            if target.exists():
                target.rmdir()
            part.rename(target)
        finally:
            if part.exists():
                shutil.rmtree(part, ignore_errors=True)
        return target


def compare_own(
    scenarios: Mapping[str, Scenario],
    *,
    baseline: str,
    draws: int,
    seed: int,
    workers: int,
    designs: Sequence[str],
    progress: Callable[[int, int, str], None] | None = None,
) -> OwnCounties:
    """Compare each policy with the baseline on its own county; see :func:`edusim.runs.compare`."""
    report = progress or (lambda done, total, text: None)
    each = 2 * len(designs) * draws
    parts = {}
    for i, (key, scenario) in enumerate(scenarios.items()):

        def told(done: int, total: int, text: str, before: int = i * each, name: str = key) -> None:
            report(before + done, each * len(scenarios), f"{name} {text}".rstrip())

        parts[key] = compare(
            scenario, policies=[baseline, key], draws=draws, seed=seed, workers=workers, baseline=baseline,
            designs=designs, progress=told,
        )  # fmt: skip
    return OwnCounties(parts)


# ---- which document fits a county ------------------------------------------------------------------


@dataclass(frozen=True)
class Basis:
    """What one document rests on: values written in it, read from studies, ours; clauses carried and set aside."""

    policy: str
    document: str
    written: int
    evidence: int
    ours: int
    carried: int
    aside: int


def basis() -> list[Basis]:
    """Return for each document how many values it writes and how many are ours, and how many of its clauses the model carries."""
    from edusim import policy_pages

    counts = policy_pages.coverage_data()["documents"]
    by_key = {row["key"]: row for row in policy_pages.policies_data()}
    found = []
    for key in named():
        row = by_key[key]
        values, clauses = row["clauses"], counts.get(row["document"], {"rows": 0, "set_aside": 0})
        found.append(
            Basis(
                policy=key, document=row["document"], written=values["clause"], evidence=values["evidence"], ours=values["assumption"],
                carried=clauses["rows"] - clauses["set_aside"], aside=clauses["set_aside"],
            )
        )
    return found


#: What the shape of a county is told by, with the unit of each.
SHAPE: Mapping[str, str] = {
    "urban": "share", "village": "share", "schools": "count", "size": "pupils", "members": "count", "alone": "share", "entrants": "share",
}  # fmt: skip


def shape(scenario: Scenario, *, seed: int = 0) -> dict[str, float]:
    """Return the shape of a county in its base year: what a document may find or not find there.

    Parameters
    ----------
    scenario
        The county.
    seed
        Of its draw.

    Returns
    -------
    dict
        ``urban``, ``village``: shares of pupils in urban, and in rural and mountain schools; ``schools``: for 10,000 pupils; ``size``: pupils of
        the median school; ``members``: of a group; ``alone``: share of town and village schools that no core is paired with; ``entrants``:
        change of those who begin school, first year to last.
    """
    import numpy as np

    from edusim.model import County

    county = County(scenario, "status_quo", seed, records="none")
    schools = county.state.schools
    pupils = county.memory.enrolment.sum(axis=0).astype(float)
    here = pupils > 0
    zone, total = schools.zone, max(float(pupils.sum()), 1.0)
    outside = here & (zone > 0) & ~schools.is_private
    alone = outside & (schools.member_of < 0) & (schools.leads < 0)
    members = np.bincount(schools.member_of[schools.member_of >= 0], minlength=county.state.groups.n)
    entrants = np.asarray(county.case.demography.entrants, float).sum(axis=1)
    return {
        "urban": float(pupils[zone == 0].sum()) / total, "village": float(pupils[zone >= 2].sum()) / total,
        "schools": 10_000.0 * float(here.sum()) / total, "size": float(np.median(pupils[here])),
        "members": float(members[members > 0].mean()) if (members > 0).any() else 0.0,
        "alone": float(alone.sum()) / max(float(outside.sum()), 1.0),
        "entrants": float(entrants[-1] / entrants[0] - 1.0) if entrants.size > 1 and entrants[0] > 0 else 0.0,
    }  # fmt: skip


def years_in_force(policies: Sequence[str], most: int = 10) -> int:
    """Return for how many school years all of the policies act together when they start in the same one."""
    spans = [known.last_year - known.first_year + 1 for key in policies if (known := policy(key)).last_year is not None]
    return min([most, *spans])


def apart(measures: Any, policies: Sequence[str], measure: str, year: int, stage: str = "all") -> dict[tuple[str, str], Interval]:
    """Return the paired difference of every two policies, with intervals that hold for all pairs of the measure together.

    Parameters
    ----------
    measures
        Of a comparison: ``Comparison.measures``.
    policies
        Keys.
    measure, year, stage
        Which.

    Returns
    -------
    dict
        ``(a, b)`` -> mean of ``a - b`` and its interval: 95% for all pairs at once (Bonferroni), so that looking at many pairs finds no
        difference by their number alone.
    """
    import numpy as np
    from scipy import stats

    rows = measures[(measures["measure"] == measure) & (measures["year"] == year) & (measures["stage"] == stage) & measures["scope"].isin(["county", "stage"])]
    wide = rows.pivot_table(index="draw", columns="policy", values="value", aggfunc="mean", observed=True)
    listed = [(a, b) for i, a in enumerate(policies) for b in policies[:i]]
    found = {}
    for a, b in listed:
        gap = (wide[a] - wide[b]).dropna().to_numpy()
        mean, n = float(gap.mean()) if gap.size else float("nan"), int(gap.size)
        half = float(stats.t.ppf(1.0 - 0.025 / len(listed), n - 1) * np.std(gap, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
        found[a, b] = Interval(mean, mean - half, mean + half, n)
    return found


def behind(pairs: Mapping[tuple[str, str], Interval], want: str) -> dict[str, list[str]]:
    """Return for each policy those that are surely better; who has none is not surely behind anybody.

    Parameters
    ----------
    pairs
        As :func:`apart` gives them.
    want
        ``max`` or ``min``.
    """
    found: dict[str, list[str]] = {key: [] for pair in pairs for key in pair}
    for (a, b), gap in pairs.items():
        if not gap.clear:
            continue
        better, worse = (a, b) if (gap.mean > 0) == (want == "max") else (b, a)
        found[worse].append(better)
    return found
