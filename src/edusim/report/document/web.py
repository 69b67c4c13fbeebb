"""A document as one web page: a file that opens by double click and asks no other machine for anything.

Style, charts and text stand in the file; a rule inside it (Content-Security-Policy) forbids the browser every other
address, and there is no script. The page reads at a desk with its contents at the side, on a telephone, on paper, by
keyboard and by screen reader.
"""

from __future__ import annotations

import math
import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from edusim.language import text
from edusim.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    cell,
    numbered,
    plain,
    spans,
    written,
)
from edusim.report.document.columns import UPRIGHT, ems, fit, turned_blocks
from edusim.report.document.files import write_file
from edusim.report.document.manner import BOX_SIGNS, SIGNS, caption_mark, clean, heading_mark, said
from edusim.report.document.pictures import LARGEST_SVG, png_of, svg_of
from edusim.report.document.word_table import Written
from edusim.report.summaries import Interval

#: What the browser may load: the styles and pictures of the file itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'"
#: Tables with more rows can be folded, and scroll under their head.
LONG = 25
#: Tables with more columns are printed smaller.
MANY = 7
#: Tables with no more rows are printed on one sheet.
WHOLE = 14
#: Width, in sizes of the letters, up to which words in a cell are not broken.
SHORT = 9.0
#: Points: width and height that the first page has on a printed sheet below its head; sizes of its letters, best first.
SHEET = (500.0, 690.0)
SHEET_SIZES = (9.6, 9.2, 8.8, 8.4, 8.0, 7.6, 7.2, 6.8)
Numbered = tuple[Block, tuple[int, ...]]


def write(document: Document, path: Path) -> Path:
    """Write a document as a self-contained page; the same document gives the same bytes.

    Raises
    ------
    RunError
        ``REPORT-FILE`` when the file cannot be written.
    """
    return write_file(path, page(document).encode("utf-8"))


def page(document: Document) -> str:
    """Return the page of a document."""
    return "\n".join(_Page(document).lines())


def rich(words: str) -> str:
    """Return a text as HTML: everything escaped, ``**bold**`` strong, line ends as breaks."""
    pieces = (
        f"<strong>{_safe(piece)}</strong>" if bold else _safe(piece) for piece, bold in spans(clean(words))
    )  # fmt: skip
    return "".join(pieces).replace("\n", "<br>")


def _safe(words: str) -> str:
    return escape(clean(words), quote=True)


def _attribute(words: str) -> str:
    return _safe(plain(words)).replace("\n", " ")


def _css_string(words: str) -> str:
    # Inside <style> nothing is unescaped: every character that could end the string or the element is written by its number.
    return '"' + "".join(f"\\{ord(c):06x}" if ord(c) < 32 or c in '"\\<>&' else c for c in clean(words)) + '"'


def _anchor(kind: str, key: str) -> str:
    return f"{kind}-" + re.sub(r"[^A-Za-z0-9_-]", lambda one: f"-{ord(one[0]):x}-", key)


class _Page:
    """One page while it is written."""

    def __init__(self, document: Document) -> None:
        self.document, self.lang = document, document.lang
        self.level = 1
        self.opened = False

    def say(self, key: str, **values: object) -> str:
        return text(f"web.{key}", self.lang, **values)

    def lines(self) -> Iterator[str]:
        document = self.document
        title = _safe(plain(document.title))
        yield "<!DOCTYPE html>"
        yield f'<html lang="{"zh-CN" if self.lang == "zh" else "en"}">'
        yield "<head>"
        yield '<meta charset="utf-8">'
        yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
        yield '<meta name="referrer" content="no-referrer">'
        yield '<meta name="generator" content="edusim">'
        if document.subtitle:
            yield f'<meta name="description" content="{_attribute(document.subtitle)}">'
        for label, value in document.facts.items():
            yield f'<meta name="edusim:{_attribute(label)}" content="{_attribute(value)}">'
        yield f"<title>{title}</title>"
        yield f"<style>\n{_style()}{self.margins()}</style>"
        yield "</head>"
        yield "<body>"
        yield f'<a class="skip" href="#main">{_safe(self.say("skip"))}</a>'
        yield '<div class="sheet">'
        blocks = list(numbered(document.blocks))
        yield from self.head()
        yield from self.contents(blocks)
        yield '<main class="main" id="main" tabindex="-1">'
        yield from self.body(blocks)
        yield "</main>"
        yield from self.foot()
        yield "</div>"
        yield "</body>"
        yield "</html>\n"

    def margins(self) -> str:
        # What every page says of itself stands at the foot of each printed sheet.
        status = self.say("between").join(plain(line).strip().rstrip("。.") for line in self.document.status)
        count = self.say("page_n").split("#")
        numbers = f'{_css_string(count[0])} counter(page) {_css_string(count[-1])}'
        return (
            "@page { @bottom-left { content: " + _css_string(status) + "; width: 84%; font-size: 7pt; color: #5C6670; "
            'font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }\n'
            "@bottom-right { content: " + numbers + "; font-size: 8pt; color: #5C6670; "
            'font-family: "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; } }\n'
        )

    def head(self) -> Iterator[str]:
        yield '<header class="head">'
        yield f"<h1>{rich(self.document.title)}</h1>"
        if self.document.subtitle:
            yield f'<p class="subtitle">{rich(self.document.subtitle)}</p>'
        yield from self.status()
        yield "</header>"

    def status(self) -> Iterator[str]:
        if self.document.status:
            yield '<ul class="status">'
            yield from (f"<li>{rich(line)}</li>" for line in self.document.status)
            yield "</ul>"

    def foot(self) -> Iterator[str]:
        yield '<footer class="foot">'
        if self.document.facts:
            title = _safe(text("document.facts", self.lang))
            yield f"<h2>{title}</h2>"
            yield "<dl>"
            for label, value in self.document.facts.items():
                yield f"<dt>{rich(label)}</dt><dd>{rich(value)}</dd>"
            yield "</dl>"
        yield from self.status()
        yield "</footer>"

    def contents(self, blocks: Sequence[Numbered]) -> Iterator[str]:
        heads = [(block, place) for block, place in blocks if isinstance(block, Heading) and block.level < 3]
        if len(heads) < 2:
            yield "<div></div>"
            return
        title = _safe(text("document.contents", self.lang))
        yield f'<nav class="contents" aria-labelledby="contents"><h2 id="contents">{title}</h2>'
        yield "<ol>"
        inner = False
        for at, (block, place) in enumerate(heads):
            item = f'<a href="#{self.place(place)}">{self.mark(place)}{rich(block.text)}</a>'
            deeper = block.level == 2
            if deeper and not inner:
                yield "<ol>" if at else "<li><ol>"
            elif inner and not deeper:
                yield "</ol></li>"
            elif at and not deeper:
                yield "</li>"
            yield f"<li>{item}{'</li>' if deeper else ''}"
            inner = deeper
        yield "</ol></li></ol></nav>" if inner else "</li></ol></nav>"

    def place(self, place: Sequence[int]) -> str:
        return "s-" + "-".join(str(n) for n in place)

    def mark(self, place: Sequence[int]) -> str:
        name = "no tight" if self.lang == "zh" and len(place) < 3 else "no"
        return f'<span class="{name}">{heading_mark(place, self.lang)}</span>'

    # -- blocks ---------------------------------------------------------------------------------------

    def body(self, blocks: Sequence[Numbered]) -> Iterator[str]:
        whole = [block for block in blocks if not (isinstance(block[0], Table) and block[0].only_workbook)]
        first = next((at for at, (block, _) in enumerate(whole) if isinstance(block, PageBreak)), 0)
        # What stands before the first break is the first page: it is printed on one sheet.
        if first:
            yield f'<section class="first" style="--size:{sheet_size([block for block, _ in whole[:first]]):.1f}pt">'
            yield from self.run(whole[:first])
            yield "</section>"
        rest = whole[first:]
        turned = turned_blocks([block for block, _ in rest], self.lang)
        for wide, group in groupby(enumerate(rest), key=lambda one: one[0] in turned):
            if wide:
                yield '<div class="wide">'
            yield from self.run([one for _, one in group])
            if wide:
                yield "</div>"

    def run(self, blocks: Sequence[Numbered]) -> Iterator[str]:
        for boxes, group in groupby(blocks, key=lambda one: isinstance(one[0], Callout)):
            inside = list(group)
            if boxes:
                yield f'<div class="cards{" alone" if len(inside) == 1 else ""}">'
                for block, _ in inside:
                    assert isinstance(block, Callout)
                    yield from self.card(block)
                yield "</div>"
            else:
                for block, place in inside:
                    yield from self.one(block, place)

    def one(self, block: Block, place: tuple[int, ...]) -> Iterator[str]:
        match block:
            case Heading():
                # No level is left out, so that headings stay in order for those who walk along them.
                self.level = min(block.level + 1, self.level + 1)
                yield f'<h{self.level} id="{self.place(place)}">{self.mark(place)}{rich(block.text)}</h{self.level}>'
            case Paragraph():
                name = "" if block.style == "body" else f' class="{block.style}"'
                yield f"<p{name}>{rich(block.text)}</p>"
            case Bullets():
                yield from self.items(block.items, "ol" if block.ordered else "ul")
            case Table():
                yield from self.table(block, place)
            case Picture():
                yield from self.picture(block, place)
            case PageBreak():
                yield '<div class="break"></div>'
            case _:
                raise TypeError(f"no such block: {type(block).__name__}")

    def items(self, items: Sequence[str], tag: str) -> Iterator[str]:
        if items:
            yield f"<{tag}>"
            yield from (f"<li>{rich(item)}</li>" for item in items)
            yield f"</{tag}>"

    def card(self, block: Callout) -> Iterator[str]:
        level = self.level + 1
        sign = f'<span class="sign" aria-hidden="true">{BOX_SIGNS[block.kind]}</span>' if BOX_SIGNS[block.kind] else ""
        yield f'<section class="card {block.kind}">'
        yield f"<h{level}>{sign}<span>{rich(block.title)}</span></h{level}>"
        yield from self.items(block.items, "ul")
        yield "</section>"

    def picture(self, block: Picture, place: tuple[int, ...]) -> Iterator[str]:
        name, alt = _anchor("picture", block.key), _attribute(block.alt or block.caption)
        chart = block.draw()
        drawn = svg_of(chart, name)
        if len(drawn) > LARGEST_SVG:
            data = b64encode(png_of(chart)).decode("ascii")
            width, height = (round(float(inches) * 96) for inches in chart.get_size_inches())
            shown = f'<img alt="{alt}" width="{width}" height="{height}" src="data:image/png;base64,{data}">'
        else:
            drawn = re.sub(r' (?:xmlns(?::xlink)?|version|width|height)="[^"]*"', "", drawn[: drawn.index(">")]) + drawn[drawn.index(">") :]
            shown = drawn.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)
        yield f'<figure class="chart" id="{name}">'
        yield f'<div class="box" tabindex="0" role="group" aria-labelledby="{name}-words">{shown}</div>'
        yield f'<figcaption id="{name}-words">{self.caption("figure", block.caption, place)}</figcaption>'
        yield "</figure>"

    def caption(self, kind: str, words: str, place: tuple[int, ...]) -> str:
        mark = caption_mark("table" if kind == "table" else "figure", place, self.lang)
        return f'<span class="no">{mark}</span> {rich(words)}'

    # -- tables ---------------------------------------------------------------------------------------

    def table(self, block: Table, place: tuple[int, ...]) -> Iterator[str]:
        name = _anchor("table", block.key)
        long, many = len(block.rows) > LONG, len(block.columns) > MANY
        names = "tabular long" if long else "tabular" if len(block.rows) > WHOLE else "tabular whole"
        if many and not fit(block, self.lang, UPRIGHT).stacked:
            names += " beside"
        if long:
            yield f"<details open><summary>{_safe(self.say('fold', n=len(block.rows)))}</summary>"
        yield f'<div class="{names}" id="{name}">'
        yield f'<div class="box" tabindex="0" role="group" aria-labelledby="{name}-words">'
        yield '<table class="many">' if many else "<table>"
        yield f'<caption id="{name}-words"><span class="words">{self.caption("table", block.caption, place)}</span></caption>'
        yield "<thead><tr>" + "".join(self.header(column) for column in block.columns) + "</tr></thead>"
        yield "<tbody>"
        told = Written(block, self.lang)
        for number, (row, shown) in enumerate(zip(block.rows, told.rows, strict=True)):
            if number in told.headings:
                inside = f"{rich(written(row[0], block.columns[0]))}{self.raised(shown[0].mark)}"
                yield f'<tr class="part"><th scope="colgroup" colspan="{len(block.columns)}">{inside}</th></tr>'
                continue
            cells = [
                self.value(cell(value), column, shown[at].mark, first=not at)
                for at, (value, column) in enumerate(zip(row, block.columns, strict=True))
            ]
            yield "<tr>" + "".join(cells) + "</tr>"
        yield "</tbody></table></div>"
        yield from (f'<p class="note">{rich(line)}</p>' for line in told.small_print())
        yield "</div>"
        if long:
            yield "</details>"

    def header(self, column: Column) -> str:
        unit = f' <span class="unit">{"（" if self.lang == "zh" else "("}{rich(column.unit)}{"）" if self.lang == "zh" else ")"}</span>'
        side = "" if column.kind == "text" else ' class="n"'
        return f'<th scope="col"{side}>{rich(column.head)}{unit if column.unit else ""}</th>'

    def raised(self, mark: str) -> str:
        return f"<sup>{_safe(mark)}</sup>" if mark else ""

    def value(self, one: Cell, column: Column, mark: str, *, first: bool) -> str:
        words = clean(written(one, column))
        shown = rich(words) if isinstance(one.value, str) else f'<span class="m">{_safe(words)}</span>'
        if isinstance(one.value, Interval) and " (" in words:
            mean, _, limits = words.partition(" (")
            shown = f'<span class="m">{_safe(mean)}</span> <span class="range">({_safe(limits)}</span>'
        sign = SIGNS.get(one.tone, "")
        if sign:
            heard = said(one.tone, words, self.lang)
            shown = f'<span aria-hidden="true">{sign} </span>{shown}' + (f'<span class="heard"> {_safe(heard)}</span>' if heard else "")
        # A few words stay on one line; heads are broken before they are.
        short = "one" if isinstance(one.value, str) and ems(words) <= SHORT else ""
        marks = [name for name in (one.tone, "b" if one.bold else "", short) if name]
        if marks:
            shown = f'<span class="{" ".join(marks)}">{shown}</span>'
        shown += self.raised(mark)
        side = "" if column.kind == "text" else ' class="n"'
        # The first column names the row.
        return f'<th scope="row"{side}>{shown}</th>' if first else f"<td{side}>{shown}</td>"


def sheet_size(blocks: Sequence[Block]) -> float:
    """Return the size of letters, in points, with which the first page is likely to stand on one printed sheet."""
    size = SHEET_SIZES[0]
    for size in SHEET_SIZES:
        if _height(blocks, size) <= SHEET[1]:
            break
    return size


def _height(blocks: Sequence[Block], size: float) -> float:
    # About as the style sets it in print: lines of one and a half sizes, boxes in two columns.
    width, line = SHEET[0], 1.5 * size

    def lines(words: str, room: float) -> int:
        return max(1, math.ceil(1.05 * ems(plain(words)) * size / room))

    total = 0.0
    for boxes, group in groupby(blocks, key=lambda one: isinstance(one, Callout)):
        if boxes:
            cards = [block for block in group if isinstance(block, Callout)]
            room = width / 2 - 34 if len(cards) > 1 else width - 30
            heights = [2.6 * size + 14 + sum(lines(item, room) * line + 2 for item in card.items) for card in cards]
            total += sum(max(heights[at : at + 2]) + 7 for at in range(0, len(heights), 2)) + 7
            continue
        for block in group:
            match block:
                case Heading():
                    total += 3.6 * size
                case Paragraph():
                    total += 1.1 * lines(block.text, width) * line + 4
                case Bullets():
                    total += sum(lines(item, width - 20) * line + 2 for item in block.items) + 4
                case Table():
                    stacked = 2 if len(block.columns) > MANY else 1
                    total += 5.5 * line + len(block.rows) * (stacked * 1.3 * size + 5) + lines(block.note, width) * line
                case Picture():
                    total += 0.5 * width
                case _:
                    pass
    return total


def _style() -> str:
    lines = Path(__file__).with_name("web.css").read_text(encoding="utf-8")
    return re.sub(r"\n{2,}", "\n", lines)
