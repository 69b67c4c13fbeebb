"""The same draws with the programme's money ending after a year, kept beside the report so that it is run once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from edusim.errors import ConfigError, RunError
from edusim.reporting.county import County, of_folder

Progress = Callable[[int, int, str], None]


def check_year(county: County, year: int) -> None:
    """Refuse a year without a year of money before it, or without a year without money after it.

    Raises
    ------
    ConfigError
        ``REPORT-YEAR``.
    """
    first, last = int(county.manifest["base_year"]) + 1, int(county.manifest["last_year"]) - 1
    if first > last:
        raise ConfigError(
            "REPORT-YEAR", "推演不足两年，无法看经费结束之后", "the run has fewer than two years: there is no year after the money", where="--ends",
            mend_zh="请用更多年份重新运行", mend_en="run it again with more years",
        )  # fmt: skip
    if not first <= year <= last:
        raise ConfigError(
            "REPORT-YEAR", f"经费结束的年份须在推演年份之内，得到 {year}",
            f"the year after which the money ends must lie inside the run, got {year}", where="--ends",
            mend_zh=f"请取 {first} 至 {last}", mend_en=f"choose one from {first} to {last}",
        )  # fmt: skip
    if "feasible" not in county.manifest["designs"]:
        raise ConfigError(
            "REPORT-YEAR", "这次推演没有可行条件的设计：同样的学校配对不受经费约束，经费结束没有作用",
            "the run holds no feasible design: in identical pairs no purse binds, and the end of the money changes nothing", where="--ends",
            mend_zh="请用 --design feasible 或 both 重新比较", mend_en="compare again with --design feasible or both",
        )  # fmt: skip
    if county.baseline_is_missing:
        raise ConfigError(
            "REPORT-YEAR", "只有一项政策的推演没有对照，看不出经费结束的作用",
            "a run of one policy has no baseline to see the end of the money by", where="--ends",
            mend_zh="请用 edusim compare", mend_en="use edusim compare",
        )  # fmt: skip


def ended(county: County, year: int, folder: Path, *, workers: int = 1, progress: Progress | None = None, force: bool = False) -> County:
    """Return the same draws with the money ending after ``year``: read back where they were run before, else run and kept.

    Parameters
    ----------
    county
        The comparison.
    year
        Last school year with money.
    folder
        Where they are kept.
    workers
        Processes; the result has the same bits for any number.
    progress
        Called with (done, total, text).
    force
        Run again although they are there.

    Raises
    ------
    RunError
        ``RUN-CHANGED`` when the years before are not those of the comparison: another version of the program, or of its data.
    """
    from edusim.runs import compare
    from edusim.scenario import restore

    manifest = county.manifest
    resume = manifest["resume"]
    scenario = restore(resume["raw"], resume["folder"], resume["file"]).with_({"policies": list(manifest["policies"])}).money_ends(after=year)
    if (folder / "manifest.json").is_file() and not force:
        found = of_folder(folder)
        if found.manifest["hash"] == scenario.hash and all(found.manifest[key] == manifest[key] for key in ("seed", "draws", "baseline", "policies")):
            _refuse_changed(county, found, year, folder)
            return found.with_design("feasible")
    result = compare(
        scenario, policies=list(manifest["policies"]), draws=int(manifest["draws"]), seed=int(manifest["seed"]), workers=workers,
        baseline=str(manifest["baseline"]), designs=("feasible",), progress=progress,
    )  # fmt: skip
    if folder.exists():
        shutil.rmtree(folder)
    result.save(folder)
    found = of_folder(folder)
    _refuse_changed(county, found, year, folder)
    return found.with_design("feasible")


def _refuse_changed(county: County, again: County, year: int, folder: Path) -> None:
    """Refuse a re-run whose years with money are not those of the comparison, to the last bit."""
    keys = ["policy", "draw", "year", "measure", "scope", "stage", "unit_id"]

    def values(one: County) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        frame = one.frames["measures"]
        frame = frame[(frame["design"] == "feasible") & (frame["year"] <= year)] if "design" in frame else frame[frame["year"] <= year]
        plain = frame.assign(**{key: frame[key].astype(str) for key in keys if frame[key].dtype == "category" or frame[key].dtype == object})
        return np.asarray(plain.sort_values(keys)["value"], dtype=np.float64)

    a, b = values(county), values(again)
    if a.shape != b.shape or not np.array_equal(a, b, equal_nan=True):
        raise RunError(
            "RUN-CHANGED", "程序或数据已改变，无法重现当时的推演", "the program or its data have changed: the run cannot be made again",
            where=str(folder), mend_zh="请用当时的版本，或重新运行", mend_en="use the version it was made with, or run it again",
        )  # fmt: skip


__all__ = ["check_year", "ended"]
