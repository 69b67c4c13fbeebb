"""What-if pages: a grid of levers run beforehand, and one HTML file that shows what moving them would do.

>>> import edusim
>>> from edusim import explore
>>> opened = explore.open_place("small")                                       # doctest: +SKIP
>>> opened.run(workers=2)                                                      # doctest: +SKIP
>>> explore.write(opened, "whatif.html", lang="en")                            # doctest: +SKIP
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.study import OpenStudy

__all__ = ["is_ours", "open_place", "write"]


def open_place(
    place: str, changes: Mapping[str, Any] | None = None, *, scenario_changes: Mapping[str, Any] | None = None, draws: int | None = None
) -> OpenStudy:
    """Open what a page is to be made from.

    Parameters
    ----------
    place
        A shipped scenario or a scenario file (the built-in grid is laid over it), a study file, or the folder of a store.
    changes
        Changes of a study file, or of a scenario, as the command line gives them.
    scenario_changes
        Changes of a scenario alone: its roster, its years.
    draws
        Draws of a setting; the study's own, or :data:`edusim.explore.grid.DRAWS`, if left out.

    Raises
    ------
    ConfigError
        What is wrong with the file, located; ``EXPLORE-FOLDER`` for changes of a folder.
    StudyError
        ``STUDY-NOT-A-STORE``; ``EXPLORE-KIND`` for studies of other kinds.
    """
    from edusim.errors import ConfigError, StudyError
    from edusim.explore import gather
    from edusim.study import open_study

    changes, mine = dict(changes or {}), dict(scenario_changes or {})
    is_study = os.path.isdir(place) or kind_of(place) not in ("", "scenario")
    if not is_study:
        from edusim import scenario
        from edusim.explore import grid

        found = scenario.load(place)
        every = {**mine, **changes}
        return grid.study_of(found.with_(every) if every else found, place, every, draws or grid.DRAWS)
    if mine:
        raise ConfigError(
            "EXPLORE-FOLDER", "--roster、--mapping、--years 只用于情景", "--roster, --mapping and --years belong to a scenario", where=place,
            mend_zh="研究文件请用 -S set.years=8 之类改", mend_en="change a study file by -S set.years=8 and the like",
        )  # fmt: skip
    if draws is not None:
        changes["seeds.replicates"] = draws
    if os.path.isdir(place) and changes:
        raise ConfigError(
            "EXPLORE-FOLDER", "给出的是结果文件夹，不能再改取值或抽样次数", "a folder of results cannot be changed", where=place,
            mend_zh="请给出研究文件", mend_en="name the study file",
        )  # fmt: skip
    opened = open_study(place, changes or None)
    kind = opened.store.study["kind"] if os.path.isdir(place) else opened.study.kind
    if kind not in gather.PLAIN:
        raise StudyError(
            "EXPLORE-KIND", f"{kind} 类的研究不能作成试算页", f"a study of kind {kind} cannot become a what-if page", where=place,
            mend_zh="请用 sweep 或 compare 类的研究（各杠杆取若干固定值）", mend_en="take a study of kind sweep or compare, with a few values of each lever",
        )  # fmt: skip
    return opened


def kind_of(place: str) -> str:
    """Return the ``kind`` that a YAML file says it is; empty for a name or a file without one."""
    if not place.endswith((".yaml", ".yml")) or not os.path.exists(place):
        return ""
    from edusim import configfile

    kind = configfile.read(place).mapping((), None).get("kind")
    return str(kind.value) if kind is not None else ""


def is_ours(path: Path) -> bool:
    """Whether a file is a page that this room wrote."""
    from edusim.explore.page import MARK

    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return MARK in file.read(2_000)
    except OSError:
        return False


def write(opened: OpenStudy, path: str | os.PathLike[str], lang: str = "zh") -> Path:
    """Write the page of a study, whole or not at all, and return its path.

    Raises
    ------
    StudyError
        ``EXPLORE-...`` when the study is no grid of plain runs; what is wrong with a store.
    RunError
        ``REPORT-FILE`` when the file cannot be written.
    """
    from edusim.explore.gather import gather
    from edusim.explore.page import page
    from edusim.report.document.files import write_file

    return write_file(Path(path), page(opened, gather(opened), lang).encode())
