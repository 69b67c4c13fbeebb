"""What is written on a chart, and whether all of it stays on the page, off other text, and in the fonts."""

from __future__ import annotations

import itertools
from typing import Any

from matplotlib.text import Text

from edusim.report import fonts
from edusim.report.style import Chart


def texts(chart: Chart) -> list[Text]:
    """Return every visible text with words, tick labels included, after drawing."""
    chart.draw_without_rendering()
    return [item for item in chart.findobj(Text) if item.get_visible() and item.get_text().strip()]


def words_of(chart: Chart) -> str:
    return "\n".join(item.get_text() for item in texts(chart))


def drawn_boxes(chart: Chart) -> list[tuple[str, Any]]:
    # Ticks outside the limits keep their label objects, which are not drawn.
    items = texts(chart)
    all_axis = [axis for axes in chart.axes if axes.axison for axis in (axes.xaxis, axes.yaxis)]
    every = {id(label) for axis in (a for axes in chart.axes for a in (axes.xaxis, axes.yaxis))
             for tick in axis.majorTicks for label in (tick.label1, tick.label2)}  # fmt: skip
    shown = {id(label) for axis in all_axis for tick in axis._update_ticks() for label in (tick.label1, tick.label2)}
    # An annotation's own extent would include its leader line.
    return [
        (item.get_text(), Text.get_window_extent(item)) for item in items if id(item) not in every or id(item) in shown
    ]


def check_layout(chart: Chart) -> None:
    """Fail when a text leaves the page or lies on another text."""
    page, boxes = chart.bbox, drawn_boxes(chart)
    for said, box in boxes:
        assert box.x0 >= -1 and box.x1 <= page.x1 + 1, f"{said!r} leaves the page sideways"
        assert box.y0 >= -1 and box.y1 <= page.y1 + 1, f"{said!r} leaves the page"
    for (a, one), (b, two) in itertools.combinations(boxes, 2):
        wide = min(one.x1, two.x1) - max(one.x0, two.x0)
        high = min(one.y1, two.y1) - max(one.y0, two.y0)
        # Lines of text have air above and below their letters: a sliver of overlap shows nowhere.
        assert not (wide > 2 and high > 0.35 * min(one.height, two.height)), f"{a!r} lies on {b!r}"


def check_glyphs(chart: Chart) -> None:
    """Fail when the fonts that come with the package lack a glyph of the chart, or a text asks for another font."""
    items = texts(chart)
    assert {item.get_fontfamily()[0] for item in items} == {fonts.FAMILY}
    said = "".join(item.get_text() for item in items).replace("\n", "")
    for path in fonts.bundled():
        assert fonts.holds(path, said), path.name
