"""A county's report: of a run folder, or of a run or comparison that is at hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from edusim.errors import ConfigError, EdusimError, did_you_mean
from edusim.report.county import compose
from edusim.report.county.facts import Facts, facts_of_run
from edusim.report.document.formats import NOTHING_TO_DRAW
from edusim.reporting.kinds import damaged, sound

if TYPE_CHECKING:
    from edusim.report.document.blocks import Document
    from edusim.report.style import Chart
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")
_FRAMES = ("measures", "schools", "flows", "records", "effects")
#: Columns without which nothing can be said.
_NEEDED = {
    "measures": ("policy", "draw", "year", "measure", "scope", "stage", "unit_id", "value"),
    "schools": ("policy", "draw", "year", "school_id", "pseudonym_zh", "pseudonym_en", "zone", "stage", "role"),
}
_TOLD = ("hash", "seed", "baseline", "policies", "designs", "draws", "base_year", "last_year", "agents", "rules_on", "imputed", "versions", "scenario",
         "resume", "acting")  # fmt: skip


@dataclass(frozen=True)
class County:
    """A run or a comparison, as a report needs it.

    Attributes
    ----------
    manifest, info
        See ``docs/run-folder.md`` and :mod:`edusim.report.figures`.
    frames
        ``measures, schools, flows, records, effects``; of a comparison with a column ``design``.
    design
        The design that the report is about.
    attached
        What other studies found (:class:`edusim.report.county.attached.Attached`), by language.
    ended
        The same draws with the money ending after a year, and the year.
    """

    manifest: Mapping[str, Any]
    info: Mapping[str, Any]
    frames: Mapping[str, Any]
    design: str
    attached: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    ended: tuple[int, County] | None = None

    @property
    def languages(self) -> tuple[str, ...]:
        """Both: frames hold pseudonyms in both."""
        return LANGUAGES

    @property
    def baseline_is_missing(self) -> bool:
        """Whether there is nothing to compare with."""
        return len(self.manifest["policies"]) < 2 or self.manifest["baseline"] not in self.manifest["policies"]

    @cached_property
    def _facts(self) -> dict[tuple[str, str], Facts]:
        return {}

    def facts(self, lang: str, design: str | None = None) -> Facts:
        """Return what the frames of a design say, in a language."""
        key = (lang, design or self.design)
        if key not in self._facts:
            self._facts[key] = facts_of_run({"manifest": self.manifest, **self.frames}, self.info, *key)
        return self._facts[key]

    def _seen(self, lang: str, design: str) -> Any:
        """Return the frames of one design as figures take them."""
        found: dict[str, Any] = dict.fromkeys(_FRAMES)
        for name, frame in self.frames.items():
            found[name] = frame[frame["design"] == design].drop(columns="design") if "design" in frame else frame
        found["schools"] = found["schools"].rename(columns={f"pseudonym_{lang}": "pseudonym"})
        return SimpleNamespace(**{k: v for k, v in found.items() if v is not None or k in ("flows", "records")}, info=self.info, facts=self.facts(lang, design))

    def document(self, lang: str) -> Document:
        """Return the county's report."""
        ending = None
        if self.ended is not None:
            from edusim.report.county.money import Ending

            ending = Ending(self.ended[0], self.ended[1].facts(lang))
        return compose.compose(self.facts(lang), attached=self.attached.get(lang, ()), ending=ending)

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return every figure of :data:`edusim.report.figures.FIGURES`."""
        from edusim.report.figures import FIGURES

        seen = self._seen(lang, self.design)
        return {name: lambda name=name: self._drawn(seen, name, lang, for_report) for name in FIGURES}  # type: ignore[misc]

    def _drawn(self, seen: Any, name: str, lang: str, for_report: bool) -> Chart:
        from edusim.errors import RunError
        from edusim.report.figures import draw_one
        from edusim.report.page import empty
        from edusim.report.style import Words

        try:
            return draw_one(seen, name, lang=lang, for_report=for_report)
        except RunError as error:
            if error.code not in NOTHING_TO_DRAW:
                raise
            return empty(Words(lang, self.info), error.message(lang))

    def with_design(self, design: str | None) -> County:
        """Return the same with another design as the one that is reported on.

        Raises
        ------
        ConfigError
            ``REPORT-DESIGN`` when the run does not hold it.
        """
        held = [str(one) for one in self.manifest["designs"]]
        if design is None or design == self.design:
            return self
        if design not in held:
            zh, en = did_you_mean(design, held)
            raise ConfigError(
                "REPORT-DESIGN", f"这次推演没有设计 {design[:40]}", f"the run has no design {design[:40]}", where="--design", mend_zh=zh, mend_en=en
            )
        return replace(self, design=design)


def of_folder(folder: Path) -> County:
    """Return what a run folder holds.

    Raises
    ------
    RunError
        ``RUN-NOT-A-RUN`` or ``RUN-DAMAGED``.
    """
    from edusim.folders import load_run

    found = load_run(folder)
    manifest = found.pop("manifest")
    if not isinstance(manifest, dict):
        raise damaged(folder, "manifest.json")
    lacks = [name for name in _TOLD if name not in manifest]
    lacks += [f"{name}.parquet" for name in _NEEDED if name not in found]
    lacks += [f"{name}.{column}" for name, columns in _NEEDED.items() if name in found for column in columns if column not in found[name]]
    if lacks or any(found[name].empty for name in _NEEDED):
        raise damaged(folder, f"no {lacks[0]}" if lacks else "no rows")
    with sound(folder):
        design = "feasible" if "feasible" in manifest["designs"] else str(manifest["designs"][0])
        return County(manifest, info_of(manifest), found, design)


def of_result(result: Any) -> County:
    """Return what a :class:`edusim.runs.Run` or :class:`edusim.runs.Comparison` holds."""
    manifest = result.manifest
    frames = {name: getattr(result, name) for name in _FRAMES if hasattr(result, name)}
    designs = list(manifest["designs"])
    return County(manifest, result.info, frames, "feasible" if "feasible" in designs else str(designs[0]))


def info_of(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts for heads and footers from a manifest, as :attr:`edusim.runs.Results.info` gives them of a run at hand."""
    from edusim.declarations import STATUS_QUO
    from edusim.extensions import labels
    from edusim.rules.context import RULES

    region = (manifest.get("configuration") or {}).get("region") or {}
    return {
        **manifest["agents"],
        "base_year": manifest["base_year"],
        "last_year": manifest["last_year"],
        "draws": manifest["draws"],
        "seed": manifest["seed"],
        "baseline": manifest["baseline"],
        "names": names_of(manifest),
        "idle": [key for key, years in manifest["acting"].items() if not years and key != STATUS_QUO],
        "scenario": manifest["scenario"],
        "data_status": "synthetic" if region.get("kind", "synthetic") == "synthetic" else "roster",
        "n_imputed": int(sum(manifest["imputed"].values())),
        "rules_on": manifest["rules_on"],
        "n_rules": len(RULES) + sum(len(one["rules"]) for one in manifest.get("extensions", ())),
        "measure_names": labels(manifest.get("extensions", ())),
    }


def names_of(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return policy -> its names; a policy whose file has gone is called by its key."""
    from edusim import policies
    from edusim.scenario import restore

    scenario: Any = None
    try:
        resume = manifest["resume"]
        scenario = restore(resume["raw"], resume["folder"], resume["file"])
    except (EdusimError, KeyError, OSError):
        pass  # a roster that has gone takes no name of a policy with it
    found = {}
    for key in manifest["policies"]:
        try:
            one = scenario.policy(key) if scenario is not None else policies.policy(key)
            found[key] = {"zh": one.name_zh, "en": one.name_en}
        except (EdusimError, OSError):
            bare = Path(str(key)).stem
            found[key] = {"zh": bare, "en": bare}
    return found


__all__ = ["County", "info_of", "names_of", "of_folder", "of_result"]
