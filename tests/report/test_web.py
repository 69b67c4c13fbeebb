"""The web page: everything in one file, nothing asked of any other machine, every text as it is, in order for ear and eye."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise

import numpy as np
import papers
import pytest

from edusim.errors import RunError
from edusim.report.document import pictures, web
from edusim.report.document.blocks import Callout, Column, Document, Heading, PageBreak, Paragraph, Table
from edusim.report.document.manner import chinese, heading_mark
from edusim.report.style import Chart, Words, house

VOID = {"meta", "br", "img", "col", "link", "input", "hr"}


class Reader(HTMLParser):
    """What a browser sees: elements with their attributes and words, and whether every element is closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        words: list[str] = []
        self.elements.append((tag, {key: value or "" for key, value in attrs}, words))
        if tag not in VOID:
            self.open.append((tag, words))

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, {key: value or "" for key, value in attrs}, []))

    def handle_endtag(self, tag):
        last, _ = self.open.pop()
        assert last == tag, f"</{tag}> closes <{last}>"

    def handle_data(self, data):
        for _, words in self.open:
            words.append(data)

    def all(self, *tags: str) -> list[tuple[dict[str, str], str]]:
        return [(attrs, "".join(words)) for tag, attrs, words in self.elements if tag in tags]


@pytest.fixture(scope="module", params=["zh", "en"])
def page(request) -> str:
    return web.page(papers.document(request.param))


@pytest.fixture(scope="module")
def read(page) -> Reader:
    return Reader(page)


def test_the_page_asks_no_other_machine_for_anything(page, read):
    policy = next(attrs["content"] for attrs, _ in read.all("meta") if attrs.get("http-equiv") == "Content-Security-Policy")
    for rule in ("default-src 'none'", "style-src 'unsafe-inline'", "img-src data:", "font-src data:"):
        assert rule in policy
    assert not read.all("script", "link", "iframe", "object", "embed", "form", "base")
    for _, attrs, _ in read.elements:
        for name, value in attrs.items():
            if name in ("src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"):
                assert value.startswith(("#", "data:image/png;base64,")), (name, value[:60])
            assert not name.startswith("on")
            if "url(" in value:
                assert re.fullmatch(r".*url\(#[\w-]+\).*", value)
    style = read.all("style")
    assert len(style) == 1
    assert "url(" not in style[0][1] and "@import" not in style[0][1]


def test_every_text_is_shown_as_it_is(read):
    whole = "".join(words for _, words in read.all("body"))
    assert whole.count(papers.NASTY) >= 8
    assert "secret" not in whole  # a table for the workbook alone
    assert not read.all("d", "e")
    assert [words for _, words in read.all("strong")].count("兑现比例") == 1


def test_landmarks_headings_and_names(page, read):
    lang = read.all("html")[0][0]["lang"]
    assert lang in ("zh-CN", "en")
    assert [len(read.all(tag)) for tag in ("main", "nav", "header", "footer", "h1", "title")] == [1] * 6
    levels = [int(tag[1]) for tag, _, _ in read.elements if re.fullmatch("h[1-6]", tag)]
    assert all(later <= before + 1 for before, later in pairwise(levels)), levels
    names = [attrs["id"] for _, attrs, _ in read.elements if "id" in attrs]
    assert len(set(names)) == len(names)
    wanted = [attrs["href"] for attrs, _ in read.all("a")] + [attrs["xlink:href"] for attrs, _ in read.all("use")]
    assert wanted and all(one[1:] in names for one in wanted)
    for _, attrs, _ in read.elements:
        assert set(attrs.get("aria-labelledby", "").split()) <= set(names)
    assert read.all("a")[0][0] == {"class": "skip", "href": "#main"}
    heads = [words for _, words in read.all("h2", "h3", "h4")]
    marks = ("一、一页纸", "（一）逐项", "1.小学") if lang == "zh-CN" else ("1一页纸", "2.1逐项", "2.1.1小学")
    assert all(mark in heads for mark in marks), heads


def test_tables_are_tables(read):
    captions = [words for _, words in read.all("caption")]
    first = "表 1" if read.all("html")[0][0]["lang"] == "zh-CN" else "Table 1"
    assert len(captions) == 2 and captions[0].startswith(first)
    scopes = [attrs.get("scope") for attrs, _ in read.all("th")]
    assert None not in scopes
    assert scopes.count("col") == 5 + 10 and scopes.count("row") == 4 + 60 and scopes.count("colgroup") == 1
    cells = [words for attrs, words in read.all("td") if attrs.get("class") == "n"]
    assert any(words.startswith("✓ 0.42 (0.39, 0.45)") for words in cells), cells
    assert "−1,234.50" in cells and "–" in cells
    assert len(read.all("details")) == 1  # the long one can be folded


def test_verdicts_are_said_and_not_only_coloured(read):
    heard = [words.strip() for attrs, words in read.all("span") if attrs.get("class") == "heard"]
    assert len(heard) >= 3 and "" not in heard
    sixty = sum(words == "✓ 达标" for _, words in read.all("td"))
    assert sixty in (0, 60)  # where the word says it in the reader's language, it is not said twice


def test_pictures_have_words_and_shapes_of_their_own(page, read):
    shown = [attrs for attrs, _ in read.all("svg")]
    assert len(shown) == 2
    assert {attrs["aria-label"] for attrs in shown} == {'alt "quoted" <alt> & 差距缩小'}
    assert {attrs["role"] for attrs in shown} == {"img"}
    assert "http://www.w3.org" not in page and "<metadata" not in page
    assert re.findall(r'id="picture-gap-\d+"', page) and re.findall(r'id="picture-gap2-\d+"', page)


def test_a_large_chart_becomes_a_png(monkeypatch):
    monkeypatch.setattr(web, "LARGEST_SVG", 100)
    read = Reader(web.page(Document("t", "", "en", (papers.picture(),))))
    (image, _), = read.all("img")
    assert image["src"].startswith("data:image/png;base64,iVBOR") and image["alt"] and int(image["width"]) > 100


def test_same_document_same_bytes(tmp_path):
    first = web.write(papers.document(), tmp_path / "a" / "one.html").read_bytes()
    assert web.write(papers.document(), tmp_path / "two.html").read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "two.html"]


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RunError) as caught:
        web.write(papers.document(), tmp_path / "file" / "report.html")
    assert caught.value.code == "REPORT-FILE" and caught.value.zh and caught.value.en


def test_little_is_enough():
    read = Reader(web.page(Document("", "", "zh", ())))
    assert not read.all("nav") and read.all("main")
    table = Table("none", "空", (Column("a", "甲"),), ())
    assert Reader(web.page(Document("t", "", "zh", (Heading("x", 3), Paragraph("a\nb"), table)))).all("br")
    assert [tag for tag, _, _ in Reader(web.page(Document("t", "", "zh", (Heading("x", 3),)))).elements if tag == "h2"] == ["h2"]


def test_contents_nest(read):
    nav = read.all("nav")[0][1]
    assert nav.index("一页纸") < nav.index("逐项") < nav.index("各校") < nav.index("经费")
    odd = (Heading("甲", 2), Heading("乙", 2), Heading("丙"), Heading("丁", 3), Heading("戊", 2))
    Reader(web.page(Document("t", "", "en", odd)))  # closed in order, whatever the order of headings


def test_texts_that_no_file_holds():
    page = web.page(Document("a\x00b", "", "en", (Paragraph("x\x0by\ud800z\r\nend"),)))
    page.encode("utf-8")
    assert "<p>xyz<br>end</p>" in page and "<title>ab</title>" in page


def test_status_at_the_foot_of_each_sheet_cannot_leave_its_string():
    page = web.page(Document("t", "", "en", (), status=('"; } </style><b>', "\\")))
    assert page.count("</style>") == 1
    assert '\\000022; } \\00003c/style\\00003e\\00003cb\\00003e' in page


def test_numbers_of_headings():
    assert [chinese(n) for n in (1, 9, 10, 11, 19, 20, 21, 45, 99)] == ["一", "九", "十", "十一", "十九", "二十", "二十一", "四十五", "九十九"]
    assert [heading_mark(place, "zh") for place in ((3,), (3, 2), (3, 2, 1))] == ["三、", "（二）", "1."]
    assert [heading_mark(place, "en") for place in ((3,), (3, 2), (3, 2, 1))] == ["3", "3.2", "3.2.1"]


def test_a_slim_picture_draws_the_same():
    with house():
        chart = Chart(3, 2, Words("zh", {}), title="", subtitle="", takeaway="", footer="", for_report=True)
        axes = chart.panel(0.5, 0.4, 2.2, 1.4)
        axes.plot([1e-3, 2.5, -3], [0.1, -0.2, 0.3], clip_on=True)
        axes.text(0, 0, "教共体 0.5: a; b", rotation=30)
    drawn = pictures.svg_of(chart, "p")
    whole = BytesIO()
    chart.savefig(whole, format="svg")
    # As many shapes, and the numbers of their outlines within a hundredth of a point (glyphs: within half a unit of 1/64).
    before, after = (re.findall(r' d="([^"]*)"', one) for one in (whole.getvalue().decode(), drawn))
    assert len(before) == len(after) > 10
    for old, new in zip(before, after, strict=True):
        assert re.fullmatch(r"[MLQCZzHV\d. -]*", new)
        there, here = ([float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", one)] for one in (old, new))
        assert np.allclose(there, here, atol=0.51 if max(map(abs, there)) > 400 else 0.006), (old, new)
    assert "clip-path" in drawn and "scale(0.015625)" in drawn and "rotate(-30)" in drawn
    assert "<!--" not in drawn and "<metadata" not in drawn


def test_the_first_page_is_printed_in_letters_that_fit():
    few, many = (
        (Heading("一页纸"), *(Callout(kind, ("写明兑现比例，并按学期核对名额。" * 3,) * n, kind) for kind in ("do", "dont", "unknown", "collect")))
        for n in (2, 8)
    )
    sizes = [web.sheet_size(blocks) for blocks in (few, many, papers.blocks())]
    assert sizes[0] == web.SHEET_SIZES[0] > sizes[1] > sizes[2] == web.SHEET_SIZES[-1]
    page = web.page(Document("t", "", "zh", (*few, PageBreak(), Heading("后文"))))
    assert f'<section class="first" style="--size:{sizes[0]:.1f}pt">' in page
