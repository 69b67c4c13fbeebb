"""Serves notebook 01 as a page, by Voilà, on this machine only and with a template that names no other host."""

from __future__ import annotations

import logging
import os
import secrets
import sys
import tempfile
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from edusim.language import text
from edusim.live.serve import HOST, free_port
from edusim.notebook import building

#: Template and kernel, where Jupyter looks for them.
JUPYTER = Path(__file__).parent / "jupyter"
TEMPLATE = KERNEL = "edusim"
#: What of the extra `notebook` the page needs.
NEEDED = ("jupytext", "nbformat", "voila", "ipywidgets", "ipykernel")
#: What the browser may load: this server and what stands in the page. Widgets compile their templates, hence eval.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' ws://{host}:{port}; frame-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'"
)


def serve(lang: str, *, port: int = 0, browser: bool = True, told: Callable[[str], None] | None = None) -> None:
    """Serve the page until Ctrl-C.

    Parameters
    ----------
    lang
        Language of the page, ``zh`` or ``en``.
    port
        Port; any free one when 0.
    browser
        Whether to open it in the reader's browser.
    told
        Called with the page's address when it can be opened.

    Raises
    ------
    RunError
        ``RUN-NO-NOTEBOOK`` without the extra, ``RUN-PORT``.
    """
    building.require(*NEEDED)
    chosen, token = free_port(port), secrets.token_urlsafe(16)
    address = f"http://{HOST}:{chosen}/?token={token}"
    with tempfile.TemporaryDirectory(prefix="edusim-app-") as folder, _jupyter_finds_us(lang):
        book = building.read(building.find("01"), lang)
        book.metadata["kernelspec"] = {"name": KERNEL, "display_name": KERNEL, "language": "python"}
        path = building.write(book, Path(folder) / "01.ipynb")
        server = _server(path, chosen, token, lang)

        def ready() -> None:
            if told is not None:
                told(address)
            if browser:
                webbrowser.open(address)

        server.start_and_tell(ready)


def _server(path: Path, port: int, token: str, lang: str) -> Any:
    import tornado.ioloop
    from traitlets.config import Config
    from voila.app import Voila

    class Server(Voila):  # type: ignore[misc]
        """Voilà that says when it can be reached, and reads nobody's configuration."""

        def start_and_tell(self, ready: Callable[[], None]) -> None:
            tornado.ioloop.IOLoop.current().add_callback(ready)
            self.start()

    words = {
        "html_lang": "zh-CN" if lang == "zh" else "en", "policy": POLICY.format(host=HOST, port=port),
        "loading": text("app.loading", lang), "no_script": text("app.no_script", lang),
    }  # fmt: skip
    config = Config()
    config.VoilaConfiguration.template = TEMPLATE
    config.VoilaConfiguration.resources = {"edusim": words}
    config.VoilaConfiguration.file_allowlist = []
    config.VoilaConfiguration.language_kernel_mapping = {"python": KERNEL}
    config.VoilaConfiguration.show_tracebacks = False
    # Widgets, and nobody else's extensions of JupyterLab.
    config.VoilaConfiguration.extension_allowlist = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
    config.KernelManager.shutdown_wait_time = 1.0  # a page that is at work is not waited for
    config.Voila.log_level = logging.CRITICAL
    logging.getLogger("tornado").setLevel(logging.CRITICAL)
    server = Server(config=config, config_file_paths=[], notebook_path=str(path), ip=HOST, port=port, port_retries=0, open_browser=False, token=token)
    server.initialize([])
    return server


@contextmanager
def _jupyter_finds_us(lang: str) -> Iterator[None]:
    """Let Jupyter find our template and kernel, and the kernel what this process imports."""
    known = {
        "JUPYTER_PATH": os.pathsep.join(filter(None, (str(JUPYTER), os.environ.get("JUPYTER_PATH", "")))),
        "PYTHONPATH": os.pathsep.join(os.path.abspath(one) for one in sys.path if one), "EDUSIM_LANG": lang, "MPLBACKEND": "agg",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in known}
    os.environ.update(known)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
