"""A document as a Word file: in Chinese in the manner of a public document, in English as a plain report.

Everything in it is Word's own: heading styles for the navigation pane, lists, tables with a head that repeats, captions with
counting fields, page numbers, sections. The text of the file is written as one string of XML and parsed once; python-docx
keeps the package, the pictures and the properties.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from edusim.language import text
from edusim.report.document import word_parts as parts
from edusim.report.document.blocks import (
    Block,
    Box,
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Picture,
    Table,
    numbered,
    plain,
)
from edusim.report.document.files import DAY, packed_alike, write_file
from edusim.report.document.manner import BOX_COLOURS, heading_mark
from edusim.report.document.pictures import png_of
from edusim.report.document.word_table import Written
from edusim.report.document.word_text import DECLARED, bookmark, ems, field, lines, paragraph, run, safe

#: Headings from which a list of contents is worth its place, and how many of them it takes.
_CONTENTS = (8, 26)
#: Grounds of the boxes: their colour with much white.
_TINT = 0.08
#: Points that a caption and the lines around a picture take from its page.
_AROUND_PICTURE = 52.0
_EMU = 12700  # a point
_STYLE_OF = {"body": "BodyText", "lead": "Lead", "note": "Note"}
_BREAK = '<w:r><w:br w:type="page"/></w:r>'


def write(document: Document, path: Path) -> Path:
    """Write a document as ``.docx``; the same document gives the same bytes.

    Tables for the workbook alone are left out. A wide table, and one whose numbers fit no upright page, stands on a page
    turned on its side.

    Raises
    ------
    RunError
        ``REPORT-FILE`` when the file cannot be written; one that was there is as it was.
    """
    return write_file(path, as_bytes(document))


def as_bytes(document: Document) -> bytes:
    """Return the document as the bytes of a ``.docx``."""
    import docx

    file: Any = docx.Document()
    writer = _Writer(document, file)
    body = writer.body()
    _fill(file, document, writer, body)
    out = BytesIO()
    file.save(out)
    return packed_alike(out.getvalue())


class _Writer:
    """Turns blocks into XML, one after the other; keeps what the parts of the file have to agree on."""

    def __init__(self, document: Document, file: Any) -> None:
        self.document, self.lang, self.file = document, document.lang, file
        self.look = parts.TEXTS[self.lang]
        self.made: list[str] = []
        self.ordered = 0
        self.pictures = 0
        self.is_turned = False
        self.is_first = True
        self.blocks = [
            (block, place)
            for block, place in numbered(document.blocks)
            if not (isinstance(block, Table) and block.only_workbook)
        ]
        self.tables = {id(block): Written(block, self.lang) for block, _ in self.blocks if isinstance(block, Table)}
        self.turned = self._turned()
        self.title_size = self._title_size()
        self.box = self._box()
        self.names = _headers(file, document)

    # -- before anything is written -------------------------------------------------------------------

    def _turned(self) -> list[bool]:
        """Which blocks stand on a page turned on its side: wide tables, and what leads up to them."""
        turned = [isinstance(b, Table) and self.tables[id(b)].layout().turned for b, _ in self.blocks]
        for at, is_wide in list(enumerate(turned)):
            if not is_wide:
                continue
            # A heading goes with its table, and so do a sentence or two between them; else the heading would be left alone.
            before = at
            while before and isinstance(self.blocks[before - 1][0], Heading | Paragraph):
                before -= 1
            first = next((i for i in range(before, at) if isinstance(self.blocks[i][0], Heading)), at)
            texts = [b.text for b, _ in self.blocks[first:at] if isinstance(b, Paragraph)]
            if sum(lines(one, parts.room(turned=True)[0], self.look.body) for one in texts) > 8:
                first = at
                while first and isinstance(self.blocks[first - 1][0], Heading):
                    first -= 1
            turned[first:at] = [True] * (at - first)
            if at + 1 < len(self.blocks) and _is_note(self.blocks[at + 1][0]):
                turned[at + 1] = True
        return turned

    def _title_size(self) -> float:
        """A long title is made a little smaller when it stands on one line then."""
        width = parts.room(turned=False)[0]
        largest = self.look.title[0]
        needed = ems(self.document.title) * (1.0 if self.lang == "zh" else 1.12)
        return next((size for size in (largest, 20.0, 18.0, 16.0) if needed * size <= width), min(largest, 20.0))

    def _box(self) -> tuple[float, float, float]:
        """The largest text of boxes with which everything down to the last box of the opening stands on the first page."""
        opening: list[Block] = []
        for block, _ in self.blocks:
            if isinstance(block, PageBreak):
                break
            opening.append(block)
        boxes = [at for at, block in enumerate(opening) if isinstance(block, Callout)]
        sizes = parts.BOX_SIZES if self.lang == "zh" else parts.BOX_SIZES[1:]
        preferred = sizes[1] if self.lang == "zh" else sizes[0]
        if not boxes:
            return preferred
        # Boxes further down, after other chapters, are no opening.
        last = next((a for a, b in zip(boxes, [*boxes[1:], math.inf], strict=True) if b > a + 3), boxes[-1])
        height = parts.room(turned=False)[1] * 0.97
        fitting = (s for s in sizes if s[0] <= preferred[0] and self._height(opening[: last + 1], s) <= height)
        return next(fitting, sizes[-1])

    def _height(self, blocks: Sequence[Block], box: tuple[float, float, float]) -> float:
        """About how high the head of the document and these blocks are; points."""
        width = parts.room(turned=False)[0]
        look, document = self.look, self.document
        total = lines(document.title, width, self.title_size * (1.0 if self.lang == "zh" else 1.12)) * look.title[1] + 4
        total += 26 * lines(document.subtitle, width, 14) if document.subtitle else 0
        total += 13.0 * sum(lines(one, width, 9) for one in document.status) + 8
        for block in blocks:
            if isinstance(block, Heading):
                size, line, above = look.heads[block.level - 1]
                total += lines(block.text, width - 3 * size, size) * line + above + 4
            elif isinstance(block, Paragraph):
                small = block.style == "note"
                size, line, after = (9.0, 13.0, 9.0) if small else (look.body, look.line, look.after + 2)
                total += lines("　" * look.indent + block.text, width, size) * line + after
            elif isinstance(block, Bullets):
                total += sum(lines(one, width - 60, look.body) * look.line + look.after / 2 for one in block.items)
            elif isinstance(block, Callout):
                inner = width - 20 - box[0]
                total += box[1] + 4 + 15 + sum(lines(one, inner, box[0]) * box[1] + box[2] for one in block.items)
            elif isinstance(block, Table):
                table = self.tables[id(block)]
                total += table.height(table.layout(turned=False)) + 27 + 16 * len(table.small_print())
        return total

    # -- writing --------------------------------------------------------------------------------------

    def add(self, *xml: str) -> None:
        """Take what comes next in the text."""
        self.made += xml

    def body(self) -> str:
        """Return the text of the file."""
        self._head()
        contents = self._contents()
        broken = False  # the next paragraph begins a page already
        for at, (block, place) in enumerate(self.blocks):
            if self.turned[at] != self.is_turned:
                if self.made:
                    self._end_section()
                    broken = True
                self.is_turned = self.turned[at]
            if isinstance(block, PageBreak):
                is_last = at + 1 == len(self.blocks)
                comes_anyway = not is_last and self.turned[at + 1] != self.is_turned
                if not broken and not is_last and not comes_anyway:
                    self.add(paragraph("Gap", _BREAK))
                    broken = True
                if contents and broken:
                    self.add(*contents)
                    contents = []
                continue
            broken = False
            self._block(block, place, at)
        if self.document.facts:
            if self.is_turned:
                self._end_section()
                self.is_turned = False
            self._facts()
        final = parts.section(self.names, turned=self.is_turned, first=self.is_first)
        return f"<w:document {DECLARED}><w:body>{''.join(self.made)}{final}</w:body></w:document>"

    def _end_section(self) -> None:
        # The properties of a section are kept by its last paragraph; a table at the end needs a small one behind it.
        properties = parts.section(self.names, turned=self.is_turned, first=self.is_first)
        self.is_first = False
        last = self.made[-1]
        if last.startswith("<w:p>") and "<w:sectPr>" not in last and "</w:pPr>" in last:
            self.made[-1] = last.replace("</w:pPr>", f"{properties}</w:pPr>", 1)
        else:
            self.add(paragraph("Gap", "", properties))

    def _head(self) -> None:
        document, lang = self.document, self.lang
        self.add(paragraph("Title", run(document.title, lang=lang)))
        if document.subtitle:
            self.add(paragraph("Subtitle", run(document.subtitle, lang=lang)))
        self.add(*(paragraph("Status", run(one, lang=lang)) for one in document.status))

    def _block(self, block: Block, place: tuple[int, ...], at: int) -> None:
        lang = self.lang
        if isinstance(block, Heading):
            between = "" if lang == "zh" and len(place) < 3 else "\u2002"
            words = run(f"{heading_mark(place, lang)}{between}{block.text}", lang=lang)
            self.add(paragraph(f"Heading{block.level}", bookmark(at + 1, f"_Toc{at + 1:06d}", words)))
        elif isinstance(block, Paragraph):
            # A sentence that leads up to a table or picture stands by it.
            keep = "<w:keepNext/>" if block.style != "note" and block.text.rstrip().endswith(("：", ":")) else ""
            self.add(paragraph(_STYLE_OF[block.style], run(block.text, lang=lang), keep))
        elif isinstance(block, Bullets):
            self._bullets(block)
        elif isinstance(block, Callout):
            self._callout(block)
        elif isinstance(block, Table):
            self._table(block, place[0], at)
        elif isinstance(block, Picture):
            self._picture(block, place[0], at)

    def _bullets(self, block: Bullets) -> None:
        style, number = "ListBullet", parts.BULLETS
        if block.ordered:
            style, number = "ListNumber", parts.ORDERED + self.ordered
            self.ordered += 1
        which = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
        self.add(*(paragraph(style, run(item, lang=self.lang), which) for item in block.items))

    def _callout(self, block: Callout) -> None:
        colour = BOX_COLOURS[block.kind].lstrip("#")
        width = round(parts.room(turned=self.is_turned)[0] * 20)
        which = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{parts.BOX_BULLETS}"/></w:numPr>'
        title = paragraph("BoxTitle", run(block.title, lang=self.lang, colour=colour))
        mark = which + parts.box_hanging(self.box[0]) if len(block.items) > 1 else ""
        items = "".join(paragraph("Box", run(item, lang=self.lang), mark) for item in block.items) or paragraph("Box", "")

        def row(ground: str, inner: str, head: str) -> str:
            return (
                f'<w:tr><w:trPr><w:cantSplit/>{head}</w:trPr><w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>'
                f'<w:shd w:val="clear" w:color="auto" w:fill="{ground}"/></w:tcPr>{inner}</w:tc></w:tr>'
            )

        bar = f'<w:left w:val="single" w:sz="36" w:space="0" w:color="{colour}"/>'
        self.add(
            f'<w:tbl><w:tblPr><w:tblW w:w="{width}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>{bar}</w:tblBorders>'
            '<w:tblLayout w:type="fixed"/><w:tblCellMar><w:top w:w="30" w:type="dxa"/><w:left w:w="160" w:type="dxa"/>'
            '<w:bottom w:w="30" w:type="dxa"/><w:right w:w="120" w:type="dxa"/></w:tblCellMar><w:tblLook w:val="0020" '
            f'w:firstRow="1"/><w:tblCaption w:val="{safe(plain(block.title))}"/></w:tblPr><w:tblGrid><w:gridCol w:w="{width}"/>'
            f"</w:tblGrid>{row(_tint(colour, 2 * _TINT), title, '<w:tblHeader/>')}{row(_tint(colour, _TINT), items, '')}</w:tbl>",
            paragraph("Gap", ""),
        )

    def _caption(self, style: str, kind: str, number: int, words: str, at: int) -> str:
        label = text(f"document.{kind}", self.lang)
        between = "　" if self.lang == "zh" else ". "
        counted = run(f"{label} ", lang=self.lang) + field(f"SEQ {label} \\* ARABIC", str(number))
        return paragraph(style, bookmark(at + 1, f"_Ref{at + 1:06d}", counted) + run(f"{between}{words}", lang=self.lang))

    def _table(self, block: Table, number: int, at: int) -> None:
        table = self.tables[id(block)]
        if block.caption:
            self.add(self._caption("TableCaption", "table", number, block.caption, at))
        self.add(table.xml(table.layout(turned=self.is_turned)))
        small = table.small_print()
        tight = [f'<w:keepNext/><w:spacing w:before="{60 if i == 0 else 0}" w:after="0"/>' for i in range(len(small) - 1)]
        last = "" if len(small) == 1 else '<w:spacing w:before="0"/>'
        self.add(*(paragraph("Note", run(one, lang=self.lang), extra) for one, extra in zip(small, [*tight, last], strict=False)))
        if not small:
            self.add(paragraph("Gap", ""))

    def _picture(self, block: Picture, number: int, at: int) -> None:
        chart = block.draw()
        width, height = (float(one) for one in chart.get_size_inches())
        across, down = parts.room(turned=self.is_turned)
        scale = min(across / width, (down - _AROUND_PICTURE) / height)
        relation, _ = self.file.part.get_or_add_image(BytesIO(png_of(chart)))
        self.pictures += 1
        self.add(
            paragraph("Picture", _drawing(relation, self.pictures, block, width * scale, height * scale)),
            self._caption("Caption", "figure", number, block.caption, at),
        )

    def _contents(self) -> list[str]:
        """A list of contents with links, for a document whose opening has a page of its own.

        It has no page numbers: Word counts them only when asked, and wrong ones are worse than none.
        """
        heads = [(at, b, place) for at, (b, place) in enumerate(self.blocks) if isinstance(b, Heading) and b.level < 3]
        fewest, most = _CONTENTS
        if len(heads) < fewest:
            return []
        deepest = 2
        if len(heads) > most:
            deepest, heads = 1, [head for head in heads if head[1].level == 1]
        begin = (
            '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o "1-'
            f'{deepest}" \\n \\h \\z </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        )
        end = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
        made = [paragraph("TOCHeading", run(text("document.contents", self.lang), lang=self.lang))]
        for i, (at, block, place) in enumerate(heads):
            between = "" if self.lang == "zh" else "\u2002"
            words = run(f"{heading_mark(place, self.lang)}{between}{plain(block.text)}", lang=self.lang)
            link = f'<w:hyperlink w:anchor="_Toc{at + 1:06d}" w:history="1">{words}</w:hyperlink>'
            made.append(paragraph(f"TOC{block.level}", (begin if i == 0 else "") + link + (end if i == len(heads) - 1 else "")))
        return made

    def _facts(self) -> None:
        """What identifies the run, as a small table at the end."""
        lang = self.lang
        columns = (
            Column("item", text("document.facts_item", lang), weight=1.0),
            Column("value", text("document.facts_value", lang), weight=3.2),
        )
        table = Written(Table("document_facts", text("document.facts", lang), columns, tuple(self.document.facts.items())), lang)
        layout = table.layout(turned=False)
        small = type(layout)(*parts.TABLE_SIZES[1], layout.widths, turned=False)
        heading = run(text("document.facts", lang), lang=lang)
        self.add(paragraph("Heading1", heading), table.xml(small), paragraph("Gap", ""))


def _is_note(block: Block) -> bool:
    return isinstance(block, Paragraph) and block.style == "note"


def _tint(colour: str, share: float) -> str:
    """Return a colour thinned with white."""
    return "".join(f"{round(255 - (255 - int(colour[i : i + 2], 16)) * share):02X}" for i in (0, 2, 4))


def _drawing(relation: str, number: int, block: Picture, width: float, height: float) -> str:
    across, down = round(width * _EMU), round(height * _EMU)
    picture = "http://schemas.openxmlformats.org/drawingml/2006/picture"
    name, alt = safe(block.key), safe(plain(block.alt))
    return (
        f'<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{across}" cy="{down}"/>'
        f'<wp:docPr id="{number}" name="{name}" descr="{alt}"/><wp:cNvGraphicFramePr><a:graphicFrameLocks '
        f'noChangeAspect="1"/></wp:cNvGraphicFramePr><a:graphic><a:graphicData uri="{picture}"><pic:pic><pic:nvPicPr>'
        f'<pic:cNvPr id="{number}" name="{name}.png" descr="{alt}"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip '
        f'r:embed="{relation}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/>'
        f'<a:ext cx="{across}" cy="{down}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
        "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


# -- the package --------------------------------------------------------------------------------------


def _headers(file: Any, document: Document) -> dict[str, str]:
    """Make header and footer; return the names by which sections refer to them."""
    from docx.oxml import parse_xml

    lang = document.lang
    names: dict[str, str] = {}
    header, names["header"] = file.part.add_header_part()
    header._element = parse_xml(
        f"<w:hdr {DECLARED}>{paragraph('Header', run(plain(document.title), lang=lang))}</w:hdr>"
    )  # fmt: skip
    empty, names["header_first"] = file.part.add_header_part()
    empty._element = parse_xml(f"<w:hdr {DECLARED}>{paragraph('Gap', '')}</w:hdr>")
    footer, names["footer"] = file.part.add_footer_part()
    number = paragraph("PageNumber", run("— ", lang="en") + field("PAGE", "1") + run(" —", lang="en"))
    status = "".join(paragraph("Footer", run(one, lang=lang)) for one in document.status)
    footer._element = parse_xml(f"<w:ftr {DECLARED}>{number}{status}</w:ftr>")
    return names


#: Parts of python-docx's own template that say nothing of our document.
_DROPPED = ("stylesWithEffects", "thumbnail", "customXml")


def _fill(file: Any, document: Document, writer: _Writer, body: str) -> None:
    """Put our own parts in the place of the template's, and the properties of the file."""
    from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
    from docx.opc.packuri import PackURI
    from docx.opc.part import Part
    from docx.oxml import parse_xml

    package, main = file.part.package, file.part
    for owner in (package, main):
        for name, relation in list(owner.rels.items()):
            if any(word in relation.reltype or word in str(relation.target_ref) for word in _DROPPED):
                del owner.rels[name]
    main._element = parse_xml(body)
    main._styles_part._element = parse_xml(parts.styles(document.lang, writer.box, writer.title_size))
    main._settings_part._element = parse_xml(parts.settings(document.lang))
    main.numbering_part._element = parse_xml(parts.numbering(document.lang, writer.ordered, writer.box[0]))
    for part in package.iter_parts():
        if str(part.partname) == "/word/fontTable.xml":
            part._blob = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{parts.font_table()}'.encode()
        elif str(part.partname) == "/docProps/app.xml":
            part._blob = parts.application()
    if document.facts:
        kind = CONTENT_TYPE.OFC_CUSTOM_PROPERTIES
        own = Part(PackURI("/docProps/custom.xml"), kind, parts.custom_properties(document.facts), package)
        package.relate_to(own, RELATIONSHIP_TYPE.CUSTOM_PROPERTIES)
    _properties(file.core_properties, document)


def _properties(core: Any, document: Document) -> None:
    day = datetime(*DAY, tzinfo=UTC).replace(tzinfo=None)
    said: Mapping[str, Any] = {
        "title": plain(document.title)[:255], "subject": plain(document.subtitle)[:255], "author": "edusim",
        "last_modified_by": "edusim", "language": {"zh": "zh-CN"}.get(document.lang, "en-GB"), "created": day, "modified": day,
        "comments": " ".join(document.status)[:255], "keywords": "", "revision": 1,
    }  # fmt: skip
    for name, value in said.items():
        setattr(core, name, value)


__all__ = ["Box", "as_bytes", "write"]
