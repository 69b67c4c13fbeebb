"""Pages as a reader opens them: a real Chromium, driven by Playwright.

A test that wants this calls :func:`require_browser` first: without Chromium or Playwright it is skipped, with
``EDUSIM_REQUIRE_BROWSER=1`` it fails instead (``tools/install_browser.sh`` and the extra ``browser`` install them). Whatever a page
asks of another host is noted and never answered, as behind a wall that lets requests hang: a page that waits for one stays
blank here as well. Complaints in the console are noted too. Chinese is drawn with the bundled font where the machine has none.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from office import fonts_conf

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: Names that Chromium goes by; the first that is there is taken.
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
#: Nothing is fetched in the background; the sandbox needs rights that a container does not give.
SWITCHES = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--font-render-hinting=none",
)  # fmt: skip
HERE = ("127.0.0.1", "localhost", "[::1]", "::1")


def _program() -> str | None:
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def require_browser() -> None:
    """Skip the test when there is no browser; fail it instead when ``EDUSIM_REQUIRE_BROWSER`` is 1."""
    missing = [] if _program() else ["chromium"]
    if importlib.util.find_spec("playwright") is None:
        missing.append("playwright")
    if not missing:
        return
    words = f"missing {', '.join(missing)}; tools/install_browser.sh and the extra `browser` install what these tests need"
    if os.environ.get("EDUSIM_REQUIRE_BROWSER") == "1":
        pytest.fail(words)
    pytest.skip(words)


@dataclass
class Visit:
    """A page that is open, what it asked of other hosts, and what its console complained of."""

    page: Page
    outside: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def check(self) -> None:
        """Hold that nothing left the machine and that the console is clean."""
        assert not self.outside, f"asked of other hosts: {self.outside}"
        assert not self.complaints, f"complaints in the console: {self.complaints}"


def _is_here(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("file", "data", "blob", "about") or (parts.hostname or "") in HERE


@contextlib.contextmanager
def visit(
    url: str, *, width: int = 1200, height: int = 800, touch: bool = False, lang: str = "zh-CN", dark: bool = False, wait: str = "load"
) -> Iterator[Visit]:
    """Open ``url`` (``file://...`` or a local server) in a fresh browser and give the :class:`Visit`.

    Parameters
    ----------
    url
        Address of the page.
    width, height
        Size of the window, CSS pixels.
    touch
        A phone: touch in place of a mouse, two device pixels a CSS pixel.
    lang
        Language that the browser asks for.
    dark
        Whether the reader's system is set to dark.
    wait
        What to wait for: ``load``, ``domcontentloaded`` or ``commit``.
    """
    from playwright.sync_api import sync_playwright

    program = _program()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="edusim-browser-") as home, sync_playwright() as playwright:
        fonts_conf(Path(home))
        env: dict[str, Any] = {**os.environ, "HOME": home, "FONTCONFIG_FILE": str(Path(home) / "fonts.conf")}
        browser = playwright.chromium.launch(executable_path=program, args=list(SWITCHES), env=env)
        try:
            context = browser.new_context(
                viewport={"width": width, "height": height}, locale=lang, has_touch=touch, is_mobile=touch,
                device_scale_factor=2 if touch else 1, color_scheme="dark" if dark else "light",
            )  # fmt: skip
            found = Visit(context.new_page())

            def answer(route: Any) -> None:
                if _is_here(route.request.url):
                    route.continue_()
                else:
                    found.outside.append(route.request.url)  # and is never answered

            context.route("**/*", answer)
            context.route_web_socket(
                lambda address: not _is_here(address), lambda socket: found.outside.append(socket.url)
            )
            found.page.on("console", lambda said: found.complaints.append(said.text) if said.type in ("error", "warning") else None)
            found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
            found.page.goto(url, wait_until=wait)
            yield found
        finally:
            browser.close()
