"""Small finished studies to make pages of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edusim.explore.outcomes import KEEP
from edusim.study import OpenStudy, driver, engines, open_study
from edusim.study.study_file import load
from edusim.study.tasks import Result, Task
from edusim.study.work import Job
from planted_runs import Planter


def small(store: Path, **changes: Any) -> dict[str, Any]:
    """Return a grid of two modes, three shares and two funds on a county of 800 pupils, two years."""
    return {
        "schema_version": 1, "kind": "sweep", "name": {"zh": "试验县", "en": "Trial county"}, "scenario": "small",
        "set": {"region.n_pupils": 800, "years": 2}, "policies": ["collaboration", "fusion"], "baseline": "status_quo",
        "levers": {"rotation.share": {"values": [0, 0.06, 0.15]}, "finance.fund_yuan_year": {"values": [0, 5e7]}},
        "seeds": {"root": 11, "replicates": 4}, "outcomes": {"gap": {"measure": "learning.core_member_gap", "at": "last", "want": "min"}},
        "keep": list(KEEP), "design": {"method": "grid"}, "store": {"path": str(store)},
    } | changes  # fmt: skip


def make(content: dict[str, Any]) -> OpenStudy:
    """Return a study, run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engines, "Loky", lambda workers: engines.Here())
        opened = open_study(content)
        opened.run(workers=1)
    return opened


class Thrower(Planter):
    """An engine that throws dice in place of simulating: numbers in the places of real ones, without the time."""

    def _one(self, job: Job, task: Task) -> Result:
        rng = np.random.default_rng(int(task.key[:12], 16))
        values = rng.normal(0.4, 0.2, (job.scenario.years + 1, len(job.keep)))
        for place, column in enumerate(job.keep):
            if column.startswith("money"):
                values[:, place] = np.cumsum(np.abs(values[:, place])) * 1e6
            if column == "staffing.leaver_share":
                values[0, place] = np.nan  # nobody leaves in the base year
        return Result(task.key, task.attempt, "done", values, np.array([0.5] * len(job.outcomes)), 0.01, "d", "here:1")


def throw(content: dict[str, Any]) -> OpenStudy:
    """Return a study whose numbers are thrown."""
    study = load(content)
    driver.carry_on(study, driver.store_of(study), engine=Thrower(lambda *_: ()))
    return OpenStudy(study.store, study)


@pytest.fixture(scope="session")
def thrown(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """As :func:`grid`, thrown."""
    return throw(small(tmp_path_factory.mktemp("thrown") / "store"))


@pytest.fixture(scope="session")
def grid(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """A finished grid: 2 modes x 3 shares x 2 funds, 4 draws."""
    return make(small(tmp_path_factory.mktemp("grid") / "store"))


@pytest.fixture(scope="session")
def crossed(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """A finished grid, thrown: 3 futures x 3 draws, words as a lever, and settings left out by a condition."""
    use = {"values": {"goods": {"finance.equipment_share": 0.8}, "people": {"finance.equipment_share": 0.2}}}
    return throw(small(
        tmp_path_factory.mktemp("crossed") / "store", policies=["fusion"],
        levers={"rotation.share": {"values": [0, 0.1]}, "use": use}, uncertainties={"leadership.diffusion": {"range": [0.05, 0.3]}},
        design={"method": "grid", "futures": {"method": "lhs", "n": 3}, "only": "\"rotation.share\" < 0.05 or \"use\" = 'goods'"},
        seeds={"root": 5, "replicates": 3}, keep=["learning.core_member_gap", "money.total_to_date"],
    ))  # fmt: skip


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> OpenStudy:
    """A comparison without levers, one draw: nothing can be told from luck."""
    content = small(tmp_path_factory.mktemp("single") / "store", kind="compare", seeds={"root": 3, "replicates": 1})
    for key in ("levers", "design"):
        del content[key]
    return make(content)
