"""Serves the live map on this machine: no other host is named by the page or asked by the server."""

from __future__ import annotations

import importlib.util
import os
import socket
import threading
import time
import warnings
import webbrowser
from collections.abc import Callable, Sequence

from edusim.errors import RunError
from edusim.scenario import Scenario

HOST = "127.0.0.1"
#: What the extra ``viz`` brings.
NEEDED = ("solara", "solara_assets", "ipyvuetify")


def require() -> None:
    """Refuse (``RUN-NO-VIZ``) where the extra ``viz`` is not installed."""
    missing = [name for name in NEEDED if not _is_there(name)]
    if missing:
        raise RunError(
            "RUN-NO-VIZ", f"没有安装附加包 viz（缺 {'、'.join(missing)}）", f"the extra viz is not installed ({', '.join(missing)} missing)",
            mend_zh="请运行 pip install 'edusim-groups[viz]'（在源代码目录中：make extras）",
            mend_en="run pip install 'edusim-groups[viz]' (in a checkout: make extras)",
        )  # fmt: skip


def _is_there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None or (name == "solara_assets" and _assets())
    except (ImportError, ValueError):
        return False


def _assets() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    try:
        version("solara-assets")
    except PackageNotFoundError:
        return False
    return True


def free_port(asked: int = 0) -> int:
    """Return a free port of this machine: the one that is asked for, or any.

    Raises
    ------
    RunError
        ``RUN-PORT`` when the one that is asked for is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, asked))
        except OSError:
            raise RunError(
                "RUN-PORT", f"端口 {asked} 不能用（可能已被占用）", f"port {asked} cannot be used (it may be taken)", where="--port",
                mend_zh="请换一个端口，或不写 --port", mend_en="choose another, or leave --port out",
            ) from None  # fmt: skip
        return int(probe.getsockname()[1])


def serve(
    scenario: Scenario, policies: Sequence[str], lang: str, *, seed: int = 0, draw: int = 0, port: int = 0, browser: bool = True,
    told: Callable[[str], None] | None = None,
) -> None:  # fmt: skip
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    scenario, policies
        The county, and the policies to choose from.
    lang
        Language to begin with, ``zh`` or ``en``.
    seed, draw
        Of the run.
    port
        Port; any free one when 0.
    browser
        Whether to open it in the reader's browser.
    told
        Called with the page's address when it can be opened.

    Raises
    ------
    RunError
        ``RUN-NO-VIZ``, ``RUN-PORT``.
    """
    require()
    chosen = free_port(port)
    # Solara reads these when it is imported. Its server reports to a counting service unless it is told not to.
    os.environ |= {
        "SOLARA_APP": "edusim.live.page", "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False", "SOLARA_MODE": "production",
        "SOLARA_ASSETS_PROXY": "True", "SOLARA_ASSETS_CDN": f"http://{HOST}:9/",  # what is not at hand is looked for nowhere else
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False", "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_LOADER": "plain", "SOLARA_THEME_TITLE": "edusim",
    }  # fmt: skip
    from edusim.live import page

    page.SHOWN.scenario, page.SHOWN.policies, page.SHOWN.seed, page.SHOWN.draw, page.SHOWN.lang = scenario, tuple(policies), seed, draw, lang
    import solara.server.starlette as solara_server
    import uvicorn

    warnings.filterwarnings("ignore", message="Cookies with samesite", category=UserWarning)
    server = uvicorn.Server(uvicorn.Config(solara_server.app, host=HOST, port=chosen, log_level="critical", access_log=False, timeout_graceful_shutdown=1))
    address = f"http://{HOST}:{chosen}/"
    threading.Thread(target=_tell_when_ready, args=(server, address, browser, told), daemon=True).start()
    server.run()


def _tell_when_ready(server: object, address: str, browser: bool, told: Callable[[str], None] | None) -> None:
    while not getattr(server, "started", False):
        time.sleep(0.05)
    if told is not None:
        told(address)
    if browser:
        webbrowser.open(address)


__all__ = ["free_port", "require", "serve"]
