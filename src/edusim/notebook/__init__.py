"""Notebooks: what shows a chart in one, and what builds and runs those of ``notebooks/``.

>>> from edusim import notebook
>>> notebook.show(comparison.plot("trajectories", lang="zh"))    # doctest: +SKIP
"""

from __future__ import annotations

import io
from typing import Any

from edusim.report.document.blocks import alt_of

#: Dots an inch of a chart's picture, and of the screen that it is sized for.
PICTURE_DPI, SCREEN_DPI = 160, 96


def picture(chart: Any) -> bytes:
    """Return a chart as PNG; the same chart gives the same bytes."""
    data = io.BytesIO()
    chart.savefig(data, format="png", dpi=PICTURE_DPI, metadata={})
    return data.getvalue()


def show(chart: Any, alt: str = "") -> None:
    """Show a chart in a notebook, with the sentence for those who cannot see it.

    Parameters
    ----------
    chart
        A chart of edusim, or any figure of matplotlib.
    alt
        The sentence; what a chart of edusim says of itself when left out.

    Raises
    ------
    ValueError
        When there is no sentence (a mistake of the notebook's writer).
    """
    said = alt or (alt_of(chart) if hasattr(chart, "takeaway") else "")
    if not said:
        raise ValueError("a chart is shown with a sentence that says what it shows: show(chart, alt=...)")
    data = picture(chart)
    if not _in_notebook():
        return
    width = round(float(chart.get_size_inches()[0]) * SCREEN_DPI)
    _display({"image/png": data, "text/plain": said}, metadata={"image/png": {"alt": said, "width": width}})


def tell(words: str) -> None:
    """Show computed words, a sentence or a table in Markdown."""
    if _in_notebook():
        _display({"text/markdown": words, "text/plain": words})


def _display(data: dict[str, Any], **values: Any) -> None:
    from IPython import display

    shown: Any = display.display
    shown(data, raw=True, **values)


def _in_notebook() -> bool:
    """Whether a notebook or a console of IPython is there to show things; a script of plain Python has none."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    return get_ipython() is not None
