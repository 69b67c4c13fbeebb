"""A document as a Word file: in Chinese in the manner of a public document, in English as a plain report.

Everything in it is Word's own: heading styles for the navigation pane, lists, tables with a head that repeats, captions with
counting fields, page numbers, sections. The text of the file is written as one string of XML and parsed once; python-docx
keeps the package, the pictures and the properties.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from edusim.language import text
from edusim.report.document import word_parts as parts
from edusim.report.document.blocks import (
    Block,
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
from edusim.report.document.manner import BOX_COLOURS, clean, heading_mark
from edusim.report.document.pictures import png_of
from edusim.report.document.word_opening import fit, opening, title_size
from edusim.report.document.word_table import Written
from edusim.report.document.word_text import DECLARED, bookmark, field, is_ragged, lines, paragraph, run, safe

#: Headings from which a list of contents is worth its place, and how many of them it takes.
_CONTENTS = (8, 26)
#: Lines that go with a wide table to its page.
_LEADING = 8
#: Grounds of the boxes: their colour with much white.
_TINT = 0.08
#: Points that a caption and the lines around a picture take from its page.
_AROUND_PICTURE = 52.0
_EMU = 12700  # a point
_STYLE_OF = {"body": "BodyText", "lead": "Lead", "note": "Note"}
_HEAD_OF_PARAGRAPH = re.compile(r'<w:p><w:pPr><w:pStyle w:val="\w+"/>(?:<w:keepNext/>)?(?:<w:keepLines/>)?')


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
        self.page: parts.Page = "upright"
        self.is_first = True
        self.breaks = False
        self.blocks = [
            (block, place)
            for block, place in numbered(document.blocks)
            if not (isinstance(block, Table) and block.only_workbook)
        ]
        self.tables = {id(block): Written(block, self.lang) for block, _ in self.blocks if isinstance(block, Table)}
        found = [block for block, _ in self.blocks]
        #: How many blocks open the document, and how large their text is.
        self.opening = opening(found)
        self.fit = fit(document, found[: self.opening], self.tables)
        self.pages = self._pages()
        self.title_size = title_size(document.title, self.lang, self.fit.close)
        self.names = _headers(file, document)

    # -- before anything is written -------------------------------------------------------------------

    def _pages(self) -> list[parts.Page]:
        """On which kind of page each block stands: wide tables on their side, with what leads up to them."""
        pages: list[parts.Page] = [
            self.tables[id(block)].layout().page if isinstance(block, Table) else "upright" for block, _ in self.blocks
        ]
        for at in [at for at, page in enumerate(pages) if page == "turned"]:
            # A heading goes with its table, and so do a sentence or two between them; else the heading would be left alone.
            before = at
            while before and isinstance(self.blocks[before - 1][0], Heading | Paragraph):
                before -= 1
            first = next((i for i in range(before, at) if isinstance(self.blocks[i][0], Heading)), at)
            texts = [b.text for b, _ in self.blocks[first:at] if isinstance(b, Paragraph)]
            if sum(lines(one, parts.room("turned")[0], self.look.body) for one in texts) > _LEADING:
                first = at
                while first and isinstance(self.blocks[first - 1][0], Heading):
                    first -= 1
            pages[first:at] = ["turned"] * (at - first)
            if at + 1 < len(self.blocks) and _is_note(self.blocks[at + 1][0]):
                pages[at + 1] = "turned"
        pages[: self.opening] = [self.fit.page] * self.opening
        return pages

    def styles(self) -> str:
        """Return the style sheet."""
        how, lang = self.fit, self.lang
        box = (how.box, how.line(how.box, lang), how.between)
        words = (how.words, how.line(how.words, lang), 2.0 if how.close else 6.0)
        return parts.styles(lang, box, words, self.title_size, close=how.close)

    # -- writing --------------------------------------------------------------------------------------

    def add(self, *xml: str) -> None:
        """Take what comes next in the text; the first of it begins a page when the page before has been ended."""
        for one in filter(None, xml):
            if self.breaks:
                self.breaks = False
                if one.startswith("<w:tbl>"):  # a table cannot begin a page by itself
                    self.made.append(_on_new_page(paragraph("Gap", "")))
                else:
                    one = _on_new_page(one)
            self.made.append(one)

    def body(self) -> str:
        """Return the text of the file."""
        self._head()
        contents = self._contents()
        self.page = self.fit.page
        broken = False  # what comes next begins a page already
        for at, (block, place) in enumerate(self.blocks):
            is_break = isinstance(block, PageBreak)
            if not is_break and self.pages[at] != self.page:
                self._end_section()
                self.page = self.pages[at]
                broken = True
            if is_break:
                is_last = at + 1 == len(self.blocks)
                if not broken and not is_last and self.pages[at + 1] == self.page:
                    self.breaks = broken = True
                continue
            if broken and contents and self.page == "upright":
                self.add(*contents)
                contents = []
            broken = False
            self._block(block, place, at)
        if self.document.facts:
            if self.page != "upright":
                self._end_section()
                self.page = "upright"
            self._facts()
        final = parts.section(self.names, self.page, first=self.is_first)
        return f"<w:document {DECLARED}><w:body>{''.join(self.made)}{final}</w:body></w:document>"

    def _end_section(self) -> None:
        # The properties of a section are kept by its last paragraph; a table at the end needs a small one behind it.
        properties = parts.section(self.names, self.page, first=self.is_first)
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
        if not self.fit.close:  # else the foot of the same page says it alone
            self.add(*(paragraph("Status", run(one, lang=lang)) for one in document.status))
            self.add(paragraph("Gap", "") if document.status else "")

    def _block(self, block: Block, place: tuple[int, ...], at: int) -> None:
        lang = self.lang
        if isinstance(block, Heading):
            between = "" if lang == "zh" and len(place) < 3 else "\u2002"
            words = run(f"{heading_mark(place, lang)}{between}{block.text}", lang=lang)
            line = self.look.heads[block.level - 1][1]
            tight = f'<w:spacing w:before="40" w:after="20" w:line="{round(line - 4) * 20}" w:lineRule="exact"/>'
            extra = tight if self._is_close(at) else ""
            self.add(paragraph(f"Heading{block.level}", bookmark(at + 1, f"_Toc{at + 1:06d}", words), extra))
        elif isinstance(block, Paragraph):
            # A sentence that leads up to a table or picture stands by it.
            keep = "<w:keepNext/>" if block.style != "note" and block.text.rstrip().endswith(("：", ":")) else ""
            self.add(paragraph(self._style(block, at), run(block.text, lang=lang), keep + _side(block.text)))
        elif isinstance(block, Bullets):
            self._bullets(block)
        elif isinstance(block, Callout):
            self._callout(block, at)
        elif isinstance(block, Table):
            self._table(block, place[0], at)
        elif isinstance(block, Picture):
            self._picture(block, place[0], at)

    def _is_close(self, at: int) -> bool:
        return at < self.opening and self.fit.close

    def _ends_page(self, at: int) -> bool:
        after = self.blocks[at + 1][0] if at + 1 < len(self.blocks) else None
        return after is not None and (self.pages[at] == "close" or isinstance(after, PageBreak))

    def _style(self, block: Paragraph, at: int) -> str:
        if at >= self.opening:
            return _STYLE_OF[block.style]
        if block.style == "note":
            return "OpeningNote" if self.fit.close else "Note"
        return "OpeningLead" if block.style == "lead" else "OpeningText"

    def _bullets(self, block: Bullets) -> None:
        style, number = "ListBullet", parts.BULLETS
        if block.ordered:
            style, number = "ListNumber", parts.ORDERED + self.ordered
            self.ordered += 1
        which = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
        self.add(*(paragraph(style, run(item, lang=self.lang), which + _side(item)) for item in block.items))

    def _callout(self, block: Callout, at: int) -> None:
        colour = BOX_COLOURS[block.kind].lstrip("#")
        width = round(parts.room(self.page)[0] * 20)
        which = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{parts.BOX_BULLETS}"/></w:numPr>'
        title = paragraph("BoxTitle", run(block.title, lang=self.lang, colour=colour))
        mark = which + parts.box_hanging(self.fit.box) if len(block.items) > 1 else ""
        items = "".join(paragraph("Box", run(item, lang=self.lang), mark + _side(item)) for item in block.items) or paragraph("Box", "")

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
            "" if at + 1 == self.opening and self._ends_page(at) else paragraph("Gap", ""),
        )

    def _caption(self, style: str, kind: str, number: int, words: str, at: int) -> str:
        label = text(f"document.{kind}", self.lang)
        between = "　" if self.lang == "zh" else ". "
        counted = run(f"{label} ", lang=self.lang) + field(f"SEQ {label} \\* ARABIC", str(number))
        return paragraph(style, bookmark(at + 1, f"_Ref{at + 1:06d}", counted) + run(f"{between}{words}", lang=self.lang))

    def _table(self, block: Table, number: int, at: int) -> None:
        table = self.tables[id(block)]
        is_close = self._is_close(at)
        if block.caption:
            self.add(self._caption("OpeningCaption" if is_close else "TableCaption", "table", number, table.caption, at))
        self.add(table.xml(table.layout(page=self.page, small=is_close)))
        small = table.small_print()
        if is_close:
            small = [" ".join(small)] if small else []
        for i, one in enumerate(small):
            above, below = "" if i else '60', "" if i + 1 == len(small) else '0'
            space = f'<w:spacing w:before="{above or 0}"' + (f' w:after="{below}"/>' if below else "/>")
            extra = "" if len(small) == 1 else ("<w:keepNext/>" if below else "") + space
            self.add(paragraph("OpeningNote" if is_close else "Note", run(one, lang=self.lang), extra))
        if not small:
            self.add(paragraph("Gap", ""))

    def _picture(self, block: Picture, number: int, at: int) -> None:
        chart = block.draw()
        width, height = (float(one) for one in chart.get_size_inches())
        across, down = parts.room(self.page)
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
        layout = table.layout(page="upright", small=True)
        heading = run(text("document.facts", lang), lang=lang)
        self.add(paragraph("Heading1", heading), table.xml(layout), paragraph("Gap", ""))


def _side(text: str) -> str:
    return '<w:jc w:val="left"/>' if is_ragged(text) else ""


def _on_new_page(xml: str) -> str:
    return _HEAD_OF_PARAGRAPH.sub(lambda head: f"{head[0]}<w:pageBreakBefore/>", xml, count=1)


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
    main._styles_part._element = parse_xml(writer.styles())
    main._settings_part._element = parse_xml(parts.settings(document.lang))
    main.numbering_part._element = parse_xml(parts.numbering(document.lang, writer.ordered, writer.fit.box))
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
        setattr(core, name, clean(value) if isinstance(value, str) else value)
