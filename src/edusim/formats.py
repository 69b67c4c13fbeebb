"""Which format a file or folder has, and how an older one is read: brought up step by step in memory, or refused saying so.

A format has a whole number. A program reads every format up to its own for which it has steps, changes nothing on disk, and
refuses what is newer than itself. The policy is in docs/changes.md; ``tests/old`` holds what earlier versions wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

#: Brings content of one version up to the next, in place: values of a file are located nodes, those of a manifest plain data.
Step = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class Format:
    """A format, its present version, and the steps that lead there."""

    version: int
    steps: Mapping[int, Step] = field(default_factory=dict)

    @property
    def oldest(self) -> int:
        """The oldest version that can still be read."""
        first = self.version
        while first - 1 in self.steps:
            first -= 1
        return first


class UnknownFormat(Exception):
    """Content of a version that this program cannot read; ``newer`` than it knows, or too old."""

    def __init__(self, version: object, newest: int) -> None:
        self.version, self.newest = version, newest
        self.newer = isinstance(version, int) and version > newest
        super().__init__(f"format {version}, known up to {newest}")


def brought_up(content: Mapping[str, Any], version: object, form: Format) -> dict[str, Any]:
    """Return content as the present version has it; the given mapping stays as it is.

    Raises
    ------
    UnknownFormat
        When no steps lead from its version to the present one.
    """
    if not isinstance(version, int) or isinstance(version, bool) or not form.oldest <= version <= form.version:
        raise UnknownFormat(version, form.version)
    found = dict(content)
    for step in range(version, form.version):
        form.steps[step](found)
    return found


def _which_years(manifest: dict[str, Any]) -> None:
    """Say in which years each policy acts, and that nothing is known of the sources of clauses.

    Until 25 November 2026 manifests did not hold it. All policies that were shipped then began in the year after the
    base year and had no end; with dates as in the documents it cannot be told any more.
    """
    if manifest["configuration"]["dates"] != "aligned":
        raise UnknownFormat(0, 1)
    span = [int(manifest["base_year"]) + 1, int(manifest["last_year"])]
    manifest["acting"] = {key: [] if key == "status_quo" else span for key in manifest["policies"]}
    manifest.setdefault("dates", "aligned")
    manifest.setdefault("sources", {})


#: Configuration files of every kind: scenario, policy, behaviour, region, roster mapping, study, calibration, register.
FILES = Format(1)
#: Folders that ``run`` and ``compare`` write; 0 is 1 as it was before it told in which years a policy acts.
RUN = Format(1, {0: _which_years})
#: Stores of studies.
STORE = Format(1)
#: Folders that an analysis of a store writes (discover, sensitivity, optimise), that of a validation, and counties side by side.
ANALYSIS = Format(1)


def of_manifest(manifest: Mapping[str, Any]) -> tuple[object, Format]:
    """Return the version and the format of a folder by its manifest."""
    version = manifest.get("schema_version")
    if manifest.get("format") == "edusim-study":
        return version, STORE
    if "digests" not in manifest:
        return ANALYSIS.version if version is None else version, ANALYSIS
    if version in (None, 1):
        version = 1 if "acting" in manifest else 0
    return version, RUN
