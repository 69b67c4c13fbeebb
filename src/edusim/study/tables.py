"""A store read as tables: views in DuckDB, one SELECT at a time, bands over runs, and files for other programs.

Chunks are plain Parquet: ``pandas.read_parquet(store / "runs")`` reads them all, and so does any program that
reads folders of Parquet. The views know more: they leave out what a later attempt replaced, what no ``runs``
file commits and what is no longer planned, and they hold what still lies in journals.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.errors import StudyError, did_you_mean, nearest
from edusim.folders import write_csv
from edusim.study import journal
from edusim.study.disk import damaged, told
from edusim.study.journal import TAIL
from edusim.study.ratios import ARMS, BOTH, EQUAL
from edusim.study.store import Snapshot, Store

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa

#: Quantiles of a band: name of the column and probability.
BAND = {"q025": 0.025, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q975": 0.975}
#: Rows that a spreadsheet holds under its header, and columns.
SHEET_ROWS, SHEET_COLUMNS = 1_048_575, 16_384
#: Characters that a cell holds.
CELL = 32_767
VIEWS = ("design", "runs", "years", "attempts", "effects")
ENDINGS = (".csv", ".parquet", ".xlsx")


def _name(column: str) -> str:
    """Return a name as it stands in SQL, dots and all."""
    return '"' + column.replace('"', '""') + '"'


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _columns(names: Iterable[str], table: str = "") -> str:
    return ", ".join(f"{table}{_name(n)}" for n in names)


def _files(store: Store, folder: str, stems: Iterable[str]) -> str:
    return "[" + ", ".join(_text((store.path / folder / f"{s}.parquet").absolute()) for s in stems) + "]"


def connect(store: Store) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB connection with views of a store as it is now; it can read no other files.

    Views
    -----
    ``design``
        The design table, one row a planned run.
    ``runs``
        ``design`` with the latest ``state`` (``pending`` where there is none), ``attempt``, outcomes, ``seconds``,
        ``digest``, ``worker``, ``stored_at`` (UTC), ``code``, ``error``.
    ``years``
        One row a done and planned run and year: ``key``, columns of the design, ``year``, kept measures.
    ``attempts``
        All rows ever stored, replaced ones too.
    ``effects``
        Done runs with their outcomes less those of the baseline of the same future, draw, seed and design; only
        when the design has a baseline.

    A study with arms (kind ``discover``) stores what its arms share once, under ``both``; ``design`` and ``attempts``
    show it so, ``runs``, ``years`` and ``effects`` have a row of it for each arm, its ratios 1 in the arm ``equal``.

    Names with dots stand in double quotes in SQL: ``"lever.finance.group_fund_yuan"``.

    Raises
    ------
    StudyError
        ``STUDY-DAMAGED`` naming the file.
    """
    return _connect(store, store.snapshot())


def _connect(store: Store, now: Snapshot) -> duckdb.DuckDBPyConnection:
    import duckdb

    layout, chunks = store.layout(), now.stems[: now.n_chunks]
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "python_enable_replacements": "false",
        "temp_directory": os.path.join(tempfile.gettempdir(), f"edusim-{os.getpid()}"),
    }  # fmt: skip
    con = duckdb.connect(":memory:", config=settings)
    con.execute("CREATE SCHEMA inside")
    _take_journals(con, store, now)
    runs, years = _columns(layout.runs.names), _columns(layout.years.names)
    # A row replaced by a later one is known by its file and place; most stores have none, and pay nothing.
    lost = now.superseded
    in_files = lost[now.source[lost] < now.n_chunks]
    in_journals = lost[now.source[lost] >= now.n_chunks]
    _table(con, "lost_runs", {"stem": [now.stems[i] for i in now.source[in_files]], "place": now.row[in_files]})
    _table(con, "lost_journal_runs", {"stem": [now.stems[i] for i in now.source[in_journals]], "place": now.row[in_journals]})
    dropped = _dropped_years(store, now)
    _table(con, "lost_years", {"stem": [s for s, _ in dropped], "key": [k for _, k in dropped]})

    def read(folder: str, columns: str, unless: str = "") -> str:
        if not chunks:
            return ""
        where = f" WHERE {unless}" if unless else ""
        return f"SELECT {columns} FROM read_parquet({_files(store, folder, chunks)}, filename=true, file_row_number=true){where}"

    def both(first: str, second: str) -> str:
        return f"{first} UNION ALL {second}" if first else second

    stem = "parse_filename(filename, true)"
    journal_runs = f"SELECT {runs} FROM inside.journal_runs"
    latest_files = read(
        "runs", runs, f"({stem}, file_row_number) NOT IN (SELECT (stem, place) FROM inside.lost_runs)" if in_files.size else ""
    )
    latest_journal = journal_runs + (
        " WHERE (stem, place) NOT IN (SELECT (stem, place) FROM inside.lost_journal_runs)" if in_journals.size else ""
    )
    kept_files = read("years", years, f"({stem}, key) NOT IN (SELECT (stem, key) FROM inside.lost_years)" if dropped else "")
    kept_journal = f"SELECT {years} FROM inside.journal_years" + (
        " WHERE (stem, key) NOT IN (SELECT (stem, key) FROM inside.lost_years)" if dropped else ""
    )
    design = store.design().column_names
    results = [*layout.outcomes, *TAIL]
    try:
        con.execute(f"CREATE VIEW design AS SELECT * FROM read_parquet({_text((store.path / 'design.parquet').absolute())})")
        con.execute(f"CREATE VIEW attempts AS {both(read('runs', runs), journal_runs)}")
        con.execute(f"CREATE VIEW inside.latest AS {both(latest_files, latest_journal)}")
        con.execute(f"CREATE VIEW inside.years AS {both(kept_files, kept_journal)}")
        arms = ""
        if "arm" in design:
            con.execute(f"CREATE TABLE inside.arms AS SELECT unnest([{', '.join(map(_text, ARMS))}]) AS arm")
            arms = f" JOIN inside.arms a ON d.arm = a.arm OR d.arm = {_text(BOTH)}"
        if arms:
            own = _columns(["year", *layout.kept], "y.")
            con.execute(
                f"CREATE VIEW years AS SELECT {_in_arms(['key', *layout.factors.column_names], arms)}, {own} "
                f"FROM design d{arms} JOIN inside.years y ON d.key = y.key"
            )
        else:
            con.execute("CREATE VIEW years AS SELECT * FROM inside.years")
        con.execute(
            f"CREATE VIEW runs AS SELECT {_in_arms(design, arms)}, coalesce(r.state, 'pending') AS state, "
            f"coalesce(r.attempt, 0) AS attempt, {_columns(results, 'r.')} FROM design d{arms} LEFT JOIN inside.latest r ON d.key = r.key"
        )
        if _has_baseline(store):
            less = ", ".join(f"r.{_name(n)} - b.{_name(n)} AS {_name(n)}" for n in layout.outcomes)
            con.execute(
                f"CREATE VIEW effects AS SELECT {_columns(design, 'r.')}{', ' if less else ''}{less} FROM runs r JOIN runs b "
                f"ON r.future = b.future AND r.draw = b.draw AND r.seed = b.seed AND r.design = b.design{' AND r.arm = b.arm' if arms else ''} "
                "WHERE b.point = -1 AND r.point <> -1 AND r.state = 'done' AND b.state = 'done'"
            )
    except duckdb.Error as problem:
        raise _reading(store, problem) from None
    con.execute(f"SET allowed_directories = [{_text(store.path.absolute())}]")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def _in_arms(names: Iterable[str], arms: str) -> str:
    """Return columns of a table ``d``; where its rows are laid out by arm ``a``, those that differ between arms."""
    if not arms:
        return _columns(names, "d.")
    told = {"arm": "a.arm"}
    return ", ".join(
        told.get(n) or (f"CASE a.arm WHEN {_text(EQUAL)} THEN 1.0 ELSE d.{_name(n)} END AS {_name(n)}" if n.startswith("ratio.") else f"d.{_name(n)}")
        for n in names
    )


def _table(con: duckdb.DuckDBPyConnection, name: str, columns: dict[str, Any]) -> None:
    """Make a small table inside the connection."""
    import pyarrow as pa

    kinds = {"stem": pa.string(), "key": pa.string(), "place": pa.int64()}
    _keep(con, name, pa.table({n: pa.array(c, kinds[n]) for n, c in columns.items()}))


def _keep(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register("_handed", table)
    con.execute(f"CREATE TABLE inside.{name} AS SELECT * FROM _handed")
    con.unregister("_handed")


def _take_journals(con: duckdb.DuckDBPyConnection, store: Store, now: Snapshot) -> None:
    """Lay out the rows of journals as the chunks they will become, with their place."""
    import pyarrow as pa

    layout = store.layout()
    runs, years = [], []
    stems = now.stems[now.n_chunks :]
    for stem, rows in zip([*stems, ""], [*now.rows, journal.Rows([], [], [])], strict=True):
        of_runs, of_years = layout.tables(rows)
        of_runs = of_runs.append_column("place", pa.array(range(len(of_runs)), pa.int64()))
        runs.append(of_runs.append_column("stem", pa.array([stem] * len(of_runs), pa.string())))
        years.append(of_years.append_column("stem", pa.array([stem] * len(of_years), pa.string())))
    _keep(con, "journal_runs", pa.concat_tables(runs))
    _keep(con, "journal_years", pa.concat_tables(years))


def _dropped_years(store: Store, now: Snapshot) -> list[tuple[str, str]]:
    """Return (chunk or journal, key) whose years do not count: replaced, or no longer planned."""
    lost = [i for i in now.superseded.tolist() if now.states[i] == "done"]
    dropped = set()
    for i in lost:
        key, source = now.keys[i], now.source[i]
        last = now.latest[key]
        # A part has the years of a key once, those of its last row; they count when that row holds.
        if now.source[last] != source or now.states[last] != "done":
            dropped.add((now.stems[source], key))
    strangers = now.latest.keys() - set(store.design().column("key").to_pylist())
    if strangers:
        dropped |= {(now.stems[s], k) for s, k in zip(now.source.tolist(), now.keys.tolist(), strict=True) if k in strangers}
    return sorted(dropped)


def _has_baseline(store: Store) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.equal(store.design().column("point"), -1)).as_py())


def _reading(store: Store, problem: Exception) -> StudyError:
    """Return what a reader is told when DuckDB cannot read a chunk."""
    text = str(problem)
    file = re.search(r"(?:runs|years|\.)[/\\][^/\\'\"\n]+\.parquet|design\.parquet", text)
    return damaged(store.path / file[0] if file else store.path, text)


# -- questions ------------------------------------------------------------------------------------------------


def query(path: str | os.PathLike[str] | Store, sql: str) -> pd.DataFrame:
    """Return the answer to one SELECT over the views of :func:`connect`.

    Raises
    ------
    StudyError
        ``STUDY-SQL`` when it is no single SELECT or cannot be answered; those of opening a store.
    """
    import duckdb

    store = path if isinstance(path, Store) else Store.open(path)
    con = _connect(store, store.snapshot())
    try:
        asked = con.extract_statements(sql)
        kinds = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
        if len(asked) != 1 or asked[0].type not in kinds:
            raise StudyError(
                "STUDY-SQL", "只能有一条 SELECT 语句", "only one SELECT statement can be asked", where="SQL",
                mend_zh=f"库只能读取；可用的表：{', '.join(VIEWS)}", mend_en=f"a store is only read; its tables: {', '.join(VIEWS)}",
            )  # fmt: skip
        found: pd.DataFrame = con.execute(asked[0]).df()
        return found
    except duckdb.Error as problem:
        if ".parquet" in str(problem) and not isinstance(problem, duckdb.PermissionException) and ".parquet" not in sql:
            raise _reading(store, problem) from None
        raise _asked_wrongly(con, sql, problem) from None
    finally:
        con.close()


def _asked_wrongly(con: duckdb.DuckDBPyConnection, sql: str, problem: Exception) -> StudyError:
    """Return DuckDB's complaint in one line, with the nearest name and how to write names with dots."""
    said = re.sub(r"^[A-Za-z ]*Error: ", "", str(problem).strip()).splitlines()[0].rstrip(" !")
    listed = con.execute(
        "SELECT DISTINCT column_name FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal ORDER BY 1"
    ).fetchall()
    columns = [str(row[0]) for row in listed]
    bare = re.sub(r'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'', " ", sql)
    # Dots, brackets and all: what a name would look like when it lacks its quotes.
    unquoted = [c for c in columns if re.search(r"\W", c) and re.search(rf"(?<![\w.]){re.escape(c)}(?![\w.])", bare)]
    if "disabled by configuration" in said:
        zh, en = f"只能读取库中的表：{', '.join(VIEWS)}", f"only the store's tables can be read: {', '.join(VIEWS)}"
    elif unquoted:
        shown = ", ".join(f'"{c}"' for c in unquoted[:3])
        zh, en = f"带点的列名要放在双引号里：{shown}", f"names with dots stand in double quotes: {shown}"
    else:
        table = re.search(r'Table with name "?([^"\s]+?)"? does not exist', said)
        column = re.search(r'(?:column|table) "([^"]+)"', said)
        name = table[1] if table else column[1] if column else ""
        near = nearest(name, VIEWS if table else columns) if name else None
        if near is None and name and not table:
            near = next((c for c in columns if c.startswith(f"{name}.")), None)
        if table and name == "effects":
            zh, en = "本研究没有基准政策，因此没有 effects", "the study has no baseline, hence no effects"
        elif near is not None:
            quoted = f'"{near}"' if re.search(r"\W", near) else near
            zh, en = f"您是否想写 {quoted}？", f"did you mean {quoted}?"
        elif table:
            zh, en = f"可用的表：{', '.join(VIEWS)}", f"tables: {', '.join(VIEWS)}"
        else:
            zh = "SELECT * FROM runs LIMIT 1 列出所有列；带点的列名要放在双引号里"
            en = "SELECT * FROM runs LIMIT 1 shows the columns; names with dots stand in double quotes"
    return StudyError("STUDY-SQL", f"SQL 无法执行（{said}）", f"the SQL cannot be answered ({said})", where="SQL", mend_zh=zh, mend_en=en)


def bands(store: Store, measure: str, by: Sequence[str] = ("policy", "year")) -> pd.DataFrame:
    """Return mean and quantiles of a measure over done runs.

    Parameters
    ----------
    store
        The store.
    measure
        A kept column, or, when ``by`` has no ``year``, an outcome.
    by
        Columns that tell groups apart: ``policy``, ``design``, ``future``, ``draw``, ``year``, levers,
        uncertainties.

    Returns
    -------
    pandas.DataFrame
        ``by``, then ``n`` (runs with a value), ``mean``, ``q025, q25, q50, q75, q975`` (linear between values),
        sorted by ``by``. The same bits whatever the order in which runs were stored: values are summed in
        rising order.

    Raises
    ------
    StudyError
        ``STUDY-COLUMN`` for an unknown measure or column; ``STUDY-DAMAGED``.
    """
    import duckdb

    layout = store.layout()
    over_years = measure in layout.kept
    known = [n for n in (layout.years if over_years else layout.runs).names if n not in (*layout.kept, *layout.outcomes, *TAIL)]
    _known(measure, layout.kept if "year" in by else (*layout.kept, *layout.outcomes), "指标", "measure")
    for name in by:
        _known(name, known, "列", "column")
    table, where = ("years", "") if over_years else ("runs", "state = 'done' AND ")
    group = _columns(by)
    value = _name(measure)
    points = ", ".join(str(p) for p in BAND.values())
    con = connect(store)
    try:
        found: pd.DataFrame = con.execute(
            f"SELECT {group}{', ' if group else ''}count(*) AS n, favg({value} ORDER BY {value}) AS mean, "
            f"quantile_cont({value}, [{points}]) AS q FROM {table} WHERE {where}{value} IS NOT NULL"
            + (f" GROUP BY {group} ORDER BY {group}" if group else "")
        ).df()
    except duckdb.Error as problem:
        raise _reading(store, problem) from None
    finally:
        con.close()
    found = found[found["n"] > 0].reset_index(drop=True)
    at = np.array(found.pop("q").to_list(), dtype=np.float64).reshape(-1, len(BAND))
    for i, name in enumerate(BAND):
        found[name] = at[:, i]
    return found


def _known(name: str, valid: Sequence[str], zh: str, en: str) -> None:
    if name not in valid:
        hint_zh, hint_en = did_you_mean(name, valid)
        raise StudyError("STUDY-COLUMN", f"库中没有{zh} {name}", f"the store has no {en} {name}", where="bands", mend_zh=hint_zh, mend_en=hint_en)


# -- files ----------------------------------------------------------------------------------------------------


def export(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table as ``.csv`` (UTF-8 with a mark, so that Excel shows Chinese), ``.parquet`` or ``.xlsx``.

    Raises
    ------
    StudyError
        ``STUDY-ENDING`` for another ending; ``STUDY-TOO-LONG`` for more rows or columns than a sheet holds.
    RunError
        ``RUN-DISK-FULL`` or ``RUN-FOLDER``; a file that was there is then as it was.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in ENDINGS:
        raise StudyError(
            "STUDY-ENDING", f"不认识的文件类型 {ending or target.name}", f"no kind of file {ending or target.name}",
            where=str(target), mend_zh="文件名请以 .csv、.parquet 或 .xlsx 结尾", mend_en="end its name in .csv, .parquet or .xlsx",
        )  # fmt: skip
    if ending == ".xlsx" and (len(frame) > SHEET_ROWS or len(frame.columns) > SHEET_COLUMNS):
        rows, columns = len(frame), len(frame.columns)
        raise StudyError(
            "STUDY-TOO-LONG", f"{rows:,} 行 {columns:,} 列，一张工作表只容 {SHEET_ROWS:,} 行 {SHEET_COLUMNS:,} 列",
            f"{rows:,} rows and {columns:,} columns; a sheet holds {SHEET_ROWS:,} and {SHEET_COLUMNS:,}", where=str(target),
            mend_zh="请改用 .csv 或 .parquet，或在 SQL 中汇总、加 LIMIT", mend_en="write .csv or .parquet, or sum up or LIMIT in the SQL",
        )  # fmt: skip
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with told(target, "", ""):
            target.absolute().parent.mkdir(parents=True, exist_ok=True)
            if ending == ".csv":
                write_csv(frame, part)
            elif ending == ".parquet":
                frame.to_parquet(part, index=False, compression="zstd")
            else:
                _write_sheet(frame, part)
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
    return target


def _write_sheet(frame: pd.DataFrame, path: Path) -> None:
    """Write one sheet row by row: header bold and frozen, numbers as numbers, text never a formula."""
    import pandas as pd
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("edusim")
    sheet.freeze_panes = "A2"

    def text(value: str) -> Any:
        value = ILLEGAL_CHARACTERS_RE.sub(" ", value)[:CELL]
        if not value.startswith("="):
            return value
        cell = WriteOnlyCell(sheet, value)
        cell.data_type = "s"
        return cell

    def cells(column: pd.Series) -> list[Any]:
        if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_integer_dtype(column.dtype):
            return [None if v is pd.NA else v for v in column.astype(object)]
        if pd.api.types.is_float_dtype(column.dtype):
            # A sheet has no infinity; as a number it would make the file unreadable.
            return [v if np.isfinite(v) else None if np.isnan(v) else str(v) for v in column.astype(float).tolist()]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if getattr(column.dtype, "tz", None) else column
            return [None if pd.isna(v) else v.to_pydatetime() for v in naive]
        return [
            text(v) if isinstance(v, str) else v if isinstance(v, (bool, int)) else None if pd.api.types.is_scalar(v) and pd.isna(v) else text(str(v))
            for v in column.astype(object)
        ]

    head = []
    for name in frame.columns:
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", str(name)))
        cell.font, cell.data_type = Font(bold=True), "s"
        head.append(cell)
    sheet.append(head)
    for row in zip(*(cells(frame.iloc[:, i]) for i in range(len(frame.columns))), strict=True):
        sheet.append(row)
    book.save(path)
