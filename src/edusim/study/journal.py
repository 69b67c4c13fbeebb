"""A journal's rows: written so that a torn or damaged one is noticed, read back, and laid out as a chunk's tables."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from edusim.study.tasks import STATES

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from edusim.study.tasks import Result

#: Place of a state in the order in which a later one replaces an earlier one of the same attempt.
RANK = {state: place for place, state in enumerate(STATES)}
#: Columns of the design table that no chunk holds: positions move when a design grows.
POSITIONS = ("run", "point")
#: First bytes of every message of an Arrow stream; messages start at multiples of eight bytes.
MARK = b"\xff\xff\xff\xff"
STEP = 8
#: Columns of a journal that a chunk's table of runs ends with, after the outcomes.
TAIL = ("seconds", "digest", "worker", "stored_at", "code", "error")


def schema() -> pa.Schema:
    """Return the columns of a journal: one row a result, arrays flattened, and a checksum over all of it."""
    import pyarrow as pa

    numbers = pa.list_(pa.float64())
    return pa.schema(
        [
            ("key", pa.string()), ("attempt", pa.int32()), ("state", pa.string()), ("seconds", pa.float64()),
            ("digest", pa.string()), ("worker", pa.string()), ("stored_at", pa.int64()), ("code", pa.string()),
            ("error", pa.string()), ("outcomes", numbers), ("values", numbers), ("crc", pa.uint32()),
        ]
    )  # fmt: skip


def _checksum(n: int, row: Sequence[Any], outcomes: NDArray[np.float64], values: NDArray[np.float64]) -> int:
    """Return the CRC of a row: rows of its batch and its plain fields as text, then the bytes of its numbers."""
    head = zlib.crc32("\x1f".join(map(repr, (n, *row))).encode("utf-8"))
    return zlib.crc32(values, zlib.crc32(outcomes, head))


def to_batch(results: Sequence[Result], layout: Layout) -> pa.RecordBatch:
    """Return results as one batch of a journal.

    Raises
    ------
    ValueError
        When a result is done without numbers, or has another number of them than the study keeps.
    """
    import pyarrow as pa

    now = time.time_ns() // 1000
    none = np.empty(0)
    plain, outcomes, values, crc = [], [], [], []
    for r in results:
        if r.state not in RANK:
            raise ValueError(f"no state {r.state!r}")
        # Plain types only: the checksum is taken over what is read back. A traceback may hold half a character.
        error = str(r.error).encode("utf-8", "replace").decode("utf-8")
        row = (
            str(r.key), int(r.attempt), str(r.state), float(r.seconds), str(r.digest), str(r.worker), now, str(r.code), error,
        )  # fmt: skip
        if r.state == "done":
            asked = none if r.outcomes is None else np.ascontiguousarray(r.outcomes, np.float64)
            kept = np.empty((0, 0)) if r.values is None else np.ascontiguousarray(r.values, np.float64)
            if asked.shape != (len(layout.outcomes),) or kept.ndim != 2 or (layout.kept and kept.shape[1] != len(layout.kept)):
                raise ValueError(f"run {r.key}: outcomes {asked.shape} and values {kept.shape} do not fit the study")
            kept = kept.reshape(-1)
        else:
            asked = kept = none
        plain.append(row)
        outcomes.append(asked)
        values.append(kept)
        crc.append(_checksum(len(results), row, asked, kept))
    fields = schema()
    columns = [pa.array(c, f.type) for c, f in zip(zip(*plain, strict=True), fields, strict=False)]
    for arrays in (outcomes, values):
        ends = np.concatenate([[0], np.cumsum([a.size for a in arrays])]).astype(np.int32)
        columns.append(pa.ListArray.from_arrays(ends, np.concatenate(arrays)))
    columns.append(pa.array(crc, pa.uint32()))
    return pa.RecordBatch.from_arrays(columns, schema=fields)


@dataclass(frozen=True)
class Rows:
    """Sound rows of a journal: plain fields by column, and the numbers of each row."""

    plain: list[tuple[Any, ...]]
    outcomes: list[NDArray[np.float64]]
    values: list[NDArray[np.float64]]
    #: Rows or places that were damaged, not merely torn off at the end.
    damaged: int = 0

    def __len__(self) -> int:
        return len(self.plain)

    def column(self, name: str) -> list[Any]:
        """Return a plain column."""
        at = schema().names.index(name)
        return [row[at] for row in self.plain]


def _messages(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Yield (start, end, batch) of every message of a stream that can be read; what lies between is damaged."""
    import pyarrow as pa

    fields, whole = schema(), pa.py_buffer(data)
    at = 0
    while at + STEP <= len(data):
        batch = None
        if data.startswith(MARK, at):
            reader = pa.BufferReader(whole.slice(at))
            try:
                message = pa.ipc.read_message(reader)
                if message.type == "record batch":
                    batch = pa.ipc.read_record_batch(message, fields)
                    batch.validate(full=True)
                size = reader.tell()
            except (pa.ArrowException, EOFError, OSError, ValueError):
                size = 0
            if size:
                yield at, at + size, batch
                at += size
                continue
        following = data.find(MARK, at + 1)
        while following >= 0 and following % STEP:
            following = data.find(MARK, following + 1)
        if following < 0:
            return
        at = following


def read(data: bytes) -> Rows:
    """Return the sound rows of a journal's bytes.

    A tail that a killed process left half written is dropped in silence: it was never acknowledged. A row
    whose checksum is wrong, or a message that cannot be read although another follows, is dropped and counted.
    """
    plain: list[tuple[Any, ...]] = []
    outcomes: list[NDArray[np.float64]] = []
    values: list[NDArray[np.float64]] = []
    damaged = reached = 0
    for start, end, batch in _messages(data):
        damaged += start > reached
        reached = end
        if batch is None or not batch.num_rows:
            damaged += start > 0  # a schema stands at the head, and no batch is empty
            continue
        columns = [batch.column(i).to_pylist() for i in range(9)]
        numbers = []
        for name in ("outcomes", "values"):
            listed = batch.column(name)
            numbers.append((listed.values.to_numpy(), listed.offsets.to_numpy()))
        (asked, a), (kept, k) = numbers
        for i, (row, crc) in enumerate(zip(zip(*columns, strict=True), batch.column("crc").to_pylist(), strict=True)):
            mine, others = asked[a[i] : a[i + 1]], kept[k[i] : k[i + 1]]
            if _checksum(batch.num_rows, row, mine, others) != crc:
                damaged += 1
                continue
            plain.append(row)
            outcomes.append(mine)
            values.append(others)
    return Rows(plain, outcomes, values, damaged)


class Layout:
    """What the tables of a store's chunks look like, and the design columns of each key.

    Parameters
    ----------
    kept
        Kept columns of measures, in the order of a result's values.
    outcomes
        Names of the outcomes, in the order of a result's outcomes.
    base_year
        School year of the first row of a result's values.
    design
        The design table.
    """

    def __init__(self, kept: Sequence[str], outcomes: Sequence[str], base_year: int, design: pa.Table) -> None:
        self.kept, self.outcomes, self.base_year = tuple(kept), tuple(outcomes), base_year
        self._design = design

    @cached_property
    def factors(self) -> pa.Table:
        """Columns of the design table that chunks repeat; numbers of levers and uncertainties as float64."""
        import pyarrow as pa

        # A lever of whole numbers may be given a broken one later; files with both could not be read together.
        columns, names = [], []
        for name in self._design.column_names:
            if name == "key" or name in POSITIONS:
                continue
            column, kind = self._design.column(name), self._design.schema.field(name).type
            if name.startswith(("lever.", "uncertain.")) and (pa.types.is_integer(kind) or pa.types.is_null(kind)):
                column = column.cast(pa.float64())
            elif pa.types.is_large_string(kind) or pa.types.is_dictionary(kind):
                column = column.cast(pa.string())
            columns.append(column.combine_chunks())
            names.append(name)
        return pa.table(columns, names=names)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.bytes_], NDArray[np.int64]]:
        keys = self._design.column("key").to_numpy().astype("S")
        order = np.argsort(keys, kind="stable")
        return keys[order], order

    def rows_of(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Return each key's row in the design table; -1 where the design has no such key."""
        known, order = self._sorted
        asked = np.array(keys, dtype="S")
        if not known.size or not asked.size:
            return np.full(asked.size, -1)
        place = np.minimum(np.searchsorted(known, asked), known.size - 1)
        return np.where(known[place] == asked, order[place], -1)

    @cached_property
    def runs(self) -> pa.Schema:
        """Columns of a chunk's ``runs`` file."""
        import pyarrow as pa

        text, number = pa.string(), pa.float64()
        tail = {"seconds": number, "stored_at": pa.timestamp("us")}
        return pa.schema(
            [
                ("key", text), ("attempt", pa.int32()), ("state", text), *self.factors.schema,
                *((name, number) for name in self.outcomes), *((name, tail.get(name, text)) for name in TAIL),
            ]
        )  # fmt: skip

    @cached_property
    def years(self) -> pa.Schema:
        """Columns of a chunk's ``years`` file."""
        import pyarrow as pa

        kept = [(name, pa.float64()) for name in self.kept]
        return pa.schema([("key", pa.string()), *self.factors.schema, ("year", pa.int64()), *kept])

    def tables(self, rows: Rows) -> tuple[pa.Table, pa.Table]:
        """Return a chunk's tables: one row a result; one row a done run and year.

        Not-a-number becomes null, which SQL, R and spreadsheets leave out of a mean. A run that is in twice has
        the years of its latest state only.
        """
        import pyarrow as pa

        def design_of(at: NDArray[np.int64]) -> list[Any]:
            return list(self.factors.take(pa.array(at, mask=at < 0)).columns)

        def numbers(found: NDArray[np.float64]) -> list[Any]:
            return [pa.array(np.ascontiguousarray(c), from_pandas=True) for c in found.T]

        keys, states = rows.column("key"), rows.column("state")
        at = self.rows_of(keys)
        asked = np.full((len(rows), len(self.outcomes)), np.nan)
        done = np.array([state == "done" for state in states], dtype=bool)
        if done.any():
            asked[done] = np.stack([rows.outcomes[i] for i in np.flatnonzero(done)])
        tail = [pa.array(rows.column(name), self.runs.field(name).type) for name in TAIL]
        runs = pa.Table.from_arrays(
            [pa.array(keys, pa.string()), pa.array(rows.column("attempt"), pa.int32()), pa.array(states, pa.string()),
             *design_of(at), *numbers(asked), *tail],
            schema=self.runs,
        )  # fmt: skip
        if len(set(keys)) < len(keys):
            latest: dict[str, tuple[int, int, int]] = {}
            for i, (key, attempt, state) in enumerate(zip(keys, rows.column("attempt"), states, strict=True)):
                latest[key] = max(latest.get(key, (0, 0, 0)), (attempt, RANK[state], i))
            last = np.zeros(len(rows), dtype=bool)
            last[[i for *_, i in latest.values()]] = True
            done &= last
        chosen, wide = np.flatnonzero(done), max(1, len(self.kept))
        lengths = np.array([rows.values[i].size // wide for i in chosen], dtype=np.int64)
        which = np.repeat(chosen, lengths)
        starts = np.repeat(np.cumsum(lengths) - lengths, lengths)
        year = self.base_year + np.arange(which.size) - starts
        flat = np.concatenate([rows.values[i] for i in chosen]) if which.size else np.empty(0)
        years = pa.Table.from_arrays(
            [pa.array(keys, pa.string()).take(pa.array(which)), *design_of(at[which]), pa.array(year, pa.int64()),
             *numbers(flat.reshape(-1, len(self.kept)) if self.kept else np.empty((0, 0)))],
            schema=self.years,
        )  # fmt: skip
        return runs, years


def parquet(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file (zstd, with checksums of pages)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Words and what is repeated over years are worth a dictionary; measures are not, and it costs time.
    words = [f.name for f in table.schema if not pa.types.is_floating(f.type) or f.name.startswith(("lever.", "uncertain.", "ratio."))]
    out = pa.BufferOutputStream()
    pq.write_table(table, out, compression="zstd", use_dictionary=words, write_page_checksum=True)
    found: bytes = out.getvalue().to_pybytes()
    return found
