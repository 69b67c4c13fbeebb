"""A chart as a picture inside a page: an SVG slim enough to stand in the text, or a PNG where the SVG is too large."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from edusim.report.style import Chart

_DRAWN: WeakKeyDictionary[Chart, dict[int, bytes]] = WeakKeyDictionary()

#: Characters; beyond this a page carries the PNG.
LARGEST_SVG = 400_000
_WHOLE_SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)
_DROPPED = re.compile(r"<!--.*?-->|<metadata>.*?</metadata>|<defs>\s*<style\b[^>]*>.*?</style>\s*</defs>", re.DOTALL)
_REFERENCE = re.compile(r"(?:xlink:)?href=\"#([^\"]+)\"|url\(#([^)]+)\)")
_NAMED = re.compile(r' id="([^"]*)"')
_ROUNDED = re.compile(r'( (?:d|x|y|cx|cy|points)=")([^"]*)(")')
_MOVED = re.compile(r"(translate\()([^)]*)(\))")
_NUMBER = re.compile(r"-?\d+\.\d+")
_LETTER = re.compile(r" ?([A-Za-z]) ?")
_GLYPH = re.compile(r'(<path id="[^"]*" d=")([^"]*)(" transform="scale\(0\.015625\)")')


def _short(digits: int, text: str) -> str:
    def shorter(found: re.Match[str]) -> str:
        value = f"{float(found[0]):.{digits}f}"
        value = value.rstrip("0").rstrip(".") if digits else value
        return "0" if value in ("-0", "") else value

    return _LETTER.sub(r"\1", " ".join(_NUMBER.sub(shorter, text).split()))


def svg_of(chart: Chart, prefix: str) -> str:
    """Return a chart as an ``<svg>`` element for the middle of a page.

    Text is drawn as outlines, so that it looks the same where no Chinese font is installed. Names are kept where
    something refers to them, and begin with ``prefix``: two charts of a page do not take each other's shapes. Rules of style
    would hold for the whole page and are written on the element instead; coordinates keep hundredths of a point.

    Parameters
    ----------
    chart
        The chart.
    prefix
        A name of letters, digits, ``_`` and ``-`` that no other chart of the page has.
    """
    out = BytesIO()
    chart.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    found = _WHOLE_SVG.search(out.getvalue().decode("utf-8"))
    assert found is not None, "matplotlib writes an svg element"
    svg = _DROPPED.sub("", found[0])
    # Outlines of glyphs are drawn in 64ths of a unit: whole numbers are far finer than a screen.
    svg = _GLYPH.sub(lambda one: one[1] + _short(0, one[2]) + one[3], svg)
    svg = _ROUNDED.sub(lambda one: one[1] + _short(2, one[2]) + one[3], svg)
    svg = _MOVED.sub(lambda one: one[1] + _short(2, one[2]) + one[3], svg)
    wanted = list(dict.fromkeys(one[1] or one[2] for one in _REFERENCE.finditer(svg)))
    names = {name: f"{prefix}-{number}" for number, name in enumerate(wanted)}
    svg = _NAMED.sub(lambda one: f' id="{names[one[1]]}"' if one[1] in names else "", svg)
    svg = _REFERENCE.sub(lambda one: f'xlink:href="#{names[one[1]]}"' if one[1] else f"url(#{names[one[2]]})", svg)
    svg = re.sub(r">\s+<", "><", svg)
    svg = re.sub(r";\s+|:\s+(?=[^/])", lambda one: one[0].strip(), svg)
    return svg.replace("<svg ", '<svg style="stroke-linejoin:round;stroke-linecap:butt" ', 1)


def png_of(chart: Chart, dpi: int = 160) -> bytes:
    """Return a chart as a PNG in true colours; fewer would turn a scale of colours into steps.

    Drawn once for all files of a report that take it.
    """
    kept = _DRAWN.setdefault(chart, {})
    if dpi not in kept:
        out = BytesIO()
        chart.savefig(out, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"optimize": True})
        kept[dpi] = out.getvalue()
    return kept[dpi]
