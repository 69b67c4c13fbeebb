"""``edusim app``: notebook 01 as a page, for officials: county roster, sliders, one page."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from edusim import interrupts
from edusim.cli_options import Parser, common_options, new_parser, parse, whole
from edusim.cli_output import print_json, whisper
from edusim.language import text


def _parser(lang: str) -> Parser:
    parser, _, options, say = new_parser("app", (text("app.does", "zh"), text("app.does", "en")), lang)
    add = options.add_argument
    add("--port", metavar="N", type=whole("--port", 1, 65535), default=0, help=say(text("app.help.port", "zh"), text("app.help.port", "en")))
    add("--no-browser", dest="browser", action="store_false", help=say(text("app.help.browser", "zh"), text("app.help.browser", "en")))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=say(text("app.help.dry", "zh"), text("app.help.dry", "en")))
    common_options(add, say)
    return parser


def app(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim app ...`` and return the exit status: 0 when the reader ends it.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "app", arguments)
    from edusim.app import serve
    from edusim.live.serve import HOST, free_port
    from edusim.notebook import building

    if options.dry_run:
        building.require(*serve.NEEDED)
        port = free_port(options.port)
        if options.json:
            print_json({"ok": True, "dry_run": True, "address": f"http://{HOST}:{port}/"})
        else:
            sys.stdout.write(text("app.would", lang, host=HOST, port=port) + "\n")
        return 0

    def told(address: str) -> None:
        if options.json:
            print_json({"ok": True, "address": address})
        else:
            sys.stdout.write(text("app.open_at", lang, address=address) + "\n")
        sys.stdout.flush()

    from edusim import _compile

    try:
        building.require(*serve.NEEDED)
        if _compile.is_cold():  # else the first reader of the page would wait a minute for its first chart
            from edusim.model import warm_up

            whisper(text("main.first_run_compiling_the", lang).strip())
            warm_up()
        serve.serve(lang, port=options.port, browser=options.browser, told=told)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break the farewell
    interrupts.answered()
    whisper(text("app.ended", lang))
    return 0


__all__ = ["app"]
