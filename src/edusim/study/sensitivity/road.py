"""The default road: screen everything, follow what matters singly and the rest as one group, confirm with Sobol.

Three stages in two stores inside the study's own folder, ``screen`` (Morris over all levers and uncertainties) and ``sobol``:

1. Morris. Levers go on singly whatever their mu*: what an authority sets is what is asked, and "it does nothing" is an answer. An uncertainty
   goes on singly when its mu* surely lies above the dummy's for any policy and outcome; at most ``keep`` of them, by their largest share
   of all mu*. Inputs of pairs that the file asks for go on too.
2. The rows A and B of the Sobol design; a polynomial chaos on them tells, with its leave-one-out Q2, what Sobol is to confirm.
3. The other blocks of the Sobol design, then twice the points, until it has settled.

What does not go on singly stays in the study as one group ``rest``: nothing is held at a value that somebody chose, and what the rest
does together is an index like any other. Why each input goes where it does is kept in ``choice.json``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError
from edusim.study.disk import told, write_file
from edusim.study.parts import Points
from edusim.study.sensitivity_file import REST, ROAD, Asked, Group

if TYPE_CHECKING:
    import pandas as pd

    from edusim.study import OpenStudy
    from edusim.study.sensitivity.layouts import Layout
    from edusim.study.study_file import Study

#: Folders of the stages.
SCREEN, CONFIRM = "screen", "sobol"
CHOICE = "choice.json"
#: Why an input goes on singly, or does not.
LEVER, ABOVE, ASKED, BEYOND, BELOW = WHY = ("lever", "above_dummy", "asked", "beyond_keep", "not_above_dummy")


@dataclass(frozen=True)
class Choice:
    """What the screening chose.

    Attributes
    ----------
    rows
        One row a unit, most influential first: ``input, rank, share`` (its largest share of the sum of mu* over policies and
        outcomes), ``policy, outcome`` (where), ``mu_star, low, high, dummy_high`` (there), ``influential`` (policies and outcomes in which
        its mu* surely lies above the dummy's), ``kept``, ``why`` (one of :data:`WHY`).
    """

    rows: tuple[Mapping[str, Any], ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """Units that go on singly."""
        return tuple(str(row["input"]) for row in self.rows if row["kept"])

    @property
    def rest(self) -> tuple[str, ...]:
        """Units that stay as one group."""
        return tuple(str(row["input"]) for row in self.rows if not row["kept"])

    def frame(self) -> pd.DataFrame:
        """Return the choice as a table."""
        import pandas as pd

        return pd.DataFrame([dict(row) for row in self.rows])


def is_road(study: Study) -> bool:
    """Whether a study takes the road."""
    return study.sensitivity is not None and study.sensitivity.method == ROAD


def folder_of(path: Path) -> Path | None:
    """Return the folder of the furthest stage inside the folder of a road; None where there is none."""
    return next((path / name for name in (CONFIRM, SCREEN) if (path / name / "manifest.json").is_file()), None)


def first(study: Study) -> Study:
    """Return the screening of a road."""
    asked = _asked(study)
    screening = replace(asked, method="morris", n=asked.trajectories, second_order=False, width=0.0, max_runs=0, stage=SCREEN, follows=asked.n)
    return replace(study, sensitivity=screening, store=study.store / SCREEN)


def second(study: Study, choice: Choice) -> Study:
    """Return the Sobol study of a road: kept units singly, the rest as one group."""
    asked = _asked(study)
    return replace(study, sensitivity=replace(asked, method="sobol", groups=groups_of(study, choice), stage=CONFIRM), store=study.store / CONFIRM)


def groups_of(study: Study, choice: Choice) -> tuple[Group, ...]:
    """Return the groups of the Sobol study: those that are kept, and the rest; correlations inside the rest stay."""
    asked = _asked(study)
    by_name = {group.name: group for group in asked.groups}
    kept = tuple(group for group in asked.groups if group.name in choice.kept)
    rest = [unit for unit in units_of(study) if unit in choice.rest]
    members = [column for unit in rest for column in (by_name[unit].inputs if unit in by_name else (unit,))]
    if len(members) < 2:
        return kept
    matrix = np.eye(len(members))
    for unit in rest:
        if unit in by_name and by_name[unit].correlation:
            place = [members.index(column) for column in by_name[unit].inputs]
            matrix[np.ix_(place, place)] = by_name[unit].correlation
    is_plain = bool((matrix == np.eye(len(members))).all())
    return (*kept, Group(REST, tuple(members), () if is_plain else tuple(tuple(row) for row in matrix.tolist())))


def units_of(study: Study) -> tuple[str, ...]:
    """Return what the screening gives a mu* for: groups, and inputs without one, in the order of the file."""
    group_of = {column: group.name for group in _asked(study).groups for column in group.inputs}
    return tuple(dict.fromkeys(group_of.get(column, column) for column in study.columns))


def levers_of(study: Study) -> set[str]:
    """Return the units that are levers, or groups that hold one."""
    group_of = {column: group.name for group in _asked(study).groups for column in group.inputs}
    return {group_of.get(factor.column, factor.column) for factor in study.levers}


def ends_of(layout: Layout) -> Layout:
    """Return the rows A and B of a Sobol layout."""
    from edusim.study.sensitivity.layouts import A, B

    blocks = list(layout.part["blocks"])
    place = np.arange(layout.rows) % len(blocks)
    return layout.only(np.isin(place, [blocks.index((A,)), blocks.index((B,))]))


def chaos_of(layout: Layout) -> Layout:
    """Return the rows A and B of a Sobol layout as those of a polynomial chaos."""
    from edusim.study.sensitivity.points import again

    return again(layout, "chaos")[0]


def has_chaos() -> bool:
    """Whether the library that fits a polynomial chaos is installed: it is an extra."""
    from importlib.util import find_spec

    return find_spec("openturns") is not None


def with_ends_only(study: Study) -> Study:
    """Return the Sobol study of a road with its rows A and B alone."""
    from edusim.study.sensitivity import stored

    asked = _asked(study)
    layout = stored.layout_of(study.factors, asked, study.seeds.replicates, where=study.where("design.n"))
    points: Points = stored.points_of(study.factors, ends_of(layout))
    return study.laid_out(points)


# ---- what the screening chose ----------------------------------------------------------------------------


def choose(study: Study, indices: pd.DataFrame) -> Choice:
    """Return which units go on singly.

    Parameters
    ----------
    study
        The road.
    indices
        Frame ``indices`` of the screening: ``mu_star`` of every unit and the dummy, by policy and outcome.

    Raises
    ------
    StudyError
        ``STUDY-DEAD`` when no outcome varies.
    """
    asked, units = _asked(study), units_of(study)
    stars = indices[indices["index"] == "mu_star"]
    best: dict[str, dict[str, Any]] = {unit: {"input": unit, "share": 0.0, "influential": 0} for unit in units}
    seen = False
    for (policy, outcome), rows in stars.groupby(["policy", "outcome"], sort=False):
        by_input = {str(row["input"]): row for row in rows.to_dict("records")}
        total = sum(by_input[unit]["value"] for unit in units)
        dummy = by_input["dummy"]
        if not total > 0:
            continue
        seen = True
        for unit in units:
            row, found = by_input[unit], best[unit]
            found["influential"] += int(row["low"] > dummy["high"])
            share = float(row["value"] / total)
            if share > found["share"]:
                found |= {"share": share, "policy": policy, "outcome": outcome, "mu_star": float(row["value"]), "low": float(row["low"]),
                          "high": float(row["high"]), "dummy_high": float(dummy["high"])}  # fmt: skip
    if not seen:
        raise StudyError(
            "STUDY-DEAD", "没有一个结果随任何因素变化", "no outcome varies with any input", where=str(study.store),
            mend_zh="请检查结果与政策", mend_en="look at the outcomes and the policies",
        )  # fmt: skip
    wanted = {unit for pair in asked.second_order for unit in pair} if not isinstance(asked.second_order, bool) else set()
    levers = levers_of(study)
    order = sorted(units, key=lambda unit: (-best[unit]["share"], units.index(unit)))
    kept: set[str] = {unit for unit in order if unit in wanted | levers}
    left = asked.keep - len(kept - levers)
    for unit in order:
        if unit not in kept and best[unit]["influential"] and left > 0:
            kept.add(unit)
            left -= 1
    rows = []
    for rank, unit in enumerate(order, 1):
        is_above = bool(best[unit]["influential"])
        why = (LEVER if unit in levers else ABOVE if is_above else ASKED) if unit in kept else BEYOND if is_above else BELOW
        columns = ("policy", "outcome", "mu_star", "low", "high", "dummy_high")
        rows.append({"input": unit, "rank": rank, "share": best[unit]["share"], **{c: best[unit].get(c) for c in columns},
                     "influential": best[unit]["influential"], "kept": unit in kept, "why": why})  # fmt: skip
    return Choice(tuple(rows))


def _asked(study: Study) -> Asked:
    assert study.sensitivity is not None
    return study.sensitivity


def _mark(study: Study) -> str:
    """Return what a choice depends on: another study, another screening or another way to choose has another choice."""
    asked = _asked(study)
    content = {"identity": study.identity, "policies": list(study.policies), "screen": first(study).plain()["sensitivity"], "keep": asked.keep,
               "pairs": asked.plain()["second_order"], "factors": [study.plain()[key] for key in ("levers", "uncertainties")]}  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_choice(study: Study) -> Choice | None:
    """Return what was chosen before for this very road; None where nothing was."""
    try:
        found = json.loads((study.store / CHOICE).read_text(encoding="utf-8"))
        return Choice(tuple(found["rows"])) if found["mark"] == _mark(study) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def stored_choice(path: Path) -> Choice | None:
    """Return what is kept in the folder of a road, whatever its file says now; None where nothing is."""
    try:
        return Choice(tuple(json.loads((path / CHOICE).read_text(encoding="utf-8"))["rows"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_choice(study: Study, choice: Choice) -> None:
    """Write what was chosen into the folder of the road."""
    content = {"mark": _mark(study), "rows": [dict(row) for row in choice.rows]}
    with told(study.store):
        write_file(study.store / CHOICE, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def chosen(study: Study, opened: OpenStudy, *, partial: bool = False, workers: int = 1) -> Choice:
    """Return what the stored screening of a road chooses, and keep it.

    Parameters
    ----------
    study
        The road.
    opened
        Its screening.
    partial
        Go on although runs are missing.
    workers
        Processes.
    """
    found = read_choice(study)
    if found is not None:
        return found
    from edusim.study.sensitivity import frames, stored

    runs = stored.runs_of(opened)
    these = stored.responses(opened, runs, runs.told.layout(), partial=partial)
    names = [o.name for o in runs.told.outcomes]
    choice = choose(study, frames.frames_of(these, names, is_sliced=False, workers=workers)["indices"])
    keep_choice(study, choice)
    return choice


def planned(study: Study) -> tuple[str, int]:
    """Return the stage that a study is, and of the screening (or a whole road) the most runs of what comes after it."""
    asked = _asked(study)
    if asked.stage == CONFIRM:
        return CONFIRM, 0
    units = units_of(study)
    levers = sum(one in units for one in levers_of(study))
    blocks = min(len(units), levers + asked.keep + 1) + 2 + (2 if asked.seeds == "factor" else 1 if study.seeds.replicates > 1 else 2)
    # Every base point may meet uncertainties of its own in every block, and so baselines of its own.
    n = asked.n if asked.method == ROAD else asked.follows
    return SCREEN, n * blocks * study.seeds.replicates * (len(study.policies) + bool(study.baseline))


def stage(study: Study) -> Study:
    """Return the stage of a road that is under way: its screening until that is done, then the Sobol study.

    This is what ``edusim study run`` carries out: given again after the screening it goes on with what the screening chose.
    """
    from edusim.study import OpenStudy

    begin = first(study)
    if not (begin.store / "manifest.json").is_file():
        return begin
    choice = read_choice(study)
    if choice is None:
        opened = OpenStudy(begin.store, begin)
        if opened.status().left:
            return begin
        choice = chosen(study, opened)
    return second(study, choice)
