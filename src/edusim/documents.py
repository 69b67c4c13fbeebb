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
