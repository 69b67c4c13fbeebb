"""Shared by all tests: examples that do not change from run to run, messages in English by default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

#: Files whose tests take longest. They are begun first, so that no worker is left alone with one at the end.
LONGEST = (
    "tests/test_package.py", "tests/study/test_experiments.py", "tests/report/test_figures.py", "tests/test_cli.py",
    "tests/test_mutations.py", "tests/calibrate/test_calibration_runs.py",
)  # fmt: skip
#: Files of very many small runs, which fill what room there is at the end.
SINGLY = ("tests/test_liveness.py", "tests/test_policy_liveness.py")

# The gates must not depend on luck: the same examples every time. `--hypothesis-profile=search` looks further.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None)
settings.load_profile("gate")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "measured: a slow test whose lines no fast one reaches; it counts for coverage")


@pytest.fixture(autouse=True)
def _messages_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUSIM_LANG", "en")


@pytest.fixture(scope="module")
def no_pictures() -> Iterator[None]:
    """Let run folders be saved without their pictures, which take seconds; ``test_runs.py`` holds that they are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edusim.report.figures.draw_all", lambda *_, **__: [])
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return 0 if file in LONGEST else 2 if file in SINGLY else 1

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out by file in the order above (``--dist loadfile --no-loadscope-reorder``), the many small runs singly."""
    if config.getoption("dist") != "loadfile" or config.getoption("loadscopereorder"):
        return None
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return nodeid if file in SINGLY else file

    return ByFile(config, log)
