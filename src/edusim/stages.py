"""Stages as data: what ``configs/stages.yaml`` says of each stage, read once and checked.

A number that the law sets is named by its parameter instead of written a second time; :meth:`Stage.number`
looks it up in a law. Schools of two stages (nine-year, complete secondary) name their parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from edusim import configfile, declarations
from edusim.configfile import Node
from edusim.errors import ConfigError

#: Numbers of a stage; those of stages whose pupils are counted, not followed, come last.
NUMBERS = (
    "years", "class_cap", "pupils_per_teacher", "weight", "entry_share", "slack", "vacancy", "leave_share",
    "fill_share", "yuan_pupil",
)  # fmt: skip


@dataclass(frozen=True)
class Stage:
    """A stage of schooling.

    Attributes
    ----------
    key, zh, en
        Key and names.
    has_achievement
        Whether its pupils' achievement is modelled.
    parts
        Stages that a school of this kind teaches together; empty for a stage of its own.
    values
        Name -> number.
    parameters
        Name -> path of the law's parameter that holds the number.
    """

    key: str
    zh: str
    en: str
    has_achievement: bool
    parts: tuple[str, ...]
    values: Mapping[str, float]
    parameters: Mapping[str, str]

    def number(self, name: str, law: Mapping[str, float] | None = None) -> float:
        """Return a number of the stage, from ``law`` where the law sets it.

        Raises
        ------
        KeyError
            When the stage has no such number, or no law is given for one that the law sets.
        """
        if name in self.values:
            return self.values[name]
        if law is None:
            raise KeyError(name)
        return float(law[self.parameters[name]])


@lru_cache(maxsize=1)
def read() -> Mapping[str, Stage]:
    """Return the stages by key.

    Raises
    ------
    ConfigError
        For every fault of the file, with its place.
    """
    top = configfile.read(str(declarations.configs() / "stages.yaml")).mapping(("schema_version", "kind", "stages"))
    declarations.check_version(top["schema_version"])
    top["kind"].word(("stages",), "CFG-KIND")
    return declarations.Frozen({key: _stage(key, node) for key, node in top["stages"].mapping((), None).items()})


def weights(school: str) -> tuple[float, ...]:
    """Return what a pupil of each part of a school counts, the first part being 1: nine-year 1 : 1.1."""
    parts = [read()[part].values["weight"] for part in read()[school].parts]
    return tuple(part if parts[0] == 1.0 else part / parts[0] for part in parts)


def _stage(key: str, node: Node) -> Stage:
    parts = node.mapping(("name", "achievement", "years"), (*NUMBERS, "parts"))
    zh, en = declarations.bilingual(parts["name"])
    values: dict[str, float] = {}
    parameters: dict[str, str] = {}
    for name in NUMBERS:
        if name not in parts:
            continue
        if parts[name].is_map and "parameter" in parts[name].mapping((), None):
            parameters[name] = parts[name].mapping(("parameter",))["parameter"].text()
            continue
        given = parts[name].mapping(("value", "unit", "status", "range", "note"))
        given["unit"].text()
        given["status"].word(declarations.STATUSES)
        declarations.bilingual(given["note"])
        value = given["value"].number()
        low, high = (n.number() for n in given["range"].items())
        if not low <= value <= high:
            raise ConfigError(
                "CFG-RANGE", f"{value:g} 不在 {low:g} 与 {high:g} 之间", f"{value:g} is not between {low:g} and {high:g}",
                where=given["value"].where,
            )  # fmt: skip
        values[name] = value
    members = tuple(n.text() for n in parts["parts"].items()) if "parts" in parts else ()
    return Stage(
        key, zh, en, parts["achievement"].flag(), members, declarations.Frozen(values), declarations.Frozen(parameters)
    )
