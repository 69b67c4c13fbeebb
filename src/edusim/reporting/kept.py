"""The report on an analysis whose store has gone: the text and the pictures that it kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.language import text
from edusim.report.document.blocks import Block, Document, Heading, Picture
from edusim.report.language import limits
from edusim.reporting.kinds import damaged, sound
from edusim.reporting.markdown import blocks_of
from edusim.reporting.source import of_file, picture_of, version_facts

if TYPE_CHECKING:
    from edusim.reporting.source import Draw

LANGUAGES = ("zh", "en")
_PAGES = ("page", "paragraph")


@dataclass(frozen=True)
class Kept:
    """Texts by language, and the folder of the pictures."""

    kind: str
    texts: Mapping[str, str]
    figures: Path
    manifest: Mapping[str, Any]

    @property
    def languages(self) -> tuple[str, ...]:
        """Those of the kept texts."""
        return tuple(self.texts)

    def _names(self, lang: str) -> list[str]:
        ending = f".{lang}.png"
        return sorted(file.name.removesuffix(ending) for file in self.figures.glob(f"*{ending}"))

    def document(self, lang: str) -> Document:
        """Return the kept text as a document, pictures where the text has them or else at the end, with their heads and feet."""
        ending = f".{lang}.png"
        left = self._names(lang)

        def shown(name: str, words: str) -> Picture:
            left.remove(name)
            caption = words or text("reporting.kept.picture", lang, name=name)
            return picture_of(name.replace("-", "_"), of_file(self.figures / f"{name}{ending}", lang, caption), caption=caption, alt=caption)

        def picture(source: str, alt: str) -> Picture | None:
            name = Path(source).name.removesuffix(ending)
            return shown(name, alt) if name in left else None

        page = blocks_of(self.texts[lang], picture=picture, key=self.kind, item=text("reporting.column.item", lang))
        blocks: list[Block] = list(page.blocks)
        if left:
            blocks += [Heading(text("reporting.kept.pictures", lang)), *(shown(name, "") for name in list(left))]
        title = page.title or text(f"reporting.kind.{self.kind}", lang)
        facts = {text("reporting.fact.store", lang): str((self.manifest.get("source") or {}).get("store", self.manifest.get("store", "")))}
        facts |= version_facts(self.manifest.get("versions") or {}, lang)
        return Document(title, text("reporting.kept.subtitle", lang), lang, tuple(blocks), tuple(limits(lang)), facts)

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return the kept pictures; they keep their heads and feet."""
        del for_report
        return {name: of_file(self.figures / f"{name}.{lang}.png", lang, name) for name in self._names(lang)}


def read(kind: str, folder: Path, manifest: Mapping[str, Any]) -> Kept:
    """Return what an analysis kept in its folder.

    Raises
    ------
    RunError
        ``RUN-DAMAGED`` when it kept no text.
    """
    texts: dict[str, str] = {}
    with sound(folder):
        for lang in LANGUAGES:
            for name in _PAGES:
                if (folder / f"{name}.{lang}.md").is_file():
                    texts[lang] = (folder / f"{name}.{lang}.md").read_text(encoding="utf-8")
    if not texts:
        raise damaged(folder, "no page.zh.md, paragraph.zh.md")
    return Kept(kind, texts, folder / "figures", manifest)


__all__ = ["Kept", "read"]
