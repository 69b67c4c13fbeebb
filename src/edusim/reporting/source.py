"""What a report is made of: something finished that can give a document and its charts in a language."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from edusim.language import text
from edusim.report.document.blocks import Block, Callout, Document, Heading, PageBreak, Picture, alt_of

if TYPE_CHECKING:
    from edusim.report.style import Chart

Draw = Callable[[], "Chart"]
Note = Callable[[str, str], None]
#: The four boxes of a first page, in order.
BOXES = ("do", "dont", "unknown", "collect")
#: Most sentences in a box: a page is one page.
MOST_IN_BOX = 5


class Source(Protocol):
    """Something finished."""

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages in which it can be told."""
        ...

    def document(self, lang: str) -> Document:
        """Return the report in ``zh`` or ``en``."""
        ...

    def charts(self, lang: str, *, for_report: bool = False) -> dict[str, Draw]:
        """Return name -> what draws the chart, without head and foot ``for_report``."""
        ...


@dataclass(frozen=True)
class Told:
    """Sentences of a first page by box; a box without any says that this study does not tell."""

    do: Sequence[str] = ()
    dont: Sequence[str] = ()
    unknown: Sequence[str] = ()
    collect: Sequence[str] = ()


def first_page(told: Told, lang: str) -> list[Block]:
    """Return the first page: a heading and the four boxes."""
    found: list[Block] = [Heading(text("reporting.first_page", lang))]
    for kind in BOXES:
        sentences = list(dict.fromkeys(one.strip() for one in getattr(told, kind) if one.strip()))
        if len(sentences) > MOST_IN_BOX:
            rest = len(sentences) - MOST_IN_BOX + 1
            sentences = [*sentences[: MOST_IN_BOX - 1], text("reporting.more", lang, n=rest)]
        items = tuple(sentences or [text(f"reporting.nothing.{kind}", lang)])
        found.append(Callout(text(f"reporting.box.{kind}", lang), items, kind))  # type: ignore[arg-type]
    return [*found, PageBreak()]


def headlines(document: Document, most: int = 2) -> list[tuple[str, list[str]]]:
    """Return the boxes of the first page as (title, first sentences), for a terminal."""
    found: list[tuple[str, list[str]]] = []
    for block in document.blocks:
        if isinstance(block, Heading | PageBreak) and found:  # the first page has ended
            break
        if isinstance(block, Callout):
            found.append((block.title, list(block.items[:most])))
    return found


def picture_of(name: str, draw: Draw, *, caption: str = "", alt: str = "") -> Picture:
    """Return a picture.

    Parameters
    ----------
    name
        Key of the picture.
    draw
        What draws it, without head and foot.
    caption, alt
        The chart's own title, and title with takeaway, if left out; the chart is then drawn at once.
    """
    once = cache(draw)
    if not caption or not alt:
        chart = once()
        caption, alt = caption or chart.title, alt or alt_of(chart)
    return Picture(name, caption, alt, once)


def of_file(path: Path, lang: str, caption: str) -> Draw:
    """Return what shows a kept picture (PNG) as a chart, where the numbers behind it are gone."""

    def draw() -> Chart:
        from matplotlib.image import imread

        from edusim.report.page import begin
        from edusim.report.style import Words, house

        pixels = imread(path)
        height, width = pixels.shape[:2]
        with house():
            wide = 8.4
            body = wide * height / width
            chart = begin(Words(lang, {}), wide, body, title=caption, subtitle="", takeaway="", footer="", for_report=True)
            axes = chart.panel(0.0, 0.0, wide, body)
            axes.imshow(pixels, aspect="auto")
            axes.set_axis_off()
        return chart

    return draw


def version_facts(versions: Mapping[str, object], lang: str) -> dict[str, str]:
    """Return the versions of a manifest as facts of a document."""
    told = {name: str(version) for name, version in versions.items() if version}
    program = told.get("edusim") or told.get("edusim-groups", "")
    libraries = [f"{name} {version}" for name, version in told.items() if name not in ("edusim", "edusim-groups")]
    found = {text("reporting.fact.version", lang): program} if program else {}
    return found | ({text("reporting.fact.libraries", lang): ", ".join(libraries)} if libraries else {})


__all__ = ["BOXES", "Draw", "Note", "Source", "Told", "first_page", "headlines", "of_file", "picture_of", "version_facts"]
