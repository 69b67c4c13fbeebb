"""Shared by all tests: examples that do not change from run to run, messages in English by default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

#: Files whose tests take longest. They are begun first, so that no worker is left alone with one at the end.
LONGEST = ("tests/test_package.py", "tests/study/test_experiments.py", "tests/report/test_figures.py")

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
    """Let run folders be saved without their six pictures, which take seconds; ``test_runs.py`` holds that they are there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("edusim.report.figures.draw_all", lambda *_, **__: [])
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Share slow tests out (``--dist loadgroup``): a file stays together, the many small runs fill what room there is."""
    if not config.getoption("loadgroup", False):
        return
    files = {item: item.nodeid.partition("::")[0] for item in items}
    for item in items:
        if not item.get_closest_marker("bulk"):
            item.add_marker(pytest.mark.xdist_group(files[item]))
    items.sort(key=lambda item: (bool(item.get_closest_marker("bulk")), files[item] not in LONGEST))
