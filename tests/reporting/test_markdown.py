"""Markdown of studies becomes blocks: headings, lists, tables, pictures, bold, code; nothing else gets in."""

from __future__ import annotations

from edusim.report.document.blocks import Bullets, Callout, Cell, Heading, Paragraph, Picture, Table
from edusim.reporting.markdown import blocks_of

PAGE = """# 标题

第一段，**要紧**的 `rotation.share`。
接着
still English
text

## 一节

- 一
- 二 **粗**
  - 二之一

1. 甲
2. 乙

### 一小节

| 政策 | 差 |
|---|---:|
| **融合** | −0.1 |
| 共建 |

> 引文

![图说](figures/one.png)
![gone](other.png)

```
a = 1
```
<!-- no words -->
[链接](x.md)
"""


def test_a_page_by_hand() -> None:
    asked: list[tuple[str, str]] = []

    def picture(source: str, alt: str) -> Picture | None:
        asked.append((source, alt))
        return Picture("one", alt, alt, lambda: None) if "one" in source else None  # type: ignore[arg-type,return-value]

    page = blocks_of(PAGE, picture=picture, key="t")
    assert page.title == "标题"
    kinds = [type(block).__name__ for block in page.blocks]
    assert kinds == [
        "Paragraph", "Heading", "Bullets", "Bullets", "Heading", "Table", "Callout", "Picture", "Paragraph", "Paragraph",
    ]  # fmt: skip
    first, one, bullets, ordered, small, table, quote, shown, code, link = page.blocks
    assert first == Paragraph("第一段，**要紧**的 rotation.share。接着 still English text")
    assert (one, small) == (Heading("一节", 1), Heading("一小节", 2))
    assert bullets == Bullets(("一", "二 **粗**", "二之一")) and ordered == Bullets(("甲", "乙"), ordered=True)
    assert isinstance(table, Table) and (table.key, table.caption) == ("t_1", "一小节")
    assert table.rows == ((Cell("融合", bold=True), "−0.1"), ("共建", ""))
    assert quote == Callout("", ("引文",)) and isinstance(shown, Picture) and code == Paragraph("a = 1", "note")
    assert asked == [("figures/one.png", "图说"), ("other.png", "gone")]
    assert link == Paragraph("链接")


def test_an_empty_page_and_a_page_without_title() -> None:
    assert blocks_of("").blocks == []
    page = blocks_of("text\n\n# late\n")
    assert page.title == "" and page.blocks == [Paragraph("text"), Heading("late", 1)]
