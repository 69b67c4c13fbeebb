"""Chinese text on a bare machine: bundled fonts first, a system font for the rest, glyph by glyph.

The two bundled files are subsets of an open Han sans (see ``fonts/OFL.txt`` and ``tools/build_fonts.py``):
GB 2312, the 8,105 characters of 通用规范汉字表, Latin, punctuation and chart marks. A character outside them
is taken from a system font that has been *seen* to hold Chinese (its character map is probed, names are
not trusted), then from DejaVu Sans. matplotlib walks that list for every glyph.
"""

from __future__ import annotations

import functools
import warnings
from pathlib import Path
from typing import Any

FAMILY = "Edusim Han Sans"
#: Characters a font must map before it counts as Chinese.
PROBE = "教共体县域义务教育优质均衡达标未定"
#: System families worth probing, best first.
SYSTEM_FAMILIES = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Sans CJK JP",
    "Heiti SC",
    "Hiragino Sans GB",
)
WARNING = (
    "找不到含中文的字体，图中汉字会显示为方框；请重新安装 edusim，或安装 Noto Sans CJK SC。 / "
    "No font with Chinese characters was found, so charts will show boxes; "
    "reinstall edusim or install Noto Sans CJK SC."
)


def bundled() -> list[Path]:
    """Return the bundled font files that are present (Bold, Regular)."""
    return sorted((Path(__file__).parent / "fonts").glob("EdusimHanSans-*.ttf"))


def holds(path: str | Path, characters: str = PROBE) -> bool:
    """Return whether the character map of a font file holds every one of ``characters``."""
    from matplotlib.ft2font import FT2Font

    try:
        charmap = FT2Font(str(path)).get_charmap()
    except (OSError, RuntimeError):
        return False
    return all(ord(character) in charmap for character in characters)


@functools.cache
def system_font() -> tuple[str, str] | None:
    """Return family and file of the best system font that holds Chinese, or None.

    Families in :data:`SYSTEM_FAMILIES` are probed first; when none of them is installed every font that
    matplotlib knows is probed once.
    """
    from matplotlib.font_manager import fontManager

    # Last-resort fonts map every character to a box.
    known = [entry for entry in fontManager.ttflist if entry.name != FAMILY and "lastresort" not in entry.name.lower().replace(" ", "")]
    rank = {name: number for number, name in enumerate(SYSTEM_FAMILIES)}
    named = sorted((entry for entry in known if entry.name in rank), key=lambda entry: (rank[entry.name], entry.fname))
    others = sorted((entry for entry in known if entry.name not in rank), key=lambda entry: entry.fname)
    seen: set[str] = set()
    for entry in [*named, *others]:
        if entry.fname not in seen:
            seen.add(entry.fname)
            if holds(entry.fname):
                return entry.name, entry.fname
    return None


@functools.cache
def families() -> tuple[str, ...]:
    """Register the bundled fonts and return the family list for matplotlib, most wanted first.

    Returns
    -------
    tuple of str
        Bundled family (when its files are there), a system family that holds Chinese (when there is
        one), ``DejaVu Sans``. One bilingual :class:`UserWarning` is given when no family holds Chinese.
    """
    from matplotlib.font_manager import fontManager

    found: list[str] = []
    files = [path for path in bundled() if holds(path)]
    for path in files:
        fontManager.addfont(str(path))
    if files:
        found.append(FAMILY)
    system = system_font()
    if system is not None:
        found.append(system[0])
    if not found:
        warnings.warn(WARNING, UserWarning, stacklevel=2)
    return (*found, "DejaVu Sans")


def settings() -> dict[str, Any]:
    """Return the matplotlib settings that text and font embedding need.

    PDF files embed TrueType outlines (type 42); SVG files carry text as outlines, so that they look the
    same where no Chinese font is installed.
    """
    return {
        "font.family": list(families()),
        "axes.unicode_minus": True,
        "mathtext.default": "regular",
        "pdf.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "edusim",
    }


def status() -> dict[str, Any]:
    """Return what ``edusim doctor`` prints: bundled files found, system font, family list."""
    system = system_font()
    return {
        "bundled": [path.name for path in bundled()],
        "bundled_hold_chinese": bool(bundled()) and all(holds(path) for path in bundled()),
        "system": None if system is None else system[0],
        "families": list(families()),
    }
