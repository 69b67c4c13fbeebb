"""The commands of `experiments/replications` as modules, and the published numbers where they are beside the checkout."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "experiments" / "replications"


def experiment(name: str) -> ModuleType:
    """Return a command of the folder as a module; commands import one another as scripts do."""
    sys.path.insert(0, str(FOLDER))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FOLDER))


def shared(name: str) -> Any:
    """Return published numbers that are kept outside the repository; skip where they are not."""
    file = FOLDER.parents[2] / "shared" / "reference" / name
    if not file.exists():
        pytest.skip("the published numbers are not beside this checkout")
    return json.loads(file.read_text(encoding="utf-8"))
