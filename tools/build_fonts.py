"""Build the two Chinese font files that edusim ships.

The source is Noto Sans SC as static TrueType files (Regular and Bold; SIL Open Font License 1.1). They are
cut down to the characters a report can need, stripped of layout features that a chart never asks for,
and renamed: the licence reserves the name 'Source', and Noto is a trademark, so the subset carries
neither. The characters are GB 2312, the 8,105 characters of the Table of General Standard Chinese
Characters (通用规范汉字表, field ``kTGH`` of the Unicode Han database), Latin with pinyin, Greek,
punctuation, full-width forms, arrows and the marks used in charts.

Usage::

    python tools/build_fonts.py REGULAR.ttf BOLD.ttf Unihan_OtherMappings.txt[.bz2] OFL.txt OUT_FOLDER

Needs ``fonttools``. The result is the same byte for byte from the same sources.
"""

from __future__ import annotations

import argparse
import bz2
import shutil
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Edusim Han Sans"
#: Seconds since 1904 of 2025-01-01, written in place of the clock so that builds repeat.
FIXED_TIME = 3818534400
VERSION = "Version 1.000; subset of Noto Sans SC 2.004"
#: Inclusive ranges beside the two Chinese lists.
RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x17F),  # Latin-1 and Latin Extended-A
    (0x1CD, 0x1DC),  # pinyin vowels
    (0x391, 0x3C9),  # Greek
    (0x2010, 0x2027),  # dashes, quotation marks, dots
    (0x2030, 0x203E),  # per mille, primes, reference mark
    (0x2070, 0x209C),  # superscripts and subscripts
    (0x20AC, 0x20AC),  # euro
    (0x2103, 0x2122),  # letter-like signs
    (0x2150, 0x218B),  # fractions, Roman numerals
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators
    (0x2460, 0x24FF),  # circled numbers
    (0x25A0, 0x2606),  # geometric shapes, stars
    (0x2713, 0x2718),  # ticks and crosses
    (0x3000, 0x303F),  # Chinese punctuation
    (0x3200, 0x33FF),  # enclosed characters, squared units
    (0xFF00, 0xFFEF),  # full-width forms
)


def gb2312() -> set[int]:
    """Return the code points of GB 2312, symbols included."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def general_standard(unihan: Path) -> set[int]:
    """Return the 8,105 characters of 通用规范汉字表 from the Unihan file that holds ``kTGH``."""
    data = unihan.read_bytes()
    text = (bz2.decompress(data) if unihan.suffix == ".bz2" else data).decode("utf-8")
    found = {int(line.split("\t")[0][2:], 16) for line in text.splitlines() if "\tkTGH\t" in line}
    if len(found) != 8105:
        raise SystemExit(f"{unihan.name}: {len(found)} characters with kTGH, expected 8105")
    return found


def rename(font: TTFont, style: str) -> None:
    """Give the subset its own name; copyright, designers and licence stay."""
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 7, 8, 9, 11, 13, 14)]
    full = FAMILY if style == "Regular" else f"{FAMILY} {style}"
    postscript = f"{FAMILY.replace(' ', '')}-{style}"
    for number, value in {
        1: FAMILY,
        2: style,
        3: f"1.000;edusim;{postscript}",
        4: full,
        5: VERSION,
        6: postscript,
        10: "Subset of Noto Sans SC 2.004 made for the charts of edusim, renamed as its licence asks.",
    }.items():
        table.setName(value, number, 3, 1, 0x409)


def build(source: Path, characters: set[int], style: str, target: Path) -> None:
    """Write the subset of one weight."""
    options = subset.Options()
    options.layout_features = ["kern"]
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.name_IDs = ["*"]
    options.drop_tables += ["STAT", "BASE", "vhea", "vmtx", "VORG", "DSIG"]
    options.recalc_timestamp = False
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=characters)
    cutter.subset(font)
    rename(font, style)
    font["head"].created = font["head"].modified = FIXED_TIME
    font["OS/2"].usWeightClass = 700 if style == "Bold" else 400
    font.recalcTimestamp = False
    font.save(str(target), reorderTables=True)
    print(f"{target.name}: {len(font.getBestCmap())} characters, {target.stat().st_size / 1e6:.2f} MB")


def main() -> None:
    """Read the command line and build both weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for name in ("regular", "bold", "unihan", "licence", "out"):
        parser.add_argument(name, type=Path)
    given = parser.parse_args()
    characters = gb2312() | general_standard(given.unihan)
    for low, high in RANGES:
        characters |= set(range(low, high + 1))
    given.out.mkdir(parents=True, exist_ok=True)
    for source, style in ((given.regular, "Regular"), (given.bold, "Bold")):
        build(source, characters, style, given.out / f"EdusimHanSans-{style}.ttf")
    shutil.copyfile(given.licence, given.out / "OFL.txt")


if __name__ == "__main__":
    main()
