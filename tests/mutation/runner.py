"""Runs one test file against every mutant of one module, in a process of its own, as plain Python.

Called with the module, the test file and the functions to change (none: the whole module). The tests of the
file take one argument, the module under test, so that the very tests that judge the program judge its
mutants. Prints a JSON list of [mutant, line, name of the test that saw it or null].
"""

from __future__ import annotations

import importlib.util
import inspect
import json
import signal
import sys
import time
import types
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mutation.mutator import mutants

#: Seconds of computing that the source as it is may take; far more than any test file needs.
PATIENCE = 3.0
#: A mutant counts as caught, running in circles, when it computes this many times as long, and this many seconds more.
TIMES, MORE = 10.0, 0.5


def tests_of(file: str) -> list[tuple[str, Callable[[Any], None]]]:
    spec = importlib.util.spec_from_file_location("worked_tests", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = [(name, value) for name, value in vars(module).items() if name.startswith("test_")]
    wrong = [name for name, value in found if len(inspect.signature(value).parameters) != 1]
    assert found and not wrong, f"tests must take the module and nothing else: {wrong}"
    return found


def load(name: str, file: str, code: types.CodeType) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__file__ = file
    exec(code, module.__dict__)
    return module


def seen_by(tests: list[tuple[str, Callable[[Any], None]]], build: Callable[[], types.ModuleType], patience: float = PATIENCE) -> str | None:
    """Return the name of the first test that fails, None when all pass; the next mutant meets that test first."""
    name = "loading"
    signal.setitimer(signal.ITIMER_VIRTUAL, patience)
    try:
        module = build()
        for at, test in tests:
            name = at
            test(module)
    except (Exception, pytest.fail.Exception):
        # Mutants of one function stand together, and what sees one mostly sees the next: few tests are run in vain.
        tests.sort(key=lambda pair: pair[0] != name)
        return name
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
    return None


def _out_of_patience(*_: Any) -> None:
    raise TimeoutError


def main(name: str, test_file: str, *only: str) -> list[tuple[str, int, str | None]]:
    signal.signal(signal.SIGVTALRM, _out_of_patience)
    warnings.simplefilter("error", RuntimeWarning)  # as in the settings of the tests
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.origin is not None
    source, tests = Path(spec.origin).read_text(encoding="utf-8"), tests_of(test_file)
    whole = compile(source, spec.origin, "exec")
    seen_by(tests, lambda: load(name, spec.origin or "", whole))  # what is imported once is no part of the time
    begin = time.process_time()
    failed = seen_by(tests, lambda: load(name, spec.origin or "", whole))
    if failed:
        sys.exit(f"{failed} fails on the source as it is")
    patience = TIMES * (time.process_time() - begin) + MORE
    return [
        (m.name, m.line, seen_by(tests, lambda m=m: load(name, spec.origin or "", m.code), patience))  # type: ignore[misc]
        for m in mutants(source, only)
    ]


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:]), ensure_ascii=False))
