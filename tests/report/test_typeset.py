"""The PDF: the bundled fonts alone, texts as data, the same bytes twice; and how its pages look to an office."""

from __future__ import annotations

import json
import sys

import papers
import pytest

import office
from edusim.errors import RunError
from edusim.report.document import columns, typeset
from edusim.report.document.blocks import (
    Bullets,
    Callout,
    Column,
    Document,
    Heading,
    PageBreak,
    Paragraph,
    Table,
)

typst = pytest.importorskip("typst")


def small(words: str = "甲", lang: str = "zh") -> Document:
    inside = (
        Heading(words), Paragraph(words), Bullets((words,)), Callout(words, (words,)),
        Table("t", words, (Column("a", words, unit=words),), ((words,),), note=words),
    )  # fmt: skip
    return Document(words, words, lang, inside, status=(words,), facts={words: words})


def told(document: Document) -> dict:
    return json.loads(typeset.sources(document)["document.json"])


def test_texts_are_data_and_never_markup():
    files = typeset.sources(papers.document())
    assert sorted(files) == ["document.json", "main.typ", "picture-1.svg", "picture-2.svg"]
    assert papers.NASTY not in files["main.typ"].decode()
    blocks = [block for part in told(papers.document())["parts"] for block in part["blocks"]]
    assert [[f"正文 {papers.NASTY} ", False], [f"粗 {papers.NASTY}", True]] in [block.get("text") for block in blocks]
    assert "secret" not in files["document.json"].decode()


def test_wide_tables_turn_with_their_headings():
    parts = told(papers.document())["parts"]
    assert [part["wide"] for part in parts] == [False, True, False]
    assert [block["kind"] for block in parts[1]["blocks"]] == ["heading", "table"]


def test_a_table_turns_only_where_it_would_not_be_legible():
    assert columns.turned(papers.long_table(), "zh")
    narrow = Table("n", "窄", (Column("a", "甲"), Column("b", "乙", kind="number")), (("x", 1.0),) * 60, wide=True)
    assert not columns.turned(narrow, "zh")  # it asks for a turned page and needs none
    many = tuple(Column(f"c{i}", f"指标 {i}", kind="number", digits=0) for i in range(24))
    assert columns.turned(Table("m", "多", many, ((1e6,) * 24,)), "zh")  # it asks for none and fits no other way


def test_little_text_between_turned_pages_turns_too():
    wide = [papers.long_table(key) for key in "abc"]
    blocks = [Paragraph("前"), Heading("甲"), wide[0], Paragraph("间"), Bullets(("短",)), wide[1], Paragraph("长" * 2000), wide[2], Paragraph("后")]
    assert columns.turned_blocks(blocks, "zh") == {1, 2, 3, 4, 5, 7}


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_same_document_same_bytes(tmp_path, lang):
    first = typeset.write(papers.document(lang), tmp_path / "a" / "one.pdf").read_bytes()
    assert first.startswith(b"%PDF-")
    assert typeset.write(papers.document(lang), tmp_path / "two.pdf").read_bytes() == first
    assert b"CreationDate" not in first and b"EdusimHanSans" in first
    assert b"pdfuaid" in first  # tagged to PDF/UA-1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "two.pdf"]


@pytest.mark.parametrize("words", ["😀 𠮷野", "", "a\x00b\x0c\ud800", "a\nb", "\\u{41} \\", '"', "**", "ไทย"])
def test_any_text_is_typeset(tmp_path, words):
    assert typeset.write(small(words), tmp_path / "x.pdf").stat().st_size > 1000


def test_an_empty_document(tmp_path):
    assert typeset.write(Document("", "", "en", ()), tmp_path / "x.pdf").stat().st_size > 1000


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError) as caught:
        typeset.write(small(), tmp_path / "file" / "report.pdf")
    assert caught.value.code == "REPORT-FILE"


def test_without_typst_it_is_said_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(RunError) as caught:
        typeset.write(small(), tmp_path / "report.pdf")
    assert caught.value.code == "REPORT-NO-TYPST"
    for lang in ("zh", "en"):
        assert 'pip install "edusim-groups[pdf]"' in caught.value.message(lang)
    assert not (tmp_path / "report.pdf").exists()


def test_what_the_typesetter_refuses_is_said(tmp_path, monkeypatch):
    class Refuses:
        TypstError = typst.TypstError

        @staticmethod
        def compile(*args, **kwargs):
            raise typst.TypstError("no good\nmore")

    monkeypatch.setitem(sys.modules, "typst", Refuses)
    with pytest.raises(RunError) as caught:
        typeset.write(small(), tmp_path / "report.pdf")
    assert caught.value.code == "REPORT-PDF" and "no good" in caught.value.en and "more" not in caught.value.en


def test_columns_get_what_they_need():
    assert columns.shared([1, 1, 2], [50, 10, 10], [50, 99, 99], 110) == [50, 20, 40]
    assert columns.shared([1, 1], [80, 80], [90, 90], 100) == [50, 50]  # nothing fits: shares
    # What short words leave goes to those who want more, and no more than they want.
    assert columns.shared([1, 1, 1], [10, 10, 10], [12, 90, 12], 99) == [12, 75, 12]
    assert columns.shared([1, 1, 1], [10, 10, 10], [13, 43, 23], 99) == pytest.approx([26.33, 43, 29.67], abs=0.01)
    assert columns.shared([1, 2], [10, 10], [12, 12], 99) == [33, 66]
    table = next(b for part in told(papers.document())["parts"] for b in part["blocks"] if b["kind"] == "table" and len(b["columns"]) == 10)
    assert table["size"] >= 5.5 and sum(column["width"] for column in table["columns"]) <= columns.TURNED + 0.1


def test_the_first_page_stands_on_one_sheet(tmp_path):
    office.require_office("pdftotext")
    many = tuple(f"第 {n} 条：教师交流名额须写明兑现比例，并按学期核对；承诺 15%，兑现 11.2%。" for n in range(6))
    boxes = tuple(Callout(f"框 {kind}", many, kind) for kind in ("do", "dont", "unknown", "collect"))
    path = typeset.write(Document("题", "副题", "zh", (Heading("一页纸"), *boxes, PageBreak(), Heading("后文"))), tmp_path / "x.pdf")
    pages = office.words_of(path)
    assert len(pages) == 2
    assert "框collect" in office.squeezed(pages[0]) and "后文" in pages[1]


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_pages_as_they_are_seen(tmp_path, lang):
    office.require_office("pdftotext", "pdftoppm", "pdffonts")
    path = typeset.write(papers.document(lang), tmp_path / "report.pdf")
    words = office.words_of(path)
    whole = office.squeezed("".join(words))
    assert office.squeezed(papers.NASTY) in whole
    marks = ("二、指标", "（一）逐项", "1.小学", "表1", "图2", "第1页") if lang == "zh" else ("1一页纸", "2.1逐项", "2.1.1小学", "Table1", "Figure2", "Page1")
    assert all(mark in whole for mark in marks)
    # The head of the long table stands on every page it takes.
    pages = [office.squeezed(page) for page in words if "城区小学" in page]
    assert len(pages) >= 2 and all("判断" in page for page in pages)
    assert all("情景推演，不是预测" in office.squeezed(page) for page in words)
    assert {name.split("-")[0] for name in office.fonts_of(path)} == {"EdusimHanSans"}
    from PIL import Image

    shapes = []
    for one in office.to_pages(path, tmp_path / "pages", dpi=40):
        with Image.open(one) as drawn:
            grey = drawn.convert("L")
            shapes.append(grey.width > grey.height)
            assert grey.getextrema()[0] < 128, "an empty page"
            edge = [grey.crop(box).getextrema()[0] for box in ((0, 0, 15, grey.height), (grey.width - 15, 0, grey.width, grey.height))]
            assert min(edge) > 200, "something leaves the page"
    assert any(shapes) and not all(shapes)
