"""The report on a sensitivity study (``edusim sensitivity``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from edusim.language import text
from edusim.report.document.blocks import Document, Picture
from edusim.report.language import limits
from edusim.reporting.markdown import blocks_of
from edusim.reporting.source import Told, first_page, picture_of, version_facts

if TYPE_CHECKING:
    import pandas as pd

    from edusim.reporting.source import Draw
    from edusim.study.sensitivity.telling import Teller

LANGUAGES = ("zh", "en")
#: What a sentence of :meth:`edusim.study.sensitivity.telling.Teller.takes` is about -> the box of the first page that it belongs to.
BOX = {"lever": "do", "leave": "dont", "dead": "dont", "luck": "unknown", "more": "unknown", "measure": "collect", "narrow": "collect"}


@dataclass(frozen=True)
class Depends:
    """What outcomes depend on, as a report needs it: frames, what a reader is told beside them, and the manifest."""

    frames: Mapping[str, pd.DataFrame]
    info: Mapping[str, Any]
    manifest: Mapping[str, Any]

    @property
    def languages(self) -> tuple[str, ...]:
        """Both: the text is computed from frames."""
        return LANGUAGES

    def teller(self, lang: str) -> Teller:
        """Return what puts the frames into words."""
        from edusim.study.sensitivity.telling import Teller

        return Teller(self.frames, self.info, lang)

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page, each with the outcome that it is about."""
        teller = self.teller(lang)
        boxes: dict[str, list[str]] = {"do": [], "dont": [], "unknown": [teller.say("page.closing")], "collect": []}
        for outcome in teller.outcomes:
            for key, sentence in teller.takes(outcome):
                boxes[BOX[key]].append(text("reporting.about", lang, name=teller.name(outcome), sentence=sentence))
        boxes["collect"] = boxes["collect"] or [text("reporting.sensitivity.nothing.collect", lang)]
        return Told(**boxes)

    def document(self, lang: str) -> Document:
        """Return the page of the study as a document, its figures without head and foot."""
        from edusim.study.sensitivity import pictures

        draws = dict(pictures.drawers(self.frames, self.info, lang, for_report=True))
        ending = f".{lang}.png"

        def picture(source: str, alt: str) -> Picture | None:
            name = source.removesuffix(ending)
            return picture_of(name.replace("-", "_"), draws[name], caption=alt) if name in draws else None

        page = blocks_of(pictures.page(self.frames, self.info, lang, figures=""), picture=picture, key="sensitivity", item=text("reporting.column.item", lang))
        blocks = (*first_page(self.told(lang), lang), *page.blocks)
        return Document(page.title, text("reporting.sensitivity.subtitle", lang), lang, blocks, tuple(limits(lang)), self._facts(lang))

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return every figure that the frames can fill."""
        from edusim.study.sensitivity import pictures

        return dict(pictures.drawers(self.frames, self.info, lang, for_report=for_report))

    def _facts(self, lang: str) -> dict[str, str]:
        manifest, teller = self.manifest, self.teller(lang)

        def say(key: str) -> str:
            return text(f"reporting.fact.{key}", lang)

        source = manifest.get("source") or {}
        methods = manifest.get("methods") or {}
        runs = sum(int(one.get("runs", 0)) for one in methods.values())
        return {
            say("policies"): say("comma").join(teller.words.policy(str(policy)) for policy in manifest.get("policies") or ()),
            say("methods"): say("comma").join(methods), say("inputs"): f"{len(manifest.get('inputs') or ()):,}", say("runs"): f"{runs:,}",
            say("store"): str(source.get("store", "")), say("model"): str(source.get("model", "")), say("study"): str(source.get("study", "")),
            **version_facts(manifest.get("versions") or {}, lang),
        }  # fmt: skip


def that_matter(found: Depends, lang: str) -> list[tuple[str, str]]:
    """Return the inputs that are no levers and matter, those that matter for more outcomes first: in words, and the path of its parameter."""
    teller = found.teller(lang)
    counts: dict[tuple[str, str], int] = {}
    for outcome in teller.outcomes:
        for one in teller.readings(outcome):
            for name in one.matters:
                if teller.named(name).kind in ("assumed", "measured"):
                    key = (teller.words.inside(teller.named(name).called(lang)), name)
                    counts[key] = counts.get(key, 0) + 1
    return sorted(counts, key=lambda one: -counts[one])


__all__ = ["BOX", "Depends", "that_matter"]
