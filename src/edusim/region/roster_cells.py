"""Open a roster file and hand over its cells with their exact places.

Knows files (Excel through openpyxl, CSV in UTF-8 or GB18030), not schools: the meaning of columns is
:mod:`edusim.region.roster_columns`'s business. Every fault of the file as a file is found here: missing,
empty, enormous, not Excel, encrypted, damaged, merged cells, formulas without a value.
"""

from __future__ import annotations

import csv
import importlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edusim.errors import DataError
from edusim.region.roster_columns import INVISIBLE, SHEETS, sheet_of

MAX_BYTES = 50_000_000
MAX_ROWS = 200_000
MAX_COLUMNS = 500
#: A small workbook can unpack into a huge one; more than this is refused before it is opened.
MAX_UNPACKED_BYTES = 400_000_000

#: What a damaged workbook makes openpyxl and zipfile raise (seen by altering bytes of good files).
DAMAGE = (
    zipfile.BadZipFile, zlib.error, OSError, EOFError, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, OverflowError, RuntimeError, NotImplementedError, AssertionError,
)  # fmt: skip

MERGED = re.compile(rb'<mergeCell\b[^>]*\bref="([^"]{1,40})"')
#: A cell with a formula and no stored value: written by a program that does not calculate.
_EMPTY_FORMULA = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f\b(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)


@dataclass
class RawSheet:
    """The cells of one sheet: a header and rows, each row with its number (Excel row or line of text)."""

    kind: str
    title: str
    is_excel: bool
    header: list[Any]
    header_row: int
    rows: list[tuple[int, list[Any]]] = field(default_factory=list)

    def where(self, row: int, column: int) -> str:
        """Return the place of a cell: ``sheet!C7``, or ``file:line:column`` for text."""
        if self.is_excel:
            return f"{self.title}!{letters(column)}{row}"
        return f"{self.title}:{row}:{column + 1}"

    @staticmethod
    def letter(column: int) -> str:
        """Return the letters of a zero-based column."""
        return letters(column)


@dataclass
class RawFile:
    """All sheets found by kind, faults met while reading, titles of sheets that were left alone."""

    sheets: dict[str, RawSheet] = field(default_factory=dict)
    errors: list[DataError] = field(default_factory=list)
    left_alone: list[str] = field(default_factory=list)


def letters(column: int) -> str:
    """Return the letters of a zero-based column number: 0 is ``A``, 26 is ``AA``."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def read(path: str | Path) -> RawFile:
    """Return the cells of a roster: a workbook, a CSV file, or a folder of CSV files.

    Parameters
    ----------
    path
        ``.xlsx``/``.xlsm``; or ``schools.csv`` (``学校.csv``) with its siblings ``teachers.csv``,
        ``groups.csv``, ``neighbourhoods.csv``; or the folder that holds them; or one CSV file of schools.

    Raises
    ------
    DataError
        When nothing can be read at all; faults of single sheets are listed in ``errors``.
    """
    path = Path(path)
    try:
        if path.is_dir():
            return _read_folder(path)
        if not path.exists():
            raise DataError(
                "DATA-MISSING", "文件不存在", "the file does not exist", where=str(path),
                mend_zh="请检查路径；edusim template 可生成空白模板",
                mend_en="check the path; edusim template writes a blank one",
            )  # fmt: skip
        if path.suffix.lower() in (".csv", ".txt", ".tsv"):
            return _read_texts(path)
        data = _bytes(path)
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise DataError(
            "DATA-UNREADABLE", f"无法读取文件（{reason}）", f"the file cannot be read ({reason})", where=str(path)
        ) from None
    return _read_workbook(path, data)


def _bytes(path: Path) -> bytes:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise _enormous(path.name, f"{size / 1e6:.0f} MB > {MAX_BYTES // 1_000_000} MB")
    data = path.read_bytes()
    if not data.strip():
        raise DataError("DATA-EMPTY", "文件是空的", "the file is empty", where=path.name)
    return data


def _enormous(where: str, detail: str) -> DataError:
    return DataError(
        "DATA-ENORMOUS", f"文件太大（{detail}）", f"the file is too large ({detail})", where=where,
        mend_zh="名册每校一行，请删除无关内容", mend_en="a roster has one row a school: delete what does not belong",
    )  # fmt: skip


# ---------------------------------------------------------------- Excel


def _read_workbook(path: Path, data: bytes) -> RawFile:
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        locked = "EncryptedPackage".encode("utf-16-le") in data
        raise DataError(
            "DATA-PASSWORD" if locked else "DATA-OLD-EXCEL",
            "工作簿有密码保护" if locked else "这是旧版 .xls 工作簿",
            "the workbook is protected by a password" if locked else "this is an old .xls workbook",
            where=path.name,
            mend_zh="请去掉密码后另存" if locked else "请在 Excel 中另存为 .xlsx",
            mend_en="remove the password and save it again" if locked else "save it as .xlsx in Excel",
        )
    if data[:2] != b"PK":
        raise DataError(
            "DATA-NOT-EXCEL", "不是 Excel 工作簿（.xlsx）", "not an Excel workbook (.xlsx)", where=path.name,
            mend_zh="请另存为 .xlsx，或将文本文件命名为 .csv", mend_en="save it as .xlsx, or name a text file .csv",
        )  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                raise DataError(
                    "DATA-NOT-EXCEL", "不是 Excel 工作簿（.xlsx）", "not an Excel workbook (.xlsx)", where=path.name,
                    mend_zh="请另存为 .xlsx", mend_en="save it as .xlsx",
                )  # fmt: skip
            unpacked = sum(item.file_size for item in archive.infolist())
            if unpacked > MAX_UNPACKED_BYTES:
                raise _enormous(path.name, f"{unpacked / 1e6:.0f} MB")
            return _read_sheets(path, data, archive)
    except DAMAGE as problem:
        raise DataError(
            "DATA-CORRUPT", f"工作簿已损坏（{type(problem).__name__}）",
            f"the workbook is damaged ({type(problem).__name__})", where=path.name,
            mend_zh="请用 Excel 打开并另存", mend_en="open it in Excel and save it again",
        ) from None  # fmt: skip


def _read_sheets(path: Path, data: bytes, archive: zipfile.ZipFile) -> RawFile:
    openpyxl: Any = importlib.import_module("openpyxl")
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found = RawFile()
    try:
        titles: list[str] = []
        for sheet in book.worksheets:
            titles.append(sheet.title)
            kind = sheet_of(sheet.title)
            if kind is None:
                found.left_alone.append(sheet.title)
                continue
            if kind in found.sheets:
                other = found.sheets[kind].title
                found.errors.append(
                    DataError(
                        "DATA-TWO-SHEETS", f"工作表 {other} 与 {sheet.title} 都是{SHEETS[kind].zh}表",
                        f"sheets {other} and {sheet.title} both hold {kind}", where=sheet.title,
                        mend_zh="只保留一个，或在另一个的名称前加下划线",
                        mend_en="keep one, or put an underscore before the name of the other",
                    )
                )  # fmt: skip
                continue
            part = getattr(sheet, "_worksheet_path", "")
            if part:
                found.errors += _layout_faults(sheet.title, archive.read(part))
            # Programs write a wrong <dimension>; the rows themselves are what counts.
            sheet.reset_dimensions()
            raw = _table(kind, sheet.title, True, enumerate(sheet.iter_rows(values_only=True), start=1), found.errors)
            if raw is not None:
                found.sheets[kind] = raw
    finally:
        book.close()
    if "schools" not in found.sheets and not any(e.code in ("DATA-EMPTY-SHEET", "DATA-ENORMOUS") for e in found.errors):
        names = ", ".join(titles) or "-"
        found.errors.insert(
            0,
            DataError(
                "DATA-NO-SCHOOLS", f"没有名为“学校”的工作表（现有：{names}）", f"there is no sheet named schools (found: {names})",
                where=path.name, mend_zh="请将学校名单所在的工作表改名为 学校",
                mend_en="rename the sheet that lists the schools to schools",
            ),
        )  # fmt: skip
    return found


def _layout_faults(title: str, xml: bytes) -> list[DataError]:
    faults = []
    for match in MERGED.finditer(xml):
        place = match.group(1).decode("ascii", "replace")
        faults.append(
            DataError(
                "DATA-MERGED", "有合并单元格，无法判断其中的值属于哪一行", "merged cells: it is not clear to which row the value belongs",
                where=f"{title}!{place}", mend_zh="请取消合并并在每行填写", mend_en="unmerge them and fill every row",
            )
        )  # fmt: skip
    if b"<f" in xml:
        for match in _EMPTY_FORMULA.finditer(xml):
            faults.append(
                DataError(
                    "DATA-FORMULA", "公式没有计算结果", "a formula without a stored result",
                    where=f"{title}!{match.group(1).decode()}", mend_zh="请在 Excel 中打开并保存，或粘贴为数值",
                    mend_en="open and save the file in Excel, or paste the value",
                )
            )  # fmt: skip
    return faults


# ---------------------------------------------------------------- text


def _read_folder(path: Path) -> RawFile:
    files = sorted(p for p in path.iterdir() if p.suffix.lower() == ".csv" and sheet_of(p.stem) is not None)
    if not any(sheet_of(p.stem) == "schools" for p in files):
        raise DataError(
            "DATA-NO-SCHOOLS", "文件夹中没有 schools.csv（学校.csv）", "the folder has no schools.csv (学校.csv)",
            where=str(path), mend_zh="请将学校名单命名为 schools.csv", mend_en="name the list of schools schools.csv",
        )  # fmt: skip
    return _read_files(files)


def _read_texts(path: Path) -> RawFile:
    if sheet_of(path.stem) != "schools":
        return _read_files([path])
    siblings = [
        p for p in sorted(path.parent.iterdir())
        if p.suffix.lower() == ".csv" and p != path and sheet_of(p.stem) not in (None, "schools")
    ]  # fmt: skip
    return _read_files([path, *siblings])


def _read_files(files: Iterable[Path]) -> RawFile:
    found = RawFile()
    for file in files:
        kind = sheet_of(file.stem) or "schools"
        if kind in found.sheets:
            other = found.sheets[kind].title
            found.errors.append(
                DataError(
                    "DATA-TWO-SHEETS", f"文件 {other} 与 {file.name} 都是{SHEETS[kind].zh}表",
                    f"files {other} and {file.name} both hold {kind}", where=file.name,
                    mend_zh="只保留一个", mend_en="keep one of them",
                )
            )  # fmt: skip
            continue
        raw = _table(kind, file.name, False, _lines(file, found.errors), found.errors)
        if raw is not None:
            found.sheets[kind] = raw
    return found


def decode(data: bytes, where: str) -> str:
    """Return the text of a CSV file: UTF-16 or UTF-8 with or without a mark, else GB18030.

    Raises
    ------
    DataError
        When the bytes are none of these.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings: tuple[str, ...] = ("utf-16",)
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise DataError(
        "DATA-ENCODING", "不是文本文件（UTF-8 或 GB18030 编码）", "not a text file in UTF-8 or GB18030", where=where,
        mend_zh="请在 Excel 中另存为“CSV UTF-8”", mend_en="save it as CSV UTF-8 in Excel",
    )  # fmt: skip


def _reader(text: str) -> Any:
    """Return a reader of the text of a CSV file; the sign between cells is what the first line has most of."""
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)  # the first of equals, so a comma when there is none
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def records(text: str) -> list[tuple[int, list[str]]]:
    """Return the records of a CSV file, each with the number of its first line; all that come before a faulty one."""
    reader, line, found = _reader(text), 1, []
    try:
        for row in reader:
            found.append((line, row))
            line = reader.line_num + 1
    except csv.Error:
        pass
    return found


def _lines(file: Path, errors: list[DataError]) -> Iterator[tuple[int, Iterable[Any]]]:
    reader = _reader(decode(_bytes(file), file.name))
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            errors.append(
                DataError(
                    "DATA-CSV", f"这一行不是合法的 CSV（{problem}）", f"this line is not valid CSV ({problem})",
                    where=f"{file.name}:{line}:1", mend_zh="请检查引号是否成对", mend_en="check that quotation marks come in pairs",
                )
            )  # fmt: skip
            return
        yield line, row
        line = reader.line_num + 1


# ---------------------------------------------------------------- both


def _table(
    kind: str, title: str, is_excel: bool, rows: Iterable[tuple[int, Iterable[Any]]], errors: list[DataError]
) -> RawSheet | None:
    """Return header and rows of a sheet, empty rows dropped; None when there is nothing in it."""
    raw: RawSheet | None = None
    place = title if is_excel else f"{title}:1:1"
    for number, cells in rows:
        row = [None if isinstance(c, str) and not INVISIBLE.sub("", c).strip() else c for c in cells]
        while row and row[-1] is None:
            row.pop()
        if not row:
            continue
        if len(row) > MAX_COLUMNS:
            errors.append(_enormous(place, f"{len(row)} > {MAX_COLUMNS} 列 columns"))
            return None
        if raw is None:
            raw = RawSheet(kind, title, is_excel, row, number)
        else:
            raw.rows.append((number, row))
            if len(raw.rows) > MAX_ROWS:
                errors.append(_enormous(place, f"> {MAX_ROWS} 行 rows"))
                return None
    if kind == "schools" and (raw is None or not raw.rows):
        errors.append(empty_sheet(place))
        return None
    return raw if raw is not None and raw.rows else None


def empty_sheet(where: str) -> DataError:
    """Return the fault of a schools sheet without schools."""
    return DataError(
        "DATA-EMPTY-SHEET", "学校表中还没有学校", "the schools sheet lists no school yet", where=where,
        mend_zh="请在表头之下每校一行填写，可参照模板的示例表", mend_en="below the header, write one row a school, as in the template's example",
    )  # fmt: skip
