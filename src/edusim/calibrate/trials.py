"""The trials of a calibration in Optuna's journal: laid out, searched for, killed, resumed; the same trials whatever happens.

A trial is one parameter set with the targets' numbers of all its draws. The first trials are a scrambled Sobol sequence over
the ranges. The guided ones come in batches: a batch is asked of a multivariate tree-structured Parzen estimator that is made
anew for it, seeded by the number of the batch, and shown the trials before the batch. So what a batch holds follows from the
trials before it, and from nothing else: not from the number of workers, nor from where an earlier run was broken off.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.calibrate.calibration_file import Calibration
from edusim.calibrate.moments import Model
from edusim.errors import RunError, StudyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: File of the journal in the store.
JOURNAL = "trials.log"
#: Numbers of a trial, as a user attribute.
NUMBERS = "numbers"
Report = Callable[[int, int, str], None]


def optuna() -> Any:
    """Return Optuna, quiet; raise ``CAL-LIBRARY`` where it is not installed."""
    try:
        import optuna as library
    except ImportError:
        raise RunError(
            "CAL-LIBRARY", "未安装 Optuna", "Optuna is not installed",
            mend_zh="请运行 pip install 'edusim-groups[analysis]'", mend_en="run pip install 'edusim-groups[analysis]'",
        ) from None  # fmt: skip
    library.logging.set_verbosity(library.logging.ERROR)
    return library


@lru_cache(maxsize=1)
def method() -> str:
    """Return the sha256 of what decides which guided trials are asked: our own files, and Optuna's version."""
    digest = hashlib.sha256(str(optuna().__version__).encode())
    for name in ("trials.py", "surrogate.py", "near_best.py", "fitting.py"):
        digest.update((Path(__file__).parent / name).read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


class Trials:
    """The store of a calibration's trials.

    Parameters
    ----------
    calibration
        What is calibrated; its store is made where there is none.
    fresh
        Move a store of another calibration aside.

    Raises
    ------
    StudyError
        ``CAL-OTHER`` when the store holds another calibration, or one of another version of the model; ``CAL-BUSY``
        when another process writes to it.
    """

    def __init__(self, calibration: Calibration, *, fresh: bool = False) -> None:
        from edusim.study.design import source_hash

        self.calibration = calibration
        self.path = calibration.store
        self.source = source_hash()
        self._lock: int | None = None
        identity = {"identity": calibration.identity, "source": self.source}
        told = self.path / "calibration.json"
        kept = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else None
        if kept is not None and kept != identity:
            if not fresh:
                self._refuse(kept)
            self._move_aside()
        elif kept is not None and fresh:
            self._move_aside()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            beside = told.with_suffix(".tmp")
            beside.write_text(json.dumps(identity, indent=1) + "\n", encoding="utf-8")
            beside.replace(told)
        except OSError as problem:
            raise RunError("CAL-STORE", f"写不了 {self.path}（{problem.strerror}）", f"{self.path} cannot be written ({problem.strerror})",
                           mend_zh="请用 store.path 换一个文件夹", mend_en="choose another folder with store.path") from None  # fmt: skip
        self._journal = self._open()

    def _refuse(self, kept: dict[str, str]) -> None:
        other = ("另一版模型", "another version of the model") if kept.get("identity") == self.calibration.identity else (
            "另一项校准（县、参数、范围、表或种子不同）", "another calibration (county, parameters, ranges, tables or seeds differ)")  # fmt: skip
        raise StudyError(
            "CAL-OTHER", f"这个文件夹里是{other[0]}的结果", f"this folder holds {other[1]}", where=str(self.path),
            mend_zh="--fresh 把它移到一边，或用 store.path 换一个文件夹",
            mend_en="--fresh moves it aside, or choose another folder with store.path",
        )  # fmt: skip

    def _move_aside(self) -> None:
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.old-{number}")).exists():
            number += 1
        self.path.rename(aside)

    def _take_lock(self) -> None:
        try:
            import fcntl

            self._lock = os.open(self.path / "lock", os.O_CREAT | os.O_RDWR | getattr(os, "O_CLOEXEC", 0), 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            return
        except BlockingIOError:
            raise StudyError(
                "CAL-BUSY", "另有一个进程正在做这项校准", "another process is at this calibration", where=str(self.path),
                mend_zh="请等它结束", mend_en="wait until it has ended",
            ) from None  # fmt: skip

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Trials:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Any:
        """Return Optuna's journal, a line that was torn by a kill taken off its end, and no lock left behind."""
        storages = optuna().storages
        file = self.path / JOURNAL
        if file.exists():
            content = file.read_bytes()
            whole = content.rfind(b"\n") + 1
            if whole < len(content):
                with open(file, "r+b") as handle:
                    handle.truncate(whole)
            for left in self.path.glob(f"{JOURNAL}.lock*"):  # ours alone: the folder's own lock is held
                left.unlink(missing_ok=True)
        backend = storages.journal.JournalFileBackend(str(file), lock_obj=storages.journal.JournalFileOpenLock(str(file)))
        return storages.JournalStorage(backend)

    def _study(self, name: str) -> Any:
        library = optuna()
        return library.create_study(storage=self._journal, study_name=name, direction="minimize", load_if_exists=True)

    # -- what a trial is ---------------------------------------------------------------------------------------

    def _ranges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        factors = self.calibration.factors
        return np.array([f.low for f in factors]), np.array([f.high for f in factors])

    def _spread(self) -> NDArray[np.float64]:
        """Return the first trials, float64 [start, parameters]: a scrambled Sobol sequence."""
        from scipy.stats import qmc

        low, high = self._ranges()
        sampler = qmc.Sobol(len(low), seed=np.random.default_rng([self.calibration.root, 17]))
        return np.asarray(low + sampler.random(self.calibration.start) * (high - low))

    def _draws(self, number: int) -> list[int]:
        return [number * self.calibration.draws + j for j in range(self.calibration.draws)]

    # -- running -----------------------------------------------------------------------------------------------

    def spread(self, model: Model, report: Report) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Make the trials that are spread over the ranges, those that are stored already left out.

        Returns
        -------
        tuple
            float64 [trials, parameters], and float64 [trials, draws, targets].
        """
        points = self._spread()
        study = self._study("spread")
        self._fill(study, points, 0, model, report, lambda numbers: 0.0)
        return points, self._numbers(study, len(points))

    def guided(
        self,
        model: Model,
        report: Report,
        tables: str,
        first: tuple[NDArray[np.float64], NDArray[np.float64]],
        distance: Callable[[NDArray[np.float64]], float],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Make the trials that search for the best, in batches; returns all trials, the first ones included.

        Parameters
        ----------
        model
            Gives the numbers.
        report
            Told (done, total, text).
        tables
            Hash of what the distance is measured to: a changed table has guided trials of its own.
        first
            The trials of :meth:`spread`.
        distance
            From the numbers of a trial, float64 [draws, targets], to its distance from the tables.
        """
        calibration = self.calibration
        points, numbers = first
        n_first = len(points)
        # What a batch asks follows from the method too: with another one, guided trials begin anew, and the first ones stay.
        study = self._study(f"guided-{n_first}-{calibration.batch}-{tables[:16]}-{method()[:8]}")
        values = [distance(each) for each in numbers]
        for begin in range(0, calibration.guided, calibration.batch):
            size = min(calibration.batch, calibration.guided - begin)
            asked = self._ask(points, values, begin // calibration.batch, size)
            self._fill(study, asked, begin, model, report, distance, n_first, tables)
            new = self._numbers(study, begin + size)[begin:]
            points, numbers = np.concatenate((points, asked)), np.concatenate((numbers, new))
            values += [distance(each) for each in new]
        return points, numbers

    def _ask(self, points: NDArray[np.float64], values: Sequence[float], batch: int, size: int) -> NDArray[np.float64]:
        """Return the parameter sets of a batch: decided by the trials before it and by its number."""
        library = optuna()
        seed = int(hashlib.sha256(f"{self.calibration.root} {batch}".encode()).hexdigest()[:8], 16)
        with _warnings_off():
            sampler = library.samplers.TPESampler(multivariate=True, constant_liar=True, n_startup_trials=0, seed=seed)
            memory = library.create_study(sampler=sampler, direction="minimize")
            space = self._space()
            memory.add_trials([
                library.trial.create_trial(params=self._params(p), distributions=space, value=float(v))
                for p, v in zip(points, values, strict=True) if np.isfinite(v)
            ])  # fmt: skip
            asked = [memory.ask(space) for _ in range(size)]
        return np.array([[trial.params[f.name] for f in self.calibration.factors] for trial in asked])

    def _space(self) -> dict[str, Any]:
        uniform = optuna().distributions.FloatDistribution
        return {f.name: uniform(f.low, f.high) for f in self.calibration.factors}

    def _params(self, point: Sequence[float]) -> dict[str, float]:
        return {f.name: float(x) for f, x in zip(self.calibration.factors, point, strict=True)}

    def _fill(
        self,
        study: Any,
        points: NDArray[np.float64],
        begin: int,
        model: Model,
        report: Report,
        distance: Callable[[NDArray[np.float64]], float],
        offset: int = 0,
        text: str = "",
    ) -> None:
        """Evaluate those of some trials that are not stored, and store each as soon as it and all before it are done."""
        library = optuna()
        stored = study.get_trials(deepcopy=False)
        have = len(stored)
        for i in range(begin, min(have, begin + len(points))):
            if stored[i].params != self._params(points[i - begin]):
                raise StudyError(
                    "CAL-TRIALS", "存下的试验与这项校准应有的不同", "stored trials are not those of this calibration", where=str(self.path),
                    mend_zh="多半换了 Optuna 的版本；--fresh 重新开始", mend_en="most likely Optuna's version has changed; --fresh begins anew",
                )  # fmt: skip
        todo = list(range(max(have, begin), begin + len(points)))
        total = self.calibration.start + (self.calibration.guided if offset else 0)
        report(offset + min(have, begin + len(points)), total, "")
        space = self._space()
        stream = model.numbers([points[i - begin] for i in todo], [self._draws(offset + i) for i in todo])
        for place, numbers in stream:
            i = todo[place]
            value = distance(numbers)
            study.add_trial(library.trial.create_trial(
                params=self._params(points[i - begin]), distributions=space,
                value=float(value) if np.isfinite(value) else 1e300, user_attrs={NUMBERS: _plain(numbers)},
            ))  # fmt: skip
            report(offset + i + 1, total, "")

    def _numbers(self, study: Any, n: int) -> NDArray[np.float64]:
        stored = study.get_trials(deepcopy=False)[:n]
        return np.array([[[np.nan if x is None else x for x in row] for row in t.user_attrs[NUMBERS]] for t in stored], np.float64)


def _plain(numbers: NDArray[np.float64]) -> list[list[float | None]]:
    return [[float(x) if np.isfinite(x) else None for x in row] for row in numbers]


@contextlib.contextmanager
def _warnings_off() -> Iterator[None]:
    """Hold back Optuna's notes that a feature is experimental."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file whole or not at all."""
    beside = path.with_name(f"{path.name}.tmp")
    beside.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    beside.replace(path)
