"""人口变动：入学、升级、迁移: cohorts and families, inputs that are the same under every policy."""

from __future__ import annotations

import numpy as np

from edusim import draws
from edusim.equations.pupils import EMPTY, ENROLLED
from edusim.rules.context import Year
from edusim.state import FIRST_JUNIOR_GRADE, N_GRADES

COHORT = 10_000_000
#: Ids of pupils who enter the county at grade 7 start here within their year's range.
JUNIOR_OFFSET = 5_000_000


def pass_on(year: Year) -> None:
    """Let grade 9 graduate, move every grade up, and bring in the new cohort of grade 1.

    The cohort of a year has the same ids, homes and families under every policy. Counties without
    primary schools take their new pupils in at grade 7. Own attainment of a newcomer is drawn from the
    stationary distribution: ``own = b z + u``.
    """
    state, memory = year.state, year.memory
    pupils = state.pupils
    # In a county without junior schools pupils leave it after grade 6.
    last = N_GRADES if memory.near_junior.shape[1] else FIRST_JUNIOR_GRADE - 1
    leaving = state.rows_of_grade(last)
    year.tally.n_graduated = int(np.count_nonzero(pupils.status[leaving] == ENROLLED))
    pupils.status[leaving] = EMPTY
    state.block_of_grade = np.roll(state.block_of_grade, 1)
    index = year.year - memory.base_year - 1
    entrants = memory.demography.entrants[index]
    _admit_cohort(year, 1, entrants, 0)
    junior = getattr(memory.demography, "entrants_junior", None)
    if junior is not None and junior.size:
        _admit_cohort(year, FIRST_JUNIOR_GRADE, junior[index], JUNIOR_OFFSET)
    year.tally.n_entrants = int(entrants.sum())


def _admit_cohort(year: Year, grade: int, entrants: np.ndarray, offset: int) -> None:
    """Fill the empty rows of a grade with newcomers, not yet at a school."""
    n = int(entrants.sum())
    if n == 0:
        return
    state, memory = year.state, year.memory
    pupils = state.pupils
    rows = state.rows_of_grade(grade)
    block = slice(rows.start, rows.start + n)
    if grade != 1:
        # Newcomers stand after those who pass on.
        used = int(np.count_nonzero(pupils.status[rows]))
        block = slice(rows.start + used, rows.start + used + n)
    ids = year.year * COHORT + offset + np.arange(n, dtype=np.int64)
    home = np.repeat(np.arange(entrants.size, dtype=np.int32), entrants)
    ses = state.neighbourhoods.ses_mean[home] + memory.ses_within_sd * draws.normal(year.seed, "demography.entrant", 0, ids)
    u = draws.normal(year.seed, "demography.entrant", 0, ids, k=1)
    memory.ses_top = max(memory.ses_top, float(np.abs(ses).max()))
    pupils.id[block] = ids
    pupils.status[block] = ENROLLED
    pupils.school[block] = -1
    pupils.klass[block] = -1
    pupils.home[block] = home
    pupils.ses[block] = ses
    pupils.own[block] = memory.own_ses * ses + memory.own_sd * u
    pupils.caused[block] = 0.0
    pupils.achievement[block] = pupils.own[block]
    pupils.tenure[block] = 0
