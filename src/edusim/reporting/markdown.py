"""Markdown that studies keep of themselves, as blocks of a document.

Headings, paragraphs, lists, tables, pictures, bold, code and quotations; anything else is left out. The first heading of level 1
is the title of the page and no block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from edusim.report.document.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Column,
    Heading,
    Paragraph,
    Picture,
    Table,
    Value,
    plain,
)

if TYPE_CHECKING:
    from markdown_it.token import Token

#: Longest cell that is written in one line as a matter of course: columns of longer ones are given more room.
_LONG = 14
#: Longest line above a table that is taken for its caption.
_SHORT = 40


@dataclass
class Page:
    """A page of Markdown: its title and its blocks."""

    title: str
    blocks: list[Block] = field(default_factory=list)


def blocks_of(
    text: str, *, picture: Callable[[str, str], Picture | None] = lambda _source, _alt: None, key: str = "table", top: int = 2, item: str = ""
) -> Page:  # fmt: skip
    """Return a page of Markdown as blocks.

    Parameters
    ----------
    text
        The page.
    picture
        Called with the source and the words of a picture; returns it, or None to leave it out.
    key
        Tables are named ``KEY_1``, ``KEY_2``, ...
    top
        Level of headings in the page that becomes level 1 of the document.
    item
        Head of a column that has none.
    """
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    return _Reader(tokens, picture, key, top, item).read()


class _Reader:
    """Goes through the tokens of a page once."""

    def __init__(self, tokens: Sequence[Token], picture: Callable[[str, str], Picture | None], key: str, top: int, item: str) -> None:
        self.tokens, self.picture, self.key, self.top, self.item = tokens, picture, key, top, item
        self.page = Page("")
        self.heading = ""
        self.tables = 0

    def read(self) -> Page:
        """Return the page."""
        at = 0
        while at < len(self.tokens):
            token = self.tokens[at]
            end = self._end(at) if token.nesting == 1 else at
            self._take(token, self.tokens[at + 1 : end])
            at = end + 1
        return self.page

    def _end(self, at: int) -> int:
        """Return where the block that is opened at a token is closed."""
        level = self.tokens[at].level
        return next(i for i in range(at + 1, len(self.tokens)) if self.tokens[i].nesting == -1 and self.tokens[i].level == level)

    def _take(self, token: Token, inside: Sequence[Token]) -> None:
        blocks = self.page.blocks
        if token.type == "heading_open":
            words = plain(_words(inside[0]))
            level = int(token.tag[1:])
            if level < self.top and not self.page.title and not blocks:
                self.page.title = words
                return
            self.heading = words
            blocks.append(Heading(words, min(3, max(1, level - self.top + 1))))
        elif token.type == "paragraph_open":
            self._paragraph(inside[0])
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            blocks.append(Bullets(tuple(_items(inside)), token.type == "ordered_list_open"))
        elif token.type == "table_open":
            blocks.append(self._table(inside))
        elif token.type == "blockquote_open":
            blocks.append(Callout("", tuple(_words(one) for one in inside if one.type == "inline")))
        elif token.type in ("fence", "code_block"):
            blocks += [Paragraph(line, "note") for line in token.content.rstrip().splitlines() if line.strip()]

    def _paragraph(self, inline: Token) -> None:
        for child in inline.children or ():
            if child.type == "image":
                found = self.picture(str(child.attrs.get("src", "")), plain(child.content))
                if found is not None:
                    self.page.blocks.append(found)
        for line in _words(inline).split("\n"):
            if line.strip():
                self.page.blocks.append(Paragraph(line.strip()))

    def _table(self, inside: Sequence[Token]) -> Table:
        rows: list[list[str]] = []
        for token in inside:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                rows[-1].append(_words(token))
        self.tables += 1
        head, *body = rows
        caption = self.heading or self.page.title
        before = self.page.blocks[-1] if self.page.blocks else None
        if isinstance(before, Paragraph) and len(before.text) <= _SHORT and not before.text.endswith((".", "。")):
            caption = plain(before.text)  # a line that says what the table holds
            del self.page.blocks[-1]
        columns = []
        for place, words in enumerate(head):
            long = max([len(words), *(len(row[place]) for row in body if place < len(row))], default=1)
            columns.append(Column(f"c{place + 1}", plain(words) or self.item, weight=min(4.0, max(0.6, long / _LONG))))
        cells = [tuple(_cell(row[place] if place < len(row) else "") for place in range(len(columns))) for row in body]
        return Table(f"{self.key}_{self.tables}", caption, tuple(columns), tuple(cells), wide=len(columns) > 6)


def _cell(words: str) -> Value:
    bold = words.startswith("**") and words.endswith("**")
    bare = plain(words)
    return Cell(bare, bold=True) if bold else bare


def _words(inline: Token) -> str:
    """Return the text of a line with bold as its only markup; lines that end in a hard break stay apart."""
    said: list[str] = []
    for child in inline.children or ():
        if child.type == "text" or child.type == "code_inline":
            said.append(child.content)
        elif child.type in ("strong_open", "strong_close"):
            said.append("**")
        elif child.type == "hardbreak":
            said.append("\n")
        elif child.type == "softbreak":
            said.append(" ")
    # Chinese is set without spaces where a line of the source ends.
    text = re.sub("(?<=[\u3000-\u9fff\uff00-\uffef]) (?=[\u3000-\u9fff\uff00-\uffef])", "", "".join(said))
    return text.replace("****", "").strip()


def _items(inside: Sequence[Token]) -> list[str]:
    """Return the items of a list, those of a list inside it after their own."""
    return [words for token in inside if token.type == "inline" and (words := _words(token))]


__all__ = ["Page", "blocks_of"]
