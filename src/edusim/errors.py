"""One clear message for a mistake: what, where, how to mend; in the reader's language.

Every error a user can cause is an :class:`EdusimError`. It carries a stable ``code``, the place
(``file:line:column``, ``sheet!cell`` or a parameter path), what is wrong and how to mend it, each in
Chinese and English. The command line prints it on one line and exits with ``exit_code``; nothing of
Python's own machinery is shown.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable
from typing import Any


def language(choice: str | None = None) -> str:
    """Return ``zh`` or ``en``: the given choice, else ``EDUSIM_LANG``, else the locale's language.

    Parameters
    ----------
    choice
        ``"zh"``, ``"en"`` or None.

    Returns
    -------
    str
        The language a reader is addressed in. Anything that is not Chinese reads English.
    """
    for name in (choice, os.environ.get("EDUSIM_LANG")):
        if name:
            return "zh" if name.lower().startswith("zh") else "en"
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


class EdusimError(Exception):
    """A mistake that the user can mend.

    Parameters
    ----------
    code
        Stable identifier, for example ``CFG-UNKNOWN-KEY``; never translated, also in ``--json``.
    zh, en
        What is wrong, one sentence in each language.
    where
        ``file:line:column``, ``sheet!cell`` or a parameter path; empty when there is no place.
    mend_zh, mend_en
        How to mend it, one sentence in each language.
    """

    exit_code = 1

    def __init__(
        self, code: str, zh: str, en: str, *, where: str = "", mend_zh: str = "", mend_en: str = ""
    ) -> None:
        self.code, self.zh, self.en, self.where = code, zh, en, where
        self.mend_zh, self.mend_en = mend_zh, mend_en
        super().__init__(self.message("en"))

    def __reduce__(self) -> tuple[Any, ...]:
        # Worker processes hand errors back by pickling; keyword arguments need a helper.
        return (_rebuild, (type(self), self.code, self.zh, self.en, self.where, self.mend_zh, self.mend_en))

    def message(self, lang: str | None = None) -> str:
        """Return the one-line message in ``lang`` (``zh`` or ``en``)."""
        chinese = language(lang) == "zh"
        what = self.zh if chinese else self.en
        mend = self.mend_zh if chinese else self.mend_en
        place = f"{self.where}: " if self.where else ""
        colon, stop = ("；", "。") if chinese else ("; ", ".")
        tail = f"{colon}{mend}" if mend else ""
        return f"{place}{what}{tail}{'' if (mend or what).endswith(('。', '.', '?', '？')) else stop} [{self.code}]"

    def as_dict(self) -> dict[str, str]:
        """Return the error as plain text fields, for ``--json``."""
        return {
            "code": self.code,
            "where": self.where,
            "zh": self.zh,
            "en": self.en,
            "mend_zh": self.mend_zh,
            "mend_en": self.mend_en,
        }


def _rebuild(
    kind: type[EdusimError], code: str, zh: str, en: str, where: str, mend_zh: str, mend_en: str
) -> EdusimError:
    return kind(code, zh, en, where=where, mend_zh=mend_zh, mend_en=mend_en)


class ConfigError(EdusimError):
    """A configuration file, option or parameter value is wrong (exit code 2)."""

    exit_code = 2


class DataError(EdusimError):
    """A roster or other data file is wrong (exit code 3)."""

    exit_code = 3


class DataErrors(DataError):
    """Several faults of one data file; ``errors`` lists each with its own place."""

    def __init__(self, errors: Iterable[DataError]) -> None:
        self.errors = list(errors)
        first = self.errors[0]
        more = len(self.errors) - 1
        super().__init__(
            first.code,
            first.zh + (f"（另有 {more} 处错误）" if more else ""),
            first.en + (f" (and {more} more)" if more else ""),
            where=first.where,
            mend_zh=first.mend_zh,
            mend_en=first.mend_en,
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return (DataErrors, (self.errors,))


def why_damaged(problem: object) -> tuple[str, str]:
    """Return in plain words why a file of ours cannot be read, Chinese and English; no words of the libraries that read it.

    Parameters
    ----------
    problem
        What came up while it was read, or ``no THING`` for a thing that is missing in it.
    """
    text = str(problem).strip()
    if isinstance(problem, str):
        if text.startswith("no "):
            return f"缺少 {text[3:103]}", f"{text[3:103]} is missing"
        if re.fullmatch(r"[\w.]+", text):  # a file's name
            return f"{text} 不是原来写下的样子", f"{text} is not as it was written"
        return "内容不是原来写下的样子", "its content is not as it was written"
    if isinstance(problem, FileNotFoundError):
        return "文件不见了", "a file is gone"
    if isinstance(problem, KeyError):
        return f"缺少 {text[:60]}", f"{text[:60]} is missing"
    if isinstance(problem, UnicodeDecodeError) or type(problem).__name__ == "JSONDecodeError":
        return "文本不完整，或被别的程序改过", "its text is cut off, or another program changed it"
    if isinstance(problem, OSError) and problem.strerror:
        return f"读不到：{problem.strerror}", f"it cannot be read: {problem.strerror}"
    return "文件不完整，或被别的程序改过", "a file is cut off, or another program changed it"


class StateError(EdusimError):
    """The state of a county breaks a rule that must always hold (a bug of ours, or altered data)."""


class RunError(EdusimError):
    """A run could not be carried out (folder not writable, disk full, ...)."""


class StudyError(EdusimError):
    """A study's design, store or execution is wrong."""

    exit_code = 2


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Return the valid name most like ``name``, or None when nothing is near."""
    found = difflib.get_close_matches(str(name), [str(v) for v in valid], n=1, cutoff=0.5)
    return found[0] if found else None


def near_path(path: str) -> tuple[str, str]:
    """Return a Chinese and an English hint naming what lies there under a name most like the path's; empty when nothing does."""
    head, name = os.path.split(os.path.normpath(path))
    try:
        found = nearest(name, [entry for entry in os.listdir(head or ".") if not entry.startswith(".")])
    except (OSError, ValueError):
        found = None
    if found is None:
        return "", ""
    place = os.path.join(head, found)
    return f"您是否想写 {place}？", f"did you mean {place}?"


def did_you_mean(name: str, valid: Iterable[str]) -> tuple[str, str]:
    """Return a Chinese and an English hint naming the nearest valid value, or the valid values."""
    options = [str(v) for v in valid]
    found = nearest(name, options)
    if found is not None:
        return f"您是否想写 {found}？", f"did you mean {found}?"
    shown = ", ".join(options[:8]) + (", …" if len(options) > 8 else "")
    return f"可用的值：{shown}", f"valid values: {shown}"
