"""A county's own tables: rows of measure, stage, year and value, read strictly.

The columns are ``measure``, ``stage``, ``year``, ``value`` and, where they are known, ``se`` (standard error of the
value, beside the chance of the county), ``n`` (number that a share rests on), ``county`` (which of several counties) and ``source``. Lines that begin with
``#`` are comments. A row without a value says that the county keeps the number: a recovery asks what could be learned from it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from edusim import configfile
from edusim.calibrate.county import STATISTICS, WITHOUT
from edusim.configfile import Node
from edusim.errors import ConfigError, did_you_mean
from edusim.study.asked import column_of, kept_measures

if TYPE_CHECKING:
    from edusim.scenario import Scenario

COLUMNS = ("measure", "stage", "year", "value", "se", "n", "county", "source")
REQUIRED = ("measure", "year", "value")
#: The year of a value that describes the county before any policy.
BASE = "base"


@dataclass(frozen=True)
class Entry:
    """One row of a table.

    Attributes
    ----------
    measure, stage
        Measure id and part of school.
    year
        School year, 0 for the base year.
    value
        NaN where the table has none.
    se
        Standard error of the value, beside the chance of the county; NaN where none is known.
    chance
        For a share that rests on ``n``: its binomial spread, which takes the place of the chance of the simulated county.
    rounding
        Standard deviation that the printed digits leave open.
    county
        Which of several counties; empty where there is one.
    table, where
        Name of the table's file, and ``file:line`` of the row.
    """

    measure: str
    stage: str
    year: int
    value: float
    se: float
    chance: float
    rounding: float
    county: str
    source: str
    table: str
    where: str

    @property
    def column(self) -> str:
        """Measure and stage as one name: ``measure`` or ``measure[stage]``."""
        return column_of(self.measure, self.stage)


@dataclass(frozen=True)
class Target:
    """A number that a fit is held against: one measure, stage and year, over all its counties.

    Attributes
    ----------
    column, year
        Measure and stage as one name; school year, 0 for the base year.
    entries
        The rows, one a county.
    """

    column: str
    year: int
    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        """Name of the target: the column, and its year where it has one."""
        return f"{self.column}@{self.year}" if self.year else self.column

    @property
    def family(self) -> str:
        """What kind of number it is: its measure without the last part, so that counties' spreads can be pooled."""
        return self.entries[0].measure.rpartition(".")[0]

    @property
    def is_measured(self) -> bool:
        """Whether the table has a value."""
        return all(math.isfinite(e.value) for e in self.entries)

    @property
    def value(self) -> float:
        """Mean over the counties."""
        return sum(e.value for e in self.entries) / len(self.entries)


def _fail(where: str, code: str, zh: str, en: str, mend: tuple[str, str] = ("", "")) -> NoReturn:
    raise ConfigError(code, zh, en, where=where, mend_zh=mend[0], mend_en=mend[1])


def hash_of(paths: Iterable[str | Path]) -> str:
    """Return the sha256 of tables, ends of lines counting for nothing."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(Path(path).read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return digest.hexdigest()


def read(path: str, base: Scenario) -> tuple[list[Entry], tuple[str, ...]]:
    """Return the rows of a table, and the names of what it holds that the model has no counterpart of.

    Parameters
    ----------
    path
        CSV file, UTF-8.
    base
        The scenario, whose years a row may name.

    Raises
    ------
    ConfigError
        ``CAL-TABLE`` a file that is no such table, ``CAL-COLUMN``, ``CAL-MEASURE``, ``CAL-STAGE``, ``CAL-YEAR``,
        ``CAL-NUMBER``, ``CAL-TWICE``; each with file and line.
    """
    lines = configfile.read_text(path).splitlines()
    numbered = [(i, line) for i, line in enumerate(lines, 1) if line.strip() and not line.lstrip().startswith("#")]
    if not numbered:
        _fail(path, "CAL-TABLE", "表是空的", "the table is empty", _shape())
    rows = list(csv.reader(io.StringIO("\n".join(line for _, line in numbered))))
    header = [cell.strip() for cell in rows[0]]
    where = f"{path}:{numbered[0][0]}"
    for name in header:
        if name not in COLUMNS:
            _fail(where, "CAL-COLUMN", f"不认识的列 {name[:40]}", f"unknown column {name[:40]}", did_you_mean(name, COLUMNS))
    for name in REQUIRED:
        if name not in header:
            _fail(where, "CAL-COLUMN", f"缺少列 {name}", f"the column {name} is missing", _shape())
    if len(set(header)) < len(header):
        _fail(where, "CAL-COLUMN", "有两列同名", "two columns have one name")
    found: list[Entry] = []
    left: list[str] = []
    if len(rows) != len(numbered):  # a quoted line break: lines could no longer be told
        _fail(path, "CAL-TABLE", "单元格里不能换行", "a cell cannot hold a line break")
    for (line, _), cells in zip(numbered[1:], rows[1:], strict=True):
        spot = f"{path}:{line}"
        if len(cells) > len(header):
            _fail(spot, "CAL-TABLE", "这一行的单元格多于表头", "the row has more cells than the header",
                  ("含逗号的文字要加引号", "a text with a comma needs quotes"))  # fmt: skip
        given = {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
        if given["measure"] in WITHOUT:
            left.append(given["measure"])
        else:
            found.append(_entry(given, path, spot, base))
    if not found:
        _fail(path, "CAL-TABLE", "表里没有一行数据", "the table has no row", _shape())
    return found, tuple(dict.fromkeys(left))


def _shape() -> tuple[str, str]:
    example = "measure,stage,year,value,se"
    return f"第一行是表头，例如 {example}", f"the first line names the columns, for example {example}"


def _entry(given: dict[str, str], path: str, spot: str, base: Scenario) -> Entry:
    known = kept_measures()
    name = given["measure"]
    stages: Sequence[str]
    if name in STATISTICS:
        stages, unit = ("primary", "junior"), "ratio"
    elif name in known:
        stages, unit = known[name].stages, known[name].unit
    else:
        _fail(spot, "CAL-MEASURE", f"没有指标 {name[:60]}", f"no measure {name[:60]}", did_you_mean(name, (*known, *STATISTICS, *WITHOUT)))
    stage = given.get("stage", "") or ("all" if "all" in stages else stages[0] if len(stages) == 1 else "")
    words = (f"可用：{', '.join(stages)}", f"one of {', '.join(stages)}")
    if not stage:
        _fail(spot, "CAL-STAGE", f"{name} 按学段分列，要写学段", f"{name} is kept by stage: say which", words)
    if stage not in stages:
        _fail(spot, "CAL-STAGE", f"{name} 没有学段 {stage[:40]}", f"{name} has no stage {stage[:40]}", words)
    year = _year(given["year"], name, spot, base)
    value, places = _number(given["value"], spot, "value")
    se, _ = _number(given.get("se", ""), spot, "se")
    n, _ = _number(given.get("n", ""), spot, "n")
    if not math.isnan(se) and se <= 0:
        _fail(spot, "CAL-NUMBER", "se 须大于 0", "se must be above 0", ("不知道就留空", "leave it empty where it is not known"))
    chance = math.nan
    if not math.isnan(n):
        if not unit.startswith("share") or not (0 <= value <= 1 or math.isnan(value)) or n < 1:
            _fail(spot, "CAL-NUMBER", f"{name} 不是比例，n 不能给出离散", f"{name} is no share: n gives no spread",
                  ("请改写 se，或留空", "write se, or leave it empty"))  # fmt: skip
        chance = math.sqrt(max(value * (1 - value), 1.0 / n) / n)
    rounding = 10.0**-places / math.sqrt(12) if math.isfinite(value) else 0.0
    return Entry(
        name, stage, year, value, se, chance, rounding, given.get("county", ""), given.get("source", ""), Path(path).name, spot
    )


def _year(text: str, name: str, spot: str, base: Scenario) -> int:
    if text == BASE or text == str(base.base_year):
        return 0
    if name in STATISTICS:
        _fail(spot, "CAL-YEAR", f"{name} 只描述基准年", f"{name} describes the base year only", (f"请写 {BASE}", f"write {BASE}"))
    if not text.isdecimal() or not base.base_year < int(text) <= base.last_year:
        span = f"{base.base_year}-{base.last_year}"
        _fail(spot, "CAL-YEAR", f"学年 {text[:20]!r} 不在推演之内（{span}）", f"the year {text[:20]!r} is not in the run ({span})",
              (f"请写其中一年，或 {BASE}（基准年）；更久：set: {{years: …}}",
               f"write one of these, or {BASE} (the base year); for longer, set: {{years: ...}}"))  # fmt: skip
    return int(text)


def _number(text: str, spot: str, column: str) -> tuple[float, int]:
    """Return a number (NaN where the cell is empty) and how many decimals it was printed with."""
    if not text:
        return math.nan, 0
    try:
        value = Node(text, path=column).number()
    except ConfigError as error:
        _fail(spot, "CAL-NUMBER", f"{column}：{error.zh}", f"{column}: {error.en}", ("请写一个普通的数", "write an ordinary number"))
    mantissa, _, exponent = text.lower().partition("e")
    return value, len(mantissa.partition(".")[2]) - int(exponent or 0)


def targets(entries: Iterable[Entry]) -> tuple[Target, ...]:
    """Return the targets of some rows in their order; rows of several counties make one target.

    Raises
    ------
    ConfigError
        ``CAL-TWICE`` for a number that is given twice.
    """
    groups: dict[tuple[str, int], dict[str, Entry]] = {}
    for entry in entries:
        group = groups.setdefault((entry.column, entry.year), {})
        if entry.county in group:
            _fail(entry.where, "CAL-TWICE", f"{entry.column} 的这一年写了两次（另见 {group[entry.county].where}）",
                  f"{entry.column} of this year is given twice (also at {group[entry.county].where})",
                  ("请删去其中一行，或写明 county", "delete one of them, or name the county"))  # fmt: skip
        group[entry.county] = entry
    found = []
    for (column, year), group in groups.items():
        has = [e for e in group.values() if math.isfinite(e.value)]
        found.append(Target(column, year, tuple(has or group.values())))
    return tuple(found)
