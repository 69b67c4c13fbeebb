"""Pages that only the site has: Python's public names from their docstrings, the notebooks from their heads."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import edusim

ROOT = Path(__file__).resolve().parents[1]

#: Rooms that name no public names themselves: what others may rely on.
NAMES = {
    "draws": ("key", "uniform", "normal", "PROCESSES"),
    "errors": ("EdusimError", "ConfigError", "DataError", "DataErrors", "RunError", "StudyError", "StateError"),
    "extensions": ("parameter", "event", "rule", "measure"),
    "notebook": ("show", "tell", "picture"),
    "parameters": ("catalogue", "Parameters", "Law", "shipped"),
}
#: Rooms, in the order of the page, and what each is for.
ROOMS = {
    "region": "Counties: drawn from published statistics, or read from a roster.",
    "by_hand": "A county put together by hand, to study one mechanism with the rest off.",
    "equations": "Scalar formulas, seats assigned, families' choice: pure functions, to be used on anything.",
    "measures": "Pure functions of arrays, and all measures of a year in one call.",
    "parameters": "What may be set: every parameter, and the law of a year.",
    "study": "Studies of many runs.",
    "study.sensitivity": "What an outcome depends on, also for a function of your own.",
    "discover": "What must hold for a mode to win.",
    "optimise": "The best plans under a budget.",
    "calibrate": "What a county's tables can tell.",
    "validate": "The model against stylised facts and negative controls.",
    "extensions": "A rule, a measure, a parameter of your own, from a Python file that a scenario names.",
    "notebook": "A chart or a computed sentence shown in a notebook, with words for those who cannot see it.",
    "draws": "Random numbers keyed by seed, process, year and agent.",
    "errors": "What a user's mistake raises: code, place, what is wrong, how to mend it.",
}


def names_of(room: str) -> list[str]:
    """Return the public names of a room that have something to say of themselves."""
    module = import_module(f"edusim.{room}")
    names = NAMES.get(room) or module.__all__
    return [name for name in names if inspect.isclass(getattr(module, name)) or callable(getattr(module, name))]


def _directive(path: str) -> str:
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    if inspect.isclass(found):
        return f".. autoclass:: {path}\n   :members:\n"
    return f".. autofunction:: {path}\n"


def _rst(lines: list[str]) -> str:
    return "```{eval-rst}\n" + "\n".join(lines) + "\n```\n"


def python_index() -> str:
    """Return the page of the face of the package, with the rooms."""
    faces = [name for name in edusim.__all__ if name[0] != "_" and not inspect.ismodule(getattr(edusim, name))]
    rooms = [f"- [edusim.{room}]({room}.md): {words}" for room, words in ROOMS.items()]
    return "\n".join([
        "# Python",
        "",
        "`import edusim` loads nothing heavy: each name is looked up on first use. Frames are pandas tables, arrays are NumPy's.",
        "",
        "## Rooms",
        "",
        *rooms,
        "",
        "## The face",
        "",
        _rst([_directive(f"edusim.{name}") for name in sorted(faces, key=lambda n: (n[0].isupper(), n))]),
    ])  # fmt: skip


def room_page(room: str) -> str:
    """Return the page of a room."""
    said = inspect.getdoc(import_module(f"edusim.{room}")) or ""
    return "\n".join([
        f"# edusim.{room}",
        "",
        _rst([said, ""]),
        _rst([_directive(f"edusim.{room}.{name}") for name in names_of(room)]),
    ])  # fmt: skip


# ---- notebooks -------------------------------------------------------------------------------------


def notebooks() -> list[tuple[str, dict[str, str]]]:
    """Return the notebooks there are, with their first cell of text in each language."""
    found = []
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py")):
        heads: dict[str, str] = {}
        for cell in re.split(r"^# %%", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            head, _, body = cell.partition("\n")
            if "[markdown]" not in head:
                continue
            spoken = re.search(r'lang="(zh|en)"', head)
            text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in body.strip().splitlines() if line.startswith("#"))
            heads.setdefault(spoken[1] if spoken else "en", text)
        found.append((path.name, heads))
    return found


def _lowered(text: str, by: int) -> str:
    return re.sub(r"^(#+) ", lambda m: "#" * (len(m[1]) + by) + " ", text, flags=re.MULTILINE)


def notebooks_page() -> str:
    """Return the page of the notebooks."""
    parts = [
        "# Notebooks 笔记本",
        "",
        "Text and code to go through at one's own pace; each runs in less than a minute. They are kept as `notebooks/NN_name.py`, and",
        "`edusim notebooks` writes them as `.ipynb` in your language.",
        "",
    ]
    for name, heads in notebooks():
        parts += [f"## `{name}`", "", *(_lowered(heads[lang], 2) + "\n" for lang in ("en", "zh") if lang in heads)]
    return "\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "python/index.md": python_index,
    **{f"python/{room}.md": (lambda room=room: room_page(room)) for room in ROOMS},  # type: ignore[misc]
    **({"notebooks.md": notebooks_page} if notebooks() else {}),
}
