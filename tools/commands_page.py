"""The page of commands, made from what the verbs really take: each verb is asked for its help, and its parser is kept."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
from typing import Any
from unittest import mock

from glance import table

from edusim import cli
from edusim.cli_options import VERBS, Parser, top_help
from edusim.cli_study_options import VERBS as STUDY_VERBS
from edusim.cli_study_options import study_help

STATUS = [
    ("0", "done", "完成"), ("1", "failure", "失败"), ("2", "usage or configuration", "用法或配置有误"),
    ("3", "roster data", "花名册数据有误"), ("130", "interrupted", "被中断"),
]  # fmt: skip


def parser_of(words: list[str], lang: str) -> Parser:
    """Return the parser that answers ``edusim WORDS --help``."""
    kept: list[Parser] = []

    def keep(self: Parser, file: Any = None) -> None:
        kept.append(self)

    with mock.patch.object(Parser, "print_help", keep), contextlib.redirect_stdout(io.StringIO()), mock.patch.dict(os.environ, {"COLUMNS": "100"}):
        code = cli.main([*words, "--lang", lang, "--help"])
    if code != 0 or not kept:
        raise SystemExit(f"edusim {' '.join(words)} --help shows no parser")
    return kept[0]


def named(action: argparse.Action) -> str:
    """Return an option or an object as it is typed."""
    value = action.metavar or (None if action.nargs == 0 else action.dest.upper())
    value = " ".join(value) if isinstance(value, tuple) else value
    if not action.option_strings:
        return f"`{action.metavar or action.dest.upper()}`"
    return ", ".join(f"`{option}`" for option in action.option_strings) + (f" `{value}`" if value else "")


def told(parser: Parser, action: argparse.Action) -> str:
    """Return the help of an option, its signs of percent as they are shown."""
    return " ".join((action.help or "").replace("%%", "%").split())


def section(words: list[str]) -> str:
    """Return what a verb is for and what it takes, English beside Chinese."""
    english, chinese = parser_of(words, "en"), parser_of(words, "zh")
    rows = [
        (named(one), told(english, one), told(chinese, other))
        for one, other in zip(english._actions, chinese._actions, strict=True)
        if one.help != argparse.SUPPRESS
    ]
    parts = [f"## edusim {' '.join(words)}\n"]
    for parser in (english, chinese):
        parts.append((parser.description or "").replace("%%", "%").strip() + "\n")
    parts.append(table(("takes", "English", "中文"), rows))
    for parser in (english, chinese):
        if parser.epilog:
            parts.append("```text\n" + parser.epilog.replace("%%", "%").strip() + "\n```\n")
    return "\n".join(parts)


def page() -> str:
    """Return the page."""
    lists = [[verb] for verb in VERBS if verb != "study"]
    parts = [
        "# Commands 命令\n",
        "Every verb of `edusim`, made from the parsers of the command line. `edusim VERB --help` says the same in your language\n"
        "(`--lang zh`, or `EDUSIM_LANG=zh`). Results go to standard output, progress and complaints to standard error.\n",
        "每个命令的说明由程序自己的参数表生成；`edusim 命令 --help --lang zh` 在终端里说同样的话。\n",
        table(("exit status", "English", "中文"), [(f"`{code}`", en, zh) for code, en, zh in STATUS]),
        "```text\n" + top_help("en") + "\n```\n",
        "```text\n" + top_help("zh") + "\n```\n",
        *(section(words) for words in lists[: list(VERBS).index("study")]),
        "## edusim study\n",
        "```text\n" + study_help("en") + "\n```\n",
        "```text\n" + study_help("zh") + "\n```\n",
        *(section(["study", verb]) for verb in STUDY_VERBS),
        *(section(words) for words in lists[list(VERBS).index("study") :]),
    ]
    return "\n".join(parts)
