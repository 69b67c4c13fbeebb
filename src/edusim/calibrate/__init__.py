"""Calibration: what can be learned from a county's tables, and what they say.

>>> import edusim
>>> county = edusim.calibrate("my-county.yaml")                                # doctest: +SKIP
>>> county.recover(workers=2)["parameters"]                                    # doctest: +SKIP
>>> county.fit(workers=2)["distance"]                                          # doctest: +SKIP

First planted parameters are fitted back from simulated tables (*recovery*): a parameter that cannot be recovered there cannot be
learned from a real table of the same shape either. Then the tables are fitted. Trials are kept in a journal of Optuna: a
calibration that was broken off goes on by the same call, and gives the same bits.

The package is also a function: ``edusim.calibrate(what)`` opens a calibration file.
"""

from __future__ import annotations

import os
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from edusim.calibrate.calibration_file import Calibration

__all__ = ["OpenCalibration", "open_calibration"]

Report = Callable[[int, int, str], None]


def _nothing(done: int, total: int, text: str) -> None:
    return None


@dataclass(frozen=True)
class OpenCalibration:
    """A calibration with its store; made by :func:`open_calibration`.

    Attributes
    ----------
    calibration
        What is fitted to what.
    """

    calibration: Calibration

    @property
    def path(self) -> Path:
        """Folder of the store."""
        return self.calibration.store

    def recover(self, *, workers: int | None = None, fresh: bool = False, progress: Report | None = None) -> dict[str, Any]:
        """Fit planted parameters back; write ``recovery.json`` and figures into the store.

        Parameters
        ----------
        workers
            Processes; all cores when None. The result has the same bits for any number.
        fresh
            Move a store of before aside.
        progress
            Called with (done, total, text).

        Returns
        -------
        dict
            See :func:`edusim.calibrate.fitting.recover`.

        Raises
        ------
        EdusimError
            ``CAL-...``; see :mod:`edusim.calibrate.fitting` and :mod:`edusim.calibrate.trials`.
        """
        return self._do("recover", "recovery", workers, fresh, progress)

    def fit(
        self, *, workers: int | None = None, fresh: bool = False, progress: Report | None = None, date: str = ""
    ) -> dict[str, Any]:
        """Fit the tables; write ``fit.json``, figures, and ``behaviour.yaml`` or ``region.yaml`` into the store.

        Parameters
        ----------
        workers, fresh, progress
            As in :meth:`recover`.
        date
            Day that the file names as that of the fit; today where it is left out.

        Returns
        -------
        dict
            See :func:`edusim.calibrate.fitting.fit`.

        Raises
        ------
        EdusimError
            ``CAL-...``.
        """
        found = self._do("fit", "fit", workers, fresh, progress)
        from edusim.calibrate import result_file

        for scope in self.calibration.scopes:
            result_file.write(self.calibration, found, scope, self.path / f"{scope}.yaml", date)
        return found

    def _do(self, verb: str, name: str, workers: int | None, fresh: bool, progress: Report | None) -> dict[str, Any]:
        from edusim.calibrate import fitting
        from edusim.calibrate.moments import Model
        from edusim.calibrate.trials import Trials, write_json
        from edusim.study import engines

        with Trials(self.calibration, fresh=fresh) as trials, Model(self.calibration, workers or engines.available()) as model:
            found: dict[str, Any] = getattr(fitting, verb)(self.calibration, trials, model, progress or _nothing)
            write_json(self.path / f"{name}.json", found)
        self.draw(found)
        return found

    def draw(self, found: Mapping[str, Any]) -> list[Path]:
        """Draw the figures of a result in both languages into the store's ``figures``; return their files."""
        from edusim.report.calibration_figures import write_figures

        return write_figures(found, self.path / "figures")


def open_calibration(what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> OpenCalibration:
    """Open a calibration file, or a dict of the same shape.

    Parameters
    ----------
    what
        Path of a calibration file (YAML), or a dict.
    changes
        Path -> value, changes of the file, for example ``{"trials.start": 128}``.

    Raises
    ------
    ConfigError
        Every fault of the file and of its tables, with its place.
    """
    from edusim.calibrate import calibration_file

    return OpenCalibration(calibration_file.load(what, changes))


class _Callable(types.ModuleType):
    """The package as a function."""

    def __call__(self, what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> OpenCalibration:
        """Open a calibration; see :func:`open_calibration`."""
        return open_calibration(what, changes)


sys.modules[__name__].__class__ = _Callable
