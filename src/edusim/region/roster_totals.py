"""A row of sums at the end of a roster, told as what it is: one finding, not one for every cell that a school would need.

Tells and decides nothing: no number of a run depends on what is here (:data:`edusim.study.design.LEFT_OUT`).
"""

from __future__ import annotations

import re
from pathlib import Path

from edusim.errors import DataError
from edusim.region.roster_cells import RawSheet, read
from edusim.region.roster_report import CheckReport

#: How a row of sums is headed.
_HEADS = re.compile(r"(合|总|小|共)\s*计|总\s*和|总\s*数|(grand |sub)?totals?|sums?", re.IGNORECASE)
#: Cells at the head of a row that are looked at: a code, a name.
_LOOKED_AT = 3


def told_as_one(path: str | Path, report: CheckReport) -> CheckReport:
    """Return a report in which the faults of a row of sums are one fault that says to delete it.

    Parameters
    ----------
    path
        The roster that was checked.
    report
        What was found; its faults are replaced in place.
    """
    if not report.errors or not Path(path).exists():
        return report
    try:
        sheets = read(path).sheets
    except DataError:
        return report
    for raw in sheets.values():
        for row, cells in raw.rows:
            head = next((c for c in cells[:_LOOKED_AT] if str(c or "").strip()), None)
            if head is None or not _HEADS.fullmatch(str(head).strip().strip(":：")):
                continue
            here = [one for one in report.errors if one.where in _places(raw, row)]
            if here:
                at = report.errors.index(here[0])
                rest = [one for one in report.errors if one not in here]
                report.errors[:] = [*rest[:at], _fault(raw, row, str(head).strip(), cells.index(head)), *rest[at:]]
    return report


def _places(raw: RawSheet, row: int) -> set[str]:
    return {raw.where(row, column) for column in range(max(1, len(raw.header)))}


def _fault(raw: RawSheet, row: int, head: str, column: int) -> DataError:
    return DataError(
        "DATA-TOTAL-ROW", f"这一行像是合计行（{head[:20]}），不是一所学校或一位教师", f"this row looks like a sum ({head[:20]}), not like one school or person",
        where=raw.where(row, column), mend_zh="请删去整行；合计由程序计算", mend_en="delete the whole row; sums are worked out here",
    )  # fmt: skip
