"""A county drawn from published statistics, for trying policies before real data are at hand.

The frame (schools, places, goods, posts, groups, neighbourhoods, births) follows the region's own seed;
teachers, pupils and families' SES are new in each draw of a run. Every number comes from the region
file; nothing about the world is written in the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError
from edusim.region.case import Case, Demography
from edusim.region.settings import DEFAULT, Settings, name_of, read
from edusim.state import N_GRADES, POINTERS, State, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.region.people import Law

LEAST_PUPILS, MOST_PUPILS = 500, 2_000_000
_ZONE_WORDS = (("城区", "Urban"), ("镇区", "Town"), ("乡村", "Rural"), ("山区", "Mountain"))
_STAGE_WORDS = (("小学", "primary"), ("初中", "junior"), ("九年一贯制学校", "nine-year"))
_BLOCK_SLACK = 1.01  # rows of a grade beyond the largest cohort known


def pseudonyms(schools: Table) -> dict[str, list[str]]:
    """Return a Chinese and an English name for each row: kind of place, stage, number; never a real name."""
    zh, en = [""] * schools.n, [""] * schools.n
    seen: dict[tuple[int, int, bool], int] = {}
    width = max(2, len(str(schools.n)) - 1)
    for row in np.argsort(schools.id, kind="stable"):
        key = (int(schools.zone[row]), int(schools.stage[row]), bool(schools.is_private[row]))
        seen[key] = seen.get(key, 0) + 1
        zone, stage, number = _ZONE_WORDS[key[0]], _STAGE_WORDS[key[1]], f"{seen[key]:0{width}d}"
        zh[row] = f"{zone[0]}{'民办' if key[2] else ''}{stage[0]}{number}"
        en[row] = f"{zone[1]} {'private ' if key[2] else ''}{stage[1]} {number}"
    return {"zh": zh, "en": en}


def shuffled(state: State, seed: int) -> tuple[State, dict[str, NDArray[np.int64]]]:
    """Return the same county with rows in a scrambled order, and the order taken of each table."""
    from edusim import draws

    order: dict[str, NDArray[np.int64]] = {}
    for name, table in state.tables().items():
        key = draws.uniform(seed, "test", 0, np.arange(table.n), k=len(order))
        if name == "pupils":
            grade = np.repeat(np.arange(N_GRADES), state.block_size)
            order[name] = np.lexsort((key, grade))
        else:
            order[name] = np.argsort(key)
    tables = {name: table.take(order[name]) for name, table in state.tables().items()}
    for (name, column), target in POINTERS.items():
        if order[target].size:
            place = np.empty(order[target].size, np.int64)
            place[order[target]] = np.arange(place.size)
            old = tables[name][column]
            tables[name][column] = np.where(old >= 0, place[np.maximum(old, 0)], old)
    return State(state.year, **tables, block_of_grade=state.block_of_grade.copy()), order


class SyntheticRegion:
    """A county to be drawn; see :func:`synthetic`."""

    kind = "synthetic"

    def __init__(self, seed: int, n_pupils: int, file: str, values: Mapping[str, Any] | None) -> None:
        if not LEAST_PUPILS <= n_pupils <= MOST_PUPILS:
            raise ConfigError(
                "REGION-SIZE",
                f"学生数 {n_pupils} 应在 {LEAST_PUPILS} 与 {MOST_PUPILS} 之间",
                f"{n_pupils} pupils: must be from {LEAST_PUPILS} to {MOST_PUPILS}",
                where="region.n_pupils",
            )
        self.seed, self.n_pupils = int(seed), int(n_pupils)
        self.settings: Settings = read(file, values)
        self.name: dict[str, str] = name_of(file)

    def build(self, law: Law, *, seed: int, draw: int, base_year: int, years: int, rows: str = "id") -> Case:
        """Return the county of one draw; see :meth:`edusim.region.case.Region.build`.

        Raises
        ------
        ConfigError
            When ``rows`` is neither ``id`` nor ``shuffled``.
        """
        from edusim.region import extras, people, skeleton

        if rows not in ("id", "shuffled"):
            raise ConfigError("REGION-ROWS", f"rows 不能是 {rows}", f"rows cannot be {rows}", where="rows")
        s = self.settings
        schools, aim = skeleton.draw_schools(s, self.seed, self.n_pupils)
        homes = people.draw_neighbourhoods(schools, aim, settings=s, seed=self.seed, fit_junior=True)
        skeleton.set_seats(schools, homes.enrolment, s, law)
        skeleton.set_goods(schools, homes.enrolment, s, self.seed)
        groups = skeleton.draw_groups(schools, s, self.seed, self.n_pupils)
        staff, counts = skeleton.plan_staff(schools, homes.enrolment, s, law, self.seed)
        entrants = skeleton.entrants(homes, s, self.seed, base_year, years)

        mine = people.seed_of(seed, draw)
        teachers = people.draw_teachers(
            schools, homes.table, staff, homes.enrolment, law=law, settings=s, seed=mine, base_year=base_year,
            counts=counts,
        )  # fmt: skip
        largest = max(int(homes.pupils.sum(axis=1).max()), int(entrants.sum(axis=1).max(initial=0)))
        pupils = people.draw_pupils(
            schools, homes, settings=s, seed=mine, base_year=base_year, block_size=int(largest * _BLOCK_SLACK) + 8
        )
        schools, new_campuses = extras.new_campuses(
            schools, homes, entrants, s, self.seed, self.n_pupils, base_year
        )
        others = extras.draw_others(homes, entrants, s, self.seed, self.n_pupils)
        state = State(base_year, schools, groups, homes.table, teachers, pupils, others=others)
        living = homes.pupils.sum(axis=0).astype(np.float64)
        destination = s["region.demography.destination"][homes.table.zone] * living
        destination = destination / max(float(destination.sum()), 1e-12)
        serving = teachers.serving
        constants: dict[str, Any] = {
            "ses_within_sd": homes.ses_within_sd,
            "base_pay_yuan_year": float(s["region.pay.base_yuan_year"]),
            "pay_title": s["region.pay.title"],
            "pay_experience": float(s["region.pay.experience"]),
            "mean_pay_yuan_year": float(teachers.pay_yuan_year[serving].mean()),
            "entry_age": int(s["region.teachers.entry_age"]),
            "innate_mean": float(teachers.innate[serving].mean()),
            "innate_sd": float(teachers.innate[serving].std()),
            "subject_primary": s["region.teachers.subject_primary"],
            "subject_junior": s["region.teachers.subject_junior"],
            "above_degree_primary": s["region.teachers.above_degree_primary"],
            "above_degree_junior": s["region.teachers.above_degree_junior"],
            "new_campuses": new_campuses,
        }
        if rows == "shuffled":
            state, order = shuffled(state, mine)
            entrants, destination = entrants[:, order["neighbourhoods"]], destination[order["neighbourhoods"]]
        demography = Demography(entrants, s["region.demography.move_share"], destination)
        notes = [
            (
                f"合成县：{schools.n} 所学校、{int(serving.sum())} 名教师、{int(homes.pupils.sum())} 名学生，"
                "按公布统计生成，校名均为代号，不代表任何真实学校。",
                f"Synthetic county: {schools.n} schools, {int(serving.sum())} teachers, "
                f"{int(homes.pupils.sum())} pupils, drawn from published statistics; names are pseudonyms, no "
                "school is real.",
            )
        ]
        return Case(state, demography, pseudonyms(state.schools), notes=notes, constants=constants)


def synthetic(
    seed: int = 0, n_pupils: int = 100_000, *, file: str = DEFAULT, values: Mapping[str, Any] | None = None
) -> SyntheticRegion:
    """Return a county to be drawn from published statistics.

    Parameters
    ----------
    seed
        The region's seed: places, schools, goods, groups, births.
    n_pupils
        Pupils in the base year, 500 to 2,000,000.
    file
        Region file: key of a shipped one, or a path ending in ``.yaml``.
    values
        Path -> value of generator parameters that replace the file's.

    Raises
    ------
    ConfigError
        ``REGION-SIZE``, or a fault of the file or of a value.
    """
    return SyntheticRegion(seed, n_pupils, file, values)
