"""House style of charts: page layout in inches, colours, line styles, words for numbers, label repelling.

A chart is a plain :class:`matplotlib.figure.Figure`; no pyplot, no global setting is left changed. Its
settings are applied whenever it is built, drawn or saved, so it looks the same from a notebook, a script
or a worker process.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.ticker import Formatter
from matplotlib.transforms import Bbox

from edusim import language
from edusim.errors import RunError, did_you_mean
from edusim.report import fonts
from edusim.report.language import label, measure_name, policy_name, text
from edusim.report.summaries import Interval, ordered, same

if TYPE_CHECKING:
    from numpy.typing import NDArray

INK, QUIET, FAINT, GRID = "#1F2933", "#66707C", "#9AA3AE", "#E4E8EC"
TAKEAWAY = "#0B4F82"
#: Red is kept for official limits and verdicts against them.
LIMIT = "#B3261E"
GOOD = "#00704F"
PNG_DPI = 200
FORMATS = ("png", "svg", "pdf")
#: Inches.
MARGIN = 0.22


@dataclass(frozen=True)
class Look:
    """How one policy is drawn: colour, dash and marker, so that print in grey stays readable."""

    colour: str
    dash: Any
    marker: str


LOOKS: Mapping[str, Look] = {
    "status_quo": Look("#7A828C", "-", "o"),
    "collaboration": Look("#009E73", (0, (1.2, 1.2)), "^"),
    "co_build": Look("#D98200", (0, (5, 2)), "s"),
    "fusion": Look("#0067A5", "-", "D"),
    "community_plan": Look("#A3478F", (0, (6, 1.6, 1.2, 1.6)), "P"),
    "nanyang": Look("#4A9BC7", (0, (3, 1.5)), "v"),
    "kunshan": Look("#8A5A2B", (0, (8, 2, 1, 2, 1, 2)), "<"),
    "ninghe": Look("#6A6F00", (0, (2, 2.5)), ">"),
    "gangkou": Look("#5B4B8A", (0, (4, 1, 1, 1)), "h"),
    "none": Look("#3B3F46", (0, (1, 3)), "X"),
}
SPARE_LOOKS = (
    Look("#2B7A78", (0, (3, 3)), "p"),
    Look("#9A4D4D", (0, (7, 1.5)), "*"),
    Look("#55748A", (0, (1.5, 2)), "d"),
    Look("#7A5C99", (0, (5, 1, 1, 1)), "8"),
)


def looks(policies: Sequence[str]) -> dict[str, Look]:
    """Return the look of each policy; unknown policies take spare looks in their order."""
    spare = [policy for policy in policies if policy not in LOOKS]
    return {
        policy: LOOKS[policy] if policy in LOOKS else SPARE_LOOKS[spare.index(policy) % len(SPARE_LOOKS)]
        for policy in policies
    }


@dataclass(frozen=True)
class Words:
    """Language and facts that every chart needs: names of policies, baseline, data status, counts."""

    lang: str
    info: Mapping[str, Any]

    @property
    def baseline(self) -> str:
        """Key of the baseline policy."""
        return str(self.info.get("baseline", "status_quo"))

    def __call__(self, key: str, /, **values: Any) -> str:
        """Return the catalogue's sentence for ``key`` in the reader's language."""
        return language.text(key, self.lang, **values) if language.has(key) else text(key, self.lang, **values)

    def policy(self, key: str) -> str:
        """Return the name of a policy; names in ``info["names"]`` win over the catalogue."""
        return policy_name(key, self.lang, self.info.get("names"))

    def policies(self, keys: Sequence[str]) -> str:
        """Return names of policies as a list in a sentence."""
        return text("list_separator", self.lang).join(self.policy(key) for key in keys)

    def label(self, kind: str, key: str, lang: str | None = None) -> str:
        """Return the name of a zone, stage, role, indicator or verdict."""
        return label(kind, key, lang or self.lang)

    def measure(self, key: str, lang: str | None = None) -> str:
        """Return the name of a measure; names in ``info["measure_names"]`` fill what the catalogue lacks."""
        return measure_name(key, lang or self.lang, self.info.get("measure_names"))

    def inside(self, name: str) -> str:
        """Return a name as it stands inside a sentence: English names lose their capital, acronyms keep it."""
        return name if self.lang == "zh" or name[1:2].isupper() else name[:1].lower() + name[1:]

    def unit(self, unit: str) -> str:
        """Return how a unit is written after a number."""
        return label("unit", unit, self.lang) if unit else ""

    def unit_of(self, measures: Any, measure: str) -> str:
        """Return the unit the results give for a measure, the empty string when they give none."""
        if "unit" not in measures.columns:
            return "SD" if measure.startswith("learning.") else ""
        found = measures.loc[measures["measure"].isin(same(measure)), "unit"]
        unit = str(found.iloc[0]) if len(found) else ""
        return "" if unit in ("ratio", "index", "nan") else unit

    def suffix(self, stage: str, lang: str | None = None) -> str:
        """Return the stage in brackets for a title."""
        tongue = lang or self.lang
        return text("stage_suffix", tongue, stage=label("stage", stage, tongue))

    def order(self, policies: Sequence[str]) -> list[str]:
        """Return policies in the order in which they are drawn."""
        return ordered(policies, self.baseline, list(LOOKS))


def number(value: float, digits: int = 2, *, signed: bool = False) -> str:
    """Return a number with a true minus sign; NaN reads as a dash, and nothing reads as minus zero."""
    if not math.isfinite(value):
        return "–"
    value = round(value, digits)
    shown = f"{abs(value):,.{digits}f}"
    if value < 0:
        return f"\u2212{shown}"
    return f"+{shown}" if signed and value > 0 else shown


def digits_for(value: float) -> int:
    """Return the decimals worth showing: hundredths as a rule, fewer for large numbers, more for tiny ones."""
    size = abs(value)
    if not math.isfinite(value) or 0.02 <= size < 10:
        return 2
    return 0 if size >= 100 else 1 if size >= 10 else 3


def with_interval(words: Words, interval: Interval, unit: str = "", *, signed: bool = True) -> str:
    """Return ``−0.06 SD（95% 区间 −0.09 至 −0.03）`` in the reader's language."""
    digits = digits_for(interval.mean)
    point = number(interval.mean, digits, signed=signed)
    shown = f"{point} {words.unit(unit)}".strip()
    if not interval.known:
        return shown
    if round(interval.low, digits) == round(interval.high, digits) and interval.low != interval.high:
        digits += 1
    elif interval.clear and 0.0 in (round(interval.low, digits), round(interval.high, digits)):
        digits += 1  # an end that is not zero must not read as zero
    shown = f"{number(interval.mean, digits, signed=signed)} {words.unit(unit)}".strip()
    low, high = number(interval.low, digits, signed=signed), number(interval.high, digits, signed=signed)
    return words("point_interval", value=shown, low=low, high=high)


def rc() -> dict[str, Any]:
    """Return the matplotlib settings of the house."""
    return {
        **fonts.settings(),
        "font.size": 9.0,
        "text.hinting": "none",  # hinted advances make Latin text uneven
        "axes.edgecolor": FAINT,
        "axes.labelcolor": INK,
        "axes.labelsize": 9.0,
        "axes.linewidth": 0.8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": False,
        "axes.axisbelow": True,
        "axes.titlesize": 10.0,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "text.color": INK,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "xtick.labelcolor": QUIET,
        "ytick.labelcolor": QUIET,
        "xtick.labelsize": 9.0,
        "ytick.labelsize": 9.0,
        "xtick.major.width": 0.8,
        "ytick.major.width": 0.8,
        "xtick.major.size": 3.0,
        "ytick.major.size": 3.0,
        "lines.solid_capstyle": "round",
        "lines.dash_capstyle": "butt",
        "hatch.linewidth": 0.5,
        "figure.facecolor": "white",
        "savefig.facecolor": "white",
        "savefig.bbox": None,
        "figure.autolayout": False,
        "figure.constrained_layout.use": False,
    }


@contextmanager
def house() -> Iterator[None]:
    """Draw inside with the settings of the house; leave matplotlib as it was."""
    with mpl.rc_context():
        mpl.rcdefaults()
        settings: Any = rc()
        mpl.rcParams.update(settings)
        yield


class Chart(Figure):
    """A figure with the house's head and foot; ``title``, ``subtitle``, ``takeaway`` and ``footer`` can be read.

    Parameters
    ----------
    width, body_height
        Inches; the head and the foot are added to ``body_height``.
    words
        Language and facts.
    title, subtitle, takeaway, footer
        Text of head and foot; kept as attributes also when they are not drawn.
    for_report
        Leave out head and foot: in a report the caption says it.
    """

    def __init__(
        self,
        width: float,
        body_height: float,
        words: Words,
        *,
        title: str,
        subtitle: str,
        takeaway: str,
        footer: str,
        for_report: bool,
    ) -> None:
        super().__init__(figsize=(width, body_height), dpi=PNG_DPI)
        FigureCanvasAgg(self)
        self.title, self.subtitle, self.takeaway, self.footer = title, subtitle, takeaway, footer
        self.for_report, self.words = for_report, words
        self.width = width
        head, self.foot = 0.06, 0.04
        blocks: list[Text] = []
        if not for_report:
            top = MARGIN * 0.75
            for content, size, weight, colour, gap in (
                (title, 15.0, "bold", INK, 0.07),
                (subtitle, 9.0, "normal", QUIET, 0.09),
                (takeaway, 10.5, "normal", TAKEAWAY, 0.0),
            ):
                block = self.block(content, size, weight, colour, top)
                blocks.append(block)
                top += self.height_of(block) + gap
            head = top + 0.2
            foot_block = self.block(footer, 7.2, "normal", QUIET, 0.0)
            self.foot = self.height_of(foot_block) + 0.3
        total = head + body_height + self.foot
        self.set_size_inches(width, total)
        self.body_height = body_height
        if not for_report:
            for block in blocks:
                block.set_y(1 - float(block.get_position()[1]) / total)
            foot_block.set_y(0.14 / total)
            foot_block.set_verticalalignment("bottom")

    def block(self, content: str, size: float, weight: str, colour: str, top: float) -> Text:
        """Add a paragraph at the left margin, wrapped to the width; its y holds inches from the top for now."""
        block = self.text(
            MARGIN / self.width, top, "", fontsize=size, fontweight=weight, color=colour, va="top", linespacing=1.35
        )
        self.fit(block, content, self.width - 2 * MARGIN)
        return block

    def fit(self, item: Text, content: str, width: float) -> None:
        """Set ``content`` on a text with line breaks so that no line is wider than ``width`` inches."""
        lines = [""]
        for piece in _pieces(content):
            item.set_text(lines[-1] + piece.rstrip())
            if lines[-1] and self.extent(item).width / self.dpi > width:
                lines.append(piece.lstrip())
            else:
                lines[-1] += piece
        item.set_text("\n".join(line.rstrip() for line in lines))

    def shrink(self, item: Text, width: float) -> Text:
        """Make a text smaller, at most by a third, until it is no wider than ``width`` inches."""
        size = float(item.get_fontsize())
        for share in (1.0, 0.92, 0.84, 0.76, 0.67):
            item.set_fontsize(size * share)
            if self.extent(item).width / self.dpi <= width:
                break
        return item

    def shrink_together(self, items: Sequence[Text], width: float) -> None:
        """Make texts equally small so that none is wider than ``width`` inches."""
        if items:
            size = min(float(self.shrink(item, width).get_fontsize()) for item in items)
            for item in items:
                item.set_fontsize(size)

    def extent(self, item: Text) -> Bbox:
        """Return the box of a text in pixels."""
        renderer = self.canvas.get_renderer()  # type: ignore[attr-defined]
        if isinstance(item, Annotation):
            item.update_positions(renderer)
        # The words alone: an annotation's own extent would include its leader line.
        return Text.get_window_extent(item, renderer)

    def height_of(self, item: Text) -> float:
        """Return the height of a text in inches."""
        return float(self.extent(item).height) / self.dpi

    def panel(self, left: float, bottom: float, width: float, height: float, **kwargs: Any) -> Axes:
        """Add axes placed in inches from the lower left corner of the body."""
        page_width, page_height = self.get_size_inches()
        place = (left / page_width, (bottom + self.foot) / page_height, width / page_width, height / page_height)
        return self.add_axes(place, **kwargs)

    def say(self, left: float, bottom: float, content: str, **kwargs: Any) -> Text:
        """Add text placed in inches from the lower left corner of the body."""
        page_width, page_height = self.get_size_inches()
        return self.text(left / page_width, (bottom + self.foot) / page_height, content, **kwargs)

    def draw(self, renderer: Any) -> None:
        """Draw with the settings of the house, whatever the caller's settings are."""
        with house():
            super().draw(renderer)

    def savefig(self, fname: Any, **kwargs: Any) -> None:
        """Save with the settings of the house (PNG at 200 dpi unless told otherwise)."""
        kwargs.setdefault("dpi", PNG_DPI)
        with house():
            super().savefig(fname, **kwargs)

    def _repr_png_(self) -> bytes:
        # Notebooks show figures made without pyplot through this hook.
        buffer = BytesIO()
        self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


#: A line must not begin with these.
_NO_START = "，。；：、）》」』”’％！？)],.;:!?%"
_DIGITS = "0123456789%"
_NO_END = "（《「『“‘(["


def _pieces(content: str) -> list[str]:
    # Break anywhere between Chinese characters, only after spaces in Latin text and numbers.
    pieces: list[str] = []
    for character in content:
        wide = ord(character) >= 0x2E80
        if not pieces:
            pieces.append(character)
            continue
        last = pieces[-1][-1]
        glue = character in _NO_START or last in _NO_END or character == " "
        # A number stays with the Chinese unit after it.
        glue = glue or (wide and len(pieces[-1]) > 1 and last == " " and pieces[-1][-2] in _DIGITS)
        if glue or not (wide or ord(last) >= 0x2E80 or last == " "):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def repel(wanted: Sequence[float], size: float, low: float, high: float) -> list[float]:
    """Return positions as near as possible to those wanted, at least ``size`` apart, inside ``low..high``.

    Least squares under the order of the wanted positions (pool adjacent violators). When they cannot all
    fit, they are spaced evenly over the whole range.
    """
    n = len(wanted)
    if n == 0:
        return []
    if size * (n - 1) > high - low:
        size = (high - low) / max(1, n - 1)
    order = sorted(range(n), key=lambda index: wanted[index])
    blocks: list[tuple[float, int]] = []
    for rank, index in enumerate(order):
        blocks.append((min(max(wanted[index], low), high) - rank * size, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, m), (b, k) = blocks[-2], blocks[-1]
            blocks[-2:] = [((a * m + b * k) / (m + k), m + k)]
    flat = [value for value, count in blocks for _ in range(count)]
    placed = [0.0] * n
    for rank, index in enumerate(order):
        placed[index] = min(max(flat[rank], low), high - (n - 1) * size) + rank * size
    return placed


def overlaps(box: Sequence[float], others: NDArray[np.float64]) -> float:
    """Return the area that ``box`` (x0, y0, x1, y1) shares with the boxes ``others``: float64, shape (n, 4)."""
    if not others.size:
        return 0.0
    width = np.minimum(box[2], others[:, 2]) - np.maximum(box[0], others[:, 0])
    height = np.minimum(box[3], others[:, 3]) - np.maximum(box[1], others[:, 1])
    return float((np.clip(width, 0, None) * np.clip(height, 0, None)).sum())


def nice_limits(values: Sequence[float], *, pad: float = 0.06, least: float = 1e-3) -> tuple[float, float]:
    """Return axis limits around the finite values with a little air; (0, 1) when there are none."""
    array = np.asarray([value for value in values if math.isfinite(value)], dtype=float)
    if array.size == 0:
        return 0.0, 1.0
    low, high = float(array.min()), float(array.max())
    room = max((high - low) * pad, abs(high) * 0.02, least)
    return low - room, high + room


def ticks(most: int, *, whole: bool = False) -> Any:
    """Return a locator of at most ``most`` round tick values; of whole numbers alone where there is nothing between them."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most, steps=[1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10], integer=whole)


class Numbers(Formatter):
    """Tick labels with a true minus sign and as many decimals as the ticks need, none rounded away.

    Parameters
    ----------
    least
        Decimals shown at least.
    signed
        Write a plus before positive numbers.
    magnitude
        Leave the minus out, for an axis that grows both ways.
    """

    def __init__(self, least: int = 0, *, signed: bool = False, magnitude: bool = False) -> None:
        self.least, self.signed, self.magnitude = least, signed, magnitude

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the label of one tick by itself."""
        del pos
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Any) -> list[str]:
        """Return the labels of an axis' ticks, all with the same decimals."""
        ticks = [float(value) for value in values]
        digits = max(self.least, exact_digits(ticks))
        return [number(abs(x) if self.magnitude else x, digits, signed=self.signed) for x in ticks]


def exact_digits(values: Sequence[float]) -> int:
    """Return the fewest decimals, at most four, with which none of the values is rounded."""
    return next((n for n in range(4) if all(abs(round(value, n) - value) < 1e-9 * max(1.0, abs(value)) for value in values)), 4)


def year_ticks(years: Sequence[int], most: int = 7) -> list[int]:
    """Return at most ``most`` years, first and last included, evenly spaced where that is possible."""
    unique = sorted(set(years))
    if len(unique) <= most:
        return unique
    span = unique[-1] - unique[0]
    for step in range(1, span + 1):
        if span % step == 0 and span // step + 1 <= most and span // step >= 2:
            return [year for year in range(unique[0], unique[-1] + 1, step) if year in set(unique)]
    picked = np.linspace(0, len(unique) - 1, most).round().astype(int)
    return [unique[index] for index in picked]


def save(chart: Figure, stem: Path, formats: Sequence[str]) -> list[Path]:
    """Write a chart as ``stem.png`` (200 dpi), ``stem.svg``, ``stem.pdf``; the same chart gives the same bytes.

    Raises
    ------
    RunError
        ``FIG-FORMAT`` for a format that is not png, svg or pdf.
    """
    written = []
    for kind in formats:
        if kind not in FORMATS:
            zh, en = did_you_mean(kind, FORMATS)
            raise RunError(
                "FIG-FORMAT", f"不支持的图片格式 {kind}", f"unknown figure format {kind}", mend_zh=zh, mend_en=en
            )
        path = stem.with_name(f"{stem.name}.{kind}")
        # Dates are left out so that a repeated run writes the same files.
        metadata: dict[str, Any] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[kind]
        chart.savefig(path, format=kind, metadata=metadata)
        written.append(path)
    return written
