"""A store read as tables: what counts once, what SQL may do, bands, and files for other programs."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from edusim.errors import StudyError
from edusim.study import tables
from edusim.study.store import Store
from study_store_cases import BASE_YEAR, KEPT, OUTCOMES, YEARS, design, done, failed, fill, key_of, make, values_of

KEYS = [key_of(i) for i in range(40)]


def ask(store: Store, sql: str) -> pd.DataFrame:
    return tables.query(store.path, sql)


def refused(store: Store, sql: str) -> StudyError:
    with pytest.raises(StudyError) as told:
        ask(store, sql)
    assert told.value.code == "STUDY-SQL" and "\n" not in told.value.message("zh") + told.value.message("en")
    return told.value


# -- views ----------------------------------------------------------------------------------------------------


def test_every_planned_run_has_a_row_and_its_state(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    assert ask(store, "SELECT state, count(*) AS n FROM runs GROUP BY ALL").values.tolist() == [["pending", 12]]
    assert len(ask(store, "FROM years")) == 0
    fill(store, [done(k) for k in KEYS[:5]] + [failed(KEYS[5])])
    runs = ask(store, "SELECT * FROM runs ORDER BY run")
    assert runs["state"].tolist() == ["done"] * 5 + ["failed"] + ["pending"] * 6
    assert runs["attempt"].tolist() == [1] * 6 + [0] * 6
    assert list(runs.columns) == [*design(1).column_names, "state", "attempt", *OUTCOMES, "seconds", "digest", "worker", "stored_at", "code", "error"]
    assert runs.loc[3, list(OUTCOMES)].to_numpy(float).tobytes() == values_of(KEYS[3])[1].tobytes()
    assert runs["stored_at"].notna().sum() == 6 and runs.loc[5, "code"] == "RUN-X"
    years = ask(store, "SELECT * FROM years ORDER BY key, year")
    assert len(years) == 5 * YEARS and years["year"].min() == BASE_YEAR
    mine = years[years["key"] == KEYS[2]]
    assert mine[list(KEPT)].to_numpy().tobytes() == values_of(KEYS[2])[0].tobytes()


def test_names_need_no_quotes_but_those_with_signs(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    for view in ("design", "runs", "years", "attempts"):
        names = [c for c in ask(store, f"SELECT * FROM {view}").columns if c.replace("_", "").isalnum()]
        assert len(names) > 6
        assert list(ask(store, f"SELECT {', '.join(names)} FROM {view}").columns) == names


def test_rows_in_journals_count_as_if_they_were_folded(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    with store.writer(chunk=4) as writer:
        writer.append([done(k) for k in KEYS[:4]])
        writer.append([done(k) for k in KEYS[4:6]])
        writer.sync()
        assert len(list((store.path / "journal").glob("*.arrow"))) == 1
        live = [ask(store, f"SELECT * FROM {v} ORDER BY ALL") for v in ("runs", "years", "attempts")]
    folded = [ask(store, f"SELECT * FROM {v} ORDER BY ALL") for v in ("runs", "years", "attempts")]
    for a, b in zip(live, folded, strict=True):
        pd.testing.assert_frame_equal(a, b, check_exact=True)


@pytest.mark.parametrize("where", ["one chunk", "two chunks", "chunk and journal", pytest.param("one journal", marks=pytest.mark.slow), "two journals"])
def test_a_run_never_counts_twice(tmp_path: Path, where: str) -> None:
    store = make(tmp_path / "s")
    other = values_of(KEYS[30])
    again = replace(done(KEYS[0], 2), values=other[0], outcomes=other[1])
    first, second = [done(KEYS[0]), done(KEYS[1])], [again, failed(KEYS[1]), done(KEYS[2])]

    def check() -> None:
        assert ask(store, "SELECT count(*) FROM runs").iloc[0, 0] == 12
        assert ask(store, "SELECT count(*) FROM attempts").iloc[0, 0] == 5
        years = ask(store, f'SELECT key, year, {", ".join(f"{chr(34)}{c}{chr(34)}" for c in KEPT)} FROM years ORDER BY key, year')
        assert sorted(years["key"]) == sorted([k for k in KEYS[:3] for _ in range(YEARS)])
        assert years[years["key"] == KEYS[0]][list(KEPT)].to_numpy().tobytes() == other[0].tobytes()
        runs = ask(store, "SELECT key, state, attempt, cost FROM runs WHERE state <> 'pending'").set_index("key")
        # Of one attempt done replaces failed, whichever came first.
        assert runs.loc[KEYS[1], "state"] == "done" and runs.loc[KEYS[0], "attempt"] == 2
        assert runs.loc[KEYS[0], "cost"] == other[1][1]
        assert tables.bands(store, KEPT[0], by=["year"])["n"].tolist() == [3] * YEARS

    if where in ("one chunk", "two chunks"):
        for part in [first, second] if where == "two chunks" else [[*first, *second]]:
            fill(store, part)
        check()
        return
    if where == "chunk and journal":
        fill(store, first)
        first = []
    with store.writer(shard="1/2") as one, store.writer(shard="2/2") as two:
        one.append(first)
        (two if where == "two journals" else one).append(second)
        one.sync()
        two.sync()
        check()
    check()


def test_a_failure_after_success_takes_its_years_along(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0]), done(KEYS[1])])
    fill(store, [failed(KEYS[0], 2)])
    assert set(ask(store, "SELECT key FROM years")["key"]) == {KEYS[1]}
    assert ask(store, f"SELECT state, cost FROM runs WHERE key = '{KEYS[0]}'").iloc[0].tolist()[0] == "failed"


def test_runs_that_are_no_longer_planned_are_left_out(tmp_path: Path) -> None:
    fill(make(tmp_path / "s"), [done(k) for k in KEYS[:12]])
    store = make(tmp_path / "s", 8)
    assert len(ask(store, "FROM runs")) == 8 and len(ask(store, "FROM attempts")) == 12
    assert set(ask(store, "SELECT key FROM years")["key"]) == set(KEYS[:8])


def test_years_without_a_committed_chunk_are_not_read(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    (file,) = (store.path / "years").iterdir()
    shutil.copy(file, file.with_name("gone-1-aa-00000.parquet"))
    assert len(ask(store, "FROM years")) == YEARS


def test_effects_are_differences_from_the_same_draw(tmp_path: Path) -> None:
    plan = design(12, baseline=True)
    store = make(tmp_path / "s", design=plan)
    fill(store, [done(k) for k in KEYS[:11]])
    effects = ask(store, "SELECT * FROM effects ORDER BY run")
    assert effects["run"].tolist() == list(range(2, 11))
    for _, row in effects.iterrows():
        mine, base = (values_of(KEYS[i])[1] for i in (int(row["run"]), int(row["draw"])))
        assert row[list(OUTCOMES)].to_numpy(float).tolist() == (mine - base).tolist()
    assert "no baseline" in refused(make(tmp_path / "t"), "FROM effects").mend_en


def test_a_folder_of_any_name_can_be_read(tmp_path: Path) -> None:
    store = make(tmp_path / "县 [1]*'s")
    fill(store, [done(KEYS[0])])
    fill(store, [failed(KEYS[0], 2)])
    assert ask(store, "SELECT state FROM runs WHERE state <> 'pending'")["state"].tolist() == ["failed"]
    assert len(ask(store, "FROM years")) == 0


def test_a_damaged_chunk_is_named_by_its_file(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    (file,) = (store.path / "years").iterdir()
    file.write_bytes(b"nothing")
    for call in (lambda: ask(store, "FROM years"), lambda: tables.bands(store, KEPT[0])):
        with pytest.raises(StudyError) as told:
            call()
        assert told.value.code == "STUDY-DAMAGED" and told.value.where == str(file)


# -- SQL ------------------------------------------------------------------------------------------------------


def test_sql_may_only_read_the_store(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(KEYS[0])])
    outside = tmp_path / "o.csv"
    outside.write_text("a\n1\n")
    before = sorted(p for p in tmp_path.rglob("*"))
    for sql in (
        "SELECT 1; SELECT 2", "", "DROP VIEW runs", "CREATE TABLE x AS SELECT 1", f"COPY runs TO '{store.path}/x.csv'",
        f"COPY runs TO '{tmp_path}/x.csv'", f"ATTACH '{tmp_path}/x.db'", "SET enable_external_access = true", "PRAGMA database_list",
        "INSERT INTO design SELECT * FROM design", "INSTALL httpfs", f"EXPORT DATABASE '{tmp_path}/e'",
    ):  # fmt: skip
        refused(store, sql)
    for sql in (f"SELECT * FROM '{outside}'", f"SELECT * FROM read_csv('{outside}')", f"SELECT * FROM glob('{tmp_path}/*')",
                "SELECT * FROM read_text('/etc/hostname')"):  # fmt: skip
        assert "only the store's tables" in refused(store, sql).mend_en
    frame = pd.DataFrame({"a": [1]})
    refused(store, "SELECT * FROM frame")
    assert len(frame) == 1 and sorted(p for p in tmp_path.rglob("*")) == before
    with pytest.raises(Exception, match="locked"):
        tables.connect(store).execute("SET enable_external_access = true")


@pytest.mark.parametrize(
    ("sql", "hint"),
    [
        ("SELECT polcy FROM runs", "did you mean policy?"),
        ("SELECT * FROM runz", "did you mean runs?"),
        ("SELECT lever.finance.fund FROM runs", '"lever.finance.fund"'),
        ("SELECT avg(learning.gap[primary]) FROM years", '"learning.gap[primary]"'),
        ('SELECT "lever.finance.fnd" FROM runs', 'did you mean "lever.finance.fund"?'),
        ("SELECT FROM WHERE", "double quotes"),
        ("SELECT * FROM nothing_like_it", "attempts"),
    ],
)
def test_a_wrong_question_names_what_was_meant(tmp_path: Path, sql: str, hint: str) -> None:
    told = refused(make(tmp_path / "s"), sql)
    assert hint in told.mend_en and told.mend_zh and told.exit_code == 2


# -- bands ----------------------------------------------------------------------------------------------------


def test_bands_are_those_of_numpy_and_do_not_hang_on_the_order(tmp_path: Path) -> None:
    got = []
    for name, order in (("a", range(40)), ("b", [(i * 17) % 40 for i in range(40)])):
        store = make(tmp_path / name, 40)
        fill(store, [done(KEYS[i]) for i in order], chunk=7)
        got.append(tables.bands(store, KEPT[0]))
    pd.testing.assert_frame_equal(got[0], got[1], check_exact=True)
    frame = got[0]
    assert list(frame.columns) == ["policy", "year", "n", "mean", "q025", "q25", "q50", "q75", "q975"] and len(frame) == 2 * YEARS
    for _, row in frame.iterrows():
        mine = [values_of(KEYS[i])[0][row["year"] - BASE_YEAR, 0] for i in range(40) if ("fusion", "co_build")[i % 2] == row["policy"]]
        assert row["n"] == 20 and row["mean"] == pytest.approx(np.mean(mine), rel=1e-14)
        assert row[["q025", "q25", "q50", "q75", "q975"]].tolist() == pytest.approx(np.quantile(mine, [0.025, 0.25, 0.5, 0.75, 0.975]))


def test_bands_of_outcomes_and_of_missing_values(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [replace(done(k), outcomes=np.array([np.nan if i < 2 else i, 1.0])) for i, k in enumerate(KEYS[:4])] + [failed(KEYS[5])])
    frame = tables.bands(store, "gap_last", by=["lever.use"])
    assert frame["lever.use"].tolist() == ["all", "member"] and frame["n"].tolist() == [1, 1]
    assert tables.bands(store, "gap_last", by=[])["mean"].tolist() == [2.5]
    assert len(tables.bands(make(tmp_path / "t"), KEPT[0])) == 0
    for measure, by in (("learning.gap", ["year"]), (KEPT[0], ["polcy"]), ("gap_last", ["year"])):
        with pytest.raises(StudyError) as told:
            tables.bands(store, measure, by=by)
        assert told.value.code == "STUDY-COLUMN" and told.value.mend_en


# -- other programs -------------------------------------------------------------------------------------------


def test_pandas_reads_the_folders_as_they_are(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(k) for k in KEYS[:12]], chunk=5)
    (store.path / "runs" / ".x.parquet.here-1.part").write_bytes(b"half")
    runs, years = pd.read_parquet(store.path / "runs"), pd.read_parquet(store.path / "years")
    assert len(runs) == 12 and len(years) == 12 * YEARS
    assert years[KEPT[0]].dtype == np.float64 and runs["stored_at"].dtype.kind == "M"


MIXED = pd.DataFrame(
    {
        "key": ["a", "=1+1", "c\x07"], "县": ["一", "二", None], "n": [1, 2, 3], "x": [0.1, np.nan, np.inf], "yes": [True, False, True],
        "at": pd.to_datetime(["2026-01-02 03:04:05", None, "2026-01-02 00:00:00"]),
    }
)  # fmt: skip


def test_a_sheet_has_numbers_as_numbers_and_a_head_that_stays(tmp_path: Path) -> None:
    path = tables.export(MIXED, tmp_path / "deep" / "t.xlsx")
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None and sheet.freeze_panes == "A2" and all(c.font.bold for c in sheet[1])
    rows = [[c.value for c in row] for row in sheet.iter_rows()]
    assert rows[0] == list(MIXED.columns)
    assert rows[1][:5] == ["a", "一", 1, 0.1, True] and rows[1][5].year == 2026
    assert rows[2] == ["=1+1", "二", 2, None, False, None] and sheet["A3"].data_type == "s"
    assert rows[3][0] == "c " and rows[3][1] is None and rows[3][3] == "inf"
    assert [p.name for p in path.parent.iterdir()] == ["t.xlsx"]


def test_csv_and_parquet_come_back_as_they_were(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(k) for k in KEYS[:12]])
    frame = ask(store, "SELECT key, year, policy, \"lever.use\" AS 用途, \"rotation.moves\" FROM years ORDER BY ALL")
    path = tables.export(frame, tmp_path / "t.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    pd.testing.assert_frame_equal(pd.read_csv(path, encoding="utf-8-sig"), frame, check_dtype=False, rtol=1e-14)
    pd.testing.assert_frame_equal(pd.read_parquet(tables.export(frame, tmp_path / "t.parquet")), frame, check_exact=True)


def test_exports_that_cannot_be_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = pd.DataFrame({"a": np.zeros(tables.SHEET_ROWS + 1)})
    with pytest.raises(StudyError) as told:
        tables.export(long, tmp_path / "t.xlsx")
    assert told.value.code == "STUDY-TOO-LONG" and ".csv" in told.value.mend_en
    with pytest.raises(StudyError) as told:
        tables.export(MIXED, tmp_path / "t.docx")
    assert told.value.code == "STUDY-ENDING" and told.value.where.endswith("t.docx")
    (tmp_path / "t.csv").write_text("before")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "write_csv", full)
    with pytest.raises(Exception, match="RUN-DISK-FULL"):
        tables.export(MIXED, tmp_path / "t.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["t.csv"] and (tmp_path / "t.csv").read_text() == "before"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_r_reads_an_exported_table(tmp_path: Path) -> None:
    store = make(tmp_path / "s")
    fill(store, [done(k) for k in KEYS[:12]])
    frame = ask(store, 'SELECT policy, "lever.use" AS 用途, "rotation.moves" AS moves FROM years ORDER BY key, year')
    path = tables.export(frame, tmp_path / "t.csv")
    script = f'd <- read.csv("{path}", fileEncoding = "UTF-8-BOM"); cat(nrow(d), names(d)[1], format(sum(d$moves), digits = 15))'
    said = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True, check=True, env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"})
    rows, first, total = said.stdout.split()
    assert (int(rows), first) == (36, "policy") and float(total) == pytest.approx(frame["moves"].sum(), rel=1e-13)


def test_chunks_have_plain_types_only() -> None:
    # No type that only one program reads.
    kinds = {str(f.type) for f in pq.read_schema(pa.BufferReader(_chunk())).remove_metadata()}
    assert kinds <= {"string", "int32", "int64", "double", "bool", "timestamp[us]"}


def _chunk() -> bytes:
    from edusim.study import journal

    return journal.parquet(journal.Layout(KEPT, OUTCOMES, BASE_YEAR, design(4)).runs.empty_table())
