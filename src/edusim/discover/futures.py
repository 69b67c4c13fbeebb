"""Many futures as arrays: every mode and the law in force at every future and draw, and the assumptions of each future.

The stored runs of a study of kind ``discover`` are read into one block an arm, ``[mode, future, draw, outcome]``.
A future counts for an outcome only where every mode and the baseline have a number at every draw: a mode that
failed where it does badly must not win by its absence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import ConfigError, StudyError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

ARMS = ("drawn", "equal")
#: Fewer futures than this are not searched for regions, nor is their spread split.
ENOUGH_FUTURES = 50
#: Differences smaller than this share of the largest number are none: sums in another order give as much.
NOTHING = 1e-9
#: Ratios between modes that the shipped study draws: what a reader calls them, Chinese and English.
RATIO_NAMES = {
    "joint_learning": ("联合教研的学习效果", "what joint work teaches"),
    "leadership": ("管理经验扩散的速度", "how fast good management spreads"),
    "brand": ("挂牌带来的口碑", "what the core's name is worth to families"),
}
_NEEDED = ("policy", "future", "draw")


@dataclass(frozen=True)
class Assumption:
    """One column of what differs between futures.

    Attributes
    ----------
    column
        ``uncertain.PATH`` or ``ratio.POLICY.NAME``.
    group
        ``evidence`` (a study has measured it), ``assumption`` (none has) or ``ratio`` (between modes; none has).
    zh, en
        What a reader calls it.
    unit
        Its unit; empty for ratios.
    policy
        The mode whose ratio it is; empty for others.
    low, high
        Range that is declared for it; NaN for ratios and names of one's own.
    """

    column: str
    group: str
    zh: str
    en: str
    unit: str = ""
    policy: str = ""
    low: float = float("nan")
    high: float = float("nan")


@dataclass(frozen=True)
class Asked:
    """An outcome: its column, measure, when, the wanted direction (``min``, ``max`` or empty) and its unit."""

    name: str
    measure: str = ""
    at: str = ""
    want: str = ""
    unit: str = ""

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is; 0 where the study wants neither."""
        return {"max": 1.0, "min": -1.0}.get(self.want, 0.0)


@dataclass(frozen=True)
class Block:
    """One outcome in one arm: float64 ``modes`` [mode, future, draw] and ``law`` [future, draw], over ``rows``.

    ``rows`` are the places of its futures in :attr:`Futures.table`.
    """

    modes: NDArray[np.float64]
    law: NDArray[np.float64]
    rows: NDArray[np.int64]

    @property
    def tolerance(self) -> float:
        """Differences up to this are none."""
        return NOTHING * max(float(np.abs(self.modes).max(initial=0.0)), float(np.abs(self.law).max(initial=0.0)))

    @property
    def is_flat(self) -> bool:
        """Whether no number differs from any other."""
        every = np.concatenate([self.modes.ravel(), self.law.ravel()])
        return bool(every.size == 0 or np.ptp(every) <= self.tolerance)


@dataclass(frozen=True)
class Futures:
    """All futures of a study; see the module.

    Attributes
    ----------
    modes, baseline
        Keys of the policies that are compared, and of the one that they are compared with.
    outcomes
        What is asked of every run.
    table
        One row a future: its assumptions, in the columns of ``assumptions``.
    assumptions
        What each column is; columns that never vary are left out.
    values
        Arm -> float64 [mode + baseline, future, draw, outcome], NaN where there is no run; the baseline is last.
    crossed
        Whether every future meets the same draws of people and lots.
    planned, failed
        Runs in the design, and those without a result.
    """

    modes: tuple[str, ...]
    baseline: str
    outcomes: tuple[Asked, ...]
    table: pd.DataFrame
    assumptions: tuple[Assumption, ...]
    values: Mapping[str, NDArray[np.float64]]
    crossed: bool = True
    planned: int = 0
    failed: int = 0
    info: Mapping[str, Any] = field(default_factory=dict)

    @property
    def arms(self) -> tuple[str, ...]:
        """Arms at hand: ``drawn`` before ``equal``."""
        return tuple(self.values)

    @property
    def n(self) -> int:
        """Number of futures."""
        return len(self.table)

    @property
    def draws(self) -> int:
        """Draws of people and lots at every future."""
        return int(next(iter(self.values.values())).shape[2])

    def outcome(self, name: str) -> Asked:
        """Return an outcome by its name.

        Raises
        ------
        ConfigError
            ``STUDY-OUTCOME`` with the nearest.
        """
        for asked in self.outcomes:
            if asked.name == name:
                return asked
        zh, en = did_you_mean(name, [asked.name for asked in self.outcomes])
        raise ConfigError("STUDY-OUTCOME", f"没有结果 {name[:60]}", f"there is no outcome {name[:60]}", where="--outcome", mend_zh=zh, mend_en=en)

    def block(self, arm: str, outcome: str) -> Block:
        """Return the numbers of one outcome in one arm, futures that lack any left out."""
        place = [asked.name for asked in self.outcomes].index(outcome)
        found = self.values[arm][..., place]
        rows = np.flatnonzero(np.isfinite(found).all(axis=(0, 2)))
        return Block(found[:-1, rows], found[-1, rows], rows)

    def columns(self, arm: str) -> list[Assumption]:
        """Return the assumptions that vary in an arm: without ratios where these are equal."""
        return [one for one in self.assumptions if arm == "drawn" or one.group != "ratio"]

    def incomplete(self, arm: str) -> int:
        """Return how many futures lack a number of some outcome in an arm."""
        return int((~np.isfinite(self.values[arm]).all(axis=(0, 2, 3))).sum())

    @cached_property
    def by_column(self) -> dict[str, Assumption]:
        """Assumptions by the name of their column."""
        return {one.column: one for one in self.assumptions}


def plain_name(text: str) -> str:
    """Return a description without the notes in brackets."""
    return text.split("（")[0].split(" (")[0].strip()


def _assumption(column: str, status: Mapping[str, Any], modes: Mapping[str, tuple[str, str]], ratios: Mapping[str, str]) -> Assumption:
    """Return what a column is: a declared parameter, a ratio of a mode, or a name of its own."""
    role, _, name = column.partition(".")
    if role == "ratio":
        policy, _, what = name.partition(".")
        zh, en = modes.get(policy, (policy, policy))
        first = next(iter(modes.values()))
        declared = status.get(ratios.get(what, ""))
        found = RATIO_NAMES.get(what) or ((plain_name(declared.description_zh), plain_name(declared.description_en)) if declared else (what, what))
        return Assumption(column, "ratio", f"{found[0]}（{zh}÷{first[0]}）", f"{found[1]} ({en.lower()} ÷ {first[1].lower()})", policy=policy)
    bare = name.rpartition(":")[2]
    declared = status.get(bare)
    if declared is None:
        return Assumption(column, "assumption", name, name)
    group = "evidence" if declared.status == "evidence" else "assumption"
    names = plain_name(declared.description_zh), plain_name(declared.description_en)
    return Assumption(column, group, *names, declared.unit, low=float(declared.low), high=float(declared.high))


def _numbers(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the columns as float64; yes/no as 1 and 0, words as their place among themselves."""
    import pandas as pd

    found = {}
    for column in columns:
        values = frame[column]
        if values.dtype == bool or values.dtype.kind in "iuf":
            found[column] = values.to_numpy(dtype=np.float64)
        else:
            words = sorted(values.dropna().astype(str).unique())
            found[column] = values.astype(str).map({word: float(k) for k, word in enumerate(words)}).to_numpy(dtype=np.float64)
    return pd.DataFrame(found, index=frame.index)


def from_frame(
    runs: pd.DataFrame,
    outcomes: Sequence[Asked],
    *,
    baseline: str = "status_quo",
    modes: Sequence[str] = (),
    ratios: Mapping[str, str] | None = None,
    crossed: bool | None = None,
    info: Mapping[str, Any] | None = None,
) -> Futures:
    """Read the runs of a study of many futures.

    Parameters
    ----------
    runs
        One row a run: ``policy, future, draw, arm, uncertain.*, ratio.POLICY.NAME`` and the outcomes; rows whose ``state``
        is not ``done`` count as missing. A baseline row has no arm of its own: ratios do not touch it.
    outcomes
        What to read.
    baseline
        Policy that the others are compared with.
    modes
        Policies in the order of the study, the first being the one to which ratios refer; as they come if left out.
    ratios
        Name of a ratio -> path of its parameter.
    crossed
        Whether all futures meet the same draws; found from ``seed`` if left out.
    info
        Facts for figures, see :mod:`edusim.report.map_figures`.

    Raises
    ------
    StudyError
        ``STUDY-NOT-FUTURES`` when columns, futures or the baseline are missing.
    """
    import pandas as pd

    from edusim.parameters import shipped
    from edusim.report.language import policy_name

    missing = [c for c in (*_NEEDED, *(asked.name for asked in outcomes)) if c not in runs.columns]
    columns = [c for c in runs.columns if c.startswith(("uncertain.", "ratio."))]
    if missing or not columns or runs.empty:
        lacking = ", ".join(missing) or ("uncertain.*, ratio.*" if not columns else "runs")
        raise StudyError(
            "STUDY-NOT-FUTURES", f"这些推演不构成多种未来的研究，缺少 {lacking}", f"these runs are no study of many futures: {lacking} missing",
            mend_zh="请给出 kind: discover 的研究", mend_en="name a study of kind: discover",
        )  # fmt: skip
    known = [str(p) for p in dict.fromkeys(runs["policy"])]
    policies = tuple(modes) or tuple(p for p in known if p != baseline)
    if baseline not in known or len(policies) < 1:
        raise StudyError(
            "STUDY-NOT-FUTURES", f"没有对照 {baseline} 的推演", f"there is no run of the baseline {baseline}",
            mend_zh="请在研究文件中写明 baseline", mend_en="name a baseline in the study file",
        )  # fmt: skip
    done = runs[runs["state"] == "done"] if "state" in runs else runs
    ids = np.sort(runs["future"].unique())
    draws = np.sort(runs["draw"].unique())
    if crossed is None:
        by_draw = runs.groupby("draw")
        one_seed = "seed" not in runs or bool(by_draw["seed"].nunique().max() == 1)
        crossed = one_seed and (len(ids) < 2 or bool(by_draw["future"].nunique().median() > 1))
    if not crossed:  # a draw's number means nothing outside its future
        place = runs.groupby("future")["draw"].transform(lambda d: d.rank(method="dense") - 1).astype(int)
        draws, done = np.arange(int(place.max()) + 1), done.assign(draw=place[done.index])
    arm = done["arm"].astype(object) if "arm" in done else pd.Series("drawn", index=done.index)
    arm = arm.where(done["policy"] != baseline)  # ratios do not touch the baseline: it is one run in both arms
    found_arms = [str(a) for a in arm.dropna().unique()]
    arms = [a for a in ARMS if a in found_arms] + [a for a in found_arms if a not in ARMS]
    names = [asked.name for asked in outcomes]
    values: dict[str, NDArray[np.float64]] = {}
    row_of, draw_of = pd.Index(ids), pd.Index(draws)
    for one in arms:
        cube = np.full((len(policies) + 1, len(ids), len(draws), len(names)), np.nan)
        for k, policy in enumerate((*policies, baseline)):
            mine = done[(done["policy"] == policy) & ((arm == one) if policy != baseline else True)]
            cube[k, row_of.get_indexer(mine["future"]), draw_of.get_indexer(mine["draw"])] = mine[names].to_numpy(dtype=np.float64)
        values[one] = cube
    table = _assumed(runs, columns, ids, baseline)
    varies = [c for c in columns if c in table and np.ptp(table[c].to_numpy()) > 0.0]
    names_of = {p: (policy_name(p, "zh"), policy_name(p, "en")) for p in policies}
    status = shipped()
    assumptions = tuple(_assumption(c, status, names_of, ratios or {}) for c in varies)
    single = runs.drop_duplicates("key") if "key" in runs else runs  # a run that stands in both arms is one run
    planned, failed = len(single), int((single["state"] != "done").sum()) if "state" in single else 0
    return Futures(policies, baseline, tuple(outcomes), table[varies], assumptions, values, crossed, planned, failed, dict(info or {}))


def _assumed(runs: pd.DataFrame, columns: Sequence[str], ids: NDArray[Any], baseline: str) -> pd.DataFrame:
    """Return one row a future with its assumptions, ratios as drawn."""
    numbers = _numbers(runs, columns)
    numbers["future"] = runs["future"].to_numpy()
    is_drawn = runs["policy"] != baseline
    if "arm" in runs:
        is_drawn &= runs["arm"].astype(str) != "equal"
    ratio = [c for c in columns if c.startswith("ratio.")]
    plain = [c for c in columns if c not in ratio]
    found = numbers.groupby("future")[plain].first()
    if ratio:
        found = found.join(numbers[is_drawn].groupby("future")[ratio].first().fillna(1.0))
    return found.reindex(ids).astype(np.float64).fillna(found.mean())
