"""The page around a chart: head, footer with data status and number of runs, the line on how to read it."""

from __future__ import annotations

from edusim.language import text as worded
from edusim.report.language import has, limits
from edusim.report.style import MARGIN, QUIET, Chart, Words, house


def data_footer(words: Words, n_runs: int) -> str:
    """Return the footer: where the data come from, how many runs, that this is no forecast, and where its limits are written."""
    status = str(words.info.get("data_status", "synthetic"))
    data = words(f"data.{status}") if has(f"data.{status}") else status
    schools = words.info.get("n_schools")
    return words(
        "footer",
        data=data,
        size=words("footer_size", schools=schools) if schools else "",
        runs=words("footer_runs", n=n_runs) if n_runs > 1 else words("footer_run"),
        limits=limits_text(words),
    )


def limits_text(words: Words) -> str:
    """Return the two lines of :func:`edusim.report.language.limits` as one."""
    return (worded("common.stop_gap", words.lang)).join(limits(words.lang))


def begin(
    words: Words,
    width: float,
    height: float,
    *,
    title: str,
    subtitle: str,
    takeaway: str,
    footer: str,
    for_report: bool,
) -> Chart:
    """Return an empty page in the house's style."""
    return Chart(
        width,
        height,
        words,
        title=title,
        subtitle=subtitle,
        takeaway=takeaway,
        footer=footer,
        for_report=for_report,
    )


def read_line(chart: Chart, content: str) -> float:
    """Write how to read the chart at the bottom of the body; return the height it takes, inches."""
    line = chart.say(MARGIN, 0.02, "", fontsize=7.6, color=QUIET, va="bottom", linespacing=1.4)
    chart.fit(line, content, chart.width - 2 * MARGIN)
    return 0.02 + chart.height_of(line) + 0.08


def empty(words: Words, message: str) -> Chart:
    """Return a page that says why there is nothing to draw."""
    with house():
        chart = begin(
            words,
            8.4,
            2.0,
            title=words("empty"),
            subtitle=Words(worded("page.zh", words.lang), words.info)("empty"),
            takeaway="",
            footer=data_footer(words, 1),
            for_report=True,
        )
        item = chart.say(MARGIN, 1.0, "", fontsize=11, color=QUIET, va="center")
        chart.fit(item, f"{words('empty')}: {message}" if words.lang == "en" else f"{words('empty')}：{message}", 7.9)
    return chart
