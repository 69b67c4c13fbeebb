"""The page that officials open: from a county roster over sliders to one page; shown by notebook 01 and by ``edusim app``.

>>> from edusim import app
>>> page = app.Page("zh")     # doctest: +SKIP
>>> page.levers               # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.app.page import Page

__all__ = ["Page"]


def __getattr__(name: str) -> Any:
    if name == "Page":
        from edusim.app.page import Page

        return Page
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
