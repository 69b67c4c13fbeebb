"""From the store of a finished study to what a page holds: settings on a grid, and every draw of every outcome at each.

Draws are kept, not means, so that a page can pair any two settings draw by draw: that is what an interval of a difference
between two plans needs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.explore.outcomes import CARDS, COEFFICIENTS, KINDS
from edusim.report.summaries import ends_of, spread, within

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edusim.study import OpenStudy

#: Kinds of studies whose runs are plain: a policy, a setting of levers, a future, a draw.
PLAIN = ("compare", "sweep")
#: Most settings of a page, and most numbers in it; beyond, years are left out, then the study is refused.
MOST_SETTINGS = 3_000
MOST_NUMBERS = 400_000
#: Most values of a lever: a study laid out at random has a value a point and is no grid.
MOST_VALUES = 40
NOTHING = 65_535


@dataclass(frozen=True)
class Lever:
    """A lever: its name in the study, the parameters it sets, and its values in the order of the page."""

    name: str
    sets: tuple[str, ...]
    values: tuple[Any, ...]

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in self.values)


@dataclass(frozen=True)
class Gathered:
    """All numbers of a page.

    Attributes
    ----------
    policies, baseline
        Keys of the policies, and of the one they are compared with.
    levers
        Levers with at least two values; those with one are in ``fixed``.
    fixed
        Levers that the study holds at one value.
    base_year, years
        The base year; years that the page holds, the base year first.
    all_years
        Years that the store holds.
    futures, draws
        How often the world and the lots were drawn: a run for each pair.
    draws_of
        Column -> float64 [setting, year, future, draw]; setting 0 is the baseline, then policies x levers, the last lever
        running fastest. NaN where there is no run.
    ranges
        Column of what is only shown by itself -> float64 [setting, year, 3]: mean, ends of the range in which a draw falls.
    summaries
        Column of an official coefficient -> float64 [setting, year, 5]: mean, ends of the range in which a draw falls,
        draws that keep the limit, draws that are judged.
    n_runs
        Runs that went in.
    missing
        Settings without any run.
    failed
        Runs of the study that gave no result.
    """

    policies: tuple[str, ...]
    baseline: str
    levers: tuple[Lever, ...]
    fixed: tuple[Lever, ...]
    base_year: int
    years: tuple[int, ...]
    all_years: tuple[int, ...]
    futures: int
    draws: int
    draws_of: Mapping[str, NDArray[np.float64]]
    ranges: Mapping[str, NDArray[np.float64]]
    summaries: Mapping[str, NDArray[np.float64]]
    n_runs: int
    missing: int
    failed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Policies and values of each lever: the grid behind settings 1, 2, ..."""
        return (len(self.policies), *(len(lever.values) for lever in self.levers))

    @property
    def settings(self) -> int:
        """Settings, the baseline among them."""
        return 1 + math.prod(self.shape)


def gather(opened: OpenStudy) -> Gathered:
    """Read a store.

    Raises
    ------
    StudyError
        ``EXPLORE-KIND``, ``EXPLORE-BASELINE``, ``EXPLORE-PAIRED``, ``EXPLORE-NO-POLICY``, ``EXPLORE-NO-GRID``, ``EXPLORE-EMPTY``, ``EXPLORE-TOO-LARGE``.
    """
    told = opened.store.study
    where = str(opened.path)
    if told["kind"] not in PLAIN:
        raise StudyError(
            "EXPLORE-KIND", f"{told['kind']} 类的研究不能作成试算页", f"a study of kind {told['kind']} cannot become a what-if page", where=where,
            mend_zh="请用 sweep 或 compare 类的研究（各杠杆取若干固定值）", mend_en="take a study of kind sweep or compare, with a few values of each lever",
        )  # fmt: skip
    baseline = str(told.get("baseline") or "")
    if not baseline:
        raise StudyError(
            "EXPLORE-BASELINE", "这项研究没有对照，无从说比什么好", "the study has no baseline: there is nothing to compare with", where=where,
            mend_zh="请在研究文件中写 baseline: status_quo 并补跑", mend_en="write baseline: status_quo in the study file and run it again",
        )  # fmt: skip
    if not told["seeds"].get("paired", True):
        raise StudyError(
            "EXPLORE-PAIRED", "这项研究的抽样不成对，两种组合之差说不清是政策还是偶然",
            "the draws of this study are not paired: a difference of two settings could not be told from luck", where=where,
            mend_zh="请写 seeds: {paired: true} 并重跑", mend_en="write seeds: {paired: true} and run it anew",
        )  # fmt: skip
    known = set(opened.store.kept)
    wanted = [one.measure for one in CARDS if one.measure in known]
    alone = [one.measure for one in KINDS if one.measure in known]
    judged = [column for column in COEFFICIENTS if column in known]
    frame = _frame(opened, [*wanted, *alone, *judged])
    if frame.empty or not (frame["policy"] == baseline).any():
        raise StudyError(
            "EXPLORE-EMPTY", "还没有做完的推演可看", "no run is done yet that a page could show", where=where,
            mend_zh="请先运行这项研究", mend_en="run the study first",
        )  # fmt: skip
    if not wanted:
        raise StudyError(
            "EXPLORE-EMPTY", "这项研究没有保留试算页所用的任何指标", "the study kept none of the measures that a page shows", where=where,
            mend_zh="请在研究文件的 keep 中写上 learning.core_member_gap 等", mend_en="name learning.core_member_gap and others under keep in the study file",
        )  # fmt: skip
    every = [_lever(factor, frame) for factor in told["levers"]]
    levers = tuple(lever for lever in every if len(lever.values) > 1)
    fixed = tuple(lever for lever in every if len(lever.values) == 1)
    policies = tuple(str(p) for p in told["policies"] if p != baseline and (frame["policy"] == p).any())
    if not policies:
        raise StudyError(
            "EXPLORE-NO-POLICY", "除对照外没有做完的政策可看", "no policy beside the baseline has runs to show", where=where,
            mend_zh="请在研究文件的 policies 中写上要试的政策", mend_en="name policies to try under policies in the study file",
        )  # fmt: skip
    _check_grid(levers, policies, where)
    all_years = tuple(sorted(int(y) for y in frame["year"].unique()))
    status = opened.status()
    place, futures, draws = _places(frame, policies, baseline, levers)
    settings = 1 + len(policies) * math.prod(len(lever.values) for lever in levers)
    years = _years(all_years, settings, futures * draws * len(wanted) + 3 * len(alone) + 5 * len(judged), where)
    frame, place = frame[frame["year"].isin(years)], place[frame["year"].isin(years).to_numpy()]
    full = _cubes(frame, place, [*wanted, *alone, *judged], years, (settings, len(years), futures, draws))
    first = full[wanted[0]][:, -1].reshape(settings, -1)
    return Gathered(
        policies, baseline, levers, fixed, int(opened.store.manifest["base_year"]), years, all_years, futures, draws,
        {column: full[column] for column in wanted},
        {column: _ranges(full[column], column) for column in alone},
        {column: _judged(full[column], COEFFICIENTS[column]) for column in judged},
        int(np.isfinite(first).sum()), int((~np.isfinite(first).any(axis=1)).sum()), status.wrong,
    )  # fmt: skip


def _frame(opened: OpenStudy, columns: Sequence[str]) -> pd.DataFrame:
    """Return years of done runs: policy, future, draw, year, levers, measures; of several designs the first."""
    told = opened.store.study
    factors = [str(f["column"]) for f in told["levers"]]
    listed = ", ".join('"' + name.replace('"', '""') + '"' for name in ("policy", "future", "draw", "year", *factors, *columns))
    design = str(told["designs"][0]).replace("'", "''")
    return opened.query(f"SELECT {listed} FROM years WHERE design = '{design}' ORDER BY policy, future, draw, year")


def _lever(factor: Mapping[str, Any], frame: pd.DataFrame) -> Lever:
    found = [v.item() if hasattr(v, "item") else v for v in frame[str(factor["column"])].dropna().unique()]
    order = list(factor.get("values") or [])
    if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in found):
        values = sorted(found)
    else:
        rank = {str(value): place for place, value in enumerate(order)}
        values = sorted(found, key=lambda v: (rank.get(str(v), len(rank)), str(v)))
    return Lever(str(factor["name"]), tuple(str(s) for s in factor["sets"]), tuple(values))


def _check_grid(levers: Sequence[Lever], policies: Sequence[str], where: str) -> None:
    for lever in levers:
        if len(lever.values) > MOST_VALUES:
            n = len(lever.values)
            raise StudyError(
                "EXPLORE-NO-GRID", f"{lever.name} 取了 {n} 个不同的值，不是网格，滑块无从落位",
                f"{lever.name} takes {n} different values: no grid that a slider could stand on", where=where,
                mend_zh="请用 design: {method: grid}，每个杠杆取几个值", mend_en="lay the study out with design: {method: grid} and a few values of each lever",
            )  # fmt: skip
    n = len(policies) * math.prod(len(lever.values) for lever in levers)
    if n > MOST_SETTINGS:
        raise StudyError(
            "EXPLORE-TOO-LARGE", f"{n:,} 种组合，一页最多容 {MOST_SETTINGS:,} 种", f"{n:,} settings; a page holds {MOST_SETTINGS:,} at most", where=where,
            mend_zh="请减少政策、杠杆或取值", mend_en="take fewer policies, levers or values",
        )  # fmt: skip


def _places(
    frame: pd.DataFrame, policies: Sequence[str], baseline: str, levers: Sequence[Lever]
) -> tuple[NDArray[np.int64], int, int]:
    """Return for each row its setting, future and draw as int64 [rows, 3] (setting -1: no part of the page), futures, draws."""
    rank = {policy: i for i, policy in enumerate(policies)}
    found = np.array([rank.get(str(p), -1) for p in frame["policy"]], dtype=np.int64)
    for lever in levers:
        where = {value: i for i, value in enumerate(lever.values)}
        mine = np.array([where.get(v, 0) for v in frame[f"lever.{lever.name}"].tolist()], dtype=np.int64)
        found = np.where(found < 0, found, found * len(lever.values) + mine)
    setting = np.where((frame["policy"] == baseline).to_numpy(), 0, np.where(found < 0, -1, found + 1))
    futures, draws = sorted(frame["future"].unique()), sorted(frame["draw"].unique())
    future = {value: i for i, value in enumerate(futures)}
    draw = {value: i for i, value in enumerate(draws)}
    place = np.stack([setting, [future[v] for v in frame["future"]], [draw[v] for v in frame["draw"]]], axis=1)
    return place.astype(np.int64), len(futures), len(draws)


def _years(every: Sequence[int], settings: int, numbers: int, where: str) -> tuple[int, ...]:
    """Return the years that a page can hold with so many numbers a setting: all, else every other, ..., at least the first and the last."""
    each = settings * numbers
    for step in range(1, max(2, len(every))):
        kept = tuple(sorted({every[0], *every[::-1][::step]}))
        if each * len(kept) <= MOST_NUMBERS or len(kept) <= 3:
            break
    if each * len(kept) > 4 * MOST_NUMBERS:
        raise StudyError(
            "EXPLORE-TOO-LARGE", f"{settings:,} 种组合、每种每年 {numbers:,} 个数，一页容不下",
            f"{settings:,} settings with {numbers:,} numbers a year each are more than a page holds", where=where,
            mend_zh="请减少政策、杠杆、取值、未来或抽样", mend_en="take fewer policies, levers, values, futures or draws",
        )  # fmt: skip
    return kept


def _cubes(
    frame: pd.DataFrame, place: NDArray[np.int64], columns: Sequence[str], years: Sequence[int], shape: tuple[int, ...]
) -> dict[str, NDArray[np.float64]]:
    year = {value: i for i, value in enumerate(years)}
    at = np.array([year[int(y)] for y in frame["year"]], dtype=np.int64)
    mine = place[:, 0] >= 0
    where = np.ravel_multi_index((place[mine, 0], at[mine], place[mine, 1], place[mine, 2]), shape)
    found = {}
    for column in columns:
        cube = np.full(math.prod(shape), np.nan)
        cube[where] = frame[column].to_numpy(dtype=np.float64)[mine]
        found[column] = cube.reshape(shape)
    return found


def _ranges(cube: NDArray[np.float64], measure: str) -> NDArray[np.float64]:
    """Return float64 [setting, year, 3]: mean, low, high of a draw, within what the measure can be."""
    flat = cube.reshape(*cube.shape[:2], -1)
    found = np.full((*flat.shape[:2], 3), np.nan)
    ends = ends_of(measure)
    for i, j in np.ndindex(*flat.shape[:2]):
        one = within(spread(flat[i, j], ends[0]), ends)
        found[i, j] = one.mean, one.low, one.high
    return found


def _judged(cube: NDArray[np.float64], limit: float) -> NDArray[np.float64]:
    """Return float64 [setting, year, 5]: mean, low, high of a draw, draws that keep the limit, draws judged."""
    flat = cube.reshape(*cube.shape[:2], -1)
    found = np.full((*flat.shape[:2], 5), np.nan)
    for i, j in np.ndindex(*flat.shape[:2]):
        values = flat[i, j][np.isfinite(flat[i, j])]
        if values.size:
            one = spread(values, 0.0)
            found[i, j] = (one.mean, one.low, one.high, float((values <= limit).sum()), float(values.size))
    return found


def packed(values: NDArray[np.float64]) -> tuple[float, float, bytes]:
    """Return numbers as 16-bit steps above a least value, little-endian: least value, step, bytes; NaN is :data:`NOTHING`.

    The step is 1, 2 or 5 times a power of ten, of which the whole range takes less than 65,535: a number is off by half a step at
    most, and numbers that are equal stay so.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0, 1.0, np.full(values.size, NOTHING, "<u2").tobytes()
    low, high = float(known.min()), float(known.max())
    need = max((high - low) / (NOTHING - 3), 1e-9)
    power = 10.0 ** math.floor(math.log10(need))
    step = next(k * power for k in (1.0, 2.0, 5.0, 10.0) if k * power >= need)
    least = math.floor(low / step) * step
    whole = np.where(np.isfinite(values), np.rint((np.where(np.isfinite(values), values, least) - least) / step), NOTHING)
    return least, step, whole.astype("<u2").tobytes()


def unpacked(least: float, step: float, data: bytes) -> Iterator[float]:
    """Yield the numbers again; the other way round from :func:`packed`."""
    for whole in np.frombuffer(data, "<u2").tolist():
        yield math.nan if whole == NOTHING else least + step * whole


__all__ = ["NOTHING", "Gathered", "Lever", "gather", "packed", "unpacked"]
