"""The house as drawn in docs/architecture.md: imports run one way, and every room that is named stands."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "edusim"
FILES = sorted(p for p in SOURCE.rglob("*.py") if "_configs" not in p.parts)

#: A room may import rooms of a lower floor only; rooms of one floor do not know each other.
FLOORS = (
    ("language",),
    ("errors", "interrupts", "_compile"),
    ("deprecations", "formats"),
    ("configfile",),
    ("declarations",),
    ("policies",),
    ("draws", "state", "parameters", "stages"),
    ("extensions",),
    ("scenario",),
    ("equations",),
    ("measures",),
    ("region", "rules"),
    ("base_year", "build"),
    ("model",),
    ("by_hand", "report"),  # report reads frames only, so that a run can draw itself
    ("folders",),
    ("runs",),
    ("explain",),
    ("register", "validate", "study", "following"),
    ("discover", "calibrate", "optimise", "explore"),
    ("reporting",),
    ("notebook", "live"),
    ("app",),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
#: Rooms that take more than one file at the top level.
PART_OF = {
    "cli_options": "cli", "cli_output": "cli", "cli_policies": "cli", "cli_validate": "cli", "cli_calibrate": "cli",
    "cli_study": "cli", "cli_discover": "cli", "cli_sensitivity": "cli", "cli_optimise": "cli", "cli_study_options": "cli",
    "cli_report": "cli", "cli_notebooks": "cli", "cli_explore": "cli", "cli_help": "cli", "cli_completion": "cli", "cli_app": "cli", "cli_map": "cli",
    "doctor": "cli", "__main__": "cli", "policy_words": "report",
    "fingerprints": "register", "policy_pages": "register", "schemas": "register", "starter": "register", "documents": "register",
}  # fmt: skip
MESA = {"model"}
NO_TABLES = {"equations", "rules", "draws", "errors", "_compile"}


def room_of(file: Path) -> str:
    name = file.relative_to(SOURCE).parts[0].removesuffix(".py")
    return PART_OF.get(name, name)


ROOMS = sorted({room_of(file) for file in FILES})


def files_of(room: str) -> list[Path]:
    return [file for file in FILES if room_of(file) == room]


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every import, wherever it stands; ``from a import b`` as ``a.b``."""
    yield from imports_in(file.read_text(encoding="utf-8"), ("edusim", *file.relative_to(SOURCE).parts[:-1]))


@cache
def imports_in(text: str, package: tuple[str, ...]) -> list[tuple[int, str]]:
    """Return the imports of a source in a package; several tests ask of the same file."""
    return list(_imports(ast.parse(text), package))


def _imports(tree: ast.Module, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) + 1 - node.level]) if node.level else ""
            whole = ".".join(filter(None, (base, node.module)))
            yield from ((node.lineno, f"{whole}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in (getattr(node.func, "id", ""), getattr(node.func, "attr", "")):
            yield from ((node.lineno, str(text.value)) for text in node.args if isinstance(text, ast.Constant))


def arrows(file: Path) -> Iterator[tuple[int, str, str]]:
    """Yield (line, room, name) of every import of another of our rooms."""
    for line, name in imports_of(file):
        parts = name.split(".")
        if parts[0] == "edusim" and len(parts) > 1:
            yield line, PART_OF.get(parts[1], parts[1]), name


@pytest.mark.parametrize("room", ROOMS)
def test_imports_run_one_way(room: str) -> None:
    if room == "__init__":  # the face names every room, and looks them up when they are used
        return
    assert room in FLOOR, f"{room} is no room of the house: give it a floor here and a row in the docs"
    for file, (line, other, name) in ((one, arrow) for one in files_of(room) for arrow in arrows(one)):
        where = f"{file.relative_to(ROOT)}:{line} imports {name}"
        if other == "__version__":
            continue
        assert other in FLOOR, f"{where}: no such room"
        assert other == room or FLOOR[other] < FLOOR[room], f"{where}: {room} stands below or beside {other}"


def test_rules_do_not_import_each_other() -> None:
    for file in (SOURCE / "rules").glob("*.py"):
        if file.stem == "__init__":
            continue
        others = [f"{file.name}:{line} {name}" for line, room, name in arrows(file) if room == "rules"]
        wrong = [o for o in others if not re.search(r"rules\.context(\.|$)", o)]
        assert not wrong, f"a rule knows another rule: {wrong}"  # what all rules are handed is no rule


@pytest.mark.parametrize("room", ROOMS)
def test_heavy_libraries_stay_in_their_rooms(room: str) -> None:
    for file, (line, name) in ((one, found) for one in files_of(room) for found in imports_of(one)):
        top = name.split(".")[0]
        where = f"{file.relative_to(ROOT)}:{line} imports {name}"
        assert top != "mesa" or room in MESA, f"{where}: only model.py knows Mesa"
        assert top not in ("pandas", "matplotlib") or room not in NO_TABLES, f"{where}: not in {room}"
        assert top != "random", f"{where}: randomness comes from edusim.draws"


def rows_of_table() -> list[str]:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    return [name for row in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`([^`]+)`", row)]


def test_every_file_that_the_table_names_exists() -> None:
    rows = rows_of_table()
    assert len(rows) > 20
    assert not [name for name in rows if not (ROOT / name).exists()]


def test_every_file_is_named_in_the_table() -> None:
    named = set(rows_of_table())
    files = {str(f.relative_to(ROOT)) for f in FILES if f.name != "__init__.py" or f.parent == SOURCE}
    assert not sorted(files - named)


def test_the_arrows_of_the_docs_are_the_arrows_of_the_test() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = re.search(r"```\n(language[^`]+?)\n```", text)
    assert drawn is not None
    floors = [tuple(re.findall(r"\w+", floor)) for floor in drawn[1].replace("\n", " ").split("<-")]
    assert [f for f in floors if f] == list(FLOORS)


def test_the_test_sees_a_wrong_arrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A gate that cannot fail is none: a wrong import in any form is seen.
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    (tmp_path / "rules").mkdir()
    file = tmp_path / "rules" / "x.py"
    for text in ("import edusim.runs", "from edusim import runs", "from edusim.runs import run", "from ..runs import run",
                 "def f():\n    from edusim.runs import run", "importlib.import_module('edusim.runs')"):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        assert [room for _, room, _ in arrows(file)] == ["runs"], text
