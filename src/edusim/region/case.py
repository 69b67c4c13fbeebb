"""What a region gives: the county in the base year, its demography, and how it came about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edusim.region.people import Law
    from edusim.state import State


@dataclass(frozen=True)
class Demography:
    """Births and moves: inputs, the same under every policy and in every draw.

    Attributes
    ----------
    entrants
        int64, shape (years, n_neighbourhoods): entrants to grade 1; row i is year ``base + 1 + i``.
    move_share
        float64, shape (4,): yearly share of pupils whose family moves, by zone of the home.
    destination
        float64, shape (n_neighbourhoods,): relative pull of a neighbourhood for movers.
    entrants_junior
        int64, shape (years, n_neighbourhoods): pupils who enter grade 7 directly, because the county has
        no primary schools; zeros elsewhere. The k-th of a year has the id
        ``year * 10_000_000 + 5_000_000 + k``.
    """

    entrants: NDArray[np.int64]
    move_share: NDArray[np.float64]
    destination: NDArray[np.float64]
    entrants_junior: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    def __post_init__(self) -> None:
        """Fill in zeros where no pupil enters at grade 7."""
        if self.entrants_junior.size == 0:
            object.__setattr__(self, "entrants_junior", np.zeros_like(self.entrants))


@dataclass
class Case:
    """A county ready to run.

    Attributes
    ----------
    state
        The county at the end of the base year, before any policy.
    demography
        Births and moves.
    pseudonyms
        ``zh`` and ``en`` -> one name for each row of ``state.schools``.
    imputed
        ``table.column`` -> number of cells that were drawn rather than observed.
    notes
        What a reader should know, each in Chinese and English.
    constants
        Numbers of the region that rules need: ``base_pay_yuan_year``, ``ses_within_sd``, ...
    imputed_cells
        Column of ``state.schools`` -> bool, shape (n_schools,): True where a roster gave no value, so
        that it was drawn (empty for a drawn county, where nothing is observed).
    """

    state: State
    demography: Demography
    pseudonyms: dict[str, list[str]]
    imputed: dict[str, int] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    imputed_cells: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


class Region(Protocol):
    """What every region offers.

    Attributes
    ----------
    name
        ``zh`` and ``en`` -> what a reader calls it.
    kind
        ``synthetic`` or ``roster``.
    seed
        Seed of what is drawn once for the region (places, schools, neighbourhoods, groups).
    n_pupils
        Pupils in the base year, about.
    """

    name: dict[str, str]
    kind: str
    seed: int
    n_pupils: int

    def build(self, law: Law, *, seed: int, draw: int, base_year: int, years: int, rows: str = "id") -> Case:
        """Return the county of one draw.

        Parameters
        ----------
        law
            Parameters in force in the base year: path -> value.
        seed, draw
            The run's seed and the number of the draw: people are new in each draw.
        base_year, years
            School year of the state, and years of demography after it.
        rows
            ``"id"``: rows in the order of ids. ``"shuffled"``: schools, groups, neighbourhoods,
            teachers and the pupils of each grade in a scrambled order, to show that results do not
            depend on it.
        """
        ...
