"""The tree of a study file: what it extends put below it, names of files made absolute, values changed by paths."""

from __future__ import annotations

import os
from typing import Any

from edusim import configfile, deprecations
from edusim.configfile import Node, from_python
from edusim.errors import ConfigError, did_you_mean
from edusim.parameters import shipped
from edusim.study import goals
from edusim.study.asked import DESIGN_FIELDS, EXECUTE_FIELDS, FUTURES_FIELDS, OUTCOME_FIELDS, SEED_FIELDS
from edusim.study.factors import UNCERTAIN_FIELDS
from edusim.study.parts import listed, short
from edusim.study.ratios import RATIO_FIELDS
from edusim.study.sensitivity_file import DESIGN_FIELDS as ROWS_FIELDS
from edusim.study.sensitivity_file import GROUP_FIELDS, GROW_FIELDS, ROAD_FIELDS
from edusim.study.sensitivity_file import SEED_FIELDS as ROWS_SEED_FIELDS

#: Study files that extend one another may be chained so many times.
MAX_CHAIN = 8
REQUIRED = ("schema_version", "kind", "name", "scenario", "outcomes")
OPTIONAL = (
    "set", "policies", "baseline", "designs", "levers", "uncertainties", "ratios", "arms", "groups", "seeds", "keep",
    "design", "store", "execute", *goals.KEYS,
)  # fmt: skip
#: Keys whose fields are replaced one by one where a study extends another; the other keys are replaced whole.
_MERGED = ("seeds", "design", "store", "execute", "set", "search", "fresh")
_FIELDS: dict[str, tuple[str, ...]] = {
    "name": ("zh", "en"),
    "seeds": tuple(dict.fromkeys((*SEED_FIELDS, *ROWS_SEED_FIELDS))),
    "design": tuple(dict.fromkeys((*DESIGN_FIELDS, *ROWS_FIELDS))),
    "design.futures": FUTURES_FIELDS,
    "design.grow_until": GROW_FIELDS,
    "design.road": ROAD_FIELDS,
    "store": ("path",),
    "execute": EXECUTE_FIELDS,
    "budget": goals.BUDGET_FIELDS,
    "search": goals.SEARCH_FIELDS,
    "fresh": goals.FRESH_FIELDS,
}


def read_whole(path: str, above: tuple[str, ...]) -> Node:
    """Return the tree of a file with what it extends; ``above`` are the files that extend it."""
    real = os.path.realpath(path) if "\0" not in path else path
    return whole(configfile.read(path), os.path.dirname(os.path.abspath(path)), (*above, real))


def whole(root: Node, folder: str, above: tuple[str, ...]) -> Node:
    """Return a file's tree with paths made absolute and what it extends put below it."""
    root = copy(root)
    top = root.value
    assert isinstance(top, dict)  # both readers give nothing else
    make_absolute(top, folder)
    if "extends" not in top:
        return root
    node = top.pop("extends")
    path = file_of(node, folder)
    if os.path.realpath(path) in above or len(above) >= MAX_CHAIN:
        node.fail(
            "STUDY-EXTENDS",
            "研究文件循环引用，或引用层数过多",
            "study files extend one another in a circle, or too many times",
            "请把内容写进一个文件",
            "write the content into one file",
        )
    near = os.path.relpath(path)  # as short as what a user would write, for messages
    below = read_whole(path if near.startswith("..") else near, above).value
    assert isinstance(below, dict)
    for key, value in below.items():
        own = top.get(key)
        if own is None:
            top[key] = value
        elif key in _MERGED and isinstance(own.value, dict) and isinstance(value.value, dict):
            own.value = {**value.value, **own.value}
    return root


def copy(node: Node) -> Node:
    """Return a tree of its own down to the second level, so that a change leaves the other as it was."""

    def one(old: Node, depth: int) -> Node:
        value = old.value
        if depth and isinstance(value, dict):
            value = {key: one(below, depth - 1) for key, below in value.items()}
        new = Node(value, old.file, old.line, old.column, old.path, old.quoted)
        new.key_place = old.key_place
        return new

    return one(node, 3)


def is_file(node: Node) -> bool:
    """Return whether a node names a YAML file."""
    return isinstance(node.value, str) and node.value.strip().endswith((".yaml", ".yml"))


def make_absolute(top: dict[str, Node], folder: str) -> None:
    """Make names of files absolute while it is known which file they stand in."""
    several = top["policies"] if "policies" in top else Node([])
    if isinstance(several.value, str):
        several = top["policies"] = Node(listed(several), several.file, several.line, several.column, several.path)
    nodes = [top[key] for key in ("scenario", "baseline") if key in top]
    nodes += several.value if isinstance(several.value, list) else []
    for key in ("set", "store"):
        below = top[key].value if key in top else None
        if isinstance(below, dict) and key == "set":
            nodes += [below[name] for name in ("behaviour", "region.file", "region.mapping") if name in below]
            roster = below.get("region.path")
            if roster is not None and isinstance(roster.value, str):
                roster.value = os.path.join(folder, roster.value)
        elif isinstance(below, dict) and "path" in below and isinstance(below["path"].value, str):
            # A store is written where one works, like every result, whichever file it was planned in.
            below["path"].value = os.path.abspath(below["path"].value) if below["path"].value.strip() else ""
    for node in nodes:
        if is_file(node):
            assert isinstance(node.value, str)
            node.value = os.path.normpath(os.path.join(folder, node.value.strip()))


def file_of(node: Node, folder: str) -> str:
    """Return the path of a file that a node names; raise ``CFG-NO-FILE`` when it is not there."""
    path = os.path.normpath(os.path.join(folder, node.text().strip()))
    if "\0" in path or not os.path.exists(path):
        name, looked = short(os.path.basename(path)), short(os.path.dirname(path))
        node.fail(
            "CFG-NO-FILE",
            f"找不到 {name}",
            f"there is no {name}",
            f"路径从本文件所在文件夹算起，找的是 {looked}",
            f"paths start from the folder of this file; looked in {looked}",
        )
    return path


# ---- changes from Python or a command line -----------------------------------------------------------


def from_text(path: str, value: Any) -> Node:
    """Return the node of a changed value: a text that opens a bracket is read as in a file."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        found = configfile.parse(f"value: {value.strip()}\n", path).mapping(("value",))
        return _nowhere(found["value"], path)
    return from_python(value, path)


def _nowhere(node: Node, path: str) -> Node:
    value = node.value
    if isinstance(value, dict):
        value = {key: _nowhere(below, f"{path}.{key}") for key, below in value.items()}
    elif isinstance(value, list):
        value = [_nowhere(below, f"{path}[{i}]") for i, below in enumerate(value)]
    return Node(value, path=path, quoted=node.quoted)


def put(root: Node, path: str, node: Node) -> None:
    """Put a node at a path of the tree, see :meth:`edusim.study.study_file.Study.with_`; raise ``CFG-UNKNOWN-KEY``."""
    top = root.value
    assert isinstance(top, dict)
    key, _, rest = path.partition(".")
    rest = deprecations.current("parameter", rest, path)
    if path in (*REQUIRED, *OPTIONAL):
        changed = {path: node}
        make_absolute(changed, os.getcwd())
        top[path] = changed[path]
    elif rest and (rest in _FIELDS.get(key, ()) or key in ("set", "levers", "uncertainties", "ratios", "groups", "outcomes")):
        below = _below(top, key)
        name, _, last = rest.rpartition(".")
        name = deprecations.current("parameter", name, path)
        fields: tuple[str, ...] = {"outcomes": OUTCOME_FIELDS, "ratios": RATIO_FIELDS, "groups": GROUP_FIELDS}.get(key, UNCERTAIN_FIELDS)
        if key != "set" and name in below and last in fields and isinstance(below[name].value, dict):
            below[name] = copy(below[name])
            _below(below, name)[last] = node
        else:
            make_absolute({key: Node({rest: node})}, os.getcwd())
            below[rest] = node
    elif last_of(path) in _FIELDS.get(inner := path.rpartition(".")[0], ()) and inner.partition(".")[0] == "design":
        design, name = _below(top, key), inner.partition(".")[2]
        design[name] = copy(design[name]) if name in design else Node({}, path=inner)
        _below(design, name)[last_of(path)] = node
    else:
        fields = tuple(f"{t}.{f}" for t, below in _FIELDS.items() for f in below)
        # What belongs to the scenario, or is a parameter for all runs, stands under ``set``.
        inside = key in ("region", "rules") or path in ("years", "base_year", "dates", "behaviour") or path in shipped()
        zh, en = did_you_mean(path, (f"set.{path}",) if inside else (*REQUIRED, *OPTIONAL, *fields))
        raise ConfigError(
            "CFG-UNKNOWN-KEY",
            f"没有 {short(path)} 这一项",
            f"there is no {short(path)}",
            where=short(path),
            mend_zh=zh,
            mend_en=en,
        )


def last_of(path: str) -> str:
    """Return the last word of a path."""
    return path.rpartition(".")[2]


def _below(top: dict[str, Node], key: str) -> dict[str, Node]:
    """Return the mapping below a key, making one where there is none."""
    if key not in top or not isinstance(top[key].value, dict):
        top[key] = Node({}, path=key)
    found = top[key].value
    assert isinstance(found, dict)
    return found
