"""A county as it goes, year by year: the school map as a page, and as a part for Mesa's own SolaraViz.

>>> from mesa.visualization import SolaraViz              # doctest: +SKIP
>>> import edusim, edusim.live                            # doctest: +SKIP
>>> page = SolaraViz(edusim.County("small", "fusion"), components=[edusim.live.school_map("en")])   # doctest: +SKIP
"""

from __future__ import annotations

from typing import Any


def school_map(lang: str | None = None) -> Any:
    """Return the map as SolaraViz takes it: a function of a county that draws it as it stands.

    Parameters
    ----------
    lang
        ``zh`` or ``en``; the reader's when None.

    Raises
    ------
    RunError
        ``RUN-NO-VIZ`` without the extra ``viz``.
    """
    from edusim.errors import language
    from edusim.live.serve import require

    require()
    from edusim.live import page

    return page.component(language(lang))


__all__ = ["school_map"]
