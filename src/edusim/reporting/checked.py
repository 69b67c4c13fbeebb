"""The report on a validation: the model against stylised facts and negative controls (``edusim validate --out``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from edusim.language import text
from edusim.report.document.blocks import Block, Document, Heading, Paragraph, Picture
from edusim.report.language import limits
from edusim.reporting.kinds import damaged, sound
from edusim.reporting.markdown import blocks_of
from edusim.reporting.source import Told, first_page, picture_of

if TYPE_CHECKING:
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")
_TITLES = {"zh": "模式检验", "en": "Pattern checks"}


@dataclass(frozen=True)
class Checked:
    """What a validation found: its rows, its kept page by language, its manifest."""

    frame: Any
    pages: Mapping[str, str]
    manifest: Mapping[str, Any]

    @property
    def languages(self) -> tuple[str, ...]:
        """Both: the page holds both."""
        return tuple(lang for lang in LANGUAGES if lang in self.pages)

    @property
    def _info(self) -> dict[str, Any]:
        return {"data_status": "synthetic", **{key: self.manifest.get(key) for key in ("draws", "counties", "fresh")}}

    def verdict(self, key: str) -> str:
        """Return the verdict of a pattern: the worst of its parts."""
        from edusim.validate.patterns import EDGE, IN, MISS

        rows = self.frame[(self.frame["pattern"] == key) & (self.frame["kind"] == "part")]
        found = set(rows["verdict"])
        return MISS if MISS in found else EDGE if EDGE in found else IN

    def told(self, lang: str) -> Told:
        """Return the sentences of the first page: how many facts are in band, which controls fail, which facts are missed, what would tell more."""
        from edusim.validate.page import summary
        from edusim.validate.patterns import EDGE, MISS

        seen: Any = SimpleNamespace(frame=self.frame, verdict=self.verdict)
        parts = self.frame[self.frame["kind"] == "part"]

        def listed(verdict: str) -> list[str]:
            rows = parts[parts["verdict"] == verdict]
            return [f"{row['pattern']} {row[f'pattern_{lang}']}" for _, row in rows.drop_duplicates("pattern").iterrows()]

        wrong = self.frame[(self.frame["kind"] == "control") & (self.frame["verdict"] == MISS)]
        dont = [text("reporting.validation.control", lang, name=row[f"pattern_{lang}"]) for _, row in wrong.iterrows()]
        dont.append(text("reporting.validation.dont", lang))
        unknown = [text("reporting.validation.missed", lang, name=name) for name in listed(MISS)]
        unknown += [text("reporting.validation.edge", lang, n=len(listed(EDGE)))] if listed(EDGE) else []
        return Told((summary(seen, lang),), dont, unknown, (text("reporting.validation.collect", lang),))

    def document(self, lang: str) -> Document:
        """Return the kept page as a document, its figure drawn again without head and foot."""
        draw = self.charts(lang, for_report=True)["patterns"]

        def picture(_source: str, alt: str) -> Picture:
            return picture_of("patterns", draw, caption=text("reporting.validation.figure", lang), alt=alt)

        page = blocks_of(self.pages[lang], picture=picture, key="patterns", item=text("reporting.column.item", lang))
        lines = set(limits(lang))
        rest = [block for block in page.blocks if not (isinstance(block, Paragraph) and block.text in lines)]
        blocks: list[Block] = [*first_page(self.told(lang), lang), Heading(text("reporting.validation.heading", lang)), *rest]
        return Document(page.title, text("reporting.validation.subtitle", lang), lang, tuple(blocks), tuple(limits(lang)), self._facts(lang))

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return the figure: every part against its band."""
        from edusim.report.pattern_figure import patterns

        return {"patterns": lambda: patterns(self.frame, lang=lang, for_report=for_report, info=self._info)}

    def _facts(self, lang: str) -> dict[str, str]:
        told = {"draws": "draws", "counties": "counties", "seed": "seed", "hash": "hash", "version": "version"}
        return {text(f"reporting.fact.{key}", lang): str(self.manifest[name]) for key, name in told.items() if name in self.manifest}


def read(folder: Path, manifest: Mapping[str, Any]) -> Checked:
    """Return what a validation left in its folder.

    Raises
    ------
    RunError
        ``RUN-DAMAGED``.
    """
    import pandas as pd

    with sound(folder):
        frame = pd.read_csv(folder / "patterns.csv", encoding="utf-8-sig")
        for column in frame.columns:
            if frame[column].dtype == object or str(frame[column].dtype) in ("str", "string"):
                frame[column] = frame[column].astype(object).where(frame[column].notna(), "")
        needed = {"pattern", "part", "kind", "pattern_zh", "pattern_en", "verdict", "value", "low", "high"}
        if not needed <= set(frame.columns) or not set(frame["verdict"]) <= {"in", "edge", "miss", ""} or frame.empty:
            raise damaged(folder, "patterns.csv")
        page = (folder / "page.md").read_text(encoding="utf-8")
        pages = {}
        for part in re.split(r"(?m)^(?=# )", page):
            for lang, title in _TITLES.items():
                if part.startswith(f"# {title}"):
                    pages[lang] = part
        if not pages:
            raise damaged(folder, "page.md")
    return Checked(frame, pages, manifest)


__all__ = ["Checked", "read"]
