"""The generator's numbers: every figure about the world that a drawn county rests on, with its source.

A region file declares each number like any other parameter (description, unit, range, reference). A
number that differs between kinds of place, stages, subjects or titles is declared once for each, its
path ending in that word; here such families read as one array: ``settings["region.ses.zone_mean"]`` is
float64 of shape (4,), in the order of :data:`edusim.state.ZONES`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edusim import configfile, declarations
from edusim.errors import ConfigError, did_you_mean
from edusim.state import SUBJECTS, TITLES, ZONES

DEFAULT = "community_county"
#: What a family of numbers runs over, in the order of its array. Group sizes are members 1 to 7.
AXES: tuple[tuple[str, ...], ...] = (
    ZONES,
    ("primary", "junior"),
    SUBJECTS,
    TITLES,
    tuple(f"members_{n}" for n in range(1, 8)),
)


class Settings(Mapping[str, Any]):
    """Numbers by path; a family (one number for each zone, stage, ...) reads as one array.

    Parameters
    ----------
    values
        Path -> number, as declared or overridden.

    Raises
    ------
    KeyError
        When looked up by a path that is neither a number nor a family.
    """

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values_by_path: dict[str, float] = {path: float(value) for path, value in values.items()}
        self._read: dict[str, float | NDArray[np.float64]] = dict(self.values_by_path)
        families: dict[str, set[str]] = {}
        for path in self.values_by_path:
            prefix, _, last = path.rpartition(".")
            families.setdefault(prefix, set()).add(last)
        for prefix, members in families.items():
            for axis in AXES:
                if members >= set(axis) and prefix not in self._read:
                    array = np.array([self.values_by_path[f"{prefix}.{word}"] for word in axis])
                    array.setflags(write=False)
                    self._read[prefix] = array

    def __getitem__(self, path: str) -> Any:
        return self._read[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read)

    def __len__(self) -> int:
        return len(self._read)

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.values_by_path.items())))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and other.values_by_path == self.values_by_path


def file_of(name: str = DEFAULT) -> Path:
    """Return the path of a shipped region file, or of a file that is given with its ending."""
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    return declarations.configs() / "regions" / f"{name}.yaml"


def declared(name: str = DEFAULT) -> declarations.Declared:
    """Return the declarations of a region file.

    Raises
    ------
    ConfigError
        When the file is missing or breaks the format.
    """
    return declarations.declared(file_of(name), "region")


def read(name: str = DEFAULT, values: Mapping[str, Any] | None = None) -> Settings:
    """Return the numbers of a region file.

    Parameters
    ----------
    name
        Key of a shipped region, or a path ending in ``.yaml``.
    values
        Path -> value that replaces the declared one.

    Raises
    ------
    ConfigError
        ``CFG-UNKNOWN-PARAMETER`` for an unknown path, and every fault of the file or of a value.
    """
    known = declared(name).parameters
    numbers = {path: declaration.default for path, declaration in known.items()}
    for path, value in (values or {}).items():
        if path not in known:
            zh, en = did_you_mean(path, known)
            raise ConfigError(
                "CFG-UNKNOWN-PARAMETER",
                f"没有区域参数 {path}",
                f"no region parameter {path}",
                where=path,
                mend_zh=zh,
                mend_en=en,
            )
        numbers[path] = float(known[path].read(configfile.from_python(value, path)))
    return _settings(tuple(numbers.items()))


@lru_cache(maxsize=32)
def _settings(numbers: tuple[tuple[str, float], ...]) -> Settings:
    return Settings(dict(numbers))


def name_of(name: str = DEFAULT) -> dict[str, str]:
    """Return the region's name in both languages."""
    found = declared(name)
    return {"zh": found.name_zh, "en": found.name_en}
