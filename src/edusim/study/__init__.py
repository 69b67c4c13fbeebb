"""Studies of many runs that survive: plan, run, resume, ask.

>>> import edusim
>>> study = edusim.study("study.yaml")                                         # doctest: +SKIP
>>> study.plan()                                                               # doctest: +SKIP
>>> study.run(workers=2)                                                       # doctest: +SKIP
>>> study.effects.groupby("policy")["gap"].mean()                              # doctest: +SKIP

The package is also a function: ``edusim.study(what)`` opens a study file, or the folder of its store.
"""

from __future__ import annotations

import os
import shutil
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study.checks import Verification
    from edusim.study.driver import Summary
    from edusim.study.planning import Plan
    from edusim.study.store import Store
    from edusim.study.study_file import Study

__all__ = ["OpenStudy", "Status", "open_study"]

#: What may carry a study out: processes of this machine, or Dask (on Slurm where there is one, else here).
ENGINES = ("local", "dask")
#: Most jobs at a time that Dask asks Slurm for, where the study does not say.
MOST_JOBS = 10


@dataclass(frozen=True)
class Status:
    """What is stored of a study.

    Attributes
    ----------
    total
        Runs in the design.
    states
        How many of them are ``done``, ``failed``, ``quarantined``, ``pending``.
    writers
        Who is writing now: ``host:process (shard)``.
    reasons
        Most frequent codes of what failed, with their number and the last line of one message each.
    """

    total: int
    states: Mapping[str, int]
    writers: tuple[str, ...] = ()
    reasons: tuple[tuple[str, int, str], ...] = ()

    @property
    def done(self) -> int:
        """Runs that are done."""
        return self.states["done"]

    @property
    def left(self) -> int:
        """Runs that are neither done nor failed nor quarantined."""
        return self.states["pending"]

    @property
    def wrong(self) -> int:
        """Runs that failed or were quarantined."""
        return self.states["failed"] + self.states["quarantined"]

    def as_dict(self) -> dict[str, Any]:
        """Return the status as plain data."""
        reasons = [{"code": code, "runs": n, "message": text} for code, n, text in self.reasons]
        return {"total": self.total, **self.states, "writers": list(self.writers), "reasons": reasons}


class OpenStudy:
    """A study together with its store; made by ``edusim.study(what)``.

    Parameters
    ----------
    path
        Folder of the store; need not exist before the first run.
    study
        The study; None when only its store is at hand, and it is then read from the store when it is needed.
    """

    def __init__(self, path: Path, study: Study | None = None) -> None:
        self.path = path
        self._study = study

    def __repr__(self) -> str:
        return f"<study in {self.path}>"

    @cached_property
    def study(self) -> Study:
        """The study as its file says.

        Raises
        ------
        StudyError
            ``STUDY-NO-FILE`` when the store was opened and the file that it was made from is gone.
        """
        if self._study is not None:
            return self._study
        from edusim.errors import StudyError
        from edusim.study import study_file

        file = str(self.store.study.get("file") or "")
        if not file or not os.path.isfile(file):
            raise StudyError(
                "STUDY-NO-FILE", f"找不到这个库的研究文件 {file}", f"the study file of this store is gone: {file}", where=str(self.path),
                mend_zh="请给出研究文件，而不是文件夹", mend_en="name the study file in place of the folder",
            )  # fmt: skip
        return study_file.load(file).with_({"store.path": str(self.path)})

    @property
    def store(self) -> Store:
        """The store, opened for reading.

        Raises
        ------
        StudyError
            ``STUDY-NOT-A-STORE`` before the first run; ``STUDY-DAMAGED``, ``STUDY-SCHEMA``.
        """
        from edusim.study.store import Store

        return Store.open(self.path)

    def plan(self, workers: int | None = None) -> Plan:
        """Return how many runs there are, how long the rest takes and what it needs; a few runs are timed.

        Parameters
        ----------
        workers
            Processes; the study's own number, else all cores, if left out.
        """
        from edusim.study import planning

        store = self.store if (self.path / "manifest.json").is_file() else None
        return planning.plan(self.study, workers=self._workers(workers), store=store)

    def run(
        self,
        workers: int | None = None,
        progress: Callable[..., None] | None = None,
        *,
        engine: str | None = None,
        shard: tuple[int, int] | None = None,
    ) -> Summary:
        """Run what is not stored yet; calling it again resumes.

        Parameters
        ----------
        workers
            Processes; the study's own number, else all cores, if left out. The numbers have the same bits.
        progress
            Called with runs done, runs in all, and a word on the time left.
        engine
            ``local`` or ``dask``; as the study says if left out.
        shard
            ``(i, n)``: only part i of n, i from 0.

        Returns
        -------
        Summary
            What was done, failed and quarantined.

        Raises
        ------
        StudyError
            ``STUDY-OTHER``, ``STUDY-MODEL-CHANGED``, ``STUDY-BUSY``, ...
        RunError
            ``RUN-DISK-FULL``, ``RUN-FOLDER``.
        """
        from edusim.study import dask_engine, driver, engines

        execution = self.study.execution
        store = driver.store_of(self.study)
        how = engine or ("dask" if execution.on == "dask" else "local")
        if how not in ENGINES:
            raise _no_engine(how)
        if how == "local":
            chosen: engines.Engine = engines.Loky(self._workers(workers))
        elif shutil.which("sbatch"):
            chosen = dask_engine.dask_on_slurm(execution, store.path, jobs=execution.shards or MOST_JOBS)
        else:
            chosen = dask_engine.dask_here(self._workers(workers))
        with chosen as at_work:
            return driver.carry_on(self.study, store, engine=at_work, shard=shard, progress=progress)

    def retry(self) -> int:
        """Mark what failed or was quarantined as left, so that the next run tries it again; return how many.

        Raises
        ------
        StudyError
            ``STUDY-BUSY`` while another process writes the store.
        """
        from edusim.study import driver

        return driver.retry(self.store)

    def status(self) -> Status:
        """Return what is stored; needs no running program."""
        from edusim.study import checks

        return checks.status(self.store)

    def query(self, sql: str) -> pd.DataFrame:
        """Ask the tables ``design``, ``runs``, ``years``, ``effects`` and ``attempts`` in SQL.

        Raises
        ------
        StudyError
            ``STUDY-SQL`` with what is wrong in the query.
        """
        from edusim.study import tables

        return tables.query(self.path, sql)

    @property
    def runs(self) -> pd.DataFrame:
        """Every planned run with its levers, its state and its outcomes; in each arm what the arms share."""
        return self.query("SELECT * FROM runs")

    @property
    def years(self) -> pd.DataFrame:
        """Kept measures of every done run and year."""
        return self.query("SELECT * FROM years")

    @property
    def effects(self) -> pd.DataFrame:
        """Outcomes less those of the baseline of the same future, draw and design."""
        return self.query("SELECT * FROM effects")

    @property
    def frames(self) -> dict[str, pd.DataFrame]:
        """What maps are drawn from: ``runs`` that are done, and ``effects`` where the study has a baseline; of several arms the first."""
        told = self.store.study
        arm = f" AND arm = '{told['arms'][0]}'" if told.get("arms") else ""
        found = {"runs": self.query(f"SELECT * FROM runs WHERE state = 'done'{arm}")}
        if told.get("baseline"):
            found["effects"] = self.query(f"SELECT * FROM effects WHERE true{arm}")
        return found

    @property
    def measures(self) -> pd.DataFrame:
        """Kept measures in the shape from which figures of a comparison are drawn.

        Columns ``policy, design, draw, year, measure, scope, stage, value, unit``; of several designs and arms the first,
        and a draw for each future and draw.
        """
        from edusim.study import checks

        return checks.long_measures(self.store)

    @property
    def facts(self) -> dict[str, Any]:
        """What a figure says beside its numbers: names, units, data, size."""
        from edusim.study import checks

        return checks.facts_for_figures(self.store)

    def verify(self, sample: int | None = 5, workers: int | None = None, progress: Callable[..., None] | None = None) -> Verification:
        """Check the files of the store, and run a sample again and compare its bytes.

        Parameters
        ----------
        sample
            How many runs; None for all.
        workers
            Processes; one if left out.
        progress
            Called with runs done and runs in all.
        """
        from edusim.study import checks

        return checks.verify(self.store, sample, workers or 1, progress)

    def _workers(self, asked: int | None) -> int:
        if asked:
            return asked
        from edusim.study import engines

        return self.study.execution.workers or engines.available()


def _no_engine(name: str) -> Exception:
    from edusim.errors import ConfigError, did_you_mean

    zh, en = did_you_mean(name, ENGINES)
    return ConfigError("STUDY-ENGINE", f"没有引擎 {name}", f"there is no engine {name}", where="engine", mend_zh=zh, mend_en=en)


def open_study(what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> OpenStudy:
    """Open a study: a study file, the same as a dict, or the folder of a store.

    Parameters
    ----------
    what
        Path of a study file (YAML) or of a store, or a dict in the shape of a study file.
    changes
        Path -> value, changes of the file, for example ``{"seeds.replicates": 4}``.

    Returns
    -------
    OpenStudy
        The study and its store.

    Raises
    ------
    ConfigError
        Every fault of the file, with its place.
    StudyError
        ``STUDY-NOT-A-STORE``.
    """
    from edusim.errors import ConfigError
    from edusim.study import study_file
    from edusim.study.store import Store

    if not isinstance(what, Mapping) and Path(what).is_dir():
        if changes:
            raise ConfigError(
                "STUDY-SETTING", "改取值须给出研究文件，而不是文件夹", "changes belong to a study file, not to a folder", where=str(what),
                mend_zh="请给出 study.yaml", mend_en="name study.yaml",
            )  # fmt: skip
        Store.open(what)
        return OpenStudy(Path(what))
    study = study_file.load(what)
    if changes:
        study = study.with_(changes)
    return OpenStudy(study.store, study)


class _Callable(types.ModuleType):
    """The package as a function."""

    def __call__(self, what: str | os.PathLike[str] | Mapping[str, Any], changes: Mapping[str, Any] | None = None) -> OpenStudy:
        """Open a study; see :func:`open_study`."""
        return open_study(what, changes)


def __getattr__(name: str) -> Any:
    if name == "sensitivity":  # a room of its own, looked up when it is used
        return import_module(f"{__name__}.sensitivity")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


sys.modules[__name__].__class__ = _Callable
