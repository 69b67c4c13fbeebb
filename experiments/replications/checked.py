"""What every replication here ends with: a table of numbers against what they must be, and what is kept of ours."""

from __future__ import annotations

import argparse
import json
import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from edusim.study.design import source_hash

HERE = Path(__file__).parent
#: Largest relative difference that the last digits may make on another machine, where the model is the same.
SAME = 1e-12
#: An expectation must be met within so many standard errors, over at least so many draws, and the error be below this.
ERRORS, DRAWS, WIDEST = 4.0, 200, 0.01


@dataclass(frozen=True)
class Row:
    """One number: what it is, what it must be, what the model gives, and how far apart they may lie."""

    name: str
    wanted: float
    got: float
    within: float
    note: str = ""

    @property
    def error(self) -> float:
        return self.got - self.wanted

    @property
    def is_right(self) -> bool:
        return bool(abs(self.error) <= self.within)


def exact(name: str, wanted: float, got: float, within: float = 1e-9) -> Row:
    """Return a row for a number that holds in every run."""
    return Row(name, float(wanted), float(got), within)


def fact(name: str, holds: bool, note: str = "") -> Row:
    """Return a row for a statement: 1 where it holds."""
    return Row(name, 1.0, float(holds), 0.0, note)


def expectation(name: str, wanted: float, values: ArrayLike) -> Row:
    """Return a row for a mean over draws, to four standard errors; wrong where the draws cannot tell."""
    of = np.asarray(values, dtype=np.float64)
    error = float(of.std(ddof=1) / math.sqrt(of.size))
    can_tell = of.size >= DRAWS and 0.0 < error < WIDEST
    return Row(name, float(wanted), float(of.mean()), ERRORS * error if can_tell else -1.0, f"{of.size} draws, s.e. {error:.2g}")


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text for a terminal."""
    cells = [("", "expected 应为", "model 模型", "difference 差", "allowed 容许", "")]
    for row in rows:
        told = (f"{row.wanted:.9g}", f"{row.got:.9g}", f"{row.error:+.1e}", f"{row.within:.1e}")
        cells.append((row.name, *told, " ".join(filter(None, ("ok" if row.is_right else "OFF 不符", row.note)))))
    widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
    lines = []
    for name, *numbers, end in cells:
        shown = [name + " " * (widths[0] - _width(name)), *(" " * (w - _width(n)) + n for n, w in zip(numbers, widths[1:], strict=False))]
        lines.append("  ".join([*shown, end]).rstrip())
    return "\n".join([lines[0], "-" * max(map(_width, lines)), *lines[1:]])


def differences(rows: Iterable[Row], kept: dict[str, Any], same: float = SAME) -> list[str]:
    """Return what is not as it must be or, where the model is the same as when they were kept, not as kept to ``same``."""
    rows = list(rows)
    off = [f"{row.name}: {row.wanted:.9g} expected, {row.got:.9g} now" for row in rows if not row.is_right]
    now = {row.name: row.got for row in rows}
    off += [f"{name}: kept, and missing now" for name in kept["values"] if name not in now]
    off += [f"{name}: not kept; write it with --expect" for name in now if name not in kept["values"]]
    if kept["source"] == source_hash():
        for name, value in kept["values"].items():
            if name in now and not math.isclose(value, now[name], rel_tol=same, abs_tol=same):
                off.append(f"{name}: {value!r} kept, {now[name]!r} now")
    return off


def data(name: str) -> Any:
    """Return the published numbers and their sources: ``name.json`` beside the command."""
    return json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))


def options(text: str | None) -> argparse.ArgumentParser:
    """Return the options that every replication has."""
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--expect", action="store_true", help="keep the model's numbers as the expected ones")
    return parser


def finish(name: str, rows: Sequence[Row], *, keep: bool = False, same: float = SAME) -> int:
    """Print the table, compare with or keep ``expected.name.json``; return 0, or 1 when a number is off."""
    print(table(rows))
    target = HERE / f"expected.{name}.json"
    if keep:
        kept = {"source": source_hash(), "values": {row.name: row.got for row in rows}}
        target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"kept 已保存: {target.name}")
    kept = json.loads(target.read_text(encoding="utf-8"))
    off = differences(rows, kept, same)
    for line in off:
        print(f"not as expected 不符: {line}")
    if not off:
        same = "" if kept["source"] == source_hash() else "; the model has changed since they were kept 模型已有修改"
        print(f"{len(rows)} numbers as expected 与应有的数一致{same}")
    return 1 if off else 0
