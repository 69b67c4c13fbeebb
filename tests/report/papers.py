"""A document with every kind of block and the worst of texts, for the tests of those who write files."""

from __future__ import annotations

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
)
from edusim.report.style import Chart, Words, house
from edusim.report.summaries import Interval

#: What HTML, XML, typst and JSON each have a meaning for.
NASTY = """<script>alert("1")</script> & &amp; 'x' #set page() #let a = 1 $x^2$ *a* _b_ @c <d> [e] {f} `g` ~ \\ \\u{41} // /* */ -- = + - / 100% http://x.example/"""


def chart(words: str = "教共体", lang: str = "zh") -> Chart:
    with house():
        drawn = Chart(
            6.0, 2.5, Words(lang, {}), title="t", subtitle="s", takeaway="k", footer="f", for_report=True
        )  # fmt: skip
        axes = drawn.panel(0.8, 0.5, 4.6, 1.8)
        axes.plot([0, 1, 2], [0.31, 0.42, 0.40], marker="o")
        axes.fill_between([0, 1, 2], [0.2, 0.3, 0.3], [0.4, 0.5, 0.5], alpha=0.2, clip_on=True)
        axes.set_title(words)
    return drawn


def picture(key: str = "gap", caption: str = "差距") -> Picture:
    return Picture(key, caption, 'alt "quoted" <alt> & 差距缩小', chart)


def long_table(key: str = "schools", rows: int = 60, *, wide: bool = True) -> Table:
    columns = (
        Column("school", "学校", weight=2),
        *(Column(f"c{i}", f"指标 {i}", unit="SD", kind="interval", signed=True) for i in range(8)),
        Column("verdict", "判断"),
    )
    inside = tuple(
        (f"城区小学{i:02d}", *(Interval(-0.1, -0.15, -0.05, 20) for _ in range(8)), Cell("达标", tone="meets")) for i in range(rows)
    )
    return Table(key, "各校指标", columns, inside, note="学校均为化名。", wide=wide)


def blocks() -> tuple[Block, ...]:
    return (
        Heading("一页纸"),
        Paragraph("先说结论。", "lead"),
        Callout("可以做", ("写明**兑现比例**。",), "do"),
        Callout("不宜做", ("以指标代替学习。",), "dont"),
        Callout("尚不清楚", ("家庭择校。",), "unknown"),
        Callout("需补充的数据", ("任课节数。",), "collect"),
        PageBreak(),
        Heading("指标"),
        Heading("逐项", 2),
        Heading("小学", 3),
        Paragraph(f"正文 {NASTY} **粗 {NASTY}**"),
        Paragraph("小字", "note"),
        Bullets(("第一条", NASTY)),
        Bullets(("先", "后"), ordered=True),
        Table(
            "cv", f"差异系数 {NASTY}",
            (Column("name", "指标"), Column("limit", "限值", kind="number"), Column("cv", "差异系数", unit=NASTY, kind="interval"),
             Column("p", "概率", unit="%", kind="percent", digits=0), Column("q", "概率", kind="percent_interval", digits=0)),
            (
                (Cell("小学", bold=True), None, None, None, None),
                (NASTY, 0.5, Cell(Interval(0.42, 0.39, 0.45, 20), tone="meets"), 0.5, Interval(0.5, 0.4, 0.6, 20)),
                ("乙", None, Cell(Interval(0.52, 0.49, 0.55, 20), tone="open", note="撤并"), float("nan"), None),
                (Cell("合计", bold=True), -1234.5, Cell(0.6, tone="fails"), 1, Interval(0.5, float("nan"), float("nan"), 1)),
                ("丙", 1.0, Cell("gain", tone="gain"), Cell(0.1, tone="loss"), Cell("–", tone="quiet")),
            ),
            note=f"注 {NASTY}",
        ),
        picture(),
        picture("gap2", "差距（二）"),
        Heading("各校", 2),
        long_table(),
        Table("annex", "只进工作簿", (Column("a", "a"),), (("secret",),), only_workbook=True),
        Callout("经费到期后", ("差距恢复。",)),
        Heading("经费"),
        Paragraph("完。"),
    )  # fmt: skip


def document(lang: str = "zh", title: str = "某县比较") -> Document:
    return Document(
        title, "20 次配对模拟", lang, blocks(), status=("情景推演，不是预测。", f"限度 {NASTY}"), facts={"版本": "edusim 0", "种子": NASTY}
    )
