"""The report on a calibration: what a county's tables tell, and what they do not (``edusim calibrate``)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.language import text
from edusim.report.document.blocks import Block, Cell, Column, Document, Heading, Paragraph, Table, Tone, Value
from edusim.report.language import limits
from edusim.reporting.kinds import CALIBRATIONS, sound
from edusim.reporting.source import Told, first_page, picture_of

if TYPE_CHECKING:
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")
_TONES: dict[str, Tone] = {"yes": "meets", "partly": "open", "no": "fails"}
#: Least probability of a table under the model at which it is called able to give such a table.
_FITS = 0.05


@dataclass(frozen=True)
class Learned:
    """What a calibration left: what was fitted, or recovered, or both, the fit first."""

    found: Sequence[Mapping[str, Any]]
    store: str

    @property
    def languages(self) -> tuple[str, ...]:
        """Both."""
        return LANGUAGES

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page: which parameters these tables tell, which they do not, whether the model gives such tables."""
        do: list[str] = []
        dont: list[str] = []
        unknown: list[str] = []
        collect: list[str] = []

        def say(key: str, **values: Any) -> str:
            return text(f"reporting.calibration.{key}", lang, **values)

        for one in self.found:
            names = {verdict: [_name(one, p["path"], lang) for p in one["parameters"] if p["verdict"] == verdict] for verdict in _TONES}
            kind = one["kind"]
            if names["yes"]:
                do.append(say(f"do.{kind}", n=len(names["yes"]), all=len(one["parameters"]), names=_listed(names["yes"], lang)))
            if names["no"]:
                dont.append(say("dont", names=_listed(names["no"], lang)))
                collect.append(say("collect", names=_listed(names["no"], lang)))
            if names["partly"]:
                unknown.append(say("partly", names=_listed(names["partly"], lang)))
            if kind == "fit":
                p = one["distance"]["p"]
                if p is not None:
                    (do if p >= _FITS else dont).append(say("fits" if p >= _FITS else "misfits", p=f"{p:.2f}"))
                if one["held_n"]:
                    unknown.append(say("held", inside=one["held_inside"], n=one["held_n"]))
            narrow = [_name(one, p["path"], lang) for p in one["parameters"] if p.get("too_narrow")]
            if narrow:
                dont.append(say("narrow", names=_listed(narrow, lang)))
            if one["scopes"] == ["region"]:
                dont.append(say("generator"))
        return Told(do, dont, unknown, collect)

    def document(self, lang: str) -> Document:
        """Return what was learned as a document: first page, then the table of parameters, held-out numbers and figures of each part."""
        blocks: list[Block] = first_page(self.told(lang), lang)
        draws = self.charts(lang, for_report=True)
        for one in self.found:
            blocks.append(Heading(text(f"reporting.calibration.{one['kind']}", lang)))
            blocks += [Paragraph(text("reporting.calibration.size", lang, trials=f"{one['trials']:,}", runs=f"{one['runs']:,}"))]
            blocks += [_parameters(one, lang), *_held(one, lang)]
            if one["without"]:
                blocks.append(Paragraph(text("reporting.calibration.without", lang, names=_joined(one["without"], lang)), "note"))
            blocks += [picture_of(name, draws[name]) for name in _names(one)]
        first = self.found[0]
        title = text("reporting.calibration.title", lang, name=first[f"name_{lang}"])
        return Document(title, text("reporting.calibration.subtitle", lang), lang, tuple(blocks), tuple(limits(lang)), self._facts(lang))

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return the figures of every part."""
        from edusim.report import calibration_figures

        drawers = {"recovery": calibration_figures.draw_recovery, "fit": calibration_figures.draw_fit, "identified": calibration_figures.draw_identified}
        return {
            name: lambda one=one, name=name: drawers[name](one, lang, for_report=for_report)  # type: ignore[misc]
            for one in self.found for name in _names(one)
        }  # fmt: skip

    def _facts(self, lang: str) -> dict[str, str]:
        def say(key: str) -> str:
            return text(f"reporting.fact.{key}", lang)

        found = {say("store"): self.store, say("model"): str(self.found[0]["source"])}
        tables = [f"{t['file']} (sha256 {t['sha256'][:12]})" for one in self.found for t in one.get("tables", ())]
        return found | ({say("tables"): ", ".join(dict.fromkeys(tables))} if tables else {})


def read(folder: Path) -> Learned:
    """Return what a calibration left in its folder.

    Raises
    ------
    RunError
        ``RUN-DAMAGED``.
    """
    found = []
    with sound(folder):
        for name in CALIBRATIONS:
            if (folder / name).is_file():
                one = json.loads((folder / name).read_text(encoding="utf-8"))
                needed = ("kind", "parameters", "scopes", "labels", "trials", "runs", "without", "source", "name_zh", "name_en")
                for key in needed:
                    one[key]
                found.append(one)
    return Learned(found, folder.name)


def _names(one: Mapping[str, Any]) -> tuple[str, ...]:
    return ("recovery",) if one["kind"] == "recovery" else ("fit", "identified")


def _name(one: Mapping[str, Any], path: str, lang: str) -> str:
    said = str(one["labels"].get(path, {}).get(lang, path))
    return said.replace(" (aim)", "").replace("（目标）", "")


def _joined(names: Sequence[str], lang: str) -> str:
    return text("reporting.fact.comma", lang).join(names)


def _listed(names: Sequence[str], lang: str, most: int = 6) -> str:
    shown = _joined(names[:most], lang)
    return text("reporting.and_more", lang, names=shown, n=len(names)) if len(names) > most else shown


def _number(value: float) -> str:
    from edusim.report.style import number

    size = abs(value)
    return number(value, 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 else 4)


def _parameters(one: Mapping[str, Any], lang: str) -> Table:
    kind = one["kind"]

    def say(key: str) -> str:
        return text(f"reporting.calibration.column.{key}", lang)

    def verdict(p: Mapping[str, Any]) -> Cell:
        return Cell(text(f"reporting.calibration.verdict.{p['verdict']}", lang), _TONES[p["verdict"]])

    rows: list[tuple[Value, ...]] = []
    if kind == "fit":
        columns = (
            Column("parameter", say("parameter"), weight=2.6), Column("best", say("best")), Column("near", say("near"), weight=1.6),
            Column("before", say("before")), Column("verdict", say("verdict"), weight=1.2),
        )  # fmt: skip
        for p in one["parameters"]:
            near = text("reporting.range", lang, low=_number(p["near_low"]), high=_number(p["near_high"]))
            rows.append((_name(one, p["path"], lang), _number(p["best"]), near, _number(p["default"]), verdict(p)))
    else:
        columns = (
            Column("parameter", say("parameter"), weight=2.6), Column("verdict", say("verdict"), weight=1.2),
            Column("error", say("error"), "%", "percent", 0),
            Column("width", say("width"), "%", "percent", 0), Column("held", say("held")),
        )  # fmt: skip
        for p in one["parameters"]:
            rows.append((_name(one, p["path"], lang), verdict(p), float(p["error"]), float(p["width"]), f"{p['held']}/{len(one['truths'])}"))
    caption, note = (text(f"reporting.calibration.{part}.{kind}", lang) for part in ("table", "note"))
    return Table(f"parameters_{kind}", caption, columns, tuple(rows), note=note)


def _held(one: Mapping[str, Any], lang: str) -> list[Block]:
    coverage = one.get("coverage") or []
    if not coverage:
        return []

    def say(key: str) -> str:
        return text(f"reporting.calibration.{key}", lang)

    columns = (
        Column("what", say("column.what"), weight=2.0), Column("numbers", say("column.numbers"), kind="number", digits=0),
        Column("inside", say("column.inside"), "%", "percent", 0), Column("width", say("column.half"), "%", "percent", 0),
        Column("error", say("column.relative"), "%", "percent", 0),
    )  # fmt: skip
    rows: list[tuple[Value, ...]] = []
    for c in coverage:
        kind = str(c["kind"]).rpartition(".")[2]
        parts = [say(f"kind.{kind}") if kind in ("mean", "ratio", "cv") else kind]
        parts += [say("measure.fitted" if c["measure_fitted"] else "measure.other"), say("county.other" if c["new_county"] else "county.fitted")]
        rows.append((_joined(parts, lang), int(c["n"]), c["inside"] / c["n"], float(c["width"]), float(c["error"])))
    return [Table("held_out", say("table.held"), columns, tuple(rows), note=say("note.held"))]


__all__ = ["Learned", "read"]
