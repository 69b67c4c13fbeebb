"""Word files: Word's own headings, tables, captions and fields; the same bytes; every word on the pages of an office."""

from __future__ import annotations

import itertools
import math
import os
import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import qn

import office
from edusim.errors import RunError
from edusim.language import text
from edusim.report.document import word_opening, word_parts
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
    plain,
)
from edusim.report.document.files import packed_alike, write_file
from edusim.report.document.word import as_bytes, write
from edusim.report.document.word_table import Written
from edusim.report.document.word_text import DECLARED, ems, lines, run
from edusim.report.style import Chart, Words, house
from edusim.report.summaries import Interval

LANGS = ("zh", "en")
#: Words of the documents below: (Chinese, English).
SAID = {
    "title": ("示例县义务教育学校共同体建设政策推演报告", "School groups in Example county: four modes compared"),
    "subtitle": ("2025—2035 学年", "School years 2025 to 2035"),
    "status": ("情景推演，不是预测", "Scenario exploration, not a forecast"),
    "chapter": ("官方指标与限额", "Official indicators against their limits"),
    "section": ("小学", "Primary schools"),
    "part": ("分区情况", "By zone"),
    "body": (
        "按照《督导评估办法》（教督〔2017〕6号），七项“资源配置”指标的校际差异系数，小学不高于 0.50——**整个区间**不超过限额才说达标。",
        "Under the rule of 2017 (教督〔2017〕6号) an indicator keeps its limit only when the **whole interval** does; “open” otherwise.",
    ),
    "sentence": (
        "共建型：2035 年核心校与成员校的差距比现状延续小 0.06 个学生成绩标准差（95% 区间 −0.09 至 −0.03），每年多花 310 万元。",
        "Co-built groups: the gap of 2035 is 0.06 pupil SD smaller than under the status quo (95% interval −0.09 to −0.03).",
    ),
    "school": ("学校", "School"), "zone": ("所在地", "Zone"), "pupils": ("学生数", "Pupils"), "people": ("人", "persons"),
    "change": ("成绩变化", "Change"), "verdict": ("结论", "Verdict"), "meets": ("达标", "keeps it"), "open": ("未定", "undecided"),
    "total": ("合计", "Total"), "hint": ("测量口径见附录", "see the annex"), "money": ("万元", "million yuan"),
    "note": ("括号内为 95% 区间。", "In brackets the 95% interval."), "small": ("名校", "Urban"),
    "caption": ("各校成绩的变化", "Change of achievement by school"), "wide": ("各校七项指标", "Seven indicators of every school"),
    "years": ("各年经费", "Money by year"), "picture": ("四种模式下的差距", "The gap under four modes"),
    "alt": ("四条折线，都向下", "Four lines, all of them falling"), "fact": ("情景", "Scenario"),
}  # fmt: skip


def say(key: str, lang: str) -> str:
    return SAID[key][0 if lang == "zh" else 1]


def around(value: float, half: float = 0.04) -> Interval:
    return Interval(value, value - half, value + half, 20)


def chart(lang: str, height: float = 4.0) -> Chart:
    with house():
        found = Chart(8.4, height, Words(lang, {}), title="t", subtitle="s", takeaway="k", footer="f", for_report=True)
        axes = found.panel(0.7, 0.5, 7.0, height - 0.8)
        axes.plot([2025, 2030, 2035], [0.4, 0.3, 0.2])
        axes.set_xlabel(say("pupils", lang))
    return found


def boxes(lang: str, sentences: int = 3, longer: int = 1) -> list[Callout]:
    one = (" " if lang == "en" else "").join([say("sentence", lang)] * longer)
    return [Callout(f"{kind} {say('total', lang)}", (one,) * sentences, kind) for kind in ("do", "dont", "unknown", "collect")]


def schools(lang: str, n: int = 60) -> Table:
    rows: list[Any] = []
    for at in range(n):
        if at in (0, n // 2):
            rows.append((Cell(f"{say('section', lang)} {at}", bold=True), None, None, None, None))
        value = 0.1 * math.sin(at)
        tone = "gain" if value > 0.05 else "loss" if value < -0.05 else ""
        verdict = Cell(say("meets" if at % 2 else "open", lang), tone="meets" if at % 2 else "open", note=say("hint", lang) if at == 3 else "")
        rows.append((f"{say('small', lang)} {at:02d}", say("zone", lang), 100 + at, Cell(around(value), tone=tone), verdict))  # type: ignore[arg-type]
    rows.append((Cell(say("total", lang), bold=True), "", Cell(100_007.0, bold=True), Cell(around(0.01), bold=True), None))
    columns = (
        Column("school", say("school", lang)), Column("zone", say("zone", lang)),
        Column("pupils", say("pupils", lang), say("people", lang), kind="number", digits=0),
        Column("change", say("change", lang), "SD", kind="interval", signed=True), Column("verdict", say("verdict", lang)),
    )  # fmt: skip
    return Table("schools", say("caption", lang), columns, tuple(rows), say("note", lang))


def wide(lang: str) -> Table:
    columns = (Column("school", say("school", lang), weight=1.4), *(Column(f"i{i}", f"{say('change', lang)} {i}", kind="interval") for i in range(9)))
    rows = tuple((f"{say('small', lang)} {at}", *(around(0.1 * i) for i in range(9))) for at in range(12))
    return Table("wide", say("wide", lang), columns, rows, say("note", lang), wide=True)


def years(lang: str) -> Table:
    money = say("money", lang)
    each = (Column(f"y{year}", str(year), money, kind="number", digits=0) for year in range(2026, 2032))
    columns = (Column("line", say("school", lang), weight=2), *each)
    return Table("years", say("years", lang), columns, ((say("total", lang), *(1234.0 + y for y in range(6))),))


@cache
def report(lang: str) -> Document:
    """A document with every kind of block."""
    body, sentence = say("body", lang), say("sentence", lang)
    blocks: list[Block] = [*boxes(lang), PageBreak()]
    for at in range(3):
        blocks += [
            Heading(f"{say('chapter', lang)} {at}"), Paragraph(sentence, "lead"), Paragraph(body),
            Heading(f"{say('section', lang)} A{at}", 2), Paragraph(body), Heading(f"{say('section', lang)} B{at}", 2),
            Heading(f"{say('part', lang)} {at}", 3), Bullets((sentence, body)), Bullets((sentence, sentence), ordered=True),
        ]  # fmt: skip
        if at == 0:
            blocks += [schools(lang), Callout(say("school", lang), (sentence,)), Bullets((sentence,), ordered=True)]
        if at == 1:
            blocks += [Heading(f"{say('wide', lang)} C", 2), wide(lang), Paragraph(say("note", lang), "note"), Paragraph(body)]
            blocks += [Picture("gap", say("picture", lang), say("alt", lang) + ' <&">', lambda: chart(lang)), PageBreak()]
        if at == 2:
            blocks += [years(lang), Table("all", "workbook alone", (Column("a", "a"),), (("not on paper",),), only_workbook=True)]
            blocks += [Picture("tall", say("picture", lang), say("alt", lang), lambda: chart(lang, 16.0))]
    facts = {say("fact", lang): "示例县", "hash": "fba3afa3ad7ce5d1efc8abfd388a29d4e27127cb7355f990da11bfc225e6ac62"}
    return Document(say("title", lang), say("subtitle", lang), lang, tuple(blocks), (say("status", lang),), facts)


@cache
def bytes_of(lang: str) -> bytes:
    return as_bytes(report(lang))


def opened(lang: str) -> Any:
    return docx.Document(BytesIO(bytes_of(lang)))


def part(lang: str, name: str) -> str:
    with zipfile.ZipFile(BytesIO(bytes_of(lang))) as archive:
        return archive.read(name).decode()


def attribute(element: Any, path: str) -> list[str]:
    return [str(one) for one in element.xpath(path)]


# ---- text -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_headings_are_headings_numbered_in_the_manner_of_their_language(lang: str) -> None:
    found = [(p.style.name, p.text) for p in opened(lang).paragraphs if p.style.name.startswith("Heading")]
    assert [style for style, _ in found[:5]] == ["Heading 1", "Heading 2", "Heading 2", "Heading 3", "Heading 1"]
    marks = ["一、", "（一）", "（二）", "1.", "二、"] if lang == "zh" else ["1", "1.1", "1.2", "1.2.1", "2"]
    assert all(words.startswith(mark) for (_, words), mark in zip(found, marks, strict=False)), found[:5]
    assert found[-1] == ("Heading 1", text("document.facts", lang))
    levels = {f"Heading {n}": attribute(opened(lang).styles[f"Heading {n}"].element, ".//w:outlineLvl/@w:val") for n in (1, 2, 3)}
    assert levels == {"Heading 1": ["0"], "Heading 2": ["1"], "Heading 3": ["2"]}


@pytest.mark.parametrize("lang", LANGS)
def test_a_page_is_a4_with_the_margins_of_a_public_document(lang: str) -> None:
    for section in opened(lang).sections:
        across, down = round(section.page_width.mm), round(section.page_height.mm)
        edges = [round(getattr(section, f"{side}_margin").mm) for side in ("top", "right", "bottom", "left")]
        assert {across, down} == {210, 297}
        if across > down:
            assert edges == [28, 37, 26, 35]
        elif edges != [21, 20, 25, 20]:  # an opening short of room
            assert edges == [37, 26, 35, 28]


def test_han_fonts_are_set_apart_from_latin_ones() -> None:
    styles = opened("zh").styles
    fonts = {
        name: (attribute(styles[name].element, ".//w:rFonts/@w:ascii"), attribute(styles[name].element, ".//w:rFonts/@w:eastAsia"))
        for name in ("Normal", "Title", "Heading 1", "Heading 2", "Heading 3", "Lead")
    }
    han = {"Normal": "仿宋", "Title": "方正小标宋简体", "Heading 1": "黑体", "Heading 2": "楷体", "Heading 3": "仿宋", "Lead": "楷体"}
    assert fonts == {name: (["Times New Roman"], [font]) for name, font in han.items()}
    assert attribute(styles["Body Text"].element, ".//w:ind/@w:firstLineChars") == ["200"]
    table = part("zh", "word/fontTable.xml")
    assert '<w:font w:name="方正小标宋简体"><w:altName w:val="宋体"/>' in table
    assert all(f'w:name="{name}"' in table for name in ("仿宋", "黑体", "楷体", "宋体", "Times New Roman"))


@pytest.mark.parametrize("lang", LANGS)
def test_languages_and_properties(lang: str) -> None:
    file = opened(lang)
    defaults = file.styles.element.xpath("./w:docDefaults//w:lang")[0]
    assert (defaults.get(qn("w:val")), defaults.get(qn("w:eastAsia"))) == ("en-GB", "zh-CN")
    core = file.core_properties
    assert (core.title, core.author, core.language) == (say("title", lang), "edusim", {"zh": "zh-CN", "en": "en-GB"}[lang])
    assert core.created == core.modified and core.created.isoformat().startswith("2025-09-01T00:00:00")
    custom = part(lang, "docProps/custom.xml")
    assert f'name="{say("fact", lang)}"' in custom and report(lang).facts["hash"] in custom
    with zipfile.ZipFile(BytesIO(bytes_of(lang))) as archive:
        names = archive.namelist()
    assert not [n for n in names if "thumbnail" in n or "customXml" in n or "stylesWithEffects" in n]


def test_marks_shared_by_two_scripts_are_chinese_between_chinese() -> None:
    found = run("他说“达标”——**好**", lang="zh")
    assert re.findall(r'hint="eastAsia"/></w:rPr><w:t xml:space="preserve">([^<]+)<', found) == ["“", "”——"]
    assert "hint" not in run("He said “good” — **so**", lang="en")
    assert '<w:b/><w:bCs/></w:rPr><w:t xml:space="preserve">好' in found


def test_no_character_breaks_the_file() -> None:
    words = "a\x00b\x0b <&\"'> \ufffe c\nd"
    made = as_bytes(Document(words, words, "zh", (Heading(words), Paragraph(words), Callout(words, (words,))), (words,), {words: words}))
    texts = [p.text for p in docx.Document(BytesIO(made)).paragraphs]
    assert any("ab <&\"'>  c\nd" in one for one in texts)


@pytest.mark.parametrize("lang", LANGS)
def test_lists_are_lists_and_every_ordered_one_begins_with_one(lang: str) -> None:
    found = [p._p.pPr.numPr.numId.val for p in opened(lang).paragraphs if p.style.name == "List Number"]
    assert len(set(found)) == 4 and found[0] == found[1]
    numbering = part(lang, "word/numbering.xml")
    assert all(f'<w:num w:numId="{n}">' in numbering for n in {*found, word_parts.BULLETS, word_parts.BOX_BULLETS})
    assert numbering.count("w:startOverride") == 4


@pytest.mark.parametrize("lang", LANGS)
def test_contents_are_links_to_headings_and_hold_no_page_numbers(lang: str) -> None:
    body = opened(lang).element.body
    assert any(r'TOC \o "1-2" \n \h' in one for one in attribute(body, ".//w:instrText/text()"))
    anchors = attribute(body, ".//w:hyperlink/@w:anchor")
    assert len(anchors) == 10 and set(anchors) <= set(attribute(body, ".//w:bookmarkStart/@w:name"))
    short = as_bytes(Document("t", "", lang, (PageBreak(), Heading("a"), Paragraph("b"))))
    assert not docx.Document(BytesIO(short)).element.body.xpath(".//w:hyperlink")


# ---- tables -----------------------------------------------------------------------------------------


def grid_of(element: Any) -> list[list[str]]:
    return [["".join(cell.xpath(".//w:t/text()")) for cell in row.xpath("./w:tc")] for row in element.xpath("./w:tr")]


def data_tables(lang: str) -> list[Any]:
    return [t._tbl for t in opened(lang).tables if attribute(t._tbl, "./w:tblPr/w:tblStyle/@w:val") == ["EdusimTable"]]


@pytest.mark.parametrize("lang", LANGS)
def test_tables_are_real_with_heads_that_repeat_and_rows_that_stay_whole(lang: str) -> None:
    found = data_tables(lang)
    assert len(found) == 4  # three of the document, and the facts; none for the workbook alone
    for table in found:
        rows = table.xpath("./w:tr")
        assert len(rows[0].xpath("./w:trPr/w:tblHeader")) == 1
        assert not table.xpath("./w:tr[position()>1]/w:trPr/w:tblHeader")
        assert len(table.xpath("./w:tr/w:trPr/w:cantSplit")) == len(rows)
        assert attribute(table, "./w:tblPr/w:tblLook/@w:firstRow") == ["1"]
        widths = [int(one) for one in attribute(table, "./w:tblGrid/w:gridCol/@w:w")]
        assert sum(widths) <= 20 * max(word_parts.room("upright")[0], word_parts.room("turned")[0]) + 10
    first = grid_of(found[0])
    assert first[0][2] == {"zh": "学生数（人）", "en": "Pupils (persons)"}[lang]
    assert first[1] == [f"{say('section', lang)} 0"] and attribute(found[0], "./w:tr[2]//w:gridSpan/@w:val") == ["5"]
    assert first[2][3] == "0.00 (−0.04,\u00a0+0.04)" and first[3][3].startswith("▲\u00a0+0.08")
    assert attribute(found[0], "./w:tblPr/w:tblCaption/@w:val") == [say("caption", lang)]
    assert [t for row in grid_of(found[-1]) for t in row][-1] == report(lang).facts["hash"]


@pytest.mark.parametrize("lang", LANGS)
def test_numbers_stand_to_the_right_and_tones_have_sign_colour_and_key(lang: str) -> None:
    table = data_tables(lang)[0]
    sides = attribute(table, "./w:tr[3]/w:tc/w:p/w:pPr/w:jc/@w:val")
    assert sides == ["left", "center", "right", "right", "center"]
    assert attribute(table, "./w:tr[4]/w:tc[4]//w:color/@w:val") and not attribute(table, "./w:tr[3]/w:tc[4]//w:color/@w:val")
    notes = [p.text for p in opened(lang).paragraphs if p.style.name == "Note"]
    assert any("▲" in one and text("document.tone.loss", lang) in one for one in notes)
    mark = "①" if lang == "zh" else "a"
    assert f"{mark} {say('hint', lang)}" in notes
    assert attribute(table, f'.//w:r[w:rPr/w:vertAlign[@w:val="superscript"]]/w:t[text()="{mark}"]/text()') == [mark]


@pytest.mark.parametrize("lang", LANGS)
def test_a_unit_that_all_columns_share_goes_to_the_caption(lang: str) -> None:
    found = Written(years(lang), lang)
    assert found.heads[1] == "2026" and say("money", lang) in found.caption


@pytest.mark.parametrize("lang", LANGS)
def test_captions_count_themselves(lang: str) -> None:
    body = opened(lang).element.body
    words = [p.text for p in opened(lang).paragraphs if p.style.name in ("TableCaption", "Caption", "caption")]
    label, figure = text("document.table", lang), text("document.figure", lang)
    between = "　" if lang == "zh" else ". "
    assert words[:2] == [f"{label} 1{between}{say('caption', lang)}", f"{label} 2{between}{say('wide', lang)}"]
    fields = attribute(body, ".//w:instrText/text()")
    assert sum(f"SEQ {label} " in one for one in fields) == 3 and sum(f"SEQ {figure} " in one for one in fields) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_a_wide_table_turns_its_page_and_takes_its_heading_along(lang: str) -> None:
    orders = [s.orientation for s in opened(lang).sections]
    assert [int(o) for o in orders][-3:] == [0, 1, 0]
    body = opened(lang).element.body
    ends = [at for at, one in enumerate(body) if one.xpath("./w:pPr/w:sectPr")]
    between = body[ends[-2] + 1 : ends[-1] + 1]
    words = ["".join(one.xpath(".//w:t/text()")) for one in between]
    assert say("wide", lang) in words[0] and words[-1] == say("note", lang)


def test_a_table_that_fits_no_upright_page_turns_it_by_itself() -> None:
    columns = tuple(Column(f"c{n}", f"Column{n}", kind="interval") for n in range(11))
    found = Written(Table("t", "c", columns, (tuple(around(0.1) for _ in columns),)), "en").layout()
    assert found.page == "turned" and found.style != "TableTiny"
    upright = Written(Table("t", "c", columns[:4], (tuple(around(0.1) for _ in range(4)),)), "en").layout()
    assert upright.page == "upright" and upright.style == "Table"


def test_a_short_wide_table_stays_where_it_stands_well() -> None:
    columns = (Column("a", "政策"), *(Column(f"c{n}", "差异系数", kind="interval") for n in range(4)))
    short = Table("t", "c", columns, (("融合型教共体", *(around(0.1) for _ in range(4))),) * 3, wide=True)
    found = Written(short, "zh").layout()
    assert found.page == "upright" and Written(short, "zh").layout(page="turned").page == "turned"
    many = tuple(Column(f"c{n}", "差异系数", kind="interval") for n in range(10))
    assert Written(Table("t", "c", many, ((*(around(0.1) for _ in many),),), wide=True), "zh").layout().page == "turned"


def test_a_long_name_does_not_tear_lines_apart() -> None:
    document = Document("t", "", "zh", (Paragraph("范例 experiments/what_must_hold/study.yaml 在此"), Paragraph("不长 abc 的字")))
    found = docx.Document(BytesIO(as_bytes(document))).paragraphs[-2:]
    assert [attribute(p._p, "./w:pPr/w:jc/@w:val") for p in found] == [["left"], []]


def test_rows_of_a_group_stay_together() -> None:
    columns = (Column("a", "指标"), Column("b", "政策"))
    rows = tuple((("甲" if n % 4 == 0 else ""), f"政策{n}") for n in range(80))
    table = parse_xml(f"<w:body {DECLARED}>{(w := Written(Table('t', 'c', columns, rows), 'zh')).xml(w.layout())}</w:body>")[0]
    kept = [bool(row.xpath(".//w:keepNext")) for row in table.xpath("./w:tr")][1:]
    assert kept[4:8] == [True, True, True, False] and not kept[-1]


@pytest.mark.parametrize("weights", [(1, 1, 1, 1), (1, 3, 1, 1), (8, 1, 1, 1)])
def test_no_column_is_too_narrow_for_its_numbers(weights: tuple[float, ...]) -> None:
    columns = [Column(str(n), "head", kind="text" if n == 0 else "interval", weight=w, digits=3) for n, w in enumerate(weights)]
    rows = tuple(("长长的一句话，说这一行是什么。" * 3, *(around(1234.5, 3.0) for _ in range(3))) for _ in range(3))
    layout = Written(Table("t", "c", tuple(columns), rows), "zh").layout()
    assert sum(layout.widths) == pytest.approx(word_parts.room(layout.page)[0])
    assert all(width >= ems("(1,231.500,\u00a01,237.500)") * layout.size for width in layout.widths[1:])


# ---- pictures, page furniture -----------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_pictures_have_words_for_those_who_do_not_see_them(lang: str) -> None:
    body = opened(lang).element.body
    assert attribute(body, ".//wp:docPr/@descr") == [say("alt", lang) + ' <&">', say("alt", lang)]
    for picture in body.xpath(".//w:p[.//w:drawing]"):
        assert picture.xpath("./w:pPr/w:pStyle/@w:val") == ["Picture"]
        assert picture.getnext().xpath("./w:pPr/w:pStyle/@w:val") == ["Caption"]
    assert opened(lang).styles["Picture"].element.xpath(".//w:keepNext")
    across, down = (one * 12700 for one in word_parts.room("upright"))
    sizes = [(int(e.get("cx")), int(e.get("cy"))) for e in body.xpath(".//wp:extent")]
    assert sizes[0][0] == pytest.approx(across, rel=1e-3) and sizes[1][1] < down - 40 * 12700
    assert len({one.blob for one in opened(lang).part.package.image_parts}) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_every_page_has_its_number_and_says_what_it_is(lang: str) -> None:
    for section in opened(lang).sections:
        footer = section.footer
        assert " PAGE " in attribute(footer._element, ".//w:instrText/text()")
        assert footer.paragraphs[0].text == "— 1 —" and footer.paragraphs[1].text == say("status", lang)
        assert section.header.paragraphs[0].text == say("title", lang)
    first = opened(lang).sections[0]
    assert first.different_first_page_header_footer and first.first_page_header.paragraphs[0].text == ""
    assert first.first_page_footer.paragraphs[1].text == say("status", lang)


# ---- the first page ---------------------------------------------------------------------------------


def test_the_opening_ends_with_its_last_box() -> None:
    box, text_ = Callout("t", ("i",)), Paragraph("p")
    assert word_opening.opening([]) == 0 and word_opening.opening([text_, text_]) == 0
    assert word_opening.opening([Heading("h"), text_, box, box, PageBreak(), box]) == 4
    assert word_opening.opening([box, box, text_, text_, text_, box]) == 2


@pytest.mark.parametrize("lang", LANGS)
def test_more_words_make_smaller_letters_and_never_unreadable_ones(lang: str) -> None:
    sizes = []
    for longer in (1, 2, 3, 9):
        document = Document("t", "s", lang, tuple(boxes(lang, longer=longer)))
        sizes.append(word_opening.fit(document, document.blocks, {}))
    assert sizes == sorted(sizes, key=lambda fit: -fit.box) and sizes[0].box >= 10.5 and sizes[-1].box == 8
    assert sizes[0].page == "upright" and sizes[-1].page == "close"


def test_lines_are_reckoned() -> None:
    assert lines("字" * 30, 360, 12) == 2 and lines("字" * 29, 360, 12) == 1 and lines("a\nb", 100, 10) == 2
    assert ems("字字") == 2 and ems("") == 0 and 1.5 < ems("0.42") < 2


# ---- files ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_the_same_document_gives_the_same_bytes(lang: str) -> None:
    report.cache_clear()
    assert as_bytes(report(lang)) == bytes_of(lang)
    with zipfile.ZipFile(BytesIO(bytes_of(lang))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2025, 9, 1, 0, 0, 0)}
    assert packed_alike(bytes_of(lang)) == bytes_of(lang)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "report.docx"
    small = Document("标题", "", "zh", (Paragraph("字"),))
    assert write(small, path) == path and path.read_bytes() == as_bytes(small)
    assert path.stat().st_mode & 0o777 == 0o644
    before = path.read_bytes()

    def locked(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", locked)
    with pytest.raises(RunError) as caught:
        write(Document("other", "", "en", (Paragraph("b"),)), path)
    assert caught.value.code == "REPORT-FILE" and str(path) in caught.value.message("zh") and "Word" in caught.value.message("en")
    assert path.read_bytes() == before and list(path.parent.iterdir()) == [path]


def test_a_place_that_cannot_be_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "a.docx", tmp_path / "folder"):
        with pytest.raises(RunError) as caught:
            write_file(path, b"x")
        assert caught.value.code == "REPORT-FILE"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder"]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(RunError, match="disk is full"):
        write_file(tmp_path / "a.docx", b"x")


#: Order in which the standard (ECMA-376) wants properties; Word refuses a file that has them otherwise.
ORDER = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore widowControl numPr pBdr spacing ind jc outlineLvl rPr sectPr",
    "rPr": "rStyle rFonts b bCs color sz szCs vertAlign lang",
    "tblPr": "tblStyle tblW jc tblInd tblBorders tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "tcW gridSpan tcBorders shd vAlign", "trPr": "cantSplit tblHeader", "tc": "tcPr p", "tr": "trPr tc", "tbl": "tblPr tblGrid tr",
    "sectPr": "headerReference footerReference type pgSz pgMar cols titlePg",
    "style": "name basedOn next qFormat pPr rPr tblPr tblStylePr", "lvl": "start numFmt lvlText lvlJc pPr rPr",
    "settings": "zoom defaultTabStop characterSpacingControl compat themeFontLang decimalSymbol listSeparator",
    "numbering": "abstractNum num", "font": "altName panose1 charset family pitch", "styles": "docDefaults style",
}  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
def test_properties_stand_in_the_order_of_the_standard(lang: str) -> None:
    with zipfile.ZipFile(BytesIO(bytes_of(lang))) as archive:
        parts = {n: parse_xml(archive.read(n)) for n in archive.namelist() if n.startswith("word/") and n.endswith(".xml")}
    seen = set()
    for name, root in parts.items():
        for element in root.iter():
            kind = str(element.tag).rpartition("}")[2]
            if kind in ORDER and element.tag.startswith("{http://schemas.openxmlformats.org/wordprocessingml"):
                seen.add(kind)
                inside = [str(one.tag).rpartition("}")[2] for one in element]
                wanted = ORDER[kind].split()
                assert set(inside) <= set(wanted), f"{name}: {kind} holds {set(inside) - set(wanted)}"
                places = [wanted.index(one) for one in inside if one not in ("headerReference", "footerReference")]
                assert places == sorted(places), f"{name}: {kind} holds {inside}"
    assert seen == set(ORDER)
    for name in ("footer1.xml", "document.xml"):
        assert f"word/{name}" in parts
    # Every cell ends with a paragraph, no two tables touch, every style that is used is there.
    body = opened(lang).element.body
    assert all(cell[-1].tag == qn("w:p") for cell in body.iter(qn("w:tc")))
    kinds = [one.tag for one in body]
    assert not [1 for a, b in itertools.pairwise(kinds) if a == b == qn("w:tbl")]
    used = set(attribute(body, ".//w:pStyle/@w:val"))
    assert used <= set(attribute(parts["word/styles.xml"], "./w:style/@w:styleId"))


# ---- as an office shows it --------------------------------------------------------------------------


def said_by(document: Document) -> list[str]:
    """Every heading, caption, sentence and cell that must be on the pages."""
    found = [document.title, document.subtitle, *document.status, *document.facts, *document.facts.values()]
    for block in document.blocks:
        if isinstance(block, Heading | Paragraph):
            found.append(block.text)
        elif isinstance(block, Bullets | Callout):
            found += [*block.items, *([block.title] if isinstance(block, Callout) else [])]
        elif isinstance(block, Table) and not block.only_workbook:
            written = Written(block, document.lang)
            found += [block.caption, block.note, *(column.head for column in block.columns)]
            found += [shown.words for number, row in enumerate(written.rows) for shown in row if number not in written.headings]
        elif isinstance(block, Picture):
            found.append(block.caption)
    return [plain(one) for one in found if one]


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
def test_every_word_is_on_the_pages(lang: str, tmp_path: Path) -> None:
    office.require_office()
    document = report(lang)
    pdf = office.to_pdf(write(document, tmp_path / f"{lang}.docx"), tmp_path)
    pages = office.words_of(pdf)
    assert 10 <= len(pages) <= 14, [office.squeezed(page)[:60] for page in pages]
    # A line may end inside a word or a number, and cells beside each other stand one after the other.
    whole = office.squeezed("".join(pages))
    # What stands at the foot and head of a page may cut a sentence in two: it is looked for in halves then.
    missing = []
    for words in said_by(document):
        there = office.squeezed(words)
        half = len(there) // 2
        if there not in whole and not ((half > 8 and there[: half - 4] in whole) or there[half + 4 :] in whole):
            missing.append(words)
    assert not missing
    assert "not on paper" not in "".join(pages)
    first = office.squeezed(pages[0])
    assert all(office.squeezed(box.title) in first and first.count(office.squeezed(plain(box.items[0]))[-12:]) for box in boxes(lang))
    assert office.squeezed(say("chapter", lang)) not in first
    assert all(f"—{number}—" in office.squeezed(page) for number, page in enumerate(pages, 1))
    assert not office.without_glyph("".join(pages))
    assert {name for name in office.fonts_of(pdf) if "Han" in name}


@pytest.mark.slow
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("sentences", "longer"), [(2, 1), (3, 1), (4, 1), (3, 2), (4, 2), (5, 2)])
def test_four_boxes_stand_on_one_page(lang: str, sentences: int, longer: int, tmp_path: Path) -> None:
    office.require_office()
    found = boxes(lang, sentences, longer)
    document = Document(say("title", lang), say("subtitle", lang), lang, (*found, PageBreak(), Paragraph("end")), (say("status", lang),) * 2)
    pages = office.words_of(office.to_pdf(write(document, tmp_path / "one.docx"), tmp_path))
    assert len(pages) == 2 and "end" in pages[1]
    # A hyphen at the end of a line is taken for one that breaks a word.
    first, sentence = (office.squeezed(one).replace("-", "") for one in (pages[0], say("sentence", lang)))
    assert first.count(sentence) == 4 * sentences * longer
