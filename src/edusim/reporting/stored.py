"""The report on a study of plain runs (kinds ``compare`` and ``sweep``): effects by policy and outcome, maps, trajectories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.language import text
from edusim.report.document.blocks import Block, Cell, Column, Document, Heading, Paragraph, Table, Value
from edusim.report.language import limits
from edusim.report.summaries import Interval, mean_interval
from edusim.reporting.source import Told, first_page, picture_of, version_facts

if TYPE_CHECKING:
    import pandas as pd

    from edusim.report.style import Words
    from edusim.reporting.source import Draw
    from edusim.study import OpenStudy

LANGUAGES = ("zh", "en")
#: Most settings of levers that get a row of their own in the table of effects.
MOST_SETTINGS = 12


@dataclass(frozen=True)
class Stored:
    """A store of plain runs, as a report needs it."""

    opened: OpenStudy

    @property
    def languages(self) -> tuple[str, ...]:
        """Both: texts are computed."""
        return LANGUAGES

    @cached_property
    def _told(self) -> Mapping[str, Any]:
        return self.opened.store.study

    @cached_property
    def _outcomes(self) -> tuple[Mapping[str, Any], ...]:
        return self.opened.store.outcomes

    @cached_property
    def _info(self) -> dict[str, Any]:
        found = self.opened.facts
        return {**found, "baseline": found["baseline"] or "none", "names": self._names}

    @cached_property
    def _names(self) -> dict[str, dict[str, str]]:
        from edusim import scenario
        from edusim.errors import EdusimError

        told = self._told["scenario"]
        found = {}
        try:
            base = scenario.restore(told["raw"], told["folder"], told["file"])
            for key in self._told["policies"]:
                one = base.policy(key)
                found[str(key)] = {"zh": one.name_zh, "en": one.name_en}
        except (EdusimError, OSError):
            pass  # a file that has gone: its key names it
        return found

    @cached_property
    def _frames(self) -> dict[str, pd.DataFrame]:
        return self.opened.frames

    @property
    def _is_effect(self) -> bool:
        return "effects" in self._frames

    @cached_property
    def _levers(self) -> list[str]:
        frame = self._frames["runs"]
        return [c for c in frame.columns if c.startswith("lever.") and frame[c].nunique(dropna=True) > 1]

    def words(self, lang: str) -> Words:
        """Return names and texts in the reader's language."""
        from edusim.report.style import Words

        return Words(lang, self._info)

    def _policies(self, frame: pd.DataFrame) -> list[str]:
        from edusim.report.summaries import KNOWN_POLICIES, ordered

        return ordered(frame["policy"].astype(str).unique(), str(self._info["baseline"]), KNOWN_POLICIES)

    def rows(self, *, by_setting: bool = True) -> Iterator[tuple[str, Mapping[str, Any], str, Interval]]:
        """Yield (policy, setting of the levers, outcome, interval) of every effect; of every level where there is no baseline.

        The interval is of the mean over draws; futures of a draw are averaged before, and settings too unless ``by_setting``.
        """
        frame = self._frames["effects" if self._is_effect else "runs"]
        first = str(self._told["designs"][0]) if self._told.get("designs") else ""
        frame = frame[frame["design"] == first] if "design" in frame and first else frame
        for policy in self._policies(frame):
            mine = frame[frame["policy"] == policy]
            for setting, part in self._settings(mine) if by_setting else (({}, mine),):
                for one in self._outcomes:
                    name = str(one["name"])
                    yield policy, setting, name, mean_interval(part.groupby("draw")[name].mean().to_numpy())

    def _settings(self, frame: pd.DataFrame) -> Iterator[tuple[Mapping[str, Any], pd.DataFrame]]:
        levers = [c for c in self._levers if frame[c].nunique(dropna=True) > 1]
        if not levers or len(frame[levers].drop_duplicates()) > MOST_SETTINGS:
            yield {}, frame
            return
        for values, part in frame.groupby(levers, sort=True, dropna=False):
            yield dict(zip(levers, values if isinstance(values, tuple) else (values,), strict=True)), part

    # -- the document ---------------------------------------------------------------------------------

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page: which effects are clear and wanted, which clear and not, which are open."""
        from edusim.report.map_figures import outcome_name

        words = self.words(lang)

        def say(key: str, **values: Any) -> str:
            return text(f"reporting.study.{key}", lang, **values)

        if not self._is_effect:
            return Told((), (), (say("levels"),), (say("collect"),))
        boxes: dict[str, dict[str, list[str]]] = {"do": {}, "dont": {}, "unknown": {}}
        wanted = {str(o["name"]): {"max": 1, "min": -1}.get(str(o.get("want") or ""), 0) for o in self._outcomes}
        for policy, _, name, found in self.rows(by_setting=False):
            if not wanted[name]:
                continue
            box = "unknown" if not found.clear else "do" if found.mean * wanted[name] > 0 else "dont"
            value = _with_interval(words, found, _unit(self._outcomes, name))
            boxes[box].setdefault(name, []).append(say("one", policy=words.policy(policy), value=value))
        comma = say("semicolon")
        told = {
            box: [
                say(box if box == "unknown" else f"{box}.{'max' if wanted[name] > 0 else 'min'}", outcome=words.inside(outcome_name(words, name)),
                    listed=comma.join(listed))
                for name, listed in found.items()
            ]
            for box, found in boxes.items()
        }
        if self._levers:
            told["unknown"].append(self._averaged(lang))
        return Told(told["do"], told["dont"], told["unknown"], (say("collect"),))

    def _averaged(self, lang: str) -> str:
        """Say what effects are averaged over, and whether the tables hold more."""
        most = 0
        for _, part in self._frames["effects"].groupby("policy", sort=False):
            levers = [c for c in self._levers if part[c].nunique(dropna=True) > 1]
            most = max(most, len(part[levers].drop_duplicates()) if levers else 0)
        key = "averaged" if most <= MOST_SETTINGS else "averaged.all"
        return text(f"reporting.study.{key}", lang, n=len(self._levers), **({} if key == "averaged" else {"settings": most}))

    def document(self, lang: str) -> Document:
        """Return the report: first page, table of effects, maps, trajectories."""
        words = self.words(lang)

        def say(key: str, **values: Any) -> str:
            return text(f"reporting.study.{key}", lang, **values)

        status = self.opened.status()
        blocks: list[Block] = [*first_page(self.told(lang), lang), Heading(say("effects" if self._is_effect else "level_heading"))]
        base = words.policy(str(self._info["baseline"]))
        blocks.append(Paragraph(say("about", runs=f"{status.done:,}", baseline=base) if self._is_effect else say("about_levels", runs=f"{status.done:,}")))
        if status.wrong:
            blocks.append(Paragraph(say("failed", n=f"{status.wrong:,}"), "note"))
        blocks.append(Paragraph(say("note"), "note"))
        blocks += self._tables(words)
        draws = self.charts(lang, for_report=True)
        for kind in ("map", "trajectory"):
            pictures = [picture_of(name.replace("-", "_").replace(".", "_"), draw) for name, draw in draws.items() if name.startswith(kind)]
            if pictures:
                blocks += [Heading(say(kind)), Paragraph(say(f"{kind}.reading")), *pictures]
        name = self._told.get(f"name_{lang}") or (self._told.get("name") or {}).get(lang) or self.opened.path.name
        return Document(say("title", name=name), say("subtitle"), lang, tuple(blocks), tuple(limits(lang)), self._facts(lang))

    def _tables(self, words: Words) -> list[Block]:
        from edusim.report.map_figures import outcome_name, scale_of

        lang = words.lang
        by_outcome: dict[str, list[tuple[str, Mapping[str, Any], Interval]]] = {}
        for policy, setting, name, found in self.rows():
            by_outcome.setdefault(name, []).append((policy, setting, found))
        wanted = {str(o["name"]): {"max": 1, "min": -1}.get(str(o.get("want") or ""), 0) for o in self._outcomes}
        tables: list[Block] = []
        for name, rows in by_outcome.items():
            scale = scale_of(words, _unit(self._outcomes, name), [edge for *_, i in rows for edge in i[:3] if np.isfinite(edge)], change=self._is_effect)
            levers = list(dict.fromkeys(column for _, setting, _ in rows for column in setting))
            columns = [Column("policy", text("reporting.column.policy", lang), weight=1.4)]
            columns += [Column(f"lever_{k}", _lever(words, column), weight=1.2) for k, column in enumerate(levers)]
            columns += [
                Column("mean", text("reporting.column.mean", lang), scale.unit, "number", scale.digits + 1, signed=self._is_effect),
                Column("low", text("reporting.column.low", lang), scale.unit, "number", scale.digits + 1, signed=self._is_effect),
                Column("high", text("reporting.column.high", lang), scale.unit, "number", scale.digits + 1, signed=self._is_effect),
                Column("draws", text("reporting.column.draws", lang), kind="number", digits=0, weight=0.8),
                Column("verdict", text("reporting.column.verdict", lang), weight=1.2),
            ]
            body: list[tuple[Value, ...]] = []
            for policy, setting, found in rows:
                numbers = [edge * scale.factor if np.isfinite(edge) else None for edge in found[:3]]
                verdict = self._verdict(found, wanted[name], lang)
                body.append((words.policy(policy), *(_shown(setting.get(c)) for c in levers), *numbers, found.n, verdict))
            caption = text("reporting.study.table", lang, outcome=outcome_name(words, name))
            tables.append(Table(f"effects_{name}", caption, tuple(columns), tuple(body)))
        return tables

    def _verdict(self, found: Interval, wanted: int, lang: str) -> Cell:
        if not self._is_effect or not found.known:
            return Cell(text("reporting.verdict.none", lang), "quiet")
        if not found.clear:
            return Cell(text("reporting.verdict.open", lang), "open")
        if not wanted:
            return Cell(text("reporting.verdict.clear", lang))
        good = found.mean * wanted > 0
        return Cell(text(f"reporting.verdict.{'better' if good else 'worse'}", lang), "gain" if good else "loss")

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return a map for every outcome where two levers were varied, and trajectories of what the outcomes measure where one setting a policy was run."""
        draws: dict[str, Draw] = {}
        for one in self._outcomes:
            name = str(one["name"])
            if len(self._levers) > 1:
                draws[f"map-{name}"] = lambda name=name: self._map(name, lang, for_report)  # type: ignore[misc]
        if not self._levers:
            kept = set(self.opened.store.kept)
            for one in self._outcomes:
                measure, stage = str(one["measure"]), str(one.get("stage") or "all")
                column = measure if stage == "all" else f"{measure}[{stage}]"
                if column in kept:
                    draws[f"trajectory-{one['name']}"] = lambda m=measure, s=stage: self._trajectory(m, s, lang, for_report)  # type: ignore[misc]
        return draws

    def _map(self, name: str, lang: str, for_report: bool) -> Any:
        from edusim.report.map_figures import draw_map

        frame = self._frames["effects" if self._is_effect else "runs"]
        x, y = self._levers[:2]
        return draw_map(frame, x, y, name, levels=not self._is_effect, lang=lang, for_report=for_report, info=self._info)

    @cached_property
    def _measures(self) -> pd.DataFrame:
        return self.opened.measures

    def _trajectory(self, measure: str, stage: str, lang: str, for_report: bool) -> Any:
        from edusim.report.figures import trajectories

        return trajectories(self._measures, measure, stage=stage, lang=lang, for_report=for_report, info=self._info)

    def _facts(self, lang: str) -> dict[str, str]:
        store, told = self.opened.store, self._told
        status = self.opened.status()

        def say(key: str) -> str:
            return text(f"reporting.fact.{key}", lang)

        words = self.words(lang)
        return {
            say("policies"): say("comma").join(words.policy(str(policy)) for policy in told["policies"]),
            say("baseline"): words.policy(str(told["baseline"])) if told.get("baseline") else say("none"),
            say("runs"): f"{status.done:,}", say("failed"): f"{status.wrong:,}", say("seed"): str(told["seeds"].get("root", "")),
            say("store"): self.opened.path.name, say("model"): str(store.manifest["source"]), say("study"): str(store.manifest["identity"]),
            **version_facts(store.manifest["versions"], lang),
        }  # fmt: skip


def _unit(outcomes: Sequence[Mapping[str, Any]], name: str) -> str:
    unit = next((str(o.get("unit") or "") for o in outcomes if o["name"] == name), "")
    return "" if unit in ("count", "yes/no") else unit


def _lever(words: Words, column: str) -> str:
    from edusim.report.map_figures import factor_name

    return factor_name(words, column)


def _shown(value: Any) -> str:
    if value is None or (isinstance(value, float) and not np.isfinite(value)):
        return "–"
    if isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
        return f"{value:,.6g}".replace("-", "\u2212")
    return str(value)


def _with_interval(words: Words, found: Interval, unit: str) -> str:
    from edusim.report.map_figures import scale_of

    scale = scale_of(words, unit, [edge for edge in found[:3] if np.isfinite(edge)], change=True)
    shown = scale.said(found.mean, signed=True)
    if not found.known or found.high - found.low <= 1e-9 * max(1.0, abs(found.mean)):  # the same in every draw
        return shown
    digits = scale.digits_of(found.low, found.high)
    low, high = (scale(end, signed=True, digits=digits) for end in (found.low, found.high))
    return words("point_interval", value=scale.said(found.mean, signed=True, digits=digits), low=low, high=high)


__all__ = ["Stored"]
