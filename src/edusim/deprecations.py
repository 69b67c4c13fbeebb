"""Names that have changed: the old one is understood for a while, with a warning, then refused, naming the new one.

A line in :data:`RENAMED` is all it takes. Old parameter paths are understood wherever a path may stand: as a key or a value of a
file of any kind, in ``-S`` and in dicts from Python; old verbs and options on the command line; old names of the package from
Python. The policy is in docs/changes.md.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import lru_cache

from edusim import __version__
from edusim.errors import ConfigError, EdusimError

#: What can be renamed -> what it is called in messages.
KINDS = {"parameter": ("参数", "the parameter"), "verb": ("命令", "the command"), "option": ("选项", "the option"), "name": ("名称", "the name")}


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name that has changed.

    Attributes
    ----------
    kind
        A key of :data:`KINDS`.
    old, new
        Both names: a parameter's path, a verb, an option after its verb (``compare --reps``), a name of :mod:`edusim`.
    since
        Release with which the new name came.
    until
        Release that no longer understands the old one; it then is refused with the new name.
    """

    kind: str
    old: str
    new: str
    since: str
    until: str


#: Every name that has changed since the first release.
RENAMED: tuple[Renamed, ...] = ()


class Outdated(FutureWarning):
    """Something old that is still understood; ``told`` says in two languages what, where and what to write instead."""

    def __init__(self, told: EdusimError) -> None:
        self.told = told
        super().__init__(told.message())


@lru_cache(maxsize=4)
def _index(renamed: tuple[Renamed, ...]) -> dict[tuple[str, str], Renamed]:
    return {(one.kind, one.old): one for one in renamed}


def release(version: str) -> tuple[int, ...]:
    """Return a version as numbers that compare (``0.2.0.dev1`` as 0, 2, 0)."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def current(kind: str, name: str, where: str = "", *, stacklevel: int = 2) -> str:
    """Return the present name of something, with a warning where it was given by an old one.

    Parameters
    ----------
    kind
        A key of :data:`KINDS`.
    name
        The name as it was given; of a parameter's path also with a policy before it (``fusion:rotation.share``).
    where
        Its place, for the message.
    stacklevel
        Whose line of Python a warning points at, as in :func:`warnings.warn`.

    Raises
    ------
    ConfigError
        ``CFG-RENAMED`` when the old name is no longer understood.
    """
    if not RENAMED:
        return name
    only, colon, path = name.rpartition(":") if kind == "parameter" else ("", "", name)
    found = _index(RENAMED).get((kind, path))
    if found is None:
        return name
    zh, en = KINDS[kind]
    new = found.new.rpartition(" ")[2]
    old = found.old.rpartition(" ")[2]
    if release(__version__) >= release(found.until):
        raise ConfigError(
            "CFG-RENAMED", f"{zh} {old} 自 {found.since} 版起改名为 {new}，{found.until} 版起不再认旧名",
            f"{en} {old} is called {new} since {found.since}, and by that name only since {found.until}", where=where,
            mend_zh=f"请改写为 {new}", mend_en=f"write {new}",
        )  # fmt: skip
    outdated(
        "DEP-RENAMED", f"{zh} {old} 已改名为 {new}，旧名到 {found.until} 版为止",
        f"{en} {old} is now called {new}; the old name is understood until {found.until}",
        where, (f"请改写为 {new}", f"write {new}"), stacklevel=stacklevel + 1,
    )  # fmt: skip
    return f"{only}{colon}{new}"


def options(verb: str, words: list[str]) -> list[str]:
    """Return the words after a verb with old options by their present names."""
    if not RENAMED:
        return words
    found = []
    for word in words:
        option, equals, value = word.partition("=")
        now = current("option", f"{verb} {option}") if option.startswith("-") else option
        found.append(f"{now.rpartition(' ')[2]}{equals}{value}")
    return found


def outdated(code: str, zh: str, en: str, where: str = "", mend: tuple[str, str] = ("", ""), *, stacklevel: int = 2) -> None:
    """Warn of something old that is still understood."""
    told = EdusimError(code, zh, en, where=where, mend_zh=mend[0], mend_en=mend[1])
    warnings.warn(Outdated(told), stacklevel=stacklevel + 1)
