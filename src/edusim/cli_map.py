"""``edusim map``: the live school map of a county, in the browser."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from edusim import interrupts
from edusim.cli_options import MAX_DRAWS, MAX_SEED, Parser, common_options, new_parser, parse, usage, whole
from edusim.cli_output import print_json, whisper
from edusim.language import text


def _parser(lang: str) -> Parser:
    parser, objects, options, _ = new_parser("map", (text("live.does", "zh"), text("live.does", "en")), lang)

    def said(key: str) -> str:
        return text(f"live.help.{key}", lang).replace("%", "%%")

    add = options.add_argument
    objects.add_argument("scenario", nargs="?", default="small", help=said("scenario"))
    add("--policies", metavar="A,B,C", default=None, help=said("policies"))
    add("--draw", metavar="N", type=whole("--draw", 0, MAX_DRAWS), default=0, help=said("draw"))
    add("--seed", metavar="N", type=whole("--seed", 0, MAX_SEED), default=0, help=said("seed"))
    add("-S", dest="settings", metavar="KEY=VALUE", action="append", default=[], help=said("set"))
    add("--port", metavar="N", type=whole("--port", 1, 65535), default=0, help=said("port"))
    add("--no-browser", dest="browser", action="store_false", help=said("browser"))
    add("-n", "--dry-run", dest="dry_run", action="store_true", help=said("dry"))
    common_options(add, lambda zh, en: zh if lang == "zh" else en)
    return parser


def map(arguments: Sequence[str], lang: str) -> int:
    """Carry out ``edusim map ...`` and return the exit status: 0 when the reader ends it.

    Raises
    ------
    EdusimError
        Whatever a user can mend; the caller prints it.
    """
    options = parse(_parser(lang), "map", arguments)
    from edusim import scenario
    from edusim.live import serve

    found = scenario.load(options.scenario)
    changes: dict[str, object] = dict(scenario.settings(options.settings))
    if options.policies is not None:
        wanted = [name.strip() for name in options.policies.replace("，", ",").split(",") if name.strip()]
        if not wanted:
            usage("CLI-VALUE", "--policies 为空", "--policies names nothing", ("例如 --policies status_quo,fusion", "for example --policies status_quo,fusion"))
        changes["policies"] = wanted
    found = found.with_(changes) if changes else found
    serve.require()
    if options.dry_run:
        name = found.name_zh if lang == "zh" else found.name_en
        if options.json:
            print_json({"ok": True, "dry_run": True, "scenario": name, "policies": list(found.policies), "years": found.years})
        else:
            sys.stdout.write(text("live.would", lang, name=name, policies=", ".join(found.policies), years=found.years) + "\n")
        return 0

    def told(address: str) -> None:
        if options.json:
            print_json({"ok": True, "address": address})
        else:
            sys.stdout.write(text("live.open_at", lang, address=address) + "\n")
        sys.stdout.flush()

    try:
        serve.serve(found, found.policies, lang, seed=options.seed, draw=options.draw, port=options.port, browser=options.browser, told=told)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break the farewell
    interrupts.answered()
    whisper(text("live.ended", lang))
    return 0


__all__ = ["map"]
