"""Turn the cells of a roster into columns, and list every fault with its cell, column and mend.

Nothing is guessed in silence: what was normalised (full-width digits, lost leading zeros, ``35%``) is
said, what is empty is left empty for :mod:`edusim.region.roster` to draw, and what is wrong is refused.
All faults of a file are collected before anything is raised.
"""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import DataError, DataErrors, nearest
from edusim.region.roster_cells import RawFile, RawSheet, empty_sheet, read
from edusim.region.roster_columns import (
    INVISIBLE,
    SHEETS,
    WORDS,
    RosterColumn,
    RosterSheet,
    code_of,
    ignored,
    names_of,
    nearest_code,
    nearest_header,
    nearest_name,
    nearest_word,
    plain,
    word_in,
)
from edusim.region.roster_mapping import Mapping, SheetMapping
from edusim.region.roster_report import CellError, CheckReport, Notice

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMULA_ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|(?:\d{2,4}年)?\d{1,2}月(?:\d{1,2}日)?|\d{1,2}-[A-Za-z]{3}")
#: Sheets that explain; leaving them alone needs no word.
_GUIDES = frozenset({
    "填表说明", "说明", "readme", "guide", "示例", "example", "检查结果", "checkresult", "将要抽取的数据", "whatwillbedrawn",
})  # fmt: skip
#: A number alone in a cell of text: "约40", "500人".
_INNER_NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
#: A long code that a spreadsheet wrote as a power of ten: its last digits are gone.
_SCIENTIFIC = re.compile(r"\d+\.\d+[eE][+-]?\d+|\d+[eE]\+\d+")
#: Spreadsheets keep this many digits of a number.
_DIGITS_KEPT = 15
#: Codes this long or longer that nearly all have one length: another length is worth a look.
_LONG_CODE, _NEARLY_ALL = 6, 0.95
_LONGEST_CODE = 64


@dataclass
class Parsed:
    """A sheet as columns: ``values[key][i]`` is the value of row ``i``, None when the cell is empty or was refused.

    ``refused`` holds row and column of the latter, so that one mistake is told once.
    """

    kind: str
    raw: RawSheet
    values: dict[str, list[Any]]
    column_at: dict[str, int]
    refused: set[tuple[int, str]] = field(default_factory=set)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.raw.rows)

    def column(self, key: str) -> list[Any]:
        """Return a column; all None when the sheet does not have it."""
        return self.values.get(key) or [None] * self.n

    def numbers(self, key: str) -> NDArray[np.float64]:
        """Return a column as float64, shape (n,), NaN where the cell is empty."""
        return np.array([np.nan if v is None else v for v in self.column(key)], dtype=np.float64)

    def where(self, row: int, key: str) -> str:
        """Return the place of a cell."""
        return self.raw.where(self.raw.rows[row][0], self.column_at.get(key, 0))


@dataclass
class GroupEntry:
    """A school group as the roster states it: rows of schools, -1 for a core outside."""

    name: str
    core: int = -1
    members: list[int] = field(default_factory=list)
    core_outside: bool = False
    year_formed: int | None = None
    outside: dict[str, float] = field(default_factory=dict)
    where: str = ""


@dataclass
class Roster:
    """A checked roster: columns of each sheet, groups resolved to rows, and the report."""

    source: Path
    mapping: Mapping
    report: CheckReport
    sheets: dict[str, Parsed] = field(default_factory=dict)
    groups: list[GroupEntry] = field(default_factory=list)

    @property
    def schools(self) -> Parsed:
        """The schools."""
        return self.sheets["schools"]


def load_roster(path: str | Path, mapping: Mapping) -> Roster:
    """Return a roster with everything found wrong in ``report.errors``; nothing is raised for content.

    Parameters
    ----------
    path
        Workbook, CSV file or folder, see :func:`edusim.region.roster_cells.read`.
    mapping
        How its headers are to be read.
    """
    report = CheckReport(Path(path).name)
    roster = Roster(Path(path), mapping, report)
    try:
        raw = read(path)
    except DataErrors as problem:
        report.errors += problem.errors
        return roster
    except DataError as problem:
        report.errors.append(problem)
        return roster
    from edusim.region.roster_relations import relate

    _parse_all(raw, roster)
    if "schools" in roster.sheets:
        relate(roster)
    return roster


def _parse_all(raw: RawFile, roster: Roster) -> None:
    report = roster.report
    report.errors += raw.errors
    for title in raw.left_alone:
        if title.startswith("_") or plain(title) in _GUIDES:
            continue
        near = nearest(title, [s.zh for s in SHEETS.values()] + list(SHEETS))
        hint = (f"（若是 {near} 表请改名）", f" (rename it if it is meant to be {near})") if near else ("", "")
        report.normalised.append(
            Notice("DATA-SHEET-LEFT", f"工作表 {title} 未读取{hint[0]}", f"sheet {title} was not read{hint[1]}", title)
        )
    for kind in SHEETS:
        if kind in raw.sheets:
            reader = SheetReader(raw.sheets[kind], roster.mapping.of(kind), report)
            parsed = reader.parse()
            report.header_rows[parsed.raw.title] = parsed.raw.header_row
            if parsed.n:
                roster.sheets[kind] = parsed
                report.rows[kind] = parsed.n
            elif kind == "schools":
                report.errors.append(empty_sheet(parsed.raw.title))


class SheetReader:
    """Parses one sheet: finds what each header means, then reads every cell as its column says."""

    def __init__(self, raw: RawSheet, mapping: SheetMapping, report: CheckReport) -> None:
        self.raw, self.mapping, self.report = raw, mapping, report
        self.sheet: RosterSheet = SHEETS[raw.kind]

    # ------------------------------------------------------------ saying what is wrong

    def error(
        self,
        code: str,
        where: str,
        zh: str,
        en: str,
        mend: tuple[str, str] = ("", ""),
        column: RosterColumn | None = None,
        near: str | tuple[str, str] = "",
    ) -> None:
        """Add a fault to the report, naming the column first."""
        both = (near, near) if isinstance(near, str) else near
        self.report.errors.append(
            CellError(code, zh, en, where=where, mend_zh=mend[0], mend_en=mend[1], column=column, near=both)
        )

    def note(self, code: str, where: str, zh: str, en: str, read_as: str | float | None = None) -> None:
        """Say what was read as something else than written."""
        self.report.normalised.append(Notice(code, zh, en, where, read_as))

    def warn(self, code: str, where: str, zh: str, en: str) -> None:
        """Say what is odd but usable."""
        self.report.warnings.append(Notice(code, zh, en, where))

    # ------------------------------------------------------------ headers

    def parse(self) -> Parsed:
        """Return the sheet as columns; faults go to the report."""
        at, sources = self._headers()
        self._drop_second_header(at)
        parsed = Parsed(self.raw.kind, self.raw, {}, at)
        for key, position in at.items():
            parsed.values[key] = self._column(self.sheet.columns[key], position, parsed.refused)
        for key, text in self.mapping.constants.items():
            column = self.sheet.columns[key]
            value = self._value(column, text, self.raw.where(self.raw.header_row, 0))
            parsed.values[key] = [value] * parsed.n
        self._computed(parsed, sources)
        if "id" in parsed.values:
            self._pad_codes(parsed)
            self._unique(parsed)
        return parsed

    def _headers(self) -> tuple[dict[str, int], dict[str, int]]:
        names = names_of(self.sheet)
        wanted = {s for c in self.mapping.computed.values() for s in c.sources}
        at: dict[str, int] = {}
        sources: dict[str, int] = {}
        width = max([len(self.raw.header), *(len(cells) for _, cells in self.raw.rows)])
        for position in range(width):
            header = self.raw.header[position] if position < len(self.raw.header) else None
            where = self.raw.where(self.raw.header_row, position)
            if header is None:
                used = next(
                    (n for n, cells in self.raw.rows if len(cells) > position and cells[position] is not None), None
                )
                if used is not None:
                    self.error(
                        "DATA-HEADER-EMPTY", self.raw.where(used, position), "这一列有值但没有列名", "this column has values but no header",
                        ("请补上列名或清空该列", "add a header or clear the column"),
                    )  # fmt: skip
                continue
            text = str(header).strip()
            if text in self.mapping.ignored or (
                text not in self.mapping.columns and text not in wanted and ignored(text)
            ):
                continue
            if text in wanted:
                if text in sources:
                    self._twice(text, text, where, self.raw.where(self.raw.header_row, sources[text]))
                sources.setdefault(text, position)
                if text not in self.mapping.columns:
                    continue
            key = self.mapping.columns.get(text) or names.get(plain(text))
            if key is None:
                self.error(
                    "DATA-UNKNOWN-HEADER", where, f"不认识的列名“{text}”", f'unknown header "{text}"',
                    nearest_header(self.sheet, text, self.mapping.columns),
                    near=nearest_name(self.sheet, text, self.mapping.columns) or "",
                )  # fmt: skip
            elif key in self.mapping.constants or key in self.mapping.computed:
                self.error(
                    "DATA-DUPLICATE-HEADER", where, f"“{text}”一列已由对照文件给出", f'the mapping file already gives the column "{text}"',
                    ("请在对照文件中将其列入 ignored", "list it under ignored in the mapping file"),
                )  # fmt: skip
            elif key in at:
                self._twice(key, text, where, self.raw.where(self.raw.header_row, at[key]))
            else:
                at[key] = position
        head = self.raw.where(self.raw.header_row, 0)
        absent = [k for k, c in self.sheet.columns.items() if c.required]
        absent = [
            k for k in absent if k not in at and k not in self.mapping.constants and k not in self.mapping.computed
        ]
        for key in absent:
            column = self.sheet.columns[key]
            self.error(
                "DATA-MISSING-COLUMN", head, "缺少这一必填列", "this required column is missing",
                (f"请增加一列“{column.zh}”", f"add a column {column.en}"), column,
            )  # fmt: skip
        listed = {str(h).strip() for h in self.raw.header if h is not None}
        for header in (*self.mapping.columns, *wanted):
            if header not in listed and self.mapping.columns.get(header) not in absent:
                near = nearest(header, listed)
                self.error(
                    "DATA-MISSING-COLUMN", head, f"对照文件所说的列“{header}”不在表中",
                    f'the column "{header}" that the mapping names is not in the table',
                    (f"您是否想写 {near}？", f"did you mean {near}?") if near else ("", ""),
                )  # fmt: skip
        return at, sources

    def _twice(self, key: str, text: str, where: str, first: str) -> None:
        column = self.sheet.columns.get(key)
        self.error(
            "DATA-DUPLICATE-HEADER", where, f"列名“{text}”与 {first} 是同一列", f'header "{text}" is the same column as {first}',
            ("请删除其中一列，或在列名前加下划线", "delete one of them, or put an underscore before its name"), column,
        )  # fmt: skip

    def _drop_second_header(self, at: dict[str, int]) -> None:
        """Drop a second header row in the other language, as the template has it."""
        names = names_of(self.sheet)
        if not self.raw.rows or not at:
            return
        cells = self.raw.rows[0][1]
        by_position = {position: key for key, position in at.items()}
        pairs = [(by_position[p], c) for p, c in enumerate(cells) if c is not None and p in by_position]
        if pairs and all(isinstance(c, str) and names.get(plain(c)) == key for key, c in pairs):
            del self.raw.rows[0]

    # ------------------------------------------------------------ cells

    def _column(self, column: RosterColumn, position: int, refused: set[tuple[int, str]]) -> list[Any]:
        values: list[Any] = []
        for row, (number, cells) in enumerate(self.raw.rows):
            cell = cells[position] if position < len(cells) else None
            if cell is None:
                if column.required:
                    self.error(
                        "DATA-MISSING-VALUE", self.raw.where(number, position), "必填，不能为空", "required, must not be empty",
                        (f"请填写{column.meaning_zh or column.zh}", f"fill in: {column.meaning_en}"), column,
                    )  # fmt: skip
                values.append(None)
            else:
                values.append(self._value(column, cell, self.raw.where(number, position)))
                if values[-1] is None:
                    refused.add((row, column.key))
        return values

    def _value(self, column: RosterColumn, cell: Any, where: str) -> Any:
        if isinstance(cell, str) and cell.strip().upper() in FORMULA_ERRORS:
            self.error(
                "DATA-FORMULA", where, f"公式出错（{cell.strip()}）", f"formula error ({cell.strip()})",
                ("请改正公式或填写数值", "mend the formula or write the value"), column,
            )  # fmt: skip
            return None
        if column.kind in ("integer", "number", "share"):
            return self._number(column, cell, where)
        if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
            self._date(column, cell, where)
            return None
        text = self._plain_text(column, cell, where)
        if text is None:
            return None
        if column.kind == "word":
            return self._word(column, cell, text, where)
        if len(text) > _LONGEST_CODE:
            self.error(
                "DATA-TOO-LONG", where, f"超过 {_LONGEST_CODE} 个字符", f"longer than {_LONGEST_CODE} characters",
                ("请缩短", "shorten it"), column,
            )  # fmt: skip
            return None
        if column.kind == "references":
            return [part.strip() for part in re.split(r"[;；、,，/|\n]+", text) if part.strip()]
        return text

    def _word(self, column: RosterColumn, cell: Any, text: str, where: str) -> str | None:
        code = code_of(column.words, text)
        if code is None:
            near = nearest_code(column.words, text)
            self.error(
                "DATA-WORD", where, f"“{text}”不是可用的词", f'"{text}" is not a valid word',
                nearest_word(column.words, text), column,
                "" if near is None else (word_in(column.words, near, "zh"), word_in(column.words, near, "en")),
            )  # fmt: skip
            return None
        written = str(cell).strip()
        squeezed = re.sub(r"\s+", "", text)
        if isinstance(cell, str) and squeezed != written:
            known = {name.lower() for names in WORDS[column.words].values() for name in names}
            if written.lower() not in known:
                read_as = word_in(column.words, code, "en" if squeezed.isascii() else "zh")
                seen = _seen(written)
                self.note("DATA-FULL-WIDTH", where, f"“{seen}”读作 {read_as}", f'"{seen}" was read as {read_as}', read_as)
        return code

    def _plain_text(self, column: RosterColumn, cell: Any, where: str) -> str | None:
        if isinstance(cell, bool):
            return str(int(cell))
        if column.kind in ("code", "reference") and _digits_lost(cell):
            shown = f"{cell:.6g}" if isinstance(cell, float) else str(cell)
            self.error(
                "DATA-DIGITS-LOST", where, f"编号被存成了数字（{shown}），末尾的数字已丢失，无法补回",
                f"the code was stored as a number ({shown}): its last digits are lost and cannot be recovered",
                ("请将该列设为文本格式，再从原始资料重新录入", "format the column as text and type the code again from its source"),
                column,
            )  # fmt: skip
            return None
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        raw = INVISIBLE.sub("", str(cell)).strip()
        if column.kind == "text":
            return re.sub(r"\s+", " ", raw)
        text = unicodedata.normalize("NFKC", raw).strip()
        if column.kind == "code":
            text = re.sub(r"\s+", "", text)
        if text != str(cell).strip() and column.kind in ("code", "reference"):
            seen = _seen(str(cell).strip())
            self.note("DATA-FULL-WIDTH", where, f"“{seen}”读作 {text}", f'"{seen}" was read as {text}', text)
        return text

    def _date(self, column: RosterColumn, cell: Any, where: str) -> None:
        shown = str(cell).removesuffix(" 00:00:00")
        self.error(
            "DATA-DATE", where, f"这里是日期（{shown}），应是{'数字' if column.kind != 'code' else '编号'}",
            f"this is a date ({shown}), not a {'number' if column.kind != 'code' else 'code'}",
            ("Excel 可能自动改成了日期：请将该列设为文本或数字后重填", "Excel may have made it a date: format the column as text or number and type it again"),
            column,
        )  # fmt: skip

    def _number(self, column: RosterColumn, cell: Any, where: str) -> float | None:
        if isinstance(cell, datetime.date | datetime.time | datetime.timedelta):
            self._date(column, cell, where)
            return None
        value: float | None = None
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            value = _as_float(cell)
        else:
            raw = str(cell).strip()
            text = unicodedata.normalize("NFKC", INVISIBLE.sub("", raw)).replace(" ", "").replace("−", "-")
            written = text
            if _THOUSANDS.fullmatch(text):
                text = text.replace(",", "")
            percent = column.kind == "share" and text.endswith("%") and _NUMBER.fullmatch(text[:-1]) is not None
            if percent:
                value = float(text[:-1]) / 100.0
            elif _NUMBER.fullmatch(text) and not isinstance(cell, bool):
                value = float(text)
            elif _DATE.fullmatch(text):
                self._date(column, raw, where)
                return None
            else:
                self._no_number(column, raw, text, where)
                return None
            if written != raw or text != written or percent:
                shown = f"{value:g}"
                seen = _seen(raw)
                self.note("DATA-NUMBER-TEXT", where, f"“{seen}”读作 {shown}", f'"{seen}" was read as {shown}', value)
        if not math.isfinite(value):
            self.error(
                "DATA-NOT-NUMBER", where, f"“{cell}”不是有限的数", f'"{cell}" is not a finite number',
                ("不知道时留空", "leave the cell empty when it is not known"), column,
            )  # fmt: skip
            return None
        return self._in_range(column, value, where)

    def _no_number(self, column: RosterColumn, raw: str, text: str, where: str) -> None:
        """Refuse a text where a number belongs; a single number in it is the nearest valid value."""
        inner = _INNER_NUMBER.findall(text)
        near = inner[0].replace(",", "") if len(inner) == 1 else ""
        mend = ("请填数字，不知道时留空", "write a number, or leave the cell empty when it is not known")
        if near:
            mend = (
                f"若是 {near}，请只填这个数字；不知道时留空",
                f"if it is {near}, write the number alone; leave the cell empty when it is not known",
            )
        self.error("DATA-NOT-NUMBER", where, f"“{raw}”不是数字", f'"{raw}" is not a number', mend, column, near)

    def _in_range(self, column: RosterColumn, value: float, where: str) -> float | None:
        shown = f"{value:.12g}"
        if column.kind == "integer" and value != math.floor(value):
            near = f"{round(value)}"
            self.error(
                "DATA-NOT-WHOLE", where, f"{shown} 不是整数", f"{shown} is not a whole number",
                (f"最近的整数：{near}", f"nearest whole number: {near}"), column, near,
            )  # fmt: skip
            return None
        for bound, beyond in ((column.low, -1), (column.high, 1)):
            if bound is not None and (value - bound) * beyond > 0:
                limit = f"{bound:g}"
                zh = f"{shown} 小于最小值 {limit}" if beyond < 0 else f"{shown} 大于最大值 {limit}"
                en = (
                    f"{shown} is below the lowest value {limit}"
                    if beyond < 0
                    else f"{shown} is above the highest value {limit}"
                )
                mend = (f"最近的可用值：{limit}", f"nearest valid value: {limit}")
                if column.kind == "share" and 1 < value <= 100:
                    mend = (f"请写 {value / 100:g} 或 {value:g}%", f"write {value / 100:g} or {value:g}%")
                    limit = f"{value / 100:g}"
                self.error("DATA-RANGE", where, zh, en, mend, column, limit)
                return None
        return value

    # ------------------------------------------------------------ columns computed by the mapping

    def _computed(self, parsed: Parsed, sources: dict[str, int]) -> None:
        """Compute columns: empty cells count for nothing; a row with no value at all stays empty."""
        numbers: dict[str, NDArray[np.float64]] = {}
        for header, position in sources.items():
            column = RosterColumn(header, header, header, "number", "", "", "", low=0)
            values = self._column(column, position, parsed.refused)
            numbers[header] = np.array([np.nan if v is None else v for v in values], dtype=np.float64)
        for key, rule in self.mapping.computed.items():
            if not all(s in numbers for s in rule.sources):
                parsed.values[key] = [None] * parsed.n
                continue
            columns = np.stack([numbers[c] for c in rule.columns])
            there = ~np.isnan(columns)
            if rule.operation == "sum":
                result = np.where(there.any(axis=0), np.nansum(columns, axis=0), np.nan)
            else:
                if rule.operation == "weighted_mean_of_standard_scores":
                    columns = np.stack([standard_scores(row) for row in columns])
                weights = np.where(there, np.stack([np.nan_to_num(numbers[w]) for w in rule.weights]), 0.0)
                total = weights.sum(axis=0)
                with np.errstate(invalid="ignore", divide="ignore"):
                    result = np.where(total > 0, (np.nan_to_num(columns) * weights).sum(axis=0) / total, np.nan)
            parsed.values[key] = [None if math.isnan(v) else float(v) for v in result]
            parsed.column_at[key] = sources[rule.columns[0]]

    # ------------------------------------------------------------ identity

    def _pad_codes(self, parsed: Parsed) -> None:
        """Give back leading zeros that a spreadsheet took, where the other codes leave no doubt how long they are.

        There is doubt when the others differ in length or when the code with its zeros is there already: then a
        code that is stored as a number is asked about.
        """
        codes = parsed.values["id"]
        digits = {r: c for r, c in enumerate(codes) if isinstance(c, str) and c.isascii() and c.isdigit()}
        widths = Counter(len(c) for c in digits.values() if c.startswith("0") and len(c) > 1)
        if not widths:
            self._odd_lengths(parsed, digits)
            return
        width = widths.most_common(1)[0][0]
        one_length = not any(len(c) > width for c in digits.values())
        there = set(digits.values())
        for row, code in digits.items():
            if len(code) >= width:
                continue
            whole = code.zfill(width)
            if one_length and whole not in there:
                codes[row] = whole
                self.note(
                    "DATA-LEADING-ZERO", parsed.where(row, "id"), f"编号 {code} 丢失前导零，读作 {whole}",
                    f"code {code} lost its leading zeros and was read as {whole}", whole,
                )  # fmt: skip
            elif whole in there or self._is_number(parsed, row):
                also = next((parsed.where(r, "id") for r, c in digits.items() if c == whole), "")
                also_zh, also_en = (f"（已在 {also}）", f" (already at {also})") if also else ("", "")
                self.error(
                    "DATA-ZEROS-UNCLEAR", parsed.where(row, "id"),
                    f"编号 {code} 可能丢失了前导零：是 {whole}{also_zh}，还是 {code}？",
                    f"code {code} may have lost leading zeros: is it {whole}{also_en} or {code}?",
                    ("请将该列设为文本格式，填写完整的编号", "format the column as text and write the whole code"),
                    self.sheet.columns["id"], whole,
                )  # fmt: skip

    def _is_number(self, parsed: Parsed, row: int) -> bool:
        cells, at = self.raw.rows[row][1], parsed.column_at.get("id", -1)
        return 0 <= at < len(cells) and isinstance(cells[at], int | float) and not isinstance(cells[at], bool)

    def _odd_lengths(self, parsed: Parsed, digits: dict[int, str]) -> None:
        """Point at the few codes that differ in length from nearly all others."""
        lengths = Counter(len(c) for c in digits.values())
        if len(lengths) < 2:
            return
        usual, n = lengths.most_common(1)[0]
        if usual < _LONG_CODE or n < _NEARLY_ALL * len(digits):
            return
        for row, code in digits.items():
            if len(code) != usual:
                self.warn(
                    "DATA-CODE-LENGTH", parsed.where(row, "id"), f"编号 {code} 有 {len(code)} 位，其余编号多为 {usual} 位，请核对",
                    f"code {code} has {len(code)} digits where the others have {usual}: please look again",
                )  # fmt: skip

    def _unique(self, parsed: Parsed) -> None:
        codes, names = parsed.values["id"], parsed.column("name")
        first: dict[str, int] = {}
        for row, code in enumerate(codes):
            if code is None:
                continue
            if code not in first:
                first[code] = row
                continue
            earlier = first[code]
            where, other = parsed.where(row, "id"), parsed.where(earlier, "id")
            if self.mapping.duplicate_ids == "suffix" and names[row] is not None and names[row] != names[earlier]:
                k = 2
                while f"{code}#{k}" in first or f"{code}#{k}" in codes:
                    k += 1
                codes[row] = f"{code}#{k}"
                first[codes[row]] = row
                self.note(
                    "DATA-DUPLICATE-ID", where, f"编号 {code} 与 {other} 相同而名称不同，读作 {codes[row]}",
                    f"id {code} is also at {other} with another name and was read as {codes[row]}",
                )  # fmt: skip
                continue
            self.error(
                "DATA-DUPLICATE-ID", where, f"编号 {code} 与 {other} 重复", f"id {code} is already at {other}",
                ("每个编号只能出现一次", "each id may occur once"), self.sheet.columns["id"],
            )  # fmt: skip


def _seen(text: str) -> str:
    """Return a text in which spaces and signs that nobody sees are shown."""
    return re.sub(r"[\s\u3000]", "␣", INVISIBLE.sub("␣", text))


def _digits_lost(cell: Any) -> bool:
    """Return whether a code was kept as a number too long for a spreadsheet."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return bool(abs(cell) >= 10**_DIGITS_KEPT)
    return isinstance(cell, str) and _SCIENTIFIC.fullmatch(unicodedata.normalize("NFKC", cell).strip()) is not None


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def standard_scores(values: Iterable[float]) -> NDArray[np.float64]:
    """Return values minus their mean over their population SD, NaN kept; zeros when they do not differ.

    Parameters
    ----------
    values
        float64, shape (n,), NaN where there is none.
    """
    x = np.asarray(list(values), dtype=np.float64)
    there = ~np.isnan(x)
    if not there.any():
        return x
    spread = float(x[there].std())
    if spread <= 1e-9 * max(1.0, float(np.abs(x[there]).max())):
        return np.where(there, 0.0, np.nan)
    return np.asarray((x - x[there].mean()) / spread)
