"""Numbers of the very many small runs, kept: the same sources give the same numbers, so one in ten is reckoned again.

A bulk test asks :func:`numbers` for what its runs give and judges them, kept or new, by the same assertion. Which
ones are reckoned again is chosen by the content of the whole tree, so that the sample is another with every change and
the same for the same tree. All are reckoned where ``EDUSIM_EVERYTHING=1``, where the model, the shipped values or the
tests themselves are others than those of the record, and where NumPy or Numba are. ``make liveness`` makes the record.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import edusim
from edusim import declarations
from edusim.study import design

TESTS = Path(__file__).resolve().parent
PACKAGE, CONFIGS = Path(edusim.__file__).resolve().parent, declarations.configs()
RECORD = TESTS / "liveness.kept.json"
#: Of so many kept numbers one is reckoned again.
ONE_IN = 10
#: Beside the model's own sources: what reads the shipped values, these values, and the tests that try them.
READERS = ("configfile.py", "declarations.py", "deprecations.py", "formats.py", "policies.py", "scenario.py")
VALUES = ("behaviour", "policies", "regions", "scenarios", "stages.yaml")
TRIALS = ("test_liveness.py", "test_policy_liveness.py")
RENEW = "run `make liveness` (some minutes), look at what changed in docs/liveness.md, and commit both files"


def hash_of(files: Iterable[Path], top: Path) -> str:
    """Return the sha256 of files and their names; ends of lines count for nothing."""
    digest = hashlib.sha256()
    for file in sorted(files):
        content = file.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{file.relative_to(top).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def sources(package: Path = PACKAGE, configs: Path = CONFIGS, tests: Path = TESTS) -> str:
    """Return the hash of all that decides a kept number."""
    values = [file for name in VALUES for file in ([configs / name] if name.endswith(".yaml") else (configs / name).glob("*.yaml"))]
    parts = (
        design.hash_of_files(package, configs), hash_of((package / name for name in READERS), package),
        hash_of(values, configs), hash_of((tests / name for name in TRIALS), tests),
    )  # fmt: skip
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def tree() -> str:
    """Return the hash of the package, the shipped files and the tests: what turns the sample."""
    places = ((PACKAGE, "*.py"), (CONFIGS, "*.yaml"), (TESTS, "*.py"))
    return "".join(hash_of((f for f in top.rglob(ending) if "_configs" not in f.relative_to(top).parts), top) for top, ending in places)


def versions() -> dict[str, str]:
    """Return major and minor version of the libraries whose arithmetic may differ in the last digits."""
    return {name: ".".join(version(name).split(".")[:2]) for name in ("numpy", "numba")}


def seal(made: Mapping[str, Any]) -> str:
    """Return the hash of a record's content: a number changed by hand, or by a merge, does not fit it."""
    text = json.dumps({key: made[key] for key in ("source", "versions", "numbers")}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write(numbers: Mapping[str, Sequence[float]], file: Path = RECORD) -> None:
    """Keep numbers by name, one line each, with what they were made of."""
    to_keep = {name: [float(value) for value in numbers[name]] for name in sorted(numbers)}
    made = {"source": sources(), "versions": versions(), "numbers": to_keep}
    head = "".join(f' "{key}": {json.dumps(value)},\n' for key, value in {"seal": seal(made), **made}.items() if key != "numbers")
    lines = [f"{json.dumps(name)}: {json.dumps(found)}" for name, found in to_keep.items()]
    file.write_text("{\n" + head + ' "numbers": {\n  ' + ",\n  ".join(lines) + "\n }\n}\n", encoding="utf-8")


@dataclass(frozen=True)
class Record:
    """What is kept: numbers by name; what is wrong with it (nothing: an empty text); whether they can be compared here.

    ``turn`` decides which numbers are reckoned again.
    """

    numbers: Mapping[str, Sequence[float]]
    wrong: str
    comparable: bool
    turn: str

    def is_taken(self, name: str) -> bool:
        """Whether the kept number stands for the run: not where it is this one's turn, nor where all are reckoned."""
        if self.wrong or not self.comparable or os.environ.get("EDUSIM_EVERYTHING") == "1":
            return False
        return int(hashlib.sha256(f"{self.turn} {name}".encode()).hexdigest(), 16) % ONE_IN != 0

    def give(self, name: str, reckon: Callable[[], Sequence[float]]) -> list[float]:
        """Return the numbers of a name, kept or reckoned; reckoned ones must be the kept ones where there are any to hold."""
        if not self.wrong:
            assert name in self.numbers, f"nothing is kept for {name}: {RENEW}"
        if self.is_taken(name):
            return list(self.numbers[name])
        now = [float(value) for value in reckon()]
        if not self.wrong and self.comparable:
            kept = self.numbers[name]
            same = len(now) == len(kept) and all(math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) for a, b in zip(now, kept, strict=True))
            assert same, f"{name}: kept {kept}, reckoned now {now}. The sources are those of the record: find out why, then {RENEW}"
        return now


def read(file: Path = RECORD, source: str | None = None, turn: str | None = None) -> Record:
    """Return what is kept in a file, and what is wrong with it."""
    turn = turn or tree()
    try:
        made = json.loads(file.read_text(encoding="utf-8"))
        sealed = seal(made) == made["seal"]
    except (OSError, ValueError, KeyError, TypeError):
        return Record({}, f"{file.name} is missing or cannot be read: {RENEW}", False, turn)
    wrong = ""
    if not sealed:
        wrong = f"{file.name} was changed by hand or by a merge: {RENEW}"
    elif made["source"] != (source or sources()):
        wrong = f"{file.name} was made of other sources (model, shipped values, or the tests of liveness): {RENEW}"
    return Record(made["numbers"], wrong, made["versions"] == versions(), turn)


@lru_cache(maxsize=1)
def record() -> Record:
    """Return what is kept for this tree, read once."""
    return read()


def numbers(name: str, reckon: Callable[[], Sequence[float]]) -> list[float]:
    """Return the numbers that a trial gives, kept or reckoned, see :meth:`Record.give`."""
    return record().give(name, reckon)
