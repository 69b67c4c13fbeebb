"""Whether the files of a store are what they should be; reads all of them and runs nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from edusim.errors import StudyError
from edusim.study import journal
from edusim.study.disk import damaged, listed, stem_of
from edusim.study.store import Store

if TYPE_CHECKING:
    import pyarrow as pa


def _fault(file: Path, zh: str, en: str) -> StudyError:
    return StudyError("STUDY-DAMAGED", zh, en, where=str(file))


def verify_files(store: Store) -> list[StudyError]:
    """Return what is wrong with a store's files; an empty list when nothing is.

    Every chunk is read whole, with the checksums of its pages. Told are: files that cannot be read, columns
    other than the study's, columns of the design that contradict it, a key done twice with
    different values, done runs without years and years without done runs, and damaged rows of journals.
    Nothing is raised for damage: each entry is a ``STUDY-DAMAGED`` with the file it is in.

    Raises
    ------
    StudyError
        ``STUDY-DAMAGED`` when the design table itself cannot be read.
    """
    layout, found = store.layout(), list[StudyError]()
    design = set(store.design().column("key").to_pylist())
    done: dict[str, tuple[Path, int]] = {}

    def look(runs: pa.Table, years: pa.Table | None, file: Path, years_file: Path) -> None:
        keys, states = runs.column("key").to_pylist(), runs.column("state").to_pylist()
        planned = [i for i, key in enumerate(keys) if key in design]  # a smaller design leaves what it had
        if planned and not _same_design(layout, runs.take(planned), [keys[i] for i in planned]):
            found.append(_fault(file, "设计列与设计表不符", "its design columns contradict the design table"))
        finished = [i for i, state in enumerate(states) if state == "done"]
        by_key = _by_key(years) if years is not None else {}
        outcomes = list(zip(*(runs.column(n).to_pylist() for n in layout.outcomes), strict=True)) or [()] * len(keys)
        digests = runs.column("digest").to_pylist()
        for i in finished:
            mark = hash((digests[i], outcomes[i], by_key.get(keys[i])))
            before = done.setdefault(keys[i], (file, mark))
            if before[1] != mark:
                key, other = keys[i], before[0].name
                zh, en = f"运行 {key} 两次完成而数值不同（另一次在 {other}）", f"run {key} is done twice with different values (also in {other})"
                found.append(_fault(file, zh, en))
        if years is None or not layout.kept:
            return
        has = {keys[i] for i in finished}
        for names, zh, en in (
            (has - by_key.keys(), "已完成的运行没有逐年数据", "a done run has no years"),
            (by_key.keys() - has, "逐年数据没有对应的已完成运行", "years belong to no done run"),
        ):
            if names:
                found.append(_fault(years_file, f"{zh}：{min(names)}", f"{en}: {min(names)}"))

    for stem in store.chunks():
        file, years_file = store.path / "runs" / f"{stem}.parquet", store.path / "years" / f"{stem}.parquet"
        runs, years = _read(file, layout.runs, found), _read(years_file, layout.years, found)
        if runs is not None:
            look(runs, years, file, years_file)
    committed = set(store.chunks())
    for file in listed(store.path / "journal", ".arrow"):
        try:
            rows = journal.read(file.read_bytes())
        except FileNotFoundError:
            continue  # folded while we looked
        if rows.damaged:
            found.append(_damaged_rows(file, rows.damaged))
        if len(rows) and stem_of(file) not in committed:
            look(*layout.tables(rows), file, file)
    for file in listed(store.path / "journal", ".damaged"):
        found.append(_damaged_rows(file, journal.read(file.read_bytes()).damaged))
    return found


def _damaged_rows(file: Path, n: int) -> StudyError:
    return StudyError(
        "STUDY-DAMAGED", f"日志中有 {n} 处损坏，未采用", f"{n} damaged places of the journal were left out", where=str(file),
        mend_zh="再次运行会补上缺少的运行；之后可以移走此文件", mend_en="running again makes what is missing; this file may then be moved away",
    )  # fmt: skip


def _read(file: Path, schema: pa.Schema, found: list[StudyError]) -> pa.Table | None:
    """Return a chunk's file, or None after saying what is wrong with it."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, page_checksum_verification=True) as opened:
            table = opened.read(use_threads=False)
    except FileNotFoundError:
        found.append(_fault(file, "缺少此文件", "the file is missing"))
        return None
    except (OSError, pa.ArrowException) as problem:
        found.append(damaged(file, problem))
        return None
    if not table.schema.equals(schema):
        other = [n for n in dict.fromkeys([*schema.names, *table.schema.names]) if schema.get_field_index(n) < 0
                 or table.schema.get_field_index(n) < 0 or schema.field(n).type != table.schema.field(n).type]  # fmt: skip
        shown = ", ".join(other[:5]) or "order"
        found.append(_fault(file, f"列与本研究不符：{shown}", f"its columns are not those of the study: {shown}"))
        return None
    return table


def _same_design(layout: journal.Layout, runs: pa.Table, keys: list[str]) -> bool:
    import pyarrow as pa

    factors = layout.factors
    if "arm" in factors.column_names:
        # Futures may share a run, and then one of them is written beside it; tables take all from the design.
        factors = factors.select([n for n in factors.column_names if n not in ("arm", "future") and not n.startswith("ratio.")])
    planned = factors.take(pa.array(layout.rows_of(keys)))
    return bool(runs.select(factors.column_names).combine_chunks().equals(planned.combine_chunks()))


def _by_key(years: pa.Table) -> dict[str, Any]:
    """Return a hash of each run's rows, year by year, taken over the bits of the numbers."""
    import numpy as np

    names = [n for i, n in enumerate(years.column_names) if i > years.column_names.index("year") or n == "year"]
    keys = years.column("key").to_pylist()
    numbers = np.stack([np.asarray(years.column(n).to_numpy(), dtype=np.float64) for n in names], axis=1) if keys else np.empty((0, 1))
    rows: dict[str, list[bytes]] = {}
    for key, row in zip(keys, numbers, strict=True):
        rows.setdefault(key, []).append(row.tobytes())
    return {key: hash(tuple(sorted(listed))) for key, listed in rows.items()}
