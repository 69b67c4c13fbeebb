"""What is kept of the bulk runs is of this model, turns are taken by all, and a planted fault is seen (``tests/kept.py``)."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import kept
from edusim.study import design

NAMES = [f"works {n}" for n in range(300)]
NUMBERS = {name: [float(n), 0.1 * n] for n, name in enumerate(NAMES)}


@pytest.fixture(autouse=True)
def _a_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDUSIM_EVERYTHING", raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    kept.write(NUMBERS, tmp_path / "r.json")
    return tmp_path / "r.json"


def reckoned_of(record: kept.Record) -> list[str]:
    """Return the names that are reckoned again, when all are asked for and give what is kept."""
    found: list[str] = []

    def reckon(name: str) -> list[float]:
        found.append(name)
        return NUMBERS[name]

    for name in NAMES:
        record.give(name, partial(reckon, name))
    return found


def test_what_is_kept_is_of_these_sources() -> None:
    assert kept.record().wrong == ""


def test_the_page_tells_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(kept.TESTS.parent / "tools"))
    page = importlib.import_module("liveness_page").page(kept.record().numbers)
    assert (kept.TESTS.parent / "docs" / "liveness.md").read_text(encoding="utf-8") == page, f"docs/liveness.md: {kept.RENEW}"
    assert "not at work" not in page


def test_one_in_ten_is_reckoned_another_sample_a_tree_and_every_name_has_its_turn(file: Path) -> None:
    record = kept.read(file)
    samples = [reckoned_of(replace(record, turn=f"tree {n}")) for n in range(100)]
    assert all(0.03 < len(sample) / len(NAMES) < 0.2 for sample in samples)
    assert samples[0] != samples[1] and reckoned_of(kept.read(file, turn="tree 0")) == samples[0]
    assert {name for sample in samples for name in sample} == set(NAMES)


def test_everything_is_reckoned_and_held_to_what_is_kept_when_asked(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDUSIM_EVERYTHING", "1")
    record = kept.read(file)
    assert reckoned_of(record) == NAMES
    with pytest.raises(AssertionError, match="make liveness"):
        record.give(NAMES[5], lambda: [5.0, 0.5001])


def test_a_forged_number_is_seen_when_its_turn_comes(tmp_path: Path) -> None:
    """Sealed anew, as whoever forges it would: only a run shows it."""
    kept.write({**NUMBERS, NAMES[7]: [7.0, 0.8]}, tmp_path / "r.json")
    seen, forged = 0, kept.read(tmp_path / "r.json")
    assert forged.wrong == ""
    for n in range(100):
        record = replace(forged, turn=f"tree {n}")
        if not record.is_taken(NAMES[7]):
            seen += 1
            with pytest.raises(AssertionError, match="make liveness"):
                record.give(NAMES[7], lambda: NUMBERS[NAMES[7]])
    assert seen > 0


@pytest.mark.parametrize("how", ["changed", "taken out", "torn", "gone"])
def test_a_record_that_was_touched_is_told_and_not_believed(how: str, file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    line = f'  "{NAMES[7]}": [7.0, 0.7000000000000001],\n'
    assert line in text
    if how == "gone":
        file.unlink()
    else:
        file.write_text({"changed": text.replace(line, line.replace("7.0,", "8.0,")), "taken out": text.replace(line, ""), "torn": text[:999]}[how])
    record = kept.read(file)
    assert "make liveness" in record.wrong
    assert reckoned_of(record) == NAMES


def test_a_name_that_is_not_kept_is_told(file: Path) -> None:
    with pytest.raises(AssertionError, match=r"nothing is kept for works x.*make liveness"):
        kept.read(file).give("works x", lambda: [1.0])


@pytest.mark.parametrize("place", ["rules/rotation.py", "equations/teachers.py", "policies.py", "policies/fusion.yaml", "scenarios/small.yaml",
                                   "behaviour/default.yaml", "test_liveness.py"])  # fmt: skip
def test_any_change_of_what_decides_the_numbers_is_told_and_everything_reckoned(place: str, file: Path, tmp_path: Path) -> None:
    tops = {"package": kept.PACKAGE, "configs": kept.CONFIGS, "tests": kept.TESTS}
    where = next(key for key, top in tops.items() if (top / place).exists())
    shutil.copytree(tops[where], tmp_path / where, ignore=shutil.ignore_patterns("__pycache__", "_configs", "fonts"))
    assert kept.sources(**{where: tmp_path / where}) == kept.sources()
    changed = tmp_path / where / place
    changed.write_text(changed.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    record = kept.read(file, source=kept.sources(**{where: tmp_path / where}))
    assert "other sources" in record.wrong and "make liveness" in record.wrong
    assert reckoned_of(record) == NAMES


def test_other_libraries_are_no_fault_of_the_record_but_everything_is_reckoned(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "versions", lambda: {"numpy": "9.9", "numba": "9.9"})
    record = kept.read(file)
    assert record.wrong == "" and reckoned_of(record) == NAMES
    assert record.give(NAMES[5], lambda: [1.0]) == [1.0]  # its last digits may be others: the test judges what is reckoned


@pytest.mark.slow
def test_nothing_else_decides_the_numbers() -> None:
    """What a trial imports of the package is hashed, but for the package's face and the texts of errors."""
    code = (
        "import json, sys, test_policy_liveness as t; from edusim.model import County; t.surely('fusion', 'rotation.share');"
        "print(json.dumps([m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'edusim']))"
    )
    before = "import sys; sys.modules['kept'] = type(sys)('kept');"  # the record itself, which reads what a trial does not
    child = {**os.environ, "PYTHONPATH": str(kept.PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-c", before + code], cwd=kept.TESTS, env=child, capture_output=True, text=True, check=True)
    files = {Path(file).relative_to(kept.PACKAGE).as_posix() for file in json.loads(done.stdout.splitlines()[-1])}
    assert {"rules/rotation.py", "policies.py", "model.py"} <= files
    hashed = (*design.MODEL, *kept.READERS, "__init__.py", "errors.py")
    assert sorted(f for f in files if f not in hashed and f.partition("/")[0] not in hashed) == []
