"""What a Word file holds besides its text: the page, styles, lists, settings, names of fonts, properties.

The Chinese look is that of a public document (公文, GB/T 9704): its page and margins, title in 小标宋, headings in 黑体,
楷体 and bold 仿宋, text in 仿宋 with two characters of indent, Latin letters and figures in Times New Roman. Only the size
differs: 三号 (16 pt) leaves 28 characters a line and 22 lines a page, which tears a report of tables and charts apart; text
is 小四 (12 pt, 36 characters), tables 五号 (10.5 pt) or, with many columns, 小五 (9 pt), the smallest that prints well.
Lines have a fixed height, so that a page holds the same with the fonts of any machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from edusim.report.document.word_text import DECLARED, safe
from edusim.report.style import FAINT, INK, QUIET, TAKEAWAY

MM = 360 / 6.35  # twips: twentieths of a point
#: Page and margins of a public document, millimetres: top, right, bottom, left.
PAGE = (210.0, 297.0)
MARGINS = (37.0, 26.0, 35.0, 28.0)
#: Sizes of text in tables and the heights of their lines, points: 五号, 小五, and one for tables that fit no page else.
TABLE_SIZES = (("Table", 10.5, 15.0), ("TableSmall", 9.0, 13.0), ("TableTiny", 7.5, 11.0))
#: Points that the edges of a box take from the width of its words.
BOX_PADDING = 18.0
#: An upright page, one turned on its side, and an upright one with narrow margins for an opening that needs them.
Page = Literal["upright", "turned", "close"]
_CLOSE = (21.0, 20.0, 25.0, 20.0)


@dataclass(frozen=True)
class Text:
    """Fonts and sizes of one language, points; ``indent`` in characters."""

    latin: str
    han: str
    head_latin: str
    head_han: tuple[str, str, str]
    title_han: str
    subtitle_han: str
    body: float
    line: float
    after: float
    indent: int
    heads: tuple[tuple[float, float, float], ...]  # size, line, space above
    title: tuple[float, float]
    lists: Mapping[str, tuple[float, float]]  # where the words of a list begin, and how far its mark hangs before them
    number_mark: str

    @property
    def justified(self) -> str:
        """Whether lines are filled: with characters as wide as high, yes; with words, no."""
        return "both" if self.indent else "left"


TEXTS: Mapping[str, Text] = {
    "zh": Text(
        latin="Times New Roman", han="仿宋", head_latin="Times New Roman", head_han=("黑体", "楷体", "仿宋"),
        title_han="方正小标宋简体", subtitle_han="楷体", body=12.0, line=22.0, after=0.0, indent=2,
        heads=((15.0, 26.0, 14.0), (14.0, 24.0, 8.0), (12.0, 22.0, 4.0)), title=(22.0, 34.0),
        lists={"bullet": (38.0, 14.0), "number": (60.0, 36.0)}, number_mark="（%1）",
    ),
    "en": Text(
        latin="Times New Roman", han="宋体", head_latin="Arial", head_han=("黑体", "黑体", "黑体"),
        title_han="黑体", subtitle_han="宋体", body=11.0, line=15.5, after=6.0, indent=0,
        heads=((15.0, 20.0, 18.0), (12.5, 17.0, 12.0), (11.0, 15.0, 8.0)), title=(22.0, 28.0),
        lists={"bullet": (18.0, 12.0), "number": (24.0, 18.0)}, number_mark="%1.",
    ),
}  # fmt: skip


#: Size of letters, height of lines, space after a paragraph; points.
Sizes = tuple[float, float, float]


def twips(millimetres: float) -> int:
    """Return a length in Word's unit."""
    return round(millimetres * MM)


def room(page: Page) -> tuple[float, float]:
    """Return width and height of the text on a page, points."""
    top, right, bottom, left = _CLOSE if page == "close" else MARGINS
    width, height = (PAGE[0] - left - right) * 72 / 25.4, (PAGE[1] - top - bottom) * 72 / 25.4
    return (height, width) if page == "turned" else (width, height)


def section(names: Mapping[str, str], page: Page, *, first: bool) -> str:
    """Return the properties of a section: its page, header and footer; the first page of all has no header."""
    top, right, bottom, left = (twips(one) for one in (_CLOSE if page == "close" else MARGINS))
    width, height = twips(PAGE[0]), twips(PAGE[1])
    # A page on its side is bound along the same edge: its top was the left of the upright page.
    turned = page == "turned"
    sides = f'w:w="{height}" w:h="{width}" w:orient="landscape"' if turned else f'w:w="{width}" w:h="{height}"'
    edges = (left, top, right, bottom) if turned else (top, right, bottom, left)
    margins = " ".join(f'w:{name}="{edge}"' for name, edge in zip(("top", "right", "bottom", "left"), edges, strict=True))
    links = "".join(f'<w:{key}Reference w:type="default" r:id="{names[key]}"/>' for key in ("header", "footer"))
    if first:
        links += f'<w:headerReference w:type="first" r:id="{names["header_first"]}"/>'
        links += f'<w:footerReference w:type="first" r:id="{names["footer"]}"/>'
    return (
        f'<w:sectPr>{links}<w:type w:val="nextPage"/><w:pgSz {sides}/><w:pgMar {margins} w:header="{twips(20 if page != "close" else 10)}" '
        f'w:footer="{twips(8 if page == "close" else 12)}" w:gutter="0"/><w:cols w:space="425"/>'
        f"{'<w:titlePg/>' if first else ''}</w:sectPr>"
    )


def title_line(size: float, lang: str) -> float:
    """Return the height of a line of the title, points."""
    return round(size * (1.5 if lang == "zh" else 1.25))


def subtitle(lang: str, close: bool) -> tuple[float, float]:
    """Return size and line of the subtitle, points; ``close`` for an opening short of room."""
    size, line = (14.0, 22.0) if lang == "zh" else (12.0, 17.0)
    return (size - 2.5, line - 5) if close else (size, line)


# -- styles -------------------------------------------------------------------------------------------


def _fonts(latin: str, han: str) -> str:
    return f'<w:rFonts w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}" w:eastAsia="{han}"/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _space(line: float, before: float = 0.0, after: float = 0.0) -> str:
    return (
        f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" '
        f'w:line="{round(line * 20)}" w:lineRule="exact"/>'
    )


def _indent(characters: int, size: float) -> str:
    if not characters:
        return '<w:ind w:firstLineChars="0" w:firstLine="0"/>'
    return f'<w:ind w:firstLineChars="{characters * 100}" w:firstLine="{round(characters * size * 20)}"/>'


def _style(
    name: str, *, title: str = "", based: str = "Normal", after: str = "", paragraph: str = "", letters: str = "",
    shown: bool = True,
) -> str:  # fmt: skip
    parent = f'<w:basedOn w:val="{based}"/>' if based else ""
    follows = f'<w:next w:val="{after}"/>' if after else ""
    default = ' w:default="1"' if name == "Normal" else ""
    own = "" if title else ' w:customStyle="1"'
    return (
        f'<w:style w:type="paragraph"{default}{own} w:styleId="{name}"><w:name w:val="{title or name}"/>{parent}{follows}'
        f"{'<w:qFormat/>' if shown else ''}<w:pPr>{paragraph}</w:pPr><w:rPr>{letters}</w:rPr></w:style>"
    )


def styles(lang: str, box: Sizes, opening: Sizes, title_size: float, *, close: bool) -> str:
    """Return the style sheet.

    Parameters
    ----------
    box, opening
        Size, line and space after, in points, of the text in boxes and of the sentences before them.
    title_size
        What a long title shrinks to.
    close
        Whether the opening is short of room.
    """
    look = TEXTS[lang]
    sub_size, sub_line = subtitle(lang, close)
    ink, quiet, blue, faint = (one.lstrip("#") for one in (INK, QUIET, TAKEAWAY, FAINT))
    bold = "<w:b/><w:bCs/>"
    keep = "<w:keepNext/><w:keepLines/>"
    made = [
        _style(
            "Normal", title="Normal", based="", paragraph=f"<w:widowControl/>{_space(look.line)}",
            letters=_fonts(look.latin, look.han) + f'<w:color w:val="{ink}"/>' + _size(look.body),
        ),
        _style("BodyText", title="Body Text", paragraph=_space(look.line, after=look.after) + _indent(look.indent, look.body)
               + f'<w:jc w:val="{look.justified}"/>'),
        _style("Lead", based="BodyText", after="BodyText", paragraph=_space(look.line, after=look.after + 2),
               letters=_fonts(look.latin, "楷体" if lang == "zh" else look.han) + f'<w:color w:val="{blue}"/>'),
        _style("OpeningLead", based="Lead", paragraph=_space(opening[1], 0, opening[2]) + _indent(look.indent, opening[0]),
               letters=_size(opening[0])),
        _style("OpeningText", based="BodyText", paragraph=_space(opening[1], 0, opening[2]) + _indent(look.indent, opening[0]),
               letters=_size(opening[0])),
        _style("OpeningNote", based="Note", paragraph=_space(11.0, 2, 3), letters=_size(8.5)),
        _style("Note", paragraph=_space(13.0 if lang == "zh" else 11.5, 3, 6) + '<w:jc w:val="left"/>',
               letters=f'<w:color w:val="{quiet}"/>' + _size(9)),
        _style("Title", title="Title", after="Subtitle",
               paragraph=f"{keep}{_space(title_line(title_size, lang), 0, 4)}" + f'<w:jc w:val="{"center" if lang == "zh" else "left"}"/>',
               letters=_fonts(look.head_latin, look.title_han) + ("" if lang == "zh" else bold) + _size(title_size)),
        _style("Subtitle", title="Subtitle", after="BodyText",
               paragraph=_space(sub_line, 0, 4) + f'<w:jc w:val="{"center" if lang == "zh" else "left"}"/>',
               letters=_fonts(look.latin, look.subtitle_han) + _size(sub_size)),
        _style("Status", paragraph=_space(13) + f'<w:jc w:val="{"center" if lang == "zh" else "left"}"/>',
               letters=f'<w:color w:val="{quiet}"/>' + _size(9)),
        _style("Caption", title="caption", paragraph=_space(16 if lang == "zh" else 14, 8, 3)
               + f'<w:jc w:val="{"center" if lang == "zh" else "left"}"/>',
               letters=_fonts(look.head_latin, "黑体") + ("" if lang == "zh" else bold) + _size(10.5 if lang == "zh" else 9.5)),
        _style("TableCaption", based="Caption", paragraph=keep),
        _style("OpeningCaption", based="TableCaption", paragraph=_space(15, 2, 2)),
        _style("Picture", after="Caption", paragraph='<w:keepNext/><w:spacing w:before="160" w:after="0" w:line="240" '
               'w:lineRule="auto"/><w:jc w:val="center"/>'),
        _style("Box", paragraph=_space(box[1], 0, box[2]) + f'<w:jc w:val="{look.justified}"/>', letters=_size(box[0])),
        _style("BoxTitle", based="Box", after="Box", paragraph=f"{keep}{_space(box[1] + 2, 1, 1)}",
               letters=_fonts(look.head_latin, "黑体") + bold + _size(box[0] + 0.5)),
        _style("ListBullet", title="List Bullet", paragraph='<w:numPr><w:numId w:val="1"/></w:numPr>'
               + _space(look.line, after=look.after / 2) + hanging(lang, "bullet") + f'<w:jc w:val="{look.justified}"/>'),
        _style("ListNumber", title="List Number", paragraph='<w:numPr><w:numId w:val="2"/></w:numPr>'
               + _space(look.line, after=look.after / 2) + hanging(lang, "number") + f'<w:jc w:val="{look.justified}"/>'),
        _style("Header", title="header", paragraph='<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="3" '
               f'w:color="{faint}"/></w:pBdr>{_space(12)}<w:jc w:val="center"/>',
               letters=f'<w:color w:val="{quiet}"/>' + _size(8.5)),
        _style("Footer", title="footer", paragraph=_space(11) + '<w:jc w:val="center"/>',
               letters=f'<w:color w:val="{quiet}"/>' + _size(8)),
        _style("PageNumber", based="Footer", paragraph=_space(18, after=2),
               letters=_fonts("Times New Roman", "宋体") + f'<w:color w:val="{ink}"/>' + _size(12 if lang == "zh" else 10.5)),
        _style("Gap", paragraph=_space(3 if close else 6), letters=_size(2), shown=False),
        _style("TOCHeading", title="TOC Heading", based="Normal", paragraph=f"{keep}{_space(26, 0, 4)}"
               + f'<w:jc w:val="{"center" if lang == "zh" else "left"}"/>',
               letters=_fonts(look.head_latin, "黑体") + ("" if lang == "zh" else bold) + _size(14)),
        _style("TOC1", title="toc 1", paragraph=_space(look.line - 2) + '<w:ind w:left="0"/>'),
        _style("TOC2", title="toc 2", paragraph=_space(look.line - 3) + f'<w:ind w:left="{round(look.body * 40)}"/>',
               letters=_size(look.body - 1)),
    ]  # fmt: skip
    for level, (size, line, above) in enumerate(look.heads, 1):
        strong = bold if lang == "en" or level == 3 else ""
        made.append(
            _style(
                f"Heading{level}", title=f"heading {level}", after="BodyText",
                paragraph=f"{keep}{_space(line, above, 4)}{_indent(look.indent, size)}"
                f'<w:jc w:val="left"/><w:outlineLvl w:val="{level - 1}"/>',
                letters=_fonts(look.head_latin, look.head_han[level - 1]) + strong + _size(size),
            )
        )  # fmt: skip
    for name, size, line in TABLE_SIZES:
        shrunk = size if lang == "zh" else size - 0.5
        made.append(_style(name, paragraph=_space(line) + '<w:jc w:val="left"/>', letters=_size(shrunk)))
        head = _fonts(look.head_latin, "黑体") + ("" if lang == "zh" else bold) + _size(shrunk - (lang == "en"))
        made.append(_style(f"{name}Head", based=name, paragraph="<w:keepNext/>", letters=head))
    # Three lines, and hair lines between rows to keep the eye on a row of many columns.
    table = (
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" '
        'w:type="dxa"/><w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        '</w:style><w:style w:type="table" w:customStyle="1" w:styleId="EdusimTable"><w:name w:val="Edusim Table"/><w:basedOn '
        'w:val="TableNormal"/><w:qFormat/><w:tblPr><w:tblBorders>'
        f'<w:top w:val="single" w:sz="12" w:space="0" w:color="{ink}"/><w:bottom w:val="single" w:sz="12" w:space="0" '
        f'w:color="{ink}"/><w:insideH w:val="single" w:sz="2" w:space="0" w:color="D5DAE0"/></w:tblBorders>'
        '<w:tblCellMar><w:top w:w="20" w:type="dxa"/><w:left w:w="70" w:type="dxa"/><w:bottom w:w="20" w:type="dxa"/>'
        '<w:right w:w="70" w:type="dxa"/></w:tblCellMar></w:tblPr><w:tblStylePr w:type="firstRow"><w:tcPr><w:tcBorders>'
        f'<w:bottom w:val="single" w:sz="6" w:space="0" w:color="{ink}"/></w:tcBorders></w:tcPr></w:tblStylePr></w:style>'
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/>'
        '</w:style><w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/></w:style>'
    )
    tongue = '<w:lang w:val="en-GB" w:eastAsia="zh-CN" w:bidi="ar-SA"/>'
    return (
        f"<w:styles {DECLARED}><w:docDefaults><w:rPrDefault><w:rPr>{_fonts(look.latin, look.han)}{_size(look.body)}{tongue}"
        f"</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>{''.join(made)}{table}</w:styles>"
    )


# -- lists --------------------------------------------------------------------------------------------

#: Numbers of the lists in the file: bullets, bullets in boxes; ordered lists begin behind them, one each.
BULLETS, BOX_BULLETS, ORDERED = 1, 3, 4


def hanging(lang: str, of: Literal["bullet", "number"]) -> str:
    """Return the indent of the items of a list, whose marks hang before them."""
    left, mark = TEXTS[lang].lists[of]
    return f'<w:ind w:left="{round(left * 20)}" w:hanging="{round(mark * 20)}"/>'


def box_hanging(size: float) -> str:
    """Return the indent of the items of a box."""
    return f'<w:ind w:left="{round(size * 20)}" w:hanging="{round(size * 20)}"/>'


def numbering(lang: str, ordered: int, box_size: float) -> str:
    """Return the lists: bullets, bullets in boxes, and as many ordered lists as the document has, each beginning with 1."""

    def kind(number: int, how: str, mark: str, indent: str) -> str:
        font = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:hint="{"eastAsia" if mark[0] > "～" else "default"}"/>'
        return (
            f'<w:abstractNum w:abstractNumId="{number}"><w:multiLevelType w:val="singleLevel"/><w:lvl w:ilvl="0"><w:start '
            f'w:val="1"/><w:numFmt w:val="{how}"/><w:lvlText w:val="{mark}"/><w:lvlJc w:val="left"/><w:pPr>{indent}</w:pPr>'
            f"<w:rPr>{font}</w:rPr></w:lvl></w:abstractNum>"
        )

    kinds = [
        kind(0, "bullet", "•", hanging(lang, "bullet")),
        kind(1, "decimal", TEXTS[lang].number_mark, hanging(lang, "number")),
        kind(2, "bullet", "•", box_hanging(box_size)),
    ]
    nums = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{of}"/></w:num>' for number, of in ((1, 0), (2, 1), (3, 2))
    )
    again = "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
        "</w:lvlOverride></w:num>"
        for number in range(ORDERED, ORDERED + ordered)
    )
    return f"<w:numbering {DECLARED}>{''.join(kinds)}{nums}{again}</w:numbering>"


# -- the rest -----------------------------------------------------------------------------------------


def settings(lang: str) -> str:
    """Return the settings: languages, Word's own rules of today, no question when it is opened."""
    return (
        f'<w:settings {DECLARED}><w:zoom w:percent="100"/><w:defaultTabStop w:val="420"/><w:characterSpacingControl '
        f'w:val="{"compressPunctuation" if lang == "zh" else "doNotCompress"}"/><w:compat><w:useFELayout/>'
        + "".join(
            f'<w:compatSetting w:name="{name}" w:uri="http://schemas.microsoft.com/office/word" w:val="{value}"/>'
            for name, value in (
                ("compatibilityMode", 15), ("overrideTableStyleFontSizeAndJustification", 1), ("enableOpenTypeFeatures", 1),
                ("doNotFlipMirrorIndents", 1), ("differentiateMultirowTableHeaders", 1),
            )
        )
        + '</w:compat><w:themeFontLang w:val="en-GB" w:eastAsia="zh-CN"/><w:decimalSymbol w:val="."/><w:listSeparator '
        'w:val=","/></w:settings>'
    )  # fmt: skip


#: Fonts of Chinese Windows with another name they go by, and what kind they are: who lacks one takes the next of its kind.
_HAN_FONTS = (
    ("仿宋", "FangSong", "02010609060101010101", "modern"), ("黑体", "SimHei", "02010609060101010101", "modern"),
    ("楷体", "KaiTi", "02010609060101010101", "modern"), ("宋体", "SimSun", "02010600030101010101", "auto"),
    ("方正小标宋简体", "宋体", "02010601030101010101", "auto"),
)  # fmt: skip


def font_table() -> str:
    """Return the names of the fonts, each with what stands in for it."""
    han = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:panose1 w:val="{panose}"/><w:charset w:val="86"/><w:family '
        f'w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
        for name, other, panose, family in _HAN_FONTS
    )
    latin = "".join(
        f'<w:font w:name="{name}"><w:panose1 w:val="{panose}"/><w:charset w:val="00"/><w:family w:val="{family}"/><w:pitch '
        'w:val="variable"/></w:font>'
        for name, panose, family in (
            ("Times New Roman", "02020603050405020304", "roman"), ("Arial", "020B0604020202020204", "swiss"),
        )
    )  # fmt: skip
    return f"<w:fonts {DECLARED}>{latin}{han}</w:fonts>"


def application() -> bytes:
    """Return which program wrote the file."""
    return (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties '
        b'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>edusim</Application>'
        b"</Properties>"
    )


def custom_properties(facts: Mapping[str, str]) -> bytes:
    """Return what identifies the run, as properties of the file."""
    inner = "".join(
        f'<property fmtid="{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}" pid="{number}" name="{safe(name)[:250]}"><vt:lpwstr>'
        f"{safe(value)}</vt:lpwstr></property>"
        for number, (name, value) in enumerate(facts.items(), 2)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties '
        'xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" '
        f'xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{inner}</Properties>'
    ).encode()
