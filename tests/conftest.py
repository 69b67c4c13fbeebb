"""Shared by all tests: examples that do not change from run to run, messages in English by default."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The gates must not depend on luck: the same examples every time. `--hypothesis-profile=search` looks further.
settings.register_profile("gate", derandomize=True, deadline=None, database=None)
settings.register_profile("search", deadline=None)
settings.load_profile("gate")


@pytest.fixture(autouse=True)
def _messages_in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUSIM_LANG", "en")
